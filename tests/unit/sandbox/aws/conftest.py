# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One sandbox for all tests of AWS in a process, planted anew for each."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent))

pytest.importorskip("moto")
pytest.importorskip("boto3")

from aws_sandbox import Aws


@pytest.fixture(scope="session")
def aws_server() -> Iterator[Aws]:
    """The server."""
    aws = Aws()
    yield aws
    aws.server.shutdown()
    aws.server.server_close()


@pytest.fixture
def aws(aws_server: Aws) -> Aws:
    """A new state."""
    return aws_server.plant()
