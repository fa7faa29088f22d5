# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a user at a terminal sees of a mistake: one line that says what it is, and the exit code."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pytest
from system.efs_fleet import FRANKFURT, IRELAND, ROLE, efs_fleet, efs_id, vault_arn
from system.fleet import NORTH, fleet, play, source
from system.runner import Ansible
from system.sandbox_process import SandboxProcess

Json = dict[str, Any]


@dataclass(frozen=True)
class Case:
    """`mistakes` are options that are wrong, over those that are `good`, and what is said of them.

    `exit_code` is one of them for which AWS or Azure has to be asked.
    """

    module: str
    seed: Json
    good: Json
    mistakes: Mapping[str, tuple[Json, str]]
    exit_code: str


CASES = {
    "azure_restore_point_copy": Case(
        "bcdr.multicloud.azure_restore_point_copy",
        fleet(["app"], [source("app", (3000,))]),
        {"resource_group": "rg-app", "restore_point_collection": "rpc-app", "targets": [{"location": NORTH}]},
        {
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
            "collection": (
                {"restore_point_collection": "rpc-ap"},
                "there is no restore point collection /subscriptions/",
            ),
        },
        "which",
    ),
    "efs_backup_copy": Case(
        "bcdr.multicloud.efs_backup_copy",
        efs_fleet(["apps"], (3000,)),
        {
            "region": IRELAND,
            "file_system_id": efs_id("apps"),
            "source_backup_vault_name": "main",
            "destinations": [{"backup_vault_arn": vault_arn(FRANKFURT)}],
            "iam_role_arn": ROLE,
        },
        {
            "option": ({"file_system": "x"}, "file_system"),
            "duration": ({"wait_delay": "soon"}, "wait_delay: "),
            "vault name": (
                {"destinations": [{"backup_vault_arn": "dr"}]},
                "destinations[0].backup_vault_arn: ",
            ),
            "twice": (
                {"destinations": [{"backup_vault_arn": vault_arn(FRANKFURT)}] * 2},
                f"destinations[1]: {vault_arn(FRANKFURT)} is destinations[0] too",
            ),
            "missing vault": (
                {"destinations": [{"backup_vault_arn": vault_arn(FRANKFURT, "d")}]},
                "blocked: eu-central-1/d: the vault does not exist, or this identity may not see it",
            ),
            "batch": (
                {"batch": [{"label": "one", "destination": []}]},
                "batch[0] (one): unknown option destination; did you mean destinations?; nothing was started",
            ),
        },
        "missing vault",
    ),
    "efs_backup_restore": Case(
        "bcdr.multicloud.efs_backup_restore",
        efs_fleet(["apps"], (3000,), arrived=(1,)),
        {
            "region": FRANKFURT,
            "file_system_id": efs_id("apps"),
            "backup_vault_name": "dr",
            "iam_role_arn": ROLE,
        },
        {
            "vault": (
                {"backup_vault_name": "d"},
                "the backup vault d does not exist in eu-central-1 or may not be seen",
            ),
            "downgrade": ({"encrypt": False}, "encrypt: is false, but the source is encrypted"),
            "wildcard": ({"items": ["/a/*"]}, "items[0]: '/a/*' is not a path from the root of the file system"),
        },
        "downgrade",
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_mistakes(sandbox: SandboxProcess, ansible: Ansible, name: str) -> None:
    case = CASES[name]
    sandbox.plant(case.seed)
    tasks = [
        {"name": title, case.module: {**case.good, **wrong}, "ignore_errors": True}
        for title, (wrong, _says) in case.mistakes.items()
    ]
    run = ansible.playbook([play(tasks)])
    for title, (_wrong, says) in case.mistakes.items():
        (message,) = [event["result"]["msg"] for event in run.events if event["task"] == title]
        assert says in message, title
        assert len(message.splitlines()) == 1
        assert [line for line in run.output.splitlines() if line.startswith("fatal:") and says in line], title
    assert sandbox.writes() == []


@pytest.mark.parametrize("name", ["azure_restore_point_copy", "efs_backup_copy"])
def test_exit_code(sandbox: SandboxProcess, ansible: Ansible, name: str) -> None:
    case = CASES[name]
    sandbox.plant(case.seed)
    options = {**case.good, **case.mistakes[case.exit_code][0]}
    run = ansible.playbook([play([{case.module: options}])], rc=2)
    assert "failed=1" in run.stdout
    ansible.module(case.module, options, rc=2)


@pytest.mark.parametrize(
    ("name", "environment", "says"),
    [
        ("azure_restore_point_copy", {"AZURE_SECRET": "wrong"}, "Azure refused to sign in (client_id "),
        (
            "azure_restore_point_copy",
            {"AZURE_CLOUD_ENVIRONMENT": "https://127.0.0.1:9/metadata/endpoints"},
            "cannot be read",
        ),
        ("azure_restore_point_copy", {"AZURE_CLOUD_ENVIRONMENT": "AzureMoonCloud"}, "AzureMoonCloud"),
        ("efs_backup_copy", {"AWS_ACCESS_KEY_ID": "AKIANOBODY0000000000"}, "credentials: AWS refused to sign in: "),
        ("efs_backup_copy", {"AWS_ACCESS_KEY_ID": ""}, "access_key: is needed with secret_key"),
        ("efs_backup_copy", {"AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": ""}, "Unable to locate credentials"),
        (
            "efs_backup_copy",
            {"AWS_PROFILE": "dr"},
            "profile: passing both a profile and access tokens is not supported",
        ),
        ("efs_backup_copy", {"AWS_ENDPOINT_URL": "127.0.0.1:9"}, "127.0.0.1:9"),
    ],
    ids=["secret", "unreachable", "cloud", "aws key", "aws half", "aws nothing", "aws profile", "aws endpoint"],
)
def test_no_connection(
    sandbox: SandboxProcess, ansible: Ansible, name: str, environment: dict[str, str], says: str
) -> None:
    case = CASES[name]
    run = ansible.playbook([play([{"name": "copy", case.module: case.good}])], env=environment, rc=2)
    message = run.result("copy")["msg"]
    assert says in message
    assert len(message.splitlines()) == 1
