# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""From workloads of type azure_vm to the batches of the modules, and from their results to a status. Pure."""

from __future__ import annotations

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

# What a failback may say, and a restore takes as it is.
_FAILBACK_OPTIONS = (
    "vm_name",
    "vm_size",
    "subnet_id",
    "network_interface_ids",
    "storage_account_type",
    "zone",
    "disk_name_format",
    "restore_point",
)


def batch(workloads: Sequence[Workload], step: str, points: Sequence[Item] | None = None) -> list[Item]:
    """Return the batch of the module that does `step`: collections, points, copies, retention, drill, drill_cleanup or
    failover. Raises WorkloadError.

    `points` are the results of the step points for the same workloads; a workload that comes home has the very point
    copied that it was asked for then.
    """
    if step == "copies" and points is not None:
        workloads = [_copying(workload, point) for workload, point in zip(workloads, points, strict=True)]
    return batch_of(_STEPS, workloads, step)


def _copying(workload: Workload, point: Item) -> Workload:
    if not workload.get("newer_than") or point["status"] != "succeeded":
        return workload
    return {**workload, "which": [point["restore_point"]["name"]]}


def status(
    workloads: Sequence[Workload], collections: Sequence[Item], points: Sequence[Item], copies: Sequence[Item]
) -> list[Item]:
    """Return one entry per workload: its recovery point objective, what is kept to it where, and what is to do.

    The others are the results of the modules for the same workloads in the same order. Figures are in seconds.
    """
    return [
        status_entry(
            workload,
            "azure_vm",
            point,
            copy,
            _target_entries(workload, copy),
            (collection, point, copy),
            known=point["status"] != "failed",
            copies=copy.get("copies") or (),
        )
        for workload, collection, point, copy in zip(workloads, collections, points, copies, strict=True)
    ]


def _target_entries(workload: Workload, copy: Item) -> list[Item]:
    seen = copy.get("targets") or [{"location": region_key(target["location"])} for target in workload["targets"]]
    return [
        {
            "location": place["location"],
            "name": _target_collection(workload, target),
            # Without targets the item has failed before it could look, or there is nothing to look at yet.
            "known": bool(copy.get("targets")) or copy["status"] != "failed",
            "newest_usable": place.get("newest_usable"),
            "rpo_seconds": place.get("rpo_seconds"),
        }
        for place, target in zip(seen, workload["targets"], strict=True)
    ]


def failback(workload: Workload, newer_than: str | None, found: Sequence[Item] = ()) -> tuple[Workload | None, str]:
    """Return the workload the other way round: the VM where it was failed over to, copied home and restored there.

    A copy cannot be copied, so the restore points are new ones of the recovered VM, in a collection of its own beside it.
    `newer_than` is the moment since which the workload is stopped, if it is to come home now. Raises WorkloadError. What
    the recovered VM is called needs not be `found`, and so nothing can be missing.
    """
    home = workload["failback"]
    if not home.get("location"):
        raise WorkloadError(f"workload {workload['name']}: failback.location: the region that is home is needed")
    # Says where the recovered VM is, and refuses what failover would refuse.
    (recovered,) = _failover(workload)
    vm_name, target = home_of(workload, workload.get("vm") or workload["name"], recovered["subscription_id"])
    collection = home.get("restore_point_collection") or f"rpc-{workload['name']}-failback"
    restore = {key: home.get(key) for key in _FAILBACK_OPTIONS}
    reversed_workload = homeward(
        workload,
        ("consistency", "replace_failed", *(() if newer_than else ("keep_newest", "keep_younger_than"))),
        newer_than,
        subscription_id=recovered["subscription_id"],
        resource_group=recovered["target_resource_group"] or recovered["resource_group"],
        vm=recovered["vm"]["name"],
        restore_point_collection=collection,
        targets=[{**target, "name": f"{collection}-{region_key(home['location'])}"}],
        failover={"vm_name": vm_name, **without_none(restore)},
    )
    return reversed_workload, ""


def failback_restores(workloads: Sequence[Workload], points: Sequence[Item], copies: Sequence[Item]) -> list[Item]:
    """Return the batch that restores at home what has come there, in the order of the workloads.

    The others are what `failback` returned and the results of the modules for the same workloads in the same order. It is the
    very point that was made since the workload is stopped, so that running again means the same one. What has not arrived
    is left out.
    """
    return [
        item
        for workload, point, copy in zip(workloads, points, copies, strict=True)
        if arrived(workload, point, copy)
        for item in batch([_of_point(workload, point["restore_point"]["name"])], "failover")
    ]


def _of_point(workload: Workload, name: str) -> Workload:
    return {**workload, "failover": {"restore_point": name, **workload["failover"]}}


def describe_restored(result: Item) -> tuple[str, str]:
    """Return what a VM was restored from, and what it is."""
    seen = result["verification"]
    return (
        result["restore_point"],
        f"{seen['disk_count']} disks, {seen['size_gb']} GB, {seen['os_type']}: as the restore point has them",
    )


def _common(workload: Workload) -> Item:
    return {
        "label": workload["name"],
        "subscription_id": workload.get("subscription_id"),
        "resource_group": workload["resource_group"],
    }


def _collection(workload: Workload) -> str:
    return workload.get("restore_point_collection") or f"rpc-{workload['name']}"


def _target_collection(workload: Workload, target: Mapping[str, t.Any]) -> str:
    return target.get("name") or f"{_collection(workload)}-{region_key(target['location'])}"


def _collections(workload: Workload) -> list[Item]:
    name, source_vm = _collection(workload), workload.get("vm") or workload["name"]
    return [{**_common(workload), "name": name, "source_vm": source_vm, "tags": workload.get("tags")}]


def _points(workload: Workload) -> list[Item]:
    return [
        {
            **_common(workload),
            "restore_point_collection": _collection(workload),
            **due(workload),
            "consistency": workload.get("consistency"),
            "exclude_disks": workload.get("exclude_disks"),
        }
    ]


def _copies(workload: Workload) -> list[Item]:
    targets = [
        without_none(
            {**target, "name": _target_collection(workload, target), "tags": target.get("tags") or workload.get("tags")}
        )
        for target in workload["targets"]
    ]
    return [
        {
            **_common(workload),
            "restore_point_collection": _collection(workload),
            "targets": targets,
            "which": workload.get("which"),
            "replace_failed": workload.get("replace_failed"),
        }
    ]


def _retention(workload: Workload) -> list[Item]:
    keep = {"keep_newest": workload.get("keep_newest"), "keep_younger_than": workload.get("keep_younger_than")}
    if keep == {"keep_newest": None, "keep_younger_than": None}:
        return []
    copies = [_target_of(workload, target) for target in workload["targets"]]
    source = {**_common(workload), "restore_point_collection": _collection(workload), **keep}
    return [source] + [
        # Where nothing waits the first copy may not have begun.
        {
            **copy,
            **keep,
            "allow_missing": True,
            "label": f"{workload['name']} in {region_key(target['location'])}",
        }
        for copy, target in zip(copies, workload["targets"], strict=True)
    ]


def _target_of(workload: Workload, target: Mapping[str, t.Any]) -> Item:
    return {
        "subscription_id": target.get("subscription_id") or workload.get("subscription_id"),
        "resource_group": target.get("resource_group") or workload["resource_group"],
        "restore_point_collection": _target_collection(workload, target),
    }


def _restore(workload: Workload, use: str, vm_name: str, **more: t.Any) -> Item:
    site, target = recovery_site(workload, use, lambda one: (region_key(one["location"]),), region_key)
    vm = {
        "name": vm_name,
        "vm_size": site.get("vm_size"),
        "subnet_id": site.get("subnet_id"),
        "network_interface_ids": site.get("network_interface_ids"),
    }
    return {
        **_target_of(workload, target),
        "label": workload["name"],
        "name": site.get("restore_point"),
        "target_resource_group": site.get("resource_group"),
        "storage_account_type": site.get("storage_account_type"),
        "disk_name_format": site.get("disk_name_format"),
        "zone": site.get("zone"),
        "vm": without_none(vm),
        **more,
    }


def _drill(workload: Workload) -> list[Item]:
    if not workload.get("drill"):
        return []
    return [
        _restore(
            workload,
            "drill",
            DRILL_PREFIX + workload["name"],
            disk_name_format=DRILL_PREFIX + "{disk}",
            tags={DRILL_TAG: workload["name"]},
        )
    ]


def _drill_cleanup(workload: Workload) -> list[Item]:
    return [{**item, "state": "absent", "name": None} for item in _drill(workload)]


def _failover(workload: Workload) -> list[Item]:
    if not workload.get("failover"):
        return []
    vm_name = workload["failover"].get("vm_name") or (workload.get("vm") or workload["name"]).rsplit("/", 1)[-1]
    return [_restore(workload, "failover", vm_name, tags=workload.get("tags"))]


_STEPS: Steps = {
    "collections": _collections,
    "points": _points,
    "copies": _copies,
    "retention": _retention,
    "drill": _drill,
    "drill_cleanup": _drill_cleanup,
    "failover": _failover,
}
