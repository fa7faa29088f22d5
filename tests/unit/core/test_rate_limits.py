# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import threading

from ansible_collections.bcdr.multicloud.plugins.module_utils._core.rate_limits import TokenBucket


class FakeTime:
    """A clock that only moves when told, and counts what was slept."""

    def __init__(self, sleeping_passes_time: bool = True) -> None:
        self.now = 1000.0
        self.slept: list[float] = []
        self._passes = sleeping_passes_time

    def monotonic(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        if self._passes:
            self.now += seconds


def bucket(time: FakeTime, capacity: float = 3, per_second: float = 2) -> TokenBucket:
    return TokenBucket(capacity, per_second, time.monotonic, time.sleep)


def test_a_burst_up_to_the_capacity_does_not_wait() -> None:
    time = FakeTime()
    tokens = bucket(time)
    assert [tokens.acquire() for _round in range(3)] == [0, 0, 0]
    assert time.slept == []


def test_after_the_burst_each_call_waits_for_its_own_token() -> None:
    time = FakeTime()
    tokens = bucket(time)
    assert [tokens.acquire() for _round in range(5)] == [0, 0, 0, 0.5, 0.5]
    assert time.slept == [0.5, 0.5]


def test_callers_at_one_moment_queue_behind_each_other() -> None:
    time = FakeTime(sleeping_passes_time=False)
    tokens = bucket(time)
    assert [tokens.acquire() for _round in range(6)] == [0, 0, 0, 0.5, 1.0, 1.5]


def test_idle_time_fills_the_bucket_but_never_beyond_its_capacity() -> None:
    time = FakeTime(sleeping_passes_time=False)
    tokens = bucket(time)
    for _round in range(3):
        tokens.acquire()
    time.now += 1.0
    assert [tokens.acquire() for _round in range(3)] == [0, 0, 0.5]
    time.now += 3600
    assert [tokens.acquire() for _round in range(4)] == [0, 0, 0, 0.5]


def test_no_token_is_given_twice_under_threads() -> None:
    time = FakeTime(sleeping_passes_time=False)
    tokens = bucket(time, capacity=10, per_second=1)
    waits: list[float] = []
    threads = [threading.Thread(target=lambda: waits.append(tokens.acquire())) for _round in range(25)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(waits) == [0.0] * 10 + [float(n) for n in range(1, 16)]
