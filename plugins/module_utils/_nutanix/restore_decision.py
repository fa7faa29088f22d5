# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What to do so that VMs and volume groups are there as a recovery point has them. Pure.

Prism Central restores as often as it is asked to, and names are not unique. A VM that is asked for by a name is there if
one has this name that a restore of this very recovery point has made. What has no name of its own is known by the id
of its request only, as long as Prism Central keeps that.
"""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ansible_collections.bcdr.multicloud.plugins.module_utils._core.reconcile import (
    BLOCKED,
    FAILED,
    RUNNING,
    SUCCEEDED,
    Action,
    Decision,
)
from ansible_collections.bcdr.multicloud.plugins.module_utils._nutanix.attempts import Attempts, task_results
from ansible_collections.bcdr.multicloud.plugins.module_utils._nutanix.tokens import derived_request_id
from ansible_collections.bcdr.multicloud.plugins.module_utils._nutanix.values import RecoveryPoint, Task


@dataclass(frozen=True)
class Part:
    """A part of a recovery point to restore: `spec` is its override as the API has it in snake case."""

    ext_id: str
    name: str = ""
    spec: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class RestoreWanted:
    """Without `vms` and `volume_groups` all parts are restored. `cluster_ext_id` "" leaves the choice to Prism Central."""

    ext_id: str
    cluster_ext_id: str = ""
    vms: tuple[Part, ...] = ()
    volume_groups: tuple[Part, ...] = ()
    instant: bool = False

    @property
    def names(self) -> frozenset[str]:
        """The names by which it can be seen whether VMs have been restored."""
        return frozenset(part.name for part in self.vms if part.name)


@dataclass(frozen=True)
class RestoreObserved:
    """`named` are the ids of the VMs that have a wanted name, by name; `restored` those that restores of this recovery
    point have made, as far as Prism Central keeps their tasks.
    """

    point: RecoveryPoint | None
    now: datetime.datetime
    named: Mapping[str, Sequence[str]] = field(default_factory=dict)
    restored: frozenset[str] = frozenset()
    attempts: Attempts = field(default_factory=Attempts)


def restored_vms(task: Task) -> list[str]:
    """Return the external identifiers of the VMs that a restore has made."""
    return task.ids("vmExtIds") if task.status == SUCCEEDED else []


def decide_restore(wanted: RestoreWanted, observed: RestoreObserved) -> Decision:
    """Return whether to restore, what of it, and how far that is."""
    present = {
        part.ext_id: ext_id
        for part in wanted.vms
        for ext_id in sorted(observed.named.get(part.name, ()))
        if part.name and ext_id in observed.restored
    }
    result = _result(wanted, observed, list(present.values()))
    task = observed.attempts.current
    if task is not None:
        if task.status == SUCCEEDED:
            return Decision(SUCCEEDED, percent=100.0, result=result)
        return Decision(task.status, task.reason, percent=task.percent, result=result)
    missing = [part for part in wanted.vms if part.ext_id not in present]
    if wanted.vms and not missing and not wanted.volume_groups:
        return Decision(SUCCEEDED, percent=100.0, result=result)
    if observed.point is None:
        return Decision(FAILED, f"there is no recovery point {wanted.ext_id}", result=result)
    problem = _problem(wanted, observed, observed.point, missing)
    if problem:
        return Decision(BLOCKED, problem, result=result)
    if observed.attempts.exhausted:
        return Decision(FAILED, "Prism Central answers each new request with a task of an earlier one", result=result)
    return _restore(wanted, observed, observed.point, missing, result)


def _restore(
    wanted: RestoreWanted,
    observed: RestoreObserved,
    point: RecoveryPoint,
    missing: Sequence[Part],
    result: dict[str, Any],
) -> Decision:
    spec = {
        "cluster_ext_id": wanted.cluster_ext_id or None,
        "is_instant_restore": True if wanted.instant else None,
        "vm_recovery_point_restore_overrides": [
            {"vm_recovery_point_ext_id": part.ext_id, **part.spec} for part in missing
        ]
        or None,
        "volume_group_recovery_point_restore_overrides": [
            {"volume_group_recovery_point_ext_id": part.ext_id, **part.spec} for part in wanted.volume_groups
        ]
        or None,
    }
    parts = [*missing, *wanted.volume_groups]
    count = len(parts) or len(point.vm_recovery_points) + len(point.volume_group_recovery_points)
    action = Action(
        "restore",
        f"{count} part{'' if count == 1 else 's'} of recovery point {point.name or point.ext_id}",
        after={
            "cluster_ext_id": wanted.cluster_ext_id or None,
            "parts": [part.ext_id for part in parts] or "all",
            "names": sorted(part.name for part in parts if part.name),
        },
        payload={
            "spec": spec,
            "token": derived_request_id("restore", wanted.ext_id, spec, observed.attempts.number),
        },
    )
    return Decision(RUNNING, "the restore is starting", actions=(action,), result=result)


def _problem(wanted: RestoreWanted, observed: RestoreObserved, point: RecoveryPoint, missing: Sequence[Part]) -> str:
    """Return which rule forbids to restore; "" when none is known."""
    if point.expired(observed.now):
        return "the recovery point has expired"
    if not point.usable:
        return f"the recovery point is {point.status or 'in no known status'} and cannot be restored"
    if wanted.cluster_ext_id and point.cluster_ext_ids and wanted.cluster_ext_id not in point.cluster_ext_ids:
        return f"the recovery point has no data on cluster {wanted.cluster_ext_id}, only on {', '.join(point.cluster_ext_ids)}"
    known = {part.ext_id for part in point.vm_recovery_points}
    known |= {part.ext_id for part in point.volume_group_recovery_points}
    unknown = [part.ext_id for part in (*wanted.vms, *wanted.volume_groups) if part.ext_id not in known]
    if unknown:
        return f"the recovery point has no part {', '.join(unknown)}"
    for part in missing:
        taken = sorted(observed.named.get(part.name, ())) if part.name else []
        if taken:
            return (
                f"there is a VM {part.name} already, {', '.join(taken)}, and no restore of this recovery point is known that "
                "has made it; choose another name or delete it"
            )
    return ""


def _result(wanted: RestoreWanted, observed: RestoreObserved, present: list[str]) -> dict[str, Any]:
    tasks = observed.attempts.tasks
    current = observed.attempts.current
    made = restored_vms(current) if current is not None else []
    return {
        "ext_id": wanted.ext_id,
        "vms_ext_ids": list(dict.fromkeys([*present, *made])),
        "vgs_ext_ids": current.ids("volumeGroupExtIds") if current is not None and current.status == SUCCEEDED else [],
        "response": dict(tasks[-1].raw) if tasks else None,
        "task_ext_id": tasks[-1].ext_id if tasks else None,
        "tasks": task_results(tasks),
    }
