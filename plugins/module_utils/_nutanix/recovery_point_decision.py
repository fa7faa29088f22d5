# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What to do so that there is a recovery point of some VMs and volume groups, or none. Pure.

Names are not unique in Prism Central: a recovery point is the one that is meant if it has the name and holds the very
same VMs and volume groups. Only its expiration time can be changed afterwards, or taken away: "if not specified, the
recovery point never expires" (developers.nutanix.com/api-reference, dataprotection, ExpirationTimeSpec).
"""

from __future__ import annotations

import datetime
from dataclasses import dataclass, field
from typing import Any

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
from ansible_collections.bcdr.multicloud.plugins.module_utils._core.recovery_points import iso_timestamp
from ansible_collections.bcdr.multicloud.plugins.module_utils._nutanix.attempts import Attempts, task_results
from ansible_collections.bcdr.multicloud.plugins.module_utils._nutanix.tokens import derived_request_id
from ansible_collections.bcdr.multicloud.plugins.module_utils._nutanix.values import (
    RecoveryPoint,
    as_recovery_point,
    named_shortly,
    newest_usable,
)

# The API reference: 30 in v4.0, 32 since.
MOST_ENTITIES = 32
_SECOND = datetime.timedelta(seconds=1)


@dataclass(frozen=True)
class PointWanted:
    """`ext_id` names an existing one; without it `name` and the entities do. `max_age` and `keep_for`
    are in seconds, `newer_than` is the moment that it has to be newer than.

    `expires` None leaves the expiration as it is, `never` takes it away; `keep_for` is for one that is made.
    `recovery_point_type` "" takes any. `fields` are those of the request in snake case that say more about the VMs than
    who they are.
    """

    name: str = ""
    ext_id: str = ""
    vm_ext_ids: frozenset[str] = frozenset()
    volume_group_ext_ids: frozenset[str] = frozenset()
    recovery_point_type: str = ""
    expires: datetime.datetime | None = None
    never: bool = False
    max_age: int | None = None
    newer_than: datetime.datetime | None = None
    keep_for: int | None = None
    absent: bool = False
    fields: dict[str, Any] = field(default_factory=dict)

    @property
    def has_entities(self) -> bool:
        return bool(self.vm_ext_ids or self.volume_group_ext_ids)


@dataclass(frozen=True)
class PointObserved:
    """`points` are those that may be meant: the one of the id, those of the name, or without a name those of the
    entities. `changes` are this run's tasks of expirations and deletions.
    """

    points: tuple[RecoveryPoint, ...]
    now: datetime.datetime
    container: str = ""
    creations: Attempts = field(default_factory=Attempts)
    changes: Attempts = field(default_factory=Attempts)


def matches(wanted: PointWanted, point: RecoveryPoint) -> bool:
    """Return whether it is a recovery point as wanted, whatever its age."""
    if wanted.ext_id:
        return point.ext_id == wanted.ext_id
    if wanted.name and point.name != wanted.name:
        return False
    if not wanted.has_entities:
        return bool(wanted.name)
    same = (point.vm_ext_ids, point.volume_group_ext_ids) == (wanted.vm_ext_ids, wanted.volume_group_ext_ids)
    # Without a name somebody else's may do, if it is as consistent. One of ours may have become less so: the task warns.
    return same and (bool(wanted.name) or wanted.recovery_point_type in ("", point.recovery_point_type))


def decide_recovery_point(wanted: PointWanted, observed: PointObserved) -> Decision:
    """Return whether to make, change or delete a recovery point, and how far that is."""
    found = [point for point in observed.points if matches(wanted, point) and not point.expired(observed.now)]
    if wanted.absent:
        return _absent(wanted, observed, found)
    newest = newest_usable(found, observed.now)
    if wanted.ext_id:
        return _existing(wanted, observed, newest)
    if wanted.newer_than is not None:
        return _after(wanted, wanted.newer_than, observed, found, newest)
    if newest is not None and not (_too_old(wanted, newest, observed.now) and newest.ext_id != _made(observed)):
        return _with_expiration(wanted, observed, newest)
    running = _creation_under_way(observed, newest)
    return running or _create(wanted, observed, newest)


def _after(
    wanted: PointWanted,
    moment: datetime.datetime,
    observed: PointObserved,
    found: list[RecoveryPoint],
    newest: RecoveryPoint | None,
) -> Decision:
    """The first one after a moment is meant: the same one however many follow it."""
    later = [point for point in found if point.created is not None and point.created >= moment]
    usable = [point for point in later if newest_usable([point], observed.now)]
    if usable:
        return _with_expiration(wanted, observed, min(usable, key=lambda point: (str(point.created), point.ext_id)))
    problem = lies_ahead(moment, observed.now)
    if problem:
        return Decision(BLOCKED, problem, result=_result(observed, newest))
    return _creation_under_way(observed, newest) or _create(wanted, observed, newest)


def _too_old(wanted: PointWanted, point: RecoveryPoint, now: datetime.datetime) -> bool:
    return (
        wanted.max_age is not None
        and point.created is not None
        and (now - point.created).total_seconds() > wanted.max_age
    )


def _made(observed: PointObserved) -> str:
    """Return the id of the recovery point that this run has made, which is young enough however long that took."""
    task = observed.creations.current
    return task.detail("recoveryPointExtId") if task is not None and task.status == SUCCEEDED else ""


def _creation_under_way(observed: PointObserved, newest: RecoveryPoint | None) -> Decision | None:
    task = observed.creations.current
    if task is None:
        return None
    result = _result(observed, newest)
    if task.status == FAILED:
        return Decision(FAILED, task.reason, result=result)
    if task.status == SUCCEEDED:
        return Decision(RUNNING, "the task is done, its recovery point is not listed yet", result=result)
    return Decision(task.status, task.reason, percent=task.percent, result=result)


def _create(wanted: PointWanted, observed: PointObserved, newest: RecoveryPoint | None) -> Decision:
    result = _result(observed, newest)
    problem = _creation_problem(wanted, observed)
    if problem:
        return Decision(BLOCKED, problem, result=result)
    if observed.creations.exhausted:
        return Decision(FAILED, "Prism Central answers each new request with a task of an earlier one", result=result)
    entities = {"vms": sorted(wanted.vm_ext_ids), "volume_groups": sorted(wanted.volume_group_ext_ids)}
    # What is made because time has passed is due once for each that has become too old.
    slot: str | None = newest.ext_id if newest else "initial"
    if wanted.newer_than is not None:
        slot = iso_timestamp(wanted.newer_than)
    name, expires = wanted.name or None, wanted.expires
    if wanted.keep_for is not None:
        expires = observed.now + datetime.timedelta(seconds=wanted.keep_for)
    fields = {
        **wanted.fields,
        "name": name,
        "expiration_time": expires,
        "recovery_point_type": wanted.recovery_point_type or None,
    }
    token = derived_request_id(
        "create", wanted.name, entities, wanted.recovery_point_type, slot, observed.creations.number
    )
    action = Action(
        "create",
        f"recovery point {wanted.name or _of(wanted)}",
        after={
            "name": name,
            **entities,
            "recovery_point_type": wanted.recovery_point_type or None,
            "expiration_time": iso_timestamp(expires),
        },
        payload={"fields": fields, "token": token},
    )
    warnings: tuple[str, ...] = ()
    by_age = wanted.max_age is not None or wanted.newer_than is not None
    if not by_age and any(point.name == wanted.name for point in observed.points):
        warnings = (
            f"there is a recovery point {wanted.name} of other VMs and volume groups already; names are not unique",
        )
    return Decision(RUNNING, "the recovery point is being made", actions=(action,), result=result, warnings=warnings)


def _of(wanted: PointWanted) -> str:
    return f"of {named_shortly([*sorted(wanted.vm_ext_ids), *sorted(wanted.volume_group_ext_ids)])}"


def _creation_problem(wanted: PointWanted, observed: PointObserved) -> str:
    """Return which rule forbids to make it; "" when none is known."""
    count = len(wanted.vm_ext_ids) + len(wanted.volume_group_ext_ids)
    if not count:
        return "vm_recovery_points or volume_group_recovery_points is needed to make a recovery point"
    if count > MOST_ENTITIES:
        return f"a recovery point holds {MOST_ENTITIES} VMs and volume groups at most, not {count}"
    return _expiration_problem(wanted, observed.now)


def _expiration_problem(wanted: PointWanted, now: datetime.datetime) -> str:
    if wanted.expires is None or wanted.expires > now:
        return ""
    ago = format_duration((now - wanted.expires).total_seconds())
    return f"expiration_time: {iso_timestamp(wanted.expires)} has passed {ago} ago"


def _existing(wanted: PointWanted, observed: PointObserved, point: RecoveryPoint | None) -> Decision:
    """The recovery point of an id: only its expiration can be other than wanted."""
    if point is None:
        return Decision(FAILED, f"there is no recovery point {wanted.ext_id}", result=_result(observed, None))
    different = _different(wanted, point)
    if wanted.recovery_point_type not in ("", point.recovery_point_type):
        different.append(f"recovery_point_type ({point.recovery_point_type})")
    if different:
        reason = f"only the expiration time of a recovery point can be changed, not {', '.join(different)}"
        return Decision(BLOCKED, reason, result=_result(observed, point))
    return _with_expiration(wanted, observed, point)


def _different(wanted: PointWanted, point: RecoveryPoint) -> list[str]:
    """Return what the recovery point of an id has otherwise than is said of it."""
    different = []
    if wanted.name and wanted.name != point.name:
        different.append(f"name ({point.name})")
    held = (point.vm_ext_ids, point.volume_group_ext_ids)
    if wanted.has_entities and held != (wanted.vm_ext_ids, wanted.volume_group_ext_ids):
        different.append("its VMs and volume groups")
    return different


def _with_expiration(wanted: PointWanted, observed: PointObserved, point: RecoveryPoint) -> Decision:
    """A recovery point that is there: whether it expires when it should."""
    result = _result(observed, point)
    warnings: tuple[str, ...] = ()
    if wanted.recovery_point_type not in ("", point.recovery_point_type):
        warnings = (f"the recovery point is {point.recovery_point_type}, not {wanted.recovery_point_type}",)
    expires = _expected(wanted, observed, point)
    if _expires_then(point, expires, wanted.never):
        return Decision(SUCCEEDED, percent=100.0, result=result, warnings=warnings)
    task = observed.changes.current
    if task is not None and task.status == FAILED:
        reason = f"the expiration was not taken away: {task.reason}" if wanted.never else task.reason
        return Decision(FAILED, reason, result=result)
    if task is not None and task.status in (PENDING, RUNNING):
        return Decision(
            task.status, task.reason or "the expiration time is being changed", percent=task.percent, result=result
        )
    if task is not None:
        reason = f"Prism Central did not take the expiration time over: it is {iso_timestamp(point.expires) or 'never'}"
        return Decision(FAILED, reason, result=result)
    problem = _expiration_problem(wanted, observed.now)
    if problem:
        return Decision(BLOCKED, problem, result=result)
    if point.ext_id == _made(observed):
        told = f"{iso_timestamp(point.expires) or 'never'} instead of {iso_timestamp(expires) or 'never'}"
        what = f"Prism Central has made the recovery point {point.name or point.ext_id}"
        warnings += (f"{what} with another expiration than it was asked for, {told}; it is set again",)
    action = Action(
        "change",
        f"expiration of recovery point {point.name or point.ext_id}",
        before={"expiration_time": iso_timestamp(point.expires)},
        after={"expiration_time": iso_timestamp(expires)},
        payload={"ext_id": point.ext_id, "expires": expires},
    )
    return Decision(
        RUNNING, "the expiration time is being changed", actions=(action,), result=result, warnings=warnings
    )


def _expected(wanted: PointWanted, observed: PointObserved, point: RecoveryPoint) -> datetime.datetime | None:
    """Return when the recovery point should expire, None for never or as it is."""
    if wanted.keep_for is not None and point.created is not None and point.ext_id == _made(observed):
        # What it was made with is known to this run only; if it has any expiration, it is that.
        return point.expires or point.created + datetime.timedelta(seconds=wanted.keep_for)
    return wanted.expires


def _expires_then(point: RecoveryPoint, expires: datetime.datetime | None, never: bool) -> bool:
    if expires is None:
        return not never or point.expires is None
    return point.expires is not None and abs(point.expires - expires) < _SECOND


def _absent(wanted: PointWanted, observed: PointObserved, found: list[RecoveryPoint]) -> Decision:
    if not found:
        return Decision(ABSENT, result=_result(observed, None))
    if len(found) > 1:
        ids = ", ".join(sorted(point.ext_id for point in found))
        reason = (
            f"{len(found)} recovery points are named {wanted.name}: {ids}; say with ext_id which one is to be deleted"
        )
        return Decision(BLOCKED, reason, result=_result(observed, None, newest_usable(found, observed.now)))
    point = found[0]
    result = _result(observed, point)
    task = observed.changes.current
    if task is not None:
        # While it is listed it is not gone, whatever the task says.
        status = RUNNING if task.status == SUCCEEDED else task.status
        return Decision(
            status, task.reason or "the recovery point is being deleted", percent=task.percent, result=result
        )
    different = _different(wanted, point)
    if different:
        reason = f"the recovery point {point.ext_id} is another one than is said, so it is not deleted: {', '.join(different)}"
        return Decision(BLOCKED, reason, result=result)
    if point.secure:
        reason = "the recovery point is secure: it can only be deleted in Prism Central, with an approval"
        return Decision(BLOCKED, reason, result=result)
    action = Action(
        "delete",
        f"recovery point {point.name or point.ext_id}",
        before={"ext_id": point.ext_id, "name": point.name, "created_at": iso_timestamp(point.created)},
        payload={"ext_id": point.ext_id},
    )
    return Decision(RUNNING, "the recovery point is being deleted", actions=(action,), result=result)


def _result(
    observed: PointObserved, point: RecoveryPoint | None, newest: RecoveryPoint | None = None
) -> dict[str, Any]:
    """Return what the task tells; `newest` is the newest usable one where that is not `point`."""
    if newest is None and point is not None and point.usable:
        newest = point
    tasks = observed.creations.tasks + observed.changes.tasks
    return {
        "response": dict(point.raw if point else tasks[-1].raw if tasks else {}) or None,
        "ext_id": point.ext_id if point else None,
        "recovery_point": as_recovery_point(point, observed.container).as_result(observed.now) if point else None,
        "rpo_seconds": newest.age_seconds(observed.now) if newest else None,
        "task_ext_id": tasks[-1].ext_id if tasks else None,
        "tasks": task_results(tasks),
    }
