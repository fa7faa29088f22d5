# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Azure's limits on copies of snapshots, as numbers and as the reasons that follow from them. Pure.

Sources: learn.microsoft.com/azure/virtual-machines/disks-copy-incremental-snapshot-across-regions.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ansible_collections.bcdr.multicloud.plugins.module_utils._azure.ids import id_key
from ansible_collections.bcdr.multicloud.plugins.module_utils._azure.snapshots.values import (
    Snapshot,
    by_key,
    running_copies,
    subscription_of,
)

# "100 incremental snapshots in parallel at the same time per subscription per region": taken to hold for the region that
# is written to and for the one that is read from.
COPIES_PER_REGION = 100


def region_is_full(
    snapshots: Sequence[Snapshot], source_location: str, location: str, subscription: str, more: Mapping[str, int]
) -> str:
    """Return which region has its 100 copies already, with the count, or "".

    `more` is how many copies are about to be started per region besides those that are listed.
    """
    known = by_key(snapshots)
    into: dict[str, int] = dict(more)
    out_of: dict[str, int] = dict(more)
    for copy in running_copies(snapshots):
        if subscription_of(copy) != subscription.lower():
            continue
        into[copy.location] = into.get(copy.location, 0) + 1
        source = known.get(id_key(copy.source_id))
        if source is not None:
            out_of[source.location] = out_of.get(source.location, 0) + 1
    for region, counts in ((location, into), (source_location, out_of)):
        if counts.get(region, 0) >= COPIES_PER_REGION:
            return f"{counts[region]} snapshots are being copied in {region}, the most that Azure does at once"
    return ""
