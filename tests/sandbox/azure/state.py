# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Everything that exists in the fake subscription: plain data with indexes, no rules, no I/O.

All of it can be pickled, which is how stale reads get at an older state.
"""

from __future__ import annotations

import heapq
import random
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from .ids import key


@dataclass(frozen=True)
class Durations:
    """How long things take, in virtual seconds."""

    local_point: float = 120.0
    copy_initiation: float = 30.0
    copy_base: float = 300.0
    copy_gib_per_hour: float = 60.0
    incremental_share: float = 0.2
    restore_disk: float = 60.0
    create_vm: float = 90.0
    delete: float = 30.0
    create_snapshot: float = 10.0
    snapshot_copy_base: float = 60.0
    snapshot_seconds_per_gb: float = 6.0
    create_image: float = 60.0


@dataclass(frozen=True)
class Limits:
    """The provider's limits and page sizes."""

    page_size: int = 50
    copies_per_hour: int = 3
    creates_per_hour: int = 3
    points_per_vm: int = 500
    collections_per_region: int = 10_000
    progress_tick: float = 600.0
    longest_copy: float = 14 * 86_400.0
    snapshot_copies_per_region: int = 100
    snapshot_copies_per_source: int = 1
    token_lifetime: float = 3600.0


@dataclass(frozen=True)
class Link:
    """How fast snapshots travel from one region to another, in virtual seconds; the same region twice is a copy
    within it, "" is every region."""

    source: str
    target: str
    base: float
    seconds_per_gb: float


@dataclass(frozen=True)
class Settings:
    """What a seed may set apart from resources. Of several links that fit, the last one counts."""

    random_seed: int = 0
    timestamp_offset: str = "+00:00"
    source_location_spelling: str = "display"
    durations: Durations = Durations()
    limits: Limits = Limits()
    links: tuple[Link, ...] = ()


@dataclass
class Resource:
    """What every resource has. ``born`` is the virtual time at which it came to be."""

    id: str
    name: str
    subscription: str
    group: str
    location: str
    born: float
    tags: dict[str, str] | None = None
    provisioning: str = "Succeeded"

    @property
    def key(self) -> str:
        """What it is found by."""
        return key(self.id)


@dataclass
class Group(Resource):
    """A resource group."""


@dataclass
class Network(Resource):
    """A virtual network; subnets by lower-case name: (name, address prefix)."""

    address_space: list[str] = field(default_factory=list)
    subnets: dict[str, tuple[str, str]] = field(default_factory=dict)


@dataclass
class SecurityGroup(Resource):
    """A network security group (only its existence matters here)."""


@dataclass
class EncryptionSet(Resource):
    """A disk encryption set (only its existence and region matter here)."""


@dataclass
class Nic(Resource):
    """A network interface. ``configurations`` are its IP configurations as they are answered."""

    configurations: list[dict[str, Any]] = field(default_factory=list)
    security_group: str | None = None
    accelerated: bool = False
    vm: str | None = None
    primary: bool = True


@dataclass
class Disk(Resource):
    """A managed disk. ``content`` says what is wrong with its bytes (None: nothing)."""

    unique_id: str = ""
    size_gb: int = 0
    sku: str = "Premium_LRS"
    os_type: str | None = None
    generation: str | None = None
    zones: list[str] | None = None
    creation: dict[str, Any] = field(default_factory=dict)
    encryption_set: str | None = None
    vm: str | None = None
    allocated: bool = True
    max_shares: int = 1
    content: str | None = None
    from_point: str | None = None
    point_put: float | None = None


@dataclass
class Snapshot(Resource):
    """A snapshot. ``state`` is that of its copy by CopyStart: none (it is no such copy), replicating, succeeded, failed.

    ``origin`` is the disk that its data comes from, over all copies, and ``taken`` when it was that disk's. ``family``
    are the incremental snapshots of one disk in one region, which Azure copies one at a time and in order.
    """

    unique_id: str = ""
    size_gb: int = 0
    sku: str = "Standard_LRS"
    os_type: str | None = None
    generation: str | None = None
    incremental: bool = False
    creation: dict[str, Any] = field(default_factory=dict)
    encryption_set: str | None = None
    origin: str = ""
    family: str = ""
    taken: float = 0.0
    content: str | None = None
    source: str | None = None
    state: str = "none"
    needs: float = 0.0
    started: float | None = None
    ended: float | None = None
    error: dict[str, str] | None = None
    pauses: list[list[float | None]] = field(default_factory=list)
    regions: tuple[str, str] = ("", "")
    fails_after: float | None = None
    frozen: bool = False

    @property
    def ready(self) -> bool:
        """Whether all of its bytes are where it is."""
        return self.provisioning in ("Succeeded", "Deleting") and self.state in ("none", "succeeded")


@dataclass
class Image(Resource):
    """A managed image; ``storage`` is its storageProfile as it is answered."""

    generation: str | None = None
    storage: dict[str, Any] = field(default_factory=dict)


@dataclass
class VmDisk:
    """A disk as a VM has it attached; ``lun`` None is the OS disk."""

    disk: str
    name: str
    lun: int | None
    caching: str
    delete_option: str
    create_option: str = "Attach"


@dataclass
class VmNic:
    """A network interface as a VM has it."""

    nic: str
    primary: bool
    delete_option: str


@dataclass
class Vm(Resource):
    """A virtual machine. ``passed`` holds properties that are answered as they came."""

    vm_id: str = ""
    size: str = ""
    os_type: str = "Linux"
    generation: str = "V2"
    zones: list[str] | None = None
    disks: list[VmDisk] = field(default_factory=list)
    nics: list[VmNic] = field(default_factory=list)
    os_profile: dict[str, Any] | None = None
    passed: dict[str, Any] = field(default_factory=dict)
    power: str = "running"


@dataclass
class DiskPoint:
    """One disk within a restore point. ``needs`` is the undisturbed time that its replication takes."""

    name: str
    id: str
    disk_name: str
    disk_id: str
    size_gb: int
    sku: str
    caching: str
    lun: int | None
    os_type: str | None
    generation: str | None
    unique_id: str
    encryption_type: str
    encryption_set: str | None
    source_id: str | None
    content: str | None = None
    needs: float = 0.0
    state: str = "none"
    ended: float | None = None
    access_until: float | None = None

    @property
    def ready(self) -> bool:
        """Whether all of its bytes are where it is."""
        return self.state in ("none", "succeeded")


@dataclass
class Point:
    """A restore point. ``state`` is that of its replication: none (local), replicating, succeeded, failed."""

    id: str
    name: str
    collection: str
    vm_id: str
    vm: str
    time_created: float
    time_text: str
    born: float
    consistency: str | None
    metadata: dict[str, Any]
    disks: list[DiskPoint]
    excluded: list[str]
    source: str | None = None
    remote: bool = False
    full: bool = False
    provisioning: str = "Creating"
    state: str = "none"
    started: float | None = None
    ended: float | None = None
    pauses: list[list[float | None]] = field(default_factory=list)
    epoch: int = 0
    regions: tuple[str, str] = ("", "")
    instant_minutes: int | None = None
    fails: dict[str, Any] | None = None
    frozen: bool = False
    rendered: dict[bool, str] | None = None

    @property
    def key(self) -> str:
        """What it is found by."""
        return key(self.id)

    @property
    def busy(self) -> bool:
        """Whether it is still being made or replicated."""
        return self.provisioning == "Creating" or self.state == "replicating"


@dataclass
class Collection(Resource):
    """A restore point collection. ``source_kind`` is vm or collection."""

    collection_id: str = ""
    source: str = ""
    source_kind: str = "vm"
    source_location: str = ""
    instant_access: bool = False
    points: dict[str, Point] = field(default_factory=dict)
    busy_copies: set[str] = field(default_factory=set)
    copy_puts: list[float] = field(default_factory=list)


@dataclass
class Operation:
    """A long-running operation; `timeline` carries out its effect when it is due."""

    id: str
    subscription: str
    region: str
    path: str
    started: float
    due: float
    effect: str
    subject: str
    secret: str
    final_status: int = 200
    status: str = "InProgress"
    ended: float | None = None
    error: dict[str, Any] | None = None
    shows: str | None = None


R = TypeVar("R", bound=Resource)


class Table(Generic[R]):
    """Resources of one kind, found by id, by resource group and by subscription."""

    def __init__(self) -> None:
        self._all: dict[str, R] = {}
        self._groups: dict[tuple[str, str], dict[str, R]] = {}
        self._subscriptions: dict[str, dict[str, R]] = {}

    def get(self, resource_id: str) -> R | None:
        """The resource with that id, in any casing."""
        return self._all.get(key(resource_id))

    def add(self, resource: R) -> R:
        """Put a resource in."""
        name = resource.key
        self._all[name] = resource
        self._groups.setdefault(_group_key(resource), {})[name] = resource
        self._subscriptions.setdefault(resource.subscription.lower(), {})[name] = resource
        return resource

    def remove(self, resource_id: str) -> R | None:
        """Take a resource out."""
        resource = self._all.pop(key(resource_id), None)
        if resource is not None:
            self._groups[_group_key(resource)].pop(resource.key, None)
            self._subscriptions[resource.subscription.lower()].pop(resource.key, None)
        return resource

    def in_group(self, subscription: str, group: str) -> list[R]:
        """All in a resource group, oldest first."""
        return list(self._groups.get((subscription.lower(), group.lower()), {}).values())

    def in_subscription(self, subscription: str) -> list[R]:
        """All in a subscription, oldest first."""
        return list(self._subscriptions.get(subscription.lower(), {}).values())

    def __iter__(self) -> Iterator[R]:
        return iter(list(self._all.values()))

    def __len__(self) -> int:
        return len(self._all)


def _group_key(resource: Resource) -> tuple[str, str]:
    return resource.subscription.lower(), resource.group.lower()


@dataclass(frozen=True)
class Problem:
    """Something that would have lost data in a real disaster: shown by the integrity endpoint."""

    kind: str
    id: str
    reason: str
    virtual_time: float


class State:
    """The fake cloud's content."""

    def __init__(self, settings: Settings | None = None) -> None:
        self.settings = settings or Settings()
        self.random = random.Random(self.settings.random_seed)
        self.subscriptions: dict[str, dict[str, str]] = {}
        self.groups: Table[Group] = Table()
        self.networks: Table[Network] = Table()
        self.security_groups: Table[SecurityGroup] = Table()
        self.encryption_sets: Table[EncryptionSet] = Table()
        self.nics: Table[Nic] = Table()
        self.disks: Table[Disk] = Table()
        self.snapshots: Table[Snapshot] = Table()
        self.images: Table[Image] = Table()
        self.vms: Table[Vm] = Table()
        self.collections: Table[Collection] = Table()
        self.collection_counts: dict[tuple[str, str], int] = {}
        self.points: dict[str, Point] = {}
        self.disk_points: dict[str, tuple[Point, DiskPoint]] = {}
        self.points_of_vm: dict[str, set[str]] = {}
        self.copies_of: dict[str, set[str]] = {}
        self.creating_on_vm: dict[str, set[str]] = {}
        self.create_puts: dict[tuple[str, str], list[float]] = {}
        self.running_copies: set[str] = set()
        self.travelling: set[str] = set()
        self.operations: dict[str, Operation] = {}
        self.outages: dict[str, str] = {}
        self.problems: list[Problem] = []
        self.events: list[tuple[float, int, str, tuple[Any, ...]]] = []
        self._sequence = 0

    def guid(self) -> str:
        """A guid from the seeded generator: the same requests in the same order give the same guids."""
        return str(uuid.UUID(int=self.random.getrandbits(128), version=4))

    def schedule(self, at: float, kind: str, *arguments: Any) -> None:
        """Have `timeline` do something at a virtual time."""
        self._sequence += 1
        heapq.heappush(self.events, (at, self._sequence, kind, arguments))

    def report(self, kind: str, resource_id: str, reason: str, now: float) -> None:
        """Note a problem for the integrity endpoint."""
        self.problems.append(Problem(kind, resource_id, reason, now))

    def find_group(self, subscription: str, name: str) -> Group | None:
        """The resource group of that name."""
        return self.groups.get(f"/subscriptions/{subscription}/resourceGroups/{name}")

    def add_collection(self, collection: Collection) -> Collection:
        """Put a collection in."""
        counted = (collection.subscription.lower(), collection.location)
        self.collection_counts[counted] = self.collection_counts.get(counted, 0) + 1
        return self.collections.add(collection)

    def remove_collection(self, collection: Collection) -> None:
        """Take a collection out, with all of its points."""
        for point in list(collection.points.values()):
            self.remove_point(point)
        self.collection_counts[collection.subscription.lower(), collection.location] -= 1
        self.collections.remove(collection.id)

    def collection_of(self, point: Point) -> Collection:
        """The collection that holds the point."""
        collection = self.collections.get(point.collection)
        assert collection is not None, point.id
        return collection

    def add_point(self, point: Point) -> None:
        """Put a point into its collection and the indexes."""
        self.collection_of(point).points[point.name.lower()] = point
        self.points[point.key] = point
        self.points_of_vm.setdefault(point.vm_id, set()).add(point.key)
        if point.source:
            self.copies_of.setdefault(key(point.source), set()).add(point.key)
        for disk in point.disks:
            self.disk_points[key(disk.id)] = (point, disk)

    def remove_point(self, point: Point) -> None:
        """Take a point out of everything that knows it."""
        collection = self.collection_of(point)
        collection.points.pop(point.name.lower(), None)
        collection.busy_copies.discard(point.key)
        self.points.pop(point.key, None)
        self.points_of_vm[point.vm_id].discard(point.key)
        if point.source:
            self.copies_of[key(point.source)].discard(point.key)
        self.creating_on_vm.get(key(point.vm), set()).discard(point.key)
        self.running_copies.discard(point.key)
        point.epoch += 1
        for disk in point.disks:
            self.disk_points.pop(key(disk.id), None)

    def forget_newer_than(self, moment: float) -> None:
        """Drop what came to be after a moment (only ever used on a copy that answers a stale read)."""
        for collection in self.collections:
            if collection.born > moment:
                self.remove_collection(collection)
                continue
            for point in list(collection.points.values()):
                if point.born > moment:
                    self.remove_point(point)
        for table in (self.vms, self.disks, self.snapshots, self.images, self.nics, self.groups):
            for resource in table:
                if resource.born > moment:
                    table.remove(resource.id)
