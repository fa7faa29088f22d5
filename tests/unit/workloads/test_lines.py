# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Lines for people about what was restored; those of a status are tested with the types."""

from __future__ import annotations

from typing import Any

import pytest
from ansible.errors import AnsibleFilterError

from ansible_collections.bcdr.multicloud.plugins.filter.dr_fleet import FilterModule as FleetFilter
from ansible_collections.bcdr.multicloud.plugins.filter.dr_lines import dr_lines

VM: dict[str, Any] = {
    "label": "app-01",
    "status": "succeeded",
    "reason": "",
    "restore_point": "p",
    "rpo_seconds": 7200,
    "recovery_seconds": 495,
    "verification": {"disk_count": 2, "size_gb": 94, "os_type": "Linux"},
}
IMAGE: dict[str, Any] = {
    **{name: value for name, value in VM.items() if name != "restore_point"},
    "label": "golden",
    "version": "golden-initial",
    "vm_id": "/subscriptions/s/drill-golden",
}
KEY = "arn:aws:kms:eu-central-1:111122223333:key/k"
FILES: dict[str, Any] = {
    "label": "web",
    "status": "succeeded",
    "reason": "",
    "recovery_point_arn": "arn:aws:backup:eu-central-1:111122223333:recovery-point:7a1f",
    "rpo_seconds": 7200,
    "recovery_seconds": 330,
    "restore_job": {"backup_size_bytes": 20 * 2**30},
    "restore_directory": "/aws-backup-restore_*",
    "file_system": {
        "file_system_id": "fs-9",
        "file_system_arn": "arn:aws:elasticfilesystem:eu-central-1:111122223333:file-system/fs-9",
        "encrypted": True,
        "kms_key_id": KEY,
        "performance_mode": "generalPurpose",
    },
}
SHOP: dict[str, Any] = {
    "label": "shop",
    "status": "succeeded",
    "reason": "",
    "ext_id": "7a1c0de0-0000-4000-8000-000000000301",
    "recovery_point": {"name": "nightly"},
    "rpo_seconds": 7200,
    "recovery_seconds": 330,
    "vms": [
        {"name": "app", "power_state": "ON"},
        {"name": "old", "power_state": "OFF"},
        {"name": "db", "power_state": "ON"},
    ],
    "volume_groups": [{"name": "data"}],
    "vms_ext_ids": "a,o,d",
}


@pytest.mark.parametrize(
    ("restored", "text"),
    [
        pytest.param(
            VM,
            "app-01: restored from p, 2h old, in 8m 15s; 2 disks, 94 GB, Linux: as the restore point has them",
            id="VM",
        ),
        pytest.param(
            {**VM, "recovery_seconds": None},
            "app-01: restored from p, 2h old, by an earlier run; 2 disks, 94 GB, Linux: as the restore point has them",
            id="VM of an earlier run",
        ),
        pytest.param(
            {"label": "app-02", "status": "blocked", "reason": "nothing has arrived"},
            "app-02: BLOCKED: nothing has arrived",
            id="none",
        ),
        pytest.param(
            IMAGE,
            "golden: restored from golden-initial, 2h old, in 8m 15s; 2 disks, 94 GB, Linux: as the version has them",
            id="image",
        ),
        pytest.param(
            {**IMAGE, "vm_id": None},
            "golden: restored from golden-initial, 2h old, in 8m 15s; 2 disks, 94 GB, Linux: as the version has them, "
            "without a machine",
            id="disks of an image",
        ),
        pytest.param(
            FILES,
            f"web: restored from 7a1f, 2h old, in 5m 30s; fs-9 in eu-central-1, 20.0 GiB, generalPurpose, encrypted with {KEY}: "
            "as asked for; its data is in /aws-backup-restore_*",
            id="file system",
        ),
        pytest.param(
            {
                **FILES,
                "recovery_seconds": None,
                "restore_job": None,
                "file_system": {**FILES["file_system"], "encrypted": False, "kms_key_id": None},
            },
            "web: restored from 7a1f, 2h old, by an earlier run; fs-9 in eu-central-1, generalPurpose, not encrypted: "
            "as asked for; its data is in /aws-backup-restore_*",
            id="file system of an earlier run, not encrypted",
        ),
        pytest.param(
            {**FILES, "recovery_point_arn": None, "rpo_seconds": None, "recovery_seconds": None},
            "web: restored from a point that AWS no longer knows, by an earlier run; fs-9 in eu-central-1, 20.0 GiB, "
            f"generalPurpose, encrypted with {KEY}: as asked for; its data is in /aws-backup-restore_*",
            id="file system whose point has expired",
        ),
        pytest.param(
            {**FILES, "status": "failed", "reason": "the restore job ended ABORTED"},
            "web: FAILED: the restore job ended ABORTED",
            id="file system that was not restored",
        ),
        pytest.param(
            SHOP,
            "shop: restored from nightly, 2h old, in 5m 30s; app, db on; old off; volume group data",
            id="VMs of Nutanix and a volume group",
        ),
        pytest.param(
            {**SHOP, "vms": [], "volume_groups": [{"name": "data"}, {"name": "log"}], "recovery_seconds": None},
            "shop: restored from nightly, 2h old, by an earlier run; volume groups data, log",
            id="volume groups alone, of an earlier run",
        ),
        pytest.param(
            {**SHOP, "volume_groups": [], "recovery_point": {"name": None}},
            "shop: restored from 7a1c0de0-0000-4000-8000-000000000301, 2h old, in 5m 30s; app, db on; old off",
            id="VMs of a point without a name",
        ),
        pytest.param(
            {
                **SHOP,
                "ext_id": None,
                "recovery_point": None,
                "rpo_seconds": None,
                "recovery_seconds": None,
                "volume_groups": [],
            },
            "shop: restored from a point that is not known any more, by an earlier run; app, db on; old off",
            id="VMs whose point has expired",
        ),
        pytest.param(
            {**SHOP, "status": "blocked", "reason": "there is a VM app already"},
            "shop: BLOCKED: there is a VM app already",
            id="VMs that were not restored",
        ),
    ],
)
def test_a_restore(restored: dict[str, Any], text: str) -> None:
    assert dr_lines([restored]) == [text]


def test_types_may_be_mixed_in_one_list() -> None:
    entry = {
        "name": "db",
        "status": "succeeded",
        "reason": "",
        "rpo_target_seconds": 3600,
        "rpo_seconds": 60,
        "source_known": True,
        "source_status": "succeeded",
        "source_reason": "",
        "copies_due": False,
        "targets": [{"location": "x", "name": "v", "known": True, "rpo_seconds": 120, "within_rpo": True}],
        "drift": [],
    }
    assert [text.partition(":")[0] for text in dr_lines([FILES, entry, SHOP, VM])] == ["web", "db", "shop", "app-01"]


@pytest.mark.parametrize(
    "entries", [[{"label": "x", "status": "succeeded"}], [{"rpo_target_seconds": 1}], None, [None]]
)
def test_anything_else_is_refused(entries: Any) -> None:
    with pytest.raises(AnsibleFilterError, match="dr_lines: the input is neither a status nor results of restores"):
        dr_lines(entries)


def test_a_mistake_in_the_workloads_is_an_error_of_ansible() -> None:
    dr_fleet = FleetFilter().filters()["dr_fleet"]
    with pytest.raises(AnsibleFilterError, match=r"^dr_names: there is no workload a$"):
        dr_fleet([], names=["a"])
