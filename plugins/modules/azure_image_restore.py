#!/usr/bin/python
# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: azure_image_restore
short_description: Restore disks and VMs from the versions of an Azure image
version_added: 0.1.0
description:
  - Makes managed disks from the snapshots that M(bcdr.multicloud.azure_image_replication) has brought to a region, and on request the virtual
    machine that runs on them.
  - A version of which a disk is missing or has not all arrived is refused, with how far each disk is. Nothing but the region is asked, so
    this works while the source's region is out.
  - Run again, it completes what it had begun and never makes anything twice. A name that something else has is refused, not overwritten.
  - With O(state=absent) it removes what it made, and nothing else. The snapshots are never touched.
  - The machine runs on the disks as they are. A generalized system is brought up from the managed image instead, by any module that makes
    machines.
author: bcdr.multicloud contributors (@bcdr-multicloud)
options:
  resource_group:
    description:
      - The resource group of the image's copies in the region.
      - Every item needs it, from the task or from its entry in O(batch).
    type: str
  name:
    description:
      - What the image is called.
      - Every item needs it, from the task or from its entry in O(batch).
    type: str
  location:
    description:
      - The region, which the disks and the VM will be in, since Azure makes disks in the region of their snapshot only.
      - Every item needs it, from the task or from its entry in O(batch).
    type: str
  version:
    description:
      - The version, as its whole name or the time in it. By default the newest that is complete in the region, or the one that an earlier
        run has begun to restore.
    type: str
  target_resource_group:
    description:
      - The resource group that gets the disks and the VM. By default O(resource_group).
    type: str
  disks:
    description:
      - The disks to restore, V(os), V(data-0) and so on by their logical unit numbers. By default all.
    type: list
    elements: str
  disk_name_format:
    description:
      - The names of the restored disks. C({disk}) stands for C(os), C(data-0) and so on and must be there, C({image}) for the image,
        C({version}) for the version, C({vm}) for the name of the VM.
    type: str
    default: "{image}-{disk}"
  storage_account_type:
    description:
      - The SKU of the restored disks, such as V(StandardSSD_LRS). By default Azure chooses.
    type: str
  zone:
    description:
      - The availability zone of disks and VM.
    type: str
  disk_size_gb:
    description:
      - Larger sizes for some of the disks, by V(os), V(data-0) and so on.
    type: dict
  disk_encryption_set_id:
    description:
      - A disk encryption set in the region, as a name or a resource id, that encrypts the restored disks.
    type: str
  tags:
    description:
      - Tags of the disks and the VM. With O(state=absent) only what has all of them is removed.
    type: dict
  vm:
    description:
      - The virtual machine to bring up on the restored disks, each at the logical unit number that it had.
    type: dict
    suboptions:
      name:
        description: The name of the VM.
        type: str
        required: true
      vm_size:
        description: The size, such as V(Standard_D4s_v5). Needed with O(state=present).
        type: str
      network_interface_ids:
        description: Network interfaces that exist already, as names or resource ids; the first is the primary one.
        type: list
        elements: str
      subnet_id:
        description: The id of a subnet in which a network interface is made that is deleted with the VM.
        type: str
      license_type:
        description: The licence type, such as V(Windows_Server).
        type: str
      boot_diagnostics:
        description: Whether Azure keeps boot diagnostics.
        type: bool
  state:
    description:
      - V(present) restores, V(absent) removes what was restored.
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
"""

EXAMPLES = r"""
- name: Bring the machine up in the other region, from the newest version that is complete there
  bcdr.multicloud.azure_image_restore:
    resource_group: rg-images-ne
    name: golden
    location: northeurope
    vm:
      name: golden
      vm_size: Standard_D2s_v5
      subnet_id: "{{ failover_subnet_id }}"

- name: A drill, beside everything else
  bcdr.multicloud.azure_image_restore:
    resource_group: rg-images-ne
    name: golden
    location: northeurope
    disk_name_format: drill-{image}-{disk}
    storage_account_type: StandardSSD_LRS
    tags: {bcdr-drill: golden}
    vm:
      name: drill-golden
      vm_size: Standard_D2s_v5
      subnet_id: "{{ isolated_subnet_id }}"
  register: drill

- name: Remove the drill again
  bcdr.multicloud.azure_image_restore:
    resource_group: rg-images-ne
    name: golden
    location: northeurope
    disk_name_format: drill-{image}-{disk}
    tags: {bcdr-drill: golden}
    vm: {name: drill-golden}
    state: absent
"""

RETURN = r"""
version:
  description: The name of the version that is restored.
  returned: without O(batch), when there is one
  type: str
  sample: golden-20261121T120000Z
version_created_at:
  description: The moment of its data.
  returned: without O(batch), when there is one
  type: str
rpo_seconds:
  description: The age of its data, which is what is lost by restoring it.
  returned: without O(batch), when there is one
  type: int
recovery_seconds:
  description:
    - How long it took by Azure's clock from the first call to everything being there; null when this run restored nothing or is not done.
  returned: without O(batch), with O(state=present)
  type: int
disks:
  description: The restored disks.
  returned: without O(batch)
  type: list
  elements: dict
vm_id:
  description: The id of the VM.
  returned: without O(batch), with O(vm), once its disks are there
  type: str
verification:
  description: Whether what was restored is what the version holds, by the number and sizes of the disks and the OS type.
  returned: without O(batch), when everything is there
  type: dict
  contains:
    matches:
      description: Whether all agrees.
      type: bool
    differences:
      description: What does not.
      type: list
      elements: str
    disk_count:
      description: How many disks were restored.
      type: int
    size_gb:
      description: Their size in all.
      type: int
    os_type:
      description: The system on the OS disk.
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
  sample: "disks are being restored: golden-os, golden-data-0"
settled:
  description: Whether nothing is pending or running any more.
  returned: always
  type: bool
actions:
  description: What was done, or in check mode would be done, in this order.
  returned: without O(batch)
  type: list
  elements: str
  sample: ["create disk rg-images-ne/golden-os", "create virtual machine rg-images-ne/golden"]
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
from ansible_collections.bcdr.multicloud.plugins.module_utils._azure.restores.restore_item import RESTORE_SPEC
from ansible_collections.bcdr.multicloud.plugins.module_utils._azure.snapshots.restore_item import ImageRestoreItem
from ansible_collections.bcdr.multicloud.plugins.module_utils._core.module import ModuleDefinition, run_module


def main() -> None:
    run_module(
        ModuleDefinition(
            options={
                **AZURE_SPEC,
                **RESTORE_SPEC,
                "resource_group": {"type": "str"},
                "name": {"type": "str"},
                "location": {"type": "str"},
                "version": {"type": "str"},
                "disk_name_format": {"type": "str", "default": "{image}-{disk}"},
            },
            required=["resource_group", "name", "location"],
            provider=azure_provider(ImageRestoreItem),
        )
    )


if __name__ == "__main__":
    main()
