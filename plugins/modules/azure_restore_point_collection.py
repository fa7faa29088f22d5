#!/usr/bin/python
# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: azure_restore_point_collection
short_description: Manage Azure restore point collections
version_added: 0.1.0
description:
  - Creates, tags and deletes restore point collections, which hold the restore points of one virtual machine.
  - A collection made from a VM (O(source_vm)) holds the VM's own restore points. A collection made from another collection
    (O(source_collection)) in another region holds copies of its points.
  - Azure lets only the tags of a collection change. A different source or location is refused, with both values in the error.
author: bcdr.multicloud contributors (@bcdr-multicloud)
options:
  resource_group:
    description:
      - The resource group of the collection, when O(name) is a name and not an id. Names in O(source_vm) and
        O(source_collection) are looked up there too.
    type: str
  name:
    description:
      - The collection, as a name in O(resource_group) or as a whole resource id.
      - Every item needs it, from the task or from its entry in O(batch).
    type: str
  location:
    description:
      - The region of the collection. By default that of O(source_vm); needed with O(source_collection).
    type: str
  source_vm:
    description:
      - The virtual machine whose restore points the collection holds, as a name or a resource id.
    type: str
  source_collection:
    description:
      - The collection whose restore points are copied into this one, as a name or a resource id. It must be in another region and
        must not hold copies itself.
      - M(bcdr.multicloud.azure_restore_point_copy) makes its target collections itself.
    type: str
  tags:
    description:
      - Tags of the collection.
    type: dict
  append_tags:
    description:
      - Whether tags that are there already stay beside O(tags). Tags that begin with C(bcdr-) are the collection's own records and always stay.
    type: bool
    default: true
  force:
    description:
      - With O(state=absent), delete the collection even if it holds restore points, which are then lost.
    type: bool
    default: false
  state:
    description:
      - Whether the collection should be there.
    type: str
    choices: [present, absent]
    default: present
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
  - module: bcdr.multicloud.azure_restore_point_copy
"""

EXAMPLES = r"""
- name: A collection for the restore points of one VM
  bcdr.multicloud.azure_restore_point_collection:
    resource_group: rg-app
    name: rpc-app-01
    source_vm: app-01

- name: Collections for a whole fleet in one task
  bcdr.multicloud.azure_restore_point_collection:
    resource_group: rg-app
    tags: {purpose: disaster-recovery}
    batch:
      - {name: rpc-app-01, source_vm: app-01}
      - {name: rpc-app-02, source_vm: app-02}

- name: Delete a collection with all the restore points in it
  bcdr.multicloud.azure_restore_point_collection:
    resource_group: rg-app
    name: rpc-app-01
    state: absent
    force: true
"""

RETURN = r"""
id:
  description: The resource id of the collection.
  returned: when it exists or is going to
  type: str
name:
  description: The name of the collection.
  returned: when it exists or is going to
  type: str
location:
  description: The region of the collection.
  returned: when it exists or is going to
  type: str
source_id:
  description: The id of the VM or collection that it was made from.
  returned: when it exists or is going to
  type: str
source_location:
  description: The region of the source.
  returned: when it exists or is going to
  type: str
tags:
  description: The tags, without the collection's own records.
  returned: when it exists or is going to
  type: dict
restore_points:
  description: The names of the restore points in it.
  returned: when it exists or is going to
  type: list
  elements: str
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
from ansible_collections.bcdr.multicloud.plugins.module_utils._azure.restore_points.collection_item import (
    CollectionItem,
)
from ansible_collections.bcdr.multicloud.plugins.module_utils._core.module import ModuleDefinition, run_module


def main() -> None:
    run_module(
        ModuleDefinition(
            options={
                **AZURE_SPEC,
                "resource_group": {"type": "str"},
                "name": {"type": "str"},
                "location": {"type": "str"},
                "source_vm": {"type": "str"},
                "source_collection": {"type": "str"},
                "tags": {"type": "dict"},
                "append_tags": {"type": "bool", "default": True},
                "force": {"type": "bool", "default": False},
                "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
            },
            required=["name"],
            mutually_exclusive=[("source_vm", "source_collection")],
            provider=azure_provider(CollectionItem),
        )
    )


if __name__ == "__main__":
    main()
