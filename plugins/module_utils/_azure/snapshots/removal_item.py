# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The removal of an image from its regions, as an item."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible_collections.bcdr.multicloud.plugins.module_utils._azure.ids import id_key, parse_id
from ansible_collections.bcdr.multicloud.plugins.module_utils._azure.provider import AzureItem, Session
from ansible_collections.bcdr.multicloud.plugins.module_utils._azure.snapshots import api
from ansible_collections.bcdr.multicloud.plugins.module_utils._azure.snapshots.image_item import ImageItem
from ansible_collections.bcdr.multicloud.plugins.module_utils._azure.snapshots.image_values import Image
from ansible_collections.bcdr.multicloud.plugins.module_utils._azure.snapshots.options import image_wanted
from ansible_collections.bcdr.multicloud.plugins.module_utils._azure.snapshots.removal_decision import (
    RemovalObserved,
    decide_removal,
)
from ansible_collections.bcdr.multicloud.plugins.module_utils._azure.snapshots.values import Snapshot
from ansible_collections.bcdr.multicloud.plugins.module_utils._core.errors import BcdrError
from ansible_collections.bcdr.multicloud.plugins.module_utils._core.reconcile import Action, Decision


class RemovalItem(AzureItem):
    """Reconciles the absence of one image; options as in the module azure_image_replication."""

    def __init__(self, params: Mapping[str, Any], session: Session) -> None:
        self._wanted = image_wanted(params, session.subscription)
        super().__init__(session, self._wanted.name, f"{self._wanted.source.key}>{self._wanted.name.lower()}")

    def observe(self) -> RemovalObserved:
        home = self._wanted.source.subscription.lower()
        found: list[Snapshot] = []
        for subscription in sorted({home, *(target.subscription.lower() for target in self._wanted.targets)}):
            listed = api.list_snapshots(self.client, subscription)
            if listed is None:
                raise BcdrError(
                    f"the snapshots of subscription {subscription} may not be listed, and without that it is not known "
                    "what there is of the image"
                )
            found += listed
        images: dict[str, Image] = {}
        for target in self._wanted.targets:
            image_id = parse_id(self._wanted.image_id(target))
            image = api.get_image(self.client, image_id) if image_id else None
            if image is not None:
                images[target.location] = image
        there = {id_key(snapshot.id) for snapshot in found} | {id_key(image.id) for image in images.values()}
        return RemovalObserved(
            tuple(found),
            images,
            started=self.started,
            failures=self.failures([key for key in self.started if key in there]),
        )

    def decide(self, observed: RemovalObserved) -> Decision:
        return decide_removal(self._wanted, observed)

    def perform(self, action: Action) -> None:
        resource = parse_id(action.payload["id"])
        if resource is None:
            raise BcdrError(f"Azure answered {action.payload['id']!r} where a resource id belongs")
        if action.resource.startswith("image "):
            self.track(resource.key, api.begin_delete_image(self.client, resource))
        else:
            self.track(resource.key, api.begin_delete_snapshot(self.client, resource))


def make_item(params: Mapping[str, Any], session: Session) -> AzureItem:
    """Return the item for the module's options: an image that is wanted, or one that is not."""
    return RemovalItem(params, session) if params["state"] == "absent" else ImageItem(params, session)
