# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The report as one plain document, from what status, drills and the history left. Pure: no clock, no files, no Ansible.

docs/report.md describes the document for its readers, docs/report.schema.json for their programs; what either of them
says changes only together with REPORT_VERSION.
"""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ansible_collections.bcdr.multicloud.plugins.module_utils._core.errors import InvalidRequest, redact
from ansible_collections.bcdr.multicloud.plugins.module_utils._core.version import VERSION
from ansible_collections.bcdr.multicloud.plugins.module_utils._reporting import advice
from ansible_collections.bcdr.multicloud.plugins.module_utils._reporting.texts import (
    clean,
    of_target,
    parse_time,
    rfc3339,
    span,
)

REPORT_VERSION = 1
# The worst first. Each workload is in one of them.
STATES = ("breached", "failed", "unknown", "ok")
_STOPPED = ("failed", "blocked")
_MOVING = ("pending", "running")
_PLAN_PARTS = ("regions", "existing", "copies", "makespan_s", "lower_bound_s", "gap", "proven_optimal", "egress_usd")
_PLAN_FIGURES = ("strategy", "size_gb", "makespan_s", "lower_bound_s", "gap", "proven_optimal", "egress_usd")

Json = dict[str, Any]


@dataclass(frozen=True)
class Gathered:
    """What a report is made of: `status` entries with history laid on, records of drills, events, failures of the run."""

    status: Sequence[Mapping[str, Any]]
    drills: Sequence[Mapping[str, Any]] = ()
    events: Sequence[Mapping[str, Any]] = ()
    failures: Sequence[str] = ()
    title: str = "Disaster recovery report"
    plans: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)


def read(params: Mapping[str, Any]) -> Gathered:
    """Return the module's options as plain, clean data. Raises InvalidRequest, which names the entry and what is wrong."""
    status = [_plain(entry) for entry in params["status"]]
    seen: dict[str, int] = {}
    for index, entry in enumerate(status):
        _check_entry(entry, f"status[{index}]")
        if entry["name"] in seen:
            raise InvalidRequest(
                f"status[{index}]: the name {entry['name']} stands in status[{seen[entry['name']]}] too"
            )
        seen[entry["name"]] = index
    drills = [_plain(record) for record in params.get("drills") or ()]
    for index, record in enumerate(drills):
        _check_drill(record, f"drills[{index}]")
    events = [_plain(event) for event in params.get("events") or ()]
    for index, event in enumerate(events):
        for key in ("event", "workload"):
            _text(event, key, f"events[{index}]")
        if event.get("time") is not None:
            _time(event, f"events[{index}]")
    return Gathered(
        status=status,
        drills=drills,
        events=events,
        failures=[redact(clean(str(failure))) for failure in params.get("failures") or ()],
        title=redact(clean(str(params.get("title") or Gathered.title))),
        plans={entry["name"]: entry["plan"] for entry in status if entry.get("plan")},
    )


def build(gathered: Gathered, now: datetime.datetime) -> Json:
    """Return the document, its workloads worst first."""
    # Of the same moment in an order of their own, so that the order of the input changes nothing.
    drills = sorted(gathered.drills, key=lambda record: (record["workload"], record["status"]))
    drills.sort(key=lambda record: parse_time(record["time"]), reverse=True)
    newest: dict[str, Mapping[str, Any]] = {}
    succeeded: dict[str, Mapping[str, Any]] = {}
    for record in drills:
        newest.setdefault(record["workload"], record)
        if record["status"] == "succeeded":
            succeeded.setdefault(record["workload"], record)
    workloads = [
        _workload(entry, newest.get(entry["name"]), succeeded.get(entry["name"]), now) for entry in gathered.status
    ]
    workloads.sort(key=_worst_first)
    return {
        "report_version": REPORT_VERSION,
        "collection_version": VERSION,
        "generated_at": rfc3339(now),
        "title": gathered.title,
        "totals": _totals(workloads, gathered.failures),
        "workloads": workloads,
        "drills": [_drill(record) for record in drills],
        "failures": [{"message": text, "advice": advice.for_run(text)} for text in gathered.failures],
        "events": sorted(
            (_event(event) for event in gathered.events), key=lambda event: event["time"] or "", reverse=True
        ),
    }


def states_of(document: Mapping[str, Any]) -> dict[str, str]:
    """Return the state of each workload by its name, which is what tells two reports apart."""
    return {workload["name"]: workload["state"] for workload in document["workloads"]}


def statistics(document: Mapping[str, Any], most_named: int = 50) -> Json:
    """Return the few figures that a workflow decides by, with at most so many names in each list."""

    def named(flag: str) -> list[str]:
        return [workload["name"] for workload in document["workloads"] if workload[flag]][:most_named]

    return {
        "report_version": document["report_version"],
        "generated_at": document["generated_at"],
        "totals": document["totals"],
        "breached": named("breached"),
        "failed": named("failed"),
        "unknown": [workload["name"] for workload in document["workloads"] if not workload["known"]][:most_named],
        "drills_stale": named("drill_stale"),
    }


def _workload(
    entry: Mapping[str, Any],
    newest: Mapping[str, Any] | None,
    succeeded: Mapping[str, Any] | None,
    now: datetime.datetime,
) -> Json:
    """Return one workload of the document."""
    targets = [
        {
            "location": target["location"],
            "name": target.get("name") or "",
            "known": target["known"],
            "newest_usable": _point_name(target.get("newest_usable")),
            "rpo_seconds": target["rpo_seconds"],
            "within_rpo": _within(target, entry["rpo_target_seconds"]),
        }
        for target in entry["targets"]
    ]
    last_drill = entry.get("last_drill") or newest
    due = bool(entry.get("copies_due"))
    status = entry["status"]
    source_failed = entry["source_known"] and entry["source_status"] in _STOPPED
    facts: Json = {
        "name": entry["name"],
        "type": entry["type"],
        "breached": any(target["known"] and not target["within_rpo"] for target in targets),
        "failed": status in _STOPPED or source_failed,
        "known": bool(entry["source_known"]) and all(target["known"] for target in targets),
        # A copy that protect would start is no copy on its way.
        "running": status in _MOVING and not due,
        "status": status,
        "reason": entry["reason"],
        "progress_percent": entry.get("progress_percent"),
        "copies_due": due,
        "rpo_target_seconds": entry["rpo_target_seconds"],
        **_actual(entry, targets),
        "source_known": entry["source_known"],
        "source_status": entry["source_status"],
        "source_reason": entry["source_reason"],
        "source_rpo_seconds": entry.get("rpo_seconds"),
        "targets": targets,
        "drift": list(entry.get("drift") or ()),
        "rto_target_seconds": entry.get("rto_target_seconds"),
        "drill_every_seconds": entry.get("drill_every_seconds"),
        "last_drill": _drill(last_drill) if last_drill else None,
        "plan": _plan_figures(entry["plan"]) if entry.get("plan") else None,
    }
    facts["drill_stale"] = _stale(entry, succeeded, now)
    facts["rto_met"] = _rto_met(entry, facts["last_drill"])
    facts["state"] = next(
        state
        for state, is_so in zip(STATES, (facts["breached"], facts["failed"], not facts["known"], True), strict=True)
        if is_so
    )
    facts["headline"], facts["advice"] = _told(facts, source_failed)
    facts["drill_advice"] = _drill_advice(facts)
    return facts


def _within(target: Mapping[str, Any], wanted: float) -> bool:
    return bool(target["known"]) and target["rpo_seconds"] is not None and target["rpo_seconds"] <= wanted


def _actual(entry: Mapping[str, Any], targets: Sequence[Mapping[str, Any]]) -> Json:
    """Return the age at the worst target, where that is, and when it breaches the objective.

    While a target is not known, nobody knows the age at the worst one; `rpo_worst_seconds` is that of those known.
    """
    known = [target for target in targets if target["known"]]
    empty = next((target for target in known if target["rpo_seconds"] is None), None)
    worst = empty or max(known, key=lambda target: target["rpo_seconds"], default=None)
    age = worst["rpo_seconds"] if worst else None
    actual = age if len(known) == len(targets) else None
    return {
        "rpo_actual_seconds": actual,
        "breaches_in_seconds": None if actual is None else entry["rpo_target_seconds"] - actual,
        "rpo_worst_seconds": age,
        "rpo_location": worst["location"] if worst else None,
    }


def _told(facts: Mapping[str, Any], source_failed: bool) -> tuple[str, str]:
    """Return what is wrong with a workload in one sentence with its figures, and what to do about it."""
    name = facts["name"]
    parts: list[str] = []
    todo = ""
    stopped = facts["status"] in _STOPPED
    if facts["breached"]:
        parts.append(f"RPO breached: {_figure(facts)}")
        todo = advice.for_breach(facts["rpo_worst_seconds"] is not None, facts["running"], facts["reason"], stopped)
    if stopped:
        parts.append(f"copies {facts['status']}: {facts['reason'] or 'no reason given'}")
        todo = todo or advice.for_failure(facts["reason"])
    elif source_failed:
        parts.append(f"recovery point {facts['source_status']}: {facts['source_reason'] or 'no reason given'}")
        todo = advice.for_failure(facts["source_reason"]) if not facts["breached"] else todo
    if not facts["source_known"] and not (stopped and facts["reason"] == facts["source_reason"]):
        parts.append(f"the source cannot be asked: {facts['source_reason'] or 'no reason given'}")
        todo = todo or advice.for_unknown(f"source cannot be asked: {facts['source_reason']}")
    blind = [target["location"] for target in facts["targets"] if not target["known"]]
    if blind:
        why = "" if stopped or not facts["reason"] else f": {facts['reason']}"
        parts.append(f"not known whether within RPO at {', '.join(blind)}{why}")
        todo = todo or advice.for_unknown(facts["reason"])
    text = "; ".join(parts)
    return (text[:1].upper() + text[1:], todo) if name else ("", "")


def _figure(facts: Mapping[str, Any]) -> str:
    place = facts["rpo_location"]
    if facts["rpo_worst_seconds"] is None:
        return f"nothing to restore from at {place}, of {span(facts['rpo_target_seconds'])}"
    return f"{of_target(facts['rpo_worst_seconds'], facts['rpo_target_seconds'])} ({place})"


def _drill_advice(facts: Mapping[str, Any]) -> str:
    last = facts["last_drill"]
    if last and last["status"] != "succeeded":
        return advice.for_drill("failed", last["reason"])
    if facts["drill_stale"]:
        return advice.for_drill("stale" if last else "none", "")
    return advice.for_drill("slow", "") if facts["rto_met"] is False else ""


def _stale(entry: Mapping[str, Any], succeeded: Mapping[str, Any] | None, now: datetime.datetime) -> bool:
    if entry.get("drill_stale") is not None:
        return bool(entry["drill_stale"])
    every = entry.get("drill_every_seconds")
    if every is None:
        return False
    last = entry.get("last_drill")
    times = [record["time"] for record in (last, succeeded) if record and record["status"] == "succeeded"]
    return not any((now - parse_time(time)).total_seconds() <= every for time in times)


def _rto_met(entry: Mapping[str, Any], last: Mapping[str, Any] | None) -> bool | None:
    if entry.get("rto_met") is not None:
        return bool(entry["rto_met"])
    wanted = entry.get("rto_target_seconds")
    if wanted is None or last is None:
        return None
    if last["status"] != "succeeded":
        return False
    return None if last["recovery_seconds"] is None else bool(last["recovery_seconds"] <= wanted)


def _drill(record: Mapping[str, Any]) -> Json:
    return {
        "workload": record["workload"],
        "type": record.get("type") or "",
        "time": rfc3339(parse_time(record["time"])),
        "status": record["status"],
        "recovery_point": _point_name(record.get("recovery_point")),
        "location": record.get("location") or "",
        "rpo_seconds": record.get("rpo_seconds"),
        "recovery_seconds": record.get("recovery_seconds"),
        "reason": record.get("reason") or "",
    }


def _event(event: Mapping[str, Any]) -> Json:
    return {
        "time": rfc3339(parse_time(event["time"])) if event.get("time") else None,
        "event": event["event"],
        "workload": event["workload"],
        "type": event.get("type") or "",
        "summary": event.get("summary") or "",
        "status": event.get("status") or "",
    }


def _point_name(point: Any) -> str:
    """Return how a recovery point is called: a text as it is, of a point in the common form its name."""
    if isinstance(point, Mapping):
        return str(point.get("name") or point.get("id") or "")
    return "" if point is None else str(point)


def _plan_figures(plan: Mapping[str, Any]) -> Json:
    """Return a plan without its schedule, which the page draws."""
    return {
        **{key: plan.get(key) for key in _PLAN_FIGURES},
        "copies": len(plan["copies"]),
        "sources": sorted({entry["region"] for entry in plan["existing"]}),
        "targets": sorted({copy["target_region"] for copy in plan["copies"] if not copy.get("temporary")}),
    }


def _totals(workloads: Sequence[Mapping[str, Any]], failures: Sequence[str]) -> Json:
    """Return the counts. A workload that is breached and failed counts in both; `ok` is none of breached, failed, unknown."""
    return {
        "workloads": len(workloads),
        "breached": sum(workload["breached"] for workload in workloads),
        "failed": sum(workload["failed"] for workload in workloads),
        "unknown": sum(not workload["known"] for workload in workloads),
        "ok": sum(workload["state"] == "ok" for workload in workloads),
        "running": sum(workload["running"] for workload in workloads),
        "drift": sum(bool(workload["drift"]) for workload in workloads),
        "drills_stale": sum(workload["drill_stale"] for workload in workloads),
        "drills_failed": sum(
            bool(workload["last_drill"]) and workload["last_drill"]["status"] != "succeeded" for workload in workloads
        ),
        "rto_missed": sum(workload["rto_met"] is False for workload in workloads),
        "run_failures": len(failures),
    }


def _worst_first(workload: Mapping[str, Any]) -> tuple[int, float, str]:
    age, wanted = workload["rpo_worst_seconds"], workload["rpo_target_seconds"]
    # Nothing at all is worse than any age.
    used = (float("inf") if workload["breached"] else 0.0) if age is None else age / wanted
    return STATES.index(workload["state"]), -used, workload["name"]


# -- reading


def _plain(value: Any) -> Any:
    """Return a value whose texts any file can hold and that hold no secret."""
    if isinstance(value, Mapping):
        return {clean(str(key)): _plain(entry) for key, entry in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(entry) for entry in value]
    return redact(clean(value)) if isinstance(value, str) else value


def _check_entry(entry: Mapping[str, Any], where: str) -> None:
    _text(entry, "name", where)
    where = f"{where} ({entry['name']})"
    _text(entry, "type", where)
    for key in ("status", "source_status"):
        _text(entry, key, where)
    for key in ("reason", "source_reason"):
        if not isinstance(entry.get(key), str):
            raise _wrong(where, key, entry.get(key), "a text")
    _number(entry, "rpo_target_seconds", where, needed=True, above=0)
    _flag(entry, "source_known", where)
    for key in ("rpo_seconds", "progress_percent", "rto_target_seconds", "drill_every_seconds"):
        _number(entry, key, where)
    drift = entry.get("drift") or []
    if not isinstance(drift, list) or not all(isinstance(text, str) for text in drift):
        raise _wrong(where, "drift", drift, "a list of texts")
    targets = entry.get("targets")
    if not isinstance(targets, list) or not targets:
        raise _wrong(where, "targets", targets, "a list with at least one target")
    for number, target in enumerate(targets):
        place = f"{where}: targets[{number}]"
        if not isinstance(target, Mapping):
            raise InvalidRequest(f"{place} is {_shown(target)}, and has to be a dictionary")
        _text(target, "location", place)
        _flag(target, "known", place)
        if "rpo_seconds" not in target:
            raise _wrong(
                place,
                "rpo_seconds",
                None,
                "a number of seconds, or null where there is no recovery point",
                missing=True,
            )
        _number(target, "rpo_seconds", place)
    if entry.get("last_drill"):
        if not isinstance(entry["last_drill"], Mapping):
            raise _wrong(where, "last_drill", entry["last_drill"], "a record of a drill, or null")
        _check_drill({"workload": entry["name"], **entry["last_drill"]}, f"{where}: last_drill")
    plan = entry.get("plan")
    if plan:
        absent = [key for key in _PLAN_PARTS if not isinstance(plan, Mapping) or key not in plan]
        if absent:
            raise InvalidRequest(
                f"{where}: plan has no {', '.join(absent)}; it has to be what the lookup replication_plan returns"
            )


def _check_drill(record: Mapping[str, Any], where: str) -> None:
    for key in ("workload", "status"):
        _text(record, key, where)
    _time(record, where)
    for key in ("rpo_seconds", "recovery_seconds"):
        _number(record, key, where)


def _time(record: Mapping[str, Any], where: str) -> None:
    try:
        parse_time(str(record.get("time") or ""))
    except ValueError:
        raise _wrong(where, "time", record.get("time"), "a time such as 2026-11-28T18:00:00Z") from None


def _text(entry: Mapping[str, Any], key: str, where: str) -> None:
    if not isinstance(entry.get(key), str) or not entry[key]:
        raise _wrong(where, key, entry.get(key), "a text", missing=key not in entry)


def _flag(entry: Mapping[str, Any], key: str, where: str) -> None:
    if not isinstance(entry.get(key), bool):
        raise _wrong(where, key, entry.get(key), "true or false", missing=key not in entry)


def _number(entry: Mapping[str, Any], key: str, where: str, needed: bool = False, above: float | None = None) -> None:
    value = entry.get(key)
    if value is None and not needed:
        return
    # nan and infinity are neither JSON nor an age.
    right = isinstance(value, (int, float)) and not isinstance(value, bool) and abs(value) < float("inf")
    if not right or (above is not None and value is not None and value <= above):
        raise _wrong(
            where, key, value, "a number" if above is None else f"a number above {above}", missing=key not in entry
        )


def _wrong(where: str, key: str, value: Any, right: str, missing: bool = False) -> InvalidRequest:
    what = "is missing" if missing else f"is {_shown(value)}"
    return InvalidRequest(f"{where}: {key} {what}, and has to be {right}")


def _shown(value: Any) -> str:
    text = "null" if value is None else repr(value)
    return text if len(text) <= 60 else text[:57] + "..."
