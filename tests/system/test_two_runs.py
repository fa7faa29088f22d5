# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Two runs at the same moment do together what one would have done, and both are content."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import pytest
from system.efs_fleet import (
    FRANKFURT,
    TARGETS,
    backup_task,
    efs_fleet,
    efs_id,
    file_system_task,
    subnets,
    vault_copy_task,
)
from system.fleet import NORTH, SWEDEN, collection_task, copy_task, fleet, play, point_task, restore_task
from system.nutanix_fleet import MAIN, OTHER, nutanix_fleet, replica_task, restored_task, snapshot_task
from system.runner import Ansible, Run
from system.sandbox_process import SandboxProcess

SPEED = 1200.0
DURATIONS = {"local_point": 600, "copy_base": 600, "copy_gib_per_hour": 600, "restore_disk": 600, "create_vm": 600}
NUTANIX_DURATIONS = {"create": 600, "replicate_base": 600, "restore_base": 900, "power": 300}
EFS_DURATIONS = {"backup_base": 3600, "copy_base": 600, "restore_base": 900}
# Seconds from the start of the one to the start of the other, each tried on something of its own.
OFFSETS = {"app1": 0.0, "app2": 0.4}
# Every write is held for a moment, so that both runs have decided before either has done anything.
HELD = [
    {"kind": "delay", "match": match, "seconds": 0.4, "times": 0}
    for match in ({"method": "PUT"}, {"method": "POST", "path_regex": "^(aws:[^:]+:elasticfilesystem|nutanix):"})
]
Json = dict[str, Any]


@dataclass(frozen=True)
class Case:
    """`waiting` and `passing` are the tasks for one name, with `wait` and without; `last` is what settles all."""

    seed: Callable[[], Json]
    waiting: Callable[[SandboxProcess, str], list[Json]]
    passing: Callable[[str], list[Json]]
    last: Callable[[str], Json]
    check: Callable[[SandboxProcess, str], None]
    check_restored: Callable[[SandboxProcess], None]
    # Codes with which the provider refuses who comes second; that one takes what the other has made.
    refusals: tuple[str, ...]


def _check_points(sandbox: SandboxProcess, vm: str) -> None:
    assert sandbox.names("collections", f"rpc-{vm}") == [f"rpc-{vm}", f"rpc-{vm}-{NORTH}", f"rpc-{vm}-{SWEDEN}"]
    (point,) = sandbox.points(f"rpc-{vm}")
    for region in (NORTH, SWEDEN):
        (copy,) = sandbox.points(f"rpc-{vm}-{region}")
        assert (copy["name"], copy["replication"]) == (point["name"], "succeeded")
        assert copy["source"].rsplit("/", 1)[-1] == point["name"]


def _check_vms(sandbox: SandboxProcess) -> None:
    for vm in OFFSETS:
        assert len(sandbox.names("disks", f"{vm}-dr-")) == 2
    assert sandbox.names("virtual_machines") == sorted([*OFFSETS, *(f"{vm}-dr" for vm in OFFSETS)])


def _check_vaults(sandbox: SandboxProcess, name: str) -> None:
    (point,) = sandbox.vault_points("eu-west-1", "main", efs_id(name))
    (backup,) = sandbox.jobs("backup", efs_id(name))
    assert backup["made"] == point["arn"]
    jobs = sandbox.jobs("copy", efs_id(name))
    assert [job["state"] for job in jobs] == ["COMPLETED"] * len(TARGETS)
    for region in TARGETS:
        (copy,) = sandbox.vault_points(region, "dr", efs_id(name))
        assert (copy["created"], copy["status"]) == (point["created"], "COMPLETED")


def _check_file_systems(sandbox: SandboxProcess) -> None:
    found = sandbox.file_systems(FRANKFURT)
    assert sorted(one["name"] for one in found) == sorted(f"{name}-dr" for name in OFFSETS)
    assert [(one["mount_targets"], len(one["restored"])) for one in found] == [(1, 1)] * len(OFFSETS)
    assert sorted(job["made"] for job in sandbox.jobs("restore")) == sorted(one["arn"] for one in found)


def _check_replicas(sandbox: SandboxProcess, name: str) -> None:
    (point,) = sandbox.recovery_points(MAIN, name)
    assert sorted(part["name"] for part in point["parts"]) == [name, f"{name}-data"]
    (replica,) = sandbox.recovery_points(OTHER, name)
    assert replica["location_agnostic_id"] == point["location_agnostic_id"]


def _check_restored_vms(sandbox: SandboxProcess) -> None:
    found = sorted((entry["name"], entry["power"]) for entry in sandbox.entities(OTHER))
    assert found == sorted(made for name in OFFSETS for made in ((f"{name}-dr", "ON"), (f"{name}-data-dr", None)))
    tasks = [entry["operation"] for entry in sandbox.prism_central(OTHER)["tasks"]]
    assert tasks.count("RestoreRecoveryPoint") == len(OFFSETS)


def _restored(sandbox: SandboxProcess, name: str) -> Json:
    subnet = subnets(sandbox, FRANKFURT)[0]
    return file_system_task(name, throughput_mode="elastic", mount_targets=[{"subnet_id": subnet}])


CASES = {
    "azure": Case(
        lambda: fleet(OFFSETS, durations=DURATIONS),
        lambda _sandbox, vm: [collection_task(vm), point_task(vm), copy_task(vm), restore_task(vm, "rg-app")],
        lambda vm: [collection_task(vm), point_task(vm, wait=False), copy_task(vm, wait=False)],
        copy_task,
        _check_points,
        _check_vms,
        # Whatever the code: who comes second at Azure gets a conflict.
        (": 409 ",),
    ),
    "efs": Case(
        lambda: efs_fleet(OFFSETS, durations=EFS_DURATIONS),
        lambda sandbox, name: [backup_task(name), vault_copy_task(name), _restored(sandbox, name)],
        lambda name: [backup_task(name, wait=False), vault_copy_task(name, wait=False)],
        vault_copy_task,
        _check_vaults,
        _check_file_systems,
        (": 409 MountTargetConflict",),
    ),
    "nutanix": Case(
        lambda: nutanix_fleet(OFFSETS, groups=True, durations=NUTANIX_DURATIONS),
        lambda _sandbox, name: [
            snapshot_task(name, groups=True),
            replica_task(name, groups=True),
            restored_task(name, groups=True),
        ],
        lambda name: [snapshot_task(name, groups=True, wait=False), replica_task(name, groups=True, wait=False)],
        lambda name: replica_task(name, groups=True),
        _check_replicas,
        _check_restored_vms,
        # A VM that the other run has switched on meanwhile has another ETag.
        (": 412 PLAT-10005",),
    ),
}


@pytest.mark.parametrize("provider", CASES)
def test_runs_that_wait(sandbox: SandboxProcess, ansible: Ansible, provider: str) -> None:
    case = CASES[provider]
    sandbox.plant(case.seed())
    sandbox.add_faults(*HELD)
    plays = {name: [play(case.waiting(sandbox, name))] for name in OFFSETS}
    for run in _pairs(ansible, plays):
        assert {event["result"]["status"] for event in run.events} == {"succeeded"}
    for name in OFFSETS:
        case.check(sandbox, name)
    case.check_restored(sandbox)
    _check_refusals(sandbox, case)
    again = ansible.playbook([play([entry for tasks in plays.values() for entry in tasks[0]["tasks"]])])
    assert again.changed == []


@pytest.mark.parametrize("provider", CASES)
def test_runs_that_do_not_wait(sandbox: SandboxProcess, ansible: Ansible, provider: str) -> None:
    case = CASES[provider]
    sandbox.plant(case.seed())
    sandbox.add_faults(*HELD)
    plays = {name: [play(case.passing(name))] for name in OFFSETS}
    for _round in range(2):
        for run in _pairs(ansible, plays):
            assert len(run.events) == len(case.passing("app1"))
    _check_refusals(sandbox, case)
    ansible.playbook([play([case.last(name) for name in OFFSETS])])
    for name in OFFSETS:
        case.check(sandbox, name)


def _pairs(ansible: Ansible, plays: dict[str, Any]) -> list[Run]:
    """Run the plays of each name twice at once, with its offset."""

    def twice(name: str) -> list[Run]:
        first = ansible.start(plays[name])
        time.sleep(OFFSETS[name])
        second = ansible.start(plays[name])
        return [first.finish(), second.finish()]

    with ThreadPoolExecutor(len(OFFSETS)) as pool:
        return [run for pair in pool.map(twice, OFFSETS) for run in pair]


def _check_refusals(sandbox: SandboxProcess, case: Case) -> None:
    refused = sandbox.refused()
    assert [refusal for refusal in refused if not any(code in refusal for code in case.refusals)] == []
