#!/usr/bin/python
# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: nutanix_vm_revert
short_description: Revert a Nutanix VM to a recovery point
version_added: 0.1.0
description:
  - Puts a VM back to what it was in a recovery point. What it has written since is lost.
  - Nobody can see what a VM has written since, so each run reverts it, and is a change. Two runs at once revert it once.
author: bcdr.multicloud contributors (@bcdr-multicloud)
options:
  state:
    description:
      - There is only V(present).
    type: str
    choices: [present]
    default: present
  ext_id:
    description:
      - The external identifier of the VM.
      - Every item needs it, from the task or from its entry in O(batch).
    type: str
  vm_recovery_point_ext_id:
    description:
      - The external identifier of the part of a recovery point that is of this VM, or V(latest) for that of its newest usable one.
      - Every item needs it, from the task or from its entry in O(batch).
    type: str
  should_revert_vm_categories:
    description:
      - Whether the VM gets back its categories too. Needs v4.2 of the API.
    type: bool
    default: false
  should_revert_vm_owner:
    description:
      - Whether the VM gets back its owner too. Needs v4.2 of the API.
    type: bool
    default: false
extends_documentation_fragment:
  - bcdr.multicloud.attributes
  - bcdr.multicloud.attributes.nutanix
  - bcdr.multicloud.attributes.async
  - bcdr.multicloud.nutanix
  - bcdr.multicloud.batch
  - bcdr.multicloud.wait
  - bcdr.multicloud.recovery
attributes:
  idempotent:
    support: none
    details: Each run reverts the VM.
requirements:
  - ntnx-vmm-py-client >= 4.0.1
notes:
  - Under O(wait=false) the task must not be repeated to see how far it is, unless that is meant to revert the VM again.
seealso:
  - module: bcdr.multicloud.nutanix_recovery_point_restore
"""

EXAMPLES = r"""
- name: Undo what the update has done
  bcdr.multicloud.nutanix_vm_revert:
    nutanix_host: pc.example.com
    nutanix_username: "{{ username }}"
    nutanix_password: "{{ password }}"
    ext_id: 3f50a1b2-4c3d-4e6a-9b8e-1a2b3c4d5e6f
    vm_recovery_point_ext_id: 1a2b3c4d-5e6f-4a8b-9c0d-1e2f3a4b5c6d

- name: Back to what there is of two VMs
  bcdr.multicloud.nutanix_vm_revert:
    nutanix_host: pc.example.com
    vm_recovery_point_ext_id: latest
    batch:
      - ext_id: 3f50a1b2-4c3d-4e6a-9b8e-1a2b3c4d5e6f
      - ext_id: 7e8f9a0b-1c2d-4e4f-9a6b-7c8d9e0f1a2b
"""

RETURN = r"""
ext_id:
  description: The external identifier of the VM.
  returned: without O(batch)
  type: str
vm_recovery_point_ext_id:
  description: The external identifier of what it was reverted to.
  returned: without O(batch)
  type: str
response:
  description: The task of the revert as the API has it, in snake case.
  returned: without O(batch)
  type: dict
task_ext_id:
  description: The external identifier of the latest task that this run was given; null without one.
  returned: without O(batch)
  type: str
tasks:
  description: The tasks that this run was given, in their order.
  returned: without O(batch)
  type: list
  elements: dict
  contains:
    ext_id:
      description: The external identifier of the task.
      type: str
    operation:
      description: What it does.
      type: str
    status:
      description: Prism Central's word for where it stands.
      type: str
    progress_percent:
      description: How far it is.
      type: float
    created_at:
      description: When it was started.
      type: str
    completed_at:
      description: When it ended.
      type: str
    message:
      description: Why it failed.
      type: str
    warnings:
      description: What it warns of.
      type: list
      elements: str
started_jobs:
  description: The tasks of Prism Central that this run was given, each behind what it is for, and since when it runs.
  returned: without O(batch)
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
  sample: "the revert is starting"
settled:
  description: Whether nothing is pending or running any more.
  returned: always
  type: bool
actions:
  description: What was done, or in check mode would be done, in this order.
  returned: without O(batch)
  type: list
  elements: str
  sample: ["revert VM web to recovery point 1a2b3c4d-5e6f-4a8b-9c0d-1e2f3a4b5c6d"]
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

from ansible_collections.bcdr.multicloud.plugins.module_utils._core.module import ModuleDefinition, run_module
from ansible_collections.bcdr.multicloud.plugins.module_utils._nutanix.options import NUTANIX_SPEC
from ansible_collections.bcdr.multicloud.plugins.module_utils._nutanix.provider import nutanix_provider
from ansible_collections.bcdr.multicloud.plugins.module_utils._nutanix.revert_item import RevertItem


def main() -> None:
    run_module(
        ModuleDefinition(
            options={
                **NUTANIX_SPEC,
                "state": {"type": "str", "choices": ["present"], "default": "present"},
                "ext_id": {"type": "str"},
                "vm_recovery_point_ext_id": {"type": "str"},
                "should_revert_vm_categories": {"type": "bool", "default": False},
                "should_revert_vm_owner": {"type": "bool", "default": False},
            },
            required=["ext_id", "vm_recovery_point_ext_id"],
            provider=nutanix_provider(RevertItem),
        )
    )


if __name__ == "__main__":
    main()
