# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The ``nutanix`` section of seeds. README.md beside the sandbox describes every field."""

from __future__ import annotations

import random

from ..seed_reader import Reader, SeedError
from .call import UUID
from .effects import copy_point, make_part
from .world import (
    GIB,
    SERVER_VERSIONS,
    Category,
    Cluster,
    Disk,
    Durations,
    Entity,
    Limits,
    Login,
    Nic,
    PrismCentral,
    RecoveryPoint,
    Subnet,
    World,
)

DEFAULT_USER = "admin"
DEFAULT_PASSWORD = "sandbox-password"  # not a secret: it opens the sandbox only


def parse_nutanix(reader: Reader, now: float, random_seed: int = 0) -> World:
    """Make what the section describes, as of ``now``; SeedError says what is wrong with it."""
    return _Parser(reader, now, random_seed).parse()


class _Parser:
    """Goes through the section in the order in which things refer to each other."""

    def __init__(self, reader: Reader, now: float, random_seed: int) -> None:
        self._reader = reader
        self._now = now
        self._world = World(
            durations=reader.numbers("durations", Durations(), ("_per_second",)),
            limits=reader.numbers("limits", Limits()),
            chance=random.Random(random_seed),
        )
        self._points: dict[str, RecoveryPoint] = {}
        self._ids: set[str] = set()

    def parse(self) -> World:
        items = self._reader.children("prism_centrals")
        if not items:
            raise SeedError(f"{self._reader.at('prism_centrals')}: expected at least one")
        centrals = [self._central(item) for item in items]
        for item, central in zip(items, centrals, strict=True):
            self._pair(item, central)
            for entry in item.children("recovery_points"):
                self._point(entry, central)
            item.done()
        self._reader.done()
        return self._world

    def _central(self, item: Reader) -> PrismCentral:
        name = item.need("name", str)
        if name in self._world.centrals:
            raise SeedError(f"{item.at('name')}: there is a Prism Central {name!r} already")
        central = PrismCentral(name, self._id(item), item.choice("version", SERVER_VERSIONS, SERVER_VERSIONS[-1]), [])
        self._world.centrals[name] = central
        central.ignored_expirations = item.strings("ignored_expirations")
        unknown = set(central.ignored_expirations) - {"create", "set", "clear"}
        if unknown:
            raise SeedError(f"{item.at('ignored_expirations')}: expected create, set or clear, got {min(unknown)!r}")
        for user in item.children("users"):
            central.logins.append(Login(user.need("username", str), self._id(user), user.need("password", str)))
            user.done()
        if not central.logins:
            central.logins.append(Login(DEFAULT_USER, self._world.uuid(), DEFAULT_PASSWORD))
        for key in item.strings("api_keys"):
            central.logins.append(Login("service account", self._world.uuid(), key, key=True))
        for entry in item.children("clusters"):
            cluster = Cluster(self._id(entry), entry.need("name", str))
            central.clusters[cluster.ext_id] = cluster
            entry.done()
        if not central.clusters:
            raise SeedError(f"{item.at('clusters')}: expected at least one")
        for entry in item.children("categories"):
            category = Category(self._id(entry), entry.need("key", str), entry.need("value", str))
            central.categories[category.ext_id] = category
            entry.done()
        for entry in item.children("subnets"):
            subnet = Subnet(
                self._id(entry), entry.need("name", str), self._cluster(entry, central), entry.get("vlan", int, 0)
            )
            central.subnets[subnet.ext_id] = subnet
            entry.done()
        for kind, field in (("vm", "vms"), ("vg", "volume_groups")):
            for entry in item.children(field):
                self._entity(entry, central, kind)
        return central

    def _id(self, item: Reader) -> str:
        """The field ``ext_id``, or a new identifier."""
        chosen = self._world.uuid()
        ext_id = item.get("ext_id", str, chosen).lower()
        if not UUID.match(ext_id):
            raise SeedError(f"{item.at('ext_id')}: {ext_id!r} is not a UUID")
        if ext_id in self._ids:
            raise SeedError(f"{item.at('ext_id')}: {ext_id} is somebody else's already")
        self._ids.add(ext_id)
        return ext_id

    def _cluster(self, item: Reader, central: PrismCentral) -> str:
        """The external identifier of the cluster that is named; the first if none is."""
        name = item.get("cluster", str, next(iter(central.clusters.values())).name)
        for cluster in central.clusters.values():
            if cluster.name == name:
                return cluster.ext_id
        raise SeedError(f"{item.at('cluster')}: {central.name} has no cluster {name!r}")

    def _pair(self, item: Reader, central: PrismCentral) -> None:
        """Prism Centrals are paired with all others, if the seed does not say with which."""
        others = [name for name in self._world.centrals if name != central.name]
        central.pairs = item.strings("paired_with") if "paired_with" in item else others
        item.raw("paired_with")
        unknown = set(central.pairs) - set(others)
        if unknown:
            raise SeedError(f"{item.at('paired_with')}: there is no other Prism Central {min(unknown)!r}")

    def _entity(self, item: Reader, central: PrismCentral, kind: str) -> None:
        cluster = self._cluster(item, central)
        age = item.age("age", 90 * 86400.0)
        entity = Entity(
            kind, self._id(item), item.need("name", str), cluster, self._now - age,
            [Disk(self._world.uuid(), round(size * GIB)) for size in self._sizes(item)],
            description=item.get("description", str, ""),
            categories=[self._category(item, central, text) for text in item.strings("categories")],
            owner=central.logins[0].ext_id,
            updated=self._now - age,
        )  # fmt: skip
        entity.content = f"{entity.name}-1"
        if kind == "vm":
            entity.power = item.choice("power", ("ON", "OFF"), "ON")
            entity.guest_tools = item.get("guest_tools", bool, True)
            for name in item.strings("subnets"):
                found = [one for one in central.subnets.values() if one.name == name and one.cluster == cluster]
                if not found:
                    raise SeedError(f"{item.at('subnets')}: the VM's cluster has no subnet {name!r}")
                entity.nics.append(Nic(self._world.uuid(), self._world.mac(), found[0].ext_id))
        central.entities[entity.ext_id] = entity
        item.done()

    def _sizes(self, item: Reader) -> list[float]:
        sizes = item.get("disks_gb", list, [40])
        if not sizes or not all(
            isinstance(size, (int, float)) and not isinstance(size, bool) and size > 0 for size in sizes
        ):
            raise SeedError(f"{item.at('disks_gb')}: expected a list of positive numbers, got {sizes!r}")
        return [float(size) for size in sizes]

    def _category(self, item: Reader, central: PrismCentral, text: str) -> str:
        key, _colon, value = text.partition(":")
        for category in central.categories.values():
            if (category.key, category.value) == (key, value):
                return category.ext_id
        raise SeedError(f"{item.at('categories')}: {central.name} has no category {text!r} (key:value)")

    def _point(self, item: Reader, central: PrismCentral) -> None:
        name = item.need("name", str)
        if name in self._points and "copy_of" not in item:
            raise SeedError(f"{item.at('name')}: there is a recovery point {name!r} already")
        expires = item.optional("expires_in", float)
        if expires is not None and expires <= 0:
            raise SeedError(f"{item.at('expires_in')}: expected seconds from now, got {expires!r}")
        if "copy_of" in item:
            source = self._points.get(item.need("copy_of", str))
            if source is None:
                raise SeedError(f"{item.at('copy_of')}: no recovery point {item.need('copy_of', str)!r} above")
            point = copy_point(
                self._world, source, self._id(item), self._cluster(item, central), central.logins[0].ext_id
            )
            point.name = name
        else:
            point = self._new_point(item, central, name)
        if expires is not None or "copy_of" not in item:
            point.expires = None if expires is None else self._now + expires
        point.secure = item.get("secure", bool, point.secure)
        central.points[point.ext_id] = point
        self._points.setdefault(name, point)
        item.done()

    def _new_point(self, item: Reader, central: PrismCentral, name: str) -> RecoveryPoint:
        consistency = item.choice("type", ("CRASH_CONSISTENT", "APPLICATION_CONSISTENT"), "CRASH_CONSISTENT")
        found: list[Entity] = []
        for kind, field in (("vm", "vms"), ("vg", "volume_groups")):
            for wanted in item.strings(field):
                entities = [one for one in central.entities.values() if one.kind == kind and one.name == wanted]
                if not entities:
                    raise SeedError(f"{item.at(field)}: {central.name} has no {wanted!r}")
                found.append(entities[0])
        if not found or len({entity.cluster for entity in found}) > 1:
            raise SeedError(f"{item.path}: expected vms or volume_groups, all on one cluster")
        clusters = [found[0].cluster]
        return RecoveryPoint(
            self._id(item), self._world.uuid(), name, self._now - item.age("age", 3600.0), None, consistency,
            central.logins[0].ext_id, clusters, [make_part(self._world, entity, consistency) for entity in found],
            (central.ext_id, tuple(clusters)),
        )  # fmt: skip
