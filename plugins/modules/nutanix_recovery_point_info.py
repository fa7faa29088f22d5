#!/usr/bin/python
# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: nutanix_recovery_point_info
short_description: Read recovery points of Nutanix VMs and volume groups
version_added: 0.1.0
description:
  - Reads one recovery point of a Prism Central, or all that match.
  - All pages are read, unless O(page) or O(limit) asks for one.
  - Returns them in a form that is the same for all providers of this collection, and as the API has them.
author: bcdr.multicloud contributors (@bcdr-multicloud)
options:
  ext_id:
    description:
      - The external identifier of the recovery point to read.
    type: str
  filter:
    description:
      - An OData filter, such as V(name eq 'nightly'). It cannot be given together with O(ext_id).
    type: str
  name:
    description:
      - Show only recovery points with this name.
    type: str
  vm_ext_id:
    description:
      - Show only recovery points that hold this VM.
    type: str
  volume_group_ext_id:
    description:
      - Show only recovery points that hold this volume group.
    type: str
  page:
    description:
      - Read only this page of the list. The first is V(0).
    type: int
  limit:
    description:
      - Read only one page, of so many entries, V(1) to V(100).
    type: int
  orderby:
    description:
      - How RV(response) is ordered, such as V(creationTime desc).
    type: str
  select:
    description:
      - Read only these fields, separated by commas, such as V(extId,name). RV(recovery_points) is left out then.
    type: str
  usable_only:
    description:
      - Show only recovery points that can be restored.
    type: bool
    default: false
  newest_usable:
    description:
      - Show only the newest usable recovery point of each set of VMs and volume groups.
    type: bool
    default: false
  newer_than:
    description:
      - Show only recovery points that are younger than this, as seconds or a duration such as V(2d).
    type: str
extends_documentation_fragment:
  - bcdr.multicloud.attributes.info
  - bcdr.multicloud.attributes.nutanix
  - bcdr.multicloud.attributes.async
  - bcdr.multicloud.nutanix
  - bcdr.multicloud.batch
  - bcdr.multicloud.recovery
seealso:
  - module: bcdr.multicloud.nutanix_recovery_point
  - module: bcdr.multicloud.nutanix_vm_recovery_point_info
"""

EXAMPLES = r"""
- name: The newest usable recovery point of a VM
  bcdr.multicloud.nutanix_recovery_point_info:
    nutanix_host: pc.example.com
    nutanix_username: "{{ username }}"
    nutanix_password: "{{ password }}"
    vm_ext_id: 3f50a1b2-4c3d-4e6a-9b8e-1a2b3c4d5e6f
    newest_usable: true
  register: points

- name: How old it is
  ansible.builtin.debug:
    msg: "{{ points.recovery_points | map(attribute='age_seconds') | list }}"

- name: All recovery points with a filter
  bcdr.multicloud.nutanix_recovery_point_info:
    filter: "name eq 'nightly'"
"""

RETURN = r"""
recovery_points:
  description: The recovery points, newest first.
  returned: without O(batch) and O(select)
  type: list
  elements: dict
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
  description: The recovery point of O(ext_id) as the API has it, in snake case, or a list of recovery points.
  returned: without O(batch)
  type: raw
ext_id:
  description: The recovery point that was asked for, null without O(ext_id).
  returned: without O(batch)
  type: str
total_available_results:
  description: How many recovery points match in Prism Central, on whatever page.
  returned: without O(batch)
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
from ansible_collections.bcdr.multicloud.plugins.module_utils._nutanix.info_item import InfoItem
from ansible_collections.bcdr.multicloud.plugins.module_utils._nutanix.options import NUTANIX_SPEC
from ansible_collections.bcdr.multicloud.plugins.module_utils._nutanix.provider import nutanix_provider


def main() -> None:
    run_module(
        ModuleDefinition(
            options={
                **NUTANIX_SPEC,
                "ext_id": {"type": "str"},
                "filter": {"type": "str"},
                "name": {"type": "str"},
                "vm_ext_id": {"type": "str"},
                "volume_group_ext_id": {"type": "str"},
                "page": {"type": "int"},
                "limit": {"type": "int"},
                "orderby": {"type": "str"},
                "select": {"type": "str"},
                "usable_only": {"type": "bool", "default": False},
                "newest_usable": {"type": "bool", "default": False},
                "newer_than": {"type": "str"},
            },
            mutually_exclusive=[
                ["ext_id", other] for other in ("filter", "name", "page", "limit", "orderby", "select")
            ],
            waits=False,
            provider=nutanix_provider(InfoItem),
        )
    )


if __name__ == "__main__":
    main()
