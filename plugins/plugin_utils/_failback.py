# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Workloads the other way round, whatever their type: from the place that they were failed over to, home. Pure."""

from __future__ import annotations

import typing as t
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from ansible_collections.bcdr.multicloud.plugins.plugin_utils import (
    _azure_blob_workloads,
    _azure_image_workloads,
    _azure_vm_workloads,
    _efs_workloads,
    _nutanix_workloads,
)
from ansible_collections.bcdr.multicloud.plugins.plugin_utils._workloads import (
    Item,
    Workload,
    WorkloadError,
    unconfirmed,
)


@dataclass(frozen=True)
class _Type:
    """`reverse` turns one workload round, `restores` makes the batch that restores at home what has arrived there."""

    reverse: Callable[[Workload, str | None, Sequence[Item]], tuple[Workload | None, str]]
    restores: Callable[[Sequence[Workload], Sequence[Item], Sequence[Item]], list[Item]]


_TYPES = {
    "azure_vm": _Type(_azure_vm_workloads.failback, _azure_vm_workloads.failback_restores),
    "azure_image": _Type(_azure_image_workloads.failback, _azure_image_workloads.failback_restores),
    "azure_blob": _Type(_azure_blob_workloads.failback, _azure_blob_workloads.failback_restores),
    "efs": _Type(_efs_workloads.failback, _efs_workloads.failback_restores),
    "nutanix_vm": _Type(_nutanix_workloads.failback, _nutanix_workloads.failback_restores),
}


def failback(
    workloads: Sequence[Workload],
    type: str,  # noqa: A002
    confirmed: t.Any = False,
    stopped_at: t.Any = None,
    found: Sequence[Item] = (),
) -> Item:
    """Return the workloads of `type` that have a `failback` the other way round (`workloads`), and why some are `missing`.

    Those that are `confirmed` (true, or names) come home now: their last points are to be newer than `stopped_at`. Those of the
    others are made by age. `found` are the results of failing them over in check mode, where that is needed to know what they
    are called now. Raises WorkloadError.
    """
    reverse = _type(type).reverse
    staying = unconfirmed(workloads, confirmed)
    for workload in workloads:
        _check(workload)
    returning = [workload for workload in workloads if workload.get("failback")]
    coming = [str(workload["name"]) for workload in returning if workload["name"] not in staying]
    if coming and not stopped_at:
        raise WorkloadError(
            f"failback of {', '.join(coming)}: since when are they stopped? What was written after the last recovery point is "
            f"lost: stop them, and say when that was, such as {type}_stopped_at=2026-11-28T18:00:00Z (dr_stopped_at with the playbook)"
        )
    turned = [reverse(workload, stopped_at if workload["name"] in coming else None, found) for workload in returning]
    return {
        "workloads": [workload for workload, _problem in turned if workload is not None],
        "missing": [problem for _workload, problem in turned if problem],
    }


def standing(workloads: Sequence[Workload], type: str, found: Sequence[Item] = ()) -> list[Workload]:  # noqa: A002
    """Return the workloads as they are to be protected now: those that are `failed_over` the other way round.

    `found` are the results of failing those over in check mode, where that is needed to know what they are called now.
    Raises WorkloadError.
    """
    return [_standing(workload, type, found) for workload in workloads]


def _standing(workload: Workload, kind: str, found: Sequence[Item]) -> Workload:
    if not workload.get("failed_over"):
        return workload
    _check(workload)
    turned, problem = _type(kind).reverse(workload, None, found)
    if turned is None:
        raise WorkloadError(f"failed_over: {problem}")
    return turned


def _check(workload: Workload) -> None:
    if workload.get("failed_over") and not workload.get("failback"):
        raise WorkloadError(f"workload {workload['name']}: failed_over: needs failback, which says where home is")
    if workload.get("failback") and not workload.get("failover"):
        raise WorkloadError(
            f"workload {workload['name']}: failback: needs failover too, which says where the workload is"
        )


def restores(
    workloads: Sequence[Workload],
    type: str,  # noqa: A002
    points: Sequence[Item],
    copies: Sequence[Item],
) -> list[Item]:
    """Return the batch of the module that restores at home those workloads that are to come home and whose last point is there.

    `workloads` are from `failback`, the others the results of making and of copying their points, in the same order.
    """
    return _type(type).restores(workloads, points, copies)


def _type(name: str) -> _Type:
    if name not in _TYPES:
        raise WorkloadError(f"the type {name} is none of those that can be failed back: {', '.join(_TYPES)}")
    return _TYPES[name]
