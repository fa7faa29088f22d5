# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What workloads of all types have in common: how they are turned into batches, and told. Pure."""

from __future__ import annotations

import typing as t
from collections.abc import Callable, Mapping, Sequence

from ansible_collections.bcdr.multicloud.plugins.module_utils._core.durations import format_duration, parse_duration
from ansible_collections.bcdr.multicloud.plugins.module_utils._core.moments import parse_moment

Workload = Mapping[str, t.Any]
Item = dict[str, t.Any]
Steps = Mapping[str, Callable[[Workload], list[Item]]]

# The types that there are roles for.
TYPES = ("azure_vm", "azure_image", "azure_blob", "efs", "nutanix_vm")
# What a drill makes is called so, and bears the tag.
DRILL_PREFIX = "drill-"
DRILL_TAG = "bcdr-drill"
_STOPPED = ("failed", "blocked")
# What is the same for a workload that was failed over.
_KEPT = ("name", "type", "rpo", "rto", "drill_every", "stage", "max_age", "overdue_after", "tags")
# What is not done for a workload that is failed over.
_AT_HOME_ONLY = ("drill", "failover")
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
    return [
        without_none(item)
        for workload in workloads
        if not (step in _AT_HOME_ONLY and workload.get("failed_over"))
        for item in steps[step](workload)
    ]


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


def due(workload: Workload) -> Item:
    """Return the options that say when a recovery point is to be made. Raises WorkloadError.

    A workload that comes home has `newer_than` in the end: the moment since which it has been stopped.
    """
    if workload.get("newer_than"):
        return {"newer_than": workload["newer_than"]}
    return {"max_age": max_age(workload)}


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


def recovery_place(workload: Workload, use: str) -> str | None:
    """Return what people call the place in which the workload is brought up for a drill or failover (`use`): where it says, else
    its first target. Of a vault it is the region. None where nothing tells."""
    site, first = workload.get(use) or {}, (workload.get("targets") or [{}])[0]
    known = (
        site.get("location"),
        *(first.get(key) for key in ("location", "backup_vault_arn", "nutanix_host", "account_name")),
    )
    place = next((str(one) for one in known if one), None)
    if place and place.startswith("arn:") and place.count(":") > 3:
        return place.split(":")[3]
    return place


def homeward(workload: Workload, keys: Sequence[str], newer_than: str | None, **reversed_keys: t.Any) -> Item:
    """Return the workload as it is protected toward home: `keys` as they are, and over them what is the other way round.

    Raises WorkloadError for a moment that is none.
    """
    if newer_than is not None:
        try:
            parse_moment(newer_than)
        except ValueError as error:
            raise WorkloadError(f"the moment since which the workloads are stopped: {error}") from error
    kept = {key: workload.get(key) for key in (*_KEPT, *keys)}
    moment = str(newer_than) if newer_than is not None else None
    return without_none({**kept, **reversed_keys, "newer_than": moment, "homeward": True})


def arrived(workload: Workload, point: Item, copy: Item) -> bool:
    """Return whether the last recovery point of a workload that comes home is there, by the results of making and copying it."""
    return bool(workload.get("newer_than")) and point["status"] == copy["status"] == "succeeded"


def failed_over(results: Sequence[Item], label: str) -> tuple[Item | None, str]:
    """Return the result about `label` among those of failing over in check mode, and why it is of no use; "" if it is not."""
    result = next((one for one in results if one["label"] == label), None)
    if result is None:
        return None, f"{label}: nothing tells where it was failed over to"
    if result["status"] in _STOPPED:
        return None, f"{label}: what a failover has brought up cannot be told: {result['reason']}"
    return result, ""


def overdue_copies(workload: Workload, copies: Sequence[Mapping[str, t.Any]]) -> list[int]:
    """Return for how many seconds those of the copies have been going on that take longer than `overdue_after`, longest first.

    `copies` have running_seconds, None for one that is not under way. Raises WorkloadError.
    """
    limit = duration_of(workload, "overdue_after")
    going = [copy["running_seconds"] for copy in copies if copy.get("running_seconds") is not None]
    return sorted((seconds for seconds in going if limit is not None and seconds > limit), reverse=True)


def status_entry(
    workload: Workload,
    kind: str,
    point: Item,
    copy: Item,
    targets: Sequence[Item],
    steps: Sequence[Item],
    known: bool,
    copies: Sequence[Item] = (),
) -> Item:
    """Return where one workload stands; figures are in seconds.

    `point` and `copy` are the results of making its recovery point and of copying it, `steps` the results of all that
    protect would do, in this order. `known` says whether the source could be asked. `targets` have location, name, known,
    newest_usable and rpo_seconds. `copies` are those that may be overdue (`overdue_copies`).
    """
    wanted = objective(workload)
    overdue = overdue_copies(workload, copies)
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
        # It is protected toward home then, from where it was failed over to.
        "failed_over": bool(workload.get("homeward")),
        "status": copy["status"],
        "reason": "; ".join(filter(None, (copy["reason"], _overdue_reason(overdue)))),
        "progress_percent": copy.get("progress_percent"),
        "copies_due": bool(copy["actions"]),
        "overdue": len(overdue),
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


def _overdue_reason(seconds: Sequence[int]) -> str:
    if not seconds:
        return ""
    return f"{len(seconds)} {'copy' if len(seconds) == 1 else 'copies'} overdue, under way for {format_duration(seconds[0])}"


def status_line(entry: Item) -> str:
    """Return one line about a status entry for people."""
    targets = entry["targets"]
    locations = [target["location"] for target in targets]
    here = _age(entry["rpo_seconds"], entry["source_known"])
    away = " (failed over)" if entry.get("failed_over") else ""
    places = "".join(
        f", {target['location']}{f' ({name})' if locations.count(target['location']) > 1 else ''} "
        f"{_age(target['rpo_seconds'], target['known'])}"
        for target in targets
        for name in [target["name"]]
    )
    line = f"{entry['name']}{away}: {_verdict(targets)} of {format_duration(entry['rpo_target_seconds'])}: here {here}{places}"
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
