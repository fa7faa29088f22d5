# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""From workloads of type azure_vm to the batches of the modules, and from their results to a status. Pure."""

from __future__ import annotations

import typing as t
from collections.abc import Callable, Mapping, Sequence

from ansible_collections.bcdr.multicloud.plugins.module_utils._azure.ids import region_key
from ansible_collections.bcdr.multicloud.plugins.module_utils._core.durations import format_duration, parse_duration
from ansible_collections.bcdr.multicloud.plugins.plugin_utils._workloads import Workload, WorkloadError

Item = dict[str, t.Any]

DRILL_PREFIX = "drill-"
DRILL_TAG = "bcdr-drill"


def batch(workloads: Sequence[Workload], step: str) -> list[Item]:
    """Return the batch of the module that does `step`: collections, points, copies, retention, drill, drill_cleanup or
    failover. Raises WorkloadError."""
    if step not in _STEPS:
        raise WorkloadError(f"step {step!r} is none of {', '.join(sorted(_STEPS))}")
    return [_without_none(item) for workload in workloads for item in _STEPS[step](workload)]


def status(
    workloads: Sequence[Workload], collections: Sequence[Item], points: Sequence[Item], copies: Sequence[Item]
) -> list[Item]:
    """Return one entry per workload: its recovery point objective, what is kept to it where, and what is to do.

    The others are the results of the modules for the same workloads in the same order. Figures are in seconds.
    """
    entries = []
    for workload, collection, point, copy in zip(workloads, collections, points, copies, strict=True):
        objective = _objective(workload)
        targets = [
            {
                "location": target["location"],
                "newest_usable": target.get("newest_usable"),
                "rpo_seconds": target.get("rpo_seconds"),
                "within_rpo": _within(target.get("rpo_seconds"), objective),
            }
            for target in copy.get("targets", ())
        ] or [
            {
                "location": region_key(target["location"]),
                "newest_usable": None,
                "rpo_seconds": None,
                "within_rpo": False,
            }
            for target in workload["targets"]
        ]
        entries.append(
            {
                "name": workload["name"],
                "type": "azure_vm",
                "status": copy["status"],
                "reason": copy["reason"],
                "progress_percent": copy.get("progress_percent"),
                "rpo_target_seconds": objective,
                "rpo_seconds": point.get("rpo_seconds"),
                "source_known": point["status"] != "failed",
                "targets": targets,
                "breached": not all(target["within_rpo"] for target in targets),
                "drift": [action for step in (collection, point, copy) for action in step["actions"]],
            }
        )
    return entries


def status_lines(entries: Sequence[Item]) -> list[str]:
    """Return one line per workload for people."""
    return [_status_line(entry) for entry in entries]


def _status_line(entry: Item) -> str:
    here = _age(entry["rpo_seconds"]) if entry["source_known"] else "not known"
    places = ", ".join(f"{target['location']} {_age(target['rpo_seconds'])}" for target in entry["targets"])
    verdict = "RPO BREACHED" if entry["breached"] else "within RPO"
    line = f"{entry['name']}: {verdict} of {format_duration(entry['rpo_target_seconds'])}: here {here}, {places}"
    if entry["status"] != "succeeded":
        line += f"; copies {entry['status']}: {entry['reason']}"
    if entry["drift"]:
        line += f"; to do: {', '.join(entry['drift'])}"
    return line


def restore_lines(results: Sequence[Item]) -> list[str]:
    """Return one line per restored workload: from which point, how long it took, and whether it is what it should be."""
    lines = []
    for result in results:
        if result["status"] != "succeeded":
            lines.append(f"{result['label']}: {result['status'].upper()}: {result['reason']}")
            continue
        verification = result["verification"]
        took = result.get("recovery_seconds")
        lines.append(
            f"{result['label']}: restored from {result['restore_point']}, {_age(result['rpo_seconds'])} old, "
            f"{f'in {format_duration(took)}' if took is not None else 'by an earlier run'}; "
            f"{verification['disk_count']} disks, {verification['size_gb']} GB, {verification['os_type']}: as the restore point has them"
        )
    return lines


def _age(seconds: int | None) -> str:
    return "nothing yet" if seconds is None else format_duration(seconds)


def _within(seconds: int | None, objective: int) -> bool:
    return seconds is not None and seconds <= objective


def _objective(workload: Workload) -> int:
    try:
        return parse_duration(workload["rpo"])
    except ValueError as error:
        raise WorkloadError(f"workload {workload['name']}: rpo: {error}") from error


def _without_none(item: Mapping[str, t.Any]) -> Item:
    return {name: value for name, value in item.items() if value is not None}


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
    _objective(workload)
    return [
        {
            **_common(workload),
            "restore_point_collection": _collection(workload),
            "max_age": workload.get("max_age") or workload["rpo"],
            "consistency": workload.get("consistency"),
            "exclude_disks": workload.get("exclude_disks"),
        }
    ]


def _copies(workload: Workload) -> list[Item]:
    targets = [
        _without_none(
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
        {**copy, **keep, "label": f"{workload['name']} in {region_key(target['location'])}"}
        for copy, target in zip(copies, workload["targets"], strict=True)
    ]


def _target_of(workload: Workload, target: Mapping[str, t.Any]) -> Item:
    return {
        "subscription_id": target.get("subscription_id") or workload.get("subscription_id"),
        "resource_group": target.get("resource_group") or workload["resource_group"],
        "restore_point_collection": _target_collection(workload, target),
    }


def _recovery_site(workload: Workload, use: str) -> tuple[Mapping[str, t.Any], Mapping[str, t.Any]]:
    """Return what the workload says about its drill or failover, and the target that this uses."""
    site = workload[use]
    location = site.get("location") or workload["targets"][0]["location"]
    for target in workload["targets"]:
        if region_key(target["location"]) == region_key(location):
            return site, target
    raise WorkloadError(
        f"workload {workload['name']}: {use}.location: {location} is none of its targets "
        f"({', '.join(region_key(target['location']) for target in workload['targets'])})"
    )


def _restore(workload: Workload, use: str, vm_name: str, **more: t.Any) -> Item:
    site, target = _recovery_site(workload, use)
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
        "zone": site.get("zone"),
        "vm": _without_none(vm),
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


_STEPS: dict[str, Callable[[Workload], list[Item]]] = {
    "collections": _collections,
    "points": _points,
    "copies": _copies,
    "retention": _retention,
    "drill": _drill,
    "drill_cleanup": _drill_cleanup,
    "failover": _failover,
}
