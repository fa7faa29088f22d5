# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One function per AWS call on EFS backups, their copies and restores."""

from __future__ import annotations

import datetime
import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from ansible_collections.bcdr.multicloud.plugins.module_utils._aws.efs.restored import (
    Key,
    MountTarget,
    parse_key,
    parse_mount_target,
)
from ansible_collections.bcdr.multicloud.plugins.module_utils._aws.efs.values import (
    FileSystem,
    Job,
    Lifecycle,
    Point,
    Vault,
    parse_backup_job,
    parse_copy_job,
    parse_file_system,
    parse_point,
    parse_restore_job,
    parse_vault,
)
from ansible_collections.bcdr.multicloud.plugins.module_utils._aws.session import AwsSession
from ansible_collections.bcdr.multicloud.plugins.module_utils._core.errors import ProviderError

BACKUP = "backup"
EFS = "efs"
LIFECYCLE_POLICIES = {
    "transition_to_archive": "TransitionToArchive",
    "transition_to_ia": "TransitionToIA",
    "transition_to_primary_storage_class": "TransitionToPrimaryStorageClass",
}


def _unless(codes: tuple[str, ...], error: ProviderError) -> None:
    if error.code not in codes:
        raise error


def describe_vault(session: AwsSession, region: str, name: str) -> Vault | None:
    """Return the vault; None when it does not exist or may not be seen, which AWS answers alike (AccessDenied)."""
    try:
        return parse_vault(session.call(BACKUP, region, "describe_backup_vault", BackupVaultName=name))
    except ProviderError as error:
        _unless(("AccessDeniedException", "ResourceNotFoundException"), error)
        return None


def vault_policy(session: AwsSession, region: str, name: str) -> dict[str, Any] | None:
    """Return the access policy of the vault, {} when it has none, None when it may not be read."""
    try:
        answer = session.call(BACKUP, region, "get_backup_vault_access_policy", BackupVaultName=name)
    except ProviderError as error:
        _unless(("AccessDeniedException", "ResourceNotFoundException"), error)
        return None if error.code == "AccessDeniedException" else {}
    policy = json.loads(answer.get("Policy") or "{}")
    return policy if isinstance(policy, dict) else {}


def cross_account_enabled(session: AwsSession, region: str) -> bool | None:
    """Return whether the organisation allows copies across accounts; None when that may not be read."""
    try:
        settings = session.call(BACKUP, region, "describe_global_settings").get("GlobalSettings") or {}
    except ProviderError as error:
        _unless(("AccessDeniedException", "InvalidRequestException"), error)
        return None
    value = settings.get("isCrossAccountBackupEnabled")
    return None if value is None else value == "true"


def list_points(session: AwsSession, region: str, vault: str, resource_arn: str) -> list[Point] | None:
    """Return the points of the resource in the vault; None when the vault does not exist or may not be seen."""
    try:
        entries = session.pages(
            BACKUP,
            region,
            "list_recovery_points_by_backup_vault",
            "RecoveryPoints",
            BackupVaultName=vault,
            **({"ByResourceArn": resource_arn} if resource_arn else {"ByResourceType": "EFS"}),
        )
    except ProviderError as error:
        _unless(("AccessDeniedException", "ResourceNotFoundException"), error)
        return None
    return [parse_point(entry) for entry in entries]


def describe_point(session: AwsSession, region: str, vault: str, arn: str) -> Point | None:
    """Return the point; None when it does not exist, or the vault does not or may not be seen."""
    try:
        answer = session.call(BACKUP, region, "describe_recovery_point", BackupVaultName=vault, RecoveryPointArn=arn)
    except ProviderError as error:
        _unless(("AccessDeniedException", "ResourceNotFoundException"), error)
        return None
    return parse_point(answer)


def point_tags(session: AwsSession, region: str, arn: str) -> dict[str, str]:
    answer = session.call(BACKUP, region, "list_tags", ResourceArn=arn)
    return dict(answer.get("Tags") or {})


def list_backup_jobs(
    session: AwsSession, region: str, resource_arn: str, vault: str = "", since: datetime.datetime | None = None
) -> list[Job]:
    """Return the backup jobs of the resource, to the vault if it is named, and since a moment."""
    filters: dict[str, Any] = {"ByBackupVaultName": vault} if vault else {}
    if since is not None:
        filters["ByCreatedAfter"] = since
    entries = session.pages(BACKUP, region, "list_backup_jobs", "BackupJobs", ByResourceArn=resource_arn, **filters)
    return [parse_backup_job(entry) for entry in entries]


def start_backup_job(
    session: AwsSession,
    region: str,
    vault: str,
    resource_arn: str,
    role_arn: str,
    token: str,
    lifecycle: Lifecycle,
    tags: Mapping[str, str],
) -> str:
    """Start a backup; returns the job's id. The same token gives the same job."""
    request: dict[str, Any] = {}
    if lifecycle.as_request():
        request["Lifecycle"] = lifecycle.as_request()
    if tags:
        request["RecoveryPointTags"] = dict(tags)
    answer = session.call(
        BACKUP,
        region,
        "start_backup_job",
        BackupVaultName=vault,
        ResourceArn=resource_arn,
        IamRoleArn=role_arn,
        IdempotencyToken=token,
        **request,
    )
    return str(answer["BackupJobId"])


def list_copy_jobs(
    session: AwsSession, region: str, resource_arn: str, vault_arn: str = "", since: datetime.datetime | None = None
) -> list[Job]:
    """Return the copy jobs of the resource that run from the region, where copy jobs live: to the vault if it is named, and
    since a moment."""
    filters: dict[str, Any] = {"ByDestinationVaultArn": vault_arn} if vault_arn else {}
    if since is not None:
        filters["ByCreatedAfter"] = since
    entries = session.pages(BACKUP, region, "list_copy_jobs", "CopyJobs", ByResourceArn=resource_arn, **filters)
    return [parse_copy_job(entry) for entry in entries]


def start_copy_job(
    session: AwsSession,
    region: str,
    point_arn: str,
    source_vault: str,
    vault_arn: str,
    role_arn: str,
    token: str,
    lifecycle: Lifecycle,
) -> str:
    """Start a copy in the source region; returns the job's id. The same token gives the same job."""
    request: dict[str, Any] = {"Lifecycle": lifecycle.as_request()} if lifecycle.as_request() else {}
    answer = session.call(
        BACKUP,
        region,
        "start_copy_job",
        RecoveryPointArn=point_arn,
        SourceBackupVaultName=source_vault,
        DestinationBackupVaultArn=vault_arn,
        IamRoleArn=role_arn,
        IdempotencyToken=token,
        **request,
    )
    return str(answer["CopyJobId"])


def list_restore_jobs(session: AwsSession, region: str, fresh: bool = False) -> list[Job]:
    """Return the restore jobs of EFS in the region; AWS has no filter by recovery point.

    They are asked for once per round of passes, unless they have to be `fresh`.
    """

    def load() -> list[Job]:
        entries = session.pages(BACKUP, region, "list_restore_jobs", "RestoreJobs", ByResourceType="EFS")
        return [parse_restore_job(entry) for entry in entries]

    return load() if fresh else session.memory.remember(("restore jobs", region), load)


def describe_restore_job(session: AwsSession, region: str, job: str) -> Job | None:
    """Return the job; None when it is not known, or not known yet."""
    try:
        return parse_restore_job(session.call(BACKUP, region, "describe_restore_job", RestoreJobId=job))
    except ProviderError as error:
        _unless(("ResourceNotFoundException",), error)
        return None


def restore_job_metadata(session: AwsSession, region: str, job: str) -> dict[str, str]:
    """Return what the job was started with."""
    answer = session.call(BACKUP, region, "get_restore_job_metadata", RestoreJobId=job)
    return dict(answer.get("Metadata") or {})


def restore_metadata(session: AwsSession, region: str, vault: str, arn: str) -> dict[str, str]:
    """Return what the point tells of the file system that it was made from."""
    answer = session.call(
        BACKUP, region, "get_recovery_point_restore_metadata", BackupVaultName=vault, RecoveryPointArn=arn
    )
    return dict(answer.get("RestoreMetadata") or {})


def start_restore_job(
    session: AwsSession, region: str, arn: str, role_arn: str, token: str, metadata: Mapping[str, str], copy_tags: bool
) -> str:
    """Start a restore in the region of the point; returns the job's id. The same token gives the same job."""
    answer = session.call(
        BACKUP,
        region,
        "start_restore_job",
        RecoveryPointArn=arn,
        IamRoleArn=role_arn,
        IdempotencyToken=token,
        ResourceType="EFS",
        Metadata=dict(metadata),
        **({"CopySourceTagsToRestoredResource": True} if copy_tags else {}),
    )
    return str(answer["RestoreJobId"])


def find_file_system(session: AwsSession, region: str, token: str) -> FileSystem | None:
    """Return the file system with the creation token, or None."""
    entries = session.pages(EFS, region, "describe_file_systems", "FileSystems", CreationToken=token)
    return parse_file_system(entries[0]) if entries else None


def get_file_system(session: AwsSession, region: str, identifier: str) -> FileSystem | None:
    try:
        entries = session.pages(EFS, region, "describe_file_systems", "FileSystems", FileSystemId=identifier)
    except ProviderError as error:
        _unless(("FileSystemNotFound",), error)
        return None
    return parse_file_system(entries[0]) if entries else None


def source_file_system(session: AwsSession, region: str, identifier: str) -> FileSystem | None:
    """Return the file system as a restore elsewhere must know it: without its key where that is AWS's own.

    Every region has an own key of AWS, so there is nothing to carry over.
    """
    found = get_file_system(session, region, identifier)
    if found is None or not found.key_arn:
        return found
    key = session.memory.remember(("key", found.key_arn), lambda: describe_key(session, region, found.key_arn))
    return replace(found, key_arn="") if key is not None and key.managed_by_aws else found


def update_throughput(session: AwsSession, region: str, identifier: str, mode: str, provisioned: float | None) -> None:
    request = {"ProvisionedThroughputInMibps": provisioned} if provisioned else {}
    session.call(EFS, region, "update_file_system", FileSystemId=identifier, ThroughputMode=mode, **request)


def lifecycle_policies(session: AwsSession, region: str, identifier: str) -> dict[str, str]:
    """Return the lifecycle policies by the names of our options."""
    answer = session.call(EFS, region, "describe_lifecycle_configuration", FileSystemId=identifier)
    names = {name: option for option, name in LIFECYCLE_POLICIES.items()}
    return {
        names.get(name, name): str(value)
        for entry in answer.get("LifecyclePolicies") or ()
        for name, value in entry.items()
    }


def put_lifecycle_policies(session: AwsSession, region: str, identifier: str, policies: Mapping[str, str]) -> None:
    """Replace the lifecycle policies, given by the names of our options; EFS wants each in an entry of its own."""
    entries = [{LIFECYCLE_POLICIES[option]: value} for option, value in sorted(policies.items())]
    session.call(EFS, region, "put_lifecycle_configuration", FileSystemId=identifier, LifecyclePolicies=entries)


def backup_policy(session: AwsSession, region: str, identifier: str) -> bool:
    """Return whether EFS's automatic backups are on."""
    try:
        answer = session.call(EFS, region, "describe_backup_policy", FileSystemId=identifier)
    except ProviderError as error:
        _unless(("PolicyNotFound",), error)
        return False
    return (answer.get("BackupPolicy") or {}).get("Status") in ("ENABLED", "ENABLING")


def put_backup_policy(session: AwsSession, region: str, identifier: str, enabled: bool) -> None:
    policy = {"Status": "ENABLED" if enabled else "DISABLED"}
    session.call(EFS, region, "put_backup_policy", FileSystemId=identifier, BackupPolicy=policy)


def tag_file_system(session: AwsSession, region: str, identifier: str, tags: Mapping[str, str]) -> None:
    listed = [{"Key": key, "Value": value} for key, value in sorted(tags.items())]
    session.call(EFS, region, "tag_resource", ResourceId=identifier, Tags=listed)


def mount_targets(session: AwsSession, region: str, identifier: str) -> tuple[MountTarget, ...]:
    """Return the mount targets of a file system; AWS tells their security groups only one by one."""
    entries = session.pages(EFS, region, "describe_mount_targets", "MountTargets", FileSystemId=identifier)
    return tuple(parse_mount_target(entry) for entry in entries)


def create_mount_target(session: AwsSession, region: str, identifier: str, target: MountTarget) -> None:
    request: dict[str, Any] = {}
    if target.security_groups:
        request["SecurityGroups"] = list(target.security_groups)
    if target.ip_address:
        request["IpAddress"] = target.ip_address
    session.call(EFS, region, "create_mount_target", FileSystemId=identifier, SubnetId=target.subnet, **request)


def delete_mount_target(session: AwsSession, region: str, identifier: str) -> None:
    """Delete a mount target; one that another run has deleted is as good."""
    try:
        session.call(EFS, region, "delete_mount_target", MountTargetId=identifier)
    except ProviderError as error:
        _unless(("MountTargetNotFound",), error)


def delete_file_system(session: AwsSession, region: str, identifier: str) -> None:
    """Delete a file system; one that another run has deleted is as good."""
    try:
        session.call(EFS, region, "delete_file_system", FileSystemId=identifier)
    except ProviderError as error:
        _unless(("FileSystemNotFound",), error)


def describe_key(session: AwsSession, region: str, key: str) -> Key | None:
    """Return the KMS key; None when it is not in the region, or may not be seen."""
    try:
        return parse_key(session.call("kms", region, "describe_key", KeyId=key)["KeyMetadata"])
    except ProviderError as error:
        _unless(("NotFoundException", "AccessDeniedException", "InvalidArnException"), error)
        return None
