# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One function per call of the v4 API (developers.nutanix.com/api-reference), from and to plain values."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any

from ansible_collections.bcdr.multicloud.plugins.module_utils._core.errors import ProviderError
from ansible_collections.bcdr.multicloud.plugins.module_utils._nutanix.answers import field
from ansible_collections.bcdr.multicloud.plugins.module_utils._nutanix.client import PrismCentral
from ansible_collections.bcdr.multicloud.plugins.module_utils._nutanix.values import (
    AvailabilityZone,
    Cluster,
    RecoveryPoint,
    Task,
    VmRecoveryPoint,
    parse_availability_zone,
    parse_cluster,
    parse_recovery_point,
    parse_task,
    parse_vm_recovery_point,
)

_POINTS = ("dataprotection", "RecoveryPointsApi")
_TASKS = ("prism", "TasksApi")
_VMS = ("vmm", "VmApi")
_VM_POINTS = ("vmm", "VmRecoveryPointsApi")
_VOLUME_GROUPS = ("volumes", "VolumeGroupsApi")
_CONFIG = "dataprotection.v4.config"
# An address has some thousand characters at most.
_ENTITIES_AT_ONCE = 25
# What API v3 gives at most in one answer.
_MOST_ZONES = 500


def quoted(text: str) -> str:
    """Return a text as it stands in an OData filter: a quote is written twice."""
    return "'" + text.replace("'", "''") + "'"


def holding_vm(ext_id: str) -> str:
    """Return the filter for the recovery points that hold a VM."""
    return f"vmRecoveryPoints/any(x:x/vmExtId eq {quoted(ext_id)})"


def holding_volume_group(ext_id: str) -> str:
    """Return the filter for the recovery points that hold a volume group."""
    return f"volumeGroupRecoveryPoints/any(x:x/volumeGroupExtId eq {quoted(ext_id)})"


def list_recovery_points(central: PrismCentral, filter_: str = "", order: str = "") -> list[RecoveryPoint]:
    """Return all recovery points that an OData filter matches (all without one); their disks are not in a list."""
    options = {name: value for name, value in (("_filter", filter_), ("_orderby", order)) if value}
    return [parse_recovery_point(one) for one in central.items(*_POINTS, "list_recovery_points", **options)]


def list_page(central: PrismCentral, **options: Any) -> tuple[list[dict[str, Any]], int | None]:
    """Return one page of recovery points as the API has them in snake case, and how many there are in all.

    `options` are `_page` (from 0), `_limit` (1 to 100), `_filter`, `_orderby` and `_select`.
    """
    answer = central.call(*_POINTS, "list_recovery_points", **options)
    return answer.data or [], answer.total


def list_all(central: PrismCentral, **options: Any) -> list[dict[str, Any]]:
    """Return the recovery points of all pages as the API has them in snake case; `options` as in `list_page`."""
    return central.items(*_POINTS, "list_recovery_points", **options)


def get_recovery_point(central: PrismCentral, ext_id: str) -> RecoveryPoint | None:
    """Return a recovery point with its ETag, or None if there is none."""
    answer = _found(central, *_POINTS, "get_recovery_point_by_id", ext_id)
    return None if answer is None else parse_recovery_point(answer.data, answer.etag)


def has_recovery_point(central: PrismCentral, ext_id: str) -> bool:
    """Return whether a recovery point is there, and not past its time and only not removed yet."""
    point = get_recovery_point(central, ext_id)
    return point is not None and not point.expired(central.now())


def find_recovery_point(central: PrismCentral, ext_id: str) -> dict[str, Any] | None:
    """Return a recovery point as the API has it in snake case, or None if there is none."""
    answer = _found(central, *_POINTS, "get_recovery_point_by_id", ext_id)
    return None if answer is None else answer.data


def get_vm_recovery_point(central: PrismCentral, ext_id: str, part_ext_id: str) -> VmRecoveryPoint | None:
    """Return the part of a recovery point that is of one VM, or None if there is none."""
    answer = _found(central, *_POINTS, "get_vm_recovery_point_by_id", ext_id, part_ext_id)
    return None if answer is None else parse_vm_recovery_point(answer.data)


def create_recovery_point(central: PrismCentral, fields: Mapping[str, Any], token: str = "") -> str:
    """Start a recovery point of `fields` in snake case as the API names them; returns the id of the task."""
    return _started(central, *_POINTS, "create_recovery_point", body=("RecoveryPoint", fields), token=token)


def set_expiration_time(central: PrismCentral, point: RecoveryPoint, expires: datetime.datetime | None) -> str:
    """Start to set when a recovery point expires, None for never; it has to have its ETag. Returns the id of the task.

    Raises Conflict when it has been changed since it was read.
    """
    spec = ("ExpirationTimeSpec", {"expiration_time": expires})
    return _started(central, *_POINTS, "set_recovery_point_expiration_time", point.ext_id, body=spec, etag=point.etag)


def delete_recovery_point(central: PrismCentral, point: RecoveryPoint) -> str:
    """Start to delete a recovery point; returns the id of the task."""
    return _started(central, *_POINTS, "delete_recovery_point_by_id", point.ext_id, etag=point.etag)


def replicate_recovery_point(
    central: PrismCentral, ext_id: str, pc_ext_id: str, cluster_ext_id: str = "", token: str = ""
) -> str:
    """Start to replicate to a cluster of a Prism Central, any without a cluster, the same Prism Central without one.

    Returns the id of the task.
    """
    spec = ("RecoveryPointReplicationSpec", {"pc_ext_id": pc_ext_id or None, "cluster_ext_id": cluster_ext_id or None})
    return _started(central, *_POINTS, "replicate_recovery_point", ext_id, body=spec, token=token)


def restore_recovery_point(central: PrismCentral, ext_id: str, spec: Mapping[str, Any], token: str = "") -> str:
    """Start to make VMs and volume groups as a RecoveryPointRestorationSpec in snake case says; returns the task's id."""
    return _started(
        central, *_POINTS, "restore_recovery_point", ext_id, body=("RecoveryPointRestorationSpec", spec), token=token
    )


def get_vm(central: PrismCentral, ext_id: str) -> tuple[dict[str, Any], str] | None:
    """Return a VM as the API has it in snake case, and its ETag, or None if there is none."""
    answer = _found(central, *_VMS, "get_vm_by_id", ext_id)
    return None if answer is None else (answer.data, answer.etag)


def list_vms(central: PrismCentral, name: str) -> list[dict[str, Any]]:
    """Return the VMs of a name as the API has them in snake case; names are not unique."""
    return central.items(*_VMS, "list_vms", _filter=f"name eq {quoted(name)}")


def revert_vm(central: PrismCentral, ext_id: str, spec: Mapping[str, Any], etag: str, token: str = "") -> str:
    """Start to revert a VM as RevertParams in snake case say; returns the id of the task.

    Raises Conflict when the VM has been changed since its ETag was read.
    """
    body = central.build("vmm", "vmm.v4.ahv.config.RevertParams", spec)
    return _task_of(central.call(*_VMS, "revert_vm", ext_id, body, etag=etag, token=token).data)


def power_on_vm(central: PrismCentral, ext_id: str, etag: str) -> str:
    """Start to switch a VM on; returns the id of the task. Raises Conflict when it has been changed meanwhile."""
    return _task_of(central.call(*_VMS, "power_on_vm", ext_id, etag=etag).data)


def delete_vm(central: PrismCentral, ext_id: str, etag: str) -> str:
    """Start to delete a VM; returns the id of the task. Raises Conflict when it has been changed meanwhile."""
    return _task_of(central.call(*_VMS, "delete_vm_by_id", ext_id, etag=etag).data)


def list_nics_in_point(central: PrismCentral, part_ext_id: str) -> list[str]:
    """Return the ids of the network interfaces that a VM has in its part of a recovery point (vmm, v4.1 and later)."""
    answer = central.call(*_VM_POINTS, "get_vm_recovery_point_by_ext_id", part_ext_id)
    return [str(nic["ext_id"]) for nic in field(field(answer.data, "vm"), "nics") or ()]


def get_volume_group(central: PrismCentral, ext_id: str) -> tuple[dict[str, Any], str] | None:
    """Return a volume group as the API has it in snake case, and its ETag, or None if there is none."""
    answer = _found(central, *_VOLUME_GROUPS, "get_volume_group_by_id", ext_id)
    return None if answer is None else (answer.data, answer.etag)


def list_volume_groups(central: PrismCentral, name: str) -> list[dict[str, Any]]:
    """Return the volume groups of a name as the API has them in snake case; names are not unique."""
    return central.items(*_VOLUME_GROUPS, "list_volume_groups", _filter=f"name eq {quoted(name)}")


def delete_volume_group(central: PrismCentral, ext_id: str, etag: str) -> str:
    """Start to delete a volume group; returns the id of the task."""
    return _task_of(central.call(*_VOLUME_GROUPS, "delete_volume_group_by_id", ext_id, etag=etag).data)


def get_task(central: PrismCentral, ext_id: str) -> Task:
    """Return a task; raises ProviderError with status 404 when it is not known any more."""
    return parse_task(central.call(*_TASKS, "get_task_by_id", ext_id).data)


def list_tasks(central: PrismCentral, *entity_ext_ids: str) -> list[Task]:
    """Return the tasks that affect any of some entities, as long as the Prism Central keeps them."""
    found: dict[str, Task] = {}
    for start in range(0, len(entity_ext_ids), _ENTITIES_AT_ONCE):
        some = entity_ext_ids[start : start + _ENTITIES_AT_ONCE]
        text = " or ".join(f"entitiesAffected/any(e:e/extId eq {quoted(ext_id)})" for ext_id in some)
        tasks = [parse_task(one) for one in central.items(*_TASKS, "list_tasks", _filter=text)]
        found.update({task.ext_id: task for task in tasks})
    return list(found.values())


def cancel_task(central: PrismCentral, ext_id: str) -> None:
    """Ask a task to end; what it says next tells whether it will. Raises Conflict when it cannot be cancelled now."""
    central.call(*_TASKS, "cancel_task", ext_id)


def list_clusters(central: PrismCentral) -> list[Cluster]:
    """Return the clusters that the Prism Central knows, itself among them."""
    return [parse_cluster(one) for one in central.items("clustermgmt", "ClustersApi", "list_clusters")]


def list_availability_zones(central: PrismCentral) -> list[AvailabilityZone]:
    """Return the availability zones that the Prism Central knows, itself among them; only API v3 tells."""
    answer = central.post_v3("availability_zones/list", {"kind": "availability_zone", "length": _MOST_ZONES})
    entities = field(answer, "entities") or ()
    return [parse_availability_zone(one) for one in entities]


def _found(central: PrismCentral, namespace: str, api: str, operation: str, *arguments: Any) -> Any:
    try:
        return central.call(namespace, api, operation, *arguments)
    except ProviderError as error:
        # With a code it is an entity that is not there; without, it is a path.
        if error.status == 404 and error.code:
            return None
        raise


def _started(
    central: PrismCentral, namespace: str, api: str, operation: str, *arguments: Any, body: Any = None, **given: str
) -> str:
    if body is not None:
        type_name, fields = body
        arguments += (central.build(namespace, f"{_CONFIG}.{type_name}", fields),)
    return _task_of(central.call(namespace, api, operation, *arguments, **given).data)


def _task_of(data: Any) -> str:
    task = field(data, "ext_id")
    if not task:
        raise ProviderError("the answer names no task")
    return str(task)
