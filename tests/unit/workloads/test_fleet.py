# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The file of workloads: defaults, what hosts say of themselves, names, and one clear line for every entry that is wrong."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ansible_collections.bcdr.multicloud.plugins.plugin_utils._fleet import _STEPS, fleet, secrets_in, workload_spec
from ansible_collections.bcdr.multicloud.plugins.plugin_utils._workloads import TYPES, WorkloadError

ROOT = Path(__file__).resolve().parents[3]
VM = {"rpo": "4h", "resource_group": "rg-app", "targets": [{"location": "northeurope"}]}
VAULT = "arn:aws:backup:eu-central-1:111122223333:backup-vault:dr"
FILES = {
    "rpo": "4h",
    "region": "eu-west-1",
    "file_system_id": "fs-0a11ce0000000001",
    "backup_vault_name": "main",
    "iam_role_arn": "arn:aws:iam::111122223333:role/backup",
    "targets": [{"backup_vault_arn": VAULT}],
}
PRISM = {
    "rpo": "4h",
    "vms": [{"name": "db", "ext_id": "7a1c0de0-0000-4000-8000-000000000201"}],
    "targets": [{"nutanix_host": "pc-dr.example.com"}],
}
DEFAULTS: dict[str, Any] = {"azure_vm": VM, "efs": FILES, "nutanix_vm": PRISM}


def told(*entries: Any, names: Any = None, defaults: Any = None, hosts: Any = None) -> list[str]:
    with pytest.raises(WorkloadError) as caught:
        fleet(list(entries), names, DEFAULTS if defaults is None else defaults, hosts)
    return str(caught.value).split("; ")


def test_every_type_has_a_role_that_says_what_a_workload_is_and_steps_to_try_it_with() -> None:
    assert set(_STEPS) == set(TYPES)
    assert {path.parent.parent.name for path in ROOT.glob("roles/*/meta/argument_specs.yml")} >= set(TYPES)
    for kind in TYPES:
        spec = workload_spec(kind)
        assert spec["name"]["required"]
        assert {"type", "rpo", "rto", "drill_every", "stage", "targets", "drill", "failover"} <= set(spec)


def test_a_workload_is_laid_over_the_defaults_of_its_type_key_by_key() -> None:
    defaults: Any = {
        "azure_vm": {**VM, "tags": {"service": "shop"}, "drill": {"subnet_id": "isolated", "vm_size": "B2s"}}
    }
    entry = {
        "type": "azure_vm",
        "name": "a",
        "rpo": "1h",
        "tags": {"tier": "web"},
        "drill": {"vm_size": "D2s"},
        "targets": [{"location": "uksouth"}],
    }
    (made,) = fleet([entry], None, defaults)
    assert made["rpo"] == "1h"
    assert made["tags"] == {"service": "shop", "tier": "web"}
    assert made["drill"] == {"subnet_id": "isolated", "vm_size": "D2s"}
    assert made["targets"] == [{"location": "uksouth"}]
    assert made["stage"] == 1
    assert defaults["azure_vm"]["drill"]["vm_size"] == "B2s"


def test_names_choose_and_the_order_stays() -> None:
    entries = [{"type": "azure_vm", "name": "a"}, {"type": "efs", "name": "b"}, {"type": "nutanix_vm", "name": "c"}]
    assert [one["name"] for one in fleet(entries, None, DEFAULTS)] == ["a", "b", "c"]
    assert [one["name"] for one in fleet(entries, ["c", "a"], DEFAULTS)] == ["a", "c"]


def test_hosts_of_the_inventory_are_workloads_by_their_names() -> None:
    hosts = {"a": {"type": "azure_vm"}, "host-2": {"type": "efs", "name": "files", "stage": "2"}}
    assert [(one["name"], one["type"], one["stage"]) for one in fleet([], None, DEFAULTS, hosts)] == [
        ("a", "azure_vm", 1),
        ("files", "efs", 2),
    ]
    assert told(hosts={"a": {"type": "azure_vm", "rpo": "soon"}}) == [
        "dr_workload of a (a): rpo: 'soon' is not a duration",
        "write for example 90s, 30m, 4h, 2d or 1h30m",
    ]
    assert told({"type": "efs", "name": "b"}, hosts=hosts) == [
        (
            "workloads come from dr_workloads or from the hosts' dr_workload, not from both: there are 1 in dr_workloads, "
            "and dr_workload of a, host-2"
        )
    ]


@pytest.mark.parametrize(
    ("entries", "lines"),
    [
        (["text"], ["dr_workloads[0] (no name): it is a dictionary with name and type, and not str"]),
        ([{"name": "a"}], ["dr_workloads[0] (a): type is missing"]),
        ([{"type": "efs"}], ["dr_workloads[0] (no name): name is missing"]),
        (
            [{"type": "azure_mv", "name": "a"}],
            [f"dr_workloads[0] (a): the type azure_mv is none of {', '.join(TYPES)}", "did you mean azure_vm?"],
        ),
        (
            [{"type": "efs", "name": "a"}, {"type": "azure_vm", "name": "a"}],
            ["dr_workloads[1] (a): the name a stands twice"],
        ),
        (
            [{"type": "azure_vm", "name": "a", "resource_gruop": "x"}],
            ["dr_workloads[0] (a): resource_gruop is not known", "did you mean resource_group?"],
        ),
        (
            [{"type": "azure_vm", "name": "a", "targets": [{"location": "uksouth", "zone": 1}]}],
            ["dr_workloads[0] (a): targets[0].zone is not known"],
        ),
        (
            [{"type": "azure_vm", "name": "a", "consistency": "full"}],
            ["dr_workloads[0] (a): value of consistency must be one of: application, crash, got: full"],
        ),
        (
            [{"type": "azure_vm", "name": "a", "targets": [{"name": "x"}]}],
            ["dr_workloads[0] (a): missing required arguments: location found in targets"],
        ),
        (
            [{"type": "azure_vm", "name": "a", "drill": {"location": "mars"}}],
            ["dr_workloads[0] (a): drill.location: mars is none of its targets (northeurope)"],
        ),
        (
            [{"type": "nutanix_vm", "name": "a", "keep_for": "1h", "drill": {"subnet_ext_id": "s"}}],
            ["dr_workloads[0] (a): keep_for: 1h is not longer than its rpo of 4h"],
        ),
        (
            [{"type": "efs", "name": "a", "stage": "first"}],
            ["dr_workloads[0] (a): argument 'stage' is of type str and we were unable to convert to int: "],
        ),
    ],
)
def test_what_cannot_be_meant_is_told_in_one_line(entries: Any, lines: list[str]) -> None:
    found = told(*entries)
    assert len(found) == len(lines), found
    assert all(text.startswith(line) for text, line in zip(found, lines, strict=True)), found


def test_all_that_is_wrong_is_told_at_once() -> None:
    found = told(
        {"type": "efs", "name": "a", "rpo": "soon"},
        {"type": "efs", "name": "b"},
        {"type": "azure_vm", "name": "c", "cosnistency": "crash"},
        names=["d"],
        defaults={**DEFAULTS, "efss": {}},
    )
    assert [text.split(":")[0] for text in found if text[0] == "d"] == [
        "dr_defaults",
        "did you mean efs?",
        "dr_workloads[0] (a)",
        "dr_workloads[2] (c)",
        "did you mean consistency?",
        "dr_names",
    ]


@pytest.mark.parametrize("workloads", ["app-01", {"name": "app-01"}])
def test_a_list_that_is_none(workloads: Any) -> None:
    with pytest.raises(WorkloadError, match="dr_workloads: it is a list of dictionaries, and not"):
        fleet(workloads)


@pytest.mark.parametrize(
    ("defaults", "line"), [([], "dr_defaults: it is a dictionary by type"), ({"efs": 4}, "dr_defaults: efs: it is")]
)
def test_defaults_that_are_none(defaults: Any, line: str) -> None:
    if defaults == []:
        defaults = ["efs"]
    assert any(text.startswith(line) for text in told(defaults=defaults))


def test_a_password_of_the_wrong_type_is_not_shown() -> None:
    found = told({"type": "nutanix_vm", "name": "a", "nutanix_password": "hush-hush", "validate_certs": "hush-hush"})
    assert found != []
    assert "hush" not in " ".join(found)


def test_secrets_are_referred_to_and_not_written_out() -> None:
    class Encrypted:
        """As Ansible Vault leaves a single value: no text."""

    def ledger(**more: Any) -> dict[str, Any]:
        return {"type": "nutanix_vm", "name": "ledger", **more}

    workloads = [
        ledger(nutanix_password="hush", nutanix_username="admin"),
        ledger(nutanix_password="{{ lookup('env', 'X') }}", targets=[{}, {"nutanix_api_key": "hush"}]),
        ledger(nutanix_password=Encrypted(), nutanix_api_key="", targets="{{ sites }}"),
        {"type": "azure_mv", "nutanix_password": "hush"},
        "text",
    ]
    defaults = {
        "nutanix_vm": {"targets": [{"nutanix_password": "hush"}]},
        "efs": {},
        "other": {"nutanix_password": "hush"},
    }
    found = secrets_in(workloads, defaults, {"db": {"type": "nutanix_vm", "nutanix_password": "hush"}, "x": None})
    assert found == [
        "dr_workloads[0] (ledger): nutanix_password",
        "dr_workloads[1] (ledger): targets[1].nutanix_api_key",
        "dr_workload of db (db): nutanix_password",
        "dr_defaults: nutanix_vm: targets[0].nutanix_password",
    ]
    assert secrets_in("{{ fleet }}", None, {}) == []
    assert secrets_in(None, "{{ defaults }}", {}) == []
