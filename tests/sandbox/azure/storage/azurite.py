# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Microsoft's Azurite as a process of the sandbox, and plain calls to it.

Nothing but the sandbox talks to it: clients talk to `service.py`, which passes their requests on.
"""

from __future__ import annotations

import http.client
import os
import socket
import subprocess
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path
from urllib.parse import parse_qsl, urlencode

from ...seed_reader import SeedError
from ...virtual_clock import VirtualClock
from .world import Account

_HERE = Path(__file__).resolve().parent
_STARTS_WITHIN = 60.0
TIME_HEADER = "Sandbox-Time"
Headers = list[tuple[str, str]]


def installed() -> Path:
    """The folder that tools/azurite.sh makes, with Azurite and a link to the Node that runs it."""
    return Path(os.environ.get("BCDR_AZURITE") or _HERE.parents[3] / ".build" / "azurite")


@dataclass(frozen=True)
class Answer:
    """What Azurite answered."""

    status: int
    headers: Headers
    content: bytes

    def header(self, name: str) -> str:
        """A header, "" if it is not there."""
        return next((value for key, value in self.headers if key.lower() == name.lower()), "")


class Azurite:
    """A running Azurite with these accounts. Thread-safe."""

    def __init__(self, accounts: Iterable[Account], clock: VirtualClock, authority: Path | None) -> None:
        folder = installed()
        program = folder / "node_modules" / "azurite" / "dist" / "src" / "azurite.js"
        if not program.is_file():
            raise SeedError(f"storage: Azurite is not in {folder}; tools/azurite.sh installs it")
        self.accounts = {account.name: account.key for account in accounts}
        self._clock = clock
        self._passes: dict[str, dict[str, str]] = {}
        ports = _free_ports(3)
        self.ports = {"blob": ports[0], "queue": ports[1], "table": ports[2]}
        # Connections that nobody uses at the moment; adding and taking one is a single step.
        self._idle: dict[str, list[http.client.HTTPConnection]] = {kind: [] for kind in self.ports}
        command = [
            str(folder / "node"),
            "--require",
            str(_HERE / "clock.cjs"),
            "--require",
            str(_HERE / "indexed.cjs"),
            str(program),
            "--inMemoryPersistence",
            "--disableTelemetry",
            "--skipApiVersionCheck",
            "--silent",
        ]
        for kind, port in self.ports.items():
            command += [f"--{kind}Host", "127.0.0.1", f"--{kind}Port", str(port)]
        environment = {
            "PATH": os.environ.get("PATH", ""),
            "AZURITE_ACCOUNTS": ";".join(f"{name}:{key}" for name, key in self.accounts.items()),
            **({"NODE_EXTRA_CA_CERTS": str(authority)} if authority else {}),
        }
        self._process = subprocess.Popen(
            command,
            env=environment,
            cwd=folder,
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            self._wait_until_it_listens()
        except BaseException:
            self.stop()
            raise

    def _wait_until_it_listens(self) -> None:
        end = time.monotonic() + _STARTS_WITHIN
        for port in self.ports.values():
            while True:
                try:
                    socket.create_connection(("127.0.0.1", port), timeout=1).close()
                    break
                except OSError:
                    if self._process.poll() is not None or time.monotonic() > end:
                        raise SeedError("storage: Azurite did not start") from None
                    time.sleep(0.05)

    def stop(self) -> None:
        """End it; nothing of what was in it is kept."""
        for idle in self._idle.values():
            while idle:
                idle.pop().close()
        if self._process.stdin:
            self._process.stdin.close()
        try:
            self._process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def forward(
        self, kind: str, method: str, target: str, headers: Headers, body: bytes, at: float | None = None
    ) -> Answer:
        """Pass a request on as it is; `target` is path and query, `at` the time that it is to be there (now)."""
        timed = [*headers, (TIME_HEADER, str(round((self._clock.now() if at is None else at) * 1000)))]
        idle = self._idle[kind]
        for fresh in (False, True):
            try:
                connection = None if fresh else idle.pop()
            except IndexError:
                connection = None
            kept = connection is not None
            if connection is None:
                connection = http.client.HTTPConnection("127.0.0.1", self.ports[kind], timeout=120)
            try:
                connection.putrequest(method, target, skip_host=True, skip_accept_encoding=True)
                for name, value in timed:
                    connection.putheader(name, value)
                connection.endheaders(body or None)
                response = connection.getresponse()
                content = response.read()
                idle.append(connection)
                return Answer(response.status, response.getheaders(), content)
            except (http.client.RemoteDisconnected, BrokenPipeError, ConnectionResetError):
                # A kept connection may have been closed meanwhile.
                connection.close()
                if not kept:
                    raise
        raise AssertionError("unreachable")

    def call(
        self,
        method: str,
        account: str,
        path: str,
        query: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        body: bytes = b"",
        kind: str = "blob",
        at: float | None = None,
    ) -> Answer:
        """A request of the sandbox's own; `path` is below the account, and encoded already."""
        target = f"/{account}{path}?{urlencode({**(query or {}), **self.pass_for(account)})}"
        return self.forward(kind, method, target, self.own_headers(kind, body, headers or {}), body, at)

    def own_headers(self, kind: str, body: bytes, headers: Mapping[str, str]) -> Headers:
        """Headers of a request of the sandbox's own."""
        return [
            ("Host", f"127.0.0.1:{self.ports[kind]}"),
            ("Content-Length", str(len(body))),
            ("x-ms-version", "2025-11-05"),
            *([("Accept", "application/json;odata=nometadata")] if kind == "table" else []),
            *headers.items(),
        ]

    def pass_for(self, account: str) -> dict[str, str]:
        """The query of an account SAS for everything, without end: by it the sandbox may do what a caller may."""
        from azure.storage.blob import AccountSasPermissions, ResourceTypes, Services, generate_account_sas

        if account not in self._passes:
            text = generate_account_sas(
                account,
                self.accounts[account],
                ResourceTypes(service=True, container=True, object=True),
                AccountSasPermissions.from_string("rwdlacupxtf"),
                datetime(2199, 1, 1, tzinfo=timezone.utc),
                start=datetime(2000, 1, 1, tzinfo=timezone.utc),
                services=Services.from_string("bt"),
            )
            self._passes[account] = dict(parse_qsl(text))
        return self._passes[account]


def _free_ports(count: int) -> list[int]:
    sockets = [socket.socket() for _number in range(count)]
    try:
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return [one.getsockname()[1] for one in sockets]
    finally:
        for one in sockets:
            one.close()
