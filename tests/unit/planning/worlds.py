# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A world to plan in, and a check of plans that shares no code with the planner."""

from __future__ import annotations

import csv
import itertools
import math
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

Json = dict[str, Any]
DATA = Path(__file__).resolve().parent / "data"
# The plan's figures are rounded to milliseconds.
NEAR = 0.0025


@dataclass
class World:
    """What is true: seconds per link for a copy that shares its source with no other; a missing link is forbidden."""

    seconds: dict[tuple[str, str], float]
    targets: dict[str, int]
    source: str | None = None
    existing: list[Json] = field(default_factory=list)
    per_source: int = 1
    per_region: int | None = None
    per_destination: int | None = None
    region_limits: dict[str, dict[str, int]] = field(default_factory=dict)
    relay: bool = True
    temporary: bool = False
    source_gbit: float | None = None
    size_gb: float = 100.0
    usd_per_gb: dict[tuple[str, str], float] = field(default_factory=dict)

    def names(self) -> list[str]:
        """Return all regions."""
        return sorted({name for link in self.seconds for name in link} | set(self.targets))

    def request(self, **more: Any) -> Json:
        """Return the request that says all this."""
        names = self.names()
        request: Json = {
            "targets": [{"region": name, "copies": count} for name, count in self.targets.items()],
            "regions": [{"name": name, "latitude": 0.0, "longitude": float(at)} for at, name in enumerate(names)],
            "measurements": [{"source": u, "target": v, "seconds": time} for (u, v), time in self.seconds.items()],
            "forbidden": [
                {"source": u, "target": v} for u, v in itertools.product(names, names) if (u, v) not in self.seconds
            ],
            "prices": [{"source": u, "target": v, "usd_per_gb": price} for (u, v), price in self.usd_per_gb.items()],
            "copies_per_source": self.per_source,
            "region_limits": self.region_limits,
            "relay": self.relay,
            "temporary_copies": self.temporary,
            "size_gb": self.size_gb,
            "existing": self.existing,
        }
        for key, value in (
            ("source", self.source),
            ("copies_per_region", self.per_region),
            ("copies_per_destination", self.per_destination),
            ("source_gbit_per_s", self.source_gbit),
        ):
            if value is not None:
                request[key] = value
        return request | more

    def limit(self, key: str, region: str) -> float:
        default = {
            "copies_per_source": self.per_source,
            "copies_per_region": self.per_region,
            "copies_per_destination": self.per_destination,
        }[key]
        value = self.region_limits.get(region, {}).get(key, default)
        return math.inf if value is None else value

    def holders(self) -> list[Json]:
        """Return the copies that are there: region, ready and the ends of the copies that are being read from it."""
        found = [
            {"region": entry["region"], "ready": entry.get("ready_s", 0.0), "busy": list(entry.get("busy_s", []))}
            for entry in self.existing
        ]
        if self.source is not None and all(entry["region"] != self.source for entry in found):
            found.append({"region": self.source, "ready": 0.0, "busy": []})
        return found


def check(world: World, plan: Json, strategy: str = "optimized") -> None:
    """Fail with what is wrong about a plan; only what the plan says of its copies is believed."""
    copies = {copy["id"]: copy for copy in plan["copies"]}
    assert len(copies) == len(plan["copies"]), "an id comes twice"
    existing = {entry["id"]: entry for entry in plan["existing"]}
    holders = world.holders()
    assert sorted((entry["region"], entry["ready_s"]) for entry in existing.values()) == sorted(
        (holder["region"], round(holder["ready"], 3)) for holder in holders
    )
    _check_delivery(world, plan, holders)
    temporary_allowed = world.temporary or strategy == "in_source"
    for copy in copies.values():
        source = copies.get(copy["source_copy"])
        if source is None:
            assert existing[copy["source_copy"]]["region"] == copy["source_region"]
            ready = existing[copy["source_copy"]]["ready_s"]
        else:
            assert world.relay, "a copy was copied"
            assert source["target_region"] == copy["source_region"]
            assert source["id"] in copy["depends_on"]
            ready = source["expected_end_s"]
        assert copy["expected_start_s"] >= ready - NEAR, f"{copy['id']} starts before its source is there"
        assert copy["temporary"] <= temporary_allowed
        assert not copy["temporary"] or copy["kind"] == "in_region", "a temporary copy left its region"
        assert copy["kind"] == ("in_region" if copy["source_region"] == copy["target_region"] else "cross_region")
        assert all(copies[name]["expected_end_s"] <= copy["expected_start_s"] + NEAR for name in copy["depends_on"])
    _check_loads(world, plan)
    _check_durations(world, plan)
    wanted_ends = [copy["expected_end_s"] for copy in copies.values() if not copy["temporary"]]
    ready = [entry["ready_s"] for region in world.targets for entry in _needed(world, existing, region)]
    assert abs(plan["makespan_s"] - max([0.0, *wanted_ends, *ready])) <= NEAR
    assert plan["lower_bound_s"] <= plan["makespan_s"] + NEAR
    if plan["proven_optimal"]:
        assert plan["gap"] < 0.001
    usd = sum(
        world.usd_per_gb.get((copy["source_region"], copy["target_region"]), 0.0) * world.size_gb
        for copy in copies.values()
    )
    assert abs(plan["egress_usd"] - usd) <= 0.0051, (plan["egress_usd"], usd)
    _check_graph(world, plan)


def _needed(world: World, existing: Mapping[str, Json], region: str) -> list[Json]:
    there = sorted((entry for entry in existing.values() if entry["region"] == region), key=lambda e: e["ready_s"])
    return there[: world.targets[region]]


def _check_delivery(world: World, plan: Json, holders: Sequence[Json]) -> None:
    """Every target gets what it lacks, nothing complete is copied again, each temporary copy is read and cleaned up."""
    made: dict[str, int] = {}
    for copy in plan["copies"]:
        if not copy["temporary"]:
            made[copy["target_region"]] = made.get(copy["target_region"], 0) + 1
    lacking = {
        region: count - sum(holder["region"] == region for holder in holders) for region, count in world.targets.items()
    }
    assert made == {region: count for region, count in lacking.items() if count > 0}
    readers: dict[str, list[str]] = {}
    for copy in plan["copies"]:
        readers.setdefault(copy["source_copy"], []).append(copy["id"])
    temporary = {copy["id"] for copy in plan["copies"] if copy["temporary"]}
    assert {entry["copy"]: entry["after"] for entry in plan["cleanup"]} == {
        name: sorted(readers.get(name, [])) for name in temporary
    }
    assert all(readers.get(name) for name in temporary), "a temporary copy is not read"


def _check_loads(world: World, plan: Json) -> None:
    """At no moment are there more copies at once than a source, a region or a destination allows."""
    region_of = {entry["id"]: entry["region"] for entry in plan["existing"]}
    region_of |= {copy["id"]: copy["target_region"] for copy in plan["copies"]}
    spans: list[tuple[float, float, str, str, str]] = [
        (c["expected_start_s"], c["expected_end_s"], c["source_copy"], c["source_region"], c["target_region"])
        for c in plan["copies"]
    ]
    left = [dict(entry) for entry in plan["existing"]]
    for holder in world.holders():
        entry = next(e for e in left if e["region"] == holder["region"] and abs(e["ready_s"] - holder["ready"]) <= NEAR)
        if not any(other["region"] == holder["region"] for other in left if other is not entry):
            spans += [(0.0, until, entry["id"], entry["region"], "") for until in holder["busy"]]
        left.remove(entry)
    for moment, _end, _source, _from, _to in spans:
        now = [span for span in spans if span[0] <= moment + NEAR < span[1] - NEAR]
        # What runs already may exceed the limits, for as long as it does; then nothing may be added.
        fresh = [span for span in now if span[4]]
        for source in {span[2] for span in fresh}:
            most = world.limit("copies_per_source", region_of[source])
            assert sum(span[2] == source for span in now) <= most, f"{source} is read too often at {moment}"
        for region in {span[3] for span in fresh}:
            assert sum(span[3] == region for span in now) <= world.limit("copies_per_region", region)
        for region in {span[4] for span in fresh} - {""}:
            assert sum(span[4] == region for span in now) <= world.limit("copies_per_destination", region)


def _check_durations(world: World, plan: Json) -> None:
    """A copy takes what its link takes, or longer where it shares its source's bandwidth with others."""
    for copy in plan["copies"]:
        alone = world.seconds.get((copy["source_region"], copy["target_region"]))
        assert alone is not None, "a forbidden link is used"
        took = copy["expected_end_s"] - copy["expected_start_s"]
        assert abs(took - copy["duration_s"]) <= NEAR
        if world.source_gbit is None:
            assert abs(took - alone) <= NEAR
            continue
        at_once = 1
        for other in plan["copies"]:
            if other["source_copy"] == copy["source_copy"] and other is not copy:
                moment = max(other["expected_start_s"], copy["expected_start_s"])
                if moment < min(other["expected_end_s"], copy["expected_end_s"]) - NEAR:
                    running = sum(
                        c["expected_start_s"] - NEAR <= moment < c["expected_end_s"] - NEAR
                        for c in plan["copies"]
                        if c["source_copy"] == copy["source_copy"]
                    )
                    at_once = max(at_once, running)
        assert took >= max(alone, world.size_gb * 8 * at_once / world.source_gbit) - NEAR


def _check_graph(world: World, plan: Json) -> None:
    """The nodes say the same as the copies."""
    nodes = {node["name"]: node for node in plan["regions"]}
    for name, node in nodes.items():
        starts = sorted(
            (copy["expected_start_s"], copy["target_region"])
            for copy in plan["copies"]
            if copy["source_region"] == name
        )
        assert set(node["next_region_nodes"]) == {region for _start, region in starts}
        assert node["copy_status"] in ("NotStarted", "InProgress", "Completed")
    assert {copy["target_region"] for copy in plan["copies"]} <= set(nodes)


def exact_end(world: World) -> float:
    """Return when the best plan ends, by dynamic programming over sets of targets; no temporary copies, one per target.

    One slot of a copy in u that is free serves the set S: its next copy goes to some v, and takes a part of S along that
    the new copy in v, with all its slots, serves from then on; the slot goes on with the rest. A copy that lets m of its
    slots be used splits its set between m such slots.
    """
    targets = sorted(set(world.targets) - {holder["region"] for holder in world.holders()})
    regions = sorted(set(world.names()) | set(targets))
    full = (1 << len(targets)) - 1
    if not full:
        return 0.0
    most = max(int(world.limit("copies_per_source", region)) for region in regions)

    def seconds(u: str, v: str, readers: int) -> float:
        alone = world.seconds.get((u, v), math.inf)
        if world.source_gbit is None:
            return alone
        return max(alone, world.size_gb * 8 * readers / world.source_gbit)

    def parts(whole: int) -> list[int]:
        found, part = [], whole
        while part:
            found.append(part)
            part = (part - 1) & whole
        return found

    # slot[m][u][S], many[u][S]; filled by the size of S.
    uses = range(1, most + 1) if world.source_gbit is not None else (most,)
    slot = {m: {u: [math.inf] * (full + 1) for u in regions} for m in uses}
    many = {u: [math.inf] * (full + 1) for u in regions}
    for u in regions:
        many[u][0] = 0.0
        for m in uses:
            slot[m][u][0] = 0.0
    for whole in sorted(range(1, full + 1), key=lambda number: number.bit_count()):
        inside = parts(whole)
        for u in regions:
            k = int(world.limit("copies_per_source", u))
            for m in uses:
                row, best = slot[m][u], math.inf
                if m > k and world.source_gbit is not None:
                    continue
                for number, v in enumerate(targets):
                    bit = 1 << number
                    if not whole & bit or (not world.relay and u not in {h["region"] for h in world.holders()}):
                        continue
                    took = seconds(u, v, m)
                    for part in inside:
                        if part & bit and (world.relay or part == bit):
                            end = took + max(many[v][part ^ bit], row[whole ^ part])
                            best = min(best, end)
                row[whole] = best
        for u in regions:
            k = int(world.limit("copies_per_source", u))
            for m in uses:
                slots = min(m, k)
                many[u][whole] = min(many[u][whole], _split(slot[m][u], [0.0] * slots, whole, {}))
    best = math.inf
    for chosen in itertools.product(uses, repeat=len(world.holders())):
        rows = []
        for m, holder in zip(chosen, world.holders(), strict=True):
            k = min(m, int(world.limit("copies_per_source", holder["region"])))
            busy = sorted(holder["busy"], reverse=True)[:k]
            free = [max(holder["ready"], time) for time in busy] + [holder["ready"]] * (k - len(busy))
            rows += [(slot[m][holder["region"]], time) for time in free]
        best = min(best, _split_over(rows, full))
    floor = [holder["ready"] for holder in world.holders() if holder["region"] in world.targets]
    return max([best, *floor])


def _split(row: Sequence[float], free: Sequence[float], whole: int, cache: dict[tuple[int, int], float]) -> float:
    """Return the least end when equal slots share a set."""
    return _split_over([(row, time) for time in free], whole, cache)


def _split_over(
    rows: Sequence[tuple[Sequence[float], float]], whole: int, cache: dict[tuple[int, int], float] | None = None
) -> float:
    cache = {} if cache is None else cache

    def least(number: int, left: int) -> float:
        if not left:
            return 0.0
        row, time = rows[number]
        if number == len(rows) - 1:
            return time + row[left]
        key = (number, left)
        if key not in cache:
            best, part = math.inf, left
            while True:
                mine = time + row[part] if part else 0.0
                if mine < best:
                    best = min(best, max(mine, least(number + 1, left ^ part)))
                if not part:
                    break
                part = (part - 1) & left
            cache[key] = best
        return cache[key]

    return least(0, whole)


def measured_azure() -> dict[tuple[str, str], float]:
    """Return seconds for 100 GB between 22 Azure regions: rates between VMs as Skyplane measured them, November 2022.

    (https://github.com/skyplane-project/skyplane, throughput grids of "Skyplane", NSDI 2023.)
    """
    with (DATA / "azure_throughput.csv").open(encoding="utf-8", newline="") as stream:
        return {(row["source"], row["target"]): 800 / float(row["gbit_per_s"]) for row in csv.DictReader(stream)}


def random_world(seed: int, targets: int, **options: Any) -> World:
    """Return a world of random points in a plane, with noise on the links."""
    rng = random.Random(seed)
    names = [f"r{number:02d}" for number in range(targets + 1)]
    places = {name: (rng.uniform(0, 100), rng.uniform(0, 100)) for name in names}
    seconds = {
        (u, v): (20 + math.dist(places[u], places[v])) * math.exp(rng.gauss(0, 0.2))
        for u, v in itertools.permutations(names, 2)
    }
    return World(seconds, dict.fromkeys(names[1:], 1), names[0], **options)
