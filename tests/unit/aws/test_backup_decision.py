# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""When a backup is due, as a table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from ansible_collections.bcdr.multicloud.plugins.module_utils._aws.efs.backup_decision import (
    BackupObserved,
    BackupWanted,
    decide_backup,
    is_due,
)
from ansible_collections.bcdr.multicloud.plugins.module_utils._aws.efs.values import (
    AUTOMATIC_VAULT,
    SOURCE_TAG,
    FileSystem,
    Job,
    Point,
    Vault,
    parse_source_tag,
    source_settings,
)
from ansible_collections.bcdr.multicloud.plugins.module_utils._core.reconcile import (
    BLOCKED,
    FAILED,
    PENDING,
    RUNNING,
    SUCCEEDED,
    Decision,
)
from ansible_collections.bcdr.multicloud.tests.unit.aws.builders import (
    FILE_SYSTEM,
    NOW,
    ROLE,
    ago,
    days,
    file_system,
    job,
    point,
    point_arn,
)
from ansible_collections.bcdr.multicloud.tests.unit.aws.builders import vault as made_vault

THERE = file_system()
LOCKED = made_vault("main", locked=True, min_retention_days=7, max_retention_days=365)
YOUNG, OLD = point("young", 5), point("old", 30)
LOST = job("j1", "FAILED", 2, message="no room")
DONE = job("j1", "COMPLETED", 2, made_arn=point_arn("new"))


def decide(
    points: Sequence[Point] | None = (),
    jobs: Sequence[Job] = (),
    started: Sequence[str] = (),
    vault: str = "main",
    later: float = 0,
    there: FileSystem | None = THERE,
    seen_vault: Vault | None = None,
    max_age: int = 24 * 3600,
    **wanted: Any,
) -> Decision:
    """Decide for points of at most a day, `later` hours after NOW."""
    observed = BackupObserved(
        None if points is None else tuple(points),
        ago(-later),
        tuple(jobs),
        frozenset(started),
        seen_vault,
        there,
    )
    return decide_backup(BackupWanted(FILE_SYSTEM, vault, ROLE, max_age, **wanted), observed)


def token(decision: Decision) -> str:
    [action] = decision.actions
    assert decision.status == RUNNING
    return str(action.payload["token"])


@pytest.mark.parametrize(
    ("seen", "status", "reason", "starts"),
    [
        ({"points": None}, BLOCKED, "vault main does not exist or may not be seen", False),
        ({}, RUNNING, "the backup is starting", True),
        ({"points": [YOUNG]}, SUCCEEDED, "", False),
        ({"points": [point("limit", 24)]}, SUCCEEDED, "", False),
        ({"points": [OLD]}, RUNNING, "the backup is starting", True),
        ({"points": [OLD, point("bad", 1, "PARTIAL")]}, RUNNING, "the backup is starting", True),
        ({"points": [OLD], "jobs": [job(state="CREATED")]}, PENDING, "waits its turn", False),
        ({"points": [OLD], "jobs": [job(state="PENDING")]}, PENDING, "waits its turn", False),
        ({"points": [OLD, point("new", 0.5, "CREATING")], "jobs": [job()]}, RUNNING, "", False),
        ({"jobs": [LOST], "started": ["j1"]}, FAILED, "the backup job j1 ended FAILED: no room", False),
        ({"jobs": [job("j1", "ABORTED")], "started": ["j1"]}, FAILED, "ended ABORTED: AWS gives no reason", False),
        ({"jobs": [LOST]}, RUNNING, "the backup is starting again, after 1 failed try", True),
        ({"points": [OLD], "jobs": [LOST, job("j0", "EXPIRED", 3)]}, RUNNING, "again, after 2 failed tries", True),
        ({"points": [YOUNG], "jobs": [LOST]}, SUCCEEDED, "", False),
        ({"points": [OLD], "jobs": [DONE], "started": ["j1"]}, RUNNING, "not listed yet", False),
        ({"points": [OLD, point("new", 2)], "jobs": [DONE], "started": ["j1"]}, SUCCEEDED, "", False),
        ({"points": [point("new", 30)], "jobs": [DONE], "started": ["j1"]}, SUCCEEDED, "", False),
        # What this run has started, as lists show it that are not up to date.
        ({"points": [OLD], "started": ["j1"], "there": None}, RUNNING, "the job is not listed yet", False),
        ({"points": [OLD], "jobs": [LOST], "started": ["j2"], "there": None}, RUNNING, "is not listed yet", False),
        (
            {"points": [OLD, point("new", 2, "CREATING")], "jobs": [DONE], "started": ["j1"], "there": None},
            RUNNING,
            "its recovery point is not listed yet",
            False,
        ),
        (
            {"points": [OLD, point("new", 2, "DELETING")], "jobs": [DONE], "started": ["j1"], "there": None},
            FAILED,
            "its recovery point arn:aws:backup:eu-west-1:111122223333:recovery-point:new is DELETING",
            False,
        ),
        # Another run's is newer, but none is young enough for a backup each time: ours counts.
        (
            {"points": [point("new", 2), point("more", 1)], "jobs": [DONE], "started": ["j1"], "max_age": 0},
            SUCCEEDED,
            "",
            False,
        ),
        ({"vault": AUTOMATIC_VAULT}, BLOCKED, "use a vault of your own", False),
        ({"vault": AUTOMATIC_VAULT, "points": [YOUNG]}, SUCCEEDED, "", False),
        ({"lifecycle": days(119, 30)}, BLOCKED, "must be 120 or more", False),
        ({"lifecycle": days(119, 30), "points": [YOUNG]}, SUCCEEDED, "", False),
        ({"lifecycle": days(120, 30)}, RUNNING, "the backup is starting", True),
        ({"there": None}, BLOCKED, f"there is no file system {FILE_SYSTEM}", False),
        ({"there": None, "points": [YOUNG]}, SUCCEEDED, "", False),
        ({"there": file_system(state="creating")}, PENDING, "is still being created", False),
        ({"there": file_system(state="deleting")}, BLOCKED, "the file system is deleting", False),
        ({"there": file_system(state="")}, BLOCKED, "the file system is in no known state", False),
        ({"there": file_system(state="updating")}, RUNNING, "the backup is starting", True),
        ({"seen_vault": LOCKED, "lifecycle": days(6)}, BLOCKED, "at least 7 days", False),
        ({"seen_vault": LOCKED}, BLOCKED, "at most 365 days, and this one would be kept for ever", False),
        ({"seen_vault": LOCKED, "lifecycle": days(7)}, RUNNING, "the backup is starting", True),
        ({"seen_vault": LOCKED, "points": [YOUNG]}, SUCCEEDED, "", False),
    ],
)
def test_table(seen: dict[str, Any], status: str, reason: str, starts: bool) -> None:
    decision = decide(**seen)
    assert (decision.status, len(decision.actions)) == (status, int(starts))
    assert reason in decision.reason
    assert bool(reason) == bool(decision.reason)


def test_the_action_tells_what_is_started() -> None:
    [action] = decide(lifecycle=days(35), tags={"b": "2", "a": "1"}).actions
    assert action.describe() == "start backup of fs-0a11ce to main"
    assert action.before is None
    assert action.after == {"lifecycle": {"DeleteAfterDays": 35}, "tags": {"a": "1", "b": "2"}}
    [source] = set(action.payload["tags"]) - {"a", "b"}
    assert source == SOURCE_TAG
    assert parse_source_tag(action.payload["tags"], THERE.id) == replace(source_settings(THERE), known_from="tag")


def test_a_failed_try_is_warned_of() -> None:
    """A run that does not wait would otherwise never tell."""
    [warning] = decide([OLD], [LOST, job("j0", "ABORTED", 3)]).warnings
    assert warning == "fs-0a11ce: the backup job j1 ended FAILED: no room; it is started again"
    assert decide([OLD]).warnings == ()
    assert decide([OLD], [job("j0", "FAILED", 31)]).warnings == ()
    assert decide([OLD], [DONE]).warnings == ()


@pytest.mark.parametrize(
    ("points", "due"),
    [((), True), ((YOUNG,), False), ((OLD,), True), ((OLD, point("x", 1, "CREATING")), True), (None, True)],
)
def test_is_due(points: tuple[Point, ...] | None, due: bool) -> None:
    wanted = BackupWanted(FILE_SYSTEM, "main", ROLE, 24 * 3600)
    assert is_due(wanted, BackupObserved(points, NOW)) is due


def test_result() -> None:
    assert decide().result == {"recovery_point": None, "backup_job": None, "rpo_seconds": None}
    decision = decide([OLD, YOUNG], [job("j2", percent=40.0)])
    assert decision.percent == 40.0
    assert decision.result["recovery_point"]["id"] == YOUNG.arn
    assert decision.result["backup_job"]["id"] == "j2"
    assert decision.result["rpo_seconds"] == 5 * 3600
    assert decide([OLD], [LOST], ["j1"]).result["backup_job"]["state"] == "FAILED"


class TestToken:
    """AWS answers a token that it knows with the job that it knows."""

    @pytest.mark.parametrize("points", [(), (OLD,), (OLD, point("older", 60))])
    def test_two_observers_start_one_job(self, points: Sequence[Point]) -> None:
        assert token(decide(points)) == token(decide(points, later=3))

    def test_what_is_older_does_not_matter(self) -> None:
        assert token(decide([OLD])) == token(decide([OLD, point("older", 60), point("bad", 1, "EXPIRED")]))

    def test_the_next_backup_is_another(self) -> None:
        assert len({token(decide()), token(decide([OLD])), token(decide([point("old", 31)]))}) == 3

    def test_vaults_are_told_apart(self) -> None:
        assert token(decide()) != token(decide(vault="second"))

    def test_after_each_failure_another(self) -> None:
        second = job("j2", "EXPIRED", 1)
        tokens = [token(decide([OLD], jobs)) for jobs in ((), (LOST,), (LOST, second))]
        assert len(set(tokens)) == 3

    def test_what_aws_forgets_brings_no_earlier_token_back(self) -> None:
        """Its list of backup jobs ends after 30 days."""
        second = job("j2", "EXPIRED", 1)
        assert token(decide([OLD], [second])) == token(decide([OLD], [LOST, second])) != token(decide([OLD], [LOST]))

    def test_failures_before_the_newest_point_are_over(self) -> None:
        assert token(decide([OLD])) == token(decide([OLD], [job("j0", "FAILED", 31)]))

    @pytest.mark.parametrize("points", [(), (OLD,)])
    def test_a_point_that_was_deleted_is_made_again(self, points: Sequence[Point]) -> None:
        """The token of the job that made it would only give that job again, and no point."""
        assert token(decide(points, [DONE])) != token(decide(points))


def test_now_is_given() -> None:
    assert decide([YOUNG], later=19).status == SUCCEEDED
    assert decide([YOUNG], later=19.1).status == RUNNING
    assert NOW.tzinfo is not None


@pytest.mark.parametrize(
    ("points", "status", "starts"),
    [
        ([], RUNNING, True),
        ([point("old", 1.1)], RUNNING, True),
        ([point("new", 0.5)], SUCCEEDED, False),
        ([point("new", 0.5, "PARTIAL")], RUNNING, True),
    ],
)
def test_newer_than_a_moment(points: list[Point], status: str, starts: bool) -> None:
    decision = decide(points, newer_than=ago(1))
    assert (decision.status, bool(decision.actions)) == (status, starts)


def test_the_first_one_after_a_moment_is_meant_however_many_follow() -> None:
    decision = decide([point("old", 2), point("second", 0.2), point("first", 0.9)], newer_than=ago(1))
    assert decision.result["recovery_point"]["id"] == point_arn("first")


def test_the_token_is_of_the_moment_and_not_of_what_is_there() -> None:
    assert token(decide([], newer_than=ago(1))) == token(decide([point("old", 2)], newer_than=ago(1)))
    assert token(decide([], newer_than=ago(1))) != token(decide([], newer_than=ago(0.5)))


def test_a_moment_that_lies_ahead() -> None:
    decision = decide([], newer_than=ago(-1))
    assert (decision.status, decision.actions) == (BLOCKED, ())
    assert "lies ahead" in decision.reason
