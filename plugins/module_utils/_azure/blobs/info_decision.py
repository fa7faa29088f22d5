# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How the copies of a container stand, by the blobs themselves and by the job records. Pure."""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ansible_collections.bcdr.multicloud.plugins.module_utils._azure.blobs.copy_decision import (
    LISTED,
    BlobView,
    Tally,
    destination_result,
    is_untouched,
)
from ansible_collections.bcdr.multicloud.plugins.module_utils._azure.blobs.records import (
    JOB_FAILED,
    JOB_PENDING,
    JOB_SUCCESS,
    Job,
)
from ansible_collections.bcdr.multicloud.plugins.module_utils._azure.blobs.sync_record import SyncRecord
from ansible_collections.bcdr.multicloud.plugins.module_utils._azure.blobs.values import (
    ETAG_RECORD,
    PENDING_COPY,
    SUCCESSFUL_COPY,
    Blob,
    Place,
)
from ansible_collections.bcdr.multicloud.plugins.module_utils._core.reconcile import (
    BLOCKED,
    FAILED,
    PENDING,
    RUNNING,
    SUCCEEDED,
    Decision,
)
from ansible_collections.bcdr.multicloud.plugins.module_utils._core.recovery_points import iso_timestamp

_STATES = (JOB_PENDING, JOB_SUCCESS, JOB_FAILED)


@dataclass
class DestinationSeen:
    """What was seen of one destination; `problem` says why it was not. `held` are the blobs that it holds whole.

    `missing` says that there is no such container, `record` what a run has written down of it, for when the source is gone.
    """

    tally: Tally = field(default_factory=Tally)
    problem: str = ""
    missing: bool = False
    record: SyncRecord | None = None
    held: int = 0
    held_bytes: int = 0
    jobs: dict[str, int] = field(default_factory=lambda: dict.fromkeys(_STATES, 0))
    unfinished: list[Job] = field(default_factory=list)
    differences: list[dict[str, Any]] = field(default_factory=list)
    difference_count: int = 0

    def hold(self, target: Blob | None) -> None:
        """Count a blob of the destination, unless a copy to it has not ended well."""
        if target is not None and (target.copy is None or target.copy.status == SUCCESSFUL_COPY):
            self.held += 1
            self.held_bytes += target.size

    def note(self, job: Job) -> None:
        """Count a job record."""
        self.jobs[job.status] = self.jobs.get(job.status, 0) + 1
        if job.status != JOB_SUCCESS and len(self.unfinished) < LISTED:
            self.unfinished.append(job)

    def differ(self, name: str, job: Job | None, truth: str) -> None:
        """Note that record and truth are not the same."""
        self.difference_count += 1
        if len(self.differences) < LISTED:
            self.differences.append({"name": name, "record": job.status if job else None, "truth": truth})


@dataclass(frozen=True)
class InfoObserved:
    """`source_problem` says why the source cannot be reached; what is told of destinations is then only what they hold.

    `refused` says that there is no way to read it, `record_problem` why the job records cannot be read, `listed_at` when the
    source was listed.
    """

    destinations: Sequence[DestinationSeen]
    now: datetime.datetime | None
    source_problem: str = ""
    refused: str = ""
    record_problem: str = ""
    listed_at: datetime.datetime | None = None


def difference(job: Job | None, target: Blob | None, view: BlobView | None) -> str:
    """Return what is true where the record of a copy says something else, "" where both agree.

    `view` is None for a blob that the source does not have.
    """
    copy = target.copy if target is not None else None
    if job is None:
        return "a copy is under way" if view is not None and view.status == RUNNING else ""
    if target is None:
        return "" if job.status == JOB_FAILED else "the destination has no such blob"
    if copy is not None and copy.status == PENDING_COPY:
        if copy.id == job.copy_id:
            return "" if job.status == JOB_PENDING else "the copy is under way"
        return "another copy is under way"
    if job.status == JOB_PENDING:
        return _ended(job, target, view)
    if job.status == JOB_FAILED:
        return "the destination holds the blob" if view is not None and view.status == SUCCEEDED else ""
    if view is not None and view.status == SUCCEEDED:
        return ""
    if copy is not None and copy.status != SUCCESSFUL_COPY:
        return f"the copy has ended: {copy.status}"
    as_copied = is_untouched(target) and target.metadata.get(ETAG_RECORD) == job.source_etag
    return "" if as_copied else "the blob is no longer what was copied"


def _ended(job: Job, target: Blob, view: BlobView | None) -> str:
    copy = target.copy
    if copy is not None and copy.id == job.copy_id:
        why = f" ({copy.description})" if copy.description else ""
        return f"the copy has ended: {copy.status}{why}"
    if view is not None and view.status == SUCCEEDED:
        return "the destination holds the blob"
    return "something else has taken the place of the copy"


def standing(tally: Tally) -> str:
    """Return the status of a destination by what it holds."""
    if tally.counts[RUNNING]:
        return RUNNING
    if tally.counts[PENDING]:
        return PENDING
    return BLOCKED if tally.counts[BLOCKED] else SUCCEEDED


def _recorded(record: SyncRecord | None, now: datetime.datetime | None) -> dict[str, Any]:
    """Return what is known of a destination by its record alone, with which the source need not be asked."""
    if record is None:
        return {"recorded": None}
    synced = record.last_sync_time
    age = None if synced is None or now is None else max(0, round((now - synced).total_seconds()))
    return {
        "last_sync_time": iso_timestamp(synced) if synced else None,
        "rpo_seconds": age,
        "recorded": {
            "listed_at": iso_timestamp(record.listed_at),
            "blobs": record.blobs,
            "bytes": record.bytes,
            "held": record.held,
        },
    }


def decide_info(source: Place, places: Sequence[Place], observed: InfoObserved) -> Decision:
    """Return how each destination stands."""
    if observed.refused:
        return Decision(FAILED, observed.refused)
    results: list[Mapping[str, Any]] = []
    problems: list[str] = []
    warnings: list[str] = []
    if observed.source_problem:
        warnings.append(
            f"{source}: the source cannot be asked ({observed.source_problem}), so whether its copies are up to date is not known"
        )
    if observed.record_problem:
        problems.append(f"the job records cannot be read: {observed.record_problem}")
    for place, seen in zip(places, observed.destinations, strict=True):
        if seen.problem:
            problems.append(f"{place}: {seen.problem}")
        unseen = observed.source_problem or (seen.problem and not seen.missing)
        looked = None if unseen else seen.tally
        status = FAILED if seen.problem else (PENDING if observed.source_problem else standing(seen.tally))
        results.append(
            {
                **destination_result(
                    place, looked, status, seen.problem or observed.source_problem, observed.now, observed.listed_at
                ),
                **_recorded(seen.record, observed.now),
                "exists": not seen.missing if seen.missing or not seen.problem else None,
                "held": {"count": seen.held, "bytes": seen.held_bytes},
                "jobs": seen.jobs,
                "unfinished_jobs": [job.as_result() for job in seen.unfinished],
                "differences": seen.differences,
                "difference_count": seen.difference_count,
            }
        )
    return Decision(
        FAILED if problems else SUCCEEDED,
        "; ".join(problems),
        result={
            "source": str(source),
            "source_seen": not observed.source_problem,
            "destinations": results,
            "overdue": sum(seen.tally.overdue_count for seen in observed.destinations),
        },
        warnings=tuple(warnings),
    )
