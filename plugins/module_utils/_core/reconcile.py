# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The reconcile engine: passes of observe, decide and act over many items until all are settled.

It knows no Ansible and no provider. Clock, sleep and listener are passed in.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

from ansible_collections.bcdr.multicloud.plugins.module_utils._core.errors import (
    BcdrError,
    Conflict,
    Throttled,
    Unavailable,
    redact,
)

ABSENT = "absent"
PENDING = "pending"
RUNNING = "running"
SUCCEEDED = "succeeded"
FAILED = "failed"
BLOCKED = "blocked"
STATUSES = (ABSENT, PENDING, RUNNING, SUCCEEDED, FAILED, BLOCKED)
UNSETTLED = frozenset((PENDING, RUNNING))
_WORST_FIRST = (FAILED, BLOCKED, RUNNING, PENDING, SUCCEEDED, ABSENT)

# An outage of the provider must outlast this many passes of one item before the item is given up.
PATIENCE_IN_PASSES = 5
_FIRST_DELAY = 2.0


def merged_status(statuses: Iterable[str]) -> str:
    """Return the status of an item that has several places: the worst, once all of them are settled."""
    found = set(statuses)
    worst = next(status for status in _WORST_FIRST if status in found)
    unsettled = found & UNSETTLED
    if worst in (FAILED, BLOCKED) and unsettled:
        # What can still move is moved first; the failure is told when all else is settled.
        return RUNNING if RUNNING in unsettled else PENDING
    return worst


@dataclass(frozen=True)
class Action:
    """One change: what is done (`verb`), to what (`resource`, for people), and what it does to its state.

    `before` and `after` are plain data for the diff; `payload` is what `perform` needs and nobody sees.
    """

    verb: str
    resource: str
    before: Any = None
    after: Any = None
    payload: Any = field(default=None, compare=False, repr=False)

    def describe(self) -> str:
        return f"{self.verb} {self.resource}"


@dataclass(frozen=True)
class Decision:
    """What one pass concludes for one item.

    `status` holds once `actions` are done. `later` are the actions that following passes would do if all goes
    well; check mode of a waiting run predicts them too. `percent` is 0 to 100 or None. `retry_after` (seconds)
    says that looking again earlier is of no use. `result` is the item's own part of the module's result.
    """

    status: str
    reason: str = ""
    actions: tuple[Action, ...] = ()
    later: tuple[Action, ...] = ()
    percent: float | None = None
    retry_after: float = 0.0
    result: Mapping[str, Any] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()


class Reconciler(Protocol):
    """One item: it can look, decide on what it saw, and act. One instance lives as long as the run.

    Items with the same `group` do their passes one after the other, each seeing what the one before it has started.
    """

    label: str
    group: str

    def observe(self) -> Any:
        """Ask the provider what exists; reads only."""

    def decide(self, observed: Any) -> Decision:
        """Compare what was seen with what is wanted; no I/O."""

    def perform(self, action: Action) -> bool | None:
        """Start or make one change; False says that an earlier run has made it, so that it is none of this one."""


@dataclass(frozen=True)
class Settings:
    """How to run: `wait_timeout` and `wait_delay` are seconds."""

    check_mode: bool = False
    wait: bool = False
    wait_timeout: float = 0.0
    wait_delay: float = 30.0
    concurrency: int = 16


@dataclass(frozen=True)
class Clock:
    """The engine's own time, for waiting; never compared with the provider's."""

    monotonic: Callable[[], float]
    sleep: Callable[[float], None]


@dataclass(frozen=True)
class Outcome:
    """What is known of one item after the latest pass; `done` are the actions performed (or predicted)."""

    label: str
    status: str = PENDING
    reason: str = ""
    done: tuple[Action, ...] = ()
    percent: float | None = None
    result: Mapping[str, Any] = field(default_factory=dict)
    error: Mapping[str, Any] | None = None
    warnings: tuple[str, ...] = ()
    not_before: float = 0.0
    retry_after: float = 0.0
    unavailable_passes: int = 0
    timed_out: bool = False

    @property
    def settled(self) -> bool:
        return self.status not in UNSETTLED


Listener = Callable[[Sequence[Outcome], int], None]


class Engine:
    """Runs passes over items; `listener(outcomes, index)` hears each change of one of them."""

    def __init__(
        self,
        settings: Settings,
        clock: Clock,
        listener: Listener | None = None,
        before_round: Callable[[], None] | None = None,
    ) -> None:
        self._settings = settings
        self._clock = clock
        self._listener = listener or (lambda outcomes, index: None)
        self._before_round = before_round or (lambda: None)

    def run(self, reconcilers: Sequence[Reconciler]) -> list[Outcome]:
        """Return one outcome per reconciler, in order; one item's error never stops another."""
        outcomes = [Outcome(label=reconciler.label) for reconciler in reconcilers]
        started = self._clock.monotonic()
        delay = min(_FIRST_DELAY, self._settings.wait_delay)
        with ThreadPoolExecutor(max_workers=max(1, self._settings.concurrency)) as pool:
            while True:
                now = self._clock.monotonic()
                due = [i for i, outcome in enumerate(outcomes) if not outcome.settled and outcome.not_before <= now]
                if due:
                    self._before_round()
                    self._round(pool, reconcilers, outcomes, due)
                unsettled = [outcome for outcome in outcomes if not outcome.settled]
                if not unsettled or not self._settings.wait or self._settings.check_mode:
                    return outcomes
                now = self._clock.monotonic()
                left = started + self._settings.wait_timeout - now
                if left <= 0:
                    return [outcome if outcome.settled else replace(outcome, timed_out=True) for outcome in outcomes]
                # Nobody is due before the earliest `not_before`: sleep until then, or until the wait ends.
                rest = max(delay, min(outcome.not_before for outcome in unsettled) - now)
                self._clock.sleep(min(rest, left))
                delay = min(delay * 2, self._settings.wait_delay)

    def _round(
        self, pool: ThreadPoolExecutor, reconcilers: Sequence[Reconciler], outcomes: list[Outcome], due: Sequence[int]
    ) -> None:
        groups: dict[str, list[int]] = {}
        for index in due:
            groups.setdefault(reconcilers[index].group, []).append(index)
        previous = list(outcomes)

        def passes(members: Sequence[int]) -> None:
            for index in members:
                outcomes[index] = self._pass(reconcilers[index], outcomes[index])

        for future in [pool.submit(passes, members) for members in groups.values()]:
            future.result()
        for index in due:
            if _moved(previous[index], outcomes[index]):
                self._listener(outcomes, index)

    def _pass(self, reconciler: Reconciler, outcome: Outcome) -> Outcome:
        """Do one pass of one item; every error becomes part of its outcome."""
        performed: list[Action] = []
        try:
            decision = reconciler.decide(reconciler.observe())
            # A later decision of this pass would no longer warn of what has been started by then.
            outcome = replace(outcome, warnings=tuple(dict.fromkeys(outcome.warnings + decision.warnings)))
            if self._settings.check_mode:
                predicted = decision.actions + (decision.later if self._settings.wait else ())
                return _concluded(outcome, decision, predicted, self._clock.monotonic())
            actions, tried = decision.actions, set[str]()
            while actions:
                conflict = None
                try:
                    for action in actions:
                        tried.add(action.describe())
                        if reconciler.perform(action) is not False:
                            performed.append(action)
                except Conflict as error:
                    conflict = error
                # What was started is looked at again: the result tells what is, not what was meant. After a conflict
                # another run was faster, or the resource is busy: what is there now decides.
                decision = reconciler.decide(reconciler.observe())
                actions = decision.actions if conflict else ()
                if conflict and any(action.describe() in tried for action in actions):
                    return self._again(outcome, conflict, performed, 0.0)
            return _concluded(outcome, decision, performed, self._clock.monotonic())
        except Throttled as error:
            return self._again(_knowing(outcome, error), error, performed, error.retry_after)
        except (Conflict, Unavailable) as error:
            return self._again(_knowing(outcome, error), error, performed, 0.0)
        except BcdrError as error:
            return _failed(_knowing(outcome, error), str(error), error.details(), performed)
        except Exception as error:  # a fault of ours must not cost the other items their run
            text = redact(f"unexpected {type(error).__name__}: {error}; please report this")
            return _failed(outcome, text, BcdrError(text).details(), performed)

    def _again(
        self,
        outcome: Outcome,
        error: Conflict | Throttled | Unavailable,
        performed: Sequence[Action],
        retry_after: float,
    ) -> Outcome:
        """The item may go on later: keep it unsettled, unless nobody waits for it or it has been so too often."""
        # What has got further is not at its end yet.
        earlier = 0 if performed else outcome.unavailable_passes
        tries = earlier + (0 if isinstance(error, Throttled) else 1)
        patient = self._settings.wait and not self._settings.check_mode and tries < PATIENCE_IN_PASSES
        if not patient and not isinstance(error, Throttled):
            return _failed(outcome, str(error), error.details(), performed)
        status = RUNNING if outcome.status == RUNNING or performed else PENDING
        return replace(
            outcome,
            status=status,
            reason=str(error),
            done=outcome.done + tuple(performed),
            error=error.details(),
            not_before=self._clock.monotonic() + retry_after,
            retry_after=retry_after,
            unavailable_passes=tries,
        )


def _moved(previous: Outcome, latest: Outcome) -> bool:
    """Return whether the pass is worth telling: an item that was found as it should be has not moved."""

    def visible(outcome: Outcome) -> tuple[Any, ...]:
        return (outcome.status, outcome.reason, outcome.percent, outcome.done)

    if previous == Outcome(label=previous.label) and latest.status in (SUCCEEDED, ABSENT):
        return bool(latest.done or latest.reason)
    return latest.settled or visible(previous) != visible(latest)


def _concluded(outcome: Outcome, decision: Decision, done: Sequence[Action], now: float) -> Outcome:
    return replace(
        outcome,
        status=decision.status,
        reason=decision.reason,
        done=outcome.done + tuple(done),
        percent=decision.percent,
        result=decision.result,
        error=None,
        warnings=tuple(dict.fromkeys(outcome.warnings + decision.warnings)),
        not_before=now + decision.retry_after,
        retry_after=decision.retry_after,
        unavailable_passes=0,
    )


def _knowing(outcome: Outcome, error: BcdrError) -> Outcome:
    return replace(outcome, result={**outcome.result, **error.known})


def _failed(outcome: Outcome, reason: str, details: Mapping[str, Any], performed: Sequence[Action]) -> Outcome:
    return replace(outcome, status=FAILED, reason=reason, error=details, done=outcome.done + tuple(performed))
