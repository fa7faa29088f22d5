# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Small builders of values, so that a test says only what it is about."""

from __future__ import annotations

import datetime
from typing import Any

from ansible_collections.bcdr.multicloud.plugins.module_utils._aws.efs.values import (
    FileSystem,
    Job,
    Lifecycle,
    Point,
    Vault,
)

NOW = datetime.datetime(2026, 11, 21, 12, 0, tzinfo=datetime.timezone.utc)
HERE, THERE = "eu-west-1", "eu-central-1"
MINE, OTHER = "111122223333", "444455556666"
FILE_SYSTEM = f"arn:aws:elasticfilesystem:{HERE}:{MINE}:file-system/fs-0a11ce"
ROLE = f"arn:aws:iam::{MINE}:role/backup"


def ago(hours: float) -> datetime.datetime:
    """Return the moment that many hours before NOW."""
    return NOW - datetime.timedelta(hours=hours)


def vault_arn(name: str = "main", region: str = HERE, account: str = MINE, partition: str = "aws") -> str:
    return f"arn:{partition}:backup:{region}:{account}:backup-vault:{name}"


def point_arn(name: str, region: str = HERE) -> str:
    return f"arn:aws:backup:{region}:{MINE}:recovery-point:{name}"


MAIN = vault_arn()
DR = vault_arn("dr", THERE)


def point(name: str = "p1", hours_ago: float = 1, status: str = "COMPLETED", **changes: Any) -> Point:
    """Return a point in the source vault that can be restored."""
    fields: dict[str, Any] = {
        "arn": point_arn(name),
        "vault_arn": MAIN,
        "resource_arn": FILE_SYSTEM,
        "status": status,
        "created": ago(hours_ago),
        **changes,
    }
    return Point(**fields)


def copied(name: str = "c1", hours_ago: float = 1, status: str = "COMPLETED", **changes: Any) -> Point:
    """Return the copy, in the vault in the other region, of the source's point of the same age."""
    fields: dict[str, Any] = {
        "arn": point_arn(name, THERE),
        "vault_arn": DR,
        "source_vault_arn": MAIN,
        **changes,
    }
    return point(name, hours_ago, status, **fields)


def job(name: str = "j1", state: str = "RUNNING", hours_ago: float = 0.5, **changes: Any) -> Job:
    fields: dict[str, Any] = {"id": name, "state": state, "created": ago(hours_ago), **changes}
    return Job(**fields)


def vault(name: str = "dr", **changes: Any) -> Vault:
    fields: dict[str, Any] = {"arn": vault_arn(name, THERE), "name": name, **changes}
    return Vault(**fields)


def days(delete: int | None = None, cold: int | None = None) -> Lifecycle:
    return Lifecycle(delete, cold)


def file_system(
    identifier: str = "fs-0a11ce", region: str = HERE, state: str = "available", **changes: Any
) -> FileSystem:
    """Return a file system that can be used, encrypted with the key of the region."""
    fields: dict[str, Any] = {
        "id": identifier,
        "arn": f"arn:aws:elasticfilesystem:{region}:{MINE}:file-system/{identifier}",
        "state": state,
        "encrypted": True,
        "key_arn": key_arn(region=region),
        "performance_mode": "generalPurpose",
        "throughput_mode": "bursting",
        "created": ago(1000),
        **changes,
    }
    return FileSystem(**fields)


def key_arn(name: str = "1234abcd-12ab-34cd-56ef-1234567890ab", region: str = HERE) -> str:
    return f"arn:aws:kms:{region}:{MINE}:key/{name}"
