# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Blobs and records as tests need them."""

from __future__ import annotations

import datetime
from typing import Any

from ansible_collections.bcdr.multicloud.plugins.module_utils._azure.blobs.records import Job, new_job
from ansible_collections.bcdr.multicloud.plugins.module_utils._azure.blobs.values import (
    ETAG_RECORD,
    Blob,
    CopyState,
    Place,
    Started,
)

NOW = datetime.datetime(2026, 3, 1, 8, tzinfo=datetime.timezone.utc)
SOURCE = Place("primary", "photos", "https://primary.blob.core.windows.net")
TARGET = Place("secondary", "photos", "https://secondary.blob.core.windows.net")
URL = "https://primary.blob.core.windows.net/photos/x"


def ago(seconds: float) -> datetime.datetime:
    return NOW - datetime.timedelta(seconds=seconds)


def blob(name: str = "x", **fields: Any) -> Blob:
    """A block blob of 100 bytes, a day old."""
    given = {"type": "BlockBlob", "size": 100, "etag": "0x1", "modified": ago(86400), "md5": "aa=="}
    return Blob(name=name, **{**given, **fields})


def copy(status: str = "success", **fields: Any) -> CopyState:
    """The copy `c1` of 100 bytes from the source's blob `x`, which ended ten minutes ago."""
    done = 100 if status == "success" else 40
    completed = None if status == "pending" else ago(600)
    return CopyState(
        **{"id": "c1", "status": status, "source": URL, "done": done, "total": 100, "completed": completed, **fields}
    )


def target(status: str = "success", **fields: Any) -> Blob:
    """What the copy of `blob()` has left."""
    given: dict[str, Any] = {
        "etag": "0x9",
        "modified": ago(600),
        "metadata": {ETAG_RECORD: "0x1"},
        "copy": copy(status),
    }
    return blob(**{**given, **fields})


def started(**fields: Any) -> Started:
    return Started(**{"copy_id": "c1", "etag": "0x1", "size": 100, "md5": "aa==", "type": "BlockBlob", **fields})


def job(status: str = "PENDING", **fields: Any) -> Job:
    """The record of the copy `c1`, started an hour ago."""
    from dataclasses import replace

    made = new_job(SOURCE, TARGET, "x", "c1", ago(3600), 100, "0x1")
    return replace(made, status=status, **fields)
