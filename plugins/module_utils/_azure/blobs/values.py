# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Blobs and the copies to them as this collection sees them. Plain values."""

from __future__ import annotations

import datetime
import fnmatch
import urllib.parse
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

PENDING_COPY = "pending"
SUCCESSFUL_COPY = "success"
ABORTED_COPY = "aborted"
# Metadata of a copy: the ETag that its source had. It tells a blob that has changed where there is no MD5.
ETAG_RECORD = "bcdr_source_etag"
# Metadata of a snapshot that was made to copy from: for which request.
SNAPSHOT_RECORD = "bcdr_snapshot_for"
# Blobs of this collection's own in a container of copies begin so; they are no copies, and are copied nowhere.
RECORD_PREFIX = ".bcdr/"


@dataclass(frozen=True)
class CopyState:
    """What a blob tells of the last copy to it; `source` is the URL without its query, which may hold a SAS."""

    id: str
    status: str
    source: str = ""
    done: int = 0
    total: int = 0
    completed: datetime.datetime | None = None
    description: str = ""

    @property
    def source_path(self) -> str:
        return urllib.parse.unquote(urllib.parse.urlsplit(self.source).path)


@dataclass(frozen=True)
class Blob:
    """A blob as a list shows it.

    `md5` is base64, "" where the service knows none; `tier` is "" unless it was set for this very blob; `lease` is the
    lease's state when one is held, else "". `metadata` has its names in lower case, for HTTP headers have no case.
    """

    name: str
    type: str
    size: int
    etag: str
    modified: datetime.datetime
    md5: str = ""
    tier: str = ""
    archived: bool = False
    lease: str = ""
    metadata: Mapping[str, str] = field(default_factory=dict)
    tags: Mapping[str, str] = field(default_factory=dict)
    copy: CopyState | None = None
    snapshot: str = ""
    created: datetime.datetime | None = None

    @property
    def problem_to_read(self) -> str:
        """Why its content cannot be read or is not what it is to be, "" when it can: what a copy that has not ended well left."""
        if self.copy is not None and self.copy.status != SUCCESSFUL_COPY:
            ended = {PENDING_COPY: "is still pending", ABORTED_COPY: "was aborted"}.get(self.copy.status, "failed")
            return f"the copy to it {ended}"
        return "it is archived: rehydrate it" if self.archived else ""

    @property
    def own_metadata(self) -> dict[str, str]:
        """The metadata without what this collection has added."""
        return {name: value for name, value in self.metadata.items() if name not in (ETAG_RECORD, SNAPSHOT_RECORD)}


@dataclass(frozen=True)
class Started:
    """A copy that this run has started, and from what; `etag` is that of the source's blob."""

    copy_id: str
    etag: str
    size: int
    md5: str
    type: str
    snapshot: str = ""


@dataclass(frozen=True)
class Place:
    """A container of an account; `url` is the account's, without a slash at its end."""

    account: str
    container: str
    url: str

    def __str__(self) -> str:
        return f"{self.account}/{self.container}"

    def blob_path(self, name: str) -> str:
        """Return the decoded path of a blob's URL."""
        return f"{urllib.parse.unquote(urllib.parse.urlsplit(self.url).path)}/{self.container}/{name}"


@dataclass(frozen=True)
class Selection:
    """Which blobs of a container are meant: all, or those that fit all of what is given. Patterns are those of a shell."""

    prefix: str = ""
    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    names: frozenset[str] = frozenset()

    def covers(self, name: str) -> bool:
        if not name.startswith(self.prefix) or (self.names and name not in self.names):
            return False
        if self.include and not any(fnmatch.fnmatchcase(name, pattern) for pattern in self.include):
            return False
        return not any(fnmatch.fnmatchcase(name, pattern) for pattern in self.exclude)

    @property
    def list_prefix(self) -> str:
        """Return what all names that are meant begin with, so that a list need not show others."""
        if not self.names:
            return self.prefix
        common = min(self.names)
        for other in self.names:
            while not other.startswith(common):
                common = common[:-1]
        return common if common.startswith(self.prefix) else self.prefix


class OutOfOrder(Exception):
    """A list of blobs is not in the order of their names, as in accounts with a hierarchical namespace."""


def side_by_side(
    source: Iterator[Blob], targets: Sequence[Iterator[Blob]]
) -> Iterator[tuple[str, Blob | None, list[Blob | None]]]:
    """Yield each name once, with the source's blob and that of each target, None where there is none.

    All lists have to be in the order of names, of which only the next is held; raises OutOfOrder where one is not.
    """
    streams = [_ordered(source), *map(_ordered, targets)]
    heads = [next(stream, None) for stream in streams]
    while any(heads):
        name = min(head.name for head in heads if head)
        row = [head if head and head.name == name else None for head in heads]
        yield name, row[0], row[1:]
        heads = [next(stream, None) if found else head for stream, head, found in zip(streams, heads, row, strict=True)]


def _ordered(blobs: Iterator[Blob]) -> Iterator[Blob]:
    last = ""
    for blob in blobs:
        if blob.name < last:
            raise OutOfOrder(f"{blob.name} after {last}")
        last = blob.name
        yield blob


def joined(
    source: Iterator[Blob], targets: Sequence[Iterator[Blob]]
) -> Iterator[tuple[str, Blob | None, list[Blob | None]]]:
    """Yield as `side_by_side` does, for lists in any order, of which the targets' are held whole."""
    held = [{blob.name: blob for blob in target} for target in targets]
    for blob in source:
        yield blob.name, blob, [target.pop(blob.name, None) for target in held]
    for name in dict.fromkeys(name for target in held for name in target):
        yield name, None, [target.get(name) for target in held]


def shown_blob(blob: Blob | None) -> dict[str, Any] | None:
    """Return what a diff shows of a blob."""
    return None if blob is None else {"size": blob.size, "etag": blob.etag}
