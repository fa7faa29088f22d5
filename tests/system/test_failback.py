# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""There and home again with the playbooks: protect, home is gone, failover, home is back, failback, protect."""

from __future__ import annotations

import json
from typing import Any

from system.fleet import SUBNET, fleet
from system.runner import Ansible, Run
from system.sandbox_process import SandboxProcess

SPEED = 600.0
Json = dict[str, Any]
DURATIONS = {"local_point": 60, "copy_base": 120, "copy_gib_per_hour": 600, "restore_disk": 60, "create_vm": 60}
HOME_SUBNET = SUBNET.replace("rg-dr", "rg-app").replace("vnet-dr", "vnet-app").replace("snet-failover", "snet-app")
AZURE: Json = {
    "type": "azure_vm",
    "name": "app1",
    "rpo": "4h",
    "resource_group": "rg-app",
    "targets": [{"location": "northeurope", "resource_group": "rg-dr"}],
    "failover": {"subnet_id": SUBNET},
    "failback": {"location": "westeurope", "subnet_id": HOME_SUBNET},
    "tags": {"service": "shop"},
}


def run(ansible: Ansible, verb: str, workloads: list[Json], rc: int = 0, **variables: Any) -> Run:
    quick = {"azure_vm_wait_delay": "1s", "efs_wait_delay": "1s", "nutanix_vm_wait_delay": "1s"}
    given = {"dr_workloads": workloads, **quick, **variables}
    return ansible.named(f"bcdr.multicloud.{verb}", "-e", json.dumps(given), rc=rc, allowed=["the source cannot be asked"])


def test_an_azure_vm_comes_home(sandbox: SandboxProcess, ansible: Ansible) -> None:
    sandbox.plant(fleet(["app1"], durations=DURATIONS))
    for verb, more in (
        ("protect", {}),
        ("failover", {"dr_confirm_failover": True}),
        ("failback", {}),
    ):
        print(run(ansible, verb, [AZURE], **more).stdout)
    print(json.dumps(sandbox.state(), indent=1)[:6000])
