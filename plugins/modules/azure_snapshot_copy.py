#!/usr/bin/python
# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: azure_snapshot_copy
short_description: Copy an incremental Azure snapshot to another region
version_added: 0.1.0
description:
  - Copies an incremental snapshot of a managed disk to another region, by Azure's own process (C(CopyStart)).
  - The copy is C(succeeded) only when all of its data has arrived, that is when C(completionPercent) is 100 and there is no
    C(copyCompletionError). Azure's C(provisioningState) is C(Succeeded) from the first seconds on and says nothing.
  - Azure copies incremental snapshots only, in the order of their creation, one snapshot of a disk at a time, and 100 at once per
    subscription and region. All this is checked before anything is started. What may not start yet is C(pending), what can never be
    is C(blocked), and the reason says why.
  - With O(batch), the items start in its order, so name the older of two snapshots of a disk first.
  - When a copy was started is kept in its tag C(bcdr-copy-started).
author: bcdr.multicloud contributors (@bcdr-multicloud)
options:
  resource_group:
    description:
      - The resource group of O(snapshot), when that is given as a name.
    type: str
  snapshot:
    description:
      - The snapshot to copy, as a name in O(resource_group) or as a whole resource id.
      - Every item needs it, from the task or from its entry in O(batch).
    type: str
  location:
    description:
      - The region to copy to.
      - Every item needs it, from the task or from its entry in O(batch).
    type: str
  target_resource_group:
    description: The resource group of the copy, by default that of the source. Better one in the target region.
    type: str
  target_subscription_id:
    description: The subscription of the copy, by default that of the source.
    type: str
  target_name:
    description: The name of the copy. By default the source's name, a dash and the region.
    type: str
  disk_encryption_set_id:
    description:
      - A disk encryption set in the target region, as a name or a resource id, that encrypts the copy.
      - A snapshot that is encrypted with a customer-managed key is not copied without it.
    type: str
  storage_account_type:
    description: The storage of the copy. By default Azure chooses C(Standard_LRS).
    type: str
    choices: [Standard_LRS, Standard_ZRS, Premium_LRS]
  tags:
    description: Tags of the copy; others that are there stay.
    type: dict
  replace_failed:
    description:
      - Remove a copy that failed and start it again.
    type: bool
    default: false
  copies_per_source:
    description:
      - How many copies may read the snapshots of one disk in one region at once.
      - Microsoft says that one snapshot of a disk can be copied at a time. Raise it where several regions at once are taken.
    type: int
    default: 1
  state:
    description:
      - V(present) makes the copy, V(absent) deletes it. A snapshot that is itself being copied is not deleted.
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
  - module: bcdr.multicloud.azure_image_replication
  - plugin: bcdr.multicloud.replication_plan
    plugin_type: lookup
"""

EXAMPLES = r"""
- name: Copy a snapshot to North Europe and wait until its data is there
  bcdr.multicloud.azure_snapshot_copy:
    resource_group: rg-app
    snapshot: app-01-os-20261121
    location: northeurope
    target_resource_group: rg-dr-ne
    wait_timeout: 12h

- name: The snapshots of a VM's disks, one step further from a schedule, failed ones again
  bcdr.multicloud.azure_snapshot_copy:
    resource_group: rg-app
    location: northeurope
    target_resource_group: rg-dr-ne
    replace_failed: true
    wait: false
    batch:
      - {snapshot: app-01-os-20261121}
      - {snapshot: app-01-data-20261121, target_name: app-01-data}

- name: A copy that is of no use any more
  bcdr.multicloud.azure_snapshot_copy:
    resource_group: rg-app
    snapshot: app-01-os-20261014
    location: northeurope
    target_resource_group: rg-dr-ne
    state: absent
"""

RETURN = r"""
snapshot_id:
  description: The id of the copy, once it exists.
  returned: without O(batch)
  type: str
name:
  description: The name of the copy.
  returned: without O(batch)
  type: str
source_id:
  description: The id of the snapshot that is copied.
  returned: without O(batch)
  type: str
location:
  description: The region of the copy.
  returned: without O(batch)
  type: str
size_gb:
  description: The size of the disk that the snapshot is of.
  returned: without O(batch)
  type: int
started_at:
  description: When the copy was started, by Azure's clock; null if not by this collection.
  returned: without O(batch)
  type: str
duration_seconds:
  description: How long the copy took, by Azure's clock; null unless this run saw it end.
  returned: without O(batch)
  type: int
tags:
  description: The tags of the copy.
  returned: without O(batch)
  type: dict
status:
  description: Where the item stands, V(absent), V(pending), V(running), V(succeeded), V(failed) or V(blocked).
  returned: without O(batch)
  type: str
  sample: succeeded
reason:
  description: Why it stands there; empty when there is nothing to say.
  returned: without O(batch)
  type: str
  sample: "42.5 % of the data has arrived"
settled:
  description: Whether nothing is pending or running any more.
  returned: always
  type: bool
actions:
  description: What was done, or in check mode would be done, in this order.
  returned: without O(batch)
  type: list
  elements: str
  sample: ["start copy app-01-os-20261121-northeurope"]
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
from ansible_collections.bcdr.multicloud.plugins.module_utils._azure.snapshots.copy_item import CopyItem
from ansible_collections.bcdr.multicloud.plugins.module_utils._core.module import ModuleDefinition, run_module


def main() -> None:
    run_module(
        ModuleDefinition(
            options={
                **AZURE_SPEC,
                "resource_group": {"type": "str"},
                "snapshot": {"type": "str"},
                "location": {"type": "str"},
                "target_resource_group": {"type": "str"},
                "target_subscription_id": {"type": "str"},
                "target_name": {"type": "str"},
                "disk_encryption_set_id": {"type": "str"},
                "storage_account_type": {"type": "str", "choices": ["Standard_LRS", "Standard_ZRS", "Premium_LRS"]},
                "tags": {"type": "dict"},
                "replace_failed": {"type": "bool", "default": False},
                "copies_per_source": {"type": "int", "default": 1},
                "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
            },
            required=["snapshot", "location"],
            provider=azure_provider(CopyItem),
        )
    )


if __name__ == "__main__":
    main()
