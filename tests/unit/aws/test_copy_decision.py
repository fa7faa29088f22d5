# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Each of AWS's rules on copies, as what may be started and what is told instead."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from ansible_collections.bcdr.multicloud.plugins.module_utils._aws.efs.copy_decision import (
    CopyObserved,
    CopyWanted,
    Destination,
    DestinationObserved,
    decide_copies,
    find_copy,
    partition_rule,
)
from ansible_collections.bcdr.multicloud.plugins.module_utils._aws.efs.values import AUTOMATIC_VAULT, Lifecycle, Point
from ansible_collections.bcdr.multicloud.plugins.module_utils._core.reconcile import (
    BLOCKED,
    FAILED,
    PENDING,
    RUNNING,
    SUCCEEDED,
    Decision,
)
from ansible_collections.bcdr.multicloud.tests.unit.aws.builders import (
    DR,
    FILE_SYSTEM,
    HERE,
    MAIN,
    MINE,
    NOW,
    OTHER,
    THERE,
    ago,
    copied,
    days,
    job,
    point,
    point_arn,
    vault,
    vault_arn,
)

SOURCE = point("p1", 1)
THEIRS = vault_arn("theirs", THERE, OTHER)
ALLOW = {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{MINE}:root"}, "Action": "backup:CopyIntoBackupVault"}
DENY = {"Effect": "Deny", "Principal": "*", "Action": "backup:CopyIntoBackupVault"}


def policy(*statements: Any) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": list(statements)}


def copy_job(name: str = "j1", state: str = "RUNNING", hours_ago: float = 0.5, **changes: Any) -> Any:
    """Return a job that copies SOURCE."""
    return job(name, state, hours_ago, **{"point_arn": SOURCE.arn, **changes})


def seen(**changes: Any) -> DestinationObserved:
    return DestinationObserved(**{"vault": vault(), **changes})


def decide(
    view: DestinationObserved | None = None,
    source: Point | None = SOURCE,
    to: str = DR,
    lifecycle: Lifecycle | None = None,
    of: str = MAIN,
    point_arn: str = "",
    more: Sequence[tuple[str, DestinationObserved]] = (),
    **observed: Any,
) -> Decision:
    """Decide for one destination, and for `more` others."""
    wanted = CopyWanted(
        of,
        (Destination(to, lifecycle or Lifecycle()), *(Destination(arn) for arn, _view in more)),
        FILE_SYSTEM,
        point_arn,
    )
    views = (view or seen(), *(one for _arn, one in more))
    return decide_copies(wanted, CopyObserved(source, views, NOW, **observed))


def token(decision: Decision) -> str:
    [action] = decision.actions
    assert decision.status == RUNNING
    return str(action.payload["token"])


class TestProgress:
    def test_start(self) -> None:
        decision = decide(lifecycle=days(35))
        [action] = decision.actions
        assert (decision.status, decision.reason) == (RUNNING, "eu-central-1/dr: the copy is starting")
        assert action.describe() == "start copy of p1 to eu-central-1/dr"
        assert action.before is None
        assert action.after == {"recovery_point_arn": SOURCE.arn, "lifecycle": {"DeleteAfterDays": 35}}
        assert action.payload["destination"] == Destination(DR, days(35))
        assert action.payload["point_arn"] == SOURCE.arn

    @pytest.mark.parametrize(
        ("view", "started", "status", "reason"),
        [
            (seen(points=(copied(),)), (), SUCCEEDED, ""),
            (seen(points=(copied(status="AVAILABLE"),)), (), SUCCEEDED, ""),
            (seen(points=(copied(source_vault_arn=""),)), (), SUCCEEDED, ""),
            # A copy of a copy names the vault that it was read from.
            (seen(points=(copied(source_vault_arn=vault_arn("second")),)), (), SUCCEEDED, ""),
            (seen(points=(copied("c0", status="EXPIRED"), copied())), (), SUCCEEDED, ""),
            (seen(points=(copied(status="CREATING"),), jobs=(copy_job(),)), (), RUNNING, "copying for 30m"),
            (seen(points=(copied(status="CREATING"),)), (), RUNNING, "copy is being made"),
            (seen(jobs=(copy_job(state="CREATED"),)), (), PENDING, "queued for 30m"),
            (seen(jobs=(copy_job(),)), (), RUNNING, "copying for 30m"),
            (seen(jobs=(copy_job(state="COMPLETED"),)), ("j1",), RUNNING, "not listed yet"),
            (seen(jobs=(copy_job(state="FAILED", message="no key"),)), ("j1",), FAILED, "job j1 ended FAILED: no key"),
            (seen(jobs=(copy_job(state="PARTIAL"),)), ("j1",), FAILED, "ended PARTIAL: AWS gives no reason"),
            (seen(points=(copied(),), jobs=(copy_job(state="FAILED"),)), ("j1",), SUCCEEDED, ""),
        ],
    )
    def test_nothing_to_start(
        self, view: DestinationObserved, started: Sequence[str], status: str, reason: str
    ) -> None:
        decision = decide(view, started=frozenset(started))
        assert (decision.status, decision.actions) == (status, ())
        assert reason in decision.reason
        assert bool(reason) == bool(decision.reason)

    @pytest.mark.parametrize("jobs", [(), (copy_job("j0", "FAILED"),), (copy_job("j0", "COMPLETED"),)])
    def test_what_this_run_has_started_is_not_listed_yet(self, jobs: Any) -> None:
        decision = decide(seen(jobs=jobs, begun="j1"), started=frozenset(["j1"]))
        assert (decision.status, decision.actions) == (RUNNING, ())
        assert decision.reason.endswith("the copy job is not listed yet")
        assert decide(seen(points=(copied(),), begun="j1")).status == SUCCEEDED

    @pytest.mark.parametrize(
        "view",
        [
            seen(points=(copied(hours_ago=2),)),
            seen(points=(copied(resource_arn=f"{FILE_SYSTEM}b"),)),
            seen(points=(copied(status="EXPIRED"),)),
            seen(points=(copied(status="CREATING"),), jobs=(copy_job(state="FAILED"),)),
            seen(jobs=(copy_job(point_arn=point_arn("p0")),)),
        ],
    )
    def test_what_is_no_copy_of_the_point(self, view: DestinationObserved) -> None:
        assert len(decide(view).actions) == 1

    def test_the_source_is_not_its_own_copy(self) -> None:
        assert find_copy(SOURCE, [SOURCE]) is None

    def test_no_source(self) -> None:
        assert decide(source=None).reason == (
            f"eu-central-1/dr: there is no usable recovery point of {FILE_SYSTEM} in {MAIN}"
        )
        decision = decide(source=None, point_arn=SOURCE.arn)
        assert (decision.status, decision.actions) == (FAILED, ())
        assert f"there is no {SOURCE.arn} in {MAIN}" in decision.reason

    @pytest.mark.parametrize("asked", ["", SOURCE.arn])
    def test_in_check_mode_a_task_before_may_have_told_of_one(self, asked: str) -> None:
        decision = decide(source=None, point_arn=asked, check_mode=True)
        assert (decision.status, decision.actions) == (PENDING, ())
        assert decision.reason.endswith(f" in {MAIN} yet")

    @pytest.mark.parametrize("check_mode", [True, False])
    def test_a_backup_is_going_to_bring_one(self, check_mode: bool) -> None:
        decision = decide(source=None, backup_under_way=True, check_mode=check_mode)
        assert (decision.status, decision.actions) == (PENDING, ())
        assert decision.reason.endswith(f"in {MAIN} yet, a backup is under way")

    @pytest.mark.parametrize("state", ["FAILED", "PARTIAL", "COMPLETED"])
    def test_a_job_under_way_counts_before_one_that_has_ended_beside_it(self, state: str) -> None:
        """Another run may have asked for another lifecycle; its job ended, and must not let a third one start."""
        view = seen(points=(copied(status="CREATING"),), jobs=(copy_job(), copy_job("j2", state, 0.2)))
        decision = decide(view)
        assert (decision.status, decision.actions) == (RUNNING, ())
        assert decision.result["copies"][0]["copy_job"]["id"] == "j1"

    def test_result(self) -> None:
        view = seen(
            points=(copied(delete_at=ago(-24)), copied("c0", 9)),
            jobs=(copy_job(state="COMPLETED", completed=ago(0.25)),),
        )
        result = decide(view).result
        assert result["recovery_point_arn"] == SOURCE.arn
        [one] = result["copies"]
        assert {name: value for name, value in one.items() if name != "copy_job"} == {
            "backup_vault_arn": DR,
            "region": THERE,
            "account": MINE,
            "status": SUCCEEDED,
            "reason": "",
            "recovery_point_arn": point_arn("c1", THERE),
            "source_recovery_point_arn": SOURCE.arn,
            "created_at": "2026-11-21T11:00:00Z",
            "expires_at": "2026-11-22T12:00:00Z",
            "running_seconds": None,
            "queue_seconds": None,
            "copy_seconds": 900,
            "vault_seen": True,
            "newest_usable": point_arn("c1", THERE),
            "rpo_seconds": 3600,
        }
        assert one["copy_job"]["id"] == "j1"

    @pytest.mark.parametrize(("view", "known"), [(seen(vault=None), False), (seen(), True)])
    def test_an_empty_vault_and_one_that_cannot_be_seen_are_told_apart(
        self, view: DestinationObserved, known: bool
    ) -> None:
        [one] = decide(view).result["copies"]
        assert (one["vault_seen"], one["newest_usable"], one["rpo_seconds"]) == (known, None, None)

    @pytest.mark.parametrize(
        ("state", "left_queue", "queued", "copying", "running"),
        [
            ("CREATED", {}, 1800, None, 1800),
            ("RUNNING", {"j1": ago(0.3)}, 720, None, 1800),
            ("RUNNING", {"j2": ago(0.3)}, None, None, 1800),
            ("COMPLETED", {"j1": ago(0.3)}, 720, 900, None),
            ("COMPLETED", {}, None, 900, None),
            ("FAILED", {"j1": ago(0.3)}, 720, None, None),
            ("PARTIAL", {}, None, None, None),
        ],
    )
    def test_figures_of_the_job(
        self, state: str, left_queue: dict[str, Any], queued: int | None, copying: int | None, running: int | None
    ) -> None:
        """AWS never tells when a job left its queue, and what a failed job took is no figure of a copy."""
        ended = ago(0.25) if state in ("COMPLETED", "FAILED", "PARTIAL") else None
        view = seen(jobs=(copy_job(state=state, completed=ended),))
        [one] = decide(view, left_queue=left_queue, started=frozenset(["j1"])).result["copies"]
        assert (one["queue_seconds"], one["copy_seconds"], one["running_seconds"]) == (queued, copying, running)

    def test_no_job_no_figures(self) -> None:
        [one] = decide(seen(points=(copied(),))).result["copies"]
        assert (one["queue_seconds"], one["copy_seconds"], one["copy_job"]) == (None, None, None)

    def test_a_copy_under_way_is_not_shown_as_one(self) -> None:
        [one] = decide(seen(points=(copied(status="CREATING"), copied("c0", 9)), jobs=(copy_job(),))).result["copies"]
        assert (one["recovery_point_arn"], one["copy_seconds"], one["rpo_seconds"]) == (None, None, 9 * 3600)
        assert one["newest_usable"] == point_arn("c0", THERE)


class TestToken:
    """AWS answers a token that it knows with the job that it knows."""

    def test_two_observers_start_one_job(self) -> None:
        assert token(decide()) == token(decide(seen(points=(copied("c0", 9),), jobs=(copy_job(point_arn="arn:x"),))))

    def test_after_each_failure_another(self) -> None:
        lost = copy_job(state="FAILED"), copy_job("j2", "PARTIAL", 0.2)
        once, twice = decide(seen(jobs=lost[:1])), decide(seen(jobs=lost))
        assert "again, after 1 failed try" in once.reason
        assert "again, after 2 failed tries" in twice.reason
        assert len({token(decide()), token(once), token(twice)}) == 3

    def test_a_failure_is_warned_of(self) -> None:
        """A run that does not wait would otherwise never tell."""
        lost = copy_job(state="FAILED", message="no key"), copy_job("j2", "PARTIAL", 0.2)
        [warning] = decide(seen(jobs=lost)).warnings
        assert warning == ("eu-central-1/dr: the copy job j2 ended PARTIAL: AWS gives no reason; it is started again")
        [warning] = decide(seen(jobs=lost[:1])).warnings
        assert "the copy job j1 ended FAILED: no key" in warning
        assert decide(seen(jobs=(copy_job(state="COMPLETED"),))).warnings == ()

    def test_a_copy_that_was_deleted_is_made_again(self) -> None:
        """The token of the job that made it would only give that job again, and no point."""
        again = decide(seen(jobs=(copy_job(state="COMPLETED"),)))
        assert token(again) != token(decide())
        assert "failed" not in again.reason

    def test_what_is_asked_for_makes_the_token(self) -> None:
        others = (
            decide(),
            decide(lifecycle=days(35)),
            decide(to=vault_arn("dr2", THERE)),
            decide(source=point("p2", 1)),
        )
        assert len({token(one) for one in others}) == 4


class TestRules:
    AUTOMATIC = vault_arn(AUTOMATIC_VAULT)
    ACROSS = {"to": THEIRS, "view": seen(policy=policy(ALLOW), cross_account=True)}

    @pytest.mark.parametrize(
        ("case", "reason"),
        [
            ({"view": seen(vault=None)}, "does not exist, or this identity may not see it"),
            ({"of": AUTOMATIC}, "forbids copies out of it"),
            ({"of": "main"}, "ARN cannot be read"),
            ({"to": "dr"}, "ARN cannot be read"),
            ({"to": vault_arn("dr", "cn-north-1", MINE, "aws-cn")}, "between its partitions aws and aws-cn"),
            ({"to": MAIN}, "it is the vault that the point is in"),
            ({**ACROSS, "to": vault_arn("Default", THERE, OTHER)}, "Default vault of another account"),
            ({**ACROSS, "view": seen(policy=policy(ALLOW), cross_account=False)}, "switched off in the organisation"),
            ({"source": point(status="PARTIAL")}, "the point is PARTIAL and cannot be copied"),
            ({"source": point(status="CREATING")}, "the point is CREATING"),
            ({"source": point(status="")}, "the point is in no known state"),
            ({"source": point(storage_class="COLD")}, "only from warm storage"),
            ({"source": point(cold_at=ago(1))}, "only from warm storage"),
            ({"lifecycle": days(100, 30)}, "must be 120 or more"),
            ({"lifecycle": days(36501)}, "delete_after_days is 36501, but must be 1 to 36500"),
            (
                {"lifecycle": days(None, 30), "source": point(lifecycle=days(119))},
                "stays in cold storage for at least 90 days (delete_after_days is inherited from the source)",
            ),
            ({"source_vault_seen": False, "source": None}, f"the source vault {MAIN} does not exist, or this identity"),
        ],
    )
    def test_forbidden(self, case: dict[str, Any], reason: str) -> None:
        decision = decide(**case)
        assert (decision.status, decision.actions) == (BLOCKED, ())
        assert reason in decision.reason

    @pytest.mark.parametrize(
        "case",
        [
            ACROSS,
            {**ACROSS, "view": seen(policy=policy(ALLOW))},
            {"to": vault_arn("Default", THERE)},
            {"to": vault_arn("second")},
            {"of": vault_arn("automatic-backup-vault")},
            {"view": seen(cross_account=False)},
            {"source": point(storage_class="WARM", cold_at=ago(1))},
            {"lifecycle": days(120, 30)},
            {"lifecycle": days(None, 30)},
            {"lifecycle": days(None, 30), "source": point(lifecycle=days(120))},
            {"lifecycle": days(120, 30), "source": point(lifecycle=days(35))},
        ],
    )
    def test_allowed(self, case: dict[str, Any]) -> None:
        assert len(decide(**case).actions) == 1

    def test_a_copy_that_is_there_breaks_no_rule(self) -> None:
        assert decide(seen(points=(copied(),)), source=point(storage_class="COLD")).status == SUCCEEDED


class TestLifecycle:
    @pytest.mark.parametrize(
        ("asked", "inherited", "age_days", "starts"),
        [
            (None, None, 400, True),
            (None, 35, 34, True),
            (None, 35, 35, False),
            (7, None, 6.9, True),
            (7, None, 7, False),
            (7, 35, 10, False),
            (35, 7, 10, True),
        ],
    )
    def test_days_count_from_the_sources_creation(
        self, asked: int | None, inherited: int | None, age_days: float, starts: bool
    ) -> None:
        decision = decide(source=point(hours_ago=age_days * 24, lifecycle=days(inherited)), lifecycle=days(asked))
        assert bool(decision.actions) is starts
        if not starts:
            assert decision.status == BLOCKED
            assert "would expire at once" in decision.reason
            assert ("(from the source)" in decision.reason) is (asked is None)

    def test_an_inherited_expiry_is_warned_of(self) -> None:
        source = point(lifecycle=days(35), delete_at=ago(-50))
        [warning] = decide(source=source).warnings
        assert "eu-central-1/dr inherits the expiry of its source, in 2d 2h" in warning
        assert decide(source=source, lifecycle=days(35)).warnings == ()
        assert decide(seen(points=(copied(),)), source=source).warnings == ()
        assert decide().warnings == ()

    @pytest.mark.parametrize(
        ("least", "most", "asked", "inherited", "reason"),
        [
            (7, 365, 7, None, ""),
            (7, 365, 365, None, ""),
            (7, 365, 6, None, "at least 7 days, and this one would be kept 6 days"),
            (7, 365, 366, None, "at most 365 days, and this one would be kept 366 days"),
            (7, 365, None, 35, ""),
            (7, 365, None, 6, "at least 7 days, and this one would be kept 6 days"),
            (7, 365, None, None, "at most 365 days, and this one would be kept for ever"),
            (7, None, None, None, ""),
            (7, None, 6, None, "at least 7 days"),
            (None, 365, 1, None, ""),
            (None, None, 1, None, ""),
        ],
    )
    def test_a_locked_vault(
        self, least: int | None, most: int | None, asked: int | None, inherited: int | None, reason: str
    ) -> None:
        locked = vault(locked=True, min_retention_days=least, max_retention_days=most)
        decision = decide(seen(vault=locked), source=point(lifecycle=days(inherited)), lifecycle=days(asked))
        assert decision.status == (BLOCKED if reason else RUNNING)
        assert reason in decision.reason

    def test_bounds_without_a_lock_do_not_hold(self) -> None:
        assert decide(seen(vault=vault(min_retention_days=7)), lifecycle=days(6)).status == RUNNING


class TestPolicy:
    @pytest.mark.parametrize(
        ("statements", "denied"),
        [
            ([], False),
            ([DENY], True),
            ([{**DENY, "Principal": {"AWS": "*"}}], True),
            ([{**DENY, "Principal": {"AWS": ["*"]}}], True),
            ([{**DENY, "Action": ["backup:DeleteRecoveryPoint", "backup:copyIntoBackupVault"]}], True),
            ([{**DENY, "Action": "backup:*"}], True),
            ([{**DENY, "Action": "*"}], True),
            ([{**DENY, "Action": "backup:CopyInto*"}], True),
            ([ALLOW, DENY], True),
            ([{**DENY, "Action": "backup:DeleteRecoveryPoint"}], False),
            ([{**DENY, "Principal": {"AWS": f"arn:aws:iam::{OTHER}:root"}}], False),
            ([{**DENY, "Condition": {"StringNotEquals": {"aws:PrincipalOrgID": "o-1"}}}], False),
        ],
    )
    def test_deny(self, statements: list[Any], denied: bool) -> None:
        decision = decide(seen(policy=policy(*statements)))
        assert decision.status == (BLOCKED if denied else RUNNING)
        assert ("denies backup:CopyIntoBackupVault" in decision.reason) is denied

    def test_one_statement_needs_no_list(self) -> None:
        assert decide(seen(policy={"Statement": DENY})).status == BLOCKED

    @pytest.mark.parametrize(
        ("found", "allowed"),
        [
            (policy(ALLOW), True),
            (policy({**ALLOW, "Action": "backup:Copy*"}), True),
            (policy({**ALLOW, "Action": "backup:CopyInto*"}), True),
            (policy({**ALLOW, "Action": ["backup:DescribeBackupVault"]}), False),
            (policy(), False),
            ({}, False),
            (policy(ALLOW, DENY), False),
            (None, True),  # it may not be read
        ],
    )
    def test_another_account_needs_an_allow(self, found: Any, allowed: bool) -> None:
        decision = decide(seen(policy=found, cross_account=True), to=THEIRS)
        assert decision.status == (RUNNING if allowed else BLOCKED)


class TestSeveral:
    DR2 = vault_arn("dr2", "us-east-1")
    DR3 = vault_arn("dr3", HERE)

    def test_each_stands_for_itself(self) -> None:
        decision = decide(
            seen(points=(copied(),)), more=[(self.DR2, seen(vault=None)), (self.DR3, seen(vault=vault("dr3")))]
        )
        assert [one["status"] for one in decision.result["copies"]] == [SUCCEEDED, BLOCKED, RUNNING]
        assert [one["region"] for one in decision.result["copies"]] == [THERE, "us-east-1", HERE]
        assert [action.describe() for action in decision.actions] == ["start copy of p1 to eu-west-1/dr3"]
        assert decision.status == RUNNING
        assert decision.reason.startswith("us-east-1/dr2: the vault does not exist")
        assert decision.reason.endswith("; eu-west-1/dr3: the copy is starting")

    @pytest.mark.parametrize(
        ("others", "status"),
        [
            ([seen(points=(copied(),))], SUCCEEDED),
            ([seen(jobs=(copy_job(state="CREATED"),))], PENDING),
            ([seen(jobs=(copy_job(),))], RUNNING),
            ([seen(jobs=(copy_job(),)), seen(jobs=(copy_job(state="CREATED"),))], RUNNING),
            ([seen(vault=None)], BLOCKED),
            ([seen(jobs=(copy_job(state="FAILED"),))], FAILED),
            ([seen(jobs=(copy_job(state="FAILED"),)), seen(vault=None)], FAILED),
            ([seen(jobs=(copy_job(state="FAILED"),)), seen(jobs=(copy_job(state="CREATED"),))], PENDING),
            ([seen(vault=None), seen(jobs=(copy_job("j2"),))], RUNNING),
        ],
    )
    def test_the_worst_counts_once_all_are_settled(self, others: list[DestinationObserved], status: str) -> None:
        more = [(vault_arn(f"dr{number}", "us-east-1"), one) for number, one in enumerate(others)]
        assert decide(seen(points=(copied(),)), more=more, started=frozenset(["j1"])).status == status

    @pytest.mark.parametrize(("patient", "status"), [(True, PENDING), (False, FAILED)])
    def test_a_region_that_is_out_keeps_nobody_waiting(self, patient: bool, status: str) -> None:
        out = DestinationObserved(None, unavailable="503 in eu-central-1", patient=patient)
        decision = decide(out, more=[(self.DR2, seen()), (self.DR3, seen(points=(copied(),)))])
        assert [one["status"] for one in decision.result["copies"]] == [status, RUNNING, SUCCEEDED]
        assert [action.describe() for action in decision.actions] == ["start copy of p1 to us-east-1/dr2"]
        assert decision.status == RUNNING
        assert decision.reason.startswith("eu-central-1/dr: the region cannot be asked: 503 in eu-central-1; ")
        alone = decide(out)
        assert (alone.status, alone.actions) == (status, ())

    def test_who_is_refused_at_one_vault_keeps_nobody_waiting(self) -> None:
        decision = decide(DestinationObserved(None, refused="credentials: no"), more=[(self.DR2, seen())])
        assert [one["status"] for one in decision.result["copies"]] == [FAILED, RUNNING]
        assert decision.reason.startswith("eu-central-1/dr: credentials: no; ")
        assert len(decision.actions) == 1

    def test_another_partition_is_never_asked(self) -> None:
        china = vault_arn("dr", "cn-north-1", MINE, "aws-cn")
        for view in (
            seen(vault=None),
            DestinationObserved(None, refused="no"),
            DestinationObserved(None, unavailable="x"),
        ):
            decision = decide(view, to=china)
            assert (decision.status, decision.actions) == (BLOCKED, ())
            assert decision.reason.endswith("AWS copies nothing between its partitions aws and aws-cn")
        assert partition_rule(MAIN, china)
        assert partition_rule(MAIN, DR) == partition_rule("main", DR) == partition_rule(MAIN, "dr") == ""

    def test_tokens_differ(self) -> None:
        decision = decide(more=[(self.DR2, seen())])
        assert len({action.payload["token"] for action in decision.actions}) == 2


class TestSourceUnavailable:
    WHY = "eu-west-1 answers 503"

    def test_the_newest_copy_is_what_there_is(self) -> None:
        view = seen(points=(copied("c0", 30), copied("c1", 5), copied("c2", 1, "CREATING")))
        decision = decide(view, source=None, source_unavailable=self.WHY)
        assert (decision.status, decision.reason, decision.actions) == (SUCCEEDED, "", ())
        [warning] = decision.warnings
        assert f"({self.WHY}); the newest copy in dr is 5h old" in warning
        [one] = decision.result["copies"]
        assert (one["recovery_point_arn"], one["rpo_seconds"]) == (point_arn("c1", THERE), 5 * 3600)
        assert one["source_recovery_point_arn"] is None

    def test_nothing_was_copied(self) -> None:
        decision = decide(source=None, source_unavailable=self.WHY)
        assert (decision.status, decision.warnings) == (FAILED, ())
        assert decision.reason.endswith(f"the source cannot be asked: {self.WHY}; the vault holds no copy")

    def test_which_copy_an_arn_has_is_not_known(self) -> None:
        view = seen(points=(copied("c1", 5),))
        decision = decide(view, source=None, point_arn=SOURCE.arn, source_unavailable=self.WHY)
        assert (decision.status, decision.actions) == (FAILED, ())
        assert decision.reason.endswith("; the vault holds a copy from 2026-11-21T07:00:00Z")

    def test_whose_point_it_is_is_not_known(self) -> None:
        """Then nothing is said of what the vault holds."""
        wanted = CopyWanted(MAIN, (Destination(DR),), "", SOURCE.arn)
        decision = decide_copies(wanted, CopyObserved(None, (seen(),), NOW, source_unavailable=self.WHY))
        assert decision.status == FAILED
        assert decision.reason.endswith(f"the source cannot be asked: {self.WHY}")

    def test_no_vault_stays_blocked(self) -> None:
        assert decide(seen(vault=None), source=None, source_unavailable=self.WHY).status == BLOCKED
