# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A recovery point brought to six regions: as fast as planned, although things fail, and never twice."""

from __future__ import annotations

import functools
import time
from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from system.efs_fleet import FAR, FRANKFURT, IRELAND, efs_id, plan_seed, plan_task, vault_links
from system.fleet import play
from system.runner import Ansible, Process
from system.sandbox_process import SandboxProcess

# A virtual minute takes two seconds: the pauses between two looks count for little, as they do in a cloud.
SPEED = 30.0
MODULE = "efs_backup_replication"
Json = dict[str, Any]


def copies(sandbox: SandboxProcess, name: str = "files") -> dict[str, list[Json]]:
    """The copies of the file system's points by region, whatever their state."""
    return {region: sandbox.vault_points(region, "dr", efs_id(name)) for region in FAR}


def arrived(sandbox: SandboxProcess, name: str = "files") -> set[str]:
    """The regions that have the point."""
    found = copies(sandbox, name)
    return {region for region, points in found.items() if any(point["status"] == "COMPLETED" for point in points)}


def once_everywhere(sandbox: SandboxProcess, name: str = "files") -> bool:
    return all(len(points) == 1 for points in copies(sandbox, name).values()) and arrived(sandbox, name) == set(FAR)


def at_least(sandbox: SandboxProcess, count: int) -> bool:
    return len(arrived(sandbox)) >= count


def moment(text: str) -> float:
    return datetime.fromisoformat(text[:26] + text[-6:]).timestamp()


def most_at_once(jobs: list[Json]) -> int:
    """How many of the jobs ran at the same time, by the sandbox's own books."""
    spans = [(moment(job["created"]), moment(job["ended"])) for job in jobs]
    return max(sum(begun <= start < ended for begun, ended in spans) for start, _end in spans)


def wait_for(process: Process, reached: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 90
    while not reached():
        assert time.monotonic() < deadline, "it was not reached"
        assert process.popen.poll() is None
        time.sleep(0.2)


@pytest.mark.parametrize("alone", [True, False])
def test_it_takes_as_long_as_planned(sandbox: SandboxProcess, ansible: Ansible, alone: bool) -> None:
    """One at a time wherever, as the sandbox has it; and one from each region, where AWS takes that."""
    known = vault_links(slowest=96.0)
    sandbox.plant(plan_seed(["files"], known, limits={"jobs_per_resource": 1 if alone else 100}))
    task = plan_task("files", known, planning={"one_at_a_time": alone})
    result = ansible.playbook([play([task])], timeout=240).result(MODULE)
    assert result["status"] == "succeeded"
    assert once_everywhere(sandbox)
    jobs = sandbox.jobs("copy")
    assert {job["state"] for job in jobs} == {"COMPLETED"}
    assert len(jobs) == len(FAR)
    # By the sandbox's own books: from the first start to the last arrival.
    measured = max(moment(job["ended"]) for job in jobs) - min(moment(job["created"]) for job in jobs)
    planned = result["plan"]["makespan_s"]
    assert planned <= measured + 1 <= planned * 1.10
    assert result["measured_seconds"] == pytest.approx(measured, abs=2)
    assert result["plan"]["lower_bound_s"] <= planned
    # Copies of copies, each from where the plan has it, and no more at once than AWS works on.
    assert any(job["region"] != IRELAND for job in jobs)
    assert (most_at_once(jobs) == 1) is alone
    for region in {job["region"] for job in jobs}:
        assert most_at_once([job for job in jobs if job["region"] == region]) == 1
    links = {(copy["source_region"], copy["target_region"]) for copy in result["plan"]["copies"]}
    assert {(entry["source_region"], entry["region"]) for entry in result["copies"]} == links
    assert sandbox.refused() == []
    # What was measured is what the links are like, and can be given to the next plan as it is.
    speeds = {(link["source"], link["target"]): link["seconds_per_gb"] for link in known}
    assert len(result["link_seconds"]) == len(FAR)
    for record in result["link_seconds"]:
        expected = 30 + speeds[record["source"], record["target"]] * record["size_gb"]
        assert record["seconds"] == pytest.approx(expected, abs=2)
    records = {"planning": {"records": result["link_seconds"], "one_at_a_time": alone}}
    assert ansible.playbook([play([plan_task("files", known, **records)])]).changed == []


def test_a_region_that_goes_down_half_way(sandbox: SandboxProcess, ansible: Ansible) -> None:
    """The rest is completed, the result says exactly what is missing, and the next run adds that alone."""
    known = vault_links(slowest=24.0)
    sandbox.plant(plan_seed(["files"], known))
    tasks = [play([plan_task("files", known)])]
    told = ansible.playbook(tasks, "--check").result(MODULE)
    assert sandbox.writes("StartCopyJob") == []
    assert [action.rsplit(" to ", 1)[1] for action in told["actions"]] == [
        f"{copy['target_region']}/dr" for copy in told["plan"]["copies"]
    ]
    lost = told["plan"]["copies"][-1]["target_region"]
    process = ansible.start(tasks)
    wait_for(process, lambda: len(arrived(sandbox)) >= 2)
    sandbox.admin("POST", f"region/{lost}/outage", {"on": True})
    (event,) = process.finish(timeout=240, rc=2).events
    result = event["result"]
    assert result["status"] == "failed"
    assert result["missing"] == {lost: ["dr"]}
    assert f"5 of 6 vaults have it; {lost}/dr: cannot be reached" in result["msg"]
    assert {copy["region"] for copy in result["copies"] if copy["status"] == "succeeded"} == set(FAR) - {lost}
    assert arrived(sandbox) == set(FAR) - {lost}
    sandbox.admin("POST", f"region/{lost}/outage", {"on": False})
    sandbox.clear_requests()
    finished = ansible.playbook(tasks).result(MODULE)
    assert finished["status"] == "succeeded"
    assert len(sandbox.writes("StartCopyJob")) == 1
    assert once_everywhere(sandbox)


def test_the_source_may_go_down_once_a_copy_is_there(sandbox: SandboxProcess, ansible: Ansible) -> None:
    """All that is missing is read from the copy; a run that begins then does not even see the original."""
    slow, quick = 400.0, 20.0
    known = [
        {**link, "seconds_per_gb": slow if link["source"] == IRELAND and link["target"] != FRANKFURT else quick}
        for link in vault_links(slowest=quick)
    ]
    sandbox.plant(plan_seed(["files", "home"], known))
    batch = [{"file_system_id": efs_id(name)} for name in ("files", "home")]
    process = ansible.start([play([plan_task("files", known, batch=batch)])])
    wait_for(process, lambda: FRANKFURT in arrived(sandbox) & arrived(sandbox, "home"))
    sandbox.admin("POST", f"region/{IRELAND}/outage", {"on": True})
    wait_for(process, lambda: len(arrived(sandbox)) >= 2)
    process.kill()
    tasks = [play([plan_task("files", known)])]
    result = ansible.playbook(tasks, timeout=240, allowed=["the source cannot be asked"]).result(MODULE)
    assert result["status"] == "succeeded"
    assert (result["recovery_point_arn"], result["missing"]) == (None, {})
    assert once_everywhere(sandbox)
    assert len(sandbox.jobs("copy", efs_id("files"), IRELAND)) == 1


def test_a_copy_that_fails_is_made_again_from_what_is_there(sandbox: SandboxProcess, ansible: Ansible) -> None:
    known = vault_links(slowest=12.0)
    sandbox.plant(plan_seed(["files"], known))
    ends = {"kind": "job_end", "state": "FAILED", "message": "Access Denied on the way", "seconds": 60}
    sandbox.add_faults(
        {**ends, "times": 1, "match": {"path_regex": f"{IRELAND}:backup:StartCopyJob"}},
        # For good: nothing leaves this region.
        {**ends, "times": 0, "match": {"path_regex": "us-east-1:backup:StartCopyJob"}},
    )
    tasks = [play([plan_task("files", known, retries=3)])]
    result = ansible.playbook(tasks, timeout=240, allowed=["Access Denied on the way"]).result(MODULE)
    assert result["status"] == "succeeded"
    assert once_everywhere(sandbox)
    failed = [job for job in sandbox.jobs("copy") if job["state"] == "FAILED"]
    assert failed
    assert len(sandbox.jobs("copy")) == len(FAR) + len(failed)


def test_what_fails_for_good_is_told(sandbox: SandboxProcess, ansible: Ansible) -> None:
    known = vault_links(slowest=12.0)
    sandbox.plant(plan_seed(["files"], known))
    sandbox.add_faults(
        {
            "kind": "job_end",
            "state": "FAILED",
            "message": "Access Denied on the way",
            "seconds": 20,
            "times": 0,
            "match": {"path_regex": ":backup:StartCopyJob"},
        }
    )
    task = plan_task("files", known, retries=1)
    run = ansible.playbook([play([task])], rc=2, timeout=240, allowed=["Access Denied on the way"])
    result = run.events[0]["result"]
    assert set(result["missing"]) == set(FAR)
    assert "eu-central-1/dr: the copy failed 2 times: Access Denied on the way" in result["msg"]
    assert len(sandbox.jobs("copy")) == 2 * len(FAR)


def test_killed_and_started_again(sandbox: SandboxProcess, ansible: Ansible) -> None:
    known = vault_links(slowest=16.0)
    sandbox.plant(plan_seed(["files"], known))
    tasks = [play([plan_task("files", known)])]
    for count in (1, 3):
        process = ansible.start(tasks)
        wait_for(process, functools.partial(at_least, sandbox, count))
        process.kill()
    finished = ansible.playbook(tasks, timeout=240).result(MODULE)
    assert finished["status"] == "succeeded"
    assert len(finished["plan"]["copies"]) <= len(FAR) - 3
    assert once_everywhere(sandbox)
    assert len(sandbox.jobs("copy")) == len(FAR)
    assert sandbox.refused() == []


@pytest.mark.parametrize("alone", [True, False])
def test_two_runs_at_once_start_nothing_twice(sandbox: SandboxProcess, ansible: Ansible, alone: bool) -> None:
    known = vault_links(slowest=12.0)
    sandbox.plant(plan_seed(["files"], known, limits={"jobs_per_resource": 1 if alone else 100}))
    task = plan_task("files", known, planning={"one_at_a_time": alone})
    runs = [ansible.start([play([task])]) for _number in range(2)]
    results = [run.finish(timeout=240).result(MODULE) for run in runs]
    assert [result["status"] for result in results] == ["succeeded", "succeeded"]
    assert once_everywhere(sandbox)
    assert len(sandbox.jobs("copy")) == len(FAR)


def test_what_goes_wrong_on_the_way_to_aws_does_no_harm(sandbox: SandboxProcess, ansible: Ansible) -> None:
    """Answers that are lost after the job was started, refusals for too many requests, and lists that lag behind."""
    known = vault_links(slowest=12.0)
    sandbox.plant(plan_seed(["files"], known))
    start, read = ({"path_regex": f":backup:{action}"} for action in ("StartCopyJob", "List"))
    sandbox.add_faults(
        {"kind": "drop", "when": "after", "times": 2, "match": start},
        {"kind": "status", "status": 400, "code": "ThrottlingException", "times": 8, "skip": 3, "match": start},
        {"kind": "status", "status": 503, "code": "ServiceUnavailableException", "times": 3, "skip": 4, "match": read},
        {"kind": "stale", "seconds": 120, "times": 12, "skip": 2, "match": read},
    )
    result = ansible.playbook([play([plan_task("files", known)])], timeout=240).result(MODULE)
    assert result["status"] == "succeeded"
    assert once_everywhere(sandbox)
    assert len(sandbox.jobs("copy")) == len(FAR)


def test_passes_of_a_schedule(sandbox: SandboxProcess, ansible: Ansible) -> None:
    """Every pass starts what can be started; in the end both file systems are everywhere, each copied once."""
    known = vault_links(slowest=12.0)
    sandbox.plant(plan_seed(["files", "home"], known))
    batch = [{"file_system_id": efs_id(name)} for name in ("files", "home")]
    task = plan_task("files", known, batch=batch, wait=False)
    for _number in range(2 * len(FAR)):
        result = ansible.playbook([play([task])]).result(MODULE)
        if result["settled"]:
            break
        sandbox.advance(600)
    assert result["summary"]["succeeded"] == 2
    assert once_everywhere(sandbox)
    assert once_everywhere(sandbox, "home")
    assert len(sandbox.jobs("copy")) == 2 * len(FAR)
