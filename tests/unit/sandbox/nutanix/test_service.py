# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who may call, versions, lists, repetition, tasks, faults, outages, the log."""

from __future__ import annotations

from datetime import datetime, timezone
from email.utils import parsedate_to_datetime
from typing import Any

import pytest
from nutanix_sandbox import CLUSTER, DAY, DR, KEY, MAIN, POINTS, Nutanix
from sandbox.azure.seeds import SeedError
from sandbox.server import ConnectionDropped
from sandbox.virtual_clock import VirtualClock

TASKS = "/api/prism/v4.4/config/tasks"
ROUTING = "The requested URL was not found on the server."


def create(nutanix: Nutanix, **headers: str) -> Any:
    """Start a recovery point."""
    body = {"name": "made", "vmRecoveryPoints": [{"vmExtId": nutanix.entity("vm-05")}]}
    return nutanix.ask("POST", POINTS, body, headers=headers)


def names(nutanix: Nutanix, **query: Any) -> list[str]:
    """The names in a list of recovery points."""
    answer = nutanix.ask("GET", POINTS, **query)
    assert answer.status == 200, answer.text
    return [one["name"] for one in answer.data]


# --- who ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "headers",
    [
        {"Authorization": ""},
        {"Authorization": "Basic !"},
        {"Authorization": "Bearer x"},
        {"X-ntnx-api-key": "wrong"},
        {"Authorization": "", "Cookie": "NTNX_IGW_SESSION=made-up"},
    ],
)
def test_unknown_caller(nutanix: Nutanix, headers: dict[str, str]) -> None:
    """The gateway answers in HTML."""
    answer = nutanix.ask("GET", POINTS, headers=headers)
    assert (answer.status, answer.json) == (401, None)
    assert "Unauthorized" in answer.text
    assert answer.headers["WWW-Authenticate"].startswith("Basic")


def test_wrong_password(nutanix: Nutanix) -> None:
    """The other Prism Central has its own users, here with the same password."""
    assert nutanix.ask("GET", POINTS, password="no").status == 401
    assert nutanix.ask("GET", POINTS, user="root").status == 401
    assert nutanix.ask("GET", POINTS, at="dr").status == 200


def test_session(nutanix: Nutanix) -> None:
    """A cookie stands for the login until it expires."""
    answer = nutanix.ask("GET", POINTS)
    cookie = {"Cookie": answer.headers["Set-Cookie"].partition(";")[0], "Authorization": ""}
    again = nutanix.ask("GET", POINTS, headers=cookie)
    assert (again.status, "Set-Cookie" in again.headers) == (200, False)
    assert nutanix.ask("GET", POINTS, at="dr", headers=cookie).status == 401
    nutanix.advance(900)
    assert nutanix.ask("GET", POINTS, headers=cookie).status == 401


def test_api_key() -> None:
    """Not known to version 4.0."""
    headers = {"X-ntnx-api-key": KEY, "Authorization": ""}
    assert Nutanix().ask("GET", POINTS, headers=headers).status == 200
    old = Nutanix(version="v4.0")
    assert old.ask("GET", POINTS.replace("v4.4", "v4.0"), headers=headers).status == 401


# --- versions -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("version", "namespace", "told"), [
    ("v4.4", "dataprotection", "v4.4"), ("v4.4", "vmm", "v4.3"), ("v4.2", "prism", "v4.2"), ("v4.2", "clustermgmt", "v4.2"),
])  # fmt: skip
def test_negotiation(version: str, namespace: str, told: str) -> None:
    """Each namespace tells the newest version that it serves."""
    answer = Nutanix(version=version).ask("OPTIONS", f"/api/{namespace}/unversioned/info")
    assert answer.data == told


@pytest.mark.parametrize("version", ["v4.0", "v4.1"])
def test_no_negotiation_with_old_servers(version: str) -> None:
    """It came with 4.2."""
    answer = Nutanix(version=version).ask("OPTIONS", "/api/dataprotection/unversioned/info")
    assert answer.status == 404


@pytest.mark.parametrize(("path", "status"), [
    (POINTS, 404), (POINTS.replace("v4.4", "v4.2"), 404), (POINTS.replace("v4.4", "v4.1"), 200), (POINTS.replace("v4.4", "v4.0.b1"), 200),
    ("/api/dataprotection/v3.0/config/recovery-points", 404), ("/api/nothing/v4.0/config/recovery-points", 404),
    ("/api/dataprotection/v4.0/config/nothing", 404), ("/elsewhere", 404),
])  # fmt: skip
def test_routes(path: str, status: int) -> None:
    """A newer version than the server's is an unknown path."""
    answer = Nutanix(version="v4.1").ask("GET", path)
    assert answer.status == status
    if status == 404:
        assert answer.json["message"].startswith(ROUTING)


@pytest.mark.parametrize(("version", "fields"), [
    ("v4.0", set()), ("v4.1", {"isSecure"}), ("v4.2", {"isSecure", "sourceLocation", "totalExclusiveUsageBytes"}),
    ("v4.4", {"isSecure", "sourceLocation", "totalExclusiveUsageBytes", "isWormProtected"}),
])  # fmt: skip
def test_fields_by_version(version: str, fields: set[str]) -> None:
    """Whatever version is asked for, the server sends all that it knows."""
    nutanix = Nutanix(version=version)
    point = nutanix.ask("GET", POINTS.replace("v4.4", "v4.0"), limit=1).data[0]
    point = nutanix.ask("GET", f"{POINTS.replace('v4.4', 'v4.0')}/{point['extId']}").data
    newer = {"isSecure", "sourceLocation", "totalExclusiveUsageBytes", "isWormProtected"}
    assert set(point) & newer == fields


# --- lists ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("text", "found"), [
    ("name eq 'nightly'", {"nightly"}),
    ("name eq 'it''s old'", {"it's old"}),
    ("name ne 'nightly'", {"it's old", "locked"}),
    ("startswith(name, 'night')", {"nightly"}),
    ("contains(name,'o') and not endswith(name,'old')", {"locked"}),
    ("name eq 'nightly' or (name eq 'locked' and name eq 'x')", {"nightly"}),
    ("recoveryPointType eq Dataprotection.Common.RecoveryPointType'APPLICATION_CONSISTENT'", {"it's old"}),
    ("creationTime lt 2026-02-28T00:00:00Z", {"it's old"}),
    ("creationTime ge 2026-03-01T06:30:00.5+00:00", {"locked"}),
    ("volumeGroupRecoveryPoints/any(v:v/volumeGroupExtId ne null)", {"nightly"}),
])  # fmt: skip
def test_filter(nutanix: Nutanix, text: str, found: set[str]) -> None:
    assert set(names(nutanix, filter=text)) == found


def test_filter_by_vm(nutanix: Nutanix) -> None:
    vm = nutanix.entity("vm-01")
    assert set(names(nutanix, filter=f"vmRecoveryPoints/any(x:x/vmExtId eq '{vm}')")) == {"nightly", "it's old"}
    agnostic = nutanix.point()["locationAgnosticId"]
    assert names(nutanix, filter=f"locationAgnosticId eq '{agnostic}'") == ["nightly"]


@pytest.mark.parametrize("query", [
    {"filter": "name eq nightly"}, {"filter": "name eq 'it's old'"}, {"filter": "expirationTime gt 2026-01-01T00:00:00Z"},
    {"filter": "recoveryPointType eq 'CRASH_CONSISTENT'"}, {"filter": "(name eq 'x'"}, {"filter": "name like 'x'"},
    {"filter": "vmRecoveryPoints/any(x:x/name eq 'x')"}, {"filter": "vmRecoveryPoints eq 'x'"}, {"filter": "name"},
    {"filter": "creationTime gt '2026-01-01T00:00:00Z'"}, {"filter": "name eq 'x' name"}, {"filter": "name/any(x:x eq 'x')"},
    {"orderby": "status"}, {"orderby": "name upwards"}, {"select": "name,status"},
    {"limit": 0}, {"limit": 101}, {"limit": "x"}, {"page": -1}, {"top": 3},
])  # fmt: skip
def test_query_refused(nutanix: Nutanix, query: dict[str, Any]) -> None:
    """400 with the option's name."""
    answer = nutanix.ask("GET", POINTS, **query)
    assert answer.status == 400
    assert answer.code.startswith(f"${next(iter(query))}: ")


def test_order_and_select(nutanix: Nutanix) -> None:
    assert names(nutanix, orderby="name desc") == ["nightly", "locked", "it's old"]
    assert names(nutanix, orderby="creationTime") == ["it's old", "nightly", "locked"]
    shown = nutanix.ask("GET", POINTS, select="name,extId", filter="name eq 'locked'").data[0]
    assert set(shown) == {"$objectType", "$reserved", "name", "extId"}
    assert shown["$objectType"].endswith("RecoveryPointProjection")


def test_pages(nutanix: Nutanix) -> None:
    """50 without a limit, and the count of all."""
    answer = nutanix.ask("GET", "/api/vmm/v4.3/ahv/config/vms", limit=20, page=2, orderby="name")
    assert [one["name"] for one in answer.data] == ["vm-39", "vm-40"]
    assert answer.json["metadata"]["totalAvailableResults"] == 42
    empty = nutanix.ask("GET", POINTS, page=7)
    assert (empty.status, "data" in empty.json, empty.json["metadata"]["totalAvailableResults"]) == (200, False, 3)


def test_clusters(nutanix: Nutanix) -> None:
    """The Prism Central is one of its clusters."""
    text = "config/clusterFunction/any(t:t eq Clustermgmt.Config.ClusterFunctionRef'{}')"
    path = "/api/clustermgmt/v4.3/config/clusters"
    assert [one["extId"] for one in nutanix.ask("GET", path, filter=text.format("PRISM_CENTRAL")).data] == [MAIN]
    assert [one["name"] for one in nutanix.ask("GET", path, filter=text.format("AOS")).data] == ["one", "two"]
    assert nutanix.ask("GET", f"{path}/{CLUSTER}").data["vmCount"] == 41
    manager = nutanix.ask("GET", "/api/prism/v4.4/config/domain-managers").data
    assert [one["extId"] for one in manager] == [MAIN]
    assert nutanix.ask("GET", f"/api/prism/v4.4/config/domain-managers/{MAIN}").data["config"]["name"] == "main"


def test_subnets_and_categories(nutanix: Nutanix) -> None:
    found = nutanix.ask("GET", "/api/networking/v4.4/config/subnets", at="dr", filter="name eq 'isolated'").data
    assert [one["extId"] for one in found] == [nutanix.subnet("isolated")]
    assert nutanix.ask("GET", f"/api/networking/v4.4/config/subnets/{found[0]['extId']}", at="dr").status == 200
    assert len(nutanix.ask("GET", "/api/prism/v4.4/config/categories", filter="key eq 'tier'").data) == 2


def test_availability_zones(nutanix: Nutanix) -> None:
    """API v3: this one and its partners."""
    path = "/api/nutanix/v3/availability_zones/list"
    entities = nutanix.ask("POST", path, {"kind": "availability_zone"}).json["entities"]
    shown = {
        one["status"]["resources"]["management_plane_type"]: one["status"]["resources"]["management_url"]
        for one in entities
    }
    assert shown["Local"] == MAIN
    assert DR in shown.values()
    assert nutanix.ask("POST", path, {"kind": "vm"}).status == 422
    refused = nutanix.ask("POST", path, {}, password="no")
    assert (refused.status, refused.json["message_list"][0]["reason"]) == (401, "AUTHENTICATION_REQUIRED")


# --- changes and tasks ----------------------------------------------------------------------------------------------


def test_repetition(nutanix: Nutanix) -> None:
    """The same NTNX-Request-Id gives the same task, however often, for a day."""
    first = create(nutanix, **{"NTNX-Request-Id": "one"})
    assert create(nutanix, **{"NTNX-Request-Id": "one"}).data == first.data
    assert create(nutanix, **{"NTNX-Request-Id": "two"}).data != first.data
    nutanix.advance(3600)
    assert names(nutanix).count("made") == 2
    nutanix.advance(DAY)
    assert create(nutanix, **{"NTNX-Request-Id": "one"}).data != first.data
    assert create(nutanix, **{"NTNX-Request-Id": ""}).status == 400


def test_cancel(nutanix: Nutanix) -> None:
    """Takes a while; what was to be made is not."""
    task = create(nutanix).data["extId"]
    answer = nutanix.ask("POST", f"{TASKS}/{task}/$actions/cancel")
    assert answer.data["$objectType"] == "prism.v4.error.AppMessage"
    assert nutanix.task(task)["status"] == "CANCELING"
    nutanix.advance(10)
    assert nutanix.task(task)["status"] == "CANCELED"
    assert "made" not in names(nutanix)
    assert nutanix.ask("POST", f"{TASKS}/{task}/$actions/cancel").status == 409
    listed = nutanix.ask("GET", TASKS, filter="status eq Prism.Config.TaskStatus'CANCELED'").data
    assert [one["extId"] for one in listed] == [task]
    assert nutanix.ask("GET", f"{TASKS}/{task.partition(':')[2]}").status == 404


@pytest.mark.parametrize("state", ["FAILED", "CANCELED", "SUSPENDED"])
def test_task_end(nutanix: Nutanix, state: str) -> None:
    """A fault decides how a task ends, and when."""
    nutanix.fault("task_end", r"^nutanix:main .*/recovery-points$", state=state, message="no luck", seconds=100)
    answer = create(nutanix)
    nutanix.advance(104)
    assert nutanix.task(answer.data["extId"])["status"] == "RUNNING"
    shown = nutanix.done(answer, 10)
    assert shown["status"] == state
    assert shown["progressPercentage"] == 99
    assert ("completedTime" in shown) is (state != "SUSPENDED")
    if state == "FAILED":
        assert shown["errorMessages"][0]["message"] == "no luck"
    assert "made" not in names(nutanix)


@pytest.mark.parametrize(("status", "html"), [(500, False), (429, False), (502, True), (503, True)])
def test_status_fault(nutanix: Nutanix, status: int, html: bool) -> None:
    """After the change: it is made, and nobody told. Gateways answer in HTML."""
    nutanix.fault("status", "recovery-points", status=status, code="X-1", when="after", retry_after=7)
    answer = create(nutanix)
    assert (answer.status, answer.json is None, answer.headers["Retry-After"]) == (status, html, "7")
    nutanix.advance(60)
    assert "made" in names(nutanix)
    assert html or answer.code == "X-1"


def test_drop(nutanix: Nutanix) -> None:
    nutanix.fault("drop", "^nutanix:main")
    with pytest.raises(ConnectionDropped):
        names(nutanix)
    assert names(nutanix)


def test_stale(nutanix: Nutanix) -> None:
    """A list that does not show the new one yet."""
    nutanix.fault("stale", "recovery-points", seconds=100, times=1)
    create(nutanix)
    nutanix.advance(60)
    assert "made" not in names(nutanix)
    assert "made" in names(nutanix)


def replicate(nutanix: Nutanix) -> Any:
    path = f"{POINTS}/{nutanix.point()['extId']}/$actions/replicate"
    return nutanix.ask("POST", path, {"pcExtId": DR})


@pytest.mark.parametrize("answers", ["fail", "drop"])
@pytest.mark.parametrize("name", ["main", "dr"])
def test_outage(nutanix: Nutanix, name: str, answers: str) -> None:
    """It does not answer, and replication from and to it stands still meanwhile."""
    answer = replicate(nutanix)
    nutanix.advance(1000)
    before = nutanix.task(answer.data["extId"])["progressPercentage"]
    nutanix.admin("POST", f"prism_central/{name}/outage", {"on": True, "answers": answers})
    if answers == "drop":
        with pytest.raises(ConnectionDropped):
            nutanix.ask("GET", POINTS, at=name)
    else:
        refused = nutanix.ask("GET", POINTS, at=name)
        assert (refused.status, refused.json) == (503, None)
    nutanix.advance(DAY)
    nutanix.admin("POST", f"prism_central/{name}/outage", {"on": False})
    assert nutanix.task(answer.data["extId"])["progressPercentage"] == before
    assert nutanix.done(answer)["status"] == "SUCCEEDED"


def test_replication_to_what_is_away(nutanix: Nutanix) -> None:
    """It waits in the queue."""
    nutanix.admin("POST", "prism_central/dr/outage", {"on": True})
    answer = replicate(nutanix)
    assert nutanix.done(answer)["status"] == "QUEUED"
    nutanix.admin("POST", "prism_central/dr/outage", {"on": False})
    assert nutanix.done(answer)["status"] == "SUCCEEDED"


def test_date_and_log(nutanix: Nutanix) -> None:
    """Virtual time in each answer; the log has requests and codes, and no secret."""
    nutanix.advance(1e6)
    answer = nutanix.ask("GET", f"{POINTS}/{MAIN}")
    shown = parsedate_to_datetime(answer.headers["Date"])
    assert shown == datetime(2026, 3, 12, 21, 46, 40, tzinfo=timezone.utc)
    entries = nutanix.admin("GET", "requests?contains=nutanix:main")["requests"]
    assert (entries[-1]["code"], entries[-1]["prism_central"]) == ("DP-10400", "main")
    assert nutanix.admin("GET", "requests?contains=nutanix:dr")["count"] == 0
    assert "sandbox-password" not in str(entries)


# --- seeds ----------------------------------------------------------------------------------------------------------


def test_other_seed(nutanix: Nutanix) -> None:
    """A Prism Central that is no longer there drops connections; one that is back answers again."""
    nutanix.admin("POST", "seed", {"nutanix": {"prism_centrals": [{"name": "dr", "clusters": [{"name": "x"}]}]}})
    with pytest.raises(ConnectionDropped):
        nutanix.ask("GET", POINTS)
    assert nutanix.ask("GET", POINTS, at="dr").status == 200
    nutanix.admin("POST", "seed", {})
    assert nutanix.admin("GET", "state")["nutanix"]["prism_centrals"] == []


def test_no_cost_without_a_section() -> None:
    """A seed without Prism Centrals has none."""
    from sandbox.application import Application
    from sandbox.azure.seeds import parse_seed
    from sandbox.request_log import RequestLog

    assert Application(VirtualClock(0, 0), RequestLog(), parse_seed({})).nutanix is None


@pytest.mark.parametrize(("changes", "text"), [
    ({"version": "v5"}, "prism_centrals[0].version: 'v5' is not one of"),
    ({"clusters": []}, "prism_centrals[0].clusters: expected at least one"),
    ({"ext_id": "x"}, "prism_centrals[0].ext_id: 'x' is not a UUID"),
    ({"ext_id": DR}, "is somebody else's already"),
    ({"paired_with": ["nobody"]}, "paired_with: there is no other Prism Central 'nobody'"),
    ({"ignored_expirations": ["all"]}, "ignored_expirations: expected create, set or clear, got 'all'"),
    ({"vms": [{"name": "a", "subnets": ["x"]}]}, "vms[0].subnets: the VM's cluster has no subnet 'x'"),
    ({"vms": [{"name": "a", "disks_gb": [0]}]}, "disks_gb: expected a list of positive numbers"),
    ({"vms": [{"name": "a", "cluster": "x"}]}, "main has no cluster 'x'"),
    ({"vms": [{"name": "a", "color": "x"}]}, "color: unknown field"),
    ({"recovery_points": [{"name": "a", "vms": ["x"]}]}, "main has no 'x'"),
    ({"recovery_points": [{"name": "a"}]}, "expected vms or volume_groups"),
    ({"recovery_points": [{"name": "a", "copy_of": "b"}]}, "no recovery point 'b' above"),
])  # fmt: skip
def test_bad_seed(changes: dict[str, Any], text: str) -> None:
    """Errors say where."""
    with pytest.raises(SeedError) as caught:
        Nutanix(**changes)
    assert text in str(caught.value)
