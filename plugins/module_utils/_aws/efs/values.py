# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Recovery points, vaults, jobs and file systems as plain values, read from what AWS answers."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from ansible_collections.bcdr.multicloud.plugins.module_utils._aws.arns import parse_arn
from ansible_collections.bcdr.multicloud.plugins.module_utils._core.reconcile import FAILED, PENDING, RUNNING, SUCCEEDED
from ansible_collections.bcdr.multicloud.plugins.module_utils._core.recovery_points import RecoveryPoint, iso_timestamp

AUTOMATIC_VAULT = "aws/efs/automatic-backup-vault"
DEFAULT_VAULT = "Default"
# The tag of a recovery point that says how its file system was set up. Copies carry it to the other region, where it
# is all that is known on the day that the source cannot be asked.
SOURCE_TAG = "bcdr-source"

# COMPLETED and AVAILABLE can be restored (docs.aws.amazon.com/aws-backup, API_DescribeRecoveryPoint).
_POINT_STATUS = {"COMPLETED": SUCCEEDED, "AVAILABLE": SUCCEEDED, "CREATING": RUNNING}
# CREATED is a queue: AWS does one backup or copy of a resource at a time.
_JOB_STATUS = {
    "CREATED": PENDING,
    "PENDING": PENDING,
    "RUNNING": RUNNING,
    "ABORTING": RUNNING,
    "COMPLETED": SUCCEEDED,
}


@dataclass(frozen=True)
class Lifecycle:
    """Days after the creation of the original point; None means never."""

    delete_after_days: int | None = None
    move_to_cold_storage_after_days: int | None = None

    def as_request(self) -> dict[str, int]:
        request = {}
        if self.delete_after_days is not None:
            request["DeleteAfterDays"] = self.delete_after_days
        if self.move_to_cold_storage_after_days is not None:
            request["MoveToColdStorageAfterDays"] = self.move_to_cold_storage_after_days
        return request


@dataclass(frozen=True)
class Point:
    """One recovery point; `source_vault_arn` is where a copy came from, "" for one that is no copy."""

    arn: str
    vault_arn: str
    resource_arn: str
    status: str
    created: datetime.datetime
    source_vault_arn: str = ""
    completed: datetime.datetime | None = None
    lifecycle: Lifecycle = field(default_factory=Lifecycle)
    delete_at: datetime.datetime | None = None
    cold_at: datetime.datetime | None = None
    storage_class: str = ""
    size_bytes: int | None = None
    encrypted: bool | None = None
    key_arn: str = ""
    message: str = ""

    @property
    def usable(self) -> bool:
        return _POINT_STATUS.get(self.status) == SUCCEEDED

    def is_cold(self, now: datetime.datetime) -> bool:
        if self.storage_class:
            return self.storage_class == "COLD"
        return self.cold_at is not None and self.cold_at <= now


@dataclass(frozen=True)
class Vault:
    """One backup vault; the retention bounds (days) hold when it is locked."""

    arn: str
    name: str
    key_arn: str = ""
    locked: bool = False
    min_retention_days: int | None = None
    max_retention_days: int | None = None


@dataclass(frozen=True)
class Job:
    """A backup, copy or restore job. `point_arn` is what it works on, `made_arn` what it makes.

    `resource_arn` is the file system that the point of a restore was made from; "" where AWS does not say.
    """

    id: str
    state: str
    created: datetime.datetime
    point_arn: str = ""
    made_arn: str = ""
    vault_arn: str = ""
    resource_arn: str = ""
    message: str = ""
    completed: datetime.datetime | None = None
    percent: float | None = None
    expected_minutes: int | None = None
    size_bytes: int | None = None

    @property
    def status(self) -> str:
        """Any state that is neither under way nor COMPLETED is terminal: FAILED, ABORTED, EXPIRED, PARTIAL."""
        return _JOB_STATUS.get(self.state, FAILED)

    def as_result(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "state": self.state,
            "status_message": self.message,
            "created_at": iso_timestamp(self.created),
            "completed_at": iso_timestamp(self.completed),
            "progress_percent": self.percent,
            "expected_completion_minutes": self.expected_minutes,
            "backup_size_bytes": self.size_bytes,
        }


@dataclass(frozen=True)
class SourceSettings:
    """How the file system was set up that a point was made from; None and "" are what is not known.

    `key_arn` is a customer's key; "" where it is AWS's own.

    `known_from` is where that was read: tag, restore metadata, file system, or "".
    """

    encrypted: bool | None = None
    key_arn: str = ""
    performance_mode: str = ""
    throughput_mode: str = ""
    known_from: str = ""


@dataclass(frozen=True)
class FileSystem:
    id: str
    arn: str
    state: str
    encrypted: bool = False
    key_arn: str = ""
    performance_mode: str = ""
    throughput_mode: str = ""
    provisioned_throughput: float | None = None
    creation_token: str = ""
    created: datetime.datetime | None = None
    zone: str = ""
    tags: Mapping[str, str] = field(default_factory=dict)


def parse_point(answer: Mapping[str, Any]) -> Point:
    """Return the point that AWS answered (DescribeRecoveryPoint, or an entry of ListRecoveryPointsByBackupVault)."""
    lifecycle = answer.get("Lifecycle") or {}
    calculated = answer.get("CalculatedLifecycle") or {}
    return Point(
        arn=answer["RecoveryPointArn"],
        vault_arn=answer.get("BackupVaultArn") or "",
        resource_arn=answer.get("ResourceArn") or "",
        status=answer.get("Status") or "",
        created=answer["CreationDate"],
        source_vault_arn=answer.get("SourceBackupVaultArn") or "",
        completed=answer.get("CompletionDate"),
        lifecycle=Lifecycle(
            _days(lifecycle.get("DeleteAfterDays")), _days(lifecycle.get("MoveToColdStorageAfterDays"))
        ),
        delete_at=calculated.get("DeleteAt"),
        cold_at=calculated.get("MoveToColdStorageAt"),
        storage_class=answer.get("StorageClass") or "",
        size_bytes=answer.get("BackupSizeInBytes"),
        encrypted=answer.get("IsEncrypted"),
        key_arn=answer.get("EncryptionKeyArn") or "",
        message=answer.get("StatusMessage") or "",
    )


def parse_vault(answer: Mapping[str, Any]) -> Vault:
    return Vault(
        arn=answer["BackupVaultArn"],
        name=answer["BackupVaultName"],
        key_arn=answer.get("EncryptionKeyArn") or "",
        locked=bool(answer.get("Locked")),
        min_retention_days=answer.get("MinRetentionDays"),
        max_retention_days=answer.get("MaxRetentionDays"),
    )


def parse_backup_job(answer: Mapping[str, Any]) -> Job:
    percent = answer.get("PercentDone")
    return Job(
        id=answer["BackupJobId"],
        state=answer.get("State") or "CREATED",
        created=answer["CreationDate"],
        made_arn=answer.get("RecoveryPointArn") or "",
        vault_arn=answer.get("BackupVaultArn") or "",
        message=answer.get("StatusMessage") or "",
        completed=answer.get("CompletionDate"),
        percent=_percent(percent),
        size_bytes=answer.get("BackupSizeInBytes"),
    )


def parse_copy_job(answer: Mapping[str, Any]) -> Job:
    """Return the copy job that AWS answered; AWS tells no percent of copies."""
    return Job(
        id=answer["CopyJobId"],
        state=answer.get("State") or "CREATED",
        created=answer["CreationDate"],
        point_arn=answer.get("SourceRecoveryPointArn") or "",
        made_arn=answer.get("DestinationRecoveryPointArn") or "",
        vault_arn=answer.get("DestinationBackupVaultArn") or "",
        message=answer.get("StatusMessage") or "",
        completed=answer.get("CompletionDate"),
        size_bytes=answer.get("BackupSizeInBytes"),
    )


def parse_restore_job(answer: Mapping[str, Any]) -> Job:
    """Return the restore job that AWS answered; its percent is text such as "0.00%"."""
    return Job(
        id=answer["RestoreJobId"],
        state=answer.get("Status") or "PENDING",
        created=answer["CreationDate"],
        point_arn=answer.get("RecoveryPointArn") or "",
        made_arn=answer.get("CreatedResourceArn") or "",
        vault_arn=answer.get("BackupVaultArn") or "",
        resource_arn=answer.get("SourceResourceArn") or "",
        message=answer.get("StatusMessage") or "",
        completed=answer.get("CompletionDate"),
        percent=_percent(answer.get("PercentDone")),
        expected_minutes=answer.get("ExpectedCompletionTimeMinutes"),
        size_bytes=answer.get("BackupSizeInBytes"),
    )


def parse_file_system(answer: Mapping[str, Any]) -> FileSystem:
    return FileSystem(
        id=answer["FileSystemId"],
        arn=answer.get("FileSystemArn") or "",
        state=answer.get("LifeCycleState") or "",
        encrypted=bool(answer.get("Encrypted")),
        key_arn=answer.get("KmsKeyId") or "",
        performance_mode=answer.get("PerformanceMode") or "",
        throughput_mode=answer.get("ThroughputMode") or "",
        provisioned_throughput=answer.get("ProvisionedThroughputInMibps"),
        creation_token=answer.get("CreationToken") or "",
        created=answer.get("CreationTime"),
        zone=answer.get("AvailabilityZoneName") or "",
        tags={tag["Key"]: tag["Value"] for tag in answer.get("Tags") or ()},
    )


def source_settings(file_system: FileSystem) -> SourceSettings:
    return SourceSettings(
        file_system.encrypted,
        file_system.key_arn,
        file_system.performance_mode,
        file_system.throughput_mode,
        "file system",
    )


def source_tag(file_system: FileSystem) -> dict[str, str]:
    """Return the tag that tells how the file system is set up, in the characters that AWS allows in a tag."""
    parts = [f"encrypted={str(file_system.encrypted).lower()}", f"performance_mode={file_system.performance_mode}"]
    parts.append(f"throughput_mode={file_system.throughput_mode}")
    if file_system.key_arn:
        parts.append(f"kms_key={file_system.key_arn}")
    # A restore with copy_tags hands the tag down to another file system, whose points it does not describe.
    parts.append(f"file_system={file_system.id}")
    return {SOURCE_TAG: " ".join(parts)}


def parse_source_tag(tags: Mapping[str, str], file_system: str) -> SourceSettings | None:
    """Return what `source_tag` wrote of the file system with that id, or None where the point does not have it."""
    parts = dict(part.split("=", 1) for part in tags.get(SOURCE_TAG, "").split() if "=" in part)
    if parts.get("encrypted") not in ("true", "false") or parts.get("file_system") != file_system:
        return None
    return SourceSettings(
        parts["encrypted"] == "true",
        parts.get("kms_key", ""),
        parts.get("performance_mode", ""),
        parts.get("throughput_mode", ""),
        "tag",
    )


def parse_restore_metadata(metadata: Mapping[str, str]) -> SourceSettings | None:
    """Return what GetRecoveryPointRestoreMetadata tells of the source, or None where it does not tell the encryption."""
    encrypted = metadata.get("Encrypted", "").lower()
    if encrypted not in ("true", "false"):
        return None
    return SourceSettings(
        encrypted == "true",
        metadata.get("KmsKeyId", ""),
        metadata.get("PerformanceMode", ""),
        known_from="restore metadata",
    )


def _days(number: int | None) -> int | None:
    """AWS's -1 is never."""
    return None if number is None or number < 0 else number


def _percent(text: Any) -> float | None:
    try:
        return float(str(text).rstrip("%"))
    except ValueError:
        return None


def newest_usable(points: Iterable[Point]) -> Point | None:
    """Return the newest point that can be restored, or None."""
    return max((point for point in points if point.usable), key=lambda point: (point.created, point.arn), default=None)


def as_recovery_point(point: Point) -> RecoveryPoint:
    """Return the point in the form that all providers share."""
    vault = parse_arn(point.vault_arn)
    source = parse_arn(point.source_vault_arn or point.vault_arn)
    return RecoveryPoint(
        id=point.arn,
        name=point.arn.rsplit(":", 1)[-1],
        provider="aws",
        resource_type="efs",
        container=point.vault_arn,
        source=point.resource_arn,
        location=vault.region if vault else "",
        source_location=source.region if source else "",
        status=_POINT_STATUS.get(point.status, FAILED),
        reason="" if point.usable else point.message or point.status,
        created=point.created,
        expires=point.delete_at,
        progress_percent=100.0 if point.usable else None,
        consistency="",
        copy_of=point.source_vault_arn,
        size_bytes=point.size_bytes,
        extra={"encryption_key_arn": point.key_arn or None, "storage_class": point.storage_class or None},
    )
