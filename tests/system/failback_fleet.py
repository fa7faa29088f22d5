# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A workload of each type with a home and another place, what may befall home, and the playbooks for them."""

from __future__ import annotations

import datetime
import json
import time
import uuid
from collections.abc import Callable, Sequence
from typing import Any

import requests
from system.efs_fleet import FRANKFURT, IRELAND, ROLE, efs_fleet, efs_id, vault_arn
from system.fleet import SUBNET, fleet
from system.nutanix_fleet import MAIN, ON_PYTHON, OTHER, OTHER_LOGIN, ext_id, login, nutanix_fleet
from system.runner import Ansible, Run
from system.sandbox_process import SandboxProcess

Json = dict[str, Any]
AZURE_DURATIONS = {
    "local_point": 60,
    "copy_base": 120,
    "copy_gib_per_hour": 600,
    "restore_disk": 60,
    "create_vm": 60,
}
EFS_DURATIONS = {"backup_base": 300, "copy_base": 300, "restore_base": 300}
NUTANIX_DURATIONS = {"create": 60, "replicate_base": 120, "restore_base": 120, "power": 30}
HOME_SUBNET = SUBNET.replace("rg-dr", "rg-app").replace("vnet-dr", "vnet-app").replace("snet-failover", "snet-app")
HOME_LOGIN = {
    f"nutanix_{name}": f"{{{{ lookup('env', 'NUTANIX_{name.upper()}') }}}}"
    for name in ("host", "port", "username", "password")
}
# A second here is ten minutes, and no point is to become due on the way.
AZURE: Json = {
    "type": "azure_vm",
    "name": "app1",
    "rpo": "30d",
    "resource_group": "rg-app",
    "targets": [{"location": "northeurope", "resource_group": "rg-dr"}],
    "failover": {"subnet_id": SUBNET},
    "failback": {"location": "westeurope", "subnet_id": HOME_SUBNET},
    "tags": {"service": "shop"},
}
EFS: Json = {
    "type": "efs",
    "name": "files",
    "rpo": "30d",
    "region": IRELAND,
    "file_system_id": efs_id("files"),
    "backup_vault_name": "main",
    "iam_role_arn": ROLE,
    "targets": [{"backup_vault_arn": vault_arn(FRANKFURT)}],
    "failover": {"throughput_mode": "elastic"},
    "failback": {"throughput_mode": "elastic"},
}
NUTANIX: Json = {
    "type": "nutanix_vm",
    "name": "shop",
    "rpo": "30d",
    "vms": [{"name": "app", "ext_id": ext_id("app")}],
    "volume_groups": [{"name": "app-data", "ext_id": ext_id("app-data")}],
    "targets": [{"location": "dr-site", **OTHER_LOGIN}],
    "failover": {"subnet_ext_id": ext_id(f"{OTHER} production")},
    "failback": {"location": "main-site", "subnet_ext_id": ext_id(f"{MAIN} production"), **HOME_LOGIN},
}
WORKLOADS = {"azure_vm": AZURE, "efs": EFS, "nutanix_vm": NUTANIX}


# What is told of a day without home.
ALLOWED = ("the source cannot be asked", "cannot be reached", "how the source is encrypted")


def seed(**points: Any) -> Json:
    """What the three workloads are made of; `points` are `ages` and `arrived` of those of EFS and Nutanix."""
    return {
        **fleet(["app1"], durations=AZURE_DURATIONS),
        **efs_fleet(["files"], targets=[FRANKFURT], durations=EFS_DURATIONS, **points),
        **nutanix_fleet(["app"], groups=True, durations=NUTANIX_DURATIONS, **points),
    }


def run(
    ansible: Ansible,
    verb: str,
    workloads: list[Json],
    *options: str,
    rc: int = 0,
    allowed: Sequence[str] = (),
    **variables: Any,
) -> Run:
    """Run the playbook of that name for the workloads; `allowed` are patterns of further warnings."""
    arguments = [*extra(workloads, **variables), *options]
    return ansible.named(f"bcdr.multicloud.{verb}", *arguments, rc=rc, allowed=[*ALLOWED, *allowed])


def extra(workloads: list[Json], **variables: Any) -> list[str]:
    """The arguments that hand over the workloads and further variables."""
    quick = {f"{role}_wait_delay": "1s" for role in WORKLOADS}
    return ["-e", json.dumps({"dr_workloads": workloads, **ON_PYTHON, **quick, **variables})]


def outage(sandbox: SandboxProcess, on: bool) -> None:
    """Home is gone, or back: West Europe, Ireland and the first Prism Central."""
    for path in ("region/westeurope", f"region/{IRELAND}", f"prism_central/{MAIN}"):
        sandbox.admin("POST", f"{path}/outage", {"on": on})


def clock(sandbox: SandboxProcess) -> str:
    """The moment by the clouds' clock, in seconds; what is made from now on is not older."""
    now = datetime.datetime.fromisoformat(sandbox.state()["now"][:26] + "+00:00")
    return now.strftime("%Y-%m-%dT%H:%M:%SZ")


def lose_home(sandbox: SandboxProcess, kind: str) -> None:
    """What the workload of that type had at home is lost for good; recovery points and networks are still there."""
    if kind == "azure_vm":
        for path in ("virtualMachines/app1", "disks/app1-os", "disks/app1-data-0"):
            delete_azure(sandbox, f"resourceGroups/rg-app/providers/Microsoft.Compute/{path}")
    elif kind == "efs":
        sandbox.aws("efs", IRELAND).delete_file_system(FileSystemId=efs_id("files"))
    else:
        _delete_nutanix(sandbox, f"/api/vmm/v4.3/ahv/config/vms/{ext_id('app')}")
        _delete_nutanix(sandbox, f"/api/volumes/v4.3/config/volume-groups/{ext_id('app-data')}")


def wait_until(condition: Callable[[], bool], seconds: float = 20.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.1)


def delete_azure(sandbox: SandboxProcess, path: str) -> None:
    """Delete what others own, as somebody in the portal would."""
    known = sandbox.environment
    base = known["AZURE_CLOUD_ENVIRONMENT"].partition("/metadata/")[0]
    with requests.Session() as session:
        session.trust_env = False
        session.verify = known["REQUESTS_CA_BUNDLE"]
        token = session.post(
            f"{base}/{known['AZURE_TENANT']}/oauth2/v2.0/token",
            data={
                "grant_type": "client_credentials",
                "client_id": known["AZURE_CLIENT_ID"],
                "client_secret": known["AZURE_SECRET"],
                "scope": f"{base}/.default",
            },
            timeout=30,
        ).json()["access_token"]
        url = f"{base}/subscriptions/{known['AZURE_SUBSCRIPTION_ID']}/{path}"
        version = "2024-03-02" if "/disks/" in path else "2024-07-01"
        options: Json = {
            "params": {"api-version": version},
            "headers": {"Authorization": f"Bearer {token}"},
            "timeout": 30,
        }
        answer = session.delete(url, **options)
        assert answer.status_code < 300, answer.text
        wait_until(lambda: session.get(url, **options).status_code == 404)


def _delete_nutanix(sandbox: SandboxProcess, path: str) -> None:
    known = login(sandbox, MAIN)
    url = f"https://{known['nutanix_host']}:{known['nutanix_port']}{path}"
    with requests.Session() as session:
        session.trust_env = False
        session.verify = sandbox.environment["REQUESTS_CA_BUNDLE"]
        session.auth = (known["nutanix_username"], known["nutanix_password"])
        found = session.get(url, timeout=30)
        answer = session.delete(
            url, headers={"If-Match": found.headers["ETag"], "NTNX-Request-Id": str(uuid.uuid4())}, timeout=30
        )
        assert answer.status_code < 300, answer.text
        wait_until(lambda: session.get(url, timeout=30).status_code == 404)
