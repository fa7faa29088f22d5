# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Fixtures: a sandbox per test module, sown anew for each test, and a way to run Ansible against it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from system.runner import Ansible
from system.sandbox_process import SandboxProcess


@pytest.fixture(scope="module")
def sandbox_process(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[SandboxProcess]:
    """One process per module, as fast as the module's SPEED says (virtual seconds per second)."""
    process = SandboxProcess(tmp_path_factory.mktemp("sandbox"), speed=getattr(request.module, "SPEED", 0.0))
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
