# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Fixtures: a sandbox in this process, and one that serves over HTTPS."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

_HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(_HERE), str(_HERE.parents[1])]

pytest.importorskip("werkzeug")

from sandbox.cli import Sandbox, build  # noqa: E402
from sandbox_client import Arm, make_arm  # noqa: E402


@pytest.fixture
def arm() -> Arm:
    """A new sandbox."""
    return make_arm()


@pytest.fixture
def arm_with() -> Any:
    """Makes new sandboxes whose seed has something more."""
    return make_arm


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Sandbox]:
    """A sandbox that serves over HTTPS, with the demo's seed and time that stands still."""
    sandbox = build("demo", tmp_path, speed=0)
    sandbox.start()
    yield sandbox
    sandbox.stop()
