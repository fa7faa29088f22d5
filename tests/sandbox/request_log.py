# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The log of every request that the sandbox answered; secrets never get into it."""

from __future__ import annotations

import json
import threading
from collections import deque
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, TextIO

_SECRET_FIELDS = frozenset(
    {"client_secret", "client_assertion", "password", "secret", "adminpassword", "accesssas", "assertion"}
)
_HIDDEN = "***"
_KEEP = 100_000


@dataclass(frozen=True)
class LoggedRequest:
    """One request and what it was answered. ``code`` is the error code of an answer that refused."""

    number: int
    method: str
    path: str
    query: str
    status: int
    virtual_time: str
    body: Any
    code: str | None
    message: str | None
    fault: str | None
    action: str | None = None
    region: str | None = None
    account: str | None = None
    prism_central: str | None = None
    storage_account: str | None = None
    storage_service: str | None = None


class RequestLog:
    """Keeps the latest requests in memory and, if told so, every request as a line in a file."""

    def __init__(self, file: Path | None = None) -> None:
        self._entries: deque[LoggedRequest] = deque(maxlen=_KEEP)
        self._lock = threading.Lock()
        self._number = 0
        self._stream: TextIO | None = file.open("a", encoding="utf-8") if file else None

    def add(self, **fields: Any) -> None:
        """Log one request; its body is stored without secrets."""
        with self._lock:
            self._number += 1
            entry = LoggedRequest(number=self._number, **{**fields, "body": redacted(fields["body"])})
            self._entries.append(entry)
            if self._stream:
                self._stream.write(json.dumps(_shown(entry)) + "\n")
                self._stream.flush()

    def select(self, method: str | None = None, contains: str | None = None) -> list[dict[str, Any]]:
        """Requests with that method whose path or query (for AWS also
        ``aws:REGION:SERVICE:Action``, for a Prism Central ``nutanix:NAME``, for storage ``storage:ACCOUNT``) contains that text."""
        with self._lock:
            entries = list(self._entries)
        wanted = (method or "").upper()
        text = (contains or "").lower()
        return [
            _shown(entry)
            for entry in entries
            if (not wanted or entry.method == wanted) and (not text or text in _searched(entry))
        ]

    def clear(self) -> int:
        """Forget everything and return how many entries there were."""
        with self._lock:
            count = len(self._entries)
            self._entries.clear()
            return count

    def close(self) -> None:
        """Close the file."""
        if self._stream:
            self._stream.close()


def _shown(entry: LoggedRequest) -> dict[str, Any]:
    """An entry; action, region and account are AWS's only, the Prism Central Nutanix's, the account storage's."""
    fields = asdict(entry)
    if entry.action is None:
        del fields["action"], fields["region"], fields["account"]
    if entry.prism_central is None:
        del fields["prism_central"]
    if entry.storage_account is None:
        del fields["storage_account"], fields["storage_service"]
    return fields


def _searched(entry: LoggedRequest) -> str:
    place = "" if entry.action is None else f"aws:{entry.region}:{entry.action} "
    if entry.prism_central is not None:
        place = f"nutanix:{entry.prism_central} "
    if entry.storage_account is not None:
        place = f"storage:{entry.storage_account} "
    return f"{place}{entry.path}?{entry.query}".lower()


def redacted(body: Any) -> Any:
    """The body with the value of every field that holds a secret replaced."""
    if isinstance(body, dict):
        return {
            name: _HIDDEN if str(name).lower() in _SECRET_FIELDS else redacted(value) for name, value in body.items()
        }
    if isinstance(body, list):
        return [redacted(value) for value in body]
    return body
