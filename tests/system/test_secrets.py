# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A secret or a token is nowhere to be found after a run, however it was given and whatever went wrong."""

from __future__ import annotations

import json
import re
import time
from pathlib import Path
from typing import Any

import pytest
import requests
from system.fleet import NORTH, SECRET, copy_task, fleet, play, point_task, source, task
from system.runner import Ansible, Run
from system.sandbox_process import SandboxProcess

SPEED = 3600.0
CLIENT = "11111111-2222-3333-4444-555555555555"
WRONG = "wr0ng~Secret.That-is_not_it"
# The head of every token that the sandbox issues, as of any JWT.
TOKEN = re.compile(r"eyJ[\w-]{10}")
Json = dict[str, Any]
# The secret as the playbook itself must not contain it.
GIVEN = "{{ lookup('env', 'HANDED_OVER') }}"


@pytest.fixture
def credentials(sandbox: SandboxProcess) -> Json:
    sandbox.plant(fleet(["app"], [source("app", (3000,))], clients=[{"id": CLIENT, "secret": SECRET}]))
    return {"client_id": CLIENT, "tenant": sandbox.details["AZURE_TENANT"], "secret": GIVEN}


def _environment(secret: str = SECRET) -> dict[str, str]:
    """No credentials for the modules, but the secret for the playbook to hand on."""
    return {"AZURE_CLIENT_ID": "", "AZURE_SECRET": "", "AZURE_TENANT": "", "HANDED_OVER": secret}


def _search(run: Run, folder: Path, *secrets: str) -> None:
    """Look at the output, at all results and at all files that are left behind."""
    assert run.events, run.output
    _until_tidied_up(folder)
    for path in [path for path in folder.rglob("*") if path.is_file()]:
        content = path.read_text(encoding="utf-8", errors="replace")
        for secret in secrets:
            assert secret not in content, f"{path}: {content[max(0, content.index(secret) - 300) :][:400]}"
        found = TOKEN.search(content)
        assert not found, f"{path}: {content[max(0, found.start() - 300) :][:400]}" if found else ""


def _until_tidied_up(folder: Path) -> None:
    """Ansible's own wrapper removes the module of an async task, arguments and all, some seconds after its end."""
    deadline = time.monotonic() + 15
    while any(folder.glob("run-*/home/remote/ansible-tmp-*")):
        assert time.monotonic() < deadline, "a module was left behind"
        time.sleep(0.2)


def test_given_in_the_environment(sandbox: SandboxProcess, ansible: Ansible, credentials: Json, tmp_path: Path) -> None:
    names = {"AZURE_CLIENT_ID": CLIENT, "AZURE_SECRET": SECRET, "AZURE_TENANT": credentials["tenant"]}
    options: Json = {"targets": [{"location": NORTH}], "journal_path": str(tmp_path / "journal")}
    detached = copy_task("app", {"async": 60, "poll": 1}, **options)
    run = ansible.playbook([play([copy_task("app", **options), detached])], "-vvv", "--diff", env=names)
    assert (tmp_path / "journal").read_text(encoding="utf-8").count("\n") > 1
    _search(run, tmp_path, SECRET)


def test_given_in_the_playbook(sandbox: SandboxProcess, ansible: Ansible, credentials: Json, tmp_path: Path) -> None:
    journal = str(tmp_path / "journal")
    tasks = [
        point_task("app", **credentials, journal_path=journal),
        point_task(
            "app",
            journal_path=journal,
            batch=[{"restore_point_collection": "rpc-app", **credentials}],
        ),
        task(
            "azure_restore_point_info",
            keywords={"async": 60, "poll": 1},
            resource_group="rg-app",
            batch=[{"restore_point_collection": "rpc-app", **credentials}],
        ),
        # To another machine.
        {**point_task("app", **credentials, journal_path=journal), "vars": {"ansible_connection": "elsewhere"}},
    ]
    defaults = {
        "hosts": "localhost",
        "gather_facts": False,
        "module_defaults": {"group/bcdr.multicloud.azure": credentials},
        "tasks": [point_task("app", journal_path=journal)],
    }
    run = ansible.playbook([play(tasks), defaults], "-vvv", "--diff", env=_environment())
    assert len(run.events) >= 5
    _search(run, tmp_path, SECRET)


FAILURES: dict[str, Json] = {
    "no such option": {"nonsense": 1},
    "bad option of the task": {"batch_concurrency": "many"},
    "bad duration": {"wait_delay": "soon"},
    "bad item": {"batch": [{"restore_point_collection": "rpc-app", "nonsense": 1}]},
    "no such collection": {"batch": [{"restore_point_collection": "missing"}]},
    "item no dict": {"batch": [{"restore_point_collection": "rpc-app"}, 5]},
}


def test_runs_that_fail(sandbox: SandboxProcess, ansible: Ansible, credentials: Json, tmp_path: Path) -> None:
    tasks = []
    for title, options in FAILURES.items():
        batch = [
            {**credentials, **entry} if isinstance(entry, dict) else entry
            for entry in options.get("batch", [{"restore_point_collection": "rpc-app"}])
        ]
        entry = point_task("app", **{**options, "batch": batch})
        tasks.append({**entry, "name": title, "ignore_errors": True})
        plain = {name: value for name, value in options.items() if name != "batch"}
        if plain:
            entry = point_task("app", **credentials, **plain)
            tasks.append({**entry, "name": f"{title}, no batch", "ignore_errors": True})
    run = ansible.playbook([play(tasks)], "-vvv", env=_environment())
    assert [event["outcome"] for event in run.events] == ["ignored"] * len(tasks), run.output
    _search(run, tmp_path, SECRET)


def test_a_wrong_secret(sandbox: SandboxProcess, ansible: Ansible, credentials: Json, tmp_path: Path) -> None:
    tasks = [
        {**point_task("app", **credentials), "ignore_errors": True},
        {
            **point_task(
                "app",
                batch=[{"restore_point_collection": "rpc-app", **credentials}],
            ),
            "ignore_errors": True,
        },
    ]
    run = ansible.playbook([play(tasks)], "-vvv", env=_environment(WRONG))
    for event in run.events:
        assert f"Azure refused to sign in (client_id {CLIENT}" in event["result"]["msg"]
        assert len(event["result"]["msg"].splitlines()) == 1
    _search(run, tmp_path, WRONG)


def test_an_error_that_echoes(sandbox: SandboxProcess, ansible: Ansible, credentials: Json, tmp_path: Path) -> None:
    token = _token(sandbox, credentials["tenant"])
    message = f"Cannot do it with Authorization: Bearer {token}, be it {token} of the secret {SECRET} (https://x/?sig=abc123abc&se=1)"
    sandbox.add_faults(
        {
            "kind": "status",
            "match": {"method": "GET", "path_regex": "rpc-app"},
            "status": 400,
            "code": "BadRequest",
            "message": message,
            "times": 0,
        }
    )
    journal = str(tmp_path / "journal")
    entry = point_task("app", **credentials, journal_path=journal)
    tasks = [
        {**entry, "ignore_errors": True},
        {**entry, "ignore_errors": True, "vars": {"ansible_connection": "elsewhere"}},
        {**entry, "ignore_errors": True, "async": 60, "poll": 1},
    ]
    run = ansible.playbook([play(tasks)], "-vvv", env=_environment())
    assert all("Cannot do it" in event["result"]["msg"] for event in run.events if event["outcome"] == "ignored")
    _search(run, tmp_path, token, SECRET, "abc123abc")


def _token(sandbox: SandboxProcess, tenant: str) -> str:
    """A token as the modules get it; that it looks like what is searched for proves that the search can find one."""
    answer = requests.post(
        f"{sandbox.details['BCDR_SANDBOX_ADMIN'].removesuffix('/_sandbox')}/{tenant}/oauth2/v2.0/token",
        data={
            "grant_type": "client_credentials",
            "client_id": CLIENT,
            "client_secret": SECRET,
            "scope": f"{_audience(sandbox)}/.default",
        },
        verify=sandbox.details["REQUESTS_CA_BUNDLE"],
        timeout=30,
    )
    token = str(answer.json()["access_token"])
    assert TOKEN.match(token)
    return token


def _audience(sandbox: SandboxProcess) -> str:
    answer = requests.get(
        sandbox.details["AZURE_CLOUD_ENVIRONMENT"], verify=sandbox.details["REQUESTS_CA_BUNDLE"], timeout=30
    )
    content = json.loads(answer.text)
    cloud = content[0] if isinstance(content, list) else content
    return str(cloud["authentication"]["audiences"][0]).rstrip("/")
