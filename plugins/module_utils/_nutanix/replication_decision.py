# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What to do so that a recovery point has a replica at another Prism Central, or on another cluster of its own. Pure.

Prism Central replicates as often as it is asked to. Replicas have ids of their own and the same locationAgnosticId
(developers.nutanix.com/api-reference, dataprotection), so that is what is looked for at the target first.
"""

from __future__ import annotations

import datetime
from dataclasses import dataclass, field
from typing import Any

from ansible_collections.bcdr.multicloud.plugins.module_utils._core.reconcile import (
    BLOCKED,
    FAILED,
    PENDING,
    RUNNING,
    SUCCEEDED,
    Action,
    Decision,
)
from ansible_collections.bcdr.multicloud.plugins.module_utils._core.recovery_points import RecoveryPoint as SharedPoint
from ansible_collections.bcdr.multicloud.plugins.module_utils._nutanix.attempts import Attempts, task_results
from ansible_collections.bcdr.multicloud.plugins.module_utils._nutanix.tokens import derived_request_id
from ansible_collections.bcdr.multicloud.plugins.module_utils._nutanix.values import (
    RecoveryPoint,
    Task,
    as_recovery_point,
    newest_usable,
)


@dataclass(frozen=True)
class ReplicaWanted:
    """`cluster_ext_id` "" leaves the choice to Prism Central, `pc_ext_id` "" is the source's own.

    `by_api_key`: the source is signed in to with a key. Without `target_asked` only what the source knows counts: its own
    locations and its tasks.
    """

    ext_id: str
    pc_ext_id: str
    cluster_ext_id: str = ""
    by_api_key: bool = False
    target_asked: bool = True


@dataclass(frozen=True)
class ReplicaObserved:
    """`source` None: it is not there, or cannot be asked for (`source_unavailable`).

    `replicas` are what the target has with the source's location-agnostic id, None when it cannot be asked
    (`target_unavailable`); `patient`: there will be another pass. `active` are replications of this recovery point that
    anybody has started at the source. For a target that is the source's own Prism Central, or is not asked, `replicas` is the source.
    """

    source: RecoveryPoint | None
    replicas: tuple[RecoveryPoint, ...] | None
    now: datetime.datetime
    active: tuple[Task, ...] = ()
    attempts: Attempts = field(default_factory=Attempts)
    source_unavailable: str = ""
    target_unavailable: str = ""
    patient: bool = False


def find_replica(wanted: ReplicaWanted, observed: ReplicaObserved) -> RecoveryPoint | None:
    """Return the usable replica where it is wanted, or None."""
    there = [
        point
        for point in observed.replicas or ()
        if not wanted.cluster_ext_id or wanted.cluster_ext_id in point.cluster_ext_ids
    ]
    return newest_usable(there, observed.now)


def decide_replica(wanted: ReplicaWanted, observed: ReplicaObserved) -> Decision:
    """Return whether to start a replication, and how far it is."""
    replica = find_replica(wanted, observed)
    if replica is not None:
        return Decision(SUCCEEDED, percent=100.0, result=_result(wanted, observed, replica))
    result = _result(wanted, observed, None)
    if observed.replicas is None:
        # Without having looked, a second replica might be made.
        status = PENDING if observed.patient else FAILED
        return Decision(status, f"the target cannot be asked: {observed.target_unavailable}", result=result)
    task = observed.attempts.current
    if task is None:
        task = next(
            (one for one in observed.active if _goes_to(wanted, one) and one.status in (PENDING, RUNNING)), None
        )
    if not wanted.target_asked and (task is None or task.status == SUCCEEDED):
        known = task or next((one for one in observed.active if _went_to(wanted, one)), None)
        if known is not None:
            result = {
                **result,
                "replica_ext_id": known.detail("recoveryPointExtId") or None,
                "response": dict(known.raw),
            }
            reason = f"the task {known.ext_id} has replicated it; without target its Prism Central was not asked"
            return Decision(SUCCEEDED, reason, percent=100.0, result=result)
    if task is not None:
        if task.status == FAILED:
            return Decision(FAILED, task.reason, result=result)
        if task.status == SUCCEEDED:
            return Decision(
                RUNNING, "the task is done, its recovery point is not listed at the target yet", result=result
            )
        return Decision(task.status, task.reason, percent=task.percent, result=result)
    source = observed.source
    if source is None:
        return _without_source(wanted, observed, result)
    problem = _problem(wanted, source, observed.now)
    if problem:
        return Decision(BLOCKED, problem, result=result)
    if observed.attempts.exhausted:
        return Decision(FAILED, "Prism Central answers each new request with a task of an earlier one", result=result)
    place = f"cluster {wanted.cluster_ext_id}" if wanted.cluster_ext_id else "a cluster of its choice"
    if wanted.pc_ext_id:
        place = f"Prism Central {wanted.pc_ext_id}, {place}"
    action = Action(
        "start",
        f"replication of {source.name or source.ext_id} to {place}",
        after={
            "location_agnostic_id": source.location_agnostic_id,
            "pc_ext_id": wanted.pc_ext_id or None,
            "cluster_ext_id": wanted.cluster_ext_id or None,
        },
        payload={
            "token": derived_request_id(
                "replicate",
                source.location_agnostic_id,
                wanted.pc_ext_id,
                wanted.cluster_ext_id,
                observed.attempts.number,
            )
        },
    )
    return Decision(RUNNING, "the replication is starting", actions=(action,), result=result)


def _goes_to(wanted: ReplicaWanted, task: Task) -> bool:
    """Return whether a replication may be the wanted one: its clusters are the source's, and the target's."""
    return (
        not wanted.cluster_ext_id or len(task.cluster_ext_ids) < 2 or wanted.cluster_ext_id in task.cluster_ext_ids[1:]
    )


def _went_to(wanted: ReplicaWanted, task: Task) -> bool:
    """Return whether a replication is known to have made the wanted replica."""
    return task.status == SUCCEEDED and wanted.cluster_ext_id in task.cluster_ext_ids[1:]


def _without_source(wanted: ReplicaWanted, observed: ReplicaObserved, result: dict[str, Any]) -> Decision:
    if observed.source_unavailable:
        status = PENDING if observed.patient else FAILED
        return Decision(status, f"the source cannot be asked: {observed.source_unavailable}", result=result)
    return Decision(
        FAILED, f"there is no recovery point {wanted.ext_id}, and no replica of it at the target", result=result
    )


def _problem(wanted: ReplicaWanted, source: RecoveryPoint, now: datetime.datetime) -> str:
    """Return which rule forbids to replicate; "" when none is known."""
    if wanted.by_api_key:
        return "Prism Central replicates for users only: sign in with nutanix_username and nutanix_password, not with nutanix_api_key"
    if not source.usable:
        return f"the recovery point is {source.status or 'in no known status'} and cannot be replicated"
    if source.expired(now):
        return "the recovery point has expired"
    return ""


def _result(wanted: ReplicaWanted, observed: ReplicaObserved, replica: RecoveryPoint | None) -> dict[str, Any]:
    source = observed.source
    known = replica or source
    tasks = observed.attempts.tasks
    return {
        "ext_id": source.ext_id if source else wanted.ext_id,
        "location_agnostic_id": known.location_agnostic_id if known else None,
        "replica_ext_id": replica.ext_id if replica else None,
        "replica": _shown(wanted, replica).as_result(observed.now) if replica else None,
        "response": dict(tasks[-1].raw if tasks else replica.raw if replica else {}) or None,
        "pc_ext_id": wanted.pc_ext_id or None,
        "cluster_ext_id": wanted.cluster_ext_id or None,
        "task_ext_id": tasks[-1].ext_id if tasks else None,
        "tasks": task_results(tasks),
    }


def _shown(wanted: ReplicaWanted, replica: RecoveryPoint) -> SharedPoint:
    return as_recovery_point(replica, wanted.pc_ext_id, wanted.pc_ext_id)
