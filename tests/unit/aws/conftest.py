# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A sandbox in this process for the tests that call AWS, planted anew for each."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.bcdr.multicloud.plugins.module_utils._aws.options import AWS_SPEC

# The package of the sandbox is below tests/.
sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

VARIABLES = [name for spec in AWS_SPEC.values() for name in spec.get("fallback", (None, []))[1]]


@pytest.fixture
def no_identity(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Nothing of this machine's own identity."""
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "credentials"))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")


@pytest.fixture(scope="session")
def server() -> Iterator[Any]:
    pytest.importorskip("moto")
    pytest.importorskip("boto3")
    from ansible_collections.bcdr.multicloud.tests.unit.sandbox.aws.aws_sandbox import Aws

    aws = Aws()
    yield aws
    aws.server.shutdown()
    aws.server.server_close()


@pytest.fixture
def aws(server: Any, no_identity: None) -> Any:
    """A new state."""
    return server.plant()
