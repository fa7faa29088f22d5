# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The Azure Resource Manager client: one pipeline per identity, shared by all items of a run.

Retry, authentication, transport and long running operations are azure-core's and azure-mgmt-core's; what is here
is what they leave open: errors as ours, memory for the length of a round, limits per subscription, and the cloud's
own time.
"""

from __future__ import annotations

import datetime
import email.utils
import threading
import time
import urllib.parse
from collections.abc import Iterator, Mapping
from typing import Any

from ansible_collections.bcdr.multicloud.plugins.module_utils._azure.clouds import (
    Cloud,
    cloud_from_metadata,
    metadata_url,
    named_cloud,
)
from ansible_collections.bcdr.multicloud.plugins.module_utils._azure.credentials import (
    Identity,
    build_credential,
    choose_identity,
    read_profile,
)
from ansible_collections.bcdr.multicloud.plugins.module_utils._core.errors import (
    BcdrError,
    Conflict,
    InvalidRequest,
    MissingLibrary,
    ProviderError,
    Throttled,
    Unavailable,
)
from ansible_collections.bcdr.multicloud.plugins.module_utils._core.provider import Memory
from ansible_collections.bcdr.multicloud.plugins.module_utils._core.rate_limits import TokenBucket

Json = dict[str, Any]

# Longer than this no thread sleeps inside a call: the item becomes pending instead and the others go on.
LONGEST_SLEEP_IN_CALL = 20.0
_NOT_FOUND_CODES = frozenset(("notfound", "resourcenotfound", "resourcegroupnotfound", "parentresourcenotfound"))
# Bucket size and refill per second, per subscription, identity and kind of call
# (learn.microsoft.com/azure/azure-resource-manager/management/request-limits-and-throttling).
_LIMITS = {"read": (250, 25), "write": (200, 10), "delete": (200, 10)}
_KINDS = {"GET": "read", "HEAD": "read", "DELETE": "delete"}


class Operation:
    """A long running operation that somebody has started; asked when its outcome matters, never waited for."""

    def __init__(self, polling: Any) -> None:
        self._polling = polling

    def failure(self) -> ProviderError | None:
        """Return why the operation failed, or None while it runs, when it succeeded, or when it is not known."""
        from azure.core.exceptions import AzureError
        from azure.core.polling.base_polling import BadResponse, BadStatus

        try:
            if not self._polling.finished():
                self._polling.update_status()
        except (AzureError, BadResponse, BadStatus):
            return None
        if self._polling.status().lower() not in ("failed", "canceled", "cancelled"):
            return None
        return _error(self._polling.resource(), "the operation")


class ArmClient:
    """Calls of one identity against one cloud. Thread-safe."""

    def __init__(self, pipeline: Any, base_url: str, identity: Identity) -> None:
        self._pipeline = pipeline
        self._base_url = base_url
        self.identity = identity
        self._buckets: dict[tuple[str, str], TokenBucket] = {}
        self.memory = Memory()
        self._lock = threading.Lock()
        self._server_time: datetime.datetime | None = None

    def now(self) -> datetime.datetime:
        """Return the cloud's time as of its latest answer, so that clocks that differ do no harm."""
        if self._server_time is None:
            raise BcdrError("Azure has not answered yet, so its time is not known")
        return self._server_time

    def get(self, path: str, api_version: str, **query: str) -> Json | None:
        """Return the resource at `path`, or None when there is none."""
        response = self._send("GET", path, api_version, query=query)
        if response.status_code == 404:
            error = _error(response, f"GET {path}")
            if error.code.lower() in _NOT_FOUND_CODES:
                return None
            raise error
        return self._body(response, f"GET {path}")

    def list(self, path: str, api_version: str, **query: str) -> Iterator[Json]:
        """Yield the entries of a collection, page by page (nextLink)."""
        response = self._send("GET", path, api_version, query=query)
        while True:
            page = self._body(response, f"GET {path}")
            yield from page.get("value", ())
            link = page.get("nextLink")
            if not link:
                return
            if _origin(link) != _origin(self._base_url):
                raise ProviderError(
                    f"the next page would be at {link.split('?')[0]}, which is not Azure Resource Manager"
                )
            response = self._send("GET", link, None)

    def put(self, path: str, api_version: str, body: Mapping[str, Any]) -> Json:
        """Create or replace a resource at once; returns it as the provider answered."""
        return self._body(self._send("PUT", path, api_version, body=body), f"PUT {path}")

    def patch(self, path: str, api_version: str, body: Mapping[str, Any]) -> Json:
        return self._body(self._send("PATCH", path, api_version, body=body), f"PATCH {path}")

    def begin(
        self, method: str, path: str, api_version: str, body: Mapping[str, Any] | None = None
    ) -> Operation | None:
        """Start a long running PUT or DELETE; returns its operation, or None when a DELETE found nothing to do."""
        from azure.mgmt.core.polling.arm_polling import ARMPolling

        pipeline_response = self._run(method, path, api_version, body=body)
        response = pipeline_response.http_response
        if method == "DELETE" and response.status_code in (200, 204, 404):
            return None
        if response.status_code >= 400:
            raise _error(response, f"{method} {path}")
        polling: Any = ARMPolling(timeout=0)
        polling.initialize(self._pipeline, pipeline_response, lambda latest: latest.http_response)
        return Operation(polling)

    def _body(self, response: Any, what: str) -> Json:
        if response.status_code >= 400:
            raise _error(response, what)
        try:
            body = response.json() if response.content else {}
        except ValueError as error:
            raise Unavailable(f"{what}: the answer is not JSON", status=response.status_code) from error
        return body if isinstance(body, dict) else {"value": body}

    def _send(self, *args: Any, **kwargs: Any) -> Any:
        return self._run(*args, **kwargs).http_response

    def _run(
        self,
        method: str,
        path: str,
        api_version: str | None,
        query: Mapping[str, str] | None = None,
        body: Mapping[str, Any] | None = None,
    ) -> Any:
        from azure.core.exceptions import (
            AzureError,
            ClientAuthenticationError,
            ServiceRequestError,
            ServiceResponseError,
        )
        from azure.core.rest import HttpRequest

        params = {**(query or {}), **({"api-version": api_version} if api_version else {})}
        url = self._base_url + path if path.startswith("/") else path
        self._acquire(method, path)
        try:
            pipeline_response = self._pipeline.send_request(
                HttpRequest(method, url, params=params, json=body), _return_pipeline_response=True
            )
        except ClientAuthenticationError as error:
            raise authentication_error(error, self.identity) from error
        except (ServiceRequestError, ServiceResponseError) as error:
            raise Unavailable(_first_line(error), operation=f"{method} {_path_of(path)}") from error
        except AzureError as error:
            raise ProviderError(_first_line(error), operation=f"{method} {_path_of(path)}") from error
        date = pipeline_response.http_response.headers.get("Date")
        if date:
            self._server_time = email.utils.parsedate_to_datetime(date).astimezone(datetime.timezone.utc)
        return pipeline_response

    def _acquire(self, method: str, path: str) -> None:
        kind = _KINDS.get(method, "write")
        subscription = path.partition("/subscriptions/")[2].partition("/")[0]
        with self._lock:
            bucket = self._buckets.get((subscription, kind))
            if bucket is None:
                capacity, per_second = _LIMITS[kind]
                bucket = TokenBucket(capacity, per_second, time.monotonic, time.sleep)
                self._buckets[(subscription, kind)] = bucket
        bucket.acquire()


def connect(params: Mapping[str, Any], environ: Mapping[str, str], connections: int) -> ArmClient:
    """Return a client for the options of `AZURE_SPEC`, proven to get a token.

    Raises InvalidRequest for options that do not fit together or an identity that is refused, MissingLibrary.
    """
    try:
        import requests
        from azure.core.exceptions import AzureError
        from azure.core.pipeline.transport import RequestsTransport
    except ImportError as error:
        raise MissingLibrary("azure-core", str(error)) from error
    verify = params["cert_validation_mode"] == "validate"
    session = requests.Session()
    adapter = requests.adapters.HTTPAdapter(pool_connections=4, pool_maxsize=connections)
    session.mount("https://", adapter)
    cloud = find_cloud(params["cloud_environment"], session, verify)
    identity = choose_identity(params, environ, read_profile)
    credential = build_credential(
        identity,
        params.get("adfs_authority_url") or cloud.login,
        params["disable_instance_discovery"],
        verify,
    )
    transport = RequestsTransport(
        session=session, session_owner=False, connection_verify=verify, connection_timeout=30, read_timeout=120
    )
    scope = f"{cloud.audience}/.default"
    try:
        credential.get_token(scope)
    except AzureError as error:
        raise InvalidRequest(str(authentication_error(error, identity))) from error
    return ArmClient(_pipeline(cloud, credential, scope, transport), cloud.resource_manager, identity)


def find_cloud(name: str, session: Any, verify: bool) -> Cloud:
    """Return the cloud that the option cloud_environment names, which may take a request by `session`."""
    cloud = named_cloud(name)
    if cloud is not None:
        return cloud
    import requests

    url = metadata_url(name)
    try:
        response = session.get(url, verify=verify or False, timeout=30)
        response.raise_for_status()
        return cloud_from_metadata(url, response.json())
    except requests.RequestException as error:
        raise InvalidRequest(f"cloud_environment: {url} cannot be read: {_first_line(error)}") from error


def _pipeline(cloud: Cloud, credential: Any, scope: str, transport: Any) -> Any:
    try:
        from azure.core.pipeline import policies
        from azure.mgmt.core import ARMPipelineClient
        from azure.mgmt.core.policies import ARMChallengeAuthenticationPolicy
    except ImportError as error:
        raise MissingLibrary("azure-mgmt-core", str(error)) from error

    class ShortRetryPolicy(policies.RetryPolicy):
        """azure-core's retries, except that a long Retry-After is handed to the caller instead of slept through."""

        def get_retry_after(self, response: Any) -> float | None:
            return _retry_after(response.http_response) or None

        def is_retry(self, settings: Any, response: Any) -> bool:
            wait = self.get_retry_after(response)
            return not (wait and wait > LONGEST_SLEEP_IN_CALL) and super().is_retry(settings, response)

    return ARMPipelineClient(
        base_url=cloud.resource_manager,
        transport=transport,
        policies=[
            policies.RequestIdPolicy(),
            policies.HeadersPolicy(),
            policies.UserAgentPolicy(base_user_agent="ansible-bcdr.multicloud"),
            ShortRetryPolicy(retry_total=4, retry_backoff_factor=0.5, retry_backoff_max=LONGEST_SLEEP_IN_CALL),
            ARMChallengeAuthenticationPolicy(credential, scope),
        ],
    )


def authentication_error(error: Exception, identity: Identity) -> ProviderError:
    """Return one line that says who was refused and why, without the token service's trailing noise."""
    text = _first_line(error)
    for noise in (" Trace ID:", " Visit https", " To troubleshoot"):
        text = text.partition(noise)[0]
    text = text.removeprefix("Authentication failed: ")
    return ProviderError(f"Azure refused to sign in ({identity.describe()}): {text}", code="AuthenticationFailed")


def _error(response: Any, operation: str) -> ProviderError:
    """Return the error that an ARM answer holds, whole: code, message, request id (and the nested details' texts)."""
    try:
        body = response.json()
    except ValueError:
        body = {}
    error = body.get("error", body) if isinstance(body, dict) else {}
    error = error if isinstance(error, dict) else {"message": str(error)}
    code = str(error.get("code") or "")
    texts = [str(error.get("message") or response.reason or f"HTTP {response.status_code}")]
    texts += [
        f"{detail.get('code')}: {detail.get('message')}"
        for detail in error.get("details") or ()
        if isinstance(detail, dict)
    ]
    request_id = response.headers.get("x-ms-request-id", "")
    method, _space, path = operation.partition(" ")
    known: dict[str, Any] = {
        "code": code,
        "status": response.status_code,
        "request_id": request_id,
        "operation": f"{method} {_path_of(path)}",
    }
    message = " ".join(" ".join(texts).split())
    if response.status_code == 429:
        return Throttled(message, retry_after=_retry_after(response), **known)
    if response.status_code == 409:
        return Conflict(message, **known)
    if response.status_code >= 500 or response.status_code == 408:
        return Unavailable(message, **known)
    return ProviderError(message, **known)


def _origin(url: str) -> tuple[str, str | None, int | None]:
    """Return what must be equal for two URLs to be of one server; Azure writes the port of some next links."""
    parts = urllib.parse.urlsplit(url)
    return parts.scheme, parts.hostname, parts.port or {"https": 443, "http": 80}.get(parts.scheme)


def _retry_after(response: Any) -> float:
    """Return the seconds of a Retry-After header, which may be a date; 0 when there is none that can be read."""
    text = response.headers.get("Retry-After") or "0"
    try:
        return float(text)
    except ValueError:
        pass
    try:
        moment = email.utils.parsedate_to_datetime(text)
        now = email.utils.parsedate_to_datetime(response.headers["Date"])
    except (KeyError, TypeError, ValueError):
        return 0.0
    return max(0.0, (moment - now).total_seconds())


def _path_of(url: str) -> str:
    """Return the part of an ARM path that tells resources apart: what follows the provider, else the path itself."""
    path = url.split("?")[0]
    _scope, found, rest = path.rpartition("/providers/")
    return rest if found else path


def _first_line(error: Exception) -> str:
    text = str(error).strip() or error.__class__.__name__
    return text.splitlines()[0]
