# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Calls to AWS Backup that only the tests make."""

from __future__ import annotations

from collections.abc import Mapping

from ansible_collections.bcdr.multicloud.plugins.module_utils._aws.efs.api import BACKUP
from ansible_collections.bcdr.multicloud.plugins.module_utils._aws.efs.values import (
    Job,
    parse_backup_job,
    parse_copy_job,
)
from ansible_collections.bcdr.multicloud.plugins.module_utils._aws.session import AwsSession


def tag_point(session: AwsSession, region: str, arn: str, tags: Mapping[str, str]) -> None:
    session.call(BACKUP, region, "tag_resource", ResourceArn=arn, Tags=dict(tags))


def delete_point(session: AwsSession, region: str, vault: str, arn: str) -> None:
    session.call(BACKUP, region, "delete_recovery_point", BackupVaultName=vault, RecoveryPointArn=arn)


def describe_backup_job(session: AwsSession, region: str, job: str) -> Job:
    return parse_backup_job(session.call(BACKUP, region, "describe_backup_job", BackupJobId=job))


def describe_copy_job(session: AwsSession, region: str, job: str) -> Job:
    return parse_copy_job(session.call(BACKUP, region, "describe_copy_job", CopyJobId=job)["CopyJob"])
