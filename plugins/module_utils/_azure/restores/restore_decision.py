# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What to do to restore disks and, on request, the VM; and to remove what a restore made. Pure."""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ansible_collections.bcdr.multicloud.plugins.module_utils._azure.ids import (
    COMPUTE,
    DISK_TYPE,
    ResourceId,
    id_key,
    same_id,
)
from ansible_collections.bcdr.multicloud.plugins.module_utils._azure.restores.restored import (
    Disk,
    Vm,
    VmWanted,
    disk_body,
    disk_name,
    verify_restored,
    vm_body,
)
from ansible_collections.bcdr.multicloud.plugins.module_utils._azure.restores.values import (
    Holder,
    Origin,
    Source,
    SourceDisk,
)
from ansible_collections.bcdr.multicloud.plugins.module_utils._core.reconcile import (
    ABSENT,
    BLOCKED,
    FAILED,
    RUNNING,
    SUCCEEDED,
    Action,
    Decision,
)
from ansible_collections.bcdr.multicloud.plugins.module_utils._core.recovery_points import iso_timestamp


@dataclass(frozen=True)
class RestoreWanted:
    """`point` "" means the newest usable one; `disks` empty means all; `sizes_gb` by name of the source disk."""

    origin: Origin
    holder_id: str
    subscription: str
    group: str
    state: str = "present"
    point: str = ""
    disks: tuple[str, ...] = ()
    name_format: str = "{disk}"
    sku: str = ""
    zone: str = ""
    sizes_gb: Mapping[str, int] = field(default_factory=dict)
    encryption_set_id: str = ""
    tags: Mapping[str, str] = field(default_factory=dict)
    vm: VmWanted | None = None

    def disk_id(self, name: str) -> str:
        return str(ResourceId(self.subscription, self.group, COMPUTE, (DISK_TYPE,), (name,)))


@dataclass(frozen=True)
class RestoreObserved:
    """`disks` are those of the target resource group; `began` is when this run started its first restore.

    `started` are the keys of what this run has started to make, and `removal_key` of what it has started to remove.
    """

    holder: Holder | None
    now: datetime.datetime
    disks: tuple[Disk, ...] = ()
    vm: Vm | None = None
    began: datetime.datetime | None = None
    started: frozenset[str] = frozenset()
    failures: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class _Plan:
    """One disk to restore: the point's disk, the name it gets, and the disk that has the name already."""

    source: SourceDisk
    name: str
    existing: Disk | None


def decide_restore(wanted: RestoreWanted, observed: RestoreObserved) -> Decision:
    """Return which disks and VM to make (state present), or which to remove (absent)."""
    if wanted.state == "absent":
        return _decide_absent(wanted, observed)
    if observed.holder is None:
        return Decision(FAILED, f"there is no {wanted.origin.holder} {wanted.holder_id}")
    point, problem = choose_point(wanted, observed.holder, observed.disks)
    if point is None:
        return problem
    result: dict[str, Any] = _point_result(wanted.origin.key, point, observed)
    if not point.usable:
        return Decision(
            BLOCKED,
            f"{point.name} cannot be restored: it is {point.status}, and its disks have not all arrived: "
            f"{point.describe_disks() or 'none is known yet'}; choose an older point or wait until its copy is done",
            result=result,
        )
    problem_text = _bad_choice(wanted, point)
    if problem_text:
        return Decision(FAILED, problem_text, result=result)
    plans = _plans(wanted, point, observed.disks)
    for plan in plans:
        taken = _taken(wanted, plan)
        if taken:
            return Decision(BLOCKED, taken, result=result)
    vm_problem = _vm_taken(wanted, observed.vm, plans)
    if vm_problem:
        return Decision(BLOCKED, vm_problem, result=result)
    return _progress(wanted, observed, observed.holder, point, plans, result)


def choose_point(wanted: RestoreWanted, holder: Holder, disks: Sequence[Disk]) -> tuple[Source | None, Decision]:
    """Return the point to restore, or the decision that says why there is none.

    Without a name it is the newest usable one; but names that are taken by disks of an earlier restore from the same
    holder mean that restore, so that running again completes it even when a newer point has arrived since.
    """
    if wanted.point:
        named = holder.point(wanted.point)
        if named is None:
            known = ", ".join(point.name for point in holder.by_age()[-5:]) or "none"
            return None, Decision(
                FAILED, f"{holder.name} has no {wanted.origin.noun} {wanted.point}; its newest are: {known}"
            )
        return named, Decision(SUCCEEDED)
    if "{point}" not in wanted.name_format:
        begun = _begun_from(wanted, disks)
        if begun:
            point = holder.point(begun)
            if point is None:
                return None, Decision(
                    BLOCKED,
                    f"resource group {wanted.group} holds disks of an earlier restore from {begun}, which no longer exists; "
                    "remove them, or give another disk_name_format or target_resource_group",
                )
            return point, Decision(SUCCEEDED)
    by_age = holder.by_age()
    newest = next((point for point in reversed(by_age) if point.usable and point.created), None)
    if newest is None:
        latest = by_age[-1] if by_age else None
        how_far = f"; the newest, {latest.name}, is {latest.status}: {latest.describe_disks()}" if latest else ""
        return None, Decision(BLOCKED, f"{holder.name} has no {wanted.origin.noun} that can be restored{how_far}")
    return newest, Decision(SUCCEEDED)


def _begun_from(wanted: RestoreWanted, disks: Sequence[Disk]) -> str:
    """Return the name of the point that disks with our names were restored from; "" when there are none."""
    found = (_restored_from(wanted, disk) for disk in sorted(disks, key=lambda disk: disk.name))
    return next((point for point in found if point), "")


def _restored_from(wanted: RestoreWanted, disk: Disk) -> str:
    """Return the name of the wanted holder's point that the disk was restored from under the name that we would
    give it; "" for any other disk."""
    source = wanted.origin.source_of(disk)
    if source is None or source[0] != id_key(wanted.holder_id):
        return ""
    name = disk_name(wanted.name_format, source[2], source[1], wanted.vm.name if wanted.vm else "")
    return source[1] if disk.name.lower() == name.lower() else ""


def _point_result(key: str, point: Source, observed: RestoreObserved) -> dict[str, Any]:
    rpo = None if point.created is None else max(0, round((observed.now - point.created).total_seconds()))
    return {
        key: point.name,
        **({f"{key}_id": point.id} if point.id else {}),
        f"{key}_created_at": iso_timestamp(point.created),
        "rpo_seconds": rpo,
    }


def _chosen(wanted: RestoreWanted, point: Source) -> list[SourceDisk]:
    names = {name.lower() for name in wanted.disks}
    return [disk for disk in point.disks if not names or disk.name.lower() in names]


def _bad_choice(wanted: RestoreWanted, point: Source) -> str:
    """Return what is wrong with the choice of disks; "" when nothing is."""
    known = {disk.name.lower(): disk for disk in point.disks}
    listed = ", ".join(disk.name for disk in point.disks)
    for option, names in (("disks", wanted.disks), ("disk_size_gb", tuple(wanted.sizes_gb))):
        unknown = [name for name in names if name.lower() not in known]
        if unknown:
            return f"{option}: {point.name} has no disk {', '.join(unknown)}; it has {listed}"
    for name, size in wanted.sizes_gb.items():
        if size < known[name.lower()].size_gb:
            return f"disk_size_gb: {name} has {known[name.lower()].size_gb} GB and cannot be restored to {size} GB"
    if wanted.vm and not any(disk.is_os for disk in _chosen(wanted, point)):
        return "disks: a VM needs the OS disk, which is not among the chosen ones"
    return ""


def _plans(wanted: RestoreWanted, point: Source, disks: Sequence[Disk]) -> list[_Plan]:
    by_name = {disk.name.lower(): disk for disk in disks}
    vm_name = wanted.vm.name if wanted.vm else ""
    plans = []
    for source in _chosen(wanted, point):
        name = disk_name(wanted.name_format, source.name, point.name, vm_name)
        plans.append(_Plan(source, name, by_name.get(name.lower())))
    return plans


def _taken(wanted: RestoreWanted, plan: _Plan) -> str:
    """Return why the disk's name cannot be used; "" when it is free or the disk is the one that is wanted."""
    existing = plan.existing
    if existing is None:
        return ""
    where = f"disk {plan.name} in resource group {wanted.group}"
    if not same_id(existing.source_id, plan.source.point_id):
        origin = existing.source_id or "something else"
        return f"{where} exists and was made from {origin}; give another disk_name_format or target_resource_group"
    if wanted.vm and existing.attached_to and not same_id(existing.attached_to, wanted.vm.id):
        return f"{where} is attached to {existing.attached_to}"
    return ""


def _vm_taken(wanted: RestoreWanted, vm: Vm | None, plans: Sequence[_Plan]) -> str:
    if wanted.vm is None or vm is None:
        return ""
    ours = {id_key(wanted.disk_id(plan.name)) for plan in plans}
    strange = [disk for disk in vm.disk_ids if id_key(disk) not in ours]
    if strange or not vm.disk_ids:
        return f"virtual machine {vm.name} in resource group {wanted.group} exists and does not run on the restored disks; give another vm.name"
    return ""


def _progress(
    wanted: RestoreWanted,
    observed: RestoreObserved,
    holder: Holder,
    point: Source,
    plans: Sequence[_Plan],
    result: dict[str, Any],
) -> Decision:
    sizes = {name.lower(): size for name, size in wanted.sizes_gb.items()}
    actions: list[Action] = []
    failed: list[str] = []
    waiting: list[str] = []
    for plan in plans:
        key = id_key(wanted.disk_id(plan.name))
        if plan.existing is None:
            if key in observed.started:
                why = observed.failures.get(key)
                (failed if why else waiting).append(f"disk {plan.name}: {why}" if why else plan.name)
                continue
            body = disk_body(
                plan.source,
                point,
                wanted.origin.create_option,
                location=holder.location,
                sku=wanted.sku,
                zone=wanted.zone,
                size_gb=sizes.get(plan.source.name.lower()),
                encryption_set_id=wanted.encryption_set_id,
                tags=wanted.tags,
            )
            after = {"from": plan.source.point_id, "location": holder.location, "tags": dict(wanted.tags)}
            actions.append(
                Action(
                    "create", f"disk {wanted.group}/{plan.name}", after=after, payload={"name": plan.name, "body": body}
                )
            )
        elif plan.existing.failed:
            why = observed.failures.get(key) or observed.failures.get(removal_key(key))
            going = removal_key(key) in observed.started
            if why is None and (going or (key not in observed.started and not plan.existing.used)):
                # Left by an earlier run: it goes, and is made again once it is gone.
                if going:
                    waiting.append(plan.name)
                else:
                    actions.append(_remove_failed(wanted, plan.existing))
                continue
            failed.append(f"disk {plan.name}: {why or 'Azure keeps no reason; delete it and run again'}")
        elif not plan.existing.ready:
            waiting.append(plan.name)
    ready = sum(1 for plan in plans if plan.existing and plan.existing.ready)
    result["disks"] = [_disk_result(wanted, plan) for plan in plans]
    result["recovery_seconds"] = None
    if failed:
        return Decision(FAILED, "; ".join(failed), result=result)
    create_vm = None
    if wanted.vm and observed.vm is None:
        create_vm = _create_vm(wanted, wanted.vm, holder, point, plans)
    steps = len(plans) + (1 if wanted.vm else 0)
    if actions or waiting:
        names = ", ".join([action.resource.rsplit("/", 1)[-1] for action in actions] + waiting)
        return Decision(
            RUNNING,
            f"disks are being restored: {names}",
            actions=tuple(actions),
            later=(create_vm,) if create_vm else (),
            percent=100.0 * ready / steps,
            result=result,
        )
    if wanted.vm:
        result["vm_id"] = wanted.vm.id
        key = id_key(wanted.vm.id)
        if observed.vm is None and key in observed.failures:
            return Decision(FAILED, f"virtual machine {wanted.vm.name}: {observed.failures[key]}", result=result)
        if observed.vm is None or not observed.vm.ready:
            begin = (create_vm,) if create_vm and key not in observed.started else ()
            if observed.vm is not None and observed.vm.failed:
                why = observed.failures.get(key)
                if why:
                    return Decision(FAILED, f"virtual machine {wanted.vm.name}: {why}", result=result)
                # Left by an earlier run, or gone wrong since: what Azure advises for both.
                begin = () if key in observed.started else (_reapply_vm(wanted, wanted.vm),)
            return Decision(
                RUNNING,
                f"virtual machine {wanted.vm.name} is being created",
                actions=begin,
                percent=100.0 * ready / steps,
                result=result,
            )
    if observed.began is not None:
        result["recovery_seconds"] = max(0, round((observed.now - observed.began).total_seconds()))
    pairs = [(plan.source, plan.existing) for plan in plans if plan.existing]
    result["verification"] = verification = verify_restored(
        pairs, point, len(_chosen(wanted, point)), wanted.origin.noun
    )
    if not verification["matches"]:
        return Decision(
            FAILED,
            f"restored, but not what the {wanted.origin.noun} holds: {'; '.join(verification['differences'])}",
            result=result,
        )
    return Decision(SUCCEEDED, percent=100.0, result=result)


def _disk_result(wanted: RestoreWanted, plan: _Plan) -> dict[str, Any]:
    return {
        "id": plan.existing.id if plan.existing else wanted.disk_id(plan.name),
        "name": plan.name,
        "source_disk": plan.source.name,
        "lun": plan.source.lun,
        "size_gb": plan.existing.size_gb if plan.existing else None,
        "provisioning_state": plan.existing.provisioning_state if plan.existing else None,
        # Tells a disk from one of the same name that was deleted before.
        "created_at": iso_timestamp(plan.existing.created) if plan.existing else None,
    }


def _create_vm(wanted: RestoreWanted, vm: VmWanted, holder: Holder, point: Source, plans: Sequence[_Plan]) -> Action:
    pairs = [(plan.source, wanted.disk_id(plan.name)) for plan in plans]
    body = vm_body(vm, point, pairs, location=holder.location, zone=wanted.zone, tags=wanted.tags)
    after = {
        "vm_size": body["properties"]["hardwareProfile"]["vmSize"],
        "location": holder.location,
        "disks": [plan.name for plan in plans],
        "network": list(vm.network_interface_ids) or vm.subnet_id,
        "tags": dict(wanted.tags),
    }
    return Action(
        "create",
        f"virtual machine {wanted.group}/{vm.name}",
        after=after,
        payload={"vm": vm, "body": body},
    )


def removal_key(key: str) -> str:
    """Return under which key the removal of a failed disk is tracked, apart from its being made again."""
    return f"{key}#removal"


def _remove_failed(wanted: RestoreWanted, disk: Disk) -> Action:
    return Action(
        "delete",
        f"failed disk {wanted.group}/{disk.name}",
        before={"from": disk.source_id, "provisioning_state": disk.provisioning_state},
        payload={"id": disk.id, "key": removal_key(id_key(disk.id))},
    )


def _reapply_vm(wanted: RestoreWanted, vm: VmWanted) -> Action:
    return Action(
        "reapply",
        f"virtual machine {wanted.group}/{vm.name}",
        before={"provisioning_state": "Failed"},
        after={"provisioning_state": "Succeeded"},
        payload={"id": vm.id},
    )


def _is_made_by(wanted: RestoreWanted, disk: Disk) -> bool:
    """Return whether a restore with these options has made the disk."""
    point, source = _restored_from(wanted, disk), wanted.origin.source_of(disk)
    if not point or source is None:
        return False
    names = {name.lower() for name in wanted.disks}
    return (
        (not wanted.point or point.lower() == wanted.point.lower())
        and (not names or source[2].lower() in names)
        and all(disk.tags.get(name) == value for name, value in wanted.tags.items())
    )


def _decide_absent(wanted: RestoreWanted, observed: RestoreObserved) -> Decision:
    """Remove only what was restored from the wanted holder, bears our names and all the given tags."""
    disks = [disk for disk in observed.disks if _is_made_by(wanted, disk)]
    keys = {id_key(disk.id) for disk in disks}
    vm = observed.vm
    if vm is not None and not any(id_key(disk) in keys for disk in vm.disk_ids):
        return Decision(
            BLOCKED,
            f"virtual machine {vm.name} in resource group {wanted.group} does not run on disks that this restore made; it is left alone",
        )
    for disk in disks:
        # Of a VM of ours that has just gone the list of disks may not know yet.
        if disk.attached_to and not (wanted.vm and same_id(disk.attached_to, wanted.vm.id)):
            return Decision(
                BLOCKED,
                f"disk {disk.name} in resource group {wanted.group} is attached to {disk.attached_to}; it is left alone",
            )
    gone = {"disks": [{"id": disk.id, "name": disk.name} for disk in disks]}
    failed = [why for key, why in sorted(observed.failures.items())]
    if failed:
        return Decision(FAILED, f"could not be removed: {'; '.join(failed)}", result=gone)
    if vm is None and not disks:
        return Decision(ABSENT)
    removals = tuple(
        Action("delete", f"disk {wanted.group}/{disk.name}", before={"from": disk.source_id}, payload={"id": disk.id})
        for disk in disks
        if not disk.deleting and id_key(disk.id) not in observed.started
    )
    if vm is not None:
        key = id_key(vm.id)
        remove_vm = Action(
            "delete",
            f"virtual machine {wanted.group}/{vm.name}",
            before={"disks": len(vm.disk_ids)},
            payload={"id": vm.id},
        )
        return Decision(
            RUNNING,
            f"virtual machine {vm.name} is being removed",
            actions=() if vm.deleting or key in observed.started else (remove_vm,),
            later=removals,
            result=gone,
        )
    return Decision(RUNNING, f"{len(disks)} disks are being removed", actions=removals, result=gone)
