# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any

import pytest
from ansible.errors import AnsibleFilterError

from ansible_collections.bcdr.multicloud.plugins.filter.dr_drill_records import FilterModule as DrillRecords
from ansible_collections.bcdr.multicloud.plugins.filter.dr_events import FilterModule as Events
from ansible_collections.bcdr.multicloud.plugins.filter.dr_with_history import FilterModule as WithHistory
from ansible_collections.bcdr.multicloud.tests.unit.history.history_builders import DAY, entry, record

Json = dict[str, Any]
NOW = "2026-11-28T12:00:00Z"
dr_drill_records = DrillRecords().filters()["dr_drill_records"]
dr_events = Events().filters()["dr_events"]
dr_with_history = WithHistory().filters()["dr_with_history"]

AZURE: Json = {
    "label": "app-01",
    "status": "succeeded",
    "reason": "",
    "restore_point": "p1",
    "restore_point_id": "/subscriptions/s/p1",
    "restore_point_created_at": "2026-11-28T10:00:00Z",
    "rpo_seconds": 7200,
    "recovery_seconds": 495,
    "disks": [
        {"name": "os", "created_at": "2026-11-28T11:50:00Z"},
        {"name": "data", "created_at": "2026-11-28T11:51:00Z"},
    ],
}
EFS: Json = {
    "label": "home",
    "status": "succeeded",
    "reason": "",
    "recovery_point_arn": "arn:aws:backup:eu-central-1:111122223333:recovery-point:7a1f",
    "recovery_point_created_at": "2026-11-28T10:00:00Z",
    "rpo_seconds": 7200,
    "recovery_seconds": 1260,
    "restore_job": {"id": "job-1", "state": "COMPLETED", "completed_at": "2026-11-28T11:40:00Z"},
}
NUTANIX: Json = {
    "label": "ledger",
    "status": "succeeded",
    "reason": "",
    "ext_id": "rp-1",
    "recovery_point_created_at": "2026-11-28T10:00:00Z",
    "rpo_seconds": 7200,
    "recovery_seconds": 330,
    "vm_ext_ids": ["v1"],
    "volume_group_ext_ids": ["g1"],
    "vms_ext_ids": "v1",
    "tasks": [{"ext_id": "t", "completed_at": "2026-11-28T11:55:00Z"}],
}
WORKLOADS: list[Json] = [
    {"name": "app-01", "type": "azure_vm", "targets": [{"location": "northeurope"}], "drill": {"subnet_id": "x"}},
    {
        "name": "home",
        "type": "efs",
        "targets": [{"backup_vault_arn": "arn:aws:backup:eu-central-1:111122223333:backup-vault:dr"}],
    },
    {
        "name": "ledger",
        "type": "nutanix_vm",
        "targets": [{"nutanix_host": "pc-dr.example.com"}],
        "failover": {"location": "far"},
    },
]


def records(*results: Json, kind: str = "drill", now: str = NOW) -> list[Json]:
    made: list[Json] = dr_drill_records(list(results), WORKLOADS, kind, now=now)
    return made


def test_the_records_of_all_types() -> None:
    found = records(AZURE, EFS, NUTANIX)
    assert [{**one, "key": one["key"].rsplit("|", 1)[0]} for one in found] == [
        {
            "key": f"drill|{name}",
            "kind": "drill",
            "workload": name,
            "type": kind,
            "time": NOW,
            "status": "succeeded",
            "recovery_point": point,
            "location": place,
            "rpo_seconds": 7200,
            "recovery_seconds": seconds,
            "reason": "",
        }
        for name, kind, point, place, seconds in (
            ("app-01", "azure_vm", "/subscriptions/s/p1", "northeurope", 495),
            ("home", "efs", EFS["recovery_point_arn"], "eu-central-1", 1260),
            ("ledger", "nutanix_vm", "rp-1", "pc-dr.example.com", 330),
        )
    ]


def test_where_the_workload_says() -> None:
    (failover,) = records(NUTANIX, kind="failover")
    assert (failover["kind"], failover["location"], failover["key"][:9]) == ("failover", "far", "failover|")


@pytest.mark.parametrize("result", [AZURE, EFS, NUTANIX], ids=["azure", "efs", "nutanix"])
class TestAgain:
    def test_what_is_there_already_has_its_key(self, result: Json) -> None:
        (first,) = records(result)
        later = {**result, "recovery_seconds": None, "rpo_seconds": 10800}
        (again,) = records(later, now="2026-11-28T13:00:00Z")
        assert again["key"] == first["key"]
        assert again["recovery_seconds"] is None

    def test_another_drill_of_the_same_point_has_another(self, result: Json) -> None:
        anew = {
            **result,
            "restore_job": {"id": "job-2"},
            "vm_ext_ids": ["v2"],
            "disks": [{"name": "os", "created_at": "2026-11-28T13:50:00Z"}],
        }
        if result is not EFS:
            del anew["restore_job"]
        assert records(result)[0]["key"] != records(anew)[0]["key"]


def test_the_age_that_the_point_had_then() -> None:
    (found,) = records({**EFS, "recovery_seconds": None, "rpo_seconds": 99999})
    assert (found["time"], found["rpo_seconds"]) == ("2026-11-28T11:40:00Z", 6000)


@pytest.mark.parametrize("status", ["running", "pending", "absent"])
def test_none_of_what_has_not_ended(status: str) -> None:
    assert records({**AZURE, "status": status}) == []


def test_none_of_what_nothing_tells_from_others() -> None:
    old = {"label": "app-01", "status": "succeeded", "recovery_seconds": None}
    assert records(old) == []
    assert len(records({**old, "recovery_seconds": 5})) == 1


def test_the_same_failure_once_a_day() -> None:
    failed = {"label": "app-01", "status": "failed", "reason": "quota (request id 1)"}
    (one,) = records(failed)
    (later,) = records({**failed, "reason": "quota (request id 2)"}, now="2026-11-28T23:00:00Z")
    (tomorrow,) = records(failed, now="2026-11-29T01:00:00Z")
    (other,) = records({**failed, "reason": "no network"})
    assert one["status"] == "failed"
    assert one["key"] == later["key"]
    assert len({one["key"], tomorrow["key"], other["key"]}) == 3


def test_a_failed_job_is_not_the_next_one() -> None:
    failed = {**EFS, "status": "failed", "reason": "aborted", "recovery_seconds": None}
    again = {**failed, "restore_job": {"id": "job-2"}}
    assert records(failed)[0]["key"] != records(again)[0]["key"]


MISTAKES = {
    "kind": (lambda: records(AZURE, kind="revert"), "kind 'revert' is none of drill, failover, failback"),
    "no results": (lambda: dr_drill_records([{"x": 1}]), "no result of a restore"),
    "no status": (lambda: dr_events([{"x": 1}]), "the input is no status"),
    "no records": (lambda: dr_events([], [{"key": "k"}]), r"the history\[0\]: kind is missing"),
    "no time": (lambda: dr_with_history([], [], now="soon"), "now: 'soon' is not of the form 2026-11-28T03:15:00Z"),
    "no kind of event": (lambda: dr_events([], kinds=["x"]), "'x' is no kind of event; there are rpo_breach"),
}


@pytest.mark.parametrize("name", MISTAKES)
def test_mistakes(name: str) -> None:
    work, text = MISTAKES[name]
    with pytest.raises(AnsibleFilterError, match=text):
        work()


class TestWithHistory:
    def of(self, history: list[Json], **fields: Any) -> tuple[Any, bool, bool | None]:
        (found,) = dr_with_history([entry(**fields)], history, now=NOW)
        assert found["name"] == "app-07"
        return (found["last_drill"] or {}).get("key"), found["drill_stale"], found["rto_met"]

    @pytest.mark.parametrize(
        ("history", "fields", "expected"),
        [
            pytest.param([], {}, (None, False, None), id="nothing"),
            pytest.param([], {"drill_every_seconds": DAY, "rto_target_seconds": 60}, (None, True, None), id="never"),
            pytest.param(
                [record("d", recovery_seconds=60)],
                {"drill_every_seconds": DAY, "rto_target_seconds": 60},
                ("d", False, True),
                id="in time",
            ),
            pytest.param(
                [record("d", recovery_seconds=61)], {"rto_target_seconds": 60}, ("d", False, False), id="slow"
            ),
            pytest.param([record("d")], {"rto_target_seconds": 60}, ("d", False, None), id="not measured"),
            pytest.param(
                [record("d", 24, recovery_seconds=5)],
                {"drill_every_seconds": DAY},
                ("d", False, None),
                id="to the second",
            ),
            pytest.param([record("d", 24.01)], {"drill_every_seconds": DAY}, ("d", True, None), id="too long ago"),
            pytest.param(
                [record("d", 5, recovery_seconds=5), record("e", 1, status="failed")],
                {"drill_every_seconds": DAY, "rto_target_seconds": 60},
                ("e", False, None),
                id="the last one failed",
            ),
            pytest.param([record("d", 5), record("e", 1)], {}, ("e", False, None), id="the newest"),
            pytest.param([record("d", kind="failover")], {}, (None, False, None), id="no drill"),
            pytest.param([record("d", workload="x")], {}, (None, False, None), id="another's"),
        ],
    )
    def test_table(self, history: list[Json], fields: Json, expected: tuple[Any, ...]) -> None:
        assert self.of(history, **fields) == expected


def _image(status: str = "succeeded", **more: Any) -> dict[str, Any]:
    disks = [{"created_at": "2026-11-28T01:00:00Z"}, {"created_at": "2026-11-28T01:05:00Z"}]
    return {
        "label": "golden",
        "status": status,
        "version": "golden-1",
        "disks": disks,
        "recovery_seconds": 300,
        "rpo_seconds": 60,
        **more,
    }


def _blobs(label: str, status: str = "succeeded", **more: Any) -> dict[str, Any]:
    return {
        "label": label,
        "status": status,
        "source": f"drstore/{label[-1]}",
        "last_sync_time": "2026-11-28T00:00:00Z",
        "incomplete_blobs": [],
        "recovery_seconds": 30,
        "rpo_seconds": 600,
        **more,
    }


def test_an_image_is_known_by_its_version_and_the_time_of_its_disks() -> None:
    now, workloads = (
        "2026-11-28T02:00:00Z",
        [{"name": "golden", "type": "azure_image", "targets": [{"location": "uksouth"}]}],
    )
    (first,) = dr_drill_records([_image()], workloads, now=now)
    (again,) = dr_drill_records([_image(recovery_seconds=None)], workloads, now="2026-11-28T09:00:00Z")
    (other,) = dr_drill_records([_image(version="golden-2")], workloads, now=now)
    assert (first["recovery_point"], first["location"], first["recovery_seconds"]) == ("golden-1", "uksouth", 300)
    assert first["key"] == again["key"] != other["key"]
    assert again["time"] == "2026-11-28T01:05:00Z"


def test_a_workload_of_several_items_has_one_record_and_the_worst_of_them_counts() -> None:
    now = "2026-11-28T02:00:00Z"
    workloads = [{"name": "shop", "type": "azure_blob", "targets": [{"account_name": "drstore"}]}]
    good, slow = _blobs("shop: a"), _blobs("shop: b", recovery_seconds=90, rpo_seconds=1200)
    (record,) = dr_drill_records([good, slow], workloads, now=now)
    assert (record["workload"], record["type"], record["status"]) == ("shop", "azure_blob", "succeeded")
    assert (record["recovery_seconds"], record["rpo_seconds"], record["location"]) == (90, 1200, "drstore")
    (failed,) = dr_drill_records([good, _blobs("shop: b", "failed", reason="b is gone")], workloads, now=now)
    assert (failed["status"], failed["reason"]) == ("failed", "b is gone")
    assert dr_drill_records([good, _blobs("shop: b", "running")], workloads, now=now) == []
    # Longer names first: `shop: a` may be a workload of its own.
    both = dr_drill_records([good, slow], [*workloads, {"name": "shop: a", "type": "azure_blob"}], now=now)
    assert [one["workload"] for one in both] == ["shop: a", "shop"]
