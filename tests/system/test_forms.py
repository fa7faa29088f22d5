# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every form in which Ansible runs a task gives the same result, and shows the same progress where it can."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from system.fleet import NORTH, copy_task, fleet, play, point_task, source, task
from system.runner import Ansible, Run
from system.sandbox_process import SandboxProcess

SPEED = 1200.0
Json = dict[str, Any]
# The VMs are called after the forms, so that all can run at once.
FORMS = ("plain", "batch", "polled", "detached", "delegated", "elsewhere", "adhoc")
ASYNC = {"async": 60}
EXPECTED_ACTIONS = ["create restore point collection rpc-VM-northeurope", "start copy rpc-VM-northeurope/p1"]
SEEN = re.compile(r"^  \S+: (\S+) (running|succeeded|pending)", re.MULTILINE)


def _copy(vm: str, keywords: Json | None = None) -> Json:
    return copy_task(vm, keywords, title="copy", targets=[{"location": NORTH}])


def _inventory(folder: Path) -> str:
    path = folder / "inventory.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    python = {"ansible_python_interpreter": sys.executable}
    hosts = {
        "remote": {"ansible_connection": "elsewhere", **python},
        "other": {"ansible_connection": "local", **python},
    }
    path.write_text(json.dumps({"all": {"hosts": hosts}}), encoding="utf-8")
    return str(path)


def _plain(ansible: Ansible, vm: str) -> tuple[Run, Json]:
    run = ansible.playbook([play([_copy(vm)])], "--diff")
    return run, run.result("copy")


def _batch(ansible: Ansible, vm: str) -> tuple[Run, Json]:
    batched = _copy(vm)
    options = batched["bcdr.multicloud.azure_restore_point_copy"]
    options["batch"] = [{"restore_point_collection": options.pop("restore_point_collection")}]
    run = ansible.playbook([play([batched])], "--diff")
    result = run.result("copy")
    (item,) = result["results"]
    assert result["summary"]["succeeded"] == 1
    return run, {**item, "diff": result["diff"][0]}


def _polled(ansible: Ansible, vm: str) -> tuple[Run, Json]:
    run = ansible.playbook([play([_copy(vm, {**ASYNC, "poll": 1})])], "--diff")
    return run, run.result("copy")


def _detached(ansible: Ansible, vm: str) -> tuple[Run, Json]:
    status = {
        "name": "status",
        "ansible.builtin.async_status": {"jid": "{{ job.ansible_job_id }}"},
        "register": "status",
        "until": "status is finished",
        "retries": 60,
        "delay": 1,
    }
    run = ansible.playbook([play([_copy(vm, {**ASYNC, "poll": 0, "register": "job"}), status])], "--diff")
    return run, run.result("status")


def _delegated(ansible: Ansible, vm: str) -> tuple[Run, Json]:
    inventory = _inventory(ansible.folder / vm)
    run = ansible.playbook([play([_copy(vm, {"delegate_to": "other"})])], "--diff", "-i", inventory)
    return run, run.result("copy")


def _elsewhere(ansible: Ansible, vm: str) -> tuple[Run, Json]:
    inventory = _inventory(ansible.folder / vm)
    run = ansible.playbook([play([_copy(vm)], hosts="remote")], "--diff", "-i", inventory)
    return run, run.result("copy")


def _adhoc(ansible: Ansible, vm: str) -> tuple[Run, Json]:
    module = "bcdr.multicloud.azure_restore_point_copy"
    run = ansible.module(module, _copy(vm)[module], "--diff")
    (event,) = run.events
    return run, event["result"]


RUNNERS: dict[str, Callable[[Ansible, str], tuple[Run, Json]]] = {
    "plain": _plain,
    "batch": _batch,
    "polled": _polled,
    "detached": _detached,
    "delegated": _delegated,
    "elsewhere": _elsewhere,
    "adhoc": _adhoc,
}


def test_forms(sandbox: SandboxProcess, ansible: Ansible) -> None:
    sandbox.plant(fleet(FORMS, [source(vm, (3000,)) for vm in FORMS], durations={"copy_base": 1200}))
    predicted = ansible.playbook([play([_copy(vm) for vm in FORMS[:2]])], "--check", "--diff")
    assert sandbox.writes() == []
    with ThreadPoolExecutor(3) as pool:
        outcomes = dict(zip(FORMS, pool.map(lambda vm: RUNNERS[vm](ansible, vm), FORMS), strict=True))
    shapes = {vm: _shape(vm, result) for vm, (_run, result) in outcomes.items()}
    assert shapes["plain"]["actions"] == EXPECTED_ACTIONS
    for vm, shape in shapes.items():
        assert shape == shapes["plain"], vm
    # What check mode foretold is what happened.
    for vm, result in zip(FORMS, predicted.results("copy"), strict=False):
        shape = {**_shape(vm, result), "status": "succeeded", "copies": ["succeeded"]}
        assert shape == shapes["plain"]
    for vm, (run, _result) in outcomes.items():
        seen = SEEN.findall(run.output)
        if vm in ("polled", "detached"):
            assert seen == []
        else:
            assert {label for label, _status in seen} == {f"rpc-{vm}"}
            assert [status for _label, status in seen][-1] == "succeeded"
            assert ("running" in [status for _label, status in seen]) or vm == "adhoc", run.output
    assert sandbox.refused() == []
    again = ansible.playbook([play([_copy(vm) for vm in FORMS])])
    assert again.changed == []


def _shape(vm: str, result: Json) -> Json:
    """What has to be equal in all forms, with the name of the VM taken out."""
    shown = {
        "actions": result["actions"],
        "changed": result["changed"],
        "status": result["status"],
        "settled": result["settled"] or result["status"] == "running",
        "copies": [copy["status"] for copy in result["copies"]],
        "diff": {name: result["diff"][name] for name in ("before", "after")},
    }
    return dict(json.loads(re.sub(rf"\b{vm}\b", "VM", json.dumps(shown))))


def test_a_batch_elsewhere_is_asked_only_for_what_is_not_settled(sandbox: SandboxProcess, ansible: Ansible) -> None:
    vms = ("app1", "app2", "app3")
    sandbox.plant(fleet(vms, [source(vm, (3000,)) for vm in vms], durations={"copy_base": 600}))
    options: Json = {
        "resource_group": "rg-app",
        "targets": [{"location": NORTH}],
        "batch": [*({"restore_point_collection": f"rpc-{vm}"} for vm in vms), {"restore_point_collection": "missing"}],
        "wait_delay": "1s",
    }
    run = ansible.playbook(
        [play([task("azure_restore_point_copy", **options)], hosts="remote")],
        "-i",
        _inventory(ansible.folder / "batch"),
        rc=2,
    )
    result = run.result("azure_restore_point_copy")
    assert [item["status"] for item in result["results"]] == ["succeeded"] * 3 + ["failed"]
    assert result["msg"].startswith("1 of 4 items failed: missing: failed: there is no restore point collection")
    # Settled in the first pass, so never looked at again.
    assert len(sandbox.requests("GET", "/missing?")) == 1
    assert sandbox.refused() == []


def test_info_ad_hoc(sandbox: SandboxProcess, ansible: Ansible) -> None:
    sandbox.plant(fleet(["app"], [source("app", (7200, 3600))]))
    run = ansible.module("bcdr.multicloud.azure_restore_point_info", {"resource_group": "rg-app"})
    assert run.stdout.startswith("localhost | SUCCESS => {")
    (event,) = run.events
    assert [point["name"] for point in event["result"]["recovery_points"]] == ["p2", "p1"]


@pytest.mark.parametrize("hosts", ["localhost", "remote"])
def test_a_wait_that_times_out(sandbox: SandboxProcess, ansible: Ansible, hosts: str) -> None:
    sandbox.plant(fleet(["app"], [source("app")], durations={"local_point": 86400}))
    inventory = () if hosts == "localhost" else ("-i", _inventory(ansible.folder / "inventory"))
    run = ansible.playbook([play([point_task("app", wait_timeout="3s")], hosts=hosts)], *inventory, rc=2)
    result = run.result("azure_restore_point")
    assert result["msg"] == (
        "rpc-app: still running after 3s (bcdr-initial is being created); nothing was undone, the next run takes up from here"
    )
    assert result["timed_out"]
    assert sandbox.refused() == []
