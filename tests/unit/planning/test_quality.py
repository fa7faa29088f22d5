# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How good plans are on measured links, mostly with a fifth of the default budget. tests/benchmarks/planning.py has the rest."""

from __future__ import annotations

import itertools
import statistics

from ansible_collections.bcdr.multicloud.plugins.module_utils._planning.planner import make_plan
from ansible_collections.bcdr.multicloud.plugins.module_utils._planning.request import read_request
from ansible_collections.bcdr.multicloud.plugins.module_utils._planning.schedule import evaluate
from ansible_collections.bcdr.multicloud.plugins.module_utils._planning.strategies import earliest_completion
from ansible_collections.bcdr.multicloud.tests.unit.planning.worlds import World, check, measured_azure, random_world

# Lower bounds in seconds for 100 GB by (source, copies per source): the time-indexed linear programme with 360 steps.
PROVEN = {
    ("norwayeast", 1): 172.3,
    ("norwayeast", 2): 116.2,
    ("norwayeast", 3): 96.8,
    ("norwayeast", 5): 82.8,
    ("brazilsouth", 1): 206.5,
    ("brazilsouth", 2): 143.1,
    ("brazilsouth", 3): 122.7,
    ("brazilsouth", 5): 102.6,
}

# The same with temporary copies, by (source, a second region that has the image, copies per source, seconds of a copy within
# a region): the programme with 100 steps.
PROVEN_IN_REGION = {
    ("centralindia", None, 1, 23.4375): 174.39,
    ("centralindia", None, 2, 23.4375): 127.79,
    ("southafricanorth", None, 1, 23.4375): 186.68,
    ("southafricanorth", None, 2, 23.4375): 138.88,
    ("westus2", "switzerlandnorth", 2, 23.4375): 93.88,
}


def world(source: str, per_source: int) -> World:
    seconds = measured_azure()
    targets = {name for link in seconds for name in link} - {source}
    usd = dict.fromkeys(seconds, 0.02)
    return World(seconds, dict.fromkeys(sorted(targets), 1), source, per_source=per_source, usd_per_gb=usd)


def test_plans_for_21_measured_regions_are_near_the_best() -> None:
    ratios, gaps = [], []
    for (source, per_source), proven in PROVEN.items():
        given = world(source, per_source)
        plan = make_plan(given.request(moves=100_000, bound="price"))
        check(given, plan)
        ratios.append(plan["makespan_s"] / proven)
        gaps.append(plan["gap"])
    assert statistics.fmean(ratios) <= 1.03, ratios
    assert max(ratios) <= 1.06, ratios
    assert min(ratios) >= 0.999, "a proven bound is broken"
    assert statistics.fmean(gaps) <= 0.08, gaps


def test_the_fan_out_is_chosen_where_copies_share_their_source() -> None:
    """At 16 Gbit/s per stored copy five readers at once are slower than one or two."""
    given = world("eastus", 5)
    given.source_gbit = 16.0
    plan = make_plan(given.request(moves=50_000, bound="price"))
    check(given, plan)
    assert plan["copies_at_once_used"] <= 3
    ends = {row["strategy"]: row["makespan_s"] for row in plan["alternatives"]}
    assert plan["makespan_s"] * 1.5 < ends["nearest"]
    assert plan["gap"] < 0.15


def test_temporary_copies_are_used_where_they_help() -> None:
    given = world("eastus", 1)
    without = make_plan(given.request(moves=50_000, bound="price"))
    given.temporary = True
    given.seconds |= {(name, name): 4.0 for name in given.names()}
    plan = make_plan(given.request(moves=50_000, bound="price"))
    check(given, plan)
    assert plan["makespan_s"] < 0.6 * without["makespan_s"]
    in_source = next(row for row in plan["alternatives"] if row["strategy"] == "in_source")
    assert plan["makespan_s"] < in_source["makespan_s"]


def test_plans_with_temporary_copies_are_near_the_best() -> None:
    """Where temporary copies are a real trade-off: one takes a quarter or a half of a copy to the next region.

    With the default budget, for that is what the 5 % are promised for.
    """
    ratios: dict[tuple[str, str | None, int, float], float] = {}
    gaps = []
    for case, proven in PROVEN_IN_REGION.items():
        source, other, per_source, took = case
        given = world(source, per_source)
        given.temporary = True
        given.seconds |= {(name, name): took for name in given.names()}
        if other is not None:
            given.existing = [{"region": other}]
            del given.targets[other]
        plan = make_plan(given.request(bound="price"))
        check(given, plan)
        ratios[case] = plan["makespan_s"] / proven
        gaps.append(plan["gap"])
    assert statistics.fmean(ratios.values()) <= 1.04, ratios
    for ratio in ratios.values():
        assert 0.999 <= ratio <= 1.05, ratios
    assert statistics.fmean(gaps) <= 0.11, gaps


def test_plans_for_57_regions_are_near_their_own_bound() -> None:
    """With a third of the default budget."""
    given = random_world(57, 57, per_source=2)
    plan = make_plan(given.request(moves=400_000, bound="price"))
    check(given, plan)
    assert plan["lower_bound_kind"] == "price"
    assert plan["gap"] <= 0.19


def test_many_regions_get_a_valid_plan() -> None:
    given = random_world(1, 120, per_source=2)
    plan = make_plan(given.request(moves=3000, bound="price"))
    check(given, plan)
    problem = read_request(given.request()).problem
    assert plan["makespan_s"] <= evaluate(problem, earliest_completion(problem)) + 0.001


def test_slack_trades_time_for_money() -> None:
    given = world("australiaeast", 3)
    names = given.names()
    given.usd_per_gb = {
        (u, v): 0.08 if u in ("australiaeast", "koreacentral", "eastasia", "centralindia") else 0.02
        for u, v in itertools.permutations(names, 2)
    }
    plans = [make_plan(given.request(moves=60_000, bound="price", slack=slack)) for slack in (0.0, 0.1)]
    for plan in plans:
        check(given, plan)
    assert plans[1]["egress_usd"] <= plans[0]["egress_usd"]
    # 21 copies cannot cost less than all but the first at the lower price; some of the dear links are worth their time.
    assert plans[1]["egress_usd"] <= (8 + 20 * 2) * 1.5
