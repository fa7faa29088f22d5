# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import datetime

import pytest

from ansible_collections.bcdr.multicloud.plugins.module_utils._core.errors import InvalidRequest
from ansible_collections.bcdr.multicloud.plugins.module_utils._core.moments import lies_ahead, parse_moment
from ansible_collections.bcdr.multicloud.plugins.module_utils._core.provider import moment_option

SIX = datetime.datetime(2026, 11, 28, 18, tzinfo=datetime.timezone.utc)


@pytest.mark.parametrize(
    "text",
    [
        "2026-11-28T18:00:00Z",
        "2026-11-28t18:00:00z",
        "2026-11-28T19:00:00+01:00",
        "2026-11-28T18:00:00.123456Z",
        " 2026-11-28T18:00:00Z ",
        # What YAML makes of one that stands without quotes.
        SIX,
    ],
)
def test_moments(text: object) -> None:
    assert parse_moment(text) == SIX


@pytest.mark.parametrize(
    "text",
    [
        "",
        "now",
        "2026-11-28",
        "18:00",
        "2026-11-28T18:00:00",
        "2026-11-28T25:00:00Z",
        "2026-02-30T18:00:00Z",
        "0001-01-01T00:00:00+23:59",
    ],
)
def test_what_is_none(text: str) -> None:
    with pytest.raises(ValueError, match="is not a moment"):
        parse_moment(text)
    with pytest.raises(InvalidRequest, match=r"^newer_than: .* is not a moment"):
        moment_option({"newer_than": text}, "newer_than")


def test_without_the_option() -> None:
    assert moment_option({}, "newer_than") is None


def test_ahead() -> None:
    assert lies_ahead(SIX, SIX) == ""
    assert "lies ahead" in lies_ahead(SIX + datetime.timedelta(seconds=1), SIX)
