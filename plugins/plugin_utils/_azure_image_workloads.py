# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""From workloads of type azure_image to the batches of the modules, and from their results to a status. Pure."""

from __future__ import annotations

import json
import typing as t
from collections.abc import Mapping, Sequence

from ansible_collections.bcdr.multicloud.plugins.module_utils._azure.ids import region_key
from ansible_collections.bcdr.multicloud.plugins.plugin_utils._azure_homes import home_of
from ansible_collections.bcdr.multicloud.plugins.plugin_utils._workloads import (
    DRILL_PREFIX,
    DRILL_TAG,
    Item,
    Steps,
    Workload,
    WorkloadError,
    arrived,
    batch_of,
    due,
    homeward,
    recovery_site,
    status_entry,
    without_none,
)

# What a workload may say, and azure_image_replication takes as it is.
_REPLICATION_OPTIONS = (
    "location",
    "source_vm",
    "disks",
    "image",
    "storage_account_type",
    "retries",
    "keep_newest",
    "tags",
)
# What a drill or failover may say, and azure_image_restore takes as it is; below vm what is the machine's.
_RESTORE_OPTIONS = ("version", "storage_account_type", "zone", "disk_encryption_set_id", "disk_size_gb")
_VM_OPTIONS = ("vm_size", "subnet_id", "network_interface_ids", "license_type", "boot_diagnostics")
# What a failback may say, and azure_image_restore takes as it is.
_FAILBACK_OPTIONS = (*_RESTORE_OPTIONS, *_VM_OPTIONS, "vm_name", "disk_name_format")
# Of a link the planner takes the median of the last five.
_KEPT_PER_LINK = 5


def batch(workloads: Sequence[Workload], step: str, records: Sequence[Item] = ()) -> list[Item]:
    """Return the batch of the module that does `step`: versions, drill, drill_cleanup or failover.

    `records` is what earlier copies have taken, for the plans. Raises WorkloadError."""
    items = batch_of(_STEPS, workloads, step)
    if step != "versions" or not records:
        return items
    return [
        {**item, "planning": {**item["planning"], "records": [*records, *(item["planning"].get("records") or ())]}}
        for item in items
    ]


def status(workloads: Sequence[Workload], versions: Sequence[Item]) -> list[Item]:
    """Return one entry per workload: its recovery point objective, what is kept to it where, and what is to do.

    `versions` are the results of azure_image_replication for the same workloads in the same order. Figures are in seconds,
    and `plan` is the plan of what is to be copied, None when nothing is.
    """
    return [
        {
            **status_entry(
                workload,
                "azure_image",
                # What was wrong with the source is told by the copies.
                {"status": "succeeded", "reason": "", "rpo_seconds": result.get("rpo_seconds")},
                result,
                _target_entries(workload, result),
                (result,),
                # It is told, be it null, whenever the source could be asked.
                known="rpo_seconds" in result,
                copies=[one for region in result.get("regions") or () for one in region["copies"]],
            ),
            "version": result.get("version"),
            "plan": plan if plan.get("copies") else None,
        }
        for workload, result in zip(workloads, versions, strict=True)
        for plan in [result.get("plan") or {}]
    ]


def _target_entries(workload: Workload, result: Item) -> list[Item]:
    # An item that failed before it could look has none.
    seen = result.get("targets") or [{"known": False}] * len(workload["targets"])
    return [
        {
            "location": region_key(target["location"]),
            "name": target.get("resource_group") or workload["resource_group"],
            "known": place["known"],
            "newest_usable": place.get("newest_usable"),
            "rpo_seconds": place.get("rpo_seconds"),
        }
        for place, target in zip(seen, workload["targets"], strict=True)
    ]


def failback(workload: Workload, newer_than: str | None, found: Sequence[Item] = ()) -> tuple[Workload | None, str]:
    """Return the workload the other way round: the machine that was brought up as an image of its own, copied home.

    That image is called like the workload and -failback, so that versions from before stay what they are. `newer_than` is
    the moment since which the machine is stopped, if it is to come home now. What it is called needs not be `found`, and
    so nothing can be missing. Raises WorkloadError, also where a failover makes disks only, which nobody has written to.
    """
    home, name = workload["failback"], workload["name"]
    # Says where the machine is, and refuses what failover would refuse.
    (recovered,) = _failover(workload)
    if recovered["vm"] is None:
        raise WorkloadError(
            f"workload {name}: failback: the failover brings up no machine, so that nothing has been written that could be "
            "brought home; leave failback out, and protect makes the image at home what it is to be"
        )
    # Without one the machine at home is called like the workload.
    vm_name, target = home_of(workload, workload.get("source_vm") or name, recovered["subscription_id"])
    reversed_workload = homeward(
        workload,
        ("planning", "retries", "storage_account_type", *(() if newer_than else ("keep_newest",))),
        newer_than,
        image_name=f"{name}-failback",
        subscription_id=recovered["subscription_id"],
        resource_group=recovered["target_resource_group"] or recovered["resource_group"],
        location=recovered["location"],
        source_vm=recovered["vm"]["name"],
        targets=[target],
        failover={
            "vm_name": vm_name,
            "vm_size": recovered["vm"].get("vm_size"),
            "disk_name_format": f"{name}-{{disk}}",
            **without_none({key: home.get(key) for key in _FAILBACK_OPTIONS}),
        },
    )
    return reversed_workload, ""


def failback_restores(workloads: Sequence[Workload], points: Sequence[Item], copies: Sequence[Item]) -> list[Item]:
    """Return the batch that restores at home what has come there, in the order of the workloads.

    The others are what `failback` returned and twice the results of azure_image_replication for the same workloads in the
    same order. It is the very version that was made since the machine is stopped. What has not arrived is left out.
    """
    return [
        item
        for workload, version, copy in zip(workloads, points, copies, strict=True)
        if arrived(workload, version, copy)
        for item in batch(
            [{**workload, "failover": {"version": version["version"], **workload["failover"]}}], "failover"
        )
    ]


def links(text: str, measured: Sequence[Item] = ()) -> list[Item]:
    """Return the records of the file's `text` with those just `measured`, oldest first; the last few of each link.

    `measured` are the results of azure_image_replication. Raises WorkloadError for a text that is no such file.
    """
    try:
        records = json.loads(text) if text.strip() else []
        kept: dict[tuple[str, str], list[Item]] = {}
        for record in [*records, *(link for result in measured for link in result.get("link_seconds") or ())]:
            kept.setdefault((record["source"], record["target"]), []).append(dict(record))
    except (TypeError, KeyError, ValueError) as error:
        raise WorkloadError(
            "azure_image_links_file: it holds something else than a JSON list of records with source, target and "
            f"seconds ({type(error).__name__}: {error}); move it away, and a new one is begun"
        ) from error
    return [record for of_link in kept.values() for record in of_link[-_KEPT_PER_LINK:]]


def describe_restored(result: Item) -> tuple[str, str]:
    """Return what an image was restored from, and what it is."""
    seen = result["verification"]
    machine = "" if result.get("vm_id") else ", without a machine"
    return (
        result["version"],
        f"{seen['disk_count']} disks, {seen['size_gb']} GB, {seen['os_type']}: as the version has them{machine}",
    )


def _common(workload: Workload) -> Item:
    return {
        "label": workload["name"],
        "subscription_id": workload.get("subscription_id"),
        "name": workload.get("image_name") or workload["name"],
    }


def _versions(workload: Workload) -> list[Item]:
    age = due(workload)
    # Snapshots that are given are what they are: there is one version.
    given = any(disk.get("snapshot") for disk in workload.get("disks") or ())
    return [
        {
            **_common(workload),
            **{option: workload.get(option) for option in _REPLICATION_OPTIONS},
            "resource_group": workload["resource_group"],
            "targets": [without_none(target) for target in workload["targets"]],
            "planning": without_none(workload.get("planning") or {}),
            **({} if given else age),
        }
    ]


def _restore(workload: Workload, use: str, prefix: str, vm_name: str, **more: t.Any) -> Item:
    site, target = recovery_site(workload, use, lambda one: (region_key(one["location"]),), region_key)
    machine: Mapping[str, t.Any] = without_none({option: site.get(option) for option in _VM_OPTIONS})
    # Without a network there is no machine, and the disks are what is wanted.
    networked = bool(machine.get("subnet_id") or machine.get("network_interface_ids"))
    return {
        **_common(workload),
        **{option: site.get(option) for option in _RESTORE_OPTIONS},
        "subscription_id": target.get("subscription_id") or workload.get("subscription_id"),
        "location": target["location"],
        "resource_group": target.get("resource_group") or workload["resource_group"],
        "target_resource_group": site.get("resource_group"),
        "disk_name_format": site.get("disk_name_format") or f"{prefix}{{image}}-{{disk}}",
        "vm": {"name": vm_name, **machine} if networked else None,
        **more,
    }


def _drill(workload: Workload) -> list[Item]:
    if not workload.get("drill"):
        return []
    tags = {DRILL_TAG: workload["name"]}
    return [_restore(workload, "drill", DRILL_PREFIX, DRILL_PREFIX + workload["name"], tags=tags)]


def _drill_cleanup(workload: Workload) -> list[Item]:
    return [{**item, "state": "absent", "version": None} for item in _drill(workload)]


def _failover(workload: Workload) -> list[Item]:
    if not workload.get("failover"):
        return []
    vm_name = workload["failover"].get("vm_name") or workload["name"]
    return [_restore(workload, "failover", "", vm_name, tags=workload.get("tags"))]


_STEPS: Steps = {
    "versions": _versions,
    "drill": _drill,
    "drill_cleanup": _drill_cleanup,
    "failover": _failover,
}
