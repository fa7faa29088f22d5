# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The moves of the search keep a forest a forest, with temporary copies in the region of what they are copies of."""

from __future__ import annotations

import random

import pytest

from ansible_collections.bcdr.multicloud.plugins.module_utils._planning.annealing import Annealer
from ansible_collections.bcdr.multicloud.plugins.module_utils._planning.model import Forest, Problem
from ansible_collections.bcdr.multicloud.plugins.module_utils._planning.request import read_request
from ansible_collections.bcdr.multicloud.plugins.module_utils._planning.strategies import earliest_completion
from ansible_collections.bcdr.multicloud.tests.unit.planning.worlds import random_world


def check_forest(problem: Problem, forest: Forest) -> None:
    reached = list(range(problem.roots))
    for replica in reached:
        assert all(forest.parent[child] == replica for child in forest.children[replica])
        reached += forest.children[replica]
    assert len(reached) == len(set(reached)), "a copy is made twice"
    first = problem.roots + len(problem.wanted)
    assert set(range(first)) <= set(reached), "a wanted copy is lost"
    wanted = [forest.region[replica] for replica in range(problem.roots, first)]
    assert sorted(wanted) == sorted(problem.wanted)
    assert set(forest.temporary) == {replica for replica in reached if replica >= first}
    for replica in forest.temporary:
        assert forest.region[replica] == forest.region[forest.parent[replica]], "a temporary copy left its region"
        assert forest.children[replica], "a temporary copy is not read"


@pytest.mark.parametrize("per_source", [1, 2])
@pytest.mark.parametrize("existing", [[], [{"region": "r03"}]])
@pytest.mark.parametrize("tau", [8.0, 25.0])
def test_every_move_leaves_a_forest(per_source: int, existing: list[dict[str, str]], tau: float) -> None:
    world = random_world(9, 14, per_source=per_source, temporary=True, existing=existing)
    world.seconds |= {(name, name): tau for name in world.names()}
    # Of a dear region, so that temporary copies change regions.
    world.seconds["r00", "r00"] = 3 * tau
    problem = read_request(world.request()).problem
    start = earliest_completion(problem, 0.5, 0.25, clones=6)
    annealer = Annealer(problem, start, random.Random(4), {problem.wanted[0]: 10.0})
    seen = set()
    for turn in range(120):
        # A hot end, or most moves would be turned down.
        annealer.run(150, 0.2, 0.1)
        forest = annealer.forest()
        check_forest(problem, forest)
        check_forest(problem, annealer.best)
        seen.add(len(forest.temporary))
        if turn % 40 == 39:
            annealer.restart()
    assert len(seen) > 2, seen
