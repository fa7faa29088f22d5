# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The engine, with time that only sleeping moves and items that follow a script."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import Any

import pytest

from ansible_collections.bcdr.multicloud.plugins.module_utils._core.errors import (
    BcdrError,
    Conflict,
    ProviderError,
    Throttled,
    Unavailable,
)
from ansible_collections.bcdr.multicloud.plugins.module_utils._core.reconcile import (
    ABSENT,
    BLOCKED,
    FAILED,
    PENDING,
    RUNNING,
    STATUSES,
    SUCCEEDED,
    Action,
    Clock,
    Decision,
    Engine,
    Outcome,
    Settings,
    merged_status,
)

START = Action("start", "copy x")
FINISH = Action("create", "vm x")
DONE = Decision(SUCCEEDED)
GOING = Decision(RUNNING, "going")
STARTING = Decision(RUNNING, "starting", actions=(START,))


class FakeTime:
    """Time that passes only in `sleep`."""

    def __init__(self) -> None:
        self.now = 500.0
        self.slept: list[float] = []

    def sleep(self, seconds: float) -> None:
        assert seconds >= 0
        self.slept.append(seconds)
        self.now += seconds

    def clock(self) -> Clock:
        return Clock(lambda: self.now, self.sleep)


class Scripted:
    """An item whose successive decisions are given; the last one stays. An exception in the script is raised."""

    def __init__(self, *script: Any, label: str = "x", time: FakeTime | None = None) -> None:
        self.label = label
        # Each on its own unless a test says otherwise.
        self.group = str(id(self))
        self._script = list(script)
        self._time = time
        self.performed: list[Action] = []
        self.perform_errors: list[Exception | None] = []
        self.observed_at: list[float] = []
        self.answer: bool | None = None

    def observe(self) -> Any:
        self.observed_at.append(self._time.now if self._time else 0.0)
        step = self._script.pop(0) if len(self._script) > 1 else self._script[0]
        if isinstance(step, Exception):
            raise step
        return step

    def decide(self, observed: Any) -> Decision:
        decision: Decision = observed
        return decision

    def perform(self, action: Action) -> bool | None:
        due, self.perform_errors = self.perform_errors[:1], self.perform_errors[1:]
        for error in filter(None, due):
            raise error
        self.performed.append(action)
        return self.answer


def run(items: Sequence[Any], time: FakeTime | None = None, **settings: Any) -> list[Outcome]:
    options = {"wait": True, "wait_timeout": 600.0, "wait_delay": 30.0, **settings}
    return Engine(Settings(**options), (time or FakeTime()).clock()).run(items)


def test_items_of_a_group_take_turns_and_others_do_not_wait_for_them() -> None:
    running: list[str] = []
    together: list[tuple[str, ...]] = []
    barrier = threading.Barrier(2, timeout=5)

    class Watched(Scripted):
        def observe(self) -> Any:
            running.append(self.label)
            together.append(tuple(running))
            if self.label in ("a1", "b"):
                barrier.wait()  # broken unless both groups are at work at the same moment
            observed = super().observe()
            running.remove(self.label)
            return observed

    items = [Watched(DONE, label="a1"), Watched(DONE, label="a2"), Watched(DONE, label="b")]
    items[0].group = items[1].group = "a"
    outcomes = run(items, concurrency=3)
    assert [outcome.label for outcome in outcomes] == ["a1", "a2", "b"]
    assert [outcome.status for outcome in outcomes] == [SUCCEEDED] * 3
    assert not any({"a1", "a2"} <= set(at_once) for at_once in together)


def test_after_a_conflict_the_rest_is_still_done() -> None:
    """Another run was faster with the first action; the second one is nobody else's."""
    one, two = Action("start", "one"), Action("start", "two")
    item = Scripted(Decision(RUNNING, actions=(one, two)), Decision(RUNNING, actions=(two,)), Decision(RUNNING))
    item.perform_errors = [Conflict("it exists already")]
    [outcome] = run([item], wait=False)
    assert (outcome.status, outcome.error) == (RUNNING, None)
    assert [action.resource for action in item.performed] == ["two"]


def test_what_conflicts_again_is_given_up_when_nobody_waits() -> None:
    one = Action("start", "one")
    item = Scripted(Decision(RUNNING, actions=(one,)))
    item.perform_errors = [Conflict("busy"), Conflict("busy")]
    [outcome] = run([item], wait=False)
    assert (outcome.status, outcome.reason) == (FAILED, "busy")


def test_without_wait_there_is_one_pass() -> None:
    time = FakeTime()
    item = Scripted(GOING)
    [outcome] = run([item], time, wait=False)
    assert (outcome.status, outcome.reason, outcome.timed_out) == (RUNNING, "going", False)
    assert len(item.observed_at) == 1
    assert time.slept == []


@pytest.mark.parametrize("status", STATUSES)
def test_waiting_ends_when_settled(status: str) -> None:
    item = Scripted(Decision(status))
    [outcome] = run([item], wait_timeout=10.0)
    assert outcome.timed_out is (status in (PENDING, RUNNING))


def test_passes_are_repeated_until_settled_with_growing_delays() -> None:
    time = FakeTime()
    item = Scripted(*[GOING] * 7, DONE, time=time)
    [outcome] = run([item], time)
    assert outcome.status == SUCCEEDED
    assert time.slept == [2, 4, 8, 16, 30, 30, 30]


def test_a_short_wait_delay_is_never_exceeded() -> None:
    time = FakeTime()
    run([Scripted(GOING, GOING, DONE)], time, wait_delay=1.0)
    assert time.slept == [1, 1]


def test_what_was_started_is_looked_at_again_in_the_same_pass() -> None:
    """A result tells what is after the actions, and all actions of all passes are told."""
    item = Scripted(STARTING, Decision(RUNNING, "prepared"), Decision(RUNNING, "next", actions=(FINISH,)), DONE)
    [outcome] = run([item])
    assert item.performed == [START, FINISH]
    assert outcome.done == (START, FINISH)
    assert outcome.status == SUCCEEDED
    [first] = run([Scripted(STARTING, Decision(RUNNING, "prepared"))], wait=False)
    assert first.reason == "prepared"


def test_what_an_earlier_run_has_made_is_not_told_as_done() -> None:
    item = Scripted(STARTING, GOING, DONE)
    item.answer = False
    [outcome] = run([item])
    assert (outcome.status, outcome.done, item.performed) == (SUCCEEDED, (), [START])


def test_timeout_leaves_things_as_they_are() -> None:
    time = FakeTime()
    item = Scripted(GOING, time=time)
    [slow, quick] = run([item, Scripted(DONE, label="y")], time, wait_timeout=50.0)
    assert slow.timed_out
    assert slow.status == RUNNING
    assert not slow.settled
    assert (quick.status, quick.timed_out) == (SUCCEEDED, False)
    assert sum(time.slept) == 50
    assert item.performed == []
    assert max(item.observed_at) <= 550


def test_timeout_of_zero_is_one_pass_that_timed_out() -> None:
    item = Scripted(GOING)
    [outcome] = run([item], wait_timeout=0.0)
    assert outcome.timed_out
    assert len(item.observed_at) == 1


@pytest.mark.parametrize(
    ("wait", "predicted"),
    [pytest.param(False, (START,), id="one pass"), pytest.param(True, (START, FINISH), id="waiting")],
)
def test_check_mode_predicts_and_performs_nothing(wait: bool, predicted: tuple[Action, ...]) -> None:
    time = FakeTime()
    item = Scripted(Decision(RUNNING, actions=(START,), later=(FINISH,)))
    [outcome] = run([item], time, check_mode=True, wait=wait)
    assert item.performed == []
    assert outcome.done == predicted
    assert outcome.timed_out is False
    assert (len(item.observed_at), time.slept) == (1, [])


class TestConflict:
    def test_what_is_there_now_decides(self) -> None:
        """Another run was faster: its work counts, and this run reports no change."""
        item = Scripted(STARTING, GOING)
        item.perform_errors = [Conflict("busy")]
        [outcome] = run([item], wait=False)
        assert (outcome.status, outcome.reason, outcome.done, outcome.error) == (RUNNING, "going", (), None)

    def test_a_waiting_run_tries_again(self) -> None:
        item = Scripted(STARTING, STARTING, STARTING, DONE)
        item.perform_errors = [Conflict("busy")]
        [outcome] = run([item])
        assert outcome.status == SUCCEEDED
        assert item.performed == [START]

    def test_what_was_done_before_the_conflict_is_told(self) -> None:
        item = Scripted(Decision(RUNNING, actions=(START, FINISH)), GOING)
        item.perform_errors = [None, Conflict("busy")]
        [outcome] = run([item], wait=False)
        assert outcome.done == (START,)

    def test_without_wait_a_conflict_that_stays_fails(self) -> None:
        item = Scripted(STARTING)
        item.perform_errors = [Conflict("busy", code="AnotherOperationInProgress")]
        [outcome] = run([item], wait=False)
        assert outcome.status == FAILED
        assert outcome.error
        assert outcome.error["code"] == "AnotherOperationInProgress"

    def test_a_conflict_that_never_ends_fails_after_some_passes(self) -> None:
        item = Scripted(STARTING)
        item.perform_errors = [Conflict("busy")] * 100
        [outcome] = run([item])
        assert outcome.status == FAILED
        assert outcome.done == ()


class TestThrottled:
    def test_not_asked_again_before_its_time(self) -> None:
        time = FakeTime()
        item = Scripted(Throttled("slow down", retry_after=120.0), DONE, time=time)
        [outcome] = run([item], time)
        assert outcome.status == SUCCEEDED
        assert item.observed_at == [500.0, 620.0]
        assert outcome.error is None

    def test_others_go_on_meanwhile(self) -> None:
        time = FakeTime()
        slow = Scripted(Throttled("slow down", retry_after=120.0), DONE, label="slow", time=time)
        quick = Scripted(GOING, GOING, DONE, label="quick", time=time)
        assert [one.status for one in run([slow, quick], time)] == [SUCCEEDED, SUCCEEDED]
        assert quick.observed_at == [500.0, 502.0, 506.0]
        assert slow.observed_at == [500.0, 620.0]

    @pytest.mark.parametrize("check_mode", [False, True])
    def test_without_wait_it_is_pending_not_failed(self, check_mode: bool) -> None:
        item = Scripted(Throttled("slow down", retry_after=120.0, code="TooManyRequests"))
        [outcome] = run([item], wait=False, check_mode=check_mode)
        assert outcome.status == PENDING
        assert "slow down" in outcome.reason
        assert outcome.error
        assert outcome.error["code"] == "TooManyRequests"

    def test_after_something_was_started_it_is_running(self) -> None:
        item = Scripted(STARTING, Throttled("slow down"))
        [outcome] = run([item], wait=False)
        assert (outcome.status, outcome.done) == (RUNNING, (START,))

    def test_patience_is_bounded_only_by_the_timeout(self) -> None:
        item = Scripted(*[Throttled("slow down", retry_after=10.0)] * 20, DONE)
        [outcome] = run([item])
        assert outcome.status == SUCCEEDED


class TestUnavailable:
    def test_a_short_outage_is_survived(self) -> None:
        [outcome] = run([Scripted(*[Unavailable("502")] * 4, DONE)])
        assert outcome.status == SUCCEEDED
        assert outcome.error is None

    def test_a_long_outage_fails_the_item(self) -> None:
        item = Scripted(Unavailable("502", code="BadGateway"))
        [outcome] = run([item])
        assert outcome.status == FAILED
        assert outcome.error
        assert outcome.error["code"] == "BadGateway"
        assert len(item.observed_at) == 5

    def test_outages_apart_do_not_add_up(self) -> None:
        script = [*[Unavailable("502")] * 4, GOING] * 3
        [outcome] = run([Scripted(*script, DONE)])
        assert outcome.status == SUCCEEDED

    def test_without_wait_it_fails_at_once(self) -> None:
        [outcome] = run([Scripted(Unavailable("502"))], wait=False)
        assert outcome.status == FAILED

    def test_a_running_item_stays_running_meanwhile(self) -> None:
        outcomes: list[tuple[str, str]] = []
        Engine(
            Settings(wait=True, wait_timeout=600),
            FakeTime().clock(),
            lambda all_of_them, index: outcomes.append((all_of_them[index].status, all_of_them[index].reason)),
        ).run([Scripted(GOING, Unavailable("502"), DONE)])
        assert outcomes == [(RUNNING, "going"), (RUNNING, "502"), (SUCCEEDED, "")]


@pytest.mark.parametrize(
    ("error", "words"),
    [
        pytest.param(BcdrError("no such VM"), "no such VM", id="expected"),
        pytest.param(ProviderError("refused", code="Forbidden"), "Forbidden: refused", id="provider"),
        pytest.param(KeyError("boom"), "unexpected KeyError", id="fault of ours"),
    ],
)
def test_an_error_fails_only_its_own_item(error: Exception, words: str) -> None:
    bad, good = Scripted(error, label="bad"), Scripted(STARTING, DONE, label="good")
    [first, second] = run([bad, good])
    assert first.status == FAILED
    assert words in first.reason
    assert first.error
    assert words in first.error["message"]
    assert len(bad.observed_at) == 1
    assert (second.status, second.done) == (SUCCEEDED, (START,))


@pytest.mark.parametrize("kind", [ProviderError, Conflict, Throttled, Unavailable])
@pytest.mark.parametrize("wait", [True, False])
def test_what_is_known_in_spite_of_an_error_is_told(kind: type[ProviderError], wait: bool) -> None:
    """Such as the job that has been started before it."""

    class Lost(Scripted):
        def observe(self) -> Any:
            error = kind("gone")
            error.known = {"job": "j1"}
            raise error

    [outcome] = run([Lost(DONE)], wait=wait)
    assert outcome.result == {"job": "j1"}


def test_an_unexpected_error_shows_no_secret() -> None:
    [outcome] = run([Scripted(RuntimeError("GET https://x/?sig=abcdefgh failed"))])
    assert outcome.error
    assert "abcdefgh" not in outcome.error["message"]
    assert "abcdefgh" not in outcome.reason


def test_what_was_done_before_an_error_is_told() -> None:
    item = Scripted(Decision(RUNNING, actions=(START, FINISH)))
    item.perform_errors = [None, ProviderError("refused")]
    [outcome] = run([item])
    assert (outcome.status, outcome.done) == (FAILED, (START,))


def test_retry_after_of_a_decision_is_respected() -> None:
    time = FakeTime()
    item = Scripted(Decision(PENDING, "hourly limit", retry_after=300.0), DONE, time=time)
    run([item], time)
    assert item.observed_at == [500.0, 800.0]


def test_waiting_for_retry_after_ends_with_the_timeout() -> None:
    time = FakeTime()
    item = Scripted(Decision(PENDING, "hourly limit", retry_after=3000.0), DONE, time=time)
    [outcome] = run([item], time, wait_timeout=60.0)
    assert outcome.timed_out
    assert sum(time.slept) == 60
    assert len(item.observed_at) == 1


@pytest.mark.parametrize("concurrency", [1, 3])
def test_no_more_items_at_once_than_allowed(concurrency: int) -> None:
    lock = threading.Lock()
    inside = [0, 0]

    class Counting(Scripted):
        def observe(self) -> Any:
            with lock:
                inside[0] += 1
                inside[1] = max(inside)
            threading.Event().wait(0.01)
            with lock:
                inside[0] -= 1
            return super().observe()

    run([Counting(DONE, label=str(n)) for n in range(9)], concurrency=concurrency)
    assert inside[1] == concurrency


def test_outcomes_keep_the_order_of_the_items() -> None:
    gate = threading.Event()

    class First(Scripted):
        def observe(self) -> Any:
            assert gate.wait(5)
            return super().observe()

    class Last(Scripted):
        def observe(self) -> Any:
            gate.set()
            return super().observe()

    items = [First(DONE, label="a"), Scripted(Decision(ABSENT), label="b"), Last(Decision(BLOCKED), label="c")]
    outcomes = run(items)
    assert [(one.label, one.status) for one in outcomes] == [("a", SUCCEEDED), ("b", ABSENT), ("c", BLOCKED)]


def test_settled_items_are_not_looked_at_again() -> None:
    quick, slow = Scripted(DONE, label="quick"), Scripted(GOING, GOING, DONE, label="slow")
    run([quick, slow])
    assert (len(quick.observed_at), len(slow.observed_at)) == (1, 3)


def listened(item: Scripted, before_round: Callable[[], None] | None = None) -> list[tuple[str, float | None]]:
    heard: list[tuple[str, float | None]] = []
    Engine(
        Settings(wait=True, wait_timeout=600),
        FakeTime().clock(),
        lambda outcomes, index: heard.append((outcomes[index].status, outcomes[index].percent)),
        before_round,
    ).run([item])
    return heard


def test_the_listener_hears_changes_and_no_repetition() -> None:
    at_10 = Decision(RUNNING, "going", percent=10.0)
    at_20 = Decision(RUNNING, "going", percent=20.0)
    assert listened(Scripted(at_10, at_10, at_20, at_20, DONE)) == [(RUNNING, 10.0), (RUNNING, 20.0), (SUCCEEDED, None)]


def test_what_is_remembered_for_a_round_is_dropped_before_each() -> None:
    rounds: list[int] = []
    listened(Scripted(GOING, GOING, DONE), lambda: rounds.append(1))
    assert len(rounds) == 3


def test_warnings_are_collected_once_over_passes() -> None:
    warned = Decision(RUNNING, warnings=("late",))
    [outcome] = run([Scripted(warned, warned, Decision(SUCCEEDED, warnings=("other",)))])
    assert outcome.warnings == ("late", "other")


def test_a_warning_of_what_is_started_outlives_the_start() -> None:
    [outcome] = run([Scripted(Decision(RUNNING, actions=(START,), warnings=("key is lost",)), DONE)], wait=False)
    assert outcome.warnings == ("key is lost",)


def test_no_items_is_no_work() -> None:
    assert run([]) == []


@pytest.mark.parametrize(
    ("decision", "heard"),
    [
        pytest.param(Decision(SUCCEEDED), 0, id="as it should be"),
        pytest.param(Decision(ABSENT), 0, id="absent as it should be"),
        pytest.param(Decision(BLOCKED, "never"), 1, id="blocked"),
        pytest.param(Decision(FAILED, "no"), 1, id="failed"),
        pytest.param(Decision(SUCCEEDED, "late"), 1, id="with something to say"),
    ],
)
def test_an_item_that_is_as_it_should_be_has_not_moved(decision: Decision, heard: int) -> None:
    assert len(listened(Scripted(decision))) == heard


@pytest.mark.parametrize(("statuses", "merged"), [
    ([SUCCEEDED], SUCCEEDED),
    ([SUCCEEDED, ABSENT], SUCCEEDED),
    ([SUCCEEDED, PENDING], PENDING),
    ([PENDING, RUNNING], RUNNING),
    ([BLOCKED, SUCCEEDED], BLOCKED),
    ([BLOCKED, FAILED], FAILED),
    ([FAILED, PENDING, SUCCEEDED], PENDING),
    ([FAILED, BLOCKED, PENDING, RUNNING], RUNNING),
])  # fmt: skip
def test_the_status_of_several_places(statuses: list[str], merged: str) -> None:
    assert merged_status(statuses) == merged
    assert merged_status(reversed(statuses)) == merged
