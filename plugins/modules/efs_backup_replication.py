#!/usr/bin/python
# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: efs_backup_replication
short_description: Bring a recovery point of an Amazon EFS file system to many regions along a replication plan
version_added: 0.1.0
description:
  - Copies one recovery point, or the newest one of a file system, to backup vaults in many regions, as the plan of
    P(bcdr.multicloud.replication_plan#lookup) says.
  - A copy can be copied as soon as it is complete, so every vault that has it becomes a source. Each copy is started in the region of the
    vault that it is read from, as soon as its source is there and AWS would work on it, never in phases.
  - AWS makes one backup or copy of a file system at a time. So do the plans, unless O(planning.one_at_a_time=false).
  - Copies are found in the vaults by the creation date of the recovery point, and jobs in the regions that they run from. So a run that was
    interrupted is taken up by the next one, with the best plan for the rest. Nothing that is complete is copied again, and what two runs
    at once start has the same idempotency token.
  - A copy job that fails is started again, from the best source then available, for which a link counts the worse the more often it failed.
    When a region is down, everything else is completed, and the result says exactly what is missing.
  - What is known to fail is C(blocked) and not started, as in M(bcdr.multicloud.efs_backup_copy). Moreover, no copy is read from a point
    that is in cold storage, from a vault whose policy denies it, or from a copy that could expire before its own copy is done.
  - Every copy is kept as if it were read from the original, also where AWS would let it inherit the lifecycle of the copy that is read.
author: bcdr.multicloud contributors (@bcdr-multicloud)
options:
  file_system_id:
    description:
      - The source file system, as its id or its ARN, in the region of the task. Its newest usable recovery point is copied.
      - A run stays with the point that it has begun with. Where backups come more often than a plan takes, a schedule should name the point
        in O(recovery_point_arn).
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
      - The vaults that shall have the point, all of the account of the source. Several may be in one region, also in that of the source.
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
            description:
              - When it is deleted, V(1) to V(36500). By default the copy is kept as long as the original; 36500 keeps it for ever.
              - A copy that has less than a day left is not copied from.
            type: int
          move_to_cold_storage_after_days:
            description:
              - When it is moved to cold storage, where it stays for at least 90 days.
              - A point in cold storage can be restored, but no longer be copied.
            type: int
  iam_role_arn:
    description:
      - The ARN of the role in the account that AWS Backup uses, with the policy C(AWSBackupServiceRolePolicyForBackup).
      - Every item needs it, from the task or from its entry in O(batch).
    type: str
  retries:
    description: How often in one run a copy that fails is started again.
    type: int
    default: 2
extends_documentation_fragment:
  - bcdr.multicloud.attributes
  - bcdr.multicloud.attributes.aws
  - bcdr.multicloud.attributes.async
  - bcdr.multicloud.aws
  - bcdr.multicloud.planning.efs
  - bcdr.multicloud.batch
  - bcdr.multicloud.wait
  - bcdr.multicloud.recovery
seealso:
  - module: bcdr.multicloud.efs_backup
  - module: bcdr.multicloud.efs_backup_copy
  - module: bcdr.multicloud.efs_backup_restore
  - plugin: bcdr.multicloud.replication_plan
    plugin_type: lookup
"""

EXAMPLES = r"""
- name: The newest recovery point to five regions, each kept for 90 days
  bcdr.multicloud.efs_backup_replication:
    region: eu-west-1
    file_system_id: fs-0a11ce0000000001
    source_backup_vault_name: main
    destinations:
      - backup_vault_arn: arn:aws:backup:eu-central-1:111122223333:backup-vault:dr
        lifecycle: {delete_after_days: 90}
      - backup_vault_arn: arn:aws:backup:eu-north-1:111122223333:backup-vault:dr
        lifecycle: {delete_after_days: 90}
      - backup_vault_arn: arn:aws:backup:us-east-1:111122223333:backup-vault:dr
        lifecycle: {delete_after_days: 90}
      - backup_vault_arn: arn:aws:backup:us-west-2:111122223333:backup-vault:dr
        lifecycle: {delete_after_days: 90}
      - backup_vault_arn: arn:aws:backup:ap-southeast-1:111122223333:backup-vault:dr
        lifecycle: {delete_after_days: 90}
    planning:
      records: "{{ measured_copies | default([]) }}"
    iam_role_arn: "{{ backup_role_arn }}"
    wait_timeout: 1d
  register: replicated

- name: What the plan was worth
  ansible.builtin.debug:
    msg: >-
      {{ replicated.plan.copies | length }} copies, planned for {{ replicated.predicted_seconds }} s, took
      {{ replicated.measured_seconds }} s

- name: Two file systems, one step further from a schedule
  bcdr.multicloud.efs_backup_replication:
    region: eu-west-1
    source_backup_vault_name: main
    destinations:
      - backup_vault_arn: arn:aws:backup:eu-central-1:111122223333:backup-vault:dr
      - backup_vault_arn: arn:aws:backup:eu-north-1:111122223333:backup-vault:dr
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
created_at:
  description: When the recovery point was made, which is the moment of its data.
  returned: without O(batch)
  type: str
source_region:
  description: The region of the source.
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
      description: The ARN of the point that the newest job reads, the original or a copy of it, where AWS still knows the job.
      type: str
    source_backup_vault_arn:
      description: The ARN of the vault that the copy was read from, once AWS tells it.
      type: str
    source_region:
      description: The region that the copy was read from, or is being read from.
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
missing:
  description: What will not come, by region, when a region is down, copies have failed too often, or a rule forbids them. The names of the
    vaults.
  returned: without O(batch)
  type: dict
  sample: {"eu-north-1": ["dr"]}
plan:
  description:
    - The plan of this run, as P(bcdr.multicloud.replication_plan#lookup) returns it, with the graph in V(regions), the schedule in
      V(copies), V(makespan_s), V(lower_bound_s) and V(gap). Empty when there was nothing to plan.
    - Of a run that takes up another, it is the plan for the rest.
  returned: without O(batch)
  type: dict
predicted_seconds:
  description: How long the plan says the copies take.
  returned: without O(batch)
  type: float
measured_seconds:
  description: How long they took, from the first start to the arrival of all, by AWS's dates; null unless this run saw both.
  returned: without O(batch)
  type: int
link_seconds:
  description: How long each copy took that this run has started, with its size, without those that waited for another job of the file
    system. Keep these, and give them to O(planning.records).
  returned: without O(batch)
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
      description: How long the copy took, from the creation of its job to its end.
      type: int
    size_gb:
      description: The size of the recovery point.
      type: float
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
  sample: "2 of 5 vaults have it, 1 copy runs and 2 wait"
settled:
  description: Whether nothing is pending or running any more.
  returned: always
  type: bool
actions:
  description: What was done, or in check mode would be done, in this order.
  returned: without O(batch)
  type: list
  elements: str
  sample: ["start copy of 1846D424-C17C-4279-A3C6-612F48268673 from eu-west-1/main to eu-central-1/dr"]
progress_percent:
  description: How many of the vaults have the point, in percent.
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

from ansible_collections.bcdr.multicloud.plugins.module_utils._aws.efs.options import (
    FILE_SYSTEM_SPEC,
    LIFECYCLE_SPEC,
    PLANNING_SPEC,
)
from ansible_collections.bcdr.multicloud.plugins.module_utils._aws.efs.replication_item import ReplicationItem
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
                    },
                },
                "iam_role_arn": {"type": "str"},
                "planning": PLANNING_SPEC,
                "retries": {"type": "int", "default": 2},
            },
            required=["source_backup_vault_name", "destinations", "iam_role_arn"],
            required_one_of=[["file_system_id", "recovery_point_arn"]],
            provider=aws_provider(ReplicationItem),
        )
    )


if __name__ == "__main__":
    main()
