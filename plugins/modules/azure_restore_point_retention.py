#!/usr/bin/python
# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: azure_restore_point_retention
short_description: Delete old Azure VM restore points
version_added: 0.1.0
description:
  - Deletes the restore points of a collection that are neither among the newest few nor young enough.
  - Whatever the options say, it keeps the newest usable point, every point whose copy is not done, every point that is not done itself, and the
    oldest point of each disk, on which the chain of incremental points stands. The result says for each point why it stays.
  - Works on a VM's own collection and on collections of copies alike.
author: bcdr.multicloud contributors (@bcdr-multicloud)
options:
  resource_group:
    description:
      - The resource group of O(restore_point_collection), when that is given as a name.
    type: str
  restore_point_collection:
    description:
      - The restore point collection, as a name in O(resource_group) or as a whole resource id.
      - Every item needs it, from the task or from its entry in O(batch).
    type: str
  keep_newest:
    description:
      - How many of the newest usable points to keep.
    type: int
  keep_younger_than:
    description:
      - Keep points that are younger than this, as seconds or a duration such as V(30d).
      - With O(keep_newest) too, a point is kept when either applies.
    type: str
  copied_to:
    description:
      - Collections of copies to look at before a point is deleted, as names or resource ids. Those in the subscription of the collection
        are found without this.
    type: list
    elements: str
  allow_missing:
    description:
      - A collection that does not exist is nothing to delete from, V(absent), and no failure; such as one of copies that have not begun.
    type: bool
    default: false
extends_documentation_fragment:
  - bcdr.multicloud.attributes
  - bcdr.multicloud.attributes.azure
  - bcdr.multicloud.attributes.async
  - bcdr.multicloud.azure
  - bcdr.multicloud.batch
  - bcdr.multicloud.wait
  - bcdr.multicloud.recovery
seealso:
  - module: bcdr.multicloud.azure_restore_point
"""

EXAMPLES = r"""
- name: Keep a week of points, and at least ten
  bcdr.multicloud.azure_restore_point_retention:
    resource_group: rg-app
    restore_point_collection: rpc-app-01
    keep_newest: 10
    keep_younger_than: 7d
  register: retention

- name: Why each point stays
  ansible.builtin.debug:
    var: retention.kept
"""

RETURN = r"""
kept:
  description: The points that stay, newest first, each with the reasons.
  returned: without O(batch), when the collection exists
  type: list
  elements: dict
  sample: [{"created_at": "2026-11-21T03:15:00Z", "name": "bcdr-initial", "reasons": ["the newest usable one", "one of the newest 10"]}]
deleted:
  description: The points that are being deleted, or in check mode would be.
  returned: without O(batch), when the collection exists
  type: list
  elements: str
restore_point_collection_id:
  description: The id of the collection.
  returned: without O(batch), when it exists
  type: str
status:
  description: Where the item stands, V(absent), V(pending), V(running), V(succeeded), V(failed) or V(blocked).
  returned: without O(batch)
  type: str
  sample: succeeded
reason:
  description: Why it stands there; empty when there is nothing to say.
  returned: without O(batch)
  type: str
  sample: "northeurope: bcdr-20261121T120000Z: os 100 %, data-1 40 %, started 25m ago"
settled:
  description: Whether nothing is pending or running any more.
  returned: always
  type: bool
actions:
  description: What was done, or in check mode would be done, in this order.
  returned: without O(batch)
  type: list
  elements: str
  sample: ["create restore point collection rpc-app-01", "start copy rpc-app-01-northeurope/bcdr-initial"]
progress_percent:
  description: How much of the work is done, by bytes where the provider tells.
  returned: without O(batch), when known
  type: float
retry_after_seconds:
  description: Looking again earlier than this is of no use.
  returned: without O(batch), when a limit of the provider says so
  type: int
timed_out:
  description: That the wait ended before the item was settled. The next run takes up from there.
  returned: without O(batch), when it did
  type: bool
error:
  description: What the provider said, when it refused a call.
  returned: without O(batch), on errors of the provider
  type: dict
  contains:
    code:
      description: The provider's error code.
      type: str
    provider_message:
      description: The provider's own words.
      type: str
    http_status:
      description: The HTTP status.
      type: int
    request_id:
      description: The id under which the provider's support finds the call.
      type: str
    retryable:
      description: Whether the same may well go through a little later.
      type: bool
    message:
      description: All of it in one line.
      type: str
label:
  description: What the item is called.
  returned: without O(batch)
  type: str
results:
  description: The result of each item, in the order of O(batch), with the values that a task without batch returns.
  returned: with O(batch)
  type: list
  elements: dict
summary:
  description: How many items have each status.
  returned: with O(batch)
  type: dict
  sample: {"absent": 0, "blocked": 0, "failed": 0, "pending": 0, "running": 1, "succeeded": 11}
"""

from ansible_collections.bcdr.multicloud.plugins.module_utils._azure.options import AZURE_SPEC
from ansible_collections.bcdr.multicloud.plugins.module_utils._azure.provider import azure_provider
from ansible_collections.bcdr.multicloud.plugins.module_utils._azure.restore_points.retention_item import RetentionItem
from ansible_collections.bcdr.multicloud.plugins.module_utils._core.module import ModuleDefinition, run_module


def main() -> None:
    run_module(
        ModuleDefinition(
            options={
                **AZURE_SPEC,
                "resource_group": {"type": "str"},
                "restore_point_collection": {"type": "str"},
                "keep_newest": {"type": "int"},
                "keep_younger_than": {"type": "str"},
                "copied_to": {"type": "list", "elements": "str"},
                "allow_missing": {"type": "bool", "default": False},
            },
            required=["restore_point_collection"],
            required_one_of=[("keep_newest", "keep_younger_than")],
            provider=azure_provider(RetentionItem),
        )
    )


if __name__ == "__main__":
    main()
