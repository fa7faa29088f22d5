# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A new pair of Prism Centrals for each test."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent))

pytest.importorskip("moto")

from nutanix_sandbox import Nutanix
from sandbox.cli import Sandbox, build


@pytest.fixture
def nutanix() -> Nutanix:
    """Planted anew."""
    return Nutanix()


@pytest.fixture(scope="session")
def served_nutanix(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    """A sandbox that serves over HTTPS."""
    sandbox = build("empty", tmp_path_factory.mktemp("sandbox"), speed=0)
    sandbox.start()
    yield sandbox
    sandbox.stop()
