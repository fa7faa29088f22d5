# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the collection does with recovery points, from one end to the other, by the API's functions."""

from __future__ import annotations

import datetime
from typing import Any

import pytest

from ansible_collections.bcdr.multicloud.plugins.module_utils._core.errors import Conflict, ProviderError
from ansible_collections.bcdr.multicloud.plugins.module_utils._core.reconcile import FAILED, RUNNING, SUCCEEDED
from ansible_collections.bcdr.multicloud.plugins.module_utils._nutanix import api
from ansible_collections.bcdr.multicloud.plugins.module_utils._nutanix.client import PrismCentral
from ansible_collections.bcdr.multicloud.plugins.module_utils._nutanix.values import RecoveryPoint, Task

MAIN, DR = "7a1c0de0-0000-4000-8000-000000000001", "7a1c0de0-0000-4000-8000-000000000002"
CLUSTER_DR = "7a1c0de0-0000-4000-8000-000000000021"
NOBODY = "99999999-0000-4000-8000-000000000000"


def done(nutanix: Any, central: PrismCentral, task: str) -> Task:
    nutanix.advance(10_000)
    return api.get_task(central, task)


def nightly(central: PrismCentral) -> RecoveryPoint:
    listed = api.list_recovery_points(central, f"name eq {api.quoted('nightly')}")[0]
    point = api.get_recovery_point(central, listed.ext_id)
    assert point is not None
    return point


def test_life_of_a_recovery_point(nutanix: Any, main: PrismCentral) -> None:
    fields = {
        "name": "it's new",
        "recovery_point_type": "APPLICATION_CONSISTENT",
        "vm_recovery_points": [
            {
                "vm_ext_id": nutanix.entity("vm-01"),
                "application_consistent_properties": {
                    "object_type": "dataprotection.v4.common.VssProperties",
                    "backup_type": "FULL_BACKUP",
                    "writers": ["w"],
                },
            }
        ],
        "volume_group_recovery_points": [{"volume_group_ext_id": nutanix.entity("data")}],
        "expiration_time": None,
    }
    started = api.create_recovery_point(main, fields, token="one")
    nutanix.advance(15)
    running = api.get_task(main, started)
    assert (running.status, running.percent, running.cancelable) == (RUNNING, 50.0, True)
    task = done(nutanix, main, started)
    assert (task.status, task.operation) == (SUCCEEDED, "CreateRecoveryPoint")
    listed = api.list_recovery_points(main, f"name eq {api.quoted(fields['name'])}")
    assert [one.ext_id for one in listed] == [task.detail("recoveryPointExtId")]
    assert listed[0].vm_recovery_points[0].disk_ids is None
    point = api.get_recovery_point(main, listed[0].ext_id)
    assert point is not None
    assert point.expires is None
    assert point.recovery_point_type == "APPLICATION_CONSISTENT"
    assert len(point.vm_recovery_points[0].disk_ids or ()) == 2
    part = api.get_vm_recovery_point(main, point.ext_id, point.vm_recovery_points[0].ext_id)
    assert part == point.vm_recovery_points[0]
    expires = main.now() + datetime.timedelta(days=2)
    assert done(nutanix, main, api.set_expiration_time(main, point, expires)).status == SUCCEEDED
    with pytest.raises(Conflict):
        api.set_expiration_time(main, point, expires)
    changed = api.get_recovery_point(main, point.ext_id)
    assert changed is not None
    assert changed.expires == expires
    assert done(nutanix, main, api.delete_recovery_point(main, changed)).status == SUCCEEDED
    assert api.get_recovery_point(main, point.ext_id) is None
    assert api.get_vm_recovery_point(main, point.ext_id, part.ext_id if part else "") is None


def test_replicate_and_restore(nutanix: Any, main: PrismCentral, dr: PrismCentral) -> None:
    for central, ext_id in ((main, MAIN), (dr, DR)):
        assert [one.ext_id for one in api.list_clusters(central) if one.is_prism_central] == [ext_id]
    assert {cluster.name for cluster in api.list_clusters(dr) if not cluster.is_prism_central} == {"far"}
    source = nightly(main)
    task = done(nutanix, main, api.replicate_recovery_point(main, source.ext_id, DR, CLUSTER_DR))
    same = f"locationAgnosticId eq {api.quoted(source.location_agnostic_id)}"
    replicas = api.list_recovery_points(dr, same)
    assert [one.ext_id for one in replicas] == [task.detail("recoveryPointExtId")]
    assert (replicas[0].source_pc_ext_id, replicas[0].cluster_ext_ids) == (MAIN, (CLUSTER_DR,))
    if main._library("dataprotection").type_named("dataprotection.v4.config.AhvVmOverrideSpec") is None:
        pytest.skip("restores have overrides since release 4.1 of the library")
    vm = api.get_vm(main, nutanix.entity("vm-01"))
    assert vm is not None
    kind = "vmm.v4.ahv.config.VmRestoreVirtualEthernetNicNetworkInfoOverrideSpec"
    network = {"object_type": kind, "subnet": {"ext_id": nutanix.subnet("isolated")}}
    spec = {
        "cluster_ext_id": CLUSTER_DR,
        "vm_recovery_point_restore_overrides": [
            {
                "vm_recovery_point_ext_id": replicas[0].vm_recovery_points[0].ext_id,
                "vm_override_spec": {
                    "object_type": "dataprotection.v4.config.AhvVmOverrideSpec",
                    "name": "drill",
                    "nic_spec": {
                        "nic_override_list": [{"nic_ext_id": vm[0]["nics"][0]["ext_id"], "nic_network_info": network}]
                    },
                },
            }
        ],
    }
    restored = done(nutanix, dr, api.restore_recovery_point(dr, replicas[0].ext_id, spec))
    assert restored.status == SUCCEEDED, restored.reason
    assert len(restored.ids("vmExtIds")) == 1
    made = api.get_vm(dr, restored.ids("vmExtIds")[0])
    assert made is not None
    assert made[0]["name"] == "drill"
    everything = done(nutanix, dr, api.restore_recovery_point(dr, replicas[0].ext_id, {}))
    assert everything.status == FAILED
    assert "subnet" in everything.reason


def test_revert(nutanix: Any, main: PrismCentral) -> None:
    ext_id = nutanix.entity("vm-01")
    vm = api.get_vm(main, ext_id)
    assert vm is not None
    part = nightly(main).vm_recovery_points[0].ext_id
    spec: dict[str, Any] = {"vm_recovery_point_ext_id": part}
    if main._library("vmm").type_named("vmm.v4.ahv.config.VmRevertOverrideSpec"):  # since 4.2
        spec["override_spec"] = {"should_revert_vm_categories": True}
    task = done(nutanix, main, api.revert_vm(main, ext_id, spec, vm[1]))
    assert (task.status, task.detail("VM Recovery Point UUID")) == (SUCCEEDED, part)
    with pytest.raises(Conflict):
        api.revert_vm(main, ext_id, spec, vm[1])
    assert api.get_vm(main, NOBODY) is None


@pytest.mark.parametrize("state", ["FAILED", "CANCELED", "SUSPENDED"])
def test_task_that_does_not_succeed(nutanix: Any, main: PrismCentral, state: str) -> None:
    nutanix.fault("task_end", "recovery-points", state=state, message="no luck")
    task = done(nutanix, main, api.delete_recovery_point(main, nightly(main)))
    assert (task.state, task.ext_id in task.reason) == (state, True)


def test_cancel(nutanix: Any, main: PrismCentral) -> None:
    started = api.create_recovery_point(main, {"vm_recovery_points": [{"vm_ext_id": nutanix.entity("vm-01")}]})
    api.cancel_task(main, started)
    assert api.get_task(main, started).status == RUNNING
    assert done(nutanix, main, started).status == FAILED
    with pytest.raises(Conflict):
        api.cancel_task(main, started)


def test_unknown_task(nutanix: Any, main: PrismCentral) -> None:
    with pytest.raises(ProviderError) as caught:
        api.get_task(main, f"ZXJnb24=:{NOBODY}")
    assert caught.value.status == 404


def test_path_that_is_not_there_is_no_missing_entity(nutanix: Any, main: PrismCentral) -> None:
    """Else a server without this API would look like one without recovery points."""
    api.list_recovery_points(main)
    client = main._library("dataprotection").client
    if not hasattr(client, "negotiated_version"):
        pytest.skip("this release of the library has one version only")
    client.negotiated_version = "v4.9"
    with pytest.raises(ProviderError, match=r"speaks v4\.9"):
        api.get_recovery_point(main, NOBODY)


def test_availability_zones(plant: Any, login: Any) -> None:
    """Only API v3 tells them, with the session of the library."""
    plant()
    zones = api.list_availability_zones(login())
    assert [(zone.name, zone.pc_ext_id) for zone in zones] == [("Local AZ", MAIN), ("PC_127.0.0.1", DR)]
    plant(paired_with=[])
    assert [zone.pc_ext_id for zone in api.list_availability_zones(login())] == [MAIN]


def test_availability_zones_that_are_refused(nutanix: Any, main: PrismCentral) -> None:
    """A 404 is not taken for another version of the API."""
    nutanix.fault("status", "availability_zones", status=404, code="NONE", message="nothing here")
    with pytest.raises(ProviderError, match=r"^availability_zones/list: NONE: nothing here") as caught:
        api.list_availability_zones(main)
    assert caught.value.status == 404


@pytest.mark.parametrize(("text", "literal"), [("a", "'a'"), ("it's", "'it''s'"), ("''", "''''''"), ("", "''")])
def test_quoted(text: str, literal: str) -> None:
    assert api.quoted(text) == literal
