# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""When a restore point is made, under which name, and when one may be deleted."""

from __future__ import annotations

import datetime
from typing import Any

import pytest

from ansible_collections.bcdr.multicloud.plugins.module_utils._azure.restore_points.creation_decision import (
    CRASH,
    PointObserved,
    PointWanted,
    decide_point,
    due_name,
)
from ansible_collections.bcdr.multicloud.plugins.module_utils._azure.restore_points.values import Collection
from ansible_collections.bcdr.multicloud.plugins.module_utils._core.reconcile import (
    ABSENT,
    BLOCKED,
    FAILED,
    PENDING,
    RUNNING,
    SUCCEEDED,
    Decision,
)
from ansible_collections.bcdr.multicloud.tests.unit.azure.builders import (
    NOW,
    SOURCE,
    collection,
    collection_id,
    copy,
    disk,
    key,
    point,
    point_id,
    target,
)

HOUR = 3600
# The newest usable point is of 08:00 and may be four hours old: the next is due at 12:00, which is NOW.
DUE = "bcdr-20261121T120000Z"


def wanted(**changes: Any) -> PointWanted:
    return PointWanted(collection_id(SOURCE), **changes)


def decide(there: Collection | None, observed: dict[str, Any] | None = None, **asked: Any) -> Decision:
    return decide_point(wanted(**asked), PointObserved(there, **{"now": NOW, **(observed or {})}))


def made(decision: Decision) -> list[str]:
    return [action.payload["name"] for action in decision.actions]


class TestByName:
    def test_made(self) -> None:
        decision = decide(collection(), name="rp1")
        [action] = decision.actions
        assert (decision.status, action.describe()) == (RUNNING, "create restore point rpc/rp1")
        assert action.payload == {"name": "rp1", "body": {}}
        assert (action.before, action.after) == (None, {"consistency": "application"})

    def test_body(self) -> None:
        [action] = decide(collection(), name="rp1", consistency=CRASH, exclude_disk_ids=("/d/2", "/d/1")).actions
        assert action.payload["body"] == {
            "properties": {"excludeDisks": [{"id": "/d/2"}, {"id": "/d/1"}], "consistencyMode": "CrashConsistent"}
        }
        assert action.after == {"consistency": "crash", "excluded_disks": ["/d/1", "/d/2"]}

    @pytest.mark.parametrize(
        ("existing", "status", "words"),
        [
            pytest.param(point("rp1"), SUCCEEDED, "", id="there"),
            pytest.param(point("RP1"), SUCCEEDED, "", id="there, in another spelling"),
            pytest.param(point("rp1", state="Creating"), RUNNING, "is being created", id="attached to"),
            pytest.param(point("rp1", state="Deleting"), PENDING, "its name is free after that", id="leaving"),
            pytest.param(point("rp1", state="Failed"), FAILED, "making rp1 failed", id="failed"),
            pytest.param(
                point("rp1", consistency="CrashConsistent"), BLOCKED, "use another name", id="less consistent"
            ),
            pytest.param(point("rp1", source_point_id="/x"), BLOCKED, "is a copy", id="a copy"),
        ],
    )
    def test_existing(self, existing: Any, status: str, words: str) -> None:
        decision = decide(collection(existing), name="rp1")
        assert (decision.status, decision.actions) == (status, ())
        assert words in decision.reason

    def test_more_consistent_than_asked_is_fine(self) -> None:
        assert decide(collection(point("rp1")), name="rp1", consistency=CRASH).status == SUCCEEDED

    def test_why_it_failed(self) -> None:
        failed = point("rp1", state="Failed")
        decision = decide(collection(failed), {"failures": {key(failed.id): "VMAgentStatus: none"}}, name="rp1")
        assert "VMAgentStatus: none" in decision.reason


class TestByAge:
    @pytest.mark.parametrize(
        ("age", "name"),
        [(3.9, None), (4, None), (4.01, "bcdr-20261121T115924Z"), (30, "bcdr-20261120T100000Z")],
    )
    def test_made_only_when_the_newest_is_too_old(self, age: float, name: str | None) -> None:
        decision = decide(collection(point("old", 50), point("rp1", age)), max_age=4 * HOUR)
        assert made(decision) == ([name] if name else [])
        assert decision.status == (RUNNING if name else SUCCEEDED)
        assert decision.result["rpo_seconds"] == round(age * HOUR)

    def test_the_first_one(self) -> None:
        assert made(decide(collection(), max_age=HOUR)) == ["bcdr-initial"]
        assert made(decide(collection(), max_age=HOUR, name_prefix="x-")) == ["x-initial"]

    def test_two_observers_mean_the_same_point(self) -> None:
        """The name hangs on what is there, not on when it was looked at."""
        there = collection(point("a", 4), point("b", 9, state="Failed"))
        names = {
            tuple(made(decide(there, {"now": NOW + datetime.timedelta(minutes=minutes)}, max_age=4 * HOUR)))
            for minutes in (1, 7, 119)
        }
        assert names == {(DUE,)}

    @pytest.mark.parametrize(
        ("taken", "name"),
        [
            ([point(DUE, 0, state="Failed")], f"{DUE}-2"),
            ([point(DUE, 0, state="Failed"), point(f"{DUE}-2", 0, state="Failed")], f"{DUE}-3"),
            ([point(DUE.lower(), 0, state="Failed")], f"{DUE}-2"),
            ([point(DUE, 0, state="Deleting")], f"{DUE}-2"),
        ],
    )
    def test_a_failed_slot_gets_a_number(self, taken: list[Any], name: str) -> None:
        there = collection(point("a", 4), *taken)
        assert due_name(wanted(max_age=4 * HOUR), there) == name
        assert made(decide(there, {"now": NOW + datetime.timedelta(minutes=1)}, max_age=4 * HOUR)) == [name]

    def test_what_is_being_made_is_attached_to(self) -> None:
        decision = decide(collection(point("a", 9), point("b", 0, state="Creating")), max_age=HOUR)
        assert (decision.status, decision.actions) == (RUNNING, ())
        assert "b is being created" in decision.reason
        assert decision.result["restore_point"]["name"] == "b"

    def test_what_this_run_started_and_failed_is_not_tried_again(self) -> None:
        failed = point(DUE, 0, state="Failed")
        decision = decide(
            collection(point("a", 4.1), failed),
            {"started": frozenset([key(failed.id)]), "failures": {key(failed.id): "Agent: none"}},
            max_age=4 * HOUR,
        )
        assert (decision.status, decision.actions) == (FAILED, ())
        assert "Agent: none" in decision.reason

    @pytest.mark.parametrize(("failures", "status"), [({}, RUNNING), ({key(point_id(SOURCE, DUE)): "no"}, FAILED)])
    def test_what_was_started_and_is_not_listed_yet(self, failures: dict[str, str], status: str) -> None:
        observed = {
            "started": frozenset([key(point_id(SOURCE, DUE))]),
            "failures": failures,
            "now": NOW + datetime.timedelta(minutes=1),
        }
        decision = decide(collection(point("a", 4)), observed, max_age=4 * HOUR)
        assert (decision.status, decision.actions) == (status, ())

    def test_what_this_run_made_is_enough_though_making_it_took_longer(self) -> None:
        there = collection(point("a", 9), point("new", 2))
        assert decide(there, max_age=HOUR).status == RUNNING
        own = {"started": frozenset([key(point_id(SOURCE, "new"))])}
        assert decide(there, own, max_age=HOUR).status == SUCCEEDED

    def test_points_of_lesser_consistency_do_not_count(self) -> None:
        there = collection(point("app", 9), point("crash", 1, consistency="CrashConsistent"))
        assert decide(there, max_age=4 * HOUR).status == RUNNING
        assert decide(there, max_age=4 * HOUR, consistency=CRASH).status == SUCCEEDED

    def test_file_system_consistency_of_linux_counts(self) -> None:
        assert (
            decide(collection(point("a", 1, consistency="FileSystemConsistent")), max_age=4 * HOUR).status == SUCCEEDED
        )

    def test_points_that_cannot_be_restored_do_not_count(self) -> None:
        there = collection(
            point("a", 9), point("b", 1, state="Failed"), point("c", 0.5, disks=[disk(replication="failed")])
        )
        assert decide(there, max_age=4 * HOUR).status == RUNNING


class TestRules:
    def test_not_in_a_collection_of_copies(self) -> None:
        decision = decide(target(), name="rp1")
        assert (decision.status, decision.actions) == (BLOCKED, ())

    def test_one_point_of_a_vm_at_a_time(self) -> None:
        decision = decide(collection(point("other", None, state="Creating")), name="rp1")
        assert (decision.status, decision.actions) == (PENDING, ())

    @pytest.mark.parametrize(("count", "status"), [(None, RUNNING), (499, RUNNING), (500, BLOCKED)])
    def test_500_points_of_a_vm(self, count: int | None, status: str) -> None:
        assert decide(collection(), {"vm_points": count}, name="rp1").status == status

    def test_three_an_hour(self) -> None:
        there = collection(point("a", 0.75), point("b", 0.5), point("c", 0.25))
        decision = decide(there, name="rp1")
        assert (decision.status, decision.actions) == (PENDING, ())
        assert decision.retry_after == 900
        assert [action.payload["name"] for action in decision.later] == ["rp1"]

    def test_failed_ones_count_for_azure_too(self) -> None:
        there = collection(point("a", 0.75, state="Failed"), point("b", 0.5), point("c", 0.25))
        assert decide(there, name="rp1").status == PENDING

    def test_the_limit_is_for_each_kind(self) -> None:
        there = collection(*[point(name, 0.5, consistency="CrashConsistent") for name in "abc"])
        assert decide(there, name="rp1").status == RUNNING
        assert decide(there, name="rp1", consistency=CRASH).status == PENDING

    def test_without_a_collection(self) -> None:
        decision = decide(None, name="rp1")
        assert decision.status == FAILED
        assert "azure_restore_point_collection" in decision.reason

    @pytest.mark.parametrize(("asked", "name"), [({"name": "rp1"}, "rp1"), ({"max_age": HOUR}, "bcdr-initial")])
    def test_check_mode_foresees_what_follows_on_an_earlier_task(self, asked: dict[str, Any], name: str) -> None:
        decision = decide(None, {"check_mode": True}, **asked)
        assert decision.status == RUNNING
        assert made(decision) == [name]


class TestAbsent:
    THREE = collection(point("rp1", 30), point("rp2", 20), point("rp3", 10))

    @pytest.mark.parametrize("there", [None, collection(), collection(point("other"))])
    def test_already(self, there: Collection | None) -> None:
        assert decide(there, name="rp1", state="absent") == Decision(ABSENT)

    def test_deleted(self) -> None:
        decision = decide(self.THREE, name="rp1", state="absent")
        [action] = decision.actions
        assert (decision.status, action.describe()) == (RUNNING, "delete restore point rpc/rp1")
        assert action.before["created_at"] == "2026-11-20T06:00:00Z"

    def test_the_newest_usable_one_only_by_force(self) -> None:
        decision = decide(self.THREE, name="rp3", state="absent")
        assert (decision.status, decision.actions) == (BLOCKED, ())
        assert "newest usable" in decision.reason
        assert decide(self.THREE, name="rp3", state="absent", force=True).actions

    def test_what_is_newer_but_not_usable_protects_nothing(self) -> None:
        there = collection(point("good", 20), point("bad", 10, state="Failed"))
        assert decide(there, name="good", state="absent").status == BLOCKED
        assert decide(there, name="bad", state="absent").status == RUNNING

    @pytest.mark.parametrize("force", [False, True])
    def test_not_while_it_is_copied(self, force: bool) -> None:
        """Azure would let it go, and the copy would fail."""
        decision = decide(self.THREE, {"copied_to": ("rpc-ne (northeurope)",)}, name="rp1", state="absent", force=force)
        assert (decision.status, decision.actions) == (BLOCKED, ())
        assert "rpc-ne (northeurope)" in decision.reason

    @pytest.mark.parametrize(("state", "status"), [("Deleting", RUNNING), ("Creating", PENDING)])
    def test_what_moves_is_waited_for(self, state: str, status: str) -> None:
        decision = decide(collection(point("rp1", None, state=state)), name="rp1", state="absent")
        assert (decision.status, decision.actions) == (status, ())

    def test_once_and_then_waited_for(self) -> None:
        where = key(point_id(SOURCE, "rp1"))
        decision = decide(self.THREE, {"started": frozenset([where])}, name="rp1", state="absent")
        assert (decision.status, decision.actions) == (RUNNING, ())
        failed = decide(
            self.THREE, {"started": frozenset([where]), "failures": {where: "SAS"}}, name="rp1", state="absent"
        )
        assert (failed.status, failed.actions) == (FAILED, ())
        assert "SAS" in failed.reason

    def test_a_copy_may_be_deleted_here_too(self) -> None:
        there = target(copy("rp1", 30), copy("rp2", 20))
        assert decide(there, name="rp1", state="absent").status == RUNNING


class TestMadeStraightIntoAnotherRegion:
    """A collection whose VM is in another region: its points are usable only once their data has arrived."""

    @staticmethod
    def there(*points: Any) -> Collection:
        return collection(*points, location="northeurope")

    @staticmethod
    def travelling(name: str, age: float, percent: float = 40.0) -> Any:
        return point(name, age, remote=True, disks=[disk(replication="replicating", percent=percent)])

    def test_one_under_way_is_not_made_again(self) -> None:
        decision = decide(self.there(point("old", 9, remote=True), self.travelling(DUE, 1)), max_age=4 * HOUR)
        assert (decision.status, decision.actions) == (RUNNING, ())
        assert "os 40 %" in decision.reason

    def test_older_ones_than_the_newest_usable_do_not_matter(self) -> None:
        there = self.there(self.travelling("old", 30), point("good", 9, remote=True))
        assert made(decide(there, max_age=4 * HOUR)) != []
        assert decide(there, max_age=10 * HOUR).status == SUCCEEDED

    def test_by_name_it_is_waited_for(self) -> None:
        decision = decide(self.there(self.travelling("rp1", 1)), name="rp1")
        assert (decision.status, decision.percent) == (RUNNING, 40.0)

    def test_one_that_failed_on_its_way_has_failed(self) -> None:
        lost = point("rp1", 1, remote=True, disks=[disk(replication="failed")])
        assert decide(self.there(lost), name="rp1").status == FAILED


class TestNewerThan:
    """NOW is 12:00; the moment is 11:00."""

    MOMENT = NOW - datetime.timedelta(hours=1)
    NAME = "bcdr-20261121T110000Z"

    @pytest.mark.parametrize(
        ("points", "names"),
        [
            ([], [NAME]),
            ([point("old", 1.1)], [NAME]),
            ([point("exact", 1)], []),
            ([point("old", 5), point("new", 0.5)], []),
            # Of a VM that is stopped there are no others.
            ([point("crash", 0.5, consistency="CrashConsistent")], []),
            ([point(NAME, 0.5, provisioning_state="Failed")], [f"{NAME}-2"]),
        ],
    )
    def test_made_unless_there_is_one(self, points: list[Any], names: list[str]) -> None:
        decision = decide(collection(*points), newer_than=self.MOMENT)
        assert made(decision) == names
        assert decision.status == (RUNNING if names else SUCCEEDED)

    def test_the_first_one_is_meant_however_many_follow(self) -> None:
        there = collection(point("old", 2), point("first", 0.9), point("second", 0.5))
        assert decide(there, newer_than=self.MOMENT).result["restore_point"]["name"] == "first"

    def test_one_that_was_begun_before_is_waited_for_and_does_not_do(self) -> None:
        begun = point("begun", 1.1, provisioning_state="Creating")
        assert decide(collection(begun), newer_than=self.MOMENT).status == RUNNING
        assert made(decide(collection(begun), newer_than=self.MOMENT)) == []

    def test_a_moment_that_lies_ahead(self) -> None:
        decision = decide(collection(), newer_than=NOW + datetime.timedelta(seconds=1))
        assert (decision.status, decision.actions) == (BLOCKED, ())
        assert decision.reason == (
            "newer_than: 2026-11-21T12:00:01Z lies ahead; it is 2026-11-21T12:00:00Z by the provider's clock"
        )
