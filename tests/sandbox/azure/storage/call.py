# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One request to a storage account, and the answers that refuse it."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from urllib.parse import parse_qsl, unquote, urlencode
from xml.sax.saxutils import escape

from .azurite import Answer, Headers
from .world import BlobKey

_HOP = frozenset(("connection", "transfer-encoding", "expect", "content-length", "keep-alive"))


@dataclass(frozen=True)
class Call:
    """What a client sent. `path` and `query` are as they came, still encoded."""

    kind: str
    method: str
    path: str
    query: str
    headers: Headers = field(repr=False)
    body: bytes = field(repr=False)

    @property
    def parts(self) -> list[str]:
        """Account, container and blob, decoded, as far as they are there."""
        return [unquote(part) for part in self.path.lstrip("/").split("/", 2) if part]

    @property
    def account(self) -> str:
        """The account."""
        return self.parts[0] if self.parts else ""

    @property
    def blob(self) -> BlobKey | None:
        """The blob that the request is about."""
        return tuple(self.parts) if self.kind == "blob" and len(self.parts) == 3 else None  # type: ignore[return-value]

    @property
    def params(self) -> dict[str, str]:
        """The query."""
        return dict(parse_qsl(self.query, keep_blank_values=True))

    def header(self, name: str) -> str:
        """A header, "" if it is not there."""
        return next((value for key, value in self.headers if key.lower() == name.lower()), "")

    @property
    def target(self) -> str:
        """Path and query."""
        return f"{self.path}?{self.query}" if self.query else self.path

    def onward(self) -> Headers:
        """The headers to pass on."""
        passed = [(name, value) for name, value in self.headers if name.lower() not in _HOP]
        if self.body or self.method in ("PUT", "POST", "PATCH", "MERGE"):
            passed.append(("Content-Length", str(len(self.body))))
        return passed

    def passing_as(self, account_pass: dict[str, str], without: frozenset[str] = frozenset()) -> Call:
        """The same with the sandbox's own right of way, once who asks has been checked here."""
        kept = [(name, value) for name, value in parse_qsl(self.query, keep_blank_values=True) if name not in without]
        headers = [(name, value) for name, value in self.headers if name.lower() != "authorization"]
        return replace(self, query=urlencode([*kept, *account_pass.items()]), headers=headers)


class StorageError(Exception):
    """An answer that refuses, as the storage services give it."""

    def __init__(self, status: int, code: str, message: str, retry_after: int | None = None) -> None:
        super().__init__(message)
        self.status, self.code, self.message, self.retry_after = status, code, message, retry_after

    def answer(self, kind: str, method: str) -> Answer:
        """The error in XML, of tables in JSON; HEAD has only the header."""
        headers = [("x-ms-error-code", self.code)]
        if self.retry_after is not None:
            headers.append(("Retry-After", str(self.retry_after)))
        if kind == "table":
            body = {"odata.error": {"code": self.code, "message": {"lang": "en-US", "value": self.message}}}
            headers.append(("Content-Type", "application/json;odata=minimalmetadata;streaming=true;charset=utf-8"))
            return Answer(self.status, headers, json.dumps(body).encode())
        headers.append(("Content-Type", "application/xml"))
        text = f"<Code>{self.code}</Code><Message>{escape(self.message)}</Message>"
        content = f'<?xml version="1.0" encoding="utf-8"?><Error>{text}</Error>'.encode()
        return Answer(self.status, headers, b"" if method == "HEAD" else content)
