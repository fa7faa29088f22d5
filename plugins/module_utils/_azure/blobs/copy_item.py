# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The copies of a container's blobs as an item: looks at source and destinations, starts copies, keeps records of them."""

from __future__ import annotations

import collections
import datetime
import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

from ansible_collections.bcdr.multicloud.plugins.module_utils._azure.blobs.api import REFUSALS
from ansible_collections.bcdr.multicloud.plugins.module_utils._azure.blobs.copy_decision import (
    KEPT,
    NOTHING_KNOWN,
    WATCHED,
    BlobView,
    CopiesObserved,
    CopiesWanted,
    DestinationObserved,
    Known,
    Tally,
    decide_blob,
    decide_copies,
    last_sync_time,
)
from ansible_collections.bcdr.multicloud.plugins.module_utils._azure.blobs.options import (
    route_options,
    table_option,
)
from ansible_collections.bcdr.multicloud.plugins.module_utils._azure.blobs.provider import StorageSession
from ansible_collections.bcdr.multicloud.plugins.module_utils._azure.blobs.records import (
    JOB_FAILED,
    JOB_PENDING,
    JOB_SUCCESS,
    Job,
    new_job,
    partition_key,
)
from ansible_collections.bcdr.multicloud.plugins.module_utils._azure.blobs.sync_record import (
    SyncRecord,
    read_record,
    record_name,
    selection_shown,
)
from ansible_collections.bcdr.multicloud.plugins.module_utils._azure.blobs.values import (
    ETAG_RECORD,
    SNAPSHOT_RECORD,
    SUCCESSFUL_COPY,
    Blob,
    Started,
)
from ansible_collections.bcdr.multicloud.plugins.module_utils._azure.blobs.walk import Visitor, Walk
from ansible_collections.bcdr.multicloud.plugins.module_utils._core.errors import (
    BcdrError,
    Conflict,
    InvalidRequest,
    ProviderError,
    Throttled,
    Unavailable,
)
from ansible_collections.bcdr.multicloud.plugins.module_utils._core.provider import Item, duration_option, moment_option
from ansible_collections.bcdr.multicloud.plugins.module_utils._core.reconcile import (
    FAILED,
    PATIENCE_IN_PASSES,
    PENDING,
    RUNNING,
    SUCCEEDED,
    Action,
    Decision,
)

T = TypeVar("T")
R = TypeVar("R")
_FINISHED = Known(finished=True)
# So many in a row that Azure cannot read, and none that it can: it is not the blob.
_UNREADABLE = 10
_MARGIN = datetime.timedelta(hours=1)
_TIERS = ("Hot", "Cool", "Cold", "Archive")


def bounded(pool: ThreadPoolExecutor, call: Callable[[T], R], entries: Iterable[T], at_once: int) -> Iterator[R]:
    """Yield the result of each call, in order; no more than `at_once` entries are taken before their turn."""
    waiting: collections.deque[Future[R]] = collections.deque()
    for entry in entries:
        waiting.append(pool.submit(call, entry))
        if len(waiting) >= at_once:
            yield waiting.popleft().result()
    while waiting:
        yield waiting.popleft().result()


@dataclass
class _Destination:
    """What is known of one destination beside what is seen."""

    known: dict[str, Known] = field(default_factory=dict)
    tally: Tally = field(default_factory=Tally)
    watched: list[tuple[Blob, Blob | None, BlobView]] = field(default_factory=list)
    overflow: bool = False
    refused: str = ""
    seen: DestinationObserved | None = None
    jobs: dict[str, Job] = field(default_factory=dict)
    deleted: int = 0


class CopyItem(Item):
    """Reconciles the copies of one container's blobs; options as in the module azure_blob_copy."""

    def __init__(self, params: Mapping[str, Any], session: StorageSession) -> None:
        self.session = session
        self._route = route_options(session, params)
        source, selection = self._route.source, self._route.selection
        if params["delete_extra"] and params["max_deletes"] < 1:
            raise InvalidRequest("max_deletes: delete_extra needs it, as the most that may be deleted in one run")
        self._wanted = CopiesWanted(
            source,
            self._route.places,
            selection.names,
            delete_extra=params["delete_extra"],
            max_deletes=params["max_deletes"],
            create_containers=params["create_containers"],
            snapshot=params["snapshot_source"],
            overdue_after=self._route.rules[0].overdue_after,
            newer_than=moment_option(params, "newer_than"),
        )
        self._tier = params["tier"]
        self._concurrency = params["concurrency"]
        if self._concurrency < 1:
            raise InvalidRequest("concurrency: must be 1 or more")
        lifetime = datetime.timedelta(seconds=duration_option(params, "sas_lifetime") or 0)
        # It has to outlive the wait, and the copies that are still pending at its end.
        self._lifetime = max(lifetime, datetime.timedelta(seconds=session.settings.wait_timeout) + _MARGIN)
        self._table = table_option(session, params)
        self.container_metadata: Callable[[], Mapping[str, str]] = dict
        self._table_problem = ""
        self._sync_problem = ""
        # The moment of the look whose record has been written, per destination.
        self._synced: dict[int, tuple[Any, ...]] = {}
        self._keeps_sync_time = params["record_sync_time"]
        self._listed_at: datetime.datetime | None = None
        places = ">".join(sorted(place.url + "/" + place.container for place in self._route.places))
        identity = f"{source.url}/{source.container}>{places}>{selection}"
        self._request = hashlib.sha256(identity.encode()).hexdigest()[:16]
        super().__init__(f"{source}", identity)
        self._destinations = [_Destination() for _place in self._route.places]
        self._outages = session.outages()
        self._earlier = frozenset(params.get("_started_jobs") or ())
        self._snapshots: dict[str, Blob] = {}
        self._absent: tuple[str, ...] = ()
        self._watching = False
        self._jobs_known = False
        self._unwritten: dict[tuple[int, str], Job] = {}

    # --- observe -----------------------------------------------------------------------------------------------------

    def observe(self) -> CopiesObserved:
        self._read_jobs()
        problem = "" if self._watching and self._look_again() else self._look()
        self._write_jobs()
        if not problem:
            self._write_sync_times()
        unsettled = {source.name for one in self._destinations for source, _target, _view in one.watched}
        unsettled |= {source.name for one in self._destinations for source, _target in one.tally.todo}
        pinned = sum(name in unsettled for name in self._snapshots)
        return CopiesObserved(
            tuple(self._seen(index) for index in range(len(self._destinations))),
            None if problem else self._route.source_account.now(),
            source_problem=problem,
            absent=self._absent,
            snapshots=len(self._snapshots) - pinned,
            pinned=pinned,
            record_problem=self._problems(),
            listed_at=None if problem else self._listed_at,
        )

    def _problems(self) -> str:
        texts = []
        if self._table_problem:
            texts.append(f"the job records cannot be kept: {self._table_problem}")
        if self._sync_problem:
            texts.append(f"the last sync time cannot be kept: {self._sync_problem}")
        return "; ".join(texts)

    def _seen(self, index: int) -> DestinationObserved:
        one = self._destinations[index]
        seen = one.seen or DestinationObserved(None)
        if one.refused:
            return replace(seen, refused=one.refused)
        if seen.refused or seen.unavailable:
            return seen
        tally = one.tally.clone()
        for source, target, view in one.watched:
            tally.add(source, target, view)
        return replace(seen, tally=tally, deleted=one.deleted)

    def _look(self) -> str:
        """Look at everything; returns why the source cannot be read."""
        names: set[str] = set()

        def begin() -> Visitor:
            for one in self._destinations:
                one.tally, one.watched, one.overflow = Tally(), [], False
            names.clear()

            def visit(index: int, source: Blob | None, target: Blob | None) -> None:
                if source is None:
                    if target is not None:
                        self._destinations[index].tally.add_extra(target)
                    return
                if self._wanted.names:
                    names.add(source.name)
                self._count(index, source, target)

            return visit

        indexes = [index for index, one in enumerate(self._destinations) if not one.refused]
        walk = Walk(self._route, indexes or [0], begin)
        walk.run()
        error = walk.source.error
        if isinstance(error, (Unavailable, Throttled)):
            raise error
        if error is not None:
            missing = f"there is no container {self._wanted.source}" if walk.source.missing else str(error)
            return f"the source cannot be read: {missing}"
        self._absent = tuple(sorted(self._wanted.names - names))
        self._listed_at = walk.source.began
        for index, listing in walk.targets.items():
            self._destinations[index].seen = self._told(index, listing.error, listing.missing)
        self._snapshots = {
            blob.name: blob for blob in walk.source.snapshots if blob.metadata.get(SNAPSHOT_RECORD) == self._request
        }
        # One blob that is read tells no tags.
        self._watching = not self._route.rules[0].tags and all(
            not one.tally.todo_count and not one.overflow for one in self._destinations
        )
        return ""

    def _told(self, index: int, error: ProviderError | None, missing: bool) -> DestinationObserved:
        """Return what is to be said of a destination after its list has come to its end."""
        place = str(self._route.places[index])
        if error is None or missing:
            self._outages.answered(place)
            return DestinationObserved(None, missing=missing)
        if isinstance(error, Throttled):
            return DestinationObserved(None, unavailable=str(error), patient=True)
        if isinstance(error, Unavailable):
            return DestinationObserved(None, unavailable=str(error), patient=self._outages.waits_out(place))
        return DestinationObserved(None, refused=str(error))

    def _look_again(self) -> bool:
        """Look at those that are still being copied, one by one; returns whether that was enough."""
        for index, one in enumerate(self._destinations):
            if one.refused or one.seen is None or one.seen.refused:
                continue
            if one.seen.unavailable:
                return False
            watched, one.watched = one.watched, []
            place = self._route.places[index]
            for number, (source, target, view) in enumerate(watched):
                try:
                    target = self._route.accounts[index].get_blob(place.container, source.name)
                except ProviderError:
                    # A list tells whether it is this blob or all of them.
                    one.watched += [(source, target, view), *watched[number + 1 :]]
                    return False
                self._count(index, source, target)
        return all(not one.tally.todo_count for one in self._destinations)

    def _count(self, index: int, source: Blob, target: Blob | None) -> None:
        one = self._destinations[index]
        view = self._decided(index, source, target)
        if view.status in (RUNNING, PENDING) and not view.todo and len(one.watched) < WATCHED:
            one.watched.append((source, target, view))
            return
        one.overflow = one.overflow or (view.status in (RUNNING, PENDING) and not view.todo)
        one.tally.add(source, target, view)

    def _decided(self, index: int, source: Blob, target: Blob | None) -> BlobView:
        """Decide on one blob, and remember what has come to its end."""
        one, rules = self._destinations[index], self._route.rules[index]
        known = one.known.get(source.name, NOTHING_KNOWN)
        copy = target.copy if target is not None else None
        if known is NOTHING_KNOWN and copy is not None and target is not None and copy.id in self._earlier:
            etag = target.metadata.get(ETAG_RECORD, source.etag)
            known = Known(Started(copy.id, etag, source.size, source.md5 if etag == source.etag else "", source.type))
            one.known[source.name] = known
        account = self._route.accounts[index]
        view = decide_blob(source, target, rules, self._wanted.source, known, account.now())
        self._record(index, source, target, known, view)
        if known.started is not None and view.status == SUCCEEDED:
            one.known[source.name] = _FINISHED
        elif known.started is not None and view.status == FAILED and not known.failure:
            one.known[source.name] = replace(known, failure=view.reason)
        return view

    # --- job records ---------------------------------------------------------------------------------------------------

    def _read_jobs(self) -> None:
        """Read once which copies were going on when an earlier run wrote it down."""
        if self._table is None or self._jobs_known:
            return
        try:
            for one, place in zip(self._destinations, self._route.places, strict=True):
                one.jobs = {job.blob: job for job in self._table.pending(partition_key(self._wanted.source, place))}
        except BcdrError as error:
            self._table_problem = str(error)
            return
        self._jobs_known = True

    def _record(self, index: int, source: Blob, target: Blob | None, known: Known, view: BlobView) -> None:
        """Note how a copy stands of which a record says that it is going on; it is written at the end of the look."""
        if self._table is None or view.todo:
            return
        one = self._destinations[index]
        copy = target.copy if target is not None else None
        job = one.jobs.get(source.name)
        if job is None:
            if view.status != RUNNING or copy is None or target is None:
                return
            # Started by a run that ended before it could write it down.
            place = self._route.places[index]
            etag = target.metadata.get(ETAG_RECORD, "")
            job = new_job(self._wanted.source, place, source.name, copy.id, target.modified, source.size, etag)
            self._unwritten[index, source.name] = job
        if view.status == RUNNING:
            if view.overdue and not job.overdue:
                self._unwritten[index, source.name] = replace(
                    job, overdue=True, bytes_copied=view.done, reason=view.reason
                )
            return
        if view.status not in (SUCCEEDED, FAILED):
            return
        ended = copy.completed if copy is not None and copy.id == job.copy_id else None
        self._unwritten[index, source.name] = replace(
            job,
            status=JOB_SUCCESS if view.status == SUCCEEDED else JOB_FAILED,
            ended=ended or self._route.accounts[index].now(),
            bytes_copied=copy.done if copy is not None and copy.id == job.copy_id else view.done,
            reason=view.reason,
        )

    def _write_jobs(self) -> None:
        unwritten, self._unwritten = self._unwritten, {}
        if self.session.settings.check_mode or self._table is None:
            return

        def write(entry: tuple[tuple[int, str], Job]) -> None:
            (index, name), job = entry
            self._note(index, job, self._destinations[index].jobs.get(name))

        with ThreadPoolExecutor(max_workers=self._concurrency) as pool:
            for _done in bounded(pool, write, unwritten.items(), 4 * self._concurrency):
                pass

    def _note(self, index: int, job: Job, there: Job | None) -> None:
        """Write one record; what keeps it from being written does not keep blobs from being copied."""
        if self._table is None:
            return
        jobs = self._destinations[index].jobs
        try:
            written = self._table.note(job, there, self._route.accounts[index].now())
        except BcdrError as error:
            self._table_problem = str(error)
            return
        if written is not None and written.status == JOB_PENDING:
            jobs[job.blob] = written
        else:
            jobs.pop(job.blob, None)

    # --- the last sync time -------------------------------------------------------------------------------------------

    def _write_sync_times(self) -> None:
        """Write down, where it is found when the source is gone, up to when each destination holds what the source had."""
        if not self._keeps_sync_time or self.session.settings.check_mode or self._listed_at is None:
            return
        for index, one in enumerate(self._destinations):
            seen = self._seen(index)
            if seen.tally is None or seen.missing or one.tally.todo_count:
                # What is to be copied is started first, and looked at again.
                continue
            tally = seen.tally
            held = tally.counts[SUCCEEDED]
            found = (self._listed_at, last_sync_time(tally, self._listed_at), held)
            going = tally.counts[RUNNING] + tally.counts[PENDING] > 0 and self.session.settings.wait
            if self._synced.get(index) == found or (index in self._synced and going):
                # While it is waited there is no need to write each step down.
                continue
            record = SyncRecord(
                str(self._wanted.source),
                selection_shown(self._route.selection),
                self._listed_at,
                found[1],
                sum(tally.counts.values()),
                tally.bytes_total,
                held,
            )
            try:
                self._write_sync_time(index, record)
                self._sync_problem = ""
            except Conflict:
                # Another run has just written what it has found out; this one does so with its next look.
                continue
            except ProviderError as error:
                self._sync_problem = str(error)
                continue
            self._synced[index] = found

    def _write_sync_time(self, index: int, record: SyncRecord) -> None:
        account, container = self._route.accounts[index], self._route.places[index].container
        name = record_name(self._wanted.source, self._route.selection)
        text = account.read_text(container, name)
        there = read_record(*text) if text else None
        # Of one look the later finding counts, of two looks that of the later one, whichever run is the last to write.
        again = there is not None and index in self._synced and there.listed_at == record.listed_at
        if again or record.replaces(there):
            account.write_text(container, name, record.content(), text[1] if text else None)

    # --- decide and act ----------------------------------------------------------------------------------------------

    def decide(self, observed: CopiesObserved) -> Decision:
        decision = decide_copies(self._wanted, observed)
        started = sorted(
            known.started.copy_id
            for one in self._destinations
            for known in one.known.values()
            if known.started is not None
        )
        # A result has to stay small enough to be shown.
        return replace(decision, result={**decision.result, "started_jobs": started[:KEPT]})

    def perform(self, action: Action) -> bool:
        payload = action.payload
        self._watching = False
        if payload["kind"] == "snapshots":
            return self._delete_snapshots()
        index = payload["index"]
        account, place = self._route.accounts[index], self._route.places[index]
        if payload["kind"] == "create":
            return account.create_container(place.container, self.container_metadata())
        if payload["kind"] == "delete":
            return self._delete(index, payload["names"])
        return self._copy(index, payload["todo"] if payload["whole"] else None)

    def _copy(self, index: int, todo: list[tuple[Blob, Blob | None]] | None) -> bool:
        """Start the copies that one destination needs; returns whether any was started."""
        failing = _Failing()
        one = self._destinations[index]

        def start(entry: tuple[Blob, Blob | None]) -> bool:
            return not failing.ended and self._start(index, *entry, failing)

        started = False
        with ThreadPoolExecutor(max_workers=self._concurrency) as pool:
            if todo is not None:
                for begun in bounded(pool, start, todo, 4 * self._concurrency):
                    started = started or begun
            else:
                # More than were kept: they are looked for once more, and started as they come.
                waiting: collections.deque[Future[bool]] = collections.deque()

                def begin() -> Visitor:
                    def visit(at: int, source: Blob | None, target: Blob | None) -> None:
                        nonlocal started
                        if source is None or failing.ended or not self._decided(at, source, target).todo:
                            return
                        waiting.append(pool.submit(start, (source, target)))
                        if len(waiting) >= 4 * self._concurrency:
                            started = waiting.popleft().result() or started

                    return visit

                Walk(self._route, [index], begin).run()
                for future in waiting:
                    started = future.result() or started
        if failing.refused and not started:
            one.refused = failing.refused
        return started

    def _start(self, index: int, source: Blob, target: Blob | None, failing: _Failing) -> bool:
        """Start one copy; what goes wrong is remembered for this blob, and for all where it is not the blob's fault."""
        one, place, account = self._destinations[index], self._route.places[index], self._route.accounts[index]
        known, rules = one.known.get(source.name, NOTHING_KNOWN), self._route.rules[index]
        try:
            snapshot = self._snapshot(source) if rules.snapshot else ""
            url = self._route.source_account.source_url(
                self._wanted.source.container, source.name, snapshot, self._lifetime
            )
            copy_id, status = account.start_copy(
                place.container,
                source.name,
                url,
                target=target,
                # A blob that is in use changes all the time, which is what its snapshot is for.
                source_etag="" if snapshot else source.etag,
                metadata={**(source.own_metadata if rules.metadata else {}), ETAG_RECORD: source.etag},
                tags=source.tags if rules.tags else None,
                tier=self._tier_of(source),
                lease_id=rules.lease_ids.get(source.name, ""),
            )
        except Throttled as error:
            failing.ended = True
            one.known[source.name] = replace(known, deferred=str(error))
            return False
        except (Conflict, Unavailable) as error:
            tries = known.tries + 1
            if tries >= PATIENCE_IN_PASSES:
                one.known[source.name] = Known(failure=str(error))
            else:
                one.known[source.name] = replace(known, deferred=str(error), tries=tries)
            return False
        except ProviderError as error:
            one.known[source.name] = Known(failure=self._why(error))
            failing.note(error, self._why(error))
            return False
        failing.unreadable = -1
        begun = Started(copy_id, source.etag, source.size, "" if snapshot else source.md5, source.type, snapshot)
        one.known[source.name] = Known(begun)
        if self._table is not None:
            job = new_job(self._wanted.source, place, source.name, copy_id, account.now(), source.size, source.etag)
            if status == SUCCESSFUL_COPY:
                job = replace(job, status=JOB_SUCCESS, ended=account.now(), bytes_copied=source.size)
            self._note(index, job, one.jobs.get(source.name))
        return True

    def _why(self, error: ProviderError) -> str:
        if error.code == "CannotVerifyCopySource":
            return f"Azure cannot read the source for the copy: {error}"
        return str(error)

    def _tier_of(self, source: Blob) -> str:
        """Return the tier to ask for, "" for the account's default; only block blobs have one to choose."""
        if source.type != "BlockBlob" or self._tier == "default":
            return ""
        tier = source.tier if self._tier == "keep" else self._tier
        return tier if tier in _TIERS else ""

    def _snapshot(self, source: Blob) -> str:
        """Return the snapshot to copy from; one of this request, of the blob as it was seen, is taken again."""
        known = self._snapshots.get(source.name)
        if known is not None and known.metadata.get(ETAG_RECORD) == source.etag:
            return known.snapshot
        metadata = {**source.own_metadata, SNAPSHOT_RECORD: self._request, ETAG_RECORD: source.etag}
        made = self._route.source_account.create_snapshot(self._wanted.source.container, source.name, metadata)
        self._snapshots[source.name] = replace(source, snapshot=made, metadata=metadata)
        return made

    def _delete_snapshots(self) -> bool:
        gone = False
        for name, blob in list(self._snapshots.items()):
            gone = self._route.source_account.delete_blob(self._wanted.source.container, name, blob.snapshot) or gone
            del self._snapshots[name]
        return gone

    def _delete(self, index: int, names: Iterable[str]) -> bool:
        """Delete what the source does not have; one that cannot be deleted fails the destination."""
        one, place, account = self._destinations[index], self._route.places[index], self._route.accounts[index]

        def delete(name: str) -> str:
            try:
                one.deleted += account.delete_blob(place.container, name)
            except ProviderError as error:
                return str(error)
            return ""

        before = one.deleted
        with ThreadPoolExecutor(max_workers=self._concurrency) as pool:
            troubles = [text for text in bounded(pool, delete, names, 4 * self._concurrency) if text]
        if troubles:
            one.refused = f"not all extra blobs could be deleted: {troubles[0]}"
        return one.deleted > before


@dataclass
class _Failing:
    """Whether to go on starting copies to a destination."""

    ended: bool = False
    refused: str = ""
    unreadable: int = 0

    def note(self, error: ProviderError, why: str) -> None:
        """Give up where no other blob will fare better."""
        if error.code == "CannotVerifyCopySource" and error.status == 403 and self.unreadable >= 0:
            self.unreadable += 1
        if error.code in REFUSALS or self.unreadable >= _UNREADABLE:
            self.ended, self.refused = True, why
