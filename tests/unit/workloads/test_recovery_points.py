# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The newest usable recovery point, what would be lost, and how that stands against the objective."""

from __future__ import annotations

import datetime
from typing import Any

import pytest

from ansible_collections.bcdr.multicloud.plugins.module_utils._core.recovery_points import RecoveryPoint
from ansible_collections.bcdr.multicloud.plugins.plugin_utils._recovery_points import newest_usable, rpo, rpo_compliance
from ansible_collections.bcdr.multicloud.plugins.plugin_utils._workloads import WorkloadError

NOW = datetime.datetime(2026, 11, 28, 12, tzinfo=datetime.timezone.utc)
HOUR = 3600


def point(name: str, hours: float | None, location: str = "northeurope", status: str = "succeeded", **more: Any) -> Any:
    """A point as the info modules return it."""
    made = RecoveryPoint(
        id=f"/{name}",
        name=name,
        provider="azure",
        resource_type="vm",
        container="rpc",
        source=more.pop("source", "app-01"),
        location=location,
        source_location="westeurope",
        status=status,
        created=None if hours is None else NOW - datetime.timedelta(hours=hours),
        **more,
    )
    return made.as_result(NOW)


POINTS = [
    point("old", 30),
    point("new", 2),
    point("copying", 1, status="running"),
    point("failed", 0.5, status="failed"),
    point("undated", None),
    point("swedish", 5, "Sweden Central"),
    point("other", 1, source="app-02"),
]


def test_only_what_can_be_restored_counts() -> None:
    assert newest_usable(POINTS, source="app-01")["name"] == "new"  # type: ignore[index]
    assert newest_usable(POINTS, "North Europe", "app-01")["name"] == "new"  # type: ignore[index]
    assert newest_usable(POINTS, "swedencentral")["name"] == "swedish"  # type: ignore[index]
    assert newest_usable(POINTS)["name"] == "other"  # type: ignore[index]
    assert newest_usable(POINTS, "uksouth") is None
    assert newest_usable([point("copying", 1, status="running")]) is None
    assert newest_usable([]) is None
    assert newest_usable([point("a", 1), point("b", 1)])["name"] == "b"  # type: ignore[index]


def test_what_would_be_lost() -> None:
    assert rpo(POINTS, "northeurope", "app-01") == 2 * HOUR
    assert rpo(POINTS, "swedencentral") == 5 * HOUR
    assert rpo([], "northeurope") is None


@pytest.mark.parametrize(
    ("locations", "actual", "breached", "within"),
    [
        (["northeurope"], 2 * HOUR, False, [True]),
        (["northeurope", "swedencentral"], 5 * HOUR, True, [True, False]),
        (["northeurope", "uksouth"], None, True, [True, False]),
        (None, 5 * HOUR, True, [False, True]),
        ([], None, True, []),
    ],
)
def test_the_objective_is_kept_only_where_every_location_keeps_it(
    locations: Any, actual: int | None, breached: bool, within: list[bool]
) -> None:
    seen = rpo_compliance(POINTS, "4h", locations, "app-01")
    assert seen["rpo_target_seconds"] == 4 * HOUR
    assert seen["rpo_actual_seconds"] == actual
    assert seen["breaches_in_seconds"] == (None if actual is None else 4 * HOUR - actual)
    assert seen["breached"] is breached
    assert [place["within_rpo"] for place in seen["locations"]] == within


def test_an_age_that_is_the_objective_keeps_it() -> None:
    assert not rpo_compliance([point("a", 4)], "4h")["breached"]
    assert rpo_compliance([point("a", 4.001)], "4h")["breached"]


def test_what_is_none_is_refused_in_one_line() -> None:
    with pytest.raises(WorkloadError, match="rpo_compliance: the objective: 'soon' is not a duration"):
        rpo_compliance([], "soon")
    with pytest.raises(WorkloadError, match="a recovery point has usable, age_seconds"):
        rpo([{"name": "a"}])
