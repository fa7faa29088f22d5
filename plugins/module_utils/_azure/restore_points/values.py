# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Restore point collections and restore points as plain values, read from what Azure answers."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from ansible_collections.bcdr.multicloud.plugins.module_utils._azure.ids import (
    COLLECTION_TYPE,
    id_key,
    parse_id,
    region_key,
    same_id,
)
from ansible_collections.bcdr.multicloud.plugins.module_utils._azure.times import parse_timestamp
from ansible_collections.bcdr.multicloud.plugins.module_utils._core.reconcile import (
    FAILED,
    PENDING,
    RUNNING,
    SUCCEEDED,
)
from ansible_collections.bcdr.multicloud.plugins.module_utils._core.recovery_points import RecoveryPoint, iso_timestamp

REPLICATED = "replicated"
REPLICATING = "replicating"
REPLICATION_FAILED = "failed"
REPLICATION_UNKNOWN = "unknown"

_REPLICATION = {"succeeded": REPLICATED, "replicating": REPLICATING, "failed": REPLICATION_FAILED}
_REPLICATION_PREFIX = "replicationstate/"


@dataclass(frozen=True)
class PointDisk:
    """One disk of a restore point; `lun` is None for the OS disk, `point_id` is the disk restore point's id."""

    name: str
    lun: int | None
    size_gb: int
    os_type: str = ""
    caching: str = ""
    write_accelerator: bool = False
    sku: str = ""
    disk_id: str = ""
    point_id: str = ""
    encryption_set_id: str = ""
    replication: str = REPLICATION_UNKNOWN
    percent: float = 0.0

    @property
    def is_os(self) -> bool:
        return self.lun is None


@dataclass(frozen=True)
class RestorePoint:
    """One restore point. `remote` says that its data had to travel; then only replicated disks can be restored.

    `viewed` says that the instance view was read, without which a remote point's replication is not known.
    """

    id: str
    name: str
    provisioning_state: str
    created: datetime.datetime | None = None
    consistency: str = ""
    source_point_id: str = ""
    vm_id: str = ""
    disks: tuple[PointDisk, ...] = ()
    remote: bool = False
    viewed: bool = False
    view_failed: bool = False
    metadata: Mapping[str, Any] = field(default_factory=dict, repr=False, compare=False)

    @property
    def creating(self) -> bool:
        return self.provisioning_state.lower() in ("creating", "updating", "accepted", "inprogress")

    @property
    def deleting(self) -> bool:
        return self.provisioning_state.lower() == "deleting"

    @property
    def made(self) -> bool:
        return self.provisioning_state.lower() == "succeeded"

    @property
    def status(self) -> str:
        """Succeeded only when every disk can be restored."""
        if self.creating:
            return RUNNING
        if self.deleting:
            return PENDING
        if not self.made or self.view_failed or any(disk.replication == REPLICATION_FAILED for disk in self.disks):
            return FAILED
        arrived = bool(self.disks) and all(disk.replication == REPLICATED for disk in self.disks)
        return SUCCEEDED if arrived else RUNNING

    @property
    def usable(self) -> bool:
        return self.status == SUCCEEDED

    @property
    def percent(self) -> float:
        """Return how much of the bytes has arrived, 0 to 100, disks weighted by their size."""
        if self.usable:
            return 100.0
        total = sum(max(1, disk.size_gb) for disk in self.disks)
        return sum(max(1, disk.size_gb) * disk.percent for disk in self.disks) / total if total else 0.0

    def describe_disks(self) -> str:
        """Return how far each disk is: "os 100 %, data-1 40 %"."""
        return ", ".join(
            f"{disk.name} {'failed' if disk.replication == REPLICATION_FAILED else f'{disk.percent:g} %'}"
            for disk in self.disks
        )

    def disk_results(self) -> list[dict[str, Any]]:
        return [
            {
                "name": disk.name,
                "lun": disk.lun,
                "os_type": disk.os_type or None,
                "size_gb": disk.size_gb,
                "sku": disk.sku,
                "replication": disk.replication,
                "progress_percent": disk.percent,
                "disk_encryption_set_id": disk.encryption_set_id or None,
                "disk_restore_point_id": disk.point_id or None,
            }
            for disk in self.disks
        ]


@dataclass(frozen=True)
class Collection:
    """One restore point collection; `points` is empty when it was read without them."""

    id: str
    name: str
    location: str
    source_id: str
    source_location: str = ""
    tags: Mapping[str, str] = field(default_factory=dict)
    points: tuple[RestorePoint, ...] = ()
    deleting: bool = False

    @property
    def is_copy(self) -> bool:
        """The source is another collection and not a VM."""
        source = parse_id(self.source_id)
        return source is not None and source.type.lower() == COLLECTION_TYPE.lower()

    @property
    def is_remote(self) -> bool:
        """Its points are made of data from another region, whether the source is a collection or a VM there."""
        return self.is_copy or bool(
            self.source_location and region_key(self.source_location) != region_key(self.location)
        )

    def by_age(self) -> list[RestorePoint]:
        """Return the points, oldest first."""
        return sorted(self.points, key=created_of)

    def point(self, name: str) -> RestorePoint | None:
        return next((point for point in self.points if point.name.lower() == name.lower()), None)


def parse_collection(answer: Mapping[str, Any]) -> Collection:
    """Return the collection that ARM answered (restorePointCollections GET, PUT or list entry).

    Its restore points are read too when the answer has them (`$expand=restorePoints`).
    """
    properties = answer.get("properties") or {}
    source = properties.get("source") or {}
    collection = Collection(
        id=answer["id"],
        name=answer.get("name") or answer["id"].rsplit("/", 1)[-1],
        location=region_key(answer.get("location") or ""),
        source_id=source.get("id") or "",
        source_location=region_key(source.get("location") or ""),
        tags=answer.get("tags") or {},
        deleting=(properties.get("provisioningState") or "").lower() == "deleting",
    )
    points = tuple(parse_point(point, collection.is_remote) for point in properties.get("restorePoints") or ())
    return Collection(**{**vars(collection), "points": points}) if points else collection


def parse_point(answer: Mapping[str, Any], remote: bool) -> RestorePoint:
    """Return the restore point that ARM answered; `remote` is what its collection says.

    Of the instance view only entries whose code begins with ReplicationState/ say how far the data is; there may be
    others beside them (instant access). A state that is not known is not done.
    """
    properties = answer.get("properties") or {}
    source_point_id = (properties.get("sourceRestorePoint") or {}).get("id") or ""
    remote = remote or bool(source_point_id)
    view = properties.get("instanceView") or {}
    replication = {
        id_key(entry.get("id") or ""): entry.get("replicationStatus") or {}
        for entry in view.get("diskRestorePoints") or ()
    }
    metadata = properties.get("sourceMetadata") or {}
    storage = metadata.get("storageProfile") or {}
    disks = [_parse_disk(storage["osDisk"], None, remote, replication)] if storage.get("osDisk") else []
    disks += [
        _parse_disk(disk, int(disk.get("lun") or 0), remote, replication) for disk in storage.get("dataDisks") or ()
    ]
    created = properties.get("timeCreated")
    return RestorePoint(
        id=answer["id"],
        name=answer.get("name") or answer["id"].rsplit("/", 1)[-1],
        provisioning_state=properties.get("provisioningState") or "",
        created=parse_timestamp(created) if created else None,
        consistency=properties.get("consistencyMode") or "",
        source_point_id=source_point_id,
        vm_id=metadata.get("vmId") or "",
        disks=tuple(disks),
        remote=remote,
        viewed=bool(view),
        view_failed=_replication_of(view.get("statuses") or ()) == REPLICATION_FAILED,
        metadata=metadata,
    )


def _parse_disk(
    disk: Mapping[str, Any], lun: int | None, remote: bool, replication: Mapping[str, Mapping[str, Any]]
) -> PointDisk:
    managed = disk.get("managedDisk") or {}
    point = disk.get("diskRestorePoint") or {}
    encryption = point.get("encryption") or {}
    encryption_set = encryption.get("diskEncryptionSet") or managed.get("diskEncryptionSet") or {}
    point_id = point.get("id") or ""
    if remote:
        status = replication.get(id_key(point_id), {})
        state = _replication_of([status.get("status") or {}]) if point_id else REPLICATION_UNKNOWN
        percent = 100.0 if state == REPLICATED else float(status.get("completionPercent") or 0)
    else:
        # Only copies replicate: the disk restore point of a local point is complete once it has an id.
        state, percent = (REPLICATED, 100.0) if point_id else (REPLICATION_UNKNOWN, 0.0)
    return PointDisk(
        name=disk.get("name") or "",
        lun=lun,
        size_gb=int(disk.get("diskSizeGB") or 0),
        os_type=disk.get("osType") or "",
        caching=disk.get("caching") or "",
        write_accelerator=bool(disk.get("writeAcceleratorEnabled")),
        sku=managed.get("storageAccountType") or "",
        disk_id=managed.get("id") or "",
        point_id=point_id,
        encryption_set_id=encryption_set.get("id") or "",
        replication=state,
        percent=percent,
    )


def _replication_of(statuses: Iterable[Mapping[str, Any]]) -> str:
    for status in statuses:
        code = str(status.get("code") or "").lower()
        if code.startswith(_REPLICATION_PREFIX):
            return _REPLICATION.get(code[len(_REPLICATION_PREFIX) :], REPLICATION_UNKNOWN)
    return REPLICATION_UNKNOWN


def newest_usable(points: Iterable[RestorePoint]) -> RestorePoint | None:
    """Return the newest point that can be restored whole, or None."""
    usable = [point for point in points if point.usable and point.created]
    return max(usable, key=created_of, default=None)


def created_of(point: RestorePoint) -> datetime.datetime:
    """Return the point's creation time for sorting; a point that has none yet is the newest."""
    return point.created or datetime.datetime.max.replace(tzinfo=datetime.timezone.utc)


def find_copy(collection: Collection, source_point_id: str) -> RestorePoint | None:
    """Return the copy of the source point that `collection` holds, in whatever state, or None."""
    return next(
        (
            point
            for point in collection.points
            if point.source_point_id and same_id(point.source_point_id, source_point_id)
        ),
        None,
    )


def as_recovery_point(point: RestorePoint, collection: Collection) -> RecoveryPoint:
    """Return the point in the form that all providers share."""
    return RecoveryPoint(
        id=point.id,
        name=point.name,
        provider="azure",
        resource_type="azure_vm",
        container=collection.id,
        source=collection.source_id,
        location=collection.location,
        source_location=collection.source_location or collection.location,
        status=point.status,
        reason="" if point.usable else point.describe_disks(),
        created=point.created,
        progress_percent=round(point.percent, 1),
        consistency=point.consistency,
        copy_of=point.source_point_id,
        size_bytes=sum(disk.size_gb for disk in point.disks) * 2**30,
        extra={"vm_id": point.vm_id, "disks": point.disk_results()},
    )


def point_result(point: RestorePoint) -> dict[str, Any]:
    """Return what modules show of one point."""
    return {
        "id": point.id,
        "name": point.name,
        "created_at": iso_timestamp(point.created),
        "provisioning_state": point.provisioning_state,
        "consistency": point.consistency,
        "status": point.status,
        "usable": point.usable,
        "progress_percent": round(point.percent, 1),
        "copy_of": point.source_point_id or None,
        "disks": point.disk_results(),
    }
