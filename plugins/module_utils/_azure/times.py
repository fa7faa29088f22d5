# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Timestamps as Azure writes them."""

from __future__ import annotations

import datetime
import re

_TIMESTAMP = re.compile(r"^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(\.\d+)?(Z|[+-]\d\d:?\d\d)?$", re.IGNORECASE)


def parse_timestamp(text: str) -> datetime.datetime:
    """Return `text` as an aware UTC datetime.

    Azure writes seven fractional digits, and offsets other than UTC ("2021-12-09T03:48:53.1857478+05:30"); no
    offset means UTC. Raises ValueError for anything else.
    """
    match = _TIMESTAMP.match(text.strip())
    if not match:
        raise ValueError(f"{text!r} is not a timestamp")
    seconds, fraction, offset = match.groups()
    offset = "+00:00" if offset in (None, "Z", "z") else offset
    if len(offset) == 5:
        offset = f"{offset[:3]}:{offset[3:]}"
    moment = datetime.datetime.fromisoformat(seconds + (fraction or ".0")[:7].ljust(7, "0") + offset)
    return moment.astimezone(datetime.timezone.utc)


def compact_timestamp(moment: datetime.datetime) -> str:
    """Return `moment` in UTC as it fits into a name or tag: 20261121T031500Z."""
    return moment.astimezone(datetime.timezone.utc).strftime("%Y%m%dT%H%M%SZ")


def parse_compact_timestamp(text: str) -> datetime.datetime:
    """Return the datetime that `compact_timestamp` wrote; raises ValueError for anything else."""
    return datetime.datetime.strptime(text, "%Y%m%dT%H%M%SZ").replace(tzinfo=datetime.timezone.utc)
