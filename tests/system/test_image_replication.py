# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""An image brought to eight regions: as fast as planned, although things fail, and never twice."""

from __future__ import annotations

import time
from datetime import datetime
from typing import Any

import pytest
from system.fleet import play
from system.image_fleet import HOME, REGIONS, SIZES, image_seed, links, measurements, replication_task
from system.runner import Ansible
from system.sandbox_process import SandboxProcess

# A virtual minute takes two seconds: the pauses between two looks count for little, as they do in a cloud.
SPEED = 30.0
Json = dict[str, Any]


def snapshots(sandbox: SandboxProcess) -> dict[str, Json]:
    return {str(entry["id"]).rsplit("/", 1)[-1]: entry for entry in sandbox.state()["snapshots"]}


def copies(sandbox: SandboxProcess, name: str) -> dict[str, Json]:
    """The copies of an image, its own sources not among them."""
    return {key: value for key, value in snapshots(sandbox).items() if key.startswith(f"{name}-") and value["source"]}


def moment(text: str) -> float:
    return datetime.fromisoformat(text[:26] + text[-6:]).timestamp()


@pytest.mark.parametrize("at_once", [1, 2])
def test_it_takes_as_long_as_planned(sandbox: SandboxProcess, ansible: Ansible, at_once: int) -> None:
    known = links(slowest=16.0 * at_once)
    sandbox.plant(image_seed(["golden"], known, at_once))
    result = ansible.playbook([play([replication_task("golden", known, at_once)])]).result("azure_image_replication")
    assert result["status"] == "succeeded"
    made = copies(sandbox, "golden")
    assert {entry["replication"] for entry in made.values()} == {"succeeded"}
    assert len(made) == len(REGIONS) * len(SIZES)
    # By the sandbox's own books: from the first start to the last arrival.
    starts, ends = ([moment(entry[key]) for entry in made.values()] for key in ("put_at", "ended_at"))
    measured = max(ends) - min(starts)
    planned = result["plan"]["makespan_s"]
    assert planned <= measured + 1 <= planned * 1.10
    assert result["measured_seconds"] == pytest.approx(measured, rel=0.05)
    assert result["plan"]["lower_bound_s"] <= planned
    # Nothing was refused, so that no limit was run into, and every copy was started once.
    assert sandbox.refused() == []
    assert len([entry for entry in sandbox.writes("/snapshots/") if entry["method"] == "PUT"]) == len(made)
    # What was measured is what the links are like, and can be given to the next plan as it is.
    speeds = {(link["source"], link["target"]): link["seconds_per_gb"] for link in known}
    assert len(result["link_seconds"]) == len(made)
    for record in result["link_seconds"]:
        expected = speeds[record["source"], record["target"]] * record["size_gb"]
        assert record["seconds"] == pytest.approx(expected, abs=90)
    records = {"planning": {"measurements": None, "records": measurements(known) + result["link_seconds"]}}
    again = ansible.playbook([play([replication_task("golden", known, at_once, **records)])])
    assert again.changed == []


def test_a_region_that_goes_down_half_way(sandbox: SandboxProcess, ansible: Ansible) -> None:
    """The rest is completed, the result says exactly what is missing, and the next run adds that alone."""
    known = links(slowest=8.0)
    lost = "uksouth"
    sandbox.plant(image_seed(["golden"], known, 2))
    process = ansible.start([play([replication_task("golden", known, 2)])])
    deadline = time.monotonic() + 60
    while sum(entry["replication"] == "succeeded" for entry in copies(sandbox, "golden").values()) < 3:
        assert time.monotonic() < deadline, "nothing arrived"
        assert process.popen.poll() is None
        time.sleep(0.2)
    sandbox.admin("POST", f"region/{lost}/outage", {"on": True})
    run = process.finish(timeout=180, rc=2)
    (event,) = run.events
    result = event["result"]
    missing = result["missing"]
    assert set(missing) == {lost}
    assert result["status"] == "failed"
    assert f"{lost}: cannot be reached" in result["msg"]
    assert f"7 of {len(REGIONS)} regions are complete" in result["msg"]
    done = {region["location"] for region in result["regions"] if region["status"] == "succeeded"}
    assert done == set(REGIONS) - {lost}
    sandbox.admin("POST", f"region/{lost}/outage", {"on": False})
    sandbox.clear_requests()
    finished = ansible.playbook([play([replication_task("golden", known, 2)])]).result("azure_image_replication")
    assert finished["status"] == "succeeded"
    puts = [entry["path"] for entry in sandbox.writes("/snapshots/") if entry["method"] == "PUT"]
    assert all(path.endswith(f"-{lost}") for path in puts)
    assert {entry["replication"] for entry in copies(sandbox, "golden").values()} == {"succeeded"}


def test_copies_that_fail_are_made_again_from_what_is_there(sandbox: SandboxProcess, ansible: Ansible) -> None:
    known = links(slowest=6.0)
    sandbox.plant(image_seed(["golden"], known, 2))
    sandbox.add_faults(
        {"kind": "replicate_fail", "percent": 60, "times": 1, "match": {"path_regex": "golden-os-northeurope"}},
        {"kind": "replicate_fail", "percent": 20, "times": 2, "match": {"path_regex": "golden-data-0-eastus"}},
        # For good: this one is given up, all others arrive.
        {"kind": "replicate_fail", "percent": 5, "times": 0, "match": {"path_regex": "golden-os-brazilsouth"}},
    )
    run = ansible.playbook([play([replication_task("golden", known, 2)])], rc=2, timeout=180)
    result = run.events[0]["result"]
    assert result["missing"] == {"brazilsouth": ["os"]}
    assert "brazilsouth: os is missing: the copy failed 3 times" in result["msg"]
    states = {name: entry["replication"] for name, entry in copies(sandbox, "golden").items()}
    assert states.pop("golden-os-brazilsouth") == "failed"
    assert set(states.values()) == {"succeeded"}
    assert len(states) == len(REGIONS) * len(SIZES) - 1
    assert [action for action in result["actions"] if action.endswith("golden-data-0-eastus")] == [
        "start copy golden-data-0-eastus",
        "delete failed copy golden-data-0-eastus",
        "start copy golden-data-0-eastus",
        "delete failed copy golden-data-0-eastus",
        "start copy golden-data-0-eastus",
    ]


def test_what_goes_wrong_on_the_way_to_azure_does_no_harm(sandbox: SandboxProcess, ansible: Ansible) -> None:
    """Answers that are lost after the change was made, refusals for too many requests, and lists that lag behind."""
    known = links(slowest=4.0)
    sandbox.plant(image_seed(["golden"], known, 2))
    put, get = ({"method": method, "path_regex": "/snapshots"} for method in ("PUT", "GET"))
    sandbox.add_faults(
        {"kind": "drop", "when": "after", "times": 2, "match": put},
        {"kind": "status", "status": 429, "code": "TooManyRequests", "retry_after": 1, "skip": 3, "match": put},
        {"kind": "status", "status": 503, "code": "ServiceUnavailable", "times": 3, "skip": 4, "match": get},
        {"kind": "stale", "seconds": 120, "times": 6, "skip": 2, "match": get},
    )
    result = ansible.playbook([play([replication_task("golden", known, 2)])], timeout=180).result(
        "azure_image_replication"
    )
    assert result["status"] == "succeeded"
    made = copies(sandbox, "golden")
    assert {entry["replication"] for entry in made.values()} == {"succeeded"}
    assert len(made) == len(REGIONS) * len(SIZES)
    assert sandbox.faults() == []


def test_temporary_copies_are_gone_in_the_end(sandbox: SandboxProcess, ansible: Ansible) -> None:
    known = [*links(slowest=6.0), {"source": HOME, "target": HOME, "base": 10, "seconds_per_gb": 0}]
    sandbox.plant(image_seed(["golden"], known))
    targets = [{"location": region, "resource_group": f"rg-{region}"} for region in REGIONS[:3]]
    task = replication_task(
        "golden", known, targets=targets, planning={"strategy": "in_source", "in_region_seconds": 10}
    )
    result = ansible.playbook([play([task])]).result("azure_image_replication")
    assert result["status"] == "succeeded"
    assert any(action.startswith("start temporary copy") for action in result["actions"])
    left = {name for name in snapshots(sandbox) if name.startswith("golden-") and "-source-" not in name}
    assert left == {f"golden-{disk}-{region}" for disk in SIZES for region in REGIONS[:3]}
    assert set(snapshots(sandbox)) - left == {"golden-source-os", "golden-source-data-0"}
    assert sandbox.refused() == []
    assert ansible.playbook([play([task])]).changed == []


def test_two_runs_at_once_start_nothing_twice(sandbox: SandboxProcess, ansible: Ansible) -> None:
    known = links(slowest=4.0)
    sandbox.plant(image_seed(["golden"], known, 2))
    task = replication_task("golden", known, 2, image={})
    runs = [ansible.start([play([task])]) for _number in range(2)]
    results = [run.finish(timeout=180).result("azure_image_replication") for run in runs]
    assert [result["status"] for result in results] == ["succeeded", "succeeded"]
    made = copies(sandbox, "golden")
    assert len(made) == len(REGIONS) * len(SIZES)
    assert {entry["replication"] for entry in made.values()} == {"succeeded"}
    assert sandbox.names("images") == sorted(f"golden-{region}" for region in REGIONS)


def test_straight_from_a_virtual_machine(sandbox: SandboxProcess, ansible: Ansible) -> None:
    known = links(slowest=3.0)
    seed = image_seed(["golden"], known, 2)
    sandbox.plant({**seed, "snapshots": []})
    targets = [{"location": region, "resource_group": f"rg-{region}"} for region in (HOME, *REGIONS[:2])]
    task = replication_task("golden", known, 2, disks=None, source_vm="golden", targets=targets, image={})
    first = ansible.playbook([play([task])]).result("azure_image_replication")
    assert first["status"] == "succeeded"
    assert first["actions"][:2] == ["create snapshot golden-os", "create snapshot golden-data-0"]
    assert sandbox.names("images") == sorted(f"golden-{target['location']}" for target in targets)
    assert sandbox.names("snapshots") == sorted(
        [f"golden-{disk}" for disk in SIZES] + [f"golden-{disk}-{region}" for disk in SIZES for region in REGIONS[:2]]
    )
    assert ansible.playbook([play([task])]).changed == []
