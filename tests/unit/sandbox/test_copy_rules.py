# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every rule of copies to another region, one test each."""

from __future__ import annotations

from typing import Any

import pytest
from sandbox_client import DISKS, Arm


@pytest.fixture
def pair(arm: Arm) -> tuple[str, str, str]:
    """A source collection with one point, and a target collection."""
    source = arm.make_collection()
    point = arm.make_point(source, "rp1")
    return source, arm.make_target(), point


def test_copy_succeeds_before_its_data_arrives(arm: Arm, pair: tuple[str, str, str]) -> None:
    """provisioningState only says that the copy has begun; the percentage moves every ten minutes."""
    copy = arm.put_copy(pair[1], "rp1", pair[2])
    assert copy.status == 201
    assert copy.json["properties"]["provisioningState"] == "Creating"
    assert arm.view(f"{pair[1]}/restorePoints/rp1") == {}
    arm.advance(30)
    point = f"{pair[1]}/restorePoints/rp1"
    assert arm.get(point).json["properties"]["provisioningState"] == "Succeeded"
    assert arm.replication(point) == "replicating"
    seen = []
    for _round in range(20):
        seen.append(arm.view(point)["diskRestorePoints"][0]["replicationStatus"]["completionPercent"])
        arm.advance(150)
    # 30 GiB at 60 GiB an hour and 300 s: 2,100 s, seen at the tick of 2,400 s
    assert seen == [0] * 4 + [28] * 4 + [57] * 4 + [85] * 4 + [100] * 4
    assert arm.replication(point) == "replicating"  # the bigger disk is still on its way
    arm.advance(3600)
    assert arm.replication(point) == "succeeded"
    assert arm.problems() == []


def test_time_and_mode_are_those_of_the_source(arm: Arm, pair: tuple[str, str, str]) -> None:
    """timeCreated of a copy is the source's (nine of nine recordings)."""
    arm.advance(500)
    copy = arm.put_copy(pair[1], "rp1", pair[2]).json["properties"]
    source = arm.get(pair[2]).json["properties"]
    assert copy["timeCreated"] == source["timeCreated"]
    assert copy["consistencyMode"] == source["consistencyMode"] == "FileSystemConsistent"


def test_exclude_disks_is_not_carried_over(arm: Arm) -> None:
    """The copy does not say which disks its source left out."""
    source = arm.make_collection()
    excluded = {"properties": {"excludeDisks": [{"id": arm.id("rg-app", "disks", "LIN-data-0")}]}}
    point = arm.make_point(source, "rp1", excluded)
    assert len(arm.get(point).json["properties"]["excludeDisks"]) == 1
    copy = arm.make_copy(arm.make_target(), "rp1", point)
    properties = arm.get(copy).json["properties"]
    assert "excludeDisks" not in properties
    assert properties["sourceMetadata"]["storageProfile"]["dataDisks"] == []


def test_collection_for_copies_in_the_same_region(arm: Arm, pair: tuple[str, str, str]) -> None:
    """No copy within a region."""
    body = {"location": "West Europe", "properties": {"source": {"id": pair[0]}}}
    assert arm.put(arm.collection_id("same"), body).code == "BadRequest"


def test_copy_within_a_region(arm_with: Any) -> None:
    """Nor does a collection that a seed put into the wrong region take a copy."""
    source = {"name": "src", "rg": "rg-app", "vm": "lin", "points": [{"name": "rp1"}]}
    arm: Arm = arm_with({"collections": [source, {"name": "dst", "rg": "rg-app", "source_collection": "src"}]})
    answer = arm.put_copy(arm.collection_id("dst"), "rp1", f"{arm.collection_id('src')}/restorePoints/rp1")
    assert answer.code == "BadRequest"
    assert "within a region" in answer.text


def test_copy_of_a_copy(arm: Arm, pair: tuple[str, str, str]) -> None:
    """A copied point cannot be copied on."""
    copy = arm.make_copy(pair[1], "rp1", pair[2])
    body = {"location": "swedencentral", "properties": {"source": {"id": pair[1]}}}
    second = arm.put(arm.collection_id("third", "rg-se"), body).json["id"]
    answer = arm.put_copy(second, "rp1", copy)
    assert (answer.status, answer.code) == (400, "BadRequest")


def test_copy_of_a_remote_point(arm: Arm) -> None:
    """A point that was made directly in another region is remote too."""
    remote = arm.make_collection("remote", location="northeurope", group="rg-dr")
    point = arm.make_point(remote, "rp1")
    body = {"location": "swedencentral", "properties": {"source": {"id": remote}}}
    target = arm.put(arm.collection_id("third", "rg-se"), body).json["id"]
    assert arm.put_copy(target, "rp1", point).code == "BadRequest"


def test_out_of_order(arm: Arm, pair: tuple[str, str, str]) -> None:
    """Once a newer point is copied, an older one cannot be; failed copies that still exist count."""
    newer = arm.make_point(pair[0], "rp2")
    arm.fault("replicate_fail", match={"method": "PUT", "path_regex": "dst/restorePoints/rp2"})
    copy = arm.make_copy(pair[1], "rp2", newer)
    assert arm.replication(copy) == "failed"
    assert arm.put_copy(pair[1], "rp1", pair[2]).code == "OperationNotAllowed"
    assert arm.delete(copy).status == 202
    arm.advance(30)
    assert arm.put_copy(pair[1], "rp1", pair[2]).status == 201


def test_second_copy_into_a_region(arm: Arm, pair: tuple[str, str, str]) -> None:
    """A point is copied once into a region, in whatever collection; another region is another matter."""
    arm.make_copy(pair[1], "rp1", pair[2])
    other = arm.make_target("dst2")
    assert arm.put_copy(other, "rp1", pair[2]).code == "OperationNotAllowed"
    elsewhere = arm.make_target("dst3", group="rg-se", location="swedencentral")
    assert arm.put_copy(elsewhere, "rp1", pair[2]).status == 201


def test_failed_copy_counts_as_copy(arm: Arm, pair: tuple[str, str, str]) -> None:
    """A copy that failed has to be deleted before the point is copied again."""
    arm.fault("replicate_fail")
    copy = arm.make_copy(pair[1], "rp1", pair[2])
    assert arm.replication(copy) == "failed"
    assert arm.put_copy(arm.make_target("dst2"), "again", pair[2]).code == "OperationNotAllowed"


def test_one_copy_at_a_time(arm: Arm, pair: tuple[str, str, str]) -> None:
    """The next copy into a collection starts when the one before has arrived; other regions run in parallel."""
    newer = arm.make_point(pair[0], "rp2")
    assert arm.put_copy(pair[1], "rp1", pair[2]).status == 201
    assert arm.put_copy(pair[1], "rp2", newer).code == "OperationNotAllowed"
    arm.advance(30)
    assert arm.put_copy(pair[1], "rp2", newer).code == "OperationNotAllowed"
    other = arm.make_target("dst3", group="rg-se", location="swedencentral")
    assert arm.put_copy(other, "rp1", pair[2]).status == 201
    arm.advance(86_400)
    assert arm.put_copy(pair[1], "rp2", newer).status == 201


def test_three_copies_an_hour(arm_with: Any) -> None:
    """The fourth PUT within an hour is 429 with Retry-After; refused PUTs count, throttled ones do not."""
    arm = arm_with({"durations": {"copy_base": 1.0, "copy_gib_per_hour": 1e9}, "limits": {"progress_tick": 1.0}})
    source = arm.make_collection()
    points = [arm.make_point(source, f"rp{number}") for number in range(4)]
    target = arm.make_target()
    for number in range(3):
        assert arm.put_copy(target, f"rp{number}", points[number]).status == 201
        arm.advance(100)
    refused = arm.put_copy(target, "rp3", points[3])
    assert (refused.status, refused.headers["Retry-After"]) == (429, "3300")
    arm.advance(3299)
    assert arm.put_copy(target, "rp3", points[3]).status == 429
    arm.advance(1)
    assert arm.put_copy(target, "rp3", points[3]).status == 201


def test_point_of_another_collection(arm: Arm, pair: tuple[str, str, str]) -> None:
    """The target collection's source has to be the point's collection."""
    other = arm.make_collection("src2", vm="win")
    point = arm.make_point(other, "rp1")
    assert arm.put_copy(pair[1], "rp1", point).code == "BadRequest"


def test_location_of_the_point(arm: Arm, pair: tuple[str, str, str]) -> None:
    """A location in the body has to be the collection's."""
    body = {"location": "swedencentral", "properties": {"sourceRestorePoint": {"id": pair[2]}}}
    assert arm.put_point(pair[1], "rp1", body).code == "BadRequest"


def test_source_not_finished(arm: Arm) -> None:
    """The source point has to be Succeeded."""
    source, target = arm.make_collection(), None
    point = arm.put_point(source, "rp1").json["id"]
    target = arm.make_target()
    assert arm.put_copy(target, "rp1", point).code == "OperationNotAllowed"


def test_source_missing(arm: Arm, pair: tuple[str, str, str]) -> None:
    """No source point, no copy."""
    assert arm.put_copy(pair[1], "rp1", f"{pair[0]}/restorePoints/none").code == "NotFound"
    assert arm.put_copy(pair[1], "rp1", pair[0]).code == "InvalidParameter"
    assert arm.put_copy(pair[1], "rp1", "subscriptions/x").code == "LinkedInvalidPropertyId"


def test_copy_needs_a_collection_for_copies(arm: Arm, pair: tuple[str, str, str]) -> None:
    """A collection of a VM takes no copies, one of a collection takes no new points."""
    local = arm.make_collection("other", location="northeurope", group="rg-dr")
    assert arm.put_copy(local, "rp1", pair[2]).code == "BadRequest"
    assert arm.put_point(pair[1], "rp1").code == "BadRequest"


def test_body_of_the_preview(arm: Arm, pair: tuple[str, str, str]) -> None:
    """sourceRestorePoint at the top level was the preview's shape and is refused today."""
    answer = arm.put_point(pair[1], "rp1", {"sourceRestorePoint": {"id": pair[2]}})
    assert answer.code == "InvalidRequestContent"


def test_two_weeks(arm_with: Any) -> None:
    """A copy that runs longer than two weeks is terminated."""
    arm = arm_with({"durations": {"copy_gib_per_hour": 0.05}})
    point = arm.make_point(arm.make_collection(), "rp1")
    target = arm.make_target()
    arm.put_copy(target, "rp1", point)
    arm.advance(30 + 14 * 86_400 - 1)
    assert arm.replication(f"{target}/restorePoints/rp1") == "replicating"
    arm.advance(1)
    assert arm.replication(f"{target}/restorePoints/rp1") == "failed"


def test_failed_disk_fails_the_copy(arm: Arm, pair: tuple[str, str, str]) -> None:
    """One disk fails: the whole copy fails, no percentage is shown for it, what had arrived stays usable."""
    arm.fault("replicate_fail", disk="lin-data-0")
    copy = arm.make_copy(pair[1], "rp1", pair[2])
    assert arm.replication(copy) == "failed"
    first, second = [disk["replicationStatus"] for disk in arm.view(copy)["diskRestorePoints"]]
    assert (first["status"]["code"], first["completionPercent"]) == ("ReplicationState/succeeded", 100)
    assert second["status"]["code"] == "ReplicationState/failed"
    assert "completionPercent" not in second
    assert arm.get(copy).json["properties"]["provisioningState"] == "Succeeded"
    assert arm.put_disk("good", arm.disk_points(copy)[0]).status == 202
    assert arm.problems() == []
    assert arm.put_disk("bad", arm.disk_points(copy)[1]).status == 202
    assert [problem["kind"] for problem in arm.problems()] == ["unfinished_data"]


def test_deleting_the_source_of_an_unfinished_copy(arm: Arm, pair: tuple[str, str, str]) -> None:
    """Azure allows it (recorded); the copy is lost."""
    arm.put_copy(pair[1], "rp1", pair[2])
    arm.advance(60)
    assert arm.delete(pair[2]).status == 202
    arm.advance(30)
    assert arm.replication(f"{pair[1]}/restorePoints/rp1") == "failed"
    assert [problem["kind"] for problem in arm.problems()] == ["lost"]


def test_deleting_the_source_of_a_finished_copy(arm: Arm, pair: tuple[str, str, str]) -> None:
    """Nothing happens to a copy that has arrived."""
    copy = arm.make_copy(pair[1], "rp1", pair[2])
    arm.delete(pair[2])
    arm.advance(30)
    assert arm.replication(copy) == "succeeded"
    assert arm.problems() == []


def test_deleting_the_source_collection_loses_copies_too(arm: Arm, pair: tuple[str, str, str]) -> None:
    """All points of a collection go with it."""
    arm.put_copy(pair[1], "rp1", pair[2])
    arm.advance(60)
    assert arm.delete(pair[0]).status == 202
    arm.advance(30)
    assert [problem["kind"] for problem in arm.problems()] == ["lost"]


def test_copies_after_the_first_are_incremental(arm: Arm, pair: tuple[str, str, str]) -> None:
    """The second copy moves a fifth; once the base is gone the next point and its copy are full again."""
    arm.make_copy(pair[1], "rp1", pair[2])
    second = arm.make_point(pair[0], "rp2")
    arm.make_copy(pair[1], "rp2", second)
    state = arm.application.manager.state

    def needs(name: str) -> float:
        return state.points[f"{pair[1]}/restorePoints/{name}".lower()].disks[1].needs

    assert needs("rp1") == 300 + 3600
    assert needs("rp2") == 300 + 720
    arm.delete(pair[2])
    arm.advance(30)
    arm.make_copy(pair[1], "rp3", arm.make_point(pair[0], "rp3"))
    assert needs("rp3") == 300 + 3600


def test_remote_point_replicates(arm: Arm) -> None:
    """A collection in another region whose source is a VM: its points replicate like copies."""
    remote = arm.make_collection("remote", location="northeurope", group="rg-dr")
    point = arm.make_point(remote, "rp1")
    assert arm.replication(point) == "replicating"
    assert "sourceRestorePoint" not in arm.get(point).json["properties"]
    arm.advance(86_400)
    assert arm.replication(point) == "succeeded"


def test_encryption_becomes_platform_key(arm: Arm) -> None:
    """Without an override the copy of a CMK disk is encrypted with a platform key."""
    point = arm.make_point(arm.make_collection(vm="win"), "rp1")
    copy = arm.make_copy(arm.make_target(), "rp1", point)
    kinds = [arm.get(disk, version=DISKS).json["properties"]["encryption"] for disk in arm.disk_points(point)]
    assert kinds[0]["type"] == "EncryptionAtRestWithCustomerKey"
    copied = [arm.get(disk, version=DISKS).json["properties"]["encryption"] for disk in arm.disk_points(copy)]
    assert copied == [{"type": "EncryptionAtRestWithPlatformKey"}]


def _override(disk_point: str, encryption_set: str) -> dict[str, Any]:
    encryption = {"type": "EncryptionAtRestWithCustomerKey", "diskEncryptionSet": {"id": encryption_set}}
    disk = {"diskRestorePoint": {"sourceDiskRestorePoint": {"id": disk_point}, "encryption": encryption}}
    return {"storageProfile": {"osDisk": disk}}


def test_encryption_override(arm: Arm) -> None:
    """A disk encryption set can be given per disk; it has to be in the target region; not before 2023-03-01."""
    point = arm.make_point(arm.make_collection(vm="win"), "rp1")
    target = arm.make_target()
    disk_point = arm.disk_points(point)[0]

    def put(name: str, where: str, version: str = "2024-07-01", source: str = disk_point) -> Any:
        metadata = _override(source, arm.id(where, "diskEncryptionSets", name))
        body = {"properties": {"sourceRestorePoint": {"id": point}, "sourceMetadata": metadata}}
        answer = arm.put_point(target, "rp1", body, version=version)
        arm.advance(1200)
        return answer

    assert put("des-we", "rg-app").code == "BadRequest"
    assert put("none", "rg-dr").code == "ResourceNotFound"
    assert put("des-ne", "rg-dr", version="2022-11-01").code == "BadRequest"
    assert put("des-ne", "rg-dr", source=f"{disk_point}x").code == "InvalidParameter"
    arm.advance(3600)
    assert put("des-ne", "rg-dr").status == 201
    disk = arm.get(f"{target}/restorePoints/rp1").json["properties"]["sourceMetadata"]["storageProfile"]["osDisk"]
    assert disk["diskRestorePoint"]["encryption"]["diskEncryptionSet"]["id"].endswith("des-ne")
    assert disk["diskRestorePoint"]["sourceDiskRestorePoint"]["id"] == disk_point


def test_five_hundred_points_per_vm(arm_with: Any) -> None:
    """Copies count too, over all collections."""
    points = {"count": 499, "name": "rp-{n:03d}", "age": 7200}
    arm = arm_with({"collections": [{"name": "src", "rg": "rg-app", "vm": "lin", "points": [points]}]})
    source, target = arm.collection_id("src"), arm.make_target()
    assert arm.put_copy(target, "c", f"{source}/restorePoints/rp-001").status == 201
    answer = arm.put_point(source, "one-more")
    assert (answer.code, answer.status) == ("OperationNotAllowed", 409)
    assert len(arm.get(source, query="&$expand=restorePoints").json["properties"]["restorePoints"]) == 499


def test_instant_access_adds_a_status(arm: Arm) -> None:
    """With instant access statuses[0] is not the replication's."""
    source, version = arm.make_collection(), "2025-04-01"
    point = arm.make_point(source, "rp1")
    body = {"location": "northeurope", "properties": {"source": {"id": source}, "instantAccess": True}}
    assert arm.put(arm.collection_id("dst", "rg-dr"), body, version="2024-07-01").code == "BadRequest"
    target = arm.put(arm.collection_id("dst", "rg-dr"), body, version=version).json["id"]
    copy = arm.make_copy(target, "rp1", point)
    codes = [status["code"] for status in arm.view(copy)["statuses"]]
    assert codes == ["SnapshotAccessState/Available", "ReplicationState/succeeded"]
