# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One webhook, over HTTP as Ansible does it: with its proxies and certificate authorities."""

from __future__ import annotations

import contextlib
import datetime
import email.utils
import http.client
import socket
import ssl
import urllib.error
import urllib.parse
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from ansible.module_utils.urls import ConnectionError as UrlsConnectionError
from ansible.module_utils.urls import NoSSLError, SSLValidationError, open_url

from ansible_collections.bcdr.multicloud.plugins.module_utils._core.errors import InvalidRequest, hide, redact
from ansible_collections.bcdr.multicloud.plugins.module_utils._history.messages import NotTold

_BACKOFF_SECONDS = 1.0
# No webhook is waited for longer than this, whatever it asks for.
_LONGEST_WAIT = 30.0
_QUOTED = 200
# What is shorter may be a word that stands elsewhere too.
_SECRET_LENGTH = 6


@dataclass(frozen=True)
class Webhook:
    """Where to send to; `timeout` is seconds per try, `retries` how often to try again."""

    url: str
    headers: Mapping[str, Any]
    method: str = "POST"
    timeout: int = 10
    retries: int = 3
    validate_certs: bool = True
    ca_path: str | None = None

    @property
    def host(self) -> str:
        """The part of the URL that may be shown."""
        return urllib.parse.urlsplit(self.url).hostname or ""

    @property
    def longest_seconds(self) -> float:
        """How long one message may take at most. A try may wait for its timeout twice: to connect, and for the answer."""
        return (self.retries + 1) * self.timeout * 2 + self.retries * _LONGEST_WAIT


def webhook_of(params: Mapping[str, Any]) -> Webhook:
    """Return the webhook of a module's options, and have what is secret of it hidden; raises InvalidRequest."""
    url = params["url"].strip()
    # Before anything can go wrong, for a message may quote it.
    hide_url(url)
    for secret in (params["signing_secret"], *(params["headers"] or {}).values()):
        if isinstance(secret, str) and len(secret) >= _SECRET_LENGTH:
            hide(secret)
    try:
        parts = urllib.parse.urlsplit(url)
        usable = parts.scheme in ("http", "https") and bool(parts.hostname) and (parts.port is None or parts.port > 0)
    except ValueError:
        usable = False
    if not usable or any(ord(letter) <= 32 or ord(letter) == 127 for letter in url):
        raise InvalidRequest("url: is no URL of the form https://host/path (it is not shown, for it may hold a token)")
    if params["timeout"] < 1:
        raise InvalidRequest("timeout: must be 1 or more")
    if params["retries"] < 0:
        raise InvalidRequest("retries: must be 0 or more")
    for name, value in (params["headers"] or {}).items():
        if any(letter in f"{name}{value}" for letter in "\r\n"):
            raise InvalidRequest(f"headers: {name!r} holds the end of a line".replace("\r", "").replace("\n", ""))
    return Webhook(
        url=url,
        headers=params["headers"] or {},
        method=params["method"],
        timeout=params["timeout"],
        retries=params["retries"],
        validate_certs=params["validate_certs"],
        ca_path=params["ca_path"],
    )


def hide_url(url: str) -> None:
    """Have a URL hidden, and all parts of it that may be a token, for servers and libraries repeat them one by one."""
    hide(url)
    rest = url.partition("://")[2]
    login, _at, after = rest.rpartition("@")
    path = after.partition("/")[2]
    pieces = [path, *path.replace("?", "/").replace("&", "/").replace("=", "/").replace("#", "/").split("/")]
    pieces += [login, *login.split(":")]
    for piece in pieces:
        for text in (piece, urllib.parse.unquote(piece)):
            if len(text) >= _SECRET_LENGTH:
                hide(text)


def send(webhook: Webhook, headers: Mapping[str, str], body: bytes, sleep: Callable[[float], None]) -> None:
    """Send one message; tries again where that may help. Raises NotTold."""
    for number in range(webhook.retries + 1):
        wait = _try(webhook, headers, body, last=number == webhook.retries)
        if wait is None:
            return
        sleep(min(_LONGEST_WAIT, max(wait, _backoff(number))))


def _backoff(number: int) -> float:
    return float(_BACKOFF_SECONDS * 2**number)


def _try(webhook: Webhook, headers: Mapping[str, str], body: bytes, last: bool) -> float | None:
    """Try once; return None when it was taken, else the least seconds to wait. Raises NotTold when it is of no use."""
    try:
        with contextlib.closing(
            open_url(
                webhook.url,
                data=body,
                headers=dict(headers),
                method=webhook.method,
                timeout=webhook.timeout,
                validate_certs=webhook.validate_certs,
                ca_path=webhook.ca_path,
                http_agent="ansible-bcdr.multicloud",
                # A token is not carried elsewhere, and what is redirected would arrive as a GET.
                follow_redirects="none",
                use_netrc=False,
            )
        ) as answer:
            answer.read(1)
        return None
    except urllib.error.HTTPError as error:
        with contextlib.closing(error):
            return _refused(webhook, error, last)
    except (SSLValidationError, NoSSLError, ssl.SSLCertVerificationError) as error:
        raise NotTold(f"the certificate of {webhook.host} is not trusted: {_one_line(error)}", True) from None
    except (urllib.error.URLError, http.client.HTTPException, UrlsConnectionError, OSError) as error:
        cause = getattr(error, "reason", None) or error
        if isinstance(cause, ssl.SSLCertVerificationError):
            raise NotTold(f"the certificate of {webhook.host} is not trusted: {_one_line(cause)}", True) from None
        if last:
            what = (
                "did not answer in time" if isinstance(cause, (TimeoutError, socket.timeout)) else "cannot be reached"
            )
            raise NotTold(f"{webhook.host} {what}: {_one_line(cause)}", True) from None
        return 0.0
    except ValueError as error:
        # What open_url says of a URL that it cannot take.
        raise NotTold(f"the webhook's URL cannot be used ({type(error).__name__})", True) from None


def _refused(webhook: Webhook, error: urllib.error.HTTPError, last: bool) -> float | None:
    again = error.code == 429 or error.code >= 500
    if again and not last:
        return _retry_after(error.headers.get("Retry-After") if error.headers else None)
    if 300 <= error.code < 400:
        raise NotTold(
            f"{webhook.host} answered {error.code}, a redirection, which is not followed: give the URL that it leads to",
            True,
        )
    try:
        said = error.read(2000).decode(errors="replace")
    except (OSError, http.client.HTTPException, ValueError):
        said = ""
    quoted = f": {_one_line(said)}" if said.strip() else ""
    # Another message may be taken where this one is too long or has a text that the server does not like.
    raise NotTold(f"{webhook.host} answered {error.code}{quoted}", error.code not in (400, 409, 413, 422))


def _retry_after(text: str | None) -> float:
    """Return the seconds that a Retry-After asks for, be it a number or a date; 0 without."""
    if not text:
        return 0.0
    if text.strip().isdecimal():
        return float(text)
    try:
        moment = email.utils.parsedate_to_datetime(text)
    except (TypeError, ValueError):
        return 0.0
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=datetime.timezone.utc)
    return max(0.0, (moment - datetime.datetime.now(datetime.timezone.utc)).total_seconds())


def _one_line(text: object) -> str:
    # Secrets first: half of one would not be found any more.
    return " ".join(redact(str(text)).split())[:_QUOTED]
