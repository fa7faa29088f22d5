# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: rpo_compliance
short_description: How recovery points stand against a recovery point objective
version_added: 0.1.0
author: bcdr.multicloud contributors (@bcdr-multicloud)
description:
  - Tells for all locations together and for each what the newest usable point is, and whether the objective is kept.
positional: objective, locations, source
options:
  _input:
    description: >-
      Recovery points of any provider, as M(bcdr.multicloud.azure_restore_point_info), M(bcdr.multicloud.efs_backup_info) and
      M(bcdr.multicloud.nutanix_recovery_point_info) return them in C(recovery_points).
    type: list
    elements: dict
    required: true
  objective:
    description: The recovery point objective, such as V(4h).
    type: str
    required: true
  locations:
    description: The regions or sites that have to keep it. By default those that the points are in.
    type: list
    elements: str
  source:
    description: Only those of this source.
    type: str
"""

EXAMPLES = r"""
- name: Fail if the objective is not kept everywhere
  ansible.builtin.assert:
    that: not (seen.recovery_points | bcdr.multicloud.rpo_compliance('4h', ['northeurope', 'swedencentral'])).breached
"""

RETURN = r"""
_value:
  description: C(breached), C(rpo_target_seconds), C(rpo_actual_seconds), C(breaches_in_seconds), and C(locations) with the figures of each.
  type: dict
"""

import typing as t

from ansible_collections.bcdr.multicloud.plugins.plugin_utils._filters import as_filter
from ansible_collections.bcdr.multicloud.plugins.plugin_utils._recovery_points import rpo_compliance


class FilterModule:
    """The filter's registration."""

    def filters(self) -> dict[str, t.Callable[..., t.Any]]:
        return {"rpo_compliance": as_filter(rpo_compliance)}
