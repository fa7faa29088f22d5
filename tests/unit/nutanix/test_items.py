# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Recovery points, replicas and reads as items, run by the engine against the sandbox: their life, and what they ask for it."""

from __future__ import annotations

import datetime
from typing import Any

import pytest
from nutanix_runs import Site, told

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
def new(site: Site) -> dict[str, Any]:
    """Options for a recovery point that is not there."""
    return {
        "module": POINT,
        "name": "it's new",
        "vm_recovery_points": [{"vm_ext_id": site.nutanix.entity("vm-01")}],
        "volume_group_recovery_points": [{"volume_group_ext_id": site.nutanix.entity("data")}],
    }


@pytest.fixture
def copy(site: Site) -> dict[str, Any]:
    """Options for a replica that is not there."""
    return {"module": REPLICA, "ext_id": site.nutanix.point()["extId"], "target": site.dr}


def named(site: Site, name: str, at: str = "main") -> list[dict[str, Any]]:
    return [one for one in site.nutanix.state(at)["recovery_points"] if one["name"] == name]


def outage(site: Site, name: str, on: bool = True) -> None:
    site.nutanix.admin("POST", f"prism_central/{name}/outage", {"on": on, "answers": "fail"})


class TestRecoveryPoint:
    def test_from_nothing_to_nothing_changed(self, site: Site, new: dict[str, Any]) -> None:
        site.calls()
        first = site.outcome(**new)
        assert (first.status, first.reason, first.warnings) == (SUCCEEDED, "", ())
        assert told(first) == ["create recovery point it's new"]
        [made] = named(site, "it's new")
        assert (first.result["ext_id"], made["expires"]) == (made["ext_id"], None)
        assert first.result["response"]["ext_id"] == made["ext_id"]
        assert first.result["response"]["vm_recovery_points"][0]["vm_ext_id"] == site.nutanix.entity("vm-01")
        shown = first.result["recovery_point"]
        assert (shown["usable"], shown["copy_of"], shown["container"][:10]) == (True, "", "127.0.0.1:")
        assert first.result["task_ext_id"] == first.result["tasks"][-1]["ext_id"]
        assert [call for call in site.calls() if "POST" in call] == ["main POST recovery-points"]

        second = site.outcome(**new)
        assert (second.status, told(second), second.result["ext_id"]) == (SUCCEEDED, [], made["ext_id"])
        assert site.calls() == [LIST]

    def test_expiration_in_place_and_then_absent(self, site: Site, new: dict[str, Any]) -> None:
        moment = datetime.datetime(2026, 3, 5, 12, 0, tzinfo=datetime.timezone.utc)
        site.outcome(**new)
        changed = site.outcome(**new, expiration_time="2026-03-05T14:00:00+02:00")
        assert (changed.status, told(changed)) == (SUCCEEDED, ["change expiration of recovery point it's new"])
        assert changed.done[0].before == {"expiration_time": None}
        assert datetime.datetime.fromisoformat(changed.result["response"]["expiration_time"]) == moment
        # Without an offset it is UTC.
        for same in ("2026-03-05T12:00:00Z", "2026-03-05T12:00:00"):
            assert told(site.outcome(**new, expiration_time=same)) == []
        ext_id = changed.result["ext_id"]
        gone = site.outcome(POINT, state="absent", ext_id=ext_id)
        assert (gone.status, told(gone)) == (ABSENT, ["delete recovery point it's new"])
        assert gone.result["response"]["status"] == "SUCCEEDED"
        again = site.outcome(POINT, state="absent", ext_id=ext_id)
        assert (again.status, told(again), named(site, "it's new")) == (ABSENT, [], [])

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

    def test_check_mode_changes_nothing(self, site: Site, new: dict[str, Any]) -> None:
        predicted = site.outcome(**new, check_mode=True)
        assert (predicted.status, [call for call in site.calls() if "POST" in call]) == (RUNNING, [])
        assert told(predicted) == told(site.outcome(**new))
        site.calls()
        later = site.outcome(**new, expiration_time="2026-04-01T00:00:00Z", check_mode=True)
        gone = site.outcome(POINT, state="absent", name=new["name"], check_mode=True)
        assert (len(told(later)), len(told(gone)), site.calls()) == (1, 1, [LIST, LIST])

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
        assert len([call for call in site.calls() if "POST" in call]) == 2

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

    def test_a_suspended_task_is_waited_for(self, site: Site, new: dict[str, Any]) -> None:
        site.nutanix.fault("task_end", "recovery-points", state="SUSPENDED")
        run = site.run(**new)
        [outcome] = run.go()
        assert (outcome.status, outcome.timed_out) == (PENDING, True)
        assert "suspended" in outcome.reason

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
    ])  # fmt: skip
    def test_bad_options(self, site: Site, changes: dict[str, Any], words: str) -> None:
        with pytest.raises(InvalidRequest, match=words):
            site.run(POINT, **{"name": "x", **changes})

    def test_an_entity_that_is_not_there(self, site: Site) -> None:
        one = site.outcome(POINT, name="x", vm_recovery_points=[{"vm_ext_id": NOBODY}])
        assert one.status == FAILED
        assert f"there is no VM {NOBODY}" in one.reason


class TestReplica:
    def test_from_nothing_to_nothing_changed(self, site: Site, copy: dict[str, Any]) -> None:
        site.calls()
        first = site.outcome(**copy)
        assert (first.status, first.reason) == (SUCCEEDED, "")
        assert told(first) == [f"start replication of nightly to Prism Central {DR}, cluster {CLUSTER_DR}"]
        [replica] = named(site, "nightly", "dr")
        assert (first.result["replica_ext_id"], first.result["ext_id"]) == (replica["ext_id"], copy["ext_id"])
        assert (first.result["replica"]["copy_of"], first.result["pc_ext_id"]) == (replica["location_agnostic_id"], DR)
        assert first.result["response"]["status"] == "SUCCEEDED"
        site.calls()
        second = site.outcome(**copy)
        assert (second.status, told(second), second.result["replica_ext_id"]) == (SUCCEEDED, [], replica["ext_id"])
        assert site.calls() == [
            f"main GET recovery-points/{copy['ext_id']}",
            "dr GET clusters",
            "dr GET recovery-points",
        ]

    def test_check_mode(self, site: Site, copy: dict[str, Any]) -> None:
        predicted = site.outcome(**copy, check_mode=True)
        assert (len(told(predicted)), [call for call in site.calls() if "POST" in call]) == (1, [])
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

    def test_a_suspended_task(self, site: Site, copy: dict[str, Any]) -> None:
        site.nutanix.fault("task_end", "replicate", state="SUSPENDED")
        one = site.outcome(**copy)
        assert (one.status, one.timed_out) == (PENDING, True)

    def test_without_a_login_at_the_target(self, site: Site, copy: dict[str, Any]) -> None:
        plain = {"module": REPLICA, "ext_id": copy["ext_id"], "pc_ext_id": DR, "cluster_ext_id": CLUSTER_DR}
        first = site.outcome(**plain)
        [replica] = named(site, "nightly", "dr")
        assert (first.status, len(told(first)), first.result["replica_ext_id"]) == (SUCCEEDED, 1, replica["ext_id"])
        assert "was not asked" in first.reason
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
        second = site.outcome(**plain)
        assert (second.status, told(second), second.result["replica_ext_id"]) == (SUCCEEDED, [], copy["ext_id"])

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


class TestInfo:
    def test_all_pages(self, site: Site, plant: Any) -> None:
        points = [{"name": f"p{number:03}", "vms": ["vm-01"], "age": 60 * (number + 1)} for number in range(250)]
        plant(recovery_points=points)
        site.calls()
        one = site.outcome(INFO)
        assert (one.status, len(one.result["response"]), one.result["total_available_results"]) == (SUCCEEDED, 250, 250)
        assert [point["name"] for point in one.result["recovery_points"][:2]] == ["p000", "p001"]
        assert site.calls() == [LIST] * 3
        page = site.outcome(INFO, page=2, limit=2, orderby="name desc")
        assert [point["name"] for point in page.result["response"]] == ["p245", "p244"]
        assert (page.result["total_available_results"], site.calls()) == (250, [LIST])

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
