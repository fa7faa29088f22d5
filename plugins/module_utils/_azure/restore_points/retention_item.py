# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The retention of one collection as an item: looks at its points and at copies under way, deletes what may go."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from ansible_collections.bcdr.multicloud.plugins.module_utils._azure import compute
from ansible_collections.bcdr.multicloud.plugins.module_utils._azure.ids import COLLECTION_TYPE, id_key, resolve_id
from ansible_collections.bcdr.multicloud.plugins.module_utils._azure.provider import AzureItem, Session
from ansible_collections.bcdr.multicloud.plugins.module_utils._azure.restore_points import api, related
from ansible_collections.bcdr.multicloud.plugins.module_utils._azure.restore_points.retention_decision import (
    RetentionObserved,
    RetentionWanted,
    decide_retention,
)
from ansible_collections.bcdr.multicloud.plugins.module_utils._azure.restore_points.values import (
    REPLICATED,
    Collection,
    RestorePoint,
)
from ansible_collections.bcdr.multicloud.plugins.module_utils._core.errors import InvalidRequest
from ansible_collections.bcdr.multicloud.plugins.module_utils._core.provider import duration_option
from ansible_collections.bcdr.multicloud.plugins.module_utils._core.reconcile import Action, Decision


class RetentionItem(AzureItem):
    """Reconciles which points a collection keeps; options as in the module azure_restore_point_retention."""

    def __init__(self, params: Mapping[str, Any], session: Session) -> None:
        self._collection_id = session.collection_id(params, "restore_point_collection")
        super().__init__(session, self._collection_id.name, self._collection_id.key)
        keep_newest = params.get("keep_newest")
        if keep_newest is not None and keep_newest < 1:
            raise InvalidRequest("keep_newest: must be 1 or more; the newest usable restore point is never deleted")
        self._wanted = RetentionWanted(
            str(self._collection_id),
            keep_newest,
            duration_option(params, "keep_younger_than"),
            bool(params.get("allow_missing")),
        )
        self._copies = [
            resolve_id("copied_to", copy, COLLECTION_TYPE, session.subscription, self._collection_id.group)
            for copy in params.get("copied_to") or ()
        ]
        self._arrived: dict[str, RestorePoint] = {}

    def observe(self) -> RetentionObserved:
        collection = api.get_collection(self.client, self._collection_id)
        observed = RetentionObserved(
            collection, self.client.now(), started=self.started, check_mode=self.session.check_mode
        )
        if collection is None:
            return observed
        # Reading how far each copy is costs a call a point: done only if something would go at best.
        at_best = replace(observed, collection=_as_if_all_had_arrived(collection), assumed=collection.is_remote)
        if not self.started and not decide_retention(self._wanted, at_best).actions:
            return at_best
        collection = self._with_views(collection)
        present = {id_key(point.id) for point in collection.points}
        return replace(
            observed,
            collection=collection,
            copying={} if collection.is_remote else related.copies_under_way(self.client, collection, self._copies),
            failures=self.failures([key for key in self.started if key in present]),
        )

    def _with_views(self, collection: Collection) -> Collection:
        if not collection.is_remote:
            return collection
        return replace(collection, points=tuple(map(self._view, collection.points)))

    def _view(self, point: RestorePoint) -> RestorePoint:
        key = id_key(point.id)
        if key not in self._arrived:
            viewed = related.view_copy(self.client, point) if point.made else point
            if not viewed.usable:
                return viewed
            self._arrived[key] = viewed
        return self._arrived[key]

    def decide(self, observed: RetentionObserved) -> Decision:
        return decide_retention(self._wanted, observed)

    def perform(self, action: Action) -> None:
        point = self._collection_id.child("restorePoints", action.payload["name"])
        self.track(point.key, compute.begin_delete(self.client, point))


def _as_if_all_had_arrived(collection: Collection) -> Collection:
    def arrived(point: RestorePoint) -> RestorePoint:
        if not point.made:
            return point
        disks = tuple(replace(disk, replication=REPLICATED, percent=100.0) for disk in point.disks)
        return replace(point, disks=disks, view_failed=False)

    return replace(collection, points=tuple(map(arrived, collection.points)))
