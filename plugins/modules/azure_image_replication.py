#!/usr/bin/python
# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: azure_image_replication
short_description: Bring an image's disks to many Azure regions along a replication plan
version_added: 0.1.0
description:
  - Copies the snapshots of an image's disks (the OS disk and any data disks) to many regions, as the plan of
    P(bcdr.multicloud.replication_plan#lookup) says, and on request makes a managed image in each of them.
  - A copy can be copied as soon as its data is there, so every region that is done becomes a source. Each copy starts as soon as
    its source is there and has a place free, never in phases.
  - Everything that is there is found by its name and its tags, so a run that was interrupted is taken up by the next one, with the best
    plan for the rest. Nothing that is complete is copied again, and two runs at once start nothing twice.
  - A copy that fails is removed and made again, from the best source then available. When a region is down, everything else is
    completed, and the result says exactly what is missing.
  - The copy of a disk is called like the image, the disk (C(os), C(data-0)) and the region, for example C(golden-data-0-northeurope),
    and the managed image C(golden-northeurope).
author: bcdr.multicloud contributors (@bcdr-multicloud)
options:
  resource_group:
    description:
      - The resource group of what is given as a name in O(disks) or O(source_vm), and of the snapshots that are made of managed disks.
    type: str
  name:
    description:
      - What the image is called. All that is made is named after it.
      - Every item needs it, from the task or from its entry in O(batch).
    type: str
  location:
    description:
      - The region of the source. It need not be given, except to go on with what is elsewhere while that region is down.
    type: str
  source_vm:
    description:
      - A virtual machine, as a name in O(resource_group) or a resource id. Incremental snapshots of all its disks are made first, once,
        in O(resource_group). For an image that can be started in many copies it has to be generalized before.
    type: str
  disks:
    description: The disks of the image, in place of O(source_vm).
    type: list
    elements: dict
    suboptions:
      lun:
        description: The logical unit number of a data disk. Exactly one disk has none, the OS disk.
        type: int
      snapshot:
        description: An incremental snapshot of the disk, as a name in O(resource_group) or a resource id.
        type: str
      disk:
        description: The managed disk itself, likewise. An incremental snapshot of it is made first, once.
        type: str
      caching:
        description: The caching that the managed image says for the disk.
        type: str
        choices: [None, ReadOnly, ReadWrite]
  targets:
    description:
      - The regions that shall have the image. The region of the source may be among them; there the source itself is the first copy.
      - Every item needs it, from the task or from its entry in O(batch).
    type: list
    elements: dict
    suboptions:
      location:
        description: The region.
        type: str
        required: true
      resource_group:
        description: The resource group of the copies and of the managed image, by default that of the source.
        type: str
      subscription_id:
        description: The subscription of these, by default that of the source.
        type: str
      copies:
        description: How many copies of each disk the region shall have.
        type: int
        default: 1
      disk_encryption_set_id:
        description:
          - A disk encryption set in the region, as a name or a resource id, that encrypts the copies.
          - Snapshots that are encrypted with a customer-managed key are not copied without it.
        type: str
  image:
    description: The managed image to make in each region when its copies are there. Without this option none is made.
    type: dict
    suboptions:
      os_type:
        description: The system, by default that of the OS disk's snapshot.
        type: str
        choices: [Linux, Windows]
      os_state:
        description: Whether the system was generalized.
        type: str
        choices: [Generalized, Specialized]
        default: Generalized
      hyper_v_generation:
        description: The generation, by default that of the OS disk's snapshot.
        type: str
        choices: [V1, V2]
      storage_account_type:
        description: The storage of the image's disks. By default Azure chooses.
        type: str
      zone_resilient:
        description: Whether the image is kept in all availability zones. The region must have some.
        type: bool
        default: false
  max_age:
    description:
      - Makes a new version of the image, from snapshots that are taken now, when the newest version is older than this, for example V(24h).
        Without it there is one version.
      - Goes with O(source_vm), or with O(disks) that are managed disks.
      - A version is called like the image and the time that it was due at, for example C(golden-20261121T120000Z), the first
        C(golden-initial), and all that is made is named after it. While copies of the newest version are on their way there is no new
        one, so it should be longer than bringing the image to its regions takes.
    type: str
  newer_than:
    description:
      - Makes a new version unless there is one from after this moment, such as V(2026-11-28T18:00:00Z). This is what the last version of a
        machine wants that was stopped then. The moment must have passed by Azure's clock.
      - The version that is meant is the first one after the moment, however many follow. A new one is named after the moment.
      - Instead of O(max_age), and for the same disks.
    type: str
  keep_newest:
    description:
      - How many versions that are complete in all regions are kept. What is older than these is deleted, with its snapshots at the source,
        once everything else is done. By default nothing is.
      - Goes with O(max_age).
    type: int
  retries:
    description: How often in one run a copy that fails is made again.
    type: int
    default: 2
  state:
    description:
      - V(present) brings the image to the regions. V(absent) removes its managed images and its copies from them, by their names and tags,
        and never the source. A copy that something else is being copied from stays.
    type: str
    choices: [present, absent]
    default: present
  storage_account_type:
    description: The storage of the copies. By default Azure chooses C(Standard_LRS).
    type: str
    choices: [Standard_LRS, Standard_ZRS, Premium_LRS]
  tags:
    description: Tags of the snapshots and images that are made.
    type: dict
extends_documentation_fragment:
  - bcdr.multicloud.attributes
  - bcdr.multicloud.attributes.azure
  - bcdr.multicloud.attributes.async
  - bcdr.multicloud.azure
  - bcdr.multicloud.planning.image
  - bcdr.multicloud.batch
  - bcdr.multicloud.wait
  - bcdr.multicloud.recovery
seealso:
  - module: bcdr.multicloud.azure_snapshot_copy
  - plugin: bcdr.multicloud.replication_plan
    plugin_type: lookup
"""

EXAMPLES = r"""
- name: An image of two snapshots to five regions, with a managed image in each
  bcdr.multicloud.azure_image_replication:
    resource_group: rg-images
    name: golden-20261121
    disks:
      - {snapshot: golden-os}
      - {snapshot: golden-data, lun: 0}
    targets:
      - {location: northeurope, resource_group: rg-images-ne}
      - {location: swedencentral, resource_group: rg-images-sc}
      - {location: eastus, resource_group: rg-images-eu}
      - {location: westus2, resource_group: rg-images-wu}
      - {location: southeastasia, resource_group: rg-images-sa}
    planning:
      copies_per_source: 3
      records: "{{ measured_copies | default([]) }}"
    image: {}
    wait_timeout: 1d
  register: replicated

- name: What the plan was worth
  ansible.builtin.debug:
    msg: >-
      {{ replicated.plan.copies | length }} copies, planned for {{ replicated.predicted_seconds }} s, took
      {{ replicated.measured_seconds }} s

- name: A new version every day, of which five are kept
  bcdr.multicloud.azure_image_replication:
    resource_group: rg-images
    name: golden
    source_vm: golden-build
    targets:
      - {location: northeurope, resource_group: rg-images-ne}
      - {location: swedencentral, resource_group: rg-images-sc}
    max_age: 24h
    keep_newest: 5

- name: An old version that nobody needs any more
  bcdr.multicloud.azure_image_replication:
    resource_group: rg-images
    name: golden-20261014
    targets:
      - {location: northeurope, resource_group: rg-images-ne}
      - {location: swedencentral, resource_group: rg-images-sc}
    state: absent

- name: Straight from a generalized virtual machine, one step further from a schedule
  bcdr.multicloud.azure_image_replication:
    resource_group: rg-images
    name: golden-20261121
    source_vm: golden-build
    targets: [{location: northeurope, resource_group: rg-images-ne}]
    wait: false
"""

RETURN = r"""
name:
  description: What the image is called.
  returned: without O(batch)
  type: str
version:
  description: What the version is called that this run was about. Without O(max_age) and O(newer_than) it is called like the image.
  returned: without O(batch), with O(state=present)
  type: str
  sample: golden-20261121T120000Z
rpo_seconds:
  description:
    - The age of the newest data at the source that can be copied; null when there is none. For snapshots that were given it is
      their age.
  returned: without O(batch), with O(state=present), unless the source could not be asked
  type: int
targets:
  description: What can be restored in each of the targets.
  returned: without O(batch), with O(state=present)
  type: list
  elements: dict
  contains:
    location:
      description: The region.
      type: str
    known:
      description: Whether the region could be looked into.
      type: bool
    newest_usable:
      description: The newest version of which all disks are there, complete; null when there is none.
      type: str
    created_at:
      description: The moment of its data.
      type: str
    rpo_seconds:
      description: Its age in seconds.
      type: int
source_location:
  description: The region of the source.
  returned: without O(batch), with O(state=present)
  type: str
regions:
  description: One entry per target.
  returned: without O(batch)
  type: list
  elements: dict
  contains:
    location:
      description: The region.
      type: str
    status:
      description: Where the region stands.
      type: str
    reason:
      description: Why it stands there.
      type: str
    image_id:
      description: The id of the managed image, once it is there.
      type: str
    copies:
      description: The copies with V(disk), V(snapshot_id), V(source_location) (the region that it was copied from),
        V(progress_percent), and V(running_seconds) (for how long it has been copied; null unless it is).
      type: list
      elements: dict
missing:
  description: What will not come, by region, when a region is down or copies have failed too often. The disks, or C(image).
  returned: without O(batch), with O(state=present)
  type: dict
  sample: {"northeurope": ["os", "data-0"]}
plan:
  description:
    - The plan of this run for the largest disk, as P(bcdr.multicloud.replication_plan#lookup) returns it, with the graph in
      V(regions), the schedule in V(copies), V(makespan_s), V(lower_bound_s) and V(gap). The other disks follow the same one.
    - Of a run that takes up another, it is the plan for the rest.
  returned: without O(batch), with O(state=present)
  type: dict
predicted_seconds:
  description: How long the plan says the copies take.
  returned: without O(batch), with O(state=present)
  type: float
measured_seconds:
  description: How long they took, from the first start to the arrival of all, by Azure's clock; null unless this run saw both.
  returned: without O(batch), with O(state=present)
  type: int
link_seconds:
  description: How long each copy took that this run saw end, with its size. Keep these, and give them to O(planning.records).
  returned: without O(batch), with O(state=present)
  type: list
  elements: dict
  contains:
    source:
      description: From which region.
      type: str
    target:
      description: To which region.
      type: str
    seconds:
      description: How long the copy took.
      type: int
    size_gb:
      description: The size of the disk.
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
  sample: "3 of 21 regions are complete, 6 copies run and 12 wait"
settled:
  description: Whether nothing is pending or running any more.
  returned: always
  type: bool
actions:
  description: What was done, or in check mode would be done, in this order.
  returned: without O(batch)
  type: list
  elements: str
  sample: ["start copy golden-os-northeurope", "create image golden-northeurope"]
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
from ansible_collections.bcdr.multicloud.plugins.module_utils._azure.snapshots.options import IMAGE_SPEC
from ansible_collections.bcdr.multicloud.plugins.module_utils._azure.snapshots.removal_item import make_item
from ansible_collections.bcdr.multicloud.plugins.module_utils._core.module import ModuleDefinition, run_module


def main() -> None:
    run_module(
        ModuleDefinition(
            options={**AZURE_SPEC, **IMAGE_SPEC},
            required=["name", "targets"],
            mutually_exclusive=[["source_vm", "disks"], ["max_age", "newer_than"]],
            required_if=[("state", "present", ["source_vm", "disks"], True)],
            provider=azure_provider(make_item),
        )
    )


if __name__ == "__main__":
    main()
