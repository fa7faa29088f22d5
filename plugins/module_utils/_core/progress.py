# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The run's own account of what moved: JSON lines, for the action plugin to show and for people to keep."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from ansible_collections.bcdr.multicloud.plugins.module_utils._core.reconcile import RUNNING, SUCCEEDED, Outcome


def estimate_seconds_left(fraction: float, elapsed: float) -> float | None:
    """Return the seconds left if it goes on as it went so far; None as long as too little is done to say."""
    if fraction < 0.02 or elapsed <= 0:
        return None
    return elapsed * (1.0 - fraction) / fraction


def fraction_done(outcomes: Sequence[Outcome]) -> float:
    """Return how much of all is done, 0 to 1; a running item counts with its percent."""

    def of_one(outcome: Outcome) -> float:
        if outcome.settled:
            return 1.0
        return (outcome.percent or 0.0) / 100.0 if outcome.status == RUNNING else 0.0

    return sum(map(of_one, outcomes)) / len(outcomes) if outcomes else 1.0


class ProgressLog:
    """Appends one JSON line per change of an item to each of `paths`.

    `elapsed` returns the seconds since the start, `timestamp` the wall clock as text.
    """

    def __init__(self, paths: Sequence[str], elapsed: Callable[[], float], timestamp: Callable[[], str]) -> None:
        self._elapsed = elapsed
        self._timestamp = timestamp
        self._handles = [Path(path).open("a", encoding="utf-8", buffering=1) for path in paths]  # noqa: SIM115

    def __call__(self, outcomes: Sequence[Outcome], index: int) -> None:
        outcome = outcomes[index]
        elapsed = self._elapsed()
        left = estimate_seconds_left(fraction_done(outcomes), elapsed)
        self._write(
            {
                "time": self._timestamp(),
                "item": index,
                "label": outcome.label,
                "status": outcome.status,
                "reason": outcome.reason,
                "progress_percent": outcome.percent,
                "actions": [action.describe() for action in outcome.done],
                "settled": sum(other.settled for other in outcomes),
                "succeeded": sum(other.status == SUCCEEDED for other in outcomes),
                "running": sum(other.status == RUNNING for other in outcomes),
                "of": len(outcomes),
                "elapsed": round(elapsed, 1),
                "estimate": None if left is None else round(left),
            }
        )

    def _write(self, event: dict[str, Any]) -> None:
        line = json.dumps(event, sort_keys=True) + "\n"
        for handle in self._handles:
            handle.write(line)

    def close(self) -> None:
        for handle in self._handles:
            handle.close()
