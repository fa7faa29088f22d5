# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Recovery points, replicas and reads as items, run by the engine against the sandbox: their life, and what they ask for it."""

from __future__ import annotations

import datetime
from typing import Any

import pytest
from nutanix_runs import Site, named, outage, told

from ansible_collections.bcdr.multicloud.plugins.module_utils._core.errors import InvalidRequest
from ansible_collections.bcdr.multicloud.plugins.module_utils._core.reconcile import (
    ABSENT,
    BLOCKED,
    FAILED,
    PENDING,
    RUNNING,
    SUCCEEDED,
    Action,
)

MAIN, DR = "7a1c0de0-0000-4000-8000-000000000001", "7a1c0de0-0000-4000-8000-000000000002"
CLUSTER, SECOND, CLUSTER_DR = (f"7a1c0de0-0000-4000-8000-0000000000{end}" for end in ("11", "12", "21"))
NOBODY = "99999999-0000-4000-8000-000000000000"
POINT, REPLICA, INFO, VM_INFO = (
    "nutanix_recovery_point",
    "nutanix_recovery_point_replicate",
    "nutanix_recovery_point_info",
    "nutanix_vm_recovery_point_info",
)
LIST = "main GET recovery-points"


@pytest.fixture
def newest(site: Site) -> dict[str, Any]:
    """Options for a replica of the newest recovery point of one VM alone."""
    return {"module": REPLICA, "vm_ext_ids": [site.nutanix.entity("vm-01")], "target": site.dr}


class TestRecoveryPoint:
    def test_an_expiration_that_is_not_taken_away(self, site: Site, plant: Any) -> None:
        old = {"module": POINT, "name": "it's old", "expiration_time": "never"}
        site.nutanix.fault("status", "set-expiration-time", status=400, code="DP-1", message="a time is needed")
        refused = site.outcome(**old)
        assert (refused.status, told(refused)) == (FAILED, [])
        assert "does not let the expiration be taken away: a time is needed" in refused.reason
        assert (refused.error or {})["code"] == "DP-1"
        site.nutanix.fault("task_end", "set-expiration-time", state="FAILED", message="no")
        failed = site.outcome(**old)
        assert (failed.status, "was not taken away: the task" in failed.reason) == (FAILED, True)
        plant(ignored_expirations=["clear"])
        ignored = site.outcome(**old)
        assert (ignored.status, "did not take the expiration time over: it is 2026-" in ignored.reason) == (
            FAILED,
            True,
        )

    @pytest.mark.parametrize(
        "given", [{"expiration_time": "2026-03-05T14:00:00Z"}, {"max_age": "4h", "keep_for": "1d"}]
    )
    def test_an_expiration_that_is_ignored(
        self, site: Site, new: dict[str, Any], plant: Any, given: dict[str, Any]
    ) -> None:
        """Once at the creation: it is set afterwards, and told. Then too: it fails."""
        plant(ignored_expirations=["create"])
        one = site.outcome(**new, **given)
        assert (one.status, len(told(one))) == (SUCCEEDED, 2)
        [warning] = one.warnings
        assert "with another expiration than it was asked for, never instead of 2026-" in warning
        assert one.result["recovery_point"]["expires_at"] in warning
        assert told(site.outcome(**new, **given)) == []
        plant(ignored_expirations=["create", "set"])
        lost = site.outcome(**new, **given)
        assert (lost.status, len(told(lost))) == (FAILED, 2)
        assert "did not take the expiration time over: it is never" in lost.reason

    def test_what_would_be_lost(self, site: Site, new: dict[str, Any]) -> None:
        vms = {"vm_recovery_points": new["vm_recovery_points"]}
        assert site.outcome(POINT, name="it's old").result["rpo_seconds"] == 5 * 86_400
        begun = site.outcome(POINT, max_age="4h", **vms, wait=False)
        assert (begun.status, begun.result["rpo_seconds"]) == (PENDING, 5 * 86_400)
        site.nutanix.advance(600)
        assert 500 < site.outcome(POINT, max_age="4h", **vms).result["rpo_seconds"] < 600
        nothing = site.outcome(**new, check_mode=True)
        assert nothing.result["rpo_seconds"] is None
        outage(site, "main")
        assert "rpo_seconds" not in site.outcome(POINT, max_age="4h", **vms, wait=False).result

    def test_made_again_after_it_was_deleted(self, site: Site, new: dict[str, Any]) -> None:
        """The request's id is known to the server, which would answer with the task of the first one."""
        first = site.outcome(**new)
        site.outcome(POINT, state="absent", name=new["name"])
        second = site.outcome(**new)
        assert (second.status, len(told(second))) == (SUCCEEDED, 1)
        assert second.result["ext_id"] != first.result["ext_id"]
        assert len(named(site, new["name"])) == 1

    def test_max_age_and_keep_for(self, site: Site, new: dict[str, Any]) -> None:
        wanted = {name: value for name, value in new.items() if name != "name"} | {"max_age": "4h", "keep_for": "1d"}
        first = site.outcome(**wanted)
        assert (first.status, len(told(first))) == (SUCCEEDED, 1)
        shown = first.result["recovery_point"]
        # The server's clock told to the second when it was asked for, some seconds before it was made.
        lasts = datetime.datetime.fromisoformat(shown["expires_at"][:-1]) - datetime.datetime.fromisoformat(
            shown["created_at"][:-1]
        )
        assert datetime.timedelta(hours=23, minutes=58) < lasts <= datetime.timedelta(days=1)
        site.nutanix.advance(3 * 3600)
        assert told(site.outcome(**wanted)) == []
        site.nutanix.advance(2 * 3600)
        third = site.outcome(**wanted)
        assert (third.status, len(told(third))) == (SUCCEEDED, 1)
        assert third.result["ext_id"] != first.result["ext_id"]

    def test_two_runs_at_once_make_one(self, site: Site, new: dict[str, Any]) -> None:
        items = [site.run(**new).item for _run in range(2)]
        decisions = [item.decide(item.observe()) for item in items]
        for item, decision in zip(items, decisions, strict=True):
            [action] = decision.actions
            item.perform(action)
        site.nutanix.advance(60)
        found = [item.decide(item.observe()) for item in items]
        assert [one.status for one in found] == [SUCCEEDED, SUCCEEDED]
        assert (len(named(site, new["name"])), found[0].result["ext_id"]) == (1, found[1].result["ext_id"])
        assert len(site.changes()) == 2

    def test_without_waiting_the_next_run_takes_up(self, site: Site, new: dict[str, Any]) -> None:
        first = site.outcome(**new, wait=False)
        assert (first.status, len(told(first)), first.result["response"]["status"]) == (PENDING, 1, "QUEUED")
        site.nutanix.advance(8)
        second = site.outcome(**new, wait=False)
        assert (second.status, told(second)) == (RUNNING, [])
        assert second.result["task_ext_id"] == first.result["task_ext_id"]
        site.nutanix.advance(60)
        third = site.outcome(**new, wait=False)
        assert (third.status, told(third), len(named(site, new["name"]))) == (SUCCEEDED, [], 1)

    @pytest.mark.parametrize("state", ["FAILED", "CANCELED"])
    def test_a_task_that_fails_is_told_and_started_again_by_the_next_run(
        self, site: Site, new: dict[str, Any], state: str
    ) -> None:
        site.nutanix.fault("task_end", "recovery-points", state=state, message="no room")
        first = site.outcome(**new)
        assert (first.status, len(told(first))) == (FAILED, 1)
        assert f"ended {state}" in first.reason
        assert first.result["task_ext_id"] in first.reason
        second = site.outcome(**new, wait=False)
        assert (second.status, len(told(second))) == (PENDING, 1)
        assert second.result["task_ext_id"] != first.result["task_ext_id"]
        site.nutanix.advance(60)
        assert (site.outcome(**new).status, len(named(site, new["name"]))) == (SUCCEEDED, 1)

    def test_passes_that_are_processes_of_their_own_know_what_was_started(
        self, site: Site, new: dict[str, Any]
    ) -> None:
        site.nutanix.fault("task_end", "recovery-points", state="FAILED", message="no room")
        first = site.outcome(**new, wait=False)
        site.nutanix.advance(600)
        second = site.outcome(**new, wait=False, _started_jobs=first.result["started_jobs"])
        assert (second.status, told(second)) == (FAILED, [])
        assert "no room" in second.reason

    def test_an_outage_is_waited_out(self, site: Site, new: dict[str, Any]) -> None:
        outage(site, "main")
        one = site.outcome(**new, meanwhile=lambda sleeps: outage(site, "main", sleeps < 2))
        assert (one.status, len(named(site, new["name"]))) == (SUCCEEDED, 1)
        outage(site, "main")
        assert site.outcome(**new).status == FAILED
        assert site.outcome(**new, wait=False).status == FAILED

    def test_an_answer_that_is_lost(self, site: Site, new: dict[str, Any]) -> None:
        site.nutanix.fault("status", "recovery-points", status=502, when="after", skip=1)
        one = site.outcome(**new)
        assert (one.status, len(named(site, new["name"]))) == (SUCCEEDED, 1)

    def test_names_are_not_unique(self, site: Site, new: dict[str, Any]) -> None:
        site.outcome(**new)
        other = {**new, "volume_group_recovery_points": []}
        second = site.outcome(**other)
        assert (second.status, len(named(site, new["name"]))) == (SUCCEEDED, 2)
        [warning] = second.warnings
        assert "names are not unique" in warning
        gone = site.outcome(POINT, state="absent", name=new["name"])
        assert gone.status == BLOCKED
        assert "say with ext_id which" in gone.reason

    def test_application_consistent(self, site: Site, new: dict[str, Any]) -> None:
        spec = {"application_consistent_properties_spec": {"backup_type": "COPY_BACKUP", "writers": ["w"]}}
        [vm] = new["vm_recovery_points"]
        kind = {"recovery_point_type": "APPLICATION_CONSISTENT"}
        one = site.outcome(**{**new, **kind, "vm_recovery_points": [{**vm, "application_consistent_properties": spec}]})
        assert one.result["recovery_point"]["consistency"] == "APPLICATION_CONSISTENT"
        [part] = site.nutanix.point(new["name"])["vmRecoveryPoints"]
        assert part["applicationConsistentProperties"]["backupType"] == "COPY_BACKUP"

    def test_batch(self, site: Site) -> None:
        """Each is made, with one list per name and round."""
        vms = [site.nutanix.entity(f"vm-{number:02}") for number in range(1, 6)]
        batch = [{"name": f"of {vm}", "vm_recovery_points": [{"vm_ext_id": vm}]} for vm in vms]
        outcomes = site.run(POINT, *batch).go()
        assert [one.status for one in outcomes] == [SUCCEEDED] * 5
        site.calls()
        assert [told(one) for one in site.run(POINT, *batch).go()] == [[]] * 5
        assert site.calls() == [LIST] * 5
        with pytest.raises(InvalidRequest, match="the same resource"):
            site.run(POINT, batch[0], batch[0])

    @pytest.mark.parametrize(("changes", "words"), [
        ({"vm_recovery_points": [{"vm_ext_id": "2d3e4f5a-6b7c-8d9e-0f1a-2b3c4d5e6f7g"}]}, r"vm_recovery_points\[0\].vm_ext_id"),
        ({"vm_recovery_points": [{"vm_ext_id": NOBODY}, {"vm_ext_id": NOBODY.upper()}]}, "named twice"),
        ({"name": "x" * 257}, "256 are allowed"),
        ({"expiration_time": "tomorrow"}, "expiration_time: 'tomorrow' is not a time"),
        ({"ext_id": "one"}, "ext_id: 'one' is not an external identifier"),
        ({"name": None, "max_age": "4h"}, "max_age: needs"),
        ({"state": "absent", "name": None, "max_age": "4h", "vm_recovery_points": [{"vm_ext_id": NOBODY}]}, "state: absent needs"),
        ({"max_age": "soon"}, "max_age: "),
        ({"keep_for": "0"}, "keep_for: 0 is not more than 0"),
        ({"keep_for": "99999999d"}, "keep_for: 99999999d is not more than 0, and 100 years at most"),
        ({"expiration_time": "9999-12-31T23:59:59-10:00"}, "expiration_time: '9999-12-31T23:59:59-10:00' is not a time"),
    ])  # fmt: skip
    def test_bad_options(self, site: Site, changes: dict[str, Any], words: str) -> None:
        with pytest.raises(InvalidRequest, match=words):
            site.run(POINT, **{"name": "x", **changes})

    @pytest.mark.parametrize("other", [{"name": "nightly"}, {"vm_recovery_points": [{"vm_ext_id": NOBODY}]}])
    def test_what_is_another_one_than_is_said_is_not_deleted(self, site: Site, other: dict[str, Any]) -> None:
        old = site.nutanix.point("it's old")["extId"]
        one = site.outcome(POINT, state="absent", ext_id=old, **other)
        assert (one.status, told(one), len(named(site, "it's old"))) == (BLOCKED, [], 1)
        assert "is another one than is said, so it is not deleted: " in one.reason
        gone = site.outcome(POINT, state="absent", ext_id=old, name="it's old")
        assert (gone.status, named(site, "it's old")) == (ABSENT, [])

    def test_an_entity_that_is_not_there(self, site: Site) -> None:
        one = site.outcome(POINT, name="x", vm_recovery_points=[{"vm_ext_id": NOBODY}])
        assert one.status == FAILED
        assert f"there is no VM {NOBODY}" in one.reason


class TestReplica:
    def test_check_mode(self, site: Site, copy: dict[str, Any]) -> None:
        predicted = site.outcome(**copy, check_mode=True)
        assert (len(told(predicted)), site.changes()) == (1, [])
        assert told(predicted) == told(site.outcome(**copy))

    def test_two_runs_at_once_make_one(self, site: Site, copy: dict[str, Any]) -> None:
        items = [site.run(**copy).item for _run in range(2)]
        for item, decision in [(item, item.decide(item.observe())) for item in items]:
            [action] = decision.actions
            item.perform(action)
        site.nutanix.advance(7200)
        assert {item.decide(item.observe()).status for item in items} == {SUCCEEDED}
        assert len(named(site, "nightly", "dr")) == 1

    def test_a_replication_of_somebody_else_is_waited_for(self, site: Site, copy: dict[str, Any]) -> None:
        path = f"/api/dataprotection/v4.4/config/recovery-points/{copy['ext_id']}/$actions/replicate"
        assert site.nutanix.ask("POST", path, {"pcExtId": DR, "clusterExtId": CLUSTER_DR}).status == 202
        one = site.outcome(**copy)
        assert (one.status, told(one), len(named(site, "nightly", "dr"))) == (SUCCEEDED, [], 1)

    def test_a_replica_that_has_expired_and_is_listed_still_is_made_again(
        self, site: Site, copy: dict[str, Any], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        replica = site.outcome(**copy).result["replica_ext_id"]
        points = site.nutanix.service.world.centrals["dr"].points
        site.nutanix.advance(60)
        # The sandbox removes what has expired at once, a Prism Central some time later.
        monkeypatch.setattr("sandbox.nutanix.service.settle", lambda *given: None)
        points[replica].expires = site.nutanix.application.clock.now() - 30
        again = site.outcome(**copy, wait=False)
        assert (again.status, len(told(again))) == (PENDING, 1)

    def test_a_replica_that_was_deleted_is_made_again(self, site: Site, copy: dict[str, Any]) -> None:
        first = site.outcome(**copy)
        gone = {**site.dr, "state": "absent", "ext_id": first.result["replica_ext_id"]}
        assert site.outcome(POINT, **gone).status == ABSENT
        second = site.outcome(**copy, wait=False)
        assert (second.status, len(told(second))) == (PENDING, 1)
        site.nutanix.advance(7200)
        third = site.outcome(**copy)
        assert (third.status, third.result["replica_ext_id"] == first.result["replica_ext_id"]) == (SUCCEEDED, False)

    @pytest.mark.parametrize("state", ["FAILED", "CANCELED"])
    def test_a_task_that_fails(self, site: Site, copy: dict[str, Any], state: str) -> None:
        site.nutanix.fault("task_end", "replicate", state=state, message="no link", seconds=30)
        first = site.outcome(**copy)
        assert first.status == FAILED
        assert f"ended {state}" in first.reason
        assert site.outcome(**copy).status == SUCCEEDED
        assert len(named(site, "nightly", "dr")) == 1

    def test_without_a_login_at_the_target(self, site: Site, copy: dict[str, Any]) -> None:
        plain = {"module": REPLICA, "ext_id": copy["ext_id"], "pc_ext_id": DR, "cluster_ext_id": CLUSTER_DR}
        first = site.outcome(**plain)
        [replica] = named(site, "nightly", "dr")
        assert (first.status, len(told(first)), first.result["replica_ext_id"]) == (SUCCEEDED, 1, replica["ext_id"])
        assert "was not asked" in first.reason
        [entry] = first.result["replicas"]
        assert (entry["name"], entry["pc_ext_id"], entry["target_seen"], entry["rpo_seconds"]) == (
            None,
            DR,
            False,
            None,
        )
        assert entry["replica_ext_id"] == replica["ext_id"]
        site.calls()
        second = site.outcome(**plain)
        assert (second.status, told(second), second.result["replica_ext_id"]) == (SUCCEEDED, [], replica["ext_id"])
        assert not [call for call in site.calls() if "POST" in call or call.startswith("dr")]
        # However old the request is.
        site.nutanix.advance(3 * 86_400)
        assert told(site.outcome(**plain)) == []

    def test_within_one_prism_central(self, site: Site, copy: dict[str, Any]) -> None:
        plain = {"module": REPLICA, "ext_id": copy["ext_id"], "cluster_ext_id": SECOND}
        first = site.outcome(**plain)
        assert (first.status, told(first)) == (SUCCEEDED, [f"start replication of nightly to cluster {SECOND}"])
        site.calls()
        second = site.outcome(**plain)
        assert (second.status, told(second), second.result["replica_ext_id"]) == (SUCCEEDED, [], copy["ext_id"])
        assert site.calls() == [f"main GET recovery-points/{copy['ext_id']}", LIST]
        [entry] = second.result["replicas"]
        assert (entry["pc_ext_id"], entry["cluster_ext_id"], entry["target_seen"]) == (None, SECOND, True)
        assert entry["newest_usable"]["id"] == copy["ext_id"]

    def test_the_target_is_out(self, site: Site, copy: dict[str, Any]) -> None:
        outage(site, "dr")
        one = site.outcome(**copy, wait=False)
        assert (one.status, told(one)) == (FAILED, [])
        assert "the target cannot be asked" in one.reason
        later = site.outcome(**copy, meanwhile=lambda sleeps: outage(site, "dr", sleeps < 2))
        assert (later.status, len(named(site, "nightly", "dr"))) == (SUCCEEDED, 1)

    def test_the_source_goes_out_once_it_has_begun(self, site: Site, copy: dict[str, Any]) -> None:
        run = site.run(**copy)
        item = run.item
        [action] = item.decide(item.observe()).actions
        item.perform(action)
        site.nutanix.advance(7200)
        outage(site, "main")
        decision = item.decide(item.observe())
        assert (decision.status, bool(decision.result["replica_ext_id"])) == (SUCCEEDED, True)

    def test_the_source_is_out(self, site: Site, copy: dict[str, Any]) -> None:
        outage(site, "main")
        one = site.outcome(**copy, wait=False)
        assert (one.status, "the source cannot be asked" in one.reason) == (FAILED, True)
        later = site.outcome(**copy, meanwhile=lambda sleeps: outage(site, "main", sleeps < 2))
        assert later.status == SUCCEEDED

    @pytest.mark.parametrize(("changes", "words"), [
        ({"cluster_name": "near"}, "has 0 clusters near; it has far"),
        ({"pc_ext_id": MAIN}, f"is the Prism Central {DR}, not {MAIN}"),
        ({"cluster_ext_id": CLUSTER}, f"has no cluster {CLUSTER}; it has far"),
        ({"ext_id": NOBODY}, f"there is no recovery point {NOBODY}"),
        ({"nutanix_api_key": "sandbox-api-key"}, "replicates for users only"),
    ])  # fmt: skip
    def test_what_cannot_be(self, site: Site, copy: dict[str, Any], changes: dict[str, Any], words: str) -> None:
        target = {**site.dr, **({"cluster_name": changes["cluster_name"]} if "cluster_name" in changes else {})}
        given = {name: value for name, value in changes.items() if name != "cluster_name"}
        one = site.outcome(**{**copy, "target": target, **given})
        assert (one.status in (FAILED, BLOCKED), told(one)) == (True, [])
        assert words in one.reason

    def test_a_target_that_is_not_said_how_to_sign_in_to(self, site: Site, copy: dict[str, Any]) -> None:
        target = {**site.dr, "nutanix_username": "other", "nutanix_password": None}
        with pytest.raises(InvalidRequest, match=r"^target: Either nutanix_username"):
            site.run(**{**copy, "target": target})

    def test_the_newest_of_vms(self, site: Site, newest: dict[str, Any]) -> None:
        """It stays the one that it was when the run began, whatever is made meanwhile."""
        made = {"module": POINT, "max_age": 0, "vm_recovery_points": [{"vm_ext_id": newest["vm_ext_ids"][0]}]}
        source = site.outcome(**made).result["ext_id"]
        later: list[str] = []

        def meanwhile(sleeps: int) -> None:
            if not sleeps:
                later.append(site.outcome(**made).result["ext_id"])

        site.calls()
        first = site.outcome(**newest, meanwhile=meanwhile)
        assert (first.status, len(told(first)), first.result["ext_id"]) == (SUCCEEDED, 1, source)
        assert later != [source]
        second = site.outcome(**newest)
        assert (second.status, len(told(second)), second.result["ext_id"]) == (SUCCEEDED, 1, later[0])
        site.calls()
        third = site.outcome(**newest)
        assert (third.status, told(third), third.result["replica_ext_id"]) == (
            SUCCEEDED,
            [],
            second.result["replica_ext_id"],
        )
        assert site.calls() == [LIST, "dr GET clusters", "dr GET recovery-points"]
        [entry] = third.result["replicas"]
        assert (entry["name"], entry["pc_ext_id"], entry["cluster_ext_id"]) == (
            f"127.0.0.1:{site.dr['nutanix_port']}",
            DR,
            CLUSTER_DR,
        )
        assert entry["newest_usable"] == third.result["replica"]
        assert entry["rpo_seconds"] == third.result["replica"]["age_seconds"]

    def test_it_stays_so_over_passes_that_are_processes_of_their_own(self, site: Site, newest: dict[str, Any]) -> None:
        first = site.outcome(**newest, wait=False)
        site.outcome(POINT, max_age=0, vm_recovery_points=[{"vm_ext_id": newest["vm_ext_ids"][0]}])
        jobs = first.result["started_jobs"]
        assert jobs[-1] == f"source {first.result['ext_id']}"
        second = site.outcome(**newest, wait=False, _started_jobs=jobs)
        assert (second.status, told(second), second.result["ext_id"]) == (RUNNING, [], first.result["ext_id"])
        site.nutanix.advance(7200)
        third = site.outcome(**newest, wait=False, _started_jobs=second.result["started_jobs"])
        assert (third.status, told(third), third.result["started_jobs"]) == (SUCCEEDED, [], jobs)
        # The next run has another goal.
        assert len(told(site.outcome(**newest, wait=False))) == 1

    def test_exactly_these(self, site: Site, newest: dict[str, Any]) -> None:
        """nightly holds vm-01 too, and is newer."""
        one = site.outcome(**newest, wait=False)
        assert told(one)[0].startswith("start replication of it's old to")
        all_of_it = {
            "vm_ext_ids": [site.nutanix.entity(name) for name in ("vm-02", "vm-01")],
            "volume_group_ext_ids": [site.nutanix.entity("data")],
        }
        assert told(site.outcome(**{**newest, **all_of_it}, wait=False))[0].startswith(
            "start replication of nightly to"
        )

    def test_none_of_these(self, site: Site, newest: dict[str, Any]) -> None:
        vm = site.nutanix.entity("vm-09")
        none = {**newest, "vm_ext_ids": [vm]}
        reason = f"there is no usable recovery point of {vm} at the source"
        assert (site.outcome(**none).status, site.outcome(**none).reason) == (FAILED, reason)
        # A task before this one may have told in check mode that it would make one.
        predicted = site.outcome(**none, check_mode=True)
        assert (predicted.status, predicted.reason) == (PENDING, f"{reason} yet")
        site.outcome(POINT, name="x", vm_recovery_points=[{"vm_ext_id": vm}], wait=False)
        begun = site.outcome(**none, wait=False)
        assert (begun.status, begun.reason) == (PENDING, f"{reason} yet, one is being made")
        waited = site.outcome(**none)
        assert (waited.status, told(waited)[0].startswith("start replication of x to")) == (SUCCEEDED, True)

    def test_an_older_replica_while_the_source_is_out(self, site: Site, newest: dict[str, Any]) -> None:
        outage(site, "main")
        nothing = site.outcome(**newest, wait=False)
        assert (nothing.status, "the target has no replica" in nothing.reason) == (FAILED, True)
        outage(site, "main", False)
        replica = site.outcome(**newest).result["replica_ext_id"]
        outage(site, "main")
        one = site.outcome(**newest, wait=False)
        assert (one.status, told(one), one.result["replica_ext_id"]) == (SUCCEEDED, [], replica)
        [warning] = one.warnings
        assert "the source cannot be asked" in warning
        assert " is 5d " in warning
        # Who waits asks the source some more times, and it may come back.
        run = site.run(**newest)
        [patient] = run.go()
        assert (patient.status, len(patient.warnings), run.sleeps) == (SUCCEEDED, 1, 4)
        back = site.outcome(**newest, meanwhile=lambda sleeps: outage(site, "main", sleeps < 1))
        assert (back.status, back.warnings) == (SUCCEEDED, ())

    def test_a_replication_that_has_begun_is_no_reason_for_an_older_one(
        self, site: Site, newest: dict[str, Any]
    ) -> None:
        """Where each pass is a process of its own."""
        site.outcome(**newest)
        site.outcome(POINT, max_age=0, vm_recovery_points=[{"vm_ext_id": newest["vm_ext_ids"][0]}])
        first = site.outcome(**newest, wait=False)
        assert len(told(first)) == 1
        outage(site, "main")
        second = site.outcome(**newest, wait=False, _started_jobs=first.result["started_jobs"])
        assert (second.status, "goes on by itself" in second.reason) == (FAILED, True)

    def test_both_are_out(self, site: Site, newest: dict[str, Any]) -> None:
        outage(site, "main")
        outage(site, "dr")
        one = site.outcome(**newest, wait=False)
        assert (one.status, "the target cannot be asked" in one.reason) == (FAILED, True)
        assert one.result["replicas"][0]["target_seen"] is False

    @pytest.mark.parametrize("how", ["target", "targets", "pc_ext_id"])
    def test_a_prism_central_that_is_not_paired(self, site: Site, plant: Any, how: str) -> None:
        plant(paired_with=[])
        places: dict[str, dict[str, Any]] = {
            "target": {"target": site.dr},
            "targets": {"targets": [site.dr]},
            "pc_ext_id": {"pc_ext_id": DR, "cluster_ext_id": CLUSTER_DR},
        }
        one = site.outcome(REPLICA, ext_id=site.nutanix.point()["extId"], **places[how])
        assert (one.status, told(one), site.changes()) == (BLOCKED, [], [])
        assert f"is not paired with the Prism Central {DR if how == 'pc_ext_id' else '127.0.0.1:'}" in one.reason
        assert f"the availability zones that it knows are Local AZ ({MAIN}): pair the two" in one.reason

    def test_availability_zones_are_asked_for_once_and_only_before_a_start(self, site: Site) -> None:
        zones = "main POST /api/nutanix/v3/availability_zones/list"
        batch = [{"vm_ext_ids": [site.nutanix.entity("vm-01")]}, {"ext_id": site.nutanix.point()["extId"]}]
        site.calls()
        outcomes = site.run(REPLICA, *batch, target=site.dr).go()
        assert [one.status for one in outcomes] == [SUCCEEDED, SUCCEEDED]
        assert site.calls().count(zones) == 1
        site.run(REPLICA, *batch, target=site.dr).go()
        # Nothing is started, or not elsewhere.
        own = {"cluster_ext_id": SECOND, "ext_id": batch[1]["ext_id"]}
        assert len(told(site.outcome(REPLICA, **own))) == 1
        assert zones not in site.calls()

    @pytest.mark.parametrize("status", [403, 404, 502])
    def test_availability_zones_that_are_not_told(self, site: Site, copy: dict[str, Any], status: int) -> None:
        site.nutanix.fault("status", "availability_zones", status=status, times=0)
        one = site.outcome(**copy)
        assert (one.status, len(told(one))) == (SUCCEEDED, 1)


class TestReplicas:
    """Several targets: another Prism Central, and another cluster of the source's own."""

    @pytest.fixture
    def copies(self, site: Site) -> dict[str, Any]:
        own = {name: value for name, value in site.login.items() if name != "read_timeout"}
        targets = [site.dr, {**own, "cluster_ext_id": SECOND}]
        return {"module": REPLICA, "ext_id": site.nutanix.point()["extId"], "targets": targets}

    def test_from_nothing_to_nothing_changed(self, site: Site, copies: dict[str, Any]) -> None:
        predicted = site.outcome(**copies, check_mode=True)
        site.calls()
        first = site.outcome(**copies)
        assert (first.status, first.reason, first.percent) == (SUCCEEDED, "", 100.0)
        assert told(first) == told(predicted)
        assert told(first) == [
            f"start replication of nightly to Prism Central {DR}, cluster {CLUSTER_DR}",
            f"start replication of nightly to Prism Central {MAIN}, cluster {SECOND}",
        ]
        assert len(site.changes()) == 2
        second = site.outcome(**copies)
        assert (second.status, told(second)) == (SUCCEEDED, [])
        assert site.calls() == [
            f"main GET recovery-points/{copies['ext_id']}",
            "dr GET clusters",
            "dr GET recovery-points",
            "main GET clusters",
            LIST,
        ]
        there, here = second.result["replicas"]
        assert (there["pc_ext_id"], there["cluster_ext_id"], there["replica_ext_id"]) == (
            DR,
            CLUSTER_DR,
            second.result["replica_ext_id"],
        )
        assert (here["pc_ext_id"], here["cluster_ext_id"], here["replica_ext_id"]) == (MAIN, SECOND, copies["ext_id"])
        assert first.result["replicas"][1]["task_ext_id"] == first.result["tasks"][-1]["ext_id"]
        assert len(first.result["tasks"]) == 2

    @pytest.mark.parametrize("cluster", [{"cluster_name": "one"}, {"cluster_ext_id": CLUSTER}])
    def test_where_the_source_is_there_is_no_copy(
        self, site: Site, copies: dict[str, Any], cluster: dict[str, str]
    ) -> None:
        own = {name: value for name, value in copies["targets"][1].items() if name != "cluster_ext_id"}
        one = site.outcome(**{**copies, "targets": [{**own, **cluster}]})
        assert (one.status, told(one), site.changes()) == (BLOCKED, [], [])
        assert one.reason.startswith(f"the recovery point is on cluster {CLUSTER} and nowhere else")
        [place] = one.result["replicas"]
        assert (place["replica_ext_id"], place["newest_usable"], place["rpo_seconds"]) == (None, None, None)

    def test_any_other_cluster_of_the_own_prism_central(self, site: Site, copies: dict[str, Any]) -> None:
        own = {name: value for name, value in copies["targets"][1].items() if name != "cluster_ext_id"}
        there = {"module": REPLICA, "ext_id": copies["ext_id"], "targets": [own]}
        first = site.outcome(**there)
        assert (first.status, len(told(first))) == (SUCCEEDED, 1)
        [point] = [one for one in site.nutanix.state()["recovery_points"] if one["ext_id"] == copies["ext_id"]]
        assert point["clusters"] == [CLUSTER, SECOND]
        second = site.outcome(**there)
        assert (second.status, told(second), second.result["replica_ext_id"]) == (SUCCEEDED, [], copies["ext_id"])

    def test_one_is_out(self, site: Site, copies: dict[str, Any]) -> None:
        outage(site, "dr")
        one = site.outcome(**copies)
        assert (one.status, len(told(one))) == (FAILED, 1)
        assert [entry["status"] for entry in one.result["replicas"]] == [FAILED, SUCCEEDED]
        assert [entry["target_seen"] for entry in one.result["replicas"]] == [False, True]
        assert one.reason.startswith(f"127.0.0.1:{site.dr['nutanix_port']}: the target cannot be asked")
        outage(site, "dr", False)
        assert len(told(site.outcome(**copies))) == 1

    @pytest.mark.parametrize(("changes", "words"), [
        ({"cluster_name": "near"}, "targets[0].cluster_name: 127.0.0.1:"),
        ({"cluster_ext_id": CLUSTER}, "targets[0].cluster_ext_id: 127.0.0.1:"),
        ({"nutanix_password": "wrong"}, ": the target cannot be asked: negotiating the version of clustermgmt: Prism Central refused"),
    ])  # fmt: skip
    def test_one_that_cannot_be(self, site: Site, copies: dict[str, Any], changes: dict[str, Any], words: str) -> None:
        dr, own = copies["targets"]
        one = site.outcome(**{**copies, "targets": [{**dr, **changes}, own]})
        assert (one.status, [entry["status"] for entry in one.result["replicas"]]) == (FAILED, [FAILED, SUCCEEDED])
        assert words in one.reason

    def test_one_task_fails(self, site: Site, copies: dict[str, Any]) -> None:
        site.nutanix.fault("task_end", "replicate", state="FAILED", message="no link", seconds=5)
        one = site.outcome(**copies)
        assert (one.status, [entry["status"] for entry in one.result["replicas"]]) == (FAILED, [FAILED, SUCCEEDED])
        assert "no link" in one.reason
        # The request id of the first try gives its task: the next one is tried, and only for this target.
        site.calls()
        again = site.outcome(**copies)
        assert (again.status, len(told(again))) == (SUCCEEDED, 1)
        assert len(site.changes()) == 2

    def test_passes_that_are_processes_of_their_own(self, site: Site, copies: dict[str, Any]) -> None:
        site.nutanix.fault("task_end", "replicate", state="FAILED", message="no link", seconds=5)
        first = site.outcome(**copies, wait=False)
        assert [entry.partition(" ")[0] for entry in first.result["started_jobs"]] == [
            "since",
            "replicate-0",
            "replicate-1",
        ]
        site.nutanix.advance(7200)
        second = site.outcome(**copies, wait=False, _started_jobs=first.result["started_jobs"])
        assert (second.status, told(second), "no link" in second.reason) == (FAILED, [], True)

    @pytest.mark.parametrize(("changes", "words"), [
        ({"targets": []}, "targets: names no Prism Central"),
        ({"ext_id": None, "vm_ext_ids": []}, "vm_ext_ids: names no VM"),
        ({"ext_id": None, "vm_ext_ids": ["x"]}, r"vm_ext_ids\[0\]: 'x' is not"),
        ({"ext_id": None, "volume_group_ext_ids": ["x"]}, r"volume_group_ext_ids\[0\]: 'x' is not"),
    ])  # fmt: skip
    def test_bad_options(self, site: Site, copies: dict[str, Any], changes: dict[str, Any], words: str) -> None:
        with pytest.raises(InvalidRequest, match=words):
            site.run(**{**copies, **changes})

    @pytest.mark.parametrize(("changes", "words"), [
        ({"cluster_ext_id": "x"}, r"^targets\[0\].cluster_ext_id: 'x' is not"),
        ({"cluster_ext_id": CLUSTER_DR, "cluster_name": "far"}, r"^targets\[0\].cluster_name: cannot be given together"),
        ({"nutanix_username": "other"}, r"^targets\[0\]: Either nutanix_username"),
        ({"nutanix_port": None}, r"^targets\[1\]: 127.0.0.1:\d+ is targets\[0\] too"),
    ])  # fmt: skip
    def test_bad_targets(self, site: Site, copies: dict[str, Any], changes: dict[str, Any], words: str) -> None:
        dr, own = copies["targets"]
        bad = {**dr, **changes, **({"nutanix_password": None} if "nutanix_username" in changes else {})}
        if changes.get("nutanix_port", "") is None:
            bad["cluster_ext_id"] = SECOND
        with pytest.raises(InvalidRequest, match=words):
            site.run(**{**copies, "targets": [bad, own]})


class TestInfo:
    def test_filters(self, site: Site) -> None:
        def names(**options: Any) -> list[str]:
            return [point["name"] for point in site.outcome(INFO, **options).result["recovery_points"]]

        vm = site.nutanix.entity("vm-01")
        assert names(filter="name eq 'nightly'") == ["nightly"]
        assert names(name="it's old") == ["it's old"]
        assert names(vm_ext_id=vm) == ["nightly", "it's old"]
        assert names(vm_ext_id=vm, filter="name eq 'nightly' or name eq 'locked'") == ["nightly"]
        assert names(volume_group_ext_id=site.nutanix.entity("data")) == ["nightly"]
        assert names(newer_than="1d") == ["locked", "nightly"]
        assert names(name="none") == []
        site.outcome(POINT, max_age=0, vm_recovery_points=[{"vm_ext_id": vm}])
        assert len(names(vm_ext_id=vm)) == 3
        assert "it's old" not in names(vm_ext_id=vm, newest_usable=True)

    def test_one(self, site: Site) -> None:
        ext_id = site.nutanix.point()["extId"]
        one = site.outcome(INFO, ext_id=ext_id)
        assert (one.result["response"]["ext_id"], one.result["ext_id"]) == (ext_id, ext_id)
        assert [point["id"] for point in one.result["recovery_points"]] == [ext_id]
        missing = site.outcome(INFO, ext_id=NOBODY)
        assert (missing.status, missing.reason) == (FAILED, f"there is no recovery point {NOBODY}")

    def test_selected_fields(self, site: Site) -> None:
        one = site.outcome(INFO, select="extId,name", name="nightly")
        assert ([set(point) for point in one.result["response"]], "recovery_points" in one.result) == (
            [{"ext_id", "name"}],
            False,
        )

    @pytest.mark.parametrize(("changes", "words"), [
        ({"limit": 101}, "limit: 1 to 100"), ({"page": -1}, "page: the first"), ({"select": "name", "usable_only": True}, "select: "),
    ])  # fmt: skip
    def test_bad_options(self, site: Site, changes: dict[str, Any], words: str) -> None:
        with pytest.raises(InvalidRequest, match=words):
            site.run(INFO, **changes)

    def test_many_items_ask_once(self, site: Site) -> None:
        site.calls()
        assert len(site.run(INFO, {"name": "nightly"}, {"name": "nightly"}).go()) == 2
        assert site.calls() == [LIST]

    def test_vm_recovery_point(self, site: Site) -> None:
        point = site.nutanix.point()
        part = point["vmRecoveryPoints"][0]
        site.calls()
        one = site.outcome(VM_INFO, recovery_point_ext_id=point["extId"], vm_recovery_point_ext_id=part["extId"])
        assert (one.result["ext_id"], one.result["recovery_point_ext_id"]) == (part["extId"], point["extId"])
        assert (len(one.result["vm_recovery_point"]["disk_ids"]), one.result["response"]["vm_ext_id"]) == (
            2,
            part["vmExtId"],
        )
        assert len(site.calls()) == 1
        missing = site.outcome(VM_INFO, recovery_point_ext_id=point["extId"], vm_recovery_point_ext_id=NOBODY)
        assert (missing.status, NOBODY in missing.reason) == (FAILED, True)

    def test_reading_changes_nothing(self, site: Site) -> None:
        with pytest.raises(InvalidRequest, match="never changes anything"):
            site.run(INFO).item.perform(Action("delete", "x"))
