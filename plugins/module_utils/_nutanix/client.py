# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One login at one Prism Central: calls by Nutanix's own client libraries, errors as ours, and the server's time.

Signing in, sessions, retries and serialisation are the libraries'. Two things are done here instead:

- They ask the server for its version before each call until it answers, and print a traceback when it does not. Here it
  is asked once.
- They give one page of a list, of 100 entries at most. Here all of them are read.
"""

from __future__ import annotations

import datetime
import email.utils
import re
import threading
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from ansible_collections.bcdr.multicloud.plugins.module_utils._core.errors import (
    BcdrError,
    InvalidRequest,
    ProviderError,
    Unavailable,
)
from ansible_collections.bcdr.multicloud.plugins.module_utils._core.provider import Memory
from ansible_collections.bcdr.multicloud.plugins.module_utils._nutanix.answers import (
    api_error,
    decoded,
    error_details,
    field,
    one_line,
    plain_text,
)
from ansible_collections.bcdr.multicloud.plugins.module_utils._nutanix.library import Library
from ansible_collections.bcdr.multicloud.plugins.module_utils._nutanix.login import Login, login_of

PAGE_SIZE = 100

# A list of each namespace, to find out which versions of the API a server has.
_PROBES = {
    "dataprotection": "config/recovery-points",
    "prism": "config/tasks",
    "vmm": "ahv/config/vms",
    "clustermgmt": "config/clusters",
    "volumes": "config/volume-groups",
}
# Newer releases of the libraries speak to v4.2 and later only, so older servers need these.
_RELEASES = {"v4.1": "4.1.1", "v4.0": "4.0.1"}
_ADDRESS = re.compile(r"<[^<>]* object at 0x[0-9a-f]+>:?\s*")


@dataclass(frozen=True)
class Answer:
    """What a call gave: plain data in snake case, the entity's ETag ("" if it has none), how many a list has in all."""

    data: Any
    etag: str = ""
    total: int | None = None


class PrismCentral:
    """Calls of one login. Libraries are loaded when a namespace is first used, and shared by all threads."""

    def __init__(self, login: Login) -> None:
        self.login = login
        # Good for a round of passes, and for the whole run.
        self.memory, self.lasting = Memory(), Memory()
        self._libraries: dict[str, Library] = {}
        self._lock = threading.Lock()
        self._server_time: datetime.datetime | None = None

    @property
    def name(self) -> str:
        """Where it is, for people."""
        return f"{self.login.host}:{self.login.port}"

    @property
    def answered_at(self) -> datetime.datetime | None:
        """The server's time as of its latest answer."""
        return self._server_time

    def now(self) -> datetime.datetime:
        """Return the server's time as of its latest answer, so that clocks that differ do no harm."""
        if self._server_time is None:
            raise BcdrError("Prism Central has not answered yet, so its time is not known")
        return self._server_time

    def call(
        self, namespace: str, api: str, operation: str, *arguments: Any, etag: str = "", token: str = "", **options: Any
    ) -> Answer:
        """Return the answer of one call, such as call("dataprotection", "RecoveryPointsApi", "get_recovery_point_by_id", id).

        `etag` is sent as If-Match. `token` is the NTNX-Request-Id: a change that was asked for with it before is not
        made again, and answered as it was then. Raises ProviderError and its kinds, InvalidRequest, MissingLibrary.
        """
        library = self._library(namespace)
        request_id = token or str(uuid.uuid4())
        if etag:
            options["if_match"] = etag
        options["NTNX-Request-Id"] = request_id
        with self._errors(library, operation, request_id):
            # A list has no data when it is empty, and some calls have none at all.
            answer = getattr(library.api(api), operation)(*arguments, **options)
        self._note_time(library.headers())
        data = _plain(getattr(answer, "data", None))
        if isinstance(data, (bytes, str)):
            # The library takes a page of text for data.
            text = f"the answer is not the API's: {plain_text(decoded(data))}"
            raise ProviderError(text, operation=operation, request_id=request_id)
        if str(field(data, "_object_type")).endswith(".error.ErrorResponse"):
            raise api_error(200, "", data, {}, operation=operation, request_id=request_id)
        total = getattr(getattr(answer, "metadata", None), "total_available_results", None)
        etag_now = "" if isinstance(data, list) else library.client.get_etag(answer) or ""
        return Answer(data, etag_now, total)

    def post_v3(self, path: str, body: Mapping[str, Any]) -> Any:
        """Return the data of a call of API v3, which the libraries have no function for; raises as `call` does."""
        library = self._library("dataprotection")
        with self._errors(library, path, "", versions=False):
            answer = library.request("POST", f"/api/nutanix/v3/{path}", body)
        self._note_time(library.headers())
        return answer

    def items(self, namespace: str, api: str, operation: str, *arguments: Any, **options: Any) -> list[dict[str, Any]]:
        """Return all entries of a list call, of all its pages; each once, should things move between two pages.

        `options` are those of the call, such as `_filter` and `_orderby`.
        """
        found: dict[str, dict[str, Any]] = {}
        page = 0
        while True:
            answer = self.call(namespace, api, operation, *arguments, _page=page, _limit=PAGE_SIZE, **options)
            entries = answer.data or []
            for entry in entries:
                found.setdefault(str(entry.get("ext_id") or len(found)), entry)
            page += 1
            if len(entries) < PAGE_SIZE or (answer.total is not None and page * PAGE_SIZE >= answer.total):
                return list(found.values())

    def build(self, namespace: str, type_name: str, fields: Mapping[str, Any]) -> Any:
        """Return an object of the library for a request: `fields` in snake case, nested as the API is, None left out.

        `type_name` is the API's (dataprotection.v4.config.RecoveryPoint). Where the API takes one of several types, the
        mapping names its own as `object_type`. Raises InvalidRequest for what the library refuses or is too old for.
        """
        library = self._library(namespace)
        kind = library.type_named(type_name)
        if kind is None:
            raise InvalidRequest(
                f"{library.distribution} {library.release} does not know {type_name}; install a newer one"
            )
        values = {}
        for name, value in fields.items():
            if value is None or name == "object_type":
                continue
            if name not in kind.swagger_types:
                raise InvalidRequest(
                    f"{name}: {library.distribution} {library.release} does not know it for {type_name.rsplit('.', 1)[-1]}; "
                    "it came with a later version of the API"
                )
            values[name] = self._nested(namespace, kind.swagger_types[name], value)
        built = kind()
        try:
            for name, value in values.items():
                setattr(built, name, value)  # which checks it, as the constructor does not
        except (ValueError, TypeError) as error:
            raise InvalidRequest(f"{type_name.rsplit('.', 1)[-1]}: {one_line(error)}") from error
        return built

    def _nested(self, namespace: str, kind: str, value: Any) -> Any:
        if isinstance(value, (list, tuple)):
            inside = re.sub(r"^list\[(.*)\]$", r"\1", kind)
            return [self._nested(namespace, inside, one) for one in value]
        if isinstance(value, Mapping):
            return self.build(namespace, value.get("object_type") or kind, value)
        return value

    def server_version(self, namespace: str) -> str:
        """Return the newest version of a namespace that the server says it has, v4.4; "" if it does not say."""
        return self._library(namespace).server_version

    def close(self) -> None:
        """Close all connections."""
        with self._lock:
            for library in self._libraries.values():
                library.client.rest_client.pool_manager.clear()

    # --- libraries ---------------------------------------------------------------------------------------------------

    def _library(self, namespace: str) -> Library:
        with self._lock:
            if namespace not in self._libraries:
                self._libraries[namespace] = Library(namespace, self.login)
            library = self._libraries[namespace]
        with library.lock:
            if not library.asked:
                self._negotiate(library)
                library.asked = True
        return library

    def _negotiate(self, library: Library) -> None:
        """Agree on the newest version that both know. Servers before v4.2 have nothing to ask: then it is the library's own."""
        path = f"/api/{library.namespace}/unversioned/info"
        try:
            with self._errors(library, f"negotiating the version of {library.namespace}", "", versions=False):
                answer = library.request("OPTIONS", path)
        except ProviderError as error:
            if error.status != 404:
                raise
            return
        self._note_time(library.headers())
        version = str(field(answer, "data"))
        if not re.match(r"^v\d+\.\d+$", version):
            return
        library.server_version = version
        if hasattr(library.client, "perform_negotiation_between_versions"):
            library.client.negotiated_version = library.client.perform_negotiation_between_versions(
                library.client.SDK_VERSION, version
            )

    def _served_version(self, library: Library) -> str:
        """Return the newest version that a server has which does not tell it; "" if it has none that is known."""
        for version in _RELEASES:
            try:
                library.request("GET", f"/api/{library.namespace}/{version}/{_PROBES[library.namespace]}")
            except library.rest.ApiException as error:
                if error.status == 404:
                    continue
            return version
        return ""

    def _version_error(self, library: Library, operation: str) -> ProviderError | None:
        """Return why a path is not there, if it is for the version in it."""
        spoken = f"{library.distribution} {library.release} speaks {library.version}"
        served = library.server_version or self._served_version(library)
        if served == library.version:
            return None
        if not served:
            text = f"Prism Central {self.name} has no API {library.namespace} that is known here; {spoken}"
        elif served in _RELEASES:
            text = (
                f"Prism Central {self.name} has the API {library.namespace} {served}, and {spoken}; "
                f"install {library.distribution}=={_RELEASES[served]}"
            )
        else:
            text = (
                f"Prism Central {self.name} has the API {library.namespace} {served} and not what was asked for, and {spoken}; "
                f"install another release of {library.distribution}, or update Prism Central"
            )
        return ProviderError(text, status=404, operation=operation)

    # --- errors ------------------------------------------------------------------------------------------------------

    @contextmanager
    def _errors(self, library: Library, operation: str, request_id: str, versions: bool = True) -> Iterator[None]:
        """Raise what the library raises as ours. Only what the network or the server did may go better next time."""
        import urllib3.exceptions

        try:
            yield
        except BcdrError:
            raise
        except library.rest.ApiException as error:
            raise self._api_exception(library, error, operation, request_id, versions) from error
        except urllib3.exceptions.HTTPError as error:
            raise self._no_connection(error, operation) from error
        except OSError as error:
            raise Unavailable(one_line(error), operation=operation) from error
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            # Nothing that was asked for: `build` has checked that. The answer is none that the library can read.
            text = f"{library.distribution} {library.release} cannot read the answer: {type(error).__name__}: {one_line(error)}"
            raise ProviderError(text, operation=operation, request_id=request_id) from error

    def _api_exception(
        self, library: Library, error: Any, operation: str, request_id: str, versions: bool
    ) -> BcdrError:
        headers = dict(error.headers or {})
        self._note_time(headers)
        reason = str(error.reason or "")
        if not error.status and reason.startswith("SSLError"):
            return self._untrusted(reason.partition("\n")[2] or reason)
        body = decoded(error.body)
        if versions and error.status == 404 and error_details(body) is None:
            outdated = self._version_error(library, operation)
            if outdated is not None:
                return outdated
        return api_error(error.status, reason, body, headers, operation=operation, request_id=request_id)

    def _no_connection(self, error: Exception, operation: str) -> BcdrError:
        reason = getattr(error, "reason", None) or error
        text = _ADDRESS.sub("", one_line(reason))
        if "certificate" in text.lower():
            return self._untrusted(text)
        return Unavailable(f"Prism Central {self.name} cannot be reached: {text}", operation=operation)

    def _untrusted(self, text: str) -> InvalidRequest:
        return InvalidRequest(
            f"ca_path: the certificate of Prism Central {self.name} cannot be verified: {one_line(text)}; give the file with "
            "its certificate authority, or validate_certs: false"
        )

    def _note_time(self, headers: Mapping[str, str]) -> None:
        date = next((value for name, value in headers.items() if name.lower() == "date"), None)
        if date:
            try:
                self._server_time = email.utils.parsedate_to_datetime(date).astimezone(datetime.timezone.utc)
            except ValueError:
                return


def _plain(data: Any) -> Any:
    """Return an object of the library, or a list of them, as plain data."""
    if isinstance(data, list):
        return [_plain(one) for one in data]
    return data.to_dict() if hasattr(data, "to_dict") else data


def connect(params: Mapping[str, Any], connections: int) -> PrismCentral:
    """Return the Prism Central for the options of `NUTANIX_SPEC`; nothing has been sent yet.

    Raises InvalidRequest for options that do not fit together.
    """
    return PrismCentral(login_of(params, connections))
