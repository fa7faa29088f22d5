# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Copies that take longer than a workload lets them, whatever its type."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.bcdr.multicloud.plugins.plugin_utils import (
    _azure_image_workloads,
    _azure_vm_workloads,
    _efs_workloads,
    _nutanix_workloads,
)
from ansible_collections.bcdr.multicloud.plugins.plugin_utils._workloads import (
    WorkloadError,
    overdue_copies,
    status_line,
)

Json = dict[str, Any]
HOUR = 3600
POINT: Json = {"status": "succeeded", "reason": "", "rpo_seconds": 0, "actions": []}
COPY: Json = {"status": "running", "reason": "40 %", "progress_percent": 40.0, "actions": []}
VAULT = "arn:aws:backup:eu-central-1:111122223333:backup-vault:dr"


def _azure_vm(workload: Json, copies: list[Json]) -> Json:
    given = {**workload, "resource_group": "rg", "targets": [{"location": "northeurope"}]}
    place = {"location": "northeurope", "newest_usable": None, "rpo_seconds": None}
    return _azure_vm_workloads.status([given], [POINT], [POINT], [{**COPY, "copies": copies, "targets": [place]}])[0]


def _azure_image(workload: Json, copies: list[Json]) -> Json:
    given = {**workload, "resource_group": "rg", "targets": [{"location": "northeurope"}]}
    place = {"location": "northeurope", "known": True, "newest_usable": None, "rpo_seconds": None}
    found = {**COPY, "rpo_seconds": 0, "targets": [place], "regions": [{"copies": [copy]} for copy in copies]}
    return _azure_image_workloads.status([given], [found])[0]


def _efs(workload: Json, copies: list[Json]) -> Json:
    given = {**workload, "region": "eu-west-1", "targets": [{"backup_vault_arn": VAULT}] * len(copies)}
    seen = [{"vault_seen": True, "newest_usable": None, "rpo_seconds": None, **copy} for copy in copies]
    return _efs_workloads.status([given], [POINT], [{**COPY, "copies": seen}])[0]


def _nutanix_vm(workload: Json, copies: list[Json]) -> Json:
    given = {**workload, "vms": [{"name": "a", "ext_id": "a"}], "targets": [{"nutanix_host": "pc"}] * len(copies)}
    seen = [{"target_seen": True, "newest_usable": None, "rpo_seconds": None, **copy} for copy in copies]
    return _nutanix_workloads.status([given], [POINT], [{**COPY, "replicas": seen}])[0]


@pytest.mark.parametrize("status", [_azure_vm, _azure_image, _efs, _nutanix_vm])
@pytest.mark.parametrize(
    ("more", "seconds", "overdue", "reason"),
    [
        ({"overdue_after": "6h"}, [7 * HOUR], 1, "40 %; 1 copy overdue, under way for 7h"),
        ({"overdue_after": "6h"}, [7 * HOUR, 9 * HOUR], 2, "40 %; 2 copies overdue, under way for 9h"),
        ({"overdue_after": "6h"}, [7 * HOUR, 5 * HOUR], 1, "40 %; 1 copy overdue, under way for 7h"),
        ({"overdue_after": "6h"}, [6 * HOUR], 0, "40 %"),
        ({"overdue_after": "6h"}, [None], 0, "40 %"),
        ({}, [700 * HOUR], 0, "40 %"),
    ],
)
def test_status(status: Any, more: Json, seconds: list[int | None], overdue: int, reason: str) -> None:
    entry = status({"name": "app", "rpo": "4h", **more}, [{"running_seconds": one} for one in seconds])
    assert (entry["overdue"], entry["reason"]) == (overdue, reason)
    assert f"; copies running: {reason}" in status_line(entry)


def test_a_limit_that_is_no_duration() -> None:
    with pytest.raises(WorkloadError, match="workload app: overdue_after: "):
        overdue_copies({"name": "app", "overdue_after": "soon"}, [])
