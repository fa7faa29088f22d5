# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import datetime
from typing import Any

import pytest

from ansible_collections.bcdr.multicloud.plugins.module_utils._history.events_decision import events_of
from ansible_collections.bcdr.multicloud.tests.unit.history.history_builders import (
    DAY,
    HOUR,
    NOW,
    entry,
    record,
    target,
    told,
    unreachable,
)

Json = dict[str, Any]
LATE = target(age=26 * HOUR)


def events(status: list[Json], history: list[Json] | None = None, **fields: Any) -> list[Json]:
    given = {"drills": [], "now": NOW, **fields}
    return events_of(status, history or [], **given)


def only(status: Json, history: list[Json] | None = None, **fields: Any) -> Json:
    (event,) = events([status], history, **fields)
    return event


CASES = {
    "all is well": (entry(), [], []),
    "a breach": (
        entry(LATE),
        [],
        [("rpo_breach", "app-07: RPO breached: swedencentral is 1d 2h old, 1d allowed")],
    ),
    "nothing has ever arrived": (
        entry(target(age=None)),
        [],
        [("rpo_breach", "app-07: RPO breached: swedencentral has nothing yet, 1d allowed")],
    ),
    "the worst of several": (
        entry(LATE, target("westeurope", 3 * DAY), target("norwayeast")),
        [],
        [("rpo_breach", "app-07: RPO breached: westeurope is 3d old, 1d allowed; swedencentral too")],
    ),
    "two targets of one region": (
        entry(LATE, target(name="other")),
        [],
        [("rpo_breach", "app-07: RPO breached: swedencentral (rpc-swedencentral) is 1d 2h old, 1d allowed")],
    ),
    "a place out of reach": (
        entry(unreachable(), status="failed", reason="northeurope: no answer"),
        [],
        [
            (
                "not_known",
                "app-07: not known whether within RPO: northeurope cannot be asked (northeurope: no answer)",
            )
        ],
    ),
    "the source out of reach": (
        entry(source_known=False, source_status="failed", source_reason="no answer"),
        [],
        [("not_known", "app-07: not known whether within RPO: the source cannot be asked (no answer)")],
    ),
    "one out of reach, another late": (
        entry(LATE, unreachable()),
        [],
        [
            ("rpo_breach", "app-07: RPO breached: swedencentral is 1d 2h old, 1d allowed"),
            ("not_known", "app-07: not known whether within RPO: northeurope cannot be asked"),
        ],
    ),
    "a failed copy": (
        entry(status="failed", reason="swedencentral: p-1: a disk failed"),
        [],
        [("copy_failed", "app-07: copies failed: swedencentral: p-1: a disk failed")],
    ),
    "a copy that can never be": (
        entry(status="blocked", reason="swedencentral is the source's own region"),
        [],
        [("copy_failed", "app-07: copies blocked: swedencentral is the source's own region")],
    ),
    "a copy under way": (entry(status="running", reason="40 %"), [], []),
    "an overdue copy": (
        entry(status="running", reason="a/2.jpg at 40 %", overdue=1),
        [],
        [("copy_overdue", "app-07: 1 copy is overdue: a/2.jpg at 40 %")],
    ),
    "overdue copies": (
        entry(status="running", overdue=["a", "b"]),
        [],
        [("copy_overdue", "app-07: 2 copies are overdue")],
    ),
    "merely overdue": (entry(overdue=True), [], [("copy_overdue", "app-07: copies are overdue")]),
    "none overdue": (entry(overdue=0), [], []),
    "never drilled": (
        entry(drill_stale=True, drill_every_seconds=90 * DAY),
        [],
        [("drill_stale", "app-07: no drill has ever succeeded, one is wanted every 90d")],
    ),
    "not drilled for long": (
        entry(drill_stale=True, drill_every_seconds=90 * DAY),
        [record("d1", 24 * 100), record("d2", 24 * 95, status="failed"), record("other", 2, workload="app-08")],
        [("drill_stale", "app-07: no drill has succeeded since 2026-08-20T12:00:00Z, one is wanted every 90d")],
    ),
    "a drill": (
        entry(),
        [record(rpo_seconds=2 * HOUR, recovery_seconds=495, location="northeurope")],
        [
            (
                "drill_succeeded",
                "app-07: drill succeeded: restored in 8m 15s, from a point 2h old, in northeurope",
            )
        ],
    ),
    "a drill without figures": (entry(), [record()], [("drill_succeeded", "app-07: drill succeeded")]),
    "a drill that failed": (
        entry(),
        [record("old", 5), record("new", 1, status="failed", reason="quota")],
        [("drill_failed", "app-07: drill failed: quota")],
    ),
    "a drill that cannot be": (
        entry(),
        [record(status="blocked", reason="nothing has arrived")],
        [("drill_failed", "app-07: drill blocked: nothing has arrived")],
    ),
    "old news": (entry(), [record(hours=24 * 8)], []),
    "a failover": (entry(), [record(kind="failover")], [("failover_succeeded", "app-07: failover succeeded")]),
    "a failed failback": (
        entry(),
        [record(kind="failback", status="failed")],
        [("failback_failed", "app-07: failback failed: no reason is known")],
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_what_there_is_to_tell(name: str) -> None:
    status, history, expected = CASES[name]
    found = events([status], history)
    assert [(event["event"], event["summary"]) for event in found] == expected
    assert {(event["workload"], event["type"]) for event in found} <= {("app-07", "azure_vm")}
    assert len({event["id"] for event in found}) == len(found)


def test_figures_of_a_breach() -> None:
    assert only(entry(LATE))["data"] == {
        "location": "swedencentral",
        "target": "rpc-swedencentral",
        "place": "swedencentral",
        "newest_usable": f"p-{26 * HOUR}",
        "rpo_seconds": 26 * HOUR,
        "rpo_target_seconds": DAY,
        "also_breached": [],
    }


SAME = {
    "a breach that lasts": (entry(LATE), entry({**LATE, "rpo_seconds": 30 * HOUR})),
    "a copy that failed, looked at later": (
        entry(status="failed", reason="p-1: a disk failed at 40 %, started 25m ago (request id 7f3a)"),
        entry(status="failed", reason="p-1: a disk failed at 40.5 %, started 1h 2m ago (request id 99)"),
    ),
    "an overdue copy that goes on": (
        entry(overdue=2, status="running", reason="at 40 %"),
        entry(overdue=1, status="running", reason="at 90 %"),
    ),
    "a place out of reach the whole day": (entry(unreachable()), entry(unreachable(), reason="other words")),
    "a point as Nutanix tells it": (
        entry({**LATE, "newest_usable": {"id": "x", "name": "n"}}),
        entry({**LATE, "newest_usable": {"id": "x", "name": "n", "age_seconds": 5}, "rpo_seconds": 29 * HOUR}),
    ),
}


@pytest.mark.parametrize("name", SAME)
def test_one_event_keeps_its_id(name: str) -> None:
    first, second = SAME[name]
    assert only(first)["id"] == only(second)["id"]


OTHER = {
    "a later breach": (entry(LATE), entry({**LATE, "newest_usable": "p-2"})),
    "another place": (entry(LATE), entry({**LATE, "location": "westeurope"})),
    "another workload": (entry(LATE), entry(LATE, name="app-08")),
    "another reason": (entry(status="failed", reason="quota"), entry(status="failed", reason="a disk failed")),
    "another point": (
        entry(status="failed", reason="bcdr-20261121T120000Z: a disk failed"),
        entry(status="failed", reason="bcdr-20261122T120000Z: a disk failed"),
    ),
}


@pytest.mark.parametrize("name", OTHER)
def test_another_event_has_another_id(name: str) -> None:
    first, second = OTHER[name]
    assert only(first)["id"] != only(second)["id"]


def test_a_place_out_of_reach_is_told_each_day() -> None:
    tomorrow = NOW + datetime.timedelta(days=1)
    assert only(entry(unreachable()))["id"] != only(entry(unreachable()), now=tomorrow)["id"]


class TestRestored:
    def test_once_after_a_breach_that_was_told(self) -> None:
        breach = only(entry(LATE))
        restored = only(entry(), [told(breach)])
        assert restored["event"] == "rpo_restored"
        assert restored["summary"] == "app-07: within RPO again: swedencentral is 1h old, 1d allowed"
        assert restored["data"]["breach_id"] == breach["id"]
        assert events([entry()], [told(breach, 2), told(restored, 1)]) == []

    def test_the_same_in_every_run(self) -> None:
        breach = told(only(entry(LATE)))
        assert only(entry(), [breach])["id"] == only(entry(target(age=7)), [breach])["id"]

    def test_again_after_the_next_breach(self) -> None:
        breach = only(entry(LATE))
        restored = only(entry(), [told(breach, 4)])
        later = told(only(entry({**LATE, "newest_usable": "p-2"})), 1)
        again = only(entry(), [told(breach, 4), told(restored, 3), later])
        assert again["event"] == "rpo_restored"
        assert again["id"] != restored["id"]

    def test_an_empty_place_twice(self) -> None:
        """The same place without any point is another breach when it was well in between."""
        empty = entry(target(age=None))
        breach = only(empty)
        restored = only(entry(), [told(breach, 3)])
        assert only(empty, [told(breach, 3)])["id"] == breach["id"]
        assert only(empty, [told(breach, 3), told(restored, 2)])["id"] != breach["id"]

    @pytest.mark.parametrize(
        "history",
        [[], [told({"event": "rpo_breach", "id": "b", "workload": "app-07"}, status="telling")]],
        ids=["nothing was told", "it is being told"],
    )
    def test_not_without_a_breach_that_was_told(self, history: list[Json]) -> None:
        assert events([entry()], history) == []

    @pytest.mark.parametrize("status", [entry(LATE), entry(unreachable())], ids=["still breached", "not known"])
    def test_not_before_all_is_known_to_be_well(self, status: Json) -> None:
        found = events([status], [told(only(entry(LATE)))])
        assert "rpo_restored" not in [event["event"] for event in found]


class TestStale:
    STALE = entry(drill_stale=True, drill_every_seconds=DAY)

    def test_once_per_stale_period(self) -> None:
        ids = [
            only(self.STALE, history)["id"]
            for history in (
                [],
                [record("d", 24 * 40)],
                [record("d", 24 * 40), record("bad", 24 * 9, status="failed")],
                [record("d", 24 * 40), record("e", 24 * 20)],
            )
        ]
        assert ids[1] == ids[2]
        assert len(set(ids)) == 3


class TestRecords:
    def test_those_of_this_run_without_a_status(self) -> None:
        event = only_of(events([], drills=[record("d", 0)]))
        assert (event["event"], event["workload"], event["type"]) == ("drill_succeeded", "app-07", "azure_vm")
        assert event["id"] == "drill_succeeded|app-07|d"

    def test_those_that_could_not_be_told_are_told_by_the_next_status(self) -> None:
        there = record("d", 20)
        assert only(entry(), [there])["id"] == only_of(events([], drills=[there]))["id"]

    def test_not_those_of_others(self) -> None:
        assert events([entry()], [record("d", workload="app-08")]) == []


def only_of(found: list[Json]) -> Json:
    (event,) = found
    return event


def test_kinds() -> None:
    status = [entry(LATE, status="failed", reason="quota")]
    assert [event["event"] for event in events(status, kinds=["copy_failed"])] == ["copy_failed"]
    assert len(events(status, kinds=[])) == 2
    with pytest.raises(ValueError, match="'rpo_broken' is no kind of event; there are rpo_breach, "):
        events(status, kinds=["rpo_broken"])
