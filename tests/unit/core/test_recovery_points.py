# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import datetime
from typing import Any

import pytest

from ansible_collections.bcdr.multicloud.plugins.module_utils._core.reconcile import STATUSES, SUCCEEDED
from ansible_collections.bcdr.multicloud.plugins.module_utils._core.recovery_points import RecoveryPoint, iso_timestamp

UTC = datetime.timezone.utc
NOW = datetime.datetime(2026, 11, 21, 12, tzinfo=UTC)


def point(**changes: Any) -> RecoveryPoint:
    fields: dict[str, Any] = {
        "id": "/x/rp",
        "name": "rp",
        "provider": "azure",
        "resource_type": "azure_vm",
        "container": "/x",
        "source": "/vm",
        "location": "westeurope",
        "source_location": "westeurope",
        "status": SUCCEEDED,
        **changes,
    }
    return RecoveryPoint(**fields)


@pytest.mark.parametrize("status", STATUSES)
def test_only_succeeded_is_usable(status: str) -> None:
    assert point(status=status).usable is (status == SUCCEEDED)
    assert point(status=status).as_result(NOW)["usable"] is (status == SUCCEEDED)


def test_times_are_shown_in_utc_and_ages_in_seconds() -> None:
    india = datetime.timezone(datetime.timedelta(hours=5, minutes=30))
    shown = point(
        created=datetime.datetime(2026, 11, 21, 16, 30, 15, 900000, tzinfo=india),
        expires=NOW + datetime.timedelta(days=1),
    ).as_result(NOW)
    assert shown["created_at"] == "2026-11-21T11:00:15Z"
    assert shown["age_seconds"] == 3584
    assert shown["expires_at"] == "2026-11-22T12:00:00Z"


def test_unknown_times_are_none_and_clocks_that_differ_give_no_negative_age() -> None:
    assert point().as_result(NOW)["age_seconds"] is None
    assert point().as_result(NOW)["created_at"] is None
    assert point(created=NOW + datetime.timedelta(seconds=5)).as_result(NOW)["age_seconds"] == 0
    assert iso_timestamp(None) is None


def test_what_only_one_workload_has_stands_beside_the_rest() -> None:
    assert point(extra={"vm_id": "v"}).as_result(NOW)["vm_id"] == "v"
