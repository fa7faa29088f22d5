# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which other collections hold points of the same VM: Azure's limits and orders reach across them."""

from __future__ import annotations

from collections.abc import Iterable

from ansible_collections.bcdr.multicloud.plugins.module_utils._azure.arm import ArmClient
from ansible_collections.bcdr.multicloud.plugins.module_utils._azure.ids import ResourceId, id_key, identified
from ansible_collections.bcdr.multicloud.plugins.module_utils._azure.restore_points import api
from ansible_collections.bcdr.multicloud.plugins.module_utils._azure.restore_points.values import (
    Collection,
    RestorePoint,
    created_of,
)
from ansible_collections.bcdr.multicloud.plugins.module_utils._core.reconcile import UNSETTLED


def family(everything: Iterable[Collection], vm_id: str) -> list[Collection]:
    """Return the collections whose source is the VM, and the collections of copies from those. Pure."""
    listed = list(everything)
    roots = [collection for collection in listed if id_key(collection.source_id) == id_key(vm_id)]
    keys = {id_key(root.id) for root in roots}
    return roots + [collection for collection in listed if id_key(collection.source_id) in keys]


def copies_of(everything: Iterable[Collection], source_id: str) -> list[Collection]:
    """Return the collections that hold copies from the given one. Pure."""
    return [collection for collection in everything if id_key(collection.source_id) == id_key(source_id)]


def listed(client: ArmClient, subscriptions: Iterable[str]) -> tuple[list[Collection], tuple[str, ...]]:
    """Return the collections of the subscriptions, and the subscriptions whose collections may not be listed."""
    found: list[Collection] = []
    unlisted: list[str] = []
    for subscription in dict.fromkeys(name.lower() for name in subscriptions):
        collections = api.list_collections(client, subscription)
        if collections is None:
            unlisted.append(subscription)
        else:
            found += collections
    return found, tuple(unlisted)


def with_points(
    client: ArmClient, collections: Iterable[Collection], known: Iterable[Collection] = ()
) -> list[Collection]:
    """Return the collections read with their points; those in `known` are taken from there, vanished ones left out."""
    have = {id_key(collection.id): collection for collection in known}
    found = []
    for collection in collections:
        full = have.get(id_key(collection.id)) or api.get_collection(client, identified(collection.id))
        if full is not None:
            found.append(full)
    return found


def view_copy(client: ArmClient, copy: RestorePoint) -> RestorePoint:
    """Return the copy with its instance view, without which its replication is not known."""
    return api.get_point(client, identified(copy.id), remote=True) or copy


def copies_under_way(client: ArmClient, collection: Collection, named: Iterable[ResourceId] = ()) -> dict[str, str]:
    """Return the keys of the collection's points whose copies have not ended, with where those copies go.

    Deleting such a point makes its copy fail, and Azure does not prevent it. Looked at are the collections of copies in
    the same subscription and those in `named`; only the newest copy in each can be under way.
    """
    everything, _unlisted = listed(client, [identified(collection.id).subscription])
    targets = with_points(client, copies_of(everything, collection.id))
    seen = {id_key(target.id) for target in targets}
    targets += [
        found
        for target in named
        if target.key not in seen and (found := api.get_collection(client, target)) is not None
    ]
    under_way = {}
    for target in targets:
        newest = max(target.points, key=created_of, default=None)
        if newest is not None and view_copy(client, newest).status in UNSETTLED:
            under_way[id_key(newest.source_point_id)] = f"{target.name} ({target.location})"
    return under_way
