# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The query options of lists: ``$filter``, ``$orderby``, ``$select``, ``$page`` and ``$limit``.

The part of OData 4.01 that Nutanix's API reference shows: comparisons, ``and``, ``or``, ``not``, ``startswith``,
``endswith``, ``contains``, lambda ``any``, literals of texts (``''`` is a quote), numbers, times, booleans and enums
(``Namespace.Type'VALUE'``). Which fields a list can be filtered and ordered by is part of its definition.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..virtual_clock import parse_time
from .errors import SchemaError, bad_query

_TOKEN = re.compile(
    r"\s*(?:(?P<time>\d{4}-\d\d-\d\dT[\d:.]+(?:Z|[+-]\d\d:\d\d)?)|(?P<enum>[A-Za-z][\w.]*)'(?P<value>[^']*)'"
    r"|(?P<text>'(?:[^']|'')*')|(?P<number>-?\d+(?:\.\d+)?)|(?P<word>[$A-Za-z_][\w]*(?:/[A-Za-z_]\w*)*)|(?P<sign>[():,]))"
)
_COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "eq": lambda left, right: left == right,
    "ne": lambda left, right: left != right,
    "gt": lambda left, right: left > right,
    "ge": lambda left, right: left >= right,
    "lt": lambda left, right: left < right,
    "le": lambda left, right: left <= right,
}
_FUNCTIONS: dict[str, Callable[[str, str], bool]] = {
    "startswith": str.startswith,
    "endswith": str.endswith,
    "contains": lambda text, part: part in text,
}
Test = Callable[[Mapping[str, Any]], bool]
Fields = Mapping[str, str]
"""Filterable fields: path to its kind: text, time, enum, bool, number; ``items`` for what ``any`` can look into."""


@dataclass(frozen=True)
class _Literal:
    kind: str
    value: Any


class _Parser:
    """Recursive descent over the tokens of one expression."""

    def __init__(self, text: str, fields: Fields) -> None:
        self._text = text
        self._fields = fields
        self._tokens: list[tuple[str, Any]] = []
        self._next = 0
        self._variables: list[tuple[str, str]] = []
        at = 0
        while text[at:].strip():
            found = _TOKEN.match(text, at)
            if not found:
                raise self._wrong(f"unexpected {text[at:].strip()[:20]!r}")
            at = found.end()
            if found["enum"] is not None:
                self._tokens.append(("enum", found["value"]))
            else:
                kind = str(found.lastgroup)
                self._tokens.append((kind, found[kind]))

    def _wrong(self, why: str) -> SchemaError:
        return bad_query(f"Failed to parse $filter {self._text!r}: {why}.", "$filter")

    def _peek(self) -> tuple[str, Any]:
        return self._tokens[self._next] if self._next < len(self._tokens) else ("end", None)

    def _take(self) -> tuple[str, Any]:
        token = self._peek()
        self._next += 1
        return token

    def _expect(self, sign: str) -> None:
        if self._take() != ("sign", sign):
            raise self._wrong(f"{sign!r} is missing")

    def parse(self) -> Test:
        test = self._either()
        if self._peek()[0] != "end":
            raise self._wrong(f"unexpected {self._peek()[1]!r}")
        return test

    def _either(self) -> Test:
        tests = [self._all()]
        while self._peek() == ("word", "or"):
            self._take()
            tests.append(self._all())
        return tests[0] if len(tests) == 1 else lambda item: any(test(item) for test in tests)

    def _all(self) -> Test:
        tests = [self._one()]
        while self._peek() == ("word", "and"):
            self._take()
            tests.append(self._one())
        return tests[0] if len(tests) == 1 else lambda item: all(test(item) for test in tests)

    def _one(self) -> Test:
        if self._peek() == ("word", "not"):
            self._take()
            negated = self._one()
            return lambda item: not negated(item)
        if self._peek() == ("sign", "("):
            self._take()
            test = self._either()
            self._expect(")")
            return test
        kind, word = self._take()
        if kind != "word":
            raise self._wrong(f"unexpected {word!r}")
        if word in _FUNCTIONS:
            return self._function(word)
        if word.endswith("/any") and self._peek() == ("sign", "("):
            return self._any(word.removesuffix("/any"))
        return self._comparison(word)

    def _path(self, word: str) -> tuple[str, str]:
        """The field that a path names, and its kind; within ``any`` paths begin with the variable."""
        for variable, inside in reversed(self._variables):
            if word == variable:
                return "", self._fields[inside].partition(":")[2] or "text"
            if word.startswith(f"{variable}/"):
                word = word[len(variable) + 1 :]
                full = f"{inside}/{word}"
                if full not in self._fields:
                    raise self._wrong(f"{full} cannot be filtered by")
                return word, self._fields[full]
        if word not in self._fields:
            raise self._wrong(f"{word} cannot be filtered by")
        return word, self._fields[word]

    def _function(self, name: str) -> Test:
        self._expect("(")
        path, kind = self._path(str(self._take()[1]))
        self._expect(",")
        literal = self._literal()
        self._expect(")")
        if kind != "text" or literal.kind != "text":
            raise self._wrong(f"{name} is for texts")
        function = _FUNCTIONS[name]
        return lambda item: isinstance(value := _value(item, path), str) and function(value, literal.value)

    def _any(self, path: str) -> Test:
        inside, kind = self._path(path)
        if not kind.startswith("items"):
            raise self._wrong(f"{path} is no collection")
        self._expect("(")
        variable = str(self._take()[1])
        self._expect(":")
        self._variables.append((variable, path))
        test = self._either()
        self._variables.pop()
        self._expect(")")
        return lambda item: any(test(entry) for entry in _value(item, inside) or ())

    def _comparison(self, word: str) -> Test:
        path, kind = self._path(word)
        operator = self._take()[1]
        if operator not in _COMPARE:
            raise self._wrong(f"{operator!r} is no operator")
        literal = self._literal()
        if kind.startswith("items") or literal.kind not in (kind, "null"):
            raise self._wrong(f"{word} is of type {kind}, compared with {literal.kind}")
        compare = _COMPARE[operator]
        wanted = literal.value

        def test(item: Mapping[str, Any]) -> bool:
            value = _value(item, path)
            if kind == "time" and value is not None:
                value = parse_time(value)
            if value is None or wanted is None:
                return {"eq": value is wanted, "ne": value is not wanted}.get(operator, False)
            return compare(value, wanted)

        return test

    def _literal(self) -> _Literal:
        kind, value = self._take()
        match kind:
            case "text":
                return _Literal("text", value[1:-1].replace("''", "'"))
            case "number":
                return _Literal("number", float(value))
            case "time":
                return _Literal("time", parse_time(value))
            case "enum":
                return _Literal("enum", value)
            case "word" if value in ("true", "false"):
                return _Literal("bool", value == "true")
            case "word" if value == "null":
                return _Literal("null", None)
        raise self._wrong(f"{value!r} is no literal")


def _value(item: Any, path: str) -> Any:
    for part in path.split("/") if path else ():
        item = item.get(part) if isinstance(item, Mapping) else None
    return item


def compile_filter(text: str, fields: Fields) -> Test:
    """A function that says whether a rendered item is wanted; SchemaError for what cannot be read."""
    return _Parser(text, fields).parse()


@dataclass(frozen=True)
class ListOptions:
    """What a list can be asked for; ``selectable`` None: ``$select`` is not known."""

    fields: Fields
    orderable: frozenset[str] = frozenset()
    selectable: frozenset[str] | None = None


def apply(
    items: Sequence[dict[str, Any]], query: Mapping[str, str], options: ListOptions
) -> tuple[list[dict[str, Any]], int]:
    """One page of the items that the query asks for, and how many there are on all pages."""
    found = list(items)
    if query.get("$filter"):
        found = [item for item in found if compile_filter(query["$filter"], options.fields)(item)]
    for clause in reversed([part for part in query.get("$orderby", "").split(",") if part.strip()]):
        name, _space, direction = clause.strip().partition(" ")
        if name not in options.orderable or direction.strip() not in ("", "asc", "desc"):
            raise bad_query(f"Failed to parse $orderby {query['$orderby']!r}.", "$orderby")
        found.sort(key=lambda item: (item.get(name) is not None, item.get(name)), reverse=direction.strip() == "desc")
    page, limit = _number(query, "$page", 0, 0, None), _number(query, "$limit", 50, 1, 100)
    return found[page * limit : (page + 1) * limit], len(found)


def _number(query: Mapping[str, str], name: str, default: int, lowest: int, highest: int | None) -> int:
    text = query.get(name)
    if text is None:
        return default
    if not text.lstrip("-").isdigit() or int(text) < lowest or (highest is not None and int(text) > highest):
        raise bad_query(
            f"{name} has to be a number from {lowest}{f' to {highest}' if highest else ''}, not {text!r}.", name
        )
    return int(text)


def selected(query: Mapping[str, str], options: ListOptions) -> frozenset[str] | None:
    """The fields that ``$select`` asks for; None for all."""
    text = query.get("$select")
    if not text or text.strip() == "*":
        return None
    names = frozenset(part.strip() for part in text.split(","))
    if options.selectable is None or names - options.selectable:
        raise bad_query(f"Failed to parse $select {text!r}.", "$select")
    return names
