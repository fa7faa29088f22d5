# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Each of Azure's rules on copies, as what may be started and what is told instead."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from ansible_collections.bcdr.multicloud.plugins.module_utils._azure.restore_points.copy_decision import (
    CopyObserved,
    CopyTarget,
    CopyWanted,
    TargetObserved,
    copy_body,
    decide_copies,
    removal_key,
    selected_points,
)
from ansible_collections.bcdr.multicloud.plugins.module_utils._azure.restore_points.values import Collection
from ansible_collections.bcdr.multicloud.plugins.module_utils._core.reconcile import (
    BLOCKED,
    FAILED,
    PENDING,
    RUNNING,
    SUCCEEDED,
    Action,
    Decision,
)
from ansible_collections.bcdr.multicloud.tests.unit.azure.builders import (
    NOW,
    SOURCE,
    TARGET,
    VM_ID,
    collection,
    collection_id,
    copy,
    disk,
    key,
    point,
    point_id,
    target,
)

NORTH = CopyTarget(collection_id(TARGET), "northeurope")
EAST = CopyTarget(collection_id("rpc-eus"), "East US")
RP1, RP2, RP3 = point("rp1", 30), point("rp2", 20), point("rp3", 10)
COPY1, COPY2, COPY3 = copy("rp1", 30), copy("rp2", 20), copy("rp3", 10)
THREE = collection(RP1, RP2, RP3)


def decide(
    source: Collection | None = THREE,
    existing: Collection | None = None,
    which: Sequence[str] = ("latest",),
    to: CopyTarget = NORTH,
    rivals: Sequence[Collection] = (),
    replace_failed: bool = False,
    more: Sequence[tuple[CopyTarget, Collection | None]] = (),
    **observed: Any,
) -> Decision:
    """Decide for one target, and for `more` others."""
    wanted = CopyWanted(collection_id(SOURCE), (to, *(one for one, _point in more)), tuple(which), replace_failed)
    views = (TargetObserved(existing, tuple(rivals)), *(TargetObserved(one) for _point, one in more))
    return decide_copies(wanted, CopyObserved(source, views, NOW, **observed))


def told(actions: Sequence[Action]) -> list[str]:
    return [action.describe() for action in actions]


def statuses(decision: Decision) -> list[str]:
    return [one["status"] for one in decision.result["copies"]]


class TestStart:
    def test_the_target_collection_is_made_first(self) -> None:
        decision = decide()
        assert decision.status == RUNNING
        assert told(decision.actions) == ["create restore point collection rpc-ne", "start copy rpc-ne/rp3"]
        made, start = decision.actions
        assert made.payload["source_id"] == collection_id(SOURCE)
        assert made.after["location"] == "northeurope"
        assert start.payload["name"] == "rp3"
        assert start.payload["body"] == {"properties": {"sourceRestorePoint": {"id": point_id(SOURCE, "rp3")}}}
        assert start.before is None
        assert start.after == {"source_restore_point": point_id(SOURCE, "rp3"), "location": "northeurope"}

    def test_into_a_collection_that_is_there(self) -> None:
        assert told(decide(existing=target(COPY1, COPY2)).actions) == ["start copy rpc-ne/rp3"]

    def test_not_into_a_collection_that_is_being_deleted(self) -> None:
        decision = decide(existing=target(COPY1, deleting=True))
        assert (decision.status, decision.actions) == (PENDING, ())
        assert "is being deleted" in decision.reason

    def test_done_is_done(self) -> None:
        decision = decide(existing=target(COPY3))
        assert (decision.status, decision.actions, decision.later, decision.percent) == (SUCCEEDED, (), (), 100.0)

    @pytest.mark.parametrize(
        "made", [copy("rp3", 10, percent=40), copy("rp3", 10, state="Creating"), copy("rp3", 10, viewed=False)]
    )
    def test_what_is_under_way_is_waited_for(self, made: Any) -> None:
        decision = decide(existing=target(made))
        assert (decision.status, decision.actions) == (RUNNING, ())

    def test_a_copy_under_another_name_is_the_copy(self) -> None:
        renamed = copy("mine", 10, of=point_id(SOURCE, "rp3").upper())
        assert decide(existing=target(renamed)).status == SUCCEEDED

    def test_several_regions_start_in_one_pass(self) -> None:
        decision = decide(existing=target(), more=[(EAST, None)])
        assert told(decision.actions) == [
            "start copy rpc-ne/rp3",
            "create restore point collection rpc-eus",
            "start copy rpc-eus/rp3",
        ]
        assert [one["location"] for one in decision.result["copies"]] == ["northeurope", "eastus"]

    def test_tags_of_the_target_are_kept_up(self) -> None:
        tagged = CopyTarget(NORTH.id, NORTH.location, tags={"a": "2"})
        decision = decide(existing=target(COPY3, tags={"a": "1", "b": "1"}, starts=[5]), to=tagged)
        [action] = decision.actions
        assert action.describe() == "update tags of restore point collection rpc-ne"
        assert (action.before, action.after) == ({"tags": {"a": "1", "b": "1"}}, {"tags": {"a": "2", "b": "1"}})
        assert action.payload["tags"]["bcdr-copy-starts"]


class TestWhich:
    ODD = collection(RP1, RP2, point("broken", 5, state="Failed"), point("leaving", 4, state="Deleting"))

    @pytest.mark.parametrize(
        ("which", "names"),
        [
            (("latest",), ["rp2"]),
            (("all",), ["rp1", "rp2"]),
            (("rp2", "RP1"), ["rp1", "rp2"]),
            (("broken",), ["broken"]),
            (("gone",), []),
        ],
    )
    def test_selection(self, which: Sequence[str], names: list[str]) -> None:
        assert [one.name for one in selected_points(which, self.ODD)] == names

    def test_latest_includes_one_that_is_being_made(self) -> None:
        making = collection(RP1, point("new", None, state="Creating"))
        assert [one.name for one in selected_points(("latest",), making)] == ["new"]

    def test_a_name_that_does_not_exist_fails(self) -> None:
        decision = decide(which=("rp1", "gone"))
        assert (decision.status, decision.actions) == (FAILED, ())
        assert "no restore point gone" in decision.reason

    def test_names_have_no_case(self) -> None:
        decision = decide(collection(point("First")), target(), which=("first",))
        assert told(decision.actions) == ["start copy rpc-ne/First"]

    def test_a_point_that_failed_cannot_be_copied(self) -> None:
        decision = decide(self.ODD, which=("broken",))
        assert (decision.status, decision.actions) == (BLOCKED, ())

    def test_an_order_of_names_is_no_order_of_copies(self) -> None:
        assert told(decide(existing=target(), which=("rp3", "rp1")).actions) == ["start copy rpc-ne/rp1"]


class TestRules:
    """What can never happen is blocked before any call is made."""

    @pytest.mark.parametrize(
        ("case", "words"),
        [
            pytest.param({"to": CopyTarget(NORTH.id, "West Europe")}, "only to another region", id="same region"),
            pytest.param(
                {"source": collection(RP3, source_id=collection_id("first"), location="eastus")},
                "Azure copies no copies",
                id="copy of a copy",
            ),
            pytest.param(
                {"source": collection(RP3, location="eastus", source_location="westeurope")},
                "made of data from westeurope",
                id="source in another region than its VM",
            ),
            pytest.param(
                {"existing": target(source_id=collection_id("other"))},
                "a target collection has one source",
                id="other source",
            ),
            pytest.param(
                {"existing": target(source_id=VM_ID)}, "a target collection has one source", id="VM behind target"
            ),
            pytest.param(
                {"existing": target(location="uksouth")}, "is in uksouth, not in northeurope", id="wrong region"
            ),
            pytest.param(
                {"existing": target(COPY3), "which": ("rp2",)}, "only in the order of creation", id="out of order"
            ),
            pytest.param(
                {"existing": target(copy("rp3", 10, failed=True)), "which": ("rp2",)},
                "only in the order of creation",
                id="failed copies count for the order too",
            ),
            pytest.param(
                {"existing": target(copy("old", 5, of=point_id(SOURCE, "deleted"))), "which": ("rp3",)},
                "the newer old is already in rpc-ne",
                id="order by a copy whose source is gone",
            ),
            pytest.param(
                {"rivals": [target(COPY3, name="rpc-ne-2")]}, "one copy in a region", id="second copy in the region"
            ),
            pytest.param(
                {"existing": target(copy("rp3", 40, of=point_id(SOURCE, "x")))}, "with the name rp3", id="name is taken"
            ),
            pytest.param({"vm_points": 500}, "at most 500", id="500 points"),
        ],
    )
    def test_blocked(self, case: dict[str, Any], words: str) -> None:
        decision = decide(**case)
        assert (decision.status, decision.actions, decision.later) == (BLOCKED, (), ())
        assert words in decision.reason

    def test_source_ids_in_another_spelling_are_the_same(self) -> None:
        existing = target(source_id=collection_id(SOURCE).upper())
        assert told(decide(existing=existing).actions) == ["start copy rpc-ne/rp3"]

    def test_499_points_are_allowed(self) -> None:
        assert decide(vm_points=499).status == RUNNING

    def test_the_last_of_500_goes_to_one_target_only(self) -> None:
        decision = decide(existing=target(), more=[(EAST, None)], vm_points=499)
        assert [action.verb for action in decision.actions] == ["start"]
        assert statuses(decision) == [RUNNING, BLOCKED]
        assert decision.status == RUNNING

    def test_a_rival_for_another_point_is_none(self) -> None:
        assert decide(existing=target(), rivals=[target(COPY1, name="rpc-ne-2")]).status == RUNNING


class TestTurns:
    """What may not start yet is pending, and predicted."""

    def test_one_at_a_time_in_order(self) -> None:
        decision = decide(existing=target(), which=("all",))
        assert told(decision.actions) == ["start copy rpc-ne/rp1"]
        assert told(decision.later) == ["start copy rpc-ne/rp2", "start copy rpc-ne/rp3"]
        assert statuses(decision) == [RUNNING, PENDING, PENDING]

    @pytest.mark.parametrize(
        "flying",
        [
            copy("rp2", 20, percent=10),
            copy("rp2", 20, state="Creating"),
            copy("rp2", 20, state="Deleting"),
            copy("x", 21, percent=10, of=point_id(SOURCE, "gone")),
        ],
    )
    def test_not_while_another_is_in_flight(self, flying: Any) -> None:
        decision = decide(existing=target(flying))
        assert (decision.status, decision.actions) == (PENDING, ())
        assert told(decision.later) == ["start copy rpc-ne/rp3"]
        assert "one point at a time" in decision.reason

    def test_older_copies_that_were_not_read_are_not_in_flight(self) -> None:
        assert decide(existing=target(copy("rp1", 30, viewed=False), COPY2)).status == RUNNING

    def test_what_was_started_but_is_not_listed_yet_is_in_flight(self) -> None:
        """Azure's lists lag: the next in turn must not start beside the one that was just started."""
        decision = decide(existing=target(), which=("all",), started=frozenset([key(point_id(TARGET, "rp1"))]))
        assert told(decision.actions) == []
        assert statuses(decision) == [RUNNING, PENDING, PENDING]

    def test_nor_does_another_selection_overtake_it(self) -> None:
        decision = decide(existing=target(), which=("latest",), started=frozenset([key(point_id(TARGET, "rp1"))]))
        assert decision.actions == ()
        assert decision.status == PENDING

    def test_what_was_started_elsewhere_is_not_in_flight_here(self) -> None:
        started = frozenset([key(point_id("rpc-ne-2", "rp1")), key(collection_id(TARGET))])
        assert told(decide(existing=target(), which=("all",), started=started).actions) == ["start copy rpc-ne/rp1"]

    def test_what_did_not_start_is_not_in_flight(self) -> None:
        first = key(point_id(TARGET, "rp1"))
        decision = decide(
            existing=target(), which=("all",), started=frozenset([first]), failures={first: "Quota: none left"}
        )
        assert told(decision.actions) == ["start copy rpc-ne/rp2"]
        assert statuses(decision) == [FAILED, RUNNING, PENDING]

    def test_the_source_is_still_being_made(self) -> None:
        making = collection(RP1, point("new", None, state="Creating"))
        decision = decide(making, target(COPY1))
        assert (decision.status, decision.actions, told(decision.later)) == (PENDING, (), ["start copy rpc-ne/new"])

    def test_the_target_is_predicted_too_when_all_is_for_later(self) -> None:
        decision = decide(collection(point("new", None, state="Creating")))
        assert told(decision.later) == ["create restore point collection rpc-ne", "start copy rpc-ne/new"]

    def test_three_starts_an_hour(self) -> None:
        decision = decide(existing=target(COPY1, COPY2, starts=[0.5, 0.25, 0.1]))
        assert (decision.status, decision.actions, told(decision.later)) == (PENDING, (), ["start copy rpc-ne/rp3"])
        assert decision.retry_after == 1800
        assert "30m" in decision.reason

    def test_the_hourly_limit_is_per_target(self) -> None:
        full = target(COPY1, COPY2, starts=[0.5, 0.25, 0.1])
        decision = decide(existing=full, more=[(EAST, None)])
        assert told(decision.actions)[-1] == "start copy rpc-eus/rp3"
        assert decision.retry_after == 0

    def test_all_that_remains_is_the_limit(self) -> None:
        """Nothing is asked again before it can be of use."""
        decision = decide(existing=target(starts=[0.5, 0.25, 0.1]), which=("all",))
        assert decision.actions == ()
        assert statuses(decision) == [PENDING] * 3
        assert decision.retry_after == 1800


class TestFailed:
    BROKEN = copy("rp3", 10, disks=[disk(), disk("data", 0, replication="failed", percent=40.0)])

    def test_it_is_told_with_the_way_out(self) -> None:
        decision = decide(existing=target(COPY2, self.BROKEN))
        assert (decision.status, decision.actions) == (FAILED, ())
        assert "failed at disk data" in decision.reason
        assert "replace_failed: true" in decision.reason

    def test_azures_own_words_are_told(self) -> None:
        where = key(point_id(TARGET, "rp3"))
        decision = decide(existing=target(self.BROKEN), started=frozenset([where]), failures={where: "DiskQuota: none"})
        assert "DiskQuota: none" in decision.reason

    def test_replaced_on_request(self) -> None:
        decision = decide(existing=target(COPY2, self.BROKEN), replace_failed=True)
        assert told(decision.actions) == ["delete failed copy rpc-ne/rp3"]
        assert told(decision.later) == ["start copy rpc-ne/rp3"]
        assert decision.status == PENDING

    def test_then_waited_for_until_it_is_gone(self) -> None:
        removal = removal_key(key(point_id(TARGET, "rp3")))
        for left in (self.BROKEN, copy("rp3", 10, state="Deleting")):
            decision = decide(existing=target(left), replace_failed=True, started=frozenset([removal]))
            assert (decision.status, decision.actions) == (PENDING, ())
        gone = decide(existing=target(), replace_failed=True, started=frozenset([removal]))
        assert told(gone.actions) == ["start copy rpc-ne/rp3"]

    def test_a_removal_that_fails_ends_it(self) -> None:
        removal = removal_key(key(point_id(TARGET, "rp3")))
        decision = decide(
            existing=target(self.BROKEN),
            replace_failed=True,
            started=frozenset([removal]),
            failures={removal: "DiskRestorePointUsedByCustomer: SAS"},
        )
        assert (decision.status, decision.actions) == (FAILED, ())
        assert "DiskRestorePointUsedByCustomer" in decision.reason

    def test_replaced_only_once_in_a_run(self) -> None:
        where = key(point_id(TARGET, "rp3"))
        started = frozenset([where, removal_key(where)])
        decision = decide(existing=target(self.BROKEN), replace_failed=True, started=started)
        assert (decision.status, decision.actions) == (FAILED, ())
        assert "not started again" in decision.reason

    def test_not_removed_when_it_could_not_be_repeated(self) -> None:
        decision = decide(existing=target(copy("rp1", 30, failed=True), COPY2), which=("rp1",), replace_failed=True)
        assert (decision.status, decision.actions) == (FAILED, ())
        assert "the newer rp2 is already copied" in decision.reason

    def test_after_two_weeks_the_advice_is_another(self) -> None:
        decision = decide(existing=target(copy("rp3", 400, failed=True), starts=[14 * 24 + 1]))
        assert "two weeks" in decision.reason
        assert "exclude the largest disks" in decision.reason

    def test_the_failure_is_told_when_all_else_is_settled(self) -> None:
        still = decide(
            existing=target(self.BROKEN),
            more=[(EAST, target(copy("rp3", 10, percent=5), name="rpc-eus", location="eastus"))],
        )
        assert statuses(still) == [FAILED, RUNNING]
        assert still.status == RUNNING
        done = decide(existing=target(self.BROKEN), more=[(EAST, target(COPY3, name="rpc-eus", location="eastus"))])
        assert done.status == FAILED

    def test_a_start_that_azure_refused_later(self) -> None:
        where = key(point_id(TARGET, "rp3"))
        decision = decide(existing=target(), started=frozenset([where]), failures={where: "OperationNotAllowed: no"})
        assert (decision.status, decision.actions) == (FAILED, ())
        assert "OperationNotAllowed: no" in decision.reason


class TestSwept:
    """`which: all` fails nothing that can never be copied, but lists it."""

    def test_older_points_than_the_newest_copy(self) -> None:
        decision = decide(existing=target(COPY2), which=("all",))
        assert told(decision.actions) == ["start copy rpc-ne/rp3"]
        assert statuses(decision) == [BLOCKED, SUCCEEDED, RUNNING]
        settled = decide(existing=target(COPY2, COPY3), which=("all",))
        assert settled.status == SUCCEEDED
        assert settled.reason == ""
        assert settled.percent == 100.0
        assert "order of creation" in settled.result["copies"][0]["reason"]

    def test_all_of_them(self) -> None:
        decision = decide(collection(RP1), target(copy("x", 5, of=point_id(SOURCE, "gone"))), which=("all",))
        assert (decision.status, decision.actions) == (SUCCEEDED, ())

    def test_asked_for_by_name_it_fails(self) -> None:
        assert decide(existing=target(COPY2), which=("rp1",)).status == BLOCKED

    def test_a_rule_about_the_whole_target_fails_all_the_same(self) -> None:
        assert decide(which=("all",), to=CopyTarget(NORTH.id, "westeurope")).status == BLOCKED


class TestSourceMissing:
    def test_it_fails(self) -> None:
        assert decide(None).status == FAILED
        assert decide(collection()).status == FAILED

    def test_in_check_mode_an_earlier_task_would_have_made_it(self) -> None:
        assert decide(None, check_mode=True).status == PENDING
        assert decide(collection(), check_mode=True).status == PENDING


class TestEncryption:
    KEYED = collection(
        point("rp3", 10, disks=[disk(encryption_set_id="/des"), disk("data", 2, point_id="/drp/data")]),
    )
    OWN = CopyTarget(NORTH.id, NORTH.location, "/des-ne")

    def test_losing_the_customers_key_is_warned_of(self) -> None:
        [warning] = decide(self.KEYED).warnings
        assert "(os)" in warning
        assert "platform-managed" in warning

    @pytest.mark.parametrize(
        ("source", "to", "existing"), [(THREE, NORTH, None), (KEYED, OWN, None), (KEYED, NORTH, target(COPY3))]
    )
    def test_no_warning(self, source: Collection, to: CopyTarget, existing: Collection | None) -> None:
        assert decide(source, existing, to=to).warnings == ()

    def test_body_with_a_disk_encryption_set(self) -> None:
        encryption = {"type": "EncryptionAtRestWithCustomerKey", "diskEncryptionSet": {"id": "/des-ne"}}
        assert copy_body(self.OWN, self.KEYED.points[0])["properties"] == {
            "sourceRestorePoint": {"id": point_id(SOURCE, "rp3")},
            "sourceMetadata": {
                "storageProfile": {
                    "osDisk": {
                        "diskRestorePoint": {"sourceDiskRestorePoint": {"id": "/drp/os"}, "encryption": encryption}
                    },
                    "dataDisks": [
                        {
                            "lun": 2,
                            "diskRestorePoint": {
                                "sourceDiskRestorePoint": {"id": "/drp/data"},
                                "encryption": encryption,
                            },
                        }
                    ],
                }
            },
        }


class TestResult:
    def test_what_would_be_left_without_the_source(self) -> None:
        """The RPO counts from when the data was, not from when it arrived."""
        decision = decide(existing=target(COPY1, COPY2, copy("rp3", 10, percent=60), starts=[3]))
        [shown] = decision.result["targets"]
        assert shown["newest_usable"] == "rp2"
        assert shown["rpo_seconds"] == 20 * 3600
        assert shown["last_copy_started_at"] == "2026-11-21T09:00:00Z"
        assert shown["location"] == "northeurope"
        [one] = decision.result["copies"]
        assert one["progress_percent"] == 60.0
        assert one["running_seconds"] == 3 * 3600
        assert one["restore_point_id"] == point_id(TARGET, "rp3")
        assert decision.reason == "northeurope 60 %, 0 of 1 disks"

    def test_disks_are_shown_only_while_there_is_something_to_say_of_them(self) -> None:
        """A fleet's result must stay small enough to be kept."""
        shown = decide(existing=target(COPY1, COPY2, copy("rp3", 10, percent=60)), which=("all",)).result["copies"]
        assert [len(one["disks"]) for one in shown] == [0, 0, 1]
        # Nobody has written down when that one was started.
        assert [one["running_seconds"] for one in shown] == [None, None, None]

    def test_nothing_there_yet(self) -> None:
        [shown] = decide().result["targets"]
        assert (shown["newest_usable"], shown["rpo_seconds"], shown["last_copy_started_at"]) == (None, None, None)

    def test_percent_is_the_mean_of_what_was_asked(self) -> None:
        decision = decide(existing=target(COPY1, copy("rp2", 20, percent=50)), which=("all",))
        assert decision.percent == pytest.approx(50.0)

    def test_a_copy_that_nears_two_weeks_is_warned_of(self) -> None:
        slow = copy("rp3", 400, percent=60)
        [warning] = decide(existing=target(slow, starts=[12 * 24])).warnings
        assert "12d" in warning
        assert decide(existing=target(slow, starts=[10 * 24])).warnings == ()
