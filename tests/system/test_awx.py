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
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from system.awx_job import PROJECT, Awx, Job, Result, inventory_of, slices
from system.nutanix_fleet import PYTHON
from system.project_fleet import WORKLOADS, check_nothing_double, project_seed
from system.sandbox_process import SandboxProcess

# Six workloads and several jobs, with all that is waited for on a busy machine.
pytestmark = pytest.mark.timeout(900)
SPEED = 600.0
Json = dict[str, Any]
# What the templates of the project say.
VARIABLES = {"dr_hosts": "dr_fleet"}
# Tokens of Azure, sessions of Prism Centrals, and what the job's credentials hold.
TOKENS = re.compile(r"eyJ[\w-]{10}|sandbox-[0-9a-f]{8}-[0-9a-f]{4}")


@pytest.fixture
def awx(sandbox: SandboxProcess, tmp_path: Path) -> Iterator[Awx]:
    """Jobs with the sandbox's credentials and the example project's fleet, of which nothing is protected yet."""
    sandbox.plant(project_seed())
    awx = Awx(tmp_path, {**sandbox.environment, "DR_PYTHON": PYTHON})
    yield awx
    awx.stop()


@pytest.fixture(scope="module")
def inventory(tmp_path_factory: pytest.TempPathFactory) -> Json:
    """The inventory as AWX imports it from the project; a minute here is ten hours, and nothing is to become due."""
    inventory = inventory_of(PROJECT / "inventory" / "hosts.yml", tmp_path_factory.mktemp("inventory"))
    assert sorted(inventory["_meta"]["hostvars"]) == sorted(WORKLOADS)
    for variables in inventory["_meta"]["hostvars"].values():
        variables["dr_workload"]["rpo"] = "30d"
        variables.update({f"{role}_wait_delay": "1s" for role in ("azure_vm", "efs", "nutanix_vm")})
    return inventory


def _until(condition: Callable[[], bool], job: Job, seconds: float = 60.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert job.popen.poll() is None, f"the job has ended before that\n{job.finish().output}"
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.05)


def test_events_and_files(sandbox: SandboxProcess, awx: Awx, inventory: Json) -> None:
    """Job type Check with changes shown, the job itself, and Check again."""
    foretold = awx.run("protect.yml", inventory, "--check", "--diff", extra_vars=VARIABLES)
    assert sandbox.writes() == []
    shown = [result for result in _results(foretold) if result.get("changed")]
    assert len(shown) >= 3
    assert all(result["diff"] for result in shown)

    result = awx.run("protect.yml", inventory, "--diff", extra_vars=VARIABLES)
    check_nothing_double(sandbox)
    assert [task for task in foretold.changed if task not in result.changed] == []
    # What moves is told by events of its own, and each belongs to the task that waits.
    moved = [
        event
        for event in result.of("verbose")
        if re.search(r": (app|web|home|intranet|ledger)\S* (running|succeeded)", event["stdout"])
    ]
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
    assert _with_secrets(sandbox, result.files()) == []
    # What is searched for would be found: this is what ansible-runner itself writes down.
    assert _with_secrets(sandbox, list(result.folders[1].rglob("command"))) != []

    again = awx.run("protect.yml", inventory, "--check", "--diff", extra_vars=VARIABLES)
    assert again.changed == []


def test_what_a_status_leaves_for_the_later_jobs_of_a_workflow(awx: Awx, inventory: Json, tmp_path: Path) -> None:
    page = tmp_path / "dr.html"
    result = awx.run("status.yml", inventory, extra_vars={**VARIABLES, "dr_report_html": str(page)})
    figures = result.artifacts["dr_report"]
    assert (figures["totals"]["workloads"], sorted(figures["breached"])) == (len(WORKLOADS), sorted(WORKLOADS))
    assert all(name in page.read_text(encoding="utf-8") for name in WORKLOADS)


# At which module a job is cancelled, and whether what it has started goes on all the same: Ansible's workers lead sessions
# of their own, and only the end of their container ends them.
CANCELLED = {"azure_restore_point_copy": True, "efs_backup_copy": False, "nutanix_recovery_point_replicate": True}


def test_cancelled_in_the_middle_and_run_again(sandbox: SandboxProcess, awx: Awx, inventory: Json) -> None:
    for module, goes_on in CANCELLED.items():
        job = awx.start("protect.yml", inventory, extra_vars=VARIABLES)
        _until(partial(_moves, job, module), job)
        job.cancel()
        result = job.finish(30)
        assert result.status == "canceled", result.output
        assert _with_secrets(sandbox, result.files()) == []
        if not goes_on:
            _end_container(job)
    awx.run("protect.yml", inventory, extra_vars=VARIABLES)
    check_nothing_double(sandbox)
    assert awx.run("protect.yml", inventory, "--check", extra_vars=VARIABLES).changed == []


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


def test_two_slices_at_once(sandbox: SandboxProcess, awx: Awx, inventory: Json) -> None:
    """Job slicing gives each job a part of the hosts, and of these workloads it takes care."""
    jobs = [awx.start("protect.yml", part, extra_vars=VARIABLES) for part in slices(inventory, 2)]
    labels = []
    for job in jobs:
        result = job.finish()
        assert result.status == "successful", result.output
        labels.append({name for name in WORKLOADS if re.search(rf": {name} (running|succeeded)", result.output)})
    assert [len(found) for found in labels] == [3, 3]
    assert labels[0] | labels[1] == set(WORKLOADS)
    check_nothing_double(sandbox)
    assert awx.run("protect.yml", inventory, "--check", extra_vars=VARIABLES).changed == []


def _results(result: Result) -> list[Json]:
    return [event["event_data"]["res"] for event in result.of("runner_on_ok")]


def _with_secrets(sandbox: SandboxProcess, files: list[Path]) -> list[Path]:
    held = [value for name, value in sandbox.environment.items() if "SECRET" in name or "PASSWORD" in name]
    assert len(set(held)) >= 4
    texts = {path: path.read_text(encoding="utf-8", errors="replace") for path in files}
    return [path for path, text in texts.items() if TOKENS.search(text) or any(secret in text for secret in held)]
