# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""From workloads of type nutanix_vm to the batches of the modules, and from their results to a status. Pure.

A recovery point holds some 30 VMs and volume groups at most. A larger workload is spread over several: each step has
one item for each part of it then.
"""

from __future__ import annotations

import typing as t
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ansible_collections.bcdr.multicloud.plugins.module_utils._core.durations import format_duration
from ansible_collections.bcdr.multicloud.plugins.module_utils._nutanix.options import login_elsewhere
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
    duration_of,
    failed_over,
    homeward,
    objective,
    recovery_site,
    status_entry,
    without_none,
)

# What v4.0 of the API takes; later versions take two more (developers.nutanix.com, dataprotection, RecoveryPoint).
MOST_ENTITIES = 30
_LOGIN = (
    "nutanix_host",
    "nutanix_port",
    "nutanix_username",
    "nutanix_password",
    "nutanix_api_key",
    "validate_certs",
    "ca_path",
)
# What a failback may say, and the restore at home takes as a failover would.
_FAILBACK_OPTIONS = (
    "subnet_ext_id",
    "prefix",
    "description",
    "categories",
    "instant",
    "power_on",
    "cluster_ext_id",
)
# From the worst: what is merged stands where the worst part of it does.
_WORST = ("failed", "blocked", "pending", "running", "absent", "succeeded")


@dataclass(frozen=True)
class _Part:
    """What of a workload is in one recovery point."""

    label: str
    vms: tuple[Mapping[str, t.Any], ...]
    volume_groups: tuple[Mapping[str, t.Any], ...]

    @property
    def content(self) -> Item:
        return {
            "vm_ext_ids": [vm["ext_id"] for vm in self.vms] or None,
            "volume_group_ext_ids": [group["ext_id"] for group in self.volume_groups] or None,
        }


def batch(workloads: Sequence[Workload], step: str, points: Sequence[Item] | None = None) -> list[Item]:
    """Return the batch of the module that does `step`: points, copies, drill, drill_cleanup, failover or revert.

    `points` are the results of the step points for the same workloads; a workload that comes home has the very recovery points
    replicated that it was asked for then. Raises WorkloadError.
    """
    items = batch_of(_STEPS, workloads, step)
    if step != "copies" or points is None:
        return items
    coming = [bool(workload.get("newer_than")) for workload in workloads for _part in _parts(workload)]
    return [
        _replicating(item, point) if home and point["status"] == "succeeded" else item
        for item, point, home in zip(items, points, coming, strict=True)
    ]


def _replicating(item: Item, point: Item) -> Item:
    """Return the item for one recovery point, instead of the newest of its VMs and volume groups."""
    kept = {name: value for name, value in item.items() if name not in ("vm_ext_ids", "volume_group_ext_ids")}
    return {**kept, "ext_id": point["ext_id"]}


def status(workloads: Sequence[Workload], points: Sequence[Item], copies: Sequence[Item]) -> list[Item]:
    """Return one entry per workload: its recovery point objective, what is kept to it where, and what is to do.

    The others are the results of the modules for the same workloads in the same order. Figures are in seconds.
    """
    entries = []
    done = 0
    for workload in workloads:
        count = len(_parts(workload))
        own_points, own_copies = points[done : done + count], copies[done : done + count]
        done += count
        point = {
            **_merged(own_points),
            "rpo_seconds": _oldest([one.get("rpo_seconds") for one in own_points]),
        }
        copy = _merged(own_copies)
        targets = [_target_entry(target, index, own_copies) for index, target in enumerate(workload["targets"])]
        known = all("rpo_seconds" in one for one in own_points)
        replicas = [replica for one in own_copies for replica in one.get("replicas") or ()]
        entry = status_entry(workload, "nutanix_vm", point, copy, targets, (point, copy), known=known, copies=replicas)
        entries.append(entry)
    return entries


def _merged(parts: Sequence[Item]) -> Item:
    """Return the results of a workload's parts as one: as the worst of them stands, as far as the last of them is."""
    worst = min(parts, key=lambda part: _WORST.index(part["status"]))
    going = [part.get("progress_percent") for part in parts if part["status"] in ("pending", "running")] or [
        worst.get("progress_percent")
    ]
    percents = [percent for percent in going if percent is not None]
    return {
        "status": worst["status"],
        "reason": "; ".join(dict.fromkeys(part["reason"] for part in parts if part["reason"])),
        # Of a part that does not tell, nothing is known of the whole either.
        "progress_percent": min(percents) if len(percents) == len(going) else None,
        "actions": [action for part in parts for action in part["actions"]],
    }


def _oldest(ages: Sequence[int | None]) -> int | None:
    """Return how old the oldest is; None if one of them is not there."""
    known = [age for age in ages if age is not None]
    return max(known) if len(known) == len(ages) else None


def _target_entry(target: Mapping[str, t.Any], index: int, copies: Sequence[Item]) -> Item:
    # An item that failed before it could look has none.
    places = [(copy.get("replicas") or {}) and copy["replicas"][index] for copy in copies]
    rpo = _oldest([place.get("rpo_seconds") if place else None for place in places])
    oldest: Item = next((place for place in places if place and rpo is not None and place["rpo_seconds"] == rpo), {})
    return {
        "location": _location(target),
        "name": target["nutanix_host"],
        "known": all(place and place["target_seen"] for place in places),
        "newest_usable": oldest.get("newest_usable"),
        "rpo_seconds": rpo,
    }


def failback(workload: Workload, newer_than: str | None, found: Sequence[Item] = ()) -> tuple[Workload | None, str]:
    """Return the workload the other way round: what a failover has brought up at the other site, replicated home and restored.

    `found` are the results of failing over in check mode: only they tell the identifiers of what an earlier run has
    restored. What is missing is told in the second place. `newer_than` is the moment since which the VMs are stopped, if they
    are to come home now. Raises WorkloadError.
    """
    home = workload["failback"]
    host = home.get("nutanix_host") or workload.get("nutanix_host")
    if not host:
        raise WorkloadError(
            f"workload {workload['name']}: failback.nutanix_host: is needed, since the workload does not say which its Prism Central is"
        )
    (elsewhere, *_others) = _failover(workload)
    prefix = workload["failover"].get("prefix") or ""
    place = {**{name: workload.get(name) for name in _LOGIN}, "nutanix_host": host}
    place = {name: value for name, value in login_elsewhere(place, home).items() if name in _LOGIN}
    reversed_workload = homeward(
        workload,
        ("keep_for", "recovery_point_type", "entities_per_recovery_point"),
        newer_than,
        **{name: elsewhere.get(name) for name in _LOGIN},
        targets=[
            without_none(
                {
                    **place,
                    "location": home.get("location"),
                    "cluster_name": home.get("cluster_name"),
                    "cluster_ext_id": home.get("cluster_ext_id"),
                }
            )
        ],
        failover=without_none({name: home.get(name) for name in _FAILBACK_OPTIONS}),
    )
    vms: dict[str, str] = {}
    groups: dict[str, str] = {}
    for part in _parts(workload):
        result, problem = failed_over(found, part.label)
        if result is None:
            return None, problem
        vms.update({one["name"]: one["ext_id"] for one in result["vms"]})
        groups.update({one["name"]: one["ext_id"] for one in result["volume_groups"]})
    entities = {"vms": (workload.get("vms") or (), vms), "volume_groups": (workload.get("volume_groups") or (), groups)}
    missing = [
        one["name"] for wanted, there in entities.values() for one in wanted if prefix + one["name"] not in there
    ]
    if missing:
        return None, f"{workload['name']}: it has not been failed over completely: {', '.join(missing)} is missing"
    return {
        **reversed_workload,
        **{
            kind: [{"name": one["name"], "ext_id": there[prefix + one["name"]]} for one in wanted]
            for kind, (wanted, there) in entities.items()
        },
    }, ""


def failback_restores(workloads: Sequence[Workload], points: Sequence[Item], copies: Sequence[Item]) -> list[Item]:
    """Return the batch that restores at home what has come there, in the order of the workloads.

    The others are what `failback` returned and the results of the modules for the same workloads in the same order. It is the
    replica of the very recovery point that was made since the workload is stopped, so that running again means the same one.
    A workload of which a part has not arrived is left out.
    """
    found = []
    done = 0
    for workload in workloads:
        items = batch([workload], "failover")
        own = list(zip(points, copies, strict=True))[done : done + len(_parts(workload))]
        done += len(own)
        if all(arrived(workload, point, copy) for point, copy in own):
            found += [
                {**item, "ext_id": copy["replicas"][0]["replica_ext_id"]}
                for item, (_point, copy) in zip(items, own, strict=True)
            ]
    return found


def describe_restored(result: Item) -> tuple[str, str]:
    """Return what VMs and volume groups were restored from, and what they are now."""
    point = result["recovery_point"] or {}
    by_power: dict[str, list[str]] = {}
    for vm in result["vms"]:
        by_power.setdefault(vm["power_state"].lower(), []).append(vm["name"])
    made = [f"{', '.join(names)} {power}" for power, names in by_power.items()]
    groups = [group["name"] for group in result["volume_groups"]]
    if groups:
        made.append(f"volume group{'' if len(groups) == 1 else 's'} {', '.join(groups)}")
    return point.get("name") or result["ext_id"] or "a point that is not known any more", "; ".join(made)


def _location(target: Mapping[str, t.Any]) -> str:
    return str(target.get("location") or target["nutanix_host"])


def _parts(workload: Workload) -> list[_Part]:
    entities = [("vm", vm) for vm in workload.get("vms") or ()]
    entities += [("group", group) for group in workload.get("volume_groups") or ()]
    if not entities:
        raise WorkloadError(f"workload {workload['name']}: vms or volume_groups is needed")
    names = [(kind, entity["name"]) for kind, entity in entities]
    twice = next((name for kind, name in names if names.count((kind, name)) > 1), None)
    if twice is not None:
        raise WorkloadError(f"workload {workload['name']}: the name {twice} stands twice")
    size = int(workload.get("entities_per_recovery_point") or MOST_ENTITIES)
    if not 1 <= size <= MOST_ENTITIES + 2:
        most = MOST_ENTITIES + 2
        raise WorkloadError(f"workload {workload['name']}: entities_per_recovery_point: {size} is not 1 to {most}")
    slices = [entities[start : start + size] for start in range(0, len(entities), size)]
    return [
        _Part(
            str(workload["name"]) if len(slices) == 1 else f"{workload['name']} ({number}/{len(slices)})",
            tuple(entity for kind, entity in part if kind == "vm"),
            tuple(entity for kind, entity in part if kind == "group"),
        )
        for number, part in enumerate(slices, 1)
    ]


def _login(of: Mapping[str, t.Any]) -> Item:
    """Return how to sign in: with what is given, and with nothing else that the environment may have."""
    login = {name: of.get(name) for name in _LOGIN}
    if login["nutanix_username"] and not login["nutanix_api_key"]:
        login["nutanix_api_key"] = ""
    return login


def _points(workload: Workload) -> list[Item]:
    age, keep_for = due(workload), workload.get("keep_for")
    kept = duration_of(workload, "keep_for")
    if kept is not None and kept <= objective(workload):
        rpo = format_duration(objective(workload))
        raise WorkloadError(f"workload {workload['name']}: keep_for: {keep_for} is not longer than its rpo of {rpo}")
    return [
        {
            "label": part.label,
            **_login(workload),
            "name": part.label,
            "vm_recovery_points": [{"vm_ext_id": vm["ext_id"]} for vm in part.vms] or None,
            "volume_group_recovery_points": [{"volume_group_ext_id": group["ext_id"]} for group in part.volume_groups]
            or None,
            "recovery_point_type": workload.get("recovery_point_type"),
            **age,
            "keep_for": keep_for,
        }
        for part in _parts(workload)
    ]


def _copies(workload: Workload) -> list[Item]:
    targets = [
        without_none({name: target.get(name) for name in (*_LOGIN, "cluster_name", "cluster_ext_id")})
        for target in workload["targets"]
    ]
    return [{"label": part.label, **_login(workload), **part.content, "targets": targets} for part in _parts(workload)]


def _place(of: Mapping[str, t.Any]) -> tuple[str, str]:
    return str(of.get("nutanix_host")), str(of.get("nutanix_port") or 9440)


def _restore(workload: Workload, use: str, prefix: str, description: str | None) -> list[Item]:
    if not workload.get(use):
        return []
    site, target = recovery_site(workload, use, lambda target: (_location(target), str(target["nutanix_host"])))
    # What the target leaves out is as at the source, as for the replication.
    login = _login(login_elsewhere(workload, target))
    cluster = site.get("cluster_ext_id") or target.get("cluster_ext_id")
    if not cluster and _place(login) == _place(workload):
        # Prism Central would choose, perhaps the cluster that is lost.
        raise WorkloadError(
            f"workload {workload['name']}: {use}: cluster_ext_id is needed, since the target is the source's own Prism Central"
        )
    categories = site.get("categories")
    nics = {"subnet_ext_id": site["subnet_ext_id"]}
    return [
        {
            "label": part.label,
            **login,
            "cluster_ext_id": cluster,
            "vm_recovery_point_restore_overrides": [
                {
                    "vm_ext_id": vm["ext_id"],
                    "vm_override_spec": without_none(
                        {
                            "name": prefix + vm["name"],
                            "description": description,
                            "categories": categories,
                            "nic_spec": nics,
                        }
                    ),
                }
                for vm in part.vms
            ]
            or None,
            "volume_group_recovery_point_restore_overrides": [
                {
                    "volume_group_ext_id": group["ext_id"],
                    "volume_group_override_spec": {"name": prefix + group["name"]},
                }
                for group in part.volume_groups
            ]
            or None,
            "is_instant_restore": site.get("instant"),
            "power_on": site.get("power_on", True),
        }
        for part in _parts(workload)
    ]


def _drill(workload: Workload) -> list[Item]:
    site = workload.get("drill") or {}
    prefix = site.get("prefix") or DRILL_PREFIX
    # It is what tells later that a VM is of this drill.
    return _restore(workload, "drill", prefix, f"{DRILL_TAG}: {workload['name']}")


def _drill_cleanup(workload: Workload) -> list[Item]:
    return [{**item, "state": "absent"} for item in _drill(workload)]


def _failover(workload: Workload) -> list[Item]:
    site = workload.get("failover") or {}
    return _restore(workload, "failover", site.get("prefix") or "", site.get("description"))


def _revert(workload: Workload) -> list[Item]:
    return [
        {
            "label": f"{workload['name']}: {vm['name']}",
            **_login(workload),
            "ext_id": vm["ext_id"],
            "vm_recovery_point_ext_id": vm.get("vm_recovery_point_ext_id") or "latest",
        }
        for part in _parts(workload)
        for vm in part.vms
    ]


_STEPS: Steps = {
    "points": _points,
    "copies": _copies,
    "drill": _drill,
    "drill_cleanup": _drill_cleanup,
    "failover": _failover,
    "revert": _revert,
}
