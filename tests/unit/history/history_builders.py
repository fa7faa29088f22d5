# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Status entries and records as the tests of the history need them."""

from __future__ import annotations

import datetime
from typing import Any

Json = dict[str, Any]
NOW = datetime.datetime(2026, 11, 28, 12, 0, tzinfo=datetime.timezone.utc)
HOUR, DAY = 3600, 86400


def target(location: str = "swedencentral", age: int | None = HOUR, **fields: Any) -> Json:
    """A target of a status entry whose objective is a day; its newest point is called after its age."""
    return {
        "location": location,
        "name": f"rpc-{location}",
        "known": True,
        "newest_usable": None if age is None else f"p-{age}",
        "rpo_seconds": age,
        "within_rpo": age is not None and age <= DAY,
        **fields,
    }


def unreachable(location: str = "northeurope") -> Json:
    return target(location, None, known=False)


def entry(*targets: Json, name: str = "app-07", **fields: Any) -> Json:
    """A status entry, with one good target unless told otherwise."""
    shown = list(targets) or [target()]
    return {
        "name": name,
        "type": "azure_vm",
        "status": "succeeded",
        "reason": "",
        "progress_percent": None,
        "copies_due": False,
        "rpo_target_seconds": DAY,
        "rpo_seconds": 600,
        "source_known": True,
        "source_status": "succeeded",
        "source_reason": "",
        "targets": shown,
        "breached": not all(one["within_rpo"] for one in shown),
        "drift": [],
        **fields,
    }


def record(key: str = "k", hours: float = 1, **fields: Any) -> Json:
    """A record of a drill that ended so many hours ago."""
    return {
        "key": key,
        "kind": "drill",
        "workload": "app-07",
        "type": "azure_vm",
        "time": (NOW - datetime.timedelta(hours=hours)).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "status": "succeeded",
        **fields,
    }


def told(event: Json, hours: float = 1, **fields: Any) -> Json:
    """The record of an event that was told so many hours ago."""
    fields = {"kind": "event", "status": "told", "event": event["event"], "workload": event["workload"], **fields}
    return record(event["id"], hours, **fields)
