# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Restores as items, run by the engine against the sandbox: their whole life, and what they ask for it."""

from __future__ import annotations

from typing import Any

import pytest

pytest.importorskip("moto")
pytest.importorskip("boto3")

from ansible_collections.bcdr.multicloud.plugins.module_utils._aws.efs import api
from ansible_collections.bcdr.multicloud.plugins.module_utils._aws.efs.restored import RESTORED_FROM_TAG
from ansible_collections.bcdr.multicloud.plugins.module_utils._aws.efs.values import FileSystem, source_tag
from ansible_collections.bcdr.multicloud.plugins.module_utils._aws.session import AwsSession, connect
from ansible_collections.bcdr.multicloud.plugins.module_utils._core.errors import ProviderError
from ansible_collections.bcdr.multicloud.plugins.module_utils._core.reconcile import (
    ABSENT,
    BLOCKED,
    FAILED,
    PENDING,
    RUNNING,
    SUCCEEDED,
    Action,
    Outcome,
)
from ansible_collections.bcdr.multicloud.tests.unit.aws import more_calls
from ansible_collections.bcdr.multicloud.tests.unit.aws.builders import file_system
from ansible_collections.bcdr.multicloud.tests.unit.aws.runs import Run, calls, forget_calls, options, outcome, told
from ansible_collections.bcdr.multicloud.tests.unit.sandbox.aws.aws_sandbox import (
    FILE_SYSTEM,
    HERE,
    MINE,
    OTHER,
    RESOURCE,
    ROLE,
    THERE,
    Aws,
)

REQUEST: dict[str, Any] = {
    "module": "efs_backup_restore",
    "region": THERE,
    "backup_vault_name": "dr",
    "file_system_id": FILE_SYSTEM,
    "iam_role_arn": ROLE,
    "name": "web",
}
START = "StartRestoreJob"


@pytest.fixture
def session(aws: Aws) -> AwsSession:
    return connect(options(aws), 4)


@pytest.fixture
def copy(aws: Aws) -> str:
    """The ARN of the copy in the other region of the seed's point, which nobody has tagged."""
    arn = str(aws.copied()["DestinationRecoveryPointArn"])
    forget_calls(aws)
    return arn


def tagged(session: AwsSession, point: str, **changes: Any) -> None:
    """Give the point the tag that a backup of the source with those settings would have."""
    more_calls.tag_point(session, THERE, point, source_tag(file_system(FILE_SYSTEM, **changes)))


def restore(aws: Aws, **changes: Any) -> Outcome:
    return outcome(aws, **{**REQUEST, **changes})


def remove(aws: Aws, **changes: Any) -> Outcome:
    return restore(aws, state="absent", iam_role_arn=None, **changes)


def made(session: AwsSession, one: Outcome) -> FileSystem:
    """Return the file system that a restore has made, as EFS shows it."""
    found = api.get_file_system(session, THERE, one.result["file_system"]["file_system_id"])
    assert found is not None
    return found


def restore_jobs(aws: Aws) -> list[dict[str, Any]]:
    return [job for job in aws.admin("GET", "state")["aws"]["jobs"] if job["kind"] == "restore"]


def file_systems(aws: Aws) -> list[str]:
    """Return the ids of the file systems in the other region."""
    found = aws.admin("GET", "state")["aws"]["file_systems"]
    return [entry["arn"].rsplit("/", 1)[-1] for entry in found if f":{THERE}:" in entry["arn"]]


def subnets(aws: Aws, count: int = 2) -> list[str]:
    found = aws.client("ec2", THERE).describe_subnets()["Subnets"]
    return sorted(subnet["SubnetId"] for subnet in found)[:count]


def outage(aws: Aws, region: str, on: bool = True) -> None:
    aws.admin("POST", f"region/{region}/outage", {"on": on})


class TestLife:
    def test_from_nothing_to_nothing_changed(self, aws: Aws, session: AwsSession, copy: str) -> None:
        first = restore(aws)
        assert (first.status, first.reason) == (SUCCEEDED, "")
        assert told(first) == ["restore file system web", "set tags of web"]
        there = made(session, first)
        assert (there.state, there.encrypted, there.performance_mode) == ("available", True, "generalPurpose")
        assert there.tags == {"Name": "web", RESTORED_FROM_TAG: copy}
        assert first.result["verification"]["matches"] is True
        assert first.result["restore_seconds"] >= 180
        assert first.result["recovery_seconds"] >= first.result["restore_seconds"]
        # The source's key is of the other region only.
        [warning] = first.warnings
        assert warning.startswith("web: the source's key arn:aws:kms:eu-west-1:")
        second = restore(aws)
        assert (second.status, told(second), second.warnings) == (SUCCEEDED, [], ())
        assert second.result["recovery_seconds"] is None
        assert second.result["file_system"] == first.result["file_system"]
        assert (len(restore_jobs(aws)), len(file_systems(aws))) == (1, 1)

    def test_calls_when_nothing_is_to_do(self, aws: Aws, copy: str) -> None:
        restore(aws)
        forget_calls(aws)
        assert restore(aws).status == SUCCEEDED
        assert calls(aws) == [
            f"{call} {THERE}"
            for call in (
                "sts:GetCallerIdentity",
                "elasticfilesystem:DescribeFileSystems",
                "backup:ListRecoveryPointsByBackupVault",
                "backup:ListRestoreJobs",
                "backup:GetRestoreJobMetadata",
            )
        ]

    def test_everything_is_set_up(self, aws: Aws, session: AwsSession, copy: str) -> None:
        first_subnet, second_subnet = subnets(aws)
        wanted: dict[str, Any] = {
            "kms_key_id": "alias/cmk-there",
            "throughput_mode": "elastic",
            "lifecycle_policies": {"transition_to_ia": "AFTER_30_DAYS", "transition_to_archive": "AFTER_90_DAYS"},
            "automatic_backups": True,
            "mount_targets": [{"subnet_id": first_subnet}, {"subnet_id": second_subnet}],
            "tags": {"app": "web", "Name": "other"},
        }
        predicted = restore(aws, check_mode=True, **wanted)
        assert (predicted.status, calls(aws, START), file_systems(aws)) == (RUNNING, [], [])
        one = restore(aws, **wanted)
        assert (one.status, one.warnings) == (SUCCEEDED, ())
        assert (
            told(one)
            == told(predicted)
            == [
                "restore file system web",
                "set tags of web",
                "set throughput of web",
                "set lifecycle policies of web",
                "set automatic backups of web",
                f"create mount target of web in {first_subnet}",
                f"create mount target of web in {second_subnet}",
            ]
        )
        there = made(session, one)
        assert there.throughput_mode == "elastic"
        assert there.tags == {"app": "web", "Name": "other", RESTORED_FROM_TAG: copy}
        key = api.describe_key(session, THERE, "alias/cmk-there")
        assert key is not None
        assert there.key_arn == key.arn
        assert api.lifecycle_policies(session, THERE, there.id) == wanted["lifecycle_policies"]
        assert api.backup_policy(session, THERE, there.id) is True
        targets = one.result["file_system"]["mount_targets"]
        assert {(target["subnet_id"], target["life_cycle_state"]) for target in targets} == {
            (first_subnet, "available"),
            (second_subnet, "available"),
        }
        forget_calls(aws)
        again = restore(aws, **wanted)
        assert (again.status, told(again), len(calls(aws))) == (SUCCEEDED, [], 9)
        # What has been changed since is put right, without a restore.
        api.put_backup_policy(session, THERE, there.id, False)
        assert told(restore(aws, **wanted)) == ["set automatic backups of web"]

    @pytest.mark.parametrize("backups", [None, True, False])
    def test_check_mode_of_one_zone(self, aws: Aws, copy: str, backups: bool | None) -> None:
        wanted = {"availability_zone_name": f"{THERE}a", "automatic_backups": backups}
        predicted, one = restore(aws, check_mode=True, **wanted), restore(aws, **wanted)
        assert told(predicted) == told(one)
        assert one.status == SUCCEEDED
        assert one.result["file_system"]["availability_zone_name"] == f"{THERE}a"

    def test_without_waiting_the_next_run_takes_up(self, aws: Aws, copy: str) -> None:
        first = restore(aws, wait=False)
        assert (first.status, told(first)) == (PENDING, ["restore file system web"])
        aws.advance(40)
        second = restore(aws, wait=False)
        assert (second.status, told(second), second.result["file_system"]) == (RUNNING, [], None)
        aws.advance(3600)
        third = restore(aws, wait=False)
        assert (third.status, told(third)) == (SUCCEEDED, ["set tags of web"])
        assert (restore(aws, wait=False).status, len(restore_jobs(aws))) == (SUCCEEDED, 1)

    def test_names_make_file_systems_of_their_own(self, aws: Aws, copy: str) -> None:
        entries = [{"name": "web"}, {"name": "drill"}, {"name": None}]
        common = {name: value for name, value in REQUEST.items() if name not in ("module", "name")}
        found = Run(aws, "efs_backup_restore", *entries, **common).go()
        assert [one.status for one in found] == [SUCCEEDED] * 3
        assert [one.label for one in found] == ["web", "drill", f"restore of {FILE_SYSTEM}"]
        assert len(set(file_systems(aws))) == 3

    def test_copy_tags(self, aws: Aws, session: AwsSession, copy: str) -> None:
        predicted, one = restore(aws, copy_tags=True, check_mode=True), restore(aws, copy_tags=True)
        assert made(session, one).tags == {"Name": "web", "app": "x", RESTORED_FROM_TAG: copy}
        assert predicted.done == one.done

    def test_copy_tags_while_it_runs(self, aws: Aws, copy: str) -> None:
        restore(aws, copy_tags=True, wait=False)
        aws.advance(40)
        predicted = restore(aws, copy_tags=True, check_mode=True)
        assert predicted.done == restore(aws, copy_tags=True).done

    def test_check_mode_before_there_is_a_copy(self, aws: Aws) -> None:
        one = restore(aws, copy_tags=True, check_mode=True)
        assert (one.status, told(one)) == (PENDING, [])

    def test_a_job_that_aws_does_not_know_yet(self, aws: Aws, copy: str) -> None:
        """Neither listed nor found by its id, right after it was started."""
        aws.fault("stale", "ListRestoreJobs", seconds=3600, times=2)
        aws.fault("status", "DescribeRestoreJob", status=400, code="ResourceNotFoundException", times=2)
        one = restore(aws)
        assert (one.status, len(restore_jobs(aws)), told(one)[:1]) == (SUCCEEDED, 1, ["restore file system web"])

    def test_what_aws_has_forgotten(self, aws: Aws, session: AwsSession, copy: str) -> None:
        """AWS keeps its history of jobs for a while only; the tag says that the data is complete."""
        there = made(session, restore(aws))
        world = aws.application.aws.world
        for job in restore_jobs(aws):
            del world.jobs[job["id"]]
        second = restore(aws)
        assert (second.status, told(second), second.result["restore_job"]) == (SUCCEEDED, [], None)
        assert second.result["recovery_point_arn"] == copy
        aws.client("efs", THERE).untag_resource(ResourceId=there.id, TagKeys=[RESTORED_FROM_TAG])
        third = restore(aws)
        assert (third.status, told(third)) == (FAILED, [])
        assert "AWS no longer knows the job" in third.reason
        assert file_systems(aws) == [there.id]


class TestWhoRuns:
    def test_two_runs_at_once_start_one_job(self, aws: Aws, copy: str) -> None:
        runs = [Run(aws, **REQUEST).item for _run in range(2)]
        decisions = [item.decide(item.observe()) for item in runs]
        for item, decision in zip(runs, decisions, strict=True):
            [action] = decision.actions
            item.perform(action)
        assert (len(calls(aws, START)), len(restore_jobs(aws))) == (2, 1)
        assert runs[0].started == runs[1].started

    def test_a_newer_point_between_two_runs(self, aws: Aws, session: AwsSession, copy: str) -> None:
        """Two jobs with one creation token: the second fails, and neither run gives up the first for it."""
        first, second = Run(aws, **REQUEST), Run(aws, **REQUEST)
        seen_early = first.item.decide(first.item.observe())
        outcome(
            aws,
            module="efs_backup",
            file_system_id=FILE_SYSTEM,
            backup_vault_name="main",
            iam_role_arn=ROLE,
            max_age="1h",
        )
        newest = max(api.list_points(session, HERE, "main", RESOURCE) or (), key=lambda point: point.created)
        aws.copied(RecoveryPointArn=newest.arn)
        seen_late = second.item.decide(second.item.observe())
        for run, decision in ((first, seen_early), (second, seen_late)):
            [action] = decision.actions
            run.item.perform(action)
        assert len(restore_jobs(aws)) == 2
        [late] = second.go()
        [early] = first.go()
        assert (early.status, late.status) == (SUCCEEDED, SUCCEEDED)
        assert early.result["recovery_point_arn"] == late.result["recovery_point_arn"] == copy
        assert sorted(job["state"] for job in restore_jobs(aws)) == ["COMPLETED", "FAILED"]
        assert (restore(aws).status, len(restore_jobs(aws)), len(file_systems(aws))) == (SUCCEEDED, 2, 1)

    def test_the_list_of_this_round_may_be_older_than_another_runs_job(self, aws: Aws, copy: str) -> None:
        run = Run(aws, **REQUEST)
        run.item.observe()
        restore(aws, wait=False)
        aws.advance(40)
        decision = run.item.decide(run.item.observe())
        assert (decision.status, decision.actions) == (RUNNING, ())
        assert decision.result["restore_job"] is not None

    def test_jobs_of_others_are_no_concern(self, aws: Aws, copy: str) -> None:
        """Neither those of another file system, nor those from another vault, are even asked what they were told."""
        aws.copied(aws.vault("locked"))
        restore(aws, backup_vault_name="locked", name="theirs")
        more = next(
            point
            for point in aws.application.aws.world.vaults[(MINE, HERE, "main")].points.values()
            if point.resource != RESOURCE
        )
        common = {"region": HERE, "backup_vault_name": "main"}
        restore(aws, **common, file_system_id=more.resource, name="more")
        forget_calls(aws)
        assert restore(aws, check_mode=True).status == RUNNING
        assert restore(aws, **common, check_mode=True).status == RUNNING
        assert calls(aws, "GetRestoreJobMetadata") == []

    def test_throttled(self, aws: Aws, copy: str) -> None:
        """The start is tried again, without asking all over again how the source is set up."""
        aws.fault("status", START, status=400, code="ThrottlingException", times=2)
        one = restore(aws)
        assert (one.status, len(restore_jobs(aws)), len(calls(aws, "ListTags"))) == (SUCCEEDED, 1, 1)

    @pytest.mark.parametrize("state", ["ABORTED", "FAILED"])
    def test_a_job_that_ends_badly(self, aws: Aws, copy: str, state: str) -> None:
        aws.fault("job_end", START, state=state, message="stopped")
        first = restore(aws)
        assert (first.status, told(first)) == (FAILED, ["restore file system web"])
        assert first.reason.endswith(f"ended {state}: stopped")
        assert file_systems(aws) == []
        second = restore(aws)
        assert second.status == SUCCEEDED
        assert any(warning.endswith(f"ended {state}: stopped; it is started again") for warning in second.warnings)
        assert len(restore_jobs(aws)) == 2

    def test_lists_that_are_late(self, aws: Aws, copy: str) -> None:
        aws.fault("stale", "ListRestoreJobs", seconds=3600, times=4)
        one = restore(aws)
        assert (one.status, len(restore_jobs(aws)), len(file_systems(aws))) == (SUCCEEDED, 1, 1)

    def test_the_region_is_out_for_a_while(self, aws: Aws, copy: str) -> None:
        def meanwhile(sleeps: int) -> None:
            outage(aws, THERE, on=sleeps in (1, 2))

        [one] = Run(aws, **REQUEST, meanwhile=meanwhile).go()
        assert (one.status, len(restore_jobs(aws))) == (SUCCEEDED, 1)


class TestSource:
    """How the source was encrypted: by the tag of the point, its metadata, or the source itself."""

    def test_the_source_region_is_out(self, aws: Aws, copy: str) -> None:
        outage(aws, HERE)
        one = restore(aws)
        assert (one.status, one.result["file_system"]["encrypted"]) == (SUCCEEDED, True)
        [warning] = one.warnings
        assert warning.startswith("web: how the source is encrypted cannot be found out here")
        assert all(call.endswith(THERE) for call in calls(aws) if not call.startswith("elasticfilesystem"))

    def test_the_tag_is_enough(self, aws: Aws, session: AwsSession, copy: str) -> None:
        key = api.describe_key(session, HERE, "alias/multi")
        assert key is not None
        tagged(session, copy, key_arn=key.arn, performance_mode="maxIO")
        forget_calls(aws)
        outage(aws, HERE)
        one = restore(aws)
        assert (one.status, one.warnings) == (SUCCEEDED, ())
        there = made(session, one)
        assert there.key_arn == key.arn.replace(HERE, THERE)
        assert there.performance_mode == "maxIO"
        assert [call for call in calls(aws) if call.endswith(HERE)] == []

    def test_one_that_is_not_encrypted(self, aws: Aws, session: AwsSession, copy: str) -> None:
        tagged(session, copy, encrypted=False, key_arn="")
        one = restore(aws)
        assert (one.status, one.result["file_system"]["encrypted"]) == (SUCCEEDED, False)
        closed = restore(aws, name="closed", encrypt=True)
        assert (closed.status, closed.result["file_system"]["encrypted"]) == (SUCCEEDED, True)

    def test_a_tag_that_was_handed_down(self, aws: Aws, session: AwsSession, copy: str) -> None:
        """As AWS's own backups have it of a file system that was restored with the tags of its source."""
        more_calls.tag_point(session, THERE, copy, source_tag(file_system("fs-0e", encrypted=False, key_arn="")))
        one = restore(aws)
        assert (one.status, one.result["file_system"]["encrypted"]) == (SUCCEEDED, True)

    def test_the_metadata_of_the_point(self, aws: Aws, session: AwsSession, copy: str) -> None:
        for vault in aws.application.aws.world.vaults.values():
            for point in vault.points.values():
                point.metadata |= {"Encrypted": "false", "PerformanceMode": "maxIO"}
        forget_calls(aws)
        there = made(session, restore(aws))
        assert (there.encrypted, there.performance_mode) == (False, "maxIO")
        assert [call for call in calls(aws) if call.endswith(HERE)] == []

    def test_one_that_is_gone(self, aws: Aws, copy: str) -> None:
        aws.client("efs").delete_file_system(FileSystemId=FILE_SYSTEM)
        one = restore(aws)
        assert one.status == SUCCEEDED
        assert "how the source is encrypted cannot be found out here" in one.warnings[0]

    def test_one_of_another_account_is_not_asked(self, aws: Aws, copy: str) -> None:
        for vault in aws.application.aws.world.vaults.values():
            for point in vault.points.values():
                point.resource = point.resource.replace(MINE, OTHER)
        forget_calls(aws)
        assert restore(aws).status == SUCCEEDED
        assert [call for call in calls(aws) if call.endswith(HERE)] == []

    @pytest.mark.parametrize(
        ("changes", "reason"),
        [
            ({"encrypt": False}, "encrypt: is false, but the source is encrypted, and a restore keeps that"),
            ({"kms_key_id": "alias/nothing"}, "kms_key_id: the key alias/nothing does not exist in eu-central-1"),
            ({"kms_key_id": "alias/off"}, "kms_key_id: the key alias/off is Disabled"),
            ({"backup_vault_name": "nothing"}, "the backup vault nothing does not exist in eu-central-1 or may not be"),
            ({"performance_mode": "max_io", "throughput_mode": "elastic"}, "performance_mode: max_io does not go with"),
        ],
    )
    def test_blocked(self, aws: Aws, copy: str, changes: dict[str, Any], reason: str) -> None:
        one = restore(aws, **changes)
        assert (one.status, calls(aws, START)) == (BLOCKED, [])
        assert one.reason.startswith(reason)

    def test_a_key_by_the_sources_key(self, aws: Aws, session: AwsSession, copy: str) -> None:
        source = api.get_file_system(session, HERE, FILE_SYSTEM)
        assert source is not None
        one = restore(aws, kms_key_map={source.key_arn: "alias/cmk-there"})
        key = api.describe_key(session, THERE, "alias/cmk-there")
        assert key is not None
        assert (made(session, one).key_arn, one.warnings) == (key.arn, ())


class TestPoint:
    def test_a_certain_point(self, aws: Aws, copy: str) -> None:
        one = restore(aws, recovery_point_arn=copy, file_system_id=None)
        assert (one.status, one.result["recovery_point_arn"]) == (SUCCEEDED, copy)
        second = restore(aws, recovery_point_arn=copy, file_system_id=None)
        assert (second.status, told(second), len(restore_jobs(aws))) == (SUCCEEDED, [], 1)

    @pytest.mark.parametrize(
        ("changes", "status", "reason"),
        [
            ({}, FAILED, "there is no usable recovery point of fs-0123456789abcdef0 in dr in eu-central-1"),
            ({"check_mode": True}, PENDING, "there is no usable recovery point of fs-0123456789abcdef0 in dr"),
            ({"recovery_point_arn": "copy"}, FAILED, "recovery_point_arn: arn:aws:backup:eu-central-1:"),
            ({"recovery_point_arn": "none"}, FAILED, "there is no arn:aws:backup:eu-central-1:111122223333:recovery"),
            (
                {"recovery_point_arn": "none", "backup_vault_name": "nothing"},
                BLOCKED,
                "the backup vault nothing does not",
            ),
        ],
    )
    def test_none(self, aws: Aws, copy: str, changes: dict[str, Any], status: str, reason: str) -> None:
        arns = {"copy": copy, "none": f"arn:aws:backup:{THERE}:{MINE}:recovery-point:none"}
        if "recovery_point_arn" in changes:
            changes = {**changes, "recovery_point_arn": arns[changes["recovery_point_arn"]]}
        one = restore(aws, file_system_id="fs-0123456789abcdef0", **changes)
        assert (one.status, calls(aws, START)) == (status, [])
        assert one.reason.startswith(reason)

    def test_one_that_is_still_on_its_way(self, aws: Aws) -> None:
        job = aws.copy()
        aws.advance(40)
        point = aws.copy_job(job)["DestinationRecoveryPointArn"]
        first = restore(aws, recovery_point_arn=point, wait=False)
        assert (first.status, first.reason) == (PENDING, "the point is CREATING and cannot be restored")
        one = restore(aws, recovery_point_arn=point)
        assert (one.status, len(restore_jobs(aws))) == (SUCCEEDED, 1)

    def test_cold_storage_is_not_seen_in_lists(self, aws: Aws) -> None:
        more = next(
            point.resource
            for point in aws.application.aws.world.vaults[(MINE, HERE, "main")].points.values()
            if point.resource != RESOURCE
        )
        one = restore(aws, region=HERE, backup_vault_name="main", file_system_id=more)
        assert one.status == SUCCEEDED
        assert any("is in cold storage, which takes AWS about four hours more" in text for text in one.warnings)
        assert one.result["restore_seconds"] > 4 * 3600


class TestItems:
    """Files and directories into a file system that exists, or into a new one."""

    def request(self, copy: str, target: str, *items: str) -> dict[str, Any]:
        return {
            "recovery_point_arn": copy,
            "file_system_id": None,
            "name": None,
            "target_file_system_id": target,
            "items": list(items),
        }

    def test_once_per_point(self, aws: Aws, session: AwsSession, copy: str) -> None:
        target = made(session, restore(aws)).id
        request = self.request(copy, target, "/etc/app.conf", "/data")
        first = restore(aws, **request)
        assert (first.status, told(first)) == (SUCCEEDED, [f"restore 2 items to {target}"])
        assert first.result["file_system"]["file_system_id"] == target
        assert first.result["recovery_seconds"] > 0
        second = restore(aws, **request)
        assert (second.status, told(second), len(restore_jobs(aws))) == (SUCCEEDED, [], 2)
        other = restore(aws, **self.request(copy, target, "/data"))
        assert (other.status, len(told(other)), len(restore_jobs(aws))) == (SUCCEEDED, 1, 3)
        assert file_systems(aws) == [target]

    def test_a_job_that_fails(self, aws: Aws, session: AwsSession, copy: str) -> None:
        target = made(session, restore(aws)).id
        aws.fault("job_end", START, state="FAILED", message="no such path")
        request = self.request(copy, target, "/data")
        first = restore(aws, **request)
        assert first.status == FAILED
        assert first.reason.endswith("ended FAILED: no such path")
        assert (restore(aws, **request).status, file_systems(aws)) == (SUCCEEDED, [target])

    def test_no_target(self, aws: Aws, copy: str) -> None:
        one = restore(aws, **self.request(copy, "fs-0123456789abcdef0", "/data"))
        assert (one.status, calls(aws, START)) == (BLOCKED, [])
        assert one.reason == "the file system fs-0123456789abcdef0 is not there"

    def test_into_a_new_one(self, aws: Aws, copy: str) -> None:
        one = restore(aws, items=["/data"])
        assert (one.status, len(file_systems(aws))) == (SUCCEEDED, 1)
        [entry] = [
            entry for entry in aws.admin("GET", "state")["aws"]["file_systems"] if entry["restored"] and entry["arn"]
        ]
        assert entry["restored"][0]["items"] == ["/data"]
        assert restore(aws).status == SUCCEEDED
        assert len(file_systems(aws)) == 2


class TestAbsent:
    def test_nothing_is_there(self, aws: Aws, copy: str) -> None:
        one = remove(aws)
        assert (one.status, told(one)) == (ABSENT, [])

    def test_with_mount_targets(self, aws: Aws, session: AwsSession, copy: str) -> None:
        targets = subnets(aws)
        restore(aws, mount_targets=[{"subnet_id": subnet} for subnet in targets])
        kept = made(session, restore(aws, name="kept")).id
        predicted = remove(aws, check_mode=True)
        assert len(file_systems(aws)) == 2
        one = remove(aws)
        assert one.status == ABSENT
        assert (
            sorted(told(predicted))
            == sorted(told(one))
            == ["delete file system web", *(f"delete mount target of web in {subnet}" for subnet in targets)]
        )
        assert file_systems(aws) == [kept]
        assert (remove(aws).status, told(remove(aws))) == (ABSENT, [])

    def test_the_target_of_the_source_stays(self, aws: Aws, copy: str) -> None:
        """A request that made nothing removes nothing, whatever else is there."""
        restore(aws)
        for other in ({"name": "other"}, {"name": None}, {"recovery_point_arn": copy}, {"items": ["/data"]}):
            assert (remove(aws, **other).status, len(file_systems(aws))) == (ABSENT, 1)
        assert api.get_file_system(connect(options(aws), 4), HERE, FILE_SYSTEM) is not None

    def test_while_it_runs(self, aws: Aws, copy: str) -> None:
        """AWS cannot stop a restore: it is waited for, and what it made is removed then."""
        restore(aws, wait=False)
        aws.advance(40)
        early = remove(aws, wait=False)
        assert (early.status, told(early), len(file_systems(aws))) == (RUNNING, [], 1)
        predicted, one = remove(aws, check_mode=True), remove(aws)
        assert (one.status, told(one), file_systems(aws)) == (ABSENT, ["delete file system web"], [])
        assert told(predicted) == told(one)
        assert [job["state"] for job in restore_jobs(aws)] == ["COMPLETED"]

    def test_two_runs_at_once(self, aws: Aws, copy: str) -> None:
        restore(aws, mount_targets=[{"subnet_id": subnet} for subnet in subnets(aws, 1)])
        runs = [Run(aws, **{**REQUEST, "state": "absent"}) for _run in range(2)]
        for _step in range(2):
            decisions = [run.item.decide(run.item.observe()) for run in runs]
            for run, decision in zip(runs, decisions, strict=True):
                [action] = decision.actions
                run.item.perform(action)
        assert [one.status for run in runs for one in run.go()] == [ABSENT, ABSENT]
        assert file_systems(aws) == []

    def test_it_can_be_restored_again(self, aws: Aws, copy: str) -> None:
        first = restore(aws).result["file_system"]["file_system_id"]
        remove(aws)
        one = restore(aws)
        assert (one.status, len(restore_jobs(aws))) == (SUCCEEDED, 2)
        assert file_systems(aws) == [one.result["file_system"]["file_system_id"]]
        assert file_systems(aws) != [first]

    def test_what_a_failed_job_left(self, aws: Aws, session: AwsSession, copy: str) -> None:
        """The sandbox cleans up; EFS need not."""
        aws.fault("job_end", START, state="FAILED", message="lost")
        [lost] = Run(aws, **REQUEST).go()
        assert lost.status == FAILED
        run = Run(aws, **REQUEST)
        token = run.item.identity.rsplit(">", 1)[-1]
        aws.client("efs", THERE).create_file_system(CreationToken=token)
        aws.advance(60)
        one = restore(aws)
        assert (one.status, told(one)) == (FAILED, [])
        assert "ended FAILED: lost, and left fs-" in one.reason
        assert (remove(aws).status, file_systems(aws)) == (ABSENT, [])
        assert restore(aws).status == SUCCEEDED


def test_setting_up_what_is_gone(aws: Aws, copy: str) -> None:
    item = Run(aws, **REQUEST).item
    with pytest.raises(ProviderError, match=r"^set it up: the file system of web is gone"):
        item.perform(Action("set", "tags of web", payload={"tags": {"a": "1"}}))
