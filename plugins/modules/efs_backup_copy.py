#!/usr/bin/python
# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: efs_backup_copy
short_description: Copy recovery points of Amazon EFS file systems to other regions and accounts
version_added: 0.1.0
description:
  - Copies a recovery point, or the newest one of a file system, to backup vaults in other regions or accounts.
  - It looks into the destination's vault first. What is there already is not copied again, and is told even while the source's region is
    out. Then it looks for a copy job that is under way and waits for that one. Only then it starts a job, with an idempotency token that
    is derived from the request, so that two runs at once start one job.
  - AWS accepts copies that cannot succeed and lets them fail later. What is known to fail is C(blocked) and not started, and the reason
    names the rule, such as a vault that is missing or denied, a vault lock that the retention does not fit, a point in cold storage, a
    retention that is over before the copy is made, the automatic vault of EFS, or the vault C(Default) of another account.
  - AWS copies one recovery point of a file system at a time. A copy that is queued is C(pending).
  - A copy keeps the creation date of its source, and its retention too unless C(lifecycle) says otherwise.
  - A copy job that failed is started again by the next run, which warns of it. AWS cannot stop a copy job.
author: bcdr.multicloud contributors (@bcdr-multicloud)
options:
  file_system_id:
    description:
      - The source file system, as its id or its ARN, in the region of the task. Its newest usable recovery point is copied.
    type: str
    aliases: [efs_id]
  recovery_point_arn:
    description:
      - The ARN of the recovery point to copy, instead of the newest one.
      - With O(file_system_id) too, it has to be a point of that file system.
    type: str
  source_backup_vault_name:
    description:
      - The name of the vault in the region of the task that holds the recovery point.
      - Every item needs it, from the task or from its entry in O(batch).
    type: str
  destinations:
    description:
      - The vaults to copy to. Region and account are those of their ARNs.
      - Every item needs it, from the task or from its entry in O(batch).
    type: list
    elements: dict
    suboptions:
      backup_vault_arn:
        description: The ARN of the vault.
        type: str
        required: true
      lifecycle:
        description:
          - How long the copy is kept, in days after the recovery point was first made.
        type: dict
        suboptions:
          delete_after_days:
            description: When it is deleted, V(1) to V(36500). By default the copy is deleted when its source is; 36500 keeps it for ever.
            type: int
          move_to_cold_storage_after_days:
            description:
              - When it is moved to cold storage, where it stays for at least 90 days.
              - A point in cold storage can be restored, but no longer be copied.
            type: int
      assume_role_arn:
        description:
          - The ARN of a role in the account of the vault, which looks into it. A vault of another account cannot be seen without this or
            O(destinations[].profile).
          - It is assumed with the task's own credentials.
        type: str
      assume_role_external_id:
        description: The external id that the role wants.
        type: str
      profile:
        description: A profile of the AWS configuration to look into the vault with, instead of a role.
        type: str
  iam_role_arn:
    description:
      - The ARN of the role in the source's account that AWS Backup uses, with the policy C(AWSBackupServiceRolePolicyForBackup).
      - Every item needs it, from the task or from its entry in O(batch).
    type: str
extends_documentation_fragment:
  - bcdr.multicloud.attributes
  - bcdr.multicloud.attributes.aws
  - bcdr.multicloud.attributes.async
  - bcdr.multicloud.aws
  - bcdr.multicloud.batch
  - bcdr.multicloud.wait
  - bcdr.multicloud.recovery
seealso:
  - module: bcdr.multicloud.efs_backup
  - module: bcdr.multicloud.efs_backup_restore
"""

EXAMPLES = r"""
- name: Copy the newest recovery point to another region and wait until it has arrived
  bcdr.multicloud.efs_backup_copy:
    region: eu-west-1
    file_system_id: fs-0a11ce0000000001
    source_backup_vault_name: main
    destinations:
      - backup_vault_arn: arn:aws:backup:eu-central-1:111122223333:backup-vault:dr
        lifecycle: {delete_after_days: 90}
    iam_role_arn: "{{ backup_role_arn }}"
  register: copied

- name: What would be lost if the region were gone now
  ansible.builtin.debug:
    msg: "{{ copied.copies | map(attribute='rpo_seconds') | list }}"

- name: Copy to an isolated account too, from a schedule
  bcdr.multicloud.efs_backup_copy:
    region: eu-west-1
    source_backup_vault_name: main
    destinations:
      - backup_vault_arn: arn:aws:backup:eu-central-1:444455556666:backup-vault:dr-isolated
        assume_role_arn: arn:aws:iam::444455556666:role/backup-reader
    iam_role_arn: "{{ backup_role_arn }}"
    wait: false
    batch:
      - {file_system_id: fs-0a11ce0000000001}
      - {file_system_id: fs-0a11ce0000000002}
"""

RETURN = r"""
recovery_point_arn:
  description: The ARN of the recovery point that is copied; null while its region cannot be asked.
  returned: without O(batch)
  type: str
copies:
  description: One entry per destination, in their order.
  returned: without O(batch)
  type: list
  elements: dict
  contains:
    backup_vault_arn:
      description: The ARN of the vault.
      type: str
    region:
      description: The region of the vault.
      type: str
    account:
      description: The account of the vault.
      type: str
    status:
      description: Where the copy stands.
      type: str
    reason:
      description: Why it stands there.
      type: str
    recovery_point_arn:
      description: The ARN of the copy, once it can be restored.
      type: str
    source_recovery_point_arn:
      description: The ARN of the point that it is a copy of.
      type: str
    created_at:
      description: When the point was made. AWS gives a copy the date of its source.
      type: str
    expires_at:
      description: When AWS deletes the copy; null for never.
      type: str
    copy_job:
      description: The newest copy job of the point to this vault, where AWS still knows one and it was looked for.
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
    running_seconds:
      description: For how long the job has been going on, in the queue and out of it; null unless one is.
      type: int
    queue_seconds:
      description: How long the job has been queued. AWS does not tell it afterwards, so a run knows it only of jobs that it has watched.
      type: int
    copy_seconds:
      description: How long the copy job took, from its creation to its end, by AWS's dates.
      type: int
    vault_seen:
      description: Whether the vault could be looked into. If not, what it holds is not known.
      type: bool
    newest_usable:
      description: The ARN of the newest usable recovery point of the file system in this vault.
      type: str
    rpo_seconds:
      description: The age of the newest usable recovery point in this vault, which is what would be lost if the source were gone now.
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
  sample: "eu-central-1/dr: copying for 25m"
settled:
  description: Whether nothing is pending or running any more.
  returned: always
  type: bool
actions:
  description: What was done, or in check mode would be done, in this order.
  returned: without O(batch)
  type: list
  elements: str
  sample: ["start copy of 1846D424-C17C-4279-A3C6-612F48268673 to eu-central-1/dr"]
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

from ansible_collections.bcdr.multicloud.plugins.module_utils._aws.efs.copy_item import CopyItem
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
                "recovery_point_arn": {"type": "str"},
                "source_backup_vault_name": {"type": "str"},
                "destinations": {
                    "type": "list",
                    "elements": "dict",
                    "options": {
                        "backup_vault_arn": {"type": "str", "required": True},
                        "lifecycle": LIFECYCLE_SPEC,
                        "assume_role_arn": {"type": "str"},
                        "assume_role_external_id": {"type": "str", "no_log": True},
                        "profile": {"type": "str"},
                    },
                },
                "iam_role_arn": {"type": "str"},
            },
            required=["source_backup_vault_name", "destinations", "iam_role_arn"],
            required_one_of=[["file_system_id", "recovery_point_arn"]],
            provider=aws_provider(CopyItem),
        )
    )


if __name__ == "__main__":
    main()
