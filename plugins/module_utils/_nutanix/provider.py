# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Nutanix as a provider of items: one Prism Central per login, and what all items have in common."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from ansible_collections.bcdr.multicloud.plugins.module_utils._core.errors import (
    BcdrError,
    InvalidRequest,
    Unavailable,
)
from ansible_collections.bcdr.multicloud.plugins.module_utils._core.provider import AccountProvider, Item, Outages
from ansible_collections.bcdr.multicloud.plugins.module_utils._core.reconcile import (
    UNSETTLED,
    Action,
    Decision,
    Settings,
)
from ansible_collections.bcdr.multicloud.plugins.module_utils._nutanix import api
from ansible_collections.bcdr.multicloud.plugins.module_utils._nutanix.attempts import Attempts, made_by
from ansible_collections.bcdr.multicloud.plugins.module_utils._nutanix.client import PrismCentral, connect
from ansible_collections.bcdr.multicloud.plugins.module_utils._nutanix.library import need_libraries
from ansible_collections.bcdr.multicloud.plugins.module_utils._nutanix.options import NUTANIX_SPEC, login_elsewhere
from ansible_collections.bcdr.multicloud.plugins.module_utils._nutanix.values import Task, parse_time

_SINCE = "since"


class Session:
    """An item's own Prism Central, and on request another one."""

    def __init__(self, provider: NutanixProvider, params: Mapping[str, Any], settings: Settings) -> None:
        self._provider = provider
        self._params = params
        self.central = provider.connection(params)
        # What earlier passes of the same wait have started, where each pass is a process of its own.
        self.started = tuple(params.get("_started_jobs") or ())
        # Whether there will be another pass, so that an outage may be waited out.
        self.patient = settings.wait and not settings.check_mode
        self.check_mode = settings.check_mode

    def elsewhere(self, overrides: Mapping[str, Any]) -> PrismCentral:
        """Return the Prism Central that the overrides (some of `NUTANIX_SPEC`) name; what they leave out is the task's."""
        return self._provider.connection(login_elsewhere(self._params, overrides))


class NutanixItem(Item):
    """What every Nutanix item remembers during a run: its Prism Central and the tasks that it was given."""

    def __init__(self, session: Session, label: str, identity: str) -> None:
        super().__init__(label, f"{session.central.name} {identity}")
        self.session = session
        self.central = session.central
        outages = Outages(session.patient)
        self.waits_out, self.answered = outages.waits_out, outages.answered
        self._since: datetime.datetime | None = None
        self._tasks: dict[str, dict[str, Task | None]] = {}
        self._made: dict[str, bool] = {}
        for entry in session.started:
            kind, found, rest = entry.partition(" ")
            if kind == _SINCE:
                self._since = parse_time(rest)
            elif found:
                self._tasks.setdefault(kind, {})[rest] = None

    def attempts(self, kind: str) -> Attempts:
        """Return the tasks of a kind as they are now; raises Unavailable while the Prism Central cannot be asked."""
        tasks = self._tasks.get(kind, {})
        for ext_id, task in tasks.items():
            if task is None or task.status in UNSETTLED:
                try:
                    tasks[ext_id] = api.get_task(self.central, ext_id)
                except BcdrError as error:
                    error.known = {"task_ext_id": ext_id, "started_jobs": self._started_jobs()}
                    raise
        return self.last_seen(kind)

    def look_for_made(self, attempts: Attempts, exists: Callable[[str], bool]) -> Attempts:
        """Return the attempts, knowing whether what tasks of earlier runs have made is still there."""
        made = {ext_id for task in attempts.tasks if attempts.is_old(task) for ext_id in made_by(task)}
        for ext_id in sorted(made - set(self._made)):
            self._made[ext_id] = exists(ext_id)
        return replace(attempts, made=dict(self._made))

    def last_seen(self, kind: str) -> Attempts:
        """Return the tasks of a kind as they were when they were last asked for; of some only the id may be known."""
        known = tuple(task or Task(ext_id, "") for ext_id, task in self._tasks.get(kind, {}).items())
        return Attempts(known, self._since, dict(self._made))

    def changes(self, prefix: str) -> dict[str, Task]:
        """Return the latest task of each kind that begins so, as it is now, by the rest of its kind.

        Raises Unavailable while the Prism Central cannot be asked.
        """
        kinds = [kind for kind in self._tasks if kind.startswith(prefix)]
        found = {kind.removeprefix(prefix): self.attempts(kind).tasks for kind in kinds}
        return {rest: tasks[-1] for rest, tasks in found.items() if tasks}

    def begin(self) -> None:
        """Note the server's time, once it is known: what is older than that was not started by this run."""
        if self._since is None:
            self._since = self.central.now()

    def start(self, kind: str, task_ext_id: str, same: Callable[[Action], bool] = lambda action: True) -> bool:
        """Keep the task that a change was answered with; return whether this run has started it.

        One that an earlier run has started, and that has come to nothing since, is followed by the next request: `same`
        says which actions are about what this one was, where an item has several at once.
        """
        tasks = self._tasks.setdefault(kind, {})
        tasks[task_ext_id] = None
        try:
            task = tasks[task_ext_id] = api.get_task(self.central, task_ext_id)
        except Unavailable:
            # It has been started all the same; how it stands is asked when it is observed.
            return True
        if not Attempts(since=self._since).is_old(task):
            return True
        # Whether what it has made is there still is looked for when it is observed.
        decision = self.decide(self.observe())
        return sum(self.perform(action) is not False for action in decision.actions if same(action)) > 0

    def told(self, decision: Decision) -> Decision:
        """Return the decision with the ids of the tasks in its result."""
        return replace(decision, result={**decision.result, "started_jobs": self._started_jobs()})

    def _started_jobs(self) -> list[str]:
        started = [f"{kind} {ext_id}" for kind, tasks in self._tasks.items() for ext_id in tasks]
        if started and self._since is not None:
            started.insert(0, f"{_SINCE} {self._since.isoformat()}")
        return started


class ReadingItem(NutanixItem):
    """An item that only reads: it may be there as often as one likes."""

    def __init__(self, session: Session, label: str) -> None:
        super().__init__(session, label, f"info-{id(self)}")

    def perform(self, action: Action) -> bool | None:
        raise InvalidRequest(f"reading never changes anything, so it cannot {action.describe()}")


ItemFactory = Callable[[Mapping[str, Any], Session], NutanixItem]


def nutanix_provider(make_item: ItemFactory) -> Callable[[Settings], NutanixProvider]:
    """Return what a module definition needs to make its provider."""
    return lambda settings: NutanixProvider(make_item, settings)


class NutanixProvider(AccountProvider[Session]):
    """Lends one Prism Central to all items that sign in to it alike."""

    def __init__(self, make_item: ItemFactory, settings: Settings) -> None:
        super().__init__(make_item)
        self._settings = settings
        self._connections: dict[tuple[Any, ...], PrismCentral] = {}

    def before_round(self) -> None:
        for central in self._connections.values():
            central.memory.forget()

    def reconciler(self, params: Mapping[str, Any]) -> Item:
        item = super().reconciler(params)
        # Loaded when they are first used, but what has no library at all must not start.
        need_libraries()
        return item

    def session(self, params: Mapping[str, Any]) -> Session:
        return Session(self, params, self._settings)

    def connection(self, params: Mapping[str, Any]) -> PrismCentral:
        """Return the Prism Central for the options of `NUTANIX_SPEC`; nothing has been sent yet."""
        key = tuple(str(params.get(name)) for name in NUTANIX_SPEC)
        if key not in self._connections:
            self._connections[key] = connect(params, self._settings.concurrency)
        return self._connections[key]
