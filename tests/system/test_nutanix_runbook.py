# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The runbook of Nutanix as a user has it: the playbooks, a day without the source, and a workload of sixty VMs."""

from __future__ import annotations

import json
from typing import Any

from system.fleet import play
from system.nutanix_fleet import (
    MAIN,
    NOBODY,
    ON_PYTHON,
    OTHER,
    OTHER_LOGIN,
    ext_id,
    nutanix_fleet,
    replica_task,
    restored,
    restored_task,
    snapshot_task,
)
from system.runner import Ansible, Run
from system.sandbox_process import SandboxProcess

SPEED = 1200.0
Json = dict[str, Any]
NAMES = ("app", "db")
MANY = [f"vm{number:02d}" for number in range(1, 61)]


def _workload(name: str, *vms: str, groups: tuple[str, ...] = (), **more: Any) -> Json:
    return {
        "type": "nutanix_vm",
        "name": name,
        # A minute here is half a day, and nothing is to become due.
        "rpo": "30d",
        "keep_for": "60d",
        "vms": [{"name": vm, "ext_id": ext_id(vm)} for vm in vms],
        "volume_groups": [{"name": group, "ext_id": ext_id(group)} for group in groups],
        "targets": [{"location": "dr-site", **OTHER_LOGIN}],
        "drill": {"subnet_ext_id": ext_id(f"{OTHER} isolated")},
        "failover": {"subnet_ext_id": ext_id(f"{OTHER} production")},
        **more,
    }


SHOP = [_workload("shop", *NAMES, groups=("db-data",))]


def _verb(ansible: Ansible, verb: str, workloads: list[Json], *options: str, rc: int = 0, **variables: Any) -> Run:
    """Run the playbook of that name for the workloads."""
    given = {**ON_PYTHON, "nutanix_vm_wait_delay": "1s", "dr_workloads": workloads, **variables}
    extra = ("-e", json.dumps(given), *options)
    return ansible.named(f"bcdr.multicloud.{verb}", *extra, rc=rc, allowed=["the source cannot be asked"])


def _there(sandbox: SandboxProcess, site: str) -> dict[str, list[str]]:
    """What a site runs, by its name, with the subnets of VMs that are on."""
    names = {ext_id(f"{OTHER} {name}"): name for name in ("production", "isolated")}
    entities = sandbox.entities(site)
    found = {
        entry["name"]: [names.get(subnet, subnet) for subnet in entry["subnets"] if entry["power"] == "ON"]
        for entry in entities
    }
    assert len(found) == len(entities), "something is there twice"
    return found


def test_a_day_without_the_source(sandbox: SandboxProcess, ansible: Ansible) -> None:
    sandbox.plant(nutanix_fleet(NAMES, groups=True))
    _verb(ansible, "protect", SHOP, "--check")
    assert sandbox.writes() == []
    assert len(_verb(ansible, "protect", SHOP).changed) == 2
    (point,), (replica,) = (sandbox.recovery_points(site) for site in (MAIN, OTHER))
    assert sorted(part["name"] for part in point["parts"]) == ["app", "db", "db-data"]
    assert replica["location_agnostic_id"] == point["location_agnostic_id"]

    _outage(sandbox, "fail")
    sandbox.clear_requests()
    _check_status(ansible)
    (line,) = _verb(ansible, "drill", SHOP).result("Tell how each drill went")["msg"]
    assert line.startswith("shop: restored from shop, ")
    assert line.endswith("; drill-app, drill-db on; volume group drill-db-data")
    drilled = {"drill-app": ["isolated"], "drill-db": ["isolated"], "drill-db-data": []}
    assert _there(sandbox, OTHER) == drilled
    _outage(sandbox, "drop")
    _check_status(ansible)
    _verb(ansible, "failover", SHOP, dr_confirm_failover=True)
    up = {"app": ["production"], "db": ["production"], "db-data": []}
    assert _there(sandbox, OTHER) == {**drilled, **up}
    _verb(ansible, "cleanup", SHOP, dr_confirm_cleanup=True)
    assert _there(sandbox, OTHER) == up
    assert sandbox.recovery_points(OTHER) == [replica]
    assert [entry for entry in sandbox.writes() if entry["prism_central"] == MAIN] == []

    sandbox.admin("POST", f"prism_central/{MAIN}/outage", {"on": False})
    assert _verb(ansible, "protect", SHOP).changed == []
    assert sandbox.recovery_points(MAIN) == [point]
    assert sandbox.recovery_points(OTHER) == [replica]


def _outage(sandbox: SandboxProcess, answers: str) -> None:
    sandbox.admin("POST", f"prism_central/{MAIN}/outage", {"on": True, "answers": answers})


def _check_status(ansible: Ansible) -> None:
    """What the other site has is known, and that it is enough."""
    run = _verb(ansible, "status", SHOP)
    (said,) = run.result("Tell where each workload stands")["msg"]
    assert said.startswith("shop: within RPO of 30d: here not known, dr-site ")
    assert "the source cannot be asked: " in said
    assert run.changed == []


def test_sixty_vms_in_one_run(sandbox: SandboxProcess, ansible: Ansible) -> None:
    sandbox.plant(nutanix_fleet(MANY))
    workloads = [_workload("fleet", *MANY)]
    run = _verb(ansible, "protect", workloads)
    for task in ("Make the recovery points that are due", "Replicate them to their targets"):
        result = run.result(task)
        assert [item["label"] for item in result["results"]] == ["fleet (1/2)", "fleet (2/2)"]
        assert result["summary"]["succeeded"] == 2
    points, replicas = (sandbox.recovery_points(site) for site in (MAIN, OTHER))
    held = [sorted(part["name"] for part in point["parts"]) for point in points]
    assert sorted(held) == [MANY[:30], MANY[30:]]
    assert sorted(replica["location_agnostic_id"] for replica in replicas) == sorted(
        point["location_agnostic_id"] for point in points
    )
    assert sandbox.refused() == []
    sandbox.clear_requests()
    assert _verb(ansible, "protect", workloads).changed == []
    assert sandbox.writes() == []
    # Versions aside: for each part once at the source for each step, and at the target with its cluster.
    asked = [entry for entry in sandbox.requests() if entry["method"] == "GET"]
    assert len(asked) <= 10, [entry["path"] for entry in asked]


def test_sixty_vms_in_one_task(sandbox: SandboxProcess, ansible: Ansible) -> None:
    sandbox.plant(nutanix_fleet(MANY))
    batch = "{{ workloads | bcdr.multicloud.nutanix_vm_batch('points') }}"
    variables = json.dumps({"workloads": [_workload("fleet", *MANY)]})
    run = ansible.playbook([play([snapshot_task("", batch=batch)])], "-e", variables)
    (event,) = run.events
    assert event["result"]["summary"]["succeeded"] == 2
    assert [len(point["parts"]) for point in sandbox.recovery_points(MAIN)] == [30, 30]
    # All in one is more than there may be, and nobody is asked to do it.
    sandbox.clear_requests()
    most = [{"vm_ext_id": ext_id(name)} for name in MANY[:33]]
    entry = snapshot_task("", name="all", vm_recovery_points=most, batch=None)
    run = ansible.playbook([play([entry])], rc=2)
    (event,) = run.events
    assert event["result"]["status"] == "blocked"
    assert event["result"]["msg"] == "all: blocked: a recovery point holds 32 VMs and volume groups at most, not 33"
    assert sandbox.writes() == []


def test_one_bad_item_stops_no_other(sandbox: SandboxProcess, ansible: Ansible) -> None:
    sandbox.plant(nutanix_fleet(NAMES, (3000,), arrived=(1,)))
    there = [ext_id(name) for name in NAMES]
    there.insert(1, NOBODY)
    restores = [restored(name) for name in NAMES]
    restores.insert(1, {"vm_recovery_point_restore_overrides": [{"vm_ext_id": NOBODY}]})
    tasks = [
        snapshot_task("", max_age="1m", batch=[{"vm_recovery_points": [{"vm_ext_id": vm}]} for vm in there]),
        replica_task("", batch=[{"vm_ext_ids": [vm]} for vm in there]),
        restored_task("", batch=restores),
    ]
    run = ansible.playbook([play([{**entry, "ignore_errors": True} for entry in tasks])])
    reasons = (NOBODY, "there is no usable recovery point of ", "there is no usable recovery point of ")
    for event, reason in zip(run.events, reasons, strict=True):
        result = event["result"]
        assert [item["status"] for item in result["results"]] == ["succeeded", "failed", "succeeded"]
        assert result["msg"].startswith("1 of 3 items failed: ")
        assert reason in result["msg"]
    for name in NAMES:
        assert len(sandbox.recovery_points(MAIN, name)) == len(sandbox.recovery_points(OTHER, name)) == 2
    assert _there(sandbox, OTHER) == {"app-dr": ["production"], "db-dr": ["production"]}
