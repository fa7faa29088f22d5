# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Calls that start, show and list backup, copy and restore jobs."""

from __future__ import annotations

import re
from typing import Any

from ..errors import AwsError, invalid, missing, not_found, refused
from ..world import DAY, USABLE, Job, Lifecycle, World, parse_vault_arn, partition
from .call import Call
from .listing import date, equal, page, within
from .policies import guard
from .timeline import expected_minutes, submit

_ROLE = re.compile(r"^arn:(aws[a-z-]*):iam::(\d{12}):role/(.+)$")
_RESOURCE = re.compile(r"^arn:(aws[a-z-]*):elasticfilesystem:([a-z0-9-]+):(\d{12}):file-system/(fs-[0-9a-f]{8,40})$")
# docs.aws.amazon.com/aws-backup: aws-backup-limits, API_ListBackupJobs
_MOST_TAGS = 10
_BACKUP_JOBS_LISTED = 30 * DAY


def _role(call: Call) -> str:
    """The role that AWS Backup shall use; it has to be the caller's own account's (iam:PassRole)."""
    arn = call.params.get("IamRoleArn")
    if not arn:
        raise missing("IamRoleArn")
    found = _ROLE.match(arn)
    if found is None or found[1] != partition(call.region):
        raise invalid(f"Invalid IAM role ARN: {arn}")
    if found[2] != call.account:
        raise AwsError(403, "AccessDeniedException", "Cross-account pass role is not allowed.")
    return str(arn)


def _lifecycle(call: Call) -> Lifecycle | None:
    given = call.params.get("Lifecycle")
    if not given:
        return None
    cold, after = given.get("MoveToColdStorageAfterDays"), given.get("DeleteAfterDays")
    for name, days in (("MoveToColdStorageAfterDays", cold), ("DeleteAfterDays", after)):
        if days is not None and days != -1 and not 1 <= days <= 36500:
            raise invalid(f"{name} has to be from 1 to 36500, or -1.")
    if cold not in (None, -1) and after not in (None, -1) and after < cold + 90:
        raise invalid("DeleteAfterDays cannot be less than 90 days apart from MoveToColdStorageAfterDays")
    return Lifecycle(cold, after)


def _repeated(call: Call, operation: str) -> Job | None:
    """The job that the same idempotency token started before."""
    token = call.params.get("IdempotencyToken")
    if not token:
        return None
    identifier = call.world.tokens.get((call.account, call.region, operation, token))
    return None if identifier is None else call.world.jobs[identifier]


def _take(call: Call, operation: str, job: Job) -> None:
    job.forced = call.forced
    token = call.params.get("IdempotencyToken")
    if token:
        call.world.tokens[(call.account, call.region, operation, token)] = job.id
    submit(call.world, job)


def _jobs(call: Call, kind: str) -> list[Job]:
    """The jobs of that kind of this account and region, newest first (they are kept in the order they came)."""
    place = (kind, call.account, call.region)
    found = [job for job in call.world.jobs.values() if (job.kind, job.account, job.region) == place]
    return found[::-1]


def _job(call: Call, kind: str, identifier: str) -> Job:
    job = call.world.jobs.get(identifier)
    if job is None or (job.kind, job.account, job.region) != (kind, call.account, call.region):
        raise not_found(f"Cannot find {kind} job with ID {identifier}.")
    return job


def _vault_arn(world: World, job: Job) -> str:
    account, region, name = job.vault
    return f"arn:{partition(region)}:backup:{region}:{account}:backup-vault:{name}"


# --- backup ----------------------------------------------------------------------------------------------------------


def start_backup_job(call: Call) -> dict[str, Any]:
    """StartBackupJob of a file system."""
    vault = call.world.vault(call.account, call.region, call.name, "backup:StartBackupJob")
    guard(call.world, vault, "StartBackupJob", call.account)
    again = _repeated(call, "backup")
    if again is None:
        role, lifecycle = _role(call), _lifecycle(call)
        resource = str(call.params["ResourceArn"])
        found = _RESOURCE.match(resource)
        if found is None:
            raise invalid(f"The sandbox backs up EFS file systems only: {resource}")
        here = (found[2], found[3]) == (call.region, call.account)
        assert call.world.cloud is not None
        stored = call.world.cloud.file_system(call.account, call.region, found[4]) if here else None
        if stored is None:
            raise not_found(f"Resource {resource} was not found.")
        own_tags = call.params.get("RecoveryPointTags") or {}
        if len(own_tags) > _MOST_TAGS:
            raise invalid(f"A recovery point may be given {_MOST_TAGS} tags, not {len(own_tags)}.")
        plain = Lifecycle() if lifecycle is None else lifecycle
        again = Job(
            id=call.world.uuid(), kind="backup", account=call.account, region=call.region, created=call.now,
            role=role, resource=resource, resource_name=stored["name"], vault=(vault.account, vault.region, vault.name),
            point="", size=stored["size"], state="CREATED", metadata=stored["metadata"],
            tags={**stored["tags"], **own_tags},
            lifecycle=Lifecycle(*(None if days == -1 else days for days in (plain.to_cold, plain.delete_after))),
        )  # fmt: skip
        _take(call, "backup", again)
    shown = {
        "BackupJobId": again.id,
        "RecoveryPointArn": again.made,
        "CreationDate": date(again.created),
        "IsParent": False,
    }
    return {name: value for name, value in shown.items() if value is not None}


def _show_backup(call: Call, job: Job) -> dict[str, Any]:
    shown = {
        "AccountId": job.account,
        "BackupJobId": job.id,
        "BackupVaultName": job.vault[2],
        "BackupVaultArn": _vault_arn(call.world, job),
        "RecoveryPointArn": job.made,
        "ResourceArn": job.resource,
        "ResourceName": job.resource_name,
        "ResourceType": "EFS",
        "CreationDate": date(job.created),
        "CompletionDate": date(job.ended),
        "State": job.state,
        "StatusMessage": job.message,
        "PercentDone": f"{job.percent(call.now):.1f}",
        "BackupSizeInBytes": job.size if job.state == "COMPLETED" else None,
        "IamRoleArn": job.role,
        "StartBy": date(job.created + 8 * 3600),
        "ExpectedCompletionDate": date(job.finish_at),
        "IsParent": False,
    }
    return {name: value for name, value in shown.items() if value is not None}


def describe_backup_job(call: Call) -> dict[str, Any]:
    """DescribeBackupJob."""
    return _show_backup(call, _job(call, "backup", call.params["BackupJobId"]))


def list_backup_jobs(call: Call) -> dict[str, Any]:
    """ListBackupJobs: those of the last 30 days."""
    found = [
        job
        for job in _jobs(call, "backup")
        if call.now - job.created <= _BACKUP_JOBS_LISTED
        and equal(
            call.params, ByResourceArn=job.resource, ByState=job.state, ByBackupVaultName=job.vault[2],
            ByResourceType="EFS", ByAccountId=job.account, ByParentJobId=None,
        )
        and _in_time(call, job)
    ]  # fmt: skip
    return page(found, call.params, call.world.limits.page_size, "BackupJobs", lambda job: _show_backup(call, job))


def _in_time(call: Call, job: Job) -> bool:
    return within(job.created, call.params, "ByCreatedAfter", "ByCreatedBefore") and within(
        job.ended, call.params, "ByCompleteAfter", "ByCompleteBefore"
    )


# --- copy ------------------------------------------------------------------------------------------------------------


def start_copy_job(call: Call) -> dict[str, Any]:
    """StartCopyJob. It belongs to the region of the source; what is wrong at the destination shows late."""
    name = str(call.params["SourceBackupVaultName"])
    vault = call.world.vault(call.account, call.region, name, "backup:StartCopyJob")
    guard(call.world, vault, "StartCopyJob", call.account)
    guard(call.world, vault, "CopyFromBackupVault", call.account)
    again = _repeated(call, "copy")
    if again is None:
        role, lifecycle = _role(call), _lifecycle(call)
        target = str(call.params["DestinationBackupVaultArn"])
        parts = parse_vault_arn(target)
        if parts is None:
            raise invalid(f"Invalid destination backup vault ARN: {target}")
        if parts[0] != partition(parts[1]) or parts[0] != partition(call.region):
            raise invalid("A recovery point cannot be copied to another partition.")
        if target == vault.arn:
            raise invalid("The destination backup vault is the source backup vault.")
        point = vault.points.get(call.params["RecoveryPointArn"])
        if point is None:
            raise not_found("Cannot find recovery point.")
        if point.status not in USABLE:
            raise refused(f"The recovery point is {point.status} and cannot be copied.")
        again = Job(
            id=call.world.uuid(), kind="copy", account=call.account, region=call.region, created=call.now, role=role,
            resource=point.resource, resource_name=point.resource_name, vault=(vault.account, vault.region, vault.name),
            point=point.arn, size=point.size, state="CREATED", target=target, lifecycle=lifecycle,
            point_created=point.created,
        )  # fmt: skip
        _take(call, "copy", again)
    return {"CopyJobId": again.id, "CreationDate": date(again.created), "IsParent": False}


def _show_copy(call: Call, job: Job) -> dict[str, Any]:
    target = call.world.vault_by_arn(job.target)
    # A copy job shows the destination's key and lock only once it could reach it.
    reached = target if job.made is not None else None
    copied = reached.points.get(job.made or "") if reached else None
    shown = {
        "AccountId": job.account,
        "CopyJobId": job.id,
        "SourceBackupVaultArn": _vault_arn(call.world, job),
        "SourceRecoveryPointArn": job.point,
        "DestinationBackupVaultArn": job.target,
        "DestinationVaultType": "BACKUP_VAULT" if reached else None,
        "DestinationVaultLockState": ("COMPLIANCE" if reached.lock_date else "GOVERNANCE")
        if reached and reached.locked
        else None,
        "DestinationRecoveryPointArn": job.made,
        "DestinationEncryptionKeyArn": copied.key if copied else None,
        "DestinationRecoveryPointLifecycle": copied.lifecycle.show() if copied else None,
        "ResourceArn": job.resource,
        "ResourceName": job.resource_name,
        "ResourceType": "EFS",
        "CreationDate": date(job.created),
        "CompletionDate": date(job.ended),
        "State": job.state,
        "StatusMessage": job.message,
        "BackupSizeInBytes": job.size,
        "IamRoleArn": job.role,
        "IsParent": False,
        "MessageCategory": {"COMPLETED": "SUCCESS", "FAILED": "FAILURE"}.get(job.state),
    }
    return {name: value for name, value in shown.items() if value is not None}


def describe_copy_job(call: Call) -> dict[str, Any]:
    """DescribeCopyJob."""
    return {"CopyJob": _show_copy(call, _job(call, "copy", call.params["CopyJobId"]))}


def list_copy_jobs(call: Call) -> dict[str, Any]:
    """ListCopyJobs."""
    found = [
        job
        for job in _jobs(call, "copy")
        if equal(
            call.params, ByResourceArn=job.resource, ByState=job.state, ByResourceType="EFS",
            ByDestinationVaultArn=job.target, ByAccountId=job.account, ByParentJobId=None,
            BySourceRecoveryPointArn=job.point,
        )
        and _in_time(call, job)
    ]  # fmt: skip
    return page(found, call.params, call.world.limits.page_size, "CopyJobs", lambda job: _show_copy(call, job))


# --- restore ---------------------------------------------------------------------------------------------------------


def start_restore_job(call: Call) -> dict[str, Any]:
    """StartRestoreJob. The point has to be in this region and account; bad metadata shows late."""
    again = _repeated(call, "restore")
    if again is None:
        metadata = call.params.get("Metadata")
        if not metadata:
            raise missing("Metadata")
        arn = str(call.params["RecoveryPointArn"])
        found = call.world.find_point(call.account, call.region, arn)
        if found is None:
            raise not_found("Cannot find recovery point.")
        vault, point = found
        guard(call.world, vault, "StartRestoreJob", call.account)
        role = _role(call)
        if call.params.get("ResourceType") not in (None, "", "EFS"):
            raise invalid(f"The recovery point is of type EFS, not {call.params['ResourceType']}.")
        if point.status not in USABLE:
            raise refused(f"The recovery point is {point.status} and cannot be restored.")
        if len(str(metadata).encode()) > 200 * 1024:
            raise invalid("The metadata is larger than 200 KB.")
        new = metadata.get("newFileSystem", "").lower() == "true"
        copy_tags = bool(call.params.get("CopySourceTagsToRestoredResource"))
        if copy_tags and (not new or "ItemsToRestore" in metadata):
            raise invalid("CopySourceTagsToRestoredResource is for full restores to a new file system only.")
        again = Job(
            id=call.world.uuid(), kind="restore", account=call.account, region=call.region, created=call.now,
            role=role, resource=point.resource, resource_name=point.resource_name,
            vault=(vault.account, vault.region, vault.name), point=arn, size=point.size, state="PENDING",
            metadata=dict(metadata), tags=dict(call.world.tags.get(arn, {})) if copy_tags else None,
            point_created=point.created,
        )  # fmt: skip
        _take(call, "restore", again)
    return {"RestoreJobId": again.id}


def _show_restore(call: Call, job: Job) -> dict[str, Any]:
    shown = {
        "AccountId": job.account,
        "RestoreJobId": job.id,
        "RecoveryPointArn": job.point,
        "SourceResourceArn": job.resource,
        "BackupVaultArn": _vault_arn(call.world, job),
        "CreationDate": date(job.created),
        "CompletionDate": date(job.ended),
        "Status": job.state,
        "StatusMessage": job.message,
        "PercentDone": f"{job.percent(call.now):.2f}%",
        "BackupSizeInBytes": job.size,
        "IamRoleArn": job.role,
        "ExpectedCompletionTimeMinutes": expected_minutes(call.world, job) if job.started is not None else None,
        "CreatedResourceArn": job.made,
        "ResourceType": "EFS",
        "RecoveryPointCreationDate": date(job.point_created),
        "IsParent": False,
    }
    return {name: value for name, value in shown.items() if value is not None}


def describe_restore_job(call: Call) -> dict[str, Any]:
    """DescribeRestoreJob."""
    return _show_restore(call, _job(call, "restore", call.params["RestoreJobId"]))


def get_restore_job_metadata(call: Call) -> dict[str, Any]:
    """GetRestoreJobMetadata: what the job was started with."""
    job = _job(call, "restore", call.params["RestoreJobId"])
    return {"RestoreJobId": job.id, "Metadata": dict(job.metadata)}


def list_restore_jobs(call: Call) -> dict[str, Any]:
    """ListRestoreJobs."""
    return _list_restores(call, None)


def list_restore_jobs_by_protected_resource(call: Call) -> dict[str, Any]:
    """ListRestoreJobsByProtectedResource."""
    return _list_restores(call, call.params["ResourceArn"])


def _list_restores(call: Call, resource: str | None) -> dict[str, Any]:
    found = [
        job
        for job in _jobs(call, "restore")
        if resource in (None, job.resource)
        and equal(
            call.params, ByStatus=job.state, ByResourceType="EFS", ByAccountId=job.account,
            ByRestoreTestingPlanArn=None, ByParentJobId=None,
        )
        and _in_time(call, job)
    ]  # fmt: skip
    return page(found, call.params, call.world.limits.page_size, "RestoreJobs", lambda job: _show_restore(call, job))
