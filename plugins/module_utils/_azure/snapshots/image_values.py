# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Images that are to be in many regions, as values: their disks, where they go, and the managed images made there. Pure."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from ansible_collections.bcdr.multicloud.plugins.module_utils._azure.ids import (
    COMPUTE,
    IMAGE_TYPE,
    ResourceId,
    id_key,
    region_key,
)
from ansible_collections.bcdr.multicloud.plugins.module_utils._azure.snapshots.values import SNAPSHOT_TYPE
from ansible_collections.bcdr.multicloud.plugins.module_utils._planning.walker import place_name


@dataclass(frozen=True)
class ImageDisk:
    """A disk of the image; `lun` None is the OS disk. `snapshot_id` is what is copied, `disk_id` the managed disk that it
    is made of if it has to be made first."""

    lun: int | None
    snapshot_id: str
    disk_id: str = ""
    caching: str = ""
    disk_size_gb: int = 0

    @property
    def name(self) -> str:
        return "os" if self.lun is None else f"data-{self.lun}"


@dataclass(frozen=True)
class ImageTarget:
    """A region that shall have `copies` of every disk, and where they are kept."""

    location: str
    subscription: str
    group: str
    copies: int = 1
    encryption_set_id: str = ""


@dataclass(frozen=True)
class ImageMade:
    """The managed image to make in each region, as Azure names its properties; "" is taken from the OS disk."""

    os_type: str = ""
    os_state: str = "Generalized"
    generation: str = ""
    sku: str = ""
    zone_resilient: bool = False


@dataclass(frozen=True)
class ImageWanted:
    """`planning` are options of the planner; `retries` is how often a copy that fails is made again in one run.

    `source` is the resource group of the snapshots, where temporary ones of their region are kept too; `location` is
    their region, "" if it is to be asked for. `max_age` (seconds) makes versions when time has passed, `newer_than` makes
    one unless there is one from after that moment, and `keep_newest` says how many complete ones stay, all if None.
    """

    name: str
    source: ResourceId
    disks: tuple[ImageDisk, ...]
    targets: tuple[ImageTarget, ...]
    planning: Mapping[str, Any] = field(default_factory=dict)
    location: str = ""
    retries: int = 2
    sku: str = ""
    tags: Mapping[str, str] = field(default_factory=dict)
    made: ImageMade | None = None
    max_age: int | None = None
    newer_than: datetime.datetime | None = None
    keep_newest: int | None = None

    def target(self, location: str) -> ImageTarget | None:
        return next((target for target in self.targets if target.location == location), None)

    @property
    def versioned(self) -> bool:
        """Whether the image has versions, of which this is about one."""
        return self.max_age is not None or self.newer_than is not None

    @property
    def temporary(self) -> bool:
        """Whether there may be temporary replicas."""
        return bool(self.planning.get("temporary_copies")) or self.planning.get("strategy") == "in_source"

    def source_snapshot_id(self, version: str, disk: str) -> str:
        """Return the id of the snapshot that is made of a managed disk for a version of the image."""
        name = f"{version}-{disk}"
        return str(ResourceId(self.source.subscription, self.source.group, COMPUTE, (SNAPSHOT_TYPE,), (name,)))

    def as_version(self, version: str) -> ImageWanted:
        """Return what is wanted of a version: all that is made is named after it."""
        disks = tuple(
            replace(disk, snapshot_id=self.source_snapshot_id(version, disk.name)) if disk.disk_id else disk
            for disk in self.disks
        )
        return replace(self, name=version, disks=disks)

    def snapshot_id(self, disk: ImageDisk, place: str, location: str, source_location: str) -> str:
        """Return the id of a disk's replica at a place: derived, so that every run means the same one."""
        if place == place_name(source_location):
            return disk.snapshot_id
        target = self.target(location)
        subscription = target.subscription if target else self.source.subscription
        group = target.group if target else self.source.group
        name = f"{self.name}-{disk.name}-{place}"
        return str(ResourceId(subscription, group, COMPUTE, (SNAPSHOT_TYPE,), (name,)))

    def image_id(self, target: ImageTarget) -> str:
        name = f"{self.name}-{target.location}"
        return str(ResourceId(target.subscription, target.group, COMPUTE, (IMAGE_TYPE,), (name,)))


@dataclass(frozen=True)
class Image:
    """A managed image; `sources` are the keys of the snapshots or disks that it was made from, the OS disk's first."""

    id: str
    name: str
    location: str
    provisioning_state: str
    sources: tuple[str, ...] = ()

    @property
    def ready(self) -> bool:
        return self.provisioning_state.lower() == "succeeded"

    @property
    def failed(self) -> bool:
        return self.provisioning_state.lower() in ("failed", "canceled")


def parse_image(answer: Mapping[str, Any]) -> Image:
    """Return the image that ARM answered (images GET)."""
    properties = answer.get("properties") or {}
    storage = properties.get("storageProfile") or {}
    disks = [storage.get("osDisk") or {}, *sorted(storage.get("dataDisks") or (), key=lambda disk: disk.get("lun", 0))]
    sources = [(disk.get("snapshot") or disk.get("managedDisk") or {}).get("id") or "" for disk in disks]
    return Image(
        id=answer["id"],
        name=answer.get("name") or answer["id"].rsplit("/", 1)[-1],
        location=region_key(answer.get("location") or ""),
        provisioning_state=properties.get("provisioningState") or "",
        sources=tuple(id_key(source) for source in sources),
    )


def image_body(
    made: ImageMade,
    location: str,
    disks: list[tuple[ImageDisk, str]],
    tags: Mapping[str, str],
    *,
    os_type: str,
    generation: str,
) -> dict[str, Any]:
    """Return the body of the PUT that makes a managed image; `disks` pairs each disk with its snapshot's id."""
    storage: dict[str, Any] = {"dataDisks": [], "zoneResilient": made.zone_resilient}
    for disk, snapshot_id in disks:
        entry: dict[str, Any] = {"snapshot": {"id": snapshot_id}}
        if disk.caching:
            entry["caching"] = disk.caching
        if made.sku:
            entry["storageAccountType"] = made.sku
        if disk.lun is None:
            storage["osDisk"] = {"osType": made.os_type or os_type, "osState": made.os_state, **entry}
        else:
            storage["dataDisks"].append({"lun": disk.lun, **entry})
    properties: dict[str, Any] = {"storageProfile": storage}
    if made.generation or generation:
        properties["hyperVGeneration"] = made.generation or generation
    return {"location": location, "tags": dict(tags), "properties": properties}


def vm_disks(answer: Mapping[str, Any]) -> list[tuple[int | None, str, str]]:
    """Return lun (None: the OS disk), id and caching of the managed disks of a VM that ARM answered."""
    storage = (answer.get("properties") or {}).get("storageProfile") or {}
    found: list[tuple[int | None, str, str]] = []
    for lun, disk in [
        (None, storage.get("osDisk") or {}),
        *((d.get("lun"), d) for d in storage.get("dataDisks") or ()),
    ]:
        managed = (disk.get("managedDisk") or {}).get("id")
        if managed:
            found.append((lun, managed, disk.get("caching") or ""))
    return found
