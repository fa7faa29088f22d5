# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What AWS answers, as values."""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.bcdr.multicloud.plugins.module_utils._aws.efs.values import (
    SOURCE_TAG,
    FileSystem,
    Job,
    Lifecycle,
    Point,
    SourceSettings,
    Vault,
    as_recovery_point,
    newest_usable,
    parse_backup_job,
    parse_copy_job,
    parse_file_system,
    parse_point,
    parse_restore_job,
    parse_restore_metadata,
    parse_source_tag,
    parse_vault,
    source_settings,
    source_tag,
)
from ansible_collections.bcdr.multicloud.plugins.module_utils._core.reconcile import FAILED, PENDING, RUNNING, SUCCEEDED
from ansible_collections.bcdr.multicloud.tests.unit.aws.builders import (
    DR,
    FILE_SYSTEM,
    HERE,
    MAIN,
    MINE,
    NOW,
    THERE,
    ago,
    copied,
    file_system,
    job,
    key_arn,
    point,
    point_arn,
)

# docs.aws.amazon.com/tag-editor/latest/userguide/tagging.html: letters, numbers, spaces and these.
TAG_CHARACTERS = re.compile(r"[\w +\-=.:/@]{1,256}", re.ASCII)
LONGEST_KEY = f"arn:aws-us-gov:kms:us-gov-west-1:{MINE}:key/mrk-{'0' * 32}"

POINT: dict[str, Any] = {
    "RecoveryPointArn": point_arn("c1", THERE),
    "BackupVaultArn": DR,
    "SourceBackupVaultArn": MAIN,
    "ResourceArn": FILE_SYSTEM,
    "Status": "COMPLETED",
    "StatusMessage": "fine",
    "CreationDate": ago(2),
    "CompletionDate": ago(1),
    "Lifecycle": {"DeleteAfterDays": 120, "MoveToColdStorageAfterDays": 30},
    "CalculatedLifecycle": {"DeleteAt": ago(-48), "MoveToColdStorageAt": ago(-24)},
    "StorageClass": "WARM",
    "BackupSizeInBytes": 7,
    "IsEncrypted": True,
    "EncryptionKeyArn": "arn:key",
}


class TestParse:
    def test_point(self) -> None:
        assert parse_point(POINT) == Point(
            arn=point_arn("c1", THERE),
            vault_arn=DR,
            resource_arn=FILE_SYSTEM,
            status="COMPLETED",
            created=ago(2),
            source_vault_arn=MAIN,
            completed=ago(1),
            lifecycle=Lifecycle(120, 30),
            delete_at=ago(-48),
            cold_at=ago(-24),
            storage_class="WARM",
            size_bytes=7,
            encrypted=True,
            key_arn="arn:key",
            message="fine",
        )

    def test_point_with_the_least(self) -> None:
        parsed = parse_point({"RecoveryPointArn": "arn:p", "CreationDate": NOW, "Lifecycle": None})
        assert parsed == Point("arn:p", "", "", "", NOW)
        assert not parsed.usable

    def test_minus_one_is_never(self) -> None:
        kept = parse_point({**POINT, "Lifecycle": {"DeleteAfterDays": -1, "MoveToColdStorageAfterDays": -1}})
        assert kept.lifecycle == Lifecycle()

    def test_vault(self) -> None:
        answer = {"BackupVaultArn": DR, "BackupVaultName": "dr"}
        assert parse_vault(answer) == Vault(DR, "dr")
        locked = {"EncryptionKeyArn": "arn:key", "Locked": True, "MinRetentionDays": 7, "MaxRetentionDays": 365}
        assert parse_vault({**answer, **locked}) == Vault(DR, "dr", "arn:key", True, 7, 365)

    def test_backup_job(self) -> None:
        answer = {
            "BackupJobId": "j",
            "State": "RUNNING",
            "CreationDate": ago(1),
            "CompletionDate": NOW,
            "RecoveryPointArn": "arn:p",
            "BackupVaultArn": MAIN,
            "PercentDone": "45.0",
            "BackupSizeInBytes": 7,
            "StatusMessage": "m",
        }
        assert parse_backup_job(answer) == Job(
            "j", "RUNNING", ago(1), "", "arn:p", MAIN, message="m", completed=NOW, percent=45.0, size_bytes=7
        )
        assert parse_backup_job({"BackupJobId": "j", "CreationDate": NOW}) == Job("j", "CREATED", NOW)

    def test_copy_job(self) -> None:
        answer = {
            "CopyJobId": "j",
            "State": "COMPLETED",
            "CreationDate": ago(2),
            "CompletionDate": ago(1),
            "SourceRecoveryPointArn": "arn:p",
            "DestinationRecoveryPointArn": "arn:c",
            "DestinationBackupVaultArn": DR,
            "BackupSizeInBytes": 7,
        }
        assert parse_copy_job(answer) == Job(
            "j", "COMPLETED", ago(2), "arn:p", "arn:c", DR, completed=ago(1), size_bytes=7
        )
        assert parse_copy_job({"CopyJobId": "j", "CreationDate": NOW}) == Job("j", "CREATED", NOW)

    def test_restore_job(self) -> None:
        answer = {
            "RestoreJobId": "j",
            "Status": "COMPLETED",
            "CreationDate": ago(2),
            "CompletionDate": ago(1),
            "RecoveryPointArn": "arn:c",
            "BackupVaultArn": DR,
            "SourceResourceArn": FILE_SYSTEM,
            "CreatedResourceArn": "arn:fs",
            "PercentDone": "100.00%",
            "ExpectedCompletionTimeMinutes": 5,
            "BackupSizeInBytes": 7,
        }
        expected = Job(
            "j",
            "COMPLETED",
            ago(2),
            "arn:c",
            "arn:fs",
            DR,
            FILE_SYSTEM,
            completed=ago(1),
            percent=100.0,
            expected_minutes=5,
            size_bytes=7,
        )
        assert parse_restore_job(answer) == expected
        assert parse_restore_job({"RestoreJobId": "j", "CreationDate": NOW}) == Job("j", "PENDING", NOW)

    def test_file_system(self) -> None:
        answer = {
            "FileSystemId": "fs-1",
            "FileSystemArn": FILE_SYSTEM,
            "LifeCycleState": "available",
            "Encrypted": True,
            "KmsKeyId": "arn:key",
            "PerformanceMode": "generalPurpose",
            "ThroughputMode": "provisioned",
            "ProvisionedThroughputInMibps": 5.5,
            "CreationToken": "token",
            "CreationTime": NOW,
            "AvailabilityZoneName": "eu-west-1a",
            "Tags": [{"Key": "app", "Value": "x"}],
        }
        expected = FileSystem(
            "fs-1",
            FILE_SYSTEM,
            "available",
            True,
            "arn:key",
            "generalPurpose",
            "provisioned",
            5.5,
            "token",
            NOW,
            "eu-west-1a",
            {"app": "x"},
        )
        assert parse_file_system(answer) == expected
        assert parse_file_system({"FileSystemId": "fs-1"}) == FileSystem("fs-1", "", "")


@pytest.mark.parametrize(
    ("text", "percent"),
    [("0.00%", 0.0), ("45.5", 45.5), ("100%", 100.0), (12, 12.0), (None, None), ("", None), ("soon", None)],
)
def test_percent_is_text(text: Any, percent: float | None) -> None:
    answer = {"RestoreJobId": "j", "BackupJobId": "j", "CreationDate": NOW, "PercentDone": text}
    assert parse_restore_job(answer).percent == percent
    assert parse_backup_job(answer).percent == percent


@pytest.mark.parametrize(
    ("state", "status"),
    [
        ("CREATED", PENDING),
        ("PENDING", PENDING),
        ("RUNNING", RUNNING),
        ("ABORTING", RUNNING),
        ("COMPLETED", SUCCEEDED),
        *((state, FAILED) for state in ("FAILED", "ABORTED", "EXPIRED", "PARTIAL", "NEW_TO_US")),
    ],
)
def test_states_of_jobs(state: str, status: str) -> None:
    assert job(state=state).status == status


def test_a_job_as_result() -> None:
    done = job("j1", "FAILED", 1, message="no", completed=NOW, percent=12.0, expected_minutes=3, size_bytes=7)
    assert done.as_result() == {
        "id": "j1",
        "state": "FAILED",
        "status_message": "no",
        "created_at": "2026-11-21T11:00:00Z",
        "completed_at": "2026-11-21T12:00:00Z",
        "progress_percent": 12.0,
        "expected_completion_minutes": 3,
        "backup_size_bytes": 7,
    }


@pytest.mark.parametrize(
    ("status", "usable", "shown"),
    [
        ("COMPLETED", True, SUCCEEDED),
        ("AVAILABLE", True, SUCCEEDED),
        ("CREATING", False, RUNNING),
        *((status, False, FAILED) for status in ("PARTIAL", "DELETING", "EXPIRED", "STOPPED", "")),
    ],
)
def test_statuses_of_points(status: str, usable: bool, shown: str) -> None:
    assert point(status=status).usable is usable
    common = as_recovery_point(point(status=status))
    assert (common.status, common.reason) == (shown, "" if usable else status)


@pytest.mark.parametrize(
    ("changes", "cold"),
    [
        ({}, False),
        ({"cold_at": ago(-1)}, False),
        ({"cold_at": NOW}, True),
        ({"cold_at": ago(1)}, True),
        ({"storage_class": "COLD"}, True),
        ({"storage_class": "WARM"}, False),
        ({"storage_class": "WARM", "cold_at": ago(1)}, False),
        ({"storage_class": "COLD", "cold_at": ago(-1)}, True),
    ],
)
def test_cold(changes: dict[str, Any], cold: bool) -> None:
    assert point(**changes).is_cold(NOW) is cold


@pytest.mark.parametrize(
    ("points", "name"),
    [
        ([], None),
        ([point("a", 3), point("b", 1), point("c", 2)], "b"),
        ([point("a", 3), point("b", 1, "CREATING"), point("c", 2, "AVAILABLE")], "c"),
        ([point("a", 3, "EXPIRED"), point("b", 1, "PARTIAL")], None),
    ],
)
def test_newest_usable(points: list[Point], name: str | None) -> None:
    found = newest_usable(points)
    assert (found.arn if found else None) == (point_arn(name) if name else None)


@pytest.mark.parametrize(
    ("lifecycle", "request_"),
    [
        (Lifecycle(), {}),
        (Lifecycle(35), {"DeleteAfterDays": 35}),
        (Lifecycle(None, 30), {"MoveToColdStorageAfterDays": 30}),
        (Lifecycle(120, 30), {"DeleteAfterDays": 120, "MoveToColdStorageAfterDays": 30}),
    ],
)
def test_lifecycle_as_request(lifecycle: Lifecycle, request_: dict[str, int]) -> None:
    assert lifecycle.as_request() == request_


class TestCommonForm:
    def test_of_a_copy(self) -> None:
        shown = as_recovery_point(copied(delete_at=ago(-24), size_bytes=7, key_arn="arn:key")).as_result(NOW)
        assert shown == {
            "id": point_arn("c1", THERE),
            "name": "c1",
            "provider": "aws",
            "resource_type": "efs",
            "container": DR,
            "source": FILE_SYSTEM,
            "location": THERE,
            "source_location": HERE,
            "status": SUCCEEDED,
            "usable": True,
            "reason": "",
            "created_at": "2026-11-21T11:00:00Z",
            "age_seconds": 3600,
            "expires_at": "2026-11-22T12:00:00Z",
            "progress_percent": 100.0,
            "consistency": "",
            "copy_of": MAIN,
            "size_bytes": 7,
            "encryption_key_arn": "arn:key",
            "storage_class": None,
        }

    def test_of_an_original(self) -> None:
        shown = as_recovery_point(point())
        assert (shown.location, shown.source_location, shown.copy_of) == (HERE, HERE, "")

    def test_the_message_says_why(self) -> None:
        assert as_recovery_point(point(status="PARTIAL", message="one file")).reason == "one file"

    def test_without_a_vault(self) -> None:
        shown = as_recovery_point(point(vault_arn=""))
        assert (shown.location, shown.source_location) == ("", "")


class TestSourceTag:
    """The tag of a point is all that is known of the source on the day that it cannot be asked."""

    @given(
        st.booleans(),
        st.sampled_from(["", key_arn(), key_arn("mrk-1234"), LONGEST_KEY]),
        st.sampled_from(["generalPurpose", "maxIO", ""]),
        st.sampled_from(["bursting", "elastic", "provisioned", ""]),
    )
    def test_there_and_back(self, encrypted: bool, key: str, performance: str, throughput: str) -> None:
        source = file_system(encrypted=encrypted, key_arn=key, performance_mode=performance, throughput_mode=throughput)
        tags = source_tag(source)
        assert list(tags) == [SOURCE_TAG]
        assert TAG_CHARACTERS.fullmatch(SOURCE_TAG)
        assert TAG_CHARACTERS.fullmatch(tags[SOURCE_TAG])
        found = parse_source_tag({"Name": "x", **tags}, source.id)
        assert found == SourceSettings(encrypted, key, performance, throughput, "tag")

    def test_how_it_looks(self) -> None:
        assert source_tag(file_system(encrypted=False, key_arn="")) == {
            SOURCE_TAG: "encrypted=false performance_mode=generalPurpose throughput_mode=bursting file_system=fs-0a11ce"
        }

    def test_of_another_file_system(self) -> None:
        """A restore with copy_tags hands the tag down, and AWS's own backups of what it made have it too."""
        assert parse_source_tag(source_tag(file_system(encrypted=False)), "fs-0new") is None

    @pytest.mark.parametrize(
        "tags",
        [
            {},
            {"Name": "x"},
            {SOURCE_TAG: ""},
            {SOURCE_TAG: "made by hand"},
            {SOURCE_TAG: "encrypted= file_system=fs-1"},
            {SOURCE_TAG: "encrypted=maybe performance_mode=maxIO file_system=fs-1"},
            {SOURCE_TAG: "performance_mode=maxIO file_system=fs-1"},
            {SOURCE_TAG: "encrypted=true"},
            {SOURCE_TAG: "encrypted=true file_system=fs-2"},
        ],
    )
    def test_what_does_not_tell_the_encryption_tells_nothing(self, tags: dict[str, str]) -> None:
        assert parse_source_tag(tags, "fs-1") is None

    def test_what_is_left_out_is_not_known(self) -> None:
        tags = {SOURCE_TAG: "encrypted=true file_system=fs-1"}
        assert parse_source_tag(tags, "fs-1") == SourceSettings(True, known_from="tag")


def test_settings_of_the_source_itself() -> None:
    assert source_settings(file_system()) == SourceSettings(
        True, key_arn(), "generalPurpose", "bursting", "file system"
    )


@pytest.mark.parametrize(
    ("metadata", "settings"),
    [
        ({}, None),
        ({"file-system-id": "fs-1"}, None),
        ({"Encrypted": "maybe"}, None),
        ({"Encrypted": "False"}, SourceSettings(False, known_from="restore metadata")),
        (
            {"Encrypted": "true", "KmsKeyId": key_arn(), "PerformanceMode": "maxIO"},
            SourceSettings(True, key_arn(), "maxIO", "", "restore metadata"),
        ),
    ],
)
def test_metadata_of_a_point(metadata: dict[str, str], settings: SourceSettings | None) -> None:
    assert parse_restore_metadata(metadata) == settings
