# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: dr_with_history
short_description: The status of a fleet with what earlier drills say of it
version_added: 0.1.0
author: bcdr.multicloud contributors (@bcdr-multicloud)
description:
  - Adds to each entry of a status the newest drill of its workload, whether one is overdue, and whether the newest kept to the recovery time
    objective.
  - Without records the keys are there all the same.
positional: records
options:
  _input:
    description: The status, as P(bcdr.multicloud.azure_vm_status#filter), P(bcdr.multicloud.efs_status#filter) and
      P(bcdr.multicloud.nutanix_vm_status#filter) return it.
    type: list
    elements: dict
    required: true
  records:
    description: The C(records) that M(bcdr.multicloud.dr_history) returned.
    type: list
    elements: dict
    default: []
  now:
    description: The time to judge by, such as V(2026-11-28T03:15:00Z). By default that of the clock.
    type: str
"""

EXAMPLES = r"""
- name: What the history says
  ansible.builtin.set_fact:
    dr_status: "{{ dr_status | bcdr.multicloud.dr_with_history(history.records) }}"
"""

RETURN = r"""
_value:
  description:
    - The entries, each with C(last_drill), the record of the newest drill or null; C(drill_stale), whether the workload has C(drill_every) and no
      drill has succeeded within it; and C(rto_met), whether the newest drill took no longer than C(rto), null where that cannot be said, as of a
      drill that did not succeed.
  type: list
  elements: dict
"""

import typing as t

from ansible_collections.bcdr.multicloud.plugins.plugin_utils._filters import as_filter
from ansible_collections.bcdr.multicloud.plugins.plugin_utils._history import with_history


class FilterModule:
    """The filter's registration."""

    def filters(self) -> dict[str, t.Callable[..., t.Any]]:
        return {"dr_with_history": as_filter(with_history)}
