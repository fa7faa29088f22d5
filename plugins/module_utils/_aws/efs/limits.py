# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""AWS Backup's rules on how long a point is kept, and who may use a vault. Pure.

docs.aws.amazon.com/aws-backup: plan-options-and-configuration, vault-lock, create-cross-account-backup.
"""

from __future__ import annotations

import fnmatch
from collections.abc import Mapping
from typing import Any

from ansible_collections.bcdr.multicloud.plugins.module_utils._aws.efs.values import Lifecycle, Vault

LEAST_COLD_DAYS = 90
LONGEST_DAYS = 36500


def lifecycle_problem(lifecycle: Lifecycle) -> str:
    """Return what is wrong with a lifecycle; "" when nothing is."""
    delete, cold = lifecycle.delete_after_days, lifecycle.move_to_cold_storage_after_days
    for name, days in (("delete_after_days", delete), ("move_to_cold_storage_after_days", cold)):
        if days is not None and not 1 <= days <= LONGEST_DAYS:
            return (
                f"lifecycle: {name} is {days}, but must be 1 to {LONGEST_DAYS} days; "
                f"{LONGEST_DAYS} keeps a point for ever, -1 would not: a copy then inherits the expiry of its source"
            )
    if delete is not None and cold is not None and delete < cold + LEAST_COLD_DAYS:
        return (
            f"lifecycle: delete_after_days is {delete}, but must be {cold + LEAST_COLD_DAYS} or more, "
            f"because a point stays in cold storage for at least {LEAST_COLD_DAYS} days"
        )
    return ""


def lock_problem(vault: Vault, retention_days: int | None) -> str:
    """Return why the lock of the vault forbids that retention (None: for ever); "" when it does not."""
    if not vault.locked:
        return ""
    shown = "for ever" if retention_days is None else f"{retention_days} days"
    least, most = vault.min_retention_days, vault.max_retention_days
    if least is not None and retention_days is not None and retention_days < least:
        return f"the vault's lock wants points to be kept for at least {least} days, and this one would be kept {shown}"
    if most is not None and (retention_days is None or retention_days > most):
        return f"the vault's lock wants points to be kept for at most {most} days, and this one would be kept {shown}"
    return ""


def policy_problem(policy: Mapping[str, Any] | None, action: str, across: bool = False) -> str:
    """Return how the vault's access policy forbids `action` (backup:CopyIntoBackupVault); "" when it does not.

    Only statements for everybody are read as a denial, since whose identity AWS will look at is not known here.
    `across`: the action comes from another account, which needs to be allowed. `policy` None: it may not be read.
    """
    if policy is None:
        return ""
    statements = policy.get("Statement") or []
    statements = statements if isinstance(statements, list) else [statements]
    covering = [statement for statement in statements if _covers(statement, action)]
    if any(statement.get("Effect") == "Deny" and not statement.get("Condition") for statement in covering):
        return f"the access policy of the vault denies {action}"
    if across and not any(statement.get("Effect") == "Allow" for statement in covering):
        return f"the access policy of the vault does not allow {action} to the other account"
    return ""


def _covers(statement: Mapping[str, Any], action: str) -> bool:
    actions = statement.get("Action") or []
    actions = [actions] if isinstance(actions, str) else actions
    everybody = statement.get("Effect") == "Allow" or statement.get("Principal") in ("*", {"AWS": "*"}, {"AWS": ["*"]})
    return everybody and any(fnmatch.fnmatchcase(action.lower(), pattern.lower()) for pattern in actions)
