# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The webhook's client against a real server on loopback."""

from __future__ import annotations

import hashlib
import hmac
import http.server
import json
import socket
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest

from ansible_collections.bcdr.multicloud.plugins.module_utils._core.errors import InvalidRequest
from ansible_collections.bcdr.multicloud.plugins.module_utils._history.messages import NotTold, body_of, headers_of
from ansible_collections.bcdr.multicloud.plugins.module_utils._history.webhook import Webhook, send, webhook_of

Json = dict[str, Any]
TOKEN = "T00TOKENSECRET"
EVENT: Json = {
    "id": "rpo_breach|app-07|x",
    "event": "rpo_breach",
    "workload": "app-07",
    "type": "efs",
    "time": "2026-11-28T12:00:00Z",
    "summary": "app-07: RPO breached: eu-central-1 is 1d 2h old, 1d allowed",
    "data": {"rpo_seconds": 93600},
}


class Server(http.server.ThreadingHTTPServer):
    """Answers as it is told, one answer after the other, and the last for ever; keeps what it was sent."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.answers: list[tuple[Any, ...]] = [(200,)]
        self.got: list[Json] = []

    def handle_error(self, *_args: Any) -> None:
        """A client that did not wait for a slow answer is none."""

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/services/{TOKEN}?key=Q{TOKEN}"


class Handler(http.server.BaseHTTPRequestHandler):
    server: Server

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.got.append({"path": self.path, "method": self.command, "headers": dict(self.headers), "body": body})
        status, *rest = self.server.answers.pop(0) if len(self.server.answers) > 1 else self.server.answers[0]
        if status == "close":
            self.close_connection = True
            self.connection.shutdown(socket.SHUT_RDWR)
            return
        if status == "slow":
            time.sleep(2.5)
            status = 200
        headers = rest[0] if rest else {}
        text = (rest[1] if len(rest) > 1 else "").encode()
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    do_PUT = do_POST

    def log_message(self, *_args: Any) -> None:
        """The tests say what went wrong."""


@pytest.fixture
def server() -> Iterator[Server]:
    with Server() as made:
        thread = threading.Thread(target=made.serve_forever, args=(0.05,))
        thread.start()
        yield made
        made.shutdown()
        thread.join()


def params(url: str, **fields: Any) -> Json:
    return {
        "url": url,
        "headers": None,
        "signing_secret": None,
        "method": "POST",
        "timeout": 1,
        "retries": 2,
        "validate_certs": True,
        "ca_path": None,
        **fields,
    }


def tell(webhook: Webhook, secret: str | None = None, form: str = "json") -> list[float]:
    waits: list[float] = []
    body = body_of(EVENT, form)
    send(webhook, headers_of(EVENT, body, webhook.headers, secret), body, waits.append)
    return waits


def refused(webhook: Webhook) -> NotTold:
    with pytest.raises(NotTold) as caught:
        tell(webhook)
    assert TOKEN not in str(caught.value)
    return caught.value


def test_the_payload(server: Server) -> None:
    assert tell(webhook_of(params(server.url))) == []
    (got,) = server.got
    assert got["path"] == f"/services/{TOKEN}?key=Q{TOKEN}"
    assert json.loads(got["body"]) == {"payload_version": 1, "source": "bcdr.multicloud", **EVENT}
    headers = {name.lower(): value for name, value in got["headers"].items()}
    assert headers["content-type"] == "application/json"
    assert headers["x-bcdr-event"] == "rpo_breach"
    assert "x-bcdr-signature-256" not in headers


def test_slack_and_put(server: Server) -> None:
    tell(webhook_of(params(server.url, method="PUT")), form="slack")
    assert (server.got[0]["method"], json.loads(server.got[0]["body"])) == ("PUT", {"text": EVENT["summary"]})


def test_the_signature_is_of_what_was_sent(server: Server) -> None:
    tell(webhook_of(params(server.url, headers={"X-Api-Key": "k" * 9, "content-type": "text/json"})), "open sesame")
    (got,) = server.got
    headers = {name.lower(): value for name, value in got["headers"].items()}
    expected = hmac.new(b"open sesame", got["body"], hashlib.sha256).hexdigest()
    assert headers["x-bcdr-signature-256"] == f"sha256={expected}"
    assert (headers["x-api-key"], headers["content-type"]) == ("k" * 9, "text/json")


RETRIED = {
    "overloaded": ([(503,), (200,)], [1.0]),
    "too many": ([(429, {"Retry-After": "7"}), (200,)], [7.0]),
    "for hours": ([(429, {"Retry-After": "7200"}), (200,)], [30.0]),
    "until a date that is over": ([(503, {"Retry-After": "Fri, 31 Dec 1999 23:59:59 GMT"}), (200,)], [1.0]),
    "nonsense": ([(503, {"Retry-After": "later"}), (200,)], [1.0]),
    "hung up": ([("close",), ("close",), (204,)], [1.0, 2.0]),
    "no answer in time": ([("slow",), (200,)], [1.0]),
}


@pytest.mark.parametrize("name", RETRIED)
def test_it_is_tried_again(server: Server, name: str) -> None:
    server.answers, waits = list(RETRIED[name][0]), RETRIED[name][1]
    assert tell(webhook_of(params(server.url))) == waits
    assert len(server.got) == len(waits) + 1
    assert len({got["body"] for got in server.got}) == 1


REFUSED = {
    "down for long": ([(502,)], 3, "127.0.0.1 answered 502", True),
    "hung up for long": ([("close",)], 3, "127.0.0.1 cannot be reached: ", True),
    "not found": ([(404, {}, f"no_service /services/{TOKEN}")], 1, "127.0.0.1 answered 404: no_service ", True),
    "forbidden": ([(403, {}, f"bad\ntoken Q{TOKEN}")], 1, "127.0.0.1 answered 403: bad token ********", True),
    "not this one": ([(400, {}, "invalid_payload")], 1, "127.0.0.1 answered 400: invalid_payload", False),
    "redirected": ([(302, {"Location": f"/x/{TOKEN}"})], 1, "127.0.0.1 answered 302, a redirection", True),
}


@pytest.mark.parametrize("name", REFUSED)
def test_it_is_given_up(server: Server, name: str) -> None:
    answers, tries, text, hopeless = REFUSED[name]
    server.answers = list(answers)
    error = refused(webhook_of(params(server.url)))
    assert str(error).startswith(text)
    assert (error.hopeless, len(server.got)) == (hopeless, tries)


def test_nobody_there() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{taken.getsockname()[1]}/services/{TOKEN}"
    error = refused(webhook_of(params(url, retries=0)))
    assert str(error).startswith("127.0.0.1 cannot be reached: ")


def test_a_server_that_says_nothing() -> None:
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        url = f"http://127.0.0.1:{silent.getsockname()[1]}/services/{TOKEN}"
        assert "127.0.0.1 did not answer in time" in str(refused(webhook_of(params(url, retries=0))))


MISTAKES = {
    "no scheme": ({"url": f"hooks.example.com/{TOKEN}"}, "^url: is no URL of the form https://host/path"),
    "another scheme": ({"url": f"ftp://h/{TOKEN}"}, "^url: is no URL"),
    "no host": ({"url": f"https:///{TOKEN}"}, "^url: is no URL"),
    "a port that is none": ({"url": f"https://h:http/{TOKEN}"}, "^url: is no URL"),
    "a blank": ({"url": f"https://h/a b/{TOKEN}"}, "^url: is no URL"),
    "timeout": ({"timeout": 0}, "^timeout: must be 1 or more"),
    "retries": ({"retries": -1}, "^retries: must be 0 or more"),
    "headers": ({"headers": {"X-A": f"a\r\nX-B: {TOKEN}"}}, "^headers: 'X-A' holds the end of a line"),
}


@pytest.mark.parametrize("name", MISTAKES)
def test_mistakes(name: str) -> None:
    fields, text = MISTAKES[name]
    with pytest.raises(InvalidRequest, match=text) as caught:
        webhook_of({**params(f"https://h/{TOKEN}"), **fields})
    assert TOKEN not in str(caught.value)


def test_how_long_one_message_may_take() -> None:
    assert webhook_of(params("https://h/x", timeout=10, retries=3)).longest_seconds == 4 * 20 + 3 * 30
