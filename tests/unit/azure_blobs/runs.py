# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Runs of the modules' items against the sandbox, on its time: a sleep of the engine moves the virtual clock."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import yaml
from azure.core.credentials import AzureNamedKeyCredential
from azure.data.tables import TableServiceClient
from azure.storage.blob import BlobServiceClient, ContainerClient
from sandbox.cli import build
from werkzeug.test import Client

from ansible_collections.bcdr.multicloud.plugins.module_utils._core.reconcile import (
    Clock,
    Engine,
    Outcome,
    Settings,
)
from ansible_collections.bcdr.multicloud.tests.unit.aws.definitions import definition, validated

Json = dict[str, Any]
PHOTOS = [
    {"name": "a/{n:02d}.jpg", "count": 4, "size": 2000, "metadata": {"owner": "red"}},
    {"name": "b/blocks.bin", "size": 3000, "md5": False},
    {"name": "disk.vhd", "type": "page", "size": 1024},
    {"name": "log.txt", "type": "append", "text": "hello"},
]
ALL = ["a/01.jpg", "a/02.jpg", "a/03.jpg", "a/04.jpg", "b/blocks.bin", "disk.vhd", "log.txt"]


def seed(photos: list[Json] | None = None, copies: list[Json] | None = None, **storage: Any) -> Json:
    """A seed of three accounts: what is copied, two to copy to, of which the second holds the tables."""
    return {
        "start_time": "2026-03-01T08:00:00Z",
        "storage": {
            "accounts": [
                {
                    "name": "primary",
                    "location": "westeurope",
                    "containers": [{"name": "photos", "blobs": PHOTOS if photos is None else photos}],
                },
                {
                    "name": "secondary",
                    "location": "northeurope",
                    "containers": [{"name": "photos", "blobs": copies or []}],
                },
                {"name": "third", "location": "swedencentral", "containers": [{"name": "photos"}]},
            ],
            **storage,
        },
    }


class Storage:
    """The sandbox, and clients of its accounts that go past the modules."""

    def __init__(self, folder: Path) -> None:
        path = folder / "seed.yml"
        path.write_text(yaml.safe_dump(seed()), encoding="utf-8")
        self.sandbox = build(str(path), folder, speed=0)
        self.sandbox.start()
        self.application = self.sandbox.application
        self._admin = Client(self.application)
        self.environment = {
            name: value for name, value in self.sandbox.exports().items() if name.startswith(("AZURE_", "REQUESTS_"))
        }
        self._clients: list[Any] = []

    @property
    def service(self) -> Any:
        return self.application.storage

    def plant(self, *args: Any, **kwargs: Any) -> Storage:
        self.admin("POST", "seed", seed(*args, **kwargs))
        self.forget_calls()
        return self

    def admin(self, method: str, path: str, body: Any = None) -> Any:
        answer = self._admin.open(f"/_sandbox/{path}", method=method, json=body)
        assert answer.status_code == 200, answer.text
        return answer.json

    def advance(self, seconds: float) -> None:
        self.admin("POST", "clock/advance", {"seconds": seconds})

    def fault(self, **fields: Any) -> None:
        self.admin("POST", "faults", [fields])

    def account(self, name: str) -> Json:
        """How an account is given to the modules, without its right."""
        return {"account_name": name, "blob_endpoint": self.service.endpoint("blob", name)}

    def key(self, name: str) -> str:
        return str(self.service.world.accounts[name].key)

    def with_key(self, name: str, container: str = "photos") -> Json:
        return {**self.account(name), "account_key": self.key(name), "container": container}

    def table(self, name: str = "copyjobs") -> Json:
        return {"connection_string": self.service.connection_string(self.service.world.accounts["third"]), "name": name}

    def blobs(self, name: str) -> BlobServiceClient:
        """A client past the modules."""
        credential = AzureNamedKeyCredential(name, self.key(name))
        client = BlobServiceClient(self.service.endpoint("blob", name), credential=credential, retry_total=0)
        self._clients.append(client)
        return client

    def container(self, name: str, container: str = "photos") -> ContainerClient:
        return self.blobs(name).get_container_client(container)

    def jobs(self, table: str = "copyjobs") -> dict[str, Json]:
        """The job records by the names of the blobs."""
        credential = AzureNamedKeyCredential("third", self.key("third"))
        with TableServiceClient(self.service.endpoint("table", "third"), credential=credential) as client:
            return {entry["Blob"]: dict(entry) for entry in client.get_table_client(table).list_entities()}

    def held(self, name: str, container: str = "photos") -> dict[str, Json]:
        """The blobs of a container by their names, as the admin endpoint tells them."""
        accounts = {entry["name"]: entry for entry in self.admin("GET", "state")["storage"]["accounts"]}
        return {entry["name"]: entry for entry in accounts[name]["containers"][container]}

    def calls(self, contains: str = "storage:") -> list[str]:
        """METHOD ACCOUNT of each call since the log was cleared, with `list` for those that list."""
        entries = self.admin("GET", f"requests?contains={contains}")["requests"]
        return [
            f"{entry['method']} {entry['storage_account']}{' list' if 'comp=list' in entry['query'] else ''}"
            for entry in entries
        ]

    def forget_calls(self) -> None:
        self.admin("DELETE", "requests")

    def close(self) -> None:
        for client in self._clients:
            client.close()
        self._clients = []


class Run:
    """One run of a module; `meanwhile` is called before each sleep with the count of sleeps before it."""

    def __init__(
        self,
        storage: Storage,
        module: str = "azure_blob_copy",
        *,
        check_mode: bool = False,
        wait: bool = True,
        timeout: float = 6 * 3600,
        meanwhile: Callable[[int], None] | None = None,
        **options: Any,
    ) -> None:
        made = definition(module)
        self._settings = Settings(check_mode=check_mode, wait=wait, wait_timeout=timeout, wait_delay=60)
        self._provider: Any = made.provider(self._settings)
        self._storage, self._meanwhile, self.sleeps = storage, meanwhile, 0
        usual = {"source": storage.with_key("primary"), "destinations": [storage.with_key("secondary")]}
        own = {name: value for name, value in usual.items() if name in made.item_spec}
        self.item: Any = self._provider.reconciler(validated(made, {**own, **options}))

    def _sleep(self, seconds: float) -> None:
        if self._meanwhile is not None:
            self._meanwhile(self.sleeps)
        self.sleeps += 1
        self._storage.advance(seconds)

    def go(self) -> Outcome:
        clock = Clock(self._storage.application.clock.now, self._sleep)
        try:
            [one] = Engine(self._settings, clock, before_round=self._provider.before_round).run([self.item])
        finally:
            self.close()
        return one

    def close(self) -> None:
        """Let go of connections; a module's process ends instead."""
        for session in self._provider._sessions.values():
            if session._transport is not None:
                session._session.close()


def run(storage: Storage, module: str = "azure_blob_copy", **options: Any) -> Outcome:
    """Return how a run ends."""
    return Run(storage, module, **options).go()


def told(one: Outcome) -> list[str]:
    """Return what a run did, or would do."""
    return [action.describe() for action in one.done]


def first(one: Outcome) -> Json:
    """Return what is told of the first destination."""
    return dict(one.result["destinations"][0])
