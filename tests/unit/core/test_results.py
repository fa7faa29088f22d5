# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.bcdr.multicloud.plugins.module_utils._core.reconcile import (
    ABSENT,
    BLOCKED,
    FAILED,
    PENDING,
    RUNNING,
    STATUSES,
    SUCCEEDED,
    Action,
    Outcome,
)
from ansible_collections.bcdr.multicloud.plugins.module_utils._core.results import (
    diff_of,
    failure_message,
    has_failed,
    item_result,
    merge_diffs,
    merge_item_passes,
    summarise,
    task_result,
)


def item(label: str = "a", status: str = SUCCEEDED, reason: str = "", **more: Any) -> dict[str, Any]:
    return item_result(Outcome(label, status, reason, **more))


def test_item_result_shows_the_common_fields_beside_its_own() -> None:
    outcome = Outcome(
        "rpc-1",
        RUNNING,
        "half way",
        done=(Action("start", "copy x"),),
        percent=33.333,
        result={"copies": [1], "status": "must not win"},
        timed_out=True,
        error={"code": "Busy"},
    )
    assert item_result(outcome) == {
        "copies": [1],
        "label": "rpc-1",
        "status": RUNNING,
        "reason": "half way",
        "settled": False,
        "changed": True,
        "actions": ["start copy x"],
        "progress_percent": 33.3,
        "error": {"code": "Busy"},
        "timed_out": True,
    }


def test_item_result_leaves_out_what_is_not_known() -> None:
    assert {"progress_percent", "error", "timed_out"}.isdisjoint(item())
    assert item()["changed"] is False


def test_summary_counts_every_status_even_none() -> None:
    counts = summarise([item(status=SUCCEEDED), item(status=SUCCEEDED), item(status=BLOCKED)])
    assert counts == {ABSENT: 0, PENDING: 0, RUNNING: 0, SUCCEEDED: 2, FAILED: 0, BLOCKED: 1}
    assert tuple(counts) == STATUSES


@pytest.mark.parametrize(
    ("status", "timed_out", "failed"),
    [
        (SUCCEEDED, False, False),
        (ABSENT, False, False),
        (RUNNING, False, False),
        (PENDING, False, False),
        (FAILED, False, True),
        (BLOCKED, False, True),
        (RUNNING, True, True),
    ],
)
def test_which_items_fail_the_task(status: str, timed_out: bool, failed: bool) -> None:
    one = item(status=status, timed_out=timed_out)
    assert has_failed(one) is failed
    assert ("failed" in task_result([one], False, 60)) is failed
    assert ("failed" in task_result([item(), one], True, 60)) is failed


def test_message_of_one_item_is_its_reason() -> None:
    assert failure_message([item("vm-1", BLOCKED, "same region")], 60) == "vm-1: blocked: same region"


def test_message_of_many_names_each_failed_one() -> None:
    items = [item("a", FAILED, "no"), item("b"), item("c", BLOCKED, "never")]
    assert failure_message(items, 60) == "2 of 3 items failed: a: failed: no; c: blocked: never"


def test_message_ends_somewhere() -> None:
    message = failure_message([item(f"vm-{n}", FAILED, "no") for n in range(23)], 60)
    assert message.startswith("23 of 23 items failed: vm-0: failed: no; ")
    assert "vm-19: failed" in message
    assert "vm-20: failed" not in message
    assert message.endswith("and 3 more (see results)")


def test_message_of_a_timeout_says_where_it_stands_and_what_comes() -> None:
    late = item("vm-1", RUNNING, "os 40 %", percent=40.0, timed_out=True)
    assert failure_message([late], 5400) == (
        "vm-1: still running at 40 % after 1h 30m (os 40 %); nothing was undone, the next run takes up from here"
    )


def test_result_of_one_item_and_of_a_batch() -> None:
    changed = item("a", RUNNING, done=(Action("make", "x"),))
    single = task_result([changed], False, 60)
    assert single["label"] == "a"
    assert "results" not in single
    batch = task_result([changed, item("b")], True, 60)
    assert [one["label"] for one in batch["results"]] == ["a", "b"]
    assert batch["changed"] is True
    assert batch["settled"] is False
    assert batch["summary"][RUNNING] == 1
    assert task_result([], True, 60) == {"results": [], "summary": summarise([]), "settled": True, "changed": False}


def test_diff_is_one_entry_per_resource_from_first_before_to_last_after() -> None:
    actions = [
        Action("update tags of", "rpc", before={"tags": {}}, after={"tags": {"a": "1"}}),
        Action("delete", "rp-1", before={"created": "x"}),
        Action("update tags of", "rpc", before={"tags": {"a": "1"}}, after={"tags": {"a": "2"}}),
    ]
    assert diff_of(actions) == {
        "before": {"rp-1": {"created": "x"}, "rpc": {"tags": {}}},
        "after": {"rp-1": None, "rpc": {"tags": {"a": "2"}}},
    }
    assert list(diff_of(actions)["before"]) == ["rp-1", "rpc"]


def test_merging_two_passes_keeps_all_that_was_done() -> None:
    first = item("a", RUNNING, "started", done=(Action("start", "x"),))
    second = item("a", SUCCEEDED, percent=100.0)
    merged = merge_item_passes(first, second)
    assert merged["changed"] is True
    assert merged["actions"] == ["start x"]
    assert merged["status"] == SUCCEEDED
    assert merged["reason"] == ""
    assert merge_item_passes(second, first)["actions"] == ["start x"]


def test_merging_diffs_spans_from_the_first_before_to_the_last_after() -> None:
    first = {"before": {"x": 1}, "after": {"x": 2}, "before_header": "a"}
    second = {"before": {"x": 2, "y": None}, "after": {"x": 3, "y": 9}, "before_header": "a"}
    assert merge_diffs(first, second) == {
        "before": {"x": 1, "y": None},
        "after": {"x": 3, "y": 9},
        "before_header": "a",
    }
    assert merge_diffs(None, second) == second
    assert merge_diffs(first, None) == first
    assert merge_diffs(None, None) == {}
