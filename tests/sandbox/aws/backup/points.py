# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Calls about recovery points and the resources that they protect."""

from __future__ import annotations

from typing import Any

from ..errors import not_found, refused
from ..world import Job, Point, Vault
from .call import Call
from .listing import date, equal, page, within
from .policies import guard
from .timeline import ACTIVE


def _vault(call: Call, action: str) -> Vault:
    """The vault of a call; one of another account is as good as missing."""
    owner = call.params.get("BackupVaultAccountId") or call.account
    where = call.account if owner == call.account else f"{owner}/none"
    vault = call.world.vault(where, call.region, call.name, f"backup:{action}")
    guard(call.world, vault, action, call.account)
    return vault


def _find(call: Call, action: str) -> tuple[Vault, Point]:
    vault = _vault(call, action)
    point = vault.points.get(call.params["RecoveryPointArn"])
    if point is None:
        raise not_found("Cannot find recovery point.")
    return vault, point


def _show(vault: Vault, point: Point, now: float) -> dict[str, Any]:
    calculated = {"MoveToColdStorageAt": date(point.cold_at()), "DeleteAt": date(point.delete_at())}
    shown = {
        "RecoveryPointArn": point.arn,
        "BackupVaultName": vault.name,
        "BackupVaultArn": vault.arn,
        "SourceBackupVaultArn": point.source_vault,
        "ResourceArn": point.resource,
        "ResourceName": point.resource_name,
        "ResourceType": "EFS",
        "IamRoleArn": point.role,
        "Status": point.status,
        "CreationDate": date(point.created),
        "InitiationDate": date(point.initiated),
        "CompletionDate": date(point.completed),
        "BackupSizeInBytes": point.size if point.completed is not None else 0,
        "CalculatedLifecycle": {name: value for name, value in calculated.items() if value} or None,
        "Lifecycle": point.lifecycle.show(),
        "EncryptionKeyArn": point.key,
        "EncryptionKeyType": "CUSTOMER_MANAGED_KMS_KEY",
        "IsEncrypted": True,
        "LastRestoreTime": date(point.last_restore),
        "IsParent": False,
        "VaultType": "BACKUP_VAULT",
    }
    return {name: value for name, value in shown.items() if value is not None}


def describe_recovery_point(call: Call) -> dict[str, Any]:
    """DescribeRecoveryPoint."""
    vault, point = _find(call, "DescribeRecoveryPoint")
    return {**_show(vault, point, call.now), "StorageClass": "COLD" if point.is_cold(call.now) else "WARM"}


def get_recovery_point_restore_metadata(call: Call) -> dict[str, Any]:
    """GetRecoveryPointRestoreMetadata."""
    vault, point = _find(call, "GetRecoveryPointRestoreMetadata")
    return {
        "BackupVaultArn": vault.arn,
        "RecoveryPointArn": point.arn,
        "RestoreMetadata": dict(point.metadata),
        "ResourceType": "EFS",
    }


def list_recovery_points_by_backup_vault(call: Call) -> dict[str, Any]:
    """ListRecoveryPointsByBackupVault; in no order that AWS would promise (here: the newest last)."""
    vault = _vault(call, "ListRecoveryPointsByBackupVault")
    points = [
        point
        for point in vault.points.values()
        if equal(
            call.params, ByResourceArn=point.resource, ByResourceType="EFS", ByBackupPlanId=None,
            ByParentRecoveryPointArn=None,
        )
        and within(point.created, call.params, "ByCreatedAfter", "ByCreatedBefore")
    ]  # fmt: skip
    size = call.world.limits.page_size
    return page(points, call.params, size, "RecoveryPoints", lambda point: _show(vault, point, call.now))


def list_recovery_points_by_resource(call: Call) -> dict[str, Any]:
    """ListRecoveryPointsByResource: those of this account in this region only."""
    found = [
        (vault, point)
        for vault in call.world.vaults.values()
        if (vault.account, vault.region) == (call.account, call.region)
        for point in vault.points.values()
        if point.resource == call.params["ResourceArn"]
    ]

    def show(pair: tuple[Vault, Point]) -> dict[str, Any]:
        vault, point = pair
        return {
            "RecoveryPointArn": point.arn,
            "CreationDate": date(point.created),
            "Status": point.status,
            "EncryptionKeyArn": point.key,
            "BackupSizeBytes": point.size if point.completed is not None else 0,
            "BackupVaultName": vault.name,
            "IsParent": False,
            "ResourceName": point.resource_name,
            "VaultType": "BACKUP_VAULT",
        }

    return page(found, call.params, call.world.limits.page_size, "RecoveryPoints", show)


def delete_recovery_point(call: Call) -> None:
    """DeleteRecoveryPoint; it takes a while, and a locked vault gives nothing back before its time."""
    vault, point = _find(call, "DeleteRecoveryPoint")
    if vault.locked:
        raise refused(f"Backup vault {vault.name} is locked: its recovery points cannot be deleted before they expire.")
    if any(job.point == point.arn or job.made == point.arn for job in call.world.jobs.values() if job.state in ACTIVE):
        raise refused("The recovery point is in use by a job.")
    if point.status != "DELETING":
        point.status = "DELETING"
        call.world.push(call.now + call.world.durations.delete, "gone", point.arn)


# --- resources -------------------------------------------------------------------------------------------------------


def _protected(call: Call) -> dict[str, list[tuple[Vault, Point]]]:
    found: dict[str, list[tuple[Vault, Point]]] = {}
    for vault in call.world.vaults.values():
        if (vault.account, vault.region) == (call.account, call.region):
            for point in vault.points.values():
                if point.completed is not None:
                    found.setdefault(point.resource, []).append((vault, point))
    return found


def _summary(resource: str, pairs: list[tuple[Vault, Point]]) -> dict[str, Any]:
    vault, point = max(pairs, key=lambda pair: pair[1].created)
    return {
        "ResourceArn": resource,
        "ResourceType": "EFS",
        "ResourceName": point.resource_name,
        "LastBackupTime": date(point.created),
        "LastBackupVaultArn": vault.arn,
        "LastRecoveryPointArn": point.arn,
    }


def list_protected_resources(call: Call) -> dict[str, Any]:
    """ListProtectedResources."""
    found = list(_protected(call).items())
    return page(found, call.params, call.world.limits.page_size, "Results", lambda pair: _summary(*pair))


def describe_protected_resource(call: Call) -> dict[str, Any]:
    """DescribeProtectedResource, with what AWS measured at the latest restore."""
    resource = call.params["ResourceArn"]
    pairs = _protected(call).get(resource)
    if pairs is None:
        raise not_found(f"{resource} is not protected by AWS Backup here.")
    shown = _summary(resource, pairs)
    latest: Job | None = None
    for job in call.world.jobs.values():
        mine = (job.kind, job.account, job.region, job.resource) == ("restore", call.account, call.region, resource)
        if mine and job.state == "COMPLETED" and (latest is None or (job.ended or 0) >= (latest.ended or 0)):
            latest = job
    if latest is not None and latest.ended is not None:
        shown["LatestRestoreExecutionTimeMinutes"] = max(1, round((latest.ended - latest.created) / 60))
        shown["LatestRestoreJobCreationDate"] = date(latest.created)
        shown["LatestRestoreRecoveryPointCreationDate"] = date(latest.point_created)
    return shown
