# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Lists: filters by time and field, pages."""

from __future__ import annotations

import base64
import zlib
from collections.abc import Callable
from datetime import datetime, timezone
from typing import Any, TypeVar

from ..errors import invalid

T = TypeVar("T")


def moment(value: Any) -> float | None:
    """A time of a request."""
    if value is None:
        return None
    if isinstance(value, datetime):
        return (value if value.tzinfo else value.replace(tzinfo=timezone.utc)).timestamp()
    try:
        return float(value)
    except ValueError:
        pass
    try:
        return moment(datetime.fromisoformat(str(value).replace("Z", "+00:00")))
    except ValueError as error:
        raise invalid(f"{value!r} is not a time.") from error


def date(value: float | None) -> datetime | None:
    """A time of an answer."""
    return None if value is None else datetime.fromtimestamp(value, timezone.utc)


def within(value: float | None, params: dict[str, Any], after: str, before: str) -> bool:
    """Whether a time lies between the two that a request names, if it does."""
    start, end = moment(params.get(after)), moment(params.get(before))
    if start is None and end is None:
        return True
    return value is not None and (start is None or value > start) and (end is None or value < end)


def equal(params: dict[str, Any], **values: Any) -> bool:
    """Whether every filter that a request names has this value."""
    return all(params.get(name) in (None, "", value) for name, value in values.items())


def page(
    items: list[T], params: dict[str, Any], largest: int, name: str, show: Callable[[T], dict[str, Any]]
) -> dict[str, Any]:
    """One page. A token is good for the list with the same filters only."""
    wanted = params.get("MaxResults")
    if wanted is not None and not 1 <= int(wanted) <= 1000:
        raise invalid("MaxResults has to be from 1 to 1000.")
    filters = sorted((key, str(value)) for key, value in params.items() if key not in ("MaxResults", "NextToken"))
    mark = zlib.crc32(repr((name, filters)).encode())
    start = 0
    token = params.get("NextToken")
    if token:
        try:
            given, start = (int(part) for part in base64.urlsafe_b64decode(token).split(b"."))
        except ValueError as error:
            raise invalid("The NextToken is not valid.") from error
        if given != mark:
            raise invalid("The NextToken is not valid for this request.")
    end = start + min(largest, int(wanted or 1000))
    answer: dict[str, Any] = {name: [show(item) for item in items[start:end]]}
    if end < len(items):
        answer["NextToken"] = base64.urlsafe_b64encode(f"{mark}.{end}".encode()).decode()
    return answer
