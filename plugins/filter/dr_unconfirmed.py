# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: dr_unconfirmed
short_description: The workloads that a confirmation does not mean
version_added: 0.1.0
author: bcdr.multicloud contributors (@bcdr-multicloud)
description:
  - What cannot be undone is done only if it was confirmed, for all workloads or by their names.
positional: confirmed
options:
  _input:
    description: The workloads.
    type: list
    elements: dict
    required: true
  confirmed:
    description: Either V(true) for all of them, or the names of those that are meant, as a list or separated by commas.
    type: raw
    required: true
"""

EXAMPLES = r"""
- name: Go on only if all are meant
  ansible.builtin.assert:
    that: dr_workloads | bcdr.multicloud.dr_unconfirmed(dr_confirm_failover) == []
"""

RETURN = r"""
_value:
  description: The names of the workloads that are not confirmed.
  type: list
  elements: str
"""

import typing as t

from ansible_collections.bcdr.multicloud.plugins.plugin_utils._filters import as_filter
from ansible_collections.bcdr.multicloud.plugins.plugin_utils._workloads import unconfirmed


class FilterModule:
    """The filter's registration."""

    def filters(self) -> dict[str, t.Callable[..., t.Any]]:
        return {"dr_unconfirmed": as_filter(unconfirmed)}
