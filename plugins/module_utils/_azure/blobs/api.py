# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The calls to Azure's blob service, each in a function, with errors as ours. Retry and transport are the library's."""

from __future__ import annotations

import base64
import contextlib
import datetime
import email.utils
import threading
import urllib.parse
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from ansible_collections.bcdr.multicloud.plugins.module_utils._azure.blobs.accounts import IDENTITY, KEY, SAS, Account
from ansible_collections.bcdr.multicloud.plugins.module_utils._azure.blobs.values import Blob, CopyState
from ansible_collections.bcdr.multicloud.plugins.module_utils._core.errors import (
    BcdrError,
    Conflict,
    InvalidRequest,
    MissingLibrary,
    ProviderError,
    Throttled,
    Unavailable,
    hide,
)

STORAGE_SCOPE = "https://storage.azure.com/.default"
# Clocks of the service's own machines differ (learn.microsoft.com/azure/storage/common/storage-sas-overview).
_SKEW = datetime.timedelta(minutes=15)
_LONGEST_DELEGATION = datetime.timedelta(days=7)
_PAGE = 5000
# What says that somebody else was faster, or that what was seen is no longer so.
_CONFLICTS = frozenset(
    (
        "BlobAlreadyExists",
        "ConditionNotMet",
        # Its name is free again half a minute after it was deleted, or later.
        "ContainerBeingDeleted",
        "PendingCopyOperation",
        "SourceConditionNotMet",
        "TargetConditionNotMet",
        "UpdateConditionNotSatisfied",
        "EntityAlreadyExists",
        "SnapshotOperationRateExceeded",
    )
)
REFUSALS = frozenset(
    (
        "AuthenticationFailed",
        "AuthorizationFailure",
        "AuthorizationPermissionMismatch",
        "AuthorizationProtocolMismatch",
        "AuthorizationResourceTypeMismatch",
        "AuthorizationServiceMismatch",
        "AuthorizationSourceIPMismatch",
        "InsufficientAccountPermissions",
        "InvalidAuthenticationInfo",
        "NoAuthenticationInformation",
        "PublicAccessNotPermitted",
    )
)


class BlobAccount:
    """One account's blobs, with its own time. Thread-safe."""

    def __init__(self, account: Account, client: Any) -> None:
        self.account = account
        self._client = client
        self._lock = threading.Lock()
        self._answered: datetime.datetime | None = None
        self._delegating = threading.Lock()
        self._delegation: tuple[Any, datetime.datetime] | None = None

    def now(self) -> datetime.datetime:
        """Return the service's time as of its latest answer, so that clocks that differ do no harm."""
        if self._answered is None:
            raise BcdrError(f"account {self.account.name} has not answered yet, so its time is not known")
        return self._answered

    def heard(self, response: Any) -> datetime.datetime | None:
        """Take the time from an answer, and return it; a hook of the library's calls."""
        moment = _date(response.http_response.headers)
        if moment is not None:
            with self._lock:
                self._answered = max(moment, self._answered or moment)
        return moment

    def list_blobs(
        self,
        container: str,
        prefix: str,
        include: Sequence[str],
        heard: Callable[[datetime.datetime], None] = lambda moment: None,
    ) -> Iterator[Blob]:
        """Yield the blobs of a container page by page; raises ProviderError with code ContainerNotFound where it is not.

        `heard` is called with the service's time of each page.
        """

        def hook(response: Any) -> None:
            moment = self.heard(response)
            if moment is not None:
                heard(moment)

        pages = iter(
            self._client.get_container_client(container)
            .list_blobs(
                name_starts_with=prefix or None,
                include=list(include),
                results_per_page=_PAGE,
                raw_response_hook=hook,
            )
            .by_page()
        )
        while True:
            with self._told(f"list {self.account.name}/{container}"):
                page = next(pages, None)
                if page is None:
                    return
                # Ours are a tenth of the size of the library's, of which no more than a page is ever there.
                blobs = [_blob(entry) for entry in page]
            del page
            yield from blobs

    def get_blob(self, container: str, name: str) -> Blob | None:
        """Return one blob, None when there is none; without its tags."""
        with self._told(f"read {self.account.name}/{container}/{name}"):
            try:
                found = self._client.get_blob_client(container, name).get_blob_properties(raw_response_hook=self.heard)
            except _errors().ResourceNotFoundError as error:
                if _code(error) == "ContainerNotFound":
                    raise
                return None
        return _blob(found)

    def read_text(self, container: str, name: str) -> tuple[str, str] | None:
        """Return the text of a small blob and its ETag, None when there is none."""
        with self._told(f"read {self.account.name}/{container}/{name}"):
            try:
                stream = self._client.get_blob_client(container, name).download_blob(
                    encoding="utf-8", raw_response_hook=self.heard
                )
                return str(stream.readall()), str(stream.properties.etag).strip('"')
            except _errors().ResourceNotFoundError:
                return None

    def write_text(self, container: str, name: str, text: str, etag: str | None) -> None:
        """Write a small blob over the one with this ETag, None for over nothing; raises Conflict for another."""
        from azure.core import MatchConditions
        from azure.storage.blob import ContentSettings

        condition: dict[str, Any] = {"match_condition": MatchConditions.IfMissing}
        if etag is not None:
            condition = {"etag": f'"{etag}"', "match_condition": MatchConditions.IfNotModified}
        with self._told(f"write {self.account.name}/{container}/{name}"):
            self._client.get_blob_client(container, name).upload_blob(
                text, overwrite=True, content_settings=ContentSettings(content_type="application/json"), **condition
            )

    def create_container(self, container: str, metadata: Mapping[str, str] | None = None) -> bool:
        """Make a private container; returns False when there is one."""
        with self._told(f"create {self.account.name}/{container}"):
            try:
                self._client.create_container(container, metadata=dict(metadata or {}) or None)
            except _errors().ResourceExistsError as error:
                if _code(error) != "ContainerAlreadyExists":
                    raise
                return False
        return True

    def container_metadata(self, container: str) -> dict[str, str] | None:
        """Return the metadata of a container, None when there is none; names in lower case."""
        with self._told(f"read {self.account.name}/{container}"):
            try:
                found = self._client.get_container_client(container).get_container_properties(
                    raw_response_hook=self.heard
                )
            except _errors().ResourceNotFoundError:
                return None
        return {name.lower(): value for name, value in (found.metadata or {}).items()}

    def delete_container(self, container: str) -> bool:
        """Delete a container with all that is in it; returns False when it was not there."""
        with self._told(f"delete {self.account.name}/{container}"):
            try:
                self._client.delete_container(container)
            except _errors().ResourceNotFoundError:
                return False
        return True

    def start_copy(
        self,
        container: str,
        name: str,
        source_url: str,
        *,
        target: Blob | None,
        source_etag: str,
        metadata: Mapping[str, str],
        tags: Mapping[str, str] | None,
        tier: str,
        lease_id: str,
    ) -> tuple[str, str]:
        """Start a copy over what was seen at the target (`target`, None for nothing); returns its id and its status.

        `source_etag` "" takes the source as it is. Raises Conflict when source or target is no longer as it was seen.
        """
        from azure.core import MatchConditions
        from azure.storage.blob import StandardBlobTier

        options: dict[str, Any] = {"metadata": dict(metadata)}
        if target is None:
            options["match_condition"] = MatchConditions.IfMissing
        else:
            options.update(etag=f'"{target.etag}"', match_condition=MatchConditions.IfNotModified)
        if source_etag:
            options.update(source_etag=f'"{source_etag}"', source_match_condition=MatchConditions.IfNotModified)
        if tags:
            options["tags"] = dict(tags)
        if tier:
            options["standard_blob_tier"] = StandardBlobTier(tier)
        if lease_id:
            options["destination_lease"] = lease_id
        with self._told(f"copy to {self.account.name}/{container}/{name}"):
            answer = self._client.get_blob_client(container, name).start_copy_from_url(source_url, **options)
        return str(answer["copy_id"]), str(answer["copy_status"])

    def delete_blob(self, container: str, name: str, snapshot: str = "") -> bool:
        """Delete a blob that has no snapshots, or one snapshot; returns False when it was not there."""
        with self._told(f"delete {self.account.name}/{container}/{name}"):
            try:
                client = self._client.get_blob_client(container, name, snapshot=snapshot or None)
                client.delete_blob()
            except _errors().ResourceNotFoundError as error:
                if _code(error) not in ("BlobNotFound", "ResourceNotFound"):
                    raise
                return False
        return True

    def create_snapshot(self, container: str, name: str, metadata: Mapping[str, str]) -> str:
        """Make a snapshot of a blob; returns its id."""
        with self._told(f"snapshot {self.account.name}/{container}/{name}"):
            answer = self._client.get_blob_client(container, name).create_snapshot(metadata=dict(metadata))
        return str(answer["snapshot"])

    def source_url(self, container: str, name: str, snapshot: str, lifetime: datetime.timedelta) -> str:
        """Return the URL from which another account may read one blob for so long, by a SAS that is not shown anywhere.

        With an account key or an identity the SAS is made here: for this blob, to read, from a while ago.
        """
        url = f"{self.account.url}/{container}/{urllib.parse.quote(name, safe='/~()*!')}"
        query = [f"snapshot={urllib.parse.quote(snapshot, safe='')}"] if snapshot else []
        query.append(
            self.account.secret if self.account.kind == SAS else self._sas(container, name, snapshot, lifetime)
        )
        return f"{url}?{'&'.join(query)}"

    def _sas(self, container: str, name: str, snapshot: str, lifetime: datetime.timedelta) -> str:
        from azure.storage.blob import generate_blob_sas

        now = self.now()
        options: dict[str, Any] = {"permission": "r", "start": now - _SKEW, "expiry": now + lifetime}
        if self.account.kind == KEY:
            options["account_key"] = self.account.secret
        else:
            key, ends = self._delegation_key(lifetime)
            options.update(user_delegation_key=key, expiry=min(options["expiry"], ends))
        # What is told of a URL never has its signature (`redact`), so that it need not be remembered for each of many blobs.
        return str(generate_blob_sas(self.account.name, container, name, snapshot=snapshot or None, **options))

    def _delegation_key(self, lifetime: datetime.timedelta) -> tuple[Any, datetime.datetime]:
        """Return a key of the identity's to sign with, and when it ends: it is good for seven days at most."""
        now = self.now()
        # Many copies start at once, and one key is enough for all of them.
        with self._delegating:
            known = self._delegation
            if known is None or known[1] < now + min(lifetime, _LONGEST_DELEGATION - _SKEW) - _SKEW:
                ends = now + min(lifetime, _LONGEST_DELEGATION - _SKEW)
                with self._told(f"get a user delegation key of {self.account.name}"):
                    key = self._client.get_user_delegation_key(now - _SKEW, ends)
                hide(key.value)
                known = self._delegation = (key, ends)
            return known

    @contextlib.contextmanager
    def _told(self, operation: str) -> Iterator[None]:
        with translated(operation, self.account, lambda: self._answered):
            yield


@contextlib.contextmanager
def translated(
    operation: str, account: Account, now: Callable[[], datetime.datetime | None] = lambda: None
) -> Iterator[None]:
    """Turn the library's errors into ours; `now` is the service's time, which tells a SAS that has expired."""
    errors = _errors()
    try:
        yield
    except errors.HttpResponseError as error:
        raise _error(error, operation, account, now()) from error
    except (errors.ServiceRequestError, errors.ServiceResponseError) as error:
        raise Unavailable(_first_line(error), operation=operation) from error
    except errors.AzureError as error:
        raise ProviderError(_first_line(error), operation=operation) from error


def _errors() -> Any:
    from azure.core import exceptions

    return exceptions


def _error(error: Any, operation: str, account: Account, now: datetime.datetime | None) -> ProviderError:
    response = error.response
    headers = response.headers if response is not None else {}
    status, code = error.status_code, _code(error)
    message = _first_line(error)
    if code in REFUSALS or status == 401:
        message = f"{_refusal(account, _date(headers) or now)} ({message})"
    known: dict[str, Any] = {
        "code": code,
        "status": status,
        "request_id": headers.get("x-ms-request-id", ""),
        "operation": operation,
    }
    if status == 429 or code in ("ServerBusy", "OperationTimedOut"):
        try:
            wait = float(headers.get("Retry-After") or 0)
        except ValueError:
            wait = 0.0
        return Throttled(message, retry_after=wait, **known)
    if code in _CONFLICTS:
        return Conflict(message, **known)
    if status is not None and (status >= 500 or status == 408):
        return Unavailable(message, **known)
    return ProviderError(message, **known)


def _refusal(account: Account, now: datetime.datetime | None) -> str:
    """Return which of the things that were given the account does not accept."""
    if account.kind == KEY:
        return f"account {account.name} does not accept the account_key that was given"
    if account.kind == SAS:
        ended = account.expired(now) if now else ""
        if ended:
            return f"the sas_token for account {account.name} has expired at {ended}"
        return f"account {account.name} does not accept the sas_token for this"
    return f"account {account.name} does not let this identity do it: it needs a role for the data, such as Storage Blob Data Contributor"


def _date(headers: Mapping[str, str]) -> datetime.datetime | None:
    try:
        return email.utils.parsedate_to_datetime(headers.get("Date", "")).astimezone(datetime.timezone.utc)
    except (TypeError, ValueError):
        return None


def _code(error: Any) -> str:
    code = getattr(error, "error_code", None) or ""
    if not code and error.response is not None:
        code = error.response.headers.get("x-ms-error-code", "")
    return str(getattr(code, "value", code))


def _first_line(error: Exception) -> str:
    return str(getattr(error, "message", "") or error).strip().split("\n", maxsplit=1)[0].strip()


def _blob(entry: Any) -> Blob:
    """Return a blob of the library as ours."""
    copy, content_md5 = entry.copy, entry.content_settings.content_md5
    tier = "" if entry.blob_tier_inferred else str(entry.blob_tier or "")
    return Blob(
        name=entry.name,
        type=str(getattr(entry.blob_type, "value", entry.blob_type)),
        size=entry.size or 0,
        etag=(entry.etag or "").strip('"'),
        modified=entry.last_modified,
        md5=base64.b64encode(bytes(content_md5)).decode() if content_md5 else "",
        tier=tier,
        archived=tier == "Archive" or str(entry.archive_status or "").startswith("rehydrate-pending"),
        lease=str(entry.lease.state) if entry.lease.state in ("leased", "breaking") else "",
        metadata={name.lower(): value for name, value in (entry.metadata or {}).items()},
        tags=dict(getattr(entry, "tags", None) or {}),
        copy=_copy_state(copy) if copy.id else None,
        snapshot=entry.snapshot or "",
        created=entry.creation_time,
    )


def _copy_state(copy: Any) -> CopyState:
    done, _slash, total = (copy.progress or "0/0").partition("/")
    completed = copy.completion_time
    if isinstance(completed, str):
        completed = email.utils.parsedate_to_datetime(completed)
    return CopyState(
        id=copy.id,
        status=str(getattr(copy.status, "value", copy.status) or ""),
        source=(copy.source or "").split("?", 1)[0],
        done=int(done or 0),
        total=int(total or 0),
        completed=completed.astimezone(datetime.timezone.utc) if completed else None,
        description=copy.status_description or "",
    )


def right_of(account: Account, credential: Callable[[], Any]) -> Any:
    """Return what the library proves its right with; `credential` makes that of the identity, when it is needed."""
    from azure.core.credentials import AzureNamedKeyCredential, AzureSasCredential

    for secret in account.secrets():
        hide(secret)
    if account.kind == IDENTITY:
        return credential()
    if account.kind == KEY:
        return AzureNamedKeyCredential(account.name, account.secret)
    return AzureSasCredential(account.secret)


def connect(account: Account, transport: Any, credential: Callable[[], Any]) -> BlobAccount:
    """Return the client of an account; `credential` makes that of the identity, when it is needed."""
    try:
        from azure.storage.blob import BlobServiceClient, ExponentialRetry
    except ImportError as error:
        raise MissingLibrary("azure-storage-blob", str(error)) from error
    try:
        client = BlobServiceClient(
            account.url,
            credential=right_of(account, credential),
            transport=transport,
            retry_policy=ExponentialRetry(initial_backoff=1, increment_base=2, retry_total=2, random_jitter_range=1),
            user_agent="ansible-bcdr.multicloud",
        )
    except ValueError as error:
        raise InvalidRequest(f"account {account.name}: {error}") from error
    return BlobAccount(account, client)
