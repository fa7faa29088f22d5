# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What an info task asks for, as an item: reads collections and the instance views that the answer needs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from ansible_collections.bcdr.multicloud.plugins.module_utils._azure.ids import VM_TYPE, id_key, identified, resolve_id
from ansible_collections.bcdr.multicloud.plugins.module_utils._azure.provider import AzureItem, Session
from ansible_collections.bcdr.multicloud.plugins.module_utils._azure.restore_points import api, related
from ansible_collections.bcdr.multicloud.plugins.module_utils._azure.restore_points.info_decision import (
    InfoObserved,
    InfoWanted,
    decide_info,
    matches,
)
from ansible_collections.bcdr.multicloud.plugins.module_utils._azure.restore_points.values import (
    Collection,
    created_of,
)
from ansible_collections.bcdr.multicloud.plugins.module_utils._core.errors import BcdrError
from ansible_collections.bcdr.multicloud.plugins.module_utils._core.provider import duration_option
from ansible_collections.bcdr.multicloud.plugins.module_utils._core.reconcile import Action, Decision


class InfoItem(AzureItem):
    """Reads restore points; options as in the module azure_restore_point_info."""

    def __init__(self, params: Mapping[str, Any], session: Session) -> None:
        self._group = params.get("resource_group") or ""
        self._collection_id = None
        if params.get("restore_point_collection"):
            self._collection_id = session.collection_id(params, "restore_point_collection")
        self._vm_id = ""
        if params.get("source_vm"):
            self._vm_id = str(resolve_id("source_vm", params["source_vm"], VM_TYPE, session.subscription, self._group))
        self._wanted = InfoWanted(
            name=params.get("name") or "",
            usable_only=params["usable_only"],
            newest_usable=params["newest_usable"],
            newer_than=duration_option(params, "newer_than"),
        )
        where = self._collection_id.name if self._collection_id else self._vm_id.rsplit("/", 1)[-1] or self._group
        # Reading the same twice harms nobody: each item is its own.
        super().__init__(session, where or session.subscription, f"info-{id(self)}")

    def observe(self) -> InfoObserved:
        collections = [self._with_views(collection) for collection in self._collections()]
        return InfoObserved(tuple(sorted(collections, key=lambda collection: id_key(collection.id))), self.client.now())

    def _collections(self) -> list[Collection]:
        if self._collection_id is not None:
            found = api.get_collection(self.client, self._collection_id)
            return [found] if found else []
        everything = api.list_collections(self.client, self.session.subscription)
        if everything is None:
            raise BcdrError(
                f"the identity may not list the restore point collections of subscription {self.session.subscription}; "
                "give restore_point_collection, or the right Microsoft.Compute/restorePointCollections/read"
            )
        if self._vm_id:
            everything = tuple(related.family(everything, self._vm_id))
        elif self._group:
            everything = tuple(
                collection
                for collection in everything
                if identified(collection.id).group.lower() == self._group.lower()
            )
        return related.with_points(self.client, everything)

    def _with_views(self, collection: Collection) -> Collection:
        """Return the collection with the instance views of those of its points that will be shown."""
        now = self.client.now()
        points = []
        found_usable = False
        for point in sorted(collection.points, key=created_of, reverse=True):
            wanted = matches(self._wanted, point, now) and not (self._wanted.newest_usable and found_usable)
            if wanted and point.remote and point.made:
                point = related.view_copy(self.client, point)
            found_usable = found_usable or (wanted and point.usable)
            points.append(point)
        return replace(collection, points=tuple(reversed(points)))

    def decide(self, observed: InfoObserved) -> Decision:
        return decide_info(self._wanted, observed)

    def perform(self, action: Action) -> None:
        raise BcdrError(f"reading never changes anything, so it cannot {action.describe()}")
