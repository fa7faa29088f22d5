# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Runs ansible-playbook and ansible as a user would, in an environment of their own."""

from __future__ import annotations

import contextlib
import itertools
import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

Json = dict[str, Any]
HERE = Path(__file__).resolve().parent
_CHECKOUT = HERE.parents[1]
_BIN = Path(sys.executable).parent
_NOISE = re.compile(r"Traceback|\[WARNING\]|\[DEPRECATION", re.IGNORECASE)


def collections_path() -> str:
    """Where Ansible finds the collection: what `make setup` made, unless the environment says otherwise."""
    return os.environ.get("ANSIBLE_COLLECTIONS_PATH") or str(_CHECKOUT / ".build" / "collections")


@dataclass(frozen=True)
class Run:
    """What is left of a process that has ended; `events` are the results as a callback sees them."""

    rc: int
    stdout: str
    stderr: str
    events: tuple[Json, ...]
    seconds: float
    folder: Path

    @property
    def output(self) -> str:
        return self.stdout + self.stderr

    def results(self, task: str, host: str = "") -> list[Json]:
        """The final results of the task with that name."""
        return [
            dict(event["result"])
            for event in self.events
            if event["task"].endswith(task)
            and event["outcome"] not in ("async_poll", "retry")
            and host in ("", event["host"])
        ]

    def result(self, task: str, host: str = "") -> Json:
        """The result of the task with that name, which ran once."""
        found = self.results(task, host)
        assert len(found) == 1, f"{len(found)} results of {task!r}\n{self.output}"
        return found[0]

    @property
    def changed(self) -> list[str]:
        """The names of the tasks that changed something."""
        return [event["task"] for event in self.events if event["result"].get("changed")]


@dataclass
class Process:
    """A run that goes on. Its output goes to files, so that nobody has to read it in time."""

    popen: subprocess.Popen[bytes]
    folder: Path
    allowed: Sequence[str] = ()
    started: float = field(default_factory=time.monotonic)

    def finish(self, timeout: float = 120.0, rc: int | Iterable[int] | None = 0) -> Run:
        """Wait for the end and check what is true of every run: no traceback, and no warning that is not `allowed`."""
        try:
            self.popen.wait(timeout=timeout)
        except subprocess.TimeoutExpired:
            self.kill()
            raise AssertionError(f"still running after {timeout} s\n{self._text('stdout')}") from None
        run = Run(
            self.popen.returncode,
            self._text("stdout"),
            self._text("stderr"),
            tuple(self._events()),
            time.monotonic() - self.started,
            self.folder,
        )
        if rc is not None:
            codes = (rc,) if isinstance(rc, int) else tuple(rc)
            assert run.rc in codes, f"exit code {run.rc}\n{run.output}"
        noise = [line for line in run.output.splitlines() if _NOISE.search(line)]
        noise += [
            str(note)
            for event in run.events
            for kind in ("warnings", "deprecations", "exception")
            for note in _listed(event["result"].get(kind))
        ]
        unexpected = [line for line in noise if not any(re.search(pattern, line) for pattern in self.allowed)]
        assert not unexpected, "\n".join([*unexpected, "", run.output])
        return run

    def kill(self) -> None:
        """SIGKILL to the process and all that it has started, at once: nobody gets a chance to tidy up."""
        processes = [self.popen.pid]
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.popen.pid, signal.SIGSTOP)
            # Ansible's workers lead sessions of their own, so it takes the tree and not the process group.
            while found := [pid for pid in _children(processes) if pid not in processes]:
                for pid in found:
                    with contextlib.suppress(ProcessLookupError):
                        os.kill(pid, signal.SIGSTOP)
                processes += found
        for pid in processes:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self.popen.wait()

    def _text(self, name: str) -> str:
        path = self.folder / name
        return path.read_text(encoding="utf-8", errors="replace") if path.exists() else ""

    def _events(self) -> list[Json]:
        return [json.loads(line) for line in self._text("events").splitlines()]


class Ansible:
    """Runs playbooks and ad hoc commands; every run gets a folder with a home of its own."""

    def __init__(self, folder: Path, environment: Mapping[str, str]) -> None:
        self.folder = folder
        self._environment = dict(environment)
        self._numbers = itertools.count(1)
        self._processes: list[Process] = []

    def start(
        self,
        plays: Sequence[Mapping[str, Any]],
        *options: str,
        env: Mapping[str, str | None] | None = None,
        allowed: Sequence[str] = (),
        stdout: int | IO[bytes] | None = None,
        broken: bool = False,
    ) -> Process:
        """Start ansible-playbook; `env` goes over the environment (None unsets), `allowed` are patterns of expected warnings.

        `broken` says that Ansible itself will not end as it should.
        """
        folder = self._folder()
        playbook = folder / "playbook.yml"
        # JSON is YAML.
        playbook.write_text(json.dumps(list(plays), indent=1), encoding="utf-8")
        allowed = [".*"] if broken else allowed
        return self._start("ansible-playbook", [str(playbook), *options], folder, env, allowed, stdout)

    def playbook(
        self,
        plays: Sequence[Mapping[str, Any]],
        *options: str,
        env: Mapping[str, str | None] | None = None,
        allowed: Sequence[str] = (),
        rc: int | Iterable[int] | None = 0,
        timeout: float = 120.0,
    ) -> Run:
        """Run ansible-playbook to its end."""
        return self.start(plays, *options, env=env, allowed=allowed).finish(timeout, rc)

    def named(
        self,
        name: str,
        *options: str,
        rc: int = 0,
        timeout: float = 120.0,
        allowed: Sequence[str] = (),
        env: Mapping[str, str | None] | None = None,
    ) -> Run:
        """Run a playbook of the collection by its full name; `env` goes over the environment."""
        return self.start_named(name, *options, allowed=allowed, env=env).finish(timeout, rc)

    def start_named(
        self, name: str, *options: str, allowed: Sequence[str] = (), env: Mapping[str, str | None] | None = None
    ) -> Process:
        """Start a playbook of the collection by its full name."""
        return self._start("ansible-playbook", [name, *options], self._folder(), env, allowed)

    def module(
        self,
        module: str,
        arguments: Mapping[str, Any],
        *options: str,
        rc: int | Iterable[int] = 0,
        timeout: float = 120.0,
        host: str = "localhost",
    ) -> Run:
        """Run ``ansible HOST -m module``."""
        command = [host, "-m", module, "-a", json.dumps(dict(arguments)), *options]
        return self._start("ansible", command, self._folder(), None, ()).finish(timeout, rc)

    def stop(self) -> None:
        """Leave nothing behind that still runs."""
        for process in self._processes:
            if process.popen.poll() is None:
                process.kill()

    def _folder(self) -> Path:
        folder = self.folder / f"run-{next(self._numbers)}"
        (folder / "home").mkdir(parents=True)
        (folder / "ansible.cfg").touch()
        return folder

    def _start(
        self,
        program: str,
        arguments: Sequence[str],
        folder: Path,
        env: Mapping[str, str | None] | None,
        allowed: Sequence[str],
        stdout: int | IO[bytes] | None = None,
    ) -> Process:
        home = folder / "home"
        merged = {
            "PATH": f"{_BIN}{os.pathsep}{os.environ.get('PATH', os.defpath)}",
            "HOME": str(home),
            "LC_ALL": "C.UTF-8",
            "NO_COLOR": "1",
            "ANSIBLE_NOCOLOR": "1",
            "PYTHONDONTWRITEBYTECODE": "1",
            # An empty one, so that the settings of who runs it play no part.
            "ANSIBLE_CONFIG": str(folder / "ansible.cfg"),
            "ANSIBLE_HOME": str(home / ".ansible"),
            "ANSIBLE_REMOTE_TMP": str(home / "remote"),
            "ANSIBLE_ASYNC_DIR": str(home / "async"),
            "ANSIBLE_COLLECTIONS_PATH": collections_path(),
            "ANSIBLE_CALLBACK_PLUGINS": str(HERE / "plugins" / "callback"),
            "ANSIBLE_CONNECTION_PLUGINS": str(HERE / "plugins" / "connection"),
            "ANSIBLE_CALLBACKS_ENABLED": "event_file",
            "ANSIBLE_LOAD_CALLBACK_PLUGINS": "true",
            "EVENT_FILE": str(folder / "events"),
            "ANSIBLE_DEPRECATION_WARNINGS": "true",
            "ANSIBLE_LOCALHOST_WARNING": "false",
            "ANSIBLE_INVENTORY_UNPARSED_WARNING": "false",
            "no_proxy": "127.0.0.1,localhost",
            **self._environment,
            **(env or {}),
        }
        environment = {name: value for name, value in merged.items() if value is not None}
        with (folder / "stdout").open("wb") as out, (folder / "stderr").open("wb") as err:
            popen = subprocess.Popen(
                [sys.executable, str(_BIN / program), *arguments],
                env=environment,
                cwd=folder,
                stdin=subprocess.DEVNULL,
                stdout=stdout if stdout is not None else out,
                stderr=err,
                start_new_session=True,
            )
        process = Process(popen, folder, tuple(allowed))
        self._processes.append(process)
        return process


def _children(parents: Sequence[int]) -> list[int]:
    """The processes whose parent is one of those."""
    found = []
    for entry in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            # The name in parentheses may hold anything; the parent is the second field after it.
            parent = int(entry.read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()[1])
            if parent in parents:
                found.append(int(entry.parent.name))
    return found


def _listed(notes: Any) -> list[Any]:
    if not notes or notes == "(traceback unavailable)":
        return []
    return list(notes) if isinstance(notes, list) else [notes]
