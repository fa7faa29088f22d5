# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Errors of a Prism Central as ours: what its answers say in one sentence. Pure.

An ErrorResponse of the v4 API holds a list of AppMessages, or one SchemaValidationError
(developers.nutanix.com/api-reference); gateways answer in HTML, and API v3 in a form of its own.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from ansible_collections.bcdr.multicloud.plugins.module_utils._core.errors import (
    Conflict,
    ProviderError,
    Throttled,
    Unavailable,
)

_TAGS = re.compile(r"<(style|script)\b.*?</\1>|<[^>]*>", re.DOTALL | re.IGNORECASE)
_LONGEST = 300


def field(answer: Any, name: str) -> Any:
    """Return a field by its name in snake case, None if it is not there.

    What a client library is too old for it leaves in camel case, the newer ones beside the other fields, those before
    4.2 within `_unknown_fields`.
    """
    if not isinstance(answer, Mapping):
        return None
    value = answer.get(name)
    if value is None:
        head, *rest = name.split("_")
        camel = head + "".join(word.capitalize() for word in rest)
        value = answer.get(camel)
        if value is None:
            value = (answer.get("_unknown_fields") or {}).get(camel)
    return value


def decoded(body: Any) -> Any:
    """Return the body of an answer as data, if it is JSON, else as text."""
    if isinstance(body, bytes):
        body = body.decode("utf-8", "replace")
    try:
        return json.loads(body) if isinstance(body, str) else body
    except ValueError:
        return body


def error_details(body: Any) -> tuple[str, str] | None:
    """Return code and text of an ErrorResponse (`decoded`), or None for anything else."""
    data = body.get("data") if isinstance(body, Mapping) and "data" in body else body
    error = data.get("error") if isinstance(data, Mapping) else None
    if isinstance(error, Mapping):
        return "", _schema_text(error)
    if isinstance(error, list) and error and all(isinstance(message, Mapping) for message in error):
        code = str(error[0].get("code") or "")
        return code, "; ".join(dict.fromkeys(_message_text(message) for message in error))
    return None


def _message_text(message: Mapping[str, Any]) -> str:
    text = one_line(message.get("message") or "no message")
    reason = one_line((field(message, "arguments_map") or {}).get("reason") or "")
    return text if not reason or reason in text else f"{text} ({reason})"


def _schema_text(error: Mapping[str, Any]) -> str:
    parts = []
    for message in field(error, "validation_error_messages") or ():
        where = field(message, "attribute_path") or message.get("location") or ""
        parts.append(
            f"{where}: {one_line(message.get('message') or 'not valid')}"
            if where
            else one_line(message.get("message") or "")
        )
    return "; ".join(parts) or one_line(error.get("error") or "no message")


def one_line(text: Any) -> str:
    """Return the text with all white space as single blanks."""
    return " ".join(str(text).split())


def plain_text(body: Any) -> str:
    """Return what any other answer says, in one line: a message, or the words of an HTML page."""
    if isinstance(body, Mapping):
        messages = body.get("message_list")
        if isinstance(messages, list) and messages:
            return "; ".join(
                one_line(one.get("message") or one) if isinstance(one, Mapping) else one_line(one) for one in messages
            )
        return one_line(body.get("message") or json.dumps(body, default=str))[:_LONGEST]
    return one_line(_TAGS.sub(" ", str(body or "")))[:_LONGEST]


def api_error(
    status: int | None,
    reason: str,
    body: Any,
    headers: Mapping[str, str],
    *,
    operation: str,
    request_id: str,
) -> ProviderError:
    """Return the error that an answer means; `status` None or 0 when there was none, `reason` is HTTP's."""
    known = error_details(body)
    code, text = known if known is not None else ("", plain_text(body) or one_line(reason) or "no message")
    given: dict[str, Any] = {"code": code, "status": status or None, "request_id": request_id, "operation": operation}
    if known is None and status:
        text = f"HTTP {status}: {text}"
    if status == 401:
        text = f"Prism Central refused to sign in: check nutanix_username and nutanix_password, or nutanix_api_key ({text})"
    # 409: something else works on the same entity; 412: it has changed since its ETag was read.
    if status in (409, 412):
        return Conflict(text, **given)
    if status == 429:
        return Throttled(text, retry_after=_seconds(headers.get("Retry-After")), **given)
    if status == 408 or (status or 0) >= 500:
        return Unavailable(text, **given)
    return ProviderError(text, **given)


def _seconds(text: str | None) -> float:
    return float(text) if text and text.strip().isdecimal() else 0.0
