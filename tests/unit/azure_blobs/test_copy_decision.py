# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""When a blob is copied, and how a copy that was started comes out: each rule as a case."""

from __future__ import annotations

import datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.bcdr.multicloud.plugins.module_utils._azure.blobs.copy_decision import (
    NOTHING_KNOWN,
    CopiesObserved,
    CopiesWanted,
    CopyRules,
    DestinationObserved,
    Known,
    Tally,
    decide_blob,
    decide_copies,
    is_same,
)
from ansible_collections.bcdr.multicloud.plugins.module_utils._azure.blobs.values import ETAG_RECORD, Blob
from ansible_collections.bcdr.multicloud.plugins.module_utils._core.reconcile import (
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
    started,
    target,
)

RULES = CopyRules()
NO_MD5 = {"md5": ""}


@pytest.mark.parametrize(
    ("why", "source", "there", "rules", "same"),
    [
        ("all is the same", blob(), target(), RULES, True),
        ("the MD5 is another", blob(md5="bb=="), target(), RULES, False),
        ("the length is another", blob(size=101), target(), RULES, False),
        ("the type is another", blob(type="PageBlob"), target(), RULES, False),
        ("the metadata is another", blob(metadata={"a": "b"}), target(), RULES, False),
        ("the metadata does not matter", blob(metadata={"a": "b"}), target(), CopyRules(metadata=False), True),
        ("the tags are others", blob(tags={"a": "b"}), target(), CopyRules(tags=True), False),
        ("the tags do not matter", blob(tags={"a": "b"}), target(), RULES, True),
        ("the tier is another", blob(tier="Hot"), target(tier="Cool"), RULES, True),
        ("no MD5, and the ETag is on record", blob(**NO_MD5), target(**NO_MD5), RULES, True),
        ("no MD5, and another ETag is on record", blob(etag="0x2", **NO_MD5), target(**NO_MD5), RULES, False),
        ("no MD5, and no ETag is on record", blob(**NO_MD5), target(metadata={}, **NO_MD5), RULES, False),
        ("no MD5, and the copy was touched", blob(**NO_MD5), target(modified=ago(5), **NO_MD5), RULES, False),
        ("no MD5, and it is the original of the copy", target(**NO_MD5), blob(**NO_MD5), RULES, True),
        ("no MD5, and the original has changed", target(**NO_MD5), blob(etag="0x2", **NO_MD5), RULES, False),
        ("no MD5, and the copy was written to", target(modified=ago(5), **NO_MD5), blob(**NO_MD5), RULES, False),
        ("no MD5, and nothing is known of the copy", target(copy=None, **NO_MD5), blob(**NO_MD5), RULES, False),
        ("no MD5, and it tells of no copy", blob(**NO_MD5), target(copy=None, **NO_MD5), RULES, False),
        ("an upload with the same MD5", blob(), target(copy=None, metadata={}), RULES, True),
        ("the copy is pending", blob(), target("pending"), RULES, False),
        ("the copy failed, and left what is equal", blob(size=0), target("failed", size=0), RULES, False),
        ("the copy was aborted, and left what is equal", blob(size=0), target("aborted", size=0), RULES, False),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_is_the_same(why: str, source: Blob, there: Blob, rules: CopyRules, same: bool) -> None:
    assert is_same(source, there, rules) is same


def view(source: Blob, there: Blob | None, known: Known = NOTHING_KNOWN, **rules: Any) -> tuple[str, str, bool]:
    one = decide_blob(source, there, CopyRules(**rules), SOURCE, known, NOW)
    return one.status, one.reason, one.todo


OURS = Known(started())


@pytest.mark.parametrize(
    ("source", "there", "known", "rules", "status", "reason", "todo"),
    [
        (blob(), None, NOTHING_KNOWN, {}, PENDING, "", True),
        (blob(), target(), NOTHING_KNOWN, {}, SUCCEEDED, "", False),
        (blob(), target("failed"), NOTHING_KNOWN, {}, PENDING, "", True),
        (blob(archived=True), None, NOTHING_KNOWN, {}, BLOCKED, "archived", False),
        (blob(archived=True), target(), NOTHING_KNOWN, {}, SUCCEEDED, "", False),
        (blob(lease="leased"), None, NOTHING_KNOWN, {}, BLOCKED, "leased", False),
        (blob(lease="leased"), None, NOTHING_KNOWN, {"leased_source": True}, PENDING, "", True),
        (blob(lease="leased"), None, NOTHING_KNOWN, {"snapshot": True}, PENDING, "", True),
        (blob(lease="leased"), target(), NOTHING_KNOWN, {}, SUCCEEDED, "", False),
        (blob(), target(type="PageBlob"), NOTHING_KNOWN, {}, BLOCKED, "does not overwrite", False),
        (
            target("aborted", size=0),
            blob(),
            NOTHING_KNOWN,
            {"whole": True},
            BLOCKED,
            "the copy to it was aborted",
            False,
        ),
        (
            target("pending", size=9),
            blob(),
            NOTHING_KNOWN,
            {"whole": True},
            BLOCKED,
            "the copy to it is still pending",
            False,
        ),
        (blob(size=9), target(lease="leased"), NOTHING_KNOWN, {}, FAILED, "give its lease id", False),
        (blob(size=9), target(lease="leased"), NOTHING_KNOWN, {"lease_ids": {"x": "1"}}, PENDING, "", True),
        (blob(), target("pending"), NOTHING_KNOWN, {}, RUNNING, "copying for 10m", False),
        (blob(), target("pending"), OURS, {}, RUNNING, "copying for 10m", False),
        (blob(), target("pending"), Known(started(copy_id="c0")), {}, PENDING, "another copy to it", False),
        (blob(), target("pending", metadata={}), NOTHING_KNOWN, {}, PENDING, "another copy to it", False),
        (
            blob(),
            target(copy=copy("pending", source=f"{'x'}://y/z")),
            NOTHING_KNOWN,
            {},
            PENDING,
            "another copy",
            False,
        ),
        (blob(), target(), OURS, {}, SUCCEEDED, "", False),
        (blob(etag="0x2"), target(), OURS, {}, SUCCEEDED, "", False),
        (blob(), target(size=99), OURS, {}, FAILED, "has 99 bytes, and its source 100", False),
        (blob(), target(md5="bb=="), OURS, {}, FAILED, "MD5 of the copy is bb==", False),
        (blob(), target(type="PageBlob"), OURS, {}, FAILED, "of type PageBlob", False),
        (blob(), target(copy=copy(done=60)), OURS, {}, FAILED, "bytes", False),
        (blob(), target("failed"), OURS, {}, FAILED, "failed: Azure gives no reason", False),
        (blob(etag="0x2"), target("failed"), OURS, {}, FAILED, "the source changed while it was copied", False),
        (blob(), target("aborted"), OURS, {}, FAILED, "aborted by somebody else", False),
        (blob(), None, OURS, {}, FAILED, "deleted by somebody else", False),
        (blob(md5="bb=="), target(copy=None), OURS, {}, FAILED, "somebody else changed the target", False),
        (blob(), target(copy=None), OURS, {}, SUCCEEDED, "", False),
        (blob(etag="0x2", md5="bb=="), target(), Known(finished=True), {}, SUCCEEDED, "", False),
        (blob(), None, Known(failure="no"), {}, FAILED, "no", False),
        (blob(), None, Known(deferred="later"), {}, PENDING, "later", True),
    ],
)
def test_how_a_blob_stands(
    source: Blob, there: Blob | None, known: Known, rules: dict[str, Any], status: str, reason: str, todo: bool
) -> None:
    found = view(source, there, known, **rules)
    assert (found[0], found[2]) == (status, todo)
    assert reason in found[1]


def test_a_copy_is_overdue_after_its_time_and_not_before() -> None:
    hour = datetime.timedelta(hours=1)
    late = decide_blob(blob(), target("pending", modified=ago(3601)), CopyRules(overdue_after=hour), SOURCE, OURS, NOW)
    early = decide_blob(blob(), target("pending", modified=ago(3599)), CopyRules(overdue_after=hour), SOURCE, OURS, NOW)
    assert (late.overdue, early.overdue) == (True, False)
    assert "more than 1h" in late.reason


@given(st.sampled_from(["pending", "failed", "aborted"]), st.booleans(), st.booleans())
def test_presence_is_never_a_copy(state: str, with_md5: bool, with_record: bool) -> None:
    """What a copy has left that has not ended well is not the blob, whatever it looks like."""
    md5 = "aa==" if with_md5 else ""
    there = target(state, md5=md5, metadata={ETAG_RECORD: "0x1"} if with_record else {})
    assert view(blob(md5=md5), there)[0] != SUCCEEDED


def decided(tally: Tally, **wanted: Any) -> Decision:
    asked = CopiesWanted(SOURCE, (TARGET,), **wanted)
    return decide_copies(asked, CopiesObserved((DestinationObserved(tally),), NOW))


def tally_of(*pairs: tuple[Blob, Blob | None], known: Known = NOTHING_KNOWN) -> Tally:
    tally = Tally()
    for source, there in pairs:
        tally.add(source, there, decide_blob(source, there, RULES, SOURCE, known, NOW))
    return tally


def test_what_is_there_needs_nothing() -> None:
    decision = decided(tally_of((blob(), target())))
    assert (decision.status, decision.actions, decision.percent) == (SUCCEEDED, (), None)
    assert decision.result["destinations"][0]["rpo_seconds"] == 0


def test_the_oldest_change_that_is_missing_is_the_loss() -> None:
    tally = tally_of((blob("a", modified=ago(50)), None), (blob("b", modified=ago(500)), None), (blob(), target()))
    assert decided(tally).result["destinations"][0]["rpo_seconds"] == 500


@pytest.mark.parametrize(("limit", "status", "verbs"), [(2, RUNNING, ["delete 2"]), (1, BLOCKED, [])])
def test_extra_blobs_go_only_within_the_limit(limit: int, status: str, verbs: list[str]) -> None:
    tally = tally_of((blob(), target()))
    tally.add_extra(blob("old1"))
    tally.add_extra(blob("old2"))
    decision = decided(tally, delete_extra=True, max_deletes=limit)
    assert (decision.status, [action.verb for action in decision.actions]) == (status, verbs)
    assert decided(tally).actions == ()


def test_nothing_is_deleted_beside_a_failure() -> None:
    tally = tally_of((blob(size=9), target(lease="leased")))
    tally.add_extra(blob("old"))
    decision = decided(tally, delete_extra=True, max_deletes=5)
    assert (decision.status, decision.actions, decision.later) == (FAILED, (), ())


def test_what_was_met_by_chance_is_a_warning_and_what_was_named_a_failure() -> None:
    tally = tally_of((blob(archived=True), None))
    met, named = decided(tally), decided(tally, names=frozenset(["x"]))
    assert (met.status, named.status) == (SUCCEEDED, BLOCKED)
    assert "archived" in met.warnings[0]


@pytest.mark.parametrize(("listed", "status"), [(ago(61), BLOCKED), (ago(60), SUCCEEDED), (ago(0), SUCCEEDED)])
def test_what_is_written_after_the_list_was_read_is_not_known(listed: datetime.datetime, status: str) -> None:
    asked = CopiesWanted(SOURCE, (TARGET,), newer_than=ago(60))
    observed = CopiesObserved((DestinationObserved(tally_of((blob(), target()))),), NOW, listed_at=listed)
    decision = decide_copies(asked, observed)
    assert (decision.status, decision.actions) == (status, ())
    assert ("lies ahead" in decision.reason) is (status == BLOCKED)


def test_records_that_cannot_be_kept_fail_what_else_went_well() -> None:
    asked = CopiesWanted(SOURCE, (TARGET,))
    observed = CopiesObserved((DestinationObserved(tally_of((blob(), target()))),), NOW, record_problem="no table")
    decision = decide_copies(asked, observed)
    assert decision.status == FAILED
    assert "no table" in decision.reason
