# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import datetime
from typing import Any

import pytest

pytest.importorskip("boto3")

from ansible_collections.bcdr.multicloud.plugins.module_utils._aws.session import AwsSession, client_error, connect
from ansible_collections.bcdr.multicloud.plugins.module_utils._core.errors import (
    BcdrError,
    Conflict,
    InvalidRequest,
    ProviderError,
    Throttled,
    Unavailable,
)

KEYS = {"access_key": "AKIASANDBOX000000001", "secret_key": "very-hidden"}


pytestmark = pytest.mark.usefixtures("no_identity")


def refused(**params: Any) -> str:
    """Return why the options are refused, before anything is sent."""
    options = {"validate_certs": True, "endpoint_url": "http://127.0.0.1:9", **params}
    with pytest.raises(InvalidRequest) as caught:
        connect(options, 4).identity("eu-west-1")
    return str(caught.value)


@pytest.mark.parametrize(
    ("code", "status", "kind"),
    [
        *((code, 400, Throttled) for code in ("Throttling", "ThrottlingException", "LimitExceededException")),
        *((code, 429, Throttled) for code in ("TooManyRequestsException", "RequestLimitExceeded")),
        ("ThrottlingException", 503, Throttled),
        *((code, 409, Conflict) for code in ("AlreadyExistsException", "FileSystemAlreadyExists", "ConflictException")),
        ("FileSystemInUse", 409, Conflict),
        *((code, 500, Unavailable) for code in ("ServiceUnavailableException", "InternalFailure", "InternalError")),
        ("ServiceUnavailable", 400, Unavailable),
        ("AnythingElse", 502, Unavailable),
        ("", 503, Unavailable),
        ("AccessDeniedException", 403, ProviderError),
        ("ResourceNotFoundException", 400, ProviderError),
        ("InvalidParameterValueException", 400, ProviderError),
        ("TooManyRequests", 429, ProviderError),  # EFS: the throughput mode may change once a day
        ("", None, ProviderError),
    ],
)
def test_client_error(code: str, status: int | None, kind: type[ProviderError]) -> None:
    response = {
        "Error": {"Code": code, "Message": "not\n  now"},
        "ResponseMetadata": {"RequestId": "r-1", "HTTPStatusCode": status},
    }
    error = client_error(response, "describe_x in eu-west-1")
    assert error.__class__ is kind
    assert error.retryable is (kind is not ProviderError)
    assert (error.code, error.provider_message, error.status, error.request_id) == (code, "not now", status, "r-1")
    said = f"{code}: not now" if code else "not now"
    assert str(error) == f"describe_x in eu-west-1: {said} (request id r-1)"


def test_an_error_that_says_nothing() -> None:
    assert str(client_error({}, "x in y")) == "x in y: no message"


@pytest.mark.parametrize("option", ["access_key", "secret_key", "session_token"])
def test_profile_with_keys(option: str) -> None:
    text = refused(profile="dr", region="eu-west-1", **{option: "very-hidden"})
    assert text == "profile: passing both a profile and access tokens is not supported"


def test_a_role_needs_a_region_to_be_assumed_in() -> None:
    assert refused(**KEYS, assume_role_arn="arn:aws:iam::111122223333:role/x").startswith("region: is needed")


@pytest.mark.parametrize(
    ("params", "start"),
    [
        ({"profile": "nothing"}, "profile: "),
        ({**KEYS, "aws_config": {"no_such_setting": 1}}, "aws_config: "),
        ({**KEYS, "aws_config": {"retries": {"mode": "no_such_mode"}}}, "aws_config: "),
        ({}, "credentials: "),
        ({"access_key": KEYS["access_key"]}, "secret_key: "),
        ({"secret_key": KEYS["secret_key"]}, "access_key: "),
        ({"session_token": "very-hidden"}, "access_key: "),
    ],
)
def test_options_that_do_not_fit(params: dict[str, Any], start: str) -> None:
    text = refused(region="eu-west-1", **params)
    assert text.startswith(start)
    assert "very-hidden" not in text
    assert "\n" not in text


def test_time_is_not_known_before_the_first_answer() -> None:
    with pytest.raises(BcdrError, match="AWS has not answered yet"):
        AwsSession(None, "r", None, True, None).now()


class Backend:
    """A boto3 session whose clients answer what they are given, and count themselves."""

    def __init__(self, answer: dict[str, Any]) -> None:
        self.answer = answer
        self.made: list[tuple[str, dict[str, Any]]] = []

    def client(self, service: str, **given: Any) -> Any:
        self.made.append((service, given))
        return self

    def describe_x(self, **request: Any) -> dict[str, Any]:
        return {"request": request, **self.answer}


def test_clients_are_made_once_and_get_all_settings() -> None:
    backend = Backend({})
    session = AwsSession(backend, "r1", "http://x", False, "config")
    for region in ("r1", "r2", "r1"):
        assert session.call("backup", region, "describe_x", A=1) == {"request": {"A": 1}}
    settings = {"endpoint_url": "http://x", "verify": False, "config": "config"}
    assert backend.made == [("backup", {"region_name": region, **settings}) for region in ("r1", "r2")]


def test_aws_own_time() -> None:
    metadata = {"HTTPHeaders": {"date": "Sat, 21 Nov 2026 12:00:00 GMT"}}
    session = AwsSession(Backend({"ResponseMetadata": metadata}), "r", None, True, None)
    assert session.call("backup", "r", "describe_x") == {"request": {}}
    assert session.now() == datetime.datetime(2026, 11, 21, 12, 0, tzinfo=datetime.timezone.utc)
