# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which restore points an info task shows. Pure."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from dataclasses import dataclass

from ansible_collections.bcdr.multicloud.plugins.module_utils._azure.restore_points.collection_decision import (
    collection_result,
)
from ansible_collections.bcdr.multicloud.plugins.module_utils._azure.restore_points.values import (
    Collection,
    RestorePoint,
    as_recovery_point,
    created_of,
    newest_usable,
)
from ansible_collections.bcdr.multicloud.plugins.module_utils._core.reconcile import SUCCEEDED, Decision


@dataclass(frozen=True)
class InfoWanted:
    """`newer_than` in seconds; `newest_usable` shows one point per collection."""

    name: str = ""
    usable_only: bool = False
    newest_usable: bool = False
    newer_than: int | None = None


@dataclass(frozen=True)
class InfoObserved:
    collections: tuple[Collection, ...]
    now: datetime.datetime


def matches(wanted: InfoWanted, point: RestorePoint, now: datetime.datetime) -> bool:
    """Return whether the point may be shown, as far as that can be told without its instance view."""
    if wanted.name and point.name.lower() != wanted.name.lower():
        return False
    if wanted.newer_than is None or point.created is None:
        return True
    return (now - point.created).total_seconds() <= wanted.newer_than


def decide_info(wanted: InfoWanted, observed: InfoObserved) -> Decision:
    """Return the points, newest first, in the form that all providers share."""
    shown = []
    for collection in observed.collections:
        points: Sequence[RestorePoint] = [point for point in collection.points if matches(wanted, point, observed.now)]
        if wanted.newest_usable:
            newest = newest_usable(points)
            points = [newest] if newest else []
        if wanted.usable_only:
            points = [point for point in points if point.usable]
        shown += [(point, collection) for point in points]
    shown.sort(key=lambda pair: created_of(pair[0]), reverse=True)
    return Decision(
        SUCCEEDED,
        result={
            "recovery_points": [
                as_recovery_point(point, collection).as_result(observed.now) for point, collection in shown
            ],
            "restore_point_collections": [collection_result(collection) for collection in observed.collections],
        },
    )
