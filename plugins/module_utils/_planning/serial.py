# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The best plan where only one copy may run at a time, wherever: the cheapest tree, found exactly.

The copies then run one after the other, so the plan ends after the sum of their seconds, whatever their order. The least
sum is that of the minimum arborescence (Chu and Liu 1965, Edmonds 1967) that grows from what is there.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

from ansible_collections.bcdr.multicloud.plugins.module_utils._planning.model import (
    TINY,
    Forest,
    Problem,
    duration,
    empty_forest,
)

# The one root that stands for all holders.
_ROOT = -1
_HALVINGS = 40
# What a dollar weighs at least and at most, in seconds.
_LEAST_WEIGHT, _MOST_WEIGHT = 1e-6, 1e9
Weights = dict[tuple[int, int], float]


def serial_forest(problem: Problem, slack: float = 0.0) -> Forest:
    """Return the forest whose copies take the least seconds in all.

    With `slack` it is the cheapest that is found among those that take at most that share more. Every wanted copy has to
    be within reach.
    """
    fastest = _forest(problem, 0.0)
    least = total(problem, fastest)
    best = fastest
    # Equally fast ones differ in price too.
    low, high = _LEAST_WEIGHT, _MOST_WEIGHT
    for _halving in range(_HALVINGS):
        middle = math.sqrt(low * high)
        tried = _forest(problem, middle)
        if total(problem, tried) <= least * (1 + slack) + TINY:
            low = middle
            best = min(best, tried, key=lambda forest: _price(problem, forest))
        else:
            high = middle
    return best


def total(problem: Problem, forest: Forest) -> float:
    """Return the seconds of all copies together."""
    return sum(duration(problem, forest, replica) for replica in range(problem.roots, len(forest.region)))


def _price(problem: Problem, forest: Forest) -> float:
    return sum(
        problem.price[forest.region[forest.parent[replica]]][forest.region[replica]]
        for replica in range(problem.roots, len(forest.region))
    )


def _forest(problem: Problem, per_dollar: float) -> Forest:
    """Return the best forest where a dollar counts as that many seconds; the shortest copy of a source goes first."""
    forest = empty_forest(problem)
    region, roots = forest.region, problem.roots
    wanted = range(roots, len(region))

    def weight(sender: int, receiver: int) -> float:
        seconds = problem.fastest[region[sender]][region[receiver]]
        return seconds + per_dollar * problem.price[region[sender]][region[receiver]]

    holder = {replica: min(range(roots), key=lambda root: (weight(root, replica), root)) for replica in wanted}
    weights: Weights = {(_ROOT, replica): weight(holder[replica], replica) for replica in wanted}
    if problem.relay:
        weights |= {(one, other): weight(one, other) for one in wanted for other in wanted if one != other}
    # One holder alone may not reach it, but another wanted copy may.
    parents = arborescence({edge: cost for edge, cost in weights.items() if cost < math.inf}, _ROOT)
    for replica, parent in parents.items():
        forest.parent[replica] = holder[replica] if parent == _ROOT else parent
        forest.children[forest.parent[replica]].append(replica)
    for children in forest.children:
        children.sort(key=lambda child: (duration(problem, forest, child), child))
    return forest


def arborescence(weights: Mapping[tuple[int, int], float], root: int) -> dict[int, int]:
    """Return the parent of every node but the root in the tree of least weight; `weights` by (parent, child).

    Every node has to be reachable. Of equal weights the smaller parent counts, so that the result is always the same.
    """
    best: dict[int, int] = {}
    for (parent, child), weight in sorted(weights.items()):
        if child != root and (child not in best or weight < weights[best[child], child]):
            best[child] = parent
    cycle = _cycle(best, root)
    if not cycle:
        return best
    # The cycle becomes one node; what enters it saves the edge that it replaces there.
    merged = 1 + max(node for edge in weights for node in edge)
    contracted: Weights = {}
    stands_for: dict[tuple[int, int], tuple[int, int]] = {}
    for (parent, child), weight in sorted(weights.items()):
        if parent in cycle and child in cycle:
            continue
        edge = (merged if parent in cycle else parent, merged if child in cycle else child)
        cost = weight - weights[best[child], child] if child in cycle else weight
        if edge not in contracted or cost < contracted[edge]:
            contracted[edge] = cost
            stands_for[edge] = (parent, child)
    tree = {node: best[node] for node in cycle}
    for child, parent in arborescence(contracted, root).items():
        sender, receiver = stands_for[parent, child]
        tree[receiver] = sender
    return tree


def _cycle(parents: Mapping[int, int], root: int) -> set[int]:
    """Return the nodes of one cycle, empty if there is none."""
    for start in sorted(parents):
        seen: list[int] = []
        node = start
        while node != root and node not in seen:
            seen.append(node)
            node = parents.get(node, root)
        if node != root:
            return set(seen[seen.index(node) :])
    return set()
