# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Disks and virtual machines that were restored, as values, and the bodies that make them. Pure."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ansible_collections.bcdr.multicloud.plugins.module_utils._azure.restores.values import Source, SourceDisk
from ansible_collections.bcdr.multicloud.plugins.module_utils._azure.times import parse_timestamp

# How a disk is made of a disk restore point, and of a snapshot of its region.
RESTORE = "restore"
COPY = "copy"
_NIC_API_VERSION = "2020-11-01"


@dataclass(frozen=True)
class Disk:
    """A managed disk; `source_id` is the disk restore point or snapshot that it was made from, "" if it was made
    otherwise. `used` says that it is or has been attached to a VM."""

    id: str
    name: str
    size_gb: int
    os_type: str = ""
    provisioning_state: str = ""
    source_id: str = ""
    attached_to: str = ""
    tags: Mapping[str, str] = field(default_factory=dict)
    created: datetime.datetime | None = None
    used: bool = False

    @property
    def ready(self) -> bool:
        return self.provisioning_state.lower() == "succeeded"

    @property
    def failed(self) -> bool:
        return self.provisioning_state.lower() in ("failed", "canceled")

    @property
    def deleting(self) -> bool:
        return self.provisioning_state.lower() == "deleting"


@dataclass(frozen=True)
class Vm:
    """A virtual machine; `disk_ids` begins with the OS disk."""

    id: str
    name: str
    provisioning_state: str
    disk_ids: tuple[str, ...] = ()
    tags: Mapping[str, str] = field(default_factory=dict)

    @property
    def ready(self) -> bool:
        return self.provisioning_state.lower() == "succeeded"

    @property
    def failed(self) -> bool:
        return self.provisioning_state.lower() in ("failed", "canceled")

    @property
    def deleting(self) -> bool:
        return self.provisioning_state.lower() == "deleting"


@dataclass(frozen=True)
class VmWanted:
    """The VM to bring up on the restored disks; empty fields are taken from the source."""

    id: str
    size: str = ""
    network_interface_ids: tuple[str, ...] = ()
    subnet_id: str = ""
    license_type: str = ""
    boot_diagnostics: bool | None = None

    @property
    def name(self) -> str:
        return self.id.rsplit("/", 1)[-1]


def parse_disk(answer: Mapping[str, Any]) -> Disk:
    """Return the disk that ARM answered (disks GET or list entry)."""
    properties = answer.get("properties") or {}
    creation = properties.get("creationData") or {}
    option = str(creation.get("createOption") or "").lower()
    return Disk(
        id=answer["id"],
        name=answer.get("name") or answer["id"].rsplit("/", 1)[-1],
        size_gb=int(properties.get("diskSizeGB") or 0),
        os_type=properties.get("osType") or "",
        provisioning_state=properties.get("provisioningState") or "",
        source_id=(creation.get("sourceResourceId") or "") if option in (RESTORE, COPY) else "",
        attached_to=answer.get("managedBy") or "",
        # "The UTC time when the ownership state of the disk was last changed i.e., the time the disk was last attached or
        # detached" (REST API, Disks, LastOwnershipUpdateTime).
        used=bool(answer.get("managedBy") or properties.get("LastOwnershipUpdateTime")),
        tags=answer.get("tags") or {},
        created=parse_timestamp(properties["timeCreated"]) if properties.get("timeCreated") else None,
    )


def parse_vm(answer: Mapping[str, Any]) -> Vm:
    """Return the VM that ARM answered (virtualMachines GET)."""
    properties = answer.get("properties") or {}
    storage = properties.get("storageProfile") or {}
    disks = [storage.get("osDisk") or {}, *(storage.get("dataDisks") or ())]
    return Vm(
        id=answer["id"],
        name=answer.get("name") or answer["id"].rsplit("/", 1)[-1],
        provisioning_state=properties.get("provisioningState") or "",
        disk_ids=tuple(disk["managedDisk"]["id"] for disk in disks if (disk.get("managedDisk") or {}).get("id")),
        tags=answer.get("tags") or {},
    )


def disk_name(name_format: str, source_disk: str, point: str, vm: str) -> str:
    """Return the name of a restored disk; placeholders {disk}, {point} and {vm}. Raises ValueError for others."""
    try:
        return name_format.format(disk=source_disk, point=point, vm=vm)
    except (AttributeError, LookupError, ValueError) as error:
        raise ValueError(
            f"{name_format!r} may hold {{disk}}, {{point}} and {{vm}} and nothing else in braces ({error})"
        ) from error


def disk_body(
    disk: SourceDisk,
    point: Source,
    create_option: str,
    *,
    location: str,
    sku: str,
    zone: str,
    size_gb: int | None,
    encryption_set_id: str,
    tags: Mapping[str, str],
) -> dict[str, Any]:
    """Return the body of the PUT that makes a managed disk from a disk restore point (createOption Restore) or from a
    snapshot of its region (Copy)."""
    creation = {"createOption": create_option.capitalize(), "sourceResourceId": disk.point_id}
    properties: dict[str, Any] = {"creationData": creation}
    if size_gb:
        properties["diskSizeGB"] = size_gb
    if encryption_set_id:
        properties["encryption"] = {"type": "EncryptionAtRestWithCustomerKey", "diskEncryptionSetId": encryption_set_id}
    if disk.is_os:
        if disk.os_type:
            properties["osType"] = disk.os_type
        if point.metadata.get("hyperVGeneration"):
            properties["hyperVGeneration"] = point.metadata["hyperVGeneration"]
        security = (point.metadata.get("securityProfile") or {}).get("securityType")
        if security:
            properties["securityProfile"] = {"securityType": security}
    body: dict[str, Any] = {"location": location, "tags": dict(tags), "properties": properties}
    if sku or disk.sku:
        body["sku"] = {"name": sku or disk.sku}
    if zone:
        body["zones"] = [zone]
    return body


def vm_body(
    wanted: VmWanted,
    point: Source,
    disks: list[tuple[SourceDisk, str]],
    *,
    location: str,
    zone: str,
    tags: Mapping[str, str],
) -> dict[str, Any]:
    """Return the body of the PUT that makes a VM on restored disks; `disks` pairs each point disk with its disk's id.

    Attached disks already hold an installed system, so Azure takes no osProfile; size, licence, security type, caching,
    luns, write acceleration and boot diagnostics are carried over from the source, as far as it tells them, unless given.
    """
    metadata = point.metadata
    storage: dict[str, Any] = {"dataDisks": []}
    for disk, disk_id in disks:
        entry: dict[str, Any] = {"createOption": "Attach", "managedDisk": {"id": disk_id}}
        if disk.caching:
            entry["caching"] = disk.caching
        if disk.write_accelerator:
            entry["writeAcceleratorEnabled"] = True
        if disk.is_os:
            storage["osDisk"] = {**entry, "osType": disk.os_type}
        else:
            storage["dataDisks"].append({**entry, "lun": disk.lun})
    properties: dict[str, Any] = {
        "hardwareProfile": {"vmSize": wanted.size or (metadata.get("hardwareProfile") or {}).get("vmSize")},
        "storageProfile": storage,
        "networkProfile": _network_profile(wanted),
    }
    if metadata.get("securityProfile"):
        properties["securityProfile"] = metadata["securityProfile"]
    license_type = wanted.license_type or metadata.get("licenseType")
    if license_type:
        properties["licenseType"] = license_type
    diagnostics = wanted.boot_diagnostics
    if diagnostics is None:
        diagnostics = bool(((metadata.get("diagnosticsProfile") or {}).get("bootDiagnostics") or {}).get("enabled"))
    if diagnostics:
        # Without a storage URI Azure keeps them itself: the source's storage account may be gone with its region.
        properties["diagnosticsProfile"] = {"bootDiagnostics": {"enabled": True}}
    body: dict[str, Any] = {"location": location, "tags": dict(tags), "properties": properties}
    if zone:
        body["zones"] = [zone]
    return body


def _network_profile(wanted: VmWanted) -> dict[str, Any]:
    if wanted.network_interface_ids:
        return {
            "networkInterfaces": [
                {"id": nic, "properties": {"primary": index == 0}}
                for index, nic in enumerate(wanted.network_interface_ids)
            ]
        }
    address = {"name": "ipconfig1", "properties": {"primary": True, "subnet": {"id": wanted.subnet_id}}}
    return {
        "networkApiVersion": _NIC_API_VERSION,
        "networkInterfaceConfigurations": [
            {
                "name": f"{wanted.name}-nic",
                # The interface is made with the VM and goes with it.
                "properties": {"primary": True, "deleteOption": "Delete", "ipConfigurations": [address]},
            }
        ],
    }


def verify_restored(disks: list[tuple[SourceDisk, Disk]], expected: Source, chosen: int, noun: str) -> dict[str, Any]:
    """Return whether the restored disks are those of the source: count, sizes (may be larger) and OS type."""
    differences = []
    if len(disks) != chosen:
        differences.append(f"{len(disks)} disks restored, the {noun} has {chosen}")
    for wanted, restored in disks:
        if restored.size_gb < wanted.size_gb:
            differences.append(f"{restored.name} has {restored.size_gb} GB, {wanted.name} had {wanted.size_gb} GB")
        if wanted.is_os and restored.os_type.lower() != wanted.os_type.lower():
            differences.append(
                f"{restored.name} holds {restored.os_type or 'no known system'}, {wanted.name} held {wanted.os_type}"
            )
    return {
        "matches": not differences,
        "differences": differences,
        "disk_count": len(disks),
        "size_gb": sum(restored.size_gb for _wanted, restored in disks),
        "os_type": next((disk.os_type for disk in expected.disks if disk.is_os), None),
    }
