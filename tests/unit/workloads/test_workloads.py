# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""From dr_workloads to the batches of the Azure modules, from their results to a status, and lines for people."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.bcdr.multicloud.plugins.plugin_utils._azure_vm_workloads import batch, status
from ansible_collections.bcdr.multicloud.plugins.plugin_utils._lines import line
from ansible_collections.bcdr.multicloud.plugins.plugin_utils._workloads import WorkloadError, laid_over

DEFAULTS: dict[str, Any] = {
    "azure_vm": {
        "rpo": "4h",
        "resource_group": "rg-app",
        "tags": {"service": "shop"},
        "targets": [{"location": "North Europe", "resource_group": "rg-ne"}, {"location": "swedencentral"}],
        "drill": {"subnet_id": "isolated", "vm_size": "Standard_B2s"},
        "failover": {"subnet_id": "production", "location": "Sweden Central"},
    }
}


def workload(**more: Any) -> dict[str, Any]:
    return laid_over(DEFAULTS["azure_vm"], {"type": "azure_vm", "name": "app-01", **more})


def test_the_steps_of_protect_agree_on_names_and_groups() -> None:
    one = workload(keep_newest=3)
    assert batch([one], "collections") == [
        {
            "label": "app-01",
            "resource_group": "rg-app",
            "name": "rpc-app-01",
            "source_vm": "app-01",
            "tags": {"service": "shop"},
        }
    ]
    assert batch([one], "points") == [
        {"label": "app-01", "resource_group": "rg-app", "restore_point_collection": "rpc-app-01", "max_age": "4h"}
    ]
    (copies,) = batch([one], "copies")
    assert copies["restore_point_collection"] == "rpc-app-01"
    assert copies["targets"] == [
        {
            "location": "North Europe",
            "resource_group": "rg-ne",
            "name": "rpc-app-01-northeurope",
            "tags": {"service": "shop"},
        },
        {"location": "swedencentral", "name": "rpc-app-01-swedencentral", "tags": {"service": "shop"}},
    ]
    assert [
        (item["resource_group"], item["restore_point_collection"], item["keep_newest"], item.get("allow_missing"))
        for item in batch([one], "retention")
    ] == [
        ("rg-app", "rpc-app-01", 3, None),
        # Where nothing waits, the first copy may not have begun.
        ("rg-ne", "rpc-app-01-northeurope", 3, True),
        ("rg-app", "rpc-app-01-swedencentral", 3, True),
    ]


def test_nothing_is_deleted_unless_retention_is_asked_for() -> None:
    assert batch([workload()], "retention") == []


def test_max_age_goes_before_the_objective() -> None:
    assert batch([workload(max_age="90m")], "points")[0]["max_age"] == "90m"


def test_a_drill_bears_its_own_names_and_the_tag_that_cleanup_goes_by() -> None:
    (drill,) = batch([workload()], "drill")
    (cleanup,) = batch([workload()], "drill_cleanup")
    assert drill["restore_point_collection"] == "rpc-app-01-northeurope"
    assert drill["resource_group"] == "rg-ne"
    assert drill["vm"] == {"name": "drill-app-01", "subnet_id": "isolated", "vm_size": "Standard_B2s"}
    assert drill["disk_name_format"] == "drill-{disk}"
    assert drill["tags"] == {"bcdr-drill": "app-01"}
    assert cleanup == {**drill, "state": "absent"}


def test_cleanup_looks_for_every_restore_point_that_a_drill_may_have_used() -> None:
    (cleanup,) = batch([workload(drill={"restore_point": "before-upgrade"})], "drill_cleanup")
    assert "name" not in cleanup


def test_failover_uses_the_real_name_and_the_target_that_it_names() -> None:
    (failover,) = batch(
        [workload(vm="/subscriptions/s/resourceGroups/g/providers/Microsoft.Compute/virtualMachines/web7")], "failover"
    )
    assert failover["vm"] == {"name": "web7", "subnet_id": "production"}
    assert failover["restore_point_collection"] == "rpc-app-01-swedencentral"
    assert "disk_name_format" not in failover


@pytest.mark.parametrize("use", ["drill", "failover"])
def test_a_workload_without_the_section_is_left_out(use: str) -> None:
    assert batch([workload(**{use: {}}) | {use: None}], use) == []


def test_a_place_that_is_no_target_is_refused() -> None:
    with pytest.raises(
        WorkloadError,
        match=r"workload app-01: drill.location: uksouth is none of its targets \(northeurope, swedencentral\)",
    ):
        batch([workload(drill={"location": "uksouth"})], "drill")


def test_an_objective_that_is_no_duration_is_refused() -> None:
    with pytest.raises(WorkloadError, match="workload app-01: rpo: 'soon' is not a duration"):
        batch([workload(rpo="soon")], "points")


def result(status: str = "succeeded", **more: Any) -> dict[str, Any]:
    return {"status": status, "reason": "", "actions": [], **more}


def test_an_objective_is_breached_when_any_place_is_behind_or_empty() -> None:
    workloads = [workload()]
    targets = [
        {"location": "northeurope", "newest_usable": "p", "rpo_seconds": 3600},
        {"location": "swedencentral", "newest_usable": "p", "rpo_seconds": 4 * 3600 + 1},
    ]
    (entry,) = status(workloads, [result()], [result(rpo_seconds=60)], [result(targets=targets)])
    assert entry["breached"]
    assert [target["within_rpo"] for target in entry["targets"]] == [True, False]
    targets[1]["rpo_seconds"] = 4 * 3600
    (entry,) = status(workloads, [result()], [result(rpo_seconds=60)], [result(targets=targets)])
    assert not entry["breached"]
    (entry,) = status(workloads, [result()], [result()], [result("pending")])
    assert [target["known"] for target in entry["targets"]] == [True, True]
    assert entry["breached"]
    assert [target["location"] for target in entry["targets"]] == ["northeurope", "swedencentral"]


def test_what_is_to_do_comes_from_all_steps_in_their_order() -> None:
    (entry,) = status(
        [workload()],
        [result(actions=["create c"])],
        [result(actions=["create p"])],
        [result(actions=["start x", "start y"])],
    )
    assert entry["drift"] == ["create c", "create p", "start x", "start y"]


def test_a_restore_point_that_cannot_be_made_is_told_beside_copies_that_are_fine() -> None:
    targets = [
        {"location": place, "newest_usable": "p", "rpo_seconds": 3600} for place in ("northeurope", "swedencentral")
    ]
    (entry,) = status([workload()], [result()], [result("blocked", reason="500 points")], [result(targets=targets)])
    assert line(entry) == (
        "app-01: within RPO of 4h: here nothing yet, northeurope 1h, swedencentral 1h; recovery point blocked: 500 points"
    )


def test_a_source_that_cannot_be_asked_is_not_known_rather_than_empty() -> None:
    targets = [
        {"location": place, "newest_usable": "p", "rpo_seconds": 3600} for place in ("northeurope", "swedencentral")
    ]
    (entry,) = status(
        [workload()],
        [result()],
        [result("failed", reason="503")],
        [result("failed", reason="the source cannot be asked: 503", targets=targets)],
    )
    assert line(entry) == (
        "app-01: within RPO of 4h: here not known, northeurope 1h, swedencentral 1h; "
        "copies failed: the source cannot be asked: 503"
    )


def test_places_that_could_not_be_asked_are_not_known_either() -> None:
    (entry,) = status([workload()], [result()], [result(rpo_seconds=60)], [result("failed", reason="refused")])
    assert entry["breached"]
    assert line(entry) == (
        "app-01: NOT KNOWN whether within RPO of 4h: here 1m, northeurope not known, swedencentral not known; "
        "copies failed: refused"
    )
