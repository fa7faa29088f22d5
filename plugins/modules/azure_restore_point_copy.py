#!/usr/bin/python
# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: azure_restore_point_copy
short_description: Copy Azure VM restore points to other regions
version_added: 0.1.0
description:
  - Copies restore points of a collection to collections in other regions, which it makes where they are missing.
  - A copy is C(succeeded) only when every disk has arrived. Azure's own C(Succeeded) says only that the copy has begun.
  - Azure copies in the order of creation, one point at a time and three an hour per target collection, each point once per region, never
    within a region and never a copy of a copy, and ends copies after two weeks. All this is checked before anything is
    started. What may not start yet is C(pending), what can never be is C(blocked), and the reason says why.
  - When copies were started is recorded in the tag C(bcdr-copy-starts) of the target collection, because Azure tells it nowhere.
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
  targets:
    description:
      - Where to copy to, one entry per region.
      - Every item needs it, from the task or from its entry in O(batch).
    type: list
    elements: dict
    suboptions:
      location:
        description: The region.
        type: str
        required: true
      resource_group:
        description: The resource group of the target collection, by default that of the source. Better one in the target region.
        type: str
      name:
        description: The target collection, as a name or a resource id. By default the source's name, a dash and the region.
        type: str
      subscription_id:
        description: The subscription of the target collection, by default that of the source.
        type: str
      disk_encryption_set_id:
        description:
          - A disk encryption set in the target region, as a name or a resource id, that encrypts the copied disks.
          - Without it, disks that are encrypted with a customer-managed key are copied with a platform-managed one; a warning says so.
        type: str
      tags:
        description: Tags of the target collection; others that are there stay.
        type: dict
  which:
    description:
      - Which points to copy, V(latest) (the newest), V(all) (every one that can be), or the names of some.
      - Points that V(all) finds but Azure no longer copies, because a newer one is already copied, are listed as blocked and fail nothing.
    type: list
    elements: str
    default: [latest]
  replace_failed:
    description:
      - Remove a copy that failed and start it again, where Azure's order still allows that.
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
  - module: bcdr.multicloud.azure_restore_point_restore
"""

EXAMPLES = r"""
- name: Copy the newest restore point to two regions and wait until it has arrived
  bcdr.multicloud.azure_restore_point_copy:
    resource_group: rg-app
    restore_point_collection: rpc-app-01
    targets:
      - {location: northeurope, resource_group: rg-dr-ne}
      - {location: swedencentral, resource_group: rg-dr-sc}
    wait_timeout: 12h
  register: copied

- name: What would be lost if the region were gone now
  ansible.builtin.debug:
    msg: "{{ copied.targets | map(attribute='rpo_seconds') | list }}"

- name: Take the copies of a fleet one step further, from a schedule
  bcdr.multicloud.azure_restore_point_copy:
    resource_group: rg-app
    targets: [{location: northeurope, resource_group: rg-dr-ne}]
    wait: false
    batch:
      - {restore_point_collection: rpc-app-01}
      - {restore_point_collection: rpc-app-02, which: all, replace_failed: true}
"""

RETURN = r"""
copies:
  description: One entry per point and target.
  returned: without O(batch), when the source has points
  type: list
  elements: dict
  contains:
    source_restore_point:
      description: The name of the point that is copied.
      type: str
    source_restore_point_id:
      description: The id of the point that is copied.
      type: str
    restore_point_id:
      description: The id of the copy, once it exists.
      type: str
    target_collection_id:
      description: The id of the target collection.
      type: str
    location:
      description: The region of the copy.
      type: str
    status:
      description: Where the copy stands.
      type: str
    reason:
      description: Why it stands there.
      type: str
    progress_percent:
      description: How much has arrived, disks weighted by size. Azure updates it every ten minutes.
      type: float
    running_seconds:
      description: For how long it has been copied; null unless it is.
      type: int
    source_created_at:
      description: When the point was made.
      type: str
    created_at:
      description: The creation time that the copy shows, which Azure sets to that of its source.
      type: str
    disks:
      description: The disks with how far each is, until all have arrived.
      type: list
      elements: dict
targets:
  description: One entry per target; what would be left if the source region were gone now.
  returned: without O(batch), when the source has points
  type: list
  elements: dict
  contains:
    collection_id:
      description: The id of the target collection.
      type: str
    location:
      description: The region.
      type: str
    newest_usable:
      description: The name of the newest copy that has arrived.
      type: str
    newest_usable_created_at:
      description: When the point was made that it is a copy of.
      type: str
    rpo_seconds:
      description: The age of the newest copy that has arrived.
      type: int
    last_copy_started_at:
      description: When the last copy to the target was started.
      type: str
restore_point_collection_id:
  description: The id of the source collection.
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
from ansible_collections.bcdr.multicloud.plugins.module_utils._azure.restore_points.copy_item import CopyItem
from ansible_collections.bcdr.multicloud.plugins.module_utils._core.module import ModuleDefinition, run_module


def main() -> None:
    run_module(
        ModuleDefinition(
            options={
                **AZURE_SPEC,
                "resource_group": {"type": "str"},
                "restore_point_collection": {"type": "str"},
                "targets": {
                    "type": "list",
                    "elements": "dict",
                    "options": {
                        "location": {"type": "str", "required": True},
                        "resource_group": {"type": "str"},
                        "name": {"type": "str"},
                        "subscription_id": {"type": "str"},
                        "disk_encryption_set_id": {"type": "str"},
                        "tags": {"type": "dict"},
                    },
                },
                "which": {"type": "list", "elements": "str", "default": ["latest"]},
                "replace_failed": {"type": "bool", "default": False},
            },
            required=["restore_point_collection", "targets"],
            provider=azure_provider(CopyItem),
        )
    )


if __name__ == "__main__":
    main()
