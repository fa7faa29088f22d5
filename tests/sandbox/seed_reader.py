# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads seeds field by field, so that every error says where it is and what was expected."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields, replace
from typing import Any, TypeVar

T = TypeVar("T")


class SeedError(Exception):
    """A seed that cannot be used; the text says why."""


class Reader:
    """One mapping of a seed. Every field is asked for by name; `done` refuses the rest."""

    def __init__(self, value: Any, path: str) -> None:
        if not isinstance(value, dict):
            raise SeedError(f"{path or 'seed'}: expected a mapping, got {value!r}")
        self._value = value
        self.path = path
        self._asked: set[str] = set()

    def __contains__(self, name: str) -> bool:
        return self._value.get(name) is not None

    def at(self, name: str) -> str:
        """The full name of a field, for errors."""
        return f"{self.path}.{name}" if self.path else name

    def raw(self, name: str) -> Any:
        """A field as it is."""
        self._asked.add(name)
        return self._value.get(name)

    def get(self, name: str, kind: type[T], default: T) -> T:
        """An optional field of a type."""
        value = self.raw(name)
        return default if value is None else self._checked(name, value, kind)

    def need(self, name: str, kind: type[T]) -> T:
        """A field that has to be there."""
        value = self.raw(name)
        if value is None:
            raise SeedError(f"{self.at(name)}: missing")
        return self._checked(name, value, kind)

    def optional(self, name: str, kind: type[T]) -> T | None:
        """A field that may be left out."""
        value = self.raw(name)
        return None if value is None else self._checked(name, value, kind)

    def _checked(self, name: str, value: Any, kind: type[T]) -> T:
        if kind is float and isinstance(value, int) and not isinstance(value, bool):
            return float(value)  # type: ignore[return-value]
        if (isinstance(value, bool) and kind is not bool) or not isinstance(value, kind):
            raise SeedError(f"{self.at(name)}: expected {_NAMES.get(kind, kind.__name__)}, got {value!r}")
        return value

    def choice(self, name: str, known: tuple[str, ...], default: str) -> str:
        """A field with a few known values."""
        value = self.get(name, str, default)
        if value not in known:
            raise SeedError(f"{self.at(name)}: {value!r} is not one of {', '.join(known)}")
        return value

    def strings(self, name: str) -> list[str]:
        """A list of strings, empty if it is left out."""
        value = self.get(name, list, [])
        if not all(isinstance(item, str) for item in value):
            raise SeedError(f"{self.at(name)}: expected a list of strings, got {value!r}")
        return list(value)

    def tags(self) -> dict[str, str] | None:
        """The field ``tags``."""
        value = self.optional("tags", dict)
        if value is not None and not all(isinstance(item, str) for pair in value.items() for item in pair):
            raise SeedError(f"{self.at('tags')}: expected a mapping of strings, got {value!r}")
        return value

    def child(self, name: str) -> Reader:
        """A mapping within this one; empty if it is left out."""
        return Reader(self.raw(name) or {}, self.at(name))

    def children(self, name: str) -> list[Reader]:
        """A list of mappings within this one; an item with ``count`` stands for that many (see `expand`)."""
        value = self.get(name, list, [])
        return [reader for index, item in enumerate(value) for reader in expand(item, f"{self.at(name)}[{index}]")]

    def convert(self, name: str, function: Callable[[Any], T], default: T) -> T:
        """A field that a function turns into something; its ValueError becomes the seed's error."""
        value = self.raw(name)
        if value is None:
            return default
        try:
            return function(value)
        except (ValueError, TypeError, AttributeError) as error:
            raise SeedError(f"{self.at(name)}: {error}") from error

    def numbers(self, name: str, defaults: T, positive: tuple[str, ...] = ()) -> T:
        """A dataclass of numbers from 0, some of them given; those whose names end so have to be more than 0."""
        given, reader = {}, self.child(name)
        for entry in fields(defaults):  # type: ignore[arg-type]
            value = reader.optional(entry.name, type(getattr(defaults, entry.name)))
            if value is None:
                continue
            if value < 0 or (value == 0 and entry.name.endswith(positive)):
                raise SeedError(f"{reader.at(entry.name)}: expected a positive number, got {value!r}")
            given[entry.name] = value
        reader.done()
        return replace(defaults, **given)  # type: ignore[type-var]

    def age(self, name: str, default: float) -> float:
        """Seconds before now."""
        age = self.get(name, float, default)
        if age < 0:
            raise SeedError(f"{self.at(name)}: expected seconds from 0, got {age!r}")
        return age

    def done(self) -> None:
        """Refuse fields that nobody asked for."""
        unknown = sorted(str(name) for name in set(self._value) - self._asked)
        if unknown:
            raise SeedError(f"{self.at(unknown[0])}: unknown field; known here: {', '.join(sorted(self._asked))}")


_NAMES: dict[type, str] = {
    str: "a text",
    int: "a whole number",
    float: "a number",
    bool: "true or false",
    list: "a list",
    dict: "a mapping",
}


def expand(item: Any, path: str) -> list[Reader]:
    """The short form of fleets: ``{count: 12, first: 1, name: "vm-{n:02d}", ...}`` is twelve items; ``{n}`` is put
    into every text within."""
    if not isinstance(item, dict) or "count" not in item:
        return [Reader(item, path)]
    fields = {name: value for name, value in item.items() if name not in ("count", "first")}
    count, first = item["count"], item.get("first", 1)
    if isinstance(count, bool) or not isinstance(count, int) or count < 1 or not isinstance(first, int):
        raise SeedError(f"{path}.count: expected a whole number from 1, got {count!r}")
    try:
        return [Reader(_format(fields, first + index), path) for index in range(count)]
    except (KeyError, IndexError, ValueError) as error:
        raise SeedError(f"{path}: a text with braces cannot be formatted with n: {error!r}") from error


def _format(value: Any, n: int) -> Any:
    if isinstance(value, str):
        return value.format(n=n)
    if isinstance(value, list):
        return [_format(item, n) for item in value]
    if isinstance(value, dict):
        return {name: _format(item, n) for name, item in value.items()}
    return value
