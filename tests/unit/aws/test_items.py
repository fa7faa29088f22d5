# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Backups, copies and reads as items, run by the engine against the sandbox: their life, and what they ask for it."""

from __future__ import annotations

from typing import Any

import pytest

pytest.importorskip("moto")
pytest.importorskip("boto3")

from ansible_collections.bcdr.multicloud.plugins.module_utils._aws.efs import api
from ansible_collections.bcdr.multicloud.plugins.module_utils._aws.efs.values import (
    parse_source_tag,
    source_settings,
)
from ansible_collections.bcdr.multicloud.plugins.module_utils._aws.session import AwsSession, connect
from ansible_collections.bcdr.multicloud.plugins.module_utils._core.errors import BcdrError
from ansible_collections.bcdr.multicloud.plugins.module_utils._core.reconcile import (
    BLOCKED,
    FAILED,
    PENDING,
    RUNNING,
    SUCCEEDED,
    Action,
)
from ansible_collections.bcdr.multicloud.tests.unit.aws.runs import Run, calls, forget_calls, options, outcome, told
from ansible_collections.bcdr.multicloud.tests.unit.sandbox.aws.aws_sandbox import (
    DAY,
    FILE_SYSTEM,
    HERE,
    MINE,
    OTHER,
    RESOURCE,
    ROLE,
    THERE,
    Aws,
)

BACKUP: dict[str, Any] = {
    "module": "efs_backup",
    "file_system_id": FILE_SYSTEM,
    "backup_vault_name": "main",
    "iam_role_arn": ROLE,
    "max_age": "1d",
}
IDENTITY = f"sts:GetCallerIdentity {HERE}"
LIST = "backup:ListRecoveryPointsByBackupVault"


def outage(aws: Aws, region: str, on: bool = True) -> None:
    aws.admin("POST", f"region/{region}/outage", {"on": on})


def jobs(aws: Aws, kind: str) -> list[dict[str, Any]]:
    return [job for job in aws.admin("GET", "state")["aws"]["jobs"] if job["kind"] == kind]


@pytest.fixture
def session(aws: Aws) -> AwsSession:
    return connect(options(aws), 4)


class TestBackup:
    def test_from_nothing_to_nothing_changed(self, aws: Aws, session: AwsSession) -> None:
        aws.plant(points=[])
        forget_calls(aws)
        first = outcome(aws, **BACKUP, lifecycle={"delete_after_days": 35}, tags={"app": "mine"})
        assert (first.status, first.reason, first.warnings) == (SUCCEEDED, "", ())
        assert told(first) == [f"start backup of {FILE_SYSTEM} to main"]
        shown = first.result["recovery_point"]
        assert (shown["source"], shown["usable"]) == (RESOURCE, True)
        assert len(calls(aws, "StartBackupJob")) == 1
        [made] = api.list_points(session, HERE, "main", RESOURCE) or ()
        assert made.lifecycle.delete_after_days == 35
        tags = api.point_tags(session, HERE, made.arn)
        there = api.get_file_system(session, HERE, FILE_SYSTEM)
        assert there is not None
        known, told_by_tag = source_settings(there), parse_source_tag(tags, FILE_SYSTEM)
        assert told_by_tag is not None
        assert (told_by_tag.encrypted, told_by_tag.key_arn) == (True, known.key_arn)
        assert tags["app"] == "mine"

        forget_calls(aws)
        second = outcome(aws, **BACKUP)
        assert (second.status, told(second)) == (SUCCEEDED, [])
        assert calls(aws) == [IDENTITY, f"{LIST} {HERE}"]
        aws.advance(DAY + 60)
        third = outcome(aws, **BACKUP)
        assert (third.status, len(told(third))) == (SUCCEEDED, 1)
        assert third.result["rpo_seconds"] < 600

    def test_a_key_of_aws_is_not_carried_over(self, aws: Aws, session: AwsSession) -> None:
        aws.plant(points=[], file_systems=[{"name": "data", "id": FILE_SYSTEM, "size_gb": 10, "encrypted": True}])
        assert outcome(aws, **BACKUP).status == SUCCEEDED
        [made] = api.list_points(session, HERE, "main", RESOURCE) or ()
        told_by_tag = parse_source_tag(api.point_tags(session, HERE, made.arn), FILE_SYSTEM)
        assert told_by_tag is not None
        assert (told_by_tag.encrypted, told_by_tag.key_arn) == (True, "")
        [asked] = calls(aws, "DescribeKey")
        assert asked == f"kms:DescribeKey {HERE}"

    def test_check_mode_starts_nothing(self, aws: Aws) -> None:
        predicted = outcome(aws, **BACKUP, check_mode=True)
        assert (predicted.status, calls(aws, "StartBackupJob")) == (RUNNING, [])
        assert told(predicted) == told(outcome(aws, **BACKUP))

    def test_without_waiting_the_next_run_takes_up(self, aws: Aws) -> None:
        first = outcome(aws, **BACKUP, wait=False)
        assert (first.status, len(told(first))) == (PENDING, 1)
        aws.advance(31)
        second = outcome(aws, **BACKUP, wait=False)
        assert (second.status, told(second)) == (RUNNING, [])
        aws.advance(600)
        third = outcome(aws, **BACKUP, wait=False)
        assert (third.status, told(third), len(jobs(aws, "backup"))) == (SUCCEEDED, [], 1)

    def test_two_runs_at_once_start_one_job(self, aws: Aws) -> None:
        runs = [Run(aws, **BACKUP).item for _run in range(2)]
        decisions = [item.decide(item.observe()) for item in runs]
        for item, decision in zip(runs, decisions, strict=True):
            [action] = decision.actions
            item.perform(action)
        assert len(calls(aws, "StartBackupJob")) == 2
        assert len(jobs(aws, "backup")) == 1
        assert runs[0].started == runs[1].started

    def test_a_job_that_fails_is_told_and_started_again_by_the_next_run(self, aws: Aws) -> None:
        aws.fault("job_end", "StartBackupJob", state="FAILED", message="no room")
        first = outcome(aws, **BACKUP)
        assert first.status == FAILED
        assert first.reason.endswith("ended FAILED: no room")
        assert len(told(first)) == 1
        second = outcome(aws, **BACKUP)
        assert second.status == SUCCEEDED
        [warning] = second.warnings
        assert warning.endswith("ended FAILED: no room; it is started again")
        assert len(jobs(aws, "backup")) == 2

    def test_passes_that_are_processes_of_their_own_do_not_start_a_failed_job_again(self, aws: Aws) -> None:
        aws.fault("job_end", "StartBackupJob", state="FAILED", message="no room")
        first = outcome(aws, wait=False, **BACKUP)
        [started] = first.result["started_jobs"]
        aws.advance(3600)
        second = outcome(aws, wait=False, _started_jobs=[started], **BACKUP)
        assert second.status == FAILED
        assert second.reason.endswith("ended FAILED: no room")
        assert second.result["started_jobs"] == [started]
        assert len(jobs(aws, "backup")) == 1

    def test_lists_that_are_late(self, aws: Aws) -> None:
        """What has just been started is not listed yet: it is neither started again nor given up."""
        aws.plant(points=[])
        aws.fault("stale", "ListBackupJobs", seconds=3600, times=3)
        one = outcome(aws, **BACKUP)
        assert (one.status, len(told(one)), len(jobs(aws, "backup"))) == (SUCCEEDED, 1, 1)

    @pytest.mark.parametrize(
        ("changes", "reason"),
        [
            ({"backup_vault_name": "nothing"}, "the backup vault nothing does not exist or may not be seen"),
            ({"file_system_id": "fs-0123456789abcdef0"}, "there is no file system arn:"),
            ({"backup_vault_name": "aws/efs/automatic-backup-vault", "max_age": "0"}, "use a vault of your own"),
        ],
    )
    def test_blocked(self, aws: Aws, changes: dict[str, Any], reason: str) -> None:
        one = outcome(aws, **{**BACKUP, **changes})
        assert (one.status, calls(aws, "StartBackupJob")) == (BLOCKED, [])
        assert reason in one.reason

    def test_a_locked_vault(self, aws: Aws, session: AwsSession) -> None:
        lock = {"min_days": 7, "max_days": 365}
        aws.plant(points=[], vaults=[{"name": "main", "lock": lock}])
        assert "at most 365 days" in outcome(aws, **BACKUP).reason
        assert outcome(aws, **BACKUP, lifecycle={"delete_after_days": 30}).status == SUCCEEDED

    def test_the_region_is_out_for_a_while(self, aws: Aws) -> None:
        def meanwhile(sleeps: int) -> None:
            outage(aws, HERE, on=sleeps in (0, 1))

        run = Run(aws, **BACKUP, meanwhile=meanwhile)
        [one] = run.go()
        assert (one.status, len(told(one)), len(jobs(aws, "backup"))) == (SUCCEEDED, 1, 1)


class TestCopy:
    def options(self, aws: Aws, *destinations: Any, **changes: Any) -> dict[str, Any]:
        """Return how to copy the newest point to vaults, the one in the other region unless others are named."""
        entries = destinations or (aws.vault("dr"),)
        return {
            "module": "efs_backup_copy",
            "file_system_id": FILE_SYSTEM,
            "source_backup_vault_name": "main",
            "iam_role_arn": ROLE,
            "destinations": [entry if isinstance(entry, dict) else {"backup_vault_arn": entry} for entry in entries],
            **changes,
        }

    def second(self, aws: Aws) -> str:
        return aws.vault("second", region=HERE)

    def test_from_nothing_to_nothing_changed(self, aws: Aws, session: AwsSession) -> None:
        request = self.options(aws, {"backup_vault_arn": aws.vault("dr"), "lifecycle": {"delete_after_days": 100}})
        first = outcome(aws, **request)
        assert (first.status, first.reason, first.warnings) == (SUCCEEDED, "", ())
        assert told(first) == [f"start copy of {aws.point().rsplit(':', 1)[-1]} to {THERE}/dr"]
        [copy] = first.result["copies"]
        [made] = api.list_points(session, THERE, "dr", RESOURCE) or ()
        assert (copy["recovery_point_arn"], made.lifecycle.delete_after_days) == (made.arn, 100)
        assert (first.result["recovery_point_arn"], copy["source_recovery_point_arn"]) == (aws.point(), aws.point())
        assert copy["copy_seconds"] > 0
        assert 0 <= copy["queue_seconds"] <= copy["copy_seconds"]
        assert 5 * DAY <= copy["rpo_seconds"] < 5 * DAY + 3600
        forget_calls(aws)
        second = outcome(aws, **request)
        assert (second.status, told(second)) == (SUCCEEDED, [])

    def test_calls_when_nothing_is_to_do(self, aws: Aws) -> None:
        """One list of the source, and one for each destination."""
        request = self.options(aws, aws.vault("dr"), self.second(aws))
        assert outcome(aws, **request).status == SUCCEEDED
        forget_calls(aws)
        assert outcome(aws, **request).status == SUCCEEDED
        assert [call for call in calls(aws) if not call.startswith("sts:")] == [
            f"{LIST} {HERE}",
            f"{LIST} {THERE}",
            f"{LIST} {HERE}",
        ]
        assert len(calls(aws, "sts:")) <= 3

    def test_what_has_arrived_is_not_asked_for_again(self, aws: Aws) -> None:
        aws.copied()
        aws.plant(durations={"copy_base": 3600})
        aws.copied(self.second(aws))
        aws.advance(3600)
        forget_calls(aws)
        run = Run(aws, **self.options(aws, self.second(aws), aws.vault("dr")))
        [one] = run.go()
        assert (one.status, len(told(one))) == (SUCCEEDED, 1)
        assert run.sleeps > 10
        assert len(calls(aws, "vaults/second")) <= 2

    def test_check_mode_starts_nothing(self, aws: Aws) -> None:
        request = self.options(aws, aws.vault("dr"), self.second(aws))
        predicted = outcome(aws, **request, check_mode=True)
        assert (predicted.status, calls(aws, "StartCopyJob")) == (RUNNING, [])
        assert told(predicted) == told(outcome(aws, **request))

    def test_check_mode_before_there_is_a_point(self, aws: Aws) -> None:
        aws.plant(points=[])
        assert outcome(aws, **self.options(aws), check_mode=True).status == PENDING
        assert outcome(aws, **self.options(aws)).status == FAILED

    def test_without_waiting_the_next_run_takes_up(self, aws: Aws) -> None:
        request = self.options(aws, wait=False)
        assert (outcome(aws, **request).status, len(jobs(aws, "copy"))) == (PENDING, 1)
        aws.advance(31)
        second = outcome(aws, **request)
        assert (second.status, told(second)) == (RUNNING, [])
        aws.advance(3600)
        third = outcome(aws, **request)
        assert (third.status, told(third), len(jobs(aws, "copy"))) == (SUCCEEDED, [], 1)

    def test_two_runs_at_once_start_one_job(self, aws: Aws) -> None:
        runs = [Run(aws, **self.options(aws)).item for _run in range(2)]
        decisions = [item.decide(item.observe()) for item in runs]
        for item, decision in zip(runs, decisions, strict=True):
            [action] = decision.actions
            item.perform(action)
        assert (len(calls(aws, "StartCopyJob")), len(jobs(aws, "copy"))) == (2, 1)
        assert runs[0].started == runs[1].started

    def test_lists_that_are_late(self, aws: Aws) -> None:
        aws.fault("stale", "ListCopyJobs", seconds=3600, times=3)
        one = outcome(aws, **self.options(aws))
        assert (one.status, len(told(one)), len(jobs(aws, "copy"))) == (SUCCEEDED, 1, 1)

    def test_a_backup_that_is_under_way_is_waited_for(self, aws: Aws) -> None:
        aws.plant(points=[])
        assert outcome(aws, **BACKUP, wait=False).status == PENDING
        one = outcome(aws, **self.options(aws))
        assert (one.status, len(told(one)), len(jobs(aws, "copy"))) == (SUCCEEDED, 1, 1)

    def test_another_partition_is_not_asked(self, aws: Aws) -> None:
        china = f"arn:aws-cn:backup:cn-north-1:{MINE}:backup-vault:dr"
        one = outcome(aws, **self.options(aws, china, aws.vault("dr")))
        assert [copy["status"] for copy in one.result["copies"]] == [BLOCKED, SUCCEEDED]
        assert "AWS copies nothing between its partitions aws and aws-cn" in one.reason
        assert [call for call in calls(aws, "backup") if call.endswith("cn-north-1")] == []

    def test_a_job_that_fails_stops_no_other(self, aws: Aws) -> None:
        aws.fault("job_end", "StartCopyJob", state="FAILED", message="no key")
        request = self.options(aws, aws.vault("dr"), self.second(aws))
        first = outcome(aws, **request)
        assert (first.status, len(told(first))) == (FAILED, 2)
        assert [copy["status"] for copy in first.result["copies"]] == [FAILED, SUCCEEDED]
        assert "ended FAILED: no key" in first.reason
        second = outcome(aws, **request)
        assert (second.status, len(told(second)), len(jobs(aws, "copy"))) == (SUCCEEDED, 1, 3)
        assert any("ended FAILED: no key; it is started again" in warning for warning in second.warnings)

    def test_a_certain_point(self, aws: Aws) -> None:
        request = self.options(aws, recovery_point_arn=aws.point(), file_system_id=None)
        assert outcome(aws, **request).status == SUCCEEDED
        assert (outcome(aws, **request).status, len(jobs(aws, "copy"))) == (SUCCEEDED, 1)

    def test_a_certain_point_that_is_still_being_made(self, aws: Aws, session: AwsSession) -> None:
        aws.plant(durations={"backup_base": 3000})
        outcome(aws, wait=False, **{**BACKUP, "max_age": "1s"})
        aws.advance(60)
        [point] = [one for one in api.list_points(session, HERE, "main", RESOURCE) or () if not one.usable]
        request = self.options(aws, recovery_point_arn=point.arn, file_system_id=None)
        early = outcome(aws, wait=False, **request)
        assert (early.status, early.done) == (PENDING, ())
        assert early.reason.endswith("yet, a backup is under way")
        assert outcome(aws, **request).status == SUCCEEDED

    def test_the_source_region_goes_out_after_the_start(self, aws: Aws) -> None:
        run = Run(aws, **self.options(aws))
        item = run.item
        [action] = item.decide(item.observe()).actions
        item.perform(action)
        outage(aws, HERE)
        decision = item.decide(item.observe())
        assert decision.status == PENDING
        assert "its copy job is known in the source's region only: " in decision.reason
        for _round in range(4):
            decision = item.decide(item.observe())
        assert decision.status == FAILED
        assert "one that has been started goes on by itself" in decision.reason

    @pytest.mark.parametrize(
        ("changes", "status", "reason"),
        [
            (
                {"source_backup_vault_name": "nothing"},
                BLOCKED,
                "the source vault arn:aws:backup:eu-west-1:111122223333",
            ),
            ({"source_backup_vault_name": "second"}, FAILED, f"there is no usable recovery point of {RESOURCE} in"),
            (
                {"recovery_point_arn": "arn:aws:backup:eu-west-1:111122223333:recovery-point:x"},
                FAILED,
                "there is no arn:",
            ),
            (
                {
                    "recovery_point_arn": "arn:aws:backup:eu-west-1:111122223333:recovery-point:x",
                    "source_backup_vault_name": "nothing",
                },
                BLOCKED,
                "the source vault arn:",
            ),
            ({"vault": "nothing"}, BLOCKED, "the vault does not exist, or this identity may not see it"),
            ({"vault": "locked"}, RUNNING, ""),
            ({"vault": "locked", "days": 366}, BLOCKED, "at most 365 days"),
        ],
    )
    def test_rules(self, aws: Aws, changes: dict[str, Any], status: str, reason: str) -> None:
        changes = dict(changes)
        destination: dict[str, Any] = {"backup_vault_arn": aws.vault(changes.pop("vault", "dr"))}
        if "days" in changes:
            destination["lifecycle"] = {"delete_after_days": changes.pop("days")}
        one = outcome(aws, **self.options(aws, destination, **changes), check_mode=True)
        # Check mode knows what the run would say; but for a point that an earlier task may bring.
        if status == FAILED:
            assert one.status == PENDING
            one = outcome(aws, **self.options(aws, destination, **changes))
        assert one.status == status
        assert reason in one.reason
        assert calls(aws, "StartCopyJob") == []

    def test_a_point_of_another_file_system(self, aws: Aws) -> None:
        request = self.options(aws, recovery_point_arn=aws.point(), file_system_id="fs-0123456789abcdef0")
        one = outcome(aws, **request)
        assert one.status == FAILED
        assert one.reason.startswith(f"recovery_point_arn: {aws.point()} is a point of {RESOURCE}, not of arn:")

    def test_cold_storage_is_not_seen_in_lists(self, aws: Aws) -> None:
        more = next(
            point.resource
            for point in aws.application.aws.world.vaults[(MINE, HERE, "main")].points.values()
            if point.resource != RESOURCE
        )
        one = outcome(aws, **self.options(aws, file_system_id=more))
        assert (one.status, calls(aws, "StartCopyJob")) == (BLOCKED, [])
        assert "only from warm storage" in one.reason

    def test_the_source_region_is_out(self, aws: Aws) -> None:
        aws.copied()
        outage(aws, HERE)
        run = Run(aws, **self.options(aws))
        [one] = run.go()
        assert (one.status, told(one)) == (SUCCEEDED, [])
        [warning] = one.warnings
        assert "the newest copy in dr is 5d " in warning
        assert "whether there was a newer point is not known" in warning
        # It may come back: only then is it done without.
        assert run.sleeps == 4
        assert outcome(aws, **self.options(aws), wait=False).status == SUCCEEDED

    def test_the_source_region_is_out_and_nothing_was_copied(self, aws: Aws) -> None:
        outage(aws, HERE)
        one = outcome(aws, **self.options(aws))
        assert (one.status, told(one)) == (FAILED, [])
        assert one.reason.endswith("; the vault holds no copy")

    @pytest.mark.parametrize("file_system", [None, FILE_SYSTEM])
    def test_which_copy_a_certain_point_has_is_not_known(self, aws: Aws, file_system: str | None) -> None:
        """And of whom the points in the vault are, neither, unless the file system is named."""
        aws.copied()
        point = aws.point()
        outage(aws, HERE)
        one = outcome(aws, **self.options(aws, file_system_id=file_system, recovery_point_arn=point))
        assert one.status == FAILED
        assert ("the vault holds a copy from" in one.reason) is bool(file_system)
        [copy] = one.result["copies"]
        assert (copy["rpo_seconds"] is not None) is bool(file_system)

    def test_the_source_region_comes_back(self, aws: Aws) -> None:
        outage(aws, HERE)

        def meanwhile(sleeps: int) -> None:
            outage(aws, HERE, on=sleeps < 2)

        [one] = Run(aws, **self.options(aws), meanwhile=meanwhile).go()
        assert (one.status, len(told(one)), one.warnings[1:]) == (SUCCEEDED, 1, ())

    def test_a_destination_that_is_out_keeps_no_other_waiting(self, aws: Aws) -> None:
        outage(aws, THERE)
        request = self.options(aws, aws.vault("dr"), self.second(aws))
        run = Run(aws, **request)
        [one] = run.go()
        assert one.status == FAILED
        assert [copy["status"] for copy in one.result["copies"]] == [FAILED, SUCCEEDED]
        assert "eu-central-1/dr: the region cannot be asked: " in one.reason
        assert [copy["vault_seen"] for copy in one.result["copies"]] == [False, True]
        assert [job["state"] for job in jobs(aws, "copy")] == ["COMPLETED"]
        first_pass = outcome(aws, **request, wait=False)
        assert [copy["status"] for copy in first_pass.result["copies"]] == [FAILED, SUCCEEDED]

    def test_a_destination_comes_back(self, aws: Aws) -> None:
        outage(aws, THERE)

        def meanwhile(sleeps: int) -> None:
            outage(aws, THERE, on=sleeps < 2)

        [one] = Run(aws, **self.options(aws, aws.vault("dr"), self.second(aws)), meanwhile=meanwhile).go()
        assert (one.status, len(told(one))) == (SUCCEEDED, 2)

    def test_another_account(self, aws: Aws) -> None:
        there = aws.vault("open", OTHER)
        role = f"arn:aws:iam::{OTHER}:role/reader"
        request = self.options(aws, {"backup_vault_arn": there, "assume_role_arn": role})
        first = outcome(aws, **request)
        assert (first.status, len(told(first))) == (SUCCEEDED, 1)
        assert first.result["copies"][0]["account"] == OTHER
        second = outcome(aws, **request)
        assert (second.status, told(second), len(jobs(aws, "copy"))) == (SUCCEEDED, [], 1)

    @pytest.mark.parametrize(
        ("vault", "role", "reason"),
        [
            ("open", "", "a vault of another account needs assume_role_arn or profile in its destination"),
            ("closed", "reader", "does not allow backup:CopyIntoBackupVault to the other account"),
            ("Default", "reader", "AWS copies nothing into the Default vault of another account"),
        ],
    )
    def test_another_account_that_does_not_let_it_in(self, aws: Aws, vault: str, role: str, reason: str) -> None:
        destination = {"backup_vault_arn": aws.vault(vault, OTHER)}
        if role:
            destination["assume_role_arn"] = f"arn:aws:iam::{OTHER}:role/{role}"
        one = outcome(aws, **self.options(aws, destination))
        assert (one.status, calls(aws, "StartCopyJob")) == (BLOCKED, [])
        assert reason in one.reason

    def test_across_accounts_is_switched_off(self, aws: Aws) -> None:
        aws.plant(cross_account_backup=False)
        destination = {
            "backup_vault_arn": aws.vault("open", OTHER),
            "assume_role_arn": f"arn:aws:iam::{OTHER}:role/reader",
        }
        one = outcome(aws, **self.options(aws, destination))
        assert (one.status, calls(aws, "StartCopyJob")) == (BLOCKED, [])
        assert "switched off in the organisation" in one.reason

    def test_the_rules_of_a_vault_are_asked_once_for_all_items(self, aws: Aws) -> None:
        more = next(
            point.resource
            for point in aws.application.aws.world.vaults[(MINE, HERE, "main")].points.values()
            if point.resource != RESOURCE
        )
        request = self.options(aws)
        del request["file_system_id"]
        Run(aws, request.pop("module"), {"file_system_id": FILE_SYSTEM}, {"file_system_id": more}, **request).go()
        first_round = calls(aws).index(f"backup:StartCopyJob {HERE}")
        assert calls(aws)[:first_round].count(f"backup:DescribeBackupVault {THERE}") == 1


class TestInfo:
    def info(self, *batch: dict[str, Any], **changes: Any) -> dict[str, Any]:
        return {"module": "efs_backup_info", "backup_vault_name": "main", **changes}

    def test_two_calls(self, aws: Aws) -> None:
        one = outcome(aws, **self.info())
        assert (one.status, told(one), len(one.result["recovery_points"])) == (SUCCEEDED, [], 2)
        assert one.result["backup_vault"]["name"] == "main"
        assert calls(aws) == [f"backup:DescribeBackupVault {HERE}", f"{LIST} {HERE}"]

    @pytest.mark.parametrize("asked", [FILE_SYSTEM, RESOURCE])
    def test_of_one_file_system(self, aws: Aws, asked: str) -> None:
        one = outcome(aws, **self.info(file_system_id=asked))
        assert [point["source"] for point in one.result["recovery_points"]] == [RESOURCE]

    def test_many_items_ask_once(self, aws: Aws) -> None:
        entries = [{"file_system_id": FILE_SYSTEM}, {"newer_than": "10d"}, {"usable_only": True}, {}]
        found = Run(aws, "efs_backup_info", *entries, backup_vault_name="main").go()
        assert [len(one.result["recovery_points"]) for one in found] == [1, 1, 2, 2]
        assert len(calls(aws)) == 2

    def test_no_vault(self, aws: Aws) -> None:
        one = outcome(aws, **self.info(backup_vault_name="nothing"))
        assert one.status == FAILED
        assert one.reason.startswith("the backup vault nothing does not exist in eu-west-1 or may not be seen")

    def test_it_never_changes_anything(self, aws: Aws) -> None:
        with pytest.raises(BcdrError, match=r"reading never changes anything, so it cannot start x"):
            Run(aws, **self.info()).item.perform(Action("start", "x"))
