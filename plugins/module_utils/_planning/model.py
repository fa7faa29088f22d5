# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The planner's problem and its solution: which stored copy each new copy is read from, and in which order.

A copy is atomic: nothing can be read from it before it is complete. Every stored copy (a *replica*) can be read by
`fan_out` copies at once. A plan is therefore a forest over replicas whose roots are the holders, with an order among the
children of each replica; starting each copy as soon as its source is there and a slot is free never loses time.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

Matrix = tuple[tuple[float, ...], ...]
# Differences below this are rounding.
TINY = 1e-9


class PlanningError(ValueError):
    """The request cannot be planned; the message is one line for the user."""


@dataclass(frozen=True)
class Holder:
    """A copy that exists, or is being made: region (index), seconds until it can be read, and for each of its copies
    that are being read from it the seconds until that is over."""

    region: int
    ready: float = 0.0
    busy: tuple[float, ...] = ()


@dataclass(frozen=True)
class Problem:
    """What is to be planned. Regions are indices into `regions`, times are seconds from now, inf is never.

    `seconds[m - 1][u][v]` is how long a copy from u to v takes while m copies read the same replica in u; u = v is a copy
    within the region. `wanted` has one region per copy that is to be made. `region_out` and `region_in` are the most
    copies at once that read from, and write to, a region. With `temporary`, further copies within a region may be made
    as sources. Without `relay`, only holders may be read. `serial`: only one copy may run at a time, wherever.
    """

    regions: tuple[str, ...]
    seconds: tuple[Matrix, ...]
    holders: tuple[Holder, ...]
    wanted: tuple[int, ...]
    fan_out: tuple[int, ...]
    price: Matrix
    region_out: tuple[int | None, ...]
    region_in: tuple[int | None, ...]
    relay: bool = True
    temporary: bool = False
    # Seconds before which nothing can be over: copies that were wanted and are being made already.
    floor: float = 0.0
    serial: bool = False

    @property
    def roots(self) -> int:
        """How many holders there are; replicas are numbered holders first, then the wanted copies, then temporary ones."""
        return len(self.holders)

    @property
    def fastest(self) -> Matrix:
        """Seconds per link for a copy that shares its source with no other."""
        return self.seconds[0]

    @property
    def contended(self) -> bool:
        """Whether copies that read the same replica slow each other down."""
        return any(matrix != self.seconds[0] for matrix in self.seconds[1:])

    @property
    def limited(self) -> bool:
        """Whether limits can bind beyond those per replica."""
        if self.serial:
            return True
        readers: dict[int, int] = {}
        arriving: dict[int, int] = {}
        for holder in self.holders:
            readers[holder.region] = readers.get(holder.region, 0) + 1
        for region in self.wanted:
            arriving[region] = arriving.get(region, 0) + 1
            if self.relay:
                readers[region] = readers.get(region, 0) + 1
        for region, count in readers.items():
            limit = self.region_out[region]
            if limit is not None and (count > 1 or self.temporary) and limit < count * self.fan_out[region]:
                return True
        many = self.temporary and self.relay
        return any(
            limit is not None and (many or limit < arriving.get(region, 0))
            for region, limit in enumerate(self.region_in)
            if region in arriving or region in readers
        )

    def slots(self, holder: int, used: int) -> list[float]:
        """Return when each of a holder's first `used` slots is free, in order."""
        ready, busy = self.holders[holder].ready, sorted(self.holders[holder].busy, reverse=True)[:used]
        return sorted([ready] * (used - len(busy)) + [max(ready, until) for until in busy])


@dataclass
class Forest:
    """A solution: for each replica its region, the replica that it is read from (-1: a holder), and its children in the
    order in which they start. `used` is how many slots of the replica are used."""

    region: list[int]
    parent: list[int]
    children: list[list[int]]
    used: list[int]
    # Those of `region` that are temporary; the numbers have gaps where such a replica was dropped again.
    temporary: list[int] = field(default_factory=list)

    def copy(self) -> Forest:
        return Forest(
            self.region[:],
            self.parent[:],
            [children[:] for children in self.children],
            self.used[:],
            self.temporary[:],
        )


@dataclass(frozen=True)
class Copy:
    """One copy of the schedule; `source` and `replica` are replicas, `slot` is the source's."""

    source: int
    replica: int
    start: float
    finish: float
    slot: int
    phase: int = 0


def empty_forest(problem: Problem) -> Forest:
    """Return a forest in which nothing has a source yet."""
    region = [holder.region for holder in problem.holders] + list(problem.wanted)
    return Forest(region, [-1] * len(region), [[] for _place in region], [problem.fan_out[place] for place in region])


def forest_of(problem: Problem, parents: Sequence[int], regions: Sequence[int], used: Sequence[int]) -> Forest:
    """Return the forest with these sources, replicas that nobody wants and nobody reads left out, not yet ordered."""
    forest = Forest(list(regions), list(parents), [[] for _parent in parents], list(used))
    for replica, parent in enumerate(parents):
        if parent >= 0:
            forest.children[parent].append(replica)
    drop_unread(problem, forest)
    return forest


def drop_unread(problem: Problem, forest: Forest) -> None:
    """Take the temporary replicas that nothing is read from out of the forest; the order of the others stays."""
    first = problem.roots + len(problem.wanted)
    unread = [replica for replica in range(first, len(forest.region)) if not forest.children[replica]]
    for replica in unread:
        parent = forest.parent[replica]
        if parent < 0:
            continue
        forest.parent[replica] = -1
        forest.children[parent].remove(replica)
        if parent >= first and not forest.children[parent]:
            unread.append(parent)
    forest.temporary = [replica for replica in range(first, len(forest.region)) if forest.parent[replica] >= 0]


def sharing(problem: Problem, forest: Forest, replica: int) -> int:
    """Return how many copies read the replica at once, at most."""
    readers = len(forest.children[replica])
    if replica < problem.roots:
        readers += len(problem.holders[replica].busy)
    return max(1, min(forest.used[replica], readers))


def duration(problem: Problem, forest: Forest, child: int) -> float:
    """Return the seconds that the copy of `child` takes."""
    parent = forest.parent[child]
    return problem.seconds[sharing(problem, forest, parent) - 1][forest.region[parent]][forest.region[child]]


def distances(problem: Problem) -> list[float]:
    """Return for each region the earliest second at which a copy can be there, if nobody else wants any (Dijkstra)."""
    count = len(problem.regions)
    seconds = problem.fastest
    best = [math.inf] * count
    for index, holder in enumerate(problem.holders):
        best[holder.region] = min(best[holder.region], holder.ready)
        first = problem.slots(index, problem.fan_out[holder.region])[0]
        for region in set(problem.wanted) - {holder.region}:
            best[region] = min(best[region], first + seconds[holder.region][region])
    if not problem.relay:
        return best
    # A holder's own slots have been looked at above: only new copies relay from here on.
    held = {holder.region for holder in problem.holders}
    pending = set(range(count)) - held
    while pending:
        nearest = min(pending, key=lambda region: (best[region], region))
        pending.remove(nearest)
        if best[nearest] == math.inf:
            break
        for region in pending:
            best[region] = min(best[region], best[nearest] + seconds[nearest][region])
    return best
