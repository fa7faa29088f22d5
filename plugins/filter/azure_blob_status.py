# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: azure_blob_status
short_description: Where workloads of type azure_blob stand against their recovery point objectives
version_added: 0.1.0
author: bcdr.multicloud contributors (@bcdr-multicloud)
description:
  - Puts the results of the modules for the same workloads together, one entry per workload, with the keys that P(bcdr.multicloud.azure_vm_status#filter)
    gives them too.
positional: looks
options:
  _input:
    description: The workloads.
    type: list
    elements: dict
    required: true
  looks:
    description: The results of M(bcdr.multicloud.azure_blob_copy_info) for the containers of the workloads, in their order.
    type: list
    elements: dict
    required: true
"""

EXAMPLES = r"""
- name: Where things stand
  ansible.builtin.debug:
    msg: "{{ dr_workloads | bcdr.multicloud.azure_blob_status(looks.results) }}"
"""

RETURN = r"""
_value:
  description: One entry per workload, with its recovery point objective, up to when each place holds what the source had, and what is to do.
  type: list
  elements: dict
"""

import typing as t

from ansible_collections.bcdr.multicloud.plugins.plugin_utils._azure_blob_workloads import status
from ansible_collections.bcdr.multicloud.plugins.plugin_utils._filters import as_filter


class FilterModule:
    """The filter's registration."""

    def filters(self) -> dict[str, t.Callable[..., t.Any]]:
        return {"azure_blob_status": as_filter(status)}
