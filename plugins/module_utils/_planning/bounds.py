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

import itertools
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from operator import add, sub
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
    while len(starts) < count:
        done += 1
        finished = least(done, finished, True)
        if finished == math.inf:
            return math.inf
        # Those of the holders that become free later stay in order.
        starts = sorted(starts + [finished] * new_slots)
        if done > 2 * count:
            break
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


@dataclass
class Grid:
    """The time-indexed model for the question "can a plan end by `end`?".

    Starts and durations are rounded down to steps. That keeps every plan possible: floor(a) + floor(b) <= floor(a + b).
    """

    problem: Problem
    end: float
    step: float

    def __post_init__(self) -> None:
        problem = self.problem
        self.horizon = math.floor(self.end / self.step + 1e-9)
        reached = distances(problem)
        held = {holder.region for holder in problem.holders}
        self.income = [k if problem.relay else 0 for k in problem.fan_out]
        self.capacity: list[tuple[int, int]] = [
            (holder.region, min(self.horizon, math.floor(slot / self.step + 1e-9)))
            for index, holder in enumerate(problem.holders)
            for slot in problem.slots(index, problem.fan_out[holder.region])
        ]
        counts: dict[int, int] = {}
        for region in problem.wanted:
            counts[region] = counts.get(region, 0) + 1
        self.wanted = sorted(counts.items())
        self.links: dict[int, list[tuple[int, int, int, int]]] = {}
        for region, number in self.wanted:
            rows = []
            for sender in range(len(problem.regions)):
                time = problem.fastest[sender][region]
                again = number > 1 or region in held or (problem.temporary and problem.relay)
                if time == math.inf or (sender == region and not again):
                    continue
                if not problem.relay and sender not in held:
                    continue
                if reached[sender] + time > self.end * (1 + 1e-12):
                    continue
                rows.append((sender, *self._window(reached[sender], time)))
            self.links[region] = rows
        self.clones: list[tuple[int, int, int, int]] = []
        if problem.temporary and problem.relay:
            for region in range(len(problem.regions)):
                time = problem.fastest[region][region]
                if reached[region] + time <= self.end:
                    self.clones.append((region, *self._window(reached[region], time)))
        # More temporary copies than wanted ones are never of use: each has to serve one, directly or through another.
        self.most_clones = len(problem.wanted)

    def _window(self, ready: float, time: float) -> tuple[int, int, int]:
        """Return the first and last step at which such a copy can start, and its steps."""
        first = math.floor(ready / self.step + 1e-9)
        last = max(first, math.floor((self.end - time) / self.step + 1e-9))
        steps = math.floor(time / self.step + 1e-9)
        return first, min(last, self.horizon - steps), steps

    def excess(self, prices: Sequence[Sequence[float]]) -> tuple[float, list[tuple[int, int, int, int, int]]]:
        """Return what serving all costs beyond the worth of the holders' slots, and the cheapest choices.

        `prices[u][s] >= 0` is the price of a slot in region u during step s. A positive excess proves that no plan ends
        by `end`. A choice is (sender, first step, steps, receiver, copies).
        """
        horizon = self.horizon
        sums = []
        for row in prices:
            total, running = 0.0, [0.0]
            append = running.append
            for price in row:
                total += price
                append(total)
            sums.append(running)
        cost = 0.0
        choices = []
        for region, number in self.wanted:
            best, chosen = math.inf, (-1, 0, 0)
            mine, income = sums[region], self.income[region]
            whole = mine[horizon]
            worth = [income * (value - whole) for value in mine]
            for sender, first, last, steps in self.links[region]:
                paid = sums[sender]
                values = list(
                    map(
                        add,
                        map(sub, paid[first + steps : last + steps + 1], paid[first : last + 1]),
                        worth[first + steps : last + steps + 1],
                    )
                )
                least = min(values)
                if least < best:
                    best, chosen = least, (sender, first + values.index(least), steps)
            cost += number * best
            choices.append((*chosen, region, number))
        for region, first, last, steps in self.clones:
            paid, income = sums[region], self.income[region]
            whole = paid[horizon]
            values = [
                paid[start + steps] - paid[start] - income * (whole - paid[start + steps])
                for start in range(first, last + 1)
            ]
            least = min(values)
            if least < 0.0:
                number = self.most_clones
                cost += number * least
                choices.append((region, first + values.index(least), steps, region, number))
        for region, first in self.capacity:
            cost -= sums[region][horizon] - sums[region][first]
        return cost, choices

    def blocked(self) -> bool:
        """Whether some wanted copy cannot be there in time at all."""
        return any(not links for links in self.links.values())


_PRICE_RATE, _PRICE_MEMORY, _PRICE_DECAY = 0.3, 0.8, 4.0
_LEAST_PRICE = 1e-7
_COARSE, _FINE = 48, 144


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
    # A coarse grid finds the region of good prices cheaply, finer ones are needed to prove the last per cents.
    for steps, share in ((_COARSE, 0.3), (_COARSE * 2, 0.3), (_FINE, 0.4)):
        step = known / steps
        rounds = int(work * share / (links * steps))
        while rounds > 0:
            end = (math.floor(proven / step + 1e-6) + 1) * step * (1 - 1e-9)
            if end >= known:
                break
            grid = Grid(problem, end, step)
            if grid.blocked():
                proven = end
                continue
            shown, used, prices = _raise_prices(grid, _resized(prices, grid), rounds)
            rounds -= used
            if not shown:
                break
            proven = end
        if proven >= known * (1 - 1.0 / _FINE):
            break
    return proven


def _resized(prices: list[list[float]], grid: Grid) -> list[list[float]]:
    """Return prices for the grid: those of an earlier one stretched, or at first falling evenly over time."""
    horizon = grid.horizon
    if not prices or not prices[0]:
        row = [math.exp(-_PRICE_DECAY * slot / max(1, horizon)) for slot in range(horizon)]
        return [row[:] for _region in grid.problem.regions]
    before = len(prices[0])
    if horizon < before * 1.5:
        return [(row + [row[-1]] * (horizon - before))[:horizon] for row in prices]
    return [[row[slot * before // horizon] for slot in range(horizon)] for row in prices]


def _raise_prices(grid: Grid, prices: list[list[float]], rounds: int) -> tuple[bool, int, list[list[float]]]:
    """Return whether the grid's end was shown to be impossible, after how many rounds, and the best prices."""
    largest = max(grid.problem.fan_out)
    average: list[list[float]] = []
    best, kept = -math.inf, prices
    for number in range(rounds):
        cost, choices = grid.excess(prices)
        total = sum(map(sum, prices))
        if cost > 1e-9 * total:
            return True, number + 1, prices
        if cost / total > best:
            best, kept = cost / total, prices
        short = _shortage(grid, choices)
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


def _shortage(grid: Grid, choices: Sequence[tuple[int, int, int, int, int]]) -> list[list[float]]:
    """Return per region and step how many slots too few there are for the choices."""
    horizon = grid.horizon
    changes = [[0.0] * (horizon + 1) for _region in grid.problem.regions]
    for sender, first, steps, receiver, number in choices:
        changes[sender][first] += number
        changes[sender][first + steps] -= number
        changes[receiver][first + steps] -= number * grid.income[receiver]
    for region, first in grid.capacity:
        changes[region][first] -= 1
    result = []
    for row in changes:
        running, values = 0.0, []
        for change in row[:horizon]:
            running += change
            values.append(running)
        result.append(values)
    return result


def load_linear_solver() -> Callable[..., Any] | None:
    """Return scipy's `linprog`, or None where scipy is not installed."""
    try:
        from scipy.optimize import linprog
    except ImportError:
        return None
    return linprog


def lp_bound(problem: Problem, proven: float, known: float, steps: int, linprog: Callable[..., Any]) -> float:
    """Return a bound of at least `proven` from the linear programme with `known / steps` as its time step.

    The dual values of the programme are prices; only what `Grid.excess` proves with them counts, whatever the solver says.
    """
    step = known / steps
    low, high = math.floor(proven / step + 1e-6), steps
    while high - low > 1:
        middle = (low + high) // 2
        end = (middle + 1) * step * (1 - 1e-9)
        if end >= known:
            high = middle
            continue
        grid = Grid(problem, end, step)
        if grid.blocked():
            shown = True
        else:
            prices = _dual_prices(grid, linprog)
            shown = grid.excess(prices)[0] > 1e-7 * max(1e-12, sum(map(sum, prices)))
        if shown:
            low, proven = middle, max(proven, end)
        else:
            high = middle
    return proven


def _dual_prices(grid: Grid, linprog: Callable[..., Any]) -> list[list[float]]:
    """Return the dual prices of "serve as many wanted copies as possible by the end"."""
    from scipy.sparse import coo_matrix

    horizon, regions = grid.horizon, len(grid.problem.regions)
    row_of: list[int] = []
    column_of: list[int] = []
    values: list[float] = []
    costs: list[float] = []

    def enter(region: int, slot: int, value: float) -> None:
        # The rows count the free slots of a region from step to step; what ends at the horizon frees nothing.
        if slot < horizon and value:
            row_of.append(region * horizon + slot)
            column_of.append(len(costs))
            values.append(value)

    def enter_copy(sender: int, first: int, steps: int, receiver: int) -> None:
        if steps:
            enter(sender, first, 1.0)
            enter(sender, first + steps, -1.0)
        enter(receiver, first + steps, -float(grid.income[receiver]))

    for number, (region, _count) in enumerate(grid.wanted):
        for sender, first, last, steps in grid.links[region]:
            for start in range(first, last + 1):
                enter_copy(sender, start, steps, region)
                row_of.append(regions * horizon + number)
                column_of.append(len(costs))
                values.append(1.0)
                costs.append(0.0)
        row_of.append(regions * horizon + number)
        column_of.append(len(costs))
        values.append(1.0)
        costs.append(1.0)
    for region, first, last, steps in grid.clones:
        for start in range(first, last + 1):
            enter_copy(region, start, steps, region)
            costs.append(0.0)
    for region in range(regions):
        for slot in range(horizon):
            enter(region, slot, 1.0)
            enter(region, slot + 1, -1.0)
            costs.append(0.0)
    right = [0.0] * (regions * horizon) + [float(count) for _region, count in grid.wanted]
    for region, first in grid.capacity:
        if first < horizon:
            right[region * horizon + first] += 1.0
    matrix = coo_matrix((values, (row_of, column_of)), shape=(len(right), len(costs))).tocsc()
    answer = linprog(costs, A_eq=matrix, b_eq=right, bounds=(0, None), method="highs-ipm")
    if answer.status != 0:
        return [[0.0] * horizon for _region in range(regions)]
    duals = [float(value) for value in answer.eqlin.marginals]
    prices = []
    for region in range(regions):
        row = duals[region * horizon : (region + 1) * horizon] + [0.0]
        prices.append([max(0.0, after - now) for now, after in itertools.pairwise(row)])
    return prices
