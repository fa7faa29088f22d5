# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Recovery points and tasks as the tables of decisions need them."""

from __future__ import annotations

import datetime
from typing import Any

from ansible_collections.bcdr.multicloud.plugins.module_utils._nutanix.attempts import Attempts
from ansible_collections.bcdr.multicloud.plugins.module_utils._nutanix.values import (
    RecoveryPoint,
    Task,
    VmRecoveryPoint,
    VolumeGroupRecoveryPoint,
)

NOW = datetime.datetime(2026, 11, 21, 12, 0, tzinfo=datetime.timezone.utc)
START = NOW - datetime.timedelta(minutes=1)
HOUR = datetime.timedelta(hours=1)


def point(ext_id: str = "rp", hours: float = 1, vms: str = "ab", groups: str = "", **given: Any) -> RecoveryPoint:
    """Return a recovery point that was made so many hours ago of VMs and volume groups with one-letter ids."""
    fields = {
        "name": "nightly",
        "location_agnostic_id": "same",
        "created": NOW - hours * HOUR,
        "recovery_point_type": "CRASH_CONSISTENT",
        "cluster_ext_ids": ("c1",),
        "source_pc_ext_id": "pc1",
        **given,
    }
    return RecoveryPoint(
        ext_id,
        vm_recovery_points=tuple(VmRecoveryPoint(f"{ext_id}-{vm}", vm) for vm in vms),
        volume_group_recovery_points=tuple(VolumeGroupRecoveryPoint(f"{ext_id}-{group}", group) for group in groups),
        **fields,
    )


def task(state: str, ext_id: str = "t", old: bool = False, made: str = "", **given: Any) -> Task:
    """Return a task, of this run or of an `old` one."""
    details = (("recoveryPointExtId", made),) if made else ()
    created = START - HOUR if old else START + datetime.timedelta(seconds=1)
    return Task(ext_id, state, created=created, details=details, **given)


def attempts(*tasks: Task, **made: bool) -> Attempts:
    return Attempts(tasks, START, made)
