# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every form in which Ansible runs a task gives the same result, and shows the same progress where it can."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from system.efs_fleet import FRANKFURT, IRELAND, backup_task, efs_fleet, efs_id, vault_arn, vault_copy_task
from system.fleet import NORTH, copy_task, fleet, play, point_task, source
from system.nutanix_fleet import NOBODY, ON_PYTHON, ext_id, nutanix_fleet, replica_task, snapshot_task
from system.runner import Ansible, Run
from system.sandbox_process import SandboxProcess

SPEED = 1200.0
Json = dict[str, Any]
# The things are called after the forms, so that all can run at once.
FORMS = ("plain", "batch", "polled", "detached", "delegated", "elsewhere", "adhoc")
ASYNC = {"async": 60}
SEEN = re.compile(r"^  \S+: (\S+) (running|succeeded|pending)", re.MULTILINE)
# Ids that AWS and Prism Central give.
_GIVEN = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)


@dataclass(frozen=True)
class Case:
    """`seed` makes things of those names with points of those ages, `copy` is the task that copies the newest of them.

    `own` is the option that says which thing, `identifier` its value, and `label` what the thing is called. `looks` is
    how often one pass asks for something that is not there, and `nothing` what is said of it. With the durations `slow`
    the task `point` does not end, and `timed_out` is a pattern of what is said of that. `copies` is where the result has
    its copies, `python` says where the client libraries are.
    """

    module: str
    seed: Callable[..., Json]
    copy: Callable[..., Json]
    own: str
    label: Callable[[str], str]
    actions: list[str]
    missing: str
    looks: int
    nothing: str
    info: tuple[str, Json]
    point: Callable[..., Json]
    slow: Json
    timed_out: str
    copies: str = "copies"
    python: Json = field(default_factory=dict)


def _vms(names: Iterable[str], ages: tuple[int, ...] = (3000,), **durations: int) -> Json:
    return fleet(names, [source(name, ages) for name in names], durations={"copy_base": 1200, **durations})


def _file_systems(names: Iterable[str], ages: tuple[int, ...] = (3000,), **durations: int) -> Json:
    return efs_fleet(names, ages, durations={"copy_base": 4800, **durations})


def _nutanix_vms(names: Iterable[str], ages: tuple[int, ...] = (3000,), **durations: int) -> Json:
    copying = {"replicate_base": durations.pop("copy_base", 4800)}
    return nutanix_fleet(names, ages, durations={**copying, **durations})


CASES = {
    "azure": Case(
        module="bcdr.multicloud.azure_restore_point_copy",
        seed=_vms,
        copy=lambda vm, keywords=None, **options: copy_task(
            vm, keywords, title="copy", targets=[{"location": NORTH}], **options
        ),
        own="restore_point_collection",
        label=lambda vm: f"rpc-{vm}",
        actions=["create restore point collection NAME-northeurope", "start copy NAME-northeurope/p1"],
        missing="missing",
        looks=1,
        nothing="missing: failed: there is no restore point collection",
        info=("bcdr.multicloud.azure_restore_point_info", {"resource_group": "rg-app"}),
        point=lambda **options: point_task("wait", **options),
        slow={"local_point": 86400},
        timed_out=r" after 3s \(bcdr-initial is being created\)",
    ),
    "efs": Case(
        module="bcdr.multicloud.efs_backup_copy",
        seed=_file_systems,
        copy=lambda name, keywords=None, **options: vault_copy_task(
            name, keywords, title="copy", destinations=[{"backup_vault_arn": vault_arn(FRANKFURT)}], **options
        ),
        own="file_system_id",
        label=efs_id,
        actions=["start copy of ID to eu-central-1/dr"],
        missing="fs-0123456789abcdef0",
        # For its points, for a backup, for its points again, and in the other vault.
        looks=4,
        nothing="fs-0123456789abcdef0: failed: eu-central-1/dr: there is no usable recovery point",
        info=("bcdr.multicloud.efs_backup_info", {"region": IRELAND, "backup_vault_name": "main"}),
        point=lambda **options: backup_task("wait", **options),
        slow={"backup_base": 86400},
        timed_out=r" at \d+(\.\d)? % after 3s",
    ),
    "nutanix": Case(
        module="bcdr.multicloud.nutanix_recovery_point_replicate",
        seed=_nutanix_vms,
        copy=lambda name, keywords=None, **options: replica_task(name, keywords, title="copy", **options),
        own="vm_ext_ids",
        label=ext_id,
        actions=["start replication of NAME-1 to Prism Central ID, cluster ID"],
        missing=NOBODY,
        # For its recovery points, for one that is being made, for its recovery points again, and at the target.
        looks=4,
        nothing=f"{NOBODY}: failed: there is no usable recovery point of {NOBODY} at the source",
        info=("bcdr.multicloud.nutanix_recovery_point_info", {"usable_only": True}),
        point=lambda **options: snapshot_task("wait", **options),
        slow={"create": 86400},
        timed_out=r" at \d+(\.\d)? % after 3s",
        copies="replicas",
        python=ON_PYTHON,
    ),
}


@pytest.fixture(params=CASES)
def case(request: pytest.FixtureRequest) -> Case:
    return CASES[request.param]


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


def _plain(ansible: Ansible, case: Case, name: str) -> tuple[Run, Json]:
    run = ansible.playbook([play([case.copy(name)])], "--diff")
    return run, run.result("copy")


def _batch(ansible: Ansible, case: Case, name: str) -> tuple[Run, Json]:
    batched = case.copy(name)
    options = batched[case.module]
    options["batch"] = [{case.own: options.pop(case.own)}]
    run = ansible.playbook([play([batched])], "--diff")
    result = run.result("copy")
    (item,) = result["results"]
    assert result["summary"]["succeeded"] == 1
    return run, {**item, "diff": result["diff"][0]}


def _polled(ansible: Ansible, case: Case, name: str) -> tuple[Run, Json]:
    run = ansible.playbook([play([case.copy(name, {**ASYNC, "poll": 1})])], "--diff")
    return run, run.result("copy")


def _detached(ansible: Ansible, case: Case, name: str) -> tuple[Run, Json]:
    status = {
        "name": "status",
        "ansible.builtin.async_status": {"jid": "{{ job.ansible_job_id }}"},
        "register": "status",
        "until": "status is finished",
        "retries": 60,
        "delay": 1,
    }
    run = ansible.playbook([play([case.copy(name, {**ASYNC, "poll": 0, "register": "job"}), status])], "--diff")
    return run, run.result("status")


def _delegated(ansible: Ansible, case: Case, name: str) -> tuple[Run, Json]:
    inventory = _inventory(ansible.folder / name)
    run = ansible.playbook([play([case.copy(name, {"delegate_to": "other"})])], "--diff", "-i", inventory)
    return run, run.result("copy")


def _elsewhere(ansible: Ansible, case: Case, name: str) -> tuple[Run, Json]:
    inventory = _inventory(ansible.folder / name)
    run = ansible.playbook([play([case.copy(name)], hosts="remote")], "--diff", "-i", inventory)
    return run, run.result("copy")


def _adhoc(ansible: Ansible, case: Case, name: str) -> tuple[Run, Json]:
    run = ansible.module(case.module, case.copy(name)[case.module], "--diff", "-e", json.dumps(case.python))
    (event,) = run.events
    return run, event["result"]


RUNNERS: dict[str, Callable[[Ansible, Case, str], tuple[Run, Json]]] = {
    "plain": _plain,
    "batch": _batch,
    "polled": _polled,
    "detached": _detached,
    "delegated": _delegated,
    "elsewhere": _elsewhere,
    "adhoc": _adhoc,
}


def test_forms(sandbox: SandboxProcess, ansible: Ansible, case: Case) -> None:
    sandbox.plant(case.seed(FORMS))
    predicted = ansible.playbook([play([case.copy(name) for name in FORMS[:2]])], "--check", "--diff")
    assert sandbox.writes() == []
    with ThreadPoolExecutor(3) as pool:
        outcomes = dict(zip(FORMS, pool.map(lambda name: RUNNERS[name](ansible, case, name), FORMS), strict=True))
    shapes = {name: _shape(case, name, result) for name, (_run, result) in outcomes.items()}
    assert shapes["plain"]["actions"] == case.actions
    for name, shape in shapes.items():
        assert shape == shapes["plain"], name
    # What check mode foretold is what happened.
    for name, result in zip(FORMS, predicted.results("copy"), strict=False):
        shape = {**_shape(case, name, result), "status": "succeeded", "copies": ["succeeded"]}
        assert shape == shapes["plain"]
    for name, (run, _result) in outcomes.items():
        seen = SEEN.findall(run.output)
        if name in ("polled", "detached"):
            assert seen == []
        else:
            assert {label for label, _status in seen} == {case.label(name)}
            assert [status for _label, status in seen][-1] == "succeeded"
            # On a busy machine AWS may have been queueing in the one pass and be done in the next.
            assert {"pending", "running"} & {status for _label, status in seen} or name == "adhoc", run.output
    assert sandbox.refused() == []
    again = ansible.playbook([play([case.copy(name) for name in FORMS])])
    assert again.changed == []


def _shape(case: Case, name: str, result: Json) -> Json:
    """What has to be equal in all forms, with names and ids taken out."""
    shown = {
        "actions": result["actions"],
        "changed": result["changed"],
        "status": result["status"],
        "settled": result["settled"] or result["status"] == "running",
        "copies": [copy["status"] for copy in result[case.copies]],
        "diff": {part: result["diff"][part] for part in ("before", "after")},
    }
    text = re.sub(rf"\b{name}\b", "NAME", json.dumps(shown).replace(case.label(name), "NAME"))
    return dict(json.loads(_GIVEN.sub("ID", text)))


def test_a_batch_elsewhere_is_asked_only_for_what_is_not_settled(
    sandbox: SandboxProcess, ansible: Ansible, case: Case
) -> None:
    names = ("app1", "app2", "app3")
    sandbox.plant(case.seed(names, copy_base=600))
    copy = case.copy("app1")
    del copy[case.module][case.own]
    values = [*(case.label(name) for name in names), case.missing]
    copy[case.module]["batch"] = [{case.own: value} for value in values]
    inventory = _inventory(ansible.folder / "batch")
    run = ansible.playbook([play([copy], hosts="remote")], "-i", inventory, rc=2)
    result = run.result("copy")
    assert [item["status"] for item in result["results"]] == ["succeeded"] * 3 + ["failed"]
    assert result["msg"].startswith(f"1 of 4 items failed: {case.nothing}")
    # Settled in the first pass, so never looked at again.
    assert len(sandbox.requests("GET", case.missing)) == case.looks
    assert sandbox.refused() == []


def test_info_ad_hoc(sandbox: SandboxProcess, ansible: Ansible, case: Case) -> None:
    sandbox.plant(case.seed(["apps"], (72000, 36000)))
    run = ansible.module(*case.info, "-e", json.dumps(case.python))
    assert run.stdout.startswith("localhost | SUCCESS => {")
    (event,) = run.events
    newest, older = (point["age_seconds"] for point in event["result"]["recovery_points"])
    assert 36000 <= newest < 72000 <= older


@pytest.mark.parametrize("hosts", ["localhost", "remote"])
def test_a_wait_that_times_out(sandbox: SandboxProcess, ansible: Ansible, case: Case, hosts: str) -> None:
    sandbox.plant(case.seed(["wait"], (), **case.slow))
    inventory = () if hosts == "localhost" else ("-i", _inventory(ansible.folder / "inventory"))
    run = ansible.playbook([play([case.point(wait_timeout="3s")], hosts=hosts)], *inventory, rc=2)
    (event,) = run.events
    # On a busy machine the three seconds may be over before AWS's job has begun.
    state = rf"(running{case.timed_out}|pending at 0 % after 3s \(waits its turn: [^()]*\))"
    still = f"{case.label('wait')}: still {state}; nothing was undone, the next run takes up from here"
    assert re.fullmatch(still, event["result"]["msg"])
    assert event["result"]["timed_out"]
    assert sandbox.refused() == []
