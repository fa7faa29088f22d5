# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import datetime
from dataclasses import replace
from typing import Any

import pytest
from nutanix_builders import HOUR, NOW, attempts, point, task

from ansible_collections.bcdr.multicloud.plugins.module_utils._core.reconcile import (
    ABSENT,
    BLOCKED,
    FAILED,
    PENDING,
    RUNNING,
    SUCCEEDED,
)
from ansible_collections.bcdr.multicloud.plugins.module_utils._nutanix.attempts import MOST_ATTEMPTS
from ansible_collections.bcdr.multicloud.plugins.module_utils._nutanix.recovery_point_decision import (
    PointObserved,
    PointWanted,
    decide_recovery_point,
)

BY_NAME = PointWanted(name="nightly", vm_ext_ids=frozenset("ab"))
BY_AGE = PointWanted(vm_ext_ids=frozenset("ab"), max_age=4 * 3600)
AFTER = PointWanted(vm_ext_ids=frozenset("ab"), newer_than=NOW - HOUR)
BY_ID = PointWanted(ext_id="rp")
TOMORROW = NOW + 24 * HOUR
NEVER = replace(BY_NAME, never=True)
KEPT = replace(BY_AGE, keep_for=86_400)
MADE = attempts(task("SUCCEEDED", made="rp"))


def seen(*points: Any, **given: Any) -> PointObserved:
    return PointObserved(points, NOW, "pc1", **given)


@pytest.mark.parametrize(
    ("wanted", "observed", "status", "reason", "verbs"),
    [
        # By name and content.
        (BY_NAME, seen(), RUNNING, "is being made", ["create"]),
        (BY_NAME, seen(point()), SUCCEEDED, "", []),
        (BY_NAME, seen(point(hours=9999)), SUCCEEDED, "", []),
        (BY_NAME, seen(point(vms="a")), RUNNING, "is being made", ["create"]),
        (BY_NAME, seen(point(groups="g")), RUNNING, "is being made", ["create"]),
        (BY_NAME, seen(point(name="Nightly")), RUNNING, "is being made", ["create"]),
        (BY_NAME, seen(point(status="$UNKNOWN")), RUNNING, "is being made", ["create"]),
        (BY_NAME, seen(point(expires=NOW)), RUNNING, "is being made", ["create"]),
        (BY_NAME, seen(point("x", vms="c"), point()), SUCCEEDED, "", []),
        (replace(BY_NAME, recovery_point_type="APPLICATION_CONSISTENT"), seen(point()), SUCCEEDED, "", []),
        (PointWanted(name="nightly"), seen(point()), SUCCEEDED, "", []),
        (PointWanted(name="nightly"), seen(), BLOCKED, "is needed to make", []),
        (replace(BY_NAME, vm_ext_ids=frozenset(map(str, range(33)))), seen(), BLOCKED, "32 VMs and volume groups at most", []),
        (replace(BY_NAME, expires=NOW - HOUR), seen(), BLOCKED, "has passed 1h ago", []),
        # By age.
        (BY_AGE, seen(), RUNNING, "is being made", ["create"]),
        (BY_AGE, seen(point(name="of somebody else", hours=3.9)), SUCCEEDED, "", []),
        (BY_AGE, seen(point(hours=4.1)), RUNNING, "is being made", ["create"]),
        (BY_AGE, seen(point(hours=1, vms="abc")), RUNNING, "is being made", ["create"]),
        (replace(BY_AGE, recovery_point_type="APPLICATION_CONSISTENT"), seen(point()), RUNNING, "is being made", ["create"]),
        (replace(BY_AGE, name="nightly"), seen(point(name="other")), RUNNING, "is being made", ["create"]),
        (replace(BY_AGE, max_age=0), seen(point("new"), creations=attempts(task("SUCCEEDED", made="new"))), SUCCEEDED, "", []),
        # After a moment.
        (AFTER, seen(), RUNNING, "is being made", ["create"]),
        (AFTER, seen(point(hours=1.1)), RUNNING, "is being made", ["create"]),
        (AFTER, seen(point(hours=1)), SUCCEEDED, "", []),
        (AFTER, seen(point(hours=0.5, status="$UNKNOWN")), RUNNING, "is being made", ["create"]),
        (AFTER, seen(creations=attempts(task("RUNNING"))), RUNNING, "", []),
        (replace(AFTER, newer_than=NOW + HOUR), seen(point()), BLOCKED, "newer_than: 2", []),
        # The task that makes it.
        (BY_NAME, seen(creations=attempts(task("QUEUED"))), PENDING, "", []),
        (BY_NAME, seen(creations=attempts(task("RUNNING", percent=40.0))), RUNNING, "", []),
        (BY_NAME, seen(creations=attempts(task("SUSPENDED"))), PENDING, "suspended", []),
        (BY_NAME, seen(creations=attempts(task("RUNNING", old=True))), RUNNING, "", []),
        (BY_NAME, seen(creations=attempts(task("SUCCEEDED", made="rp"))), RUNNING, "not listed yet", []),
        (BY_NAME, seen(creations=attempts(task("FAILED", code="X", message="no"))), FAILED, "ended FAILED: X: no", []),
        (BY_NAME, seen(creations=attempts(task("CANCELED"))), FAILED, "ended CANCELED", []),
        # A request id that an earlier run has used.
        (BY_NAME, seen(creations=attempts(task("FAILED", old=True))), RUNNING, "is being made", ["create"]),
        (BY_NAME, seen(creations=attempts(task("SUCCEEDED", old=True, made="rp"))), RUNNING, "not listed yet", []),
        (BY_NAME, seen(creations=attempts(task("SUCCEEDED", old=True, made="rp"), rp=False)), RUNNING, "is being made", ["create"]),
        (BY_NAME, seen(creations=attempts(*[task("FAILED", old=True)] * MOST_ATTEMPTS)), FAILED, "a task of an earlier one", []),
        # The expiration, in place.
        (replace(BY_NAME, expires=TOMORROW), seen(point(expires=TOMORROW)), SUCCEEDED, "", []),
        (replace(BY_NAME, expires=TOMORROW), seen(point(expires=TOMORROW + datetime.timedelta(milliseconds=400))), SUCCEEDED, "", []),
        (replace(BY_NAME, expires=TOMORROW), seen(point()), RUNNING, "is being changed", ["change"]),
        (replace(BY_NAME, expires=TOMORROW), seen(point(expires=TOMORROW + HOUR)), RUNNING, "is being changed", ["change"]),
        (replace(BY_NAME, expires=NOW), seen(point()), BLOCKED, "has passed", []),
        (replace(BY_NAME, expires=TOMORROW), seen(point(), changes=attempts(task("RUNNING"))), RUNNING, "is being changed", []),
        (replace(BY_NAME, expires=TOMORROW), seen(point(), changes=attempts(task("FAILED"))), FAILED, "ended FAILED", []),
        (replace(BY_NAME, expires=TOMORROW), seen(point(), changes=attempts(task("SUCCEEDED"))), FAILED, "did not take", []),
        # Taken away.
        (NEVER, seen(point()), SUCCEEDED, "", []),
        (NEVER, seen(point(expires=TOMORROW)), RUNNING, "is being changed", ["change"]),
        (NEVER, seen(point(expires=TOMORROW), changes=attempts(task("RUNNING"))), RUNNING, "is being changed", []),
        (NEVER, seen(point(expires=TOMORROW), changes=attempts(task("FAILED"))), FAILED, "was not taken away: the task t ended", []),
        (NEVER, seen(point(expires=TOMORROW), changes=attempts(task("SUCCEEDED"))), FAILED, "did not take the expiration", []),
        (NEVER, seen(), RUNNING, "is being made", ["create"]),
        # Made with another one than it was asked for.
        (KEPT, seen(point("new", hours=0), creations=attempts(task("SUCCEEDED", made="new"))), RUNNING, "is being changed", ["change"]),
        (KEPT, seen(point("new", hours=0, expires=TOMORROW + HOUR), creations=attempts(task("SUCCEEDED", made="new"))), SUCCEEDED, "", []),
        (KEPT, seen(point("others", hours=0)), SUCCEEDED, "", []),
        # By id.
        (BY_ID, seen(), FAILED, "there is no recovery point rp", []),
        (BY_ID, seen(point()), SUCCEEDED, "", []),
        (replace(BY_ID, expires=TOMORROW), seen(point()), RUNNING, "is being changed", ["change"]),
        (replace(BY_ID, name="nightly", vm_ext_ids=frozenset("ab")), seen(point()), SUCCEEDED, "", []),
        (replace(BY_ID, name="weekly"), seen(point()), BLOCKED, "not name (nightly)", []),
        (replace(BY_ID, vm_ext_ids=frozenset("a")), seen(point()), BLOCKED, "not its VMs and volume groups", []),
        (replace(BY_ID, recovery_point_type="APPLICATION_CONSISTENT"), seen(point()), BLOCKED, "(CRASH_CONSISTENT)", []),
        # Absent.
        (replace(BY_ID, absent=True), seen(), ABSENT, "", []),
        (replace(BY_ID, absent=True), seen(point()), RUNNING, "is being deleted", ["delete"]),
        (replace(BY_ID, absent=True), seen(point(expires=NOW)), ABSENT, "", []),
        (replace(BY_ID, absent=True), seen(point(secure=True)), BLOCKED, "secure", []),
        (replace(BY_NAME, absent=True), seen(point(vms="a")), ABSENT, "", []),
        (replace(BY_NAME, absent=True), seen(point("x"), point("y")), BLOCKED, "2 recovery points are named nightly: x, y", []),
        (replace(BY_ID, absent=True), seen(point(), changes=attempts(task("RUNNING"))), RUNNING, "is being deleted", []),
        (replace(BY_ID, absent=True), seen(point(), changes=attempts(task("SUSPENDED"))), PENDING, "is suspended", []),
        (replace(BY_ID, absent=True), seen(point(), changes=attempts(task("SUCCEEDED"))), RUNNING, "is being deleted", []),
        (replace(BY_ID, absent=True), seen(point(), changes=attempts(task("FAILED"))), FAILED, "ended FAILED", []),
        (replace(BY_ID, absent=True), seen(changes=attempts(task("SUCCEEDED"))), ABSENT, "", []),
    ],
)  # fmt: skip
def test_table(wanted: PointWanted, observed: PointObserved, status: str, reason: str, verbs: list[str]) -> None:
    decision = decide_recovery_point(wanted, observed)
    assert (decision.status, [action.verb for action in decision.actions]) == (status, verbs)
    assert reason in decision.reason
    assert bool(reason) == bool(decision.reason)


def test_what_is_made() -> None:
    wanted = replace(BY_NAME, expires=TOMORROW, fields={"vm_recovery_points": [{"vm_ext_id": "a"}]})
    (action,) = decide_recovery_point(wanted, seen()).actions
    assert action.describe() == "create recovery point nightly"
    assert action.after["expiration_time"] == "2026-11-22T12:00:00Z"
    assert action.payload["fields"]["vm_recovery_points"] == [{"vm_ext_id": "a"}]
    assert action.payload["fields"]["expiration_time"] == TOMORROW


def test_how_long_it_is_kept() -> None:
    (action,) = decide_recovery_point(replace(BY_AGE, keep_for=86_400), seen()).actions
    assert action.describe() == "create recovery point of a and 1 more"
    assert action.payload["fields"]["expiration_time"] == TOMORROW
    assert action.after["expiration_time"] == "2026-11-22T12:00:00Z"
    # What is there already stays as it is.
    assert decide_recovery_point(replace(BY_AGE, keep_for=60), seen(point(expires=TOMORROW))).status == SUCCEEDED


def test_what_is_changed() -> None:
    (action,) = decide_recovery_point(replace(BY_NAME, expires=TOMORROW), seen(point())).actions
    assert (action.before, action.after) == ({"expiration_time": None}, {"expiration_time": "2026-11-22T12:00:00Z"})
    (action,) = decide_recovery_point(NEVER, seen(point(expires=TOMORROW))).actions
    assert (action.before, action.after) == ({"expiration_time": "2026-11-22T12:00:00Z"}, {"expiration_time": None})
    assert action.payload == {"ext_id": "rp", "expires": None}


def test_result() -> None:
    result = decide_recovery_point(BY_NAME, seen(point(), creations=attempts(task("SUCCEEDED", made="rp")))).result
    assert (result["ext_id"], result["task_ext_id"], result["recovery_point"]["age_seconds"]) == ("rp", "t", 3600)
    assert [one["status"] for one in result["tasks"]] == ["SUCCEEDED"]


@pytest.mark.parametrize(("wanted", "observed", "rpo"), [
    (BY_NAME, seen(point()), 3600),
    (BY_NAME, seen(point("x", hours=9), point()), 3600),
    (BY_NAME, seen(point("x", vms="abc", hours=0), point()), 3600),
    (BY_AGE, seen(point(hours=5)), 5 * 3600),
    (BY_AGE, seen(point(hours=5), creations=attempts(task("RUNNING"))), 5 * 3600),
    (BY_NAME, seen(), None),
    (BY_NAME, seen(point(status="$UNKNOWN"), creations=attempts(task("RUNNING"))), None),
    (BY_NAME, seen(point(expires=NOW)), None),
    (BY_ID, seen(point()), 3600),
    (replace(BY_ID, absent=True), seen(point()), 3600),
    (replace(BY_ID, absent=True), seen(point(status="")), None),
    (replace(BY_ID, absent=True), seen(), None),
    (replace(BY_NAME, absent=True), seen(point("x", hours=2), point("y")), 3600),
])  # fmt: skip
def test_what_would_be_lost(wanted: PointWanted, observed: PointObserved, rpo: int | None) -> None:
    assert decide_recovery_point(wanted, observed).result["rpo_seconds"] == rpo


def token(wanted: PointWanted, observed: PointObserved) -> str:
    (action,) = decide_recovery_point(wanted, observed).actions
    return str(action.payload["token"])


def test_token() -> None:
    """Two runs of the same moment start one task; what has become too old, failed or gone asks for another."""
    first = token(BY_AGE, seen())
    assert token(BY_AGE, replace(seen(), now=NOW + HOUR)) == first
    others = [
        token(BY_AGE, seen(point(hours=5))),
        token(BY_AGE, seen(point("later", hours=5))),
        token(replace(BY_AGE, vm_ext_ids=frozenset("a")), seen()),
        token(replace(BY_AGE, name="nightly"), seen()),
        token(BY_AGE, seen(creations=attempts(task("FAILED", old=True)))),
        token(BY_AGE, seen(creations=attempts(task("FAILED", old=True), task("FAILED", "t2", old=True)))),
    ]
    assert len({first, *others}) == 7
    assert token(BY_AGE, seen(point("later", hours=5), point(hours=6))) == others[1]


@pytest.mark.parametrize(("wanted", "observed", "warning"), [
    (BY_NAME, seen(point(vms="c")), "names are not unique"),
    (replace(BY_NAME, recovery_point_type="APPLICATION_CONSISTENT"), seen(point()), "is CRASH_CONSISTENT, not APPLICATION_CONSISTENT"),
    (replace(BY_NAME, expires=TOMORROW), seen(point(), creations=MADE), "never instead of 2026-11-22T12:00:00Z; it is set again"),
    (replace(KEPT, keep_for=7200), seen(point(), creations=MADE), "never instead of 2026-11-21T13:00:00Z; it is set again"),
    (NEVER, seen(point(expires=TOMORROW), creations=MADE), "2026-11-22T12:00:00Z instead of never; it is set again"),
    (replace(BY_NAME, expires=TOMORROW), seen(point()), ""),
    (BY_NAME, seen(point()), ""),
    (BY_NAME, seen(), ""),
])  # fmt: skip
def test_warnings(wanted: PointWanted, observed: PointObserved, warning: str) -> None:
    found = decide_recovery_point(wanted, observed).warnings
    assert (warning in found[0]) if warning else not found


def test_the_first_one_after_a_moment_is_meant_however_many_follow() -> None:
    there = seen(point("old", hours=2), point("second", hours=0.2), point("first", hours=0.9))
    assert decide_recovery_point(AFTER, there).result["ext_id"] == "first"


def test_the_request_is_of_the_moment_and_not_of_what_is_there() -> None:
    (one,), (other,) = (decide_recovery_point(AFTER, seen(*points)).actions for points in ([], [point(hours=3)]))
    assert one.payload["token"] == other.payload["token"]
