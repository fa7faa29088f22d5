# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Azure as a provider of items: sessions shared by all items of one identity, and what all items have in common."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from typing import Any

from ansible_collections.bcdr.multicloud.plugins.module_utils._azure.arm import ArmClient, Operation, connect
from ansible_collections.bcdr.multicloud.plugins.module_utils._azure.ids import COLLECTION_TYPE, ResourceId, resolve_id
from ansible_collections.bcdr.multicloud.plugins.module_utils._azure.options import AZURE_SPEC
from ansible_collections.bcdr.multicloud.plugins.module_utils._core.errors import BcdrError, InvalidRequest
from ansible_collections.bcdr.multicloud.plugins.module_utils._core.provider import AccountProvider, Item
from ansible_collections.bcdr.multicloud.plugins.module_utils._core.reconcile import Settings


class Session:
    """One identity's client and its default subscription, for the items that use them."""

    def __init__(self, client: ArmClient, subscription: str, settings: Settings) -> None:
        self.client = client
        self.subscription = subscription
        self.check_mode = settings.check_mode
        # Whether there will be another pass, so that an outage may be waited out.
        self.patient = settings.wait and not settings.check_mode

    def collection_id(self, params: Mapping[str, Any], option: str) -> ResourceId:
        """Return the id of the restore point collection that `option` names."""
        return resolve_id(option, params[option], COLLECTION_TYPE, self.subscription, params.get("resource_group"))


class AzureItem(Item):
    """What every Azure item remembers during a run: its client and the operations that it has started."""

    def __init__(self, session: Session, label: str, identity: str, group: str = "") -> None:
        super().__init__(label, identity, group)
        self.session = session
        self.client = session.client
        self._operations: dict[str, Operation | None] = {}

    @property
    def started(self) -> frozenset[str]:
        """The keys of the resources for which this run has started an operation."""
        return frozenset(self._operations)

    def track(self, key: str, operation: Operation | None) -> None:
        self._operations[key] = operation

    def failure_of(self, key: str) -> BcdrError | None:
        """Return why the operation that this run started on the resource failed, or None."""
        operation = self._operations.get(key)
        return operation.failure() if operation else None

    def failures(self, keys: list[str]) -> dict[str, str]:
        """Return the reasons of those operations that failed, by resource."""
        found = {key: self.failure_of(key) for key in keys}
        return {key: str(error) for key, error in found.items() if error}


ItemFactory = Callable[[Mapping[str, Any], Session], AzureItem]


def azure_provider(make_item: ItemFactory) -> Callable[[Settings], AzureProvider]:
    """Return what a module definition needs to make its provider."""
    return lambda settings: AzureProvider(make_item, settings)


class AzureProvider(AccountProvider[Session]):
    """Lends one client to all items that have the same credentials."""

    def __init__(self, make_item: ItemFactory, settings: Settings) -> None:
        super().__init__(make_item)
        self._settings = settings
        self._clients: dict[tuple[Any, ...], ArmClient] = {}

    def before_round(self) -> None:
        for client in self._clients.values():
            client.memory.forget()

    def session(self, params: Mapping[str, Any]) -> Session:
        key = tuple(params.get(name) for name in AZURE_SPEC if name != "subscription_id")
        client = self._clients.get(key)
        if client is None:
            client = self._clients[key] = connect(params, os.environ, self._settings.concurrency)
        subscription = params.get("subscription_id") or client.identity.subscription_id or _only_subscription(client)
        return Session(client, subscription, self._settings)


def _only_subscription(client: ArmClient) -> str:
    try:
        found = client.memory.remember("subscriptions", lambda: list(client.list("/subscriptions", "2022-12-01")))
    except BcdrError as error:
        raise InvalidRequest(
            f"subscription_id: is not given, and the subscriptions cannot be listed: {error}"
        ) from error
    if len(found) != 1:
        raise InvalidRequest(
            f"subscription_id: is needed (option or AZURE_SUBSCRIPTION_ID); the identity sees {len(found)} subscriptions"
        )
    return str(found[0]["subscriptionId"])
