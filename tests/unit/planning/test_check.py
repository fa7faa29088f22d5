# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The check that all plans of the tests have to pass is itself checked: it has to see each mistake a planner could make."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest

from ansible_collections.bcdr.multicloud.plugins.module_utils._planning.planner import make_plan
from ansible_collections.bcdr.multicloud.tests.unit.planning.worlds import World, check, random_world

Json = dict[str, Any]


def relayed(plan: Json) -> Json:
    """Return a copy that is read from a new copy."""
    return next(one for one in plan["copies"] if one["depends_on"])


def shift(one: Json, seconds: float) -> None:
    one["expected_start_s"] += seconds
    one["expected_end_s"] += seconds


def start_too_early(plan: Json) -> None:
    shift(relayed(plan), -5)


def leave_one_out(plan: Json) -> None:
    plan["copies"].pop()


def copy_one_twice(plan: Json) -> None:
    plan["copies"].append(plan["copies"][-1] | {"id": "copy-99"})


def hurry(plan: Json) -> None:
    plan["copies"][-1]["expected_end_s"] -= 5
    plan["copies"][-1]["duration_s"] -= 5


def read_from_elsewhere(plan: Json) -> None:
    one = relayed(plan)
    one["source_region"] = next(r for r in ("r01", "r02", "r03") if r not in (one["source_region"], one["target_region"]))


def forget_what_it_needs(plan: Json) -> None:
    relayed(plan)["depends_on"] = []


def read_too_often(plan: Json) -> None:
    first = plan["copies"][0]
    for one in plan["copies"]:
        if one["source_copy"] == first["source_copy"] and one is not first:
            shift(one, first["expected_start_s"] - one["expected_start_s"])


def promise_less(plan: Json) -> None:
    plan["makespan_s"] -= 5


def prove_too_much(plan: Json) -> None:
    plan["lower_bound_s"] = plan["makespan_s"] + 1


def count_too_little_money(plan: Json) -> None:
    plan["egress_usd"] -= 1


def forget_a_node(plan: Json) -> None:
    next(node for node in plan["regions"] if node["next_region_nodes"])["next_region_nodes"].pop()


MISTAKES = (
    start_too_early,
    leave_one_out,
    copy_one_twice,
    hurry,
    read_from_elsewhere,
    forget_what_it_needs,
    read_too_often,
    promise_less,
    prove_too_much,
    count_too_little_money,
    forget_a_node,
)


def a_world() -> World:
    world = random_world(3, 7)
    world.usd_per_gb = dict.fromkeys(world.seconds, 0.05)
    return world


@pytest.mark.parametrize("mistake", MISTAKES)
def test_each_mistake_is_seen(mistake: Callable[[Json], None]) -> None:
    world = a_world()
    plan = make_plan(world.request(moves=1000))
    check(world, plan)
    wrong = copy.deepcopy(plan)
    mistake(wrong)
    with pytest.raises((AssertionError, KeyError)):
        check(world, wrong)


def test_a_plan_made_for_other_rules_is_seen() -> None:
    """What is allowed with more slots, relays, links or bandwidth is not allowed without."""
    world = random_world(3, 7, per_source=3)
    plan = make_plan(world.request(moves=1000))
    check(world, plan)
    used = relayed(plan)
    link = (used["source_region"], used["target_region"])
    stricter: dict[str, Any] = {
        "per_source": 1,
        "per_region": 1,
        "relay": False,
        "seconds": {pair: time for pair, time in world.seconds.items() if pair != link},
        "source_gbit": 1.0,
    }
    for name, value in stricter.items():
        other = random_world(3, 7, per_source=3)
        setattr(other, name, value)
        with pytest.raises(AssertionError):
            check(other, plan)
