# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A sandbox with storage accounts in this process, planted anew for each test, on a clock that moves when told to."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

# The package of the sandbox is below tests/.
sys.path.insert(0, str(Path(__file__).resolve().parents[2]))


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    pytest.importorskip("azure.storage.blob")
    pytest.importorskip("azure.data.tables")
    from sandbox.azure.storage.azurite import installed

    if not (installed() / "node").exists():
        pytest.skip("Azurite is not installed (tools/azurite.sh)")
    from ansible_collections.bcdr.multicloud.tests.unit.azure_blobs.runs import Storage

    storage = Storage(tmp_path_factory.mktemp("sandbox"))
    yield storage
    storage.sandbox.stop()


@pytest.fixture
def storage(server: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """A new state."""
    for name, value in server.environment.items():
        monkeypatch.setenv(name, value)
    # The library's own waits between its tries are in real time.
    monkeypatch.setattr("azure.storage.blob.ExponentialRetry.get_backoff_time", lambda *_: 0)
    server.plant()
    yield server
    server.close()
