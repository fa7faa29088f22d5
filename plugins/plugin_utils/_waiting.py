# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The action plugin of every module that waits: shows what moves, and waits itself where the module cannot be watched."""

from __future__ import annotations

import json
import tempfile
import threading
import time
import typing as t
from collections.abc import Mapping, Sequence
from pathlib import Path

from ansible.errors import AnsibleActionFail
from ansible.module_utils.parsing.convert_bool import boolean
from ansible.plugins.action import ActionBase
from ansible.utils.display import Display

from ansible_collections.bcdr.multicloud.plugins.module_utils._core.durations import format_duration, parse_duration
from ansible_collections.bcdr.multicloud.plugins.module_utils._core.reconcile import (
    FAILED,
    PATIENCE_IN_PASSES,
    PENDING,
)
from ansible_collections.bcdr.multicloud.plugins.module_utils._core.results import (
    merge_diffs,
    merge_item_passes,
    task_result,
)

display = Display()

_HEARTBEAT = 60.0
_LOOK = 0.2
_FIRST_DELAY = 2.0


class WaitingAction(ActionBase):
    """Runs the module of its own name.

    On a local connection the module waits, and tells what moves through a file that is tailed here. On any other
    connection short passes of the module are repeated, so that the controller can show where things stand. Under async
    nobody is there to be shown anything.
    """

    _supports_check_mode = True
    _supports_async = True

    def run(self, tmp: t.Any = None, task_vars: dict[str, t.Any] | None = None) -> dict[str, t.Any]:
        task_vars = task_vars or {}
        result: dict[str, t.Any] = super().run(tmp, task_vars)
        del tmp
        if self._task.async_val:
            result.update(self._execute_module(task_vars=task_vars, wrap_async=True))
            return result
        if self._connection.transport == "local":
            result.update(self._watched(task_vars))
        else:
            result.update(self._repeated(task_vars))
        return result

    def _watched(self, task_vars: dict[str, t.Any]) -> dict[str, t.Any]:
        with tempfile.TemporaryDirectory(prefix="bcdr-") as folder:
            path = Path(folder) / "progress.jsonl"
            path.touch()
            done = threading.Event()
            thread = threading.Thread(
                target=_show, args=(path, done, _host(task_vars), self._task.check_mode), daemon=True
            )
            thread.start()
            try:
                arguments = dict(self._task.args, _progress_path=str(path))
                result: dict[str, t.Any] = self._execute_module(module_args=arguments, task_vars=task_vars)
                return result
            finally:
                done.set()
                thread.join()

    def _repeated(self, task_vars: dict[str, t.Any]) -> dict[str, t.Any]:
        """Repeat passes until all is settled or the time is up; each pass is for the items that are not settled yet."""
        arguments = dict(self._task.args)
        wait = boolean(arguments.get("wait", True)) and not self._task.check_mode
        if not wait:
            plain: dict[str, t.Any] = self._execute_module(task_vars=task_vars)
            return plain
        timeout = _seconds(arguments, "wait_timeout", "4h")
        longest = _seconds(arguments, "wait_delay", "30s")
        batch: Sequence[t.Any] | None = arguments.get("batch")
        waiting = list(range(len(batch))) if batch is not None else [0]
        items: dict[int, dict[str, t.Any]] = {}
        diffs: dict[str, dict[str, t.Any]] = {}
        extra: dict[str, t.Any] = {}
        failures: dict[int, int] = {}
        started = shown = time.monotonic()
        delay = min(_FIRST_DELAY, longest)
        while True:
            arguments["wait"] = False
            # A job that this wait has started and that fails must not be started again by its next pass.
            resumed = {index: _resumed(items.get(index)) for index in waiting}
            if batch is not None:
                # An entry that is no dictionary is for the module to complain of.
                arguments["batch"] = [
                    {**batch[index], **resumed[index]} if resumed[index] else batch[index] for index in waiting
                ]
            else:
                arguments.update(resumed[0])
            latest = self._execute_module(module_args=arguments, task_vars=task_vars)
            latest_items = latest.get("results") if batch is not None else [latest]
            if not latest_items or "status" not in latest_items[0]:
                # The module did not get as far as its items: bad input, no library, no connection.
                return _broken_off(_ordered(items), latest, batch is not None)
            for name in ("warnings", "deprecations"):
                extra.setdefault(name, []).extend(entry for entry in latest.pop(name, []) if entry not in extra[name])
            for diff in _listed(latest.pop("diff", None)):
                diffs[diff.get("before_header", "")] = merge_diffs(diffs.get(diff.get("before_header", "")), diff)
            for index, item in zip(list(waiting), latest_items, strict=True):
                _be_patient(item, failures, index)
                _tell(items.get(index), item, _host(task_vars))
                items[index] = merge_item_passes(items[index], item) if index in items else dict(item)
            waiting = [index for index in waiting if not items[index]["settled"]]
            elapsed = time.monotonic() - started
            if not waiting or elapsed >= timeout:
                break
            if time.monotonic() - shown >= _HEARTBEAT:
                shown = time.monotonic()
                _heartbeat(_host(task_vars), len(items) - len(waiting), len(items), elapsed, None)
            rest = max(delay, min(float(items[index].get("retry_after_seconds", 0)) for index in waiting))
            time.sleep(min(rest, timeout - elapsed))
            delay = min(delay * 2, longest)
        for index in waiting:
            items[index]["timed_out"] = True
        for item in items.values():
            item.pop("failed", None)
            item.pop("msg", None)
        result = task_result(_ordered(items), batch is not None, timeout)
        result.update({name: entries for name, entries in extra.items() if entries})
        if diffs:
            result["diff"] = list(diffs.values()) if batch is not None else next(iter(diffs.values()))
        return result


def _resumed(item: Mapping[str, t.Any] | None) -> dict[str, t.Any]:
    """Return the option by which the next pass of an item knows what the passes before it have started."""
    started = (item or {}).get("started_jobs")
    return {"_started_jobs": started} if started else {}


def _be_patient(item: dict[str, t.Any], failures: dict[int, int], index: int) -> None:
    """Take back the failure of a pass that may well go through a little later, unless it has been so too often."""
    if item["status"] != FAILED or not item.get("error", {}).get("retryable"):
        failures[index] = 0
        return
    failures[index] = failures.get(index, 0) + 1
    if failures[index] < PATIENCE_IN_PASSES:
        item.update(status=PENDING, settled=False)


def _broken_off(items: Sequence[dict[str, t.Any]], latest: dict[str, t.Any], batch: bool) -> dict[str, t.Any]:
    """Return the failure of the latest pass beside what the passes before it did."""
    if not items:
        return latest
    done: dict[str, t.Any] = {"results": list(items)} if batch else items[0]
    return {**done, **latest, "changed": any(item["changed"] for item in items) or bool(latest.get("changed"))}


def _ordered(items: Mapping[int, dict[str, t.Any]]) -> list[dict[str, t.Any]]:
    return [items[index] for index in sorted(items)]


def _listed(diff: t.Any) -> list[dict[str, t.Any]]:
    if not diff:
        return []
    return list(diff) if isinstance(diff, list) else [diff]


def _host(task_vars: Mapping[str, t.Any]) -> str:
    return str(task_vars.get("inventory_hostname", ""))


def _seconds(arguments: Mapping[str, t.Any], option: str, default: str) -> float:
    try:
        return parse_duration(arguments.get(option, default))
    except ValueError as error:
        raise AnsibleActionFail(f"{option}: {error}") from error


def _show(path: Path, done: threading.Event, host: str, check_mode: bool) -> None:
    """Print a line for each change that the module writes down, and one a minute when there are none."""
    started = spoke = time.monotonic()
    last: dict[str, t.Any] = {}
    told: dict[int, list[str]] = {}
    with path.open(encoding="utf-8") as handle:
        rest = ""
        while True:
            ended = done.wait(_LOOK)
            # A line may be seen before it is whole.
            *lines, rest = (rest + handle.read()).split("\n")
            for line in lines:
                last = json.loads(line)
                before = told.get(last["item"], [])
                display.display(f"  {host}: {_line(last, before, check_mode)} ({_place(last)})", color="cyan")
                told[last["item"]] = last["actions"]
                spoke = time.monotonic()
            if ended:
                return
            if time.monotonic() - spoke >= _HEARTBEAT:
                spoke = time.monotonic()
                _heartbeat(host, last.get("settled", 0), last.get("of", 0), spoke - started, last.get("estimate"))


def _line(state: Mapping[str, t.Any], told: Sequence[str], check_mode: bool) -> str:
    """Return one item's state in a line: where it stands, why, and which of its actions were not told before."""
    percent = state.get("progress_percent")
    shown = f" {percent:.0f} %" if percent is not None and state["status"] == "running" else ""
    reason = f": {state['reason']}" if state["reason"] else ""
    new = ", ".join(state["actions"][len(told) :])
    did = f" [{'would ' if check_mode else ''}{new}]" if new else ""
    return f"{state['label']} {state['status']}{shown}{reason}{did}"


def _place(event: Mapping[str, t.Any]) -> str:
    elapsed = format_duration(event["elapsed"])
    if event["of"] == 1:
        return elapsed
    going = event["estimate"] and event["settled"] < event["of"]
    left = f", about {format_duration(event['estimate'])} left" if going else ""
    return f"{event['settled']}/{event['of']} settled, {elapsed}{left}"


def _heartbeat(host: str, settled: int, of: int, elapsed: float, estimate: float | None) -> None:
    left = f", about {format_duration(estimate)} left" if estimate else ""
    count = f"{settled} of {of} settled" if of else "still looking"
    display.display(f"  {host}: {count}, {format_duration(elapsed)} elapsed{left}", color="cyan")


def _tell(previous: Mapping[str, t.Any] | None, item: Mapping[str, t.Any], host: str) -> None:
    def visible(one: Mapping[str, t.Any]) -> tuple[t.Any, ...]:
        return (one["status"], one["reason"], one.get("progress_percent"))

    if previous is None or item["actions"] or visible(previous) != visible(item):
        display.display(f"  {host}: {_line(item, (), False)}", color="cyan")
