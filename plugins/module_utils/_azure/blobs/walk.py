# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Looks at a container and at its copies, all lists at once and page by page, and counts what it sees."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from ansible_collections.bcdr.multicloud.plugins.module_utils._azure.blobs.api import BlobAccount
from ansible_collections.bcdr.multicloud.plugins.module_utils._azure.blobs.copy_decision import CopyRules
from ansible_collections.bcdr.multicloud.plugins.module_utils._azure.blobs.values import (
    RECORD_PREFIX,
    Blob,
    OutOfOrder,
    Place,
    Selection,
    joined,
    side_by_side,
)
from ansible_collections.bcdr.multicloud.plugins.module_utils._core.errors import ProviderError


@dataclass
class Listing:
    """The blobs of one container that are meant; an error ends it early, and is kept. `began` is when the service told the first."""

    account: BlobAccount
    place: Place
    include: tuple[str, ...]
    selection: Selection
    error: ProviderError | None = None
    snapshots: list[Blob] = field(default_factory=list)
    began: datetime.datetime | None = None

    def __iter__(self) -> Iterator[Blob]:
        def heard(moment: datetime.datetime) -> None:
            self.began = self.began or moment

        try:
            for blob in self.account.list_blobs(self.place.container, self.selection.list_prefix, self.include, heard):
                if blob.name.startswith(RECORD_PREFIX):
                    continue
                if blob.snapshot:
                    self.snapshots.append(blob)
                elif self.selection.covers(blob.name):
                    yield blob
        except ProviderError as error:
            self.error = error

    @property
    def missing(self) -> bool:
        """Whether there is no such container."""
        return self.error is not None and self.error.code in ("ContainerNotFound", "ContainerDisabled")


@dataclass(frozen=True)
class Route:
    """The source, and the destinations with their rules."""

    source_account: BlobAccount
    source: Place
    accounts: tuple[BlobAccount, ...]
    places: tuple[Place, ...]
    rules: tuple[CopyRules, ...]
    selection: Selection


class Visitor(Protocol):
    """Hears of a blob of the source and of the one beside it in a destination, None where there is none."""

    def __call__(self, index: int, source: Blob | None, target: Blob | None, /) -> None:
        """Take one of them."""


class Walk:
    """One look at a route. `visit(index, source, target)` hears of each blob of each destination, in the order of names.

    Without the source it hears of the destinations' blobs only.
    """

    def __init__(
        self, route: Route, indexes: Sequence[int], begin: Callable[[], Visitor], with_source: bool = True
    ) -> None:
        self.route = route
        self.indexes = list(indexes)
        self._begin = begin
        self._with_source = with_source
        self._listings()

    def _listings(self) -> None:
        route, rules = self.route, self.route.rules[0]
        tags = ("tags",) if rules.tags else ()
        snapshots = ("snapshots",) if rules.snapshot else ()
        include = ("metadata", "copy", *tags, *snapshots)
        self.source = Listing(route.source_account, route.source, include, route.selection)
        self.targets = {
            index: Listing(route.accounts[index], route.places[index], ("metadata", "copy", *tags), route.selection)
            for index in self.indexes
        }

    def run(self) -> None:
        """Go through all of it; a list that breaks off is told by its `error`, and nothing after that is visited."""
        try:
            self._go(side_by_side)
        except OutOfOrder:
            # All that was counted was counted for nothing.
            self._listings()
            self._go(joined)

    def _go(self, rows: Callable[..., Iterator[tuple[str, Blob | None, list[Blob | None]]]]) -> None:
        visit = self._begin()
        for _name, source, targets in rows(
            iter(self.source) if self._with_source else iter(()), [iter(self.targets[index]) for index in self.indexes]
        ):
            if self.source.error is not None:
                return
            for index, target in zip(self.indexes, targets, strict=True):
                listing = self.targets[index]
                if listing.error is None or listing.missing:
                    visit(index, source, target)
