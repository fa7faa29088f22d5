# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""dr_notify: its options, and what it does with them."""

from __future__ import annotations

import datetime
import time
from collections.abc import Mapping
from typing import Any

from ansible_collections.bcdr.multicloud.plugins.module_utils._core.task import TaskResult
from ansible_collections.bcdr.multicloud.plugins.module_utils._history.keeping import (
    STORE_SPEC,
    TableStore,
    open_store,
    trim,
)
from ansible_collections.bcdr.multicloud.plugins.module_utils._history.messages import (
    FORMATS,
    JSON,
    body_of,
    headers_of,
)
from ansible_collections.bcdr.multicloud.plugins.module_utils._history.telling import (
    FAILED,
    SKIPPED,
    TOLD_NOW,
    Event,
    Teller,
    events_option,
    lease_option,
)
from ansible_collections.bcdr.multicloud.plugins.module_utils._history.webhook import Webhook, send, webhook_of

NOTIFY_SPEC: dict[str, Any] = {
    "events": {"type": "list", "elements": "dict", "required": True},
    "url": {"type": "str", "no_log": True},
    "headers": {"type": "dict", "no_log": True},
    "signing_secret": {"type": "str", "no_log": True},
    "format": {"type": "str", "choices": list(FORMATS), "default": JSON},
    "method": {"type": "str", "choices": ["POST", "PUT"], "default": "POST"},
    "timeout": {"type": "int", "default": 10},
    "retries": {"type": "int", "default": 3},
    "validate_certs": {"type": "bool", "default": True},
    "ca_path": {"type": "path"},
    "lease": {"type": "str"},
    "fail_on_error": {"type": "bool", "default": True},
}


def history_spec(table: Mapping[str, Any]) -> dict[str, Any]:
    """Return the option that names a history; `table` is how the provider's table is given."""
    return {
        "type": "dict",
        "options": {**STORE_SPEC, "table": dict(table)},
        "mutually_exclusive": [["path", "table"]],
    }


class _WebhookMessenger:
    """Sends events to a webhook."""

    def __init__(self, webhook: Webhook, form: str, signing_secret: str | None) -> None:
        self.longest_seconds = webhook.longest_seconds
        self._webhook = webhook
        self._form = form
        self._signing_secret = signing_secret

    def __call__(self, event: Event) -> None:
        body = body_of(event, self._form)
        headers = headers_of(event, body, self._webhook.headers, self._signing_secret)
        send(self._webhook, headers, body, time.sleep)


def notify(params: Mapping[str, Any], check_mode: bool, table: TableStore) -> TaskResult:
    """Tell the events of the options that no run has told yet."""
    # First of all, for it hides what is secret from all messages.
    messenger = None
    if params["url"]:
        messenger = _WebhookMessenger(webhook_of(params), params["format"], params["signing_secret"])
    events = events_option(params["events"], _now())
    lease = lease_option(params["lease"], messenger)
    given = params["history"] or {}
    store = open_store(given, table, "history.") if given.get("path") or given.get("table") else None
    report = Teller(store, messenger, _now, lease, check_mode).tell(events)
    if store is not None and report.told and not check_mode:
        trim(store, store.read(), given["keep"])
    failure = report.failure()
    warnings = [*(store.warnings if store else ()), *report.warnings]
    if failure and not params["fail_on_error"]:
        warnings.append(failure)
    return TaskResult(
        values={
            "told": report.told,
            "results": report.results,
            "summary": {status: report.count(status) for status in (TOLD_NOW, SKIPPED, FAILED)},
        },
        changed=bool(report.told),
        diff={"before": {}, "after": {event["id"]: event["summary"] for event in report.told}},
        warnings=warnings,
        failure=failure if params["fail_on_error"] else "",
    )


def _now() -> datetime.datetime:
    return datetime.datetime.now(datetime.timezone.utc)
