# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Seeds of the sandbox and the tasks that go with them, as data."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

Json = dict[str, Any]
NORTH, SWEDEN = "northeurope", "swedencentral"
SECRET = "s3cr3t~Of.The-Fleet_0123456789"
SUBNET = (
    "/subscriptions/{{ lookup('env', 'AZURE_SUBSCRIPTION_ID') }}/resourceGroups/rg-dr"
    "/providers/Microsoft.Network/virtualNetworks/vnet-dr/subnets/snet-failover"
)


def fleet(vms: Iterable[str], collections: Iterable[Mapping[str, Any]] = (), **fields: Any) -> Json:
    """A seed: VMs with a small OS disk and a data disk in West Europe, and a group with a subnet in North Europe."""
    return {
        "resource_groups": [
            {"name": "rg-app", "location": "westeurope"},
            {"name": "rg-dr", "location": NORTH},
        ],
        "virtual_networks": [
            {
                "name": network,
                "rg": group,
                "address_space": [f"10.{number}.0.0/16"],
                "subnets": [{"name": subnet, "prefix": f"10.{number}.1.0/24"}],
            }
            for number, (network, group, subnet) in enumerate(
                [("vnet-app", "rg-app", "snet-app"), ("vnet-dr", "rg-dr", "snet-failover")], start=10
            )
        ],
        "vms": [
            {"name": name, "rg": "rg-app", "os_type": "Linux", "disks": [{"size_gb": 30}, {"size_gb": 20}]}
            for name in vms
        ],
        "collections": list(collections),
        **fields,
    }


def source(vm: str, ages: Iterable[int] = ()) -> Json:
    """The collection of a VM, with points so many seconds old."""
    points = [{"name": f"p{number}", "age": age} for number, age in enumerate(ages, start=1)]
    return {"name": f"rpc-{vm}", "rg": "rg-app", "vm": vm, "points": points}


def arrived(vm: str, points: Iterable[str], group: str = "rg-dr", location: str = NORTH) -> Json:
    """A collection of copies that have arrived."""
    return {
        "name": f"rpc-{vm}-{location}",
        "rg": group,
        "location": location,
        "source_collection": f"rpc-{vm}",
        "points": [{"name": name, "copy_of": name, "replication": "succeeded"} for name in points],
    }


def task(module: str, title: str | None = None, keywords: Mapping[str, Any] | None = None, **options: Any) -> Json:
    """A task of this collection; its name is that of the module unless told otherwise."""
    return {"name": title or module, f"bcdr.multicloud.{module}": options, **(keywords or {})}


def play(tasks: Iterable[Mapping[str, Any]], hosts: str = "localhost", **keywords: Any) -> Json:
    return {"hosts": hosts, "gather_facts": False, "tasks": list(tasks), **keywords}


def collection_task(vm: str, **options: Any) -> Json:
    return task("azure_restore_point_collection", resource_group="rg-app", name=f"rpc-{vm}", source_vm=vm, **options)


def point_task(vm: str, **options: Any) -> Json:
    options = {"restore_point_collection": f"rpc-{vm}", "max_age": "30d", "wait_delay": "1s", **options}
    if "batch" in options:
        del options["restore_point_collection"]
    return task("azure_restore_point", resource_group="rg-app", **options)


def copy_task(vm: str, keywords: Mapping[str, Any] | None = None, title: str | None = None, **options: Any) -> Json:
    options = {"targets": [{"location": NORTH}, {"location": SWEDEN}], "wait_delay": "1s", **options}
    return task(
        "azure_restore_point_copy",
        title,
        keywords,
        resource_group="rg-app",
        restore_point_collection=f"rpc-{vm}",
        **options,
    )


def restore_task(vm: str, group: str = "rg-dr", **options: Any) -> Json:
    """Bring the VM up in North Europe, from the collection of copies in `group`."""
    options = {
        "target_resource_group": "rg-dr",
        "disk_name_format": "{vm}-{disk}",
        "vm": {"name": f"{vm}-dr", "subnet_id": SUBNET},
        "wait_delay": "1s",
        **options,
    }
    return task(
        "azure_restore_point_restore",
        resource_group=group,
        restore_point_collection=f"rpc-{vm}-{NORTH}",
        **options,
    )
