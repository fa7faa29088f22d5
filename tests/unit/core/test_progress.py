# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ansible_collections.bcdr.multicloud.plugins.module_utils._core.progress import (
    ProgressLog,
    estimate_seconds_left,
    fraction_done,
)
from ansible_collections.bcdr.multicloud.plugins.module_utils._core.reconcile import (
    BLOCKED,
    FAILED,
    PENDING,
    RUNNING,
    SUCCEEDED,
    Action,
    Outcome,
)


@pytest.mark.parametrize(
    ("fraction", "elapsed", "left"),
    [(0.0, 100, None), (0.019, 100, None), (0.02, 100, 4900), (0.25, 60, 180), (1.0, 60, 0), (0.5, 0, None)],
)
def test_estimate(fraction: float, elapsed: float, left: float | None) -> None:
    assert estimate_seconds_left(fraction, elapsed) == (left if left is None else pytest.approx(left))


@pytest.mark.parametrize(
    ("outcomes", "fraction"),
    [
        pytest.param([], 1.0, id="nothing to do"),
        pytest.param([Outcome("a")], 0.0, id="not looked at"),
        pytest.param([Outcome("a", RUNNING, percent=40.0)], 0.4, id="running counts with its percent"),
        pytest.param([Outcome("a", RUNNING)], 0.0, id="running without percent"),
        pytest.param([Outcome("a", PENDING, percent=40.0)], 0.0, id="pending has not begun"),
        pytest.param([Outcome("a", FAILED), Outcome("b", BLOCKED)], 1.0, id="failed ones are done"),
        pytest.param([Outcome("a", SUCCEEDED), Outcome("b", RUNNING, percent=50.0)], 0.75, id="mean of all"),
    ],
)
def test_fraction_done(outcomes: list[Outcome], fraction: float) -> None:
    assert fraction_done(outcomes) == pytest.approx(fraction)


def test_each_change_is_one_whole_line_in_each_file(tmp_path: Path) -> None:
    """A reader that tails the file sees a line as soon as it is told; a journal is added to, not replaced."""
    progress, journal = tmp_path / "progress", tmp_path / "journal"
    journal.write_text("earlier run\n", encoding="utf-8")
    log = ProgressLog(
        [str(progress), str(journal)], elapsed=lambda: 60.04, timestamp=lambda: "2026-11-21T00:00:00+00:00"
    )
    outcomes = [
        Outcome("a", SUCCEEDED),
        Outcome("b", RUNNING, "os 50 %", done=(Action("start", "copy b"),), percent=50.0),
        Outcome("c", BLOCKED, "same region"),
        Outcome("d", PENDING),
    ]
    log(outcomes, 1)
    assert json.loads(progress.read_text(encoding="utf-8")) == {
        "time": "2026-11-21T00:00:00+00:00",
        "item": 1,
        "label": "b",
        "status": RUNNING,
        "reason": "os 50 %",
        "progress_percent": 50.0,
        "actions": ["start copy b"],
        "settled": 2,
        "succeeded": 1,
        "running": 1,
        "of": 4,
        "elapsed": 60.0,
        "estimate": 36,
    }
    log(outcomes, 2)
    log.close()
    assert len(progress.read_text(encoding="utf-8").splitlines()) == 2
    assert journal.read_text(encoding="utf-8") == "earlier run\n" + progress.read_text(encoding="utf-8")


def test_without_files_nothing_is_written() -> None:
    log = ProgressLog([], elapsed=lambda: 0.0, timestamp=lambda: "")
    log([Outcome("a")], 0)
    log.close()
