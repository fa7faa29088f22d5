# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The decisions about histories as filters take them: plain data in, and the time if it is not that of the clock."""

from __future__ import annotations

import datetime
import typing as t
from collections.abc import Callable, Sequence

from ansible_collections.bcdr.multicloud.plugins.module_utils._core.errors import BcdrError
from ansible_collections.bcdr.multicloud.plugins.module_utils._history import drills_decision, events_decision
from ansible_collections.bcdr.multicloud.plugins.module_utils._history.records import DRILL, checked
from ansible_collections.bcdr.multicloud.plugins.plugin_utils import _drill_records
from ansible_collections.bcdr.multicloud.plugins.plugin_utils._workloads import Item, Workload, WorkloadError

T = t.TypeVar("T")


def with_history(status: Sequence[Item], records: Sequence[Item] | None = None, now: str | None = None) -> list[Item]:
    """Return the status with what the history says of it. Raises WorkloadError."""
    return _checked(
        "the input is no status",
        lambda: drills_decision.with_history(status, _records(records, "the history"), _now(now)),
    )


def events(
    status: Sequence[Item],
    history: Sequence[Item] | None = None,
    drills: Sequence[Item] | None = None,
    kinds: Sequence[str] | None = None,
    now: str | None = None,
) -> list[Item]:
    """Return what there is to tell. Raises WorkloadError."""
    return _checked(
        "the input is no status",
        lambda: events_decision.events_of(
            status, _records(history, "the history"), _records(drills, "drills"), _now(now), kinds
        ),
    )


def drill_records(
    results: Sequence[Item], workloads: Sequence[Workload] | None = None, kind: str = DRILL, now: str | None = None
) -> list[Item]:
    """Return the records of results of restores. Raises WorkloadError."""
    return _checked(
        "the input is no result of a restore",
        lambda: _drill_records.drill_records(results, workloads or (), kind, _now(now)),
    )


def _records(given: Sequence[Item] | None, what: str) -> list[Item]:
    try:
        return checked(given or (), what)
    except BcdrError as error:
        raise WorkloadError(str(error)) from error


def _checked(complaint: str, work: Callable[[], T]) -> T:
    try:
        return work()
    except WorkloadError:
        raise
    except ValueError as error:
        raise WorkloadError(str(error)) from error
    except (AttributeError, KeyError, TypeError) as error:
        raise WorkloadError(f"{complaint} ({error!r})") from error


def _now(given: str | None) -> datetime.datetime:
    if given is None:
        return datetime.datetime.now(datetime.timezone.utc)
    try:
        moment = datetime.datetime.fromisoformat(given.replace("Z", "+00:00"))
    except ValueError as error:
        raise WorkloadError(f"now: {given!r} is not of the form 2026-11-28T03:15:00Z") from error
    return moment if moment.tzinfo else moment.replace(tzinfo=datetime.timezone.utc)
