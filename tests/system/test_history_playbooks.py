# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The playbooks with a history and a webhook, as a team runs them day after day, and without either."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from system.efs_fleet import FRANKFURT, IRELAND, ROLE, efs_fleet, efs_id, vault_arn
from system.runner import Ansible, Run
from system.sandbox_process import SandboxProcess
from system.webhook import TOKEN, webhook

SPEED = 1200.0
Json = dict[str, Any]
SETTINGS: Json = {"efs_wait_delay": "1s"}


def _workload(name: str, **fields: Any) -> Json:
    return {
        "type": "efs",
        "name": name,
        "rpo": "30d",
        "region": IRELAND,
        "file_system_id": efs_id(name),
        "backup_vault_name": "main",
        "iam_role_arn": ROLE,
        "targets": [{"backup_vault_arn": vault_arn(FRANKFURT)}],
        **fields,
    }


def _run(
    ansible: Ansible, verb: str, workloads: list[Json], settings: Json, *options: str, rc: int = 0, **env: str
) -> Run:
    given = json.dumps({**SETTINGS, **settings, "dr_workloads": workloads})
    plays = [{"ansible.builtin.import_playbook": f"bcdr.multicloud.{verb}"}]
    return ansible.playbook(plays, "-e", given, *options, env=env, rc=rc, timeout=240)


def _records(path: Path, kind: str) -> list[Json]:
    lines = {}
    for line in path.read_text(encoding="utf-8").splitlines():
        record = json.loads(line)
        lines[record["key"]] = record
    return [record for record in lines.values() if record["kind"] == kind]


def test_from_day_to_day(sandbox: SandboxProcess, ansible: Ansible, tmp_path: Path) -> None:
    sandbox.plant(efs_fleet(["home", "logs"], (90000,), (1,), targets=[FRANKFURT]))
    hooked, path = tmp_path / "hooked", tmp_path / "history.jsonl"
    tasks = [
        {
            "name": "Note it",
            "ansible.builtin.lineinfile": {
                "path": str(hooked),
                "line": "{{ dr_event.summary }}",
                "create": True,
                "mode": "0600",
            },
        }
    ]
    (tmp_path / "hook.yml").write_text(json.dumps(tasks), encoding="utf-8")
    drilled = {"drill": {"encrypt": True}, "drill_every": "90d", "rto": "60d"}
    fleet = [_workload("home", rpo="24h", **drilled), _workload("logs")]
    with webhook(tmp_path / "webhook") as hook:
        settings = {
            "dr_history_path": str(path),
            "dr_notify_url": "{{ lookup('env', 'HOOK') }}",
            "dr_hook_tasks": str(tmp_path / "hook.yml"),
        }

        def run(verb: str, *options: str, rc: int = 0, **more: Any) -> Run:
            ended = _run(ansible, verb, fleet, {**settings, **more}, *options, rc=rc, HOOK=hook.url)
            assert not any(part in ended.output for part in TOKEN.split("/"))
            return ended

        run("status", "--check", "-vvv")
        assert (hook.got(), path.exists(), hooked.exists()) == ([], False, False)
        first = run("status", "-vvv")
        told = hook.got()
        assert [body["event"] for body in told] == ["rpo_breach", "drill_stale"]
        assert re.fullmatch(r"home: RPO breached: eu-central-1 is \d+d (\d+h )?old, 1d allowed", told[0]["summary"])
        assert told[1]["summary"] == "home: no drill has ever succeeded, one is wanted every 90d"
        assert hooked.read_text(encoding="utf-8").splitlines() == [body["summary"] for body in told]
        assert "drill_stale" in json.dumps(first.events)
        # Another run an hour later has nothing to tell.
        run("status")
        assert len(hook.got()) == 2

        run("drill", dr_names=["home"])
        (record,) = _records(path, "drill")
        assert (record["workload"], record["status"], record["location"]) == ("home", "succeeded", FRANKFURT)
        assert record["recovery_seconds"] > 0
        assert record["rpo_seconds"] > 86400
        assert [body["event"] for body in hook.got()[2:]] == ["drill_succeeded"]
        # It is there already, which is no other drill.
        run("drill", dr_names=["home"])
        assert _records(path, "drill") == [record]
        assert len(hook.got()) == 3

        later = run("status", dr_fail_on=["drill"])
        (status,) = [
            event["result"]["ansible_facts"] for event in later.events if event["task"] == "See what earlier drills say"
        ]
        home = status["dr_status"][0]
        assert (home["last_drill"], home["drill_stale"], home["rto_met"]) == (record, False, True)
        assert len(hook.got()) == 3

        # A webhook that is broken fails nothing, unless it is to, and what was not told is told later.
        hook.answer("404 gone")
        fleet[1] = _workload("logs", rpo="1h")
        broken = _run(ansible, "status", fleet, {**settings, "dr_notify_required": True}, rc=2, HOOK=hook.url)
        assert re.search(r"1 of \d events could not be told: logs: RPO breached: eu-central-1 is \d+d ", broken.output)
        hook.answer("200")
        run("status")
        assert hook.got()[-1]["summary"].startswith("logs: RPO breached")
        assert {one["status"] for one in _records(path, "event")} == {"told"}


def test_without_either(sandbox: SandboxProcess, ansible: Ansible) -> None:
    sandbox.plant(efs_fleet(["home"], (90000,), (1,), targets=[FRANKFURT]))
    fleet = [_workload("home", rpo="24h", drill={"encrypt": True}, drill_every="90d")]
    before = _run(ansible, "status", fleet, {})
    assert before.results("Tell each event once") == []
    _run(ansible, "drill", fleet, {})
    stale = _run(ansible, "status", fleet, {"dr_fail_on": ["drill"]}, rc=2)
    assert re.search(r"home: .*drill", stale.result("Tell all failures")["msg"])


def test_a_history_that_cannot_be_used_stops_nothing(sandbox: SandboxProcess, ansible: Ansible, tmp_path: Path) -> None:
    sandbox.plant(efs_fleet(["home"], (90000,), (1,), targets=[FRANKFURT]))
    settings = {"dr_history_path": str(tmp_path)}
    run = _run(ansible, "status", [_workload("home")], settings, rc=2)
    assert f"the history: path: {tmp_path} cannot be " in run.output
    assert "home: within RPO of 30d" in run.output
