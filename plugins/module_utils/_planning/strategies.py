# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The simple strategies, and earliest completion first, from which the optimiser starts. Each returns a forest."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import NoReturn

from ansible_collections.bcdr.multicloud.plugins.module_utils._planning.model import (
    Forest,
    PlanningError,
    Problem,
    drop_unread,
    empty_forest,
)


def earliest_completion(
    problem: Problem, look_ahead: float = 0.0, in_weight: float = 0.0, used: int = 0, clones: int = 0
) -> Forest:
    """Return the forest of earliest completing edge first.

    The next copy is the one with the least finish + `look_ahead` * mean seconds from its region to those that still wait
    - `in_weight` * least seconds into its region (Bhat, Raghavendra, Prasanna 2003: ECEF with look-ahead). With `used`,
    each replica uses at most that many of its slots. `clones` temporary copies of the first holder are made first.
    """
    forest = empty_forest(problem)
    count = len(forest.region)
    region, roots = forest.region, problem.roots
    forest.used = [min(used, problem.fan_out[place]) if used else problem.fan_out[place] for place in region]
    if problem.contended and used:
        seconds = problem.seconds[used - 1]
    else:
        seconds = problem.fastest
    slots: list[list[float]] = [[] for _replica in region]
    for root in range(roots):
        slots[root] = problem.slots(root, forest.used[root])
    sources = list(range(roots))
    if clones:
        first = min(sources, key=lambda root: (problem.holders[root].ready, root))
        family = [first]
        for _clone in range(clones):
            family.append(_clone_earliest(problem, forest, family, slots))
        sources += family[1:]
    waiting = list(range(roots, count))
    least_in = {
        replica: min(
            (
                seconds[u][region[replica]]
                for u in range(len(problem.regions))
                if seconds[u][region[replica]] < math.inf
            ),
            default=0.0,
        )
        for replica in waiting
    }
    reach = {
        replica: [seconds[region[replica]][region[other]] for other in waiting if other != replica]
        for replica in (waiting if look_ahead else ())
    }
    sums = {replica: sum(time for time in times if time < math.inf) for replica, times in reach.items()}
    best: dict[int, tuple[float, int]] = {}

    def offer(sender: int, receiver: int) -> tuple[float, int]:
        return slots[sender][0] + seconds[region[sender]][region[receiver]], sender

    for receiver in waiting:
        best[receiver] = min(offer(sender, receiver) for sender in sources)
    while waiting:
        others = max(1, len(waiting) - 1)

        def rank(receiver: int, others: int = others) -> tuple[float, float, int]:
            finish = best[receiver][0]
            weighted = finish - in_weight * least_in[receiver]
            if look_ahead:
                weighted += look_ahead * sums[receiver] / others
            return weighted, finish, receiver

        chosen = min(waiting, key=rank)
        finish, sender = best[chosen]
        if finish == math.inf:
            _unreachable(problem, [region[replica] for replica in waiting if best[replica][0] == math.inf])
        waiting.remove(chosen)
        _hang(problem, forest, chosen, sender, finish)
        slots[sender] = sorted(slots[sender][1:] + [finish])
        slots[chosen] = [finish] * forest.used[chosen]
        senders = [*sources, *(replica for replica in range(roots, count) if slots[replica])]
        for receiver in waiting:
            if look_ahead:
                gone = seconds[region[receiver]][region[chosen]]
                sums[receiver] -= gone if gone < math.inf else 0.0
            if best[receiver][1] == sender:
                best[receiver] = min(offer(other, receiver) for other in (senders if problem.relay else range(roots)))
            elif problem.relay:
                best[receiver] = min(best[receiver], offer(chosen, receiver))
    drop_unread(problem, forest)
    return forest


def _clone_earliest(problem: Problem, forest: Forest, family: list[int], slots: list[list[float]]) -> int:
    """Add a temporary copy of that replica of one region that can be read first; return its number."""
    sender = min(family, key=lambda replica: (slots[replica][0], replica))
    place, clone = forest.region[sender], len(forest.region)
    finish = slots[sender][0] + problem.fastest[place][place]
    forest.region.append(place)
    forest.parent.append(-1)
    forest.children.append([])
    forest.used.append(forest.used[sender])
    _hang(problem, forest, clone, sender, finish)
    slots[sender] = sorted(slots[sender][1:] + [finish])
    slots.append([finish] * forest.used[sender])
    return clone


def star(problem: Problem) -> Forest:
    """Return the forest in which every copy is read from a holder, the longest first."""
    forest = empty_forest(problem)
    slots = [problem.slots(root, forest.used[root]) for root in range(problem.roots)]
    region, seconds = forest.region, problem.fastest

    def direct(replica: int) -> float:
        return min(seconds[region[root]][region[replica]] for root in range(problem.roots))

    for replica in sorted(range(problem.roots, len(region)), key=lambda replica: (-direct(replica), replica)):
        finish, sender = min(
            (slots[root][0] + seconds[region[root]][region[replica]], root) for root in range(problem.roots)
        )
        _hang(problem, forest, replica, sender, finish)
        slots[sender] = sorted(slots[sender][1:] + [finish])
    return forest


def in_source(problem: Problem) -> Forest:
    """Return the forest with a temporary copy of its own in the source's region for each wanted one.

    Each wanted copy starts as soon as its own source is there. The longest gets the source that is there first.
    """
    if not (problem.temporary and problem.relay):
        raise PlanningError("strategy in_source needs temporary copies, and copies of copies, to be allowed")
    forest = empty_forest(problem)
    source = min(range(problem.roots), key=lambda root: (problem.holders[root].ready, root))
    place = forest.region[source]
    sources = [root for root in range(problem.roots) if forest.region[root] == place]
    slots: list[list[float]] = [[] for _replica in forest.region]
    for root in sources:
        slots[root] = problem.slots(root, forest.used[root])
    while len(sources) < len(problem.wanted):
        sources.append(_clone_earliest(problem, forest, sources, slots))
    wanted = range(problem.roots, problem.roots + len(problem.wanted))
    longest_first = sorted(wanted, key=lambda replica: (-problem.fastest[place][forest.region[replica]], replica))
    earliest_first = sorted(sources, key=lambda replica: (slots[replica][0], replica))
    for replica, sender in zip(longest_first, earliest_first, strict=False):
        _hang(problem, forest, replica, sender, slots[sender][0] + problem.fastest[place][forest.region[replica]])
    drop_unread(problem, forest)
    return forest


def nearest(problem: Problem) -> tuple[Forest, list[int]]:
    """Return the forest that grows in phases, and each replica's phase.

    In every phase each copy that is there is copied to the nearest regions (in seconds) that have none yet, to as many as
    may read it at once.
    """
    forest = empty_forest(problem)
    region, seconds = forest.region, problem.fastest
    phases = [0] * len(region)
    sources = list(range(problem.roots))
    waiting = set(range(problem.roots, len(region)))
    phase = 0
    while waiting:
        phase += 1
        pairs = sorted(
            (seconds[region[sender]][region[replica]], sender, replica) for sender in sources for replica in waiting
        )
        room = {sender: forest.used[sender] for sender in sources}
        added = []
        for time, sender, replica in pairs:
            if replica in waiting and room[sender] and time < math.inf:
                _hang(problem, forest, replica, sender, time)
                room[sender] -= 1
                waiting.remove(replica)
                phases[replica] = phase
                added.append(replica)
        if not added:
            _unreachable(problem, [region[replica] for replica in waiting])
        if problem.relay:
            sources += added
    return forest, phases


def _hang(problem: Problem, forest: Forest, replica: int, sender: int, finish: float) -> None:
    if finish == math.inf:
        _unreachable(problem, [forest.region[replica]])
    forest.parent[replica] = sender
    forest.children[sender].append(replica)


def _unreachable(problem: Problem, regions: Iterable[int]) -> NoReturn:
    raise PlanningError("no allowed link leads to " + ", ".join(sorted({problem.regions[place] for place in regions})))
