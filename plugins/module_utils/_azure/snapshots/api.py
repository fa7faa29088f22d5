# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One function per Azure call on snapshots and the images made of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible_collections.bcdr.multicloud.plugins.module_utils._azure.arm import ArmClient, Operation
from ansible_collections.bcdr.multicloud.plugins.module_utils._azure.compute import COMPUTE_VERSION, DISKS_VERSION
from ansible_collections.bcdr.multicloud.plugins.module_utils._azure.ids import ResourceId
from ansible_collections.bcdr.multicloud.plugins.module_utils._azure.snapshots.image_values import Image, parse_image
from ansible_collections.bcdr.multicloud.plugins.module_utils._azure.snapshots.values import Snapshot, parse_snapshot
from ansible_collections.bcdr.multicloud.plugins.module_utils._core.errors import ProviderError


def get_snapshot(client: ArmClient, snapshot: ResourceId) -> Snapshot | None:
    """Return the snapshot, with how far its copy is, or None."""
    answer = client.get(str(snapshot), DISKS_VERSION)
    return parse_snapshot(answer) if answer else None


def list_snapshots(client: ArmClient, subscription: str) -> tuple[Snapshot, ...] | None:
    """Return all snapshots of the subscription; None when the identity may not list them.

    Asked once per round of passes, whatever the number of items.
    """

    def load() -> tuple[Snapshot, ...] | None:
        path = f"/subscriptions/{subscription}/providers/Microsoft.Compute/snapshots"
        try:
            return tuple(parse_snapshot(entry) for entry in client.list(path, DISKS_VERSION))
        except ProviderError as error:
            if error.status == 403:
                return None
            raise

    return client.memory.remember(("snapshots", subscription.lower()), load)


def list_snapshots_in(client: ArmClient, subscription: str, group: str) -> tuple[Snapshot, ...]:
    """Return the snapshots of a resource group; none when the group does not exist. Once per round of passes."""

    def load() -> tuple[Snapshot, ...]:
        path = f"/subscriptions/{subscription}/resourceGroups/{group}/providers/Microsoft.Compute/snapshots"
        try:
            return tuple(parse_snapshot(entry) for entry in client.list(path, DISKS_VERSION))
        except ProviderError as error:
            if error.code.lower() == "resourcegroupnotfound":
                return ()
            raise

    return client.memory.remember(("snapshots", subscription.lower(), group.lower()), load)


def begin_put_snapshot(client: ArmClient, snapshot: ResourceId, body: Mapping[str, Any]) -> Operation | None:
    """Start making a snapshot, or the copy of one."""
    return client.begin("PUT", str(snapshot), DISKS_VERSION, body)


def begin_tag_snapshot(client: ArmClient, snapshot: ResourceId, tags: Mapping[str, str]) -> Operation | None:
    """Replace the tags of a snapshot."""
    return client.begin("PATCH", str(snapshot), DISKS_VERSION, {"tags": dict(tags)})


def begin_delete_snapshot(client: ArmClient, snapshot: ResourceId) -> Operation | None:
    """Start deleting a snapshot; None when there was nothing to delete."""
    return client.begin("DELETE", str(snapshot), DISKS_VERSION)


def get_image(client: ArmClient, image: ResourceId) -> Image | None:
    """Return the managed image, or None."""
    answer = client.get(str(image), COMPUTE_VERSION)
    return parse_image(answer) if answer else None


def begin_put_image(client: ArmClient, image: ResourceId, body: Mapping[str, Any]) -> Operation | None:
    """Start making a managed image."""
    return client.begin("PUT", str(image), COMPUTE_VERSION, body)


def begin_delete_image(client: ArmClient, image: ResourceId) -> Operation | None:
    """Start deleting a managed image; None when there was nothing to delete."""
    return client.begin("DELETE", str(image), COMPUTE_VERSION)
