# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.bcdr.multicloud.plugins.module_utils._aws.efs.tokens import derived_token

REQUEST: tuple[Any, ...] = ("arn:point", "arn:vault", {"DeleteAfterDays": 35, "MoveToColdStorageAfterDays": 1}, 0)
JSON = st.one_of(st.text(), st.integers(), st.none(), st.lists(st.text()), st.dictionaries(st.text(), st.integers()))


@given(st.lists(JSON))
def test_the_same_request_gives_the_same_token(request: list[Any]) -> None:
    token = derived_token("backup", *request)
    assert token == derived_token("backup", *request)
    assert 0 < len(token) <= 64


def test_the_order_of_keys_is_no_difference() -> None:
    swapped = dict(reversed(list(REQUEST[2].items())))
    assert derived_token("copy", *REQUEST) == derived_token("copy", REQUEST[0], REQUEST[1], swapped, REQUEST[3])


def test_moments_can_be_part_of_it() -> None:
    assert derived_token("copy", datetime.date(2026, 1, 1)) != derived_token("copy", datetime.date(2026, 1, 2))


@pytest.mark.parametrize(
    ("kind", "request_"),
    [
        ("backup", REQUEST),
        ("copy", ("arn:other", *REQUEST[1:])),
        ("copy", (REQUEST[1], REQUEST[0], *REQUEST[2:])),
        ("copy", (*REQUEST[:2], {"DeleteAfterDays": 36, "MoveToColdStorageAfterDays": 1}, 0)),
        ("copy", (*REQUEST[:2], {}, 0)),
        ("copy", (*REQUEST[:3], 1)),
        ("copy", REQUEST[:3]),
    ],
)
def test_any_difference_gives_another(kind: str, request_: tuple[Any, ...]) -> None:
    assert derived_token(kind, *request_) != derived_token("copy", *REQUEST)


def test_no_joining_of_neighbours() -> None:
    assert derived_token("copy", "ab", "c") != derived_token("copy", "a", "bc")
