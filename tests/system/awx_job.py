# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Jobs as AWX runs them: ansible-runner's transmit, worker and process, with the folders that AWX makes.

AWX packs a private folder (project, inventory, extra variables, command line) and sends it to `ansible-runner worker` where
the job runs, in a container; here it is a process. What that answers is a stream of events and, last, the artifacts, which
`process` unpacks. To cancel a job is a SIGTERM to the worker, which kills Ansible and all it has started.
"""

from __future__ import annotations

import itertools
import json
import os
import shlex
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import ansible_runner
from system.runner import collections_path

Json = dict[str, Any]
PROJECT = Path(__file__).resolve().parents[2] / "docs" / "examples" / "project"
_BIN = Path(sys.executable).parent
# What ansible-runner writes down of itself: the command with its environment. AWX replaces its secrets; they are not ours.
_RUNNERS_OWN = "command"


@dataclass(frozen=True)
class Result:
    """What AWX knows of a job that has ended: its status, and its events in order."""

    status: str
    rc: int | None
    events: tuple[Json, ...]
    folders: tuple[Path, ...]
    seconds: float

    @property
    def output(self) -> str:
        return "\n".join(str(event.get("stdout", "")) for event in self.events)

    def of(self, kind: str) -> list[Json]:
        """The events of one kind, such as `runner_on_ok` or `verbose`."""
        return [event for event in self.events if event["event"] == kind]

    @property
    def changed(self) -> list[str]:
        """The names of the tasks that changed something."""
        return [
            event["event_data"]["task"]
            for event in self.of("runner_on_ok")
            if event["event_data"]["res"].get("changed")
        ]

    @property
    def artifacts(self) -> Json:
        """What `set_stats` has left: AWX hands it to the later jobs of a workflow."""
        (stats,) = self.of("playbook_on_stats")
        return dict(stats["event_data"].get("artifact_data", {}))

    def files(self) -> list[Path]:
        """All that is left on both sides after the job."""
        return [
            path
            for folder in self.folders
            for path in sorted(folder.rglob("*"))
            if path.is_file() and path.name != _RUNNERS_OWN
        ]


@dataclass
class Job:
    """A job that runs."""

    ident: int
    popen: subprocess.Popen[bytes]
    control: Path
    worker: Path
    stream: Path
    started: float = field(default_factory=time.monotonic)

    def events(self) -> list[Json]:
        """The events so far; the last line may not be complete yet."""
        lines = self.stream.read_bytes().split(b"\n")[:-1]
        return [entry for entry in map(_event, lines) if entry]

    def cancel(self) -> None:
        """What AWX's Cancel comes down to."""
        self.popen.send_signal(signal.SIGTERM)

    def finish(self, timeout: float = 120.0) -> Result:
        try:
            self.popen.wait(timeout)
        except subprocess.TimeoutExpired:
            self.popen.kill()
            raise AssertionError(f"job {self.ident} still runs after {timeout} s\n{self._stdout()}") from None
        events: list[Json] = []
        outcome: Json = {}

        def keep(event: Json) -> bool:
            events.append(event)
            return True

        def status(data: Json, **_kwargs: Any) -> None:
            outcome.update(data)

        with self.stream.open("rb") as stream:
            processed = ansible_runner.interface.run(
                streamer="process",
                _input=stream,
                private_data_dir=str(self.control),
                ident=self.ident,
                event_handler=keep,
                status_handler=status,
                cancel_callback=_never,
                quiet=True,
            )
        return Result(
            str(processed.status),
            processed.rc if processed.rc is not None else self.popen.returncode,
            tuple(events),
            (self.control / "artifacts", self.worker / "artifacts"),
            time.monotonic() - self.started,
        )

    def _stdout(self) -> str:
        return "\n".join(str(event.get("stdout", "")) for event in self.events())


class Awx:
    """Starts jobs of the example project; `environment` is what the job's credentials put into its environment."""

    def __init__(self, folder: Path, environment: Mapping[str, str]) -> None:
        self._folder = folder
        self._environment = dict(environment)
        self._numbers = itertools.count(1)
        self._jobs: list[Job] = []

    def start(
        self,
        playbook: str,
        inventory: Mapping[str, Any],
        *arguments: str,
        extra_vars: Mapping[str, Any] | None = None,
    ) -> Job:
        """Launch a playbook of the project; `inventory` is what an inventory script prints, `arguments` go to ansible-playbook."""
        ident = next(self._numbers)
        control, worker = self._folder / f"job-{ident}", self._folder / f"job-{ident}-worker"
        shutil.copytree(PROJECT, control / "project")
        for name in ("inventory", "env"):
            (control / name).mkdir()
        worker.mkdir()
        # As AWX writes it: a program that prints what is in the database.
        script = control / "inventory" / "hosts"
        script.write_text(f"#!/usr/bin/env python3\nprint({json.dumps(dict(inventory))!r})\n", encoding="utf-8")
        script.chmod(0o700)
        variables = {"awx_job_id": ident, **(extra_vars or {})}
        (control / "env" / "extravars").write_text(json.dumps(variables), encoding="utf-8")
        (control / "env" / "cmdline").write_text(
            shlex.join(["-i", str(worker / "inventory" / "hosts"), *arguments]), encoding="utf-8"
        )
        request, stream = self._folder / f"job-{ident}.request", self._folder / f"job-{ident}.stream"
        with request.open("wb") as sent:
            ansible_runner.interface.run(
                streamer="transmit",
                _output=sent,
                private_data_dir=str(control),
                ident=ident,
                playbook=playbook,
                envvars=self._variables(ident, worker),
                # That credentials are in no file of the worker.
                suppress_env_files=True,
                cancel_callback=_never,
            )
        with request.open("rb") as given, stream.open("wb") as answer:
            popen = subprocess.Popen(
                [sys.executable, "-m", "ansible_runner", "worker", "--private-data-dir", str(worker)],
                env={"PATH": self._path(), "HOME": str(worker), "LC_ALL": "C.UTF-8"},
                stdin=given,
                stdout=answer,
                start_new_session=True,
            )
        # It holds the credentials.
        request.unlink()
        job = Job(ident, popen, control, worker, stream)
        self._jobs.append(job)
        return job

    def run(
        self,
        playbook: str,
        inventory: Mapping[str, Any],
        *arguments: str,
        extra_vars: Mapping[str, Any] | None = None,
        status: str = "successful",
        timeout: float = 120.0,
    ) -> Result:
        """Run a job to its end."""
        result = self.start(playbook, inventory, *arguments, extra_vars=extra_vars).finish(timeout)
        assert result.status == status, result.output
        return result

    def stop(self) -> None:
        """Leave nothing behind that still runs."""
        for job in self._jobs:
            if job.popen.poll() is None:
                job.cancel()
                job.popen.wait(30)

    def _path(self) -> str:
        return f"{_BIN}{os.pathsep}{os.environ.get('PATH', os.defpath)}"

    def _variables(self, ident: int, worker: Path) -> dict[str, str]:
        return {
            "PATH": self._path(),
            "ANSIBLE_COLLECTIONS_PATH": collections_path(),
            "ANSIBLE_HOME": str(worker / ".ansible"),
            "ANSIBLE_REMOTE_TMP": str(worker / ".ansible" / "tmp"),
            "ANSIBLE_FORCE_COLOR": "True",
            "ANSIBLE_HOST_KEY_CHECKING": "False",
            "ANSIBLE_INVENTORY_UNPARSED_FAILED": "True",
            "ANSIBLE_PARAMIKO_RECORD_HOST_KEYS": "False",
            "PYTHONDONTWRITEBYTECODE": "1",
            "no_proxy": "127.0.0.1,localhost",
            "JOB_ID": str(ident),
            **self._environment,
        }


def inventory_of(source: Path, home: Path) -> Json:
    """What AWX imports from an inventory file of a project: hosts, groups, and all that is said of each host.

    Templates stay what they are until a job runs.
    """
    environment = {"PATH": os.environ.get("PATH", os.defpath), "HOME": str(home), "LC_ALL": "C.UTF-8"}
    command = [sys.executable, str(_BIN / "ansible-inventory"), "-i", str(source), "--list"]
    done = subprocess.run(command, env=environment, cwd=home, capture_output=True, text=True, timeout=60, check=True)
    inventory: Json = json.loads(done.stdout)
    return inventory


def slices(inventory: Json, count: int) -> list[Json]:
    """The inventory's hosts dealt out to so many jobs, as AWX's job slicing does it."""
    names = sorted(inventory["_meta"]["hostvars"])
    return [_only(inventory, names[number::count]) for number in range(count)]


def _only(inventory: Json, names: Sequence[str]) -> Json:
    groups = {
        group: {**content, "hosts": [name for name in content.get("hosts", ()) if name in names]}
        for group, content in inventory.items()
        if group != "_meta"
    }
    return {**groups, "_meta": {"hostvars": {name: inventory["_meta"]["hostvars"][name] for name in names}}}


def _event(line: bytes) -> Json:
    """A line of the worker's stream, if it is an event; the artifacts at its end are none."""
    try:
        entry = json.loads(line)
    except ValueError:
        return {}
    return entry if isinstance(entry, dict) and entry.get("uuid") else {}


def _never() -> bool:
    return False
