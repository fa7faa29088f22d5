# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Workloads of blobs by the playbooks of the collection: a schedule with an alarm, and a day on which the source is gone."""

from __future__ import annotations

import http.server
import json
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from system.blob_fleet import GIVEN, search
from system.runner import Ansible, Run
from system.sandbox_process import SandboxProcess

SPEED = 60.0
Json = dict[str, Any]
SECRET = "a-secret-of-the-url"
NAMES = ["db/1.bak", "db/2.bak", "db/3.bak"]


class Pager(http.server.ThreadingHTTPServer):
    """Hears of what is overdue."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Hears)
        self.heard: list[tuple[str, Json]] = []
        self.status = 202
        threading.Thread(target=self.serve_forever, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/alert?code={SECRET}"


class _Hears(http.server.BaseHTTPRequestHandler):
    server: Pager

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.heard.append((self.path, json.loads(body)))
        self.send_response(self.server.status)
        self.end_headers()

    def log_message(self, *_args: Any) -> None:
        """Nobody reads it."""


@pytest.fixture
def pager() -> Iterator[Pager]:
    server = Pager()
    yield server
    server.shutdown()
    server.server_close()


class Playbooks:
    """Runs the playbooks for one workload: three backups in one account, copied to another, with the table in a third."""

    def __init__(self, sandbox: SandboxProcess, ansible: Ansible, copy_seconds: float) -> None:
        self._ansible = ansible
        self.sandbox = sandbox
        blobs = [{"count": 3, "name": "db/{n}.bak", "text": "a backup"}]
        sandbox.plant(
            {
                "storage": {
                    "durations": {"copy_base": copy_seconds},
                    "accounts": [
                        {"name": "primary", "containers": [{"name": "backups", "blobs": blobs}]},
                        {"name": "secondary", "location": "northeurope"},
                        {"name": "tables", "location": "swedencentral"},
                    ],
                }
            }
        )
        accounts = {entry["name"]: entry["connection_string"] for entry in sandbox.state()["storage"]["accounts"]}
        self._environment = {f"HANDED_{name.upper()}": text for name, text in accounts.items()}
        self.keys = [entry["key"] for entry in sandbox.state()["storage"]["accounts"]]
        self._workload = {
            "type": "azure_blob",
            "name": "backups",
            "rpo": "4h",
            "source": {"connection_string": GIVEN % "PRIMARY", "container": "backups"},
            "targets": [{"location": "northeurope", "connection_string": GIVEN % "SECONDARY"}],
            "job_table": {"connection_string": GIVEN % "TABLES", "name": "copyjobs"},
            "create_containers": True,
            "overdue_after": "6h",
            "drill": {"location": "northeurope"},
            "failover": {"location": "northeurope"},
        }

    def run(self, verb: str, rc: int = 0, allowed: tuple[str, ...] = (), **variables: Any) -> Run:
        given = json.dumps({"dr_workloads": [self._workload], "azure_blob_wait_delay": "1s", **variables})
        options = ["-e", given, "-vvv", "--diff"]
        # A look that fails for one container is told by the status, and -vvv tells that it was taken for no failure.
        allowed = (*allowed, "failed_when_suppressed_exception")
        return self._ansible.named(f"bcdr.multicloud.{verb}", *options, rc=rc, env=self._environment, allowed=allowed)

    def status(self, **variables: Any) -> Json:
        run = self.run("status", **variables, allowed=("the source cannot be asked",))
        [entry] = run.result("Put it together")["ansible_facts"]["azure_blob_status"]
        [line] = run.result("Tell where each workload stands")["msg"]
        return {**entry, "line": line}

    def table(self) -> dict[str, str]:
        tables = self.account("tables")["tables"]
        return {row["Blob"]: row["Status"] for row in tables["copyjobs"]}

    def account(self, name: str) -> Json:
        accounts: list[Json] = self.sandbox.state()["storage"]["accounts"]
        return next(entry for entry in accounts if entry["name"] == name)


def test_two_timers_take_copies_to_their_end_and_somebody_is_called_when_it_takes_too_long(
    sandbox: SandboxProcess, ansible: Ansible, pager: Pager, tmp_path: Path
) -> None:
    """Three accounts; `protect` starts and takes further, `status` looks and calls, and the table tells the story."""
    books = Playbooks(sandbox, ansible, copy_seconds=50_000)
    assert books.status(azure_blob_overdue_url=pager.url)["line"] == (
        "backups: RPO BREACHED of 4h: here 0s, northeurope nothing yet; to do: create container secondary/backups, "
        "copy 3 blobs to secondary/backups; then copies pending: secondary/backups: 3 of 3 blobs are not there yet"
    )
    started = books.run("protect", azure_blob_wait=False).result("Copy what is new or has changed to the targets")
    assert started["results"][0]["actions"] == [
        "create container secondary/backups",
        "copy 3 blobs to secondary/backups",
    ]
    seen = books.status(azure_blob_overdue_url=pager.url)
    assert (seen["status"], seen["overdue"], seen["breached"], seen["drift"]) == ("running", 0, True, [])
    assert books.table() == dict.fromkeys(NAMES, "PENDING")
    assert pager.heard == []

    sandbox.advance(7 * 3600)
    assert books.run("protect", azure_blob_wait=False).changed == []
    seen = books.status(azure_blob_overdue_url=pager.url)
    assert "secondary/backups: 3 being copied, 3 of them overdue" in seen["line"]
    assert books.table() == dict.fromkeys(NAMES, "PENDING")
    [(path, told)] = pager.heard
    assert path.endswith(SECRET)
    assert [(one["workload"], one["destination"], one["name"]) for one in told["overdue"]] == [
        ("backups", "secondary/backups", name) for name in NAMES
    ]
    assert all(one["seconds"] >= 7 * 3600 for one in told["overdue"])

    pager.status = 500
    failed = books.run("status", rc=2, azure_blob_overdue_url=pager.url)
    assert "3 copies are overdue, and azure_blob_overdue_url could not be called (HTTP status 500" in failed.output
    assert len(pager.heard) == 2

    sandbox.advance(50_000)
    assert books.run("protect", azure_blob_wait=False).changed == []
    seen = books.status(azure_blob_overdue_url=pager.url)
    assert seen["line"] == "backups: within RPO of 4h: here 0s, northeurope 0s"
    assert books.table() == dict.fromkeys(NAMES, "SUCCESS")
    assert len(pager.heard) == 2
    search(failed, tmp_path, SECRET, *books.keys)


def test_a_day_on_which_the_source_is_gone(sandbox: SandboxProcess, ansible: Ansible, tmp_path: Path) -> None:
    books = Playbooks(sandbox, ansible, copy_seconds=30)
    books.run("protect")
    assert books.run("protect").changed == []
    sandbox.admin("POST", "region/westeurope/outage", {"on": True})
    sandbox.advance(3600)
    seen = books.status()
    assert (seen["source_known"], seen["breached"]) == (False, False)
    assert 3600 <= seen["targets"][0]["rpo_seconds"] < 2 * 3600
    sandbox.advance(4 * 3600)
    assert books.status()["breached"]

    drilled = books.run("drill")
    assert drilled.changed == ["bcdr.multicloud.azure_blob : Copy the copies to containers of their own"]
    [line] = drilled.result("Tell how each drill went")["msg"]
    assert "3 blobs, 24 B, in secondary/drill-backups: type and length of all as in the copies, MD5 of 3" in line
    assert books.run("drill").changed == []
    assert sorted(books.account("secondary")["containers"]) == ["backups", "drill-backups"]

    refused = books.run("failover", rc=2)
    assert "Failover of backups is not confirmed" in refused.output
    run = books.run("failover", dr_confirm_failover=True)
    assert run.changed == []
    [line] = run.result("Tell what there is")["msg"]
    assert "3 blobs, 24 B, in secondary/backups, to be used where they are" in line

    assert books.run("cleanup", dr_confirm_cleanup=True).changed == [
        "bcdr.multicloud.azure_blob : Remove what drills have made"
    ]
    assert books.run("cleanup", dr_confirm_cleanup=True).changed == []
    assert sorted(books.account("secondary")["containers"]) == ["backups"]
    search(run, tmp_path, *books.keys)
