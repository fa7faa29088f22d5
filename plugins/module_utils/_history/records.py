# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What outlives a run, record by record: which are good, which count, and which may go. Pure."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ansible_collections.bcdr.multicloud.plugins.module_utils._core.errors import InvalidRequest, redact

Record = dict[str, Any]

DRILL, FAILOVER, FAILBACK, EVENT = "drill", "failover", "failback", "event"
# What brings a workload up somewhere else.
RECOVERIES = (DRILL, FAILOVER, FAILBACK)
KINDS = (*RECOVERIES, EVENT)
SUCCEEDED = "succeeded"
TELLING, TOLD = "telling", "told"
STATUSES = {**dict.fromkeys(RECOVERIES, (SUCCEEDED, "failed", "blocked")), EVENT: (TELLING, TOLD)}

# An entity of a table holds 64 KiB of text in one property, and nobody reads more of a reason.
_LONGEST_TEXT = 2000
_LONGEST_NAME = 512
_TIME = re.compile(r"^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z$")


def checked(records: Iterable[Any], option: str = "records") -> list[Record]:
    """Return the records as they are kept: texts without secrets, none too long.

    Raises InvalidRequest, naming `option` and the place, for what is no record.
    """
    return [_checked(record, f"{option}[{index}]") for index, record in enumerate(records)]


def _checked(record: Any, place: str) -> Record:
    if not isinstance(record, Mapping):
        raise InvalidRequest(f"{place}: is no dictionary")
    for name in ("key", "kind", "workload", "time", "status"):
        value = record.get(name)
        if not isinstance(value, str) or not value:
            raise InvalidRequest(f"{place}: {name} is missing, or no text")
    for name in ("key", "workload"):
        if len(record[name]) > _LONGEST_NAME:
            raise InvalidRequest(f"{place}: {name} has more than {_LONGEST_NAME} characters")
    if record["kind"] not in KINDS:
        raise InvalidRequest(f"{place}: kind {record['kind']!r} is none of {', '.join(KINDS)}")
    allowed = STATUSES[record["kind"]]
    if record["status"] not in allowed:
        raise InvalidRequest(f"{place}: status {record['status']!r} is none of {', '.join(allowed)}")
    if not _TIME.match(record["time"]):
        raise InvalidRequest(f"{place}: time {record['time']!r} is not of the form 2026-11-28T03:15:00Z")
    try:
        json.dumps(record)
    except (TypeError, ValueError) as error:
        raise InvalidRequest(f"{place}: holds what JSON cannot say ({error})") from error
    clean: Record = _clean(record)
    # What tells records apart stays as it is.
    return {**clean, "key": record["key"], "workload": record["workload"]}


def _clean(value: Any) -> Any:
    if isinstance(value, str):
        return redact(value)[:_LONGEST_TEXT]
    if isinstance(value, Mapping):
        return {str(name): _clean(entry) for name, entry in value.items()}
    if isinstance(value, (list, tuple)):
        return [_clean(entry) for entry in value]
    return value


def is_record(value: Any) -> bool:
    """Return whether what was read is a record; others, later versions among them, may have written it."""
    return isinstance(value, Mapping) and all(
        isinstance(value.get(name), str) and value[name] for name in ("key", "kind", "workload", "time")
    )


def as_line(record: Mapping[str, Any]) -> str:
    """Return the record as one line of JSON, the same for the same record."""
    return json.dumps(record, sort_keys=True, ensure_ascii=False, separators=(",", ":"))


def newest_first(records: Iterable[Record]) -> list[Record]:
    """Return the records, those of the same second in an order of their own."""
    return sorted(records, key=lambda record: (record["time"], record["key"]), reverse=True)


def chosen(
    records: Iterable[Record],
    workloads: Sequence[str] | None = None,
    kinds: Sequence[str] | None = None,
    newest: int | None = None,
) -> list[Record]:
    """Return the records of these workloads and kinds, newest first; at most `newest` per workload and kind."""
    wanted = [
        record
        for record in newest_first(records)
        if (not workloads or record["workload"] in workloads) and (not kinds or record["kind"] in kinds)
    ]
    return wanted if newest is None else _first_of_each(wanted, newest, ("workload", "kind"))[0]


def surplus(records: Iterable[Record], keep: int) -> list[Record]:
    """Return the records that need not be kept: all but the newest `keep` per workload, kind and kind of event.

    Per kind of event, so that many of one kind do not push out that a breach which lasts has been told.
    """
    return _first_of_each(newest_first(records), keep, ("workload", "kind", "event"))[1]


def _first_of_each(records: Iterable[Record], count: int, names: Sequence[str]) -> tuple[list[Record], list[Record]]:
    seen: dict[tuple[Any, ...], int] = {}
    first: list[Record] = []
    others: list[Record] = []
    for record in records:
        group = tuple(record.get(name) for name in names)
        seen[group] = seen.get(group, 0) + 1
        (first if seen[group] <= count else others).append(record)
    return first, others
