# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How much memory a run with nothing to do takes: ``python tests/unit/azure_blobs/peak_memory.py BLOBS PAGE``.

The lists come from a process that makes them up page by page, so that the number of blobs costs no storage; all else is as in
a module: the client library over HTTP, the walk, the decision and the result. Prints JSON with the peak of the resident memory in
MiB, that before the run, the CPU seconds, and what the run found.
"""

from __future__ import annotations

import http.server
import json
import multiprocessing
import re
import sys
import time
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

_DATE = "Sun, 01 Mar 2026 08:00:00 GMT"
_LATER = "Sun, 01 Mar 2026 09:00:00 GMT"


class _Lists(http.server.BaseHTTPRequestHandler):
    """Two accounts with the same blobs, those of the second copied from the first."""

    protocol_version = "HTTP/1.1"
    blobs = 0
    page = 0

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        query = parse_qs(parts.query)
        account = parts.path.split("/")[1]
        start = int(query.get("marker", ["0"])[0])
        end = min(start + self.page, self.blobs)
        entries = "".join(_entry(number, account == "secondary") for number in range(start, end))
        marker = f"<NextMarker>{end}</NextMarker>" if end < self.blobs else "<NextMarker />"
        content = (
            f'<?xml version="1.0" encoding="utf-8"?><EnumerationResults ContainerName="photos"><Blobs>{entries}</Blobs>{marker}'
            "</EnumerationResults>"
        ).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/xml")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_args: Any) -> None:
        """Nobody reads it."""


def _entry(number: int, copied: bool) -> str:
    metadata, copy = "<owner>red</owner>", ""
    if copied:
        metadata += f"<bcdr_source_etag>0x{number:016X}</bcdr_source_etag>"
        copy = (
            f"<CopyId>00000000-0000-4000-8000-{number:012d}</CopyId><CopyStatus>success</CopyStatus><CopyProgress>100/100</CopyProgress>"
            f"<CopySource>https://primary.blob.core.windows.net/photos/b/{number:09d}</CopySource>"
            f"<CopyCompletionTime>{_LATER}</CopyCompletionTime>"
        )
    return (
        f"<Blob><Name>b/{number:09d}</Name><Properties><Creation-Time>{_DATE}</Creation-Time><Last-Modified>{_DATE}</Last-Modified>"
        f"<Etag>0x{number:016X}</Etag><Content-Length>100</Content-Length><Content-Type>image/jpeg</Content-Type>"
        "<Content-MD5>rL0Y20zC+Fzt72VPzMSk2A==</Content-MD5><BlobType>BlockBlob</BlobType><AccessTier>Hot</AccessTier>"
        "<AccessTierInferred>true</AccessTierInferred><LeaseStatus>unlocked</LeaseStatus><LeaseState>available</LeaseState>"
        f"{copy}<ServerEncrypted>true</ServerEncrypted></Properties><Metadata>{metadata}</Metadata></Blob>"
    )


def _serve(pipe: Connection, blobs: int, page: int) -> None:
    _Lists.blobs, _Lists.page = blobs, page
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Lists)
    pipe.send(server.server_port)
    server.serve_forever()


def _resident(name: str) -> float:
    """VmHWM (the peak) or VmRSS of this process in MiB; the peak that rusage tells begins with that of the parent."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    found = re.search(rf"^{name}:\s+(\d+) kB", status, re.MULTILINE)
    return int(found.group(1)) / 1024 if found else 0.0


def measure(port: int) -> dict[str, Any]:
    from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

    from ansible_collections.bcdr.multicloud.plugins.module_utils._azure.blobs.copy_item import CopyItem
    from ansible_collections.bcdr.multicloud.plugins.module_utils._azure.blobs.provider import storage_provider
    from ansible_collections.bcdr.multicloud.plugins.module_utils._azure.options import AZURE_SPEC
    from ansible_collections.bcdr.multicloud.plugins.module_utils._core.reconcile import Clock, Engine, Settings
    from ansible_collections.bcdr.multicloud.plugins.modules.azure_blob_copy import OPTIONS

    def place(account: str) -> dict[str, str]:
        endpoint = f"http://127.0.0.1:{port}/{account}"
        return {"account_name": account, "account_key": "a2V5", "blob_endpoint": endpoint, "container": "photos"}

    options = {"source": place("primary"), "destinations": [place("secondary")]}
    checked = ArgumentSpecValidator({**AZURE_SPEC, **OPTIONS}).validate(options)
    settings = Settings(wait=True, wait_timeout=60)
    provider = storage_provider(CopyItem)(settings)
    before = _resident("VmRSS")
    used = time.process_time()
    [outcome] = Engine(settings, Clock(time.monotonic, time.sleep)).run(
        [provider.reconciler(checked.validated_parameters)]
    )
    return {
        "peak_mib": round(_resident("VmHWM"), 1),
        "before_mib": round(before, 1),
        "cpu_seconds": round(time.process_time() - used, 1),
        "status": outcome.status,
        "reason": outcome.reason,
        "blobs": outcome.result.get("destinations", [{}])[0].get("blobs", {}).get("succeeded"),
    }


def main(blobs: int, page: int) -> None:
    ours, theirs = multiprocessing.Pipe()
    server = multiprocessing.Process(target=_serve, args=(theirs, blobs, page), daemon=True)
    server.start()
    try:
        print(json.dumps(measure(ours.recv())))
    finally:
        server.terminate()


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
