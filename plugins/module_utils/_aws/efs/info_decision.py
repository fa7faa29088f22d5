# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which recovery points an info task shows. Pure."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from typing import Any

from ansible_collections.bcdr.multicloud.plugins.module_utils._aws.efs.values import (
    Point,
    Vault,
    as_recovery_point,
    newest_usable,
)
from ansible_collections.bcdr.multicloud.plugins.module_utils._core.reconcile import (
    FAILED,
    SUCCEEDED,
    Decision,
)


@dataclass(frozen=True)
class InfoWanted:
    """`newer_than` in seconds; `newest_usable` shows one point per file system."""

    region: str
    vault: str
    usable_only: bool = False
    newest_usable: bool = False
    newer_than: int | None = None


@dataclass(frozen=True)
class InfoObserved:
    """`vault` is None when it does not exist or may not be seen."""

    vault: Vault | None
    points: tuple[Point, ...]
    now: datetime.datetime


def decide_info(wanted: InfoWanted, observed: InfoObserved) -> Decision:
    """Return the points, newest first, in the form that all providers share."""
    if observed.vault is None:
        return Decision(
            FAILED,
            f"the backup vault {wanted.vault} does not exist in {wanted.region} or may not be seen; AWS answers both alike",
        )
    shown = [point for point in observed.points if _matches(wanted, point, observed.now)]
    if wanted.newest_usable:
        sources = sorted({point.resource_arn for point in shown})
        newest = [newest_usable(point for point in shown if point.resource_arn == source) for source in sources]
        shown = [point for point in newest if point]
    shown.sort(key=lambda point: point.created, reverse=True)
    result: dict[str, Any] = {
        "recovery_points": [as_recovery_point(point).as_result(observed.now) for point in shown],
        "backup_vault": _vault_result(observed.vault),
    }
    return Decision(SUCCEEDED, result=result)


def _matches(wanted: InfoWanted, point: Point, now: datetime.datetime) -> bool:
    if wanted.usable_only and not point.usable:
        return False
    return wanted.newer_than is None or (now - point.created).total_seconds() <= wanted.newer_than


def _vault_result(vault: Vault) -> dict[str, Any]:
    return {
        "arn": vault.arn,
        "name": vault.name,
        "encryption_key_arn": vault.key_arn or None,
        "locked": vault.locked,
        "min_retention_days": vault.min_retention_days,
        "max_retention_days": vault.max_retention_days,
    }
