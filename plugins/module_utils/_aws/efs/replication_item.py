# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A recovery point on its way to many vaults as an item: looks at all of them, plans, starts copies where they are due."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from ansible_collections.bcdr.multicloud.plugins.module_utils._aws.arns import Arn
from ansible_collections.bcdr.multicloud.plugins.module_utils._aws.efs import api
from ansible_collections.bcdr.multicloud.plugins.module_utils._aws.efs.copy_decision import (
    DestinationObserved,
    find_copy,
    forbidding_rule,
)
from ansible_collections.bcdr.multicloud.plugins.module_utils._aws.efs.limits import policy_problem
from ansible_collections.bcdr.multicloud.plugins.module_utils._aws.efs.options import replication_wanted
from ansible_collections.bcdr.multicloud.plugins.module_utils._aws.efs.replication_decision import (
    as_original,
    backup_by_copies,
    decide_replication,
    link_seconds,
    measured_seconds,
    next_route,
    too_late_to_read,
)
from ansible_collections.bcdr.multicloud.plugins.module_utils._aws.efs.replication_values import (
    Held,
    ReplicationObserved,
    expected_copy,
    unread_reason,
)
from ansible_collections.bcdr.multicloud.plugins.module_utils._aws.efs.sources import Source, find_source
from ansible_collections.bcdr.multicloud.plugins.module_utils._aws.efs.values import Job, Point, Vault
from ansible_collections.bcdr.multicloud.plugins.module_utils._aws.provider import AwsItem, Session
from ansible_collections.bcdr.multicloud.plugins.module_utils._core.errors import ProviderError, Throttled, Unavailable
from ansible_collections.bcdr.multicloud.plugins.module_utils._core.reconcile import (
    PENDING,
    RUNNING,
    Action,
    Decision,
)
from ansible_collections.bcdr.multicloud.plugins.module_utils._planning.walker import Route

_READS = ("backup:StartCopyJob", "backup:CopyFromBackupVault")
# Every job is queued for a while; one that is still queued then waits for another.
_QUEUE = datetime.timedelta(minutes=5)
# A backup job may start eight hours late, and a large file system takes its time.
_LONGEST_BACKUP = datetime.timedelta(days=7)


class ReplicationItem(AwsItem):
    """Reconciles one recovery point; options as in the module efs_backup_replication.

    What it keeps from pass to pass is a matter of speed and of figures only: a new run finds the same copies by their
    creation date, the same jobs, and plans the best continuation from there.
    """

    def __init__(self, params: Mapping[str, Any], session: Session) -> None:
        self._wanted, self._role = replication_wanted(params, session)
        copies = self._wanted.copies
        what = copies.resource_arn or copies.point_arn
        label = what.rsplit("/", 1)[-1] if copies.resource_arn else what.rsplit(":", 1)[-1]
        vaults = sorted(destination.vault_arn for destination in copies.destinations)
        super().__init__(session, label, f"{what}>{'>'.join(vaults)}")
        arns = {place: destination.vault_arn for place, destination in self._wanted.places.items()}
        self._vaults = {
            place: Arn(*arn.split(":", 5)[1:])
            for place, arn in {self._wanted.source_place: copies.source_vault_arn, **arns}.items()
        }
        # Each is asked in its own region, where also a role is assumed: any other may be gone.
        self._sessions = {place: session.elsewhere(vault.region, {}) for place, vault in self._vaults.items()}
        self._source = Source()
        self._backup: Point | None = None
        self._source_unavailable = ""
        self._points: dict[str, tuple[Point, ...]] = {}
        self._rules: dict[str, tuple[Vault | None, Mapping[str, Any] | None]] = {}
        self._listed: dict[str, list[Job]] = {}
        self._begun: dict[str, tuple[str, str]] = {}
        self._refused: dict[str, str] = {}
        self._given_up: dict[str, str] = {}
        self._left_queue: dict[str, datetime.datetime] = {}
        self._queued: set[str] = set()
        self._route: Route | None = None
        self._plan: Mapping[str, Any] = {}
        self._problem = ""
        self._held: dict[str, Held] = {}

    # --- looking -----------------------------------------------------------------------------------------------------

    def observe(self) -> ReplicationObserved:
        observed = self._look()
        if self._replan(observed) and not self._wanted.planning["one_at_a_time"]:
            # The search takes its time; what another run has started meanwhile is not to be started from elsewhere.
            observed = self._look()
        return replace(observed, held=self._held, problem=self._problem)

    def _look(self) -> ReplicationObserved:
        down: dict[str, str] = {}
        self._find_source(down)
        self._look_into_vaults(down)
        if self._backup is None and self._source_unavailable and not self._wanted.copies.point_arn:
            found = backup_by_copies([point for points in self._points.values() for point in points])
            self._backup = as_original(found) if found else None
        busy = self._look_at_jobs(down)
        self._look_at_rules(down)
        waiting = {region: self.waits_out(region) for region in down}
        for region in {vault.region for vault in self._vaults.values()} - set(down):
            self.answered(region)
        now = self._now()
        self._held = {place: self._held_at(place, down, waiting, now) for place in self._vaults}
        self._note_queues(busy, now)
        self._count_failures()
        return ReplicationObserved(
            self._backup,
            self._held,
            now,
            source_unavailable=self._source_unavailable,
            source_vault_seen=self._source.vault_seen,
            backup_under_way=self._source.backup_under_way,
            check_mode=self.session.check_mode,
            busy=busy,
            given_up=dict(self._given_up),
            started=self.started,
            left_queue=dict(self._left_queue),
            queued=frozenset(self._queued),
            # A run that does not wait may have met a blip.
            lost=frozenset(region for region, patient in waiting.items() if self.session.patient and not patient),
        )

    def _now(self) -> datetime.datetime:
        times = [aws.answered_at for aws in (self.aws, *self._sessions.values())]
        return max(moment for moment in times if moment is not None)

    def _find_source(self, down: dict[str, str]) -> None:
        """Find the point to copy, which is then the one for the whole run."""
        if self._backup is not None and not self._source_unavailable:
            return
        place, copies = self._wanted.source_place, self._wanted.copies
        vault, aws = self._vaults[place], self._sessions[place]
        try:
            self._source = find_source(aws, vault.region, vault.name, copies)
        except Unavailable as error:
            if self.waits_out("source"):
                raise
            down[vault.region] = str(error)
            # The words of the first time: those of each are a little different, and a warning is to be given once.
            self._source_unavailable = self._source_unavailable or str(error)
            return
        point, self._source_unavailable = self._source.point, ""
        if self._backup is None or (point is not None and find_copy(point, [self._backup]) is not None):
            self._backup = point

    def _look_into_vaults(self, down: dict[str, str]) -> None:
        """List the points of the file system in every vault that has not the copy yet; notes the regions out of reach."""
        resource = self._backup.resource_arn if self._backup else self._wanted.copies.resource_arn
        for place in self._wanted.places:
            vault = self._vaults[place]
            if self._copy_at(place) is not None or vault.region in down:
                continue
            try:
                points = api.list_points(self._sessions[place], vault.region, vault.name, resource)
            except Unavailable as error:
                down[vault.region] = str(error)
                continue
            if points is None:
                self._rules[place] = (None, None)
            # Whose point it is, may not be known: these are of any file system.
            self._points[place] = tuple(points or ()) if resource else ()

    def _copy_at(self, place: str) -> Point | None:
        """Return the usable copy at a place; what has arrived stays so and is not looked at again."""
        if place == self._wanted.source_place:
            known = self._backup is not None and self._backup.arn and not self._source_unavailable
            return self._backup if known else None
        found = find_copy(self._backup, self._points.get(place, ())) if self._backup else None
        return found if found is not None and found.usable else None

    def _is_complete(self) -> bool:
        return all(self._copy_at(place) is not None for place in self._wanted.places)

    def _look_at_jobs(self, down: dict[str, str]) -> int:
        """List the copy jobs in every region that the backup can be read in; return how many other jobs of the file
        system are under way."""
        if self._backup is None:
            return 0
        if self._is_complete():
            # Only the figures of what this run has started are still of interest.
            ended = {job.id for jobs in self._listed.values() for job in jobs if job.completed is not None}
            regions = {region for region, job in self._begun.values() if job not in ended}
        else:
            regions = {vault.region for place, vault in self._vaults.items() if self._copy_at(place) is not None}
        resource, since = self._backup.resource_arn, self._backup.created
        for region in sorted(regions - set(down)):
            aws = next(self._sessions[place] for place, vault in self._vaults.items() if vault.region == region)
            try:
                self._listed[region] = api.list_copy_jobs(aws, region, resource, since=since)
            except Unavailable as error:
                down[region] = str(error)
        return 0 if self._is_complete() else self._busy(down)

    def _busy(self, down: dict[str, str]) -> int:
        """Return how many jobs of the file system are under way that are none of this backup's copies."""
        ours = {job.id for place in self._wanted.places for _region, job in self._jobs_to(place)}
        listed = [job for region, jobs in self._listed.items() if region not in down for job in jobs]
        home = self._vaults[self._wanted.source_place].region
        if home not in down and self._backup is not None:
            try:
                aws = self._sessions[self._wanted.source_place]
                since = self._now() - _LONGEST_BACKUP
                listed += api.list_backup_jobs(aws, home, self._backup.resource_arn, since=since)
            except Unavailable as error:
                down[home] = str(error)
        return sum(job.status in (PENDING, RUNNING) and job.id not in ours for job in listed)

    def _jobs_to(self, place: str) -> tuple[tuple[str, Job], ...]:
        """Return the jobs that copy the backup to a place, from wherever, newest first."""
        arns = {copy.arn for other in self._vaults if (copy := self._copy_at(other)) is not None}
        if self._backup is not None:
            arns.add(self._backup.arn)
        target = str(self._vaults[place])
        found = [
            (region, job)
            for region, jobs in self._listed.items()
            for job in jobs
            if job.vault_arn == target and job.point_arn in arns
        ]
        return tuple(sorted(found, key=lambda entry: (entry[1].created, entry[1].id), reverse=True))

    def _look_at_rules(self, down: dict[str, str]) -> None:
        """Ask once in a run what the vaults forbid, as long as something is to be copied."""
        if self._backup is None or self._is_complete():
            return
        home = self._vaults[self._wanted.source_place]
        if self._backup.arn and not self._backup.storage_class and home.region not in down:
            # A list does not tell the storage class.
            aws = self._sessions[self._wanted.source_place]
            try:
                self._backup = api.describe_point(aws, home.region, home.name, self._backup.arn) or self._backup
            except Unavailable as error:
                down[home.region] = str(error)
        for place in self._wanted.places:
            vault, aws = self._vaults[place], self._sessions[place]
            if place in self._rules or vault.region in down:
                continue
            try:
                self._rules[place] = (
                    api.describe_vault(aws, vault.region, vault.name),
                    api.vault_policy(aws, vault.region, vault.name),
                )
            except Unavailable as error:
                down[vault.region] = str(error)

    def _held_at(
        self, place: str, down: Mapping[str, str], waiting: Mapping[str, bool], now: datetime.datetime
    ) -> Held:
        arn = self._vaults[place]
        vault, policy = self._rules.get(place, (Vault(arn=str(arn), name=arn.name), None))
        out: dict[str, Any] = {"unavailable": down.get(arn.region, ""), "patient": waiting.get(arn.region, False)}
        point = self._copy_at(place)
        if place == self._wanted.source_place:
            # The original is read as long as it can be, whatever its age: there may be nothing else.
            unread = "is in cold storage" if point is not None and point.is_cold(now) else ""
            return Held(vault, (point,) if point else (), point, unread=unread or self._refused.get(place, ""), **out)
        points = self._points.get(place, ())
        if point is None and self._backup is not None:
            point = find_copy(self._backup, points)
        begun = self._begun.get(place, ("", ""))[1]
        held = Held(vault, points, point, self._jobs_to(place), begun=begun, **out)
        if self._backup is None or vault is None:
            return held
        unread = self._refused.get(place) or next(
            (why for action in _READS if (why := policy_problem(policy, action))), ""
        )
        expected = point if held.usable and point else expected_copy(self._backup, self._wanted.places[place].lifecycle)
        unread = unread or unread_reason(expected, now)
        rule = "" if held.usable else self._rule(place, vault, policy, now)
        return replace(held, unread=unread, rule=rule)

    def _rule(self, place: str, vault: Vault, policy: Mapping[str, Any] | None, now: datetime.datetime) -> str:
        """Return which rule of AWS forbids the copy to a place, wherever it is read."""
        source = self._backup
        if source is None:
            return ""
        others = [copy for other in self._wanted.places if (copy := self._copy_at(other)) is not None]
        if any(not unread_reason(copy, now) for copy in others):
            # A copy that is warm is as good as the original.
            source = replace(source, status="COMPLETED", storage_class="WARM", cold_at=None)
        view = DestinationObserved(vault, policy=policy)
        return forbidding_rule(self._wanted.copies, self._wanted.places[place], view, source, now)

    # --- planning ----------------------------------------------------------------------------------------------------

    def _replan(self, observed: ReplicationObserved) -> bool:
        """Plan again where that is due; return whether it was."""
        before = self._route
        for _place in self._vaults:
            records = link_seconds(self._wanted, observed)
            self._route, self._problem = next_route(self._wanted, observed, self._route, records)
            place = too_late_to_read(self._wanted, observed, self._route)
            if not place:
                break
            self._refused[place] = "expires before a copy of it would be done"
            self._held = {**self._held, place: replace(self._held[place], unread=self._refused[place])}
            observed = replace(observed, held=self._held)
        plan = self._route.plan if self._route else {}
        if plan and len(plan.get("copies", ())) > len(self._plan.get("copies", ())):
            self._plan = plan
        if not self._plan:
            self._plan = plan
        return self._route is not before

    def _note_queues(self, busy: int, now: datetime.datetime) -> None:
        """Note which jobs have waited for another one, and when each was first seen to run."""
        active = [held.active for held in self._held.values() if held.active is not None]
        for region, job in active:
            beside = sum(other == region for other, _job in active) > 1
            long = len(active) > 1 and now - job.created > _QUEUE
            if job.status == RUNNING:
                self._left_queue.setdefault(job.id, now)
            elif busy or beside or long:
                self._queued.add(job.id)

    def _count_failures(self) -> None:
        """Give up copies that have failed too often in this run."""
        for place, held in self._held.items():
            failed = [job for _region, job in held.failures if job.id in self.started]
            if len(failed) > self._wanted.retries and held.active is None:
                times = "once" if len(failed) == 1 else f"{len(failed)} times"
                self._given_up[place] = f"the copy failed {times}: {failed[0].message or 'AWS gives no reason'}"

    # --- deciding and acting -----------------------------------------------------------------------------------------

    def decide(self, observed: ReplicationObserved) -> Decision:
        decision = decide_replication(self._wanted, observed, self._route or Route())
        figures = {
            "plan": dict(self._plan),
            "predicted_seconds": self._plan.get("makespan_s"),
            "measured_seconds": measured_seconds(self._wanted, observed),
            "link_seconds": link_seconds(self._wanted, observed),
        }
        return self.told(replace(decision, result={**decision.result, **figures}))

    def perform(self, action: Action) -> bool | None:
        payload = action.payload
        source, target = payload["source"], payload["place"]
        try:
            job = api.start_copy_job(
                self._sessions[source],
                payload["region"],
                payload["point_arn"],
                self._vaults[source].name,
                str(self._vaults[target]),
                self._role,
                payload["token"],
                payload["lifecycle"],
            )
        except Throttled:
            raise
        except Unavailable:
            # The others are not to wait for it; the next look finds the region out of reach.
            return False
        except ProviderError as error:
            if source == self._wanted.source_place:
                self._given_up[target] = str(error)
            else:
                # There are other copies to read.
                self._refused[source] = str(error)
            return False
        self._begun[target] = (payload["region"], job)
        self.track(job)
        return None
