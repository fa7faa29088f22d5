# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every way to sign in to AWS that the documentation names, from the environment or options to an answer of AWS."""

from __future__ import annotations

import datetime
import http.server
import json
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from system.efs_fleet import ACCOUNT, FRANKFURT, IRELAND, OTHER_ACCOUNT, efs_fleet, efs_id, vault_arn, vault_copy_task
from system.fleet import play, task
from system.runner import Ansible
from system.sandbox_process import SandboxProcess
from system.web_identity import web_identity_token

SPEED = 1200.0
EXTERNAL_ID = "an-id-that-both-have-agreed-on"
AUTHORIZATION = "what-the-container-is-told"
ROLE = f"arn:aws:iam::{OTHER_ACCOUNT}:role/recovery"
NOTHING: dict[str, str | None] = {"AWS_ACCESS_KEY_ID": None, "AWS_SECRET_ACCESS_KEY": None}
KEYS = {
    ACCOUNT: {"access_key": "AKIASANDBOX000000001", "secret_key": "sandbox-secret-key"},
    OTHER_ACCOUNT: {"access_key": "AKIASANDBOX000000002", "secret_key": "sandbox-secret-key-2"},
}
Json = dict[str, Any]


@pytest.fixture(autouse=True)
def _vaults(sandbox: SandboxProcess) -> None:
    """A vault `main` in the first account, and `dr` in another, which lets copies in."""
    allow = {
        "Effect": "Allow",
        "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"},
        "Action": "backup:CopyIntoBackupVault",
        "Resource": "*",
    }
    seed = efs_fleet(
        ["apps"],
        (3000,),
        targets=(),
        accounts=[{"id": account, **keys} for account, keys in KEYS.items()],
        cross_account_backup=True,
    )
    policy = {"Version": "2012-10-17", "Statement": [allow]}
    seed["aws"]["vaults"].append({"name": "dr", "account": OTHER_ACCOUNT, "region": FRANKFURT, "policy": policy})
    sandbox.plant(seed)


def _reads(ansible: Ansible, env: Mapping[str, str | None], account: str = ACCOUNT, **options: Any) -> None:
    """Only who is let into the right account sees its vault."""
    vault, region = ("main", IRELAND) if account == ACCOUNT else ("dr", FRANKFURT)
    read = task("efs_backup_info", backup_vault_name=vault, region=region, **options)
    result = ansible.playbook([play([read])], env=env).result("efs_backup_info")
    assert len(result["recovery_points"]) == (1 if account == ACCOUNT else 0)


def _session(sandbox: SandboxProcess, role: str = ROLE) -> Json:
    answer = sandbox.aws("sts", IRELAND).assume_role(RoleArn=role, RoleSessionName="test")
    credentials: Json = answer["Credentials"]
    return credentials


def _aws_folder(home: Path, config: str = "", credentials: str = "") -> dict[str, str | None]:
    (home / ".aws").mkdir()
    (home / ".aws" / "config").write_text(config, encoding="utf-8")
    (home / ".aws" / "credentials").write_text(credentials, encoding="utf-8")
    return {**NOTHING, "HOME": str(home)}


def _profile(name: str, account: str) -> str:
    keys = KEYS[account]
    return f"[{name}]\naws_access_key_id={keys['access_key']}\naws_secret_access_key={keys['secret_key']}\n"


def test_keys_as_options(ansible: Ansible, sandbox: SandboxProcess) -> None:
    endpoint = sandbox.environment["AWS_ENDPOINT_URL"]
    nowhere = {**NOTHING, "AWS_ENDPOINT_URL": None, "AWS_DEFAULT_REGION": None}
    _reads(ansible, nowhere, endpoint_url=endpoint, **KEYS[ACCOUNT])


@pytest.mark.parametrize(
    "names", [("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"), ("AWS_ACCESS_KEY", "AWS_SECRET_KEY")]
)
def test_keys_in_the_environment(ansible: Ansible, names: tuple[str, str]) -> None:
    keys = dict(zip(names, KEYS[OTHER_ACCOUNT].values(), strict=True))
    _reads(ansible, {**NOTHING, **keys}, OTHER_ACCOUNT)


def test_other_names_of_region_and_endpoint(ansible: Ansible, sandbox: SandboxProcess) -> None:
    endpoint = sandbox.environment["AWS_ENDPOINT_URL"]
    env = {"AWS_ENDPOINT_URL": None, "AWS_URL": endpoint, "AWS_DEFAULT_REGION": None, "AWS_REGION": IRELAND}
    _reads(ansible, env)


@pytest.mark.parametrize("name", ["AWS_SESSION_TOKEN", "AWS_SECURITY_TOKEN"])
def test_a_session_token_in_the_environment(ansible: Ansible, sandbox: SandboxProcess, name: str) -> None:
    session = _session(sandbox)
    keys = {"AWS_ACCESS_KEY_ID": session["AccessKeyId"], "AWS_SECRET_ACCESS_KEY": session["SecretAccessKey"]}
    _reads(ansible, {**keys, name: session["SessionToken"]}, OTHER_ACCOUNT)


def test_a_session_token_as_an_option(ansible: Ansible, sandbox: SandboxProcess) -> None:
    session = _session(sandbox)
    options = {"access_key": session["AccessKeyId"], "secret_key": session["SecretAccessKey"]}
    _reads(ansible, NOTHING, OTHER_ACCOUNT, **options, session_token=session["SessionToken"])


def test_a_shared_profile(ansible: Ansible, tmp_path: Path) -> None:
    env = _aws_folder(tmp_path, credentials=_profile("dr", OTHER_ACCOUNT))
    _reads(ansible, env, OTHER_ACCOUNT, profile="dr")
    _reads(ansible, {**env, "AWS_PROFILE": "dr"}, OTHER_ACCOUNT)


def test_a_role(ansible: Ansible, sandbox: SandboxProcess) -> None:
    _reads(ansible, {}, OTHER_ACCOUNT, assume_role_arn=ROLE, assume_role_external_id=EXTERNAL_ID)
    (assumed,) = sandbox.requests("POST", ":sts:AssumeRole")
    assert (assumed["body"]["RoleArn"], assumed["body"]["ExternalId"]) == (ROLE, EXTERNAL_ID)


def test_a_profile_with_a_role(ansible: Ansible, sandbox: SandboxProcess, tmp_path: Path) -> None:
    config = f"[profile dr]\nrole_arn={ROLE}\nsource_profile=base\nexternal_id={EXTERNAL_ID}\nregion={FRANKFURT}\n"
    env = _aws_folder(tmp_path, config, _profile("base", ACCOUNT))
    _reads(ansible, env, OTHER_ACCOUNT, profile="dr")
    (assumed,) = sandbox.requests("POST", ":sts:AssumeRole")
    assert assumed["body"]["ExternalId"] == EXTERNAL_ID


def test_a_profile_with_a_program(ansible: Ansible, sandbox: SandboxProcess, tmp_path: Path) -> None:
    script = tmp_path / "credentials.py"
    script.write_text(f"print({json.dumps(json.dumps({'Version': 1, **_shown(_session(sandbox), 'SessionToken')}))})")
    env = _aws_folder(tmp_path, f'[profile dr]\ncredential_process="{sys.executable}" "{script}"\n')
    _reads(ansible, env, OTHER_ACCOUNT, profile="dr")


ISSUER, SUBJECT = "https://token.example.com", "repo:infrastructure/disaster-recovery"


@pytest.mark.parametrize(
    ("claims", "refusal"),
    [
        ({}, ""),
        ({"exp": 1}, "ExpiredTokenException: Token expired"),
        ({"aud": "api://AzureADTokenExchange"}, "InvalidIdentityToken: Incorrect token audience"),
        ({"sub": "repo:somebody/else"}, "AccessDenied: Not authorized to perform sts:AssumeRoleWithWebIdentity"),
    ],
    ids=["trusted", "expired", "for another cloud", "of another repository"],
)
def test_what_a_pipeline_says_of_itself(
    ansible: Ansible, sandbox: SandboxProcess, tmp_path: Path, claims: Json, refusal: str
) -> None:
    """As GitHub's and GitLab's jobs sign in: a role and a token in a file, and no secret."""
    federated = [{"issuer": ISSUER, "subject": SUBJECT}]
    accounts = [{"id": account, **keys, "federated": federated} for account, keys in KEYS.items()]
    sandbox.plant(efs_fleet(["apps"], (3000,), targets=(), accounts=accounts))
    file = tmp_path / "token"
    file.write_text(web_identity_token(ISSUER, SUBJECT, "sts.amazonaws.com", **claims), encoding="utf-8")
    env = {**NOTHING, "AWS_WEB_IDENTITY_TOKEN_FILE": str(file), "AWS_ROLE_ARN": ROLE.replace(OTHER_ACCOUNT, ACCOUNT)}
    if not refusal:
        return _reads(ansible, env)
    read = task("efs_backup_info", backup_vault_name="main", region=IRELAND)
    run = ansible.playbook([play([read])], env=env, rc=2)
    assert refusal in run.output
    assert file.read_text(encoding="utf-8") not in run.output
    return None


def test_the_role_of_a_container(ansible: Ansible, sandbox: SandboxProcess) -> None:
    with _metadata(_shown(_session(sandbox), "Token")) as url:
        env = {"AWS_CONTAINER_CREDENTIALS_FULL_URI": f"{url}/container"}
        _reads(ansible, {**NOTHING, **env, "AWS_CONTAINER_AUTHORIZATION_TOKEN": AUTHORIZATION}, OTHER_ACCOUNT)


def test_the_role_of_a_machine(ansible: Ansible, sandbox: SandboxProcess) -> None:
    with _metadata(_shown(_session(sandbox), "Token")) as url:
        env = {"AWS_EC2_METADATA_DISABLED": "false", "AWS_EC2_METADATA_SERVICE_ENDPOINT": url}
        _reads(ansible, {**NOTHING, **env}, OTHER_ACCOUNT)


def _shown(session: Mapping[str, Any], token: str) -> Json:
    """Credentials as programs and metadata services tell them, which differ in the name of the token."""
    expires: datetime.datetime = session["Expiration"]
    return {
        "AccessKeyId": session["AccessKeyId"],
        "SecretAccessKey": session["SecretAccessKey"],
        token: session["SessionToken"],
        "Expiration": expires.strftime("%Y-%m-%dT%H:%M:%SZ"),
    }


@contextmanager
def _metadata(credentials: Json) -> Iterator[str]:
    """Serve credentials as the agent of a container does, and as the metadata of a machine (version 2, with tokens)."""
    roles = "/latest/meta-data/iam/security-credentials/"

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_PUT(self) -> None:
            self._answer("a-token" if self.path == "/latest/api/token" else None)

        def do_GET(self) -> None:
            if self.path == "/container":
                allowed = self.headers["Authorization"] == AUTHORIZATION
                self._answer(json.dumps(credentials) if allowed else None)
            elif self.headers["x-aws-ec2-metadata-token"] == "a-token":
                answers = {roles: "recovery", f"{roles}recovery": json.dumps({"Code": "Success", **credentials})}
                self._answer(answers.get(self.path))
            else:
                self._answer(None)

        def _answer(self, text: str | None) -> None:
            body = (text or "").encode()
            self.send_response(404 if text is None else 200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
            """Requests are nobody's business here."""

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.mark.parametrize("way", ["role", "profile"])
def test_a_destination_in_another_account(ansible: Ansible, sandbox: SandboxProcess, tmp_path: Path, way: str) -> None:
    seen_by = {
        "role": {"assume_role_arn": ROLE, "assume_role_external_id": EXTERNAL_ID},
        "profile": {"profile": "dr"},
    }[way]
    env = {"HOME": _aws_folder(tmp_path, credentials=_profile("dr", OTHER_ACCOUNT))["HOME"]}
    destination = {"backup_vault_arn": vault_arn(FRANKFURT, account=OTHER_ACCOUNT)}
    unseen = vault_copy_task("apps", {"ignore_errors": True}, "unseen", destinations=[destination])
    copied = vault_copy_task("apps", title="copied", destinations=[{**destination, **seen_by}])
    run = ansible.playbook([play([unseen, copied, {**copied, "name": "again"}])], env=env)
    assert "a vault of another account needs assume_role_arn or profile" in run.result("unseen")["msg"]
    assert [copy["account"] for copy in run.result("copied")["copies"]] == [OTHER_ACCOUNT]
    assert run.changed == ["copied"]
    assert len(sandbox.jobs("copy", efs_id("apps"))) == 1
    external = [entry["body"].get("ExternalId") for entry in sandbox.requests("POST", ":sts:AssumeRole")]
    assert set(external) == ({EXTERNAL_ID} if way == "role" else set())
