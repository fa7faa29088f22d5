# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Copies that take their time: Azurite makes every copy at once, and here it is pending until its time has come.

While it is pending nothing may change the blob; its end makes it anew, so that ETag and date are those of the end. One
that fails or is aborted leaves a blob of no length with the metadata.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import suppress
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, quote, unquote, urlencode, urlsplit
from xml.etree import ElementTree

from ...faults import Fault
from ...virtual_clock import http_date, parse_time
from .azurite import Answer, Azurite, Headers
from .call import Call, StorageError
from .world import BlobKey, Copy, World

if TYPE_CHECKING:
    from ...faults import FaultList

_KEPT = re.compile(r"^x-ms-(meta-.*|access-tier|tags|lease-id)$", re.IGNORECASE)
_ADJUSTS = frozenset(("metadata", "page", "appendblock", "tier", "tags", "lease", "snapshot"))
_READING = "Copy failed when reading the source."
_PENDING = StorageError(409, "PendingCopyOperation", "There is currently a pending copy operation.")


class Copies:
    """Starts, ends and shows copies."""

    def __init__(self, world: World, azurite: Azurite, faults: FaultList) -> None:
        self.world = world
        self._azurite = azurite
        self._faults = faults

    # --- start and abort ---------------------------------------------------------------------------------------------

    def start(self, call: Call, ending: Fault | None, now: float) -> Answer:
        """Have Azurite make a copy; between accounts it is pending from then on."""
        blob = call.blob
        assert blob is not None
        source_url = call.header("x-ms-copy-source")
        found = _source(source_url)
        if self.pending(blob):
            raise _PENDING
        target = self._properties(blob)
        origin = self._properties(found[0], found[1]) if found else None
        if target is not None and origin is not None:
            if target.header("x-ms-blob-type") != origin.header("x-ms-blob-type"):
                raise StorageError(409, "InvalidBlobType", "The blob type is invalid for this operation.")
            if target.header("x-ms-lease-duration") == "fixed" and call.header("x-ms-lease-id"):
                text = "The lease ID matched, but the specified lease must be an infinite-duration lease."
                raise StorageError(412, "InfiniteLeaseDurationRequired", text)
        answer = self._azurite.forward("blob", call.method, call.target, call.onward(), call.body)
        if answer.status != 202 or found is None or origin is None:
            return answer
        self.world.copies.pop(blob, None)
        durations = self.world.durations
        total = int(origin.header("Content-Length") or 0)
        needs = durations.copy_base + total / (durations.copy_mb_per_second * 1e6)
        if found[0][0] == blob[0] or not durations.copy_base:
            return answer
        until = dict(parse_qsl(urlsplit(source_url).query)).get("se")
        metadata = {name: value for name, value in call.headers if name.lower().startswith("x-ms-meta-")}
        self.world.copies[blob] = Copy(
            id=answer.header("x-ms-copy-id"),
            source_url=source_url,
            source=found[0],
            source_snapshot=found[1],
            source_etag=origin.header("ETag"),
            total=total,
            started=now,
            needs=needs,
            etag=answer.header("ETag"),
            headers={name: value for name, value in call.headers if _KEPT.match(name)},
            metadata=metadata or _metadata(origin),
            blob_type=origin.header("x-ms-blob-type"),
            source_until=parse_time(until) if until else None,
            forced=None if ending is None else (ending.state.lower(), ending.message, ending.seconds),
            seen=now,
        )
        self.world.pending.add(blob)
        headers = [(name, value) for name, value in answer.headers if name.lower() != "x-ms-copy-status"]
        return Answer(202, [*headers, ("x-ms-copy-status", "pending")], answer.content)

    def abort(self, call: Call, now: float) -> Answer:
        """Abort a copy that is pending; Azurite answers for all others."""
        blob = call.blob
        assert blob is not None
        copy = self.pending(blob)
        if copy is None:
            return self._azurite.forward("blob", call.method, call.target, call.onward(), call.body)
        # Azurite checks the right to do it, and has nothing to abort.
        asked = self._azurite.forward("blob", call.method, call.target, call.onward(), call.body)
        if asked.status not in (204, 409):
            return asked
        if call.params.get("copyid") != copy.id:
            raise StorageError(
                409, "CopyIdMismatch", "The specified copy ID did not match the copy ID for the pending copy operation."
            )
        self._end(blob, copy, "aborted", "", now)
        return Answer(204, [], b"")

    def check_write(self, call: Call) -> None:
        """Nothing changes a blob while a copy to it is pending, and nobody reads what is not there yet."""
        blob = call.blob
        if blob is None or self.pending(blob) is None or "snapshot" in call.params:
            return
        comp = call.params.get("comp", "")
        if call.method == "HEAD" or (call.method == "GET" and comp) or comp in ("lease", "copy"):
            return
        raise _PENDING

    def pending(self, blob: BlobKey) -> Copy | None:
        """The pending copy to a blob."""
        copy = self.world.copies.get(blob)
        return copy if copy is not None and copy.status == "pending" else None

    # --- time --------------------------------------------------------------------------------------------------------

    def settle(self, now: float, outages: frozenset[str]) -> None:
        """End what is over. A copy makes no progress while it is frozen, or while a region of it is down."""
        for blob in list(self.world.pending):
            copy = self.world.copies[blob]
            places = {
                self.world.accounts[name].location for name in (blob[0], copy.source[0]) if name in self.world.accounts
            }
            subject = f"storage:{blob[0]} /{'/'.join(blob)}"
            if places & outages or self._faults.holding("PUT", subject, "freeze_replication"):
                copy.started += now - copy.seen
            copy.seen = now
            if copy.due() <= now:
                state, why = self._outcome(copy)
                self._end(blob, copy, state, why, copy.due())

    def _outcome(self, copy: Copy) -> tuple[str, str]:
        if copy.forced is not None:
            return copy.forced[0], "" if copy.forced[0] == "aborted" else copy.forced[1]
        if copy.source_until is not None and copy.source_until < copy.due():
            return "failed", f"403 AuthenticationFailed {_READING}"
        source = self._properties(copy.source, copy.source_snapshot)
        if source is None:
            return "failed", f"404 BlobNotFound {_READING}"
        if source.header("ETag") != copy.source_etag:
            return "failed", f"412 ConditionNotMet {_READING}"
        return "success", ""

    def _end(self, blob: BlobKey, copy: Copy, state: str, why: str, moment: float) -> None:
        if state == "success":
            snapshot = {"snapshot": copy.source_snapshot} if copy.source_snapshot else {}
            query = urlencode({**snapshot, **self._azurite.pass_for(copy.source[0])})
            url = f"http://127.0.0.1:{self._azurite.ports['blob']}{_path(copy.source)}?{query}"
            headers = {**copy.headers, "x-ms-copy-source": url}
        else:
            headers = {"x-ms-blob-type": copy.blob_type, **copy.metadata}
            headers |= {name: value for name, value in copy.headers.items() if name.lower() == "x-ms-lease-id"}
            if copy.blob_type == "PageBlob":
                headers["x-ms-blob-content-length"] = "0"
        answer = self._azurite.call("PUT", blob[0], _path(blob[1:]), headers=headers, at=moment)
        if answer.status >= 300:
            # Such as a lease or a container that went meanwhile.
            state, why = "failed", f"{answer.status} {answer.header('x-ms-error-code')} Copy failed."
        copy.status, copy.description, copy.ended = state, why, moment
        self.world.pending.discard(blob)
        copy.etag = answer.header("ETag") or copy.etag

    # --- answers -----------------------------------------------------------------------------------------------------

    def after(self, call: Call, answer: Answer, now: float) -> Answer:
        """The answer of Azurite with what is known here of copies."""
        params = call.params
        if call.kind == "blob" and params.get("comp") == "list" and params.get("restype") == "container":
            return self._listed(call, answer, now) if answer.status == 200 else answer
        blob = call.blob
        if blob is None or answer.status >= 300 or "snapshot" in params:
            return answer
        copy = self.world.copies.get(blob)
        if copy is None:
            return answer
        if call.method == "DELETE" and copy.status != "pending":
            del self.world.copies[blob]
        etag = answer.header("ETag")
        if call.method == "PUT" and etag and params.get("comp") in _ADJUSTS:
            copy.etag = etag
        if call.method not in ("GET", "HEAD") or params.get("comp", "metadata") != "metadata" or etag != copy.etag:
            return answer
        hidden = {"content-md5"} if copy.status == "pending" else set()
        kept = [
            (name, value)
            for name, value in answer.headers
            if not name.lower().startswith("x-ms-copy-") and name.lower() not in hidden
        ]
        return Answer(answer.status, [*kept, *_shown(copy, now)], answer.content)

    def _listed(self, call: Call, answer: Answer, now: float) -> Answer:
        """A list tells of copies only where that is asked for."""
        account, container = call.parts[:2]
        asked = "copy" in call.params.get("include", "").split(",")
        known = asked and any(key[:2] == (account, container) for key in self.world.copies)
        if asked and not known:
            return answer
        tree = ElementTree.fromstring(answer.content)
        for entry in tree.iter("Blob"):
            properties = entry.find("Properties")
            if properties is None:
                continue
            copy = self.world.copies.get((account, container, entry.findtext("Name") or ""))
            mine = (
                copy is not None
                and not entry.findtext("Snapshot")
                and properties.findtext("Etag") == copy.etag.strip('"')
            )
            if not asked or mine:
                for child in [child for child in properties if child.tag.startswith("Copy")]:
                    properties.remove(child)
            if asked and mine and copy is not None:
                if copy.status == "pending":
                    for child in properties.findall("Content-MD5"):
                        properties.remove(child)
                for name, value in _shown(copy, now):
                    tag = "".join(word.capitalize() for word in name.removeprefix("x-ms-").split("-"))
                    ElementTree.SubElement(properties, tag).text = value
        content = b'<?xml version="1.0" encoding="UTF-8"?>' + ElementTree.tostring(tree)
        return Answer(answer.status, answer.headers, content)

    def _properties(self, blob: BlobKey, snapshot: str = "") -> Answer | None:
        query = {"snapshot": snapshot} if snapshot else {}
        if blob[0] not in self._azurite.accounts:
            return None
        answer = self._azurite.call("HEAD", blob[0], _path(blob[1:]), query)
        return answer if answer.status == 200 else None


def _shown(copy: Copy, now: float) -> Iterator[tuple[str, str]]:
    yield "x-ms-copy-id", copy.id
    yield "x-ms-copy-source", copy.source_url
    yield "x-ms-copy-status", copy.status
    yield "x-ms-copy-progress", f"{copy.copied(now)}/{copy.total}"
    if copy.ended is not None:
        yield "x-ms-copy-completion-time", http_date(copy.ended)
    if copy.description:
        yield "x-ms-copy-status-description", copy.description


def _metadata(answer: Answer) -> dict[str, str]:
    return {name: value for name, value in answer.headers if name.lower().startswith("x-ms-meta-")}


def _path(parts: tuple[str, ...]) -> str:
    return "/" + "/".join(quote(part, safe="/" if index == len(parts) - 1 else "") for index, part in enumerate(parts))


def _source(url: str) -> tuple[BlobKey, str] | None:
    """Account, container and blob of a copy's source, and its snapshot."""
    with suppress(ValueError):
        parts = urlsplit(url)
        account, container, blob = parts.path.lstrip("/").split("/", 2)
        snapshot = dict(parse_qsl(parts.query)).get("snapshot", "")
        return (unquote(account), unquote(container), unquote(blob)), snapshot
    return None


__all__ = ["Copies", "Headers"]
