# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is done for an image in its regions, and what is told, given what is there."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from ansible_collections.bcdr.multicloud.plugins.module_utils._azure.ids import COMPUTE as NAMESPACE
from ansible_collections.bcdr.multicloud.plugins.module_utils._azure.ids import ResourceId
from ansible_collections.bcdr.multicloud.plugins.module_utils._azure.snapshots.image_decision import (
    ImageObserved,
    decide_image,
)
from ansible_collections.bcdr.multicloud.plugins.module_utils._azure.snapshots.image_values import (
    Image,
    ImageDisk,
    ImageMade,
    ImageTarget,
    ImageWanted,
)
from ansible_collections.bcdr.multicloud.plugins.module_utils._azure.snapshots.values import Snapshot
from ansible_collections.bcdr.multicloud.plugins.module_utils._core.reconcile import (
    BLOCKED,
    FAILED,
    PENDING,
    RUNNING,
    SUCCEEDED,
    Action,
    Decision,
)
from ansible_collections.bcdr.multicloud.plugins.module_utils._planning.walker import (
    BROKEN,
    COPYING,
    LEAVING,
    READY,
    Edge,
    Replica,
    Route,
    Walk,
)
from ansible_collections.bcdr.multicloud.tests.unit.azure.builders import COMPUTE, key

HOME, NORTH, EAST = "westeurope", "northeurope", "eastus"
OS = ImageDisk(None, f"{COMPUTE}/snapshots/os")
DATA = ImageDisk(0, f"{COMPUTE}/snapshots/data")
TARGETS = (ImageTarget(NORTH, "sub", "rg"), ImageTarget(EAST, "sub", "rg"))
WANTED = ImageWanted("golden", ResourceId("sub", "rg", NAMESPACE, (), ()), (OS, DATA), TARGETS)
MADE = replace(WANTED, made=ImageMade())
SOURCES = {
    disk.name: Snapshot(disk.snapshot_id, disk.snapshot_id.rsplit("/", 1)[-1], HOME, os_type="Linux", generation="V2")
    for disk in (OS, DATA)
}
# Home feeds the north, which feeds the east.
ROUTE = Route(
    edges=(Edge(HOME, NORTH, HOME, NORTH, False, 0, 100), Edge(NORTH, EAST, NORTH, EAST, False, 100, 100)),
    at_once={HOME: 1, NORTH: 1},
)
AT_HOME = Replica(HOME, HOME, READY)


def there(place: str, state: str = READY, source: str = HOME, **fields: Any) -> Replica:
    return Replica(place, place, state, source, **fields)


def walks(os: list[Replica], data: list[Replica] | None = None, route: Route = ROUTE) -> tuple[Walk, ...]:
    """Walks with the sources at home and what else is there, of both disks the same unless told."""
    return (
        Walk("os", route, (AT_HOME, *os), 30.0),
        Walk("data-0", route, (AT_HOME, *(os if data is None else data)), 60.0),
    )


def decide(*found: Replica, wanted: ImageWanted = WANTED, **observed: Any) -> Decision:
    fields = {"sources": SOURCES, "walks": walks(list(found)), "sizes": {"os": 30, "data-0": 60}, **observed}
    return decide_image(wanted, ImageObserved(HOME, **fields))


def told(actions: tuple[Action, ...]) -> list[str]:
    return [action.describe() for action in actions]


def regions(decision: Decision) -> dict[str, str]:
    return {region["location"]: region["status"] for region in decision.result["regions"]}


class TestCopies:
    def test_the_larger_disk_goes_first_and_the_rest_follows(self) -> None:
        decision = decide()
        assert told(decision.actions) == ["start copy golden-data-0-northeurope", "start copy golden-os-northeurope"]
        assert told(decision.later) == ["start copy golden-data-0-eastus", "start copy golden-os-eastus"]
        assert decision.status == RUNNING
        assert decision.actions[1].after == {"source_id": OS.snapshot_id, "location": NORTH}
        assert decision.later[1].after == {
            "source_id": f"{COMPUTE}/snapshots/golden-os-northeurope",
            "location": EAST,
        }
        assert regions(decision) == {NORTH: RUNNING, EAST: PENDING}

    def test_a_disk_goes_on_as_soon_as_its_own_source_is_there(self) -> None:
        decision = decide(walks=walks([there(NORTH)], [there(NORTH, COPYING, percent=50.0)]))
        assert told(decision.actions) == ["start copy golden-os-eastus"]
        assert decision.percent == pytest.approx((30 + 30) / 180 * 100)
        assert decision.reason == "0 of 2 regions are complete, 2 copies run and 1 wait"

    def test_all_there(self) -> None:
        decision = decide(there(NORTH), there(EAST, source=NORTH))
        assert (decision.status, decision.actions, decision.later, decision.reason) == (SUCCEEDED, (), (), "")
        assert decision.percent == 100.0
        [copy, _other] = decision.result["regions"][1]["copies"]
        assert copy == {
            "disk": "os",
            "snapshot_id": f"{COMPUTE}/snapshots/golden-os-eastus",
            "source_location": NORTH,
            "progress_percent": 100.0,
            "running_seconds": None,
        }

    def test_for_how_long_a_copy_has_been_going_on(self) -> None:
        under_way = there(EAST, COPYING, percent=50.0, elapsed=90.4)
        just_started = there(EAST, COPYING)
        for replica, seconds in ((under_way, 90), (just_started, None)):
            copies = decide(there(NORTH, elapsed=500.0), replica).result["regions"]
            assert [region["copies"][0]["running_seconds"] for region in copies] == [None, seconds]

    def test_what_broke_is_removed_and_made_again(self) -> None:
        decision = decide(there(NORTH, BROKEN))
        assert told(decision.actions) == [
            "delete failed copy golden-data-0-northeurope",
            "delete failed copy golden-os-northeurope",
        ]
        assert "start copy golden-os-northeurope" in told(decision.later)
        assert decide(there(NORTH, LEAVING)).actions == ()
        assert decide(there(NORTH, LEAVING)).status == PENDING

    def test_what_is_given_up_is_named(self) -> None:
        route = Route(edges=(Edge(HOME, NORTH, HOME, NORTH, False, 0, 100),), at_once={HOME: 1})
        given_up = {("os", EAST): "the copy failed 3 times"}
        whole = [there(NORTH), there(EAST)]
        decision = decide(walks=walks([there(NORTH), there(EAST, BROKEN)], whole, route), given_up=given_up)
        assert decision.status == FAILED
        assert decision.actions == ()
        assert decision.result["missing"] == {EAST: ["os"]}
        assert decision.reason == (
            "1 of 2 regions are complete; eastus: os is missing: the copy failed 3 times (missing: os)"
        )
        # While something still moves, the failure is not told yet.
        moving = [there(NORTH, COPYING), there(EAST)]
        assert decide(walks=walks(moving, whole, route), given_up={("os", NORTH): "x"}).status == RUNNING

    def test_several_copies_in_a_region(self) -> None:
        wanted = replace(WANTED, targets=(replace(TARGETS[0], copies=2), TARGETS[1]))
        decision = decide(there(NORTH), there(EAST), wanted=wanted)
        assert regions(decision)[NORTH] == PENDING
        second = Replica(f"{NORTH}-2", NORTH, READY)
        assert decide(there(NORTH), second, there(EAST), wanted=wanted).status == SUCCEEDED


class TestRegionsThatAreDown:
    def test_the_rest_goes_on(self) -> None:
        decision = decide(there(NORTH), down={EAST: "503"}, walks=walks([there(NORTH)], route=Route()))
        assert decision.status == FAILED
        assert decision.result["missing"] == {EAST: ["os", "data-0"]}
        assert "eastus: cannot be reached: 503 (missing: os, data-0)" in decision.reason

    def test_it_is_waited_for_with_patience(self) -> None:
        decision = decide(walks=walks([there(NORTH)], route=Route()), down={EAST: "503"}, patient=True)
        assert (decision.status, decision.actions) == (PENDING, ())

    def test_the_source_may_be_down_when_others_have_it(self) -> None:
        moved = (Walk("os", ROUTE, (there(NORTH),)), Walk("data-0", ROUTE, (there(NORTH),)))
        decision = decide(sources={"os": None, "data-0": None}, walks=moved, down={HOME: "503"})
        assert told(decision.actions) == ["start copy golden-data-0-eastus", "start copy golden-os-eastus"]


class TestSources:
    @pytest.mark.parametrize(
        ("changes", "status", "words"),
        [
            ({"incremental": False}, BLOCKED, "full snapshot"),
            ({"encryption_set_id": "/des"}, BLOCKED, "disk_encryption_set_id"),
            ({"location": "uksouth"}, BLOCKED, "have to be in one region"),
            (None, FAILED, "there is no snapshot"),
        ],
    )
    def test_what_cannot_be_copied(self, changes: dict[str, Any] | None, status: str, words: str) -> None:
        other = None if changes is None else replace(SOURCES["data-0"], **changes)
        decision = decide(sources={**SOURCES, "data-0": other})
        assert (decision.status, decision.actions) == (status, ())
        assert words in decision.reason

    def test_snapshots_of_disks_are_made_first(self) -> None:
        made = tuple(replace(disk, disk_id=f"{COMPUTE}/disks/{disk.name}") for disk in (OS, DATA))
        coming = tuple(Walk(disk.name, ROUTE, (replace(AT_HOME, state=COPYING),)) for disk in made)
        wanted = replace(WANTED, disks=made)
        decision = decide(wanted=wanted, sources={"os": None, "data-0": None}, walks=coming)
        assert told(decision.actions) == ["create snapshot os", "create snapshot data"]
        assert len(decision.later) == 4
        # They are there, or on their way: not again.
        started = frozenset([key(OS.snapshot_id), key(DATA.snapshot_id)])
        assert decide(wanted=wanted, sources={"os": None, "data-0": None}, walks=coming, started=started).actions == ()
        # A snapshot of something else has the name.
        taken = decide(wanted=wanted)
        assert taken.status == BLOCKED
        assert "use another name" in taken.reason

    def test_what_is_no_copy_of_ours_and_what_cannot_be_planned(self) -> None:
        assert decide(taken="there is another snapshot").status == BLOCKED
        decision = decide(problem="no plan is possible: x", walks=())
        assert (decision.status, decision.reason) == (FAILED, "no plan is possible: x")


class TestImages:
    complete = (there(NORTH), there(EAST))
    made_of = tuple(key(f"{COMPUTE}/snapshots/golden-{disk}-northeurope") for disk in ("os", "data-0"))

    def image(self, state: str = "Succeeded", sources: tuple[str, ...] | None = None) -> Image:
        found = self.made_of if sources is None else sources
        return Image(f"{COMPUTE}/images/golden-northeurope", "golden-northeurope", NORTH, state, found)

    def test_made_region_by_region(self) -> None:
        decision = decide(there(NORTH), wanted=MADE)
        assert "create image golden-northeurope" in told(decision.actions)
        assert told(decision.later)[-1] == "create image golden-eastus"
        body = next(action for action in decision.actions if action.verb == "create").payload["body"]
        assert body["properties"]["hyperVGeneration"] == "V2"
        assert body["properties"]["storageProfile"]["osDisk"]["osType"] == "Linux"

    def test_not_again_once_started(self) -> None:
        started = frozenset([key(f"{COMPUTE}/images/golden-{region}") for region in (NORTH, EAST)])
        decision = decide(*self.complete, wanted=MADE, started=started)
        assert (decision.status, decision.actions) == (RUNNING, ())

    @pytest.mark.parametrize(
        ("state", "sources", "status"),
        [
            ("Succeeded", None, SUCCEEDED),
            ("Creating", None, RUNNING),
            ("Failed", None, FAILED),
            ("Succeeded", ("/another", "/one"), BLOCKED),
        ],
    )
    def test_what_is_there(self, state: str, sources: tuple[str, ...] | None, status: str) -> None:
        images = {NORTH: self.image(state, sources)}
        decision = decide(*self.complete, wanted=replace(MADE, targets=TARGETS[:1]), images=images)
        assert (decision.status, decision.actions) == (status, ())
        assert decision.result["missing"] == ({} if status in (SUCCEEDED, RUNNING) else {NORTH: ["image"]})

    def test_why_azure_made_none(self) -> None:
        name = key(f"{COMPUTE}/images/golden-northeurope")
        decision = decide(
            *self.complete,
            wanted=replace(MADE, targets=TARGETS[:1]),
            started=frozenset([name]),
            failures={name: "quota"},
        )
        assert decision.status == FAILED
        assert "the image could not be made: quota" in decision.reason


def test_temporary_copies_are_removed_before_all_is_done() -> None:
    place = f"{HOME}-source-1"
    temporary = Replica(place, HOME, READY, HOME, temporary=True)
    found = [there(NORTH), there(EAST), temporary]
    decision = decide(*found)
    assert decision.status == RUNNING
    assert told(decision.actions) == [f"delete temporary copy golden-{disk}-{place}" for disk in ("os", "data-0")]
    leaving = replace(temporary, state=LEAVING)
    waiting = decide(there(NORTH), there(EAST), leaving)
    assert (waiting.status, waiting.actions) == (RUNNING, ())
