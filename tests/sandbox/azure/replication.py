# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How a copy's data travels: pure arithmetic on a point, and what happens when it ends.

Sources of the rules: completionPercent moves every ten minutes only, a copy ends after two weeks at the latest, one
failed disk fails the whole copy (which cannot be resumed), and no percentage is shown for what failed.
"""

from __future__ import annotations

import math
from typing import Protocol

from .ids import key
from .state import DiskPoint, Point, State


def needed_seconds(state: State, disk: DiskPoint, incremental: bool) -> float:
    """The undisturbed time that one disk's replication takes."""
    durations = state.settings.durations
    gib = disk.size_gb * (durations.incremental_share if incremental else 1.0)
    return durations.copy_base + gib / durations.copy_gib_per_hour * 3600


class Travelling(Protocol):
    """What travels: a restore point's copy, or a snapshot's."""

    state: str
    started: float | None
    ended: float | None
    pauses: list[list[float | None]]
    regions: tuple[str, str]
    frozen: bool


def paused(state: State, point: Travelling) -> bool:
    """Whether something holds the data where it is."""
    return point.frozen or any(region in state.outages for region in point.regions)


def work_done(point: Travelling, now: float) -> float:
    """Seconds of replication up to ``now``, pauses not counted."""
    if point.started is None:
        return 0.0
    until = now if point.ended is None else min(now, point.ended)
    held = 0.0
    for start, end in point.pauses:
        assert start is not None
        held += max(0.0, (until if end is None else min(end, until)) - start)
    return max(0.0, until - point.started - held)


def visible_percent(state: State, point: Point, disk: DiskPoint, now: float) -> int | None:
    """What completionPercent shows: None for a disk that failed, else a number that moves once a tick."""
    if disk.state == "failed":
        return None
    if disk.state == "succeeded" and (disk.ended is None or disk.ended <= now):
        return 100
    if point.started is None:
        return 0
    tick = state.settings.limits.progress_tick
    seen_at = point.started + math.floor((now - point.started) / tick) * tick if tick else now
    return min(99, int(work_done(point, seen_at) * 100 / max(disk.needs, 1e-9)))


def start(state: State, point: Point, now: float) -> None:
    """Replication begins: the point's operation has succeeded."""
    point.started = now
    point.state = "replicating"
    point.rendered = None
    for disk in point.disks:
        disk.state = "replicating"
    state.schedule(now + state.settings.limits.longest_copy, "copy_too_long", point.key, point.epoch)
    if point.fails is not None and point.fails.get("seconds") is not None:
        state.schedule(now + point.fails["seconds"], "disk_fails", point.key, point.epoch)
    if paused(state, point):
        point.pauses.append([now, None])
    else:
        _plan(state, point, now)


def pause(_state: State, point: Travelling, now: float) -> None:
    """Stop the data where it is."""
    if point.state == "replicating" and not (point.pauses and point.pauses[-1][1] is None):
        point.pauses.append([now, None])


def resume(state: State, point: Point, now: float) -> None:
    """Let the data go on, unless something else still holds it."""
    if point.state != "replicating" or not point.pauses or point.pauses[-1][1] is not None:
        return
    if paused(state, point):
        return
    point.pauses[-1][1] = now
    _plan(state, point, now)


def _plan(state: State, point: Point, now: float) -> None:
    """Schedule the end of each disk that is still on its way; ends show at a tick."""
    assert point.started is not None
    done = work_done(point, now)
    tick = state.settings.limits.progress_tick
    for index, disk in enumerate(point.disks):
        if disk.state != "replicating":
            continue
        end = now + max(0.0, disk.needs - done)
        if tick:
            end = point.started + math.ceil(round((end - point.started) / tick, 9)) * tick
        state.schedule(end, "disk_replicated", point.key, index, len(point.pauses))


def disk_replicated(state: State, at: float, point_key: str, index: int, pauses: int) -> None:
    """A disk's data has arrived, unless the copy was paused, ended or deleted since this was planned."""
    point = state.points.get(point_key)
    if point is None or point.state != "replicating" or len(point.pauses) != pauses:
        return
    if point.pauses and point.pauses[-1][1] is None:
        return
    disk = point.disks[index]
    if _fails(point, disk):
        fail(state, point, at)
        return
    disk.state = "succeeded"
    disk.ended = at
    if all(other.state == "succeeded" for other in point.disks):
        _finish(state, point, "succeeded", at)


def disk_fails(state: State, at: float, point_key: str, epoch: int) -> None:
    """The moment that a fault set for a disk to fail."""
    point = state.points.get(point_key)
    if point is not None and point.epoch == epoch and point.state == "replicating":
        fail(state, point, at)


def copy_too_long(state: State, at: float, point_key: str, epoch: int) -> None:
    """Two weeks are over: the copy is terminated."""
    point = state.points.get(point_key)
    if point is not None and point.epoch == epoch and point.state == "replicating":
        fail(state, point, at)


def fail(state: State, point: Point, now: float) -> None:
    """The whole copy fails; disks that had arrived stay usable (FAQ of the copy documentation)."""
    for disk in point.disks:
        if disk.state != "succeeded":
            disk.state = "failed"
            disk.ended = now
    _finish(state, point, "failed", now)


def source_gone(state: State, source: Point, now: float) -> None:
    """The source point is being deleted (which Azure allows): copies that still need its data fail."""
    for copy_key in sorted(state.copies_of.get(source.key, ())):
        copy = state.points[copy_key]
        if not copy.busy:
            continue
        state.report("lost", copy.id, f"source point {source.id} was deleted while this copy was unfinished", now)
        if copy.state == "replicating":
            fail(state, copy, now)
        else:
            copy.fails = {"seconds": 0.0, "disk": None}


def _fails(point: Point, disk: DiskPoint) -> bool:
    if point.fails is None:
        return False
    wanted = point.fails.get("disk")
    return wanted is None or wanted.lower() == disk.disk_name.lower()


def _finish(state: State, point: Point, outcome: str, now: float) -> None:
    point.state = outcome
    point.ended = now
    point.rendered = None
    state.running_copies.discard(point.key)
    state.collection_of(point).busy_copies.discard(point.key)


def incremental(state: State, collection_id: str, source: Point | None) -> bool:
    """Whether a copy into the collection moves only changes: something arrived there before it, and the source
    point is not itself a full one."""
    if source is not None and source.full:
        return False
    collection = state.collections.get(key(collection_id))
    return collection is not None and any(point.state == "succeeded" for point in reversed(collection.points.values()))
