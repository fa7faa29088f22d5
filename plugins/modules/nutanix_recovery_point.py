#!/usr/bin/python
# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: nutanix_recovery_point
short_description: Make, change and delete recovery points of Nutanix VMs and volume groups
version_added: 0.1.0
description:
  - Makes a recovery point of VMs and volume groups in Prism Central, unless there is one already.
  - A recovery point is the one that is meant if it has the name and holds the very same VMs and volume groups, since names are not unique.
    With O(max_age) or O(newer_than) it has to be young enough too.
  - Only the expiration time of a recovery point can be changed afterwards. It is changed in place, and read back. A recovery point that
    was made without the expiration that was asked for gets it afterwards, with a warning.
  - A request carries an identifier that is derived from what is asked for, so that two runs at once make one recovery point.
  - A task of Prism Central that fails or is cancelled fails the item with its message, and the next run starts another.
author: bcdr.multicloud contributors (@bcdr-multicloud)
options:
  state:
    description:
      - V(absent) deletes the recovery point. It is named by O(ext_id), or by O(name) if only one has it. One of O(ext_id) that has another
        O(name) or other VMs and volume groups than are said is C(blocked) and stays.
    type: str
    choices: [present, absent]
    default: present
  ext_id:
    description:
      - The external identifier of an existing recovery point.
    type: str
  name:
    description:
      - The name of the recovery point, of 256 characters at most.
    type: str
  vm_recovery_points:
    description:
      - The VMs to make a recovery point of. A recovery point holds 32 VMs and volume groups at most, and 30 with v4.0 of the API.
    type: list
    elements: dict
    suboptions:
      vm_ext_id:
        description: The external identifier of the VM.
        type: str
        required: true
      application_consistent_properties:
        description: How to make it application-consistent.
        type: dict
        suboptions:
          application_consistent_properties_spec:
            description: The settings of Microsoft VSS.
            type: dict
            suboptions:
              backup_type:
                description: The kind of backup that VSS is told of.
                type: str
                choices: [FULL_BACKUP, COPY_BACKUP]
                required: true
              should_include_writers:
                description: Whether O(vm_recovery_points[].application_consistent_properties.application_consistent_properties_spec.writers)
                  are those to include; otherwise those to leave out.
                type: bool
                default: false
              writers:
                description: Identifiers of VSS writers.
                type: list
                elements: str
              should_store_vss_metadata:
                description: Whether the metadata of VSS is kept.
                type: bool
                default: false
  volume_group_recovery_points:
    description:
      - The volume groups to make a recovery point of.
    type: list
    elements: dict
    suboptions:
      volume_group_ext_id:
        description: The external identifier of the volume group.
        type: str
        required: true
  recovery_point_type:
    description:
      - How consistent it is to be. Prism Central makes a crash-consistent one by default, and where Nutanix Guest Tools do not run.
    type: str
    choices: [CRASH_CONSISTENT, APPLICATION_CONSISTENT]
  expiration_time:
    description:
      - When Prism Central deletes the recovery point, in ISO 8601, such as V(2026-12-31T14:15:22+00:00). Without an offset it is UTC.
      - V(never) takes an expiration away. Prism Central's API allows for that; an item fails and says so if it is refused or has no effect.
      - Without it the expiration stays as it is, which for a new recovery point is never.
    type: str
  keep_for:
    description:
      - How long a recovery point that is made is kept, 100 years at most, as seconds or a duration such as V(7d). The expiration of others
        stays as it is.
    type: str
  max_age:
    description:
      - Make a recovery point when the newest usable one is older than this, as seconds or a duration such as V(4h).
      - Without O(name) any recovery point of the same VMs and volume groups counts, whoever made it.
    type: str
  newer_than:
    description:
      - Make a recovery point unless there is a usable one that was made after this moment, such as V(2026-11-28T18:00:00Z). This is what the
        last recovery point of VMs wants that were stopped then. The moment must have passed by Prism Central's clock.
      - The recovery point that is meant is the first one after the moment, however many follow.
    type: str
extends_documentation_fragment:
  - bcdr.multicloud.attributes
  - bcdr.multicloud.attributes.nutanix
  - bcdr.multicloud.attributes.async
  - bcdr.multicloud.nutanix
  - bcdr.multicloud.batch
  - bcdr.multicloud.wait
  - bcdr.multicloud.recovery
seealso:
  - module: bcdr.multicloud.nutanix_recovery_point_info
  - module: bcdr.multicloud.nutanix_recovery_point_replicate
"""

EXAMPLES = r"""
- name: A recovery point of VMs and volume groups
  bcdr.multicloud.nutanix_recovery_point:
    nutanix_host: pc.example.com
    nutanix_username: "{{ username }}"
    nutanix_password: "{{ password }}"
    name: before the update
    expiration_time: "2026-12-31T14:15:22+00:00"
    vm_recovery_points:
      - vm_ext_id: 3f50a1b2-4c3d-4e6a-9b8e-1a2b3c4d5e6f
    volume_group_recovery_points:
      - volume_group_ext_id: 9b8a7c6d-5e4f-3a2b-1c0d-9e8f7a6b5c4d

- name: Recovery points that are never older than four hours, of many VMs
  bcdr.multicloud.nutanix_recovery_point:
    max_age: 4h
    keep_for: 7d
    batch:
      - label: web
        vm_recovery_points: [{vm_ext_id: 3f50a1b2-4c3d-4e6a-9b8e-1a2b3c4d5e6f}]
      - label: database
        max_age: 1h
        vm_recovery_points: [{vm_ext_id: 7e8f9a0b-1c2d-3e4f-5a6b-7c8d9e0f1a2b}]

- name: Delete one
  bcdr.multicloud.nutanix_recovery_point:
    state: absent
    ext_id: 6a24f6d1-4f30-4f3a-8f2b-4a1e9d2e7c3f
"""

RETURN = r"""
ext_id:
  description: The external identifier of the recovery point; null when there is none.
  returned: without O(batch)
  type: str
recovery_point:
  description: The recovery point; null when there is none.
  returned: without O(batch)
  type: dict
  contains:
    id:
      description: Its external identifier at this Prism Central.
      type: str
    name:
      description: Its name.
      type: str
    provider:
      description: V(nutanix).
      type: str
    resource_type:
      description: What kind of workload it is a point of, V(nutanix_vm), or V(nutanix_volume_group) if it holds no VM.
      type: str
    container:
      description: The Prism Central that has it, as host and port.
      type: str
    source:
      description: The external identifiers of its VMs and volume groups, separated by commas.
      type: str
    location:
      description: The external identifiers of the clusters that hold its data, separated by commas.
      type: str
    source_location:
      description: Those of the clusters where it was made.
      type: str
    status:
      description: Where it stands; only V(succeeded) is restorable.
      type: str
    usable:
      description: Whether it can be restored.
      type: bool
    reason:
      description: Why not, if it cannot.
      type: str
    created_at:
      description: When it was made. A replica has the date of its source.
      type: str
    age_seconds:
      description: How old it is.
      type: int
    expires_at:
      description: When Prism Central deletes it; null for never.
      type: str
    progress_percent:
      description: How much of it is there.
      type: float
    consistency:
      description: V(CRASH_CONSISTENT) or V(APPLICATION_CONSISTENT).
      type: str
    copy_of:
      description: The location-agnostic identifier that it shares with its source; empty if it is no replica.
      type: str
    size_bytes:
      description: What only it occupies, where the API tells (v4.2 and later).
      type: int
    location_agnostic_id:
      description: The identifier that all replicas of it have at all sites.
      type: str
    source_pc_ext_id:
      description: The Prism Central where it was made, where the API tells (v4.2 and later).
      type: str
    secure:
      description: Whether it can only be deleted with an approval.
      type: bool
    vm_recovery_points:
      description: Its parts that are of one VM, with C(ext_id), C(vm_ext_id), C(location_agnostic_id) and C(recovery_point_type).
      type: list
      elements: dict
    volume_group_recovery_points:
      description: Its parts that are of one volume group, with C(ext_id), C(volume_group_ext_id), C(location_agnostic_id) and
        C(recovery_point_type).
      type: list
      elements: dict
response:
  description: The recovery point as the API has it, in snake case; the task while there is none, null without either.
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
rpo_seconds:
  description: The age of the newest usable recovery point of what is asked for; null when there is none.
  returned: without O(batch), when Prism Central could be asked
  type: int
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
  sample: "the task ZXJnb24=:1b2c3d4e-0000-4000-8000-000000000001 is suspended in Prism Central"
settled:
  description: Whether nothing is pending or running any more.
  returned: always
  type: bool
actions:
  description: What was done, or in check mode would be done, in this order.
  returned: without O(batch)
  type: list
  elements: str
  sample: ["create recovery point nightly"]
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

from typing import Any

from ansible_collections.bcdr.multicloud.plugins.module_utils._core.module import ModuleDefinition, run_module
from ansible_collections.bcdr.multicloud.plugins.module_utils._nutanix.options import NUTANIX_SPEC
from ansible_collections.bcdr.multicloud.plugins.module_utils._nutanix.provider import nutanix_provider
from ansible_collections.bcdr.multicloud.plugins.module_utils._nutanix.recovery_point_item import RecoveryPointItem

_VSS_SPEC: dict[str, Any] = {
    "backup_type": {"type": "str", "choices": ["FULL_BACKUP", "COPY_BACKUP"], "required": True},
    "should_include_writers": {"type": "bool", "default": False},
    "writers": {"type": "list", "elements": "str"},
    "should_store_vss_metadata": {"type": "bool", "default": False},
}
_VM_SPEC: dict[str, Any] = {
    "vm_ext_id": {"type": "str", "required": True},
    "application_consistent_properties": {
        "type": "dict",
        "options": {"application_consistent_properties_spec": {"type": "dict", "options": _VSS_SPEC}},
    },
}


def main() -> None:
    run_module(
        ModuleDefinition(
            options={
                **NUTANIX_SPEC,
                "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
                "ext_id": {"type": "str"},
                "name": {"type": "str"},
                "vm_recovery_points": {"type": "list", "elements": "dict", "options": _VM_SPEC},
                "volume_group_recovery_points": {
                    "type": "list",
                    "elements": "dict",
                    "options": {"volume_group_ext_id": {"type": "str", "required": True}},
                },
                "recovery_point_type": {"type": "str", "choices": ["CRASH_CONSISTENT", "APPLICATION_CONSISTENT"]},
                "expiration_time": {"type": "str"},
                "keep_for": {"type": "str"},
                "max_age": {"type": "str"},
                "newer_than": {"type": "str"},
            },
            required_one_of=[["ext_id", "name", "max_age", "newer_than"]],
            mutually_exclusive=[
                ["expiration_time", "keep_for"],
                ["ext_id", "max_age", "newer_than"],
                ["ext_id", "keep_for"],
            ],
            provider=nutanix_provider(RecoveryPointItem),
        )
    )


if __name__ == "__main__":
    main()
