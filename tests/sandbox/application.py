# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The WSGI application: sends each request to the token service, the resource manager or the admin endpoint."""

from __future__ import annotations

import json
import os
import threading
import time
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from werkzeug.wrappers import Request

from .admin import Admin, AdminError
from .aws.service import AwsService
from .azure import metadata
from .azure.call import Reply
from .azure.errors import ArmError
from .azure.rate_headers import RateHeaders
from .azure.resource_manager import ArmRequest, ResourceManager
from .azure.seeds import Seed, load_seed
from .azure.token_service import TokenError, TokenService
from .faults import Fault, FaultList
from .request_log import RequestLog
from .server import ConnectionDropped
from .virtual_clock import VirtualClock, http_date, timestamp

if TYPE_CHECKING:
    from pathlib import Path

    from .azure.storage.service import StorageService
    from .azure.storage.world import World as StorageWorld
    from .nutanix.service import NutanixService
    from .nutanix.world import World as NutanixWorld

StartResponse = Callable[..., Any]
_EVERY = frozenset({"status", "drop", "delay"})
_READ = _EVERY | {"stale"}
_WRITE = _EVERY | {"operation_fail"}
_COPY = _WRITE | {"replicate_fail"}


class Application:
    """Everything behind the sandbox's ports."""

    def __init__(
        self,
        clock: VirtualClock,
        log: RequestLog,
        seed: Seed,
        *,
        latency: float = 0.0,
        base_url: str = "",
        authority: Path | None = None,
    ) -> None:
        self.clock = clock
        self.log = log
        self.faults = FaultList()
        self.tokens = TokenService()
        self.manager = ResourceManager(clock, self.faults, self.tokens)
        self.lock = threading.RLock()
        self.latency = latency
        self.seed = seed
        self.aws = AwsService(self)
        self.nutanix: NutanixService | None = None
        self.storage: StorageService | None = None
        self._authority = authority
        self._open_port: Callable[[Any], int] | None = None
        self._rates = RateHeaders()
        self._admin = Admin(self)
        self.set_base_url(base_url)
        self.plant(seed)

    def set_base_url(self, base_url: str) -> None:
        """Tell everyone the address, once the port is known."""
        self.tokens.base_url = self.manager.base_url = base_url

    def plant(self, seed: Seed) -> None:
        """Replace the whole state by what a seed describes, as of the clock's time."""
        with self.lock:
            if seed.start_time is not None:
                self.clock.restart(seed.start_time)
            planted = load_seed(seed, self.clock.now())
            self.seed = seed
            self.faults.clear()
            self.faults.add(planted.faults)
            self.tokens.load(
                planted.tenants,
                planted.clients,
                planted.users,
                planted.identities,
                planted.state.settings.limits.token_lifetime,
            )
            self.manager.replace(planted.state)
            self.aws.plant(planted.aws, self.clock.now())
            self._plant_nutanix(planted.nutanix)
            self._plant_storage(planted.storage)

    def _plant_nutanix(self, world: NutanixWorld | None) -> None:
        """Prism Centrals are there once a seed has some. One that a later seed does not have drops all connections."""
        if self.nutanix is None and world is not None:
            from .nutanix.service import NutanixService  # not paid for by those who have none

            self.nutanix = NutanixService(self)
            if self._open_port is not None:
                self.nutanix.connect(self._open_port)
        if self.nutanix is not None:
            self.nutanix.plant(world or type(self.nutanix.world)())

    def _plant_storage(self, world: StorageWorld | None) -> None:
        """Storage accounts are there once a seed has some, and with them Azurite."""
        if self.storage is None and world is not None:
            from .azure.storage.service import StorageService  # Azurite takes seconds to start

            self.storage = StorageService(self, self._authority)
            if self._open_port is not None:
                self.storage.connect(self._open_port)
        if self.storage is not None:
            self.storage.plant(world or type(self.storage.world)())

    def stop(self) -> None:
        """End what runs outside of this process."""
        if self.storage is not None:
            self.storage.stop()

    def set_port_opener(self, open_port: Callable[[Any], int]) -> None:
        """Say how a TLS port is opened for a WSGI application; Prism Centrals need one each, storage one per service."""
        self._open_port = open_port
        if self.nutanix is not None:
            self.nutanix.connect(open_port)
        if self.storage is not None:
            self.storage.connect(open_port)

    def __call__(self, environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        request = Request(environ)
        path = request.path
        if path == "/_sandbox" or path.startswith("/_sandbox/"):
            status, body, headers = self._answer_admin(request)
        else:
            status, body, headers = self._answer(request, path)
        content = b"" if body is None else body.encode() if isinstance(body, str) else json.dumps(body).encode()
        header_list = [("Cache-Control", "no-cache"), ("Pragma", "no-cache")]
        if content:
            header_list.append(("Content-Type", "application/json; charset=utf-8"))
        header_list.extend(headers.items())
        start_response(f"{status} -", header_list)
        return [content]

    # --- admin -----------------------------------------------------------------------------------------------------

    def _answer_admin(self, request: Request) -> tuple[int, Any, dict[str, str]]:
        try:
            return 200, self._admin.answer(request), {"Date": http_date(self.clock.now())}
        except AdminError as error:
            return error.status, {"error": {"code": "SandboxAdmin", "message": str(error)}}, {}

    # --- cloud -----------------------------------------------------------------------------------------------------

    def _answer(self, request: Request, path: str) -> tuple[int, Any, dict[str, str]]:
        if self.latency:
            time.sleep(self.latency)
        query = request.query_string.decode("latin-1")
        faults = self._take_faults(request.method, f"{path}?{query}" if query else path)
        before = {fault.kind: fault for fault in faults if fault.when == "before"}
        after = {fault.kind: fault for fault in faults if fault.when == "after"}
        names = ",".join(fault.kind for fault in faults) or None
        if "delay" in before:
            time.sleep(before["delay"].seconds or 0)
        error: dict[str, Any] | None = None
        if "drop" in before:
            self._note(request, path, query, 0, names, None)
            raise ConnectionDropped
        if "status" in before:
            status, reply_body, headers = _fault_answer(before["status"])
        else:
            status, reply_body, headers = self._dispatch(request, path, faults)
            if "delay" in after:
                time.sleep(after["delay"].seconds or 0)
            if "drop" in after:
                self._note(request, path, query, 0, names, None)
                raise ConnectionDropped
            if "status" in after:
                status, reply_body, headers = _fault_answer(after["status"])
        if status >= 400 and isinstance(reply_body, dict):
            error = reply_body
        self._note(request, path, query, status, names, error)
        return status, reply_body, self._common_headers(request, path) | headers

    def _take_faults(self, method: str, path: str) -> list[Fault]:
        if not self.faults:
            return []
        if method == "GET":
            kinds = _READ
        elif method == "PUT" and ("/restorepoints/" in path.lower() or "/snapshots/" in path.lower()):
            kinds = _COPY
        else:
            kinds = _WRITE
        return self.faults.take(method, path, kinds)

    def _dispatch(self, request: Request, path: str, faults: list[Fault]) -> tuple[int, Any, dict[str, str]]:
        first = path.split("/", 2)[1].lower()
        if first == "subscriptions":
            return self._answer_arm(request, path, faults)
        try:
            if first == "metadata" and path == "/metadata/endpoints":
                return 200, metadata.endpoints(self.tokens.base_url, request.args.get("api-version", "2015-01-01")), {}
            if first == "_identity":
                return self._answer_identity(request, path)
            return self._answer_token(request, path)
        except TokenError as error:
            return error.status, error.body(), {}

    def _answer_arm(self, request: Request, path: str, faults: list[Fault]) -> tuple[int, Any, dict[str, str]]:
        arm = ArmRequest(
            method=request.method,
            path=path,
            query={_query_name(name): value for name, value in request.args.items()},
            authorization=request.headers.get("Authorization"),
            content_type=request.headers.get("Content-Type", ""),
            body=request.get_data(),
        )
        with self.lock:
            now = self.manager.settle()
            try:
                reply = self.manager.answer(arm, faults, now)
            except ArmError as error:
                reply = Reply(error.status, error.body(), error.headers)
        return reply.status, reply.body, reply.headers

    def _answer_identity(self, request: Request, path: str) -> tuple[int, Any, dict[str, str]]:
        if path != "/_identity/token" or request.method != "GET":
            return 404, {"error": "not_found"}, {}
        answer = self.tokens.identity_token(
            request.headers.get("X-IDENTITY-HEADER"), request.args.get("resource", ""), request.args.get("client_id")
        )
        return 200, answer, {}

    def _answer_token(self, request: Request, path: str) -> tuple[int, Any, dict[str, str]]:
        tenant, _slash, rest = path[1:].partition("/")
        rest = rest.lower()
        if request.method == "POST" and rest in ("oauth2/v2.0/token", "oauth2/token"):
            return 200, self.tokens.token(tenant, request.form.to_dict(), version_1=rest == "oauth2/token"), {}
        if request.method == "GET":
            if rest in ("v2.0/.well-known/openid-configuration", ".well-known/openid-configuration"):
                return 200, self.tokens.discovery(tenant), {}
            if rest == "discovery/v2.0/keys":
                return 200, {"keys": []}, {}
            if rest == "discovery/instance":
                return 200, self.tokens.instance_discovery(), {}
            if rest.startswith("userrealm/"):
                user = path.rsplit("/", 1)[-1]
                return 200, {"ver": "1.0", "account_type": "Managed", "domain_name": user.rpartition("@")[2]}, {}
        return 404, {"error": {"code": "NotFound", "message": f"The sandbox has nothing at {path}."}}, {}

    def _common_headers(self, request: Request, path: str) -> dict[str, str]:
        given = request.headers.get("x-ms-correlation-request-id")
        now = self.clock.now()
        headers = {
            "Date": http_date(now),
            "x-ms-request-id": _guid(),
            "x-ms-correlation-request-id": given or _guid(),
            "Strict-Transport-Security": "max-age=31536000; includeSubDomains",
            "X-Content-Type-Options": "nosniff",
        }
        client_id = request.headers.get("x-ms-client-request-id")
        if client_id:
            headers["x-ms-client-request-id"] = client_id
        limits = self._rates.header(request.method, path)
        if limits:
            headers["x-ms-ratelimit-remaining-resource"] = limits
        return headers

    def _note(
        self, request: Request, path: str, query: str, status: int, fault: str | None, error: dict[str, Any] | None
    ) -> None:
        detail = (error or {}).get("error")
        if isinstance(detail, str):
            detail = {"code": detail, "message": (error or {}).get("error_description")}
        self.log.add(
            method=request.method,
            path=path,
            query=query,
            status=status,
            virtual_time=timestamp(self.clock.now()),
            body=_logged_body(request),
            code=(detail or {}).get("code"),
            message=(detail or {}).get("message"),
            fault=fault,
        )


def _fault_answer(fault: Fault) -> tuple[int, Any, dict[str, str]]:
    headers = {} if fault.retry_after is None else {"Retry-After": str(fault.retry_after)}
    return fault.status, {"error": {"code": fault.code, "message": fault.message}}, headers


def _logged_body(request: Request) -> Any:
    if request.mimetype == "application/x-www-form-urlencoded":
        return request.form.to_dict()
    data = request.get_data()
    if not data:
        return None
    try:
        return json.loads(data)
    except ValueError:
        return data[:1000].decode("utf-8", "replace")


def _query_name(name: str) -> str:
    """Query parameters of ARM are matched without regard to case."""
    lower = name.lower()
    return lower if lower in ("api-version", "$expand", "$skiptoken", "monitor", "$filter", "$top") else name


def _guid() -> str:
    text = os.urandom(16).hex()
    return f"{text[:8]}-{text[8:12]}-4{text[13:16]}-a{text[17:20]}-{text[20:]}"
