# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What there is to tell of a moment: from where workloads stand, what earlier runs told, and how drills went. Pure.

Each event has an `id` that is the same in every run for as long as it is the same event, so that it can be told once.
"""

from __future__ import annotations

import datetime
import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ansible_collections.bcdr.multicloud.plugins.module_utils._core.durations import format_duration
from ansible_collections.bcdr.multicloud.plugins.module_utils._core.recovery_points import iso_timestamp
from ansible_collections.bcdr.multicloud.plugins.module_utils._history.drills_decision import drills_of
from ansible_collections.bcdr.multicloud.plugins.module_utils._history.records import (
    EVENT,
    RECOVERIES,
    SUCCEEDED,
    TOLD,
    Record,
    newest_first,
)

Event = dict[str, Any]
Entry = Mapping[str, Any]

BREACH, RESTORED, NOT_KNOWN = "rpo_breach", "rpo_restored", "not_known"
COPY_FAILED, COPY_OVERDUE, DRILL_STALE = "copy_failed", "copy_overdue", "drill_stale"
OUTCOMES = tuple(f"{kind}_{outcome}" for kind in RECOVERIES for outcome in ("succeeded", "failed"))
KINDS = (BREACH, RESTORED, NOT_KNOWN, COPY_FAILED, COPY_OVERDUE, DRILL_STALE, *OUTCOMES)

_STOPPED = ("failed", "blocked")
# How a drill went is no news any more after this; who names a webhook for the first time hears no old stories.
_NEWS = datetime.timedelta(days=7)
# What changes in a reason while it is the same: how far, for how long, under which request.
_MOVING = re.compile(
    r"\d+(?:\.\d+)?\s?%|\b\d+[smhdw](?: \d+[smhdw])*\b|\(request id [^)]*\)|\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b"
    r"|\b\d{4}-\d{2}-\d{2}T[\d:.]+Z?"
)


def events_of(
    status: Sequence[Entry],
    history: Sequence[Record],
    drills: Sequence[Record],
    now: datetime.datetime,
    kinds: Sequence[str] | None = None,
) -> list[Event]:
    """Return what there is to tell, in the order of the workloads.

    `status` are status entries, `history` the records that are kept, `drills` records that this run has made. `kinds` chooses;
    raises ValueError for one that is none.
    """
    unknown = sorted(set(kinds or ()) - set(KINDS))
    if unknown:
        raise ValueError(f"{unknown[0]!r} is no kind of event; there are {', '.join(KINDS)}")
    known = {record["key"]: record for record in (*history, *drills)}
    records = list(known.values())
    events = [event for entry in status for event in _of_entry(entry, records, now)]
    events += _of_recoveries(status, records, drills, now)
    return [event for event in events if not kinds or event["event"] in kinds]


def stable(reason: str) -> str:
    """Return what stays the same of a reason from one run to the next, as a short text."""
    return hashlib.sha256(" ".join(_MOVING.sub("", reason).split()).encode()).hexdigest()[:16]


def _of_entry(entry: Entry, records: Sequence[Record], now: datetime.datetime) -> list[Event]:
    events = [*_breach(entry, records), *_restored(entry, records), *_not_known(entry, now)]
    events += [*_copy_failed(entry), *_copy_overdue(entry), *_drill_stale(entry, records)]
    return events


def _event(entry: Entry, kind: str, identity: Iterable[Any], summary: str, **data: Any) -> Event:
    name = entry["name"]
    return {
        "id": "|".join([kind, name, *map(str, identity)]),
        "event": kind,
        "workload": name,
        "type": entry["type"],
        "summary": f"{name}: {summary}",
        "data": data,
    }


def _places(entry: Entry) -> list[tuple[str, Mapping[str, Any]]]:
    """Return the targets behind what they are called, which is their location where no other target is there."""
    targets = entry["targets"]
    locations = [target["location"] for target in targets]
    return [
        (
            f"{target['location']} ({target['name']})"
            if locations.count(target["location"]) > 1
            else target["location"],
            target,
        )
        for target in targets
    ]


def _late(entry: Entry) -> list[tuple[str, Mapping[str, Any]]]:
    return [(place, target) for place, target in _places(entry) if target["known"] and not target["within_rpo"]]


def _worst(places: Sequence[tuple[str, Mapping[str, Any]]]) -> tuple[str, Mapping[str, Any]]:
    """Return the place with the oldest point; that without any is worse."""
    return max(places, key=lambda one: float("inf") if one[1]["rpo_seconds"] is None else one[1]["rpo_seconds"])


def _point(target: Mapping[str, Any]) -> str:
    """Return what tells a target's newest usable point from others; "" without one."""
    point = target.get("newest_usable")
    if isinstance(point, Mapping):
        return str(point.get("id") or point.get("name") or "")
    return str(point or "")


def _told(records: Iterable[Record], workload: str, *kinds: str) -> list[Record]:
    """Return what was told about a workload, newest first."""
    return newest_first(
        record
        for record in records
        if record["kind"] == EVENT
        and record["workload"] == workload
        and record["status"] == TOLD
        and record.get("event") in kinds
    )


def _age(target: Mapping[str, Any]) -> str:
    seconds = target["rpo_seconds"]
    return "has nothing yet" if seconds is None else f"is {format_duration(seconds)} old"


def _figures(entry: Entry, place: str, target: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "location": target["location"],
        "target": target["name"],
        "place": place,
        "newest_usable": _point(target) or None,
        "rpo_seconds": target["rpo_seconds"],
        "rpo_target_seconds": entry["rpo_target_seconds"],
    }


def _breach(entry: Entry, records: Sequence[Record]) -> list[Event]:
    late = _late(entry)
    if not late:
        return []
    place, target = _worst(late)
    # Where there is no point, what was told as restored last tells one breach from the next.
    point = _point(target) or "nothing since " + next(
        (record["time"] for record in _told(records, entry["name"], RESTORED)), "ever"
    )
    others = [name for name, _target in late if name != place]
    allowed = format_duration(entry["rpo_target_seconds"])
    summary = f"RPO breached: {place} {_age(target)}, {allowed} allowed"
    if others:
        summary += f"; {', '.join(others)} too"
    return [
        _event(
            entry,
            BREACH,
            (target["location"], target["name"], point),
            summary,
            **_figures(entry, place, target),
            also_breached=others,
        )
    ]


def _restored(entry: Entry, records: Sequence[Record]) -> list[Event]:
    """A breach that was told is over, once every place is known to be within the objective."""
    if entry["breached"] or not entry["targets"]:
        return []
    told = _told(records, entry["name"], BREACH, RESTORED)
    if not told or told[0]["event"] != BREACH:
        return []
    place, target = _worst(_places(entry))
    return [
        _event(
            entry,
            RESTORED,
            [hashlib.sha256(f"{told[0]['key']} {told[0]['time']}".encode()).hexdigest()[:16]],
            f"within RPO again: {place} {_age(target)}, {format_duration(entry['rpo_target_seconds'])} allowed",
            **_figures(entry, place, target),
            breach_id=told[0]["key"],
            breach_told_at=told[0]["time"],
        )
    ]


def _not_known(entry: Entry, now: datetime.datetime) -> list[Event]:
    """A place that cannot be asked is no breach, nor is it none: told once a day, by UTC, for as long as it lasts."""
    unknown = [place for place, target in _places(entry) if not target["known"]]
    if not entry.get("source_known", True):
        unknown.insert(0, "the source")
    if not unknown:
        return []
    reason = entry["reason"] or entry.get("source_reason") or ""
    return [
        _event(
            entry,
            NOT_KNOWN,
            (",".join(unknown), (iso_timestamp(now) or "")[:10]),
            f"not known whether within RPO: {', '.join(unknown)} cannot be asked{f' ({reason})' if reason else ''}",
            places=unknown,
            reason=reason,
            rpo_target_seconds=entry["rpo_target_seconds"],
        )
    ]


def _copy_failed(entry: Entry) -> list[Event]:
    # What cannot be asked fails too, and is told as not known, with the same reason.
    known = entry.get("source_known", True) and all(target["known"] for target in entry["targets"])
    if entry["status"] not in _STOPPED or not known:
        return []
    return [
        _event(
            entry,
            COPY_FAILED,
            (entry["status"], stable(entry["reason"] or "")),
            f"copies {entry['status']}: {entry['reason'] or 'no reason is known'}",
            status=entry["status"],
            reason=entry["reason"],
        )
    ]


def _copy_overdue(entry: Entry) -> list[Event]:
    overdue = entry.get("overdue")
    if not overdue:
        return []
    count = None if isinstance(overdue, bool) else len(overdue) if isinstance(overdue, (list, tuple)) else overdue
    # Copies that are overdue one after the other, of the same workload and before the next point arrives, are one event.
    points = ",".join(f"{target['location']}={_point(target)}" for target in entry["targets"])
    what = "copies are" if count is None else f"{count} {'copy is' if count == 1 else 'copies are'}"
    reason = f": {entry['reason']}" if entry["reason"] else ""
    identity = [hashlib.sha256(points.encode()).hexdigest()[:16]]
    return [_event(entry, COPY_OVERDUE, identity, f"{what} overdue{reason}", overdue=overdue, reason=entry["reason"])]


def _drill_stale(entry: Entry, records: Sequence[Record]) -> list[Event]:
    if not entry.get("drill_stale"):
        return []
    drills = drills_of(records, entry["name"])
    last = next((drill for drill in drills if drill["status"] == SUCCEEDED), None)
    every = entry.get("drill_every_seconds")
    wanted = f", one is wanted every {format_duration(every)}" if every is not None else ""
    return [
        _event(
            entry,
            DRILL_STALE,
            [last["key"] if last else "never"],
            f"no drill has succeeded since {last['time']}{wanted}" if last else f"no drill has ever succeeded{wanted}",
            last_succeeded_at=last["time"] if last else None,
            drill_every_seconds=every,
        )
    ]


def _of_recoveries(
    status: Sequence[Entry], records: Sequence[Record], new: Sequence[Record], now: datetime.datetime
) -> list[Event]:
    """The newest drill, failover and failback of each workload that this run is about, if it is news."""
    workloads = dict.fromkeys([*(entry["name"] for entry in status), *(record["workload"] for record in new)])
    since = iso_timestamp(now - _NEWS) or ""
    events = []
    for workload in workloads:
        for kind in RECOVERIES:
            of_kind = [record for record in records if (record["kind"], record["workload"]) == (kind, workload)]
            newest = next(iter(newest_first(of_kind)), None)
            if newest is not None and newest["time"] >= since:
                events.append(_outcome(newest))
    return events


def _outcome(record: Record) -> Event:
    kind, succeeded = record["kind"], record["status"] == SUCCEEDED
    age, took, place = record.get("rpo_seconds"), record.get("recovery_seconds"), record.get("location")
    if succeeded:
        parts = [
            f"in {format_duration(took)}" if took is not None else "",
            f"from a point {format_duration(age)} old" if age is not None else "",
            f"in {place}" if place else "",
        ]
        details = ": restored " + ", ".join(part for part in parts if part) if any(parts) else ""
    else:
        details = f": {record.get('reason') or 'no reason is known'}"
    return _event(
        {"name": record["workload"], "type": record.get("type") or ""},
        f"{kind}_{'succeeded' if succeeded else 'failed'}",
        [record["key"]],
        f"{kind} {record['status']}{details}",
        **{
            name: record.get(name)
            for name in (
                "status",
                "time",
                "location",
                "recovery_point",
                "rpo_seconds",
                "recovery_seconds",
                "reason",
            )
        },
    )
