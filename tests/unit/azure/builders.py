# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Small builders of values, so that a test says only what it is about."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from typing import Any

from ansible_collections.bcdr.multicloud.plugins.module_utils._azure.restore_points.tags import COPY_STARTS
from ansible_collections.bcdr.multicloud.plugins.module_utils._azure.restore_points.values import (
    REPLICATED,
    REPLICATING,
    Collection,
    PointDisk,
    RestorePoint,
)
from ansible_collections.bcdr.multicloud.plugins.module_utils._azure.times import compact_timestamp

NOW = datetime.datetime(2026, 11, 21, 12, 0, tzinfo=datetime.timezone.utc)
GROUP = "/subscriptions/sub/resourceGroups/rg"
COMPUTE = f"{GROUP}/providers/Microsoft.Compute"
VM_ID = f"{COMPUTE}/virtualMachines/app-01"
SOURCE = "rpc"
TARGET = "rpc-ne"


def hours(number: float) -> datetime.timedelta:
    return datetime.timedelta(hours=number)


def ago(number: float) -> datetime.datetime:
    """Return the moment that many hours before NOW."""
    return NOW - hours(number)


def collection_id(name: str) -> str:
    return f"{COMPUTE}/restorePointCollections/{name}"


def point_id(collection: str, name: str) -> str:
    return f"{collection_id(collection)}/restorePoints/{name}"


def key(resource_id: str) -> str:
    return resource_id.lower()


def disk(name: str = "os", lun: int | None = None, **changes: Any) -> PointDisk:
    """Return a disk whose data is there."""
    fields: dict[str, Any] = {
        "name": name,
        "lun": lun,
        "size_gb": 30,
        "os_type": "Linux" if lun is None else "",
        "disk_id": f"{COMPUTE}/disks/{name}",
        "point_id": f"/drp/{name}",
        "replication": REPLICATED,
        "percent": 100.0,
        **changes,
    }
    return PointDisk(**fields)


def point(
    name: str = "rp1",
    hours_ago: float | None = 1,
    state: str = "Succeeded",
    in_collection: str = SOURCE,
    disks: Sequence[PointDisk] | None = None,
    **changes: Any,
) -> RestorePoint:
    """Return a local point that can be restored."""
    here = point_id(in_collection, name)
    made = state == "Succeeded"
    fields: dict[str, Any] = {
        "id": here,
        "name": name,
        "provisioning_state": state,
        "created": None if hours_ago is None else ago(hours_ago),
        "consistency": "ApplicationConsistent",
        "vm_id": "vm-guid",
        "disks": tuple(
            disks if disks is not None else [disk(point_id=f"{here}/diskRestorePoints/os_1")] if made else []
        ),
        **changes,
    }
    return RestorePoint(**fields)


def copy(
    name: str = "rp1",
    hours_ago: float | None = 1,
    percent: float = 100.0,
    failed: bool = False,
    state: str = "Succeeded",
    of: str = "",
    in_collection: str = TARGET,
    viewed: bool = True,
    **changes: Any,
) -> RestorePoint:
    """Return the copy of the source's point of the same name; below 100 percent it is replicating."""
    replication = "failed" if failed else REPLICATED if percent == 100.0 else REPLICATING
    if not viewed:
        replication, percent = "unknown", 0.0
    return point(
        name,
        hours_ago,
        state,
        in_collection,
        disks=changes.pop("disks", [disk(replication=replication, percent=percent)] if state == "Succeeded" else []),
        source_point_id=of or point_id(SOURCE, name),
        remote=True,
        viewed=viewed and state == "Succeeded",
        **changes,
    )


def collection(*points: RestorePoint, name: str = SOURCE, **changes: Any) -> Collection:
    """Return the collection of the VM's own points in westeurope."""
    fields: dict[str, Any] = {
        "id": collection_id(name),
        "name": name,
        "location": "westeurope",
        "source_id": VM_ID,
        "source_location": "westeurope",
        "points": tuple(points),
        **changes,
    }
    return Collection(**fields)


def target(*copies: RestorePoint, starts: Sequence[float] = (), name: str = TARGET, **changes: Any) -> Collection:
    """Return the collection of copies in northeurope; `starts` are the hours since copies were started."""
    tags = {COPY_STARTS: " ".join(compact_timestamp(ago(start)) for start in starts)} if starts else {}
    fields: dict[str, Any] = {
        "name": name,
        "location": "northeurope",
        "source_id": collection_id(SOURCE),
        "source_location": "westeurope",
        **changes,
        "tags": {**tags, **changes.pop("tags", {})},
    }
    return collection(*copies, **fields)
