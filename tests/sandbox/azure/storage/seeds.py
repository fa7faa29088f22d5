# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The section ``storage`` of a seed: accounts with containers, blobs and tables."""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from typing import Any

from ...seed_reader import Reader, SeedError
from ..regions import REGIONS, normalised
from .world import Account, Durations, PlantedBlob, PlantedContainer, World

_NAME = re.compile(r"^[a-z0-9]{3,24}$")
_CONTAINER = re.compile(r"^(\$root|\$web|[a-z0-9](?:-?[a-z0-9]){2,62})$")
_TIERS = ("", "Hot", "Cool", "Cold", "Archive")
_GROUP = "rg-storage"


def parse_storage(reader: Reader, subscription: str, random_seed: int) -> World:
    """The accounts of a seed; SeedError says where it is wrong."""
    world = World(durations=reader.numbers("durations", Durations(), positive=("per_second",)))
    for item in reader.children("accounts"):
        account = _account(item, subscription, random_seed)
        if account.name in world.accounts:
            raise SeedError(f"{item.at('name')}: there is an account {account.name} already")
        world.accounts[account.name] = account
    reader.done()
    return world


def _account(item: Reader, subscription: str, random_seed: int) -> Account:
    name = item.need("name", str)
    if not _NAME.match(name):
        raise SeedError(f"{item.at('name')}: {name!r} is not 3 to 24 lower-case letters and digits")
    location = normalised(item.get("location", str, "westeurope"))
    if location not in REGIONS:
        raise SeedError(f"{item.at('location')}: unknown region {location!r}")
    made = base64.b64encode(hashlib.sha512(f"{random_seed}/{name}".encode()).digest()).decode()
    key = item.get("key", str, made)
    try:
        base64.b64decode(key, validate=True)
    except binascii.Error as error:
        raise SeedError(f"{item.at('key')}: is not base64") from error
    group = item.get("rg", str, _GROUP)
    account = Account(
        name=name,
        key=key,
        location=location,
        id=f"/subscriptions/{subscription}/resourceGroups/{group}/providers/Microsoft.Storage/storageAccounts/{name}",
        containers=tuple(_container(child) for child in item.children("containers")),
        tables=tuple(item.strings("tables")),
    )
    item.done()
    return account


def _container(item: Reader) -> PlantedContainer:
    name = item.need("name", str)
    if not _CONTAINER.match(name):
        raise SeedError(f"{item.at('name')}: {name!r} is not the name of a container")
    container = PlantedContainer(
        name=name,
        public=item.choice("public", ("", "blob", "container"), ""),
        blobs=tuple(_blob(child) for child in item.children("blobs")),
    )
    item.done()
    return container


def _blob(item: Reader) -> PlantedBlob:
    blob = PlantedBlob(
        name=item.need("name", str),
        kind=item.choice("type", ("block", "page", "append"), "block"),
        size=item.get("size", int, 0),
        text=item.optional("text", str),
        content_type=item.get("content_type", str, "application/octet-stream"),
        tier=item.choice("tier", _TIERS, ""),
        md5=item.get("md5", bool, True),
        metadata=_texts(item, "metadata"),
        tags=_texts(item, "tags"),
        leased=item.get("leased", bool, False),
        lease_id=item.get("lease_id", str, ""),
    )
    if blob.kind == "page" and blob.size % 512:
        raise SeedError(f"{item.at('size')}: a page blob is of whole pages of 512 bytes")
    item.done()
    return blob


def _texts(item: Reader, name: str) -> dict[str, str]:
    value: dict[Any, Any] = item.get(name, dict, {})
    if not all(isinstance(entry, str) for pair in value.items() for entry in pair):
        raise SeedError(f"{item.at(name)}: expected a mapping of strings, got {value!r}")
    return dict(value)
