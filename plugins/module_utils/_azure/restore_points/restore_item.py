# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One restore as an item: looks at the point and at what is there already, makes or removes disks and VM."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from ansible_collections.bcdr.multicloud.plugins.module_utils._azure.ids import (
    DISK_TYPE,
    VM_TYPE,
    ResourceId,
    id_key,
    parse_id,
    resolve_id,
)
from ansible_collections.bcdr.multicloud.plugins.module_utils._azure.provider import AzureItem, Session
from ansible_collections.bcdr.multicloud.plugins.module_utils._azure.restore_points import api, related
from ansible_collections.bcdr.multicloud.plugins.module_utils._azure.restore_points.restore_decision import (
    RestoreObserved,
    RestoreWanted,
    choose_point,
    decide_restore,
)
from ansible_collections.bcdr.multicloud.plugins.module_utils._azure.restore_points.restored import (
    Vm,
    VmWanted,
    disk_name,
    parse_disk,
    parse_vm,
)
from ansible_collections.bcdr.multicloud.plugins.module_utils._azure.restore_points.values import (
    Collection,
    RestorePoint,
    created_of,
)
from ansible_collections.bcdr.multicloud.plugins.module_utils._core.errors import InvalidRequest
from ansible_collections.bcdr.multicloud.plugins.module_utils._core.reconcile import Action, Decision

_NETWORK = "Microsoft.Network"


class RestoreItem(AzureItem):
    """Reconciles one restore; options as in the module azure_restore_point_restore."""

    def __init__(self, params: Mapping[str, Any], session: Session) -> None:
        self._collection_id = session.collection_id(params, "restore_point_collection")
        group = params.get("target_resource_group") or self._collection_id.group
        subscription = self._collection_id.subscription
        vm = _vm_wanted(params, subscription, group)
        try:
            disk_name(params["disk_name_format"], "disk", "point", "vm")
        except ValueError as error:
            raise InvalidRequest(f"disk_name_format: {error}") from error
        if "{disk}" not in params["disk_name_format"]:
            raise InvalidRequest("disk_name_format: must hold {disk}, else all disks would get the same name")
        if "{vm}" in params["disk_name_format"] and vm is None:
            raise InvalidRequest("disk_name_format: holds {vm}, but vm is not given")
        label = vm.name if vm else f"{self._collection_id.name} to {group}"
        super().__init__(session, label, f"{id_key(vm.id) if vm else self._collection_id.key}>{group.lower()}")
        encryption_set = params.get("disk_encryption_set_id") or ""
        if encryption_set:
            encryption_set = str(
                resolve_id("disk_encryption_set_id", encryption_set, "diskEncryptionSets", subscription, group)
            )
        self._wanted = RestoreWanted(
            collection_id=str(self._collection_id),
            subscription=subscription,
            group=group,
            state=params["state"],
            point=params.get("name") or "",
            disks=tuple(params.get("disks") or ()),
            name_format=params["disk_name_format"],
            sku=params.get("storage_account_type") or "",
            zone=params.get("zone") or "",
            sizes_gb=_sizes(params.get("disk_size_gb") or {}),
            encryption_set_id=encryption_set,
            tags=params.get("tags") or {},
            vm=vm,
        )
        self._began: datetime.datetime | None = None
        self._collection: Collection | None = None

    def observe(self) -> RestoreObserved:
        collection = self._collection if self._wanted.state == "present" else None
        # A VM that is being removed is asked before its disks: those of one that is gone are attached to nothing.
        vm = self._vm() if self._wanted.state == "absent" else None
        listed = tuple(map(parse_disk, api.list_disks(self.client, self._wanted.subscription, self._wanted.group)))
        if self._wanted.state == "present" and collection is None:
            collection = api.get_collection(self.client, self._collection_id)
            if collection is not None:
                collection = self._with_view(collection, choose_point(self._wanted, collection, listed)[0])
                if any(point.usable for point in collection.points):
                    # A restorable point does not change: the passes that follow look only at what is being made.
                    self._collection = collection
        if self._wanted.state == "present":
            vm = self._vm()
        observed = RestoreObserved(collection, self.client.now(), listed, vm, self._began, self.started)
        return replace(observed, failures=self._failures(observed))

    def _vm(self) -> Vm | None:
        answer = api.get_vm(self.client, related.identified(self._wanted.vm.id)) if self._wanted.vm else None
        return parse_vm(answer) if answer else None

    def _with_view(self, collection: Collection, chosen: RestorePoint | None) -> Collection:
        """Return the collection with the instance view of the point to restore.

        When it is not known yet which one that is, views are read from the newest back until one is usable.
        """
        candidates = [chosen] if chosen else sorted(collection.points, key=created_of, reverse=True)
        viewed = {}
        for point in candidates:
            viewed[point.id] = related.view_copy(self.client, point) if point.remote else point
            if viewed[point.id].usable:
                break
        return replace(collection, points=tuple(viewed.get(point.id, point) for point in collection.points))

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
            resource = related.identified(action.payload["id"])
            version = api.DISKS_VERSION if resource.type.lower() == DISK_TYPE else api.COMPUTE_VERSION
            self.track(resource.key, api.begin_delete(self.client, resource, version))
        elif "vm" in action.payload:
            vm = related.identified(action.payload["vm"].id)
            self.track(vm.key, api.begin_put_vm(self.client, vm, action.payload["body"]))
        else:
            disk = related.identified(self._wanted.disk_id(action.payload["name"]))
            self.track(disk.key, api.begin_put_disk(self.client, disk, action.payload["body"]))


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
