# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: dr_findings
short_description: What of a fleet's status shall fail a pipeline
version_added: 0.1.0
author: bcdr.multicloud contributors (@bcdr-multicloud)
description:
  - One line for everything that is not as it should be, with the workload and the figure.
positional: fail_on
options:
  _input:
    description: The status, as P(bcdr.multicloud.azure_vm_status#filter) and its siblings for the other types return it.
    type: list
    elements: dict
    required: true
  fail_on:
    description:
      - What counts. V(drift) is what protect would do, V(breach) a target that is not known to be within the recovery point objective,
        V(failed) copies that failed or are blocked, V(drill) a drill that is overdue or took longer than the recovery time objective.
    type: list
    elements: str
    choices: [drift, breach, failed, drill]
    required: true
"""

EXAMPLES = r"""
- name: Fail if any objective is not kept
  ansible.builtin.assert:
    that: dr_status | bcdr.multicloud.dr_findings(['breach']) == []
"""

RETURN = r"""
_value:
  description: The lines, none if all is well.
  type: list
  elements: str
"""

import typing as t

from ansible_collections.bcdr.multicloud.plugins.plugin_utils._filters import as_filter
from ansible_collections.bcdr.multicloud.plugins.plugin_utils._findings import findings


class FilterModule:
    """The filter's registration."""

    def filters(self) -> dict[str, t.Callable[..., t.Any]]:
        return {"dr_findings": as_filter(findings)}
