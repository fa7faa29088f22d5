# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Run all stages of `make test`, two at a time beside one that mostly waits, and sum up what they counted.

A stage's output goes to .build/logs and is printed when the stage is done, so that two never mix. The first failure
stops the others. The last line counts the tests that really ran, as their own tools report them: pytest cases, sanity
tests, integration targets, molecule scenarios. A stage that fails without a failed test of its own counts as one.
"""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from xml.etree import ElementTree

ROOT = Path(__file__).resolve().parent.parent
BUILD = ROOT / ".build"
LOGS = BUILD / "logs"


@dataclass(frozen=True)
class Count:
    passed: int = 0
    failed: int = 0
    skipped: int = 0

    def __add__(self, other: Count) -> Count:
        return Count(self.passed + other.passed, self.failed + other.failed, self.skipped + other.skipped)


def count_nothing(log: str) -> Count:
    return Count()


def count_junit(pattern: str) -> Callable[[str], Count]:
    def count(log: str) -> Count:
        total = Count()
        for path in sorted(BUILD.glob(pattern)):
            for case in ElementTree.parse(path).iter("testcase"):
                if case.find("failure") is not None or case.find("error") is not None:
                    total += Count(failed=1)
                elif case.find("skipped") is not None:
                    total += Count(skipped=1)
                else:
                    total += Count(passed=1)
        return total

    return count


def count_targets(log: str) -> Count:
    """ansible-test names each target that it runs, and at the end how many of all failed."""
    ran = len(re.findall(r"^Running \S+ integration test (?:role|script)$", log, flags=re.MULTILINE))
    match = re.search(r"The (\d+) integration test\(s\) listed below \(out of (\d+)\) failed", log)
    if match:
        failed, ran = int(match[1]), int(match[2])
        return Count(passed=ran - failed, failed=failed)
    return Count(passed=ran)


def count_scenarios(log: str) -> Count:
    """Molecule's recap has one line per scenario."""
    plain = re.sub(r"\x1b\[[0-9;]*m", "", log)
    failures = re.findall(r"^\S+\s*: actions=\d+ .*\bfailed=(\d+)", plain, flags=re.MULTILINE)
    failed = sum(1 for number in failures if int(number))
    return Count(passed=len(failures) - failed, failed=failed)


@dataclass
class Stage:
    name: str
    command: tuple[str, ...]
    count: Callable[[str], Count] = count_nothing
    results: str = ""
    # Leaves the processor to others most of the time, so that it needs no place of its own.
    waits: bool = False
    process: subprocess.Popen[bytes] | None = None
    started: float = 0.0
    seconds: float = 0.0
    outcome: str = "not run"
    counted: Count = field(default_factory=Count)

    @property
    def log(self) -> Path:
        return LOGS / f"{self.name}.log"

    def start(self) -> None:
        # What an earlier run left must not be counted again.
        for path in BUILD.glob(self.results) if self.results else ():
            path.unlink()
        self.started = time.monotonic()
        with self.log.open("wb") as log:
            # A group of its own, so that stopping the stage stops all that it started.
            self.process = subprocess.Popen(
                self.command, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT, process_group=0
            )

    def finish(self, outcome: str) -> None:
        self.seconds = time.monotonic() - self.started
        self.outcome = outcome
        self.counted = self.count(self.log.read_text(encoding="utf-8", errors="replace"))
        if outcome == "failed" and not self.counted.failed:
            self.counted += Count(failed=1)

    def stop(self) -> None:
        """Ask first: scripts stop their sandbox on the way out."""
        assert self.process is not None
        for number in (signal.SIGTERM, signal.SIGKILL):
            try:
                os.killpg(self.process.pid, number)
                self.process.wait(timeout=20)
            except subprocess.TimeoutExpired:
                continue
            except ProcessLookupError:
                pass
            break
        self.finish("stopped")


def stages() -> list[Stage]:
    """The quick ones that fail most often first, and beside them the longest one, which is in parts."""
    return [
        system("waiting"),
        Stage("lint", ("tools/lint.sh",)),
        system("1"),
        Stage("unit", ("tools/pytest.sh", "unit"), count_junit("results/unit.xml"), "results/unit.xml"),
        system("2"),
        Stage("integration", ("tools/integration.sh",), count_targets),
        Stage(
            "sanity",
            ("tools/sanity.sh",),
            count_junit("ansible-test/sanity/ansible_collections/bcdr/multicloud/tests/output/junit/*.xml"),
            "ansible-test/sanity/ansible_collections/bcdr/multicloud/tests/output/junit/*.xml",
        ),
        Stage("nutanix", ("tools/nutanix.sh",), count_junit("results/nutanix.xml"), "results/nutanix.xml"),
        Stage("browser", ("tools/browser.sh",), count_junit("results/browser.xml"), "results/browser.xml"),
        Stage("molecule", ("tools/molecule.sh",), count_scenarios),
        Stage("oldest-core", ("tools/oldest_core.sh",)),
        Stage("docs", ("tools/docs.sh",)),
    ]


def system(part: str) -> Stage:
    name = f"system-{part}"
    command = ("tools/pytest.sh", "system", "--part", part, "--junit-xml", f".build/results/{name}.xml")
    return Stage(name, command, count_junit(f"results/{name}.xml"), f"results/{name}.xml", waits=part == "waiting")


def heading(stage: Stage) -> str:
    return f"\n{'=' * 100}\n== {stage.name}: {stage.outcome} after {stage.seconds:.0f} s\n{'=' * 100}\n"


def run(waiting: list[Stage], places: int) -> None:
    """Run the stages in order, as many at once as there are places, until one fails."""
    running: list[Stage] = []
    try:
        while running or waiting:
            # One that waits takes no place, unless there is but one.
            while waiting and sum(places == 1 or not stage.waits for stage in running) < places:
                stage = waiting.pop(0)
                stage.start()
                running.append(stage)
                print(f"-- {stage.name} started", flush=True)
            time.sleep(0.1)
            for stage in list(running):
                assert stage.process is not None
                status = stage.process.poll()
                if status is None:
                    continue
                running.remove(stage)
                stage.finish("failed" if status else "passed")
                print(heading(stage) + stage.log.read_text(encoding="utf-8", errors="replace"), flush=True)
                if status:
                    return
    finally:
        for stage in running:
            stage.stop()


def main() -> int:
    # An ended pipeline has to end the stages too.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    LOGS.mkdir(parents=True, exist_ok=True)
    begun = time.monotonic()
    every = stages()
    run(list(every), places=int(os.environ.get("STAGES_AT_ONCE", "2")))

    total = sum((stage.counted for stage in every), Count())
    failed = [stage for stage in every if stage.outcome == "failed"]
    print(f"\n{'=' * 100}\n{'stage':<16}{'outcome':<10}{'seconds':>8}{'passed':>9}{'failed':>9}{'skipped':>9}")
    for stage in every:
        counted = stage.counted
        print(
            f"{stage.name:<16}{stage.outcome:<10}{stage.seconds:>8.0f}"
            f"{counted.passed:>9}{counted.failed:>9}{counted.skipped:>9}"
        )
    print(f"{'all':<16}{'':<10}{time.monotonic() - begun:>8.0f}")
    for stage in failed:
        print(f"\n{stage.name} failed; its output is above and in {stage.log.relative_to(ROOT)}")
    print(f"\n{total.passed} passed, {total.failed} failed", flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
