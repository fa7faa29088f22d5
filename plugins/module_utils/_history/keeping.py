# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What dr_history does with a store."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ansible_collections.bcdr.multicloud.plugins.module_utils._core.errors import InvalidRequest
from ansible_collections.bcdr.multicloud.plugins.module_utils._core.task import TaskResult
from ansible_collections.bcdr.multicloud.plugins.module_utils._history.file_store import FileStore
from ansible_collections.bcdr.multicloud.plugins.module_utils._history.records import (
    KINDS,
    Record,
    checked,
    chosen,
    surplus,
)
from ansible_collections.bcdr.multicloud.plugins.module_utils._history.store import Store

# Makes the store of a table that options name; the provider's part, which this room does not know.
TableStore = Callable[[str, Mapping[str, Any]], Store]

STORE_SPEC: dict[str, Any] = {
    "path": {"type": "path"},
    "mode": {"type": "raw", "default": "0600"},
    "keep": {"type": "int", "default": 200},
}
# Records that may go are left until there are so many of them: a file is written anew for that.
_FEW = 50


def open_store(params: Mapping[str, Any], table: TableStore, prefix: str = "") -> Store:
    """Return the store that `path` or `table` of the options names; raises InvalidRequest.

    `prefix` is what these options stand in, as messages name it.
    """
    if params["keep"] < 1:
        raise InvalidRequest(f"{prefix}keep: must be 1 or more")
    if params["table"] is not None:
        return table(f"{prefix}table", params["table"])
    return FileStore(params["path"], _mode(params["mode"], f"{prefix}mode"), f"{prefix}path")


def _mode(given: Any, option: str) -> int:
    text = oct(given)[2:] if isinstance(given, int) else str(given)
    if not re.match(r"^0?[0-7]{3}$", text):
        raise InvalidRequest(f"{option}: {given!r} is not of the form '0600'")
    return int(text, 8)


def keep_records(params: Mapping[str, Any], check_mode: bool, table: TableStore) -> TaskResult:
    """Add the records of the options that are not there yet, and return those that are asked for."""
    unknown = sorted(set(params["kinds"] or ()) - set(KINDS))
    if unknown:
        raise InvalidRequest(f"kinds: {unknown[0]!r} is none of {', '.join(KINDS)}")
    if params["newest"] is not None and params["newest"] < 1:
        raise InvalidRequest("newest: must be 1 or more")
    new = checked(params["records"] or ())
    store = open_store(params, table)
    there: list[Record]
    if check_mode or not new:
        there = store.read()
        added = _missing(new, there)
        there = [*there, *added]
    else:
        added = store.add(new)
        there = store.read()
        trim(store, there, params["keep"])
    return TaskResult(
        values={
            "records": chosen(there, params["workloads"], params["kinds"], params["newest"]),
            "added": added,
        },
        changed=bool(added),
        diff={"before": {}, "after": {record["key"]: record for record in added}},
        warnings=store.warnings,
    )


def trim(store: Store, there: Sequence[Record], keep: int) -> None:
    """Let the store forget what need not be kept, once it is worth it."""
    old = surplus(there, keep)
    if len(old) >= _FEW:
        store.drop(old)


def _missing(new: Sequence[Record], there: Sequence[Record]) -> list[Record]:
    keys = {record["key"] for record in there}
    missing: dict[str, Record] = {}
    for record in new:
        if record["key"] not in keys:
            missing.setdefault(record["key"], record)
    return list(missing.values())
