# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""EFS: life cycle, keys, throughput, backup policy, mount targets."""

from __future__ import annotations

from typing import Any

import pytest
from aws_sandbox import DAY, FILE_SYSTEM, HERE, Aws, code


def test_life_cycle(aws: Aws) -> None:
    """A new file system is creating first, and cannot be changed meanwhile."""
    efs = aws.client("efs")
    made = efs.create_file_system(CreationToken="t", Tags=[{"Key": "Name", "Value": "n"}])["FileSystemId"]
    assert code(efs.create_file_system, CreationToken="t") == "FileSystemAlreadyExists"
    policy = {"FileSystemId": made, "LifecyclePolicies": [{"TransitionToIA": "AFTER_30_DAYS"}]}
    assert code(efs.put_lifecycle_configuration, **policy) == "IncorrectFileSystemLifeCycleState"
    assert code(efs.delete_file_system, FileSystemId=made) == "IncorrectFileSystemLifeCycleState"
    aws.advance(15)
    shown = efs.describe_file_systems(CreationToken="t")["FileSystems"][0]
    assert (shown["LifeCycleState"], shown["Name"], shown["Encrypted"]) == ("available", "n", False)
    efs.put_lifecycle_configuration(**policy)
    assert efs.describe_lifecycle_configuration(FileSystemId=made)["LifecyclePolicies"] == policy["LifecyclePolicies"]
    efs.tag_resource(ResourceId=made, Tags=[{"Key": "a", "Value": "b"}])
    assert len(efs.list_tags_for_resource(ResourceId=made)["Tags"]) == 2
    efs.delete_file_system(FileSystemId=made)
    assert code(efs.describe_file_systems, FileSystemId=made) == "FileSystemNotFound"


def test_seeded(aws: Aws) -> None:
    """As the seed says, with the full ARN of the key; of its region only."""
    shown = aws.client("efs").describe_file_systems(FileSystemId=FILE_SYSTEM)["FileSystems"][0]
    key = aws.client("kms").describe_key(KeyId="alias/cmk")["KeyMetadata"]["Arn"]
    assert (shown["KmsKeyId"], shown["SizeInBytes"]["Value"], shown["LifeCycleState"]) == (key, 10**10, "available")
    assert code(aws.efs_there.describe_file_systems, FileSystemId=FILE_SYSTEM) == "FileSystemNotFound"


@pytest.mark.parametrize(("key", "good"), [(None, True), ("alias/cmk", True), ("arn", False), ("alias/nothing", False)])
def test_keys(aws: Aws, key: str | None, good: bool) -> None:
    """Any way to name a key of the region ends as its ARN."""
    efs, kms = aws.client("efs"), aws.client("kms")
    if key == "arn":
        key = aws.client("kms", "eu-central-1").describe_key(KeyId="alias/cmk-there")["KeyMetadata"]["Arn"]
    fields: dict[str, Any] = {"CreationToken": "k", "Encrypted": True, **({"KmsKeyId": key} if key else {})}
    if not good:
        assert code(efs.create_file_system, **fields) == "BadRequest"
        return
    arn = kms.describe_key(KeyId=key or "alias/aws/elasticfilesystem")["KeyMetadata"]["Arn"]
    assert efs.create_file_system(**fields)["KmsKeyId"] == arn
    assert code(efs.create_file_system, CreationToken="u", KmsKeyId=arn) == "BadRequest"


def test_throughput(aws: Aws) -> None:
    """Provisioned needs an amount; the mode can be changed once a day."""
    efs = aws.client("efs")
    update = efs.update_file_system
    assert code(update, FileSystemId=FILE_SYSTEM, ThroughputMode="provisioned") == "BadRequest"
    shown = update(FileSystemId=FILE_SYSTEM, ThroughputMode="provisioned", ProvisionedThroughputInMibps=64)
    assert (shown["ThroughputMode"], shown["ProvisionedThroughputInMibps"]) == ("provisioned", 64)
    update(FileSystemId=FILE_SYSTEM, ProvisionedThroughputInMibps=128)
    assert code(update, FileSystemId=FILE_SYSTEM, ThroughputMode="elastic") == "TooManyRequests"
    aws.advance(DAY)
    assert update(FileSystemId=FILE_SYSTEM, ThroughputMode="elastic")["ThroughputMode"] == "elastic"


def test_backup_policy(aws: Aws) -> None:
    """Can be switched on and off."""
    efs = aws.client("efs")
    for status in ("ENABLED", "DISABLED"):
        efs.put_backup_policy(FileSystemId=FILE_SYSTEM, BackupPolicy={"Status": status})
        assert efs.describe_backup_policy(FileSystemId=FILE_SYSTEM)["BackupPolicy"] == {"Status": status}
    assert code(efs.put_backup_policy, FileSystemId="fs-00000000", BackupPolicy={"Status": "ENABLED"}) == (
        "FileSystemNotFound"
    )
    assert code(efs.describe_replication_configurations, FileSystemId=FILE_SYSTEM) == "ReplicationNotFound"


def test_mount_targets(aws: Aws) -> None:
    """One for each zone; they take a while."""
    efs = aws.client("efs")
    subnets = aws.client("ec2").describe_subnets()["Subnets"]
    first = efs.create_mount_target(FileSystemId=FILE_SYSTEM, SubnetId=subnets[0]["SubnetId"])
    assert first["LifeCycleState"] == "creating"
    again = code(efs.create_mount_target, FileSystemId=FILE_SYSTEM, SubnetId=subnets[0]["SubnetId"])
    assert again == "MountTargetConflict"
    aws.advance(61)
    shown = efs.describe_mount_targets(FileSystemId=FILE_SYSTEM)["MountTargets"]
    assert [item["LifeCycleState"] for item in shown] == ["available"]
    assert shown[0]["AvailabilityZoneName"].startswith(HERE)
    assert code(efs.delete_file_system, FileSystemId=FILE_SYSTEM) == "FileSystemInUse"
    efs.delete_mount_target(MountTargetId=first["MountTargetId"])
    point = efs.create_access_point(ClientToken="c", FileSystemId=FILE_SYSTEM, RootDirectory={"Path": "/srv"})
    assert point["RootDirectory"]["Path"] == "/srv"
