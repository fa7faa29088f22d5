# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How things look in answers. Fields that a server's version does not have are not there."""

from __future__ import annotations

import math
from datetime import datetime, timezone
from typing import Any

from .world import Category, Cluster, Entity, EntityPoint, Nic, PrismCentral, RecoveryPoint, Subnet, Task

TASK_PREFIX = "ZXJnb24=:"
"""Base64 of "ergon", Nutanix's task service, as in the ids of real tasks."""


def time_text(moment: float | None) -> str | None:
    """A moment as the API writes it."""
    if moment is None:
        return None
    return datetime.fromtimestamp(round(moment, 6), timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def etag(version: int) -> str:
    """The ETag of something that has been changed so often."""
    return f"YXBwbGljYXRpb24vanNvbg==:{version}"


def present(fields: dict[str, Any]) -> dict[str, Any]:
    """The fields without those that are None: the API leaves them out."""
    return {name: value for name, value in fields.items() if value is not None}


def typed(name: str, minor: int, fields: dict[str, Any]) -> dict[str, Any]:
    """An object with its type and version."""
    return {"$objectType": name, "$reserved": {"$fv": f"v4.r{minor}"}, **present(fields)}


def task_id(task: Task) -> str:
    """The external identifier of a task."""
    return TASK_PREFIX + task.ext_id


def recovery_point(central: PrismCentral, point: RecoveryPoint, *, whole: bool) -> dict[str, Any]:
    """A top-level recovery point; disks are only in a single one (``whole``), not in lists."""
    minor = central.newest("dataprotection")
    return typed("dataprotection.v4.config.RecoveryPoint", minor, {
        **_common(central, point, point, point.size if whole else None),
        "ownerExtId": point.owner,
        "locationReferences": [{"locationExtId": cluster} for cluster in point.locations],
        "isSecure": point.secure if minor >= 1 else None,
        "vmRecoveryPoints": _parts(central, point, "vm", whole),
        "volumeGroupRecoveryPoints": _parts(central, point, "vg", whole),
        # Not in any client library, and yet sent by real ones.
        "isWormProtected": False if minor >= 3 else None,
    })  # fmt: skip


def _common(
    central: PrismCentral, point: RecoveryPoint, part: RecoveryPoint | EntityPoint, size: int | None
) -> dict[str, Any]:
    minor = central.newest("dataprotection")
    manager, clusters = point.source
    return {
        "extId": part.ext_id,
        "locationAgnosticId": part.location_agnostic_id,
        "name": point.name,
        "creationTime": time_text(point.created),
        "expirationTime": time_text(point.expires),
        "status": "COMPLETE",
        "recoveryPointType": part.consistency,
        "totalExclusiveUsageBytes": size if minor >= 2 else None,
        "sourceLocation": {"domainManagerExtId": manager, "clusterExtIds": list(clusters)} if minor >= 2 else None,
        "projectExtId": point.project if minor >= 4 else None,
    }


def _parts(central: PrismCentral, point: RecoveryPoint, kind: str, whole: bool) -> list[dict[str, Any]] | None:
    found = [entity_point(central, point, part, whole=whole) for part in point.entities if part.state.kind == kind]
    return found or None


def entity_point(central: PrismCentral, point: RecoveryPoint, part: EntityPoint, *, whole: bool) -> dict[str, Any]:
    """The recovery point of one VM or volume group."""
    minor = central.newest("dataprotection")
    disks = [{"diskRecoveryPointExtId": own, "diskExtId": disk} for own, disk in part.disk_points] if whole else None
    common = _common(central, point, part, part.state.size if whole else None)
    if part.state.kind == "vg":
        return typed("dataprotection.v4.config.VolumeGroupRecoveryPoint", minor, {
            **common,
            "volumeGroupExtId": part.state.ext_id,
            "volumeGroupCategories": list(part.state.categories) or None,
            "diskRecoveryPoints": disks,
        })  # fmt: skip
    return typed("dataprotection.v4.config.VmRecoveryPoint", minor, {
        **common,
        "vmExtId": part.state.ext_id,
        "vmCategories": list(part.state.categories) or None,
        "hypervisorType": "AHV" if minor >= 1 else None,
        "diskRecoveryPoints": disks,
        "applicationConsistentProperties": part.vss,
    })  # fmt: skip


def task(central: PrismCentral, shown: Task, now: float) -> dict[str, Any]:
    """A task as of ``now``."""
    minor = central.newest("prism")
    messages = [
        typed("prism.v4.error.AppMessage", minor, {"severity": "ERROR", "locale": "en_US", **error})
        for error in shown.errors
    ]
    warnings = [
        typed("prism.v4.error.AppMessage", minor, {"severity": "WARNING", "locale": "en_US", **warning})
        for warning in shown.warnings
    ]
    return typed("prism.v4.config.Task", minor, {
        "extId": task_id(shown),
        "operation": shown.operation,
        "operationDescription": shown.description,
        "createdTime": time_text(shown.created),
        "startedTime": None if shown.status == "QUEUED" else time_text(shown.starts),
        "completedTime": time_text(shown.completed),
        "lastUpdatedTime": time_text(shown.completed if shown.completed is not None else now),
        "status": shown.status,
        "progressPercentage": percent(shown, now),
        "entitiesAffected": [{"extId": ext_id, "rel": rel} for ext_id, rel in shown.entities],
        "numberOfEntitiesAffected": len(shown.entities),
        "numberOfSubtasks": 0,
        "isCancelable": shown.cancelable and shown.active and shown.status != "CANCELING",
        "isBackgroundTask": False,
        "clusterExtIds": list(shown.clusters),
        "completionDetails": [{"name": name, "value": value} for name, value in shown.details] or None,
        "errorMessages": messages or None,
        "legacyErrorMessage": shown.errors[0]["message"] if shown.errors else None,
        "warnings": warnings or None,
        "ownedBy": {"extId": shown.owner, "name": next((one.name for one in central.logins if one.ext_id == shown.owner), "")},
    })  # fmt: skip


def percent(shown: Task, now: float) -> int:
    """How far a task is; 100 only when it has succeeded."""
    if shown.status == "SUCCEEDED":
        return 100
    if shown.status == "QUEUED":
        return 0
    until = shown.completed if shown.completed is not None else shown.frozen if shown.frozen is not None else now
    worked, needed = until - shown.starts - shown.paused, shown.ends - shown.starts - shown.paused
    return max(0, min(99, math.floor(100 * worked / max(1e-6, needed))))


def vm(central: PrismCentral, shown: Entity) -> dict[str, Any]:
    """A VM."""
    minor = central.newest("vmm")
    return typed("vmm.v4.ahv.config.Vm", minor, {
        "extId": shown.ext_id,
        "name": shown.name,
        "description": shown.description or None,
        "createTime": time_text(shown.created),
        "updateTime": time_text(shown.updated),
        "powerState": shown.power,
        "numSockets": 2,
        "numCoresPerSocket": 1,
        "memorySizeBytes": 4 * 1024**3,
        "cluster": {"extId": shown.cluster},
        "categories": [{"extId": category} for category in shown.categories] or None,
        "ownershipInfo": {"owner": {"extId": shown.owner}} if shown.owner else None,
        "project": {"extId": shown.project} if shown.project else None,
        "guestTools": {"isInstalled": shown.guest_tools, "isEnabled": shown.guest_tools},
        "disks": [
            {
                "extId": disk.ext_id,
                "diskAddress": {"busType": "SCSI", "index": index},
                "backingInfo": {
                    "$objectType": "vmm.v4.ahv.config.VmDisk",
                    "diskExtId": disk.ext_id,
                    "diskSizeBytes": disk.size,
                },
            }
            for index, disk in enumerate(shown.disks)
        ],
        "nics": [_nic(nic) for nic in shown.nics] or None,
    })  # fmt: skip


def vm_in_point(central: PrismCentral, point: RecoveryPoint, part: EntityPoint) -> dict[str, Any]:
    """The part of a recovery point that is of one VM, as vmm has it: with the VM's settings of that time."""
    shown = entity_point(central, point, part, whole=True)
    return {
        **shown,
        "$objectType": "vmm.v4.ahv.config.VmRecoveryPoint",
        "$reserved": {"$fv": f"v4.r{central.newest('vmm')}"},
        "vm": vm(central, part.state),
    }


def _nic(nic: Nic) -> dict[str, Any]:
    address = {"ipv4Config": {"ipAddress": {"value": nic.address, "prefixLength": 32}}} if nic.address else {}
    return {
        "extId": nic.ext_id,
        "backingInfo": {"macAddress": nic.mac, "isConnected": nic.connected},
        "networkInfo": {"nicType": "NORMAL_NIC", "subnet": {"extId": nic.subnet}, "vlanMode": "ACCESS", **address},
    }


def volume_group(central: PrismCentral, shown: Entity) -> dict[str, Any]:
    """A volume group."""
    return typed("volumes.v4.config.VolumeGroup", central.newest("volumes"), {
        "extId": shown.ext_id,
        "name": shown.name,
        "description": shown.description or None,
        "clusterReference": shown.cluster,
        "sharingStatus": "NOT_SHARED",
        "usageType": "USER",
    })  # fmt: skip


def cluster(central: PrismCentral, shown: Cluster) -> dict[str, Any]:
    """A registered cluster."""
    return _cluster(central, shown.ext_id, shown.name, "AOS", vms(central, shown.ext_id))


def own_cluster(central: PrismCentral) -> dict[str, Any]:
    """The Prism Central as a cluster among its clusters."""
    return _cluster(central, central.ext_id, central.name, "PRISM_CENTRAL", None)


def vms(central: PrismCentral, ext_id: str) -> int:
    """How many VMs a cluster has."""
    return sum(entity.kind == "vm" and entity.cluster == ext_id for entity in central.entities.values())


def _cluster(central: PrismCentral, ext_id: str, name: str, function: str, count: int | None) -> dict[str, Any]:
    return typed("clustermgmt.v4.config.Cluster", central.newest("clustermgmt"), {
        "extId": ext_id,
        "name": name,
        "config": {
            "clusterFunction": [function],
            "hypervisorTypes": ["AHV"] if function == "AOS" else None,
            "isAvailable": True if function == "AOS" else None,
        },
        "network": {"externalAddress": {"ipv4": {"value": "127.0.0.1", "prefixLength": 32}}},
        "vmCount": count,
    })  # fmt: skip


def domain_manager(central: PrismCentral) -> dict[str, Any]:
    """The Prism Central itself."""
    return typed("prism.v4.config.DomainManager", central.newest("prism"), {
        "extId": central.ext_id,
        "config": {"name": central.name, "size": "SMALL", "buildInfo": {"version": f"pc.sandbox-{central.version}"}},
        "isRegisteredWithHostingCluster": True,
        "hostingClusterExtId": next(iter(central.clusters), None),
    })  # fmt: skip


def category(central: PrismCentral, shown: Category) -> dict[str, Any]:
    """A category."""
    return typed("prism.v4.config.Category", central.newest("prism"), {
        "extId": shown.ext_id, "key": shown.key, "value": shown.value, "type": "USER",
    })  # fmt: skip


def subnet(central: PrismCentral, shown: Subnet) -> dict[str, Any]:
    """A subnet."""
    return typed("networking.v4.config.Subnet", central.newest("networking"), {
        "extId": shown.ext_id,
        "name": shown.name,
        "subnetType": "VLAN",
        "networkId": shown.vlan,
        "clusterReference": shown.cluster,
    })  # fmt: skip


def availability_zones(central: PrismCentral, others: list[PrismCentral]) -> dict[str, Any]:
    """The answer of API v3 to ``availability_zones/list``."""
    entities = [
        _zone(central.ext_id, central.name, "Local"),
        *(_zone(one.ext_id, one.name, "OnPremise") for one in others),
    ]
    return {
        "api_version": "3.1",
        "metadata": {"kind": "availability_zone", "offset": 0, "length": len(entities), "total_matches": len(entities)},
        "entities": entities,
    }


def _zone(ext_id: str, name: str, kind: str) -> dict[str, Any]:
    return {
        "status": {
            "name": name,
            "state": "COMPLETE",
            "resources": {
                "management_url": ext_id,
                "management_plane_type": kind,
                "display_name": "Local AZ" if kind == "Local" else "PC_127.0.0.1",
                "region": None,
            },
        },
        "metadata": {"kind": "availability_zone", "uuid": ext_id},
    }
