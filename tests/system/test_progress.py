# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""While a task waits, what moves is shown at once."""

from __future__ import annotations

import json
import os
import re
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from system.fleet import NORTH, copy_task, fleet, play, source
from system.runner import Ansible
from system.sandbox_process import SandboxProcess

from ansible_collections.bcdr.multicloud.plugins.plugin_utils import _waiting

SPEED = 1200.0
VMS = ("app1", "app2")


def _plant(sandbox: SandboxProcess) -> None:
    # An hour for the one and two for the other.
    sandbox.plant(
        fleet(VMS, [source(VMS[0], (3000,)), source(VMS[1], (3000, 2000))], durations={"copy_gib_per_hour": 60})
    )


def _options(journal: Path) -> dict[str, Any]:
    return {
        "batch": [{"restore_point_collection": f"rpc-{vm}"} for vm in VMS],
        "targets": [{"location": NORTH}],
        "which": ["all"],
        "journal_path": str(journal),
    }


@pytest.mark.parametrize("terminal", [True, False], ids=["terminal", "pipe"])
def test_lines_come_while_the_task_runs(
    sandbox: SandboxProcess, ansible: Ansible, tmp_path: Path, terminal: bool
) -> None:
    """Into a pipe Ansible buffers all its output, so there it takes PYTHONUNBUFFERED."""
    _plant(sandbox)
    journal = tmp_path / "journal.jsonl"
    reading, writing = os.openpty() if terminal else os.pipe()
    with os.fdopen(writing, "wb") as stdout:
        process = ansible.start(
            [play([copy_task("app1", **_options(journal))])],
            env={} if terminal else {"PYTHONUNBUFFERED": "1"},
            stdout=stdout,
        )
    lines = list(_timed_lines(reading))
    process.finish()
    ended = next(moment for moment, line in lines if line.startswith("changed:"))
    shown = [(moment, line) for moment, line in lines if line.startswith("  localhost: rpc-")]
    started = [moment for moment, line in shown if "[create restore point collection" in line]
    assert len(started) == 2
    assert all(ended - moment > 1.5 for moment in started)
    # What was done is said once, and the last line says that all is done.
    assert sum("start copy rpc-app1-northeurope/p1" in line for _moment, line in shown) == 1
    assert re.search(r"succeeded.* \(2/2 settled, \d+s\)$", shown[-1][1])
    entries = [json.loads(line) for line in journal.read_text(encoding="utf-8").splitlines()]
    assert len(entries) == len(shown)
    assert {entry["label"] for entry in entries} == {"rpc-app1", "rpc-app2"}
    assert entries[-1]["settled"] == 2


def _timed_lines(descriptor: int) -> Iterator[tuple[float, str]]:
    """The lines that come from a file descriptor, each with the moment of its arrival."""
    rest = ""
    with os.fdopen(descriptor, "rb", buffering=0) as stream:
        while True:
            try:
                chunk = stream.read(65536)
            except OSError:  # how a terminal ends
                return
            if not chunk:
                return
            *lines, rest = (rest + chunk.decode().replace("\r", "")).split("\n")
            for line in lines:
                yield time.monotonic(), line


def test_a_reader_who_goes_away_hangs_nothing(sandbox: SandboxProcess, ansible: Ansible, tmp_path: Path) -> None:
    _plant(sandbox)
    process = ansible.start(
        [play([copy_task("app1", **_options(tmp_path / "journal.jsonl"))])], stdout=subprocess.PIPE, broken=True
    )
    stream = process.popen.stdout
    assert stream is not None
    with stream:
        while b"rpc-" not in stream.readline():
            pass
    # How Ansible ends then is its own affair; the copies that were started are taken up by the next run.
    process.finish(60, rc=None)
    ansible.playbook([play([copy_task("app1", **_options(tmp_path / "journal.jsonl"))])])
    assert [copy["replication"] for copy in sandbox.points(f"rpc-app1-{NORTH}")] == ["succeeded"]
    assert sandbox.refused() == []


def test_heartbeat(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lines: list[str] = []
    monkeypatch.setattr(_waiting, "_HEARTBEAT", 0.05)
    monkeypatch.setattr(_waiting, "_LOOK", 0.01)
    monkeypatch.setattr(_waiting.display, "display", lambda text, **_kwargs: lines.append(text))
    path = tmp_path / "progress.jsonl"
    event = {
        "item": 0,
        "label": "app",
        "status": "running",
        "reason": "",
        "progress_percent": 40.0,
        "actions": ["start copy"],
    }
    path.write_text(json.dumps({**event, "settled": 1, "of": 3, "elapsed": 5, "estimate": 60}) + "\n", encoding="utf-8")
    done = threading.Event()
    thread = threading.Thread(target=_waiting._show, args=(path, done, "host", False))
    thread.start()
    time.sleep(0.3)
    done.set()
    thread.join(5)
    assert lines[0] == "  host: app running 40 % [start copy] (1/3 settled, 5s, about 1m left)"
    assert len(lines) >= 3
    assert all(line == "  host: 1 of 3 settled, 0s elapsed, about 1m left" for line in lines[1:])
