# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.bcdr.multicloud.plugins.module_utils._core.errors import InvalidRequest, hide
from ansible_collections.bcdr.multicloud.plugins.module_utils._history.records import checked, chosen, surplus
from ansible_collections.bcdr.multicloud.tests.unit.history.history_builders import record

MISTAKES: dict[str, tuple[Any, str]] = {
    "no dictionary": ("x", r"records\[0\]: is no dictionary"),
    "no key": ({**record(), "key": ""}, r"records\[0\]: key is missing, or no text"),
    "no text": ({**record(), "workload": 7}, r"records\[0\]: workload is missing, or no text"),
    "a long key": (record("k" * 513), "key has more than 512 characters"),
    "kind": (record(kind="dril"), "kind 'dril' is none of drill, failover, failback, event"),
    "status": (record(status="told"), "status 'told' is none of succeeded, failed, blocked"),
    "status of an event": (record(kind="event"), "status 'succeeded' is none of telling, told"),
    "time": (record(time="2026-11-28 12:00"), "time '2026-11-28 12:00' is not of the form 2026-11-28T03:15:00Z"),
    "no JSON": (record(extra={1, 2}), "holds what JSON cannot say"),
}


@pytest.mark.parametrize("name", MISTAKES)
def test_mistakes(name: str) -> None:
    given, text = MISTAKES[name]
    with pytest.raises(InvalidRequest, match=text):
        checked([given])


def test_no_secret_is_kept() -> None:
    hide("open-sesame")
    (kept,) = checked([record(reason="https://x/?sig=abc%3D&a=1 open-sesame", data={"a": ["password=hunter22"]})])
    assert kept["reason"] == "https://x/?sig=********&a=1 ********"
    assert kept["data"] == {"a": ["password=********"]}


def test_no_text_is_endless() -> None:
    (kept,) = checked([record(reason="x" * 99999)])
    assert len(kept["reason"]) == 2000


def keys(records: list[dict[str, Any]]) -> list[str]:
    return [one["key"] for one in records]


RECORDS = [
    record("a1", 3),
    record("a2", 1),
    record("b1", 2, workload="app-08"),
    record("e1", 4, kind="event", status="told", event="rpo_breach"),
    record("e2", 0, kind="event", status="told", event="copy_failed"),
]


def test_chosen() -> None:
    assert keys(chosen(RECORDS)) == ["e2", "a2", "b1", "a1", "e1"]
    assert keys(chosen(RECORDS, ["app-07"], ["drill"])) == ["a2", "a1"]
    assert keys(chosen(RECORDS, kinds=["drill"], newest=1)) == ["a2", "b1"]


def test_surplus_is_of_each_kind_of_event() -> None:
    assert keys(surplus(RECORDS, 1)) == ["a1"]
    assert surplus(RECORDS, 2) == []
