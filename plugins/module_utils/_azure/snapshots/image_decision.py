# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What to do to bring an image to its regions: snapshots of its disks, their copies along a plan, and images. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from ansible_collections.bcdr.multicloud.plugins.module_utils._azure.ids import id_key, same_id
from ansible_collections.bcdr.multicloud.plugins.module_utils._azure.snapshots.copy_decision import forbidding_rule
from ansible_collections.bcdr.multicloud.plugins.module_utils._azure.snapshots.image_values import (
    Image,
    ImageDisk,
    ImageMade,
    ImageTarget,
    ImageWanted,
    image_body,
)
from ansible_collections.bcdr.multicloud.plugins.module_utils._azure.snapshots.values import (
    COPY,
    COPY_START,
    Snapshot,
)
from ansible_collections.bcdr.multicloud.plugins.module_utils._core.reconcile import (
    BLOCKED,
    FAILED,
    PENDING,
    RUNNING,
    SUCCEEDED,
    Action,
    Decision,
)
from ansible_collections.bcdr.multicloud.plugins.module_utils._planning.walker import (
    BROKEN,
    COPYING,
    LEAVING,
    READY,
    Edge,
    Limits,
    Replica,
    Steps,
    Walk,
    later_steps,
    next_steps,
    place_name,
)

_WORST_FIRST = (FAILED, BLOCKED, RUNNING, PENDING, SUCCEEDED)
_NAMED = 6


@dataclass(frozen=True)
class ImageObserved:
    """What there is. `sources` are the snapshots that are copied, by the disk's name, None where there is none (yet).

    `walks` has one walk per disk, with what is there of it in all regions; empty while nothing can be planned, which
    `problem` explains. `too_early` says that a version is asked for from after a moment that lies ahead, and `ahead` names an
    older version whose copies are on their way. `taken` tells of a snapshot that has the name of a copy and is another,
    `awaited` of a source that an earlier task would have made. `images` are the managed images by region. `down` says why
    regions cannot be reached, and `patient` whether they are still waited for. `given_up` says why no more copies of a disk
    ("image": the managed image) are tried, by disk and region, `refused` why one was refused, by disk and place.
    """

    location: str
    sources: Mapping[str, Snapshot | None]
    walks: tuple[Walk, ...] = ()
    problem: str = ""
    too_early: str = ""
    ahead: str = ""
    taken: str = ""
    awaited: str = ""
    limits: Limits = field(default_factory=Limits)
    images: Mapping[str, Image] = field(default_factory=dict)
    down: Mapping[str, str] = field(default_factory=dict)
    patient: bool = False
    given_up: Mapping[tuple[str, str], str] = field(default_factory=dict)
    refused: Mapping[tuple[str, str], str] = field(default_factory=dict)
    failures: Mapping[str, str] = field(default_factory=dict)
    started: frozenset[str] = frozenset()
    sizes: Mapping[str, int] = field(default_factory=dict)
    figures: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class _Region:
    """What is concluded for one target."""

    target: ImageTarget
    status: str
    reason: str
    missing: tuple[str, ...] = ()


def decide_image(wanted: ImageWanted, observed: ImageObserved) -> Decision:
    """Return which snapshots, copies and images to make now, what to remove, which will follow, and where all stands."""
    if observed.too_early:
        return Decision(BLOCKED, observed.too_early, result=_result(wanted, observed, []))
    if observed.awaited:
        return Decision(PENDING, f"{observed.awaited} yet", result=_result(wanted, observed, []))
    problem = _source_problem(wanted, observed)
    if problem is not None:
        return replace(problem, result=_result(wanted, observed, []))
    if observed.taken:
        return Decision(BLOCKED, observed.taken, result=_result(wanted, observed, []))
    if observed.problem:
        return Decision(FAILED, observed.problem, result=_result(wanted, observed, []))
    snapshots = _snapshot_actions(wanted, observed)
    if observed.ahead:
        reason = f"copies of {observed.ahead} are on their way, and Azure copies the snapshots of a disk in their order"
        status = RUNNING if snapshots else PENDING
        return Decision(status, reason, actions=snapshots, result=_result(wanted, observed, []))
    steps = next_steps(observed.walks, observed.limits)
    coming = later_steps(observed.walks, steps)
    starts = tuple(_start(wanted, observed, name, edge) for name, edge in steps.start)
    removals = tuple(_removal(wanted, observed, name, place) for name, place in steps.remove)
    regions = [_decide_region(wanted, observed, steps, target) for target in wanted.targets]
    images, images_later = _image_actions(wanted, observed, regions)
    actions = (*snapshots, *removals, *starts, *images)
    later = (
        *(_start(wanted, observed, name, edge) for name, edge in coming.start),
        *(_removal(wanted, observed, name, place, again=True) for name, place in coming.remove),
        *images_later,
    )
    status = _status(observed, regions, bool(actions), bool(coming.remove))
    return Decision(
        status,
        _reason(observed, regions, steps),
        actions=actions,
        later=later,
        percent=_percent(wanted, observed),
        result=_result(wanted, observed, regions),
    )


def _source_problem(wanted: ImageWanted, observed: ImageObserved) -> Decision | None:
    """Return why nothing can be copied at all, or None."""
    if observed.location in observed.down:
        # Copies elsewhere may serve as sources.
        return None
    for disk in wanted.disks:
        source = observed.sources.get(disk.name)
        if source is None:
            if not disk.disk_id:
                return Decision(FAILED, f"there is no snapshot {disk.snapshot_id} ({disk.name} disk)")
            why = observed.failures.get(id_key(disk.snapshot_id))
            if why:
                return Decision(FAILED, f"no snapshot of the {disk.name} disk could be made: {why}")
            continue
        if disk.disk_id and not same_id(source.source_id, disk.disk_id):
            return Decision(
                BLOCKED,
                f"there is another snapshot with the name {source.name}, made from {source.source_id or 'something else'}; "
                "use another name",
            )
        if source.location != observed.location:
            return Decision(
                BLOCKED,
                f"the snapshots of an image's disks have to be in one region, and {source.name} is in {source.location}, "
                f"the OS disk's in {observed.location}",
            )
        for target in wanted.targets:
            if target.location == observed.location:
                continue
            forbidden = forbidding_rule(source, target.location, target.encryption_set_id)
            if forbidden:
                return Decision(BLOCKED, forbidden)
    return None


def _snapshot_actions(wanted: ImageWanted, observed: ImageObserved) -> tuple[Action, ...]:
    """Return the snapshots of managed disks that are still to be made."""
    if observed.location in observed.down:
        return ()
    return tuple(
        Action(
            "create",
            f"snapshot {disk.snapshot_id.rsplit('/', 1)[-1]}",
            after={"disk_id": disk.disk_id, "location": observed.location},
            payload={"id": disk.snapshot_id, "source": disk.disk_id, "location": observed.location, "option": COPY},
        )
        for disk in wanted.disks
        if observed.sources.get(disk.name) is None and disk.disk_id and id_key(disk.snapshot_id) not in observed.started
    )


def _disk(wanted: ImageWanted, name: str) -> ImageDisk:
    return next(disk for disk in wanted.disks if disk.name == name)


def _replica_id(wanted: ImageWanted, observed: ImageObserved, name: str, place: str, region: str) -> str:
    return wanted.snapshot_id(_disk(wanted, name), place, region, observed.location)


def _start(wanted: ImageWanted, observed: ImageObserved, name: str, edge: Edge) -> Action:
    target_id = _replica_id(wanted, observed, name, edge.target, edge.region)
    source_id = _replica_id(wanted, observed, name, edge.source, edge.source_region)
    target = wanted.target(edge.region)
    return Action(
        "start",
        f"{'temporary ' if edge.temporary else ''}copy {target_id.rsplit('/', 1)[-1]}",
        after={"source_id": source_id, "location": edge.region},
        payload={
            "id": target_id,
            "source": source_id,
            "location": edge.region,
            "option": COPY if edge.within else COPY_START,
            "encryption_set_id": target.encryption_set_id if target else "",
            "place": (name, edge.target),
        },
    )


def _removal(wanted: ImageWanted, observed: ImageObserved, name: str, place: str, *, again: bool = False) -> Action:
    """Return the removal of a replica that broke, or of a temporary one that has served (`again`: later)."""
    walk = next(walk for walk in observed.walks if walk.name == name)
    replica = next((replica for replica in walk.replicas if replica.place == place), None)
    edge = next((edge for edge in walk.route.edges if edge.target == place), None)
    region = replica.region if replica else (edge.region if edge else observed.location)
    snapshot_id = _replica_id(wanted, observed, name, place, region)
    broken = replica is not None and replica.state == BROKEN and not again
    return Action(
        "delete",
        f"{'failed' if broken else 'temporary'} copy {snapshot_id.rsplit('/', 1)[-1]}",
        before={"location": region},
        payload={"id": snapshot_id},
    )


def replicas_in(walk: Walk, target: ImageTarget) -> list[Replica | None]:
    """Return the replicas that are wanted in a region, None for those that are not there."""
    found = {replica.place: replica for replica in walk.replicas}
    return [found.get(place_name(target.location, number)) for number in range(1, target.copies + 1)]


def _decide_region(wanted: ImageWanted, observed: ImageObserved, steps: Steps, target: ImageTarget) -> _Region:
    """Return where the copies of one region stand; its image is looked at when they are complete."""
    if target.location in observed.down:
        why = f"cannot be reached: {observed.down[target.location]}"
        names = tuple(disk.name for disk in wanted.disks)
        return _Region(target, PENDING if observed.patient else FAILED, why, names)
    statuses, reasons, missing = [], [], []
    for walk in observed.walks:
        for number, replica in enumerate(replicas_in(walk, target), start=1):
            if replica is not None and replica.state == READY:
                statuses.append(SUCCEEDED)
                continue
            place = place_name(target.location, number)
            status, reason = _decide_replica(observed, steps, walk, replica, place, target)
            statuses.append(status)
            reasons.append(f"{walk.name} {reason}" if reason else "")
            missing.append(walk.name if number == 1 else f"{walk.name} (copy {number})")
    status = next((worst for worst in _WORST_FIRST if worst in statuses), SUCCEEDED)
    region = _Region(target, status, "; ".join(dict.fromkeys(filter(None, reasons))), tuple(missing))
    if status != SUCCEEDED or wanted.made is None:
        return region
    return _decide_image_there(wanted, observed, region)


def _decide_replica(
    observed: ImageObserved, steps: Steps, walk: Walk, replica: Replica | None, place: str, target: ImageTarget
) -> tuple[str, str]:
    if replica is not None and replica.state == COPYING:
        return RUNNING, f"{replica.percent or 0:.0f} %"
    if replica is not None and replica.state == LEAVING:
        return PENDING, "is being replaced"
    given_up = observed.given_up.get((walk.name, target.location))
    if given_up:
        return FAILED, f"is missing: {given_up}"
    if any(name == walk.name and edge.target == place for name, edge in steps.start):
        return RUNNING, "is starting"
    waits = next((why for name, edge, why in steps.wait if name == walk.name and edge.target == place), "")
    if waits:
        refused = observed.refused.get((walk.name, place), "")
        return PENDING, f"waits: {refused or waits}"
    if observed.down:
        return PENDING if observed.patient else FAILED, f"is missing: {', '.join(observed.down)} cannot be reached"
    return PENDING, "is not planned yet"


def _decide_image_there(wanted: ImageWanted, observed: ImageObserved, region: _Region) -> _Region:
    target = region.target
    image = observed.images.get(target.location)
    key = id_key(wanted.image_id(target))
    why = observed.failures.get(key) or observed.given_up.get(("image", target.location))
    if image is None:
        if why:
            return replace(region, status=FAILED, reason=f"the image could not be made: {why}", missing=("image",))
        return replace(region, status=RUNNING, reason="the image is being made", missing=("image",))
    if image.sources != tuple(id_key(snapshot_id) for _shown, snapshot_id in _sources_in(wanted, observed, target)):
        return replace(
            region,
            status=BLOCKED,
            reason=f"there is another image {image.name}, made from other disks; remove it or use another name",
            missing=("image",),
        )
    if image.failed:
        return replace(
            region,
            status=FAILED,
            reason=f"the image {image.name} failed{': ' + why if why else ''}; remove it and run again",
            missing=("image",),
        )
    if not image.ready:
        return replace(region, status=RUNNING, reason="the image is being made", missing=("image",))
    return region


def _sources_in(wanted: ImageWanted, observed: ImageObserved, target: ImageTarget) -> list[tuple[ImageDisk, str]]:
    """Return the disks with the ids of the snapshots that a region's image is made from, the OS disk first."""
    place = place_name(target.location)
    ordered = sorted(wanted.disks, key=lambda disk: -1 if disk.lun is None else disk.lun)
    return [(disk, wanted.snapshot_id(disk, place, target.location, observed.location)) for disk in ordered]


def _image_actions(
    wanted: ImageWanted, observed: ImageObserved, regions: list[_Region]
) -> tuple[tuple[Action, ...], tuple[Action, ...]]:
    """Return the images to make now, and those that follow when their copies are there."""
    if wanted.made is None:
        return (), ()
    now, later = [], []
    for region in regions:
        target = region.target
        tried = id_key(wanted.image_id(target)) in observed.started or ("image", target.location) in observed.given_up
        if tried or target.location in observed.images:
            continue
        action = _make_image(wanted, wanted.made, observed, target)
        if region.missing == ("image",) and region.status == RUNNING:
            now.append(action)
        elif region.status in (RUNNING, PENDING):
            later.append(action)
    return tuple(now), tuple(later)


def _make_image(wanted: ImageWanted, made: ImageMade, observed: ImageObserved, target: ImageTarget) -> Action:
    disks = _sources_in(wanted, observed, target)
    source = observed.sources.get("os")
    body = image_body(
        made,
        target.location,
        disks,
        wanted.tags,
        os_type=source.os_type if source else "",
        generation=source.generation if source else "",
    )
    return Action(
        "create",
        f"image {wanted.image_id(target).rsplit('/', 1)[-1]}",
        after={"location": target.location, "snapshots": [snapshot_id for _shown, snapshot_id in disks]},
        payload={"id": wanted.image_id(target), "body": body, "location": target.location},
    )


def _status(observed: ImageObserved, regions: list[_Region], acting: bool, tidying: bool) -> str:
    statuses = {region.status for region in regions} or {SUCCEEDED}
    if acting or RUNNING in statuses:
        # What can still move is moved first; a failure is told when all else is settled.
        return RUNNING
    if PENDING in statuses:
        return PENDING
    if tidying or any(replica.temporary for walk in observed.walks for replica in walk.replicas):
        return RUNNING
    return next(worst for worst in _WORST_FIRST if worst in statuses)


def _reason(observed: ImageObserved, regions: list[_Region], steps: Steps) -> str:
    """Return one line: how much is done, and what exactly is missing where it will not come."""
    done = sum(region.status == SUCCEEDED for region in regions)
    running = sum(replica.state == COPYING for walk in observed.walks for replica in walk.replicas)
    if done == len(regions):
        return ""
    lines = [f"{done} of {len(regions)} regions are complete"]
    if running or steps.wait:
        lines[0] += f", {running + len(steps.start)} copies run and {len(steps.wait)} wait"
    bad = [region for region in regions if region.status in (FAILED, BLOCKED)]
    lines += [
        f"{region.target.location}: {region.reason} (missing: {', '.join(region.missing)})" for region in bad[:_NAMED]
    ]
    if len(bad) > _NAMED:
        lines.append(f"and {len(bad) - _NAMED} more: {', '.join(region.target.location for region in bad[_NAMED:])}")
    return "; ".join(lines)


def _percent(wanted: ImageWanted, observed: ImageObserved) -> float | None:
    """Return how much of all bytes has arrived where it is wanted."""
    total = arrived = 0.0
    for walk in observed.walks:
        size = observed.sizes.get(walk.name) or 1
        for target in wanted.targets:
            for replica in replicas_in(walk, target):
                total += size
                if replica is not None and replica.state != BROKEN:
                    arrived += size * (100.0 if replica.state == READY else replica.percent or 0.0) / 100
    return 100.0 * arrived / total if total else None


def _result(wanted: ImageWanted, observed: ImageObserved, regions: list[_Region]) -> dict[str, Any]:
    return {
        "name": wanted.name,
        "source_location": observed.location,
        "regions": [_region_result(wanted, observed, region) for region in regions],
        "missing": {
            region.target.location: list(region.missing) for region in regions if region.status in (FAILED, BLOCKED)
        },
        **observed.figures,
    }


def _region_result(wanted: ImageWanted, observed: ImageObserved, region: _Region) -> dict[str, Any]:
    target = region.target
    image = observed.images.get(target.location)
    return {
        "location": target.location,
        "status": region.status,
        "reason": region.reason,
        "image_id": image.id if image and image.ready else None,
        "copies": [
            {
                "disk": walk.name,
                "snapshot_id": _replica_id(
                    wanted, observed, walk.name, place_name(target.location, number), target.location
                ),
                "source_location": _source_region(walk, replica),
                "progress_percent": 0.0 if replica is None else _shown_percent(replica),
                "running_seconds": _running_seconds(replica),
            }
            for walk in observed.walks
            for number, replica in enumerate(replicas_in(walk, target), start=1)
        ],
    }


def _shown_percent(replica: Replica) -> float:
    return 100.0 if replica.state == READY else round(replica.percent or 0.0, 1)


def _running_seconds(replica: Replica | None) -> int | None:
    """Return for how long a copy has been going on, None for one that is not under way or has only just been started."""
    if replica is None or replica.state != COPYING or replica.elapsed is None:
        return None
    return max(0, round(replica.elapsed))


def _source_region(walk: Walk, replica: Replica | None) -> str | None:
    found = {other.place: other.region for other in walk.replicas}
    return found.get(replica.source) if replica is not None else None
