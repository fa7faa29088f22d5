# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One restore point of a VM as an item: looks at its collection, makes or deletes it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from ansible_collections.bcdr.multicloud.plugins.module_utils._azure import compute
from ansible_collections.bcdr.multicloud.plugins.module_utils._azure.ids import (
    DISK_TYPE,
    check_name,
    id_key,
    resolve_id,
)
from ansible_collections.bcdr.multicloud.plugins.module_utils._azure.provider import AzureItem, Session
from ansible_collections.bcdr.multicloud.plugins.module_utils._azure.restore_points import api, related
from ansible_collections.bcdr.multicloud.plugins.module_utils._azure.restore_points.creation_decision import (
    PointObserved,
    PointWanted,
    decide_point,
)
from ansible_collections.bcdr.multicloud.plugins.module_utils._azure.restore_points.values import (
    Collection,
    created_of,
)
from ansible_collections.bcdr.multicloud.plugins.module_utils._core.errors import InvalidRequest
from ansible_collections.bcdr.multicloud.plugins.module_utils._core.provider import duration_option, moment_option
from ansible_collections.bcdr.multicloud.plugins.module_utils._core.reconcile import Action, Decision


class PointItem(AzureItem):
    """Reconciles one restore point; options as in the module azure_restore_point."""

    def __init__(self, params: Mapping[str, Any], session: Session) -> None:
        self._collection_id = session.collection_id(params, "restore_point_collection")
        name = params.get("name") or ""
        if name:
            check_name("name", name)
        else:
            check_name("name_prefix", params["name_prefix"] + "initial")
        if params["state"] == "absent" and not name:
            raise InvalidRequest("name: is needed with state: absent")
        super().__init__(
            session,
            f"{self._collection_id.name}/{name}" if name else self._collection_id.name,
            f"{self._collection_id.key}/{name.lower()}",
            # Azure makes one restore point of a VM at a time.
            group=self._collection_id.key,
        )
        self._wanted = PointWanted(
            collection_id=str(self._collection_id),
            state=params["state"],
            name=name,
            max_age=duration_option(params, "max_age"),
            newer_than=moment_option(params, "newer_than"),
            name_prefix=params["name_prefix"],
            consistency=params["consistency"],
            exclude_disk_ids=tuple(
                str(resolve_id("exclude_disks", disk, DISK_TYPE, session.subscription, self._collection_id.group))
                for disk in params.get("exclude_disks") or ()
            ),
            force=params["force"],
        )

    def observe(self) -> PointObserved:
        collection = api.get_collection(self.client, self._collection_id)
        if collection is not None:
            collection = self._with_views(collection)
        now = self.client.now()
        failed = [] if collection is None else [id_key(point.id) for point in collection.points if not point.made]
        missing = [
            key for key in self.started if collection is None or key not in {id_key(p.id) for p in collection.points}
        ]
        leaving = [key for key in self.started if self._wanted.state == "absent"]
        observed = PointObserved(
            collection,
            now,
            started=self.started,
            failures=self.failures([key for key in dict.fromkeys(failed + missing + leaving) if key in self.started]),
            check_mode=self.session.check_mode,
        )
        if collection is None:
            return observed
        # What reaches beyond the collection is asked only when something is about to be done.
        if any(action.verb == "create" for action in decide_point(self._wanted, observed).actions):
            return replace(observed, vm_points=self._count_vm_points(collection))
        if any(action.verb == "delete" for action in decide_point(self._wanted, observed).actions):
            return replace(observed, copied_to=self._unfinished_copies(collection))
        return observed

    def _with_views(self, collection: Collection) -> Collection:
        """Return the collection with the instance views that matter.

        Points whose data had to travel are usable only once it has arrived: read are the named one and, going back in
        time, as many as it takes to find one that is usable.
        """
        if not collection.is_remote:
            return collection
        found_usable = False
        points = []
        for point in sorted(collection.points, key=created_of, reverse=True):
            if point.made and (not found_usable or point.name.lower() == self._wanted.name.lower()):
                point = related.view_copy(self.client, point)
            found_usable = found_usable or point.usable
            points.append(point)
        return replace(collection, points=tuple(reversed(points)))

    def _count_vm_points(self, collection: Collection) -> int | None:
        everything, unlisted = related.listed(self.client, [self._collection_id.subscription])
        if unlisted:
            return None
        kin = related.family(everything, collection.source_id)
        return sum(len(member.points) for member in related.with_points(self.client, kin, [collection]))

    def _unfinished_copies(self, collection: Collection) -> tuple[str, ...]:
        source = collection.point(self._wanted.name)
        where = related.copies_under_way(self.client, collection).get(id_key(source.id)) if source else None
        return (where,) if where else ()

    def decide(self, observed: PointObserved) -> Decision:
        return decide_point(self._wanted, observed)

    def perform(self, action: Action) -> None:
        point = self._collection_id.child("restorePoints", action.payload["name"])
        if action.verb == "delete":
            self.track(point.key, compute.begin_delete(self.client, point))
        else:
            self.track(point.key, api.begin_put_point(self.client, point, action.payload["body"]))
