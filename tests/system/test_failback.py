# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""There and home again with the playbooks: protect, home is gone, failover, home is back, failback, protect."""

from __future__ import annotations

from typing import Any

import pytest
from system.efs_fleet import FRANKFURT, IRELAND
from system.failback_fleet import WORKLOADS, clock, lose_home, outage, run, seed
from system.nutanix_fleet import MAIN, OTHER
from system.runner import Ansible, Run
from system.sandbox_process import SandboxProcess

SPEED = 600.0
# Up to a dozen playbooks, one after the other.
pytestmark = pytest.mark.timeout(900)
Json = dict[str, Any]
# Words of the line about a workload that cannot come home since what it had there is still there.
IN_THE_WAY = {
    "azure_vm": "app1: BLOCKED: disk app1-os in resource group rg-app exists and was made from something else",
    "nutanix_vm": "shop: BLOCKED: there is a VM app already",
}


def _lines(ran: Run, task: str) -> str:
    return "\n".join(line for result in ran.results(task) for line in result.get("msg", ()))


def _points(sandbox: SandboxProcess, kind: str) -> dict[str, list[str]]:
    """What recovery points there are, by where they are."""
    if kind == "azure_vm":
        return {
            entry["id"].rsplit("/", 1)[-1]: [point["name"] for point in entry["points"]]
            for entry in sandbox.state()["collections"]
        }
    if kind == "efs":
        vaults = {IRELAND: "main", FRANKFURT: "dr"}
        return {
            region: [point["arn"] for point in sandbox.vault_points(region, name)] for region, name in vaults.items()
        }
    return {site: [point["location_agnostic_id"] for point in sandbox.recovery_points(site)] for site in (MAIN, OTHER)}


def _running(sandbox: SandboxProcess, kind: str) -> dict[str, list[Json]]:
    """What runs at home and elsewhere."""
    if kind == "azure_vm":
        vms = sandbox.state()["virtual_machines"]
        places = {"home": "/rg-app/", "elsewhere": "/rg-dr/"}
        return {place: [vm for vm in vms if group in vm["id"]] for place, group in places.items()}
    if kind == "efs":
        return {"home": sandbox.file_systems(IRELAND), "elsewhere": sandbox.file_systems(FRANKFURT)}
    return {"home": sandbox.entities(MAIN), "elsewhere": sandbox.entities(OTHER)}


def _settled(running: list[Json]) -> list[Json]:
    """Without what changes while nobody does anything to it."""
    return [{name: value for name, value in entry.items() if name != "restore_points"} for entry in running]


def _as_it_is_at_home(workload: Json, home: list[Json]) -> Json:
    """The workload with the identifiers that AWS and Nutanix have given to what came home."""
    if workload["type"] == "efs":
        (restored,) = [entry for entry in home if entry["restored"]]
        return {**workload, "file_system_id": restored["arn"].rsplit("/", 1)[-1]}
    if workload["type"] == "nutanix_vm":
        ids = {entry["name"]: entry["ext_id"] for entry in home}
        entities = {
            kind: [{"name": one["name"], "ext_id": ids[one["name"]]} for one in workload[kind]]
            for kind in ("vms", "volume_groups")
        }
        return {**workload, **entities}
    return workload


@pytest.mark.parametrize("kind", WORKLOADS)
def test_there_and_home_again(sandbox: SandboxProcess, ansible: Ansible, kind: str) -> None:
    workload = WORKLOADS[kind]
    away = {**workload, "failed_over": True}
    sandbox.plant(seed())
    run(ansible, "protect", [workload])
    outage(sandbox, True)
    run(ansible, "failover", [workload], dr_confirm_failover=True)
    outage(sandbox, False)
    there, before = _points(sandbox, kind), _running(sandbox, kind)

    # The file says now that it is failed over: what runs elsewhere is what counts.
    sandbox.clear_requests()
    told = _lines(run(ansible, "status", [away]), "Tell where each workload stands")
    assert told.startswith(f"{workload['name']} (failed over): RPO BREACHED of 30d: here nothing yet, ")
    assert sandbox.writes() == []
    run(ansible, "protect", [away])
    # Which is the same as to prepare the failback.
    prepared = run(ansible, "failback", [workload])
    assert prepared.changed == []
    said = _lines(prepared, "Tell how far the workloads are on their way home")
    assert said.startswith(f"{workload['name']} (failed over): within RPO of 30d: here ")
    assert "to do" not in said
    on_the_way = _points(sandbox, kind)
    assert all(set(points) <= set(on_the_way[where]) for where, points in there.items())
    assert [_settled(running) for running in _running(sandbox, kind).values()] == [
        _settled(running) for running in before.values()
    ]

    # Nobody says since when it is stopped.
    sandbox.clear_requests()
    refused = run(ansible, "failback", [workload], dr_confirm_failback=[workload["name"]], rc=2)
    assert f"failback of {workload['name']}: since when are they stopped?" in refused.stdout
    assert sandbox.writes() == []
    coming: Json = {"dr_confirm_failback": [workload["name"]], "dr_stopped_at": clock(sandbox)}
    if kind in IN_THE_WAY:
        ran = run(ansible, "failback", [away], rc=2, **coming)
        assert _lines(ran, "Tell what is at home").startswith(IN_THE_WAY[kind])
        assert _settled(_running(sandbox, kind)["home"]) == _settled(before["home"])
    lose_home(sandbox, kind)
    run(ansible, "failback", [away], **coming)
    last, after = _points(sandbox, kind), _running(sandbox, kind)
    # One more, however many runs it took, and its copy; nothing is gone.
    assert sum(map(len, last.values())) == sum(map(len, on_the_way.values())) + 2
    assert all(set(points) <= set(last[where]) for where, points in on_the_way.items())
    assert _settled(after["elsewhere"]) == _settled(before["elsewhere"])
    assert len(after["home"]) == len(before["home"])
    assert run(ansible, "failback", [away], **coming).changed == []

    # At home again, and protected from there.
    home = {**_as_it_is_at_home(workload, after["home"]), "max_age": "1m"}
    run(ansible, "protect", [home])
    told = _lines(run(ansible, "status", [home]), "Tell where each workload stands")
    assert told.startswith(f"{workload['name']}: within RPO of 30d: here ")
    assert sandbox.refused() == []
