# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Faults that tests ask for: what goes wrong, for which requests, how often."""

from __future__ import annotations

import re
import threading
from dataclasses import asdict, dataclass, field
from typing import Any

KINDS = frozenset(
    {
        "status",
        "drop",
        "delay",
        "stale",
        "replicate_fail",
        "operation_fail",
        "freeze_replication",
        "job_end",
        "task_end",
        "copy_end",
    }
)
"""status: answer an error. drop: reset the connection. delay: wait (real seconds). stale: a GET answers an older
state. replicate_fail: a disk of the copy fails to replicate. operation_fail: the long-running operation that the
request starts ends Failed. freeze_replication: copies whose path matches make no progress while the fault lasts. job_end: the AWS Backup job that
the request starts ends in `state` (FAILED, PARTIAL or ABORTED). task_end: so does the Prism Central's task (FAILED,
CANCELED or SUSPENDED). copy_end: so does the copy of a blob that the request starts (FAILED or ABORTED)."""

_STATES = {"task_end": ("FAILED", "CANCELED", "SUSPENDED"), "copy_end": ("FAILED", "ABORTED")}


@dataclass
class Fault:
    """One fault; ``times`` 0 means without end, ``skip`` lets the first matching requests pass."""

    kind: str
    method: str | None = None
    path_regex: str | None = None
    times: int = 1
    skip: int = 0
    when: str = "before"
    status: int = 500
    code: str = "InternalServerError"
    message: str = "An internal error happened (fault injected by the sandbox's user)."
    retry_after: int | None = None
    seconds: float | None = None
    percent: float | None = None
    disk: str | None = None
    state: str = "FAILED"
    used: int = 0
    passed: int = 0
    _pattern: re.Pattern[str] | None = field(default=None, repr=False, compare=False)

    def matches(self, method: str, path: str) -> bool:
        """Whether the fault is for this request (path and query are searched, case-insensitively)."""
        if self.method and self.method != method:
            return False
        if self.path_regex is None:
            return True
        if self._pattern is None:
            self._pattern = re.compile(self.path_regex, re.IGNORECASE)
        return bool(self._pattern.search(path))

    @property
    def spent(self) -> bool:
        """Whether it has happened as often as it was asked to."""
        return bool(self.times) and self.used >= self.times

    def describe(self) -> dict[str, Any]:
        """The fault as the admin endpoint shows it."""
        shown = asdict(self)
        del shown["_pattern"]
        return shown


class FaultList:
    """The faults in force."""

    def __init__(self) -> None:
        self._faults: list[Fault] = []
        self._lock = threading.Lock()

    def __bool__(self) -> bool:
        return bool(self._faults)

    def add(self, faults: list[Fault]) -> None:
        """Put faults in force, after those already there."""
        with self._lock:
            self._faults.extend(faults)

    def clear(self) -> list[Fault]:
        """Take all faults out of force and return them."""
        with self._lock:
            gone, self._faults = self._faults, []
            return gone

    def take(self, method: str, path: str, kinds: frozenset[str]) -> list[Fault]:
        """The faults of those kinds that happen to this request, at most one of each kind; each is counted."""
        if not self._faults:
            return []
        taken: dict[str, Fault] = {}
        with self._lock:
            for fault in self._faults:
                if fault.kind not in kinds or fault.kind in taken or fault.spent:
                    continue
                if not fault.matches(method, path):
                    continue
                if fault.passed < fault.skip:
                    fault.passed += 1
                    continue
                fault.used += 1
                taken[fault.kind] = fault
        return list(taken.values())

    def armed(self, kind: str) -> bool:
        """Whether a fault of that kind may still happen."""
        return any(fault.kind == kind and not fault.spent for fault in self._faults)

    def holding(self, method: str, path: str, kind: str) -> bool:
        """Whether a fault of that kind matches, without counting it (for faults that last)."""
        return any(fault.kind == kind and fault.matches(method, path) for fault in self._faults)

    def describe(self) -> list[dict[str, Any]]:
        """All faults as the admin endpoint shows them."""
        with self._lock:
            return [fault.describe() for fault in self._faults]


def parse_faults(value: Any) -> list[Fault]:
    """Faults from a seed or an admin request: one mapping or a list of mappings; ValueError says what is wrong."""
    items = value if isinstance(value, list) else [value]
    return [_parse_fault(item, index) for index, item in enumerate(items)]


def _parse_fault(item: Any, index: int) -> Fault:
    where = f"faults[{index}]"
    if not isinstance(item, dict):
        raise ValueError(f"{where}: expected a mapping")
    fields = dict(item)
    match = fields.pop("match", None) or {}
    if not isinstance(match, dict) or set(match) - {"method", "path_regex"}:
        raise ValueError(f"{where}.match: expected a mapping with method and path_regex")
    kind = fields.pop("kind", None)
    if kind not in KINDS:
        raise ValueError(f"{where}.kind: {kind!r} is not one of {', '.join(sorted(KINDS))}")
    types: dict[str, Any] = {
        "times": int, "skip": int, "when": str, "status": int, "code": str, "message": str,
        "retry_after": int, "seconds": (int, float), "percent": (int, float), "disk": str, "state": str,
    }  # fmt: skip
    for name, given in list(fields.items()):
        if name not in types:
            raise ValueError(f"{where}: unknown field {name!r}; known: kind, match, {', '.join(types)}")
        if given is None:
            del fields[name]
        elif isinstance(given, bool) or not isinstance(given, types[name]):
            raise ValueError(f"{where}.{name}: {given!r} has the wrong type")
    if fields.get("when", "before") not in ("before", "after"):
        raise ValueError(f"{where}.when: expected before or after")
    if kind == "status" and not 400 <= fields.get("status", 500) <= 599:
        raise ValueError(f"{where}.status: expected a status from 400 to 599")
    states = _STATES.get(kind, ("FAILED", "PARTIAL", "ABORTED"))
    if fields.get("state", "FAILED") not in states:
        raise ValueError(f"{where}.state: expected {', '.join(states[:-1])} or {states[-1]}")
    pattern = match.get("path_regex")
    try:
        compiled = re.compile(pattern, re.IGNORECASE) if pattern is not None else None
    except (re.error, TypeError) as error:
        raise ValueError(f"{where}.match.path_regex: {error}") from error
    method = match.get("method")
    return Fault(kind=kind, method=method.upper() if method else None, path_regex=pattern, _pattern=compiled, **fields)
