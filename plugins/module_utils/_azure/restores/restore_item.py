# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One restore as an item: looks at what it is made of and at what is there already, makes or removes disks and VM."""

from __future__ import annotations

import abc
import datetime
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from ansible_collections.bcdr.multicloud.plugins.module_utils._azure import compute
from ansible_collections.bcdr.multicloud.plugins.module_utils._azure.ids import (
    DISK_TYPE,
    VM_TYPE,
    ResourceId,
    id_key,
    identified,
    parse_id,
    resolve_id,
)
from ansible_collections.bcdr.multicloud.plugins.module_utils._azure.provider import AzureItem, Session
from ansible_collections.bcdr.multicloud.plugins.module_utils._azure.restores.restore_decision import (
    RestoreObserved,
    RestoreWanted,
    decide_restore,
)
from ansible_collections.bcdr.multicloud.plugins.module_utils._azure.restores.restored import (
    Disk,
    Vm,
    VmWanted,
    disk_name,
    parse_disk,
    parse_vm,
)
from ansible_collections.bcdr.multicloud.plugins.module_utils._azure.restores.values import Holder, Origin
from ansible_collections.bcdr.multicloud.plugins.module_utils._core.errors import InvalidRequest
from ansible_collections.bcdr.multicloud.plugins.module_utils._core.reconcile import Action, Decision

_NETWORK = "Microsoft.Network"
# The options that all modules share that restore disks and a VM, besides those that say of what.
VM_SPEC: dict[str, Any] = {
    "name": {"type": "str", "required": True},
    "vm_size": {"type": "str"},
    "network_interface_ids": {"type": "list", "elements": "str"},
    "subnet_id": {"type": "str"},
    "license_type": {"type": "str"},
    "boot_diagnostics": {"type": "bool"},
}
RESTORE_SPEC: dict[str, Any] = {
    "target_resource_group": {"type": "str"},
    "disks": {"type": "list", "elements": "str"},
    "storage_account_type": {"type": "str"},
    "zone": {"type": "str"},
    "disk_size_gb": {"type": "dict"},
    "disk_encryption_set_id": {"type": "str"},
    "tags": {"type": "dict"},
    "vm": {"type": "dict", "options": VM_SPEC},
    "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
}


class RestoreItem(AzureItem, abc.ABC):
    """Reconciles one restore from `holder_id`, whose sources are of the kind that `origin` tells.

    `params` are the options of RESTORE_SPEC; `point` names the source to restore ("": the newest), `name_format` the
    disks, and `home` is the resource group that gets them if the options name none.
    """

    def __init__(
        self,
        params: Mapping[str, Any],
        session: Session,
        *,
        origin: Origin,
        holder_id: str,
        home: ResourceId,
        label: str,
        point: str,
        name_format: str,
    ) -> None:
        subscription = home.subscription
        group = params.get("target_resource_group") or home.group
        vm = _vm_wanted(params, subscription, group)
        try:
            disk_name(name_format, "disk", "point", "vm")
        except ValueError as error:
            raise InvalidRequest(f"disk_name_format: {error}") from error
        if "{disk}" not in name_format:
            raise InvalidRequest("disk_name_format: must hold {disk}, else all disks would get the same name")
        if "{vm}" in name_format and vm is None:
            raise InvalidRequest("disk_name_format: holds {vm}, but vm is not given")
        super().__init__(
            session,
            vm.name if vm else f"{label} to {group}",
            f"{id_key(vm.id) if vm else id_key(holder_id)}>{group.lower()}",
        )
        encryption_set = params.get("disk_encryption_set_id") or ""
        if encryption_set:
            encryption_set = str(
                resolve_id("disk_encryption_set_id", encryption_set, "diskEncryptionSets", subscription, group)
            )
        self._wanted = RestoreWanted(
            origin=origin,
            holder_id=holder_id,
            subscription=subscription,
            group=group,
            state=params["state"],
            point=point,
            disks=tuple(params.get("disks") or ()),
            name_format=name_format,
            sku=params.get("storage_account_type") or "",
            zone=params.get("zone") or "",
            sizes_gb=_sizes(params.get("disk_size_gb") or {}),
            encryption_set_id=encryption_set,
            tags=params.get("tags") or {},
            vm=vm,
        )
        self._began: datetime.datetime | None = None
        self._holder: Holder | None = None

    @abc.abstractmethod
    def look(self, disks: Sequence[Disk]) -> Holder | None:
        """Return what keeps the sources, or None if it does not exist; `disks` are those of the target resource group."""

    def observe(self) -> RestoreObserved:
        wanted = self._wanted
        holder = self._holder if wanted.state == "present" else None
        listed = tuple(map(parse_disk, compute.list_disks(self.client, wanted.subscription, wanted.group)))
        if wanted.state == "present" and holder is None:
            holder = self.look(listed)
            if holder is not None and any(source.usable for source in holder.by_age()):
                # What can be restored does not change: the passes that follow look only at what is being made.
                self._holder = holder
        vm = self._vm()
        observed = RestoreObserved(holder, self.client.now(), listed, vm, self._began, self.started)
        return replace(observed, failures=self._failures(observed))

    def _vm(self) -> Vm | None:
        answer = compute.get_vm(self.client, identified(self._wanted.vm.id)) if self._wanted.vm else None
        return parse_vm(answer) if answer else None

    def _failures(self, observed: RestoreObserved) -> dict[str, str]:
        """Ask for the outcome of this run's operations whose resources are not as they should be."""
        fine = {id_key(disk.id) for disk in observed.disks if disk.ready}
        if observed.vm and observed.vm.ready:
            fine.add(id_key(observed.vm.id))
        if self._wanted.state == "absent":
            present = {id_key(disk.id) for disk in observed.disks} | (
                {id_key(observed.vm.id)} if observed.vm else set()
            )
            return self.failures([key for key in self.started if key in present])
        return self.failures([key for key in self.started if key not in fine])

    def decide(self, observed: RestoreObserved) -> Decision:
        return decide_restore(self._wanted, observed)

    def perform(self, action: Action) -> None:
        self._began = self._began or self.client.now()
        if action.verb == "delete":
            resource = identified(action.payload["id"])
            version = compute.DISKS_VERSION if resource.type.lower() == DISK_TYPE else compute.COMPUTE_VERSION
            # What is made again is tracked apart from that.
            self.track(action.payload.get("key") or resource.key, compute.begin_delete(self.client, resource, version))
        elif action.verb == "reapply":
            vm = identified(action.payload["id"])
            self.track(vm.key, compute.begin_reapply_vm(self.client, vm))
        elif "vm" in action.payload:
            vm = identified(action.payload["vm"].id)
            self.track(vm.key, compute.begin_put_vm(self.client, vm, action.payload["body"]))
        else:
            disk = identified(self._wanted.disk_id(action.payload["name"]))
            self.track(disk.key, compute.begin_put_disk(self.client, disk, action.payload["body"]))


def _vm_wanted(params: Mapping[str, Any], subscription: str, group: str) -> VmWanted | None:
    options = params.get("vm")
    if not options:
        return None
    vm = resolve_id("vm.name", options["name"], VM_TYPE, subscription, group)
    if vm.group.lower() != group.lower() or vm.subscription.lower() != subscription.lower():
        raise InvalidRequest(f"vm.name: {options['name']} is not in target_resource_group {group}, where its disks go")
    nics = options.get("network_interface_ids") or []
    subnet = options.get("subnet_id") or ""
    if params["state"] == "present" and bool(nics) == bool(subnet):
        raise InvalidRequest(
            "vm: needs either network_interface_ids or subnet_id, since Azure makes no VM without a network interface"
        )
    return VmWanted(
        id=str(vm),
        size=options.get("vm_size") or "",
        network_interface_ids=tuple(
            str(resolve_id("vm.network_interface_ids", nic, "networkInterfaces", subscription, group, _NETWORK))
            for nic in nics
        ),
        subnet_id=str(_subnet(subnet)) if subnet else "",
        license_type=options.get("license_type") or "",
        boot_diagnostics=options.get("boot_diagnostics"),
    )


def _subnet(value: str) -> ResourceId:
    parsed = parse_id(value)
    if parsed is None or parsed.type.lower() != "virtualnetworks/subnets":
        raise InvalidRequest(
            f"vm.subnet_id: {value!r} is not the id of a subnet; it would be "
            "/subscriptions/ID/resourceGroups/GROUP/providers/Microsoft.Network/virtualNetworks/NET/subnets/SUBNET"
        )
    return parsed


def _sizes(sizes: Mapping[str, Any]) -> dict[str, int]:
    try:
        return {str(name): int(size) for name, size in sizes.items()}
    except (TypeError, ValueError) as error:
        raise InvalidRequest(f"disk_size_gb: maps names of disks to whole numbers of GB ({error})") from error
