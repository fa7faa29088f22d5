# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The answers have the members, headers and statuses of real traffic.

Transcribed from the public recordings of azure-cli's own test of a restore point that is copied from westus to eastus
(api-version 2022-11-01): per call its status, the async headers, and the paths of all members of the answer.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sandbox_client import Arm

VERSION = "2022-11-01"
COLLECTION = {
    "name", "id", "type", "location", "properties.source.location", "properties.source.id",
    "properties.restorePointCollectionId", "properties.provisioningState",
}  # fmt: skip
_META = "properties.sourceMetadata."
_DISK = _META + "storageProfile.osDisk."
CREATING = {
    "name", "id", _META + "vmId", _META + "location", _META + "hardwareProfile.vmSize",
    _DISK + "osType", _DISK + "name", _DISK + "diskSizeGB", _DISK + "caching",
    _DISK + "managedDisk.storageAccountType", _DISK + "managedDisk.id", _META + "storageProfile.dataDisks",
    _META + "osProfile.computerName", _META + "osProfile.adminUsername",
    _META + "osProfile.linuxConfiguration.disablePasswordAuthentication",
    _META + "osProfile.linuxConfiguration.ssh.publicKeys[].path",
    _META + "osProfile.linuxConfiguration.ssh.publicKeys[].keyData",
    _META + "osProfile.linuxConfiguration.provisionVMAgent",
    _META + "osProfile.linuxConfiguration.patchSettings.patchMode",
    _META + "osProfile.linuxConfiguration.patchSettings.assessmentMode",
    _META + "osProfile.secrets", _META + "osProfile.allowExtensionOperations",
    _META + "osProfile.requireGuestProvisionSignal", _META + "hyperVGeneration",
    "properties.provisioningState", "properties.timeCreated",
}  # fmt: skip
DONE = CREATING | {_DISK + "diskRestorePoint.id", "properties.consistencyMode"}
COPY_CREATING = CREATING | {"properties.consistencyMode", "properties.sourceRestorePoint.id"}
COPY_DONE = DONE | {"properties.sourceRestorePoint.id"}


def _paths(value: Any, prefix: str = "") -> Iterator[str]:
    if isinstance(value, dict):
        for name, item in value.items():
            yield from _paths(item, f"{prefix}.{name}" if prefix else name)
    elif isinstance(value, list) and value:
        for item in value:
            yield from _paths(item, f"{prefix}[]")
    else:
        yield prefix


def test_recorded_copy(arm_with: Any) -> None:
    """The nine recorded calls, in their order."""
    arm: Arm = arm_with(
        {
            "resource_groups": [{"name": "rg", "location": "westus"}],
            "virtual_networks": [],
            "disk_encryption_sets": [],
            "vms": [{"name": "vm", "rg": "rg", "generation": "V1", "disks": [{"size_gb": 30}]}],
        }
    )
    source, target = arm.collection_id("c1", "rg"), arm.collection_id("c2", "rg")
    vm = arm.id("rg", "virtualMachines", "vm")

    def put(path: str, body: Any) -> Any:
        answer = arm.put(path, body, version=VERSION)
        assert answer.status == 201
        assert answer.headers["Content-Type"] == "application/json; charset=utf-8"
        limits = answer.headers["x-ms-ratelimit-remaining-resource"]
        assert limits.startswith("Microsoft.Compute/CreateRestorePoints3Min;11")
        return answer

    def check_async(answer: Any, region: str) -> str:
        url = str(answer.headers["Azure-AsyncOperation"])
        assert f"/providers/Microsoft.Compute/locations/{region}/operations/" in url
        assert f"&api-version={VERSION}" in url
        assert answer.headers["Azure-AsyncNotification"] == "Enabled"
        assert "Location" not in answer.headers
        assert "Retry-After" not in answer.headers
        return url

    made = put(source, {"location": "westus", "properties": {"source": {"id": vm}}})
    assert set(_paths(made.json)) == COLLECTION
    assert "Azure-AsyncOperation" not in made.headers
    made = put(target, {"location": "eastus", "properties": {"source": {"id": source}}})
    assert set(_paths(made.json)) == COLLECTION
    assert made.json["properties"]["source"]["location"].lower() == "westus"

    made = put(f"{source}/restorePoints/p1", {})
    assert set(_paths(made.json)) == CREATING
    assert list(made.json) == ["name", "id", "properties"]
    url = check_async(made, "westus")
    assert set(arm.follow(url).json) == {"startTime", "status", "name"}
    arm.advance(120)
    operation = arm.follow(url).json
    assert list(operation) == ["startTime", "endTime", "status", "name"]
    assert len(operation["startTime"]) == len("2023-05-26T02:56:13.8199627+00:00")
    point = arm.get(made.json["id"], version=VERSION).json
    assert set(_paths(point)) == DONE
    disk = point["properties"]["sourceMetadata"]["storageProfile"]["osDisk"]
    name = disk["diskRestorePoint"]["id"].rsplit("/", 1)[1]
    assert name.startswith(f"{disk['name']}_")
    assert len(name) == len(disk["name"]) + 37

    made = put(f"{target}/restorePoints/p2", {"properties": {"sourceRestorePoint": {"id": point["id"]}}})
    assert set(_paths(made.json)) == COPY_CREATING
    url = check_async(made, "eastus")
    arm.advance(30)
    assert arm.follow(url).json["status"] == "Succeeded"
    copy = arm.get(made.json["id"], version=VERSION).json
    assert set(_paths(copy)) == COPY_DONE
    assert copy["properties"]["provisioningState"] == "Succeeded"
    assert copy["properties"]["timeCreated"] == point["properties"]["timeCreated"]
    view = arm.view(made.json["id"])
    assert view["statuses"] == [
        {"code": "ReplicationState/replicating", "level": "Info", "displayStatus": "Replicating"}
    ]
    assert view["diskRestorePoints"][0]["replicationStatus"]["completionPercent"] == 0
