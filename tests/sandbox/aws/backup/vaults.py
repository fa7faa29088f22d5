# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Calls about vaults: their keys, locks and policies, and the settings of account and region."""

from __future__ import annotations

import re
from typing import Any

from ..errors import AwsError, invalid, not_found, refused
from ..world import DAY, Vault, World
from .call import Call
from .listing import date, page
from .policies import check_policy, guard

_NAME = re.compile(r"^[a-zA-Z0-9_-]{2,50}$")


def create_backup_vault(call: Call) -> dict[str, Any]:
    """CreateBackupVault; without a key the account's own one for AWS Backup is used."""
    if not _NAME.match(call.name):
        raise invalid("The name of a backup vault has 2 to 50 letters, digits, hyphens and underscores.")
    place = (call.account, call.region, call.name)
    if place in call.world.vaults:
        existing = call.world.vaults[place]
        token = call.params.get("CreatorRequestId")
        if token and token == existing.request_id:
            return _identity(existing)
        raise AwsError(400, "AlreadyExistsException", "Backup vault with the same name already exists")
    assert call.world.cloud is not None
    key = call.world.cloud.resolve_key(
        call.account, call.region, call.params.get("EncryptionKeyArn") or "alias/aws/backup"
    )
    vault = Vault(
        call.name, call.account, call.region, call.now, key, request_id=call.params.get("CreatorRequestId") or None
    )
    call.world.vaults[place] = vault
    call.world.tags[vault.arn] = dict(call.params.get("BackupVaultTags") or {})
    return _identity(vault)


def _identity(vault: Vault) -> dict[str, Any]:
    return {"BackupVaultName": vault.name, "BackupVaultArn": vault.arn, "CreationDate": date(vault.created)}


def show_vault(vault: Vault) -> dict[str, Any]:
    """A vault as it is listed."""
    shown = {
        **_identity(vault),
        "VaultType": "BACKUP_VAULT",
        "VaultState": "AVAILABLE",
        "EncryptionKeyArn": vault.key,
        "CreatorRequestId": vault.request_id,
        "NumberOfRecoveryPoints": len(vault.points),
        "Locked": vault.locked,
        "MinRetentionDays": vault.min_days,
        "MaxRetentionDays": vault.max_days,
        "LockDate": date(vault.lock_date),
    }
    return {name: value for name, value in shown.items() if value is not None}


def describe_backup_vault(call: Call) -> dict[str, Any]:
    """DescribeBackupVault; a vault of another account is out of reach."""
    owner = call.params.get("BackupVaultAccountId") or call.account
    where = call.account if owner == call.account else f"{owner}/none"
    return show_vault(call.world.vault(where, call.region, call.name, "backup:DescribeBackupVault"))


def list_backup_vaults(call: Call) -> dict[str, Any]:
    """ListBackupVaults."""
    mine = [
        vault for vault in call.world.vaults.values() if (vault.account, vault.region) == (call.account, call.region)
    ]
    return page(mine, call.params, call.world.limits.page_size, "BackupVaultList", show_vault)


def delete_backup_vault(call: Call) -> None:
    """DeleteBackupVault; only an empty one, and not the default one."""
    vault = _own(call, "DeleteBackupVault")
    guard(call.world, vault, "DeleteBackupVault", call.account)
    if vault.name.lower() == "default":
        raise refused("The default backup vault cannot be deleted.")
    if vault.points:
        raise refused("Backup vault cannot be deleted because it contains recovery points.")
    del call.world.vaults[(call.account, call.region, call.name)]


def put_backup_vault_lock_configuration(call: Call) -> None:
    """PutBackupVaultLockConfiguration; with ChangeableForDays nobody can undo it after that many days."""
    vault = _own(call, "PutBackupVaultLockConfiguration")
    _changeable(vault, call.now)
    least, most = call.params.get("MinRetentionDays"), call.params.get("MaxRetentionDays")
    days = call.params.get("ChangeableForDays")
    if least is not None and least < 1:
        raise invalid("MinRetentionDays must be at least 1 day")
    if most is not None and not 1 <= most <= 36500:
        raise invalid("MaxRetentionDays must be from 1 to 36500 days")
    if least is not None and most is not None and least > most:
        raise invalid("MinRetentionDays cannot be greater than MaxRetentionDays")
    if days is not None and not 3 <= days <= 36500:
        raise invalid("ChangeableForDays must be at least 3 days")
    vault.locked, vault.min_days, vault.max_days = True, least, most
    vault.lock_date = None if days is None else call.now + days * DAY


def delete_backup_vault_lock_configuration(call: Call) -> None:
    """DeleteBackupVaultLockConfiguration."""
    vault = _own(call, "DeleteBackupVaultLockConfiguration")
    _changeable(vault, call.now)
    vault.locked, vault.min_days, vault.max_days, vault.lock_date = False, None, None, None


def _changeable(vault: Vault, now: float) -> None:
    if vault.lock_date is not None and now >= vault.lock_date:
        raise refused("Vault Lock configuration is immutable and cannot be modified or deleted")


def put_backup_vault_access_policy(call: Call) -> None:
    """PutBackupVaultAccessPolicy."""
    vault = _own(call, "PutBackupVaultAccessPolicy")
    guard(call.world, vault, "PutBackupVaultAccessPolicy", call.account)
    text = call.params.get("Policy")
    if text:
        check_policy(text)
    vault.policy = text or None


def get_backup_vault_access_policy(call: Call) -> dict[str, Any]:
    """GetBackupVaultAccessPolicy."""
    vault = _own(call, "GetBackupVaultAccessPolicy")
    if vault.policy is None:
        raise not_found(f"Backup vault {vault.name} has no access policy.")
    return {"BackupVaultName": vault.name, "BackupVaultArn": vault.arn, "Policy": vault.policy}


def delete_backup_vault_access_policy(call: Call) -> None:
    """DeleteBackupVaultAccessPolicy."""
    vault = _own(call, "DeleteBackupVaultAccessPolicy")
    guard(call.world, vault, "DeleteBackupVaultAccessPolicy", call.account)
    vault.policy = None


def _own(call: Call, action: str) -> Vault:
    return call.world.vault(call.account, call.region, call.name, f"backup:{action}")


# --- settings and tags -----------------------------------------------------------------------------------------------


def describe_global_settings(call: Call) -> dict[str, Any]:
    """DescribeGlobalSettings."""
    if not call.world.accounts[call.account].organization:
        raise refused("The account is not a member of an organization.")
    return {
        "GlobalSettings": {"isCrossAccountBackupEnabled": str(call.world.cross_account).lower()},
        "LastUpdateTime": date(call.world.settings_updated),
    }


def update_global_settings(call: Call) -> None:
    """UpdateGlobalSettings; the management account's business."""
    if not call.world.accounts[call.account].management:
        raise refused("Only the management account of the organization can change its settings.")
    value = (call.params.get("GlobalSettings") or {}).get("isCrossAccountBackupEnabled")
    if value not in ("true", "false"):
        raise invalid("isCrossAccountBackupEnabled has to be true or false.")
    call.world.cross_account, call.world.settings_updated = value == "true", call.now


def describe_region_settings(call: Call) -> dict[str, Any]:
    """DescribeRegionSettings."""
    return {"ResourceTypeOptInPreference": {"EFS": True}, "ResourceTypeManagementPreference": {"EFS": True}}


def _tagged(world: World, call: Call) -> str:
    arn = str(call.params["ResourceArn"])
    parts = arn.split(":")
    ours = len(parts) > 5 and parts[3] == call.region and parts[4] == call.account
    if not ours or (arn not in world.tags and parts[5] in ("backup-vault", "recovery-point")):
        raise not_found(f"{arn} was not found.")
    return arn


def list_tags(call: Call) -> dict[str, Any]:
    """ListTags of a vault or a point."""
    tags = call.world.tags.get(_tagged(call.world, call), {})
    names = sorted(tags)
    answer = page(names, call.params, call.world.limits.page_size, "Names", lambda name: {"name": name})
    shown: dict[str, Any] = {"Tags": {item["name"]: tags[item["name"]] for item in answer["Names"]}}
    if "NextToken" in answer:
        shown["NextToken"] = answer["NextToken"]
    return shown


def tag_resource(call: Call) -> None:
    """TagResource."""
    call.world.tags.setdefault(_tagged(call.world, call), {}).update(call.params.get("Tags") or {})


def untag_resource(call: Call) -> None:
    """UntagResource."""
    tags = call.world.tags.get(_tagged(call.world, call), {})
    for name in call.params.get("TagKeyList") or []:
        tags.pop(name, None)
