# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Long-running operations: their start, their headers and the endpoint that they are polled at.

Recorded: an operation is ``{startTime, endTime?, status, name}``; creating a restore point answers
Azure-AsyncOperation alone, deletions answer Location too, which is the same URL with ``&monitor=true``.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .call import Call, Reply
from .errors import ArmError
from .state import Operation, State

Effect = Callable[[State, float, Operation], None]
EFFECTS: dict[str, Effect] = {}


def effect(name: str) -> Callable[[Effect], Effect]:
    """Register what an operation does when it is due."""

    def register(function: Effect) -> Effect:
        EFFECTS[name] = function
        return function

    return register


def start(
    call: Call,
    region: str,
    seconds: float,
    effect_name: str,
    subject: str,
    *,
    path: str = "operations",
    final_status: int = 200,
    shows: str | None = None,
) -> Operation:
    """Start an operation on the resource ``subject``; ``shows`` is what it answers when it is done."""
    assert effect_name in EFFECTS, effect_name
    state = call.state
    operation = Operation(
        id=state.guid(),
        subscription=call.subscription,
        region=region,
        path=path,
        started=call.now,
        due=call.now + seconds,
        effect=effect_name,
        subject=subject,
        secret=state.guid(),
        final_status=final_status,
        shows=shows,
    )
    if call.operation_fault is not None:
        fault = call.operation_fault
        operation.error = {"code": fault.code, "message": fault.message}
    state.operations[operation.id] = operation
    state.schedule(operation.due, "operation", operation.id)
    return operation


def finish(state: State, at: float, operation_id: str) -> None:
    """Carry out an operation that is due."""
    operation = state.operations[operation_id]
    EFFECTS[operation.effect](state, at, operation)
    operation.ended = at
    operation.status = "Failed" if operation.error else "Succeeded"


def headers(call: Call, operation: Operation, *, location: bool, retry_after: float | None = None) -> dict[str, str]:
    """The headers that send a client to the operation."""
    url = (
        f"{call.base_url}/subscriptions/{operation.subscription}/providers/Microsoft.Compute/locations/"
        f"{operation.region}/{operation.path}/{operation.id}?p={operation.secret}&api-version={call.api_version}"
    )
    answer = {"Azure-AsyncOperation": url, "Azure-AsyncNotification": "Enabled"}
    if location:
        answer["Location"] = f"{url}&monitor=true"
    if retry_after is not None:
        answer["Retry-After"] = str(call.clock.retry_after(retry_after))
    return answer


def poll(call: Call, region: str, operation_id: str) -> Reply:
    """GET of an operation; with monitor=true in the style of Location: 202 until it is done."""
    call.touch(region.lower())
    operation = call.state.operations.get(operation_id.lower())
    if operation is None or operation.subscription.lower() != call.subscription.lower():
        raise ArmError(404, "NotFound", f"The operation '{operation_id}' was not found.")
    if call.query.get("monitor", "").lower() == "true":
        return _monitor(call, operation)
    body: dict[str, Any] = {"startTime": call.time(operation.started)}
    if operation.ended is not None:
        body["endTime"] = call.time(operation.ended)
    body["status"] = operation.status
    if operation.error and operation.status == "Failed":
        body["error"] = operation.error
    body["name"] = operation.id
    if operation.path == "DiskOperations" and operation.status == "Succeeded":
        shown = _shown(call, operation)
        if shown is not None:
            body["properties"] = {"output": shown}
    return Reply(200, body)


def _monitor(call: Call, operation: Operation) -> Reply:
    if operation.status == "InProgress":
        return Reply(202, None, headers(call, operation, location=True, retry_after=operation.due - call.now))
    if operation.error:
        raise ArmError(409, operation.error["code"], operation.error["message"])
    shown = _shown(call, operation)
    return Reply(200, shown) if shown is not None else Reply(operation.final_status)


SHOW: dict[str, Callable[[Call, str], dict[str, Any] | None]] = {}
"""How a finished operation shows its resource, by kind."""


def _shown(call: Call, operation: Operation) -> dict[str, Any] | None:
    return SHOW[operation.shows](call, operation.subject) if operation.shows else None
