# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: azure_vm_batch
short_description: The batch of a module for workloads of type azure_vm
version_added: 0.1.0
author: bcdr.multicloud contributors (@bcdr-multicloud)
description:
  - Turns workloads as the role P(bcdr.multicloud.azure_vm#role) takes them into the O(ignore:batch) of the module that does one step for all of them.
positional: step, points
options:
  _input:
    description: The workloads.
    type: list
    elements: dict
    required: true
  step:
    description: What is to be done.
    type: str
    choices: [collections, points, copies, retention, drill, drill_cleanup, failover]
    required: true
  points:
    description:
      - The results of the step C(points) for the same workloads. With the step C(copies), what comes home has the very point copied that
        was made for it.
    type: list
    elements: dict
"""

EXAMPLES = r"""
- name: One restore point for each workload
  bcdr.multicloud.azure_restore_point:
    batch: "{{ dr_workloads | bcdr.multicloud.azure_vm_batch('points') }}"
"""

RETURN = r"""
_value:
  description: The items of the batch, in the order of the workloads.
  type: list
  elements: dict
"""

import typing as t

from ansible_collections.bcdr.multicloud.plugins.plugin_utils._azure_vm_workloads import batch
from ansible_collections.bcdr.multicloud.plugins.plugin_utils._filters import as_filter


class FilterModule:
    """The filter's registration."""

    def filters(self) -> dict[str, t.Callable[..., t.Any]]:
        return {"azure_vm_batch": as_filter(batch)}
