# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Carrying a replication plan out, one look at a time: which copies to start now, which to remove, when to plan again.

Nothing here knows a provider. What is copied (the *thing*: one disk of an image, one recovery point) has replicas at
*places*. A place is a region and a number, so that every replica has a name before it exists: `place_name`. A plan is
bound to places once (`plan_route`) and then followed by what is there, never by the clock (`next_steps`), until
something happens that it did not foresee (`unforeseen`).
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from ansible_collections.bcdr.multicloud.plugins.module_utils._planning.costs import DISTANCE
from ansible_collections.bcdr.multicloud.plugins.module_utils._planning.planner import make_plan
from ansible_collections.bcdr.multicloud.plugins.module_utils._planning.request import read_request

READY, COPYING, BROKEN, LEAVING = "ready", "copying", "broken", "leaving"
# A copy that takes longer than this many times what was expected has stalled: what waits for it is planned anew.
STALLED = 1.5
# The plan's times are rounded, so that a copy may seem to begin a little before the one in its place is over.
_ROUNDING = 0.01
# The least that a copy under way is taken to need still.
_LEAST_LEFT = 1.0


@dataclass(frozen=True)
class Replica:
    """A replica of the thing as it is found: `state` is READY, COPYING, BROKEN or LEAVING (being deleted).

    Of one that is being copied, `source` is the place that it is read from, `elapsed` for how many seconds, `percent`
    how far it is, each if known. `others` counts copies that read it and are none of the replicas. A BROKEN one that
    left nothing behind (`gone`) is in nobody's way.
    """

    place: str
    region: str
    state: str
    source: str = ""
    elapsed: float | None = None
    percent: float | None = None
    temporary: bool = False
    others: int = 0
    gone: bool = False


@dataclass(frozen=True)
class Edge:
    """A copy that is to be made; times in seconds from the moment of planning. `within`: within its region."""

    source: str
    target: str
    source_region: str
    region: str
    temporary: bool
    start: float
    seconds: float

    @property
    def within(self) -> bool:
        return self.source_region == self.region


@dataclass(frozen=True)
class Route:
    """A plan bound to places.

    `at_once` is how many copies it reads from a place at once at most, `expected` how long the copy to a place takes in
    all, and `measured` are the places of which that is no mere estimate. `broken` and `stalled` are the places where that
    was known when it was planned.
    """

    plan: Mapping[str, Any] = field(default_factory=dict)
    edges: tuple[Edge, ...] = ()
    at_once: Mapping[str, int] = field(default_factory=dict)
    expected: Mapping[str, float] = field(default_factory=dict)
    measured: frozenset[str] = frozenset()
    broken: frozenset[str] = frozenset()
    stalled: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Walk:
    """One thing on its way: its route and what is there of it now. A `heavier` thing goes first where both could."""

    name: str
    route: Route
    replicas: tuple[Replica, ...]
    heavier: float = 0.0


@dataclass(frozen=True)
class Limits:
    """The most copies at once per region that is read from (`out`) and written to (`into`), with what runs there that is
    none of the walks' copies (`reading`, `writing`); and in all, wherever (`everywhere`), with what runs besides (`besides`).
    """

    out: int | None = None
    into: int | None = None
    reading: Mapping[str, int] = field(default_factory=dict)
    writing: Mapping[str, int] = field(default_factory=dict)
    everywhere: int | None = None
    besides: int = 0


@dataclass(frozen=True)
class Steps:
    """What to do now: edges to start, edges that wait and why, places whose replica is to be removed (broken ones in the
    way, and temporary ones that have served). The first of each pair is the walk's name."""

    start: tuple[tuple[str, Edge], ...] = ()
    wait: tuple[tuple[str, Edge, str], ...] = ()
    remove: tuple[tuple[str, str], ...] = ()


def place_name(region: str, number: int = 1, temporary: bool = False) -> str:
    """Return the name of a region's `number`-th wanted or temporary replica: eastus, eastus-2, eastus-source-1."""
    if temporary:
        return f"{region}-source-{number}"
    return region if number == 1 else f"{region}-{number}"


def plan_route(
    options: Mapping[str, Any],
    wanted: Mapping[str, int],
    replicas: Sequence[Replica],
    unavailable: Iterable[str] = (),
    before: Route | None = None,
    closed: Iterable[str] = (),
) -> Route:
    """Plan the best continuation from what is there, and bind it to places.

    `options` are the planner's (the lookup replication_plan describes them) without what is given here: `wanted` copies
    per region, the `replicas`, regions that are `unavailable`, and the route `before` this one, by which copies under way
    were started. Broken replicas count as absent. Places that are `closed` get no replica, and `wanted` does not count
    them. Raises PlanningError.
    """
    down = set(unavailable)
    there = [replica for replica in replicas if replica.state in (READY, COPYING) and replica.region not in down]
    request = {
        **options,
        "targets": [{"region": region, "copies": count} for region, count in sorted(wanted.items())],
        "unavailable": sorted(down),
    }
    before = before or Route()
    known = dict(before.expected)
    left = _seconds_left(request, there, known)
    holders = [
        (replica.region, left.get(replica.place, 0.0), _busy(replica, there, left), replica) for replica in there
    ]
    holders.sort(key=lambda holder: holder[:3])
    request["existing"] = [
        {"region": region, "ready_s": ready, "busy_s": list(busy)} for region, ready, busy, _replica in holders
    ]
    plan = make_plan(request)
    places = {entry["id"]: holder[3].place for entry, holder in zip(plan["existing"], holders, strict=True)}
    taken = {replica.place for replica in there} | set(closed)
    for copy in plan["copies"]:
        place = _free_place(copy["target_region"], copy["temporary"], taken)
        taken.add(place)
        places[copy["id"]] = place
    edges = tuple(
        Edge(
            source=places[copy["source_copy"]],
            target=places[copy["id"]],
            source_region=copy["source_region"],
            region=copy["target_region"],
            temporary=copy["temporary"],
            start=copy["expected_start_s"],
            seconds=copy["duration_s"],
        )
        for copy in plan["copies"]
    )
    busy_now = {holder[3].place: holder[2] for holder in holders}
    at_once = {source: _most_at_once(source, edges, busy_now) for source in {edge.source for edge in edges}}
    known.update({edge.target: edge.seconds for edge in edges})
    broken = frozenset(replica.place for replica in replicas if replica.state == BROKEN)
    measured = before.measured | {
        edge.target for edge, copy in zip(edges, plan["copies"], strict=True) if copy["duration_basis"] != DISTANCE
    }
    route = Route(plan, edges, at_once, known, frozenset(measured), broken)
    return replace(route, stalled=frozenset(replica.place for replica in there if _stalled(replica, route)))


def seen_again(route: Route, replicas: Iterable[Replica]) -> Route:
    """Return the route without the broken places that have a replica again: should that break too, it is news."""
    mended = route.broken & {replica.place for replica in replicas if replica.state in (READY, COPYING)}
    return replace(route, broken=route.broken - mended) if mended else route


def _seconds_left(request: Mapping[str, Any], there: Sequence[Replica], expected: dict[str, float]) -> dict[str, float]:
    """Return for each place that is being copied to in how many seconds it is taken to be ready; adds to `expected`
    what it takes in all."""
    copying = [replica for replica in there if replica.state == COPYING]
    if not copying:
        return {}
    region_of = {replica.place: replica.region for replica in there}
    links = _links(request, [replica.region for replica in there])
    left = {}
    for replica in copying:
        if replica.place not in expected:
            pair = (region_of.get(replica.source, ""), replica.region)
            expected[replica.place] = links.get(pair, 0.0)
        left[replica.place] = seconds_left(replica, expected[replica.place])
    return left


def _links(request: Mapping[str, Any], held: Sequence[str]) -> dict[tuple[str, str], float]:
    """Return the seconds of every link that the request knows, as for a copy that shares its source with no other."""
    read = read_request({**request, "existing": [{"region": region} for region in held]})
    return {
        (sender.name, receiver.name): known.seconds
        for sender, row in zip(read.regions, read.links, strict=True)
        for receiver, known in zip(read.regions, row, strict=True)
        if known.seconds < float("inf")
    }


def seconds_left(replica: Replica, expected: float) -> float:
    """Return how long a copy under way is taken to need still: by how far it is, else by what was expected."""
    elapsed = replica.elapsed or 0.0
    if replica.percent and elapsed > 0:
        left = elapsed * (100.0 - replica.percent) / replica.percent
    elif elapsed > expected:
        # Late, and nobody knows how late.
        left = expected * (STALLED - 1)
    else:
        left = expected - elapsed
    return max(_LEAST_LEFT, round(left, 3))


def _busy(replica: Replica, there: Sequence[Replica], left: Mapping[str, float]) -> tuple[float, ...]:
    """Return for each copy that reads the replica in how many seconds it is over."""
    own = [left[other.place] for other in there if other.state == COPYING and other.source == replica.place]
    # Nothing is known of copies that somebody else makes: they are taken to last as long as ours.
    longest = max([*left.values(), _LEAST_LEFT])
    return tuple(sorted([*own, *[longest] * replica.others]))


def _free_place(region: str, temporary: bool, taken: set[str]) -> str:
    number = 1
    while place_name(region, number, temporary) in taken:
        number += 1
    return place_name(region, number, temporary)


def _most_at_once(source: str, edges: Sequence[Edge], busy: Mapping[str, tuple[float, ...]]) -> int:
    """Return how many copies the plan lets read the place at once, those that run already among them."""
    own = [edge for edge in edges if edge.source == source]
    most = 1
    for edge in own:
        moment = edge.start + _ROUNDING
        reading = sum(other.start <= moment < other.start + other.seconds for other in own)
        most = max(most, reading + sum(until > moment for until in busy.get(source, ())))
    return most


def unforeseen(
    walk: Walk, wanted: Mapping[str, int], unavailable: Iterable[str] = (), closed: Iterable[str] = ()
) -> str:
    """Return what has happened that the walk's route did not foresee, so that it is to be planned again, or "".

    That is a copy that broke, a source that is gone or cannot be reached and will not come from the route itself, a copy
    that has stalled while others wait for it, a place that is closed, and a wanted copy that the route does not make (its
    region is back). The route's own copies that somebody else has started meanwhile, from wherever, are no reason.
    """
    down, shut = set(unavailable), set(closed)
    found = {replica.place: replica for replica in walk.replicas}
    route = walk.route
    planned = {edge.target for edge in route.edges}
    for edge in _pending(walk):
        if edge.target in shut or edge.source in shut:
            return f"{edge.target if edge.target in shut else edge.source} is closed"
        if edge.target in found and edge.target not in route.broken:
            return f"{edge.target} broke"
        if edge.region in down or edge.source_region in down:
            return f"{edge.region if edge.region in down else edge.source_region} cannot be reached"
        source = found.get(edge.source)
        if source is None and edge.source not in planned:
            return f"{edge.source} is gone"
        if source is not None and source.state == BROKEN and edge.source not in route.broken:
            return f"{edge.source} broke"
        if source is not None and edge.source not in route.stalled and _stalled(source, route):
            return f"{edge.source} has stalled"
    for region, count in wanted.items():
        for place in _places(region, count, shut):
            if region not in down and place not in planned and (place not in found or found[place].state == BROKEN):
                return f"{place} is not planned"
    return ""


def _places(region: str, count: int, closed: set[str]) -> list[str]:
    """Return the first places of a region that are not closed."""
    names = (place_name(region, number) for number in itertools.count(1))
    return list(itertools.islice((name for name in names if name not in closed), count))


def _stalled(replica: Replica, route: Route) -> bool:
    """Return whether a copy takes far longer than the same link has taken before; an estimate proves nothing."""
    if replica.state != COPYING or replica.place not in route.measured:
        return False
    return (replica.elapsed or 0.0) > STALLED * route.expected.get(replica.place, 0.0)


def next_steps(walks: Sequence[Walk], limits: Limits | None = None) -> Steps:
    """Return what to do now for all walks, which share the limits per region.

    A copy starts as soon as its source is ready and has a place free; where several could, in the order of their plans.
    """
    limits = limits or Limits()
    reading, writing = dict(limits.reading), dict(limits.writing)
    running = limits.besides
    readers: dict[tuple[str, str], int] = {}
    for walk in walks:
        region_of = {replica.place: replica.region for replica in walk.replicas}
        for replica in walk.replicas:
            readers[walk.name, replica.place] = readers.get((walk.name, replica.place), 0) + replica.others
            if replica.state != COPYING:
                continue
            readers[walk.name, replica.source] = readers.get((walk.name, replica.source), 0) + 1
            _count(reading, region_of.get(replica.source, ""))
            _count(writing, replica.region)
            running += 1
    start: list[tuple[str, Edge]] = []
    wait: list[tuple[str, Edge, str]] = []
    remove: list[tuple[str, str]] = []
    pending = [(edge, walk) for walk in walks for edge in _pending(walk)]
    for edge, walk in sorted(pending, key=lambda entry: (entry[0].start, -entry[1].heavier, entry[1].name)):
        found = {replica.place: replica for replica in walk.replicas}
        why = _why_not(edge, walk, found, readers, reading, writing, limits)
        if edge.target in found and not found[edge.target].gone:
            # It broke, and is in the way of its successor.
            remove.append((walk.name, edge.target))
            why = why or f"{edge.target} broke and is being removed"
        if not why and limits.everywhere is not None and running >= limits.everywhere:
            why = f"{running} {'copy runs' if running == 1 else 'copies run'} already"
        if why:
            wait.append((walk.name, edge, why))
            continue
        start.append((walk.name, edge))
        readers[walk.name, edge.source] = readers.get((walk.name, edge.source), 0) + 1
        _count(reading, edge.source_region)
        _count(writing, edge.region)
        running += 1
    for walk in walks:
        needed = {edge.source for edge in _pending(walk)}
        remove += [
            (walk.name, replica.place)
            for replica in walk.replicas
            if replica.temporary
            and replica.state in (READY, BROKEN)
            and replica.place not in needed
            and not readers.get((walk.name, replica.place))
        ]
    return Steps(tuple(start), tuple(wait), tuple(dict.fromkeys(remove)))


def _count(counts: dict[str, int], region: str) -> None:
    counts[region] = counts.get(region, 0) + 1


def _pending(walk: Walk) -> list[Edge]:
    """Return the copies of the route that are neither there nor on their way."""
    there = {replica.place for replica in walk.replicas if replica.state != BROKEN}
    left = [edge for edge in walk.route.edges if edge.target not in there]
    # A temporary replica is only made while somebody still needs it.
    while True:
        needed = {edge.source for edge in left}
        kept = [edge for edge in left if not edge.temporary or edge.target in needed]
        if len(kept) == len(left):
            return left
        left = kept


def _why_not(
    edge: Edge,
    walk: Walk,
    found: Mapping[str, Replica],
    readers: Mapping[tuple[str, str], int],
    reading: Mapping[str, int],
    writing: Mapping[str, int],
    limits: Limits,
) -> str:
    """Return why the copy cannot start now, or ""."""
    source = found.get(edge.source)
    if source is None:
        return f"{edge.source} is not there yet"
    if source.state != READY:
        how_far = f" ({source.percent:g} %)" if source.percent is not None else ""
        return f"{edge.source} is not complete yet{how_far}"
    busy = readers.get((walk.name, edge.source), 0)
    if busy >= walk.route.at_once.get(edge.source, 1):
        return f"{busy} copies read {edge.source} already"
    if limits.out is not None and reading.get(edge.source_region, 0) >= limits.out:
        return f"{limits.out} copies read from {edge.source_region} already"
    if limits.into is not None and writing.get(edge.region, 0) >= limits.into:
        return f"{limits.into} copies write to {edge.region} already"
    return ""


def later_steps(walks: Sequence[Walk], steps: Steps) -> Steps:
    """Return what follows on `steps` if all goes well: the starts that wait, and the removal of every temporary replica."""
    started = set(steps.start)
    start = tuple((name, edge) for name, edge, _why in steps.wait)
    temporary = [
        (walk.name, place)
        for walk in walks
        for place in dict.fromkeys(
            [replica.place for replica in walk.replicas if replica.temporary]
            + [edge.target for edge in _pending(walk) if edge.temporary]
        )
    ]
    remove = tuple(entry for entry in temporary if entry not in set(steps.remove))
    return Steps(start=tuple(entry for entry in start if entry not in started), remove=remove)
