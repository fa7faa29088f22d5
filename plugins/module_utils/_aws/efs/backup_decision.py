# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What to do so that a file system has a recovery point that is young enough. Pure."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ansible_collections.bcdr.multicloud.plugins.module_utils._aws.efs.limits import lifecycle_problem, lock_problem
from ansible_collections.bcdr.multicloud.plugins.module_utils._aws.efs.tokens import derived_token, newest_id
from ansible_collections.bcdr.multicloud.plugins.module_utils._aws.efs.values import (
    AUTOMATIC_VAULT,
    FileSystem,
    Job,
    Lifecycle,
    Point,
    Vault,
    as_recovery_point,
    newest_usable,
    source_tag,
)
from ansible_collections.bcdr.multicloud.plugins.module_utils._core.moments import lies_ahead
from ansible_collections.bcdr.multicloud.plugins.module_utils._core.reconcile import (
    BLOCKED,
    FAILED,
    PENDING,
    RUNNING,
    SUCCEEDED,
    Action,
    Decision,
)


@dataclass(frozen=True)
class BackupWanted:
    """`max_age` in seconds, or `newer_than`, which is the moment that a point has to be newer than."""

    resource_arn: str
    vault: str
    role_arn: str
    max_age: int
    lifecycle: Lifecycle = field(default_factory=Lifecycle)
    tags: Mapping[str, str] = field(default_factory=dict)
    newer_than: datetime.datetime | None = None


@dataclass(frozen=True)
class BackupObserved:
    """`points` is None when the vault does not exist or may not be seen; `started` are ids of this run's jobs.

    `vault` and `file_system` are looked at when a backup is due; `file_system` None: there is none.
    """

    points: tuple[Point, ...] | None
    now: datetime.datetime
    jobs: tuple[Job, ...] = ()
    started: frozenset[str] = frozenset()
    vault: Vault | None = None
    file_system: FileSystem | None = None


def is_due(wanted: BackupWanted, observed: BackupObserved) -> bool:
    """Return whether the newest usable point is older than asked for, or there is none."""
    if wanted.newer_than is not None:
        return first_after(wanted, observed) is None
    newest = newest_usable(observed.points or ())
    return newest is None or (observed.now - newest.created).total_seconds() > wanted.max_age


def first_after(wanted: BackupWanted, observed: BackupObserved) -> Point | None:
    """Return the oldest usable point that is newer than asked for: the same one however many follow it."""
    moment = wanted.newer_than
    if moment is None:
        return None
    usable = [point for point in observed.points or () if point.usable and point.created >= moment]
    return min(usable, key=lambda point: (point.created, point.arn), default=None)


def decide_backup(wanted: BackupWanted, observed: BackupObserved) -> Decision:
    """Return whether a backup is due, under way, or has failed in this run."""
    if observed.points is None:
        return Decision(
            BLOCKED, f"the backup vault {wanted.vault} does not exist or may not be seen; AWS answers both alike"
        )
    newest = newest_usable(observed.points)
    result = _result(newest, None, observed.now)
    meant = first_after(wanted, observed)
    if meant is not None:
        result["recovery_point"] = as_recovery_point(meant).as_result(observed.now)
        return Decision(SUCCEEDED, percent=100.0, result=result)
    problem = lies_ahead(wanted.newer_than, observed.now) if wanted.newer_than else ""
    if problem:
        return Decision(BLOCKED, problem, result=result)
    active = next((job for job in observed.jobs if job.status in (PENDING, RUNNING)), None)
    if active is not None:
        reason = (
            "waits its turn: AWS makes one backup or copy of a file system at a time"
            if active.status == PENDING
            else ""
        )
        return Decision(active.status, reason, percent=active.percent, result=_result(newest, active, observed.now))
    failed = next((job for job in observed.jobs if job.id in observed.started and job.status == FAILED), None)
    if failed is not None:
        return Decision(FAILED, _ended_badly(failed), result=_result(newest, failed, observed.now))
    made = {job.made_arn for job in observed.jobs if job.id in observed.started}
    ours = [point for point in observed.points if point.arn in made]
    if newest is not None and (not is_due(wanted, observed) or any(point.usable for point in ours)):
        return Decision(SUCCEEDED, percent=100.0, result=result)
    if observed.started:
        gone = [point for point in ours if point.status != "CREATING"]
        if gone:
            reason = f"the backup job is done, but its recovery point {gone[0].arn} is {gone[0].status}"
            return Decision(FAILED, reason, result=result)
        # A list may be older than what this run has started.
        what = "the job is done, its recovery point is" if made else "the job is"
        return Decision(RUNNING, f"{what} not listed yet", result=result)
    if wanted.vault == AUTOMATIC_VAULT:
        return Decision(
            BLOCKED,
            f"{AUTOMATIC_VAULT} is for EFS's own backups, and AWS lets nobody copy or restore from it as it is made; "
            "use a vault of your own",
            result=result,
        )
    file_system = observed.file_system
    if file_system is None:
        return Decision(BLOCKED, f"there is no file system {wanted.resource_arn}", result=result)
    if file_system.state == "creating":
        return Decision(PENDING, f"the file system {file_system.id} is still being created", result=result)
    problem = _problem(wanted, observed, file_system)
    if problem:
        return Decision(BLOCKED, problem, result=result)
    since = newest.created if newest else None
    usable = {point.arn for point in observed.points if point.usable}
    # Those that failed, or whose point has been deleted.
    spent = [
        job
        for job in observed.jobs
        if (job.status == FAILED or (job.status == SUCCEEDED and job.made_arn not in usable))
        and (since is None or job.created > since)
    ]
    slot = (since + datetime.timedelta(seconds=wanted.max_age)).isoformat() if since else "initial"
    if wanted.newer_than is not None:
        slot = wanted.newer_than.isoformat()
    tags = dict(sorted(wanted.tags.items()))
    action = Action(
        "start",
        f"backup of {wanted.resource_arn.rsplit('/', 1)[-1]} to {wanted.vault}",
        after={"lifecycle": wanted.lifecycle.as_request(), "tags": tags},
        payload={
            "token": derived_token("backup", wanted.resource_arn, wanted.vault, slot, newest_id(spent)),
            # What a restore needs to know on the day that the source cannot be asked any more.
            "tags": {**source_tag(file_system), **tags},
        },
    )
    tries = [job for job in observed.jobs if job.status == FAILED and (since is None or job.created > since)]
    if not tries:
        return Decision(RUNNING, "the backup is starting", actions=(action,), result=result)
    last = max(tries, key=lambda job: (job.created, job.id))
    return Decision(
        RUNNING,
        f"the backup is starting again, after {len(tries)} failed {'try' if len(tries) == 1 else 'tries'}",
        actions=(action,),
        result=result,
        # A run that does not wait would otherwise never tell.
        warnings=(f"{wanted.resource_arn.rsplit('/', 1)[-1]}: {_ended_badly(last)}; it is started again",),
    )


def _problem(wanted: BackupWanted, observed: BackupObserved, file_system: FileSystem) -> str:
    """Return which rule of AWS would let the job fail; "" when none is known."""
    if file_system.state not in ("available", "updating"):
        return f"the file system is {file_system.state or 'in no known state'} and cannot be backed up"
    problem = lifecycle_problem(wanted.lifecycle)
    if problem or observed.vault is None:
        return problem
    return lock_problem(observed.vault, wanted.lifecycle.delete_after_days)


def _ended_badly(job: Job) -> str:
    return f"the backup job {job.id} ended {job.state}: {job.message or 'AWS gives no reason'}"


def _result(newest: Point | None, job: Job | None, now: datetime.datetime) -> dict[str, Any]:
    return {
        "recovery_point": as_recovery_point(newest).as_result(now) if newest else None,
        "backup_job": job.as_result() if job else None,
        "rpo_seconds": max(0, round((now - newest.created).total_seconds())) if newest else None,
    }
