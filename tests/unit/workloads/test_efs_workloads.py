# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""From workloads of type efs to the batches of the modules, and from their results to a status."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.bcdr.multicloud.plugins.module_utils._core.module import ModuleDefinition
from ansible_collections.bcdr.multicloud.plugins.plugin_utils._azure_vm_workloads import status as azure_vm_status
from ansible_collections.bcdr.multicloud.plugins.plugin_utils._efs_workloads import batch, status
from ansible_collections.bcdr.multicloud.plugins.plugin_utils._lines import line
from ansible_collections.bcdr.multicloud.plugins.plugin_utils._workloads import WorkloadError, laid_over

ROLE = "arn:aws:iam::111122223333:role/backup"
RESTORE_ROLE = "arn:aws:iam::111122223333:role/restore"
THEIR_ROLE = "arn:aws:iam::444455556666:role/restore"
DR = "arn:aws:backup:eu-central-1:111122223333:backup-vault:dr"
ISOLATED = "arn:aws:backup:eu-central-1:444455556666:backup-vault:dr-isolated"
PARIS = "arn:aws:backup:eu-west-3:444455556666:backup-vault:dr"
READER = "arn:aws:iam::444455556666:role/reader"
POINT = "arn:aws:backup:eu-central-1:111122223333:recovery-point:7a1f"
DEFAULTS: dict[str, Any] = {
    "efs": {
        "rpo": "4h",
        "region": "eu-west-1",
        "backup_vault_name": "main",
        "iam_role_arn": ROLE,
        "tags": {"service": "shop"},
        "targets": [{"backup_vault_arn": DR, "lifecycle": {"delete_after_days": 90}}],
        "drill": {"kms_key_id": "alias/files-dr"},
        "failover": {"kms_key_id": "alias/files-dr", "throughput_mode": "elastic"},
    }
}
NO_KEYS = {"access_key": "", "secret_key": "", "session_token": ""}


def workload(**more: Any) -> dict[str, Any]:
    return laid_over(DEFAULTS["efs"], {"type": "efs", "name": "web", "file_system_id": "fs-1", **more})


def only(step: str, **more: Any) -> dict[str, Any]:
    """Return the one item that the step makes of the workload."""
    (item,) = batch([workload(**more)], step)
    return item


COMMON = {"label": "web", "region": "eu-west-1", "file_system_id": "fs-1", "iam_role_arn": ROLE}


@pytest.mark.parametrize(
    ("step", "more", "item"),
    [
        pytest.param(
            "points",
            {},
            {**COMMON, "backup_vault_name": "main", "max_age": "4h", "tags": {"service": "shop"}},
            id="a point as old as the objective at most",
        ),
        pytest.param(
            "points",
            {
                "max_age": "1h",
                "lifecycle": {"delete_after_days": 35},
                "tags": {"tier": "web"},
                "assume_role_arn": READER,
                "assume_role_external_id": "x",
            },
            {
                **COMMON,
                "backup_vault_name": "main",
                "max_age": "1h",
                "lifecycle": {"delete_after_days": 35},
                "tags": {"service": "shop", "tier": "web"},
                "assume_role_arn": READER,
                "assume_role_external_id": "x",
            },
            id="a point with all there is, in a role",
        ),
        pytest.param(
            "copies",
            {"profile": "production"},
            {
                **COMMON,
                "source_backup_vault_name": "main",
                "destinations": [{"backup_vault_arn": DR, "lifecycle": {"delete_after_days": 90}}],
                "profile": "production",
            },
            id="a copy",
        ),
        pytest.param(
            "copies",
            {
                "targets": [
                    {"backup_vault_arn": DR, "profile": None},
                    {"backup_vault_arn": ISOLATED, "profile": "other"},
                ]
            },
            {
                **COMMON,
                "source_backup_vault_name": "main",
                "destinations": [{"backup_vault_arn": DR}, {"backup_vault_arn": ISOLATED, "profile": "other"}],
            },
            id="copies in two accounts",
        ),
        pytest.param(
            "drill",
            {},
            {
                **COMMON,
                "region": "eu-central-1",
                "backup_vault_name": "dr",
                "name": "drill-web",
                "tags": {"bcdr-drill": "web"},
                "kms_key_id": "alias/files-dr",
            },
            id="a drill bears its own name and the tag",
        ),
        pytest.param(
            "drill",
            {"drill": {"tags": {"bcdr-drill": "mine", "owner": "ops"}, "iam_role_arn": THEIR_ROLE, "items": ["/etc"]}},
            {
                **COMMON,
                "region": "eu-central-1",
                "backup_vault_name": "dr",
                "name": "drill-web",
                "tags": {"bcdr-drill": "web", "owner": "ops"},
                "kms_key_id": "alias/files-dr",
                "iam_role_arn": THEIR_ROLE,
                "items": ["/etc"],
            },
            id="a drill's tag cannot be taken away",
        ),
        pytest.param(
            "drill_cleanup",
            {"drill": {"recovery_point_arn": POINT}},
            {
                **COMMON,
                "region": "eu-central-1",
                "backup_vault_name": "dr",
                "name": "drill-web",
                "tags": {"bcdr-drill": "web"},
                "kms_key_id": "alias/files-dr",
                "recovery_point_arn": POINT,
                "state": "absent",
            },
            id="cleanup asks for what the drill asked for",
        ),
        pytest.param(
            "failover",
            {"restore_iam_role_arn": RESTORE_ROLE},
            {
                **COMMON,
                "iam_role_arn": RESTORE_ROLE,
                "region": "eu-central-1",
                "backup_vault_name": "dr",
                "name": "web",
                "tags": {"service": "shop"},
                "kms_key_id": "alias/files-dr",
                "throughput_mode": "elastic",
            },
            id="a failover has the name and the tags of the workload",
        ),
        pytest.param(
            "failover",
            {
                "restore_iam_role_arn": RESTORE_ROLE,
                "tags": None,
                "failover": {"name": "web-2", "iam_role_arn": THEIR_ROLE, "kms_key_id": None, "throughput_mode": None},
            },
            {
                **COMMON,
                "iam_role_arn": THEIR_ROLE,
                "region": "eu-central-1",
                "backup_vault_name": "dr",
                "name": "web-2",
            },
            id="a failover under another name and role, without tags",
        ),
        pytest.param(
            "failover",
            {"failover": {"tags": {"service": "shop-2", "tier": "web"}}},
            {
                **COMMON,
                "region": "eu-central-1",
                "backup_vault_name": "dr",
                "name": "web",
                "tags": {"service": "shop-2", "tier": "web"},
                "kms_key_id": "alias/files-dr",
                "throughput_mode": "elastic",
            },
            id="a failover's own tags go before",
        ),
    ],
)
def test_the_items_of_a_step(step: str, more: dict[str, Any], item: dict[str, Any]) -> None:
    assert only(step, **more) == item


EVERYTHING: dict[str, Any] = {
    "recovery_point_arn": POINT,
    "items": ["/etc"],
    "encrypt": True,
    "kms_key_id": "alias/k",
    "kms_key_map": {"a": "b"},
    "performance_mode": "general_purpose",
    "availability_zone_name": "eu-central-1a",
    "copy_tags": False,
    "throughput_mode": "provisioned",
    "provisioned_throughput_in_mibps": 64,
    "lifecycle_policies": {"transition_to_ia": "AFTER_30_DAYS"},
    "automatic_backups": False,
    "mount_targets": [{"subnet_id": "subnet-1"}],
}


@pytest.mark.parametrize("use", ["drill", "failover"])
def test_every_option_of_a_restore_is_handed_on(use: str) -> None:
    item = only(use, **{use: EVERYTHING})
    assert {name: item[name] for name in EVERYTHING} == EVERYTHING


@pytest.mark.parametrize(
    ("module", "step"), [("efs_backup", "points"), ("efs_backup_copy", "copies"), ("efs_backup_restore", "failover")]
)
def test_the_module_knows_every_option(monkeypatch: pytest.MonkeyPatch, module: str, step: str) -> None:
    imported = pytest.importorskip(f"ansible_collections.bcdr.multicloud.plugins.modules.{module}")
    definitions: list[ModuleDefinition] = []
    monkeypatch.setattr(imported, "run_module", definitions.append)
    imported.main()
    target = {"backup_vault_arn": DR, "profile": "other", "lifecycle": {"delete_after_days": 9}}
    item = only(step, profile="p", lifecycle={"delete_after_days": 9}, targets=[target], failover=EVERYTHING)
    assert set(item) - set(definitions[0].item_spec) == set()


TARGETS = [
    {"backup_vault_arn": DR},
    {"backup_vault_arn": ISOLATED, "assume_role_arn": READER, "assume_role_external_id": "x"},
    {"backup_vault_arn": PARIS, "profile": "paris"},
]


@pytest.mark.parametrize("use", ["drill", "failover"])
@pytest.mark.parametrize(
    ("location", "own", "place", "identity"),
    [
        pytest.param(None, {}, ("eu-central-1", "dr"), {}, id="the first target, in the task's own identity"),
        pytest.param(
            "eu-central-1",
            {"assume_role_arn": ROLE, "assume_role_external_id": "y", "profile": "production"},
            ("eu-central-1", "dr"),
            {"assume_role_arn": ROLE, "assume_role_external_id": "y", "profile": "production"},
            id="the first of a region, in the workload's identity",
        ),
        pytest.param(
            ISOLATED,
            {"assume_role_arn": ROLE, "profile": "production"},
            ("eu-central-1", "dr-isolated"),
            {"assume_role_arn": READER, "assume_role_external_id": "x", "profile": "production"},
            id="a vault by its ARN, in the target's role",
        ),
        pytest.param(
            ISOLATED,
            {},
            ("eu-central-1", "dr-isolated"),
            {"assume_role_arn": READER, "assume_role_external_id": "x"},
            id="the target's role alone",
        ),
        pytest.param(
            "eu-west-3",
            {"assume_role_arn": ROLE, "profile": "production"},
            ("eu-west-3", "dr"),
            {"profile": "paris", **NO_KEYS},
            id="another region, in the target's profile and with no key beside it",
        ),
    ],
)
def test_a_restore_works_where_the_target_is_and_as_the_target_says(
    use: str, location: str | None, own: dict[str, Any], place: tuple[str, str], identity: dict[str, Any]
) -> None:
    item = only(use, targets=TARGETS, **own, **{use: {"location": location}})
    assert (item["region"], item["backup_vault_name"]) == place
    options = ("assume_role_arn", "assume_role_external_id", "profile", *NO_KEYS)
    assert {name: item[name] for name in options if name in item} == identity
    cleanup = only("drill_cleanup", targets=TARGETS, **own, drill={"location": location})
    assert (cleanup["region"], cleanup["backup_vault_name"]) == place


@pytest.mark.parametrize(
    ("step", "more", "text"),
    [
        ("points", {"rpo": "soon"}, "workload web: rpo: 'soon' is not a duration"),
        (
            "drill",
            {"targets": TARGETS, "drill": {"location": "us-east-1"}},
            "workload web: drill.location: us-east-1 is none of its targets (eu-central-1, eu-west-3)",
        ),
        ("failover", {"targets": []}, "workload web: targets: there is none"),
        (
            "drill_cleanup",
            {"targets": [{"backup_vault_arn": "dr"}]},
            "workload web: targets[0].backup_vault_arn: 'dr' is not such an ARN; it would be arn:aws:backup:",
        ),
        ("retention", {}, "step 'retention' is none of copies, drill, drill_cleanup, failover, points"),
    ],
)
def test_what_cannot_be_meant_is_refused_in_one_line(step: str, more: dict[str, Any], text: str) -> None:
    with pytest.raises(WorkloadError) as caught:
        batch([workload(**more)], step)
    assert str(caught.value).startswith(text)


@pytest.mark.parametrize("step", ["drill", "drill_cleanup", "failover"])
@pytest.mark.parametrize("section", [None, {}])
def test_a_workload_without_the_section_is_left_out(step: str, section: Any) -> None:
    bare = {**workload(), step.removesuffix("_cleanup"): section}
    assert batch([bare], step) == []


def test_the_order_of_the_workloads_is_kept() -> None:
    names = ["c", "a", "b"]
    items = batch([workload(name=name, file_system_id=f"fs-{name}") for name in names], "points")
    assert [item["label"] for item in items] == names


def result(status: str = "succeeded", reason: str = "", actions: tuple[str, ...] = (), **more: Any) -> dict[str, Any]:
    return {"status": status, "reason": reason, "actions": list(actions), **more}


def seen(hours: float | None = 1.0, vault_seen: bool = True) -> dict[str, Any]:
    newest = None if hours is None else POINT
    return {
        "vault_seen": vault_seen,
        "newest_usable": newest,
        "rpo_seconds": None if hours is None else round(hours * 3600),
    }


TWO = [{"backup_vault_arn": DR}, {"backup_vault_arn": PARIS}]
SAME_REGION = [{"backup_vault_arn": DR}, {"backup_vault_arn": ISOLATED}]
HERE = result(rpo_seconds=1800)


@pytest.mark.parametrize(
    ("targets", "point", "copy", "breached", "text"),
    [
        pytest.param(
            TWO,
            HERE,
            result(copies=[seen(), seen(4)]),
            False,
            "web: within RPO of 4h: here 30m, eu-central-1 1h, eu-west-3 4h",
            id="within",
        ),
        pytest.param(
            TWO,
            HERE,
            result(copies=[seen(), seen(4.001)]),
            True,
            "web: RPO BREACHED of 4h: here 30m, eu-central-1 1h, eu-west-3 4h",
            id="one place is behind",
        ),
        pytest.param(
            SAME_REGION,
            HERE,
            result(copies=[seen(), seen(2)]),
            False,
            "web: within RPO of 4h: here 30m, eu-central-1 (dr) 1h, eu-central-1 (dr-isolated) 2h",
            id="two vaults of one region",
        ),
        pytest.param(
            TWO[:1],
            result("running", rpo_seconds=None, actions=("start backup of fs-1 to main",)),
            result("pending", "eu-central-1/dr: there is no usable recovery point yet", copies=[seen(None)]),
            True,
            "web: RPO BREACHED of 4h: here nothing yet, eu-central-1 nothing yet; copies pending: eu-central-1/dr: there is "
            "no usable recovery point yet; to do: start backup of fs-1 to main",
            id="nothing yet",
        ),
        pytest.param(
            TWO[:1],
            result("running", rpo_seconds=5 * 3600, actions=("start b",)),
            result("running", "eu-central-1/dr: the copy is starting", ("start c",), copies=[seen(5)]),
            True,
            "web: RPO BREACHED of 4h: here 5h, eu-central-1 5h; to do: start b, start c; "
            "then copies running: eu-central-1/dr: the copy is starting",
            id="what is to do, in its order",
        ),
        pytest.param(
            TWO[:1],
            result("running", rpo_seconds=5 * 3600, actions=("start b",)),
            result("running", "eu-central-1/dr: copying for 5m", copies=[seen(9)]),
            True,
            "web: RPO BREACHED of 4h: here 5h, eu-central-1 9h; copies running: eu-central-1/dr: copying for 5m; to do: start b",
            id="what is running and what is to do",
        ),
        pytest.param(
            TWO[:1],
            result("failed", "eu-west-1 answers 503"),
            result(copies=[seen(2)]),
            False,
            "web: within RPO of 4h: here not known, eu-central-1 2h; the source cannot be asked: eu-west-1 answers 503",
            id="the source's region is gone",
        ),
        pytest.param(
            TWO,
            HERE,
            result("failed", "eu-west-3/dr: the region cannot be asked", copies=[seen(), seen(None, vault_seen=False)]),
            True,
            "web: NOT KNOWN whether within RPO of 4h: here 30m, eu-central-1 1h, eu-west-3 not known; "
            "copies failed: eu-west-3/dr: the region cannot be asked",
            id="a target's region is gone",
        ),
        pytest.param(
            TWO,
            HERE,
            result("failed", "refused", copies=[seen(9), seen(None, vault_seen=False)]),
            True,
            "web: RPO BREACHED of 4h: here 30m, eu-central-1 9h, eu-west-3 not known; copies failed: refused",
            id="a breach that is known goes before one that is not",
        ),
        pytest.param(
            TWO[:1],
            HERE,
            result("failed", "credentials: AWS refused"),
            True,
            "web: NOT KNOWN whether within RPO of 4h: here 30m, eu-central-1 not known; copies failed: credentials: AWS refused",
            id="nobody could look",
        ),
        pytest.param(
            TWO[:1],
            result("blocked", "the vault's lock", rpo_seconds=3600),
            result(copies=[seen()]),
            False,
            "web: within RPO of 4h: here 1h, eu-central-1 1h; recovery point blocked: the vault's lock",
            id="no more points can be made",
        ),
        pytest.param(
            TWO[:1],
            result("blocked", "no vault main"),
            result("blocked", "no vault main", copies=[seen(None)]),
            True,
            "web: RPO BREACHED of 4h: here not known, eu-central-1 nothing yet; copies blocked: no vault main",
            id="what both say is told once",
        ),
    ],
)
def test_status(
    targets: list[dict[str, Any]], point: dict[str, Any], copy: dict[str, Any], breached: bool, text: str
) -> None:
    (entry,) = status([workload(targets=targets)], [point], [copy])
    assert entry["breached"] is breached
    assert line(entry) == text


def test_entries_of_both_types_have_the_same_keys() -> None:
    (entry,) = status([workload()], [HERE], [result(copies=[seen()])])
    vm = {"name": "vm", "rpo": "4h", "targets": [{"location": "northeurope"}]}
    place = {"location": "northeurope", "newest_usable": "p", "rpo_seconds": 60}
    (other,) = azure_vm_status([vm], [result()], [HERE], [result(targets=[place])])
    assert list(entry) == list(other)
    assert list(entry["targets"][0]) == list(other["targets"][0])
    assert (entry["type"], other["type"]) == ("efs", "azure_vm")
    assert entry["targets"] == [
        {
            "location": "eu-central-1",
            "name": "dr",
            "known": True,
            "newest_usable": POINT,
            "rpo_seconds": 3600,
            "within_rpo": True,
        }
    ]
