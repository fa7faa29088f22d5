# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import datetime
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.bcdr.multicloud.plugins.module_utils._core.errors import InvalidRequest
from ansible_collections.bcdr.multicloud.plugins.module_utils._history.claims_decision import (
    decide_claim,
    event_record,
    given_up,
    told,
)
from ansible_collections.bcdr.multicloud.plugins.module_utils._history.file_store import FileStore
from ansible_collections.bcdr.multicloud.plugins.module_utils._history.messages import NotTold
from ansible_collections.bcdr.multicloud.plugins.module_utils._history.store import Store
from ansible_collections.bcdr.multicloud.plugins.module_utils._history.telling import (
    Report,
    Teller,
    events_option,
    lease_option,
)
from ansible_collections.bcdr.multicloud.tests.unit.history.history_builders import NOW

Json = dict[str, Any]
LEASE = 60


def event(name: str = "e1") -> Json:
    return {
        "id": name,
        "event": "rpo_breach",
        "workload": "app-07",
        "type": "efs",
        "summary": f"app-07: {name}",
        "data": {"rpo_seconds": 5},
    }


def after(seconds: float) -> datetime.datetime:
    return NOW + datetime.timedelta(seconds=seconds)


class TestClaim:
    CLAIMED = {
        **event_record(event(), "telling", NOW),
        "claimed_until": "2026-11-28T12:01:00Z",
        "tries": 1,
    }

    def test_a_new_event(self) -> None:
        claim = decide_claim(event(), None, NOW, LEASE)
        assert (claim.record, claim.version, claim.why) == (self.CLAIMED, None, "")

    @pytest.mark.parametrize(
        ("seconds", "why"),
        [
            (0, "another run is telling it, and has until 2026-11-28T12:01:00Z"),
            (59, "another run is telling it, and has until 2026-11-28T12:01:00Z"),
            (60, ""),
            (9999, ""),
        ],
    )
    def test_one_that_another_run_has_claimed(self, seconds: int, why: str) -> None:
        claim = decide_claim(event(), (self.CLAIMED, "v1"), after(seconds), LEASE)
        assert claim.why == why
        if not why:
            assert claim.record is not None
            assert (claim.version, claim.record["tries"]) == ("v1", 2)

    def test_one_that_was_told(self) -> None:
        record = told(self.CLAIMED, after(3))
        assert "claimed_until" not in record
        claim = decide_claim(event(), (record, "v2"), after(99999), LEASE)
        assert (claim.record, claim.why) == (None, "told at 2026-11-28T12:00:03Z")

    def test_one_that_could_not_be_told(self) -> None:
        claim = decide_claim(event(), (given_up(self.CLAIMED, "no answer", after(5)), "v2"), after(5), LEASE)
        assert claim.record is not None
        assert (claim.version, claim.record["tries"]) == ("v2", 2)
        assert "reason" not in claim.record

    def test_one_that_nobody_can_read(self) -> None:
        claim = decide_claim(event(), ({"key": "e1", "status": "", "tries": "x"}, "v9"), NOW, LEASE)
        assert claim.record is not None
        assert (claim.version, claim.record["tries"]) == ("v9", 1)


class Webhook:
    """Takes what is told, unless it is to fail; `meanwhile` happens before it answers."""

    longest_seconds = 30.0

    def __init__(self, failures: Mapping[str, NotTold] | None = None, meanwhile: Any = None) -> None:
        self.got: list[str] = []
        self._failures = dict(failures or {})
        self._meanwhile = meanwhile

    def __call__(self, told: Mapping[str, Any]) -> None:
        self.got.append(told["id"])
        if self._meanwhile:
            self._meanwhile()
        if told["id"] in self._failures:
            raise self._failures[told["id"]]


def tell(
    store: Store | None,
    webhook: Webhook | None,
    *names: str,
    now: datetime.datetime = NOW,
    check_mode: bool = False,
) -> Report:
    return Teller(store, webhook, lambda: now, LEASE, check_mode).tell([event(name) for name in names])


def states(report: Report) -> list[tuple[str, str]]:
    return [(one["status"], one["reason"]) for one in report.results]


@pytest.fixture
def store(tmp_path: Path) -> FileStore:
    return FileStore(str(tmp_path / "h"))


def test_once(store: FileStore) -> None:
    webhook = Webhook()
    first = tell(store, webhook, "a", "b")
    assert (states(first), [one["id"] for one in first.told]) == ([("told", "")] * 2, ["a", "b"])
    second = tell(store, webhook, "a", "b", "c")
    assert states(second) == [("skipped", "told at 2026-11-28T12:00:00Z")] * 2 + [("told", "")]
    assert webhook.got == ["a", "b", "c"]
    assert (second.count("told"), second.count("skipped"), second.failure()) == (1, 2, "")


def test_without_a_history_every_run_tells() -> None:
    webhook = Webhook()
    assert states(tell(None, webhook, "a")) == states(tell(None, webhook, "a")) == [("told", "")]
    assert webhook.got == ["a", "a"]


def test_without_a_webhook_for_tasks_of_ones_own(store: FileStore) -> None:
    assert [one["id"] for one in tell(store, None, "a").told] == ["a"]
    assert tell(store, None, "a").told == []


def test_check_mode_sends_and_claims_nothing(store: FileStore) -> None:
    webhook = Webhook()
    tell(store, webhook, "a")
    report = tell(store, webhook, "a", "b", check_mode=True)
    assert states(report) == [("skipped", "told at 2026-11-28T12:00:00Z"), ("told", "")]
    assert webhook.got == ["a"]
    assert [one["key"] for one in store.read()] == ["a"]


def test_one_that_is_not_taken_stops_no_other_and_is_told_later(store: FileStore) -> None:
    webhook = Webhook({"a": NotTold("hooks.example.com answered 400", hopeless=False)})
    report = tell(store, webhook, "a", "b")
    assert states(report) == [("failed", "hooks.example.com answered 400"), ("told", "")]
    assert report.failure() == "1 of 2 events could not be told: app-07: a (hooks.example.com answered 400)"
    assert states(tell(store, Webhook(), "a", "b"))[0] == ("told", "")


def test_a_webhook_that_is_down_is_tried_once(store: FileStore) -> None:
    webhook = Webhook({"b": NotTold("h cannot be reached", hopeless=True)})
    tell(store, Webhook(), "d")
    report = tell(store, webhook, "a", "b", "c", "d")
    assert states(report) == [
        ("told", ""),
        ("failed", "h cannot be reached"),
        ("failed", "not tried, since h cannot be reached"),
        ("skipped", "told at 2026-11-28T12:00:00Z"),
    ]
    assert webhook.got == ["a", "b"]
    # The next run has no need to wait for a lease.
    assert states(tell(store, Webhook(), "b", "c")) == [("told", "")] * 2


def test_two_runs_at_once(store: FileStore) -> None:
    others: list[Report] = []
    webhook = Webhook(meanwhile=lambda: others.append(tell(store, webhook, "a")) if not others else None)
    assert states(tell(store, webhook, "a")) == [("told", "")]
    assert states(others[0]) == [("skipped", "another run is telling it, and has until 2026-11-28T12:01:00Z")]
    assert webhook.got == ["a"]


def test_a_run_that_was_stopped_is_taken_up_after_its_lease(store: FileStore) -> None:
    class Stopped(BaseException):
        pass

    def stop() -> None:
        raise Stopped

    with pytest.raises(Stopped):
        tell(store, Webhook(meanwhile=stop), "a")
    assert states(tell(store, Webhook(), "a", now=after(LEASE - 1)))[0][0] == "skipped"
    assert states(tell(store, Webhook(), "a", now=after(LEASE))) == [("told", "")]
    assert states(tell(store, Webhook(), "a", now=after(LEASE + 1)))[0][0] == "skipped"


class Contested(FileStore):
    """Somebody else is always first."""

    def write(self, record: Mapping[str, Any], version: Any) -> Any:
        return None


def test_who_never_gets_the_claim_tells_nothing(tmp_path: Path) -> None:
    webhook = Webhook()
    report = tell(Contested(str(tmp_path / "h")), webhook, "a")
    assert states(report) == [("skipped", "other runs are telling it at this very moment")]
    assert webhook.got == []


class Forgetful(FileStore):
    """Can be written to once."""

    writes = 0

    def write(self, record: Mapping[str, Any], version: Any) -> Any:
        self.writes += 1
        if self.writes > 1:
            raise InvalidRequest("path: h cannot be written: No space left on device")
        return super().write(record, version)


def test_told_but_not_noted(tmp_path: Path) -> None:
    report = tell(Forgetful(str(tmp_path / "h")), Webhook(), "a")
    assert states(report) == [("told", "")]
    assert report.warnings == [
        "app-07: a: told, but the history does not know it: path: h cannot be written: No space left on device"
    ]


def test_many_failures_are_one_line() -> None:
    names = [f"e{number}" for number in range(23)]
    webhook = Webhook({name: NotTold("no", hopeless=False) for name in names})
    failure = tell(None, webhook, *names).failure()
    assert failure.startswith("23 of 23 events could not be told: app-07: e0 (no); app-07: e1 (no); ")
    assert failure.endswith("app-07: e19 (no); and 3 more (see results)")


class TestOptions:
    def test_events(self) -> None:
        given = [{**event("a"), "extra": 1}, event("a"), {**event("b"), "type": None, "data": None}]
        assert events_option(given, NOW) == [
            {**event("a"), "time": "2026-11-28T12:00:00Z"},
            {**event("b"), "time": "2026-11-28T12:00:00Z", "type": "", "data": {}},
        ]

    @pytest.mark.parametrize(
        ("fields", "text"),
        [
            ({"id": ""}, r"events\[0\]: id is missing, or no text"),
            ({"summary": 7}, r"events\[0\]: summary is missing, or no text"),
            ({"data": [1]}, r"events\[0\]: data is no dictionary"),
            ({"id": "x" * 600}, r"events\[0\], as a record\[0\]: key has more than 512 characters"),
        ],
    )
    def test_mistakes(self, fields: Json, text: str) -> None:
        with pytest.raises(InvalidRequest, match=text):
            events_option([{**event(), **fields}], NOW)

    def test_no_secret_is_told(self) -> None:
        (told_event,) = events_option([{**event(), "summary": "https://x/?sig=abc", "data": {"a": "sig=abc"}}], NOW)
        assert (told_event["summary"], told_event["data"]) == ("https://x/?sig=********", {"a": "sig=********"})

    def test_lease(self) -> None:
        assert lease_option(None, Webhook()) == 90
        assert lease_option(None, None) == 60
        assert lease_option("2m", Webhook()) == 120
        with pytest.raises(InvalidRequest, match="lease: one message may take 30 seconds with this timeout"):
            lease_option("30s", Webhook())
        with pytest.raises(InvalidRequest, match="lease: 'soon' is not a duration"):
            lease_option("soon", Webhook())
