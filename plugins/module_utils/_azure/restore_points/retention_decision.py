# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which restore points of a collection may go. Pure."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ansible_collections.bcdr.multicloud.plugins.module_utils._azure.ids import id_key
from ansible_collections.bcdr.multicloud.plugins.module_utils._azure.restore_points.values import (
    Collection,
    RestorePoint,
    created_of,
    newest_usable,
)
from ansible_collections.bcdr.multicloud.plugins.module_utils._core.durations import format_duration
from ansible_collections.bcdr.multicloud.plugins.module_utils._core.reconcile import (
    ABSENT,
    FAILED,
    PENDING,
    RUNNING,
    SUCCEEDED,
    Action,
    Decision,
)
from ansible_collections.bcdr.multicloud.plugins.module_utils._core.recovery_points import iso_timestamp

_NOT_READ = "nothing has to go, so how far it has arrived was not asked"


@dataclass(frozen=True)
class RetentionWanted:
    """A point is kept when it is among the newest `keep_newest` or younger than `keep_younger_than` seconds.

    `allow_missing` says that the collection need not be there.
    """

    collection_id: str
    keep_newest: int | None = None
    keep_younger_than: int | None = None
    allow_missing: bool = False


@dataclass(frozen=True)
class RetentionObserved:
    """`copying` maps the keys of source points to where unfinished copies of them go.

    `assumed` says that how far the copies are was not read, because nothing would go even if all had arrived.
    """

    collection: Collection | None
    now: datetime.datetime
    copying: Mapping[str, str] = field(default_factory=dict)
    started: frozenset[str] = frozenset()
    failures: Mapping[str, str] = field(default_factory=dict)
    check_mode: bool = False
    assumed: bool = False


def decide_retention(wanted: RetentionWanted, observed: RetentionObserved) -> Decision:
    """Return which points to delete, and for each of the others why it stays."""
    collection = observed.collection
    if collection is None:
        if observed.check_mode:
            # In check mode an earlier task of the play would have made it.
            return Decision(
                PENDING, f"there is no restore point collection {wanted.collection_id.rsplit('/', 1)[-1]} yet"
            )
        if wanted.allow_missing:
            return Decision(ABSENT, "there is nothing to delete from yet")
        return Decision(FAILED, f"there is no restore point collection {wanted.collection_id}")
    reasons = keep_reasons(wanted, observed, collection)
    doomed = [point for point in sorted(collection.points, key=created_of) if not reasons[point.name]]
    result: dict[str, Any] = {
        "restore_point_collection_id": collection.id,
        "kept": [
            {
                "name": point.name,
                "created_at": iso_timestamp(point.created),
                "reasons": [_NOT_READ] if observed.assumed else reasons[point.name],
            }
            for point in sorted(collection.points, key=created_of, reverse=True)
            if reasons[point.name]
        ],
        "deleted": [point.name for point in doomed],
    }
    failed = [
        f"{point.name}: {observed.failures[id_key(point.id)]}"
        for point in doomed
        if id_key(point.id) in observed.failures
    ]
    if failed:
        return Decision(FAILED, f"could not be deleted: {'; '.join(failed)}", result=result)
    actions = tuple(
        Action(
            "delete",
            f"restore point {collection.name}/{point.name}",
            before={"created_at": iso_timestamp(point.created)},
            payload={"name": point.name},
        )
        for point in doomed
        if not point.deleting and id_key(point.id) not in observed.started
    )
    if doomed:
        return Decision(
            RUNNING, f"{', '.join(point.name for point in doomed)} being deleted", actions=actions, result=result
        )
    return Decision(SUCCEEDED, percent=100.0, result=result)


def keep_reasons(wanted: RetentionWanted, observed: RetentionObserved, collection: Collection) -> dict[str, list[str]]:
    """Return for each point why it is kept; an empty list means that it may go.

    A point that is not known to be usable does not count as one of the newest, so that failed copies never push out
    good ones. The oldest point of each disk is the full one on which the chain stands: without it Azure makes the
    next point, and its copy, full again (learn.microsoft.com/azure/virtual-machines/virtual-machines-restore-points-copy).
    """
    points = sorted(collection.points, key=created_of, reverse=True)
    reasons: dict[str, list[str]] = {point.name: [] for point in points}
    newest = newest_usable(points)
    counted = 0
    for point in points:
        why = reasons[point.name]
        if point.deleting or id_key(point.id) in observed.started:
            continue
        if id_key(point.id) in observed.copying:
            why.append(f"its copy to {observed.copying[id_key(point.id)]} is not done")
        if point.status in (RUNNING, PENDING):
            why.append("it is being created" if point.creating else "its data has not all arrived")
        if point.status == FAILED:
            if newest is None or newest.created is None or created_of(point) > newest.created:
                why.append("it failed, and nothing newer is usable")
            continue
        if point.usable:
            if newest is not None and point.name == newest.name:
                why.append("the newest usable one")
            counted += 1
            if wanted.keep_newest is not None and counted <= wanted.keep_newest:
                why.append(f"one of the newest {wanted.keep_newest}")
            if _young(wanted, observed, point):
                why.append(f"younger than {format_duration(wanted.keep_younger_than or 0)}")
    for name, disks in _bases(points).items():
        reasons[name].append(f"the chain's base of {', '.join(disks)}")
    return reasons


def _young(wanted: RetentionWanted, observed: RetentionObserved, point: RestorePoint) -> bool:
    if wanted.keep_younger_than is None:
        return False
    return point.created is None or (observed.now - point.created).total_seconds() < wanted.keep_younger_than


def _bases(points: list[RestorePoint]) -> dict[str, list[str]]:
    """Return the points that are the oldest to hold some disk, each with the names of those disks."""
    oldest: dict[str, RestorePoint] = {}
    for point in sorted(points, key=created_of):
        if point.status == FAILED or point.deleting:
            continue
        for disk in point.disks:
            oldest.setdefault(id_key(disk.disk_id) or disk.name, point)
    bases: dict[str, list[str]] = {}
    for point in points:
        disks = [disk.name for disk in point.disks if oldest.get(id_key(disk.disk_id) or disk.name) is point]
        if disks:
            bases[point.name] = disks
    return bases
