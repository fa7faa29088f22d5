# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How the copies of a container stand, as an item: reads source, destinations and job records."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible_collections.bcdr.multicloud.plugins.module_utils._azure.blobs.copy_decision import (
    NOTHING_KNOWN,
    decide_blob,
)
from ansible_collections.bcdr.multicloud.plugins.module_utils._azure.blobs.info_decision import (
    DestinationSeen,
    InfoObserved,
    decide_info,
    difference,
)
from ansible_collections.bcdr.multicloud.plugins.module_utils._azure.blobs.options import route_options, table_option
from ansible_collections.bcdr.multicloud.plugins.module_utils._azure.blobs.provider import StorageSession
from ansible_collections.bcdr.multicloud.plugins.module_utils._azure.blobs.records import Job, partition_key
from ansible_collections.bcdr.multicloud.plugins.module_utils._azure.blobs.sync_record import (
    SyncRecord,
    read_record,
    record_name,
)
from ansible_collections.bcdr.multicloud.plugins.module_utils._azure.blobs.values import Blob
from ansible_collections.bcdr.multicloud.plugins.module_utils._azure.blobs.walk import Visitor, Walk
from ansible_collections.bcdr.multicloud.plugins.module_utils._core.errors import BcdrError, Throttled, Unavailable
from ansible_collections.bcdr.multicloud.plugins.module_utils._core.provider import Item
from ansible_collections.bcdr.multicloud.plugins.module_utils._core.reconcile import Action, Decision


class InfoItem(Item):
    """Reads how copies stand; options as in the module azure_blob_copy_info."""

    def __init__(self, params: Mapping[str, Any], session: StorageSession) -> None:
        self._route = route_options(session, params)
        self._table = table_option(session, params)
        # Reading the same twice harms nobody: each item is its own.
        super().__init__(str(self._route.source), f"info-{id(self)}")

    def observe(self) -> InfoObserved:
        records, problem = self._records()
        walk, seen = self._walk(records, with_source=True)
        error = walk.source.error
        unreachable = ""
        if isinstance(error, (Unavailable, Throttled)):
            unreachable = str(error)
            walk, seen = self._walk({}, with_source=False)
        elif error is not None:
            missing = f"there is no container {self._route.source}" if walk.source.missing else str(error)
            return InfoObserved((), None, refused=f"the source cannot be read: {missing}")
        for index, listing in walk.targets.items():
            if listing.missing:
                seen[index].problem = "there is no such container"
            elif listing.error is not None:
                seen[index].problem = str(listing.error)
            seen[index].missing = listing.missing
        if not unreachable:
            listed_at = walk.source.began
            return InfoObserved(
                tuple(seen), self._route.source_account.now(), record_problem=problem, listed_at=listed_at
            )
        for index, one in enumerate(seen):
            if not one.problem:
                one.record = self._sync_record(index)
        asked = [index for index, one in enumerate(seen) if not one.problem]
        now = self._route.accounts[asked[0]].now() if asked else None
        return InfoObserved(tuple(seen), now, source_problem=unreachable, record_problem=problem)

    def _sync_record(self, index: int) -> SyncRecord | None:
        """Return what a run has written down of the destination, None where none has."""
        route = self._route
        text = route.accounts[index].read_text(
            route.places[index].container, record_name(route.source, route.selection)
        )
        return read_record(*text) if text else None

    def _records(self) -> tuple[dict[int, dict[str, Job]], str]:
        """Return the records of each destination by the names of the blobs, and why there are none."""
        if self._table is None:
            return {}, ""
        found: dict[int, dict[str, Job]] = {}
        try:
            for index, place in enumerate(self._route.places):
                jobs = self._table.jobs(partition_key(self._route.source, place))
                found[index] = {job.blob: job for job in jobs if self._route.selection.covers(job.blob)}
        except BcdrError as error:
            return {}, str(error)
        return found, ""

    def _walk(self, records: Mapping[int, Mapping[str, Job]], with_source: bool) -> tuple[Walk, list[DestinationSeen]]:
        route = self._route
        seen: list[DestinationSeen] = []
        # Those whose blobs have not been met yet.
        left: dict[int, dict[str, Job]] = {}

        def begin() -> Visitor:
            seen[:] = [DestinationSeen() for _place in route.places]
            left.clear()
            left.update({index: dict(jobs) for index, jobs in records.items()})
            for index, jobs in records.items():
                for job in jobs.values():
                    seen[index].note(job)

            def visit(index: int, source: Blob | None, target: Blob | None) -> None:
                one = seen[index]
                one.hold(target)
                view = None
                if source is not None:
                    now = route.accounts[index].now()
                    view = decide_blob(source, target, route.rules[index], route.source, NOTHING_KNOWN, now)
                    one.tally.add(source, target, view)
                elif target is not None:
                    one.tally.add_extra(target)
                name = source.name if source is not None else (target.name if target is not None else "")
                self._compare(one, name, left.get(index, {}).pop(name, None), target, view, index in records)

            return visit

        walk = Walk(route, range(len(route.places)), begin, with_source)
        walk.run()
        for index, jobs in left.items():
            if walk.targets[index].error is None:
                for name, job in jobs.items():
                    self._compare(seen[index], name, job, None, None, True)
        return walk, seen

    def _compare(
        self, one: DestinationSeen, name: str, job: Job | None, target: Blob | None, view: Any, recorded: bool
    ) -> None:
        truth = difference(job, target, view) if recorded else ""
        if truth:
            one.differ(name, job, truth)

    def decide(self, observed: InfoObserved) -> Decision:
        return decide_info(self._route.source, self._route.places, observed)

    def perform(self, action: Action) -> None:
        raise BcdrError(f"reading never changes anything, so it cannot {action.describe()}")
