# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A recovery point on its way to vaults of many regions, as values: where it can be, and what of it is there. Pure."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from ansible_collections.bcdr.multicloud.plugins.module_utils._aws.arns import parse_arn
from ansible_collections.bcdr.multicloud.plugins.module_utils._aws.efs.copy_decision import CopyWanted, Destination
from ansible_collections.bcdr.multicloud.plugins.module_utils._aws.efs.values import Job, Lifecycle, Point, Vault
from ansible_collections.bcdr.multicloud.plugins.module_utils._core.reconcile import FAILED, PENDING, RUNNING
from ansible_collections.bcdr.multicloud.plugins.module_utils._planning.walker import place_name

_LONGEST_DAYS = 36500
# A copy that has less than this left before it expires or turns cold is not copied from: it could be gone before its
# copy is done.
READING_MARGIN = datetime.timedelta(days=1)


def region_of(vault_arn: str) -> str:
    arn = parse_arn(vault_arn)
    return arn.region if arn else ""


@dataclass(frozen=True)
class ReplicationWanted:
    """`copies` says what is copied and to which vaults, all of one account; `planning` are options of the planner, and
    `retries` is how often a copy that fails is made again in one run."""

    copies: CopyWanted
    planning: Mapping[str, Any] = field(default_factory=dict)
    retries: int = 2

    @property
    def source_region(self) -> str:
        return region_of(self.copies.source_vault_arn)

    @property
    def source_place(self) -> str:
        return place_name(self.source_region)

    @property
    def places(self) -> dict[str, Destination]:
        """Return the destinations by place. Several vaults of a region are numbered in their order, after the source's."""
        numbers = {self.source_region: 1}
        places = {}
        for destination in self.copies.destinations:
            region = region_of(destination.vault_arn)
            numbers[region] = numbers.get(region, 0) + 1
            places[place_name(region, numbers[region])] = destination
        return places


@dataclass(frozen=True)
class Held:
    """What there is at a place: the `point` (usable, or being made), and the `jobs` that copy the backup to its vault, each
    with the region that it runs from, newest first.

    `vault` is None when it does not exist or may not be seen. `rule` says which rule of AWS forbids a copy to it, and
    `unread` why none is read from it. `unavailable` says why its region cannot be asked, `patient` whether it will be
    asked again. `begun` is the id of the newest job that this run has started to it.
    """

    vault: Vault | None
    points: tuple[Point, ...] = ()
    point: Point | None = None
    jobs: tuple[tuple[str, Job], ...] = ()
    rule: str = ""
    unread: str = ""
    unavailable: str = ""
    patient: bool = False
    begun: str = ""

    @property
    def usable(self) -> bool:
        return self.point is not None and self.point.usable

    @property
    def active(self) -> tuple[str, Job] | None:
        """The job that is under way, with its region."""
        return next((entry for entry in self.jobs if entry[1].status in (PENDING, RUNNING)), None)

    @property
    def newest(self) -> tuple[str, Job] | None:
        return self.jobs[0] if self.jobs else None

    @property
    def failures(self) -> tuple[tuple[str, Job], ...]:
        return tuple(entry for entry in self.jobs if entry[1].status == FAILED)


@dataclass(frozen=True)
class ReplicationObserved:
    """What there is. `backup` is the point that is copied, or the copy that tells of it while the source cannot be asked
    (`source_unavailable` says why); None when there is none. `held` has every place, that of the source too.

    `busy` counts jobs of the file system that are none of this backup's, `given_up` says by place why no more copies are
    tried. `left_queue` says when this run first saw a job that was no longer queued, `queued` are jobs that waited for
    another one. `lost` are regions that have been waited for in vain: what was read from them is not counted on any more.
    """

    backup: Point | None
    held: Mapping[str, Held]
    now: datetime.datetime
    source_unavailable: str = ""
    source_vault_seen: bool = True
    backup_under_way: bool = False
    check_mode: bool = False
    busy: int = 0
    given_up: Mapping[str, str] = field(default_factory=dict)
    started: frozenset[str] = frozenset()
    left_queue: Mapping[str, datetime.datetime] = field(default_factory=dict)
    queued: frozenset[str] = frozenset()
    lost: frozenset[str] = frozenset()
    problem: str = ""


def read_until(point: Point) -> datetime.datetime | None:
    """Return until when the point can be copied from: until it expires or turns cold, None for ever."""
    return min((moment for moment in (point.delete_at, point.cold_at) if moment is not None), default=None)


def unread_reason(point: Point, now: datetime.datetime, needed: datetime.timedelta = READING_MARGIN) -> str:
    """Return why no copy is read from the point, "" if it may be: it has to outlive the copy that is read from it."""
    if point.is_cold(now):
        return "is in cold storage, and AWS copies only from warm storage"
    until = read_until(point)
    if until is not None and until < now + needed:
        return "expires or turns cold before a copy of it would be done"
    return ""


def hop_lifecycle(asked: Lifecycle, original: Lifecycle, read: Lifecycle) -> Lifecycle:
    """Return the lifecycle that a copy job is started with, so that the copy is kept as if it were read from the original.

    AWS lets a copy inherit from the point that it is read from. `asked` is what the destination says, `original` the
    lifecycle of the source, `read` that of the copy that is read. A copy that shall be kept for ever gets the longest
    time there is, since AWS's "never" is the expiry of what is read.
    """
    nothing_asked = not asked.as_request()
    if asked.delete_after_days is not None or (nothing_asked and read == original):
        return asked
    if not nothing_asked and read.delete_after_days == original.delete_after_days:
        return asked
    cold = original.move_to_cold_storage_after_days if nothing_asked else asked.move_to_cold_storage_after_days
    return Lifecycle(original.delete_after_days or _LONGEST_DAYS, cold)


def expected_copy(backup: Point, asked: Lifecycle) -> Point:
    """Return a copy of the backup as it will be, with the lifecycle that a destination says."""
    given = hop_lifecycle(asked, backup.lifecycle, backup.lifecycle)
    delete = backup.lifecycle.delete_after_days if given.delete_after_days is None else given.delete_after_days
    inherited = backup.lifecycle.move_to_cold_storage_after_days
    cold = given.move_to_cold_storage_after_days if given.as_request() else inherited

    def after(days: int | None) -> datetime.datetime | None:
        return None if days is None else backup.created + datetime.timedelta(days=days)

    return replace(
        backup, lifecycle=Lifecycle(delete, cold), delete_at=after(delete), cold_at=after(cold), storage_class=""
    )
