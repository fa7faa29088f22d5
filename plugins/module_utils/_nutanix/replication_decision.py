# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What to do so that a recovery point has replicas at other Prism Centrals, or on another cluster of its own. Pure.

Prism Central replicates as often as it is asked to. Replicas have ids of their own and the same locationAgnosticId
(developers.nutanix.com/api-reference, dataprotection), so that is what is looked for at the targets first.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from ansible_collections.bcdr.multicloud.plugins.module_utils._core.durations import format_duration
from ansible_collections.bcdr.multicloud.plugins.module_utils._core.reconcile import (
    BLOCKED,
    FAILED,
    PENDING,
    RUNNING,
    SUCCEEDED,
    UNSETTLED,
    Action,
    Decision,
    merged_status,
)
from ansible_collections.bcdr.multicloud.plugins.module_utils._core.recovery_points import iso_timestamp
from ansible_collections.bcdr.multicloud.plugins.module_utils._nutanix.attempts import Attempts, task_results
from ansible_collections.bcdr.multicloud.plugins.module_utils._nutanix.tokens import derived_request_id
from ansible_collections.bcdr.multicloud.plugins.module_utils._nutanix.values import (
    AvailabilityZone,
    RecoveryPoint,
    Task,
    as_recovery_point,
    named_shortly,
    newest_usable,
)


@dataclass(frozen=True)
class Target:
    """A place for a replica. `pc_ext_id` "" is the source's own Prism Central, `cluster_ext_id` "" leaves the choice to it.

    `name` is where the Prism Central is, "" when only its id is known; `clusters` are those that it has, as far as they
    are known. Unless it is `asked`, only what the source knows counts: its own locations and its tasks.
    """

    name: str = ""
    pc_ext_id: str = ""
    cluster_ext_id: str = ""
    clusters: frozenset[str] = frozenset()
    asked: bool = True

    @property
    def label(self) -> str:
        return self.name or self.pc_ext_id


@dataclass(frozen=True)
class ReplicasWanted:
    """Without `ext_id` it is the newest usable recovery point that holds the very same VMs and volume groups.

    `by_api_key`: the source is signed in to with a key.
    """

    targets: tuple[Target, ...]
    ext_id: str = ""
    vm_ext_ids: frozenset[str] = frozenset()
    volume_group_ext_ids: frozenset[str] = frozenset()
    by_api_key: bool = False


@dataclass(frozen=True)
class TargetObserved:
    """What one target has: `points` of the VMs and volume groups, among them the replicas of the source.

    Where they were not `looked` for nothing is known of them. `unavailable` says why the target cannot be asked, `patient` whether it
    will be asked again, `refused` why it does not let this login in, or has no such place. `active` are replications of
    the source that anybody has started there.
    """

    points: tuple[RecoveryPoint, ...] = ()
    looked: bool = True
    active: tuple[Task, ...] = ()
    attempts: Attempts = field(default_factory=Attempts)
    unavailable: str = ""
    patient: bool = False
    refused: str = ""


@dataclass(frozen=True)
class ReplicasObserved:
    """`source` is the recovery point to replicate, None when there is none or it is not known yet.

    `source_unavailable` says why the source cannot be asked, and `patient` whether it will be asked again.
    `source_under_way`: a recovery point is being made that would be the first one. `zones` are the availability zones that
    the source knows, None when that is not known.
    """

    source: RecoveryPoint | None
    targets: tuple[TargetObserved, ...]
    now: datetime.datetime
    source_unavailable: str = ""
    patient: bool = False
    source_under_way: bool = False
    check_mode: bool = False
    zones: tuple[AvailabilityZone, ...] | None = None


@dataclass(frozen=True)
class _Replica:
    status: str
    reason: str = ""
    percent: float | None = None
    point: RecoveryPoint | None = None
    task: Task | None = None
    actions: tuple[Action, ...] = ()
    warnings: tuple[str, ...] = ()
    began: datetime.datetime | None = None


def of_entities(
    points: Iterable[RecoveryPoint], vm_ext_ids: frozenset[str], volume_group_ext_ids: frozenset[str]
) -> list[RecoveryPoint]:
    """Return the recovery points that hold the very same VMs and volume groups."""
    return [
        point
        for point in points
        if (point.vm_ext_ids, point.volume_group_ext_ids) == (vm_ext_ids, volume_group_ext_ids)
    ]


def find_replica(
    source: RecoveryPoint | None, target: Target, points: Sequence[RecoveryPoint], now: datetime.datetime
) -> RecoveryPoint | None:
    """Return the usable replica of the source where it is wanted, or None."""
    if source is None:
        return None
    same = [point for point in points if point.location_agnostic_id == source.location_agnostic_id]
    return newest_usable(_there(source, target, same), now)


def _there(source: RecoveryPoint | None, target: Target, points: Sequence[RecoveryPoint]) -> list[RecoveryPoint]:
    """Return what is at the target. At the source's own Prism Central that is only what has a second place there."""
    own = source is not None and any(point.ext_id == source.ext_id for point in points)
    return [
        point
        for point in points
        if (not target.cluster_ext_id or target.cluster_ext_id in point.cluster_ext_ids)
        and (not own or len(point.cluster_ext_ids) > 1)
    ]


def decide_replicas(wanted: ReplicasWanted, observed: ReplicasObserved) -> Decision:
    """Return which replications to start, and where each target stands."""
    replicas = [_decide_one(wanted, index, observed) for index in range(len(wanted.targets))]
    reasons = [replica.reason for replica in replicas]
    if len(replicas) > 1:
        reasons = [
            f"{target.label}: {reason}" if reason else ""
            for target, reason in zip(wanted.targets, reasons, strict=True)
        ]
    percents = [replica.percent for replica in replicas if replica.percent is not None]
    return Decision(
        merged_status(replica.status for replica in replicas),
        "; ".join(filter(None, reasons)),
        actions=tuple(action for replica in replicas for action in replica.actions),
        percent=sum(percents) / len(percents) if len(percents) == len(replicas) else None,
        result=_result(wanted, observed, replicas),
        warnings=tuple(warning for replica in replicas for warning in replica.warnings),
    )


def _decide_one(wanted: ReplicasWanted, index: int, observed: ReplicasObserved) -> _Replica:
    target, view, source = wanted.targets[index], observed.targets[index], observed.source
    if view.refused:
        return _Replica(FAILED, view.refused)
    replica = find_replica(source, target, view.points, observed.now)
    if replica is not None:
        return _Replica(SUCCEEDED, percent=100.0, point=replica)
    if view.unavailable:
        # Without having looked, a second replica might be made.
        return _Replica(PENDING if view.patient else FAILED, f"the target cannot be asked: {view.unavailable}")
    task = view.attempts.current
    if task is None:
        task = next((one for one in view.active if _goes_to(target, one) and one.status in UNSETTLED), None)
    if not target.asked and (task is None or task.status == SUCCEEDED):
        known = task or next((one for one in view.active if _went_to(target, one)), None)
        if known is not None:
            reason = f"the task {known.ext_id} has replicated it; without target its Prism Central was not asked"
            return _Replica(SUCCEEDED, reason, percent=100.0, task=known)
    if task is not None:
        if task.status == FAILED:
            return _Replica(FAILED, task.reason)
        if task.status in UNSETTLED and observed.source_unavailable and not observed.patient:
            reason = (
                f"the source cannot be asked: {observed.source_unavailable}; the task {task.ext_id} goes on by itself"
            )
            return _Replica(FAILED, reason, percent=task.percent)
        if task.status == SUCCEEDED:
            return _Replica(RUNNING, "the task is done, its recovery point is not listed at the target yet")
        return _Replica(task.status, task.reason, percent=task.percent, began=task.created)
    if observed.source_unavailable:
        return _without_source(wanted, target, view, observed)
    if source is None:
        return _no_source(wanted, observed)
    problem = _problem(wanted, source, observed.now) or _place_problem(target, source, observed.zones)
    if problem:
        return _Replica(BLOCKED, problem)
    if view.attempts.exhausted:
        return _Replica(FAILED, "Prism Central answers each new request with a task of an earlier one")
    return _Replica(RUNNING, "the replication is starting", actions=(_start(index, target, view, source),))


def _start(index: int, target: Target, view: TargetObserved, source: RecoveryPoint) -> Action:
    place = f"cluster {target.cluster_ext_id}" if target.cluster_ext_id else "a cluster of its choice"
    if target.pc_ext_id:
        place = f"Prism Central {target.pc_ext_id}, {place}"
    token = derived_request_id(
        "replicate", source.location_agnostic_id, target.pc_ext_id, target.cluster_ext_id, view.attempts.number
    )
    return Action(
        "start",
        f"replication of {source.name or source.ext_id} to {place}",
        after={
            "location_agnostic_id": source.location_agnostic_id,
            "pc_ext_id": target.pc_ext_id or None,
            "cluster_ext_id": target.cluster_ext_id or None,
        },
        payload={"target": index, "ext_id": source.ext_id, "token": token},
    )


def _goes_to(target: Target, task: Task) -> bool:
    """Return whether a replication may be the wanted one: its clusters are the source's, and the target's."""
    places = frozenset((target.cluster_ext_id,)) if target.cluster_ext_id else target.clusters
    return not places or len(task.cluster_ext_ids) < 2 or bool(places.intersection(task.cluster_ext_ids[1:]))


def _went_to(target: Target, task: Task) -> bool:
    """Return whether a replication is known to have made the wanted replica."""
    return task.status == SUCCEEDED and target.cluster_ext_id in task.cluster_ext_ids[1:]


def _no_source(wanted: ReplicasWanted, observed: ReplicasObserved) -> _Replica:
    if wanted.ext_id:
        return _Replica(FAILED, f"there is no recovery point {wanted.ext_id}, and no replica of it at the target")
    reason = f"there is no usable recovery point of {_entities(wanted)} at the source"
    if observed.source_under_way:
        return _Replica(PENDING, f"{reason} yet, one is being made")
    # In check mode a task before this one may have told that it would make one.
    return _Replica(PENDING, f"{reason} yet") if observed.check_mode else _Replica(FAILED, reason)


def _entities(wanted: ReplicasWanted) -> str:
    return named_shortly([*sorted(wanted.vm_ext_ids), *sorted(wanted.volume_group_ext_ids)])


def _without_source(
    wanted: ReplicasWanted, target: Target, view: TargetObserved, observed: ReplicasObserved
) -> _Replica:
    """The source cannot be asked: what is at the target is what there is."""
    reason = f"the source cannot be asked: {observed.source_unavailable}"
    if observed.patient:
        return _Replica(PENDING, reason)
    newest = _newest(wanted, target, view, observed)
    # Of what this run has found before, the target has something older at best.
    if newest is None or newest.created is None or wanted.ext_id or observed.source is not None:
        if not wanted.ext_id and view.looked:
            held = f"a replica from {iso_timestamp(newest.created)}" if newest is not None else "no replica"
            reason += f"; the target has {held}"
        return _Replica(FAILED, reason)
    age = format_duration((observed.now - newest.created).total_seconds())
    warning = (
        f"{_entities(wanted)}: the source cannot be asked ({observed.source_unavailable}); the newest replica at {target.label} "
        f"is {age} old, and whether there was a newer recovery point is not known"
    )
    return _Replica(SUCCEEDED, percent=100.0, point=newest, warnings=(warning,))


def _problem(wanted: ReplicasWanted, source: RecoveryPoint, now: datetime.datetime) -> str:
    """Return which rule forbids to replicate; "" when none is known."""
    if wanted.by_api_key:
        return "Prism Central replicates for users only: sign in with nutanix_username and nutanix_password, not with nutanix_api_key"
    if not source.usable:
        return f"the recovery point is {source.status or 'in no known status'} and cannot be replicated"
    if source.expired(now):
        return "the recovery point has expired"
    return ""


def _place_problem(target: Target, source: RecoveryPoint, zones: tuple[AvailabilityZone, ...] | None) -> str:
    """Return that the target is where the source is, or not paired with it; "" when it is neither, or that is not known."""
    if target.cluster_ext_id in source.cluster_ext_ids:
        return (
            f"the recovery point is on cluster {target.cluster_ext_id} and nowhere else, so a replica there would be no copy of it; "
            "name another cluster"
        )
    if zones is None or not target.pc_ext_id or any(zone.pc_ext_id in ("", target.pc_ext_id) for zone in zones):
        return ""
    known = ", ".join(f"{zone.name} ({zone.pc_ext_id})" for zone in zones) or "none"
    where = f"{target.name} ({target.pc_ext_id})" if target.name else target.pc_ext_id
    return (
        f"the source is not paired with the Prism Central {where}; the availability zones that it knows are {known}: pair the two in "
        "Prism Central first"
    )


def _newest(
    wanted: ReplicasWanted, target: Target, view: TargetObserved, observed: ReplicasObserved
) -> RecoveryPoint | None:
    """Return the newest usable recovery point of the very same VMs and volume groups at the target."""
    vms, groups = wanted.vm_ext_ids, wanted.volume_group_ext_ids
    if observed.source is not None:
        vms, groups = observed.source.vm_ext_ids, observed.source.volume_group_ext_ids
    there = _there(observed.source, target, view.points)
    return newest_usable(of_entities(there, vms, groups), observed.now)


def _result(wanted: ReplicasWanted, observed: ReplicasObserved, replicas: list[_Replica]) -> dict[str, Any]:
    source, first, target = observed.source, replicas[0], wanted.targets[0]
    known = first.point or source
    shown = [_replica_result(wanted, index, replica, observed) for index, replica in enumerate(replicas)]
    task = first.task or next(reversed(observed.targets[0].attempts.tasks), None)
    response = task.raw if task else first.point.raw if first.point else {}
    return {
        "ext_id": (source.ext_id if source else wanted.ext_id) or None,
        "location_agnostic_id": known.location_agnostic_id if known else None,
        "replica_ext_id": shown[0]["replica_ext_id"],
        "replica": _shown(target, first.point, observed),
        "replicas": shown,
        "response": dict(response) or None,
        "pc_ext_id": target.pc_ext_id or None,
        "cluster_ext_id": target.cluster_ext_id or None,
        "task_ext_id": shown[0]["task_ext_id"],
        "tasks": task_results([task for view in observed.targets for task in view.attempts.tasks]),
    }


def _replica_result(
    wanted: ReplicasWanted, index: int, replica: _Replica, observed: ReplicasObserved
) -> dict[str, Any]:
    target, view = wanted.targets[index], observed.targets[index]
    tasks = view.attempts.tasks
    made = replica.task.detail("recoveryPointExtId") if replica.task else ""
    seen = replica.point is not None or (view.looked and not view.unavailable and not view.refused)
    newest = _newest(wanted, target, view, observed) if seen else None
    return {
        "name": target.name or None,
        "pc_ext_id": target.pc_ext_id or None,
        "cluster_ext_id": target.cluster_ext_id or None,
        "target_seen": seen,
        "status": replica.status,
        "reason": replica.reason,
        "progress_percent": replica.percent,
        "running_seconds": max(0, round((observed.now - replica.began).total_seconds())) if replica.began else None,
        "task_ext_id": tasks[-1].ext_id if tasks else None,
        "replica_ext_id": (replica.point.ext_id if replica.point else made) or None,
        "newest_usable": _shown(target, newest, observed),
        "rpo_seconds": newest.age_seconds(observed.now) if newest else None,
    }


def _shown(target: Target, point: RecoveryPoint | None, observed: ReplicasObserved) -> dict[str, Any] | None:
    if point is None:
        return None
    return as_recovery_point(point, target.pc_ext_id, target.pc_ext_id).as_result(observed.now)
