# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the user asked for, checked and turned into a Problem."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from ansible_collections.bcdr.multicloud.plugins.module_utils._planning.costs import (
    LAST_RECORDS,
    Link,
    LinkRules,
    Pair,
    link,
    positive,
    read_measurements,
    shared_seconds,
)
from ansible_collections.bcdr.multicloud.plugins.module_utils._planning.model import (
    Holder,
    Matrix,
    PlanningError,
    Problem,
    distances,
)
from ansible_collections.bcdr.multicloud.plugins.module_utils._planning.regions import (
    PROVIDERS,
    Region,
    known_regions,
    own_regions,
)

STRATEGIES = ("optimized", "nearest", "nearest_phased", "in_source", "star")
BOUNDS = ("auto", "price", "lp")
_LIMITS = ("copies_per_source", "copies_per_region", "copies_per_destination")
_MOST_AT_ONCE = 100_000
OPTIONS = frozenset(
    {
        "source",
        "targets",
        "existing",
        "unavailable",
        "provider",
        "regions",
        "size_gb",
        "measurements",
        "records",
        "in_region_seconds",
        "overhead_seconds",
        "geo_pair_factor",
        "source_gbit_per_s",
        "forbidden",
        "unreliable",
        "prices",
        *_LIMITS,
        "region_limits",
        "relay",
        "one_at_a_time",
        "temporary_copies",
        "strategy",
        "slack",
        "seed",
        "moves",
        "bound",
    }
)


@dataclass(frozen=True)
class Request:
    """A checked request. `wanted` is per region how many copies shall be there in the end."""

    problem: Problem
    regions: tuple[Region, ...]
    links: tuple[tuple[Link, ...], ...]
    rules: LinkRules
    wanted: Mapping[str, int]
    strategy: str
    slack: float
    seed: int
    moves: int | None
    bound: str
    warnings: tuple[str, ...] = field(default=())


def read_request(given: Mapping[str, Any]) -> Request:
    """Return the checked request; PlanningError says in one line what is wrong with it. See the lookup's documentation."""
    unknown = sorted(set(given) - OPTIONS)
    if unknown:
        raise PlanningError(f"unknown option {', '.join(unknown)}")
    given = {key: value for key, value in given.items() if value is not None}
    provider = given.get("provider")
    if provider is not None and provider not in PROVIDERS:
        raise PlanningError(f"provider must be one of {', '.join(PROVIDERS)}, not {provider!r}")
    table = own_regions(_entries(given, "regions"), known_regions(provider))
    strategy = given.get("strategy", STRATEGIES[0])
    if strategy not in STRATEGIES:
        raise PlanningError(f"strategy must be one of {', '.join(STRATEGIES)}, not {strategy!r}")
    if given.get("bound", BOUNDS[0]) not in BOUNDS:
        raise PlanningError(f"bound must be one of {', '.join(BOUNDS)}, not {given['bound']!r}")
    warnings: list[str] = []
    unavailable = set(_names(given.get("unavailable", ()), "unavailable"))
    wanted = _wanted(given, unavailable, warnings)
    rules = _rules(given)
    existing = _existing(given, unavailable)
    names = sorted({*wanted, *(region for region, _ready, _busy in existing)})
    # A region without coordinates is fine where every link has been measured, a misspelt one is not.
    measured = {name for pair in (*rules.measured, *rules.recorded) for name in pair}
    for name in names:
        if name not in table and name not in measured:
            where = f" of {provider}" if provider else ""
            raise PlanningError(f"{name} is no region{where} that is known: give its coordinates in regions")
    regions = tuple(table.get(name, Region(name)) for name in names)
    relay = bool(given.get("relay", True))
    temporary = (bool(given.get("temporary_copies", False)) or strategy == "in_source") and relay
    if strategy == "in_source" and not relay:
        raise PlanningError("strategy in_source copies copies, which relay: false forbids")
    links = _links(regions, rules, wanted, {region for region, _ready, _busy in existing}, relay, temporary)
    problem = _problem(given, regions, links, rules, wanted, existing, relay, temporary)
    if given.get("one_at_a_time"):
        problem = replace(problem, serial=True)
    reached = distances(problem)
    lost = sorted({problem.regions[region] for region in problem.wanted if reached[region] == math.inf})
    if lost:
        raise PlanningError(f"no allowed link leads to {', '.join(lost)}")
    unpriced = sorted(
        {
            regions[sender].name
            for sender, row in enumerate(links)
            for receiver, known in enumerate(row)
            if not known.price_known and sender != receiver
        }
    )
    if unpriced:
        warnings.append(f"no price is known for what leaves {', '.join(unpriced)}; it is counted as 0")
    guessed = sum(known.basis == "distance" for row in links for known in row if known.seconds < math.inf)
    if guessed:
        possible = sum(known.seconds < math.inf for row in links for known in row)
        warnings.append(f"the seconds of {guessed} of {possible} links are estimated from the distance")
    return Request(
        problem,
        regions,
        links,
        rules,
        wanted,
        strategy,
        _at_least_zero(given.get("slack", 0.0), "slack"),
        _whole(given.get("seed", 0), "seed", 0),
        _whole(given["moves"], "moves", 0) if "moves" in given else None,
        given.get("bound", BOUNDS[0]),
        tuple(warnings),
    )


def _entries(given: Mapping[str, Any], key: str) -> list[Mapping[str, Any]]:
    value = given.get(key, ())
    if not isinstance(value, (list, tuple)) or not all(isinstance(entry, Mapping) for entry in value):
        raise PlanningError(f"{key} must be a list of dictionaries")
    return list(value)


def _names(value: Any, what: str) -> list[str]:
    if isinstance(value, str) or not isinstance(value, (list, tuple)) or not all(isinstance(e, str) for e in value):
        raise PlanningError(f"{what} must be a list of region names")
    return list(value)


def _whole(value: Any, what: str, least: int) -> int:
    try:
        number = int(value)
        exact = not isinstance(value, bool) and float(value) == number
    except (TypeError, ValueError, OverflowError):
        number, exact = 0, False
    if not exact or number < least:
        raise PlanningError(f"{what} must be a whole number of at least {least}, not {value!r}")
    return number


def _at_least_zero(value: Any, what: str) -> float:
    try:
        number = float(value)
    except (TypeError, ValueError):
        number = math.nan
    if isinstance(value, bool) or not (math.isfinite(number) and number >= 0):
        raise PlanningError(f"{what} must be a number of at least 0, not {value!r}")
    return number


def _wanted(given: Mapping[str, Any], unavailable: set[str], warnings: list[str]) -> dict[str, int]:
    targets = given.get("targets")
    if not isinstance(targets, (list, tuple)):
        raise PlanningError("targets must be a list of regions")
    wanted: dict[str, int] = {}
    for target in targets:
        entry = {"region": target} if isinstance(target, str) else target
        if not isinstance(entry, Mapping) or not isinstance(entry.get("region"), str) or not entry["region"]:
            raise PlanningError(f"each of targets must be a region's name, or region and copies, not {target!r}")
        if set(entry) - {"region", "copies"}:
            raise PlanningError(f"targets: {entry['region']} has unknown keys beside region and copies")
        if entry["region"] in wanted:
            raise PlanningError(f"targets has {entry['region']} twice")
        wanted[str(entry["region"])] = _whole(entry.get("copies", 1), f"targets: copies of {entry['region']}", 1)
    for region in sorted(unavailable & set(wanted)):
        warnings.append(f"{region} is unavailable, so nothing is copied to it")
        del wanted[region]
    return wanted


def _pattern(entry: Mapping[str, Any], what: str, more: str) -> Pair:
    if set(entry) - {"source", "target", more}:
        raise PlanningError(f"{what} has the unknown key {min(set(entry) - {'source', 'target', more})}")
    pattern = (str(entry.get("source") or ""), str(entry.get("target") or ""))
    if not any(pattern):
        raise PlanningError(f"each of {what} needs source, target or both")
    return pattern


def _rules(given: Mapping[str, Any]) -> LinkRules:
    size = positive(given.get("size_gb", 128), "size_gb")
    overhead = _at_least_zero(given.get("overhead_seconds", 0.0), "overhead_seconds")
    rates: dict[Pair, float] = {}
    for entry in _entries(given, "unreliable"):
        pattern = _pattern(entry, "unreliable", "failure_rate")
        rate = _at_least_zero(entry.get("failure_rate"), "unreliable: failure_rate")
        if rate >= 1:
            raise PlanningError("unreliable: failure_rate must be below 1; forbid a link that never works")
        rates[pattern] = rate
    prices: dict[Pair, float] = {}
    for entry in _entries(given, "prices"):
        prices[_pattern(entry, "prices", "usd_per_gb")] = _at_least_zero(entry.get("usd_per_gb"), "prices: usd_per_gb")
    in_region, source_rate = given.get("in_region_seconds"), given.get("source_gbit_per_s")
    return LinkRules(
        size,
        # A measurement is the user's word: of several of one link the last counts.
        read_measurements(_entries(given, "measurements"), "measurements", size, overhead, 1),
        read_measurements(_entries(given, "records"), "records", size, overhead, LAST_RECORDS),
        None if in_region is None else positive(in_region, "in_region_seconds"),
        tuple(sorted(_pattern(entry, "forbidden", "") for entry in _entries(given, "forbidden"))),
        rates,
        prices,
        overhead,
        None if source_rate is None else positive(source_rate, "source_gbit_per_s"),
        positive(given.get("geo_pair_factor", 1.0), "geo_pair_factor"),
    )


def _existing(given: Mapping[str, Any], unavailable: set[str]) -> list[tuple[str, float, tuple[float, ...]]]:
    """Return (region, ready, busy until) of every copy that is there or on its way, the source first."""
    entries: list[dict[str, Any]] = []
    for entry in _entries(given, "existing"):
        region = entry.get("region")
        if not isinstance(region, str) or not region:
            raise PlanningError("each of existing needs a region")
        if set(entry) - {"region", "ready_s", "busy_s", "copied_from"}:
            raise PlanningError(f"existing: {region} has unknown keys beside region, ready_s, busy_s and copied_from")
        busy = entry.get("busy_s") or []
        if not isinstance(busy, (list, tuple)):
            raise PlanningError(f"existing: busy_s of {region} must be a list of seconds")
        entries.append(
            {
                "region": region,
                "ready": _at_least_zero(entry.get("ready_s", 0.0), f"existing: ready_s of {region}"),
                "busy": [_at_least_zero(value, f"existing: busy_s of {region}") for value in busy],
                "from": entry.get("copied_from"),
            }
        )
    source = given.get("source")
    if source is not None and (not isinstance(source, str) or not source):
        raise PlanningError(f"source must be the name of a region, not {source!r}")
    if source is not None and source not in {entry["region"] for entry in entries}:
        entries.insert(0, {"region": source, "ready": 0.0, "busy": [], "from": None})
    entries = [entry for entry in entries if entry["region"] not in unavailable]
    for entry in entries:
        if entry["from"] is None or entry["from"] in unavailable:
            continue
        # Several copies may be stored there; which of them is read is not known, so the least busy one is taken.
        senders = [other for other in entries if other["region"] == entry["from"] and other is not entry]
        if not senders:
            raise PlanningError(f"existing: {entry['region']} is copied from {entry['from']}, which has no copy")
        min(senders, key=lambda other: (len(other["busy"]), other["ready"]))["busy"].append(entry["ready"])
    if not entries:
        raise PlanningError("there is no copy to start from: give source or existing in an available region")
    return sorted((entry["region"], entry["ready"], tuple(sorted(entry["busy"]))) for entry in entries)


def _links(
    regions: Sequence[Region],
    rules: LinkRules,
    wanted: Mapping[str, int],
    held: set[str],
    relay: bool,
    temporary: bool,
) -> tuple[tuple[Link, ...], ...]:
    """Return the links from every region to every other; those that no copy can use need no known seconds."""
    never = Link(math.inf, "", 0.0)

    def usable(sender: Region, receiver: Region) -> bool:
        if sender.name == receiver.name:
            return temporary or wanted.get(receiver.name, 0) > 1
        return receiver.name in wanted and (relay or sender.name in held)

    return tuple(
        tuple(link(sender, receiver, rules) if usable(sender, receiver) else never for receiver in regions)
        for sender in regions
    )


def _problem(
    given: Mapping[str, Any],
    regions: Sequence[Region],
    links: Sequence[Sequence[Link]],
    rules: LinkRules,
    wanted: Mapping[str, int],
    existing: Sequence[tuple[str, float, tuple[float, ...]]],
    relay: bool,
    temporary: bool,
) -> Problem:
    index = {region.name: number for number, region in enumerate(regions)}
    limits = _limits(given, regions)
    fan_out = [limits["copies_per_source"][region.name] or 1 for region in regions]
    per_region = [limits["copies_per_region"][region.name] for region in regions]
    left: list[int] = []
    floor = 0.0
    for name, count in sorted(wanted.items()):
        ready = sorted(time for region, time, _busy in existing if region == name)[:count]
        floor = max([floor, *ready])
        left += [index[name]] * (count - len(ready))
    # Copies of one region share its limit, so a single one cannot use more slots than that, nor more than there is to do.
    useful = max(1, len(left) * (2 if temporary else 1) + max(len(busy) for _region, _ready, busy in existing))
    slots = tuple(
        min(most, useful if limit is None else min(limit, useful))
        for most, limit in zip(fan_out, per_region, strict=True)
    )
    alone: Matrix = tuple(tuple(known.seconds for known in row) for row in links)
    seconds = []
    for readers in range(1, max(slots) + 1):
        shared = tuple(tuple(shared_seconds(time, readers, rules) for time in row) for row in alone)
        seconds.append(alone if shared == alone else shared)
    return Problem(
        tuple(region.name for region in regions),
        tuple(seconds),
        tuple(Holder(index[region], ready, busy) for region, ready, busy in existing),
        tuple(left),
        slots,
        tuple(tuple(known.dollars for known in row) for row in links),
        tuple(per_region),
        tuple(limits["copies_per_destination"][region.name] for region in regions),
        relay,
        temporary,
        floor,
    )


def _limits(given: Mapping[str, Any], regions: Sequence[Region]) -> dict[str, dict[str, int | None]]:
    overrides = given.get("region_limits", {})
    if not isinstance(overrides, Mapping) or not all(isinstance(value, Mapping) for value in overrides.values()):
        raise PlanningError("region_limits must be a dictionary of dictionaries, by region")
    for name, values in overrides.items():
        if set(values) - set(_LIMITS):
            raise PlanningError(f"region_limits: {name} may have {', '.join(_LIMITS)} only")
    result: dict[str, dict[str, int | None]] = {}
    for key in _LIMITS:
        default = given.get(key, 1 if key == "copies_per_source" else None)
        result[key] = {}
        for region in regions:
            value = overrides.get(region.name, {}).get(key, default)
            if value is not None:
                value = min(_MOST_AT_ONCE, _whole(value, key, 1))
            result[key][region.name] = value
    return result
