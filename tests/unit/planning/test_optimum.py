# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Small problems: the optimum, found by two other ways, and the closed forms."""

from __future__ import annotations

import itertools
import math
import random

import pytest

from ansible_collections.bcdr.multicloud.plugins.module_utils._planning.planner import make_plan
from ansible_collections.bcdr.multicloud.tests.unit.planning.worlds import World, check, exact_end, random_world


def cases() -> list[tuple[int, int, int]]:
    """100 cases (seed, targets, copies per source)."""
    rng = random.Random(7)
    sizes = [3] * 10 + [4] * 15 + [5] * 20 + [6] * 20 + [7] * 20 + [8] * 15
    return [(number, size, rng.choice((1, 1, 2, 3))) for number, size in enumerate(sizes)]


@pytest.mark.parametrize(("seed", "targets", "per_source"), cases())
def test_optimum_agrees_with_dynamic_programming(seed: int, targets: int, per_source: int) -> None:
    world = random_world(seed, targets, per_source=per_source)
    plan = make_plan(world.request(moves=2000))
    check(world, plan)
    assert plan["proven_optimal"]
    assert plan["makespan_s"] == pytest.approx(exact_end(world), abs=0.001)


@pytest.mark.parametrize("seed", range(12))
def test_optimum_with_holders_and_busy_slots(seed: int) -> None:
    rng = random.Random(seed)
    world = random_world(seed, 6, per_source=rng.choice((1, 2)))
    world.existing = [
        {"region": "r01", "ready_s": rng.uniform(0, 60)},
        {"region": "r00", "busy_s": [rng.uniform(0, 60)]},
    ]
    plan = make_plan(world.request(moves=2000))
    check(world, plan)
    assert plan["proven_optimal"]
    assert plan["makespan_s"] == pytest.approx(exact_end(world), abs=0.001)


@pytest.mark.parametrize("seed", range(12))
def test_optimum_where_readers_share_the_source(seed: int) -> None:
    rng = random.Random(seed)
    world = random_world(seed, 5, per_source=3, source_gbit=rng.choice((6.0, 10.0, 16.0)))
    plan = make_plan(world.request(moves=2000))
    check(world, plan)
    assert plan["proven_optimal"]
    assert plan["makespan_s"] == pytest.approx(exact_end(world), abs=0.001)


def brute_force(world: World) -> float:
    """Return the least end over all trees and all orders of children; one slot per copy."""
    names = world.names()
    targets = sorted(world.targets)
    best = math.inf
    for parents in itertools.product(names, repeat=len(targets)):
        tree = dict(zip(targets, parents, strict=True))
        children: dict[str, list[str]] = {name: [] for name in names}
        for child, parent in tree.items():
            children[parent].append(child)
        if any(_loops(tree, child) for child in targets):
            continue
        best = min(best, _tail(world, children, str(world.source)))
    return best


def _loops(tree: dict[str, str], child: str) -> bool:
    seen = set()
    while child in tree:
        if child in seen:
            return True
        seen.add(child)
        child = tree[child]
    return False


def _tail(world: World, children: dict[str, list[str]], name: str) -> float:
    tails = {child: _tail(world, children, child) for child in children[name]}
    best = math.inf
    for order in itertools.permutations(children[name]):
        time, end = 0.0, 0.0
        for child in order:
            time += world.seconds[name, child]
            end = max(end, time + tails[child])
        best = min(best, end)
    return best


@pytest.mark.parametrize("seed", range(10))
def test_dynamic_programming_agrees_with_brute_force(seed: int) -> None:
    """The oracle itself has an oracle."""
    world = random_world(100 + seed, 4)
    assert exact_end(world) == pytest.approx(brute_force(world), rel=1e-12)


@pytest.mark.parametrize("per_source", [1, 2, 3, 5])
@pytest.mark.parametrize("targets", [1, 2, 3, 7, 15])
def test_equal_links_grow_geometrically(targets: int, per_source: int) -> None:
    names = [f"r{number:02d}" for number in range(targets + 1)]
    seconds = dict.fromkeys(itertools.permutations(names, 2), 10.0)
    world = World(seconds, dict.fromkeys(names[1:], 1), names[0], per_source=per_source)
    plan = make_plan(world.request(moves=20000))
    check(world, plan)
    rounds = 0
    while (per_source + 1) ** rounds < targets + 1:
        rounds += 1
    assert plan["makespan_s"] == 10.0 * rounds
    assert plan["proven_optimal"]


def test_nothing_to_do() -> None:
    for targets in ({}, {"r00": 1}):
        world = random_world(1, 1)
        world.targets = dict(targets)
        plan = make_plan(world.request())
        assert (plan["copies"], plan["makespan_s"], plan["gap"], plan["proven_optimal"]) == ([], 0.0, 0.0, True)


def test_one_target_takes_its_link() -> None:
    world = random_world(2, 1)
    plan = make_plan(world.request())
    assert plan["makespan_s"] == pytest.approx(world.seconds["r00", "r01"], abs=0.001)


def test_a_relay_that_is_faster_than_the_direct_link_is_used() -> None:
    seconds = {
        ("a", "b"): 10.0,
        ("b", "c"): 10.0,
        ("a", "c"): 50.0,
        ("b", "a"): 10.0,
        ("c", "a"): 50.0,
        ("c", "b"): 10.0,
    }
    plan = make_plan(World(seconds, {"b": 1, "c": 1}, "a", per_source=2).request())
    assert plan["makespan_s"] == 20.0
    assert [copy["source_region"] for copy in plan["copies"]] == ["a", "b"]


def test_enough_slots_leave_only_the_distance() -> None:
    world = random_world(3, 10, per_source=10)
    plan = make_plan(world.request())
    distance = dict.fromkeys(world.names(), math.inf) | {"r00": 0.0}
    for _round in distance:
        for (u, v), time in world.seconds.items():
            distance[v] = min(distance[v], distance[u] + time)
    assert plan["makespan_s"] == pytest.approx(max(distance.values()), abs=0.001)
    assert plan["lower_bound_kind"] == "distance"
    assert plan["binding_limit"] == "none"


def test_free_clones_leave_only_the_distance_and_dear_ones_are_not_made() -> None:
    world = random_world(4, 7, temporary=True)
    direct = {v: world.seconds["r00", v] for v in world.targets}
    world.seconds |= {(name, name): 0.001 for name in world.names()}
    cheap = make_plan(world.request(moves=20000))
    check(world, cheap)
    assert cheap["makespan_s"] <= max(direct.values()) + 0.01
    world.seconds |= {(name, name): 10000.0 for name in world.names()}
    dear = make_plan(world.request(moves=20000))
    check(world, dear)
    assert dear["cleanup"] == []


@pytest.mark.parametrize(("seed", "slots"), [(1, 2), (2, 2), (3, 3)])
def test_without_relay_it_is_parallel_machines(seed: int, slots: int) -> None:
    """A star from one source is P||Cmax."""
    world = random_world(seed, 6, relay=False, per_source=slots)
    plan = make_plan(world.request(moves=5000))
    check(world, plan)
    times = [world.seconds["r00", target] for target in world.targets]
    least = min(
        max(sum(time for time, machine in zip(times, machines, strict=True) if machine == one) for one in range(slots))
        for machines in itertools.product(range(slots), repeat=len(times))
    )
    assert plan["proven_optimal"]
    assert plan["makespan_s"] == pytest.approx(least, abs=0.001)


@pytest.mark.parametrize("slack", [0.0, 0.1, 0.4])
@pytest.mark.parametrize("seed", range(4))
def test_the_cheapest_plan_within_the_slack_is_found(seed: int, slack: float) -> None:
    """Against all trees of four targets."""
    world = random_world(200 + seed, 4)
    rng = random.Random(seed)
    world.usd_per_gb = {link: rng.choice((0.02, 0.05, 0.08, 0.16)) for link in world.seconds}
    plan = make_plan(world.request(moves=40_000, slack=slack))
    check(world, plan)
    latest = exact_end(world) * (1 + slack) + 1e-6
    names, targets = world.names(), sorted(world.targets)
    least = math.inf
    for parents in itertools.product(names, repeat=len(targets)):
        tree = dict(zip(targets, parents, strict=True))
        if any(_loops(tree, child) for child in targets):
            continue
        usd = sum(world.usd_per_gb[parent, child] for child, parent in tree.items()) * world.size_gb
        children: dict[str, list[str]] = {name: [] for name in names}
        for child, parent in tree.items():
            children[parent].append(child)
        if usd < least and _tail(world, children, str(world.source)) <= latest:
            least = usd
    assert plan["egress_usd"] == pytest.approx(least, abs=0.01)
