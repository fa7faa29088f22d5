# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Nutanix's own client libraries, unchanged, against the sandbox over HTTPS."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from nutanix_sandbox import CLUSTER, CLUSTER_DR, DR, KEY, MAIN, PASSWORD, Nutanix
from sandbox.cli import Sandbox

dataprotection = pytest.importorskip("ntnx_dataprotection_py_client")
prism = pytest.importorskip("ntnx_prism_py_client")
vmm = pytest.importorskip("ntnx_vmm_py_client")
clustermgmt = pytest.importorskip("ntnx_clustermgmt_py_client")

UTC = datetime.timezone.utc


class Libraries:
    """The libraries, set up for one Prism Central of the sandbox."""

    def __init__(self, sandbox: Sandbox, nutanix: Nutanix, name: str = "main", key: str = "") -> None:
        self.nutanix = nutanix
        self.name = name
        self._sandbox = sandbox
        self._key = key
        self.clients: dict[str, Any] = {}

    def api(self, package: Any, name: str) -> Any:
        """One of a library's interfaces."""
        if package.__name__ not in self.clients:
            configuration = package.Configuration()
            configuration.host = "127.0.0.1"
            configuration.port = self.nutanix.service.ports[self.name]
            configuration.root_ca_certificate_file = str(self._sandbox.authority)
            configuration.max_retry_attempts = 1
            configuration.backoff_factor = 0
            configuration.api_key = {}  # else that of another configuration
            if self._key:
                configuration.set_api_key(self._key)
            else:
                configuration.username, configuration.password = "admin", PASSWORD
            self.clients[package.__name__] = package.ApiClient(configuration)
        return getattr(package, name)(self.clients[package.__name__])

    def close(self) -> None:
        """Close all connections."""
        for client in self.clients.values():
            client.rest_client.pool_manager.clear()

    @property
    def points(self) -> Any:
        """Recovery points."""
        return self.api(dataprotection, "RecoveryPointsApi")

    def get(self, ext_id: str) -> Any:
        """A recovery point's answer, which has the ETag."""
        return self.points.get_recovery_point_by_id(ext_id)

    def etag(self, answer: Any) -> str:
        """The ETag of an answer."""
        return str(dataprotection.ApiClient.get_etag(answer))

    def done(self, answer: Any, seconds: float = 10_000) -> Any:
        """The task of a change once it had the time to end."""
        assert answer.data.ext_id.startswith("ZXJnb24=:")
        self.nutanix.advance(seconds)
        return self.api(prism, "TasksApi").get_task_by_id(answer.data.ext_id).data

    def detail(self, task: Any, name: str) -> str:
        """One of its completion details."""
        assert task.status == "SUCCEEDED", task
        return next(str(one.value) for one in task.completion_details if one.name == name)


@pytest.fixture
def planted(served_nutanix: Sandbox) -> Nutanix:
    """A new state."""
    return Nutanix(served_nutanix.application)


Libs = Callable[..., Libraries]


@pytest.fixture
def libraries(served_nutanix: Sandbox) -> Iterator[Libs]:
    """Makes libraries for a Prism Central, and closes them."""
    made: list[Libraries] = []

    def make(nutanix: Nutanix, name: str = "main", key: str = "") -> Libraries:
        made.append(Libraries(served_nutanix, nutanix, name, key))
        return made[-1]

    yield make
    for one in made:
        one.close()


@pytest.fixture
def main(libraries: Libs, planted: Nutanix) -> Libraries:
    """The source."""
    return libraries(planted)


@pytest.fixture
def dr(libraries: Libs, planted: Nutanix) -> Libraries:
    """The other site."""
    return libraries(planted, "dr")


def in_days(planted: Nutanix, days: int) -> datetime.datetime:
    return datetime.datetime.fromtimestamp(planted.application.clock.now(), UTC) + datetime.timedelta(days=days)


def new_point(main: Libraries, name: str, *vms: str) -> Any:
    parts = [dataprotection.VmRecoveryPoint(vm_ext_id=main.nutanix.entity(vm)) for vm in vms]
    body = dataprotection.RecoveryPoint(name=name, vm_recovery_points=parts, expiration_time=in_days(main.nutanix, 7))
    return main.points.create_recovery_point(body)


def test_life_of_a_recovery_point(main: Libraries) -> None:
    """Create, read, change the expiration, delete."""
    task = main.done(new_point(main, "made", "vm-01", "vm-02"))
    assert (task.operation, task.progress_percentage, task.cluster_ext_ids) == ("CreateRecoveryPoint", 100, [CLUSTER])
    ext_id = main.detail(task, "recoveryPointExtId")
    answer = main.get(ext_id)
    point = answer.data
    assert (point.name, point.status, len(point.vm_recovery_points)) == ("made", "COMPLETE", 2)
    assert point.source_location.domain_manager_ext_id == MAIN
    assert [disk.disk_ext_id for disk in point.vm_recovery_points[0].disk_recovery_points]
    part = main.points.get_vm_recovery_point_by_id(ext_id, point.vm_recovery_points[1].ext_id).data
    assert part.vm_ext_id == main.nutanix.entity("vm-02")
    later = in_days(main.nutanix, 30)
    spec = dataprotection.ExpirationTimeSpec(expiration_time=later)
    main.done(main.points.set_recovery_point_expiration_time(ext_id, spec, if_match=main.etag(answer)))
    assert main.get(ext_id).data.expiration_time == later
    with pytest.raises(dataprotection.rest.ApiException) as caught:
        main.points.delete_recovery_point_by_id(ext_id, if_match=main.etag(answer))
    assert caught.value.status == 412
    main.done(main.points.delete_recovery_point_by_id(ext_id, if_match=main.etag(main.get(ext_id))))
    with pytest.raises(dataprotection.rest.ApiException) as caught:
        main.get(ext_id)
    assert caught.value.status == 404
    assert "DP-10400" in caught.value.body


def test_lists_beyond_a_page(main: Libraries) -> None:
    """130 recovery points in pages of 100; filter, order, projection."""
    for number in range(130):
        new_point(main, f"many-{number:03d}", "vm-01")
    main.nutanix.advance(100)
    first = main.points.list_recovery_points(_limit=100, _filter="startswith(name,'many')", _orderby="name")
    second = main.points.list_recovery_points(_page=1, _limit=100, _filter="startswith(name,'many')", _orderby="name")
    assert (first.metadata.total_available_results, len(first.data), len(second.data)) == (130, 100, 30)
    assert [one.name for one in first.data + second.data] == [f"many-{number:03d}" for number in range(130)]
    assert len(main.points.list_recovery_points().data) == 50
    assert main.points.list_recovery_points(_filter="name eq 'nobody'").data is None
    shown = main.points.list_recovery_points(_select="name", _limit=1).data[0]
    assert type(shown).__name__ == "RecoveryPointProjection"
    vm = main.nutanix.entity("vm-02")
    found = main.points.list_recovery_points(_filter=f"vmRecoveryPoints/any(x:x/vmExtId eq '{vm}')").data
    assert [one.name for one in found] == ["nightly"]


def test_replicate_and_restore_there(main: Libraries, dr: Libraries) -> None:
    """The replica has the same location-agnostic id; its VM comes up in an isolated network."""
    source = main.nutanix.point()
    target = dr.api(clustermgmt, "ClustersApi").list_clusters(
        _filter="config/clusterFunction/any(t:t eq Clustermgmt.Config.ClusterFunctionRef'PRISM_CENTRAL')"
    ).data[0]  # fmt: skip
    assert target.ext_id == DR
    spec = dataprotection.RecoveryPointReplicationSpec(pc_ext_id=target.ext_id, cluster_ext_id=CLUSTER_DR)
    task = main.done(main.points.replicate_recovery_point(source["extId"], spec))
    assert (task.cluster_ext_ids, len(task.entities_affected) >= 2) == ([CLUSTER, CLUSTER_DR], True)
    replica = dr.get(main.detail(task, "recoveryPointExtId")).data
    assert replica.location_agnostic_id == source["locationAgnosticId"]
    nic = main.api(vmm, "VmApi").get_vm_by_id(main.nutanix.entity("vm-01")).data.nics[0].ext_id
    network = {"subnet": {"extId": main.nutanix.subnet("isolated")}}
    kind = "vmm.v4.ahv.config.VmRestoreVirtualEthernetNicNetworkInfoOverrideSpec"
    override = dataprotection.VmRestoreNicConfigOverrideParams(
        nic_ext_id=nic, nic_network_info={"$objectType": kind, **network}
    )
    vm = dataprotection.AhvVmOverrideSpec(
        name="drill", nic_spec=dataprotection.VmRestoreNicConfigSpecification(nic_override_list=[override])
    )
    restoration = dataprotection.RecoveryPointRestorationSpec(
        cluster_ext_id=CLUSTER_DR,
        vm_recovery_point_restore_overrides=[
            dataprotection.VmRecoveryPointRestoreOverride(
                vm_recovery_point_ext_id=replica.vm_recovery_points[0].ext_id, vm_override_spec=vm
            )
        ],
    )
    task = dr.done(dr.points.restore_recovery_point(replica.ext_id, restoration))
    restored = dr.api(vmm, "VmApi").get_vm_by_id(dr.detail(task, "vmExtIds")).data
    assert (restored.name, restored.power_state) == ("drill", "OFF")
    assert restored.nics[0].network_info.subnet.ext_id == main.nutanix.subnet("isolated")
    assert restored.disks[0].backing_info.disk_size_bytes == 10 * 2**30


def test_revert(main: Libraries) -> None:
    """With the VM's ETag."""
    vms = main.api(vmm, "VmApi")
    answer = vms.get_vm_by_id(main.nutanix.entity("vm-01"))
    body = vmm.AhvConfigRevertParams(vm_recovery_point_ext_id=main.nutanix.point()["vmRecoveryPoints"][0]["extId"])
    with pytest.raises(vmm.rest.ApiException) as caught:
        vms.revert_vm(answer.data.ext_id, body)
    assert caught.value.status == 428
    task = main.done(vms.revert_vm(answer.data.ext_id, body, if_match=vmm.ApiClient.get_etag(answer)))
    assert main.detail(task, "VM Recovery Point UUID") == body.vm_recovery_point_ext_id


def test_cancel(main: Libraries) -> None:
    """A task that runs is cancelled, and its recovery point is never there."""
    answer = new_point(main, "never", "vm-01")
    main.nutanix.advance(10)
    tasks = main.api(prism, "TasksApi")
    assert tasks.get_task_by_id(answer.data.ext_id).data.status == "RUNNING"
    tasks.cancel_task(answer.data.ext_id)
    assert tasks.get_task_by_id(answer.data.ext_id).data.status == "CANCELING"
    assert main.done(answer).status == "CANCELED"
    assert main.points.list_recovery_points(_filter="name eq 'never'").data is None
    listed = tasks.list_tasks(_filter="status eq Prism.Config.TaskStatus'CANCELED'").data
    assert [one.ext_id for one in listed] == [answer.data.ext_id]


def test_errors(main: Libraries) -> None:
    """Refused values and failed tasks, as the libraries read them."""
    body = dataprotection.RecoveryPoint(name="x", vm_recovery_points=[])
    with pytest.raises(dataprotection.rest.ApiException) as caught:
        main.points.create_recovery_point(body)
    assert caught.value.status == 400
    parts = [dataprotection.VmRecoveryPoint(vm_ext_id=main.nutanix.entity(vm)) for vm in ("vm-01", "elsewhere")]
    task = main.done(main.points.create_recovery_point(dataprotection.RecoveryPoint(vm_recovery_points=parts)))
    assert (task.status, task.error_messages[0].code, type(task.error_messages[0]).__name__) == (
        "FAILED", "SBX-400", "AppMessage",
    )  # fmt: skip


def test_application_consistent(main: Libraries) -> None:
    """The properties come back with their type."""
    vss = dataprotection.VssProperties(backup_type="FULL_BACKUP", should_include_writers=True, writers=["w"])
    part = dataprotection.VmRecoveryPoint(vm_ext_id=main.nutanix.entity("vm-01"), application_consistent_properties=vss)
    body = dataprotection.RecoveryPoint(recovery_point_type="APPLICATION_CONSISTENT", vm_recovery_points=[part])
    ext_id = main.detail(main.done(main.points.create_recovery_point(body)), "recoveryPointExtId")
    shown = main.get(ext_id).data.vm_recovery_points[0].application_consistent_properties
    assert (type(shown).__name__, shown.writers) == ("VssProperties", ["w"])


def test_sessions(libraries: Libs, main: Libraries, planted: Nutanix) -> None:
    """The cookie is used, renewed when it has expired, and never for replication by API key."""
    ext_id = planted.point()["extId"]
    main.get(ext_id)
    planted.advance(1000)
    main.get(ext_id)
    statuses = [entry["status"] for entry in planted.admin("GET", f"requests?contains={ext_id}")["requests"][-3:]]
    assert statuses == [200, 401, 200]
    by_key = libraries(planted, key=KEY)
    by_key.get(ext_id)
    spec = dataprotection.RecoveryPointReplicationSpec(pc_ext_id=DR)
    with pytest.raises(dataprotection.rest.ApiException) as caught:
        by_key.points.replicate_recovery_point(ext_id, spec)
    assert caught.value.status == 403


@pytest.mark.parametrize("version", ["v4.2", "v4.3"])
def test_negotiation(served_nutanix: Sandbox, libraries: Libs, version: str) -> None:
    """The libraries speak the older version, and restore without what it does not know."""
    main = libraries(Nutanix(served_nutanix.application, version=version))
    ext_id = main.nutanix.state()["recovery_points"][0]["ext_id"]
    assert main.get(ext_id).data.name == "nightly"
    assert main.clients["ntnx_dataprotection_py_client"].get_negotiated_version() == version
    paths = {entry["path"] for entry in main.nutanix.admin("GET", "requests?contains=recovery-points/")["requests"]}
    assert paths == {f"/api/dataprotection/{version}/config/recovery-points/{ext_id}"}
