# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Storage accounts as WSGI applications, one port for blobs and one for tables: outage, faults, identity, copies, log."""

from __future__ import annotations

import base64
import hashlib
import json
import threading
import time
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode
from xml.etree import ElementTree

from ...faults import Fault
from ...server import ConnectionDropped
from ...virtual_clock import http_date, timestamp
from .azurite import Answer, Azurite
from .call import Call, StorageError
from .copies import Copies
from .identities import admit
from .world import Account, PlantedBlob, World

if TYPE_CHECKING:
    from ...application import Application

_EVERY = frozenset({"status", "drop", "delay"})
_COPY = _EVERY | {"copy_end"}
_SHOWN = 1000
_TYPES = {"block": "BlockBlob", "page": "PageBlob", "append": "AppendBlob"}
_BLOCK = 4 * 1024 * 1024


class StorageService:
    """Everything behind the ports of the storage accounts; it shares clock, faults, log and tokens with the sandbox."""

    def __init__(self, application: Application, authority: Path | None) -> None:
        self._app = application
        self._authority = authority
        self._lock = threading.RLock()
        self._azurite: Azurite | None = None
        self._copies: Copies | None = None
        self.world = World()
        self.ports: dict[str, int] = {}

    def plant(self, world: World) -> None:
        """Replace the whole state. Azurite goes on as long as the accounts stay the same."""
        with self._lock:
            self.world = world
            wanted = {account.name: account.key for account in world.accounts.values()}
            if self._azurite is not None and self._azurite.accounts == wanted:
                self._wipe(self._azurite)
            else:
                self.stop()
                self._azurite = Azurite(world.accounts.values(), self._app.clock, self._authority) if wanted else None
            self._copies = Copies(world, self._azurite, self._app.faults) if self._azurite else None
            if self._azurite is not None:
                with ThreadPoolExecutor(max_workers=8) as pool:
                    for account in world.accounts.values():
                        self._plant_account(self._azurite, account, pool)

    def connect(self, open_port: Callable[[Any], int]) -> None:
        """Say how a port is opened for a WSGI application."""
        for kind in ("blob", "table"):
            if kind not in self.ports:
                self.ports[kind] = open_port(self.front(kind))

    def stop(self) -> None:
        """End Azurite."""
        if self._azurite is not None:
            self._azurite.stop()
            self._azurite = None

    def settle(self) -> None:
        """Bring the copies up to now."""
        with self._lock:
            if self._copies is not None:
                self._copies.settle(self._app.clock.now(), frozenset(self._app.manager.state.outages))

    def endpoint(self, kind: str, account: str) -> str:
        """Where an account is."""
        return f"https://127.0.0.1:{self.ports.get(kind, 0)}/{account}"

    def connection_string(self, account: Account) -> str:
        """What tools take to find an account."""
        return (
            f"DefaultEndpointsProtocol=https;AccountName={account.name};AccountKey={account.key};"
            f"BlobEndpoint={self.endpoint('blob', account.name)};TableEndpoint={self.endpoint('table', account.name)};"
        )

    # --- planting ----------------------------------------------------------------------------------------------------

    def _wipe(self, azurite: Azurite) -> None:
        for account in azurite.accounts:
            for name in _names(azurite.call("GET", account, "/", {"comp": "list"}), "Container"):
                # A lease of a container or blob does not keep it from a new seed.
                azurite.call("PUT", account, f"/{name}", {"comp": "lease", "restype": "container"},
                             {"x-ms-lease-action": "break", "x-ms-lease-break-period": "0"})  # fmt: skip
                _check(azurite.call("DELETE", account, f"/{name}", {"restype": "container"}))
            for table in self._tables(azurite, account):
                _check(azurite.call("DELETE", account, f"/Tables('{table}')", kind="table"))

    def _tables(self, azurite: Azurite, account: str) -> list[str]:
        answer = azurite.call("GET", account, "/Tables", kind="table")
        return [entry["TableName"] for entry in json.loads(_check(answer).content)["value"]]

    def _plant_account(self, azurite: Azurite, account: Account, pool: ThreadPoolExecutor) -> None:
        for container in account.containers:
            public = {"x-ms-blob-public-access": container.public} if container.public else {}
            _check(azurite.call("PUT", account.name, f"/{container.name}", {"restype": "container"}, public))
            place = f"/{container.name}"
            for _done in pool.map(lambda blob, at=place: _put_blob(azurite, account.name, at, blob), container.blobs):
                pass
        for table in account.tables:
            headers = {"Content-Type": "application/json"}
            body = json.dumps({"TableName": table}).encode()
            _check(azurite.call("POST", account.name, "/Tables", headers=headers, body=body, kind="table"))

    # --- requests ----------------------------------------------------------------------------------------------------

    def front(self, kind: str) -> Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]:
        """The WSGI application of one of the services."""

        def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
            path, _mark, query = environ["RAW_URI"].partition("?")
            call = Call(
                kind, environ["REQUEST_METHOD"], path, query, environ["sandbox.headers"], environ["wsgi.input"].read()
            )
            answer = self._serve(call)
            hop = ("date", "connection", "keep-alive", "transfer-encoding", "server")
            headers = [(name, value) for name, value in answer.headers if name.lower() not in hop]
            start_response(f"{answer.status} -", [*headers, ("Date", http_date(self._app.clock.now()))])
            return [answer.content]

        return application

    def _serve(self, call: Call) -> Answer:
        azurite, copies = self._azurite, self._copies
        if azurite is None or copies is None:
            raise ConnectionDropped
        if call.header("User-Agent").startswith("axios/"):
            # Azurite itself, which looks at the source of a copy in another account.
            try:
                return self._admitted(call, azurite, copies, None)
            except StorageError as error:
                return error.answer(call.kind, call.method)
        if self._app.latency:
            time.sleep(self._app.latency)
        copying = call.method == "PUT" and call.header("x-ms-copy-source") and not call.params.get("comp")
        subject = f"storage:{call.account} {call.target}"
        faults = self._app.faults.take(call.method, subject, _COPY if copying else _EVERY)
        names = ",".join(fault.kind for fault in faults) or None
        before = {fault.kind: fault for fault in faults if fault.when == "before"}
        after = {fault.kind: fault for fault in faults if fault.when == "after"}
        try:
            self._act(before)
            with self._lock:
                copies.settle(self._app.clock.now(), frozenset(self._app.manager.state.outages))
            answer = self._admitted(call, azurite, copies, before.get("copy_end"))
            self._act(after)
        except StorageError as error:
            answer = error.answer(call.kind, call.method)
        except ConnectionDropped:
            self._note(call, 0, "", names)
            raise
        self._note(call, answer.status, answer.header("x-ms-error-code"), names)
        return answer

    def _act(self, faults: dict[str, Fault]) -> None:
        if "delay" in faults:
            time.sleep(faults["delay"].seconds or 0)
        if "drop" in faults:
            raise ConnectionDropped
        if "status" in faults:
            fault = faults["status"]
            raise StorageError(fault.status, fault.code, fault.message, fault.retry_after)

    def _admitted(self, call: Call, azurite: Azurite, copies: Copies, ending: Fault | None) -> Answer:
        account = self.world.accounts.get(call.account)
        now = self._app.clock.now()
        if account is not None:
            if account.location in self._app.manager.state.outages:
                raise StorageError(500, "InternalError", "The server encountered an internal error.")
            admitted = admit(call, self.world, self._app.tokens, azurite.pass_for(account.name), now)
            if isinstance(admitted, Answer):
                return admitted
            call = admitted
        if call.blob is not None and call.method == "PUT":
            if call.params.get("comp") == "copy":
                with self._lock:
                    return copies.abort(call, now)
            asynchronous = call.header("x-ms-requires-sync").lower() != "true"
            if call.header("x-ms-copy-source") and not call.params.get("comp") and asynchronous:
                return copies.start(call, ending, now)
        copies.check_write(call)
        answer = azurite.forward(call.kind, call.method, call.target, call.onward(), call.body)
        return copies.after(call, answer, now)

    def _note(self, call: Call, status: int, code: str, fault: str | None) -> None:
        self._app.log.add(
            method=call.method, path=call.path, query=_without_secrets(call), status=status,
            virtual_time=timestamp(self._app.clock.now()), body=None, code=code or None, message=None, fault=fault,
            storage_account=call.account, storage_service=call.kind,
        )  # fmt: skip

    # --- admin -------------------------------------------------------------------------------------------------------

    def describe(self) -> dict[str, Any]:
        """The summary of the state for the admin endpoint; of a container the first thousand blobs."""
        self.settle()
        azurite, now = self._azurite, self._app.clock.now()
        accounts = self.world.accounts.values() if azurite is not None else ()
        return {
            "accounts": [
                {
                    "name": account.name,
                    "id": account.id,
                    "location": account.location,
                    "key": account.key,
                    "blob_endpoint": self.endpoint("blob", account.name),
                    "table_endpoint": self.endpoint("table", account.name),
                    "connection_string": self.connection_string(account),
                    "containers": {
                        name: self._blobs(azurite, account.name, name)
                        for name in _names(azurite.call("GET", account.name, "/", {"comp": "list"}), "Container")
                    },
                    "tables": {
                        table: json.loads(
                            azurite.call(
                                "GET",
                                account.name,
                                f"/{table}()",
                                kind="table",
                            ).content
                        )["value"]
                        for table in self._tables(azurite, account.name)
                    },
                }
                for account in accounts
                if azurite is not None
            ],
            "copies": [
                {
                    "account": blob[0],
                    "container": blob[1],
                    "blob": blob[2],
                    "copy_id": copy.id,
                    "status": copy.status,
                    "description": copy.description,
                    "bytes": copy.copied(now),
                    "of": copy.total,
                    "started": timestamp(copy.started),
                    "ended": None if copy.ended is None else timestamp(copy.ended),
                }
                for blob, copy in list(self.world.copies.items())
            ],
        }

    def _blobs(self, azurite: Azurite, account: str, container: str) -> list[dict[str, Any]]:
        query = {
            "comp": "list",
            "restype": "container",
            "include": "metadata,snapshots,tags",
            "maxresults": str(_SHOWN),
        }
        tree = ElementTree.fromstring(azurite.call("GET", account, f"/{container}", query).content)
        blobs = []
        for entry in tree.iter("Blob"):
            copy = self.world.copies.get((account, container, entry.findtext("Name") or ""))
            metadata = entry.find("Metadata")
            blobs.append(
                {
                    "name": entry.findtext("Name"),
                    "snapshot": entry.findtext("Snapshot") or "",
                    "type": entry.findtext("Properties/BlobType"),
                    "size": int(entry.findtext("Properties/Content-Length") or 0),
                    "md5": entry.findtext("Properties/Content-MD5") or "",
                    "etag": entry.findtext("Properties/Etag") or "",
                    "tier": entry.findtext("Properties/AccessTier") or "",
                    "lease": entry.findtext("Properties/LeaseState") or "",
                    "metadata": {child.tag: child.text or "" for child in metadata} if metadata is not None else {},
                    "tags": {tag.findtext("Key") or "": tag.findtext("Value") or "" for tag in entry.iter("Tag")},
                    "copy": copy.status if copy is not None and not entry.findtext("Snapshot") else "",
                }
            )
        return blobs


def _put_blob(azurite: Azurite, account: str, place: str, blob: PlantedBlob) -> None:
    content, path = blob.content(), f"{place}/{quote(blob.name)}"
    headers = {"x-ms-blob-type": _TYPES[blob.kind], "x-ms-blob-content-type": blob.content_type}
    headers |= {f"x-ms-meta-{name}": value for name, value in blob.metadata.items()}
    if blob.tier:
        headers["x-ms-access-tier"] = blob.tier
    if blob.tags:
        headers["x-ms-tags"] = urlencode(blob.tags)
    if blob.kind == "block":
        if blob.md5:
            headers["x-ms-blob-content-md5"] = base64.b64encode(
                hashlib.md5(content, usedforsecurity=False).digest()
            ).decode()
        if blob.md5 or not content:
            _check(azurite.call("PUT", account, path, headers=headers, body=content))
        else:
            _put_blocks(azurite, account, path, headers, content)
    elif blob.kind == "page":
        _check(azurite.call("PUT", account, path, headers={**headers, "x-ms-blob-content-length": str(len(content))}))
        for start in range(0, len(content), _BLOCK):
            part = content[start : start + _BLOCK]
            written = {"x-ms-page-write": "update", "x-ms-range": f"bytes={start}-{start + len(part) - 1}"}
            _check(azurite.call("PUT", account, path, {"comp": "page"}, written, part))
    else:
        _check(azurite.call("PUT", account, path, headers=headers))
        for start in range(0, len(content), _BLOCK):
            _check(azurite.call("PUT", account, path, {"comp": "appendblock"}, body=content[start : start + _BLOCK]))
    if blob.leased:
        lease = {"x-ms-lease-action": "acquire", "x-ms-lease-duration": "-1"}
        if blob.lease_id:
            lease["x-ms-proposed-lease-id"] = blob.lease_id
        _check(azurite.call("PUT", account, path, {"comp": "lease"}, lease))


def _put_blocks(azurite: Azurite, account: str, path: str, headers: dict[str, str], content: bytes) -> None:
    """Blocks give a blob no MD5, as with all that is uploaded in parts."""
    ids = []
    for number, start in enumerate(range(0, len(content), _BLOCK)):
        ids.append(base64.b64encode(f"{number:08d}".encode()).decode())
        query = {"comp": "block", "blockid": ids[-1]}
        _check(azurite.call("PUT", account, path, query, body=content[start : start + _BLOCK]))
    listed = "".join(f"<Latest>{block}</Latest>" for block in ids)
    body = f'<?xml version="1.0" encoding="utf-8"?><BlockList>{listed}</BlockList>'.encode()
    plain = {name: value for name, value in headers.items() if name != "x-ms-blob-type"}
    _check(azurite.call("PUT", account, path, {"comp": "blocklist"}, plain, body))


def _check(answer: Answer) -> Answer:
    if answer.status >= 300:
        raise RuntimeError(f"Azurite answered {answer.status}: {answer.content[:500]!r}")
    return answer


def _names(answer: Answer, kind: str) -> list[str]:
    tree = ElementTree.fromstring(_check(answer).content)
    return [entry.findtext("Name") or "" for entry in tree.iter(kind)]


def _without_secrets(call: Call) -> str:
    return "&".join(part for part in call.query.split("&") if not part.startswith("sig="))
