# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Restore jobs: states, progress, metadata, keys, what is restored."""

from __future__ import annotations

import re

import pytest
from aws_sandbox import FILE_SYSTEM, HERE, METADATA, OTHER, RESOURCE, ROLE, THERE, Aws, code


def test_states(aws: Aws) -> None:
    """PENDING, RUNNING with progress, COMPLETED; the file system is there before its data."""
    point = aws.copied()["DestinationRecoveryPointArn"]
    job = aws.restore(point)
    shown = aws.backup_there.describe_restore_job(RestoreJobId=job)
    assert (shown["Status"], shown["PercentDone"]) == ("PENDING", "0.00%")
    aws.advance(30 + 5)
    early = aws.efs_there.describe_file_systems(CreationToken="dr-1")["FileSystems"]
    assert [(item["LifeCycleState"], item["SizeInBytes"]["Value"]) for item in early] == [("creating", 0)]
    aws.advance(110)
    shown = aws.backup_there.describe_restore_job(RestoreJobId=job)
    assert (shown["Status"], shown["PercentDone"], shown["ExpectedCompletionTimeMinutes"]) == ("RUNNING", "50.00%", 4)
    assert "CreatedResourceArn" not in shown
    aws.advance(120)
    shown = aws.backup_there.describe_restore_job(RestoreJobId=job)
    assert (shown["Status"], shown["PercentDone"]) == ("COMPLETED", "100.00%")
    made = aws.efs_there.describe_file_systems(CreationToken="dr-1")["FileSystems"][0]
    assert (made["FileSystemArn"], made["LifeCycleState"]) == (shown["CreatedResourceArn"], "available")
    assert made["SizeInBytes"]["Value"] == 10 * 10**9
    assert made["Tags"] == []
    assert (made["ThroughputMode"], made["NumberOfMountTargets"]) == ("bursting", 0)
    assert aws.backup_there.get_restore_job_metadata(RestoreJobId=job)["Metadata"] == METADATA
    assert code(aws.backup.describe_restore_job, RestoreJobId=job) == "ResourceNotFoundException"


def test_restored_directory(aws: Aws) -> None:
    """Data is below a folder of its own, also in a new file system."""
    arn = aws.restored()["CreatedResourceArn"]
    state = aws.admin("GET", "state")["aws"]["file_systems"]
    restored = next(item["restored"] for item in state if item["arn"] == arn)
    assert len(restored) == 1
    assert re.fullmatch(r"aws-backup-restore_2026-03-01T\d\d-\d\d-\d\d-\d{6}Z", restored[0]["directory"])
    assert (restored[0]["resource"], restored[0]["items"]) == (RESOURCE, None)


def test_point_of_another_region(aws: Aws) -> None:
    """Is not found, and neither is another account's."""
    assert code(aws.restore, aws.point()) == "ResourceNotFoundException"
    made = aws.copied(aws.vault("open", OTHER))["DestinationRecoveryPointArn"]
    assert code(aws.restore, made) == "ResourceNotFoundException"


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({"CreationToken": None}, "CreationToken is required"),
        ({"KmsKeyId": "HERE"}, f"is not a key of {THERE}"),
        ({"KmsKeyId": "alias/off"}, "is Disabled"),
        ({"KmsKeyId": "alias/nothing"}, "does not exist"),
        ({"KmsKeyId": "alias/cmk-there", "Encrypted": "false"}, "Encrypted is not true"),
        ({"PerformanceMode": "fast"}, "PerformanceMode"),
        ({"newFileSystem": "false"}, "does not exist"),
        ({"newFileSystem": None, "newFilesystem": "true"}, "does not exist"),
        ({"ItemsToRestore": "/home"}, "not an array"),
        ({"singleAzFilesystem": "true", "availabilityZoneName": "eu-west-1a"}, "availabilityZoneName"),
    ],
)
def test_failed_late(aws: Aws, changes: dict, text: str) -> None:
    """Bad metadata shows only after a while, and leaves no file system."""
    if changes.get("KmsKeyId") == "HERE":
        changes = {"KmsKeyId": aws.client("kms").describe_key(KeyId="alias/cmk")["KeyMetadata"]["Arn"]}
    job = aws.restored(changes)
    assert job["Status"] == "FAILED"
    assert text in job["StatusMessage"]
    assert "CreatedResourceArn" not in job
    assert aws.efs_there.describe_file_systems()["FileSystems"] == []


def test_used_creation_token(aws: Aws) -> None:
    """Fails late, and the existing file system stays."""
    aws.efs_there.create_file_system(CreationToken="dr-1")
    job = aws.restored()
    assert (job["Status"], "already exists" in job["StatusMessage"]) == ("FAILED", True)
    assert len(aws.efs_there.describe_file_systems()["FileSystems"]) == 1


def test_keys_of_metadata_are_case_sensitive(aws: Aws) -> None:
    """A key in the wrong case is not seen: the data ends up unencrypted."""
    arn = aws.restored({"Encrypted": None, "encrypted": "true"})["CreatedResourceArn"]
    made = aws.efs_there.describe_file_systems(FileSystemId=arn.rsplit("/", 1)[-1])["FileSystems"][0]
    assert made["Encrypted"] is False


@pytest.mark.parametrize("key", [None, "alias/cmk-there", "multi"])
def test_encrypted_with(aws: Aws, key: str | None) -> None:
    """The key asked for, a replica of a multi-Region key, or EFS's own."""
    wanted = key
    if key == "multi":
        wanted = aws.client("kms").describe_key(KeyId="alias/multi")["KeyMetadata"]["Arn"].replace(HERE, THERE)
    job = aws.restored({"KmsKeyId": wanted})
    assert job["Status"] == "COMPLETED", job
    made = aws.efs_there.describe_file_systems(CreationToken="dr-1")["FileSystems"][0]
    described = aws.client("kms", THERE).describe_key(KeyId=wanted or "alias/aws/elasticfilesystem")["KeyMetadata"]
    assert (made["Encrypted"], made["KmsKeyId"]) == (True, described["Arn"])
    assert described["KeyManager"] == ("CUSTOMER" if key else "AWS")


def test_into_an_existing_file_system(aws: Aws) -> None:
    """Each restore makes one more folder."""
    point = aws.point()
    metadata = {"newFileSystem": "false", "file-system-id": FILE_SYSTEM, "ItemsToRestore": '["/home", "/srv"]'}
    for _round in range(2):
        aws.backup.start_restore_job(RecoveryPointArn=point, IamRoleArn=ROLE, Metadata=metadata)
        aws.advance(3600)
    state = aws.admin("GET", "state")["aws"]["file_systems"]
    restored = next(item["restored"] for item in state if item["arn"] == RESOURCE)
    assert [entry["items"] for entry in restored] == [["/home", "/srv"]] * 2
    assert len({entry["directory"] for entry in restored}) == 2


def test_tags(aws: Aws) -> None:
    """On request, for new file systems and whole restores only."""
    job = aws.restored(CopySourceTagsToRestoredResource=True)
    made = aws.efs_there.describe_file_systems(CreationToken="dr-1")["FileSystems"][0]
    assert job["Status"] == "COMPLETED"
    assert {tag["Key"]: tag["Value"] for tag in made["Tags"]} == {"Name": "data", "app": "x"}
    fields = {"RecoveryPointArn": job["RecoveryPointArn"], "IamRoleArn": ROLE, "CopySourceTagsToRestoredResource": True}
    metadata = {**METADATA, "newFileSystem": "false"}
    refused = code(aws.backup_there.start_restore_job, Metadata=metadata, **fields)
    assert refused == "InvalidParameterValueException"


def test_refused_at_once(aws: Aws) -> None:
    """Metadata and role are needed; the automatic vault's policy denies; tokens repeat."""
    point = aws.copied()["DestinationRecoveryPointArn"]
    start = aws.backup_there.start_restore_job
    assert code(start, RecoveryPointArn=point, Metadata=METADATA) == "MissingParameterValueException"
    assert code(start, RecoveryPointArn=point, Metadata={}, IamRoleArn=ROLE) == "MissingParameterValueException"
    automatic = aws.point("aws/efs/automatic-backup-vault")
    denied = code(aws.backup.start_restore_job, RecoveryPointArn=automatic, Metadata=METADATA, IamRoleArn=ROLE)
    assert denied == "AccessDeniedException"
    assert aws.restore(point, IdempotencyToken="t") == aws.restore(point, IdempotencyToken="t")
    assert aws.restore(point) != aws.restore(point)


def test_protected_resource(aws: Aws) -> None:
    """AWS's own figures of the latest restore."""
    assert code(aws.backup_there.describe_protected_resource, ResourceArn=RESOURCE) == "ResourceNotFoundException"
    job = aws.restored()
    shown = aws.backup_there.describe_protected_resource(ResourceArn=RESOURCE)
    assert shown["LatestRestoreExecutionTimeMinutes"] == 4
    assert shown["LatestRestoreJobCreationDate"] == job["CreationDate"]
    assert shown["LatestRestoreRecoveryPointCreationDate"] == job["RecoveryPointCreationDate"]
    assert len(aws.backup_there.list_protected_resources()["Results"]) == 1
    listed = aws.backup_there.list_restore_jobs_by_protected_resource(ResourceArn=RESOURCE)["RestoreJobs"]
    assert [item["RestoreJobId"] for item in listed] == [job["RestoreJobId"]]


def test_cold_restore(aws: Aws) -> None:
    """Takes four hours more."""
    listed = aws.backup.list_recovery_points_by_backup_vault(BackupVaultName="main")["RecoveryPoints"]
    cold = next(item["RecoveryPointArn"] for item in listed if item["ResourceArn"] != RESOURCE)
    job = aws.backup.start_restore_job(RecoveryPointArn=cold, IamRoleArn=ROLE, Metadata=METADATA)["RestoreJobId"]
    aws.advance(4 * 3600)
    assert aws.backup.describe_restore_job(RestoreJobId=job)["Status"] == "RUNNING"
    aws.advance(600)
    assert aws.backup.describe_restore_job(RestoreJobId=job)["Status"] == "COMPLETED"
