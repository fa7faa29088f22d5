# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""From outcomes to what a task returns, and from several passes of one task to one result. Pure functions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ansible_collections.bcdr.multicloud.plugins.module_utils._core.durations import format_duration
from ansible_collections.bcdr.multicloud.plugins.module_utils._core.reconcile import (
    BLOCKED,
    FAILED,
    STATUSES,
    Action,
    Outcome,
)

_NAMED_FAILURES = 20


def item_result(outcome: Outcome) -> dict[str, Any]:
    """Return what a task shows of one item: the item's own result beside the fields that all items share."""
    shown: dict[str, Any] = dict(outcome.result)
    shown.update(
        label=outcome.label,
        status=outcome.status,
        reason=outcome.reason,
        settled=outcome.settled,
        changed=bool(outcome.done),
        actions=[action.describe() for action in outcome.done],
    )
    if outcome.percent is not None:
        shown["progress_percent"] = round(outcome.percent, 1)
    if outcome.retry_after and not outcome.settled:
        shown["retry_after_seconds"] = round(outcome.retry_after)
    if outcome.error:
        shown["error"] = dict(outcome.error)
    if outcome.timed_out:
        shown["timed_out"] = True
    return shown


def diff_of(actions: Iterable[Action]) -> dict[str, dict[str, Any]]:
    """Return before and after, one entry per resource that the actions change; sorted, so that it is stable."""
    before: dict[str, Any] = {}
    after: dict[str, Any] = {}
    for action in actions:
        before.setdefault(action.resource, action.before)
        after[action.resource] = action.after
    return {"before": dict(sorted(before.items())), "after": dict(sorted(after.items()))}


def summarise(items: Sequence[Mapping[str, Any]]) -> dict[str, int]:
    """Return the count of items per status; every status is there, so that a play can ask for each."""
    counts = dict.fromkeys(STATUSES, 0)
    for item in items:
        counts[item["status"]] += 1
    return counts


def has_failed(item: Mapping[str, Any]) -> bool:
    return item["status"] in (FAILED, BLOCKED) or bool(item.get("timed_out"))


def failure_message(items: Sequence[Mapping[str, Any]], wait_timeout: float) -> str:
    """Return the line that a failed task shows: each failed item with its reason; empty if none failed."""
    failed = [item for item in items if has_failed(item)]
    if not failed:
        return ""
    lines = [_failure_line(item, wait_timeout) for item in failed]
    if len(items) == 1:
        return lines[0]
    more = len(lines) - _NAMED_FAILURES
    listed = "; ".join(lines[:_NAMED_FAILURES]) + (f"; and {more} more (see results)" if more > 0 else "")
    return f"{len(failed)} of {len(items)} items failed: {listed}"


def _failure_line(item: Mapping[str, Any], wait_timeout: float) -> str:
    if item.get("timed_out"):
        percent = f" at {item['progress_percent']:g} %" if item.get("progress_percent") is not None else ""
        reason = f" ({item['reason']})" if item.get("reason") else ""
        return (
            f"{item['label']}: still {item['status']}{percent} after {format_duration(wait_timeout)}{reason}; "
            "nothing was undone, the next run takes up from here"
        )
    return f"{item['label']}: {item['status']}: {item['reason']}"


def task_result(items: Sequence[Mapping[str, Any]], batch: bool, wait_timeout: float) -> dict[str, Any]:
    """Return the whole result of a task from the results of its items."""
    result: dict[str, Any]
    if batch:
        result = {"results": [dict(item) for item in items], "summary": summarise(items)}
        result["settled"] = all(item["settled"] for item in items)
    else:
        result = dict(items[0])
    result["changed"] = any(item["changed"] for item in items)
    message = failure_message(items, wait_timeout)
    if message:
        result.update(failed=True, msg=message)
    return result


def merge_item_passes(earlier: Mapping[str, Any], later: Mapping[str, Any]) -> dict[str, Any]:
    """Return one item's result over two passes: the later state, and all that either of them did."""
    return {
        **later,
        "changed": earlier["changed"] or later["changed"],
        "actions": list(earlier["actions"]) + list(later["actions"]),
    }


def merge_diffs(earlier: Mapping[str, Any] | None, later: Mapping[str, Any] | None) -> dict[str, Any]:
    """Return one diff over two passes of the same item: the first before and the last after of each resource."""
    if not earlier or not later:
        return dict(earlier or later or {})
    return {
        **later,
        "before": dict(sorted({**later["before"], **earlier["before"]}.items())),
        "after": dict(sorted({**earlier["after"], **later["after"]}.items())),
    }
