# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What to do about the copies of a file system's recovery point in other vaults, regions and accounts. Pure.

AWS accepts a copy that cannot succeed and lets its job fail minutes or hours later; all that is known here before one
is started (docs.aws.amazon.com/aws-backup: recov-point-create-a-copy, cross-region-backup, create-cross-account-backup,
vault-lock, plan-options-and-configuration).
"""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ansible_collections.bcdr.multicloud.plugins.module_utils._aws.arns import parse_arn
from ansible_collections.bcdr.multicloud.plugins.module_utils._aws.efs.limits import (
    lifecycle_problem,
    lock_problem,
    policy_problem,
)
from ansible_collections.bcdr.multicloud.plugins.module_utils._aws.efs.tokens import derived_token, newest_id
from ansible_collections.bcdr.multicloud.plugins.module_utils._aws.efs.values import (
    AUTOMATIC_VAULT,
    DEFAULT_VAULT,
    Job,
    Lifecycle,
    Point,
    Vault,
    newest_usable,
)
from ansible_collections.bcdr.multicloud.plugins.module_utils._core.durations import format_duration
from ansible_collections.bcdr.multicloud.plugins.module_utils._core.reconcile import (
    BLOCKED,
    FAILED,
    PENDING,
    RUNNING,
    SUCCEEDED,
    Action,
    Decision,
    merged_status,
)
from ansible_collections.bcdr.multicloud.plugins.module_utils._core.recovery_points import iso_timestamp

_DAY = datetime.timedelta(days=1)
# AWS makes one backup of a file system at a time, so no two begin in the same second.
_SAME_MOMENT = datetime.timedelta(seconds=1)


@dataclass(frozen=True)
class Destination:
    """One vault that gets a copy."""

    vault_arn: str
    lifecycle: Lifecycle = field(default_factory=Lifecycle)


@dataclass(frozen=True)
class CopyWanted:
    """`point_arn` "" means the newest usable point of the file system in the source vault."""

    source_vault_arn: str
    destinations: tuple[Destination, ...]
    resource_arn: str = ""
    point_arn: str = ""


@dataclass(frozen=True)
class DestinationObserved:
    """`vault` is None when it does not exist or may not be seen; `points` are those of the file system in it.

    `policy` is {} when the vault has none, None when it may not be read. `unavailable` says why the region cannot be
    asked, and `patient` whether it will be asked again; `refused` says why AWS does not let this identity in.
    `begun` is the id of the job that this run has started for it.
    """

    vault: Vault | None
    points: tuple[Point, ...] = ()
    jobs: tuple[Job, ...] = ()
    policy: Mapping[str, Any] | None = field(default_factory=dict)
    cross_account: bool | None = None
    unavailable: str = ""
    patient: bool = False
    refused: str = ""
    begun: str = ""


@dataclass(frozen=True)
class CopyObserved:
    """`source` is the point to copy, None when there is none; `source_unavailable` says why it cannot be asked.

    `source_vault_seen` is false when the source vault does not exist or may not be seen, `backup_under_way` says that a
    backup is going to bring a first point. `started` are ids of this run's jobs, `left_queue` says when this run first
    saw a job that was no longer queued.
    """

    source: Point | None
    destinations: tuple[DestinationObserved, ...]
    now: datetime.datetime
    source_unavailable: str = ""
    started: frozenset[str] = frozenset()
    source_vault_seen: bool = True
    backup_under_way: bool = False
    check_mode: bool = False
    left_queue: Mapping[str, datetime.datetime] = field(default_factory=dict)


@dataclass(frozen=True)
class CopyState:
    """What is concluded for one destination; `point` is the copy there, `job` the newest job that copies to it."""

    status: str
    reason: str = ""
    point: Point | None = None
    job: Job | None = None
    actions: tuple[Action, ...] = ()
    warnings: tuple[str, ...] = ()


def find_copy(source: Point, points: Sequence[Point]) -> Point | None:
    """Return the copy of the point in a vault. AWS keeps the creation date, also in a copy of a copy, which names the vault
    that it was read from: no other backup of the file system has it."""
    found = [
        point
        for point in points
        if abs(point.created - source.created) < _SAME_MOMENT
        and point.resource_arn == source.resource_arn
        and point.arn != source.arn
    ]
    return max(found, key=lambda point: point.usable, default=None)


def partition_rule(source_vault_arn: str, vault_arn: str) -> str:
    """Return why there is no way from the one vault to the other, which neither has to be asked for; "" when there is."""
    here, there = parse_arn(source_vault_arn), parse_arn(vault_arn)
    if here is None or there is None or here.partition == there.partition:
        return ""
    return f"AWS copies nothing between its partitions {here.partition} and {there.partition}"


def decide_copies(wanted: CopyWanted, observed: CopyObserved) -> Decision:
    """Return which copies to start, and where each destination stands."""
    copies = [
        _decide_one(wanted, destination, view, observed)
        for destination, view in zip(wanted.destinations, observed.destinations, strict=True)
    ]
    results = [
        copy_result(destination, view, copy, observed)
        for destination, view, copy in zip(wanted.destinations, observed.destinations, copies, strict=True)
    ]
    return Decision(
        merged_status(copy.status for copy in copies),
        "; ".join(
            f"{shown_place(destination)}: {copy.reason}"
            for destination, copy in zip(wanted.destinations, copies, strict=True)
            if copy.reason
        ),
        actions=tuple(action for copy in copies for action in copy.actions),
        result={"recovery_point_arn": observed.source.arn if observed.source else None, "copies": results},
        warnings=tuple(warning for copy in copies for warning in copy.warnings),
    )


def shown_place(destination: Destination) -> str:
    """Return a vault for people: eu-central-1/dr."""
    arn = parse_arn(destination.vault_arn)
    return f"{arn.region}/{arn.name}" if arn else destination.vault_arn


def _decide_one(
    wanted: CopyWanted, destination: Destination, view: DestinationObserved, observed: CopyObserved
) -> CopyState:
    parted = partition_rule(wanted.source_vault_arn, destination.vault_arn)
    if parted:
        return CopyState(BLOCKED, parted)
    if view.unavailable:
        return CopyState(PENDING if view.patient else FAILED, f"the region cannot be asked: {view.unavailable}")
    if view.refused:
        return CopyState(FAILED, view.refused)
    if view.vault is None:
        return CopyState(
            BLOCKED,
            "the vault does not exist, or this identity may not see it, which AWS answers alike (AccessDenied); "
            "a vault of another account needs assume_role_arn or profile in its destination",
        )
    source = observed.source
    if observed.source_unavailable:
        return _without_source(wanted, view, observed)
    missing = without_point(wanted, observed)
    if missing is not None or source is None:
        return missing or CopyState(FAILED)
    copy = find_copy(source, view.points)
    own = (job for job in view.jobs if job.point_arn == source.arn)
    # In an order of their own, also when two are of the same moment.
    jobs = sorted(own, key=lambda one: (one.created, one.id), reverse=True)
    # One that failed beside one that is under way, as a run at the same time may have started it, does not count.
    job = next((one for one in jobs if one.status in (PENDING, RUNNING)), jobs[0] if jobs else None)
    if copy is not None and copy.usable:
        return CopyState(SUCCEEDED, "", copy, job)
    if job is not None and job.status == PENDING:
        waited = format_duration((observed.now - job.created).total_seconds())
        return CopyState(
            PENDING, f"queued for {waited}: AWS makes one backup or copy of a file system at a time", copy, job
        )
    if job is not None and job.status == RUNNING:
        return CopyState(
            RUNNING, f"copying for {format_duration((observed.now - job.created).total_seconds())}", copy, job
        )
    if job is not None and job.id in observed.started:
        if job.status == FAILED:
            return CopyState(FAILED, ended_badly(job), copy, job)
        return CopyState(RUNNING, "the job is done, its recovery point is not listed yet", copy, job)
    if view.begun and all(one.id != view.begun for one in jobs):
        # The list is older than what this run has started.
        return CopyState(RUNNING, "the copy job is not listed yet", copy, job)
    if copy is not None and copy.status == "CREATING" and (job is None or job.status != FAILED):
        return CopyState(RUNNING, "the copy is being made", copy, job)
    forbidden = forbidding_rule(wanted, destination, view, source, observed.now)
    if forbidden:
        return CopyState(BLOCKED, forbidden, None, job)
    failed = [one for one in jobs if one.status == FAILED]
    # All of them failed, or made a copy that has been deleted.
    token = derived_token(
        "copy", source.arn, destination.vault_arn, destination.lifecycle.as_request(), newest_id(jobs)
    )
    action = Action(
        "start",
        f"copy of {source.arn.rsplit(':', 1)[-1]} to {shown_place(destination)}",
        after={"recovery_point_arn": source.arn, "lifecycle": destination.lifecycle.as_request()},
        payload={"destination": destination, "point_arn": source.arn, "token": token},
    )
    warnings = inherits_expiry(destination, source, observed.now)
    reason = "the copy is starting"
    if failed:
        # A run that does not wait would otherwise never tell.
        reason += f" again, after {len(failed)} failed {'try' if len(failed) == 1 else 'tries'}"
        warnings += (f"{shown_place(destination)}: {ended_badly(failed[0])}; it is started again",)
    return CopyState(RUNNING, reason, job=job, actions=(action,), warnings=warnings)


def without_point(wanted: CopyWanted, observed: CopyObserved) -> CopyState | None:
    """Return where all destinations stand while there is no point to copy; None when there is one."""
    if not observed.source_vault_seen:
        return CopyState(
            BLOCKED,
            f"the source vault {wanted.source_vault_arn} does not exist, or this identity may not see it; AWS answers both alike",
        )
    if observed.source is None:
        what = wanted.point_arn or f"usable recovery point of {wanted.resource_arn}"
        reason = f"there is no {what} in {wanted.source_vault_arn}"
        if observed.backup_under_way:
            return CopyState(PENDING, f"{reason} yet, a backup is under way")
        # In check mode a task before this one may have told that it would make one.
        return CopyState(PENDING, f"{reason} yet") if observed.check_mode else CopyState(FAILED, reason)
    return None


def ended_badly(job: Job) -> str:
    """Return what AWS says of a job that failed."""
    return f"the copy job {job.id} ended {job.state}: {job.message or 'AWS gives no reason'}"


def _without_source(wanted: CopyWanted, view: DestinationObserved, observed: CopyObserved) -> CopyState:
    """The source region cannot be asked: what is in the vault is what there is."""
    newest = newest_usable(view.points)
    if newest is None or wanted.point_arn:
        held = f"a copy from {iso_timestamp(newest.created)}" if newest else "no copy"
        held = f"; the vault holds {held}" if wanted.resource_arn else ""
        return CopyState(FAILED, f"the source cannot be asked: {observed.source_unavailable}{held}", newest)
    age = format_duration((observed.now - newest.created).total_seconds())
    warning = (
        f"{wanted.resource_arn.rsplit('/', 1)[-1]}: the source cannot be asked ({observed.source_unavailable}); the newest copy in "
        f"{view.vault.name if view.vault else ''} is {age} old, and whether there was a newer point is not known"
    )
    return CopyState(SUCCEEDED, "", newest, warnings=(warning,))


def forbidding_rule(
    wanted: CopyWanted, destination: Destination, view: DestinationObserved, source: Point, now: datetime.datetime
) -> str:
    """Return which rule of AWS would let the job fail; "" when none is known."""
    here, there = parse_arn(wanted.source_vault_arn), parse_arn(destination.vault_arn)
    if here is None or there is None or view.vault is None:
        return "the vault's ARN cannot be read"
    if here.name == AUTOMATIC_VAULT:
        return f"{AUTOMATIC_VAULT} forbids copies out of it; back up to a vault of your own with efs_backup"
    if str(here) == str(there):
        return "it is the vault that the point is in"
    across = here.account != there.account
    if across and there.name == DEFAULT_VAULT:
        return "AWS copies nothing into the Default vault of another account; name another vault there"
    if across and view.cross_account is False:
        return "copies across accounts are switched off in the organisation (isCrossAccountBackupEnabled)"
    if not source.usable:
        return f"the point is {source.status or 'in no known state'} and cannot be copied"
    if source.is_cold(now):
        return "the point is in cold storage, and AWS copies only from warm storage"
    denied = policy_problem(view.policy, "backup:CopyIntoBackupVault", across)
    if denied:
        return denied
    return _lifecycle_rule(destination, view.vault, source, now)


def _lifecycle_rule(destination: Destination, vault: Vault, source: Point, now: datetime.datetime) -> str:
    problem = lifecycle_problem(destination.lifecycle)
    if problem:
        return problem
    asked = destination.lifecycle.delete_after_days
    retention = source.lifecycle.delete_after_days if asked is None else asked
    age = (now - source.created) / _DAY
    if retention is not None and retention <= age:
        return (
            f"lifecycle: delete_after_days is {retention}{'' if asked is not None else ' (from the source)'} and counts from the "
            f"creation of the point {age:.1f} days ago: the copy would expire at once"
        )
    cold = destination.lifecycle.move_to_cold_storage_after_days
    if cold is not None and retention is not None and asked is None:
        # The deletion is inherited, so AWS does not compare the two before the job runs.
        problem = lifecycle_problem(Lifecycle(retention, cold))
        if problem:
            return f"{problem} (delete_after_days is inherited from the source)"
    return lock_problem(vault, retention)


def inherits_expiry(destination: Destination, source: Point, now: datetime.datetime) -> tuple[str, ...]:
    """Return the warning that a copy expires with its source, where it does."""
    if destination.lifecycle.delete_after_days is None and source.delete_at is not None:
        left = format_duration((source.delete_at - now).total_seconds())
        warning = (
            f"the copy to {shown_place(destination)} inherits the expiry of its source, in {left}; "
            "give lifecycle.delete_after_days to keep it longer"
        )
        return (warning,)
    return ()


def copy_result(
    destination: Destination, view: DestinationObserved, copy: CopyState, observed: CopyObserved
) -> dict[str, Any]:
    """Return what the result says of one destination."""
    job, point = copy.job, copy.point
    newest = newest_usable(view.points)
    arn = parse_arn(destination.vault_arn)
    return {
        "backup_vault_arn": destination.vault_arn,
        "region": arn.region if arn else "",
        "account": arn.account if arn else "",
        "status": copy.status,
        "reason": copy.reason,
        "recovery_point_arn": point.arn if point and point.usable else None,
        "source_recovery_point_arn": observed.source.arn if observed.source else None,
        "created_at": iso_timestamp(point.created) if point else None,
        "expires_at": iso_timestamp(point.delete_at) if point else None,
        "copy_job": job.as_result() if job else None,
        "running_seconds": max(0, round((observed.now - job.created).total_seconds()))
        if job and job.status in (PENDING, RUNNING)
        else None,
        "queue_seconds": _queue_seconds(job, observed),
        "copy_seconds": round((job.completed - job.created).total_seconds())
        if job and job.completed and job.status == SUCCEEDED
        else None,
        "vault_seen": view.vault is not None,
        "newest_usable": newest.arn if newest else None,
        "rpo_seconds": max(0, round((observed.now - newest.created).total_seconds())) if newest else None,
    }


def _queue_seconds(job: Job | None, observed: CopyObserved) -> int | None:
    """Return how long the job was queued; AWS does not tell it afterwards, so only a run that watched it knows."""
    if job is None:
        return None
    until = observed.now if job.status == PENDING else observed.left_queue.get(job.id)
    return None if until is None else max(0, round((until - job.created).total_seconds()))
