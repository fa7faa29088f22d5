# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A secret or a token is nowhere to be found after a run, however it was given and whatever went wrong."""

from __future__ import annotations

import base64
import json
import re
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import requests
from system.efs_fleet import ACCOUNT, IRELAND, backup_task, efs_fleet, efs_id, vault_copy_task
from system.fleet import NORTH, SECRET, copy_task, fleet, play, point_task, source, task
from system.nutanix_fleet import NOBODY, ON_PYTHON, OTHER_LOGIN, ext_id, nutanix_fleet, replica_task, snapshot_task
from system.runner import Ansible, Run
from system.sandbox_process import SandboxProcess

SPEED = 3600.0
CLIENT = "11111111-2222-3333-4444-555555555555"
AWS_ROLE = f"arn:aws:iam::{ACCOUNT}:role/operator"
WRONG = "wr0ng~Secret.That-is_not_it"
# The head of every token that the sandbox issues for Azure, as of any JWT, and of the sessions of its Prism Centrals.
TOKEN = re.compile(r"eyJ[\w-]{10}|sandbox-[0-9a-f]{8}-[0-9a-f]{4}")
OTHER_SECRET, API_KEY = "an0ther~Secret.Of-the_other-site", "ap1~Key.Of-a_service-account"
Json = dict[str, Any]
# Secrets as the playbook itself must not contain them.
GIVEN = "{{ lookup('env', 'HANDED_OVER_%s') }}"


@dataclass(frozen=True)
class Credentials:
    """`options` of a task with secrets that are looked up in the environment `handed`, which has none for the modules.

    `own` is the environment that the modules read themselves, `secrets` must be nowhere afterwards.
    """

    options: Json
    handed: Mapping[str, str]
    own: Mapping[str, str]
    secrets: tuple[str, ...]


@dataclass(frozen=True)
class Case:
    """`change` and `copy` make tasks that wait, `item` is the batch entry of `change`; `info` is a task that reads.

    `failures` are options that are wrong. `refusal` is what is said of credentials that are, `echoed` returns a fault
    that repeats secrets and what of it must not be found. `python` says where the client libraries are.
    """

    credentials: Callable[[SandboxProcess, bool], Credentials]
    group: str
    change: Callable[..., Json]
    copy: Callable[..., Json]
    item: Json
    missing: Json
    info: tuple[str, Json]
    failures: Mapping[str, Json]
    refusal: str
    echoed: Callable[[SandboxProcess, Credentials], tuple[Json, tuple[str, ...]]]
    copying: Json = field(default_factory=dict)
    python: Json = field(default_factory=dict)


def _azure_credentials(sandbox: SandboxProcess, wrong: bool) -> Credentials:
    sandbox.plant(fleet(["app"], [source("app", (3000,))], clients=[{"id": CLIENT, "secret": SECRET}]))
    secret, tenant = WRONG if wrong else SECRET, sandbox.details["AZURE_TENANT"]
    return Credentials(
        {"client_id": CLIENT, "tenant": tenant, "secret": GIVEN % "SECRET"},
        {"AZURE_CLIENT_ID": "", "AZURE_SECRET": "", "AZURE_TENANT": "", "HANDED_OVER_SECRET": secret},
        {"AZURE_CLIENT_ID": CLIENT, "AZURE_SECRET": secret, "AZURE_TENANT": tenant},
        (secret,),
    )


def _azure_echo(sandbox: SandboxProcess, credentials: Credentials) -> tuple[Json, tuple[str, ...]]:
    token = _token(sandbox, credentials.options["tenant"])
    message = f"Cannot do it with Authorization: Bearer {token}, be it {token} of the secret {SECRET} (https://x/?sig=abc123abc&se=1)"
    return {"code": "BadRequest", "message": message, "match": {"method": "GET", "path_regex": "rpc-app"}}, (
        token,
        "abc123abc",
    )


def _aws_credentials(sandbox: SandboxProcess, wrong: bool) -> Credentials:
    """A session of one role with which another is assumed, so that there are three things to keep."""
    sandbox.plant(efs_fleet(["apps"], (3000,)))
    session = sandbox.aws("sts", IRELAND).assume_role(RoleArn=AWS_ROLE, RoleSessionName="test")["Credentials"]
    secret, token = session["SecretAccessKey"], WRONG if wrong else session["SessionToken"]
    external = "external~Id.Of-both_parties"
    return Credentials(
        {
            "access_key": session["AccessKeyId"],
            "secret_key": GIVEN % "SECRET",
            "session_token": GIVEN % "TOKEN",
            "assume_role_arn": AWS_ROLE,
            "assume_role_external_id": GIVEN % "ID",
        },
        {
            "AWS_ACCESS_KEY_ID": "",
            "AWS_SECRET_ACCESS_KEY": "",
            "HANDED_OVER_SECRET": secret,
            "HANDED_OVER_TOKEN": token,
            "HANDED_OVER_ID": external,
        },
        {
            "AWS_ACCESS_KEY_ID": session["AccessKeyId"],
            "AWS_SECRET_ACCESS_KEY": secret,
            "AWS_SESSION_TOKEN": token,
        },
        (secret, token, external),
    )


def _aws_echo(_sandbox: SandboxProcess, credentials: Credentials) -> tuple[Json, tuple[str, ...]]:
    message = f"Cannot do it with {' and '.join(credentials.secrets)}"
    match = {"method": "GET", "path_regex": ":backup:ListRecoveryPoints"}
    return {"code": "InvalidParameterValueException", "message": message, "match": match}, ()


def _basic(user: str, password: str) -> str:
    """What basic authentication sends."""
    return base64.b64encode(f"{user}:{password}".encode()).decode()


def _nutanix_credentials(sandbox: SandboxProcess, wrong: bool) -> Credentials:
    """Users of two sites; the other's is in the targets of a replication."""
    users = [{"username": "operator", "password": SECRET}, {"username": "operator", "password": OTHER_SECRET}]
    sandbox.plant(nutanix_fleet(["apps"], (3000,), users=users))
    password = WRONG if wrong else SECRET
    _session(sandbox, ("operator", SECRET))
    # What the library logs of its requests has all their headers.
    log = {"nutanix_debug": True, "nutanix_log_file": "{{ lookup('env', 'HOME') }}/debug.log"}
    other = {"NUTANIX_DR_USERNAME": "operator", "NUTANIX_DR_PASSWORD": OTHER_SECRET}
    return Credentials(
        {"nutanix_username": "operator", "nutanix_password": GIVEN % "SECRET", **log},
        {"NUTANIX_USERNAME": "", "NUTANIX_PASSWORD": "", "HANDED_OVER_SECRET": password, **other},
        {"NUTANIX_USERNAME": "operator", "NUTANIX_PASSWORD": password, **other},
        (password, _basic("operator", password), OTHER_SECRET, _basic("operator", OTHER_SECRET)),
    )


def _nutanix_echo(_sandbox: SandboxProcess, credentials: Credentials) -> tuple[Json, tuple[str, ...]]:
    # The other site's are not known where only this one is asked.
    message = f"Cannot do it with {' and '.join(credentials.secrets[:2])}"
    match = {"method": "GET", "path_regex": "nutanix:pc-main .*/config/recovery-points"}
    return {"code": "DP-10001", "message": message, "match": match}, ()


def _session(sandbox: SandboxProcess, user: tuple[str, str]) -> None:
    """Sign in as the modules do; that the session looks like what is searched for proves that the search can find one."""
    answer = requests.get(
        f"{sandbox.prism_central('pc-main')['url']}/api/dataprotection/v4.0/config/recovery-points",
        auth=user,
        verify=sandbox.details["REQUESTS_CA_BUNDLE"],
        timeout=30,
    )
    assert TOKEN.match(answer.cookies["NTNX_IGW_SESSION"])


# What a task of any of these modules may get wrong.
_FAILURES: dict[str, Json] = {
    "no such option": {"nonsense": 1},
    "bad option of the task": {"batch_concurrency": "many"},
    "bad duration": {"wait_delay": "soon"},
}
CASES = {
    "azure": Case(
        credentials=_azure_credentials,
        group="azure",
        change=lambda **options: point_task("app", **options),
        copy=lambda keywords=None, **options: copy_task("app", keywords, **options),
        item={"restore_point_collection": "rpc-app"},
        missing={"restore_point_collection": "missing"},
        info=("azure_restore_point_info", {"resource_group": "rg-app"}),
        failures=_FAILURES,
        refusal=f"Azure refused to sign in (client_id {CLIENT}",
        echoed=_azure_echo,
        copying={"targets": [{"location": NORTH}]},
    ),
    "aws": Case(
        credentials=_aws_credentials,
        group="aws",
        change=lambda **options: backup_task("apps", **options),
        copy=lambda keywords=None, **options: vault_copy_task("apps", keywords, **options),
        item={"file_system_id": efs_id("apps")},
        missing={"file_system_id": "fs-0123456789abcdef0"},
        info=("efs_backup_info", {"region": IRELAND, "backup_vault_name": "main"}),
        failures={
            **_FAILURES,
            "bad setting of boto3": {"aws_config": {"nonsense": 1}},
            "bad ARN": {"iam_role_arn": "operator"},
        },
        refusal="The security token included in the request is invalid",
        echoed=_aws_echo,
    ),
    "nutanix": Case(
        credentials=_nutanix_credentials,
        group="nutanix",
        change=lambda **options: snapshot_task("apps", **{"max_age": "10m", **options}),
        copy=lambda keywords=None, **options: replica_task("apps", keywords, **options),
        item={"vm_recovery_points": [{"vm_ext_id": ext_id("apps")}]},
        missing={"vm_recovery_points": [{"vm_ext_id": NOBODY}]},
        info=("nutanix_recovery_point_info", {}),
        failures={**_FAILURES, "bad port": {"nutanix_port": "soon"}, "bad proxy": {"https_proxy": "::"}},
        refusal="refused to sign in",
        echoed=_nutanix_echo,
        python=ON_PYTHON,
    ),
}


@pytest.fixture(params=CASES)
def case(request: pytest.FixtureRequest) -> Case:
    return CASES[request.param]


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


def test_given_in_the_environment(sandbox: SandboxProcess, ansible: Ansible, case: Case, tmp_path: Path) -> None:
    credentials = case.credentials(sandbox, False)
    options: Json = {**case.copying, "journal_path": str(tmp_path / "journal")}
    detached = case.copy({"async": 60, "poll": 1}, **options)
    run = ansible.playbook([play([case.copy(**options), detached])], "-vvv", "--diff", env=credentials.own)
    assert (tmp_path / "journal").read_text(encoding="utf-8").count("\n") > 1
    _search(run, tmp_path, *credentials.secrets)


def test_given_in_the_playbook(sandbox: SandboxProcess, ansible: Ansible, case: Case, tmp_path: Path) -> None:
    credentials = case.credentials(sandbox, False)
    journal = str(tmp_path / "journal")
    item = {**case.item, **credentials.options}
    module, options = case.info
    tasks = [
        case.change(**credentials.options, journal_path=journal),
        case.change(journal_path=journal, batch=[item]),
        task(module, keywords={"async": 60, "poll": 1, "vars": case.python}, **options, batch=[credentials.options]),
        # To another machine.
        {
            **case.change(**credentials.options, journal_path=journal),
            "vars": {"ansible_connection": "elsewhere", **case.python},
        },
    ]
    defaults = {
        "hosts": "localhost",
        "gather_facts": False,
        "module_defaults": {f"group/bcdr.multicloud.{case.group}": credentials.options},
        "tasks": [case.change(journal_path=journal)],
    }
    run = ansible.playbook([play(tasks), defaults], "-vvv", "--diff", env=credentials.handed)
    assert len(run.events) >= 5
    _search(run, tmp_path, *credentials.secrets)


def test_runs_that_fail(sandbox: SandboxProcess, ansible: Ansible, case: Case, tmp_path: Path) -> None:
    credentials = case.credentials(sandbox, False)
    failures: Json = {
        **case.failures,
        "bad item": {"batch": [{**case.item, "nonsense": 1}]},
        "nothing there": {"batch": [case.missing]},
        "item no dict": {"batch": [case.item, 5]},
    }
    tasks = []
    for title, options in failures.items():
        batch = [
            {**credentials.options, **entry} if isinstance(entry, dict) else entry
            for entry in options.get("batch", [case.item])
        ]
        entry = case.change(**{**options, "batch": batch})
        tasks.append({**entry, "name": title, "ignore_errors": True})
        plain = {name: value for name, value in options.items() if name != "batch"}
        if plain:
            entry = case.change(**credentials.options, **plain)
            tasks.append({**entry, "name": f"{title}, no batch", "ignore_errors": True})
    run = ansible.playbook([play(tasks)], "-vvv", env=credentials.handed)
    assert [event["outcome"] for event in run.events] == ["ignored"] * len(tasks), run.output
    _search(run, tmp_path, *credentials.secrets)


def test_a_wrong_secret(sandbox: SandboxProcess, ansible: Ansible, case: Case, tmp_path: Path) -> None:
    credentials = case.credentials(sandbox, True)
    tasks = [
        {**case.change(**credentials.options), "ignore_errors": True},
        {**case.change(batch=[{**case.item, **credentials.options}]), "ignore_errors": True},
    ]
    run = ansible.playbook([play(tasks)], "-vvv", env=credentials.handed)
    for event in run.events:
        assert case.refusal in event["result"]["msg"]
        assert len(event["result"]["msg"].splitlines()) == 1
    _search(run, tmp_path, *credentials.secrets)


def test_an_error_that_echoes(sandbox: SandboxProcess, ansible: Ansible, case: Case, tmp_path: Path) -> None:
    credentials = case.credentials(sandbox, False)
    fault, more = case.echoed(sandbox, credentials)
    sandbox.add_faults({"kind": "status", "status": 400, "times": 0, **fault})
    entry = case.change(**credentials.options, journal_path=str(tmp_path / "journal"))
    tasks = [
        {**entry, "ignore_errors": True},
        {**entry, "ignore_errors": True, "vars": {"ansible_connection": "elsewhere", **case.python}},
        {**entry, "ignore_errors": True, "async": 60, "poll": 1},
    ]
    run = ansible.playbook([play(tasks)], "-vvv", env=credentials.handed)
    assert all("Cannot do it" in event["result"]["msg"] for event in run.events if event["outcome"] == "ignored")
    _search(run, tmp_path, *credentials.secrets, *more)


def _token(sandbox: SandboxProcess, tenant: str) -> str:
    """A token of Azure as the modules get it; that it looks like what is searched for proves that the search can find one."""
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


def test_an_api_key(sandbox: SandboxProcess, ansible: Ansible, tmp_path: Path) -> None:
    sandbox.plant(nutanix_fleet(["apps"], (3000,), api_keys=[API_KEY]))
    given: Json = {"nutanix_api_key": GIVEN % "KEY", "journal_path": str(tmp_path / "journal")}
    item = {"label": "apps", "vm_recovery_points": [{"vm_ext_id": ext_id("apps")}], "nutanix_api_key": GIVEN % "KEY"}
    tasks = [
        snapshot_task("apps", name="one", **given),
        snapshot_task("", name="two", batch=[item]),
        snapshot_task("apps", {"ignore_errors": True}, "wrong", name="one", nutanix_api_key=GIVEN % "WRONG"),
        # Prism Central replicates for users only.
        replica_task("apps", {"ignore_errors": True}, "forbidden", nutanix_api_key=GIVEN % "KEY"),
    ]
    nobody = {"NUTANIX_USERNAME": "", "NUTANIX_PASSWORD": ""}
    keys = {"HANDED_OVER_KEY": API_KEY, "HANDED_OVER_WRONG": WRONG}
    run = ansible.playbook([play(tasks)], "-vvv", "--diff", env={**nobody, **keys})
    assert len(run.changed) == 2
    assert "refused to sign in" in run.result("wrong")["msg"]
    assert "replicates for users only" in run.result("forbidden")["msg"]
    # From the environment.
    read = task("nutanix_recovery_point_info", keywords={"vars": ON_PYTHON})
    ansible.playbook([play([read])], "-vvv", env={**nobody, "NUTANIX_API_KEY": API_KEY})
    _search(run, tmp_path, API_KEY, WRONG)


def test_logins_in_the_workloads(sandbox: SandboxProcess, ansible: Ansible, tmp_path: Path) -> None:
    """The roles get them in a list of dictionaries; Ansible shows what it lays over what, and the arguments of roles."""
    credentials = _nutanix_credentials(sandbox, False)
    keyed = {**OTHER_LOGIN, "nutanix_username": "operator", "nutanix_password": GIVEN % "OTHER"}
    workload = {
        "type": "nutanix_vm",
        "name": "apps",
        "rpo": "30d",
        "vms": [{"name": "apps", "ext_id": ext_id("apps")}],
        "nutanix_username": "operator",
        "nutanix_password": GIVEN % "SECRET",
        "targets": [keyed],
        "drill": {"subnet_ext_id": ext_id("pc-dr isolated")},
    }
    env = {**credentials.handed, "NUTANIX_DR_PASSWORD": "", "HANDED_OVER_OTHER": OTHER_SECRET}

    def run(verbs: Iterable[str], workload: Json, rc: int) -> Run:
        given = json.dumps(
            {**ON_PYTHON, "nutanix_vm_wait_delay": "1s", "dr_confirm_cleanup": True, "dr_workloads": [workload]}
        )
        plays = [{"ansible.builtin.import_playbook": f"bcdr.multicloud.{verb}"} for verb in verbs]
        return ansible.playbook(plays, "-e", given, "-vvv", "--diff", env=env, rc=rc)

    done = run(("protect", "status", "drill", "cleanup"), workload, 0)
    assert len(done.changed) == 4
    _search(done, tmp_path, *credentials.secrets)
    # What is wrong is shown too: the role's arguments, the module's, and a login that nobody knows.
    _search(run(("protect",), {**workload, "targets": [{**keyed, "cluster": "c"}]}, 2), tmp_path, *credentials.secrets)
    wrong = {**workload, "targets": [{**keyed, "nutanix_username": "nobody", "nutanix_port": "soon"}]}
    _search(run(("protect",), wrong, 2), tmp_path, *credentials.secrets)
