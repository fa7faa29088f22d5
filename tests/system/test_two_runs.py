# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Two runs at the same moment do together what one would have done, and both are content."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from system.fleet import NORTH, SWEDEN, collection_task, copy_task, fleet, play, point_task, restore_task
from system.runner import Ansible, Run
from system.sandbox_process import SandboxProcess

SPEED = 1200.0
DURATIONS = {"local_point": 600, "copy_base": 600, "copy_gib_per_hour": 600, "restore_disk": 600, "create_vm": 600}
# Seconds from the start of the one to the start of the other, each tried on a VM of its own.
OFFSETS = {"app1": 0.0, "app2": 0.4}
# Every write is held for a moment, so that both runs have decided before either has done anything.
HELD = {"kind": "delay", "match": {"method": "PUT"}, "seconds": 0.4, "times": 0}


def test_runs_that_wait(sandbox: SandboxProcess, ansible: Ansible) -> None:
    sandbox.plant(fleet(OFFSETS, durations=DURATIONS))
    sandbox.add_faults(HELD)
    plays = {
        vm: [play([collection_task(vm), point_task(vm), copy_task(vm), restore_task(vm, "rg-app")])] for vm in OFFSETS
    }
    for run in _pairs(ansible, plays):
        assert [event["result"]["status"] for event in run.events] == ["succeeded"] * 4
    for vm in OFFSETS:
        _check_one_of_each(sandbox, vm)
        assert len(sandbox.names("disks", f"{vm}-dr-")) == 2
    assert sandbox.names("virtual_machines") == sorted([*OFFSETS, *(f"{vm}-dr" for vm in OFFSETS)])
    _check_refusals(sandbox)
    again = ansible.playbook([play([entry for tasks in plays.values() for entry in tasks[0]["tasks"]])])
    assert again.changed == []


def test_runs_that_do_not_wait(sandbox: SandboxProcess, ansible: Ansible) -> None:
    sandbox.plant(fleet(OFFSETS, durations=DURATIONS))
    sandbox.add_faults(HELD)
    plays = {vm: [play([collection_task(vm), point_task(vm, wait=False), copy_task(vm, wait=False)])] for vm in OFFSETS}
    for _round in range(2):
        for run in _pairs(ansible, plays):
            assert len(run.events) == 3
    _check_refusals(sandbox)
    ansible.playbook([play([copy_task(vm) for vm in OFFSETS])])
    for vm in OFFSETS:
        _check_one_of_each(sandbox, vm)


def _pairs(ansible: Ansible, plays: dict[str, Any]) -> list[Run]:
    """Run the plays of each VM twice at once, with its offset."""

    def twice(vm: str) -> list[Run]:
        first = ansible.start(plays[vm])
        time.sleep(OFFSETS[vm])
        second = ansible.start(plays[vm])
        return [first.finish(), second.finish()]

    with ThreadPoolExecutor(len(OFFSETS)) as pool:
        return [run for pair in pool.map(twice, OFFSETS) for run in pair]


def _check_one_of_each(sandbox: SandboxProcess, vm: str) -> None:
    assert sandbox.names("collections", f"rpc-{vm}") == [f"rpc-{vm}", f"rpc-{vm}-{NORTH}", f"rpc-{vm}-{SWEDEN}"]
    (point,) = sandbox.points(f"rpc-{vm}")
    for region in (NORTH, SWEDEN):
        (copy,) = sandbox.points(f"rpc-{vm}-{region}")
        assert (copy["name"], copy["replication"]) == (point["name"], "succeeded")
        assert copy["source"].rsplit("/", 1)[-1] == point["name"]


def _check_refusals(sandbox: SandboxProcess) -> None:
    """Who comes second is refused by Azure, and takes what the other has made."""
    assert [refusal for refusal in sandbox.refused() if ": 409 " not in refusal] == []
