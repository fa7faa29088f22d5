# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import datetime

import pytest

from ansible_collections.bcdr.multicloud.plugins.module_utils._azure.times import (
    compact_timestamp,
    parse_compact_timestamp,
    parse_timestamp,
)

UTC = datetime.timezone.utc


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        pytest.param("2023-05-26T02:56:13.8355835+00:00", (2023, 5, 26, 2, 56, 13, 835583), id="recorded, 7 digits"),
        pytest.param("2021-12-09T03:48:53.1857478+05:30", (2021, 12, 8, 22, 18, 53, 185747), id="recorded, India"),
        pytest.param("2026-11-21T12:00:00Z", (2026, 11, 21, 12), id="Z"),
        pytest.param("2026-11-21T12:00:00.5z", (2026, 11, 21, 12, 0, 0, 500000), id="one digit"),
        pytest.param("2026-11-21T12:00:00", (2026, 11, 21, 12), id="no offset is UTC"),
        pytest.param("2026-11-21T12:00:00-0800", (2026, 11, 21, 20), id="offset without colon"),
        pytest.param(" 2026-11-21T12:00:00+01:00\n", (2026, 11, 21, 11), id="white space"),
    ],
)
def test_parse(text: str, moment: tuple[int, ...]) -> None:
    parsed = parse_timestamp(text)
    assert parsed == datetime.datetime(*moment, tzinfo=UTC)  # type: ignore[misc, arg-type]
    assert parsed.utcoffset() == datetime.timedelta(0)


@pytest.mark.parametrize(
    "text", ["", "yesterday", "2026-11-21", "2026-13-21T12:00:00Z", "2026-11-21 12:00:00", "20261121T120000Z"]
)
def test_parse_refuses(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        parse_timestamp(text)


def test_compact_form_is_utc_and_comes_back() -> None:
    moment = datetime.datetime(2026, 11, 21, 4, 15, tzinfo=datetime.timezone(datetime.timedelta(hours=1)))
    assert compact_timestamp(moment) == "20261121T031500Z"
    assert parse_compact_timestamp("20261121T031500Z") == moment
    with pytest.raises(ValueError, match=r"."):
        parse_compact_timestamp("2026-11-21T03:15:00Z")
