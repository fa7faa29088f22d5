# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Everything that AWS Backup knows: plain data, no moto, no I/O; it can be pickled, which is how stale reads work."""

from __future__ import annotations

import heapq
import random
import re
import uuid
from dataclasses import dataclass, field
from typing import Any, Protocol

from .errors import AwsError, access_denied

DAY = 86_400.0
REGIONS = frozenset(
    {
        "af-south-1", "ap-east-1", "ap-northeast-1", "ap-northeast-2", "ap-northeast-3", "ap-south-1",
        "ap-south-2", "ap-southeast-1", "ap-southeast-2", "ap-southeast-3", "ap-southeast-4", "ca-central-1",
        "ca-west-1", "cn-north-1", "cn-northwest-1", "eu-central-1", "eu-central-2", "eu-north-1", "eu-south-1",
        "eu-south-2", "eu-west-1", "eu-west-2", "eu-west-3", "il-central-1", "me-central-1", "me-south-1",
        "sa-east-1", "us-east-1", "us-east-2", "us-gov-east-1", "us-gov-west-1", "us-west-1", "us-west-2",
    }
)  # fmt: skip
_VAULT_ARN = re.compile(r"^arn:(aws[a-z-]*):backup:([a-z0-9-]+):(\d{12}):backup-vault:([a-zA-Z0-9/_-]{2,50})$")
USABLE = ("COMPLETED", "AVAILABLE")


@dataclass(frozen=True)
class Durations:
    """How long things take, in virtual seconds; rates in 10^6 bytes per second."""

    queue: float = 30.0
    backup_base: float = 60.0
    backup_mb_per_second: float = 400.0
    copy_base: float = 120.0
    copy_mb_per_second: float = 100.0
    incremental_share: float = 0.1
    restore_base: float = 180.0
    restore_mb_per_second: float = 200.0
    cold_restore: float = 14_400.0
    late_failure: float = 120.0
    create_file_system: float = 15.0
    create_mount_target: float = 60.0
    delete: float = 30.0
    expired: float = 3600.0


@dataclass(frozen=True)
class Limits:
    """AWS's limits and page sizes."""

    page_size: int = 1000
    copies_per_destination: int = 100
    # AWS does not say whether its quota counts everywhere or in each region: both hold unless a seed raises one.
    jobs_per_resource: int = 1
    jobs_per_resource_and_region: int = 1


@dataclass(frozen=True)
class Link:
    """How long a copy from one region to another takes, in virtual seconds."""

    source: str
    target: str
    base: float
    seconds_per_gb: float


@dataclass(frozen=True)
class Lifecycle:
    """Days from the point's creation date; None: never."""

    to_cold: int | None = None
    delete_after: int | None = None

    def show(self) -> dict[str, int] | None:
        """As the API has it."""
        shown = {"MoveToColdStorageAfterDays": self.to_cold, "DeleteAfterDays": self.delete_after}
        return {name: days for name, days in shown.items() if days is not None} or None


@dataclass
class Account:
    """An account of one partition; ``keys`` are access key ids with their secrets, ``roles`` None: any role exists.

    ``federated`` are the issuers and subjects that its roles trust.
    """

    id: str
    name: str
    keys: dict[str, str]
    roles: list[str] | None = None
    organization: bool = True
    management: bool = False
    partition: str = "aws"
    federated: list[tuple[str, str]] = field(default_factory=list)


@dataclass
class Point:
    """A recovery point. ``created`` is what a lifecycle counts from: for a copy the date of its source."""

    arn: str
    resource: str
    resource_name: str
    created: float
    initiated: float
    size: int
    lifecycle: Lifecycle
    key: str
    role: str
    metadata: dict[str, str]
    tags: dict[str, str]
    source_vault: str | None = None
    status: str = "COMPLETED"
    completed: float | None = None
    last_restore: float | None = None

    def cold_at(self) -> float | None:
        """When it moves to cold storage."""
        return None if self.lifecycle.to_cold is None else self.created + self.lifecycle.to_cold * DAY

    def delete_at(self) -> float | None:
        """When it expires."""
        return None if self.lifecycle.delete_after is None else self.created + self.lifecycle.delete_after * DAY

    def is_cold(self, now: float) -> bool:
        """Whether it is in cold storage."""
        at = self.cold_at()
        return at is not None and now >= at


@dataclass
class Vault:
    """A backup vault with its points."""

    name: str
    account: str
    region: str
    created: float
    key: str
    request_id: str | None = None
    locked: bool = False
    min_days: int | None = None
    max_days: int | None = None
    lock_date: float | None = None
    policy: str | None = None
    points: dict[str, Point] = field(default_factory=dict)

    @property
    def arn(self) -> str:
        """Its ARN."""
        return f"arn:{partition(self.region)}:backup:{self.region}:{self.account}:backup-vault:{self.name}"


@dataclass
class Job:
    """A backup, copy or restore job. ``vault`` is where its point is or (for a backup) will be."""

    id: str
    kind: str
    account: str
    region: str
    created: float
    role: str
    resource: str
    resource_name: str
    vault: tuple[str, str, str]
    point: str
    size: int
    state: str
    target: str = ""
    lifecycle: Lifecycle | None = None
    made: str | None = None
    metadata: dict[str, str] = field(default_factory=dict)
    tags: dict[str, str] | None = None
    file_system: str | None = None
    point_created: float | None = None
    started: float | None = None
    finish_at: float | None = None
    ended: float | None = None
    message: str | None = None
    failure: tuple[str, str] | None = None
    forced: tuple[str, str | None, float | None] | None = None

    @property
    def regions(self) -> tuple[str, ...]:
        """The regions that it needs."""
        return (self.region, self.target.split(":")[3]) if self.kind == "copy" else (self.region,)

    def percent(self, now: float) -> float:
        """How much of it is done."""
        if self.state == "COMPLETED":
            return 100.0
        if self.started is None or self.finish_at is None:
            return 0.0
        span = max(self.finish_at - self.started, 1e-9)
        return max(0.0, min(99.0, 100.0 * ((self.ended or now) - self.started) / span))


@dataclass
class Restored:
    """Data that a restore has put into a file system: always into a folder of its own below the root."""

    file_system: str
    directory: str
    point: str
    resource: str
    items: list[str] | None
    size: int
    at: float


class Cloud(Protocol):
    """What the jobs need of the services that moto plays."""

    def resolve_key(self, account: str, region: str, key: str) -> str:
        """The ARN of a usable key; AwsError says why it is not."""

    def file_system(self, account: str, region: str, identifier: str) -> dict[str, Any] | None:
        """What a backup stores of a file system, if it exists."""

    def make_file_system(self, job: Job, at: float) -> None:
        """The file system of a restore; AwsError says why not."""

    def drop_file_system(self, account: str, region: str, identifier: str) -> None:
        """Remove what a restore that failed had begun."""

    def finish_file_system(self, job: Job) -> None:
        """Size and tags of a restored file system."""


@dataclass
class World:
    """The state."""

    durations: Durations = Durations()
    limits: Limits = Limits()
    links: dict[tuple[str, str], Link] = field(default_factory=dict)
    accounts: dict[str, Account] = field(default_factory=dict)
    regions: frozenset[str] = REGIONS
    default_region: str = "eu-west-1"
    cross_account: bool = False
    organization: str = "o-sandbox0000"
    settings_updated: float = 0.0
    vaults: dict[tuple[str, str, str], Vault] = field(default_factory=dict)
    jobs: dict[str, Job] = field(default_factory=dict)
    tokens: dict[tuple[str, ...], str] = field(default_factory=dict)
    tags: dict[str, dict[str, str]] = field(default_factory=dict)
    restored: list[Restored] = field(default_factory=list)
    outages: dict[str, str] = field(default_factory=dict)
    held: dict[str, list[tuple[float, str, str]]] = field(default_factory=dict)
    waiting: list[str] = field(default_factory=list)
    events: list[tuple[float, int, str, str]] = field(default_factory=list)
    sequence: int = 0
    chance: random.Random = field(default_factory=random.Random)
    cloud: Cloud | None = None

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "cloud": None}

    def uuid(self) -> str:
        """An upper-case UUID, as AWS Backup has them."""
        return str(uuid.UUID(int=self.chance.getrandbits(128), version=4)).upper()

    def push(self, at: float, kind: str, subject: str) -> None:
        """Have something happen at a time."""
        self.sequence += 1
        heapq.heappush(self.events, (at, self.sequence, kind, subject))

    def vault(self, account: str, region: str, name: str, action: str) -> Vault:
        """A vault that may be used for that action; missing and forbidden look the same from outside."""
        found = self.vaults.get((account, region, name))
        arn = f"arn:{partition(region)}:backup:{region}:{account}:backup-vault:{name}"
        if found is None:
            raise access_denied(action, arn)
        return found

    def vault_by_arn(self, arn: str) -> Vault | None:
        """A vault by its ARN."""
        parts = parse_vault_arn(arn)
        return None if parts is None else self.vaults.get((parts[2], parts[1], parts[3]))

    def find_point(self, account: str, region: str, arn: str) -> tuple[Vault, Point] | None:
        """A point in any vault of an account in a region."""
        for vault in self.vaults.values():
            if (vault.account, vault.region) == (account, region) and arn in vault.points:
                return vault, vault.points[arn]
        return None

    def add_point(self, vault: Vault, point: Point) -> None:
        """Put a point into a vault and have it expire in time."""
        vault.points[point.arn] = point
        self.tags[point.arn] = dict(point.tags)
        at = point.delete_at()
        if at is not None:
            self.push(max(at, point.initiated), "expire", point.arn)


def partition(region: str) -> str:
    """The partition of a region."""
    return "aws-cn" if region.startswith("cn-") else "aws-us-gov" if region.startswith("us-gov-") else "aws"


def parse_vault_arn(arn: str) -> tuple[str, str, str, str] | None:
    """Partition, region, account and name of a vault's ARN."""
    found = _VAULT_ARN.match(arn)
    return None if found is None else (found[1], found[2], found[3], found[4])


__all__ = [
    "DAY", "REGIONS", "USABLE", "Account", "AwsError", "Cloud", "Durations", "Job", "Lifecycle", "Limits", "Link", "Point",
    "Restored", "Vault", "World", "parse_vault_arn", "partition",
]  # fmt: skip
