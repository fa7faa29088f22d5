# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Managed images, made from snapshots or managed disks of the same region."""

from __future__ import annotations

from typing import Any

from . import operations
from .call import Call, Reply, items_of, only_fields, properties_of, reference, section, tags_of
from .errors import (
    ArmError,
    bad_request,
    invalid_parameter,
    missing_parameter,
    not_allowed,
    other_location,
    property_change,
    resource_not_found,
)
from .ids import DISK, IMAGE, SNAPSHOT, check_name, key, make_id, parse_id
from .listing import page
from .regions import find_region
from .state import Disk, Image, Operation, Snapshot, State

_FIELDS = frozenset({"id", "name", "type", "location", "tags", "properties", "extendedLocation"})
_PROPERTIES = frozenset({"storageProfile", "hyperVGeneration", "sourceVirtualMachine", "provisioningState"})
_OS_FIELDS = frozenset(
    {"osType", "osState", "snapshot", "managedDisk", "blobUri", "caching", "diskSizeGB", "storageAccountType",
     "diskEncryptionSet"}
)  # fmt: skip
_DATA_FIELDS = _OS_FIELDS - {"osType", "osState"} | {"lun"}


def put_image(call: Call, name: str) -> Reply:
    """Make an image: 201 and Azure-AsyncOperation; of an existing one only the tags may change."""
    check_name(name)
    only_fields(call.body, _FIELDS, "Image")
    properties = properties_of(call.body)
    only_fields(properties, _PROPERTIES, "Image.properties")
    region = find_region(call.body.get("location"), IMAGE)
    call.touch(region.name)
    if properties.get("sourceVirtualMachine") is not None:
        raise bad_request("The sandbox makes images from snapshots and managed disks, not from a virtual machine.")
    generation = properties.get("hyperVGeneration")
    if generation not in (None, "V1", "V2"):
        raise invalid_parameter("image.hyperVGeneration", f"The value '{generation}' is invalid; V1 and V2 are known.")
    storage = _read_storage(call, section(properties, "storageProfile"), region.name)
    tags = tags_of(call.body)
    assert call.group is not None
    existing = call.find_image(name)
    if existing is not None:
        return _update(call, existing, region.name, storage, tags)
    image = call.state.images.add(
        Image(
            id=make_id(call.group.subscription, call.group.name, IMAGE, name),
            name=name,
            subscription=call.group.subscription,
            group=call.group.name,
            location=region.name,
            born=call.now,
            tags=tags,
            provisioning="Creating",
            generation=generation or "V1",
            storage=storage,
        )
    )
    seconds = call.state.settings.durations.create_image
    operation = operations.start(call, image.location, seconds, "image_made", image.key)
    return Reply(201, show_image(call, image), operations.headers(call, operation, location=False))


def _read_storage(call: Call, profile: dict[str, Any], location: str) -> dict[str, Any]:
    only_fields(profile, frozenset({"osDisk", "dataDisks", "zoneResilient"}), "ImageStorageProfile")
    os_disk = section(profile, "osDisk")
    if not os_disk:
        raise missing_parameter("image.storageProfile.osDisk")
    only_fields(os_disk, _OS_FIELDS, "ImageOSDisk")
    if os_disk.get("osType") not in ("Linux", "Windows"):
        raise missing_parameter("image.storageProfile.osDisk.osType")
    if os_disk.get("osState") not in ("Generalized", "Specialized"):
        raise missing_parameter("image.storageProfile.osDisk.osState")
    shown_os = {
        "osType": os_disk["osType"],
        "osState": os_disk["osState"],
        **_read_disk(call, os_disk, location, "osDisk"),
    }
    data, luns = [], set()
    for index, entry in enumerate(items_of(profile, "dataDisks")):
        where = f"dataDisks[{index}]"
        only_fields(entry, _DATA_FIELDS, "ImageDataDisk")
        lun = entry.get("lun")
        if not isinstance(lun, int) or isinstance(lun, bool) or lun in luns or not 0 <= lun <= 63:
            raise invalid_parameter(f"{where}.lun", f"The lun '{lun}' is missing, out of range or given twice.")
        luns.add(lun)
        data.append({"lun": lun, **_read_disk(call, entry, location, where)})
    return {"osDisk": shown_os, "dataDisks": data, "zoneResilient": bool(profile.get("zoneResilient", False))}


def _read_disk(call: Call, entry: dict[str, Any], location: str, where: str) -> dict[str, Any]:
    """What an image's disk is made of: a complete snapshot, or a disk, of the same region."""
    given = [name for name in ("snapshot", "managedDisk", "blobUri") if entry.get(name)]
    if len(given) != 1:
        raise bad_request(f"{where}: exactly one of snapshot, managedDisk and blobUri has to be given.")
    if given == ["blobUri"]:
        raise bad_request(f"{where}: the sandbox makes images from snapshots and managed disks only.")
    kind = SNAPSHOT if given == ["snapshot"] else DISK
    path = f"storageProfile.{where}.{given[0]}"
    source_id = reference(section(entry, given[0]), path)
    parsed = parse_id(source_id, f"{path}.id")
    if parsed.kind != kind.lower():
        raise invalid_parameter(f"{path}.id", f"'{source_id}' is not the id of a resource of type '{kind}'.")
    call.check_linked(parsed, f"{kind}/read")
    assert source_id is not None
    source: Snapshot | Disk | None
    source = call.state.snapshots.get(source_id) if kind == SNAPSHOT else call.state.disks.get(source_id)
    if source is None:
        raise resource_not_found(kind, parsed.name, parsed.group)
    if source.location != location:
        raise bad_request(f"{where}: '{source.name}' is in region '{source.location}', the image in '{location}'.")
    if isinstance(source, Snapshot) and not source.ready:
        raise not_allowed(f"{where}: snapshot '{source.name}' is not complete, so no image can be made from it.")
    return {
        given[0]: {"id": source.id},
        "caching": entry.get("caching") or "None",
        "diskSizeGB": entry.get("diskSizeGB") or source.size_gb,
        "storageAccountType": entry.get("storageAccountType") or "Standard_LRS",
    }


def _update(call: Call, image: Image, location: str, storage: dict[str, Any], tags: dict[str, str] | None) -> Reply:
    if image.location != location:
        raise other_location(image.name, image.location, location, IMAGE, image.group)
    if image.provisioning == "Deleting":
        raise not_allowed(f"Image '{image.name}' is being deleted.")
    if _sources(storage) != _sources(image.storage):
        raise property_change("storageProfile")
    image.tags = tags
    return Reply(200, show_image(call, image))


def _sources(storage: dict[str, Any]) -> list[str]:
    return [
        key((disk.get("snapshot") or disk.get("managedDisk"))["id"])
        for disk in [storage["osDisk"], *storage["dataDisks"]]
    ]


@operations.effect("image_made")
def _image_made(state: State, _at: float, operation: Operation) -> None:
    image = state.images.get(operation.subject)
    if image is not None and image.provisioning == "Creating":
        image.provisioning = "Failed" if operation.error else "Succeeded"


def patch_image(call: Call, name: str) -> Reply:
    """Replace the tags."""
    image = _require(call, name)
    only_fields(call.body, frozenset({"tags"}), "ImageUpdate")
    if "tags" in call.body:
        image.tags = tags_of(call.body)
    return Reply(200, show_image(call, image))


def get_image(call: Call, name: str) -> Reply:
    """One image."""
    return Reply(200, show_image(call, _require(call, name)))


def list_images_in_group(call: Call) -> Reply:
    """All images of the resource group."""
    assert call.group is not None
    return page(call, call.state.images.in_group(call.group.subscription, call.group.name), show_image)


def list_images(call: Call) -> Reply:
    """All images of the subscription."""
    return page(call, call.state.images.in_subscription(call.subscription), show_image)


def delete_image(call: Call, name: str) -> Reply:
    """Delete an image: 202 with both headers."""
    image = call.find_image(name)
    if image is None:
        return Reply(204)
    if image.provisioning == "Creating":
        raise ArmError(409, "OperationNotAllowed", f"Image '{image.name}' is still being made.")
    image.provisioning = "Deleting"
    operation = operations.start(call, image.location, call.state.settings.durations.delete, "image_deleted", image.key)
    return Reply(202, None, operations.headers(call, operation, location=True))


@operations.effect("image_deleted")
def _image_deleted(state: State, _at: float, operation: Operation) -> None:
    image = state.images.get(operation.subject)
    if image is None:
        return
    if operation.error:
        image.provisioning = "Succeeded"
    else:
        state.images.remove(image.id)


def show_image(_call: Call, image: Image) -> dict[str, Any]:
    """An image as it is answered."""
    document: dict[str, Any] = {"name": image.name, "id": image.id, "type": IMAGE, "location": image.location}
    if image.tags is not None:
        document["tags"] = image.tags
    document["properties"] = {
        "storageProfile": image.storage,
        "provisioningState": image.provisioning,
        "hyperVGeneration": image.generation,
    }
    return document


def _require(call: Call, name: str) -> Image:
    image = call.find_image(name)
    if image is None:
        assert call.group is not None
        raise resource_not_found(IMAGE, name, call.group.name)
    return image
