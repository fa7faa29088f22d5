# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One or two days of a schedule: every ten minutes one pass that does not wait (and retention every hour), on virtual time
that only the test moves.

A pass is the modules' own `main`, called in one process: 288 passes of real playbooks would take a quarter of an hour.
What they cost besides is in the other tests; the first and the last pass are playbooks here too.
"""

from __future__ import annotations

import datetime
import os
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from system.efs_fleet import (
    FRANKFURT,
    IRELAND,
    TARGETS,
    backup_task,
    efs_fleet,
    efs_id,
    file_system_task,
    vault_arn,
    vault_copy_task,
)
from system.fleet import NORTH, SWEDEN, collection_task, fleet, play, task
from system.nutanix_fleet import (
    MAIN,
    OTHER,
    PYTHON,
    ext_id,
    login,
    nutanix_fleet,
    replica_task,
    restored,
    restored_task,
    snapshot_task,
)
from system.passes import Passes
from system.runner import Ansible, collections_path
from system.sandbox_process import SandboxProcess

SPEED = 0.0
NAMES = ("app1", "app2", "app3")
PREFIX = "bcdr.multicloud."
TEN_MINUTES, HOUR, DAY = 600, 3600, 86400
MAX_AGE = 4 * HOUR
Json = dict[str, Any]


@dataclass(frozen=True)
class Case:
    """`first` are tasks that only the playbooks have; then follow those of a pass: what makes points, copies, the rest.

    `hourly` are the modules of which a pass every hour is enough, `copies` is where the result of an item has its
    copies, `copying` how long a copy may take, and `check` looks at what so many `days` have made. `python` has the client
    libraries.
    """

    seed: Json
    first: list[Json]
    tasks: Callable[[SandboxProcess], list[Json]]
    hourly: tuple[str, ...]
    copies: str
    copying: int
    check: Callable[[SandboxProcess], None]
    python: str = sys.executable
    days: int = 2


CASES: dict[str, Case] = {}


@pytest.fixture
def passes(sandbox: SandboxProcess, provider: str, tmp_path: Path) -> Iterator[Passes]:
    """Makes passes with the provider's client libraries."""
    environment = {**sandbox.environment, "PATH": os.environ["PATH"], "HOME": str(tmp_path), "no_proxy": "127.0.0.1"}
    process = Passes(CASES[provider].python, environment, collections_path(), tmp_path / "passes.err")
    yield process
    process.stop()


@pytest.mark.parametrize("provider", ["azure", "efs", "nutanix"])
def test_days_on_a_schedule(sandbox: SandboxProcess, ansible: Ansible, passes: Passes, provider: str) -> None:
    case = CASES[provider]
    sandbox.plant(case.seed)
    tasks = case.tasks(sandbox)
    modules = [(name.removeprefix(PREFIX), entry[name]) for entry in tasks for name in entry if PREFIX in name]
    once = [entry for entry in tasks if not any(f"{PREFIX}{name}" in entry for name in case.hourly)]
    # Nothing can be kept before the first copies exist.
    ansible.playbook([play([*case.first, *once])])
    longest_rpo = longest_copy_rpo = 0
    for number in range(1, case.days * DAY // TEN_MINUTES):
        sandbox.advance(TEN_MINUTES)
        results = {
            name: passes.run(name, options) for name, options in modules if name not in case.hourly or number % 6 == 0
        }
        points, copies = (results[name] for name, _options in modules[:2])
        if number > 1:
            longest_rpo = max(longest_rpo, *(item["rpo_seconds"] for item in points["results"]))
        if number * TEN_MINUTES > 3 * HOUR:
            targets = [target for item in copies["results"] for target in item[case.copies]]
            longest_copy_rpo = max(longest_copy_rpo, *(target["rpo_seconds"] for target in targets))
    # A point is due at its age and seen to be due at the next pass, and the one after sees it made.
    assert longest_rpo <= MAX_AGE + 2 * TEN_MINUTES
    assert longest_copy_rpo <= MAX_AGE + case.copying + 2 * TEN_MINUTES
    assert sandbox.refused() == []
    case.check(sandbox)
    sandbox.advance(case.copying)
    last = ansible.playbook([play([*case.first, *tasks])])
    assert [event["result"]["settled"] for event in last.events[-3:]] == [True, True, True]


def _check_azure(sandbox: SandboxProcess) -> None:
    """Twelve points of each VM in two days, each copied to each region, and never more than three in an hour."""
    for vm in NAMES:
        for suffix in ("", f"-{NORTH}", f"-{SWEDEN}"):
            puts = sandbox.requests("PUT", f"rpc-{vm}{suffix}/restorePoints/")
            moments = [datetime.datetime.fromisoformat(entry["virtual_time"]) for entry in puts]
            assert len(puts) in (11, 12), f"{vm}{suffix}: {len(puts)}"
            assert len({entry["path"] for entry in puts}) == len(puts)
            assert all(
                (later - earlier).total_seconds() > HOUR for earlier, later in zip(moments, moments[3:], strict=False)
            )
        kept = sandbox.points(f"rpc-{vm}")
        # The newest three, the oldest on which the chain stands, and one that may be on its way.
        assert 4 <= len(kept) <= 6
        for region in (NORTH, SWEDEN):
            copies = sandbox.points(f"rpc-{vm}-{region}")
            assert 3 <= len(copies) <= 6
            assert all(copy["replication"] in ("succeeded", "replicating") for copy in copies)


def _check_efs(sandbox: SandboxProcess) -> None:
    """Twelve points of each file system in two days, each copied once to each vault, and one restore."""
    started = {
        action: len(sandbox.requests("PUT", f":backup:{action}"))
        for action in ("StartBackupJob", "StartCopyJob", "StartRestoreJob")
    }
    for name in EFS_NAMES:
        identifier = efs_id(name)
        points = sandbox.vault_points(IRELAND, "main", identifier)
        # The seed's is kept for ever, the others for a day.
        assert 6 <= len([point for point in points if point["status"] == "COMPLETED"]) <= 8
        for region in TARGETS:
            copies = sandbox.vault_points(region, "dr", identifier)
            moments = [copy["created"] for copy in copies]
            assert len(moments) == len(set(moments)), f"{name} in {region}: something was copied twice"
            assert len(moments) in (12, 13), f"{name} in {region}"
            assert {copy["status"] for copy in copies} <= {"COMPLETED", "CREATING"}
            assert {point["created"] for point in points[:-1]} <= set(moments)
        (restored,) = sandbox.file_systems(FRANKFURT, f"{name}-dr")
        assert len(restored["restored"]) == 1
    states = [job["state"] for kind in ("backup", "copy", "restore") for job in sandbox.jobs(kind)]
    assert set(states) <= {"COMPLETED", "RUNNING", "CREATED"}
    # No call was repeated: each has started a job of its own.
    assert sum(started.values()) == len(states)
    assert started["StartRestoreJob"] == len(EFS_NAMES)


def _check_nutanix(sandbox: SandboxProcess) -> None:
    """Six or seven recovery points of each VM in a day, each replicated once, and one restore."""
    operations = {site: [task["operation"] for task in sandbox.prism_central(site)["tasks"]] for site in (MAIN, OTHER)}
    for name in NAMES[:2]:
        points, replicas = (sandbox.recovery_points(site, name) for site in (MAIN, OTHER))
        # They expire after half a day, at both sites; the seed's does not.
        assert 4 <= len(points) <= 5
        copied = [replica["location_agnostic_id"] for replica in replicas]
        assert len(copied) == len(set(copied)), f"{name}: something was replicated twice"
        assert {point["location_agnostic_id"] for point in points[:-1]} <= set(copied)
        assert {point["expires"] for point in points[1:]} >= {replica["expires"] for replica in replicas[1:]}
    assert sorted(entry["name"] for entry in sandbox.entities(OTHER)) == sorted(f"{name}-dr" for name in NAMES[:2])
    # No call was repeated: each has started a task of its own.
    creations, replications = (
        operations[MAIN].count(name) for name in ("CreateRecoveryPoint", "EntitySnapshotReplicate")
    )
    assert creations in (12, 13, 14)
    assert replications in (creations, creations - 1, creations - 2)
    assert operations[OTHER].count("RestoreRecoveryPoint") == 2
    assert len(sandbox.writes("nutanix:")) == creations + replications + 4


def _restored_vms(sandbox: SandboxProcess) -> Json:
    return restored_task(
        "",
        wait=False,
        batch=[{"label": name, **restored(name)} for name in NAMES[:2]],
        **login(sandbox, OTHER),
    )


SOURCES = [{"restore_point_collection": f"rpc-{vm}"} for vm in NAMES]
EFS_NAMES = NAMES[:2]
FILE_SYSTEMS = [{"file_system_id": efs_id(name)} for name in EFS_NAMES]
AZURE: Json = {"resource_group": "rg-app", "wait": False}
CASES["azure"] = Case(
    seed=fleet(NAMES, durations={"copy_gib_per_hour": 30}),
    first=[collection_task(vm) for vm in NAMES],
    tasks=lambda _sandbox: [
        task("azure_restore_point", **AZURE, max_age="4h", batch=SOURCES),
        task("azure_restore_point_copy", **AZURE, targets=[{"location": NORTH}, {"location": SWEDEN}], batch=SOURCES),
        task(
            "azure_restore_point_retention",
            **AZURE,
            keep_newest=3,
            batch=[
                {"restore_point_collection": f"rpc-{vm}{suffix}"}
                for vm in NAMES
                for suffix in ("", f"-{NORTH}", f"-{SWEDEN}")
            ],
        ),
    ],
    hourly=("azure_restore_point_retention",),
    copies="targets",
    # The copy of a small VM takes less than two hours here.
    copying=2 * HOUR,
    check=_check_azure,
)
CASES["efs"] = Case(
    # The copies of a point go one after the other, for three quarters of an hour each.
    seed=efs_fleet(EFS_NAMES, ages=(MAX_AGE - TEN_MINUTES,), arrived=(1,), durations={"copy_base": 2700}),
    first=[],
    tasks=lambda _sandbox: [
        backup_task("", wait=False, max_age="4h", lifecycle={"delete_after_days": 1}, batch=FILE_SYSTEMS),
        vault_copy_task(
            "",
            wait=False,
            destinations=[
                {"backup_vault_arn": vault_arn(region), "lifecycle": {"delete_after_days": 7}} for region in TARGETS
            ],
            batch=FILE_SYSTEMS,
        ),
        file_system_task(
            "", wait=False, batch=[{"file_system_id": efs_id(name), "name": f"{name}-dr"} for name in EFS_NAMES]
        ),
    ],
    hourly=(),
    copies="copies",
    copying=2 * HOUR,
    check=_check_efs,
)
CASES["nutanix"] = Case(
    seed=nutanix_fleet(NAMES[:2], ages=(MAX_AGE - TEN_MINUTES,), arrived=(1,), durations={"replicate_base": HOUR}),
    first=[],
    tasks=lambda sandbox: [
        snapshot_task(
            "",
            wait=False,
            max_age="4h",
            keep_for="12h",
            batch=[
                {"label": name, "name": name, "vm_recovery_points": [{"vm_ext_id": ext_id(name)}]} for name in NAMES[:2]
            ],
        ),
        replica_task(
            "",
            wait=False,
            targets=[login(sandbox, OTHER)],
            batch=[{"label": name, "vm_ext_ids": [ext_id(name)]} for name in NAMES[:2]],
        ),
        _restored_vms(sandbox),
    ],
    hourly=(),
    copies="replicas",
    copying=HOUR,
    check=_check_nutanix,
    python=PYTHON,
    days=1,
)
