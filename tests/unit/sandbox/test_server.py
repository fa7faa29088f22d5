# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The server and the command line: keep-alive, TLS, dropped connections, start and stop."""

from __future__ import annotations

import http.client
import json
import os
import re
import signal
import socket
import ssl
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from sandbox.cli import Sandbox
from sandbox.server import KeepAliveHandler

FOLDER = Path(__file__).resolve().parents[2] / "sandbox"


def _connect(sandbox: Sandbox) -> http.client.HTTPSConnection:
    context = ssl.create_default_context(cafile=str(sandbox.authority))
    return http.client.HTTPSConnection("127.0.0.1", sandbox.server.port, context=context, timeout=10)


def _get(connection: http.client.HTTPSConnection, path: str, body: Any = None) -> tuple[int, Any]:
    connection.request("POST" if body is not None else "GET", path, json.dumps(body) if body is not None else None)
    response = connection.getresponse()
    return response.status, json.loads(response.read())


def test_keep_alive(served: Sandbox) -> None:
    """Many requests on one connection, without the delay of forty milliseconds."""
    connection = _connect(served)
    _get(connection, "/_sandbox/clock")
    used = connection.sock
    start = time.monotonic()
    for _round in range(50):
        assert _get(connection, "/_sandbox/clock")[0] == 200
    assert connection.sock is used
    assert time.monotonic() - start < 1
    connection.close()


def test_slow_handshake_blocks_nobody(served: Sandbox) -> None:
    """A client that connects and says nothing does not hold up the others."""
    with socket.create_connection(("127.0.0.1", served.server.port)):
        connection = _connect(served)
        assert _get(connection, "/_sandbox/clock")[0] == 200
        connection.close()


def test_dropped_connection(served: Sandbox) -> None:
    """The client sees the connection break."""
    connection = _connect(served)
    _get(connection, "/_sandbox/faults", {"kind": "drop", "match": {"path_regex": "^/metadata"}})
    with pytest.raises((http.client.RemoteDisconnected, ConnectionError, ssl.SSLError)):
        _get(connection, "/metadata/endpoints?api-version=2022-09-01")
    connection.close()
    connection = _connect(served)
    status, clouds = _get(connection, "/metadata/endpoints?api-version=2022-09-01")
    assert (status, clouds[0]["resourceManager"]) == (200, f"{served.base_url}/")
    connection.close()


def test_client_that_is_killed_while_it_is_answered(
    served: Sandbox, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Stderr is for errors of the sandbox alone. How OpenSSL takes a client's death depends on the moment: raise it here."""

    def left(*_arguments: Any) -> None:
        raise ssl.SSLEOFError(8, "EOF occurred in violation of protocol")

    with monkeypatch.context() as patch:
        patch.setattr(KeepAliveHandler, "_send", left)
        connection = _connect(served)
        with pytest.raises((http.client.RemoteDisconnected, ConnectionError, ssl.SSLError)):
            _get(connection, "/_sandbox/clock")
        connection.close()
    connection = _connect(served)
    assert _get(connection, "/_sandbox/clock")[0] == 200
    connection.close()
    assert caplog.records == []


def test_command_line(tmp_path: Path) -> None:
    """Detached start: exports printed and written, process ends within a second of --stop."""
    environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}
    command = [sys.executable, str(FOLDER), "--pid-file", str(tmp_path / "pid")]
    options = ["--seed", "demo", "--speed", "0", "--state-dir", str(tmp_path / "state"), "--detach"]
    files = ["--env-file", str(tmp_path / "env"), "--json-file", str(tmp_path / "json")]
    log = ["--log-requests", str(tmp_path / "log"), "--start-time", "2026-01-01T00:00:00Z"]
    run = subprocess.run(command + options + files + log, env=environment, capture_output=True, text=True, check=True)
    try:
        assert run.stdout == (tmp_path / "env").read_text()
        details = json.loads((tmp_path / "json").read_text())
        assert set(re.findall(r"^export (\w+)=", run.stdout, re.MULTILINE)) == {
            "AZURE_CLOUD_ENVIRONMENT", "AZURE_SUBSCRIPTION_ID", "AZURE_CLIENT_ID", "AZURE_SECRET", "AZURE_TENANT",
            "AZURE_DISABLE_INSTANCE_DISCOVERY", "REQUESTS_CA_BUNDLE", "BCDR_SANDBOX_ADMIN",
            "AWS_ENDPOINT_URL", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_DEFAULT_REGION",
            "AWS_EC2_METADATA_DISABLED",
            "NUTANIX_CA_PATH", "NUTANIX_HOST", "NUTANIX_PORT", "NUTANIX_USERNAME", "NUTANIX_PASSWORD",
            "NUTANIX_DR_HOST", "NUTANIX_DR_PORT", "NUTANIX_DR_USERNAME", "NUTANIX_DR_PASSWORD",
            *(
                f"STORAGE_{account}_{what}"
                for account in ("SHOPDATA", "SHOPDRNE", "SHOPDRSC")
                for what in ("ACCOUNT", "KEY", "BLOB_ENDPOINT", "TABLE_ENDPOINT", "CONNECTION_STRING")
            ),
        }  # fmt: skip
        context = ssl.create_default_context(cafile=details["REQUESTS_CA_BUNDLE"])
        connection = http.client.HTTPSConnection("127.0.0.1", details["port"], context=context, timeout=10)
        assert _get(connection, "/_sandbox/clock")[1]["now"] == "2026-01-01T00:00:00.0000000+00:00"
        _get(connection, "/metadata/endpoints?api-version=2022-09-01")
        assert json.loads((tmp_path / "log").read_text())["path"] == "/metadata/endpoints"
        connection.close()
    finally:
        start = time.monotonic()
        subprocess.run([*command, "--stop"], env=environment, check=True)
    assert time.monotonic() - start < 1.5
    assert not (tmp_path / "pid").exists()


def test_signal_and_bad_seed(tmp_path: Path) -> None:
    """SIGTERM ends it with 0; a bad seed is an error that says why."""
    environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}
    with subprocess.Popen([sys.executable, str(FOLDER)], env=environment, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline().startswith("export AZURE_CLOUD_ENVIRONMENT=")
        process.send_signal(signal.SIGTERM)
        assert process.wait(2) == 0
    bad = tmp_path / "bad.yml"
    bad.write_text("vms: 3\n")
    run = subprocess.run(
        [sys.executable, str(FOLDER), "--seed", str(bad)], env=environment, capture_output=True, text=True, check=False
    )
    assert run.returncode == 2
    assert "vms: expected a list, got 3" in run.stderr
