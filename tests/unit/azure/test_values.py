# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import copy as copies
from typing import Any

import pytest

from ansible_collections.bcdr.multicloud.plugins.module_utils._azure.restore_points.values import (
    as_recovery_point,
    created_of,
    find_copy,
    newest_usable,
    parse_collection,
    parse_point,
)
from ansible_collections.bcdr.multicloud.plugins.module_utils._core.reconcile import (
    FAILED,
    PENDING,
    RUNNING,
    SUCCEEDED,
)
from ansible_collections.bcdr.multicloud.tests.unit.azure.builders import (
    NOW,
    SOURCE,
    TARGET,
    VM_ID,
    collection,
    collection_id,
    copy,
    disk,
    point,
    point_id,
    target,
)

DISK = "vm_000006_disk1_8078c0b7fd6b4ffe90042e991fbb82b1"
DISK_POINT = f"{point_id(TARGET, 'point_000005')}/diskRestorePoints/{DISK}_05a60ef1-c3f1-498e-893d-5086d0b2541a"
# Transcribed from azure-cli's recording of a copy from westus to eastus, api-version 2022-11-01.
RECORDED: dict[str, Any] = {
    "name": "point_000005",
    "id": point_id(TARGET, "point_000005"),
    "properties": {
        "sourceMetadata": {
            "vmId": "e70988cf-d3b0-4f6f-9efc-c4cd33da606e",
            "location": "westus",
            "hardwareProfile": {"vmSize": "Standard_DS1_v2"},
            "storageProfile": {
                "osDisk": {
                    "osType": "Linux",
                    "name": DISK,
                    "diskSizeGB": 30,
                    "caching": "ReadWrite",
                    "managedDisk": {"storageAccountType": "Premium_LRS", "id": f"/d/{DISK}"},
                    "diskRestorePoint": {"id": DISK_POINT},
                },
                "dataDisks": [],
            },
            "hyperVGeneration": "V1",
        },
        "provisioningState": "Succeeded",
        "consistencyMode": "FileSystemConsistent",
        "sourceRestorePoint": {"id": point_id(SOURCE, "point_000004")},
        "timeCreated": "2023-05-26T02:56:13.8355835+00:00",
    },
}
REPLICATING = {"code": "ReplicationState/replicating", "level": "Info", "displayStatus": "Replicating"}
SUCCEEDED_STATE = {"code": "ReplicationState/succeeded", "level": "Info", "displayStatus": "Succeeded"}
AVAILABLE = {"code": "SnapshotAccessState/Available", "level": "Info", "displayStatus": "Available"}


def recorded(**changes: Any) -> dict[str, Any]:
    answer = copies.deepcopy(RECORDED)
    for name, value in changes.items():
        if value is None:
            answer["properties"].pop(name)
        else:
            answer["properties"][name] = value
    return answer


def view(
    *entries: tuple[str, dict[str, Any], int | None], statuses: list[dict[str, Any]] | None = None
) -> dict[str, Any]:
    """Return an instance view; each entry is the id of a disk restore point, its status and its percent."""
    disks = []
    for disk_point, status, percent in entries:
        replication: dict[str, Any] = {"status": status}
        if percent is not None:
            replication["completionPercent"] = percent
        disks.append({"id": disk_point, "replicationStatus": replication})
    return {"diskRestorePoints": disks, "statuses": statuses or []}


def with_second_disk() -> dict[str, Any]:
    answer = recorded()
    answer["properties"]["sourceMetadata"]["storageProfile"]["dataDisks"] = [
        {"lun": 3, "name": "data", "diskSizeGB": 90, "diskRestorePoint": {"id": "/drp/data"}}
    ]
    return answer


def test_a_recorded_copy_is_read_whole() -> None:
    parsed = parse_point(recorded(), remote=True)
    assert parsed.name == "point_000005"
    assert parsed.source_point_id == point_id(SOURCE, "point_000004")
    assert parsed.created is not None
    assert parsed.created.isoformat() == "2023-05-26T02:56:13.835583+00:00"
    assert parsed.consistency == "FileSystemConsistent"
    assert parsed.vm_id == "e70988cf-d3b0-4f6f-9efc-c4cd33da606e"
    [os_disk] = parsed.disks
    assert (os_disk.name, os_disk.size_gb, os_disk.os_type, os_disk.sku, os_disk.caching, os_disk.is_os) == (
        DISK,
        30,
        "Linux",
        "Premium_LRS",
        "ReadWrite",
        True,
    )
    assert os_disk.point_id == DISK_POINT


@pytest.mark.parametrize(
    ("answer", "remote", "status", "percent"),
    [
        pytest.param(
            recorded(sourceRestorePoint=None), False, SUCCEEDED, 100.0, id="local point has no view and needs none"
        ),
        pytest.param(recorded(), True, RUNNING, 0.0, id="copy without view is not known to have arrived"),
        pytest.param(recorded(), False, RUNNING, 0.0, id="a copy is remote whatever its collection says"),
        pytest.param(recorded(sourceRestorePoint=None), True, RUNNING, 0.0, id="made directly in another region"),
        pytest.param(
            recorded(instanceView=view((DISK_POINT, REPLICATING, 0), statuses=[REPLICATING])),
            True,
            RUNNING,
            0.0,
            id="recorded view",
        ),
        pytest.param(recorded(instanceView=view((DISK_POINT, REPLICATING, 40))), True, RUNNING, 40.0, id="40 percent"),
        pytest.param(
            recorded(instanceView=view((DISK_POINT, SUCCEEDED_STATE, 100), statuses=[SUCCEEDED_STATE])),
            True,
            SUCCEEDED,
            100.0,
            id="arrived",
        ),
        pytest.param(
            recorded(instanceView=view((DISK_POINT.upper(), SUCCEEDED_STATE, None))),
            True,
            SUCCEEDED,
            100.0,
            id="id in upper case",
        ),
        pytest.param(
            recorded(instanceView=view((DISK_POINT, {"code": "REPLICATIONSTATE/SUCCEEDED"}, None))),
            True,
            SUCCEEDED,
            100.0,
            id="code in upper case",
        ),
        pytest.param(
            recorded(instanceView=view((DISK_POINT, REPLICATING, 100))),
            True,
            RUNNING,
            100.0,
            id="100 percent is not done",
        ),
        pytest.param(
            recorded(instanceView=view((DISK_POINT, {"code": "ReplicationState/paused"}, 10))),
            True,
            RUNNING,
            10.0,
            id="unknown state",
        ),
        pytest.param(
            recorded(instanceView=view((DISK_POINT, {"code": "ProvisioningState/succeeded"}, 100))),
            True,
            RUNNING,
            100.0,
            id="another kind of status",
        ),
        pytest.param(
            recorded(instanceView=view(("/drp/other", SUCCEEDED_STATE, 100))),
            True,
            RUNNING,
            0.0,
            id="view of another disk",
        ),
        pytest.param(
            recorded(instanceView=view((DISK_POINT, {"code": "ReplicationState/failed"}, 40))),
            True,
            FAILED,
            40.0,
            id="disk failed",
        ),
        pytest.param(
            recorded(
                instanceView=view(
                    (DISK_POINT, REPLICATING, 40), statuses=[AVAILABLE, {"code": "ReplicationState/failed"}]
                )
            ),
            True,
            FAILED,
            40.0,
            id="failed stands second, beside instant access",
        ),
        pytest.param(
            recorded(instanceView=view((DISK_POINT, REPLICATING, 40), statuses=[AVAILABLE, SUCCEEDED_STATE])),
            True,
            RUNNING,
            40.0,
            id="all disks count, not the point's own word",
        ),
        pytest.param(recorded(provisioningState="Creating"), True, RUNNING, 0.0, id="creating"),
        pytest.param(recorded(provisioningState="Deleting"), True, PENDING, 0.0, id="deleting"),
        pytest.param(recorded(provisioningState="Failed"), True, FAILED, 0.0, id="failed"),
        pytest.param(recorded(provisioningState="Canceled"), False, FAILED, 0.0, id="canceled"),
    ],
)
def test_status(answer: dict[str, Any], remote: bool, status: str, percent: float) -> None:
    parsed = parse_point(answer, remote)
    assert parsed.status == status
    assert parsed.usable is (status == SUCCEEDED)
    if status in (RUNNING, SUCCEEDED):
        assert parsed.percent == percent


@pytest.mark.parametrize(
    ("os_state", "data_state", "status"),
    [
        (SUCCEEDED_STATE, SUCCEEDED_STATE, SUCCEEDED),
        (SUCCEEDED_STATE, REPLICATING, RUNNING),
        (REPLICATING, SUCCEEDED_STATE, RUNNING),
        (SUCCEEDED_STATE, {"code": "ReplicationState/failed"}, FAILED),
        (SUCCEEDED_STATE, {}, RUNNING),
    ],
)
def test_every_disk_counts(os_state: dict[str, Any], data_state: dict[str, Any], status: str) -> None:
    answer = with_second_disk()
    answer["properties"]["instanceView"] = view((DISK_POINT, os_state, 0), ("/drp/data", data_state, 0))
    assert parse_point(answer, True).status == status


def test_percent_is_weighted_by_size() -> None:
    answer = with_second_disk()
    answer["properties"]["instanceView"] = view((DISK_POINT, SUCCEEDED_STATE, 100), ("/drp/data", REPLICATING, 20))
    parsed = parse_point(answer, True)
    assert parsed.percent == pytest.approx((30 * 100 + 90 * 20) / 120)
    assert parsed.describe_disks() == f"{DISK} 100 %, data 20 %"
    assert [one.lun for one in parsed.disks] == [None, 3]


def test_while_creating_the_disks_have_no_points_yet() -> None:
    answer = recorded(provisioningState="Creating")
    del answer["properties"]["sourceMetadata"]["storageProfile"]["osDisk"]["diskRestorePoint"]
    parsed = parse_point(answer, True)
    assert (parsed.status, parsed.percent, parsed.disks[0].point_id) == (RUNNING, 0.0, "")


def test_a_point_with_hardly_anything_is_read() -> None:
    parsed = parse_point({"id": "/x/restorePoints/rp"}, False)
    assert (parsed.name, parsed.created, parsed.disks, parsed.usable) == ("rp", None, (), False)


@pytest.mark.parametrize(
    ("source", "location", "source_location", "is_copy", "is_remote"),
    [
        (VM_ID, "westus", "westus", False, False),
        (VM_ID, "West US", "westus", False, False),
        (VM_ID, "eastus", "westus", False, True),
        (collection_id(SOURCE), "eastus", "westus", True, True),
        (collection_id(SOURCE).lower().lstrip("/"), "eastus", "westus", True, True),
        (VM_ID, "eastus2euap", "EastUS2EUAP", False, False),
        (VM_ID, "westus", None, False, False),
    ],
)
def test_collections(source: str, location: str, source_location: str | None, is_copy: bool, is_remote: bool) -> None:
    parsed = parse_collection(
        {
            "id": collection_id("c"),
            "location": location,
            "properties": {"source": {"id": source, "location": source_location}, "restorePoints": [recorded()]},
        }
    )
    assert (parsed.name, parsed.is_copy, parsed.is_remote) == ("c", is_copy, is_remote)
    assert parsed.location == location.lower().replace(" ", "")
    assert parsed.points[0].remote


def test_points_of_a_remote_collection_are_remote() -> None:
    answer = {
        "id": collection_id("c"),
        "location": "eastus",
        "properties": {
            "source": {"id": VM_ID, "location": "westus"},
            "restorePoints": [recorded(sourceRestorePoint=None)],
        },
    }
    assert parse_collection(answer).points[0].status == RUNNING


@pytest.mark.parametrize(
    ("managed", "encryption", "found"),
    [
        ({}, {}, ""),
        ({"diskEncryptionSet": {"id": "/des/vm"}}, {}, "/des/vm"),
        ({}, {"diskEncryptionSet": {"id": "/des/point"}}, "/des/point"),
        ({"diskEncryptionSet": {"id": "/des/vm"}}, {"diskEncryptionSet": {"id": "/des/point"}}, "/des/point"),
    ],
)
def test_which_key_encrypts_a_disk(managed: dict[str, Any], encryption: dict[str, Any], found: str) -> None:
    """The point's own key counts before that of the disk it was made from."""
    answer = recorded()
    os_disk = answer["properties"]["sourceMetadata"]["storageProfile"]["osDisk"]
    os_disk["managedDisk"].update(managed)
    os_disk["diskRestorePoint"]["encryption"] = encryption
    [parsed] = parse_point(answer, True).disks
    assert parsed.encryption_set_id == found
    assert parsed.disk_id == f"/d/{DISK}"


@pytest.mark.parametrize(
    ("state", "deleting"), [("Succeeded", False), ("Deleting", True), ("deleting", True), (None, False)]
)
def test_a_collection_that_is_being_deleted(state: str | None, deleting: bool) -> None:
    answer = {"id": collection_id("c"), "properties": {"provisioningState": state, "source": {"id": VM_ID}}}
    assert parse_collection(answer).deleting is deleting


def test_points_are_found_by_name_without_regard_to_case() -> None:
    there = collection(point("First"), point("second"))
    assert there.point("FIRST") == there.points[0]
    assert there.point("Second") == there.points[1]
    assert there.point("third") is None


def test_a_point_without_a_time_is_the_newest() -> None:
    new, old = point("new", None, state="Creating"), point("old", 1)
    assert sorted([new, old], key=created_of) == [old, new]


def test_newest_usable_passes_over_what_cannot_be_restored() -> None:
    old, good = copy("a", 5), copy("b", 4)
    assert (
        newest_usable(
            [good, old, copy("c", 3, percent=99.0), copy("d", 2, failed=True), copy("e", 1, state="Creating")]
        )
        == good
    )
    assert newest_usable([copy("x", percent=1.0)]) is None
    assert newest_usable([]) is None


def test_find_copy_by_source_without_regard_to_case_or_name() -> None:
    renamed = copy("other", of=point_id(SOURCE, "rp1").upper())
    assert find_copy(target(copy("rp1", of=point_id("elsewhere", "rp1")), renamed), point_id(SOURCE, "rp1")) == renamed
    assert find_copy(target(renamed), point_id(SOURCE, "rp2")) is None
    assert find_copy(collection(point("rp1")), "") is None


def test_shared_form() -> None:
    shown = as_recovery_point(
        copy("rp1", 2, percent=40.0, disks=[disk(size_gb=10, replication="replicating", percent=40.0)]), target()
    ).as_result(NOW)
    assert shown["status"] == RUNNING
    assert shown["usable"] is False
    assert shown["reason"] == "os 40 %"
    assert shown["location"] == "northeurope"
    assert shown["source_location"] == "westeurope"
    assert shown["copy_of"] == point_id(SOURCE, "rp1")
    assert shown["age_seconds"] == 7200
    assert shown["size_bytes"] == 10 * 2**30
    assert as_recovery_point(point(), collection()).as_result(NOW)["reason"] == ""
