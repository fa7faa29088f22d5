# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Access policies of vaults: explicit Deny for everyone, Allow for other accounts."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from typing import Any

from ..errors import access_denied, invalid
from ..world import Vault, World

AUTOMATIC_VAULT = "aws/efs/automatic-backup-vault"
AUTOMATIC_POLICY = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Deny",
                "Principal": {"AWS": "*"},
                "Action": [
                    "backup:DeleteBackupVault",
                    "backup:DeleteBackupVaultAccessPolicy",
                    "backup:DeleteRecoveryPoint",
                    "backup:StartCopyJob",
                    "backup:StartRestoreJob",
                    "backup:UpdateRecoveryPointLifecycle",
                ],
                "Resource": "*",
            }
        ],
    }
)


def check_policy(text: str) -> None:
    """Refuse what is no policy."""
    try:
        document = json.loads(text)
        statements = _listed(document["Statement"])
        good = all(item["Effect"] in ("Allow", "Deny") and item["Action"] for item in statements)
    except (ValueError, KeyError, TypeError):
        good = False
    if not good:
        raise invalid("The policy document is not valid.")


def guard(world: World, vault: Vault, action: str, account: str) -> None:
    """Refuse an action on a vault that its policy denies."""
    if effect(world, vault, f"backup:{action}", account) == "Deny":
        raise access_denied(f"backup:{action}", vault.arn, "An explicit deny of the vault's access policy applies.")


def effect(world: World, vault: Vault, action: str, account: str) -> str | None:
    """``Deny``, ``Allow`` or None for an account that wants to do something with a vault."""
    if vault.policy is None:
        return None
    found = None
    for statement in _listed(json.loads(vault.policy)["Statement"]):
        denies = statement["Effect"] == "Deny"
        if not any(_matches(pattern, action) for pattern in _listed(statement["Action"])):
            continue
        if not _is_for(statement.get("Principal", "*"), account):
            continue
        if not _holds(world, statement.get("Condition") or {}, account, unknown=denies):
            continue
        if denies:
            return "Deny"
        found = "Allow"
    return found


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _matches(pattern: str, action: str) -> bool:
    expression = re.escape(pattern).replace(r"\*", ".*").replace(r"\?", ".")
    return re.fullmatch(expression, action, re.IGNORECASE) is not None


def _is_for(principal: Any, account: str) -> bool:
    names: Iterable[Any] = _listed(principal.get("AWS", []) if isinstance(principal, dict) else principal)
    return any(name in ("*", account) or re.match(rf"^arn:[^:]+:(iam|sts)::{account}:", name) for name in names)


def _holds(world: World, condition: dict[str, Any], account: str, *, unknown: bool) -> bool:
    """Whether a condition is met; one that the sandbox does not know counts against the caller."""
    member = account in world.accounts and world.accounts[account].organization
    values = {
        "aws:principalorgid": world.organization if member else "",
        "aws:principalaccount": account,
        "aws:sourceaccount": account,
    }
    for operator, tests in condition.items():
        negative = operator.startswith("StringNot")
        if operator not in ("StringEquals", "StringNotEquals", "StringLike", "StringNotLike"):
            return unknown
        for name, wanted in tests.items():
            value = values.get(name.lower())
            if value is None:
                return unknown
            if any(_matches(item, value) for item in _listed(wanted)) == negative:
                return False
    return True
