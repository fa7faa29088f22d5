# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A history in a table of Azure, for teams whose runs share no file."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ansible_collections.bcdr.multicloud.plugins.module_utils._azure.blobs.tables import EntityTable, Gone
from ansible_collections.bcdr.multicloud.plugins.module_utils._core.errors import Conflict

# For people and other tools that look at the table; `Record` is what counts.
_SHOWN = {"Key": "key", "Kind": "kind", "Workload": "workload", "Type": "type", "Time": "time", "Status": "status"}


class HistoryTable:
    """The records of a table: one entity each, its partition the workload, its row the kind and the key's SHA-256.

    Two runs at once cannot both make an entity, nor both write over the same version of it.
    """

    def __init__(self, entities: EntityTable) -> None:
        self.warnings: list[str] = []
        self._entities = entities

    def read(self) -> list[dict[str, Any]]:
        return [record for record, _etag in self._all()]

    def add(self, records: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
        return [dict(record) for record in records if self.write(record, None) is not None]

    def find(self, record: Mapping[str, Any]) -> tuple[dict[str, Any], Any] | None:
        found = self._entities.get(*keys_of(record))
        if found is None:
            return None
        entity, etag = found
        there = from_entity(entity)
        # One that nobody can read counts as one that may be written over.
        return (there if there is not None else {**record, "status": ""}), etag

    def write(self, record: Mapping[str, Any], version: Any) -> Any:
        try:
            return self._entities.put(to_entity(record), version)
        except (Conflict, Gone):
            return None

    def drop(self, records: Iterable[Mapping[str, Any]]) -> None:
        versions = {record["key"]: dict(record) for record in records}
        for record, etag in list(self._all()):
            if versions.get(record["key"]) == record:
                self._entities.delete(*keys_of(record), etag)

    def _all(self) -> Iterable[tuple[dict[str, Any], str]]:
        strange = 0
        for entity, etag in self._entities.query():
            record = from_entity(entity)
            if record is None:
                strange += 1
            else:
                yield record, etag
        if strange:
            self.warnings.append(
                f"{self._entities.label}: {strange} entities hold no record of a history and are passed over"
            )


def keys_of(record: Mapping[str, Any]) -> tuple[str, str]:
    """Return the keys of a record's entity; a partition's may not hold / \\ # ? and control characters."""
    partition = re.sub(
        r"[^A-Za-z0-9._ -]", lambda found: "".join(f"={byte:02X}" for byte in found[0].encode()), record["workload"]
    )
    return partition, f"{record['kind']}-{hashlib.sha256(record['key'].encode()).hexdigest()}"


def to_entity(record: Mapping[str, Any]) -> dict[str, Any]:
    """Return the entity of a record."""
    partition, row = keys_of(record)
    return {
        "PartitionKey": partition,
        "RowKey": row,
        **{name: str(record[key]) for name, key in _SHOWN.items() if record.get(key) is not None},
        "Record": json.dumps(record, sort_keys=True, ensure_ascii=False),
    }


def from_entity(entity: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return the record of an entity; None for one that holds none."""
    try:
        record = json.loads(entity.get("Record") or "")
    except (TypeError, ValueError):
        return None
    if not isinstance(record, dict) or not all(
        isinstance(record.get(name), str) and record[name] for name in ("key", "kind", "workload", "time")
    ):
        return None
    return record
