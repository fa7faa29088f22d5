# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Storage accounts as options name them: where they are, and by what right they are used. Pure."""

from __future__ import annotations

import base64
import binascii
import datetime
import ipaddress
import urllib.parse
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ansible_collections.bcdr.multicloud.plugins.module_utils._azure.times import parse_timestamp
from ansible_collections.bcdr.multicloud.plugins.module_utils._core.errors import InvalidRequest

KEY, SAS, IDENTITY = "account_key", "sas_token", "identity"
# How an account is given: these sub-options of `source`, of each of `destinations`, and of tables.
ACCOUNT_SPEC: dict[str, Any] = {
    "account_name": {"type": "str"},
    "account_key": {"type": "str", "no_log": True},
    "sas_token": {"type": "str", "no_log": True},
    "connection_string": {"type": "str", "no_log": True},
}
# How a table is given.
TABLE_SPEC: dict[str, Any] = {
    "type": "dict",
    "options": {
        **ACCOUNT_SPEC,
        "table_endpoint": {"type": "str"},
        "name": {"type": "str", "required": True},
    },
}
_SECRETS = ("account_key", "sas_token", "connection_string")


@dataclass(frozen=True)
class Account:
    """One account's service of blobs or tables; `url` has no slash at its end, `kind` says what `secret` is."""

    name: str
    url: str
    kind: str
    secret: str = field(default="", repr=False)

    def expired(self, now: datetime.datetime) -> str:
        """Return since when a SAS is no longer good, "" when it still is or says nothing of it."""
        ends = self.sas_parameter("se")
        if not ends:
            return ""
        try:
            return ends if parse_timestamp(ends if "T" in ends else f"{ends}T00:00:00Z") <= now else ""
        except ValueError:
            return ""

    def sas_parameter(self, name: str) -> str:
        """Return a field of the SAS, "" where there is none."""
        return dict(urllib.parse.parse_qsl(self.secret)).get(name, "") if self.kind == SAS else ""

    def secrets(self) -> list[str]:
        """Return what must not be shown, in all its spellings."""
        found = {self.secret, urllib.parse.quote(self.secret), self.sas_parameter("sig")}
        found.add(urllib.parse.quote(self.sas_parameter("sig"), safe=""))
        return sorted(text for text in found if text)


def account_option(option: str, given: Mapping[str, Any], suffix: str, service: str = "blob") -> Account:
    """Return the account that a dictionary of options names; raises InvalidRequest, naming the option.

    `suffix` is that of the cloud's hosts, such as core.windows.net; `service` is blob or table.
    """
    ways = [name for name in _SECRETS if given.get(name)]
    if len(ways) > 1:
        raise InvalidRequest(f"{option}: {ways[0]} and {ways[1]} exclude each other")
    parts = _connection_parts(option, given["connection_string"]) if ways == ["connection_string"] else {}
    endpoint = given.get(f"{service}_endpoint") or parts.get(f"{service}endpoint") or ""
    name = given.get("account_name") or parts.get("accountname") or _name_of(endpoint)
    if not name:
        raise InvalidRequest(f"{option}: account_name is needed, or a connection_string that names the account")
    if not endpoint:
        scheme = parts.get("defaultendpointsprotocol", "https")
        endpoint = f"{scheme}://{name}.{service}.{parts.get('endpointsuffix') or suffix}"
    elif urllib.parse.urlsplit(endpoint).scheme not in ("http", "https"):
        raise InvalidRequest(f"{option}.{service}_endpoint: {endpoint!r} is not a URL")
    endpoint = endpoint.split("?", 1)[0].rstrip("/")
    key = given.get("account_key") or parts.get("accountkey")
    if key:
        try:
            base64.b64decode(key, validate=True)
        except binascii.Error as error:
            raise InvalidRequest(
                f"{option}: what is given as the account's key is none, for that would be base64"
            ) from error
        return Account(name, endpoint, KEY, key)
    token = given.get("sas_token") or parts.get("sharedaccesssignature")
    if token:
        return Account(name, endpoint, SAS, token.lstrip("?"))
    if parts:
        raise InvalidRequest(f"{option}: connection_string has neither AccountKey nor SharedAccessSignature")
    return Account(name, endpoint, IDENTITY)


def _connection_parts(option: str, text: str) -> dict[str, str]:
    """Return the fields of a connection string, with their names in lower case."""
    parts = {}
    for part in filter(None, (part.strip() for part in text.split(";"))):
        name, found, value = part.partition("=")
        if not found:
            raise InvalidRequest(f"{option}: connection_string is not made of NAME=VALUE, with semicolons between them")
        parts[name.strip().lower()] = value.strip()
    return parts


def _name_of(endpoint: str) -> str:
    """Return the account of an endpoint: the first part of the host's name, or of the path where the host is a number."""
    parts = urllib.parse.urlsplit(endpoint)
    host = parts.hostname or ""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        if host != "localhost":
            return host.split(".")[0]
    return parts.path.strip("/").split("/")[0]
