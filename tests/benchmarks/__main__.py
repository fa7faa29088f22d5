# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Measure the protection of fleets against the sandbox: ``python tests/benchmarks``, or ``make benchmark``.

Virtual machines of Azure are protected from nothing to copies in two regions, EFS file systems that have a recovery point
get copies in two vaults, VMs of Nutanix a recovery point and its replica at another site.

Every run is a real ansible-playbook. CPU is that of the run's whole process tree, without the sandbox; memory is that of
its largest process. The sandbox answers each request after 40 ms. The client keeps to Azure's documented limits of calls
(see `_LIMITS`); the last column is the least time that these limits alone make a run take.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

# Run as a directory, Python knows no package: import by the names of the folders.
sys.path[0] = str(Path(__file__).resolve().parent.parent)

from benchmarks import efs_playbooks, nutanix_playbooks, playbooks  # noqa: E402
from system.efs_fleet import efs_fleet  # noqa: E402
from system.nutanix_fleet import nutanix_fleet  # noqa: E402
from system.runner import collections_path  # noqa: E402
from system.sandbox_process import SandboxProcess  # noqa: E402

Json = dict[str, Any]
Plays = Callable[[Sequence[str]], list[Json]]
# Calls at once and per second, per subscription: those of plugins/module_utils/_azure/arm.py.
_LIMITS = {"read": (250, 25), "write": (200, 10), "delete": (200, 10)}
_KINDS = {"GET": "read", "DELETE": "delete"}


@dataclass(frozen=True)
class Measured:
    """One run; seconds, MiB, and calls of the resource manager, of AWS or of Prism Central by method."""

    what: str
    items: int
    wall: float
    cpu: float
    memory: float
    calls: dict[str, int]
    refused: int
    limited: float


class Bench:
    """Runs playbooks against one sandbox."""

    def __init__(self, folder: Path, latency_ms: float, speed: float) -> None:
        self._folder = folder
        self.sandbox = SandboxProcess(folder / "sandbox", "integration", speed, latency_ms)
        home = folder / "home"
        home.mkdir()
        (folder / "ansible.cfg").touch()
        self._environment = {
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', os.defpath)}",
            "HOME": str(home),
            "LC_ALL": "C.UTF-8",
            "NO_COLOR": "1",
            "ANSIBLE_NOCOLOR": "1",
            "ANSIBLE_CONFIG": str(folder / "ansible.cfg"),
            "ANSIBLE_HOME": str(home / ".ansible"),
            "ANSIBLE_REMOTE_TMP": str(home / "remote"),
            "ANSIBLE_COLLECTIONS_PATH": collections_path(),
            "ANSIBLE_LOCALHOST_WARNING": "false",
            "ANSIBLE_INVENTORY_UNPARSED_WARNING": "false",
            "PYTHONDONTWRITEBYTECODE": "1",
            "no_proxy": "127.0.0.1,localhost",
            **self.sandbox.environment,
        }

    def run(self, what: str, items: int, plays: list[Json], *options: str) -> Measured:
        playbook = self._folder / "playbook.yml"
        playbook.write_text(json.dumps(plays), encoding="utf-8")
        self.sandbox.clear_requests()
        output = self._folder / "output"
        started = time.monotonic()
        with output.open("wb") as stream:
            process = subprocess.Popen(
                [sys.executable, str(Path(sys.executable).parent / "ansible-playbook"), str(playbook), *options],
                env=self._environment,
                cwd=self._folder,
                stdin=subprocess.DEVNULL,
                stdout=stream,
                stderr=subprocess.STDOUT,
            )
            _pid, status, usage = os.wait4(process.pid, 0)
        wall = time.monotonic() - started
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            raise SystemExit(f"{what} failed:\n{output.read_text(encoding='utf-8', errors='replace')[-4000:]}")
        log = self.sandbox.requests()
        calls: dict[str, int] = {}
        for entry in log:
            if "action" in entry or "prism_central" in entry or entry["path"].startswith("/subscriptions/"):
                calls[entry["method"]] = calls.get(entry["method"], 0) + 1
        measured = Measured(
            what,
            items,
            round(wall, 1),
            round(usage.ru_utime + usage.ru_stime, 1),
            round(usage.ru_maxrss / 1024, 1),
            dict(sorted(calls.items())),
            len(self.sandbox.refused()),
            round(_least_seconds(log), 1),
        )
        print(f"  {what}: {measured.wall:.0f} s", file=sys.stderr, flush=True)
        return measured


def _least_seconds(log: list[Json]) -> float:
    """Return how long Azure's limits make the calls take; each task has buckets of its own, and starts with the metadata."""
    total = 0.0
    counts = dict.fromkeys(_LIMITS, 0)
    for entry in [*log, {"path": "/metadata/endpoints", "method": "GET"}]:
        if entry["path"] == "/metadata/endpoints":
            total += max(max(0, counts[kind] - capacity) / rate for kind, (capacity, rate) in _LIMITS.items())
            counts = dict.fromkeys(_LIMITS, 0)
        elif entry["path"].startswith("/subscriptions/"):
            counts[_KINDS.get(entry["method"], "write")] += 1
    return total


def _table(rows: list[Measured], item: str) -> str:
    """The figures, and per item beside each other; the ratio is to the first row that is a first run."""
    base = rows[0]
    total = f"{'':48} {item + 's':>4} {'wall s':>8} {'CPU s':>8} {'MiB':>6} {'limits s':>9}"
    lines = [f"{total} | {'wall/' + item:>7} {'':>6} {'CPU/' + item:>7} {'':>6}  calls/{item}"]
    for row in rows:
        wall, cpu = row.wall / row.items, row.cpu / row.items
        calls = " ".join(f"{method} {count / row.items:.1f}" for method, count in row.calls.items())
        lines.append(
            f"{row.what:48} {row.items:>4} {row.wall:>8.1f} {row.cpu:>8.1f} {row.memory:>6.0f} {row.limited:>9.1f}"
            f" | {wall:>6.2f}s {wall / (base.wall / base.items):>5.1f}x {cpu:>6.2f}s"
            f" {cpu / (base.cpu / base.items):>5.1f}x  {calls}{f', refused {row.refused}' if row.refused else ''}"
        )
    return "\n".join(lines)


@dataclass(frozen=True)
class Fleet:
    """What is measured of one provider: its seed, and the plays for some names of its fleet."""

    seed: Json
    names: list[str]
    batches: Plays
    loops: Plays
    plain: Plays
    plain_title: str


def _azure(bench: Bench) -> Fleet:
    def rest_calls(names: Sequence[str]) -> list[Json]:
        return playbooks.rest_calls(names, bench.sandbox.details["BCDR_SANDBOX_ADMIN"].removesuffix("/_sandbox"))

    title = "ansible.builtin.uri, first run, no retention"
    return Fleet({"name": "fleet-200"}, _names("vm"), playbooks.batches, playbooks.loops, rest_calls, title)


def _efs(bench: Bench) -> Fleet:
    names = _names("efs")
    made, title = efs_playbooks, "command with a boto3 script, first run"
    return Fleet(efs_fleet(names, ages=(3600,)), names, made.batches, made.loops, made.scripts, title)


def _nutanix(bench: Bench) -> Fleet:
    names = _names("vm")
    made, title = nutanix_playbooks, "command with a script of the SDK, first run"
    return Fleet(nutanix_fleet(names), names, made.batches, made.loops, made.scripts, title)


def _names(prefix: str) -> list[str]:
    return [f"{prefix}-{number:03d}" for number in range(1, 201)]


def _measure(bench: Bench, fleet: Fleet, items: int, loop_items: int, plain_items: int) -> list[Measured]:
    def run(what: str, count: int, plays: Plays, *options: str) -> Measured:
        names = fleet.names[:count]
        return bench.run(what, len(names), plays(names), *options)

    bench.sandbox.plant(fleet.seed)
    rows = [
        run("batches, first run", items, fleet.batches),
        run("batches, nothing to do", items, fleet.batches),
        run("batches, check mode", items, fleet.batches, "--check"),
    ]
    bench.sandbox.plant(fleet.seed)
    rows.append(run("loop of single tasks, first run", loop_items, fleet.loops))
    rows.append(run("loop of single tasks, nothing to do", loop_items, fleet.loops))
    bench.sandbox.plant(fleet.seed)
    rows.append(run(fleet.plain_title, plain_items, fleet.plain))
    return rows


_FLEETS = {"azure": ("VM", _azure), "efs": ("FS", _efs), "nutanix": ("VM", _nutanix)}
_WORK = {
    "azure": "two copies of each VM",
    "efs": "two copies of each file system",
    "nutanix": "a recovery point of each VM and its replica",
}


def main() -> None:
    parser = argparse.ArgumentParser(prog="python tests/benchmarks", description=__doc__.splitlines()[0])
    parser.add_argument("--fleet", choices=_FLEETS, action="append", help="which to measure (default: all)")
    parser.add_argument("--items", type=int, default=200, help="VMs or file systems of the batches (at most 200)")
    parser.add_argument("--loop-items", type=int, default=20, help="those of the loop of single tasks")
    parser.add_argument("--plain-items", type=int, default=10, help="those of the plain calls or scripts")
    parser.add_argument("--latency-ms", type=float, default=40)
    parser.add_argument("--speed", type=float, default=3600, help="virtual seconds per second")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there too")
    options = parser.parse_args()
    measured: dict[str, list[Measured]] = {}
    for name in options.fleet or _FLEETS:
        item, fleet = _FLEETS[name]
        with tempfile.TemporaryDirectory(prefix="bcdr-benchmark-") as folder:
            bench = Bench(Path(folder), options.latency_ms, options.speed)
            try:
                sizes = (options.items, options.loop_items, options.plain_items)
                measured[name] = _measure(bench, fleet(bench), *sizes)
            finally:
                bench.sandbox.stop()
        print(f"{name}: {_WORK[name]}, {options.latency_ms:.0f} ms per request, {os.cpu_count()} cores\n")
        print(_table(measured[name], item) + "\n", flush=True)
    print(
        "The fleets differ in size because loops of hundreds take an hour: what is 'per' one is what grows with the fleet, and\n"
        "for those that loop it stays what it is (one process per one and step, one after the other).\n"
        "'limits s' is the least that Azure's own limits of calls, which the batches keep, make of the wall time."
    )
    if options.json:
        shown = {name: [asdict(row) for row in rows] for name, rows in measured.items()}
        options.json.write_text(json.dumps(shown, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
