# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One copy of a snapshot as an item: looks at the copy, and at its source when it has to be started."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible_collections.bcdr.multicloud.plugins.module_utils._azure.ids import (
    id_key,
    region_key,
    resolve_id,
)
from ansible_collections.bcdr.multicloud.plugins.module_utils._azure.provider import AzureItem, Session
from ansible_collections.bcdr.multicloud.plugins.module_utils._azure.snapshots import api
from ansible_collections.bcdr.multicloud.plugins.module_utils._azure.snapshots.copy_decision import (
    CopyObserved,
    CopyWanted,
    decide_copy,
    needs_source,
    removal_key,
)
from ansible_collections.bcdr.multicloud.plugins.module_utils._azure.snapshots.values import (
    SNAPSHOT_TYPE,
    Snapshot,
    copy_body,
)
from ansible_collections.bcdr.multicloud.plugins.module_utils._core.errors import InvalidRequest, Unavailable
from ansible_collections.bcdr.multicloud.plugins.module_utils._core.reconcile import RUNNING, Action, Decision


class CopyItem(AzureItem):
    """Reconciles one copy of a snapshot; options as in the module azure_snapshot_copy."""

    def __init__(self, params: Mapping[str, Any], session: Session) -> None:
        self._source_id = resolve_id(
            "snapshot", params["snapshot"], SNAPSHOT_TYPE, session.subscription, params.get("resource_group")
        )
        location = region_key(params["location"])
        subscription = params.get("target_subscription_id") or self._source_id.subscription
        group = params.get("target_resource_group") or self._source_id.group
        name = params.get("target_name") or f"{self._source_id.name}-{location}"
        self._copy_id = resolve_id("target_name", name, SNAPSHOT_TYPE, subscription, group)
        if self._copy_id.key == self._source_id.key:
            raise InvalidRequest("target_name: is the source itself")
        # Copies from one resource group, where all snapshots of a disk are, take turns: in the order of the batch, and each
        # sees what counts against the limits.
        turn = f"{self._source_id.subscription}/{self._source_id.group}".lower()
        super().__init__(session, self._copy_id.name, self._copy_id.key, turn)
        encryption_set = params.get("disk_encryption_set_id") or ""
        if encryption_set:
            encryption_set = str(
                resolve_id("disk_encryption_set_id", encryption_set, "diskEncryptionSets", subscription, group)
            )
        if params["copies_per_source"] < 1:
            raise InvalidRequest("copies_per_source: must be 1 or more")
        self._wanted = CopyWanted(
            id=str(self._copy_id),
            location=location,
            source_id=str(self._source_id),
            state=params["state"],
            encryption_set_id=encryption_set,
            sku=params.get("storage_account_type") or "",
            tags=params.get("tags"),
            replace_failed=params["replace_failed"],
            copies_per_source=params["copies_per_source"],
        )
        self._was_running = False
        self._seconds: float | None = None

    def observe(self) -> CopyObserved:
        copy = api.get_snapshot(self.client, self._copy_id)
        self._measure(copy)
        source, unavailable = None, ""
        if needs_source(self._wanted, copy):
            try:
                source = api.get_snapshot(self.client, self._source_id)
            except Unavailable as error:
                if self.session.patient:
                    raise
                unavailable = str(error)
        listed: tuple[Snapshot, ...] | None = ()
        if source is not None or (self._wanted.state == "absent" and copy is not None):
            listed = self._listed()
        key = self._copy_id.key
        asked = [name for name in (key, removal_key(key)) if name in self.started]
        return CopyObserved(
            copy,
            source,
            listed,
            started=self.started,
            failures=self.failures([] if copy is not None and copy.status == RUNNING else asked),
            more=self._begun(),
            seconds=self._seconds,
            source_unavailable=unavailable,
            check_mode=self.session.check_mode,
        )

    def _measure(self, copy: Snapshot | None) -> None:
        """Note how long the copy took, if this run sees it end."""
        if copy is None:
            return
        if copy.complete and self._was_running and self._seconds is None and copy.started:
            self._seconds = (self.client.now() - copy.started).total_seconds()
        self._was_running = copy.status == RUNNING

    def _listed(self) -> tuple[Snapshot, ...] | None:
        subscriptions = dict.fromkeys((self._copy_id.subscription.lower(), self._source_id.subscription.lower()))
        found: list[Snapshot] = []
        for subscription in subscriptions:
            snapshots = api.list_snapshots(self.client, subscription)
            if snapshots is None:
                return None
            found += snapshots
        return tuple(found)

    def _begun(self) -> dict[str, int]:
        """Return what was started since the snapshots were listed: how many per region, and per source snapshot."""
        counts: dict[str, int] = self.client.memory.remember(("copies begun", self._copy_id.subscription.lower()), dict)
        return counts

    def decide(self, observed: CopyObserved) -> Decision:
        return decide_copy(self._wanted, observed)

    def perform(self, action: Action) -> None:
        if action.verb == "update tags of":
            self.track(
                f"{self._copy_id.key}#tags", api.begin_tag_snapshot(self.client, self._copy_id, action.payload["tags"])
            )
        elif action.verb == "delete":
            self.track(action.payload["key"], api.begin_delete_snapshot(self.client, self._copy_id))
        else:
            self._start(action.payload["source"])

    def _start(self, source: Snapshot) -> None:
        body = copy_body(
            source.id,
            self._wanted.location,
            self._wanted.tags or {},
            started=self.client.now(),
            encryption_set_id=self._wanted.encryption_set_id,
            sku=self._wanted.sku,
        )
        self.track(self._copy_id.key, api.begin_put_snapshot(self.client, self._copy_id, body))
        begun = self._begun()
        for name in (source.location, self._wanted.location, id_key(source.id)):
            begun[name] = begun.get(name, 0) + 1
