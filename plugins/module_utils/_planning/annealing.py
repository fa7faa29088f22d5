# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Simulated annealing over forests.

The makespan is flat: most moves do not touch the one path that ends last. So the annealing minimises the smooth
(1/b) log(sum over wanted copies of exp(b * finish)), which tends to the makespan as b grows. It has a recursion from the
leaves up, W(u) = own(u) + sum over children c of exp(b * f(c)) * W(c), where f(c) is when the copy of c ends after u is
ready. With exp(b * seconds) tabulated the recursion only multiplies and adds, and since the total is linear in each W, a
move is judged at the two replicas that it touches before anything is changed.
"""

from __future__ import annotations

import math
import random
from collections.abc import Mapping, Sequence
from heapq import heapify, heappush, heapreplace
from operator import itemgetter
from types import MappingProxyType

from ansible_collections.bcdr.multicloud.plugins.module_utils._planning.model import (
    Forest,
    Problem,
    distances,
    forest_of,
)
from ansible_collections.bcdr.multicloud.plugins.module_utils._planning.schedule import arrange

# Temperatures are shares of the makespan, sharpness b is in units of 1 / makespan; both go geometrically.
HOT, COLD = 0.015, 0.0012
SOFT, SHARP = 25.0, 85.0
_STAGES = 60
_NEAR = 12
_EARLY, _ANY = 0.4, 0.85
# How often a sender is one that good plans use, where those are given.
_PROMISING = 0.9
# The shares of the kinds of moves: those of temporary copies and of slots where there are such, and of the rest up to
# which value each kind comes. Exchanging regions is the most fruitful of all.
_TEMPORARY, _RESIZE = 0.2, 0.04
_MOVE, _RELABEL, _EXCHANGE = 0.4, 0.75, 0.9
_GUIDED = 0.5
# Growing temporary copies anew takes about as long as seventy other moves.
_REGROWN, _AHEAD = 0.2, 0.12
_LARGEST_EXPONENT = 600.0
_BY_TAIL, _BY_BOTH = itemgetter(0), itemgetter(1)


def _power(exponent: float) -> float:
    return math.exp(exponent) if exponent < _LARGEST_EXPONENT else math.inf


def _listed(slots: Sequence[float], items: Sequence[tuple[float, float, float, float, int]]) -> float:
    """Return the weight of items (_, _, power, own weight, _) that take, one after the other, the slot that is free first.

    The slots are in order.
    """
    total = 0.0
    if len(slots) == 2:
        one, other = slots
        for _tail, _both, power, own, _child in items:
            if one <= other:
                one *= power
                total += one * own
            else:
                other *= power
                total += other * own
        return total
    free = list(slots)
    for _tail, _both, power, own, _child in items:
        reached = free[0] * power
        heapreplace(free, reached)
        total += reached * own
    return total


class Annealer:
    """A forest under annealing. `run` changes it; `best` is the best that was seen and `best_end` when it ends.

    `leads` has seconds by which copies to a region are taken to end later than they do, while a forest is being changed.
    `promising` has for each region those that it is copied from in good plans; mostly these are tried.
    """

    def __init__(
        self,
        problem: Problem,
        forest: Forest,
        rng: random.Random,
        leads: Mapping[int, float] = MappingProxyType({}),
        promising: Sequence[Sequence[int]] = (),
    ) -> None:
        self.problem = problem
        self._leads = leads
        self._promising = promising
        # What a wanted copy in a region weighs by itself.
        self._owed = [1.0] * len(problem.regions)
        self._draw = rng.random
        self._roots = problem.roots
        self._first_temporary = problem.roots + len(problem.wanted)
        self._contended = problem.contended
        self._uniform = len(set(problem.fan_out)) == 1
        self._temporary = problem.temporary and problem.relay
        self.best = forest.copy()
        self.best_end = arrange(problem, self.best)
        seconds = problem.fastest
        senders = range(len(problem.regions)) if problem.relay else sorted({root.region for root in problem.holders})
        reached = distances(problem)
        self._near: list[list[int]] = []
        self._early: list[list[int]] = []
        for v in range(len(problem.regions)):
            links = [(seconds[u][v], reached[u] + seconds[u][v], u) for u in senders if seconds[u][v] < math.inf]
            self._near.append([u for _time, _arrival, u in sorted(links)])
            self._early.append([u for _arrival, _time, u in sorted((arrival, time, u) for time, arrival, u in links)])
        self._load(forest)

    def _load(self, forest: Forest) -> None:
        self._region = forest.region[:]
        self._parent = forest.parent[:]
        self._children = [children[:] for children in forest.children]
        self._used = forest.used[:]
        self._own = [0.0] * len(self._region)
        for replica in range(self._roots, self._first_temporary):
            self._own[replica] = self._owed[self._region[replica]]
        self._weight = [0.0] * len(self._region)
        self._key = [0.0] * len(self._region)
        self._factor = [1.0] * len(self._region)
        self._unused = [
            replica for replica in range(self._first_temporary, len(self._region)) if self._parent[replica] < 0
        ]
        self._stored: list[list[int]] = [[] for _region in self.problem.regions]
        for replica, region in enumerate(self._region):
            if replica < self._first_temporary or self._parent[replica] >= 0:
                self._stored[region].append(replica)

    def _sharpen(self, sharpness: float) -> None:
        """Tabulate the powers for this b and weigh everything anew."""
        self._b = sharpness
        self._powers: list[list[list[float]]] = []
        self._gains: list[list[list[float]]] = []
        done: dict[int, int] = {}
        for number, matrix in enumerate(self.problem.seconds):
            if id(matrix) in done:
                self._powers.append(self._powers[done[id(matrix)]])
                self._gains.append(self._gains[done[id(matrix)]])
                continue
            done[id(matrix)] = number
            powers = [[max(_power(sharpness * time), 1 + 1e-12) for time in row] for row in matrix]
            self._powers.append(powers)
            # Two children c, d of one slot: c first is better iff W(c) / (1 - exp(-b t(c))) is larger.
            self._gains.append([[1.0 / (1.0 - 1.0 / power) for power in row] for row in powers])
        self._fastest = self._powers[0]
        for place, lead in self._leads.items():
            self._owed[place] = _power(sharpness * lead)
        if self._leads:
            for replica in range(self._roots, self._first_temporary):
                self._own[replica] = self._owed[self._region[replica]]
        self._starts: list[list[list[float]]] = []
        for root in range(self._roots):
            every = range(1, self.problem.fan_out[self._region[root]] + 1)
            self._starts.append(
                [[]] + [[_power(sharpness * time) for time in self.problem.slots(root, used)] for used in every]
            )
        order = list(range(self._roots))
        for replica in order:
            order.extend(self._children[replica])
        for replica in reversed(order):
            self._weigh(replica)
        self._total = sum(self._weight[: self._roots])

    def _sharing(self, replica: int) -> int:
        readers = len(self._children[replica])
        if replica < self._roots:
            readers += len(self.problem.holders[replica].busy)
        return max(1, min(readers, self._used[replica]))

    def _weigh(self, replica: int) -> None:
        """Order the replica's children and recompute its weight, and their keys and factors."""
        children = self._children[replica]
        if not children:
            self._weight[replica] = self._own[replica]
            return
        region, weight, key, factor = self._region, self._weight, self._key, self._factor
        used = self._sharing(replica)
        row, gains = self._powers[used - 1][region[replica]], self._gains[used - 1][region[replica]]
        total = self._own[replica]
        root = replica < self._roots
        if used == 1:
            for child in children:
                key[child] = weight[child] * gains[region[child]]
            if len(children) > 1:
                children.sort(key=key.__getitem__, reverse=True)
            reached = self._starts[replica][1][0] if root else 1.0
            for child in children:
                reached *= row[region[child]]
                factor[child] = reached
                total += reached * weight[child]
        elif not root and len(children) <= used:
            # All start at once.
            for child in children:
                power = row[region[child]]
                factor[child] = power
                total += power * weight[child]
        else:
            slots = self._starts[replica][used] if root else [1.0] * used
            more, order = self._in_order(slots, row, gains, children, [region[child] for child in children])
            self._children[replica] = order
            slots = slots[:]
            for child in order:
                reached = slots[0] * row[region[child]]
                heapreplace(slots, reached)
                factor[child] = reached
            total += more
        self._weight[replica] = total

    def _in_order(
        self,
        slots: list[float],
        row: list[float],
        gains: list[float],
        children: Sequence[int],
        places: Sequence[int],
        mass: float = 0.0,
    ) -> tuple[float, list[int]]:
        """Return the lesser weight of two orders of children in these places, and the order: by tail, and by copy and
        tail together. Child -1 is one that is not there yet, with weight `mass`.

        With several slots neither is always best: a long copy that nothing waits for may have to start first.
        """
        weight = self._weight
        items = []
        for child, place in zip(children, places, strict=True):
            own = weight[child] if child >= 0 else mass
            power = row[place]
            items.append((own * gains[place], power * own, power, own, child))
        items.sort(key=_BY_TAIL, reverse=True)
        best = _listed(slots, items)
        other = sorted(items, key=_BY_BOTH, reverse=True)
        if other != items:
            total = _listed(slots, other)
            if total < best:
                best, items = total, other
        return best, [item[4] for item in items]

    def _with(self, replica: int, place: int, mass: float, without: int = -1) -> float:
        """Return the replica's weight with one more child of weight `mass` in a place (-1: none), and without one."""
        children = self._children[replica]
        region, weight = self._region, self._weight
        mine = region[replica]
        used = self._used[replica]
        root = replica < self._roots
        if self._contended:
            count = len(children) + (place >= 0) - (without >= 0)
            used = max(1, min(used, count + len(self.problem.holders[replica].busy) if root else count))
        row = self._powers[used - 1][mine]
        total = self._own[replica]
        if used == 1:
            gains, key = self._gains[0][mine], self._key
            # With another number of readers the keys are those of other durations.
            stale = self._contended
            rank = mass * gains[place] if place >= 0 else -1.0
            reached = self._starts[replica][1][0] if root else 1.0
            for child in children:
                if child == without:
                    continue
                if rank > (weight[child] * gains[region[child]] if stale else key[child]):
                    reached *= row[place]
                    total += reached * mass
                    rank = -1.0
                reached *= row[region[child]]
                total += reached * weight[child]
            if rank >= 0.0:
                total += reached * row[place] * mass
            return total
        if not root and not self._contended and len(children) < used:
            # All start at once.
            total = self._weight[replica]
            if without >= 0:
                total -= row[region[without]] * weight[without]
            return total + row[place] * mass if place >= 0 else total
        inside = [child for child in children if child != without]
        places = [region[child] for child in inside]
        if place >= 0:
            inside.append(-1)
            places.append(place)
        if len(inside) <= used and not root:
            if place >= 0:
                total += row[place] * mass
                inside.pop()
            return total + sum(row[region[child]] * weight[child] for child in inside)
        slots = self._starts[replica][used] if root else [1.0] * used
        return total + self._in_order(slots, row, self._gains[used - 1][mine], inside, places, mass)[0]

    def _elsewhere(self, replica: int, place: int) -> float:
        """Return the weight that the replica would have in another place, with the same children."""
        if not self._children[replica]:
            return self._owed[place]
        region = self._region
        mine, region[replica] = region[replica], place
        children = self._children[replica]
        used = self._sharing(replica)
        row, gains = self._powers[used - 1][place], self._gains[used - 1][place]
        weight = self._weight
        if len(children) == 1:
            total = row[region[children[0]]] * weight[children[0]]
        elif len(children) <= used:
            total = sum(row[region[child]] * weight[child] for child in children)
        else:
            places = [region[child] for child in children]
            total = self._in_order([1.0] * used, row, gains, children, places)[0]
        region[replica] = mine
        return self._owed[place] + total

    def _share(self, replica: int, one: int = -1, other: int = -1) -> float:
        """Return how much the total grows per weight of the replica; 0 if it is below, or is, one of two others."""
        parent, factor = self._parent, self._factor
        share = 1.0
        while replica >= 0:
            if replica == one or replica == other:  # noqa: SIM109 - a tuple costs time in the hot loop
                return 0.0
            share *= factor[replica]
            replica = parent[replica]
        return share

    def _reweigh(self, first: int, second: int) -> None:
        """Weigh two replicas and all above them anew, each after what is below it."""
        parent = self._parent
        above = []
        replica = second
        while replica >= 0:
            above.append(replica)
            replica = parent[replica]
        replica = first
        while replica >= 0 and replica not in above:
            self._weigh(replica)
            replica = parent[replica]
        for replica in above:
            self._weigh(replica)
        self._total = sum(self._weight[: self._roots]) if self._roots > 1 else self._weight[0]

    def _hang(self, replica: int, parent: int) -> None:
        self._children[self._parent[replica]].remove(replica)
        self._children[parent].append(replica)
        self._parent[replica] = parent

    def _move(self, replica: int, target: int, limit: float) -> bool:
        """Read `replica` from `target` instead, if the total grows by at most `limit`."""
        parent, weight = self._parent, self._weight
        source = parent[replica]
        share = self._share(target, replica)
        if not share:
            return False
        place, mass = self._region[replica], weight[replica]
        back = self._share(source)
        # The copy alone, were it the first, against all that is read from its source: most moves fail here.
        if share * self._fastest[self._region[target]][place] * mass > limit + back * weight[source]:
            return False
        grown = share * (self._with(target, place, mass) - weight[target])
        if grown > limit + back * weight[source]:
            return False
        grown -= back * (weight[source] - self._with(source, -1, 0.0, replica))
        if not grown <= limit:
            return False
        before = self._total
        dropped = source >= self._first_temporary and len(self._children[source]) == 1
        self._hang(replica, target)
        if dropped:
            grand = parent[source]
            self._children[grand].remove(source)
            parent[source] = -1
            # `target` may have been the temporary replica's own source.
            self._reweigh(grand, target)
        else:
            self._reweigh(source, target)
        if self._total - before <= limit:
            if dropped:
                self._unused.append(source)
                self._stored[self._region[source]].remove(source)
            return True
        if dropped:
            parent[source] = grand
            self._children[grand].append(source)
        self._hang(replica, source)
        self._reweigh(target, source)
        return False

    def _clone(self, replica: int, target: int, limit: float) -> bool:
        """Read `replica` from a new temporary copy of `target`, if the total grows by at most `limit`."""
        place = self._region[target]
        if self.problem.fastest[place][place] == math.inf:
            return False
        clone = self._new_clone(place)
        # An empty replica weighs nothing, so hanging it on changes no total yet.
        self._parent[clone] = target
        self._children[target].append(clone)
        self._weight[clone] = 0.0
        self._reweigh(clone, target)
        self._stored[place].append(clone)
        before = self._total
        if self._move(replica, clone, limit):
            return True
        self._children[target].remove(clone)
        self._parent[clone] = -1
        self._stored[place].remove(clone)
        self._unused.append(clone)
        self._reweigh(target, target)
        self._total = min(before, self._total)
        return False

    def _new_clone(self, place: int) -> int:
        """Return the number of a temporary replica that is not in the forest yet."""
        if self._unused:
            clone = self._unused.pop()
            self._region[clone] = place
        else:
            clone = len(self._region)
            for values in (self._own, self._weight, self._key):
                values.append(0.0)
            self._factor.append(1.0)
            self._region.append(place)
            self._parent.append(-1)
            self._children.append([])
            self._used.append(0)
        self._used[clone] = self.problem.fan_out[place]
        self._children[clone] = []
        return clone

    def _split(self, replica: int, limit: float) -> bool:
        """Let a new temporary copy of the replica take over some of the copies that start late."""
        place = self._region[replica]
        children = self._children[replica]
        if not children or self.problem.fastest[place][place] == math.inf:
            return False
        draw, before = self._draw, self._total
        moved = [child for child in children if draw() < 0.5]
        if not moved:
            return False
        clone = self._new_clone(place)
        for child in moved:
            self._hang(child, clone)
        self._parent[clone] = replica
        self._children[replica].append(clone)
        self._reweigh(clone, replica)
        if self._total - before <= limit:
            self._stored[place].append(clone)
            return True
        self._children[replica].remove(clone)
        for child in moved:
            self._hang(child, replica)
        self._parent[clone] = -1
        self._unused.append(clone)
        self._reweigh(replica, replica)
        return False

    def _merge(self, clone: int, limit: float) -> bool:
        """Let a temporary copy's source take over all that is read from it."""
        source, before = self._parent[clone], self._total
        moved = self._children[clone][:]
        self._children[source].remove(clone)
        self._parent[clone] = -1
        for child in moved:
            self._hang(child, source)
        self._reweigh(source, source)
        if self._total - before <= limit:
            self._unused.append(clone)
            self._stored[self._region[clone]].remove(clone)
            return True
        self._parent[clone] = source
        self._children[source].append(clone)
        for child in moved:
            self._hang(child, clone)
        self._reweigh(clone, source)
        return False

    def _exchange(self, one: int, other: int, limit: float) -> bool:
        """Exchange two replicas together with all that is read from them."""
        region, parent, weight = self._region, self._parent, self._weight
        first, second = parent[one], parent[other]
        seconds = self.problem.fastest
        if seconds[region[first]][region[other]] == math.inf or seconds[region[second]][region[one]] == math.inf:
            return False
        share = self._share(first, other)
        back = self._share(second, one)
        if not (share and back):
            return False
        powers = self._fastest
        least = share * (powers[region[first]][region[other]] * weight[other] - weight[first])
        less = back * (powers[region[second]][region[one]] * weight[one] - weight[second])
        if least + less > limit:
            return False
        grown = share * (self._with(first, region[other], weight[other], one) - weight[first])
        if grown + less > limit:
            return False
        grown += back * (self._with(second, region[one], weight[one], other) - weight[second])
        if not grown <= limit:
            return False
        before = self._total
        self._hang(one, second)
        self._hang(other, first)
        self._reweigh(first, second)
        if self._total - before <= limit:
            return True
        self._hang(one, first)
        self._hang(other, second)
        self._reweigh(first, second)
        return False

    def _relabel(self, one: int, other: int, limit: float) -> bool:
        """Exchange the regions of two wanted replicas; what is read from them stays where it is."""
        region, parent, weight = self._region, self._parent, self._weight
        first, second = parent[one], parent[other]
        share, back = self._share(first, other), self._share(second, one)
        if share and back and first != second and self._uniform:
            # Neither is above the other, so what changes can be told beforehand.
            mass = self._elsewhere(one, region[other])
            grown = share * (self._with(first, region[other], mass, one) - weight[first])
            if grown - back * weight[second] <= limit:
                mass = self._elsewhere(other, region[one])
                grown += back * (self._with(second, region[one], mass, other) - weight[second])
            if not grown <= limit:
                return False
        before = self._total
        self._swap_regions(one, other)
        if self._total - before <= limit:
            for replica, old in ((one, region[other]), (other, region[one])):
                self._stored[old].remove(replica)
                self._stored[region[replica]].append(replica)
            return True
        self._swap_regions(one, other)
        return False

    def _swap_regions(self, one: int, other: int) -> None:
        region, used, own = self._region, self._used, self._own
        region[one], region[other] = region[other], region[one]
        own[one], own[other] = own[other], own[one]
        if not self._uniform:
            # The number of slots is the region's.
            used[one], used[other] = used[other], used[one]
        self._reweigh(one, other)

    def _shift(self, clone: int, target: int, limit: float) -> bool:
        """Make a temporary copy one of `target` instead, in another region as the case may be."""
        source = self._parent[clone]
        place, old = self._region[target], self._region[clone]
        if source == target or self.problem.fastest[place][place] == math.inf or not self._share(target, clone):
            return False
        if source >= self._first_temporary and len(self._children[source]) == 1:
            return False
        if place != old and self._cloned(clone):
            return False
        before = self._total
        self._hang(clone, target)
        slots = self._used[clone]
        self._region[clone] = place
        if not self._uniform:
            self._used[clone] = self.problem.fan_out[place]
        self._reweigh(clone, source)
        self._reweigh(target, target)
        if self._total - before <= limit:
            self._stored[old].remove(clone)
            self._stored[place].append(clone)
            return True
        self._hang(clone, source)
        self._region[clone] = old
        self._used[clone] = slots
        self._reweigh(clone, target)
        self._reweigh(source, source)
        return False

    def _replant(self, replica: int, target: int, limit: float) -> bool:
        """Read `replica` from `target` instead, and grow the temporary copies of its source, or of `target`, anew."""
        source = self._parent[replica]
        if source == target or not self._share(target, replica):
            return False
        if source >= self._first_temporary and len(self._children[source]) == 1:
            return False
        before = self._total
        self._hang(replica, target)
        self._reweigh(source, target)
        if self._regrow(source if self._draw() < 0.5 else target, limit + before - self._total, before):
            return True
        self._hang(replica, source)
        self._reweigh(target, source)
        return False

    def _regrow(self, top: int, limit: float, total: float) -> bool:
        """Grow all temporary copies of a stored copy anew, for an end a little before that of a forest with this total.

        Single moves do not get there: where one copy starts a round earlier, half of the temporary copies have to come
        from elsewhere. For a given end each copy that is read from these has a latest start. Every temporary copy that is
        made earlier can be copied once more, so a slot serves only what cannot wait for another round of them, until
        there are slots for all that is left.
        """
        first, parent, children, region = self._first_temporary, self._parent, self._children, self._region
        while top >= first:
            top = parent[top]
        place = region[top]
        took = self.problem.fastest[place]
        round_s = took[place]
        family = [top]
        items: list[int] = []
        for replica in family:
            for child in children[replica]:
                (family if child >= first else items).append(child)
        if len(items) < 2 or round_s == math.inf or self._contended:
            return False
        b, powers, weight, used = self._b, self._fastest[place], self._weight, self._used
        before = self._total
        end = math.log(total) / b * (1 - _AHEAD * self._draw())
        waiting = sorted((end - math.log(powers[region[item]] * weight[item]) / b, item) for item in items)
        if top < self._roots:
            free = [(time, top) for time in self.problem.slots(top, used[top])]
        else:
            free = [(math.log(self._share(top)) / b, top)] * used[top]
        heapify(free)
        old = [(replica, parent[replica], children[replica]) for replica in family]
        old_parents = [parent[item] for item in items]
        spare = family[:0:-1]
        grown: dict[int, list[int]] = {top: []}
        served, count = 0, len(items)
        while served < count:
            time, replica = free[0]
            latest, item = waiting[served]
            if (
                latest < time + round_s
                or len(grown) > count
                or (
                    len(free) >= count - served
                    and all(slot[0] <= due[0] for slot, due in zip(sorted(free), waiting[served:], strict=False))
                )
            ):
                grown[replica].append(item)
                heapreplace(free, (time + took[region[item]], replica))
                served += 1
                continue
            clone = spare.pop() if spare else self._new_clone(place)
            grown[clone] = []
            grown[replica].append(clone)
            parent[clone] = replica
            heapreplace(free, (time + round_s, replica))
            for _slot in range(used[clone]):
                heappush(free, (time + round_s, clone))
        for clone in reversed(list(grown)):
            if not grown[clone] and clone != top:
                grown[parent[clone]].remove(clone)
                del grown[clone]
                spare.append(clone)
        self._plant(top, grown)
        if self._total - before <= limit:
            stored = self._stored[place]
            for clone in spare:
                parent[clone] = -1
                children[clone] = []
                if clone in stored:
                    stored.remove(clone)
            self._unused += spare
            stored += [clone for clone in grown if clone != top and clone not in stored]
            return True
        kept = set(family)
        fresh = [clone for clone in [*grown, *spare] if clone not in kept]
        for clone in fresh:
            parent[clone] = -1
            children[clone] = []
        self._unused += fresh
        for replica, source, read in old:
            parent[replica] = source
            children[replica] = read
        for item, source in zip(items, old_parents, strict=True):
            parent[item] = source
        for replica, _source, _read in reversed(old):
            self._weigh(replica)
        self._reweigh(top, top)
        return False

    def _plant(self, top: int, grown: Mapping[int, list[int]]) -> None:
        """Let the replicas, each after its own source, have these children."""
        for replica, read in grown.items():
            self._children[replica] = read
            for child in read:
                self._parent[child] = replica
        for replica in reversed(list(grown)):
            self._weigh(replica)
        self._reweigh(top, top)

    def _resize(self, replica: int, used: int, limit: float) -> bool:
        """Use another number of the replica's slots."""
        old, before = self._used[replica], self._total
        self._used[replica] = used
        self._reweigh(replica, replica)
        if self._total - before <= limit:
            return True
        self._used[replica] = old
        self._reweigh(replica, replica)
        return False

    def restart(self) -> None:
        """Go back to the best forest."""
        self._load(self.best)

    def run(self, moves: int, hot: float = HOT, cold: float = COLD, soft: float = SOFT, sharp: float = SHARP) -> None:
        """Anneal with a number of proposed moves, from `hot` to `cold`, and from `soft` to `sharp`."""
        count = self._first_temporary - self._roots
        if count == 0:
            return
        scale = self.best_end
        draw = self._draw
        # Each stage tabulates all links anew, which must not cost more than its moves.
        affordable = max(6, 3 * moves // len(self.problem.regions) ** 2)
        stages = max(1, min(_STAGES, moves // 50, affordable))
        for stage in range(stages):
            progress = stage / max(1, stages - 1)
            temperature = scale * hot * (cold / hot) ** progress
            sharpness = soft * (sharp / soft) ** progress / scale
            self._sharpen(sharpness)
            heat = temperature * sharpness
            lowest = math.inf
            for _proposal in range(moves // stages):
                limit = self._total * (draw() ** -heat - 1.0)
                if self._propose(limit) and self._total < lowest:
                    lowest = self._total
                    if stage * 4 >= stages:
                        self._note()
        self._note()

    def _propose(self, limit: float) -> bool:
        """Try a random move; return whether it was made, which it is if the total grows by at most `limit`."""
        draw = self._draw
        count = self._first_temporary - self._roots
        kind = draw()
        replica = self._roots + int(draw() * count)
        if self._temporary:
            if kind < _TEMPORARY:
                return self._propose_temporary(kind / _TEMPORARY, replica, limit)
            kind = (kind - _TEMPORARY) / (1 - _TEMPORARY)
        if self._contended:
            if kind < _RESIZE:
                return self._propose_size(limit)
            kind = (kind - _RESIZE) / (1 - _RESIZE)
        if kind < _MOVE:
            target = self._sender(replica)
            return target >= 0 and target != self._parent[replica] and self._move(replica, target, limit)
        other = self._partner(replica)
        if other < 0 or self._region[other] == self._region[replica]:
            return False
        if kind < _RELABEL and (self._children[replica] or self._children[other]):
            return not self._cloned(replica, other) and self._relabel(replica, other, limit)
        if kind < _EXCHANGE:
            return self._parent[other] != self._parent[replica] and self._exchange(replica, other, limit)
        return self._eject(replica, other, self._sender(other), limit)

    def _cloned(self, *replicas: int) -> bool:
        """Whether one of the replicas has temporary copies, which have to stay in its region."""
        return self._temporary and any(
            child >= self._first_temporary for replica in replicas for child in self._children[replica]
        )

    def _propose_temporary(self, kind: float, replica: int, limit: float) -> bool:
        draw = self._draw
        live = [number for number in range(self._first_temporary, len(self._region)) if self._parent[number] >= 0]
        if kind < 0.28:
            target = self._sender(replica)
            if target < 0 or not self._share(target, replica):
                return False
            return self._clone(replica, target, limit)
        if kind > 1.0 - _REGROWN:
            if draw() < 0.5:
                return self._regrow(replica if draw() < 0.3 else int(draw() * self._roots), limit, self._total)
            target = self._sender(replica)
            return target >= 0 and self._replant(replica, target, limit)
        every = self._first_temporary + len(live)
        number = int(draw() * every)
        target = number if number < self._first_temporary else live[number - self._first_temporary]
        if kind < 0.48:
            return self._split(target, limit)
        if not live:
            return False
        clone = live[int(draw() * len(live))]
        if kind < 0.64:
            return self._merge(clone, limit)
        if kind < 0.8:
            return self._shift(clone, target, limit)
        # Of all that is read from copies in its region a temporary copy may take any place.
        twins = self._stored[self._region[clone]]
        children = self._children[twins[int(draw() * len(twins))]]
        if not children:
            return False
        other = children[int(draw() * len(children))]
        return self._parent[other] != self._parent[clone] and self._exchange(clone, other, limit)

    def _propose_size(self, limit: float) -> bool:
        read = [number for number, children in enumerate(self._children) if children]
        replica = read[int(self._draw() * len(read))]
        used = 1 + int(self._draw() * self.problem.fan_out[self._region[replica]])
        return used != self._used[replica] and self._resize(replica, used, limit)

    def _partner(self, replica: int) -> int:
        """Return a wanted replica whose place this one might take, likely one that is read from a near one; -1: none."""
        draw = self._draw
        if draw() < _GUIDED:
            sender = self._sender(replica)
            children = self._children[sender] if sender >= 0 else ()
            if not children:
                return -1
            other = children[int(draw() * len(children))]
            if other >= self._first_temporary:
                return -1
        else:
            other = self._roots + int(draw() * (self._first_temporary - self._roots))
        return -1 if other == replica else other

    def _sender(self, replica: int) -> int:
        """Return a replica that this one could be read from, likely a near or an early one; -1: none."""
        draw = self._draw
        place = self._region[replica]
        if self._promising and draw() < _PROMISING:
            senders = self._promising[place]
            count = len(senders)
        else:
            kind = draw()
            senders = self._early[place] if kind < _EARLY else self._near[place]
            count = len(senders) if kind > _ANY else min(_NEAR, len(senders))
        if not count:
            return -1
        places = self._stored[senders[int(draw() * count)]]
        if not places:
            return -1
        target = places[int(draw() * len(places))] if len(places) > 1 else places[0]
        if target == replica or (not self.problem.relay and target >= self._roots):
            return -1
        return target

    def _eject(self, replica: int, other: int, target: int, limit: float) -> bool:
        """Give `replica` the place of `other`, which is read from `target` instead."""
        region, parent, weight = self._region, self._parent, self._weight
        source, place = parent[replica], parent[other]
        if target < 0 or target in (place, source) or source == place:
            return False
        if self.problem.fastest[region[place]][region[replica]] == math.inf:
            return False
        if source >= self._first_temporary and len(self._children[source]) == 1:
            return False
        share, moved = self._share(place, replica), self._share(target, other, replica)
        if not (share and moved):
            return False
        back = self._share(source)
        if moved * self._fastest[region[target]][region[other]] * weight[other] > limit + back * weight[source] + (
            share * weight[place]
        ):
            return False
        grown = share * (self._with(place, region[replica], weight[replica], other) - weight[place])
        if grown > limit + back * weight[source]:
            return False
        grown += moved * (self._with(target, region[other], weight[other]) - weight[target])
        grown -= back * (weight[source] - self._with(source, -1, 0.0, replica))
        if not grown <= limit:
            return False
        before = self._total
        self._hang(other, target)
        self._hang(replica, place)
        self._reweigh(source, target)
        self._reweigh(place, place)
        if self._total - before <= limit:
            return True
        self._hang(replica, source)
        self._hang(other, place)
        self._reweigh(source, target)
        self._reweigh(place, place)
        return False

    def rebuild(
        self, rounds: int, hot: float = 0.002, cold: float = 0.0002, soft: float = 100.0, sharp: float = 300.0
    ) -> None:
        """Ruin and recreate: take a few replicas near the end of the plan out and put each back where it costs least."""
        count = self._first_temporary - self._roots
        if count < 2:
            return
        scale = self.best_end
        draw = self._draw
        stages = max(1, min(10, rounds // 20))
        for stage in range(stages):
            progress = stage / max(1, stages - 1)
            sharpness = soft * (sharp / soft) ** progress / scale
            heat = scale * hot * (cold / hot) ** progress * sharpness
            self._sharpen(sharpness)
            lowest = self._total
            for _round in range(rounds // stages):
                limit = self._total * draw() ** -heat
                saved = (
                    self._parent[:],
                    [children[:] for children in self._children],
                    self._weight[:],
                    self._key[:],
                    self._factor[:],
                    self._total,
                )
                self._recreate(self._ruin(1 + int(draw() * draw() * 5)))
                if self._total <= limit:
                    if self._total < lowest:
                        lowest = self._total
                        self._note()
                else:
                    (self._parent, self._children, self._weight, self._key, self._factor, self._total) = saved
            self._note()

    def _late(self) -> int:
        """Return a replica on a path that ends late, the later the likelier."""
        draw = self._draw
        path = []
        replica = int(draw() * self._roots) if self._roots > 1 else 0
        while self._children[replica]:
            children = self._children[replica]
            rest = draw() * sum(self._factor[child] * self._weight[child] for child in children)
            for child in children:
                rest -= self._factor[child] * self._weight[child]
                if rest <= 0.0:
                    break
            path.append(child)
            replica = child
        return path[int(draw() * len(path))] if path else -1

    def _ruin(self, number: int) -> list[int]:
        """Take replicas out of the forest; each item keeps what is still read from it."""
        draw = self._draw
        count = self._first_temporary - self._roots
        items: list[int] = []
        for turn in range(number):
            replica = self._late() if draw() < (0.7 if turn == 0 else 0.3) else self._roots + int(draw() * count)
            # Temporary copies stay in the region of what they are copies of.
            if replica < 0 or replica >= self._first_temporary or self._parent[replica] < 0:
                continue
            above = self._parent[replica]
            self._children[above].remove(replica)
            self._parent[replica] = -1
            items.append(replica)
            if draw() < 0.5:
                freed = [child for child in self._children[replica] if child < self._first_temporary]
                for child in freed:
                    self._parent[child] = -1
                items += freed
                self._children[replica] = [child for child in self._children[replica] if child not in freed]
                self._weigh(replica)
            self._reweigh(above, above)
        return items

    def _recreate(self, items: list[int]) -> None:
        draw = self._draw
        weight, region = self._weight, self._region
        items.sort(key=lambda item: weight[item] * (0.5 + draw()), reverse=True)
        while items:
            item = items.pop(0)
            place, mine = region[item], weight[item]
            best, target = math.inf, -1
            stack = [(root, 1.0) for root in range(self._roots)]
            for replica, share in stack:
                row = self._powers[self._used[replica] - 1 if not self._contended else 0][region[replica]]
                least = share * row[place] * mine
                if least < best:
                    if draw() > 0.03:
                        grown = share * (self._with(replica, place, mine) - weight[replica])
                        if grown < best:
                            best, target = grown, replica
                    for child in self._children[replica]:
                        stack.append((child, share * self._factor[child]))
                elif share * mine < best:
                    for child in self._children[replica]:
                        stack.append((child, share * self._factor[child]))
            if target < 0:
                target = int(draw() * self._roots)
            self._children[target].append(item)
            self._parent[item] = target
            self._reweigh(target, target)

    def _note(self) -> None:
        """Keep the forest if it ends earlier than the best one."""
        forest = self.forest()
        end = arrange(self.problem, forest)
        if end < self.best_end - 1e-9:
            self.best, self.best_end = forest, end

    def forest(self) -> Forest:
        """Return the forest as it is now."""
        return forest_of(self.problem, self._parent, self._region, self._used)
