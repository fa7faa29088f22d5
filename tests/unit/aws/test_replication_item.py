# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A recovery point along a plan as an item, run by the engine against the sandbox: its life, and what it asks for it."""

from __future__ import annotations

import json
from typing import Any

import pytest

pytest.importorskip("moto")
pytest.importorskip("boto3")

from ansible_collections.bcdr.multicloud.plugins.module_utils._core.reconcile import (
    BLOCKED,
    FAILED,
    SUCCEEDED,
    Outcome,
)
from ansible_collections.bcdr.multicloud.tests.unit.aws.runs import Run, calls, forget_calls, outcome, told
from ansible_collections.bcdr.multicloud.tests.unit.sandbox.aws.aws_sandbox import (
    DAY,
    FILE_SYSTEM,
    HERE,
    ROLE,
    THERE,
    Aws,
)

NORTH, FAR = "eu-north-1", "us-east-1"
REGIONS = (THERE, NORTH, FAR)
LINKS = {
    (HERE, THERE): 100,
    (HERE, NORTH): 200,
    (HERE, FAR): 900,
    (THERE, NORTH): 150,
    (THERE, FAR): 300,
    (NORTH, FAR): 800,
}
VAULTS = [{"name": "main"}, *({"name": "dr", "region": region} for region in REGIONS)]
POINTS = [{"name": "p1", "file_system": "data", "vault": "main", "age": 5 * DAY, "delete_after_days": 35}]
IN_ALL = [*POINTS, *({"name": f"c-{region}", "copy_of": "p1", "vault": "dr", "region": region} for region in REGIONS)]


def task(aws: Aws, **changes: Any) -> dict[str, Any]:
    both = [pair for link, seconds in LINKS.items() for pair in ((*link, seconds), (*link[::-1], seconds))]
    planning = {
        "measurements": [{"source": one, "target": other, "seconds": took} for one, other, took in both],
        **changes.pop("planning", {}),
    }
    return {
        "module": "efs_backup_replication",
        "file_system_id": FILE_SYSTEM,
        "source_backup_vault_name": "main",
        "iam_role_arn": ROLE,
        "destinations": [{"backup_vault_arn": aws.vault("dr", region=region)} for region in REGIONS],
        "planning": planning,
        **changes,
    }


@pytest.fixture(autouse=True)
def planted(aws: Aws) -> None:
    aws.plant(vaults=VAULTS, points=POINTS)


def ways(one: Outcome) -> dict[str, str]:
    """From where each region got its copy."""
    return {copy["region"]: copy["source_region"] for copy in one.result["copies"]}


def outage(aws: Aws, region: str, on: bool = True) -> None:
    aws.admin("POST", f"region/{region}/outage", {"on": on})


def jobs(aws: Aws) -> list[dict[str, Any]]:
    return [job for job in aws.admin("GET", "state")["aws"]["jobs"] if job["kind"] == "copy"]


def test_from_nothing_to_nothing_changed(aws: Aws) -> None:
    first = outcome(aws, **task(aws))
    assert (first.status, first.reason) == (SUCCEEDED, "")
    assert ways(first) == {THERE: HERE, NORTH: THERE, FAR: THERE}
    # One after the other, and between two of them at most the pause between two looks.
    took = sum(copy["copy_seconds"] for copy in first.result["copies"])
    assert took <= first.result["measured_seconds"] <= took + 2 * 60
    forget_calls(aws)
    again = outcome(aws, **task(aws))
    assert (again.status, told(again)) == (SUCCEEDED, [])
    listed = [f"backup:ListRecoveryPointsByBackupVault {region}" for region in (HERE, *REGIONS)]
    assert calls(aws) == [f"sts:GetCallerIdentity {THERE}", *listed]


def test_check_mode_starts_nothing_and_tells_all(aws: Aws) -> None:
    would = outcome(aws, **task(aws), check_mode=True)
    assert [action.split(" from ")[1] for action in told(would)] == [
        f"{HERE}/main to {THERE}/dr",
        f"{THERE}/dr to {NORTH}/dr",
        f"{THERE}/dr to {FAR}/dr",
    ]
    assert jobs(aws) == []
    assert told(outcome(aws, **task(aws))) == told(would)


def test_the_point_that_is_named(aws: Aws) -> None:
    older = {"name": "p0", "file_system": "data", "vault": "main", "age": 6 * DAY, "delete_after_days": 35}
    aws.plant(vaults=VAULTS, points=[older, *POINTS])
    named = next(p["arn"] for v in aws.admin("GET", "state")["aws"]["vaults"] for p in v["points"][:1])
    one = outcome(aws, **task(aws, recovery_point_arn=named))
    assert (one.status, one.result["recovery_point_arn"]) == (SUCCEEDED, named)
    assert (
        one.result["created_at"]
        == outcome(aws, **task(aws, recovery_point_arn=named)).result["copies"][0]["created_at"]
    )
    # The newest is another one.
    assert len(told(outcome(aws, **task(aws)))) == 3


def test_the_copy_module_knows_what_the_plan_has_made(aws: Aws) -> None:
    outcome(aws, **task(aws))
    options = task(aws)
    del options["planning"]
    assert told(outcome(aws, **{**options, "module": "efs_backup_copy"})) == []


def test_nothing_is_read_from_a_vault_that_denies_it(aws: Aws) -> None:
    deny = {"Effect": "Deny", "Principal": "*", "Action": ["backup:StartCopyJob"], "Resource": "*"}
    vaults = [{**vault, "policy": {"Statement": [deny]}} if vault.get("region") == THERE else vault for vault in VAULTS]
    aws.plant(vaults=vaults, points=POINTS)
    one = outcome(aws, **task(aws))
    assert (one.status, ways(one)) == (SUCCEEDED, {THERE: HERE, NORTH: HERE, FAR: NORTH})


def test_what_is_refused_there_is_read_elsewhere(aws: Aws) -> None:
    aws.fault("status", f"{THERE}:backup:StartCopyJob", status=403, code="AccessDeniedException", times=0)
    one = outcome(aws, **task(aws))
    assert (one.status, ways(one)) == (SUCCEEDED, {THERE: HERE, NORTH: HERE, FAR: NORTH})


def test_the_original_turns_cold(aws: Aws) -> None:
    """What is there already is warm and goes on being copied; without any copy nothing can be done."""
    cold = {**POINTS[0], "age": 20 * DAY, "to_cold_days": 10, "delete_after_days": 200}
    copy = {"name": "c1", "copy_of": "p1", "vault": "dr", "region": NORTH, "delete_after_days": 200}
    keep = [
        {"backup_vault_arn": aws.vault("dr", region=region), "lifecycle": {"delete_after_days": 200}}
        for region in REGIONS
    ]
    aws.plant(vaults=VAULTS, points=[cold, copy])
    one = outcome(aws, **task(aws, destinations=keep))
    assert (one.status, ways(one)[THERE], ways(one)[FAR]) == (SUCCEEDED, NORTH, THERE)
    aws.plant(vaults=VAULTS, points=[cold])
    blocked = outcome(aws, **task(aws, destinations=keep))
    assert (blocked.status, told(blocked)) == (BLOCKED, [])
    assert "the point is in cold storage" in blocked.reason


def test_another_job_of_the_file_system_is_waited_for(aws: Aws) -> None:
    aws.plant(vaults=[*VAULTS, {"name": "second"}], points=POINTS)
    other = aws.copy(aws.vault("second", region=HERE))
    [first] = Run(aws, **task(aws), wait=False).go()
    assert told(first) == []
    assert "waits: AWS makes one backup or copy" in first.result["copies"][0]["reason"]
    one = outcome(aws, **task(aws))
    assert one.status == SUCCEEDED
    assert jobs(aws)[0]["id"] == other
    starts = [job["created"] for job in jobs(aws)[1:]]
    assert starts[0] >= jobs(aws)[0]["ended"]


def test_a_region_that_is_down_and_back(aws: Aws) -> None:
    """It is waited for a little, then the rest goes on by other ways; when it is back, only it is missing."""
    outage(aws, THERE)
    one = outcome(aws, **task(aws))
    assert (one.status, one.result["missing"]) == (FAILED, {THERE: ["dr"]})
    assert one.reason.startswith(f"2 of 3 vaults have it; {THERE}/dr: cannot be reached: ")
    assert ways(one) == {THERE: None, NORTH: HERE, FAR: NORTH}
    outage(aws, THERE, on=False)
    again = outcome(aws, **task(aws))
    assert (again.status, len(told(again))) == (SUCCEEDED, 1)


def test_it_comes_back_while_the_rest_goes_on(aws: Aws) -> None:
    outage(aws, THERE)

    def meanwhile(sleeps: int) -> None:
        if sleeps == 7:
            outage(aws, THERE, on=False)

    [one] = Run(aws, **task(aws), meanwhile=meanwhile).go()
    assert (one.status, one.result["missing"]) == (SUCCEEDED, {})
    assert len(jobs(aws)) == 3


def test_the_source_is_gone(aws: Aws) -> None:
    """The copies are brought to where they are missing; with the point named, nobody knows which that is."""
    aws.plant(vaults=VAULTS, points=IN_ALL[:2])
    named = next(p["arn"] for v in aws.admin("GET", "state")["aws"]["vaults"] for p in v["points"][:1])
    outage(aws, HERE)
    one = outcome(aws, **task(aws))
    assert (one.status, ways(one)) == (SUCCEEDED, {THERE: HERE, NORTH: THERE, FAR: THERE})
    assert ["the source cannot be asked" in warning for warning in one.warnings].count(True) == 1
    lost = outcome(aws, **task(aws, recovery_point_arn=named))
    assert (lost.status, lost.result["recovery_point_arn"]) == (FAILED, None)
    assert "the source cannot be asked" in lost.reason


def test_the_source_comes_back(aws: Aws) -> None:
    aws.plant(vaults=VAULTS, points=IN_ALL[:2])
    outage(aws, HERE)

    def meanwhile(sleeps: int) -> None:
        if sleeps == 8:
            outage(aws, HERE, on=False)

    [one] = Run(aws, **task(aws), meanwhile=meanwhile).go()
    assert (one.status, one.result["missing"]) == (SUCCEEDED, {})
    assert one.result["recovery_point_arn"] is not None


def test_a_copy_is_kept_as_if_it_were_read_from_the_original(aws: Aws) -> None:
    days = {THERE: 10, NORTH: None, FAR: 200}
    wanted = [
        {
            "backup_vault_arn": aws.vault("dr", region=region),
            **({"lifecycle": {"delete_after_days": kept}} if kept else {}),
        }
        for region, kept in days.items()
    ]
    assert outcome(aws, **task(aws, destinations=wanted)).status == SUCCEEDED
    for region, kept in days.items():
        listed = aws.client("backup", region).list_recovery_points_by_backup_vault(BackupVaultName="dr")[
            "RecoveryPoints"
        ]
        assert [point["Lifecycle"]["DeleteAfterDays"] for point in listed] == [kept or 35]


def test_secrets_and_payloads_are_in_no_result(aws: Aws) -> None:
    one = outcome(aws, **task(aws))
    text = json.dumps([one.result, told(one), [action.after for action in one.done]], default=str)
    assert "secret" not in text.lower()
    assert "bcdr-copy-" not in text
