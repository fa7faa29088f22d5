# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json
import multiprocessing
import os
import signal
import stat
import tempfile
import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ansible_collections.bcdr.multicloud.plugins.module_utils._core.errors import InvalidRequest
from ansible_collections.bcdr.multicloud.plugins.module_utils._history import file_store
from ansible_collections.bcdr.multicloud.plugins.module_utils._history.file_store import FileStore, parse
from ansible_collections.bcdr.multicloud.plugins.module_utils._history.records import as_line
from ansible_collections.bcdr.multicloud.tests.unit.history.history_builders import record

Json = dict[str, Any]
# Processes that share nothing but the file.
PROCESSES = multiprocessing.get_context("spawn")


def keys(path: Path) -> list[str]:
    return sorted(one["key"] for one in FileStore(str(path)).read())


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "history.jsonl"


def test_nothing_is_there_and_reading_makes_nothing(path: Path) -> None:
    assert FileStore(str(path)).read() == []
    assert FileStore(str(path)).find(record()) is None
    assert list(path.parent.iterdir()) == []


def test_what_is_added_is_there_once(path: Path) -> None:
    store = FileStore(str(path))
    assert store.add([record("a"), record("b"), record("a", 5)]) == [record("a"), record("b")]
    assert store.add([record("b", 7), record("c")]) == [record("c")]
    assert FileStore(str(path)).read() == [record("a"), record("b"), record("c")]
    assert path.read_text(encoding="utf-8").count("\n") == 3


@pytest.mark.parametrize("mode", [0o600, 0o660, 0o640])
def test_permissions_whatever_the_umask(path: Path, mode: int) -> None:
    before = os.umask(0o027)
    try:
        FileStore(str(path), mode).add([record()])
    finally:
        os.umask(before)
    assert {stat.S_IMODE(one.stat().st_mode) for one in path.parent.iterdir()} == {mode}


def test_permissions_of_a_file_that_is_there_stay(path: Path) -> None:
    path.touch(0o644)
    path.chmod(0o644)
    FileStore(str(path)).add([record()])
    assert stat.S_IMODE(path.stat().st_mode) == 0o644


def test_one_of_two_writes_over_the_same_version(path: Path) -> None:
    first, second = FileStore(str(path)), FileStore(str(path))
    version = first.write(record("a", n=1), None)
    assert version is not None
    assert second.write(record("a", n=2), None) is None
    found = second.find(record("a"))
    assert found == (record("a", n=1), version)
    newer = second.write(record("a", n=2), version)
    assert newer is not None
    assert first.write(record("a", n=3), version) is None
    assert first.find(record("a")) == (record("a", n=2), newer)


class TestTorn:
    """A run, or the machine, was stopped in the middle of a line."""

    def test_older_records_and_the_next_are_whole(self, path: Path) -> None:
        FileStore(str(path)).add([record("a"), record("b")])
        with path.open("a", encoding="utf-8") as handle:
            handle.write(as_line(record("torn"))[:40])
        assert keys(path) == ["a", "b"]
        store = FileStore(str(path))
        store.add([record("c")])
        (warning,) = store.warnings
        assert "its last line was not written to its end" in warning
        later = FileStore(str(path))
        assert sorted(one["key"] for one in later.read()) == ["a", "b", "c"]
        assert later.warnings == []

    def test_a_record_that_lacks_its_newline_only(self, path: Path) -> None:
        path.write_text(as_line(record("a")), encoding="utf-8")
        store = FileStore(str(path))
        store.add([record("b")])
        assert store.warnings == []
        assert keys(path) == ["a", "b"]

    def test_the_only_line(self, path: Path) -> None:
        path.write_text('{"key": "to', encoding="utf-8")
        assert FileStore(str(path)).add([record("a")]) == [record("a")]
        assert keys(path) == ["a"]

    @settings(max_examples=100, deadline=None)
    @given(cut=st.integers(min_value=0), count=st.integers(min_value=1, max_value=5), name=st.text(min_size=1))
    def test_wherever_it_stopped(self, cut: int, count: int, name: str) -> None:
        """No cut loses a record whose line is whole, and none spoils what is written behind it."""
        made = [record(f"{number} {name}", reason=name) for number in range(count)]
        data = "".join(as_line(one) + "\n" for one in made).encode()
        cut %= len(data) + 1
        whole = data[:cut].count(b"\n")
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "h"
            path.write_bytes(data[:cut])
            before = FileStore(str(path)).read()
            assert before[:whole] == made[:whole]
            assert len(before) - whole in (0, 1)
            FileStore(str(path)).add([record("new")])
            assert FileStore(str(path)).read() == [*before, record("new")]


class TestStrangeLines:
    def test_they_are_passed_over_told_and_kept(self, path: Path) -> None:
        strange = ["not JSON", "[1]", '{"key": 7}', ""]
        path.write_text("\n".join([as_line(record("a")), *strange, as_line(record("b"))]) + "\n", encoding="utf-8")
        store = FileStore(str(path))
        assert [one["key"] for one in store.read()] == ["a", "b"]
        assert store.warnings == [f"{path}: lines 2, 3, 4 hold no record of a history and are passed over"]
        store.add([record("c")])
        store.drop([record("a")])
        assert path.read_text(encoding="utf-8").splitlines()[:3] == strange[:3]
        assert keys(path) == ["b", "c"]

    @pytest.mark.parametrize("content", ["127.0.0.1 localhost\n", "127.0.0.1 localhost", "---\n- a\n"])
    def test_what_is_no_history_is_left_alone(self, path: Path, content: str) -> None:
        path.write_text(content, encoding="utf-8")
        with pytest.raises(InvalidRequest, match=r"path: .*history.jsonl holds no history, but something else"):
            FileStore(str(path)).add([record()])
        assert path.read_text(encoding="utf-8") == content

    def test_bytes_that_are_no_text(self) -> None:
        assert [number for number, _line in parse(b"\xff\xfe\n\x00\n").strange] == [1, 2]


class TestSmall:
    def test_lines_that_no_longer_count_go(self, path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(file_store, "_IDLE_LINES", 5)
        store = FileStore(str(path), 0o640)
        version = None
        for number in range(50):
            version = store.write(record("a", n=number), version)
            assert version is not None
        assert path.read_text(encoding="utf-8").count("\n") <= 8
        assert store.read() == [record("a", n=49)]
        assert stat.S_IMODE(path.stat().st_mode) == 0o640
        assert sorted(one.name for one in path.parent.iterdir()) == [".history.jsonl.lock", "history.jsonl"]

    def test_drop_leaves_what_was_written_meanwhile(self, path: Path) -> None:
        store = FileStore(str(path))
        store.add([record("a", n=1), record("b")])
        (old, other) = store.read()
        found = store.find(old)
        assert found is not None
        store.write(record("a", n=2), found[1])
        store.drop([old, other])
        assert store.read() == [record("a", n=2)]

    def test_a_link_stays_one(self, path: Path) -> None:
        link = path.with_name("link")
        link.symlink_to(path)
        store = FileStore(str(link))
        store.add([record("a"), record("b")])
        store.drop([record("a")])
        assert link.is_symlink()
        assert keys(path) == ["b"]


@pytest.mark.parametrize(
    ("where", "text"),
    [
        ("missing/h", "path: .*missing/h cannot be locked: No such file or directory"),
        (".", "path: .* cannot be (read|written): Is a directory"),
    ],
)
def test_errors(tmp_path: Path, where: str, text: str) -> None:
    with pytest.raises(InvalidRequest, match=text):
        FileStore(str(tmp_path / where)).add([record()])


def _add_many(path: str, name: str, count: int) -> None:
    file_store._IDLE_LINES = 3
    for number in range(count):
        store = FileStore(path)
        store.add([record(f"{name}-{number}"), record(f"shared-{number}", n=name)])
        # With so little idle these write the file anew, again and again.
        found = store.find(record(f"{name}-{number}"))
        assert found is not None
        assert store.write({**found[0], "seen": 1}, found[1]) is not None


def _count_up(path: str, times: int) -> None:
    for _number in range(times):
        while True:
            store = FileStore(path)
            found = store.find(record("counter"))
            there, version = found if found else (record("counter", n=0), None)
            if store.write({**there, "n": there["n"] + 1}, version) is not None:
                break


def _write_for_ever(path: str) -> None:
    number = 0
    while True:
        FileStore(path).add([record(f"{os.getpid()}-{number}", reason="x" * 1500)])
        number += 1


class TestManyProcesses:
    def test_none_loses_what_another_adds(self, path: Path) -> None:
        names = ["a", "b", "c", "d"]
        started = [PROCESSES.Process(target=_add_many, args=(str(path), name, 25)) for name in names]
        for process in started:
            process.start()
        for process in started:
            process.join()
        assert [process.exitcode for process in started] == [0] * 4
        expected = [f"{name}-{number}" for name in [*names, "shared"] for number in range(25)]
        assert keys(path) == sorted(expected)
        own = [one for one in FileStore(str(path)).read() if not one["key"].startswith("shared")]
        assert {one["seen"] for one in own} == {1}

    def test_each_version_is_written_over_once(self, path: Path) -> None:
        started = [PROCESSES.Process(target=_count_up, args=(str(path), 20)) for _number in range(4)]
        for process in started:
            process.start()
        for process in started:
            process.join()
        assert [(one["key"], one["n"]) for one in FileStore(str(path)).read()] == [("counter", 80)]

    def test_a_killed_writer_neither_locks_out_nor_spoils(self, path: Path) -> None:
        seen: set[str] = set()
        for number in range(4):
            process = PROCESSES.Process(target=_write_for_ever, args=(str(path),))
            process.start()
            before = len(seen)
            deadline = time.monotonic() + 30
            while len(seen) < before + 5:
                assert time.monotonic() < deadline
                seen = set(keys(path))
            time.sleep(0.003 * number)
            assert process.pid is not None
            os.kill(process.pid, signal.SIGKILL)
            process.join()
            FileStore(str(path)).add([record(f"after-{number}")])
            assert seen | {f"after-{number}"} <= set(keys(path))
            seen = set(keys(path))
        lines = path.read_text(encoding="utf-8").splitlines()
        assert all(isinstance(json.loads(line), dict) for line in lines)
