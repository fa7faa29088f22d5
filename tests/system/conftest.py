# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Fixtures: a sandbox per test module, sown anew for each test, and a way to run Ansible against it."""

from __future__ import annotations

import collections
import os
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest
from system.runner import Ansible
from system.sandbox_process import SandboxProcess

PARTS = ("waiting", "1", "2")
# Virtual seconds per second up to which tests wait for the sandbox for longer than they compute.
_SLOW = 60.0


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--part", choices=PARTS, help="run this part of the modules only; together they are all")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Keep one part: the modules that mostly wait, or half of the others. They stay whole, since each has a sandbox."""
    part = config.getoption("--part")
    if part is None:
        return
    counts = collections.Counter(item.path.name for item in items)
    slow = {item.path.name for item in items if isinstance(item, pytest.Function) and _waits(item.module)}
    parts: dict[str, list[str]] = {"waiting": sorted(slow), "1": [], "2": []}
    for name, _count in sorted(counts.items(), key=lambda entry: (-entry[1], entry[0])):
        if name not in slow:
            min(parts["1"], parts["2"], key=lambda names: sum(counts[one] for one in names)).append(name)
    kept = set(parts[part])
    config.hook.pytest_deselected(items=[item for item in items if item.path.name not in kept])
    items[:] = [item for item in items if item.path.name in kept]


def _waits(module: ModuleType) -> bool:
    return 0.0 < getattr(module, "SPEED", 0.0) <= _SLOW


def pytest_configure() -> None:
    """Without Nutanix's client libraries a third of what is tested here would not be."""
    python = os.environ.get("BCDR_NUTANIX_PYTHON", "")
    if not os.access(python, os.X_OK):
        raise pytest.UsageError(
            f"BCDR_NUTANIX_PYTHON: {python!r} is no interpreter that has Nutanix's client libraries; tools/pytest.sh makes one"
        )


@pytest.fixture(scope="module")
def sandbox_process(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[SandboxProcess]:
    """One process per module, as fast as the module's SPEED says (virtual seconds per second)."""
    folder, speed = tmp_path_factory.mktemp("sandbox"), getattr(request.module, "SPEED", 0.0)
    # With all providers from the start, so that the addresses of all are known.
    process = SandboxProcess(folder, "integration", speed)
    yield process
    process.stop()


@pytest.fixture
def sandbox(sandbox_process: SandboxProcess) -> Iterator[SandboxProcess]:
    """A sandbox with nothing in it; in the end nothing may have been lost, nor gone wrong in the sandbox itself."""
    sandbox_process.plant({})
    yield sandbox_process
    assert sandbox_process.integrity() == []
    assert sandbox_process.errors == ""


@pytest.fixture
def ansible(sandbox: SandboxProcess, tmp_path: Path) -> Iterator[Ansible]:
    """Runs playbooks and ad hoc commands with the sandbox's environment."""
    runner = Ansible(tmp_path, sandbox.environment)
    yield runner
    runner.stop()
