# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Snapshots, their copies to other regions, and images made of them: what the sandbox takes and what it refuses."""

from __future__ import annotations

from typing import Any

import pytest
from sandbox_client import DISKS, Answer, Arm

SNAPSHOTS: dict[str, Any] = {
    "durations": {"snapshot_copy_base": 100, "snapshot_seconds_per_gb": 10},
    "limits": {"snapshot_copies_per_source": 2},
    "links": [{"source": "westeurope", "target": "swedencentral", "base": 0, "seconds_per_gb": 100}],
    "snapshots": [
        {"name": "old", "rg": "rg-app", "disk": "lin-os", "age": 7200},
        {"name": "new", "rg": "rg-app", "disk": "lin-os", "age": 3600},
        {"name": "full", "rg": "rg-app", "disk": "lin-os", "incremental": False},
        {"name": "keyed", "rg": "rg-app", "disk": "win-os"},
    ],
}


@pytest.fixture
def snapshots(arm_with: Any) -> Arm:
    client: Arm = arm_with(SNAPSHOTS)
    return client


def put(
    arm: Arm, name: str, source: str, *, group: str = "rg-dr", location: str = "northeurope", **extra: Any
) -> Answer:
    """PUT of a copy by CopyStart; `source` is an id or a name in rg-app."""
    source_id = source if "/" in source else arm.id("rg-app", "snapshots", source)
    properties = {
        "incremental": True,
        "creationData": {"createOption": "CopyStart", "sourceResourceId": source_id},
        **extra,
    }
    return arm.put(arm.id(group, "snapshots", name), {"location": location, "properties": properties}, version=DISKS)


def get(arm: Arm, name: str, group: str = "rg-dr") -> dict[str, Any]:
    answer = arm.get(arm.id(group, "snapshots", name), version=DISKS)
    assert answer.status == 200, answer.text
    return dict(answer.json["properties"])


class TestCopyStart:
    def test_provisioned_long_before_the_data_is_there(self, snapshots: Arm) -> None:
        answer = put(snapshots, "new-ne", "new")
        assert answer.status == 202
        assert {"Azure-AsyncOperation", "Location"} <= set(answer.headers.keys())
        snapshots.advance(2)
        operation = snapshots.follow(answer.headers["Azure-AsyncOperation"]).json
        assert operation["status"] == "Succeeded"
        assert "completionPercent" not in operation["properties"]["output"]["properties"]
        shown = get(snapshots, "new-ne")
        assert (shown["provisioningState"], shown["completionPercent"]) == ("Succeeded", 0.5)
        snapshots.advance(200)
        assert get(snapshots, "new-ne")["completionPercent"] == 50.5
        snapshots.advance(198)
        assert get(snapshots, "new-ne")["completionPercent"] == 100.0

    def test_speed_is_that_of_the_link(self, snapshots: Arm) -> None:
        put(snapshots, "new-se", "new", group="rg-se", location="swedencentral")
        snapshots.advance(2999)
        assert get(snapshots, "new-se", "rg-se")["completionPercent"] == 99.9
        snapshots.advance(1)
        assert get(snapshots, "new-se", "rg-se")["completionPercent"] == 100.0

    def test_a_copy_can_be_copied(self, snapshots: Arm) -> None:
        put(snapshots, "new-ne", "new")
        too_early = put(
            snapshots, "new-se", snapshots.id("rg-dr", "snapshots", "new-ne"), group="rg-se", location="swedencentral"
        )
        assert (too_early.status, too_early.code) == (409, "OperationNotAllowed")
        snapshots.advance(400)
        answer = put(
            snapshots, "new-se", snapshots.id("rg-dr", "snapshots", "new-ne"), group="rg-se", location="swedencentral"
        )
        assert answer.status == 202

    def test_again_is_no_second_copy(self, snapshots: Arm) -> None:
        put(snapshots, "new-ne", "new")
        snapshots.advance(100)
        before = get(snapshots, "new-ne")
        assert put(snapshots, "new-ne", "new").status == 202
        assert get(snapshots, "new-ne") == {**before}
        assert put(snapshots, "new-ne", "old").code == "PropertyChangeNotAllowed"

    @pytest.mark.parametrize(
        ("name", "extra", "words"),
        [
            ("full", {}, "not incremental"),
            ("new", {"incremental": False}, "incremental snapshots only"),
            ("keyed", {}, "customer-managed key"),
        ],
    )
    def test_what_can_never_be(self, snapshots: Arm, name: str, extra: dict[str, Any], words: str) -> None:
        answer = put(snapshots, "x", name, **extra)
        assert answer.status == 400
        assert words in answer.text

    def test_within_a_region(self, snapshots: Arm) -> None:
        assert "another region" in put(snapshots, "x", "new", group="rg-app", location="westeurope").text

    def test_of_a_disk(self, snapshots: Arm) -> None:
        answer = put(snapshots, "x", snapshots.id("rg-app", "disks", "lin-os"))
        assert (answer.status, answer.code) == (409, "OperationNotAllowed")

    def test_with_a_key_of_the_target_region(self, snapshots: Arm) -> None:
        def encryption(group: str, name: str) -> dict[str, Any]:
            set_id = snapshots.id(group, "diskEncryptionSets", name)
            return {"encryption": {"type": "EncryptionAtRestWithCustomerKey", "diskEncryptionSetId": set_id}}

        assert put(snapshots, "x", "keyed", **encryption("rg-app", "des-we")).status == 400
        assert put(snapshots, "x", "keyed", **encryption("rg-dr", "des-ne")).status == 202

    def test_in_the_order_of_creation(self, snapshots: Arm) -> None:
        put(snapshots, "old-ne", "old")
        assert "being copied" in put(snapshots, "new-ne", "new").text
        snapshots.advance(400)
        assert put(snapshots, "new-ne", "new").status == 202
        snapshots.advance(400)
        assert "order" in put(snapshots, "old-again", "old").text

    def test_limits(self, snapshots: Arm) -> None:
        assert put(snapshots, "a", "new").status == 202
        assert put(snapshots, "b", "new", group="rg-se", location="swedencentral").status == 202
        refused = put(snapshots, "c", "new")
        assert (refused.status, refused.code) == (409, "OperationNotAllowed")
        snapshots.admin("POST", "azure/settings", {"limits": {"snapshot_copies_per_source": 9}})
        assert put(snapshots, "c", "new").status == 202
        snapshots.admin("POST", "azure/settings", {"limits": {"snapshot_copies_per_region": 2}})
        assert "northeurope" in put(snapshots, "d", "new").text

    def test_other_links(self, snapshots: Arm) -> None:
        link = {"source": "westeurope", "target": "northeurope", "base": 1, "seconds_per_gb": 0}
        snapshots.admin("POST", "azure/settings", {"links": [link]})
        put(snapshots, "new-ne", "new")
        snapshots.advance(2)
        assert get(snapshots, "new-ne")["completionPercent"] == 100.0

    def test_a_source_that_is_deleted(self, snapshots: Arm) -> None:
        put(snapshots, "new-ne", "new")
        snapshots.advance(200)
        assert snapshots.delete(snapshots.id("rg-app", "snapshots", "new"), version=DISKS).status == 202
        snapshots.advance(30)
        shown = get(snapshots, "new-ne")
        assert shown["copyCompletionError"]["errorCode"] == "CopySourceNotFound"
        assert (shown["provisioningState"], shown["completionPercent"]) == ("Succeeded", 57.5)
        assert [problem["kind"] for problem in snapshots.problems()] == ["lost"]

    def test_a_fault_at_some_percent(self, snapshots: Arm) -> None:
        snapshots.fault("replicate_fail", percent=40, match={"path_regex": "new-ne"})
        put(snapshots, "new-ne", "new")
        snapshots.advance(1000)
        shown = get(snapshots, "new-ne")
        assert shown["completionPercent"] == 40.0
        assert "copyCompletionError" in shown

    def test_an_outage_holds_the_data(self, snapshots: Arm) -> None:
        put(snapshots, "new-ne", "new")
        snapshots.advance(200)
        snapshots.admin("POST", "region/westeurope/outage", {"on": True})
        snapshots.advance(10_000)
        assert get(snapshots, "new-ne")["completionPercent"] == 50.0
        snapshots.admin("POST", "region/westeurope/outage", {"on": False})
        snapshots.advance(200)
        assert get(snapshots, "new-ne")["completionPercent"] == 100.0

    def test_a_stale_read(self, snapshots: Arm) -> None:
        snapshots.fault("stale", seconds=50, match={"method": "GET", "path_regex": "new-ne"}, times=1)
        put(snapshots, "new-ne", "new")
        snapshots.advance(400)
        assert get(snapshots, "new-ne")["completionPercent"] == 87.5
        assert get(snapshots, "new-ne")["completionPercent"] == 100.0


class TestSnapshots:
    def test_of_a_disk(self, snapshots: Arm) -> None:
        path = snapshots.id("rg-app", "snapshots", "now")
        creation = {"createOption": "Copy", "sourceResourceId": snapshots.id("rg-app", "disks", "lin-os")}
        body = {"location": "westeurope", "properties": {"incremental": True, "creationData": creation}}
        assert snapshots.put(path, body, version=DISKS).status == 202
        assert get(snapshots, "now", "rg-app")["provisioningState"] == "Updating"
        snapshots.advance(10)
        shown = get(snapshots, "now", "rg-app")
        assert shown["provisioningState"] == "Succeeded"
        assert "completionPercent" not in shown
        assert shown["incrementalSnapshotFamilyId"] == get(snapshots, "new", "rg-app")["incrementalSnapshotFamilyId"]

    def test_tags_lists_and_deletion(self, snapshots: Arm) -> None:
        path = snapshots.id("rg-app", "snapshots", "new")
        assert snapshots.call("PATCH", path, {"tags": {"a": "b"}}, version=DISKS).status == 202
        assert snapshots.get(path, version=DISKS).json["tags"] == {"a": "b"}
        listed = snapshots.get("/providers/Microsoft.Compute/snapshots", version=DISKS).json["value"]
        assert [entry["name"] for entry in listed] == ["old", "new", "full", "keyed"]
        snapshots.delete(path, version=DISKS)
        snapshots.advance(30)
        assert snapshots.get(path, version=DISKS).code == "ResourceNotFound"
        assert snapshots.delete(path, version=DISKS).status == 204


def image_body(snapshot_id: str, location: str = "northeurope") -> dict[str, Any]:
    os_disk = {"osType": "Linux", "osState": "Generalized", "snapshot": {"id": snapshot_id}}
    return {"location": location, "properties": {"hyperVGeneration": "V2", "storageProfile": {"osDisk": os_disk}}}


class TestImages:
    def test_of_a_copy_that_has_arrived(self, snapshots: Arm) -> None:
        path = snapshots.id("rg-dr", "images", "golden")
        body = image_body(snapshots.id("rg-dr", "snapshots", "new-ne"))
        put(snapshots, "new-ne", "new")
        assert "not complete" in snapshots.put(path, body).text
        snapshots.advance(400)
        assert snapshots.put(path, body).status == 201
        snapshots.advance(60)
        shown = snapshots.get(path).json["properties"]
        assert shown["provisioningState"] == "Succeeded"
        assert shown["storageProfile"]["osDisk"]["diskSizeGB"] == 30
        assert snapshots.put(path, body).status == 200
        assert snapshots.delete(path).status == 202
        snapshots.advance(30)
        assert snapshots.get(path).status == 404

    def test_of_a_snapshot_elsewhere(self, snapshots: Arm) -> None:
        answer = snapshots.put(
            snapshots.id("rg-dr", "images", "golden"), image_body(snapshots.id("rg-app", "snapshots", "new"))
        )
        assert (answer.status, answer.code) == (400, "BadRequest")


class TestDisks:
    """Disks that are made of snapshots."""

    def put_disk(self, arm: Arm, source: str, location: str = "northeurope", **properties: Any) -> Answer:
        creation = {"createOption": "Copy", "sourceResourceId": source}
        return arm.put_disk("d", source, location=location, properties={"creationData": creation, **properties})

    def test_of_a_copy_that_has_arrived(self, snapshots: Arm) -> None:
        put(snapshots, "new-ne", "new")
        source = snapshots.id("rg-dr", "snapshots", "new-ne")
        refused = self.put_disk(snapshots, source)
        assert (refused.status, refused.code) == (409, "OperationNotAllowed")
        snapshots.advance(1000)
        assert self.put_disk(snapshots, source).status == 202
        snapshots.advance(60)
        disk = snapshots.get(snapshots.id("rg-dr", "disks", "d")).json["properties"]
        assert (disk["provisioningState"], disk["diskSizeGB"], disk["osType"]) == ("Succeeded", 30, "Linux")
        assert disk["creationData"]["createOption"] == "Copy"
        vm = snapshots.id("rg-dr", "virtualMachines", "vm")
        body = snapshots.vm_body([snapshots.id("rg-dr", "disks", "d")])
        assert (
            snapshots.put(vm, {**body, "properties": {**body["properties"], "osProfile": {}}}).code
            == "InvalidParameter"
        )
        assert snapshots.put(vm, body).status == 201
        assert snapshots.problems() == []

    def test_rules(self, snapshots: Arm) -> None:
        """Region, size and source; and another source for a disk that is there."""
        new, old = (snapshots.id("rg-app", "snapshots", name) for name in ("new", "old"))
        assert self.put_disk(snapshots, new).code == "BadRequest"
        assert self.put_disk(snapshots, new, "westeurope", diskSizeGB=29).code == "InvalidParameter"
        assert self.put_disk(snapshots, f"{new}x", "westeurope").code == "ResourceNotFound"
        assert (
            self.put_disk(snapshots, snapshots.id("rg-app", "disks", "lin-os"), "westeurope").code == "InvalidParameter"
        )
        assert self.put_disk(snapshots, new, "westeurope", diskSizeGB=64).status == 202
        snapshots.advance(60)
        assert self.put_disk(snapshots, old, "westeurope", diskSizeGB=64).code == "PropertyChangeNotAllowed"
        assert snapshots.get(snapshots.id("rg-dr", "disks", "d")).json["properties"]["diskSizeGB"] == 64

    def test_of_a_snapshot_that_is_gone_before(self, snapshots: Arm) -> None:
        """A disk does not need its snapshot once it is made."""
        new = snapshots.id("rg-app", "snapshots", "new")
        assert self.put_disk(snapshots, new, "westeurope").status == 202
        snapshots.advance(60)
        snapshots.delete(new, version=DISKS)
        snapshots.advance(60)
        assert snapshots.get(snapshots.id("rg-dr", "disks", "d")).json["properties"]["provisioningState"] == "Succeeded"
        assert snapshots.problems() == []
