# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Versions of an image: which there are, which one is due, which can be restored where, and which have served. Pure.

A version is known by the names of its snapshots: the image, the time slot that it was due for, the disk, the region.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from ansible_collections.bcdr.multicloud.plugins.module_utils._azure.ids import id_key
from ansible_collections.bcdr.multicloud.plugins.module_utils._azure.snapshots.image_values import (
    Image,
    ImageDisk,
    ImageTarget,
    ImageWanted,
)
from ansible_collections.bcdr.multicloud.plugins.module_utils._azure.snapshots.values import (
    DISKS,
    Snapshot,
    readers_of,
)
from ansible_collections.bcdr.multicloud.plugins.module_utils._azure.times import compact_timestamp
from ansible_collections.bcdr.multicloud.plugins.module_utils._core.reconcile import (
    FAILED,
    RUNNING,
    SUCCEEDED,
    UNSETTLED,
    Action,
    Decision,
)
from ansible_collections.bcdr.multicloud.plugins.module_utils._core.recovery_points import iso_timestamp

_INITIAL = "initial"
_SLOT = rf"{_INITIAL}|\d{{8}}T\d{{6}}Z"


@dataclass(frozen=True)
class Version:
    """One version; `slot` is "" for an image that has only one. `parts` are its snapshots by region and disk."""

    name: str
    slot: str
    parts: Mapping[str, Mapping[str, Snapshot]] = field(default_factory=dict)

    @property
    def snapshots(self) -> list[Snapshot]:
        return [snapshot for place in self.parts.values() for snapshot in place.values()]

    @property
    def disk_count(self) -> int:
        """How many disks the image has, by the tags of its snapshots; 0 when none says so."""
        counts = [snapshot.tags.get(DISKS, "") for snapshot in self.snapshots]
        return max((int(count) for count in counts if count.isdigit()), default=0)

    @property
    def taken(self) -> datetime.datetime | None:
        """The moment of its oldest data, or None when that is not known."""
        return min((snapshot.taken for snapshot in self.snapshots if snapshot.taken), default=None)

    @property
    def travelling(self) -> bool:
        return any(snapshot.is_copy and snapshot.status == RUNNING for snapshot in self.snapshots)

    def usable_in(self, location: str) -> bool:
        """Whether all of its disks are there, complete."""
        parts = self.parts.get(location, {})
        return 0 < self.disk_count <= len(parts) and all(part.complete for part in parts.values())


@dataclass(frozen=True)
class Part:
    """What the name of a snapshot says: the version with its `slot` ("" for an image with one version), the disk, and of
    a copy the region."""

    version: str
    slot: str
    disk: str
    region: str


def part_of(image: str, snapshot: str) -> Part | None:
    """Return what the snapshot's name says it is of the image, or None; further and temporary copies are not looked at."""
    pattern = (
        rf"(?P<version>{re.escape(image)}(?:-(?P<slot>{_SLOT}))?)-(?P<disk>os|data-\d+)(?:-(?P<region>[a-z0-9]+))?"
    )
    named = re.fullmatch(pattern, snapshot, re.IGNORECASE)
    if named is None:
        return None
    return Part(named["version"], named["slot"] or "", named["disk"].lower(), (named["region"] or "").lower())


def versions_of(image: str, snapshots: Iterable[Snapshot]) -> tuple[Version, ...]:
    """Return the versions of the image that the snapshots are of, oldest first."""
    found: dict[str, Version] = {}
    for snapshot in snapshots:
        named = part_of(image, snapshot.name)
        if named is None or named.region not in ("", snapshot.location):
            continue
        version = found.setdefault(named.slot.lower(), Version(named.version, named.slot, {}))
        parts = {place: dict(disks) for place, disks in version.parts.items()}
        parts.setdefault(snapshot.location, {})[named.disk] = snapshot
        found[named.slot.lower()] = replace(version, parts=parts)
    # A slot is a moment, and a later version is due for a later one.
    return tuple(sorted(found.values(), key=lambda version: (version.slot.upper() != _INITIAL.upper(), version.slot)))


def slotted(versions: Iterable[Version]) -> tuple[Version, ...]:
    """Return those that were made because time had passed."""
    return tuple(version for version in versions if version.slot)


def first_after(versions: Iterable[Version], moment: datetime.datetime) -> Version | None:
    """Return the oldest version all of whose data is from after the moment: the same one however many follow it."""
    return next((version for version in versions if version.taken is not None and version.taken >= moment), None)


def due_version(
    image: str,
    versions: tuple[Version, ...],
    now: datetime.datetime,
    max_age: int | None,
    newer_than: datetime.datetime | None = None,
) -> str:
    """Return the name of the version to see to: the newest, or the next when that is older than `max_age` seconds.

    With `newer_than` it is the first one from after that moment, whatever is still on its way of an older one.

    The next one is named after the moment when the newest became too old, so all runs that find the same newest one mean
    the same new one. While copies of the newest are on their way there is no next one: Azure copies the snapshots of a
    disk one at a time, in their order.
    """
    if newer_than is not None:
        meant = first_after(versions, newer_than)
        return meant.name if meant else f"{image}-{compact_timestamp(newer_than)}"
    if not versions or max_age is None:
        return f"{image}-{_INITIAL}"
    newest = versions[-1]
    if newest.taken is None or newest.travelling or (now - newest.taken).total_seconds() <= max_age:
        return newest.name
    return f"{image}-{compact_timestamp(newest.taken + datetime.timedelta(seconds=max_age))}"


def newest_in(versions: Iterable[Version], location: str) -> Version | None:
    """Return the newest version that can be restored in the region."""
    return next((version for version in reversed(list(versions)) if version.usable_in(location)), None)


def disks_by_copies(version: Version, wanted: ImageWanted) -> tuple[ImageDisk, ...]:
    """Return the disks of a version as its copies tell them, for a source that cannot be asked; empty if some are not
    known."""
    sizes = {disk: part.size_gb for parts in version.parts.values() for disk, part in parts.items()}
    if not sizes or len(sizes) < version.disk_count:
        return ()
    return tuple(
        ImageDisk(
            None if disk == "os" else int(disk.rpartition("-")[2]),
            wanted.source_snapshot_id(version.name, disk),
            disk_size_gb=size,
        )
        for disk, size in sorted(sizes.items(), key=lambda item: (item[0] != "os", item[0]))
    )


def version_figures(
    wanted: ImageWanted,
    versions: Iterable[Version],
    sources: Mapping[str, Snapshot | None],
    location: str,
    down: Iterable[str],
    now: datetime.datetime,
) -> dict[str, Any]:
    """Return what the result says of versions: the age at the source, unless it is down, and per target the newest one.

    `sources` are the snapshots that are copied, which may have any name.
    """
    known, unreached = list(versions), set(down)
    parts = {name: part for name, part in sources.items() if part is not None and part.complete}
    if sources and len(parts) == len(sources):
        moments = [part.taken for part in parts.values() if part.taken]
        at_source: tuple[str, datetime.datetime | None] | None = (wanted.name, min(moments, default=None))
    else:
        here = newest_in(known, location)
        at_source = (here.name, here.taken) if here else None
    rows = []
    for target in wanted.targets:
        version = newest_in(known, target.location)
        newest = (version.name, version.taken) if version else None
        if target.location == location:
            newest = at_source
        rows.append(
            {
                "location": target.location,
                "known": target.location not in unreached,
                "newest_usable": newest[0] if newest else None,
                "created_at": iso_timestamp(newest[1]) if newest else None,
                "rpo_seconds": _age(newest[1], now) if newest else None,
            }
        )
    figures: dict[str, Any] = {"targets": rows}
    if location not in unreached:
        figures["rpo_seconds"] = _age(at_source[1], now) if at_source else None
    return figures


def _age(moment: datetime.datetime | None, now: datetime.datetime) -> int | None:
    return None if moment is None else max(0, round((now - moment).total_seconds()))


def superseded(
    versions: tuple[Version, ...], targets: Iterable[ImageTarget], keep_newest: int, coming: str = ""
) -> tuple[Version, ...]:
    """Return the versions that are older than the newest `keep_newest` that are complete in all targets.

    `coming` is the name of a version that is on its way, and counted as if it were there.
    """
    places = [target.location for target in targets]
    complete = [
        version for version in versions if version.name != coming and all(version.usable_in(place) for place in places)
    ]
    kept = keep_newest - (1 if coming else 0)
    if not kept:
        return tuple(version for version in versions if version.name != coming)
    return versions[: versions.index(complete[-kept])] if len(complete) >= kept else ()


def with_retention(
    decision: Decision,
    old: Iterable[Version],
    images: Iterable[Image],
    snapshots: Iterable[Snapshot],
    started: frozenset[str],
    failures: Mapping[str, str],
) -> Decision:
    """Return the decision with the removal of the `old` versions, which comes once everything else is there.

    `images` are the managed images of these versions, `started` and `failures` are about what this run is deleting.
    """
    if decision.status != SUCCEEDED and decision.status not in UNSETTLED:
        return decision
    everything = tuple(snapshots)
    # A snapshot that is being copied, by whomever, goes when that copy has been made.
    parts = [part for version in old for part in version.snapshots if not readers_of(everything, part.id)]
    gone: list[tuple[str, Image | Snapshot]] = [("image", image) for image in images]
    gone += [("snapshot", part) for part in parts]
    actions, going, failed = [], False, []
    for kind, resource in gone:
        key = id_key(resource.id)
        if key in failures:
            failed.append(f"{resource.name}: {failures[key]}")
        elif key in started or resource.provisioning_state.lower() == "deleting":
            going = True
        else:
            actions.append(
                Action(
                    "delete",
                    f"{kind} {resource.name}",
                    before={"location": resource.location},
                    payload={"id": resource.id, "kind": kind},
                )
            )
    if decision.status != SUCCEEDED:
        return replace(decision, later=(*decision.later, *actions))
    if actions or going:
        return replace(
            decision, status=RUNNING, reason="versions that have served are being deleted", actions=tuple(actions)
        )
    if failed:
        return replace(
            decision, status=FAILED, reason=f"versions that have served cannot be deleted: {'; '.join(failed)}"
        )
    return decision


def without_source(decision: Decision, why: str) -> Decision:
    """Return the decision of a run that goes on without the source: all is done that can be, and that is not all."""
    reason = f"the source cannot be asked: {why}"
    if decision.actions or decision.status in UNSETTLED:
        return replace(decision, reason="; ".join(filter(None, (reason, decision.reason))))
    return replace(decision, status=FAILED, reason="; ".join(filter(None, (reason, decision.reason))))
