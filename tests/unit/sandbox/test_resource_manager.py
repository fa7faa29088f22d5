# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What ARM itself answers: tokens, permissions, versions, names, regions, groups, headers."""

from __future__ import annotations

import time
from typing import Any

import pytest
from sandbox_client import DISKS, Answer, Arm

TENANT = "7e57ab1e-0000-4000-8000-0000000000aa"
GROUP_ONLY = {"id": "7e57ab1e-0000-4000-8000-0000000000c2", "secret": "two", "scopes": ["rg-app"]}
READER = {
    "id": "7e57ab1e-0000-4000-8000-0000000000c3",
    "secret": "three",
    "permissions": [{"scope": "/", "actions": ["*/read"]}],
}
OWNER = {"id": "7e57ab1e-0000-4000-8000-0000000000c1", "secret": "sandbox-secret"}
SHORT = {"id": "7e57ab1e-0000-4000-8000-0000000000c4", "secret": "four", "token_lifetime": 0.05}


@pytest.fixture
def people(arm_with: Any) -> Arm:
    """A sandbox with clients that may do less, and a user."""
    users = [{"name": "user@example.org", "password": "pass"}]
    arm: Arm = arm_with({"clients": [OWNER, GROUP_ONLY, READER, SHORT], "users": users})
    return arm


def _token(arm: Arm, tenant: str = TENANT, **form: str) -> Answer:
    form = {"grant_type": "client_credentials", "scope": "https://management.azure.com/.default", **form}
    return Answer(arm.client.post(f"/{tenant}/oauth2/v2.0/token", data=form))


def test_token_errors(arm: Arm) -> None:
    """As Microsoft Entra answers them."""
    client = OWNER["id"]
    wrong = _token(arm, client_id=client, client_secret="wrong")
    assert (wrong.status, wrong.json["error"], wrong.json["error_codes"]) == (401, "invalid_client", [7000215])
    unknown = _token(arm, client_id="nobody", client_secret="x")
    assert (unknown.status, unknown.json["error_codes"]) == (400, [700016])
    tenant = _token(arm, tenant="nowhere", client_id=client, client_secret="x")
    assert (tenant.status, tenant.json["error_codes"]) == (400, [90002])
    scope = _token(arm, client_id=client, client_secret=OWNER["secret"], scope="https://graph.microsoft.com/.default")
    assert (scope.status, scope.json["error"]) == (400, "invalid_resource")


def test_password_grant(people: Arm) -> None:
    """A user's name and password."""
    form = {"grant_type": "password", "client_id": "x", "username": "USER@example.org"}
    scope = "https://management.azure.com/.default openid profile offline_access"
    answer = _token(people, **form, password="pass", scope=scope)
    assert answer.status == 200
    assert answer.json["id_token"].count(".") == 2
    assert _token(people, **form, password="wrong", scope=scope).json["error_codes"] == [50126]


def test_unauthorized(people: Arm) -> None:
    """No token, a wrong one, an expired one."""
    good = people.token
    people.token = "nonsense"
    answer = people.get("/resourceGroups")
    assert (answer.status, answer.code) == (401, "InvalidAuthenticationToken")
    assert answer.headers["WWW-Authenticate"].startswith("Bearer authorization_uri=")
    people.token = ""
    assert people.get("/resourceGroups").status == 401
    people.token = people.login(SHORT["id"], SHORT["secret"])
    assert people.get("/resourceGroups").status == 200
    time.sleep(0.06)
    assert people.get("/resourceGroups").status == 401
    people.token = good
    assert people.get("/resourceGroups").status == 200


def test_restricted_scope(people: Arm) -> None:
    """A client that may only use one resource group cannot list the subscription, nor refer to other groups."""
    collection = people.make_collection()
    people.token = people.login(GROUP_ONLY["id"], GROUP_ONLY["secret"])
    answer = people.get("/providers/Microsoft.Compute/restorePointCollections")
    assert (answer.status, answer.code) == (403, "AuthorizationFailed")
    assert people.get("/resourceGroups/rg-app/providers/Microsoft.Compute/restorePointCollections").status == 200
    assert people.get(collection.upper().replace("/SUBSCRIPTIONS", "/subscriptions")).status == 200
    assert people.get(people.collection_id("x", "rg-dr")).code == "AuthorizationFailed"
    assert [item["subscriptionId"] for item in people.get("/subscriptions").json["value"]] == [
        people.base.rsplit("/", 1)[1]
    ]
    body = {"location": "westeurope", "properties": {"source": {"id": people.collection_id("x", "rg-dr")}}}
    assert people.put(people.collection_id("y"), body).code == "LinkedAuthorizationFailed"


def test_reader(people: Arm) -> None:
    """Reading is allowed, writing is not."""
    people.token = people.login(READER["id"], READER["secret"])
    assert people.get("/resourceGroups/rg-app").status == 200
    assert people.put("/resourceGroups/new", {"location": "westeurope"}).code == "AuthorizationFailed"


def test_not_found(arm: Arm) -> None:
    """Every level has its own error."""
    for path, code in (
        ("/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups", "SubscriptionNotFound"),
        (arm.collection_id("x", "none"), "ResourceGroupNotFound"),
        (arm.collection_id("x"), "ResourceNotFound"),
        (arm.id("rg-app", "virtualMachines", "x"), "ResourceNotFound"),
        (arm.id("rg-app", "disks", "x"), "ResourceNotFound"),
        (arm.id("rg-app", "toasters", "x"), "InvalidResourceType"),
        (f"{arm.collection_id('x')}/restorePoints/y", "NotFound"),
    ):
        answer = arm.get(path)
        assert (answer.status, answer.code) == (404, code), path
    assert arm.put(f"{arm.collection_id('x')}/restorePoints/y", {}).code == "ParentResourceNotFound"


def test_versions(arm: Arm) -> None:
    """A version is needed and has to be known for the type."""
    headers = {"Authorization": f"Bearer {arm.token}"}
    missing = Answer(arm.client.get(f"{arm.base}/resourceGroups", headers=headers))
    assert (missing.status, missing.code) == (400, "MissingApiVersionParameter")
    assert arm.get(arm.collection_id("x"), version=DISKS).code == "NoRegisteredProviderFound"
    assert arm.get(arm.collection_id("x"), version="2020-12-01").code == "NoRegisteredProviderFound"


def test_bodies(arm: Arm) -> None:
    """Malformed JSON, wrong types, no body, wrong media type."""
    path = arm.collection_id("x")

    def put(data: str, content_type: str = "application/json") -> str | None:
        return arm.call("PUT", path, data=data, content_type=content_type).code

    assert put("{") == "InvalidRequestContent"
    assert put("[]") == "InvalidRequestContent"
    assert put("") == "MissingRequestBody"
    assert put("{}", "text/plain") == "UnsupportedMediaType"
    assert put('{"location": "westeurope", "properties": []}') == "InvalidRequestContent"
    assert put('{"location": "westeurope", "colour": "red"}') == "InvalidRequestContent"
    assert put('{"properties": {}}') == "LocationRequired"
    assert put('{"location": "atlantis"}') == "LocationNotAvailableForResourceType"
    assert put('{"location": "westeurope", "tags": {"a": 1}}') == "InvalidRequestContent"
    assert arm.put(arm.collection_id("_x"), {"location": "westeurope"}).code == "InvalidResourceName"


def test_headers(arm: Arm) -> None:
    """Request ids, and Date in virtual time."""
    answer = arm.get("/resourceGroups", headers={"x-ms-correlation-request-id": "abc"})
    assert answer.headers["Date"] == "Sun, 01 Mar 2026 08:00:00 GMT"
    assert answer.headers["x-ms-correlation-request-id"] == "abc"
    assert len(answer.headers["x-ms-request-id"]) == 36
    arm.advance(61)
    assert arm.get("/resourceGroups").headers["Date"] == "Sun, 01 Mar 2026 08:01:01 GMT"


def test_locations(arm: Arm) -> None:
    """Physical regions have coordinates as strings; logical ones have none."""
    regions = {region["name"]: region for region in arm.get("/locations").json["value"]}
    assert regions["westeurope"]["metadata"]["latitude"] == "52.3667"
    assert regions["westeurope"]["metadata"]["pairedRegion"][0]["name"] == "northeurope"
    assert regions["westus3"]["metadata"]["pairedRegion"][0]["name"] == "eastus"
    assert regions["italynorth"]["metadata"]["pairedRegion"] == []
    assert "latitude" not in regions["europe"]["metadata"]


def test_resource_groups(arm: Arm) -> None:
    """Their life; deletion takes everything along and is polled at Location alone."""
    path = "/resourceGroups/Fresh"
    assert arm.call("HEAD", path).status == 404
    assert arm.put(path, {"location": "West Europe", "tags": {"a": "b"}}).status == 201
    assert arm.put(path, {"location": "westeurope"}).status == 200
    assert arm.put(path, {"location": "northeurope"}).code == "InvalidResourceGroupLocation"
    assert arm.call("PATCH", path, {"tags": {"c": "d"}}).json["tags"] == {"c": "d"}
    assert arm.call("HEAD", "/resourcegroups/fresh").status == 204
    assert arm.get("/resourcegroups/FRESH").json["name"] == "Fresh"
    point = arm.make_point(arm.make_collection(), "rp1")
    target = arm.make_target()
    arm.put_copy(target, "rp1", point)
    answer = arm.delete("/resourceGroups/rg-app")
    assert answer.status == 202
    assert "Azure-AsyncOperation" not in answer.headers
    assert arm.follow(answer.headers["Location"]).status == 202
    assert arm.put(arm.collection_id("new"), {"location": "westeurope"}).code == "ResourceGroupBeingDeleted"
    arm.advance(31)
    assert arm.follow(answer.headers["Location"]).status == 200
    assert arm.get("/resourceGroups/rg-app").code == "ResourceGroupNotFound"
    assert arm.get("/providers/Microsoft.Compute/virtualMachines").json["value"] == []
    assert [problem["kind"] for problem in arm.problems()] == ["lost"]


def test_timestamps(arm_with: Any) -> None:
    """Seven fractional digits; a seed may give another offset."""
    arm: Arm = arm_with({"timestamp_offset": "+05:30"})
    point = arm.put_point(arm.make_collection(), "rp1").json
    assert point["properties"]["timeCreated"] == "2026-03-01T13:30:00.0000000+05:30"


def test_metadata(arm: Arm) -> None:
    """A list with one cloud, whose addresses are the sandbox's own."""
    clouds = Answer(arm.client.get("/metadata/endpoints?api-version=2022-09-01")).json
    assert clouds[0]["resourceManager"] == "https://127.0.0.1:1/"
    assert clouds[0]["authentication"]["loginEndpoint"] == "https://127.0.0.1:1/"
    old = Answer(arm.client.get("/metadata/endpoints?api-version=2015-01-01")).json
    assert old["authentication"]["loginEndpoint"] == "https://127.0.0.1:1/"


def test_guids_are_the_same_each_time(arm_with: Any) -> None:
    """The same requests give the same guids."""

    def run() -> Any:
        arm: Arm = arm_with()
        return arm.disk_points(arm.make_point(arm.make_collection(), "rp1"))

    assert run() == run()
