# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One function per Azure call on restore points."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible_collections.bcdr.multicloud.plugins.module_utils._azure.arm import ArmClient, Operation
from ansible_collections.bcdr.multicloud.plugins.module_utils._azure.compute import COMPUTE_VERSION
from ansible_collections.bcdr.multicloud.plugins.module_utils._azure.ids import ResourceId
from ansible_collections.bcdr.multicloud.plugins.module_utils._azure.restore_points.values import (
    Collection,
    RestorePoint,
    parse_collection,
    parse_point,
)
from ansible_collections.bcdr.multicloud.plugins.module_utils._core.errors import ProviderError, Throttled

_BUSY = (
    "a concurrent 'Create RestorePoint' operation was triggered",
    "Changes were made to the Virtual Machine while the operation 'Create Restore Point' was in progress",
)
_BUSY_RETRY = 60.0


def get_collection(client: ArmClient, collection: ResourceId) -> Collection | None:
    """Return the collection with its restore points (without their instance views), or None."""
    answer = client.get(str(collection), COMPUTE_VERSION, **{"$expand": "restorePoints"})
    return parse_collection(answer) if answer else None


def list_collections(client: ArmClient, subscription: str) -> tuple[Collection, ...] | None:
    """Return all collections of the subscription, without their points; None when the identity may not list them.

    Asked once per round of passes, whatever the number of items.
    """

    def load() -> tuple[Collection, ...] | None:
        path = f"/subscriptions/{subscription}/providers/Microsoft.Compute/restorePointCollections"
        try:
            return tuple(parse_collection(entry) for entry in client.list(path, COMPUTE_VERSION))
        except ProviderError as error:
            if error.status == 403:
                return None
            raise

    return client.memory.remember(("restorePointCollections", subscription.lower()), load)


def put_collection(
    client: ArmClient, collection: ResourceId, location: str, source_id: str, tags: Mapping[str, str]
) -> Collection:
    """Create a collection; its source is a VM or, in another region, a collection."""
    body = {"location": location, "tags": dict(tags), "properties": {"source": {"id": source_id}}}
    return parse_collection(client.put(str(collection), COMPUTE_VERSION, body))


def patch_collection_tags(client: ArmClient, collection: ResourceId, tags: Mapping[str, str]) -> Collection:
    """Replace the tags of a collection; nothing else of it can change."""
    return parse_collection(client.patch(str(collection), COMPUTE_VERSION, {"tags": dict(tags)}))


def get_point(client: ArmClient, point: ResourceId, remote: bool) -> RestorePoint | None:
    """Return the restore point with its instance view, or None."""
    answer = client.get(str(point), COMPUTE_VERSION, **{"$expand": "instanceView"})
    return parse_point(answer, remote) if answer else None


def begin_put_point(client: ArmClient, point: ResourceId, body: Mapping[str, Any]) -> Operation | None:
    """Start making a restore point: a local one, or with `sourceRestorePoint` a copy.

    Raises Throttled when the VM is busy with another restore point or a change, which Azure answers with these texts
    (github.com/MicrosoftDocs/azure-docs, restore-point-troubleshooting.md): not an error, only too early.
    """
    try:
        return client.begin("PUT", str(point), COMPUTE_VERSION, body)
    except ProviderError as error:
        if any(text in error.provider_message for text in _BUSY):
            raise Throttled(
                error.provider_message,
                code=error.code,
                status=error.status,
                request_id=error.request_id,
                retry_after=_BUSY_RETRY,
            ) from error
        raise
