# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: azure_blob_batch
short_description: The batch of a module for workloads of type azure_blob
version_added: 0.1.0
author: bcdr.multicloud contributors (@bcdr-multicloud)
description:
  - Turns workloads as the role P(bcdr.multicloud.azure_blob#role) takes them into the O(ignore:batch) of the module that does one step for all of them.
positional: step
options:
  _input:
    description: The workloads.
    type: list
    elements: dict
    required: true
  step:
    description: What is to be done.
    type: str
    choices: [copies, look, drill, drill_cleanup, failover]
    required: true
"""

EXAMPLES = r"""
- name: Copies of the containers of each workload
  bcdr.multicloud.azure_blob_copy:
    batch: "{{ dr_workloads | bcdr.multicloud.azure_blob_batch('copies') }}"
"""

RETURN = r"""
_value:
  description: The items of the batch, one per container, in the order of the workloads.
  type: list
  elements: dict
"""

import typing as t

from ansible_collections.bcdr.multicloud.plugins.plugin_utils._azure_blob_workloads import batch
from ansible_collections.bcdr.multicloud.plugins.plugin_utils._filters import as_filter


class FilterModule:
    """The filter's registration."""

    def filters(self) -> dict[str, t.Callable[..., t.Any]]:
        return {"azure_blob_batch": as_filter(batch)}
