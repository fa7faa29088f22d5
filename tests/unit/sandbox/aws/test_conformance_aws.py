# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A client that others wrote does the whole of it: boto3, with resources of the shipped demo."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import boto3
import pytest
from aws_sandbox import Aws
from sandbox.cli import build

ROLE = "arn:aws:iam::111122223333:role/backup"


def test_boto3_with_the_exports(tmp_path: Path, aws: Aws, monkeypatch: pytest.MonkeyPatch) -> None:
    """The environment is all that it needs: backup, copy to another region, restore there, mount target, clean up."""
    sandbox = build("demo", tmp_path, speed=2000)
    sandbox.start()
    try:
        for name, value in sandbox.exports().items():
            if name.startswith("AWS_"):
                monkeypatch.setenv(name, value)
        _copy_and_restore()
    finally:
        sandbox.stop()
        for server in (sandbox.server, sandbox.identity_server, sandbox.aws_server):
            server.server_close()


def _copy_and_restore() -> None:
    session = boto3.Session()
    source, target = session.client("backup"), session.client("backup", region_name="eu-central-1")
    efs = session.client("efs", region_name="eu-central-1")
    system = session.client("efs").describe_file_systems(FileSystemId="fs-0a11ce0000000002")["FileSystems"][0]
    job = source.start_backup_job(BackupVaultName="main", ResourceArn=system["FileSystemArn"], IamRoleArn=ROLE,
                                  Lifecycle={"DeleteAfterDays": 30})  # fmt: skip
    backup = _until(lambda: source.describe_backup_job(BackupJobId=job["BackupJobId"]), "State")
    job = source.start_copy_job(
        RecoveryPointArn=backup["RecoveryPointArn"], SourceBackupVaultName="main", IamRoleArn=ROLE,
        DestinationBackupVaultArn=target.describe_backup_vault(BackupVaultName="dr")["BackupVaultArn"],
    )  # fmt: skip
    copy = _until(lambda: source.describe_copy_job(CopyJobId=job["CopyJobId"])["CopyJob"], "State")
    point = copy["DestinationRecoveryPointArn"]
    metadata = target.get_recovery_point_restore_metadata(BackupVaultName="dr", RecoveryPointArn=point)
    wanted = {**metadata["RestoreMetadata"], "newFileSystem": "true", "Encrypted": "true", "CreationToken": "t",
              "PerformanceMode": "generalPurpose"}  # fmt: skip
    job = target.start_restore_job(RecoveryPointArn=point, IamRoleArn=ROLE, Metadata=wanted)
    restore = _until(lambda: target.describe_restore_job(RestoreJobId=job["RestoreJobId"]), "Status")
    made = efs.describe_file_systems(CreationToken="t")["FileSystems"][0]
    assert made["FileSystemArn"] == restore["CreatedResourceArn"]
    assert made["KmsKeyId"].startswith("arn:aws:kms:eu-central-1:")
    subnet = session.client("ec2", region_name="eu-central-1").describe_subnets()["Subnets"][0]["SubnetId"]
    efs.create_mount_target(FileSystemId=made["FileSystemId"], SubnetId=subnet)
    efs.put_backup_policy(FileSystemId=made["FileSystemId"], BackupPolicy={"Status": "ENABLED"})


def _until(ask: Any, field: str) -> dict[str, Any]:
    for _round in range(2000):
        shown: dict[str, Any] = ask()
        if shown[field] not in ("CREATED", "PENDING", "RUNNING"):
            assert shown[field] == "COMPLETED", shown
            return shown
    raise AssertionError(shown)
