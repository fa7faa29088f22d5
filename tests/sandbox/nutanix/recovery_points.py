# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Namespace dataprotection: recovery points, and what can be done with them."""

from __future__ import annotations

from typing import Any

from . import rendering
from .call import Body, Call, Reply
from .effects import POINT, VG, VM
from .errors import invalid, not_allowed, point_not_found
from .odata import ListOptions
from .world import GIB, MIB, PrismCentral, RecoveryPoint

_CONFIG = "dataprotection.v4.config"
_TYPES = ("CRASH_CONSISTENT", "APPLICATION_CONSISTENT")
_MOST_ENTITIES = (30, 32)
_LIST = ListOptions(
    fields={
        "creationTime": "time",
        "extId": "text",
        "locationAgnosticId": "text",
        "name": "text",
        "ownerExtId": "text",
        "recoveryPointType": "enum",
        "vmRecoveryPoints": "items",
        "vmRecoveryPoints/vmExtId": "text",
        "vmRecoveryPoints/extId": "text",
        "volumeGroupRecoveryPoints": "items",
        "volumeGroupRecoveryPoints/volumeGroupExtId": "text",
        "volumeGroupRecoveryPoints/extId": "text",
    },
    orderable=frozenset({"creationTime", "expirationTime", "name", "ownerExtId"}),
    selectable=frozenset({"creationTime", "expirationTime", "extId", "name", "recoveryPointType"}),
)


def _found(call: Call) -> RecoveryPoint:
    point = call.central.points.get(call.ids[0].lower())
    if point is None:
        raise point_not_found()
    return point


def list_points(call: Call) -> Reply:
    """All recovery points; their disks are not in lists."""
    store = call.headers.get("x-cluster-id", "AOS")
    if store not in ("AOS", "MST"):
        raise invalid("AOS or MST is expected.", "X-Cluster-Id")
    points = list(call.central.points.values()) if store == "AOS" else []
    return call.page(
        points,
        lambda point: rendering.recovery_point(call.central, point, whole=False),
        _LIST,
        f"{_CONFIG}.ListRecoveryPointsApiResponse",
        f"{_CONFIG}.RecoveryPointProjection",
    )


def get_point(call: Call) -> Reply:
    """One recovery point, with its ETag."""
    point = _found(call)
    shown = rendering.recovery_point(call.central, point, whole=True)
    return Reply(200, shown, f"{_CONFIG}.GetRecoveryPointApiResponse", rendering.etag(point.version))


def get_vm_point(call: Call) -> Reply:
    """The part of a recovery point that is of one VM."""
    point = _found(call)
    part = next((one for one in point.entities if one.ext_id == call.ids[1].lower() and one.state.kind == "vm"), None)
    if part is None:
        raise point_not_found()
    shown = rendering.entity_point(call.central, point, part, whole=True)
    return Reply(200, shown, f"{_CONFIG}.GetVmRecoveryPointApiResponse", rendering.etag(point.version))


def create(call: Call) -> Reply:
    """Start to make a recovery point. Whether what it names exists shows in the task."""
    body = call.body
    wanted: list[tuple[str, str, dict[str, Any] | None]] = []
    for item in body.children("vmRecoveryPoints"):
        wanted.append(("vm", item.need("vmExtId", item.uuid("vmExtId")), _vss(item)))
    for item in body.children("volumeGroupRecoveryPoints"):
        wanted.append(("vg", item.need("volumeGroupExtId", item.uuid("volumeGroupExtId")), None))
    most = _MOST_ENTITIES[min(call.minor, 1)]
    if not 1 <= len(wanted) <= most:
        raise invalid(f"A recovery point has 1 to {most} entities, not {len(wanted)}.", "vmRecoveryPoints")
    if len({ext_id for _kind, ext_id, _properties in wanted}) < len(wanted):
        raise invalid("An entity is named twice.", "vmRecoveryPoints")
    expires = body.time("expirationTime")
    _check_expiration(call, expires)
    if "create" in call.central.ignored_expirations:
        expires = None
    ext_id = call.world.uuid()
    payload: dict[str, Any] = {
        "point": ext_id,
        "name": body.text("name", 256) or f"recovery-point-{ext_id[:8]}",
        "expires": expires,
        "consistency": body.choice("recoveryPointType", _TYPES) or "CRASH_CONSISTENT",
        "entities": [(kind, entity.lower(), vss) for kind, entity, vss in wanted],
        "project": body.uuid("projectExtId") if call.minor >= 4 else None,
    }
    known = [call.central.entities[one[1]] for one in payload["entities"] if one[1] in call.central.entities]
    return call.start(
        "create",
        f"{_CONFIG}.CreateRecoveryPointApiResponse",
        "CreateRecoveryPoint",
        seconds=call.world.durations.create,
        payload=payload,
        entities=[(ext_id, POINT), *((entity.ext_id, VM if entity.kind == "vm" else VG) for entity in known)],
        clusters=sorted({entity.cluster for entity in known}),
        cancelable=True,
    )


def _vss(item: Body) -> dict[str, Any] | None:
    properties = item.child("applicationConsistentProperties")
    if properties is None:
        return None
    if properties.text("$objectType") != "dataprotection.v4.common.VssProperties":
        raise invalid("The type of applicationConsistentProperties is not known.", "$objectType")
    kind = properties.choice("backupType", ("FULL_BACKUP", "COPY_BACKUP"))
    return {
        "$objectType": "dataprotection.v4.common.VssProperties",
        "$reserved": {"$fv": "v4.r0"},
        "backupType": properties.need("backupType", kind),
        "shouldIncludeWriters": properties.flag("shouldIncludeWriters"),
        "writers": properties.texts("writers"),
        "shouldStoreVssMetadata": properties.flag("shouldStoreVssMetadata"),
    }


def _check_expiration(call: Call, expires: float | None) -> None:
    if expires is not None and expires <= call.now:
        raise invalid("The expiration time has to be in the future.", "expirationTime")


def set_expiration(call: Call) -> Reply:
    """Start to change the expiration time. "If not specified, the recovery point never expires" (ExpirationTimeSpec)."""
    point = _found(call)
    call.check_etag(point.version, required=True)
    expires = call.body.time("expirationTime")
    _check_expiration(call, expires)
    if ("clear" if expires is None else "set") in call.central.ignored_expirations:
        expires = point.expires
    return _on_point(call, point, "set_expiration", "UpdateRecoveryPointExpirationTime", call.world.durations.set_expiration, {
        "expires": expires,
    })  # fmt: skip


def _on_point(
    call: Call, point: RecoveryPoint, kind: str, operation: str, seconds: float, payload: dict[str, Any]
) -> Reply:
    return call.start(
        kind,
        f"{_CONFIG}.{operation}ApiResponse",
        operation,
        seconds=seconds,
        payload={"point": point.ext_id, **payload},
        entities=[(point.ext_id, POINT)],
        clusters=list(point.locations),
    )


def delete(call: Call) -> Reply:
    """Start to delete a recovery point."""
    point = _found(call)
    call.check_etag(point.version, required=False)
    if point.secure:
        raise not_allowed("The recovery point is secure: deleting it needs approval.")
    return _on_point(call, point, "delete", "DeleteRecoveryPoint", call.world.durations.delete, {})


def replicate(call: Call) -> Reply:
    """Start to replicate to a cluster of another Prism Central, or to another cluster of this one."""
    point = _found(call)
    if call.by_key:
        raise not_allowed("Cross-AZ replication can be performed only by users having legacy roles (e.g. admin).")
    call.check_etag(point.version, required=False)
    body = call.body
    manager, cluster = body.uuid("pcExtId"), body.uuid("clusterExtId")
    if manager is None and cluster is None:
        raise invalid("pcExtId or clusterExtId is required.", "pcExtId")
    target = call.central if manager is None else call.world.central_of(manager.lower())
    if target is None or (target is not call.central and target.name not in call.central.pairs):
        raise invalid(f"There is no availability zone with the Prism Central {manager}.", "pcExtId")
    free = (
        [one for one in target.clusters if one not in point.locations]
        if target is call.central
        else list(target.clusters)
    )
    chosen = cluster.lower() if cluster else next(iter(free), None)
    if chosen not in target.clusters or (target is call.central and chosen in point.locations):
        raise invalid(f"The cluster {cluster} is not a place to replicate to.", "clusterExtId")
    durations = call.world.durations
    size = point.size * (durations.incremental_share if call.world.holds_earlier(target, chosen, point) else 1.0)
    replica = call.world.uuid()
    return call.start(
        "replicate",
        f"{_CONFIG}.RecoveryPointReplicateApiResponse",
        "EntitySnapshotReplicate",
        seconds=durations.replicate_base + size / MIB / durations.replicate_mib_per_second,
        payload={"point": point.ext_id, "to": target.name, "cluster": chosen, "replica": replica},
        entities=[
            (point.ext_id, POINT),
            *((part.state.ext_id, VM if part.state.kind == "vm" else VG) for part in point.entities),
        ],
        clusters=[point.locations[0], chosen],
        places=(target.name,),
        cancelable=True,
    )


def restore(call: Call) -> Reply:
    """Start to make VMs and volume groups: of all parts, or of those that are named."""
    point = _found(call)
    call.check_etag(point.version, required=False)
    body = call.body if call.content is not None else Body({})
    parts: list[tuple[str, dict[str, Any]]] = []
    for item in body.children("vmRecoveryPointRestoreOverrides"):
        ext_id = item.need("vmRecoveryPointExtId", item.uuid("vmRecoveryPointExtId"))
        parts.append((ext_id.lower(), _vm_override(call, item)))
    for item in body.children("volumeGroupRecoveryPointRestoreOverrides"):
        ext_id = item.need("volumeGroupRecoveryPointExtId", item.uuid("volumeGroupRecoveryPointExtId"))
        spec = item.child("volumeGroupOverrideSpec")
        parts.append((ext_id.lower(), {"name": spec.text("name", 256)} if spec else {}))
    if len({ext_id for ext_id, _override in parts}) < len(parts):
        raise invalid("A part of the recovery point is named twice.", "vmRecoveryPointRestoreOverrides")
    cluster = body.uuid("clusterExtId")
    durations = call.world.durations
    instant = call.minor >= 3 and body.flag("isInstantRestore")
    return call.start(
        "restore",
        f"{_CONFIG}.RecoveryPointRestoreApiResponse",
        "RestoreRecoveryPoint",
        seconds=durations.restore_base + (0.0 if instant else point.size / GIB / durations.restore_gib_per_second),
        payload={
            "point": point.ext_id,
            "cluster": cluster.lower() if cluster else None,
            "parts": parts or [(part.ext_id, {}) for part in point.entities],
        },
        entities=[(point.ext_id, POINT)],
        clusters=list(point.locations),
    )


def _vm_override(call: Call, item: Body) -> dict[str, Any]:
    """What a VM is to be restored with; what the version of the request does not know is ignored."""
    if call.minor < 1:
        return {}
    override: dict[str, Any] = {"strict": item.flag("isStrictMode")}
    spec = item.child("vmOverrideSpec")
    if spec is None:
        return override
    if spec.text("$objectType") != f"{_CONFIG}.AhvVmOverrideSpec":
        raise invalid("The type of vmOverrideSpec is not that of an AHV VM.", "vmOverrideSpec.$objectType")
    override["name"] = spec.text("name", 256)
    description = spec.text("description")
    if description is not None:
        override["description"] = description
    categories = spec.children("categories")
    if categories:
        override["categories"] = [one.need("extId", one.uuid("extId")) for one in categories]
    owner = (spec.child("ownershipInfo") or Body({})).child("owner")
    override["owner"] = owner.uuid("extId") if owner else None
    override["project"] = spec.uuid("projectExtId") if call.minor >= 4 else None
    nics = spec.child("nicSpec")
    if nics is not None:
        override["remove"] = nics.texts("nicRemoveList")
        override["nics"] = [_nic_override(nic) for nic in nics.children("nicOverrideList")]
    other: dict[str, Any] = {}
    tools = spec.child("guestToolsSpec") if call.minor >= 2 else None
    if tools is not None:
        other["clear_volume_groups"] = tools.flag("shouldClearInGuestVolumeGroupAttachments")
    override["other"] = other
    return override


def _nic_override(nic: Body) -> dict[str, Any]:
    network = nic.child("nicNetworkInfo") or nic.child("networkInfo")
    backing = nic.child("nicBackingInfo") or nic.child("backingInfo")
    change: dict[str, Any] = {"id": nic.need("nicExtId", nic.uuid("nicExtId"))}
    if backing is not None:
        change["mac"] = backing.text("macAddress")
        if backing.get("isConnected", bool, "A boolean") is not None:
            change["connected"] = backing.flag("isConnected")
    if network is not None:
        subnet = network.child("subnet")
        change["subnet"] = subnet.uuid("extId") if subnet else None
        address = (network.child("ipv4Config") or Body({})).child("ipAddress")
        change["address"] = address.text("value") if address else None
    return change


def describe(central: PrismCentral) -> list[dict[str, Any]]:
    """The recovery points for the admin endpoint."""
    return [
        {
            "ext_id": point.ext_id,
            "location_agnostic_id": point.location_agnostic_id,
            "name": point.name,
            "created": rendering.time_text(point.created),
            "expires": rendering.time_text(point.expires),
            "type": point.consistency,
            "clusters": list(point.locations),
            "secure": point.secure,
            "parts": [
                {"ext_id": part.ext_id, "kind": part.state.kind, "entity": part.state.ext_id, "name": part.state.name}
                for part in point.entities
            ],
        }
        for point in central.points.values()
    ]
