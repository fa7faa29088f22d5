# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The HTTP server: HTTP/1.1 with keep-alive over TLS, one thread per connection.

werkzeug's own request handler closes every connection after one answer; `KeepAliveHandler` reads each request's
body whole, so the next request on the connection starts where it should.
"""

from __future__ import annotations

import io
import socket
import ssl
import struct
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler
from typing import Any

from werkzeug.serving import ThreadedWSGIServer, WSGIRequestHandler

_LINGER_RESET = struct.pack("ii", 1, 0)


class ConnectionDropped(Exception):
    """Raised by the application to have the connection reset instead of answered."""


class KeepAliveHandler(WSGIRequestHandler):
    """Answers requests on one connection until the client closes it."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    timeout = 300

    def run_wsgi(self) -> None:
        """Read one request, run the application, write the answer in one piece."""
        if self.headers.get("Expect", "").strip().lower() == "100-continue":
            self.wfile.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        environ = self.make_environ()
        if "wsgi.input_terminated" in environ:
            body = environ["wsgi.input"].read()
        else:
            length = self.headers.get("Content-Length", "0").strip()
            body = self.rfile.read(int(length)) if length.isdigit() else b""
        environ["CONTENT_LENGTH"] = str(len(body))
        environ["wsgi.input"] = io.BytesIO(body)
        # As they came: in the environment of WSGI names lose their case, and those with an underscore are left out.
        environ["sandbox.headers"] = self.headers.items()
        answer: list[Any] = []

        def start_response(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Any:
            answer[:] = [status, headers]
            return lambda data: None

        try:
            content = b"".join(self.server.app(environ, start_response))
        except ConnectionDropped:
            self._reset()
            return
        except Exception as error:  # an error of the sandbox itself must be seen, not look like a cloud's answer
            self.server.log("error", "error while answering %s %s: %r", self.command, self.path, error)
            answer[:] = ["500 Internal Server Error", [("Content-Type", "text/plain; charset=utf-8")]]
            content = f"The sandbox itself failed: {error!r}\n".encode()
        self._send(answer[0], answer[1], content)

    def _send(self, status: str, headers: list[tuple[str, str]], content: bytes) -> None:
        code = int(status.split(None, 1)[0])
        lines = [f"HTTP/1.1 {code} {_phrase(code)}"]
        lines.extend(f"{name}: {value}" for name, value in headers if name.lower() != "content-length")
        told = [value for name, value in headers if name.lower() == "content-length"]
        if self.command == "HEAD" and told:
            # The length of what a GET would bring.
            lines.append(f"Content-Length: {told[0]}")
        elif code not in (204, 304):
            lines.append(f"Content-Length: {len(content)}")
        if self.close_connection:
            lines.append("Connection: close")
        head = ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")
        self.wfile.write(head if self.command == "HEAD" or code in (204, 304) else head + content)

    def _reset(self) -> None:
        """Reset the connection: the client sees it break in the middle of a request."""
        self.close_connection = True
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _LINGER_RESET)
        self.connection.shutdown(socket.SHUT_RDWR)

    def handle(self) -> None:
        """Shake hands in this connection's own thread, then answer its requests."""
        try:
            if isinstance(self.connection, ssl.SSLSocket):
                self.connection.do_handshake()
            # Not werkzeug's, which writes to stderr when a killed client leaves TLS in the middle.
            BaseHTTPRequestHandler.handle(self)
        except OSError:
            return  # the client went away, or does not trust the certificate

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Requests are kept in the sandbox's own log."""


class SandboxServer(ThreadedWSGIServer):
    """A threaded server whose accept loop never waits for a client's TLS handshake."""

    request_queue_size = 512

    def __init__(self, app: Any, port: int = 0, context: ssl.SSLContext | None = None) -> None:
        super().__init__("127.0.0.1", port, app, KeepAliveHandler)
        self.ssl_context = context

    def get_request(self) -> tuple[Any, Any]:
        """Accept a connection; its handshake happens later, in its own thread."""
        connection, address = super().get_request()
        if self.ssl_context is not None:
            connection = self.ssl_context.wrap_socket(
                connection, server_side=True, do_handshake_on_connect=False, suppress_ragged_eofs=True
            )
        return connection, address

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Connections end in all manner of ways in tests; the answers tell what matters."""


def _phrase(code: int) -> str:
    try:
        return HTTPStatus(code).phrase
    except ValueError:
        return "Unknown"
