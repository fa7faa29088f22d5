# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One restore point collection as an item: looks at it and its source, creates, tags or deletes it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from ansible_collections.bcdr.multicloud.plugins.module_utils._azure import compute
from ansible_collections.bcdr.multicloud.plugins.module_utils._azure.ids import (
    COLLECTION_TYPE,
    VM_TYPE,
    ResourceId,
    resolve_id,
)
from ansible_collections.bcdr.multicloud.plugins.module_utils._azure.provider import AzureItem, Session
from ansible_collections.bcdr.multicloud.plugins.module_utils._azure.restore_points import api, related
from ansible_collections.bcdr.multicloud.plugins.module_utils._azure.restore_points.collection_decision import (
    CollectionObserved,
    CollectionWanted,
    Source,
    decide_collection,
)
from ansible_collections.bcdr.multicloud.plugins.module_utils._core.errors import BcdrError
from ansible_collections.bcdr.multicloud.plugins.module_utils._core.reconcile import Action, Decision


class CollectionItem(AzureItem):
    """Reconciles one collection; options as in the module azure_restore_point_collection."""

    def __init__(self, params: Mapping[str, Any], session: Session) -> None:
        self._id = session.collection_id(params, "name")
        super().__init__(session, self._id.name, self._id.key)
        self._source_id = _source_id(params, session)
        self._wanted = CollectionWanted(
            id=str(self._id),
            state=params["state"],
            location=params.get("location") or "",
            source_id=str(self._source_id or ""),
            tags=params.get("tags"),
            append_tags=params["append_tags"],
            force=params["force"],
        )

    def observe(self) -> CollectionObserved:
        existing = api.get_collection(self.client, self._id)
        if self._wanted.state == "absent":
            deleting = self._id.key in self.started
            failure = self.failure_of(self._id.key) if deleting and existing else None
            observed = CollectionObserved(existing, deleting=deleting, failure=str(failure or ""))
            if existing is None or not decide_collection(self._wanted, observed).actions:
                return observed
            under_way = related.copies_under_way(self.client, existing)
            return replace(observed, copied_to=tuple(sorted(under_way.values())))
        return CollectionObserved(existing, source=self._source() if existing is None or existing.deleting else None)

    def _source(self) -> Source | None:
        if self._source_id is None:
            return None
        if self._source_id.type.lower() == COLLECTION_TYPE.lower():
            collection = api.get_collection(self.client, self._source_id)
            if collection is None:
                raise BcdrError(f"source_collection: there is no restore point collection {self._source_id}")
            return Source(str(self._source_id), collection.location, True, collection.is_remote)
        vm = compute.get_vm(self.client, self._source_id)
        if vm is None:
            raise BcdrError(
                f"source_vm: there is no virtual machine {self._source_id.name} in resource group {self._source_id.group} "
                f"of subscription {self._source_id.subscription}"
            )
        return Source(str(self._source_id), vm["location"])

    def decide(self, observed: CollectionObserved) -> Decision:
        return decide_collection(self._wanted, observed)

    def perform(self, action: Action) -> None:
        if action.verb == "create":
            api.put_collection(self.client, self._id, **action.payload)
        elif action.verb == "delete":
            self.track(self._id.key, compute.begin_delete(self.client, self._id))
        else:
            api.patch_collection_tags(self.client, self._id, action.payload["tags"])


def _source_id(params: Mapping[str, Any], session: Session) -> ResourceId | None:
    group = params.get("resource_group")
    if params.get("source_vm"):
        return resolve_id("source_vm", params["source_vm"], VM_TYPE, session.subscription, group)
    if params.get("source_collection"):
        value = params["source_collection"]
        return resolve_id("source_collection", value, COLLECTION_TYPE, session.subscription, group)
    return None
