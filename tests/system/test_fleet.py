# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The playbooks with fleets of several types: from a file or the inventory, in stages, confirmed, and as a gate of a pipeline."""

from __future__ import annotations

import json
import re
from typing import Any

from system.efs_fleet import FRANKFURT, IRELAND, ROLE, efs_fleet, efs_id
from system.fleet import NORTH, SUBNET, fleet
from system.runner import Ansible, Run
from system.sandbox_process import SandboxProcess

SPEED = 1200.0
Json = dict[str, Any]
ACCOUNT = "111122223333"
DEFAULTS: Json = {
    "azure_vm": {
        "rpo": "30d",
        "resource_group": "rg-app",
        "targets": [{"location": NORTH, "resource_group": "rg-dr"}],
        "drill": {"subnet_id": SUBNET},
        "failover": {"subnet_id": SUBNET},
    },
    "efs": {
        "rpo": "30d",
        "region": IRELAND,
        "backup_vault_name": "main",
        "iam_role_arn": ROLE,
        "targets": [{"backup_vault_arn": f"arn:aws:backup:{FRANKFURT}:{ACCOUNT}:backup-vault:dr"}],
        "failover": {"throughput_mode": "elastic"},
    },
}
APPS: Json = {"type": "efs", "name": "files", "file_system_id": efs_id("apps")}
WORKLOADS: list[Json] = [{"type": "azure_vm", "name": "web"}, {"type": "azure_vm", "name": "db"}, APPS]
QUICK = {"azure_vm_wait_delay": "1s", "efs_wait_delay": "1s"}


def _plant(sandbox: SandboxProcess) -> None:
    sandbox.plant({**fleet(["web", "db"]), **efs_fleet(["apps"], (3000,))})


def _verb(
    ansible: Ansible, verb: str, *options: str, rc: int = 0, inventory: Json | None = None, **variables: Any
) -> Run:
    """Run a playbook for the workloads of the file, or for the hosts of the inventory."""
    given: Json = {**QUICK, "dr_defaults": DEFAULTS, **variables}
    if inventory is None:
        given = {"dr_workloads": WORKLOADS, **given}
    else:
        # JSON is YAML.
        path = ansible.folder / "inventory.yml"
        path.write_text(json.dumps({"all": {"children": {"dr_fleet": {"hosts": inventory}}}}), encoding="utf-8")
        options = ("-i", str(path), "-e", "dr_hosts=dr_fleet", *options)
    return ansible.named(f"bcdr.multicloud.{verb}", "-e", json.dumps(given), *options, rc=rc)


def _failure(run: Run) -> str:
    failed = [event["result"] for event in run.events if event["outcome"] == "failed"]
    return str(failed[-1]["msg"])


def test_the_hosts_of_the_inventory_are_workloads_and_limits_divide_them(
    sandbox: SandboxProcess, ansible: Ansible
) -> None:
    _plant(sandbox)
    hosts: Json = {
        "web": {"dr_workload": {"type": "azure_vm"}},
        "db": {"dr_workload": {"type": "azure_vm", "rpo": "{{ '20' ~ 'd' }}"}},
        "apps.example.com": {"dr_workload": APPS},
        "bystander": {},
    }
    _verb(ansible, "protect", "--limit", "db,bystander", inventory=hosts)
    assert sandbox.points("rpc-db") != []
    assert sandbox.names("collections", "rpc-web") == []
    run = _verb(ansible, "protect", inventory=hosts)
    assert len(sandbox.points("rpc-db")) == len(sandbox.points("rpc-web")) == 1
    assert len(sandbox.jobs("copy", efs_id("apps"))) == 1
    # One batch per type, whatever the number of hosts.
    assert len(run.results("Keep a collection for the restore points of each VM")) == 1
    status = _verb(ansible, "status", "--limit", "db,apps.example.com", inventory=hosts)
    entries = status.result("Put the types together")["ansible_facts"]["dr_status"]
    assert [(entry["name"], entry["rpo_target_seconds"], entry["breached"]) for entry in entries] == [
        ("db", 20 * 86400, False),
        ("files", 30 * 86400, False),
    ]
    assert status.changed == []
    both = _verb(ansible, "status", inventory=hosts, dr_workloads=WORKLOADS, rc=2)
    assert "from dr_workloads or from the hosts' dr_workload, not from both" in _failure(both)


def test_what_is_wrong_with_the_file_is_told_at_once_and_nothing_is_asked(
    sandbox: SandboxProcess, ansible: Ansible
) -> None:
    _plant(sandbox)
    sandbox.clear_requests()
    wrong = [{"type": "azure_vm", "name": "web", "resource_gruop": "x"}, {**APPS, "rpo": "soon"}, {"type": "efs"}]
    text = _failure(_verb(ansible, "protect", dr_workloads=wrong, rc=2))
    for line in (
        "dr_workloads[0] (web): resource_gruop is not known; did you mean resource_group?",
        "dr_workloads[1] (files): rpo: 'soon' is not a duration",
        "dr_workloads[2] (no name): name is missing",
    ):
        assert line in text, text
    assert sandbox.requests() == []


def test_a_pipeline_fails_for_drift_and_for_a_breach_with_the_workload_and_the_figure(
    sandbox: SandboxProcess, ansible: Ansible
) -> None:
    _plant(sandbox)
    gate: Json = {"dr_fail_on": ["drift", "breach"]}
    before = _verb(ansible, "status", "--check", "--diff", rc=2, **gate)
    assert "web: drift: create restore point collection rpc-web" in _failure(before)
    assert f"web: RPO breached: {NORTH} has no usable recovery point, 30d wanted" in _failure(before)
    # As a check run of protect would: what is not as the file says counts as changed, and --diff shows it.
    assert len(before.changed) > 0
    assert "+" in before.stdout
    assert sandbox.writes() == []
    assert _verb(ansible, "status").changed == []

    _verb(ansible, "protect")
    fine = _verb(ansible, "status", "--check", "--diff", **gate)
    assert fine.changed == []
    sandbox.advance(31 * 86400)
    late = _failure(_verb(ansible, "status", "--check", rc=2, **gate))
    assert re.search(rf"db: RPO breached: {NORTH} is 3\dd", late), late
    assert "30d wanted" in late
    assert "files: RPO breached" in late


def test_a_failover_follows_its_stages_and_stops_behind_one_that_failed(
    sandbox: SandboxProcess, ansible: Ansible
) -> None:
    _plant(sandbox)
    staged = [{**WORKLOADS[0], "stage": 2}, WORKLOADS[1], {**APPS, "stage": 3}]
    _verb(ansible, "protect")
    sandbox.clear_requests()
    dry = _verb(ansible, "failover", "--check", dr_workloads=staged)
    (plan,) = (run["msg"] for run in dry.results("Tell the steps of the failover, and what they are expected to take"))
    assert [line.split(":")[0] for line in plan] == ["1. stage 1", "2. stage 2", "3. stage 3", "Expected in all"]
    assert sandbox.writes() == []

    refused = _failure(_verb(ansible, "failover", rc=2, dr_workloads=staged, dr_confirm_failover="db,web"))
    assert "Failover of files is not confirmed" in refused
    assert sandbox.writes() == []

    refuse = {
        "kind": "status",
        "status": 409,
        "code": "Conflict",
        "match": {"method": "PUT", "path_regex": "virtualMachines/db"},
    }
    sandbox.add_faults({**refuse, "times": 50})
    failed = _failure(_verb(ansible, "failover", rc=2, dr_workloads=staged, dr_confirm_failover=True))
    assert "stage 2 was not begun: web" in failed
    assert "stage 3 was not begun: files" in failed
    made = [entry["path"] for entry in sandbox.writes("virtualMachines/")]
    assert made != []
    assert all("virtualMachines/db" in path for path in made)
    assert sandbox.file_systems(FRANKFURT, "files") == []
