# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.bcdr.multicloud.plugins.module_utils._azure.restore_points.info_decision import (
    InfoObserved,
    InfoWanted,
    decide_info,
    matches,
)
from ansible_collections.bcdr.multicloud.plugins.module_utils._core.reconcile import SUCCEEDED
from ansible_collections.bcdr.multicloud.tests.unit.azure.builders import NOW, collection, copy, point, target

LOCAL = collection(point("a", 30), point("b", 20), point("c", 1, state="Failed"))
COPIES = target(copy("a", 30), copy("b", 20, percent=40))


@pytest.mark.parametrize(
    ("wanted", "names"),
    [
        pytest.param({}, ["rpc/c", "rpc/b", "rpc-ne/b", "rpc/a", "rpc-ne/a"], id="all, newest first"),
        pytest.param({"usable_only": True}, ["rpc/b", "rpc/a", "rpc-ne/a"], id="usable"),
        pytest.param({"newest_usable": True}, ["rpc/b", "rpc-ne/a"], id="newest usable of each"),
        pytest.param({"name": "B"}, ["rpc/b", "rpc-ne/b"], id="by name"),
        pytest.param({"newer_than": 72000}, ["rpc/c", "rpc/b", "rpc-ne/b"], id="by age, exactly"),
        pytest.param({"newer_than": 71999}, ["rpc/c"], id="by age, a second less"),
        pytest.param({"newer_than": 72000, "newest_usable": True}, ["rpc/b"], id="by age and usable"),
        pytest.param({"name": "nobody"}, [], id="none"),
    ],
)
def test_what_is_shown(wanted: dict[str, Any], names: list[str]) -> None:
    decision = decide_info(InfoWanted(**wanted), InfoObserved((LOCAL, COPIES), NOW))
    shown = [f"{one['container'].rsplit('/', 1)[-1]}/{one['name']}" for one in decision.result["recovery_points"]]
    assert shown == names
    assert (decision.status, decision.actions) == (SUCCEEDED, ())


def test_collections_are_shown_beside_the_points() -> None:
    decision = decide_info(InfoWanted(name="nobody"), InfoObserved((LOCAL, COPIES), NOW))
    assert [one["name"] for one in decision.result["restore_point_collections"]] == ["rpc", "rpc-ne"]


def test_nothing_there_is_no_failure() -> None:
    decision = decide_info(InfoWanted(), InfoObserved((), NOW))
    assert decision.result == {"recovery_points": [], "restore_point_collections": []}
    assert decision.status == SUCCEEDED


def test_a_point_without_a_time_is_not_hidden() -> None:
    assert matches(InfoWanted(newer_than=1), point("new", None, state="Creating"), NOW)
