#!/usr/bin/python
# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: azure_restore_point
short_description: Make and delete Azure VM restore points
version_added: 0.1.0
description:
  - Makes a restore point of the virtual machine of a restore point collection, either with a name, or when the newest usable one is
    older than O(max_age), or when none is newer than O(newer_than).
  - With O(max_age) the new point is named after the moment that it was due, with O(newer_than) after that moment, so two runs at
    the same moment make one point.
  - Knows Azure's limits beforehand. A point that may not be made yet is C(pending), and nothing is started for it.
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
  name:
    description:
      - The name of the restore point. Either this, O(max_age) or O(newer_than).
    type: str
  max_age:
    description:
      - Make a point if the newest usable one is older than this, as seconds or a duration such as V(4h). This is what keeps a
        recovery point objective, and what a schedule wants.
    type: str
  newer_than:
    description:
      - Make a point unless there is a usable one that was made after this moment, such as V(2026-11-28T18:00:00Z). This is what the last
        point of a VM wants that was stopped then. The moment must have passed by Azure's clock.
      - The point that is meant is the first one after the moment, however many follow, and whatever its consistency, since Azure makes no
        other than crash-consistent ones of a VM that is stopped.
    type: str
  name_prefix:
    description:
      - What the names of points made for O(max_age) or O(newer_than) begin with.
    type: str
    default: bcdr-
  consistency:
    description:
      - V(application) asks for application consistency (Windows) or file system consistency (Linux), V(crash) for crash consistency.
      - With O(max_age), points that are less consistent than this do not count.
    type: str
    choices: [application, crash]
    default: application
  exclude_disks:
    description:
      - Managed disks to leave out of the point, as names in the resource group of the collection or as resource ids.
    type: list
    elements: str
  force:
    description:
      - With O(state=absent), delete the point even if it is the newest usable one of its collection.
      - A point that is being copied is never deleted, because its copy would fail.
    type: bool
    default: false
  state:
    description:
      - Whether the point should be there.
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
  - module: bcdr.multicloud.azure_restore_point_copy
  - module: bcdr.multicloud.azure_restore_point_retention
"""

EXAMPLES = r"""
- name: Keep a recovery point objective of four hours
  bcdr.multicloud.azure_restore_point:
    resource_group: rg-app
    restore_point_collection: rpc-app-01
    max_age: 4h

- name: The same for a fleet, started and not waited for
  bcdr.multicloud.azure_restore_point:
    resource_group: rg-app
    max_age: 4h
    wait: false
    batch:
      - {restore_point_collection: rpc-app-01}
      - {restore_point_collection: rpc-app-02, max_age: 1h, consistency: crash}

- name: A point with a name, before an upgrade
  bcdr.multicloud.azure_restore_point:
    resource_group: rg-app
    restore_point_collection: rpc-app-01
    name: before-upgrade
    exclude_disks: [app-01-scratch]
"""

RETURN = r"""
restore_point:
  description: The restore point that is meant, newest usable one with O(max_age), the first one after O(newer_than).
  returned: without O(batch)
  type: dict
  contains:
    id:
      description: The resource id.
      type: str
    name:
      description: The name.
      type: str
    created_at:
      description: When the point was made. A copy has the time of the point that it is a copy of.
      type: str
    provisioning_state:
      description: Azure's own state. V(Succeeded) only says that a copy has been begun.
      type: str
    consistency:
      description: Azure's consistency mode.
      type: str
    status:
      description: Where the point stands; only V(succeeded) is restorable.
      type: str
    usable:
      description: Whether every disk can be restored.
      type: bool
    progress_percent:
      description: How much has arrived, disks weighted by size.
      type: float
    copy_of:
      description: The id of the point that this one is a copy of.
      type: str
    disks:
      description: The disks with their sizes and how far each is.
      type: list
      elements: dict
restore_point_collection_id:
  description: The resource id of the collection.
  returned: when it exists
  type: str
rpo_seconds:
  description: The age of the newest usable point of the collection, which is what would be lost now.
  returned: when the collection exists
  type: int
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
from ansible_collections.bcdr.multicloud.plugins.module_utils._azure.restore_points.creation_item import PointItem
from ansible_collections.bcdr.multicloud.plugins.module_utils._core.module import ModuleDefinition, run_module


def main() -> None:
    run_module(
        ModuleDefinition(
            options={
                **AZURE_SPEC,
                "resource_group": {"type": "str"},
                "restore_point_collection": {"type": "str"},
                "name": {"type": "str"},
                "max_age": {"type": "str"},
                "newer_than": {"type": "str"},
                "name_prefix": {"type": "str", "default": "bcdr-"},
                "consistency": {"type": "str", "choices": ["application", "crash"], "default": "application"},
                "exclude_disks": {"type": "list", "elements": "str"},
                "force": {"type": "bool", "default": False},
                "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
            },
            required=["restore_point_collection"],
            mutually_exclusive=[("name", "max_age", "newer_than")],
            required_one_of=[("name", "max_age", "newer_than")],
            provider=azure_provider(PointItem),
        )
    )


if __name__ == "__main__":
    main()
