# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The custom roles of docs/rbac allow what the modules ask of Azure Resource Manager, and nothing else.

The modules do all that they can; every request is turned into the action that Azure checks, which follows from its method
and path, and compared with the role in both directions.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
from system.fleet import (
    NORTH,
    SUBNET,
    arrived,
    collection_task,
    copy_task,
    fleet,
    play,
    point_task,
    restore_task,
    source,
    task,
)
from system.image_fleet import HOME, image_seed, links
from system.runner import Ansible
from system.sandbox_process import SandboxProcess

SPEED = 1200.0
DOCS = Path(__file__).resolve().parents[2] / "docs"
Json = dict[str, Any]

# Actions that are allowed and that no request shows, or not in every run, each with the reason why it is needed.
_OF_A_NEW_VM = "Azure makes the network interface of a new VM, and removes it with the VM, in the caller's name"
_OF_A_SOURCE = "Azure checks that the caller may read what a new resource is made of"
_OF_AN_OPERATION = "how an operation went is asked only when what it makes is not there yet"
NOT_ALWAYS_SENT = {
    "Microsoft.Compute/locations/operations/read": _OF_AN_OPERATION,
    "Microsoft.Compute/locations/diskOperations/read": _OF_AN_OPERATION,
    "Microsoft.Network/networkInterfaces/read": _OF_A_NEW_VM,
    "Microsoft.Network/networkInterfaces/write": _OF_A_NEW_VM,
    "Microsoft.Network/networkInterfaces/delete": _OF_A_NEW_VM,
    "Microsoft.Network/networkInterfaces/join/action": "Azure checks it when a VM gets the network interface",
    "Microsoft.Network/virtualNetworks/subnets/join/action": "Azure checks it when a network interface is put into the subnet",
    "Microsoft.Compute/virtualMachines/read": _OF_A_SOURCE,
    "Microsoft.Compute/restorePointCollections/restorePoints/diskRestorePoints/read": _OF_A_SOURCE,
    "Microsoft.Compute/diskEncryptionSets/read": "Azure checks it when a disk or a snapshot gets the disk encryption set",
    "Microsoft.Compute/virtualMachines/reapply/action": "a VM that an earlier run could not bring up is applied again",
    "Microsoft.Compute/disks/beginGetAccess/action": "Azure checks it when a snapshot is made of a disk",
}
_VERBS = {"GET": "read", "PUT": "write", "PATCH": "write", "DELETE": "delete"}


def action(entry: Json) -> str:
    """The action that Azure checks for a request: the types in its path, and what its method does."""
    path = str(entry["path"])
    # learn.microsoft.com/azure/role-based-access-control/resource-provider-operations
    if "/providers/" in path:
        provider, *rest = path.rsplit("/providers/", maxsplit=1)[-1].strip("/").split("/")
        types = [provider, *rest[::2]]
    else:
        parts = re.fullmatch(r"/subscriptions/[^/]+(?:/(resourceGroups|locations)(?:/[^/]+)?)?/?", path, re.IGNORECASE)
        assert parts, path
        types = ["Microsoft.Resources/subscriptions", *filter(None, [parts[1]])]
    if entry["method"] == "POST":
        return "/".join([*types, "action"])
    return "/".join([*types, _VERBS[entry["method"]]])


def asked(sandbox: SandboxProcess) -> set[str]:
    """The actions since the last time, without what a client asks to sign in."""
    found = {action(entry) for entry in sandbox.requests() if str(entry["path"]).startswith("/subscriptions/")}
    assert sandbox.refused() == []
    sandbox.clear_requests()
    return found


def check(actions: Iterable[str], name: str) -> None:
    """Compare what was asked with a documented role, in both directions."""
    role = json.loads((DOCS / "rbac" / name).read_text(encoding="utf-8"))
    allowed = {one.lower(): one for one in role["Actions"]}
    assert role["NotActions"] == []
    sent = {one.lower(): one for one in actions}
    assert sorted(sent[one] for one in sent.keys() - allowed.keys()) == [], "asked, but not allowed"
    unused = sorted(allowed[one] for one in allowed.keys() - sent.keys())
    assert [one for one in unused if one not in NOT_ALWAYS_SENT] == [], "allowed, but never asked"


def run(ansible: Ansible, *tasks: Json) -> None:
    for result in ansible.playbook([play(tasks)]).events:
        assert not result["result"].get("failed"), result


@pytest.fixture
def vm(sandbox: SandboxProcess) -> str:
    """A VM with old points, of which some have been copied."""
    sandbox.plant(fleet(["app"], [source("app", (90000, 80000)), arrived("app", ["p1", "p2"])]))
    sandbox.clear_requests()
    return "app"


def test_protect(sandbox: SandboxProcess, ansible: Ansible, vm: str) -> None:
    """Collections made, tagged and deleted, points made, copied, listed and deleted."""
    new = {"location": "swedencentral", "resource_group": "rg-app", "name": "rpc-new"}
    run(
        ansible,
        collection_task(vm, tags={"tier": "web"}),
        point_task(vm, max_age="1h"),
        copy_task(vm, targets=[{"location": NORTH, "resource_group": "rg-dr"}, new]),
        task("azure_restore_point_retention", resource_group="rg-app", restore_point_collection=f"rpc-{vm}", keep_newest=1,
             wait_delay="1s"),
        task("azure_restore_point_info", resource_group="rg-app", restore_point_collection=f"rpc-{vm}"),
        task("azure_restore_point_collection", resource_group="rg-app", name="rpc-new", state="absent", force=True,
             wait_delay="1s"),
    )  # fmt: skip
    check(asked(sandbox), "azure_vm_protect.json")


def test_restore(sandbox: SandboxProcess, ansible: Ansible, vm: str) -> None:
    """A VM brought up with a network interface of its own, and removed with all that was made."""
    run(
        ansible,
        task("azure_restore_point_info", resource_group="rg-dr", restore_point_collection=f"rpc-{vm}-{NORTH}"),
        restore_task(vm),
        restore_task(vm, state="absent"),
    )
    check(asked(sandbox), "azure_vm_restore.json")


def test_images(sandbox: SandboxProcess, ansible: Ansible) -> None:
    """An image of a VM's disks in two regions, and an older one removed; and one snapshot copied."""
    sandbox.plant(image_seed(["golden"], links()))
    sandbox.clear_requests()
    targets = [{"location": region, "resource_group": f"rg-{region}"} for region in (NORTH, "swedencentral")]
    wanted: Json = {
        "resource_group": f"rg-{HOME}", "name": "golden-1", "source_vm": "golden", "targets": targets, "image": {},
        "wait_delay": "1s",
    }  # fmt: skip
    run(
        ansible,
        task("azure_image_replication", **wanted),
        task("azure_image_replication", **wanted, state="absent"),
        task("azure_snapshot_copy", resource_group=f"rg-{HOME}", snapshot="golden-source-os", location=NORTH,
             target_resource_group=f"rg-{NORTH}", target_name="copy", wait_delay="1s"),
    )  # fmt: skip
    check(asked(sandbox), "azure_image.json")


def test_image_restore(sandbox: SandboxProcess, ansible: Ansible) -> None:
    """A VM brought up from an image's copies, and removed with all that was made."""
    networks = [{"name": "vnet", "rg": f"rg-{region}", "subnets": [{"name": "snet"}]} for region in (HOME, NORTH)]
    sandbox.plant(image_seed(["golden"], links(), virtual_networks=networks))
    run(
        ansible,
        task("azure_image_replication", resource_group=f"rg-{HOME}", name="golden", source_vm="golden", wait_delay="1s",
             targets=[{"location": NORTH, "resource_group": f"rg-{NORTH}"}]),
    )  # fmt: skip
    sandbox.clear_requests()
    subnet = SUBNET.replace("rg-dr", f"rg-{NORTH}").replace("vnet-dr", "vnet").replace("snet-failover", "snet")
    wanted: Json = {
        "resource_group": f"rg-{NORTH}", "name": "golden", "location": NORTH, "wait_delay": "1s",
        "vm": {"name": "golden-dr", "vm_size": "Standard_D2s_v5", "subnet_id": subnet},
    }  # fmt: skip
    run(ansible, task("azure_image_restore", **wanted), task("azure_image_restore", **wanted, state="absent"))
    check(asked(sandbox), "azure_image_restore.json")


def test_every_role_is_on_the_page() -> None:
    """And nothing else is."""
    linked = set(re.findall(r"\]\(rbac/([\w.-]+)\)", (DOCS / "permissions.md").read_text(encoding="utf-8")))
    assert linked == {path.name for path in (DOCS / "rbac").iterdir()}
