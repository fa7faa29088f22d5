# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The section ``aws`` of seeds."""

from __future__ import annotations

from typing import Any

import pytest
from aws_sandbox import HERE, MINE, SEED, Aws
from sandbox.azure.seeds import SeedError, find_seed, load_seed, parse_seed


@pytest.mark.parametrize(
    ("section", "error"),
    [
        ({"nonsense": 1}, "aws.nonsense: unknown field"),
        ({"regions": ["moon"]}, "aws.regions: unknown region 'moon'"),
        ({"accounts": [{"id": "1"}]}, r"aws.accounts\[0\].id: '1' is not an account id"),
        ({"accounts": [{"id": "1" * 12, "access_key": "x"}]}, r"accounts\[0\].access_key: 'x' is not AKIA"),
        ({"vaults": [{"name": "x"}]}, r"vaults\[0\].name: 'x' is not a name"),
        ({"vaults": [{"name": "main", "account": "who"}]}, r"vaults\[0\].account: unknown account 'who'"),
        ({"vaults": [{"name": "main", "key": "k"}]}, r"vaults\[0\].key: no key 'k'"),
        ({"vaults": [{"name": "main", "policy": "x"}]}, r"vaults\[0\].policy: The policy document is not valid"),
        ({"file_systems": [{"name": "a", "id": "b"}]}, r"file_systems\[0\].id: 'b' is not fs-"),
        ({"file_systems": [{"name": "a", "encrypted": False, "throughput_mode": "provisioned"}]}, "provisioned_mibps"),
        ({"points": [{"vault": "main"}]}, r"points\[0\].vault: no vault 'main'"),
        ({"vaults": [{"name": "main"}], "points": [{"vault": "main"}]}, "expected either file_system or copy_of"),
        ({"vaults": [{"name": "main"}], "points": [{"vault": "main", "file_system": "x"}]}, "unknown file system 'x'"),
        ({"durations": {"copy_mb_per_second": 0}}, "durations.copy_mb_per_second: expected a positive number"),
        ({"links": [{"source": "eu-west-1"}]}, r"links\[0\].target: missing"),
        ({"links": [{"source": "eu-west-1", "target": "moon"}]}, r"links\[0\].target: unknown region 'moon'"),
        ({"limits": {"page_size": 0}}, "limits.page_size: expected a positive number"),
    ],
)
def test_errors(section: dict[str, Any], error: str) -> None:
    """Each says where it is."""
    with pytest.raises(SeedError, match=error):
        load_seed(parse_seed({"aws": section}), 0)


def test_shipped_seeds() -> None:
    """The demo has seven file systems and vaults in two regions and accounts; each seed has an account with a key."""
    demo = load_seed(find_seed("demo"), 0).aws
    assert {item.region for item in demo.file_systems} == {HERE}
    assert len(demo.file_systems) == 7
    assert len({(vault.account, vault.region) for vault in demo.world.vaults.values()}) == 3
    for name in ("empty", "demo", "fleet-200"):
        accounts = load_seed(find_seed(name), 0).aws.world.accounts
        assert accounts[MINE].keys
        assert accounts[MINE].management


def test_seeded_copies(aws: Aws) -> None:
    """Copies have the dates of their source; the same seed has the same ids."""
    points = [*SEED["points"], {"name": "c", "copy_of": "p1", "vault": "dr", "region": "eu-central-1", "age": 60}]
    found = []
    for _round in range(2):
        aws.plant(points=points)
        listed = aws.backup_there.list_recovery_points_by_backup_vault(BackupVaultName="dr")["RecoveryPoints"]
        source = aws.backup.describe_recovery_point(BackupVaultName="main", RecoveryPointArn=aws.point())
        assert [point["CreationDate"] for point in listed] == [source["CreationDate"]]
        assert listed[0]["SourceBackupVaultArn"] == source["BackupVaultArn"]
        assert listed[0]["EncryptionKeyArn"] != source["EncryptionKeyArn"]
        found.append(listed[0]["RecoveryPointArn"])
    assert found[0] == found[1]
