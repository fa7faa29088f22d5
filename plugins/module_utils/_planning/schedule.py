# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""When each copy of a forest starts and ends, and the order in which a replica's copies start."""

from __future__ import annotations

import heapq
import math
from collections.abc import Sequence

from ansible_collections.bcdr.multicloud.plugins.module_utils._planning.model import (
    Copy,
    Forest,
    Problem,
    duration,
    sharing,
)


def bottom_up(problem: Problem, forest: Forest) -> list[int]:
    """Return the replicas that are in the forest, each after all that are read from it."""
    order = list(range(problem.roots))
    for replica in order:
        order.extend(forest.children[replica])
    order.reverse()
    return order


def arrange(problem: Problem, forest: Forest) -> float:
    """Order each replica's children so that the plan ends early; return when it ends, limits per region left aside.

    Largest remaining tail first is optimal for one slot (1|q_j|max, Jackson 1955). For more it is a heuristic, so the
    order by tail and the one by copy plus tail are both tried and the better is kept.
    """
    tails = [0.0] * len(forest.region)
    end = problem.floor
    for replica in bottom_up(problem, forest):
        children = forest.children[replica]
        if not children:
            continue
        used = sharing(problem, forest, replica)
        times = {child: duration(problem, forest, child) for child in children}
        root = replica < problem.roots
        free = problem.slots(replica, used) if root else [0.0] * used
        children.sort(key=lambda child: (-tails[child], -times[child], forest.region[child], child))
        tail = _list_schedule(free, children, times, tails)
        if used > 1 and len(children) > used:
            other = sorted(
                children, key=lambda child: (-tails[child] - times[child], -times[child], forest.region[child], child)
            )
            second = _list_schedule(free, other, times, tails)
            if second < tail:
                tail = second
                forest.children[replica] = other
        tails[replica] = tail
        if root:
            end = max(end, tail)
    return end


def _list_schedule(
    free: Sequence[float], children: Sequence[int], times: dict[int, float], tails: Sequence[float]
) -> float:
    """Return when all is done if each child takes the slot that is free first."""
    if len(children) == 1:
        return free[0] + times[children[0]] + tails[children[0]]
    slots = list(free)
    heapq.heapify(slots)
    end = 0.0
    for child in children:
        finish = slots[0] + times[child]
        heapq.heapreplace(slots, finish)
        end = max(end, finish + tails[child])
    return end


def schedule(problem: Problem, forest: Forest, barrier: Sequence[int] = ()) -> list[Copy]:
    """Return all copies in the order of their starts: each as early as its source, a slot and the limits allow.

    The children of a replica start in their order. `barrier` gives each replica's phase: no copy of a phase starts before
    all of the phases before it are over.
    """
    ready = [math.inf] * len(forest.region)
    slots: list[list[tuple[float, int]]] = []
    for replica, children in enumerate(forest.children):
        if replica < problem.roots:
            ready[replica] = problem.holders[replica].ready
            free = problem.slots(replica, sharing(problem, forest, replica))
            slots.append([(time, number) for number, time in enumerate(free)])
        else:
            slots.append([(0.0, number) for number in range(sharing(problem, forest, replica))] if children else [])
    reading, writing = _limits(problem, problem.region_out), _limits(problem, problem.region_in)
    _count_running(problem, reading)
    everywhere = [_all_over(problem) if problem.serial else -math.inf]
    position = [0] * len(forest.region)
    open_replicas = [replica for replica in range(problem.roots) if forest.children[replica]]
    phases = sorted({barrier[child] for children in forest.children for child in children}) if barrier else [0]
    copies: list[Copy] = []
    gate = 0.0
    for phase in phases:
        while True:
            best: tuple[float, float, int, int] | None = None
            for replica in open_replicas:
                if position[replica] >= len(forest.children[replica]):
                    continue
                child = forest.children[replica][position[replica]]
                if barrier and barrier[child] != phase:
                    continue
                start = max(
                    gate,
                    ready[replica],
                    slots[replica][0][0],
                    reading[forest.region[replica]][0],
                    writing[forest.region[child]][0],
                    everywhere[0],
                )
                # Where all wait for each other, the shortest first has the most regions soonest.
                rank = duration(problem, forest, child) if problem.serial else 0.0
                if best is None or (start, rank, replica) < best[:3]:
                    best = (start, rank, replica, child)
            if best is None:
                break
            start, _rank, replica, child = best
            finish = start + duration(problem, forest, child)
            _free, number = heapq.heappop(slots[replica])
            heapq.heappush(slots[replica], (finish, number))
            for pool in (reading[forest.region[replica]], writing[forest.region[child]], everywhere):
                if len(pool) > 1 or pool[0] > -math.inf:
                    heapq.heapreplace(pool, finish)
            ready[child] = finish
            position[replica] += 1
            if forest.children[child]:
                open_replicas.append(child)
            copies.append(Copy(replica, child, start, finish, number, phase))
        gate = max([gate, *(copy.finish for copy in copies)]) if barrier else 0.0
    return sorted(copies, key=lambda copy: (copy.start, copy.finish, copy.source, copy.replica))


def _limits(problem: Problem, limits: Sequence[int | None]) -> list[list[float]]:
    """Return per region when each of its places is free; a region without limit has one that always is."""
    return [[-math.inf] if limit is None else [0.0] * limit for limit in limits]


def _all_over(problem: Problem) -> float:
    """Return when all copies are over that run already."""
    return max([0.0, *(until for holder in problem.holders for until in (holder.ready, *holder.busy))])


def _count_running(problem: Problem, reading: list[list[float]]) -> None:
    """Take the places of the copies that run already."""
    for holder in problem.holders:
        pool = reading[holder.region]
        for until in holder.busy if pool[0] > -math.inf else ():
            # More may run than the limit allows; then the place is free when the later one is over.
            heapq.heapreplace(pool, max(pool[0], until))


def makespan(problem: Problem, copies: Sequence[Copy]) -> float:
    """Return when the last wanted copy is complete."""
    last = problem.roots + len(problem.wanted)
    return max([problem.floor, *(copy.finish for copy in copies if copy.replica < last)])


def evaluate(problem: Problem, forest: Forest) -> float:
    """Order the children and return when the plan ends, with all limits."""
    end = arrange(problem, forest)
    return makespan(problem, schedule(problem, forest)) if problem.limited else end
