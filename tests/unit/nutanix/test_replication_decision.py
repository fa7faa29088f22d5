# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from nutanix_builders import HOUR, NOW, attempts, point, task

from ansible_collections.bcdr.multicloud.plugins.module_utils._core.reconcile import (
    BLOCKED,
    FAILED,
    PENDING,
    RUNNING,
    SUCCEEDED,
)
from ansible_collections.bcdr.multicloud.plugins.module_utils._nutanix.attempts import MOST_ATTEMPTS
from ansible_collections.bcdr.multicloud.plugins.module_utils._nutanix.replication_decision import (
    ReplicasObserved,
    ReplicasWanted,
    Target,
    TargetObserved,
    decide_replicas,
)
from ansible_collections.bcdr.multicloud.plugins.module_utils._nutanix.values import AvailabilityZone

PLACE = Target("dr:9440", "pc2", "far", frozenset(("far", "wide")))


def to(*targets: Target, **given: Any) -> ReplicasWanted:
    return ReplicasWanted(**{"targets": targets, "ext_id": "rp", **given})


WANTED = to(PLACE)
BLIND = to(Target("", "pc2", "far", asked=False))
ANYWHERE = to(replace(PLACE, cluster_ext_id=""))
OWN = to(Target("main:9440", "", "c2", asked=False))
NEWEST = to(PLACE, ext_id="", vm_ext_ids=frozenset("ab"))
REPLICA = point("replica", cluster_ext_ids=("far",))
OLDER = point("older", hours=5, location_agnostic_id="old", cluster_ext_ids=("far",))
_OF_VIEW = ("looked", "active", "attempts", "unavailable", "refused")


def seen(*points: Any, **given: Any) -> ReplicasObserved:
    """What there is with one target: what is said of it, and of the source."""
    view = {name: given.pop(name) for name in _OF_VIEW if name in given}
    view["patient"] = given.get("patient", False)
    return ReplicasObserved(**{"source": point(), "targets": (TargetObserved(points, **view),), "now": NOW, **given})


def moving(state: str, *clusters: str) -> Any:
    return (task(state, "other", cluster_ext_ids=clusters),)


@pytest.mark.parametrize(
    ("wanted", "observed", "status", "reason", "starts"),
    [
        (WANTED, seen(), RUNNING, "is starting", True),
        (WANTED, seen(REPLICA), SUCCEEDED, "", False),
        (ANYWHERE, seen(REPLICA), SUCCEEDED, "", False),
        (WANTED, seen(replace(REPLICA, cluster_ext_ids=("near",))), RUNNING, "is starting", True),
        (WANTED, seen(replace(REPLICA, expires=NOW)), RUNNING, "is starting", True),
        (WANTED, seen(replace(REPLICA, status="$UNKNOWN")), RUNNING, "is starting", True),
        # Within one Prism Central it is the same recovery point, on one more cluster.
        (OWN, seen(point()), RUNNING, "is starting", True),
        (OWN, seen(point(cluster_ext_ids=("c1", "c2"))), SUCCEEDED, "", False),
        # The source away, expired, gone.
        (WANTED, seen(REPLICA, source_unavailable="timed out"), SUCCEEDED, "", False),
        (WANTED, seen(source_unavailable="timed out"), FAILED, "the source cannot be asked: timed out", False),
        (WANTED, seen(source=None, source_unavailable="timed out"), FAILED, "the source cannot be asked: timed out", False),
        (WANTED, seen(source=None, source_unavailable="timed out", patient=True), PENDING, "the source cannot", False),
        (WANTED, seen(source=None), FAILED, "there is no recovery point rp, and no replica", False),
        (WANTED, seen(source=point(expires=NOW)), BLOCKED, "has expired", False),
        (WANTED, seen(source=point(status="")), BLOCKED, "in no known status", False),
        (to(PLACE, by_api_key=True), seen(), BLOCKED, "replicates for users only", False),
        (to(PLACE, by_api_key=True), seen(REPLICA), SUCCEEDED, "", False),
        # The target away: nothing is started without having looked.
        (WANTED, seen(unavailable="refused"), FAILED, "the target cannot be asked: refused", False),
        (WANTED, seen(unavailable="refused", patient=True), PENDING, "the target cannot", False),
        (WANTED, seen(refused="has no cluster far"), FAILED, "has no cluster far", False),
        # The newest one of VMs and volume groups.
        (NEWEST, seen(), RUNNING, "is starting", True),
        (NEWEST, seen(OLDER), RUNNING, "is starting", True),
        (NEWEST, seen(REPLICA, OLDER), SUCCEEDED, "", False),
        (NEWEST, seen(source=None), FAILED, "there is no usable recovery point of a and 1 more at the source", False),
        (NEWEST, seen(source=None, check_mode=True), PENDING, "at the source yet", False),
        (NEWEST, seen(source=None, source_under_way=True), PENDING, "yet, one is being made", False),
        (NEWEST, seen(OLDER, source=None, source_unavailable="timed out"), SUCCEEDED, "", False),
        (NEWEST, seen(OLDER, source=None, source_unavailable="timed out", patient=True), PENDING, "the source cannot", False),
        (NEWEST, seen(source=None, source_unavailable="timed out"), FAILED, "the target has no replica", False),
        (NEWEST, seen(replace(OLDER, expires=NOW), source=None, source_unavailable="x"), FAILED, "has no replica", False),
        (NEWEST, seen(point("o", vms="abc", cluster_ext_ids=("far",)), source=None, source_unavailable="x"), FAILED, "no replica", False),
        (NEWEST, seen(replace(OLDER, cluster_ext_ids=("wide",)), source=None, source_unavailable="x"), FAILED, "no replica", False),
        # It has been found, or even sent on its way: then an older one does not do.
        (NEWEST, seen(OLDER, source_unavailable="x"), FAILED, "the target has a replica from 2026-11-21T07:00:00Z", False),
        (NEWEST, seen(OLDER, source=None, source_unavailable="x", attempts=attempts(task(""))), FAILED, "the task t goes on by itself", False),
        (NEWEST, seen(OLDER, source_unavailable="x", patient=True, attempts=attempts(task("RUNNING"))), RUNNING, "", False),
        # What is under way.
        (WANTED, seen(attempts=attempts(task("QUEUED"))), PENDING, "", False),
        (WANTED, seen(attempts=attempts(task("RUNNING", percent=7.0))), RUNNING, "", False),
        (WANTED, seen(attempts=attempts(task("SUSPENDED"))), PENDING, "suspended", False),
        (WANTED, seen(attempts=attempts(task("SUCCEEDED", made="replica"))), RUNNING, "not listed at the target yet", False),
        (WANTED, seen(attempts=attempts(task("CANCELED"))), FAILED, "ended CANCELED", False),
        (WANTED, seen(attempts=attempts(task("FAILED", old=True))), RUNNING, "is starting", True),
        (WANTED, seen(attempts=attempts(task("SUCCEEDED", old=True, made="replica"), replica=False)), RUNNING, "is starting", True),
        (WANTED, seen(attempts=attempts(*[task("FAILED", old=True)] * MOST_ATTEMPTS)), FAILED, "of an earlier one", False),
        (WANTED, seen(active=moving("RUNNING", "c1", "far")), RUNNING, "", False),
        (WANTED, seen(active=moving("QUEUED", "c1", "far")), PENDING, "", False),
        (WANTED, seen(active=moving("RUNNING", "c1", "near")), RUNNING, "is starting", True),
        (ANYWHERE, seen(active=moving("RUNNING", "c1", "wide")), RUNNING, "", False),
        (ANYWHERE, seen(active=moving("RUNNING", "c1", "near")), RUNNING, "is starting", True),
        (ANYWHERE, seen(active=moving("RUNNING", "c1")), RUNNING, "", False),
        (WANTED, seen(active=moving("FAILED", "c1", "far")), RUNNING, "is starting", True),
        (WANTED, seen(active=moving("SUCCEEDED", "c1", "far")), RUNNING, "is starting", True),
        # Nobody may ask the target: what the source's tasks say counts.
        (BLIND, seen(point()), RUNNING, "is starting", True),
        (BLIND, seen(point(), active=moving("SUCCEEDED", "c1", "far")), SUCCEEDED, "was not asked", False),
        (BLIND, seen(point(), active=moving("SUCCEEDED", "c1", "near")), RUNNING, "is starting", True),
        (BLIND, seen(point(), active=moving("SUCCEEDED")), RUNNING, "is starting", True),
        (BLIND, seen(point(), active=moving("RUNNING", "c1", "far")), RUNNING, "", False),
        (BLIND, seen(point(), attempts=attempts(task("SUCCEEDED", made="replica"))), SUCCEEDED, "was not asked", False),
        (BLIND, seen(point(), attempts=attempts(task("FAILED"))), FAILED, "ended FAILED", False),
        (BLIND, seen(source=None, source_unavailable="timed out"), FAILED, "the source cannot be asked", False),
    ],
)  # fmt: skip
def test_table(wanted: ReplicasWanted, observed: ReplicasObserved, status: str, reason: str, starts: bool) -> None:
    decision = decide_replicas(wanted, observed)
    assert (decision.status, bool(decision.actions)) == (status, starts)
    assert reason in decision.reason
    assert bool(reason) == bool(decision.reason)
    [replica] = decision.result["replicas"]
    assert (replica["status"], replica["reason"]) == (decision.status, decision.reason)


def test_result() -> None:
    result = decide_replicas(WANTED, seen(REPLICA)).result
    assert (result["ext_id"], result["replica_ext_id"], result["location_agnostic_id"]) == ("rp", "replica", "same")
    assert result["replica"]["copy_of"] == "same"
    [entry] = result["replicas"]
    assert entry == {
        "name": "dr:9440",
        "pc_ext_id": "pc2",
        "cluster_ext_id": "far",
        "target_seen": True,
        "status": SUCCEEDED,
        "reason": "",
        "progress_percent": 100.0,
        "running_seconds": None,
        "task_ext_id": None,
        "replica_ext_id": "replica",
        "newest_usable": result["replica"],
        "rpo_seconds": 3600,
    }
    lost = decide_replicas(WANTED, seen(REPLICA, source_unavailable="x")).result
    assert (lost["ext_id"], lost["replica_ext_id"]) == ("rp", "replica")


ZONES = (AvailabilityZone("Local AZ", "pc1"), AvailabilityZone("PC_10.0.0.2", "pc3"))


@pytest.mark.parametrize(("wanted", "zones", "blocked"), [
    (WANTED, None, False),
    (WANTED, (*ZONES, AvailabilityZone("dr", "pc2")), False),
    (WANTED, ZONES, True),
    (BLIND, ZONES, True),
    (WANTED, (), True),
    # Whose id is not told may be the one.
    (WANTED, (*ZONES, AvailabilityZone("cloud")), False),
    (OWN, ZONES, False),
])  # fmt: skip
def test_pairing(wanted: ReplicasWanted, zones: Any, blocked: bool) -> None:
    decision = decide_replicas(wanted, seen(zones=zones))
    assert (decision.status == BLOCKED, bool(decision.actions)) == (blocked, not blocked)
    assert ("is not paired with the Prism Central" in decision.reason) == blocked
    if zones == ZONES and blocked:
        assert "the availability zones that it knows are Local AZ (pc1), PC_10.0.0.2 (pc3): " in decision.reason
    # What is there already is there.
    assert decide_replicas(WANTED, seen(REPLICA, zones=zones)).status == SUCCEEDED


@pytest.mark.parametrize(("wanted", "observed", "target_seen", "newest", "rpo"), [
    (WANTED, seen(OLDER), True, "older", 5 * 3600),
    (WANTED, seen(OLDER, point("newer", hours=0.5, vms="a", cluster_ext_ids=("far",))), True, "older", 5 * 3600),
    (WANTED, seen(), True, None, None),
    (ANYWHERE, seen(replace(OLDER, cluster_ext_ids=("wide",))), True, "older", 5 * 3600),
    (WANTED, seen(unavailable="x"), False, None, None),
    (WANTED, seen(refused="x"), False, None, None),
    (WANTED, seen(source=None, source_unavailable="x", looked=False), False, None, None),
    (NEWEST, seen(OLDER, source=None, source_unavailable="x"), True, "older", 5 * 3600),
    (BLIND, seen(point(), looked=False), False, None, None),
])  # fmt: skip
def test_what_a_target_has(
    wanted: ReplicasWanted, observed: ReplicasObserved, target_seen: bool, newest: str | None, rpo: int | None
) -> None:
    [entry] = decide_replicas(wanted, observed).result["replicas"]
    assert (entry["target_seen"], entry["rpo_seconds"]) == (target_seen, rpo)
    assert (entry["newest_usable"] or {"id": None})["id"] == newest


def test_an_older_replica_counts_while_the_source_is_out() -> None:
    decision = decide_replicas(NEWEST, seen(OLDER, source=None, source_unavailable="timed out"))
    [warning] = decision.warnings
    assert warning.startswith(
        "a and 1 more: the source cannot be asked (timed out); the newest replica at dr:9440 is 5h old"
    )
    result = decision.result
    assert (result["ext_id"], result["replica_ext_id"], result["location_agnostic_id"]) == (None, "older", "old")


OTHER = Target("vault:9440", "pc3", "deep", frozenset(("deep",)))
THERE = TargetObserved((REPLICA,))
RUNS = TargetObserved(attempts=attempts(task("RUNNING", percent=50.0)))
FAILS = TargetObserved(attempts=attempts(task("FAILED", "bad")))
DOWN = TargetObserved(unavailable="timed out")


@pytest.mark.parametrize(("views", "status", "percent", "reason"), [
    ((THERE, TargetObserved()), RUNNING, None, "vault:9440: the replication is starting"),
    ((TargetObserved(), TargetObserved()), RUNNING, None, "dr:9440: the replication is starting; vault:9440: the replication"),
    ((THERE, RUNS), RUNNING, 75.0, ""),
    ((RUNS, FAILS), RUNNING, None, "vault:9440: the task bad ended FAILED"),
    ((THERE, FAILS), FAILED, None, "vault:9440: the task bad ended FAILED"),
    ((DOWN, RUNS), RUNNING, None, "dr:9440: the target cannot be asked"),
    ((replace(DOWN, patient=True), FAILS), PENDING, None, "dr:9440: the target cannot be asked"),
])  # fmt: skip
def test_several_targets(views: Any, status: str, percent: float | None, reason: str) -> None:
    decision = decide_replicas(to(PLACE, OTHER), ReplicasObserved(point(), views, NOW))
    assert (decision.status, decision.percent) == (status, percent)
    assert reason in decision.reason
    assert bool(reason) == bool(decision.reason)
    started = [action.payload["target"] for action in decision.actions]
    assert started == [index for index, view in enumerate(views) if view == TargetObserved()]
    # What the result tells beside them is the first's.
    result = decision.result
    assert len(result["replicas"]) == 2
    for name in ("replica_ext_id", "pc_ext_id", "cluster_ext_id", "task_ext_id"):
        assert result[name] == result["replicas"][0][name]


@pytest.mark.parametrize(
    ("state", "running"), [("QUEUED", True), ("RUNNING", True), ("SUCCEEDED", False), ("FAILED", False)]
)
def test_for_how_long_a_replication_has_been_going_on(state: str, running: bool) -> None:
    one = task(state)
    [replica] = decide_replicas(WANTED, seen(attempts=attempts(one))).result["replicas"]
    assert one.created is not None
    assert replica["running_seconds"] == (round((NOW - one.created).total_seconds()) if running else None)


def test_tasks_of_all_targets() -> None:
    views = (replace(RUNS, attempts=attempts(task("RUNNING", "one"))), FAILS)
    result = decide_replicas(to(PLACE, OTHER), ReplicasObserved(point(), views, NOW)).result
    assert [one["ext_id"] for one in result["tasks"]] == ["one", "bad"]
    assert [entry["task_ext_id"] for entry in result["replicas"]] == ["one", "bad"]


def token(wanted: ReplicasWanted, observed: ReplicasObserved) -> str:
    (action,) = decide_replicas(wanted, observed).actions
    return str(action.payload["token"])


def test_token() -> None:
    """The same for two runs, another for another target, and after a try that has failed before."""
    first = token(WANTED, seen())
    assert token(WANTED, replace(seen(), now=NOW + HOUR)) == first
    assert token(NEWEST, seen()) == first
    others = {
        token(ANYWHERE, seen()),
        token(to(replace(PLACE, pc_ext_id="pc3")), seen()),
        token(WANTED, seen(source=point(location_agnostic_id="other"))),
        token(WANTED, seen(attempts=attempts(task("FAILED", old=True)))),
    }
    assert len({first, *others}) == 5
