#!/usr/bin/python
# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: nutanix_recovery_point_replicate
short_description: Replicate Nutanix recovery points to other Prism Centrals or clusters
version_added: 0.1.0
description:
  - Replicates a recovery point, or the newest one of VMs and volume groups, to clusters of other Prism Centrals that are paired as
    availability zones, or to another cluster of the same one.
  - Prism Central replicates as often as it is asked to. With O(target) or O(targets) this module looks there first, by the identifier that
    all replicas share, and replicates only what is not there. Without them it goes by the tasks that the source still knows.
  - A replication that is under way already, whoever started it, is waited for and not started again.
  - A Prism Central that the source is not paired with, as far as API v3 tells, is C(blocked), and the reason names the availability zones
    that the source knows.
  - While the source cannot be asked for the newest recovery point, the newest usable replica of the very same VMs and volume groups at each
    target counts, and a warning names its age. A task that waits asks the source some more times before.
author: bcdr.multicloud contributors (@bcdr-multicloud)
options:
  ext_id:
    description:
      - The external identifier of the recovery point at the source.
      - Every item needs it, or O(vm_ext_ids) or O(volume_group_ext_ids), from the task or from its entry in O(batch).
    type: str
  vm_ext_ids:
    description:
      - The external identifiers of VMs, instead of O(ext_id). It is the newest usable recovery point at the source that holds exactly these
        and O(volume_group_ext_ids), and stays so for the whole run, whatever is made meanwhile.
    type: list
    elements: str
  volume_group_ext_ids:
    description:
      - The external identifiers of volume groups, likewise.
    type: list
    elements: str
  pc_ext_id:
    description:
      - The external identifier of the target Prism Central, which is no IP address. O(target) finds it out by itself.
      - Without it, O(target) and O(targets) the recovery point is replicated to another cluster of the same Prism Central. The cluster that
        it is on itself is C(blocked), since nothing there would be a copy.
    type: str
  cluster_ext_id:
    description:
      - The external identifier of the cluster to replicate to.
      - With O(target) it may be left out; then it is the only cluster there, or the one that Prism Central chooses.
    type: str
  target:
    description:
      - How to sign in to the target Prism Central, so that it can be asked what it has. What is not given is the same as for the source.
    type: dict
    suboptions:
      nutanix_host:
        description: Its host name or IP address.
        type: str
        required: true
      nutanix_port:
        description: Its port.
        type: str
      nutanix_username:
        description: The user to sign in as.
        type: str
      nutanix_password:
        description: The user's password.
        type: str
      nutanix_api_key:
        description: The API key to use instead of a user.
        type: str
      validate_certs:
        description: V(false) does not check its certificate.
        type: bool
      ca_path:
        description: A file with certificate authorities to trust.
        type: path
      cluster_name:
        description: The name of the cluster to replicate to, instead of O(cluster_ext_id).
        type: str
  targets:
    description:
      - Several places to replicate to, each with the options of O(target). An outage or a failure of one does not keep the others from
        getting their replicas.
    type: list
    elements: dict
    suboptions:
      nutanix_host:
        description: Its host name or IP address.
        type: str
        required: true
      nutanix_port:
        description: Its port.
        type: str
      nutanix_username:
        description: The user to sign in as.
        type: str
      nutanix_password:
        description: The user's password.
        type: str
      nutanix_api_key:
        description: The API key to use instead of a user.
        type: str
      validate_certs:
        description: V(false) does not check its certificate.
        type: bool
      ca_path:
        description: A file with certificate authorities to trust.
        type: path
      cluster_name:
        description: The name of the cluster to replicate to, instead of O(targets[].cluster_ext_id).
        type: str
      cluster_ext_id:
        description:
          - The external identifier of the cluster to replicate to. Without it and O(targets[].cluster_name) it is the only one there, or
            the one that Prism Central chooses.
        type: str
extends_documentation_fragment:
  - bcdr.multicloud.attributes
  - bcdr.multicloud.attributes.nutanix
  - bcdr.multicloud.attributes.async
  - bcdr.multicloud.nutanix
  - bcdr.multicloud.batch
  - bcdr.multicloud.wait
  - bcdr.multicloud.recovery
requirements:
  - ntnx-clustermgmt-py-client >= 4.0.1, for O(target) and O(targets)
notes:
  - Prism Central replicates for users only, not for API keys.
seealso:
  - module: bcdr.multicloud.nutanix_recovery_point
"""

EXAMPLES = r"""
- name: Replicate to the other site, which is asked for its identifiers
  bcdr.multicloud.nutanix_recovery_point_replicate:
    nutanix_host: pc.example.com
    nutanix_username: "{{ username }}"
    nutanix_password: "{{ password }}"
    ext_id: 6a24f6d1-4f30-4f3a-8f2b-4a1e9d2e7c3f
    target:
      nutanix_host: pc-dr.example.com
      cluster_name: far
  register: replicated

- name: The replica
  ansible.builtin.debug:
    var: replicated.replica_ext_id

- name: Replicate the newest recovery point of a VM to two sites, from a schedule
  bcdr.multicloud.nutanix_recovery_point_replicate:
    vm_ext_ids: [3f50a1b2-4c3d-4e6a-9b8e-1a2b3c4d5e6f]
    targets:
      - nutanix_host: pc-dr.example.com
        cluster_name: far
      - nutanix_host: pc-vault.example.com
    wait: false
  register: protected

- name: What would be lost if the source were gone now
  ansible.builtin.debug:
    msg: "{{ protected.replicas | map(attribute='rpo_seconds') | list }}"

- name: Without a login at the target
  bcdr.multicloud.nutanix_recovery_point_replicate:
    ext_id: 6a24f6d1-4f30-4f3a-8f2b-4a1e9d2e7c3f
    pc_ext_id: 97da301d-0a8b-4334-94cd-16a83563218e
    cluster_ext_id: 00062899-58d4-9d37-185b-ac1f6b6f97e2
"""

RETURN = r"""
ext_id:
  description: The external identifier of the recovery point at the source; null while the newest one cannot be asked for.
  returned: without O(batch)
  type: str
location_agnostic_id:
  description: The identifier that it has at all sites; null while no site can be asked.
  returned: without O(batch)
  type: str
replica_ext_id:
  description: The external identifier of the replica at the first target, once it is there.
  returned: without O(batch)
  type: str
replica:
  description: The replica at the first target, once it is there; null when the target was not asked.
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
      description: The external identifier of the Prism Central that has it.
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
replicas:
  description: One entry per target, in their order; one too where neither O(target) nor O(targets) is given.
  returned: without O(batch)
  type: list
  elements: dict
  contains:
    name:
      description: The Prism Central, as host and port; null when only its external identifier is known.
      type: str
    pc_ext_id:
      description: The external identifier of the Prism Central; null for the source's own, and until it could be asked.
      type: str
    cluster_ext_id:
      description: The external identifier of the cluster to replicate to; null when Prism Central chooses.
      type: str
    target_seen:
      description: Whether the target could be looked into. If not, what it has is not known.
      type: bool
    status:
      description: Where the replica stands.
      type: str
    reason:
      description: Why it stands there.
      type: str
    progress_percent:
      description: How far the replication is.
      type: float
    running_seconds:
      description: For how long the replication has been going on; null unless it is.
      type: int
    task_ext_id:
      description: The external identifier of the latest task that this run was given for it; null without one.
      type: str
    replica_ext_id:
      description: The external identifier of the replica, once it is there.
      type: str
    newest_usable:
      description: The newest usable recovery point of the very same VMs and volume groups at this target, whichever it is a replica of,
        with the fields of RV(replica); null if there is none.
      type: dict
    rpo_seconds:
      description: The age of RV(replicas[].newest_usable), which is what would be lost if the source were gone now; null if there is none.
      type: int
pc_ext_id:
  description: The external identifier of the first target's Prism Central; null for the source's own.
  returned: without O(batch)
  type: str
cluster_ext_id:
  description: The external identifier of the first target's cluster; null when Prism Central chooses.
  returned: without O(batch)
  type: str
response:
  description: The task of the replication to the first target as the API has it, in snake case, or the replica if there was nothing to do.
  returned: without O(batch)
  type: dict
task_ext_id:
  description: The external identifier of the latest task that this run was given for the first target; null without one.
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
  description: The tasks of Prism Central that this run was given, each behind what it is for, since when it runs, and which recovery point
    was found to be the newest.
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
  sample: "the replication is starting"
settled:
  description: Whether nothing is pending or running any more.
  returned: always
  type: bool
actions:
  description: What was done, or in check mode would be done, in this order.
  returned: without O(batch)
  type: list
  elements: str
  sample: ["start replication of nightly to Prism Central 97da301d-0a8b-4334-94cd-16a83563218e, a cluster of its choice"]
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
from ansible_collections.bcdr.multicloud.plugins.module_utils._nutanix.replication_item import ReplicationItem

_TARGET_SPEC: dict[str, Any] = {
    "nutanix_host": {"type": "str", "required": True},
    "nutanix_port": {"type": "str"},
    "nutanix_username": {"type": "str"},
    "nutanix_password": {"type": "str", "no_log": True},
    "nutanix_api_key": {"type": "str", "no_log": True},
    "validate_certs": {"type": "bool"},
    "ca_path": {"type": "path"},
    "cluster_name": {"type": "str"},
}


def main() -> None:
    run_module(
        ModuleDefinition(
            options={
                **NUTANIX_SPEC,
                "ext_id": {"type": "str"},
                "vm_ext_ids": {"type": "list", "elements": "str"},
                "volume_group_ext_ids": {"type": "list", "elements": "str"},
                "pc_ext_id": {"type": "str"},
                "cluster_ext_id": {"type": "str"},
                "target": {"type": "dict", "options": _TARGET_SPEC},
                "targets": {
                    "type": "list",
                    "elements": "dict",
                    "options": {**_TARGET_SPEC, "cluster_ext_id": {"type": "str"}},
                },
            },
            required_one_of=[["ext_id", "vm_ext_ids", "volume_group_ext_ids"], ["target", "targets", "cluster_ext_id"]],
            mutually_exclusive=[
                ["ext_id", "vm_ext_ids"],
                ["ext_id", "volume_group_ext_ids"],
                ["target", "targets"],
                ["targets", "pc_ext_id"],
                ["targets", "cluster_ext_id"],
            ],
            provider=nutanix_provider(ReplicationItem),
        )
    )


if __name__ == "__main__":
    main()
