# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A recovery point on its way to several vaults: what is started, from where, what waits, and what is told, case by case."""

from __future__ import annotations

import datetime
from dataclasses import replace
from typing import Any

import pytest

from ansible_collections.bcdr.multicloud.plugins.module_utils._aws.efs.copy_decision import CopyWanted, Destination
from ansible_collections.bcdr.multicloud.plugins.module_utils._aws.efs.replication_decision import (
    as_original,
    backup_by_copies,
    decide_replication,
    link_seconds,
    measured_seconds,
    next_route,
    replicas,
    too_late_to_read,
)
from ansible_collections.bcdr.multicloud.plugins.module_utils._aws.efs.replication_values import (
    Held,
    ReplicationObserved,
    ReplicationWanted,
    expected_copy,
    hop_lifecycle,
    unread_reason,
)
from ansible_collections.bcdr.multicloud.plugins.module_utils._aws.efs.values import Job, Lifecycle, Point, Vault
from ansible_collections.bcdr.multicloud.plugins.module_utils._core.reconcile import (
    BLOCKED,
    FAILED,
    PENDING,
    RUNNING,
    SUCCEEDED,
    Decision,
)
from ansible_collections.bcdr.multicloud.plugins.module_utils._planning.walker import (
    BROKEN,
    COPYING,
    READY,
    Replica,
    Route,
)
from ansible_collections.bcdr.multicloud.tests.unit.aws.builders import (
    FILE_SYSTEM,
    HERE,
    MAIN,
    NOW,
    ago,
    days,
    job,
    point,
    point_arn,
    vault_arn,
)

NEAR, NORTH, FAR = "eu-central-1", "eu-north-1", "us-east-1"
SOURCE = point("p1", size_bytes=10_000_000_000)
# The nearest first, and the far one by way of the nearest.
LINKS = {
    (HERE, NEAR): 100,
    (HERE, NORTH): 200,
    (HERE, FAR): 900,
    (NEAR, NORTH): 150,
    (NEAR, FAR): 300,
    (NORTH, FAR): 800,
}
PLANNING: dict[str, Any] = {
    "strategy": "optimized",
    "one_at_a_time": True,
    "measurements": [
        {"source": source, "target": target, "seconds": seconds, "size_gb": 10}
        for (one, other), seconds in LINKS.items()
        for source, target in ((one, other), (other, one))
    ],
}
VAULTS = {region: vault_arn("dr", region) for region in (NEAR, NORTH, FAR)}


def wanted(*destinations: Destination, planning: dict[str, Any] | None = None) -> ReplicationWanted:
    listed = destinations or tuple(Destination(arn) for arn in VAULTS.values())
    return ReplicationWanted(CopyWanted(MAIN, listed, FILE_SYSTEM), {**PLANNING, **(planning or {})})


def copy_in(region: str, status: str = "COMPLETED", read: str = MAIN, **changes: Any) -> Point:
    fields = {"arn": point_arn(f"copy-{region}", region), "vault_arn": vault_arn("dr", region), **changes}
    return point("c", status=status, source_vault_arn=read, **fields)


def copy_job(region: str, state: str = "RUNNING", name: str = "j1", read: Point = SOURCE, **changes: Any) -> Job:
    return job(name, state, point_arn=read.arn, vault_arn=vault_arn("dr", region), **changes)


def held(region: str, there: Point | None = None, *jobs: tuple[str, Job], **changes: Any) -> Held:
    arn = vault_arn("dr", region)
    fields: dict[str, Any] = {"vault": Vault(arn, "dr"), "points": (there,) if there else (), **changes}
    return Held(point=there, jobs=jobs, **fields)


def seen(*there: tuple[str, Held], want: ReplicationWanted | None = None, **changes: Any) -> ReplicationObserved:
    """What is there; places that are not named hold nothing."""
    places: dict[str, Held] = {HERE: Held(Vault(MAIN, "main"), (SOURCE,), SOURCE)}
    places |= {place: held(place.split("_")[0]) for place in (want or wanted()).places}
    fields: dict[str, Any] = {"backup": SOURCE, **changes}
    return ReplicationObserved(held=places | dict(there), now=NOW, **fields)


def decide(
    observed: ReplicationObserved, want: ReplicationWanted | None = None, route: Route | None = None
) -> Decision:
    want = want or wanted()
    route, problem = next_route(want, observed, route, [])
    return decide_replication(want, replace(observed, problem=problem), route)


def told(decision: Decision) -> list[str]:
    return [action.describe().removeprefix("start copy of p1 ") for action in decision.actions]


def by_region(decision: Decision) -> dict[str, str]:
    return {copy["region"]: copy["reason"] for copy in decision.result["copies"]}


class TestWhatStarts:
    @pytest.mark.parametrize(
        ("there", "starts", "status"),
        [
            pytest.param([], [f"from {HERE}/main to {NEAR}/dr"], RUNNING, id="the nearest first"),
            pytest.param(
                [(NEAR, held(NEAR, copy_in(NEAR)))], [f"from {NEAR}/dr to {NORTH}/dr"], RUNNING, id="from the copy"
            ),
            pytest.param(
                [(NEAR, held(NEAR, copy_in(NEAR))), (NORTH, held(NORTH, copy_in(NORTH, read=VAULTS[NEAR])))],
                [f"from {NEAR}/dr to {FAR}/dr"],
                RUNNING,
                id="the far one by way of the nearest",
            ),
            pytest.param(
                [(NEAR, held(NEAR, None, (HERE, copy_job(NEAR))))],
                [],
                RUNNING,
                id="one runs, and AWS makes one at a time",
            ),
            pytest.param(
                [(NEAR, held(NEAR, None, (HERE, copy_job(NEAR, "CREATED"))))], [], PENDING, id="one is queued"
            ),
            pytest.param([(NEAR, held(NEAR, copy_in(NEAR, "CREATING")))], [], RUNNING, id="one that no job tells of"),
            pytest.param(
                [(NEAR, held(NEAR, None, (HERE, copy_job(NEAR, "COMPLETED", completed=ago(0.05)))))],
                [],
                RUNNING,
                id="one that another run has made just now, and that is not listed yet",
            ),
            pytest.param([(NEAR, held(NEAR, None, begun="j0"))], [], RUNNING, id="one that is not listed yet"),
            pytest.param([(place, held(place, copy_in(place))) for place in VAULTS], [], SUCCEEDED, id="all are there"),
            pytest.param(
                [(NEAR, held(NEAR, None, (HERE, copy_job(NEAR, "COMPLETED", completed=ago(0.4)))))],
                [f"from {HERE}/main to {NEAR}/dr"],
                RUNNING,
                id="a copy that was deleted",
            ),
        ],
    )
    def test_one_after_the_other(self, there: list[tuple[str, Held]], starts: list[str], status: str) -> None:
        decision = decide(seen(*there))
        assert (told(decision), decision.status) == (starts, status)

    def test_several_at_once_where_aws_takes_that(self) -> None:
        want = wanted(planning={"one_at_a_time": False})
        there = seen((NEAR, held(NEAR, copy_in(NEAR))))
        assert sorted(told(decide(there, want))) == [f"from {NEAR}/dr to {FAR}/dr", f"from {HERE}/main to {NORTH}/dr"]
        # Each of them still one at a time.
        running = seen(
            (NEAR, held(NEAR, copy_in(NEAR))), (NORTH, held(NORTH, None, (NEAR, copy_job(NORTH, read=copy_in(NEAR)))))
        )
        assert told(decide(running, want)) == []

    def test_what_else_runs_of_the_file_system_is_waited_for(self) -> None:
        decision = decide(seen(busy=1))
        assert (told(decision), decision.status) == ([], PENDING)
        assert by_region(decision)[NEAR] == "waits: AWS makes one backup or copy of a file system at a time"
        want = wanted(planning={"one_at_a_time": False})
        assert told(decide(seen(busy=1), want)) == [f"from {HERE}/main to {NEAR}/dr"]

    def test_all_that_follows_is_told_too(self) -> None:
        decision = decide(seen())
        assert [action.describe().split(" from ")[1] for action in decision.later] == [
            f"{NEAR}/dr to {NORTH}/dr",
            f"{NEAR}/dr to {FAR}/dr",
        ]
        assert by_region(decision) == {
            NEAR: f"the copy is starting, from {HERE}",
            NORTH: f"waits: {NEAR} is not there yet",
            FAR: f"waits: {NEAR} is not there yet",
        }

    def test_the_request(self) -> None:
        [action] = decide(seen((NEAR, held(NEAR, copy_in(NEAR))))).actions
        assert (action.payload["region"], action.payload["source"], action.payload["place"]) == (NEAR, NEAR, NORTH)
        assert action.payload["point_arn"] == copy_in(NEAR).arn
        [same] = decide(seen((NEAR, held(NEAR, copy_in(NEAR))))).actions
        assert same.payload["token"] == action.payload["token"]
        failed = (NEAR, copy_job(NORTH, "FAILED", read=copy_in(NEAR)))
        [again] = decide(seen((NEAR, held(NEAR, copy_in(NEAR))), (NORTH, held(NORTH, None, failed)))).actions
        assert again.payload["token"] != action.payload["token"]

    def test_several_vaults_of_a_region_and_one_beside_the_source(self) -> None:
        second, beside = vault_arn("dr2", NEAR), vault_arn("second", HERE)
        want = wanted(
            Destination(VAULTS[NEAR]), Destination(second), Destination(beside), planning={"in_region_seconds": 10}
        )
        assert want.places == {
            NEAR: Destination(VAULTS[NEAR]),
            f"{NEAR}-2": Destination(second),
            f"{HERE}-2": Destination(beside),
        }
        places = {place: Held(Vault(one.vault_arn, "dr")) for place, one in want.places.items()}
        decision = decide(seen(*places.items(), want=want), want)
        assert told(decision) == [f"from {HERE}/main to {HERE}/second"]
        assert sorted(action.describe().split(" to ")[1] for action in decision.later) == [f"{NEAR}/dr", f"{NEAR}/dr2"]


class TestWhatFails:
    def test_a_link_that_failed_counts_as_slower(self) -> None:
        """From the source it took 200 s, of the nearest 150 s; after a failure there, 300 s."""
        near = (NEAR, held(NEAR, copy_in(NEAR)))
        assert told(decide(seen(near))) == [f"from {NEAR}/dr to {NORTH}/dr"]
        failed = (NEAR, copy_job(NORTH, "FAILED", read=copy_in(NEAR), message="out of luck"))
        decision = decide(seen(near, (NORTH, held(NORTH, None, failed))))
        assert told(decision) == [f"from {HERE}/main to {NORTH}/dr"]
        assert by_region(decision)[NORTH] == f"the copy is starting again, after 1 failed try, from {HERE}"
        assert decision.warnings == (f"{NORTH}/dr: the copy job j1 ended FAILED: out of luck; it is started again",)

    def test_it_is_planned_again_when_a_copy_breaks(self) -> None:
        near = (NEAR, held(NEAR, copy_in(NEAR)))
        route, _problem = next_route(wanted(), seen(near), None, [])
        running = seen(near, (NORTH, held(NORTH, None, (NEAR, copy_job(NORTH, read=copy_in(NEAR))))))
        kept, _problem = next_route(wanted(), running, route, [])
        assert kept is route
        broken = seen(near, (NORTH, held(NORTH, None, (NEAR, copy_job(NORTH, "FAILED", read=copy_in(NEAR))))))
        planned, _problem = next_route(wanted(), broken, route, [])
        assert {edge.target: edge.source for edge in planned.edges} == {NORTH: HERE, FAR: NEAR}

    def test_given_up_the_others_go_on(self) -> None:
        failed = [(HERE, copy_job(NEAR, "FAILED", f"j{number}")) for number in range(3)]
        there = seen((NEAR, held(NEAR, None, *failed)), given_up={NEAR: "the copy failed 3 times: no"})
        decision = decide(there)
        assert told(decision) == [f"from {HERE}/main to {NORTH}/dr"]
        assert by_region(decision)[NEAR] == "the copy failed 3 times: no"
        rest = {place: held(place, copy_in(place)) for place in (NORTH, FAR)}
        ended = decide(replace(there, held=there.held | rest))
        assert (ended.status, ended.result["missing"]) == (FAILED, {NEAR: ["dr"]})
        assert ended.reason == f"2 of 3 vaults have it; {NEAR}/dr: the copy failed 3 times: no"

    @pytest.mark.parametrize(("patient", "status"), [(True, PENDING), (False, FAILED)])
    def test_a_region_that_is_down(self, patient: bool, status: str) -> None:
        """The rest is completed, by other ways if need be, and what is missing is said."""
        down = (NEAR, held(NEAR, unavailable="503", patient=patient))
        assert told(decide(seen(down))) == [f"from {HERE}/main to {NORTH}/dr"]
        rest = [(place, held(place, copy_in(place))) for place in (NORTH, FAR)]
        ended = decide(seen(down, *rest))
        assert (ended.status, told(ended)) == (status, [])
        assert by_region(ended)[NEAR] == "cannot be reached: 503"
        assert ended.result["missing"] == ({} if patient else {NEAR: ["dr"]})

    def test_a_copy_whose_region_is_down_is_no_source_and_still_counts(self) -> None:
        down = (NEAR, held(NEAR, copy_in(NEAR), unavailable="503"))
        decision = decide(seen(down))
        assert told(decision) == [f"from {HERE}/main to {NORTH}/dr"]
        assert decision.result["copies"][0]["status"] == SUCCEEDED

    @pytest.mark.parametrize(
        "there",
        [
            held(FAR, None, (NORTH, copy_job(FAR, read=copy_in(NORTH)))),
            held(FAR, copy_in(FAR, "CREATING", VAULTS[NORTH]), (NORTH, copy_job(FAR, read=copy_in(NORTH)))),
            held(FAR, copy_in(FAR, "CREATING", VAULTS[NORTH])),
        ],
    )
    def test_a_copy_from_a_region_that_is_gone_is_made_from_elsewhere(self, there: Held) -> None:
        """It is counted on as long as the region is waited for."""
        near = (NEAR, held(NEAR, copy_in(NEAR)))
        away = (NORTH, held(NORTH, copy_in(NORTH), unavailable="503", patient=True))
        waiting = seen(near, away, (FAR, there))
        assert told(decide(waiting)) == []
        assert decide(waiting).status == RUNNING
        route, _problem = next_route(wanted(), waiting, None, [])
        assert told(decide(replace(waiting, lost=frozenset([NORTH])), route=route)) == [f"from {NEAR}/dr to {FAR}/dr"]

    def test_no_way_leads_there(self) -> None:
        forbidden = wanted(planning={"forbidden": [{"target": FAR}]})
        decision = decide(seen(), forbidden)
        assert (decision.status, told(decision)) == (FAILED, [])
        assert by_region(decision)[FAR] == f"no plan is possible: no allowed link leads to {FAR}"


class TestRules:
    def test_a_vault_that_a_rule_forbids_and_one_that_is_not_there(self) -> None:
        decision = decide(seen((NEAR, held(NEAR, rule="its lock forbids it")), (FAR, held(FAR, vault=None))))
        assert told(decision) == [f"from {HERE}/main to {NORTH}/dr"]
        assert decision.status == RUNNING
        ended = decide(
            seen(
                (NEAR, held(NEAR, rule="its lock forbids it")),
                (FAR, held(FAR, vault=None)),
                (NORTH, held(NORTH, copy_in(NORTH))),
            )
        )
        assert (ended.status, ended.result["missing"]) == (BLOCKED, {NEAR: ["dr"], FAR: ["dr"]})
        assert f"{NEAR}/dr: its lock forbids it" in ended.reason

    def test_what_may_not_be_read_is_no_source(self) -> None:
        """Whether it is there or yet to come."""
        unread = (NEAR, held(NEAR, copy_in(NEAR), unread="its policy denies it"))
        assert told(decide(seen(unread))) == [f"from {HERE}/main to {NORTH}/dr"]
        to_come = decide(seen((NEAR, held(NEAR, unread="its policy denies it"))))
        assert all(f"from {NEAR}" not in action.describe() for action in (*to_come.actions, *to_come.later))
        assert len(to_come.actions) + len(to_come.later) == 3

    def test_what_has_arrived_and_may_not_be_read_is_not_copied_again(self) -> None:
        """Also by a route that was planned before."""
        route, _problem = next_route(wanted(), seen(), None, [])
        unread = (NEAR, held(NEAR, copy_in(NEAR), unread="expires"))
        assert told(decide(seen(unread), route=route)) == [f"from {HERE}/main to {NORTH}/dr"]
        gone = seen((NEAR, held(NEAR, None, (HERE, copy_job(NEAR, "FAILED")))), given_up={NEAR: "failed"})
        alone = wanted(Destination(VAULTS[NEAR]))
        once, _problem = next_route(alone, seen(want=alone), None, [])
        ended = decide(replace(gone, held={place: gone.held[place] for place in (HERE, NEAR)}), alone, once)
        assert (told(ended), ended.status, ended.reason) == ([], FAILED, f"0 of 1 vaults have it; {NEAR}/dr: failed")
        assert told(decide(gone, route=route)) == [f"from {HERE}/main to {NORTH}/dr"]

    def test_the_original_in_cold_storage_leaves_the_copies(self) -> None:
        cold = (HERE, Held(Vault(MAIN, "main"), (SOURCE,), SOURCE, unread="is in cold storage"))
        assert told(decide(seen(cold, (NEAR, held(NEAR, copy_in(NEAR)))))) == [f"from {NEAR}/dr to {NORTH}/dr"]
        nothing = decide(seen(cold, *((place, held(place, rule="the point is in cold storage")) for place in VAULTS)))
        assert (nothing.status, told(nothing)) == (BLOCKED, [])

    @pytest.mark.parametrize(
        ("changes", "says"),
        [
            ({}, ""),
            ({"delete_at": ago(-25)}, ""),
            ({"delete_at": ago(-23)}, "expires or turns cold"),
            ({"cold_at": ago(-23)}, "expires or turns cold"),
            ({"cold_at": ago(1)}, "is in cold storage"),
            ({"storage_class": "COLD"}, "is in cold storage"),
        ],
    )
    def test_what_outlives_its_copy(self, changes: dict[str, Any], says: str) -> None:
        reason = unread_reason(copy_in(NEAR, **changes), NOW)
        assert reason.startswith(says)
        assert bool(reason) == bool(says)

    def test_a_long_copy_needs_a_source_that_lives_long(self) -> None:
        """By the margin of a day it could be read, but this copy takes two."""
        slow = [{"source": NEAR, "target": place, "seconds": 2 * 86400, "size_gb": 10} for place in (NORTH, FAR)]
        slow += [{"source": HERE, "target": place, "seconds": 9 * 86400, "size_gb": 10} for place in (NORTH, FAR)]
        want = wanted(planning={"measurements": [*PLANNING["measurements"], *slow]})
        for hours, place in ((71, NEAR), (73, "")):
            there = seen((NEAR, held(NEAR, copy_in(NEAR, delete_at=ago(-hours)))))
            route, _problem = next_route(want, there, None, [])
            assert too_late_to_read(want, there, route) == place

    @pytest.mark.parametrize(
        ("asked", "original", "read", "given"),
        [
            pytest.param(days(), days(), days(), days(), id="for ever from for ever"),
            pytest.param(days(), days(35), days(35), days(), id="inherited from one that is kept as long"),
            pytest.param(days(90), days(35), days(7), days(90), id="as asked"),
            pytest.param(days(), days(35), days(7), days(35), id="not that of the copy that is read"),
            pytest.param(days(), days(365, 30), days(7), days(365, 30), id="nor its move to cold storage"),
            pytest.param(days(), days(), days(7), days(36500), id="for ever from one that is not"),
            pytest.param(days(None, 10), days(), days(120), days(36500, 10), id="for ever, and cold"),
            pytest.param(days(None, 10), days(200), days(200), days(None, 10), id="cold, the rest inherited"),
            pytest.param(days(None, 10), days(200), days(120), days(200, 10), id="cold, the rest of the original"),
        ],
    )
    def test_a_copy_is_kept_as_if_it_were_read_from_the_original(
        self, asked: Lifecycle, original: Lifecycle, read: Lifecycle, given: Lifecycle
    ) -> None:
        assert hop_lifecycle(asked, original, read) == given

    @pytest.mark.parametrize(
        ("asked", "original", "delete", "cold"),
        [
            (days(), days(), None, None),
            (days(), days(100, 5), 100, 5),
            (days(7), days(100, 5), 7, None),
            (days(None, 3), days(100), 100, 3),
        ],
    )
    def test_a_copy_that_is_yet_to_come(
        self, asked: Lifecycle, original: Lifecycle, delete: int | None, cold: int | None
    ) -> None:
        made = expected_copy(replace(SOURCE, lifecycle=original), asked)

        def after(number: int | None) -> datetime.datetime | None:
            return None if number is None else SOURCE.created + datetime.timedelta(days=number)

        assert (made.delete_at, made.cold_at) == (after(delete), after(cold))


class TestTheSource:
    @pytest.mark.parametrize(
        ("changes", "status", "says"),
        [
            ({}, FAILED, f"there is no usable recovery point of {FILE_SYSTEM} in {MAIN}"),
            ({"check_mode": True}, PENDING, f"there is no usable recovery point of {FILE_SYSTEM} in {MAIN} yet"),
            ({"backup_under_way": True}, PENDING, "a backup is under way"),
            ({"source_vault_seen": False}, BLOCKED, "does not exist, or this identity may not see it"),
            ({"source_unavailable": "503"}, FAILED, "the source cannot be asked: 503; no vault tells of a copy"),
        ],
    )
    def test_there_is_none(self, changes: dict[str, Any], status: str, says: str) -> None:
        there = seen(backup=None, **changes)
        decision = decide(replace(there, held=there.held | {HERE: Held(Vault(MAIN, "main"))}))
        assert (decision.status, told(decision), decision.warnings) == (status, [], ())
        assert says in decision.reason
        assert decision.reason.count(says) == 1
        assert decision.result["recovery_point_arn"] is None

    def test_copies_go_on_while_it_cannot_be_asked(self) -> None:
        copies = [copy_in(NEAR), copy_in(NORTH, created=ago(9)), copy_in(FAR, "EXPIRED", created=ago(0))]
        found = backup_by_copies(copies)
        assert found == copies[0]
        away = (HERE, Held(Vault(MAIN, "main"), unavailable="503"))
        there = seen(away, (NEAR, held(NEAR, copies[0])), backup=as_original(copies[0]), source_unavailable="503")
        decision = decide(there)
        assert [action.describe() for action in decision.actions] == [
            f"start copy of copy-{NEAR} from {NEAR}/dr to {NORTH}/dr"
        ]
        assert "the source cannot be asked (503); the newest copy is of 2026-11-21T11:00:00Z," in decision.warnings[-1]
        assert decision.result["recovery_point_arn"] is None

    def test_of_two_copies_the_one_that_is_kept_longest_tells(self) -> None:
        short, ever = copy_in(NEAR, lifecycle=days(7)), copy_in(NORTH)
        assert backup_by_copies([short, ever]) == ever
        assert backup_by_copies([]) is None


class TestFigures:
    def test_what_each_copy_took(self) -> None:
        ended = {"completed": NOW, "created": ago(0.5), "size_bytes": 10_000_000_000}
        jobs = {place: (HERE, copy_job(place, "COMPLETED", f"j-{place}", **ended)) for place in VAULTS}
        there = seen(*((place, held(place, copy_in(place), jobs[place])) for place in VAULTS))
        record = {"source": HERE, "target": NEAR, "seconds": 1800, "size_gb": 10.0}
        assert link_seconds(wanted(), there) == []
        assert link_seconds(wanted(), replace(there, started=frozenset([f"j-{NEAR}"]))) == [record]
        queued = replace(there, started=frozenset([f"j-{NEAR}"]), queued=frozenset([f"j-{NEAR}"]))
        assert link_seconds(wanted(), queued) == []

    def test_from_the_first_start_to_the_last_arrival(self) -> None:
        one = (HERE, copy_job(NEAR, "COMPLETED", "j1", created=ago(3), completed=ago(2)))
        two = (NEAR, copy_job(NORTH, "COMPLETED", "j2", created=ago(2), completed=ago(1)))
        there = seen(
            (NEAR, held(NEAR, copy_in(NEAR), one)),
            (NORTH, held(NORTH, copy_in(NORTH), two)),
            (FAR, held(FAR, copy_in(FAR))),
        )
        assert measured_seconds(wanted(), there) is None
        started = frozenset(["j1", "j2"])
        assert measured_seconds(wanted(), replace(there, started=started)) == 7200
        missing = there.held | {FAR: held(FAR)}
        assert measured_seconds(wanted(), replace(there, started=started, held=missing)) is None

    def test_how_the_walker_sees_it(self) -> None:
        there = seen(
            (NEAR, held(NEAR, copy_in(NEAR))),
            (NORTH, held(NORTH, None, (NEAR, copy_job(NORTH, read=copy_in(NEAR))))),
            (FAR, held(FAR, None, (HERE, copy_job(FAR, "FAILED")))),
        )
        assert replicas(wanted(), there) == (
            Replica(HERE, HERE, READY),
            Replica(NEAR, NEAR, READY),
            Replica(NORTH, NORTH, COPYING, NEAR, 1800.0),
            Replica(FAR, FAR, BROKEN, gone=True),
        )

    def test_of_a_copy_it_is_told_where_it_came_from(self) -> None:
        made = copy_in(NORTH, read=VAULTS[NEAR])
        shown = decide(seen((NORTH, held(NORTH, made)))).result["copies"][1]
        assert (shown["source_backup_vault_arn"], shown["source_region"]) == (VAULTS[NEAR], NEAR)
        assert (shown["recovery_point_arn"], shown["rpo_seconds"]) == (made.arn, 3600)
