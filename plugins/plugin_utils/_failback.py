# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Workloads the other way round, whatever their type: from the place that they were failed over to, home. Pure."""

from __future__ import annotations

import typing as t
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from ansible_collections.bcdr.multicloud.plugins.plugin_utils import _azure_vm_workloads
from ansible_collections.bcdr.multicloud.plugins.plugin_utils._workloads import Item, Workload, WorkloadError


@dataclass(frozen=True)
class _Type:
    """`reverse` turns one workload round, `restores` makes the batch that restores at home what has arrived there."""

    reverse: Callable[[Workload, str | None], Workload]
    restores: Callable[[Sequence[Workload], Sequence[Item], Sequence[Item]], list[Item]]


_TYPES = {
    "azure_vm": _Type(_azure_vm_workloads.failback, _azure_vm_workloads.failback_restores),
}


def failback(workloads: Sequence[Workload], type: str, newer_than: t.Any = None) -> list[Workload]:  # noqa: A002
    """Return the workloads of `type` that have a `failback`, the other way round.

    `newer_than` is the moment since which they are stopped, if they are to come home now; else their recovery points are
    made by age. Raises WorkloadError.
    """
    reverse = _type(type).reverse
    return [reverse(workload, newer_than or None) for workload in workloads if workload.get("failback")]


def restores(workloads: Sequence[Workload], type: str, points: Sequence[Item], copies: Sequence[Item]) -> list[Item]:  # noqa: A002
    """Return the batch of the module that restores at home those workloads whose last point has arrived there.

    `workloads` are from `failback`, the others the results of making and of copying their points, in the same order.
    """
    return _type(type).restores(workloads, points, copies)


def _type(name: str) -> _Type:
    if name not in _TYPES:
        raise WorkloadError(f"the type {name} is none of those that can be failed back: {', '.join(_TYPES)}")
    return _TYPES[name]
