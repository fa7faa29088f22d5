# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The Prism Centrals as WSGI applications, one for each port: outage, faults, sign-in, repetition, routing, log."""

from __future__ import annotations

import base64
import binascii
import hmac
import json
import pickle
import re
import time
from collections.abc import Callable, Iterable
from dataclasses import replace
from http.cookies import CookieError, SimpleCookie
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

from ..faults import Fault
from ..server import ConnectionDropped
from ..virtual_clock import http_date, timestamp
from . import directory, machines, recovery_points, rendering
from .call import Call, Reply
from .errors import UNAUTHORIZED, UNAVAILABLE, NutanixError, RawError, SchemaError, error_body, no_route
from .timeline import set_outage, settle
from .world import NAMESPACES, Answer, Login, PrismCentral, Session, World

if TYPE_CHECKING:
    from ..application import Application

COOKIE = "NTNX_IGW_SESSION"
_EVERY = frozenset({"status", "drop", "delay"})
_READ = _EVERY | {"stale"}
_WRITE = _EVERY | {"task_end"}
_VERSIONED = re.compile(r"^/api/([a-z]+)/v4\.(\d+)(?:\.[ab]\d+)?/(.+)$")
_UNVERSIONED = re.compile(r"^/api/([a-z]+)/unversioned/info$")
_V3_ZONES = "/api/nutanix/v3/availability_zones/list"
_NEGOTIATION_SINCE = 2
_KEYS_SINCE = 1
_POINTS = "config/recovery-points"
_VMS = "ahv/config/vms"

_ROUTES: list[tuple[str, str, re.Pattern[str], Callable[[Call], Reply]]] = [
    (method, namespace, re.compile(f"^{re.escape(path).replace('ID', '([^/]+)')}$"), handler)
    for method, namespace, path, handler in (
        ("GET", "dataprotection", _POINTS, recovery_points.list_points),
        ("POST", "dataprotection", _POINTS, recovery_points.create),
        ("GET", "dataprotection", f"{_POINTS}/ID", recovery_points.get_point),
        ("DELETE", "dataprotection", f"{_POINTS}/ID", recovery_points.delete),
        ("GET", "dataprotection", f"{_POINTS}/ID/vm-recovery-points/ID", recovery_points.get_vm_point),
        ("POST", "dataprotection", f"{_POINTS}/ID/$actions/set-expiration-time", recovery_points.set_expiration),
        ("POST", "dataprotection", f"{_POINTS}/ID/$actions/replicate", recovery_points.replicate),
        ("POST", "dataprotection", f"{_POINTS}/ID/$actions/restore", recovery_points.restore),
        ("GET", "vmm", _VMS, machines.list_vms),
        ("GET", "vmm", f"{_VMS}/ID", machines.get_vm),
        ("DELETE", "vmm", f"{_VMS}/ID", machines.delete_vm),
        ("GET", "vmm", "ahv/config/vm-recovery-points/ID", machines.get_vm_point),
        ("POST", "vmm", f"{_VMS}/ID/$actions/revert", machines.revert),
        ("POST", "vmm", f"{_VMS}/ID/$actions/power-on", machines.power_on),
        ("POST", "vmm", f"{_VMS}/ID/$actions/power-off", machines.power_off),
        ("GET", "volumes", "config/volume-groups", machines.list_volume_groups),
        ("GET", "volumes", "config/volume-groups/ID", machines.get_volume_group),
        ("DELETE", "volumes", "config/volume-groups/ID", machines.delete_volume_group),
        ("GET", "prism", "config/tasks", directory.list_tasks),
        ("GET", "prism", "config/tasks/ID", directory.get_task),
        ("POST", "prism", "config/tasks/ID/$actions/cancel", directory.cancel_task),
        ("GET", "prism", "config/domain-managers", directory.list_domain_managers),
        ("GET", "prism", "config/domain-managers/ID", directory.get_domain_manager),
        ("GET", "prism", "config/categories", directory.list_categories),
        ("GET", "clustermgmt", "config/clusters", directory.list_clusters),
        ("GET", "clustermgmt", "config/clusters/ID", directory.get_cluster),
        ("GET", "networking", "config/subnets", directory.list_subnets),
        ("GET", "networking", "config/subnets/ID", directory.get_subnet),
    )
]
Rendered = tuple[int, list[tuple[str, str]], Any]


class NutanixService:
    """Everything behind the ports of the Prism Centrals; it shares clock, faults, log and lock with the sandbox."""

    def __init__(self, application: Application) -> None:
        self._app = application
        self._history: list[tuple[float, bytes]] = []
        self._open: Callable[[Any], int] | None = None
        self.ports: dict[str, int] = {}
        self.world = World()

    def plant(self, world: World) -> None:
        """Replace the whole state. A Prism Central keeps its port as long as there is one of that name."""
        self.world = world
        self._history = []
        self._open_ports()

    def connect(self, open_port: Callable[[Any], int]) -> None:
        """Say how a port is opened for a WSGI application."""
        self._open = open_port
        self._open_ports()

    def _open_ports(self) -> None:
        for name in self.world.centrals:
            if self._open is not None and name not in self.ports:
                self.ports[name] = self._open(self.front(name))

    def settle(self) -> float:
        """Bring the state up to now."""
        now = self._app.clock.now()
        settle(self.world, now)
        return now

    def set_outage(self, name: str, mode: str | None) -> None:
        """Switch a Prism Central off or on."""
        set_outage(self.world, name, mode, self._app.clock.now())

    def remember(self) -> None:
        """While reads may be stale, keep what the state is after each change."""
        if self._app.faults.armed("stale"):
            self._history.append((self.settle(), pickle.dumps(self.world)))
        else:
            self._history = []

    def _world_at(self, moment: float) -> World:
        """The state of that time, at most back to when the fault was set."""
        if not self._history:
            return self.world
        snapshots = [entry for entry in self._history if entry[0] <= moment] or self._history[:1]
        world: World = pickle.loads(snapshots[-1][1])
        settle(world, moment)
        return world

    # --- requests ----------------------------------------------------------------------------------------------------

    def front(self, name: str) -> Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]:
        """The WSGI application of one Prism Central."""

        def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
            return self._serve(name, environ, start_response)

        return application

    def _serve(self, name: str, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        if self._app.latency:
            time.sleep(self._app.latency)
        method, path, query = environ["REQUEST_METHOD"], environ.get("PATH_INFO", ""), environ.get("QUERY_STRING", "")
        raw = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        subject = f"nutanix:{name} {path}{query and '?' + query}"
        faults = self._app.faults.take(method, subject, _READ if method in ("GET", "OPTIONS") else _WRITE)

        def log(status: int, code: str | None = None, message: str | None = None) -> None:
            self._app.log.add(
                method=method, path=path, query=query, status=status, virtual_time=timestamp(self._app.clock.now()),
                body=_logged(raw), code=code, message=message, fault=",".join(fault.kind for fault in faults) or None,
                prism_central=name,
            )  # fmt: skip

        try:
            status, headers, content = self._answer(name, environ, raw, faults)
        except ConnectionDropped:
            log(0)
            raise
        log(status, *(_code_of(content) if status >= 400 else (None, None)))
        text = content if isinstance(content, str) else json.dumps(content)
        kind = "text/html; charset=utf-8" if isinstance(content, str) else "application/json; charset=utf-8"
        headers += [("Content-Type", kind), ("Date", http_date(self._app.clock.now()))]
        start_response(f"{status} -", headers)
        return [text.encode()]

    def _answer(self, name: str, environ: dict[str, Any], raw: bytes, faults: list[Fault]) -> Rendered:
        before = {fault.kind: fault for fault in faults if fault.when == "before"}
        after = {fault.kind: fault for fault in faults if fault.when == "after"}
        outage = self.world.outages.get(name)
        if outage == "drop" or name not in self.world.centrals:
            raise ConnectionDropped
        if outage is not None:
            return 503, [], UNAVAILABLE
        _act(before)
        if "status" in before:
            return _fault_answer(before["status"], environ)
        with self._app.lock:
            answer = self._dispatch(name, environ, raw, before)
        _act(after)
        return _fault_answer(after["status"], environ) if "status" in after else answer

    def _dispatch(self, name: str, environ: dict[str, Any], raw: bytes, faults: dict[str, Fault]) -> Rendered:
        now = self.settle()
        central = self.world.centrals[name]
        headers = {
            key[5:].replace("_", "-").lower(): value for key, value in environ.items() if key.startswith("HTTP_")
        }
        path, method = environ.get("PATH_INFO", ""), environ["REQUEST_METHOD"]
        namespace, minor = "prism", central.minor
        found = _VERSIONED.match(path) or _UNVERSIONED.match(path)
        if found is not None and found[1] in NAMESPACES:
            namespace, minor = found[1], central.newest(found[1])
        cookie: list[tuple[str, str]] = []
        try:
            login, by_key, cookie = self._sign_in(central, headers, path, now)
            world, moment = self.world, now
            if "stale" in faults:
                moment = now - (faults["stale"].seconds or 0.0)
                world = self._world_at(moment)
            ending = faults.get("task_end")
            forced = None
            if ending is not None:
                forced = (ending.state, None if ending.message == Fault.message else ending.message, ending.seconds)
            call = Call(
                world, world.centrals[name], login, by_key, namespace, minor, moment,
                dict(parse_qsl(environ.get("QUERY_STRING", ""), keep_blank_values=True)), headers,
                _content(raw), forced=forced,
            )  # fmt: skip
            if method in ("GET", "OPTIONS") or path == _V3_ZONES:
                status, answered, body = self._route(call, method, path)
            else:
                status, answered, body = self._once(central, login, call, method, path)
                self.remember()
            return status, cookie + answered, body
        except NutanixError as error:
            if isinstance(error, SchemaError):
                error.path, error.timestamp = path, rendering.time_text(now) or ""
            extra = list(error.headers.items()) if isinstance(error, RawError) else []
            return error.status, cookie + extra, error.body(namespace, minor)

    def _once(self, central: PrismCentral, login: Login, call: Call, method: str, path: str) -> Rendered:
        """A change that is asked for twice with the same NTNX-Request-Id is made once, and answered as the first time."""
        key = call.headers.get("ntnx-request-id")
        if not key:
            raise SchemaError("The header NTNX-Request-Id is required.", "NTNX-Request-Id", "request.header")
        known = central.answers.get(key)
        if known is not None and known.login == login.ext_id:
            return known.status, [], known.body
        status, headers, body = self._route(call, method, path)
        central.answers[key] = Answer(login.ext_id, status, body, call.now)
        return status, headers, body

    def _route(self, call: Call, method: str, path: str) -> Rendered:
        if path == _V3_ZONES and method == "POST":
            return 200, [], directory.list_availability_zones(call)
        found = _UNVERSIONED.match(path)
        if (
            found is not None
            and found[1] in NAMESPACES
            and method == "OPTIONS"
            and call.central.minor >= _NEGOTIATION_SINCE
        ):
            return 200, [], {"data": f"v4.{call.central.newest(found[1])}"}
        found = _VERSIONED.match(path)
        if found is None or found[1] not in NAMESPACES or int(found[2]) > call.central.newest(found[1]):
            raise no_route()
        for verb, namespace, pattern, handler in _ROUTES:
            matched = pattern.match(found[3])
            if verb == method and namespace == found[1] and matched:
                asked = replace(call, minor=int(found[2]), ids=matched.groups())
                return self._render(asked, handler(asked), path)
        raise no_route()

    def _render(self, call: Call, reply: Reply, path: str) -> Rendered:
        minor = call.central.newest(call.namespace)
        metadata: dict[str, Any] = {
            "$objectType": "common.v1.response.ApiResponseMetadata",
            "$reserved": {"$fv": "v1.r0"},
            "flags": [
                {"name": "hasError", "value": False},
                {"name": "isPaginated", "value": reply.total is not None},
                {"name": "isTruncated", "value": False},
            ],
            "links": [{"href": f"https://127.0.0.1:{self.ports.get(call.central.name, 9440)}{path}", "rel": "self"}],
        }
        if reply.total is not None:
            metadata["totalAvailableResults"] = reply.total
        body = {"$objectType": reply.kind, "$reserved": {"$fv": f"v4.r{minor}"}, "metadata": metadata}
        if reply.data != []:
            body["data"] = reply.data  # an empty list is left out
        return reply.status, [("ETag", reply.etag)] if reply.etag else [], body

    # --- who ---------------------------------------------------------------------------------------------------------

    def _sign_in(
        self, central: PrismCentral, headers: dict[str, str], path: str, now: float
    ) -> tuple[Login, bool, list[tuple[str, str]]]:
        """Who asks, whether by API key, and the session's cookie for those who did not send one."""
        session = central.sessions.get(_cookie(headers.get("cookie", "")))
        if session is not None and session.expires > now:
            login = next(one for one in central.logins if one.ext_id == session.login)
            return login, login.key, []
        login_found = _login(central, headers)
        if login_found is None:
            raise _unauthorized(path)
        token = f"sandbox-{self.world.uuid()}"
        central.sessions[token] = Session(login_found.ext_id, now + self.world.limits.session_lifetime)
        header = ("Set-Cookie", f"{COOKIE}={token}; Path=/; Secure; HttpOnly; SameSite=Lax")
        return login_found, login_found.key, [header]

    # --- admin -------------------------------------------------------------------------------------------------------

    def describe(self) -> dict[str, Any]:
        """The summary of the state for the admin endpoint."""
        now = self.settle()
        return {
            "prism_centrals": [
                {
                    "name": central.name,
                    "ext_id": central.ext_id,
                    "version": central.version,
                    "url": f"https://127.0.0.1:{self.ports[central.name]}" if central.name in self.ports else None,
                    "paired_with": list(central.pairs),
                    "clusters": [{"ext_id": one.ext_id, "name": one.name} for one in central.clusters.values()],
                    "subnets": [
                        {"ext_id": one.ext_id, "name": one.name, "cluster": one.cluster}
                        for one in central.subnets.values()
                    ],
                    "entities": [
                        {
                            "kind": one.kind,
                            "ext_id": one.ext_id,
                            "name": one.name,
                            "cluster": one.cluster,
                            "power": one.power if one.kind == "vm" else None,
                            "subnets": [nic.subnet for nic in one.nics],
                            "categories": list(one.categories),
                            "owner": one.owner,
                            "content": one.content,
                            "from_point": one.from_point,
                        }
                        for one in central.entities.values()
                    ],
                    "recovery_points": recovery_points.describe(central),
                    "tasks": [
                        {
                            "ext_id": rendering.task_id(task),
                            "operation": task.operation,
                            "status": task.status,
                            "percent": rendering.percent(task, now),
                            "created": rendering.time_text(task.created),
                            "completed": rendering.time_text(task.completed),
                        }
                        for task in central.tasks.values()
                    ],
                }
                for central in self.world.centrals.values()
            ],
            "outages": dict(self.world.outages),
        }


def _login(central: PrismCentral, headers: dict[str, str]) -> Login | None:
    key = headers.get("x-ntnx-api-key")
    if key is not None and central.minor >= _KEYS_SINCE:
        return next((one for one in central.logins if one.key and hmac.compare_digest(one.secret, key)), None)
    kind, _space, value = headers.get("authorization", "").partition(" ")
    if kind.lower() != "basic":
        return None
    try:
        name, _colon, password = base64.b64decode(value, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return None
    for one in central.logins:
        if not one.key and one.name == name and hmac.compare_digest(one.secret.encode(), password.encode()):
            return one
    return None


def _cookie(header: str) -> str:
    try:
        morsel = SimpleCookie(header).get(COOKIE)
    except CookieError:
        return ""
    return morsel.value if morsel else ""


def _unauthorized(path: str) -> RawError:
    challenge = {"WWW-Authenticate": 'Basic realm="Intent Gateway Login Required"'}
    if not path.startswith("/api/nutanix/v3/"):
        return RawError(401, UNAUTHORIZED, challenge)
    message = {"message": "Authentication required.", "reason": "AUTHENTICATION_REQUIRED", "details": "Basic realm"}
    return RawError(401, {"api_version": "3.1", "code": 401, "state": "ERROR", "message_list": [message]}, challenge)


def _content(raw: bytes) -> Any:
    if not raw:
        return None
    try:
        return json.loads(raw)
    except ValueError:
        raise SchemaError("The body is not JSON.", "") from None


def _act(faults: dict[str, Fault]) -> None:
    if "delay" in faults:
        time.sleep(faults["delay"].seconds or 0)
    if "drop" in faults:
        raise ConnectionDropped


def _fault_answer(fault: Fault, environ: dict[str, Any]) -> Rendered:
    """An error that a fault asks for; what a gateway answers comes as HTML."""
    headers = [] if fault.retry_after is None else [("Retry-After", str(fault.retry_after))]
    if fault.status in (502, 503, 504):
        return fault.status, headers, f"<html><body><h1>{fault.status} {fault.code}</h1></body></html>"
    found = _VERSIONED.match(environ.get("PATH_INFO", ""))
    namespace = found[1] if found else "prism"
    message = {
        "$objectType": f"{namespace}.v4.error.AppMessage", "code": fault.code, "errorGroup": "SANDBOX_FAULT",
        "locale": "en_US", "severity": "ERROR", "message": fault.message,
    }  # fmt: skip
    return fault.status, headers, error_body(namespace, 0, [message])


def _code_of(content: Any) -> tuple[str | None, str | None]:
    """Code and text of an error, for the log."""
    if isinstance(content, str):
        return None, re.sub(r"<[^>]+>|\s+", " ", content).strip()
    error = (content.get("data") or {}).get("error")
    if isinstance(error, list):
        return error[0]["code"], error[0]["message"]
    if isinstance(error, dict):
        return None, error["validationErrorMessages"][0]["message"]
    return None, content.get("message") or str(content.get("message_list"))


def _logged(raw: bytes) -> Any:
    if not raw:
        return None
    try:
        return json.loads(raw)
    except ValueError:
        return raw[:1000].decode("utf-8", "replace")
