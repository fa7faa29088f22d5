# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One request to a Prism Central, and what its body may hold."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..virtual_clock import parse_time
from .errors import bad_query, invalid, invalid_etag, missing_etag
from .odata import ListOptions, apply, selected
from .rendering import etag, task_id
from .world import Login, PrismCentral, Task, World

UUID = re.compile(r"^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$")
_OFFSET = re.compile(r"(Z|[+-]\d\d:\d\d)$", re.IGNORECASE)


class Body:
    """A JSON object of a request. Null is as good as absent, and fields that nobody asks for are ignored."""

    def __init__(self, value: Any, path: str = "") -> None:
        if not isinstance(value, dict):
            raise invalid("An object is expected.", path)
        self._value = value
        self._path = path

    def _at(self, name: str) -> str:
        return f"{self._path}.{name}" if self._path else name

    def get(self, name: str, kind: type, what: str) -> Any:
        """An optional field of a JSON type."""
        value = self._value.get(name)
        if value is not None and (not isinstance(value, kind) or (kind is not bool and isinstance(value, bool))):
            raise invalid(f"{what} is expected.", self._at(name))
        return value

    def need(self, name: str, value: Any) -> Any:
        """The value, which has to be there."""
        if value is None:
            raise invalid("A value is required.", self._at(name))
        return value

    def text(self, name: str, longest: int | None = None) -> str | None:
        """A text."""
        value: str | None = self.get(name, str, "A text")
        if value is not None and longest is not None and not 0 < len(value) <= longest:
            raise invalid(f"A text of 1 to {longest} characters is expected.", self._at(name))
        return value

    def uuid(self, name: str) -> str | None:
        """An external identifier."""
        value = self.text(name)
        if value is not None and not UUID.match(value):
            raise invalid("A UUID is expected.", self._at(name))
        return value

    def flag(self, name: str) -> bool:
        """A boolean; false if it is left out."""
        return bool(self.get(name, bool, "A boolean"))

    def choice(self, name: str, known: Sequence[str]) -> str | None:
        """One of a few words."""
        value = self.text(name)
        if value is not None and value not in known:
            raise invalid(f"One of {', '.join(known)} is expected.", self._at(name))
        return value

    def time(self, name: str) -> float | None:
        """A moment; it has to say its offset, as RFC 3339 wants it."""
        value = self.text(name)
        if value is None:
            return None
        try:
            if not _OFFSET.search(value):
                raise ValueError
            return parse_time(value)
        except ValueError:
            raise invalid("A date and time with an offset (RFC 3339) is expected.", self._at(name)) from None

    def child(self, name: str) -> Body | None:
        """An object within."""
        value = self._value.get(name)
        return None if value is None else Body(value, self._at(name))

    def children(self, name: str) -> list[Body]:
        """A list of objects within; empty if it is left out."""
        items = self.get(name, list, "A list") or []
        return [Body(item, f"{self._at(name)}[{index}]") for index, item in enumerate(items)]

    def texts(self, name: str) -> list[str]:
        """A list of texts; empty if it is left out."""
        items = self.get(name, list, "A list") or []
        if not all(isinstance(item, str) for item in items):
            raise invalid("A list of texts is expected.", self._at(name))
        return list(items)


@dataclass(frozen=True)
class Reply:
    """An answer; ``kind`` is the name of its type."""

    status: int
    data: Any
    kind: str
    etag: str | None = None
    total: int | None = None


@dataclass(frozen=True)
class Call:
    """One request; ``minor`` is the API's version in its path, ``forced`` how a fault wants its task to end."""

    world: World
    central: PrismCentral
    login: Login
    by_key: bool
    namespace: str
    minor: int
    now: float
    query: Mapping[str, str]
    headers: Mapping[str, str]
    content: Any
    ids: tuple[str, ...] = ()
    forced: tuple[str, str | None, float | None] | None = None

    @property
    def body(self) -> Body:
        """The body, which has to be an object."""
        return Body(self.content)

    def check_etag(self, version: int, *, required: bool) -> None:
        """Compare If-Match with what is there."""
        given = self.headers.get("if-match")
        if given is None:
            if required:
                raise missing_etag()
        elif given.strip('"') != etag(version):
            raise invalid_etag()

    def page(
        self,
        items: Sequence[Any],
        render: Callable[[Any], dict[str, Any]],
        options: ListOptions,
        kind: str,
        projection: str = "",
    ) -> Reply:
        """The page of a list that the query asks for."""
        known = {"$filter", "$orderby", "$page", "$limit", "$select", "$expand", "$apply"}
        unknown = set(self.query) - known
        if unknown:
            raise bad_query(f"Unknown query option {min(unknown)}.", min(unknown))
        shown, total = apply([render(item) for item in items], self.query, options)
        names = selected(self.query, options)
        if names is not None:
            shown = [
                {"$objectType": projection, "$reserved": item["$reserved"], **{n: item[n] for n in names if n in item}}
                for item in shown
            ]
        return Reply(200, shown, kind, total=total)

    def start(
        self,
        kind: str,
        answer: str,
        operation: str,
        *,
        seconds: float,
        payload: dict[str, Any],
        entities: list[tuple[str, str]],
        clusters: list[str],
        places: tuple[str, ...] = (),
        cancelable: bool = False,
    ) -> Reply:
        """Make a task that does ``kind`` after so many virtual seconds of work."""
        starts = self.now + self.world.durations.queue
        ends = starts + seconds
        forced = None
        if self.forced is not None:
            state, message, after = self.forced
            forced = (state, message)
            ends = ends if after is None else starts + after
        task = Task(
            self.world.uuid(), operation, operation, self.now, starts, ends, kind, payload, self.login.ext_id,
            entities, clusters, (self.central.name, *places), cancelable, forced=forced,
        )  # fmt: skip
        if set(task.places) & set(self.world.outages):
            task.frozen = self.now
        self.central.tasks[task.ext_id] = task
        return task_reference(self, task, answer)


def task_reference(call: Call, task: Task, kind: str) -> Reply:
    """What a change is answered with: the task that makes it."""
    minor = call.central.newest(call.namespace)
    data = {
        "$objectType": "prism.v4.config.TaskReference",
        "$reserved": {"$fv": f"v4.r{minor}"},
        "extId": task_id(task),
    }
    return Reply(202, data, kind)
