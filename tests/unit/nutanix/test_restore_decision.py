# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from nutanix_builders import NOW, START, attempts, point, task

from ansible_collections.bcdr.multicloud.plugins.module_utils._core.reconcile import (
    BLOCKED,
    FAILED,
    PENDING,
    RUNNING,
    SUCCEEDED,
)
from ansible_collections.bcdr.multicloud.plugins.module_utils._nutanix.attempts import MOST_ATTEMPTS, Attempts
from ansible_collections.bcdr.multicloud.plugins.module_utils._nutanix.restore_decision import (
    Part,
    RestoreObserved,
    RestoreWanted,
    decide_restore,
)
from ansible_collections.bcdr.multicloud.plugins.module_utils._nutanix.revert_decision import (
    RevertObserved,
    RevertWanted,
    decide_revert,
)
from ansible_collections.bcdr.multicloud.plugins.module_utils._nutanix.values import Task

ALL = RestoreWanted("rp")
DRILL = RestoreWanted("rp", "c1", vms=(Part("rp-a", "drill-a", {"x": 1}), Part("rp-b", "drill-b")))
MADE = frozenset(("va", "vb"))
BOTH = {"drill-a": ["va"], "drill-b": ["vb"]}
WITH_GROUP = replace(DRILL, volume_groups=(Part("rp-g"),))


def seen(**given: Any) -> RestoreObserved:
    return RestoreObserved(**{"point": point(groups="g"), "now": NOW, **given})


def restored(old: bool = False, *vms: str) -> Task:
    return replace(task("SUCCEEDED", old=old), details=(("vmExtIds", ",".join(vms)),))


@pytest.mark.parametrize(
    ("wanted", "observed", "status", "reason", "starts"),
    [
        (ALL, seen(), RUNNING, "is starting", True),
        (DRILL, seen(), RUNNING, "is starting", True),
        # What is there.
        (DRILL, seen(named=BOTH, restored=MADE), SUCCEEDED, "", False),
        (DRILL, seen(named=BOTH, restored=MADE, point=None), SUCCEEDED, "", False),
        (DRILL, seen(named={"drill-a": ["va"]}, restored=MADE), RUNNING, "is starting", True),
        (DRILL, seen(named=BOTH, restored=frozenset({"va"})), BLOCKED, "there is a VM drill-b already, vb", False),
        (DRILL, seen(named={"drill-a": ["other", "va"], "drill-b": ["vb"]}, restored=MADE), SUCCEEDED, "", False),
        (WITH_GROUP, seen(named=BOTH, restored=MADE), RUNNING, "is starting", True),
        # What cannot be.
        (ALL, seen(point=None), FAILED, "there is no recovery point rp", False),
        (ALL, seen(point=point(expires=NOW)), BLOCKED, "has expired", False),
        (ALL, seen(point=point(status="")), BLOCKED, "in no known status", False),
        (replace(ALL, cluster_ext_id="c2"), seen(), BLOCKED, "no data on cluster c2, only on c1", False),
        (replace(ALL, cluster_ext_id="c2"), seen(point=point(cluster_ext_ids=())), RUNNING, "is starting", True),
        (RestoreWanted("rp", vms=(Part("rp-z"),)), seen(), BLOCKED, "has no part rp-z", False),
        # The task that does it.
        (ALL, seen(attempts=attempts(task("QUEUED"))), PENDING, "", False),
        (ALL, seen(attempts=attempts(task("RUNNING", percent=7.0))), RUNNING, "", False),
        (ALL, seen(attempts=attempts(task("SUSPENDED"))), PENDING, "suspended", False),
        (ALL, seen(attempts=attempts(task("FAILED"))), FAILED, "ended FAILED", False),
        (ALL, seen(attempts=attempts(task("CANCELED"))), FAILED, "ended CANCELED", False),
        (ALL, seen(attempts=attempts(restored(False, "va"))), SUCCEEDED, "", False),
        (ALL, seen(attempts=attempts(restored(True, "va"), va=True)), SUCCEEDED, "", False),
        (ALL, seen(attempts=attempts(restored(True, "va", "vb"), va=True, vb=False)), RUNNING, "is starting", True),
        (ALL, seen(attempts=attempts(task("FAILED", old=True))), RUNNING, "is starting", True),
        (ALL, seen(attempts=attempts(*[task("FAILED", old=True)] * MOST_ATTEMPTS)), FAILED, "of an earlier one", False),
    ],
)  # fmt: skip
def test_table(wanted: RestoreWanted, observed: RestoreObserved, status: str, reason: str, starts: bool) -> None:
    decision = decide_restore(wanted, observed)
    assert (decision.status, bool(decision.actions)) == (status, starts)
    assert reason in decision.reason
    assert bool(reason) == bool(decision.reason)


def test_what_is_asked_for() -> None:
    (everything,) = decide_restore(ALL, seen()).actions
    assert everything.describe() == "restore 3 parts of recovery point nightly"
    assert {name for name, value in everything.payload["spec"].items() if value is not None} == set()
    (rest,) = decide_restore(WITH_GROUP, seen(named={"drill-b": ["vb"]}, restored=MADE)).actions
    assert rest.payload["spec"]["vm_recovery_point_restore_overrides"] == [{"vm_recovery_point_ext_id": "rp-a", "x": 1}]
    groups = rest.payload["spec"]["volume_group_recovery_point_restore_overrides"]
    assert groups == [{"volume_group_recovery_point_ext_id": "rp-g"}]
    (again,) = decide_restore(ALL, seen(attempts=attempts(task("FAILED", old=True)))).actions
    assert len({one.payload["token"] for one in (everything, rest, again)}) == 3


def test_result_of_a_restore() -> None:
    result = decide_restore(DRILL, seen(named=BOTH, restored=MADE)).result
    assert (result["vms_ext_ids"], result["vgs_ext_ids"], result["task_ext_id"]) == (["va", "vb"], [], None)
    done = replace(restored(False, "vc"), details=(("vmExtIds", "vc, vd"), ("volumeGroupExtIds", "g")))
    result = decide_restore(ALL, seen(attempts=attempts(done))).result
    assert (result["vms_ext_ids"], result["vgs_ext_ids"], result["task_ext_id"]) == (["vc", "vd"], ["g"], "t")


REVERT = RevertWanted("vm", "part")
BEFORE, AFTER = START.replace(hour=1), START.replace(hour=23)


def reverts(*tasks: Task) -> Attempts:
    return replace(attempts(*tasks), repeated=True)


@pytest.mark.parametrize(
    ("observed", "status", "reason", "starts"),
    [
        (RevertObserved("web", "e1"), RUNNING, "is starting", True),
        (RevertObserved(None, None), FAILED, "there is no VM vm", False),
        (RevertObserved(None, None, reverts(task("QUEUED"))), PENDING, "", False),
        (RevertObserved(None, None, reverts(task("SUSPENDED"))), PENDING, "suspended", False),
        (RevertObserved(None, None, reverts(task("FAILED"))), FAILED, "ended FAILED", False),
        (RevertObserved(None, None, reverts(task("SUCCEEDED", completed=AFTER))), SUCCEEDED, "", False),
        # One that an earlier run has begun, and one that was done before this run.
        (RevertObserved(None, None, reverts(task("RUNNING", old=True))), RUNNING, "", False),
        (RevertObserved(None, None, reverts(task("SUCCEEDED", old=True, completed=AFTER))), SUCCEEDED, "", False),
        (RevertObserved("web", "e1", reverts(task("SUCCEEDED", old=True, completed=BEFORE))), RUNNING, "is starting", True),
        (RevertObserved("web", "e1", reverts(task("FAILED", old=True))), RUNNING, "is starting", True),
        (RevertObserved("web", "e1", reverts(*[task("FAILED", old=True)] * MOST_ATTEMPTS)), FAILED, "of an earlier one", False),
    ],
)  # fmt: skip
def test_reverts(observed: RevertObserved, status: str, reason: str, starts: bool) -> None:
    decision = decide_revert(REVERT, observed)
    assert (decision.status, bool(decision.actions)) == (status, starts)
    assert reason in decision.reason
    assert bool(reason) == bool(decision.reason)


def test_a_revert_is_asked_for_once_per_state_of_the_vm() -> None:
    def token(wanted: RevertWanted, etag: str, *tasks: Task) -> str:
        (action,) = decide_revert(wanted, RevertObserved("web", etag, reverts(*tasks))).actions
        return str(action.payload["token"])

    first = token(REVERT, "e1")
    assert token(REVERT, "e1") == first
    others = {
        token(REVERT, "e2"),
        token(replace(REVERT, part_ext_id="other"), "e1"),
        token(replace(REVERT, overrides={"should_revert_vm_owner": True}), "e1"),
        token(REVERT, "e1", task("FAILED", old=True)),
    }
    assert len({first, *others}) == 5
