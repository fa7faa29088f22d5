# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Clients that others wrote do the whole of it: boto3, with resources of the shipped demo, and the AWS CLI."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import boto3
import pytest
from aws_sandbox import Aws
from sandbox.azure.seeds import find_seed
from sandbox.cli import build

ROLE = "arn:aws:iam::111122223333:role/backup"
CLI = os.environ.get("BCDR_AWS_CLI") or shutil.which("aws")


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


@pytest.mark.skipif(CLI is None, reason="no AWS CLI (requirements/aws-cli.txt, in a venv of its own; BCDR_AWS_CLI)")
def test_aws_cli(aws: Aws, tmp_path: Path) -> None:
    """The AWS CLI copies and restores."""
    aws.application.plant(find_seed("demo"))
    environment = {
        **os.environ, "AWS_ENDPOINT_URL": aws.url, "AWS_ACCESS_KEY_ID": "AKIASANDBOX000000001", "AWS_PAGER": "",
        "AWS_SECRET_ACCESS_KEY": "sandbox-secret-key", "AWS_DEFAULT_REGION": "eu-west-1", "HOME": str(tmp_path),
        "AWS_EC2_METADATA_DISABLED": "true",
    }  # fmt: skip

    def run(*arguments: str) -> Any:
        command = [str(CLI), *arguments, "--output", "json"]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    points = run("backup", "list-recovery-points-by-backup-vault", "--backup-vault-name", "main")["RecoveryPoints"]
    dr = "arn:aws:backup:eu-central-1:111122223333:backup-vault:dr"
    job = run("backup", "start-copy-job", "--recovery-point-arn", points[0]["RecoveryPointArn"], "--iam-role-arn", ROLE,
              "--source-backup-vault-name", "main", "--destination-backup-vault-arn", dr)["CopyJobId"]  # fmt: skip
    aws.advance(3600)
    made = run("backup", "describe-copy-job", "--copy-job-id", job)["CopyJob"]["DestinationRecoveryPointArn"]
    there = ("--region", "eu-central-1")
    metadata = "newFileSystem=true,Encrypted=true,PerformanceMode=generalPurpose,CreationToken=cli"
    job = run("backup", "start-restore-job", "--recovery-point-arn", made, "--iam-role-arn", ROLE, "--metadata",
              metadata, *there)["RestoreJobId"]  # fmt: skip
    aws.advance(3600)
    shown = run("backup", "describe-restore-job", "--restore-job-id", job, *there)
    assert shown["Status"] == "COMPLETED"
    found = run("efs", "describe-file-systems", "--creation-token", "cli", *there)["FileSystems"]
    assert [item["FileSystemArn"] for item in found] == [shown["CreatedResourceArn"]]
