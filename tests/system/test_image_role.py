# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The role azure_image as a user has it: protect, drill, and failover while the source's region is out."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import pytest
from system.fleet import play
from system.image_fleet import HOME, REGIONS, SIZES, SUBNET, links, role_seed, role_task, workload
from system.runner import Ansible, Run
from system.sandbox_process import SandboxProcess

# A virtual minute takes a second.
SPEED = 60.0
LINKS = links(slowest=12.0)
NEAR = REGIONS[:3]
VERSIONS = "Make the versions that are due, bring them to their targets, and delete those that have served"
DRILL = "Restore the newest complete version beside everything else"
FAILOVER = "Bring the workloads up from their newest complete versions"
CLEANUP = "Remove what drills have made"
Json = dict[str, Any]


def complete(sandbox: SandboxProcess, name: str, version: str = "initial") -> bool:
    """Whether the version is in all regions, each copy made once."""
    made = {str(entry["id"]).rsplit("/", 1)[-1]: entry for entry in sandbox.state()["snapshots"]}
    wanted = [f"{name}-{version}-{disk}-{region}" for disk in SIZES for region in NEAR]
    return all(copy in made and made[copy]["replication"] == "succeeded" for copy in wanted)


def started(sandbox: SandboxProcess, name: str) -> list[str]:
    """The names of the snapshots that were asked for with success."""
    writes = sandbox.writes(f"snapshots/{name}-")
    return sorted(
        entry["path"].rsplit("/", 1)[-1] for entry in writes if entry["method"] == "PUT" and entry["status"] < 300
    )


def only(run: Run, task: str) -> Json:
    (result,) = run.result(task)["results"]
    return dict(result)


def by_link(record: Json) -> tuple[str, str]:
    return record["source"], record["target"]


def told(run: Run, task: str) -> str:
    (text,) = run.result(task)["msg"]
    return str(text)


def test_protect_does_what_check_mode_says_and_then_nothing(sandbox: SandboxProcess, ansible: Ansible) -> None:
    sandbox.plant(role_seed(["golden"], LINKS))
    tasks = [role_task("protect", [workload("golden", keep_newest=2)])]
    foretold = only(ansible.playbook([play(tasks)], "--check", "--diff"), VERSIONS)
    assert sandbox.writes() == []
    run = ansible.playbook([play(tasks)], "--diff")
    done = only(run, VERSIONS)
    assert done["status"] == "succeeded"
    assert sorted(foretold["actions"]) == sorted(done["actions"])
    assert done["changed"]
    assert complete(sandbox, "golden")
    assert sandbox.refused() == []
    again = ansible.playbook([play(tasks)], "--diff")
    assert again.changed == []


def test_two_runs_at_once_make_one_version(sandbox: SandboxProcess, ansible: Ansible) -> None:
    sandbox.plant(role_seed(["golden"], LINKS))
    tasks = [role_task("protect", [workload("golden", image={})])]
    runs = [ansible.start([play(tasks)]) for _number in range(2)]
    results = [only(run.finish(timeout=180), VERSIONS) for run in runs]
    assert [result["status"] for result in results] == ["succeeded"] * 2
    assert {result["version"] for result in results} == {"golden-initial"}
    assert complete(sandbox, "golden")
    assert sandbox.names("images") == sorted(f"golden-initial-{region}" for region in NEAR)
    assert len(sandbox.names("snapshots", "golden-")) == len(SIZES) * (len(NEAR) + 1)


def test_what_is_killed_is_taken_up(sandbox: SandboxProcess, ansible: Ansible) -> None:
    sandbox.plant(role_seed(["golden"], LINKS))
    tasks = [role_task("protect", [workload("golden")])]
    process = ansible.start([play(tasks)])
    deadline = time.monotonic() + 60
    while not [entry for entry in sandbox.writes("golden-initial-os-") if entry["status"] < 300]:
        assert time.monotonic() < deadline, "no copy was started"
        time.sleep(0.1)
    process.kill()
    assert not complete(sandbox, "golden")
    result = only(ansible.playbook([play(tasks)], timeout=180), VERSIONS)
    assert (result["status"], result["version"]) == ("succeeded", "golden-initial")
    assert complete(sandbox, "golden")
    # Each of them once, over both runs.
    names = started(sandbox, "golden")
    assert names == sorted(set(names))


def test_a_day_without_the_region_of_the_source(sandbox: SandboxProcess, ansible: Ansible) -> None:
    sandbox.plant(role_seed(["golden", "silver"], LINKS))
    # One with a machine, one of which only the disks are wanted.
    workloads = [workload("golden"), workload("silver", failover={"zone": None}, drill={"location": "Sweden Central"})]
    ansible.playbook([play([role_task("protect", workloads)])], timeout=180)
    sandbox.admin("POST", f"region/{HOME}/outage", {"on": True})
    drill = ansible.playbook([play([role_task("drill", workloads)])])
    assert [result["status"] for result in drill.result(DRILL)["results"]] == ["succeeded"] * 2
    assert all(result["recovery_seconds"] > 0 for result in drill.result(DRILL)["results"])
    lines = drill.result("Tell how each drill went")["msg"]
    assert lines[0].startswith("golden: restored from golden-initial, ")
    assert lines[0].endswith("; 2 disks, 90 GB, Linux: as the version has them")
    assert lines[1].endswith("2 disks, 90 GB, Linux: as the version has them, without a machine")
    assert sandbox.names("virtual_machines", "drill-") == ["drill-golden"]
    disks = sorted(f"drill-{name}-{disk}" for name in ("golden", "silver") for disk in SIZES)
    assert sandbox.names("disks", "drill-") == disks

    refusal = ansible.playbook([play([role_task("failover", workloads)])], rc=2)
    assert "golden, silver" in refusal.output
    confirmed = [role_task("failover", workloads, confirm_failover=True)]
    foretold = ansible.playbook([play(confirmed)], "--check").result(FAILOVER)
    failover = ansible.playbook([play(confirmed)])
    assert [result["status"] for result in failover.result(FAILOVER)["results"]] == ["succeeded"] * 2
    for before, after in zip(foretold["results"], failover.result(FAILOVER)["results"], strict=True):
        assert before["actions"] == after["actions"]
    assert ansible.playbook([play(confirmed)]).changed == []

    # There is a machine of that name at the source too.
    machines = [entry["id"] for entry in sandbox.state()["virtual_machines"] if entry["id"].endswith("/golden")]
    assert any("/rg-northeurope/" in machine for machine in machines)
    sandbox.admin("POST", f"region/{HOME}/outage", {"on": False})
    confirmed = [role_task("cleanup", workloads, confirm_cleanup=True)]
    cleanup = ansible.playbook([play(confirmed)])
    assert [name.rpartition(" : ")[2] for name in cleanup.changed] == [CLEANUP]
    assert sandbox.names("virtual_machines", "drill-") == []
    assert sandbox.names("disks", "drill-") == []
    assert {f"golden-{disk}" for disk in SIZES} <= set(sandbox.names("disks", "golden-"))
    assert ansible.playbook([play(confirmed)]).changed == []
    assert complete(sandbox, "golden")


def test_the_status_while_the_source_is_out(sandbox: SandboxProcess, ansible: Ansible) -> None:
    sandbox.plant(role_seed(["golden"], LINKS))
    workloads = [workload("golden")]
    status = role_task("status", workloads)
    before = ansible.playbook([play([status])])
    assert told(before, "Tell where each workload stands").startswith("golden: RPO BREACHED of 1d: here nothing yet")
    assert sandbox.writes() == []
    (entry,) = before.result("Put it together")["ansible_facts"]["azure_image_status"]
    assert sorted(copy["target_region"] for copy in entry["plan"]["copies"]) == sorted(NEAR)
    assert entry["plan"]["lower_bound_s"] <= entry["plan"]["makespan_s"]
    ansible.playbook([play([role_task("protect", workloads)])], timeout=180)
    sandbox.admin("POST", f"region/{HOME}/outage", {"on": True})
    sandbox.clear_requests()
    (entry,) = ansible.playbook([play([status])]).result("Put it together")["ansible_facts"]["azure_image_status"]
    assert (entry["source_known"], entry["rpo_seconds"], entry["breached"], entry["plan"]) == (False, None, False, None)
    assert [target["newest_usable"] for target in entry["targets"]] == ["golden-initial"] * len(NEAR)
    assert all(0 < target["rpo_seconds"] < 86400 for target in entry["targets"])
    assert "the source cannot be asked" in entry["reason"]
    assert sandbox.writes() == []


def test_what_copies_took_makes_the_next_plan(sandbox: SandboxProcess, ansible: Ansible, tmp_path: Path) -> None:
    # Slow enough that each copy is seen on its way, without which it is not measured.
    slow = links(slowest=32.0)
    sandbox.plant(role_seed(["golden", "silver"], slow))
    file = tmp_path / "links.json"
    kept = {"links_file": str(file)}
    first = ansible.playbook([play([role_task("protect", [workload("golden")], **kept)])], timeout=180)
    records = json.loads(file.read_text(encoding="utf-8"))
    # By link, oldest first in each.
    assert sorted(records, key=by_link) == sorted(only(first, VERSIONS)["link_seconds"], key=by_link)
    assert len(records) == len(SIZES) * len(NEAR)
    for record in records:
        (link,) = [one for one in slow if (one["source"], one["target"]) == (record["source"], record["target"])]
        # A copy's end is noticed by looking: each second of a busy machine is a minute there.
        assert record["seconds"] >= link["seconds_per_gb"] * record["size_gb"] - 1
    # To one region over a measured link: the plan knows how long that takes, and else estimates it from the distance.
    (near, *_others) = [record["target"] for record in records if record["source"] == HOME]
    status = [role_task("status", [workload("silver", [near])], **variables) for variables in (kept, {})]
    told_both = ansible.playbook([play(status)]).results("Put it together")
    informed, estimated = (one["ansible_facts"]["azure_image_status"][0]["plan"]["makespan_s"] for one in told_both)
    assert informed != estimated
    assert min(record["seconds"] for record in records) <= informed
    second = only(ansible.playbook([play([role_task("protect", [workload("silver")], **kept)])], timeout=180), VERSIONS)
    grown = json.loads(file.read_text(encoding="utf-8"))
    assert len(grown) == len(records) + len(second["link_seconds"])
    # Nothing to copy: the file stays as it is.
    assert ansible.playbook([play([role_task("protect", [workload("silver")], **kept)])]).changed == []
    file.write_text("nothing of ours", encoding="utf-8")
    broken = ansible.playbook([play([role_task("protect", [workload("silver")], **kept)])], rc=2)
    assert "azure_image_links_file: it holds something else" in broken.output
    assert file.read_text(encoding="utf-8") == "nothing of ours"


@pytest.mark.parametrize("keys", [{"source_vm": "nowhere"}, {"targets": [{"location": "northeurpe"}]}])
def test_one_that_cannot_be_does_not_keep_another_from_being_done(
    sandbox: SandboxProcess, ansible: Ansible, keys: Json
) -> None:
    sandbox.plant(role_seed(["golden"], LINKS))
    workloads = [workload("golden"), workload("other", **keys)]
    run = ansible.playbook([play([role_task("protect", workloads)])], rc=2, timeout=180)
    assert [result["status"] for result in run.result(VERSIONS)["results"]] == ["succeeded", "failed"]
    assert complete(sandbox, "golden")
    assert SUBNET not in run.output
