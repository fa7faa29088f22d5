# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What to do to have the copies in a container used: where they are, or in another container. Pure.

A copy that is pending when the source goes cannot be read, and what was there before it is gone: aborting it leaves a blob of
no length (learn.microsoft.com/rest/api/storageservices/abort-copy-blob). So nothing is aborted here; such blobs are named.
"""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from ansible_collections.bcdr.multicloud.plugins.module_utils._azure.blobs.copy_decision import LISTED, Tally
from ansible_collections.bcdr.multicloud.plugins.module_utils._azure.blobs.sync_record import (
    SyncRecord,
    selection_shown,
)
from ansible_collections.bcdr.multicloud.plugins.module_utils._azure.blobs.values import Blob, Place, Selection
from ansible_collections.bcdr.multicloud.plugins.module_utils._core.reconcile import (
    ABSENT,
    BLOCKED,
    FAILED,
    SUCCEEDED,
    Action,
    Decision,
)
from ansible_collections.bcdr.multicloud.plugins.module_utils._core.recovery_points import iso_timestamp

# Metadata of a container that a drill has made: for which workload, and when. A container without it is never deleted.
DRILL_MARK = "bcdr_drill"
DRILL_STARTED = "bcdr_drill_started"


@dataclass(frozen=True)
class RestoreWanted:
    """`destination` is None to use the blobs where they are; `drill` is what a container for a drill is marked with."""

    source: Place
    selection: Selection
    destination: Place | None = None
    drill: str = ""
    absent: bool = False
    allow_incomplete: bool = False
    sample: int | None = None


@dataclass
class Held:
    """What a container holds whole, and what it does not."""

    blobs: int = 0
    bytes: int = 0
    md5: int = 0
    incomplete_count: int = 0
    incomplete: list[dict[str, Any]] = field(default_factory=list)

    def add(self, blob: Blob) -> bool:
        """Count a blob; returns whether it is whole."""
        why = blob.problem_to_read
        if why:
            self.miss(blob.name, why)
            return False
        self.blobs += 1
        self.bytes += blob.size
        self.md5 += bool(blob.md5)
        return True

    def miss(self, name: str, why: str) -> None:
        """Count one that is not whole."""
        self.incomplete_count += 1
        if len(self.incomplete) < LISTED:
            self.incomplete.append({"name": name, "reason": why})


@dataclass(frozen=True)
class RestoreObserved:
    """`container` is the metadata of the destination's container, None when there is none.

    `held` is what was found where the blobs are; `copies` and `tally` how the copying of them to another container stands.
    `record` is the least that the container's records of the last sync time say, `seconds` how long the recovery took.
    """

    now: datetime.datetime | None = None
    problem: str = ""
    container: Mapping[str, str] | None = None
    held: Held = field(default_factory=Held)
    copies: Decision | None = None
    tally: Tally | None = None
    record: SyncRecord | None = None
    seconds: int | None = None


def decide_restore(wanted: RestoreWanted, observed: RestoreObserved) -> Decision:
    """Return what to copy or to delete, and what there is."""
    place = wanted.destination or wanted.source
    if wanted.drill and observed.container is not None and observed.container.get(DRILL_MARK) != wanted.drill:
        mark = observed.container.get(DRILL_MARK)
        whose = f"it is marked with {mark}" if mark else f"its metadata has no {DRILL_MARK}"
        what = "it is not deleted" if wanted.absent else "nothing is copied to it"
        return Decision(BLOCKED, f"no drill of {wanted.drill} has made the container {place} ({whose}), so {what}")
    if wanted.absent:
        return _absence(place, observed)
    if observed.problem:
        return Decision(FAILED, observed.problem)
    if observed.copies is None:
        return _in_place(wanted, observed)
    decision = observed.copies
    tally = observed.tally
    if tally is None:
        return replace(decision, result={**_shown(wanted, observed, Held(), False), **_jobs(decision)})
    held = Held(tally.counts[SUCCEEDED], tally.bytes_done, tally.md5_count)
    held.incomplete = [{"name": one["name"], "reason": one["reason"]} for one in tally.problems]
    held.incomplete_count = tally.counts[FAILED] + tally.counts[BLOCKED]
    result = {**_shown(wanted, observed, held, decision.status == SUCCEEDED), **_jobs(decision)}
    if decision.status != SUCCEEDED or not held.incomplete_count:
        return replace(decision, result=result)
    return _incomplete(wanted, replace(decision, warnings=(), result=result), held, "")


def _jobs(decision: Decision) -> dict[str, Any]:
    return {"started_jobs": decision.result.get("started_jobs", [])}


def _absence(place: Place, observed: RestoreObserved) -> Decision:
    result = {"blob_container": str(place)}
    if observed.container is None:
        return Decision(ABSENT, result=result)
    delete = Action(
        "delete",
        f"container {place}",
        before={DRILL_MARK: observed.container[DRILL_MARK]},
        after={},
        payload={"kind": "delete container"},
    )
    return Decision(ABSENT, actions=(delete,), result=result)


def _in_place(wanted: RestoreWanted, observed: RestoreObserved) -> Decision:
    held, record = observed.held, observed.record
    missing = ""
    if record is not None and record.selection == selection_shown(wanted.selection) and held.blobs < record.held:
        missing = f"{held.blobs} blobs are there whole, and when it was looked last, {iso_timestamp(record.listed_at)}, {record.held} were"
    whole = not held.incomplete_count and not missing
    decision = Decision(SUCCEEDED, result={**_shown(wanted, observed, held, whole), "started_jobs": []})
    return decision if whole else _incomplete(wanted, decision, held, missing)


def _incomplete(wanted: RestoreWanted, decision: Decision, held: Held, missing: str) -> Decision:
    """Return the decision for a container of which not all is whole: it has to be accepted, or is a failure."""
    named = "; ".join(f"{one['name']}: {one['reason']}" for one in held.incomplete[:5])
    more = "; and more" if held.incomplete_count > 5 else ""
    count = held.incomplete_count
    texts = [f"{count} blob{'' if count == 1 else 's'} cannot be used ({named}{more})"] if count else []
    text = "; ".join(filter(None, (*texts, missing)))
    if wanted.allow_incomplete:
        return replace(decision, warnings=(f"{wanted.source}: {text}",))
    return replace(
        decision,
        status=FAILED,
        reason=f"{text}; the {held.blobs} others can be used: say allow_incomplete to go on with them",
    )


def _shown(wanted: RestoreWanted, observed: RestoreObserved, held: Held, matches: bool) -> dict[str, Any]:
    record, now = observed.record, observed.now
    synced = record.last_sync_time if record else None
    return {
        "source": str(wanted.source),
        "blob_container": str(wanted.destination or wanted.source),
        "verification": {"matches": matches, "blobs": held.blobs, "bytes": held.bytes, "md5": held.md5},
        "incomplete_blobs": held.incomplete,
        "incomplete_count": held.incomplete_count,
        "last_sync_time": iso_timestamp(synced) if synced else None,
        "rpo_seconds": max(0, round((now - synced).total_seconds())) if now and synced else None,
        "recovery_seconds": observed.seconds,
    }
