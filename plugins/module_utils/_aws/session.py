# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One AWS identity: its clients in all regions, errors as ours, and AWS's own time.

Retries, credentials, signing and paging are boto3's.
"""

from __future__ import annotations

import datetime
import email.utils
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

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

# AWS Backup throttles with ThrottlingException and LimitExceededException, which boto3's "legacy" retries leave out.
_RETRIES = {"mode": "standard", "max_attempts": 6}
# A region that is gone often does not even refuse: boto3's minute per try would hold up a failover.
_CONNECT_TIMEOUT = 10
_THROTTLED = frozenset(
    (
        "Throttling",
        "ThrottlingException",
        "TooManyRequestsException",
        "RequestLimitExceeded",
        "LimitExceededException",
    )
)
_UNAVAILABLE = frozenset(
    ("ServiceUnavailable", "ServiceUnavailableException", "InternalFailure", "InternalError", "InternalServerError")
)
_CONFLICT = frozenset(
    (
        "AlreadyExistsException",
        "ConflictException",
        "FileSystemAlreadyExists",
        "FileSystemInUse",
        "IncorrectFileSystemLifeCycleState",
        "MountTargetConflict",
    )
)


@dataclass(frozen=True)
class Identity:
    """Who calls: the account, and the partition that it is in (aws, aws-cn, aws-us-gov)."""

    account: str
    partition: str


class AwsSession:
    """Calls of one identity. Clients are made once per service and region and are shared by all threads."""

    def __init__(self, session: Any, region: str, endpoint_url: str | None, verify: Any, config: Any) -> None:
        self.region = region
        self._session = session
        self._endpoint_url = endpoint_url
        self._verify = verify
        self._config = config
        self._clients: dict[tuple[str, str], Any] = {}
        self._lock = threading.Lock()
        self._server_time: datetime.datetime | None = None
        self._identity: Identity | None = None
        self._unreachable: dict[str, str] = {}
        self.memory = Memory()

    def forget(self) -> None:
        """Forget what is good for one round of passes only: answers that items share, and regions out of reach."""
        self.memory.forget()
        self._unreachable = {}

    def identity(self, region: str) -> Identity:
        """Return who this is, as the region says that is asked first.

        Raises InvalidRequest when AWS refuses, Unavailable when the region cannot be reached.
        """
        if self._identity is None:
            # A region that is gone is asked once for all items of a round: each try may take a minute.
            found = self.memory.remember(("identity", region), lambda: self._ask_identity(region))
            if isinstance(found, ProviderError):
                raise found
            self._identity = found
        return self._identity

    def _ask_identity(self, region: str) -> Identity | ProviderError:
        try:
            answer = self.call("sts", region, "get_caller_identity")
        except (Throttled, Unavailable) as error:
            return error
        except ProviderError as error:
            raise InvalidRequest(f"credentials: AWS refused to sign in: {error}") from error
        return Identity(str(answer["Account"]), str(answer["Arn"]).split(":")[1])

    @property
    def answered_at(self) -> datetime.datetime | None:
        """AWS's time as of its latest answer to this session."""
        return self._server_time

    def now(self) -> datetime.datetime:
        """Return AWS's time as of its latest answer, so that clocks that differ do no harm."""
        if self._server_time is None:
            raise BcdrError("AWS has not answered yet, so its time is not known")
        return self._server_time

    def client(self, service: str, region: str) -> Any:
        with self._lock:  # boto3 sessions are not thread-safe, their clients are
            key = (service, region)
            if key not in self._clients:
                self._clients[key] = self._session.client(
                    service,
                    region_name=region,
                    endpoint_url=self._endpoint_url,
                    verify=self._verify,
                    config=self._config,
                )
            return self._clients[key]

    def call(self, service: str, region: str, operation: str, **request: Any) -> dict[str, Any]:
        """Return the answer of one call; `operation` in snake case. Raises ProviderError and its kinds."""
        with self._errors(f"{operation} in {region}", region):
            answer: dict[str, Any] = getattr(self.client(service, region), operation)(**request)
        self._note_time(answer.pop("ResponseMetadata", {}))
        return answer

    def pages(self, service: str, region: str, operation: str, key: str, **request: Any) -> list[dict[str, Any]]:
        """Return the entries `key` of all pages of a list call."""
        found: list[dict[str, Any]] = []
        with self._errors(f"{operation} in {region}", region):
            for page in self.client(service, region).get_paginator(operation).paginate(**request):
                self._note_time(page.get("ResponseMetadata", {}))
                found += page.get(key, ())
        return found

    @contextmanager
    def _errors(self, operation: str, region: str) -> Iterator[None]:
        """Raise botocore's errors as ours. Only what the network did may go better next time."""
        from botocore.exceptions import BotoCoreError, ClientError, HTTPClientError, ReadTimeoutError
        from botocore.exceptions import ConnectionError as NoConnection

        if region in self._unreachable:
            raise Unavailable(self._unreachable[region], operation=operation)
        try:
            yield
        except ClientError as error:
            self._note_time(error.response.get("ResponseMetadata", {}))
            raise client_error(error.response, operation) from error
        except ReadTimeoutError as error:
            raise Unavailable(str(error), operation=operation) from error
        except (NoConnection, HTTPClientError) as error:
            # The tries of one call take a minute: the other items of this round need not find out for themselves.
            self._unreachable[region] = str(error)
            raise Unavailable(str(error), operation=operation) from error
        except BotoCoreError as error:
            raise ProviderError(str(error), operation=operation) from error

    def _note_time(self, metadata: Mapping[str, Any]) -> None:
        date = (metadata.get("HTTPHeaders") or {}).get("date")
        if date:
            self._server_time = email.utils.parsedate_to_datetime(date).astimezone(datetime.timezone.utc)


def client_error(response: Mapping[str, Any], operation: str) -> ProviderError:
    """Return the error that an AWS answer holds, whole: code, message and request id."""
    error = response.get("Error") or {}
    metadata = response.get("ResponseMetadata") or {}
    code = str(error.get("Code") or "")
    status = metadata.get("HTTPStatusCode")
    message = " ".join(str(error.get("Message") or "no message").split())
    known: dict[str, Any] = {
        "code": code,
        "status": status,
        "request_id": metadata.get("RequestId") or "",
        "operation": operation,
    }
    if code in _THROTTLED:
        return Throttled(message, **known)
    if code in _CONFLICT:
        return Conflict(message, **known)
    if code in _UNAVAILABLE or (status or 0) >= 500:
        return Unavailable(message, **known)
    return ProviderError(message, **known)


def connect(params: Mapping[str, Any], connections: int) -> AwsSession:
    """Return a session for the options of `AWS_SPEC`; nothing has been sent yet.

    Its region may be "". Raises InvalidRequest for options that do not fit together, MissingLibrary.
    """
    try:
        import boto3
        import botocore.config
        from botocore.exceptions import BotoCoreError, ProfileNotFound
    except ImportError as error:
        raise MissingLibrary("boto3", str(error)) from error
    keys = {
        "aws_access_key_id": params.get("access_key") or None,
        "aws_secret_access_key": params.get("secret_key") or None,
        "aws_session_token": params.get("session_token") or None,
    }
    profile = params.get("profile") or None
    if profile and any(keys.values()):
        raise InvalidRequest("profile: passing both a profile and access tokens is not supported")
    if any(keys.values()):
        # boto3 takes half of an identity, and fails later with something else.
        for option, other in (("access_key", "secret_key"), ("secret_key", "access_key")):
            if not params.get(option):
                raise InvalidRequest(f"{option}: is needed with {other if params.get(other) else 'session_token'}")
    verify: Any = params["validate_certs"]
    if verify and params.get("aws_ca_bundle"):
        verify = params["aws_ca_bundle"]
    settings = {
        "user_agent_extra": "ansible-bcdr.multicloud",
        "retries": _RETRIES,
        "connect_timeout": _CONNECT_TIMEOUT,
        "max_pool_connections": connections,
        **(params.get("aws_config") or {}),
    }
    try:
        config = botocore.config.Config(**settings)
    except (BotoCoreError, TypeError) as error:
        raise InvalidRequest(f"aws_config: {error}") from error
    try:
        session = boto3.session.Session(profile_name=profile, **keys)
        region = params.get("region") or session.region_name or ""
    except ProfileNotFound as error:
        raise InvalidRequest(f"profile: {error}") from error
    except BotoCoreError as error:
        raise InvalidRequest(f"credentials: {error}") from error

    def made(of: Any) -> AwsSession:
        return AwsSession(of, region, params.get("endpoint_url") or None, verify, config)

    return _assumed(made, session, params) if params.get("assume_role_arn") else made(session)


def _assumed(made: Callable[[Any], AwsSession], session: Any, params: Mapping[str, Any]) -> AwsSession:
    """Return a session in the role; its credentials renew themselves, since a wait may outlast them."""
    import boto3
    import botocore.session
    from botocore.credentials import DeferredRefreshableCredentials, create_assume_role_refresher

    request = {"RoleArn": params["assume_role_arn"], "RoleSessionName": "ansible-bcdr-multicloud"}
    if params.get("assume_role_external_id"):
        request["ExternalId"] = params["assume_role_external_id"]
    caller = made(session)
    if not caller.region:
        raise InvalidRequest("region: is needed with assume_role_arn (option region, AWS_REGION or the profile)")
    below = botocore.session.get_session()
    below._credentials = DeferredRefreshableCredentials(
        refresh_using=create_assume_role_refresher(caller.client("sts", caller.region), request),
        method="sts-assume-role",
    )
    return made(boto3.session.Session(botocore_session=below))
