# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One recovery point as an item: looks for it, makes it, changes its expiration, deletes it."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any

from ansible_collections.bcdr.multicloud.plugins.module_utils._core.errors import (
    Conflict,
    InvalidRequest,
    ProviderError,
)
from ansible_collections.bcdr.multicloud.plugins.module_utils._core.provider import duration_option, moment_option
from ansible_collections.bcdr.multicloud.plugins.module_utils._core.reconcile import Action, Decision
from ansible_collections.bcdr.multicloud.plugins.module_utils._nutanix import api
from ansible_collections.bcdr.multicloud.plugins.module_utils._nutanix.options import ext_id_option, time_option
from ansible_collections.bcdr.multicloud.plugins.module_utils._nutanix.provider import NutanixItem, Session
from ansible_collections.bcdr.multicloud.plugins.module_utils._nutanix.recovery_point_decision import (
    PointObserved,
    PointWanted,
    decide_recovery_point,
)
from ansible_collections.bcdr.multicloud.plugins.module_utils._nutanix.values import RecoveryPoint

_VSS = "dataprotection.v4.common.VssProperties"
_LONGEST_NAME = 256
_NEVER = "never"
_LONGEST_KEPT = 100 * 365 * 86_400
_PRECONDITION_FAILED = 412


class RecoveryPointItem(NutanixItem):
    """Reconciles a recovery point; options as in the module nutanix_recovery_point."""

    def __init__(self, params: Mapping[str, Any], session: Session) -> None:
        vms = _entities(params, "vm_recovery_points", "vm_ext_id")
        groups = _entities(params, "volume_group_recovery_points", "volume_group_ext_id")
        name = params.get("name") or ""
        if len(name) > _LONGEST_NAME:
            raise InvalidRequest(f"name: has {len(name)} characters, {_LONGEST_NAME} are allowed")
        expires = params.get("expiration_time")
        never = isinstance(expires, str) and expires.strip().lower() == _NEVER
        self._wanted = PointWanted(
            name=name,
            ext_id=ext_id_option("ext_id", params.get("ext_id")),
            vm_ext_ids=frozenset(one["vm_ext_id"] for one in vms),
            volume_group_ext_ids=frozenset(one["volume_group_ext_id"] for one in groups),
            recovery_point_type=params.get("recovery_point_type") or "",
            expires=None if never else time_option("expiration_time", expires),
            never=never,
            max_age=duration_option(params, "max_age"),
            newer_than=moment_option(params, "newer_than"),
            keep_for=_keep_for(params),
            absent=params["state"] == "absent",
            fields={"vm_recovery_points": vms or None, "volume_group_recovery_points": groups or None},
        )
        entities = sorted(self._wanted.vm_ext_ids) + sorted(self._wanted.volume_group_ext_ids)
        if not (self._wanted.ext_id or name or entities):
            option = "max_age" if self._wanted.newer_than is None else "newer_than"
            raise InvalidRequest(f"{option}: needs vm_recovery_points or volume_group_recovery_points, or a name")
        if self._wanted.absent and not (self._wanted.ext_id or name):
            raise InvalidRequest("state: absent needs ext_id or name")
        label = name or self._wanted.ext_id or entities[0]
        super().__init__(session, label, self._wanted.ext_id or f"{name}>{','.join(entities)}")

    def observe(self) -> PointObserved:
        # Tasks before points: one that ends in between must not look like a recovery point that has been deleted.
        creations = self.look_for_made(self.attempts("create"), self._exists)
        changes = self.attempts("change")
        points = tuple(self._points())
        self.begin()
        return PointObserved(points, self.central.now(), self.central.name, creations, changes)

    def _exists(self, ext_id: str) -> bool:
        return api.has_recovery_point(self.central, ext_id)

    def _points(self) -> list[RecoveryPoint]:
        wanted = self._wanted
        if wanted.ext_id:
            point = api.get_recovery_point(self.central, wanted.ext_id)
            return [] if point is None else [point]
        if wanted.name:
            text = f"name eq {api.quoted(wanted.name)}"
        elif wanted.vm_ext_ids:
            text = api.holding_vm(min(wanted.vm_ext_ids))
        else:
            text = api.holding_volume_group(min(wanted.volume_group_ext_ids))
        return self.central.memory.remember(("points", text), lambda: api.list_recovery_points(self.central, text))

    def decide(self, observed: PointObserved) -> Decision:
        return self.told(decide_recovery_point(self._wanted, observed))

    def perform(self, action: Action) -> bool | None:
        payload = action.payload
        # What many items ask for in a round is out of date from now on.
        self.central.memory.forget()
        if action.verb == "create":
            return self.start("create", api.create_recovery_point(self.central, payload["fields"], payload["token"]))
        try:
            return self._on_point(action)
        except Conflict as error:
            # It has been changed since its ETag was read, perhaps by a replication.
            if error.status != _PRECONDITION_FAILED:
                raise
            return self._on_point(action)

    def _on_point(self, action: Action) -> bool:
        """Change or delete the recovery point as it is now; return whether this run does so."""
        point = api.get_recovery_point(self.central, action.payload["ext_id"])
        if point is None:
            return False
        if action.verb == "change":
            return self.start("change", self._set_expiration(point, action.payload["expires"]))
        try:
            task = api.delete_recovery_point(self.central, point)
        except ProviderError as error:
            if error.status == 404:  # another run was faster
                return False
            raise
        return self.start("change", task)

    def _set_expiration(self, point: RecoveryPoint, expires: datetime.datetime | None) -> str:
        try:
            return api.set_expiration_time(self.central, point, expires)
        except ProviderError as error:
            if expires is not None or error.retryable:
                raise
            raise ProviderError(
                f"Prism Central does not let the expiration be taken away: {error.provider_message}",
                code=error.code,
                status=error.status,
                request_id=error.request_id,
            ) from error


def _keep_for(params: Mapping[str, Any]) -> int | None:
    seconds = duration_option(params, "keep_for")
    if seconds is not None and not 0 < seconds <= _LONGEST_KEPT:
        raise InvalidRequest(f"keep_for: {params['keep_for']} is not more than 0, and 100 years at most")
    return seconds


def _entities(params: Mapping[str, Any], option: str, name: str) -> list[dict[str, Any]]:
    """Return the entries of an option as the API wants them, each entity once."""
    found: list[dict[str, Any]] = []
    for index, entry in enumerate(params.get(option) or ()):
        place = f"{option}[{index}].{name}"
        if entry.get(name) is None:
            raise InvalidRequest(f"{place}: is needed")
        one: dict[str, Any] = {name: ext_id_option(place, entry[name])}
        if any(other[name] == one[name] for other in found):
            raise InvalidRequest(f"{place}: {one[name]} is named twice")
        spec = (entry.get("application_consistent_properties") or {}).get("application_consistent_properties_spec")
        if spec:
            one["application_consistent_properties"] = {"object_type": _VSS, **spec}
        found.append(one)
    return found
