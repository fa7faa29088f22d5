# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: dr_failback_restores
short_description: The batch that restores at home what has come there
version_added: 0.1.0
author: bcdr.multicloud contributors (@bcdr-multicloud)
description:
  - Makes the C(batch) of the module that restores workloads of a type, for those whose last recovery point has arrived at home.
  - It names the very copy that is meant, so that running again restores the same one.
positional: type, points, copies
options:
  _input:
    description: The workloads, as P(bcdr.multicloud.dr_failback#filter) returned them.
    type: list
    elements: dict
    required: true
  type:
    description: The type of the workloads.
    type: str
    choices: [azure_vm, efs, nutanix_vm]
    required: true
  points:
    description: The results of making their recovery points, in the same order.
    type: list
    elements: dict
    required: true
  copies:
    description: The results of copying these, in the same order.
    type: list
    elements: dict
    required: true
"""

EXAMPLES = r"""
- name: Restore at home what has come there
  bcdr.multicloud.azure_restore_point_restore:
    batch: "{{ homeward | bcdr.multicloud.dr_failback_restores('azure_vm', points.results, copies.results) }}"
"""

RETURN = r"""
_value:
  description: The items of the batch, in the order of the workloads.
  type: list
  elements: dict
"""

import typing as t

from ansible_collections.bcdr.multicloud.plugins.plugin_utils._failback import restores
from ansible_collections.bcdr.multicloud.plugins.plugin_utils._filters import as_filter


class FilterModule:
    """The filter's registration."""

    def filters(self) -> dict[str, t.Callable[..., t.Any]]:
        return {"dr_failback_restores": as_filter(restores)}
