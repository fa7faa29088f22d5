# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Answers the calls to EFS that moto answers too simply or not at all."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable
from typing import Any

from ..errors import AwsError
from ..moto_parts import EFSResponse
from ..world import DAY, World
from .models import SandboxEfsBackend, SandboxFileSystem, efs_backends

_NEEDS_AVAILABLE = frozenset(
    {
        "CreateAccessPoint", "CreateMountTarget", "DeleteFileSystem", "PutBackupPolicy", "PutFileSystemPolicy",
        "PutLifecycleConfiguration", "UpdateFileSystem",
    }
)  # fmt: skip
_MODES = ("bursting", "provisioned", "elastic")


class SandboxEfsResponse(EFSResponse):
    """moto's class with a life cycle, keys and the missing calls."""

    @property
    def efs_backend(self) -> SandboxEfsBackend:
        """The file systems of the caller's account."""
        return efs_backends[self.current_account][self.region]

    @property
    def _world(self) -> World:
        return self.normalized_request.environ["sandbox.world"]

    @property
    def _now(self) -> float:
        return float(self.normalized_request.environ["sandbox.now"])

    def get_region_from_url(self, request: Any, full_url: str) -> str:
        """The region is the one of the signature."""
        return str(request.environ["sandbox.region"])

    def call_action(self) -> Any:
        """Answer a call."""
        self.efs_backend.advance(self._now)
        try:
            action = self._get_action()
            identifier = self._get_param("FileSystemId")
            if identifier and action not in ("DescribeFileSystems", "DescribeReplicationConfigurations"):
                found = self.efs_backend.find(identifier)
                if action in _NEEDS_AVAILABLE and found.life_cycle_state != "available":
                    raise AwsError(
                        409,
                        "IncorrectFileSystemLifeCycleState",
                        f"The file system '{identifier}' is in the life cycle state '{found.life_cycle_state}'.",
                    )
            return super().call_action()
        except AwsError as error:
            status, headers, body = error.render("elasticfilesystem")
            return status, dict(headers), body.decode()

    # --- file systems ------------------------------------------------------------------------------------------------

    def create_file_system(self) -> Any:
        """CreateFileSystem."""
        param: Callable[..., Any] = self._get_param
        encrypted, key = bool(param("Encrypted")), param("KmsKeyId")
        if key and not encrypted:
            raise AwsError(400, "BadRequest", "KmsKeyId is for encrypted file systems: Encrypted has to be true.")
        mode = param("ThroughputMode") or "bursting"
        _check_throughput(mode, param("ProvisionedThroughputInMibps"), param("PerformanceMode"))
        if param("PerformanceMode") == "maxIO" and param("AvailabilityZoneName"):
            raise AwsError(400, "BadRequest", "The maxIO performance mode is not supported on One Zone file systems.")
        if encrypted:
            assert self._world.cloud is not None
            try:
                key = self._world.cloud.resolve_key(
                    self.current_account, self.region, key or "alias/aws/elasticfilesystem"
                )
            except AwsError as error:
                raise AwsError(400, "BadRequest", error.message) from error
        made = self.efs_backend.add_file_system(
            f"fs-{uuid.UUID(self._world.uuid()).hex[:17]}",
            self._now,
            self._now + self._world.durations.create_file_system,
            {tag["Key"]: tag["Value"] for tag in param("Tags") or []},
            creation_token=param("CreationToken"),
            performance_mode=param("PerformanceMode"),
            encrypted=encrypted,
            kms_key_id=key,
            throughput_mode=mode,
            provisioned_throughput_in_mibps=param("ProvisionedThroughputInMibps"),
            availability_zone_name=param("AvailabilityZoneName"),
            backup=bool(param("Backup")),
        )
        return _answer(made.info_json(), 201)

    def describe_file_systems(self) -> Any:
        """DescribeFileSystems."""
        token, identifier = self._get_param("CreationToken"), self._get_param("FileSystemId")
        backend = self.efs_backend
        if token and identifier:
            raise AwsError(400, "BadRequest", "Request cannot contain both a file system ID and a creation token.")
        if identifier:
            found = [backend.find(identifier)]
        else:
            every = backend.file_systems_by_id.values()
            found = [item for item in every if token in (None, item.creation_token)]
        return self._page("FileSystems", [item.info_json() for item in found])

    def _page(self, name: str, items: list[dict[str, Any]]) -> Any:
        marker = self._get_param("Marker") or "0"
        size = min(int(self._get_param("MaxItems") or 100), self._world.limits.page_size)
        if not marker.isdigit():
            raise AwsError(400, "BadRequest", "Invalid Marker")
        start = int(marker)
        answer: dict[str, Any] = {name: items[start : start + size]}
        if start + size < len(items):
            answer["NextMarker"] = str(start + size)
        return _answer(answer)

    def update_file_system(self) -> Any:
        """UpdateFileSystem: the throughput; a mode may be left, or provisioned throughput lowered, once a day."""
        found: SandboxFileSystem = self.efs_backend.find(self._get_param("FileSystemId"))
        mode = self._get_param("ThroughputMode") or found.throughput_mode
        amount = self._get_param("ProvisionedThroughputInMibps")
        if amount is None and mode == "provisioned":
            amount = found.provisioned_throughput_in_mibps
        _check_throughput(mode, amount, found.performance_mode)
        lower = mode == found.throughput_mode == "provisioned" and amount < found.provisioned_throughput_in_mibps
        if mode != found.throughput_mode or lower:
            changed = found._throughput_changed
            if changed is not None and self._now - changed < DAY:
                raise AwsError(
                    429, "TooManyRequests", "The throughput mode can be changed, or lowered, once in 24 hours only."
                )
            found._throughput_changed = self._now
        found.throughput_mode = mode
        found.provisioned_throughput_in_mibps = amount if mode == "provisioned" else None
        return _answer(found.info_json(), 202)

    # --- backup policy, lifecycle, replication -----------------------------------------------------------------------

    def put_backup_policy(self) -> Any:
        """PutBackupPolicy."""
        status = (self._get_param("BackupPolicy") or {}).get("Status")
        if status not in ("ENABLED", "DISABLED"):
            raise AwsError(400, "ValidationException", "BackupPolicy.Status has to be ENABLED or DISABLED.")
        found = self.efs_backend.find(self._get_param("FileSystemId"))
        found._backup = status == "ENABLED"
        return _answer({"BackupPolicy": {"Status": status}})

    def describe_backup_policy(self) -> Any:
        """DescribeBackupPolicy."""
        found = self.efs_backend.find(self._get_param("FileSystemId"))
        return _answer({"BackupPolicy": {"Status": "ENABLED" if found._backup else "DISABLED"}})

    def describe_replication_configurations(self) -> Any:
        """DescribeReplicationConfigurations: there are none here."""
        if self._get_param("FileSystemId"):
            raise AwsError(404, "ReplicationNotFound", "The file system has no replication configuration.")
        return _answer({"Replications": []})

    # --- mount targets -----------------------------------------------------------------------------------------------

    def create_mount_target(self) -> Any:
        """CreateMountTarget; it takes a while until it can be used."""
        target = self.efs_backend.create_mount_target(
            file_system_id=self._get_param("FileSystemId"),
            subnet_id=self._get_param("SubnetId"),
            ip_address=self._get_param("IpAddress"),
            security_groups=self._get_param("SecurityGroups"),
        )
        target.life_cycle_state = "creating"
        target._ready = self._now + self._world.durations.create_mount_target
        return _answer(target.info_json())

    def describe_mount_targets(self) -> Any:
        """DescribeMountTargets."""
        wanted = {name: self._get_param(name) for name in ("FileSystemId", "MountTargetId", "AccessPointId")}
        _marker, found = self.efs_backend.describe_mount_targets(
            max_items=10_000,
            file_system_id=wanted["FileSystemId"],
            mount_target_id=wanted["MountTargetId"],
            access_point_id=wanted["AccessPointId"],
            marker=None,
        )
        return self._page("MountTargets", [item.info_json() for item in found])


def _check_throughput(mode: str, amount: float | None, performance_mode: str | None) -> None:
    if mode not in _MODES:
        raise AwsError(400, "BadRequest", f"ThroughputMode has to be one of {', '.join(_MODES)}.")
    if (mode == "provisioned") != (amount is not None):
        raise AwsError(400, "BadRequest", "ProvisionedThroughputInMibps is for the mode provisioned, which needs it.")
    if mode == "elastic" and performance_mode == "maxIO":
        raise AwsError(400, "BadRequest", "Elastic throughput is for the generalPurpose performance mode only.")


def _answer(body: dict[str, Any], status: int = 200) -> Any:
    return json.dumps(body), {"status": status, "Content-Type": "application/json"}
