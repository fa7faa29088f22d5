# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Two Prism Centrals in this process, and a client of them that knows no library."""

from __future__ import annotations

import base64
import json
import uuid
from typing import Any

from sandbox.application import Application
from sandbox.azure.seeds import parse_seed
from sandbox.request_log import RequestLog
from sandbox.virtual_clock import VirtualClock, timestamp
from werkzeug.test import Client, TestResponse

DAY = 86_400
MAIN, DR = "7a1c0de0-0000-4000-8000-000000000001", "7a1c0de0-0000-4000-8000-000000000002"
CLUSTER, SECOND, CLUSTER_DR = (f"7a1c0de0-0000-4000-8000-0000000000{end}" for end in ("11", "12", "21"))
PASSWORD, KEY = "sandbox-password", "sandbox-api-key"
NOBODY = "99999999-0000-4000-8000-000000000000"

SEED: dict[str, Any] = {
    "prism_centrals": [
        {
            "name": "main",
            "ext_id": MAIN,
            "api_keys": [KEY],
            "clusters": [{"name": "one", "ext_id": CLUSTER}, {"name": "two", "ext_id": SECOND}],
            "categories": [{"key": "tier", "value": "web"}, {"key": "tier", "value": "it's"}],
            "subnets": [{"name": "production"}],
            "vms": [
                {"count": 40, "name": "vm-{n:02d}", "disks_gb": [10, 20], "subnets": ["production"], "categories": ["tier:web"]},
                {"name": "bare", "guest_tools": False},
                {"name": "elsewhere", "cluster": "two"},
            ],
            "volume_groups": [{"name": "data", "disks_gb": [100]}],
            "recovery_points": [
                {"name": "nightly", "vms": ["vm-01", "vm-02"], "volume_groups": ["data"], "age": 7200},
                {"name": "it's old", "vms": ["vm-01"], "age": 5 * DAY, "expires_in": DAY, "type": "APPLICATION_CONSISTENT"},
                {"name": "locked", "vms": ["vm-03"], "secure": True},
            ],
        },
        {
            "name": "dr",
            "ext_id": DR,
            "clusters": [{"name": "far", "ext_id": CLUSTER_DR}],
            "subnets": [{"name": "production-dr"}, {"name": "isolated"}],
        },
    ]
}  # fmt: skip
POINTS = "/api/dataprotection/v4.4/config/recovery-points"
VMS = "/api/vmm/v4.3/ahv/config/vms"


class Answer:
    """An answer, read."""

    def __init__(self, response: TestResponse) -> None:
        self.status = response.status_code
        self.headers = response.headers
        self.text = response.get_data(as_text=True)
        self.json = json.loads(self.text) if response.mimetype == "application/json" else None

    @property
    def data(self) -> Any:
        """What is asked for; an empty list is not in the answer."""
        return self.json.get("data", [])

    @property
    def code(self) -> str:
        """The code of an error, or what a value is refused for."""
        error = self.data["error"]
        if isinstance(error, list):
            return str(error[0]["code"])
        found = error["validationErrorMessages"][0]
        return f"{found['attributePath']}: {found['message']}"


class Nutanix:
    """The sandbox, with time that moves only when it is told to."""

    def __init__(self, application: Application | None = None, **central: Any) -> None:
        """`central` are fields of the first Prism Central that are to be others; `application` is planted anew."""
        first, second = SEED["prism_centrals"]
        section = {"prism_centrals": [{**first, **central}, second]}
        seed = parse_seed({"start_time": "2026-03-01T08:00:00Z", "nutanix": section})
        assert seed.start_time is not None
        if application is None:
            application = Application(VirtualClock(seed.start_time, 0), RequestLog(), seed)
        else:
            application.log.clear()
            application.plant(seed)
        self.application = application
        assert self.application.nutanix is not None
        self.service = self.application.nutanix
        self.clients = {
            name: Client(self.service.front(name), use_cookies=False) for name in self.service.world.centrals
        }
        self.web = Client(self.application)

    def ask(
        self, method: str, path: str, body: Any = None, *, at: str = "main", headers: dict[str, str] | None = None, user: str = "admin",
        password: str = PASSWORD, **query: Any,
    ) -> Answer:  # fmt: skip
        """One request with basic authentication and a NTNX-Request-Id of its own."""
        token = base64.b64encode(f"{user}:{password}".encode()).decode()
        given = {"Authorization": f"Basic {token}", "NTNX-Request-Id": str(uuid.uuid4()), **(headers or {})}
        given = {name: value for name, value in given.items() if value}
        response = self.clients[at].open(
            path,
            method=method,
            json=body,
            headers=given,
            query_string={f"${name}": value for name, value in query.items()},
        )
        return Answer(response)

    def admin(self, method: str, path: str, body: Any = None) -> Any:
        """Call the admin endpoint."""
        answer = self.web.open(f"/_sandbox/{path}", method=method, json=body)
        assert answer.status_code == 200, answer.text
        return json.loads(answer.text)

    def advance(self, seconds: float) -> None:
        """Move virtual time."""
        self.admin("POST", "clock/advance", {"seconds": seconds})

    def fault(self, kind: str, regex: str, **fields: Any) -> None:
        """Put a fault in force."""
        self.admin("POST", "faults", [{"kind": kind, "match": {"path_regex": regex}, **fields}])

    def state(self, name: str = "main") -> dict[str, Any]:
        """What the admin endpoint shows of one Prism Central."""
        return next(one for one in self.admin("GET", "state")["nutanix"]["prism_centrals"] if one["name"] == name)

    def later(self, seconds: float) -> str:
        """A time from now, as a request has it."""
        return timestamp(self.application.clock.now() + seconds)

    def entity(self, name: str, at: str = "main") -> str:
        """The external identifier of a VM or volume group."""
        return str(next(one["ext_id"] for one in self.state(at)["entities"] if one["name"] == name))

    def point(self, name: str = "nightly", at: str = "main") -> dict[str, Any]:
        """A recovery point, as the API shows it."""
        found = next(one for one in self.state(at)["recovery_points"] if one["name"] == name)
        return dict(self.ask("GET", f"{POINTS}/{found['ext_id']}", at=at).data)

    def etag(self, path: str) -> dict[str, str]:
        """The header with the ETag of something."""
        return {"If-Match": self.ask("GET", path).headers["ETag"]}

    def subnet(self, name: str, at: str = "dr") -> str:
        """The external identifier of a subnet."""
        return str(next(one["ext_id"] for one in self.state(at)["subnets"] if one["name"] == name))

    def task(self, ext_id: str, at: str = "main") -> dict[str, Any]:
        """A task as it is now."""
        answer = self.ask(
            "GET", f"/api/prism/v4.4/config/tasks/{ext_id.replace('=', '%3D').replace(':', '%3A')}", at=at
        )
        assert answer.status == 200, answer.text
        return dict(answer.data)

    def done(self, answer: Answer, seconds: float = 3600, at: str = "main") -> dict[str, Any]:
        """The task of a change, once it had the time to end."""
        assert answer.status == 202, answer.text
        self.advance(seconds)
        return self.task(answer.data["extId"], at)

    def detail(self, task: dict[str, Any], name: str) -> str:
        """One of a task's completion details."""
        assert task["status"] == "SUCCEEDED", task
        return next(str(one["value"]) for one in task["completionDetails"] if one["name"] == name)
