# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which points may go; above all which never do."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from ansible_collections.bcdr.multicloud.plugins.module_utils._azure.restore_points.retention_decision import (
    RetentionObserved,
    RetentionWanted,
    decide_retention,
    keep_reasons,
)
from ansible_collections.bcdr.multicloud.plugins.module_utils._azure.restore_points.values import (
    Collection,
    RestorePoint,
    newest_usable,
)
from ansible_collections.bcdr.multicloud.plugins.module_utils._core.reconcile import (
    ABSENT,
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

pytest.importorskip("hypothesis")

from hypothesis import given, settings
from hypothesis import strategies as st


def chain(*ages: float) -> list[RestorePoint]:
    """Return points p1 (oldest) ... of those ages in hours."""
    return [point(f"p{index}", age) for index, age in enumerate(ages, 1)]


def decide(
    there: Collection | None, newest: int | None = None, younger_hours: float | None = None, **observed: Any
) -> Decision:
    younger = None if younger_hours is None else int(younger_hours * 3600)
    wanted = RetentionWanted(collection_id(SOURCE), newest, younger)
    return decide_retention(wanted, RetentionObserved(there, NOW, **observed))


def doomed(decision: Decision) -> list[str]:
    return [action.payload["name"] for action in decision.actions]


def why(decision: Decision) -> dict[str, str]:
    return {one["name"]: "; ".join(one["reasons"]) for one in decision.result["kept"]}


@pytest.mark.parametrize(
    ("newest", "younger", "gone"),
    [
        pytest.param(2, None, ["p2", "p3"], id="the newest two"),
        pytest.param(1, None, ["p2", "p3", "p4"], id="only the newest"),
        pytest.param(9, None, [], id="more than there are"),
        pytest.param(None, 25, ["p2", "p3"], id="of the last day"),
        pytest.param(None, 0, ["p2", "p3", "p4"], id="age lets all go but the newest"),
        pytest.param(1, 25, ["p2", "p3"], id="either reason keeps"),
        pytest.param(3, 1, ["p2"], id="either reason keeps, the other way"),
    ],
)
def test_what_goes(newest: int | None, younger: float | None, gone: list[str]) -> None:
    """The oldest is the chain's base and stays in any case."""
    decision = decide(collection(*chain(96, 72, 48, 24, 2)), newest, younger)
    assert doomed(decision) == gone
    assert decision.result["deleted"] == gone
    assert decision.status == (RUNNING if gone else SUCCEEDED)
    assert "the chain's base of os" in why(decision)["p1"]
    assert "the newest usable one" in why(decision)["p5"]


def test_deletion_is_shown_in_the_diff() -> None:
    [action] = decide(collection(*chain(72, 48, 2)), newest=1).actions
    assert action.describe() == "delete restore point rpc/p2"
    assert action.before == {"created_at": "2026-11-19T12:00:00Z"}
    assert action.after is None


def test_exactly_as_old_as_the_limit_may_go() -> None:
    assert doomed(decide(collection(*chain(96, 24, 2)), younger_hours=24)) == ["p2"]
    assert doomed(decide(collection(*chain(96, 23.99, 2)), younger_hours=24)) == []


def test_points_that_are_not_usable_do_not_count_as_newest() -> None:
    """Failed copies never push out good ones."""
    there = target(
        copy("p1", 50), copy("p2", 40), copy("p3", 30), copy("p4", 20, failed=True), copy("p5", 10, percent=40)
    )
    decision = decide(there, newest=2)
    assert doomed(decision) == []
    assert "newest usable" in why(decision)["p3"]
    assert "not all arrived" in why(decision)["p5"]
    assert "nothing newer is usable" in why(decision)["p4"]


def test_a_failed_point_goes_once_something_newer_is_usable() -> None:
    there = target(copy("p1", 50), copy("p2", 40, failed=True), copy("p3", 30))
    assert doomed(decide(there, newest=5)) == ["p2"]


def test_failed_points_alone_stay() -> None:
    assert doomed(decide(target(copy("p1", 50, failed=True), copy("p2", 40, failed=True)), newest=1)) == []


@pytest.mark.parametrize("state", ["Creating", "Updating"])
def test_what_is_being_made_stays(state: str) -> None:
    decision = decide(collection(*chain(50, 40, 30), point("new", None, state=state)), newest=1)
    assert "new" not in doomed(decision)
    assert "being created" in why(decision)["new"]


def test_the_source_of_a_copy_that_is_not_done_stays() -> None:
    """Azure lets it be deleted, and the copy fails."""
    decision = decide(
        collection(*chain(50, 40, 30)), newest=1, copying={key(point_id(SOURCE, "p2")): "rpc-ne (northeurope)"}
    )
    assert doomed(decision) == []
    assert "its copy to rpc-ne (northeurope) is not done" in why(decision)["p2"]


def test_the_base_of_each_disk_stays() -> None:
    def with_disks(name: str, age: float, *names: str) -> RestorePoint:
        return point(name, age, disks=[disk(one, None if one == "os" else 0) for one in names])

    there = collection(
        with_disks("p1", 50, "os"),
        with_disks("p2", 40, "os", "data"),
        with_disks("p3", 30, "os", "data"),
        with_disks("p4", 20, "os"),
    )
    decision = decide(there, newest=1)
    assert doomed(decision) == ["p3"]
    assert "base of os" in why(decision)["p1"]
    assert "base of data" in why(decision)["p2"]


def test_a_disk_that_was_replaced_under_its_name_has_its_own_base() -> None:
    there = collection(
        point("p1", 50),
        point("p2", 40, disks=[disk(disk_id="/disks/new-os")]),
        point("p3", 30, disks=[disk(disk_id="/disks/NEW-os")]),
        point("p4", 20, disks=[disk(disk_id="/disks/new-os")]),
    )
    assert doomed(decide(there, newest=1)) == ["p3"]


def test_a_failed_point_is_no_base() -> None:
    there = collection(
        point("p1", 50, disks=[disk(replication="failed")]), *[point(f"q{n}", 50 - n) for n in (1, 2, 3)]
    )
    decision = decide(there, newest=1)
    assert doomed(decision) == ["p1", "q2"]
    assert "chain's base" in why(decision)["q1"]


def test_deleting_once_and_waiting() -> None:
    there = collection(point("p1", 50), point("p2", 40, state="Deleting"), *[point("p3", 30), point("p4", 20)])
    decision = decide(there, newest=1, started=frozenset([key(point_id(SOURCE, "p3"))]))
    assert (decision.status, decision.actions) == (RUNNING, ())
    assert decision.result["deleted"] == ["p2", "p3"]


def test_what_azure_refuses_to_delete_is_told() -> None:
    second = key(point_id(SOURCE, "p2"))
    decision = decide(
        collection(*chain(50, 40, 30)),
        newest=1,
        started=frozenset([second]),
        failures={second: "DiskRestorePointUsedByCustomer: SAS"},
    )
    assert (decision.status, decision.actions) == (FAILED, ())
    assert "p2: DiskRestorePointUsedByCustomer: SAS" in decision.reason


def test_what_is_deleted_already_is_no_failure() -> None:
    decision = decide(collection(*chain(50, 30)), newest=1, started=frozenset([key(point_id(SOURCE, "p9"))]))
    assert decision.status == SUCCEEDED


def test_no_collection() -> None:
    assert decide(None, newest=1).status == FAILED
    allowed = decide_retention(
        RetentionWanted(collection_id(SOURCE), 1, allow_missing=True), RetentionObserved(None, NOW)
    )
    assert (allowed.status, allowed.actions) == (ABSENT, ())
    assert decide(None, newest=1, check_mode=True).status == PENDING


def test_an_empty_collection() -> None:
    assert decide(collection(), newest=1).status == SUCCEEDED


@st.composite
def collections(draw: st.DrawFn) -> tuple[Collection, RetentionWanted, Mapping[str, str]]:
    points = []
    for index in range(draw(st.integers(0, 8))):
        name, age = f"p{index}", draw(st.floats(0, 100))
        state = draw(st.sampled_from(["usable"] * 3 + ["running", "failed", "Creating", "Deleting", "Failed"]))
        names = draw(st.sets(st.sampled_from(["os", "data"]), min_size=1))
        replication = {"usable": "replicated", "running": "replicating", "failed": "failed"}.get(state)
        if replication:
            disks = [disk(one, replication=replication, percent=50.0) for one in sorted(names)]
            points.append(point(name, age, disks=disks, remote=True))
        else:
            points.append(point(name, age, state=state))
    copying = {key(point_id(SOURCE, one.name)): "x" for one in points if draw(st.booleans())}
    newest = draw(st.one_of(st.none(), st.integers(1, 4)))
    younger = draw(st.one_of(st.none(), st.integers(0, 360000)))
    return collection(*points), RetentionWanted(collection_id(SOURCE), newest, younger), copying


@settings(max_examples=400, deadline=None)
@given(collections())
def test_never_the_newest_usable_never_what_is_copied_or_moves(
    case: tuple[Collection, RetentionWanted, Mapping[str, str]],
) -> None:
    there, wanted, copying = case
    observed = RetentionObserved(there, NOW, copying)
    decision = decide_retention(wanted, observed)
    gone = {name: there.point(name) for name in doomed(decision)}
    best = newest_usable(there.points)
    usable_left = [one for one in there.points if one.usable and one.name not in gone]
    assert best is None or best in usable_left
    for name, one in gone.items():
        assert one is not None
        assert key(one.id) not in copying, name
        assert not one.creating
        assert one.status in (SUCCEEDED, FAILED)
    if wanted.keep_newest is not None:
        usable = [one for one in there.points if one.usable]
        assert len(usable_left) >= min(wanted.keep_newest, len(usable))


@settings(max_examples=200, deadline=None)
@given(collections())
def test_every_point_is_either_kept_with_a_reason_or_goes(
    case: tuple[Collection, RetentionWanted, Mapping[str, str]],
) -> None:
    there, wanted, copying = case
    decision = decide_retention(wanted, RetentionObserved(there, NOW, copying))
    kept = {one["name"] for one in decision.result["kept"]}
    assert kept.isdisjoint(decision.result["deleted"])
    assert kept | set(decision.result["deleted"]) == {one.name for one in there.points}
    assert all(one["reasons"] for one in decision.result["kept"])


@settings(max_examples=200, deadline=None)
@given(collections())
def test_a_second_pass_after_the_deletions_finds_nothing_more(
    case: tuple[Collection, RetentionWanted, Mapping[str, str]],
) -> None:
    there, wanted, copying = case
    observed = RetentionObserved(there, NOW, copying)
    left = [one for one in there.points if keep_reasons(wanted, observed, there)[one.name]]
    again = decide_retention(wanted, RetentionObserved(collection(*left), NOW, copying))
    assert again.actions == ()
