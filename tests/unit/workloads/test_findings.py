# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What of a status fails a pipeline, whom a confirmation means, and the steps of a failover."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.bcdr.multicloud.plugins.plugin_utils._findings import failover_plan, findings
from ansible_collections.bcdr.multicloud.plugins.plugin_utils._workloads import WorkloadError, unconfirmed

ALL = ["drift", "breach", "failed", "drill"]
HOUR = 3600


def target(location: str = "northeurope", seconds: int | None = HOUR, known: bool = True) -> dict[str, Any]:
    within = seconds is not None and seconds <= 4 * HOUR
    return {"location": location, "name": "x", "known": known, "rpo_seconds": seconds, "within_rpo": within}


def entry(*targets: Any, **more: Any) -> dict[str, Any]:
    return {
        "name": "app-07",
        "rpo_target_seconds": 4 * HOUR,
        "targets": list(targets) or [target()],
        "status": "succeeded",
        "reason": "",
        "drift": [],
        **more,
    }


@pytest.mark.parametrize(
    ("status", "lines"),
    [
        (entry(), []),
        (entry(drift=["create x", "start copy"]), ["app-07: drift: create x, start copy"]),
        (
            entry(target(), target("swedencentral", 26 * HOUR)),
            ["app-07: RPO breached: swedencentral is 1d 2h old, 4h wanted"],
        ),
        (
            entry(target(seconds=None)),
            ["app-07: RPO breached: northeurope has no usable recovery point, 4h wanted"],
        ),
        (
            entry(target(seconds=None, known=False)),
            ["app-07: not known whether the RPO of 4h is kept: northeurope cannot be asked"],
        ),
        (entry(status="failed", reason="disk 2 failed"), ["app-07: failed: disk 2 failed"]),
        (entry(status="blocked", reason="no"), ["app-07: blocked: no"]),
        (entry(status="running", reason="copying"), []),
        (
            entry(drill_stale=True, drill_every_seconds=30 * 24 * HOUR, last_drill=None),
            ["app-07: no drill has succeeded within 30d"],
        ),
        (
            entry(
                rto_met=False,
                rto_target_seconds=HOUR,
                last_drill={"time": "2026-11-01T02:00:00Z", "recovery_seconds": 2 * HOUR},
            ),
            ["app-07: RTO missed: the drill of 2026-11-01T02:00:00Z took 2h, 1h wanted"],
        ),
        (entry(rto_met=None, drill_stale=False, last_drill=None), []),
        (
            entry(last_drill={"time": "2026-11-01T02:00:00Z", "status": "failed", "reason": "quota"}),
            ["app-07: the drill of 2026-11-01T02:00:00Z failed: quota"],
        ),
    ],
)
def test_findings(status: Any, lines: list[str]) -> None:
    assert findings([status], ALL) == lines
    assert findings([status], []) == []


def test_only_what_was_asked_for_counts() -> None:
    bad = entry(target(seconds=None), drift=["create x"], status="failed", reason="no")
    assert [line.split(": ")[1] for line in findings([bad], ["drift"])] == ["drift"]
    assert [line.split(": ")[1] for line in findings([bad], ["breach"])] == ["RPO breached"]
    with pytest.raises(WorkloadError, match="dr_fail_on: drfit is none of drift, breach, failed, drill"):
        findings([bad], ["drfit"])


@pytest.mark.parametrize(
    ("confirmed", "left"),
    [
        (True, []),
        (False, ["a", "b"]),
        (None, ["a", "b"]),
        ("true", []),
        ("Yes", []),
        ("", ["a", "b"]),
        ("no", ["a", "b"]),
        ("a", ["b"]),
        (" b , a", []),
        (["b"], ["a"]),
        (["a", "b", "of-another-type"], []),
        ([], ["a", "b"]),
    ],
)
def test_whom_a_confirmation_means(confirmed: Any, left: list[str]) -> None:
    assert unconfirmed([{"name": "a"}, {"name": "b"}], confirmed) == left


def test_a_confirmation_that_is_neither() -> None:
    with pytest.raises(WorkloadError, match="a confirmation is true or the names of the workloads, and not 1"):
        unconfirmed([{"name": "a"}], 1)


def test_the_steps_of_a_failover_and_what_they_are_expected_to_take() -> None:
    def workload(name: str, kind: str = "azure_vm", **more: Any) -> dict[str, Any]:
        return {
            "name": name,
            "type": kind,
            "stage": 1,
            "targets": [{"location": "northeurope"}],
            "failover": {"x": 1},
            **more,
        }

    def record(name: str, seconds: int, day: int, **more: Any) -> dict[str, Any]:
        time = f"2026-11-{day:02}T00:00:00Z"
        return {
            "workload": name,
            "kind": "drill",
            "status": "succeeded",
            "time": time,
            "recovery_seconds": seconds,
            **more,
        }

    records = [
        record("db", 900, 2),
        record("db", 600, 1),
        record("web", 300, 3),
        record("web", 60, 4, status="failed"),
        record("files", 1200, 5, kind="failover"),
    ]
    vault = "arn:aws:backup:eu-central-1:111122223333:backup-vault:dr"
    files = workload("files", "efs", rto="30m", targets=[{"backup_vault_arn": vault}])
    assert failover_plan([workload("web", stage=2), workload("db"), files], records) == [
        "1. stage 1: db (azure_vm) in northeurope: expected 15m as in the drill of 2026-11-02T00:00:00Z",
        "2. stage 1: files (efs) in eu-central-1: expected 20m as in the failover of 2026-11-05T00:00:00Z, RTO 30m",
        "3. stage 2: web (azure_vm) in northeurope: expected 5m as in the drill of 2026-11-03T00:00:00Z",
        "Expected in all: 40m",
    ]
    assert failover_plan([workload("web"), workload("new"), workload("no", failover=None)], records) == [
        "1. web (azure_vm) in northeurope: expected 5m as in the drill of 2026-11-03T00:00:00Z",
        "2. new (azure_vm) in northeurope: expected time not known, no drill is on record",
        "-- no (azure_vm) has no `failover` in its workload and is not brought up",
        "Expected in all: at least 5m",
    ]
    assert failover_plan([workload("new")]) == [
        "1. new (azure_vm) in northeurope: expected time not known, no drill is on record",
        "Expected in all: not known",
    ]
