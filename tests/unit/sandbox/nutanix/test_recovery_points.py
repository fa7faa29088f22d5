# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What recovery points may be, what they become, and what each task leaves behind."""

from __future__ import annotations

from typing import Any

import pytest
from nutanix_sandbox import (
    CLUSTER,
    CLUSTER_DR,
    DAY,
    DR,
    KEY,
    MAIN,
    NOBODY,
    POINTS,
    SECOND,
    VMS,
    Nutanix,
)


def vm_points(nutanix: Nutanix, *names: str) -> dict[str, Any]:
    """The body that makes a recovery point of VMs."""
    return {"name": "made", "vmRecoveryPoints": [{"vmExtId": nutanix.entity(name)} for name in names]}


def test_create(nutanix: Nutanix) -> None:
    """The task tells the id; parts have ids of their own and one id for all sites each."""
    body = vm_points(nutanix, "vm-01", "vm-02") | {
        "volumeGroupRecoveryPoints": [{"volumeGroupExtId": nutanix.entity("data")}],
        "expirationTime": nutanix.later(DAY),
        "aFieldOfTheFuture": 1,
    }
    answer = nutanix.ask("POST", POINTS, body)
    assert answer.data["$objectType"] == "prism.v4.config.TaskReference"
    assert nutanix.task(answer.data["extId"])["status"] == "QUEUED"
    nutanix.advance(5 + 10)
    running = nutanix.task(answer.data["extId"])
    assert (running["status"], running["progressPercentage"], running["clusterExtIds"]) == ("RUNNING", 50, [CLUSTER])
    assert len(nutanix.ask("GET", POINTS, filter="name eq 'made'").data) == 0
    task = nutanix.done(answer)
    point = nutanix.ask("GET", f"{POINTS}/{nutanix.detail(task, 'recoveryPointExtId')}").data
    assert (point["status"], point["recoveryPointType"], point["name"]) == ("COMPLETE", "CRASH_CONSISTENT", "made")
    parts = [*point["vmRecoveryPoints"], *point["volumeGroupRecoveryPoints"]]
    ids = {one[field] for one in (point, *parts) for field in ("extId", "locationAgnosticId")}
    assert len(ids) == 8
    assert [len(one["diskRecoveryPoints"]) for one in parts] == [2, 2, 1]
    assert point["locationReferences"] == [{"locationExtId": CLUSTER}]
    assert point["sourceLocation"] == {"domainManagerExtId": MAIN, "clusterExtIds": [CLUSTER]}
    assert {one["rel"] for one in task["entitiesAffected"]} >= {
        "dataprotection:config:recovery-point",
        "vmm:ahv:config:vm",
    }
    part = point["vmRecoveryPoints"][0]["extId"]
    assert nutanix.ask("GET", f"{POINTS}/{point['extId']}/vm-recovery-points/{part}").data["extId"] == part
    listed = nutanix.ask("GET", POINTS, filter="name eq 'made'").data[0]
    assert "diskRecoveryPoints" not in listed["vmRecoveryPoints"][0]
    nutanix.advance(DAY)
    assert nutanix.ask("GET", f"{POINTS}/{point['extId']}").code == "DP-10400"


@pytest.mark.parametrize(
    ("changes", "where"),
    [
        ({"vmRecoveryPoints": []}, "vmRecoveryPoints: "),
        ({"vmRecoveryPoints": [{"vmExtId": "6j24g6z1-4f3w-0f3q-5j2j-4n1y9d2e7j3r"}]}, "vmRecoveryPoints[0].vmExtId: "),
        ({"vmRecoveryPoints": [{}]}, "vmRecoveryPoints[0].vmExtId: "),
        ({"vmRecoveryPoints": [{"vmExtId": NOBODY}, {"vmExtId": NOBODY}]}, "vmRecoveryPoints: "),
        ({"name": "n" * 257}, "name: "),
        ({"recoveryPointType": "BEST"}, "recoveryPointType: "),
        ({"expirationTime": "2026-03-01T07:59:59Z"}, "expirationTime: "),
        ({"expirationTime": "2027-03-01T08:00:00"}, "expirationTime: "),
        ({"expirationTime": "tomorrow"}, "expirationTime: "),
    ],
)
def test_create_refused(nutanix: Nutanix, changes: dict[str, Any], where: str) -> None:
    """At once, with the place."""
    answer = nutanix.ask("POST", POINTS, vm_points(nutanix, "vm-01") | changes)
    assert answer.status == 400
    assert answer.code.startswith(where)


@pytest.mark.parametrize(
    ("version", "count", "status"), [("0", 30, 202), ("0", 31, 400), ("4", 32, 202), ("4", 33, 400)]
)
def test_most_entities(nutanix: Nutanix, version: str, count: int, status: int) -> None:
    """30 in version 4.0 of the API, 32 later."""
    body = vm_points(nutanix, *(f"vm-{n:02d}" for n in range(1, count + 1)))
    assert nutanix.ask("POST", POINTS.replace("v4.4", f"v4.{version}"), body).status == status


@pytest.mark.parametrize(("names", "code"), [(["vm-01", "elsewhere"], "SBX-400"), ([], "DP-10400")])
def test_create_fails_later(nutanix: Nutanix, names: list[str], code: str) -> None:
    """Two clusters; a VM that is not there."""
    body = vm_points(nutanix, *names) if names else {"vmRecoveryPoints": [{"vmExtId": NOBODY}]}
    task = nutanix.done(nutanix.ask("POST", POINTS, body))
    assert (task["status"], task["errorMessages"][0]["code"]) == ("FAILED", code)
    assert task["legacyErrorMessage"] == task["errorMessages"][0]["message"]


def test_application_consistent(nutanix: Nutanix) -> None:
    """Without guest tools a VM's part is crash-consistent, and the task warns."""
    body = vm_points(nutanix, "vm-01", "bare") | {"recoveryPointType": "APPLICATION_CONSISTENT"}
    vss = {"$objectType": "dataprotection.v4.common.VssProperties", "backupType": "COPY_BACKUP", "writers": ["w"]}
    body["vmRecoveryPoints"][0]["applicationConsistentProperties"] = vss
    task = nutanix.done(nutanix.ask("POST", POINTS, body))
    assert len(task["warnings"]) == 1
    first, second = nutanix.point("made")["vmRecoveryPoints"]
    assert first["applicationConsistentProperties"]["writers"] == ["w"]
    assert [one["recoveryPointType"] for one in (first, second)] == ["APPLICATION_CONSISTENT", "CRASH_CONSISTENT"]
    del vss["$objectType"]
    assert nutanix.ask("POST", POINTS, body).status == 400


def test_expiration(nutanix: Nutanix) -> None:
    """Needs the ETag, changes it; without a time it is taken away."""
    path = f"{POINTS}/{nutanix.point()['extId']}"
    action = f"{path}/$actions/set-expiration-time"
    body = {"expirationTime": nutanix.later(DAY)}
    assert nutanix.ask("POST", action, body).code == "PLAT-10004"
    headers = nutanix.etag(path)
    assert nutanix.ask("POST", action, {"expirationTime": 1}, headers=headers).code.startswith("expirationTime: ")
    assert nutanix.ask("POST", action, {"expirationTime": nutanix.later(-1)}, headers=headers).status == 400
    assert nutanix.done(nutanix.ask("POST", action, body, headers=headers), 10)["status"] == "SUCCEEDED"
    again = nutanix.ask("POST", action, body, headers=headers)
    assert (again.status, again.code) == (412, "PLAT-10005")
    assert nutanix.ask("GET", path).data["expirationTime"].startswith("2026-03-02T08:00:00")
    assert nutanix.done(nutanix.ask("POST", action, {}, headers=nutanix.etag(path)), 10)["status"] == "SUCCEEDED"
    assert "expirationTime" not in nutanix.ask("GET", path).data
    nutanix.done(nutanix.ask("POST", action, {"expirationTime": nutanix.later(DAY)}, headers=nutanix.etag(path)), 10)
    late = nutanix.ask("POST", action, {"expirationTime": nutanix.later(2)}, headers=nutanix.etag(path))
    assert nutanix.done(late)["status"] == "FAILED"
    nutanix.advance(DAY)
    assert nutanix.ask("GET", path).status == 404


@pytest.mark.parametrize("ignored", [[], ["create"], ["set"], ["clear"]])
def test_expiration_that_is_ignored(ignored: list[str]) -> None:
    """Each request is answered as ever, and one of them has no effect."""
    nutanix = Nutanix(ignored_expirations=ignored)
    body = {
        "name": "x",
        "vmRecoveryPoints": [{"vmExtId": nutanix.entity("vm-01")}],
        "expirationTime": nutanix.later(30 * DAY),
    }
    path = f"{POINTS}/{nutanix.detail(nutanix.done(nutanix.ask('POST', POINTS, body), 60), 'recoveryPointExtId')}"
    seen = ["expirationTime" in nutanix.ask("GET", path).data]
    for change in ({"expirationTime": nutanix.later(9 * DAY)}, {}):
        nutanix.done(
            nutanix.ask("POST", f"{path}/$actions/set-expiration-time", change, headers=nutanix.etag(path)), 60
        )
        seen.append(nutanix.ask("GET", path).data.get("expirationTime", "")[:10])
    first, later = (nutanix.later(days * DAY)[:10] if days else "" for days in (30, 9))
    assert seen == [
        "create" not in ignored,
        later if "set" not in ignored else first,
        "" if "clear" not in ignored else later,
    ]


def test_delete(nutanix: Nutanix) -> None:
    """Gone once the task is done; a secure one stays."""
    path = f"{POINTS}/{nutanix.point()['extId']}"
    answer = nutanix.ask("DELETE", path)
    assert nutanix.ask("GET", path).status == 200
    second = nutanix.ask("DELETE", path)
    assert nutanix.done(answer)["status"] == "SUCCEEDED"
    assert nutanix.task(second.data["extId"])["status"] == "FAILED"
    assert nutanix.ask("DELETE", path).code == "DP-10400"
    assert nutanix.ask("DELETE", f"{POINTS}/{nutanix.point('locked')['extId']}").status == 403


def replicate(nutanix: Nutanix, name: str = "nightly", **body: Any) -> Any:
    """Ask for a replica at the other Prism Central."""
    path = f"{POINTS}/{nutanix.point(name)['extId']}/$actions/replicate"
    return nutanix.ask("POST", path, {"pcExtId": DR, "clusterExtId": CLUSTER_DR} | body)


def test_replicate(nutanix: Nutanix) -> None:
    """A recovery point of its own with the same location-agnostic ids, after a time that depends on the size."""
    answer = replicate(nutanix)
    nutanix.advance(5 + 60 + 160 * 1024 / 100 - 1)
    assert nutanix.task(answer.data["extId"])["progressPercentage"] == 99
    assert nutanix.state("dr")["recovery_points"] == []
    task = nutanix.done(answer, 1)
    assert task["clusterExtIds"] == [CLUSTER, CLUSTER_DR]
    source, replica = nutanix.point(), nutanix.point(at="dr")
    assert replica["extId"] == nutanix.detail(task, "recoveryPointExtId") != source["extId"]
    for field in ("locationAgnosticId", "creationTime", "sourceLocation"):
        assert replica[field] == source[field]
    ours, theirs = source["vmRecoveryPoints"][0], replica["vmRecoveryPoints"][0]
    assert ours["locationAgnosticId"] == theirs["locationAgnosticId"]
    assert ours["extId"] != theirs["extId"]
    assert ours["vmExtId"] == theirs["vmExtId"]
    nutanix.done(replicate(nutanix), 10_000)
    assert len(nutanix.state("dr")["recovery_points"]) == 2


def test_later_replica_is_faster(nutanix: Nutanix) -> None:
    """Only what has changed moves if the cluster has an earlier one."""
    nutanix.done(replicate(nutanix, "it's old"))
    body = vm_points(nutanix, "vm-01")
    nutanix.done(nutanix.ask("POST", POINTS, body))
    assert nutanix.done(replicate(nutanix, "made"), 5 + 60 + 0.1 * 30 * 1024 / 100)["status"] == "SUCCEEDED"


def test_replicate_within_the_prism_central(nutanix: Nutanix) -> None:
    """One more location of the same recovery point."""
    task = nutanix.done(replicate(nutanix, pcExtId=None, clusterExtId=SECOND))
    point = nutanix.point()
    assert nutanix.detail(task, "recoveryPointExtId") == point["extId"]
    assert [one["locationExtId"] for one in point["locationReferences"]] == [CLUSTER, SECOND]
    assert replicate(nutanix, pcExtId=MAIN, clusterExtId=SECOND).status == 400


@pytest.mark.parametrize(
    "body", [{"pcExtId": NOBODY}, {"clusterExtId": NOBODY}, {"pcExtId": None, "clusterExtId": None}]
)
def test_replicate_refused(nutanix: Nutanix, body: dict[str, Any]) -> None:
    """Where there is nothing to replicate to."""
    assert replicate(nutanix, **body).status == 400


def test_replicate_unpaired() -> None:
    """A Prism Central that is there, and not an availability zone of this one."""
    nutanix = Nutanix(paired_with=[])
    assert replicate(nutanix).code.startswith("pcExtId: ")


@pytest.mark.parametrize("by_cookie", [False, True])
def test_replicate_with_api_key(nutanix: Nutanix, by_cookie: bool) -> None:
    """Service accounts may not, and neither their sessions."""
    path = f"{POINTS}/{nutanix.point()['extId']}"
    headers = {"X-ntnx-api-key": KEY, "Authorization": ""}
    cookie = nutanix.ask("GET", path, headers=headers).headers["Set-Cookie"].partition(";")[0]
    if by_cookie:
        headers = {"Cookie": cookie, "Authorization": ""}
    answer = nutanix.ask("POST", f"{path}/$actions/replicate", {"pcExtId": DR}, headers=headers)
    assert (answer.status, answer.code) == (403, "SBX-403")
    assert nutanix.ask("DELETE", path, headers=headers).status == 202


def test_source_deleted_while_replicating(nutanix: Nutanix) -> None:
    """Nothing arrives."""
    answer = replicate(nutanix)
    nutanix.ask("DELETE", f"{POINTS}/{nutanix.point()['extId']}")
    assert nutanix.done(answer)["status"] == "FAILED"
    assert nutanix.state("dr")["recovery_points"] == []


def restore(nutanix: Nutanix, at: str = "main", version: str = "v4.4", **body: Any) -> Any:
    """Restore a recovery point where it is."""
    path = f"{POINTS}/{nutanix.point(at=at)['extId']}/$actions/restore"
    return nutanix.ask("POST", path.replace("v4.4", version), body, at=at)


def test_restore_all(nutanix: Nutanix) -> None:
    """New VMs of the same names, switched off, with new disks; the volume group too."""
    task = nutanix.done(restore(nutanix))
    vms = nutanix.detail(task, "vmExtIds").split(",")
    found = [one for one in nutanix.state()["entities"] if one["ext_id"] in vms]
    assert [one["name"] for one in found] == ["vm-01", "vm-02"]
    assert {one["power"] for one in found} == {"OFF"}
    assert [one["content"] for one in found] == ["vm-01-1", "vm-02-1"]
    assert nutanix.detail(task, "volumeGroupExtIds").count(",") == 0
    assert len([one for one in nutanix.state()["entities"] if one["name"] == "vm-01"]) == 2


def test_restore_some_with_overrides(nutanix: Nutanix) -> None:
    """Only what is named; name, categories, network."""
    point = nutanix.point()
    part = point["vmRecoveryPoints"][0]
    nic = nutanix.ask("GET", f"{VMS}/{nutanix.entity('vm-01')}").data["nics"][0]
    spec = {
        "$objectType": "dataprotection.v4.config.AhvVmOverrideSpec",
        "name": "drill-1",
        "description": "x",
        "categories": [{"extId": nutanix.ask("GET", "/api/prism/v4.4/config/categories", filter="value eq 'it''s'").data[0]["extId"]}],
        "nicSpec": {"nicOverrideList": [{"nicExtId": nic["extId"], "nicBackingInfo": {"isConnected": False}}]},
    }  # fmt: skip
    group = {
        "volumeGroupRecoveryPointExtId": point["volumeGroupRecoveryPoints"][0]["extId"],
        "volumeGroupOverrideSpec": {"name": "drill-data"},
    }
    overrides = [{"vmRecoveryPointExtId": part["extId"], "vmOverrideSpec": spec}]
    answer = restore(
        nutanix, vmRecoveryPointRestoreOverrides=overrides, volumeGroupRecoveryPointRestoreOverrides=[group]
    )
    task = nutanix.done(answer)
    vm = nutanix.ask("GET", f"{VMS}/{nutanix.detail(task, 'vmExtIds')}").data
    assert (vm["name"], vm["description"], len(vm["categories"])) == ("drill-1", "x", 1)
    assert (vm["nics"][0]["backingInfo"]["isConnected"], vm["nics"][0]["extId"] != nic["extId"]) == (False, True)
    groups = nutanix.ask("GET", "/api/volumes/v4.3/config/volume-groups", filter="startswith(name, 'drill')").data
    assert [one["extId"] for one in groups] == [nutanix.detail(task, "volumeGroupExtIds")]


def test_old_api_ignores_overrides(nutanix: Nutanix) -> None:
    """Version 4.0 does not know them, and says nothing."""
    part = nutanix.point()["vmRecoveryPoints"][0]["extId"]
    override = {"vmRecoveryPointExtId": part, "vmOverrideSpec": {"name": "drill-1"}}
    task = nutanix.done(restore(nutanix, version="v4.0", vmRecoveryPointRestoreOverrides=[override]))
    assert nutanix.ask("GET", f"{VMS}/{nutanix.detail(task, 'vmExtIds')}").data["name"] == "vm-01"


def test_restore_at_the_other_site(nutanix: Nutanix) -> None:
    """The network of the source is not there: that fails, unless a network is named or strict mode drops it."""
    nic = nutanix.ask("GET", f"{VMS}/{nutanix.entity('vm-01')}").data["nics"][0]["extId"]
    nutanix.done(replicate(nutanix))
    part = nutanix.point(at="dr")["vmRecoveryPoints"][0]["extId"]
    isolated = nutanix.subnet("isolated")
    spec = {
        "$objectType": "dataprotection.v4.config.AhvVmOverrideSpec",
        "nicSpec": {"nicOverrideList": [{"nicExtId": nic, "nicNetworkInfo": {"subnet": {"extId": isolated}}}]},
    }
    results = []
    for extra in ({}, {"isStrictMode": True}, {"vmOverrideSpec": spec}):
        answer = restore(nutanix, "dr", vmRecoveryPointRestoreOverrides=[{"vmRecoveryPointExtId": part, **extra}])
        results.append(nutanix.done(answer, at="dr"))
    assert [task["status"] for task in results] == ["FAILED", "SUCCEEDED", "SUCCEEDED"]
    assert "subnet" in results[0]["errorMessages"][0]["message"]
    assert len(results[1]["warnings"]) == 1
    vms = {one["ext_id"]: one for one in nutanix.state("dr")["entities"]}
    assert [vms[nutanix.detail(task, "vmExtIds")]["subnets"] for task in results[1:]] == [[], [isolated]]


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"clusterExtId": SECOND}, "SBX-400"),
        ({"vmRecoveryPointRestoreOverrides": [{"vmRecoveryPointExtId": NOBODY}]}, "DP-10400"),
    ],
)
def test_restore_fails(nutanix: Nutanix, body: dict[str, Any], code: str) -> None:
    """A cluster without the data; a part that is not there. Nothing is made."""
    before = len(nutanix.state()["entities"])
    task = nutanix.done(restore(nutanix, **body))
    assert (task["status"], task["errorMessages"][0]["code"]) == ("FAILED", code)
    assert len(nutanix.state()["entities"]) == before


def test_revert(nutanix: Nutanix) -> None:
    """The disks of then, the identity of now; needs the ETag of the VM."""
    vm = f"{VMS}/{nutanix.entity('vm-01')}"
    nutanix.service.world.centrals["main"].entities[nutanix.entity("vm-01")].content = "broken"
    part = {"vmRecoveryPointExtId": nutanix.point()["vmRecoveryPoints"][0]["extId"]}
    assert nutanix.ask("POST", f"{vm}/$actions/revert", part).code == "PLAT-10004"
    headers = nutanix.etag(vm)
    unknown = nutanix.ask("POST", f"{vm}/$actions/revert", {"vmRecoveryPointExtId": NOBODY}, headers=headers)
    assert (unknown.status, unknown.code) == (404, "VMM-32810")
    task = nutanix.done(nutanix.ask("POST", f"{vm}/$actions/revert", part, headers=headers))
    assert nutanix.detail(task, "VM Recovery Point UUID") == part["vmRecoveryPointExtId"]
    shown = next(one for one in nutanix.state()["entities"] if one["name"] == "vm-01")
    assert (shown["content"], shown["power"]) == ("vm-01-1", "OFF")
    assert nutanix.ask("POST", f"{vm}/$actions/revert", part, headers=headers).code == "PLAT-10005"
    other = {"vmRecoveryPointExtId": nutanix.point()["vmRecoveryPoints"][1]["extId"]}
    assert (
        nutanix.done(nutanix.ask("POST", f"{vm}/$actions/revert", other, headers=nutanix.etag(vm)))["status"]
        == "FAILED"
    )


@pytest.mark.parametrize(("version", "reverted"), [("v4.1", False), ("v4.2", True)])
def test_revert_categories(nutanix: Nutanix, version: str, reverted: bool) -> None:
    """Stay as they are, unless a version that can is asked to revert them."""
    path = f"{VMS}/{nutanix.entity('vm-01')}"
    nutanix.service.world.centrals["main"].entities[nutanix.entity("vm-01")].categories = []
    body = {
        "vmRecoveryPointExtId": nutanix.point()["vmRecoveryPoints"][0]["extId"],
        "overrideSpec": {"shouldRevertVmCategories": True},
    }
    nutanix.done(
        nutanix.ask("POST", f"{path}/$actions/revert".replace("v4.3", version), body, headers=nutanix.etag(path))
    )
    assert bool(nutanix.ask("GET", path).data.get("categories")) is reverted


def test_power_and_deletion(nutanix: Nutanix) -> None:
    """What follows a restore."""
    path = f"{VMS}/{nutanix.entity('vm-01')}"
    assert nutanix.ask("POST", f"{path}/$actions/power-off").code == "PLAT-10004"
    nutanix.done(nutanix.ask("POST", f"{path}/$actions/power-off", headers=nutanix.etag(path)))
    assert nutanix.ask("GET", path).data["powerState"] == "OFF"
    assert nutanix.done(nutanix.ask("DELETE", path, headers=nutanix.etag(path)))["status"] == "SUCCEEDED"
    assert nutanix.ask("GET", path).status == 404
    assert nutanix.point()["vmRecoveryPoints"][0]["vmExtId"] == path.rsplit("/", 1)[1]
    group = f"/api/volumes/v4.3/config/volume-groups/{nutanix.entity('data')}"
    assert nutanix.done(nutanix.ask("DELETE", group))["status"] == "SUCCEEDED"
    assert nutanix.ask("GET", group).status == 404
