# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from nutanix_builders import NOW, START, attempts, point, task

from ansible_collections.bcdr.multicloud.plugins.module_utils._core.reconcile import (
    ABSENT,
    BLOCKED,
    FAILED,
    PENDING,
    RUNNING,
    SUCCEEDED,
)
from ansible_collections.bcdr.multicloud.plugins.module_utils._nutanix.attempts import MOST_ATTEMPTS, Attempts
from ansible_collections.bcdr.multicloud.plugins.module_utils._nutanix.restore_decision import (
    VM,
    VOLUME_GROUP,
    Existing,
    Part,
    RestoreObserved,
    RestoreWanted,
    decide_restore,
    nic_override,
)
from ansible_collections.bcdr.multicloud.plugins.module_utils._nutanix.revert_decision import (
    RevertObserved,
    RevertWanted,
    decide_revert,
)
from ansible_collections.bcdr.multicloud.plugins.module_utils._nutanix.values import Task

ALL = RestoreWanted("rp")
DRILL = RestoreWanted(
    "rp", "c1", parts=(Part(VM, "rp-a", name="drill-a", spec={"x": 1}), Part(VM, "rp-b", name="drill-b"))
)
WITH_GROUP = replace(DRILL, parts=(*DRILL.parts, Part(VOLUME_GROUP, "rp-g")))
NAMED_GROUP = replace(DRILL, parts=(*DRILL.parts, Part(VOLUME_GROUP, "rp-g", name="drill-g")))
# Without the id of a recovery point the parts say what they are of.
NEWEST = RestoreWanted(parts=(Part(VM, source="a", name="drill-a"), Part(VOLUME_GROUP, source="g", name="drill-g")))
ON, GONE = replace(DRILL, power_on=True), replace(NEWEST, absent=True)


def vm(ext_id: str, name: str = "", origin: str = "rp", **given: Any) -> Existing:
    return Existing(VM, ext_id, name or f"drill-{ext_id[-1]}", **{"power": "OFF", "made_from": origin, **given})


A, B, G = vm("va"), vm("vb"), Existing(VOLUME_GROUP, "vg", "drill-g", made_from="rp")
STRANGER = vm("other", "drill-a", "")


def seen(*existing: Existing, **given: Any) -> RestoreObserved:
    return RestoreObserved(**{"points": (point(groups="g"),), "now": NOW, "existing": existing, **given})


def restored(old: bool = False, *vms: str, **given: Any) -> Task:
    return replace(task("SUCCEEDED", old=old), details=(("vmExtIds", ",".join(vms)),), **given)


@pytest.mark.parametrize(
    ("wanted", "observed", "status", "reason", "starts"),
    [
        (ALL, seen(), RUNNING, "is starting", True),
        (DRILL, seen(), RUNNING, "is starting", True),
        (NEWEST, seen(), RUNNING, "is starting", True),
        # What is there.
        (DRILL, seen(A, B), SUCCEEDED, "", False),
        (DRILL, seen(A), RUNNING, "is starting", True),
        (DRILL, seen(A, replace(B, made_from="")), BLOCKED, "there is a VM drill-b already, vb", False),
        (DRILL, seen(A, replace(B, made_from="older")), BLOCKED, "there is a VM drill-b already, vb", False),
        (DRILL, seen(STRANGER, A, B), SUCCEEDED, "", False),
        (WITH_GROUP, seen(A, B), RUNNING, "is starting", True),
        (NAMED_GROUP, seen(A, B), RUNNING, "is starting", True),
        (NAMED_GROUP, seen(A, B, G), SUCCEEDED, "", False),
        (NAMED_GROUP, seen(A, B, replace(G, made_from="")), BLOCKED, "there is a volume group drill-g already, vg", False),
        # A VM is no volume group, whatever its name.
        (NEWEST, seen(A, vm("x", "drill-g")), RUNNING, "is starting", True),
        # What was restored stays what it is when a newer recovery point arrives.
        (NEWEST, seen(A, G, points=(point(groups="g"), point("new", 0.1, groups="g"))), SUCCEEDED, "", False),
        (NEWEST, seen(A, G, points=()), FAILED, "there is no usable recovery point of a and 1 more", False),
        # Its description tells for longer than the task of the restore.
        (replace(NEWEST, parts=(Part(VM, source="a", name="drill-a", description="drill"),)),
         seen(replace(STRANGER, description="drill"), points=()), SUCCEEDED, "", False),
        (replace(NEWEST, parts=(Part(VM, source="a", name="drill-a", description="drill"),)),
         seen(replace(STRANGER, description="another")), BLOCKED, "there is a VM drill-a already", False),
        # What cannot be.
        (ALL, seen(points=()), FAILED, "there is no recovery point rp", False),
        (NEWEST, seen(points=()), FAILED, "there is no usable recovery point of a and 1 more", False),
        (NEWEST, seen(points=(point(),)), FAILED, "there is no usable recovery point of a and 1 more", False),
        (NEWEST, seen(points=(point(groups="g", expires=NOW),)), FAILED, "there is no usable recovery point", False),
        (ALL, seen(points=(point(expires=NOW),)), BLOCKED, "has expired", False),
        (ALL, seen(points=(point(status=""),)), BLOCKED, "in no known status", False),
        (replace(ALL, cluster_ext_id="c2"), seen(), BLOCKED, "no data on cluster c2, only on c1", False),
        (replace(ALL, cluster_ext_id="c2"), seen(points=(point(cluster_ext_ids=()),)), RUNNING, "is starting", True),
        (RestoreWanted("rp", parts=(Part(VM, "rp-z"),)), seen(), BLOCKED, "has no part rp-z", False),
        (RestoreWanted("rp", parts=(Part(VM, source="z"),)), seen(), BLOCKED, "has no part z", False),
        # Another run has begun with an earlier recovery point, and may make the very same.
        (NEWEST, seen(under_way=(task("RUNNING", "tx"),)), PENDING, "(tx)", False),
        # The task that does it.
        (ALL, seen(attempts=attempts(task("QUEUED"))), PENDING, "", False),
        (ALL, seen(attempts=attempts(task("RUNNING", percent=7.0))), RUNNING, "", False),
        (ALL, seen(attempts=attempts(task("SUSPENDED"))), PENDING, "suspended", False),
        (ALL, seen(attempts=attempts(task("FAILED"))), FAILED, "ended FAILED", False),
        (ALL, seen(attempts=attempts(task("CANCELED"))), FAILED, "ended CANCELED", False),
        (ALL, seen(attempts=attempts(restored(False, "va"))), SUCCEEDED, "", False),
        (DRILL, seen(A, attempts=attempts(restored(False, "va", "vb"))), RUNNING, "not listed yet is drill-b", False),
        (DRILL, seen(vm("va", origin=""), vm("vb", origin=""), attempts=attempts(restored(False, "va", "vb"))), SUCCEEDED, "", False),
        (ALL, seen(attempts=attempts(restored(True, "va"), va=True)), SUCCEEDED, "", False),
        (ALL, seen(attempts=attempts(restored(True, "va", "vb"), va=True, vb=False)), RUNNING, "is starting", True),
        (ALL, seen(attempts=attempts(task("FAILED", old=True))), RUNNING, "is starting", True),
        (ALL, seen(attempts=attempts(*[task("FAILED", old=True)] * MOST_ATTEMPTS)), FAILED, "of an earlier one", False),
        # Switched on.
        (ON, seen(A, B), RUNNING, "are being switched on", True),
        (ON, seen(replace(A, power="ON"), replace(B, power="ON")), SUCCEEDED, "", False),
        (ON, seen(A, B, changes={"va": task("RUNNING"), "vb": task("SUSPENDED")}), RUNNING, "", False),
        (ON, seen(A, B, changes={"va": task("RUNNING"), "vb": task("FAILED")}), FAILED, "ended FAILED", False),
        (ON, seen(A, replace(B, power="ON"), changes={"va": task("SUCCEEDED")}), RUNNING, "drill-a is not listed as on yet", False),
        (replace(ALL, power_on=True), seen(A, attempts=attempts(restored(False, "va"))), RUNNING, "switched on", True),
        # Gone.
        (GONE, seen(), ABSENT, "", False),
        (GONE, seen(points=()), ABSENT, "", False),
        (GONE, seen(A, G), RUNNING, "is being deleted", True),
        (GONE, seen(A, G, under_way=(task("QUEUED", "tx"),)), RUNNING, "(tx)", False),
        (GONE, seen(STRANGER), BLOCKED, "there is a VM drill-a already, other", False),
        (GONE, seen(A, G, changes={"va": task("RUNNING"), "vg": task("SUCCEEDED")}), RUNNING, "", False),
        (GONE, seen(G, changes={"va": task("SUCCEEDED"), "vg": task("SUCCEEDED")}), RUNNING, "drill-g is not gone yet", False),
        (GONE, seen(A, changes={"va": task("FAILED")}), FAILED, "ended FAILED", False),
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
    (rest,) = decide_restore(WITH_GROUP, seen(B)).actions
    assert rest.payload["spec"]["vm_recovery_point_restore_overrides"] == [{"vm_recovery_point_ext_id": "rp-a", "x": 1}]
    groups = rest.payload["spec"]["volume_group_recovery_point_restore_overrides"]
    assert groups == [{"volume_group_recovery_point_ext_id": "rp-g"}]
    (again,) = decide_restore(ALL, seen(attempts=attempts(task("FAILED", old=True)))).actions
    assert len({one.payload["token"] for one in (everything, rest, again)}) == 3


def test_the_newest_recovery_point_that_has_all_parts() -> None:
    points = (
        point("old", 5, groups="g"),
        point("right", 2, groups="g"),
        point("without", 1),
        point("broken", 0.5, groups="g", status=""),
    )
    (action,) = decide_restore(NEWEST, seen(points=points)).actions
    assert action.payload["point"] == "right"
    spec = action.payload["spec"]
    assert spec["vm_recovery_point_restore_overrides"] == [{"vm_recovery_point_ext_id": "right-a"}]
    assert spec["volume_group_recovery_point_restore_overrides"] == [{"volume_group_recovery_point_ext_id": "right-g"}]


def test_a_subnet_for_the_interfaces_that_nothing_is_said_about() -> None:
    given = {
        "nic_remove_list": ["n1"],
        "nic_override_list": [nic_override("n2", "special", "50:6b:8d:00:00:01", "10.0.0.9")],
    }
    part = Part(VM, "rp-a", subnet="isolated", spec={"vm_override_spec": {"name": "x", "nic_spec": given}})
    (action,) = decide_restore(RestoreWanted("rp", parts=(part,)), seen(nics={"rp-a": ["n1", "n2", "n3"]})).actions
    [override] = action.payload["spec"]["vm_recovery_point_restore_overrides"]
    nics = override["vm_override_spec"]["nic_spec"]
    assert nics["nic_remove_list"] == ["n1"]
    special, isolated = nics["nic_override_list"]
    assert special["nic_network_info"]["ipv4_config"] == {"ip_address": {"value": "10.0.0.9"}}
    assert special["nic_backing_info"]["mac_address"] == "50:6b:8d:00:00:01"
    assert (isolated["nic_ext_id"], isolated["nic_network_info"]["subnet"]) == ("n3", {"ext_id": "isolated"})
    # What the options said stays as it is.
    assert len(given["nic_override_list"]) == 1


def test_only_what_is_off_is_switched_on_and_only_what_is_there_deleted() -> None:
    on = decide_restore(ON, seen(replace(A, power="ON"), B)).actions
    assert [(one.describe(), one.payload) for one in on] == [("power on VM drill-b", {"power_on": "vb"})]
    gone = decide_restore(GONE, seen(A, STRANGER, G)).actions
    assert [one.describe() for one in gone] == ["delete VM drill-a", "delete volume group drill-g"]
    assert [one.payload["delete"] for one in gone] == ["va", "vg"]


def test_check_mode_foretells_the_switching_on() -> None:
    assert [one.describe() for one in decide_restore(ON, seen()).later] == [
        "power on VM drill-a",
        "power on VM drill-b",
    ]
    assert decide_restore(DRILL, seen()).later == ()
    # As it will be: of what is on already nothing, and with the same diff.
    (later,) = decide_restore(ON, seen(replace(A, power="ON"))).later
    (done,) = decide_restore(ON, seen(replace(A, power="ON"), B)).actions
    assert (later.describe(), later.before, later.after) == (done.describe(), done.before, done.after)


def test_result_of_a_restore() -> None:
    result = decide_restore(NAMED_GROUP, seen(A, B, G)).result
    assert (result["vm_ext_ids"], result["volume_group_ext_ids"], result["task_ext_id"]) == (["va", "vb"], ["vg"], None)
    assert (result["vms_ext_ids"], result["vgs_ext_ids"]) == ("va,vb", "vg")
    assert (result["recovery_point"]["id"], result["rpo_seconds"], result["recovery_seconds"]) == ("rp", 3600, None)
    done = replace(restored(False, "vc"), details=(("vmExtIds", "vc, vd"), ("volumeGroupExtIds", "g")), completed=NOW)
    result = decide_restore(ALL, seen(attempts=attempts(done), watched=True)).result
    assert (result["vm_ext_ids"], result["volume_group_ext_ids"], result["task_ext_id"]) == (["vc", "vd"], ["g"], "t")
    assert result["restore_seconds"] == result["recovery_seconds"] == 59
    newer = (point(groups="g"), point("new", 0.1, groups="g"))
    assert decide_restore(NEWEST, seen(A, G, points=newer)).result["ext_id"] == "rp"


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
        # The newest recovery point, which is there or not.
        (RevertObserved("web", "e1", part_ext_id=""), FAILED, "no usable recovery point of VM web", False),
        # One that an earlier run has begun, and one that was done before this run.
        (RevertObserved(None, None, reverts(task("RUNNING", old=True))), RUNNING, "", False),
        (RevertObserved(None, None, reverts(task("SUCCEEDED", old=True, completed=AFTER))), SUCCEEDED, "", False),
        (RevertObserved("web", "e1", reverts(task("SUCCEEDED", old=True, completed=BEFORE))), RUNNING, "is starting", True),
        (RevertObserved("web", "e1", reverts(task("FAILED", old=True))), RUNNING, "is starting", True),
        (RevertObserved("web", "e1", reverts(*[task("FAILED", old=True)] * MOST_ATTEMPTS)), FAILED, "of an earlier one", False),
    ],
)  # fmt: skip
def test_reverts(observed: RevertObserved, status: str, reason: str, starts: bool) -> None:
    newest = "no usable" in reason
    decision = decide_revert(replace(REVERT, part_ext_id="" if newest else "part"), observed)
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
