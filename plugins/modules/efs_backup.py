#!/usr/bin/python
# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: efs_backup
short_description: Keep a recovery point of an Amazon EFS file system that is young enough
version_added: 0.1.0
description:
  - Makes a recovery point with AWS Backup when the newest usable one in the vault is older than O(max_age), or when none is newer than
    O(newer_than), and does nothing otherwise.
  - A backup that is under way already is waited for and not started again.
  - The new recovery point gets the tag C(bcdr-source), which says how the file system is encrypted and set up. Copies carry it to the
    other region, so that M(bcdr.multicloud.efs_backup_restore) knows it there on the day that the source cannot be asked.
author: bcdr.multicloud contributors (@bcdr-multicloud)
options:
  file_system_id:
    description:
      - The file system, as its id or its ARN, in the region of the task.
      - Every item needs it, from the task or from its entry in O(batch).
    type: str
    aliases: [efs_id]
  backup_vault_name:
    description:
      - The name of the backup vault in the region of the task.
      - Every item needs it, from the task or from its entry in O(batch).
    type: str
  iam_role_arn:
    description:
      - The ARN of the role that AWS Backup uses, with the policy C(AWSBackupServiceRolePolicyForBackup).
      - Every item needs it, from the task or from its entry in O(batch).
    type: str
  max_age:
    description:
      - Make a recovery point when the newest usable one is older than this, as seconds or a duration such as V(4h).
      - Points that a backup plan made into the same vault count too.
      - Every item needs either this or O(newer_than), from the task or from its entry in O(batch).
    type: str
  newer_than:
    description:
      - Make a recovery point unless there is a usable one that was made after this moment, such as V(2026-11-28T18:00:00Z). This is what the
        last recovery point of a file system wants that nobody writes to since then. The moment must have passed by AWS's clock.
      - The recovery point that is meant is the first one after the moment, however many follow.
    type: str
  lifecycle:
    description:
      - How long the recovery point is kept, in days after the recovery point was first made.
    type: dict
    suboptions:
      delete_after_days:
        description: When it is deleted, V(1) to V(36500). Without it the point is kept for ever.
        type: int
      move_to_cold_storage_after_days:
        description:
          - When it is moved to cold storage, where it stays for at least 90 days.
          - A point in cold storage can be restored, but no longer be copied.
        type: int
  tags:
    description:
      - Tags of a recovery point that is made, at most nine. Those of the file system are on it too.
    type: dict
extends_documentation_fragment:
  - bcdr.multicloud.attributes
  - bcdr.multicloud.attributes.aws
  - bcdr.multicloud.attributes.async
  - bcdr.multicloud.aws
  - bcdr.multicloud.batch
  - bcdr.multicloud.wait
  - bcdr.multicloud.recovery
seealso:
  - module: bcdr.multicloud.efs_backup_copy
  - module: bcdr.multicloud.efs_backup_info
"""

EXAMPLES = r"""
- name: A recovery point that is never older than four hours
  bcdr.multicloud.efs_backup:
    region: eu-west-1
    file_system_id: fs-0a11ce0000000001
    backup_vault_name: main
    iam_role_arn: arn:aws:iam::111122223333:role/service-role/AWSBackupDefaultServiceRole
    max_age: 4h
    lifecycle: {delete_after_days: 35}

- name: Many file systems in one task
  bcdr.multicloud.efs_backup:
    region: eu-west-1
    backup_vault_name: main
    iam_role_arn: "{{ backup_role_arn }}"
    max_age: 4h
    batch:
      - {file_system_id: fs-0a11ce0000000001}
      - {file_system_id: fs-0a11ce0000000002, max_age: 1h}
"""

RETURN = r"""
recovery_point:
  description: The newest usable recovery point in the vault.
  returned: without O(batch), when there is one
  type: dict
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
backup_job:
  description: The job that is under way or has failed.
  returned: without O(batch), when there is one
  type: dict
  contains:
    id:
      description: The id of the job.
      type: str
    state:
      description: AWS's word for where it stands.
      type: str
    status_message:
      description: AWS's own words about it.
      type: str
    created_at:
      description: When it was started.
      type: str
    completed_at:
      description: When it ended.
      type: str
    progress_percent:
      description: How far it is, where AWS tells.
      type: float
    expected_completion_minutes:
      description: How long AWS expects it to take, where it tells.
      type: int
    backup_size_bytes:
      description: The size of the point.
      type: int
rpo_seconds:
  description: The age of the newest usable recovery point; null when there is none.
  returned: without O(batch)
  type: int
started_jobs:
  description: The ids of the jobs that this run has started.
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
  sample: "waits its turn: AWS makes one backup or copy of a file system at a time"
settled:
  description: Whether nothing is pending or running any more.
  returned: always
  type: bool
actions:
  description: What was done, or in check mode would be done, in this order.
  returned: without O(batch)
  type: list
  elements: str
  sample: ["start backup of fs-0a11ce0000000001 to main"]
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

from ansible_collections.bcdr.multicloud.plugins.module_utils._aws.efs.backup_item import BackupItem
from ansible_collections.bcdr.multicloud.plugins.module_utils._aws.efs.options import FILE_SYSTEM_SPEC, LIFECYCLE_SPEC
from ansible_collections.bcdr.multicloud.plugins.module_utils._aws.options import AWS_SPEC
from ansible_collections.bcdr.multicloud.plugins.module_utils._aws.provider import aws_provider
from ansible_collections.bcdr.multicloud.plugins.module_utils._core.module import ModuleDefinition, run_module


def main() -> None:
    run_module(
        ModuleDefinition(
            options={
                **AWS_SPEC,
                "file_system_id": FILE_SYSTEM_SPEC,
                "backup_vault_name": {"type": "str"},
                "iam_role_arn": {"type": "str"},
                "max_age": {"type": "str"},
                "newer_than": {"type": "str"},
                "lifecycle": LIFECYCLE_SPEC,
                "tags": {"type": "dict"},
            },
            required=["file_system_id", "backup_vault_name", "iam_role_arn"],
            mutually_exclusive=[["max_age", "newer_than"]],
            required_one_of=[["max_age", "newer_than"]],
            provider=aws_provider(BackupItem),
        )
    )


if __name__ == "__main__":
    main()
