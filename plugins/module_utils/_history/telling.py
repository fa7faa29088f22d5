# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What dr_notify does: each event is told once, whichever of many runs does it."""

from __future__ import annotations

import datetime
import os
import socket
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from ansible_collections.bcdr.multicloud.plugins.module_utils._core.durations import parse_duration
from ansible_collections.bcdr.multicloud.plugins.module_utils._core.errors import BcdrError, InvalidRequest
from ansible_collections.bcdr.multicloud.plugins.module_utils._history.claims_decision import (
    decide_claim,
    event_record,
    given_up,
    told,
)
from ansible_collections.bcdr.multicloud.plugins.module_utils._history.messages import NotTold
from ansible_collections.bcdr.multicloud.plugins.module_utils._history.records import TOLD, Record, checked
from ansible_collections.bcdr.multicloud.plugins.module_utils._history.store import Store

Event = Mapping[str, Any]
TOLD_NOW, SKIPPED, FAILED = "told", "skipped", "failed"
_NEEDED = ("id", "event", "workload", "summary")
# Who meets another run while it claims looks again so often.
_TRIES = 3
# The time between a claim and what is sent, and between the answer and its record.
_SLACK_SECONDS = 60
_NAMED_FAILURES = 20


class Messenger(Protocol):
    """Tells one event. Raises NotTold."""

    longest_seconds: float

    def __call__(self, event: Event) -> None: ...


@dataclass
class Report:
    """What became of each event, in their order, and the events that were told."""

    results: list[dict[str, Any]] = field(default_factory=list)
    told: list[Event] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)

    def note(self, event: Event, status: str, reason: str = "") -> None:
        shown = {name: event[name] for name in ("id", "event", "workload", "summary")}
        self.results.append({**shown, "status": status, "reason": reason})
        if status == TOLD_NOW:
            self.told.append(event)

    def count(self, status: str) -> int:
        return sum(result["status"] == status for result in self.results)

    def failure(self) -> str:
        """Return one line that names each event that could not be told, "" if there is none."""
        failed = [f"{result['summary']} ({result['reason']})" for result in self.results if result["status"] == FAILED]
        if not failed:
            return ""
        more = len(failed) - _NAMED_FAILURES
        listed = "; ".join(failed[:_NAMED_FAILURES]) + (f"; and {more} more (see results)" if more > 0 else "")
        return f"{len(failed)} of {len(self.results)} events could not be told: {listed}"


def events_option(given: Sequence[Any], now: datetime.datetime) -> list[dict[str, Any]]:
    """Return the events as they are told: without secrets in their texts, each id once. Raises InvalidRequest."""
    events: dict[str, dict[str, Any]] = {}
    for index, event in enumerate(given):
        for name in _NEEDED:
            if not isinstance(event.get(name), str) or not event[name]:
                raise InvalidRequest(f"events[{index}]: {name} is missing, or no text")
        if event.get("data") is not None and not isinstance(event["data"], Mapping):
            raise InvalidRequest(f"events[{index}]: data is no dictionary")
        (record,) = checked([event_record(event, TOLD, now)], f"events[{index}], as a record")
        shown = {name: record[name] for name in ("event", "workload", "type", "summary", "data", "time")}
        events.setdefault(record["key"], {"id": record["key"], **shown})
    return list(events.values())


def lease_option(given: str | None, messenger: Messenger | None) -> int:
    """Return for how many seconds a claim is good; it outlasts what one message may take. Raises InvalidRequest."""
    least = messenger.longest_seconds if messenger else 0
    if given is None:
        return round(least) + _SLACK_SECONDS
    try:
        seconds = parse_duration(given)
    except ValueError as error:
        raise InvalidRequest(f"lease: {error}") from error
    if seconds <= least:
        raise InvalidRequest(
            f"lease: one message may take {round(least)} seconds with this timeout and these retries, so that {seconds} are too few"
        )
    return seconds


class Teller:
    """Tells events by `messenger` (None: by nobody, for tasks that are run for what is told), as `store` allows it
    (None: always)."""

    def __init__(
        self,
        store: Store | None,
        messenger: Messenger | None,
        now: Callable[[], datetime.datetime],
        lease_seconds: int,
        check_mode: bool,
    ) -> None:
        self._store = store
        self._messenger = messenger
        self._now = now
        self._lease_seconds = lease_seconds
        self._check_mode = check_mode
        self._hopeless = ""

    def tell(self, events: Sequence[Event]) -> Report:
        """Tell each event that is not told; one that cannot be does not stop the others."""
        report = Report()
        for event in events:
            self._tell(event, report)
        return report

    def _tell(self, event: Event, report: Report) -> None:
        record, version = None, None
        if self._store is not None:
            record, version, why = self._claimed(self._store, event)
            if why:
                report.note(event, SKIPPED, why)
                return
        if self._check_mode:
            report.note(event, TOLD_NOW)
            return
        try:
            if self._hopeless:
                raise NotTold(f"not tried, since {self._hopeless}", True)
            if self._messenger is not None:
                self._messenger(event)
        except NotTold as error:
            if error.hopeless and not self._hopeless:
                self._hopeless = str(error)
            report.note(event, FAILED, str(error))
            if self._store is not None and record is not None and version is not None:
                self._store.write(given_up(record, str(error), self._now()), version)
            return
        report.note(event, TOLD_NOW)
        if self._store is not None and record is not None:
            try:
                # If another run has taken over meanwhile, that one writes it.
                self._store.write(told(record, self._now()), version)
            except BcdrError as error:
                report.warnings.append(f"{event['summary']}: told, but the history does not know it: {error}")

    def _claimed(self, store: Store, event: Event) -> tuple[Record | None, Any, str]:
        """Claim an event; returns the record, its version, and why it is not to be told, "" if it is.

        Nothing is claimed in check mode, nor what cannot be told anyway.
        """
        for _try in range(_TRIES):
            prototype = event_record(event, TOLD, self._now())
            claim = decide_claim(event, store.find(prototype), self._now(), self._lease_seconds)
            if claim.record is None:
                return None, None, claim.why
            if self._check_mode or self._hopeless:
                return claim.record, None, ""
            version = store.write({**claim.record, "claimed_by": _process()}, claim.version)
            if version is not None:
                return {**claim.record, "claimed_by": _process()}, version, ""
        return None, None, "other runs are telling it at this very moment"


def _process() -> str:
    return f"{socket.gethostname()}:{os.getpid()}"
