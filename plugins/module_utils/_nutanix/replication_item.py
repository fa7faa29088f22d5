# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The replica of one recovery point as an item: looks at the source and the target, starts a replication."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from ansible_collections.bcdr.multicloud.plugins.module_utils._core.errors import InvalidRequest, Unavailable
from ansible_collections.bcdr.multicloud.plugins.module_utils._core.reconcile import Action, Decision
from ansible_collections.bcdr.multicloud.plugins.module_utils._nutanix import api
from ansible_collections.bcdr.multicloud.plugins.module_utils._nutanix.client import PrismCentral
from ansible_collections.bcdr.multicloud.plugins.module_utils._nutanix.options import ext_id_option
from ansible_collections.bcdr.multicloud.plugins.module_utils._nutanix.provider import NutanixItem, Session
from ansible_collections.bcdr.multicloud.plugins.module_utils._nutanix.replication_decision import (
    ReplicaObserved,
    ReplicaWanted,
    decide_replica,
)
from ansible_collections.bcdr.multicloud.plugins.module_utils._nutanix.values import RecoveryPoint

# The operation that a task of a replication has.
_REPLICATION = "EntitySnapshotReplicate"


class ReplicationItem(NutanixItem):
    """Reconciles a replica; options as in the module nutanix_recovery_point_replicate."""

    def __init__(self, params: Mapping[str, Any], session: Session) -> None:
        target = params.get("target")
        self._target: PrismCentral | None = None
        self._cluster_name = ""
        if target is not None:
            try:
                self._target = session.elsewhere(target)
            except InvalidRequest as error:
                raise InvalidRequest(f"target: {error}") from error
            self._cluster_name = target.get("cluster_name") or ""
        self._wanted = ReplicaWanted(
            ext_id=ext_id_option("ext_id", params.get("ext_id")),
            pc_ext_id=ext_id_option("pc_ext_id", params.get("pc_ext_id")),
            cluster_ext_id=ext_id_option("cluster_ext_id", params.get("cluster_ext_id")),
            by_api_key=bool(session.central.login.api_key),
            target_asked=self._target is not None,
        )
        if self._cluster_name and self._wanted.cluster_ext_id:
            raise InvalidRequest("target.cluster_name: cannot be given together with cluster_ext_id")
        where = self._target.name if self._target is not None else self._wanted.pc_ext_id or session.central.name
        place = self._wanted.cluster_ext_id or self._cluster_name
        super().__init__(session, self._wanted.ext_id, f"{self._wanted.ext_id}>{where}>{place}")
        self._source: RecoveryPoint | None = None
        self._found = False

    def observe(self) -> ReplicaObserved:
        source, source_unavailable, patient = self._find_source()
        replicas: tuple[RecoveryPoint, ...] | None = ()
        target_unavailable = ""
        known = source or self._source
        attempts = self.last_seen("replicate")
        if self._target is None:
            replicas = (source,) if source is not None else ()
        else:
            try:
                self._discover(self._target)
                # Before the replicas: a replica that arrives in between must not look like one that has been deleted.
                attempts = self.look_for_made(attempts, self._exists)
                replicas = tuple(self._replicas(self._target, known)) if known is not None else ()
            except Unavailable as error:
                replicas, target_unavailable = None, str(error)
                patient = self.waits_out("target") or patient
            else:
                self.answered("target")
        now = (self.central if self.central.answered_at is not None or self._target is None else self._target).now()
        observed = ReplicaObserved(
            source,
            replicas,
            now,
            attempts=attempts,
            source_unavailable=source_unavailable,
            target_unavailable=target_unavailable,
            patient=patient,
        )
        if decide_replica(self._wanted, observed).actions:
            # Somebody else's, or one of an earlier run that does not wait.
            observed = replace(observed, active=tuple(self._replications()))
        return observed

    def _find_source(self) -> tuple[RecoveryPoint | None, str, bool]:
        """Ask the source for the recovery point and for the tasks of this run.

        Return the source, why it cannot be asked for, and whether to ask again.
        """
        try:
            self.attempts("replicate")
            found = api.get_recovery_point(self.central, self._wanted.ext_id)
        except Unavailable as error:
            if self._source is None and self._target is None:
                raise
            return None, str(error), self.waits_out("source")
        self.answered("source")
        self.begin()
        self._source = found or self._source
        return found, "", False

    def _discover(self, target: PrismCentral) -> None:
        """Find out once which Prism Central and which cluster the target is."""
        if self._found:
            return
        wanted = self._wanted
        clusters = target.memory.remember("clusters", lambda: api.list_clusters(target))
        own = [cluster.ext_id for cluster in clusters if cluster.is_prism_central]
        others = [cluster for cluster in clusters if not cluster.is_prism_central]
        if len(own) != 1:
            raise InvalidRequest(f"target: {target.name} says that it is {len(own)} Prism Centrals")
        if wanted.pc_ext_id and wanted.pc_ext_id != own[0]:
            raise InvalidRequest(f"pc_ext_id: {target.name} is the Prism Central {own[0]}, not {wanted.pc_ext_id}")
        names = ", ".join(sorted(cluster.name for cluster in others)) or "none"
        cluster_ext_id = wanted.cluster_ext_id
        if self._cluster_name:
            found = [cluster.ext_id for cluster in others if cluster.name == self._cluster_name]
            if len(found) != 1:
                raise InvalidRequest(
                    f"target.cluster_name: {target.name} has {len(found)} clusters {self._cluster_name}; it has {names}"
                )
            cluster_ext_id = found[0]
        elif cluster_ext_id and cluster_ext_id not in [cluster.ext_id for cluster in others]:
            raise InvalidRequest(f"cluster_ext_id: {target.name} has no cluster {cluster_ext_id}; it has {names}")
        elif not cluster_ext_id and len(others) == 1:
            cluster_ext_id = others[0].ext_id
        self._wanted = replace(wanted, pc_ext_id=own[0], cluster_ext_id=cluster_ext_id)
        self._found = True

    def _replicas(self, target: PrismCentral, source: RecoveryPoint) -> list[RecoveryPoint]:
        text = f"locationAgnosticId eq {api.quoted(source.location_agnostic_id)}"
        return api.list_recovery_points(target, text)

    def _exists(self, ext_id: str) -> bool:
        return self._target is not None and api.get_recovery_point(self._target, ext_id) is not None

    def _replications(self) -> list[Any]:
        tasks = api.list_tasks(self.central, self._wanted.ext_id)
        return [task for task in tasks if task.operation == _REPLICATION]

    def decide(self, observed: ReplicaObserved) -> Decision:
        return self.told(decide_replica(self._wanted, observed))

    def perform(self, action: Action) -> bool | None:
        wanted = self._wanted
        task = api.replicate_recovery_point(
            self.central, wanted.ext_id, wanted.pc_ext_id, wanted.cluster_ext_id, action.payload["token"]
        )
        return self.start("replicate", task)
