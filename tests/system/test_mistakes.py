# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a user at a terminal sees of a mistake: one line that says what it is, and the exit code."""

from __future__ import annotations

from typing import Any

import pytest
from system.fleet import NORTH, fleet, play, source
from system.runner import Ansible
from system.sandbox_process import SandboxProcess

MODULE = "bcdr.multicloud.azure_restore_point_copy"
GOOD: dict[str, Any] = {
    "resource_group": "rg-app",
    "restore_point_collection": "rpc-app",
    "targets": [{"location": NORTH}],
}
MISTAKES: dict[str, tuple[dict[str, Any], str]] = {
    "restore_point_collection_name": ({"restore_point_collection_nam": "x"}, "restore_point_collection_nam"),
    "duration": ({"wait_timeout": "4 hours ago"}, "wait_timeout: "),
    "same region": (
        {"targets": [{"location": "West Europe"}]},
        "rpc-app: blocked: westeurope: p1: rpc-app is in westeurope too, and Azure copies restore points only to another region",
    ),
    "twice": (
        {"targets": [{"location": NORTH}, {"location": "North Europe"}]},
        "targets[1]: northeurope is the region of targets[0] too",
    ),
    "which": ({"which": ["p7"]}, "rpc-app: failed: which: rpc-app has no restore point p7"),
    "batch": (
        {"batch": [{"label": "one", "targetz": []}]},
        "batch[0] (one): unknown option targetz; did you mean targets?; nothing was started",
    ),
    "collection": ({"restore_point_collection": "rpc-ap"}, "there is no restore point collection /subscriptions/"),
}


def test_mistakes(sandbox: SandboxProcess, ansible: Ansible) -> None:
    sandbox.plant(fleet(["app"], [source("app", (3000,))]))
    tasks = [
        {"name": title, MODULE: {**GOOD, **wrong}, "ignore_errors": True} for title, (wrong, _says) in MISTAKES.items()
    ]
    run = ansible.playbook([play(tasks)])
    for title, (_wrong, says) in MISTAKES.items():
        (message,) = [event["result"]["msg"] for event in run.events if event["task"] == title]
        assert says in message, title
        assert len(message.splitlines()) == 1
        assert [line for line in run.output.splitlines() if line.startswith("fatal:") and says in line], title
    assert sandbox.writes() == []


def test_exit_code(sandbox: SandboxProcess, ansible: Ansible) -> None:
    sandbox.plant(fleet(["app"], [source("app", (3000,))]))
    run = ansible.playbook([play([{MODULE: {**GOOD, "which": ["p7"]}}])], rc=2)
    assert "failed=1" in run.stdout
    ansible.module(MODULE, {**GOOD, "which": ["p7"]}, rc=2)


@pytest.mark.parametrize(
    ("environment", "says"),
    [
        ({"AZURE_SECRET": "wrong"}, "Azure refused to sign in (client_id "),
        ({"AZURE_CLOUD_ENVIRONMENT": "https://127.0.0.1:9/metadata/endpoints"}, "cannot be read"),
        ({"AZURE_CLOUD_ENVIRONMENT": "AzureMoonCloud"}, "AzureMoonCloud"),
    ],
    ids=["secret", "unreachable", "cloud"],
)
def test_no_connection(sandbox: SandboxProcess, ansible: Ansible, environment: dict[str, str], says: str) -> None:
    run = ansible.playbook([play([{"name": "copy", MODULE: GOOD}])], env=environment, rc=2)
    message = run.result("copy")["msg"]
    assert says in message
    assert len(message.splitlines()) == 1
