# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What to do about one restore point of a VM: make it, wait for it, leave it, or delete it. Pure."""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ansible_collections.bcdr.multicloud.plugins.module_utils._azure.ids import id_key
from ansible_collections.bcdr.multicloud.plugins.module_utils._azure.restore_points.limits import (
    MAX_POINTS_PER_VM,
    MAX_STARTS_PER_HOUR,
    seconds_until_next_start,
)
from ansible_collections.bcdr.multicloud.plugins.module_utils._azure.restore_points.values import (
    Collection,
    RestorePoint,
    created_of,
    newest_usable,
    point_result,
)
from ansible_collections.bcdr.multicloud.plugins.module_utils._azure.times import compact_timestamp
from ansible_collections.bcdr.multicloud.plugins.module_utils._core.durations import format_duration
from ansible_collections.bcdr.multicloud.plugins.module_utils._core.moments import lies_ahead
from ansible_collections.bcdr.multicloud.plugins.module_utils._core.reconcile import (
    ABSENT,
    BLOCKED,
    FAILED,
    PENDING,
    RUNNING,
    SUCCEEDED,
    Action,
    Decision,
)

CRASH = "crash"
APPLICATION = "application"


@dataclass(frozen=True)
class PointWanted:
    """One of `name`, `max_age` (seconds) and `newer_than`; `exclude_disk_ids` are ids of managed disks."""

    collection_id: str
    state: str = "present"
    name: str = ""
    max_age: int | None = None
    newer_than: datetime.datetime | None = None
    name_prefix: str = "bcdr-"
    consistency: str = APPLICATION
    exclude_disk_ids: tuple[str, ...] = ()
    force: bool = False


@dataclass(frozen=True)
class PointObserved:
    """What there is. `started` are the ids (keys) of points that this run has started, `failures` why some failed.

    `vm_points` counts the points of the VM in all its collections, None when that was not asked.
    `copied_to` names the target collections that hold an unfinished copy of the point.
    """

    collection: Collection | None
    now: datetime.datetime
    started: frozenset[str] = frozenset()
    failures: Mapping[str, str] = field(default_factory=dict)
    vm_points: int | None = None
    copied_to: tuple[str, ...] = ()
    check_mode: bool = False


def decide_point(wanted: PointWanted, observed: PointObserved) -> Decision:
    """Return what to do about the point."""
    if wanted.state == "absent":
        return _decide_absent(wanted, observed)
    if observed.collection is None:
        return _without_collection(wanted, observed)
    if wanted.max_age is not None or wanted.newer_than is not None:
        return _decide_by_age(wanted, observed, observed.collection)
    existing = observed.collection.point(wanted.name)
    if existing is not None:
        return _decide_existing(wanted, observed, observed.collection, existing)
    return _decide_create(wanted, observed, observed.collection, wanted.name)


def due_name(wanted: PointWanted, collection: Collection) -> str:
    """Return the name of the point that is due after the newest usable one.

    It is the moment when that one becomes too old, or that the point has to be newer than, so all runs that find the same
    newest point mean the same new one; a slot whose point failed gets a number, so that the failure stays visible and the
    next try has a name.
    """
    newest = newest_usable(_counting(wanted, collection))
    if wanted.newer_than is not None:
        slot = wanted.name_prefix + compact_timestamp(wanted.newer_than)
    elif newest is None or newest.created is None or wanted.max_age is None:
        slot = f"{wanted.name_prefix}initial"
    else:
        slot = wanted.name_prefix + compact_timestamp(newest.created + datetime.timedelta(seconds=wanted.max_age))
    name, tries = slot, 1
    while collection.point(name) is not None:
        tries += 1
        name = f"{slot}-{tries}"
    return name


def _counting(wanted: PointWanted, collection: Collection) -> list[RestorePoint]:
    """Return the points that are at least as consistent as wanted."""
    return [
        point
        for point in collection.points
        if wanted.consistency == CRASH or point.creating or point.consistency.lower() != "crashconsistent"
    ]


def _result(collection: Collection, point: RestorePoint | None, now: datetime.datetime) -> dict[str, Any]:
    newest = newest_usable(collection.points)
    rpo = None if newest is None or newest.created is None else max(0, round((now - newest.created).total_seconds()))
    return {
        "restore_point": point_result(point) if point else None,
        "restore_point_collection_id": collection.id,
        "rpo_seconds": rpo,
    }


def _without_collection(wanted: PointWanted, observed: PointObserved) -> Decision:
    name = wanted.collection_id.rsplit("/", 1)[-1]
    if not observed.check_mode:
        return Decision(
            FAILED,
            f"there is no restore point collection {wanted.collection_id}; make it with azure_restore_point_collection",
        )
    # In check mode an earlier task of the play would have made the collection: predict what would follow.
    planned = Collection(wanted.collection_id, name, "", "")
    point_name = wanted.name or due_name(wanted, planned)
    action = _create(wanted, planned, point_name)
    return Decision(RUNNING, f"there is no restore point collection {name} yet", actions=(action,))


def _decide_by_age(wanted: PointWanted, observed: PointObserved, collection: Collection) -> Decision:
    points = _counting(wanted, collection)
    # All of them: Azure makes no other than crash consistent points of a VM that is stopped.
    meant = _first_after(wanted, collection.points)
    if meant is not None:
        return Decision(SUCCEEDED, result=_result(collection, meant, observed.now), percent=100.0)
    problem = lies_ahead(wanted.newer_than, observed.now) if wanted.newer_than else ""
    if problem:
        return Decision(BLOCKED, problem, result=_result(collection, None, observed.now))
    newest = newest_usable(points)
    under_way = next((point for point in sorted(points, key=created_of) if _is_under_way(point, newest)), None)
    if under_way is not None:
        return Decision(RUNNING, _describe_running(under_way), result=_result(collection, under_way, observed.now))
    failed = next(
        (
            point
            for point in collection.points
            if id_key(point.id) in observed.started and not point.made and not point.deleting
        ),
        None,
    )
    if failed is not None:
        return _failed(observed, collection, failed)
    if wanted.max_age is not None and newest is not None and newest.created is not None:
        age = (observed.now - newest.created).total_seconds()
        # What this run has made is what it was asked for, even if making it took longer than it may be old.
        if age <= wanted.max_age or id_key(newest.id) in observed.started:
            return Decision(SUCCEEDED, result=_result(collection, newest, observed.now), percent=100.0)
    return _decide_create(wanted, observed, collection, due_name(wanted, collection))


def _first_after(wanted: PointWanted, points: Sequence[RestorePoint]) -> RestorePoint | None:
    """Return the oldest usable point that is newer than asked for: the same one however many follow it."""
    moment = wanted.newer_than
    if moment is None:
        return None
    usable = [point for point in points if point.usable and point.created is not None and point.created >= moment]
    return min(usable, key=created_of, default=None)


def _is_under_way(point: RestorePoint, newest: RestorePoint | None) -> bool:
    """Return whether the point will be usable without anything being done, and newer than the newest usable one."""
    if point.creating:
        return True
    travelling = point.remote and point.status == RUNNING
    return travelling and (newest is None or created_of(point) > created_of(newest))


def _describe_running(point: RestorePoint) -> str:
    if point.creating:
        return f"{point.name} is being created"
    return f"the data of {point.name} has not all arrived: {point.describe_disks() or 'none is known yet'}"


def _decide_existing(
    wanted: PointWanted, observed: PointObserved, collection: Collection, point: RestorePoint
) -> Decision:
    result = _result(collection, point, observed.now)
    if point.creating:
        return Decision(RUNNING, _describe_running(point), result=result)
    if point.deleting:
        return Decision(PENDING, f"{point.name} is being deleted; its name is free after that", result=result)
    if not point.made:
        return _failed(observed, collection, point)
    if point.source_point_id:
        return Decision(
            BLOCKED, f"{point.name} is a copy of {point.source_point_id}, not a point of the VM itself", result=result
        )
    if wanted.consistency == APPLICATION and point.consistency.lower() == "crashconsistent":
        return Decision(
            BLOCKED,
            f"{point.name} exists and is crash consistent; a restore point cannot be changed, so use another name",
            result=result,
        )
    if point.remote and point.status == RUNNING:
        return Decision(RUNNING, _describe_running(point), percent=point.percent, result=result)
    if not point.usable:
        return _failed(observed, collection, point)
    return Decision(SUCCEEDED, percent=100.0, result=result)


def _failed(observed: PointObserved, collection: Collection, point: RestorePoint) -> Decision:
    why = observed.failures.get(id_key(point.id)) or "Azure keeps no reason; the activity log of the VM has it"
    return Decision(
        FAILED,
        f"making {point.name} failed: {why}; delete it (state: absent) or use another name",
        result=_result(collection, point, observed.now),
    )


def _decide_create(wanted: PointWanted, observed: PointObserved, collection: Collection, name: str) -> Decision:
    result = _result(collection, None, observed.now)
    if collection.is_copy:
        return Decision(
            BLOCKED,
            f"{collection.name} holds copies of {collection.source_id}; points of a VM are made in the collection of the VM",
            result=result,
        )
    point_id = f"{collection.id}/restorePoints/{name}"
    if id_key(point_id) in observed.started:
        why = observed.failures.get(id_key(point_id))
        if why:
            return Decision(FAILED, f"making {name} failed: {why}", result=result)
        return Decision(RUNNING, f"{name} is being created", result=result)
    busy = next((point for point in collection.points if point.creating), None)
    if busy is not None:
        return Decision(
            PENDING, f"{busy.name} is being created, and Azure makes one restore point of a VM at a time", result=result
        )
    if observed.vm_points is not None and observed.vm_points >= MAX_POINTS_PER_VM:
        return Decision(
            BLOCKED,
            f"the VM has {observed.vm_points} restore points and Azure keeps at most {MAX_POINTS_PER_VM} over all its "
            "collections; delete some, for example with azure_restore_point_retention",
            result=result,
        )
    action = _create(wanted, collection, name)
    wait = seconds_until_next_start(_starts(wanted, collection), observed.now)
    if wait:
        return Decision(
            PENDING,
            f"{MAX_STARTS_PER_HOUR} {wanted.consistency} consistent points were made within an hour, Azure's limit for one VM; "
            f"the next may start in {format_duration(wait)}",
            later=(action,),
            retry_after=wait,
            result=result,
        )
    return Decision(RUNNING, f"{name} is being created", actions=(action,), result=result)


def _starts(wanted: PointWanted, collection: Collection) -> list[datetime.datetime]:
    """Return when points of the wanted kind were begun; failed ones count for Azure too."""
    crash = wanted.consistency == CRASH
    return [
        point.created
        for point in collection.points
        if point.created is not None and (point.consistency.lower() == "crashconsistent") == crash
    ]


def _create(wanted: PointWanted, collection: Collection, name: str) -> Action:
    properties: dict[str, Any] = {}
    if wanted.exclude_disk_ids:
        properties["excludeDisks"] = [{"id": disk_id} for disk_id in wanted.exclude_disk_ids]
    if wanted.consistency == CRASH:
        properties["consistencyMode"] = "CrashConsistent"
    after: dict[str, Any] = {"consistency": wanted.consistency}
    if wanted.exclude_disk_ids:
        after["excluded_disks"] = sorted(wanted.exclude_disk_ids)
    return Action(
        "create",
        f"restore point {collection.name}/{name}",
        after=after,
        payload={"name": name, "body": {"properties": properties} if properties else {}},
    )


def _decide_absent(wanted: PointWanted, observed: PointObserved) -> Decision:
    collection = observed.collection
    point = collection.point(wanted.name) if collection else None
    if collection is None or point is None:
        return Decision(ABSENT)
    result = _result(collection, point, observed.now)
    why = observed.failures.get(id_key(point.id))
    if why:
        return Decision(FAILED, f"deleting {point.name} failed: {why}", result=result)
    if point.deleting or id_key(point.id) in observed.started:
        return Decision(RUNNING, f"{point.name} is being deleted", result=result)
    if point.creating:
        return Decision(PENDING, f"{point.name} is still being created", result=result)
    if observed.copied_to:
        return Decision(
            BLOCKED,
            f"{point.name} is being copied to {', '.join(observed.copied_to)}, and without it that copy fails; "
            "delete it when the copy is done",
            result=result,
        )
    newest = newest_usable(collection.points)
    is_newest = newest is not None and newest.name == point.name
    if is_newest and not wanted.force:
        return Decision(
            BLOCKED,
            f"{point.name} is the newest usable restore point of {collection.name}; make a newer one first, or say force: true",
            result=result,
        )
    action = Action(
        "delete",
        f"restore point {collection.name}/{point.name}",
        before=_before_delete(point),
        payload={"name": point.name},
    )
    return Decision(RUNNING, f"{point.name} is being deleted", actions=(action,), result=result)


def _before_delete(point: RestorePoint) -> dict[str, Any]:
    shown = point_result(point)
    return {name: shown[name] for name in ("created_at", "consistency", "copy_of")}
