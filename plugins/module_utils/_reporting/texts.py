# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Figures and names as the report shows them. Pure."""

from __future__ import annotations

import datetime
import re

# What neither XML nor a page may hold: control characters but tab and newline, and halves of surrogate pairs.
_UNFIT = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
# Up to here hours say more than days: an objective of a day and an age of 26 hours are compared at a glance.
_HOURS_UNTIL = 72 * 3600


def clean(text: str) -> str:
    """Return a text that any of the report's files can hold."""
    return _UNFIT.sub("\ufffd", text)


def span(seconds: float, hours_until: float = _HOURS_UNTIL) -> str:
    """Return a duration in its two largest units, in hours up to three days, from ten minutes on without seconds.

    45s, 4m 5s, 12m, 4h 20m, 26h, 3d 4h.
    """
    left = max(0, round(seconds))
    if left >= 600:
        left -= left % 60
    units = [("d", 86400), ("h", 3600), ("m", 60), ("s", 1)]
    if left < hours_until:
        del units[0]
    shown: list[str] = []
    for unit, length in units:
        count, left = divmod(left, length)
        if count:
            shown.append(f"{count}{unit}")
        elif shown:
            break
    return " ".join(shown[:2]) or "0s"


def of_target(actual: float, target: float) -> str:
    """Return how much of a target there is, as in "26h of 24h"; what is beyond it never looks like the target itself."""
    shown, wanted = span(actual), span(target)
    if shown == wanted and actual > target:
        shown = f"{wanted} {span(max(1, actual - target))}"
    return f"{shown} of {wanted}"


def parse_time(text: str) -> datetime.datetime:
    """Return the moment that an RFC 3339 text names, in UTC. Raises ValueError for anything else."""
    moment = datetime.datetime.fromisoformat(text.strip().replace("Z", "+00:00").replace("z", "+00:00"))
    if moment.tzinfo is None:
        raise ValueError(f"{text!r} names no time zone")
    return moment.astimezone(datetime.timezone.utc)


def rfc3339(moment: datetime.datetime) -> str:
    """Return a moment in UTC to the second."""
    return moment.astimezone(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def for_people(text: str) -> str:
    """Return an RFC 3339 time as "28 Nov 2026 18:13 UTC"; what is none stays as it is."""
    try:
        moment = parse_time(text)
    except ValueError:
        return text
    months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
    return f"{moment.day} {months[moment.month - 1]} {moment.year} {moment:%H:%M} UTC"


def number_of(count: int, one: str, many: str = "") -> str:
    """Return "1 workload", "3 workloads"."""
    return f"{count} {one if count == 1 else many or one + 's'}"
