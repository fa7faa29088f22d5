# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Recovery points, tasks and clusters as plain values, read from what a Prism Central answers. Pure."""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from dataclasses import field as attribute
from typing import Any

from ansible_collections.bcdr.multicloud.plugins.module_utils._core.reconcile import FAILED, PENDING, RUNNING, SUCCEEDED
from ansible_collections.bcdr.multicloud.plugins.module_utils._core.recovery_points import RecoveryPoint as SharedPoint
from ansible_collections.bcdr.multicloud.plugins.module_utils._core.recovery_points import iso_timestamp
from ansible_collections.bcdr.multicloud.plugins.module_utils._nutanix.answers import error_details, field

# The only status that a recovery point has is COMPLETE (developers.nutanix.com, dataprotection RecoveryPointStatus).
COMPLETE = "COMPLETE"
_EXT_ID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", re.IGNORECASE)
PRISM_CENTRAL = "PRISM_CENTRAL"

# All of prism's TaskStatus. One that is suspended may go on, so it is not settled; nothing goes on after CANCELED.
_TASK_STATUS = {
    "QUEUED": PENDING,
    "SUSPENDED": PENDING,
    "RUNNING": RUNNING,
    "CANCELING": RUNNING,
    "SUCCEEDED": SUCCEEDED,
    "FAILED": FAILED,
    "CANCELED": FAILED,
}


@dataclass(frozen=True)
class VmRecoveryPoint:
    """The part of a recovery point that is of one VM; `disk_ids` are None where a list left them out."""

    ext_id: str
    vm_ext_id: str
    location_agnostic_id: str = ""
    recovery_point_type: str = ""
    status: str = COMPLETE
    categories: tuple[str, ...] = ()
    disk_ids: tuple[str, ...] | None = None
    raw: Mapping[str, Any] = attribute(default_factory=dict, compare=False, repr=False)

    @property
    def entity_ext_id(self) -> str:
        return self.vm_ext_id


@dataclass(frozen=True)
class VolumeGroupRecoveryPoint:
    """The part of a recovery point that is of one volume group; `disk_ids` as in `VmRecoveryPoint`."""

    ext_id: str
    volume_group_ext_id: str
    location_agnostic_id: str = ""
    recovery_point_type: str = ""
    status: str = COMPLETE
    categories: tuple[str, ...] = ()
    disk_ids: tuple[str, ...] | None = None
    raw: Mapping[str, Any] = attribute(default_factory=dict, compare=False, repr=False)

    @property
    def entity_ext_id(self) -> str:
        return self.volume_group_ext_id


@dataclass(frozen=True)
class RecoveryPoint:
    """A top-level recovery point of one Prism Central.

    `location_agnostic_id` is the same for all replicas of it at all sites, `ext_id` is not. `cluster_ext_ids` hold its
    data; `source_pc_ext_id` and `source_cluster_ext_ids` say where it was made, and are empty before v4.2 of the API.
    `expires` None: never. `etag` is "" for an entry of a list.
    """

    ext_id: str
    name: str
    location_agnostic_id: str
    status: str = COMPLETE
    created: datetime.datetime | None = None
    expires: datetime.datetime | None = None
    recovery_point_type: str = ""
    owner_ext_id: str = ""
    cluster_ext_ids: tuple[str, ...] = ()
    source_pc_ext_id: str = ""
    source_cluster_ext_ids: tuple[str, ...] = ()
    vm_recovery_points: tuple[VmRecoveryPoint, ...] = ()
    volume_group_recovery_points: tuple[VolumeGroupRecoveryPoint, ...] = ()
    secure: bool = False
    size_bytes: int | None = None
    etag: str = ""
    raw: Mapping[str, Any] = attribute(default_factory=dict, compare=False, repr=False)

    @property
    def usable(self) -> bool:
        return self.status == COMPLETE

    @property
    def vm_ext_ids(self) -> frozenset[str]:
        return frozenset(part.vm_ext_id for part in self.vm_recovery_points)

    @property
    def volume_group_ext_ids(self) -> frozenset[str]:
        return frozenset(part.volume_group_ext_id for part in self.volume_group_recovery_points)

    def age_seconds(self, now: datetime.datetime) -> int | None:
        """Return how old it is, None where that is not told."""
        return None if self.created is None else max(0, round((now - self.created).total_seconds()))

    def expired(self, now: datetime.datetime) -> bool:
        """Return whether it is past its time, and only not removed yet."""
        return self.expires is not None and self.expires <= now


@dataclass(frozen=True)
class Task:
    """A task of Prism Central: what it does (`operation`), its `state`, what it made (`details`) and what it affects."""

    ext_id: str
    state: str
    operation: str = ""
    percent: float | None = None
    created: datetime.datetime | None = None
    completed: datetime.datetime | None = None
    details: tuple[tuple[str, str], ...] = ()
    cluster_ext_ids: tuple[str, ...] = ()
    entity_ext_ids: tuple[str, ...] = ()
    code: str = ""
    message: str = ""
    warnings: tuple[str, ...] = ()
    cancelable: bool = False
    raw: Mapping[str, Any] = attribute(default_factory=dict, compare=False, repr=False)

    @property
    def status(self) -> str:
        """One of the collection's statuses; a state that is not told ($UNKNOWN, $REDACTED) counts as running."""
        return _TASK_STATUS.get(self.state, RUNNING)

    @property
    def reason(self) -> str:
        """What there is to say about a task that has not just succeeded; "" if nothing."""
        if self.status == FAILED:
            said = ": ".join(text for text in (self.code, self.message) if text)
            return f"the task {self.ext_id} ended {self.state}: {said or 'Prism Central gives no reason'}"
        if self.state in ("SUSPENDED", "CANCELING"):
            return f"the task {self.ext_id} is {self.state.lower()} in Prism Central"
        if self.state not in _TASK_STATUS:
            return f"the task {self.ext_id} is in the state {self.state or 'unknown'}"
        return ""

    def detail(self, name: str) -> str:
        """Return one of the completion details, such as recoveryPointExtId; "" if it is not there."""
        return next((value for key, value in self.details if key == name), "")

    def ids(self, name: str) -> list[str]:
        """Return the external identifiers in a completion detail, which separates them by commas."""
        return [part.strip() for part in self.detail(name).split(",") if part.strip()]

    def as_result(self) -> dict[str, Any]:
        return {
            "ext_id": self.ext_id,
            "operation": self.operation,
            "status": self.state,
            "progress_percent": self.percent,
            "created_at": iso_timestamp(self.created),
            "completed_at": iso_timestamp(self.completed),
            "message": self.message or None,
            "warnings": list(self.warnings),
        }


@dataclass(frozen=True)
class Cluster:
    """A cluster that a Prism Central knows; the Prism Central itself is one of them."""

    ext_id: str
    name: str
    functions: tuple[str, ...] = ()

    @property
    def is_prism_central(self) -> bool:
        return PRISM_CENTRAL in self.functions


@dataclass(frozen=True)
class AvailabilityZone:
    """A Prism Central that another one is paired with, or that one itself; `pc_ext_id` is "" where it is no such id."""

    name: str
    pc_ext_id: str = ""


def parse_time(value: Any) -> datetime.datetime | None:
    """Return a time of an answer in UTC: a datetime, as the client libraries have it, or ISO 8601 text."""
    if value is None:
        return None
    moment = value if isinstance(value, datetime.datetime) else datetime.datetime.fromisoformat(_python_iso(str(value)))
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=datetime.timezone.utc)
    return moment.astimezone(datetime.timezone.utc)


def _python_iso(text: str) -> str:
    """Python 3.10 reads neither a Z nor any other number of fractional digits than three or six."""
    text = text.strip().replace("Z", "+00:00").replace("z", "+00:00")
    seconds, dot, rest = text.partition(".")
    digits = len(rest) - len(rest.lstrip("0123456789"))
    return f"{seconds}.{rest[:digits][:6].ljust(6, '0')}{rest[digits:]}" if dot else text


def plain_answer(value: Any) -> Any:
    """Return an answer as a task can show it: without what the client library keeps for itself, times as ISO 8601."""
    if isinstance(value, Mapping):
        return {name: plain_answer(one) for name, one in value.items() if not str(name).startswith(("_", "$"))}
    if isinstance(value, (list, tuple)):
        return [plain_answer(one) for one in value]
    return value.isoformat() if isinstance(value, datetime.datetime) else value


def parse_recovery_point(answer: Mapping[str, Any], etag: str = "") -> RecoveryPoint:
    """Return the recovery point of a get or of an entry of a list."""
    source = field(answer, "source_location")
    size = field(answer, "total_exclusive_usage_bytes")
    return RecoveryPoint(
        ext_id=_text(answer, "ext_id"),
        name=_text(answer, "name"),
        location_agnostic_id=_text(answer, "location_agnostic_id"),
        status=_text(answer, "status"),
        created=parse_time(field(answer, "creation_time")),
        expires=parse_time(field(answer, "expiration_time")),
        recovery_point_type=_text(answer, "recovery_point_type"),
        owner_ext_id=_text(answer, "owner_ext_id"),
        cluster_ext_ids=tuple(_text(one, "location_ext_id") for one in field(answer, "location_references") or ()),
        source_pc_ext_id=_text(source, "domain_manager_ext_id"),
        source_cluster_ext_ids=tuple(field(source, "cluster_ext_ids") or ()),
        vm_recovery_points=tuple(parse_vm_recovery_point(one) for one in field(answer, "vm_recovery_points") or ()),
        volume_group_recovery_points=tuple(
            parse_volume_group_recovery_point(one) for one in field(answer, "volume_group_recovery_points") or ()
        ),
        secure=bool(field(answer, "is_secure")),
        size_bytes=None if size is None else int(size),
        etag=etag,
        raw=plain_answer(answer),
    )


def parse_vm_recovery_point(answer: Mapping[str, Any]) -> VmRecoveryPoint:
    """Return the VM's part of a recovery point."""
    categories = tuple(field(answer, "vm_categories") or ())
    return VmRecoveryPoint(vm_ext_id=_text(answer, "vm_ext_id"), categories=categories, **_part(answer))


def parse_volume_group_recovery_point(answer: Mapping[str, Any]) -> VolumeGroupRecoveryPoint:
    """Return the volume group's part of a recovery point."""
    categories = tuple(field(answer, "volume_group_categories") or ())
    group = _text(answer, "volume_group_ext_id")
    return VolumeGroupRecoveryPoint(volume_group_ext_id=group, categories=categories, **_part(answer))


def _part(answer: Mapping[str, Any]) -> dict[str, Any]:
    disks = field(answer, "disk_recovery_points")
    return {
        "ext_id": _text(answer, "ext_id"),
        "location_agnostic_id": _text(answer, "location_agnostic_id"),
        "recovery_point_type": _text(answer, "recovery_point_type"),
        "status": _text(answer, "status"),
        "raw": plain_answer(answer),
        "disk_ids": None if disks is None else tuple(_text(disk, "disk_ext_id") for disk in disks),
    }


def parse_task(answer: Mapping[str, Any]) -> Task:
    """Return the task; `code` and `message` are those of its errors, or its legacy error message."""
    errors = error_details({"error": field(answer, "error_messages")})
    code, message = errors if errors is not None else ("", _text(answer, "legacy_error_message"))
    percent = field(answer, "progress_percentage")
    return Task(
        ext_id=_text(answer, "ext_id"),
        state=_text(answer, "status"),
        operation=_text(answer, "operation"),
        percent=None if percent is None else float(percent),
        created=parse_time(field(answer, "created_time")),
        completed=parse_time(field(answer, "completed_time")),
        details=tuple(
            (_text(one, "name"), "" if one.get("value") is None else str(one["value"]))
            for one in field(answer, "completion_details") or ()
        ),
        cluster_ext_ids=tuple(field(answer, "cluster_ext_ids") or ()),
        entity_ext_ids=tuple(_text(one, "ext_id") for one in field(answer, "entities_affected") or ()),
        code=code,
        message=message,
        warnings=tuple(_text(one, "message") for one in field(answer, "warnings") or ()),
        cancelable=bool(field(answer, "is_cancelable")),
        raw=plain_answer(answer),
    )


def parse_cluster(answer: Mapping[str, Any]) -> Cluster:
    """Return the cluster of a get or of an entry of a list."""
    functions = field(field(answer, "config"), "cluster_function") or ()
    return Cluster(_text(answer, "ext_id"), _text(answer, "name"), tuple(str(one) for one in functions))


def parse_availability_zone(answer: Mapping[str, Any]) -> AvailabilityZone:
    """Return the availability zone of an entry of API v3: `management_url` is the external identifier of a Prism Central."""
    status = answer.get("status") or {}
    resources = status.get("resources") or {}
    url = str(resources.get("management_url") or "").lower()
    name = resources.get("display_name") or status.get("name") or url
    return AvailabilityZone(str(name), url if is_ext_id(url) else "")


def is_ext_id(text: str) -> bool:
    """Return whether it is an external identifier, which is a UUID."""
    return _EXT_ID.fullmatch(text) is not None


def _text(answer: Any, name: str) -> str:
    value = field(answer, name)
    return "" if value is None else str(value)


def named_shortly(ext_ids: Iterable[str]) -> str:
    """Return the first of some identifiers, and how many more there are."""
    first, *others = ext_ids
    return f"{first} and {len(others)} more" if others else first


def newest_usable(points: Iterable[RecoveryPoint], now: datetime.datetime) -> RecoveryPoint | None:
    """Return the newest recovery point that can be restored, or None."""
    found = [point for point in points if point.usable and point.created is not None and not point.expired(now)]
    return max(found, key=lambda point: (point.created, point.ext_id), default=None)


def as_recovery_point(point: RecoveryPoint, container: str, pc_ext_id: str = "") -> SharedPoint:
    """Return the recovery point, as the Prism Central `container` has it, in the form that all providers share.

    Without the external identifier of that Prism Central what has no data where it was made is a replica.
    """
    vms, groups = sorted(point.vm_ext_ids), sorted(point.volume_group_ext_ids)
    if pc_ext_id:
        replica = bool(point.source_pc_ext_id) and point.source_pc_ext_id != pc_ext_id
    else:
        made_at = point.source_cluster_ext_ids
        replica = bool(made_at) and not set(made_at).intersection(point.cluster_ext_ids)
    return SharedPoint(
        id=point.ext_id,
        name=point.name,
        provider="nutanix",
        resource_type="nutanix_vm" if vms else "nutanix_volume_group",
        container=container,
        source=",".join([*vms, *groups]),
        location=",".join(point.cluster_ext_ids),
        source_location=",".join(point.source_cluster_ext_ids or point.cluster_ext_ids),
        status=SUCCEEDED if point.usable else FAILED,
        reason="" if point.usable else f"its status is {point.status or 'unknown'}",
        created=point.created,
        expires=point.expires,
        progress_percent=100.0 if point.usable else None,
        consistency=point.recovery_point_type,
        # Which of the others was first is not told, only that they are the same.
        copy_of=point.location_agnostic_id if replica else "",
        size_bytes=point.size_bytes,
        extra={
            "location_agnostic_id": point.location_agnostic_id,
            "source_pc_ext_id": point.source_pc_ext_id or None,
            "secure": point.secure,
            "vm_recovery_points": [
                {"vm_ext_id": part.vm_ext_id, **_part_result(part)} for part in point.vm_recovery_points
            ],
            "volume_group_recovery_points": [
                {"volume_group_ext_id": part.volume_group_ext_id, **_part_result(part)}
                for part in point.volume_group_recovery_points
            ],
        },
    )


def _part_result(part: VmRecoveryPoint | VolumeGroupRecoveryPoint) -> dict[str, Any]:
    return {
        "ext_id": part.ext_id,
        "location_agnostic_id": part.location_agnostic_id,
        "recovery_point_type": part.recovery_point_type,
    }
