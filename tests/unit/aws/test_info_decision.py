# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which recovery points an info task shows."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.bcdr.multicloud.plugins.module_utils._aws.efs.info_decision import (
    InfoObserved,
    InfoWanted,
    decide_info,
)
from ansible_collections.bcdr.multicloud.plugins.module_utils._aws.efs.values import Point, Vault, as_recovery_point
from ansible_collections.bcdr.multicloud.plugins.module_utils._core.reconcile import FAILED, SUCCEEDED, Decision
from ansible_collections.bcdr.multicloud.tests.unit.aws.builders import DR, FILE_SYSTEM, NOW, THERE, point, vault

OTHER = f"{FILE_SYSTEM}b"
POINTS = (
    point("a1", 30),
    point("a3", 1, "CREATING"),
    point("a2", 5),
    point("b1", 40, resource_arn=OTHER),
    point("b2", 20, "EXPIRED", resource_arn=OTHER),
)


def decide(points: tuple[Point, ...] = POINTS, there: Vault | None = None, **wanted: Any) -> Decision:
    return decide_info(InfoWanted(THERE, "dr", **wanted), InfoObserved(there or vault(), points, NOW))


def names(decision: Decision) -> list[str]:
    return [shown["name"] for shown in decision.result["recovery_points"]]


@pytest.mark.parametrize(
    ("wanted", "shown"),
    [
        ({}, ["a3", "a2", "b2", "a1", "b1"]),
        ({"usable_only": True}, ["a2", "a1", "b1"]),
        ({"newer_than": 20 * 3600}, ["a3", "a2", "b2"]),
        ({"newer_than": 20 * 3600 - 1}, ["a3", "a2"]),
        ({"newer_than": 0}, []),
        ({"usable_only": True, "newer_than": 30 * 3600}, ["a2", "a1"]),
        ({"newest_usable": True}, ["a2", "b1"]),
        ({"newest_usable": True, "newer_than": 39 * 3600}, ["a2"]),
    ],
)
def test_which(wanted: dict[str, Any], shown: list[str]) -> None:
    decision = decide(**wanted)
    assert (decision.status, decision.reason, decision.actions) == (SUCCEEDED, "", ())
    assert names(decision) == shown


def test_nothing_there() -> None:
    assert (decide(()).status, names(decide(())), names(decide((), newest_usable=True))) == (SUCCEEDED, [], [])


def test_no_vault() -> None:
    decision = decide_info(InfoWanted(THERE, "dr"), InfoObserved(None, (), NOW))
    assert decision.status == FAILED
    assert decision.reason == (
        "the backup vault dr does not exist in eu-central-1 or may not be seen; AWS answers both alike"
    )


def test_result() -> None:
    locked = vault(key_arn="arn:key", locked=True, min_retention_days=7, max_retention_days=365)
    result = decide(POINTS[:1], locked).result
    assert result == {
        "recovery_points": [as_recovery_point(POINTS[0]).as_result(NOW)],
        "backup_vault": {
            "arn": DR,
            "name": "dr",
            "encryption_key_arn": "arn:key",
            "locked": True,
            "min_retention_days": 7,
            "max_retention_days": 365,
        },
    }
    assert decide().result["backup_vault"]["encryption_key_arn"] is None
