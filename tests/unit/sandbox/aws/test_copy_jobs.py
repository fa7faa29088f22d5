# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Copy jobs: what is refused at once, what fails late, states, queue, idempotency, lifecycle, keys."""

from __future__ import annotations

from datetime import timedelta

import pytest
from aws_sandbox import DAY, HERE, OTHER, RESOURCE, ROLE, THERE, Aws, code


def test_states_and_places(aws: Aws) -> None:
    """CREATED, RUNNING, COMPLETED; the job is the source region's, the point the destination vault's."""
    job = aws.copy()
    shown = aws.copy_job(job)
    assert shown["State"] == "CREATED"
    assert "DestinationRecoveryPointArn" not in shown
    aws.advance(31)
    shown = aws.copy_job(job)
    assert shown["State"] == "RUNNING"
    made = shown["DestinationRecoveryPointArn"]
    point = aws.backup_there.describe_recovery_point(BackupVaultName="dr", RecoveryPointArn=made)
    assert point["Status"] == "CREATING"
    aws.advance(120 + 100)
    shown = aws.copy_job(job)
    assert (shown["State"], shown["DestinationRecoveryPointArn"]) == ("COMPLETED", made)
    assert shown["CompletionDate"] - shown["CreationDate"] == timedelta(seconds=30 + 120 + 100)
    assert code(aws.backup_there.describe_copy_job, CopyJobId=job) == "ResourceNotFoundException"
    assert code(aws.backup.describe_recovery_point, BackupVaultName="main", RecoveryPointArn=made) == (
        "ResourceNotFoundException"
    )
    source = aws.backup.describe_recovery_point(BackupVaultName="main", RecoveryPointArn=aws.point())
    copy = aws.backup_there.describe_recovery_point(BackupVaultName="dr", RecoveryPointArn=made)
    assert copy["CreationDate"] == source["CreationDate"]
    assert copy["SourceBackupVaultArn"] == aws.vault("main", region=HERE)
    assert copy["CalculatedLifecycle"]["DeleteAt"] == source["CalculatedLifecycle"]["DeleteAt"]
    assert [len(client.list_recovery_points_by_resource(ResourceArn=RESOURCE)["RecoveryPoints"])
            for client in (aws.backup, aws.backup_there)] == [2, 1]  # fmt: skip


def test_reencrypted(aws: Aws) -> None:
    """With the destination vault's key."""
    made = aws.copied()
    key = aws.client("kms", THERE).describe_key(KeyId="alias/cmk-there")["KeyMetadata"]["Arn"]
    assert made["DestinationEncryptionKeyArn"] == key
    point = aws.backup_there.describe_recovery_point(
        BackupVaultName="dr", RecoveryPointArn=made["DestinationRecoveryPointArn"]
    )
    assert (point["EncryptionKeyArn"], point["IsEncrypted"]) == (key, True)


def test_full_then_incremental(aws: Aws) -> None:
    """The second copy of a resource moves a share of the bytes."""
    took = []
    for _round in range(2):
        job = aws.copied()
        took.append((job["CompletionDate"] - job["CreationDate"]).total_seconds())
    assert took == [250, 160]


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"SourceBackupVaultName": "nothing"}, "AccessDeniedException"),
        ({"SourceBackupVaultName": "second"}, "ResourceNotFoundException"),
        ({"SourceBackupVaultName": "aws/efs/automatic-backup-vault"}, "AccessDeniedException"),
        ({"DestinationBackupVaultArn": "dr"}, "InvalidParameterValueException"),
        ({"DestinationBackupVaultArn": f"arn:aws:backup:{HERE}:111122223333:backup-vault:main"},
         "InvalidParameterValueException"),
        ({"DestinationBackupVaultArn": "arn:aws-cn:backup:cn-north-1:111122223333:backup-vault:dr"},
         "InvalidParameterValueException"),
        ({"Lifecycle": {"DeleteAfterDays": 0}}, "InvalidParameterValueException"),
        ({"Lifecycle": {"MoveToColdStorageAfterDays": 30, "DeleteAfterDays": 119}}, "InvalidParameterValueException"),
        ({"IamRoleArn": "role/backup"}, "InvalidParameterValueException"),
        ({"IamRoleArn": f"arn:aws:iam::{OTHER}:role/backup"}, "AccessDeniedException"),
    ],
)  # fmt: skip
def test_refused_at_once(aws: Aws, fields: dict, expected: str) -> None:
    """Before there is a job."""
    given = {
        "RecoveryPointArn": aws.point(), "SourceBackupVaultName": "main", "IamRoleArn": ROLE,
        "DestinationBackupVaultArn": aws.vault("dr"), **fields,
    }  # fmt: skip
    assert code(aws.backup.start_copy_job, **given) == expected
    assert aws.backup.list_copy_jobs()["CopyJobs"] == []


@pytest.mark.parametrize(
    ("vault", "account", "fields", "text"),
    [
        ("nothing", None, {}, "was not found"),
        ("locked", None, {"Lifecycle": {"DeleteAfterDays": 6}}, "not within the minimum"),
        ("locked", None, {"Lifecycle": {"DeleteAfterDays": 400}}, "not within the minimum"),
        ("closed", OTHER, {}, "does not allow backup:CopyIntoBackupVault"),
        ("Default", OTHER, {}, "default backup vault"),
    ],
)
def test_failed_late(aws: Aws, vault: str, account: str | None, fields: dict, text: str) -> None:
    """The job runs before it says what is wrong, and nothing stays in the vault."""
    job = aws.copy(aws.vault(vault, account or "111122223333"), **fields)
    aws.advance(31)
    assert aws.copy_job(job)["State"] == "RUNNING"
    aws.advance(120)
    shown = aws.copy_job(job)
    assert (shown["State"], shown["MessageCategory"]) == ("FAILED", "FAILURE")
    assert text in shown["StatusMessage"]
    assert "DestinationRecoveryPointArn" not in shown
    place = (account or "111122223333", THERE, vault)
    assert place not in aws.application.aws.world.vaults or not aws.application.aws.world.vaults[place].points


def test_cold_source(aws: Aws) -> None:
    """Cold storage cannot be copied."""
    resource = next(item.resource for item in aws.application.aws.world.vaults[("111122223333", HERE, "main")]
                    .points.values() if item.resource != RESOURCE)  # fmt: skip
    point = aws.point("main", resource)
    assert aws.backup.describe_recovery_point(BackupVaultName="main", RecoveryPointArn=point)["StorageClass"] == "COLD"
    job = aws.copied(RecoveryPointArn=point)
    assert (job["State"], "cold storage" in job["StatusMessage"]) == ("FAILED", True)


def test_role_that_is_not_there(aws: Aws) -> None:
    """Where the seed lists roles, others cannot be assumed."""
    aws.plant(accounts=[{"id": "111122223333", "access_key": "AKIASANDBOX000000001", "secret_key": "s", "roles": ["r"]}],
              vaults=[{"name": "main"}, {"name": "dr", "region": THERE}], points=[
                  {"file_system": "data", "vault": "main"}])  # fmt: skip
    assert "cannot be assumed" in aws.copied()["StatusMessage"]
    assert aws.copied(IamRoleArn="arn:aws:iam::111122223333:role/r")["State"] == "COMPLETED"


def test_cross_account(aws: Aws) -> None:
    """The copy is the other account's; the job is not."""
    made = aws.copied(aws.vault("open", OTHER))
    assert made["State"] == "COMPLETED"
    theirs = aws.client("backup", THERE, "AKIASANDBOX000000002")
    listed = theirs.list_recovery_points_by_backup_vault(BackupVaultName="open")["RecoveryPoints"]
    assert [point["RecoveryPointArn"] for point in listed] == [made["DestinationRecoveryPointArn"]]
    assert f":{OTHER}:recovery-point:" in listed[0]["RecoveryPointArn"]
    assert theirs.list_copy_jobs()["CopyJobs"] == []
    assert code(aws.backup_there.list_recovery_points_by_backup_vault, BackupVaultName="open") == (
        "AccessDeniedException"
    )


def test_cross_account_feature(aws: Aws) -> None:
    """It has to be switched on, by the management account."""
    theirs = aws.client("backup", HERE, "AKIASANDBOX000000002")
    off = {"isCrossAccountBackupEnabled": "false"}
    assert code(theirs.update_global_settings, GlobalSettings=off) == "InvalidRequestException"
    aws.backup.update_global_settings(GlobalSettings=off)
    assert theirs.describe_global_settings()["GlobalSettings"] == off
    assert "not enabled" in aws.copied(aws.vault("open", OTHER))["StatusMessage"]
    assert aws.backup.describe_region_settings()["ResourceTypeOptInPreference"] == {"EFS": True}


def test_one_job_per_resource(aws: Aws) -> None:
    """The others wait in CREATED, backup jobs too."""
    first, second = aws.copy(), aws.copy()
    backup = aws.backup.start_backup_job(BackupVaultName="main", ResourceArn=RESOURCE, IamRoleArn=ROLE)["BackupJobId"]
    aws.advance(60)
    states = [aws.copy_job(job)["State"] for job in (first, second)]
    assert [*states, aws.backup.describe_backup_job(BackupJobId=backup)["State"]] == ["RUNNING", "CREATED", "CREATED"]
    aws.advance(200)
    assert [aws.copy_job(job)["State"] for job in (first, second)] == ["COMPLETED", "RUNNING"]
    aws.advance(400)
    assert aws.backup.describe_backup_job(BackupJobId=backup)["State"] == "COMPLETED"


def test_copies_per_destination(aws: Aws) -> None:
    """Copies beyond the limit of account and region wait, whatever the resource."""
    aws.plant(limits={"copies_per_destination": 1})
    world = aws.application.aws.world
    other = next(point.arn for point in world.vaults[("111122223333", HERE, "main")].points.values()
                 if point.resource != RESOURCE)  # fmt: skip
    jobs = [aws.copy(), aws.copy(RecoveryPointArn=other), aws.copy(aws.vault("second", region=HERE))]
    aws.advance(60)
    assert [aws.copy_job(job)["State"] for job in jobs] == ["RUNNING", "CREATED", "CREATED"]


def test_idempotency(aws: Aws) -> None:
    """The same token is the same job; without one every call is a new job and a new point."""
    assert aws.copy(IdempotencyToken="a") == aws.copy(IdempotencyToken="a")
    assert len({aws.copy(), aws.copy(), aws.copy(IdempotencyToken="b")}) == 3
    aws.advance(3600)
    listed = aws.backup_there.list_recovery_points_by_backup_vault(BackupVaultName="dr")["RecoveryPoints"]
    assert len(listed) == 4
    assert len({point["CreationDate"] for point in listed}) == 1


@pytest.mark.parametrize(
    ("lifecycle", "days"), [({"DeleteAfterDays": -1}, 35), ({"DeleteAfterDays": 200}, 200), (None, 35)]
)
def test_lifecycle_counts_from_the_source(aws: Aws, lifecycle: dict | None, days: int) -> None:
    """-1 keeps the source's expiry."""
    made = aws.copied(**({"Lifecycle": lifecycle} if lifecycle else {}))
    point = aws.backup_there.describe_recovery_point(
        BackupVaultName="dr", RecoveryPointArn=made["DestinationRecoveryPointArn"]
    )
    assert point["CalculatedLifecycle"]["DeleteAt"] - point["CreationDate"] == timedelta(days=days)
    assert made["DestinationRecoveryPointLifecycle"] == {"DeleteAfterDays": days}


def test_copy_that_expires_at_once(aws: Aws) -> None:
    """A retention shorter than the point's age."""
    made = aws.copy(Lifecycle={"DeleteAfterDays": 2})
    aws.advance(400)
    arn = aws.copy_job(made)["DestinationRecoveryPointArn"]
    point = aws.backup_there.describe_recovery_point(BackupVaultName="dr", RecoveryPointArn=arn)
    assert point["Status"] == "EXPIRED"
    assert code(aws.restore, arn) == "InvalidRequestException"


def test_expiry(aws: Aws) -> None:
    """Points expire, cannot be used any more, and go."""
    point = aws.point()
    aws.advance(30 * DAY)
    shown = aws.backup.describe_recovery_point(BackupVaultName="main", RecoveryPointArn=point)
    assert shown["Status"] == "EXPIRED"
    assert code(aws.copy, RecoveryPointArn=point) == "InvalidRequestException"
    aws.advance(3600)
    assert code(aws.backup.describe_recovery_point, BackupVaultName="main", RecoveryPointArn=point) == (
        "ResourceNotFoundException"
    )


def test_copy_of_a_copy(aws: Aws) -> None:
    """Is allowed, and keeps the first one's date."""
    made = aws.copied()["DestinationRecoveryPointArn"]
    job = aws.backup_there.start_copy_job(
        RecoveryPointArn=made, SourceBackupVaultName="dr", IamRoleArn=ROLE,
        DestinationBackupVaultArn=aws.vault("second", region=HERE),
    )["CopyJobId"]  # fmt: skip
    aws.advance(3600)
    assert aws.backup_there.describe_copy_job(CopyJobId=job)["CopyJob"]["State"] == "COMPLETED"


@pytest.mark.parametrize(
    ("name", "good", "bad"),
    [
        ("ByResourceArn", RESOURCE, RESOURCE[:-1] + "b"),
        ("ByState", "COMPLETED", "FAILED"),
        ("ByResourceType", "EFS", "EBS"),
        ("ByDestinationVaultArn", f"arn:aws:backup:{THERE}:111122223333:backup-vault:dr", "arn:aws:backup:x"),
        ("ByAccountId", "111122223333", OTHER),
        ("BySourceRecoveryPointArn", None, "arn:aws:backup:x"),
        ("ByCreatedAfter", "2026-03-01T07:59:00Z", "2026-03-01T08:01:00Z"),
        ("ByCompleteBefore", "2026-03-01T09:00:00Z", "2026-03-01T08:00:30Z"),
    ],
)
def test_filters(aws: Aws, name: str, good: str | None, bad: str) -> None:
    """Each of the list's filters."""
    aws.copied()
    found = [len(aws.backup.list_copy_jobs(**{name: value})["CopyJobs"]) for value in (good or aws.point(), bad)]
    assert found == [1, 0]


def test_one_job_per_resource_in_each_region(aws: Aws) -> None:
    """Whether AWS counts everywhere or in each region is not said: where a seed lets more run, each region still has one."""
    aws.plant(limits={"jobs_per_resource": 10}, durations={"queue": 0})
    near = aws.copied()["DestinationRecoveryPointArn"]
    here = [aws.copy(aws.vault("second", region=HERE)), aws.copy(aws.vault("locked"))]
    there = aws.backup_there.start_copy_job(
        RecoveryPointArn=near, SourceBackupVaultName="dr", DestinationBackupVaultArn=aws.vault("second", region=HERE),
        IamRoleArn=ROLE,
    )["CopyJobId"]  # fmt: skip
    aws.advance(60)
    states = [aws.copy_job(job)["State"] for job in here]
    states.append(aws.backup_there.describe_copy_job(CopyJobId=there)["CopyJob"]["State"])
    assert states == ["RUNNING", "CREATED", "RUNNING"]


def test_links(aws: Aws) -> None:
    """A link that a seed names takes as long as it says, every other one as all do."""
    aws.plant(
        durations={"queue": 0, "copy_base": 500},
        links=[{"source": HERE, "target": THERE, "base": 30, "seconds_per_gb": 0}],
    )
    there = aws.copied()
    assert (there["CompletionDate"] - there["CreationDate"]).total_seconds() == pytest.approx(30, abs=1)
    here = aws.copied(aws.vault("second", region=HERE))
    assert (here["CompletionDate"] - here["CreationDate"]).total_seconds() >= 500
