# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What to do about one restore point collection. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ansible_collections.bcdr.multicloud.plugins.module_utils._azure.ids import region_key, same_id
from ansible_collections.bcdr.multicloud.plugins.module_utils._azure.restore_points.values import Collection
from ansible_collections.bcdr.multicloud.plugins.module_utils._azure.tags import users_tags, wanted_tags
from ansible_collections.bcdr.multicloud.plugins.module_utils._core.reconcile import (
    ABSENT,
    BLOCKED,
    PENDING,
    RUNNING,
    SUCCEEDED,
    Action,
    Decision,
)


@dataclass(frozen=True)
class CollectionWanted:
    """`location` "" means where the source VM is; `source_id` "" means that only an existing one is meant."""

    id: str
    state: str = "present"
    location: str = ""
    source_id: str = ""
    tags: Mapping[str, str] | None = None
    append_tags: bool = True
    force: bool = False


@dataclass(frozen=True)
class Source:
    """What the wanted collection is to be made from; `is_remote` is for a collection that holds copies itself."""

    id: str
    location: str
    is_collection: bool = False
    is_remote: bool = False


@dataclass(frozen=True)
class CollectionObserved:
    """What there is; `copied_to` names where unfinished copies of its points go."""

    existing: Collection | None
    source: Source | None = None
    deleting: bool = False
    failure: str = ""
    copied_to: tuple[str, ...] = ()


def collection_result(collection: Collection) -> dict[str, Any]:
    """Return what modules show of a collection."""
    return {
        "id": collection.id,
        "name": collection.name,
        "location": collection.location,
        "source_id": collection.source_id,
        "source_location": collection.source_location,
        "tags": users_tags(collection.tags),
        "restore_points": [point.name for point in collection.points],
    }


def decide_collection(wanted: CollectionWanted, observed: CollectionObserved) -> Decision:
    """Return whether to create, tag or delete the collection, or which rule forbids it.

    Only tags of a collection may change, and its source in another region must be a collection of local points
    (learn.microsoft.com/rest/api/compute/restore-point-collections/create-or-update).
    """
    if wanted.state == "absent":
        return _decide_absent(wanted, observed)
    if observed.existing is None:
        return _decide_create(wanted, observed.source)
    if observed.existing.deleting:
        again = _decide_create(wanted, observed.source)
        reason = "it is being deleted; it can be made again after that"
        return again if again.status == BLOCKED else Decision(PENDING, reason, later=again.actions, result=again.result)
    return _decide_update(wanted, observed.existing)


def _resource(wanted: CollectionWanted) -> str:
    return f"restore point collection {wanted.id.rsplit('/', 1)[-1]}"


def _decide_create(wanted: CollectionWanted, source: Source | None) -> Decision:
    if source is None:
        return Decision(
            BLOCKED, "it does not exist, and neither source_vm nor source_collection says what to make it from"
        )
    location = region_key(wanted.location or source.location)
    if source.is_collection:
        if not wanted.location:
            return Decision(BLOCKED, "location is needed with source_collection: the region that copies go to")
        if source.is_remote:
            return Decision(
                BLOCKED,
                f"its source {source.id} holds copies itself, and Azure copies no copies; name the collection of the original points",
            )
        if location == region_key(source.location):
            return Decision(
                BLOCKED,
                f"its source is in {location} too; Azure copies restore points only to another region",
            )
    after = {"location": location, "source_id": source.id, "tags": users_tags(wanted.tags or {})}
    action = Action(
        "create",
        _resource(wanted),
        after=after,
        payload={"location": location, "source_id": source.id, "tags": dict(wanted.tags or {})},
    )
    name = wanted.id.rsplit("/", 1)[-1]
    made = Collection(wanted.id, name, location, source.id, region_key(source.location), dict(wanted.tags or {}))
    return Decision(SUCCEEDED, actions=(action,), result=collection_result(made))


def _decide_update(wanted: CollectionWanted, existing: Collection) -> Decision:
    if wanted.source_id and not same_id(wanted.source_id, existing.source_id):
        return Decision(
            BLOCKED,
            f"its source is {existing.source_id} and cannot be changed to {wanted.source_id}; use another name",
            result=collection_result(existing),
        )
    if wanted.location and region_key(wanted.location) != existing.location:
        return Decision(
            BLOCKED,
            f"it is in {existing.location} and cannot be moved to {region_key(wanted.location)}; use another name",
            result=collection_result(existing),
        )
    tags = wanted_tags(existing.tags, wanted.tags, wanted.append_tags)
    if tags == dict(existing.tags):
        return Decision(SUCCEEDED, result=collection_result(existing))
    action = Action(
        "update tags of",
        _resource(wanted),
        before={"tags": users_tags(existing.tags)},
        after={"tags": users_tags(tags)},
        payload={"tags": tags},
    )
    return Decision(SUCCEEDED, actions=(action,), result={**collection_result(existing), "tags": users_tags(tags)})


def _decide_absent(wanted: CollectionWanted, observed: CollectionObserved) -> Decision:
    existing = observed.existing
    if existing is None:
        return Decision(ABSENT)
    if observed.failure:
        return Decision(BLOCKED, f"Azure could not delete it: {observed.failure}", result=collection_result(existing))
    if observed.deleting or existing.deleting:
        return Decision(RUNNING, "is being deleted", result=collection_result(existing))
    if existing.points and not wanted.force:
        names = ", ".join(point.name for point in existing.points[:5])
        more = len(existing.points) - 5
        return Decision(
            BLOCKED,
            f"it holds {len(existing.points)} restore points ({names}{f' and {more} more' if more > 0 else ''}), "
            "which would be lost; force: true deletes them too",
            result=collection_result(existing),
        )
    if observed.copied_to:
        return Decision(
            BLOCKED,
            f"its points are being copied to {', '.join(observed.copied_to)}, and without them those copies fail; "
            "delete it when they are done",
            result=collection_result(existing),
        )
    action = Action("delete", _resource(wanted), before=collection_result(existing))
    return Decision(RUNNING, "is being deleted", actions=(action,), result=collection_result(existing))
