# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What AWX itself runs, ansible-runner, runs the playbooks: events, artifacts, cancel and run again, two slices at once."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from system.awx_job import Awx, Job, Result, hosts
from system.efs_fleet import FRANKFURT, IRELAND, ROLE, efs_fleet, efs_id, vault_arn
from system.fleet import NORTH, fleet
from system.nutanix_fleet import (
    MAIN,
    ON_PYTHON,
    OTHER,
    OTHER_LOGIN,
    OTHER_PASSWORD,
    PASSWORD,
    ext_id,
    nutanix_fleet,
)
from system.sandbox_process import SandboxProcess

SPEED = 600.0
Json = dict[str, Any]
SERVICES = ("app1", "app2")
# Ten minutes and more of the clouds' time: a second or two here.
DURATIONS = {"local_point": 600, "copy_base": 900, "copy_gib_per_hour": 600}
EFS_DURATIONS = {"backup_base": 600, "copy_base": 900}
NUTANIX_DURATIONS = {"create": 600, "replicate_base": 900}
SECRETS = re.compile(rf"eyJ[\w-]{{10}}|sandbox-[0-9a-f]{{8}}-[0-9a-f]{{4}}|{PASSWORD}|{OTHER_PASSWORD}")


@pytest.fixture
def awx(sandbox: SandboxProcess, tmp_path: Path) -> Iterator[Awx]:
    """Jobs with the sandbox's credentials, on a fleet of two VMs, two file systems and two VMs on Nutanix."""
    vms = [f"{name}-vm" for name in SERVICES]
    seed = {
        **fleet(vms, durations=DURATIONS),
        **efs_fleet(SERVICES, targets=(FRANKFURT,), durations=EFS_DURATIONS),
        **nutanix_fleet(SERVICES, durations=NUTANIX_DURATIONS),
    }
    sandbox.plant(seed)
    awx = Awx(tmp_path, sandbox.environment)
    yield awx
    awx.stop()


def _workloads(services: tuple[str, ...] = SERVICES) -> list[Json]:
    """A VM, a file system and a VM on Nutanix of each service. A minute here is ten hours, and nothing is to become due."""
    found: list[Json] = []
    for name in services:
        vm: Json = {
            "type": "azure_vm",
            "name": f"{name}-vm",
            "resource_group": "rg-app",
            "targets": [{"location": NORTH, "resource_group": "rg-dr"}],
        }
        files: Json = {
            "type": "efs",
            "name": f"{name}-files",
            "file_system_id": efs_id(name),
            "region": IRELAND,
            "backup_vault_name": "main",
            "iam_role_arn": ROLE,
            "targets": [{"backup_vault_arn": vault_arn(FRANKFURT)}],
        }
        nutanix: Json = {
            "type": "nutanix_vm",
            "name": f"{name}-nutanix",
            "vms": [{"name": name, "ext_id": ext_id(name)}],
            "targets": [{"location": "dr-site", **OTHER_LOGIN}],
        }
        found += [{"rpo": "30d", **workload} for workload in (vm, files, nutanix)]
    return found


def _inventory(services: tuple[str, ...] = SERVICES) -> Json:
    waits = {f"{role}_wait_delay": "1s" for role in ("azure_vm", "efs", "nutanix_vm")}
    return hosts(ansible_connection="local", dr_workloads=_workloads(services), **waits, **ON_PYTHON)


def _names(*services: str) -> list[str]:
    return [f"{name}-{kind}" for name in services for kind in ("vm", "files", "nutanix")]


def _check_nothing_double(sandbox: SandboxProcess) -> None:
    """Of everything there is one recovery point, in each place one copy of it, and no job that made anything else."""
    for name in SERVICES:
        (point,) = sandbox.points(f"rpc-{name}-vm")
        (copy,) = sandbox.points(f"rpc-{name}-vm-{NORTH}")
        assert (copy["name"], copy["replication"]) == (point["name"], "succeeded")
        (saved,) = sandbox.vault_points(IRELAND, "main", efs_id(name))
        (vaulted,) = sandbox.vault_points(FRANKFURT, "dr", efs_id(name))
        assert (vaulted["created"], vaulted["status"]) == (saved["created"], "COMPLETED")
        assert [job["state"] for job in sandbox.jobs("backup", efs_id(name))] == ["COMPLETED"]
        assert [job["state"] for job in sandbox.jobs("copy", efs_id(name))] == ["COMPLETED"]
        (recovery_point,) = sandbox.recovery_points(MAIN, name)
        (replica,) = sandbox.recovery_points(OTHER, name)
        assert replica["location_agnostic_id"] == recovery_point["location_agnostic_id"]
    operations = [entry["operation"] for entry in sandbox.prism_central(MAIN)["tasks"]]
    assert operations.count("CreateRecoveryPoint") == len(SERVICES)
    assert operations.count("EntitySnapshotReplicate") == len(SERVICES)


def _until(condition: Callable[[], bool], job: Job, seconds: float = 60.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert job.popen.poll() is None, f"the job has ended before that\n{job.finish().output}"
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.05)


def test_events_and_files(sandbox: SandboxProcess, awx: Awx) -> None:
    """Job type Check with changes shown, the job itself, and Check again."""
    foretold = awx.run("protect.yml", _inventory(), "--check", "--diff")
    assert sandbox.writes() == []
    shown = [result for result in _results(foretold) if result.get("changed")]
    assert len(shown) >= 3
    assert all(result["diff"] for result in shown)

    result = awx.run("protect.yml", _inventory(), "--diff")
    _check_nothing_double(sandbox)
    assert [task for task in foretold.changed if task not in result.changed] == []
    # What moves is told by events of its own, and each belongs to the task that waits.
    moved = [event for event in result.of("verbose") if re.search(r"app\d-.* (running|succeeded)", event["stdout"])]
    assert {event["event_data"].get("task_action", "").rpartition(".")[2] for event in moved} >= {
        "azure_restore_point_copy",
        "efs_backup_copy",
        "nutanix_recovery_point_replicate",
    }
    # They come while the task runs and not at its end.
    ends = {event["event_data"]["task_uuid"]: event["counter"] for event in result.of("runner_on_ok")}
    assert all(event["counter"] < ends[event["event_data"]["task_uuid"]] for event in moved)
    # A result that is too large would have been emptied by ansible-runner.
    assert all(_results(result))
    assert _with_secrets(result.files()) == []
    # What is searched for would be found: this is what ansible-runner itself writes down.
    assert _with_secrets(list(result.folders[1].rglob("command"))) != []

    again = awx.run("protect.yml", _inventory(), "--check", "--diff")
    assert again.changed == []


# At which module a job is cancelled, and whether what it has started goes on all the same: Ansible's workers lead sessions
# of their own, and only the end of their container ends them.
CANCELLED = {"azure_restore_point_copy": True, "efs_backup_copy": False, "nutanix_recovery_point_replicate": True}


def test_cancelled_in_the_middle_and_run_again(sandbox: SandboxProcess, awx: Awx) -> None:
    for module, goes_on in CANCELLED.items():
        job = awx.start("protect.yml", _inventory())
        _until(lambda job=job, module=module: _moves(job, module), job)
        job.cancel()
        result = job.finish(30)
        assert result.status == "canceled", result.output
        assert _with_secrets(result.files()) == []
        if not goes_on:
            _end_container(job)
    awx.run("protect.yml", _inventory())
    _check_nothing_double(sandbox)
    assert awx.run("protect.yml", _inventory(), "--check").changed == []


def _moves(job: Job, module: str) -> bool:
    """Whether something of that module's is on its way."""
    return any(
        event["event"] == "verbose" and event["event_data"].get("task_action", "").endswith(f".{module}")
        for event in job.events()
    )


def _end_container(job: Job) -> None:
    """Kill what the job has left, as the end of its container does."""
    for entry in Path("/proc").glob("[0-9]*/environ"):
        with contextlib.suppress(OSError):
            if str(job.worker).encode() in entry.read_bytes():
                os.kill(int(entry.parent.name), signal.SIGKILL)


def test_two_slices_at_once(sandbox: SandboxProcess, awx: Awx) -> None:
    jobs = [
        awx.start("protect.yml", _inventory(), extra_vars={"dr_names": _names(*services)})
        for services in (SERVICES[:1], SERVICES[1:])
    ]
    for job in jobs:
        result = job.finish()
        assert result.status == "successful", result.output
    _check_nothing_double(sandbox)
    assert awx.run("protect.yml", _inventory(), "--check").changed == []


def _results(result: Result) -> list[Json]:
    return [event["event_data"]["res"] for event in result.of("runner_on_ok")]


def _with_secrets(files: list[Path]) -> list[Path]:
    return [path for path in files if SECRETS.search(path.read_text(encoding="utf-8", errors="replace"))]
