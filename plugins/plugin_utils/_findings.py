# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What of a status shall fail a pipeline, and the steps of a failover, in lines for people. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from ansible_collections.bcdr.multicloud.plugins.module_utils._core.durations import format_duration
from ansible_collections.bcdr.multicloud.plugins.plugin_utils._workloads import (
    Item,
    Workload,
    WorkloadError,
    duration_of,
    recovery_place,
)


def findings(status: Sequence[Item], fail_on: Sequence[str]) -> list[str]:
    """Return a line for everything in the status that is of the kinds in `fail_on`, with the workload and the figure.

    The kinds are drift (protect would do something), breach (a target is not known to be within the objective), failed (copies
    that failed or are blocked) and drill (none within drill_every, or one that took longer than rto). Raises WorkloadError.
    """
    unknown = [kind for kind in fail_on if kind not in _FINDERS]
    if unknown:
        raise WorkloadError(f"dr_fail_on: {unknown[0]} is none of {', '.join(_FINDERS)}")
    return [
        f"{entry['name']}: {text}"
        for entry in status
        for kind in _FINDERS
        if kind in fail_on
        for text in _FINDERS[kind](entry)
    ]


def _drift(entry: Item) -> list[str]:
    return [f"drift: {', '.join(entry['drift'])}"] if entry["drift"] else []


def _breach(entry: Item) -> list[str]:
    wanted = format_duration(entry["rpo_target_seconds"])
    lines = []
    for target in entry["targets"]:
        if not target["known"]:
            lines.append(f"not known whether the RPO of {wanted} is kept: {target['location']} cannot be asked")
        elif target["rpo_seconds"] is None:
            lines.append(f"RPO breached: {target['location']} has no usable recovery point, {wanted} wanted")
        elif not target["within_rpo"]:
            lines.append(
                f"RPO breached: {target['location']} is {format_duration(target['rpo_seconds'])} old, {wanted} wanted"
            )
    return lines


def _failed(entry: Item) -> list[str]:
    return [f"{entry['status']}: {entry['reason']}"] if entry["status"] in ("failed", "blocked") else []


def _drill(entry: Item) -> list[str]:
    last, lines = entry.get("last_drill"), []
    if entry.get("drill_stale"):
        wanted = format_duration(entry["drill_every_seconds"])
        lines.append(f"no drill has succeeded within {wanted}" + (f"; the last was at {last['time']}" if last else ""))
    if last and last.get("status") in ("failed", "blocked"):
        lines.append(f"the drill of {last['time']} {last['status']}: {last.get('reason') or 'no reason is known'}")
    if entry.get("rto_met") is False and last:
        taken = format_duration(last["recovery_seconds"])
        lines.append(
            f"RTO missed: the drill of {last['time']} took {taken}, {format_duration(entry['rto_target_seconds'])} wanted"
        )
    return lines


_FINDERS: Mapping[str, Callable[[Item], list[str]]] = {
    "drift": _drift,
    "breach": _breach,
    "failed": _failed,
    "drill": _drill,
}


def failover_plan(workloads: Sequence[Workload], records: Sequence[Item] = ()) -> list[str]:
    """Return the steps of a failover in their order, a line each, and what they are expected to take.

    `records` are those of earlier drills and failovers: the newest that succeeded says how long a workload takes. The stages
    follow each other; within one the types do, and the workloads of a type come up side by side. Raises WorkloadError.
    """
    lines: list[str] = []
    total, known, number = 0, True, 0
    stages = sorted({int(workload.get("stage") or 1) for workload in workloads})
    for stage in stages:
        of_stage = [workload for workload in workloads if int(workload.get("stage") or 1) == stage]
        for kind in sorted({str(workload["type"]) for workload in of_stage}):
            taken = []
            for workload in (one for one in of_stage if one["type"] == kind):
                if workload.get("failed_over"):
                    lines.append(f"-- {workload['name']} ({kind}) is failed over already and is not brought up again")
                    continue
                if not workload.get("failover"):
                    lines.append(
                        f"-- {workload['name']} ({kind}) has no `failover` in its workload and is not brought up"
                    )
                    continue
                number += 1
                seconds, text = _expected(workload, records)
                taken.append(seconds)
                at = f"stage {stage}: " if len(stages) > 1 else ""
                lines.append(
                    f"{number}. {at}{workload['name']} ({kind}) in {recovery_place(workload, 'failover') or 'its first target'}: {text}"
                )
            known = known and None not in taken
            total += max((seconds for seconds in taken if seconds is not None), default=0)
    if number:
        lines.append(
            f"Expected in all: {'' if known else 'at least '}{format_duration(total)}"
            if total
            else "Expected in all: not known"
        )
    return lines


def _expected(workload: Workload, records: Sequence[Item]) -> tuple[int | None, str]:
    wanted = duration_of(workload, "rto")
    objective = f", RTO {format_duration(wanted)}" if wanted is not None else ""
    proven = [
        record
        for record in records
        if record.get("workload") == workload["name"]
        and record.get("kind") in ("drill", "failover")
        and record.get("status") == "succeeded"
        and record.get("recovery_seconds") is not None
    ]
    if not proven:
        return None, f"expected time not known, no drill is on record{objective}"
    last = max(proven, key=lambda record: str(record["time"]))
    seconds = int(last["recovery_seconds"])
    return seconds, f"expected {format_duration(seconds)} as in the {last['kind']} of {last['time']}{objective}"
