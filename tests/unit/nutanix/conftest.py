# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The sandbox's Prism Centrals over HTTPS, and logins at them. Without the client libraries these tests are skipped."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

_TESTS = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(Path(__file__).resolve().parent), str(_TESTS), str(_TESTS / "unit" / "sandbox" / "nutanix")]

from ansible_collections.bcdr.multicloud.plugins.module_utils._nutanix import provider  # noqa: E402
from ansible_collections.bcdr.multicloud.plugins.module_utils._nutanix.client import PrismCentral, connect  # noqa: E402
from ansible_collections.bcdr.multicloud.plugins.module_utils._nutanix.options import NUTANIX_SPEC  # noqa: E402

Connect = Callable[..., PrismCentral]


@pytest.fixture(autouse=True)
def _no_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing of this machine's own settings."""
    for spec in NUTANIX_SPEC.values():
        for name in spec.get("fallback", (None, []))[1]:
            monkeypatch.delenv(name, raising=False)


@pytest.fixture(scope="session")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """A sandbox that serves."""
    for module in ("moto", "ntnx_dataprotection_py_client", "ntnx_prism_py_client"):
        pytest.importorskip(module)
    from sandbox.cli import build

    running = build("empty", tmp_path_factory.mktemp("sandbox"), speed=0)
    running.start()
    yield running
    running.stop()


@pytest.fixture
def plant(sandbox: Any) -> Callable[..., Any]:
    """Plants the Prism Centrals anew, with other fields for the first."""
    from nutanix_sandbox import Nutanix

    return lambda **changes: Nutanix(sandbox.application, **changes)


@pytest.fixture
def nutanix(plant: Callable[..., Any]) -> Any:
    """A new state."""
    return plant()


@pytest.fixture
def options(sandbox: Any) -> Callable[[str], dict[str, Any]]:
    """How to sign in to a Prism Central."""
    return lambda name: {
        "nutanix_host": "127.0.0.1",
        "nutanix_port": str(sandbox.application.nutanix.ports[name]),
        "nutanix_username": "admin",
        "nutanix_password": "sandbox-password",
        "validate_certs": True,
        "ca_path": str(sandbox.authority),
        "read_timeout": 10_000,
    }


@pytest.fixture
def site(nutanix: Any, options: Callable[[str], dict[str, Any]], monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """Runs of the modules' items; all their connections are closed."""
    from nutanix_runs import Site

    from ansible_collections.bcdr.multicloud.plugins.module_utils._nutanix import library

    # The retries of the library wait for real.
    monkeypatch.setattr(library, "_RETRIES", 0)
    made: list[PrismCentral] = []

    def connected(params: Any, connections: int) -> PrismCentral:
        made.append(connect(params, connections))
        return made[-1]

    monkeypatch.setattr(provider, "connect", connected)
    there = {name: value for name, value in options("dr").items() if name != "read_timeout"}
    yield Site(nutanix, options("main"), there)
    for one in made:
        one.close()


@pytest.fixture
def new(site: Any) -> dict[str, Any]:
    """Options for a recovery point that is not there."""
    return {
        "module": "nutanix_recovery_point",
        "name": "it's new",
        "vm_recovery_points": [{"vm_ext_id": site.nutanix.entity("vm-01")}],
        "volume_group_recovery_points": [{"volume_group_ext_id": site.nutanix.entity("data")}],
    }


@pytest.fixture
def copy(site: Any) -> dict[str, Any]:
    """Options for a replica that is not there."""
    point = site.nutanix.point()["extId"]
    return {"module": "nutanix_recovery_point_replicate", "ext_id": point, "target": site.dr}


@pytest.fixture
def login(options: Callable[[str], dict[str, Any]]) -> Iterator[Connect]:
    """Connects to a Prism Central with options of the modules."""
    made: list[PrismCentral] = []

    def make(name: str = "main", **changes: Any) -> PrismCentral:
        made.append(connect({**options(name), **changes}, 4))
        return made[-1]

    yield make
    for one in made:
        one.close()


@pytest.fixture
def main(nutanix: Any, login: Connect) -> PrismCentral:
    """The source."""
    return login()


@pytest.fixture
def dr(nutanix: Any, login: Connect) -> PrismCentral:
    """The other site."""
    return login("dr")
