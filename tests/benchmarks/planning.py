# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Measure the replication planner: ``python tests/benchmarks/planning.py``. No sandbox, no account.

Each case is planned with the default budget. `gap` is by how much the plan ends after the best bound that is known for the
case: the optimum where the plan is proven to be one, the plan's own bound, or what is in planning_bounds.json, which
`--prove N` writes (a linear programme for each case and about N branches of it; needs scipy). Bounds hold for all plans, so
the largest that was ever proven is kept. `own gap` is to the plan's own bound, in pure Python. The other columns are the ends
of the other strategies by the best bound. "two_sources" is "in_region" with a second region that has the image already. The
instances are others than those that the search was tuned on. `--join` prints the report of figures that several runs, each
of some of the groups, wrote with `--json`.
"""

from __future__ import annotations

import argparse
import csv
import json
import math
import random
import statistics
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / ".build" / "collections"))
sys.path.insert(0, str(ROOT / "tests"))

from benchmarks.planning_bounds import excludes, prove  # noqa: E402

from ansible_collections.bcdr.multicloud.plugins.module_utils._planning import bounds  # noqa: E402
from ansible_collections.bcdr.multicloud.plugins.module_utils._planning.planner import make_plan  # noqa: E402
from ansible_collections.bcdr.multicloud.plugins.module_utils._planning.regions import (  # noqa: E402
    Region,
    kilometres,
    known_regions,
)
from ansible_collections.bcdr.multicloud.plugins.module_utils._planning.request import read_request  # noqa: E402
from ansible_collections.bcdr.multicloud.plugins.module_utils._planning.schedule import evaluate  # noqa: E402
from ansible_collections.bcdr.multicloud.plugins.module_utils._planning.strategies import (  # noqa: E402
    earliest_completion,
)

Json = dict[str, Any]
GRID = ROOT / "tests" / "unit" / "planning" / "data" / "azure_throughput.csv"
GROUPS = ("small", "measured", "synthetic", "in_region", "two_sources", "huge", "large")
PROVEN = Path(__file__).with_name("planning_bounds.json")
# Steps of the linear programme as a whole, and of each of its branches: with more of them it proves more, and takes longer.
STEPS = {"measured": 80, "synthetic": 80, "in_region": 100, "two_sources": 100, "large": 80}
BRANCH_STEPS = {"measured": 60, "synthetic": 60, "in_region": 60, "two_sources": 60, "large": 40}
SOLUTIONS = 8
KS = (1, 2, 3, 5)


@dataclass(frozen=True)
class Row:
    """One case; seconds of the plan, and CPU seconds of planning."""

    group: str
    case: str
    targets: int
    copies_per_source: int
    makespan: float
    own_bound: float
    best_bound: float
    gap: float
    own_gap: float
    strategies: dict[str, float | None]
    cpu: float


def read_grid(path: Path) -> list[Json]:
    """Return the rates of a CSV file with the columns source, target and gbit_per_s."""
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def measured(source: str, per_source: int, grid: Path = GRID, **more: Any) -> Json:
    """Return the request to copy 128 GB to all other regions of a measured grid."""
    rows = read_grid(grid)
    names = sorted({row["source"] for row in rows} | {row["target"] for row in rows})
    targets = [name for name in names if name != source]
    # All links are measured, so that where a region lies is of no matter, unless it is one of Azure's.
    places = [{"name": name} for name in names if name not in known_regions("azure")]
    request = {"source": source, "targets": targets, "measurements": rows, "copies_per_source": per_source, **more}
    return request | {"regions": places} if places else request


def synthetic(targets: int, per_source: int, seed: int, sigma: float = 0.16) -> Json:
    """Return a request between random Azure regions, random places beyond those, with noise on the estimated links."""
    rng = random.Random(seed)
    known = known_regions("azure")
    if targets < len(known):
        places = {name: known[name] for name in rng.sample(sorted(known), targets + 1)}
    else:
        places = {
            f"place-{number:03d}": Region(f"place-{number:03d}", rng.uniform(-60, 60), rng.uniform(-180, 180))
            for number in range(targets + 1)
        }
    source = rng.choice(sorted(places))
    links = [
        {
            "source": one,
            "target": other,
            "seconds": (50.5 + 0.00314 * (kilometres(places[one], places[other]) or 0.0))
            * math.exp(rng.gauss(0, sigma)),
        }
        for one in sorted(places)
        for other in sorted(places)
        if one != other
    ]
    regions = [
        {"name": name, "latitude": place.latitude, "longitude": place.longitude} for name, place in places.items()
    ]
    return {
        "source": source,
        "targets": sorted(set(places) - {source}),
        "measurements": links,
        "regions": regions,
        "copies_per_source": per_source,
    }


def cases(group: str, quick: bool, ks: Sequence[int]) -> Iterator[tuple[str, Json]]:
    """Yield (name, request) of a group with each of `ks` copies per source; `quick` takes the first few."""
    if group == "small":
        for targets in (5, 8):
            for k in ks:
                yield f"seed {targets}", synthetic(targets, k, targets)
    elif group == "measured":
        for source in ("norwayeast",) if quick else ("norwayeast", "brazilsouth"):
            for k in ks:
                yield source, measured(source, k)
        # Any other grid that lies beside it, from two of its regions.
        for path in sorted(set(GRID.parent.glob("*.csv")) - {GRID}):
            sources = sorted({row["source"] for row in read_grid(path)})
            for source in sources[:1] if quick else (sources[0], sources[-1]):
                for k in ks:
                    yield f"{path.stem} {source}", measured(source, k, path)
    elif group == "synthetic":
        for number, targets in enumerate((14,) if quick else (14, 19, 24)):
            for k in ks:
                yield f"seed {number}", synthetic(targets, k, number)
    elif group == "in_region":
        # A quarter and a half of a copy to the next region.
        for source in ("centralindia",) if quick else ("centralindia", "southafricanorth"):
            for tau in (15, 30):
                for k in ks:
                    yield f"{source} {tau} s", measured(source, k, temporary_copies=True, in_region_seconds=tau)
    elif group == "two_sources":
        source, other = "westus2", "switzerlandnorth"
        for tau in (15, 30):
            for k in ks:
                request = measured(source, k, temporary_copies=True, in_region_seconds=tau)
                request["existing"] = [{"region": other}]
                yield f"{source} {tau} s", request | {"targets": sorted(set(request["targets"]) - {other})}
    elif group == "large":
        for targets in (57,) if quick else (57, 40):
            for k in ks:
                yield "seed 1", synthetic(targets, k, 1)
    elif group == "huge":
        for k in ks:
            yield "500 places", synthetic(499, k, 1)


def read_proven() -> dict[str, float]:
    """Return by `name_of` the bounds that were proven, in seconds."""
    return dict(json.loads(PROVEN.read_text(encoding="utf-8"))) if PROVEN.exists() else {}


def write_proven(name: str, bound: float) -> None:
    """Keep a bound, rounded down, unless a larger one is there."""
    # Read anew: two runs may prove different cases at once.
    proven = read_proven()
    proven[name] = max(proven.get(name, 0.0), math.floor(bound * 1000) / 1000)
    PROVEN.write_text(json.dumps(dict(sorted(proven.items())), indent=2) + "\n", encoding="utf-8")


def name_of(group: str, case: str, request: Json) -> str:
    return f"{group}, {case}, {len(request['targets'])} targets, {request['copies_per_source']} per source"


def best_bound(group: str, request: Json, known: float, bound: float, programmes: int, within: float | None) -> float:
    """Return a bound of at least `bound` from the linear programme, as a whole and then branched."""
    problem = read_request(request).problem
    linprog = bounds.load_linear_solver()
    if linprog is None:
        raise SystemExit("--prove needs scipy")
    if group in STEPS:
        bound = bounds.lp_bound(problem, bound, known, STEPS[group], linprog, SOLUTIONS)
        if within is not None:
            end = known / (1 + within / 100)
            proves = end > bound and excludes(problem, end, BRANCH_STEPS[group], programmes, linprog)
            return end if proves else bound
        bound, _solved = prove(problem, bound, known, BRANCH_STEPS[group], programmes, linprog)
    return bound


def measure(group: str, case: str, request: Json, programmes: int | None, within: float | None) -> Row:
    """Plan a case and compare."""
    request = request | {"bound": "price"}
    started = time.process_time()
    plan = make_plan(request)
    cpu = time.process_time() - started
    problem = read_request(request).problem
    name = name_of(group, case, request)
    best = max(plan["lower_bound_s"], read_proven().get(name, 0.0))
    if best > plan["makespan_s"] + 0.001:
        raise SystemExit(f"{name}: the plan ends before the bound in {PROVEN.name}, so one of them is wrong")
    if programmes is not None and not plan["proven_optimal"]:
        best = best_bound(group, request, plan["makespan_s"], best, programmes, within)
        write_proven(name, best)
    ends = {row["strategy"]: row["makespan_s"] for row in plan["alternatives"]}
    ends["earliest completion"] = evaluate(problem, earliest_completion(problem))
    return Row(
        group,
        case,
        len(problem.wanted),
        request["copies_per_source"],
        plan["makespan_s"],
        plan["lower_bound_s"],
        round(best, 3),
        round(plan["makespan_s"] / best - 1, 4),
        plan["gap"],
        {name: None if end is None else round(end / best, 2) for name, end in ends.items()},
        round(cpu, 1),
    )


HEADING = (
    f"{'':28} {'n':>4} {'k':>2} {'end s':>8} {'bound s':>8} {'gap':>7} {'own gap':>8} {'CPU s':>6}  other strategies"
)


def line(row: Row) -> str:
    """Return a case as a line under `HEADING`."""
    others = ", ".join(f"{name} {'-' if end is None else end}" for name, end in row.strategies.items())
    return (
        f"{row.group + ' ' + row.case:28} {row.targets:>4} {row.copies_per_source:>2} {row.makespan:>8.1f}"
        f" {row.best_bound:>8.1f} {100 * row.gap:>5.1f} % {100 * row.own_gap:>6.1f} % {row.cpu:>6.1f}  {others}"
    )


def report(rows: list[Row]) -> Iterator[str]:
    """Yield a table by group and copies per source."""
    yield f"\n{'':12} {'k':>3} {'cases':>6} {'gap mean':>9} {'worst':>7} {'own mean':>9} {'worst':>7} {'CPU s':>6}"
    for group in dict.fromkeys(row.group for row in rows):
        inside = [row for row in rows if row.group == group]
        for k in [*sorted({row.copies_per_source for row in inside}), None]:
            own = [row for row in inside if k in (None, row.copies_per_source)]
            gaps, owns = [100 * row.gap for row in own], [100 * row.own_gap for row in own]
            yield (
                f"{group:12} {k or 'all':>3} {len(own):>6} {statistics.fmean(gaps):>7.2f} % {max(gaps):>5.2f} %"
                f" {statistics.fmean(owns):>7.2f} % {max(owns):>5.2f} % {max(row.cpu for row in own):>6.1f}"
            )


def main() -> None:
    parser = argparse.ArgumentParser(prog="python tests/benchmarks/planning.py", description=__doc__.splitlines()[0])
    parser.add_argument("--groups", nargs="+", choices=GROUPS, default=list(GROUPS))
    parser.add_argument("--quick", action="store_true", help="only the first cases of each group")
    parser.add_argument("--copies-per-source", type=int, nargs="+", metavar="K", help="not with 1, 2, 3 and 5")
    parser.add_argument(
        "--prove",
        type=int,
        metavar="N",
        help="prove bounds, with one linear programme for each case and about N branches",
    )
    parser.add_argument(
        "--within",
        type=float,
        metavar="PERCENT",
        help="with --prove: prove only that the plan ends within this, which is quicker",
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there too")
    parser.add_argument("--join", type=Path, nargs="+", metavar="FILE", help="measure nothing, report what is in these")
    options = parser.parse_args()
    if options.join:
        given = [Row(**row) for path in options.join for row in json.loads(path.read_text(encoding="utf-8"))]
        given.sort(key=lambda row: GROUPS.index(row.group))
        print("\n".join([HEADING, *map(line, given), *report(given)]))
        return
    print(HEADING)
    rows: list[Row] = []
    started = time.monotonic()
    ks = options.copies_per_source or ((1, 3) if options.quick else KS)
    for group in options.groups:
        for case, request in cases(group, options.quick, ks):
            rows.append(measure(group, case, request, options.prove, options.within))
            print(line(rows[-1]), flush=True)
            if options.json:
                # After each case: a run that is stopped has measured something.
                options.json.write_text(json.dumps([asdict(row) for row in rows], indent=2) + "\n", encoding="utf-8")
    print("\n".join(report(rows)))
    print(f"{len(rows)} cases in {(time.monotonic() - started) / 60:.0f} minutes")


if __name__ == "__main__":
    main()
