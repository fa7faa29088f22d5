# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: azure_blob_overdue
short_description: Which copies of workloads of type azure_blob take too long
version_added: 0.1.0
author: bcdr.multicloud contributors (@bcdr-multicloud)
description:
  - Names the copies that have been going on for longer than the workload's C(overdue_after). Nothing secret is among it.
positional: results
options:
  _input:
    description: The workloads.
    type: list
    elements: dict
    required: true
  results:
    description: The results of M(bcdr.multicloud.azure_blob_copy) or M(bcdr.multicloud.azure_blob_copy_info) for the containers of the
      workloads, in their order.
    type: list
    elements: dict
    required: true
"""

EXAMPLES = r"""
- name: What takes too long
  ansible.builtin.debug:
    msg: "{{ dr_workloads | bcdr.multicloud.azure_blob_overdue(copies.results) }}"
"""

RETURN = r"""
_value:
  description: One entry per copy, with the workload, the destination, the name of the blob, since when, and how far it is; a hundred per
    container and destination at most.
  type: list
  elements: dict
"""

import typing as t

from ansible_collections.bcdr.multicloud.plugins.plugin_utils._azure_blob_workloads import overdue
from ansible_collections.bcdr.multicloud.plugins.plugin_utils._filters import as_filter


class FilterModule:
    """The filter's registration."""

    def filters(self) -> dict[str, t.Callable[..., t.Any]]:
        return {"azure_blob_overdue": as_filter(overdue)}
