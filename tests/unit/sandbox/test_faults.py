# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Faults, outages, stale reads, the request log."""

from __future__ import annotations

from typing import Any

import pytest
from sandbox.server import ConnectionDropped
from sandbox_client import Arm


def test_status(arm: Arm) -> None:
    """Errors as often as asked, after as many good answers as asked."""
    fields = {"status": 429, "code": "TooManyRequests", "retry_after": 7}
    arm.fault("status", match={"method": "GET", "path_regex": "/RESOURCEGROUPS"}, times=2, skip=1, **fields)
    answers = [arm.get("/resourceGroups") for _round in range(4)]
    assert [answer.status for answer in answers] == [200, 429, 429, 200]
    assert answers[1].headers["Retry-After"] == "7"
    assert [entry["used"] for entry in arm.admin("GET", "faults")["faults"]] == [2]


def test_status_after_the_change(arm: Arm) -> None:
    """The change is made although the answer is an error."""
    arm.fault("status", match={"method": "PUT"}, status=500, when="after")
    assert arm.put("/resourceGroups/new", {"location": "westeurope"}).status == 500
    assert arm.get("/resourceGroups/new").status == 200


def test_drop(arm: Arm) -> None:
    """The connection breaks before or after the change."""
    for when, status in (("before", 404), ("after", 200)):
        arm.fault("drop", match={"method": "PUT"}, when=when)
        with pytest.raises(ConnectionDropped):
            arm.put(f"/resourceGroups/{when}", {"location": "westeurope"})
        assert arm.get(f"/resourceGroups/{when}").status == status
    assert [entry["status"] for entry in arm.admin("GET", "requests?method=PUT")["requests"]] == [0, 0]


def test_operation_fails(arm: Arm) -> None:
    """The operation ends Failed and so does the resource."""
    arm.fault("operation_fail", match={"path_regex": "/restorePoints/rp1"}, code="InternalExecutionError", message="no")
    answer = arm.put_point(arm.make_collection(), "rp1")
    arm.advance(120)
    operation = arm.follow(answer.headers["Azure-AsyncOperation"]).json
    assert (operation["status"], operation["error"]["code"]) == ("Failed", "InternalExecutionError")
    assert arm.get(answer.json["id"]).json["properties"]["provisioningState"] == "Failed"


def test_failed_deletion(arm: Arm) -> None:
    """The point stays as it was."""
    point = arm.make_point(arm.make_collection(), "rp1")
    arm.fault("operation_fail", match={"method": "DELETE"})
    arm.delete(point)
    arm.advance(30)
    assert arm.get(point).json["properties"]["provisioningState"] == "Succeeded"


def test_failed_initiation(arm: Arm) -> None:
    """A copy whose operation fails never replicates, but exists; the next one may start."""
    point = arm.make_point(arm.make_collection(), "rp1")
    target = arm.make_target()
    arm.fault("operation_fail", match={"method": "PUT"})
    copy = arm.put_copy(target, "rp1", point).json["id"]
    arm.advance(30)
    assert arm.view(copy) == {}
    assert arm.put_copy(target, "again", point).code == "OperationNotAllowed"
    arm.delete(copy)
    arm.advance(30)
    assert arm.put_copy(target, "again", point).status == 201


def test_freeze(arm: Arm) -> None:
    """Data stands still until the fault is gone, then goes on where it was."""
    point = arm.make_point(arm.make_collection(), "rp1")
    copy = arm.put_copy(arm.make_target(), "rp1", point).json["id"]
    arm.advance(30 + 1200)
    before = arm.view(copy)["diskRestorePoints"][0]["replicationStatus"]["completionPercent"]
    arm.fault("freeze_replication", match={"path_regex": "/dst/"})
    arm.advance(86_400)
    assert arm.view(copy)["diskRestorePoints"][0]["replicationStatus"]["completionPercent"] == before == 57
    arm.admin("DELETE", "faults")
    arm.advance(600)
    assert arm.view(copy)["diskRestorePoints"][0]["replicationStatus"]["completionPercent"] == 85
    arm.advance(3600)
    assert arm.replication(copy) == "succeeded"


def test_frozen_for_two_weeks(arm: Arm) -> None:
    """A copy that never goes on is terminated."""
    point = arm.make_point(arm.make_collection(), "rp1")
    arm.fault("freeze_replication")
    copy = arm.put_copy(arm.make_target(), "rp1", point).json["id"]
    arm.advance(30 + 14 * 86_400)
    assert arm.replication(copy) == "failed"


def test_stale_reads(arm: Arm) -> None:
    """A GET answers what was so many seconds ago, as often as asked."""
    source = arm.make_collection()
    arm.fault("stale", match={"path_regex": "/src"}, seconds=60, times=2)
    arm.advance(3600)
    assert arm.put_point(source, "rp1").status == 201
    expand = "&$expand=restorePoints"
    assert arm.get(source, query=expand).json["properties"]["restorePoints"] == []
    assert arm.get(f"{source}/restorePoints/rp1").status == 404
    assert len(arm.get(source, query=expand).json["properties"]["restorePoints"]) == 1


def test_stale_tags(arm: Arm) -> None:
    """Values are as old as the read."""
    source = arm.make_collection()
    arm.fault("stale", seconds=60)
    arm.advance(3600)
    arm.call("PATCH", source, {"tags": {"new": "1"}})
    arm.advance(10)
    assert "tags" not in arm.get(source).json
    assert arm.get(source).json["tags"] == {"new": "1"}


def test_outage(arm: Arm) -> None:
    """Everything in the region answers 503, the rest works, copies from there stand still."""
    source = arm.make_collection()
    point = arm.make_point(source, "rp1")
    target = arm.make_target()
    copy = arm.put_copy(target, "rp1", point).json["id"]
    arm.advance(30)
    arm.admin("POST", "region/West Europe/outage", {"on": True})
    assert arm.get(source).status == arm.get(point).status == arm.put_point(source, "rp2").status == 503
    assert arm.get(arm.id("rg-app", "virtualMachines", "lin")).status == 503
    assert arm.get("/providers/Microsoft.Compute/restorePointCollections").status == 503
    assert arm.get(target).status == 200
    arm.advance(86_400)
    assert arm.replication(copy) == "replicating"
    arm.admin("POST", "region/westeurope/outage", {"on": True, "lists": "omit"})
    answer = arm.get("/providers/Microsoft.Compute/restorePointCollections")
    assert [item["name"] for item in answer.json["value"]] == ["dst"]
    arm.admin("POST", "region/westeurope/outage", {"on": False})
    arm.advance(2 * 3600)
    assert arm.replication(copy) == "succeeded"
    assert arm.get(source).status == 200


def test_finished_copy_is_usable_during_an_outage(arm: Arm) -> None:
    """That is what copies are for."""
    point = arm.make_point(arm.make_collection(), "rp1")
    copy = arm.make_copy(arm.make_target(), "rp1", point)
    arm.admin("POST", "region/westeurope/outage", {"on": True})
    disks = arm.make_disks(["os", "data"], copy)
    assert arm.put(arm.id("rg-dr", "virtualMachines", "vm"), arm.vm_body(disks)).status == 201


def test_request_log(arm: Arm) -> None:
    """Filters; refusals with their code; no secret and no token in it."""
    arm.get(arm.collection_id("none"))
    entries = arm.admin("GET", "requests?method=get&contains=RESTOREPOINTCOLLECTIONS")["requests"]
    assert [(entry["status"], entry["code"]) for entry in entries] == [(404, "ResourceNotFound")]
    everything = str(arm.admin("GET", "requests"))
    assert "'client_secret': '***'" in everything
    assert "sandbox-secret" not in everything
    assert arm.token not in everything
    assert arm.admin("DELETE", "requests")["deleted"] == 2
    assert arm.admin("GET", "requests")["count"] == 0


def test_bad_admin_requests(arm: Arm) -> None:
    """They say what is wrong."""

    def post(path: str, body: Any) -> str:
        response = arm.client.post(f"/_sandbox/{path}", json=body)
        assert response.status_code in (400, 404)
        return str(response.json["error"]["message"])

    assert "faults[0].kind" in post("faults", {"kind": "explode"})
    assert "faults[0].match.path_regex" in post("faults", {"kind": "drop", "match": {"path_regex": "("}})
    assert "unknown field 'colour'" in post("faults", [{"kind": "drop", "colour": "red"}])
    assert "seconds" in post("clock/advance", {"seconds": -1})
    assert "unknown region" in post("region/atlantis/outage", {"on": True})
    assert "vms[0].rg: unknown resource group" in post("seed", {"vms": [{"name": "x", "rg": "y"}]})
    assert "no such admin call" in post("nothing", {})
