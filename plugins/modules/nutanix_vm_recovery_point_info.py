#!/usr/bin/python
# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: nutanix_vm_recovery_point_info
short_description: Read the part of a Nutanix recovery point that is of one VM
version_added: 0.1.0
description:
  - Reads the recovery point of one VM within a recovery point, with its disks.
author: bcdr.multicloud contributors (@bcdr-multicloud)
options:
  recovery_point_ext_id:
    description:
      - The external identifier of the recovery point.
      - Every item needs it, from the task or from its entry in O(batch).
    type: str
  vm_recovery_point_ext_id:
    description:
      - The external identifier of its part.
      - Every item needs it, from the task or from its entry in O(batch).
    type: str
extends_documentation_fragment:
  - bcdr.multicloud.attributes.info
  - bcdr.multicloud.attributes.nutanix
  - bcdr.multicloud.attributes.async
  - bcdr.multicloud.nutanix
  - bcdr.multicloud.batch
  - bcdr.multicloud.recovery
seealso:
  - module: bcdr.multicloud.nutanix_recovery_point_info
"""

EXAMPLES = r"""
- name: The disks of a VM's recovery point
  bcdr.multicloud.nutanix_vm_recovery_point_info:
    nutanix_host: pc.example.com
    nutanix_username: "{{ username }}"
    nutanix_password: "{{ password }}"
    recovery_point_ext_id: 6a24f6d1-4f30-4f3a-8f2b-4a1e9d2e7c3f
    vm_recovery_point_ext_id: 1a2b3c4d-5e6f-4a8b-9c0d-1e2f3a4b5c6d
"""

RETURN = r"""
vm_recovery_point:
  description: The part that is of the VM.
  returned: without O(batch), when it exists
  type: dict
  contains:
    ext_id:
      description: Its external identifier.
      type: str
    vm_ext_id:
      description: The external identifier of the VM.
      type: str
    location_agnostic_id:
      description: The identifier that all replicas of it have at all sites.
      type: str
    recovery_point_type:
      description: V(CRASH_CONSISTENT) or V(APPLICATION_CONSISTENT).
      type: str
    status:
      description: Prism Central's word for where it stands; only V(COMPLETE) is restorable.
      type: str
    usable:
      description: Whether it can be restored.
      type: bool
    categories:
      description: The external identifiers of the VM's categories.
      type: list
      elements: str
    disk_ids:
      description: The external identifiers of the VM's disks in it.
      type: list
      elements: str
response:
  description: The same as the API has it, in snake case.
  returned: without O(batch), when it exists
  type: dict
ext_id:
  description: The external identifier of the part.
  returned: without O(batch), when it exists
  type: str
recovery_point_ext_id:
  description: The external identifier of the recovery point.
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
  sample: ""
settled:
  description: Whether nothing is pending or running any more.
  returned: always
  type: bool
actions:
  description: What was done, or in check mode would be done, in this order.
  returned: without O(batch)
  type: list
  elements: str
  sample: []
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

from ansible_collections.bcdr.multicloud.plugins.module_utils._core.module import ModuleDefinition, run_module
from ansible_collections.bcdr.multicloud.plugins.module_utils._nutanix.info_item import VmInfoItem
from ansible_collections.bcdr.multicloud.plugins.module_utils._nutanix.options import NUTANIX_SPEC
from ansible_collections.bcdr.multicloud.plugins.module_utils._nutanix.provider import nutanix_provider


def main() -> None:
    run_module(
        ModuleDefinition(
            options={
                **NUTANIX_SPEC,
                "recovery_point_ext_id": {"type": "str"},
                "vm_recovery_point_ext_id": {"type": "str"},
            },
            required=["recovery_point_ext_id", "vm_recovery_point_ext_id"],
            waits=False,
            provider=nutanix_provider(VmInfoItem),
        )
    )


if __name__ == "__main__":
    main()
