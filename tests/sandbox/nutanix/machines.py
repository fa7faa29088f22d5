# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Namespaces vmm and volumes: VMs and volume groups, revert, power, deletion."""

from __future__ import annotations

from . import rendering
from .call import Call, Reply
from .effects import VG, VM
from .errors import no_route, not_found, vm_point_not_found
from .odata import ListOptions
from .world import Entity

_VMS = ListOptions(
    fields={
        "name": "text",
        "extId": "text",
        "powerState": "enum",
        "cluster/extId": "text",
        "categories": "items",
        "categories/extId": "text",
    },
    orderable=frozenset({"name"}),
)
_VOLUME_GROUPS = ListOptions(
    fields={"name": "text", "extId": "text", "clusterReference": "text"}, orderable=frozenset({"name"})
)


def _all(call: Call, kind: str) -> list[Entity]:
    return [entity for entity in call.central.entities.values() if entity.kind == kind]


def _found(call: Call, kind: str) -> Entity:
    entity = call.central.entities.get(call.ids[0].lower())
    if entity is None or entity.kind != kind:
        raise not_found("VM" if kind == "vm" else "volume group", call.ids[0])
    return entity


def list_vms(call: Call) -> Reply:
    """All VMs."""
    return call.page(
        _all(call, "vm"), lambda vm: rendering.vm(call.central, vm), _VMS, "vmm.v4.ahv.config.ListVmsApiResponse"
    )


def get_vm(call: Call) -> Reply:
    """One VM, with its ETag."""
    vm = _found(call, "vm")
    return Reply(200, rendering.vm(call.central, vm), "vmm.v4.ahv.config.GetVmApiResponse", rendering.etag(vm.version))


def revert(call: Call) -> Reply:
    """Start to put a VM back to what it was in a recovery point."""
    vm = _found(call, "vm")
    call.check_etag(vm.version, required=True)
    part = call.body.need("vmRecoveryPointExtId", call.body.uuid("vmRecoveryPointExtId")).lower()
    if not any(one.ext_id == part for point in call.central.points.values() for one in point.entities):
        raise vm_point_not_found()
    override = call.body.child("overrideSpec") if call.minor >= 2 else None
    return _on_vm(call, vm, "revert", "RevertVm", call.world.durations.revert, {
        "part": part,
        "categories": override is not None and override.flag("shouldRevertVmCategories"),
        "owner": override is not None and override.flag("shouldRevertVmOwner"),
    })  # fmt: skip


def get_vm_point(call: Call) -> Reply:
    """The part of a recovery point that is of one VM, with what the VM was; it came with v4.1."""
    ext_id = call.ids[0].lower()
    for point in call.central.points.values():
        for part in point.entities:
            if part.ext_id == ext_id and part.state.kind == "vm" and call.minor >= 1:
                shown = rendering.vm_in_point(call.central, point, part)
                return Reply(200, shown, "vmm.v4.ahv.config.GetVmRecoveryPointApiResponse")
    raise vm_point_not_found() if call.minor >= 1 else no_route()


def _on_vm(call: Call, vm: Entity, kind: str, operation: str, seconds: float, payload: dict[str, object]) -> Reply:
    return call.start(
        kind,
        f"vmm.v4.ahv.config.{operation}ApiResponse",
        operation,
        seconds=seconds,
        payload={"entity": vm.ext_id, **payload},
        entities=[(vm.ext_id, VM)],
        clusters=[vm.cluster],
    )


def power_on(call: Call) -> Reply:
    """Start to switch a VM on."""
    return _power(call, "ON", "PowerOnVm")


def power_off(call: Call) -> Reply:
    """Start to switch a VM off."""
    return _power(call, "OFF", "PowerOffVm")


def _power(call: Call, state: str, operation: str) -> Reply:
    vm = _found(call, "vm")
    call.check_etag(vm.version, required=True)
    return _on_vm(call, vm, "power", operation, call.world.durations.power, {"state": state})


def delete_vm(call: Call) -> Reply:
    """Start to delete a VM."""
    vm = _found(call, "vm")
    call.check_etag(vm.version, required=True)
    return _on_vm(call, vm, "remove", "DeleteVm", call.world.durations.delete, {})


def list_volume_groups(call: Call) -> Reply:
    """All volume groups."""
    return call.page(
        _all(call, "vg"),
        lambda group: rendering.volume_group(call.central, group),
        _VOLUME_GROUPS,
        "volumes.v4.config.ListVolumeGroupsApiResponse",
    )


def get_volume_group(call: Call) -> Reply:
    """One volume group, with its ETag."""
    group = _found(call, "vg")
    shown = rendering.volume_group(call.central, group)
    return Reply(200, shown, "volumes.v4.config.GetVolumeGroupApiResponse", rendering.etag(group.version))


def delete_volume_group(call: Call) -> Reply:
    """Start to delete a volume group."""
    group = _found(call, "vg")
    call.check_etag(group.version, required=False)
    return call.start(
        "remove",
        "volumes.v4.config.DeleteVolumeGroupApiResponse",
        "DeleteVolumeGroup",
        seconds=call.world.durations.delete,
        payload={"entity": group.ext_id},
        entities=[(group.ext_id, VG)],
        clusters=[group.cluster],
    )
