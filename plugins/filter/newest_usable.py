# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: newest_usable
short_description: The newest recovery point that can be restored
version_added: 0.1.0
author: bcdr.multicloud contributors (@bcdr-multicloud)
description:
  - Of points of the same moment it is the one whose C(id) comes last.
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
- name: What a failover would restore
  ansible.builtin.debug:
    msg: "{{ (seen.recovery_points | bcdr.multicloud.newest_usable('northeurope')).name }}"
"""

RETURN = r"""
_value:
  description: The point, or none.
  type: dict
"""

import typing as t

from ansible_collections.bcdr.multicloud.plugins.plugin_utils._filters import as_filter
from ansible_collections.bcdr.multicloud.plugins.plugin_utils._recovery_points import newest_usable


class FilterModule:
    """The filter's registration."""

    def filters(self) -> dict[str, t.Callable[..., t.Any]]:
        return {"newest_usable": as_filter(newest_usable)}
