# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The revert of one VM as an item."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from ansible_collections.bcdr.multicloud.plugins.module_utils._core.reconcile import Action, Decision
from ansible_collections.bcdr.multicloud.plugins.module_utils._nutanix import api
from ansible_collections.bcdr.multicloud.plugins.module_utils._nutanix.options import ext_id_option
from ansible_collections.bcdr.multicloud.plugins.module_utils._nutanix.provider import NutanixItem, Session
from ansible_collections.bcdr.multicloud.plugins.module_utils._nutanix.revert_decision import (
    RevertObserved,
    RevertWanted,
    decide_revert,
)
from ansible_collections.bcdr.multicloud.plugins.module_utils._nutanix.values import newest_usable

_LATEST = "latest"


class RevertItem(NutanixItem):
    """Reverts a VM; options as in the module nutanix_vm_revert."""

    def __init__(self, params: Mapping[str, Any], session: Session) -> None:
        names = ("should_revert_vm_categories", "should_revert_vm_owner")
        self._wanted = RevertWanted(
            ext_id=ext_id_option("ext_id", params["ext_id"]),
            part_ext_id=""
            if params["vm_recovery_point_ext_id"] == _LATEST
            else ext_id_option("vm_recovery_point_ext_id", params["vm_recovery_point_ext_id"]),
            # What is not asked for is left out: older releases of the library do not know it.
            overrides={name: True for name in names if params.get(name)},
        )
        super().__init__(session, self._wanted.ext_id, self._wanted.ext_id)
        # Which it is stays as it is during a run.
        self._part_ext_id = ""

    def observe(self) -> RevertObserved:
        attempts = replace(self.attempts("revert"), repeated=True)
        if attempts.current is not None:
            return RevertObserved(None, None, attempts, self._part_ext_id)
        found = api.get_vm(self.central, self._wanted.ext_id)
        self.begin()
        name, etag = (None, None) if found is None else (str(found[0].get("name") or ""), found[1])
        if not self._wanted.part_ext_id and not self._part_ext_id:
            self._part_ext_id = self._newest_part()
        return RevertObserved(name, etag, attempts, self._part_ext_id)

    def _newest_part(self) -> str:
        ext_id = self._wanted.ext_id
        points = api.list_recovery_points(self.central, api.holding_vm(ext_id))
        newest = newest_usable(points, self.central.now())
        parts = newest.vm_recovery_points if newest is not None else ()
        return next((part.ext_id for part in parts if part.vm_ext_id == ext_id), "")

    def decide(self, observed: RevertObserved) -> Decision:
        return self.told(decide_revert(self._wanted, observed))

    def perform(self, action: Action) -> bool | None:
        given = action.payload
        task = api.revert_vm(self.central, self._wanted.ext_id, given["spec"], given["etag"], given["token"])
        return self.start("revert", task)
