# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What jobs need of EFS and KMS, which moto plays."""

from __future__ import annotations

import uuid
from typing import Any

from .efs.models import SandboxEfsBackend, efs_backends
from .errors import invalid
from .moto_parts import kms_backends
from .world import Job, World

OWN_ALIASES = ("alias/aws/backup", "alias/aws/elasticfilesystem")


def make_key(account: str, region: str, description: str, multi_region: bool = False) -> Any:
    """A symmetric key. moto makes an RSA key for it that nothing uses, which takes long; a curve's is made at once."""
    key = kms_backends[account][region].create_key(
        None, "ENCRYPT_DECRYPT", "ECC_NIST_P256", description, None, multi_region
    )
    key.key_spec = "SYMMETRIC_DEFAULT"
    return key


def own_key(account: str, region: str, alias: str) -> Any:
    """The key that AWS manages for a service in an account; it is made when it is first needed."""
    backend = kms_backends[account][region]
    if not backend.alias_exists(alias):
        key = make_key(account, region, "Default key")
        backend.create_alias(key.id, alias)
    key = backend.keys[backend.get_key_id_from_alias(alias)]
    key.key_manager = "AWS"
    return key


class MotoCloud:
    """Keys and file systems in moto's backends."""

    def __init__(self, world: World) -> None:
        self._world = world

    def _efs(self, account: str, region: str) -> SandboxEfsBackend:
        return efs_backends[account][region]

    def resolve_key(self, account: str, region: str, key: str) -> str:
        """The ARN of a usable key of that region; a key of another region or account is not."""
        if key.startswith("arn:") and key.split(":")[3:5] != [region, account]:
            raise invalid(f"The KMS key {key} is not a key of {region} and account {account}, and cannot be used.")
        if key in OWN_ALIASES:
            own_key(account, region, key)
        backend = kms_backends[account][region]
        try:
            found = backend.keys[backend.any_id_to_key_id(key)]
        except (KeyError, AttributeError, TypeError):
            raise invalid(f"The KMS key {key} does not exist in {region}.") from None
        if found.key_state != "Enabled":
            raise invalid(f"The KMS key {key} is {found.key_state} and cannot be used.")
        if found.key_spec != "SYMMETRIC_DEFAULT":
            raise invalid(f"The KMS key {key} is not symmetric and cannot be used.")
        return str(found.arn)

    def file_system(self, account: str, region: str, identifier: str) -> dict[str, Any] | None:
        """What a backup stores of a file system."""
        backend = self._efs(account, region)
        found = backend.file_systems_by_id.get(identifier)
        if found is None:
            return None
        tags = {tag["Key"]: tag["Value"] for tag in backend.list_tags_for_resource(identifier)}
        metadata = {"file-system-id": identifier}
        if found.availability_zone_name:
            metadata |= {"singleAzFilesystem": "true", "availabilityZoneName": found.availability_zone_name}
        shown = {"name": tags.get("Name", ""), "size": found._size_value, "ready": found._ready}
        return {**shown, "tags": tags, "metadata": metadata}

    def make_file_system(self, job: Job, at: float) -> None:
        """The file system of a restore: there from the start of the job, complete only at its end."""
        wanted = job.metadata
        encrypted, key = wanted.get("Encrypted", "").lower() == "true", wanted.get("KmsKeyId")
        if key and not encrypted:
            raise invalid("KmsKeyId is given, but Encrypted is not true.")
        if encrypted:
            key = self.resolve_key(job.account, job.region, key or "alias/aws/elasticfilesystem")
        mode = wanted.get("PerformanceMode", "generalPurpose")
        if mode not in ("generalPurpose", "maxIO"):
            raise invalid(f"PerformanceMode {mode!r} is not generalPurpose or maxIO.")
        if not 1 <= len(wanted["CreationToken"]) <= 64:
            raise invalid("CreationToken has to have 1 to 64 characters.")
        single = wanted.get("singleAzFilesystem", "").lower() == "true"
        if single and not wanted.get("availabilityZoneName", "").startswith(job.region):
            raise invalid("availabilityZoneName has to name a zone of the region if singleAzFilesystem is true.")
        if single and mode == "maxIO":
            raise invalid("The maxIO performance mode is not supported on One Zone file systems.")
        identifier = f"fs-{uuid.UUID(self._world.uuid()).hex[:17]}"
        self._efs(job.account, job.region).add_file_system(
            identifier,
            at,
            at + self._world.durations.create_file_system,
            {"aws:elasticfilesystem:default-backup": "enabled"} if single else {},
            creation_token=wanted["CreationToken"],
            performance_mode=mode,
            encrypted=encrypted,
            kms_key_id=key,
            throughput_mode="bursting",
            provisioned_throughput_in_mibps=None,
            availability_zone_name=wanted["availabilityZoneName"] if single else None,
            backup=single,
        )
        job.file_system = identifier

    def drop_file_system(self, account: str, region: str, identifier: str) -> None:
        """Remove what a restore that failed had begun."""
        backend = self._efs(account, region)
        found = backend.file_systems_by_id.pop(identifier, None)
        if found is not None:
            backend.creation_tokens.discard(found.creation_token)

    def finish_file_system(self, job: Job) -> None:
        """Size and tags of a restored file system."""
        backend = self._efs(job.account, job.region)
        found = backend.file_systems_by_id.get(job.file_system or "")
        if found is None:
            return
        found._size_value += job.size
        tags = {key: value for key, value in (job.tags or {}).items() if not key.startswith("aws:")}
        if tags:
            backend.tagging_service.tag_resource(
                found.file_system_id, [{"Key": key, "Value": value} for key, value in tags.items()]
            )
