# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Amazon resource names: parse and build them."""

from __future__ import annotations

from dataclasses import dataclass

from ansible_collections.bcdr.multicloud.plugins.module_utils._core.errors import InvalidRequest


@dataclass(frozen=True)
class Arn:
    """One ARN; `resource` is all that follows the account."""

    partition: str
    service: str
    region: str
    account: str
    resource: str

    def __str__(self) -> str:
        return f"arn:{self.partition}:{self.service}:{self.region}:{self.account}:{self.resource}"

    @property
    def name(self) -> str:
        """A vault's name, which may hold slashes, or the last part of the resource: a file system's id."""
        _kind, colon, name = self.resource.partition(":")
        return name if colon else self.resource.rsplit("/", 1)[-1]


def parse_arn(text: str) -> Arn | None:
    """Return the ARN that `text` is, or None."""
    parts = text.split(":", 5)
    if len(parts) != 6 or parts[0] != "arn" or not parts[5]:
        return None
    return Arn(*parts[1:])


def arn_option(option: str, text: str, service: str, right: str) -> Arn:
    """Return the ARN of `service` that the option holds; raises InvalidRequest that shows what would be right."""
    arn = parse_arn(text)
    if arn is None or arn.service != service:
        raise InvalidRequest(f"{option}: {text!r} is not such an ARN; it would be {right}")
    return arn


def vault_option(option: str, text: str) -> Arn:
    """Return the ARN of a backup vault."""
    right = "arn:aws:backup:REGION:ACCOUNT:backup-vault:NAME"
    arn = arn_option(option, text, "backup", right)
    if not arn.resource.startswith("backup-vault:") or not (arn.name and arn.region and arn.account):
        raise InvalidRequest(f"{option}: {text!r} is not the ARN of a backup vault; it would be {right}")
    return arn


def file_system_id(option: str, text: str) -> str:
    """Return the id of the file system that the option holds as an id or an ARN."""
    identifier = text
    if text.startswith("arn:"):
        identifier = arn_option(
            option, text, "elasticfilesystem", "arn:aws:elasticfilesystem:REGION:ACCOUNT:file-system/fs-ID"
        ).name
    if not identifier.startswith("fs-"):
        raise InvalidRequest(f"{option}: {text!r} is neither the id of a file system (fs-...) nor its ARN")
    return identifier
