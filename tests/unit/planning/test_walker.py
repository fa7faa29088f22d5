# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Walking a plan: what is started, what waits, what is removed and when it is planned again, case by case; and a cloud
in which copies take as long as they like, break, and runs are interrupted anywhere."""

from __future__ import annotations

import random
from dataclasses import replace
from typing import Any

import pytest

from ansible_collections.bcdr.multicloud.plugins.module_utils._planning.walker import (
    BROKEN,
    COPYING,
    LEAVING,
    READY,
    Edge,
    Limits,
    Replica,
    Route,
    Steps,
    Walk,
    later_steps,
    next_steps,
    place_name,
    plan_route,
    seconds_left,
    seen_again,
    unforeseen,
)
from ansible_collections.bcdr.multicloud.tests.unit.planning.worlds import World, random_world

SOURCE = Replica("src", "src", READY)


def edge(source: str, target: str, start: float = 0.0, seconds: float = 100.0, temporary: bool = False) -> Edge:
    """An edge between places; their regions are what comes before the number."""
    return Edge(source, target, source.split("-")[0], target.split("-")[0], temporary, start, seconds)


def replica(place: str, state: str = READY, source: str = "", **fields: Any) -> Replica:
    return Replica(place, place.split("-")[0], state, source, **fields)


# The source feeds a and then b, and a feeds c.
EDGES = (edge("src", "a"), edge("src", "b", 100), edge("a", "c", 100))
ROUTE = Route(
    edges=EDGES, at_once={"src": 1, "a": 1}, expected={"a": 100, "b": 100, "c": 100}, measured=frozenset("abc")
)


def walk(*replicas: Replica, route: Route = ROUTE, name: str = "os", heavier: float = 0.0) -> Walk:
    return Walk(name, route, replicas, heavier)


def started(steps: Steps) -> list[str]:
    return [f"{one.source}>{one.target}" for _name, one in steps.start]


class TestNextSteps:
    @pytest.mark.parametrize(
        ("there", "starts"),
        [
            pytest.param([SOURCE], ["src>a"], id="at the beginning"),
            pytest.param([SOURCE, replica("a", COPYING, "src")], [], id="the only place of the source is taken"),
            pytest.param([SOURCE, replica("a")], ["src>b", "a>c"], id="a is complete, so both go on"),
            pytest.param([SOURCE, replica("a"), replica("b", COPYING, "src")], ["a>c"], id="b runs"),
            pytest.param([SOURCE, replica("a"), replica("c", COPYING, "src")], [], id="c runs, from elsewhere"),
            pytest.param([SOURCE, replica("a"), replica("b"), replica("c")], [], id="all is there"),
            pytest.param([replica("src", COPYING)], [], id="the source itself is being made"),
            pytest.param([replica("a")], ["a>c"], id="the source is gone"),
            pytest.param([SOURCE, replica("a"), replica("b", LEAVING)], ["a>c"], id="b is being deleted"),
        ],
    )
    def test_what_starts(self, there: list[Replica], starts: list[str]) -> None:
        assert started(next_steps([walk(*there)])) == starts

    def test_what_waits_says_why(self) -> None:
        steps = next_steps([walk(SOURCE, replica("a", COPYING, "src", percent=40.0))])
        assert [(one.target, why) for _name, one, why in steps.wait] == [
            ("b", "1 copies read src already"),
            ("c", "a is not complete yet (40 %)"),
        ]

    def test_a_broken_copy_is_removed_before_it_is_made_again(self) -> None:
        steps = next_steps([walk(SOURCE, replica("a", BROKEN, "src"))])
        assert steps.remove == (("os", "a"),)
        assert started(steps) == ["src>b"]

    def test_copies_of_others_count(self) -> None:
        assert started(next_steps([walk(replace(SOURCE, others=1))])) == []

    def test_places_of_the_source(self) -> None:
        route = replace(ROUTE, at_once={"src": 2, "a": 1})
        assert started(next_steps([walk(SOURCE, route=route)])) == ["src>a", "src>b"]

    @pytest.mark.parametrize(
        ("limits", "starts"),
        [
            (Limits(out=1), ["data src>a"]),
            (Limits(into=1), ["data src>a", "os src>b"]),
            (Limits(out=2), ["data src>a", "os src>a"]),
            (Limits(out=2, reading={"src": 1}), ["data src>a"]),
            (Limits(into=2, writing={"a": 2}), ["data src>b", "os src>b"]),
        ],
    )
    def test_walks_share_the_limits_of_regions_and_the_heavier_goes_first(
        self, limits: Limits, starts: list[str]
    ) -> None:
        steps = next_steps([walk(SOURCE, name="os", heavier=30), walk(SOURCE, name="data", heavier=60)], limits)
        assert [f"{name} {one.source}>{one.target}" for name, one in steps.start] == starts

    @pytest.mark.parametrize(
        ("there", "besides", "starts"),
        [
            pytest.param([], 0, ["src>a"], id="nothing runs"),
            pytest.param([], 1, [], id="something else runs"),
            pytest.param([replica("a")], 0, ["src>b"], id="one of two that could"),
            pytest.param([replica("a"), replica("b", COPYING, "src")], 0, [], id="one runs"),
            pytest.param([replica("b", COPYING, "elsewhere")], 0, [], id="one runs from a place that is not known"),
        ],
    )
    def test_one_at_a_time_wherever(self, there: list[Replica], besides: int, starts: list[str]) -> None:
        route = replace(ROUTE, at_once={"src": 3, "a": 3})
        steps = next_steps([walk(SOURCE, *there, route=route)], Limits(everywhere=1, besides=besides))
        assert started(steps) == starts
        waiting = [why for _name, one, why in steps.wait if one.source == "src"]
        assert set(waiting) <= {"1 copy runs already"}

    def test_what_left_nothing_behind_is_in_nobodys_way(self) -> None:
        steps = next_steps([walk(SOURCE, replica("a", BROKEN, gone=True))])
        assert (started(steps), steps.remove) == (["src>a"], ())

    def test_a_running_copy_takes_its_place_in_the_limits(self) -> None:
        walks = [walk(SOURCE, replica("a", COPYING, "src"), name="os"), walk(SOURCE, name="data")]
        assert next_steps(walks, Limits(out=1)).start == ()


class TestTemporary:
    place = "src-source-1"
    route = Route(
        edges=(edge("src", place, 0, 10, True), edge("src", "a", 10), edge(place, "b", 10)),
        at_once={"src": 1, place: 1},
        expected={},
    )

    def there(self, **fields: Any) -> Replica:
        return replica(self.place, temporary=True, **fields)

    @pytest.mark.parametrize(
        ("others", "removed"),
        [
            pytest.param([], False, id="b is still to be read from it"),
            pytest.param([replica("b", COPYING, place)], False, id="b is being read from it"),
            pytest.param([replica("b", BROKEN, place)], False, id="b will be read from it again"),
            pytest.param([replica("b")], True, id="b is there"),
            pytest.param([replica("b", COPYING, "src")], True, id="b is read from elsewhere"),
        ],
    )
    def test_goes_when_it_has_served(self, others: list[Replica], removed: bool) -> None:
        steps = next_steps([walk(SOURCE, self.there(), *others, route=self.route)])
        assert (("os", self.place) in steps.remove) == removed

    def test_is_not_made_when_nobody_needs_it(self) -> None:
        steps = next_steps([walk(SOURCE, replica("b"), route=self.route)])
        assert started(steps) == ["src>a"]

    def test_is_not_removed_twice(self) -> None:
        gone = replace(self.there(), state=LEAVING)
        assert next_steps([walk(SOURCE, replica("a"), replica("b"), gone, route=self.route)]).remove == ()

    def test_what_follows_if_all_goes_well(self) -> None:
        walks = [walk(SOURCE, route=self.route)]
        coming = later_steps(walks, next_steps(walks))
        assert started(coming) == ["src>a", f"{self.place}>b"]
        assert coming.remove == (("os", self.place),)


WANTED = {"a": 1, "b": 1, "c": 1}


class TestUnforeseen:
    @pytest.mark.parametrize(
        ("there", "down", "reason"),
        [
            pytest.param([SOURCE], [], "", id="as planned"),
            pytest.param([SOURCE, replica("a", COPYING, "b")], [], "", id="somebody has started it from elsewhere"),
            pytest.param([SOURCE, replica("a", BROKEN, "src")], [], "a broke", id="a copy broke"),
            pytest.param([replica("src", BROKEN)], [], "src broke", id="the source broke"),
            pytest.param([], [], "src is gone", id="the source is gone"),
            pytest.param([SOURCE], ["c"], "c cannot be reached", id="a target is down"),
            pytest.param([SOURCE, replica("a")], ["src"], "src cannot be reached", id="the source is down"),
            pytest.param([SOURCE, replica("a"), replica("b"), replica("c")], ["src"], "", id="the source has served"),
            pytest.param([SOURCE, replica("a", COPYING, "src", elapsed=149.0)], [], "", id="late"),
            pytest.param([SOURCE, replica("a", COPYING, "src", elapsed=151.0)], [], "a has stalled", id="stalled"),
            pytest.param(
                [SOURCE, replica("a"), replica("b"), replica("c", COPYING, "a", elapsed=999.0)],
                [],
                "",
                id="stalled, but nobody waits for it",
            ),
        ],
    )
    def test_reasons(self, there: list[Replica], down: list[str], reason: str) -> None:
        assert unforeseen(walk(*there), WANTED, down) == reason

    def test_what_was_known_is_no_news(self) -> None:
        route = replace(ROUTE, broken=frozenset(["a"]), stalled=frozenset(["a"]))
        assert unforeseen(walk(SOURCE, replica("a", BROKEN, "src"), route=route), WANTED) == ""
        late = replica("a", COPYING, "src", elapsed=999.0)
        assert unforeseen(walk(SOURCE, late, route=route), WANTED) == ""
        # It was made again, and breaks again.
        again = seen_again(route, [SOURCE, late])
        assert unforeseen(walk(SOURCE, replica("a", BROKEN, "src"), route=again), WANTED) == "a broke"

    def test_longer_than_an_estimate_is_no_news(self) -> None:
        late = replica("a", COPYING, "src", elapsed=999.0)
        assert unforeseen(walk(SOURCE, late, route=replace(ROUTE, measured=frozenset())), WANTED) == ""

    def test_a_region_that_is_back_is_planned(self) -> None:
        assert unforeseen(walk(SOURCE), {**WANTED, "d": 1}) == "d is not planned"
        assert unforeseen(walk(SOURCE), {**WANTED, "d": 1}, ["d"]) == ""
        assert unforeseen(walk(SOURCE), {**WANTED, "c": 2}) == "c-2 is not planned"

    def test_what_is_closed_is_neither_read_nor_written(self) -> None:
        assert unforeseen(walk(SOURCE), {"a": 1, "b": 1}, closed=["c"]) == "c is closed"
        assert unforeseen(walk(SOURCE, replica("a")), {"b": 1, "c": 1}, closed=["a"]) == "a is closed"

    def test_places_that_are_closed_are_not_missed(self) -> None:
        route = replace(ROUTE, edges=EDGES[:2])
        assert unforeseen(walk(SOURCE, route=route), {**WANTED, "c": 1}, closed=["c"]) == "c-2 is not planned"
        route = replace(ROUTE, edges=(*EDGES[:2], edge("a", "c-2", 100)))
        assert unforeseen(walk(SOURCE, route=route), {**WANTED, "c": 1}, closed=["c"]) == ""


@pytest.mark.parametrize(
    ("percent", "elapsed", "expected", "left"),
    [
        (None, 40.0, 100.0, 60.0),
        (50.0, 40.0, 100.0, 40.0),
        (0.0, 40.0, 100.0, 60.0),
        (None, 140.0, 100.0, 50.0),
        (99.9, 1000.0, 100.0, 1.001),
        (None, 99.9, 100.0, 1.0),
    ],
)
def test_how_long_a_copy_needs_still(percent: float | None, elapsed: float, expected: float, left: float) -> None:
    assert seconds_left(replica("a", COPYING, "src", percent=percent, elapsed=elapsed), expected) == left


def options(world: World, **more: Any) -> dict[str, Any]:
    """What the planner needs of a world, besides what the walker says."""
    request = world.request(moves=400, **more)
    return {key: value for key, value in request.items() if key not in ("source", "targets", "existing")}


class TestPlanRoute:
    world = random_world(7, 5)
    regions = sorted(world.targets)
    home = str(world.source)

    def test_every_wanted_replica_gets_its_place(self) -> None:
        wanted = dict.fromkeys(self.regions, 2)
        there = [Replica(self.home, self.home, READY), Replica(f"{self.regions[0]}-2", self.regions[0], READY)]
        route = plan_route(options(self.world), wanted, there)
        expected = {place_name(region, number) for region in self.regions for number in (1, 2)}
        assert {one.target for one in route.edges} == expected - {f"{self.regions[0]}-2"}
        sources = {self.home, f"{self.regions[0]}-2", *(one.target for one in route.edges)}
        assert {one.source for one in route.edges} <= sources

    def test_copies_under_way_are_kept_and_hold_their_slots(self) -> None:
        wanted = dict.fromkeys(self.regions, 1)
        first = self.regions[0]
        there = [
            Replica(self.home, self.home, READY),
            Replica(first, first, COPYING, self.home, elapsed=1.0, percent=1.0),
        ]
        route = plan_route(options(self.world), wanted, there)
        assert first not in {one.target for one in route.edges}
        assert started(next_steps([Walk("os", route, tuple(there))])) == []

    def test_places_that_are_closed_get_nothing(self) -> None:
        world = random_world(3, 4)
        first, *others = world.targets
        source = Replica(str(world.source), str(world.source), READY)
        wanted = {first: 2, **dict.fromkeys(others, 1)}
        route = plan_route(options(world), wanted, [source], closed=[first, f"{first}-3"])
        assert sorted(one.target for one in route.edges) == sorted([f"{first}-2", f"{first}-4", *others])

    def test_broken_ones_are_planned_again_and_what_is_down_is_left_out(self) -> None:
        wanted = dict.fromkeys(self.regions, 1)
        broken, down = self.regions[0], self.regions[1]
        there = [Replica(self.home, self.home, READY), Replica(broken, broken, BROKEN, self.home)]
        route = plan_route(options(self.world), wanted, there, [down])
        assert {one.target for one in route.edges} == set(self.regions) - {down}
        assert route.broken == {broken}


class Cloud:
    """Stored replicas and copies under way, on a clock of its own; copies take what they take, and some break."""

    def __init__(self, world: World, rng: random.Random, error: float, failures: float) -> None:
        self.world, self.rng, self.error, self.failures = world, rng, error, failures
        self.now = 0.0
        home = str(world.source)
        self.replicas = {home: Replica(home, home, READY)}
        self.ends: dict[str, tuple[float, float, bool]] = {}
        self.arrivals: dict[str, int] = {}

    def start(self, one: Edge) -> None:
        source = self.replicas[one.source]
        assert source.state == READY, "read before it is complete"
        assert one.target not in self.replicas, "made twice"
        reading = [other for other in self.replicas.values() if other.state == COPYING and other.source == one.source]
        assert len(reading) < self.world.limit("copies_per_source", one.source_region), "read too often"
        took = self.world.seconds[one.source_region, one.region] * self.rng.lognormvariate(0, self.error)
        self.replicas[one.target] = Replica(one.target, one.region, COPYING, one.source, temporary=one.temporary)
        self.ends[one.target] = (self.now, self.now + took, self.rng.random() < self.failures)

    def pass_time(self) -> None:
        place = min(self.ends, key=lambda name: self.ends[name][1])
        _began, self.now, breaks = self.ends.pop(place)
        state = BROKEN if breaks else READY
        self.replicas[place] = replace(self.replicas[place], state=state)
        if not breaks:
            self.arrivals[place] = self.arrivals.get(place, 0) + 1

    def look(self) -> tuple[Replica, ...]:
        def seen(one: Replica) -> Replica:
            if one.state != COPYING:
                return one
            began, end, _breaks = self.ends[one.place]
            percent = 100 * (self.now - began) / (end - began)
            return replace(one, elapsed=self.now - began, percent=percent)

        return tuple(seen(one) for one in self.replicas.values())


def run(cloud: Cloud, wanted: dict[str, int], events: int) -> bool:
    """One run: plan from what is there, follow the plan for some events; return whether all is there."""
    route: Route | None = None
    for _event in range(events):
        there = cloud.look()
        if route is not None:
            route = seen_again(route, there)
        if route is None or unforeseen(Walk("os", route, there), wanted):
            route = plan_route(options(cloud.world), wanted, there, (), route)
        steps = next_steps([Walk("os", route, there)])
        for _name, place in steps.remove:
            del cloud.replicas[place]
        for _name, one in steps.start:
            cloud.start(one)
        if not cloud.ends and not steps.remove:
            break
        if cloud.ends:
            cloud.pass_time()
    return all(cloud.replicas.get(place, SOURCE).state == READY and place in cloud.replicas for place in wanted)


@pytest.mark.parametrize("seed", range(10))
def test_interrupted_runs_with_failures_end_with_every_region_once(seed: int) -> None:
    rng = random.Random(seed)
    world = random_world(seed, 8, per_source=rng.choice((1, 2, 3)))
    wanted = dict.fromkeys(sorted(world.targets), 1)
    cloud = Cloud(world, rng, 0.4, 0.2)
    for _run in range(80):
        if run(cloud, wanted, rng.randint(1, 8)):
            break
    assert run(cloud, wanted, 1)
    assert cloud.arrivals == dict.fromkeys(wanted, 1)
    assert not cloud.ends


def test_undisturbed_it_takes_as_long_as_planned() -> None:
    world = random_world(4, 9, per_source=2)
    wanted = dict.fromkeys(sorted(world.targets), 1)
    cloud = Cloud(world, random.Random(1), 0.0, 0.0)
    plan = plan_route(options(world), wanted, cloud.look()).plan
    assert run(cloud, wanted, 1000)
    assert cloud.now == pytest.approx(plan["makespan_s"], abs=0.01)
