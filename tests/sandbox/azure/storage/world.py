# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The storage accounts of a seed, and the copies that the sandbox knows of. Plain data."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

BlobKey = tuple[str, str, str]
"""Account, container and blob."""


@dataclass(frozen=True)
class Durations:
    """Virtual seconds and 10^6 bytes per second: how long a copy between accounts takes. 0 seconds: it is there at once."""

    copy_base: float = 20.0
    copy_mb_per_second: float = 100.0


@dataclass(frozen=True)
class PlantedBlob:
    """A blob of the seed."""

    name: str
    kind: str = "block"
    size: int = 0
    text: str | None = None
    content_type: str = "application/octet-stream"
    tier: str = ""
    md5: bool = True
    metadata: dict[str, str] = field(default_factory=dict)
    tags: dict[str, str] = field(default_factory=dict)
    leased: bool = False
    lease_id: str = ""

    def content(self) -> bytes:
        """Its bytes: the text, or the name over and over."""
        if self.text is not None:
            data = self.text.encode()
        else:
            pattern = f"{self.name}\n".encode()
            data = (pattern * (self.size // len(pattern) + 1))[: self.size]
        return data + bytes(-len(data) % 512) if self.kind == "page" else data


@dataclass(frozen=True)
class PlantedContainer:
    """A container of the seed."""

    name: str
    public: str = ""
    blobs: tuple[PlantedBlob, ...] = ()


@dataclass(frozen=True)
class Account:
    """A storage account."""

    name: str
    key: str
    location: str
    id: str
    containers: tuple[PlantedContainer, ...] = ()
    tables: tuple[str, ...] = ()


@dataclass
class Copy:
    """A copy that was started through the sandbox; `etag` is that of the blob as the copy left it.

    Until it has ended Azurite's blob is whole already, and only the sandbox's answers say that it is not.
    """

    id: str
    source_url: str
    source: BlobKey
    source_snapshot: str
    source_etag: str
    total: int
    started: float
    needs: float
    etag: str
    headers: dict[str, str] = field(default_factory=dict, repr=False)
    metadata: dict[str, str] = field(default_factory=dict)
    blob_type: str = "BlockBlob"
    source_until: float | None = None
    status: str = "pending"
    description: str = ""
    ended: float | None = None
    forced: tuple[str, str, float | None] | None = None
    seen: float = 0.0

    def due(self) -> float:
        """When it ends."""
        after = self.forced[2] if self.forced and self.forced[2] is not None else self.needs
        return self.started + after

    def copied(self, now: float) -> int:
        """How many bytes are there."""
        if self.status == "success":
            return self.total
        until = now if self.ended is None else self.ended
        share = min(1.0, max(0.0, (until - self.started) / self.needs)) if self.needs else 1.0
        return min(int(self.total * share), self.total)


@dataclass
class World:
    """All of it."""

    accounts: dict[str, Account] = field(default_factory=dict)
    durations: Durations = field(default_factory=Durations)
    copies: dict[BlobKey, Copy] = field(default_factory=dict)
    pending: set[BlobKey] = field(default_factory=set)
    delegation_keys: dict[tuple[str, str], Any] = field(default_factory=dict)
