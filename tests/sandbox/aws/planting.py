# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Puts what a seed describes into moto's backends: users with keys, KMS keys, file systems."""

from __future__ import annotations

import copy
from datetime import datetime, timezone
from typing import Any

from .cloud import OWN_ALIASES, MotoCloud, make_key, own_key
from .efs.models import efs_backends
from .moto_parts import forget_everything, iam_backends, kms_backends
from .seeds import AwsSeed, KmsKey, SeededFileSystem
from .world import World


def plant(seed: AwsSeed, now: float) -> World:
    """Make everything anew and return the state."""
    world = seed.world
    forget_everything()
    world.cloud = MotoCloud(world)
    for account in world.accounts.values():
        _add_user(account.id, account.partition, account.name, account.keys)
    places = {(vault.account, vault.region) for vault in world.vaults.values()}
    places |= {(file_system.account, file_system.region) for file_system in seed.file_systems}
    for account_id, region in sorted(places):
        _add_own_keys(account_id, region, now)
    for key in seed.keys:
        _add_key(key, now)
    for vault in world.vaults.values():
        vault.key = _arn(vault.account, vault.region, vault.key)
        for point in vault.points.values():
            point.key = vault.key
    for file_system in seed.file_systems:
        _add_file_system(file_system, now)
    return world


def _add_user(account: str, part: str, name: str, keys: dict[str, str]) -> None:
    backend = iam_backends[account][part]
    region = {"aws": "us-east-1", "aws-cn": "cn-north-1", "aws-us-gov": "us-gov-west-1"}[part]
    user = backend.create_user(region, f"{name}-operator")
    for identifier, secret in keys.items():
        key = user.create_access_key(prefix="AKIA")
        key.access_key_id, key.secret_access_key = identifier, secret
        backend.access_keys[identifier] = key


def _add_own_keys(account: str, region: str, now: float) -> None:
    """The keys that AWS manages; they are there once a service has used them."""
    for alias in OWN_ALIASES:
        _date(own_key(account, region, alias), now)


def _date(key: Any, now: float) -> None:
    key.creation_date = now - 365 * 86_400


def _add_key(wanted: KmsKey, now: float) -> None:
    backend = kms_backends[wanted.account][wanted.region]
    key = make_key(wanted.account, wanted.region, wanted.name, wanted.multi_region)
    _date(key, now)
    backend.create_alias(key.id, f"alias/{wanted.name}")
    for region in wanted.replicas:
        replica = backend.replicate_key(key.id, region)
        replica.multi_region_configuration = {
            **copy.deepcopy(key.multi_region_configuration), "MultiRegionKeyType": "REPLICA",
        }  # fmt: skip
    if wanted.state == "Disabled":
        backend.disable_key(key.id)
    elif wanted.state == "PendingDeletion":
        backend.schedule_key_deletion(key.id, 30)
        key.deletion_date = datetime.fromtimestamp(now + 30 * 86_400, timezone.utc).replace(tzinfo=None)


def _arn(account: str, region: str, name: str) -> str:
    backend = kms_backends[account][region]
    return str(backend.keys[backend.any_id_to_key_id(name)].arn)


def _add_file_system(wanted: SeededFileSystem, now: float) -> None:
    fields = dict(wanted.fields)
    key = None
    if fields["encrypted"]:
        key = _arn(wanted.account, wanted.region, wanted.key or "alias/aws/elasticfilesystem")
    created = now - wanted.age
    made = efs_backends[wanted.account][wanted.region].add_file_system(
        wanted.id, created, created, wanted.tags, kms_key_id=key, **fields
    )
    made.lifecycle_policies = wanted.lifecycle_policies
    made.advance(now)
