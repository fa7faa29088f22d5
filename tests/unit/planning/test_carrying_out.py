# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Carrying plans out: event by event, with random durations, failures and interruptions, and planning the rest anew."""

from __future__ import annotations

import heapq
import random
from typing import Any

import pytest

from ansible_collections.bcdr.multicloud.plugins.module_utils._planning.planner import make_plan
from ansible_collections.bcdr.multicloud.tests.unit.planning.worlds import World, check, measured_azure, random_world

Json = dict[str, Any]
MOVES = 600


class Cloud:
    """What is stored and what is being copied. It refuses what a cloud would refuse, and counts."""

    def __init__(self, world: World, rng: random.Random, error: float, failures: float) -> None:
        self.world, self.rng, self.error, self.failures = world, rng, error, failures
        self.now = 0.0
        self.stored: dict[str, str] = {str(world.source): "original"}
        self.running: list[tuple[float, str, str, bool]] = []  # end, target, source, fails
        self.started: dict[str, int] = {}
        self.succeeded: dict[str, int] = {}

    def start(self, source: str, target: str) -> None:
        assert source in self.stored, "read from where nothing is"
        assert target not in self.stored, "copied again"
        assert all(target != other for _end, other, _source, _fails in self.running), "copied twice at once"
        reading = sum(source == other for _end, _target, other, _fails in self.running)
        assert reading < self.world.limit("copies_per_source", source), "read too often"
        took = self.world.seconds[source, target] * self.rng.lognormvariate(0, self.error)
        heapq.heappush(self.running, (self.now + took, target, source, self.rng.random() < self.failures))
        self.started[target] = self.started.get(target, 0) + 1

    def step(self) -> None:
        self.now, target, _source, fails = heapq.heappop(self.running)
        if not fails:
            self.stored[target] = "copy"
            self.succeeded[target] = self.succeeded.get(target, 0) + 1

    def state(self) -> list[Json]:
        """Return what a plan of the rest needs to know."""
        found: list[Json] = [{"region": region} for region in sorted(self.stored)]
        for end, target, source, _fails in sorted(self.running):
            left = round(max(0.01, end - self.now), 3)
            found.append({"region": target, "ready_s": left, "copied_from": source})
        return found


def carry_out(cloud: Cloud, plan: Json, steps: int) -> bool:
    """Start what the plan allows after each event, for a number of events; return whether all is there."""
    left = {copy["id"]: copy for copy in plan["copies"]}
    region_of = {entry["id"]: entry["region"] for entry in plan["existing"]}
    region_of |= {copy["id"]: copy["target_region"] for copy in plan["copies"]}
    for _step in range(steps):
        for copy in sorted(left.values(), key=lambda copy: (copy["source_copy"], copy["order"])):
            source = copy["source_region"]
            reading = sum(source == other for _end, _target, other, _fails in cloud.running)
            arrived = all(region_of[name] in cloud.stored for name in copy["depends_on"])
            if source in cloud.stored and arrived and reading < cloud.world.limit("copies_per_source", source):
                cloud.start(source, copy["target_region"])
                del left[copy["id"]]
        if not cloud.running:
            break
        cloud.step()
    return set(cloud.world.targets) <= set(cloud.stored)


@pytest.mark.parametrize("seed", range(12))
def test_interrupted_runs_end_with_every_target_once(seed: int) -> None:
    """Killed after some events and planned anew from what is there, again and again, with failures in between."""
    rng = random.Random(seed)
    world = random_world(seed, 9, per_source=rng.choice((1, 2, 3)))
    cloud = Cloud(world, rng, 0.3, 0.15)
    done = False
    for _run in range(60):
        rest = World(world.seconds, world.targets, None, cloud.state(), per_source=world.per_source)
        plan = make_plan(rest.request(moves=MOVES))
        assert not {copy["target_region"] for copy in plan["copies"]} & set(cloud.stored)
        done = carry_out(cloud, plan, rng.randint(1, 6))
        if done:
            break
    assert done
    assert cloud.succeeded == dict.fromkeys(world.targets, 1)
    # With nothing left to do the plan is empty.
    rest = World(world.seconds, world.targets, None, cloud.state(), per_source=world.per_source)
    assert make_plan(rest.request())["copies"] == []


def test_stopped_after_any_event_the_rest_is_the_same() -> None:
    """Stopped once after each number of events in turn, planned anew and carried on: all is there, and nothing twice."""
    world = random_world(6, 8, per_source=2)
    plan = make_plan(world.request(moves=MOVES))
    whole = set(world.targets) | {str(world.source)}
    for events in range(len(plan["copies"]) + 1):
        cloud = Cloud(world, random.Random(events), 0.2, 0.0)
        carry_out(cloud, plan, events)
        before = dict(cloud.succeeded)
        rest = World(world.seconds, world.targets, None, cloud.state(), per_source=world.per_source)
        again = make_plan(rest.request(moves=MOVES))
        check(rest, again)
        assert not {copy["target_region"] for copy in again["copies"]} & {*before, *(run[1] for run in cloud.running)}
        assert carry_out(cloud, again, 1000)
        assert set(cloud.stored) == whole
        assert cloud.started == cloud.succeeded == dict.fromkeys(world.targets, 1)


@pytest.mark.parametrize("strategy", ["optimized", "nearest", "nearest_phased", "star"])
def test_an_undisturbed_run_ends_when_the_plan_says(strategy: str) -> None:
    world = random_world(4, 10, per_source=2)
    plan = make_plan(world.request(moves=MOVES, strategy=strategy))
    check(world, plan, strategy)
    cloud = Cloud(world, random.Random(1), 0.0, 0.0)
    assert carry_out(cloud, plan, 1000)
    assert cloud.now == pytest.approx(plan["makespan_s"], abs=0.01)
    assert cloud.started == dict.fromkeys(world.targets, 1)


def test_the_rest_of_a_plan_is_never_worse_than_going_on_with_it() -> None:
    """After the first copies, planning the rest ends no later than the plan itself would have."""
    world = random_world(11, 8, per_source=2)
    plan = make_plan(world.request(moves=5000))
    for moment in sorted({copy["expected_end_s"] for copy in plan["copies"]})[:-1]:
        state: list[Json] = [{"region": "r00"}]
        for copy in plan["copies"]:
            if copy["expected_end_s"] <= moment:
                state.append({"region": copy["target_region"]})
        for copy in plan["copies"]:
            if copy["expected_start_s"] < moment < copy["expected_end_s"]:
                left = round(copy["expected_end_s"] - moment, 3)
                state.append({"region": copy["target_region"], "ready_s": left, "copied_from": copy["source_region"]})
        rest = make_plan(World(world.seconds, world.targets, None, state, per_source=2).request(moves=5000))
        assert rest["makespan_s"] <= plan["makespan_s"] - moment + 0.01


def test_another_region_is_added_from_the_nearest_copy() -> None:
    seconds = measured_azure()
    there = [{"region": name} for name in ("eastus", "westeurope", "australiaeast")]
    plan = make_plan(
        World(seconds, dict.fromkeys(("westeurope", "australiaeast", "swedencentral"), 1), "eastus", there).request()
    )
    assert [(copy["source_region"], copy["target_region"]) for copy in plan["copies"]] == [
        ("westeurope", "swedencentral")
    ]


def test_a_region_that_is_down_takes_no_part() -> None:
    world = random_world(5, 6)
    world.existing = [{"region": "r01"}, {"region": "r02", "ready_s": 20, "copied_from": "r00"}]
    plan = make_plan(world.request(unavailable=["r00", "r03"]))
    assert not {"r00", "r03"} & {region for c in plan["copies"] for region in (c["source_region"], c["target_region"])}
    assert {copy["target_region"] for copy in plan["copies"]} == {"r04", "r05", "r06"}
    assert any("r03 is unavailable" in warning for warning in plan["warnings"])
