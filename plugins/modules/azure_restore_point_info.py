#!/usr/bin/python
# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: azure_restore_point_info
short_description: Read Azure VM restore points
version_added: 0.1.0
description:
  - Reads restore points of one collection, of all collections of a VM, of a resource group or of the subscription.
  - Returns them in a form that is the same for all providers of this collection.
author: bcdr.multicloud contributors (@bcdr-multicloud)
options:
  resource_group:
    description:
      - The resource group of O(restore_point_collection) or O(source_vm) when they are given as names. Alone it means all collections in it.
    type: str
  restore_point_collection:
    description:
      - The restore point collection, as a name in O(resource_group) or as a whole resource id.
    type: str
  source_vm:
    description:
      - Read the collections of this virtual machine, as a name in O(resource_group) or a resource id, and the collections of copies of its points.
    type: str
  name:
    description:
      - Show only restore points with this name.
    type: str
  usable_only:
    description:
      - Show only points that can be restored.
    type: bool
    default: false
  newest_usable:
    description:
      - Show only the newest usable point of each collection.
    type: bool
    default: false
  newer_than:
    description:
      - Show only points that are younger than this, as seconds or a duration such as V(2d).
    type: str
extends_documentation_fragment:
  - bcdr.multicloud.attributes.info
  - bcdr.multicloud.attributes.azure
  - bcdr.multicloud.attributes.async
  - bcdr.multicloud.azure
  - bcdr.multicloud.batch
  - bcdr.multicloud.recovery
seealso:
  - module: bcdr.multicloud.azure_restore_point
"""

EXAMPLES = r"""
- name: All restore points of a VM, in all regions
  bcdr.multicloud.azure_restore_point_info:
    resource_group: rg-app
    source_vm: app-01
  register: points

- name: What can be restored in the other region
  bcdr.multicloud.azure_restore_point_info:
    resource_group: rg-dr-ne
    newest_usable: true
"""

RETURN = r"""
recovery_points:
  description: The restore points, newest first.
  returned: without O(batch)
  type: list
  elements: dict
  contains:
    id:
      description: The id of the point.
      type: str
    name:
      description: The name of the point.
      type: str
    provider:
      description: The cloud.
      type: str
    resource_type:
      description: What kind of workload it is a point of.
      type: str
    container:
      description: The id of the vault or collection that holds it.
      type: str
    source:
      description: The id of what the container was made from.
      type: str
    location:
      description: Where the point is.
      type: str
    source_location:
      description: Where its source is.
      type: str
    status:
      description: Where it stands; only V(succeeded) is restorable.
      type: str
    usable:
      description: Whether it can be restored.
      type: bool
    reason:
      description: How far it is, if it cannot.
      type: str
    created_at:
      description: When it was made.
      type: str
    age_seconds:
      description: How old it is.
      type: int
    expires_at:
      description: When the provider deletes it; null for never.
      type: str
    progress_percent:
      description: How much of it has arrived.
      type: float
    consistency:
      description: The provider's word for its consistency.
      type: str
    copy_of:
      description: The id of the point that it is a copy of; empty if it is none.
      type: str
    size_bytes:
      description: The size of what it restores to.
      type: int
    vm_id:
      description: The unique id of the VM.
      type: str
    disks:
      description: The disks with their sizes and how far each is.
      type: list
      elements: dict
restore_point_collections:
  description: The collections that were read.
  returned: without O(batch)
  type: list
  elements: dict
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
from ansible_collections.bcdr.multicloud.plugins.module_utils._azure.restore_points.info_item import InfoItem
from ansible_collections.bcdr.multicloud.plugins.module_utils._core.module import ModuleDefinition, run_module


def main() -> None:
    run_module(
        ModuleDefinition(
            options={
                **AZURE_SPEC,
                "resource_group": {"type": "str"},
                "restore_point_collection": {"type": "str"},
                "source_vm": {"type": "str"},
                "name": {"type": "str"},
                "usable_only": {"type": "bool", "default": False},
                "newest_usable": {"type": "bool", "default": False},
                "newer_than": {"type": "str"},
            },
            mutually_exclusive=[("restore_point_collection", "source_vm")],
            waits=False,
            provider=azure_provider(InfoItem),
        )
    )


if __name__ == "__main__":
    main()
