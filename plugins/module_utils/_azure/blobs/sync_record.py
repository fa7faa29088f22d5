# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Up to when a container holds what its source had, as a small blob of that container tells it. Pure.

With geo-redundant storage Azure tells such a moment as the Last Sync Time of an account: all that was written to the primary
before it is in the secondary (learn.microsoft.com/azure/storage/common/last-sync-time-get). Copies between accounts have
none, so that the run that compares both sides keeps it where it is found when the source is gone. It is a blob and not
metadata of the container, because Azure sets a container's metadata under no ETag, and not by a service SAS.
"""

from __future__ import annotations

import datetime
import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ansible_collections.bcdr.multicloud.plugins.module_utils._azure.blobs.values import RECORD_PREFIX, Place, Selection
from ansible_collections.bcdr.multicloud.plugins.module_utils._azure.times import parse_timestamp
from ansible_collections.bcdr.multicloud.plugins.module_utils._core.recovery_points import iso_timestamp


@dataclass(frozen=True)
class SyncRecord:
    """What a run has found out about one destination, all moments by the source's clock.

    `last_sync_time`: what the source had up to then is held, None while nothing of it is; `listed_at`: when the source was
    looked at; `blobs` and `bytes`: how much the source had, `held` how many of these blobs the destination held.
    `etag` is that of the record itself, None for one that is not written yet.
    """

    source: str
    selection: Mapping[str, Any]
    listed_at: datetime.datetime
    last_sync_time: datetime.datetime | None
    blobs: int
    bytes: int
    held: int
    etag: str | None = None

    def content(self) -> str:
        """Return the text of the blob."""
        return json.dumps(
            {
                "source": self.source,
                **self.selection,
                "listed_at": _told(self.listed_at),
                "last_sync_time": _told(self.last_sync_time) if self.last_sync_time else None,
                "blobs": self.blobs,
                "bytes": self.bytes,
                "held": self.held,
            },
            indent=2,
            sort_keys=True,
        )

    def replaces(self, there: SyncRecord | None) -> bool:
        """Return whether it is of a later look than the one that is there: an earlier one never takes its place."""
        return there is None or self.listed_at > there.listed_at


def _told(moment: datetime.datetime) -> str:
    return str(iso_timestamp(moment))


def selection_shown(selection: Selection) -> dict[str, Any]:
    """Return which blobs are meant, as the record says it."""
    return {
        "prefix": selection.prefix,
        "include": list(selection.include),
        "exclude": list(selection.exclude),
        "names": sorted(selection.names),
    }


def record_name(source: Place, selection: Selection) -> str:
    """Return the name of the blob: one for each source and selection that is copied to the container."""
    text = json.dumps([source.url, source.container, selection_shown(selection)], sort_keys=True)
    return f"{RECORD_PREFIX}{hashlib.sha256(text.encode()).hexdigest()[:16]}.json"


def read_record(content: str, etag: str) -> SyncRecord | None:
    """Return the record of a blob's text, None for one that is not such a record, for anybody may write there."""
    try:
        found = json.loads(content)
        last = found["last_sync_time"]
        return SyncRecord(
            str(found["source"]),
            {name: found[name] for name in ("prefix", "include", "exclude", "names")},
            parse_timestamp(found["listed_at"]),
            parse_timestamp(last) if last else None,
            int(found["blobs"]),
            int(found["bytes"]),
            int(found["held"]),
            etag,
        )
    except (ValueError, KeyError, TypeError):
        return None


def least_of(records: Sequence[SyncRecord], selection: Selection) -> SyncRecord | None:
    """Return what is known for certain of the blobs that are meant, where several sources are copied to a container."""
    meant = [record for record in records if record.selection == selection_shown(selection)]
    floor = datetime.datetime.min.replace(tzinfo=datetime.timezone.utc)
    return min(meant, key=lambda record: record.last_sync_time or floor, default=None)
