# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import threading
from collections.abc import Mapping
from typing import Any

import pytest

from ansible_collections.bcdr.multicloud.plugins.module_utils._core.errors import InvalidRequest, Unavailable
from ansible_collections.bcdr.multicloud.plugins.module_utils._core.provider import (
    AccountProvider,
    Item,
    Memory,
    duration_option,
)
from ansible_collections.bcdr.multicloud.plugins.module_utils._core.reconcile import SUCCEEDED, Action, Decision


class TestMemory:
    def test_loaded_once_under_threads_and_again_after_forgetting(self) -> None:
        memory = Memory()
        loads: list[int] = []
        begin = threading.Barrier(8)
        found: list[int] = []

        def load() -> int:
            threading.Event().wait(0.02)
            loads.append(1)
            return len(loads)

        def ask() -> None:
            begin.wait()
            found.append(memory.remember("key", load))

        threads = [threading.Thread(target=ask) for _round in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert (found, len(loads)) == ([1] * 8, 1)
        assert memory.remember("other", load) == 2
        memory.forget()
        assert memory.remember("key", load) == 3

    def test_an_error_is_not_remembered(self) -> None:
        memory = Memory()

        def fail() -> int:
            raise Unavailable("down")

        with pytest.raises(Unavailable):
            memory.remember("key", fail)
        assert memory.remember("key", lambda: 5) == 5

    def test_none_is_remembered(self) -> None:
        memory = Memory()
        assert memory.remember("key", lambda: None) is None
        assert memory.remember("key", lambda: 5) is None


class OneItem(Item):
    def observe(self) -> Any:
        return None

    def decide(self, observed: Any) -> Decision:
        return Decision(SUCCEEDED)

    def perform(self, action: Action) -> None:
        """Nothing."""


class Accounts(AccountProvider[str]):
    def session(self, params: Mapping[str, Any]) -> str:
        return f"session of {params['account']}"


class TestAccountProvider:
    def test_items_get_the_session_of_their_account(self) -> None:
        provider = Accounts(lambda params, session: OneItem(session, params["name"]))
        assert provider.reconciler({"account": "a", "name": "x"}).label == "session of a"
        assert provider.reconciler({"account": "b", "name": "y"}).label == "session of b"

    def test_no_two_items_are_about_one_resource(self) -> None:
        provider = Accounts(lambda params, session: OneItem(params["label"], params["name"]))
        provider.reconciler({"account": "a", "name": "x", "label": "one"})
        with pytest.raises(InvalidRequest, match=r"^two is about the same resource as another item of this batch, one"):
            provider.reconciler({"account": "a", "name": "x", "label": "two"})


def test_duration_option() -> None:
    assert duration_option({"max_age": "4h"}, "max_age") == 14400
    assert duration_option({"max_age": None}, "max_age") is None
    assert duration_option({}, "max_age") is None
    with pytest.raises(InvalidRequest, match=r"^max_age: 'soon' is not a duration"):
        duration_option({"max_age": "soon"}, "max_age")
