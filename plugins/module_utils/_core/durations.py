# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Durations as people write them (`90s`, `4h`, `2d`) and as machines count them (seconds)."""

from __future__ import annotations

import re

_SECONDS_PER_UNIT = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}
_PART = re.compile(r"(\d+)\s*([smhdw])")


def parse_duration(text: str | int) -> int:
    """Return the seconds that `text` stands for.

    Takes a whole number of seconds (`90`), or numbers with the units s, m, h, d, w (`90s`, `1h30m`, `2d`).
    Raises ValueError with a sentence for the user when `text` is neither.
    """
    written = str(text).strip().lower()
    if written.isdecimal():
        return int(written)
    parts = _PART.findall(written)
    if not parts or re.sub(r"\s+", "", written) != "".join(number + unit for number, unit in parts):
        raise ValueError(f"{text!r} is not a duration; write for example 90s, 30m, 4h, 2d or 1h30m")
    return sum(int(number) * _SECONDS_PER_UNIT[unit] for number, unit in parts)


def format_duration(seconds: float) -> str:
    """Return `seconds` in the two largest units that say something: `2d 4h`, `1h 30m`, `45s`."""
    left = max(0, round(seconds))
    shown = []
    for unit in ("d", "h", "m", "s"):
        count, left = divmod(left, _SECONDS_PER_UNIT[unit])
        if count:
            shown.append(f"{count}{unit}")
        elif shown:
            break
    return " ".join(shown[:2]) or "0s"
