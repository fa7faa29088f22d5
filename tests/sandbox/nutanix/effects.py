# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What tasks do when their time has come. Only here anything but tasks, sessions and outages is changed."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

from .errors import TaskFailure
from .world import Entity, EntityPoint, Nic, PrismCentral, RecoveryPoint, Task, World

POINT = "dataprotection:config:recovery-point"
VM_POINT = "dataprotection:config:vm-recovery-point"
VM = "vmm:ahv:config:vm"
VG = "volumes:config:volume-group"


def _missing(what: str) -> TaskFailure:
    return TaskFailure(
        "DP-10400",
        "DATAPROTECTION_ENTITY_NON_EXISTENT_ERROR",
        f"The request failed as one or more entities do not exist - {what}.",
    )


def _refused(message: str) -> TaskFailure:
    return TaskFailure("SBX-400", "OPERATION_REFUSED", message)


def _point(central: PrismCentral, task: Task) -> RecoveryPoint:
    point = central.points.get(task.payload["point"])
    if point is None:
        raise _missing("Unable to get details of the given recovery point")
    return point


# --- recovery points ------------------------------------------------------------------------------------------------


def create(world: World, central: PrismCentral, task: Task, at: float) -> None:
    """Make a recovery point of what the VMs and volume groups are now."""
    wanted = task.payload
    found: list[Entity] = []
    for kind, ext_id, _vss in wanted["entities"]:
        entity = central.entities.get(ext_id)
        if entity is None or entity.kind != kind:
            raise _missing(f"there is no {'VM' if kind == 'vm' else 'volume group'} {ext_id}")
        found.append(entity)
    clusters = sorted({entity.cluster for entity in found})
    if len(clusters) > 1:
        raise _refused("The entities of a recovery point have to be on one cluster.")
    if wanted["expires"] is not None and wanted["expires"] <= at:
        raise _refused("The expiration time has passed already.")
    parts = []
    for entity, (_kind, _ext_id, vss) in zip(found, wanted["entities"], strict=True):
        consistency = wanted["consistency"]
        if consistency == "APPLICATION_CONSISTENT" and entity.kind == "vm" and not entity.guest_tools:
            consistency, vss = "CRASH_CONSISTENT", None
            task.warnings.append({
                "code": "SBX-200", "errorGroup": "CONSISTENCY",
                "message": f"Nutanix Guest Tools do not run in VM {entity.ext_id}: its recovery point is crash-consistent.",
            })  # fmt: skip
        parts.append(make_part(world, entity, consistency, vss))
    point = RecoveryPoint(
        wanted["point"], world.uuid(), wanted["name"], at, wanted["expires"], wanted["consistency"], task.owner,
        clusters, parts, (central.ext_id, tuple(clusters)), project=wanted["project"],
    )  # fmt: skip
    central.points[point.ext_id] = point
    task.entities += [(part.ext_id, VM_POINT) for part in parts if part.state.kind == "vm"]
    task.details = [("recoveryPointExtId", point.ext_id)]


def make_part(world: World, entity: Entity, consistency: str, vss: dict[str, Any] | None = None) -> EntityPoint:
    """The recovery point of one VM or volume group as it is now."""
    disks = [(world.uuid(), disk.ext_id) for disk in entity.disks]
    return EntityPoint(world.uuid(), world.uuid(), copy.deepcopy(entity), disks, consistency, vss)


def set_expiration(world: World, central: PrismCentral, task: Task, at: float) -> None:
    """Change when a recovery point expires, None: never."""
    point = _point(central, task)
    if task.payload["expires"] is not None and task.payload["expires"] <= at:
        raise _refused("The expiration time has passed already.")
    point.expires = task.payload["expires"]
    point.version += 1
    task.details = [("recoveryPointExtId", point.ext_id)]


def delete(world: World, central: PrismCentral, task: Task, at: float) -> None:
    """Delete a recovery point."""
    del central.points[_point(central, task).ext_id]


def replicate(world: World, central: PrismCentral, task: Task, at: float) -> None:
    """Make the replica: a recovery point of its own at another Prism Central, or one more location at the same."""
    point = _point(central, task)
    target = world.centrals[task.payload["to"]]
    cluster = task.payload["cluster"]
    if target is central:
        if cluster not in point.locations:
            point.locations.append(cluster)
            point.version += 1
        task.details = [("recoveryPointExtId", point.ext_id)]
        return
    replica = copy_point(world, point, task.payload["replica"], cluster, target.logins[0].ext_id)
    target.points[replica.ext_id] = replica
    task.details = [("recoveryPointExtId", replica.ext_id)]


def copy_point(world: World, point: RecoveryPoint, ext_id: str, cluster: str, owner: str) -> RecoveryPoint:
    """A recovery point with the same content and location-agnostic ids, and ids of its own."""
    replica = copy.deepcopy(point)
    replica.ext_id, replica.locations, replica.owner, replica.version = ext_id, [cluster], owner, 0
    for part in replica.entities:
        part.ext_id = world.uuid()
        part.disk_points = [(world.uuid(), disk) for _own, disk in part.disk_points]
    return replica


# --- restore and revert ---------------------------------------------------------------------------------------------


def restore(world: World, central: PrismCentral, task: Task, at: float) -> None:
    """Make VMs and volume groups out of a recovery point: all, or none if one of them cannot be."""
    point = _point(central, task)
    cluster = task.payload["cluster"] or point.locations[0]
    if cluster not in point.locations:
        raise _refused(f"The recovery point has no data on cluster {cluster}.")
    made = []
    for part_id, override in task.payload["parts"]:
        part = next((one for one in point.entities if one.ext_id == part_id), None)
        if part is None:
            raise _missing(f"the recovery point has no part {part_id}")
        made.append(_clone(world, central, task, part, cluster, override, at))
    for entity in made:
        central.entities[entity.ext_id] = entity
        task.entities.append((entity.ext_id, VM if entity.kind == "vm" else VG))
    for kind, name in (("vm", "vmExtIds"), ("vg", "volumeGroupExtIds")):
        ids = [entity.ext_id for entity in made if entity.kind == kind]
        if ids:
            task.details.append((name, ",".join(ids)))


def _clone(
    world: World,
    central: PrismCentral,
    task: Task,
    part: EntityPoint,
    cluster: str,
    override: dict[str, Any],
    at: float,
) -> Entity:
    entity = copy.deepcopy(part.state)
    entity.ext_id, entity.cluster, entity.created, entity.updated = world.uuid(), cluster, at, at
    entity.version, entity.from_point, entity.power, entity.owner = 0, part.ext_id, "OFF", task.owner
    for disk in entity.disks:
        disk.ext_id = world.uuid()
    entity.name = override.get("name") or entity.name
    entity.description = override.get("description", entity.description)
    entity.owner = override.get("owner") or entity.owner
    entity.project = override.get("project") or entity.project
    entity.overridden = override.get("other", {})
    if entity.kind == "vm":
        problems = _set_nics(world, central, entity, override) + _set_categories(central, entity, override)
        # As the API reference has it: strict mode drops what cannot be and warns, the normal mode fails.
        if problems and not override.get("strict"):
            raise _refused(f"VM {part.state.name} cannot be restored: {'; '.join(problems)}.")
        task.warnings += [
            {"code": "SBX-201", "errorGroup": "RESTORE", "message": f"{problem}: dropped."} for problem in problems
        ]
    return entity


def _set_nics(world: World, central: PrismCentral, entity: Entity, override: dict[str, Any]) -> list[str]:
    problems, kept = [], []
    overridden = {nic["id"]: nic for nic in override.get("nics", ())}
    known = {nic.ext_id for nic in entity.nics}
    problems += [
        f"it has no NIC {ext_id}" for ext_id in (*overridden, *override.get("remove", ())) if ext_id not in known
    ]
    for nic in entity.nics:
        if nic.ext_id in override.get("remove", ()):
            continue
        change = overridden.get(nic.ext_id, {})
        wanted = Nic(
            world.uuid(), change.get("mac") or world.mac(), change.get("subnet") or nic.subnet,
            change.get("connected", nic.connected), change.get("address"),
        )  # fmt: skip
        subnet = central.subnets.get(wanted.subnet)
        if subnet is None or subnet.cluster != entity.cluster:
            problems.append(f"the subnet {wanted.subnet} of NIC {nic.ext_id} is not on the cluster")
            continue
        kept.append(wanted)
    entity.nics = kept
    return problems


def _set_categories(central: PrismCentral, entity: Entity, override: dict[str, Any]) -> list[str]:
    wanted = override.get("categories")
    unknown = [category for category in wanted or () if category not in central.categories]
    # Categories of another Prism Central are unknown here, and are not restored.
    entity.categories = [one for one in (entity.categories if wanted is None else wanted) if one in central.categories]
    return [f"there is no category {category}" for category in unknown]


def revert(world: World, central: PrismCentral, task: Task, at: float) -> None:
    """Put a VM back to what it was; it is off afterwards."""
    vm = _entity(central, task)
    part = next(
        (
            one
            for point in central.points.values()
            for one in point.entities
            if one.ext_id == task.payload["part"]
        ),
        None,
    )  # fmt: skip
    if part is None:
        raise TaskFailure(
            "VMM-32810", "VM_RECOVERY_POINT_NOT_FOUND_ERROR", "Failed to find the VM recovery point with given ext_id."
        )
    if part.state.ext_id != vm.ext_id:
        raise _refused(f"The VM recovery point {part.ext_id} is not of VM {vm.ext_id}.")
    old = copy.deepcopy(part.state)
    vm.disks, vm.nics, vm.content, vm.description = old.disks, old.nics, old.content, old.description
    if task.payload["categories"]:
        vm.categories = [category for category in old.categories if category in central.categories]
    if task.payload["owner"]:
        vm.owner = old.owner
    vm.power, vm.from_point = "OFF", part.ext_id
    _touch(vm, at)
    task.details = [("VM Recovery Point UUID", part.ext_id)]


def _entity(central: PrismCentral, task: Task) -> Entity:
    entity = central.entities.get(task.payload["entity"])
    if entity is None:
        raise TaskFailure("SBX-404", "ENTITY_NOT_FOUND", f"There is no {task.payload['entity']} any more.")
    return entity


def _touch(entity: Entity, at: float) -> None:
    entity.updated = at
    entity.version += 1


def power(world: World, central: PrismCentral, task: Task, at: float) -> None:
    """Switch a VM on or off."""
    vm = _entity(central, task)
    vm.power = task.payload["state"]
    _touch(vm, at)


def remove(world: World, central: PrismCentral, task: Task, at: float) -> None:
    """Delete a VM or volume group; its recovery points stay."""
    del central.entities[_entity(central, task).ext_id]


EFFECTS: dict[str, Callable[[World, PrismCentral, Task, float], None]] = {
    "create": create,
    "set_expiration": set_expiration,
    "delete": delete,
    "replicate": replicate,
    "restore": restore,
    "revert": revert,
    "power": power,
    "remove": remove,
}
