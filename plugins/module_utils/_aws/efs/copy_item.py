# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The copies of one file system's recovery point as an item: looks at the source and each vault, starts copies."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from ansible_collections.bcdr.multicloud.plugins.module_utils._aws.arns import Arn
from ansible_collections.bcdr.multicloud.plugins.module_utils._aws.efs import api
from ansible_collections.bcdr.multicloud.plugins.module_utils._aws.efs.copy_decision import (
    CopyObserved,
    CopyWanted,
    Destination,
    DestinationObserved,
    decide_copies,
    find_copy,
    partition_rule,
)
from ansible_collections.bcdr.multicloud.plugins.module_utils._aws.efs.options import (
    destinations_option,
    file_system_arn,
    lifecycle_option,
    place_of,
    point_option,
    role_option,
    vault_name_option,
)
from ansible_collections.bcdr.multicloud.plugins.module_utils._aws.efs.sources import find_source
from ansible_collections.bcdr.multicloud.plugins.module_utils._aws.efs.values import Point, Vault
from ansible_collections.bcdr.multicloud.plugins.module_utils._aws.provider import AwsItem, Session
from ansible_collections.bcdr.multicloud.plugins.module_utils._aws.session import AwsSession
from ansible_collections.bcdr.multicloud.plugins.module_utils._core.errors import InvalidRequest, Unavailable
from ansible_collections.bcdr.multicloud.plugins.module_utils._core.reconcile import PENDING, Action, Decision


class CopyItem(AwsItem):
    """Reconciles the copies of one recovery point; options as in the module efs_backup_copy."""

    def __init__(self, params: Mapping[str, Any], session: Session) -> None:
        vaults = destinations_option(params["destinations"])
        # Who this is, is asked at the destinations: the source's region may be gone.
        place = place_of(session, *(vault.region for vault in vaults), session.region())
        self._region = place.region
        self._source_vault = vault_name_option("source_backup_vault_name", params["source_backup_vault_name"])
        point = params.get("recovery_point_arn") or ""
        # One that is empty names no file system, and must not mean any.
        arn = file_system_arn(params, place) if params.get("file_system_id") or not point else ""
        if point:
            point_option("recovery_point_arn", point)
        self._wanted = CopyWanted(
            source_vault_arn=place.vault_arn(self._source_vault),
            destinations=tuple(
                Destination(str(vault), lifecycle_option(f"destinations[{index}].lifecycle", entry.get("lifecycle")))
                for index, (vault, entry) in enumerate(zip(vaults, params["destinations"], strict=True))
            ),
            resource_arn=arn,
            point_arn=point,
        )
        self._role = role_option(params["iam_role_arn"])
        self._vaults = vaults
        self._sessions = [
            session.elsewhere(vault.region, entry) for vault, entry in zip(vaults, params["destinations"], strict=True)
        ]
        what = arn or point
        label = what.rsplit("/", 1)[-1] if arn else what.rsplit(":", 1)[-1]
        super().__init__(session, label, f"{what}>{'>'.join(sorted(str(vault) for vault in vaults))}")
        self._source: Point | None = None
        self._backup_under_way = False
        self._arrived: dict[int, DestinationObserved] = {}
        self._begun: dict[str, str] = {}
        self._left_queue: dict[str, datetime.datetime] = {}

    def observe(self) -> CopyObserved:
        unavailable, seen = "", True
        if self._source is None:
            try:
                seen = self._find_source()
            except Unavailable as error:
                if self.waits_out("source"):
                    raise
                unavailable = str(error)
        resource = self._source.resource_arn if self._source else self._wanted.resource_arn
        views = tuple(self._view(index, resource, unavailable) for index in range(len(self._vaults)))
        observed = CopyObserved(
            self._source,
            views,
            self._now(),
            source_unavailable=unavailable,
            started=self.started,
            source_vault_seen=seen,
            backup_under_way=self._backup_under_way,
            check_mode=self.session.check_mode,
            left_queue=self._left_queue,
        )
        for view in views:
            for job in view.jobs:
                if job.status != PENDING and job.completed is None:
                    self._left_queue.setdefault(job.id, observed.now)
        return observed

    def _now(self) -> datetime.datetime:
        times = [aws.answered_at for aws in (self.aws, *self._sessions)]
        return max(moment for moment in times if moment is not None)

    def _find_source(self) -> bool:
        """Find the point to copy, which is then the one for the whole run; return whether its vault may be seen."""
        found = find_source(self.aws, self._region, self._source_vault, self._wanted)
        self._source, self._backup_under_way = found.point, found.backup_under_way
        return found.vault_seen

    def _view(self, index: int, resource: str, source_unavailable: str) -> DestinationObserved:
        """Look at one destination; what has arrived stays so and is not looked at again."""
        if index in self._arrived:
            return self._arrived[index]
        place = self._vaults[index]
        if partition_rule(self._wanted.source_vault_arn, str(place)):
            # It does not know the credentials of this one.
            return DestinationObserved(None)
        try:
            view = self._look(index, resource, source_unavailable)
        except Unavailable as error:
            patient = self.waits_out(str(place))
            return DestinationObserved(None, unavailable=str(error), patient=patient)
        except InvalidRequest as error:
            # Who shall look into this vault is refused; the other vaults get their copies all the same.
            return DestinationObserved(None, refused=str(error))
        self.answered(str(place))
        copy = find_copy(self._source, view.points) if self._source else None
        if copy is not None and copy.usable:
            self._arrived[index] = view
        return view

    def _look(self, index: int, resource: str, source_unavailable: str) -> DestinationObserved:
        place, aws = self._vaults[index], self._sessions[index]
        owner = aws.identity(place.region).account
        if owner != place.account:
            # A vault of another account would look like one that is missing.
            return DestinationObserved(None)
        seen = Vault(arn=str(place), name=place.name)
        if not self.started:
            points = api.list_points(aws, place.region, place.name, resource)
            if points is None:
                return DestinationObserved(None)
            if not resource:
                # Whose point it is, is not known: these are of any file system.
                return DestinationObserved(seen)
            copy = find_copy(self._source, points) if self._source else None
            if source_unavailable or self._source is None or (copy is not None and copy.usable):
                return DestinationObserved(seen, tuple(points))
        # Jobs before points: one that ends in between must not look like a copy that has been deleted.
        try:
            jobs = tuple(api.list_copy_jobs(self.aws, self._region, resource, str(place)))
        except Unavailable as error:
            points = api.list_points(aws, place.region, place.name, resource) or []
            return self._without_jobs(DestinationObserved(seen, tuple(points)), error)
        self.answered("source")
        points = api.list_points(aws, place.region, place.name, resource) or []
        # The policy has not been read yet; that is not to be taken for a vault that has none.
        begun = self._begun.get(str(place), "")
        view = DestinationObserved(seen, tuple(points), jobs, policy=None, begun=begun)
        if not self._is_to_start(index, view):
            return view
        return self._with_rules(view, place, aws)

    def _without_jobs(self, view: DestinationObserved, error: Unavailable) -> DestinationObserved:
        """The source's region has gone out since its point was found: what is in the vault counts, a job goes on by itself."""
        copy = find_copy(self._source, view.points) if self._source else None
        if copy is not None and copy.usable:
            return view
        reason = (
            f"its copy job is known in the source's region only: {error}; one that has been started goes on by itself"
        )
        return replace(view, unavailable=reason, patient=self.waits_out("source"))

    def _is_to_start(self, index: int, view: DestinationObserved) -> bool:
        wanted = CopyWanted(
            self._wanted.source_vault_arn,
            (self._wanted.destinations[index],),
            self._wanted.resource_arn,
            self._wanted.point_arn,
        )
        observed = CopyObserved(self._source, (view,), self._now(), started=self.started)
        return bool(decide_copies(wanted, observed).actions)

    def _with_rules(self, view: DestinationObserved, place: Arn, aws: AwsSession) -> DestinationObserved:
        """Return the view with all that forbids a copy; asked once for all items of a round."""
        if self._source is not None and not self._source.storage_class:
            # A list does not tell the storage class.
            self._source = (
                api.describe_point(self.aws, self._region, self._source_vault, self._source.arn) or self._source
            )

        def load() -> tuple[Vault | None, Mapping[str, Any] | None]:
            return (
                api.describe_vault(aws, place.region, place.name),
                api.vault_policy(aws, place.region, place.name),
            )

        vault, policy = aws.memory.remember(("vault and policy", str(place)), load)
        across = None
        if place.account != self.aws.identity(place.region).account:
            across = self.aws.memory.remember(
                "cross account", lambda: api.cross_account_enabled(self.aws, self._region)
            )
        return DestinationObserved(vault, view.points, view.jobs, policy, across)

    def decide(self, observed: CopyObserved) -> Decision:
        return self.told(decide_copies(self._wanted, observed))

    def perform(self, action: Action) -> None:
        destination: Destination = action.payload["destination"]
        job = api.start_copy_job(
            self.aws,
            self._region,
            action.payload["point_arn"],
            self._source_vault,
            destination.vault_arn,
            self._role,
            action.payload["token"],
            destination.lifecycle,
        )
        self._begun[destination.vault_arn] = job
        self.track(job)
