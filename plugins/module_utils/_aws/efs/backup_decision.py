# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What to do so that a file system has a recovery point that is young enough. Pure."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ansible_collections.bcdr.multicloud.plugins.module_utils._aws.efs.tokens import derived_token
from ansible_collections.bcdr.multicloud.plugins.module_utils._aws.efs.values import (
    AUTOMATIC_VAULT,
    Job,
    Lifecycle,
    Point,
    as_recovery_point,
    newest_usable,
)
from ansible_collections.bcdr.multicloud.plugins.module_utils._core.reconcile import (
    BLOCKED,
    FAILED,
    PENDING,
    RUNNING,
    SUCCEEDED,
    Action,
    Decision,
)

# Ninety days are the least in cold storage (docs.aws.amazon.com/aws-backup, plan-options-and-configuration).
LEAST_COLD_DAYS = 90


@dataclass(frozen=True)
class BackupWanted:
    """`max_age` in seconds."""

    resource_arn: str
    vault: str
    role_arn: str
    max_age: int
    lifecycle: Lifecycle = field(default_factory=Lifecycle)
    tags: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class BackupObserved:
    """`points` is None when the vault does not exist or may not be seen; `started` are ids of this run's jobs."""

    points: tuple[Point, ...] | None
    now: datetime.datetime
    jobs: tuple[Job, ...] = ()
    started: frozenset[str] = frozenset()


def lifecycle_problem(lifecycle: Lifecycle) -> str:
    """Return what is wrong with a lifecycle; "" when nothing is."""
    delete, cold = lifecycle.delete_after_days, lifecycle.move_to_cold_storage_after_days
    if delete is not None and cold is not None and delete < cold + LEAST_COLD_DAYS:
        return (
            f"lifecycle: delete_after_days is {delete}, but must be {cold + LEAST_COLD_DAYS} or more, "
            f"because a point stays in cold storage for at least {LEAST_COLD_DAYS} days"
        )
    return ""


def decide_backup(wanted: BackupWanted, observed: BackupObserved) -> Decision:
    """Return whether a backup is due, under way, or has failed in this run."""
    if observed.points is None:
        return Decision(
            BLOCKED, f"the backup vault {wanted.vault} does not exist or may not be seen; AWS answers both alike"
        )
    newest = newest_usable(observed.points)
    result = _result(newest, None, observed.now)
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
        return Decision(
            FAILED,
            f"the backup job {failed.id} ended {failed.state}: {failed.message or 'AWS gives no reason'}",
            result=_result(newest, failed, observed.now),
        )
    made = {job.made_arn for job in observed.jobs if job.id in observed.started}
    if newest is not None:
        age = (observed.now - newest.created).total_seconds()
        if age <= wanted.max_age or newest.arn in made:
            return Decision(SUCCEEDED, percent=100.0, result=result)
    if made and not any(point.arn in made for point in observed.points):
        return Decision(RUNNING, "the job is done, its recovery point is not listed yet", result=result)
    if wanted.vault == AUTOMATIC_VAULT:
        return Decision(
            BLOCKED,
            f"{AUTOMATIC_VAULT} is for EFS's own backups, and AWS lets nobody copy or restore from it as it is made; "
            "use a vault of your own",
            result=result,
        )
    problem = lifecycle_problem(wanted.lifecycle)
    if problem:
        return Decision(BLOCKED, problem, result=result)
    since = newest.created if newest else None
    # A token gives the job that it gave before. That one is of no use when it failed, or its point has been deleted.
    usable = {point.arn for point in observed.points if point.usable}
    spent = sum(
        (job.status == FAILED or (job.status == SUCCEEDED and job.made_arn not in usable))
        and (since is None or job.created > since)
        for job in observed.jobs
    )
    slot = (since + datetime.timedelta(seconds=wanted.max_age)).isoformat() if since else "initial"
    action = Action(
        "start",
        f"backup of {wanted.resource_arn.rsplit('/', 1)[-1]} to {wanted.vault}",
        after={"lifecycle": wanted.lifecycle.as_request(), "tags": dict(sorted(wanted.tags.items()))},
        payload={"token": derived_token("backup", wanted.resource_arn, wanted.vault, slot, spent)},
    )
    return Decision(RUNNING, "the backup is starting", actions=(action,), result=result)


def _result(newest: Point | None, job: Job | None, now: datetime.datetime) -> dict[str, Any]:
    return {
        "recovery_point": as_recovery_point(newest).as_result(now) if newest else None,
        "backup_job": job.as_result() if job else None,
        "rpo_seconds": max(0, round((now - newest.created).total_seconds())) if newest else None,
    }
