# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a user without this collection would write: copy the newest recovery point of a file system and wait.

``python copy_file_system.py REGION VAULT ROLE FILE_SYSTEM TARGET_VAULT...``
"""

from __future__ import annotations

import sys
import time

import boto3

_DELAY = 5


def main(region: str, vault: str, role: str, file_system: str, *targets: str) -> None:
    client = boto3.client("backup", region_name=region)
    answer = client.list_recovery_points_by_backup_vault(BackupVaultName=vault)
    points = [point for point in answer["RecoveryPoints"] if point["ResourceArn"].endswith(file_system)]
    newest = max(points, key=lambda point: point["CreationDate"])
    jobs = [
        client.start_copy_job(
            RecoveryPointArn=newest["RecoveryPointArn"],
            SourceBackupVaultName=vault,
            DestinationBackupVaultArn=target,
            IamRoleArn=role,
        )["CopyJobId"]
        for target in targets
    ]
    for job in jobs:
        while (state := client.describe_copy_job(CopyJobId=job)["CopyJob"]["State"]) in ("CREATED", "RUNNING"):
            time.sleep(_DELAY)
        if state != "COMPLETED":
            raise SystemExit(f"{job}: {state}")


if __name__ == "__main__":
    main(*sys.argv[1:])
