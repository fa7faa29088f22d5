# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A webhook for tests: FOLDER/port says where it listens, FOLDER/got has one line of JSON per request.

It answers with the status and text that stand in FOLDER/answer, 200 without, and not before FOLDER/hold is gone.
"""

from __future__ import annotations

import http.server
import json
import sys
import threading
import time
from pathlib import Path
from typing import Any

FOLDER = Path(sys.argv[1])
LOCK = threading.Lock()


class Handler(http.server.BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        headers = {name.lower(): value for name, value in self.headers.items()}
        line = json.dumps({"path": self.path, "headers": headers, "body": body})
        with LOCK, (FOLDER / "got").open("a", encoding="utf-8") as handle:
            handle.write(line + "\n")
        while (FOLDER / "hold").exists():
            time.sleep(0.02)
        answer = FOLDER / "answer"
        status, _space, text = (answer.read_text(encoding="utf-8") if answer.exists() else "200").partition(" ")
        self.send_response(int(status))
        self.send_header("Content-Length", str(len(text.encode())))
        self.end_headers()
        self.wfile.write(text.encode())

    def log_message(self, *_args: Any) -> None:
        """The folder says it all."""


def main() -> None:
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        port = FOLDER / "port.new"
        port.write_text(str(server.server_port), encoding="utf-8")
        port.rename(FOLDER / "port")
        server.serve_forever()


if __name__ == "__main__":
    main()
