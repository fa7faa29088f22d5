# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What to do so that a recovery point is restored, once, or that what a restore made is gone again. Pure.

AWS accepts a restore that cannot succeed and lets its job fail minutes later; all that is known here before one is
started (docs.aws.amazon.com/aws-backup/latest/devguide/restoring-efs.html).
"""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ansible_collections.bcdr.multicloud.plugins.module_utils._aws.efs.limits import policy_problem
from ansible_collections.bcdr.multicloud.plugins.module_utils._aws.efs.restored import (
    RESTORE_DIRECTORY,
    RESTORED_FROM_TAG,
    Encryption,
    Key,
    SettingsObserved,
    SettingsWanted,
    choose_encryption,
    file_system_result,
    item_metadata,
    key_candidates,
    restore_metadata,
    setting_actions,
    verify_restored,
)
from ansible_collections.bcdr.multicloud.plugins.module_utils._aws.efs.tokens import derived_token, newest_id
from ansible_collections.bcdr.multicloud.plugins.module_utils._aws.efs.values import (
    FileSystem,
    Job,
    Point,
    SourceSettings,
    newest_usable,
)
from ansible_collections.bcdr.multicloud.plugins.module_utils._core.durations import format_duration
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

_GENERAL_PURPOSE = "generalPurpose"
# For so long a new file system may be there before the job that fills it is listed.
_LISTING_DELAY = datetime.timedelta(minutes=15)


@dataclass(frozen=True)
class RestoreWanted:
    """One restore.

    `file_system` is the id of the source ("" when `point_arn` alone says what to restore), `target` the id of an existing
    file system that gets `items`, "" for a new one. `encrypt` None and the empty fields follow the source.
    """

    region: str
    vault: str
    name: str
    file_system: str = ""
    point_arn: str = ""
    role_arn: str = ""
    items: tuple[str, ...] = ()
    target: str = ""
    encrypt: bool | None = None
    kms_key_id: str = ""
    kms_key_map: Mapping[str, str] = field(default_factory=dict)
    performance_mode: str = ""
    zone: str = ""
    copy_tags: bool = False
    settings: SettingsWanted = field(default_factory=SettingsWanted)
    state: str = "present"

    @property
    def creation_token(self) -> str:
        """The token of the new file system: the same for the same request, so that a second run finds it."""
        return derived_token(
            "restore", self.region, self.vault, self.file_system, self.point_arn, self.name, list(self.items)
        )

    @property
    def label(self) -> str:
        """What the new file system is called in actions, before it has an id."""
        return self.name or f"restore of {self.file_system or self.point_arn.rsplit(':', 1)[-1]}"


@dataclass(frozen=True)
class RestoreObserved:
    """`points` is None when the vault does not exist or may not be seen; `jobs` are those of this very request.

    `file_system` is the one with the creation token, or the target of items. What follows is looked at only when a
    restore is about to start: `source`, `keys` (by the name that was asked for), `policy`. `settings` is looked at when
    the restore is complete, or what it made is to go. `job_metadata` is what the job that counts was started with; `watched`
    says that this run has seen the restore unfinished; `copied_tags` are those that AWS will put on the new file system,
    for the forecast of check mode.
    """

    points: tuple[Point, ...] | None
    now: datetime.datetime
    file_system: FileSystem | None = None
    jobs: tuple[Job, ...] = ()
    started: frozenset[str] = frozenset()
    source: SourceSettings | None = None
    keys: Mapping[str, Key | None] = field(default_factory=dict)
    policy: Mapping[str, Any] | None = field(default_factory=dict)
    settings: SettingsObserved = field(default_factory=SettingsObserved)
    job_metadata: Mapping[str, str] = field(default_factory=dict)
    check_mode: bool = False
    watched: bool = False
    copied_tags: Mapping[str, str] = field(default_factory=dict)


def decide_restore(wanted: RestoreWanted, observed: RestoreObserved) -> Decision:
    """Return what to start or change next, and how far the restore is."""
    if wanted.state == "absent":
        return _decide_absent(wanted, observed)
    job = job_that_counts(observed.jobs, observed.file_system)
    if job is not None and job.status in (PENDING, RUNNING):
        return Decision(
            job.status,
            _progress(job),
            percent=job.percent,
            later=_later(wanted, observed, job.point_arn),
            result=_result(wanted, observed, job),
        )
    if wanted.target:
        return _decide_items(wanted, observed, job)
    file_system = observed.file_system
    if file_system is not None:
        return _decide_existing(wanted, observed, job, file_system)
    if job is not None and job.id in observed.started:
        if job.status == FAILED:
            return Decision(FAILED, _ended_badly(job), result=_result(wanted, observed, job))
        return Decision(
            RUNNING, "the job is done, its file system is not listed yet", result=_result(wanted, observed, job)
        )
    return _decide_start(wanted, observed, job)


def job_that_counts(jobs: Sequence[Job], file_system: FileSystem | None) -> Job | None:
    """Return the job that is under way, else the one that made the file system, else the newest.

    Two runs at once may start two jobs, when a newer point arrives between them: the creation token lets one fail.
    """

    def rank(job: Job) -> tuple[bool, bool, datetime.datetime, str]:
        return (job.status in (PENDING, RUNNING), made(job, file_system), job.created, job.id)

    return max(jobs, key=rank, default=None)


def made(job: Job, file_system: FileSystem | None) -> bool:
    """Return whether the job has made the file system."""
    return file_system is not None and job.status == SUCCEEDED and job.made_arn.endswith(f"/{file_system.id}")


def is_complete(observed: RestoreObserved) -> bool:
    """Return whether the data of the file system is all there: its job says so, or said so to an earlier run."""
    job = job_that_counts(observed.jobs, observed.file_system)
    if observed.file_system is None or (job is not None and job.status in (PENDING, RUNNING)):
        return False
    if job is not None and made(job, observed.file_system):
        return True
    point = observed.file_system.tags.get(RESTORED_FROM_TAG)
    # With copy_tags a source that was itself restored hands down the tag of its own restore.
    return point is not None and (job is None or point == job.point_arn)


def choose_point(wanted: RestoreWanted, points: Sequence[Point]) -> Point | None:
    """Return the point to restore: the one that was asked for, else the newest usable one."""
    if wanted.point_arn:
        return next((point for point in points if point.arn == wanted.point_arn), None)
    return newest_usable(points)


def is_to_start(wanted: RestoreWanted, observed: RestoreObserved) -> bool:
    """Return whether a restore is about to be started, so that the rules have to be looked at."""
    job = job_that_counts(observed.jobs, observed.file_system)
    if wanted.state == "absent" or not observed.points:
        return False
    if _is_unseen(observed) or (job is not None and (job.status in (PENDING, RUNNING) or job.id in observed.started)):
        return False
    if wanted.target:
        return job is None or job.status != SUCCEEDED
    return observed.file_system is None


def _is_unseen(observed: RestoreObserved) -> bool:
    """Return whether AWS does not know yet what this run has started."""
    return bool(observed.started - {job.id for job in observed.jobs})


def _decide_start(wanted: RestoreWanted, observed: RestoreObserved, job: Job | None) -> Decision:
    result = _result(wanted, observed, None)
    if _is_unseen(observed):
        return Decision(RUNNING, "the restore job is not listed yet", result=result)
    if observed.points is None:
        return Decision(
            BLOCKED,
            f"the backup vault {wanted.vault} does not exist in {wanted.region} or may not be seen; AWS answers both alike",
            result=result,
        )
    point = choose_point(wanted, observed.points)
    if point is None:
        what = wanted.point_arn or f"usable recovery point of {wanted.file_system}"
        reason = f"there is no {what} in {wanted.vault} in {wanted.region}"
        if not wanted.point_arn and any(one.status == "CREATING" for one in observed.points):
            return Decision(PENDING, f"{reason} yet, one is arriving", result=result)
        # In check mode a task before this one may have told that it would bring one.
        if observed.check_mode and not wanted.point_arn:
            return Decision(PENDING, f"{reason} yet", result=result)
        return Decision(FAILED, reason, result=result)
    result = _result(wanted, observed, None, point)
    if not point.usable:
        return Decision(
            PENDING if point.status == "CREATING" else BLOCKED,
            f"the point is {point.status or 'in no known state'} and cannot be restored",
            result=result,
        )
    denied = policy_problem(observed.policy, "backup:StartRestoreJob")
    if denied:
        return Decision(BLOCKED, denied, result=result)
    warnings = []
    if wanted.target:
        if observed.file_system is None or observed.file_system.state not in ("available", "updating"):
            state = observed.file_system.state if observed.file_system else "not there"
            status = PENDING if state == "creating" else BLOCKED
            return Decision(status, f"the file system {wanted.target} is {state}", result=result)
        metadata = item_metadata(wanted.target, wanted.items)
        shown: dict[str, Any] = {"items": list(wanted.items), "into": wanted.target}
        resource = f"{len(wanted.items)} items to {wanted.target}"
    else:
        encryption = _encryption(wanted, observed)
        if encryption.problem:
            return Decision(BLOCKED, encryption.problem, result=result)
        mode = wanted.performance_mode or (
            (observed.source.performance_mode if observed.source else "") or _GENERAL_PURPOSE
        )
        if mode != _GENERAL_PURPOSE and (wanted.zone or wanted.settings.throughput_mode == "elastic"):
            what = "availability_zone_name" if wanted.zone else "throughput_mode elastic"
            return Decision(BLOCKED, f"performance_mode: max_io does not go with {what}", result=result)
        metadata = restore_metadata(
            creation_token=wanted.creation_token,
            encryption=encryption,
            performance_mode=mode,
            zone=wanted.zone,
            items=wanted.items,
        )
        shown = {
            "encryption": encryption.as_result(),
            "performance_mode": mode,
            "availability_zone_name": wanted.zone or None,
            "items": list(wanted.items) or None,
        }
        result["encryption"] = encryption.as_result()
        resource = f"file system {wanted.label}"
        if encryption.warning:
            warnings.append(f"{wanted.label}: {encryption.warning}")
    if point.is_cold(observed.now):
        warnings.append(f"{wanted.label}: the point is in cold storage, which takes AWS about four hours more")
    reason = "the restore is starting"
    failures = [one for one in observed.jobs if one.status == FAILED]
    if failures and job is not None:
        reason += f" again, after {len(failures)} failed {'try' if len(failures) == 1 else 'tries'}"
        if job.status == FAILED:
            warnings.append(f"{wanted.label}: {_ended_badly(job)}; it is started again")
    action = Action(
        "restore",
        resource,
        after={"recovery_point_arn": point.arn, **shown},
        payload={
            "point_arn": point.arn,
            "metadata": metadata,
            # All of them failed, or what they made has been removed.
            "token": derived_token(
                "restore", wanted.creation_token, wanted.target, point.arn, newest_id(observed.jobs)
            ),
        },
    )
    return Decision(
        RUNNING,
        reason,
        actions=(action,),
        later=_later(wanted, observed, point.arn),
        result=result,
        warnings=tuple(warnings),
    )


def _encryption(wanted: RestoreWanted, observed: RestoreObserved) -> Encryption:
    candidates = key_candidates(wanted.kms_key_id, wanted.kms_key_map, observed.source, wanted.region)
    return choose_encryption(wanted.encrypt, candidates, observed.keys, observed.source, wanted.region)


def _decide_existing(
    wanted: RestoreWanted, observed: RestoreObserved, job: Job | None, file_system: FileSystem
) -> Decision:
    """A file system has the creation token: complete it, or say why it cannot be trusted."""
    result = _result(wanted, observed, job)
    if file_system.state in ("deleting", "deleted"):
        return Decision(RUNNING, f"{file_system.id} of an earlier restore is being deleted", result=result)
    if not is_complete(observed):
        if job is not None and job.status == FAILED:
            reason = f"{_ended_badly(job)}, and left {file_system.id}"
        elif _is_new(file_system, observed.now):
            return Decision(RUNNING, f"the job that fills {file_system.id} is not listed yet", result=result)
        else:
            reason = f"AWS no longer knows the job that made {file_system.id}, so whether its data is complete cannot be told"
        return Decision(FAILED, f"{reason}; remove it with state absent and restore again", result=result)
    if file_system.state == "error":
        return Decision(FAILED, f"EFS says that {file_system.id} is in the state error", result=result)
    if file_system.state not in ("available", "updating"):
        return Decision(RUNNING, f"{file_system.id} is {file_system.state}", result=result)
    verification = verify_restored(file_system, *_expected(wanted, observed))
    result["verification"] = verification
    if not verification["matches"]:
        return Decision(
            FAILED,
            f"{file_system.id} is not what was asked for: {'; '.join(verification['differences'])}; "
            "neither can be changed afterwards: remove it with state absent and restore again, or give another name",
            result=result,
        )
    actions = setting_actions(
        wanted.label, _settings(wanted, _point_arn(observed, job)), observed.settings, file_system
    )
    if actions and file_system.state == "updating":
        # EFS takes no other change meanwhile.
        return Decision(RUNNING, f"{file_system.id} is updating", later=actions, result=result)
    if actions:
        return Decision(RUNNING, "the restored file system is being set up", actions=actions, result=result)
    waiting = [
        target
        for target in observed.settings.mount_targets
        if target.state != "available" and target.subnet in {one.subnet for one in wanted.settings.mount_targets}
    ]
    if waiting:
        bad = [target for target in waiting if target.state in ("error", "deleting", "deleted")]
        shown = ", ".join(f"{target.id} in {target.subnet} is {target.state}" for target in bad or waiting)
        return Decision(FAILED if bad else RUNNING, f"mount target {shown}", result=result)
    if job is not None and observed.watched:
        result["recovery_seconds"] = max(0, round((observed.now - job.created).total_seconds()))
    return Decision(SUCCEEDED, percent=100.0, result=result)


def _is_new(file_system: FileSystem, now: datetime.datetime) -> bool:
    return file_system.created is not None and now - file_system.created < _LISTING_DELAY


def _expected(wanted: RestoreWanted, observed: RestoreObserved) -> tuple[bool | None, str, str]:
    """Return encryption, key and performance mode: as the options ask for them, else as the job was told."""
    told = observed.job_metadata
    encrypted = wanted.encrypt
    if encrypted is None and told.get("Encrypted"):
        encrypted = told["Encrypted"].lower() == "true"
    key_arn = told.get("KmsKeyId", "")
    if wanted.kms_key_id:
        key = observed.keys.get(wanted.kms_key_id)
        encrypted, key_arn = True, key.arn if key else ""
    return encrypted, key_arn, wanted.performance_mode or told.get("PerformanceMode", "")


def _decide_items(wanted: RestoreWanted, observed: RestoreObserved, job: Job | None) -> Decision:
    """Items go into a file system that exists: once per recovery point, by what AWS knows of its jobs."""
    if job is not None and job.status == SUCCEEDED:
        result = _result(wanted, observed, job)
        if observed.watched:
            result["recovery_seconds"] = max(0, round(((job.completed or observed.now) - job.created).total_seconds()))
        return Decision(SUCCEEDED, percent=100.0, result=result)
    if job is not None and job.id in observed.started:
        return Decision(FAILED, _ended_badly(job), result=_result(wanted, observed, job))
    return _decide_start(wanted, observed, job)


def _decide_absent(wanted: RestoreWanted, observed: RestoreObserved) -> Decision:
    job, file_system = job_that_counts(observed.jobs, observed.file_system), observed.file_system
    if job is not None and job.status in (PENDING, RUNNING):
        return Decision(
            RUNNING,
            "a restore is still running, which AWS cannot stop; its file system is removed when it has ended",
            percent=job.percent,
            later=_removal(wanted, observed, file_system),
        )
    if file_system is None or file_system.state == "deleted":
        return Decision(ABSENT)
    result = {"file_system": file_system_result(file_system, observed.settings.mount_targets)}
    if job is None and RESTORED_FROM_TAG not in file_system.tags and _is_new(file_system, observed.now):
        return Decision(
            RUNNING, f"{file_system.id} has just been made, and the job that fills it is not listed yet", result=result
        )
    if file_system.state == "deleting":
        return Decision(RUNNING, f"{file_system.id} is being deleted", result=result)
    going = [target for target in observed.settings.mount_targets if target.state in ("deleting", "deleted")]
    targets = [target for target in observed.settings.mount_targets if target not in going]
    if targets:
        removal = _removal(wanted, observed, file_system)
        return Decision(
            RUNNING,
            "its mount targets go first",
            actions=tuple(action for action in removal if "mount_target" in action.payload),
            later=tuple(action for action in removal if "mount_target" not in action.payload),
            result=result,
        )
    if going:
        return Decision(RUNNING, "its mount targets are being deleted", result=result)
    return Decision(
        RUNNING, f"{file_system.id} is going", actions=_removal(wanted, observed, file_system), result=result
    )


def _removal(wanted: RestoreWanted, observed: RestoreObserved, file_system: FileSystem | None) -> tuple[Action, ...]:
    targets = [target for target in observed.settings.mount_targets if target.state not in ("deleting", "deleted")]
    actions = [
        Action(
            "delete",
            f"mount target of {wanted.label} in {target.subnet}",
            before={"mount_target_id": target.id},
            payload={"mount_target": target.id},
        )
        for target in targets
    ]
    # While a job is still to make it, it has no id.
    identifier = file_system.id if file_system is not None else None
    actions.append(
        Action(
            "delete",
            f"file system {wanted.label}",
            before={"file_system_id": identifier},
            payload={"file_system": identifier},
        )
    )
    return tuple(actions)


def _settings(wanted: RestoreWanted, point_arn: str) -> SettingsWanted:
    """Return the settings with the tag that keeps what AWS's history of jobs forgets."""
    tags = dict(wanted.settings.tags)
    if point_arn:
        tags[RESTORED_FROM_TAG] = point_arn
    return SettingsWanted(
        tags=tags,
        throughput_mode=wanted.settings.throughput_mode,
        provisioned_mibps=wanted.settings.provisioned_mibps,
        lifecycle=wanted.settings.lifecycle,
        automatic_backups=wanted.settings.automatic_backups,
        mount_targets=wanted.settings.mount_targets,
    )


def _later(wanted: RestoreWanted, observed: RestoreObserved, point_arn: str) -> tuple[Action, ...]:
    """Return what follows when the job has made the new file system."""
    if wanted.target:
        return ()
    # EFS backs up a One Zone file system by itself unless it is told not to.
    new = SettingsObserved(tags=observed.copied_tags, automatic_backups=bool(wanted.zone))
    return setting_actions(wanted.label, _settings(wanted, point_arn), new, None)


def _point_arn(observed: RestoreObserved, job: Job | None) -> str:
    if job is not None and job.status == SUCCEEDED:
        return job.point_arn
    return observed.file_system.tags.get(RESTORED_FROM_TAG, "") if observed.file_system else ""


def _progress(job: Job) -> str:
    if job.status == PENDING:
        return "the restore waits to be started by AWS"
    if job.expected_minutes:
        return f"AWS expects it to take {format_duration(job.expected_minutes * 60)}"
    return ""


def _ended_badly(job: Job) -> str:
    return f"the restore job {job.id} ended {job.state}: {job.message or 'AWS gives no reason'}"


def _result(
    wanted: RestoreWanted, observed: RestoreObserved, job: Job | None, point: Point | None = None
) -> dict[str, Any]:
    """Return the figures, all from AWS's own dates."""
    arn = point.arn if point else (job.point_arn if job else _point_arn(observed, None))
    point = point or next((one for one in observed.points or () if one.arn == arn), None)
    seconds = (
        round((job.completed - job.created).total_seconds())
        if job and job.completed and job.status == SUCCEEDED
        else None
    )
    # One that is still being filled is there and looks available, but must not be used.
    usable = observed.file_system if wanted.target or is_complete(observed) else None
    return {
        "recovery_point_arn": arn or None,
        "recovery_point_created_at": iso_timestamp(point.created) if point else None,
        "rpo_seconds": max(0, round((observed.now - point.created).total_seconds())) if point else None,
        "restore_job": job.as_result() if job else None,
        "restore_seconds": seconds,
        "recovery_seconds": None,
        "file_system": file_system_result(usable, observed.settings.mount_targets) if usable else None,
        "restore_directory": RESTORE_DIRECTORY,
    }
