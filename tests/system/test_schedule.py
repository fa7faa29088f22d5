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
from collections.abc import Mapping
from importlib import import_module
from typing import Any

import pytest
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from system.fleet import NORTH, SWEDEN, collection_task, fleet, play
from system.runner import Ansible
from system.sandbox_process import SandboxProcess

SPEED = 0.0
VMS = ("app1", "app2", "app3")
MODULES = "ansible_collections.bcdr.multicloud.plugins.modules"
CORE = "ansible_collections.bcdr.multicloud.plugins.module_utils._core.module"
TEN_MINUTES, HOUR, DAY = 600, 3600, 86400
MAX_AGE = 4 * HOUR

COMMON: dict[str, Any] = {"resource_group": "rg-app", "wait": False}
SOURCES = [{"restore_point_collection": f"rpc-{vm}"} for vm in VMS]
PASS: dict[str, dict[str, Any]] = {
    "azure_restore_point": {**COMMON, "max_age": "4h", "batch": SOURCES},
    "azure_restore_point_copy": {
        **COMMON,
        "targets": [{"location": NORTH}, {"location": SWEDEN}],
        "batch": SOURCES,
    },
    "azure_restore_point_retention": {
        **COMMON,
        "keep_newest": 3,
        "batch": [
            {"restore_point_collection": f"rpc-{vm}{suffix}"}
            for vm in VMS
            for suffix in ("", f"-{NORTH}", f"-{SWEDEN}")
        ],
    },
}


class _Exit(Exception):
    pass


class _Module:
    """What a module needs of AnsibleModule, for calls in this process."""

    arguments: Mapping[str, Any] = {}
    result: dict[str, Any] = {}
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


def _run(module: str) -> dict[str, Any]:
    _Module.arguments = PASS[module]
    with pytest.raises(_Exit):
        import_module(f"{MODULES}.{module}").main()
    return _Module.result


def test_two_days(sandbox: SandboxProcess, ansible: Ansible, monkeypatch: pytest.MonkeyPatch) -> None:
    sandbox.plant(fleet(VMS, durations={"copy_gib_per_hour": 30}))
    as_playbook = [play([*map(collection_task, VMS), *({f"bcdr.multicloud.{name}": PASS[name]} for name in PASS)])]
    # Nothing can be kept before the first copies exist.
    ansible.playbook([{**as_playbook[0], "tasks": as_playbook[0]["tasks"][:-1]}])
    for name, value in sandbox.environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(f"{CORE}._TaskModule", _Module)
    longest_rpo = longest_copy_rpo = 0
    for number in range(1, 2 * DAY // TEN_MINUTES):
        sandbox.advance(TEN_MINUTES)
        points = _run("azure_restore_point")
        copies = _run("azure_restore_point_copy")
        if number % 6 == 0:
            _run("azure_restore_point_retention")
        if number > 1:
            longest_rpo = max(longest_rpo, *(item["rpo_seconds"] for item in points["results"]))
        if number * TEN_MINUTES > 3 * HOUR:
            targets = [target for item in copies["results"] for target in item["targets"]]
            longest_copy_rpo = max(longest_copy_rpo, *(target["rpo_seconds"] for target in targets))
    assert _Module.warned == []
    # A point is due at its age and seen to be due at the next pass, and the one after sees it made.
    assert longest_rpo <= MAX_AGE + 2 * TEN_MINUTES
    # The copy of a small VM takes less than two hours here.
    assert longest_copy_rpo <= MAX_AGE + 2 * HOUR + 2 * TEN_MINUTES
    assert sandbox.refused() == []
    _check_limits(sandbox)
    _check_state(sandbox)
    sandbox.advance(2 * HOUR)
    last = ansible.playbook(as_playbook)
    assert [event["result"]["settled"] for event in last.events[-3:]] == [True, True, True]


def _check_limits(sandbox: SandboxProcess) -> None:
    """Twelve points of each VM in two days, each copied to each region, and never more than three in an hour."""
    for vm in VMS:
        for suffix in ("", f"-{NORTH}", f"-{SWEDEN}"):
            puts = sandbox.requests("PUT", f"rpc-{vm}{suffix}/restorePoints/")
            moments = [datetime.datetime.fromisoformat(entry["virtual_time"]) for entry in puts]
            assert len(puts) in (11, 12), f"{vm}{suffix}: {len(puts)}"
            assert len({entry["path"] for entry in puts}) == len(puts)
            assert all(
                (later - earlier).total_seconds() > HOUR for earlier, later in zip(moments, moments[3:], strict=False)
            )


def _check_state(sandbox: SandboxProcess) -> None:
    for vm in VMS:
        kept = sandbox.points(f"rpc-{vm}")
        # The newest three, the oldest on which the chain stands, and one that may be on its way.
        assert 4 <= len(kept) <= 6
        for region in (NORTH, SWEDEN):
            copies = sandbox.points(f"rpc-{vm}-{region}")
            assert 3 <= len(copies) <= 6
            assert all(copy["replication"] in ("succeeded", "replicating") for copy in copies)
