# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Arithmetic with recovery points as the info modules of all providers show them. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from ansible_collections.bcdr.multicloud.plugins.module_utils._core.durations import parse_duration
from ansible_collections.bcdr.multicloud.plugins.plugin_utils._workloads import Item, WorkloadError


def newest_usable(points: Sequence[Item], location: str | None = None, source: str | None = None) -> Item | None:
    """Return the newest of the points that can be restored, None without one.

    `location` and `source` are those of the points' fields, compared without regard to case and spaces. Of points of the
    same moment it is the one whose id comes last. Raises WorkloadError for what is no recovery point.
    """
    usable = [
        point
        for point in points
        if _usable(point) and _same(point, "location", location) and _same(point, "source", source)
    ]
    return max(usable, key=lambda point: (-int(point["age_seconds"]), str(point["id"])), default=None)


def rpo(points: Sequence[Item], location: str | None = None, source: str | None = None) -> int | None:
    """Return how old the newest usable point is, in seconds: what would be lost. None without one. Raises WorkloadError."""
    newest = newest_usable(points, location, source)
    return None if newest is None else int(newest["age_seconds"])


def rpo_compliance(
    points: Sequence[Item], objective: str | int, locations: Sequence[str] | None = None, source: str | None = None
) -> Item:
    """Return how the points stand against a recovery point objective, in all and for each location; figures in seconds.

    Without `locations` it is those that the points have. Raises WorkloadError for an objective that is no duration.
    """
    try:
        wanted = parse_duration(objective)
    except ValueError as error:
        raise WorkloadError(f"rpo_compliance: the objective: {error}") from error
    places = locations if locations is not None else sorted({str(point.get("location")) for point in points})
    seen: list[Item] = []
    ages: list[int | None] = []
    for place in places:
        newest = newest_usable(points, place, source)
        age = None if newest is None else int(newest["age_seconds"])
        ages.append(age)
        seen.append(
            {
                "location": place,
                "newest_usable": None if newest is None else newest["name"],
                "rpo_seconds": age,
                "within_rpo": age is not None and age <= wanted,
            }
        )
    known = [age for age in ages if age is not None]
    actual = max(known) if known and len(known) == len(ages) else None
    return {
        "rpo_target_seconds": wanted,
        "rpo_actual_seconds": actual,
        "breaches_in_seconds": None if actual is None else wanted - actual,
        # Where there is nothing at all, nothing keeps the objective.
        "breached": not seen or not all(place["within_rpo"] for place in seen),
        "locations": seen,
    }


def _usable(point: Item) -> bool:
    try:
        return bool(point["usable"]) and point["age_seconds"] is not None
    except (KeyError, TypeError) as error:
        raise WorkloadError(
            "a recovery point has usable, age_seconds, location and name, as the info modules return it in recovery_points; "
            f"this has not: {point!r}"
        ) from error


def _same(point: Item, field: str, wanted: str | None) -> bool:
    return wanted is None or _plain(point.get(field)) == _plain(wanted)


def _plain(text: object) -> str:
    return str(text).replace(" ", "").lower()
