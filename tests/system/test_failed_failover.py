# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A failover that fails in the middle harms nothing: source and recovery points are as they were, and it can be run again."""

from __future__ import annotations

from typing import Any

import pytest
from system.efs_fleet import FRANKFURT, IRELAND
from system.failback_fleet import ALLOWED, WORKLOADS, extra, outage, run, seed, wait_until
from system.fleet import arrived, source
from system.nutanix_fleet import MAIN, OTHER
from system.runner import Ansible
from system.sandbox_process import SandboxProcess

SPEED = 600.0
# Up to a dozen playbooks, one after the other.
pytestmark = pytest.mark.timeout(900)
Json = dict[str, Any]
FLEET = list(WORKLOADS.values())
RESTORE = f"nutanix:{OTHER} /api/dataprotection/"
POWER_ON = f"nutanix:{OTHER} /api/vmm/"
JOB = f"aws:{FRANKFURT}:backup:StartRestoreJob"
# What befalls the failover of each type, at the same time.
FAULTS: dict[str, list[Json]] = {
    "refused at the beginning": [
        {
            "kind": "status",
            "match": {"method": "PUT", "path_regex": "disks/app1-data-0"},
            "status": 400,
            "code": "QuotaExceeded",
        },
        {"kind": "status", "match": {"path_regex": JOB}, "status": 400, "code": "InvalidRequestException"},
        {"kind": "status", "match": {"method": "POST", "path_regex": RESTORE}, "status": 403, "code": "VMM-1"},
    ],
    "what was begun ends badly": [
        {
            "kind": "operation_fail",
            "match": {"method": "PUT", "path_regex": "disks/app1-data-0"},
            "code": "InternalError",
            "message": "The disk could not be filled.",
        },
        {"kind": "job_end", "match": {"path_regex": JOB}, "state": "FAILED", "message": "The restore failed."},
        {
            "kind": "task_end",
            "match": {"method": "POST", "path_regex": RESTORE},
            "state": "FAILED",
            "message": "No space is left.",
        },
    ],
    "the last step ends badly": [
        {
            "kind": "operation_fail",
            "match": {"method": "PUT", "path_regex": "virtualMachines/app1"},
            "code": "AllocationFailed",
            "message": "There is no capacity.",
        },
        {
            "kind": "status",
            "match": {"path_regex": f"aws:{FRANKFURT}:elasticfilesystem:UpdateFileSystem"},
            "status": 400,
            "code": "InsufficientThroughputCapacity",
        },
        {
            "kind": "task_end",
            "match": {"method": "POST", "path_regex": POWER_ON},
            "state": "FAILED",
            "message": "There is no memory.",
        },
    ],
}


def _plant(sandbox: SandboxProcess) -> Json:
    """Everything is protected, home is gone; returns what nobody may touch."""
    planted = seed(ages=(3000,), arrived=(1,))
    sandbox.plant({**planted, "collections": [source("app1", (3000,)), arrived("app1", ["p1"])]})
    outage(sandbox, True)
    return _untouchable(sandbox)


def _untouchable(sandbox: SandboxProcess) -> Json:
    state = sandbox.state()
    main, other = (sandbox.prism_central(site) for site in (MAIN, OTHER))
    return {
        "collections": state["collections"],
        "at home": [
            entry for kind in ("virtual_machines", "disks") for entry in state[kind] if "/rg-app/" in entry["id"]
        ],
        "vaults": state["aws"]["vaults"],
        "file systems at home": sandbox.file_systems(IRELAND),
        "VMs at home": main["entities"],
        "recovery points": [main["recovery_points"], other["recovery_points"]],
    }


def _check_all_is_up_once(sandbox: SandboxProcess) -> None:
    state = sandbox.state()
    (vm,) = [entry for entry in state["virtual_machines"] if "/rg-dr/" in entry["id"]]
    assert vm["provisioning"] == "Succeeded"
    disks = [entry for entry in state["disks"] if "/rg-dr/" in entry["id"]]
    assert [(disk["provisioning"], disk["vm"]) for disk in disks] == [("Succeeded", vm["id"])] * 2
    (file_system,) = sandbox.file_systems(FRANKFURT)
    assert (file_system["name"], len(file_system["restored"])) == ("files", 1)
    entities = {entry["name"]: entry for entry in sandbox.entities(OTHER)}
    assert len(sandbox.entities(OTHER)) == len(entities)
    assert sorted(entities) == ["app", "app-data"]
    assert entities["app"]["power"] == "ON"


@pytest.mark.parametrize("what", FAULTS)
def test_a_failed_failover_harms_nothing(sandbox: SandboxProcess, ansible: Ansible, what: str) -> None:
    before = _plant(sandbox)
    sandbox.add_faults(*FAULTS[what])
    failed = run(ansible, "failover", FLEET, rc=2, dr_confirm_failover=True)
    assert sandbox.faults() == [], "not everything has failed that should"
    for name in ("app1", "files", "shop"):
        assert f"{name}: failed: " in failed.stdout
    assert _untouchable(sandbox) == before
    # Failed tries are told by warnings.
    run(ansible, "failover", FLEET, dr_confirm_failover=True, allowed=["is started again"])
    assert _untouchable(sandbox) == before
    _check_all_is_up_once(sandbox)
    assert run(ansible, "failover", FLEET, dr_confirm_failover=True).changed == []


def test_a_killed_failover_harms_nothing(sandbox: SandboxProcess, ansible: Ansible) -> None:
    before = _plant(sandbox)
    # One type comes after the other, so the first is up when the second is killed, and the third has not begun.
    process = ansible.start_named("bcdr.multicloud.failover", *extra(FLEET, dr_confirm_failover=True), allowed=ALLOWED)
    wait_until(lambda: bool(sandbox.writes(JOB)), 60)
    process.kill()
    assert _untouchable(sandbox) == before
    run(ansible, "failover", FLEET, dr_confirm_failover=True)
    assert _untouchable(sandbox) == before
    _check_all_is_up_once(sandbox)
    assert len([job for job in sandbox.jobs("restore") if job["state"] == "COMPLETED"]) == 1
