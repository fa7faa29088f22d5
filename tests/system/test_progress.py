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
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from system.efs_fleet import efs_fleet, efs_id, file_system_task, vault_copy_task
from system.fleet import NORTH, copy_task, fleet, play, source
from system.nutanix_fleet import ext_id, nutanix_fleet, replica_task
from system.runner import Ansible
from system.sandbox_process import SandboxProcess

from ansible_collections.bcdr.multicloud.plugins.plugin_utils import _waiting

SPEED = 1200.0
NAMES = ("app1", "app2")
Json = dict[str, Any]


@dataclass(frozen=True)
class Case:
    """A batch of copies that take an hour and more; `label` is what an item is called.

    `first` and `once` are parts of what is told of the start, for each item and for the first of them.
    """

    seed: Json
    task: Callable[[str], Json]
    label: Callable[[str], str]
    first: str
    once: str


CASES = {
    "azure": Case(
        # An hour for the one and two for the other.
        fleet(NAMES, [source(NAMES[0], (3000,)), source(NAMES[1], (3000, 2000))], durations={"copy_gib_per_hour": 60}),
        lambda journal: copy_task(
            "app1",
            batch=[{"restore_point_collection": f"rpc-{vm}"} for vm in NAMES],
            targets=[{"location": NORTH}],
            which=["all"],
            journal_path=journal,
        ),
        lambda vm: f"rpc-{vm}",
        "[create restore point collection",
        "start copy rpc-app1-northeurope/p1",
    ),
    "efs": Case(
        efs_fleet(NAMES, (3000,), durations={"copy_base": 3600}),
        lambda journal: vault_copy_task(
            "", batch=[{"file_system_id": efs_id(name)} for name in NAMES], journal_path=journal
        ),
        efs_id,
        "[start copy of ",
        "[start copy of ",
    ),
    "nutanix": Case(
        nutanix_fleet(NAMES, (3000,), durations={"replicate_base": 3600}),
        lambda journal: replica_task(
            "", batch=[{"vm_ext_ids": [ext_id(name)]} for name in NAMES], journal_path=journal
        ),
        ext_id,
        "[start replication of ",
        "[start replication of app1-1 to ",
    ),
}


@pytest.mark.parametrize(
    ("provider", "terminal"), [("azure", True), ("azure", False), ("efs", True), ("nutanix", True)]
)
def test_lines_come_while_the_task_runs(
    sandbox: SandboxProcess, ansible: Ansible, tmp_path: Path, provider: str, terminal: bool
) -> None:
    """Into a pipe Ansible buffers all its output, so there it takes PYTHONUNBUFFERED."""
    case = CASES[provider]
    sandbox.plant(case.seed)
    journal = tmp_path / "journal.jsonl"
    lines = _shown(ansible, case.task(str(journal)), terminal)
    ended = next(moment for moment, line in lines if line.startswith("changed:"))
    labels = {case.label(name) for name in NAMES}
    shown = [
        (moment, line) for moment, line in lines if line.startswith(tuple(f"  localhost: {one}" for one in labels))
    ]
    started = [moment for moment, line in shown if case.first in line]
    assert len(started) == 2
    assert all(ended - moment > 1.5 for moment in started)
    # What was done is said once, and the last line says that all is done.
    mine = [line for _moment, line in shown if f" {case.label(NAMES[0])} " in line]
    assert sum(case.once in line for line in mine) == 1
    assert re.search(r"succeeded.* \(2/2 settled, \d+s\)$", shown[-1][1])
    entries = [json.loads(line) for line in journal.read_text(encoding="utf-8").splitlines()]
    assert len(entries) == len(shown)
    assert {entry["label"] for entry in entries} == labels
    assert entries[-1]["settled"] == 2


def test_a_restore_tells_percent_and_the_estimate_of_aws(
    sandbox: SandboxProcess, ansible: Ansible, tmp_path: Path
) -> None:
    """What waits its turn is told apart from what runs."""
    sandbox.plant(efs_fleet(["apps"], (3000,), arrived=(1,), durations={"queue": 1800, "restore_base": 5400}))
    lines = _shown(ansible, file_system_task("apps", journal_path=str(tmp_path / "journal.jsonl")), True)
    shown = [line for _moment, line in lines if line.startswith("  localhost: apps-dr ")]
    assert "pending: the restore waits to be started by AWS [restore file system apps-dr]" in shown[0]
    running = [re.search(r" running (\d+) %: AWS expects it to take 1h 30m", line) for line in shown]
    percents = [int(found[1]) for found in running if found]
    assert len(percents) >= 2
    assert percents == sorted(percents)
    assert percents[-1] > percents[0]
    entries = [json.loads(line) for line in (tmp_path / "journal.jsonl").read_text(encoding="utf-8").splitlines()]
    assert [entry["status"] for entry in entries if entry["status"] != "running"] == ["pending", "succeeded"]


def _shown(ansible: Ansible, task: Json, terminal: bool) -> list[tuple[float, str]]:
    """Run the task and return the lines of its output, each with the moment of its arrival."""
    reading, writing = os.openpty() if terminal else os.pipe()
    with os.fdopen(writing, "wb") as stdout:
        process = ansible.start([play([task])], env={} if terminal else {"PYTHONUNBUFFERED": "1"}, stdout=stdout)
    lines = list(_timed_lines(reading))
    process.finish()
    return lines


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
    case = CASES["azure"]
    sandbox.plant(case.seed)
    copies = play([case.task(str(tmp_path / "journal.jsonl"))])
    process = ansible.start([copies], stdout=subprocess.PIPE, broken=True)
    stream = process.popen.stdout
    assert stream is not None
    with stream:
        while case.label(NAMES[0]).encode() not in stream.readline():
            pass
    # How Ansible ends then is its own affair; the copies that were started are taken up by the next run.
    process.finish(60, rc=None)
    ansible.playbook([copies])
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
