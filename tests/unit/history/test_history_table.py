# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The table as a store, on entities in memory that keep the service's rules; the integration tests have Azurite."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from ansible_collections.bcdr.multicloud.plugins.module_utils._azure.blobs.history import HistoryTable, keys_of
from ansible_collections.bcdr.multicloud.plugins.module_utils._azure.blobs.tables import Gone
from ansible_collections.bcdr.multicloud.plugins.module_utils._core.errors import Conflict
from ansible_collections.bcdr.multicloud.tests.unit.history.history_builders import record

Json = dict[str, Any]


class Entities:
    label = "table store/history"

    def __init__(self) -> None:
        self.held: dict[tuple[str, str], tuple[Json, str]] = {}
        self._etags = iter(range(1000))

    def query(self, text: str = "", **values: Any) -> Iterator[tuple[Mapping[str, Any], str]]:
        assert not text
        assert not values
        yield from list(self.held.values())

    def get(self, partition: str, row: str) -> tuple[Mapping[str, Any], str] | None:
        return self.held.get((partition, row))

    def put(self, entity: Mapping[str, Any], etag: str | None) -> str:
        key = entity["PartitionKey"], entity["RowKey"]
        if etag is None and key in self.held:
            raise Conflict("there", code="EntityAlreadyExists")
        if etag is not None and key not in self.held:
            raise Gone("gone")
        if etag is not None and self.held[key][1] != etag:
            raise Conflict("changed", code="UpdateConditionNotSatisfied")
        made = f"e{next(self._etags)}"
        self.held[key] = dict(entity), made
        return made

    def delete(self, partition: str, row: str, etag: str) -> bool:
        if self.held.get((partition, row), ({}, ""))[1] != etag:
            return False
        del self.held[partition, row]
        return True


def store_and_entities() -> tuple[HistoryTable, Entities]:
    entities = Entities()
    return HistoryTable(entities), entities  # type: ignore[arg-type]


def test_what_is_added_is_there_once() -> None:
    store, _entities = store_and_entities()
    assert store.add([record("a"), record("b")]) == [record("a"), record("b")]
    assert store.add([record("b", 7), record("c")]) == [record("c")]
    assert sorted(store.read(), key=lambda one: one["key"]) == [record("a"), record("b"), record("c")]


def test_one_of_two_writes_over_the_same_version() -> None:
    store, entities = store_and_entities()
    version = store.write(record("a", n=1), None)
    assert version is not None
    assert store.write(record("a", n=2), None) is None
    assert store.find(record("a")) == (record("a", n=1), version)
    assert store.write(record("a", n=2), version) is not None
    assert store.write(record("a", n=3), version) is None
    entities.held.clear()
    assert store.write(record("a", n=3), version) is None
    assert store.find(record("a")) is None


def test_drop_leaves_what_was_written_meanwhile() -> None:
    store, _entities = store_and_entities()
    store.add([record("a", n=1), record("b")])
    old = store.read()
    found = store.find(record("a"))
    assert found is not None
    store.write(record("a", n=2), found[1])
    store.drop(old)
    assert store.read() == [record("a", n=2)]


@pytest.mark.parametrize("text", ["", "no JSON", "[]", '{"key": "a"}'])
def test_entities_of_others(text: str) -> None:
    store, entities = store_and_entities()
    store.add([record("a")])
    partition, row = keys_of(record("b"))
    entities.put({"PartitionKey": partition, "RowKey": row, "Record": text}, None)
    assert store.read() == [record("a")]
    assert store.warnings == ["table store/history: 1 entities hold no record of a history and are passed over"]
    # It may be written over, and not told as something that it is not.
    found = store.find(record("b"))
    assert found is not None
    assert found[0]["status"] == ""
    assert store.write(record("b"), found[1]) is not None


@pytest.mark.parametrize(
    ("workload", "partition"),
    [
        ("app-01", "app-01"),
        ("a/b#c?d\\e", "a=2Fb=23c=3Fd=5Ce"),
        ("größe = 1", "gr=C3=B6=C3=9Fe =3D 1"),
        ("a\tb", "a=09b"),
    ],
)
def test_partitions_hold_no_forbidden_letters(workload: str, partition: str) -> None:
    assert keys_of(record(workload=workload))[0] == partition


def test_an_entity_can_be_read_by_people_too() -> None:
    store, entities = store_and_entities()
    store.add([record("a", reason="x")])
    ((entity, _etag),) = list(entities.held.values())
    shown = {name: entity[name] for name in ("Key", "Kind", "Workload", "Type", "Time", "Status")}
    assert shown == {
        "Key": "a",
        "Kind": "drill",
        "Workload": "app-07",
        "Type": "azure_vm",
        "Time": "2026-11-28T11:00:00Z",
        "Status": "succeeded",
    }
