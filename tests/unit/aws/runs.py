# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Runs of the modules' items against the sandbox, on its time: a sleep of the engine moves the virtual clock."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ansible_collections.bcdr.multicloud.plugins.module_utils._aws.provider import AwsItem, AwsProvider
from ansible_collections.bcdr.multicloud.plugins.module_utils._core.reconcile import Clock, Engine, Outcome, Settings
from ansible_collections.bcdr.multicloud.tests.unit.aws.definitions import definition, validated
from ansible_collections.bcdr.multicloud.tests.unit.sandbox.aws.aws_sandbox import HERE, KEY, SECRET, Aws

ONCE = {"retries": {"total_max_attempts": 1}}


def options(aws: Aws, **changes: Any) -> dict[str, Any]:
    """Return how to sign in to the sandbox, without retries of boto3's own."""
    return {
        "access_key": KEY,
        "secret_key": SECRET,
        "region": HERE,
        "endpoint_url": aws.url,
        "validate_certs": True,
        "aws_config": ONCE,
        **changes,
    }


class Run:
    """One run of a module: `items` are made at once, as a task does, and `go` runs them.

    `meanwhile` is called before each sleep with the count of sleeps before it.
    """

    def __init__(
        self,
        aws: Aws,
        module: str,
        *batch: dict[str, Any],
        check_mode: bool = False,
        wait: bool = True,
        meanwhile: Callable[[int], None] | None = None,
        **task: Any,
    ) -> None:
        made = definition(module)
        self._settings = Settings(check_mode=check_mode, wait=wait, wait_timeout=6 * 3600, wait_delay=60)
        provider = made.provider(self._settings)
        assert isinstance(provider, AwsProvider)
        self._provider = provider
        self._aws, self._meanwhile, self.sleeps = aws, meanwhile, 0
        self._clock = Clock(aws.application.clock.now, self._sleep)
        self.items = [
            provider.reconciler(validated(made, {**options(aws), **task, **entry})) for entry in batch or ({},)
        ]

    @property
    def item(self) -> AwsItem:
        [item] = self.items
        assert isinstance(item, AwsItem)
        return item

    def _sleep(self, seconds: float) -> None:
        if self._meanwhile is not None:
            self._meanwhile(self.sleeps)
        self.sleeps += 1
        self._aws.advance(seconds)

    def go(self) -> list[Outcome]:
        return Engine(self._settings, self._clock, before_round=self._provider.before_round).run(self.items)


def outcome(aws: Aws, module: str, **options: Any) -> Outcome:
    """Return how a run of one item ends."""
    [one] = Run(aws, module, **options).go()
    return one


def told(one: Outcome) -> list[str]:
    """Return what a run did, or would do."""
    return [action.describe() for action in one.done]


def calls(aws: Aws, contains: str = "aws:") -> list[str]:
    """Return the calls that were made since the log was cleared, as SERVICE:Action in REGION."""
    entries = aws.admin("GET", f"requests?contains={contains}")["requests"]
    return [f"{entry['action']} {entry['region']}" for entry in entries]


def forget_calls(aws: Aws) -> None:
    aws.admin("DELETE", "requests")
