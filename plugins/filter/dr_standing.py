# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: dr_standing
short_description: Workloads as they are to be protected now
version_added: 0.1.0
author: bcdr.multicloud contributors (@bcdr-multicloud)
description:
  - Turns each workload that says C(failed_over) the other way round, so that what was recovered elsewhere is protected toward home.
  - Leaves the others as they are.
positional: type, found
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
  found:
    description:
      - The results of failing those workloads over in check mode, which tell what an earlier failover has made. Not needed for V(azure_vm).
    type: list
    elements: dict
    default: []
"""

EXAMPLES = r"""
- name: What is protected, and from where
  ansible.builtin.debug:
    msg: "{{ azure_vm_workloads | bcdr.multicloud.dr_standing('azure_vm') }}"
"""

RETURN = r"""
_value:
  description: The workloads, in their order.
  type: list
  elements: dict
"""

import typing as t

from ansible_collections.bcdr.multicloud.plugins.plugin_utils._failback import standing
from ansible_collections.bcdr.multicloud.plugins.plugin_utils._filters import as_filter


class FilterModule:
    """The filter's registration."""

    def filters(self) -> dict[str, t.Callable[..., t.Any]]:
        return {"dr_standing": as_filter(standing)}
