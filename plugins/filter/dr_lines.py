# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: dr_lines
short_description: The status or the restores of a fleet in lines for people
version_added: 0.1.0
author: bcdr.multicloud contributors (@bcdr-multicloud)
description:
  - Turns a status, as P(bcdr.multicloud.azure_vm_status#filter), P(bcdr.multicloud.azure_image_status#filter),
    P(bcdr.multicloud.azure_blob_status#filter), P(bcdr.multicloud.efs_status#filter) and
    P(bcdr.multicloud.nutanix_vm_status#filter) return it, or the results of restores into one line per workload.
  - Workloads of several types may stand in one list.
options:
  _input:
    description: The status, or the results of M(bcdr.multicloud.azure_restore_point_restore), M(bcdr.multicloud.azure_image_restore),
      M(bcdr.multicloud.azure_blob_restore), M(bcdr.multicloud.efs_backup_restore) and M(bcdr.multicloud.nutanix_recovery_point_restore).
    type: list
    elements: dict
    required: true
"""

EXAMPLES = r"""
- name: Where things stand
  ansible.builtin.debug:
    msg: "{{ dr_status | bcdr.multicloud.dr_lines }}"
"""

RETURN = r"""
_value:
  description: One line per workload.
  type: list
  elements: str
"""

import typing as t

from ansible.errors import AnsibleFilterError

from ansible_collections.bcdr.multicloud.plugins.plugin_utils._lines import line


def dr_lines(entries: t.Any) -> list[str]:
    """Return one line per entry."""
    try:
        return [line(entry) for entry in entries]
    except (KeyError, TypeError) as error:
        raise AnsibleFilterError(
            f"dr_lines: the input is neither a status nor results of restores ({error!r})"
        ) from error


class FilterModule:
    """The filter's registration."""

    def filters(self) -> dict[str, t.Callable[..., t.Any]]:
        return {"dr_lines": dr_lines}
