# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: azure_image_status
short_description: Where workloads of type azure_image stand against their recovery point objectives
version_added: 0.1.0
author: bcdr.multicloud contributors (@bcdr-multicloud)
description:
  - Puts the workloads and their results together, one entry per workload, with the keys that P(bcdr.multicloud.azure_vm_status#filter)
    gives them too.
positional: versions
options:
  _input:
    description: The workloads.
    type: list
    elements: dict
    required: true
  versions:
    description: The results of M(bcdr.multicloud.azure_image_replication) for the workloads, in their order.
    type: list
    elements: dict
    required: true
"""

EXAMPLES = r"""
- name: Where things stand
  ansible.builtin.debug:
    msg: "{{ dr_workloads | bcdr.multicloud.azure_image_status(replicated.results) }}"
"""

RETURN = r"""
_value:
  description:
    - One entry per workload, with its recovery point objective, the age of the newest usable version in each place, and what is to do.
    - V(plan) is the replication plan of what is to be copied, as P(bcdr.multicloud.replication_plan#lookup) returns it, or null, and
      V(version) the version that it is for.
  type: list
  elements: dict
"""

import typing as t

from ansible_collections.bcdr.multicloud.plugins.plugin_utils._azure_image_workloads import status
from ansible_collections.bcdr.multicloud.plugins.plugin_utils._filters import as_filter


class FilterModule:
    """The filter's registration."""

    def filters(self) -> dict[str, t.Callable[..., t.Any]]:
        return {"azure_image_status": as_filter(status)}
