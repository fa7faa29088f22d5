# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Restore point collections, restore points, copies to other regions, and disk restore points."""

from __future__ import annotations

import json
from typing import Any

from . import compute_rules as rules
from . import operations, replication
from .call import Call, Reply, items_of, only_fields, properties_of, reference, section, tags_of
from .errors import (
    ArmError,
    bad_request,
    entity_not_found,
    invalid_parameter,
    missing_parameter,
    not_allowed,
    other_location,
    property_change,
    resource_not_found,
)
from .ids import COLLECTION, DISK_POINT, ENCRYPTION_SET, POINT, VM, check_name, key, make_id, parse_id
from .listing import page
from .regions import REGIONS, find_region
from .state import Collection, DiskPoint, Operation, Point, State, Vm

_PLATFORM_KEY = "EncryptionAtRestWithPlatformKey"
_CUSTOMER_KEY = "EncryptionAtRestWithCustomerKey"
_ENCRYPTION_TYPES = (_PLATFORM_KEY, _CUSTOMER_KEY, "EncryptionAtRestWithPlatformAndCustomerKeys")
_COLLECTION_FIELDS = frozenset({"id", "name", "type", "location", "tags", "properties", "systemData"})
_COLLECTION_PROPERTIES = frozenset(
    {"source", "instantAccess", "provisioningState", "restorePointCollectionId", "restorePoints"}
)
_POINT_FIELDS = frozenset({"id", "name", "type", "location", "properties", "systemData"})
_POINT_PROPERTIES = frozenset(
    {
        "excludeDisks",
        "sourceRestorePoint",
        "consistencyMode",
        "sourceMetadata",
        "instantAccessDurationMinutes",
        "provisioningState",
        "timeCreated",
        "instanceView",
    }
)
_STATUS_TEXT = {"replicating": "Replicating", "succeeded": "Replication succeeded", "failed": "Replication failed"}


# --- collections ---------------------------------------------------------------------------------------------------


def put_collection(call: Call, name: str) -> Reply:
    """Create a collection (201) or change its tags (200); not long running (recorded)."""
    check_name(name)
    only_fields(call.body, _COLLECTION_FIELDS, "RestorePointCollection")
    properties = properties_of(call.body)
    only_fields(properties, _COLLECTION_PROPERTIES, "RestorePointCollection.properties")
    tags = tags_of(call.body)
    region = find_region(call.body.get("location"), COLLECTION)
    call.touch(region.name)
    instant = properties.get("instantAccess")
    if instant is not None:
        call.require_version("2025-04-01", "instantAccess")
        if not isinstance(instant, bool):
            raise bad_request("instantAccess must be true or false.", code="InvalidRequestContent")
    source_id = reference(section(properties, "source"), "properties.source")
    if source_id is None:
        raise missing_parameter("restorePointCollection.properties.source.id")
    existing = call.find_collection(name)
    if existing is not None:
        return _update_collection(call, existing, region.name, source_id, instant, tags)
    assert call.group is not None
    source_kind, source_location = _find_source(call, source_id, region.name)
    rules.check_collection_quota(call.state, call.subscription, region.name)
    collection = call.state.add_collection(
        Collection(
            id=make_id(call.group.subscription, call.group.name, COLLECTION, name),
            name=name,
            subscription=call.group.subscription,
            group=call.group.name,
            location=region.name,
            born=call.now,
            tags=tags,
            collection_id=call.state.guid(),
            source=source_id,
            source_kind=source_kind,
            source_location=source_location,
            instant_access=bool(instant),
        )
    )
    return Reply(201, show_collection(call, collection))


def _find_source(call: Call, source_id: str, location: str) -> tuple[str, str]:
    """What a new collection is made for: a VM, or a collection in another region."""
    parsed = parse_id(source_id, "properties.source.id")
    if parsed.kind == VM.lower():
        call.check_linked(parsed, f"{VM}/read")
        vm = call.state.vms.get(source_id)
        if vm is None:
            raise resource_not_found(VM, parsed.name, parsed.group)
        call.touch(vm.location)
        return "vm", vm.location
    if parsed.kind == COLLECTION.lower():
        call.check_linked(parsed, f"{COLLECTION}/read")
        origin = call.state.collections.get(source_id)
        if origin is None:
            raise resource_not_found(COLLECTION, parsed.name, parsed.group)
        call.touch(origin.location)
        rules.check_collection_source(location, origin)
        return "collection", origin.location
    raise invalid_parameter(
        "restorePointCollection.properties.source.id",
        f"The source '{source_id}' is neither a virtual machine nor a restore point collection.",
    )


def _update_collection(
    call: Call,
    collection: Collection,
    location: str,
    source_id: str,
    instant: bool | None,
    tags: dict[str, str] | None,
) -> Reply:
    """Of an existing collection only the tags may change (REST reference)."""
    if collection.location != location:
        raise other_location(collection.name, collection.location, location, COLLECTION, collection.group)
    if key(collection.source) != key(source_id):
        raise property_change("restorePointCollection.properties.source.id")
    if instant is not None and instant != collection.instant_access:
        raise property_change("restorePointCollection.properties.instantAccess")
    if collection.provisioning == "Deleting":
        raise not_allowed(f"The restore point collection '{collection.name}' is being deleted.")
    collection.tags = tags
    return Reply(200, show_collection(call, collection))


def patch_collection(call: Call, name: str) -> Reply:
    """Replace the tags."""
    collection = _require_collection(call, name)
    only_fields(call.body, frozenset({"tags", "properties"}), "RestorePointCollectionUpdate")
    properties = properties_of(call.body)
    only_fields(properties, _COLLECTION_PROPERTIES, "RestorePointCollection.properties")
    source_id = reference(section(properties, "source"), "properties.source")
    if source_id is not None and key(source_id) != key(collection.source):
        raise property_change("restorePointCollection.properties.source.id")
    if collection.provisioning == "Deleting":
        raise not_allowed(f"The restore point collection '{collection.name}' is being deleted.")
    if "tags" in call.body:
        collection.tags = tags_of(call.body)
    return Reply(200, show_collection(call, collection))


def get_collection(call: Call, name: str) -> Reply:
    """One collection, with its points if asked for."""
    collection = _require_collection(call, name)
    expand = _expand(call, "restorePoints")
    document = show_collection(call, collection)
    if not expand:
        return Reply(200, document)
    document["properties"]["restorePoints"] = "@points"
    points = ",".join(_rendered_point(call, point) for point in collection.points.values())
    return Reply(200, json.dumps(document).replace('"@points"', f"[{points}]", 1))


def list_collections_in_group(call: Call) -> Reply:
    """All collections of the resource group."""
    assert call.group is not None
    return page(call, call.state.collections.in_group(call.group.subscription, call.group.name), show_collection)


def list_collections(call: Call) -> Reply:
    """All collections of the subscription."""
    return page(call, call.state.collections.in_subscription(call.subscription), show_collection)


def delete_collection(call: Call, name: str) -> Reply:
    """Delete a collection and all points inside (long running, both headers)."""
    collection = call.find_collection(name)
    if collection is None:
        return Reply(204)
    for point in collection.points.values():
        _check_deletable(point, call.now)
    collection.provisioning = "Deleting"
    operation = operations.start(
        call,
        collection.location,
        call.state.settings.durations.delete,
        "collection_deleted",
        collection.key,
    )
    return Reply(202, None, operations.headers(call, operation, location=True))


@operations.effect("collection_deleted")
def _collection_deleted(state: State, at: float, operation: Operation) -> None:
    collection = state.collections.get(operation.subject)
    if collection is None:
        return
    if operation.error:
        collection.provisioning = "Succeeded"
        return
    points = list(collection.points.values())
    state.remove_collection(collection)
    for point in points:
        replication.source_gone(state, point, at)


def show_collection(call: Call, collection: Collection) -> dict[str, Any]:
    """A collection as it is answered: location normalised, the source's in whatever spelling Azure fancies."""
    source_location = collection.source_location
    if call.state.settings.source_location_spelling == "display":
        source_location = REGIONS[source_location].compact_name
    document: dict[str, Any] = {
        "name": collection.name,
        "id": collection.id,
        "type": COLLECTION,
        "location": collection.location,
    }
    if collection.tags is not None:
        document["tags"] = collection.tags
    document["properties"] = {
        "source": {"location": source_location, "id": collection.source},
        "restorePointCollectionId": collection.collection_id,
        "provisioningState": collection.provisioning,
    }
    if call.api_version >= "2025-04-01":
        document["properties"]["instantAccess"] = collection.instant_access
    return document


# --- points --------------------------------------------------------------------------------------------------------


def put_point(call: Call, collection_name: str, name: str) -> Reply:
    """Make a restore point, or copy one: 201 and Azure-AsyncOperation alone (recorded in all nine copies)."""
    check_name(name)
    collection = call.find_collection(collection_name)
    if collection is None:
        raise ArmError(
            404,
            "ParentResourceNotFound",
            "Failed to perform 'write' on resource(s) of type "
            f"'restorePointCollections/restorePoints', because the parent resource '{collection_name}' could not be "
            "found.",
        )
    only_fields(call.body, _POINT_FIELDS, "RestorePoint")
    properties = properties_of(call.body)
    only_fields(properties, _POINT_PROPERTIES, "RestorePoint.properties")
    location = call.body.get("location")
    if location is not None and find_region(location, POINT).name != collection.location:
        raise bad_request("The location of a restore point has to be that of its collection.")
    if collection.provisioning == "Deleting":
        raise not_allowed(f"The restore point collection '{collection.name}' is being deleted.")
    source_id = reference(section(properties, "sourceRestorePoint"), "properties.sourceRestorePoint")
    if properties.get("sourceRestorePoint") is not None and source_id is None:
        raise missing_parameter("restorePoint.properties.sourceRestorePoint.id")
    if source_id is None:
        point, seconds = _new_point(call, collection, name, properties)
    else:
        point, seconds = _new_copy(call, collection, name, properties, source_id)
    call.state.add_point(point)
    operation = operations.start(call, collection.location, seconds, "point_created", point.key)
    return Reply(201, show_point(call, point), operations.headers(call, operation, location=False))


def _refuse_existing(collection: Collection, name: str) -> None:
    """A restore point cannot be updated; a second PUT never makes it again."""
    if name.lower() in collection.points:
        raise not_allowed(f"Updating the existing restore point '{name}' is not supported.")


def _new_point(call: Call, collection: Collection, name: str, properties: dict[str, Any]) -> tuple[Point, float]:
    """A point of the collection's VM; remote if the collection is in another region than the VM."""
    state = call.state
    mode = properties.get("consistencyMode")
    if mode is not None:
        call.require_version("2021-07-01", "consistencyMode")
        if mode != "CrashConsistent":
            raise invalid_parameter("consistencyMode", f"The value '{mode}' is invalid; CrashConsistent is accepted.")
    if properties.get("sourceMetadata") is not None:
        raise bad_request("sourceMetadata can only be given together with sourceRestorePoint.")
    excluded_ids = [_excluded(item) for item in items_of(properties, "excludeDisks")]
    excluded = {key(item) for item in excluded_ids}
    minutes = _instant_minutes(call, collection, properties)
    if collection.source_kind != "vm":
        raise bad_request(
            "The collection is for copies: its source is another collection. Give properties.sourceRestorePoint."
        )
    vm = state.vms.get(collection.source)
    if vm is None or vm.provisioning == "Deleting":
        raise not_allowed(f"The virtual machine {collection.source} does not exist any more.")
    call.touch(vm.location)
    kind = "crash" if mode else "app"
    wait = rules.check_create_rate(state, vm.vm_id, kind, call.now)
    if wait is not None:
        raise rules.rate_error(call.clock.retry_after(wait), f"restore points ({kind}-consistent) of this VM")
    state.create_puts[vm.vm_id, kind].append(call.now)
    _refuse_existing(collection, name)
    rules.check_free_vm(state, vm.key)
    rules.check_source_disks(state, vm, excluded)
    rules.check_point_quota(state, vm.vm_id)
    point = build_point(state, collection, vm, name, excluded_ids, mode, call.now, call.time())
    point.instant_minutes = minutes
    _apply_replication_fault(call, point)
    state.creating_on_vm.setdefault(vm.key, set()).add(point.key)
    if point.remote:
        state.running_copies.add(point.key)
    return point, state.settings.durations.local_point


def build_point(
    state: State,
    collection: Collection,
    vm: Vm,
    name: str,
    excluded: list[str],
    mode: str | None,
    now: float,
    time_text: str,
) -> Point:
    """A restore point of the VM as it is now, in provisioning state Creating."""
    consistency = mode or ("ApplicationConsistent" if vm.os_type == "Windows" else "FileSystemConsistent")
    left_out = {key(item) for item in excluded}
    point_id = f"{collection.id}/restorePoints/{name}"
    disks = []
    for attached in vm.disks:
        disk = state.disks.get(attached.disk)
        if disk is None or disk.key in left_out:
            continue
        disk_point_name = f"{disk.name}_{state.guid()}"
        disks.append(
            DiskPoint(
                name=disk_point_name,
                id=f"{point_id}/diskRestorePoints/{disk_point_name}",
                disk_name=disk.name,
                disk_id=disk.id,
                size_gb=disk.size_gb,
                sku=disk.sku,
                caching=attached.caching,
                lun=attached.lun,
                os_type=disk.os_type,
                generation=disk.generation,
                unique_id=disk.unique_id,
                encryption_type=_CUSTOMER_KEY if disk.encryption_set else _PLATFORM_KEY,
                encryption_set=disk.encryption_set,
                source_id=None,
                content=disk.content,
            )
        )
    remote = collection.location != vm.location
    # The oldest full point stays the base of those after it; once it is gone, the next one is full again.
    full = not any(other.full for other in collection.points.values())
    point = Point(
        id=point_id,
        name=name,
        collection=collection.key,
        vm_id=vm.vm_id,
        vm=vm.id,
        time_created=now,
        time_text=time_text,
        born=now,
        consistency=consistency,
        metadata=_vm_metadata(vm),
        disks=disks,
        excluded=excluded,
        remote=remote,
        full=full,
        regions=(vm.location, collection.location),
    )
    if remote:
        changes_only = replication.incremental(state, collection.id, None)
        for disk_point in disks:
            disk_point.needs = replication.needed_seconds(state, disk_point, changes_only)
    return point


def _vm_metadata(vm: Vm) -> dict[str, Any]:
    metadata: dict[str, Any] = {
        "vmId": vm.vm_id,
        "location": vm.location,
        "hardwareProfile": {"vmSize": vm.size},
        "storageProfile": None,
    }
    if vm.os_profile is not None:
        metadata["osProfile"] = vm.os_profile
    for name in ("diagnosticsProfile", "securityProfile", "licenseType"):
        if name in vm.passed:
            metadata[name] = vm.passed[name]
    metadata["hyperVGeneration"] = vm.generation
    return metadata


def _new_copy(
    call: Call, collection: Collection, name: str, properties: dict[str, Any], source_id: str
) -> tuple[Point, float]:
    """A copy of a point in another region."""
    state = call.state
    parsed = parse_id(source_id, "properties.sourceRestorePoint.id")
    if parsed.kind != POINT.lower():
        raise invalid_parameter("sourceRestorePoint.id", f"'{source_id}' is not the id of a restore point.")
    for refused in ("excludeDisks", "consistencyMode"):
        if properties.get(refused):
            raise bad_request(f"{refused} cannot be given when a restore point is copied.")
    minutes = _instant_minutes(call, collection, properties)
    wait = rules.check_copy_rate(state, collection, call.now)
    if wait is not None:
        raise rules.rate_error(call.clock.retry_after(wait), "copies into this restore point collection")
    collection.copy_puts.append(call.now)
    _refuse_existing(collection, name)
    call.check_linked(parsed, f"{POINT}/read")
    source = state.points.get(key(source_id))
    if source is None:
        raise entity_not_found()
    call.touch(state.collection_of(source).location)
    rules.check_copy(state, collection, source)
    overrides = _encryption_overrides(call, collection, source, properties)
    point = build_copy(state, collection, source, name, source_id, call.now)
    for disk in point.disks:
        chosen = overrides.get(key(disk.source_id or ""))
        if chosen is not None:
            disk.encryption_type, disk.encryption_set = chosen
    point.instant_minutes = minutes
    _apply_replication_fault(call, point)
    collection.busy_copies.add(point.key)
    state.running_copies.add(point.key)
    return point, state.settings.durations.copy_initiation


def build_copy(state: State, collection: Collection, source: Point, name: str, source_id: str, now: float) -> Point:
    """The copy: the source's time and metadata, no excludeDisks, platform keys unless told otherwise."""
    point_id = f"{collection.id}/restorePoints/{name}"
    changes_only = replication.incremental(state, collection.id, source)
    disks = []
    for origin in source.disks:
        disk_point_name = f"{origin.disk_name}_{state.guid()}"
        disk = DiskPoint(
            name=disk_point_name,
            id=f"{point_id}/diskRestorePoints/{disk_point_name}",
            disk_name=origin.disk_name,
            disk_id=origin.disk_id,
            size_gb=origin.size_gb,
            sku=origin.sku,
            caching=origin.caching,
            lun=origin.lun,
            os_type=origin.os_type,
            generation=origin.generation,
            unique_id=origin.unique_id,
            encryption_type=_PLATFORM_KEY,
            encryption_set=None,
            source_id=origin.id,
            content=origin.content,
        )
        disk.needs = replication.needed_seconds(state, disk, changes_only)
        disks.append(disk)
    return Point(
        id=point_id,
        name=name,
        collection=collection.key,
        vm_id=source.vm_id,
        vm=source.vm,
        time_created=source.time_created,
        time_text=source.time_text,
        born=now,
        consistency=source.consistency,
        metadata=source.metadata,
        disks=disks,
        excluded=[],
        source=source_id,
        remote=True,
        full=not changes_only,
        regions=(state.collection_of(source).location, collection.location),
    )


def _apply_replication_fault(call: Call, point: Point) -> None:
    if call.replication_fault is not None:
        point.fails = {"disk": call.replication_fault.disk, "seconds": call.replication_fault.seconds}
    point.frozen = call.faults.holding("PUT", point.id, "freeze_replication")


def _excluded(item: dict[str, Any]) -> str:
    disk_id = reference(item, "properties.excludeDisks[]")
    parse_id(disk_id, "properties.excludeDisks[].id")
    assert disk_id is not None
    return disk_id


def _instant_minutes(call: Call, collection: Collection, properties: dict[str, Any]) -> int | None:
    minutes = properties.get("instantAccessDurationMinutes")
    if minutes is None:
        return None
    call.require_version("2025-04-01", "instantAccessDurationMinutes")
    if not isinstance(minutes, int) or not 60 <= minutes <= 300:
        raise invalid_parameter("instantAccessDurationMinutes", "The value must be from 60 to 300.")
    if not collection.instant_access:
        raise bad_request("instantAccessDurationMinutes needs a collection with instantAccess.")
    return minutes


def _encryption_overrides(
    call: Call, collection: Collection, source: Point, properties: dict[str, Any]
) -> dict[str, tuple[str, str | None]]:
    """Encryption per disk of a copy, by the source's disk restore point (added in 2023-03-01)."""
    profile = section(section(properties, "sourceMetadata"), "storageProfile")
    wanted = ([section(profile, "osDisk")] if profile.get("osDisk") else []) + items_of(profile, "dataDisks")
    known = {key(disk.id) for disk in source.disks}
    overrides: dict[str, tuple[str, str | None]] = {}
    for item in wanted:
        call.require_version("2023-03-01", "diskRestorePoint.encryption")
        disk_point = section(item, "diskRestorePoint")
        origin = reference(section(disk_point, "sourceDiskRestorePoint"), "sourceDiskRestorePoint")
        if origin is None:
            raise missing_parameter("diskRestorePoint.sourceDiskRestorePoint.id")
        if key(origin) not in known:
            raise invalid_parameter(
                "diskRestorePoint.sourceDiskRestorePoint.id",
                f"'{origin}' is not a disk restore point of the source restore point.",
            )
        encryption = section(disk_point, "encryption")
        set_id = reference(section(encryption, "diskEncryptionSet"), "encryption.diskEncryptionSet")
        kind = encryption.get("type") or (_CUSTOMER_KEY if set_id else _PLATFORM_KEY)
        if kind not in _ENCRYPTION_TYPES:
            raise invalid_parameter("encryption.type", f"The value '{kind}' is invalid.")
        if (kind == _PLATFORM_KEY) == bool(set_id):
            raise invalid_parameter("encryption.diskEncryptionSet", f"It does not go with encryption type '{kind}'.")
        if set_id:
            check_encryption_set(call, set_id, collection.location)
        overrides[key(origin)] = (kind, set_id)
    return overrides


def check_encryption_set(call: Call, set_id: str, location: str) -> None:
    """A disk encryption set has to exist, in the region of what it encrypts."""
    parsed = parse_id(set_id, "diskEncryptionSet.id")
    if parsed.kind != ENCRYPTION_SET.lower():
        raise invalid_parameter("diskEncryptionSet.id", f"'{set_id}' is not the id of a disk encryption set.")
    found = call.state.encryption_sets.get(set_id)
    if found is None:
        raise resource_not_found(ENCRYPTION_SET, parsed.name, parsed.group)
    if found.location != location:
        raise bad_request(
            f"The disk encryption set '{found.name}' is in region '{found.location}', what it should encrypt in "
            f"'{location}'."
        )


@operations.effect("point_created")
def _point_created(state: State, at: float, operation: Operation) -> None:
    point = state.points.get(operation.subject)
    if point is None:
        return
    state.creating_on_vm.get(key(point.vm), set()).discard(point.key)
    point.rendered = None
    if operation.error:
        point.provisioning = "Failed"
        state.running_copies.discard(point.key)
        state.collection_of(point).busy_copies.discard(point.key)
        return
    point.provisioning = "Succeeded"
    if point.remote:
        replication.start(state, point, at)


def get_point(call: Call, collection_name: str, name: str) -> Reply:
    """One point, with its instance view if asked for."""
    collection = _require_collection(call, collection_name, nested=True)
    point = call.find_point(collection, name)
    expand = _expand(call, "instanceView")
    document = show_point(call, point)
    if expand:
        view = instance_view(call, point, collection)
        if view is not None:
            document["properties"]["instanceView"] = view
    return Reply(200, document)


def delete_point(call: Call, collection_name: str, name: str) -> Reply:
    """Delete a point: 202 with both headers; even one whose copy is unfinished (recorded: Azure has no guard)."""
    collection = call.find_collection(collection_name)
    point = collection.points.get(name.lower()) if collection else None
    if collection is None or point is None:
        return Reply(204)
    _check_deletable(point, call.now)
    before = point.provisioning
    point.provisioning = "Deleting"
    point.rendered = None
    operation = operations.start(
        call, collection.location, call.state.settings.durations.delete, "point_deleted", point.key
    )
    if call.operation_fault is not None and before != "Deleting":
        call.state.schedule(operation.due, "point_kept", point.key, before)
    return Reply(202, None, operations.headers(call, operation, location=True))


def _check_deletable(point: Point, now: float) -> None:
    if point.provisioning == "Creating":
        raise not_allowed(f"The restore point '{point.name}' is still being created.")
    for disk in point.disks:
        if disk.access_until is not None and disk.access_until > now:
            raise ArmError(
                409,
                "DiskRestorePointUsedByCustomer",
                f"There is an active shared access signature outstanding for disk restore point {disk.name}. "
                "Call EndGetAccess before deleting the restore point.",
            )


@operations.effect("point_deleted")
def _point_deleted(state: State, at: float, operation: Operation) -> None:
    point = state.points.get(operation.subject)
    if point is None or operation.error:
        return
    state.remove_point(point)
    replication.source_gone(state, point, at)


def point_kept(state: State, _at: float, point_key: str, provisioning: str) -> None:
    """A deletion failed: the point is as it was."""
    point = state.points.get(point_key)
    if point is not None:
        point.provisioning = provisioning
        point.rendered = None


def show_point(call: Call, point: Point) -> dict[str, Any]:
    """A point as it is answered (members in the recorded order)."""
    metadata = dict(point.metadata)
    with_encryption = call.api_version >= "2023-03-01"
    os_disk: dict[str, Any] | None = None
    data_disks = []
    for disk in point.disks:
        shown = _show_disk_of_point(point, disk, with_encryption)
        if disk.lun is None:
            os_disk = {"osType": disk.os_type, **shown}
        else:
            data_disks.append({"lun": disk.lun, **shown})
    profile: dict[str, Any] = {"osDisk": os_disk} if os_disk is not None else {}
    metadata["storageProfile"] = {**profile, "dataDisks": data_disks}
    properties: dict[str, Any] = {}
    if point.excluded:
        properties["excludeDisks"] = [{"id": disk_id} for disk_id in point.excluded]
    properties["sourceMetadata"] = metadata
    properties["provisioningState"] = point.provisioning
    if point.source or point.provisioning != "Creating":
        properties["consistencyMode"] = point.consistency
    if point.source:
        properties["sourceRestorePoint"] = {"id": point.source}
    if point.instant_minutes is not None:
        properties["instantAccessDurationMinutes"] = point.instant_minutes
    properties["timeCreated"] = point.time_text
    return {"name": point.name, "id": point.id, "properties": properties}


def _show_disk_of_point(point: Point, disk: DiskPoint, with_encryption: bool) -> dict[str, Any]:
    managed: dict[str, Any] = {"storageAccountType": disk.sku, "id": disk.disk_id}
    shown: dict[str, Any] = {
        "name": disk.disk_name,
        "diskSizeGB": disk.size_gb,
        "caching": disk.caching,
        "managedDisk": managed,
    }
    if point.provisioning in ("Succeeded", "Deleting"):
        disk_point: dict[str, Any] = {"id": disk.id}
        if with_encryption:
            disk_point["encryption"] = _show_encryption(disk)
            if disk.source_id:
                disk_point["sourceDiskRestorePoint"] = {"id": disk.source_id}
        shown["diskRestorePoint"] = disk_point
    return shown


def _show_encryption(disk: DiskPoint) -> dict[str, Any]:
    shown: dict[str, Any] = {"type": disk.encryption_type}
    if disk.encryption_set:
        shown["diskEncryptionSet"] = {"id": disk.encryption_set}
    return shown


def _rendered_point(call: Call, point: Point) -> str:
    """The point as JSON, kept until the point changes."""
    with_encryption = call.api_version >= "2023-03-01"
    if point.rendered is None:
        point.rendered = {}
    text = point.rendered.get(with_encryption)
    if text is None:
        text = point.rendered[with_encryption] = json.dumps(show_point(call, point))
    return text


def instance_view(call: Call, point: Point, collection: Collection) -> dict[str, Any] | None:
    """Replication of a remote point; a local point has none. With instant access there is a status more, and it
    comes first: whoever reads statuses[0] reads the wrong one."""
    statuses = []
    if collection.instant_access and point.provisioning == "Succeeded":
        statuses.append(
            {
                "code": "SnapshotAccessState/Available",
                "level": "Info",
                "displayStatus": "Snapshot access available",
            }
        )
    view: dict[str, Any] = {"statuses": statuses}
    if point.state != "none":
        view["diskRestorePoints"] = [
            {"id": disk.id, "replicationStatus": _replication_status(call, point, disk)} for disk in point.disks
        ]
        statuses.append(_status(_state_at(point.state, point.ended, call.now)))
    return view if statuses else None


def _replication_status(call: Call, point: Point, disk: DiskPoint) -> dict[str, Any]:
    shown: dict[str, Any] = {"status": _status(_state_at(disk.state, disk.ended, call.now))}
    percent = replication.visible_percent(call.state, point, disk, call.now)
    if percent is not None:
        shown["completionPercent"] = percent
    return shown


def _state_at(state: str, ended: float | None, now: float) -> str:
    """A state that was reached after ``now`` does not show yet (stale reads)."""
    return "replicating" if ended is not None and ended > now else state


def _status(state: str) -> dict[str, Any]:
    return {
        "code": f"ReplicationState/{state}",
        "level": "Error" if state == "failed" else "Info",
        "displayStatus": _STATUS_TEXT[state],
    }


# --- disk restore points -------------------------------------------------------------------------------------------


def list_disk_points(call: Call, collection_name: str, name: str) -> Reply:
    """The disk restore points of a point."""
    point = _ready_point(call, collection_name, name)
    return Reply(200, {"value": [_show_disk_point(call, point, disk) for disk in point.disks]})


def get_disk_point(call: Call, collection_name: str, name: str, disk_name: str) -> Reply:
    """One disk restore point."""
    point = _ready_point(call, collection_name, name)
    return Reply(200, _show_disk_point(call, point, _find_disk_point(point, disk_name)))


def begin_access(call: Call, collection_name: str, name: str, disk_name: str) -> Reply:
    """Give a shared access signature out; the point cannot be deleted while it lasts."""
    point = _ready_point(call, collection_name, name)
    disk = _find_disk_point(point, disk_name)
    if call.body.get("access") != "Read":
        raise invalid_parameter("access", "Only access 'Read' can be granted to a disk restore point.")
    seconds = call.body.get("durationInSeconds")
    if not isinstance(seconds, int) or isinstance(seconds, bool) or seconds <= 0:
        raise invalid_parameter("durationInSeconds", "The value must be a positive whole number.")
    disk.access_until = call.now + seconds
    operation = operations.start(
        call, point.regions[1], 1, "nothing", disk.id, path="DiskOperations", shows="disk_point_access"
    )
    return Reply(202, None, operations.headers(call, operation, location=True, retry_after=1))


def end_access(call: Call, collection_name: str, name: str, disk_name: str) -> Reply:
    """Revoke the shared access signature."""
    point = _ready_point(call, collection_name, name)
    _find_disk_point(point, disk_name).access_until = None
    operation = operations.start(call, point.regions[1], 1, "nothing", point.key, path="DiskOperations")
    return Reply(202, None, operations.headers(call, operation, location=True, retry_after=1))


@operations.effect("nothing")
def _nothing(_state: State, _at: float, _operation: Operation) -> None:
    """The operation's work was done when it started."""


def _show_access(call: Call, subject: str) -> dict[str, Any] | None:
    name = subject.rsplit("/", 1)[-1]
    return {"accessSAS": f"https://md-sandbox.invalid/{call.subscription}/{name}?sv=2018-03-28&sr=b&sig=sandbox"}


operations.SHOW["disk_point_access"] = _show_access


def _show_disk_point(call: Call, point: Point, disk: DiskPoint) -> dict[str, Any]:
    properties: dict[str, Any] = {
        "timeCreated": point.time_text,
        "sourceResourceId": disk.source_id or disk.disk_id,
        "sourceResourceLocation": point.regions[0],
        "sourceUniqueId": disk.unique_id,
        "familyId": disk.unique_id,
        "encryption": {"type": disk.encryption_type},
        "networkAccessPolicy": "AllowAll",
        "publicNetworkAccess": "Enabled",
    }
    if disk.encryption_set:
        properties["encryption"]["diskEncryptionSetId"] = disk.encryption_set
    if disk.os_type:
        properties["osType"] = disk.os_type
    if disk.generation:
        properties["hyperVGeneration"] = disk.generation
    if disk.state != "none":
        properties["replicationState"] = _state_at(disk.state, disk.ended, call.now).capitalize()
        percent = replication.visible_percent(call.state, point, disk, call.now)
        if percent is not None:
            properties["completionPercent"] = percent
    return {"id": disk.id, "name": disk.name, "type": DISK_POINT, "properties": properties}


def _ready_point(call: Call, collection_name: str, name: str) -> Point:
    point = call.find_point(_require_collection(call, collection_name, nested=True), name)
    if point.provisioning not in ("Succeeded", "Deleting"):
        raise entity_not_found()
    return point


def _find_disk_point(point: Point, name: str) -> DiskPoint:
    for disk in point.disks:
        if disk.name.lower() == name.lower():
            return disk
    raise entity_not_found()


# --- common --------------------------------------------------------------------------------------------------------


def _require_collection(call: Call, name: str, *, nested: bool = False) -> Collection:
    collection = call.find_collection(name)
    if collection is None:
        assert call.group is not None
        if nested:
            raise entity_not_found()
        raise resource_not_found(COLLECTION, name, call.group.name)
    return collection


def _expand(call: Call, known: str) -> bool:
    expand = call.query.get("$expand")
    if expand is None:
        return False
    if expand.lower() != known.lower():
        raise invalid_parameter("$expand", f"The value '{expand}' of parameter $expand is invalid; '{known}' is known.")
    return True
