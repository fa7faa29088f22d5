# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: dr_fleet
short_description: The workloads of all types, checked, with the defaults of their types
version_added: 0.1.0
author: bcdr.multicloud contributors (@bcdr-multicloud)
description:
  - Lays each workload over the defaults of its type, checks all of them against what the roles document, and chooses by name.
  - Dictionaries are laid over each other key by key, anything else is replaced.
  - What is wrong with any entry is an error that names all such entries, their keys, and what would be right.
positional: names
options:
  _input:
    description: The workloads. May be empty where they come from O(hosts).
    type: list
    elements: dict
    required: true
  names:
    description: The names of those to choose. A name that no workload has is an error. By default all.
    type: list
    elements: str
  defaults:
    description: The defaults, a dictionary by type.
    type: dict
  hosts:
    description: Workloads by the name of the host of the inventory that says them. Without a C(name) of its own one is called like the host.
    type: dict
"""

EXAMPLES = r"""
- name: How many are protected
  ansible.builtin.debug:
    msg: "{{ dr_workloads | bcdr.multicloud.dr_fleet(defaults={'azure_vm': {'rpo': '4h'}}) | length }}"
"""

RETURN = r"""
_value:
  description: The workloads, in their order.
  type: list
  elements: dict
"""

import typing as t

from ansible_collections.bcdr.multicloud.plugins.plugin_utils._filters import as_filter
from ansible_collections.bcdr.multicloud.plugins.plugin_utils._fleet import fleet


class FilterModule:
    """The filter's registration."""

    def filters(self) -> dict[str, t.Callable[..., t.Any]]:
        return {"dr_fleet": as_filter(fleet)}
