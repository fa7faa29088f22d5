# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: azure_image_links
short_description: What copies between regions have taken, in a file
version_added: 0.1.0
author: bcdr.multicloud contributors (@bcdr-multicloud)
description:
  - Reads the content of the file that the role P(bcdr.multicloud.azure_image#role) keeps measured copies in, and adds those of a run.
  - Of each link the last five are kept, as many as a plan takes into account.
positional: measured
options:
  _input:
    description: The content of the file, a JSON list; empty if there is no file yet.
    type: str
    required: true
  measured:
    description: The results of M(bcdr.multicloud.azure_image_replication), whose RV(bcdr.multicloud.azure_image_replication#module:link_seconds)
      are added.
    type: list
    elements: dict
    default: []
"""

EXAMPLES = r"""
- name: What is known of the links
  ansible.builtin.debug:
    msg: "{{ lookup('ansible.builtin.file', 'links.json') | bcdr.multicloud.azure_image_links(replicated.results) }}"
"""

RETURN = r"""
_value:
  description: The records, oldest first in each link, with V(source), V(target), V(seconds) and V(size_gb).
  type: list
  elements: dict
"""

import typing as t

from ansible_collections.bcdr.multicloud.plugins.plugin_utils._azure_image_workloads import links
from ansible_collections.bcdr.multicloud.plugins.plugin_utils._filters import as_filter


class FilterModule:
    """The filter's registration."""

    def filters(self) -> dict[str, t.Callable[..., t.Any]]:
        return {"azure_image_links": as_filter(links)}
