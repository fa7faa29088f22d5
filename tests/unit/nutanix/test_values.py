# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.bcdr.multicloud.plugins.module_utils._core.reconcile import FAILED, PENDING, RUNNING, SUCCEEDED
from ansible_collections.bcdr.multicloud.plugins.module_utils._nutanix.values import (
    RecoveryPoint,
    Task,
    as_recovery_point,
    newest_usable,
    parse_availability_zone,
    parse_cluster,
    parse_recovery_point,
    parse_task,
    parse_time,
)

UTC = datetime.timezone.utc
NOW = datetime.datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
POINT: dict[str, Any] = {
    "ext_id": "rp",
    "name": "nightly",
    "location_agnostic_id": "same",
    "status": "COMPLETE",
    "creation_time": NOW,
    "expiration_time": None,
    "recovery_point_type": "CRASH_CONSISTENT",
    "owner_ext_id": "owner",
    "location_references": [{"location_ext_id": "c1"}],
    "source_location": {"domain_manager_ext_id": "pc1", "cluster_ext_ids": ["c1"]},
    "total_exclusive_usage_bytes": 7,
    "is_secure": True,
    "vm_recovery_points": [
        {
            "ext_id": "p1",
            "vm_ext_id": "vm1",
            "location_agnostic_id": "s1",
            "status": "COMPLETE",
            "vm_categories": ["cat"],
            "disk_recovery_points": [{"disk_ext_id": "d1", "disk_recovery_point_ext_id": "dp1"}],
        }
    ],
    "volume_group_recovery_points": [{"ext_id": "p2", "volume_group_ext_id": "vg1", "disk_recovery_points": None}],
}


def camel(value: Any) -> Any:
    """Return the answer as an older library leaves what it does not know."""
    if isinstance(value, dict):
        named = (
            (name.split("_")[0] + "".join(word.title() for word in name.split("_")[1:]), one)
            for name, one in value.items()
        )
        return {name: camel(one) for name, one in named}
    if isinstance(value, list):
        return [camel(one) for one in value]
    return value.isoformat() if isinstance(value, datetime.datetime) else value


@pytest.mark.parametrize(
    "answer",
    [POINT, camel(POINT), {"_unknown_fields": camel(POINT)}],
    ids=["known", "unknown", "unknown to old libraries"],
)
def test_recovery_point(answer: dict[str, Any]) -> None:
    point = parse_recovery_point(answer, "etag")
    assert (point.ext_id, point.name, point.location_agnostic_id, point.etag) == ("rp", "nightly", "same", "etag")
    assert (point.created, point.expires, point.usable, point.secure, point.size_bytes) == (NOW, None, True, True, 7)
    assert (point.cluster_ext_ids, point.source_pc_ext_id, point.source_cluster_ext_ids) == (("c1",), "pc1", ("c1",))
    assert (point.vm_ext_ids, point.volume_group_ext_ids) == ({"vm1"}, {"vg1"})
    vm, group = point.vm_recovery_points[0], point.volume_group_recovery_points[0]
    assert (vm.entity_ext_id, vm.categories, vm.disk_ids) == ("vm1", ("cat",), ("d1",))
    assert (group.entity_ext_id, group.disk_ids) == ("vg1", None)


def test_recovery_point_of_an_old_server() -> None:
    """Before 4.2 nobody tells where it was made, and lists leave out what is None."""
    point = parse_recovery_point({"ext_id": "rp", "status": "COMPLETE"})
    assert (point.source_pc_ext_id, point.vm_recovery_points, point.size_bytes) == ("", (), None)
    assert as_recovery_point(point, "here", "pc1").copy_of == ""


@pytest.mark.parametrize(("here", "copy_of"), [("pc1", ""), ("pc2", "same")])
def test_shared_form(here: str, copy_of: str) -> None:
    shown = as_recovery_point(parse_recovery_point(POINT), here, here).as_result(NOW + datetime.timedelta(hours=1))
    assert shown["copy_of"] == copy_of
    assert (shown["provider"], shown["resource_type"], shown["container"]) == ("nutanix", "nutanix_vm", here)
    assert (shown["source"], shown["location"], shown["source_location"]) == ("vm1,vg1", "c1", "c1")
    assert (shown["status"], shown["age_seconds"], shown["expires_at"]) == (SUCCEEDED, 3600, None)
    assert shown["vm_recovery_points"][0]["location_agnostic_id"] == "s1"
    unusable = as_recovery_point(parse_recovery_point({**POINT, "status": "$UNKNOWN"}), here, here)
    assert (unusable.status, unusable.reason) == (FAILED, "its status is $UNKNOWN")


@pytest.mark.parametrize(
    ("value", "moment"),
    [
        (None, None),
        (NOW, NOW),
        (NOW.replace(tzinfo=None), NOW),
        ("2026-11-21T12:00:00Z", NOW),
        ("2026-11-21T13:00:00+01:00", NOW),
        ("2026-11-21T12:00:00.5Z", NOW.replace(microsecond=500_000)),
        ("2026-11-21T12:00:00.1234567-00:30", NOW.replace(minute=30, microsecond=123_456)),
    ],
)
def test_time(value: Any, moment: datetime.datetime | None) -> None:
    assert parse_time(value) == moment


def test_bad_time() -> None:
    with pytest.raises(ValueError, match="soon"):
        parse_time("soon")


@given(st.datetimes(min_value=datetime.datetime(2000, 1, 1), timezones=st.just(UTC)))
def test_any_time(moment: datetime.datetime) -> None:
    assert parse_time(moment.isoformat()) == moment
    assert parse_time(moment.isoformat().replace("+00:00", "Z")) == moment


@pytest.mark.parametrize(
    ("state", "status", "reason"),
    [
        ("QUEUED", PENDING, ""),
        ("RUNNING", RUNNING, ""),
        ("SUCCEEDED", SUCCEEDED, ""),
        ("SUSPENDED", PENDING, "the task t is suspended in Prism Central"),
        ("CANCELING", RUNNING, "the task t is canceling in Prism Central"),
        ("CANCELED", FAILED, "the task t ended CANCELED: Prism Central gives no reason"),
        ("FAILED", FAILED, "the task t ended FAILED: Prism Central gives no reason"),
        ("$UNKNOWN", RUNNING, "the task t is in the state $UNKNOWN"),
        ("", RUNNING, "the task t is in the state unknown"),
    ],
)
def test_states(state: str, status: str, reason: str) -> None:
    task = Task("t", state)
    assert (task.status, task.reason) == (status, reason)


def test_task() -> None:
    task = parse_task(
        {
            "ext_id": "ZXJnb24=:1",
            "status": "FAILED",
            "operation": "RestoreRecoveryPoint",
            "progress_percentage": 40,
            "created_time": NOW,
            "completed_time": NOW,
            "completion_details": [{"name": "vmExtIds", "value": "a, b,"}, {"name": "other", "value": None}],
            "entities_affected": [{"ext_id": "a", "rel": "vmm:ahv:config:vm"}, {"ext_id": "r", "rel": "x"}],
            "cluster_ext_ids": ["c1"],
            "error_messages": [{"code": "DP-1", "message": "no"}],
            "warnings": [{"message": "careful"}],
            "is_cancelable": False,
        }
    )
    assert task.reason == "the task ZXJnb24=:1 ended FAILED: DP-1: no"
    assert (task.ids("vmExtIds"), task.detail("other"), task.detail("nothing"), task.ids("nothing")) == (
        ["a", "b"],
        "",
        "",
        [],
    )
    assert task.cluster_ext_ids == ("c1",)
    assert task.as_result()["warnings"] == ["careful"]
    assert task.as_result()["completed_at"] == "2026-11-21T12:00:00Z"


def test_task_with_an_old_message() -> None:
    task = parse_task({"ext_id": "t", "status": "FAILED", "error_messages": None, "legacy_error_message": "no"})
    assert task.reason == "the task t ended FAILED: no"
    assert task.percent is None


def test_cluster() -> None:
    cluster = parse_cluster({"ext_id": "c", "name": "x", "config": {"cluster_function": ["PRISM_CENTRAL"]}})
    assert cluster.is_prism_central
    assert not parse_cluster({"ext_id": "c", "config": None}).is_prism_central


def test_newest_usable() -> None:
    def point(name: str, hours: int, **given: Any) -> RecoveryPoint:
        return RecoveryPoint(name, name, "", created=NOW - datetime.timedelta(hours=hours), **given)

    points = [point("a", 3), point("b", 2), point("c", 1, status="$UNKNOWN"), point("d", 0, expires=NOW)]
    found = newest_usable(points, NOW)
    assert found is not None
    assert found.name == "b"
    assert newest_usable(points[2:], NOW) is None


@pytest.mark.parametrize(("resources", "name", "pc_ext_id"), [
    ({"management_url": "7A1C0DE0-0000-4000-8000-000000000001", "display_name": "PC_10.0.0.2"}, "PC_10.0.0.2", "7a1c0de0-0000-4000-8000-000000000001"),
    ({"management_url": "https://cloud.example", "display_name": None}, "zone", ""),
    ({}, "zone", ""),
    (None, "zone", ""),
])  # fmt: skip
def test_availability_zone(resources: Any, name: str, pc_ext_id: str) -> None:
    zone = parse_availability_zone({"status": {"name": "zone", "state": "COMPLETE", "resources": resources}})
    assert (zone.name, zone.pc_ext_id) == (name, pc_ext_id)
