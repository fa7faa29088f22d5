# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Restores and reverts as items, run by the engine against the sandbox."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from nutanix_runs import Site, told

from ansible_collections.bcdr.multicloud.plugins.module_utils._core.errors import InvalidRequest
from ansible_collections.bcdr.multicloud.plugins.module_utils._core.reconcile import (
    BLOCKED,
    FAILED,
    PENDING,
    RUNNING,
    SUCCEEDED,
)
from ansible_collections.bcdr.multicloud.plugins.module_utils._nutanix import restore_item

RESTORE, REVERT = "nutanix_recovery_point_restore", "nutanix_vm_revert"
NOBODY = "99999999-0000-4000-8000-000000000000"
CLUSTER = "7a1c0de0-0000-4000-8000-000000000011"


@pytest.fixture
def drill(site: Site) -> dict[str, Any]:
    """Options for a VM that is not there, by a name of its own, which came with release 4.1 of the library."""
    models = pytest.importorskip("ntnx_dataprotection_py_client").models
    if "vm_override_spec" not in models.VmRecoveryPointRestoreOverride().swagger_types:
        pytest.skip("this release of the library has no overrides")
    point = site.nutanix.point()
    part = point["vmRecoveryPoints"][0]["extId"]
    override = {"vm_recovery_point_ext_id": part, "vm_override_spec": {"name": "drill"}}
    return {"module": RESTORE, "ext_id": point["extId"], "vm_recovery_point_restore_overrides": [override]}


@pytest.fixture
def back(site: Site) -> dict[str, Any]:
    """Options for a revert."""
    part = site.nutanix.point()["vmRecoveryPoints"][0]
    return {"module": REVERT, "ext_id": part["vmExtId"], "vm_recovery_point_ext_id": part["extId"]}


def named(site: Site, name: str) -> list[str]:
    return [one["ext_id"] for one in site.nutanix.state()["entities"] if one["name"] == name]


def remove(site: Site, vm: str) -> None:
    path = f"/api/vmm/v4.3/ahv/config/vms/{vm}"
    site.nutanix.done(site.nutanix.ask("DELETE", path, headers=site.nutanix.etag(path)))


def changes(site: Site) -> list[str]:
    return [call for call in site.calls() if " POST " in call]


class TestRestore:
    def test_from_nothing_to_nothing_changed(self, site: Site, drill: dict[str, Any]) -> None:
        first = site.outcome(**drill)
        assert (first.status, first.reason) == (SUCCEEDED, "")
        assert told(first) == ["restore 1 part of recovery point nightly"]
        assert first.result["vm_ext_ids"] == named(site, "drill")
        assert first.result["response"]["status"] == "SUCCEEDED"
        assert len(changes(site)) == 1
        # However old the request is.
        site.nutanix.advance(3 * 86_400)
        second = site.outcome(**drill)
        assert (second.status, told(second), changes(site)) == (SUCCEEDED, [], [])
        assert second.result["vm_ext_ids"] == first.result["vm_ext_ids"]

    def test_a_vm_that_was_deleted_is_restored_again(self, site: Site, drill: dict[str, Any]) -> None:
        [first] = site.outcome(**drill).result["vm_ext_ids"]
        remove(site, first)
        second = site.outcome(**drill)
        assert (second.status, len(told(second))) == (SUCCEEDED, 1)
        assert (second.result["vm_ext_ids"] == [first], len(named(site, "drill"))) == (False, 1)

    def test_without_names_the_request_is_known(self, site: Site) -> None:
        everything = {"module": RESTORE, "ext_id": site.nutanix.point()["extId"], "cluster_ext_id": CLUSTER}
        first = site.outcome(**everything)
        assert (len(first.result["vm_ext_ids"]), len(first.result["volume_group_ext_ids"])) == (2, 1)
        second = site.outcome(**everything)
        assert (second.status, told(second), second.result["vm_ext_ids"]) == (
            SUCCEEDED,
            [],
            first.result["vm_ext_ids"],
        )
        assert len(named(site, "vm-01")) == 2
        remove(site, first.result["vm_ext_ids"][0])
        assert len(told(site.outcome(**everything))) == 1

    def test_check_mode(self, site: Site, drill: dict[str, Any]) -> None:
        predicted = site.outcome(**drill, check_mode=True)
        assert (predicted.status, changes(site)) == (RUNNING, [])
        assert told(predicted) == told(site.outcome(**drill))

    def test_a_vm_of_that_name_from_elsewhere(self, site: Site, drill: dict[str, Any]) -> None:
        drill["vm_recovery_point_restore_overrides"][0]["vm_override_spec"]["name"] = "vm-05"
        one = site.outcome(**drill)
        assert (one.status, told(one), changes(site)) == (BLOCKED, [], [])
        assert f"there is a VM vm-05 already, {named(site, 'vm-05')[0]}" in one.reason

    def test_two_runs_at_once_make_one(self, site: Site, drill: dict[str, Any]) -> None:
        items = [site.run(**drill).item for _run in range(2)]
        for item, decision in [(item, item.decide(item.observe())) for item in items]:
            [action] = decision.actions
            item.perform(action)
        site.nutanix.advance(7200)
        assert {item.decide(item.observe()).status for item in items} == {SUCCEEDED}
        assert len(named(site, "drill")) == 1

    def test_without_waiting_the_next_run_takes_up(self, site: Site, drill: dict[str, Any]) -> None:
        first = site.outcome(**drill, wait=False)
        assert (first.status, len(told(first))) == (PENDING, 1)
        # The server tells its time to the second.
        site.nutanix.advance(2)
        second = site.outcome(**drill, wait=False)
        assert (second.status, told(second)) == (PENDING, [])
        site.nutanix.advance(7200)
        assert (site.outcome(**drill, wait=False).status, len(named(site, "drill"))) == (SUCCEEDED, 1)

    @pytest.mark.parametrize("state", ["FAILED", "CANCELED"])
    def test_a_task_that_fails(self, site: Site, drill: dict[str, Any], state: str) -> None:
        site.nutanix.fault("task_end", "restore", state=state, message="no room", seconds=10)
        first = site.outcome(**drill)
        assert (first.status, f"ended {state}" in first.reason) == (FAILED, True)
        assert (site.outcome(**drill).status, len(named(site, "drill"))) == (SUCCEEDED, 1)

    def test_settings(self, site: Site, drill: dict[str, Any]) -> None:
        vm = site.nutanix.ask("GET", f"/api/vmm/v4.3/ahv/config/vms/{site.nutanix.entity('vm-01')}").data
        override = drill["vm_recovery_point_restore_overrides"][0]
        override["vm_override_spec"].update(
            description="of a drill", categories=[], nic_spec={"nic_remove_list": [vm["nics"][0]["extId"]]}
        )
        [made] = site.outcome(**drill).result["vm_ext_ids"]
        shown = site.nutanix.ask("GET", f"/api/vmm/v4.3/ahv/config/vms/{made}").data
        assert (shown["description"], shown.get("nics")) == ("of a drill", None)

    def test_another_subnet(self, site: Site, drill: dict[str, Any]) -> None:
        copied = site.outcome("nutanix_recovery_point_replicate", ext_id=drill["ext_id"], target=site.dr).result
        vm = site.nutanix.ask("GET", f"/api/vmm/v4.3/ahv/config/vms/{site.nutanix.entity('vm-01')}").data
        nic = {"nic_ext_id": vm["nics"][0]["extId"], "subnet_ext_id": site.nutanix.subnet("isolated")}
        spec = {"name": "drill", "nic_spec": {"nic_override_list": [nic]}}
        part = copied["replica"]["vm_recovery_points"][0]["ext_id"]
        override = {"vm_recovery_point_ext_id": part, "vm_override_spec": spec}
        there = {
            **drill,
            **site.dr,
            "ext_id": copied["replica_ext_id"],
            "vm_recovery_point_restore_overrides": [override],
        }
        one = site.outcome(**there)
        assert (one.status, one.reason) == (SUCCEEDED, "")
        shown = site.nutanix.ask("GET", f"/api/vmm/v4.3/ahv/config/vms/{one.result['vm_ext_ids'][0]}", at="dr").data
        assert shown["nics"][0]["networkInfo"]["subnet"]["extId"] == site.nutanix.subnet("isolated")

    def test_an_outage_is_waited_out(self, site: Site, drill: dict[str, Any]) -> None:
        def out(on: bool) -> None:
            site.nutanix.admin("POST", "prism_central/main/outage", {"on": on, "answers": "fail"})

        out(True)
        one = site.outcome(**drill, meanwhile=lambda sleeps: out(sleeps < 2))
        assert (one.status, len(named(site, "drill"))) == (SUCCEEDED, 1)

    def test_bad_options(self, site: Site, drill: dict[str, Any]) -> None:
        [override] = drill["vm_recovery_point_restore_overrides"]
        with pytest.raises(InvalidRequest, match="is named twice"):
            site.run(**{**drill, "vm_recovery_point_restore_overrides": [override, override]})
        other = {**override, "vm_recovery_point_ext_id": NOBODY}
        with pytest.raises(InvalidRequest, match="a name is given twice"):
            site.run(**{**drill, "vm_recovery_point_restore_overrides": [override, other]})
        with pytest.raises(InvalidRequest, match=r"overrides\[0\].vm_recovery_point_ext_id: 'x'"):
            site.run(**{**drill, "vm_recovery_point_restore_overrides": [{"vm_recovery_point_ext_id": "x"}]})


class TestAtTheOtherSite:
    """The newest recovery point of VMs and volume groups, where it was replicated to."""

    @pytest.fixture
    def recovery(self, site: Site, drill: dict[str, Any]) -> dict[str, Any]:
        site.outcome("nutanix_recovery_point_replicate", ext_id=drill["ext_id"], target=site.dr)
        spec = {"description": "a drill", "nic_spec": {"subnet_ext_id": site.nutanix.subnet("isolated")}}
        return {
            "module": RESTORE,
            **site.dr,
            "vm_recovery_point_restore_overrides": [
                {"vm_ext_id": site.nutanix.entity(name), "vm_override_spec": {**spec, "name": f"drill-{name}"}}
                for name in ("vm-01", "vm-02")
            ],
            "volume_group_recovery_point_restore_overrides": [
                {
                    "volume_group_ext_id": site.nutanix.entity("data"),
                    "volume_group_override_spec": {"name": "drill-data"},
                }
            ],
            "power_on": True,
        }

    def there(self, site: Site) -> dict[str, dict[str, Any]]:
        return {one["name"]: one for one in site.nutanix.state("dr")["entities"]}

    def test_from_nothing_to_nothing_changed(self, site: Site, recovery: dict[str, Any]) -> None:
        site.nutanix.admin("POST", "prism_central/main/outage", {"on": True})
        site.calls()
        first = site.outcome(**recovery)
        assert (first.status, first.reason) == (SUCCEEDED, "")
        assert told(first) == [
            "restore 3 parts of recovery point nightly",
            "power on VM drill-vm-01",
            "power on VM drill-vm-02",
        ]
        assert [(vm["name"], vm["power_state"]) for vm in first.result["vms"]] == [
            ("drill-vm-01", "ON"),
            ("drill-vm-02", "ON"),
        ]
        assert [group["name"] for group in first.result["volume_groups"]] == ["drill-data"]
        assert 0 < first.result["restore_seconds"] < first.result["recovery_seconds"]
        isolated = site.nutanix.subnet("isolated")
        there = self.there(site)
        assert [there[name]["subnets"] for name in ("drill-vm-01", "drill-vm-02")] == [[isolated], [isolated]]
        assert changes(site) == [
            f"dr POST recovery-points/{first.result['ext_id']}/$actions/restore",
            *(f"dr POST vms/{vm['ext_id']}/$actions/power-on" for vm in first.result["vms"]),
        ]
        second = site.outcome(**recovery)
        # The recovery points, a list for each name, and the tasks of the restore for the volume group.
        assert (second.status, told(second), len(site.calls())) == (SUCCEEDED, [], 5)
        assert second.result["vms"] == first.result["vms"]
        assert (second.result["ext_id"], second.result["recovery_seconds"]) == (first.result["ext_id"], None)

    def test_check_mode_foretells_all(self, site: Site, recovery: dict[str, Any]) -> None:
        predicted = site.outcome(**recovery, check_mode=True)
        changes(site)
        assert told(predicted) == told(site.outcome(**recovery))

    def test_a_newer_recovery_point_changes_nothing(self, site: Site, recovery: dict[str, Any]) -> None:
        first = site.outcome(**recovery)
        held = [{"vm_ext_id": site.nutanix.entity(name)} for name in ("vm-01", "vm-02")]
        groups = [{"volume_group_ext_id": site.nutanix.entity("data")}]
        newer = site.outcome(
            "nutanix_recovery_point", name="newer", vm_recovery_points=held, volume_group_recovery_points=groups
        )
        site.outcome("nutanix_recovery_point_replicate", ext_id=newer.result["ext_id"], target=site.dr)
        second = site.outcome(**recovery)
        assert (second.status, told(second), second.result["ext_id"]) == (SUCCEEDED, [], first.result["ext_id"])

    def test_what_was_switched_off_is_switched_on_again(self, site: Site, recovery: dict[str, Any]) -> None:
        [vm, _other] = site.outcome(**recovery).result["vms"]
        path = f"/api/vmm/v4.3/ahv/config/vms/{vm['ext_id']}"
        headers = {"If-Match": site.nutanix.ask("GET", path, at="dr").headers["ETag"]}
        site.nutanix.done(site.nutanix.ask("POST", f"{path}/$actions/power-off", at="dr", headers=headers), at="dr")
        assert told(site.outcome(**recovery)) == ["power on VM drill-vm-01"]

    def test_gone_again_and_nothing_else(self, site: Site, recovery: dict[str, Any]) -> None:
        assert (site.outcome(**recovery, state="absent").status, site.nutanix.state("dr")["entities"]) == ("absent", [])
        site.outcome(**recovery)
        points = site.nutanix.state("dr")["recovery_points"]
        one = site.outcome(**recovery, state="absent")
        assert (one.status, len(told(one))) == ("absent", 3)
        assert site.nutanix.state("dr")["entities"] == []
        assert site.nutanix.state("dr")["recovery_points"] == points
        # And it can be restored again.
        assert site.outcome(**recovery).status == SUCCEEDED

    def test_a_restore_that_was_left_alone_is_deleted_when_it_has_ended(
        self, site: Site, recovery: dict[str, Any]
    ) -> None:
        assert site.outcome(**recovery, wait=False).status == PENDING
        one = site.outcome(**recovery, state="absent")
        assert (one.status, len(told(one)), self.there(site)) == ("absent", 3, {})

    def test_a_restore_with_another_description_is_not_deleted(self, site: Site, recovery: dict[str, Any]) -> None:
        """A failover under the names of the drill."""
        failover = copy.deepcopy(recovery)
        for override in failover["vm_recovery_point_restore_overrides"]:
            override["vm_override_spec"]["description"] = "in production"
        site.outcome(**failover)
        one = site.outcome(**recovery, state="absent")
        assert (one.status, told(one), len(self.there(site))) == (BLOCKED, [], 3)
        assert "no restore of this recovery point with this description is known that has made it, so it" in one.reason

    def test_a_restore_of_any_earlier_recovery_point_is_seen(self, site: Site, recovery: dict[str, Any]) -> None:
        """However many there have been since: what it makes must neither stay nor be made a second time."""
        held = [{"vm_ext_id": site.nutanix.entity(name)} for name in ("vm-01", "vm-02")]
        groups = [{"volume_group_ext_id": site.nutanix.entity("data")}]
        task = site.outcome(**recovery, wait=False).result["task_ext_id"]
        site.nutanix.service.world.centrals["dr"].tasks[task.partition(":")[2]].ends += 36_000
        for number in range(5):
            new = {"vm_recovery_points": held, "volume_group_recovery_points": groups}
            ext_id = site.outcome("nutanix_recovery_point", name=f"newer {number}", **new).result["ext_id"]
            site.outcome("nutanix_recovery_point_replicate", ext_id=ext_id, target=site.dr)
        again = site.outcome(**recovery, wait=False)
        assert (again.status, told(again), task in again.reason) == (PENDING, [], True)
        cleanup = site.outcome(**recovery, state="absent", wait=False)
        assert (cleanup.status, told(cleanup), task in cleanup.reason) == (RUNNING, [], True)
        gone = site.outcome(**recovery, state="absent", wait_timeout=86_400)
        assert (gone.status, len(told(gone)), self.there(site)) == ("absent", 3, {})

    def test_the_rest_of_another_recovery_point_is_told(self, site: Site, recovery: dict[str, Any]) -> None:
        first = site.outcome(**recovery)
        path = f"/api/vmm/v4.3/ahv/config/vms/{first.result['vm_ext_ids'][0]}"
        headers = {"If-Match": site.nutanix.ask("GET", path, at="dr").headers["ETag"]}
        site.nutanix.done(site.nutanix.ask("DELETE", path, at="dr", headers=headers), at="dr")
        held = [{"vm_ext_id": site.nutanix.entity(name)} for name in ("vm-01", "vm-02")]
        groups = [{"volume_group_ext_id": site.nutanix.entity("data")}]
        newer = site.outcome(
            "nutanix_recovery_point", name="newer", vm_recovery_points=held, volume_group_recovery_points=groups
        )
        site.outcome("nutanix_recovery_point_replicate", ext_id=newer.result["ext_id"], target=site.dr)
        second = site.outcome(**recovery)
        assert (second.status, told(second)[0]) == (SUCCEEDED, "restore 1 part of recovery point newer")
        # It is as old as the oldest of it.
        assert second.result["ext_id"] == first.result["ext_id"]
        [warning] = second.warnings
        assert warning.startswith("drill-data and 1 more is there from another recovery point")

    def test_a_run_that_was_killed_is_gone_on_with(self, site: Site, recovery: dict[str, Any]) -> None:
        site.outcome(**recovery, wait=False)
        site.nutanix.advance(2)
        one = site.outcome(**recovery)
        assert (one.status, sorted(self.there(site))) == (SUCCEEDED, ["drill-data", "drill-vm-01", "drill-vm-02"])

    @pytest.mark.parametrize("waited", [True, False])
    def test_another_run_between_two_lists(
        self, site: Site, recovery: dict[str, Any], monkeypatch: pytest.MonkeyPatch, waited: bool
    ) -> None:
        """The VMs are listed before the other run makes them, the volume group after it has made that."""
        list_groups = restore_item.api.list_volume_groups

        def late(*given: Any) -> Any:
            monkeypatch.undo()
            site.outcome(**recovery, wait=waited)
            return list_groups(*given)

        monkeypatch.setattr(restore_item.api, "list_volume_groups", late)
        one = site.outcome(**recovery)
        assert one.status == SUCCEEDED
        made = sorted(entry["name"] for entry in site.nutanix.state("dr")["entities"])
        assert made == ["drill-data", "drill-vm-01", "drill-vm-02"]
        restores = {call for call in changes(site) if call.endswith("/restore")}
        assert len(restores) == 1

    def test_passes_that_are_processes_of_their_own(self, site: Site, recovery: dict[str, Any]) -> None:
        one = site.outcome(**recovery, wait=False)
        for _pass in range(40):
            site.nutanix.advance(30)
            one = site.outcome(**recovery, wait=False, _started_jobs=one.result["started_jobs"])
        assert (one.status, sorted(self.there(site))) == (SUCCEEDED, ["drill-data", "drill-vm-01", "drill-vm-02"])
        assert len([call for call in changes(site) if call.endswith("/restore")]) == 1

    def test_a_vm_without_a_known_origin_is_not_deleted(self, site: Site, recovery: dict[str, Any]) -> None:
        for override in recovery["vm_recovery_point_restore_overrides"]:
            override["vm_override_spec"].pop("description")
        site.outcome(**recovery)
        # All tasks are forgotten.
        site.nutanix.service.world.centrals["dr"].tasks.clear()
        one = site.outcome(**recovery, state="absent")
        assert (one.status, len(self.there(site))) == (BLOCKED, 3)
        assert "so it is not deleted" in one.reason

    @pytest.mark.parametrize("place", ["power-on", "ahv/config/vms/"])
    def test_a_vm_that_has_just_been_changed(self, site: Site, recovery: dict[str, Any], place: str) -> None:
        site.nutanix.fault("status", place, status=412, code="PLAT-10005", message="changed")
        assert site.outcome(**recovery).status == SUCCEEDED


class TestOnAnotherCluster:
    def test_a_newer_recovery_point_that_is_not_there_yet(self, site: Site, drill: dict[str, Any]) -> None:
        """It is no reason not to restore the one that is."""
        second = "7a1c0de0-0000-4000-8000-000000000012"
        nightly = drill["ext_id"]
        site.outcome("nutanix_recovery_point_replicate", ext_id=nightly, cluster_ext_id=second)
        vm = site.nutanix.entity("vm-01")
        site.outcome("nutanix_recovery_point", name="newer", vm_recovery_points=[{"vm_ext_id": vm}])
        override = {"vm_ext_id": vm, "vm_override_spec": {"name": "drill"}}
        newest = {"module": RESTORE, "vm_recovery_point_restore_overrides": [override], "check_mode": True}
        there = site.outcome(**newest, cluster_ext_id=second)
        assert (there.result["ext_id"], told(there)) == (nightly, ["restore 1 part of recovery point nightly"])
        assert told(site.outcome(**newest, cluster_ext_id=CLUSTER)) == ["restore 1 part of recovery point newer"]
        nowhere = site.outcome(**newest, cluster_ext_id=NOBODY)
        assert (nowhere.status, "has no data on cluster" in nowhere.reason) == (BLOCKED, True)


class TestRevert:
    def test_each_run_reverts(self, site: Site, back: dict[str, Any]) -> None:
        first = site.outcome(**back)
        assert (first.status, first.reason) == (SUCCEEDED, "")
        assert told(first) == [f"revert VM vm-01 to recovery point {back['vm_recovery_point_ext_id']}"]
        assert (first.result["response"]["status"], first.result["ext_id"]) == ("SUCCEEDED", back["ext_id"])
        second = site.outcome(**back)
        assert (second.status, len(told(second))) == (SUCCEEDED, 1)
        assert second.result["task_ext_id"] != first.result["task_ext_id"]

    def test_check_mode(self, site: Site, back: dict[str, Any]) -> None:
        predicted = site.outcome(**back, check_mode=True)
        assert (len(told(predicted)), changes(site)) == (1, [])

    def test_two_runs_at_once_revert_once(self, site: Site, back: dict[str, Any]) -> None:
        items = [site.run(**back).item for _run in range(2)]
        for item, decision in [(item, item.decide(item.observe())) for item in items]:
            [action] = decision.actions
            item.perform(action)
        site.nutanix.advance(600)
        found = [item.decide(item.observe()) for item in items]
        assert [one.status for one in found] == [SUCCEEDED, SUCCEEDED]
        assert found[0].result["task_ext_id"] == found[1].result["task_ext_id"]

    def test_without_waiting(self, site: Site, back: dict[str, Any]) -> None:
        first = site.outcome(**back, wait=False)
        site.nutanix.advance(10)
        second = site.outcome(**back, wait=False)
        assert (second.status, told(second)) == (RUNNING, [])
        assert second.result["task_ext_id"] == first.result["task_ext_id"]

    def test_passes_that_are_processes_of_their_own(self, site: Site, back: dict[str, Any]) -> None:
        first = site.outcome(**back, wait=False)
        site.nutanix.advance(600)
        second = site.outcome(**back, wait=False, _started_jobs=first.result["started_jobs"])
        assert (second.status, told(second)) == (SUCCEEDED, [])

    @pytest.mark.parametrize("state", ["FAILED", "CANCELED"])
    def test_a_task_that_fails(self, site: Site, back: dict[str, Any], state: str) -> None:
        site.nutanix.fault("task_end", "revert", state=state, message="no luck")
        first = site.outcome(**back)
        assert (first.status, f"ended {state}" in first.reason) == (FAILED, True)
        second = site.outcome(**back)
        assert (second.status, len(told(second))) == (SUCCEEDED, 1)

    def test_a_vm_that_has_just_been_changed(self, site: Site, back: dict[str, Any]) -> None:
        site.nutanix.fault("status", "revert", status=412, code="PLAT-10005", message="changed")
        one = site.outcome(**back)
        assert (one.status, len(told(one))) == (SUCCEEDED, 1)

    def test_what_is_not_there(self, site: Site, back: dict[str, Any]) -> None:
        one = site.outcome(**{**back, "ext_id": NOBODY})
        assert (one.status, one.reason) == (FAILED, f"there is no VM {NOBODY}")
        other = site.outcome(**{**back, "vm_recovery_point_ext_id": NOBODY})
        assert (other.status, "VMM-32810" in other.reason) == (FAILED, True)

    def test_to_the_newest_recovery_point(self, site: Site, back: dict[str, Any]) -> None:
        one = site.outcome(**{**back, "vm_recovery_point_ext_id": "latest"})
        assert (one.status, one.result["vm_recovery_point_ext_id"]) == (SUCCEEDED, back["vm_recovery_point_ext_id"])
        none = site.outcome(REVERT, ext_id=site.nutanix.entity("bare"), vm_recovery_point_ext_id="latest")
        assert (none.status, none.reason) == (FAILED, "there is no usable recovery point of VM bare")

    def test_categories_too(self, site: Site, back: dict[str, Any]) -> None:
        if not hasattr(pytest.importorskip("ntnx_vmm_py_client").models, "VmRevertOverrideSpec"):
            pytest.skip("it came with release 4.2 of the library")
        one = site.outcome(**back, should_revert_vm_categories=True)
        assert one.status == SUCCEEDED
        [entry] = site.nutanix.admin("GET", "requests?contains=revert")["requests"]
        assert entry["body"]["overrideSpec"]["shouldRevertVmCategories"] is True
