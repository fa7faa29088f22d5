# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: rpo
short_description: How much would be lost, the age of the newest recovery point that can be restored
version_added: 0.1.0
author: bcdr.multicloud contributors (@bcdr-multicloud)
description:
  - In seconds; none where there is no such point.
positional: location, source
options:
  _input:
    description: >-
      Recovery points of any provider, as M(bcdr.multicloud.azure_restore_point_info), M(bcdr.multicloud.efs_backup_info) and
      M(bcdr.multicloud.nutanix_recovery_point_info) return them in C(recovery_points).
    type: list
    elements: dict
    required: true
  location:
    description: Only those in this region or site.
    type: str
  source:
    description: Only those of this source.
    type: str
"""

EXAMPLES = r"""
- name: Fail if more than four hours would be lost
  ansible.builtin.assert:
    that: (seen.recovery_points | bcdr.multicloud.rpo('northeurope') or 999999) <= 4 * 3600
"""

RETURN = r"""
_value:
  description: The age in seconds, or none.
  type: int
"""

import typing as t

from ansible_collections.bcdr.multicloud.plugins.plugin_utils._filters import as_filter
from ansible_collections.bcdr.multicloud.plugins.plugin_utils._recovery_points import rpo


class FilterModule:
    """The filter's registration."""

    def filters(self) -> dict[str, t.Callable[..., t.Any]]:
        return {"rpo": as_filter(rpo)}
