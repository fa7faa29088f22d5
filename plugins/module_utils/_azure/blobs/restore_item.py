# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The use of a container's copies as an item: checks them where they are, or copies them to another container."""

from __future__ import annotations

import contextlib
import datetime
import hashlib
import heapq
from collections.abc import Iterator, Mapping
from typing import Any

from ansible_collections.bcdr.multicloud.plugins.module_utils._azure.blobs.copy_item import CopyItem
from ansible_collections.bcdr.multicloud.plugins.module_utils._azure.blobs.options import (
    container_option,
    selection_option,
)
from ansible_collections.bcdr.multicloud.plugins.module_utils._azure.blobs.provider import StorageSession
from ansible_collections.bcdr.multicloud.plugins.module_utils._azure.blobs.restore_decision import (
    DRILL_MARK,
    DRILL_STARTED,
    Held,
    RestoreObserved,
    RestoreWanted,
    decide_restore,
)
from ansible_collections.bcdr.multicloud.plugins.module_utils._azure.blobs.sync_record import (
    SyncRecord,
    least_of,
    read_record,
)
from ansible_collections.bcdr.multicloud.plugins.module_utils._azure.blobs.values import RECORD_PREFIX, Blob
from ansible_collections.bcdr.multicloud.plugins.module_utils._azure.blobs.walk import Listing
from ansible_collections.bcdr.multicloud.plugins.module_utils._azure.times import (
    compact_timestamp,
    parse_compact_timestamp,
)
from ansible_collections.bcdr.multicloud.plugins.module_utils._core.errors import InvalidRequest
from ansible_collections.bcdr.multicloud.plugins.module_utils._core.provider import Item
from ansible_collections.bcdr.multicloud.plugins.module_utils._core.reconcile import Action, Decision

# What the item that copies takes of the options here, beside source and destination.
_HANDED_ON = ("prefix", "include", "exclude", "metadata", "index_tags", "tier", "sas_lifetime", "concurrency")


class RestoreItem(Item):
    """Reconciles the use of one container's copies; options as in the module azure_blob_restore."""

    def __init__(self, params: Mapping[str, Any], session: StorageSession) -> None:
        self.session = session
        self._params = params
        self._account, source = container_option(session, "source", params["source"])
        absent, drill, sample = params["state"] == "absent", params["drill"] or "", params["sample"]
        self._destination, place = (
            container_option(session, "destination", params["destination"])
            if params["destination"]
            else (self._account, None)
        )
        if place is not None and (place.url, place.container) == (source.url, source.container):
            raise InvalidRequest(
                f"destination: {place} is the source itself; leave it out to use the blobs where they are"
            )
        if drill and place is None:
            raise InvalidRequest("destination: a drill needs it, for it never touches the source")
        if absent and not drill:
            raise InvalidRequest("drill: state absent needs it, for only what a drill has made is deleted")
        if sample is not None and (sample < 1 or place is None):
            raise InvalidRequest(f"sample: {sample} is not 1 or more, or there is no destination to copy to")
        selection = selection_option(params)
        self._wanted = RestoreWanted(source, selection, place, drill, absent, params["allow_incomplete"], sample)
        where = place or source
        super().__init__(f"{where}", f"{where.url}/{where.container}")
        self._copies: CopyItem | None = None
        self._record: SyncRecord | None = None
        self._recorded = False
        self._begun: datetime.datetime | None = None

    def observe(self) -> RestoreObserved:
        wanted = self._wanted
        container = None
        if wanted.drill and wanted.destination is not None:
            container = self._destination.container_metadata(wanted.destination.container)
            if wanted.absent or (container is not None and container.get(DRILL_MARK) != wanted.drill):
                return RestoreObserved(container=container)
        listing = Listing(self._account, wanted.source, ("metadata", "copy"), wanted.selection)
        if wanted.destination is None:
            held = Held()
            for blob in listing:
                held.add(blob)
            return self._told(listing, held)
        if self._copies is None:
            names = self._sample(listing) if wanted.sample else None
            if listing.error is not None:
                return self._told(listing, Held())
            self._copies = CopyItem(self._copy_params(names), self.session)
            self._copies.container_metadata = self._marks
        observed = self._copies.observe()
        copies, tally = self._copies.decide(observed), observed.destinations[0].tally
        self._read_record()
        return RestoreObserved(
            observed.now,
            container=container,
            copies=copies,
            tally=tally,
            record=self._record,
            seconds=None if tally is None else self._seconds(container, tally.last_completed),
        )

    def _told(self, listing: Listing, held: Held) -> RestoreObserved:
        """Return what was found where the blobs are; raises what may go through a little later."""
        if listing.error is not None:
            if not listing.missing:
                raise listing.error
            return RestoreObserved(problem=f"there is no container {self._wanted.source}")
        self._read_record()
        now = self._account.now()
        began = listing.began or now
        return RestoreObserved(now, held=held, record=self._record, seconds=round((now - began).total_seconds()))

    def _sample(self, blobs: Iterator[Blob] | Listing) -> list[str]:
        """Return the names of as many whole blobs as asked for: spread over all, and the same ones each time."""
        whole = (blob.name for blob in blobs if not blob.problem_to_read)
        return sorted(
            heapq.nsmallest(self._wanted.sample or 0, whole, key=lambda name: hashlib.sha256(name.encode()).digest())
        )

    def _copy_params(self, names: list[str] | None) -> dict[str, Any]:
        params = self._params
        return {
            **{name: params[name] for name in _HANDED_ON},
            "source": params["source"],
            "destinations": [params["destination"]],
            # An empty container has nothing to choose from, and is copied whole.
            "blobs": names or None,
            # Whoever works at the copies need not keep them from being read.
            "leased_source": True,
            "whole_source": True,
            "snapshot_source": False,
            "create_containers": True,
            "delete_extra": False,
            "max_deletes": 0,
            "record_sync_time": False,
            "overdue_after": None,
            "job_table": None,
            "_started_jobs": params.get("_started_jobs"),
        }

    def _marks(self) -> dict[str, str]:
        if not self._wanted.drill:
            return {}
        return {DRILL_MARK: self._wanted.drill, DRILL_STARTED: compact_timestamp(self._account.now())}

    def _seconds(self, container: Mapping[str, str] | None, ended: datetime.datetime | None) -> int | None:
        """Return how long it took until the last copy was there: since the container was made, or since this run began."""
        begun = self._begun
        # Somebody may have touched the mark.
        with contextlib.suppress(ValueError):
            begun = parse_compact_timestamp((container or {}).get(DRILL_STARTED, ""))
        if begun is None or ended is None:
            return None
        return max(0, round((ended - begun).total_seconds()))

    def _read_record(self) -> None:
        """Read once what runs that copied to the source have written down there."""
        if self._recorded:
            return
        place, found = self._wanted.source, []
        for blob in self._account.list_blobs(place.container, RECORD_PREFIX, ()):
            text = self._account.read_text(place.container, blob.name)
            record = read_record(*text) if text else None
            found += [record] if record is not None else []
        self._record = least_of(found, self._wanted.selection)
        self._recorded = True

    def decide(self, observed: RestoreObserved) -> Decision:
        return decide_restore(self._wanted, observed)

    def perform(self, action: Action) -> bool | None:
        if action.payload["kind"] == "delete container":
            if self._wanted.destination is None:
                return False
            return self._destination.delete_container(self._wanted.destination.container)
        if self._begun is None:
            self._begun = self._account.now()
        return self._copies.perform(action) if self._copies is not None else False
