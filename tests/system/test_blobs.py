# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whole playbooks that copy blobs: nothing is shown that must not be, and neither a kill nor a second run does harm."""

from __future__ import annotations

import base64
import collections
import json
import time
from pathlib import Path
from typing import Any

import pytest
from system.blob_fleet import GIVEN, SIGNATURE, search
from system.fleet import play, task
from system.runner import Ansible, Run
from system.sandbox_process import SandboxProcess

SPEED = 60.0
Json = dict[str, Any]
KEYS = {
    name: base64.b64encode(f"a key of the account {name} that is hidden".encode()).decode() for name in ("from", "to")
}
ACCOUNTS = {"from": "primary", "to": "secondary"}
WRONG = base64.b64encode(b"a key that is wrong and hidden").decode()


@pytest.fixture(autouse=True)
def stores(sandbox: SandboxProcess) -> dict[str, Json]:
    """Two accounts; a copy takes half a minute of virtual time."""
    return _plant(sandbox, 40)


def _plant(sandbox: SandboxProcess, count: int, seconds: float = 30) -> dict[str, Json]:
    photos = [{"count": count, "name": "p/{n:03d}", "size": 1000}]
    sandbox.plant(
        {
            "storage": {
                "durations": {"copy_base": seconds},
                "accounts": [
                    {"name": "primary", "key": KEYS["from"], "containers": [{"name": "photos", "blobs": photos}]},
                    {
                        "name": "secondary",
                        "key": KEYS["to"],
                        "location": "northeurope",
                        "containers": [{"name": "photos"}],
                    },
                ],
            }
        }
    )
    return {account["name"]: account for account in sandbox.state()["storage"]["accounts"]}


def _place(stores: dict[str, Json], which: str, **right: str) -> Json:
    account = stores[ACCOUNTS[which]]
    right = right or {"account_key": GIVEN % which.upper()}
    return {"account_name": account["name"], "blob_endpoint": account["blob_endpoint"], "container": "photos", **right}


def _copy(stores: dict[str, Json], title: str = "azure_blob_copy", **options: Any) -> Json:
    keywords = options.pop("keywords", None)
    given = {"source": _place(stores, "from"), "destinations": [_place(stores, "to")], "wait_delay": "1s", **options}
    return task("azure_blob_copy", title, keywords, **given)


def _restore(stores: dict[str, Json]) -> Json:
    """A drill: copies to a container of the other account that bears the drill's mark."""
    return task(
        "azure_blob_restore",
        source=_place(stores, "from"),
        destination={**_place(stores, "to"), "container": "drill-photos"},
        drill="photos",
        concurrency=2,
        wait_delay="1s",
    )


def _arrived(run: Run) -> int:
    """How many blobs the run says are there, by what it was."""
    if "azure_blob_restore" in {event["task"].rsplit(" : ", 1)[-1] for event in run.events}:
        result = run.result("azure_blob_restore")
        assert result["status"] == "succeeded"
        return int(result["verification"]["blobs"])
    return int(run.result("azure_blob_copy")["destinations"][0]["blobs"]["succeeded"])


def _tasks(stores: dict[str, Json], what: str) -> list[Json]:
    return [_copy(stores, concurrency=2) if what == "copies" else _restore(stores)]


ENVIRONMENT = {"HANDED_FROM": KEYS["from"], "HANDED_TO": KEYS["to"], "HANDED_WRONG": WRONG}


def _started(sandbox: SandboxProcess) -> collections.Counter[str]:
    """How often a copy to each blob has been started."""
    log = sandbox.requests("PUT", "storage:secondary")
    return collections.Counter(entry["path"] for entry in log if entry["status"] == 202)


def test_no_key_and_no_sas_is_shown_anywhere(
    sandbox: SandboxProcess, ansible: Ansible, stores: dict[str, Json], tmp_path: Path
) -> None:
    account = stores["secondary"]
    table = {
        "account_name": "secondary",
        "account_key": GIVEN % "TO",
        "table_endpoint": account["table_endpoint"],
        "name": "jobs",
    }
    journal = str(tmp_path / "journal")
    text = f"AccountName=primary;AccountKey={GIVEN % 'FROM'};BlobEndpoint={stores['primary']['blob_endpoint']}"
    wrong = {"account_key": GIVEN % "WRONG"}
    tasks = [
        _copy(stores, "copies", journal_path=journal, job_table=table),
        _copy(stores, "batch", batch=[{"source": {"connection_string": text, "container": "photos"}}]),
        _copy(stores, "detached", keywords={"async": 60, "poll": 1}),
        task(
            "azure_blob_copy_info",
            "info",
            source=_place(stores, "from"),
            destinations=[_place(stores, "to")],
            job_table=table,
        ),
        *(
            {**failing, "ignore_errors": True}
            for failing in (
                _copy(stores, "wrong source", source=_place(stores, "from", **wrong)),
                _copy(stores, "wrong target", batch=[{"destinations": [_place(stores, "to", **wrong)]}]),
                _copy(
                    stores,
                    "no key",
                    source=_place(stores, "from", account_key="a key; that is none " + GIVEN % "WRONG"),
                ),
                _copy(stores, "bad option", batch=[{"source": _place(stores, "from"), "nonsense": 1}]),
                _copy(stores, "bad entry", batch=[f"{GIVEN % 'FROM'}"]),
                _copy(
                    stores, "bad sas", source=_place(stores, "from", sas_token="sv=2024-11-04&sig=" + GIVEN % "WRONG")
                ),
            )
        ),
    ]
    run = ansible.playbook([play(tasks)], "-vvv", "--diff", env=ENVIRONMENT)
    assert run.result("copies")["status"] == "succeeded"
    assert "does not accept the account_key" in run.result("wrong source")["msg"]
    search(run, tmp_path, *KEYS.values(), WRONG)
    state = sandbox.state()["storage"]
    records = json.dumps(next(entry["tables"] for entry in state["accounts"] if entry["name"] == "secondary"))
    assert records.count("SUCCESS") >= 40
    assert not SIGNATURE.search(records)
    assert not any(key in records for key in KEYS.values())


def test_what_azure_repeats_is_not_shown(
    sandbox: SandboxProcess, ansible: Ansible, stores: dict[str, Json], tmp_path: Path
) -> None:
    """Azure's answer to a wrong signature holds the text that was signed, with the URL of the source in it."""
    message = f"string to sign was x-ms-copy-source:https://a/b?se=1&sig=c2lnbmF0dXJl0123 of {KEYS['to']}"
    sandbox.add_faults(
        {
            "kind": "status",
            "status": 403,
            "code": "AuthenticationFailed",
            "message": message,
            "times": 0,
            "match": {"method": "PUT"},
        }
    )
    run = ansible.playbook([play([_copy(stores)])], "-vvv", rc=2, env=ENVIRONMENT)
    assert "does not accept the account_key" in run.result("azure_blob_copy")["msg"]
    search(run, tmp_path, *KEYS.values(), "c2lnbmF0dXJl0123")


@pytest.mark.parametrize(
    ("what", "after"), [("copies", 1), ("copies", 12), ("copies", 40), ("drill", 1), ("drill", 12)]
)
def test_a_run_that_is_killed_is_taken_up(
    sandbox: SandboxProcess, ansible: Ansible, stores: dict[str, Json], what: str, after: int
) -> None:
    tasks = _tasks(stores, what)
    process = ansible.start([play(tasks)], env=ENVIRONMENT)
    deadline = time.monotonic() + 60
    while sum(_started(sandbox).values()) < after:
        assert time.monotonic() < deadline
        time.sleep(0.01)
    process.kill()
    run = ansible.playbook([play(tasks)], env=ENVIRONMENT)
    assert _arrived(run) == 40
    assert set(_started(sandbox).values()) == {1}
    assert len(_started(sandbox)) == 40


@pytest.mark.parametrize("what", ["copies", "drill"])
def test_two_runs_at_once_start_each_copy_once(
    sandbox: SandboxProcess, ansible: Ansible, stores: dict[str, Json], what: str
) -> None:
    tasks = _tasks(stores, what)
    both = [ansible.start([play(tasks)], env=ENVIRONMENT) for _number in range(2)]
    for process in both:
        assert _arrived(process.finish()) == 40
    assert set(_started(sandbox).values()) == {1}
    assert len(_started(sandbox)) == 40


def test_a_schedule_takes_copies_to_their_end_and_the_table_tells_the_story(
    sandbox: SandboxProcess, ansible: Ansible
) -> None:
    """Three accounts, a playbook that starts and one that looks, as two timers would run them, and a call for help."""
    sandbox.plant(
        {
            "storage": {
                "durations": {"copy_base": 50_000},
                "accounts": [
                    {
                        "name": "primary",
                        "containers": [{"name": "backups", "blobs": [{"count": 3, "name": "db/{n}.bak", "text": "x"}]}],
                    },
                    {"name": "secondary", "location": "northeurope", "containers": [{"name": "backups"}]},
                    {"name": "tables", "location": "northeurope"},
                ],
            }
        }
    )
    accounts = {entry["name"]: entry["connection_string"] for entry in sandbox.state()["storage"]["accounts"]}
    environment = {f"HANDED_{name.upper()}": text for name, text in accounts.items()}
    common = {
        "source": {"connection_string": GIVEN % "PRIMARY", "container": "backups"},
        "destinations": [{"connection_string": GIVEN % "SECONDARY", "container": "backups"}],
        "job_table": {"connection_string": GIVEN % "TABLES", "name": "copyjobs"},
        "overdue_after": "6h",
    }
    protect = [play([task("azure_blob_copy", "protect", {"register": "copies"}, wait=False, **common)])]
    status = [
        play(
            [
                task("azure_blob_copy_info", "status", {"register": "copies"}, **common),
                {
                    "name": "call for help",
                    "ansible.builtin.debug": {"msg": "{{ copies.overdue }} copies are overdue"},
                    "when": "copies.overdue > 0",
                },
            ]
        )
    ]

    def told() -> tuple[list[str], dict[str, str], bool]:
        run = ansible.playbook(protect, env=environment)
        seen = ansible.playbook(status, env=environment)
        one = seen.result("status")["destinations"][0]
        assert one["differences"] == []
        rows = next(
            entry["tables"]["copyjobs"] for entry in sandbox.state()["storage"]["accounts"] if entry["name"] == "tables"
        )
        helped = any(event["task"].endswith("call for help") and event["outcome"] == "ok" for event in seen.events)
        return run.result("protect")["actions"], {row["Blob"]: row["Status"] for row in rows}, helped

    names = ["db/1.bak", "db/2.bak", "db/3.bak"]
    assert told() == (["copy 3 blobs to secondary/backups"], dict.fromkeys(names, "PENDING"), False)
    sandbox.advance(7 * 3600)
    assert told() == ([], dict.fromkeys(names, "PENDING"), True)
    sandbox.advance(50_000)
    assert told() == ([], dict.fromkeys(names, "SUCCESS"), False)
