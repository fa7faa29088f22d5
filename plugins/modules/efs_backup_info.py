#!/usr/bin/python
# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: efs_backup_info
short_description: Read recovery points of Amazon EFS file systems
version_added: 0.1.0
description:
  - Reads the recovery points of file systems in one backup vault, and how the vault is locked.
  - Returns them in a form that is the same for all providers of this collection.
  - It asks the region of the vault only, so it tells what a copy holds while the region of the source is out.
author: bcdr.multicloud contributors (@bcdr-multicloud)
options:
  backup_vault_name:
    description:
      - The name of the backup vault in the region of the task.
      - Every item needs it, from the task or from its entry in O(batch).
    type: str
  file_system_id:
    description:
      - Show only points of this file system, as its id or its ARN. It may be in another region or account, or be gone.
    type: str
    aliases: [efs_id]
  usable_only:
    description:
      - Show only points that can be restored.
    type: bool
    default: false
  newest_usable:
    description:
      - Show only the newest usable point of each file system.
    type: bool
    default: false
  newer_than:
    description:
      - Show only points that are younger than this, as seconds or a duration such as V(2d).
    type: str
extends_documentation_fragment:
  - bcdr.multicloud.attributes.info
  - bcdr.multicloud.attributes.aws
  - bcdr.multicloud.attributes.async
  - bcdr.multicloud.aws
  - bcdr.multicloud.batch
  - bcdr.multicloud.recovery
seealso:
  - module: bcdr.multicloud.efs_backup
"""

EXAMPLES = r"""
- name: What can be restored in the other region
  bcdr.multicloud.efs_backup_info:
    region: eu-central-1
    backup_vault_name: dr
    newest_usable: true
  register: points

- name: How old it is
  ansible.builtin.debug:
    msg: "{{ item.source }}: {{ item.created_at }}"
  loop: "{{ points.recovery_points }}"
"""

RETURN = r"""
recovery_points:
  description: The recovery points, newest first.
  returned: without O(batch), when the vault exists
  type: list
  elements: dict
  contains:
    id:
      description: The ARN of the point.
      type: str
    name:
      description: The last part of the ARN.
      type: str
    provider:
      description: The cloud.
      type: str
    resource_type:
      description: What kind of workload it is a point of.
      type: str
    container:
      description: The ARN of the vault that holds it.
      type: str
    source:
      description: The ARN of the file system that it was made from.
      type: str
    location:
      description: The region of the vault.
      type: str
    source_location:
      description: The region of the vault that it was copied from.
      type: str
    status:
      description: Where it stands; only V(succeeded) is restorable.
      type: str
    usable:
      description: Whether it can be restored.
      type: bool
    reason:
      description: What AWS says of it, if it cannot.
      type: str
    created_at:
      description: When it was made. A copy has the date of its source.
      type: str
    age_seconds:
      description: How old it is.
      type: int
    expires_at:
      description: When AWS deletes it; null for never.
      type: str
    progress_percent:
      description: How much of it is there.
      type: float
    consistency:
      description: Empty, since AWS tells none of file systems.
      type: str
    copy_of:
      description: The ARN of the vault that it was copied from; empty if it is no copy.
      type: str
    size_bytes:
      description: Its size.
      type: int
    encryption_key_arn:
      description: The key of the vault, which encrypts it.
      type: str
    storage_class:
      description: V(WARM) or V(COLD), where AWS tells.
      type: str
backup_vault:
  description: The vault.
  returned: without O(batch), when it exists
  type: dict
  contains:
    arn:
      description: Its ARN.
      type: str
    name:
      description: Its name.
      type: str
    encryption_key_arn:
      description: The key that encrypts what it holds.
      type: str
    locked:
      description: Whether it is locked, so that its points can be kept neither shorter nor longer than its bounds say.
      type: bool
    min_retention_days:
      description: The least number of days, if it is locked with one.
      type: int
    max_retention_days:
      description: The greatest number of days, if it is locked with one.
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
  sample: "the backup vault dr does not exist in eu-central-1 or may not be seen; AWS answers both alike"
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

from ansible_collections.bcdr.multicloud.plugins.module_utils._aws.efs.info_item import InfoItem
from ansible_collections.bcdr.multicloud.plugins.module_utils._aws.efs.options import FILE_SYSTEM_SPEC
from ansible_collections.bcdr.multicloud.plugins.module_utils._aws.options import AWS_SPEC
from ansible_collections.bcdr.multicloud.plugins.module_utils._aws.provider import aws_provider
from ansible_collections.bcdr.multicloud.plugins.module_utils._core.module import ModuleDefinition, run_module


def main() -> None:
    run_module(
        ModuleDefinition(
            options={
                **AWS_SPEC,
                "backup_vault_name": {"type": "str"},
                "file_system_id": FILE_SYSTEM_SPEC,
                "usable_only": {"type": "bool", "default": False},
                "newest_usable": {"type": "bool", "default": False},
                "newer_than": {"type": "str"},
            },
            required=["backup_vault_name"],
            waits=False,
            provider=aws_provider(InfoItem),
        )
    )


if __name__ == "__main__":
    main()
