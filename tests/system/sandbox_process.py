# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A sandbox in a process of its own, and its admin endpoint."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import requests

_SANDBOX = Path(__file__).resolve().parent.parent / "sandbox"
_START_SECONDS = 30.0
Json = dict[str, Any]


class SandboxProcess:
    """Starts ``python tests/sandbox`` and talks to its admin endpoint; thread-safe."""

    def __init__(self, folder: Path, seed: str = "empty", speed: float = 0.0, latency_ms: float = 0.0) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        details_file = folder / "sandbox.json"
        self._errors = folder / "sandbox.err"
        command = [sys.executable, str(_SANDBOX), "--seed", seed, "--speed", str(speed)]
        command += ["--latency-ms", str(latency_ms), "--state-dir", str(folder), "--json-file", str(details_file)]
        with self._errors.open("wb") as errors:
            self._process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=errors)
        self.pid = self._process.pid
        self.details: Json = self._details(details_file)
        self.environment: dict[str, str] = {
            name: value
            for name, value in self.details.items()
            if name.startswith("AZURE_") or name == "REQUESTS_CA_BUNDLE"
        }

    def _details(self, path: Path) -> Json:
        deadline = time.monotonic() + _START_SECONDS
        while not path.exists():
            if self._process.poll() is not None or time.monotonic() > deadline:
                self.stop()
                raise RuntimeError(f"the sandbox did not start: {self._errors.read_text(encoding='utf-8')}")
            time.sleep(0.02)
        details: Json = json.loads(path.read_text(encoding="utf-8"))
        return details

    def stop(self) -> None:
        self._process.terminate()
        try:
            self._process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    @property
    def errors(self) -> str:
        """What the sandbox wrote to stderr: nothing, unless something went wrong in it."""
        return self._errors.read_text(encoding="utf-8")

    def admin(self, method: str, path: str, body: Any = None) -> Json:
        """Call the admin endpoint."""
        url = f"{self.details['BCDR_SANDBOX_ADMIN']}/{path}"
        authority = self.details["REQUESTS_CA_BUNDLE"]
        with requests.Session() as session:
            session.trust_env = False
            answer = session.request(method, url, json=body, verify=authority, timeout=60)
        if answer.status_code != 200:
            raise RuntimeError(f"{method} {path}: {answer.text}")
        content: Json = answer.json()
        return content

    def plant(self, seed: Mapping[str, Any]) -> None:
        """Replace the whole state, and forget faults and log."""
        self.admin("POST", "seed", seed)
        self.admin("DELETE", "requests")

    def advance(self, seconds: float) -> None:
        self.admin("POST", "clock/advance", {"seconds": seconds})

    def add_faults(self, *faults: Mapping[str, Any]) -> None:
        self.admin("POST", "faults", list(faults))

    def faults(self) -> list[Json]:
        """The faults that have not been used up."""
        faults: list[Json] = self.admin("GET", "faults")["faults"]
        return [fault for fault in faults if not fault["times"] or fault["used"] < fault["times"]]

    def clear_requests(self) -> None:
        self.admin("DELETE", "requests")

    def requests(self, method: str = "", contains: str = "") -> list[Json]:
        """The requests so far whose path or query contains that text, whatever their case."""
        entries: list[Json] = self.admin("GET", "requests")["requests"]
        wanted = contains.lower()
        return [
            entry
            for entry in entries
            if method in ("", entry["method"]) and wanted in f"{entry['path']}?{entry['query']}".lower()
        ]

    def writes(self, contains: str = "") -> list[Json]:
        """The requests that change something in Azure, tokens aside."""
        return [
            entry
            for entry in self.requests(contains=contains)
            if entry["method"] != "GET" and entry["path"].lower().startswith("/subscriptions/")
        ]

    def refused(self) -> list[str]:
        """What was refused, one line each; to ask for something that is not there is no offence."""
        return [
            f"{entry['method']} {entry['path']}: {entry['status']} {entry['code']}: {entry['message']}"
            for entry in self.requests()
            if entry["status"] >= 400 and not (entry["method"] == "GET" and entry["status"] == 404)
        ]

    def integrity(self) -> list[Json]:
        problems: list[Json] = self.admin("GET", "integrity")["problems"]
        return problems

    def state(self) -> Json:
        return self.admin("GET", "state")

    def points(self, collection: str) -> list[Json]:
        """The points of the collection with that name; none when there is no such collection."""
        found: Sequence[Json] = [
            entry for entry in self.state()["collections"] if entry["id"].rsplit("/", 1)[-1] == collection
        ]
        return list(found[0]["points"]) if found else []

    def names(self, kind: str, prefix: str = "") -> list[str]:
        """The sorted names of the `virtual_machines`, `disks` or `collections` that begin like this."""
        names = [str(entry["id"]).rsplit("/", 1)[-1] for entry in self.state()[kind]]
        return sorted(name for name in names if name.startswith(prefix))
