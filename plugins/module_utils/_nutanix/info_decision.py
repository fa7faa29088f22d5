# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which recovery points an info task shows. Pure."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ansible_collections.bcdr.multicloud.plugins.module_utils._core.reconcile import FAILED, SUCCEEDED, Decision
from ansible_collections.bcdr.multicloud.plugins.module_utils._nutanix.values import (
    COMPLETE,
    RecoveryPoint,
    VmRecoveryPoint,
    as_recovery_point,
    newest_usable,
    parse_recovery_point,
    plain_answer,
)


@dataclass(frozen=True)
class InfoWanted:
    """`newer_than` in seconds; `newest_usable` shows one point per set of VMs and volume groups.

    With `selected` the answers hold some fields only, so that nothing else can be said of them.
    """

    ext_id: str = ""
    usable_only: bool = False
    newest_usable: bool = False
    newer_than: int | None = None
    selected: bool = False


@dataclass(frozen=True)
class InfoObserved:
    """`answers` are recovery points as the API has them, `total` is how many match, of whatever page."""

    answers: Sequence[dict[str, Any]]
    total: int | None
    now: datetime.datetime
    container: str


def decide_info(wanted: InfoWanted, observed: InfoObserved) -> Decision:
    """Return the recovery points, newest first, in the form that all providers share and in the API's own."""
    if wanted.ext_id and not observed.answers:
        return Decision(FAILED, f"there is no recovery point {wanted.ext_id}")
    result: dict[str, Any] = {"total_available_results": observed.total, "ext_id": wanted.ext_id or None}
    if wanted.selected:
        # The client library has all other fields as None.
        chosen = [{name: value for name, value in answer.items() if value is not None} for answer in observed.answers]
        return Decision(SUCCEEDED, result={**result, "response": plain_answer(chosen)})
    shown = [parse_recovery_point(answer) for answer in observed.answers]
    shown = [point for point in shown if _matches(wanted, point, observed.now)]
    if wanted.newest_usable:
        sources = dict.fromkeys((point.vm_ext_ids, point.volume_group_ext_ids) for point in shown)
        newest = [
            newest_usable((one for one in shown if (one.vm_ext_ids, one.volume_group_ext_ids) == source), observed.now)
            for source in sources
        ]
        shown = [point for point in newest if point is not None]
    response: Any = shown[0].raw if wanted.ext_id and shown else [point.raw for point in shown]
    result["response"] = response
    # Of the same moment in the order of the server's answer.
    shown.sort(key=lambda point: point.created.timestamp() if point.created else 0.0, reverse=True)
    result["recovery_points"] = [
        as_recovery_point(point, observed.container).as_result(observed.now) for point in shown
    ]
    return Decision(SUCCEEDED, result=result)


def _matches(wanted: InfoWanted, point: RecoveryPoint, now: datetime.datetime) -> bool:
    if wanted.usable_only and (not point.usable or point.expired(now)):
        return False
    if wanted.newer_than is None:
        return True
    return point.created is not None and (now - point.created).total_seconds() <= wanted.newer_than


def decide_vm_info(ext_id: str, part_ext_id: str, part: VmRecoveryPoint | None) -> Decision:
    """Return the part of a recovery point that is of one VM."""
    if part is None:
        return Decision(FAILED, f"the recovery point {ext_id} is not there, or has no part {part_ext_id}")
    shown = {
        "ext_id": part.ext_id,
        "vm_ext_id": part.vm_ext_id,
        "location_agnostic_id": part.location_agnostic_id,
        "recovery_point_type": part.recovery_point_type,
        "status": part.status,
        "usable": part.status == COMPLETE,
        "categories": list(part.categories),
        "disk_ids": list(part.disk_ids or ()),
    }
    result = {
        "response": dict(part.raw),
        "ext_id": part.ext_id,
        "recovery_point_ext_id": ext_id,
        "vm_recovery_point": shown,
    }
    return Decision(SUCCEEDED, result=result)
