# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Vaults: access, policies, locks, points that are deleted, tags."""

from __future__ import annotations

import json
from typing import Any

import pytest
from aws_sandbox import ALLOW, DAY, HERE, MINE, OTHER, RESOURCE, ROLE, Aws, code


@pytest.mark.parametrize(
    ("operation", "fields"),
    [
        ("describe_backup_vault", {}),
        ("list_recovery_points_by_backup_vault", {}),
        ("get_backup_vault_access_policy", {}),
        ("put_backup_vault_access_policy", {"Policy": "{}"}),
        ("describe_recovery_point", {"RecoveryPointArn": "arn"}),
        ("get_recovery_point_restore_metadata", {"RecoveryPointArn": "arn"}),
        ("delete_recovery_point", {"RecoveryPointArn": "arn"}),
        ("start_backup_job", {"ResourceArn": RESOURCE, "IamRoleArn": ROLE}),
        ("delete_backup_vault", {}),
    ],
)
def test_missing_vault(aws: Aws, operation: str, fields: dict[str, Any]) -> None:
    """Cannot be told from one that is forbidden."""
    assert code(getattr(aws.backup, operation), BackupVaultName="nothing", **fields) == "AccessDeniedException"


def test_vaults(aws: Aws) -> None:
    """Made once, found, deleted when empty."""
    aws.backup.create_backup_vault(BackupVaultName="new", BackupVaultTags={"a": "b"})
    assert code(aws.backup.create_backup_vault, BackupVaultName="new") == "AlreadyExistsException"
    shown = aws.backup.describe_backup_vault(BackupVaultName="new")
    assert shown["EncryptionKeyArn"] == aws.client("kms").describe_key(KeyId="alias/aws/backup")["KeyMetadata"]["Arn"]
    assert aws.backup.list_tags(ResourceArn=shown["BackupVaultArn"])["Tags"] == {"a": "b"}
    aws.backup.tag_resource(ResourceArn=shown["BackupVaultArn"], Tags={"c": "d"})
    aws.backup.untag_resource(ResourceArn=shown["BackupVaultArn"], TagKeyList=["a"])
    assert aws.backup.list_tags(ResourceArn=shown["BackupVaultArn"])["Tags"] == {"c": "d"}
    aws.backup.delete_backup_vault(BackupVaultName="new")
    assert code(aws.backup.delete_backup_vault, BackupVaultName="main") == "InvalidRequestException"
    assert aws.backup.describe_backup_vault(BackupVaultName="main")["NumberOfRecoveryPoints"] == 2


def test_automatic_vault(aws: Aws) -> None:
    """EFS's own vault denies what would take points out of it, but can be read."""
    name = "aws/efs/automatic-backup-vault"
    point = aws.point(name)
    assert aws.backup.describe_recovery_point(BackupVaultName=name, RecoveryPointArn=point)["Status"] == "COMPLETED"
    metadata = aws.backup.get_recovery_point_restore_metadata(BackupVaultName=name, RecoveryPointArn=point)
    assert metadata["RestoreMetadata"]["file-system-id"] in RESOURCE
    assert code(aws.backup.delete_recovery_point, BackupVaultName=name, RecoveryPointArn=point) == (
        "AccessDeniedException"
    )
    policy = json.loads(aws.backup.get_backup_vault_access_policy(BackupVaultName=name)["Policy"])
    assert "backup:StartCopyJob" in policy["Statement"][0]["Action"]


@pytest.mark.parametrize(
    ("statements", "state"),
    [
        ([{**ALLOW, "Principal": "*", "Condition": {"StringEquals": {"aws:PrincipalOrgID": "o-sandbox0000"}}}],
         "COMPLETED"),
        ([{**ALLOW, "Principal": "*", "Condition": {"StringEquals": {"aws:PrincipalOrgID": "o-else"}}}], "FAILED"),
        ([{**ALLOW, "Principal": {"AWS": OTHER}}], "FAILED"),
        ([{**ALLOW, "Action": "backup:*"}], "COMPLETED"),
        ([ALLOW, {**ALLOW, "Effect": "Deny", "Principal": "*"}], "FAILED"),
        ([ALLOW, {**ALLOW, "Effect": "Deny", "Condition": {"Bool": {"aws:x": "true"}}}], "FAILED"),
    ],
)  # fmt: skip
def test_policies_of_other_accounts(aws: Aws, statements: list[Any], state: str) -> None:
    """An Allow is needed; a Deny wins; a condition that is not known counts against the caller."""
    theirs = aws.client("backup", "eu-central-1", "AKIASANDBOX000000002")
    policy = json.dumps({"Version": "2012-10-17", "Statement": [{**item, "Resource": "*"} for item in statements]})
    theirs.put_backup_vault_access_policy(BackupVaultName="closed", Policy=policy)
    assert aws.copied(aws.vault("closed", OTHER))["State"] == state


def test_deny_at_the_source(aws: Aws) -> None:
    """Denied at once; without the policy it works."""
    statement = {"Effect": "Deny", "Principal": "*", "Action": "backup:StartCopyJob", "Resource": "*"}
    aws.backup.put_backup_vault_access_policy(BackupVaultName="main", Policy=json.dumps({"Statement": [statement]}))
    assert code(aws.copy) == "AccessDeniedException"
    aws.backup.delete_backup_vault_access_policy(BackupVaultName="main")
    assert aws.copied()["State"] == "COMPLETED"
    assert code(aws.backup.get_backup_vault_access_policy, BackupVaultName="main") == "ResourceNotFoundException"
    refused = code(aws.backup.put_backup_vault_access_policy, BackupVaultName="main", Policy="no")
    assert refused == "InvalidParameterValueException"


def test_lock(aws: Aws) -> None:
    """Retention has to be within it, nothing is deleted before its time, and in the end it cannot be undone."""
    locked = aws.vault("locked")
    made = aws.copied(locked, Lifecycle={"DeleteAfterDays": 60})
    assert (made["State"], made["DestinationVaultLockState"]) == ("COMPLETED", "GOVERNANCE")
    point = made["DestinationRecoveryPointArn"]
    delete = aws.backup_there.delete_recovery_point
    assert code(delete, BackupVaultName="locked", RecoveryPointArn=point) == "InvalidRequestException"
    put = aws.backup_there.put_backup_vault_lock_configuration
    assert code(put, BackupVaultName="locked", ChangeableForDays=2) == "InvalidParameterValueException"
    assert code(put, BackupVaultName="locked", MinRetentionDays=9, MaxRetentionDays=8) == (
        "InvalidParameterValueException"
    )
    put(BackupVaultName="locked", MinRetentionDays=30, ChangeableForDays=3)
    shown = aws.backup_there.describe_backup_vault(BackupVaultName="locked")
    assert (shown["Locked"], shown["MinRetentionDays"]) == (True, 30)
    put(BackupVaultName="locked", MinRetentionDays=31, ChangeableForDays=3)
    aws.advance(3 * DAY)
    assert code(put, BackupVaultName="locked") == "InvalidRequestException"
    undo = aws.backup_there.delete_backup_vault_lock_configuration
    assert code(undo, BackupVaultName="locked") == "InvalidRequestException"


def test_backup_into_a_locked_vault(aws: Aws) -> None:
    """Also a backup's retention has to fit."""
    aws.backup.put_backup_vault_lock_configuration(BackupVaultName="second", MaxRetentionDays=10)
    job = aws.backup.start_backup_job(BackupVaultName="second", ResourceArn=RESOURCE, IamRoleArn=ROLE)["BackupJobId"]
    aws.advance(600)
    shown = aws.backup.describe_backup_job(BackupJobId=job)
    assert (shown["State"], "RecoveryPointArn" in shown) == ("FAILED", False)


def test_delete_point(aws: Aws) -> None:
    """It takes a while, and not while a job uses it."""
    point = aws.point()
    aws.copy()
    assert code(aws.backup.delete_recovery_point, BackupVaultName="main", RecoveryPointArn=point) == (
        "InvalidRequestException"
    )
    aws.advance(3600)
    aws.backup.delete_recovery_point(BackupVaultName="main", RecoveryPointArn=point)
    shown = aws.backup.describe_recovery_point(BackupVaultName="main", RecoveryPointArn=point)
    assert shown["Status"] == "DELETING"
    assert code(aws.copy, RecoveryPointArn=point) == "InvalidRequestException"
    aws.advance(31)
    missing = code(aws.backup.describe_recovery_point, BackupVaultName="main", RecoveryPointArn=point)
    assert missing == "ResourceNotFoundException"


def test_backup(aws: Aws) -> None:
    """CREATED, RUNNING, COMPLETED; the point has the file system's tags and the vault's key."""
    start = aws.backup.start_backup_job
    fields = {"BackupVaultName": "second", "IamRoleArn": ROLE}
    job = start(ResourceArn=RESOURCE, RecoveryPointTags={"why": "drill"}, **fields)["BackupJobId"]
    aws.advance(60)
    assert aws.backup.describe_backup_job(BackupJobId=job)["State"] == "RUNNING"
    aws.advance(600)
    shown = aws.backup.describe_backup_job(BackupJobId=job)
    assert (shown["State"], shown["BackupSizeInBytes"]) == ("COMPLETED", 10 * 10**9)
    point = shown["RecoveryPointArn"]
    assert aws.backup.list_tags(ResourceArn=point)["Tags"] == {"Name": "data", "app": "x", "why": "drill"}
    listed = aws.backup.list_recovery_points_by_backup_vault(BackupVaultName="second", ByResourceArn=RESOURCE)
    assert [item["RecoveryPointArn"] for item in listed["RecoveryPoints"]] == [point]
    assert aws.backup.list_backup_jobs(ByState="COMPLETED")["BackupJobs"][0]["BackupJobId"] == job
    assert code(start, ResourceArn=RESOURCE.replace("aa", "ff"), **fields) == "ResourceNotFoundException"
    assert code(start, ResourceArn="arn:aws:ec2:x", **fields) == "InvalidParameterValueException"
    many = {str(number): "x" for number in range(11)}
    assert code(start, ResourceArn=RESOURCE, RecoveryPointTags=many, **fields) == "InvalidParameterValueException"
    copy = aws.backup.start_copy_job(
        RecoveryPointArn=point,
        SourceBackupVaultName="second",
        DestinationBackupVaultArn=aws.vault("dr"),
        IamRoleArn=ROLE,
    )["CopyJobId"]
    aws.advance(3600)
    made = aws.copy_job(copy)["DestinationRecoveryPointArn"]
    assert aws.backup_there.list_tags(ResourceArn=made)["Tags"]["why"] == "drill"


def test_pages(aws: Aws) -> None:
    """Every list comes in pages; a token is for its list only."""
    aws.plant(limits={"page_size": 2})
    jobs = [aws.copy() for _round in range(5)]
    aws.advance(7200)
    pages = list(aws.backup.get_paginator("list_copy_jobs").paginate())
    assert [len(page["CopyJobs"]) for page in pages] == [2, 2, 1]
    assert {job["CopyJobId"] for page in pages for job in page["CopyJobs"]} == set(jobs)
    token = pages[0]["NextToken"]
    refused = code(aws.backup.list_copy_jobs, ByState="COMPLETED", NextToken=token)
    assert refused == "InvalidParameterValueException"
    assert code(aws.backup.list_copy_jobs, NextToken="x") == "InvalidParameterValueException"
    points = aws.backup_there.get_paginator("list_recovery_points_by_backup_vault").paginate(BackupVaultName="dr")
    assert [len(page["RecoveryPoints"]) for page in points] == [2, 2, 1]
    points = aws.backup_there.get_paginator("list_recovery_points_by_resource").paginate(ResourceArn=RESOURCE)
    assert [len(page["RecoveryPoints"]) for page in points] == [2, 2, 1]
    vaults = aws.backup.get_paginator("list_backup_vaults").paginate()
    assert [len(page["BackupVaultList"]) for page in vaults] == [2, 1]
    assert len(aws.backup.list_copy_jobs(MaxResults=1)["CopyJobs"]) == 1
    for number in range(3):
        aws.client("efs").create_file_system(CreationToken=str(number))
    pages = list(aws.client("efs").get_paginator("describe_file_systems").paginate())
    assert [len(page["FileSystems"]) for page in pages] == [2, 2, 1]


def test_points_of_an_account(aws: Aws) -> None:
    """BackupVaultAccountId of another account is out of reach."""
    fields = {"BackupVaultName": "main", "BackupVaultAccountId": OTHER}
    assert code(aws.backup.list_recovery_points_by_backup_vault, **fields) == "AccessDeniedException"
    listed = aws.backup.list_recovery_points_by_backup_vault(BackupVaultName="main", BackupVaultAccountId=MINE)
    assert {item["BackupVaultArn"] for item in listed["RecoveryPoints"]} == {aws.vault("main", region=HERE)}
