# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A history in a file of JSON lines that many processes may use at once.

Each record is one line, written with one call at the end of the file. A later line of the same key replaces an earlier one.
Who writes holds a lock on a file beside it, which goes with the process however that ends.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ansible_collections.bcdr.multicloud.plugins.module_utils._core.errors import InvalidRequest
from ansible_collections.bcdr.multicloud.plugins.module_utils._history.records import Record, as_line, is_record

# So many lines that no longer count may stand in the file, besides as many as do count.
_IDLE_LINES = 200
_NAMED_LINES = 5


@dataclass
class _Content:
    """What a file holds: `lines` by the keys of their records, `strange` what is no record, with the lines' numbers."""

    lines: dict[str, str] = field(default_factory=dict)
    records: dict[str, Record] = field(default_factory=dict)
    strange: list[tuple[int, str]] = field(default_factory=list)
    count: int = 0
    # How much of the end was not written to its end, in bytes.
    torn: int = 0
    # Whether the last line lacks its end and yet is whole.
    open_end: bool = False


def parse(data: bytes) -> _Content:
    """Return what the bytes of a history file say."""
    content = _Content()
    parts = data.split(b"\n")
    tail = parts.pop()
    for number, raw in enumerate(parts, 1):
        _take(content, number, raw)
    if tail:
        before = len(content.strange)
        _take(content, len(parts) + 1, tail)
        if len(content.strange) == before:
            content.open_end = True
        elif tail.lstrip().startswith(b"{"):
            # A record that a process began to write when it, or the machine, ended.
            content.strange.pop()
            content.count -= 1
            content.torn = len(tail)
        else:
            content.open_end = True
    return content


def _take(content: _Content, number: int, raw: bytes) -> None:
    if not raw.strip():
        return
    content.count += 1
    try:
        line = raw.decode()
        record = json.loads(line)
    except ValueError:
        record, line = None, raw.decode(errors="replace")
    if is_record(record):
        # The newest line of a key is the last of all.
        content.lines.pop(record["key"], None)
        content.records.pop(record["key"], None)
        content.lines[record["key"]] = line.strip()
        content.records[record["key"]] = record
    else:
        content.strange.append((number, line))


class FileStore:
    """The history in one file; see `store.Store`. The file is made, with `mode`, when the first record is written."""

    def __init__(self, path: str, mode: int = 0o600, option: str = "path") -> None:
        self.warnings: list[str] = []
        # The lock lies beside the file itself, by whatever link it is reached.
        self._path = Path(path).resolve()
        self._lock_path = self._path.with_name(f".{self._path.name}.lock")
        self._mode = mode
        self._option = option

    def read(self) -> list[Record]:
        with self._locked(for_writing=False):
            content = self._content()
        self._warn(content)
        return list(content.records.values())

    def add(self, records: Sequence[Mapping[str, Any]]) -> list[Record]:
        added: dict[str, Record] = {}

        def missing(content: _Content) -> list[Record]:
            for record in records:
                if record["key"] not in content.records:
                    added.setdefault(record["key"], dict(record))
            return list(added.values())

        self._append(missing)
        return list(added.values())

    def find(self, record: Mapping[str, Any]) -> tuple[Record, Any] | None:
        with self._locked(for_writing=False):
            content = self._content()
        key = record["key"]
        return (content.records[key], content.lines[key]) if key in content.records else None

    def write(self, record: Mapping[str, Any], version: Any) -> Any:
        wanted = dict(record)
        written: list[str] = []

        def unless_changed(content: _Content) -> list[Record]:
            if content.lines.get(wanted["key"]) != version:
                return []
            written.append(as_line(wanted))
            return [wanted]

        self._append(unless_changed)
        return written[0] if written else None

    def drop(self, records: Iterable[Mapping[str, Any]]) -> None:
        versions = {record["key"]: as_line(record) for record in records}
        with self._locked(for_writing=True):
            content = self._content()
            for key, version in versions.items():
                # One that has been written anew meanwhile stays.
                if key in content.records and as_line(content.records[key]) == version:
                    del content.lines[key], content.records[key]
            self._rewrite(content)

    def _append(self, choose: Callable[[_Content], list[Record]]) -> None:
        """Append the records that are chosen from what the file holds; all while nobody else writes."""
        with self._locked(for_writing=True):
            content = self._content()
            if content.count and not content.records:
                raise InvalidRequest(
                    f"{self._option}: {self._path} holds no history, but something else; nothing was written to it"
                )
            new = choose(content)
            if not new:
                return
            self._write_end(content, "".join(as_line(record) + "\n" for record in new).encode())
            for record in new:
                content.lines.pop(record["key"], None)
                content.lines[record["key"]] = as_line(record)
            idle = content.count + len(new) - len(content.lines) - len(content.strange)
            if idle > _IDLE_LINES + len(content.lines):
                self._rewrite(content)

    def _write_end(self, content: _Content, data: bytes) -> None:
        with self._errors("written"):
            handle = _open_or_make(self._path, os.O_APPEND, self._mode)
            try:
                if content.torn:
                    os.ftruncate(handle, os.fstat(handle).st_size - content.torn)
                    self.warnings.append(
                        f"{self._path}: its last line was not written to its end, since a run or the machine was stopped while it "
                        "was; that record is lost, all others are there"
                    )
                elif content.open_end:
                    data = b"\n" + data
                _write_all(handle, data)
                os.fsync(handle)
            finally:
                os.close(handle)

    def _rewrite(self, content: _Content) -> None:
        """Write the file anew with the lines that count and with what is no record, which is for people to judge."""
        lines = [*(line for _number, line in content.strange), *content.lines.values()]
        with self._errors("written"):
            if not self._path.exists():
                return
            there = self._path.stat()
            if there.st_uid != os.geteuid():
                # It would be another's then. Its owner's runs will do it.
                return
            beside = self._path.with_name(f".{self._path.name}.new")
            handle = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
            try:
                _write_all(handle, "".join(f"{line}\n" for line in lines).encode())
                if os.fstat(handle).st_gid != there.st_gid:
                    os.fchown(handle, -1, there.st_gid)
                os.fchmod(handle, there.st_mode & 0o7777)
                os.fsync(handle)
            finally:
                os.close(handle)
            beside.replace(self._path)

    def _content(self) -> _Content:
        with self._errors("read"):
            try:
                return parse(self._path.read_bytes())
            except FileNotFoundError:
                return _Content()

    def _warn(self, content: _Content) -> None:
        if not content.strange:
            return
        numbers = [str(number) for number, _line in content.strange]
        more = len(numbers) - _NAMED_LINES
        shown = ", ".join(numbers[:_NAMED_LINES]) + (f" and {more} more" if more > 0 else "")
        lines = "line" if len(numbers) == 1 else "lines"
        self.warnings.append(f"{self._path}: {lines} {shown} hold no record of a history and are passed over")

    @contextlib.contextmanager
    def _locked(self, for_writing: bool) -> Iterator[None]:
        """Keep other writers, or as a writer everybody, out. Who only reads makes no file for that."""
        with self._errors("locked"):
            try:
                handle = (
                    _open_or_make(self._lock_path, 0, self._mode)
                    if for_writing
                    else os.open(self._lock_path, os.O_RDONLY | os.O_CLOEXEC)
                )
            except (FileNotFoundError, PermissionError):
                if for_writing:
                    raise
                # Nobody has written yet, or this user never can.
                handle = -1
        try:
            if handle >= 0:
                with self._errors("locked"):
                    fcntl.flock(handle, fcntl.LOCK_EX if for_writing else fcntl.LOCK_SH)
            yield
        finally:
            if handle >= 0:
                os.close(handle)

    @contextlib.contextmanager
    def _errors(self, done: str) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise InvalidRequest(f"{self._option}: {self._path} cannot be {done}: {error.strerror or error}") from error


def _open_or_make(path: Path, flags: int, mode: int) -> int:
    """Open a file to read and write; one that is made has `mode`, whatever the umask says."""
    flags |= os.O_RDWR | os.O_CLOEXEC
    try:
        handle = os.open(path, flags | os.O_CREAT | os.O_EXCL, mode)
    except FileExistsError:
        return os.open(path, flags)
    os.fchmod(handle, mode)
    return handle


def _write_all(handle: int, data: bytes) -> None:
    while data:
        data = data[os.write(handle, data) :]
