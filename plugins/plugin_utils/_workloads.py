# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The list of workloads, whatever their types: defaults laid under them, some of them chosen. Pure."""

from __future__ import annotations

import typing as t
from collections.abc import Mapping, Sequence

Workload = Mapping[str, t.Any]


class WorkloadError(ValueError):
    """A workload that cannot be meant; names the workload and its key."""


def select(
    workloads: Sequence[Workload],
    kind: str,
    names: Sequence[str] | None,
    defaults: Mapping[str, Mapping[str, t.Any]] | None,
) -> list[dict[str, t.Any]]:
    """Return the workloads of type `kind`, those in `names` if given, over the defaults of their type.

    Dictionaries are laid over each other key by key, anything else is replaced. Raises WorkloadError for a workload
    without name or type, a name that stands twice, and a name in `names` that no workload has.
    """
    seen: set[str] = set()
    for index, workload in enumerate(workloads):
        for key in ("name", "type"):
            if not workload.get(key):
                raise WorkloadError(f"dr_workloads[{index}] ({workload.get('name', 'no name')}): {key} is missing")
        if workload["name"] in seen:
            raise WorkloadError(f"dr_workloads[{index}]: the name {workload['name']} stands twice")
        seen.add(workload["name"])
    unknown = sorted(set(names or ()) - seen)
    if unknown:
        raise WorkloadError(f"dr_names: there is no workload {', '.join(unknown)}")
    under = (defaults or {}).get(kind, {})
    return [
        _laid_over(under, workload)
        for workload in workloads
        if workload["type"] == kind and (not names or workload["name"] in names)
    ]


def _laid_over(under: Mapping[str, t.Any], over: Mapping[str, t.Any]) -> dict[str, t.Any]:
    merged = dict(under)
    for key, value in over.items():
        below = merged.get(key)
        merged[key] = _laid_over(below, value) if isinstance(below, Mapping) and isinstance(value, Mapping) else value
    return merged
