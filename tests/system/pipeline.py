# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Runs the jobs of the sample pipelines: their own scripts, as GitHub's and GitLab's runners run them."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import yaml
from system.awx_job import PROJECT
from system.runner import collections_path

Json = dict[str, Any]
_EXAMPLES = PROJECT.parent


@dataclass(frozen=True)
class Step:
    """What a runner's shell gets; `always` says that it runs although an earlier one failed."""

    script: str
    always: bool = False


@dataclass(frozen=True)
class PipelineJob:
    steps: tuple[Step, ...]
    variables: Mapping[str, str]


def github_job(name: str) -> PipelineJob:
    """A job of docs/examples/github-actions.yml; what it takes from GitHub's contexts is left to the environment."""
    workflow = yaml.safe_load((_EXAMPLES / "github-actions.yml").read_text(encoding="utf-8"))
    job = workflow["jobs"][name]
    steps = tuple(Step(step["run"], step.get("if") == "always()") for step in job["steps"] if "run" in step)
    return PipelineJob(steps, _own(workflow["env"]))


def gitlab_job(name: str) -> PipelineJob:
    """A job of docs/examples/gitlab-ci.yml, with what it extends."""
    pipeline = yaml.safe_load((_EXAMPLES / "gitlab-ci.yml").read_text(encoding="utf-8"))
    job = {**pipeline[pipeline[name]["extends"]], **pipeline[name]}
    main = Step("\n".join([*job["before_script"], *job["script"]]))
    after = [Step("\n".join(job["after_script"]), always=True)] if "after_script" in job else []
    return PipelineJob((main, *after), _own({**pipeline["variables"], **job.get("variables", {})}))


def _own(variables: Mapping[str, Any]) -> dict[str, str]:
    return {name: str(value) for name, value in variables.items() if "${{" not in str(value)}


@dataclass(frozen=True)
class Outcome:
    rc: int
    output: str


class Checkout:
    """A checkout of the example project, in which jobs run with an environment that goes over theirs."""

    def __init__(self, folder: Path, environment: Mapping[str, str]) -> None:
        self.folder = folder / "checkout"
        shutil.copytree(PROJECT, self.folder)
        home = folder / "home"
        home.mkdir()
        (folder / "ansible.cfg").touch()
        self._environment = {
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', os.defpath)}",
            "HOME": str(home),
            "LC_ALL": "C.UTF-8",
            "PYTHONDONTWRITEBYTECODE": "1",
            "ANSIBLE_HOME": str(home / ".ansible"),
            "ANSIBLE_REMOTE_TMP": str(home / "remote"),
            "ANSIBLE_COLLECTIONS_PATH": collections_path(),
            "no_proxy": "127.0.0.1,localhost",
            **environment,
        }

    def run(self, job: PipelineJob, timeout: float = 300.0) -> Outcome:
        """Run a job's steps in order, each in a shell of its own."""
        environment = {**job.variables, **self._environment, "ANSIBLE_FORCE_COLOR": "false"}
        rc, output = 0, ""
        for step in job.steps:
            if rc and not step.always:
                continue
            done = subprocess.run(
                ["bash", "-eo", "pipefail", "-c", step.script],
                env=environment,
                cwd=self.folder,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                timeout=timeout,
                check=False,
            )
            rc, output = rc or done.returncode, output + done.stdout + done.stderr
        return Outcome(rc, output)


@contextmanager
def github_tokens(tokens: Mapping[str, str]) -> Iterator[dict[str, str]]:
    """GitHub's endpoint for tokens: yields the variables of a job that may ask it for one of each audience."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            audience = self.path.partition("&audience=")[2]
            known = audience in tokens and self.headers["Authorization"] == "bearer request-token"
            body = json.dumps({"value": tokens.get(audience)} if known else {"message": "no"}).encode()
            self.send_response(200 if known else 401)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_args: Any) -> None:
            """Nobody reads it."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        address = f"http://127.0.0.1:{server.server_port}/token?api-version=2.0"
        try:
            yield {"ACTIONS_ID_TOKEN_REQUEST_URL": address, "ACTIONS_ID_TOKEN_REQUEST_TOKEN": "request-token"}
        finally:
            server.shutdown()
