# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Plans where only one copy may run at a time: they are the best there are, and never two copies run at once."""

from __future__ import annotations

import itertools
import math
import random
from typing import Any

import pytest

from ansible_collections.bcdr.multicloud.plugins.module_utils._planning.planner import make_plan
from ansible_collections.bcdr.multicloud.plugins.module_utils._planning.serial import arborescence
from ansible_collections.bcdr.multicloud.tests.unit.planning.worlds import World, check, random_world

Json = dict[str, Any]


def least_by_trying(weights: dict[tuple[int, int], float], root: int) -> float:
    """The least weight of all trees, each parent of each node tried."""
    nodes = sorted({child for _parent, child in weights})
    least = math.inf
    for parents in itertools.product([root, *nodes], repeat=len(nodes)):
        tree = dict(zip(nodes, parents, strict=True))
        if all(_leads_to(tree, node, root) for node in nodes):
            least = min(least, sum(weights.get((parent, node), math.inf) for node, parent in tree.items()))
    return least


def _leads_to(tree: dict[int, int], node: int, root: int) -> bool:
    for _step in range(len(tree) + 1):
        if node == root:
            return True
        node = tree[node]
    return False


@pytest.mark.parametrize("seed", range(40))
def test_the_tree_of_least_weight(seed: int) -> None:
    """Against all trees; few distinct weights make cycles within cycles, and missing links leave few ways."""
    rng = random.Random(seed)
    count = rng.choice([2, 3, 4, 5])
    weights = {
        (parent, child): float(rng.randint(1, 6))
        for parent in range(count + 1)
        for child in range(1, count + 1)
        if parent != child and (parent == 0 or rng.random() < 0.8)
    }
    tree = arborescence(weights, 0)
    assert set(tree) == set(range(1, count + 1))
    assert all(_leads_to(tree, node, 0) for node in tree)
    found = sum(weights[parent, child] for child, parent in tree.items())
    assert found == least_by_trying(weights, 0)
    assert arborescence(dict(sorted(weights.items(), reverse=True)), 0) == tree


def serial(world: World, **more: Any) -> Json:
    return make_plan(world.request(one_at_a_time=True, **more))


@pytest.mark.parametrize("strategy", ["optimized", "nearest", "star", "nearest_phased"])
@pytest.mark.parametrize("seed", range(6))
def test_one_after_the_other(seed: int, strategy: str) -> None:
    world = random_world(seed, 7)
    plan = serial(world, strategy=strategy)
    check(world, plan, strategy)
    spans = sorted((copy["expected_start_s"], copy["expected_end_s"]) for copy in plan["copies"])
    assert all(before[1] <= after[0] + 0.0025 for before, after in itertools.pairwise(spans))
    assert plan["makespan_s"] == pytest.approx(sum(copy["duration_s"] for copy in plan["copies"]), abs=0.02)
    best = serial(world)
    assert best["proven_optimal"]
    assert best["lower_bound_s"] == plan["lower_bound_s"] == best["makespan_s"] <= plan["makespan_s"]
    assert plan["lower_bound_kind"] == "exact"
    assert plan["binding_limit"] == "one_at_a_time"
    # It is a limit more than the planner has otherwise.
    assert make_plan(world.request(moves=500))["lower_bound_s"] <= best["makespan_s"]


def test_against_every_tree() -> None:
    world = random_world(5, 4)
    names = [str(world.source), *world.targets]
    number = {name: at for at, name in enumerate(names)}
    weights = {(number[u], number[v]): time for (u, v), time in world.seconds.items() if v != world.source and u != v}
    assert serial(world)["makespan_s"] == pytest.approx(least_by_trying(weights, 0), abs=0.01)


def test_what_runs_is_over_first() -> None:
    world = random_world(2, 5)
    first = next(iter(world.targets))
    plan = serial(world, existing=[{"region": str(world.source), "busy_s": [50]}, {"region": first, "ready_s": 50}])
    assert min(copy["expected_start_s"] for copy in plan["copies"]) == 50
    assert len(plan["copies"]) == len(world.targets) - 1


def test_the_rest_of_a_plan_is_the_plan_of_the_rest() -> None:
    """So that two runs, one of which has begun earlier, start the same copies."""
    world = random_world(4, 6)
    plan = serial(world)
    for done in range(1, len(plan["copies"])):
        there = [copy["target_region"] for copy in plan["copies"][:done]]
        rest = serial(world, existing=[{"region": region} for region in (str(world.source), *there)])
        links = [(copy["source_region"], copy["target_region"]) for copy in plan["copies"]]
        assert [(copy["source_region"], copy["target_region"]) for copy in rest["copies"]] == links[done:]


def test_several_copies_in_a_region() -> None:
    world = World({("a", "b"): 100, ("b", "b"): 10}, {"b": 3}, "a")
    plan = serial(world)
    assert plan["makespan_s"] == 120
    assert [(copy["source_region"], copy["target_region"]) for copy in plan["copies"]] == [
        ("a", "b"),
        ("b", "b"),
        ("b", "b"),
    ]


def test_no_copies_of_copies() -> None:
    world = random_world(3, 5)
    world.relay = False
    plan = serial(world)
    assert {copy["source_region"] for copy in plan["copies"]} == {world.source}


def test_cheaper_for_a_little_more_time() -> None:
    """Directly it is quicker and dearer."""
    seconds = {("a", "b"): 100.0, ("a", "c"): 105.0, ("b", "c"): 110.0}
    world = World(seconds, {"b": 1, "c": 1}, "a", usd_per_gb={("a", "b"): 0.01, ("a", "c"): 0.1, ("b", "c"): 0.01})
    quick, cheap = serial(world), serial(world, slack=0.05)
    assert (quick["makespan_s"], quick["egress_usd"]) == (205, 11.0)
    assert (cheap["makespan_s"], cheap["egress_usd"]) == (210, 2.0)
    assert not cheap["proven_optimal"]
    # Where two take equally long, the cheaper one is taken without being asked for.
    world.seconds["b", "c"] = 105.0
    assert (serial(world)["makespan_s"], serial(world)["egress_usd"]) == (205, 2.0)
