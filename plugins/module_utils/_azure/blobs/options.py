# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The options that the modules for blobs share, and what they mean."""

from __future__ import annotations

import datetime
import re
from collections.abc import Mapping
from typing import Any

from ansible_collections.bcdr.multicloud.plugins.module_utils._azure.blobs.accounts import ACCOUNT_SPEC, TABLE_SPEC
from ansible_collections.bcdr.multicloud.plugins.module_utils._azure.blobs.api import BlobAccount
from ansible_collections.bcdr.multicloud.plugins.module_utils._azure.blobs.copy_decision import CopyRules
from ansible_collections.bcdr.multicloud.plugins.module_utils._azure.blobs.provider import StorageSession
from ansible_collections.bcdr.multicloud.plugins.module_utils._azure.blobs.tables import JobTable
from ansible_collections.bcdr.multicloud.plugins.module_utils._azure.blobs.values import Place, Selection
from ansible_collections.bcdr.multicloud.plugins.module_utils._azure.blobs.walk import Route
from ansible_collections.bcdr.multicloud.plugins.module_utils._core.errors import InvalidRequest
from ansible_collections.bcdr.multicloud.plugins.module_utils._core.provider import duration_option

_CONTAINER_SPEC: dict[str, Any] = {
    **ACCOUNT_SPEC,
    "blob_endpoint": {"type": "str"},
    "container": {"type": "str", "required": True},
}
SOURCE_SPEC: dict[str, Any] = {"type": "dict", "options": _CONTAINER_SPEC}
DESTINATIONS_SPEC: dict[str, Any] = {
    "type": "list",
    "elements": "dict",
    "options": {**_CONTAINER_SPEC, "lease_ids": {"type": "dict"}},
}
# What is looked at, and by which rules: the same for the module that copies and for the one that only looks.
COMMON_SPEC: dict[str, Any] = {
    "source": SOURCE_SPEC,
    "destinations": DESTINATIONS_SPEC,
    "prefix": {"type": "str"},
    "include": {"type": "list", "elements": "str"},
    "exclude": {"type": "list", "elements": "str"},
    "blobs": {"type": "list", "elements": "str"},
    "metadata": {"type": "bool", "default": True},
    "index_tags": {"type": "bool", "default": False},
    "leased_source": {"type": "bool", "default": False},
    "snapshot_source": {"type": "bool", "default": False},
    "whole_source": {"type": "bool", "default": False},
    "overdue_after": {"type": "str"},
    "job_table": TABLE_SPEC,
}
TIER_SPEC: dict[str, Any] = {
    "type": "str",
    "choices": ["keep", "default", "Hot", "Cool", "Cold", "Archive"],
    "default": "keep",
}
_CONTAINER = re.compile(r"^(\$root|\$web|\$logs|[a-z0-9](?:-?[a-z0-9]){2,62})$")


def container_option(session: StorageSession, option: str, given: Mapping[str, Any]) -> tuple[BlobAccount, Place]:
    """Return the account of a source or destination, and its container; raises InvalidRequest, naming the option."""
    name = given["container"]
    if not _CONTAINER.match(name):
        raise InvalidRequest(
            f"{option}.container: {name!r} is no name of a container: 3 to 63 lower-case letters, digits and single hyphens"
        )
    account = session.blobs(option, given)
    return account, Place(account.account.name, name, account.account.url)


def destination_options(
    session: StorageSession, source: Place, given: list[Mapping[str, Any]]
) -> list[tuple[BlobAccount, Place]]:
    """Return the destinations; raises InvalidRequest where there is none, one twice, or the source itself."""
    if not given:
        raise InvalidRequest("destinations: names no container to copy to")
    found: list[tuple[BlobAccount, Place]] = []
    for index, entry in enumerate(given):
        account, place = container_option(session, f"destinations[{index}]", entry)
        taken = [other.url + other.container for _account, other in found]
        if place.url + place.container in taken:
            first = taken.index(place.url + place.container)
            raise InvalidRequest(f"destinations[{index}]: {place} is destinations[{first}] too")
        if (place.url, place.container) == (source.url, source.container):
            raise InvalidRequest(f"destinations[{index}]: {place} is the source itself")
        found.append((account, place))
    return found


def selection_option(params: Mapping[str, Any]) -> Selection:
    """Return which blobs are meant; raises InvalidRequest for an empty list of names."""
    names = params.get("blobs")
    if names is not None and not names:
        raise InvalidRequest("blobs: names no blob; leave it out to mean all of them")
    selection = Selection(
        params.get("prefix") or "",
        tuple(params.get("include") or ()),
        tuple(params.get("exclude") or ()),
        frozenset(names or ()),
    )
    missed = sorted(name for name in selection.names if not selection.covers(name))
    if missed:
        raise InvalidRequest(f"blobs: {missed[0]} does not fit prefix, include and exclude")
    return selection


def rules_options(params: Mapping[str, Any]) -> list[CopyRules]:
    """Return the rules of each destination."""
    overdue = duration_option(params, "overdue_after")
    return [
        CopyRules(
            metadata=params["metadata"],
            tags=params["index_tags"],
            leased_source=params["leased_source"],
            snapshot=params["snapshot_source"],
            whole=params["whole_source"],
            overdue_after=None if overdue is None else datetime.timedelta(seconds=overdue),
            lease_ids={str(name): str(lease) for name, lease in (entry.get("lease_ids") or {}).items()},
        )
        for entry in params["destinations"]
    ]


def route_options(session: StorageSession, params: Mapping[str, Any]) -> Route:
    """Return source, destinations and rules of an item; raises InvalidRequest, naming the option."""
    account, source = container_option(session, "source", params["source"])
    destinations = destination_options(session, source, params["destinations"])
    return Route(
        account,
        source,
        tuple(account for account, _place in destinations),
        tuple(place for _account, place in destinations),
        tuple(rules_options(params)),
        selection_option(params),
    )


def table_option(session: StorageSession, params: Mapping[str, Any]) -> JobTable | None:
    """Return the table for job records, None when none is asked for."""
    given = params.get("job_table")
    return None if not given else session.tables("job_table", given).table(given["name"])
