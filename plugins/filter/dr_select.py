# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: dr_select
short_description: The workloads of one type, with the defaults of that type
version_added: 0.1.0
author: bcdr.multicloud contributors (@bcdr-multicloud)
description:
  - Chooses workloads by type and name, and lays each over the defaults of its type.
  - Dictionaries are laid over each other key by key, anything else is replaced.
positional: type
options:
  _input:
    description: The workloads.
    type: list
    elements: dict
    required: true
  type:
    description: The type. A workload of another than these is an error.
    type: str
    choices: [azure_vm, azure_blob, efs, nutanix_vm]
    required: true
  names:
    description: The names of those to choose. A name that no workload has is an error. By default all of the type.
    type: list
    elements: str
  defaults:
    description: The defaults, a dictionary by type.
    type: dict
"""

EXAMPLES = r"""
- name: The Azure VMs, with what they have in common
  ansible.builtin.debug:
    msg: "{{ dr_workloads | bcdr.multicloud.dr_select('azure_vm', defaults={'azure_vm': {'rpo': '4h'}}) }}"
"""

RETURN = r"""
_value:
  description: The workloads, in their order.
  type: list
  elements: dict
"""

import typing as t

from ansible_collections.bcdr.multicloud.plugins.plugin_utils._filters import as_filter
from ansible_collections.bcdr.multicloud.plugins.plugin_utils._workloads import select


class FilterModule:
    """The filter's registration."""

    def filters(self) -> dict[str, t.Callable[..., t.Any]]:
        return {"dr_select": as_filter(select)}
