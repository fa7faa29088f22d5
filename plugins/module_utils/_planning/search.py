# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The optimiser: starting plans, annealing, branch and bound for few copies, and the cheapest plan within a slack."""

from __future__ import annotations

import itertools
import math
import random
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial

from ansible_collections.bcdr.multicloud.plugins.module_utils._planning import exact
from ansible_collections.bcdr.multicloud.plugins.module_utils._planning.annealing import SHARP, SOFT, Annealer
from ansible_collections.bcdr.multicloud.plugins.module_utils._planning.model import (
    TINY,
    Forest,
    PlanningError,
    Problem,
    drop_unread,
)
from ansible_collections.bcdr.multicloud.plugins.module_utils._planning.schedule import evaluate, schedule
from ansible_collections.bcdr.multicloud.plugins.module_utils._planning.strategies import (
    earliest_completion,
    in_source,
    nearest,
    star,
)

_LOOK_AHEAD = (0.0, 0.25, 0.5, 1.0, 1.5)
_IN_WEIGHT = (0.0, 0.25, 0.5, 1.0)
_CLONES = tuple(range(1, 22))
# From this many copies on the look-ahead is too slow to be tried with every pair of weights.
_MANY = 150
# A round of ruin and recreate costs about as much as this many moves.
_MOVES_PER_REBUILD = 25
# Per cent of the moves; the rest is for ruin and recreate.
_ANNEALED = 90
# (heat, price of being late): one run that keeps to the limit nearly always, one that roams.
_CHEAPEN = ((0.02, 1000.0), (0.2, 1.0))
_MOST_VISITED = 400_000


@dataclass(frozen=True)
class Found:
    """The best plan that was found, when it ends, and whether it is proven that none ends earlier."""

    forest: Forest
    end: float
    optimal: bool
    moves: int


def default_moves(copies: int, fan_out: int, temporary: bool = False) -> int:
    """Return the budget for a number of copies: about 5 s of one core up to 30, about 10 s at 60.

    With one slot per replica a move takes less than half of the time; with temporary copies it takes longer.
    """
    if copies <= exact.LARGEST:
        return 20_000
    if copies <= 30 and temporary:
        return 700_000 if fan_out == 1 else 450_000
    if copies <= 30:
        return 850_000 if fan_out == 1 else 550_000
    if copies <= _MANY:
        return 1_900_000 if fan_out == 1 else 1_300_000
    return 60_000


@dataclass(frozen=True)
class _Stage:
    """How many times to anneal, with which share of all moves in per cent, from which heat and sharpness to which.

    In a `guided` stage the regions that came last in earlier rounds are searched for with a random lead of up to this share
    of the end (guided local search): the one far region that ends the plan otherwise weighs little against the many others,
    for as long as the makespan is soft enough to search. With `elite` plans, the best so far, mostly the links that these use
    are tried: good plans have much in common, and the best of them are often found among the links of others.
    """

    rounds: int
    share: int
    hot: float
    cold: float
    soft: float = SOFT
    sharp: float = SHARP
    guided: float = 0.0
    elite: int = 0


def _schedule(problem: Problem) -> list[_Stage]:
    """Return the stages, each of which goes on with the best of the one before. Tuned on instances that the benchmark has
    not. A soft makespan is the further above the makespan the more copies end late, so that many need a sharp one."""
    count = len(problem.wanted)
    if problem.temporary and problem.relay:
        if count <= 30:
            return [
                _Stage(20, 50, 0.006, 0.0006, 60.0, 300.0, 0.2),
                _Stage(10, 25, 0.006, 0.0005, 60.0, 300.0, 0.2, elite=10),
                _Stage(4, 25, 0.003, 0.0002, 100.0, 400.0, elite=6),
            ]
        return [_Stage(1, 100, 0.006, 0.0003, 40.0, 250.0)]
    if count <= 30:
        return [
            _Stage(30, 50, 0.01, 0.001),
            _Stage(15, 25, 0.008, 0.0006, sharp=150.0, elite=15),
            _Stage(6, 25, 0.006, 0.0004, sharp=200.0, elite=8),
        ]
    if count <= _MANY:
        return [_Stage(3, 60, 0.004, 0.0002, 50.0, 300.0), _Stage(1, 40, 0.002, 0.0002, 50.0, 300.0)]
    return [_Stage(1, 100, 0.006, 0.0003)]


def _last(problem: Problem, forest: Forest) -> list[int]:
    """Return the regions whose wanted copies end last."""
    copies = [copy for copy in schedule(problem, forest) if copy.replica < problem.roots + len(problem.wanted)]
    end = max(copy.finish for copy in copies)
    return [forest.region[copy.replica] for copy in copies if copy.finish >= end - TINY * max(1.0, end)]


def _links(problem: Problem, forests: Iterable[Forest]) -> list[list[int]]:
    """Return for each region those that it is copied from in the forests."""
    senders: list[dict[int, None]] = [{} for _region in problem.regions]
    for forest in forests:
        for replica, parent in enumerate(forest.parent):
            if parent >= 0:
                senders[forest.region[replica]][forest.region[parent]] = None
    return [list(places) for places in senders]


def starting_plans(problem: Problem) -> Iterator[Forest]:
    """Yield the plans of the simple strategies, as far as they are possible, and earliest completion first."""
    yield earliest_completion(problem)
    strategies: list[Callable[[Problem], Forest]] = [star, lambda given: nearest(given)[0], in_source]
    if problem.temporary and problem.relay:
        strategies += [
            partial(earliest_completion, look_ahead=0.5, in_weight=0.25, clones=clones)
            for clones in _CLONES
            if clones < len(problem.wanted)
        ]
    for strategy in strategies:
        try:
            yield strategy(problem)
        except PlanningError:
            continue
    if len(problem.wanted) > _MANY:
        yield earliest_completion(problem, 0.5, 0.25)
        return
    most = max(problem.fan_out)
    for used in range(1, most + 1) if problem.contended else (0,):
        for look_ahead in _LOOK_AHEAD:
            for in_weight in _IN_WEIGHT:
                yield earliest_completion(problem, look_ahead, in_weight, used)


def optimise(problem: Problem, seed: int, moves: int, lower: float) -> Found:
    """Return a plan that ends as early as can be found within a budget of moves; `lower` is a proven bound."""
    starts: list[tuple[float, int, Forest]] = []
    for number, forest in enumerate(starting_plans(problem)):
        reached = evaluate(problem, forest)
        if all(abs(reached - other) > TINY for other, _number, _forest in starts):
            starts.append((reached, number, forest))
    starts.sort(key=lambda start: start[:2])
    end, _number, best = starts[0]
    if not problem.wanted or end <= lower * (1 + TINY):
        return Found(best, end, True, 0)
    rng = random.Random(seed)
    count = len(problem.wanted)
    spent = 0
    origins = [forest for _end, _number, forest in starts]
    late: dict[int, None] = {}
    reached_by: list[tuple[float, int, Forest]] = []
    for stage in _schedule(problem):
        if stage.guided:
            late |= dict.fromkeys(_last(problem, best))
        promising = _links(problem, origins[: stage.elite]) if stage.elite else []
        if not stage.elite:
            reached_by = []
        for number in range(stage.rounds):
            # Each round starts from another of the first plans, or all would search the same valley.
            leads = {place: rng.random() * stage.guided * end for place in late if stage.guided}
            annealer = Annealer(problem, origins[number % len(origins)].copy(), rng, leads, promising)
            mine = moves * stage.share // 100 // stage.rounds
            annealer.run(mine * _ANNEALED // 100, stage.hot, stage.cold, stage.soft, stage.sharp)
            annealer.restart()
            annealer.rebuild(mine * (100 - _ANNEALED) // 100 // _MOVES_PER_REBUILD)
            spent += mine
            current = annealer.best
            reached = evaluate(problem, current)
            reached_by.append((reached, number, current))
            if stage.guided:
                late |= dict.fromkeys(_last(problem, current))
            if reached < end - TINY:
                best, end = current.copy(), reached
            if end <= lower * (1 + TINY):
                return Found(best, end, True, spent)
        # The next rounds go on with the best of these.
        reached_by.sort(key=lambda one: one[:2])
        origins = [
            forest
            for place, (reached, _number, forest) in enumerate(reached_by)
            if not place or reached > reached_by[place - 1][0] + TINY
        ]
    if problem.limited:
        best, end = _polish(problem, best, end, rng, moves // 100)
    if count <= exact.LARGEST:
        found = exact.optimum(problem, end, _MOST_VISITED)
        if found.forest is not None:
            # Its children are ordered as they were started; arranging them anew could only be worse.
            reached = found.end if not problem.limited else evaluate(problem, found.forest)
            if reached < end - TINY:
                best, end = found.forest, reached
        return Found(best, end, found.complete and found.end >= end - TINY, spent)
    return Found(best, end, False, spent)


def _reparented(problem: Problem, forest: Forest, rng: random.Random) -> Forest | None:
    """Return the forest with one replica read from another one, or two replicas exchanged; None: no such move."""
    inside = [replica for replica, parent in enumerate(forest.parent) if parent >= 0]
    every = [*range(problem.roots), *inside] if problem.relay else list(range(problem.roots))
    replica = inside[int(rng.random() * len(inside))]
    changed = forest.copy()
    if rng.random() < 0.3:
        other = inside[int(rng.random() * len(inside))]
        if other == replica or _is_below(forest, other, replica) or _is_below(forest, replica, other):
            return None
        swaps = [(replica, forest.parent[other]), (other, forest.parent[replica])]
    else:
        target = every[int(rng.random() * len(every))]
        if target == forest.parent[replica] or _is_below(forest, target, replica):
            return None
        swaps = [(replica, target)]
    first_temporary = problem.roots + len(problem.wanted)
    for child, parent in swaps:
        if child >= first_temporary and forest.region[parent] != forest.region[child]:
            # A temporary copy stays in the region of what it is a copy of.
            return None
        if problem.fastest[forest.region[parent]][forest.region[child]] == math.inf:
            return None
        changed.children[changed.parent[child]].remove(child)
        changed.parent[child] = parent
        changed.children[parent].append(child)
    drop_unread(problem, changed)
    return changed


def _is_below(forest: Forest, replica: int, top: int) -> bool:
    while replica >= 0:
        if replica == top:
            return True
        replica = forest.parent[replica]
    return False


def _walk(
    problem: Problem,
    forest: Forest,
    rng: random.Random,
    tries: int,
    judge: Callable[[Forest, float], tuple[float, ...]],
) -> Forest:
    """Return the best forest, by `judge` of it and its end, that a walk without steps back finds."""
    best = forest.copy()
    worth = judge(best, evaluate(problem, best))
    for _try in range(tries):
        changed = _reparented(problem, best, rng)
        if changed is None:
            continue
        reached = judge(changed, evaluate(problem, changed))
        if reached <= worth:
            best, worth = changed, reached
    return best


def _polish(problem: Problem, forest: Forest, end: float, rng: random.Random, tries: int) -> tuple[Forest, float]:
    """Improve a plan under the limits per region, which the annealing leaves aside."""
    better = _walk(problem, forest, rng, tries, lambda _forest, reached: (reached,))
    reached = evaluate(problem, better)
    return (better, reached) if reached < end - TINY else (forest, end)


def cost(problem: Problem, forest: Forest) -> float:
    """Return the dollars of all copies of a forest."""
    region = forest.region
    return math.fsum(
        problem.price[region[parent]][region[replica]] for replica, parent in enumerate(forest.parent) if parent >= 0
    )


def cheapest(problem: Problem, found: Found, slack: float, seed: int, tries: int) -> Found:
    """Return the cheapest plan that can be found among those that end within (1 + `slack`) times the found one's end."""
    if not problem.wanted or all(price == 0.0 for row in problem.price for price in row):
        return found
    latest = found.end * (1 + slack) + TINY
    dollars = round(cost(problem, found.forest), 9)
    best, end = found.forest, found.end
    starts = starting_plans(problem) if len(problem.wanted) <= _MANY else iter(())
    for start in starts:
        reached, price = evaluate(problem, start), round(cost(problem, start), 9)
        if reached <= latest and (price, reached) < (dollars, end):
            best, end, dollars = start, reached, price
    # From the fast plan and from the cheapest of the simple ones, for they lie far apart.
    origins = [found.forest] if best is found.forest else [found.forest, best]
    for origin, (heat, late) in itertools.product(origins, _CHEAPEN):
        other = _cheapen(problem, origin, latest, random.Random(seed), tries // len(_CHEAPEN), heat, late)
        reached, price = evaluate(problem, other), round(cost(problem, other), 9)
        if reached <= latest and (price, reached) < (dollars, end):
            best, end, dollars = other, reached, price
    return Found(best, end, found.optimal and end <= found.end + TINY, found.moves)


def _cheapen(
    problem: Problem, forest: Forest, latest: float, rng: random.Random, tries: int, heat: float, late: float
) -> Forest:
    """Anneal the dollars from `heat`, a share of the first price, down to nothing.

    What ends later than `latest` is passed through at a price, `late` times the share by which it does, but never returned.
    """
    current = best = forest.copy()
    lowest = cost(problem, current)
    scale = lowest or 1.0
    energy = lowest / scale
    for number in range(tries):
        changed = _reparented(problem, current, rng)
        if changed is None:
            continue
        price = cost(problem, changed)
        most = energy - heat * (1 - number / tries) * math.log(1.0 - rng.random())
        if price / scale > most:
            continue
        end = evaluate(problem, changed)
        raised = price / scale + late * max(0.0, end / latest - 1)
        if raised > most:
            continue
        current, energy = changed, raised
        if end <= latest and price < lowest - TINY:
            best, lowest = current.copy(), price
    return best
