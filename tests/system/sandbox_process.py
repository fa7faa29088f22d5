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
from urllib.parse import urlencode

import boto3
import requests

_SANDBOX = Path(__file__).resolve().parent.parent / "sandbox"
_START_SECONDS = 30.0
# AWS Backup says with status 400 that something is not there.
_NOT_THERE = ("ResourceNotFoundException", "PolicyNotFound")
# Actions of AWS that change nothing; some of them are POSTs.
_READS = ("Describe", "Get", "List", "Assume")
Json = dict[str, Any]


class SandboxProcess:
    """Starts ``python tests/sandbox`` and talks to its admin endpoint; thread-safe."""

    def __init__(
        self,
        folder: Path,
        seed: str = "empty",
        speed: float = 0.0,
        latency_ms: float = 0.0,
        start_seconds: float = _START_SECONDS,
    ) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        details_file = folder / "sandbox.json"
        self._start_seconds = start_seconds
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
            if name.startswith(("AZURE_", "AWS_", "NUTANIX_")) or name == "REQUESTS_CA_BUNDLE"
        }

    def _details(self, path: Path) -> Json:
        deadline = time.monotonic() + self._start_seconds
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
        """The requests so far whose path or query contains that text, whatever their case.

        What is searched of AWS's begins with its action, as in ``aws:eu-west-1:backup:StartCopyJob``.
        """
        found = self.admin("GET", f"requests?{urlencode({'method': method, 'contains': contains})}")
        entries: list[Json] = found["requests"]
        return entries

    def writes(self, contains: str = "") -> list[Json]:
        """The requests that change something at the provider, tokens aside."""
        return [entry for entry in self.requests(contains=contains) if _writes(entry)]

    def refused(self) -> list[str]:
        """What was refused, one line each; to ask for something that is not there is no offence."""
        return [
            f"{entry['method']} {entry.get('action', '')} {entry['path']}: {entry['status']} {entry['code']}: {entry['message']}"
            for entry in self.requests()
            if entry["status"] >= 400
            and not (entry["method"] == "GET" and (entry["status"] == 404 or entry["code"] in _NOT_THERE))
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

    def aws(self, service: str, region: str) -> Any:
        """A client of boto3 in the sandbox's first account."""
        known = self.environment
        return boto3.client(
            service,
            region_name=region,
            endpoint_url=known["AWS_ENDPOINT_URL"],
            aws_access_key_id=known["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=known["AWS_SECRET_ACCESS_KEY"],
        )

    def vault_points(self, region: str, vault: str, file_system: str = "") -> list[Json]:
        """The recovery points in a vault; with `file_system` only those of the file system with that id."""
        (found,) = [
            entry
            for entry in self.state()["aws"]["vaults"]
            if entry["arn"].split(":")[3] == region and entry["arn"].endswith(f":{vault}")
        ]
        return [point for point in found["points"] if point["resource"].endswith(file_system)]

    def jobs(self, kind: str, file_system: str = "", region: str = "") -> list[Json]:
        """The backup, copy or restore jobs of the file system with that id, and in that region; "" is any."""
        state = self.state()["aws"]
        resources = {point["arn"]: point["resource"] for vault in state["vaults"] for point in vault["points"]}
        return [
            job
            for job in state["jobs"]
            if job["kind"] == kind
            and job["region"].startswith(region)
            # A backup that has not begun yet has no point that would tell.
            and resources.get(job["point"] or job["made"] or "", "").endswith(file_system)
        ]

    def file_systems(self, region: str, name: str = "") -> list[Json]:
        """The file systems of a region whose name begins like this."""
        return [
            entry
            for entry in self.state()["aws"]["file_systems"]
            if entry["arn"].split(":")[3] == region and (entry["name"] or "").startswith(name)
        ]

    def prism_central(self, name: str) -> Json:
        """A Prism Central, with its entities, recovery points and tasks."""
        (found,) = [entry for entry in self.state()["nutanix"]["prism_centrals"] if entry["name"] == name]
        return dict(found)

    def entities(self, central: str, name: str = "") -> list[Json]:
        """The VMs and volume groups of a Prism Central whose name begins like this."""
        return [entry for entry in self.prism_central(central)["entities"] if entry["name"].startswith(name)]

    def recovery_points(self, central: str, entity: str = "") -> list[Json]:
        """The recovery points of a Prism Central; with `entity` only those that hold what has that name."""
        return [
            point
            for point in self.prism_central(central)["recovery_points"]
            if not entity or entity in [part["name"] for part in point["parts"]]
        ]


def _writes(entry: Mapping[str, Any]) -> bool:
    if "prism_central" in entry:
        # API v3 lists with a POST.
        return entry["method"] not in ("GET", "OPTIONS") and not entry["path"].endswith("/list")
    if "action" in entry:
        return not entry["action"].partition(":")[2].startswith(_READS)
    return entry["method"] != "GET" and entry["path"].lower().startswith("/subscriptions/")
