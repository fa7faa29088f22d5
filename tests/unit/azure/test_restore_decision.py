# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Disks and a VM from a restore point: what is made, what stands in the way, and what may be removed again."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from ansible_collections.bcdr.multicloud.plugins.module_utils._azure.restore_points.restore_origin import (
    POINTS,
    source_of,
)
from ansible_collections.bcdr.multicloud.plugins.module_utils._azure.restore_points.values import (
    Collection,
    RestorePoint,
)
from ansible_collections.bcdr.multicloud.plugins.module_utils._azure.restores.restore_decision import (
    RestoreObserved,
    RestoreWanted,
    decide_restore,
    removal_key,
)
from ansible_collections.bcdr.multicloud.plugins.module_utils._azure.restores.restored import (
    Disk,
    Vm,
    VmWanted,
    disk_name,
    parse_disk,
    parse_vm,
)
from ansible_collections.bcdr.multicloud.plugins.module_utils._core.reconcile import (
    ABSENT,
    BLOCKED,
    FAILED,
    RUNNING,
    SUCCEEDED,
    Decision,
)
from ansible_collections.bcdr.multicloud.tests.unit.azure.builders import (
    COMPUTE,
    NOW,
    TARGET,
    ago,
    collection_id,
    disk,
    key,
    point,
    point_id,
    target,
)

VM = VmWanted(f"{COMPUTE}/virtualMachines/dr-01", subnet_id="/subnet")
METADATA = {
    "hardwareProfile": {"vmSize": "Standard_D2s_v5"},
    "securityProfile": {"securityType": "TrustedLaunch"},
    "licenseType": "Windows_Server",
    "diagnosticsProfile": {"bootDiagnostics": {"enabled": True, "storageUri": "https://gone"}},
    "hyperVGeneration": "V2",
}


def arrived(name: str = "rp1", hours_ago: float = 5, **changes: Any) -> RestorePoint:
    """Return a copy that has arrived, with an OS disk and a data disk."""
    here = f"{point_id(TARGET, name)}/diskRestorePoints"
    disks = [
        disk("os", None, size_gb=30, sku="Premium_LRS", caching="ReadWrite", point_id=f"{here}/os_11-22"),
        disk("data_1", 3, size_gb=90, point_id=f"{here}/data_1_33-44"),
    ]
    return point(
        name,
        hours_ago,
        in_collection=TARGET,
        **{"disks": disks, "source_point_id": "/src", "remote": True, "metadata": METADATA, **changes},
    )


def replicating(name: str = "rp2", hours_ago: float = 1) -> RestorePoint:
    return arrived(name, hours_ago, disks=[disk("os"), disk("data_1", 3, replication="replicating", percent=40.0)])


RP1 = arrived()
THERE = target(RP1)
ALL_PERCENT = 100.0


def restored(which: str = "os", of: RestorePoint = RP1, **changes: Any) -> Disk:
    """Return the disk that was restored from the point's disk of that name."""
    source = next(one for one in of.disks if one.name == which)
    fields: dict[str, Any] = {
        "id": f"{COMPUTE}/disks/{which}",
        "name": which,
        "size_gb": source.size_gb,
        "os_type": source.os_type,
        "provisioning_state": "Succeeded",
        "source_id": source.point_id,
        **changes,
    }
    return Disk(**fields)


BOTH = (restored("os"), restored("data_1"))


def running_vm(*names: str, **changes: Any) -> Vm:
    disks = tuple(f"{COMPUTE}/disks/{name}" for name in names or ("os", "data_1"))
    return Vm(VM.id, "dr-01", **{"provisioning_state": "Succeeded", "disk_ids": disks, **changes})


def decide(
    there: Collection | None = THERE, found: Sequence[Disk] = (), observed: dict[str, Any] | None = None, **wanted: Any
) -> Decision:
    """Decide with the disks that are found in the target resource group."""
    asked = RestoreWanted(POINTS, collection_id(TARGET), "sub", "rg", **wanted)
    return decide_restore(asked, RestoreObserved(there, NOW, tuple(found), **(observed or {})))


def told(decision: Decision) -> list[str]:
    return [action.describe() for action in decision.actions]


class TestWhichPoint:
    def test_the_newest_usable_one(self) -> None:
        decision = decide(target(arrived("rp0", 9), RP1, replicating()))
        assert decision.result["restore_point"] == "rp1"
        assert decision.result["rpo_seconds"] == 5 * 3600
        assert told(decision) == ["create disk rg/os", "create disk rg/data_1"]

    def test_one_that_has_not_arrived_is_refused_with_its_percents(self) -> None:
        """Azure would take the call and give a disk with holes."""
        decision = decide(target(RP1, replicating()), point="rp2")
        assert (decision.status, decision.actions) == (BLOCKED, ())
        assert "os 100 %, data_1 40 %" in decision.reason

    def test_when_none_has_arrived(self) -> None:
        decision = decide(target(replicating()))
        assert (decision.status, decision.actions) == (BLOCKED, ())
        assert "rp2, is running: os 100 %, data_1 40 %" in decision.reason

    def test_a_name_that_does_not_exist_shows_those_that_do(self) -> None:
        decision = decide(point="gone")
        assert decision.status == FAILED
        assert "its newest are: rp1" in decision.reason

    def test_no_collection(self) -> None:
        assert decide(None).status == FAILED

    def test_a_restore_that_was_begun_is_completed_though_a_newer_point_has_arrived(self) -> None:
        """Else the VM would get disks of two moments."""
        decision = decide(target(RP1, arrived("rp9", 1)), [restored("os")])
        assert decision.result["restore_point"] == "rp1"
        assert told(decision) == ["create disk rg/data_1"]

    def test_disks_of_a_point_that_is_gone_stand_in_the_way(self) -> None:
        decision = decide(target(arrived("rp9", 1)), [restored("os")])
        assert (decision.status, decision.actions) == (BLOCKED, ())
        assert "rp1, which no longer exists" in decision.reason

    def test_disks_of_other_names_mean_nothing(self) -> None:
        decision = decide(target(RP1, arrived("rp9", 1)), [restored("os", name="mine-os")])
        assert decision.result["restore_point"] == "rp9"

    def test_names_with_the_point_in_them_never_stick(self) -> None:
        decision = decide(target(RP1, arrived("rp9", 1)), [restored("os", name="os-rp1")], name_format="{disk}-{point}")
        assert decision.result["restore_point"] == "rp9"


class TestDisks:
    def test_body_of_the_os_disk(self) -> None:
        os_disk, data = decide(tags={"drill": "1"}, zone="2", sizes_gb={"DATA_1": 128}).actions
        assert os_disk.payload["body"] == {
            "location": "northeurope",
            "tags": {"drill": "1"},
            "zones": ["2"],
            "sku": {"name": "Premium_LRS"},
            "properties": {
                "creationData": {"createOption": "Restore", "sourceResourceId": RP1.disks[0].point_id},
                "osType": "Linux",
                "hyperVGeneration": "V2",
                "securityProfile": {"securityType": "TrustedLaunch"},
            },
        }
        assert data.payload["body"]["properties"] == {
            "creationData": {"createOption": "Restore", "sourceResourceId": RP1.disks[1].point_id},
            "diskSizeGB": 128,
        }
        assert "sku" not in data.payload["body"]

    def test_sku_and_encryption_may_differ(self) -> None:
        [os_disk] = decide(disks=("OS",), sku="StandardSSD_LRS", encryption_set_id="/des").actions
        assert os_disk.payload["body"]["sku"] == {"name": "StandardSSD_LRS"}
        assert os_disk.payload["body"]["properties"]["encryption"] == {
            "type": "EncryptionAtRestWithCustomerKey",
            "diskEncryptionSetId": "/des",
        }

    def test_names_of_disks_have_no_case_and_the_same_size_is_no_change(self) -> None:
        upper = target(arrived(disks=[disk("OS", point_id=f"{point_id(TARGET, 'rp1')}/diskRestorePoints/OS_1")]))
        [action] = decide(upper, disks=("os",), sizes_gb={"os": 30}).actions
        assert action.describe() == "create disk rg/OS"
        [refused] = [decide(upper, sizes_gb={"Os": 29})]
        assert "Os has 30 GB and cannot be restored to 29 GB" in refused.reason
        made = Disk(f"{COMPUTE}/disks/OS", "OS", 30, "Linux", "Succeeded", upper.points[0].disks[0].point_id)
        assert told(decide(upper, [made], state="absent", disks=("os",))) == ["delete disk rg/OS"]

    def test_names(self) -> None:
        assert told(decide(name_format="drill-{disk}-{point}")) == [
            "create disk rg/drill-os-rp1",
            "create disk rg/drill-data_1-rp1",
        ]

    @pytest.mark.parametrize(
        ("wanted", "words"),
        [
            ({"disks": ("nvme",)}, "disks: rp1 has no disk nvme; it has os, data_1"),
            ({"sizes_gb": {"nvme": 500}}, "disk_size_gb: rp1 has no disk nvme"),
            ({"sizes_gb": {"data_1": 89}}, "has 90 GB and cannot be restored to 89 GB"),
            ({"disks": ("data_1",), "vm": VM}, "a VM needs the OS disk"),
        ],
    )
    def test_bad_choices(self, wanted: dict[str, Any], words: str) -> None:
        decision = decide(**wanted)
        assert (decision.status, decision.actions) == (FAILED, ())
        assert words in decision.reason

    @pytest.mark.parametrize(
        "existing",
        [
            pytest.param(restored("os", source_id=""), id="made from something else"),
            pytest.param(restored("os", name="OS", source_id="/other/point"), id="of another point, in capitals"),
        ],
    )
    def test_a_name_that_is_taken_is_never_overwritten(self, existing: Disk) -> None:
        decision = decide(found=[existing])
        assert (decision.status, decision.actions) == (BLOCKED, ())
        assert "disk_name_format" in decision.reason

    def test_progress(self) -> None:
        decision = decide(found=[restored("os"), restored("data_1", provisioning_state="Creating")])
        assert (decision.status, decision.actions, decision.percent) == (RUNNING, (), 50.0)
        assert "data_1" in decision.reason

    def test_done(self) -> None:
        decision = decide(found=BOTH, observed={"began": ago(0.1)})
        assert (decision.status, decision.actions, decision.percent) == (SUCCEEDED, (), ALL_PERCENT)
        assert decision.result["recovery_seconds"] == 360
        assert decision.result["verification"]["matches"] is True
        assert [one["name"] for one in decision.result["disks"]] == ["os", "data_1"]

    def test_found_done_took_no_time(self) -> None:
        assert decide(found=BOTH).result["recovery_seconds"] is None

    @pytest.mark.parametrize("state", ["Failed", "Canceled"])
    def test_failed(self, state: str) -> None:
        where = key(f"{COMPUTE}/disks/os")
        failed = restored("os", provisioning_state=state)
        decision = decide(found=[failed, BOTH[1]], observed={"failures": {where: "Quota: none"}})
        assert (decision.status, decision.actions) == (FAILED, ())
        assert "Quota: none" in decision.reason

    def test_a_failed_one_of_an_earlier_run_goes_and_is_made_again(self) -> None:
        where = key(f"{COMPUTE}/disks/os")
        failed = restored("os", provisioning_state="Failed")
        assert told(decide(found=[failed, BOTH[1]])) == ["delete failed disk rg/os"]
        going = {"started": frozenset([removal_key(where)])}
        assert told(decide(found=[failed, BOTH[1]], observed=going)) == []
        assert decide(found=[failed, BOTH[1]], observed=going).status == RUNNING
        assert told(decide(found=[BOTH[1]], observed=going)) == ["create disk rg/os"]
        stuck = {**going, "failures": {removal_key(where): "ScopeLocked: no"}}
        assert decide(found=[failed, BOTH[1]], observed=stuck).status == FAILED

    def test_a_failed_one_that_has_been_used_is_left_alone(self) -> None:
        used = restored("os", provisioning_state="Failed", used=True)
        decision = decide(found=[used, BOTH[1]])
        assert (decision.status, decision.actions) == (FAILED, ())
        assert "delete it and run again" in decision.reason

    def test_started_and_not_listed_yet(self) -> None:
        where = key(f"{COMPUTE}/disks/os")
        started = {"started": frozenset([where])}
        assert told(decide(observed=started)) == ["create disk rg/data_1"]
        failed = decide(observed={**started, "failures": {where: "Quota: none"}})
        assert (failed.status, failed.actions) == (FAILED, ())

    @pytest.mark.parametrize(
        ("changes", "words"),
        [
            ({"size_gb": 10}, "os has 10 GB, os had 30 GB"),
            ({"os_type": "Windows"}, "holds Windows, os held Linux"),
            ({"os_type": ""}, "no known system"),
        ],
    )
    def test_what_differs_from_the_point_fails(self, changes: dict[str, Any], words: str) -> None:
        decision = decide(found=[restored("os", **changes), BOTH[1]])
        assert decision.status == FAILED
        assert words in decision.reason
        assert decision.result["verification"]["matches"] is False

    def test_larger_is_fine(self) -> None:
        assert decide(found=[restored("os", size_gb=64), BOTH[1]]).status == SUCCEEDED


class TestVm:
    def test_it_comes_after_its_disks(self) -> None:
        decision = decide(vm=VM)
        assert told(decision) == ["create disk rg/os", "create disk rg/data_1"]
        assert [one.describe() for one in decision.later] == ["create virtual machine rg/dr-01"]
        halfway = decide(found=[BOTH[0], restored("data_1", provisioning_state="Creating")], vm=VM)
        assert halfway.actions == ()

    def test_body_carries_over_what_is_not_given(self) -> None:
        [action] = decide(found=BOTH, vm=VM, tags={"a": "1"}, zone="1").actions
        body = action.payload["body"]
        assert body["location"] == "northeurope"
        assert (body["tags"], body["zones"]) == ({"a": "1"}, ["1"])
        properties = body["properties"]
        assert "osProfile" not in properties
        assert properties["hardwareProfile"] == {"vmSize": "Standard_D2s_v5"}
        assert properties["securityProfile"] == {"securityType": "TrustedLaunch"}
        assert properties["licenseType"] == "Windows_Server"
        assert properties["diagnosticsProfile"] == {"bootDiagnostics": {"enabled": True}}
        assert properties["storageProfile"] == {
            "osDisk": {
                "createOption": "Attach",
                "managedDisk": {"id": f"{COMPUTE}/disks/os"},
                "caching": "ReadWrite",
                "osType": "Linux",
            },
            "dataDisks": [{"createOption": "Attach", "managedDisk": {"id": f"{COMPUTE}/disks/data_1"}, "lun": 3}],
        }

    def test_what_is_given_wins(self) -> None:
        given = VmWanted(VM.id, "Standard_E4s_v5", subnet_id="/subnet", license_type="None", boot_diagnostics=False)
        properties = decide(found=BOTH, vm=given).actions[0].payload["body"]["properties"]
        assert properties["hardwareProfile"] == {"vmSize": "Standard_E4s_v5"}
        assert properties["licenseType"] == "None"
        assert "diagnosticsProfile" not in properties

    def test_a_subnet_gets_a_new_interface_that_goes_with_the_vm(self) -> None:
        network = decide(found=BOTH, vm=VM).actions[0].payload["body"]["properties"]["networkProfile"]
        [interface] = network["networkInterfaceConfigurations"]
        assert network["networkApiVersion"]
        assert interface["name"] == "dr-01-nic"
        assert interface["properties"]["deleteOption"] == "Delete"
        assert interface["properties"]["ipConfigurations"][0]["properties"]["subnet"] == {"id": "/subnet"}

    def test_given_interfaces_keep_their_order_and_are_kept(self) -> None:
        given = VmWanted(VM.id, network_interface_ids=("/nic/1", "/nic/2"))
        network = decide(found=BOTH, vm=given).actions[0].payload["body"]["properties"]["networkProfile"]
        assert network == {
            "networkInterfaces": [
                {"id": "/nic/1", "properties": {"primary": True}},
                {"id": "/nic/2", "properties": {"primary": False}},
            ]
        }

    def test_it_is_waited_for(self) -> None:
        creating = {"vm": running_vm(provisioning_state="Creating")}
        decision = decide(found=BOTH, observed=creating, vm=VM)
        assert (decision.status, decision.actions) == (RUNNING, ())
        started = {"started": frozenset([key(VM.id)])}
        assert decide(found=BOTH, observed=started, vm=VM).actions == ()

    def test_done(self) -> None:
        attached = [restored(name, attached_to=VM.id.upper()) for name in ("os", "data_1")]
        decision = decide(found=attached, observed={"vm": running_vm(), "began": ago(0.5)}, vm=VM)
        assert (decision.status, decision.actions) == (SUCCEEDED, ())
        assert decision.result["vm_id"] == VM.id
        assert decision.result["recovery_seconds"] == 1800

    @pytest.mark.parametrize(
        "observed",
        [
            {"vm": running_vm(provisioning_state="Failed"), "failures": {key(VM.id): "SkuNotAvailable: no"}},
            {"started": frozenset([key(VM.id)]), "failures": {key(VM.id): "SkuNotAvailable: no"}},
        ],
    )
    def test_failed(self, observed: dict[str, Any]) -> None:
        decision = decide(found=BOTH, observed=observed, vm=VM)
        assert (decision.status, decision.actions) == (FAILED, ())
        assert "SkuNotAvailable: no" in decision.reason

    def test_a_failed_one_of_an_earlier_run_is_reapplied(self) -> None:
        failed = {"vm": running_vm(provisioning_state="Failed")}
        decision = decide(found=BOTH, observed=failed, vm=VM)
        assert (decision.status, told(decision)) == (RUNNING, ["reapply virtual machine rg/dr-01"])
        # What was seen may be older than what was started.
        again = decide(found=BOTH, observed={**failed, "started": frozenset([key(VM.id)])}, vm=VM)
        assert (again.status, again.actions) == (RUNNING, ())

    @pytest.mark.parametrize(
        "there", [running_vm("production-os"), running_vm("os", "other"), Vm(VM.id, "dr-01", "Succeeded")]
    )
    def test_a_vm_on_other_disks_is_never_touched(self, there: Vm) -> None:
        decision = decide(found=BOTH, observed={"vm": there}, vm=VM)
        assert (decision.status, decision.actions) == (BLOCKED, ())
        assert "vm.name" in decision.reason

    def test_a_vm_that_somebody_else_deletes_is_waited_for(self) -> None:
        leaving = {"vm": running_vm(provisioning_state="Deleting")}
        attached = [restored(name, attached_to=VM.id) for name in ("os", "data_1")]
        assert decide(found=attached, observed=leaving, state="absent", vm=VM).actions == ()

    def test_a_disk_that_another_vm_has_is_left_there(self) -> None:
        other = f"{COMPUTE}/virtualMachines/other"
        decision = decide(found=[restored("os", attached_to=other), BOTH[1]], vm=VM)
        assert (decision.status, decision.actions) == (BLOCKED, ())
        assert other in decision.reason
        assert decide(found=[restored("os", attached_to=other), BOTH[1]]).status == SUCCEEDED


class TestAbsent:
    def test_already(self) -> None:
        assert decide(state="absent").status == ABSENT
        assert decide(None, state="absent").status == ABSENT

    def test_only_what_was_restored_from_the_collection_under_our_names(self) -> None:
        elsewhere = f"{collection_id('other')}/restorePoints/rp1/diskRestorePoints/os_1"
        others = [
            restored("os", name="production-os", id=f"{COMPUTE}/disks/production-os", source_id=""),
            restored("data_1", name="renamed", id=f"{COMPUTE}/disks/renamed"),
            restored("os", source_id=elsewhere),
        ]
        assert decide(found=others, state="absent").status == ABSENT
        decision = decide(found=[*BOTH, *others[:2]], state="absent")
        assert told(decision) == ["delete disk rg/os", "delete disk rg/data_1"]
        assert decision.status == RUNNING

    def test_only_what_bears_the_given_tags(self) -> None:
        tagged = restored("os", tags={"drill": "1", "x": "y"})
        decision = decide(found=[tagged, restored("data_1", tags={"drill": "2"})], state="absent", tags={"drill": "1"})
        assert told(decision) == ["delete disk rg/os"]

    @pytest.mark.parametrize(
        ("wanted", "gone"),
        [
            pytest.param({"disks": ("DATA_1",)}, ["delete disk rg/data_1"], id="those of the named disks"),
            pytest.param({"point": "RP1"}, ["delete disk rg/os", "delete disk rg/data_1"], id="those of the point"),
            pytest.param({"point": "rp2"}, [], id="another point"),
            pytest.param({"disks": ("nvme",)}, [], id="another disk"),
        ],
    )
    def test_only_what_is_named(self, wanted: dict[str, Any], gone: list[str]) -> None:
        assert told(decide(found=BOTH, state="absent", **wanted)) == gone

    def test_other_formats_are_other_restores(self) -> None:
        assert decide(found=BOTH, state="absent", name_format="drill-{disk}").status == ABSENT
        drill = restored("os", name="drill-os", id=f"{COMPUTE}/disks/drill-os")
        assert told(decide(found=[drill, *BOTH], state="absent", name_format="drill-{disk}")) == [
            "delete disk rg/drill-os"
        ]

    def test_the_vm_goes_before_its_disks(self) -> None:
        attached = [restored(name, attached_to=VM.id) for name in ("os", "data_1")]
        decision = decide(found=attached, observed={"vm": running_vm()}, state="absent", vm=VM)
        assert told(decision) == ["delete virtual machine rg/dr-01"]
        assert [one.describe() for one in decision.later] == ["delete disk rg/os", "delete disk rg/data_1"]
        again = decide(
            found=attached,
            observed={"vm": running_vm(provisioning_state="Deleting"), "started": frozenset([key(VM.id)])},
            state="absent",
            vm=VM,
        )
        assert (again.status, again.actions) == (RUNNING, ())
        # It is gone, and the list of disks is a moment older.
        gone = decide(found=attached, observed={"started": frozenset([key(VM.id)])}, state="absent", vm=VM)
        assert (gone.status, told(gone)) == (RUNNING, ["delete disk rg/os", "delete disk rg/data_1"])

    def test_a_vm_on_other_disks_is_left_alone(self) -> None:
        decision = decide(found=BOTH, observed={"vm": running_vm("production-os")}, state="absent", vm=VM)
        assert (decision.status, decision.actions) == (BLOCKED, ())

    def test_disks_that_another_vm_has_are_left_alone(self) -> None:
        attached = restored("os", attached_to=f"{COMPUTE}/virtualMachines/other")
        decision = decide(found=[attached, BOTH[1]], state="absent")
        assert (decision.status, decision.actions) == (BLOCKED, ())
        assert "attached to" in decision.reason

    def test_each_is_deleted_once(self) -> None:
        decision = decide(found=BOTH, observed={"started": frozenset([key(f"{COMPUTE}/disks/os")])}, state="absent")
        assert told(decision) == ["delete disk rg/data_1"]

    def test_what_azure_refuses(self) -> None:
        where = key(f"{COMPUTE}/disks/os")
        observed = {"started": frozenset([where]), "failures": {where: "ScopeLocked: x"}}
        decision = decide(found=BOTH, observed=observed, state="absent")
        assert (decision.status, decision.actions) == (FAILED, ())
        assert "ScopeLocked: x" in decision.reason


class TestValues:
    @pytest.mark.parametrize(("properties", "used"), [({}, False), ({"LastOwnershipUpdateTime": "2026-11-28"}, True)])
    def test_a_disk_that_has_been_attached(self, properties: dict[str, Any], used: bool) -> None:
        assert parse_disk({"id": "/d/os", "properties": properties}).used is used

    def test_disk(self) -> None:
        parsed = parse_disk(
            {
                "id": "/d/os",
                "name": "os",
                "managedBy": VM.id,
                "tags": {"a": "1"},
                "properties": {
                    "diskSizeGB": 30,
                    "osType": "Linux",
                    "provisioningState": "Succeeded",
                    "creationData": {"createOption": "Restore", "sourceResourceId": "/drp"},
                },
            }
        )
        assert parsed == Disk("/d/os", "os", 30, "Linux", "Succeeded", "/drp", VM.id, {"a": "1"}, used=True)
        assert parsed.ready

    def test_a_disk_copied_from_elsewhere_was_not_restored(self) -> None:
        creation = {"createOption": "Copy", "sourceResourceId": "/snapshot"}
        assert source_of(parse_disk({"id": "/d/x", "properties": {"creationData": creation}})) is None
        creation = {"createOption": "Import", "sourceResourceId": "/snapshot"}
        assert parse_disk({"id": "/d/x", "properties": {"creationData": creation}}).source_id == ""

    def test_vm(self) -> None:
        parsed = parse_vm(
            {
                "id": VM.id,
                "properties": {
                    "provisioningState": "Creating",
                    "storageProfile": {
                        "osDisk": {"managedDisk": {"id": "/d/os"}},
                        "dataDisks": [{"lun": 0, "managedDisk": {"id": "/d/1"}}, {"lun": 1}],
                    },
                },
            }
        )
        assert parsed == Vm(VM.id, "dr-01", "Creating", ("/d/os", "/d/1"))
        assert not parsed.ready

    def test_where_a_disk_came_from(self) -> None:
        assert source_of(restored("data_1")) == (key(collection_id(TARGET)), "rp1", "data_1")
        assert source_of(restored("os", source_id="")) is None
        assert source_of(restored("os", source_id=f"{COMPUTE}/snapshots/s")) is None

    @pytest.mark.parametrize("name_format", ["{disk}-{host}", "{disk}-{", "{}-{disk}", "{disk.x}"])
    def test_bad_name_formats(self, name_format: str) -> None:
        with pytest.raises(ValueError, match="and nothing else in braces"):
            disk_name(name_format, "os", "rp1", "vm")

    def test_name_format(self) -> None:
        assert disk_name("{vm}-{disk}-{point}", "os", "rp1", "vm") == "vm-os-rp1"
