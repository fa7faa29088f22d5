# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is removed of an image that is not wanted any more, and what stays."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.bcdr.multicloud.plugins.module_utils._azure.ids import COMPUTE as NAMESPACE
from ansible_collections.bcdr.multicloud.plugins.module_utils._azure.ids import ResourceId
from ansible_collections.bcdr.multicloud.plugins.module_utils._azure.snapshots.image_values import (
    Image,
    ImageTarget,
    ImageWanted,
)
from ansible_collections.bcdr.multicloud.plugins.module_utils._azure.snapshots.removal_decision import (
    RemovalObserved,
    copies_of,
    decide_removal,
)
from ansible_collections.bcdr.multicloud.plugins.module_utils._azure.snapshots.values import (
    COPY_START,
    ORIGIN,
    Snapshot,
)
from ansible_collections.bcdr.multicloud.plugins.module_utils._core.reconcile import (
    ABSENT,
    BLOCKED,
    RUNNING,
    Action,
    Decision,
)
from ansible_collections.bcdr.multicloud.tests.unit.azure.builders import COMPUTE, key

NORTH = "northeurope"
TARGETS = (ImageTarget(NORTH, "sub", "rg"), ImageTarget("eastus", "sub", "rg"))
WANTED = ImageWanted("golden", ResourceId("sub", "rg", NAMESPACE, (), ()), (), TARGETS)


def snapshot(name: str, location: str = NORTH, of: str = "os", percent: float = 100.0, **fields: Any) -> Snapshot:
    fields = {"tags": {ORIGIN: "x"}, **fields}
    source = f"{COMPUTE}/snapshots/{of}"
    return Snapshot(
        f"{COMPUTE}/snapshots/{name}",
        name,
        location,
        create_option=COPY_START,
        source_id=source,
        percent=percent,
        **fields,
    )


IMAGE = Image(f"{COMPUTE}/images/golden-northeurope", "golden-northeurope", NORTH, "Succeeded")
OURS = snapshot("golden-os-northeurope")


def decide(*found: Snapshot, **observed: Any) -> Decision:
    return decide_removal(WANTED, RemovalObserved(found, **observed))


def told(actions: tuple[Action, ...]) -> list[str]:
    return [action.describe() for action in actions]


@pytest.mark.parametrize(
    ("other", "ours"),
    [
        (OURS, True),
        (snapshot("golden-data-12-eastus", "eastus"), True),
        (snapshot("golden-os-northeurope-2"), True),
        pytest.param(snapshot("golden-os-westeurope-source-1", "westeurope"), True, id="temporary, beside the source"),
        pytest.param(snapshot("golden-os-northeurope", tags={}), False, id="not made by us"),
        pytest.param(snapshot("golden-os-uksouth", "uksouth"), False, id="a region that is not meant"),
        pytest.param(snapshot("golden-os-northeurope", "eastus"), False, id="in another region than its name says"),
        pytest.param(snapshot("golden-os"), False, id="a source that was made of a disk"),
        pytest.param(snapshot("golden-2-os-northeurope"), False, id="another image"),
        pytest.param(snapshot("golden-os-northeurope-old"), False, id="something else"),
    ],
)
def test_which_snapshots_are_the_images(other: Snapshot, ours: bool) -> None:
    assert bool(copies_of(WANTED, (other,))) == ours


def test_everything_of_it_goes() -> None:
    decision = decide(OURS, snapshot("os", "westeurope"), images={NORTH: IMAGE})
    assert (decision.status, told(decision.actions)) == (
        RUNNING,
        ["delete image golden-northeurope", "delete snapshot golden-os-northeurope"],
    )
    assert decision.result["regions"][0]["copies"] == [{"snapshot_id": OURS.id}]


def test_nothing_is_there() -> None:
    assert decide(snapshot("os", "westeurope")).status == ABSENT


def test_what_is_being_deleted_is_waited_for() -> None:
    assert decide(OURS, started=frozenset([key(OURS.id)])).actions == ()
    leaving = decide(snapshot("golden-os-northeurope", provisioning_state="Deleting"))
    assert (leaving.status, leaving.actions) == (RUNNING, ())


def test_a_copy_that_is_read_goes_after_its_reader() -> None:
    reader = snapshot("golden-os-eastus", "eastus", "golden-os-northeurope", 10)
    decision = decide(OURS, reader)
    assert told(decision.actions) == ["delete snapshot golden-os-eastus"]
    assert told(decision.later) == ["delete snapshot golden-os-northeurope"]


def test_what_somebody_else_copies_stays() -> None:
    decision = decide(OURS, snapshot("theirs", "eastus", "golden-os-northeurope", 10))
    assert (decision.status, decision.actions) == (BLOCKED, ())
    assert "golden-os-northeurope is being copied to theirs" in decision.reason


def test_why_azure_refused() -> None:
    decision = decide(OURS, started=frozenset([key(OURS.id)]), failures={key(OURS.id): "locked"})
    assert (decision.status, decision.reason) == (BLOCKED, "golden-os-northeurope cannot be deleted: locked")
