# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Any request: the plan is valid, its bound holds, and it does not depend on what must not matter."""

from __future__ import annotations

import itertools
import json
import os
import random
import subprocess
import sys
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ansible_collections.bcdr.multicloud.plugins.module_utils._planning.annealing import Annealer
from ansible_collections.bcdr.multicloud.plugins.module_utils._planning.model import PlanningError
from ansible_collections.bcdr.multicloud.plugins.module_utils._planning.planner import make_plan
from ansible_collections.bcdr.multicloud.plugins.module_utils._planning.request import STRATEGIES, read_request
from ansible_collections.bcdr.multicloud.plugins.module_utils._planning.schedule import (
    arrange,
    evaluate,
    makespan,
    schedule,
)
from ansible_collections.bcdr.multicloud.plugins.module_utils._planning.strategies import earliest_completion
from ansible_collections.bcdr.multicloud.tests.unit.planning.worlds import World, check, random_world

Json = dict[str, Any]
MOVES = 1500
calm = settings(max_examples=60, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
times = st.floats(min_value=0.5, max_value=200, allow_nan=False).map(lambda value: round(value, 3))


@st.composite
def worlds(draw: st.DrawFn, most: int = 7, limits: bool = True) -> World:
    """Worlds with everything in them: missing links, several copies, holders, in-flight copies, limits, contention."""
    count = draw(st.integers(1, most))
    names = [f"r{number}" for number in range(count + 1)]
    seconds = {link: draw(times) for link in itertools.permutations(names, 2)}
    for link in draw(st.lists(st.sampled_from(sorted(seconds)), max_size=count, unique=True)):
        if link[0] != names[0]:
            del seconds[link]
    targets = {name: draw(st.sampled_from((1, 1, 1, 2))) for name in names[1:]}
    temporary = draw(st.booleans())
    if temporary or max(targets.values()) > 1:
        seconds |= {(name, name): draw(times) for name in names}
    world = World(
        seconds,
        targets,
        names[0],
        per_source=draw(st.integers(1, 4)),
        relay=draw(st.sampled_from((True, True, True, False))),
        temporary=temporary,
        source_gbit=draw(st.sampled_from((None, None, 4.0, 12.0))),
        usd_per_gb={link: draw(st.sampled_from((0.0, 0.02, 0.08))) for link in seconds if link[0] != link[1]},
    )
    if limits and draw(st.booleans()):
        world.per_region = draw(st.one_of(st.none(), st.integers(1, 3)))
        world.per_destination = draw(st.one_of(st.none(), st.integers(1, 2)))
        world.region_limits = {names[-1]: {"copies_per_source": draw(st.integers(1, 3))}}
    if draw(st.booleans()):
        busy = draw(st.lists(times, max_size=2))
        world.existing = [{"region": names[0], "busy_s": busy}]
        if draw(st.booleans()):
            world.existing.append({"region": names[-1], "ready_s": draw(times)})
    return world


@calm
@given(world=worlds(), strategy=st.sampled_from(STRATEGIES), slack=st.sampled_from((0.0, 0.0, 0.2)))
def test_every_plan_is_valid(world: World, strategy: str, slack: float) -> None:
    try:
        plan = make_plan(world.request(moves=MOVES, strategy=strategy, slack=slack))
    except PlanningError as error:
        # A simple strategy may need a link that is missing; the message names what.
        if strategy == "optimized" or not ("no allowed link" in str(error) or "relay" in str(error)):
            raise
        return
    check(world, plan, strategy)
    json.dumps(plan, allow_nan=False)


@pytest.mark.parametrize("seed", range(4))
def test_limits_that_differ_by_region_are_kept(seed: int) -> None:
    """The number of slots is the region's, wherever in the plan the search puts the region."""
    world = random_world(seed, 12, per_source=1, temporary=seed % 2 == 1)
    world.region_limits = {f"r{number:02d}": {"copies_per_source": 1 + number % 4} for number in range(13)}
    if world.temporary:
        world.seconds |= {(name, name): 20.0 for name in world.names()}
    check(world, make_plan(world.request(moves=20_000, bound="price")))


@calm
@given(world=worlds())
def test_never_worse_than_any_other_strategy(world: World) -> None:
    plan = make_plan(world.request(moves=MOVES))
    for other in plan["alternatives"]:
        if other["makespan_s"] is not None:
            assert plan["makespan_s"] <= other["makespan_s"] + 0.0015, other
    problem = read_request(world.request()).problem
    assert plan["makespan_s"] <= evaluate(problem, earliest_completion(problem)) + 0.0015


@calm
@given(world=worlds(limits=False), seed=st.integers(0, 5))
def test_evaluation_and_schedule_agree_after_every_search(world: World, seed: int) -> None:
    """Equal tails once made two ways of timing a plan differ."""
    problem = read_request(world.request()).problem
    if not problem.wanted or problem.limited:
        return
    annealer = Annealer(problem, earliest_completion(problem), random.Random(seed))
    for search in (lambda: annealer.run(600), lambda: annealer.rebuild(40)):
        search()
        assert makespan(problem, schedule(problem, annealer.best)) == pytest.approx(annealer.best_end, rel=1e-12)
        assert arrange(problem, annealer.best.copy()) == pytest.approx(annealer.best_end, rel=1e-9)


@pytest.mark.parametrize("seed", range(6))
def test_order_of_the_input_does_not_matter(seed: int) -> None:
    world = random_world(seed, 11, per_source=1 + seed % 3, usd_per_gb={("r00", "r01"): 0.1})
    request = world.request(moves=4000, slack=0.05)
    plan = make_plan(request)
    rng = random.Random(seed)
    shuffled = {
        key: rng.sample(value, len(value)) if isinstance(value, list) else value for key, value in request.items()
    }
    keys = list(shuffled)
    rng.shuffle(keys)
    assert make_plan({key: shuffled[key] for key in keys}) == plan
    assert make_plan(request) == plan


def test_hash_seed_does_not_matter() -> None:
    code = (
        "import json, sys; from ansible_collections.bcdr.multicloud.plugins.module_utils._planning.planner import make_plan;"
        "print(json.dumps(make_plan(json.load(sys.stdin))))"
    )
    request = random_world(9, 12, per_source=2, temporary=True).request(moves=4000, in_region_seconds=15)
    answers = {
        subprocess.run(
            [sys.executable, "-c", code],
            input=json.dumps(request),
            env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": os.pathsep.join(sys.path)},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("0", "1", "random")
    }
    assert len(answers) == 1


@pytest.mark.parametrize("seed", range(5))
def test_scaled_times_scale_the_plan(seed: int) -> None:
    world = random_world(seed, 7, per_source=2)
    plan = make_plan(world.request(moves=MOVES))
    world.seconds = {link: time * 8 for link, time in world.seconds.items()}
    assert make_plan(world.request(moves=MOVES))["makespan_s"] == pytest.approx(plan["makespan_s"] * 8, abs=0.02)


@pytest.mark.parametrize("seed", range(5))
def test_names_do_not_matter_to_the_end(seed: int) -> None:
    world = random_world(seed, 7)
    end = make_plan(world.request(moves=MOVES))["makespan_s"]
    new = dict(zip(world.names(), reversed([f"x{number}" for number in range(8)]), strict=True))
    world = World(
        {(new[u], new[v]): time for (u, v), time in world.seconds.items()},
        {new[name]: 1 for name in world.targets},
        new["r00"],
    )
    assert make_plan(world.request(moves=MOVES))["makespan_s"] == pytest.approx(end, abs=0.001)


@pytest.mark.parametrize("seed", range(8))
def test_more_means_never_end_later(seed: int) -> None:
    """On proven optima: more slots, a faster link, or cheaper clones never make it end later."""
    world = random_world(seed, 6, temporary=True)
    world.seconds |= {(name, name): 25.0 for name in world.names()}

    def end() -> float:
        plan = make_plan(world.request(moves=MOVES))
        check(world, plan)
        assert plan["proven_optimal"]
        return float(plan["makespan_s"])

    before = end()
    world.seconds |= {(name, name): 12.0 for name in world.names()}
    clones = end()
    assert clones <= before + 0.001
    world.seconds["r00", "r03"] *= 0.5
    faster = end()
    assert faster <= clones + 0.001
    world.per_source = 2
    assert end() <= faster + 0.001


@pytest.mark.parametrize("seed", range(6))
def test_less_to_do_never_ends_later(seed: int) -> None:
    """On proven optima, without a target that is too far away to be read by any other."""
    world = random_world(20 + seed, 7, per_source=1 + seed % 2)
    world.seconds |= {(u, v): 300.0 for u, v in world.seconds if v == "r07"}
    ends = []
    for _round in range(2):
        plan = make_plan(world.request(moves=MOVES))
        check(world, plan)
        assert plan["proven_optimal"]
        ends.append(plan["makespan_s"])
        world.targets.pop("r07", None)
    assert ends[1] < ends[0]


@pytest.mark.parametrize("per_source", [1, 2, 3])
@pytest.mark.parametrize("temporary", [False, True])
def test_ties_do_not_part_evaluation_and_schedule(per_source: int, temporary: bool) -> None:
    """Links of three lengths only: most tails and ends are equal."""
    world = random_world(per_source, 14, per_source=per_source, temporary=temporary)
    rng = random.Random(per_source)
    world.seconds = {link: float(rng.choice((10, 20, 30))) for link in world.seconds}
    if temporary:
        world.seconds |= {(name, name): 10.0 for name in world.names()}
    problem = read_request(world.request()).problem
    annealer = Annealer(problem, earliest_completion(problem), random.Random(1))
    for search in (lambda: annealer.run(4000), lambda: annealer.rebuild(60)):
        search()
        end = makespan(problem, schedule(problem, annealer.best))
        assert end == pytest.approx(annealer.best_end, rel=1e-12)
        assert arrange(problem, annealer.best.copy()) == pytest.approx(end, rel=1e-12)
    check(world, make_plan(world.request(moves=4000, bound="price")))


@settings(parent=calm, max_examples=25)
@given(world=worlds(), slack=st.sampled_from((0.0, 0.05, 0.3)))
def test_slack_buys_cheaper_plans_and_keeps_its_word(world: World, slack: float) -> None:
    fast = make_plan(world.request(moves=MOVES))
    cheap = make_plan(world.request(moves=MOVES, slack=slack))
    assert cheap["makespan_s"] <= fast["makespan_s"] * (1 + slack) + 0.002
    assert cheap["egress_usd"] <= fast["egress_usd"] + 0.011
    check(world, cheap)
