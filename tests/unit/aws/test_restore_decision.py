# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A restore from nothing to a file system that can be used, and away again: what is started, and what is told."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from ansible_collections.bcdr.multicloud.plugins.module_utils._aws.efs.restore_decision import (
    RestoreObserved,
    RestoreWanted,
    choose_point,
    decide_restore,
    is_complete,
    is_to_start,
    job_that_counts,
)
from ansible_collections.bcdr.multicloud.plugins.module_utils._aws.efs.restored import (
    RESTORE_DIRECTORY,
    RESTORED_FROM_TAG,
    Key,
    MountTarget,
    SettingsObserved,
    SettingsWanted,
)
from ansible_collections.bcdr.multicloud.plugins.module_utils._aws.efs.values import (
    FileSystem,
    Job,
    Point,
    SourceSettings,
)
from ansible_collections.bcdr.multicloud.plugins.module_utils._core.reconcile import (
    ABSENT,
    BLOCKED,
    FAILED,
    PENDING,
    RUNNING,
    SUCCEEDED,
    Action,
    Decision,
)
from ansible_collections.bcdr.multicloud.tests.unit.aws.builders import (
    DR,
    NOW,
    ROLE,
    THERE,
    ago,
    copied,
    file_system,
    job,
    key_arn,
    point_arn,
)

COPY, OLDER = copied("c2", 5), copied("c1", 30)
KEY = key_arn("aaaa", THERE)
SOURCE = SourceSettings(True, "", "generalPurpose", "bursting", "tag")
MADE_ARN = f"arn:aws:elasticfilesystem:{THERE}:111122223333:file-system/fs-0new"


def asked(**changes: Any) -> RestoreWanted:
    """Return a restore of the newest copy of the file system, in the other region."""
    return RestoreWanted(
        **{"region": THERE, "vault": "dr", "name": "web", "file_system": "fs-0a11ce", "role_arn": ROLE, **changes}
    )


def restore_job(name: str = "j1", state: str = "RUNNING", hours_ago: float = 1, **changes: Any) -> Job:
    """Return a job that restores COPY."""
    made = {"made_arn": MADE_ARN, "completed": ago(hours_ago - 0.5)} if state == "COMPLETED" else {}
    return job(name, state, hours_ago, **{"point_arn": COPY.arn, "vault_arn": DR, **made, **changes})


def made(state: str = "available", tag: str = "", **changes: Any) -> FileSystem:
    """Return the file system of the restore; `tag` is the point that it says to be restored from."""
    fields: dict[str, Any] = {
        "arn": MADE_ARN,
        "key_arn": KEY,
        "created": ago(1),
        "tags": {RESTORED_FROM_TAG: tag} if tag else {},
        **changes,
    }
    return file_system("fs-0new", THERE, state, **fields)


DONE = restore_job(state="COMPLETED")
LOST = restore_job(state="FAILED", message="no key")
TARGETS = (MountTarget("subnet-1"), MountTarget("subnet-2"))
ITEMS: dict[str, Any] = {"target": "fs-0target", "items": ("/a", "/b"), "point_arn": COPY.arn, "name": ""}
TARGET = file_system("fs-0target", THERE)


def decide(
    points: Sequence[Point] | None = (OLDER, COPY),
    jobs: Sequence[Job] = (),
    there: FileSystem | None = None,
    started: Sequence[str] = (),
    wanted: RestoreWanted | None = None,
    **observed: Any,
) -> Decision:
    seen = RestoreObserved(
        None if points is None else tuple(points),
        NOW,
        there,
        tuple(jobs),
        frozenset(started),
        **{"source": SOURCE, **observed},
    )
    return decide_restore(wanted or asked(), seen)


def told(actions: Sequence[Action]) -> list[str]:
    return [action.describe() for action in actions]


def token(decision: Decision) -> str:
    [action] = decision.actions
    assert decision.status == RUNNING
    return str(action.payload["token"])


class TestStart:
    def test_the_newest_usable_copy(self) -> None:
        decision = decide([OLDER, COPY, copied("c3", 1, "CREATING")])
        assert (decision.status, decision.reason) == (RUNNING, "the restore is starting")
        [action] = decision.actions
        assert action.describe() == "restore file system web"
        assert action.before is None
        assert action.after == {
            "recovery_point_arn": COPY.arn,
            "encryption": {"encrypted": True, "kms_key_id": None, "chosen_by": "default"},
            "performance_mode": "generalPurpose",
            "availability_zone_name": None,
            "items": None,
        }
        assert action.payload["point_arn"] == COPY.arn
        assert action.payload["metadata"] == {
            "newFileSystem": "true",
            "CreationToken": asked().creation_token,
            "Encrypted": "true",
            "PerformanceMode": "generalPurpose",
        }
        assert decision.result["encryption"]["chosen_by"] == "default"
        assert decision.result["recovery_point_arn"] == COPY.arn
        assert decision.result["rpo_seconds"] == 5 * 3600
        assert decision.warnings == ()

    def test_the_point_that_was_asked_for(self) -> None:
        [action] = decide([OLDER], wanted=asked(point_arn=OLDER.arn)).actions
        assert action.payload["point_arn"] == OLDER.arn

    def test_everything_that_was_asked_for(self) -> None:
        wanted = asked(
            kms_key_id="alias/dr", performance_mode="maxIO", items=("/a",), settings=SettingsWanted({"a": "1"})
        )
        decision = decide(wanted=wanted, keys={"alias/dr": Key(KEY, True, True)})
        [action] = decision.actions
        assert action.payload["metadata"] == {
            "newFileSystem": "true",
            "CreationToken": wanted.creation_token,
            "Encrypted": "true",
            "KmsKeyId": KEY,
            "PerformanceMode": "maxIO",
            "ItemsToRestore": '["/a"]',
        }
        assert action.after["items"] == ["/a"]
        assert action.after["encryption"] == {"encrypted": True, "kms_key_id": KEY, "chosen_by": "kms_key_id"}

    def test_one_zone(self) -> None:
        [action] = decide(wanted=asked(zone="eu-central-1a")).actions
        assert action.payload["metadata"]["singleAzFilesystem"] == "true"
        assert action.payload["metadata"]["availabilityZoneName"] == "eu-central-1a"

    @pytest.mark.parametrize(
        ("option", "source", "mode"),
        [
            ("", SOURCE, "generalPurpose"),
            ("", replace(SOURCE, performance_mode="maxIO"), "maxIO"),
            ("generalPurpose", replace(SOURCE, performance_mode="maxIO"), "generalPurpose"),
            ("", replace(SOURCE, performance_mode=""), "generalPurpose"),
            ("", None, "generalPurpose"),
        ],
    )
    def test_performance_mode(self, option: str, source: SourceSettings | None, mode: str) -> None:
        [action] = decide(wanted=asked(performance_mode=option), source=source).actions
        assert action.payload["metadata"]["PerformanceMode"] == mode

    def test_a_source_that_is_not_known_is_warned_of(self) -> None:
        decision = decide(source=None)
        assert decision.actions[0].payload["metadata"]["Encrypted"] == "true"
        [warning] = decision.warnings
        assert warning.startswith("web: how the source is encrypted cannot be found out here")

    def test_cold_storage_is_warned_of(self) -> None:
        decision = decide([replace(COPY, storage_class="COLD")])
        assert len(decision.actions) == 1
        assert decision.warnings == ("web: the point is in cold storage, which takes AWS about four hours more",)

    @pytest.mark.parametrize(
        ("wanted", "label"),
        [
            (asked(), "web"),
            (asked(name=""), "restore of fs-0a11ce"),
            (asked(name="", file_system="", point_arn=COPY.arn), "restore of c2"),
        ],
    )
    def test_label(self, wanted: RestoreWanted, label: str) -> None:
        assert wanted.label == label
        assert told(decide(wanted=wanted).actions) == [f"restore file system {label}"]


class TestNotStarted:
    MAX_IO = replace(SOURCE, performance_mode="maxIO")
    DENY = {"Statement": {"Effect": "Deny", "Principal": "*", "Action": "backup:StartRestoreJob"}}

    @pytest.mark.parametrize(
        ("case", "status", "reason"),
        [
            ({"points": None}, BLOCKED, "the backup vault dr does not exist in eu-central-1 or may not be seen"),
            ({"points": None, "check_mode": True}, BLOCKED, "the backup vault dr does not exist"),
            ({"points": ()}, FAILED, "there is no usable recovery point of fs-0a11ce in dr in eu-central-1"),
            ({"points": [copied(status="EXPIRED")]}, FAILED, "there is no usable recovery point of fs-0a11ce"),
            ({"points": (), "wanted": asked(point_arn=COPY.arn)}, FAILED, f"there is no {COPY.arn} in dr in"),
            # In check mode a task before this one may have told that it would bring one, but no certain one.
            ({"points": (), "check_mode": True}, PENDING, "there is no usable recovery point of fs-0a11ce in dr in"),
            (
                {"points": (), "check_mode": True, "wanted": asked(point_arn=COPY.arn)},
                FAILED,
                f"there is no {COPY.arn} in dr",
            ),
            (
                {"points": [replace(COPY, status="CREATING")], "wanted": asked(point_arn=COPY.arn)},
                PENDING,
                "the point is CREATING and cannot be restored",
            ),
            (
                {"points": [replace(COPY, status="PARTIAL")], "wanted": asked(point_arn=COPY.arn)},
                BLOCKED,
                "the point is PARTIAL and cannot be restored",
            ),
            (
                {"points": [replace(COPY, status="")], "wanted": asked(point_arn=COPY.arn)},
                BLOCKED,
                "the point is in no known state",
            ),
            ({"policy": DENY}, BLOCKED, "the access policy of the vault denies backup:StartRestoreJob"),
            ({"wanted": asked(encrypt=False)}, BLOCKED, "encrypt: is false, but the source is encrypted"),
            ({"wanted": asked(encrypt=False), "source": None}, BLOCKED, "encrypt: is false, but whether the source is"),
            ({"wanted": asked(kms_key_id="k"), "keys": {"k": None}}, BLOCKED, "kms_key_id: the key k does not exist"),
            (
                {"wanted": asked(performance_mode="maxIO", zone="eu-central-1a")},
                BLOCKED,
                "performance_mode: max_io does not go with availability_zone_name",
            ),
            (
                {"wanted": asked(performance_mode="maxIO", settings=SettingsWanted(throughput_mode="elastic"))},
                BLOCKED,
                "performance_mode: max_io does not go with throughput_mode elastic",
            ),
            (
                {"wanted": asked(zone="eu-central-1a"), "source": MAX_IO},
                BLOCKED,
                "performance_mode: max_io does not go",
            ),
        ],
    )
    def test_table(self, case: dict[str, Any], status: str, reason: str) -> None:
        decision = decide(**case)
        assert (decision.status, decision.actions, decision.later) == (status, (), ())
        assert decision.reason.startswith(reason)

    def test_a_policy_that_may_not_be_read_stops_nothing(self) -> None:
        assert len(decide(policy=None).actions) == 1


class TestJobs:
    @pytest.mark.parametrize(
        ("state", "status", "reason"),
        [
            ("PENDING", PENDING, "the restore waits to be started by AWS"),
            ("RUNNING", RUNNING, ""),
        ],
    )
    @pytest.mark.parametrize("started", [(), ("j1",)])
    @pytest.mark.parametrize("there", [None, made("creating"), made(), made(tag=OLDER.arn)])
    def test_under_way(
        self, state: str, status: str, reason: str, started: Sequence[str], there: FileSystem | None
    ) -> None:
        """Whoever has started it: nothing more is, and its file system is not yet shown as one that can be used."""
        decision = decide(jobs=[restore_job(state=state, percent=40.0)], there=there, started=started)
        assert (decision.status, decision.reason, decision.actions) == (status, reason, ())
        assert decision.percent == 40.0
        assert decision.result["file_system"] is None
        assert decision.result["restore_job"]["id"] == "j1"
        assert told(decision.later) == ["set tags of web"]

    def test_how_long_aws_expects_it_to_take(self) -> None:
        assert decide(jobs=[restore_job(expected_minutes=90)]).reason == "AWS expects it to take 1h 30m"

    def test_a_job_of_this_run_that_failed(self) -> None:
        decision = decide(jobs=[LOST], started=["j1"])
        assert (decision.status, decision.actions) == (FAILED, ())
        assert decision.reason == "the restore job j1 ended FAILED: no key"

    def test_a_job_of_this_run_whose_file_system_is_not_listed_yet(self) -> None:
        decision = decide(jobs=[DONE], started=["j1"])
        assert (decision.status, decision.actions) == (RUNNING, ())
        assert decision.reason == "the job is done, its file system is not listed yet"

    @pytest.mark.parametrize("jobs", [(), (LOST,), (DONE,)])
    @pytest.mark.parametrize(("wanted", "there"), [(asked(), None), (asked(**ITEMS), TARGET)])
    def test_a_job_of_this_run_that_is_not_listed_yet(
        self, jobs: Sequence[Job], wanted: RestoreWanted, there: FileSystem | None
    ) -> None:
        decision = decide([COPY], jobs, there, ["new"], wanted)
        if wanted.target and jobs == (DONE,):
            assert decision.status == SUCCEEDED
        else:
            assert (decision.status, decision.reason) == (RUNNING, "the restore job is not listed yet")
        assert decision.actions == ()

    def test_a_job_of_an_earlier_run_that_failed_is_started_again(self) -> None:
        decision = decide(jobs=[LOST, restore_job("j0", "ABORTED", 2)])
        assert decision.reason == "the restore is starting again, after 2 failed tries"
        assert decision.warnings == ("web: the restore job j1 ended FAILED: no key; it is started again",)
        assert decide(jobs=[LOST]).reason == "the restore is starting again, after 1 failed try"
        [warning] = decide(jobs=[restore_job(state="ABORTED")]).warnings
        assert "ended ABORTED: AWS gives no reason" in warning

    def test_what_was_restored_and_removed_is_restored_again(self) -> None:
        decision = decide(jobs=[DONE])
        assert (decision.reason, decision.warnings) == ("the restore is starting", ())
        assert token(decision) != token(decide())
        again = decide(jobs=[LOST, replace(DONE, id="j2", created=ago(0.5))])
        assert (again.reason, again.warnings) == ("the restore is starting again, after 1 failed try", ())


class TestJobThatCounts:
    RUNS, FAILS = restore_job("a", "RUNNING", 2), restore_job("b", "FAILED", 1)
    OTHERS = restore_job("d", "COMPLETED", 1, made_arn=f"{MADE_ARN}x")

    @pytest.mark.parametrize(
        ("jobs", "there", "counts"),
        [
            ([], None, None),
            ([restore_job("x", "FAILED", 3), FAILS], None, "b"),
            ([FAILS, RUNS], made(), "a"),
            ([restore_job("c", "COMPLETED", 2), FAILS], made(), "c"),
            ([restore_job("c", "COMPLETED", 2), FAILS], None, "b"),
            ([restore_job("c", "COMPLETED", 2), OTHERS], made(), "c"),
            ([restore_job("c", "COMPLETED", 2), RUNS], made(), "a"),
        ],
    )
    def test_table(self, jobs: Sequence[Job], there: FileSystem | None, counts: str | None) -> None:
        for order in (list(jobs), list(reversed(jobs))):
            found = job_that_counts(order, there)
            assert (found.id if found else None) == counts

    def test_two_runs_and_a_newer_point_between_them(self) -> None:
        """Both start a job with the same creation token, so that one fails: the other must not be given up for it."""
        jobs = [restore_job("a", "RUNNING", 0.2, point_arn=OLDER.arn), restore_job("b", "FAILED", 0.1)]
        for started in ("a", "b"):
            assert decide(jobs=jobs, there=made("creating"), started=[started]).status == RUNNING
        assert decide(jobs=jobs, there=made(), wanted=asked(state="absent")).actions == ()
        jobs[0] = restore_job("a", "COMPLETED", 0.2, point_arn=OLDER.arn)
        decision = decide(jobs=jobs, there=made(tag=OLDER.arn), started=["a"])
        assert (decision.status, decision.result["recovery_point_arn"]) == (SUCCEEDED, OLDER.arn)


class TestTokens:
    """AWS answers a token that it knows with the job that it knows; EFS makes one file system per creation token."""

    def test_two_observers_start_one_job(self) -> None:
        assert token(decide()) == token(decide([COPY, copied("c0", 40)], source=None))

    def test_each_job_needs_another(self) -> None:
        jobs = [LOST, restore_job("j2", "ABORTED", 0.5), replace(DONE, id="j3", created=ago(0.1))]
        assert len({token(decide(jobs=jobs[:count])) for count in range(4)}) == 4

    def test_what_aws_forgets_brings_no_earlier_token_back(self) -> None:
        jobs = [LOST, restore_job("j2", "ABORTED", 0.5)]
        assert token(decide(jobs=jobs[1:])) == token(decide(jobs=jobs)) != token(decide(jobs=jobs[:1]))

    def test_points_and_targets_are_told_apart(self) -> None:
        into = asked(**ITEMS)
        tokens = {
            token(decide()),
            token(decide([OLDER])),
            token(decide(there=TARGET, wanted=into)),
            token(decide(there=file_system("fs-0b", THERE), wanted=replace(into, target="fs-0b"))),
        }
        assert len(tokens) == 4

    def test_the_creation_token_is_the_requests(self) -> None:
        wanted = asked()
        for changes in (
            {"role_arn": "other"},
            {"kms_key_id": "k"},
            {"settings": SettingsWanted({"a": "1"})},
            {"state": "absent"},
            {"copy_tags": True},
            {"encrypt": True},
        ):
            assert replace(wanted, **changes).creation_token == wanted.creation_token
        assert 1 <= len(wanted.creation_token) <= 64

    def test_different_requests_make_different_file_systems(self) -> None:
        others = (
            asked(),
            asked(name="drill"),
            asked(vault="dr2"),
            asked(region="us-east-1"),
            asked(file_system="fs-0b0b"),
            asked(point_arn=COPY.arn),
            asked(items=("/a",)),
            asked(items=("/a", "/b")),
        )
        assert len({one.creation_token for one in others}) == len(others)


class TestFound:
    """A file system has the creation token already."""

    def test_complete_by_its_job(self) -> None:
        decision = decide(jobs=[DONE], there=made(tag=COPY.arn))
        assert (decision.status, decision.reason, decision.actions) == (SUCCEEDED, "", ())
        assert decision.percent == 100.0
        result = decision.result
        assert result["verification"]["matches"] is True
        assert result["file_system"]["file_system_id"] == "fs-0new"
        assert (result["restore_seconds"], result["recovery_seconds"]) == (1800, None)
        assert (result["recovery_point_arn"], result["rpo_seconds"]) == (COPY.arn, 5 * 3600)
        assert result["recovery_point_created_at"] == "2026-11-21T07:00:00Z"
        assert result["restore_directory"] == RESTORE_DIRECTORY

    def test_complete_by_its_tag(self) -> None:
        """AWS has forgotten the job, and the vault may be out of sight."""
        for points, rpo in (((OLDER, COPY), 5 * 3600), (None, None), ((), None)):
            decision = decide(points, there=made(tag=COPY.arn))
            assert (decision.status, decision.actions) == (SUCCEEDED, ())
            assert decision.result["recovery_point_arn"] == COPY.arn
            assert decision.result["rpo_seconds"] == rpo
            assert decision.result["restore_job"] is None

    def test_how_long_it_took_is_known_to_who_has_watched(self) -> None:
        assert decide(jobs=[DONE], there=made(tag=COPY.arn), watched=True).result["recovery_seconds"] == 3600
        assert decide(there=made(tag=COPY.arn), watched=True).result["recovery_seconds"] is None

    @pytest.mark.parametrize(
        ("jobs", "there", "reason"),
        [
            (
                (),
                made(),
                "AWS no longer knows the job that made fs-0new, so whether its data is complete cannot be told",
            ),
            ((), made(created=None), "AWS no longer knows the job that made fs-0new"),
            ((LOST,), made(), "the restore job j1 ended FAILED: no key, and left fs-0new"),
            ((LOST,), made("error"), "the restore job j1 ended FAILED: no key, and left fs-0new"),
            ((restore_job(state="COMPLETED", made_arn=f"{MADE_ARN}x"),), made(), "AWS no longer knows the job"),
            ((restore_job(state="COMPLETED", made_arn=""),), made(), "AWS no longer knows the job"),
            # The tag of another restore, as copy_tags hands it down from a source that was itself restored.
            ((LOST,), made(tag=OLDER.arn), "the restore job j1 ended FAILED: no key, and left fs-0new"),
        ],
    )
    def test_not_to_be_trusted(self, jobs: Sequence[Job], there: FileSystem, reason: str) -> None:
        decision = decide(jobs=jobs, there=there)
        assert (decision.status, decision.actions) == (FAILED, ())
        assert decision.reason.startswith(reason)
        assert decision.reason.endswith("; remove it with state absent and restore again")
        assert decision.result["file_system"] is None

    @pytest.mark.parametrize(("hours_ago", "status"), [(0, RUNNING), (0.2, RUNNING), (0.25, FAILED), (0.3, FAILED)])
    def test_the_job_may_not_be_listed_yet(self, hours_ago: float, status: str) -> None:
        decision = decide(there=made("creating", created=ago(hours_ago)))
        assert (decision.status, decision.actions) == (status, ())
        assert decision.result["file_system"] is None
        if status == RUNNING:
            assert decision.reason == "the job that fills fs-0new is not listed yet"

    @pytest.mark.parametrize(
        ("state", "status", "reason"),
        [
            ("creating", RUNNING, "fs-0new is creating"),
            ("deleting", RUNNING, "fs-0new of an earlier restore is being deleted"),
            ("deleted", RUNNING, "fs-0new of an earlier restore is being deleted"),
            ("error", FAILED, "EFS says that fs-0new is in the state error"),
            ("", RUNNING, "fs-0new is "),
        ],
    )
    def test_states(self, state: str, status: str, reason: str) -> None:
        decision = decide(jobs=[DONE], there=made(state))
        assert (decision.status, decision.reason, decision.actions) == (status, reason, ())

    def test_one_that_goes_is_waited_for_however_it_ended(self) -> None:
        assert decide(jobs=[LOST], there=made("deleting")).status == RUNNING

    @pytest.mark.parametrize(
        ("wanted", "metadata", "there", "differences"),
        [
            ({}, {}, {}, ""),
            ({}, {"Encrypted": "true", "KmsKeyId": KEY, "PerformanceMode": "generalPurpose"}, {}, ""),
            ({}, {"Encrypted": "true"}, {"encrypted": False, "key_arn": ""}, "it is not encrypted"),
            ({}, {"Encrypted": "false"}, {}, "it is encrypted"),
            ({}, {"KmsKeyId": "arn:k"}, {}, f"it is encrypted with {KEY} and not with arn:k"),
            ({}, {"PerformanceMode": "maxIO"}, {}, "its performance mode is generalPurpose and not maxIO"),
            ({"encrypt": True}, {}, {"encrypted": False, "key_arn": ""}, "it is not encrypted"),
            ({"encrypt": False}, {"Encrypted": "true"}, {}, "it is encrypted"),
            (
                {"performance_mode": "maxIO"},
                {"PerformanceMode": "generalPurpose"},
                {},
                "its performance mode is general",
            ),
            ({"kms_key_id": "alias/dr"}, {}, {"key_arn": "arn:x"}, f"it is encrypted with arn:x and not with {KEY}"),
            (
                {"kms_key_id": "alias/dr"},
                {},
                {"encrypted": False, "key_arn": ""},
                "it is not encrypted; it is encrypted",
            ),
            ({"kms_key_id": "alias/dr"}, {"KmsKeyId": "arn:x"}, {}, ""),
            ({"kms_key_id": "alias/gone"}, {}, {}, ""),
        ],
    )
    def test_verification(
        self, wanted: dict[str, Any], metadata: dict[str, str], there: dict[str, Any], differences: str
    ) -> None:
        """What EFS cannot change afterwards is compared with the options, else with what the job was told."""
        decision = decide(
            jobs=[DONE],
            there=made(tag=COPY.arn, **there),
            wanted=asked(**wanted),
            job_metadata=metadata,
            keys={"alias/dr": Key(KEY, True, True), "alias/gone": None},
        )
        assert decision.status == (FAILED if differences else SUCCEEDED)
        assert decision.actions == ()
        assert decision.result["verification"]["matches"] is not bool(differences)
        if differences:
            assert decision.reason.startswith(f"fs-0new is not what was asked for: {differences}")
            assert decision.reason.endswith("remove it with state absent and restore again, or give another name")

    def test_what_does_not_match_is_not_set_up(self) -> None:
        decision = decide(jobs=[DONE], there=made(), wanted=asked(encrypt=False))
        assert (decision.status, decision.actions) == (FAILED, ())


class TestSettings:
    SETTINGS = SettingsWanted({"Name": "web"}, "elastic", None, {"transition_to_ia": "AFTER_30_DAYS"}, True, TARGETS)
    WANTED = asked(settings=SETTINGS)

    def seen(self, *states: str) -> SettingsObserved:
        """Return all settings as they are wanted, with mount targets in these states."""
        targets = (
            replace(target, id=f"fsmt-{target.subnet[-1]}", state=state)
            for target, state in zip(TARGETS, states, strict=False)
        )
        return SettingsObserved(
            lifecycle=self.SETTINGS.lifecycle or {}, automatic_backups=True, mount_targets=tuple(targets)
        )

    def restored(self) -> FileSystem:
        return made(tags={"Name": "web", RESTORED_FROM_TAG: COPY.arn}, throughput_mode="elastic")

    def test_the_tag_of_the_restore_keeps_what_aws_forgets(self) -> None:
        decision = decide(jobs=[DONE], there=made())
        [action] = decision.actions
        assert (decision.status, decision.reason) == (RUNNING, "the restored file system is being set up")
        assert action.after == {RESTORED_FROM_TAG: COPY.arn}
        assert decision.result["file_system"]["file_system_id"] == "fs-0new"

    def test_check_mode_tells_all_of_it(self) -> None:
        """What is said at the start to follow is what is done when the job is done."""
        start = decide(wanted=self.WANTED)
        under_way = decide(jobs=[restore_job()], wanted=self.WANTED)
        done = decide(jobs=[DONE], there=made(), wanted=self.WANTED)
        assert told(start.later) == [
            "set tags of web",
            "set throughput of web",
            "set lifecycle policies of web",
            "set automatic backups of web",
            "create mount target of web in subnet-1",
            "create mount target of web in subnet-2",
        ]
        assert start.later == under_way.later == done.actions

    @pytest.mark.parametrize(
        ("copied_tags", "after"),
        [
            ({"Name": "web", "app": "x"}, {RESTORED_FROM_TAG: COPY.arn}),
            ({"Name": "old"}, {"Name": "web", RESTORED_FROM_TAG: COPY.arn}),
            ({RESTORED_FROM_TAG: OLDER.arn}, {"Name": "web", RESTORED_FROM_TAG: COPY.arn}),
        ],
    )
    def test_check_mode_knows_which_tags_aws_copies(self, copied_tags: dict[str, str], after: dict[str, str]) -> None:
        wanted = asked(copy_tags=True, settings=SettingsWanted({"Name": "web"}))
        start = decide(wanted=wanted, copied_tags=copied_tags)
        assert [action.after for action in start.later] == [after]
        done = decide(jobs=[DONE], there=made(tags=copied_tags), wanted=wanted)
        assert start.later == done.actions

    @pytest.mark.parametrize("backups", [None, True, False])
    def test_check_mode_knows_that_one_zone_brings_backups(self, backups: bool | None) -> None:
        wanted = asked(zone="eu-central-1a", settings=SettingsWanted(automatic_backups=backups))
        start = decide(wanted=wanted)
        one_zone = SettingsObserved(automatic_backups=backups is not None)
        done = decide(jobs=[DONE], there=made(zone="eu-central-1a"), wanted=wanted, settings=one_zone)
        assert start.later == done.actions
        assert ("set automatic backups of web" in told(start.later)) is (backups is False)

    @pytest.mark.parametrize(
        ("there", "seen", "left"),
        [
            ({}, {}, []),
            ({"throughput_mode": "bursting"}, {}, ["set throughput of web"]),
            ({"tags": {RESTORED_FROM_TAG: COPY.arn}}, {}, ["set tags of web"]),
            ({"tags": {"Name": "web", RESTORED_FROM_TAG: OLDER.arn}}, {}, ["set tags of web"]),
            ({}, {"lifecycle": {}}, ["set lifecycle policies of web"]),
            ({}, {"automatic_backups": False}, ["set automatic backups of web"]),
            ({}, {"mount_targets": ()}, [f"create mount target of web in subnet-{number}" for number in (1, 2)]),
        ],
    )
    def test_what_is_left_to_do(self, there: dict[str, Any], seen: dict[str, Any], left: list[str]) -> None:
        decision = decide(
            jobs=[DONE],
            there=replace(self.restored(), **there),
            wanted=self.WANTED,
            settings=replace(self.seen("available", "available"), **seen),
        )
        assert told(decision.actions) == left
        assert decision.status == (RUNNING if left else SUCCEEDED)

    def test_efs_makes_one_change_at_a_time(self) -> None:
        updating = replace(self.restored(), state="updating")
        decision = decide(jobs=[DONE], there=updating, wanted=self.WANTED)
        assert (decision.status, decision.reason, decision.actions) == (RUNNING, "fs-0new is updating", ())
        assert decision.later == decide(jobs=[DONE], there=self.restored(), wanted=self.WANTED).actions
        seen = self.seen("available", "available")
        assert decide(jobs=[DONE], there=updating, wanted=self.WANTED, settings=seen).status == SUCCEEDED

    @pytest.mark.parametrize(
        ("states", "status", "reason"),
        [
            (("available", "available"), SUCCEEDED, ""),
            (("available", "creating"), RUNNING, "mount target fsmt-2 in subnet-2 is creating"),
            (
                ("creating", "creating"),
                RUNNING,
                "mount target fsmt-1 in subnet-1 is creating, fsmt-2 in subnet-2 is creating",
            ),
            (("creating", "error"), FAILED, "mount target fsmt-2 in subnet-2 is error"),
            (("deleting", "available"), FAILED, "mount target fsmt-1 in subnet-1 is deleting"),
            (("deleted", "available"), FAILED, "mount target fsmt-1 in subnet-1 is deleted"),
        ],
    )
    def test_mount_targets(self, states: Sequence[str], status: str, reason: str) -> None:
        decision = decide(jobs=[DONE], there=self.restored(), wanted=self.WANTED, settings=self.seen(*states))
        assert (decision.status, decision.reason, decision.actions) == (status, reason, ())
        shown = decision.result["file_system"]["mount_targets"]
        assert [target["life_cycle_state"] for target in shown] == list(states)

    def test_mount_targets_of_others_are_not_waited_for(self) -> None:
        seen = self.seen("available", "available")
        more = MountTarget("subnet-3", id="fsmt-3", state="error")
        settings = replace(seen, mount_targets=(*seen.mount_targets, more))
        assert decide(jobs=[DONE], there=self.restored(), wanted=self.WANTED, settings=settings).status == SUCCEEDED

    def test_without_job_and_tag_value_nothing_is_made_up(self) -> None:
        """The tag is all that says from which point it is."""
        there = made(tag=OLDER.arn)
        assert decide(there=there).actions == ()
        assert decide(there=there).result["recovery_point_arn"] == OLDER.arn


class TestItems:
    WANTED = asked(**ITEMS)
    DONE = restore_job(state="COMPLETED", made_arn=TARGET.arn)

    def test_start(self) -> None:
        decision = decide([COPY], there=TARGET, wanted=self.WANTED)
        [action] = decision.actions
        assert action.describe() == "restore 2 items to fs-0target"
        assert action.after == {"recovery_point_arn": COPY.arn, "items": ["/a", "/b"], "into": "fs-0target"}
        assert action.payload["metadata"] == {
            "newFileSystem": "false",
            "file-system-id": "fs-0target",
            "ItemsToRestore": json.dumps(["/a", "/b"]),
        }
        assert (decision.later, decision.warnings) == ((), ())
        assert "encryption" not in decision.result

    @pytest.mark.parametrize(
        ("there", "status", "reason"),
        [
            (None, BLOCKED, "the file system fs-0target is not there"),
            (replace(TARGET, state="deleting"), BLOCKED, "the file system fs-0target is deleting"),
            (replace(TARGET, state="creating"), PENDING, "the file system fs-0target is creating"),
        ],
    )
    def test_no_target(self, there: FileSystem | None, status: str, reason: str) -> None:
        decision = decide([COPY], there=there, wanted=self.WANTED)
        assert (decision.status, decision.reason, decision.actions) == (status, reason, ())

    def test_under_way(self) -> None:
        decision = decide([COPY], [restore_job()], TARGET, wanted=self.WANTED)
        assert (decision.status, decision.actions, decision.later) == (RUNNING, (), ())

    @pytest.mark.parametrize("started", [(), ("j1",)])
    @pytest.mark.parametrize("jobs", [(DONE,), (DONE, restore_job("j0", "FAILED", 2)), (DONE, replace(LOST, id="j2"))])
    def test_done_once(self, jobs: Sequence[Job], started: Sequence[str]) -> None:
        decision = decide([COPY], jobs, TARGET, started, self.WANTED)
        assert (decision.status, decision.actions, decision.percent) == (SUCCEEDED, (), 100.0)
        assert decision.result["file_system"]["file_system_id"] == "fs-0target"
        assert (decision.result["restore_seconds"], decision.result["recovery_seconds"]) == (1800, None)

    def test_recovery_seconds(self) -> None:
        decision = decide([COPY], [self.DONE], TARGET, wanted=self.WANTED, watched=True)
        assert decision.result["recovery_seconds"] == 1800
        unended = decide([COPY], [replace(self.DONE, completed=None)], TARGET, wanted=self.WANTED, watched=True)
        assert unended.result["recovery_seconds"] == 3600

    def test_failed(self) -> None:
        decision = decide([COPY], [LOST], TARGET, ["j1"], self.WANTED)
        assert (decision.status, decision.actions) == (FAILED, ())
        assert decision.reason == "the restore job j1 ended FAILED: no key"
        again = decide([COPY], [LOST], TARGET, wanted=self.WANTED)
        assert again.reason == "the restore is starting again, after 1 failed try"
        assert len(again.actions) == 1


class TestAbsent:
    WANTED = asked(state="absent")
    AVAILABLE = tuple(replace(one, id=f"fsmt-{one.subnet[-1]}", state="available") for one in TARGETS)

    def gone(self, there: FileSystem | None, *states: str, jobs: Sequence[Job] = (DONE,)) -> Decision:
        """Decide with mount targets in these states."""
        targets = tuple(replace(target, state=state) for target, state in zip(self.AVAILABLE, states, strict=False))
        return decide((), jobs, there, wanted=self.WANTED, settings=SettingsObserved(mount_targets=targets))

    @pytest.mark.parametrize("jobs", [(), (DONE,), (LOST,)])
    @pytest.mark.parametrize("there", [None, made("deleted")])
    def test_nothing_is_there(self, there: FileSystem | None, jobs: Sequence[Job]) -> None:
        decision = self.gone(there, jobs=jobs)
        assert (decision.status, decision.reason, decision.actions) == (ABSENT, "", ())

    @pytest.mark.parametrize(
        ("there", "jobs"),
        [
            (made(), (DONE,)),
            (made(tag=COPY.arn), ()),
            (made(tag=COPY.arn, created=ago(0.1)), ()),
            (made(), ()),
            (made(), (LOST,)),
            (made("error"), (LOST,)),
            (made(created=ago(0.1)), (LOST,)),
        ],
    )
    def test_it_goes(self, there: FileSystem, jobs: Sequence[Job]) -> None:
        decision = self.gone(there, jobs=jobs)
        [action] = decision.actions
        assert (decision.status, decision.reason) == (RUNNING, "fs-0new is going")
        assert (action.describe(), action.before) == ("delete file system web", {"file_system_id": "fs-0new"})
        assert action.payload == {"file_system": "fs-0new"}

    def test_mount_targets_go_first(self) -> None:
        decision = self.gone(made(), "available", "error")
        assert (decision.status, decision.reason) == (RUNNING, "its mount targets go first")
        assert told(decision.actions) == [f"delete mount target of web in subnet-{number}" for number in (1, 2)]
        assert [action.payload for action in decision.actions] == [{"mount_target": f"fsmt-{n}"} for n in (1, 2)]
        assert told(decision.later) == ["delete file system web"]
        assert [one["life_cycle_state"] for one in decision.result["file_system"]["mount_targets"]] == [
            "available",
            "error",
        ]

    def test_check_mode_tells_all_of_it(self) -> None:
        first = self.gone(made(), "available", "available")
        last = self.gone(made())
        assert first.later == last.actions

    def test_only_those_that_are_not_going(self) -> None:
        assert told(self.gone(made(), "deleting", "available").actions) == ["delete mount target of web in subnet-2"]
        decision = self.gone(made(), "deleting", "deleted")
        assert (decision.status, decision.reason, decision.actions) == (
            RUNNING,
            "its mount targets are being deleted",
            (),
        )

    def test_being_deleted(self) -> None:
        decision = self.gone(made("deleting"))
        assert (decision.status, decision.reason, decision.actions) == (RUNNING, "fs-0new is being deleted", ())

    @pytest.mark.parametrize("state", ["PENDING", "RUNNING"])
    @pytest.mark.parametrize("there", [None, made("creating"), made(), made(tag=OLDER.arn)])
    def test_a_restore_that_runs_is_not_pulled_away(self, state: str, there: FileSystem | None) -> None:
        decision = self.gone(there, jobs=[restore_job(state=state, percent=40.0), DONE])
        assert (decision.status, decision.actions, decision.percent) == (RUNNING, (), 40.0)
        assert decision.reason.startswith("a restore is still running, which AWS cannot stop")
        assert told(decision.later) == ["delete file system web"]

    def test_one_that_another_run_has_just_begun(self) -> None:
        decision = self.gone(made("creating", created=ago(0.1)), jobs=())
        assert (decision.status, decision.actions) == (RUNNING, ())
        assert decision.reason == "fs-0new has just been made, and the job that fills it is not listed yet"


@pytest.mark.parametrize(
    ("jobs", "there", "complete"),
    [
        ((DONE,), made(), True),
        ((DONE,), None, False),
        ((), made(), False),
        ((), made(tag=COPY.arn), True),
        ((LOST,), made(), False),
        ((LOST,), made(tag=COPY.arn), True),
        ((LOST,), made(tag=OLDER.arn), False),
        ((restore_job(),), made(tag=COPY.arn), False),
        ((restore_job(state="PENDING"), DONE), made(tag=COPY.arn), False),
        ((restore_job(state="COMPLETED", made_arn=f"{MADE_ARN}x"),), made(), False),
    ],
)
def test_is_complete(jobs: tuple[Job, ...], there: FileSystem | None, complete: bool) -> None:
    assert is_complete(RestoreObserved((), NOW, there, jobs)) is complete


@pytest.mark.parametrize(
    ("wanted", "points", "jobs", "there", "started", "starts"),
    [
        (asked(), (COPY,), (), None, (), True),
        (asked(), (COPY,), (LOST,), None, (), True),
        (asked(), (COPY,), (DONE,), None, (), True),
        (asked(), (COPY,), (LOST,), None, ("j1",), False),
        (asked(), (COPY,), (LOST,), None, ("new",), False),
        (asked(), (COPY,), (restore_job(),), None, (), False),
        (asked(), (COPY,), (), made(), (), False),
        (asked(), (), (), None, (), False),
        (asked(), None, (), None, (), False),
        (asked(state="absent"), (COPY,), (), None, (), False),
        (asked(**ITEMS), (COPY,), (), TARGET, (), True),
        (asked(**ITEMS), (COPY,), (LOST,), TARGET, (), True),
        (asked(**ITEMS), (COPY,), (DONE,), TARGET, (), False),
    ],
)
def test_is_to_start(
    wanted: RestoreWanted,
    points: tuple[Point, ...] | None,
    jobs: tuple[Job, ...],
    there: FileSystem | None,
    started: tuple[str, ...],
    starts: bool,
) -> None:
    """The rules are looked at exactly when something is started if they allow it."""
    observed = RestoreObserved(points, NOW, there, jobs, frozenset(started), SOURCE)
    assert is_to_start(wanted, observed) is starts
    assert any(action.verb == "restore" for action in decide_restore(wanted, observed).actions) is starts


def test_choose_point() -> None:
    assert choose_point(asked(), [OLDER, COPY, copied("c3", 1, "CREATING")]) == COPY
    assert choose_point(asked(), []) is None
    assert choose_point(asked(point_arn=OLDER.arn), [OLDER, COPY]) == OLDER
    assert choose_point(asked(point_arn=point_arn("x")), [OLDER, COPY]) is None
