# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The replication plan: from a request to the graph, the schedule, the bound and what they cost, as plain data."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ansible_collections.bcdr.multicloud.plugins.module_utils._planning.bounds import (
    distance_bound,
    growth_bound,
    load_bound,
    load_linear_solver,
    lp_bound,
    price_bound,
    sharing_bound,
)
from ansible_collections.bcdr.multicloud.plugins.module_utils._planning.model import (
    TINY,
    Copy,
    Forest,
    PlanningError,
    Problem,
    sharing,
)
from ansible_collections.bcdr.multicloud.plugins.module_utils._planning.request import Request, read_request
from ansible_collections.bcdr.multicloud.plugins.module_utils._planning.schedule import (
    evaluate,
    makespan,
    schedule,
)
from ansible_collections.bcdr.multicloud.plugins.module_utils._planning.search import (
    cheapest,
    cost,
    default_moves,
    optimise,
)
from ansible_collections.bcdr.multicloud.plugins.module_utils._planning.serial import serial_forest
from ansible_collections.bcdr.multicloud.plugins.module_utils._planning.strategies import in_source, nearest, star

PLAN_VERSION = 1
# The effort for the price bound per unit of moves: both together are the budget. Many copies leave more of it to the search.
_WORK_PER_MOVE, _WORK_PER_MOVE_LARGE = 8, 4
# What is tried for the price: a try costs about as much as this many moves of the search.
_MOVES_PER_TRY, _LEAST_TRIES, _MOST_TRIES = 40, 4000, 8000
# Beyond these the linear programme takes minutes, and the price bound is no better than the growth bound.
_LP_LARGEST, _PRICE_LARGEST = 30, 120
_LP_STEPS = 40
_DIGITS = 3


@dataclass(frozen=True)
class _Solution:
    """A strategy's plan; `optimum` is when the best plan ends, where the search proved that."""

    forest: Forest
    copies: list[Copy]
    end: float
    optimum: float | None = None
    moves: int = 0


def make_plan(given: Mapping[str, Any]) -> dict[str, Any]:
    """Return the plan for a request (both are described in the lookup replication_plan), or raise PlanningError.

    The same request gives the same plan, whatever the order of its lists: the search has a fixed seed and a budget of
    moves, never of time.
    """
    request = read_request(given)
    problem = request.problem
    if problem.serial:
        return _output(request, *_solve_serial(request))
    lower, kind = _quick_bound(problem)
    moves = request.moves
    if moves is None:
        moves = default_moves(len(problem.wanted), max(problem.fan_out), problem.temporary)
    solution = _solve(request, lower, moves)
    lower, kind = _sharpened(request, lower, kind, solution, moves)
    return _output(request, solution, lower, kind)


def _quick_bound(problem: Problem) -> tuple[float, str]:
    """Return the best of the bounds that cost nothing, and its kind."""
    bounds = [
        (distance_bound(problem), "distance"),
        (growth_bound(problem), "growth"),
    ]
    if not problem.relay:
        bounds.append((load_bound(problem), "load"))
    if problem.contended:
        bounds.append((sharing_bound(problem), "source_bandwidth"))
    return max(bounds, key=lambda bound: bound[0])


def _solve(request: Request, lower: float, moves: int) -> _Solution:
    problem = request.problem
    if request.strategy != "optimized":
        return _simple(problem, request.strategy)
    found = optimise(problem, request.seed, moves, lower)
    optimum = found.end if found.optimal else None
    tries = min(_MOST_TRIES, moves // (_MOVES_PER_TRY if request.slack else 4 * _MOVES_PER_TRY))
    if request.slack:
        tries = max(tries, _LEAST_TRIES)
    found = cheapest(problem, found, request.slack, request.seed, tries)
    copies = schedule(problem, found.forest)
    return _Solution(found.forest, copies, makespan(problem, copies), optimum, found.moves)


def _solve_serial(request: Request) -> tuple[_Solution, float, str]:
    """Return the plan where one copy runs at a time, when the best of these ends, and how that is known."""
    problem = request.problem
    optimum = makespan(problem, schedule(problem, serial_forest(problem)))
    if request.strategy != "optimized":
        return _simple(problem, request.strategy), optimum, "exact"
    forest = serial_forest(problem, request.slack)
    copies = schedule(problem, forest)
    return _Solution(forest, copies, makespan(problem, copies)), optimum, "exact"


def _simple(problem: Problem, strategy: str) -> _Solution:
    """Return the plan of one of the simple strategies."""
    if strategy == "nearest_phased":
        forest, phases = nearest(problem)
        copies = schedule(problem, forest, phases)
        return _Solution(forest, copies, makespan(problem, copies))
    makers: dict[str, Callable[[Problem], Forest]] = {
        "star": star,
        "in_source": in_source,
        "nearest": lambda given: nearest(given)[0],
    }
    forest = makers[strategy](problem)
    evaluate(problem, forest)
    copies = schedule(problem, forest)
    return _Solution(forest, copies, makespan(problem, copies))


def _sharpened(request: Request, lower: float, kind: str, solution: _Solution, moves: int) -> tuple[float, str]:
    """Return the bound raised by prices and by the linear programme, where it is still below the plan's end."""
    problem = request.problem
    known = solution.end
    if known <= lower * (1 + TINY) or not problem.wanted:
        return lower, kind
    if solution.optimum is not None:
        return (solution.optimum, "exact") if solution.optimum > lower * (1 + TINY) else (lower, kind)
    if len(problem.wanted) <= _PRICE_LARGEST:
        effort = _WORK_PER_MOVE if len(problem.wanted) <= _LP_LARGEST else _WORK_PER_MOVE_LARGE
        raised = price_bound(problem, lower, known, moves * effort)
        if raised > lower:
            lower, kind = raised, "price"
    linprog = load_linear_solver() if request.bound != "price" else None
    if linprog is not None and (request.bound == "lp" or len(problem.wanted) <= _LP_LARGEST):
        raised = lp_bound(problem, lower, known, _LP_STEPS, linprog)
        if raised > lower:
            lower, kind = raised, "lp"
    return lower, kind


def _output(request: Request, solution: _Solution, lower: float, kind: str) -> dict[str, Any]:
    problem, forest, copies = request.problem, solution.forest, solution.copies
    names = _names(problem, copies)
    end = solution.end
    warnings = list(request.warnings)
    if request.bound == "lp" and load_linear_solver() is None:
        warnings.append("scipy is not installed, so the bound is not sharpened by it")
    critical, binding, waited = _critical(problem, forest, copies, end)
    slack = _slack(problem, copies, end)
    listed = [
        _listed(request, forest, copies, number, names, number in critical, slack[number])
        for number in range(len(copies))
    ]
    dollars = cost(problem, forest)
    at_optimum = end <= lower * (1 + TINY)
    return {
        "plan_version": PLAN_VERSION,
        "strategy": request.strategy,
        "objective": "makespan",
        "inputs_digest": _digest(request),
        "seed": request.seed,
        "moves": solution.moves,
        "size_gb": request.rules.size_gb,
        "makespan_s": _rounded(end),
        "lower_bound_s": _rounded(min(lower, end)),
        "lower_bound_kind": kind,
        "gap": round(max(0.0, end / lower - 1), 4) if lower > 0 else 0.0,
        "proven_optimal": at_optimum,
        "binding_limit": binding,
        "binding_wait_s": _rounded(waited),
        "egress_usd": round(dollars, 2),
        "max_depth": max(_depths(problem, forest).values(), default=0),
        "copies_at_once_used": max((sharing(problem, forest, copy.source) for copy in copies), default=0),
        "regions": _nodes(request, forest, copies),
        "existing": [
            {"id": names[root], "region": problem.regions[holder.region], "ready_s": _rounded(holder.ready)}
            for root, holder in enumerate(problem.holders)
        ],
        "copies": listed,
        "cleanup": [
            {
                "copy": names[replica],
                "region": problem.regions[forest.region[replica]],
                "after": sorted(names[child] for child in forest.children[replica]),
            }
            for replica in sorted(forest.temporary, key=lambda replica: names[replica])
        ],
        "alternatives": _alternatives(problem),
        "warnings": warnings,
    }


def _rounded(seconds: float) -> float:
    return round(seconds, _DIGITS)


def _names(problem: Problem, copies: Sequence[Copy]) -> dict[int, str]:
    """Return an id per replica: existing-1 ... for the holders, copy-1 ... in the order of the starts."""
    names = {root: f"existing-{root + 1}" for root in range(problem.roots)}
    width = len(str(len(copies)))
    return names | {copy.replica: f"copy-{number:0{width}d}" for number, copy in enumerate(copies, start=1)}


def _listed(
    request: Request,
    forest: Forest,
    copies: Sequence[Copy],
    number: int,
    names: Mapping[int, str],
    critical: bool,
    slack: float,
) -> dict[str, Any]:
    problem, copy = request.problem, copies[number]
    sender, receiver = forest.region[copy.source], forest.region[copy.replica]
    needs = [names[copy.source]] if copy.source >= problem.roots else []
    if copy.phase:
        needs = sorted({*needs, *(names[other.replica] for other in copies if other.phase == copy.phase - 1)})
    return {
        "id": names[copy.replica],
        "kind": "in_region" if sender == receiver else "cross_region",
        "source_copy": names[copy.source],
        "source_region": problem.regions[sender],
        "target_region": problem.regions[receiver],
        "order": forest.children[copy.source].index(copy.replica) + 1,
        "slot": copy.slot + 1,
        "depends_on": needs,
        "expected_start_s": _rounded(copy.start),
        "expected_end_s": _rounded(copy.finish),
        "duration_s": _rounded(copy.finish - copy.start),
        "duration_basis": request.links[sender][receiver].basis,
        "egress_usd": round(problem.price[sender][receiver], 2),
        "temporary": copy.replica in forest.temporary,
        "critical": critical,
        "slack_s": _rounded(slack),
        "phase": copy.phase or None,
    }


def _nodes(request: Request, forest: Forest, copies: Sequence[Copy]) -> list[dict[str, Any]]:
    """Return the graph: per region where it is, what is there now, and where copies go from it, in order."""
    problem = request.problem
    nodes = []
    for index, region in enumerate(request.regions):
        held = [holder for holder in problem.holders if holder.region == index]
        there = sum(holder.ready == 0.0 for holder in held)
        wanted = request.wanted.get(region.name, 1)
        if there >= wanted:
            status = "Completed"
        else:
            status = "InProgress" if held else "NotStarted"
        following = [
            problem.regions[forest.region[copy.replica]] for copy in copies if forest.region[copy.source] == index
        ]
        nodes.append(
            {
                "name": region.name,
                "longitude": region.longitude,
                "latitude": region.latitude,
                "copy_status": status,
                "copies_wanted": request.wanted.get(region.name, 0),
                "next_region_nodes": list(dict.fromkeys(following)),
            }
        )
    return nodes


def _depths(problem: Problem, forest: Forest) -> dict[int, int]:
    depths = dict.fromkeys(range(problem.roots), 0)
    level = list(depths)
    while level:
        below = [(child, depths[replica] + 1) for replica in level for child in forest.children[replica]]
        depths.update(below)
        level = [child for child, _depth in below]
    return depths


def _critical(problem: Problem, forest: Forest, copies: Sequence[Copy], end: float) -> tuple[set[int], str, float]:
    """Return the copies that the end hangs on, the limit that holds them up longest ("none": only the links), and for
    how many seconds it does."""
    number_of = {copy.replica: number for number, copy in enumerate(copies)}
    last_wanted = problem.roots + len(problem.wanted)
    ending = [
        number
        for number, copy in enumerate(copies)
        if copy.replica < last_wanted and copy.finish >= end - TINY * max(1.0, end)
    ]
    if not ending:
        return set(), "none", 0.0
    number = ending[0]
    critical: set[int] = set()
    waits: dict[str, float] = {}
    while True:
        copy = copies[number]
        critical.add(number)
        sender, receiver = forest.region[copy.source], forest.region[copy.replica]
        used = sharing(problem, forest, copy.source)
        slower = problem.seconds[used - 1][sender][receiver] - problem.fastest[sender][receiver]
        if slower > TINY:
            waits["source_bandwidth"] = waits.get("source_bandwidth", 0.0) + slower
        ready = (
            problem.holders[copy.source].ready if copy.source < problem.roots else copies[number_of[copy.source]].finish
        )
        if copy.start <= ready + TINY * max(1.0, end):
            if copy.source < problem.roots:
                break
            number = number_of[copy.source]
            continue
        tight = [
            (other, before)
            for other, before in enumerate(copies)
            if other not in critical and abs(before.finish - copy.start) <= TINY * max(1.0, end)
        ]
        limit, blocker = _blocker(problem, forest, copy, tight)
        if blocker < 0:
            # A copy that runs already holds the slot.
            waits[limit] = waits.get(limit, 0.0) + copy.start - ready
            break
        waits[limit] = waits.get(limit, 0.0) + copies[blocker].finish - max(ready, copies[blocker].start)
        number = blocker
    if not waits:
        return critical, "none", 0.0
    limit = max(sorted(waits), key=lambda name: waits[name])
    return critical, limit, waits[limit]


def _blocker(problem: Problem, forest: Forest, copy: Copy, tight: Sequence[tuple[int, Copy]]) -> tuple[str, int]:
    """Return which limit made a copy wait, and the copy that it waited for (-1: one that runs already)."""
    sender, receiver = forest.region[copy.source], forest.region[copy.replica]
    if problem.serial:
        return "one_at_a_time", tight[0][0] if tight else -1
    for other, before in tight:
        if before.source == copy.source:
            return "copies_per_source", other
    for other, before in tight:
        if forest.region[before.source] == sender:
            return "copies_per_region", other
    for other, before in tight:
        if forest.region[before.replica] == receiver:
            return "copies_per_destination", other
    for other, before in tight:
        if copy.phase and before.phase == copy.phase - 1:
            return "phase", other
    return "copies_per_source", -1


def _slack(problem: Problem, copies: Sequence[Copy], end: float) -> list[float]:
    """Return by how many seconds each copy may end later with the plan's end unchanged, all else as planned."""
    latest = [end] * len(copies)
    by_source: dict[int, list[int]] = {}
    for number, copy in enumerate(copies):
        by_source.setdefault(copy.source, []).append(number)
    limited = problem.limited or any(copy.phase for copy in copies)
    for number in reversed(range(len(copies))):
        copy = copies[number]
        following = [
            other
            for other in (range(len(copies)) if limited else by_source.get(copy.source, []))
            if copies[other].start >= copy.finish - TINY and (limited or copies[other].slot == copy.slot)
        ]
        following += by_source.get(copy.replica, [])
        for other in following:
            if other > number:
                took = copies[other].finish - copies[other].start
                latest[number] = min(latest[number], latest[other] - took)
    return [max(0.0, limit - copy.finish) for limit, copy in zip(latest, copies, strict=True)]


def _alternatives(problem: Problem) -> list[dict[str, Any]]:
    """Return when the simple strategies would end and what they cost; null where one is not possible."""
    rows: list[dict[str, Any]] = []
    for strategy in ("star", "in_source", "nearest_phased", "nearest"):
        try:
            other = _simple(problem, strategy)
        except PlanningError as error:
            rows.append({"strategy": strategy, "makespan_s": None, "egress_usd": None, "reason": str(error)})
            continue
        rows.append(
            {
                "strategy": strategy,
                "makespan_s": _rounded(other.end),
                "egress_usd": round(cost(problem, other.forest), 2),
                "reason": None,
            }
        )
    return rows


def _digest(request: Request) -> str:
    """Return a digest of all that the plan depends on."""
    problem = request.problem

    def plain(value: float) -> float | None:
        return None if value == math.inf else round(value, 9)

    data = {
        "version": PLAN_VERSION,
        "regions": problem.regions,
        "seconds": [[[plain(time) for time in row] for row in matrix] for matrix in problem.seconds],
        "holders": [[holder.region, holder.ready, holder.busy] for holder in problem.holders],
        "wanted": problem.wanted,
        "fan_out": problem.fan_out,
        "price": problem.price,
        "limits": [problem.region_out, problem.region_in],
        "flags": [problem.relay, problem.temporary, problem.floor, *(["serial"] if problem.serial else [])],
        "search": [request.strategy, request.slack, request.seed, request.moves],
    }
    text = json.dumps(data, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()
