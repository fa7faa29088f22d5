# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Virtual machines: seeded ones, and ones that are created from attached disks."""

from __future__ import annotations

import re
from typing import Any

from . import operations
from .call import Call, Reply, items_of, only_fields, properties_of, reference, section, tags_of
from .disks import check_zones
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
from .ids import DISK, NIC, VM, VM_NAME, check_name, key, make_id, parse_id
from .listing import page
from .network import make_nic, nic_in_use
from .regions import Region, find_region
from .state import Disk, Nic, Operation, State, Vm, VmDisk, VmNic

_SIZE = re.compile(r"^Standard_[A-Z][A-Za-z0-9_\-]{1,40}$")
_FIELDS = frozenset({"id", "name", "type", "location", "tags", "zones", "identity", "plan", "properties", "etag"})
_PASSED = ("securityProfile", "diagnosticsProfile", "licenseType", "additionalCapabilities", "priority", "userData")
_PROPERTIES = frozenset(
    {"hardwareProfile", "storageProfile", "osProfile", "networkProfile", "provisioningState", "vmId", "timeCreated"}
    | {"availabilitySet", "instanceView", *_PASSED}
)


def put_vm(call: Call, name: str) -> Reply:
    """Create a VM (201, long running); the same request again answers 200, any other is refused."""
    check_name(name, VM_NAME)
    only_fields(call.body, _FIELDS, "VirtualMachine")
    properties = properties_of(call.body)
    only_fields(properties, _PROPERTIES, "VirtualMachine.properties")
    region = find_region(call.body.get("location"), VM)
    call.touch(region.name)
    tags = tags_of(call.body)
    size = section(properties, "hardwareProfile").get("vmSize")
    if not isinstance(size, str) or not _SIZE.match(size):
        raise invalid_parameter("vmSize", f"The value {size} provided for the VM size is not valid.")
    zones = check_zones(call.body.get("zones"), region, at_most=1)
    disks = _wanted_disks(properties)
    existing = call.find_vm(name)
    if existing is not None:
        return _update(call, existing, region, size, zones, disks, properties, tags)
    if properties.get("osProfile") is not None:
        raise invalid_parameter("osProfile", "Parameter 'osProfile' is not allowed.")
    assert call.group is not None
    vm = Vm(
        id=make_id(call.group.subscription, call.group.name, VM, name),
        name=name,
        subscription=call.group.subscription,
        group=call.group.name,
        location=region.name,
        born=call.now,
        tags=tags,
        provisioning="Creating",
        size=size,
        zones=zones,
        disks=disks,
        passed={field: properties[field] for field in _PASSED if field in properties},
    )
    resources = _check_disks(call, vm)
    profile = section(properties, "networkProfile")
    attached, created = _nics(call, vm, profile)
    if created and not profile.get("networkApiVersion"):
        raise missing_parameter("networkProfile.networkApiVersion")
    os_disk = resources[0]
    vm.os_type = section(section(properties, "storageProfile"), "osDisk")["osType"]
    vm.generation = os_disk.generation or "V1"
    vm.vm_id = call.state.guid()
    _note_content(call, vm, resources)
    for disk in resources:
        disk.vm = vm.id
    for nic in created:
        call.state.nics.add(nic)
    for wanted in attached:
        nic_resource = call.state.nics.get(wanted.nic)
        assert nic_resource is not None
        nic_resource.vm, nic_resource.primary = vm.id, wanted.primary
    vm.nics = attached
    call.state.vms.add(vm)
    operation = operations.start(call, region.name, call.state.settings.durations.create_vm, "vm_created", vm.key)
    return Reply(201, show_vm(call, vm), operations.headers(call, operation, location=False, retry_after=10))


def _wanted_disks(properties: dict[str, Any]) -> list[VmDisk]:
    """The disks of the request, the OS disk first."""
    profile = section(properties, "storageProfile")
    os_disk = section(profile, "osDisk")
    if not os_disk:
        raise missing_parameter("storageProfile.osDisk")
    if profile.get("imageReference"):
        raise invalid_parameter(
            "imageReference",
            "Cannot attach an existing OS disk if the VM is created from a platform, user or a shared gallery image.",
        )
    if not os_disk.get("osType"):
        raise missing_parameter("osDisk.osType")
    if os_disk["osType"] not in ("Linux", "Windows"):
        raise invalid_parameter("osDisk.osType", f"The value '{os_disk['osType']}' is invalid.")
    disks = [_wanted_disk(os_disk, None)]
    luns = set()
    for item in items_of(profile, "dataDisks"):
        lun = item.get("lun")
        if not isinstance(lun, int) or isinstance(lun, bool) or not 0 <= lun <= 63:
            raise invalid_parameter("dataDisk.lun", f"The value '{lun}' of dataDisk.lun is out of range.")
        if lun in luns:
            raise invalid_parameter("dataDisk.lun", f"A disk at LUN {lun} already exists.")
        luns.add(lun)
        disks.append(_wanted_disk(item, lun))
    keys = [key(disk.disk) for disk in disks]
    if len(set(keys)) != len(keys):
        raise invalid_parameter("dataDisk.managedDisk.id", "A disk is attached twice.")
    return disks


def _wanted_disk(item: dict[str, Any], lun: int | None) -> VmDisk:
    path = "osDisk" if lun is None else "dataDisk"
    option = item.get("createOption")
    if option is None:
        raise missing_parameter(f"{path}.createOption")
    if option not in ("Attach", "FromImage", "Empty"):
        raise invalid_parameter(f"{path}.createOption", f"The value '{option}' is invalid.")
    disk_id = reference(section(item, "managedDisk"), f"{path}.managedDisk")
    if disk_id is None:
        raise missing_parameter(f"{path}.managedDisk.id")
    parsed = parse_id(disk_id, f"storageProfile.{path}.managedDisk.id")
    if parsed.kind != DISK.lower():
        raise invalid_parameter(f"{path}.managedDisk.id", f"'{disk_id}' is not the id of a disk.")
    if item.get("name") and item["name"].lower() != parsed.name.lower():
        raise invalid_parameter(f"{path}.name", f"The name '{item['name']}' is not that of the disk '{parsed.name}'.")
    delete_option = item.get("deleteOption") or "Detach"
    if delete_option not in ("Detach", "Delete"):
        raise invalid_parameter(f"{path}.deleteOption", f"The value '{delete_option}' is invalid.")
    caching = item.get("caching") or ("ReadWrite" if lun is None else "None")
    if caching not in ("None", "ReadOnly", "ReadWrite"):
        raise invalid_parameter(f"{path}.caching", f"The value '{caching}' is invalid.")
    return VmDisk(disk_id, parsed.name, lun, caching, delete_option, option)


def _check_disks(call: Call, vm: Vm) -> list[Disk]:
    """The disks exist, are finished, free, in the VM's region and zone; the OS disk has an OS."""
    found: list[Disk] = []
    for wanted in vm.disks:
        parsed = parse_id(wanted.disk, "managedDisk.id")
        call.check_linked(parsed, f"{DISK}/write")
        if wanted.create_option != "Attach":
            raise invalid_parameter(
                "createOption", f"The sandbox creates VMs from attached disks only, not with '{wanted.create_option}'."
            )
        disk = call.state.disks.get(wanted.disk)
        if disk is None:
            raise resource_not_found(DISK, parsed.name, parsed.group)
        if disk.location != vm.location:
            raise bad_request(
                f"The disk '{disk.name}' is in region '{disk.location}', the virtual machine in '{vm.location}'."
            )
        if disk.provisioning != "Succeeded":
            raise not_allowed(f"Disk '{disk.name}' is in provisioning state '{disk.provisioning}'.")
        if disk.vm and disk.max_shares == 1:
            raise ArmError(
                409,
                "ConflictingUserInput",
                f"Disk '{disk.id}' cannot be attached as the disk is already owned by VM '{disk.vm}'.",
            )
        if disk.zones and disk.zones != vm.zones:
            raise bad_request(
                f"Disk '{disk.name}' is in zone '{disk.zones[0]}', the virtual machine in "
                f"{vm.zones[0] if vm.zones else 'none'}.",
            )
        if vm.zones and not disk.zones and not disk.sku.endswith("_ZRS"):
            raise bad_request(
                f"Disk '{disk.name}' is in no zone; a virtual machine in zone '{vm.zones[0]}' needs zonal disks."
            )
        found.append(disk)
    if not found[0].os_type:
        raise bad_request(f"Disk '{found[0].name}' holds no operating system and cannot be the OS disk.")
    return found


def _note_content(call: Call, vm: Vm, disks: list[Disk]) -> None:
    """Remember a VM that came up on bad data, or on disks of more than one moment."""
    broken = [disk for disk in disks if disk.content]
    if broken:
        call.state.report("unfinished_data", vm.id, f"disk {broken[0].id}: {broken[0].content}", call.now)
    points = sorted({disk.from_point for disk in disks if disk.from_point})
    if len(points) > 1:
        call.state.report("mixed_points", vm.id, f"its disks are from {len(points)} points: {points}", call.now)


def _nics(call: Call, vm: Vm, profile: dict[str, Any]) -> tuple[list[VmNic], list[Nic]]:
    """Interfaces that exist, and ones to create."""
    attached: list[VmNic] = []
    created: list[Nic] = []
    for item in items_of(profile, "networkInterfaces"):
        nic_id = reference(item, "networkInterfaces[]")
        parsed = parse_id(nic_id, "networkProfile.networkInterfaces[].id")
        nic = call.state.nics.get(str(nic_id)) if parsed.kind == NIC.lower() else None
        if nic is None:
            raise bad_request(
                f"Resource {nic_id} referenced by resource {vm.id} was not found.", code="InvalidResourceReference"
            )
        if nic.location != vm.location:
            raise bad_request(
                f"Network interface '{nic.name}' is in region '{nic.location}', the virtual machine in '{vm.location}'."
            )
        if nic.vm:
            raise nic_in_use(nic, nic.vm)
        attached.append(_vm_nic(nic.id, properties_of(item)))
    names = set()
    for item in items_of(profile, "networkInterfaceConfigurations"):
        name = item.get("name")
        if not isinstance(name, str):
            raise missing_parameter("networkInterfaceConfiguration.name")
        check_name(name)
        nic = make_nic(call, name, vm.location, properties_of(item), None)
        if nic.key in names or call.state.nics.get(nic.id) is not None:
            raise ArmError(409, "Conflict", f"Network interface {nic.id} exists already.")
        names.add(nic.key)
        created.append(nic)
        attached.append(_vm_nic(nic.id, properties_of(item)))
    if not attached:
        raise invalid_parameter("networkProfile", "Virtual machine must have at least one network interface.")
    if len(attached) == 1:
        attached[0].primary = True
    elif sum(nic.primary for nic in attached) != 1:
        raise bad_request(
            "Virtual machine with several network interfaces must have exactly one that is primary.",
            code="VirtualMachineMustHaveOneNetworkInterfaceAsPrimary",
        )
    return attached, created


def _vm_nic(nic_id: str, properties: dict[str, Any]) -> VmNic:
    delete_option = properties.get("deleteOption") or "Detach"
    if delete_option not in ("Detach", "Delete"):
        raise invalid_parameter("networkInterface.deleteOption", f"The value '{delete_option}' is invalid.")
    return VmNic(nic_id, bool(properties.get("primary")), delete_option)


def _update(
    call: Call,
    vm: Vm,
    region: Region,
    size: str,
    zones: list[str] | None,
    disks: list[VmDisk],
    properties: dict[str, Any],
    tags: dict[str, str] | None,
) -> Reply:
    """An existing VM: only tags may change; its disks, size, interfaces and zone may not (here)."""
    if vm.location != region.name:
        raise other_location(vm.name, vm.location, region.name, VM, vm.group)
    if vm.provisioning != "Succeeded":
        raise not_allowed(f"Another operation on virtual machine '{vm.name}' is in progress ({vm.provisioning}).")
    if size != vm.size:
        raise property_change("hardwareProfile.vmSize")
    if zones != vm.zones:
        raise property_change("zones")
    if disks[0].create_option != vm.disks[0].create_option:
        raise property_change("osDisk.createOption")
    if key(disks[0].disk) != key(vm.disks[0].disk):
        raise property_change("osDisk.managedDisk.id")
    if {disk.lun: key(disk.disk) for disk in disks} != {disk.lun: key(disk.disk) for disk in vm.disks}:
        raise property_change("dataDisk.managedDisk.id")
    given = [key(str(item.get("id"))) for item in items_of(section(properties, "networkProfile"), "networkInterfaces")]
    if given and sorted(given) != sorted(key(nic.nic) for nic in vm.nics):
        raise property_change("networkProfile.networkInterfaces")
    vm.tags = tags
    return Reply(200, show_vm(call, vm))


@operations.effect("vm_created")
def _vm_created(state: State, _at: float, operation: Operation) -> None:
    vm = state.vms.get(operation.subject)
    if vm is not None:
        vm.provisioning = "Failed" if operation.error else "Succeeded"


def reapply_vm(call: Call, name: str) -> Reply:
    """Take a VM to the state that it should have, once more: what failed to be created is created."""
    vm = _require(call, name)
    call.touch(vm.location)
    if vm.provisioning not in ("Succeeded", "Failed"):
        raise not_allowed(f"Another operation on virtual machine '{vm.name}' is in progress ({vm.provisioning}).")
    vm.provisioning = "Updating"
    operation = operations.start(call, vm.location, call.state.settings.durations.create_vm, "vm_created", vm.key)
    return Reply(202, None, operations.headers(call, operation, location=True, retry_after=10))


def patch_vm(call: Call, name: str) -> Reply:
    """Change the tags."""
    vm = _require(call, name)
    only_fields(call.body, frozenset({"tags"}), "VirtualMachineUpdate")
    if "tags" in call.body:
        vm.tags = tags_of(call.body)
    return Reply(200, show_vm(call, vm))


def get_vm(call: Call, name: str) -> Reply:
    """One VM, with its instance view if asked for."""
    vm = _require(call, name)
    document = show_vm(call, vm)
    expand = call.query.get("$expand")
    if expand is not None:
        if expand.lower() != "instanceview":
            raise invalid_parameter("$expand", f"The value '{expand}' of parameter $expand is invalid.")
        document["properties"]["instanceView"] = show_instance(call, vm)
    return Reply(200, document)


def get_instance(call: Call, name: str) -> Reply:
    """The instance view of a VM."""
    return Reply(200, show_instance(call, _require(call, name)))


def list_vms_in_group(call: Call) -> Reply:
    """The VMs of the resource group."""
    assert call.group is not None
    return page(call, call.state.vms.in_group(call.group.subscription, call.group.name), show_vm)


def list_vms(call: Call) -> Reply:
    """The VMs of the subscription."""
    return page(call, call.state.vms.in_subscription(call.subscription), show_vm)


def delete_vm(call: Call, name: str) -> Reply:
    """Delete a VM; its disks and interfaces go or stay by their deleteOption."""
    vm = call.find_vm(name)
    if vm is None:
        return Reply(204)
    if vm.provisioning == "Creating":
        raise not_allowed(f"Virtual machine '{vm.name}' is still being created.")
    vm.provisioning = "Deleting"
    operation = operations.start(call, vm.location, call.state.settings.durations.delete, "vm_deleted", vm.key)
    return Reply(202, None, operations.headers(call, operation, location=True, retry_after=10))


@operations.effect("vm_deleted")
def _vm_deleted(state: State, _at: float, operation: Operation) -> None:
    vm = state.vms.get(operation.subject)
    if vm is None:
        return
    if operation.error:
        vm.provisioning = "Succeeded"
        return
    remove_vm(state, vm)


def remove_vm(state: State, vm: Vm) -> None:
    """Take a VM out, and what goes with it."""
    state.vms.remove(vm.id)
    for attached in vm.disks:
        disk = state.disks.get(attached.disk)
        if disk is None:
            continue
        disk.vm = None
        if attached.delete_option == "Delete":
            state.disks.remove(disk.id)
    for wanted in vm.nics:
        nic = state.nics.get(wanted.nic)
        if nic is None:
            continue
        nic.vm = None
        if wanted.delete_option == "Delete":
            state.nics.remove(nic.id)


def show_vm(call: Call, vm: Vm) -> dict[str, Any]:
    """A VM as it is answered."""
    os_disk: dict[str, Any] = {}
    data_disks = []
    for attached in vm.disks:
        shown = _show_disk(call, attached)
        if attached.lun is None:
            os_disk = {"osType": vm.os_type, **shown}
        else:
            data_disks.append({"lun": attached.lun, **shown, "toBeDetached": False})
    properties: dict[str, Any] = {
        "vmId": vm.vm_id,
        "hardwareProfile": {"vmSize": vm.size},
        "storageProfile": {"osDisk": os_disk, "dataDisks": data_disks},
    }
    if vm.os_profile is not None:
        properties["osProfile"] = vm.os_profile
    properties["networkProfile"] = {
        "networkInterfaces": [
            {"id": nic.nic, "properties": {"primary": nic.primary, "deleteOption": nic.delete_option}}
            for nic in vm.nics
        ]
    }
    properties |= vm.passed
    properties |= {"provisioningState": vm.provisioning, "timeCreated": call.time(vm.born)}
    document: dict[str, Any] = {"name": vm.name, "id": vm.id, "type": VM, "location": vm.location}
    if vm.tags is not None:
        document["tags"] = vm.tags
    if vm.zones:
        document["zones"] = vm.zones
    document["properties"] = properties
    return document


def _show_disk(call: Call, attached: VmDisk) -> dict[str, Any]:
    managed: dict[str, Any] = {"id": attached.disk}
    shown: dict[str, Any] = {
        "name": attached.name,
        "createOption": attached.create_option,
        "caching": attached.caching,
        "managedDisk": managed,
        "deleteOption": attached.delete_option,
    }
    disk = call.state.disks.get(attached.disk)
    if disk is not None:
        managed["storageAccountType"] = disk.sku
        if disk.encryption_set:
            managed["diskEncryptionSet"] = {"id": disk.encryption_set}
        shown["diskSizeGB"] = disk.size_gb
    return shown


def show_instance(call: Call, vm: Vm) -> dict[str, Any]:
    """The instance view of a VM."""
    return {
        "vmAgent": {
            "vmAgentVersion": "2.9.1.1",
            "statuses": [
                {"code": "ProvisioningState/succeeded", "level": "Info", "displayStatus": "Ready"},
            ],
        },
        "hyperVGeneration": vm.generation,
        "disks": [{"name": disk.name} for disk in vm.disks],
        "statuses": [
            {
                "code": f"ProvisioningState/{vm.provisioning.lower()}",
                "level": "Info",
                "displayStatus": f"Provisioning {vm.provisioning.lower()}",
                "time": call.time(vm.born),
            },
            {"code": f"PowerState/{vm.power}", "level": "Info", "displayStatus": f"VM {vm.power}"},
        ],
    }


def _require(call: Call, name: str) -> Vm:
    vm = call.find_vm(name)
    if vm is None:
        assert call.group is not None
        raise resource_not_found(VM, name, call.group.name)
    return vm
