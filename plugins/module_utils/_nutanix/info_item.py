# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What info tasks ask for, as items: recovery points of one Prism Central, and the part of one that is of one VM."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible_collections.bcdr.multicloud.plugins.module_utils._core.errors import InvalidRequest
from ansible_collections.bcdr.multicloud.plugins.module_utils._core.provider import duration_option
from ansible_collections.bcdr.multicloud.plugins.module_utils._core.reconcile import Decision
from ansible_collections.bcdr.multicloud.plugins.module_utils._nutanix import api
from ansible_collections.bcdr.multicloud.plugins.module_utils._nutanix.client import PAGE_SIZE
from ansible_collections.bcdr.multicloud.plugins.module_utils._nutanix.info_decision import (
    InfoObserved,
    InfoWanted,
    decide_info,
    decide_vm_info,
)
from ansible_collections.bcdr.multicloud.plugins.module_utils._nutanix.options import ext_id_option
from ansible_collections.bcdr.multicloud.plugins.module_utils._nutanix.provider import ReadingItem, Session
from ansible_collections.bcdr.multicloud.plugins.module_utils._nutanix.values import VmRecoveryPoint


class InfoItem(ReadingItem):
    """Reads recovery points; options as in the module nutanix_recovery_point_info."""

    def __init__(self, params: Mapping[str, Any], session: Session) -> None:
        self._wanted = InfoWanted(
            ext_id=ext_id_option("ext_id", params.get("ext_id")),
            usable_only=params["usable_only"],
            newest_usable=params["newest_usable"],
            newer_than=duration_option(params, "newer_than"),
            selected=bool(params.get("select")),
        )
        judged = params["usable_only"] or params["newest_usable"] or params.get("newer_than")
        if self._wanted.selected and judged:
            raise InvalidRequest("select: cannot be given together with usable_only, newest_usable or newer_than")
        self._query = {"_filter": _filter(params), "_orderby": params.get("orderby"), "_select": params.get("select")}
        self._page, self._limit = params.get("page"), params.get("limit")
        if self._page is not None and self._page < 0:
            raise InvalidRequest("page: the first one is 0")
        if self._limit is not None and not 1 <= self._limit <= PAGE_SIZE:
            raise InvalidRequest(f"limit: 1 to {PAGE_SIZE} is allowed; without page and limit all are read")
        super().__init__(session, self._wanted.ext_id or params.get("name") or session.central.name)

    def observe(self) -> InfoObserved:
        answers, total = self._answers()
        return InfoObserved(answers, total, self.central.now(), self.central.name)

    def _answers(self) -> tuple[list[dict[str, Any]], int | None]:
        if self._wanted.ext_id:
            answer = api.find_recovery_point(self.central, self._wanted.ext_id)
            return ([], 0) if answer is None else ([answer], 1)
        query = {name: value for name, value in self._query.items() if value}
        if self._page is not None or self._limit is not None:
            place = {"_page": self._page or 0, "_limit": self._limit or PAGE_SIZE}
            return api.list_page(self.central, **place, **query)
        key = ("points", *sorted(query.items()))
        answers = self.central.memory.remember(key, lambda: api.list_all(self.central, **query))
        return answers, len(answers)

    def decide(self, observed: InfoObserved) -> Decision:
        return decide_info(self._wanted, observed)


def _filter(params: Mapping[str, Any]) -> str:
    """Return the OData filter that the options make together, "" for none."""
    texts = [f"({params['filter']})"] if params.get("filter") else []
    if params.get("name"):
        texts.append(f"name eq {api.quoted(params['name'])}")
    for option, holding in (("vm_ext_id", api.holding_vm), ("volume_group_ext_id", api.holding_volume_group)):
        if params.get(option):
            texts.append(holding(ext_id_option(option, params[option])))
    if len(texts) == 1 and params.get("filter"):
        # As it was given.
        return str(params["filter"])
    return " and ".join(texts)


class VmInfoItem(ReadingItem):
    """Reads the part of a recovery point that is of one VM; options as in the module nutanix_vm_recovery_point_info."""

    def __init__(self, params: Mapping[str, Any], session: Session) -> None:
        self._ext_id = ext_id_option("recovery_point_ext_id", params["recovery_point_ext_id"])
        self._part = ext_id_option("vm_recovery_point_ext_id", params["vm_recovery_point_ext_id"])
        super().__init__(session, self._part)

    def observe(self) -> VmRecoveryPoint | None:
        return api.get_vm_recovery_point(self.central, self._ext_id, self._part)

    def decide(self, observed: VmRecoveryPoint | None) -> Decision:
        return decide_vm_info(self._ext_id, self._part, observed)
