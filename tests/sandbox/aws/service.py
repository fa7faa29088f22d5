# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The fake AWS as a WSGI application: keys, faults, outages and the log, then moto's server with the own services."""

from __future__ import annotations

import io
import json
import pickle
import re
import time
import uuid
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

from ..faults import Fault
from ..server import ConnectionDropped
from ..virtual_clock import http_date, timestamp
from .backup.call import Call
from .backup.models import backup_backends
from .backup.timeline import set_outage, settle
from .efs.models import efs_backends
from .errors import AwsError
from .moto_parts import (
    DomainDispatcherApplication,
    Request,
    create_backend_app,
    get_service_router,
    host,
    iam_backends,
    sts_backends,
)
from .planting import plant
from .seeds import AwsSeed
from .web_identity import check_token
from .world import World, partition

if TYPE_CHECKING:
    from ..application import Application

_SCOPE = re.compile(r"Credential=([A-Za-z0-9]+)/(\d{8})/([a-z0-9-]+)/([a-z0-9-]+)/aws4_request")
_ROLE = re.compile(r"^arn:(aws[a-z-]*):iam::(\d{12}):role/(.+)$")
_ROUTED = {"backup": "backup", "elasticfilesystem": "efs"}
_EVERY = frozenset({"status", "drop", "delay"})
_READ = _EVERY | {"stale"}
_WEB_IDENTITY = "AssumeRoleWithWebIdentity"
# Where the global endpoint of STS is.
_GLOBAL = "us-east-1"
_WRITE = _EVERY | {"job_end"}
_HIDDEN_FIELDS = frozenset({"Metadata", "RestoreMetadata"})


@dataclass
class _Caller:
    """Who calls what, as the signature's scope says."""

    key: str
    region: str
    service: str
    action: str
    account: str = ""


class AwsService:
    """Everything behind the AWS port; it shares clock, faults, log and lock with the rest of the sandbox."""

    def __init__(self, application: Application) -> None:
        self._app = application
        host("backup", backup_backends)
        host("efs", efs_backends)
        self._moto = DomainDispatcherApplication(create_backend_app)
        self._history: list[tuple[float, bytes]] = []
        self.world = World()

    def plant(self, seed: AwsSeed, now: float) -> None:
        """Replace the whole state."""
        self.world = plant(seed, now)
        self._history = []

    def settle(self) -> float:
        """Bring the state up to now."""
        now = self._app.clock.now()
        settle(self.world, now)
        for backends in efs_backends.values():
            for backend in backends.values():
                backend.advance(now)
        return now

    def set_outage(self, region: str, mode: str | None) -> None:
        """Switch a region off or on."""
        now = self.settle()
        set_outage(self.world, region, mode, now)

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

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        if self._app.latency:
            time.sleep(self._app.latency)
        body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        caller, refusal = self._identify(environ, body)
        path, query = environ.get("PATH_INFO", ""), environ.get("QUERY_STRING", "")
        method = environ["REQUEST_METHOD"]
        subject = f"aws:{caller.region}:{caller.service}:{caller.action} {path}{query and '?' + query}"
        faults = self._app.faults.take(method, subject, _READ if method == "GET" else _WRITE)
        names = ",".join(fault.kind for fault in faults) or None

        def log(status: int, error: AwsError | None = None) -> None:
            self._app.log.add(
                method=method, path=path, query=query, status=status, virtual_time=timestamp(self._app.clock.now()),
                body=_logged(body), code=error.code if error else None, message=error.message if error else None,
                fault=names, action=f"{caller.service}:{caller.action}", region=caller.region, account=caller.account,
            )  # fmt: skip

        try:
            status, headers, content = self._answer(environ, body, caller, refusal, faults)
        except ConnectionDropped:
            log(0)
            raise
        error = None
        if status >= 400:
            error = _read_error(status, headers, content)
        log(status, error)
        # No Retry-After or clock of moto: the Date is the virtual clock's.
        kept = [(name, value) for name, value in headers if name.lower() not in ("date", "connection", "status")]
        if not any(name.lower() == "x-amzn-requestid" for name, _value in kept):
            kept.append(("x-amzn-RequestId", str(uuid.uuid4())))
        kept.append(("Date", http_date(self._app.clock.now())))
        start_response(f"{status} -", kept)
        return [content]

    def _answer(
        self, environ: dict[str, Any], body: bytes, caller: _Caller, refusal: AwsError | None, faults: list[Fault]
    ) -> tuple[int, list[tuple[str, str]], bytes]:
        before = {fault.kind: fault for fault in faults if fault.when == "before"}
        after = {fault.kind: fault for fault in faults if fault.when == "after"}
        outage = self.world.outages.get(caller.region)
        if outage == "drop":
            raise ConnectionDropped
        if outage is not None:
            return _unavailable(caller.region).render(caller.service)
        _act(before)
        if "status" in before:
            return _fault_answer(before["status"], caller.service)
        if refusal is not None:
            return refusal.render(caller.service)
        with self._app.lock:
            answer = self._call_moto(environ, body, caller, before)
        _act(after)
        return _fault_answer(after["status"], caller.service) if "status" in after else answer

    def _call_moto(
        self, environ: dict[str, Any], body: bytes, caller: _Caller, faults: dict[str, Fault]
    ) -> tuple[int, list[tuple[str, str]], bytes]:
        now = self.settle()
        world = self.world
        if "stale" in faults:
            now -= faults["stale"].seconds or 0.0
            world = self._world_at(now)
        ending = faults.get("job_end")
        forced = None
        if ending is not None:
            forced = (ending.state, None if ending.message == Fault.message else ending.message, ending.seconds)

        def make(account: str, region: str, params: dict[str, Any]) -> Call:
            return Call(world, account, region, now, params, forced)

        started: list[Any] = []

        def start(status: str, headers: list[tuple[str, str]], _error: Any = None) -> Any:
            started[:] = [int(status.split(None, 1)[0]), headers]
            return lambda data: None

        inner = dict(environ)
        inner.update(
            {
                "wsgi.input": io.BytesIO(body),
                "sandbox.call": make,
                "sandbox.world": world,
                "sandbox.now": now,
                "sandbox.region": caller.region,
            }
        )
        # moto takes the account from this header before anything else.
        inner["HTTP_X_MOTO_ACCOUNT_ID"] = caller.account
        content = b"".join(self._moto(inner, start))
        if environ["REQUEST_METHOD"] != "GET":
            self.remember()
        return started[0], started[1], content

    # --- who ---------------------------------------------------------------------------------------------------------

    def _identify(self, environ: dict[str, Any], body: bytes) -> tuple[_Caller, AwsError | None]:
        found = _SCOPE.search(environ.get("HTTP_AUTHORIZATION", ""))
        if found is None and _action(environ, body, "sts") == _WEB_IDENTITY:
            return self._by_web_identity(body)
        if found is None or environ.get("PATH_INFO", "").startswith("/moto-api"):
            caller = _Caller("", "", "", "")
            return caller, AwsError(403, "MissingAuthenticationToken", "The request has no valid signature.")
        caller = _Caller(found[1], found[3], found[4], "")
        caller.action = _action(environ, body, caller.service)
        try:
            caller.account = self._account_of(caller, environ.get("HTTP_X_AMZ_SECURITY_TOKEN"))
            self._check_role(caller, body)
        except AwsError as error:
            return caller, error
        return caller, None

    def _account_of(self, caller: _Caller, token: str | None) -> str:
        """The account whose key signed; keys that the seed or STS did not give out are unknown."""
        unknown = AwsError(
            403,
            "InvalidClientTokenId" if caller.service in ("sts", "iam") else
            "AuthFailure" if caller.service == "ec2" else "UnrecognizedClientException",
            "The security token included in the request is invalid.",
        )  # fmt: skip
        if caller.region not in self.world.regions:
            raise unknown
        for account in self.world.accounts.values():
            if caller.key in account.keys:
                if token is not None or account.partition != partition(caller.region):
                    raise unknown
                return account.id
        part = partition(caller.region)
        for account in self.world.accounts.values():
            for session in sts_backends[account.id][part].assumed_roles:
                if session.access_key_id != caller.key:
                    continue
                if session.session_token != token:
                    raise unknown
                # Credentials expire in real time, as tokens do in the other clouds of the sandbox.
                if session.expiration.replace(tzinfo=timezone.utc) <= datetime.now(timezone.utc):
                    raise AwsError(
                        403,
                        "ExpiredToken" if caller.service in ("sts", "iam") else "ExpiredTokenException",
                        "The security token included in the request is expired",
                    )
                return account.id
        if caller.key in iam_backends[next(iter(self.world.accounts))][part].access_keys:
            return next(iter(self.world.accounts))
        raise unknown

    def _by_web_identity(self, body: bytes) -> tuple[_Caller, AwsError | None]:
        """The one call that nobody signs: who it is from is what the token says."""
        form = parse_qs(body.decode("utf-8", "replace"))
        caller = _Caller("", _GLOBAL, "sts", _WEB_IDENTITY)
        found = _ROLE.match(form.get("RoleArn", [""])[0])
        account = self.world.accounts.get(found[2]) if found else None
        if (
            found is None
            or account is None
            or (account.roles is not None and found[3].rsplit("/", 1)[-1] not in account.roles)
        ):
            return caller, AwsError(403, "AccessDenied", f"Not authorized to perform sts:{_WEB_IDENTITY}")
        caller.account = account.id
        try:
            check_token(form.get("WebIdentityToken", [""])[0], account.federated)
        except AwsError as error:
            return caller, error
        return caller, None

    def _check_role(self, caller: _Caller, body: bytes) -> None:
        """A role can be assumed if its account is in the seed and, where the seed lists roles, it is one of them."""
        if caller.action != "AssumeRole":
            return
        arn = parse_qs(body.decode("utf-8", "replace")).get("RoleArn", [""])[0]
        found = _ROLE.match(arn)
        account = self.world.accounts.get(found[2]) if found else None
        known = account is not None and found is not None
        if known and account is not None and account.roles is not None and found is not None:
            known = found[3].rsplit("/", 1)[-1] in account.roles
        if not known:
            raise AwsError(403, "AccessDenied", f"User is not authorized to perform: sts:AssumeRole on resource: {arn}")

    # --- admin -------------------------------------------------------------------------------------------------------

    def describe(self) -> dict[str, Any]:
        """The summary of the state for the admin endpoint."""
        self.settle()
        world = self.world
        return {
            "accounts": [{"id": entry.id, "name": entry.name} for entry in world.accounts.values()],
            "vaults": [
                {
                    "arn": vault.arn,
                    "key": vault.key,
                    "locked": vault.locked,
                    "points": [
                        {
                            "arn": point.arn,
                            "resource": point.resource,
                            "status": point.status,
                            "created": timestamp(point.created),
                            "size": point.size,
                            "source_vault": point.source_vault,
                        }
                        for point in vault.points.values()
                    ],
                }
                for vault in world.vaults.values()
            ],
            "file_systems": [
                {
                    "arn": item.file_system_arn,
                    "name": next((tag["Value"] for tag in backend.list_tags_for_resource(item.file_system_id)
                                  if tag["Key"] == "Name"), None),
                    "state": item.life_cycle_state,
                    "creation_token": item.creation_token,
                    "size": item._size_value,
                    "mount_targets": item.number_of_mount_targets,
                    "restored": [
                        {**asdict(entry), "at": timestamp(entry.at)}
                        for entry in world.restored if entry.file_system == item.file_system_arn
                    ],
                }
                for regions in efs_backends.values()
                for backend in regions.values()
                for item in backend.file_systems_by_id.values()
            ],
            "jobs": [
                {
                    "id": job.id,
                    "kind": job.kind,
                    "region": job.region,
                    "account": job.account,
                    "state": job.state,
                    "message": job.message,
                    "point": job.point or None,
                    "made": job.made,
                    "created": timestamp(job.created),
                    "ended": None if job.ended is None else timestamp(job.ended),
                }
                for job in world.jobs.values()
            ],
            "outages": dict(world.outages),
        }  # fmt: skip


def _action(environ: dict[str, Any], body: bytes, service: str) -> str:
    target = environ.get("HTTP_X_AMZ_TARGET")
    if target:
        return str(target).rsplit(".", 1)[-1]
    if service in _ROUTED:
        try:
            operation, _values = get_service_router(_ROUTED[service]).match(
                Request({**environ, "wsgi.input": io.BytesIO(body)})
            )
            return str(operation.name)
        except Exception:  # whatever it is, it is no operation
            return ""
    return parse_qs(body.decode("utf-8", "replace")).get("Action", [""])[0]


def _act(faults: dict[str, Fault]) -> None:
    if "delay" in faults:
        time.sleep(faults["delay"].seconds or 0)
    if "drop" in faults:
        raise ConnectionDropped


def _fault_answer(fault: Fault, service: str) -> tuple[int, list[tuple[str, str]], bytes]:
    status, headers, body = AwsError(fault.status, fault.code, fault.message).render(service)
    if fault.retry_after is not None:
        headers.append(("Retry-After", str(fault.retry_after)))
    return status, headers, body


def _unavailable(region: str) -> AwsError:
    return AwsError(503, "ServiceUnavailableException", f"The service is unavailable in {region}.")


def _read_error(status: int, headers: list[tuple[str, str]], content: bytes) -> AwsError:
    code = next((value for name, value in headers if name.lower() == "x-amzn-errortype"), "")
    text = content.decode("utf-8", "replace")
    try:
        shown = json.loads(text)
        message = str(shown.get("message") or shown.get("Message") or "")
        code = code or str(shown.get("__type") or "")
    except (ValueError, AttributeError):
        found = re.search(r"<Code>(.*?)</Code>", text)
        code = code or (found[1] if found else "")
        found = re.search(r"<Message>(.*?)</Message>", text)
        message = found[1] if found else text[:200]
    return AwsError(status, code, message)


def _logged(body: bytes) -> Any:
    """A body for the log; what AWS's model marks as sensitive is left out."""
    if not body:
        return None
    try:
        shown = json.loads(body)
    except ValueError:
        fields = parse_qs(body.decode("utf-8", "replace"))
        return {name: values[0] for name, values in fields.items()}
    if isinstance(shown, dict):
        return {name: sorted(value) if name in _HIDDEN_FIELDS and isinstance(value, dict) else value
                for name, value in shown.items()}  # fmt: skip
    return shown
