# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Runs of the modules' items against the sandbox, on its time: a sleep of the engine moves the virtual clock."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ansible_collections.bcdr.multicloud.plugins.module_utils._core.reconcile import Clock, Engine, Outcome, Settings
from ansible_collections.bcdr.multicloud.plugins.module_utils._nutanix.provider import NutanixItem, NutanixProvider
from ansible_collections.bcdr.multicloud.tests.unit.aws.definitions import definition, validated


class Site:
    """The sandbox as the items see it: `login` is how to sign in to the first Prism Central, `dr` to the second."""

    def __init__(self, nutanix: Any, login: Mapping[str, Any], dr: Mapping[str, Any]) -> None:
        self.nutanix, self.login, self.dr = nutanix, login, dr

    def run(self, module: str, *batch: Mapping[str, Any], **options: Any) -> Run:
        return Run(self, module, *batch, **options)

    def outcome(self, module: str, **options: Any) -> Outcome:
        """Return how a run of one item ends."""
        [one] = Run(self, module, **options).go()
        return one

    def calls(self) -> list[str]:
        """Return the calls that were made since the last time, as PRISM_CENTRAL METHOD PATH below the version."""
        entries = self.nutanix.admin("GET", "requests?contains=nutanix:")["requests"]
        self.nutanix.admin("DELETE", "requests")
        shown = []
        for entry in entries:
            shown.append(f"{entry['prism_central']} {entry['method']} {entry['path'].split('/config/', 1)[-1]}")
        return [call for call in shown if " OPTIONS " not in call]

    def changes(self) -> list[str]:
        """Return those of the calls that change something: API v3 lists by POST."""
        return [call for call in self.calls() if call.split()[1] != "GET" and not call.endswith("/list")]


class Run:
    """One run of a module: `items` are made at once, as a task does, and `go` runs them.

    `meanwhile` is called before each sleep with the count of sleeps before it.
    """

    def __init__(
        self,
        site: Site,
        module: str,
        *batch: Mapping[str, Any],
        check_mode: bool = False,
        wait: bool = True,
        wait_timeout: float = 6 * 3600,
        meanwhile: Callable[[int], None] | None = None,
        **task: Any,
    ) -> None:
        made = definition(module)
        self._settings = Settings(check_mode=check_mode, wait=wait, wait_timeout=wait_timeout, wait_delay=60)
        provider = made.provider(self._settings)
        assert isinstance(provider, NutanixProvider)
        self._provider = provider
        self._nutanix, self._meanwhile, self.sleeps = site.nutanix, meanwhile, 0
        self._clock = Clock(site.nutanix.application.clock.now, self._sleep)
        self.items = [provider.reconciler(validated(made, {**site.login, **task, **entry})) for entry in batch or ({},)]

    @property
    def item(self) -> NutanixItem:
        [item] = self.items
        assert isinstance(item, NutanixItem)
        return item

    def _sleep(self, seconds: float) -> None:
        if self._meanwhile is not None:
            self._meanwhile(self.sleeps)
        self.sleeps += 1
        self._nutanix.advance(seconds)

    def go(self) -> list[Outcome]:
        return Engine(self._settings, self._clock, before_round=self._provider.before_round).run(self.items)


def named(site: Site, name: str, at: str = "main") -> list[dict[str, Any]]:
    """Return the recovery points of a name at a Prism Central."""
    return [one for one in site.nutanix.state(at)["recovery_points"] if one["name"] == name]


def outage(site: Site, name: str, on: bool = True) -> None:
    """Have a Prism Central answer 503, or again as ever."""
    site.nutanix.admin("POST", f"prism_central/{name}/outage", {"on": on, "answers": "fail"})


def told(one: Outcome) -> list[str]:
    """Return what a run did, or would do."""
    return [action.describe() for action in one.done]
