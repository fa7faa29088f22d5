# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A run that is killed anywhere loses nothing: the next one takes up where it stood, and nothing is made twice."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import pytest
from system.fleet import NORTH, SWEDEN, arrived, copy_task, fleet, play, point_task, restore_task, source
from system.runner import Ansible, Process
from system.sandbox_process import SandboxProcess

SPEED = 1200.0
# A copy takes three quarters of an hour, so that the hourly limit plays no part.
DURATIONS = {"copy_base": 2400, "local_point": 2400, "restore_disk": 2400, "create_vm": 2400}

# The VMs are called after the moments: before the answer to the first PUT, right after it, and much later.
UNANSWERED, ANSWERED, LATE = "early", "answered", "late"
MOMENTS = (UNANSWERED, ANSWERED, LATE)


@dataclass(frozen=True)
class Case:
    """`first_put` and `late_put` are parts of the paths of PUTs that make the thing itself, `{vm}` is filled in."""

    task: Callable[[str], dict[str, Any]]
    first_put: str
    late_put: str
    collections: Callable[[str], list[dict[str, Any]]]
    check: Callable[[SandboxProcess, str], None]


def _check_point(sandbox: SandboxProcess, vm: str) -> None:
    assert [point["name"] for point in sandbox.points(f"rpc-{vm}")] == ["bcdr-initial"]
    assert len(_puts(sandbox, f"rpc-{vm}/restorePoints/")) == 1


def _check_copies(sandbox: SandboxProcess, vm: str) -> None:
    for region in (NORTH, SWEDEN):
        copies = sandbox.points(f"rpc-{vm}-{region}")
        assert [(copy["name"], copy["replication"]) for copy in copies] == [
            (name, "succeeded") for name in ("p1", "p2", "p3")
        ]
        assert len(_puts(sandbox, f"rpc-{vm}-{region}/restorePoints/")) == 3


def _check_restored(sandbox: SandboxProcess, vm: str) -> None:
    assert sandbox.names("virtual_machines", f"{vm}-dr") == [f"{vm}-dr"]
    disks = sandbox.names("disks", f"{vm}-dr-")
    assert len(disks) == 2
    assert len(_puts(sandbox, f"virtualMachines/{vm}-dr")) == 1
    assert len(_puts(sandbox, f"disks/{vm}-dr-")) == 2


CASES = {
    "point": Case(
        point_task, "rpc-{vm}/restorePoints/", "rpc-{vm}/restorePoints/", lambda vm: [source(vm)], _check_point
    ),
    "copies": Case(
        lambda vm: copy_task(vm, which=["all"]),
        "rpc-{vm}-northeurope/restorePoints/",
        "rpc-{vm}-swedencentral/restorePoints/p2",
        lambda vm: [source(vm, (9000, 6000, 3000))],
        _check_copies,
    ),
    "restore": Case(
        restore_task,
        "disks/{vm}-dr-",
        "virtualMachines/{vm}-dr",
        lambda vm: [source(vm, (9000,)), arrived(vm, ("p1",))],
        _check_restored,
    ),
}


@pytest.mark.parametrize("kind", CASES)
def test_a_killed_run_is_taken_up(sandbox: SandboxProcess, ansible: Ansible, kind: str) -> None:
    case = CASES[kind]
    # Each moment has a VM of its own, so that all can be tried at once.
    collections = [entry for moment in MOMENTS for entry in case.collections(moment)]
    sandbox.plant(fleet(MOMENTS, collections, durations=DURATIONS))
    sandbox.add_faults(_held(case, UNANSWERED, "after"))
    with ThreadPoolExecutor(len(MOMENTS)) as pool:
        for future in [pool.submit(_kill_and_finish, sandbox, ansible, case, moment) for moment in MOMENTS]:
            future.result()
    for moment in MOMENTS:
        case.check(sandbox, moment)
    assert sandbox.refused() == []
    again = ansible.playbook([play([case.task(moment) for moment in MOMENTS])])
    assert again.changed == []


def _kill_and_finish(sandbox: SandboxProcess, ansible: Ansible, case: Case, moment: str) -> None:
    process = ansible.start([play([case.task(moment)])])
    path = (case.late_put if moment == LATE else case.first_put).format(vm=moment)
    if moment == UNANSWERED:
        # The fault is used up when the request is there; the change is made, and the answer held back.
        _until(lambda: not sandbox.faults(), process)
        time.sleep(0.2)
    else:
        _until(lambda: bool(_puts(sandbox, path)), process)
    if moment == LATE:
        time.sleep(0.5)
    assert process.popen.poll() is None, process.finish(rc=None).output
    process.kill()
    _until(lambda: bool(_puts(sandbox, path)))
    finished = ansible.playbook([play([case.task(moment)])])
    (event,) = finished.events
    assert event["result"]["status"] == "succeeded"


def _held(case: Case, vm: str, when: str) -> Mapping[str, Any]:
    """A fault: the answer to the first PUT comes late."""
    match = {"method": "PUT", "path_regex": case.first_put.format(vm=vm)}
    return {"kind": "delay", "match": match, "seconds": 1.5, "when": when}


def _puts(sandbox: SandboxProcess, path: str) -> list[dict[str, Any]]:
    return [entry for entry in sandbox.requests("PUT", path) if entry["status"] < 300]


def _until(condition: Callable[[], bool], process: Process | None = None, seconds: float = 30.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert process is None or process.popen.poll() is None, "the run has ended before that"
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.05)
