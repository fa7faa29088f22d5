# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The bounds hold for every plan, also for the best one."""

from __future__ import annotations

import itertools
import math
import random

import pytest

from ansible_collections.bcdr.multicloud.plugins.module_utils._planning import bounds
from ansible_collections.bcdr.multicloud.plugins.module_utils._planning.model import Problem
from ansible_collections.bcdr.multicloud.plugins.module_utils._planning.planner import make_plan
from ansible_collections.bcdr.multicloud.plugins.module_utils._planning.request import read_request
from ansible_collections.bcdr.multicloud.tests.unit.planning.worlds import World, exact_end, random_world

WORK = 300_000


def every_bound(problem: Problem, known: float) -> dict[str, float]:
    """Return the bounds by name; those that raise another one start from nothing, so that they show what they can."""
    found = {
        "distance": bounds.distance_bound(problem),
        "growth": bounds.growth_bound(problem),
        "sharing": bounds.sharing_bound(problem),
        "load": bounds.load_bound(problem),
        # As if a later end were known, or they would stop at the optimum by themselves.
        "price": bounds.price_bound(problem, 0.0, known * 1.3, WORK),
    }
    linprog = bounds.load_linear_solver()
    if linprog is not None:
        found["lp"] = bounds.lp_bound(problem, 0.0, known * 1.3, 40, linprog)
    return found


def worlds() -> list[World]:
    rng = random.Random(3)
    found = []
    for seed in range(24):
        world = random_world(seed, rng.choice((4, 5, 6)), per_source=rng.choice((1, 2, 3)))
        if seed % 4 == 1:
            world.relay = False
        if seed % 4 == 2:
            world.source_gbit = rng.choice((5.0, 9.0, 20.0))
        if seed % 4 == 3:
            world.existing = [{"region": "r00", "busy_s": [rng.uniform(0, 50)]}, {"region": "r02", "ready_s": 30.0}]
        found.append(world)
    return found


@pytest.mark.parametrize("seed", range(30))
def test_slots_that_are_busy_for_long_leave_the_growth_bound_below_the_optimum(seed: int) -> None:
    """Copies that are over before bring the earlier slots."""
    rng = random.Random(seed)
    world = random_world(400 + seed, 4, per_source=rng.choice((2, 3)))
    world.existing = [
        {"region": "r00", "busy_s": [rng.uniform(50, 500) for _slot in range(world.per_source - 1)]},
        {"region": "r01", "ready_s": rng.uniform(50, 500)},
    ]
    problem = read_request(world.request()).problem
    assert bounds.growth_bound(problem) <= exact_end(world) * (1 + 1e-9)


@pytest.mark.parametrize("world", worlds())
def test_no_bound_is_above_the_optimum(world: World) -> None:
    optimum = exact_end(world)
    for kind, bound in every_bound(read_request(world.request()).problem, optimum).items():
        assert bound <= optimum * (1 + 1e-9), kind


def test_the_coarse_prices_of_many_copies_prove_nothing_wrong(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bounds, "_PRICE_LARGE", 0)
    for world in worlds():
        optimum = exact_end(world)
        raised = bounds.price_bound(read_request(world.request()).problem, 0.0, optimum * 1.3, WORK // 10)
        assert 0.5 * optimum < raised <= optimum * (1 + 1e-9)


@pytest.mark.parametrize("seed", range(10))
@pytest.mark.parametrize("tau", [2.0, 15.0, 40.0])
def test_no_bound_is_above_the_optimum_with_temporary_copies(seed: int, tau: float) -> None:
    world = random_world(seed, 4, temporary=True, per_source=1 + seed % 2)
    world.seconds |= {(name, name): tau for name in world.names()}
    plan = make_plan(world.request(moves=1000))
    assert plan["proven_optimal"]
    for kind, bound in every_bound(read_request(world.request()).problem, plan["makespan_s"]).items():
        assert bound <= plan["makespan_s"] + 0.001, kind


def test_the_growth_bound_is_exact_where_all_links_are_equal() -> None:
    names = [f"r{number:02d}" for number in range(14)]
    seconds = dict.fromkeys(itertools.permutations(names, 2), 5.0)
    for per_source, rounds in ((1, 4), (2, 3), (13, 1)):
        world = World(seconds, dict.fromkeys(names[1:], 1), names[0], per_source=per_source)
        assert bounds.growth_bound(read_request(world.request()).problem) == pytest.approx(5.0 * rounds)


def test_the_price_bound_proves_more_than_growth_alone() -> None:
    world = random_world(5, 14)
    problem = read_request(world.request()).problem
    growth = max(bounds.growth_bound(problem), bounds.distance_bound(problem))
    end = make_plan(world.request(moves=20_000))["makespan_s"]
    raised = bounds.price_bound(problem, growth, end, 3_000_000)
    assert growth * 1.02 < raised <= end


def test_settled_prices_let_no_temporary_copy_pay() -> None:
    """Prices are only raised, falling ones stay so, and a temporary copy never earns more than a rounding."""
    rng = random.Random(5)
    for seed in range(12):
        world = random_world(seed, 5, temporary=True, per_source=1 + seed % 3)
        world.seconds |= {(name, name): rng.uniform(6.0, 30.0) for name in world.names()}
        grid = bounds.Grid(read_request(world.request()).problem, 130.0, rng.choice((24, 48)))
        fall = rng.uniform(0.2, 2)
        prices = [
            [math.exp(-fall * step / grid.steps) for step in range(grid.steps)] for _region in grid.problem.regions
        ]
        settled, raised = grid.settled(prices)
        assert any(raised.values())
        for row, before in zip(settled, prices, strict=True):
            assert all(price >= old for price, old in zip(row, before, strict=True))
        for clone in grid.clones:
            row = settled[clone.sender]
            left = [math.fsum(row[step:]) for step in range(grid.steps + 1)]
            for step in range(math.ceil(clone.earliest), math.floor(clone.latest) + 1):
                over = int(step + clone.takes)
                part = step + clone.takes - over
                worth = left[over] if not part else (1 - part) * left[over] + part * left[over + 1]
                assert left[step] - worth >= grid.income[clone.sender] * worth * (1 - 1e-9)


def test_any_prices_are_safe() -> None:
    """The certificate, not the search for prices, carries the proof: at the optimum no prices may show it impossible."""
    rng = random.Random(1)
    for seed in range(8):
        world = random_world(seed, 5, per_source=1 + seed % 3)
        grid = bounds.Grid(
            read_request(world.request()).problem, exact_end(world) * (1 + 1e-9), rng.choice((5, 12, 40))
        )
        for _try in range(60):
            fall = rng.uniform(0, 12)
            prices = [
                [rng.random() ** 2 * 2.0 ** (-fall * slot / grid.steps) for slot in range(grid.steps)]
                for _region in grid.problem.regions
            ]
            assert grid.excess(prices)[0] <= 1e-9 * sum(map(sum, prices))


def test_any_prices_of_the_order_are_safe() -> None:
    """What u gives to w before it has got its own copy from elsewhere may be charged for at any price."""
    rng = random.Random(2)
    for seed in range(8):
        world = random_world(50 + seed, 5, per_source=1 + seed % 3, temporary=seed % 4 == 3)
        if world.temporary:
            world.seconds |= {(name, name): 15.0 for name in world.names()}
            end = make_plan(world.request(moves=1000))["makespan_s"] + 0.001
        else:
            end = exact_end(world) * (1 + 1e-9)
        problem = read_request(world.request()).problem
        grid = bounds.Grid(problem, end, rng.choice((5, 12, 40)))
        assert len(grid.pairs) == 20
        for _try in range(60):
            fall = rng.uniform(0, 12)

            def row(fall: float = fall, grid: bounds.Grid = grid) -> list[float]:
                return [rng.random() ** 2 * 2.0 ** (-fall * slot / grid.steps) for slot in range(grid.steps)]

            prices = [row() for _region in problem.regions]
            order = {pair: row() for pair in rng.sample(grid.pairs, rng.randint(1, 20))}
            total = sum(map(sum, prices)) + sum(map(sum, order.values()))
            assert grid.excess(prices, order)[0] <= 1e-9 * total


def test_the_linear_programme_proves_more_than_prices_alone() -> None:
    linprog = bounds.load_linear_solver()
    if linprog is None:
        pytest.skip("scipy is not installed")
    world = random_world(5, 14, per_source=2)
    problem = read_request(world.request()).problem
    plan = make_plan(world.request(moves=60_000, bound="price"))
    end = plan["makespan_s"]
    raised = bounds.lp_bound(problem, plan["lower_bound_s"], end, 60, linprog)
    assert plan["lower_bound_s"] * 1.003 < raised <= end
    assert make_plan(world.request(moves=60_000, bound="lp"))["lower_bound_kind"] == "lp"
