#!/usr/bin/python
# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: nutanix_recovery_point_restore
short_description: Restore VMs and volume groups from a Nutanix recovery point
version_added: 0.1.0
description:
  - Makes VMs and volume groups from a recovery point, beside those that it was made from. Without overrides all of its parts are restored.
  - The recovery point is named by O(ext_id), or it is the newest usable one of the VMs and volume groups that the overrides name by
    O(vm_recovery_point_restore_overrides[].vm_ext_id) and O(volume_group_recovery_point_restore_overrides[].volume_group_ext_id). At a
    site that the recovery points were replicated to this needs nothing of the source.
  - Prism Central restores as often as it is asked to, and names are not unique. What gets a name of its own is not restored again while
    there is something of that name which a restore of such a recovery point has made, or a VM that has the description too which is asked
    for. It stays what it is when a newer recovery point arrives. A VM or volume group of that name from elsewhere is C(blocked), and
    nothing is restored.
  - Where some of it is there and the rest is restored from another recovery point, a warning tells so, and the result names the oldest.
  - What gets no name of its own is known by the identifier of the request only. The same restore is not made again as long as Prism
    Central keeps that and what it has made is there. Check mode cannot ask for that and predicts a restore.
  - Which recovery point a VM was made from is known as long as Prism Central keeps the task of the restore. Give a description of its own to
    what is to be recognised for longer.
author: bcdr.multicloud contributors (@bcdr-multicloud)
options:
  state:
    description:
      - V(absent) deletes the VMs and volume groups that a restore with the same overrides has made. Each override needs a name. What only
        has that name, and was not made by such a restore, is C(blocked) and stays; so is a VM with another description than is said.
    type: str
    choices: [present, absent]
    default: present
  ext_id:
    description:
      - The external identifier of the recovery point.
    type: str
  cluster_ext_id:
    description:
      - The external identifier of the cluster to restore to, which has to hold data of the recovery point. Without O(ext_id) it is the
        newest recovery point that has data there.
    type: str
  vm_recovery_point_restore_overrides:
    description:
      - Restore only these VMs, and those parts that O(volume_group_recovery_point_restore_overrides) names.
    type: list
    elements: dict
    suboptions:
      vm_recovery_point_ext_id:
        description: The external identifier of the part of the recovery point that is of the VM. It is another one at each site.
        type: str
      vm_ext_id:
        description: The external identifier that the VM has, or had, at its source. It may stand in place of the part's.
        type: str
      is_strict_mode:
        description: As Prism Central has it, whether settings that cannot be are dropped with a warning. Needs v4.1 of the API.
        type: bool
        default: false
      vm_override_spec:
        description: What is to be other than in the recovery point. Needs v4.1 of the API.
        type: dict
        suboptions:
          name:
            description: The name of the VM.
            type: str
          description:
            description: The description of the VM.
            type: str
          categories:
            description: The external identifiers of its categories.
            type: list
            elements: str
          owner_ext_id:
            description: The external identifier of the user that is to own it.
            type: str
          project_ext_id:
            description: The external identifier of its project. Needs v4.4 of the API.
            type: str
          nic_spec:
            description: Its network interfaces. A subnet of the other site is needed where those of the source do not exist.
            type: dict
            suboptions:
              subnet_ext_id:
                description: The external identifier of the subnet for all interfaces that the two lists beside it do not name.
                type: str
              nic_remove_list:
                description: The external identifiers of those to leave out.
                type: list
                elements: str
              nic_override_list:
                description: Those to connect otherwise.
                type: list
                elements: dict
                suboptions:
                  nic_ext_id:
                    description: The external identifier of the interface in the recovery point.
                    type: str
                    required: true
                  subnet_ext_id:
                    description: The external identifier of the subnet.
                    type: str
                  ip_address:
                    description: The IPv4 address, where the subnet is one that gives out addresses.
                    type: str
                  mac_address:
                    description: The MAC address.
                    type: str
  volume_group_recovery_point_restore_overrides:
    description:
      - Restore only these volume groups, and those parts that O(vm_recovery_point_restore_overrides) names.
    type: list
    elements: dict
    suboptions:
      volume_group_recovery_point_ext_id:
        description: The external identifier of the part of the recovery point that is of the volume group. It is another one at each site.
        type: str
      volume_group_ext_id:
        description: The external identifier that the volume group has, or had, at its source. It may stand in place of the part's.
        type: str
      volume_group_override_spec:
        description: What is to be other than in the recovery point.
        type: dict
        suboptions:
          name:
            description: The name of the volume group.
            type: str
  is_instant_restore:
    description:
      - Whether the VMs are there before their data has been copied. Needs v4.3 of the API.
    type: bool
    default: false
  power_on:
    description:
      - Whether the VMs are switched on, those too that are there already. Prism Central restores them switched off.
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
  check_mode:
    support: partial
    details: What is restored without a name of its own is predicted although it may be there already.
requirements:
  - ntnx-vmm-py-client >= 4.0.1, to see what has been restored; 4.1.1 to connect all network interfaces to one subnet
  - ntnx-volumes-py-client >= 4.0.1, where volume groups get a name of their own
seealso:
  - module: bcdr.multicloud.nutanix_recovery_point_info
  - module: bcdr.multicloud.nutanix_vm_revert
"""

EXAMPLES = r"""
- name: Restore the newest recovery point of a VM at the other site, into an isolated network, and switch it on
  bcdr.multicloud.nutanix_recovery_point_restore: &drill
    nutanix_host: pc-dr.example.com
    nutanix_username: "{{ username }}"
    nutanix_password: "{{ password }}"
    vm_recovery_point_restore_overrides:
      - vm_ext_id: 3f50a1b2-4c3d-4e6a-9b8e-1a2b3c4d5e6f
        vm_override_spec:
          name: drill-web
          description: Drill of web
          nic_spec:
            subnet_ext_id: 9c8b7a6d-5e4f-4a3b-8c1d-2e3f4a5b6c7d
    power_on: true
  register: drill

- name: What was made, and how long it took
  ansible.builtin.debug:
    msg: "{{ drill.vms | map(attribute='name') | join(', ') }} in {{ drill.recovery_seconds }} s"

- name: Delete it again
  bcdr.multicloud.nutanix_recovery_point_restore:
    <<: *drill
    state: absent

- name: Restore all of a certain recovery point, with the names that its VMs and volume groups had
  bcdr.multicloud.nutanix_recovery_point_restore:
    ext_id: 6a24f6d1-4f30-4f3a-8f2b-4a1e9d2e7c3f
"""

RETURN = r"""
ext_id:
  description: The external identifier of the recovery point; null when none is known.
  returned: without O(batch)
  type: str
recovery_point:
  description: The recovery point, as M(bcdr.multicloud.nutanix_recovery_point_info) returns it; null when none is known.
  returned: without O(batch)
  type: dict
recovery_point_created_at:
  description: When it was made; null when none is known.
  returned: without O(batch)
  type: str
rpo_seconds:
  description: How old it is; null when none is known.
  returned: without O(batch)
  type: int
vms:
  description: The VMs that are there.
  returned: without O(batch)
  type: list
  elements: dict
  contains:
    ext_id:
      description: The external identifier.
      type: str
    name:
      description: The name.
      type: str
    power_state:
      description: V(ON), V(OFF), V(PAUSED) or V(UNDETERMINED).
      type: str
volume_groups:
  description: The volume groups that are there.
  returned: without O(batch)
  type: list
  elements: dict
  contains:
    ext_id:
      description: The external identifier.
      type: str
    name:
      description: The name.
      type: str
vm_ext_ids:
  description: The external identifiers of the VMs.
  returned: without O(batch)
  type: list
  elements: str
volume_group_ext_ids:
  description: The external identifiers of the volume groups.
  returned: without O(batch)
  type: list
  elements: str
vms_ext_ids:
  description: The same as RV(vm_ext_ids), separated by commas, as the modules of nutanix.ncp return them.
  returned: without O(batch)
  type: str
vgs_ext_ids:
  description: The same as RV(volume_group_ext_ids), separated by commas, as the modules of nutanix.ncp return them.
  returned: without O(batch)
  type: str
restore_seconds:
  description: How long Prism Central restored; null while it does, or when this run was given no task of a restore.
  returned: without O(batch)
  type: int
recovery_seconds:
  description: How long it took from the start of the restore until all was as asked for; null unless this run has seen it.
  returned: without O(batch)
  type: int
response:
  description: The task of the restore as the API has it, in snake case; null if there was nothing to do.
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
  sample: "the restore is starting"
settled:
  description: Whether nothing is pending or running any more.
  returned: always
  type: bool
actions:
  description: What was done, or in check mode would be done, in this order.
  returned: without O(batch)
  type: list
  elements: str
  sample: ["restore 2 parts of recovery point nightly"]
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
from ansible_collections.bcdr.multicloud.plugins.module_utils._nutanix.restore_item import RestoreItem

_NIC_SPEC: dict[str, Any] = {
    "subnet_ext_id": {"type": "str"},
    "nic_remove_list": {"type": "list", "elements": "str"},
    "nic_override_list": {
        "type": "list",
        "elements": "dict",
        "options": {
            "nic_ext_id": {"type": "str", "required": True},
            "subnet_ext_id": {"type": "str"},
            "ip_address": {"type": "str"},
            "mac_address": {"type": "str"},
        },
    },
}
_VM_SPEC: dict[str, Any] = {
    "name": {"type": "str"},
    "description": {"type": "str"},
    "categories": {"type": "list", "elements": "str"},
    "owner_ext_id": {"type": "str"},
    "project_ext_id": {"type": "str"},
    "nic_spec": {"type": "dict", "options": _NIC_SPEC},
}


def main() -> None:
    run_module(
        ModuleDefinition(
            options={
                **NUTANIX_SPEC,
                "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
                "ext_id": {"type": "str"},
                "cluster_ext_id": {"type": "str"},
                "vm_recovery_point_restore_overrides": {
                    "type": "list",
                    "elements": "dict",
                    "options": {
                        "vm_recovery_point_ext_id": {"type": "str"},
                        "vm_ext_id": {"type": "str"},
                        "is_strict_mode": {"type": "bool", "default": False},
                        "vm_override_spec": {"type": "dict", "options": _VM_SPEC},
                    },
                },
                "volume_group_recovery_point_restore_overrides": {
                    "type": "list",
                    "elements": "dict",
                    "options": {
                        "volume_group_recovery_point_ext_id": {"type": "str"},
                        "volume_group_ext_id": {"type": "str"},
                        "volume_group_override_spec": {"type": "dict", "options": {"name": {"type": "str"}}},
                    },
                },
                "is_instant_restore": {"type": "bool", "default": False},
                "power_on": {"type": "bool", "default": False},
            },
            provider=nutanix_provider(RestoreItem),
        )
    )


if __name__ == "__main__":
    main()
