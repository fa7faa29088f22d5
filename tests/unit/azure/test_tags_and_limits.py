# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import datetime

import pytest

from ansible_collections.bcdr.multicloud.plugins.module_utils._azure.restore_points.limits import (
    seconds_until_next_start,
)
from ansible_collections.bcdr.multicloud.plugins.module_utils._azure.restore_points.tags import (
    COPY_STARTS,
    copy_starts,
    record_copy_start,
)
from ansible_collections.bcdr.multicloud.plugins.module_utils._azure.tags import users_tags, wanted_tags
from ansible_collections.bcdr.multicloud.tests.unit.azure.builders import NOW, ago

OURS = {COPY_STARTS: "20261121T110000Z"}


@pytest.mark.parametrize(
    ("existing", "asked", "append", "wanted"),
    [
        pytest.param({"a": "1"}, None, True, {"a": "1"}, id="not asked"),
        pytest.param({"a": "1"}, None, False, {"a": "1"}, id="not asked, without append"),
        pytest.param({"a": "1"}, {"b": "2"}, True, {"a": "1", "b": "2"}, id="append"),
        pytest.param({"a": "1"}, {"a": "2"}, True, {"a": "2"}, id="change"),
        pytest.param({"a": "1", **OURS}, {"b": "2"}, False, {"b": "2", **OURS}, id="replace, but ours stay"),
        pytest.param({"a": "1", **OURS}, {}, False, OURS, id="remove all, but ours stay"),
        pytest.param({"a": "1"}, {}, True, {"a": "1"}, id="nothing to append"),
    ],
)
def test_wanted_tags(
    existing: dict[str, str], asked: dict[str, str] | None, append: bool, wanted: dict[str, str]
) -> None:
    assert wanted_tags(existing, asked, append) == wanted


def test_a_tag_in_another_spelling_is_the_same_tag() -> None:
    assert wanted_tags({"Env": "prod"}, {"env": "prod"}, True) == {"Env": "prod"}
    assert wanted_tags({"Env": "prod"}, {"env": "test"}, True) == {"Env": "test"}


def test_users_never_see_ours() -> None:
    assert list(users_tags({"b": "2", **OURS, "a": "1"})) == ["a", "b"]


def test_starts_come_back_and_keep_the_users_tags() -> None:
    tags = record_copy_start({"a": "1"}, ago(1))
    tags = record_copy_start(tags, ago(0.5))
    assert tags["a"] == "1"
    assert copy_starts(tags) == (ago(1), ago(0.5))


def test_starts_fit_into_a_tag_however_many() -> None:
    tags: dict[str, str] = {}
    for number in range(40, 0, -1):
        tags = record_copy_start(tags, ago(number))
    assert len(tags[COPY_STARTS]) <= 256
    assert copy_starts(tags)[-3:] == (ago(3), ago(2), ago(1))


def test_a_tag_that_somebody_edited_does_no_harm() -> None:
    assert copy_starts({COPY_STARTS: "20261121T110000Z nonsense 20261121T100000Z"}) == (ago(2), ago(1))
    assert copy_starts({}) == ()


def minutes(*numbers: float) -> list[datetime.datetime]:
    return [NOW - datetime.timedelta(minutes=number) for number in numbers]


@pytest.mark.parametrize(
    ("starts", "wait"),
    [
        pytest.param([], 0, id="none"),
        pytest.param([10, 20], 0, id="two"),
        pytest.param([10, 20, 30], 1800, id="three: the oldest must be an hour ago"),
        pytest.param([30, 10, 20], 1800, id="in any order"),
        pytest.param([10, 20, 61], 0, id="one is long ago"),
        pytest.param([10, 20, 60], 0, id="one is an hour ago"),
        pytest.param([0, 0, 59.999], 1, id="never less than a second"),
        pytest.param([10, 20, 30, 40], 1800, id="four"),
        pytest.param([10, 20, 30, 700, 800, 900], 1800, id="others long ago"),
    ],
)
def test_the_hourly_limit(starts: list[float], wait: float) -> None:
    assert seconds_until_next_start(minutes(*starts), NOW) == pytest.approx(wait)
