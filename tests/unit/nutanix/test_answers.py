# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.bcdr.multicloud.plugins.module_utils._core.errors import (
    Conflict,
    ProviderError,
    Throttled,
    Unavailable,
)
from ansible_collections.bcdr.multicloud.plugins.module_utils._nutanix.answers import (
    api_error,
    decoded,
    error_details,
    field,
    plain_text,
)

MESSAGES = {
    "data": {
        "$objectType": "dataprotection.v4.error.ErrorResponse",
        "error": [
            {
                "code": "DP-10400",
                "message": "The request failed as one or more entities\n do not exist.",
                "argumentsMap": {"reason": "Unable to get details"},
            },
            {"code": "DP-2", "message": "And more."},
        ],
    }
}
SCHEMA = {
    "data": {
        "error": {
            "statusCode": 400,
            "error": "Bad Request",
            "validationErrorMessages": [
                {"attributePath": "$limit", "message": "has to be 1 to 100"},
                {"message": "two"},
            ],
        }
    }
}


def error(status: int | None, body: Any, headers: dict[str, str] | None = None) -> ProviderError:
    return api_error(status, "REASON", body, headers or {}, operation="list_x", request_id="r-1")


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, ProviderError), (401, ProviderError), (403, ProviderError), (404, ProviderError), (428, ProviderError),
        (409, Conflict), (412, Conflict), (429, Throttled), (408, Unavailable), (500, Unavailable), (503, Unavailable),
        (None, ProviderError), (0, ProviderError), (200, ProviderError),
    ],
)  # fmt: skip
def test_kinds(status: int | None, kind: type[ProviderError]) -> None:
    found = error(status, MESSAGES)
    assert found.__class__ is kind
    assert (found.code, found.status, found.request_id) == ("DP-10400", status or None, "r-1")


@pytest.mark.parametrize(
    ("body", "text"),
    [
        (
            MESSAGES,
            "list_x: DP-10400: The request failed as one or more entities do not exist. (Unable to get details); And more. (request id r-1)",
        ),
        (SCHEMA, "list_x: $limit: has to be 1 to 100; two (request id r-1)"),
        ({"data": {"error": {}}}, "list_x: no message (request id r-1)"),
        ({"message": "not  found"}, "list_x: HTTP 400: not found (request id r-1)"),
        ({"message_list": [{"message": "a"}, "b"]}, "list_x: HTTP 400: a; b (request id r-1)"),
        ({"strange": 1}, 'list_x: HTTP 400: {"strange": 1} (request id r-1)'),
        ("<html><style>x{}</style><h1>Bad\nGateway</h1></html>", "list_x: HTTP 400: Bad Gateway (request id r-1)"),
        ("", "list_x: HTTP 400: REASON (request id r-1)"),
        (None, "list_x: HTTP 400: REASON (request id r-1)"),
        ([], "list_x: HTTP 400: REASON (request id r-1)"),
    ],
)
def test_texts(body: Any, text: str) -> None:
    assert str(error(400, body)) == text


def test_sign_in() -> None:
    assert "nutanix_username and nutanix_password, or nutanix_api_key" in str(error(401, "<h1>401</h1>"))


@pytest.mark.parametrize(("header", "seconds"), [("7", 7.0), ("soon", 0.0), (None, 0.0)])
def test_throttled(header: str | None, seconds: float) -> None:
    found = error(429, {}, {} if header is None else {"Retry-After": header})
    assert isinstance(found, Throttled)
    assert found.retry_after == seconds


@pytest.mark.parametrize(
    ("body", "data"),
    [
        (b'{"a": 1}', {"a": 1}),
        ('{"a": 1}', {"a": 1}),
        ("<html>", "<html>"),
        (b"\xff", "\ufffd"),
        (None, None),
        ({"a": 1}, {"a": 1}),
    ],
)
def test_decoded(body: Any, data: Any) -> None:
    assert decoded(body) == data


@pytest.mark.parametrize(
    "body", ["text", {}, {"data": None}, {"data": {"error": []}}, {"data": {"error": ["x"]}}, None]
)
def test_no_error_response(body: Any) -> None:
    assert error_details(body) is None


@pytest.mark.parametrize(
    ("answer", "value"),
    [
        ({"ext_id": "a"}, "a"),
        ({"extId": "b"}, "b"),
        ({"ext_id": None, "extId": "b"}, "b"),
        ({}, None),
        (None, None),
        ("x", None),
    ],
)
def test_field(answer: Any, value: Any) -> None:
    assert field(answer, "ext_id") == value


def test_long_pages_are_cut() -> None:
    assert len(plain_text("x" * 5000)) == 300
