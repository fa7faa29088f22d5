#!/usr/bin/python
# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: efs_backup_restore
short_description: Restore Amazon EFS file systems from recovery points
version_added: 0.1.0
description:
  - Restores a recovery point, or the newest usable one of a file system, in the region of its vault, to a new file system, or some of its
    items to one that exists. It asks nothing of the source's region that it cannot do without.
  - A restore is C(succeeded) when its job has ended, the new file system is available, its encryption and performance mode are as asked
    for, and its settings and mount targets are there.
  - Run again, it finds the new file system by its creation token, which is derived from the request (vault, source, O(name), O(items)),
    completes what is missing, and never restores twice.
  - The new file system is never less encrypted than the source. The key is O(kms_key_id), else that of O(kms_key_map), else the replica
    of the source's multi-Region key, else the default key of EFS in the region. C(encryption) in the result says which.
  - AWS puts what it restores into a directory C(aws-backup-restore_*) below the root, also of a new file system. Applications have to
    mount that directory, or the data has to be moved.
  - With O(state=absent) it removes the file system that the same request has made, with its mount targets, and nothing else. Recovery points
    are never touched.
author: bcdr.multicloud contributors (@bcdr-multicloud)
options:
  backup_vault_name:
    description:
      - The name of the vault in the region of the task that holds the recovery point.
      - Every item needs it, from the task or from its entry in O(batch).
    type: str
  file_system_id:
    description:
      - The source file system, as its id or its ARN. Its newest usable recovery point is restored, or the one that an earlier run has begun
        to restore. The file system itself may be in another region or account, or be gone.
    type: str
    aliases: [efs_id]
  recovery_point_arn:
    description:
      - The ARN of the recovery point to restore, instead of the newest one.
    type: str
  iam_role_arn:
    description:
      - The ARN of the role that AWS Backup uses, with the policy C(AWSBackupServiceRolePolicyForRestores). Needed with O(state=present).
    type: str
  name:
    description:
      - What the restore is called. Restores with different names make different file systems of the same recovery point.
      - The new file system gets it as its tag C(Name), unless O(tags) has one.
    type: str
  items:
    description:
      - Restore only these files and directories, as paths from the root of the source file system.
    type: list
    elements: str
  target_file_system_id:
    description:
      - Restore O(items) of O(recovery_point_arn) into this file system instead of a new one.
      - AWS keeps no mark on the file system. That they were restored already is known from AWS's history of jobs.
    type: str
  encrypt:
    description:
      - Whether the new file system is encrypted. By default as the source, and encrypted where that is not known.
      - V(false) is refused unless the source is known not to be encrypted. Encryption cannot be changed afterwards.
    type: bool
  kms_key_id:
    description:
      - The KMS key that encrypts the new file system, as an id, an alias such as V(alias/dr-files), or an ARN, in the region of the vault.
    type: str
  kms_key_map:
    description:
      - KMS keys by the source's key, as its ARN or id.
    type: dict
  performance_mode:
    description:
      - The performance mode of the new file system. By default that of the source, and V(general_purpose) where that is not known.
    type: str
    choices: [general_purpose, max_io]
  availability_zone_name:
    description:
      - Make a One Zone file system in this availability zone.
    type: str
  copy_tags:
    description:
      - Have AWS put the tags on the new file system that the source had. AWS can do this for recovery points since May 2023.
    type: bool
    default: false
  throughput_mode:
    description:
      - The throughput mode of the new file system; AWS restores with V(bursting). It can be changed again after 24 hours only.
    type: str
    choices: [bursting, elastic, provisioned]
  provisioned_throughput_in_mibps:
    description:
      - The throughput, with O(throughput_mode=provisioned).
    type: float
  lifecycle_policies:
    description:
      - The lifecycle policies of the new file system, such as V(AFTER_30_DAYS). AWS restores none.
    type: dict
    suboptions:
      transition_to_ia:
        description: When files move to Infrequent Access.
        type: str
      transition_to_archive:
        description: When files move to Archive.
        type: str
      transition_to_primary_storage_class:
        description: When files move back.
        type: str
  automatic_backups:
    description:
      - Whether EFS's own daily backups of the new file system are on.
    type: bool
  mount_targets:
    description:
      - Mount targets that the new file system shall have, one per subnet. Those that are there already are left as they are.
    type: list
    elements: dict
    aliases: [targets]
    suboptions:
      subnet_id:
        description: The subnet.
        type: str
        required: true
      security_groups:
        description: The ids of security groups. By default that of the VPC.
        type: list
        elements: str
      ip_address:
        description: The address. By default a free one of the subnet.
        type: str
  tags:
    description:
      - Tags of the new file system; others that are there stay.
    type: dict
  state:
    description:
      - V(present) restores, V(absent) removes the file system that the same request has made.
    type: str
    choices: [present, absent]
    default: present
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
- name: Bring a file system up in the other region, from the newest copy that has arrived
  bcdr.multicloud.efs_backup_restore:
    region: eu-central-1
    backup_vault_name: dr
    file_system_id: fs-0a11ce0000000001
    iam_role_arn: "{{ restore_role_arn }}"
    name: web-content
    kms_key_id: alias/files-dr
    throughput_mode: elastic
    lifecycle_policies: {transition_to_ia: AFTER_30_DAYS}
    mount_targets:
      - {subnet_id: "{{ subnet_id }}", security_groups: ["{{ nfs_group_id }}"]}
  register: restored

- name: A drill
  bcdr.multicloud.efs_backup_restore:
    region: eu-central-1
    backup_vault_name: dr
    file_system_id: fs-0a11ce0000000001
    iam_role_arn: "{{ restore_role_arn }}"
    name: drill-web-content
    tags: {bcdr-drill: web-content}

- name: Remove the drill again
  bcdr.multicloud.efs_backup_restore:
    region: eu-central-1
    backup_vault_name: dr
    file_system_id: fs-0a11ce0000000001
    name: drill-web-content
    state: absent

- name: Two files of a certain recovery point, into the file system that runs
  bcdr.multicloud.efs_backup_restore:
    region: eu-west-1
    backup_vault_name: main
    recovery_point_arn: "{{ point_arn }}"
    iam_role_arn: "{{ restore_role_arn }}"
    target_file_system_id: fs-0a11ce0000000001
    items: [/etc/app.conf, /data/orders]
"""

RETURN = r"""
recovery_point_arn:
  description: The ARN of the point that is restored.
  returned: without O(batch), with O(state=present)
  type: str
recovery_point_created_at:
  description: When the point was made.
  returned: without O(batch), with O(state=present)
  type: str
rpo_seconds:
  description: The age of the point, which is what is lost by restoring it.
  returned: without O(batch), with O(state=present)
  type: int
restore_job:
  description: The newest restore job of this request, where AWS still knows one.
  returned: without O(batch), with O(state=present)
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
restore_seconds:
  description: How long the restore job took, by AWS's dates.
  returned: without O(batch), with O(state=present)
  type: int
recovery_seconds:
  description: How long it took from the start of the job to everything being there; null when this run has not seen it happen.
  returned: without O(batch), with O(state=present)
  type: int
encryption:
  description: How the new file system is going to be encrypted.
  returned: without O(batch), when a restore is started
  type: dict
  contains:
    encrypted:
      description: Whether it is encrypted.
      type: bool
    kms_key_id:
      description: The ARN of the key; null for the default key of EFS in the region.
      type: str
    chosen_by:
      description: Why this key, V(kms_key_id), V(kms_key_map), V(multi-Region replica), V(source key) or V(default).
      type: str
file_system:
  description: The file system, once its data is complete.
  returned: without O(batch)
  type: dict
  contains:
    file_system_id:
      description: Its id.
      type: str
    file_system_arn:
      description: Its ARN.
      type: str
    life_cycle_state:
      description: EFS's word for where it stands.
      type: str
    encrypted:
      description: Whether it is encrypted.
      type: bool
    kms_key_id:
      description: The ARN of its key.
      type: str
    performance_mode:
      description: Its performance mode.
      type: str
    throughput_mode:
      description: Its throughput mode.
      type: str
    provisioned_throughput_in_mibps:
      description: Its provisioned throughput.
      type: float
    availability_zone_name:
      description: Its zone, if it is a One Zone file system.
      type: str
    creation_token:
      description: The token by which it is found again.
      type: str
    tags:
      description: Its tags.
      type: dict
    mount_targets:
      description: Its mount targets, if they were asked for.
      type: list
      elements: dict
restore_directory:
  description: Where below the root of the file system AWS has put the data; the asterisk stands for the time of the restore.
  returned: without O(batch), with O(state=present)
  type: str
  sample: /aws-backup-restore_*
verification:
  description: Whether encryption, key and performance mode are as asked for.
  returned: without O(batch), when the data of a new file system is complete
  type: dict
  contains:
    matches:
      description: Whether all agrees.
      type: bool
    differences:
      description: What does not.
      type: list
      elements: str
    encrypted:
      description: Whether it is encrypted.
      type: bool
    kms_key_id:
      description: The ARN of its key.
      type: str
    performance_mode:
      description: Its performance mode.
      type: str
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
  sample: "AWS expects it to take 13m"
settled:
  description: Whether nothing is pending or running any more.
  returned: always
  type: bool
actions:
  description: What was done, or in check mode would be done, in this order.
  returned: without O(batch)
  type: list
  elements: str
  sample: ["restore file system home-directories", "set tags of home-directories"]
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

from ansible_collections.bcdr.multicloud.plugins.module_utils._aws.efs.options import FILE_SYSTEM_SPEC
from ansible_collections.bcdr.multicloud.plugins.module_utils._aws.efs.restore_item import RestoreItem
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
                "recovery_point_arn": {"type": "str"},
                "iam_role_arn": {"type": "str"},
                "name": {"type": "str"},
                "items": {"type": "list", "elements": "str"},
                "target_file_system_id": {"type": "str"},
                "encrypt": {"type": "bool"},
                "kms_key_id": {"type": "str", "no_log": False},
                "kms_key_map": {"type": "dict", "no_log": False},
                "performance_mode": {"type": "str", "choices": ["general_purpose", "max_io"]},
                "availability_zone_name": {"type": "str"},
                "copy_tags": {"type": "bool", "default": False},
                "throughput_mode": {"type": "str", "choices": ["bursting", "elastic", "provisioned"]},
                "provisioned_throughput_in_mibps": {"type": "float"},
                "lifecycle_policies": {
                    "type": "dict",
                    "options": {
                        "transition_to_ia": {"type": "str"},
                        "transition_to_archive": {"type": "str"},
                        "transition_to_primary_storage_class": {"type": "str"},
                    },
                },
                "automatic_backups": {"type": "bool"},
                "mount_targets": {
                    "type": "list",
                    "elements": "dict",
                    "aliases": ["targets"],
                    "options": {
                        "subnet_id": {"type": "str", "required": True},
                        "security_groups": {"type": "list", "elements": "str"},
                        "ip_address": {"type": "str"},
                    },
                },
                "tags": {"type": "dict"},
                "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
            },
            required=["backup_vault_name"],
            required_one_of=[["file_system_id", "recovery_point_arn"]],
            required_if=[["state", "present", ["iam_role_arn"]]],
            provider=aws_provider(RestoreItem),
        )
    )


if __name__ == "__main__":
    main()
