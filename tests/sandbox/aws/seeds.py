# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The ``aws`` section of seeds. README.md beside the sandbox describes every field.

`parse_aws` checks everything without touching moto; `plant` makes keys, users and file systems in its backends.
"""

from __future__ import annotations

import json
import random
import re
import uuid
from dataclasses import dataclass, field, replace
from typing import Any

from ..seed_reader import Reader, SeedError
from .backup.policies import AUTOMATIC_POLICY, AUTOMATIC_VAULT, check_policy
from .errors import AwsError
from .world import (
    DAY,
    REGIONS,
    USABLE,
    Account,
    Durations,
    Lifecycle,
    Limits,
    Link,
    Point,
    Vault,
    World,
    partition,
)

DEFAULT_ACCOUNT = "111122223333"
DEFAULT_KEY = "AKIASANDBOX000000001"
DEFAULT_SECRET = "sandbox-secret-key"  # not a secret: it opens the sandbox only

_ACCOUNT = re.compile(r"^\d{12}$")
_KEY = re.compile(r"^AKIA[A-Z0-9]{16}$")
_FILE_SYSTEM = re.compile(r"^fs-[0-9a-f]{8,40}$")
_VAULT = re.compile(r"^[a-zA-Z0-9_-]{2,50}$")
_STATUS = ("COMPLETED", "AVAILABLE", "PARTIAL", "DELETING", "EXPIRED", "STOPPED", "CREATING")
_POLICIES = ("transition_to_ia", "transition_to_archive", "transition_to_primary_storage_class")


@dataclass
class KmsKey:
    """A customer managed key."""

    name: str
    account: str
    region: str
    multi_region: bool
    replicas: list[str]
    state: str


@dataclass
class SeededFileSystem:
    """A file system; ``fields`` are moto's."""

    id: str
    name: str
    account: str
    region: str
    key: str | None
    age: float
    tags: dict[str, str]
    lifecycle_policies: list[dict[str, str]]
    fields: dict[str, Any]

    @property
    def arn(self) -> str:
        """Its ARN."""
        where = f"{partition(self.region)}:elasticfilesystem:{self.region}:{self.account}"
        return f"arn:{where}:file-system/{self.id}"


@dataclass
class AwsSeed:
    """What a seed says; the keys of vaults and file systems are still names."""

    world: World
    keys: list[KmsKey] = field(default_factory=list)
    file_systems: list[SeededFileSystem] = field(default_factory=list)


def parse_aws(reader: Reader, now: float, random_seed: int = 0) -> AwsSeed:
    """Read the section as of ``now``."""
    return _Parser(reader, now, random_seed).parse()


class _Parser:
    """Goes through the section in the order in which things refer to each other."""

    def __init__(self, reader: Reader, now: float, random_seed: int) -> None:
        self._reader = reader
        self._now = now
        regions = reader.strings("regions")
        for region in regions:
            if region not in REGIONS:
                raise SeedError(
                    f"{reader.at('regions')}: unknown region {region!r}; known: {', '.join(sorted(REGIONS))}"
                )
        default = regions[0] if regions else "eu-west-1"
        self._world = World(
            durations=reader.numbers("durations", Durations(), ("_per_second",)),
            limits=reader.numbers("limits", Limits(), ("",)),
            regions=frozenset(regions) or REGIONS,
            cross_account=reader.get("cross_account_backup", bool, False),
            organization=reader.get("organization", str, "o-sandbox0000"),
            settings_updated=now,
            chance=random.Random(random_seed),
        )
        self._seed = AwsSeed(self._world)
        self._world.default_region = self._region(reader, "default_region", default)
        for item in reader.children("links"):
            self._add_link(item)
        self._points: dict[str, tuple[Vault, Point]] = {}
        self._account = DEFAULT_ACCOUNT

    def parse(self) -> AwsSeed:
        reader = self._reader
        for item in reader.children("accounts"):
            self._add_account(item)
        if not self._world.accounts:
            self._world.accounts[DEFAULT_ACCOUNT] = Account(
                DEFAULT_ACCOUNT, "sandbox", {DEFAULT_KEY: DEFAULT_SECRET}, management=True
            )
        self._account = next(iter(self._world.accounts))
        for item in reader.children("keys"):
            self._add_key(item)
        for item in reader.children("vaults"):
            self._add_vault(item)
        for item in reader.children("file_systems"):
            self._add_file_system(item)
        for item in reader.children("points"):
            self._add_point(item)
        reader.done()
        return self._seed

    # --- places ------------------------------------------------------------------------------------------------------

    def _region(self, item: Reader, name: str, default: str) -> str:
        region = item.get(name, str, default)
        if region not in self._world.regions:
            known = ", ".join(sorted(self._world.regions))
            raise SeedError(f"{item.at(name)}: unknown region {region!r}; known: {known}")
        return region

    def _place(self, item: Reader) -> tuple[str, str]:
        account = item.get("account", str, self._account)
        found = [entry.id for entry in self._world.accounts.values() if account in (entry.id, entry.name)]
        if not found:
            raise SeedError(f"{item.at('account')}: unknown account {account!r} (list it under aws.accounts)")
        region = self._region(item, "region", self._world.default_region)
        if partition(region) != self._world.accounts[found[0]].partition:
            raise SeedError(f"{item.at('region')}: {region} is not of the partition of account {found[0]}")
        return found[0], region

    def _add_link(self, item: Reader) -> None:
        source, target = (self._region(item, end, item.need(end, str)) for end in ("source", "target"))
        times = self._world.durations
        link = Link(
            source,
            target,
            item.age("base", times.copy_base),
            item.age("seconds_per_gb", 1000 / times.copy_mb_per_second),
        )
        self._world.links[source, target] = link
        item.done()

    def _add_account(self, item: Reader) -> None:
        identifier = item.need("id", str)
        if not _ACCOUNT.match(identifier):
            raise SeedError(f"{item.at('id')}: {identifier!r} is not an account id of twelve digits (quote it)")
        if identifier in self._world.accounts:
            raise SeedError(f"{item.at('id')}: account {identifier} is there already")
        key = item.need("access_key", str)
        if not _KEY.match(key):
            raise SeedError(f"{item.at('access_key')}: {key!r} is not AKIA and sixteen capital letters and digits")
        if any(key in account.keys for account in self._world.accounts.values()):
            raise SeedError(f"{item.at('access_key')}: {key!r} is another account's already")
        roles = item.strings("roles") if "roles" in item else None
        self._world.accounts[identifier] = Account(
            identifier,
            item.get("name", str, identifier),
            {key: item.need("secret_key", str)},
            roles,
            item.get("organization_member", bool, True),
            item.get("management", bool, not self._world.accounts),
            item.choice("partition", ("aws", "aws-cn", "aws-us-gov"), "aws"),
            [(pair.need("issuer", str), pair.need("subject", str)) for pair in item.children("federated")],
        )
        item.raw("roles")
        item.done()

    # --- keys and vaults ---------------------------------------------------------------------------------------------

    def _add_key(self, item: Reader) -> None:
        account, region = self._place(item)
        replicas = item.strings("replicas")
        for replica in replicas:
            if replica not in self._world.regions or replica == region:
                raise SeedError(f"{item.at('replicas')}: {replica!r} is not another known region")
        self._seed.keys.append(
            KmsKey(
                item.need("name", str),
                account,
                region,
                item.get("multi_region", bool, bool(replicas)),
                replicas,
                item.choice("state", ("Enabled", "Disabled", "PendingDeletion"), "Enabled"),
            )
        )
        item.done()

    def _key(self, item: Reader, account: str, region: str) -> str | None:
        """The name of a key that is in that place (an alias for moto: ``alias/NAME``)."""
        name = item.optional("key", str)
        if name is None:
            return None
        for key in self._seed.keys:
            if key.name == name and key.account == account and region in (key.region, *key.replicas):
                return f"alias/{name}"
        raise SeedError(f"{item.at('key')}: no key {name!r} of account {account} in {region} (list it under aws.keys)")

    def _add_vault(self, item: Reader) -> None:
        account, region = self._place(item)
        name = item.need("name", str)
        if not _VAULT.match(name) and name != AUTOMATIC_VAULT:
            raise SeedError(f"{item.at('name')}: {name!r} is not a name of 2 to 50 letters, digits, - and _")
        if (account, region, name) in self._world.vaults:
            raise SeedError(f"{item.at('name')}: {name!r} exists already in {region} of {account}")
        vault = Vault(
            name, account, region, self._now - 30 * DAY, self._key(item, account, region) or "alias/aws/backup"
        )
        vault.policy = AUTOMATIC_POLICY if name == AUTOMATIC_VAULT else None
        policy = item.raw("policy")
        if policy is not None:
            vault.policy = policy if isinstance(policy, str) else json.dumps(policy)
            try:
                check_policy(vault.policy)
            except AwsError as error:
                raise SeedError(f"{item.at('policy')}: {error.message}") from error
        if "lock" in item:
            lock = item.child("lock")
            vault.locked = True
            vault.min_days, vault.max_days = lock.optional("min_days", int), lock.optional("max_days", int)
            days = lock.optional("changeable_for_days", float)
            vault.lock_date = None if days is None else self._now + days * DAY
            lock.done()
        self._world.vaults[(account, region, name)] = vault
        self._world.tags[vault.arn] = item.tags() or {}
        item.done()

    # --- file systems and points -------------------------------------------------------------------------------------

    def _add_file_system(self, item: Reader) -> None:
        account, region = self._place(item)
        name = item.need("name", str)
        chosen = f"fs-{uuid.UUID(self._world.uuid()).hex[:17]}"
        identifier = item.get("id", str, chosen)
        if not _FILE_SYSTEM.match(identifier):
            raise SeedError(f"{item.at('id')}: {identifier!r} is not fs- and hexadecimal digits")
        if any(name == other.name or identifier == other.id for other in self._seed.file_systems):
            raise SeedError(f"{item.path}: there is a file system {name!r} or {identifier} already")
        key = self._key(item, account, region)
        policies = item.child("lifecycle")
        shown = []
        for policy in _POLICIES:
            value = policies.optional(policy, str)
            if value is not None:
                shown.append({"".join(word.capitalize() for word in policy.split("_")).replace("Ia", "IA"): value})
        policies.done()
        mode = item.choice("throughput_mode", ("bursting", "provisioned", "elastic"), "elastic")
        amount = item.optional("provisioned_mibps", float)
        if (mode == "provisioned") != (amount is not None):
            raise SeedError(f"{item.at('provisioned_mibps')}: is for throughput_mode provisioned, which needs it")
        encrypted = item.get("encrypted", bool, True)
        if key and not encrypted:
            raise SeedError(f"{item.at('key')}: is for encrypted file systems only")
        self._seed.file_systems.append(
            SeededFileSystem(
                identifier,
                name,
                account,
                region,
                key,
                item.age("age", 90 * DAY),
                {"Name": name, **(item.tags() or {})},
                shown,
                {
                    "creation_token": item.get("creation_token", str, f"seed-{name}"),
                    "performance_mode": item.choice("performance_mode", ("generalPurpose", "maxIO"), "generalPurpose"),
                    "encrypted": encrypted,
                    "throughput_mode": mode,
                    "provisioned_throughput_in_mibps": amount,
                    "availability_zone_name": item.optional("zone", str),
                    "backup": item.get("backup", bool, False),
                    "size": round(item.get("size_gb", float, 1.0) * 10**9),
                },
            )
        )
        item.done()

    def _add_point(self, item: Reader) -> None:
        account, region = self._place(item)
        vault = self._world.vaults.get((account, region, item.need("vault", str)))
        if vault is None:
            raise SeedError(f"{item.at('vault')}: no vault {item.need('vault', str)!r} in {region} of {account}")
        lifecycle = Lifecycle(item.optional("to_cold_days", int), item.optional("delete_after_days", int))
        if lifecycle.to_cold and lifecycle.delete_after and lifecycle.delete_after < lifecycle.to_cold + 90:
            raise SeedError(f"{item.at('delete_after_days')}: has to be 90 days or more after to_cold_days")
        age = item.age("age", 3600.0)
        name = item.get("name", str, f"point-{len(self._points)}")
        if name in self._points:
            raise SeedError(f"{item.at('name')}: there is a point {name!r} already")
        arn = f"arn:{partition(region)}:backup:{region}:{account}:recovery-point:{self._world.uuid()}"
        status = item.choice("status", _STATUS, "COMPLETED")
        if ("copy_of" in item) == ("file_system" in item):
            raise SeedError(f"{item.path}: expected either file_system or copy_of")
        if "copy_of" in item:
            source = self._points.get(item.need("copy_of", str))
            if source is None:
                raise SeedError(f"{item.at('copy_of')}: no point {item.need('copy_of', str)!r} above")
            kept = lifecycle if lifecycle.show() else source[1].lifecycle
            point = replace(source[1], arn=arn, source_vault=source[0].arn, lifecycle=kept, tags=dict(source[1].tags))
            point.initiated = self._now - age
        else:
            point = self._point_of(item, arn, lifecycle, self._now - age)
        point.status = status
        point.completed = point.initiated + 600 if status in (*USABLE, "EXPIRED", "PARTIAL", "DELETING") else None
        due = point.delete_at()
        if due is not None and due <= self._now and status in USABLE:
            raise SeedError(f"{item.at('delete_after_days')}: the point would have expired already")
        self._world.add_point(vault, point)
        self._points[name] = (vault, point)
        item.done()

    def _point_of(self, item: Reader, arn: str, lifecycle: Lifecycle, created: float) -> Point:
        wanted = item.need("file_system", str)
        found = next((entry for entry in self._seed.file_systems if wanted in (entry.name, entry.id)), None)
        if found is None:
            raise SeedError(f"{item.at('file_system')}: unknown file system {wanted!r}")
        size = item.optional("size_gb", float)
        return Point(
            arn=arn, resource=found.arn, resource_name=found.name, created=created, initiated=created,
            size=found.fields["size"] if size is None else round(size * 10**9), lifecycle=lifecycle, key="",
            role=f"arn:{partition(found.region)}:iam::{found.account}:role/service-role/AWSBackupDefaultServiceRole",
            metadata={"file-system-id": found.id}, tags=dict(found.tags),
        )  # fmt: skip
