# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The errors that cross rooms, and the one place where secrets are taken out of texts."""

from __future__ import annotations

import re
from typing import Any

_SECRET_PATTERNS = (
    re.compile(r"(?i)((?:^|[?&;\"'\s])sig=)[^&\s\"']+"),
    re.compile(r"(?i)\b(bearer\s+)[A-Za-z0-9._~+/=-]{8,}"),
    re.compile(r"(?i)((?:account|access)_?key=)[^;&\s\"']+"),
    re.compile(
        r"(?i)\b((?:client_secret|client_assertion|password|refresh_token|access_token)[\"']?\s*[=:]\s*)"
        # A quoted one may hold spaces and commas.
        r"(?:\"[^\"]+\"?|'[^']+'?|[^&\s\"',}]+)"
    ),
    # A JSON web token, wherever it stands.
    re.compile(r"()\beyJ[\w-]{8,}(?:\.[\w-]*){0,2}"),
)
# The secrets of this run.
_HIDDEN: set[str] = set()


def hide(secret: str) -> None:
    """Have `redact` take this very text out as well: a provider may repeat what it was sent."""
    if secret:
        _HIDDEN.add(secret)


def redact(text: str) -> str:
    """Return `text` without SAS signatures, tokens, account keys, passwords and what is to be hidden."""
    for secret in sorted(_HIDDEN, key=len, reverse=True):
        text = text.replace(secret, "********")
    for pattern in _SECRET_PATTERNS:
        text = pattern.sub(r"\1********", text)
    return text


class BcdrError(Exception):
    """Something that stops one item; its text is one sentence for the user, free of secrets.

    `retryable` says that the same may well go through a little later. `known` is what the item's result shows all the
    same, such as the id of a job that has been started.
    """

    retryable = False

    def __init__(self, message: str) -> None:
        super().__init__(redact(message))
        self.known: dict[str, Any] = {}

    def details(self) -> dict[str, Any]:
        """Return what the item's `error` shows beside the message."""
        return {"message": str(self), "retryable": self.retryable}


class InvalidRequest(BcdrError):
    """What the user asked for cannot be meant: names the option, what is wrong and what would be right."""


class MissingLibrary(BcdrError):
    """A Python package that this item needs is not installed."""

    def __init__(self, package: str, cause: str) -> None:
        super().__init__(f"the Python package {package} is missing ({cause})")
        self.package = package


class ProviderError(BcdrError):
    """The provider refused a call; keeps its code, message, HTTP status and request id."""

    def __init__(
        self,
        message: str,
        *,
        code: str = "",
        status: int | None = None,
        request_id: str = "",
        operation: str = "",
    ) -> None:
        provider_message = redact(message.strip())
        text = f"{code}: {provider_message}" if code else provider_message
        if operation:
            text = f"{operation}: {text}"
        if request_id:
            text += f" (request id {request_id})"
        super().__init__(text)
        self.provider_message = provider_message
        self.code = code
        self.status = status
        self.request_id = request_id

    def details(self) -> dict[str, Any]:
        return {
            **super().details(),
            "code": self.code,
            "provider_message": self.provider_message,
            "http_status": self.status,
            "request_id": self.request_id,
        }


class Conflict(ProviderError):
    """Something else changed or is changing the same resource: look again, then decide again."""

    retryable = True


class Throttled(ProviderError):
    """The provider asks to come back later; `retry_after` is in seconds, 0 when it did not say."""

    retryable = True

    def __init__(self, message: str, *, retry_after: float = 0.0, **kwargs: Any) -> None:
        super().__init__(message, **kwargs)
        self.retry_after = retry_after


class Unavailable(ProviderError):
    """The provider could not be reached or answered 5xx, after the client's own retries."""

    retryable = True
