# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a user at a terminal sees of a mistake: one line that says what it is, and the exit code."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest
from system.efs_fleet import FRANKFURT, IRELAND, ROLE, efs_fleet, efs_id, vault_arn
from system.fleet import NORTH, fleet, play, source
from system.nutanix_fleet import (
    NOBODY,
    ON_PYTHON,
    OTHER_LOGIN,
    ext_id,
    nutanix_fleet,
    restored,
)
from system.runner import Ansible
from system.sandbox_process import SandboxProcess

Json = dict[str, Any]


@dataclass(frozen=True)
class Case:
    """`mistakes` are options that are wrong, over those that are `good`, and what is said of them.

    `exit_code` is one of them for which the provider has to be asked, `python` says where its client libraries are.
    """

    module: str
    seed: Json
    good: Json
    mistakes: Mapping[str, tuple[Json, str]]
    exit_code: str
    python: Json = field(default_factory=dict)


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
    "nutanix_recovery_point": Case(
        "bcdr.multicloud.nutanix_recovery_point",
        nutanix_fleet(["apps"], (3000,)),
        {"name": "nightly", "vm_recovery_points": [{"vm_ext_id": ext_id("apps")}]},
        {
            "duration": ({"keep_for": "a week"}, "keep_for: "),
            "no id": (
                {"vm_recovery_points": [{"vm_ext_id": "apps"}]},
                "vm_recovery_points[0].vm_ext_id: 'apps' is not an external identifier, which is a UUID",
            ),
            "named twice": (
                {"vm_recovery_points": [{"vm_ext_id": ext_id("apps")}] * 2},
                f"vm_recovery_points[1].vm_ext_id: {ext_id('apps')} is named twice",
            ),
            "too many": (
                {"vm_recovery_points": [{"vm_ext_id": ext_id(f"vm{number}")} for number in range(33)]},
                "nightly: blocked: a recovery point holds 32 VMs and volume groups at most, not 33",
            ),
            "in the past": (
                {"expiration_time": "2020-01-01T00:00:00Z"},
                "nightly: blocked: expiration_time: 2020-01-01T00:00:00Z has passed ",
            ),
            "whose": ({"state": "absent", "name": None, "max_age": "1h"}, "state: absent needs ext_id or name"),
        },
        "too many",
        ON_PYTHON,
    ),
    "nutanix_recovery_point_replicate": Case(
        "bcdr.multicloud.nutanix_recovery_point_replicate",
        nutanix_fleet(["apps"], (3000,)),
        {"vm_ext_ids": [ext_id("apps")], "targets": [OTHER_LOGIN]},
        {
            "option": ({"vm_ext_id": "x"}, "vm_ext_id"),
            "batch": (
                {"batch": [{"label": "one", "target_": {}}]},
                "batch[0] (one): unknown option target_; did you mean target?; nothing was started",
            ),
            "twice": ({"targets": [OTHER_LOGIN] * 2}, " is targets[0] too"),
            "cluster": (
                {"targets": [{**OTHER_LOGIN, "cluster_name": "cluster-d"}]},
                "cluster-d",
            ),
            "VM": ({"vm_ext_ids": [NOBODY]}, f"{NOBODY}: failed: there is no usable recovery point of {NOBODY}"),
        },
        "VM",
        ON_PYTHON,
    ),
    "nutanix_recovery_point_restore": Case(
        "bcdr.multicloud.nutanix_recovery_point_restore",
        nutanix_fleet(["apps"], (3000,), arrived=(1,)),
        {**OTHER_LOGIN, **restored("apps")},
        {
            "point": ({"ext_id": NOBODY}, f"failed: there is no recovery point {NOBODY}"),
            "VM": (
                {"vm_recovery_point_restore_overrides": [{"vm_ext_id": NOBODY}]},
                f"failed: there is no usable recovery point of {NOBODY}",
            ),
            "cluster": ({"cluster_ext_id": NOBODY}, f"blocked: the recovery point has no data on cluster {NOBODY}"),
        },
        "VM",
        ON_PYTHON,
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_mistakes(sandbox: SandboxProcess, ansible: Ansible, name: str) -> None:
    case = CASES[name]
    sandbox.plant(case.seed)
    tasks = [
        {"name": title, case.module: {**case.good, **wrong}, "ignore_errors": True, "vars": case.python}
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
        ("nutanix_recovery_point", {"NUTANIX_PASSWORD": "wrong"}, "refused to sign in"),
        ("nutanix_recovery_point", {"NUTANIX_PASSWORD": ""}, "Either nutanix_username and nutanix_password or "),
        ("nutanix_recovery_point", {"NUTANIX_PORT": "9"}, "127.0.0.1:9"),
        ("nutanix_recovery_point", {"NUTANIX_CA_PATH": ""}, "certificate"),
    ],
    ids=[
        "secret",
        "unreachable",
        "cloud",
        "aws key",
        "aws half",
        "aws nothing",
        "aws profile",
        "aws endpoint",
        "nutanix password",
        "nutanix half",
        "nutanix unreachable",
        "nutanix certificate",
    ],
)
def test_no_connection(
    sandbox: SandboxProcess, ansible: Ansible, name: str, environment: dict[str, str], says: str
) -> None:
    case = CASES[name]
    sandbox.plant(case.seed)
    # Who waits gives it some time to come back.
    task = {"name": "try", case.module: {**case.good, "wait": False}, "vars": case.python}
    message = ansible.playbook([play([task])], env=environment, rc=2).result("try")["msg"]
    assert says in message
    assert len(message.splitlines()) == 1


def test_no_client_library(sandbox: SandboxProcess, ansible: Ansible) -> None:
    """Where Ansible itself runs there are none of Nutanix's; that is said with the name to install."""
    case = CASES["nutanix_recovery_point"]
    run = ansible.playbook([play([{"name": "try", case.module: case.good}])], rc=2)
    message = run.result("try")["msg"]
    assert "Failed to import the required Python library (ntnx-dataprotection-py-client)" in message
    assert len(message.splitlines()) == 1
    assert sandbox.requests() == []
