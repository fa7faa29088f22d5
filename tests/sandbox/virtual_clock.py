# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Virtual time: everything that the sandbox times runs on this clock, at whatever speed it was told."""

from __future__ import annotations

import math
import re
import threading
import time
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from email.utils import formatdate

_ISO = re.compile(r"^(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d)(?::(\d\d)(?:\.(\d+))?)?\s*(Z|[+-]\d\d:?\d\d)?$", re.IGNORECASE)
_OFFSET = re.compile(r"^([+-])(\d\d):?(\d\d)$")


class VirtualClock:
    """Time that starts at ``start``, runs ``speed`` times as fast as real time, and can be moved forward."""

    def __init__(self, start: float, speed: float, monotonic: Callable[[], float] = time.monotonic) -> None:
        self.speed = speed
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._base = start
        self._real_base = monotonic()

    def now(self) -> float:
        """Virtual seconds since the epoch."""
        with self._lock:
            return self._base + (self._monotonic() - self._real_base) * self.speed

    def advance(self, seconds: float) -> float:
        """Move time forward and return the new now. Time never moves backwards."""
        if not seconds >= 0:
            raise ValueError("time can only be advanced by zero or more seconds")
        with self._lock:
            self._base += seconds
            return self._base + (self._monotonic() - self._real_base) * self.speed

    def restart(self, start: float) -> None:
        """Start again at ``start`` (used when a seed replaces the whole state)."""
        with self._lock:
            self._base = start
            self._real_base = self._monotonic()

    def retry_after(self, virtual_seconds: float) -> int:
        """The Retry-After header for a virtual wait: real seconds, rounded up, at least 1.

        With speed 0 time only moves when it is told to, so the virtual seconds are given as they are.
        """
        seconds = virtual_seconds / self.speed if self.speed > 0 else virtual_seconds
        return max(1, math.ceil(round(seconds, 6)))


def parse_offset(text: str) -> timedelta:
    """``+05:30`` as a timedelta."""
    found = _OFFSET.match(text)
    if not found:
        raise ValueError(f"{text!r} is not an offset such as +00:00 or +05:30")
    delta = timedelta(hours=int(found[2]), minutes=int(found[3]))
    return -delta if found[1] == "-" else delta


def parse_time(text: str) -> float:
    """Seconds since the epoch of an ISO 8601 time with any number of fractional digits; no offset means UTC."""
    found = _ISO.match(text.strip())
    if not found:
        raise ValueError(f"{text!r} is not an ISO 8601 time")
    date, minutes, seconds, fraction, zone = found.groups()
    moment = datetime.fromisoformat(f"{date}T{minutes}:{seconds or '00'}")
    offset = timedelta() if zone in (None, "Z", "z") else parse_offset(zone)
    base = (moment.replace(tzinfo=timezone.utc) - offset).timestamp()
    return base + (float(f"0.{fraction}") if fraction else 0.0)


def timestamp(moment: float, offset: str = "+00:00") -> str:
    """A timestamp as Azure's recorded answers have it: seven fractional digits and a numeric offset."""
    whole, ticks = divmod(round(moment * 10_000_000), 10_000_000)
    local = datetime.fromtimestamp(whole, timezone.utc) + parse_offset(offset)
    return f"{local:%Y-%m-%dT%H:%M:%S}.{ticks:07d}{offset}"


def http_date(moment: float) -> str:
    """The moment as an HTTP Date header."""
    return formatdate(math.floor(moment), usegmt=True)
