# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""AWS as a provider of items: sessions shared by all items of one identity, and what all items have in common."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from ansible_collections.bcdr.multicloud.plugins.module_utils._aws.options import AWS_SPEC
from ansible_collections.bcdr.multicloud.plugins.module_utils._aws.session import AwsSession, connect
from ansible_collections.bcdr.multicloud.plugins.module_utils._core.errors import InvalidRequest, Unavailable
from ansible_collections.bcdr.multicloud.plugins.module_utils._core.provider import AccountProvider, Item, Outages
from ansible_collections.bcdr.multicloud.plugins.module_utils._core.reconcile import Action, Decision, Settings

# Options that an item is called by, the best first; each module has one of them.
_CALLED = ("name", "file_system_id", "recovery_point_arn", "backup_vault_name")
# Options that say as whom to act in another account.
IDENTITY_OPTIONS = ("assume_role_arn", "assume_role_external_id", "profile")


class Session:
    """An item's own identity, and on request that of another account."""

    def __init__(self, provider: AwsProvider, params: Mapping[str, Any], settings: Settings) -> None:
        self._provider = provider
        self._params = params
        # What earlier passes of the same wait have started, where each pass is a process of its own.
        self.started_jobs = frozenset(params.get("_started_jobs") or ())
        self.aws = provider.connection(params)
        self.check_mode = settings.check_mode
        # Whether there will be another pass, so that an outage may be waited out.
        self.patient = settings.wait and not settings.check_mode

    def region(self) -> str:
        """Return the region of the task; raises InvalidRequest when there is none."""
        if not self.aws.region:
            raise InvalidRequest("region: is needed (option region, AWS_REGION or the profile's configuration)")
        return self.aws.region

    def elsewhere(self, region: str, overrides: Mapping[str, Any]) -> AwsSession:
        """Return the session for another region, in the identity of the overrides (`IDENTITY_OPTIONS`) if they name one.

        What is there can then be asked although the task's own region cannot.
        """
        params = {**self._params, "region": region}
        given = {name: overrides[name] for name in IDENTITY_OPTIONS if overrides.get(name)}
        if "profile" in given:
            keys = ("access_key", "secret_key", "session_token", "assume_role_arn", "assume_role_external_id")
            params.update(dict.fromkeys(keys))
        elif "assume_role_arn" in given:
            # The external id of the task belongs to the task's role.
            params["assume_role_external_id"] = None
        return self._provider.connection({**params, **given})


class AwsItem(Item):
    """What every AWS item remembers during a run: its session, and the ids of the jobs that it has started."""

    def __init__(self, session: Session, label: str, identity: str) -> None:
        super().__init__(label, identity)
        self.session = session
        self.aws = session.aws
        self._jobs: set[str] = set(session.started_jobs)
        outages = Outages(session.patient)
        self.waits_out, self.answered = outages.waits_out, outages.answered

    @property
    def started(self) -> frozenset[str]:
        """The ids of the jobs that this run has started."""
        return frozenset(self._jobs)

    def track(self, job: str) -> None:
        self._jobs.add(job)

    def told(self, decision: Decision) -> Decision:
        """Return the decision with the ids of the jobs in its result."""
        return replace(decision, result={**decision.result, "started_jobs": sorted(self._jobs)})


class _LateItem(Item):
    """Stands for an item whose region cannot even tell who asks, until a pass reaches it: an outage there stops no other item."""

    def __init__(self, label: str, make: Callable[[], Item], outage: Unavailable) -> None:
        super().__init__(label, label)
        self._make = make
        self._outage: Unavailable | None = outage
        self._item: Item | None = None

    def observe(self) -> Any:
        outage, self._outage = self._outage, None
        if outage is not None:
            raise outage
        if self._item is None:
            self._item = self._make()
        return self._item.observe()

    def _made(self) -> Item:
        if self._item is None:
            raise RuntimeError("nothing has been observed yet")
        return self._item

    def decide(self, observed: Any) -> Decision:
        return self._made().decide(observed)

    def perform(self, action: Action) -> bool | None:
        return self._made().perform(action)


ItemFactory = Callable[[Mapping[str, Any], Session], AwsItem]


def aws_provider(make_item: ItemFactory) -> Callable[[Settings], AwsProvider]:
    """Return what a module definition needs to make its provider."""
    return lambda settings: AwsProvider(make_item, settings)


class AwsProvider(AccountProvider[Session]):
    """Lends one session to all items that have the same credentials and region."""

    def __init__(self, make_item: ItemFactory, settings: Settings) -> None:
        super().__init__(make_item)
        self._settings = settings
        self._connections: dict[tuple[Any, ...], AwsSession] = {}

    def before_round(self) -> None:
        for connection in self._connections.values():
            connection.forget()

    def session(self, params: Mapping[str, Any]) -> Session:
        return Session(self, params, self._settings)

    def reconciler(self, params: Mapping[str, Any]) -> Item:
        made = super().reconciler
        try:
            return made(params)
        except Unavailable as outage:
            label = next(params[name] for name in _CALLED if params.get(name))
            return _LateItem(str(label), lambda: made(params), outage)

    def connection(self, params: Mapping[str, Any]) -> AwsSession:
        key = tuple(str(params.get(name)) for name in AWS_SPEC)
        if key not in self._connections:
            self._connections[key] = connect(params, self._settings.concurrency)
        return self._connections[key]
