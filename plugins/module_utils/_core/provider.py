# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What every provider of items needs: sessions shared by the items of one account, and items that do not collide."""

from __future__ import annotations

import abc
import datetime
import threading
from collections.abc import Callable, Mapping
from typing import Any, Generic, Protocol, TypeVar

from ansible_collections.bcdr.multicloud.plugins.module_utils._core.durations import parse_duration
from ansible_collections.bcdr.multicloud.plugins.module_utils._core.errors import InvalidRequest
from ansible_collections.bcdr.multicloud.plugins.module_utils._core.moments import parse_moment
from ansible_collections.bcdr.multicloud.plugins.module_utils._core.reconcile import (
    PATIENCE_IN_PASSES,
    Action,
    Decision,
    Reconciler,
)

T = TypeVar("T")
SessionT = TypeVar("SessionT")


class Memory:
    """Answers that are good for one round of passes, so that what many items ask is asked once. Thread-safe."""

    def __init__(self) -> None:
        self._answers: dict[Any, Any] = {}
        self._locks: dict[Any, threading.Lock] = {}
        self._lock = threading.Lock()

    def forget(self) -> None:
        """Drop what `remember` kept."""
        with self._lock:
            self._answers.clear()
            self._locks.clear()

    def remember(self, key: Any, load: Callable[[], T]) -> T:
        """Return what `load` gave for `key` since the last `forget`; loads once, however many threads ask."""
        with self._lock:
            lock = self._locks.setdefault(key, threading.Lock())
        with lock:
            if key not in self._answers:
                self._answers[key] = load()
            value: T = self._answers[key]
            return value


class Outages:
    """Counts, place by place, the passes that could not ask it; `patient`: there will be another pass."""

    def __init__(self, patient: bool) -> None:
        self._patient = patient
        self._passes: dict[str, int] = {}

    def waits_out(self, place: str) -> bool:
        """Note that the place could not be asked; return whether to ask again rather than to go on without it."""
        self._passes[place] = self._passes.get(place, 0) + 1
        return self._patient and self._passes[place] < PATIENCE_IN_PASSES

    def answered(self, place: str) -> None:
        self._passes.pop(place, None)


class Item(abc.ABC):
    """One reconciler of a module.

    `identity` is what it is about: two items of one batch may not share it. Items of one `group` take turns; by
    default each is on its own.
    """

    def __init__(self, label: str, identity: str, group: str = "") -> None:
        self.label = label
        self.identity = identity
        self.group = group or identity

    @abc.abstractmethod
    def observe(self) -> Any:
        """Ask the provider what exists; reads only."""

    @abc.abstractmethod
    def decide(self, observed: Any) -> Decision:
        """Compare what was seen with what is wanted; no I/O."""

    @abc.abstractmethod
    def perform(self, action: Action) -> bool | None:
        """Start or make one change; False says that an earlier run has made it, so that it is none of this one."""


class Provider(Protocol):
    """Where a module's items come from."""

    def before_round(self) -> None:
        """Forget what was remembered for the length of one round of passes."""

    def reconciler(self, params: Mapping[str, Any]) -> Reconciler:
        """Return the item for validated options; raises InvalidRequest, naming the option."""


class AccountProvider(Provider, abc.ABC, Generic[SessionT]):
    """Makes items that share a session per account, and no two of them about the same resource."""

    def __init__(self, make_item: Callable[[Mapping[str, Any], SessionT], Item]) -> None:
        self._make_item = make_item
        self._taken: dict[str, str] = {}

    @abc.abstractmethod
    def session(self, params: Mapping[str, Any]) -> SessionT:
        """Return the session for an item's options; items of one account get the same connection."""

    def reconciler(self, params: Mapping[str, Any]) -> Item:
        item = self._make_item(params, self.session(params))
        # Two items about one resource would race each other within this very run.
        if item.identity in self._taken:
            twin = self._taken[item.identity]
            raise InvalidRequest(f"{item.label} is about the same resource as another item of this batch, {twin}")
        self._taken[item.identity] = item.label
        return item


def duration_option(params: Mapping[str, Any], option: str) -> int | None:
    """Return the seconds that a duration option says, or None when it is not given."""
    text = params.get(option)
    if text is None:
        return None
    try:
        return parse_duration(text)
    except ValueError as error:
        raise InvalidRequest(f"{option}: {error}") from error


def moment_option(params: Mapping[str, Any], option: str) -> datetime.datetime | None:
    """Return the moment that an option says in RFC 3339, or None when it is not given."""
    text = params.get(option)
    if text is None:
        return None
    try:
        return parse_moment(text)
    except ValueError as error:
        raise InvalidRequest(f"{option}: {error}") from error
