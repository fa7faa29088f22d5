# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The front door of the resource manager: authentication, routing, authorization, then the handlers."""

from __future__ import annotations

import json
import pickle
import time
from dataclasses import dataclass
from typing import Any

from werkzeug.exceptions import HTTPException

from ..faults import Fault, FaultList
from ..virtual_clock import VirtualClock
from . import replication, snapshot_copies, timeline
from .call import Call, Reply
from .errors import ArmError, group_not_found, subscription_not_found
from .groups import check_group_alive
from .regions import REGIONS
from .routes import ROUTES, URL_MAP, Route, routable
from .state import State
from .token_service import PUBLIC_AUDIENCES, Principal, TokenService

_WRITES = frozenset({"PUT", "PATCH", "POST", "DELETE"})
_BODIES = frozenset({"PUT", "PATCH", "POST"})


@dataclass(frozen=True)
class ArmRequest:
    """What came in over HTTP."""

    method: str
    path: str
    query: dict[str, str]
    authorization: str | None
    content_type: str
    body: bytes


class ResourceManager:
    """Answers ARM requests from one `State`; the caller holds a lock around `answer`."""

    def __init__(self, clock: VirtualClock, faults: FaultList, tokens: TokenService) -> None:
        self.clock = clock
        self.faults = faults
        self.tokens = tokens
        self.state = State()
        self.base_url = ""
        self._adapter = URL_MAP.bind("127.0.0.1")
        self._history: list[tuple[float, bytes]] = []

    def replace(self, state: State) -> None:
        """Start over with another state."""
        self.state = state
        self._history = []

    def settle(self) -> float:
        """Bring the state up to the clock's time and return that."""
        now = self.clock.now()
        if timeline.due(self.state, now):
            self._remember(now)
            timeline.settle(self.state, now)
        return now

    def _remember(self, now: float) -> None:
        """While reads may be stale, keep what the state was before each change."""
        if self.faults.armed("stale"):
            self._history.append((now, pickle.dumps(self.state)))
        elif self._history:
            self._history = []

    def answer(self, request: ArmRequest, faults: list[Fault], now: float) -> Reply:
        """Answer a request whose turn it is."""
        principal = self._authenticate(request)
        version = request.query.get("api-version")
        route, values = self._route(request)
        if not version:
            raise ArmError(
                400,
                "MissingApiVersionParameter",
                "The api-version query parameter (?api-version=) is required for all requests.",
            )
        self._check_version(route, version)
        state = self.state
        stale = next((fault for fault in faults if fault.kind == "stale"), None)
        if stale is not None and request.method == "GET":
            now -= stale.seconds or 0.0
            state = self._state_at(now)
        elif request.method in _WRITES:
            self._remember(now)
        subscription = values.pop("subscription", "")
        if subscription and subscription.lower() not in state.subscriptions:
            raise subscription_not_found(subscription)
        if request.method not in route.handlers:
            raise ArmError(
                405,
                "MethodNotAllowed",
                f"The request method '{request.method}' is not supported by resource type '{route.kind}' here.",
            )
        self._authorize(principal, route, request, subscription)
        call = Call(
            state=state,
            clock=self.clock,
            faults=self.faults,
            now=now,
            method=request.method,
            path=request.path,
            query=request.query,
            body={},
            api_version=version,
            base_url=self.base_url,
            principal=principal,
            subscription=state.subscriptions[subscription.lower()]["id"] if subscription else "",
            operation_fault=next((fault for fault in faults if fault.kind == "operation_fail"), None),
            replication_fault=next((fault for fault in faults if fault.kind == "replicate_fail"), None),
        )
        if route.in_group:
            name = values.pop("group")
            call.group = state.find_group(subscription, name)
            if call.group is None:
                raise group_not_found(name)
            if request.method == "PUT":
                check_group_alive(call.group)
        if request.method in _BODIES:
            call.body = _read_body(request)
        return route.handlers[request.method](call, **values)

    def _authenticate(self, request: ArmRequest) -> Principal:
        """A token that was given out here, for the resource manager, not expired."""
        scheme, _space, token = (request.authorization or "").partition(" ")
        if not token or scheme.lower() != "bearer":
            raise self._unauthorized("The authentication header is missing or has no bearer token.")
        issued = self.tokens.recognise(token.strip())
        if issued is None:
            raise self._unauthorized("The access token is invalid.")
        if issued.expires <= time.time():
            raise self._unauthorized("The access token has expired.")
        if issued.audience not in (self.base_url, *PUBLIC_AUDIENCES):
            raise self._unauthorized("The access token has been obtained for wrong audience or resource.")
        return issued.principal

    def _unauthorized(self, message: str) -> ArmError:
        tenant = next(iter(self.tokens.tenants), "common")
        challenge = (
            f'Bearer authorization_uri="{self.base_url}/{tenant}", error="invalid_token", error_description="{message}"'
        )
        return ArmError(401, "InvalidAuthenticationToken", message, headers={"WWW-Authenticate": challenge})

    def _route(self, request: ArmRequest) -> tuple[Route, dict[str, Any]]:
        try:
            index, values = self._adapter.match(routable(request.path), method="GET")
        except HTTPException:
            raise ArmError(
                404,
                "InvalidResourceType",
                f"The resource type of '{request.path}' could not be found in the namespace for api version "
                f"'{request.query.get('api-version')}'.",
            ) from None
        return ROUTES[int(index)], dict(values)

    def _check_version(self, route: Route, version: str) -> None:
        if version not in route.versions:
            _namespace, _slash, kind = route.kind.partition("/")
            raise ArmError(
                400,
                "NoRegisteredProviderFound",
                f"No registered resource provider found for location '' and API version '{version}' for type "
                f"'{kind}'. The supported api-versions are '{', '.join(route.versions)}'. The supported locations "
                f"are '{', '.join(sorted(REGIONS))}'.",
            )

    def _authorize(self, principal: Principal, route: Route, request: ArmRequest, subscription: str) -> None:
        if not subscription:
            return
        action = route.action_for(request.method)
        if not principal.may(action, request.path.rstrip("/")):
            raise ArmError(
                403,
                "AuthorizationFailed",
                f"The client '{principal.object_id}' with object id '{principal.object_id}' does not have "
                f"authorization to perform action '{action}' over scope '{request.path}' or the scope is invalid. If "
                "access was recently granted, please refresh your credentials.",
            )

    def _state_at(self, moment: float) -> State:
        """The state as it was: the copy from before the first change after that moment."""
        data = next((data for until, data in self._history if until > moment), None)
        state: State = pickle.loads(data if data is not None else pickle.dumps(self.state))
        state.forget_newer_than(moment)
        return state

    # --- what the admin endpoint changes ---------------------------------------------------------------------------

    def set_outage(self, region: str, lists: str | None, now: float) -> None:
        """Take a region down (``lists`` says how lists that would show its resources behave) or up again (None)."""
        if lists is None:
            self.state.outages.pop(region, None)
        else:
            self.state.outages[region] = lists
        for point_key in list(self.state.running_copies):
            point = self.state.points[point_key]
            if region in point.regions:
                (replication.resume if lists is None else replication.pause)(self.state, point, now)
        for snapshot in snapshot_copies.travelling(self.state):
            if region in snapshot.regions:
                (snapshot_copies.resume if lists is None else snapshot_copies.pause)(self.state, snapshot, now)

    def refreeze(self, now: float) -> None:
        """Let copies stand still or go on, as the faults in force want."""
        for point_key in list(self.state.running_copies):
            point = self.state.points[point_key]
            point.frozen = self.faults.holding("PUT", point.id, "freeze_replication")
            (replication.pause if point.frozen else replication.resume)(self.state, point, now)
        for snapshot in snapshot_copies.travelling(self.state):
            snapshot.frozen = self.faults.holding("PUT", snapshot.id, "freeze_replication")
            (snapshot_copies.pause if snapshot.frozen else snapshot_copies.resume)(self.state, snapshot, now)


def _read_body(request: ArmRequest) -> dict[str, Any]:
    if not request.body.strip():
        if request.method == "POST":
            return {}
        raise ArmError(400, "MissingRequestBody", "The request must have a body.")
    if "json" not in request.content_type.lower():
        raise ArmError(
            415, "UnsupportedMediaType", f"The content media type '{request.content_type}' is not supported. Only "
            "'application/json' is supported."
        )  # fmt: skip
    try:
        body = json.loads(request.body)
    except ValueError as error:
        raise ArmError(
            400, "InvalidRequestContent", f"The request content was invalid and could not be deserialized: '{error}'."
        ) from error
    if not isinstance(body, dict):
        raise ArmError(400, "InvalidRequestContent", "The request content was invalid: it must be a JSON object.")
    return body
