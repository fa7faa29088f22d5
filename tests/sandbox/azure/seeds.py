# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Seeds: YAML files that say what exists when the sandbox starts. README.md describes every field.

`parse_seed` checks the form and `load_seed` makes the state; both raise `SeedError` with the place of the error.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml  # type: ignore[import-untyped,unused-ignore]

from ..aws.seeds import AwsSeed, parse_aws
from ..faults import Fault, parse_faults
from ..seed_reader import Reader, SeedError
from ..virtual_clock import parse_offset, parse_time, timestamp
from . import ids, replication, snapshot_copies
from .regions import REGIONS, normalised
from .restore_points import build_copy, build_point
from .state import (
    Collection,
    Disk,
    Durations,
    EncryptionSet,
    Group,
    Limits,
    Link,
    Network,
    Nic,
    Resource,
    SecurityGroup,
    Settings,
    Snapshot,
    State,
    Vm,
    VmDisk,
    VmNic,
)
from .token_service import Permission, Principal

if TYPE_CHECKING:
    from ..nutanix.world import World as NutanixWorld
    from .storage.world import World as StorageWorld

__all__ = ["Planted", "Seed", "SeedError", "find_seed", "load_seed", "parse_seed"]

DEFAULT_TENANT = "7e57ab1e-0000-4000-8000-0000000000aa"
DEFAULT_SUBSCRIPTION = "7e57ab1e-0000-4000-8000-000000000001"
DEFAULT_CLIENT = "7e57ab1e-0000-4000-8000-0000000000c1"
DEFAULT_SECRET = "sandbox-secret"  # not a secret: it opens the sandbox only

_FOLDER = Path(__file__).resolve().parent.parent / "seeds"
_POSITIVE_DURATIONS = ("copy_gib_per_hour",)
_POSITIVE_LIMITS = ("page_size", "snapshot_copies_per_region", "snapshot_copies_per_source")
_GUID = re.compile(r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$", re.IGNORECASE)


@dataclass(frozen=True)
class Seed:
    """A seed as it was read."""

    content: dict[str, Any]
    start_time: float | None


@dataclass
class Planted:
    """What a seed makes."""

    state: State
    tenants: set[str] = field(default_factory=set)
    clients: dict[str, Principal] = field(default_factory=dict)
    users: dict[str, Principal] = field(default_factory=dict)
    identities: dict[str, Principal] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)
    aws: AwsSeed = field(kw_only=True)
    nutanix: NutanixWorld | None = None
    storage: StorageWorld | None = None


def find_seed(name: str) -> Seed:
    """A shipped seed by name, or a file by path."""
    path = Path(name)
    if path.suffix not in (".yml", ".yaml"):
        path = _FOLDER / f"{name}.yml"
    if not path.is_file():
        known = ", ".join(sorted(file.stem for file in _FOLDER.glob("*.yml")))
        raise SeedError(f"no seed {name!r}: it is neither a YAML file nor one of {known}")
    return parse_seed(path.read_text(encoding="utf-8"))


def parse_seed(source: Any) -> Seed:
    """A seed from YAML text or a mapping."""
    if isinstance(source, str):
        try:
            source = yaml.safe_load(source)
        except yaml.YAMLError as error:
            raise SeedError(f"not YAML: {error}") from error
    reader = Reader(source if source is not None else {}, "")
    start = reader.convert("start_time", lambda value: parse_time(_time_text(value)), None)
    return Seed(dict(source or {}), start)


def _time_text(value: Any) -> str:
    """YAML turns a bare time into a datetime; take that too."""
    return value.isoformat() if hasattr(value, "isoformat") else str(value)


def load_seed(seed: Seed, now: float) -> Planted:
    """Make everything that the seed describes, as of ``now``."""
    return _Planter(Reader(seed.content, ""), now).plant()


CHANGEABLE = ("durations", "limits", "links")


def change_settings(settings: Settings, changes: Any) -> Settings:
    """The settings with some of `CHANGEABLE` changed; links given replace all there are."""
    reader = Reader(changes, "")
    durations = reader.numbers("durations", settings.durations, _POSITIVE_DURATIONS)
    changed = replace(settings, durations=durations, limits=reader.numbers("limits", settings.limits, _POSITIVE_LIMITS))
    if "links" in reader:
        changed = replace(changed, links=parse_links(reader, durations))
    reader.done()
    return changed


def parse_links(reader: Reader, defaults: Durations) -> tuple[Link, ...]:
    """The field ``links``: how fast snapshots travel between regions, or within one."""
    links = []
    for item in reader.children("links"):
        ends = [_region(item, end) if end in item else "" for end in ("source", "target")]
        base = item.age("base", defaults.snapshot_copy_base)
        links.append(Link(ends[0], ends[1], base, item.age("seconds_per_gb", defaults.snapshot_seconds_per_gb)))
        item.done()
    return tuple(links)


class _Planter:
    """Goes through a seed in the order in which things refer to each other."""

    def __init__(self, reader: Reader, now: float) -> None:
        self._reader = reader
        self._now = now
        self._state = State(self._settings())
        settings = self._state.settings
        self._planted = Planted(self._state, aws=parse_aws(reader.child("aws"), now, settings.random_seed))
        if "nutanix" in reader:
            from ..nutanix.seeds import parse_nutanix  # not paid for by those who have none

            self._planted.nutanix = parse_nutanix(reader.child("nutanix"), now, settings.random_seed)
        reader.raw("nutanix")
        if "storage" in reader:
            from .storage.seeds import parse_storage

            storage = reader.child("storage")
            self._planted.storage = parse_storage(storage, DEFAULT_SUBSCRIPTION, settings.random_seed)
        reader.raw("storage")
        self._tenant = DEFAULT_TENANT
        self._subscription = DEFAULT_SUBSCRIPTION

    def plant(self) -> Planted:
        reader = self._reader
        reader.raw("start_time")
        self._tenants_and_subscriptions()
        for item in reader.children("resource_groups"):
            self._group(item)
        for item in reader.children("virtual_networks"):
            self._network(item)
        for item in reader.children("network_security_groups"):
            self._state.security_groups.add(self._common(item, SecurityGroup, ids.SECURITY_GROUP))
            item.done()
        for item in reader.children("disk_encryption_sets"):
            self._state.encryption_sets.add(self._common(item, EncryptionSet, ids.ENCRYPTION_SET))
            item.done()
        for item in reader.children("network_interfaces"):
            self._nic(item)
        for item in reader.children("disks"):
            self._standalone_disk(item)
        for item in reader.children("vms"):
            self._vm(item)
        for item in reader.children("snapshots"):
            self._snapshot(item)
        for item in reader.children("collections"):
            self._collection(item)
        self._principals()
        try:
            self._planted.faults = parse_faults(reader.get("faults", list, []))
        except ValueError as error:
            raise SeedError(str(error)) from error
        reader.done()
        return self._planted

    def _settings(self) -> Settings:
        reader = self._reader

        def offset(value: Any) -> str:
            parse_offset(value)
            return str(value)

        durations = reader.numbers("durations", Durations(), _POSITIVE_DURATIONS)
        return Settings(
            random_seed=reader.get("random_seed", int, 0),
            timestamp_offset=reader.convert("timestamp_offset", offset, "+00:00"),
            source_location_spelling=reader.choice("source_location_spelling", ("display", "normalised"), "display"),
            durations=durations,
            limits=reader.numbers("limits", Limits(), _POSITIVE_LIMITS),
            links=parse_links(reader, durations),
        )

    # --- who ---------------------------------------------------------------------------------------------------------

    def _tenants_and_subscriptions(self) -> None:
        tenants = self._reader.children("tenants")
        for item in tenants:
            self._planted.tenants.add(_guid(item, "id").lower())
            item.done()
        if tenants:
            self._tenant = tenants[0].need("id", str)
        else:
            self._planted.tenants.add(DEFAULT_TENANT)
        subscriptions = self._reader.children("subscriptions")
        for item in subscriptions:
            identifier = _guid(item, "id")
            tenant = item.get("tenant", str, self._tenant)
            if tenant.lower() not in self._planted.tenants:
                raise SeedError(f"{item.at('tenant')}: unknown tenant {tenant!r}")
            self._state.subscriptions[identifier.lower()] = {
                "id": identifier,
                "name": item.get("name", str, "Sandbox"),
                "tenant": tenant,
            }
            item.done()
        if not subscriptions:
            self._state.subscriptions[DEFAULT_SUBSCRIPTION] = {
                "id": DEFAULT_SUBSCRIPTION,
                "name": "Sandbox",
                "tenant": self._tenant,
            }
        self._subscription = next(iter(self._state.subscriptions.values()))["id"]

    def _principals(self) -> None:
        for item in self._reader.children("clients"):
            principal = self._principal(item, item.need("id", str))
            self._planted.clients[principal.name.lower()] = principal
        if not self._planted.clients:
            self._planted.clients[DEFAULT_CLIENT] = Principal(
                DEFAULT_CLIENT, self._tenant, self._state.guid(), (Permission("/"),), DEFAULT_SECRET
            )
        for item in self._reader.children("users"):
            principal = self._principal(item, item.need("name", str))
            self._planted.users[principal.name.lower()] = principal
        for item in self._reader.children("managed_identities"):
            principal = self._principal(item, item.need("client_id", str))
            self._planted.identities[principal.name.lower()] = principal
        if not self._planted.identities:
            first = next(iter(self._planted.clients.values()))
            self._planted.identities[first.name.lower()] = first

    def _principal(self, item: Reader, name: str) -> Principal:
        tenant = item.get("tenant", str, self._tenant)
        if tenant.lower() not in self._planted.tenants:
            raise SeedError(f"{item.at('tenant')}: unknown tenant {tenant!r}")
        scopes = [self._scope(scope) for scope in item.strings("scopes")]
        permissions = [Permission(scope) for scope in scopes]
        for permission in item.children("permissions"):
            actions = permission.strings("actions") or ["*"]
            permissions.append(Permission(self._scope(permission.need("scope", str)), tuple(actions)))
            permission.done()
        if "scopes" not in item and "permissions" not in item:
            permissions = [Permission("/")]
        federated = []
        for pair in item.children("federated"):
            federated.append((pair.need("issuer", str), pair.need("subject", str)))
            pair.done()
        principal = Principal(
            name=name,
            tenant=tenant,
            object_id=item.get("object_id", str, self._state.guid()),
            permissions=tuple(permissions),
            secret=item.optional("password" if "password" in item else "secret", str),
            thumbprints=tuple(value.replace(":", "").upper() for value in item.strings("certificate_thumbprints")),
            federated=tuple(federated),
            token_lifetime=item.optional("token_lifetime", float),
        )
        item.done()
        return principal

    def _scope(self, scope: str) -> str:
        """``/`` is everything, a bare name a resource group of the first subscription, else a full scope."""
        return scope if scope.startswith("/") else f"/subscriptions/{self._subscription}/resourceGroups/{scope}"

    # --- where -------------------------------------------------------------------------------------------------------

    def _group(self, item: Reader) -> None:
        name = item.need("name", str)
        subscription = item.get("subscription", str, self._subscription)
        if subscription.lower() not in self._state.subscriptions:
            raise SeedError(f"{item.at('subscription')}: unknown subscription {subscription!r}")
        self._state.groups.add(
            Group(
                id=f"/subscriptions/{subscription}/resourceGroups/{name}",
                name=name,
                subscription=subscription,
                group=name,
                location=_region(item, "location"),
                born=self._now,
                tags=item.tags(),
            )
        )
        item.done()

    def _find_group(self, item: Reader) -> Group:
        name = item.need("rg", str)
        subscription = item.get("subscription", str, self._subscription)
        group = self._state.find_group(subscription, name)
        if group is None:
            raise SeedError(f"{item.at('rg')}: unknown resource group {name!r} (list it under resource_groups)")
        return group

    def _common(self, item: Reader, kind: type[Any], type_: str, name: str | None = None) -> Any:
        """What every resource has: name, rg, location (default: the group's), tags."""
        group = self._find_group(item)
        name = name or item.need("name", str)
        return kind(
            id=ids.make_id(group.subscription, group.name, type_, name),
            name=name,
            subscription=group.subscription,
            group=group.name,
            location=_region(item, "location") if "location" in item else group.location,
            born=self._now,
            tags=item.tags(),
        )

    def _network(self, item: Reader) -> None:
        network: Network = self._common(item, Network, ids.NETWORK)
        network.address_space = item.strings("address_space") or ["10.0.0.0/16"]
        for number, subnet in enumerate(item.children("subnets")):
            name = subnet.need("name", str)
            network.subnets[name.lower()] = (name, subnet.get("prefix", str, f"10.0.{number}.0/24"))
            subnet.done()
        item.done()
        self._state.networks.add(network)

    def _nic(self, item: Reader) -> None:
        nic: Nic = self._common(item, Nic, ids.NIC)
        self._connect(nic, item.need("subnet", str), item.at("subnet"))
        item.done()
        self._state.nics.add(nic)

    def _connect(self, nic: Nic, subnet: str | None, path: str) -> None:
        """Put an interface into ``network/subnet``, or into the first subnet of its region."""
        wanted = (subnet or "").lower().split("/")
        for network in self._state.networks:
            if network.location != nic.location or (subnet and network.name.lower() != wanted[0]):
                continue
            for key, (name, prefix) in network.subnets.items():
                if subnet and key != wanted[-1]:
                    continue
                base = prefix.rsplit(".", 1)[0]
                nic.configurations = [
                    {
                        "name": "ipconfig1",
                        "id": f"{nic.id}/ipConfigurations/ipconfig1",
                        "type": "Microsoft.Network/networkInterfaces/ipConfigurations",
                        "properties": {
                            "provisioningState": "Succeeded",
                            "privateIPAddress": f"{base}.{len(self._state.nics) % 250 + 4}",
                            "privateIPAllocationMethod": "Dynamic",
                            "subnet": {"id": f"{network.id}/subnets/{name}"},
                            "primary": True,
                            "privateIPAddressVersion": "IPv4",
                        },
                    }
                ]
                return
        if subnet:
            raise SeedError(f"{path}: no subnet {subnet!r} (network/subnet) in region {nic.location}")

    # --- what --------------------------------------------------------------------------------------------------------

    def _standalone_disk(self, item: Reader) -> None:
        disk: Disk = self._common(item, Disk, ids.DISK)
        disk.creation = {"createOption": "Empty"}
        disk.os_type = item.optional("os_type", str)
        disk.zones = item.strings("zones") or None
        self._disk_fields(item, disk)
        self._state.disks.add(disk)

    def _disk_fields(self, item: Reader, disk: Disk) -> None:
        disk.size_gb = item.need("size_gb", int)
        if disk.size_gb < 1:
            raise SeedError(f"{item.at('size_gb')}: expected at least 1")
        disk.sku = item.get("sku", str, "Premium_LRS")
        disk.unique_id = self._state.guid()
        disk.allocated = item.get("allocated", bool, True)
        disk.max_shares = 2 if item.get("shared", bool, False) else 1
        wanted = item.optional("des", str)
        if wanted is not None:
            disk.encryption_set = self._encryption_set(wanted, disk.location, item.at("des"))
        item.done()

    def _encryption_set(self, name: str, location: str, path: str) -> str:
        for found in self._state.encryption_sets:
            if found.name.lower() == name.lower() and found.location == location:
                return found.id
        raise SeedError(f"{path}: no disk encryption set {name!r} in region {location}")

    def _vm(self, item: Reader) -> None:
        vm: Vm = self._common(item, Vm, ids.VM)
        vm.vm_id = self._state.guid()
        vm.size = item.get("size", str, "Standard_D2s_v5")
        vm.os_type = item.choice("os_type", ("Linux", "Windows"), "Linux")
        vm.generation = item.choice("generation", ("V1", "V2"), "V2")
        vm.zones = item.strings("zones") or None
        vm.os_profile = _os_profile(vm, item.get("admin_username", str, "azureuser"))
        wanted = item.children("disks") or [Reader({"size_gb": 30}, item.at("disks[0]"))]
        for index, disk_item in enumerate(wanted):
            self._vm_disk(vm, disk_item, index)
        nic = Nic(
            id=ids.make_id(vm.subscription, vm.group, ids.NIC, f"{vm.name}-nic"),
            name=f"{vm.name}-nic",
            subscription=vm.subscription,
            group=vm.group,
            location=vm.location,
            born=self._now,
            vm=vm.id,
        )
        self._connect(nic, item.optional("subnet", str), item.at("subnet"))
        self._state.nics.add(nic)
        vm.nics = [VmNic(nic.id, True, "Delete")]
        item.done()
        self._state.vms.add(vm)

    def _vm_disk(self, vm: Vm, item: Reader, index: int) -> None:
        """The first disk is the OS disk; the others are data disks with a LUN."""
        is_os = index == 0
        name = item.get("name", str, f"{vm.name}-os" if is_os else f"{vm.name}-data-{index - 1}")
        lun = None if is_os else item.get("lun", int, index - 1)
        if is_os and "lun" in item:
            raise SeedError(f"{item.at('lun')}: the first disk is the OS disk, which has no LUN")
        caching = item.choice("caching", ("None", "ReadOnly", "ReadWrite"), "ReadWrite" if is_os else "None")
        delete_option = item.choice("delete_option", ("Detach", "Delete"), "Detach")
        disk = Disk(
            id=ids.make_id(vm.subscription, vm.group, ids.DISK, name),
            name=name,
            subscription=vm.subscription,
            group=vm.group,
            location=vm.location,
            born=self._now,
            os_type=vm.os_type if is_os else None,
            generation=vm.generation if is_os else None,
            zones=vm.zones,
            creation={"createOption": "FromImage" if is_os else "Empty"},
            vm=vm.id,
        )
        if self._state.disks.get(disk.id) is not None:
            raise SeedError(f"{item.at('name')}: disk {name!r} exists already in {vm.group}")
        self._disk_fields(item, disk)
        self._state.disks.add(disk)
        vm.disks.append(VmDisk(disk.id, name, lun, caching, delete_option, "FromImage" if is_os else "Empty"))

    # --- snapshots ---------------------------------------------------------------------------------------------------

    def _snapshot(self, item: Reader) -> None:
        """A snapshot of a ``disk``, or a copy (``copy_of``) of one in another region."""
        state = self._state
        snapshot: Snapshot = self._common(item, Snapshot, ids.SNAPSHOT)
        if ("disk" in item) == ("copy_of" in item):
            raise SeedError(f"{item.path}: expected either disk or copy_of")
        snapshot.unique_id = state.guid()
        snapshot.born = self._now - item.age("age", 3600.0)
        if "disk" in item:
            disk: Disk = _named(state.disks, item, "disk")
            if disk.location != snapshot.location:
                raise SeedError(f"{item.at('location')}: disk {disk.name!r} is in {disk.location}")
            snapshot.incremental = item.get("incremental", bool, True)
            snapshot.creation = {"createOption": "Copy", "sourceResourceId": disk.id, "sourceUniqueId": disk.unique_id}
            snapshot.size_gb, snapshot.os_type, snapshot.generation = disk.size_gb, disk.os_type, disk.generation
            snapshot.origin, snapshot.family = disk.unique_id, f"{disk.unique_id}/{snapshot.location}"
            snapshot.taken, snapshot.encryption_set = snapshot.born, disk.encryption_set
            state.snapshots.add(snapshot)
        else:
            self._copied_snapshot(snapshot, item)
        item.done()

    def _copied_snapshot(self, snapshot: Snapshot, item: Reader) -> None:
        state = self._state
        source: Snapshot = _named(state.snapshots, item, "copy_of")
        if source.location == snapshot.location:
            raise SeedError(f"{item.at('location')}: {source.name!r} is in {source.location} too")
        snapshot.creation = {
            "createOption": "CopyStart",
            "sourceResourceId": source.id,
            "sourceUniqueId": source.unique_id,
        }
        snapshot.incremental, snapshot.source = True, source.id
        snapshot.size_gb, snapshot.os_type, snapshot.generation = source.size_gb, source.os_type, source.generation
        snapshot.origin, snapshot.taken = source.origin, source.taken
        snapshot.family = f"{source.origin}/{snapshot.location}"
        snapshot.regions = (source.location, snapshot.location)
        snapshot.needs = snapshot_copies.needed_seconds(state.settings, source.size_gb, *snapshot.regions)
        outcome = item.choice("replication", ("succeeded", "replicating", "failed"), "succeeded")
        state.snapshots.add(snapshot)
        if outcome == "replicating":
            snapshot_copies.start(state, snapshot, snapshot.born)
            return
        snapshot.started, snapshot.state, snapshot.ended = snapshot.born, outcome, self._now
        if outcome == "failed":
            snapshot.error = {"errorCode": "CopySourceNotFound", "errorMessage": "The source was gone."}

    # --- restore points ----------------------------------------------------------------------------------------------

    def _collection(self, item: Reader) -> None:
        collection: Collection = self._common(item, Collection, ids.COLLECTION)
        collection.collection_id = self._state.guid()
        collection.instant_access = item.get("instant_access", bool, False)
        if ("vm" in item) == ("source_collection" in item):
            raise SeedError(f"{item.path}: expected either vm or source_collection")
        if "vm" in item:
            source: Resource = _named(self._state.vms, item, "vm")
        else:
            source = _named(self._state.collections, item, "source_collection")
            collection.source_kind = "collection"
        collection.source = source.id
        collection.source_location = source.location
        self._state.add_collection(collection)
        for point in item.children("points"):
            self._point(collection, point)
        item.done()

    def _point(self, collection: Collection, item: Reader) -> None:
        """A point: local (``age`` before now) or ``copy_of`` a point of the source collection."""
        name = item.need("name", str)
        if name.lower() in collection.points:
            raise SeedError(f"{item.at('name')}: {name!r} exists already in {collection.name}")
        if collection.source_kind == "vm":
            self._local_point(collection, item, name)
        else:
            self._copied_point(collection, item, name)
        item.done()

    def _local_point(self, collection: Collection, item: Reader, name: str) -> None:
        state = self._state
        vm = state.vms.get(collection.source)
        assert vm is not None
        created = self._now - item.convert("age", float, 3600.0)
        if "time" in item:
            created = item.convert("time", lambda value: parse_time(_time_text(value)), created)
        mode = "CrashConsistent" if item.get("crash_consistent", bool, False) else None
        text = timestamp(created, item.get("offset", str, state.settings.timestamp_offset))
        excluded = [_named(state.disks, item, None, wanted).id for wanted in item.strings("exclude_disks")]
        point = build_point(state, collection, vm, name, excluded, mode, created, text)
        point.provisioning = item.choice("provisioning", ("Succeeded", "Failed"), "Succeeded")
        state.add_point(point)
        if point.remote:
            self._replication(point.key, item, created)

    def _copied_point(self, collection: Collection, item: Reader, name: str) -> None:
        state = self._state
        origin = state.collections.get(collection.source)
        assert origin is not None
        wanted = item.need("copy_of", str)
        source = origin.points.get(wanted.lower())
        if source is None:
            raise SeedError(f"{item.at('copy_of')}: no point {wanted!r} in collection {origin.name}")
        put_at = self._now - item.convert("age", float, 1800.0)
        point = build_copy(state, collection, source, name, source.id, put_at)
        point.provisioning = "Succeeded"
        state.add_point(point)
        self._replication(point.key, item, put_at)

    def _replication(self, point_key: str, item: Reader, started: float) -> None:
        state = self._state
        point = state.points[point_key]
        outcome = item.choice("replication", ("succeeded", "replicating", "failed"), "succeeded")
        if outcome == "replicating":
            state.collection_of(point).busy_copies.add(point_key)
            state.running_copies.add(point_key)
            replication.start(state, point, started)
            return
        point.started = started
        point.state, point.ended = outcome, self._now
        for disk in point.disks:
            disk.state, disk.ended = outcome, self._now


def _os_profile(vm: Vm, admin: str) -> dict[str, Any]:
    profile: dict[str, Any] = {"computerName": vm.name[:15], "adminUsername": admin}
    if vm.os_type == "Windows":
        profile["windowsConfiguration"] = {
            "provisionVMAgent": True,
            "enableAutomaticUpdates": True,
            "patchSettings": {"patchMode": "AutomaticByOS", "assessmentMode": "ImageDefault"},
        }
    else:
        profile["linuxConfiguration"] = {
            "disablePasswordAuthentication": True,
            "ssh": {"publicKeys": [{"path": f"/home/{admin}/.ssh/authorized_keys", "keyData": "ssh-rsa AAAA sandbox"}]},
            "provisionVMAgent": True,
            "patchSettings": {"patchMode": "ImageDefault", "assessmentMode": "ImageDefault"},
        }
    return profile | {"secrets": [], "allowExtensionOperations": True, "requireGuestProvisionSignal": True}


def _named(table: Any, item: Reader, field_name: str | None, name: str | None = None) -> Any:
    """A resource by its name, or by its id where names are not unique."""
    wanted = name if name is not None else item.need(str(field_name), str)
    found = [
        resource for resource in table if resource.key == wanted.lower() or resource.name.lower() == wanted.lower()
    ]
    if len(found) != 1:
        problem = "unknown" if not found else "ambiguous (give the id)"
        raise SeedError(f"{item.at(field_name or 'exclude_disks')}: {problem}: {wanted!r}")
    return found[0]


def _region(item: Reader, name: str) -> str:
    region = normalised(item.need(name, str))
    if region not in REGIONS:
        raise SeedError(f"{item.at(name)}: unknown region {region!r}; known: {', '.join(sorted(REGIONS))}")
    return region


def _guid(item: Reader, name: str) -> str:
    value = item.need(name, str)
    if not _GUID.match(value):
        raise SeedError(f"{item.at(name)}: {value!r} is not a guid")
    return value
