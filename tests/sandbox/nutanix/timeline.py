# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Time: tasks that end, recovery points that expire, outages that hold both up."""

from __future__ import annotations

from .effects import EFFECTS
from .errors import TaskFailure
from .world import PrismCentral, Task, World


def settle(world: World, now: float) -> None:
    """Bring everything up to ``now``, in the order in which it happened."""
    while True:
        ending = [
            (task.ends, 0, central.name, task.ext_id)
            for central in world.centrals.values()
            for task in central.tasks.values()
            if task.active and task.frozen is None and task.ends <= now
        ]
        expiring = [
            (point.expires, 1, central.name, point.ext_id)
            for central in world.centrals.values()
            for point in central.points.values()
            if point.expires is not None and point.expires <= now
        ]
        if not ending and not expiring:
            break
        at, kind, name, ext_id = min(ending + expiring)
        central = world.centrals[name]
        if kind == 0:
            _finish(world, central, central.tasks[ext_id], at)
        else:
            del central.points[ext_id]
    for central in world.centrals.values():
        for task in central.tasks.values():
            if task.status == "QUEUED" and task.frozen is None and task.starts <= now:
                task.status = "RUNNING"
        for table in (central.sessions, central.answers):
            for key in [key for key, kept in table.items() if _gone(kept, now, world)]:
                del table[key]


def _gone(kept: object, now: float, world: World) -> bool:
    expires = getattr(kept, "expires", None)
    return (expires if expires is not None else kept.given + world.limits.replay) <= now  # type: ignore[attr-defined]


def _finish(world: World, central: PrismCentral, task: Task, at: float) -> None:
    if task.forced is not None:
        state, message = task.forced
        task.status = state
        if state == "FAILED":
            task.errors = [{"code": "SBX-500", "errorGroup": "INTERNAL", "message": message or "The task has failed."}]
        if state == "SUSPENDED":
            return
    else:
        try:
            EFFECTS[task.kind](world, central, task, at)
            task.status = "SUCCEEDED"
        except TaskFailure as failure:
            task.status = "FAILED"
            task.errors = [failure.shown]
    task.completed = at


def set_outage(world: World, name: str, mode: str | None, now: float) -> None:
    """Switch a Prism Central off (``fail`` or ``drop``) or on; tasks that need it stand still meanwhile."""
    settle(world, now)
    if mode is None:
        world.outages.pop(name, None)
    else:
        world.outages[name] = mode
    for central in world.centrals.values():
        for task in central.tasks.values():
            if not task.active:
                continue
            held = bool(set(task.places) & set(world.outages))
            if held and task.frozen is None:
                task.frozen = now
            elif not held and task.frozen is not None:
                lost = now - task.frozen
                if task.starts > task.frozen:
                    task.starts += lost
                else:
                    task.paused += lost
                task.ends += lost
                task.frozen = None
