# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What exists behind the Prism Centrals. Plain data: it can be copied for stale reads."""

from __future__ import annotations

import random
import uuid
from dataclasses import dataclass, field
from typing import Any

GIB = 1024**3
MIB = 1024**2
ENDED = frozenset({"SUCCEEDED", "FAILED", "CANCELED"})
SERVER_VERSIONS = ("v4.0", "v4.1", "v4.2", "v4.3", "v4.4")
NAMESPACES = {"dataprotection": 4, "prism": 4, "networking": 4, "vmm": 3, "clustermgmt": 3, "volumes": 3}
"""The newest minor version of each namespace that its public client library knows."""


@dataclass
class Durations:
    """How long things take, in virtual seconds."""

    queue: float = 5.0
    create: float = 20.0
    set_expiration: float = 5.0
    delete: float = 10.0
    cancel: float = 10.0
    power: float = 10.0
    revert: float = 60.0
    restore_base: float = 60.0
    restore_gib_per_second: float = 1.0
    replicate_base: float = 60.0
    replicate_mib_per_second: float = 100.0
    incremental_share: float = 0.1


@dataclass
class Limits:
    """Lifetimes in virtual seconds."""

    session_lifetime: float = 900.0
    replay: float = 86400.0


@dataclass
class Cluster:
    """A cluster that is registered with a Prism Central."""

    ext_id: str
    name: str


@dataclass
class Category:
    """A key and value that things can be tagged with."""

    ext_id: str
    key: str
    value: str


@dataclass
class Subnet:
    """A network of one cluster."""

    ext_id: str
    name: str
    cluster: str
    vlan: int


@dataclass
class Disk:
    """A disk of a VM or volume group, in bytes."""

    ext_id: str
    size: int


@dataclass
class Nic:
    """A network interface; ``subnet`` is an external identifier."""

    ext_id: str
    mac: str
    subnet: str
    connected: bool = True
    address: str | None = None


@dataclass
class Entity:
    """A VM or a volume group (``kind``: vm or vg); ``version`` is behind its ETag, ``content`` what its disks hold."""

    kind: str
    ext_id: str
    name: str
    cluster: str
    created: float
    disks: list[Disk]
    description: str = ""
    nics: list[Nic] = field(default_factory=list)
    categories: list[str] = field(default_factory=list)
    owner: str = ""
    project: str | None = None
    power: str = "ON"
    guest_tools: bool = True
    content: str = ""
    updated: float = 0.0
    version: int = 0
    from_point: str | None = None
    overridden: dict[str, Any] = field(default_factory=dict)

    @property
    def size(self) -> int:
        """Bytes of all its disks."""
        return sum(disk.size for disk in self.disks)


@dataclass
class EntityPoint:
    """The part of a recovery point that is of one VM or volume group; ``state`` is what that was then."""

    ext_id: str
    location_agnostic_id: str
    state: Entity
    disk_points: list[tuple[str, str]]
    consistency: str
    vss: dict[str, Any] | None = None


@dataclass
class RecoveryPoint:
    """A top-level recovery point of one Prism Central; ``locations`` are clusters that hold its data."""

    ext_id: str
    location_agnostic_id: str
    name: str
    created: float
    expires: float | None
    consistency: str
    owner: str
    locations: list[str]
    entities: list[EntityPoint]
    source: tuple[str, tuple[str, ...]]
    secure: bool = False
    project: str | None = None
    version: int = 0

    @property
    def size(self) -> int:
        """Bytes of all disks in it."""
        return sum(entity.state.size for entity in self.entities)


@dataclass
class Task:
    """A task: waits until ``starts``, runs until ``ends``. ``frozen`` is since when an outage keeps it from
    going on, ``paused`` how long outages did while it ran."""

    ext_id: str
    operation: str
    description: str
    created: float
    starts: float
    ends: float
    kind: str
    payload: dict[str, Any]
    owner: str
    entities: list[tuple[str, str]]
    clusters: list[str]
    places: tuple[str, ...] = ()
    cancelable: bool = False
    status: str = "QUEUED"
    forced: tuple[str, str | None] | None = None
    completed: float | None = None
    frozen: float | None = None
    paused: float = 0.0
    details: list[tuple[str, str]] = field(default_factory=list)
    errors: list[dict[str, str]] = field(default_factory=list)
    warnings: list[dict[str, str]] = field(default_factory=list)

    @property
    def active(self) -> bool:
        """Whether it may still change by itself."""
        return self.status not in ENDED and self.status != "SUSPENDED"


@dataclass
class Login:
    """Who may sign in: a user with a password, or a service account with an API key."""

    name: str
    ext_id: str
    secret: str
    key: bool = False


@dataclass
class Session:
    """What a session cookie stands for."""

    login: str
    expires: float


@dataclass
class Answer:
    """What a request was answered, kept for its repetition with the same NTNX-Request-Id."""

    login: str
    status: int
    body: dict[str, Any]
    given: float


@dataclass
class PrismCentral:
    """One Prism Central and what it manages, by external identifier; ``ignored_expirations`` are the requests (create,
    set, clear) whose expiration it accepts and leaves aside, as github:nutanix/nutanix.ansible issue 794 tells of create.
    """

    name: str
    ext_id: str
    version: str
    logins: list[Login]
    pairs: list[str] = field(default_factory=list)
    ignored_expirations: list[str] = field(default_factory=list)
    clusters: dict[str, Cluster] = field(default_factory=dict)
    categories: dict[str, Category] = field(default_factory=dict)
    subnets: dict[str, Subnet] = field(default_factory=dict)
    entities: dict[str, Entity] = field(default_factory=dict)
    points: dict[str, RecoveryPoint] = field(default_factory=dict)
    tasks: dict[str, Task] = field(default_factory=dict)
    sessions: dict[str, Session] = field(default_factory=dict)
    answers: dict[str, Answer] = field(default_factory=dict)

    @property
    def minor(self) -> int:
        """The minor number of its version."""
        return int(self.version.rpartition(".")[2])

    def newest(self, namespace: str) -> int:
        """The newest minor version of a namespace that it serves."""
        return min(self.minor, NAMESPACES[namespace])


@dataclass
class World:
    """Everything."""

    durations: Durations = field(default_factory=Durations)
    limits: Limits = field(default_factory=Limits)
    centrals: dict[str, PrismCentral] = field(default_factory=dict)
    outages: dict[str, str] = field(default_factory=dict)
    chance: random.Random = field(default_factory=lambda: random.Random(0))

    def uuid(self) -> str:
        """A new identifier."""
        return str(uuid.UUID(int=self.chance.getrandbits(128), version=4))

    def mac(self) -> str:
        """A new address in the range of Nutanix's AHV."""
        return "50:6b:8d:" + ":".join(f"{self.chance.randrange(256):02x}" for _byte in range(3))

    def central_of(self, ext_id: str) -> PrismCentral | None:
        """The Prism Central with that external identifier."""
        return next((central for central in self.centrals.values() if central.ext_id == ext_id), None)

    def holds_earlier(self, central: PrismCentral, cluster: str, point: RecoveryPoint) -> bool:
        """Whether that cluster has an earlier recovery point of every VM and volume group in ``point``."""
        there = {
            entity.state.ext_id
            for other in central.points.values()
            if cluster in other.locations and other.created < point.created
            for entity in other.entities
        }
        return all(entity.state.ext_id in there for entity in point.entities)
