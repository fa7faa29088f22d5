# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The shared action plugin: its lines, and the passes that it repeats where the module cannot be watched."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from ansible.errors import AnsibleActionFail

from ansible_collections.bcdr.multicloud.plugins.plugin_utils import _waiting
from ansible_collections.bcdr.multicloud.plugins.plugin_utils._waiting import WaitingAction

HOST = {"inventory_hostname": "localhost"}


class FakeTime:
    """Time that only sleeping moves."""

    def __init__(self) -> None:
        self.now = 100.0
        self.slept: list[float] = []

    def monotonic(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        assert seconds >= 0
        self.slept.append(seconds)
        self.now += seconds


@pytest.fixture
def shown(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The lines that the user sees."""
    lines: list[str] = []
    monkeypatch.setattr(_waiting, "display", SimpleNamespace(display=lambda text, color=None: lines.append(text)))
    return lines


@pytest.fixture
def time(monkeypatch: pytest.MonkeyPatch) -> FakeTime:
    fake = FakeTime()
    monkeypatch.setattr(_waiting, "time", fake)
    return fake


def item(
    label: str = "a", status: str = "succeeded", reason: str = "", actions: tuple[str, ...] = (), **more: Any
) -> dict[str, Any]:
    return {
        "label": label,
        "status": status,
        "reason": reason,
        "settled": status not in ("running", "pending"),
        "changed": bool(actions),
        "actions": list(actions),
        **more,
    }


def batch(*items: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"results": list(items), "changed": any(one["changed"] for one in items), **more}


class FakeAction(WaitingAction):
    """The plugin without Ansible around it: answers follow a script, the last one stays."""

    def __init__(self, args: dict[str, Any], answers: list[dict[str, Any]], check_mode: bool = False) -> None:
        self._task = SimpleNamespace(args=args, check_mode=check_mode, async_val=0)
        self._answers = answers
        self.calls: list[dict[str, Any]] = []

    def _execute_module(self, module_args: Any = None, task_vars: Any = None, **kwargs: Any) -> dict[str, Any]:
        self.calls.append(json.loads(json.dumps(self._task.args if module_args is None else module_args)))
        answer = self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]
        copied: dict[str, Any] = json.loads(json.dumps(answer))
        return copied


Repeat = Callable[..., tuple[dict[str, Any], FakeAction]]


@pytest.fixture
def repeat(time: FakeTime, shown: list[str]) -> Repeat:
    def run(
        args: dict[str, Any], *answers: dict[str, Any], check_mode: bool = False
    ) -> tuple[dict[str, Any], FakeAction]:
        action = FakeAction(args, list(answers), check_mode)
        return action._repeated(HOST), action

    return run


class TestRepeatedPasses:
    def test_one_item_until_it_settles(self, repeat: Repeat, time: FakeTime) -> None:
        result, action = repeat(
            {"name": "rp1"},
            item(status="running", actions=("create rp1",)),
            item(status="running"),
            item(status="succeeded"),
        )
        assert [call["wait"] for call in action.calls] == [False] * 3
        assert result["status"] == "succeeded"
        assert result["changed"] is True
        assert result["actions"] == ["create rp1"]
        assert "failed" not in result
        assert time.slept == [2, 4]

    def test_a_failure_that_may_pass_is_tried_again_and_then_told(self, repeat: Repeat, time: FakeTime) -> None:
        outage = item(status="failed", reason="503", error={"retryable": True})
        result, action = repeat({"name": "rp1"}, outage, outage, item(status="succeeded"))
        assert len(action.calls) == 3
        assert result["status"] == "succeeded"
        result, action = repeat({"name": "rp1"}, outage)
        assert len(action.calls) == 5
        assert result["failed"] is True
        assert result["status"] == "failed"
        result, action = repeat({"name": "rp1"}, item(status="failed", error={"retryable": False}))
        assert len(action.calls) == 1

    def test_nobody_looks_before_the_provider_lets_anything_move(self, repeat: Repeat, time: FakeTime) -> None:
        repeat({"name": "rp1"}, item(status="pending", retry_after_seconds=1200), item(status="succeeded"))
        assert time.slept == [1200]

    def test_the_next_pass_knows_what_the_passes_before_it_have_started(self, repeat: Repeat) -> None:
        started = item("a", "running", started_jobs=["j1"])
        _result, action = repeat({"name": "rp1"}, started, started, item("a"))
        assert [call.get("_started_jobs") for call in action.calls] == [None, ["j1"], ["j1"]]
        entries = [{"name": "a"}, {"name": "b"}]
        _result, action = repeat(
            {"batch": entries}, batch(item("b", "running", started_jobs=[]), started), batch(item("b"), item("a"))
        )
        assert [[entry.get("_started_jobs") for entry in call["batch"]] for call in action.calls] == [
            [None, None],
            [None, ["j1"]],
        ]

    def test_an_entry_that_is_no_dictionary_is_left_to_the_module(self, repeat: Repeat) -> None:
        refusal = {"failed": True, "msg": "batch: is a list of dictionaries"}
        result, action = repeat({"batch": ["rp1"]}, refusal)
        assert (result["msg"], action.calls[0]["batch"]) == (refusal["msg"], ["rp1"])

    def test_only_what_is_not_settled_is_asked_again(self, repeat: Repeat) -> None:
        entries = [{"name": "a"}, {"name": "b"}, {"name": "c"}]
        result, action = repeat(
            {"batch": entries},
            batch(item("a", "running", actions=("start a",)), item("b"), item("c", "running")),
            batch(item("a", "running"), item("c", "succeeded", actions=("start c",))),
            batch(item("a", "succeeded")),
        )
        assert [[entry["name"] for entry in call["batch"]] for call in action.calls] == [
            ["a", "b", "c"],
            ["a", "c"],
            ["a"],
        ]
        assert [(one["label"], one["status"]) for one in result["results"]] == [
            ("a", "succeeded"),
            ("b", "succeeded"),
            ("c", "succeeded"),
        ]
        assert [one["actions"] for one in result["results"]] == [["start a"], [], ["start c"]]
        assert result["summary"]["succeeded"] == 3
        assert (result["changed"], result["settled"]) == (True, True)

    def test_a_failed_item_fails_the_task_after_all_others_settled(self, repeat: Repeat) -> None:
        result, action = repeat(
            {"batch": [{"name": "a"}, {"name": "b"}]},
            batch(item("a", "blocked", "same region"), item("b", "running"), failed=True, msg="1 of 2"),
            batch(item("b", "succeeded")),
        )
        assert len(action.calls) == 2
        assert result["failed"] is True
        assert result["msg"] == "1 of 2 items failed: a: blocked: same region"

    def test_an_earlier_failure_of_a_pass_is_forgotten_once_settled(self, repeat: Repeat) -> None:
        result, _action = repeat({}, item(status="pending"), item(status="succeeded"))
        assert "msg" not in result

    def test_timeout(self, repeat: Repeat, time: FakeTime) -> None:
        result, _action = repeat(
            {"wait_timeout": "10s"}, item(status="running", reason="os 40 %", progress_percent=40.0, actions=("start",))
        )
        assert result["failed"] is True
        assert result["timed_out"] is True
        assert "still running at 40 % after 10s (os 40 %)" in result["msg"]
        assert sum(time.slept) == 10
        assert result["changed"] is True

    def test_wait_delay_bounds_the_pause(self, repeat: Repeat, time: FakeTime) -> None:
        repeat({"wait_delay": "5s"}, *[item(status="running")] * 5, item())
        assert time.slept == [2, 4, 5, 5, 5]

    @pytest.mark.parametrize(("args", "check_mode"), [({"wait": False}, False), ({"wait": "no"}, False), ({}, True)])
    def test_one_pass_when_nothing_is_waited_for(
        self, repeat: Repeat, time: FakeTime, args: dict[str, Any], check_mode: bool
    ) -> None:
        result, action = repeat(args, item(status="running"), check_mode=check_mode)
        assert (len(action.calls), time.slept) == (1, [])
        assert result["status"] == "running"
        assert action.calls[0] == args

    def test_an_empty_batch(self, repeat: Repeat) -> None:
        result, action = repeat({"batch": []}, {"results": [], "changed": False, "settled": True})
        assert len(action.calls) == 1
        assert result["changed"] is False
        assert "failed" not in result

    @pytest.mark.parametrize("option", ["wait_timeout", "wait_delay"])
    def test_bad_durations(self, repeat: Repeat, option: str) -> None:
        with pytest.raises(AnsibleActionFail, match=f"^{option}: 'soon' is not a duration"):
            repeat({option: "soon"}, item())

    def test_a_failure_before_the_items_is_handed_on(self, repeat: Repeat) -> None:
        refused = {"failed": True, "msg": "unknown option locaton; did you mean location?", "changed": False}
        result, action = repeat({"batch": [{"locaton": 1}]}, refused)
        assert result == refused
        assert len(action.calls) == 1

    def test_a_failure_after_some_passes_keeps_what_was_done(self, repeat: Repeat) -> None:
        """A token that expires half way must not hide what has been started."""
        result, _action = repeat(
            {"batch": [{"name": "a"}]},
            batch(item("a", "running", actions=("start a",))),
            {"failed": True, "msg": "Azure refused to sign in", "changed": False},
        )
        assert result["failed"] is True
        assert result["msg"] == "Azure refused to sign in"
        assert result["changed"] is True
        assert result["results"][0]["actions"] == ["start a"]

    def test_so_it_does_without_a_batch(self, repeat: Repeat) -> None:
        result, _action = repeat(
            {"name": "a"},
            item("a", "running", actions=("start a",)),
            {"failed": True, "msg": "Azure refused to sign in", "changed": False},
        )
        assert (result["failed"], result["changed"], result["actions"]) == (True, True, ["start a"])

    def test_diffs_of_all_passes_become_one_per_item(self, repeat: Repeat) -> None:
        def diff(label: str, before: Any, after: Any) -> dict[str, Any]:
            return {"before": {"x": before}, "after": {"x": after}, "before_header": label, "after_header": label}

        result, _action = repeat(
            {"batch": [{"name": "a"}, {"name": "b"}]},
            batch(item("a", "running"), item("b", "running"), diff=[diff("a", 1, 2), diff("b", None, 1)]),
            batch(item("a"), item("b"), diff=[diff("a", 2, 3)]),
        )
        assert result["diff"] == [diff("a", 1, 3), diff("b", None, 1)]
        single, _action = repeat({}, item("a", "running", diff=diff("a", 1, 2)), item("a", diff=diff("a", 2, 3)))
        assert single["diff"] == diff("a", 1, 3)

    def test_warnings_of_all_passes_are_shown_once(self, repeat: Repeat) -> None:
        result, _action = repeat({}, item(status="running", warnings=["late"]), item(warnings=["late", "other"]))
        assert result["warnings"] == ["late", "other"]

    def test_what_is_told(self, repeat: Repeat, shown: list[str]) -> None:
        repeat(
            {},
            item("rp1", "running", "os 40 %", actions=("start copy",), progress_percent=40.0),
            item("rp1", "running", "os 40 %", progress_percent=40.0),
            item("rp1", "running", "os 80 %", progress_percent=80.4),
            item("rp1", "succeeded"),
        )
        assert shown == [
            "  localhost: rp1 running 40 %: os 40 % [start copy]",
            "  localhost: rp1 running 80 %: os 80 %",
            "  localhost: rp1 succeeded",
        ]

    def test_a_sign_of_life_each_minute(self, repeat: Repeat, shown: list[str]) -> None:
        repeat({"wait_timeout": "5m"}, item("rp1", "running"))
        beats = [line for line in shown if "elapsed" in line]
        assert beats[0] == "  localhost: 0 of 1 settled, 1m elapsed"
        assert 3 <= len(beats) <= 5


def event(**changes: Any) -> dict[str, Any]:
    return {
        "item": 0,
        "label": "rpc-1",
        "status": "running",
        "reason": "",
        "progress_percent": None,
        "actions": [],
        "settled": 3,
        "succeeded": 3,
        "running": 1,
        "of": 12,
        "elapsed": 65.0,
        "estimate": 120,
        **changes,
    }


@pytest.mark.parametrize(
    ("changes", "line"),
    [
        pytest.param({}, "rpc-1 running (3/12 settled, 1m 5s, about 2m left)", id="one of many"),
        pytest.param(
            {"progress_percent": 40.4, "reason": "os 40 %"},
            "rpc-1 running 40 %: os 40 % (3/12 settled, 1m 5s, about 2m left)",
            id="percent and reason",
        ),
        pytest.param({"of": 1}, "rpc-1 running (1m 5s)", id="the only one"),
        pytest.param({"estimate": None}, "rpc-1 running (3/12 settled, 1m 5s)", id="no estimate yet"),
        pytest.param(
            {"status": "succeeded", "progress_percent": 100.0, "settled": 12},
            "rpc-1 succeeded (12/12 settled, 1m 5s)",
            id="the last one",
        ),
        pytest.param(
            {"actions": ["create rpc", "start copy"], "of": 1},
            "rpc-1 running [create rpc, start copy] (1m 5s)",
            id="actions",
        ),
    ],
)
def test_progress_lines(shown: list[str], tmp_path: Path, changes: dict[str, Any], line: str) -> None:
    assert told(shown, tmp_path, event(**changes)) == [f"  localhost: {line}"]


def told(shown: list[str], folder: Path, *events: dict[str, Any], check_mode: bool = False) -> list[str]:
    """Have the events shown, as far as they were written by the time the module has ended."""
    path = folder / "progress.jsonl"
    path.write_text("".join(json.dumps(one) + "\n" for one in events), encoding="utf-8")
    done = threading.Event()
    done.set()
    _waiting._show(path, done, "localhost", check_mode)
    return shown


def test_each_action_is_told_once(shown: list[str], tmp_path: Path) -> None:
    lines = told(
        shown, tmp_path, event(of=1, actions=["a"]), event(of=1, actions=["a", "b"]), event(of=1, actions=["a", "b"])
    )
    assert [line.partition(" running")[2] for line in lines] == [" [a] (1m 5s)", " [b] (1m 5s)", " (1m 5s)"]


def test_check_mode_says_would(shown: list[str], tmp_path: Path) -> None:
    [line] = told(shown, tmp_path, event(of=1, actions=["start copy"]), check_mode=True)
    assert "[would start copy]" in line


def test_a_line_that_is_not_whole_yet_is_waited_for(
    shown: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_waiting, "_LOOK", 0.005)
    path = tmp_path / "progress.jsonl"
    text = json.dumps(event()) + "\n"
    path.write_text(text + text[:20], encoding="utf-8")
    done = threading.Event()
    thread = threading.Thread(target=_waiting._show, args=(path, done, "localhost", False))
    thread.start()
    while len(shown) < 1:
        threading.Event().wait(0.005)
    assert len(shown) == 1
    with path.open("a", encoding="utf-8") as handle:
        handle.write(text[20:])
    done.set()
    thread.join()
    assert len(shown) == 2


def test_a_silent_module_gives_a_sign_of_life(
    shown: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_waiting, "_LOOK", 0.005)
    monkeypatch.setattr(_waiting, "_HEARTBEAT", 0.02)
    path = tmp_path / "progress.jsonl"
    path.touch()
    done = threading.Event()
    thread = threading.Thread(target=_waiting._show, args=(path, done, "localhost", False))
    thread.start()
    while not shown:
        threading.Event().wait(0.005)
    done.set()
    thread.join()
    assert shown[0] == "  localhost: still looking, 0s elapsed"


class TestWatched:
    """On a local connection the module waits itself, and is given a file to write to."""

    def test_the_module_gets_a_file_that_is_gone_afterwards(self, shown: list[str]) -> None:
        action = FakeAction({"name": "a"}, [item("a")])
        seen: list[bool] = []
        execute = action._execute_module

        def executing(module_args: Any = None, **kwargs: Any) -> dict[str, Any]:
            path = Path(module_args["_progress_path"])
            seen.append(path.exists())
            path.write_text(json.dumps(event(of=1)) + "\n", encoding="utf-8")
            return execute(module_args=module_args, **kwargs)

        action._execute_module = executing  # type: ignore[method-assign]
        assert action._watched(HOST)["status"] == "succeeded"
        assert seen == [True]
        assert action.calls[0]["name"] == "a"
        assert not Path(action.calls[0]["_progress_path"]).exists()
        assert "_progress_path" not in action._task.args
        assert shown == ["  localhost: rpc-1 running (1m 5s)"]

    def test_the_tail_ends_when_the_module_breaks(self, shown: list[str]) -> None:
        action = FakeAction({}, [item()])

        def broken(**kwargs: Any) -> dict[str, Any]:
            raise AnsibleActionFail("connection lost")

        action._execute_module = broken  # type: ignore[method-assign]
        before = threading.active_count()
        with pytest.raises(AnsibleActionFail, match="connection lost"):
            action._watched(HOST)
        assert threading.active_count() == before
