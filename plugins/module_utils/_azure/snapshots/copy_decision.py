# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What to do about one copy of a snapshot in another region. Pure.

Azure's rules (learn.microsoft.com/azure/virtual-machines/disks-copy-incremental-snapshot-across-regions): only
incremental snapshots, in the order in which they were created, one snapshot of a disk at a time, 100 at once per
subscription and region, and the source must stay while it is copied. All are known here before anything is started.
"""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from ansible_collections.bcdr.multicloud.plugins.module_utils._azure.ids import id_key, same_id
from ansible_collections.bcdr.multicloud.plugins.module_utils._azure.snapshots.limits import region_is_full
from ansible_collections.bcdr.multicloud.plugins.module_utils._azure.snapshots.values import (
    Snapshot,
    by_key,
    readers_of,
    running_copies,
)
from ansible_collections.bcdr.multicloud.plugins.module_utils._azure.tags import users_tags, wanted_tags
from ansible_collections.bcdr.multicloud.plugins.module_utils._core.reconcile import (
    ABSENT,
    BLOCKED,
    FAILED,
    PENDING,
    RUNNING,
    SUCCEEDED,
    Action,
    Decision,
)
from ansible_collections.bcdr.multicloud.plugins.module_utils._core.recovery_points import iso_timestamp


@dataclass(frozen=True)
class CopyWanted:
    """`id` is the copy's, `location` its region. `copies_per_source` is how many copies may read the snapshots of one
    disk in one region at once."""

    id: str
    location: str
    source_id: str
    state: str = "present"
    encryption_set_id: str = ""
    sku: str = ""
    tags: Mapping[str, str] | None = None
    replace_failed: bool = False
    copies_per_source: int = 1

    @property
    def name(self) -> str:
        return self.id.rsplit("/", 1)[-1]

    @property
    def source_name(self) -> str:
        return self.source_id.rsplit("/", 1)[-1]


@dataclass(frozen=True)
class CopyObserved:
    """What there is: the copy, its source (looked at only when the copy has to be started), and the snapshots of their
    subscriptions (`listed`; None when they may not be listed).

    `started` are keys of what this run has started, `failures` why operations failed, `seconds` how long the copy took
    if this run saw it end.
    """

    copy: Snapshot | None
    source: Snapshot | None = None
    listed: tuple[Snapshot, ...] | None = ()
    started: frozenset[str] = frozenset()
    failures: Mapping[str, str] = field(default_factory=dict)
    more: Mapping[str, int] = field(default_factory=dict)
    seconds: float | None = None
    source_unavailable: str = ""
    check_mode: bool = False


def removal_key(copy_key: str) -> str:
    """Return under which key the removal of a failed copy is tracked, apart from the start of the next one."""
    return f"{copy_key}#removal"


def decide_copy(wanted: CopyWanted, observed: CopyObserved) -> Decision:
    """Return whether to start, replace, tag or remove the copy, or why that has to wait or can never be."""
    if wanted.state == "absent":
        decision = _decide_absent(wanted, observed)
    elif observed.copy is None:
        decision = _decide_missing(wanted, observed)
    else:
        decision = _decide_present(wanted, observed, observed.copy)
    return replace(decision, result=copy_result(wanted, observed.copy, observed.seconds))


def needs_source(wanted: CopyWanted, copy: Snapshot | None) -> bool:
    """Return whether the decision depends on the source: not while a copy is there that need not be started again, so
    that its region may be down then."""
    if wanted.state == "absent":
        return False
    return copy is None or (copy.status == FAILED and wanted.replace_failed)


def _decide_missing(wanted: CopyWanted, observed: CopyObserved) -> Decision:
    why = observed.failures.get(id_key(wanted.id))
    if why:
        return Decision(FAILED, why)
    if id_key(wanted.id) in observed.started and removal_key(id_key(wanted.id)) not in observed.started:
        return Decision(RUNNING, "the copy is starting")
    return _decide_start(wanted, observed)


def _decide_start(wanted: CopyWanted, observed: CopyObserved) -> Decision:
    """Return the start of the copy, or what forbids or delays it."""
    source = observed.source
    if observed.source_unavailable:
        return Decision(FAILED, f"the source cannot be asked: {observed.source_unavailable}")
    if source is None:
        if observed.check_mode:
            # In check mode an earlier task of the play would have made it.
            return Decision(PENDING, f"there is no snapshot {wanted.source_name} yet")
        return Decision(FAILED, f"there is no snapshot {wanted.source_id}")
    forbidden = forbidding_rule(source, wanted.location, wanted.encryption_set_id)
    if forbidden:
        return Decision(BLOCKED, forbidden)
    start = start_action(wanted, source)
    newer = _newer_copy(wanted, source, observed.listed or ())
    if newer is not None:
        return Decision(
            BLOCKED,
            f"the newer {newer.name} is already in {wanted.location}, and Azure copies the snapshots of a disk only in "
            "the order of their creation",
        )
    waits = _waits(wanted, source, observed)
    if waits:
        return Decision(PENDING, waits, later=(start,), percent=0.0)
    return Decision(RUNNING, "the copy is starting", actions=(start,), percent=0.0)


def forbidding_rule(source: Snapshot, location: str, encryption_set_id: str) -> str:
    """Return which rule of Azure forbids any copy of the snapshot to the region, or ""."""
    if not source.incremental:
        return (
            f"{source.name} is a full snapshot, and Azure copies only incremental ones to another region; "
            "make an incremental snapshot of the disk"
        )
    if source.location == location:
        return f"{source.name} is in {location} too, and Azure copies snapshots with CopyStart only to another region"
    if source.encryption_set_id and not encryption_set_id:
        return (
            f"{source.name} is encrypted with a customer-managed key ({source.encryption_set_id}), which is of no use in "
            f"{location}; give disk_encryption_set_id, one of that region"
        )
    if source.deleting:
        return f"{source.name} is being deleted"
    if source.status == FAILED:
        return f"{source.name} is itself a snapshot that failed{': ' + source.copy_error if source.copy_error else ''}"
    return ""


def _newer_copy(wanted: CopyWanted, source: Snapshot, listed: Sequence[Snapshot]) -> Snapshot | None:
    """Return a copy in the target region whose source is a newer snapshot of the same disk."""
    known = by_key(listed)
    for copy in listed:
        if not copy.is_copy or copy.location != wanted.location:
            continue
        original = known.get(id_key(copy.source_id))
        if original is None or not _siblings(original, source):
            continue
        if original.created and source.created and original.created > source.created:
            return copy
    return None


def _siblings(one: Snapshot, other: Snapshot) -> bool:
    """Return whether both are incremental snapshots of one disk in one region."""
    if one.family_id and other.family_id:
        return one.family_id == other.family_id
    return same_id(one.id, other.id) or (one.location == other.location and same_id(one.source_id, other.source_id))


def _waits(wanted: CopyWanted, source: Snapshot, observed: CopyObserved) -> str:
    """Return why the copy may not start yet, or ""."""
    if not source.complete:
        how_far = f" ({source.percent:g} %)" if source.percent is not None else ""
        return f"{source.name} is not complete itself yet{how_far}"
    if observed.listed is None:
        return ""
    known = by_key(observed.listed)
    readers = [
        copy
        for copy in running_copies(observed.listed)
        if (original := known.get(id_key(copy.source_id))) is not None and _siblings(original, source)
    ]
    into = [
        copy.name for copy in readers if copy.location == wanted.location and not same_id(copy.source_id, source.id)
    ]
    if into:
        return f"{into[0]} is being copied to {wanted.location}, and Azure copies one snapshot of a disk at a time, in order"
    busy = len(readers) + observed.more.get(id_key(source.id), 0)
    if busy >= wanted.copies_per_source:
        names = ", ".join(copy.name for copy in readers) or "others"
        return f"{busy} copies read the snapshots of this disk already ({names}), as many as copies_per_source allows"
    subscription = wanted.id.split("/")[2]
    return region_is_full(observed.listed, source.location, wanted.location, subscription, observed.more)


def start_action(wanted: CopyWanted, source: Snapshot) -> Action:
    """Return the action that starts the copy."""
    return Action(
        "start",
        f"copy {wanted.name}",
        after={"source_id": source.id, "location": wanted.location, "tags": users_tags(wanted.tags or {})},
        payload={"id": wanted.id, "source": source},
    )


def _decide_present(wanted: CopyWanted, observed: CopyObserved, copy: Snapshot) -> Decision:
    taken = name_taken(wanted, copy)
    if taken:
        return Decision(BLOCKED, taken)
    if copy.deleting:
        return Decision(PENDING, f"{copy.name} is being deleted; its name is free after that")
    if copy.status == FAILED:
        return _decide_failed(wanted, observed, copy)
    tags = wanted_tags(copy.tags, wanted.tags, append=True)
    actions: tuple[Action, ...] = ()
    if tags != dict(copy.tags):
        actions = (
            Action(
                "update tags of",
                f"snapshot {copy.name}",
                before={"tags": users_tags(copy.tags)},
                after={"tags": users_tags(tags)},
                payload={"id": copy.id, "tags": tags},
            ),
        )
    if copy.complete:
        return Decision(SUCCEEDED, actions=actions, percent=100.0)
    return Decision(RUNNING, f"{copy.percent or 0:g} % of the data has arrived", actions=actions, percent=copy.percent)


def name_taken(wanted: CopyWanted, copy: Snapshot) -> str:
    """Return why a snapshot with the wanted name is not the wanted one, or ""."""
    if not same_id(copy.source_id, wanted.source_id):
        return (
            f"there is another snapshot with the name {copy.name}, made from {copy.source_id or 'something else'}; "
            "use another name"
        )
    if copy.location != wanted.location:
        return f"{copy.name} is in {copy.location}, not in {wanted.location}; use another name"
    return ""


def _decide_failed(wanted: CopyWanted, observed: CopyObserved, copy: Snapshot) -> Decision:
    key = id_key(wanted.id)
    why = copy.copy_error or observed.failures.get(key) or f"Azure says {copy.provisioning_state}"
    reason = f"the copy failed: {why}"
    if not wanted.replace_failed:
        return Decision(FAILED, f"{reason}; replace_failed: true removes it and starts again", percent=copy.percent)
    if key in observed.started:
        return Decision(FAILED, f"{reason}; it was started in this run, so it is not started again")
    if removal_key(key) in observed.started:
        if removal_key(key) in observed.failures:
            return Decision(FAILED, f"{reason}; it cannot be removed: {observed.failures[removal_key(key)]}")
        return Decision(PENDING, f"{reason}; it is being replaced")
    again = _decide_start(wanted, observed)
    if again.status in (BLOCKED, FAILED):
        return Decision(again.status, f"{reason}; it cannot be repeated: {again.reason}")
    delete = Action(
        "delete",
        f"failed copy {copy.name}",
        before={"status": FAILED},
        payload={"id": copy.id, "key": removal_key(key)},
    )
    return Decision(
        PENDING, f"{reason}; it is being replaced", actions=(delete,), later=again.actions or again.later, percent=0.0
    )


def _decide_absent(wanted: CopyWanted, observed: CopyObserved) -> Decision:
    copy = observed.copy
    if copy is None:
        return Decision(ABSENT)
    why = observed.failures.get(removal_key(id_key(wanted.id)))
    if why:
        return Decision(BLOCKED, f"Azure could not delete it: {why}")
    if copy.deleting or removal_key(id_key(wanted.id)) in observed.started:
        return Decision(RUNNING, "is being deleted")
    taken = name_taken(wanted, copy)
    if taken:
        return Decision(BLOCKED, f"it is not deleted: {taken}")
    readers = readers_of(observed.listed or (), copy.id)
    if readers:
        places = ", ".join(f"{reader.name} ({reader.location})" for reader in readers)
        return Decision(
            BLOCKED, f"it is being copied to {places}, and without it that fails; delete it when that is done"
        )
    delete = Action(
        "delete",
        f"snapshot {copy.name}",
        before={"location": copy.location, "source_id": copy.source_id},
        payload={"id": copy.id, "key": removal_key(id_key(wanted.id))},
    )
    return Decision(RUNNING, "is being deleted", actions=(delete,))


def copy_result(wanted: CopyWanted, copy: Snapshot | None, seconds: float | None) -> dict[str, Any]:
    """Return what the module shows of a copy."""
    started: datetime.datetime | None = copy.started if copy else None
    return {
        "snapshot_id": copy.id if copy else None,
        "name": wanted.name,
        "source_id": wanted.source_id,
        "location": wanted.location,
        "size_gb": copy.size_gb if copy else None,
        "started_at": iso_timestamp(started),
        "duration_seconds": None if seconds is None else round(seconds),
        "tags": users_tags(copy.tags) if copy else {},
    }
