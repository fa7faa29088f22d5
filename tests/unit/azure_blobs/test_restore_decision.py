# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is done to use copies, and up to when a container holds what its source had: decisions."""

from __future__ import annotations

import datetime
from dataclasses import replace
from typing import Any

import pytest

from ansible_collections.bcdr.multicloud.plugins.module_utils._azure.blobs.copy_decision import (
    BlobView,
    Tally,
    held_until,
    last_sync_time,
)
from ansible_collections.bcdr.multicloud.plugins.module_utils._azure.blobs.restore_decision import (
    Held,
    RestoreObserved,
    RestoreWanted,
    decide_restore,
)
from ansible_collections.bcdr.multicloud.plugins.module_utils._azure.blobs.sync_record import (
    SyncRecord,
    least_of,
    read_record,
    record_name,
    selection_shown,
)
from ansible_collections.bcdr.multicloud.plugins.module_utils._azure.blobs.values import Blob, Place, Selection
from ansible_collections.bcdr.multicloud.plugins.module_utils._core.reconcile import (
    ABSENT,
    BLOCKED,
    FAILED,
    PENDING,
    RUNNING,
    SUCCEEDED,
    Decision,
)
from ansible_collections.bcdr.multicloud.tests.unit.azure_blobs.blob_builders import (
    NOW,
    SOURCE,
    TARGET,
    ago,
    blob,
    copy,
    target,
)

ALL = Selection()
DRILLED = Place("secondary", "drill-web", TARGET.url)


@pytest.mark.parametrize(
    ("source", "there", "since"),
    [
        pytest.param(blob(modified=ago(100), created=ago(900)), None, 900, id="never copied: since it was made"),
        pytest.param(blob(modified=ago(100)), None, 100, id="never copied, and nothing is known but its last change"),
        pytest.param(
            blob(modified=ago(100), created=ago(9000)), target(), 600, id="out of date: since the copy was made"
        ),
        pytest.param(
            blob(modified=ago(5000), created=ago(9000)),
            target(),
            5000,
            id="out of date for longer than the copy is old, by what else differs",
        ),
        pytest.param(
            blob(modified=ago(100), created=ago(9000)),
            target("pending", modified=ago(10)),
            9000,
            id="copied anew: the old content is gone",
        ),
        pytest.param(blob(modified=ago(100), created=ago(9000)), target("aborted"), 9000, id="an abort leaves nothing"),
        pytest.param(
            blob(modified=ago(100), created=ago(9000)),
            target(modified=ago(50)),
            9000,
            id="touched since: what it is is not known",
        ),
    ],
)
def test_up_to_when_a_blob_is_held(source: Blob, there: Blob | None, since: int) -> None:
    assert held_until(source, there) == ago(since)


def test_the_last_sync_time_is_that_of_the_blob_that_is_furthest_behind() -> None:
    tally = Tally()
    assert last_sync_time(tally, ago(5)) == ago(5)
    tally.add(blob(), None, BlobView(PENDING, todo=True))
    assert last_sync_time(tally, ago(5)) is None
    tally.add(blob(), target(), BlobView(SUCCEEDED))
    assert last_sync_time(tally, ago(5)) == ago(86400)
    tally.add(blob(modified=ago(90000)), target("pending"), BlobView(RUNNING))
    assert last_sync_time(tally, ago(5)) == ago(90000)


def record(**fields: Any) -> SyncRecord:
    made = SyncRecord("primary/photos", selection_shown(ALL), ago(60), ago(60), 5, 500, 5, "0x1")
    return replace(made, **fields)


def test_a_record_comes_back_as_it_was_written() -> None:
    for one in (record(), record(last_sync_time=None, held=0)):
        assert read_record(one.content(), "0x1") == one


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"listed_at": 5}', record().content().replace("2026", "soon")])
def test_what_is_no_record_is_none(text: str) -> None:
    assert read_record(text, "0x1") is None


def test_an_earlier_look_never_takes_the_place_of_a_later_one() -> None:
    assert record().replaces(None)
    assert record(listed_at=ago(10)).replaces(record())
    # Also where it has found out that less is held.
    assert record(listed_at=ago(10), last_sync_time=ago(9000)).replaces(record())
    assert not record(listed_at=ago(90)).replaces(record())


def test_each_source_and_selection_has_a_record_of_its_own() -> None:
    selections = [ALL, Selection(prefix="a"), Selection(include=("a",)), Selection(names=frozenset("a"))]
    names = {record_name(SOURCE, selection) for selection in selections} | {record_name(TARGET, ALL)}
    assert len(names) == 5
    assert all(name.startswith(".bcdr/") for name in names)


def test_of_several_sources_that_which_is_furthest_behind_counts() -> None:
    behind, other = record(last_sync_time=ago(900)), record(selection=selection_shown(Selection(prefix="a")))
    assert least_of([record(), behind, other], ALL) is behind
    assert least_of([record(), record(last_sync_time=None)], ALL) == record(last_sync_time=None)
    assert least_of([other], ALL) is None


WANTED = RestoreWanted(TARGET, ALL)
TO_DRILL = RestoreWanted(TARGET, ALL, DRILLED, "web")
HELD = Held(5, 500, 4)
MARK = {"bcdr_drill": "web"}


def lacking(count: int) -> Held:
    held = Held(5 - count, 500)
    for number in range(count):
        held.miss(f"b{number}", "the copy to it failed")
    return held


@pytest.mark.parametrize(
    ("wanted", "observed", "status", "reason"),
    [
        pytest.param(WANTED, RestoreObserved(NOW, held=HELD), SUCCEEDED, "", id="all is whole, and nothing on record"),
        pytest.param(WANTED, RestoreObserved(NOW, held=HELD, record=record()), SUCCEEDED, "", id="all is whole"),
        pytest.param(
            WANTED,
            RestoreObserved(NOW, held=lacking(1)),
            FAILED,
            "1 blob cannot be used (b0: the copy to it failed); the 4 others can be used: say allow_incomplete",
            id="one is not whole",
        ),
        pytest.param(
            WANTED,
            RestoreObserved(NOW, held=HELD, record=record(held=7)),
            FAILED,
            "5 blobs are there whole, and when it was looked last, 2026-03-01T07:59:00Z, 7 were",
            id="some are missing",
        ),
        pytest.param(
            replace(WANTED, allow_incomplete=True), RestoreObserved(NOW, held=lacking(1)), SUCCEEDED, "", id="accepted"
        ),
        pytest.param(
            WANTED, RestoreObserved(problem="there is no container x"), FAILED, "there is no", id="no container"
        ),
        pytest.param(
            TO_DRILL,
            RestoreObserved(container={}),
            BLOCKED,
            "no drill of web has made the container secondary/drill-web (its metadata has no bcdr_drill), so nothing is copied",
            id="a container of somebody else",
        ),
        pytest.param(
            replace(TO_DRILL, absent=True),
            RestoreObserved(container={"bcdr_drill": "other"}),
            BLOCKED,
            "no drill of web has made the container secondary/drill-web (it is marked with other), so it is not deleted",
            id="a container of another drill is not deleted",
        ),
        pytest.param(replace(TO_DRILL, absent=True), RestoreObserved(), ABSENT, "", id="gone already"),
    ],
)
def test_what_comes_of_it(wanted: RestoreWanted, observed: RestoreObserved, status: str, reason: str) -> None:
    decision = decide_restore(wanted, observed)
    assert (decision.status, decision.actions) == (status, ())
    assert decision.reason.startswith(reason)
    assert bool(decision.reason) == bool(reason)


def test_only_a_container_with_the_mark_is_deleted() -> None:
    decision = decide_restore(replace(TO_DRILL, absent=True), RestoreObserved(container=MARK))
    assert [action.describe() for action in decision.actions] == ["delete container secondary/drill-web"]


def test_what_a_drill_has_copied_is_counted() -> None:
    tally = Tally()
    made = target(copy=copy(completed=ago(30)))
    tally.add(blob("a"), made, BlobView(SUCCEEDED, done=100))
    tally.add(blob("b", md5=""), made, BlobView(SUCCEEDED, done=100))
    tally.add(blob("c"), None, BlobView(BLOCKED, "the copy to it failed"))
    observed = RestoreObserved(
        NOW,
        container=MARK,
        copies=Decision(SUCCEEDED, warnings=("c is blocked",)),
        tally=tally,
        record=record(last_sync_time=ago(60)),
        seconds=12,
    )
    result = decide_restore(TO_DRILL, observed)
    assert (result.status, result.result["incomplete_count"]) == (FAILED, 1)
    result = decide_restore(replace(TO_DRILL, allow_incomplete=True), observed)
    assert (result.status, result.result["verification"]) == (
        SUCCEEDED,
        {"matches": True, "blobs": 2, "bytes": 200, "md5": 1},
    )
    assert (result.result["rpo_seconds"], result.result["recovery_seconds"]) == (60, 12)
    assert result.warnings == ("secondary/photos: 1 blob cannot be used (c: the copy to it failed)",)
    assert tally.last_completed == ago(30)
    assert isinstance(tally.last_completed, datetime.datetime)
