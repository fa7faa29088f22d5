# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rules of disks, interfaces and virtual machines that are made from restore points."""

from __future__ import annotations

from typing import Any

import pytest
from sandbox_client import Arm


@pytest.fixture
def copy(arm: Arm) -> str:
    """A copy in northeurope that has arrived."""
    point = arm.make_point(arm.make_collection(), "rp1")
    return arm.make_copy(arm.make_target(), "rp1", point)


def test_disk_from_a_copy(arm: Arm, copy: str) -> None:
    """202 with both headers; Updating, then Succeeded; the OS type comes along."""
    answer = arm.put_disk("d", arm.disk_points(copy)[0], tags={"a": "b"})
    assert answer.status == 202
    assert answer.headers["Location"] == answer.headers["Azure-AsyncOperation"] + "&monitor=true"
    path = arm.id("rg-dr", "disks", "d")
    assert arm.get(path).json["properties"]["provisioningState"] == "Updating"
    arm.advance(60)
    disk = arm.get(path).json
    assert disk["properties"]["provisioningState"] == "Succeeded"
    assert (disk["properties"]["diskState"], disk["properties"]["osType"]) == ("Unattached", "Linux")
    assert disk["properties"]["diskSizeGB"] == 30
    assert disk["tags"] == {"a": "b"}
    assert arm.follow(answer.headers["Azure-AsyncOperation"]).json["properties"]["output"]["name"] == "d"
    assert arm.problems() == []


def test_disk_from_unfinished_data(arm: Arm) -> None:
    """Azure does not check; the sandbox makes the disk, and tells."""
    point = arm.make_point(arm.make_collection(), "rp1")
    target = arm.make_target()
    unfinished = arm.put_copy(target, "rp1", point).json["id"]
    arm.advance(30)
    disks = arm.make_disks(["os", "data"], unfinished)
    assert arm.get(disks[0]).json["properties"]["provisioningState"] == "Succeeded"
    arm.put(arm.id("rg-dr", "virtualMachines", "vm"), arm.vm_body(disks))
    assert [(found["kind"], found["id"].rsplit("/", 1)[1]) for found in arm.problems()] == [
        ("unfinished_data", "os"),
        ("unfinished_data", "data"),
        ("unfinished_data", "vm"),
    ]


def test_disk_rules(arm: Arm, copy: str) -> None:
    """Region, size, zone, encryption set, sku, name and source of a disk."""
    source = arm.disk_points(copy)[0]
    assert arm.put_disk("d", source, location="westeurope").code == "BadRequest"
    assert arm.put_disk("d", source, location="atlantis").code == "LocationNotAvailableForResourceType"
    assert arm.put_disk("d", source, properties={"diskSizeGB": 29}).code == "InvalidParameter"
    assert arm.put_disk("d", source, zones=["4"]).code == "InvalidAvailabilityZone"
    assert arm.put_disk("d", source, sku={"name": "Fast"}).code == "InvalidParameter"
    assert arm.put_disk("-d", source).code == "InvalidResourceName"
    assert arm.put_disk("d", f"{source}x").code == "NotFound"
    assert arm.put_disk("d", copy).code == "InvalidParameter"
    wrong_set = {"encryption": {"diskEncryptionSetId": arm.id("rg-app", "diskEncryptionSets", "des-we")}}
    assert arm.put_disk("d", source, properties=wrong_set).code == "BadRequest"
    right_set = {"encryption": {"diskEncryptionSetId": arm.id("rg-dr", "diskEncryptionSets", "des-ne")}}
    assert arm.put_disk("d", source, properties={**right_set, "diskSizeGB": 64}, zones=["2"]).status == 202
    disk = arm.get(arm.id("rg-dr", "disks", "d")).json
    assert (disk["zones"], disk["properties"]["diskSizeGB"]) == (["2"], 64)
    arm.advance(60)
    assert arm.put_disk("d", arm.disk_points(copy)[1]).code == "PropertyChangeNotAllowed"


def test_no_zones_without_zones(arm: Arm) -> None:
    """A region without zones takes none."""
    body = {"location": "ukwest", "zones": ["1"]}
    body |= {"properties": {"creationData": {"createOption": "Empty"}, "diskSizeGB": 4}}
    assert arm.put(arm.id("rg-dr", "disks", "d"), body).code == "InvalidAvailabilityZone"
    del body["zones"]
    assert arm.put(arm.id("rg-dr", "disks", "d"), body).status == 202


def test_attached_disk_cannot_be_deleted(arm: Arm) -> None:
    """OperationNotAllowed until it is detached."""
    assert arm.delete(arm.id("rg-app", "disks", "lin-os")).code == "OperationNotAllowed"


def test_vm_from_disks(arm: Arm, copy: str) -> None:
    """201; the interface is made; disks are attached; the same PUT again is 200, another one refused."""
    disks = arm.make_disks(["os", "data"], copy)
    path = arm.id("rg-dr", "virtualMachines", "vm")
    answer = arm.put(path, arm.vm_body(disks))
    assert answer.status == 201, answer.text
    assert answer.json["properties"]["provisioningState"] == "Creating"
    arm.advance(90)
    vm = arm.get(path, query="&$expand=instanceView").json
    assert vm["properties"]["provisioningState"] == "Succeeded"
    assert vm["properties"]["instanceView"]["statuses"][1]["code"] == "PowerState/running"
    assert "osProfile" not in vm["properties"]
    assert arm.get(disks[1]).json["managedBy"] == vm["id"]
    nic = arm.get(vm["properties"]["networkProfile"]["networkInterfaces"][0]["id"])
    assert nic.json["properties"]["virtualMachine"]["id"] == vm["id"]
    assert arm.delete(nic.json["id"]).code == "NicInUse"
    assert arm.put(path, arm.vm_body(disks)).status == 200
    assert arm.put(path, arm.vm_body(disks[:1])).code == "PropertyChangeNotAllowed"
    assert arm.put(path, arm.vm_body([disks[1], disks[0]])).code == "PropertyChangeNotAllowed"
    assert arm.call("PATCH", path, {"tags": {"a": "b"}}).json["tags"] == {"a": "b"}
    assert arm.problems() == []


def test_a_vm_that_failed_is_reapplied(arm: Arm, copy: str) -> None:
    """What failed to be created is created; meanwhile nobody else may."""
    disks = arm.make_disks(["os", "data"], copy)
    path = arm.id("rg-dr", "virtualMachines", "vm")
    arm.fault("operation_fail", match={"method": "PUT", "path_regex": "virtualMachines/vm"}, code="AllocationFailed")
    arm.put(path, arm.vm_body(disks))
    assert arm.call("POST", f"{path}/reapply").code == "OperationNotAllowed"
    arm.advance(90)
    assert arm.get(path).json["properties"]["provisioningState"] == "Failed"
    answer = arm.call("POST", f"{path}/reapply")
    assert (answer.status, arm.get(path).json["properties"]["provisioningState"]) == (202, "Updating")
    arm.advance(90)
    assert arm.get(path).json["properties"]["provisioningState"] == "Succeeded"
    assert arm.follow(answer.headers["Location"]).status == 200


def test_vm_rules(arm: Arm, copy: str) -> None:
    """What a VM from attached disks may not be."""
    disks = arm.make_disks(["os", "data"], copy)
    path = arm.id("rg-dr", "virtualMachines", "vm")

    def put(body: dict[str, Any]) -> str | None:
        return arm.put(path, body).code

    assert put(arm.vm_body(disks, osProfile={"computerName": "x"})) == "InvalidParameter"
    assert put(arm.vm_body(disks, hardwareProfile={"vmSize": "Huge"})) == "InvalidParameter"
    assert put(arm.vm_body(disks, networkProfile={})) == "InvalidParameter"
    assert put(arm.vm_body(disks, location="westeurope")) == "BadRequest"
    assert put(arm.vm_body([disks[1], disks[0]])) == "BadRequest"
    assert put(arm.vm_body([disks[0], disks[0]])) == "InvalidParameter"
    assert put(arm.vm_body([arm.id("rg-dr", "disks", "none")])) == "ResourceNotFound"
    assert put(arm.vm_body([arm.id("rg-app", "disks", "lin-os")], location="westeurope")) == "ConflictingUserInput"
    assert put({**arm.vm_body(disks), "zones": ["1"]}) == "BadRequest"
    missing = arm.vm_body(disks)
    del missing["properties"]["networkProfile"]["networkApiVersion"]
    assert put(missing) == "InvalidParameter"
    no_type = arm.vm_body(disks)
    del no_type["properties"]["storageProfile"]["osDisk"]["osType"]
    assert put(no_type) == "InvalidParameter"
    no_subnet = arm.vm_body(disks)
    nic = no_subnet["properties"]["networkProfile"]["networkInterfaceConfigurations"][0]
    subnet = nic["properties"]["ipConfigurations"][0]["properties"]["subnet"]
    subnet["id"] = subnet["id"].replace("vnet-dr/subnets/dr", "vnet-dr/subnets/none")
    assert put(no_subnet) == "InvalidResourceReference"
    subnet["id"] = subnet["id"].replace("rg-dr", "rg-app").replace("vnet-dr/subnets/none", "vnet-app/subnets/app")
    assert put(no_subnet) == "InvalidResourceReference"
    assert arm.get(path).status == 404


def test_vm_with_an_existing_interface(arm: Arm, copy: str) -> None:
    """It has to exist, in the region, and be free."""
    disks = arm.make_disks(["os", "data"], copy)
    base = f"{arm.base}/resourceGroups/rg-dr/providers/Microsoft.Network"
    subnet = {"id": f"{base}/virtualNetworks/vnet-dr/subnets/dr"}
    configurations = [{"name": "ip", "properties": {"subnet": subnet}}]
    nic = {"location": "northeurope", "properties": {"ipConfigurations": configurations}}
    assert arm.put(f"{base}/networkInterfaces/n1", nic).status == 201
    assert arm.put(f"{base}/networkInterfaces/n1", nic | {"location": "westeurope"}).code == "InvalidResourceLocation"
    assert arm.put(f"{base}/networkInterfaces/n2", nic | {"location": "westeurope"}).code == "InvalidResourceReference"

    def body(name: str) -> dict[str, Any]:
        return arm.vm_body(disks, networkProfile={"networkInterfaces": [{"id": f"{base}/networkInterfaces/{name}"}]})

    path = arm.id("rg-dr", "virtualMachines", "vm")
    assert arm.put(path, body("none")).code == "InvalidResourceReference"
    assert arm.put(path, body("n1")).status == 201
    used = arm.vm_body(arm_disk(arm, copy), networkProfile=body("n1")["properties"]["networkProfile"])
    assert arm.put(arm.id("rg-dr", "virtualMachines", "vm2"), used).code == "NicInUse"


def arm_disk(arm: Arm, copy: str) -> list[str]:
    """One more OS disk."""
    assert arm.put_disk("os2", arm.disk_points(copy)[0]).status == 202
    arm.advance(60)
    return [arm.id("rg-dr", "disks", "os2")]


def test_delete_option(arm: Arm, copy: str) -> None:
    """Disks and interfaces go or stay as their deleteOption says."""
    disks = arm.make_disks(["os", "data"], copy)
    body = arm.vm_body(disks)
    body["properties"]["storageProfile"]["osDisk"]["deleteOption"] = "Delete"
    path = arm.id("rg-dr", "virtualMachines", "vm")
    nic = arm.put(path, body).json["properties"]["networkProfile"]["networkInterfaces"][0]["id"]
    assert arm.delete(path).code == "OperationNotAllowed"
    arm.advance(90)
    assert arm.delete(path).status == 202
    arm.advance(30)
    assert [arm.get(disk).status for disk in disks] == [404, 200]
    assert arm.get(disks[1]).json["properties"]["diskState"] == "Unattached"
    assert "virtualMachine" not in arm.get(nic).json["properties"]


def test_disks_of_two_points(arm: Arm, copy: str) -> None:
    """A VM whose disks are of two moments is a finding."""
    newer = arm.make_point(arm.collection_id("src"), "rp2")
    second = arm.make_copy(arm.collection_id("dst", "rg-dr"), "rp2", newer)
    first = arm.make_disks(["os", "data"], copy)
    arm.put_disk("data2", arm.disk_points(second)[1])
    arm.advance(60)
    body = arm.vm_body([first[0], arm.id("rg-dr", "disks", "data2")])
    assert arm.put(arm.id("rg-dr", "virtualMachines", "vm"), body).status == 201
    assert [problem["kind"] for problem in arm.problems()] == ["mixed_points"]
