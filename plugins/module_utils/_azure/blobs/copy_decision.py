# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What to do about the copies of a container's blobs in other containers. Pure.

Azure starts a copy and says later, in the properties of the target, how it went: pending, success, failed or aborted, with
the id of the copy (learn.microsoft.com/rest/api/storageservices/copy-blob). The source's ETag is pinned for that time: a
blob that changes while it is copied fails. A copy that failed or was aborted leaves a blob of no length.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Mapping, Sequence
from copy import copy as shallow_copy
from dataclasses import dataclass, field
from typing import Any

from ansible_collections.bcdr.multicloud.plugins.module_utils._azure.blobs.values import (
    ABORTED_COPY,
    ETAG_RECORD,
    PENDING_COPY,
    SUCCESSFUL_COPY,
    Blob,
    CopyState,
    Place,
    Started,
    shown_blob,
)
from ansible_collections.bcdr.multicloud.plugins.module_utils._core.durations import format_duration
from ansible_collections.bcdr.multicloud.plugins.module_utils._core.moments import lies_ahead
from ansible_collections.bcdr.multicloud.plugins.module_utils._core.reconcile import (
    BLOCKED,
    FAILED,
    PENDING,
    RUNNING,
    SUCCEEDED,
    Action,
    Decision,
)
from ansible_collections.bcdr.multicloud.plugins.module_utils._core.recovery_points import iso_timestamp

_WORST_FIRST = (FAILED, BLOCKED, RUNNING, PENDING, SUCCEEDED)
# Both moments are Azure's, of which one has whole seconds.
_SAME_MOMENT = datetime.timedelta(seconds=2)
# What a copy says of a source whose ETag is no longer the one that was pinned.
_CHANGED = "ConditionNotMet"
# That many blobs are named in results and diffs.
LISTED = 100
# That many are remembered, so that they need not be looked for once more.
KEPT = 5000
# That many that are still copied are looked at one by one; more are looked up in a list.
WATCHED = 64
_TARGET_ENDED = {"failed": "failed", ABORTED_COPY: "was aborted"}


@dataclass(frozen=True)
class CopyRules:
    """What is asked of each copy. `lease_ids` are those of the target's blobs, by name.

    `whole` says that the sources are copies themselves, of which those that have not ended well are left out.
    """

    metadata: bool = True
    tags: bool = False
    leased_source: bool = False
    snapshot: bool = False
    whole: bool = False
    overdue_after: datetime.timedelta | None = None
    lease_ids: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Known:
    """What this run knows of one blob beside what is seen: what it has started, or why nothing comes of it.

    `finished` says that what it has started has arrived; `deferred` why starting it is to be tried once more, and `tries`
    how often it has been tried.
    """

    started: Started | None = None
    finished: bool = False
    failure: str = ""
    deferred: str = ""
    tries: int = 0


@dataclass(frozen=True)
class BlobView:
    """Where the copy of one blob stands. `todo` says that it is to be started; `seconds` how long it has been going on."""

    status: str
    reason: str = ""
    todo: bool = False
    done: int = 0
    overdue: bool = False
    seconds: float | None = None
    warning: str = ""


NOTHING_KNOWN = Known()


def is_same(source: Blob, target: Blob, rules: CopyRules) -> bool:
    """Return whether the target holds what the source holds.

    By type, length and MD5; where one of them has no MD5, by the ETag that one had when the other was copied from it, as long
    as nobody has touched the copy since. Either may be the copy, for what was copied there is copied home one day.
    """
    if target.copy is not None and target.copy.status != SUCCESSFUL_COPY:
        return False
    if (source.type, source.size) != (target.type, target.size):
        return False
    if rules.metadata and source.own_metadata != target.own_metadata:
        return False
    if rules.tags and dict(source.tags) != dict(target.tags):
        return False
    if source.md5 and target.md5:
        return source.md5 == target.md5
    return _is_copy_of(target, source) or _is_copy_of(source, target)


def _is_copy_of(copy: Blob, original: Blob) -> bool:
    return copy.metadata.get(ETAG_RECORD) == original.etag and is_untouched(copy)


def is_untouched(target: Blob) -> bool:
    """Return whether the target is what the last copy to it has left."""
    copy = target.copy
    if copy is None or copy.status != SUCCESSFUL_COPY:
        return False
    return copy.completed is None or target.modified <= copy.completed + _SAME_MOMENT


def is_ours(source: Blob, source_place: Place, target: Blob, known: Known) -> bool:
    """Return whether the copy that the target tells of is one of this very source, by whichever run."""
    if target.copy is None:
        return False
    if known.started is not None:
        return target.copy.id == known.started.copy_id
    return ETAG_RECORD in target.metadata and target.copy.source_path == source_place.blob_path(source.name)


def decide_blob(
    source: Blob,
    target: Blob | None,
    rules: CopyRules,
    source_place: Place,
    known: Known,
    now: datetime.datetime,
) -> BlobView:
    """Return where the copy of one blob stands, and whether it is to be started."""
    if known.failure:
        return BlobView(FAILED, known.failure)
    if target is not None and target.copy is not None and target.copy.status == PENDING_COPY:
        return _pending(source, target, target.copy, rules, source_place, known, now)
    if known.finished:
        return BlobView(SUCCEEDED, done=source.size)
    if known.started is not None:
        return _ended(source, target, rules, known.started)
    if target is not None and is_same(source, target, rules):
        return BlobView(SUCCEEDED, done=source.size)
    problem = _problem(source, target, rules)
    if problem is not None:
        return problem
    warning = ""
    if target is not None and target.copy is not None and target.copy.status in _TARGET_ENDED:
        # A run that does not wait would otherwise never tell.
        why = f": {target.copy.description}" if target.copy.description else ""
        warning = f"the last copy {_TARGET_ENDED[target.copy.status]}{why}; it is started again"
    return BlobView(PENDING, known.deferred, todo=True, warning=warning)


def _pending(
    source: Blob,
    target: Blob,
    copy: CopyState,
    rules: CopyRules,
    source_place: Place,
    known: Known,
    now: datetime.datetime,
) -> BlobView:
    seconds = max(0.0, (now - target.modified).total_seconds())
    if not is_ours(source, source_place, target, known):
        return BlobView(
            PENDING,
            f"another copy to it, from {copy.source or 'elsewhere'}, has been pending for {format_duration(seconds)}",
            seconds=seconds,
        )
    overdue = rules.overdue_after is not None and seconds > rules.overdue_after.total_seconds()
    reason = f"copying for {format_duration(seconds)}"
    if overdue and rules.overdue_after is not None:
        reason += f", which is more than {format_duration(rules.overdue_after.total_seconds())}"
    return BlobView(RUNNING, reason, done=copy.done, overdue=overdue, seconds=seconds)


def _ended(source: Blob, target: Blob | None, rules: CopyRules, started: Started) -> BlobView:
    """Return how the copy that this run has started came out."""
    if target is None:
        return BlobView(FAILED, "the copy was deleted by somebody else after this run had started it")
    copy = target.copy
    if copy is None or copy.id != started.copy_id:
        if is_same(source, target, rules):
            return BlobView(SUCCEEDED, done=source.size)
        return BlobView(FAILED, "somebody else changed the target while this run copied to it")
    if copy.status == SUCCESSFUL_COPY:
        wrong = verification_problem(started, target)
        return BlobView(FAILED, wrong) if wrong else BlobView(SUCCEEDED, done=target.size)
    if copy.status == ABORTED_COPY:
        return BlobView(FAILED, f"the copy {copy.id} was aborted by somebody else")
    changed = ""
    if not started.snapshot and (source.etag != started.etag or _CHANGED in copy.description):
        changed = "the source changed while it was copied: "
    return BlobView(FAILED, f"{changed}the copy {copy.id} failed: {copy.description or 'Azure gives no reason'}")


def verification_problem(started: Started, target: Blob) -> str:
    """Return in what the copy is not what was to be copied, "" when it is."""
    copy = target.copy
    if target.type != started.type:
        return f"the copy is of type {target.type}, and its source of type {started.type}"
    if target.size != started.size or (copy is not None and copy.total and copy.done != copy.total):
        return f"the copy has {target.size} bytes, and its source {started.size}"
    if started.md5 and target.md5 != started.md5:
        return f"the MD5 of the copy is {target.md5 or 'not there'}, and that of its source {started.md5}"
    return ""


def _problem(source: Blob, target: Blob | None, rules: CopyRules) -> BlobView | None:
    """Return why a copy that is needed is not started, None when nothing is known that keeps it from it."""
    if rules.whole and source.problem_to_read:
        return BlobView(BLOCKED, source.problem_to_read)
    if source.archived:
        return BlobView(
            BLOCKED, "it is archived, and Azure copies archived blobs within their account only: rehydrate it"
        )
    if source.lease and not rules.leased_source and not rules.snapshot:
        return BlobView(
            BLOCKED,
            "it is leased, so that it may be in use; allow it with leased_source, or copy a snapshot with snapshot_source",
        )
    if target is not None and target.type != source.type:
        return BlobView(
            BLOCKED, f"it is a {source.type}, and the target is a {target.type}, which Azure does not overwrite"
        )
    if target is not None and target.lease and source.name not in rules.lease_ids:
        return BlobView(
            FAILED, "the target is leased and out of date; give its lease id in lease_ids, or end the lease"
        )
    return None


def held_until(source: Blob, target: Blob | None) -> datetime.datetime:
    """Return up to when the target held what the source had, for a blob whose latest state it does not hold.

    A copy that is out of date is what the source was when it was made, for Azure pins the source's ETag. Nothing is held of a
    blob that was never copied, nor of one that is just being copied anew: the old content is gone from the moment at which a
    copy over it starts, and an abort leaves a blob of no length (learn.microsoft.com/rest/api/storageservices/abort-copy-blob).
    """
    copy = target.copy if target is not None else None
    if target is not None and copy is not None and copy.completed is not None and is_untouched(target):
        return min(source.modified, copy.completed)
    return min(source.modified, source.created or source.modified)


class Tally:
    """Counts what is seen of one destination, and names so much of it as fits into a result.

    Of those to copy it keeps up to KEPT.
    """

    def __init__(self) -> None:
        self.counts = dict.fromkeys((SUCCEEDED, RUNNING, PENDING, FAILED, BLOCKED), 0)
        self.bytes_total = 0
        self.bytes_done = 0
        self.todo_count = 0
        self.todo_bytes = 0
        self.todo: list[tuple[Blob, Blob | None]] = []
        self.problems: list[dict[str, Any]] = []
        self.running: list[dict[str, Any]] = []
        self.overdue_count = 0
        self.warnings: list[str] = []
        self.deferred = ""
        self.extra_count = 0
        self.extra: list[str] = []
        self.oldest_missing: datetime.datetime | None = None
        self.last_completed: datetime.datetime | None = None
        self.md5_count = 0

    def add(self, source: Blob, target: Blob | None, view: BlobView) -> None:
        """Count one blob of the source."""
        self.counts[view.status] += 1
        self.bytes_total += source.size
        self.bytes_done += min(view.done, source.size)
        if view.status != SUCCEEDED:
            since = held_until(source, target)
            self.oldest_missing = since if self.oldest_missing is None else min(since, self.oldest_missing)
        elif target is not None:
            self.md5_count += bool(source.md5 and source.md5 == target.md5)
            ended = target.copy.completed if target.copy else None
            if ended is not None:
                self.last_completed = ended if self.last_completed is None else max(ended, self.last_completed)
        if view.todo:
            self.todo_count += 1
            self.todo_bytes += source.size
            if len(self.todo) < KEPT:
                self.todo.append((source, target))
            self.deferred = self.deferred or view.reason
        elif view.status in (RUNNING, PENDING):
            self._show(source, target, view)
        elif view.status in (FAILED, BLOCKED) and len(self.problems) < LISTED:
            self.problems.append({"name": source.name, "status": view.status, "reason": view.reason})
        self.overdue_count += view.overdue
        if view.warning and len(self.warnings) < LISTED:
            self.warnings.append(f"{source.name}: {view.warning}")

    def _show(self, source: Blob, target: Blob | None, view: BlobView) -> None:
        """Name a copy that is under way; one that is overdue goes before one that is not."""
        if len(self.running) == LISTED:
            place = next((at for at, shown in enumerate(self.running) if not shown["overdue"]), None)
            if not view.overdue or place is None:
                return
            del self.running[place]
        self.running.append(_shown_running(source, target, view))

    def clone(self) -> Tally:
        """Return another with the same counts, to which more can be added."""
        other = shallow_copy(self)
        other.counts = dict(self.counts)
        for name in ("todo", "problems", "running", "warnings", "extra"):
            setattr(other, name, list(getattr(self, name)))
        return other

    def add_extra(self, target: Blob) -> None:
        """Count a blob of the destination that the source does not have."""
        self.extra_count += 1
        if len(self.extra) < KEPT:
            self.extra.append(target.name)


def _shown_running(source: Blob, target: Blob | None, view: BlobView) -> dict[str, Any]:
    copy = target.copy if target else None
    return {
        "name": source.name,
        "status": view.status,
        "reason": view.reason,
        "copy_id": copy.id if copy else None,
        "started_at": iso_timestamp(target.modified) if target else None,
        "seconds": None if view.seconds is None else round(view.seconds),
        "bytes": view.done,
        "bytes_total": source.size,
        "overdue": view.overdue,
    }


@dataclass(frozen=True)
class CopiesWanted:
    """`names` are the blobs that were asked for by name, so that one that cannot be copied is a failure. `newer_than` is the
    moment up to which the destinations have to hold what the source had."""

    source: Place
    destinations: tuple[Place, ...]
    names: frozenset[str] = frozenset()
    delete_extra: bool = False
    max_deletes: int = 0
    create_containers: bool = False
    snapshot: bool = False
    overdue_after: datetime.timedelta | None = None
    newer_than: datetime.datetime | None = None


@dataclass(frozen=True)
class DestinationObserved:
    """`tally` is None when it could not be looked at: `refused` or `unavailable` say why, `missing` that it is not there."""

    tally: Tally | None
    missing: bool = False
    refused: str = ""
    unavailable: str = ""
    patient: bool = False
    deleted: int = 0


@dataclass(frozen=True)
class CopiesObserved:
    """`source_problem` says why the source cannot be read; `absent` names of blobs that are not there.

    `snapshots` is how many snapshots of this request are there that no copy needs any more, `pinned` how many one still needs.
    `record_problem` says why the records of jobs or of the last sync time cannot be kept, `listed_at` when the source was listed.
    """

    destinations: tuple[DestinationObserved, ...]
    now: datetime.datetime | None
    source_problem: str = ""
    absent: tuple[str, ...] = ()
    snapshots: int = 0
    pinned: int = 0
    record_problem: str = ""
    listed_at: datetime.datetime | None = None


@dataclass(frozen=True)
class _Copies:
    status: str
    reason: str = ""
    actions: tuple[Action, ...] = ()
    later: tuple[Action, ...] = ()
    warnings: tuple[str, ...] = ()


def decide_copies(wanted: CopiesWanted, observed: CopiesObserved) -> Decision:
    """Return which copies to start and what to delete, and where each destination stands."""
    if observed.source_problem:
        return Decision(FAILED, observed.source_problem, result={"destinations": []})
    # What counts is when the source was listed: what is written between that and the moment would be missed.
    looked_at = observed.listed_at or observed.now
    early = lies_ahead(wanted.newer_than, looked_at) if wanted.newer_than and looked_at else ""
    if early:
        return Decision(BLOCKED, early, result={"destinations": []})
    copies = [
        _decide_one(wanted, index, place, view, observed)
        for index, (place, view) in enumerate(zip(wanted.destinations, observed.destinations, strict=True))
    ]
    statuses = {copy.status for copy in copies}
    status = next(worst for worst in _WORST_FIRST if worst in statuses)
    unsettled = statuses & {RUNNING, PENDING}
    if status in (FAILED, BLOCKED) and unsettled:
        status = RUNNING if RUNNING in unsettled else PENDING
    actions = tuple(action for copy in copies for action in copy.actions)
    later = tuple(action for copy in copies for action in copy.later)
    starts = sum(len(view.tally.todo) for view in observed.destinations if view.tally) if wanted.snapshot else 0
    if observed.snapshots and not unsettled:
        actions += (_unpin(wanted, observed.snapshots),)
        # Copies may arrive within the pass that has started them: it is not over before their snapshots are gone.
        status = RUNNING if status == SUCCEEDED else status
    elif starts or (observed.snapshots + observed.pinned and unsettled):
        later += (_unpin(wanted, max(observed.snapshots + observed.pinned, _distinct(observed.destinations))),)
    reason = "; ".join(
        f"{place}: {copy.reason}" for place, copy in zip(wanted.destinations, copies, strict=True) if copy.reason
    )
    if observed.record_problem:
        reason = "; ".join(filter(None, (reason, observed.record_problem)))
        status = FAILED if status == SUCCEEDED else status
    tallies = [view.tally for view in observed.destinations if view.tally is not None]
    total, done = sum(tally.bytes_total for tally in tallies), sum(tally.bytes_done for tally in tallies)
    return Decision(
        status,
        reason,
        actions=actions,
        later=later,
        percent=100.0 * done / total if total and unsettled else None,
        result={
            "source": str(wanted.source),
            "destinations": [
                destination_result(place, view.tally, copy.status, copy.reason, observed.now, observed.listed_at)
                for place, view, copy in zip(wanted.destinations, observed.destinations, copies, strict=True)
            ],
            "overdue": sum(tally.overdue_count for tally in tallies),
        },
        warnings=tuple(warning for copy in copies for warning in copy.warnings),
    )


def _distinct(views: Iterable[DestinationObserved]) -> int:
    return len({source.name for view in views if view.tally for source, _target in view.tally.todo})


def _unpin(wanted: CopiesWanted, count: int) -> Action:
    return Action(
        f"delete {count}",
        f"snapshots that {wanted.source} was copied from",
        before={"snapshots": count},
        after={"snapshots": 0},
        payload={"kind": "snapshots"},
    )


def _decide_one(
    wanted: CopiesWanted, index: int, place: Place, view: DestinationObserved, observed: CopiesObserved
) -> _Copies:
    if view.refused:
        return _Copies(FAILED, view.refused)
    if view.unavailable:
        return _Copies(PENDING if view.patient else FAILED, f"it cannot be asked: {view.unavailable}")
    if view.missing:
        if not wanted.create_containers:
            return _Copies(BLOCKED, "there is no such container; make it, or say create_containers")
        create = Action(
            "create", f"container {place}", after={"public_access": "none"}, payload={"kind": "create", "index": index}
        )
        if view.tally is None or not view.tally.todo_count:
            return _Copies(RUNNING, "the container is to be made", (create,))
        return _Copies(RUNNING, "the container is to be made", (create, _start(index, place, view.tally)))
    tally = view.tally
    if tally is None:
        return _Copies(FAILED, "it could not be looked at")
    actions: tuple[Action, ...] = ()
    if tally.todo_count:
        actions += (_start(index, place, tally),)
    deletes, kept = _deletions(wanted, index, place, tally, view.deleted)
    status, reason, warnings = _standing(wanted, tally, observed.absent)
    if kept:
        status, reason = (BLOCKED, kept) if status == SUCCEEDED else (status, f"{reason}; {kept}")
    warnings += tuple(f"{place}: {warning}" for warning in tally.warnings)
    if status == SUCCEEDED:
        actions += deletes
        return _Copies(RUNNING if deletes else status, reason, actions, (), warnings)
    unsettled = status in (RUNNING, PENDING)
    harmed = tally.counts[FAILED] or observed.absent
    return _Copies(status, reason, actions, deletes if unsettled and not harmed else (), warnings)


def _standing(wanted: CopiesWanted, tally: Tally, absent: Sequence[str]) -> tuple[str, str, tuple[str, ...]]:
    """Return status, reason and warnings of what is to be copied."""
    counts = tally.counts
    warnings: tuple[str, ...] = ()
    troubles: list[str] = []
    failed = [problem for problem in tally.problems if problem["status"] == FAILED]
    blocked = [problem for problem in tally.problems if problem["status"] == BLOCKED]
    named_blocked = bool(wanted.names) and bool(counts[BLOCKED])
    if absent:
        troubles.append(f"the source has no {_named(absent, len(absent))}")
    if counts[FAILED]:
        troubles.append(_some(failed, counts[FAILED], "failed"))
    if counts[BLOCKED]:
        text = _some(blocked, counts[BLOCKED], "cannot be copied")
        if named_blocked:
            troubles.append(text)
        else:
            warnings = (f"{wanted.source}: {text}",)
    going: list[str] = []
    if tally.todo_count:
        going.append(f"{_count(tally.todo_count)} to copy" + (f" ({tally.deferred})" if tally.deferred else ""))
    if counts[RUNNING]:
        late = f", {tally.overdue_count} of them overdue" if tally.overdue_count else ""
        going.append(f"{_count(counts[RUNNING])} being copied{late}")
    waiting = counts[PENDING] - tally.todo_count
    if waiting:
        going.append(f"{_count(waiting)} waiting for copies of others")
    if going:
        return (RUNNING if counts[RUNNING] or tally.todo_count else PENDING), "; ".join(going + troubles), warnings
    if counts[FAILED] or absent:
        return FAILED, "; ".join(troubles), warnings
    if named_blocked:
        return BLOCKED, "; ".join(troubles), warnings
    return SUCCEEDED, "", warnings


def _count(number: int) -> str:
    return f"{number} blob{'' if number == 1 else 's'}"


def _some(problems: Sequence[Mapping[str, Any]], count: int, verb: str) -> str:
    shown = "; ".join(f"{problem['name']}: {problem['reason']}" for problem in problems[:5])
    return f"{_count(count)} {verb} ({shown}{'; and more' if count > 5 else ''})"


def _named(names: Sequence[str], count: int) -> str:
    return ", ".join(names[:5]) + (f" and {count - 5} more" if count > 5 else "")


def _start(index: int, place: Place, tally: Tally) -> Action:
    """The action that starts all copies that one destination needs."""
    named = tally.todo[:LISTED]
    more = {"more": tally.todo_count - len(named)} if tally.todo_count > len(named) else {}
    return Action(
        f"copy {tally.todo_count}",
        f"blobs to {place}",
        before={**{source.name: shown_blob(target) for source, target in named}},
        after={**{source.name: shown_blob(source) for source, _target in named}, **more},
        payload={"kind": "copy", "index": index, "whole": tally.todo_count <= len(tally.todo), "todo": tally.todo},
    )


def _deletions(
    wanted: CopiesWanted, index: int, place: Place, tally: Tally, deleted: int
) -> tuple[tuple[Action, ...], str]:
    """Return the deletion of what the source does not have, or why there is none."""
    count = tally.extra_count
    if not wanted.delete_extra or not count:
        return (), ""
    if deleted + count > wanted.max_deletes:
        return (), (
            f"{_count(count)} there that the source does not have, and max_deletes is {wanted.max_deletes}: none is deleted "
            f"({_named(tally.extra, count)})"
        )
    action = Action(
        f"delete {count}",
        f"extra blobs of {place}",
        before={"names": sorted(tally.extra)[:LISTED]},
        after={"names": []},
        payload={"kind": "delete", "index": index, "names": tuple(tally.extra)},
    )
    return (action,), ""


def last_sync_time(tally: Tally, listed_at: datetime.datetime | None) -> datetime.datetime | None:
    """Return up to when a destination holds all that the source had, None while it holds nothing of what there is."""
    total = sum(tally.counts.values())
    if total and not tally.counts[SUCCEEDED]:
        return None
    return listed_at if tally.oldest_missing is None else tally.oldest_missing


def destination_result(
    place: Place,
    tally: Tally | None,
    status: str,
    reason: str,
    now: datetime.datetime | None,
    listed_at: datetime.datetime | None,
) -> dict[str, Any]:
    """Return what is told of one destination; `tally` is None when it could not be looked at."""
    looked, tally = tally is not None, tally or Tally()
    oldest = tally.oldest_missing
    synced = last_sync_time(tally, listed_at) if looked else None
    return {
        "account": place.account,
        "container": place.container,
        "status": status,
        "reason": reason,
        "blobs": {
            "total": sum(tally.counts.values()),
            "to_copy": tally.todo_count,
            **{status: count for status, count in tally.counts.items() if status != PENDING},
            "pending": tally.counts[PENDING] - tally.todo_count,
            "overdue": tally.overdue_count,
        },
        "bytes_total": tally.bytes_total,
        "bytes_copied": tally.bytes_done,
        "problems": tally.problems,
        "copying": tally.running,
        "extra": {"count": tally.extra_count, "names": sorted(tally.extra)[:LISTED]},
        "looked_at": looked,
        "last_sync_time": iso_timestamp(synced) if synced else None,
        "rpo_seconds": None
        if not looked or now is None
        else (0 if oldest is None else max(0, round((now - oldest).total_seconds()))),
    }
