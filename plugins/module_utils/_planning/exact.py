# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The optimum of small problems, by branch and bound over the slots in the order in which they become free."""

from __future__ import annotations

import heapq
import itertools
import math
from dataclasses import dataclass

from ansible_collections.bcdr.multicloud.plugins.module_utils._planning.model import (
    Forest,
    Problem,
    drop_unread,
    empty_forest,
)

LARGEST = 8


@dataclass(frozen=True)
class Optimum:
    """`forest` is None if nothing better than the known plan was found; `complete` says that all was searched."""

    forest: Forest | None
    end: float
    complete: bool
    visited: int


class _Search:
    def __init__(self, problem: Problem, known: float, most: int) -> None:
        self.problem = problem
        self.end = known
        self.most = most
        self.visited = 0
        self.forest: Forest | None = None
        self.region = [holder.region for holder in problem.holders]
        self.used = [problem.fan_out[place] for place in self.region]
        self.made: list[tuple[int, int]] = []  # (source, region) of each copy that has been started
        self.left: dict[int, int] = {}
        for region in problem.wanted:
            self.left[region] = self.left.get(region, 0) + 1
        self.clones_left = max(0, len(problem.wanted) - 1) if problem.temporary and problem.relay else 0

    def bound(self, slots: list[tuple[float, int]], done: float) -> float:
        """Return a bound on when the plan ends if it goes on from these open slots."""
        problem, seconds = self.problem, self.problem.fastest
        waiting = [region for region, number in self.left.items() if number]
        if not waiting:
            return done
        first: dict[int, float] = {}
        for time, replica in slots:
            place = self.region[replica]
            if time < first.get(place, math.inf):
                first[place] = time
        # The earliest arrivals, with all slots shared freely (Dijkstra from the open slots).
        reached = {
            region: min((time + seconds[u][region] for u, time in first.items()), default=math.inf)
            for region in waiting
        }
        if problem.relay:
            pending = set(waiting)
            while pending:
                nearest = min(pending, key=lambda region: (reached[region], region))
                pending.discard(nearest)
                start = reached[nearest]
                if start == math.inf:
                    return math.inf
                for region in pending:
                    if start + seconds[nearest][region] < reached[region]:
                        reached[region] = start + seconds[nearest][region]
        end = max(done, *reached.values())
        if end >= self.end:
            return end
        # Sources grow in number only as copies finish: match the latest starts to the earliest possible ones.
        least: dict[int, float] = {}
        shortest = math.inf
        for region in waiting:
            time = min((seconds[u][region] for u in first), default=math.inf)
            if problem.relay:
                for u in waiting:
                    if (u != region or self.left[u] > 1) and reached[u] + seconds[u][region] < self.end:
                        time = min(time, seconds[u][region])
                if self.clones_left:
                    time = min(time, min(seconds[u][region] for u in waiting))
            least[region] = time
            shortest = min(shortest, time)
        if self.clones_left:
            shortest = min([shortest, *(seconds[u][u] for u in {*first, *waiting})])
        latest = sorted(self.end - least[region] for region in waiting for _copy in range(self.left[region]))
        starts = [time for time, _replica in slots]
        heapq.heapify(starts)
        more = max(problem.fan_out) + 1 if problem.relay else 1
        for limit in latest:
            if not starts:
                return math.inf
            start = heapq.heappop(starts)
            if start >= limit:
                return self.end
            for _slot in range(more):
                heapq.heappush(starts, start + shortest)
        return end

    def search(self, slots: list[tuple[float, int]], done: float) -> None:
        """Decide for the slot that is free first: which copy starts on it, or that it stays unused."""
        if self.visited >= self.most:
            return
        self.visited += 1
        if not any(self.left.values()):
            if done < self.end - 1e-9:
                self.end = done
                self.forest = self._built()
            return
        if not slots or self.bound(slots, done) >= self.end - 1e-9:
            return
        problem = self.problem
        time, replica = slots[0]
        rest = slots[1:]
        place = self.region[replica]
        seconds = problem.seconds[self.used[replica] - 1][place]
        options = []
        for region, number in self.left.items():
            if number and time + seconds[region] < self.end - 1e-9:
                options.append((time + seconds[region], region, False))
        options.sort()
        if self.clones_left and time + seconds[place] < self.end - 1e-9:
            options.append((time + seconds[place], place, True))
        for finish, region, clone in options:
            fresh = len(self.region)
            self.region.append(region)
            self.made.append((replica, -1 - region if clone else region))
            if clone:
                self.clones_left -= 1
            else:
                self.left[region] -= 1
            over = done if clone else max(done, finish)
            for used in self._fan_outs(region):
                self.used.append(used)
                slots_then = [*rest, (finish, replica)]
                if problem.relay:
                    slots_then += [(finish, fresh)] * used
                slots_then.sort()
                self.search(slots_then, over)
                self.used.pop()
            if clone:
                self.clones_left += 1
            else:
                self.left[region] += 1
            self.made.pop()
            self.region.pop()
        # Unused from here on; so are the equal slots of the same replica, or the same plan would come up again.
        self.search([slot for slot in rest if slot != (time, replica)], done)

    def _fan_outs(self, region: int) -> range:
        """Return how many slots a replica may use: where sharing slows copies down, fewer may be better."""
        most = self.problem.fan_out[region]
        return range(1 if self.problem.contended else most, most + 1)

    def run(self) -> None:
        """Search from the holders' slots, for every number of slots that they may use."""
        problem = self.problem
        for chosen in itertools.product(*(self._fan_outs(holder.region) for holder in problem.holders)):
            self.used = list(chosen)
            slots = [(slot, root) for root, used in enumerate(chosen) for slot in problem.slots(root, used)]
            self.search(sorted(slots), problem.floor)

    def _built(self) -> Forest:
        """Return the forest of the copies that have been started, in the order of their starts."""
        problem = self.problem
        forest = empty_forest(problem)
        numbers = list(range(problem.roots))
        forest.used[: problem.roots] = self.used[: problem.roots]
        free: dict[int, list[int]] = {}
        for replica in range(problem.roots, len(forest.region)):
            free.setdefault(forest.region[replica], []).append(replica)
        for (source, region), used in zip(self.made, self.used[problem.roots :], strict=True):
            if region < 0:
                replica = len(forest.region)
                place = -1 - region
                forest.region.append(place)
                forest.parent.append(-1)
                forest.children.append([])
                forest.used.append(0)
            else:
                replica = free[region].pop(0)
            numbers.append(replica)
            forest.used[replica] = used
            forest.parent[replica] = numbers[source]
            forest.children[numbers[source]].append(replica)
        drop_unread(problem, forest)
        return forest


def optimum(problem: Problem, known: float, most: int) -> Optimum:
    """Search for a plan that ends before `known`, visiting at most `most` nodes.

    Idling never helps, so a slot either starts a copy as soon as it is free or is never used again. The limits per region
    are left aside: where they bind, the result is only a bound.
    """
    search = _Search(problem, known, most)
    search.run()
    return Optimum(search.forest, search.end, search.visited < most, search.visited)
