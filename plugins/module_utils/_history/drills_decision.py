# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What drills of earlier runs say about workloads today. Pure."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ansible_collections.bcdr.multicloud.plugins.module_utils._core.recovery_points import iso_timestamp
from ansible_collections.bcdr.multicloud.plugins.module_utils._history.records import (
    DRILL,
    SUCCEEDED,
    Record,
    newest_first,
)


def drills_of(records: Iterable[Record], workload: str) -> list[Record]:
    """Return the drills of a workload, newest first."""
    return newest_first(record for record in records if record["kind"] == DRILL and record["workload"] == workload)


def with_history(
    status: Sequence[Mapping[str, Any]], records: Sequence[Record], now: datetime.datetime
) -> list[dict[str, Any]]:
    """Return the status entries with what the history says of them: `last_drill`, `drill_stale` and `rto_met`.

    `last_drill` is the record of the newest drill, None without one. `drill_stale`: the entry has `drill_every_seconds`, and no drill
    has succeeded within it. `rto_met`: whether the newest drill kept to `rto_target_seconds`. None without an objective, without a
    drill, when that did not succeed, which its status says, or when nobody measured it.
    """
    return [_with_history(entry, drills_of(records, entry["name"]), now) for entry in status]


def _with_history(entry: Mapping[str, Any], drills: Sequence[Record], now: datetime.datetime) -> dict[str, Any]:
    last = drills[0] if drills else None
    every, wanted = entry.get("drill_every_seconds"), entry.get("rto_target_seconds")
    stale = False
    if every is not None:
        since = iso_timestamp(now - datetime.timedelta(seconds=every)) or ""
        stale = not any(drill["status"] == SUCCEEDED and drill["time"] >= since for drill in drills)
    met = None
    if wanted is not None and last is not None:
        took = last.get("recovery_seconds")
        if last["status"] == SUCCEEDED and took is not None:
            met = took <= wanted
    return {**entry, "last_drill": last, "drill_stale": stale, "rto_met": met}
