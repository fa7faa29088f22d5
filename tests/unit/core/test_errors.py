# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest

from ansible_collections.bcdr.multicloud.plugins.module_utils._core import errors
from ansible_collections.bcdr.multicloud.plugins.module_utils._core.errors import (
    BcdrError,
    Conflict,
    InvalidRequest,
    MissingLibrary,
    ProviderError,
    Throttled,
    Unavailable,
    redact,
)

SECRET = "s3cr3tV4lue0123456789"


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("https://a.blob.core.windows.net/c/b?sv=2024&sig={}&se=2026", id="SAS in a URL"),
        pytest.param("https://a.blob.core.windows.net/c/b?sig={}", id="SAS alone"),
        pytest.param("sig={}&sv=2024", id="SAS at the beginning"),
        pytest.param("SharedAccessSignature=sv=2024;sig={}", id="SAS in a connection string"),
        pytest.param("Authorization: Bearer {}", id="bearer"),
        pytest.param("authorization: bearer {}.{}", id="bearer, lower case"),
        pytest.param("DefaultEndpointsProtocol=https;AccountKey={};EndpointSuffix=x", id="AccountKey"),
        pytest.param("Endpoint=sb://x/;SharedAccessKey={}", id="SharedAccessKey"),
        pytest.param("access_key={}", id="access_key"),
        pytest.param("aws_secret_access_key={}", id="aws secret"),
        pytest.param("grant_type=client_credentials&client_secret={}&scope=x", id="form"),
        pytest.param('{{"client_secret": "{}"}}', id="JSON"),
        pytest.param("{{'password': '{}'}}", id="repr of a dict"),
        pytest.param('password="two {}"', id="quoted with a space"),
        pytest.param("client_assertion={}", id="assertion"),
        pytest.param('"access_token":"{}"', id="token answer"),
        pytest.param("refresh_token={}", id="refresh token"),
    ],
)
def test_redact_hides(text: str) -> None:
    assert SECRET in text.format(SECRET, SECRET)
    assert SECRET not in redact(text.format(SECRET, SECRET))
    assert "********" in redact(text.format(SECRET, SECRET))


@pytest.mark.parametrize(
    "text",
    [
        "OperationNotAllowed: the disk 'data-1' is attached to a VM",
        "https://management.azure.com/subscriptions/x?api-version=2024-07-01&$expand=restorePoints",
        "the password of ad_user is needed",
        "the design=3 of the key",
    ],
)
def test_redact_leaves_the_rest(text: str) -> None:
    assert redact(text) == text


def test_redact_keeps_what_stands_around_the_secret() -> None:
    assert redact(f"GET https://x/b?sv=1&sig={SECRET}&se=2 failed") == "GET https://x/b?sv=1&sig=********&se=2 failed"


@pytest.mark.parametrize("kind", [BcdrError, InvalidRequest, ProviderError, Conflict, Throttled, Unavailable])
def test_no_error_carries_a_secret(kind: type[BcdrError]) -> None:
    error = kind(f"cannot read https://x/b?sig={SECRET}")
    assert SECRET not in str(error)
    assert SECRET not in str(error.details())


def test_provider_error_keeps_what_support_asks_for() -> None:
    error = ProviderError(
        " the VM is busy ",
        code="OperationNotAllowed",
        status=409,
        request_id="11-22",
        operation="PUT restorePointCollections/rpc",
    )
    assert str(error) == ("PUT restorePointCollections/rpc: OperationNotAllowed: the VM is busy (request id 11-22)")
    assert error.details() == {
        "message": str(error),
        "retryable": False,
        "code": "OperationNotAllowed",
        "provider_message": "the VM is busy",
        "http_status": 409,
        "request_id": "11-22",
    }


def test_provider_error_without_code_or_request_id_is_its_message() -> None:
    assert str(ProviderError("no route to host")) == "no route to host"


def test_throttled_says_when() -> None:
    error = Throttled("slow down", retry_after=42.0, code="TooManyRequests", status=429)
    assert error.retry_after == 42.0
    assert error.details()["http_status"] == 429
    assert Throttled("slow down").retry_after == 0.0


def test_missing_library_names_the_package() -> None:
    error = MissingLibrary("azure-identity", "No module named 'azure'")
    assert error.package == "azure-identity"
    assert "azure-identity" in str(error)


def test_tokens_and_what_is_to_be_hidden_never_stay(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(errors, "_HIDDEN", set())
    token = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJhIn0.c2ln"
    assert token not in redact(f"the token {token} was refused")
    errors.hide("pa ss")
    errors.hide("")
    assert str(BcdrError("sent pa ss, got nothing")) == "sent ********, got nothing"
