# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rules of collections and of points made in the VM's own region."""

from __future__ import annotations

from typing import Any

from sandbox_client import Arm


def test_collection_is_created_once(arm: Arm) -> None:
    """201, then 200; only tags may change; not long running."""
    source = arm.id("rg-app", "virtualMachines", "lin")
    path = arm.collection_id("src")
    body = {"location": "West Europe", "tags": {"a": "1"}, "properties": {"source": {"id": source}}}
    first = arm.put(path, body)
    assert first.status == 201
    assert first.json["location"] == "westeurope"
    assert first.json["properties"]["source"]["location"] == "WestEurope"
    assert "Azure-AsyncOperation" not in first.headers
    assert arm.put(path.upper().replace("/SUBSCRIPTIONS", "/subscriptions"), body | {"tags": {"b": "2"}}).status == 200
    answer = arm.get(path)
    assert (answer.json["tags"], answer.json["id"]) == ({"b": "2"}, path)
    assert arm.put(path, body | {"location": "northeurope"}).code == "InvalidResourceLocation"
    other = {"source": {"id": arm.id("rg-app", "virtualMachines", "win")}}
    assert arm.put(path, body | {"properties": other}).code == "PropertyChangeNotAllowed"
    assert arm.put(path, {"location": "westeurope"}).code == "InvalidParameter"
    assert arm.call("PATCH", path, {"tags": {"c": "3"}}).json["tags"] == {"c": "3"}


def test_collection_source_has_to_exist(arm: Arm) -> None:
    """A VM or a collection that is there."""
    for source, code in (
        (arm.id("rg-app", "virtualMachines", "none"), "ResourceNotFound"),
        (arm.collection_id("none"), "ResourceNotFound"),
        (arm.id("rg-app", "disks", "lin-os"), "InvalidParameter"),
        ("nonsense", "LinkedInvalidPropertyId"),
    ):
        body = {"location": "westeurope", "properties": {"source": {"id": source}}}
        assert arm.put(arm.collection_id("src"), body).code == code


def test_local_point(arm: Arm) -> None:
    """Ids of disk restore points appear at the end; a local point has no replication; modes follow the OS."""
    source = arm.make_collection()
    answer = arm.put_point(source, "rp1")
    assert answer.status == 201
    assert "diskRestorePoint" not in answer.json["properties"]["sourceMetadata"]["storageProfile"]["osDisk"]
    assert "consistencyMode" not in answer.json["properties"]
    arm.advance(120)
    point = arm.get(answer.json["id"]).json["properties"]
    assert point["consistencyMode"] == "FileSystemConsistent"
    assert point["sourceMetadata"]["storageProfile"]["osDisk"]["diskRestorePoint"]["id"].startswith(answer.json["id"])
    assert arm.view(answer.json["id"]) == {}
    windows = arm.make_point(arm.make_collection("w", vm="win"), "rp1")
    assert arm.get(windows).json["properties"]["consistencyMode"] == "ApplicationConsistent"


def test_crash_consistent(arm: Arm) -> None:
    """Only CrashConsistent can be asked for, from 2021-07-01."""
    source = arm.make_collection()
    body = {"properties": {"consistencyMode": "CrashConsistent"}}
    assert arm.put_point(source, "rp1", body, version="2021-04-01").code == "BadRequest"
    wrong = {"properties": {"consistencyMode": "ApplicationConsistent"}}
    assert arm.put_point(source, "rp1", wrong).code == "InvalidParameter"
    point = arm.make_point(source, "rp1", body)
    assert arm.get(point).json["properties"]["consistencyMode"] == "CrashConsistent"


def test_points_cannot_be_updated(arm: Arm) -> None:
    """A second PUT is refused and makes nothing; there is no PATCH and no list."""
    source = arm.make_collection()
    point = arm.make_point(source, "rp1")
    created = arm.get(point).json["properties"]["timeCreated"]
    arm.advance(3600)
    assert arm.put_point(source, "RP1").status == 409
    assert arm.get(point).json["properties"]["timeCreated"] == created
    assert arm.call("PATCH", point, {"tags": {}}).status == 405
    assert arm.get(f"{source}/restorePoints").status == 405


def test_three_points_an_hour_and_kind(arm: Arm) -> None:
    """Three app-consistent and three crash-consistent PUTs an hour and VM."""
    source = arm.make_collection()
    crash = {"properties": {"consistencyMode": "CrashConsistent"}}
    for number in range(3):
        for kind, body in (("a", {}), ("c", crash)):
            assert arm.put_point(source, f"{kind}{number}", body).status == 201
            arm.advance(120)
    answer = arm.put_point(source, "a3")
    assert (answer.status, answer.headers["Retry-After"]) == (429, str(3600 - 720))
    assert arm.put_point(source, "c3", crash).status == 429


def test_one_point_of_a_vm_at_a_time(arm: Arm) -> None:
    """Over all of its collections."""
    first, second = arm.make_collection(), arm.make_collection("src2")
    assert arm.put_point(first, "rp1").status == 201
    answer = arm.put_point(second, "rp1")
    assert (answer.status, answer.code) == (409, "VMRestorePointClientError")
    arm.advance(120)
    assert arm.put_point(second, "rp1").status == 201


def test_unallocated_and_shared_disks(arm: Arm) -> None:
    """They have to be excluded; excluded ids have to be the VM's."""
    source = arm.make_collection(vm="odd")

    def put(*names: str) -> Any:
        excluded = [{"id": arm.id("rg-app", "disks", name)} for name in names]
        arm.advance(3600)
        return arm.put_point(source, "rp1", {"properties": {"excludeDisks": excluded}})

    assert put().code == "OperationNotAllowed"
    assert put("odd-data-0").code == "VMRestorePointClientError"
    assert put("lin-os").code == "BadRequest"
    assert put("odd-os", "odd-data-0", "odd-data-1").code == "BadRequest"
    assert put("odd-data-0", "odd-data-1").status == 201


def test_vm_gone(arm: Arm) -> None:
    """No new point of a VM that was deleted; the old ones stay."""
    source = arm.make_collection()
    point = arm.make_point(source, "rp1")
    assert arm.delete(arm.id("rg-app", "virtualMachines", "lin")).status == 202
    arm.advance(30)
    assert arm.put_point(source, "rp2").code == "OperationNotAllowed"
    assert arm.get(point).status == 200


def test_delete_point(arm: Arm) -> None:
    """202 with both headers, then the recorded 404; a second DELETE is 204."""
    point = arm.make_point(arm.make_collection(), "rp1")
    answer = arm.delete(point)
    assert answer.status == 202
    assert answer.headers["Location"] == answer.headers["Azure-AsyncOperation"] + "&monitor=true"
    assert arm.get(point).json["properties"]["provisioningState"] == "Deleting"
    assert arm.follow(answer.headers["Location"]).status == 202
    arm.advance(30)
    assert arm.follow(answer.headers["Location"]).status == 200
    assert arm.follow(answer.headers["Azure-AsyncOperation"]).json["status"] == "Succeeded"
    gone = arm.get(point)
    assert (gone.status, gone.code) == (404, "NotFound")
    assert arm.delete(point).status == 204


def test_point_under_creation_cannot_be_deleted(arm: Arm) -> None:
    """Neither can its collection."""
    source = arm.make_collection()
    point = arm.put_point(source, "rp1").json["id"]
    assert arm.delete(point).code == "OperationNotAllowed"
    assert arm.delete(source).code == "OperationNotAllowed"


def test_outstanding_access(arm: Arm) -> None:
    """A point with an active SAS cannot be deleted until it is revoked or over."""
    source = arm.make_collection()
    point = arm.make_point(source, "rp1")
    disk = arm.disk_points(point)[0]
    access = {"access": "Read", "durationInSeconds": 3600}
    answer = arm.call("POST", f"{disk}/beginGetAccess", access)
    assert answer.status == 202
    arm.advance(1)
    assert arm.follow(answer.headers["Location"]).json["accessSAS"]
    assert arm.delete(point).code == "DiskRestorePointUsedByCustomer"
    assert arm.delete(source).code == "DiskRestorePointUsedByCustomer"
    assert arm.call("POST", f"{disk}/endGetAccess").status == 202
    assert arm.call("POST", f"{disk}/beginGetAccess", access).status == 202
    arm.advance(3601)
    assert arm.delete(point).status == 202


def test_lists_have_pages(arm_with: Any) -> None:
    """By resource group and by subscription, with nextLink."""
    arm = arm_with({"limits": {"page_size": 2}})
    names = [arm.make_collection(f"c{number}").rsplit("/", 1)[1] for number in range(5)]
    for base in ("", "/resourceGroups/rg-app"):
        found = []
        answer = arm.get(f"{base}/providers/Microsoft.Compute/restorePointCollections")
        while True:
            found += [item["name"] for item in answer.json["value"]]
            if "nextLink" not in answer.json:
                break
            answer = arm.follow(answer.json["nextLink"])
        assert found == names


def test_collections_per_region(arm_with: Any) -> None:
    """A limit per subscription and region."""
    arm = arm_with({"limits": {"collections_per_region": 1}})
    arm.make_collection()
    source = {"source": {"id": arm.id("rg-app", "virtualMachines", "win")}}
    assert arm.put(arm.collection_id("b"), {"location": "westeurope", "properties": source}).status == 409
    assert arm.put(arm.collection_id("b"), {"location": "francecentral", "properties": source}).status == 201
    arm.delete(arm.collection_id("src"))
    arm.advance(30)
    assert arm.put(arm.collection_id("c"), {"location": "westeurope", "properties": source}).status == 201
