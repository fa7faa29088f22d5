# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How the data of a snapshot's copy (CopyStart) travels, and the rules for such copies.

Sources: the page "Copy an incremental snapshot to a new region" (incremental only, 100 at once per subscription and
region, one snapshot of a disk at a time, in the order of creation, the source is to stay) and the API's definition of
copyCompletionError, whose only code says what happens when it does not. No public record has the codes of refusals,
so they are generic and the texts are the sandbox's own.
"""

from __future__ import annotations

from .errors import ArmError, bad_request, not_allowed
from .ids import key
from .replication import pause, paused, work_done
from .state import Link, Settings, Snapshot, State

__all__ = ["pause", "resume", "start", "travelling"]

CUSTOMER_KEY = "EncryptionAtRestWithCustomerKey"


def needed_seconds(settings: Settings, size_gb: int, source: str, target: str) -> float:
    """The undisturbed time that a copy takes over a link; within a region it is that of a new snapshot by default."""
    durations = settings.durations
    within = source == target
    base = durations.create_snapshot if within else durations.snapshot_copy_base
    link = Link(source, target, base, 0.0 if within else durations.snapshot_seconds_per_gb)
    for known in settings.links:
        if (
            known.source in ("", source)
            and known.target in ("", target)
            and (not within or (known.source and known.target))
        ):
            link = known
    return link.base + link.seconds_per_gb * size_gb


def travelling(state: State) -> list[Snapshot]:
    """The snapshots whose copy is under way."""
    found = [state.snapshots.get(name) for name in sorted(state.travelling)]
    return [snapshot for snapshot in found if snapshot is not None]


def check_copy(state: State, source: Snapshot, location: str, subscription: str, encryption_set: str | None) -> None:
    """Refuse a copy of ``source`` to ``location`` that a rule forbids."""
    if not source.incremental:
        raise bad_request(f"Snapshot '{source.name}' is not incremental; only incremental snapshots can be copied.")
    if source.location == location:
        raise bad_request(f"CopyStart copies to another region; snapshot '{source.name}' is in '{location}' too.")
    if source.encryption_set and not encryption_set:
        raise bad_request(
            f"Snapshot '{source.name}' is encrypted with a customer-managed key: a disk encryption set in "
            f"'{location}' is needed for its copy."
        )
    if not source.ready:
        raise not_allowed(f"Snapshot '{source.name}' is not complete, so it cannot be copied yet.")
    if source.provisioning == "Deleting":
        raise not_allowed(f"Snapshot '{source.name}' is being deleted.")
    _check_order(state, source, location, subscription)
    _check_limits(state, source, location, subscription)


def _check_order(state: State, source: Snapshot, location: str, subscription: str) -> None:
    for other in state.snapshots.in_subscription(subscription):
        if other.location != location or other.origin != source.origin or not other.source:
            continue
        if other.taken > source.taken:
            raise not_allowed(
                f"Snapshots are copied in the order in which they were created: the newer '{other.name}' is in "
                f"'{location}' already."
            )
        if other.state == "replicating" and other.taken != source.taken:
            raise not_allowed(f"Another snapshot of the disk, '{other.name}', is being copied to '{location}'.")


def _check_limits(state: State, source: Snapshot, location: str, subscription: str) -> None:
    limits = state.settings.limits
    running = travelling(state)
    readers = [copy for copy in running if family_of(state, copy) == source.family]
    if len(readers) >= limits.snapshot_copies_per_source:
        raise ArmError(
            409,
            "OperationNotAllowed",
            f"{len(readers)} copies of snapshots of the disk of '{source.name}' are running, the most allowed at once.",
        )
    for region, end in ((location, 1), (source.location, 0)):
        count = sum(copy.regions[end] == region and copy.subscription == subscription for copy in running)
        if count >= limits.snapshot_copies_per_region:
            raise ArmError(
                409,
                "OperationNotAllowed",
                f"{count} incremental snapshots are being copied in region '{region}', the most that a subscription "
                "may copy at once.",
            )


def family_of(state: State, copy: Snapshot) -> str:
    """The family of what the copy reads."""
    source = state.snapshots.get(copy.source) if copy.source else None
    return source.family if source is not None else ""


def start(state: State, snapshot: Snapshot, now: float) -> None:
    """The copy begins."""
    snapshot.started = now
    snapshot.state = "replicating"
    state.travelling.add(snapshot.key)
    if snapshot.fails_after is not None:
        state.schedule(now + snapshot.fails_after, "snapshot_copy_fails", snapshot.key, snapshot.unique_id)
    if paused(state, snapshot):
        snapshot.pauses.append([now, None])
    else:
        _plan(state, snapshot, now)


def resume(state: State, snapshot: Snapshot, now: float) -> None:
    """Let the data go on, unless something else still holds it."""
    if not snapshot.pauses or snapshot.pauses[-1][1] is not None or paused(state, snapshot):
        return
    snapshot.pauses[-1][1] = now
    _plan(state, snapshot, now)


def _plan(state: State, snapshot: Snapshot, now: float) -> None:
    end = now + max(0.0, snapshot.needs - work_done(snapshot, now))
    state.schedule(end, "snapshot_arrived", snapshot.key, snapshot.unique_id, len(snapshot.pauses))


def arrived(state: State, at: float, snapshot_key: str, unique_id: str, pauses: int) -> None:
    """All data is there, unless the copy was paused, ended or deleted since this was planned."""
    snapshot = state.snapshots.get(snapshot_key)
    if snapshot is None or snapshot.unique_id != unique_id or snapshot.state != "replicating":
        return
    if len(snapshot.pauses) == pauses and not (snapshot.pauses and snapshot.pauses[-1][1] is None):
        _finish(state, snapshot, "succeeded", at)


def copy_fails(state: State, at: float, snapshot_key: str, unique_id: str) -> None:
    """The moment that a fault set for the copy to fail."""
    snapshot = state.snapshots.get(snapshot_key)
    if snapshot is not None and snapshot.unique_id == unique_id and snapshot.state == "replicating":
        fail(state, snapshot, "CopySourceNotFound", "The copy was aborted (fault injected by the sandbox's user).", at)


def fail(state: State, snapshot: Snapshot, code: str, message: str, now: float) -> None:
    """End a copy without its data; its provisioningState stays what it was."""
    snapshot.error = {"errorCode": code, "errorMessage": message}
    _finish(state, snapshot, "failed", now)


def _finish(state: State, snapshot: Snapshot, outcome: str, now: float) -> None:
    snapshot.state = outcome
    snapshot.ended = now
    state.travelling.discard(snapshot.key)


def remove(state: State, snapshot: Snapshot, now: float) -> None:
    """Take a snapshot away; copies that still read it fail."""
    for copy in travelling(state):
        if copy.source and key(copy.source) == snapshot.key:
            state.report("lost", copy.id, f"its source {snapshot.id} was deleted while it was being copied", now)
            fail(state, copy, "CopySourceNotFound", f"The source snapshot '{snapshot.name}' does not exist.", now)
    state.travelling.discard(snapshot.key)
    state.snapshots.remove(snapshot.id)


def visible_percent(snapshot: Snapshot, now: float) -> float:
    """What completionPercent shows, with one decimal."""
    if snapshot.state == "succeeded" and (snapshot.ended is None or snapshot.ended <= now):
        return 100.0
    return min(99.9, int(work_done(snapshot, now) * 1000 / max(snapshot.needs, 1e-9)) / 10)


def visible_error(snapshot: Snapshot, now: float) -> dict[str, str] | None:
    """What copyCompletionError shows."""
    return snapshot.error if snapshot.ended is not None and snapshot.ended <= now else None
