# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The copies of one collection's restore points as an item: looks at source and targets, starts copies."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from ansible_collections.bcdr.multicloud.plugins.module_utils._azure import compute
from ansible_collections.bcdr.multicloud.plugins.module_utils._azure.ids import (
    COLLECTION_TYPE,
    ResourceId,
    id_key,
    identified,
    region_key,
    resolve_id,
)
from ansible_collections.bcdr.multicloud.plugins.module_utils._azure.provider import AzureItem, Session
from ansible_collections.bcdr.multicloud.plugins.module_utils._azure.restore_points import api, related
from ansible_collections.bcdr.multicloud.plugins.module_utils._azure.restore_points.copy_decision import (
    ALL,
    LATEST,
    CopyObserved,
    CopyTarget,
    CopyWanted,
    TargetObserved,
    decide_copies,
    removal_key,
    selected_points,
)
from ansible_collections.bcdr.multicloud.plugins.module_utils._azure.restore_points.tags import record_copy_start
from ansible_collections.bcdr.multicloud.plugins.module_utils._azure.restore_points.values import (
    Collection,
    RestorePoint,
    created_of,
)
from ansible_collections.bcdr.multicloud.plugins.module_utils._core.errors import InvalidRequest, Unavailable
from ansible_collections.bcdr.multicloud.plugins.module_utils._core.reconcile import FAILED, RUNNING, Action, Decision


class CopyItem(AzureItem):
    """Reconciles the copies of one collection; options as in the module azure_restore_point_copy."""

    def __init__(self, params: Mapping[str, Any], session: Session) -> None:
        self._source_id = session.collection_id(params, "restore_point_collection")
        super().__init__(session, self._source_id.name, self._source_id.key)
        which = tuple(params["which"])
        if not which or (len(which) > 1 and {LATEST, ALL}.intersection(which)):
            raise InvalidRequest("which: is either latest, or all, or names of restore points")
        targets = tuple(_target(index, entry, self._source_id) for index, entry in enumerate(params["targets"]))
        _check_distinct(targets)
        self._wanted = CopyWanted(str(self._source_id), targets, which, params["replace_failed"])
        self._finished: dict[str, RestorePoint] = {}
        self._observed: CopyObserved | None = None

    def observe(self) -> CopyObserved:
        observed = self._refresh() or self._look()
        self._observed = observed
        return observed

    def _refresh(self) -> CopyObserved | None:
        """Look only at copies that run, when nothing else can have moved; None when all must be looked at."""
        last = self._observed
        if last is None:
            return None
        decision = decide_copies(self._wanted, last)
        if decision.status != RUNNING or decision.actions or decision.later:
            return None
        targets = []
        for target in last.targets:
            if target.existing is None:
                return None
            points = []
            for point in target.existing.points:
                if point.status == RUNNING and (point.viewed or not point.made):
                    point = self._view(point)
                    if point.status != RUNNING:
                        return None
                points.append(point)
            targets.append(replace(target, existing=replace(target.existing, points=tuple(points))))
        if not any(
            point.status == RUNNING for target in targets if target.existing for point in target.existing.points
        ):
            return None
        return replace(last, targets=tuple(targets), now=self.client.now(), started=self.started)

    def _look(self) -> CopyObserved:
        try:
            source = api.get_collection(self.client, self._source_id)
        except Unavailable as error:
            if self.session.patient:
                raise
            return self._look_at_targets(str(error))
        if source is None:
            return CopyObserved(None, (), self.client.now(), check_mode=self.session.check_mode)
        targets_ids = [identified(target.id) for target in self._wanted.targets]
        everything, unlisted = related.listed(
            self.client, [self._source_id.subscription, *(target.subscription for target in targets_ids)]
        )
        if unlisted:
            listed_ids: set[str] = set()
        else:
            listed_ids = {id_key(collection.id) for collection in everything}
        asked = frozenset(id_key(point.id) for point in selected_points(self._wanted.which, source))
        targets: list[TargetObserved] = []
        full: list[Collection] = [source]
        for target, target_id in zip(self._wanted.targets, targets_ids, strict=True):
            existing = None
            if unlisted or target_id.key in listed_ids or target_id.key in self.started:
                existing = api.get_collection(self.client, target_id)
            rivals = [
                collection
                for collection in related.copies_of(everything, source.id)
                if region_key(collection.location) == region_key(target.location)
                and id_key(collection.id) != target_id.key
            ]
            rivals = related.with_points(self.client, rivals, full)
            if existing is not None:
                existing = self._with_views(existing, asked)
                full.append(existing)
            full += rivals
            targets.append(TargetObserved(existing, tuple(rivals)))
        observed = CopyObserved(
            source,
            tuple(targets),
            self.client.now(),
            started=self.started,
            failures=self.failures(self._ended_badly(targets)),
            check_mode=self.session.check_mode,
        )
        if any(action.verb == "start" for action in decide_copies(self._wanted, observed).actions):
            # The limit per VM reaches over all its collections; they are counted only when a copy is about to start.
            others = related.with_points(self.client, related.family(everything, source.source_id), full)
            members = {id_key(member.id): len(member.points) for member in [*full, *others]}
            observed = replace(observed, vm_points=sum(members.values()))
        return observed

    def _look_at_targets(self, why: str) -> CopyObserved:
        """Look at what has arrived although the source cannot be asked: on that day it is what counts."""
        targets = []
        for target in self._wanted.targets:
            existing = api.get_collection(self.client, identified(target.id))
            targets.append(TargetObserved(self._with_views(existing, frozenset()) if existing else None))
        return CopyObserved(None, tuple(targets), self.client.now(), source_unavailable=why)

    def _with_views(self, existing: Collection, asked: frozenset[str]) -> Collection:
        """Return the target collection with the instance views that matter.

        Those are the copies of the `asked` points (keys), the newest copy (only it can be under way), and going back in
        time as many as it takes to find one that is usable.
        """
        found_usable = False
        viewed: list[RestorePoint] = []
        for index, copy in enumerate(sorted(existing.points, key=created_of, reverse=True)):
            if index == 0 or not found_usable or id_key(copy.source_point_id) in asked:
                copy = self._view(copy)
            found_usable = found_usable or copy.usable
            viewed.append(copy)
        return replace(existing, points=tuple(reversed(viewed)))

    def _view(self, copy: RestorePoint) -> RestorePoint:
        """Return the copy with its instance view; one that has arrived stays so and is not asked again."""
        key = id_key(copy.id)
        if key not in self._finished:
            viewed = related.view_copy(self.client, copy)
            if not viewed.usable:
                return viewed
            self._finished[key] = viewed
        return self._finished[key]

    def _ended_badly(self, targets: list[TargetObserved]) -> list[str]:
        """Return the keys of operations of this run whose copies failed, are not there, or should not be there."""
        arriving = {
            id_key(point.id)
            for target in targets
            if target.existing
            for point in target.existing.points
            if point.status != FAILED
        }
        return [key for key in self.started if key not in arriving]

    def decide(self, observed: CopyObserved) -> Decision:
        return decide_copies(self._wanted, observed)

    def perform(self, action: Action) -> None:
        # What is remembered of the copies under way is no longer all there is.
        last, self._observed = self._observed, None
        target: CopyTarget = action.payload["target"]
        collection = identified(target.id)
        if action.verb == "create":
            # The start that follows is recorded at once, which saves a call.
            tags = record_copy_start(target.tags or {}, self.client.now())
            api.put_collection(self.client, collection, target.location, action.payload["source_id"], tags)
            self.track(collection.key, None)
        elif action.verb == "update tags of":
            api.patch_collection_tags(self.client, collection, action.payload["tags"])
        elif action.verb == "delete":
            point = collection.child("restorePoints", action.payload["name"])
            self.track(removal_key(point.key), compute.begin_delete(self.client, point))
        else:
            self._record_start(last, target, collection)
            point = collection.child("restorePoints", action.payload["name"])
            self.track(point.key, api.begin_put_point(self.client, point, action.payload["body"]))

    def _record_start(self, last: CopyObserved | None, target: CopyTarget, collection: ResourceId) -> None:
        """Write the start down before it happens: a start too many on record only delays, one too few would fail."""
        views = zip(self._wanted.targets, last.targets, strict=True) if last else ()
        existing = next((view.existing for wanted, view in views if wanted.id == target.id), None)
        if existing is not None:
            tags = {**existing.tags, **(target.tags or {})}
            api.patch_collection_tags(self.client, collection, record_copy_start(tags, self.client.now()))


def _target(index: int, entry: Mapping[str, Any], source: ResourceId) -> CopyTarget:
    place = f"targets[{index}]"
    location = region_key(entry["location"])
    subscription = entry.get("subscription_id") or source.subscription
    group = entry.get("resource_group") or source.group
    name = entry.get("name") or f"{source.name}-{location}"
    target = resolve_id(f"{place}.name", name, COLLECTION_TYPE, subscription, group)
    encryption_set = entry.get("disk_encryption_set_id") or ""
    if encryption_set:
        encryption_set = str(
            resolve_id(f"{place}.disk_encryption_set_id", encryption_set, "diskEncryptionSets", subscription, group)
        )
    return CopyTarget(str(target), location, encryption_set, entry.get("tags"))


def _check_distinct(targets: tuple[CopyTarget, ...]) -> None:
    if not targets:
        raise InvalidRequest("targets: names no region to copy to")
    for index, target in enumerate(targets):
        for earlier, other in enumerate(targets[:index]):
            if other.location == target.location:
                raise InvalidRequest(
                    f"targets[{index}]: {target.location} is the region of targets[{earlier}] too, "
                    "and Azure allows one copy of a restore point in a region"
                )
