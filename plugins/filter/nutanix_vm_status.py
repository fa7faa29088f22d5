# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: nutanix_vm_status
short_description: Where workloads of type nutanix_vm stand against their recovery point objectives
version_added: 0.1.0
author: bcdr.multicloud contributors (@bcdr-multicloud)
description:
  - Puts the results of the modules for the same workloads together, one entry per workload, with the keys that P(bcdr.multicloud.azure_vm_status#filter)
    gives them too.
positional: points, copies
options:
  _input:
    description: The workloads.
    type: list
    elements: dict
    required: true
  points:
    description: The results of M(bcdr.multicloud.nutanix_recovery_point) for the workloads, in the order of the batch.
    type: list
    elements: dict
    required: true
  copies:
    description: The results of M(bcdr.multicloud.nutanix_recovery_point_replicate) for the workloads, in the order of the batch.
    type: list
    elements: dict
    required: true
"""

EXAMPLES = r"""
- name: Where things stand
  ansible.builtin.debug:
    msg: "{{ dr_workloads | bcdr.multicloud.nutanix_vm_status(points.results, copies.results) }}"
"""

RETURN = r"""
_value:
  description: One entry per workload, with its recovery point objective, the age of the newest usable point in each place, and what is to do.
  type: list
  elements: dict
"""

import typing as t

from ansible_collections.bcdr.multicloud.plugins.plugin_utils._filters import as_filter
from ansible_collections.bcdr.multicloud.plugins.plugin_utils._nutanix_workloads import status


class FilterModule:
    """The filter's registration."""

    def filters(self) -> dict[str, t.Callable[..., t.Any]]:
        return {"nutanix_vm_status": as_filter(status)}
