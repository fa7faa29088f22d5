# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How early a plan can end at best, proven by branching over the first copies; needs scipy.

The linear programme lets fractions of copies start everywhere at once, and it gains the most by that in the first copies:
a third of a copy in each of three regions is three sources. So the programme is solved for each way in which a plan can begin.
The earliest bound of these holds for every plan. What is left of a problem once a copy has been started is a problem of the
same kind, with one more holder.
"""

from __future__ import annotations

import dataclasses
import heapq
import itertools
from collections.abc import Callable, Iterator
from typing import Any

from ansible_collections.bcdr.multicloud.plugins.module_utils._planning import bounds
from ansible_collections.bcdr.multicloud.plugins.module_utils._planning.model import Holder, Problem

# Effort of the bound that is tried before a linear programme is solved, and how often that is solved for one branch.
_WORK = 30_000
_SOLUTIONS = 4
# By how much a later end has to be proven, where only one end is asked for.
_MARGIN = 0.001


@dataclasses.dataclass(frozen=True)
class Branch:
    """What is left to be planned. Of the copies that one holder starts at one time, each goes to a region of at least the
    index of the one before, or the same beginnings would be looked at in every order."""

    problem: Problem
    holder: int = -1
    time: float = 0.0
    index: int = 0


def branches(branch: Branch, latest: float) -> Iterator[Branch]:
    """Yield all ways to go on with the slot that is free first, of plans that end before `latest`.

    It starts a copy at once, or its holder starts none any more: one that starts later could as well start now.
    Temporary copies come first among those of one time, so that they have index -1.
    """
    problem = branch.problem
    if problem.contended:
        raise ValueError("branching is for copies that do not share their source's bandwidth")
    free = [
        (time, number)
        for number, holder in enumerate(problem.holders)
        for time in problem.slots(number, problem.fan_out[holder.region])
        if time < latest
    ]
    if not free:
        return
    time, number = min(free)
    holder = problem.holders[number]
    index = branch.index if (branch.holder, branch.time) == (number, time) else -1
    slots = problem.fan_out[holder.region]
    links = problem.fastest[holder.region]

    def started(place: int) -> Branch:
        over = time + links[place]
        busy = (*sorted(holder.busy)[-(slots - 1) :], over) if slots > 1 else (over,)
        holders = [*problem.holders]
        holders[number] = dataclasses.replace(holder, busy=busy)
        return Branch(dataclasses.replace(problem, holders=(*holders, Holder(place, over))), number, time, place)

    if problem.temporary and problem.relay and index < 0 and time + links[holder.region] < latest:
        yield dataclasses.replace(started(holder.region), index=-1)
    for place in sorted(set(problem.wanted)):
        if place < index or not time + links[place] < latest:
            continue
        left = list(problem.wanted)
        left.remove(place)
        after = started(place)
        readable = after.problem.holders if problem.relay else after.problem.holders[:-1]
        floor = max(problem.floor, time + links[place])
        rest = dataclasses.replace(after.problem, holders=readable, wanted=tuple(left), floor=floor)
        yield dataclasses.replace(after, problem=rest)
    if any(other != number for _time, other in free):
        holders = [*problem.holders]
        holders[number] = dataclasses.replace(holder, busy=(2 * latest,) * slots)
        yield Branch(dataclasses.replace(problem, holders=tuple(holders)))


def _bound(
    problem: Problem, proven: float, known: float, steps: int, linprog: Callable[..., Any]
) -> tuple[float, bool]:
    """Return a bound of at least `proven`, and whether it took the linear programme."""
    proven = max(proven, _growth(problem))
    if not problem.wanted or proven >= known:
        return proven, False
    proven = bounds.price_bound(problem, proven, known, _WORK)
    if proven >= known * (1 - 1e-9):
        return proven, False
    return bounds.lp_bound(problem, proven, known, steps, linprog, _SOLUTIONS), True


def prove(
    problem: Problem, proven: float, known: float, steps: int, programmes: int, linprog: Callable[..., Any]
) -> tuple[float, int]:
    """Return a bound of at least `proven` and at most `known`, and for how many branches a linear programme was solved.

    `known` is when some plan ends; branches in which no plan ends before that are dropped. The branch with the earliest bound
    is split until about `programmes` were solved, or nothing is left: then no plan ends before `known`.
    """
    if proven >= known * (1 - 1e-9):
        return proven, 0
    counter = itertools.count()
    waiting = [(proven, next(counter), Branch(problem))]
    solved = 0
    while waiting and solved < programmes and waiting[0][2].problem.wanted:
        earliest, _number, branch = heapq.heappop(waiting)
        for split in branches(branch, known):
            bound, counts = _bound(split.problem, earliest, known, steps, linprog)
            solved += counts
            if bound < known * (1 - 1e-9):
                heapq.heappush(waiting, (bound, next(counter), split))
    return min(waiting[0][0], known) if waiting else known, solved


def excludes(problem: Problem, end: float, steps: int, programmes: int, linprog: Callable[..., Any]) -> bool:
    """Return whether it is proven, with at most `programmes` branches that take a linear programme, that no plan ends before
    `end`. For one end this takes much less than `prove`: what can be excluded at once is not bounded any further.
    """
    waiting = [Branch(problem)]
    solved = 0
    while waiting:
        splits = list(branches(waiting.pop(), end))
        if any(not split.problem.wanted for split in splits):
            return False
        quick = [_growth(split.problem) for split in splits]
        # The one that is the least likely to be excluded first, so that a failure shows early.
        for number in sorted(range(len(splits)), key=lambda index: quick[index]):
            if quick[number] >= end:
                continue
            if solved >= programmes:
                return False
            solved += 1
            # Of an end that is taken for proven, a later one shows that it is.
            found = bounds.lp_bound(splits[number].problem, end, end * (1 + _MARGIN), steps, linprog, _SOLUTIONS)
            if found <= end:
                waiting.append(splits[number])
    return True


def _growth(problem: Problem) -> float:
    return max(problem.floor, bounds.distance_bound(problem), bounds.growth_bound(problem))
