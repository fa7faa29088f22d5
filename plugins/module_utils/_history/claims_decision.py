# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Who tells an event: of many runs one, by a claim in the history that ends by itself. Pure."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ansible_collections.bcdr.multicloud.plugins.module_utils._core.recovery_points import iso_timestamp
from ansible_collections.bcdr.multicloud.plugins.module_utils._history.records import EVENT, TELLING, TOLD, Record


@dataclass(frozen=True)
class Claim:
    """Whether to tell an event. `record` is to be written first, over that of `version`; `why` says why not to tell."""

    record: Record | None = None
    version: Any = None
    why: str = ""


def decide_claim(
    event: Mapping[str, Any],
    there: tuple[Mapping[str, Any], Any] | None,
    now: datetime.datetime,
    lease_seconds: int,
) -> Claim:
    """Return what to do with an event of which the history holds `there`, a record and its version.

    Whoever claims it tells it within the lease. A claim whose lease is over was made by a run that has been stopped: the event
    may have been told or not, and is told again.
    """
    record, version = there if there is not None else (None, None)
    if record is not None:
        if record.get("status") == TOLD:
            return Claim(why=f"told at {record.get('time')}")
        until = str(record.get("claimed_until") or "")
        # Times of this form are in order as texts are.
        if record.get("status") == TELLING and until > (iso_timestamp(now) or ""):
            return Claim(why=f"another run is telling it, and has until {until}")
    tries = record.get("tries") if record is not None else 0
    return Claim(
        {
            **event_record(event, TELLING, now),
            "claimed_until": iso_timestamp(now + datetime.timedelta(seconds=lease_seconds)),
            "tries": (tries if isinstance(tries, int) else 0) + 1,
        },
        version,
    )


def event_record(event: Mapping[str, Any], status: str, now: datetime.datetime) -> Record:
    """Return the record of an event."""
    return {
        "key": event["id"],
        "kind": EVENT,
        "workload": event["workload"],
        "type": event.get("type") or "",
        "time": iso_timestamp(now),
        "status": status,
        "event": event["event"],
        "summary": event["summary"],
        "data": dict(event.get("data") or {}),
    }


def told(claimed: Mapping[str, Any], now: datetime.datetime) -> Record:
    """Return the record of a claimed event that has been told."""
    record = {name: value for name, value in claimed.items() if name != "claimed_until"}
    return {**record, "status": TOLD, "time": iso_timestamp(now)}


def given_up(claimed: Mapping[str, Any], reason: str, now: datetime.datetime) -> Record:
    """Return the record of a claimed event that could not be told, for the next run to claim at once."""
    return {**claimed, "claimed_until": iso_timestamp(now), "reason": reason}
