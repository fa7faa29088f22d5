# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The versions of an image in one region as what disks are restored from. Pure."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from ansible_collections.bcdr.multicloud.plugins.module_utils._azure.ids import ResourceId, parse_id
from ansible_collections.bcdr.multicloud.plugins.module_utils._azure.restores.restored import COPY, Disk
from ansible_collections.bcdr.multicloud.plugins.module_utils._azure.restores.values import Origin
from ansible_collections.bcdr.multicloud.plugins.module_utils._azure.snapshots.values import SNAPSHOT_TYPE, Snapshot
from ansible_collections.bcdr.multicloud.plugins.module_utils._azure.snapshots.version_decision import (
    Version,
    part_of,
    versions_of,
)
from ansible_collections.bcdr.multicloud.plugins.module_utils._core.reconcile import FAILED, RUNNING, SUCCEEDED


@dataclass(frozen=True)
class VersionDisk:
    """One disk of a version; `point_id` is its snapshot's id. A snapshot tells neither caching nor the disk's SKU."""

    name: str
    lun: int | None
    size_gb: int
    os_type: str
    point_id: str
    percent: float
    sku: str = ""
    caching: str = ""
    write_accelerator: bool = False

    @property
    def is_os(self) -> bool:
        return self.lun is None


@dataclass(frozen=True)
class VersionSource:
    """One version in the region; `expected` is how many disks it has, 0 if nothing says so."""

    name: str
    status: str
    created: datetime.datetime | None
    disks: tuple[VersionDisk, ...]
    expected: int
    metadata: Mapping[str, Any] = field(default_factory=dict)
    id: str = ""

    @property
    def usable(self) -> bool:
        return self.status == SUCCEEDED

    def describe_disks(self) -> str:
        """Return how far each disk is: "os 100 %, data-0 40 %, 1 is not there"."""
        told = [f"{disk.name} {disk.percent:g} %" for disk in self.disks]
        if not self.expected:
            return ", ".join([*told, "how many disks the image has is not known"])
        missing = self.expected - len(self.disks)
        return ", ".join([*told, *([f"{missing} {'is' if missing == 1 else 'are'} not there"] if missing > 0 else [])])


@dataclass(frozen=True)
class ImageThere:
    """The versions of an image in one region, oldest first."""

    name: str
    location: str
    sources: tuple[VersionSource, ...]

    def by_age(self) -> tuple[VersionSource, ...]:
        """Return all versions, oldest first."""
        return self.sources

    def point(self, name: str) -> VersionSource | None:
        """Return the version of that name or slot, or None."""
        wanted = (name.lower(), f"{self.name}-{name}".lower())
        return next((source for source in self.sources if source.name.lower() in wanted), None)


def image_there(image: str, location: str, snapshots: Iterable[Snapshot]) -> ImageThere:
    """Return what there is of the image in the region."""
    versions = versions_of(image, [snapshot for snapshot in snapshots if snapshot.location == location])
    return ImageThere(image, location, tuple(_source(version, location) for version in versions))


def _source(version: Version, location: str) -> VersionSource:
    parts = version.parts[location]
    order = sorted(parts.items(), key=lambda item: (item[0] != "os", len(item[0]), item[0]))
    status = SUCCEEDED if version.usable_in(location) else RUNNING
    if any(part.status == FAILED for part in parts.values()):
        status = FAILED
    generation = parts["os"].generation if "os" in parts else ""
    return VersionSource(
        name=version.name,
        status=status,
        created=version.taken,
        disks=tuple(
            VersionDisk(
                name=disk,
                lun=None if disk == "os" else int(disk.rpartition("-")[2]),
                size_gb=part.size_gb,
                os_type=part.os_type,
                point_id=part.id,
                percent=100.0 if part.complete else part.percent or 0.0,
            )
            for disk, part in order
        ),
        expected=version.disk_count,
        metadata={"hyperVGeneration": generation} if generation else {},
    )


def image_key(home: ResourceId, image: str, location: str) -> str:
    """Return what stands for the image in a resource group and region: it is no resource there, but its snapshots are."""
    return f"{home}images/{image}@{location}".lower()


def image_origin(home: ResourceId, image: str, location: str) -> Origin:
    """Return how disks are restored from the versions of the image, whose snapshots are in the group `home`."""

    def source_of(disk: Disk) -> tuple[str, str, str] | None:
        parsed = parse_id(disk.source_id)
        if parsed is None or parsed.type.lower() != SNAPSHOT_TYPE.lower() or parsed.parent().key != home.key:
            return None
        named = part_of(image, parsed.name)
        if named is None or named.region not in ("", location):
            return None
        return image_key(home, image, location), named.version, named.disk

    return Origin(COPY, "version", "image", "version", source_of)
