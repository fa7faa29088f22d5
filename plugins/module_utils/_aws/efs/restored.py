# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a restored file system has to be: its encryption, its settings, its mount targets. Pure.

docs.aws.amazon.com/aws-backup/latest/devguide/restoring-efs.html (metadata of a restore, what is restored),
docs.aws.amazon.com/kms/latest/developerguide/multi-region-keys-overview.html (replicas share their id),
docs.aws.amazon.com/efs/latest/ug/encryption-at-rest.html (encryption cannot be changed afterwards).
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from ansible_collections.bcdr.multicloud.plugins.module_utils._aws.arns import parse_arn
from ansible_collections.bcdr.multicloud.plugins.module_utils._aws.efs.values import FileSystem, SourceSettings
from ansible_collections.bcdr.multicloud.plugins.module_utils._core.reconcile import Action

# Where AWS puts what it restores, also in a new file system.
RESTORE_DIRECTORY = "/aws-backup-restore_*"
RESTORED_FROM_TAG = "bcdr-restored-from"
DEFAULT_KEY = "alias/aws/elasticfilesystem"


@dataclass(frozen=True)
class MountTarget:
    """A mount target to have, or that is there; `state` "" for one to have."""

    subnet: str
    security_groups: tuple[str, ...] = ()
    ip_address: str = ""
    id: str = ""
    state: str = ""


@dataclass(frozen=True)
class SettingsWanted:
    """What a new file system shall have beside its data; None and "" leave what AWS gives it.

    `lifecycle` maps transition_to_ia and so on to AWS's values ("" for none).
    """

    tags: Mapping[str, str] = field(default_factory=dict)
    throughput_mode: str = ""
    provisioned_mibps: float | None = None
    lifecycle: Mapping[str, str] | None = None
    automatic_backups: bool | None = None
    mount_targets: tuple[MountTarget, ...] = ()


@dataclass(frozen=True)
class SettingsObserved:
    """What of `SettingsWanted` is there, as far as it was asked for; `tags` are those of a file system still to be made."""

    tags: Mapping[str, str] = field(default_factory=dict)
    lifecycle: Mapping[str, str] = field(default_factory=dict)
    automatic_backups: bool = False
    mount_targets: tuple[MountTarget, ...] = ()


@dataclass(frozen=True)
class Key:
    """A KMS key in the region of the restore."""

    arn: str
    enabled: bool
    symmetric: bool
    state: str = ""
    managed_by_aws: bool = False


@dataclass(frozen=True)
class Encryption:
    """How a new file system is encrypted; `key_arn` "" is the default key of EFS in the region.

    `chosen_by` is kms_key_id, kms_key_map, multi-Region replica, source key or default; `problem` says why it cannot be.
    """

    encrypted: bool
    key_arn: str = ""
    chosen_by: str = ""
    problem: str = ""
    warning: str = ""

    def as_result(self) -> dict[str, Any]:
        return {"encrypted": self.encrypted, "kms_key_id": self.key_arn or None, "chosen_by": self.chosen_by}


def parse_mount_target(answer: Mapping[str, Any]) -> MountTarget:
    """Return the mount target that EFS answered (DescribeMountTargets)."""
    return MountTarget(
        subnet=answer["SubnetId"],
        ip_address=answer.get("IpAddress") or "",
        id=answer["MountTargetId"],
        state=answer.get("LifeCycleState") or "",
    )


def parse_key(metadata: Mapping[str, Any]) -> Key:
    """Return the key that AWS answered (DescribeKey)."""
    return Key(
        arn=metadata["Arn"],
        enabled=metadata.get("KeyState", "Enabled" if metadata.get("Enabled") else "Disabled") == "Enabled",
        symmetric=metadata.get("KeySpec", "SYMMETRIC_DEFAULT") == "SYMMETRIC_DEFAULT"
        and metadata.get("KeyUsage", "ENCRYPT_DECRYPT") == "ENCRYPT_DECRYPT",
        state=metadata.get("KeyState") or "",
        managed_by_aws=metadata.get("KeyManager") == "AWS",
    )


def key_candidates(
    explicit: str, key_map: Mapping[str, str], source: SourceSettings | None, region: str
) -> list[tuple[str, str]]:
    """Return the keys that come into question as (key, how it was chosen), best first; the default is not among them.

    A key of the map or the option is the only one. A source's own key can be used in its own region; a multi-Region key
    (mrk-...) has the same id in every region that it is replicated to.
    """
    if explicit:
        return [(explicit, "kms_key_id")]
    source_key = source.key_arn if source else ""
    parsed = parse_arn(source_key)
    names = [source_key, parsed.name] if parsed else [source_key]
    for name in names:
        if name and name in key_map:
            return [(key_map[name], "kms_key_map")]
    if parsed is None:
        return []
    if parsed.region == region:
        return [(source_key, "source key")]
    if parsed.name.startswith("mrk-"):
        return [(str(replace(parsed, region=region)), "multi-Region replica")]
    return []


def choose_encryption(
    wanted: bool | None,
    candidates: Sequence[tuple[str, str]],
    keys: Mapping[str, Key | None],
    source: SourceSettings | None,
    region: str,
) -> Encryption:
    """Return how to encrypt: never less than the source, and encrypted where the source is not known.

    `keys` holds what AWS says of each candidate, None for one that is not in the region or may not be seen.
    """
    known = source.encrypted if source else None
    explicit = bool(candidates) and candidates[0][1] in ("kms_key_id", "kms_key_map")
    if wanted is False:
        if candidates and candidates[0][1] == "kms_key_id":
            return Encryption(False, problem="kms_key_id: is given, but encrypt is false")
        if known is None:
            return Encryption(
                False, problem="encrypt: is false, but whether the source is encrypted cannot be found out here"
            )
        if known:
            return Encryption(False, problem="encrypt: is false, but the source is encrypted, and a restore keeps that")
        return Encryption(False, chosen_by="encrypt")
    if wanted is None and known is False and not explicit:
        return Encryption(False, chosen_by="source")
    for key, chosen_by in candidates:
        found = keys.get(key)
        problem = _key_problem(key, found, region)
        if found is not None and not problem:
            return Encryption(True, found.arn, chosen_by)
        if explicit:
            return Encryption(True, problem=f"{chosen_by}: {problem}")
    warning = ""
    if source and source.key_arn and known is not False:
        warning = (
            f"the source's key {source.key_arn} cannot be used in {region}; the new file system gets {DEFAULT_KEY}. "
            "Name a key with kms_key_id or kms_key_map"
        )
    elif known is None:
        warning = (
            f"how the source is encrypted cannot be found out here; the new file system is encrypted with {DEFAULT_KEY}. "
            "Name a key with kms_key_id"
        )
    return Encryption(True, "", "default", warning=warning)


def _key_problem(name: str, key: Key | None, region: str) -> str:
    if key is None:
        return f"the key {name} does not exist in {region}, or this identity may not see it (kms:DescribeKey)"
    if not key.enabled:
        return f"the key {name} is {key.state or 'disabled'}"
    if not key.symmetric:
        return f"the key {name} is not a symmetric encryption key"
    return ""


def restore_metadata(
    *,
    creation_token: str,
    encryption: Encryption,
    performance_mode: str,
    zone: str,
    items: Sequence[str],
) -> dict[str, str]:
    """Return the metadata of StartRestoreJob for a new file system; AWS takes text only, and its keys to the letter."""
    metadata = {
        "newFileSystem": "true",
        "CreationToken": creation_token,
        "Encrypted": "true" if encryption.encrypted else "false",
        "PerformanceMode": performance_mode,
    }
    if encryption.key_arn:
        metadata["KmsKeyId"] = encryption.key_arn
    if zone:
        metadata |= {"singleAzFilesystem": "true", "availabilityZoneName": zone}
    if items:
        metadata["ItemsToRestore"] = items_text(items)
    return metadata


def items_text(items: Sequence[str]) -> str:
    """Return the list of items as AWS takes it, a JSON array in a text."""
    return json.dumps(list(items))


def item_metadata(file_system: str, items: Sequence[str]) -> dict[str, str]:
    """Return the metadata of StartRestoreJob for items that go into a file system that exists."""
    return {"newFileSystem": "false", "file-system-id": file_system, "ItemsToRestore": items_text(items)}


def verify_restored(
    file_system: FileSystem, encrypted: bool | None, key_arn: str, performance_mode: str
) -> dict[str, Any]:
    """Return whether the file system is encrypted and set up as asked for; None and "" were not asked for."""
    differences = []
    if encrypted is not None and file_system.encrypted != encrypted:
        differences.append(f"it is {'' if file_system.encrypted else 'not '}encrypted")
    if key_arn and file_system.key_arn != key_arn:
        differences.append(f"it is encrypted with {file_system.key_arn or 'no key'} and not with {key_arn}")
    if performance_mode and file_system.performance_mode != performance_mode:
        differences.append(f"its performance mode is {file_system.performance_mode} and not {performance_mode}")
    return {
        "matches": not differences,
        "differences": differences,
        "encrypted": file_system.encrypted,
        "kms_key_id": file_system.key_arn or None,
        "performance_mode": file_system.performance_mode or None,
    }


def setting_actions(
    label: str, wanted: SettingsWanted, observed: SettingsObserved, file_system: FileSystem | None
) -> tuple[Action, ...]:
    """Return what is left to do to the settings of the file system; None: of one that has just been made."""
    actions = []
    present = file_system.tags if file_system else observed.tags
    missing = {key: value for key, value in sorted(wanted.tags.items()) if present.get(key) != value}
    if missing:
        actions.append(
            Action(
                "set",
                f"tags of {label}",
                before={key: present[key] for key in missing if key in present},
                after=missing,
                payload={"tags": missing},
            )
        )
    actions += _throughput(label, wanted, file_system)
    if wanted.lifecycle is not None and dict(wanted.lifecycle) != dict(observed.lifecycle):
        actions.append(
            Action(
                "set",
                f"lifecycle policies of {label}",
                before=dict(observed.lifecycle),
                after=dict(wanted.lifecycle),
                payload={"lifecycle": dict(wanted.lifecycle)},
            )
        )
    if wanted.automatic_backups is not None and wanted.automatic_backups != observed.automatic_backups:
        actions.append(
            Action(
                "set",
                f"automatic backups of {label}",
                before={"enabled": observed.automatic_backups},
                after={"enabled": wanted.automatic_backups},
                payload={"automatic_backups": wanted.automatic_backups},
            )
        )
    there = {target.subnet for target in observed.mount_targets}
    actions += [
        Action(
            "create",
            f"mount target of {label} in {target.subnet}",
            after={"security_groups": list(target.security_groups), "ip_address": target.ip_address or None},
            payload={"mount_target": target},
        )
        for target in wanted.mount_targets
        if target.subnet not in there
    ]
    return tuple(actions)


def _throughput(label: str, wanted: SettingsWanted, file_system: FileSystem | None) -> list[Action]:
    mode = file_system.throughput_mode if file_system else "bursting"
    amount = file_system.provisioned_throughput if file_system else None
    if not wanted.throughput_mode or (wanted.throughput_mode == mode and wanted.provisioned_mibps in (None, amount)):
        return []
    before: dict[str, Any] = {"throughput_mode": mode}
    after: dict[str, Any] = {"throughput_mode": wanted.throughput_mode}
    if amount:
        before["provisioned_throughput_in_mibps"] = amount
    if wanted.provisioned_mibps:
        after["provisioned_throughput_in_mibps"] = wanted.provisioned_mibps
    payload = {"throughput_mode": wanted.throughput_mode, "provisioned": wanted.provisioned_mibps}
    return [Action("set", f"throughput of {label}", before=before, after=after, payload=payload)]


def file_system_result(file_system: FileSystem, mount_targets: Sequence[MountTarget]) -> dict[str, Any]:
    return {
        "file_system_id": file_system.id,
        "file_system_arn": file_system.arn,
        "life_cycle_state": file_system.state,
        "encrypted": file_system.encrypted,
        "kms_key_id": file_system.key_arn or None,
        "performance_mode": file_system.performance_mode or None,
        "throughput_mode": file_system.throughput_mode or None,
        "provisioned_throughput_in_mibps": file_system.provisioned_throughput,
        "availability_zone_name": file_system.zone or None,
        "creation_token": file_system.creation_token,
        "tags": dict(file_system.tags),
        "mount_targets": [
            {
                "mount_target_id": target.id,
                "subnet_id": target.subnet,
                "ip_address": target.ip_address or None,
                "life_cycle_state": target.state,
            }
            for target in mount_targets
        ],
    }
