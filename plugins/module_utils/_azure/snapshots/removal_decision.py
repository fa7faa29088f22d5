# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What to remove of an image that is not wanted any more: its managed images and its copies, never its source. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ansible_collections.bcdr.multicloud.plugins.module_utils._azure.ids import id_key, parse_id
from ansible_collections.bcdr.multicloud.plugins.module_utils._azure.snapshots.image_values import Image, ImageWanted
from ansible_collections.bcdr.multicloud.plugins.module_utils._azure.snapshots.values import (
    ORIGIN,
    Snapshot,
    readers_of,
)
from ansible_collections.bcdr.multicloud.plugins.module_utils._core.reconcile import (
    ABSENT,
    BLOCKED,
    RUNNING,
    Action,
    Decision,
)


@dataclass(frozen=True)
class RemovalObserved:
    """`snapshots` are all of the subscriptions, `images` the managed images by region. `started` are keys of what this run
    is deleting, `failures` why that failed."""

    snapshots: tuple[Snapshot, ...]
    images: Mapping[str, Image] = field(default_factory=dict)
    started: frozenset[str] = frozenset()
    failures: Mapping[str, str] = field(default_factory=dict)


def copies_of(wanted: ImageWanted, snapshots: tuple[Snapshot, ...]) -> list[Snapshot]:
    """Return the image's copies where they are kept: what is called like one, and has the tag that copies are made with."""
    places = {(target.subscription.lower(), target.group.lower()) for target in wanted.targets}
    home = (wanted.source.subscription.lower(), wanted.source.group.lower())
    regions = {target.location for target in wanted.targets}
    pattern = re.compile(rf"{re.escape(wanted.name)}-(?:os|data-\d+)-([a-z0-9]+)(?:-\d+|-source-\d+)?", re.IGNORECASE)
    found = []
    for snapshot in snapshots:
        named, parsed = pattern.fullmatch(snapshot.name), parse_id(snapshot.id)
        if not named or not parsed or ORIGIN not in snapshot.tags or named.group(1).lower() != snapshot.location:
            continue
        kept_at = (parsed.subscription.lower(), parsed.group.lower())
        temporary = "-source-" in snapshot.name and kept_at == home
        if temporary or (kept_at in places and snapshot.location in regions):
            found.append(snapshot)
    return found


def decide_removal(wanted: ImageWanted, observed: RemovalObserved) -> Decision:
    """Return what to delete now, and what follows: a copy that others are read from stays until they are gone."""
    ours = copies_of(wanted, observed.snapshots)
    keys = {id_key(snapshot.id) for snapshot in ours}
    now: list[Action] = []
    later: list[Action] = []
    kept: list[str] = []
    for image in observed.images.values():
        why = observed.failures.get(id_key(image.id))
        if why:
            kept.append(f"{image.name} cannot be deleted: {why}")
        elif image.provisioning_state.lower() != "deleting" and id_key(image.id) not in observed.started:
            now.append(_delete("image", image.id, image.location))
    for snapshot in ours:
        why = observed.failures.get(id_key(snapshot.id))
        if why:
            kept.append(f"{snapshot.name} cannot be deleted: {why}")
            continue
        if snapshot.deleting or id_key(snapshot.id) in observed.started:
            continue
        readers = readers_of(observed.snapshots, snapshot.id)
        others = [reader.name for reader in readers if id_key(reader.id) not in keys]
        if others:
            kept.append(f"{snapshot.name} is being copied to {', '.join(others)}, and without it that fails")
        else:
            (later if readers else now).append(_delete("snapshot", snapshot.id, snapshot.location))
    result = {"name": wanted.name, "regions": _regions(wanted, ours, observed)}
    if now or later or len(kept) < len(ours) + len(observed.images):
        return Decision(RUNNING, "is being deleted", actions=tuple(now), later=tuple(later), result=result)
    if kept:
        return Decision(BLOCKED, "; ".join(kept), result=result)
    return Decision(ABSENT, result=result)


def _delete(kind: str, resource_id: str, location: str) -> Action:
    name = resource_id.rsplit("/", 1)[-1]
    return Action("delete", f"{kind} {name}", before={"location": location}, payload={"id": resource_id})


def _regions(wanted: ImageWanted, ours: list[Snapshot], observed: RemovalObserved) -> list[dict[str, Any]]:
    rows = []
    for target in wanted.targets:
        image = observed.images.get(target.location)
        left = [snapshot.id for snapshot in ours if snapshot.location == target.location]
        rows.append(
            {
                "location": target.location,
                "status": RUNNING if image or left else ABSENT,
                "reason": "",
                "image_id": image.id if image else None,
                "copies": [{"snapshot_id": snapshot_id} for snapshot_id in left],
            }
        )
    return rows
