# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What holds for every decision, whatever is seen: nothing is started twice, and no end is told with work to do."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from ansible_collections.bcdr.multicloud.plugins.module_utils._aws.efs.backup_decision import (
    BackupObserved,
    BackupWanted,
    decide_backup,
)
from ansible_collections.bcdr.multicloud.plugins.module_utils._aws.efs.copy_decision import (
    CopyObserved,
    CopyWanted,
    Destination,
    DestinationObserved,
    decide_copies,
)
from ansible_collections.bcdr.multicloud.plugins.module_utils._aws.efs.restore_decision import (
    RestoreObserved,
    RestoreWanted,
    decide_restore,
)
from ansible_collections.bcdr.multicloud.plugins.module_utils._aws.efs.restored import (
    RESTORED_FROM_TAG,
    Key,
    MountTarget,
    SettingsObserved,
    SettingsWanted,
)
from ansible_collections.bcdr.multicloud.plugins.module_utils._aws.efs.values import Job, Lifecycle, SourceSettings
from ansible_collections.bcdr.multicloud.plugins.module_utils._core.reconcile import (
    ABSENT,
    FAILED,
    PENDING,
    RUNNING,
    STATUSES,
    SUCCEEDED,
    Decision,
)
from ansible_collections.bcdr.multicloud.tests.unit.aws.builders import (
    DR,
    FILE_SYSTEM,
    MAIN,
    NOW,
    ROLE,
    THERE,
    ago,
    copied,
    file_system,
    job,
    point,
    vault,
    vault_arn,
)

ENOUGH = settings(max_examples=400, deadline=None)
NAMES = ["a", "b", "c"]
BOOLS, HOURS = st.booleans(), st.sampled_from([0.1, 1.0, 5.0, 30.0])
POINT_STATUSES = st.sampled_from(["COMPLETED", "AVAILABLE", "CREATING", "PARTIAL", "EXPIRED", "DELETING"])
JOB_STATES = st.sampled_from(["CREATED", "PENDING", "RUNNING", "COMPLETED", "FAILED", "ABORTED", "PARTIAL"])
LIFECYCLES = st.builds(Lifecycle, st.sampled_from([None, 1, 35, 400]), st.sampled_from([None, 30]))
SOURCE = point("a", 1)
DR2 = vault_arn("dr2", "us-east-1")
STARTED = st.frozensets(st.sampled_from(NAMES))


def made_jobs(**fields: Any) -> st.SearchStrategy[tuple[Job, ...]]:
    """Jobs with names of their own."""
    of = st.builds(job, state=JOB_STATES, hours_ago=HOURS, **fields)
    return st.lists(of, max_size=3).map(
        lambda jobs: tuple(replace(one, id=name) for one, name in zip(jobs, NAMES, strict=False))
    )


def check(decision: Decision) -> None:
    assert decision.status in STATUSES
    # What is started has not ended yet, and waits for nothing.
    assert decision.status == RUNNING or not decision.actions
    tokens = [action.payload["token"] for action in decision.actions if "token" in (action.payload or {})]
    assert len(set(tokens)) == len(tokens)
    if decision.status == FAILED:
        assert decision.reason


BACKUPS = st.builds(
    BackupObserved,
    points=st.none() | st.lists(st.builds(point, st.sampled_from(NAMES), HOURS, POINT_STATUSES), max_size=3).map(tuple),
    now=st.just(NOW),
    jobs=made_jobs(made_arn=st.sampled_from(NAMES).map(lambda name: point(name).arn)),
    started=STARTED,
    vault=st.none() | st.builds(vault, locked=BOOLS, min_retention_days=st.sampled_from([None, 7])),
    file_system=st.none() | st.builds(file_system, state=st.sampled_from(["available", "creating"])),
)


@ENOUGH
@given(BACKUPS, LIFECYCLES, st.sampled_from([0, 24 * 3600]))
def test_backups(observed: BackupObserved, lifecycle: Lifecycle, max_age: int) -> None:
    wanted = BackupWanted(FILE_SYSTEM, "main", ROLE, max_age, lifecycle)
    decision = decide_backup(wanted, observed)
    check(decision)
    if observed.started or any(one.status in (PENDING, RUNNING) for one in observed.jobs):
        assert not decision.actions
    if decision.status == SUCCEEDED:
        assert any(one.usable for one in observed.points or ())
    if decision.actions:
        again = replace(observed, jobs=(*observed.jobs, job("new", "CREATED", 0)), started=frozenset(["new"]))
        after = decide_backup(wanted, again)
        assert (after.status, after.actions) == (PENDING, ())


VIEWS = st.builds(
    DestinationObserved,
    vault=st.none() | st.builds(vault, locked=BOOLS, min_retention_days=st.sampled_from([None, 7])),
    points=st.lists(st.builds(copied, st.sampled_from(NAMES), HOURS, POINT_STATUSES), max_size=2).map(tuple),
    jobs=made_jobs(point_arn=st.sampled_from([SOURCE.arn, "arn:other"])),
    policy=st.sampled_from([None, {}, {"Statement": {"Effect": "Deny", "Principal": "*", "Action": "*"}}]),
    cross_account=st.sampled_from([None, True, False]),
    unavailable=st.sampled_from(["", "", "", "503"]),
    refused=st.sampled_from(["", "", "", "no"]),
    patient=BOOLS,
)
COPIES = st.builds(
    CopyObserved,
    source=st.none() | st.builds(point, st.just("a"), st.just(1), POINT_STATUSES),
    destinations=st.tuples(VIEWS, VIEWS),
    now=st.just(NOW),
    source_unavailable=st.sampled_from(["", "", "503"]),
    started=STARTED,
    source_vault_seen=BOOLS,
    backup_under_way=BOOLS,
    check_mode=BOOLS,
)


@ENOUGH
@given(COPIES, LIFECYCLES, st.sampled_from(["", SOURCE.arn]))
def test_copies(observed: CopyObserved, lifecycle: Lifecycle, point_arn: str) -> None:
    wanted = CopyWanted(MAIN, (Destination(DR, lifecycle), Destination(DR2)), FILE_SYSTEM, point_arn)
    decision = decide_copies(wanted, observed)
    check(decision)
    shown = decision.result["copies"]
    starting = {action.payload["destination"].vault_arn for action in decision.actions}
    for copy, view in zip(shown, observed.destinations, strict=True):
        if copy["backup_vault_arn"] not in starting:
            continue
        assert copy["status"] == RUNNING
        active = [one for one in view.jobs if one.status in (PENDING, RUNNING) and one.point_arn == SOURCE.arn]
        assert not active
        assert (view.unavailable, view.refused) == ("", "")
    if decision.status == SUCCEEDED:
        assert all(copy["recovery_point_arn"] for copy in shown)
    # What is done or can never be does not hide what is still to do.
    unsettled = {copy["status"] for copy in shown} & {PENDING, RUNNING}
    assert bool(unsettled) == (decision.status in (PENDING, RUNNING))
    if decision.actions:
        views = tuple(
            replace(view, jobs=(*view.jobs, job(f"new-{arn}", "CREATED", 0, point_arn=SOURCE.arn)))
            if arn in starting
            else view
            for arn, view in zip((DR, DR2), observed.destinations, strict=True)
        )
        assert decide_copies(wanted, replace(observed, destinations=views)).actions == ()


MADE_ARN = f"arn:aws:elasticfilesystem:{THERE}:111122223333:file-system/fs-0new"
TARGETS = (MountTarget("subnet-1"), MountTarget("subnet-2"))
FILE_SYSTEM_STATES = st.sampled_from(["available", "available", "updating", "creating", "deleting", "deleted", "error"])
RESTORES = st.builds(
    RestoreObserved,
    points=st.none()
    | st.lists(st.builds(copied, st.sampled_from(NAMES), HOURS, POINT_STATUSES), max_size=2).map(tuple),
    now=st.just(NOW),
    file_system=st.none()
    | st.builds(
        file_system,
        st.just("fs-0new"),
        st.just(THERE),
        FILE_SYSTEM_STATES,
        arn=st.just(MADE_ARN),
        created=st.sampled_from([None, ago(0.1), ago(9)]),
        encrypted=BOOLS,
        key_arn=st.just(""),
        tags=st.sampled_from([{}, {}, {RESTORED_FROM_TAG: copied("a").arn}, {RESTORED_FROM_TAG: "arn:other"}]),
    ),
    jobs=made_jobs(point_arn=st.just(copied("a").arn), made_arn=st.sampled_from(["", MADE_ARN])),
    started=STARTED,
    source=st.sampled_from([None, SourceSettings(), SourceSettings(True), SourceSettings(False)]),
    keys=st.sampled_from([{}, {"k": None}, {"k": Key("arn:k", True, True)}, {"k": Key("arn:k", False, True)}]),
    settings=st.builds(
        SettingsObserved,
        automatic_backups=BOOLS,
        mount_targets=st.lists(
            st.builds(
                MountTarget,
                st.sampled_from(["subnet-1", "subnet-2", "subnet-3"]),
                id=st.just("fsmt-1"),
                state=st.sampled_from(["available", "creating", "deleting", "error"]),
            ),
            max_size=2,
            unique_by=lambda target: target.subnet,
        ).map(tuple),
    ),
    job_metadata=st.sampled_from([{}, {"Encrypted": "true"}, {"Encrypted": "false"}]),
    check_mode=BOOLS,
    watched=BOOLS,
)
WANTED = st.builds(
    RestoreWanted,
    region=st.just(THERE),
    vault=st.just("dr"),
    name=st.just("web"),
    file_system=st.just("fs-0a11ce"),
    point_arn=st.sampled_from(["", copied("a").arn]),
    items=st.just(("/a",)),
    target=st.sampled_from(["", "", "fs-0new"]),
    encrypt=st.sampled_from([None, True, False]),
    kms_key_id=st.sampled_from(["", "k"]),
    settings=st.sampled_from([SettingsWanted(), SettingsWanted({"a": "1"}, mount_targets=TARGETS)]),
    state=st.sampled_from(["present", "present", "absent"]),
)


@ENOUGH
@given(WANTED, RESTORES)
def test_restores(wanted: RestoreWanted, observed: RestoreObserved) -> None:
    wanted = replace(wanted, target="") if wanted.state == "absent" else wanted
    decision = decide_restore(wanted, observed)
    check(decision)
    restores = [action for action in decision.actions if action.verb == "restore"]
    deletes = [action for action in decision.actions if action.verb == "delete"]
    active = [one for one in observed.jobs if one.status in (PENDING, RUNNING)]
    assert (decision.status == ABSENT) <= (wanted.state == "absent")
    # Nothing is removed that was not to go, nothing at all while a job still fills it, and never a target of items.
    assert not deletes or (wanted.state == "absent" and not active)
    assert not restores or (wanted.state == "present" and not active)
    if decision.status == SUCCEEDED:
        assert not active
        assert observed.file_system is not None or wanted.target
    if restores:
        assert wanted.target or observed.file_system is None
        started = job("new", "PENDING", 0, point_arn=restores[0].payload["point_arn"])
        again = replace(observed, jobs=(*observed.jobs, started), started=frozenset(["new"]))
        after = decide_restore(wanted, again)
        assert (after.status, after.actions) == (PENDING, ())
        if restores[0].payload["metadata"].get("Encrypted") == "false":
            assert observed.source is not None
            assert observed.source.encrypted is False


@given(st.permutations(NAMES), COPIES)
def test_the_order_of_lists_is_no_difference(order: list[str], observed: CopyObserved) -> None:
    wanted = CopyWanted(MAIN, (Destination(DR), Destination(DR2)), FILE_SYSTEM)
    turned = replace(
        observed,
        destinations=tuple(
            replace(view, jobs=tuple(sorted(view.jobs, key=lambda one: order.index(one.id))))
            for view in observed.destinations
        ),
    )
    first, second = decide_copies(wanted, observed), decide_copies(wanted, turned)
    assert first.actions == second.actions
    assert [action.payload["token"] for action in first.actions] == [
        action.payload["token"] for action in second.actions
    ]
