# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Job records: what a table of Azure says of each copy, for other tools to read. Pure.

One entity per blob and destination. Its partition is the way that the copy goes, its row the SHA-256 of the blob's name, for
names may hold what keys may not.
"""

from __future__ import annotations

import datetime
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from ansible_collections.bcdr.multicloud.plugins.module_utils._azure.blobs.values import Place
from ansible_collections.bcdr.multicloud.plugins.module_utils._core.recovery_points import iso_timestamp

JOB_PENDING, JOB_SUCCESS, JOB_FAILED = "PENDING", "SUCCESS", "FAILED"
_HISTORY = 20
# A property of an entity holds 64 KiB of UTF-16.
_LONGEST_TEXT = 30000


@dataclass(frozen=True)
class Job:
    """One copy in the table. `etag` is the entity's, None for one that is not there yet."""

    partition: str
    row: str
    blob: str
    source: str
    destination: str
    copy_id: str
    status: str
    started: datetime.datetime
    ended: datetime.datetime | None = None
    bytes_total: int = 0
    bytes_copied: int = 0
    source_etag: str = ""
    reason: str = ""
    overdue: bool = False
    attempts: int = 1
    history: tuple[Mapping[str, Any], ...] = ()
    etag: str | None = field(default=None, compare=False)

    def as_result(self) -> dict[str, Any]:
        """Return the record as plain data; times are ISO 8601 in UTC."""
        return {
            "blob": self.blob,
            "source": self.source,
            "destination": self.destination,
            "copy_id": self.copy_id,
            "status": self.status,
            "started_at": iso_timestamp(self.started),
            "ended_at": iso_timestamp(self.ended),
            "duration_seconds": duration(self),
            "bytes_total": self.bytes_total,
            "bytes_copied": self.bytes_copied,
            "reason": self.reason,
            "overdue": self.overdue,
            "attempts": self.attempts,
        }


def duration(job: Job) -> int | None:
    """Return how many seconds the copy took, None while it goes on."""
    return None if job.ended is None else max(0, round((job.ended - job.started).total_seconds()))


def partition_key(source: Place, destination: Place) -> str:
    return f"{source.account}|{source.container}|{destination.account}|{destination.container}"


def row_key(name: str) -> str:
    return hashlib.sha256(name.encode()).hexdigest()


def new_job(
    source: Place, destination: Place, name: str, copy_id: str, started: datetime.datetime, size: int, etag: str
) -> Job:
    """Return the record of a copy that has just been started."""
    return Job(
        partition=partition_key(source, destination),
        row=row_key(name),
        blob=name,
        source=f"{source.url}/{source.container}/{name}",
        destination=f"{destination.url}/{destination.container}/{name}",
        copy_id=copy_id,
        status=JOB_PENDING,
        started=started,
        bytes_total=size,
        source_etag=etag,
    )


def merged(there: Job | None, ours: Job, now: datetime.datetime) -> Job | None:
    """Return what the record is to be, None when it may stay as it is: two runs may tell of the same copy, or of two.

    Of one copy what has ended stays so; of two the one that was started later counts.
    """
    if there is None:
        return _with_history(ours, (), now)
    if there.copy_id == ours.copy_id:
        if there.status != JOB_PENDING or (there.status, there.overdue) == (ours.status, ours.overdue):
            return None
        news = replace(ours, started=there.started, attempts=there.attempts, etag=there.etag)
        return _with_history(news, there.history, now)
    if ours.started < there.started:
        return None
    return _with_history(replace(ours, attempts=there.attempts + 1, etag=there.etag), there.history, now)


def _with_history(job: Job, earlier: tuple[Mapping[str, Any], ...], now: datetime.datetime) -> Job:
    event = {
        "status": job.status,
        "at": iso_timestamp(now),
        "copy_id": job.copy_id,
        **({"reason": job.reason} if job.reason else {}),
        **({"overdue": True} if job.overdue else {}),
    }
    return replace(job, history=(*earlier, event)[-_HISTORY:])


def to_entity(job: Job) -> dict[str, Any]:
    """Return the entity of a record; numbers that may be large are told as such by the API (`tables`)."""
    entity: dict[str, Any] = {
        "PartitionKey": job.partition,
        "RowKey": job.row,
        "Blob": job.blob,
        "Source": job.source,
        "Destination": job.destination,
        "CopyId": job.copy_id,
        "Status": job.status,
        "StartTime": job.started,
        "BytesTotal": job.bytes_total,
        "BytesCopied": job.bytes_copied,
        "SourceETag": job.source_etag,
        "Reason": job.reason[:_LONGEST_TEXT],
        "Overdue": job.overdue,
        "Attempts": job.attempts,
        "History": json.dumps(list(job.history), sort_keys=True)[:_LONGEST_TEXT],
    }
    if job.ended is not None:
        entity["EndTime"] = job.ended
        entity["DurationSeconds"] = duration(job)
    return entity


def from_entity(entity: Mapping[str, Any], etag: str | None) -> Job:
    """Return the record of an entity, which others may have written to."""
    try:
        history = tuple(json.loads(entity.get("History") or "[]"))
    except ValueError:
        history = ()
    return Job(
        partition=str(entity["PartitionKey"]),
        row=str(entity["RowKey"]),
        blob=str(entity.get("Blob", "")),
        source=str(entity.get("Source", "")),
        destination=str(entity.get("Destination", "")),
        copy_id=str(entity.get("CopyId", "")),
        status=str(entity.get("Status", "")),
        started=_moment(entity.get("StartTime")) or datetime.datetime.fromtimestamp(0, datetime.timezone.utc),
        ended=_moment(entity.get("EndTime")),
        bytes_total=_number(entity.get("BytesTotal")),
        bytes_copied=_number(entity.get("BytesCopied")),
        source_etag=str(entity.get("SourceETag", "")),
        reason=str(entity.get("Reason", "")),
        overdue=bool(entity.get("Overdue", False)),
        attempts=_number(entity.get("Attempts")),
        history=history,
        etag=etag,
    )


def _moment(value: Any) -> datetime.datetime | None:
    return value.astimezone(datetime.timezone.utc) if isinstance(value, datetime.datetime) else None


def _number(value: Any) -> int:
    """A 64-bit number comes with its type beside it."""
    value = getattr(value, "value", value)
    return value if isinstance(value, int) else 0
