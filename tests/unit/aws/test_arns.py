# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest

from ansible_collections.bcdr.multicloud.plugins.module_utils._aws.arns import (
    Arn,
    arn_option,
    file_system_id,
    parse_arn,
    vault_option,
)
from ansible_collections.bcdr.multicloud.plugins.module_utils._core.errors import InvalidRequest
from ansible_collections.bcdr.multicloud.tests.unit.aws.builders import DR, FILE_SYSTEM, MAIN, MINE, ROLE, vault_arn


@pytest.mark.parametrize(
    ("text", "arn", "name"),
    [
        (DR, Arn("aws", "backup", "eu-central-1", MINE, "backup-vault:dr"), "dr"),
        (
            FILE_SYSTEM,
            Arn("aws", "elasticfilesystem", "eu-west-1", MINE, "file-system/fs-0a11ce"),
            "fs-0a11ce",
        ),
        (ROLE, Arn("aws", "iam", "", MINE, "role/backup"), "backup"),
        ("arn:aws-cn:iam::1:role/service-role/x", Arn("aws-cn", "iam", "", "1", "role/service-role/x"), "x"),
        (
            vault_arn("aws/efs/automatic-backup-vault"),
            Arn("aws", "backup", "eu-west-1", MINE, "backup-vault:aws/efs/automatic-backup-vault"),
            "aws/efs/automatic-backup-vault",
        ),
    ],
)
def test_good(text: str, arn: Arn, name: str) -> None:
    parsed = parse_arn(text)
    assert parsed == arn
    assert (parsed.name, str(parsed)) == (name, text)


@pytest.mark.parametrize("text", ["", "dr", "arn:aws:backup", "arn:aws:backup:eu-west-1:1:", "urn:aws:backup:r:1:x:y"])
def test_malformed(text: str) -> None:
    assert parse_arn(text) is None
    with pytest.raises(InvalidRequest, match=r"vault: .* is not such an ARN; it would be arn:aws:backup:REGION"):
        vault_option("vault", text)


def test_wrong_service() -> None:
    with pytest.raises(InvalidRequest, match=r"role: .* is not such an ARN; it would be arn:aws:iam::1:role/x"):
        arn_option("role", MAIN, "iam", "arn:aws:iam::1:role/x")
    assert arn_option("role", ROLE, "iam", "").name == "backup"


@pytest.mark.parametrize(
    "text",
    [
        f"arn:aws:backup:eu-west-1:{MINE}:recovery-point:x",
        f"arn:aws:backup:eu-west-1:{MINE}:backup-vault:",
        f"arn:aws:backup::{MINE}:backup-vault:dr",
        "arn:aws:backup:eu-west-1::backup-vault:dr",
        FILE_SYSTEM,
    ],
)
def test_no_vault(text: str) -> None:
    with pytest.raises(InvalidRequest, match=r"^vault: "):
        vault_option("vault", text)


def test_a_vault() -> None:
    assert str(vault_option("vault", DR)) == DR


@pytest.mark.parametrize("text", ["fs-0a11ce", FILE_SYSTEM])
def test_file_system_id(text: str) -> None:
    assert file_system_id("file_system", text) == "fs-0a11ce"


@pytest.mark.parametrize(
    "text", ["", "data", "fsap-1", MAIN, f"arn:aws:elasticfilesystem:eu-west-1:{MINE}:access-point/fsap-1", "arn:x"]
)
def test_no_file_system(text: str) -> None:
    with pytest.raises(InvalidRequest, match=r"^file_system: .*fs-"):
        file_system_id("file_system", text)
