# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""When a backup is due, as a table."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from ansible_collections.bcdr.multicloud.plugins.module_utils._aws.efs.backup_decision import (
    BackupObserved,
    BackupWanted,
    decide_backup,
    lifecycle_problem,
)
from ansible_collections.bcdr.multicloud.plugins.module_utils._aws.efs.values import (
    AUTOMATIC_VAULT,
    Job,
    Lifecycle,
    Point,
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
    job,
    point,
    point_arn,
)

YOUNG, OLD = point("young", 5), point("old", 30)
LOST = job("j1", "FAILED", 2, message="no room")
DONE = job("j1", "COMPLETED", 2, made_arn=point_arn("new"))


def decide(
    points: Sequence[Point] | None = (),
    jobs: Sequence[Job] = (),
    started: Sequence[str] = (),
    vault: str = "main",
    later: float = 0,
    **wanted: Any,
) -> Decision:
    """Decide for points of at most a day, `later` hours after NOW."""
    return decide_backup(
        BackupWanted(FILE_SYSTEM, vault, ROLE, 24 * 3600, **wanted),
        BackupObserved(None if points is None else tuple(points), ago(-later), tuple(jobs), frozenset(started)),
    )


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
        ({"jobs": [LOST]}, RUNNING, "the backup is starting", True),
        ({"points": [YOUNG], "jobs": [LOST]}, SUCCEEDED, "", False),
        ({"points": [OLD], "jobs": [DONE], "started": ["j1"]}, RUNNING, "not listed yet", False),
        ({"points": [OLD, point("new", 2)], "jobs": [DONE], "started": ["j1"]}, SUCCEEDED, "", False),
        ({"points": [point("new", 30)], "jobs": [DONE], "started": ["j1"]}, SUCCEEDED, "", False),
        ({"vault": AUTOMATIC_VAULT}, BLOCKED, "use a vault of your own", False),
        ({"vault": AUTOMATIC_VAULT, "points": [YOUNG]}, SUCCEEDED, "", False),
        ({"lifecycle": days(119, 30)}, BLOCKED, "must be 120 or more", False),
        ({"lifecycle": days(119, 30), "points": [YOUNG]}, SUCCEEDED, "", False),
        ({"lifecycle": days(120, 30)}, RUNNING, "the backup is starting", True),
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

    def test_failures_before_the_newest_point_are_over(self) -> None:
        assert token(decide([OLD])) == token(decide([OLD], [job("j0", "FAILED", 31)]))

    @pytest.mark.parametrize("points", [(), (OLD,)])
    def test_a_point_that_was_deleted_is_made_again(self, points: Sequence[Point]) -> None:
        """The token of the job that made it would only give that job again, and no point."""
        assert token(decide(points, [DONE])) != token(decide(points))


@pytest.mark.parametrize(
    ("lifecycle", "wrong"),
    [
        (days(), False),
        (days(1), False),
        (days(None, 1), False),
        (days(91, 1), False),
        (days(90, 1), True),
        (days(30, 30), True),
    ],
)
def test_ninety_days_cold(lifecycle: Lifecycle, wrong: bool) -> None:
    assert bool(lifecycle_problem(lifecycle)) is wrong


def test_now_is_given() -> None:
    assert decide([YOUNG], later=19).status == SUCCEEDED
    assert decide([YOUNG], later=19.1).status == RUNNING
    assert NOW.tzinfo is not None
