# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Seeds with snapshots of an image's disks and links of known speed, and the tasks that replicate it, as data."""

from __future__ import annotations

import random
from collections.abc import Iterable, Mapping
from typing import Any

from system.fleet import task

Json = dict[str, Any]
HOME = "westeurope"
REGIONS = ("northeurope", "swedencentral", "uksouth", "eastus", "westus2", "japaneast", "australiaeast", "brazilsouth")
SIZES = {"os": 30, "data-0": 60}


def links(regions: Iterable[str] = REGIONS, seed: int = 3, slowest: float = 16.0) -> list[Json]:
    """Seconds per GB between all regions, drawn at random."""
    rng = random.Random(seed)
    places = [HOME, *regions]
    return [
        {"source": one, "target": other, "base": 0, "seconds_per_gb": round(rng.uniform(slowest / 4, slowest), 2)}
        for one in places
        for other in places
        if one != other
    ]


def image_seed(names: Iterable[str], known: Iterable[Mapping[str, Any]], at_once: int = 1, **fields: Any) -> Json:
    """A seed: per name a VM with an OS disk and a data disk in West Europe, a snapshot of each disk, and a resource
    group in every region."""
    listed = list(names)
    return {
        "resource_groups": [{"name": f"rg-{region}", "location": region} for region in (HOME, *REGIONS)],
        "virtual_networks": [{"name": "vnet", "rg": f"rg-{HOME}", "subnets": [{"name": "snet"}]}],
        "vms": [
            {"name": name, "rg": f"rg-{HOME}", "disks": [{"size_gb": SIZES["os"]}, {"size_gb": SIZES["data-0"]}]}
            for name in listed
        ],
        "snapshots": [
            {"name": f"{name}-source-{disk}", "rg": f"rg-{HOME}", "disk": f"{name}-{disk}"}
            for name in listed
            for disk in SIZES
        ],
        "links": list(known),
        "limits": {"snapshot_copies_per_source": at_once},
        **fields,
    }


def measurements(known: Iterable[Mapping[str, Any]]) -> list[Json]:
    """The links as the planner takes them."""
    return [
        {"source": link["source"], "target": link["target"], "seconds": link["seconds_per_gb"] * 100, "size_gb": 100}
        for link in known
        if link["seconds_per_gb"]
    ]


def replication_task(name: str, known: Iterable[Mapping[str, Any]], at_once: int = 1, **options: Any) -> Json:
    """Bring the image to all regions."""
    planning = {"copies_per_source": at_once, "measurements": measurements(known), **options.pop("planning", {})}
    given = {
        "disks": [{"snapshot": f"{name}-source-os"}, {"snapshot": f"{name}-source-data-0", "lun": 0}],
        "targets": [{"location": region, "resource_group": f"rg-{region}"} for region in REGIONS],
        "wait_delay": "1s",
        **options,
    }
    return task("azure_image_replication", resource_group=f"rg-{HOME}", name=name, planning=planning, **given)


SUBNET = (
    "/subscriptions/{{ lookup('env', 'AZURE_SUBSCRIPTION_ID') }}/resourceGroups/rg-northeurope"
    "/providers/Microsoft.Network/virtualNetworks/vnet-dr/subnets/snet"
)


def role_seed(names: Iterable[str], known: Iterable[Mapping[str, Any]], at_once: int = 1, **fields: Any) -> Json:
    """A seed for the role: machines without snapshots, and a network in North Europe to bring them up in."""
    seed = image_seed(names, known, at_once, **fields)
    there: Json = {"name": "vnet-dr", "rg": "rg-northeurope", "address_space": ["10.9.0.0/16"]}
    there["subnets"] = [{"name": "snet", "prefix": "10.9.1.0/24"}]
    return {**seed, "snapshots": [], "virtual_networks": [*seed["virtual_networks"], there]}


def workload(name: str, regions: Iterable[str] = REGIONS[:3], **keys: Any) -> Json:
    """A workload of the role, that can be drilled and failed over to North Europe."""
    site = {"vm_size": "Standard_D2s_v5", "subnet_id": SUBNET}
    return {
        "type": "azure_image",
        "name": name,
        "rpo": "24h",
        "resource_group": f"rg-{HOME}",
        "location": HOME,
        "source_vm": name,
        "targets": [{"location": region, "resource_group": f"rg-{region}"} for region in regions],
        "drill": site,
        "failover": site,
        **keys,
    }


def role_task(verb: str, workloads: Iterable[Mapping[str, Any]], **variables: Any) -> Json:
    """A verb of the role."""
    return {
        "name": verb,
        "ansible.builtin.include_role": {"name": "bcdr.multicloud.azure_image", "tasks_from": verb},
        "vars": {
            "azure_image_workloads": [{**one} for one in workloads],
            "azure_image_wait_delay": "1s",
            **{f"azure_image_{name}": value for name, value in variables.items()},
        },
    }
