# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The AWS CLI and the modules at the same file systems: each sees and goes on with what the other has made."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from aws_sandbox import HERE, KEY, MINE, SECRET, THERE, Aws
from sandbox.azure.seeds import find_seed

from ansible_collections.bcdr.multicloud.tests.unit.aws.runs import Run, outcome, told

# tools/pytest.sh makes one; elsewhere it may be missing.
PROGRAM = os.environ.get("BCDR_AWS_CLI") or shutil.which("aws")
ROLE = f"arn:aws:iam::{MINE}:role/service-role/AWSBackupDefaultServiceRole"
FILE_SYSTEM = "fs-0a11ce0000000002"
DR = f"arn:aws:backup:{THERE}:{MINE}:backup-vault:dr"
REGION = ("--region", THERE)
COPY: dict[str, Any] = {
    "file_system_id": FILE_SYSTEM, "source_backup_vault_name": "main", "iam_role_arn": ROLE,
    "destinations": [{"backup_vault_arn": DR}],
}  # fmt: skip
RESTORE: dict[str, Any] = {
    "region": THERE, "backup_vault_name": "dr", "file_system_id": FILE_SYSTEM, "iam_role_arn": ROLE,
    "name": "home-directories", "kms_key_id": "alias/files-dr",
}  # fmt: skip
Cli = Callable[..., Any]

pytestmark = pytest.mark.skipif(
    PROGRAM is None, reason="no AWS CLI (requirements/aws-cli.txt, in an environment of its own; BCDR_AWS_CLI)"
)


@pytest.fixture
def cli(aws: Aws, tmp_path: Path) -> Cli:
    """Runs the AWS CLI in the demo's first account; returns what it prints."""
    aws.application.plant(find_seed("demo"))
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("AWS_")},
        "AWS_ENDPOINT_URL": aws.url, "AWS_ACCESS_KEY_ID": KEY, "AWS_SECRET_ACCESS_KEY": SECRET, "AWS_PAGER": "",
        "AWS_DEFAULT_REGION": HERE, "AWS_EC2_METADATA_DISABLED": "true", "HOME": str(tmp_path),
    }  # fmt: skip

    def run(*arguments: str) -> Any:
        command = [str(PROGRAM), *arguments, "--output", "json"]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    return run


def point_in(cli: Cli, vault: str, *options: str) -> dict[str, Any]:
    """The only recovery point of the file system in the vault."""
    listed = cli("backup", "list-recovery-points-by-backup-vault", "--backup-vault-name", vault, *options)
    found = [entry for entry in listed["RecoveryPoints"] if entry["ResourceArn"].endswith(FILE_SYSTEM)]
    assert len(found) == 1
    return dict(found[0])


def start_copy(cli: Cli) -> str:
    """Start a copy to the other region; returns the id of its job."""
    return str(
        cli(
            "backup", "start-copy-job", "--recovery-point-arn", point_in(cli, "main")["RecoveryPointArn"],
            "--source-backup-vault-name", "main", "--destination-backup-vault-arn", DR, "--iam-role-arn", ROLE,
        )["CopyJobId"]
    )  # fmt: skip


def test_the_cli_copies_and_restores(aws: Aws, cli: Cli) -> None:
    """The steps of the modules by hand, with what has to be known for each of them."""
    job = start_copy(cli)
    aws.advance(3600)
    copied = cli("backup", "describe-copy-job", "--copy-job-id", job)["CopyJob"]
    assert copied["State"] == "COMPLETED"
    key = cli("kms", "describe-key", "--key-id", "alias/files-dr", *REGION)["KeyMetadata"]["Arn"]
    metadata = f"newFileSystem=true,Encrypted=true,KmsKeyId={key},PerformanceMode=generalPurpose,CreationToken=by-hand"
    job = cli(
        "backup", "start-restore-job", "--recovery-point-arn", copied["DestinationRecoveryPointArn"],
        "--iam-role-arn", ROLE, "--metadata", metadata, *REGION,
    )["RestoreJobId"]  # fmt: skip
    aws.advance(3600)
    restored = cli("backup", "describe-restore-job", "--restore-job-id", job, *REGION)
    assert restored["Status"] == "COMPLETED"
    found = cli("efs", "describe-file-systems", "--creation-token", "by-hand", *REGION)["FileSystems"]
    assert [item["FileSystemArn"] for item in found] == [restored["CreatedResourceArn"]]
    assert (found[0]["Encrypted"], found[0]["KmsKeyId"]) == (True, key)


def test_the_cli_sees_what_the_modules_made(aws: Aws, cli: Cli) -> None:
    """The copy with its job, the file system with its key, settings and tags, and the job that made it."""
    before = point_in(cli, "main")
    copied = outcome(aws, "efs_backup_copy", **COPY).result["copies"][0]
    there = point_in(cli, "dr", *REGION)
    assert there["RecoveryPointArn"] == copied["recovery_point_arn"]
    assert there["CreationDate"] == before["CreationDate"]
    jobs = cli("backup", "list-copy-jobs", "--by-destination-vault-arn", DR)["CopyJobs"]
    made = [(job["CopyJobId"], job["State"], job["DestinationRecoveryPointArn"]) for job in jobs]
    assert made == [(copied["copy_job"]["id"], "COMPLETED", there["RecoveryPointArn"])]

    restored = outcome(aws, "efs_backup_restore", **RESTORE, throughput_mode="elastic", tags={"app": "home"}).result
    shown = cli("efs", "describe-file-systems", "--file-system-id", restored["file_system"]["file_system_id"], *REGION)
    system = shown["FileSystems"][0]
    key = cli("kms", "describe-key", "--key-id", "alias/files-dr", *REGION)["KeyMetadata"]["Arn"]
    assert (system["Encrypted"], system["KmsKeyId"], system["ThroughputMode"]) == (True, key, "elastic")
    tags = {tag["Key"]: tag["Value"] for tag in system["Tags"]}
    assert tags == {"Name": "home-directories", "app": "home", "bcdr-restored-from": there["RecoveryPointArn"]}
    job = cli("backup", "describe-restore-job", "--restore-job-id", restored["restore_job"]["id"], *REGION)
    assert (job["Status"], job["CreatedResourceArn"]) == ("COMPLETED", system["FileSystemArn"])


def test_the_modules_go_on_with_what_the_cli_made(aws: Aws, cli: Cli) -> None:
    """Its copy job is waited for and not started again, and what it copied is restored."""
    job = start_copy(cli)
    [attached] = Run(aws, "efs_backup_copy", **COPY, wait=False).go()
    assert attached.status in ("pending", "running")
    assert (told(attached), attached.result["copies"][0]["copy_job"]["id"]) == ([], job)
    waited = outcome(aws, "efs_backup_copy", **COPY)
    done = cli("backup", "describe-copy-job", "--copy-job-id", job)["CopyJob"]
    assert (done["State"], waited.status, told(waited)) == ("COMPLETED", "succeeded", [])
    assert waited.result["copies"][0]["recovery_point_arn"] == done["DestinationRecoveryPointArn"]
    later = outcome(aws, "efs_backup_copy", **COPY)
    assert (later.status, told(later)) == ("succeeded", [])
    assert len(cli("backup", "list-copy-jobs")["CopyJobs"]) == 1
    shown = outcome(aws, "efs_backup_info", region=THERE, backup_vault_name="dr", newest_usable=True).result
    assert [point["id"] for point in shown["recovery_points"]] == [done["DestinationRecoveryPointArn"]]

    restored = outcome(aws, "efs_backup_restore", **RESTORE).result
    assert restored["recovery_point_arn"] == done["DestinationRecoveryPointArn"]
    # A setting that somebody changes by hand is seen and set again, without another restore.
    system = restored["file_system"]["file_system_id"]
    cli("efs", "update-file-system", "--file-system-id", system, "--throughput-mode", "elastic", *REGION)
    aws.advance(2 * 86_400)
    again = outcome(aws, "efs_backup_restore", **RESTORE, throughput_mode="bursting")
    assert told(again) == ["set throughput of home-directories"]
    assert again.result["file_system"]["throughput_mode"] == "bursting"
    assert len(cli("backup", "list-restore-jobs", *REGION)["RestoreJobs"]) == 1
