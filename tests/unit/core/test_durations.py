# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest

from ansible_collections.bcdr.multicloud.plugins.module_utils._core.durations import format_duration, parse_duration


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("90", 90),
        (90, 90),
        ("0", 0),
        ("90s", 90),
        ("30m", 1800),
        ("4h", 14400),
        ("2d", 172800),
        ("1w", 604800),
        ("1h30m", 5400),
        ("1h 30m", 5400),
        (" 2D ", 172800),
        ("10 m", 600),
    ],
)
def test_parse(text: str | int, seconds: int) -> None:
    assert parse_duration(text) == seconds


@pytest.mark.parametrize("text", ["", "h", "4 hours", "1.5h", "-5m", "10m5", "m10", "1h,30m", "soon", "²", True])
def test_parse_refuses_with_an_example(text: str) -> None:
    with pytest.raises(ValueError, match=r"is not a duration; write for example 90s, 30m"):
        parse_duration(text)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0s"),
        (-3, "0s"),
        (45, "45s"),
        (59.6, "1m"),
        (90, "1m 30s"),
        (3600, "1h"),
        (3601, "1h"),
        (5400, "1h 30m"),
        (5425, "1h 30m"),
        (187200, "2d 4h"),
        (86460, "1d"),
    ],
)
def test_format_shows_the_two_largest_units(seconds: float, text: str) -> None:
    assert format_duration(seconds) == text
