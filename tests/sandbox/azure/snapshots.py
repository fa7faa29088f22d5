# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Snapshots: of a disk or a snapshot in the same region (Copy), or copied from another region (CopyStart).

Recorded of CopyStart: 202 with both asynchronous headers, the operation succeeds within seconds with provisioningState
Succeeded, and completionPercent stands at 0.0 then. Only completionPercent 100 says that the data is there.
"""

from __future__ import annotations

from typing import Any

from . import operations, snapshot_copies
from .call import Call, Reply, only_fields, properties_of, section, tags_of
from .disks import encryption_set_of
from .errors import (
    bad_request,
    invalid_parameter,
    missing_parameter,
    not_allowed,
    other_location,
    property_change,
    resource_not_found,
)
from .ids import DISK, SNAPSHOT, check_name, key, make_id, parse_id
from .listing import page
from .regions import Region, find_region
from .state import Operation, Snapshot, State

_SKUS = frozenset({"Standard_LRS", "Standard_ZRS", "Premium_LRS"})
_FIELDS = frozenset({"id", "name", "type", "location", "tags", "sku", "properties", "extendedLocation", "managedBy"})
_PROPERTIES = frozenset(
    {
        "creationData",
        "incremental",
        "diskSizeGB",
        "encryption",
        "osType",
        "hyperVGeneration",
        "networkAccessPolicy",
        "publicNetworkAccess",
        "diskAccessId",
        "supportedCapabilities",
        "supportsHibernation",
        "securityProfile",
        "purchasePlan",
        "encryptionSettingsCollection",
        "dataAccessAuthMode",
        "completionPercent",
        "copyCompletionError",
        "provisioningState",
        "timeCreated",
        "uniqueId",
        "diskState",
        "diskSizeBytes",
        "incrementalSnapshotFamilyId",
    }
)
_PROVISIONED = 2.0


def put_snapshot(call: Call, name: str) -> Reply:
    """Make a snapshot, or start the copy of one: 202 with both async headers."""
    check_name(name)
    only_fields(call.body, _FIELDS, "Snapshot")
    properties = properties_of(call.body)
    only_fields(properties, _PROPERTIES, "Snapshot.properties")
    region = find_region(call.body.get("location"), SNAPSHOT)
    call.touch(region.name)
    tags = tags_of(call.body)
    creation = section(properties, "creationData")
    option, source_id = creation.get("createOption"), creation.get("sourceResourceId")
    if option is None:
        raise missing_parameter("snapshot.properties.creationData.createOption")
    if option not in ("Copy", "CopyStart"):
        raise invalid_parameter(
            "creationData.createOption", f"The sandbox makes snapshots with Copy or CopyStart, not with '{option}'."
        )
    if source_id is None:
        raise missing_parameter("snapshot.properties.creationData.sourceResourceId")
    incremental = properties.get("incremental", False)
    if not isinstance(incremental, bool):
        raise bad_request("incremental must be true or false.", code="InvalidRequestContent")
    sku = section(call.body, "sku").get("name") or "Standard_LRS"
    if sku not in _SKUS:
        raise invalid_parameter("sku.name", f"The value '{sku}' is invalid; known are {', '.join(sorted(_SKUS))}.")
    encryption_set = encryption_set_of(call, properties, region)
    assert call.group is not None
    existing = call.find_snapshot(name)
    if existing is not None:
        return _update(call, existing, region, option, source_id, incremental, tags)
    snapshot = Snapshot(
        id=make_id(call.group.subscription, call.group.name, SNAPSHOT, name),
        name=name,
        subscription=call.group.subscription,
        group=call.group.name,
        location=region.name,
        born=call.now,
        tags=tags,
        provisioning="Updating",
        sku=sku,
        incremental=incremental,
        creation={"createOption": option, "sourceResourceId": source_id},
        encryption_set=encryption_set,
        unique_id=call.state.guid(),
    )
    source = _read_source(call, snapshot, source_id)
    if option == "CopyStart":
        _prepare_copy(call, snapshot, source)
        seconds = _PROVISIONED
    elif source is None:
        seconds = call.state.settings.durations.create_snapshot
    else:
        seconds = snapshot_copies.needed_seconds(call.state.settings, snapshot.size_gb, region.name, region.name)
    call.state.snapshots.add(snapshot)
    if option == "CopyStart":
        # It counts against the limits from now on.
        snapshot_copies.start(call.state, snapshot, call.now)
    return _started(call, snapshot, "snapshot_made", seconds)


def _read_source(call: Call, snapshot: Snapshot, source_id: str) -> Snapshot | None:
    """Take over what a snapshot has from its source; returns the source if it is a snapshot."""
    parsed = parse_id(source_id, "properties.creationData.sourceResourceId")
    if parsed.kind == DISK.lower():
        call.check_linked(parsed, f"{DISK}/read")
        disk = call.state.disks.get(source_id)
        if disk is None:
            raise resource_not_found(DISK, parsed.name, parsed.group)
        call.touch(disk.location)
        if snapshot.creation["createOption"] == "CopyStart":
            # What Azure answers to CopyStart of a disk (recorded).
            raise not_allowed("CopyStart creation is not supported for this subscription.")
        if disk.location != snapshot.location:
            raise bad_request(f"Disk '{disk.name}' is in region '{disk.location}', not in '{snapshot.location}'.")
        if not disk.allocated:
            raise not_allowed(f"Disk '{disk.name}' has not been allocated yet.")
        snapshot.size_gb, snapshot.os_type, snapshot.generation = disk.size_gb, disk.os_type, disk.generation
        snapshot.creation["sourceUniqueId"] = snapshot.origin = disk.unique_id
        snapshot.family = f"{disk.unique_id}/{snapshot.location}"
        snapshot.taken, snapshot.content = call.now, disk.content
        snapshot.encryption_set = snapshot.encryption_set or disk.encryption_set
        return None
    if parsed.kind != SNAPSHOT.lower():
        raise invalid_parameter(
            "creationData.sourceResourceId", f"'{source_id}' is neither the id of a disk nor that of a snapshot."
        )
    call.check_linked(parsed, f"{SNAPSHOT}/read")
    source = call.state.snapshots.get(source_id)
    if source is None:
        raise resource_not_found(SNAPSHOT, parsed.name, parsed.group)
    call.touch(source.location)
    snapshot.size_gb, snapshot.os_type, snapshot.generation = source.size_gb, source.os_type, source.generation
    snapshot.creation["sourceUniqueId"] = source.unique_id
    snapshot.origin, snapshot.taken, snapshot.content = source.origin, source.taken, source.content
    if snapshot.creation["createOption"] == "Copy":
        if source.location != snapshot.location:
            raise bad_request(
                f"Snapshot '{source.name}' is in region '{source.location}', not in '{snapshot.location}'; CopyStart "
                "copies to another region."
            )
        if not source.ready:
            raise not_allowed(f"Snapshot '{source.name}' is not complete, so it cannot be copied yet.")
        # A snapshot of a snapshot begins a line of its own.
        snapshot.family = snapshot.unique_id
        snapshot.encryption_set = snapshot.encryption_set or source.encryption_set
    return source


def _prepare_copy(call: Call, snapshot: Snapshot, source: Snapshot | None) -> None:
    assert source is not None
    if not snapshot.incremental:
        raise bad_request("CopyStart makes incremental snapshots only: give incremental: true.")
    snapshot_copies.check_copy(call.state, source, snapshot.location, snapshot.subscription, snapshot.encryption_set)
    state = call.state
    snapshot.source = source.id
    snapshot.regions = (source.location, snapshot.location)
    snapshot.family = f"{source.origin}/{snapshot.location}"
    snapshot.needs = snapshot_copies.needed_seconds(state.settings, source.size_gb, source.location, snapshot.location)
    fault = call.replication_fault
    if fault is not None:
        share = 1.0 if fault.percent is None else fault.percent / 100
        snapshot.fails_after = share * snapshot.needs if fault.seconds is None else fault.seconds
    snapshot.frozen = call.faults.holding("PUT", snapshot.id, "freeze_replication")


def _update(
    call: Call,
    snapshot: Snapshot,
    region: Region,
    option: str,
    source_id: str,
    incremental: bool,
    tags: dict[str, str] | None,
) -> Reply:
    """PUT of an existing snapshot: its tags change, its origin never does, and no copy is started again."""
    if snapshot.location != region.name:
        raise other_location(snapshot.name, snapshot.location, region.name, SNAPSHOT, snapshot.group)
    _check_settled(snapshot)
    if option != snapshot.creation["createOption"]:
        raise property_change("snapshot.creationData.createOption")
    if key(source_id) != key(str(snapshot.creation["sourceResourceId"])):
        raise property_change("snapshot.creationData.sourceResourceId")
    if incremental != snapshot.incremental:
        raise property_change("snapshot.incremental")
    snapshot.tags = tags
    return _started(call, snapshot, "snapshot_made", _PROVISIONED)


def patch_snapshot(call: Call, name: str) -> Reply:
    """Change tags."""
    snapshot = _require(call, name)
    only_fields(call.body, _FIELDS, "SnapshotUpdate")
    only_fields(properties_of(call.body), frozenset({"networkAccessPolicy"}), "SnapshotUpdate.properties")
    _check_settled(snapshot)
    if "tags" in call.body:
        snapshot.tags = tags_of(call.body)
    return _started(call, snapshot, "snapshot_made", _PROVISIONED)


def _check_settled(snapshot: Snapshot) -> None:
    if snapshot.provisioning == "Deleting":
        raise not_allowed(f"Snapshot '{snapshot.name}' is being deleted.")


def _started(call: Call, snapshot: Snapshot, effect: str, seconds: float) -> Reply:
    operation = operations.start(
        call, snapshot.location, seconds, effect, snapshot.key, path="DiskOperations", shows="snapshot"
    )
    creation = {name: value for name, value in snapshot.creation.items() if name != "sourceUniqueId"}
    body: dict[str, Any] = {
        "name": snapshot.name,
        "location": snapshot.location,
        "tags": snapshot.tags or {},
        "properties": {
            "creationData": creation,
            "incremental": snapshot.incremental,
            "provisioningState": "Updating",
            "isArmResource": True,
        },
    }
    return Reply(202, body, operations.headers(call, operation, location=True, retry_after=2))


@operations.effect("snapshot_made")
def _snapshot_made(state: State, at: float, operation: Operation) -> None:
    snapshot = state.snapshots.get(operation.subject)
    if snapshot is None or snapshot.provisioning == "Deleting":
        return
    if operation.error and snapshot.provisioning == "Updating":
        snapshot.provisioning = "Failed"
        if snapshot.state == "replicating":
            snapshot_copies.fail(state, snapshot, operation.error["code"], operation.error["message"], at)
    else:
        snapshot.provisioning = "Succeeded"


def get_snapshot(call: Call, name: str) -> Reply:
    """One snapshot."""
    return Reply(200, show_snapshot(call, _require(call, name)))


def list_snapshots_in_group(call: Call) -> Reply:
    """All snapshots of the resource group."""
    assert call.group is not None
    return page(call, call.state.snapshots.in_group(call.group.subscription, call.group.name), show_snapshot)


def list_snapshots(call: Call) -> Reply:
    """All snapshots of the subscription."""
    return page(call, call.state.snapshots.in_subscription(call.subscription), show_snapshot)


def delete_snapshot(call: Call, name: str) -> Reply:
    """Delete a snapshot. One that is being copied may go too: its copies fail then (CopySourceNotFound)."""
    snapshot = call.find_snapshot(name)
    if snapshot is None:
        return Reply(204)
    snapshot.provisioning = "Deleting"
    operation = operations.start(
        call,
        snapshot.location,
        call.state.settings.durations.delete,
        "snapshot_deleted",
        snapshot.key,
        path="DiskOperations",
    )
    return Reply(202, None, operations.headers(call, operation, location=True, retry_after=2))


@operations.effect("snapshot_deleted")
def _snapshot_deleted(state: State, at: float, operation: Operation) -> None:
    snapshot = state.snapshots.get(operation.subject)
    if snapshot is None:
        return
    if operation.error:
        snapshot.provisioning = "Succeeded"
    else:
        snapshot_copies.remove(state, snapshot, at)


def show_snapshot(call: Call, snapshot: Snapshot) -> dict[str, Any]:
    """A snapshot as it is answered."""
    encryption: dict[str, Any] = {"type": "EncryptionAtRestWithPlatformKey"}
    if snapshot.encryption_set:
        encryption = {"type": snapshot_copies.CUSTOMER_KEY, "diskEncryptionSetId": snapshot.encryption_set}
    properties: dict[str, Any] = {}
    if snapshot.os_type:
        properties["osType"] = snapshot.os_type
    if snapshot.generation:
        properties["hyperVGeneration"] = snapshot.generation
    properties |= {
        "creationData": snapshot.creation,
        "diskSizeGB": snapshot.size_gb,
        "encryption": encryption,
        "incremental": snapshot.incremental,
        "networkAccessPolicy": "AllowAll",
        "publicNetworkAccess": "Enabled",
        "timeCreated": call.time(snapshot.born),
        "provisioningState": snapshot.provisioning,
        "diskState": "Unattached",
        "diskSizeBytes": snapshot.size_gb * 1024**3,
        "uniqueId": snapshot.unique_id,
    }
    if snapshot.incremental:
        properties["incrementalSnapshotFamilyId"] = snapshot.family
    if snapshot.state != "none":
        properties["completionPercent"] = snapshot_copies.visible_percent(snapshot, call.now)
        error = snapshot_copies.visible_error(snapshot, call.now)
        if error is not None:
            properties["copyCompletionError"] = error
    document: dict[str, Any] = {
        "name": snapshot.name,
        "id": snapshot.id,
        "type": SNAPSHOT,
        "location": snapshot.location,
        "sku": {"name": snapshot.sku, "tier": snapshot.sku.split("_", 1)[0]},
        "properties": properties,
    }
    if snapshot.tags is not None:
        document["tags"] = snapshot.tags
    return document


def _show_output(call: Call, subject: str) -> dict[str, Any] | None:
    """The operation's output, which lacks completionPercent (recorded)."""
    snapshot = call.state.snapshots.get(subject)
    if snapshot is None:
        return None
    document = show_snapshot(call, snapshot)
    document["properties"].pop("completionPercent", None)
    return document


operations.SHOW["snapshot"] = _show_output


def _require(call: Call, name: str) -> Snapshot:
    snapshot = call.find_snapshot(name)
    if snapshot is None:
        assert call.group is not None
        raise resource_not_found(SNAPSHOT, name, call.group.name)
    return snapshot
