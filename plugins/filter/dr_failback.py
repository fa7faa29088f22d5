# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: dr_failback
short_description: Workloads the other way round, from the place that they were failed over to, home
version_added: 0.1.0
author: bcdr.multicloud contributors (@bcdr-multicloud)
description:
  - Turns each workload that says how it fails back into the workload that protects what has been recovered toward home.
  - What it returns is a workload of the same type, for the filters that make batches.
  - Workloads without C(failback) are left out.
positional: type, confirmed, stopped_at, found
options:
  _input:
    description: The workloads.
    type: list
    elements: dict
    required: true
  type:
    description: The type of the workloads.
    type: str
    choices: [azure_vm, efs, nutanix_vm]
    required: true
  confirmed:
    description:
      - Which workloads come home now, V(true) for all of them, or their names as a list or separated by commas.
      - The recovery points of the others are made by their age.
    type: raw
    default: false
  stopped_at:
    description:
      - The moment since which those are stopped, such as V(2026-11-28T18:00:00Z). Their last recovery points have to be newer.
    type: str
  found:
    description:
      - The results of failing the workloads over in check mode, which tell what an earlier failover has made. Not needed for V(azure_vm).
    type: list
    elements: dict
    default: []
"""

EXAMPLES = r"""
- name: What keeps the recovered VMs protected at home
  ansible.builtin.debug:
    msg: "{{ (azure_vm_workloads | bcdr.multicloud.dr_failback('azure_vm')).workloads }}"
"""

RETURN = r"""
_value:
  description: What came of it.
  type: dict
  contains:
    workloads:
      description: The workloads, in their order.
      type: list
      elements: dict
    missing:
      description: For each workload that is left out since nothing of it was found, a line that says why.
      type: list
      elements: str
"""

import typing as t

from ansible_collections.bcdr.multicloud.plugins.plugin_utils._failback import failback
from ansible_collections.bcdr.multicloud.plugins.plugin_utils._filters import as_filter


class FilterModule:
    """The filter's registration."""

    def filters(self) -> dict[str, t.Callable[..., t.Any]]:
        return {"dr_failback": as_filter(failback)}
