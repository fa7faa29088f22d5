# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The restore of a restore point, as an item."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from ansible_collections.bcdr.multicloud.plugins.module_utils._azure.provider import Session
from ansible_collections.bcdr.multicloud.plugins.module_utils._azure.restore_points import api, related
from ansible_collections.bcdr.multicloud.plugins.module_utils._azure.restore_points.restore_origin import POINTS
from ansible_collections.bcdr.multicloud.plugins.module_utils._azure.restore_points.values import (
    Collection,
    RestorePoint,
    created_of,
)
from ansible_collections.bcdr.multicloud.plugins.module_utils._azure.restores.restore_decision import choose_point
from ansible_collections.bcdr.multicloud.plugins.module_utils._azure.restores.restore_item import RestoreItem
from ansible_collections.bcdr.multicloud.plugins.module_utils._azure.restores.restored import Disk


class PointRestoreItem(RestoreItem):
    """Reconciles one restore; options as in the module azure_restore_point_restore."""

    def __init__(self, params: Mapping[str, Any], session: Session) -> None:
        self._collection_id = session.collection_id(params, "restore_point_collection")
        super().__init__(
            params,
            session,
            origin=POINTS,
            holder_id=str(self._collection_id),
            home=self._collection_id,
            label=self._collection_id.name,
            point=params.get("name") or "",
            name_format=params["disk_name_format"],
        )

    def look(self, disks: Sequence[Disk]) -> Collection | None:
        collection = api.get_collection(self.client, self._collection_id)
        if collection is None:
            return None
        chosen = choose_point(self._wanted, collection, disks)[0]
        return self._with_view(collection, collection.point(chosen.name) if chosen else None)

    def _with_view(self, collection: Collection, chosen: RestorePoint | None) -> Collection:
        """Return the collection with the instance view of the point to restore.

        When it is not known yet which one that is, views are read from the newest back until one is usable.
        """
        candidates = [chosen] if chosen else sorted(collection.points, key=created_of, reverse=True)
        viewed = {}
        for point in candidates:
            viewed[point.id] = related.view_copy(self.client, point) if point.remote else point
            if viewed[point.id].usable:
                break
        return replace(collection, points=tuple(viewed.get(point.id, point) for point in collection.points))
