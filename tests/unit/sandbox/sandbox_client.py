# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A small client that calls a sandbox in this process, without a network."""

from __future__ import annotations

import json
from typing import Any

from sandbox.application import Application
from sandbox.azure.seeds import DEFAULT_CLIENT, DEFAULT_SECRET, DEFAULT_SUBSCRIPTION, DEFAULT_TENANT, parse_seed
from sandbox.request_log import RequestLog
from sandbox.virtual_clock import VirtualClock
from werkzeug.test import Client

SEED: dict[str, Any] = {
    "start_time": "2026-03-01T08:00:00Z",
    "resource_groups": [
        {"name": "rg-app", "location": "westeurope"},
        {"name": "rg-dr", "location": "northeurope"},
        {"name": "rg-se", "location": "swedencentral"},
    ],
    "virtual_networks": [
        {"name": "vnet-app", "rg": "rg-app", "subnets": [{"name": "app"}]},
        {"name": "vnet-dr", "rg": "rg-dr", "subnets": [{"name": "dr"}]},
    ],
    "disk_encryption_sets": [
        {"name": "des-we", "rg": "rg-app"},
        {"name": "des-ne", "rg": "rg-dr"},
    ],
    "vms": [
        {"name": "lin", "rg": "rg-app", "disks": [{"size_gb": 30}, {"size_gb": 60}]},
        {"name": "win", "rg": "rg-app", "os_type": "Windows", "disks": [{"size_gb": 127, "des": "des-we"}]},
        {
            "name": "odd",
            "rg": "rg-app",
            "disks": [
                {"size_gb": 30},
                {"size_gb": 10, "allocated": False},
                {"size_gb": 10, "shared": True},
            ],
        },
    ],
}

COMPUTE = "2024-07-01"
DISKS = "2024-03-02"
NETWORK = "2024-05-01"
RESOURCES = "2022-12-01"


class Answer:
    """A response, with its JSON taken apart."""

    def __init__(self, response: Any) -> None:
        self.status: int = response.status_code
        self.headers = response.headers
        self.text: str = response.get_data(as_text=True)
        self.json: Any = json.loads(self.text) if self.text else None

    @property
    def code(self) -> str | None:
        """The error code, None for success."""
        return self.json["error"]["code"] if self.status >= 400 and self.json else None


class Arm:
    """Calls one `Application` as one client; time stands still unless it is advanced."""

    def __init__(self, application: Application) -> None:
        self.application = application
        self.client = Client(application)
        self.base = f"/subscriptions/{DEFAULT_SUBSCRIPTION}"
        self.token = self.login()

    def login(self, client_id: str = DEFAULT_CLIENT, secret: str = DEFAULT_SECRET) -> str:
        """A token of a client."""
        answer = Answer(
            self.client.post(
                f"/{DEFAULT_TENANT}/oauth2/v2.0/token",
                data={
                    "grant_type": "client_credentials",
                    "client_id": client_id,
                    "client_secret": secret,
                    "scope": "https://management.azure.com/.default",
                },
            )
        )
        assert answer.status == 200, answer.text
        return str(answer.json["access_token"])

    def call(
        self, method: str, path: str, body: Any = None, *, version: str | None = None, query: str = "", **kwargs: Any
    ) -> Answer:
        """Call a path below the subscription (or an absolute one that starts with /subscriptions)."""
        url = path if path.startswith(("/subscriptions", "/_sandbox")) else f"{self.base}{path}"
        if version is None:
            lower = url.lower()
            version = COMPUTE
            if "/microsoft.network/" in lower:
                version = NETWORK
            elif "/disks" in lower or "/diskrestorepoints" in lower or "/diskencryptionsets" in lower:
                version = DISKS
            elif "/providers/" not in lower:
                version = RESOURCES
        headers = {"Authorization": f"Bearer {self.token}", **kwargs.pop("headers", {})}
        if body is not None:
            kwargs["data"] = json.dumps(body)
            kwargs["content_type"] = "application/json"
        url = f"{url}{'&' if '?' in url else '?'}api-version={version}{query}"
        return Answer(self.client.open(url, method=method, headers=headers, **kwargs))

    def get(self, path: str, **kwargs: Any) -> Answer:
        """GET."""
        return self.call("GET", path, **kwargs)

    def put(self, path: str, body: Any, **kwargs: Any) -> Answer:
        """PUT."""
        return self.call("PUT", path, body, **kwargs)

    def delete(self, path: str, **kwargs: Any) -> Answer:
        """DELETE."""
        return self.call("DELETE", path, **kwargs)

    def follow(self, url: str) -> Answer:
        """GET of a URL from an answer's header."""
        headers = {"Authorization": f"Bearer {self.token}"}
        return Answer(self.client.get(url.replace(self.application.manager.base_url, ""), headers=headers))

    def admin(self, method: str, path: str, body: Any = None) -> Any:
        """Call the admin endpoint."""
        answer = Answer(self.client.open(f"/_sandbox/{path}", method=method, json=body))
        assert answer.status == 200, answer.text
        return answer.json

    def advance(self, seconds: float) -> None:
        """Move virtual time."""
        self.admin("POST", "clock/advance", {"seconds": seconds})

    def fault(self, kind: str, **fields: Any) -> None:
        """Put a fault in force."""
        self.admin("POST", "faults", [{"kind": kind, **fields}])

    def problems(self) -> list[dict[str, Any]]:
        """What the integrity endpoint shows."""
        return list(self.admin("GET", "integrity")["problems"])

    # --- restore points ----------------------------------------------------------------------------------------------

    def id(self, group: str, kind: str, name: str) -> str:
        """The id of a compute resource."""
        return f"{self.base}/resourceGroups/{group}/providers/Microsoft.Compute/{kind}/{name}"

    def collection_id(self, name: str, group: str = "rg-app") -> str:
        """The id of a collection."""
        return self.id(group, "restorePointCollections", name)

    def make_collection(
        self, name: str = "src", vm: str = "lin", group: str = "rg-app", location: str = "westeurope"
    ) -> str:
        """A collection of a VM; returns its id."""
        body = {"location": location, "properties": {"source": {"id": self.id("rg-app", "virtualMachines", vm)}}}
        answer = self.put(self.collection_id(name, group), body)
        assert answer.status in (200, 201), answer.text
        return str(answer.json["id"])

    def make_target(
        self, name: str = "dst", source: str = "src", group: str = "rg-dr", location: str = "northeurope"
    ) -> str:
        """A collection for copies; returns its id."""
        body = {"location": location, "properties": {"source": {"id": self.collection_id(source)}}}
        answer = self.put(self.collection_id(name, group), body)
        assert answer.status in (200, 201), answer.text
        return str(answer.json["id"])

    def put_point(self, collection: str, name: str, body: Any = None, **kwargs: Any) -> Answer:
        """PUT of a restore point."""
        return self.put(f"{collection}/restorePoints/{name}", body or {}, **kwargs)

    def put_copy(self, collection: str, name: str, source: str, **kwargs: Any) -> Answer:
        """PUT of a copy of the point with that id."""
        return self.put_point(collection, name, {"properties": {"sourceRestorePoint": {"id": source}}}, **kwargs)

    def make_point(self, collection: str, name: str, body: Any = None) -> str:
        """A finished restore point, an hour after the one before; returns its id."""
        self.advance(3600)
        answer = self.put_point(collection, name, body)
        assert answer.status == 201, answer.text
        self.advance(120)
        return str(answer.json["id"])

    def make_copy(self, collection: str, name: str, source: str) -> str:
        """A finished copy; returns its id."""
        answer = self.put_copy(collection, name, source)
        assert answer.status == 201, answer.text
        self.advance(86_400)
        return str(answer.json["id"])

    def view(self, point: str) -> dict[str, Any]:
        """The instance view of a point."""
        answer = self.get(point, query="&$expand=instanceView")
        assert answer.status == 200, answer.text
        return dict(answer.json["properties"].get("instanceView") or {})

    def replication(self, point: str) -> str:
        """The state of a point's replication."""
        codes = [status["code"] for status in self.view(point).get("statuses", [])]
        return next(code.split("/")[1] for code in codes if code.startswith("ReplicationState/"))

    def disk_points(self, point: str) -> list[str]:
        """The ids of a point's disk restore points, OS disk first."""
        profile = self.get(point).json["properties"]["sourceMetadata"]["storageProfile"]
        return [disk["diskRestorePoint"]["id"] for disk in [profile["osDisk"], *profile["dataDisks"]]]

    def put_disk(
        self, name: str, disk_point: str, group: str = "rg-dr", location: str = "northeurope", **extra: Any
    ) -> Answer:
        """PUT of a disk from a disk restore point."""
        properties = {"creationData": {"createOption": "Restore", "sourceResourceId": disk_point}}
        properties |= extra.pop("properties", {})
        body = {"location": location, "properties": properties, **extra}
        return self.put(self.id(group, "disks", name), body)

    def make_disks(self, names: list[str], point: str) -> list[str]:
        """Finished disks from a point's disks; returns their ids."""
        for name, disk_point in zip(names, self.disk_points(point), strict=True):
            answer = self.put_disk(name, disk_point)
            assert answer.status == 202, answer.text
        self.advance(60)
        return [self.id("rg-dr", "disks", name) for name in names]

    def vm_body(self, disks: list[str], location: str = "northeurope", **properties: Any) -> dict[str, Any]:
        """The body that creates a VM from disks, with a new interface."""
        subnet = f"{self.base}/resourceGroups/rg-dr/providers/Microsoft.Network/virtualNetworks/vnet-dr/subnets/dr"
        configuration = {"name": "ip", "properties": {"subnet": {"id": subnet}}}
        return {
            "location": location,
            "properties": {
                "hardwareProfile": {"vmSize": "Standard_D2s_v5"},
                "storageProfile": {
                    "osDisk": {"createOption": "Attach", "osType": "Linux", "managedDisk": {"id": disks[0]}},
                    "dataDisks": [
                        {"lun": lun, "createOption": "Attach", "managedDisk": {"id": disk}}
                        for lun, disk in enumerate(disks[1:])
                    ],
                },
                "networkProfile": {
                    "networkApiVersion": "2020-11-01",
                    "networkInterfaceConfigurations": [
                        {"name": "nic", "properties": {"primary": True, "ipConfigurations": [configuration]}}
                    ],
                },
                **properties,
            },
        }


def make_arm(extra: dict[str, Any] | None = None) -> Arm:
    """A client of a new sandbox with the seed of these tests."""
    seed = parse_seed({**SEED, **(extra or {})})
    assert seed.start_time is not None
    application = Application(VirtualClock(seed.start_time, 0), RequestLog(), seed, base_url="https://127.0.0.1:1")
    return Arm(application)
