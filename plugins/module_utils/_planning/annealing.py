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
from collections.abc import Sequence

from ansible_collections.bcdr.multicloud.plugins.module_utils._planning.model import (
    Forest,
    Problem,
    distances,
    forest_of,
)
from ansible_collections.bcdr.multicloud.plugins.module_utils._planning.schedule import arrange

# Temperatures are shares of the makespan, sharpness b is in units of 1 / makespan; both go geometrically.
HOT, COLD = 0.005, 0.0003
_SOFT, _SHARP = 20.0, 90.0
_STAGES = 60
_NEAR = 12
_EARLY, _ANY = 0.4, 0.85
_LARGEST_EXPONENT = 600.0


def _power(exponent: float) -> float:
    return math.exp(exponent) if exponent < _LARGEST_EXPONENT else math.inf


class Annealer:
    """A forest under annealing. `run` changes it; `best` is the best that was seen and `best_end` when it ends."""

    def __init__(self, problem: Problem, forest: Forest, rng: random.Random) -> None:
        self.problem = problem
        self._draw = rng.random
        self._roots = problem.roots
        self._first_temporary = problem.roots + len(problem.wanted)
        self._contended = problem.contended
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
            self._own[replica] = 1.0
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
        row = self._powers[used - 1][region[replica]]
        total = self._own[replica]
        root = replica < self._roots
        if not root and len(children) <= used:
            gains = self._gains[used - 1][region[replica]]
            for child in children:
                place = region[child]
                power = row[place]
                factor[child] = power
                key[child] = weight[child] * gains[place]
                total += power * weight[child]
            if used > 1:
                children.sort(key=key.__getitem__, reverse=True)
            self._weight[replica] = total
            return
        gains = self._gains[used - 1][region[replica]]
        for child in children:
            key[child] = weight[child] * gains[region[child]]
        if used == 1:
            children.sort(key=key.__getitem__, reverse=True)
            reached = self._starts[replica][1][0] if root else 1.0
            for child in children:
                reached *= row[region[child]]
                factor[child] = reached
                total += reached * weight[child]
        else:
            slots = self._starts[replica][used] if root else [1.0] * used
            total, order = self._in_order(slots, row, children, key)
            self._children[replica] = order
            slots = slots[:]
            for child in order:
                first = min(slots)
                reached = first * row[region[child]]
                slots[slots.index(first)] = reached
                factor[child] = reached
            total += self._own[replica]
        self._weight[replica] = total

    def _in_order(
        self, slots: list[float], row: list[float], children: list[int], key: Sequence[float] | dict[int, float]
    ) -> tuple[float, list[int]]:
        """Return the lesser weight of two orders, and the order: by tail, and by copy and tail together.

        With several slots neither is always best: a long copy that nothing waits for may have to start first.
        """
        region, weight = self._region, self._weight
        best, chosen = math.inf, children
        for order in (
            sorted(children, key=key.__getitem__, reverse=True),
            sorted(children, key=lambda child: row[region[child]] * weight[child], reverse=True),
        ):
            free = slots[:]
            total = 0.0
            for child in order:
                first = min(free)
                reached = first * row[region[child]]
                free[free.index(first)] = reached
                total += reached * weight[child]
            if total < best:
                best, chosen = total, order
        return best, chosen

    def _with(self, replica: int, extra: int, without: int = -1) -> float:
        """Return the replica's weight with one more child, and without one (-1: none)."""
        children = self._children[replica]
        region, weight, key = self._region, self._weight, self._key
        mine = region[replica]
        used = self._used[replica]
        root = replica < self._roots
        if self._contended:
            count = len(children) + (extra >= 0) - (without >= 0)
            readers = count + len(self.problem.holders[replica].busy) if root else count
            used = max(1, min(used, readers))
            row, gains = self._powers[used - 1][mine], self._gains[used - 1][mine]
            inside = [child for child in children if child != without]
            if extra >= 0:
                inside.append(extra)
            slots = self._starts[replica][used] if root else [1.0] * used
            keys = {child: weight[child] * gains[region[child]] for child in inside}
            return self._own[replica] + self._in_order(slots, row, inside, keys)[0]
        row = self._powers[used - 1][mine]
        total = self._own[replica]
        if not root and len(children) < used:
            # All start at once.
            total = self._weight[replica]
            if without >= 0:
                total -= row[region[without]] * weight[without]
            return total + row[region[extra]] * weight[extra] if extra >= 0 else total
        if extra >= 0:
            place = region[extra]
            rank = weight[extra] * self._gains[used - 1][mine][place]
        else:
            place, rank = -1, -1.0
        if used == 1:
            reached = self._starts[replica][1][0] if root else 1.0
            for child in children:
                if child == without:
                    continue
                if rank > key[child]:
                    reached *= row[place]
                    total += reached * weight[extra]
                    rank = -1.0
                reached *= row[region[child]]
                total += reached * weight[child]
            if rank >= 0.0:
                total += reached * row[place] * weight[extra]
            return total
        inside = [child for child in children if child != without]
        if extra >= 0:
            inside.append(extra)
        slots = self._starts[replica][used] if root else [1.0] * used
        if len(inside) <= used and not root:
            return total + sum(row[region[child]] * weight[child] for child in inside)
        if extra >= 0:
            key = key[:]
            key[extra] = rank
        return total + self._in_order(slots, row, inside, key)[0]

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
        parent, factor = self._parent, self._factor
        source = parent[replica]
        share = 1.0
        above = target
        while above >= 0:
            if above == replica:
                return False
            share *= factor[above]
            above = parent[above]
        grown = share * (self._with(target, replica) - self._weight[target])
        share = 1.0
        above = source
        while above >= 0:
            share *= factor[above]
            above = parent[above]
        grown -= share * (self._weight[source] - self._with(source, -1, replica))
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
        if len(children) < 2 or self.problem.fastest[place][place] == math.inf:
            return False
        draw, before = self._draw, self._total
        first = int(draw() * len(children))
        moved = [child for child in children[first:] if draw() < 0.5]
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
        parent, factor = self._parent, self._factor
        first, second = parent[one], parent[other]
        seconds = self.problem.fastest
        if (
            seconds[self._region[first]][self._region[other]] == math.inf
            or seconds[self._region[second]][self._region[one]] == math.inf
        ):
            return False
        share = 1.0
        above = first
        while above >= 0:
            if above == other:
                return False
            share *= factor[above]
            above = parent[above]
        grown = share * (self._with(first, other, one) - self._weight[first])
        share = 1.0
        above = second
        while above >= 0:
            if above == one:
                return False
            share *= factor[above]
            above = parent[above]
        grown += share * (self._with(second, one, other) - self._weight[second])
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
        region = self._region
        before = self._total
        region[one], region[other] = region[other], region[one]
        self._reweigh(one, other)
        if self._total - before <= limit:
            for replica, old in ((one, region[other]), (other, region[one])):
                self._stored[old].remove(replica)
                self._stored[region[replica]].append(replica)
            return True
        region[one], region[other] = region[other], region[one]
        self._reweigh(one, other)
        return False

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

    def run(self, moves: int, hot: float = HOT, cold: float = COLD) -> None:
        """Anneal with a number of proposed moves, from `hot` to `cold`."""
        count = self._first_temporary - self._roots
        if count == 0:
            return
        scale = self.best_end
        problem, draw = self.problem, self._draw
        region, parent = self._region, self._parent
        # Each stage tabulates all links anew, which must not cost more than its moves.
        affordable = max(6, 3 * moves // len(problem.regions) ** 2)
        stages = max(1, min(_STAGES, moves // 50, affordable))
        temporary = problem.temporary and problem.relay
        for stage in range(stages):
            progress = stage / max(1, stages - 1)
            temperature = scale * hot * (cold / hot) ** progress
            sharpness = _SOFT * (_SHARP / _SOFT) ** progress / scale
            self._sharpen(sharpness)
            heat = temperature * sharpness
            lowest = math.inf
            for _proposal in range(moves // stages):
                limit = self._total * (draw() ** -heat - 1.0)
                kind = draw()
                replica = self._roots + int(draw() * count)
                changed = False
                if kind < 0.8:
                    if temporary and kind < 0.1:
                        live = [number for number in range(self._first_temporary, len(region)) if parent[number] >= 0]
                        if live:
                            replica = live[int(draw() * len(live))]
                        if kind < 0.05:
                            if live and kind < 0.02:
                                changed = self._merge(replica, limit)
                            else:
                                changed = self._split(parent[replica], limit)
                            if changed and self._total < lowest:
                                lowest = self._total
                                self._note()
                            continue
                    target = self._sender(replica)
                    if target < 0:
                        continue
                    if temporary and 0.1 <= kind < 0.2:
                        if not self._below(target, replica):
                            changed = self._clone(replica, target, limit)
                    elif target != parent[replica]:
                        changed = self._move(replica, target, limit)
                elif self._contended and kind < 0.84:
                    every = [number for number in range(len(region)) if self._children[number]]
                    replica = every[int(draw() * len(every))]
                    used = 1 + int(draw() * problem.fan_out[region[replica]])
                    if used != self._used[replica]:
                        changed = self._resize(replica, used, limit)
                else:
                    other = self._roots + int(draw() * count)
                    if other == replica or region[other] == region[replica]:
                        continue
                    if kind < 0.88:
                        if parent[other] != parent[replica]:
                            changed = self._exchange(replica, other, limit)
                    elif kind < 0.94:
                        changed = self._eject(replica, other, self._sender(other), limit)
                    else:
                        changed = self._relabel(replica, other, limit)
                if changed and self._total < lowest:
                    lowest = self._total
                    if stage * 4 >= stages:
                        self._note()
        self._note()

    def _sender(self, replica: int) -> int:
        """Return a replica that this one could be read from, likely a near or an early one; -1: none."""
        draw = self._draw
        place = self._region[replica]
        kind = draw()
        senders = self._early[place] if kind < _EARLY else self._near[place]
        if not senders:
            return -1
        places = self._stored[senders[int(draw() * (len(senders) if kind > _ANY else min(_NEAR, len(senders))))]]
        if not places:
            return -1
        target = places[int(draw() * len(places))] if len(places) > 1 else places[0]
        if target == replica or (not self.problem.relay and target >= self._roots):
            return -1
        return target

    def _eject(self, replica: int, other: int, target: int, limit: float) -> bool:
        """Give `replica` the place of `other`, which is read from `target` instead."""
        parent, factor = self._parent, self._factor
        source, place = parent[replica], parent[other]
        if target < 0 or target in (place, source) or source == place:
            return False
        if self.problem.fastest[self._region[place]][self._region[replica]] == math.inf:
            return False
        if source >= self._first_temporary and len(self._children[source]) == 1:
            return False
        share = 1.0
        above = place
        while above >= 0:
            if above == replica:
                return False
            share *= factor[above]
            above = parent[above]
        grown = share * (self._with(place, replica, other) - self._weight[place])
        share = 1.0
        above = target
        while above >= 0:
            if above in (other, replica):
                return False
            share *= factor[above]
            above = parent[above]
        grown += share * (self._with(target, other) - self._weight[target])
        share = 1.0
        above = source
        while above >= 0:
            share *= factor[above]
            above = parent[above]
        grown -= share * (self._weight[source] - self._with(source, -1, replica))
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
            if replica < 0 or self._parent[replica] < 0:
                continue
            above = self._parent[replica]
            self._children[above].remove(replica)
            self._parent[replica] = -1
            items.append(replica)
            if draw() < 0.5:
                for child in self._children[replica]:
                    self._parent[child] = -1
                    items.append(child)
                self._children[replica] = []
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
                        grown = share * (self._with(replica, item) - weight[replica])
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

    def _below(self, replica: int, top: int) -> bool:
        while replica >= 0:
            if replica == top:
                return True
            replica = self._parent[replica]
        return False

    def _note(self) -> None:
        """Keep the forest if it ends earlier than the best one."""
        forest = self.forest()
        end = arrange(self.problem, forest)
        if end < self.best_end - 1e-9:
            self.best, self.best_end = forest, end

    def forest(self) -> Forest:
        """Return the forest as it is now."""
        return forest_of(self.problem, self._parent, self._region, self._used)
