# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""File systems that are created in time, on the virtual clock, with full key ARNs."""

from __future__ import annotations

from typing import Any

from ..errors import AwsError
from ..moto_parts import BackendDict, EFSBackend, FileSystem


class SandboxFileSystem(FileSystem):
    """moto's file system with a life cycle, a size and dates of the virtual clock."""

    def __init__(self, *arguments: Any, created: float, ready: float, size: int = 0, **fields: Any) -> None:
        super().__init__(*arguments, **fields)
        self.creation_time = created
        self.life_cycle_state = "creating"
        self._ready = ready
        self._now = created
        self._size_value = size
        self._throughput_changed: float | None = None

    @property
    def size_in_bytes(self) -> dict[str, Any]:
        """The metered size."""
        size = self._size_value
        return {"Value": size, "ValueInIA": 0, "ValueInStandard": size, "Timestamp": self._now}

    def info_json(self) -> dict[str, Any]:
        """As answers have it: without what is not set."""
        shown = super().info_json()
        shown["FileSystemProtection"] = {"ReplicationOverwriteProtection": "ENABLED"}
        for name in ("LifecyclePolicies", "FileSystemPolicy"):
            shown.pop(name, None)
        return {name: value for name, value in shown.items() if value is not None}

    def advance(self, now: float) -> None:
        """What time has brought about."""
        self._now = now
        if self.life_cycle_state == "creating" and now >= self._ready:
            self.life_cycle_state = "available"


class SandboxEfsBackend(EFSBackend):
    """The file systems of an account in a region."""

    def add_file_system(
        self, identifier: str, created: float, ready: float, tags: dict[str, str], **fields: Any
    ) -> SandboxFileSystem:
        """Make a file system; a creation token that is in use is a conflict that names the existing one."""
        token = fields["creation_token"]
        for existing in self.file_systems_by_id.values():
            if existing.creation_token == token:
                raise AwsError(
                    409,
                    "FileSystemAlreadyExists",
                    f"File system '{existing.file_system_id}' already exists with creation token '{token}'",
                    FileSystemId=existing.file_system_id,
                )
        made = SandboxFileSystem(
            self.account_id, self.region_name, file_system_id=identifier, context=self, created=created, ready=ready,
            **fields,
        )  # fmt: skip
        self.file_systems_by_id[identifier] = made
        self.creation_tokens.add(token)
        if tags:
            self.tagging_service.tag_resource(identifier, [{"Key": key, "Value": value} for key, value in tags.items()])
        return made

    def find(self, identifier: str) -> SandboxFileSystem:
        """A file system by its id or ARN."""
        found = self.file_systems_by_id.get(identifier.rsplit("/", 1)[-1])
        if found is None:
            raise AwsError(404, "FileSystemNotFound", f"File system '{identifier}' does not exist.")
        return found

    def advance(self, now: float) -> None:
        """What time has brought about."""
        for file_system in self.file_systems_by_id.values():
            file_system.advance(now)
        for target in self.mount_targets_by_id.values():
            if target.life_cycle_state == "creating" and now >= target._ready:
                target.life_cycle_state = "available"


efs_backends = BackendDict(SandboxEfsBackend, "efs")
