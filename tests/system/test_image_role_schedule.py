# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The role azure_image on a schedule: no run waits, each takes everything one step further, day after day."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from system.fleet import play
from system.image_fleet import HOME, SIZES, role_seed, role_task, workload
from system.passes import Passes
from system.runner import Ansible, collections_path
from system.sandbox_process import SandboxProcess

from ansible_collections.bcdr.multicloud.plugins.plugin_utils._azure_image_workloads import batch

# Time moves only when the test says so.
SPEED = 0.0
HOUR = 3600
# The east is reached by way of the north, an hour each.
LINKS: list[dict[str, Any]] = [
    {"source": HOME, "target": "northeurope", "base": HOUR, "seconds_per_gb": 0},
    {"source": HOME, "target": "eastus", "base": 9 * HOUR, "seconds_per_gb": 0},
    {"source": "northeurope", "target": "eastus", "base": HOUR, "seconds_per_gb": 0},
]
MEASURED = [{"source": one["source"], "target": one["target"], "seconds": one["base"]} for one in LINKS]
VERSIONS = "Make the versions that are due, bring them to their targets, and delete those that have served"


@pytest.fixture
def passes(sandbox: SandboxProcess, tmp_path: Path) -> Iterator[Passes]:
    environment = {**sandbox.environment, "PATH": os.environ["PATH"], "HOME": str(tmp_path), "no_proxy": "127.0.0.1"}
    process = Passes(sys.executable, environment, collections_path(), tmp_path / "passes.err")
    yield process
    process.stop()


def test_two_days_of_a_schedule(sandbox: SandboxProcess, ansible: Ansible, passes: Passes) -> None:
    """The first pass and the last are the role's, those between are of the module with what the role hands it."""
    sandbox.plant(role_seed(["golden"], LINKS, durations={"create_image": 60, "create_snapshot": 60, "delete": 60}))
    golden = workload(
        "golden", ["northeurope", "eastus"], planning={"measurements": MEASURED}, image={}, keep_newest=1, rpo="23h"
    )
    protect = [role_task("protect", [golden], wait=False)]
    first = ansible.playbook([play(protect)]).result(VERSIONS)["results"][0]
    versions, newest = [first["version"]], [None]
    for number in range(1, 14):
        sandbox.advance(19 * HOUR if number % 6 == 0 else HOUR)
        result = passes.run("azure_image_replication", {"batch": batch([golden], "versions"), "wait": False})[
            "results"
        ][0]
        versions.append(result["version"])
        newest.append(result["targets"][1]["newest_usable"])
        # Once there is a complete one there always is.
        assert number < 6 or newest[-1] is not None
    # One version a day, in their order, and each gets to the far region.
    made = list(dict.fromkeys(versions))
    assert len(made) == 3
    assert made[0] == "golden-initial"
    assert made == sorted(made, key=lambda name: (name != "golden-initial", name))
    assert [name for name in dict.fromkeys(newest) if name] == made[:2]
    # Each snapshot was asked for once, and what has served is gone with its images.
    puts = [entry["path"] for entry in sandbox.writes("snapshots/golden-") if entry["method"] == "PUT"]
    assert len(puts) == len(set(puts))
    left = {name.rsplit("-os", 1)[0].rsplit("-data", 1)[0] for name in sandbox.names("snapshots", "golden-")}
    assert left <= set(made[1:])
    assert set(sandbox.names("images")) == {f"{made[1]}-{region}" for region in ("northeurope", "eastus")}
    assert len(sandbox.names("snapshots", made[1])) == 3 * len(SIZES)
    last = ansible.playbook([play([role_task("status", [golden])])]).result("Put it together")
    (entry,) = last["ansible_facts"]["azure_image_status"]
    assert [target["newest_usable"] for target in entry["targets"]] == [made[1]] * 2
    assert sandbox.refused() == []
