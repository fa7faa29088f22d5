# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Workloads the other way round, as a table: what is protected toward home, and what is restored there."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.bcdr.multicloud.plugins.plugin_utils import (
    _azure_vm_workloads,
    _efs_workloads,
    _nutanix_workloads,
)
from ansible_collections.bcdr.multicloud.plugins.plugin_utils._failback import failback, restores, standing
from ansible_collections.bcdr.multicloud.plugins.plugin_utils._workloads import WorkloadError, batch_of

Json = dict[str, Any]
STOPPED = "2026-11-28T18:00:00Z"
ROLE = "arn:aws:iam::111122223333:role/backup"
THEIR_ROLE = "arn:aws:iam::444455556666:role/restore"
DR = "arn:aws:backup:eu-central-1:111122223333:backup-vault:dr"
THEIRS = "arn:aws:backup:eu-central-1:444455556666:backup-vault:dr-isolated"
COPY = "arn:aws:backup:eu-west-1:111122223333:recovery-point:7a1f"
VM_ID = "/subscriptions/S1/resourceGroups/rg-vms/providers/Microsoft.Compute/virtualMachines/web"
AZURE: Json = {
    "type": "azure_vm",
    "name": "app",
    "rpo": "4h",
    "rto": "2h",
    "resource_group": "rg-app",
    "targets": [{"location": "northeurope", "resource_group": "rg-dr"}, {"location": "Sweden Central"}],
    "exclude_disks": ["scratch"],
    "which": ["all"],
    "keep_newest": 3,
    "failover": {"subnet_id": "there", "vm_size": "Standard_B2s"},
    "failback": {"location": "West Europe", "subnet_id": "home"},
}
EFS: Json = {
    "type": "efs",
    "name": "files",
    "rpo": "4h",
    "region": "eu-west-1",
    "file_system_id": "fs-1",
    "backup_vault_name": "main",
    "iam_role_arn": ROLE,
    "targets": [{"backup_vault_arn": DR, "lifecycle": {"delete_after_days": 90}}],
    "failover": {"throughput_mode": "elastic"},
    "failback": {"kms_key_id": "alias/files"},
}
NUTANIX: Json = {
    "type": "nutanix_vm",
    "name": "shop",
    "rpo": "4h",
    "keep_for": "7d",
    "vms": [{"name": "app", "ext_id": "a"}, {"name": "db", "ext_id": "b"}],
    "volume_groups": [{"name": "data", "ext_id": "d"}],
    "nutanix_host": "pc",
    "nutanix_username": "me",
    "nutanix_password": "mine",
    "targets": [{"nutanix_host": "pc-dr", "nutanix_username": "dr", "nutanix_password": "theirs"}],
    "failover": {"subnet_ext_id": "there", "prefix": "dr-"},
    "failback": {"subnet_ext_id": "home", "cluster_name": "c1"},
}
WORKLOADS = {"azure_vm": AZURE, "efs": EFS, "nutanix_vm": NUTANIX}
BATCH = {
    "azure_vm": _azure_vm_workloads.batch,
    "efs": _efs_workloads.batch,
    "nutanix_vm": _nutanix_workloads.batch,
}
RECOVERED: dict[str, list[Json]] = {
    "azure_vm": [],
    "efs": [
        {"label": "files", "status": "succeeded", "reason": "", "file_system": {"file_system_id": "fs-2"}},
    ],
    "nutanix_vm": [
        {
            "label": "shop",
            # The VMs are stopped, and a failover would switch them on.
            "status": "running",
            "reason": "",
            "vms": [{"name": "dr-app", "ext_id": "A"}, {"name": "dr-db", "ext_id": "B"}],
            "volume_groups": [{"name": "dr-data", "ext_id": "D"}],
        },
    ],
}


def turned(kind: str, confirmed: Any = False, **more: Any) -> Json:
    workload = {**WORKLOADS[kind], **more}
    (found,) = failback([workload], kind, confirmed, STOPPED if confirmed else None, RECOVERED[kind])["workloads"]
    return dict(found)


def step(kind: str, name: str, confirmed: Any = False, **more: Any) -> Json:
    (item,) = BATCH[kind]([turned(kind, confirmed, **more)], name)
    return item


def test_an_azure_vm_gets_a_collection_of_its_own_beside_it() -> None:
    common = {"label": "app", "resource_group": "rg-dr"}
    assert step("azure_vm", "collections") == {**common, "name": "rpc-app-failback", "source_vm": "app"}
    # Disks that were left out do not exist there.
    point = {**common, "restore_point_collection": "rpc-app-failback"}
    assert step("azure_vm", "points") == {**point, "max_age": "4h"}
    assert step("azure_vm", "copies") == {
        **point,
        "targets": [
            {"location": "West Europe", "resource_group": "rg-app", "name": "rpc-app-failback-westeurope"},
        ],
    }
    assert [item["resource_group"] for item in BATCH["azure_vm"]([turned("azure_vm")], "retention")] == [
        "rg-dr",
        "rg-app",
    ]


@pytest.mark.parametrize(
    ("more", "there", "home"),
    [
        ({}, ("rg-dr", "app"), ("rg-app", "app")),
        ({"failover": {"vm_name": "dr-app", "resource_group": "rg-2"}}, ("rg-2", "dr-app"), ("rg-app", "app")),
        ({"failover": {"location": "swedencentral"}}, ("rg-app", "app"), ("rg-app", "app")),
        ({"vm": VM_ID}, ("rg-dr", "web"), ("rg-vms", "web")),
        (
            {"failback": {"location": "westeurope", "resource_group": "rg-new", "vm_name": "new"}},
            ("rg-dr", "app"),
            ("rg-new", "new"),
        ),
    ],
)
def test_where_an_azure_vm_is_and_where_it_goes(more: Json, there: tuple[str, str], home: tuple[str, str]) -> None:
    made = step("azure_vm", "collections", **more)
    assert (made["resource_group"], made["source_vm"]) == there
    restored = step("azure_vm", "failover", **more)
    assert (restored["resource_group"], restored["vm"]["name"]) == home
    assert restored["restore_point_collection"] == "rpc-app-failback-westeurope"


def test_an_azure_vm_is_restored_as_failback_says() -> None:
    how = {"subnet_id": "home", "vm_size": "L", "zone": "1", "disk_name_format": "home-{disk}"}
    restored = step("azure_vm", "failover", failback={"location": "westeurope", **how})
    assert restored["vm"] == {"name": "app", "vm_size": "L", "subnet_id": "home"}
    assert (restored["zone"], restored["disk_name_format"]) == ("1", "home-{disk}")


def test_a_file_system_is_protected_from_the_vault_that_it_was_restored_from() -> None:
    common = {"label": "files", "region": "eu-central-1", "file_system_id": "fs-2", "iam_role_arn": ROLE}
    assert step("efs", "points") == {**common, "backup_vault_name": "dr", "max_age": "4h"}
    assert step("efs", "copies") == {
        **common,
        "source_backup_vault_name": "dr",
        "destinations": [{"backup_vault_arn": "arn:aws:backup:eu-west-1:111122223333:backup-vault:main"}],
    }
    assert step("efs", "failover") == {
        **common,
        "region": "eu-west-1",
        "backup_vault_name": "main",
        "name": "files",
        "kms_key_id": "alias/files",
    }


def test_a_file_system_of_another_account_is_asked_as_its_target_says() -> None:
    targets = [{"backup_vault_arn": THEIRS, "profile": "recovery"}]
    point = step("efs", "points", targets=targets, failover={"iam_role_arn": THEIR_ROLE})
    assert (point["profile"], point["access_key"], point["iam_role_arn"]) == ("recovery", "", THEIR_ROLE)
    restored = step("efs", "failover", targets=targets, failover={"iam_role_arn": THEIR_ROLE}, profile="production")
    assert (restored["profile"], restored["iam_role_arn"]) == ("production", ROLE)


def test_what_was_recovered_on_nutanix_is_replicated_home() -> None:
    there = {"nutanix_host": "pc-dr", "nutanix_username": "dr", "nutanix_password": "theirs", "nutanix_api_key": ""}
    home = {"nutanix_host": "pc", "nutanix_username": "me", "nutanix_password": "mine"}
    assert step("nutanix_vm", "points") == {
        "label": "shop",
        **there,
        "name": "shop",
        "vm_recovery_points": [{"vm_ext_id": "A"}, {"vm_ext_id": "B"}],
        "volume_group_recovery_points": [{"volume_group_ext_id": "D"}],
        "max_age": "4h",
        "keep_for": "7d",
    }
    copied = step("nutanix_vm", "copies")
    assert copied["targets"] == [{**home, "cluster_name": "c1"}]
    restored = step("nutanix_vm", "failover")
    assert {name: restored[name] for name in home} == home
    overrides = [one["vm_override_spec"] for one in restored["vm_recovery_point_restore_overrides"]]
    assert overrides == [{"name": name, "nic_spec": {"subnet_ext_id": "home"}} for name in ("app", "db")]


POINTS: Json = {
    "azure_vm": {"restore_point": {"name": "last"}},
    "efs": {"recovery_point": {"id": "arn:last"}},
    "nutanix_vm": {"ext_id": "rp-last"},
}
COPIES: Json = {
    "azure_vm": {},
    "efs": {"copies": [{"recovery_point_arn": COPY}]},
    "nutanix_vm": {"replicas": [{"replica_ext_id": "rp-home"}]},
}
# The option of the copy, and of the restore, that name the one that is meant.
NAMED = {
    "azure_vm": ({"which": ["last"]}, {"name": "last"}),
    "efs": ({"recovery_point_arn": "arn:last"}, {"recovery_point_arn": COPY}),
    "nutanix_vm": ({"ext_id": "rp-last"}, {"ext_id": "rp-home"}),
}


@pytest.mark.parametrize("kind", WORKLOADS)
def test_the_point_that_was_made_since_it_is_stopped_comes_home(kind: str) -> None:
    workload = turned(kind, confirmed=True)
    (point,) = BATCH[kind]([workload], "points")
    assert (point["newer_than"], "max_age" in point) == (STOPPED, False)
    made, copied = {"status": "succeeded", **POINTS[kind]}, {"status": "succeeded", **COPIES[kind]}
    of_copy, of_restore = NAMED[kind]
    (copy,) = BATCH[kind]([workload], "copies", [made])
    assert {name: copy.get(name) for name in of_copy} == of_copy
    (restored,) = restores([workload], kind, [made], [copied])
    assert {name: restored.get(name) for name in of_restore} == of_restore
    # Nothing that has served may go on the way.
    if kind == "azure_vm":
        assert BATCH[kind]([workload], "retention") == []


@pytest.mark.parametrize("kind", WORKLOADS)
@pytest.mark.parametrize("statuses", [("succeeded", "running"), ("running", "succeeded"), ("failed", "succeeded")])
def test_what_has_not_arrived_is_not_restored(kind: str, statuses: tuple[str, str]) -> None:
    point, copy = ({"status": status, **known[kind]} for status, known in zip(statuses, (POINTS, COPIES), strict=True))
    assert restores([turned(kind, confirmed=True)], kind, [point], [copy]) == []


@pytest.mark.parametrize("kind", WORKLOADS)
def test_what_is_not_confirmed_is_protected_toward_home_only(kind: str) -> None:
    workload = turned(kind, confirmed=["another"])
    (point,) = BATCH[kind]([workload], "points")
    assert "newer_than" not in point
    there = {"status": "succeeded", **POINTS[kind]}, {"status": "succeeded", **COPIES[kind]}
    assert restores([workload], kind, [there[0]], [there[1]]) == []
    (copy,) = BATCH[kind]([workload], "copies", [there[0]])
    assert copy.get("recovery_point_arn") is None
    assert copy.get("which") is None


@pytest.mark.parametrize(
    ("kind", "more", "found", "text"),
    [
        ("efs", {}, [], "files: nothing tells where it was failed over to"),
        (
            "efs",
            {},
            [{"label": "files", "status": "failed", "reason": "no such vault"}],
            "files: what a failover has brought up cannot be told: no such vault",
        ),
        (
            "efs",
            {},
            [{"label": "files", "status": "running", "reason": "the restore is starting", "file_system": None}],
            "files: it has not been failed over, or its restore is not complete: the restore is starting",
        ),
        (
            "nutanix_vm",
            {},
            [{**RECOVERED["nutanix_vm"][0], "vms": [{"name": "dr-app", "ext_id": "A"}]}],
            "shop: it has not been failed over completely: db is missing",
        ),
    ],
)
def test_what_was_not_failed_over_is_left_out_and_told(kind: str, more: Json, found: list[Json], text: str) -> None:
    made = failback([{**WORKLOADS[kind], **more}], kind, False, None, found)
    assert made == {"workloads": [], "missing": [text]}


@pytest.mark.parametrize(
    ("kind", "more", "text"),
    [
        (
            "azure_vm",
            {"failback": {"subnet_id": "s"}},
            "workload app: failback.location: the region that is home is needed",
        ),
        ("azure_vm", {"failover": None}, "workload app: failback: needs failover too"),
        (
            "azure_vm",
            {"targets": [{"location": "northeurope", "subscription_id": "S2"}]},
            "workload app: failback.subscription_id: is needed",
        ),
        ("efs", {"failover": None}, "workload files: failback: needs failover too"),
        ("nutanix_vm", {"failover": None}, "workload shop: failback: needs failover too"),
        ("nutanix_vm", {"nutanix_host": None}, "workload shop: failback.nutanix_host: is needed"),
        ("azure_vm", {"failback": None, "failed_over": True}, "workload app: failed_over: needs failback"),
    ],
)
def test_what_cannot_be_meant(kind: str, more: Json, text: str) -> None:
    with pytest.raises(WorkloadError) as caught:
        failback([{**WORKLOADS[kind], **more}], kind, False, None, RECOVERED[kind])
    assert str(caught.value).startswith(text)


@pytest.mark.parametrize(
    ("stopped", "text"),
    [
        (None, "failback of app: since when are they stopped?"),
        ("", "failback of app: since when are they stopped?"),
        ("yesterday", "the moment since which the workloads are stopped: 'yesterday' is not a moment such as"),
        ("2026-11-28T18:00:00", "the moment since which the workloads are stopped: '2026-11-28T18:00:00' is not"),
    ],
)
def test_nothing_comes_home_without_the_moment_since_which_it_is_stopped(stopped: Any, text: str) -> None:
    with pytest.raises(WorkloadError) as caught:
        failback([AZURE], "azure_vm", ["app"], stopped)
    assert str(caught.value).startswith(text)
    # It does not matter for what does not come home.
    assert failback([AZURE], "azure_vm", ["another"], stopped)["missing"] == []


def test_workloads_without_failback_are_left_out() -> None:
    without = {name: value for name, value in AZURE.items() if name != "failback"}
    assert failback([without], "azure_vm", True, None) == {"workloads": [], "missing": []}


@pytest.mark.parametrize("kind", WORKLOADS)
def test_what_is_failed_over_is_protected_from_where_it_is(kind: str) -> None:
    workload, away = WORKLOADS[kind], {**WORKLOADS[kind], "failed_over": True}
    assert standing([workload], kind) == [workload]
    assert standing([away], kind, RECOVERED[kind]) == [turned(kind)]
    # It is where a drill or another failover would bring it.
    assert BATCH[kind]([away], "failover") == []
    assert batch_of({"drill": lambda _workload: [{}]}, [away], "drill") == []


def test_what_is_failed_over_and_not_there_is_an_error() -> None:
    with pytest.raises(WorkloadError) as caught:
        standing([{**EFS, "failed_over": True}], "efs", [])
    assert str(caught.value) == "failed_over: files: nothing tells where it was failed over to"


def test_a_type_that_nobody_brings_home() -> None:
    with pytest.raises(WorkloadError, match="the type azure_disk is none of those that can be failed back"):
        failback([], "azure_disk")
