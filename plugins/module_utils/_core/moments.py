# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Moments as people write them into options (RFC 3339), and what a recovery point is to one. Pure."""

from __future__ import annotations

import datetime
import re

# YAML makes a date of an unquoted one, which is written with a space.
_MOMENT = re.compile(r"^(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d:\d\d)(?:\.\d+)?(Z|[+-]\d\d:\d\d)$", re.IGNORECASE)


def parse_moment(text: object) -> datetime.datetime:
    """Return the moment in UTC, to the second. Raises ValueError with a sentence for the user.

    The offset is needed: a moment of another time zone would be hours off, and nobody would notice.
    """
    written = str(text).strip()
    match = _MOMENT.match(written)
    if match is None:
        raise ValueError(
            f"{written!r} is not a moment such as 2026-11-28T18:00:00Z, with Z or an offset; date -u +%FT%TZ prints now"
        )
    day, time, offset = match.groups()
    try:
        moment = datetime.datetime.fromisoformat(f"{day}T{time}{'+00:00' if offset in 'Zz' else offset}")
        return moment.astimezone(datetime.timezone.utc)
    except (ValueError, OverflowError) as error:
        raise ValueError(f"{written!r} is not a moment: {error}") from error


def lies_ahead(moment: datetime.datetime, now: datetime.datetime) -> str:
    """Return what is wrong with asking for a recovery point newer than `moment`; "" when that has passed.

    `now` is by the provider's clock, by which recovery points are dated.
    """
    if moment <= now:
        return ""
    shown, clock = (one.astimezone(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ") for one in (moment, now))
    return f"newer_than: {shown} lies ahead; it is {clock} by the provider's clock"
