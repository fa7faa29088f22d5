# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A run that is killed anywhere loses nothing: the next one takes up where it stood, and nothing is made twice."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import pytest
from system.efs_fleet import (
    TARGETS,
    backup_task,
    efs_fleet,
    efs_id,
    file_system_task,
    subnets,
    vault_copy_task,
)
from system.fleet import NORTH, SWEDEN, arrived, copy_task, fleet, play, point_task, restore_task, source
from system.image_fleet import HOME as IMAGE_HOME
from system.image_fleet import REGIONS, SIZES, image_seed, links, replication_task
from system.nutanix_fleet import (
    login,
    nutanix_fleet,
    replica_task,
    restored_task,
    snapshot_task,
)
from system.runner import Ansible, Process
from system.sandbox_process import SandboxProcess

SPEED = 1200.0
# A copy takes three quarters of an hour, so that the hourly limit plays no part.
DURATIONS = {"copy_base": 2400, "local_point": 2400, "restore_disk": 2400, "create_vm": 2400}
NUTANIX_DURATIONS = {"create": 2400, "replicate_base": 2400, "restore_base": 2400, "power": 1200}
EFS_DURATIONS = {"backup_base": 2400, "copy_base": 1800, "restore_base": 2400, "create_mount_target": 1200}
Json = dict[str, Any]


@dataclass(frozen=True)
class Moment:
    """When to kill: so many seconds after a write, whose answer may be held back until then.

    `write` is a part of what identifies a request that makes the thing itself, `{name}` is filled in, and `method` is
    needed where requests that read have it too.
    """

    write: str
    held: bool = False
    seconds: float = 0.0
    method: str = ""

    def of(self, name: str) -> str:
        return self.write.format(name=name)


@dataclass(frozen=True)
class Case:
    """Each moment has a thing of its own, called after its key, so that all can be tried at once."""

    moments: Mapping[str, Moment]
    plant: Callable[[SandboxProcess], None]
    task: Callable[[SandboxProcess, str], Json]
    check: Callable[[SandboxProcess, str], None]


def _azure_moments(first: str, late: str) -> dict[str, Moment]:
    return {"early": Moment(first, held=True), "answered": Moment(first), "late": Moment(late, seconds=0.5)}


def _azure(task: Callable[[str], Json], seed: Callable[[str], list[Json]], **fields: Any) -> Case:
    def plant(sandbox: SandboxProcess) -> None:
        names = fields["moments"]
        sandbox.plant(fleet(names, [entry for name in names for entry in seed(name)], durations=DURATIONS))

    return Case(plant=plant, task=lambda _sandbox, name: task(name), **fields)


def _check_point(sandbox: SandboxProcess, vm: str) -> None:
    assert [point["name"] for point in sandbox.points(f"rpc-{vm}")] == ["bcdr-initial"]
    assert len(_accepted(sandbox, f"rpc-{vm}/restorePoints/")) == 1


def _check_copies(sandbox: SandboxProcess, vm: str) -> None:
    for region in (NORTH, SWEDEN):
        copies = sandbox.points(f"rpc-{vm}-{region}")
        assert [(copy["name"], copy["replication"]) for copy in copies] == [
            (name, "succeeded") for name in ("p1", "p2", "p3")
        ]
        assert len(_accepted(sandbox, f"rpc-{vm}-{region}/restorePoints/")) == 3


def _check_restored(sandbox: SandboxProcess, vm: str) -> None:
    assert sandbox.names("virtual_machines", f"{vm}-dr") == [f"{vm}-dr"]
    disks = sandbox.names("disks", f"{vm}-dr-")
    assert len(disks) == 2
    assert len(_accepted(sandbox, f"virtualMachines/{vm}-dr")) == 1
    assert len(_accepted(sandbox, f"disks/{vm}-dr-")) == 2


# Forty minutes per copy at most, so that there are several to go when the run is killed.
LINKS = links(slowest=40.0)


def _image_task(_sandbox: SandboxProcess, name: str) -> Json:
    return replication_task(name, LINKS, 2, image={})


def _plant_images(sandbox: SandboxProcess) -> None:
    sandbox.plant(image_seed(_IMAGE_MOMENTS, LINKS, 2))


# Killed while the first copies are being started, after that, and when the first image is.
_IMAGE_MOMENTS = {
    "early": Moment("snapshots/{name}-data-0-", held=True),
    "answered": Moment("snapshots/{name}-os-"),
    "late": Moment("images/{name}-"),
}


def _check_image(sandbox: SandboxProcess, name: str) -> None:
    copies = [entry for entry in sandbox.state()["snapshots"] if entry["source"] and f"/{name}-" in entry["id"]]
    assert {entry["replication"] for entry in copies} == {"succeeded"}
    assert len(copies) == len(REGIONS) * len(SIZES)
    # No copy was started twice, nor an image.
    assert len(_accepted(sandbox, f"snapshots/{name}-")) == len(copies)
    assert sandbox.names("images", f"{name}-") == sorted(f"{name}-{region}" for region in REGIONS)
    assert len(_accepted(sandbox, f"images/{name}-")) == len(REGIONS)
    assert {entry["location"] for entry in copies} == set(REGIONS) - {IMAGE_HOME}


# A fault can tell calls of AWS Backup apart by their region only, so what EFS has is called after regions.
PLACES = ("eu-west-1", "eu-west-2", "eu-north-1", "eu-south-1", "us-east-1")
HOME = {place: place for place in PLACES}
SET_UP: Json = {"throughput_mode": "elastic", "lifecycle_policies": {"transition_to_ia": "AFTER_30_DAYS"}}


def _efs(action: str, *others: Moment, **fields: Any) -> Case:
    write = f"aws:{{name}}:backup:{action}"
    moments = [Moment(write, held=True), Moment(write), Moment(write, seconds=0.5), *others]
    seed = fields.pop("seed")

    def plant(sandbox: SandboxProcess) -> None:
        sandbox.plant(efs_fleet(PLACES[: len(moments)], durations=EFS_DURATIONS, **seed))

    return Case(dict(zip(PLACES, moments, strict=False)), plant, **fields)


def _check_backup(sandbox: SandboxProcess, place: str) -> None:
    (job,) = sandbox.jobs("backup", region=place)
    (point,) = sandbox.vault_points(place, "main")
    assert (point["arn"], point["status"], job["state"]) == (job["made"], "COMPLETED", "COMPLETED")


def _check_vault_copies(sandbox: SandboxProcess, place: str) -> None:
    jobs = sandbox.jobs("copy", region=place)
    copies = [point for region in TARGETS for point in sandbox.vault_points(region, "dr", efs_id(place))]
    assert len(copies) == len(TARGETS)
    assert sorted(job["made"] for job in jobs) == sorted(copy["arn"] for copy in copies)
    assert {copy["status"] for copy in copies} == {"COMPLETED"}


def _restore_there(sandbox: SandboxProcess, place: str) -> Json:
    targets = [{"subnet_id": subnet} for subnet in subnets(sandbox, place)[:2]]
    return file_system_task(place, region=place, mount_targets=targets, **SET_UP)


def _check_file_system(sandbox: SandboxProcess, place: str) -> None:
    (job,) = sandbox.jobs("restore", region=place)
    (file_system,) = sandbox.file_systems(place, f"{place}-dr")
    assert (file_system["arn"], file_system["mount_targets"]) == (job["made"], 2)
    assert [restored["point"] for restored in file_system["restored"]] == [job["point"]]
    made = f"aws:{place}:elasticfilesystem:"
    assert len(_accepted(sandbox, f"{made}CreateMountTarget")) == 2
    assert len(_accepted(sandbox, f"{made}UpdateFileSystem")) == 1


# Two Prism Centrals to replicate to, and one to restore at for each moment.
REPLICAS = ("pc-dr", "pc-far")


def _nutanix(path: str, *others: Moment, **fields: Any) -> Case:
    write = f"nutanix:{{name}} {path}"
    moments = [Moment(write, held, seconds, "POST") for held, seconds in ((True, 0), (False, 0), (False, 0.5))]
    named = dict(zip(("pc-a", "pc-b", "pc-c", "pc-d", "pc-e"), [*moments, *others], strict=False))
    seed = fields.pop("seed")

    def plant(sandbox: SandboxProcess) -> None:
        sandbox.plant(nutanix_fleet(named, groups=True, durations=NUTANIX_DURATIONS, **seed(named)))

    return Case(named, plant, **fields)


def _at_home(names: Mapping[str, Any]) -> Json:
    """A fault cannot tell what a recovery point is of, so each VM is at a Prism Central of its own, which it is called after."""
    return {"home": {name: name for name in names}}


def _ended(sandbox: SandboxProcess, central: str, operation: str) -> list[Json]:
    """The tasks of a Prism Central with that operation, all of which have succeeded."""
    tasks = [entry for entry in sandbox.prism_central(central)["tasks"] if entry["operation"] == operation]
    assert {entry["status"] for entry in tasks} <= {"SUCCEEDED"}
    return tasks


def _check_snapshot(sandbox: SandboxProcess, name: str) -> None:
    (point,) = sandbox.recovery_points(name)
    assert sorted(part["name"] for part in point["parts"]) == [name, f"{name}-data"]
    assert len(_ended(sandbox, name, "CreateRecoveryPoint")) == 1


def _check_replicas(sandbox: SandboxProcess, name: str) -> None:
    (point,) = sandbox.recovery_points(name)
    for site in REPLICAS:
        (replica,) = sandbox.recovery_points(site, name)
        assert replica["location_agnostic_id"] == point["location_agnostic_id"]
    assert len(_ended(sandbox, name, "EntitySnapshotReplicate")) == len(REPLICAS)


def _check_vms(sandbox: SandboxProcess, name: str) -> None:
    """Each moment restores what is called after it at the Prism Central that is called so too."""
    made = {entry["name"]: entry for entry in sandbox.entities(name)}
    assert len(sandbox.entities(name)) == 2
    assert sorted(made) == [f"{name}-data-dr", f"{name}-dr"]
    assert made[f"{name}-dr"]["power"] == "ON"
    assert len(_ended(sandbox, name, "RestoreRecoveryPoint")) == 1
    assert len(_accepted(sandbox, f"nutanix:{name} /api/vmm/")) == 1


CASES = {
    "point": _azure(
        point_task,
        lambda vm: [source(vm)],
        moments=_azure_moments("rpc-{name}/restorePoints/", "rpc-{name}/restorePoints/"),
        check=_check_point,
    ),
    "copies": _azure(
        lambda vm: copy_task(vm, which=["all"]),
        lambda vm: [source(vm, (9000, 6000, 3000))],
        moments=_azure_moments("rpc-{name}-northeurope/restorePoints/", "rpc-{name}-swedencentral/restorePoints/p2"),
        check=_check_copies,
    ),
    "restore": _azure(
        restore_task,
        lambda vm: [source(vm, (9000,)), arrived(vm, ("p1",))],
        moments=_azure_moments("disks/{name}-dr-", "virtualMachines/{name}-dr"),
        check=_check_restored,
    ),
    "image": Case(moments=_IMAGE_MOMENTS, plant=_plant_images, task=_image_task, check=_check_image),
    "efs backup": _efs(
        "StartBackupJob",
        seed={"home": HOME},
        task=lambda _sandbox, place: backup_task(place, region=place),
        check=_check_backup,
    ),
    "efs copies": _efs(
        "StartCopyJob",
        seed={"home": HOME, "ages": (3000,)},
        task=lambda _sandbox, place: vault_copy_task(place, region=place),
        check=_check_vault_copies,
    ),
    "efs restore": _efs(
        "StartRestoreJob",
        # While it is being set up.
        Moment("aws:{name}:elasticfilesystem:UpdateFileSystem", held=True),
        Moment("aws:{name}:elasticfilesystem:CreateMountTarget"),
        seed={"ages": (3000,), "arrived": (1,), "targets": PLACES},
        task=_restore_there,
        check=_check_file_system,
    ),
    "nutanix recovery point": _nutanix(
        "/api/dataprotection/",
        seed=_at_home,
        task=lambda sandbox, name: snapshot_task(name, groups=True, **login(sandbox, name)),
        check=_check_snapshot,
    ),
    "nutanix replicas": _nutanix(
        "/api/dataprotection/",
        seed=lambda names: {**_at_home(names), "ages": (3000,), "targets": REPLICAS},
        task=lambda sandbox, name: replica_task(
            name, groups=True, **login(sandbox, name), targets=[login(sandbox, site) for site in REPLICAS]
        ),
        check=_check_replicas,
    ),
    "nutanix restore": _nutanix(
        "/api/dataprotection/",
        # While it is being switched on.
        Moment("nutanix:{name} /api/vmm/", held=True, method="POST"),
        Moment("nutanix:{name} /api/vmm/", method="POST"),
        seed=lambda names: {"ages": (3000,), "arrived": (1,), "targets": tuple(names)},
        task=lambda sandbox, name: restored_task(name, site=name, groups=True, **login(sandbox, name)),
        check=_check_vms,
    ),
}


@pytest.mark.parametrize("kind", CASES)
def test_a_killed_run_is_taken_up(sandbox: SandboxProcess, ansible: Ansible, kind: str) -> None:
    case = CASES[kind]
    case.plant(sandbox)
    # The answer comes late, when the change has long been made.
    sandbox.add_faults(
        *(
            {
                "kind": "delay",
                "match": {"method": moment.method or None, "path_regex": moment.of(name)},
                "seconds": 1.5,
                "when": "after",
            }
            for name, moment in case.moments.items()
            if moment.held
        )
    )
    with ThreadPoolExecutor(3) as pool:
        for future in [pool.submit(_kill_and_finish, sandbox, ansible, case, name) for name in case.moments]:
            future.result()
    for name in case.moments:
        case.check(sandbox, name)
    assert sandbox.refused() == []
    again = ansible.playbook([play([case.task(sandbox, name) for name in case.moments])])
    assert again.changed == []


def _kill_and_finish(sandbox: SandboxProcess, ansible: Ansible, case: Case, name: str) -> None:
    moment = case.moments[name]
    process = ansible.start([play([case.task(sandbox, name)])])
    write = moment.of(name)
    if moment.held:
        # The fault is used up when the request is there; the change is made, and the answer held back.
        _until(lambda: not any(fault["path_regex"] == write for fault in sandbox.faults()), process)
        time.sleep(0.2)
    else:
        _until(lambda: bool(_accepted(sandbox, write)), process)
    time.sleep(moment.seconds)
    assert process.popen.poll() is None, process.finish(rc=None).output
    process.kill()
    _until(lambda: bool(_accepted(sandbox, write)))
    finished = ansible.playbook([play([case.task(sandbox, name)])])
    (event,) = finished.events
    assert event["result"]["status"] == "succeeded"


def _accepted(sandbox: SandboxProcess, write: str) -> list[Json]:
    return [entry for entry in sandbox.writes(write) if entry["status"] < 300]


def _until(condition: Callable[[], bool], process: Process | None = None, seconds: float = 30.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert process is None or process.popen.poll() is None, "the run has ended before that"
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.05)
