# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a webhook is sent. Pure."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Mapping
from typing import Any

from ansible_collections.bcdr.multicloud.plugins.module_utils._core.errors import redact

PAYLOAD_VERSION = 1
JSON, SLACK = "json", "slack"
FORMATS = (JSON, SLACK)


class NotTold(Exception):
    """The webhook did not take the message. `hopeless`: nor will it take others now. The text is free of secrets."""

    def __init__(self, message: str, hopeless: bool) -> None:
        super().__init__(redact(message))
        self.hopeless = hopeless


def body_of(event: Mapping[str, Any], form: str) -> bytes:
    """Return the body of the request that tells an event: our own payload, or the text that Slack and its like take."""
    return json.dumps(_payload(event) if form == JSON else {"text": event["summary"]}, sort_keys=True).encode()


def _payload(event: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "payload_version": PAYLOAD_VERSION,
        "source": "bcdr.multicloud",
        "id": event["id"],
        "event": event["event"],
        "time": event.get("time"),
        "workload": event["workload"],
        "type": event.get("type") or "",
        "summary": event["summary"],
        "data": dict(event.get("data") or {}),
    }


def headers_of(
    event: Mapping[str, Any], body: bytes, given: Mapping[str, Any], signing_secret: str | None
) -> dict[str, str]:
    """Return the request's headers; those that are given go before ours.

    The signature is made as GitHub makes that of its webhooks: the HMAC-SHA256 of the body, in hexadecimal digits, behind "sha256=".
    """
    headers = {"Content-Type": "application/json", "X-BCDR-Event": str(event["event"])}
    if signing_secret:
        digest = hmac.new(signing_secret.encode(), body, hashlib.sha256).hexdigest()
        headers["X-BCDR-Signature-256"] = f"sha256={digest}"
    taken = {str(name).lower() for name in given}
    headers = {name: value for name, value in headers.items() if name.lower() not in taken}
    return {**headers, **{str(name): str(value) for name, value in given.items()}}
