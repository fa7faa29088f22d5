# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Carries out what virtual time has brought about: jobs start, end and fail; points come, expire and go."""

from __future__ import annotations

import heapq
import json
from datetime import datetime, timezone

from ..world import USABLE, AwsError, Job, Lifecycle, Point, Restored, Vault, World, parse_vault_arn, partition
from .policies import effect

_MEGA, _GIGA = 1e6, 1e9
_BAD_ENDS = {
    "backup": ("FAILED", "PARTIAL", "ABORTED"),
    "copy": ("FAILED", "PARTIAL"),
    "restore": ("FAILED", "ABORTED"),
}
ACTIVE = ("CREATED", "PENDING", "RUNNING")


def settle(world: World, now: float) -> None:
    """Bring the state up to ``now``; each event sees its own time."""
    while world.events and world.events[0][0] <= now:
        at, _sequence, kind, subject = heapq.heappop(world.events)
        if kind == "ready":
            world.waiting.append(subject)
        elif kind == "ends":
            _end(world, world.jobs[subject], at)
        else:
            _point_event(world, kind, subject, at)
        start_waiting(world, at)


def submit(world: World, job: Job) -> None:
    """Take a new job in; it starts after a while in the queue."""
    world.jobs[job.id] = job
    _later(world, job.created + world.durations.queue, "ready", job, job.created)


def set_outage(world: World, region: str, mode: str | None, now: float) -> None:
    """Switch a region off (jobs that need it stand still) or on again."""
    if mode is not None:
        world.outages[region] = mode
        kept = []
        for event in world.events:
            at, _sequence, kind, subject = event
            if kind in ("ready", "ends") and region in world.jobs[subject].regions:
                world.held.setdefault(region, []).append((at - now, kind, subject))
            else:
                kept.append(event)
        world.events = kept
        heapq.heapify(world.events)
        return
    world.outages.pop(region, None)
    for remaining, kind, subject in world.held.pop(region, []):
        job = world.jobs[subject]
        if kind == "ends":
            job.finish_at = now + remaining
        _later(world, now + remaining, kind, job, now)
    start_waiting(world, now)


def _later(world: World, at: float, kind: str, job: Job, now: float) -> None:
    down = next((region for region in job.regions if region in world.outages), None)
    if down is None:
        world.push(at, kind, job.id)
    else:
        world.held.setdefault(down, []).append((at - now, kind, job.id))


# --- start -----------------------------------------------------------------------------------------------------------


def start_waiting(world: World, at: float) -> None:
    """Start the jobs whose turn it is, oldest first."""
    for identifier in list(world.waiting):
        job = world.jobs[identifier]
        if _may_run(world, job):
            world.waiting.remove(identifier)
            _run(world, job, at)


def _may_run(world: World, job: Job) -> bool:
    if any(region in world.outages for region in job.regions):
        return False
    if job.kind == "restore":
        return True
    running = [other for other in world.jobs.values() if other.state == "RUNNING" and other.kind != "restore"]
    if sum(other.resource == job.resource for other in running) >= world.limits.jobs_per_resource:
        return False
    here = sum(other.resource == job.resource and other.region == job.region for other in running)
    if here >= world.limits.jobs_per_resource_and_region:
        return False
    if job.kind == "backup":
        return True
    place = job.target.split(":")[3:5]
    there = sum(other.kind == "copy" and other.target.split(":")[3:5] == place for other in running)
    return there < world.limits.copies_per_destination


def _run(world: World, job: Job, at: float) -> None:
    job.state, job.started = "RUNNING", at
    problem: str | None = None
    try:
        problem = _role_problem(world, job) or {"backup": _run_backup, "copy": _run_copy, "restore": _run_restore}[
            job.kind
        ](world, job, at)
    except AwsError as error:
        problem = error.message
    needed = _seconds(world, job)
    if problem is not None:
        job.failure, needed = ("FAILED", problem), world.durations.late_failure
    elif job.forced is not None:
        state, message, seconds = job.forced
        if state not in _BAD_ENDS[job.kind]:
            state = "FAILED"
        job.failure = (state, message or f"The job ended {state} (fault injected by the sandbox's user).")
        needed = needed if seconds is None else seconds
    job.finish_at = at + needed
    _later(world, job.finish_at, "ends", job, at)


def _role_problem(world: World, job: Job) -> str | None:
    roles = world.accounts[job.account].roles
    if roles is None or job.role.rsplit("/", 1)[-1] in roles:
        return None
    return f"The IAM role {job.role} cannot be assumed by AWS Backup."


def _seconds(world: World, job: Job) -> float:
    times = world.durations
    if job.kind == "restore":
        found = world.find_point(job.account, job.region, job.point)
        cold = found is not None and job.started is not None and found[1].is_cold(job.started)
        return times.restore_base + job.size / (times.restore_mb_per_second * _MEGA) + cold * times.cold_restore
    base, per_gb = times.backup_base, 1000 / times.backup_mb_per_second
    vault = world.vaults.get(job.vault)
    if job.kind == "copy":
        base, per_gb = times.copy_base, 1000 / times.copy_mb_per_second
        link = world.links.get((job.region, job.target.split(":")[3]))
        if link is not None:
            base, per_gb = link.base, link.seconds_per_gb
        vault = world.vault_by_arn(job.target)
    share = 1.0
    if vault is not None and _has_base(world, vault, job):
        share = times.incremental_share
    return base + share * per_gb * job.size / _GIGA


def expected_minutes(world: World, job: Job) -> int:
    """What AWS expects a restore to take."""
    return max(1, round(_seconds(world, job) / 60))


def _has_base(world: World, vault: Vault, job: Job) -> bool:
    """Whether an earlier point of the resource is in that region and account, so that only changes are moved."""
    return any(
        point.resource == job.resource and point.status in USABLE
        for other in world.vaults.values()
        if (other.account, other.region) == (vault.account, vault.region)
        for point in other.points.values()
    )


def _outside_window(vault: Vault, lifecycle: Lifecycle) -> str | None:
    """Why a point with that lifecycle may not be in a locked vault."""
    if not vault.locked:
        return None
    days = lifecycle.delete_after
    if (vault.min_days is not None and days is not None and days < vault.min_days) or (
        vault.max_days is not None and (days is None or days > vault.max_days)
    ):
        kept = "for ever" if days is None else f"{days} days"
        return (
            f"The retention ({kept}) is not within the minimum ({vault.min_days}) and maximum ({vault.max_days}) "
            f"retention days of the locked backup vault {vault.name}."
        )
    return None


def _run_backup(world: World, job: Job, at: float) -> str | None:
    vault = world.vaults.get(job.vault)
    lifecycle = job.lifecycle or Lifecycle()
    if vault is None:
        return "The backup vault does not exist any more."
    source = world.cloud.file_system(job.account, job.region, job.resource.rsplit("/", 1)[-1]) if world.cloud else None
    if source is not None and at < source["ready"]:
        return "The file system is in the life cycle state 'creating' and cannot be backed up."
    problem = _outside_window(vault, lifecycle)
    if problem:
        return problem
    job.made = f"arn:{partition(job.region)}:backup:{job.region}:{job.account}:recovery-point:{world.uuid()}"
    point = Point(
        arn=job.made, resource=job.resource, resource_name=job.resource_name, created=job.created, initiated=at,
        size=job.size, lifecycle=lifecycle, key=vault.key, role=job.role, metadata=dict(job.metadata),
        tags=dict(job.tags or {}), status="CREATING",
    )  # fmt: skip
    world.add_point(vault, point)
    return None


def _run_copy(world: World, job: Job, at: float) -> str | None:
    found = world.find_point(job.account, job.region, job.point)
    if found is None:
        return "The source recovery point does not exist any more."
    source_vault, source = found
    parts = parse_vault_arn(job.target)
    vault = world.vault_by_arn(job.target)
    if parts is None or vault is None:
        return f"Access Denied trying to call AWS Backup service: the backup vault {job.target} was not found."
    if vault.account != job.account:
        if not world.cross_account:
            return "Cross-account backup is not enabled for the organization."
        mine, theirs = world.accounts[job.account], world.accounts[vault.account]
        if not (mine.organization and theirs.organization):
            return "The source and destination accounts are not members of the same organization."
        if vault.name.lower() == "default":
            return "The default backup vault cannot be the destination of a cross-account copy."
        if effect(world, vault, "backup:CopyIntoBackupVault", job.account) != "Allow":
            return (
                "Access Denied trying to call AWS Backup service: the access policy of the destination vault does not "
                "allow backup:CopyIntoBackupVault."
            )
    elif effect(world, vault, "backup:CopyIntoBackupVault", job.account) == "Deny":
        return (
            "Access Denied trying to call AWS Backup service: the destination vault denies backup:CopyIntoBackupVault."
        )
    if source.is_cold(at):
        return "AWS Backup does not support copies of recovery points in cold storage."
    lifecycle = copied_lifecycle(source, job.lifecycle)
    if (
        job.lifecycle
        and lifecycle.to_cold
        and lifecycle.delete_after
        and lifecycle.delete_after < lifecycle.to_cold + 90
    ):
        return "DeleteAfterDays, here of the source, cannot be less than 90 days apart from MoveToColdStorageAfterDays."
    problem = _outside_window(vault, lifecycle)
    if problem:
        return problem
    job.made = f"arn:{partition(vault.region)}:backup:{vault.region}:{vault.account}:recovery-point:{world.uuid()}"
    point = Point(
        arn=job.made, resource=source.resource, resource_name=source.resource_name, created=source.created,
        initiated=at, size=source.size, lifecycle=lifecycle, key=vault.key, role=job.role,
        metadata=dict(source.metadata), tags=dict(world.tags.get(source.arn, {})), source_vault=source_vault.arn,
        status="CREATING",
    )  # fmt: skip
    job.size = source.size
    world.add_point(vault, point)
    return None


def copied_lifecycle(source: Point, wanted: Lifecycle | None) -> Lifecycle:
    """A copy keeps its source's retention, also if it is told to be kept for ever (-1)."""
    if wanted is None:
        return source.lifecycle
    after = source.lifecycle.delete_after if wanted.delete_after in (None, -1) else wanted.delete_after
    return Lifecycle(None if wanted.to_cold == -1 else wanted.to_cold, after)


def _run_restore(world: World, job: Job, at: float) -> str | None:
    if world.find_point(job.account, job.region, job.point) is None:
        return "The recovery point does not exist any more."
    items = job.metadata.get("ItemsToRestore")
    if items is not None and _items(items) is None:
        return "ItemsToRestore is not an array of paths from the root, without wildcards."
    if world.cloud is None:
        return None
    if job.metadata.get("newFileSystem", "").lower() == "true":
        if not job.metadata.get("CreationToken"):
            return "CreationToken is required in the metadata to restore to a new file system."
        world.cloud.make_file_system(job, at)
        return None
    identifier = job.metadata.get("file-system-id", "").rsplit("/", 1)[-1]
    target = world.cloud.file_system(job.account, job.region, identifier) if identifier else None
    if target is None:
        return f"The file system {identifier!r} to restore into does not exist."
    job.file_system = identifier
    return None


def _items(text: str) -> list[str] | None:
    try:
        items = json.loads(text)
    except ValueError:
        return None
    good = isinstance(items, list) and items and all(isinstance(item, str) and _is_path(item) for item in items)
    return list(items) if good else None


def _is_path(item: str) -> bool:
    return item.startswith("/") and "*" not in item


# --- end -------------------------------------------------------------------------------------------------------------


def _end(world: World, job: Job, at: float) -> None:
    job.ended = at
    job.state, job.message = job.failure or ("COMPLETED", None)
    if job.kind == "restore":
        _end_restore(world, job, at)
        return
    target = world.vaults.get(job.vault) if job.kind == "backup" else world.vault_by_arn(job.target)
    point = target.points.get(job.made or "") if target else None
    if job.state in ("COMPLETED", "PARTIAL"):
        if point is None:
            job.state, job.message = "FAILED", "The backup vault does not exist any more."
            return
        point.completed = at
        if point.status == "CREATING":
            point.status = job.state
    elif target is not None and job.made is not None:
        target.points.pop(job.made, None)
        job.made = None
    else:
        job.made = None


def _end_restore(world: World, job: Job, at: float) -> None:
    new = job.metadata.get("newFileSystem", "").lower() == "true"
    if job.state != "COMPLETED":
        if new and job.file_system and world.cloud is not None:
            world.cloud.drop_file_system(job.account, job.region, job.file_system)
        return
    found = world.find_point(job.account, job.region, job.point)
    if found is not None:
        found[1].last_restore = at
    if job.file_system is None:
        return
    job.made = f"arn:{partition(job.region)}:elasticfilesystem:{job.region}:{job.account}:file-system/{job.file_system}"
    if world.cloud is not None:
        world.cloud.finish_file_system(job)
    when = datetime.fromtimestamp(job.started or at, timezone.utc)
    name = f"aws-backup-restore_{when:%Y-%m-%dT%H-%M-%S}-{when.microsecond:06d}Z"
    items = _items(job.metadata["ItemsToRestore"]) if "ItemsToRestore" in job.metadata else None
    world.restored.append(Restored(job.made, name, job.point, job.resource, items, job.size, at))


# --- points ----------------------------------------------------------------------------------------------------------


def _point_event(world: World, kind: str, arn: str, at: float) -> None:
    for vault in world.vaults.values():
        point = vault.points.get(arn)
        if point is None:
            continue
        if kind == "gone":
            del vault.points[arn]
            world.tags.pop(arn, None)
        elif point.status not in ("DELETING", "EXPIRED"):
            due = point.delete_at()
            if due is not None and due <= at:
                point.status = "EXPIRED"
                world.push(at + world.durations.expired, "gone", arn)
        return
