# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""There and home again with the playbooks, for machines that were made of images, and for blobs."""

from __future__ import annotations

import json
from typing import Any

import pytest
from azure.storage.blob import ContainerClient
from system.blob_fleet import GIVEN
from system.failback_fleet import clock, delete_azure
from system.image_fleet import HOME, REGIONS, SIZES, SUBNET, links, role_seed, workload
from system.runner import Ansible, Run
from system.sandbox_process import SandboxProcess

SPEED = 600.0
# A dozen playbooks, one after the other.
pytestmark = pytest.mark.timeout(900)
Json = dict[str, Any]
WAY = "Tell how far the workloads are on their way home"
AT_HOME = "Tell what is at home"
STANDS = "Tell where each workload stands"
# What is told of a day without home.
ALLOWED = ("the source cannot be asked", "cannot be reached")


def _lines(ran: Run, task: str) -> str:
    return "\n".join(line for result in ran.results(task) for line in result.get("msg", ()))


# --- images ---------------------------------------------------------------------------------------------------------

HOME_SUBNET = SUBNET.replace("rg-northeurope", f"rg-{HOME}").replace("vnet-dr", "vnet")
GOLDEN = workload("golden", REGIONS[:2], rpo="30d", failback={"location": HOME, "subnet_id": HOME_SUBNET}, drill=None)


def _run_image(ansible: Ansible, verb: str, one: Json, *options: str, rc: int = 0, **variables: Any) -> Run:
    given = {"dr_workloads": [one], "azure_image_wait_delay": "1s", **variables}
    return ansible.named(f"bcdr.multicloud.{verb}", "-e", json.dumps(given), *options, rc=rc, allowed=ALLOWED)


def _machines(sandbox: SandboxProcess) -> dict[str, list[str]]:
    """The names of machines and their disks, by resource group."""
    found: dict[str, list[str]] = {}
    for kind in ("virtual_machines", "disks"):
        for entry in sandbox.state()[kind]:
            group, name = entry["id"].split("/")[4], entry["id"].rsplit("/", 1)[-1]
            found.setdefault(group, []).append(name)
    return {group: sorted(names) for group, names in found.items()}


def test_a_machine_that_was_made_of_an_image_there_and_home_again(sandbox: SandboxProcess, ansible: Ansible) -> None:
    sandbox.plant(role_seed(["golden"], links(slowest=6.0)))
    away = {**GOLDEN, "failed_over": True}
    _run_image(ansible, "protect", GOLDEN)
    sandbox.admin("POST", f"region/{HOME}/outage", {"on": True})
    _run_image(ansible, "failover", GOLDEN, dr_confirm_failover=True)
    sandbox.admin("POST", f"region/{HOME}/outage", {"on": False})
    there, versions = _machines(sandbox), set(sandbox.names("snapshots", "golden-"))
    assert there["rg-northeurope"] == ["golden", "golden-data-0", "golden-os"]

    # The file says now that it is failed over: what runs elsewhere is what counts.
    sandbox.clear_requests()
    told = _lines(_run_image(ansible, "status", away), STANDS)
    assert told.startswith("golden (failed over): RPO BREACHED of 30d: here nothing yet, westeurope nothing yet")
    assert sandbox.writes() == []
    foretold = _run_image(ansible, "failback", GOLDEN, "--check")
    assert "to do: create snapshot golden-failback-initial-os" in _lines(foretold, WAY)
    assert sandbox.writes() == []
    _run_image(ansible, "protect", away)
    # Which is the same as to prepare the failback.
    prepared = _run_image(ansible, "failback", GOLDEN)
    assert prepared.changed == []
    assert _lines(prepared, WAY).startswith("golden (failed over): within RPO of 30d: here ")
    on_the_way = set(sandbox.names("snapshots", "golden-"))
    first = {f"golden-failback-initial-{disk}{place}" for disk in SIZES for place in ("", f"-{HOME}")}
    assert on_the_way == versions | first
    assert _machines(sandbox) == there

    # Nobody says since when it is stopped; then it says a moment that lies ahead.
    sandbox.clear_requests()
    refused = _run_image(ansible, "failback", GOLDEN, rc=2, dr_confirm_failback=["golden"])
    assert "failback of golden: since when are they stopped?" in refused.stdout
    ahead = {"dr_confirm_failback": True, "dr_stopped_at": "2099-01-01T00:00:00Z"}
    assert (
        "newer_than: 2099-01-01T00:00:00Z lies ahead" in _run_image(ansible, "failback", GOLDEN, rc=2, **ahead).stdout
    )
    assert sandbox.writes() == []

    coming: Json = {"dr_confirm_failback": ["golden"], "dr_stopped_at": clock(sandbox)}
    blocked = _run_image(ansible, "failback", away, rc=2, **coming)
    assert _lines(blocked, AT_HOME).startswith("golden: BLOCKED: disk golden-os in resource group rg-westeurope exists")
    assert _machines(sandbox) == there
    for path in ("virtualMachines/golden", "disks/golden-os", "disks/golden-data-0"):
        delete_azure(sandbox, f"resourceGroups/rg-{HOME}/providers/Microsoft.Compute/{path}")
    restored = _lines(_run_image(ansible, "failback", away, **coming), AT_HOME)
    slot = coming["dr_stopped_at"].replace("-", "").replace(":", "")
    assert restored.startswith(f"golden: restored from golden-failback-{slot}, ")
    assert restored.endswith("; 2 disks, 90 GB, Linux: as the version has them")
    # One version more, however many runs it took; nothing is gone, and both machines are there.
    last = {f"golden-failback-{slot}-{disk}{place}" for disk in SIZES for place in ("", f"-{HOME}")}
    assert set(sandbox.names("snapshots", "golden-")) == on_the_way | last
    assert _machines(sandbox) == there
    assert _run_image(ansible, "failback", away, **coming).changed == []

    # At home again, and protected from there.
    home = {**GOLDEN, "max_age": "1m"}
    _run_image(ansible, "protect", home)
    told = _lines(_run_image(ansible, "status", home), STANDS)
    assert told.startswith("golden: within RPO of 30d: here ")
    assert sandbox.refused() == []


# --- blobs ----------------------------------------------------------------------------------------------------------

PHOTOS = ["a.jpg", "b.jpg", "broken.jpg", "c.jpg", "disk.vhd"]


class _Blobs:
    """A container of photos and a disk, that is copied to an account in another region."""

    def __init__(self, sandbox: SandboxProcess, ansible: Ansible) -> None:
        self._sandbox, self._ansible = sandbox, ansible
        blobs: list[Json] = [{"name": name, "text": f"first {name}"} for name in PHOTOS[:4]]
        blobs.append({"name": "disk.vhd", "type": "page", "size": 512})
        accounts: list[Json] = [
            {"name": "primary", "containers": [{"name": "photos", "blobs": blobs}]},
            {"name": "secondary", "location": "northeurope"},
        ]
        sandbox.plant({"storage": {"durations": {"copy_base": 30}, "accounts": accounts}})
        known = sandbox.state()["storage"]["accounts"]
        self.connections = {entry["name"]: entry["connection_string"] for entry in known}
        self.workload: Json = {
            "type": "azure_blob",
            "name": "photos",
            "rpo": "30d",
            "source": {"connection_string": GIVEN % "PRIMARY", "container": "photos"},
            "targets": [{"location": "northeurope", "connection_string": GIVEN % "SECONDARY"}],
            "create_containers": True,
            "failover": {"location": "northeurope", "allow_incomplete": True},
            "failback": {"location": "westeurope", "overwrite": True},
        }

    def run(self, verb: str, *options: str, rc: int = 0, allowed: tuple[str, ...] = (), **variables: Any) -> Run:
        given = {"dr_workloads": [self.workload], "azure_blob_wait_delay": "1s", **variables}
        environment = {f"HANDED_{name.upper()}": text for name, text in self.connections.items()}
        arguments = ["-e", json.dumps(given), *options]
        warnings = [*ALLOWED, *allowed]
        return self._ansible.named(f"bcdr.multicloud.{verb}", *arguments, rc=rc, env=environment, allowed=warnings)

    def container(self, account: str) -> ContainerClient:
        return ContainerClient.from_connection_string(
            self.connections[account], "photos", connection_verify=self._sandbox.environment["REQUESTS_CA_BUNDLE"]
        )

    def texts(self, account: str) -> dict[str, str]:
        """What is in the blobs, those of the collection's own aside."""
        with self.container(account) as container:
            names = [name for name in container.list_blob_names() if not name.startswith(".bcdr/")]
            return {name: container.download_blob(name).readall().decode().rstrip("\0") for name in names}

    def started(self) -> list[str]:
        """The blobs of home to which copies were started."""
        puts = [entry["path"] for entry in self._sandbox.requests("PUT", "/primary/photos/") if entry["status"] == 202]
        return sorted(path.removeprefix("/primary/photos/") for path in puts)


def test_blobs_there_and_home_again(sandbox: SandboxProcess, ansible: Ansible) -> None:
    photos = _Blobs(sandbox, ansible)
    photos.run("protect")
    # The last copy of one of them comes to nothing, and home is gone.
    with photos.container("primary") as container:
        container.upload_blob("broken.jpg", "second broken.jpg", overwrite=True)
    sandbox.add_faults(
        {"kind": "copy_end", "match": {"path_regex": "broken"}, "message": "500 InternalError Copy failed."}
    )
    photos.run("protect", rc=2)
    sandbox.admin("POST", "region/westeurope/outage", {"on": True})
    ready = _lines(photos.run("failover", dr_confirm_failover=True, allowed=("broken.jpg",)), "Tell what there is")
    assert ready.endswith("1 cannot be used and are left out")
    sandbox.admin("POST", "region/westeurope/outage", {"on": False})
    with photos.container("secondary") as container:
        container.upload_blob("a.jpg", "second a.jpg", overwrite=True)
        container.upload_blob("new.jpg", "first new.jpg")
        container.delete_blob("c.jpg")

    # What would be overwritten at home is a matter of saying so.
    sandbox.clear_requests()
    del photos.workload["failback"]["overwrite"]
    assert "never copied would be overwritten in photos; say overwrite: true" in photos.run("failback", rc=2).stdout
    photos.workload["failback"]["overwrite"] = True
    # And nothing is, unless the file says that it was failed over.
    assert "photos: failed_over is not set" in photos.run("failback", rc=2).stdout
    assert sandbox.writes() == []
    photos.workload["failed_over"] = True
    told = _lines(photos.run("status", allowed=("broken.jpg",)), STANDS)
    assert told.startswith("photos (failed over): within RPO of 30d: here 0s, westeurope ")
    assert "copy 2 blobs to primary/photos" in told
    assert sandbox.writes() == []
    prepared = photos.run("failback", allowed=("broken.jpg",))
    assert "broken.jpg: the copy to it failed" in _lines(prepared, WAY)
    # Not those that are the same, of which the disk has no MD5, and not what a copy has left that came to nothing.
    assert photos.started() == ["a.jpg", "new.jpg"]
    assert photos.run("failback", allowed=("broken.jpg",)).changed == []

    with photos.container("secondary") as container:
        container.upload_blob("new.jpg", "second new.jpg", overwrite=True)
    assert "since when are they stopped?" in photos.run("failback", rc=2, dr_confirm_failback=True).stdout
    ahead = {"dr_confirm_failback": True, "dr_stopped_at": "2099-01-01T00:00:00Z"}
    assert "lies ahead" in photos.run("failback", rc=2, allowed=("broken.jpg",), **ahead).stdout
    assert photos.texts("primary")["new.jpg"] == "first new.jpg"
    before = photos.texts("secondary")
    coming: Json = {"dr_confirm_failback": ["photos"], "dr_stopped_at": clock(sandbox)}
    there = _lines(photos.run("failback", allowed=("broken.jpg",), **coming), AT_HOME)
    assert "6 blobs, " in there
    assert ", in primary/photos, to be used where they are" in there
    assert photos.texts("primary") == {
        "a.jpg": "second a.jpg",
        "b.jpg": "first b.jpg",
        # Home has more than came home.
        "broken.jpg": "second broken.jpg",
        "c.jpg": "first c.jpg",
        "disk.vhd": before["disk.vhd"],
        "new.jpg": "second new.jpg",
    }
    assert photos.texts("secondary") == before
    assert photos.run("failback", allowed=("broken.jpg",), **coming).changed == []

    # What was deleted at the other place goes at home where that is asked for.
    photos.workload["failback"] |= {"delete_extra": True, "max_deletes": 1}
    photos.run("failback", allowed=("broken.jpg",), **coming)
    assert sorted(photos.texts("primary")) == ["a.jpg", "b.jpg", "broken.jpg", "disk.vhd", "new.jpg"]

    # At home again, and protected from there: only what had not been held is copied.
    del photos.workload["failed_over"]
    sandbox.clear_requests()
    photos.run("protect", allowed=("broken.jpg",))
    copied = [entry["path"] for entry in sandbox.requests("PUT", "/secondary/photos/") if entry["status"] == 202]
    assert copied == ["/secondary/photos/broken.jpg"]
    assert _lines(photos.run("status"), STANDS) == "photos: within RPO of 30d: here 0s, northeurope 0s"
