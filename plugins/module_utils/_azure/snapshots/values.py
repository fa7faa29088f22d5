# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Snapshots as plain values, read from what Azure answers."""

from __future__ import annotations

import datetime
import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from ansible_collections.bcdr.multicloud.plugins.module_utils._azure.ids import id_key, parse_id, region_key, same_id
from ansible_collections.bcdr.multicloud.plugins.module_utils._azure.times import (
    compact_timestamp,
    parse_compact_timestamp,
    parse_timestamp,
)
from ansible_collections.bcdr.multicloud.plugins.module_utils._core.reconcile import (
    FAILED,
    PENDING,
    RUNNING,
    SUCCEEDED,
)

SNAPSHOT_TYPE = "snapshots"
COPY = "Copy"
COPY_START = "CopyStart"
CUSTOMER_KEY = "EncryptionAtRestWithCustomerKey"
# When the copy was started, by Azure's clock; nothing that Azure shows of a copy is documented to be that moment.
STARTED = "bcdr-copy-started"
# What a copy of copies is a copy of in the end: a digest of the first snapshot's id, which need not be there any more.
ORIGIN = "bcdr-copy-origin"
# The moment of the data, which a copy of a copy cannot be asked for, and how many disks the image has: without all of
# them it cannot be brought up, and its source need not be there any more.
TAKEN = "bcdr-taken"
DISKS = "bcdr-image-disks"


@dataclass(frozen=True)
class Snapshot:
    """A snapshot; `source_id` is what it was made from, by `create_option`.

    `percent` and `copy_error` say how far a copy by CopyStart is, `family_id` is common to the incremental snapshots
    of one disk in one region.
    """

    id: str
    name: str
    location: str
    size_gb: int = 0
    provisioning_state: str = "Succeeded"
    incremental: bool = True
    create_option: str = COPY
    source_id: str = ""
    percent: float | None = None
    copy_error: str = ""
    created: datetime.datetime | None = None
    os_type: str = ""
    generation: str = ""
    family_id: str = ""
    encryption_set_id: str = ""
    tags: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_copy(self) -> bool:
        """Whether its data came, or comes, from another region."""
        return self.create_option.lower() == COPY_START.lower()

    @property
    def deleting(self) -> bool:
        return self.provisioning_state.lower() == "deleting"

    @property
    def status(self) -> str:
        """One of the collection's statuses: of a copy, provisioningState says only that it has begun.

        Restorable is one whose completionPercent is 100 and that has no copyCompletionError
        (learn.microsoft.com/azure/virtual-machines/disks-copy-incremental-snapshot-across-regions).
        """
        provisioning = self.provisioning_state.lower()
        if provisioning in ("failed", "canceled") or self.copy_error:
            return FAILED
        if self.deleting:
            return PENDING
        if provisioning != "succeeded":
            return RUNNING
        if self.is_copy and (self.percent is None or self.percent < 100):
            return RUNNING
        return SUCCEEDED

    @property
    def complete(self) -> bool:
        return self.status == SUCCEEDED

    @property
    def started(self) -> datetime.datetime | None:
        """When the copy was started, or None if it was by somebody else.

        The tag holds the time of Azure's last answer before that; `created` is later if it is the copy's own time, and
        earlier if it is that of the source, as a restore point's is.
        """
        tagged = self._moment(STARTED)
        return max(tagged, self.created) if self.created and tagged else tagged

    @property
    def taken(self) -> datetime.datetime | None:
        """The moment of its data, or None when that is not known: of a copy, only what its tag says."""
        tagged = self._moment(TAKEN)
        if self.is_copy:
            return tagged
        return min(tagged, self.created) if self.created and tagged else self.created or tagged

    def _moment(self, tag: str) -> datetime.datetime | None:
        try:
            return parse_compact_timestamp(self.tags.get(tag, ""))
        except ValueError:
            return None


def origin_tag(snapshot_id: str) -> str:
    """Return the value of the tag ORIGIN for copies of the snapshot; an id itself may be too long for a tag."""
    return hashlib.sha256(id_key(snapshot_id).encode()).hexdigest()[:16]


def parse_snapshot(answer: Mapping[str, Any]) -> Snapshot:
    """Return the snapshot that ARM answered (snapshots GET or list entry)."""
    properties = answer.get("properties") or {}
    creation = properties.get("creationData") or {}
    error = properties.get("copyCompletionError") or {}
    percent = properties.get("completionPercent")
    created = properties.get("timeCreated")
    texts = [str(error[part]) for part in ("errorCode", "errorMessage") if error.get(part)]
    return Snapshot(
        id=answer["id"],
        name=answer.get("name") or answer["id"].rsplit("/", 1)[-1],
        location=region_key(answer.get("location") or ""),
        size_gb=int(properties.get("diskSizeGB") or 0),
        provisioning_state=properties.get("provisioningState") or "",
        incremental=bool(properties.get("incremental")),
        create_option=str(creation.get("createOption") or ""),
        source_id=creation.get("sourceResourceId") or "",
        percent=None if percent is None else float(percent),
        copy_error=": ".join(texts) or ("the copy failed" if error else ""),
        created=parse_timestamp(created) if created else None,
        os_type=properties.get("osType") or "",
        generation=properties.get("hyperVGeneration") or "",
        family_id=properties.get("incrementalSnapshotFamilyId") or "",
        encryption_set_id=(properties.get("encryption") or {}).get("diskEncryptionSetId") or "",
        tags=answer.get("tags") or {},
    )


def copy_body(
    source_id: str,
    location: str,
    tags: Mapping[str, str],
    *,
    started: datetime.datetime,
    encryption_set_id: str = "",
    sku: str = "",
    create_option: str = COPY_START,
) -> dict[str, Any]:
    """Return the body of the PUT that makes an incremental snapshot: of a disk or snapshot of the same region
    (Copy), or a copy of a snapshot of another region (CopyStart)."""
    properties: dict[str, Any] = {
        "incremental": True,
        "creationData": {"createOption": create_option, "sourceResourceId": source_id},
    }
    if encryption_set_id:
        properties["encryption"] = {"type": CUSTOMER_KEY, "diskEncryptionSetId": encryption_set_id}
    body: dict[str, Any] = {
        "location": location,
        "tags": {**tags, STARTED: compact_timestamp(started)},
        "properties": properties,
    }
    if sku:
        body["sku"] = {"name": sku}
    return body


def by_key(snapshots: Iterable[Snapshot]) -> dict[str, Snapshot]:
    """Return the snapshots by the keys of their ids."""
    return {id_key(snapshot.id): snapshot for snapshot in snapshots}


def running_copies(snapshots: Iterable[Snapshot]) -> list[Snapshot]:
    """Return the copies by CopyStart whose data is on its way."""
    return [snapshot for snapshot in snapshots if snapshot.is_copy and snapshot.status == RUNNING]


def readers_of(snapshots: Iterable[Snapshot], source_id: str) -> list[Snapshot]:
    """Return the copies under way that read the snapshot, which must stay until they are done."""
    return [copy for copy in running_copies(snapshots) if same_id(copy.source_id, source_id)]


def subscription_of(snapshot: Snapshot) -> str:
    """Return the key of the subscription that the snapshot is in."""
    parsed = parse_id(snapshot.id)
    return parsed.subscription.lower() if parsed else ""
