# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The report's files: all are made before the first is written, and each replaces what was there at once."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ansible_collections.bcdr.multicloud.plugins.module_utils._core.errors import InvalidRequest
from ansible_collections.bcdr.multicloud.plugins.module_utils._reporting import html, junit, prometheus
from ansible_collections.bcdr.multicloud.plugins.module_utils._reporting.document import STATES, Gathered, states_of

States = Callable[[str], "tuple[str, dict[str, str]] | None"]


@dataclass(frozen=True)
class ReportFile:
    """One file of the report: the option that names it, its content, and what it would replace."""

    option: str
    path: str
    content: str
    before: str | None
    states_in: States

    @property
    def changed(self) -> bool:
        return self.content != self.before

    def diff(self, document: Mapping[str, Any]) -> dict[str, str]:
        """Return before and after in few lines: when the report was made, the count of each state, and whose state changes.

        The files themselves differ in every age after each minute, which nobody wants to read.
        """
        earlier = None if self.before is None else self.states_in(self.before)
        states = states_of(document)
        known = {} if earlier is None else earlier[1]
        moved = sorted(name for name in {*known, *states} if known.get(name) != states.get(name)) if earlier else []
        if earlier:
            before = _told(*earlier, moved)
        else:
            before = "" if self.before is None else "no report of this module\n"
        after = _told(document["generated_at"], states, moved)
        if before == after:
            after += "other figures\n"
        return {"before_header": self.path, "after_header": self.path, "before": before, "after": after}


def _told(generated_at: str, states: Mapping[str, str], names: Sequence[str]) -> str:
    counts = [f"{list(states.values()).count(state)} {state}" for state in STATES]
    lines = [f"generated_at: {generated_at}", f"workloads: {len(states)}, of these {', '.join(counts)}"]
    lines += [f"{name}: {states[name]}" for name in names if name in states]
    return "\n".join(lines) + "\n"


def json_text(document: Mapping[str, Any]) -> str:
    """Return the document as the JSON file has it."""
    return json.dumps(document, indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def states_in_json(text: str) -> tuple[str, dict[str, str]] | None:
    """Return when a JSON report was made and the states of its workloads; None for any other file."""
    try:
        document = json.loads(text)
        return str(document["generated_at"]), states_of(document)
    except (ValueError, KeyError, TypeError):
        return None


def prepare(params: Mapping[str, Any], document: Mapping[str, Any], gathered: Gathered) -> list[ReportFile]:
    """Return the files that the options ask for. Raises InvalidRequest for a path that cannot be written."""
    makers: dict[str, tuple[Callable[[], str], States]] = {
        "html_path": (lambda: html.page(document, gathered.plans), html.states_in),
        "json_path": (lambda: json_text(document), states_in_json),
        "prometheus_path": (lambda: prometheus.metrics(document), prometheus.states_in),
        "junit_path": (lambda: junit.junit(document), junit.states_in),
    }
    wanted = {option: params[option] for option in makers if params.get(option)}
    taken: dict[str, str] = {}
    for option, path in wanted.items():
        _check_path(option, path)
        other = taken.setdefault(str(Path(path).resolve()), option)
        if other != option:
            raise InvalidRequest(f"{other} and {option} name the same file {path}; give each its own")
    # A file that is a link stays one: what it leads to is replaced.
    return [
        ReportFile(option, str(Path(path).resolve()), makers[option][0](), _read(option, path), makers[option][1])
        for option, path in wanted.items()
    ]


def write(files: list[ReportFile], folder: str, move: Callable[[str, str], None]) -> None:
    """Write the files that change. `move` puts a file from `folder` into its place in one step, as atomic_move does."""
    made: list[tuple[str, str]] = []
    for file in files:
        if file.changed:
            handle, temporary = tempfile.mkstemp(dir=folder)
            with os.fdopen(handle, "wb") as stream:
                stream.write(file.content.encode("utf-8"))
            made.append((temporary, file.path))
    for temporary, path in made:
        move(temporary, path)


def _check_path(option: str, path: str) -> None:
    if Path(path).is_dir():
        raise InvalidRequest(f"{option}: {path} is a folder; name a file in it")
    folder = Path(path).resolve().parent
    if not folder.is_dir():
        raise InvalidRequest(
            f"{option}: the folder {folder} does not exist; make it first, or name another file than {path}"
        )
    if not os.access(folder, os.W_OK | os.X_OK):
        raise InvalidRequest(
            f"{option}: the folder {folder} may not be written by this user; name another file than {path}"
        )


def _read(option: str, path: str) -> str | None:
    if not Path(path).exists():
        return None
    try:
        return Path(path).read_bytes().decode("utf-8", "replace")
    except OSError as error:
        raise InvalidRequest(f"{option}: {path} cannot be read ({error.strerror}); name another file") from error
