# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The command line: ``python tests/sandbox --seed demo --speed 600``."""

from __future__ import annotations

import argparse
import json
import os
import shlex
import shutil
import signal
import ssl
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .azure.seeds import SeedError, find_seed
from .certificates import make_certificates
from .request_log import RequestLog
from .server import SandboxServer
from .virtual_clock import VirtualClock, parse_time

if TYPE_CHECKING:
    from .application import Application


@dataclass
class Sandbox:
    """A running sandbox: the HTTPS server, the managed identity endpoint, the AWS endpoint, and the Prism Centrals."""

    application: Application
    server: SandboxServer
    identity_server: SandboxServer
    aws_server: SandboxServer
    authority: Path
    context: ssl.SSLContext
    more_servers: list[SandboxServer] = field(default_factory=list)
    running: bool = False

    @property
    def base_url(self) -> str:
        """Where it answers."""
        return f"https://127.0.0.1:{self.server.port}"

    def exports(self) -> dict[str, str]:
        """The environment that sends clients here."""
        client = next(iter(self.application.tokens.clients.values()))
        account = next(iter(self.application.aws.world.accounts.values()))
        key, secret = next(iter(account.keys.items()))
        return {
            "AZURE_CLOUD_ENVIRONMENT": f"{self.base_url}/metadata/endpoints?api-version=2022-09-01",
            "AZURE_SUBSCRIPTION_ID": next(iter(self.application.manager.state.subscriptions.values()))["id"],
            "AZURE_CLIENT_ID": client.name,
            "AZURE_SECRET": client.secret or "",
            "AZURE_TENANT": client.tenant,
            "AZURE_DISABLE_INSTANCE_DISCOVERY": "true",
            "REQUESTS_CA_BUNDLE": str(self.authority),
            "AWS_ENDPOINT_URL": f"http://127.0.0.1:{self.aws_server.port}",
            "AWS_ACCESS_KEY_ID": key,
            "AWS_SECRET_ACCESS_KEY": secret,
            "AWS_DEFAULT_REGION": self.application.aws.world.default_region,
            "AWS_EC2_METADATA_DISABLED": "true",
            **self._nutanix_exports(),
            **self._storage_exports(),
            "BCDR_SANDBOX_ADMIN": f"{self.base_url}/_sandbox",
        }

    def _nutanix_exports(self) -> dict[str, str]:
        """The first Prism Central as nutanix.ncp's variables name it, the second with the sandbox's own NUTANIX_DR_*."""
        service = self.application.nutanix
        centrals = list(service.world.centrals.values()) if service is not None else []
        exports = {"NUTANIX_CA_PATH": str(self.authority)} if centrals else {}
        for prefix, central in zip(("NUTANIX", "NUTANIX_DR"), centrals, strict=False):
            login = next(one for one in central.logins if not one.key)
            exports |= {
                f"{prefix}_HOST": "127.0.0.1",
                f"{prefix}_PORT": str(service.ports[central.name] if service else 0),
                f"{prefix}_USERNAME": login.name,
                f"{prefix}_PASSWORD": login.secret,
            }
        return exports

    def _storage_exports(self) -> dict[str, str]:
        """Name, key, endpoints and connection string of each account: STORAGE_PRIMARY_KEY and so on."""
        service, exports = self.application.storage, dict[str, str]()
        if service is None:
            return exports
        for account in service.world.accounts.values():
            prefix = f"STORAGE_{account.name.upper()}"
            exports |= {
                f"{prefix}_ACCOUNT": account.name,
                f"{prefix}_KEY": account.key,
                f"{prefix}_BLOB_ENDPOINT": service.endpoint("blob", account.name),
                f"{prefix}_TABLE_ENDPOINT": service.endpoint("table", account.name),
                f"{prefix}_CONNECTION_STRING": service.connection_string(account),
            }
        return exports

    def details(self) -> dict[str, Any]:
        """The exports and what only the JSON file holds."""
        return {
            **self.exports(),
            "pid": os.getpid(),
            "port": self.server.port,
            "IDENTITY_ENDPOINT": f"http://127.0.0.1:{self.identity_server.port}/_identity/token",
            "IDENTITY_HEADER": self.application.tokens.identity_header,
        }

    def _servers(self) -> list[SandboxServer]:
        return [self.server, self.identity_server, self.aws_server, *self.more_servers]

    def open_port(self, application: Any) -> int:
        """One more HTTPS port for a WSGI application; returns it."""
        server = SandboxServer(application, 0, self.context)
        self.more_servers.append(server)
        if self.running:
            _serve_in_thread(server)
        return int(server.port)

    def start(self) -> None:
        """Serve in threads."""
        self.running = True
        for server in self._servers():
            _serve_in_thread(server)

    def stop(self) -> None:
        """Stop serving and close the log."""
        for server in self._servers():
            server.shutdown()
        self.application.stop()
        self.application.log.close()


def _serve_in_thread(server: SandboxServer) -> None:
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.1}, daemon=True).start()


def build(
    seed: str,
    state_dir: Path,
    *,
    speed: float = 1.0,
    port: int = 0,
    start: float | None = None,
    latency: float = 0.0,
    log_file: Path | None = None,
) -> Sandbox:
    """A sandbox that listens already, but does not serve yet."""
    from .application import Application  # half a second for moto, which ``--stop`` and ``--help`` need not wait

    planted = find_seed(seed)
    if start is not None:
        planted = type(planted)(planted.content, start)
    clock = VirtualClock(time.time() if planted.start_time is None else planted.start_time, speed)
    files = make_certificates(state_dir)
    application = Application(clock, RequestLog(log_file), planted, latency=latency, authority=files.authority)
    context = files.server_context()
    server = SandboxServer(application, port, context)
    identity_server = SandboxServer(application)
    aws_server = SandboxServer(application.aws)
    application.set_base_url(f"https://127.0.0.1:{server.port}")
    sandbox = Sandbox(application, server, identity_server, aws_server, files.authority, context)
    application.set_port_opener(sandbox.open_port)
    return sandbox


def main(arguments: list[str] | None = None) -> int:
    """Run the command line."""
    options = _parser().parse_args(arguments)
    if options.stop:
        return _stop(options.pid_file)
    if options.detach:
        return _detach(options)
    return _serve(options, _print_exports)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python tests/sandbox",
        description="A strict fake of Azure Resource Manager, AWS and Prism Central on loopback.",
    )
    parser.add_argument("--seed", default="empty", metavar="NAME|FILE.yml", help="what exists at the start")
    parser.add_argument(
        "--speed", type=_not_negative, default=1.0, help="virtual seconds per second; 0: only when told to"
    )
    parser.add_argument("--port", type=int, default=0, help="HTTPS port; 0: any free one")
    parser.add_argument(
        "--start-time", type=_time, metavar="ISO", help="virtual time at the start (default: now, or the seed's)"
    )
    parser.add_argument("--latency-ms", type=_not_negative, default=0.0, help="delay before each answer, real time")
    parser.add_argument("--env-file", type=Path, help="write the exports there too")
    parser.add_argument("--json-file", type=Path, help="write them as JSON, once connections are accepted")
    parser.add_argument("--state-dir", type=Path, help="folder for certificates (default: a temporary one)")
    parser.add_argument("--log-requests", type=Path, metavar="FILE", help="append every request as a line of JSON")
    parser.add_argument("--detach", action="store_true", help="return once the server is ready")
    parser.add_argument("--pid-file", type=Path, help="where the process id goes")
    parser.add_argument("--stop", action="store_true", help="stop the sandbox whose process id is in --pid-file")
    return parser


def _not_negative(text: str) -> float:
    value = float(text)
    if not 0 <= value < float("inf"):
        raise argparse.ArgumentTypeError("expected a number from 0")
    return value


def _time(text: str) -> float:
    try:
        return parse_time(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from error


def _serve(options: argparse.Namespace, ready: Callable[[str], None]) -> int:
    """Serve until SIGTERM or SIGINT; ``ready`` gets the exports once connections are accepted."""
    own_folder = options.state_dir is None
    folder = Path(tempfile.mkdtemp(prefix="bcdr-sandbox-")) if own_folder else options.state_dir.resolve()
    ending = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: ending.set())
    written: list[Path] = []
    try:
        try:
            sandbox = build(
                options.seed,
                folder,
                speed=options.speed,
                port=options.port,
                start=options.start_time,
                latency=options.latency_ms / 1000,
                log_file=options.log_requests,
            )
        except SeedError as error:
            print(f"seed {options.seed}: {error}", file=sys.stderr)
            return 2
        sandbox.start()
        text = "".join(f"export {name}={shlex.quote(value)}\n" for name, value in sandbox.exports().items())
        if options.env_file:
            _write(options.env_file, text)
        if options.pid_file:
            _write(options.pid_file, f"{os.getpid()}\n")
            written.append(options.pid_file)
        if options.json_file:
            _write(options.json_file, json.dumps(sandbox.details(), indent=2) + "\n")
        ready(text)
        ending.wait()
        sandbox.stop()
        return 0
    finally:
        for path in written:
            path.unlink(missing_ok=True)
        if own_folder:
            shutil.rmtree(folder, ignore_errors=True)


def _print_exports(text: str) -> None:
    print(text, end="", flush=True)


def _write(path: Path, text: str) -> None:
    """Write a file in one step: whoever sees it sees all of it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    temporary.touch(mode=0o600)
    temporary.write_text(text, encoding="utf-8")
    temporary.replace(path)


def _detach(options: argparse.Namespace) -> int:
    """Serve in a process of its own; return once it is ready, or with its exit code if it fails to start."""
    if options.pid_file is None:
        print("--detach needs --pid-file", file=sys.stderr)
        return 2
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        os.setsid()
        _redirect(options)

        def ready(text: str) -> None:
            os.write(writing, text.encode())
            os.close(writing)
            if options.state_dir is None:
                os.dup2(1, 2)  # whoever reads the starter's stderr to its end must not wait for this process

        code = 1
        try:
            code = _serve(options, ready)
        finally:
            sys.stderr.flush()
            os._exit(code)
    os.close(writing)
    with os.fdopen(reading, encoding="utf-8") as stream:
        text = stream.read()
    if not text:
        _pid, status = os.waitpid(child, 0)
        print("the sandbox did not start", file=sys.stderr)
        return os.waitstatus_to_exitcode(status) or 1
    _print_exports(text)
    return 0


def _redirect(options: argparse.Namespace) -> None:
    """Let go of the terminal. Errors go to sandbox.log in the state folder; without one only the start's show."""
    silent = os.open(os.devnull, os.O_RDWR)
    os.dup2(silent, 0)
    os.dup2(silent, 1)
    if options.state_dir is not None:
        options.state_dir.mkdir(parents=True, exist_ok=True)
        log = os.open(options.state_dir / "sandbox.log", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        os.dup2(log, 2)


def _stop(pid_file: Path | None) -> int:
    """Stop a detached sandbox and wait until it is gone."""
    if pid_file is None:
        print("--stop needs --pid-file", file=sys.stderr)
        return 2
    try:
        pid = int(pid_file.read_text(encoding="utf-8"))
        os.kill(pid, signal.SIGTERM)
    except (FileNotFoundError, ProcessLookupError):
        pid_file.unlink(missing_ok=True)
        return 0
    for _attempt in range(100):
        if not pid_file.exists():
            return 0
        time.sleep(0.05)
    print(f"process {pid} did not end", file=sys.stderr)
    return 1
