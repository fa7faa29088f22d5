# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What to do about the copies of a collection's restore points in other regions. Pure.

Azure's rules (Azure/Cross-Region-VM-Restore-Points, and learn.microsoft.com/azure/virtual-machines/
virtual-machines-restore-points-copy): no copy within a region, none of a copy, one per point and region, in the
order of creation, one at a time per target collection, three starts an hour, two weeks at most, 500 points per VM.
Most of them Azure would only answer with an error after the start, so all are known here before anything is started.
"""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from ansible_collections.bcdr.multicloud.plugins.module_utils._azure.ids import id_key, region_key, same_id
from ansible_collections.bcdr.multicloud.plugins.module_utils._azure.restore_points.limits import (
    LONGEST_COPY,
    MAX_POINTS_PER_VM,
    MAX_STARTS_PER_HOUR,
    seconds_until_next_start,
)
from ansible_collections.bcdr.multicloud.plugins.module_utils._azure.restore_points.tags import copy_starts
from ansible_collections.bcdr.multicloud.plugins.module_utils._azure.restore_points.values import (
    REPLICATED,
    Collection,
    RestorePoint,
    created_of,
    find_copy,
    newest_usable,
)
from ansible_collections.bcdr.multicloud.plugins.module_utils._azure.tags import users_tags, wanted_tags
from ansible_collections.bcdr.multicloud.plugins.module_utils._core.durations import format_duration
from ansible_collections.bcdr.multicloud.plugins.module_utils._core.reconcile import (
    BLOCKED,
    FAILED,
    PENDING,
    RUNNING,
    SUCCEEDED,
    Action,
    Decision,
)
from ansible_collections.bcdr.multicloud.plugins.module_utils._core.recovery_points import iso_timestamp

LATEST = "latest"
ALL = "all"

# The worst of its copies is an item's status.
_WORST_FIRST = (FAILED, BLOCKED, RUNNING, PENDING, SUCCEEDED)
_NEAR_THE_LIMIT = datetime.timedelta(days=11)


@dataclass(frozen=True)
class CopyTarget:
    """One collection that copies go to; `encryption_set_id` encrypts their disks."""

    id: str
    location: str
    encryption_set_id: str = ""
    tags: Mapping[str, str] | None = None

    @property
    def name(self) -> str:
        return self.id.rsplit("/", 1)[-1]


@dataclass(frozen=True)
class CopyWanted:
    """`which` is ("latest",), ("all",) or names of restore points of the source collection."""

    source_id: str
    targets: tuple[CopyTarget, ...]
    which: tuple[str, ...] = (LATEST,)
    replace_failed: bool = False


@dataclass(frozen=True)
class TargetObserved:
    """`existing` is the target collection, its copies that matter read with their instance views; `rivals` are the
    other collections of the same source in the same region."""

    existing: Collection | None = None
    rivals: tuple[Collection, ...] = ()


@dataclass(frozen=True)
class CopyObserved:
    """What there is; `targets` in the order of the wanted ones. `started` are keys of copies that this run started,
    `failures` why operations failed; `vm_points` counts the points of the VM in all its collections.
    `source_unavailable` says why the source cannot be asked, when it is not known whether it exists."""

    source: Collection | None
    targets: tuple[TargetObserved, ...]
    now: datetime.datetime
    vm_points: int = 0
    started: frozenset[str] = frozenset()
    failures: Mapping[str, str] = field(default_factory=dict)
    check_mode: bool = False
    source_unavailable: str = ""


@dataclass(frozen=True)
class _Copy:
    """What is concluded for one point and one target; `swept`: blocked, but only a selector had asked for it."""

    status: str
    reason: str = ""
    point: RestorePoint | None = None
    copy: RestorePoint | None = None
    actions: tuple[Action, ...] = ()
    later: tuple[Action, ...] = ()
    retry_after: float = 0.0
    swept: bool = False


@dataclass(frozen=True)
class _Target:
    """What is concluded for one target."""

    target: CopyTarget
    copies: tuple[_Copy, ...]
    actions: tuple[Action, ...] = ()
    later: tuple[Action, ...] = ()
    warnings: tuple[str, ...] = ()


def selected_points(which: Sequence[str], source: Collection) -> list[RestorePoint]:
    """Return the points that `which` means, oldest first; names that do not exist are left out.

    Points that failed or are being deleted are never meant by a selector; one that is being created is.
    """
    ordered = sorted(source.points, key=created_of)
    candidates = [point for point in ordered if point.made or point.creating]
    if tuple(which) == (ALL,):
        return candidates
    if tuple(which) == (LATEST,):
        return candidates[-1:]
    named = {name.lower() for name in which}
    return [point for point in ordered if point.name.lower() in named]


def decide_copies(wanted: CopyWanted, observed: CopyObserved) -> Decision:
    """Return which copies to start now, which later, and the state of each."""
    if observed.source_unavailable:
        return Decision(
            FAILED,
            f"the source cannot be asked: {observed.source_unavailable}",
            result={"copies": [], "targets": _target_results(wanted.targets, observed)},
        )
    if observed.source is None:
        if observed.check_mode:
            # In check mode an earlier task of the play would have made it.
            return Decision(PENDING, f"there is no restore point collection {wanted.source_id.rsplit('/', 1)[-1]} yet")
        return Decision(FAILED, f"there is no restore point collection {wanted.source_id}")
    source = observed.source
    known = {point.name.lower() for point in source.points}
    if wanted.which not in ((LATEST,), (ALL,)):
        missing = [name for name in wanted.which if name.lower() not in known]
        if missing:
            return Decision(FAILED, f"which: {source.name} has no restore point {', '.join(missing)}")
    points = selected_points(wanted.which, source)
    if not points:
        reason = f"{source.name} has no restore point to copy"
        return Decision(PENDING, f"{reason} yet") if observed.check_mode else Decision(FAILED, reason)
    targets: list[_Target] = []
    for target, view in zip(wanted.targets, observed.targets, strict=True):
        planned = sum(action.verb == "start" for earlier in targets for action in earlier.actions)
        targets.append(_decide_target(wanted, target, view, source, points, observed, planned))
    return _combine(source, targets, observed)


def _decide_target(
    wanted: CopyWanted,
    target: CopyTarget,
    view: TargetObserved,
    source: Collection,
    points: Sequence[RestorePoint],
    observed: CopyObserved,
    planned: int,
) -> _Target:
    forbidden = _target_rule(target, view.existing, source)
    if forbidden:
        return _Target(target, tuple(_Copy(BLOCKED, forbidden, point) for point in points))
    if view.existing is not None and view.existing.deleting:
        reason = f"{target.name} is being deleted; its name is free after that"
        return _Target(target, tuple(_Copy(PENDING, reason, point) for point in points))
    copies: list[_Copy] = []
    turn_taken, turn_wait = "", 0.0
    for point in points:
        concluded = _decide_one(wanted, target, view, source, point, observed, turn_taken, planned)
        if turn_taken and concluded.later:
            concluded = replace(concluded, retry_after=turn_wait)
        elif not turn_taken and (concluded.actions or concluded.later):
            turn_taken, turn_wait = point.name, concluded.retry_after
        copies.append(concluded)
    actions = tuple(action for copy in copies for action in copy.actions)
    later = tuple(action for copy in copies for action in copy.later)
    if view.existing is None and (actions or later):
        made = _create_target(target, source)
        actions, later = ((made, *actions), later) if actions else (actions, (made, *later))
    elif view.existing is not None:
        actions = _tag_actions(target, view.existing) + actions
    return _Target(target, tuple(copies), actions, later, _encryption_warnings(target, copies))


def _target_rule(target: CopyTarget, existing: Collection | None, source: Collection) -> str:
    """Return which rule forbids any copy from the source to the target; "" when none does."""
    if source.is_copy:
        return f"{source.name} holds copies itself, and Azure copies no copies; copy from {source.source_id}"
    if source.is_remote:
        return (
            f"the points of {source.name} ({source.location}) are made of data from {source.source_location}, "
            "and Azure copies only points that were made in the region of their VM"
        )
    if region_key(target.location) == source.location:
        return f"{source.name} is in {source.location} too, and Azure copies restore points only to another region"
    if existing is None:
        return ""
    if not same_id(existing.source_id, source.id):
        return (
            f"{target.name} is for copies from {existing.source_id}, not from {source.id}, "
            "and a target collection has one source; use another name"
        )
    if existing.location != region_key(target.location):
        return f"{target.name} is in {existing.location}, not in {region_key(target.location)}; use another name"
    return ""


def _decide_one(
    wanted: CopyWanted,
    target: CopyTarget,
    view: TargetObserved,
    source: Collection,
    point: RestorePoint,
    observed: CopyObserved,
    turn_taken: str,
    planned: int,
) -> _Copy:
    """Return what to do about one point at one target.

    `turn_taken` names the point that goes before it, `planned` counts the copies that other targets get in this pass.
    """
    copy = find_copy(view.existing, point.id) if view.existing else None
    if copy is not None:
        return _decide_present(wanted, target, view, source, point, copy, observed)
    key = _copy_key(target, point.name)
    if key in observed.started:
        if key in observed.failures:
            return _Copy(FAILED, f"Azure could not start the copy: {observed.failures[key]}", point)
        return _Copy(RUNNING, "the copy was started", point)
    swept = wanted.which == (ALL,)
    if not point.made and not point.creating:
        return _Copy(
            BLOCKED, f"{point.name} is {point.provisioning_state.lower()} and cannot be copied", point, swept=swept
        )
    same_name = view.existing.point(point.name) if view.existing else None
    if same_name is not None:
        return _Copy(
            BLOCKED,
            f"{target.name} holds another restore point with the name {point.name}, a copy of {same_name.source_point_id}",
            point,
            swept=swept,
        )
    rival = next((other for other in view.rivals if find_copy(other, point.id)), None)
    if rival is not None:
        return _Copy(
            BLOCKED,
            f"{point.name} is already copied to {region_key(target.location)}, into {rival.id}, and Azure allows one copy in a region",
            point,
            swept=swept,
        )
    newer = _newer_copy(view.existing, source, point)
    if newer is not None:
        return _Copy(
            BLOCKED,
            f"the newer {newer.name} is already in {target.name}, and Azure copies only in the order of creation",
            point,
            swept=swept,
        )
    action = _start(target, source, point)
    if point.creating:
        return _Copy(PENDING, f"{point.name} is still being created", point, later=(action,))
    if observed.vm_points + planned >= MAX_POINTS_PER_VM:
        return _Copy(
            BLOCKED,
            f"the VM has {observed.vm_points} restore points and Azure keeps at most {MAX_POINTS_PER_VM} over all its "
            "collections; delete some, for example with azure_restore_point_retention",
            point,
        )
    in_flight = _in_flight(target, view.existing, observed)
    if in_flight:
        reason = f"{in_flight} is being copied to {target.name}, and Azure copies one point at a time"
        return _Copy(PENDING, reason, point, later=(action,))
    if turn_taken:
        return _Copy(
            PENDING, f"comes after {turn_taken}; Azure copies one point at a time, in order", point, later=(action,)
        )
    wait = seconds_until_next_start(copy_starts(view.existing.tags) if view.existing else (), observed.now)
    if wait:
        reason = (
            f"{MAX_STARTS_PER_HOUR} copies to {target.name} were started within an hour, Azure's limit; "
            f"the next may start in {format_duration(wait)}"
        )
        return _Copy(PENDING, reason, point, later=(action,), retry_after=wait)
    return _Copy(RUNNING, "the copy is starting", point, actions=(action,))


def _copy_key(target: CopyTarget, name: str) -> str:
    return id_key(f"{target.id}/restorePoints/{name}")


def removal_key(copy_key: str) -> str:
    """Return under which key the removal of a failed copy is tracked, apart from the start of the next one."""
    return f"{copy_key}#removal"


def _newer_copy(existing: Collection | None, source: Collection, point: RestorePoint) -> RestorePoint | None:
    """Return a copy in the target whose source was created after `point`; failed ones count for Azure too."""
    for copy in existing.points if existing else ():
        original = next((other for other in source.points if same_id(other.id, copy.source_point_id)), None)
        # The copy's own time is that of its source, which may be gone by now.
        moment = (original.created if original else None) or copy.created
        if moment and point.created and moment > point.created:
            return original or copy
    return None


def _in_flight(target: CopyTarget, existing: Collection | None, observed: CopyObserved) -> str:
    """Return the name of a copy that has not ended in the target collection, or ""."""
    copies = existing.points if existing else ()
    for copy in copies:
        unfinished = copy.status in (RUNNING, PENDING)
        # Copies whose view was not read are older than the newest, and only the newest can be under way.
        if unfinished and (copy.viewed or not copy.made):
            return copy.name
    # Azure may not list yet what this run has just started.
    place = f"{id_key(target.id)}/restorepoints/"
    unlisted = observed.started - {id_key(copy.id) for copy in copies} - set(observed.failures)
    names = sorted(key.removeprefix(place) for key in unlisted if key.startswith(place))
    return next((name for name in names if removal_key("") not in name), "")


def _decide_present(
    wanted: CopyWanted,
    target: CopyTarget,
    view: TargetObserved,
    source: Collection,
    point: RestorePoint,
    copy: RestorePoint,
    observed: CopyObserved,
) -> _Copy:
    """Return what to do about a copy that is there, in whatever state."""
    key = id_key(copy.id)
    if copy.status == SUCCEEDED:
        return _Copy(SUCCEEDED, "", point, copy)
    if copy.deleting:
        return _Copy(
            PENDING,
            f"{copy.name} is being deleted from {target.name}",
            point,
            copy,
            later=(_start(target, source, point),),
        )
    if copy.status == RUNNING:
        return _Copy(RUNNING, _describe_running(copy), point, copy)
    why = observed.failures.get(key, "")
    began = _began(view)
    if why:
        reason = f"the copy failed: {why}"
    elif began and observed.now - began >= LONGEST_COPY:
        reason = (
            "the copy failed after Azure's limit of two weeks; copy more often so that each copy is smaller, "
            "or exclude the largest disks from the points"
        )
    else:
        failed = ", ".join(disk.name for disk in copy.disks if disk.replication == "failed")
        reason = f"the copy failed{f' at disk {failed}' if failed else ''}; Azure gives no details and cannot resume it"
    newer = _newer_copy(view.existing, source, point)
    if newer is not None:
        return _Copy(
            FAILED, f"{reason}; it cannot be repeated because the newer {newer.name} is already copied", point, copy
        )
    if not wanted.replace_failed:
        return _Copy(FAILED, f"{reason}; replace_failed: true removes it and starts again", point, copy)
    start = _start(target, source, point)
    if key in observed.started:
        return _Copy(FAILED, f"{reason}; it was started in this run, so it is not started again", point, copy)
    if removal_key(key) in observed.started:
        if removal_key(key) in observed.failures:
            return _Copy(FAILED, f"{reason}; it cannot be removed: {observed.failures[removal_key(key)]}", point, copy)
        return _Copy(PENDING, f"{reason}; it is being replaced", point, copy, later=(start,))
    delete = Action(
        "delete",
        f"failed copy {target.name}/{copy.name}",
        before={"status": "failed"},
        payload={"target": target, "name": copy.name},
    )
    return _Copy(PENDING, f"{reason}; it is being replaced", point, copy, actions=(delete,), later=(start,))


def _began(view: TargetObserved) -> datetime.datetime | None:
    starts = copy_starts(view.existing.tags) if view.existing else ()
    return starts[-1] if starts else None


def _describe_running(copy: RestorePoint) -> str:
    if copy.creating:
        return "Azure is preparing the copy"
    return copy.describe_disks() if copy.viewed else "how far it is was not read"


def _create_target(target: CopyTarget, source: Collection) -> Action:
    return Action(
        "create",
        f"restore point collection {target.name}",
        after={"location": region_key(target.location), "source_id": source.id, "tags": users_tags(target.tags or {})},
        payload={"target": target, "source_id": source.id},
    )


def _tag_actions(target: CopyTarget, existing: Collection) -> tuple[Action, ...]:
    tags = wanted_tags(existing.tags, target.tags, append=True)
    if tags == dict(existing.tags):
        return ()
    return (
        Action(
            "update tags of",
            f"restore point collection {target.name}",
            before={"tags": users_tags(existing.tags)},
            after={"tags": users_tags(tags)},
            payload={"target": target, "tags": tags},
        ),
    )


def _start(target: CopyTarget, source: Collection, point: RestorePoint) -> Action:
    return Action(
        "start",
        f"copy {target.name}/{point.name}",
        after={"source_restore_point": point.id, "location": region_key(target.location)},
        payload={"target": target, "name": point.name, "body": copy_body(target, point), "source_id": source.id},
    )


def copy_body(target: CopyTarget, point: RestorePoint) -> dict[str, Any]:
    """Return the body of the PUT that starts a copy; encryption is given disk by disk (api-version 2023-03-01)."""
    properties: dict[str, Any] = {"sourceRestorePoint": {"id": point.id}}
    if target.encryption_set_id:
        encryption = {
            "type": "EncryptionAtRestWithCustomerKey",
            "diskEncryptionSet": {"id": target.encryption_set_id},
        }
        storage: dict[str, Any] = {}
        for disk in point.disks:
            entry = {"diskRestorePoint": {"sourceDiskRestorePoint": {"id": disk.point_id}, "encryption": encryption}}
            if disk.is_os:
                storage["osDisk"] = entry
            else:
                storage.setdefault("dataDisks", []).append({"lun": disk.lun, **entry})
        properties["sourceMetadata"] = {"storageProfile": storage}
    return {"properties": properties}


def _encryption_warnings(target: CopyTarget, copies: Sequence[_Copy]) -> tuple[str, ...]:
    if target.encryption_set_id:
        return ()
    disks = sorted(
        {
            disk.name
            for copy in copies
            if copy.actions and copy.point
            for disk in copy.point.disks
            if disk.encryption_set_id
        }
    )
    if not disks:
        return ()
    warning = (
        f"disks encrypted with a customer-managed key ({', '.join(disks)}) are copied to {target.name} with a platform-managed "
        "key; give disk_encryption_set_id in that target to keep them under a key of yours"
    )
    return (warning,)


def _combine(source: Collection, targets: Sequence[_Target], observed: CopyObserved) -> Decision:
    asked = [copy for target in targets for copy in target.copies if not copy.swept]
    statuses = {copy.status for copy in asked} or {SUCCEEDED}
    status = next(worst for worst in _WORST_FIRST if worst in statuses)
    actions = tuple(action for target in targets for action in target.actions)
    unsettled = statuses & {RUNNING, PENDING}
    if status in (FAILED, BLOCKED) and (actions or unsettled):
        # What can still move is moved first; the failure is told when all else is settled.
        status = RUNNING if RUNNING in unsettled or actions else PENDING
    waits = [copy.retry_after for copy in asked if copy.status in (RUNNING, PENDING)]
    return Decision(
        status,
        _reason(targets),
        actions=actions,
        later=tuple(action for target in targets for action in target.later),
        percent=_percent(asked),
        retry_after=min(waits, default=0.0),
        result={
            "restore_point_collection_id": source.id,
            "copies": [
                _copy_result(target.target, copy, _running_seconds(copy, view, observed.now))
                for target, view in zip(targets, observed.targets, strict=True)
                for copy in target.copies
            ],
            "targets": _target_results([target.target for target in targets], observed),
        },
        warnings=tuple(warning for target in targets for warning in target.warnings)
        + _duration_warnings(targets, observed),
    )


def _reason(targets: Sequence[_Target]) -> str:
    """Return one line about all that is not done: how far running copies are, and why others stand still."""
    lines: list[str] = []
    for target in targets:
        place = region_key(target.target.location)
        for copy in target.copies:
            if copy.status == SUCCEEDED or copy.swept or copy.point is None:
                continue
            if copy.status == RUNNING and copy.copy is not None and copy.copy.viewed:
                arrived = sum(disk.replication == REPLICATED for disk in copy.copy.disks)
                lines.append(f"{place} {copy.copy.percent:.0f} %, {arrived} of {len(copy.copy.disks)} disks")
            else:
                lines.append(f"{place}: {copy.point.name}: {copy.reason}")
    return "; ".join(dict.fromkeys(lines))


def _percent(copies: Sequence[_Copy]) -> float | None:
    if not copies:
        return None
    done = [100.0 if copy.status == SUCCEEDED else (copy.copy.percent if copy.copy else 0.0) for copy in copies]
    return sum(done) / len(done)


def _duration_warnings(targets: Sequence[_Target], observed: CopyObserved) -> tuple[str, ...]:
    warnings = []
    for target, view in zip(targets, observed.targets, strict=True):
        began = _began(view)
        running = any(copy.status == RUNNING and copy.copy for copy in target.copies)
        if running and began and observed.now - began >= _NEAR_THE_LIMIT:
            warnings.append(
                f"the copy to {target.target.name} has run for {format_duration((observed.now - began).total_seconds())}; "
                "Azure ends copies after two weeks"
            )
    return tuple(warnings)


def _running_seconds(copy: _Copy, view: TargetObserved, now: datetime.datetime) -> int | None:
    """Return for how long a copy has been going on: one at a time goes to a target, and the last start is that of it."""
    began = _began(view)
    if copy.status != RUNNING or copy.copy is None or began is None:
        return None
    return max(0, round((now - began).total_seconds()))


def _copy_result(target: CopyTarget, copy: _Copy, running_seconds: int | None) -> dict[str, Any]:
    point, made = copy.point, copy.copy
    source_created = point.created if point else None
    return {
        "source_restore_point": point.name if point else None,
        "source_restore_point_id": point.id if point else None,
        "restore_point_id": made.id if made else None,
        "target_collection_id": target.id,
        "location": region_key(target.location),
        "status": copy.status,
        "reason": copy.reason,
        "progress_percent": round(made.percent, 1) if made else 0.0,
        "running_seconds": running_seconds,
        "source_created_at": iso_timestamp(source_created),
        "created_at": iso_timestamp(made.created) if made else None,
        # A fleet's result must stay small enough to be kept: once all have arrived there is nothing more to say of them.
        "disks": made.disk_results() if made and copy.status != SUCCEEDED else [],
    }


def _target_results(targets: Sequence[CopyTarget], observed: CopyObserved) -> list[dict[str, Any]]:
    return [
        _target_result(target, view.existing, observed.now)
        for target, view in zip(targets, observed.targets, strict=True)
    ]


def _target_result(target: CopyTarget, existing: Collection | None, now: datetime.datetime) -> dict[str, Any]:
    """Return what would be left if the source region were gone now."""
    newest = newest_usable(existing.points) if existing else None
    starts = copy_starts(existing.tags) if existing else ()
    return {
        "collection_id": target.id,
        "location": region_key(target.location),
        "newest_usable": newest.name if newest else None,
        "newest_usable_created_at": iso_timestamp(newest.created) if newest else None,
        "last_copy_started_at": iso_timestamp(starts[-1]) if starts else None,
        "rpo_seconds": None
        if newest is None or newest.created is None
        else max(0, round((now - newest.created).total_seconds())),
    }
