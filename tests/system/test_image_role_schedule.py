# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The role azure_image on a schedule: no run waits, each takes everything one step further, day after day."""

from __future__ import annotations

from typing import Any

from system.fleet import play
from system.image_fleet import HOME, SIZES, role_seed, role_task, workload
from system.runner import Ansible
from system.sandbox_process import SandboxProcess

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


def test_two_days_of_a_schedule(sandbox: SandboxProcess, ansible: Ansible) -> None:
    sandbox.plant(role_seed(["golden"], LINKS, durations={"create_image": 60, "create_snapshot": 60, "delete": 60}))
    golden = workload(
        "golden", ["northeurope", "eastus"], planning={"measurements": MEASURED}, image={}, keep_newest=1, rpo="23h"
    )
    tasks = [role_task("protect", [golden], wait=False), role_task("status", [golden])]
    versions: list[str] = []
    newest: list[str | None] = []
    for number in range(14):
        run = ansible.playbook([play(tasks)])
        (result,) = run.result(VERSIONS)["results"]
        (entry,) = run.result("Put it together")["ansible_facts"]["azure_image_status"]
        versions.append(result["version"])
        newest.append(entry["targets"][1]["newest_usable"])
        # At most two versions are there at a time, and one complete one always stays.
        assert number < 6 or entry["targets"][1]["newest_usable"] is not None
        sandbox.advance(HOUR if number % 6 < 5 else 19 * HOUR)
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
    assert sandbox.refused() == []
