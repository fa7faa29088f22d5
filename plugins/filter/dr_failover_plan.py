# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: dr_failover_plan
short_description: The steps of a failover, and what they are expected to take
version_added: 0.1.0
author: bcdr.multicloud contributors (@bcdr-multicloud)
description:
  - One line per workload in the order in which they are brought up, with the recovery time of its newest successful drill or failover.
positional: records
options:
  _input:
    description: The workloads.
    type: list
    elements: dict
    required: true
  records:
    description: Records of drills and failovers, with C(workload), C(kind), C(status), C(time) and C(recovery_seconds).
    type: list
    elements: dict
    default: []
"""

EXAMPLES = r"""
- name: What a failover would do
  ansible.builtin.debug:
    msg: "{{ dr_workloads | bcdr.multicloud.dr_failover_plan }}"
"""

RETURN = r"""
_value:
  description: The lines.
  type: list
  elements: str
"""

import typing as t

from ansible_collections.bcdr.multicloud.plugins.plugin_utils._filters import as_filter
from ansible_collections.bcdr.multicloud.plugins.plugin_utils._findings import failover_plan


class FilterModule:
    """The filter's registration."""

    def filters(self) -> dict[str, t.Callable[..., t.Any]]:
        return {"dr_failover_plan": as_filter(failover_plan)}
