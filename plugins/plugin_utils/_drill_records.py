# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""From what the modules that restore return to records of drills, failovers and failbacks. Pure."""

from __future__ import annotations

import datetime
import hashlib
import typing as t
from collections.abc import Callable, Mapping, Sequence

from ansible_collections.bcdr.multicloud.plugins.module_utils._core.recovery_points import iso_timestamp
from ansible_collections.bcdr.multicloud.plugins.module_utils._history.events_decision import stable
from ansible_collections.bcdr.multicloud.plugins.module_utils._history.records import RECOVERIES, SUCCEEDED
from ansible_collections.bcdr.multicloud.plugins.plugin_utils._workloads import Item, Workload, WorkloadError


class _Made(t.NamedTuple):
    """What one result tells of its recovery: `identity` is the same in every run that finds this recovery and in no other, ""
    if nothing tells; `ended` is when the cloud says that it ended, "" if it does not."""

    point: str
    identity: str
    ended: str = ""


def drill_records(
    results: Sequence[Item], workloads: Sequence[Workload], kind: str, now: datetime.datetime
) -> list[Item]:
    """Return one record per result that has ended, well or not; none for what is under way.

    `results` are those of a task with a batch, whose labels are the names of `workloads`. A recovery that was there before has the
    key that it had when it was made, so that a repeated run adds nothing. Raises WorkloadError for a kind that is none.
    """
    if kind not in RECOVERIES:
        raise WorkloadError(f"kind {kind!r} is none of {', '.join(RECOVERIES)}")
    by_name = {workload["name"]: workload for workload in workloads}
    records = (_record(result, by_name.get(result["label"], {}), kind, now) for result in results)
    return [record for record in records if record is not None]


def _record(result: Item, workload: Workload, kind: str, now: datetime.datetime) -> Item | None:
    name, status, reason = result["label"], result["status"], result.get("reason") or ""
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
        "location": _location(workload, kind),
        "rpo_seconds": _age(result, time) if took is None else result.get("rpo_seconds"),
        "recovery_seconds": took,
        "reason": reason,
    }


def _made(result: Item) -> _Made:
    for key, made in _MADE.items():
        if key in result:
            return made(result)
    return _Made("", "")


def _azure_vm(result: Item) -> _Made:
    """Disks that are made again by the same name have another time of their making."""
    disks = result.get("disks") or ()
    times = sorted(disk["created_at"] for disk in disks if disk.get("created_at"))
    made = result["status"] == SUCCEEDED and len(times) == len(disks) and times
    return _Made(str(result.get("restore_point_id") or ""), times[0] if made else "", times[-1] if made else "")


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


# What tells the results of the modules apart.
_MADE: dict[str, Callable[[Item], _Made]] = {
    "restore_point": _azure_vm,
    "restore_job": _efs,
    "vms_ext_ids": _nutanix,
}


def _age(result: Item, time: str) -> int | None:
    """Return how old the point was at that time; what the module tells is its age today."""
    created = result.get("recovery_point_created_at") or result.get("restore_point_created_at")
    if not created:
        seconds: int | None = result.get("rpo_seconds")
        return seconds
    return max(0, round((_moment(time) - _moment(created)).total_seconds()))


def _moment(text: str) -> datetime.datetime:
    return datetime.datetime.fromisoformat(text.replace("Z", "+00:00"))


def _location(workload: Workload, kind: str) -> str | None:
    """Return where it was restored: where the workload says, else at its first target."""
    targets = workload.get("targets") or [{}]
    site: Mapping[str, t.Any] = workload.get(kind) or {}
    first = targets[0]
    place = site.get("location") or first.get("location") or first.get("backup_vault_arn") or first.get("nutanix_host")
    if not place:
        return None
    # Of a vault its region.
    return str(place).split(":")[3] if str(place).startswith("arn:") and str(place).count(":") > 3 else str(place)
