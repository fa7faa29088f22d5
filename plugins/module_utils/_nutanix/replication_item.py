# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The replicas of one recovery point as an item: looks at the source and each target, starts replications."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from ansible_collections.bcdr.multicloud.plugins.module_utils._core.errors import (
    Conflict,
    InvalidRequest,
    ProviderError,
    Throttled,
    Unavailable,
)
from ansible_collections.bcdr.multicloud.plugins.module_utils._core.reconcile import UNSETTLED, Action, Decision
from ansible_collections.bcdr.multicloud.plugins.module_utils._nutanix import api
from ansible_collections.bcdr.multicloud.plugins.module_utils._nutanix.attempts import Attempts
from ansible_collections.bcdr.multicloud.plugins.module_utils._nutanix.client import PrismCentral
from ansible_collections.bcdr.multicloud.plugins.module_utils._nutanix.options import ext_id_option, ext_ids_option
from ansible_collections.bcdr.multicloud.plugins.module_utils._nutanix.provider import NutanixItem, Session
from ansible_collections.bcdr.multicloud.plugins.module_utils._nutanix.replication_decision import (
    ReplicasObserved,
    ReplicasWanted,
    Target,
    TargetObserved,
    decide_replicas,
    find_replica,
    of_entities,
)
from ansible_collections.bcdr.multicloud.plugins.module_utils._nutanix.values import (
    AvailabilityZone,
    RecoveryPoint,
    Task,
    newest_usable,
)

# The operations that tasks of a replication and of a new recovery point have.
_REPLICATION = "EntitySnapshotReplicate"
_CREATION = "CreateRecoveryPoint"
# Which recovery point the newest was at first, for passes that are processes of their own.
_SOURCE = "source"


@dataclass
class _Place:
    """A target as it is asked for: by which `option`, and where; without `central` it cannot be looked into.

    `kind` is that of its tasks, `found` says that its ids are known, `arrived` is how it was seen once it had the replica.
    """

    option: str
    kind: str
    central: PrismCentral | None
    cluster_name: str = ""
    found: bool = False
    arrived: TargetObserved | None = None


class ReplicationItem(NutanixItem):
    """Reconciles replicas; options as in the module nutanix_recovery_point_replicate."""

    def __init__(self, params: Mapping[str, Any], session: Session) -> None:
        self._places, targets = _places(params, session)
        self._wanted = ReplicasWanted(
            targets=targets,
            ext_id=ext_id_option("ext_id", params.get("ext_id")),
            vm_ext_ids=ext_ids_option("vm_ext_ids", params.get("vm_ext_ids")),
            volume_group_ext_ids=ext_ids_option("volume_group_ext_ids", params.get("volume_group_ext_ids")),
            by_api_key=bool(session.central.login.api_key),
        )
        meant = [self._wanted.ext_id] if self._wanted.ext_id else []
        meant += [*sorted(self._wanted.vm_ext_ids), *sorted(self._wanted.volume_group_ext_ids)]
        if not meant:
            raise InvalidRequest("vm_ext_ids: names no VM, and volume_group_ext_ids no volume group")
        # The clusters as they are asked for: which one a name means is not known yet.
        where = sorted(_where(place, target) for place, target in zip(self._places, targets, strict=True))
        super().__init__(session, meant[0], f"{','.join(meant)}>{'>'.join(where)}")
        self._pinned = next(iter(self._tasks.pop(_SOURCE, {})), "")
        self._source: RecoveryPoint | None = None
        self._source_under_way = False

    def observe(self) -> ReplicasObserved:
        unavailable, patient = self._ask_source()
        views = tuple(self._view(index, bool(unavailable)) for index in range(len(self._places)))
        observed = ReplicasObserved(
            self._source,
            views,
            self._now(),
            source_unavailable=unavailable,
            patient=patient,
            source_under_way=self._source_under_way,
            check_mode=self.session.check_mode,
        )
        if self._source is not None and decide_replicas(self._wanted, observed).actions:
            # Somebody else's, or one of an earlier run that does not wait.
            tasks = api.list_tasks(self.central, self._source.ext_id)
            found = [task for task in tasks if task.operation == _REPLICATION]
            views = tuple(self._with_active(index, view, found) for index, view in enumerate(views))
            observed = replace(observed, targets=views)
            acting = {action.payload["target"] for action in decide_replicas(self._wanted, observed).actions}
            if any(self._wanted.targets[index].pc_ext_id for index in acting):
                zones = self.central.lasting.remember("availability zones", self._zones)
                observed = replace(observed, zones=zones)
        return observed

    def _zones(self) -> tuple[AvailabilityZone, ...] | None:
        """Return the source's availability zones, None if it does not tell: then the replication itself shows."""
        try:
            return tuple(api.list_availability_zones(self.central))
        except ProviderError:
            return None

    def _now(self) -> datetime.datetime:
        times = [
            central.answered_at for central in (self.central, *(place.central for place in self._places)) if central
        ]
        known = [moment for moment in times if moment is not None]
        # If nobody has answered there is nothing whose age would be told.
        return max(known, default=datetime.datetime.now(datetime.timezone.utc))

    def _ask_source(self) -> tuple[str, bool]:
        """Ask the source for this run's tasks, and once for the recovery point, which is then the one for the whole run.

        Return why the source cannot be asked, and whether to ask again.
        """
        try:
            for place in self._places:
                self.attempts(place.kind)
            if self._source is None:
                self._source = self._find_source()
        except Unavailable as error:
            if self._source is None and not any(place.central for place in self._places):
                raise
            return str(error), self.waits_out("source")
        self.answered("source")
        self.begin()
        return "", False

    def _find_source(self) -> RecoveryPoint | None:
        wanted = self._wanted
        known = wanted.ext_id or self._pinned
        found = api.get_recovery_point(self.central, known) if known else None
        if wanted.ext_id or found is not None:
            return found
        newest = self._newest(self._at_source())
        if newest is None:
            entity = min(wanted.vm_ext_ids or wanted.volume_group_ext_ids)
            tasks = api.list_tasks(self.central, entity)
            self._source_under_way = any(task.operation == _CREATION and task.status in UNSETTLED for task in tasks)
            # A task that ended in between must not look like a recovery point that was never made.
            self.central.memory.forget()
            newest = self._newest(self._at_source())
        return newest

    def _newest(self, points: list[RecoveryPoint]) -> RecoveryPoint | None:
        same = of_entities(points, self._wanted.vm_ext_ids, self._wanted.volume_group_ext_ids)
        return newest_usable(same, self.central.now())

    def _entities_filter(self) -> str:
        """Return the filter for what holds the first of the VMs and volume groups; "" while they are not known."""
        known = self._source or self._wanted
        if known.vm_ext_ids:
            return api.holding_vm(min(known.vm_ext_ids))
        return api.holding_volume_group(min(known.volume_group_ext_ids)) if known.volume_group_ext_ids else ""

    def _at_source(self) -> list[RecoveryPoint]:
        text = self._entities_filter()
        return self.central.memory.remember(("points", text), lambda: api.list_recovery_points(self.central, text))

    def _view(self, index: int, source_unavailable: bool) -> TargetObserved:
        """Look at one target; what has arrived stays so and is not looked at again."""
        place = self._places[index]
        attempts = self.last_seen(place.kind)
        if place.arrived is not None:
            return replace(place.arrived, attempts=attempts)
        try:
            # Before the replicas: one that arrives in between must not look like one that has been deleted.
            attempts = self._look_for_made(place.central, attempts)
            points, looked = self._points(index, source_unavailable)
        except Unavailable as error:
            if place.central is None:
                raise
            patient = self.waits_out(place.option)
            return TargetObserved(attempts=attempts, unavailable=str(error), patient=patient)
        except (Conflict, Throttled):
            raise
        except (InvalidRequest, ProviderError) as error:
            if place.central is None:
                raise
            # This one lets nobody in, or has no such cluster; the others get their replicas all the same.
            reason = str(error) if isinstance(error, InvalidRequest) else f"the target cannot be asked: {error}"
            return TargetObserved(attempts=attempts, refused=reason)
        self.answered(place.option)
        view = TargetObserved(tuple(points), looked, attempts=attempts)
        if find_replica(self._source, self._wanted.targets[index], view.points, self._now()) is not None:
            place.arrived = view
        return view

    def _look_for_made(self, central: PrismCentral | None, attempts: Attempts) -> Attempts:
        if central is None:
            return attempts
        return self.look_for_made(attempts, lambda ext_id: api.has_recovery_point(central, ext_id))

    def _points(self, index: int, source_unavailable: bool) -> tuple[list[RecoveryPoint], bool]:
        """Return what a target has of the VMs and volume groups, and whether it could be looked for."""
        central, text = self._places[index].central, self._entities_filter()
        if central is not None:
            self._discover(index, central)
            if not text:
                return [], False
            if self._source is not None:
                text = f"locationAgnosticId eq {api.quoted(self._source.location_agnostic_id)} or {text}"
            return api.list_recovery_points(central, text), True
        if self._wanted.targets[index].pc_ext_id:
            # It may be the source's own; if not, the source has nothing on the cluster.
            return [self._source] if self._source is not None else [], False
        looked = bool(text) and not source_unavailable
        return self._at_source() if looked else [], looked

    def _discover(self, index: int, central: PrismCentral) -> None:
        """Find out once which Prism Central and which cluster a target is."""
        place, wanted = self._places[index], self._wanted.targets[index]
        if place.found:
            return
        clusters = central.memory.remember("clusters", lambda: api.list_clusters(central))
        own = [cluster.ext_id for cluster in clusters if cluster.is_prism_central]
        others = [cluster for cluster in clusters if not cluster.is_prism_central]
        if len(own) != 1:
            raise InvalidRequest(f"{place.option}: {central.name} says that it is {len(own)} Prism Centrals")
        if wanted.pc_ext_id and wanted.pc_ext_id != own[0]:
            raise InvalidRequest(f"pc_ext_id: {central.name} is the Prism Central {own[0]}, not {wanted.pc_ext_id}")
        names = ", ".join(sorted(cluster.name for cluster in others)) or "none"
        cluster_ext_id = wanted.cluster_ext_id
        if place.cluster_name:
            found = [cluster.ext_id for cluster in others if cluster.name == place.cluster_name]
            if len(found) != 1:
                raise InvalidRequest(
                    f"{place.option}.cluster_name: {central.name} has {len(found)} clusters {place.cluster_name}; it has {names}"
                )
            cluster_ext_id = found[0]
        elif cluster_ext_id and cluster_ext_id not in [cluster.ext_id for cluster in others]:
            raise InvalidRequest(
                f"{_cluster_option(place.option)}: {central.name} has no cluster {cluster_ext_id}; it has {names}"
            )
        elif not cluster_ext_id and len(others) == 1:
            cluster_ext_id = others[0].ext_id
        discovered = replace(
            wanted,
            pc_ext_id=own[0],
            cluster_ext_id=cluster_ext_id,
            clusters=frozenset(cluster.ext_id for cluster in others),
        )
        targets = list(self._wanted.targets)
        targets[index] = discovered
        self._wanted = replace(self._wanted, targets=tuple(targets))
        place.found = True

    def _with_active(self, index: int, view: TargetObserved, tasks: list[Task]) -> TargetObserved:
        """Return the view with the replications that may be to there: not those that this run has started to elsewhere."""
        elsewhere = {
            task.ext_id
            for other, place in enumerate(self._places)
            if other != index
            for task in self.last_seen(place.kind).tasks
        }
        return replace(view, active=tuple(task for task in tasks if task.ext_id not in elsewhere))

    def _started_jobs(self) -> list[str]:
        found = [] if self._source is None or self._wanted.ext_id else [f"{_SOURCE} {self._source.ext_id}"]
        return super()._started_jobs() + found

    def decide(self, observed: ReplicasObserved) -> Decision:
        return self.told(decide_replicas(self._wanted, observed))

    def perform(self, action: Action) -> bool | None:
        given = action.payload
        index = given["target"]
        target = self._wanted.targets[index]
        # What the source has been asked for is out of date from now on.
        self.central.memory.forget()
        task = api.replicate_recovery_point(
            self.central, given["ext_id"], target.pc_ext_id, target.cluster_ext_id, given["token"]
        )
        return self.start(self._places[index].kind, task, lambda other: other.payload["target"] == index)


def _places(params: Mapping[str, Any], session: Session) -> tuple[list[_Place], tuple[Target, ...]]:
    """Return the places that the options name, and the targets as far as they are known before anything is asked."""
    entries = params.get("targets")
    if entries is None:
        entry = params.get("target")
        places = [_place("target", entry, "replicate", session)]
        targets = [
            Target(
                name=_name(places[0], params, session),
                pc_ext_id=ext_id_option("pc_ext_id", params.get("pc_ext_id")),
                cluster_ext_id=ext_id_option("cluster_ext_id", params.get("cluster_ext_id")),
                asked=entry is not None,
            )
        ]
    else:
        if not entries:
            raise InvalidRequest("targets: names no Prism Central to replicate to")
        places, targets = [], []
        for index, entry in enumerate(entries):
            option = f"targets[{index}]"
            place = _place(option, entry, f"replicate-{index}", session)
            cluster_ext_id = ext_id_option(f"{option}.cluster_ext_id", entry.get("cluster_ext_id"))
            targets.append(Target(_name(place, params, session), cluster_ext_id=cluster_ext_id))
            places.append(place)
    for index, (place, target) in enumerate(zip(places, targets, strict=True)):
        if place.cluster_name and target.cluster_ext_id:
            raise InvalidRequest(
                f"{place.option}.cluster_name: cannot be given together with {_cluster_option(place.option)}"
            )
        earlier = [_where(*one) for one in zip(places[:index], targets[:index], strict=True)]
        if _where(place, target) in earlier:
            raise InvalidRequest(
                f"{place.option}: {target.name} is targets[{earlier.index(_where(place, target))}] too"
            )
    return places, tuple(targets)


def _place(option: str, entry: Mapping[str, Any] | None, kind: str, session: Session) -> _Place:
    if entry is None:
        return _Place(option, kind, None)
    try:
        central = session.elsewhere(entry)
    except InvalidRequest as error:
        raise InvalidRequest(f"{option}: {error}") from error
    return _Place(option, kind, central, entry.get("cluster_name") or "")


def _name(place: _Place, params: Mapping[str, Any], session: Session) -> str:
    if place.central is not None:
        return place.central.name
    return "" if params.get("pc_ext_id") else session.central.name


def _where(place: _Place, target: Target) -> str:
    return f"{target.label}>{place.cluster_name or target.cluster_ext_id}"


def _cluster_option(option: str) -> str:
    """Return the option that names the cluster of a target: that of `target` is the task's."""
    return "cluster_ext_id" if option == "target" else f"{option}.cluster_ext_id"
