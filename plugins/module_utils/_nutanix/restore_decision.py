# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What to do so that VMs and volume groups are there as a recovery point has them, or what was made is gone again. Pure.

Prism Central restores as often as it is asked to, and names are not unique. A VM or volume group that is asked for by a
name is there if one has this name that a restore of such a recovery point has made, or if it is a VM that has the
description that is asked for too. What has no name of its own is known by the id of its request only, as long as Prism
Central keeps that.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from ansible_collections.bcdr.multicloud.plugins.module_utils._core.reconcile import (
    ABSENT,
    BLOCKED,
    FAILED,
    PENDING,
    RUNNING,
    SUCCEEDED,
    UNSETTLED,
    Action,
    Decision,
)
from ansible_collections.bcdr.multicloud.plugins.module_utils._core.recovery_points import iso_timestamp
from ansible_collections.bcdr.multicloud.plugins.module_utils._nutanix.attempts import Attempts, task_results
from ansible_collections.bcdr.multicloud.plugins.module_utils._nutanix.tokens import derived_request_id
from ansible_collections.bcdr.multicloud.plugins.module_utils._nutanix.values import (
    RecoveryPoint,
    Task,
    VmRecoveryPoint,
    VolumeGroupRecoveryPoint,
    as_recovery_point,
    named_shortly,
    newest_usable,
)

VM, VOLUME_GROUP = "VM", "volume group"
# What the completion details of a restore call that which it has made.
MADE = {VM: "vmExtIds", VOLUME_GROUP: "volumeGroupExtIds"}
_OVERRIDES = {
    VM: ("vm_recovery_point_restore_overrides", "vm_recovery_point_ext_id"),
    VOLUME_GROUP: ("volume_group_recovery_point_restore_overrides", "volume_group_recovery_point_ext_id"),
}


@dataclass(frozen=True)
class Part:
    """A part of a recovery point to restore, named by its own id (`ext_id`) or by that of what it is of (`source`).

    `spec` is its override as the API has it in snake case; `subnet` is for the NICs that the spec does not name.
    """

    kind: str
    ext_id: str = ""
    source: str = ""
    name: str = ""
    description: str = ""
    subnet: str = ""
    spec: Mapping[str, Any] = field(default_factory=dict, hash=False)

    @property
    def label(self) -> str:
        return self.name or self.ext_id or self.source

    def found_in(self, point: RecoveryPoint) -> VmRecoveryPoint | VolumeGroupRecoveryPoint | None:
        """Return the part of the recovery point that is meant, or None."""
        parts: Iterable[VmRecoveryPoint | VolumeGroupRecoveryPoint] = (
            point.vm_recovery_points if self.kind == VM else point.volume_group_recovery_points
        )
        for part in parts:
            if self.ext_id in ("", part.ext_id) and self.source in ("", part.entity_ext_id):
                return part
        return None


@dataclass(frozen=True)
class RestoreWanted:
    """Without `ext_id` it is the newest usable recovery point that has all `parts`; without `parts` all are restored.

    `cluster_ext_id` "" leaves the choice to Prism Central.
    """

    ext_id: str = ""
    cluster_ext_id: str = ""
    parts: tuple[Part, ...] = ()
    instant: bool = False
    power_on: bool = False
    absent: bool = False


@dataclass(frozen=True)
class Existing:
    """A VM or volume group that has a wanted name, or that a task of this run has made.

    `made_from` is the recovery point that a restore has made it from, "" if that is not known. `power` is "" for a volume group.
    """

    kind: str
    ext_id: str
    name: str
    description: str = ""
    power: str = ""
    made_from: str = ""


@dataclass(frozen=True)
class RestoreObserved:
    """`points` are the recovery points that may be meant: the one of the id, or those of the VMs and volume groups.

    `existing` are those that have a wanted name, and what this run has made. `changes` are the tasks of this run that switch
    them on or delete them, by the id of what they change. `nics` are the ids of the network interfaces of
    VMs in the recovery point, by the id of their part, where a subnet is to be set. `under_way` are restores that have not ended
    of the other points; of all of them where what was made is to go, or part of it is there. `watched` says that this run has
    seen the restore unfinished.
    """

    points: tuple[RecoveryPoint, ...]
    now: datetime.datetime
    container: str = ""
    existing: tuple[Existing, ...] = ()
    attempts: Attempts = field(default_factory=Attempts)
    changes: Mapping[str, Task] = field(default_factory=dict)
    nics: Mapping[str, Sequence[str]] = field(default_factory=dict)
    under_way: tuple[Task, ...] = ()
    watched: bool = False


def usable_points(wanted: RestoreWanted, points: Iterable[RecoveryPoint]) -> list[RecoveryPoint]:
    """Return those that may be meant: the one of the id, else those that have all parts."""
    return [
        point
        for point in points
        if (point.ext_id == wanted.ext_id if wanted.ext_id else all(part.found_in(point) for part in wanted.parts))
    ]


def choose_point(
    wanted: RestoreWanted, points: Iterable[RecoveryPoint], now: datetime.datetime
) -> RecoveryPoint | None:
    """Return the recovery point to restore: the one of the id, however it is, else the newest usable one.

    The newest may not have been replicated to the cluster yet: then it is the newest that has been, if there is one.
    """
    meant = usable_points(wanted, points)
    if wanted.ext_id:
        return next(iter(meant), None)
    cluster = wanted.cluster_ext_id
    there = [point for point in meant if not cluster or not point.cluster_ext_ids or cluster in point.cluster_ext_ids]
    return newest_usable(there, now) or newest_usable(meant, now)


def made_by_restore(task: Task | None) -> dict[str, str]:
    """Return the ids of what a restore has made, with their kinds."""
    if task is None or task.status != SUCCEEDED:
        return {}
    return {ext_id: kind for kind, name in MADE.items() for ext_id in task.ids(name)}


def present_parts(wanted: RestoreWanted, observed: RestoreObserved) -> dict[Part, Existing]:
    """Return what is there of the parts that have a name of their own."""
    made = made_by_restore(observed.attempts.current)
    meant = {point.ext_id for point in usable_points(wanted, observed.points)}
    found = {}
    for part in wanted.parts:
        named = [one for one in observed.existing if part.name and (one.kind, one.name) == (part.kind, part.name)]
        for one in sorted(named, key=lambda one: one.ext_id):
            same_description = bool(part.description) and part.description == one.description
            restored = one.ext_id in made or one.made_from in meant
            # A restore with another description was for something else, and is not to be deleted with this.
            if same_description or (restored and not (wanted.absent and part.description)):
                found[part] = one
    return found


def decide_restore(wanted: RestoreWanted, observed: RestoreObserved) -> Decision:
    """Return whether to restore, what of it, and how far that is."""
    present = present_parts(wanted, observed)
    if wanted.absent:
        return _decide_absent(wanted, observed, present)
    result = _result(wanted, observed, present)
    task = observed.attempts.current
    missing = [part for part in wanted.parts if part not in present]
    if task is not None and task.status != SUCCEEDED:
        return Decision(task.status, task.reason, percent=task.percent, later=_later(wanted, present), result=result)
    if task is not None:
        late = [part.label for part in missing if part.name]
        if late:
            reason = f"the restore is done, and not listed yet is {', '.join(late)}"
            return Decision(RUNNING, reason, result=result)
        return _decide_power(wanted, observed, present, result)
    if wanted.parts and not missing:
        return _decide_power(wanted, observed, present, result)
    point = choose_point(wanted, observed.points, observed.now)
    if point is None:
        return Decision(FAILED, _no_point(wanted), result=result)
    problem = _problem(wanted, observed, point, missing)
    if problem:
        return Decision(BLOCKED, problem, result=result)
    if observed.under_way:
        ids = ", ".join(task.ext_id for task in observed.under_way)
        reason = f"another restore is under way ({ids}); what it makes is known when it has ended"
        return Decision(PENDING, reason, result=result)
    if observed.attempts.exhausted:
        return Decision(FAILED, "Prism Central answers each new request with a task of an earlier one", result=result)
    warnings = _several_moments(observed, point, present)
    return replace(_restore(wanted, observed, point, missing, _later(wanted, present), result), warnings=warnings)


def _several_moments(
    observed: RestoreObserved, point: RecoveryPoint, present: Mapping[Part, Existing]
) -> tuple[str, ...]:
    """Warn of what is there already and has been restored from another recovery point than the rest will be."""
    others = sorted(one.name for one in present.values() if one.made_from not in ("", point.ext_id))
    if not others:
        return ()
    made = iso_timestamp(point.created)
    return (
        f"{named_shortly(others)} is there from another recovery point than that from {made}, which the rest is restored from",
    )


def _no_point(wanted: RestoreWanted) -> str:
    if wanted.ext_id:
        return f"there is no recovery point {wanted.ext_id}"
    return f"there is no usable recovery point of {named_shortly(part.source for part in wanted.parts)}"


def _restore(
    wanted: RestoreWanted,
    observed: RestoreObserved,
    point: RecoveryPoint,
    missing: Sequence[Part],
    later: tuple[Action, ...],
    result: dict[str, Any],
) -> Decision:
    spec: dict[str, Any] = {
        "cluster_ext_id": wanted.cluster_ext_id or None,
        "is_instant_restore": True if wanted.instant else None,
    }
    for kind, (option, id_name) in _OVERRIDES.items():
        overrides = []
        for part in missing:
            if part.kind == kind:
                ext_id = _part_id(part, point)
                overrides.append({id_name: ext_id, **_with_subnet(part, observed.nics.get(ext_id, ()))})
        spec[option] = overrides or None
    count = len(missing) or len(point.vm_recovery_points) + len(point.volume_group_recovery_points)
    action = Action(
        "restore",
        f"{count} part{'' if count == 1 else 's'} of recovery point {point.name or point.ext_id}",
        after={
            "recovery_point_ext_id": point.ext_id,
            "cluster_ext_id": wanted.cluster_ext_id or None,
            "parts": [_part_id(part, point) for part in missing] or "all",
            "names": sorted(part.name for part in missing if part.name),
        },
        payload={
            "point": point.ext_id,
            "spec": spec,
            "token": derived_request_id("restore", point.ext_id, spec, observed.attempts.number),
        },
    )
    result = {**result, **_point_result(observed, point)}
    return Decision(RUNNING, "the restore is starting", actions=(action,), later=later, result=result)


def _part_id(part: Part, point: RecoveryPoint) -> str:
    found = part.found_in(point)
    return found.ext_id if found is not None else part.ext_id


def _with_subnet(part: Part, nics: Sequence[str]) -> Mapping[str, Any]:
    """Return the override of the part with its subnet for each network interface that it says nothing about."""
    if not part.subnet or not nics:
        return part.spec
    override = dict(part.spec["vm_override_spec"])
    given = override.get("nic_spec") or {}
    told = list(given.get("nic_override_list") or ())
    known = {nic["nic_ext_id"] for nic in told} | set(given.get("nic_remove_list") or ())
    told += [nic_override(ext_id, part.subnet) for ext_id in nics if ext_id not in known]
    override["nic_spec"] = {**given, "nic_override_list": told or None}
    return {**part.spec, "vm_override_spec": override}


def nic_override(ext_id: str, subnet: str, mac: str = "", address: str = "") -> dict[str, Any]:
    """Return what the API takes for a network interface that is to be in another subnet, in snake case."""
    network: dict[str, Any] = {"object_type": "vmm.v4.ahv.config.VmRestoreVirtualEthernetNicNetworkInfoOverrideSpec"}
    if subnet:
        network["subnet"] = {"ext_id": subnet}
    if address:
        network["ipv4_config"] = {"ip_address": {"value": address}}
    override: dict[str, Any] = {"nic_ext_id": ext_id, "nic_network_info": network}
    if mac:
        kind = "vmm.v4.ahv.config.VmRestoreVirtualEthernetNicOverrideSpec"
        override["nic_backing_info"] = {"object_type": kind, "mac_address": mac}
    return override


def _later(wanted: RestoreWanted, present: Mapping[Part, Existing]) -> tuple[Action, ...]:
    if not wanted.power_on:
        return ()
    on = {part for part, one in present.items() if one.power == "ON"}
    return tuple(_power_on(part.label) for part in wanted.parts if part.kind == VM and part not in on)


def _power_on(name: str, power: str = "OFF", ext_id: str = "") -> Action:
    """Return the action that switches a VM on; one that has just been restored is off."""
    return Action(
        "power on",
        f"VM {name}",
        before={"power_state": power},
        after={"power_state": "ON"},
        payload={"power_on": ext_id},
    )


def _problem(wanted: RestoreWanted, observed: RestoreObserved, point: RecoveryPoint, missing: Sequence[Part]) -> str:
    """Return which rule forbids to restore; "" when none is known."""
    if point.expired(observed.now):
        return "the recovery point has expired"
    if not point.usable:
        return f"the recovery point is {point.status or 'in no known status'} and cannot be restored"
    if wanted.cluster_ext_id and point.cluster_ext_ids and wanted.cluster_ext_id not in point.cluster_ext_ids:
        return f"the recovery point has no data on cluster {wanted.cluster_ext_id}, only on {', '.join(point.cluster_ext_ids)}"
    unknown = [part.ext_id or part.source for part in wanted.parts if part.found_in(point) is None]
    if unknown:
        return f"the recovery point has no part {', '.join(unknown)}"
    return _taken(observed, missing)


def _taken(observed: RestoreObserved, missing: Sequence[Part]) -> str:
    for part in missing:
        taken = sorted(
            one.ext_id for one in observed.existing if part.name and (one.kind, one.name) == (part.kind, part.name)
        )
        if taken:
            with_it = " with this description" if part.description else ""
            return (
                f"there is a {part.kind} {part.name} already, {', '.join(taken)}, and no restore of this recovery point{with_it} is "
                "known that has made it; choose another name or delete it"
            )
    return ""


def _decide_power(
    wanted: RestoreWanted, observed: RestoreObserved, present: Mapping[Part, Existing], result: dict[str, Any]
) -> Decision:
    """All is there: whether the VMs are to be switched on."""
    off = (
        [one for one in _restored(observed, present) if one.kind == VM and one.power != "ON"] if wanted.power_on else []
    )
    under_way = _under_way(observed, off, "listed as on", result)
    if under_way is not None:
        return under_way
    actions = tuple(
        _power_on(one.name or one.ext_id, one.power, one.ext_id) for one in off if one.ext_id not in observed.changes
    )
    if actions:
        return Decision(RUNNING, "the VMs are being switched on", actions=actions, result=result)
    if observed.watched and observed.attempts.current is not None and observed.attempts.current.created is not None:
        took = observed.now - observed.attempts.current.created
        result = {**result, "recovery_seconds": max(0, round(took.total_seconds()))}
    return Decision(SUCCEEDED, percent=100.0, result=result)


def _under_way(
    observed: RestoreObserved, unfinished: Sequence[Existing], goal: str, result: dict[str, Any]
) -> Decision | None:
    """Return how far the tasks of this run are that bring the unfinished to their goal; None while some have none."""
    tasks = [observed.changes[one.ext_id] for one in unfinished if one.ext_id in observed.changes]
    failed = [task for task in tasks if task.status == FAILED]
    waiting = [task for task in tasks if task.status in UNSETTLED]
    for task in (*failed, *waiting):
        return Decision(task.status, task.reason, percent=task.percent, result=result)
    if tasks and len(tasks) == len(unfinished):
        return Decision(RUNNING, f"{', '.join(one.name for one in unfinished)} is not {goal} yet", result=result)
    return None


def _restored(observed: RestoreObserved, present: Mapping[Part, Existing]) -> list[Existing]:
    """Return all that is there: what has a name of its own, and what this request has made."""
    made = made_by_restore(observed.attempts.current)
    found = {one.ext_id: one for one in present.values()}
    found.update({one.ext_id: one for one in observed.existing if one.ext_id in made})
    return list(found.values())


def _decide_absent(wanted: RestoreWanted, observed: RestoreObserved, present: Mapping[Part, Existing]) -> Decision:
    result = _result(wanted, observed, present)
    taken = _taken(observed, [part for part in wanted.parts if part not in present])
    if taken:
        return Decision(BLOCKED, taken.partition(";")[0] + ", so it is not deleted", result=result)
    if observed.under_way:
        ids = ", ".join(task.ext_id for task in observed.under_way)
        reason = f"a restore is under way ({ids}); what it makes is known, and can be deleted, when it has ended"
        return Decision(RUNNING, reason, result=result)
    if not present:
        return Decision(ABSENT, result=result)
    under_way = _under_way(observed, list(present.values()), "gone", result)
    if under_way is not None:
        return under_way
    actions = tuple(
        Action(
            "delete",
            f"{one.kind} {one.name}",
            before={"ext_id": one.ext_id, "name": one.name},
            payload={"delete": one.ext_id, "kind": one.kind},
        )
        for one in present.values()
        if one.ext_id not in observed.changes
    )
    return Decision(RUNNING, "what was restored is being deleted", actions=actions, result=result)


def _point_result(observed: RestoreObserved, point: RecoveryPoint | None) -> dict[str, Any]:
    created = point.created if point else None
    return {
        "ext_id": point.ext_id if point else None,
        "recovery_point": as_recovery_point(point, observed.container).as_result(observed.now) if point else None,
        "recovery_point_created_at": iso_timestamp(created),
        "rpo_seconds": max(0, round((observed.now - created).total_seconds())) if created else None,
    }


def _result(wanted: RestoreWanted, observed: RestoreObserved, present: Mapping[Part, Existing]) -> dict[str, Any]:
    task = observed.attempts.current
    restored = _restored(observed, present)
    meant = {point.ext_id: point for point in usable_points(wanted, observed.points)}
    origins = [one.made_from for one in restored if one.made_from in meant]
    origins += [ext_id for ext_id in (task.entity_ext_ids if task else ()) if ext_id in meant]
    # What is of several is as old as the oldest.
    oldest = min(
        (meant[ext_id] for ext_id in origins),
        key=lambda one: (iso_timestamp(one.created) or "", one.ext_id),
        default=None,
    )
    point = oldest or (meant.get(wanted.ext_id) if wanted.ext_id else None)
    seconds = None
    if task is not None and task.status == SUCCEEDED and task.created and task.completed:
        seconds = round((task.completed - task.created).total_seconds())
    by_kind = {kind: [one.ext_id for one in restored if one.kind == kind] for kind in MADE}
    # What a task has made is told also while it is not listed yet.
    for ext_id, kind in made_by_restore(task).items():
        if ext_id not in by_kind[kind]:
            by_kind[kind].append(ext_id)
    tasks = [*observed.attempts.tasks, *observed.changes.values()]
    return {
        **_point_result(observed, point),
        "ext_id": point.ext_id if point else wanted.ext_id or None,
        "vms": [
            {"ext_id": one.ext_id, "name": one.name, "power_state": one.power} for one in restored if one.kind == VM
        ],
        "volume_groups": [{"ext_id": one.ext_id, "name": one.name} for one in restored if one.kind == VOLUME_GROUP],
        "vm_ext_ids": by_kind[VM],
        "volume_group_ext_ids": by_kind[VOLUME_GROUP],
        "vms_ext_ids": ",".join(by_kind[VM]),
        "vgs_ext_ids": ",".join(by_kind[VOLUME_GROUP]),
        "restore_seconds": seconds,
        "recovery_seconds": None,
        "response": dict(observed.attempts.tasks[-1].raw) if observed.attempts.tasks else None,
        "task_ext_id": tasks[-1].ext_id if tasks else None,
        "tasks": task_results(tasks),
    }
