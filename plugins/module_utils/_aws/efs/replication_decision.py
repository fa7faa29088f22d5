# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What to do to bring a recovery point to its vaults along a plan: which copy jobs to start now, and from where. Pure.

AWS's rules on a single copy are those of `copy_decision`. Along a plan: a copy can be copied once it is COMPLETED, in the
region that it is in; AWS works on one backup or copy of a file system at a time (docs.aws.amazon.com/aws-backup:
aws-backup-limits); and a point has to outlive the copy that is read from it.
"""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from ansible_collections.bcdr.multicloud.plugins.module_utils._aws.arns import parse_arn
from ansible_collections.bcdr.multicloud.plugins.module_utils._aws.efs.copy_decision import (
    CopyObserved,
    CopyState,
    Destination,
    DestinationObserved,
    copy_result,
    ended_badly,
    inherits_expiry,
    shown_place,
    without_point,
)
from ansible_collections.bcdr.multicloud.plugins.module_utils._aws.efs.replication_values import (
    READING_MARGIN,
    Held,
    ReplicationObserved,
    ReplicationWanted,
    hop_lifecycle,
    region_of,
    unread_reason,
)
from ansible_collections.bcdr.multicloud.plugins.module_utils._aws.efs.tokens import derived_token, newest_id
from ansible_collections.bcdr.multicloud.plugins.module_utils._aws.efs.values import Job, Point
from ansible_collections.bcdr.multicloud.plugins.module_utils._core.durations import format_duration
from ansible_collections.bcdr.multicloud.plugins.module_utils._core.reconcile import (
    BLOCKED,
    FAILED,
    PENDING,
    RUNNING,
    SUCCEEDED,
    Action,
    Decision,
    merged_status,
)
from ansible_collections.bcdr.multicloud.plugins.module_utils._core.recovery_points import iso_timestamp
from ansible_collections.bcdr.multicloud.plugins.module_utils._planning.model import PlanningError
from ansible_collections.bcdr.multicloud.plugins.module_utils._planning.walker import (
    BROKEN,
    COPYING,
    READY,
    STALLED,
    Edge,
    Limits,
    Replica,
    Route,
    Steps,
    Walk,
    later_steps,
    next_steps,
    plan_route,
    seen_again,
    unforeseen,
)

# docs.aws.amazon.com/aws-backup, aws-backup-limits: copies to a region at once, of an account.
COPIES_PER_REGION = 100
_NAMED = 6
_ONE_AT_A_TIME = "AWS makes one backup or copy of a file system at a time"
# What the walker calls the thing on its way.
_NAME = "recovery point"
# Within so long a list of points may not show yet what a job has made.
_LAG = datetime.timedelta(minutes=5)
_GIGA = 1e9
_LEAST_GB = 0.001


# --- planning --------------------------------------------------------------------------------------------------------


def replicas(wanted: ReplicationWanted, observed: ReplicationObserved) -> tuple[Replica, ...]:
    """Return what there is of the backup, as the walker sees it: without what cannot be asked or read."""
    place_of = _places_of_vaults(wanted)
    found = []
    for place, held in observed.held.items():
        region = _region(wanted, place)
        if held.unavailable or place in observed.given_up:
            continue
        if held.usable:
            if not held.unread:
                found.append(Replica(place, region, READY))
            continue
        active = _under_way(held, observed)
        if active is not None:
            source_region, job = active
            source = next((p for p, h in observed.held.items() if h.point and h.point.arn == job.point_arn), "")
            source = source or (source_region if source_region in observed.held else "")
            found.append(Replica(place, region, COPYING, source, (observed.now - job.created).total_seconds()))
        elif _is_coming(held, observed):
            source = place_of.get(held.point.source_vault_arn, "") if held.point else ""
            found.append(Replica(place, region, COPYING, source))
        elif held.newest is not None and held.newest[1].status == FAILED:
            found.append(Replica(place, region, BROKEN, gone=True))
    return tuple(found)


def _under_way(held: Held, observed: ReplicationObserved) -> tuple[str, Job] | None:
    """Return the job that is under way, with its region; of a region that is lost it may never end."""
    return None if held.active is None or held.active[0] in observed.lost else held.active


def _is_coming(held: Held, observed: ReplicationObserved) -> bool:
    """Return whether a copy is on its way that no job under way tells of: lists may lag behind what has been started."""
    if held.active is not None and held.active[0] in observed.lost:
        return False
    if held.point is not None and region_of(held.point.source_vault_arn) in observed.lost:
        return False
    newest = held.newest[1] if held.newest else None
    if held.begun and (newest is None or all(job.id != held.begun for _region, job in held.jobs)):
        return True
    if newest is not None and newest.status == SUCCEEDED:
        recent = newest.completed is not None and observed.now - newest.completed < _LAG
        if newest.id in observed.started or recent:
            return True
    creating = held.point is not None and held.point.status == "CREATING"
    return creating and (newest is None or newest.status != FAILED)


def next_route(
    wanted: ReplicationWanted, observed: ReplicationObserved, route: Route | None, records: list[dict[str, Any]]
) -> tuple[Route, str]:
    """Return the route to follow, planned again where something has happened that it did not foresee, and why there is
    none (""). `records` are what copies of this run have taken."""
    if observed.backup is None:
        return Route(), ""
    there = replicas(wanted, observed)
    down = {_region(wanted, place) for place, held in observed.held.items() if held.unavailable}
    closed = {place for place in observed.held if _is_closed(wanted, observed, place)}
    counts = _counts(wanted, observed, closed)
    if route is not None:
        route = seen_again(route, there)
        if not unforeseen(Walk(_NAME, route, there), counts, down, closed):
            return route, ""
    if all(observed.held[place].usable for place in wanted.places if place not in closed):
        return Route(), ""
    try:
        return plan_route(_planning(wanted, observed, records), counts, there, down, route, closed), ""
    except PlanningError as error:
        return Route(), f"no plan is possible: {error}"


def _is_closed(wanted: ReplicationWanted, observed: ReplicationObserved, place: str) -> bool:
    """Return whether a place gets no copy from the plan any more, nor gives one."""
    held = observed.held[place]
    if place in observed.given_up:
        return True
    if held.usable:
        return bool(held.unread)
    if place == wanted.source_place:
        return True
    if _under_way(held, observed) or held.unavailable or _is_coming(held, observed):
        return False
    return held.vault is None or bool(held.rule)


def _counts(wanted: ReplicationWanted, observed: ReplicationObserved, closed: set[str]) -> dict[str, int]:
    """Return how many copies each region shall have; where others are wanted beside the source, it counts too."""
    counts: dict[str, int] = {}
    for place in wanted.places:
        if place not in closed:
            region = _region(wanted, place)
            counts[region] = counts.get(region, 0) + 1
    home = wanted.source_region
    if home in counts and wanted.source_place not in closed:
        counts[home] += 1
    return counts


def _planning(
    wanted: ReplicationWanted, observed: ReplicationObserved, records: list[dict[str, Any]]
) -> dict[str, Any]:
    """Return the planner's options, with what the copies have taken so far, which links have failed, and from where
    nothing can be read."""
    given = wanted.planning
    failed: dict[tuple[str, str], int] = {}
    for place, held in observed.held.items():
        for source_region, _job in held.failures:
            link = (source_region, _region(wanted, place))
            failed[link] = failed.get(link, 0) + 1
    unreliable = [
        # One failure in as many tries as there were and one more.
        {"source": source, "target": target, "failure_rate": count / (count + 1)}
        for (source, target), count in sorted(failed.items())
    ]
    forbidden = [
        {"source": region}
        for region in sorted(
            {_region(wanted, place) for place, held in observed.held.items() if _is_leaf(wanted, held, place)}
        )
    ]
    size = (observed.backup.size_bytes or 0) / _GIGA if observed.backup else 0.0
    return {
        **given,
        "provider": "aws",
        "size_gb": max(_LEAST_GB, round(size, 3)),
        "records": [*(given.get("records") or ()), *records],
        "unreliable": [*(given.get("unreliable") or ()), *unreliable],
        "forbidden": [*(given.get("forbidden") or ()), *forbidden],
    }


def _is_leaf(wanted: ReplicationWanted, held: Held, place: str) -> bool:
    """Return whether a copy that is yet to come to the place will not be read from."""
    return bool(held.unread) and not held.usable and _region(wanted, place) != wanted.source_region


def _limits(wanted: ReplicationWanted, observed: ReplicationObserved) -> Limits:
    planning = wanted.planning
    return Limits(
        out=planning.get("copies_per_region"),
        into=min(COPIES_PER_REGION, planning.get("copies_per_destination") or COPIES_PER_REGION),
        everywhere=1 if planning.get("one_at_a_time") else None,
        besides=observed.busy,
    )


def _region(wanted: ReplicationWanted, place: str) -> str:
    return wanted.source_region if place == wanted.source_place else region_of(wanted.places[place].vault_arn)


def _places_of_vaults(wanted: ReplicationWanted) -> dict[str, str]:
    places = {destination.vault_arn: place for place, destination in wanted.places.items()}
    return {**places, wanted.copies.source_vault_arn: wanted.source_place}


# --- deciding --------------------------------------------------------------------------------------------------------


def decide_replication(wanted: ReplicationWanted, observed: ReplicationObserved, route: Route) -> Decision:
    """Return which copies to start now, which will follow, and where each vault stands."""
    walk = Walk(_NAME, route, replicas(wanted, observed))
    steps = next_steps([walk], _limits(wanted, observed)) if observed.backup else Steps()
    coming = later_steps([walk], steps)
    states = {
        place: _decide_one(wanted, observed, steps, place, destination) for place, destination in wanted.places.items()
    }
    actions = tuple(filter(None, (_start(wanted, observed, edge) for _name, edge in steps.start)))
    later = tuple(filter(None, (_start(wanted, observed, edge) for _name, edge in coming.start)))
    return Decision(
        merged_status(state.status for state in states.values()),
        _reason(wanted, observed, states, walk, steps),
        actions=actions,
        later=later,
        percent=100.0 * sum(observed.held[place].usable for place in states) / len(states),
        result=_result(wanted, observed, states),
        warnings=_warnings(wanted, observed, steps),
    )


def _decide_one(
    wanted: ReplicationWanted, observed: ReplicationObserved, steps: Steps, place: str, destination: Destination
) -> CopyState:
    held = observed.held[place]
    job = held.active or held.newest
    shown = job[1] if job else None
    if held.usable:
        return CopyState(SUCCEEDED, "", held.point, shown)
    if held.unavailable:
        return CopyState(
            PENDING if held.patient else FAILED, f"cannot be reached: {held.unavailable}", held.point, shown
        )
    if held.vault is None:
        return CopyState(
            BLOCKED,
            "the vault does not exist, or this identity may not see it, which AWS answers alike (AccessDenied)",
        )
    missing = _without_backup(wanted, observed)
    if missing is not None:
        return missing
    active = _under_way(held, observed)
    if active is not None:
        age = format_duration((observed.now - active[1].created).total_seconds())
        source = f"from {active[0]}"
        if active[1].status == PENDING:
            return CopyState(PENDING, f"queued for {age} {source}: {_ONE_AT_A_TIME}", held.point, shown)
        return CopyState(RUNNING, f"copying for {age} {source}", held.point, shown)
    if _is_coming(held, observed):
        return CopyState(RUNNING, "the copy is being made", held.point, shown)
    if place in observed.given_up:
        return CopyState(FAILED, observed.given_up[place], None, shown)
    if held.rule:
        return CopyState(BLOCKED, held.rule, None, shown)
    edge = next((edge for _name, edge in steps.start if edge.target == place), None)
    if edge is not None:
        tries = len(held.failures)
        again = f" again, after {tries} failed {'try' if tries == 1 else 'tries'}" if tries else ""
        return CopyState(RUNNING, f"the copy is starting{again}, from {edge.source_region}", None, shown)
    waits = next((why for _name, edge, why in steps.wait if edge.target == place), "")
    if waits:
        alone = waits.endswith("already") and (observed.busy or wanted.planning.get("one_at_a_time"))
        return CopyState(PENDING, f"waits: {_ONE_AT_A_TIME if alone else waits}", None, shown)
    down = sorted({_region(wanted, other) for other, there in observed.held.items() if there.unavailable})
    if down:
        patient = any(there.patient for there in observed.held.values())
        why = f"is missing: {', '.join(down)} cannot be reached"
        return CopyState(PENDING if patient else FAILED, why, None, shown)
    return (
        CopyState(FAILED, observed.problem, None, shown)
        if observed.problem
        else CopyState(PENDING, "is not planned yet", None, shown)
    )


def _without_backup(wanted: ReplicationWanted, observed: ReplicationObserved) -> CopyState | None:
    if observed.backup is not None:
        return None
    if observed.source_unavailable:
        return CopyState(FAILED, f"the source cannot be asked: {observed.source_unavailable}; no vault tells of a copy")
    return without_point(wanted.copies, _as_copies(observed))


def _as_copies(observed: ReplicationObserved) -> CopyObserved:
    return CopyObserved(
        observed.backup,
        (),
        observed.now,
        source_vault_seen=observed.source_vault_seen,
        backup_under_way=observed.backup_under_way,
        started=observed.started,
        check_mode=observed.check_mode,
        left_queue=observed.left_queue,
    )


def _vault_arn(wanted: ReplicationWanted, place: str) -> str:
    return wanted.copies.source_vault_arn if place == wanted.source_place else wanted.places[place].vault_arn


def _start(wanted: ReplicationWanted, observed: ReplicationObserved, edge: Edge) -> Action | None:
    """Return the start of a copy; one that is yet to come is told without its payload."""
    destination = wanted.places.get(edge.target)
    if destination is None or observed.backup is None:
        return None
    source_arn = _vault_arn(wanted, edge.source)
    here = Destination(source_arn)
    read = observed.held[edge.source].point
    name = (observed.backup.arn or (read.arn if read else "")).rsplit(":", 1)[-1]
    lifecycle = destination.lifecycle
    payload: dict[str, Any] = {}
    if read is not None and read.usable:
        lifecycle = hop_lifecycle(destination.lifecycle, observed.backup.lifecycle, read.lifecycle)
        own = [job for _region, job in observed.held[edge.target].jobs if job.point_arn == read.arn]
        payload = {
            "place": edge.target,
            "source": edge.source,
            "region": edge.source_region,
            "point_arn": read.arn,
            "lifecycle": lifecycle,
            "token": derived_token("copy", read.arn, destination.vault_arn, lifecycle.as_request(), newest_id(own)),
        }
    return Action(
        "start",
        f"copy of {name} from {shown_place(here)} to {shown_place(destination)}",
        after={
            "recovery_point_arn": observed.backup.arn or (read.arn if read else None),
            "source_backup_vault_arn": source_arn,
            "lifecycle": lifecycle.as_request(),
        },
        payload=payload,
    )


def too_late_to_read(wanted: ReplicationWanted, observed: ReplicationObserved, route: Route) -> str:
    """Return the place from which a copy is due that its point would not outlive, or "": the plan has to do without it."""
    walk = Walk(_NAME, route, replicas(wanted, observed))
    for _name, edge in next_steps([walk], _limits(wanted, observed)).start:
        point = observed.held[edge.source].point
        needed = max(READING_MARGIN, datetime.timedelta(seconds=STALLED * edge.seconds))
        if edge.source != wanted.source_place and point is not None and unread_reason(point, observed.now, needed):
            return edge.source
    return ""


def _reason(
    wanted: ReplicationWanted,
    observed: ReplicationObserved,
    states: Mapping[str, CopyState],
    walk: Walk,
    steps: Steps,
) -> str:
    """Return one line: how much is done, and what exactly is missing where it will not come."""
    done = sum(state.status == SUCCEEDED for state in states.values())
    if done == len(states):
        return ""
    shown = {place: shown_place(wanted.places[place]) for place in states}
    common = {state.reason for state in states.values() if state.status != SUCCEEDED}
    if observed.backup is None and len(common) == 1:
        return common.pop()
    line = f"{done} of {len(states)} vaults have it"
    running = sum(replica.state == COPYING for replica in walk.replicas) + len(steps.start)
    if running or steps.wait:
        line += f", {running} {'copy runs' if running == 1 else 'copies run'} and {len(steps.wait)} wait"
    lines = [line]
    bad = [place for place, state in states.items() if state.status in (FAILED, BLOCKED)]
    lines += [f"{shown[place]}: {states[place].reason}" for place in bad[:_NAMED]]
    if len(bad) > _NAMED:
        lines.append(f"and {len(bad) - _NAMED} more: {', '.join(shown[place] for place in bad[_NAMED:])}")
    return "; ".join(lines)


def _warnings(wanted: ReplicationWanted, observed: ReplicationObserved, steps: Steps) -> tuple[str, ...]:
    found: list[str] = []
    backup = observed.backup
    if backup is None:
        return ()
    for _name, edge in steps.start:
        destination = wanted.places[edge.target]
        found += inherits_expiry(destination, backup, observed.now)
        failed = observed.held[edge.target].failures
        if failed:
            found.append(f"{shown_place(destination)}: {ended_badly(failed[0][1])}; it is started again")
    if observed.source_unavailable:
        # Of the moment and not of the age: a long run is to say it once.
        found.append(
            f"{backup.resource_arn.rsplit('/', 1)[-1]}: the source cannot be asked ({observed.source_unavailable}); the newest "
            f"copy is of {iso_timestamp(backup.created)}, and whether there was a newer point is not known"
        )
    return tuple(found)


def _result(
    wanted: ReplicationWanted, observed: ReplicationObserved, states: Mapping[str, CopyState]
) -> dict[str, Any]:
    missing: dict[str, list[str]] = {}
    for place, state in states.items():
        if state.status in (FAILED, BLOCKED):
            arn = parse_arn(wanted.places[place].vault_arn)
            missing.setdefault(_region(wanted, place), []).append(arn.name if arn else place)
    known = observed.backup is not None and not observed.source_unavailable
    return {
        "recovery_point_arn": observed.backup.arn if observed.backup and known else None,
        "created_at": iso_timestamp(observed.backup.created) if observed.backup else None,
        "source_region": wanted.source_region,
        "copies": [_copy_result(wanted, observed, place, state) for place, state in states.items()],
        "missing": missing,
    }


def _copy_result(
    wanted: ReplicationWanted, observed: ReplicationObserved, place: str, state: CopyState
) -> dict[str, Any]:
    held = observed.held[place]
    view = DestinationObserved(held.vault, held.points)
    result = copy_result(wanted.places[place], view, state, _as_copies(observed))
    source = state.point.source_vault_arn if state.point else ""
    active = held.active
    return {
        **result,
        "source_recovery_point_arn": state.job.point_arn if state.job and state.job.point_arn else None,
        "source_backup_vault_arn": source or None,
        "source_region": region_of(source) if source else (active[0] if active else None),
    }


# --- figures ---------------------------------------------------------------------------------------------------------


def link_seconds(wanted: ReplicationWanted, observed: ReplicationObserved) -> list[dict[str, Any]]:
    """Return how long each copy took that this run has started and that did not wait for another job of the file system."""
    found = []
    for place, held in observed.held.items():
        for source_region, job in held.jobs:
            done = job.status == SUCCEEDED and job.completed is not None
            if not done or job.id not in observed.started or job.id in observed.queued or job.completed is None:
                continue
            found.append(
                {
                    "source": source_region,
                    "target": _region(wanted, place),
                    "seconds": round((job.completed - job.created).total_seconds()),
                    "size_gb": max(_LEAST_GB, round((job.size_bytes or 0) / _GIGA, 3)),
                }
            )
    return found


def measured_seconds(wanted: ReplicationWanted, observed: ReplicationObserved) -> int | None:
    """Return how long all took, from the first start to the last arrival; None unless this run saw both."""
    jobs = [job for held in observed.held.values() for _region, job in held.jobs if job.id in observed.started]
    ends = [job.completed for job in jobs if job.completed is not None and job.status == SUCCEEDED]
    if not jobs or not ends or not all(observed.held[place].usable for place in wanted.places):
        return None
    return round((max(ends) - min(job.created for job in jobs)).total_seconds())


def backup_by_copies(points: list[Point]) -> Point | None:
    """Return the newest usable copy, which tells of its backup while the source cannot be asked; of several of the same
    backup the one that is kept longest."""
    usable = [point for point in points if point.usable]
    if not usable:
        return None
    newest = max(point.created for point in usable)
    kept = [point for point in usable if abs(point.created - newest) < datetime.timedelta(seconds=1)]
    return max(kept, key=lambda point: (point.lifecycle.delete_after_days or 36501, point.arn))


def as_original(copy: Point) -> Point:
    """Return a copy in the place of its backup: no copy is its own copy."""
    return replace(copy, arn="", source_vault_arn="")
