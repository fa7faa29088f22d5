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
    ReplicaObserved,
    ReplicaWanted,
    decide_replica,
)

WANTED = ReplicaWanted("rp", "pc2", "far")
BLIND = replace(WANTED, target_asked=False)
ANYWHERE = ReplicaWanted("rp", "pc2")
REPLICA = point("replica", cluster_ext_ids=("far",))


def seen(*replicas: Any, **given: Any) -> ReplicaObserved:
    return ReplicaObserved(**{"source": point(), "replicas": replicas, "now": NOW, **given})


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
        (ReplicaWanted("rp", "pc1", "c2"), seen(point()), RUNNING, "is starting", True),
        (ReplicaWanted("rp", "pc1", "c2"), seen(point(cluster_ext_ids=("c1", "c2"))), SUCCEEDED, "", False),
        # The source away, expired, gone.
        (WANTED, seen(REPLICA, source=None, source_unavailable="timed out"), SUCCEEDED, "", False),
        (WANTED, seen(source=None, source_unavailable="timed out"), FAILED, "the source cannot be asked: timed out", False),
        (WANTED, seen(source=None, source_unavailable="timed out", patient=True), PENDING, "the source cannot", False),
        (WANTED, seen(source=None), FAILED, "there is no recovery point rp, and no replica", False),
        (WANTED, seen(source=point(expires=NOW)), BLOCKED, "has expired", False),
        (WANTED, seen(source=point(status="")), BLOCKED, "in no known status", False),
        (replace(WANTED, by_api_key=True), seen(), BLOCKED, "replicates for users only", False),
        (replace(WANTED, by_api_key=True), seen(REPLICA), SUCCEEDED, "", False),
        # The target away: nothing is started without having looked.
        (WANTED, seen(replicas=None, target_unavailable="refused"), FAILED, "the target cannot be asked: refused", False),
        (WANTED, seen(replicas=None, target_unavailable="refused", patient=True), PENDING, "the target cannot", False),
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
        (ANYWHERE, seen(active=moving("RUNNING", "c1", "near")), RUNNING, "", False),
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
def test_table(wanted: ReplicaWanted, observed: ReplicaObserved, status: str, reason: str, starts: bool) -> None:
    decision = decide_replica(wanted, observed)
    assert (decision.status, bool(decision.actions)) == (status, starts)
    assert reason in decision.reason
    assert bool(reason) == bool(decision.reason)


def test_result() -> None:
    result = decide_replica(WANTED, seen(REPLICA)).result
    assert (result["ext_id"], result["replica_ext_id"], result["location_agnostic_id"]) == ("rp", "replica", "same")
    assert result["replica"]["copy_of"] == "same"
    lost = decide_replica(WANTED, seen(REPLICA, source=None, source_unavailable="x")).result
    assert (lost["ext_id"], lost["replica_ext_id"]) == ("rp", "replica")


def token(wanted: ReplicaWanted, observed: ReplicaObserved) -> str:
    (action,) = decide_replica(wanted, observed).actions
    return str(action.payload["token"])


def test_token() -> None:
    """The same for two runs, another for another target, and after a try that has failed before."""
    first = token(WANTED, seen())
    assert token(WANTED, replace(seen(), now=NOW + HOUR)) == first
    others = {
        token(ANYWHERE, seen()),
        token(replace(WANTED, pc_ext_id="pc3"), seen()),
        token(WANTED, seen(source=point(location_agnostic_id="other"))),
        token(WANTED, seen(attempts=attempts(task("FAILED", old=True)))),
    }
    assert len({first, *others}) == 5
