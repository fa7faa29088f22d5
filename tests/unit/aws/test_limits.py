# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How long AWS Backup keeps a point, and who may use a vault."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.bcdr.multicloud.plugins.module_utils._aws.efs.limits import (
    lifecycle_problem,
    lock_problem,
    policy_problem,
)
from ansible_collections.bcdr.multicloud.plugins.module_utils._aws.efs.values import Lifecycle
from ansible_collections.bcdr.multicloud.tests.unit.aws.builders import MINE, days, vault

DAYS = st.one_of(st.none(), st.integers(-2, 36_600))
DENY = {"Effect": "Deny", "Principal": "*", "Action": "backup:StartRestoreJob"}
ALLOW = {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{MINE}:root"}, "Action": "backup:StartRestoreJob"}


@pytest.mark.parametrize(
    ("lifecycle", "problem"),
    [
        (days(), ""),
        (days(1), ""),
        (days(36500), ""),
        (days(None, 1), ""),
        (days(None, 36500), ""),
        (days(91, 1), ""),
        (days(120, 30), ""),
        (days(-1), "delete_after_days is -1, but must be 1 to 36500 days; 36500 keeps a point for ever, -1 would not"),
        (days(0), "delete_after_days is 0, but must be 1 to 36500 days"),
        (days(36501), "delete_after_days is 36501, but must be 1 to 36500 days"),
        (days(None, -1), "move_to_cold_storage_after_days is -1, but must be 1 to 36500 days"),
        (days(None, 0), "move_to_cold_storage_after_days is 0, but must be 1 to 36500 days"),
        (days(None, 36501), "move_to_cold_storage_after_days is 36501"),
        (days(90, 1), "delete_after_days is 90, but must be 91 or more, because a point stays in cold storage for"),
        (days(30, 30), "delete_after_days is 30, but must be 120 or more"),
        (days(0, 30), "delete_after_days is 0, but must be 1 to 36500 days"),
    ],
)
def test_lifecycle(lifecycle: Lifecycle, problem: str) -> None:
    found = lifecycle_problem(lifecycle)
    assert bool(found) == bool(problem)
    assert not problem or found.startswith(f"lifecycle: {problem}")


@given(DAYS, DAYS)
def test_a_lifecycle_without_problem_is_one_that_aws_takes(delete: int | None, cold: int | None) -> None:
    if not lifecycle_problem(Lifecycle(delete, cold)):
        assert all(number is None or 1 <= number <= 36500 for number in (delete, cold))
        assert delete is None or cold is None or delete - cold >= 90


@pytest.mark.parametrize(
    ("least", "most", "retention", "problem"),
    [
        (7, 365, 7, ""),
        (7, 365, 365, ""),
        (7, 365, 6, "at least 7 days, and this one would be kept 6 days"),
        (7, 365, 366, "at most 365 days, and this one would be kept 366 days"),
        (7, 365, None, "at most 365 days, and this one would be kept for ever"),
        (7, None, None, ""),
        (7, None, 6, "at least 7 days"),
        (None, 365, 1, ""),
        (None, 365, None, "for ever"),
        (None, None, 1, ""),
    ],
)
def test_lock(least: int | None, most: int | None, retention: int | None, problem: str) -> None:
    bounds: dict[str, Any] = {"min_retention_days": least, "max_retention_days": most}
    found = lock_problem(vault(locked=True, **bounds), retention)
    assert problem in found
    assert bool(found) == bool(problem)
    assert lock_problem(vault(**bounds), retention) == ""


@pytest.mark.parametrize(
    ("policy", "across", "problem"),
    [
        (None, False, ""),
        (None, True, ""),
        ({}, False, ""),
        ({}, True, "does not allow backup:StartRestoreJob to the other account"),
        ({"Statement": []}, True, "does not allow"),
        ({"Statement": [ALLOW]}, True, ""),
        ({"Statement": ALLOW}, True, ""),
        ({"Statement": [ALLOW, DENY]}, True, "denies backup:StartRestoreJob"),
        ({"Statement": [DENY]}, False, "denies backup:StartRestoreJob"),
        ({"Statement": DENY}, False, "denies"),
        ({"Statement": [{**DENY, "Action": ["backup:*"]}]}, False, "denies"),
        ({"Statement": [{**DENY, "Action": "backup:Start*Job"}]}, False, "denies"),
        ({"Statement": [{**DENY, "Action": "BACKUP:startrestorejob"}]}, False, "denies"),
        ({"Statement": [{**DENY, "Action": "backup:StartCopyJob"}]}, False, ""),
        ({"Statement": [{"Effect": "Deny", "Principal": "*"}]}, False, ""),
        ({"Statement": [{**DENY, "Principal": {"AWS": "*"}}]}, False, "denies"),
        ({"Statement": [{**DENY, "Principal": {"AWS": ["*"]}}]}, False, "denies"),
        ({"Statement": [{**DENY, "Principal": {"AWS": f"arn:aws:iam::{MINE}:root"}}]}, False, ""),
        ({"Statement": [{**DENY, "Condition": {"Bool": {"aws:x": "true"}}}]}, False, ""),
    ],
)
def test_policy(policy: Any, across: bool, problem: str) -> None:
    found = policy_problem(policy, "backup:StartRestoreJob", across)
    assert problem in found
    assert bool(found) == bool(problem)
