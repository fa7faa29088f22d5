# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A region that cannot even tell who asks, or a role that is refused, stops what needs it and nothing else of the batch."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

pytest.importorskip("moto")
pytest.importorskip("boto3")

from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

from ansible_collections.bcdr.multicloud.plugins.module_utils._core.errors import InvalidRequest
from ansible_collections.bcdr.multicloud.plugins.module_utils._core.provider import Item
from ansible_collections.bcdr.multicloud.plugins.module_utils._core.reconcile import (
    FAILED,
    SUCCEEDED,
    Clock,
    Engine,
    Outcome,
    Settings,
)
from ansible_collections.bcdr.multicloud.tests.unit.aws.runs import calls, definition, forget_calls, options, outcome
from ansible_collections.bcdr.multicloud.tests.unit.sandbox.aws.aws_sandbox import FILE_SYSTEM, HERE, ROLE, THERE, Aws

BACKUP: dict[str, Any] = {
    "file_system_id": FILE_SYSTEM,
    "backup_vault_name": "main",
    "iam_role_arn": ROLE,
    "max_age": "1d",
}
ELSEWHERE: dict[str, Any] = {"region": THERE, "backup_vault_name": "dr", "file_system_id": "fs-0e1500000000000a"}
IDENTITY = f"sts:GetCallerIdentity {HERE}"


def outage(aws: Aws, on: bool = True) -> None:
    aws.admin("POST", f"region/{HERE}/outage", {"on": on})


def run(
    aws: Aws, *batch: dict[str, Any], wait: bool = True, meanwhile: Callable[[int], None] = lambda sleeps: None
) -> tuple[list[Item], list[Outcome]]:
    """Run the backups; `meanwhile` is called before each sleep with the count of those before it."""
    made = definition("efs_backup")
    settings = Settings(wait=wait, wait_timeout=3600, wait_delay=60)
    provider = made.provider(settings)
    validator = ArgumentSpecValidator(made.item_spec)
    items = [
        provider.reconciler(validator.validate({**options(aws), **BACKUP, **entry}).validated_parameters)
        for entry in batch
    ]
    sleeps: list[float] = []

    def sleep(seconds: float) -> None:
        meanwhile(len(sleeps))
        sleeps.append(seconds)
        aws.advance(seconds)

    engine = Engine(settings, Clock(aws.application.clock.now, sleep), before_round=provider.before_round)
    return items, engine.run(items)


def test_an_outage_fails_only_what_is_there(aws: Aws) -> None:
    outage(aws)
    (gone, _other), (lost, found) = run(aws, {}, ELSEWHERE, wait=False)
    assert lost.status == FAILED
    assert lost.reason.startswith(f"AWS cannot be reached: get_caller_identity in {HERE}: ServiceUnavailable")
    assert lost.error is not None
    assert lost.error["retryable"]
    assert gone.label == FILE_SYSTEM
    # The other one was looked at: what it says is about its own region.
    assert THERE in found.reason


def test_who_asks_is_asked_once_a_round_for_all_items(aws: Aws) -> None:
    outage(aws)
    forget_calls(aws)
    batch = [{"file_system_id": f"fs-0e150000000000{number:02d}"} for number in range(5)]
    _items, outcomes = run(aws, *batch, wait=False)
    assert {one.status for one in outcomes} == {FAILED}
    assert calls(aws) == [IDENTITY]


def test_a_region_that_comes_back_is_waited_for(aws: Aws) -> None:
    outage(aws)
    forget_calls(aws)
    _items, (one,) = run(aws, {"max_age": "60d"}, meanwhile=lambda sleeps: outage(aws, on=sleeps < 2))
    assert (one.status, one.reason, one.done) == (SUCCEEDED, "", ())
    # Once before the first pass, which is spent on what was heard then.
    assert calls(aws).count(IDENTITY) == 4


def test_one_that_stays_away_is_given_up(aws: Aws) -> None:
    outage(aws)
    _items, (one,) = run(aws, {})
    assert (one.status, one.done) == (FAILED, ())


def test_two_items_about_one_file_system_are_found_out_when_it_can_be_told(aws: Aws) -> None:
    outage(aws)
    _items, outcomes = run(aws, {"max_age": "60d"}, {"max_age": "60d"}, meanwhile=lambda sleeps: outage(aws, on=False))
    assert sorted(one.status for one in outcomes) == [FAILED, SUCCEEDED]
    assert any("is about the same resource as another item" in one.reason for one in outcomes)


def test_an_identity_that_aws_refuses_is_no_outage(aws: Aws) -> None:
    with pytest.raises(InvalidRequest, match="AWS refused to sign in"):
        run(aws, {"access_key": "AKIANOBODY"})


def test_a_role_that_is_refused_at_one_vault_keeps_no_other_waiting(aws: Aws) -> None:
    stranger = "arn:aws:iam::999999999999:role/reader"
    vault = f"arn:aws:backup:{THERE}:999999999999:backup-vault:theirs"
    one = outcome(
        aws,
        "efs_backup_copy",
        file_system_id=FILE_SYSTEM,
        source_backup_vault_name="main",
        iam_role_arn=ROLE,
        destinations=[
            {"backup_vault_arn": vault, "assume_role_arn": stranger},
            {"backup_vault_arn": aws.vault("dr")},
        ],
    )
    refused, copied = one.result["copies"]
    assert (one.status, refused["status"], copied["status"]) == (FAILED, FAILED, SUCCEEDED)
    assert (refused["vault_seen"], copied["vault_seen"]) == (False, True)
    assert one.reason.startswith(f"{THERE}/theirs: credentials: AWS refused to sign in: ")
    assert stranger in one.reason
