# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The sample pipelines of GitHub and GitLab: their own scripts, from a pull request to a breach, against the sandbox."""

from __future__ import annotations

import re
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from system.awx_job import PROJECT
from system.efs_fleet import ACCOUNT
from system.fleet import arrived, source
from system.nutanix_fleet import PYTHON
from system.pipeline import Checkout, Outcome, PipelineJob, github_job, github_tokens, gitlab_job
from system.project_fleet import VMS, check_nothing_double, project_seed
from system.sandbox_process import SandboxProcess
from system.web_identity import web_identity_token

# Time moves when the test says so.
SPEED = 0.0
HOUR = 3600
CLIENT = "22222222-3333-4444-5555-666666666666"
AZURE, AWS = "api://AzureADTokenExchange", "sts.amazonaws.com"
ISSUER, SUBJECT = "https://token.example.com", "repo:infrastructure/disaster-recovery"


@pytest.fixture
def checkout(sandbox: SandboxProcess, tmp_path: Path) -> Iterator[Checkout]:
    """A checkout whose jobs have no secret of Azure's or AWS's: they sign in with what the platform says of them."""
    _plant(sandbox, project_seed())
    secrets = ("AZURE_SECRET", "AZURE_CLIENT_SECRET", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")
    without = {name: value for name, value in sandbox.environment.items() if name not in secrets}
    tokens = {audience: web_identity_token(ISSUER, SUBJECT, audience) for audience in (AZURE, AWS)}
    with github_tokens(tokens) as github:
        yield Checkout(
            tmp_path,
            {
                **without,
                **github,
                "AZURE_CLIENT_ID": CLIENT,
                # GitLab hands them over itself.
                "AZURE_TOKEN": tokens[AZURE],
                "AWS_TOKEN": tokens[AWS],
                "AWS_ROLE_ARN": f"arn:aws:iam::{ACCOUNT}:role/disaster-recovery",
                "AZURE_FEDERATED_TOKEN_FILE": str(tmp_path / "azure-token"),
                "AWS_WEB_IDENTITY_TOKEN_FILE": str(tmp_path / "aws-token"),
                "DR_PYTHON": PYTHON,
            },
        )


def _plant(sandbox: SandboxProcess, seed: dict[str, Any]) -> None:
    federated = {"federated": [{"issuer": ISSUER, "subject": SUBJECT}]}
    account = {"id": ACCOUNT, "access_key": "AKIASANDBOX000000001", "secret_key": "sandbox-secret-key", **federated}
    sandbox.plant({**seed, "clients": [{"id": CLIENT, **federated}], "aws": {**seed["aws"], "accounts": [account]}})


# Of six workloads, with all that is waited for on a busy machine.
@pytest.mark.timeout(900)
def test_from_a_pull_request_to_what_was_merged(sandbox: SandboxProcess, checkout: Checkout) -> None:
    drift = checkout.run(github_job("drift"))
    _check_failed(drift, "app-01: drift: ", "app-02: RPO breached: northeurope has no usable recovery point, 4h wanted")
    assert sandbox.writes() == []

    for hour in range(4):
        protected = checkout.run((github_job, gitlab_job)[hour % 2]("protect"))
        assert protected.rc == 0, protected.output
        if not re.search(r"changed=[1-9]", protected.output):
            break
        sandbox.advance(HOUR / 2)
    check_nothing_double(sandbox)
    fine = checkout.run(gitlab_job("drift"))
    assert fine.rc == 0, fine.output
    assert sandbox.refused() == []


@pytest.mark.parametrize("job", [github_job, gitlab_job], ids=["github", "gitlab"])
def test_a_breach_fails_the_status(
    sandbox: SandboxProcess, checkout: Checkout, job: Callable[[str], PipelineJob]
) -> None:
    """Of the two VMs, whose newest copies are of five hours ago, one may not be older than four."""
    points = [entry for vm in VMS for entry in (source(vm, (5 * HOUR,)), arrived(vm, ("p1",)))]
    _plant(sandbox, project_seed(points))
    status = checkout.run(job("status"))
    _check_failed(
        status, "app-02: RPO breached: northeurope is ", " old, 4h wanted", "ledger: RPO breached: dr-site has no"
    )
    assert "app-01: RPO" not in status.output
    assert "app-02" in (checkout.folder / "reports" / "dr.xml").read_text(encoding="utf-8")
    assert "<html" in (checkout.folder / "reports" / "dr.html").read_text(encoding="utf-8")


@pytest.mark.timeout(600)
@pytest.mark.parametrize("job", [github_job, gitlab_job], ids=["github", "gitlab"])
def test_a_drill_is_cleaned_up_after_also_where_some_of_it_failed(
    sandbox: SandboxProcess, checkout: Checkout, job: Callable[[str], PipelineJob]
) -> None:
    """The VMs have copies to be restored, the file systems and Nutanix's workloads have none yet."""
    points = [entry for vm in VMS for entry in (source(vm, (5 * HOUR,)), arrived(vm, ("p1",)))]
    _plant(sandbox, project_seed(points))
    ended = threading.Event()

    def pass_time() -> None:
        while not ended.wait(0.5):
            sandbox.advance(120)

    clock = threading.Thread(target=pass_time)
    clock.start()
    try:
        drill = checkout.run(job("drill"))
    finally:
        ended.set()
        clock.join()
    _check_failed(drill, "app-01: restored from p1, ", "app-02: restored from p1, ", "web-content", "ledger")
    gone = sorted(entry["path"].rsplit("/", 1)[-1] for entry in sandbox.requests("DELETE", "virtualMachines/drill-"))
    assert gone == ["drill-app-01", "drill-app-02"]
    assert sandbox.names("virtual_machines", "drill-") == sandbox.names("disks", "drill-") == []


def _check_failed(outcome: Outcome, *lines: str) -> None:
    assert outcome.rc != 0, outcome.output
    assert "Traceback" not in outcome.output
    for line in lines:
        assert line in outcome.output, outcome.output


@pytest.mark.parametrize(
    ("schema", "options"),
    [("github-actions", ()), ("gitlab-ci", ("--data-transform", "gitlab-ci"))],
)
def test_the_files_are_as_the_platforms_want_them(schema: str, options: tuple[str, ...]) -> None:
    vendored = {"github-actions": "vendor.github-workflows", "gitlab-ci": "vendor.gitlab-ci"}[schema]
    path = PROJECT.parent / f"{schema}.yml"
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", vendored, *options, str(path)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
