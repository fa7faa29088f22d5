# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Subscriptions, their locations, and resource groups."""

from __future__ import annotations

from typing import Any

from . import operations, replication, snapshot_copies
from .call import Call, Reply, only_fields, properties_of, tags_of
from .errors import ArmError, group_not_found, not_allowed
from .ids import GROUP_NAME, check_name
from .regions import REGIONS, find_region, list_regions
from .state import Group, Operation, State
from .virtual_machines import remove_vm

_KIND = "Microsoft.Resources/resourceGroups"
_FIELDS = frozenset({"id", "name", "type", "location", "tags", "properties", "managedBy"})


def list_subscriptions(call: Call) -> Reply:
    """The subscriptions in which the client may do anything."""
    shown = [
        _show_subscription(subscription)
        for subscription in call.state.subscriptions.values()
        if call.principal.sees(subscription["id"])
    ]
    return Reply(200, {"value": shown, "count": {"type": "Total", "value": len(shown)}})


def get_subscription(call: Call) -> Reply:
    """One subscription."""
    return Reply(200, _show_subscription(call.state.subscriptions[call.subscription.lower()]))


def _show_subscription(subscription: dict[str, str]) -> dict[str, Any]:
    return {
        "id": f"/subscriptions/{subscription['id']}",
        "authorizationSource": "RoleBased",
        "managedByTenants": [],
        "subscriptionId": subscription["id"],
        "tenantId": subscription["tenant"],
        "displayName": subscription["name"],
        "state": "Enabled",
    }


def list_locations(call: Call) -> Reply:
    """The regions."""
    return Reply(200, {"value": list_regions(call.subscription)})


def list_groups(call: Call) -> Reply:
    """The resource groups that the client may read."""
    groups = call.state.groups.in_subscription(call.subscription)
    return Reply(200, {"value": [_show(group) for group in groups]})


def get_group(call: Call, name: str) -> Reply:
    """One resource group."""
    return Reply(200, _show(_require(call, name)))


def head_group(call: Call, name: str) -> Reply:
    """Whether the resource group exists."""
    return Reply(204 if call.state.find_group(call.subscription, name) else 404)


def put_group(call: Call, name: str) -> Reply:
    """Create a resource group, or change its tags."""
    check_name(name, GROUP_NAME)
    only_fields(call.body, _FIELDS, "ResourceGroup")
    properties_of(call.body)
    region = find_region(call.body.get("location"), _KIND)
    call.touch(region.name)
    tags = tags_of(call.body)
    existing = call.state.find_group(call.subscription, name)
    if existing is not None:
        if existing.location != region.name:
            raise ArmError(
                409,
                "InvalidResourceGroupLocation",
                f"Invalid resource group location '{region.name}'. The Resource group already exists in location "
                f"'{existing.location}'.",
            )
        check_group_alive(existing)
        existing.tags = tags
        return Reply(200, _show(existing))
    subscription = call.state.subscriptions[call.subscription.lower()]["id"]
    group = call.state.groups.add(
        Group(
            id=f"/subscriptions/{subscription}/resourceGroups/{name}",
            name=name,
            subscription=subscription,
            group=name,
            location=region.name,
            born=call.now,
            tags=tags,
        )
    )
    return Reply(201, _show(group))


def patch_group(call: Call, name: str) -> Reply:
    """Replace the tags."""
    group = _require(call, name)
    call.touch(group.location)
    only_fields(call.body, _FIELDS, "ResourceGroupPatchable")
    check_group_alive(group)
    if "tags" in call.body:
        group.tags = tags_of(call.body)
    return Reply(200, _show(group))


def check_group_alive(group: Group) -> None:
    """Nothing may be written into a group that is being deleted."""
    if group.provisioning == "Deleting":
        raise ArmError(
            409,
            "ResourceGroupBeingDeleted",
            f"The resource group '{group.name}' is in deprovisioning state and cannot perform this operation.",
        )


def delete_group(call: Call, name: str) -> Reply:
    """Delete a resource group with everything in it (202 with Location alone)."""
    group = _require(call, name)
    call.touch(group.location)
    for disk in call.state.disks.in_group(group.subscription, group.name):
        vm = call.state.vms.get(disk.vm) if disk.vm else None
        if vm is not None and vm.group.lower() != group.name.lower():
            raise not_allowed(f"Disk {disk.name} is attached to VM {vm.id}, which is in another resource group.")
    group.provisioning = "Deleting"
    operation = operations.start(call, group.location, call.state.settings.durations.delete, "group_deleted", group.key)
    return Reply(202, None, _result_headers(call, operation))


def operation_result(call: Call, operation_id: str) -> Reply:
    """Where a resource group's deletion is polled: 202 until it is done."""
    operation = call.state.operations.get(operation_id.lower())
    if operation is None:
        raise ArmError(404, "NotFound", f"The operation '{operation_id}' was not found.")
    if operation.status == "InProgress":
        return Reply(202, None, _result_headers(call, operation))
    if operation.error:
        raise ArmError(409, operation.error["code"], operation.error["message"])
    return Reply(200)


def _result_headers(call: Call, operation: Operation) -> dict[str, str]:
    base = f"{call.base_url}/subscriptions/{call.subscription}/operationresults"
    url = f"{base}/{operation.id}?api-version={call.api_version}"
    return {"Location": url, "Retry-After": str(call.clock.retry_after(operation.due - call.now))}


@operations.effect("group_deleted")
def _group_deleted(state: State, at: float, operation: Operation) -> None:
    group = state.groups.get(operation.subject)
    if group is None:
        return
    if operation.error:
        group.provisioning = "Succeeded"
        return
    where = (group.subscription, group.name)
    for vm in state.vms.in_group(*where):
        remove_vm(state, vm)
    gone = []
    for collection in state.collections.in_group(*where):
        gone += list(collection.points.values())
        state.remove_collection(collection)
    for snapshot in state.snapshots.in_group(*where):
        snapshot_copies.remove(state, snapshot, at)
    for table in (
        state.disks,
        state.images,
        state.nics,
        state.networks,
        state.security_groups,
        state.encryption_sets,
    ):
        for resource in table.in_group(*where):
            table.remove(resource.id)
    state.groups.remove(group.id)
    for point in gone:
        replication.source_gone(state, point, at)


def _require(call: Call, name: str) -> Group:
    group = call.state.find_group(call.subscription, name)
    if group is None:
        raise group_not_found(name)
    return group


def _show(group: Group) -> dict[str, Any]:
    document: dict[str, Any] = {
        "id": group.id,
        "name": group.name,
        "type": _KIND,
        "location": REGIONS[group.location].name,
    }
    if group.tags is not None:
        document["tags"] = group.tags
    document["properties"] = {"provisioningState": group.provisioning}
    return document
