# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The client on azure-core's real pipeline, over a transport that follows a script."""

from __future__ import annotations

import datetime
from typing import Any

import pytest

from ansible_collections.bcdr.multicloud.plugins.module_utils._azure import arm
from ansible_collections.bcdr.multicloud.plugins.module_utils._azure.arm import authentication_error
from ansible_collections.bcdr.multicloud.plugins.module_utils._azure.credentials import Identity
from ansible_collections.bcdr.multicloud.plugins.module_utils._core.errors import (
    BcdrError,
    Conflict,
    InvalidRequest,
    ProviderError,
    Throttled,
    Unavailable,
)

pytest.importorskip("azure.mgmt.core")

import requests
from azure.core.exceptions import ClientAuthenticationError

from ansible_collections.bcdr.multicloud.tests.unit.azure.arm_script import BASE, Answer, FakeCredential, Script
from ansible_collections.bcdr.multicloud.tests.unit.azure.builders import NOW

PATH = "/subscriptions/s/resourceGroups/g/providers/Microsoft.Compute/restorePointCollections/rpc"
VERSION = "2024-07-01"
# The first call and the three repetitions of it that azure-core makes.
ATTEMPTS = 4
OPERATION = f"{BASE}/subscriptions/s/providers/Microsoft.Compute/locations/westus/operations/1?api-version={VERSION}"


def error(code: str, message: str = "words", **more: Any) -> dict[str, Any]:
    return {"error": {"code": code, "message": message, **more}}


class TestReading:
    def test_get(self) -> None:
        script = Script(Answer(body={"name": "rpc"}))
        assert script.client.get(PATH, VERSION, **{"$expand": "restorePoints"}) == {"name": "rpc"}
        [call] = script.calls
        assert call.method == "GET"
        assert call.url.startswith(BASE + PATH + "?")
        assert "api-version=2024-07-01" in call.url
        assert "expand=restorePoints" in call.url
        assert call.headers["Authorization"] == "Bearer fake-token"
        assert "bcdr.multicloud" in call.headers["User-Agent"]

    @pytest.mark.parametrize(
        "code",
        ["NotFound", "ResourceNotFound", "ResourceGroupNotFound", "ParentResourceNotFound", "resourcenotfound"],
    )
    def test_what_is_not_there_is_none(self, code: str) -> None:
        assert Script(Answer(404, error(code))).client.get(PATH, VERSION) is None

    @pytest.mark.parametrize(
        "body",
        [error("SubscriptionNotFound"), error("InvalidResourceType"), "<html>proxy</html>", None],
    )
    def test_any_other_404_is_an_error(self, body: Any) -> None:
        """Else a wrong subscription would look as if everything had yet to be made."""
        with pytest.raises(ProviderError) as caught:
            Script(Answer(404, body)).client.get(PATH, VERSION)
        assert caught.value.status == 404

    def test_an_answer_that_is_no_json_may_be_better_next_time(self) -> None:
        with pytest.raises(Unavailable, match="not JSON"):
            Script(Answer(200, "<html>")).client.get(PATH, VERSION)


class TestPaging:
    def test_pages_are_followed(self) -> None:
        link = f"{BASE}/subscriptions/s/x?$skiptoken=2&api-version=2020-01-01"
        script = Script(
            Answer(body={"value": [{"n": 1}], "nextLink": link}),
            Answer(body={"value": [{"n": 2}, {"n": 3}], "nextLink": None}),
        )
        assert [entry["n"] for entry in script.client.list("/subscriptions/s/x", VERSION)] == [1, 2, 3]
        assert script.calls[1].url.endswith("skiptoken=2&api-version=2020-01-01")

    @pytest.mark.parametrize("host", ["https://management.azure.com:443", "https://Management.Azure.com"])
    def test_other_spellings_of_the_host_are_the_host(self, host: str) -> None:
        script = Script(Answer(body={"value": [1], "nextLink": f"{host}/x?page=2"}), Answer(body={"value": [2]}))
        assert list(script.client.list("/x", VERSION)) == [1, 2]

    @pytest.mark.parametrize(
        "host",
        [
            "https://evil.example",
            "https://management.azure.com.evil.example",
            "https://management.azure.com@evil.example",
            "http://management.azure.com",
            "https://management.azure.com:8443",
        ],
    )
    def test_no_token_is_sent_elsewhere(self, host: str) -> None:
        script = Script(Answer(body={"value": [1], "nextLink": f"{host}/x?sig=abcdefgh"}), Answer(body={"value": [2]}))
        with pytest.raises(ProviderError, match="not Azure Resource Manager") as caught:
            list(script.client.list("/x", VERSION))
        assert len(script.calls) == 1
        assert "abcdefgh" not in str(caught.value)

    def test_an_error_on_a_later_page_is_an_error(self) -> None:
        script = Script(Answer(body={"value": [1], "nextLink": f"{BASE}/x"}), Answer(403, error("AuthorizationFailed")))
        with pytest.raises(ProviderError, match="AuthorizationFailed"):
            list(script.client.list("/x", VERSION))


class TestErrors:
    @pytest.mark.parametrize(
        ("status", "kind"),
        [(400, ProviderError), (403, ProviderError), (401, ProviderError), (409, Conflict), (412, ProviderError)],
    )
    def test_kinds(self, status: int, kind: type[ProviderError]) -> None:
        with pytest.raises(ProviderError) as caught:
            Script(Answer(status, error("Code"))).client.put(PATH, VERSION, {})
        assert caught.value.__class__ is kind
        assert caught.value.status == status

    def test_the_body_is_kept_whole(self) -> None:
        body = error("OperationNotAllowed", "No\nway.", details=[{"code": "Inner", "message": "because"}])
        script = Script(Answer(400, body, {"x-ms-request-id": "11-22"}))
        with pytest.raises(ProviderError) as caught:
            script.client.put(PATH, VERSION, {})
        assert caught.value.code == "OperationNotAllowed"
        assert caught.value.provider_message == "No way. Inner: because"
        assert caught.value.request_id == "11-22"
        assert str(caught.value) == (
            "PUT Microsoft.Compute/restorePointCollections/rpc: OperationNotAllowed: No way. Inner: because (request id 11-22)"
        )

    @pytest.mark.parametrize("body", [None, "", "<html>", [], "7", {"error": "flat"}, {"error": None}])
    def test_a_body_of_another_shape_is_still_an_error(self, body: Any) -> None:
        with pytest.raises(ProviderError) as caught:
            Script(Answer(400, body)).client.put(PATH, VERSION, {})
        assert caught.value.status == 400
        assert caught.value.provider_message

    def test_no_connection(self) -> None:
        script = Script(requests.ConnectionError("Connection refused\nsecond line"))
        with pytest.raises(Unavailable, match="Connection refused"):
            script.client.get(PATH, VERSION)
        assert len(script.calls) == ATTEMPTS

    def test_refused_sign_in_says_who_and_leaves_out_noise(self) -> None:
        text = "Authentication failed: AADSTS7000215: Invalid client secret. Trace ID: 1 Correlation ID: 2\nmore"
        told = authentication_error(RuntimeError(text), Identity("secret", "t", "c", source="the environment"))
        assert told.code == "AuthenticationFailed"
        assert str(told).endswith(
            "Azure refused to sign in (client_id c, tenant t, from the environment): AADSTS7000215: Invalid client secret."
        )


class TestRetries:
    def test_a_short_retry_after_is_slept_in_the_call(self) -> None:
        script = Script(Answer(429, error("Busy"), {"Retry-After": "7"}), Answer(body={"name": "rpc"}))
        assert script.client.get(PATH, VERSION) == {"name": "rpc"}
        assert script.slept == [7]

    def test_a_long_retry_after_is_handed_out_at_once(self) -> None:
        script = Script(Answer(429, error("TooManyRequests"), {"Retry-After": "1200"}))
        with pytest.raises(Throttled) as caught:
            script.client.put(PATH, VERSION, {})
        assert caught.value.retry_after == 1200
        assert caught.value.code == "TooManyRequests"
        assert (script.slept, len(script.calls)) == ([], 1)

    def test_a_retry_after_may_be_a_date_and_garbage_is_none(self) -> None:
        headers = {"Date": "Sat, 21 Nov 2026 03:00:00 GMT", "Retry-After": "Sat, 21 Nov 2026 03:20:00 GMT"}
        script = Script(Answer(429, error("TooManyRequests"), headers))
        with pytest.raises(Throttled) as caught:
            script.client.put(PATH, VERSION, {})
        assert caught.value.retry_after == 1200
        script = Script(Answer(429, error("TooManyRequests"), {"Retry-After": "soon"}), Answer(body={"name": "rpc"}))
        assert script.client.get(PATH, VERSION) == {"name": "rpc"}

    def test_a_long_retry_after_of_an_outage_is_not_slept_either(self) -> None:
        script = Script(Answer(503, error("Down"), {"Retry-After": "600"}))
        with pytest.raises(Unavailable):
            script.client.get(PATH, VERSION)
        assert (script.slept, len(script.calls)) == ([], 1)

    @pytest.mark.parametrize("value", [None, ""])
    def test_no_thread_sleeps_long_when_azure_does_not_say_how_long(self, value: str | None) -> None:
        script = Script(Answer(429, error("Busy"), {} if value is None else {"Retry-After": value}))
        with pytest.raises(Throttled) as caught:
            script.client.get(PATH, VERSION)
        assert caught.value.retry_after == 0
        assert len(script.calls) == ATTEMPTS
        assert sum(script.slept) <= 20

    @pytest.mark.parametrize("status", [408, 500, 502, 503, 504])
    def test_an_outage_is_tried_again_and_then_told(self, status: int) -> None:
        script = Script(Answer(status, error("InternalError", "try later")))
        with pytest.raises(Unavailable, match="InternalError: try later") as caught:
            script.client.get(PATH, VERSION)
        assert caught.value.status == status
        assert len(script.calls) == ATTEMPTS

    @pytest.mark.parametrize("status", [400, 403, 404, 409])
    def test_a_refusal_is_not_tried_again(self, status: int) -> None:
        script = Script(Answer(status, error("No")))
        with pytest.raises(ProviderError):
            script.client.put(PATH, VERSION, {})
        assert len(script.calls) == 1


class TestOperations:
    @pytest.mark.parametrize(
        ("status", "headers"),
        [
            pytest.param(201, {"Azure-AsyncOperation": OPERATION}, id="restore point, as recorded"),
            pytest.param(202, {"Azure-AsyncOperation": OPERATION, "Location": OPERATION + "&monitor=true"}, id="disk"),
        ],
    )
    def test_begin_sends_once_and_does_not_wait(self, status: int, headers: dict[str, str]) -> None:
        script = Script(Answer(status, {"properties": {"provisioningState": "Creating"}}, headers))
        assert script.client.begin("PUT", PATH, VERSION, {"properties": {}}) is not None
        assert [call.method for call in script.calls] == ["PUT"]
        assert script.calls[0].body == {"properties": {}}

    @pytest.mark.parametrize(
        "answer",
        [Answer(200), Answer(204), Answer(404, error("NotFound"))],
        ids=["deleted at once", "nothing there", "not found"],
    )
    def test_a_delete_with_nothing_left_to_do(self, answer: Answer) -> None:
        assert Script(answer).client.begin("DELETE", PATH, VERSION) is None

    @pytest.mark.parametrize("status", [400, 403, 409])
    def test_a_start_that_is_refused(self, status: int) -> None:
        with pytest.raises(ProviderError, match="Code: words"):
            Script(Answer(status, error("Code"))).client.begin("DELETE", PATH, VERSION)

    @pytest.mark.parametrize(
        ("latest", "reason"),
        [
            pytest.param(Answer(body={"status": "InProgress"}), None, id="runs"),
            pytest.param(Answer(body={"status": "Succeeded"}), None, id="succeeded"),
            pytest.param(
                Answer(body={"status": "Failed", **error("VMAgentStatusCommunicationError", "no agent")}),
                "VMAgentStatusCommunicationError: no agent",
                id="failed",
            ),
            pytest.param(
                Answer(body={"status": "Canceled", **error("Cancelled", "by you")}), "Cancelled: by you", id="canceled"
            ),
            pytest.param(Answer(body={"status": "Failed"}), "", id="failed without a word"),
            pytest.param(Answer(404, error("NotFound")), None, id="no longer known"),
            pytest.param(Answer(400, error("Bad")), None, id="cannot be asked"),
        ],
    )
    @pytest.mark.parametrize("method", ["PUT", "DELETE"])
    def test_failure(self, method: str, latest: Answer, reason: str | None) -> None:
        headers = {"Azure-AsyncOperation": OPERATION}
        if method == "DELETE":
            headers["Location"] = OPERATION + "&monitor=true"
        script = Script(Answer(201 if method == "PUT" else 202, {}, headers), latest)
        operation = script.client.begin(method, PATH, VERSION, {} if method == "PUT" else None)
        assert operation is not None
        failure = operation.failure()
        if reason is None:
            assert failure is None
        else:
            assert failure is not None
            assert reason in str(failure)
        assert script.calls[1].url.startswith(OPERATION.split("?", maxsplit=1)[0])

    def test_a_failure_stays_and_is_asked_once(self) -> None:
        script = Script(
            Answer(201, {}, {"Azure-AsyncOperation": OPERATION}),
            Answer(body={"status": "Failed", **error("Bad", "luck")}),
        )
        operation = script.client.begin("PUT", PATH, VERSION, {})
        assert operation is not None
        assert "Bad: luck" in str(operation.failure())
        assert "Bad: luck" in str(operation.failure())
        assert len(script.calls) == 2

    def test_put_answered_at_once(self) -> None:
        """Azure may have done what was asked by the time it answers."""
        script = Script(Answer(200, {"properties": {"provisioningState": "Succeeded"}}))
        operation = script.client.begin("PUT", PATH, VERSION, {})
        assert operation is not None
        assert operation.failure() is None
        assert len(script.calls) == 1


class TestConnect:
    PARAMS = {
        "auth_source": "cli",
        "cloud_environment": "AzureCloud",
        "cert_validation_mode": "validate",
        "disable_instance_discovery": False,
    }

    @pytest.mark.parametrize(
        ("changes", "authority", "verify"),
        [
            ({}, "https://login.microsoftonline.com", True),
            ({"cert_validation_mode": "ignore"}, "https://login.microsoftonline.com", False),
            ({"adfs_authority_url": "https://adfs.local"}, "https://adfs.local", True),
            ({"cloud_environment": "AzureUSGovernment"}, "https://login.microsoftonline.us", True),
        ],
    )
    def test_where_and_how_the_token_is_asked_for(
        self, monkeypatch: pytest.MonkeyPatch, changes: dict[str, Any], authority: str, verify: bool
    ) -> None:
        asked: list[tuple[Any, ...]] = []

        def build(identity: Identity, *args: Any) -> Any:
            asked.append(args)
            return FakeCredential()

        monkeypatch.setattr(arm, "build_credential", build)
        arm.connect({**self.PARAMS, **changes}, {}, 4)
        assert asked == [(authority, False, verify)]

    def test_an_identity_that_is_refused_is_a_bad_option(self, monkeypatch: pytest.MonkeyPatch) -> None:
        class Refused(FakeCredential):
            def get_token(self, *scopes: str, **kwargs: Any) -> Any:
                raise ClientAuthenticationError("AADSTS7000215: Invalid client secret.")

        monkeypatch.setattr(arm, "build_credential", lambda *args: Refused())
        with pytest.raises(InvalidRequest, match=r"refused to sign in \(cli, from Azure CLI\): AADSTS7000215"):
            arm.connect(self.PARAMS, {}, 4)


class TestTime:
    def test_it_is_that_of_azure(self) -> None:
        script = Script(Answer(body={}))
        script.client.get(PATH, VERSION)
        assert script.client.now() == NOW
        assert script.client.now().utcoffset() == datetime.timedelta(0)

    def test_answers_without_a_date_change_nothing(self) -> None:
        script = Script(Answer(body={}), Answer(body={}, headers={"Date": ""}))
        script.client.get(PATH, VERSION)
        script.client.get(PATH, VERSION)
        assert script.client.now() == NOW

    def test_it_is_not_known_before_the_first_answer(self) -> None:
        with pytest.raises(BcdrError, match="not answered yet"):
            Script(Answer()).client.now()
