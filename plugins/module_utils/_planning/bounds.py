# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Lower bounds on when any plan can end. They hold for every plan of the problem, whoever made it.

`distance_bound`  no copy is there before its shortest path.
`growth_bound`    sources grow in number only as copies finish.
`load_bound`      without copies of copies, the holders' slots share all the work.
`price_bound`     Lagrangian bound of the time-indexed model: with a price per region and time step on the slots, the
                  cheapest way to serve every wanted copy must not cost more than the holders' slots are worth.
`lp_bound`        the same model solved by scipy, where it is installed; its prices are then checked like any others.
"""

from __future__ import annotations

import copy
import itertools
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from operator import add, itemgetter, sub
from types import MappingProxyType
from typing import Any

from ansible_collections.bcdr.multicloud.plugins.module_utils._planning.model import Problem, distances


def distance_bound(problem: Problem) -> float:
    """Return the latest of the earliest arrivals."""
    reached = distances(problem)
    return max([problem.floor, *(_first_new(problem, reached, region) for region in set(problem.wanted))])


def _first_new(problem: Problem, reached: Sequence[float], region: int) -> float:
    """Return the earliest second at which a new copy can be in the region, where there may be an older one."""
    return min((time for _start, time in _links_into(problem, reached, region)), default=math.inf)


def _links_into(problem: Problem, reached: Sequence[float], region: int) -> list[tuple[float, float]]:
    """Return (seconds, earliest finish) of every link by which a new copy can come to the region."""
    held = {holder.region for holder in problem.holders}
    many = problem.wanted.count(region) > 1 or region in held or (problem.temporary and problem.relay)
    links = []
    for sender in range(len(problem.regions)):
        time = problem.fastest[sender][region]
        if time == math.inf or reached[sender] == math.inf or (sender == region and not many):
            continue
        if not problem.relay and sender not in held:
            continue
        start = reached[sender]
        if sender in held and (not problem.relay or sender not in problem.wanted) and not problem.temporary:
            # Only holders are there, and their slots may be busy for longer.
            start = min(
                problem.slots(index, problem.fan_out[sender])[0]
                for index, holder in enumerate(problem.holders)
                if holder.region == sender
            )
        links.append((time, start + time))
    return links


def _latest_starts(problem: Problem, reached: Sequence[float]) -> list[list[tuple[float, float]]]:
    """Return per wanted copy its links as (earliest finish, least seconds of the links up to this one)."""
    by_region: dict[int, list[tuple[float, float]]] = {}
    for region in sorted(set(problem.wanted)):
        steps: list[tuple[float, float]] = []
        least = math.inf
        for finish, time in sorted((finish, time) for time, finish in _links_into(problem, reached, region)):
            if time < least:
                least = time
                steps.append((finish, time))
        by_region[region] = steps
    return [by_region[region] for region in problem.wanted]


def growth_bound(problem: Problem) -> float:
    """Return the bound from how fast sources can multiply.

    Let f(i) be the earliest time by which i copies can have finished. Before it, at most (free slots) + (k + 1) * i
    copies can have started, so the j-th start has an earliest time. A copy to v that is to be over at x has to start at
    the latest at x - (least seconds of a link over which it can be over at x). f(m) is the least x at which the m latest
    of these can be matched to the m earliest starts. Temporary copies are taken as copies without end, over after the
    least seconds within a region.
    """
    count = len(problem.wanted)
    if not count:
        return problem.floor
    links = _latest_starts(problem, distances(problem))
    new_slots = (max(problem.fan_out) + 1) if problem.relay else 1
    starts = sorted(
        slot
        for index, holder in enumerate(problem.holders)
        for slot in problem.slots(index, problem.fan_out[holder.region])
    )
    clone = math.inf
    if problem.temporary and problem.relay:
        clone = min(problem.fastest[region][region] for region in range(len(problem.regions)))

    def latest(x: float) -> list[float]:
        times = []
        for steps in links:
            least = math.inf
            for finish, time in steps:
                if finish > x:
                    break
                least = time
            times.append(x - least)
        return times

    def possible(x: float, wanted: int, clones: bool) -> bool:
        times = [time for time in latest(x) if time >= 0.0]
        if clones and clone <= x:
            times += [x - clone] * wanted
        if len(times) < wanted:
            return False
        times.sort(reverse=True)
        chosen = times[:wanted]
        return all(start <= time + 1e-12 * x for start, time in zip(starts, reversed(chosen), strict=False))

    def least(wanted: int, above: float, clones: bool) -> float:
        low, high = above, max(above, 1e-9)
        while not possible(high, wanted, clones):
            low, high = high, high * 1.5
            if high > 1e15:
                return math.inf
        while high - low > 1e-10 * high:
            middle = (low + high) / 2
            if possible(middle, wanted, clones):
                high = middle
            else:
                low = middle
        return low

    finished, done = 0.0, 0
    # Slots of the holders may become free later than those that finished copies bring.
    while len(starts) < count or starts[count - 1] > finished:
        done += 1
        finished = least(done, finished, True)
        if finished == math.inf:
            return math.inf
        starts = sorted(starts + [finished] * new_slots)
    return max(problem.floor, least(count, 0.0, False))


def sharing_bound(problem: Problem) -> float:
    """Return the bound from the bandwidth of a replica, when copies that share it slow each other down.

    With m readers a copy takes `seconds[m - 1]`, so a replica finishes its j-th copy at the earliest after
    j * (the least of seconds[m - 1] / m over links and m): sources then grow as if one copy at a time were read.
    """
    work = min(
        (
            matrix[u][v] / (number + 1)
            for number, matrix in enumerate(problem.seconds)
            for u in range(len(problem.regions))
            for v in set(problem.wanted)
            if matrix[u][v] < math.inf and (u != v or problem.wanted.count(v) > 1 or problem.temporary)
        ),
        default=0.0,
    )
    if problem.temporary:
        work = min(
            work,
            min(
                matrix[u][u] / (number + 1)
                for number, matrix in enumerate(problem.seconds)
                for u in range(len(problem.regions))
            ),
        )
    if not work or any(holder.busy for holder in problem.holders):
        return problem.floor
    # Each replica yields one copy per `work` seconds, from when it is there.
    ready = sorted(holder.ready for holder in problem.holders)
    outputs = [time + work for time in ready]
    finished = 0.0
    for _copy in problem.wanted:
        finished = min(outputs)
        outputs[outputs.index(finished)] = finished + work
        if problem.relay:
            outputs.append(finished + work)
    return max(problem.floor, finished)


def load_bound(problem: Problem) -> float:
    """Return the bound from the slots of the holders, where nothing else may be read: they share all the work."""
    if problem.relay or not problem.wanted:
        return problem.floor
    slots = [
        slot
        for index, holder in enumerate(problem.holders)
        for slot in problem.slots(index, problem.fan_out[holder.region])
    ]
    held = sorted({holder.region for holder in problem.holders})
    work = math.fsum(min(problem.fastest[u][v] for u in held) for v in problem.wanted)
    # Slots that are free only after the end take no part, so the bound is the largest over the earliest ones alone.
    slots.sort()
    ends = ((work + math.fsum(slots[:number])) / number for number in range(1, len(slots) + 1))
    return max(problem.floor, min(ends))


Prices = Sequence[Sequence[float]]
PairPrices = Mapping[tuple[int, int], Sequence[float]]


@dataclass(frozen=True)
class _Way:
    """A link in the time-indexed model, in steps: a copy can start from `earliest` to `latest` and takes `takes`."""

    sender: int
    receiver: int
    earliest: float
    latest: float
    takes: float


@dataclass(frozen=True)
class Choice:
    """How often which copy is made, in steps."""

    way: _Way
    start: float
    copies: int


@dataclass
class Grid:
    """The time-indexed model for the question "can a plan end by `end`?", with `steps` steps until then.

    In every region and step, all copies together read from replicas there for at most as long as there are slots. Copies
    start at any time, not only on the grid: what a start costs, with one price per region and step, is linear between the
    starts at which the copy's own start or end is on the grid. So those starts are all that has to be looked at, and
    nothing is rounded.
    """

    problem: Problem
    end: float
    steps: int

    def __post_init__(self) -> None:
        problem = self.problem
        reached = distances(problem)
        held = {holder.region for holder in problem.holders}
        self.income = [k if problem.relay else 0 for k in problem.fan_out]
        slots = [
            (holder.region, slot * self.steps / self.end)
            for index, holder in enumerate(problem.holders)
            for slot in problem.slots(index, problem.fan_out[holder.region])
        ]
        self.capacity = [(region, slot) for region, slot in slots if slot < self.steps]
        counts: dict[int, int] = {}
        for region in problem.wanted:
            counts[region] = counts.get(region, 0) + 1
        self.wanted = sorted(counts.items())
        clones = problem.temporary and problem.relay
        self.ways: dict[int, list[_Way]] = {}
        for region, number in self.wanted:
            # A region's first copy comes from another one, whatever temporary copies follow.
            again = number > 1 or region in held
            self.ways[region] = [
                way
                for sender in range(len(problem.regions))
                if (sender != region or again) and (problem.relay or sender in held)
                for way in self._way(sender, region, reached[sender])
            ]
        self.clones = [
            way
            for region in (range(len(problem.regions)) if clones else ())
            for way in self._way(region, region, reached[region])
        ]
        single = {region for region, number in self.wanted if number == 1 and region not in held}
        # Where "u is read for w only after u is there, and not from w" may be demanded, for each u and w.
        self.pairs = [(u, w) for u in sorted(single) for w in sorted(single) if u != w] if problem.relay else []
        # More temporary copies than this are never of use. One whose only reader makes another of its kind might do that
        # one's work itself, and no later. The others have one reader, which is wanted, or more readers than one, and a
        # tree has fewer branchings than leaves.
        self.most_clones = 2 * len(problem.wanted)

    def _way(self, sender: int, receiver: int, ready: float) -> list[_Way]:
        """Return the way, or nothing if no copy can take it in time."""
        seconds, steps = self.problem.fastest[sender][receiver], self.steps
        if ready + seconds > self.end * (1 + 1e-12):
            return []
        takes, earliest = seconds * steps / self.end, ready * steps / self.end
        return [_Way(sender, receiver, earliest, max(earliest, steps - takes), takes)]

    def excess(self, prices: Prices, order: PairPrices = MappingProxyType({})) -> tuple[float, list[Choice]]:
        """Return what serving all costs beyond the worth of the holders' slots, and the cheapest choices.

        `prices[u][s] >= 0` is the price of a slot in region u during step s. A positive excess proves that no plan ends
        by `end`. `order[u, w][s] >= 0` is the price of having started the copy from u to w before step s is over, which
        having got u's own copy from elsewhere than w earns: one of them without the other is no plan, but fractions of
        copies could do it.
        """
        paid = [[0.0, *itertools.accumulate(row)] for row in self.settled(prices)[0]]
        cost = 0.0
        choices = []
        dues = {pair: _until_the_end(row) for pair, row in order.items()}
        for region, number in self.wanted:
            worth = self._worth(paid[region], region)
            for (first, _second), due in dues.items():
                if first == region:
                    worth = list(map(sub, worth, due))
            best, way, start = min(
                (
                    self._cheapest(
                        way, paid[way.sender], worth, dues.get((way.sender, region)), dues.get((region, way.sender))
                    )
                    for way in self.ways[region]
                ),
                key=_COST,
            )
            cost += number * best
            choices.append(Choice(way, start, number))
        if self.clones:
            best, way, start = min(
                (
                    self._cheapest(way, paid[way.sender], self._worth(paid[way.sender], way.sender))
                    for way in self.clones
                ),
                key=_COST,
            )
            if best < 0.0:
                cost += self.most_clones * best
                choices.append(Choice(way, start, self.most_clones))
        for region, slot in self.capacity:
            cost -= paid[region][-1] - _between(paid[region], slot)
        return cost, choices

    def settled(self, prices: Prices) -> tuple[Prices, dict[int, list[int]]]:
        """Return prices, none of them lower, at which no temporary copy earns more than it costs, where one takes a step
        or more and prices fall; and per region the steps in which prices had to be raised for that.

        A temporary copy turns a slot at one time into one more than the new copy's slots at its end, so that all that
        the slots of the former time are worth until the end has to be so many times that of the latter. Prices that are
        otherwise a little wrong would be worth nothing, for what a few temporary copies earn is earned by all of them.
        """
        if not self.clones:
            return prices, {}
        rows = [list(row) for row in prices]
        raised: dict[int, list[int]] = {}
        for way in self.clones:
            if way.takes < 1.0:
                continue
            row, steps = rows[way.sender], self.steps
            growth, whole = self.income[way.sender] + 1, int(way.takes)
            part = way.takes - whole
            left = [0.0] * (steps + 1)
            steps_raised = []
            for step in range(steps - 1, -1, -1):
                after = step + whole
                if after < steps and step + 1 > way.earliest:
                    least = growth * (left[after] + part * (left[after + 1] - left[after])) - left[step + 1]
                    if least > row[step]:
                        row[step] = least
                        steps_raised.append(step)
                left[step] = left[step + 1] + row[step]
            if steps_raised:
                raised[way.sender] = steps_raised[::-1]
        return rows, raised

    def _worth(self, paid: Sequence[float], region: int) -> list[float]:
        """Return per step what a copy that is complete then costs, which is less than nothing: it sells its slots."""
        income, whole = self.income[region], paid[-1]
        return [income * (value - whole) for value in paid]

    @staticmethod
    def _cheapest(
        way: _Way,
        paid: Sequence[float],
        worth: Sequence[float],
        due: Sequence[float] | None = None,
        unearned: Sequence[float] | None = None,
    ) -> tuple[float, _Way, float]:
        """Return the least cost of a copy that way, and when it starts.

        `due` is what its start costs besides, `unearned` what of its worth does not count that way.
        """
        over = list(map(add, paid, worth))
        if due is not None:
            paid = list(map(sub, paid, due))
        if unearned is not None:
            over = list(map(add, over, unearned))
        takes, earliest, latest = way.takes, way.earliest, way.latest
        start = earliest
        best = _between(over, start + takes) - _between(paid, start)
        # Starts that end on the grid; the last one ends with it.
        whole = math.ceil(takes)
        part = whole - takes
        first = max(whole, math.ceil(earliest + takes))
        values = [
            end - before - part * (after - before)
            for end, before, after in zip(over[first:], paid[first - whole :], paid[first - whole + 1 :], strict=False)
        ]
        if values:
            least = min(values)
            if least < best:
                best, start = least, first + values.index(least) - takes
        # Starts on the grid.
        whole = math.floor(takes)
        part = takes - whole
        first, last = math.ceil(earliest), min(math.floor(latest), len(paid) - 2 - whole)
        values = [
            before + part * (after - before) - begin
            for begin, before, after in zip(
                paid[first : last + 1], over[first + whole :], over[first + whole + 1 :], strict=False
            )
        ]
        if values:
            least = min(values)
            if least < best:
                best, start = least, float(first + values.index(least))
        return best, way, start

    def narrowed(self, prices: Sequence[Sequence[float]], most: int) -> Grid:
        """Return the grid with only the `most` cheapest ways into each region. It proves nothing."""
        paid = [[0.0, *itertools.accumulate(row)] for row in self.settled(prices)[0]]
        narrow = copy.copy(self)
        narrow.ways = {
            region: [
                way
                for _cost, way, _start in sorted(
                    (self._cheapest(way, paid[way.sender], self._worth(paid[region], region)) for way in ways),
                    key=_COST,
                )[:most]
            ]
            for region, ways in self.ways.items()
        }
        return narrow

    def blocked(self) -> bool:
        """Whether some wanted copy cannot be there in time at all."""
        return any(not ways for ways in self.ways.values())

    def proves(self, prices: Prices, order: PairPrices = MappingProxyType({})) -> bool:
        """Whether these prices, or a link that cannot be in time, show that no plan ends by `end`."""
        if self.blocked():
            return True
        total = math.fsum(map(sum, self.settled(prices)[0])) + math.fsum(map(sum, order.values()))
        return self.excess(prices, order)[0] > _SURE * total


_COST = itemgetter(0)
_NO_WAY = _Way(-1, -1, 0.0, 0.0, 0.0)
# What the excess has to be of the sum of all prices to be no matter of rounding.
_SURE = 1e-9


def _between(values: Sequence[float], at: float) -> float:
    """Return the value at a place between two entries."""
    before = min(int(at), len(values) - 2)
    return values[before] + (at - before) * (values[before + 1] - values[before])


def _until_the_end(prices: Sequence[float]) -> list[float]:
    """Return per step the sum of the prices from there on."""
    paid = [0.0, *itertools.accumulate(prices)]
    return [paid[-1] - value for value in paid]


def _furthest(
    problem: Problem, prices: Prices, low: float, high: float, order: PairPrices = MappingProxyType({})
) -> float:
    """Return a time from `low` to `high` that these prices, stretched over the time until it, show to be impossible."""
    steps = len(prices[0])
    for _halving in range(_HALVINGS):
        middle = (low + high) / 2
        if Grid(problem, middle, steps).proves(prices, order):
            low = middle
        else:
            high = middle
    return low


_HALVINGS = 12
_PRICE_RATE, _PRICE_MEMORY, _PRICE_DECAY = 0.3, 0.8, 4.0
_LEAST_PRICE = 1e-7
_NARROW, _NARROW_ROUNDS = 6, 10
# (steps, share of the work, by how much more the next end to be proven is): coarse prices come cheap.
_PRICE_STAGES = ((24, 0.25, 0.02), (48, 0.35, 0.007), (72, 0.4, 0.003))
# Many copies leave so few rounds that only coarse prices and long strides get anywhere.
_PRICE_STAGES_LARGE, _PRICE_LARGE = ((16, 0.3, 0.06), (32, 0.7, 0.015)), 30


def price_bound(problem: Problem, proven: float, known: float, work: int) -> float:
    """Return a bound of at least `proven`, by raising it as long as prices can be found that prove it.

    `known` is when some plan ends, `work` limits the effort: iterations * links * steps. Prices are found by multiplicative
    weights: a slot that more copies want than there is gets dearer. Whatever prices come out, `Grid.excess` checks them,
    so the bound holds however well they were found.
    """
    links = len(problem.regions) * len(set(problem.wanted))
    if not links or not math.isfinite(known) or proven >= known * (1 - 1e-9):
        return proven
    prices: list[list[float]] = []
    stages = _PRICE_STAGES if len(problem.wanted) <= _PRICE_LARGE else _PRICE_STAGES_LARGE
    for steps, share, ambition in stages:
        rounds = int(work * share / (links * steps))
        prices = _resized(prices, steps, len(problem.regions))
        while rounds > 0:
            end = proven + ambition * known
            if end >= known:
                break
            grid = Grid(problem, end, steps)
            if grid.blocked():
                proven = end
                continue
            shown, used, prices = _raise_prices(grid, prices, rounds)
            rounds -= used
            # Prices that fail at this end may still prove an earlier one, others a later one.
            proven = _furthest(problem, prices, end, known) if shown else _furthest(problem, prices, proven, end)
            if not shown:
                break
    return proven


def _resized(prices: list[list[float]], steps: int, regions: int) -> list[list[float]]:
    """Return prices for a number of steps: those of an earlier grid stretched, or at first falling evenly over time."""
    if not prices:
        row = [math.exp(-_PRICE_DECAY * slot / steps) for slot in range(steps)]
        return [row[:] for _region in range(regions)]
    before = len(prices[0])
    return [[row[slot * before // steps] for slot in range(steps)] for row in prices]


def _raise_prices(grid: Grid, prices: list[list[float]], rounds: int) -> tuple[bool, int, list[list[float]]]:
    """Return whether the grid's end was shown to be impossible, after how many rounds, and the best prices."""
    largest = max(grid.problem.fan_out)
    average: list[list[float]] = []
    best, kept = -math.inf, prices
    # Few of the ways are ever the cheapest, so most rounds look only at those that were cheap a few rounds ago.
    narrow, spent = grid, 0.0
    for number in itertools.count():
        if number % _NARROW_ROUNDS == 0:
            narrow = grid.narrowed(prices, _NARROW)
            spent += 1.0
        cost, choices = narrow.excess(prices)
        spent += _NARROW / max(_NARROW, len(prices))
        settled, raised = grid.settled(prices)
        total = math.fsum(map(sum, settled))
        if cost > _SURE * total:
            spent += 1.0
            if grid.proves(prices):
                return True, math.ceil(spent), prices
            narrow = grid.narrowed(prices, _NARROW)
        if spent > rounds:
            break
        if cost / total > best:
            best, kept = cost / total, prices
        short = _shortage(grid, choices, raised)
        if average:
            average = [
                [_PRICE_MEMORY * old + (1 - _PRICE_MEMORY) * new for old, new in zip(row, fresh, strict=True)]
                for row, fresh in zip(average, short, strict=True)
            ]
        else:
            average = short
        rate = _PRICE_RATE / (1 + number / 50) / largest
        prices = [
            [price * math.exp(max(-1.0, min(1.0, rate * lack))) for price, lack in zip(row, lacks, strict=True)]
            for row, lacks in zip(prices, average, strict=True)
        ]
        highest = max(map(max, prices))
        prices = [[max(price / highest, _LEAST_PRICE) for price in row] for row in prices]
    return False, rounds, kept


def _spread(steps: int, at: float, amount: float) -> list[tuple[int, float]]:
    """Return how much more there is per step, as changes from one step to the next, of what is there from `at` on."""
    step = int(at)
    if step >= steps:
        return []
    changes = [(step, amount * (1 - (at - step)))]
    if at > step and step + 1 < steps:
        changes.append((step + 1, amount * (at - step)))
    return changes


def _wanted_slots(grid: Grid, way: _Way, start: float) -> list[tuple[int, int, float]]:
    """Return (region, step, change of the slots wanted) of one copy."""
    over = start + way.takes
    changes = [(way.sender, step, change) for step, change in _spread(grid.steps, start, 1.0)]
    changes += [(way.sender, step, change) for step, change in _spread(grid.steps, over, -1.0)]
    income = -float(grid.income[way.receiver])
    return changes + [(way.receiver, step, change) for step, change in _spread(grid.steps, over, income)]


def _shortage(grid: Grid, choices: Sequence[Choice], raised: Mapping[int, Sequence[int]]) -> list[list[float]]:
    """Return per region and step how many slots too few there are for the choices.

    `raised` has the steps whose prices follow, for temporary copies, those at which such copies are over.
    """
    changes = [[0.0] * grid.steps for _region in grid.problem.regions]
    for choice in choices:
        for region, step, change in _wanted_slots(grid, choice.way, choice.start):
            changes[region][step] += choice.copies * change
    for region, slot in grid.capacity:
        for step, change in _spread(grid.steps, slot, -1.0):
            changes[region][step] += change
    lacks = [list(itertools.accumulate(row)) for row in changes]
    for way in grid.clones:
        if way.sender in raised:
            lacks[way.sender] = _passed_on(grid, way, changes[way.sender], set(raised[way.sender]))
    return lacks


def _passed_on(grid: Grid, clone: _Way, changes: Sequence[float], raised: set[int]) -> list[float]:
    """Return the shortage of a region whose temporary copies turn slots of the `raised` steps into as many times more
    slots later, from how many more slots are wanted per step.

    A slot that is wanted in such a step is as many slots that are wanted when the temporary copy is over (the chain rule,
    through `Grid.settled`). The shortage is a share of the slots that there may be by then, or the steps of the search
    for prices would be far too long.
    """
    growth, whole = grid.income[clone.sender] + 1, int(clone.takes)
    part = clone.takes - whole
    wanted, lacks = [*changes, 0.0, 0.0], [0.0] * grid.steps
    slots = [1.0] * (grid.steps + 2)
    carried, most = 0.0, 1.0
    for step in range(grid.steps):
        carried += wanted[step]
        most = max(most, slots[step])
        if step not in raised:
            lacks[step] = carried / most
            continue
        wanted[step + whole] += growth * (1 - part) * carried
        wanted[step + whole + 1] += growth * part * carried
        slots[step + whole + 1] = most * growth
        carried = 0.0
    return lacks


LP_SOLUTIONS = 10


def load_linear_solver() -> Callable[..., Any] | None:
    """Return scipy's `linprog`, or None where scipy is not installed."""
    try:
        from scipy.optimize import linprog
    except ImportError:
        return None
    return linprog


def lp_bound(
    problem: Problem,
    proven: float,
    known: float,
    steps: int,
    linprog: Callable[..., Any],
    solutions: int = LP_SOLUTIONS,
) -> float:
    """Return a bound of at least `proven` from the linear programme with `steps` steps, solved at most `solutions` times.

    The programme serves as many wanted copies as it can by some end, and orders of pairs are demanded as solutions break
    them. Its dual values are prices; only what `Grid.excess` proves with them counts, whatever the solver says.
    """
    if proven >= known * (1 - 1e-9) or not problem.wanted:
        return proven
    # No end after `high` can be proven with these steps, and none after `likely` with the pairs so far.
    low, high, likely = proven, known, known
    pairs: list[tuple[int, int]] = []
    end, stride = low + _LP_FIRST * (high - low), _LP_STRIDE
    for _solution in range(solutions):
        grid = Grid(problem, end, steps)
        if grid.blocked():
            low = end
        else:
            left_out, prices, order, broken = _dual_prices(grid, pairs, linprog)
            pairs += broken
            if left_out > _LP_NONE:
                # Prices of one end may prove a later one too.
                low = max(low, _furthest(problem, prices, low, high, order))
            elif len(broken) >= _LP_MANY:
                # Hardly possible any more when the order of so many pairs is demanded, too.
                end = low + _LP_BACK * (end - low)
                continue
            else:
                likely, stride = end, _LP_STRIDE
                if not broken:
                    high = end
        if high - low < _LP_PRECISION * high:
            break
        if likely - low < stride * high:
            stride *= 2
            likely = min(high, low + stride * high)
        end = (low + likely) / 2
    return low


_LP_FIRST, _LP_STRIDE, _LP_BACK, _LP_MANY = 0.3, 0.001, 0.85, 12
# Pairs whose order is broken by less, in copies times steps, are let go.
_LP_BROKEN = 0.01
_LP_NONE, _LP_PRECISION = 1e-6, 0.0007


def _starts(grid: Grid, way: _Way) -> list[float]:
    """Return the starts between which what a copy costs is linear, whatever the prices: it starts or ends on the grid."""
    first, last = way.earliest, way.latest
    starts = {first, last}
    starts.update(float(step) for step in range(math.ceil(first), math.floor(last) + 1))
    starts.update(
        step - way.takes for step in range(math.ceil(first + way.takes), grid.steps + 1) if step - way.takes <= last
    )
    # Nearly equal ones would be the same column twice.
    ordered = sorted(starts)
    return [start for number, start in enumerate(ordered) if not number or start > ordered[number - 1] + 1e-9]


def _dual_prices(
    grid: Grid, pairs: Sequence[tuple[int, int]], linprog: Callable[..., Any]
) -> tuple[float, list[list[float]], dict[tuple[int, int], list[float]], list[tuple[int, int]]]:
    """Return how many wanted copies cannot be served by the end, the dual prices of the slots and of the order that is
    demanded of pairs, and further pairs whose order the solution breaks."""
    from scipy.sparse import coo_matrix

    steps, regions = grid.steps, len(grid.problem.regions)
    row_of: list[int] = []
    column_of: list[int] = []
    values: list[float] = []
    costs: list[float] = []

    def enter(row: int, value: float) -> None:
        row_of.append(row)
        column_of.append(len(costs))
        values.append(value)

    def enter_copy(way: _Way, start: float) -> None:
        for region, step, change in _wanted_slots(grid, way, start):
            enter(region * steps + step, change)

    # The rows count from step to step the free slots of a region, and by how much each pair's order is kept; then come
    # the wanted copies.
    rows = regions + len(pairs)
    row_of_pair = {pair: regions + number for number, pair in enumerate(pairs)}
    followers: dict[int, list[int]] = {}
    for first, second in pairs:
        followers.setdefault(first, []).append(second)
    columns: list[tuple[_Way, float]] = []
    for number, (region, _count) in enumerate(grid.wanted):
        for way in grid.ways[region]:
            own = row_of_pair.get((way.sender, region))
            after = [row_of_pair[region, second] for second in followers.get(region, ()) if second != way.sender]
            for start in _starts(grid, way):
                enter_copy(way, start)
                if own is not None:
                    for step, change in _spread(steps, start, 1.0):
                        enter(own * steps + step, change)
                if after:
                    for step, change in _spread(steps, start + way.takes, -1.0):
                        for row in after:
                            enter(row * steps + step, change)
                enter(rows * steps + number, 1.0)
                costs.append(0.0)
                columns.append((way, start))
        enter(rows * steps + number, 1.0)
        costs.append(1.0)
        columns.append((_NO_WAY, 0.0))
    for way in grid.clones:
        for start in _starts(grid, way):
            enter_copy(way, start)
            costs.append(0.0)
    for row in range(rows):
        for step in range(steps):
            enter(row * steps + step, 1.0)
            if step + 1 < steps:
                enter(row * steps + step + 1, -1.0)
            costs.append(0.0)
    right = [0.0] * (rows * steps) + [float(count) for _region, count in grid.wanted]
    for region, slot in grid.capacity:
        for step, change in _spread(steps, slot, 1.0):
            right[region * steps + step] += change
    matrix = coo_matrix((values, (row_of, column_of)), shape=(len(right), len(costs))).tocsc()
    answer = linprog(costs, A_eq=matrix, b_eq=right, bounds=(0, None), method="highs-ipm")
    if answer.status != 0:
        return 0.0, [[0.0] * steps for _region in range(regions)], {}, []
    duals = [float(value) for value in answer.eqlin.marginals]
    prices = []
    for row in range(rows):
        own_duals = duals[row * steps : (row + 1) * steps] + [0.0]
        prices.append([max(0.0, after - now) for now, after in itertools.pairwise(own_duals)])
    broken = _broken(grid, columns, [float(value) for value in answer.x[: len(columns)]], row_of_pair)
    return float(answer.fun), prices[:regions], dict(zip(pairs, prices[regions:], strict=True)), broken


def _broken(
    grid: Grid, columns: Sequence[tuple[_Way, float]], amounts: Sequence[float], known: Mapping[tuple[int, int], int]
) -> list[tuple[int, int]]:
    """Return the pairs, those that are broken most first, whose order a solution in fractions breaks."""
    steps = grid.steps
    started: dict[tuple[int, int], list[float]] = {}
    arrived: dict[tuple[int, int], list[float]] = {}
    for (way, start), amount in zip(columns, amounts, strict=True):
        if amount <= _LP_NONE or way is _NO_WAY:
            continue
        pair = (way.sender, way.receiver)
        row = started.setdefault(pair, [0.0] * steps)
        for step, change in _spread(steps, start, amount):
            row[step] += change
        ended = arrived.setdefault(pair, [0.0] * steps)
        for step, change in _spread(steps, start + way.takes, amount):
            ended[step] += change
    found = []
    for first, second in grid.pairs:
        if (first, second) in known or (first, second) not in started:
            continue
        others = [row for (sender, region), row in arrived.items() if region == first and sender != second]
        there = itertools.accumulate(map(math.fsum, zip(*others, strict=True))) if others else itertools.repeat(0.0)
        gone = itertools.accumulate(started[first, second])
        lack = math.fsum(max(0.0, out - own) for out, own in zip(gone, there, strict=False))
        if lack > _LP_BROKEN:
            found.append((lack, (first, second)))
    found.sort(reverse=True)
    return [pair for _lack, pair in found]
