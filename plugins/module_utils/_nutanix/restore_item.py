# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One restore as an item: looks for what has been restored, starts a restore, switches on or deletes what it made."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from ansible_collections.bcdr.multicloud.plugins.module_utils._core.errors import InvalidRequest, ProviderError
from ansible_collections.bcdr.multicloud.plugins.module_utils._core.reconcile import UNSETTLED, Action, Decision
from ansible_collections.bcdr.multicloud.plugins.module_utils._nutanix import api
from ansible_collections.bcdr.multicloud.plugins.module_utils._nutanix.attempts import Attempts
from ansible_collections.bcdr.multicloud.plugins.module_utils._nutanix.options import ext_id_option
from ansible_collections.bcdr.multicloud.plugins.module_utils._nutanix.provider import NutanixItem, Session
from ansible_collections.bcdr.multicloud.plugins.module_utils._nutanix.restore_decision import (
    MADE,
    VM,
    VOLUME_GROUP,
    Existing,
    Part,
    RestoreObserved,
    RestoreWanted,
    choose_point,
    decide_restore,
    made_by_restore,
    nic_override,
    present_parts,
    usable_points,
)
from ansible_collections.bcdr.multicloud.plugins.module_utils._nutanix.values import RecoveryPoint, Task

_VM_OVERRIDE = "dataprotection.v4.config.AhvVmOverrideSpec"
# The operation that a task of a restore has.
_RESTORE = "RestoreRecoveryPoint"
_CHANGE = "change:"


class RestoreItem(NutanixItem):
    """Reconciles what is restored from a recovery point; options as in the module nutanix_recovery_point_restore."""

    def __init__(self, params: Mapping[str, Any], session: Session) -> None:
        self._wanted = _wanted(params)
        parts = sorted(f"{part.ext_id or part.source}={part.name}" for part in self._wanted.parts)
        identity = f"{self._wanted.ext_id}>{self._wanted.cluster_ext_id}>{','.join(parts)}"
        super().__init__(session, self._wanted.ext_id or self._wanted.parts[0].label, identity)
        self._nics: dict[str, list[str]] = {}
        self._origins: dict[str, str] = {}
        self._watched = False
        self._seen: RestoreObserved | None = None

    def observe(self) -> RestoreObserved:
        attempts = self.look_for_made(self.attempts("restore"), self._exists)
        changes = self.changes(_CHANGE)
        task = attempts.current
        self._watched = self._watched or (task is not None and task.status in UNSETTLED)
        if self._seen is not None and any(
            one.status in UNSETTLED for one in (*changes.values(), *filter(None, [task]))
        ):
            # Nothing else matters before it has ended.
            seen = replace(self._seen, attempts=attempts, changes=changes, watched=self._watched)
            return replace(seen, now=self.central.now())
        self._seen = self._look(attempts, changes)
        return self._seen

    def _look(self, attempts: Attempts, changes: Mapping[str, Task]) -> RestoreObserved:
        wanted = self._wanted
        points = self._points()
        self.begin()
        observed = RestoreObserved(
            points,
            self.central.now(),
            self.central.name,
            attempts=attempts,
            changes=changes,
            watched=self._watched,
        )
        observed = self._with_origins(replace(observed, existing=self._existing(attempts)))
        if wanted.absent:
            return replace(observed, under_way=self._under_way(usable_points(wanted, points)))
        point = choose_point(wanted, points, observed.now)
        if point is not None and decide_restore(wanted, observed).actions and not _is_complete(wanted, observed):
            others = [one for one in usable_points(wanted, points) if one.ext_id != point.ext_id]
            under_way = self._under_way(others)
            if present_parts(wanted, observed):
                # A restore of another run may be half-way, or have ended after the first of the lists was made.
                under_way = (*under_way, *self._under_way_now(point))
                observed = self._with_origins(replace(observed, existing=self._existing(attempts)))
            observed = replace(observed, nics=self._nics_in(point), under_way=under_way)
        return observed

    def _points(self) -> tuple[RecoveryPoint, ...]:
        wanted = self._wanted
        if wanted.ext_id:
            found = api.get_recovery_point(self.central, wanted.ext_id)
            return () if found is None else (found,)
        first = min(wanted.parts, key=lambda part: (part.kind, part.source))
        text = api.holding_vm(first.source) if first.kind == VM else api.holding_volume_group(first.source)
        found_all = self.central.memory.remember(("points", text), lambda: api.list_recovery_points(self.central, text))
        return tuple(found_all)

    def _existing(self, attempts: Attempts) -> tuple[Existing, ...]:
        """Return what has a wanted name, and what this run has made."""
        found: dict[str, Existing] = {}
        for kind, name in sorted({(part.kind, part.name) for part in self._wanted.parts if part.name}):
            entries = api.list_vms(self.central, name) if kind == VM else api.list_volume_groups(self.central, name)
            found.update({str(entry["ext_id"]): _existing(kind, entry) for entry in entries})
        for ext_id, kind in made_by_restore(attempts.current).items():
            entry = self._get(kind, ext_id)
            if ext_id not in found and entry is not None:
                found[ext_id] = _existing(kind, entry[0])
        return tuple(found.values())

    def _with_origins(self, observed: RestoreObserved) -> RestoreObserved:
        """Find the recovery points that those were made from of which it is not known, by the tasks of their restores."""
        self._note_origins(observed.attempts.tasks, observed.points)
        present = {one.ext_id for one in present_parts(self._wanted, self._told(observed)).values()}
        unknown = {one.ext_id for one in observed.existing} - present - set(self._origins)
        for point in sorted(usable_points(self._wanted, observed.points), key=_age):
            if not unknown:
                break
            self._note_origins(self._restores_of([point]), (point,))
            unknown -= set(self._origins)
        return self._told(observed)

    def _told(self, observed: RestoreObserved) -> RestoreObserved:
        existing = tuple(replace(one, made_from=self._origins.get(one.ext_id, "")) for one in observed.existing)
        return replace(observed, existing=existing)

    def _note_origins(self, tasks: Sequence[Task], points: Sequence[RecoveryPoint]) -> None:
        for task in tasks:
            origin = next((point.ext_id for point in points if point.ext_id in task.entity_ext_ids), "")
            if origin:
                self._origins.update(dict.fromkeys(made_by_restore(task), origin))

    def _restores_of(self, points: Sequence[RecoveryPoint]) -> list[Task]:
        ids = sorted(point.ext_id for point in points)
        tasks = self.central.memory.remember(("tasks", *ids), lambda: api.list_tasks(self.central, *ids))
        return [task for task in tasks if task.operation == _RESTORE]

    def _under_way(self, points: Sequence[RecoveryPoint]) -> tuple[Task, ...]:
        """Return the restores of the recovery points that have not ended, whoever has begun them, however long ago."""
        return tuple(task for task in self._restores_of(points) if task.status in UNSETTLED)

    def _under_way_now(self, point: RecoveryPoint) -> tuple[Task, ...]:
        """Return the restores of the recovery point that have not ended, asked for anew; what others made is noted."""
        tasks = [task for task in api.list_tasks(self.central, point.ext_id) if task.operation == _RESTORE]
        self._note_origins(tasks, (point,))
        return tuple(task for task in tasks if task.status in UNSETTLED)

    def _nics_in(self, point: RecoveryPoint) -> dict[str, list[str]]:
        """Return the network interfaces of the VMs that are to get a subnet; they are asked for once."""
        for part in self._wanted.parts:
            found = part.found_in(point) if part.subnet else None
            if found is not None and found.ext_id not in self._nics:
                self._nics[found.ext_id] = api.list_nics_in_point(self.central, found.ext_id)
        return self._nics

    def _get(self, kind: str, ext_id: str) -> tuple[dict[str, Any], str] | None:
        return api.get_vm(self.central, ext_id) if kind == VM else api.get_volume_group(self.central, ext_id)

    def _exists(self, ext_id: str) -> bool:
        groups = {made for task in self.last_seen("restore").tasks for made in task.ids(MADE[VOLUME_GROUP])}
        return self._get(VOLUME_GROUP if ext_id in groups else VM, ext_id) is not None

    def decide(self, observed: RestoreObserved) -> Decision:
        return self.told(decide_restore(self._wanted, observed))

    def perform(self, action: Action) -> bool | None:
        given = action.payload
        if "spec" in given:
            task = api.restore_recovery_point(self.central, given["point"], given["spec"], given["token"])
            return self.start("restore", task)
        kind, ext_id = given.get("kind", VM), given.get("delete") or given["power_on"]
        found = self._get(kind, ext_id)
        if found is None:
            # Another run was faster, or somebody has deleted it.
            return False
        start = api.power_on_vm if "power_on" in given else _DELETE[kind]
        try:
            task = start(self.central, ext_id, found[1])
        except ProviderError as error:
            if error.status == 404:
                return False
            raise
        return self.start(f"{_CHANGE}{ext_id}", task)


_DELETE = {VM: api.delete_vm, VOLUME_GROUP: api.delete_volume_group}


def _age(point: RecoveryPoint) -> tuple[float, str]:
    """Return a key that sorts the newest first."""
    return (-point.created.timestamp() if point.created else 0.0, point.ext_id)


def _is_complete(wanted: RestoreWanted, observed: RestoreObserved) -> bool:
    return bool(wanted.parts) and len(present_parts(wanted, observed)) == len(wanted.parts)


def _existing(kind: str, entry: Mapping[str, Any]) -> Existing:
    return Existing(
        kind,
        str(entry["ext_id"]),
        str(entry.get("name") or ""),
        str(entry.get("description") or ""),
        str(entry.get("power_state") or "") if kind == VM else "",
    )


def _wanted(params: Mapping[str, Any]) -> RestoreWanted:
    ext_id = ext_id_option("ext_id", params.get("ext_id"))
    parts = (
        *_parts(params, VM, "vm_recovery_point_restore_overrides", "vm", ext_id),
        *_parts(params, VOLUME_GROUP, "volume_group_recovery_point_restore_overrides", "volume_group", ext_id),
    )
    absent = params["state"] == "absent"
    if not ext_id and not parts:
        raise InvalidRequest(
            "ext_id: is needed, or vm_ext_id or volume_group_ext_id in the overrides, to restore the newest recovery point of those"
        )
    if absent and not all(part.name for part in parts):
        raise InvalidRequest("state: absent deletes by name, so each override needs a name")
    if absent and not parts:
        raise InvalidRequest("state: absent needs overrides that name what is to be deleted")
    for kind in MADE:
        names = [part.name for part in parts if part.name and part.kind == kind]
        if len(set(names)) < len(names):
            option = "vm" if kind == VM else "volume_group"
            raise InvalidRequest(f"{option}_recovery_point_restore_overrides: a name is given twice")
    return RestoreWanted(
        ext_id=ext_id,
        cluster_ext_id=ext_id_option("cluster_ext_id", params.get("cluster_ext_id")),
        parts=parts,
        instant=bool(params.get("is_instant_restore")),
        power_on=bool(params.get("power_on")),
        absent=absent,
    )


def _parts(params: Mapping[str, Any], kind: str, option: str, what: str, point: str) -> tuple[Part, ...]:
    """Return the parts that an option names, each once, with their overrides as the API wants them."""
    found: list[Part] = []
    of_point, of_source, override = f"{what}_recovery_point_ext_id", f"{what}_ext_id", f"{what}_override_spec"
    for index, entry in enumerate(params.get(option) or ()):
        place = f"{option}[{index}]"
        ext_id = ext_id_option(f"{place}.{of_point}", entry.get(of_point))
        source = ext_id_option(f"{place}.{of_source}", entry.get(of_source))
        if not ext_id and not source:
            raise InvalidRequest(f"{place}: {of_point} or {of_source} is needed")
        if not point and not source:
            raise InvalidRequest(
                f"{place}.{of_source}: is needed without ext_id; {of_point} is of one recovery point only"
            )
        if any((other.ext_id, other.source) == (ext_id, source) for other in found):
            raise InvalidRequest(f"{place}: {ext_id or source} is named twice")
        given = {key: value for key, value in (entry.get(override) or {}).items() if value is not None}
        nics = given.get("nic_spec") or {}
        subnet = ext_id_option(f"{place}.{override}.nic_spec.subnet_ext_id", nics.get("subnet_ext_id"))
        spec: dict[str, Any] = {}
        if given:
            spec[override] = _vm_override(f"{place}.{override}", given) if kind == VM else given
        if entry.get("is_strict_mode"):
            spec["is_strict_mode"] = True
        found.append(Part(kind, ext_id, source, given.get("name") or "", given.get("description") or "", subnet, spec))
    return tuple(found)


def _vm_override(place: str, given: Mapping[str, Any]) -> dict[str, Any]:
    spec: dict[str, Any] = {"object_type": _VM_OVERRIDE}
    spec.update({name: given[name] for name in ("name", "description") if name in given})
    if "categories" in given:
        spec["categories"] = [
            {"ext_id": ext_id_option(f"{place}.categories[{index}]", ext_id)}
            for index, ext_id in enumerate(given["categories"])
        ]
    if "owner_ext_id" in given:
        owner = ext_id_option(f"{place}.owner_ext_id", given["owner_ext_id"])
        spec["ownership_info"] = {"owner": {"ext_id": owner}}
    if "project_ext_id" in given:
        spec["project_ext_id"] = ext_id_option(f"{place}.project_ext_id", given["project_ext_id"])
    nics = given.get("nic_spec") or {}
    removed, changed = nics.get("nic_remove_list") or (), nics.get("nic_override_list") or ()
    if removed or changed:
        place = f"{place}.nic_spec"
        spec["nic_spec"] = {
            "nic_remove_list": [
                ext_id_option(f"{place}.nic_remove_list[{index}]", ext_id) for index, ext_id in enumerate(removed)
            ]
            or None,
            "nic_override_list": [
                nic_override(
                    ext_id_option(f"{place}.nic_override_list[{index}].nic_ext_id", nic["nic_ext_id"]),
                    ext_id_option(f"{place}.nic_override_list[{index}].subnet_ext_id", nic.get("subnet_ext_id")),
                    nic.get("mac_address") or "",
                    nic.get("ip_address") or "",
                )
                for index, nic in enumerate(changed)
            ]
            or None,
        }
    return spec
