# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The bounds that the benchmark proves by branching: on solved instances they end at the optimum, and are never above it."""

from __future__ import annotations

import random
from typing import Any

import pytest

from ansible_collections.bcdr.multicloud.plugins.module_utils._planning import bounds
from ansible_collections.bcdr.multicloud.plugins.module_utils._planning.model import Problem
from ansible_collections.bcdr.multicloud.plugins.module_utils._planning.request import read_request
from ansible_collections.bcdr.multicloud.tests.benchmarks.planning_bounds import Branch, branches, excludes, prove
from ansible_collections.bcdr.multicloud.tests.unit.planning.worlds import World, exact_end, random_world

STEPS = 20


def solver() -> Any:
    linprog = bounds.load_linear_solver()
    if linprog is None:
        pytest.skip("scipy is not installed")
    return linprog


def worlds() -> list[World]:
    rng = random.Random(11)
    found = []
    for seed in range(10):
        world = random_world(300 + seed, rng.choice((3, 4)), per_source=rng.choice((1, 2, 3)), temporary=seed % 5 == 4)
        if seed % 5 == 1:
            world.relay = False
        if seed % 5 == 2:
            world.existing = [{"region": "r00", "busy_s": [rng.uniform(0, 50)]}, {"region": "r02", "ready_s": 30.0}]
        if seed % 5 == 3:
            world.targets["r01"] = 2
        found.append(world)
    return found


@pytest.mark.parametrize("world", worlds())
def test_branching_to_the_end_proves_the_optimum(world: World) -> None:
    problem, optimum = read_request(world.request()).problem, exact_end(world)
    bound, _solved = prove(problem, 0.0, optimum, STEPS, 10_000, solver())
    assert bound == pytest.approx(optimum, rel=1e-6)


@pytest.mark.parametrize("world", worlds())
def test_no_bound_is_above_the_optimum(world: World) -> None:
    """Nothing that is known stops it there: it has to find the optimum, and to leave it in."""
    problem, optimum = read_request(world.request()).problem, exact_end(world)
    for programmes in (1, 20, 10_000):
        bound, _solved = prove(problem, 0.0, optimum * 1.2, STEPS, programmes, solver())
        assert bound <= optimum * (1 + 1e-9), programmes


@pytest.mark.parametrize("world", worlds())
def test_ends_before_the_optimum_are_excluded_and_others_are_not(world: World) -> None:
    problem, optimum = read_request(world.request()).problem, exact_end(world)
    assert excludes(problem, optimum * (1 - 1e-6), STEPS, 10_000, solver())
    assert not excludes(problem, optimum * (1 + 1e-6), STEPS, 10_000, solver())


def test_branching_proves_more_than_the_programme_alone() -> None:
    world = random_world(5, 6)
    problem, optimum = read_request(world.request()).problem, exact_end(world)
    alone = bounds.lp_bound(problem, 0.0, optimum, STEPS, solver())
    branched, solved = prove(problem, alone, optimum, STEPS, 6, solver())
    assert solved >= 1
    assert alone < branched <= optimum * (1 + 1e-9)


def beginnings(problem: Problem, latest: float, depth: int) -> list[tuple[tuple[int, float], ...]]:
    """Return the holders, by region and when they are ready, of all that can be reached in `depth` branchings."""
    open_branches = [Branch(problem)]
    for _step in range(depth):
        open_branches = [split for branch in open_branches for split in branches(branch, latest)]
    return [
        tuple(sorted((holder.region, holder.ready) for holder in branch.problem.holders)) for branch in open_branches
    ]


def test_copies_that_start_together_are_branched_over_once() -> None:
    """Two slots and three targets: three pairs and, with the second slot never used, three single copies."""
    world = random_world(6, 3, per_source=2)
    found = beginnings(read_request(world.request()).problem, 1e6, 2)
    pairs = [holders for holders in found if len(holders) == 3]
    assert len(pairs) == len(set(pairs)) == 3


def test_shared_bandwidth_is_refused() -> None:
    world = random_world(7, 3, per_source=3, source_gbit=5.0)
    with pytest.raises(ValueError, match="bandwidth"):
        list(branches(Branch(read_request(world.request()).problem), 1e6))
