# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: dr_drill_records
short_description: Records of drills for the history
version_added: 0.1.0
author: bcdr.multicloud contributors (@bcdr-multicloud)
description:
  - Turns the results of restores into records for M(bcdr.multicloud.dr_history), one for each that has ended, well or not.
  - The key of a record is made of what was restored and of what the cloud says of it (the job at AWS, the identifiers at Nutanix, the time at which
    Azure made the disks). What an earlier run has restored and a later one finds has the same key, and is not added twice.
  - The same failure of a workload, where the cloud knows no job of it, is one record a day.
positional: workloads, kind
options:
  _input:
    description: The C(results) of M(bcdr.multicloud.azure_restore_point_restore), M(bcdr.multicloud.efs_backup_restore) or
      M(bcdr.multicloud.nutanix_recovery_point_restore), whose labels are the names of workloads.
    type: list
    elements: dict
    required: true
  workloads:
    description: The workloads, for their types and for the place that they were restored in.
    type: list
    elements: dict
    default: []
  kind:
    description: What it was.
    type: str
    choices: [drill, failover, failback]
    default: drill
  now:
    description: The time to judge by, such as V(2026-11-28T03:15:00Z). By default that of the clock.
    type: str
"""

EXAMPLES = r"""
- name: Keep how the drills went
  bcdr.multicloud.dr_history:
    path: /var/lib/bcdr/history.jsonl
    records: "{{ efs_drill.results | bcdr.multicloud.dr_drill_records(efs_workloads) }}"
"""

RETURN = r"""
_value:
  description: The records, with the keys that RV(bcdr.multicloud.dr_history#module:records) has.
  type: list
  elements: dict
"""

import typing as t

from ansible_collections.bcdr.multicloud.plugins.plugin_utils._filters import as_filter
from ansible_collections.bcdr.multicloud.plugins.plugin_utils._history import drill_records


class FilterModule:
    """The filter's registration."""

    def filters(self) -> dict[str, t.Callable[..., t.Any]]:
        return {"dr_drill_records": as_filter(drill_records)}
