# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Managed disks: made empty, from a disk restore point, or from a snapshot.

As in Azure, nothing checks that a restore point's data has arrived before a disk is made from it (copy documentation,
known issues). The sandbox then makes the disk too, but remembers that its content is no good.
"""

from __future__ import annotations

from typing import Any

from . import operations
from .call import Call, Reply, only_fields, properties_of, section, tags_of
from .errors import (
    bad_request,
    entity_not_found,
    invalid_parameter,
    missing_parameter,
    not_allowed,
    other_location,
    property_change,
    resource_not_found,
)
from .ids import DISK, DISK_POINT, SNAPSHOT, check_name, key, make_id, parse_id
from .listing import page
from .regions import Region, find_region
from .restore_points import check_encryption_set
from .state import Disk, DiskPoint, Operation, Point, State

_SKUS = frozenset(
    {
        "Standard_LRS",
        "StandardSSD_LRS",
        "StandardSSD_ZRS",
        "Premium_LRS",
        "Premium_ZRS",
        "PremiumV2_LRS",
        "UltraSSD_LRS",
    }
)
_FIELDS = frozenset(
    {"id", "name", "type", "location", "tags", "sku", "zones", "properties", "extendedLocation", "managedBy"}
)
_PROPERTIES = frozenset(
    {
        "creationData",
        "diskSizeGB",
        "encryption",
        "osType",
        "hyperVGeneration",
        "networkAccessPolicy",
        "publicNetworkAccess",
        "diskAccessId",
        "tier",
        "burstingEnabled",
        "maxShares",
        "supportedCapabilities",
        "securityProfile",
        "diskIOPSReadWrite",
        "diskMBpsReadWrite",
        "dataAccessAuthMode",
        "optimizedForFrequentAttach",
        "provisioningState",
        "timeCreated",
        "uniqueId",
        "diskState",
        "diskSizeBytes",
        "purchasePlan",
        "encryptionSettingsCollection",
    }
)
_LARGEST_GB = 65_536


def put_disk(call: Call, name: str) -> Reply:
    """Create a disk: 202 with both async headers (recorded)."""
    check_name(name)
    only_fields(call.body, _FIELDS, "Disk")
    properties = properties_of(call.body)
    only_fields(properties, _PROPERTIES, "Disk.properties")
    region = find_region(call.body.get("location"), DISK)
    call.touch(region.name)
    tags = tags_of(call.body)
    creation = section(properties, "creationData")
    option = creation.get("createOption")
    if option is None:
        raise missing_parameter("disk.properties.creationData.createOption")
    sku = section(call.body, "sku").get("name") or "Standard_LRS"
    if sku not in _SKUS:
        raise invalid_parameter("sku.name", f"The value '{sku}' is invalid; known are {', '.join(sorted(_SKUS))}.")
    zones = check_zones(call.body.get("zones"), region, at_most=1)
    if zones and sku.endswith("_ZRS"):
        raise bad_request(f"A disk with sku '{sku}' is zone redundant and cannot be put into a zone.")
    if sku.endswith("_ZRS") and not region.zonal:
        raise bad_request(f"Sku '{sku}' is not available in region '{region.name}', which has no availability zones.")
    size = properties.get("diskSizeGB")
    if size is not None and (not isinstance(size, int) or isinstance(size, bool) or not 1 <= size <= _LARGEST_GB):
        raise invalid_parameter("disk.diskSizeGB", f"The value '{size}' of disk.diskSizeGB is out of range.")
    encryption_set = encryption_set_of(call, properties, region)
    assert call.group is not None
    existing = call.find_disk(name)
    if existing is not None:
        return _update(call, existing, region, creation, size, zones, sku, encryption_set, tags)
    disk = Disk(
        id=make_id(call.group.subscription, call.group.name, DISK, name),
        name=name,
        subscription=call.group.subscription,
        group=call.group.name,
        location=region.name,
        born=call.now,
        tags=tags,
        provisioning="Updating",
        sku=sku,
        zones=zones,
        encryption_set=encryption_set,
    )
    if option == "Restore":
        _fill_from_point(call, disk, creation, size)
    elif option == "Copy":
        _fill_from_snapshot(call, disk, creation, size)
    elif option == "Empty":
        if size is None:
            raise missing_parameter("disk.properties.diskSizeGB")
        disk.size_gb = size
        disk.os_type = properties.get("osType")
        disk.creation = {"createOption": "Empty"}
    else:
        raise invalid_parameter(
            "creationData.createOption", f"The sandbox makes disks with Restore, Copy or Empty, not with '{option}'."
        )
    shares = properties.get("maxShares") or 1
    disk.max_shares = shares
    if properties.get("hyperVGeneration"):
        disk.generation = properties["hyperVGeneration"]
    disk.unique_id = call.state.guid()
    call.state.disks.add(disk)
    return _started(call, disk, "disk_created")


def _fill_from_point(call: Call, disk: Disk, creation: dict[str, Any], size: int | None) -> None:
    """A disk from a disk restore point: same region, not smaller than its source."""
    source_id = creation.get("sourceResourceId")
    if source_id is None:
        raise missing_parameter("disk.properties.creationData.sourceResourceId")
    parsed = parse_id(source_id, "properties.creationData.sourceResourceId")
    if parsed.kind != DISK_POINT.lower():
        raise invalid_parameter(
            "creationData.sourceResourceId",
            f"'{source_id}' is not the id of a disk restore point, which createOption Restore needs.",
        )
    call.check_linked(parsed, f"{DISK_POINT}/read")
    found = call.state.disk_points.get(key(source_id))
    if found is None or found[0].provisioning in ("Creating", "Failed"):
        raise entity_not_found()
    point, disk_point = found
    location = call.state.collection_of(point).location
    if location != disk.location:
        raise bad_request(
            f"The disk restore point is in region '{location}'; a disk in region '{disk.location}' cannot be made "
            "from it."
        )
    _check_not_smaller(size, disk_point.size_gb)
    disk.size_gb = size or disk_point.size_gb
    disk.os_type = disk_point.os_type
    disk.generation = disk_point.generation
    disk.creation = {
        "createOption": "Restore",
        "sourceResourceId": source_id,
        "sourceUniqueId": disk_point.unique_id,
    }
    disk.from_point = point.id
    disk.point_put = point.born
    _note_content(call, disk, point, disk_point)


def _fill_from_snapshot(call: Call, disk: Disk, creation: dict[str, Any], size: int | None) -> None:
    """A disk from a snapshot: same region, complete, not smaller than its source (a disk of a disk is not made here).

    Restorable is a snapshot that was copied from another region only at 100 % (copy documentation).
    """
    source_id = creation.get("sourceResourceId")
    if source_id is None:
        raise missing_parameter("disk.properties.creationData.sourceResourceId")
    parsed = parse_id(source_id, "properties.creationData.sourceResourceId")
    if parsed.kind != SNAPSHOT.lower():
        raise invalid_parameter(
            "creationData.sourceResourceId",
            f"'{source_id}' is not the id of a snapshot; the sandbox copies only those.",
        )
    call.check_linked(parsed, f"{SNAPSHOT}/read")
    snapshot = call.state.snapshots.get(source_id)
    if snapshot is None:
        raise resource_not_found(SNAPSHOT, parsed.name, parsed.group)
    if snapshot.location != disk.location:
        raise bad_request(
            f"Snapshot '{snapshot.name}' is in region '{snapshot.location}'; a disk in region '{disk.location}' cannot be "
            "made from it."
        )
    if not snapshot.ready:
        raise not_allowed(f"Snapshot '{snapshot.name}' is not complete, so no disk can be made from it.")
    _check_not_smaller(size, snapshot.size_gb)
    disk.size_gb = size or snapshot.size_gb
    disk.os_type = snapshot.os_type
    disk.generation = snapshot.generation
    disk.creation = {"createOption": "Copy", "sourceResourceId": source_id, "sourceUniqueId": snapshot.unique_id}
    disk.content = snapshot.content
    disk.encryption_set = disk.encryption_set or snapshot.encryption_set


def _check_not_smaller(size: int | None, source_size: int) -> None:
    if size is not None and size < source_size:
        raise invalid_parameter(
            "disk.diskSizeGB", f"The disk size of {size} GB is smaller than that of its source, {source_size} GB."
        )


def _note_content(call: Call, disk: Disk, point: Point, disk_point: DiskPoint) -> None:
    disk.content = disk_point.content
    if not disk_point.ready:
        disk.content = f"made from {disk_point.id} while its replication was {disk_point.state} (point {point.state})"
        call.state.report("unfinished_data", disk.id, disk.content, call.now)


def encryption_set_of(call: Call, properties: dict[str, Any], region: Region) -> str | None:
    encryption = section(properties, "encryption")
    set_id = encryption.get("diskEncryptionSetId")
    kind = encryption.get("type")
    if set_id is None:
        if kind not in (None, "EncryptionAtRestWithPlatformKey"):
            raise invalid_parameter("encryption.diskEncryptionSetId", f"Encryption type '{kind}' needs one.")
        return None
    if not isinstance(set_id, str) or kind == "EncryptionAtRestWithPlatformKey":
        raise invalid_parameter("encryption", "diskEncryptionSetId does not go with the encryption type.")
    check_encryption_set(call, set_id, region.name)
    return set_id


def check_zones(zones: Any, region: Region, *, at_most: int) -> list[str] | None:
    """Zones are strings from 1 to 3, only in regions that have them."""
    if zones is None or zones == []:
        return None
    if not isinstance(zones, list) or not all(isinstance(zone, str) for zone in zones):
        raise invalid_parameter("zones", "The zones must be a list of strings.")
    if not region.zonal or any(zone not in ("1", "2", "3") for zone in zones):
        raise bad_request(
            f"The zone(s) '{','.join(zones)}' for resource is not supported. The supported zones for location "
            f"'{region.name}' are '{'1,2,3' if region.zonal else ''}'",
            code="InvalidAvailabilityZone",
        )
    if len(zones) > at_most:
        raise bad_request("Only one availability zone can be given.", code="InvalidAvailabilityZone")
    return list(zones)


def _update(
    call: Call,
    disk: Disk,
    region: Region,
    creation: dict[str, Any],
    size: int | None,
    zones: list[str] | None,
    sku: str,
    encryption_set: str | None,
    tags: dict[str, str] | None,
) -> Reply:
    """PUT of an existing disk: it may grow while nothing uses it, and its tags change; its origin never does."""
    if disk.location != region.name:
        raise other_location(disk.name, disk.location, region.name, DISK, disk.group)
    _check_settled(disk)
    for field in ("createOption", "sourceResourceId"):
        before, after = disk.creation.get(field), creation.get(field)
        if key(str(before)) != key(str(after)):
            raise property_change(f"disk.creationData.{field}")
    if zones != disk.zones:
        raise property_change("zones")
    if (encryption_set or "").lower() != (disk.encryption_set or "").lower():
        raise property_change("disk.encryption.diskEncryptionSetId")
    if sku != disk.sku:
        if disk.vm:
            raise not_allowed(f"The sku of disk '{disk.name}' cannot change while it is attached to a running VM.")
        disk.sku = sku
    _grow(disk, size)
    disk.tags = tags
    disk.provisioning = "Updating"
    return _started(call, disk, "disk_updated")


def _grow(disk: Disk, size: int | None) -> None:
    if size is None or size == disk.size_gb:
        return
    if size < disk.size_gb:
        raise invalid_parameter("disk.diskSizeGB", f"A disk cannot shrink from {disk.size_gb} to {size} GB.")
    if disk.vm and disk.os_type:
        raise not_allowed(f"The OS disk '{disk.name}' cannot be resized while it is attached to a running VM.")
    disk.size_gb = size


def patch_disk(call: Call, name: str) -> Reply:
    """Change tags, size or sku."""
    disk = _require(call, name)
    only_fields(call.body, _FIELDS, "DiskUpdate")
    properties = properties_of(call.body)
    only_fields(properties, frozenset({"diskSizeGB", "maxShares", "networkAccessPolicy"}), "DiskUpdate.properties")
    _check_settled(disk)
    _grow(disk, properties.get("diskSizeGB"))
    if "tags" in call.body:
        disk.tags = tags_of(call.body)
    disk.provisioning = "Updating"
    return _started(call, disk, "disk_updated")


def _check_settled(disk: Disk) -> None:
    if disk.provisioning not in ("Succeeded", "Failed"):
        raise not_allowed(f"Another operation on disk '{disk.name}' is in progress ({disk.provisioning}).")


def _started(call: Call, disk: Disk, effect: str) -> Reply:
    seconds = call.state.settings.durations.restore_disk if effect == "disk_created" else 2
    operation = operations.start(call, disk.location, seconds, effect, disk.key, path="DiskOperations", shows="disk")
    body = {
        "name": disk.name,
        "location": disk.location,
        "tags": disk.tags or {},
        "properties": {
            "creationData": {name: value for name, value in disk.creation.items() if name != "sourceUniqueId"},
            "diskSizeGB": disk.size_gb,
            "provisioningState": "Updating",
            "isArmResource": True,
        },
    }
    return Reply(202, body, operations.headers(call, operation, location=True, retry_after=2))


@operations.effect("disk_created")
def _disk_created(state: State, _at: float, operation: Operation) -> None:
    disk = state.disks.get(operation.subject)
    if disk is not None:
        disk.provisioning = "Failed" if operation.error else "Succeeded"


@operations.effect("disk_updated")
def _disk_updated(state: State, at: float, operation: Operation) -> None:
    _disk_created(state, at, operation)


def get_disk(call: Call, name: str) -> Reply:
    """One disk."""
    return Reply(200, show_disk(call, _require(call, name)))


def list_disks_in_group(call: Call) -> Reply:
    """All disks of the resource group."""
    assert call.group is not None
    return page(call, call.state.disks.in_group(call.group.subscription, call.group.name), show_disk)


def list_disks(call: Call) -> Reply:
    """All disks of the subscription."""
    return page(call, call.state.disks.in_subscription(call.subscription), show_disk)


def delete_disk(call: Call, name: str) -> Reply:
    """Delete a disk that is attached to nothing."""
    disk = call.find_disk(name)
    if disk is None:
        return Reply(204)
    if disk.vm:
        raise not_allowed(f"Disk {disk.name} is attached to VM {disk.vm}.")
    if disk.provisioning != "Deleting":
        _check_settled(disk)
    disk.provisioning = "Deleting"
    operation = operations.start(
        call, disk.location, call.state.settings.durations.delete, "disk_deleted", disk.key, path="DiskOperations"
    )
    return Reply(202, None, operations.headers(call, operation, location=True, retry_after=2))


@operations.effect("disk_deleted")
def _disk_deleted(state: State, _at: float, operation: Operation) -> None:
    disk = state.disks.get(operation.subject)
    if disk is None:
        return
    if operation.error:
        disk.provisioning = "Succeeded"
    else:
        state.disks.remove(disk.id)


def show_disk(call: Call, disk: Disk) -> dict[str, Any]:
    """A disk as it is answered."""
    encryption: dict[str, Any] = {"type": "EncryptionAtRestWithPlatformKey"}
    if disk.encryption_set:
        encryption = {"type": "EncryptionAtRestWithCustomerKey", "diskEncryptionSetId": disk.encryption_set}
    properties: dict[str, Any] = {}
    if disk.os_type:
        properties["osType"] = disk.os_type
    if disk.generation:
        properties["hyperVGeneration"] = disk.generation
    properties |= {
        "creationData": disk.creation,
        "diskSizeGB": disk.size_gb,
        "diskIOPSReadWrite": 500,
        "diskMBpsReadWrite": 100,
        "encryption": encryption,
        "networkAccessPolicy": "AllowAll",
        "publicNetworkAccess": "Enabled",
        "timeCreated": call.time(disk.born),
        "provisioningState": disk.provisioning,
        "diskState": "Attached" if disk.vm else "Unattached",
        "diskSizeBytes": disk.size_gb * 1024**3,
        "uniqueId": disk.unique_id,
    }
    if disk.max_shares > 1:
        properties["maxShares"] = disk.max_shares
    document: dict[str, Any] = {
        "name": disk.name,
        "id": disk.id,
        "type": DISK,
        "location": disk.location,
        "sku": {"name": disk.sku, "tier": disk.sku.split("_", 1)[0]},
        "properties": properties,
    }
    if disk.tags is not None:
        document["tags"] = disk.tags
    if disk.zones:
        document["zones"] = disk.zones
    if disk.vm:
        document["managedBy"] = disk.vm
    return document


def _show_by_key(call: Call, subject: str) -> dict[str, Any] | None:
    disk = call.state.disks.get(subject)
    return show_disk(call, disk) if disk is not None else None


operations.SHOW["disk"] = _show_by_key


def _require(call: Call, name: str) -> Disk:
    disk = call.find_disk(name)
    if disk is None:
        assert call.group is not None
        raise resource_not_found(DISK, name, call.group.name)
    return disk
