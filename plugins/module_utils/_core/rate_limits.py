# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A token bucket per account, shared by all items that talk to that account."""

from __future__ import annotations

import threading
from collections.abc import Callable


class TokenBucket:
    """At most `capacity` calls at once and `per_second` in the long run; thread-safe.

    `now` returns seconds of a monotonic clock, `sleep` waits for seconds; both are passed in so that
    the bucket knows no clock of its own.
    """

    def __init__(
        self, capacity: float, per_second: float, now: Callable[[], float], sleep: Callable[[float], None]
    ) -> None:
        self._capacity = capacity
        self._per_second = per_second
        self._now = now
        self._sleep = sleep
        self._tokens = capacity
        self._filled_at = now()
        self._lock = threading.Lock()

    def acquire(self) -> float:
        """Take one token, waiting for it when there is none; returns the seconds waited."""
        with self._lock:
            moment = self._now()
            self._tokens = min(self._capacity, self._tokens + (moment - self._filled_at) * self._per_second)
            self._filled_at = moment
            self._tokens -= 1
            # A negative balance is a queue: each caller waits for its own token to drip in.
            wait = max(0.0, -self._tokens / self._per_second)
        if wait:
            self._sleep(wait)
        return wait
