# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What outlives a run: told once by two runs at once, told later after a kill, and never with a secret in it."""

from __future__ import annotations

import base64
import collections
import datetime
import json
import socket
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from system.fleet import play, task
from system.runner import Ansible, Process
from system.sandbox_process import SandboxProcess
from system.webhook import TOKEN, Hook, until, webhook

Json = dict[str, Any]
SECRET = "a secret to sign with"
KEY = base64.b64encode(b"a key of the history's account that is hidden").decode()
# Nothing may be in the output that only these say; they are handed over as users do, by reference.
HANDED = {"HANDED_KEY": KEY, "HANDED_SECRET": SECRET}


@pytest.fixture
def hook(tmp_path: Path) -> Iterator[Hook]:
    with webhook(tmp_path / "webhook") as running:
        yield running


@pytest.fixture(params=["file", "table"])
def history(request: pytest.FixtureRequest, sandbox: SandboxProcess, tmp_path: Path) -> Json:
    if request.param == "file":
        return {"path": str(tmp_path / "history.jsonl")}
    sandbox.plant({"storage": {"accounts": [{"name": "notes", "key": KEY, "containers": []}]}})
    (account,) = sandbox.state()["storage"]["accounts"]
    right = {"account_name": "notes", "account_key": "{{ lookup('env', 'HANDED_KEY') }}"}
    return {"table": {**right, "table_endpoint": account["table_endpoint"], "name": "history"}}


def _events(count: int) -> list[Json]:
    return [
        {
            "id": f"rpo_breach|app-{number:02d}|x",
            "event": "rpo_breach",
            "workload": f"app-{number:02d}",
            "summary": f"app-{number:02d}: RPO breached: swedencentral is 1d 2h old, 1d allowed",
        }
        for number in range(count)
    ]


def _notify(url: str, history: Json, count: int = 1, title: str = "notify", **options: Any) -> Json:
    given = {"url": url, "history": history, "events": _events(count), "timeout": 2, "retries": 0, **options}
    return task("dr_notify", title, **given)


def _read(history: Json) -> Json:
    return task("dr_history", "read", **history)


def _started(ansible: Ansible, *tasks: Json, options: tuple[str, ...] = ()) -> Process:
    return ansible.start([play(list(tasks))], *options, env=HANDED)


def _told(results: list[Json]) -> list[str]:
    return sorted(event["id"] for result in results for event in result["told"])


def test_two_runs_at_the_same_moment_tell_each_event_once(ansible: Ansible, hook: Hook, history: Json) -> None:
    runs = [_started(ansible, _notify(hook.url, history, 25)) for _number in range(2)]
    results = [run.finish().result("notify") for run in runs]
    expected = sorted(event["id"] for event in _events(25))
    assert _told(results) == expected
    assert sorted(body["id"] for body in hook.got()) == expected
    for result in results:
        assert result["summary"]["failed"] == 0
        assert sum(result["summary"].values()) == 25
    read = ansible.playbook([play([_read(history)])], env=HANDED).result("read")
    assert collections.Counter(one["status"] for one in read["records"]) == {"told": 25}


def test_while_one_run_tells_another_does_not(ansible: Ansible, hook: Hook, history: Json) -> None:
    hook.hold()
    first = _started(ansible, _notify(hook.url, history, timeout=60))
    until(lambda: len(hook.got()) == 1)
    second = ansible.playbook([play([_notify(hook.url, history)])], env=HANDED).result("notify")
    assert (second["told"], second["changed"]) == ([], False)
    assert second["results"][0]["reason"].startswith("another run is telling it, and has until 20")
    hook.release()
    assert len(first.finish().result("notify")["told"]) == 1
    assert len(hook.got()) == 1


def test_a_run_that_is_killed_before_it_has_sent(ansible: Ansible, hook: Hook, history: Json) -> None:
    """It has claimed the event and begun to send it where nobody reads."""
    options: Json = {"timeout": 10, "lease": "25s"}
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        silent.settimeout(60)
        run = _started(ansible, _notify(f"http://127.0.0.1:{silent.getsockname()[1]}/{TOKEN}", history, **options))
        connection, _address = silent.accept()
        run.kill()
        connection.close()
    again = [play([_notify(hook.url, history, **options)])]
    (early,) = ansible.playbook(again, env=HANDED).result("notify")["results"]
    assert early["status"] == "skipped", early
    assert early["reason"].startswith("another run is telling it, and has until ")
    until = datetime.datetime.fromisoformat(early["reason"].rsplit(" ", 1)[1].replace("Z", "+00:00"))
    time.sleep(max(0.0, until.timestamp() - time.time()) + 0.1)
    late = ansible.playbook(again, env=HANDED).result("notify")
    assert [event["id"] for event in late["told"]] == [_events(1)[0]["id"]]
    last = ansible.playbook(again, env=HANDED).result("notify")
    assert last["results"][0]["reason"].startswith("told at 20")
    assert len(hook.got()) == 1


def test_runs_that_are_killed_at_any_moment_lose_nothing(ansible: Ansible, hook: Hook, history: Json) -> None:
    """Each event is told at least once; twice only the one that was being sent when a run was killed."""
    options: Json = {"timeout": 1, "lease": "3s"}
    kills = 0
    for sent in (1, 7, 14):
        run = _started(ansible, _notify(hook.url, history, 25, **options))
        until(lambda sent=sent, run=run: len(hook.got()) >= sent or run.popen.poll() is not None)  # type: ignore[misc]
        kills += run.popen.poll() is None
        run.kill()
    assert kills >= 1
    time.sleep(3.1)
    last = ansible.playbook([play([_notify(hook.url, history, 25, **options)])], env=HANDED).result("notify")
    assert last["summary"]["failed"] == 0
    times = collections.Counter(body["id"] for body in hook.got())
    assert sorted(times) == sorted(event["id"] for event in _events(25))
    assert sum(count - 1 for count in times.values()) <= kills
    read = ansible.playbook([play([_read(history)])], env=HANDED, allowed=["its last line"]).result("read")
    assert {one["status"] for one in read["records"]} == {"told"}


def test_a_webhook_that_is_down_is_told_once_it_is_up(ansible: Ansible, hook: Hook, history: Json) -> None:
    hook.answer("503 maintenance")
    given = _notify(hook.url, history, 2, retries=1)
    down = ansible.playbook([play([given])], env=HANDED, rc=2).result("notify")
    assert down["msg"].startswith(
        "2 of 2 events could not be told: app-00: RPO breached: swedencentral is 1d 2h old, 1d allowed ("
    )
    # Once more, and then not for each event that is left.
    assert len(hook.got()) == 2
    hook.answer("200")
    assert len(ansible.playbook([play([given])], env=HANDED).result("notify")["told"]) == 2
    assert ansible.playbook([play([given])], env=HANDED).result("notify")["told"] == []
    assert len(hook.got()) == 4


def test_no_secret_is_shown_or_kept(
    sandbox: SandboxProcess, ansible: Ansible, hook: Hook, history: Json, tmp_path: Path
) -> None:
    def given(title: str, url: str = "{{ lookup('env', 'HANDED_URL') }}", **options: Any) -> Json:
        secret = {
            "signing_secret": "{{ lookup('env', 'HANDED_SECRET') }}",
            "headers": {"X-Key": "{{ lookup('env', 'HANDED_KEY') }}"},
        }
        return {**_notify(url, history, 1, title, **secret, **options), "ignore_errors": True}

    hook.answer(f"404 no_service /services/{TOKEN}: {KEY} {SECRET}")
    lookup = "{{ lookup('env', 'HANDED_URL')"
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        closed = str(silent.getsockname()[1])
        tasks = [
            given("refused"),
            given("checked") | {"check_mode": True},
            given("nobody there", f"{lookup} | regex_replace(':[0-9]+/', ':{closed}/') }}}}"),
            given("no TLS", f"{lookup} | replace('http:', 'https:') }}}}"),
            given("no URL", f"{lookup} | replace('http://', '') }}}}"),
            given("no port", f"{lookup} | regex_replace(':[0-9]+/', ':x/') }}}}"),
            given("bad option", timeout="soon"),
            given("bad lease", lease="1s"),
            _read(history),
        ]
        run = ansible.playbook([play(tasks)], "-vvv", "--diff", env={**HANDED, "HANDED_URL": hook.url})
    messages = {title: run.result(title)["msg"] for title in ("refused", "nobody there", "no TLS", "no URL", "no port")}
    assert "127.0.0.1 answered 404: no_service " in messages["refused"]
    assert "127.0.0.1 cannot be reached" in messages["nobody there"]
    assert messages["no URL"] == messages["no port"]
    assert messages["no URL"].startswith("url: is no URL of the form")
    assert run.result("checked")["told"] != []
    hook.answer("200")
    told = ansible.playbook([play([given("told")])], "-vvv", "--diff", env={**HANDED, "HANDED_URL": hook.url})
    assert told.result("told")["told"] != []
    kept = json.dumps(sandbox.state()["storage"])
    if "path" in history:
        kept = Path(history["path"]).read_text(encoding="utf-8")
    for secret in (*TOKEN.split("/"), KEY, SECRET):
        for one in (run, told):
            assert secret not in one.output
            assert secret not in json.dumps(one.events)
        if secret != KEY or "path" in history:
            assert secret not in kept
    # The folder of a run has its playbook, which refers to them only, and what the run has left.
    for path in tmp_path.glob("run-*/**/*"):
        if path.is_file():
            text = path.read_text(encoding="utf-8", errors="replace")
            assert not any(secret in text for secret in (*TOKEN.split("/"), KEY, SECRET)), path
