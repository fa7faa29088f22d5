# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The restore of one recovery point as an item: looks for what has been restored, starts a restore."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible_collections.bcdr.multicloud.plugins.module_utils._core.errors import InvalidRequest
from ansible_collections.bcdr.multicloud.plugins.module_utils._core.reconcile import Action, Decision
from ansible_collections.bcdr.multicloud.plugins.module_utils._nutanix import api
from ansible_collections.bcdr.multicloud.plugins.module_utils._nutanix.options import ext_id_option
from ansible_collections.bcdr.multicloud.plugins.module_utils._nutanix.provider import NutanixItem, Session
from ansible_collections.bcdr.multicloud.plugins.module_utils._nutanix.restore_decision import (
    Part,
    RestoreObserved,
    RestoreWanted,
    decide_restore,
    restored_vms,
)

_VM_OVERRIDE = "dataprotection.v4.config.AhvVmOverrideSpec"
_NETWORK = "vmm.v4.ahv.config.VmRestoreVirtualEthernetNicNetworkInfoOverrideSpec"


class RestoreItem(NutanixItem):
    """Reconciles what is restored from a recovery point; options as in the module nutanix_recovery_point_restore."""

    def __init__(self, params: Mapping[str, Any], session: Session) -> None:
        ext_id = ext_id_option("ext_id", params["ext_id"])
        self._wanted = RestoreWanted(
            ext_id=ext_id,
            cluster_ext_id=ext_id_option("cluster_ext_id", params.get("cluster_ext_id")),
            vms=_parts(params, "vm_recovery_point_restore_overrides", "vm_recovery_point_ext_id", "vm_override_spec"),
            volume_groups=_parts(
                params,
                "volume_group_recovery_point_restore_overrides",
                "volume_group_recovery_point_ext_id",
                "volume_group_override_spec",
            ),
            instant=bool(params.get("is_instant_restore")),
        )
        names = [part.name for part in self._wanted.vms if part.name]
        if len(set(names)) < len(names):
            raise InvalidRequest("vm_recovery_point_restore_overrides: a name is given twice")
        parts = sorted(part.ext_id for part in (*self._wanted.vms, *self._wanted.volume_groups))
        made = ",".join([*parts, *sorted(names)])
        super().__init__(session, ext_id, f"{ext_id}>{self._wanted.cluster_ext_id}>{made}")

    def observe(self) -> RestoreObserved:
        attempts = self.look_for_made(self.attempts("restore"), self._exists)
        point = api.get_recovery_point(self.central, self._wanted.ext_id)
        self.begin()
        named = {name: [vm["ext_id"] for vm in api.list_vms(self.central, name)] for name in sorted(self._wanted.names)}
        restored: frozenset[str] = frozenset()
        if any(named.values()):
            tasks = api.list_tasks(self.central, self._wanted.ext_id)
            restored = frozenset(ext_id for task in tasks for ext_id in restored_vms(task))
        return RestoreObserved(point, self.central.now(), named, restored, attempts)

    def _exists(self, ext_id: str) -> bool:
        """Return whether a VM is there; a volume group, which none of the client libraries here can tell of, is."""
        groups = {made for task in self.last_seen("restore").tasks for made in task.ids("volumeGroupExtIds")}
        return ext_id in groups or api.get_vm(self.central, ext_id) is not None

    def decide(self, observed: RestoreObserved) -> Decision:
        return self.told(decide_restore(self._wanted, observed))

    def perform(self, action: Action) -> bool | None:
        given = action.payload
        task = api.restore_recovery_point(self.central, self._wanted.ext_id, given["spec"], given["token"])
        return self.start("restore", task)


def _parts(params: Mapping[str, Any], option: str, name: str, override: str) -> tuple[Part, ...]:
    """Return the parts that an option names, each once, with their overrides as the API wants them."""
    found: list[Part] = []
    for index, entry in enumerate(params.get(option) or ()):
        place = f"{option}[{index}]"
        ext_id = ext_id_option(f"{place}.{name}", entry[name])
        if any(other.ext_id == ext_id for other in found):
            raise InvalidRequest(f"{place}.{name}: {ext_id} is named twice")
        given = {key: value for key, value in (entry.get(override) or {}).items() if value is not None}
        spec: dict[str, Any] = {}
        if given:
            is_vm = override == "vm_override_spec"
            spec[override] = _vm_override(f"{place}.{override}", given) if is_vm else given
        if entry.get("is_strict_mode"):
            spec["is_strict_mode"] = True
        found.append(Part(ext_id, given.get("name") or "", spec))
    return tuple(found)


def _vm_override(place: str, given: Mapping[str, Any]) -> dict[str, Any]:
    spec: dict[str, Any] = {"object_type": _VM_OVERRIDE}
    spec.update({name: given[name] for name in ("name", "description") if name in given})
    if "categories" in given:
        spec["categories"] = [
            {"ext_id": ext_id_option(f"{place}.categories[{index}]", ext_id)}
            for index, ext_id in enumerate(given["categories"])
        ]
    nics = given.get("nic_spec")
    if nics:
        spec["nic_spec"] = {
            "nic_remove_list": [
                ext_id_option(f"{place}.nic_spec.nic_remove_list[{index}]", ext_id)
                for index, ext_id in enumerate(nics.get("nic_remove_list") or ())
            ]
            or None,
            "nic_override_list": [
                {
                    "nic_ext_id": ext_id_option(
                        f"{place}.nic_spec.nic_override_list[{index}].nic_ext_id", nic["nic_ext_id"]
                    ),
                    "nic_network_info": {
                        "object_type": _NETWORK,
                        "subnet": {
                            "ext_id": ext_id_option(
                                f"{place}.nic_spec.nic_override_list[{index}].subnet_ext_id", nic["subnet_ext_id"]
                            )
                        },
                    },
                }
                for index, nic in enumerate(nics.get("nic_override_list") or ())
            ]
            or None,
        }
    return spec
