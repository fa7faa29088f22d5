# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What workloads of all types have in common: how they are turned into batches, and told. Pure."""

from __future__ import annotations

import typing as t
from collections.abc import Callable, Mapping, Sequence

from ansible_collections.bcdr.multicloud.plugins.module_utils._core.durations import format_duration, parse_duration

Workload = Mapping[str, t.Any]
Item = dict[str, t.Any]
Steps = Mapping[str, Callable[[Workload], list[Item]]]

# The types that there are roles for.
TYPES = ("azure_vm", "azure_image", "azure_blob", "efs", "nutanix_vm")
# What a drill makes is called so, and bears the tag.
DRILL_PREFIX = "drill-"
DRILL_TAG = "bcdr-drill"
_STOPPED = ("failed", "blocked")
_TRUE, _FALSE = frozenset(("true", "yes", "on", "1", "y", "t")), frozenset(("", "false", "no", "off", "0", "n", "f"))


class WorkloadError(ValueError):
    """A workload that cannot be meant; names the workload and its key."""


def laid_over(under: Mapping[str, t.Any], over: Mapping[str, t.Any]) -> dict[str, t.Any]:
    """Return `over` laid over `under`: dictionaries key by key, anything else is replaced."""
    merged = dict(under)
    for key, value in over.items():
        below = merged.get(key)
        merged[key] = laid_over(below, value) if isinstance(below, Mapping) and isinstance(value, Mapping) else value
    return merged


def batch_of(steps: Steps, workloads: Sequence[Workload], step: str) -> list[Item]:
    """Return the items that the step makes of the workloads, without options that are None. Raises WorkloadError."""
    if step not in steps:
        raise WorkloadError(f"step {step!r} is none of {', '.join(sorted(steps))}")
    return [without_none(item) for workload in workloads for item in steps[step](workload)]


def without_none(item: Mapping[str, t.Any]) -> Item:
    return {name: value for name, value in item.items() if value is not None}


def objective(workload: Workload) -> int:
    """Return the recovery point objective in seconds. Raises WorkloadError."""
    return _duration(workload, "rpo", workload["rpo"])


def max_age(workload: Workload) -> str:
    """Return how old the newest point may get before one is made. Raises WorkloadError for what is no duration."""
    objective(workload)
    age: str = workload.get("max_age") or workload["rpo"]
    _duration(workload, "max_age", age)
    return age


def duration_of(workload: Workload, key: str) -> int | None:
    """Return the seconds that `key` of the workload says, None without it. Raises WorkloadError."""
    return None if workload.get(key) is None else _duration(workload, key, workload[key])


def _duration(workload: Workload, key: str, text: t.Any) -> int:
    try:
        return parse_duration(text)
    except ValueError as error:
        raise WorkloadError(f"workload {workload['name']}: {key}: {error}") from error


def unconfirmed(workloads: Sequence[Workload], confirmed: t.Any) -> list[str]:
    """Return the names of the workloads that `confirmed` does not mean: it is true or false, or names, as a list or with commas.

    A name that none of them has is one of another type. Raises WorkloadError for what is neither.
    """
    names = [str(workload["name"]) for workload in workloads]
    if isinstance(confirmed, bool) or confirmed is None:
        return [] if confirmed else names
    if isinstance(confirmed, str):
        if confirmed.strip().lower() in _TRUE | _FALSE:
            return [] if confirmed.strip().lower() in _TRUE else names
        confirmed = [part.strip() for part in confirmed.split(",") if part.strip()]
    if not isinstance(confirmed, Sequence):
        raise WorkloadError(f"a confirmation is true or the names of the workloads, and not {confirmed!r}")
    meant = {str(name) for name in confirmed}
    return [name for name in names if name not in meant]


def recovery_site(
    workload: Workload,
    use: str,
    names: Callable[[Mapping[str, t.Any]], Sequence[str]],
    normalise: Callable[[str], str] = str,
) -> tuple[Mapping[str, t.Any], Mapping[str, t.Any]]:
    """Return what the workload says about its drill or failover (`use`), and the target that this uses.

    That is the one with the `location` among its `names`, or the first. Raises WorkloadError.
    """
    site, targets = workload[use], workload["targets"]
    if not targets:
        raise WorkloadError(f"workload {workload['name']}: targets: there is none")
    location = site.get("location")
    if not location:
        return site, targets[0]
    for target in targets:
        if normalise(location) in names(target):
            return site, target
    known = ", ".join(dict.fromkeys(names(target)[0] for target in targets))
    raise WorkloadError(f"workload {workload['name']}: {use}.location: {location} is none of its targets ({known})")


def status_entry(
    workload: Workload, kind: str, point: Item, copy: Item, targets: Sequence[Item], steps: Sequence[Item], known: bool
) -> Item:
    """Return where one workload stands; figures are in seconds.

    `point` and `copy` are the results of making its recovery point and of copying it, `steps` the results of all that
    protect would do, in this order. `known` says whether the source could be asked. `targets` have location, name, known,
    newest_usable and rpo_seconds.
    """
    wanted = objective(workload)
    shown = [
        {**target, "within_rpo": target["rpo_seconds"] is not None and target["rpo_seconds"] <= wanted}
        for target in targets
    ]
    ages = [target["rpo_seconds"] for target in targets]
    # Where nothing has arrived, or where nobody can look, there is no figure to tell.
    actual = max(ages) if ages and None not in ages else None
    return {
        "name": workload["name"],
        "type": kind,
        "status": copy["status"],
        "reason": copy["reason"],
        "progress_percent": copy.get("progress_percent"),
        "copies_due": bool(copy["actions"]),
        "rpo_target_seconds": wanted,
        "rpo_seconds": point.get("rpo_seconds"),
        "rpo_actual_seconds": actual,
        "breaches_in_seconds": None if actual is None else wanted - actual,
        "rto_target_seconds": duration_of(workload, "rto"),
        "drill_every_seconds": duration_of(workload, "drill_every"),
        "source_known": known,
        "source_status": point["status"],
        "source_reason": point["reason"],
        "targets": shown,
        # A place that cannot be looked into keeps no promise.
        "breached": not all(target["within_rpo"] for target in shown),
        "drift": [action for step in steps for action in step["actions"]],
    }


def status_line(entry: Item) -> str:
    """Return one line about a status entry for people."""
    targets = entry["targets"]
    locations = [target["location"] for target in targets]
    here = _age(entry["rpo_seconds"], entry["source_known"])
    places = "".join(
        f", {target['location']}{f' ({name})' if locations.count(target['location']) > 1 else ''} "
        f"{_age(target['rpo_seconds'], target['known'])}"
        for target in targets
        for name in [target["name"]]
    )
    line = (
        f"{entry['name']}: {_verdict(targets)} of {format_duration(entry['rpo_target_seconds'])}: here {here}{places}"
    )
    # That the source is out of reach is told by the copies, if it keeps them.
    if entry["source_status"] in _STOPPED and (entry["source_known"] or entry["status"] == "succeeded"):
        what = f"recovery point {entry['source_status']}" if entry["source_known"] else "the source cannot be asked"
        line += f"; {what}: {entry['source_reason']}"
    copies = f"copies {entry['status']}: {entry['reason']}" if entry["status"] != "succeeded" else ""
    to_do = f"to do: {', '.join(entry['drift'])}" if entry["drift"] else ""
    # Copies that are not started yet are running only when they have been.
    parts = (to_do, f"then {copies}") if entry["copies_due"] and copies else (copies, to_do)
    return "; ".join([line, *filter(None, parts)])


def _verdict(targets: Sequence[Item]) -> str:
    if any(target["known"] and not target["within_rpo"] for target in targets):
        return "RPO BREACHED"
    return "within RPO" if all(target["known"] for target in targets) else "NOT KNOWN whether within RPO"


def _age(seconds: int | None, known: bool) -> str:
    if not known:
        return "not known"
    return "nothing yet" if seconds is None else format_duration(seconds)


def restore_line(result: Item, describe: Callable[[Item], tuple[str, str]]) -> str:
    """Return one line about a restored workload: from which point, how long it took, and what it is now.

    `describe` returns the first and the last of these for a result that has succeeded.
    """
    if result["status"] != "succeeded":
        return f"{result['label']}: {result['status'].upper()}: {result['reason']}"
    origin, outcome = describe(result)
    age, took = result.get("rpo_seconds"), result.get("recovery_seconds")
    return (
        f"{result['label']}: restored from {origin}, {f'{format_duration(age)} old, ' if age is not None else ''}"
        f"{f'in {format_duration(took)}' if took is not None else 'by an earlier run'}; {outcome}"
    )
