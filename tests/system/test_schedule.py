# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Two days of a schedule: every ten minutes one pass that does not wait (and retention every hour), on virtual time
that only the test moves.

A pass is the modules' own `main`, called in this process: 288 passes of real playbooks would take a quarter of an hour.
What they cost besides is in the other tests; the first and the last pass are playbooks here too.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import Any

import pytest
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
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
from system.runner import Ansible
from system.sandbox_process import SandboxProcess

from ansible_collections.bcdr.multicloud.plugins.module_utils._aws import provider as aws_provider
from ansible_collections.bcdr.multicloud.plugins.module_utils._aws.options import AWS_SPEC
from ansible_collections.bcdr.multicloud.plugins.module_utils._aws.session import AwsSession, connect

SPEED = 0.0
NAMES = ("app1", "app2", "app3")
PREFIX = "bcdr.multicloud."
MODULES = "ansible_collections.bcdr.multicloud.plugins.modules"
CORE = "ansible_collections.bcdr.multicloud.plugins.module_utils._core.module"
TEN_MINUTES, HOUR, DAY = 600, 3600, 86400
MAX_AGE = 4 * HOUR
Json = dict[str, Any]


@dataclass(frozen=True)
class Case:
    """`first` are tasks that only the playbooks have; then follow those of a pass: what makes points, copies, the rest.

    `hourly` are the modules of which a pass every hour is enough, `copies` is where the result of an item has its
    copies, `copying` how long a copy may take, and `check` looks at what two days have made.
    """

    seed: Json
    first: list[Json]
    tasks: list[Json]
    hourly: tuple[str, ...]
    copies: str
    copying: int
    check: Callable[[SandboxProcess], None]


class _Exit(Exception):
    pass


class _Module:
    """What a module needs of AnsibleModule, for calls in this process."""

    arguments: Mapping[str, Any] = {}
    result: Json = {}
    warned: list[str] = []
    check_mode = False
    _diff = False

    def __init__(self, definition: Any) -> None:
        validated = ArgumentSpecValidator(definition.task_spec()).validate(dict(self.arguments))
        assert not validated.error_messages
        self.params = validated.validated_parameters
        self.no_log_values: set[str] = set()

    def exit_json(self, **result: Any) -> None:
        _Module.result = result
        raise _Exit

    def fail_json(self, **result: Any) -> None:
        raise AssertionError(result["msg"])

    def warn(self, text: str) -> None:
        self.warned.append(text)


class _Connections:
    """One session of AWS for all passes with the same options."""

    def __init__(self) -> None:
        self._made: dict[str, AwsSession] = {}

    def __call__(self, params: Mapping[str, Any], connections: int) -> AwsSession:
        key = str([params.get(name) for name in AWS_SPEC])
        if key not in self._made:
            self._made[key] = connect(params, connections)
        return self._made[key]


def _run(module: str, options: Mapping[str, Any]) -> Json:
    _Module.arguments = options
    with pytest.raises(_Exit):
        import_module(f"{MODULES}.{module}").main()
    return _Module.result


CASES: dict[str, Case] = {}


@pytest.mark.parametrize("provider", ["azure", "efs"])
def test_two_days(sandbox: SandboxProcess, ansible: Ansible, monkeypatch: pytest.MonkeyPatch, provider: str) -> None:
    case = CASES[provider]
    sandbox.plant(case.seed)
    modules = [(name.removeprefix(PREFIX), entry[name]) for entry in case.tasks for name in entry if PREFIX in name]
    once = [entry for entry in case.tasks if not any(f"{PREFIX}{name}" in entry for name in case.hourly)]
    # Nothing can be kept before the first copies exist.
    ansible.playbook([play([*case.first, *once])])
    for name, value in sandbox.environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(f"{CORE}._TaskModule", _Module)
    # To sign in anew takes boto3 longer than the rest of a pass; what a session remembers ends with each pass anyway.
    monkeypatch.setattr(aws_provider, "connect", _Connections())
    longest_rpo = longest_copy_rpo = 0
    for number in range(1, 2 * DAY // TEN_MINUTES):
        sandbox.advance(TEN_MINUTES)
        results = {name: _run(name, options) for name, options in modules if name not in case.hourly or number % 6 == 0}
        points, copies = (results[name] for name, _options in modules[:2])
        if number > 1:
            longest_rpo = max(longest_rpo, *(item["rpo_seconds"] for item in points["results"]))
        if number * TEN_MINUTES > 3 * HOUR:
            targets = [target for item in copies["results"] for target in item[case.copies]]
            longest_copy_rpo = max(longest_copy_rpo, *(target["rpo_seconds"] for target in targets))
    assert _Module.warned == []
    # A point is due at its age and seen to be due at the next pass, and the one after sees it made.
    assert longest_rpo <= MAX_AGE + 2 * TEN_MINUTES
    assert longest_copy_rpo <= MAX_AGE + case.copying + 2 * TEN_MINUTES
    assert sandbox.refused() == []
    case.check(sandbox)
    sandbox.advance(2 * HOUR)
    last = ansible.playbook([play([*case.first, *case.tasks])])
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


SOURCES = [{"restore_point_collection": f"rpc-{vm}"} for vm in NAMES]
EFS_NAMES = NAMES[:2]
FILE_SYSTEMS = [{"file_system_id": efs_id(name)} for name in EFS_NAMES]
AZURE: Json = {"resource_group": "rg-app", "wait": False}
CASES["azure"] = Case(
    seed=fleet(NAMES, durations={"copy_gib_per_hour": 30}),
    first=[collection_task(vm) for vm in NAMES],
    tasks=[
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
    tasks=[
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
