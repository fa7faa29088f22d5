# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""From what the modules that restore return to records of drills, failovers and failbacks. Pure."""

from __future__ import annotations

import datetime
import hashlib
import typing as t
from collections.abc import Callable, Sequence

from ansible_collections.bcdr.multicloud.plugins.module_utils._core.recovery_points import iso_timestamp
from ansible_collections.bcdr.multicloud.plugins.module_utils._history.events_decision import stable
from ansible_collections.bcdr.multicloud.plugins.module_utils._history.records import RECOVERIES, SUCCEEDED
from ansible_collections.bcdr.multicloud.plugins.plugin_utils._workloads import (
    Item,
    Workload,
    WorkloadError,
    recovery_place,
)


class _Made(t.NamedTuple):
    """What one result tells of its recovery: `identity` is the same in every run that finds this recovery and in no other, ""
    if nothing tells; `ended` is when the cloud says that it ended, "" if it does not."""

    point: str
    identity: str
    ended: str = ""


def drill_records(
    results: Sequence[Item], workloads: Sequence[Workload], kind: str, now: datetime.datetime
) -> list[Item]:
    """Return one record per workload whose recovery has ended, well or not; none for what is under way.

    `results` are those of a task with a batch, whose labels are the names of `workloads`, or begin with them where a workload has
    several items. A recovery that was there before has the key that it had when it was made, so that a repeated run adds nothing.
    Raises WorkloadError for a kind that is none.
    """
    if kind not in RECOVERIES:
        raise WorkloadError(f"kind {kind!r} is none of {', '.join(RECOVERIES)}")
    by_name = {str(workload["name"]): workload for workload in workloads}
    parts: dict[str, list[Item | None]] = {}
    for result in results:
        name = _name_of(str(result["label"]), by_name)
        parts.setdefault(name, []).append(_record(name, result, by_name.get(name, {}), kind, now))
    whole = (
        _together([record for record in records if record is not None], len(records)) for records in parts.values()
    )
    return [record for record in whole if record is not None]


def _name_of(label: str, names: t.Iterable[str]) -> str:
    """The workload that an item is of: `shop: invoices` and `ledger (1/2)` are of shop and ledger."""
    found = [name for name in names if label == name or label.startswith((f"{name}: ", f"{name} ("))]
    return max(found, key=len, default=label)


def _together(records: Sequence[Item], expected: int) -> Item | None:
    """One record of the records of a workload's items, None as long as one of them is missing: the worst of them counts."""
    if len(records) < expected or not records:
        return None
    if len(records) == 1:
        return records[0]
    worst = max(records, key=lambda record: (record["status"] != SUCCEEDED, str(record["time"])))
    took = [record["recovery_seconds"] for record in records]
    ages = [record["rpo_seconds"] for record in records]
    digest = hashlib.sha256("|".join(sorted(str(record["key"]) for record in records)).encode()).hexdigest()[:32]
    return {
        **worst,
        "key": f"{worst['kind']}|{worst['workload']}|{digest}",
        "time": max(str(record["time"]) for record in records),
        "recovery_seconds": None if None in took else max(took),
        "rpo_seconds": None if None in ages else max(ages),
        "reason": "; ".join(dict.fromkeys(str(record["reason"]) for record in records if record["reason"])),
    }


def _record(name: str, result: Item, workload: Workload, kind: str, now: datetime.datetime) -> Item | None:
    status, reason = result["status"], result.get("reason") or ""
    if status not in (SUCCEEDED, "failed", "blocked"):
        return None
    made = _made(result)
    took, moment = result.get("recovery_seconds"), iso_timestamp(now) or ""
    time = moment
    if status == SUCCEEDED:
        identity, time = made.identity, (made.ended or moment) if took is None else moment
        if not identity:
            if took is None:
                # An earlier run has made it, and nothing tells it from one that is in the history.
                return None
            identity = moment
    else:
        # The same failure is one record a day, by UTC, however often it is tried.
        identity = made.identity or f"{status} {stable(reason)} {moment[:10]}"
    digest = hashlib.sha256("|".join((status, made.point, identity)).encode()).hexdigest()[:32]
    return {
        "key": f"{kind}|{name}|{digest}",
        "kind": kind,
        "workload": name,
        "type": str(workload.get("type") or ""),
        "time": time,
        "status": status,
        "recovery_point": made.point or None,
        "location": recovery_place(workload, kind),
        "rpo_seconds": _age(result, time) if took is None else result.get("rpo_seconds"),
        "recovery_seconds": took,
        "reason": reason,
    }


def _made(result: Item) -> _Made:
    for key, made in _MADE.items():
        if key in result:
            return made(result)
    return _Made("", "")


def _azure_disks(result: Item) -> _Made:
    """Disks that are made again by the same name have another time of their making."""
    disks = result.get("disks") or ()
    times = sorted(disk["created_at"] for disk in disks if disk.get("created_at"))
    made = result["status"] == SUCCEEDED and len(times) == len(disks) and times
    point = result.get("restore_point_id") or result.get("version") or ""
    return _Made(str(point), times[0] if made else "", times[-1] if made else "")


def _efs(result: Item) -> _Made:
    """A restore job makes one file system, or restores items once; it tells a failure from the next one too."""
    job = result.get("restore_job") or {}
    return _Made(
        str(result.get("recovery_point_arn") or ""), str(job.get("id") or ""), str(job.get("completed_at") or "")
    )


def _nutanix(result: Item) -> _Made:
    """What is restored again by the same name has another external identifier."""
    made = [*(result.get("vm_ext_ids") or ()), *(result.get("volume_group_ext_ids") or ())]
    ended = [task["completed_at"] for task in result.get("tasks") or () if task.get("completed_at")]
    return _Made(
        str(result.get("ext_id") or ""),
        ",".join(sorted(made)) if result["status"] == SUCCEEDED else "",
        max(ended, default=""),
    )


def _azure_blobs(result: Item) -> _Made:
    """Only the run that copies knows when; what is used where it is tells by what it holds."""
    return _Made(f"{result.get('source') or ''} {result.get('last_sync_time') or ''}".strip(), "")


# What tells the results of the modules apart.
_MADE: dict[str, Callable[[Item], _Made]] = {
    "restore_point": _azure_disks,
    "version": _azure_disks,
    "incomplete_blobs": _azure_blobs,
    "restore_job": _efs,
    "vms_ext_ids": _nutanix,
}


def _age(result: Item, time: str) -> int | None:
    """Return how old the point was at that time; what the module tells is its age today."""
    keys = ("recovery_point_created_at", "restore_point_created_at", "version_created_at", "last_sync_time")
    created = next((result[key] for key in keys if result.get(key)), None)
    if not created:
        seconds: int | None = result.get("rpo_seconds")
        return seconds
    return max(0, round((_moment(time) - _moment(created)).total_seconds()))


def _moment(text: str) -> datetime.datetime:
    return datetime.datetime.fromisoformat(text.replace("Z", "+00:00"))
