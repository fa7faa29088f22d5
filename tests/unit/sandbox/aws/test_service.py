# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who may call, faults, outages, stale reads, the clock, the log."""

from __future__ import annotations

from datetime import datetime, timezone
from email.utils import parsedate_to_datetime
from typing import Any

import pytest
from aws_sandbox import HERE, KEY, METADATA, MINE, OTHER, ROLE, SECRET, THERE, Aws, code
from botocore.exceptions import ConnectionError as BotoConnectionError
from botocore.exceptions import HTTPClientError
from werkzeug.test import Client


@pytest.mark.parametrize(
    ("service", "operation", "expected"),
    [
        ("sts", "get_caller_identity", "InvalidClientTokenId"),
        ("backup", "list_backup_vaults", "UnrecognizedClientException"),
        ("efs", "describe_file_systems", "UnrecognizedClientException"),
        ("kms", "list_keys", "UnrecognizedClientException"),
        ("ec2", "describe_subnets", "AuthFailure"),
    ],
)
def test_unknown_key(aws: Aws, service: str, operation: str, expected: str) -> None:
    """Only keys of the seed are known."""
    assert code(getattr(aws.client(service, key="AKIANOBODY0000000001"), operation)) == expected


def test_unsigned(aws: Aws) -> None:
    """A request without a signature is nobody's, and moto's own interface is out of reach."""
    for path in ("/backup-vaults/", "/moto-api/reset"):
        assert Client(aws.application.aws).post(path).status_code == 403


def test_region_that_is_not_enabled(aws: Aws) -> None:
    """Keys do not work there."""
    aws.plant(regions=[HERE, THERE])
    assert code(aws.client("backup", "us-east-1").list_backup_vaults) == "UnrecognizedClientException"


def test_assume_role(aws: Aws) -> None:
    """The session is the other account's; its token has to come along."""
    identity = aws.client("sts").get_caller_identity()
    assert identity["Account"] == MINE
    role = f"arn:aws:iam::{OTHER}:role/dr"
    given = aws.client("sts").assume_role(RoleArn=role, RoleSessionName="drill")["Credentials"]
    session = (given["AccessKeyId"], given["SessionToken"])
    assert aws.client("sts", HERE, *session).get_caller_identity()["Account"] == OTHER
    listed = aws.client("backup", THERE, *session).list_backup_vaults()["BackupVaultList"]
    assert {vault["BackupVaultName"] for vault in listed} == {"open", "Default", "closed"}
    wrong = aws.client("backup", THERE, given["AccessKeyId"], "wrong").list_backup_vaults
    assert code(wrong) == "UnrecognizedClientException"
    assert code(aws.client("backup", THERE, KEY, "token").list_backup_vaults) == "UnrecognizedClientException"
    nobody = "arn:aws:iam::999999999999:role/dr"
    assert code(aws.client("sts").assume_role, RoleArn=nobody, RoleSessionName="drill") == "AccessDenied"


def test_throttling_and_unavailable(aws: Aws) -> None:
    """Faults by action and region."""
    aws.fault("status", f"aws:{HERE}:backup:ListCopyJobs", status=400, code="ThrottlingException")
    aws.fault("status", ":StartCopyJob", status=500, code="ServiceUnavailableException", when="after")
    aws.backup_there.list_copy_jobs()
    assert code(aws.backup.list_copy_jobs) == "ThrottlingException"
    assert code(aws.copy) == "ServiceUnavailableException"
    assert len(aws.backup.list_copy_jobs()["CopyJobs"]) == 1


def test_drop(aws: Aws) -> None:
    """The connection breaks, after the job was started."""
    aws.fault("drop", ":StartCopyJob", when="after")
    with pytest.raises((BotoConnectionError, HTTPClientError)):
        aws.copy()
    assert len(aws.backup.list_copy_jobs()["CopyJobs"]) == 1


@pytest.mark.parametrize("state", ["FAILED", "PARTIAL"])
def test_copy_that_ends_badly(aws: Aws, state: str) -> None:
    """After its time, or earlier; PARTIAL leaves a point that cannot be used."""
    aws.fault("job_end", ":StartCopyJob", state=state, message="no luck", seconds=50)
    job = aws.copy()
    aws.advance(79)
    assert aws.copy_job(job)["State"] == "RUNNING"
    aws.advance(2)
    shown = aws.copy_job(job)
    assert (shown["State"], shown["StatusMessage"]) == (state, "no luck")
    points = aws.backup_there.list_recovery_points_by_backup_vault(BackupVaultName="dr")["RecoveryPoints"]
    assert [point["Status"] for point in points] == (["PARTIAL"] if state == "PARTIAL" else [])


@pytest.mark.parametrize("state", ["FAILED", "ABORTED"])
def test_restore_that_ends_badly(aws: Aws, state: str) -> None:
    """No file system is left."""
    aws.fault("job_end", ":StartRestoreJob", state=state)
    job = aws.restored()
    assert (job["Status"], job["PercentDone"]) == (state, "99.00%")
    assert aws.efs_there.describe_file_systems()["FileSystems"] == []


def test_stale(aws: Aws) -> None:
    """A list that does not show the job yet."""
    aws.fault("stale", ":ListCopyJobs", seconds=60, times=2)
    job = aws.copy()
    aws.advance(40)
    assert aws.backup.list_copy_jobs()["CopyJobs"] == []
    aws.advance(40)
    assert [item["State"] for item in aws.backup.list_copy_jobs()["CopyJobs"]] == ["CREATED"]
    assert aws.backup.list_copy_jobs()["CopyJobs"][0]["CopyJobId"] == job


@pytest.mark.parametrize("answers", ["fail", "drop"])
def test_outage(aws: Aws, answers: str) -> None:
    """Nothing of the region answers, and jobs that need it stand still."""
    job = aws.copy()
    aws.advance(100)
    aws.admin("POST", f"region/{HERE}/outage", {"on": True, "answers": answers})
    assert aws.admin("GET", "region") == {"outages": {HERE: answers}}
    for service, operation in (("backup", "list_copy_jobs"), ("efs", "describe_file_systems"), ("kms", "list_keys")):
        call = getattr(aws.client(service), operation)
        if answers == "fail":
            assert code(call) == "ServiceUnavailableException"
        else:
            with pytest.raises((BotoConnectionError, HTTPClientError)):
                call()
    points = aws.backup_there.list_recovery_points_by_backup_vault(BackupVaultName="dr")["RecoveryPoints"]
    assert [point["Status"] for point in points] == ["CREATING"]
    aws.advance(10_000)
    aws.admin("POST", f"region/{HERE}/outage", {"on": False})
    shown = aws.copy_job(job)
    assert shown["State"] == "RUNNING"
    aws.advance(149)
    assert aws.copy_job(job)["State"] == "RUNNING"
    aws.advance(2)
    assert aws.copy_job(job)["State"] == "COMPLETED"


def test_outage_of_the_destination(aws: Aws) -> None:
    """A copy to it is taken in, and waits."""
    aws.admin("POST", f"region/{THERE}/outage", {"on": True})
    job = aws.copy()
    aws.advance(10_000)
    assert aws.copy_job(job)["State"] == "CREATED"
    aws.admin("POST", f"region/{THERE}/outage", {"on": False})
    aws.advance(300)
    assert aws.copy_job(job)["State"] == "COMPLETED"


def test_restore_while_the_source_is_gone(aws: Aws) -> None:
    """The destination has all that a restore needs."""
    point = aws.copied()["DestinationRecoveryPointArn"]
    aws.admin("POST", f"region/{HERE}/outage", {"on": True})
    job = aws.restore(point)
    aws.advance(3600)
    assert aws.backup_there.describe_restore_job(RestoreJobId=job)["Status"] == "COMPLETED"


def test_virtual_dates(aws: Aws) -> None:
    """All dates are the virtual clock's, also the header."""
    aws.advance(1000)
    now = datetime(2026, 3, 1, 8, 16, 40, tzinfo=timezone.utc)
    for answer, field in (
        (aws.backup.create_backup_vault(BackupVaultName="new"), "CreationDate"),
        (aws.client("efs").create_file_system(CreationToken="new"), "CreationTime"),
        (aws.copy_job(aws.copy()) | {"ResponseMetadata": None}, "CreationDate"),
    ):
        assert answer[field] == now
        if answer["ResponseMetadata"]:
            assert parsedate_to_datetime(answer["ResponseMetadata"]["HTTPHeaders"]["date"]) == now


def test_log(aws: Aws) -> None:
    """Action, region, account and status of every call; no secrets, no metadata."""
    aws.copy()
    code(aws.restore, aws.point())
    entries: list[dict[str, Any]] = aws.admin("GET", "requests?contains=backup:Start")["requests"]
    shown = [(item["action"], item["region"], item["account"], item["status"], item["code"]) for item in entries]
    assert shown == [
        ("backup:StartCopyJob", HERE, MINE, 200, None),
        ("backup:StartRestoreJob", THERE, MINE, 400, "ResourceNotFoundException"),
    ]
    assert entries[0]["body"]["IamRoleArn"] == ROLE
    assert entries[1]["body"]["Metadata"] == sorted(METADATA)
    aws.client("sts").assume_role(RoleArn=ROLE, RoleSessionName="drill")
    assert SECRET not in str(aws.admin("GET", "requests"))
