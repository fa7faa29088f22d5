# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Azure resource ids and region names: parse, build and compare them as Azure does (without regard to case)."""

from __future__ import annotations

import re
from dataclasses import dataclass

from ansible_collections.bcdr.multicloud.plugins.module_utils._core.errors import BcdrError, InvalidRequest

COMPUTE = "Microsoft.Compute"
COLLECTION_TYPE = "restorePointCollections"
VM_TYPE = "virtualMachines"
DISK_TYPE = "disks"
IMAGE_TYPE = "images"

_ID = re.compile(
    r"^/?subscriptions/(?P<subscription>[^/]+)/resourceGroups/(?P<group>[^/]+)"
    r"/providers/(?P<namespace>[^/]+)/(?P<rest>.+?)/?$",
    re.IGNORECASE,
)
_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.\-]{0,79}")


@dataclass(frozen=True)
class ResourceId:
    """One id; `types` and `names` are parallel: ("restorePointCollections", "restorePoints"), ("rpc", "rp")."""

    subscription: str
    group: str
    namespace: str
    types: tuple[str, ...]
    names: tuple[str, ...]

    @property
    def name(self) -> str:
        return self.names[-1]

    @property
    def type(self) -> str:
        return "/".join(self.types)

    def __str__(self) -> str:
        path = "/".join(f"{kind}/{name}" for kind, name in zip(self.types, self.names, strict=True))
        return f"/subscriptions/{self.subscription}/resourceGroups/{self.group}/providers/{self.namespace}/{path}"

    @property
    def key(self) -> str:
        """The form in which two ids of the same resource are equal."""
        return str(self).lower()

    def child(self, kind: str, name: str) -> ResourceId:
        return ResourceId(self.subscription, self.group, self.namespace, (*self.types, kind), (*self.names, name))

    def parent(self) -> ResourceId:
        return ResourceId(self.subscription, self.group, self.namespace, self.types[:-1], self.names[:-1])


def parse_id(text: str) -> ResourceId | None:
    """Return the id that `text` is, or None; ids without the leading slash are accepted, as Azure writes some."""
    match = _ID.match(text.strip())
    if not match:
        return None
    segments = match.group("rest").split("/")
    if len(segments) % 2 or not all(segments):
        return None
    return ResourceId(
        match.group("subscription"),
        match.group("group"),
        match.group("namespace"),
        tuple(segments[0::2]),
        tuple(segments[1::2]),
    )


def identified(text: str) -> ResourceId:
    """Return the id of what Azure named; raises BcdrError when it is none."""
    parsed = parse_id(text)
    if parsed is None:
        raise BcdrError(f"Azure answered {text!r} where a resource id belongs")
    return parsed


def id_key(text: str) -> str:
    """Return `text` in the form in which two ids of the same resource are equal; "" stays ""."""
    parsed = parse_id(text)
    return parsed.key if parsed else text.strip().lower()


def same_id(one: str, other: str) -> bool:
    return id_key(one) == id_key(other)


def resolve_id(
    option: str, value: str, kind: str, subscription: str, group: str | None, namespace: str = COMPUTE
) -> ResourceId:
    """Return the id for `value`, which is an id of type `kind` or the name of such a resource in `group`.

    Raises InvalidRequest, naming `option`, for an id that is malformed or of another type, a name that Azure
    does not allow, or a name without a resource group.
    """
    if "/" in value:
        parsed = parse_id(value)
        right = f"/subscriptions/ID/resourceGroups/GROUP/providers/{namespace}/{kind}/NAME"
        if not parsed:
            raise InvalidRequest(f"{option}: {value!r} is not a resource id; it would be {right}")
        if parsed.namespace.lower() != namespace.lower() or parsed.type.lower() != kind.lower():
            raise InvalidRequest(
                f"{option}: {value!r} is the id of {parsed.namespace}/{parsed.type}; wanted is {namespace}/{kind}"
            )
        return parsed
    check_name(option, value)
    if not group:
        raise InvalidRequest(f"{option}: {value!r} is a name, so resource_group is needed too (or give the whole id)")
    return ResourceId(subscription, group, namespace, (kind,), (value,))


def check_name(option: str, value: str) -> None:
    """Raise InvalidRequest if Azure would not take `value` as the name of a compute resource (1 to 80 characters)."""
    if not _NAME.fullmatch(value) or value.endswith((".", "-")):
        raise InvalidRequest(
            f"{option}: {value!r} is not a name that Azure takes: 1 to 80 letters, digits, '_', '-' and '.', "
            "beginning with a letter, digit or '_' and not ending in '-' or '.'"
        )


def region_key(name: str) -> str:
    """Return `name` as Azure normalises region names: "West Europe" and "westeurope" are the same."""
    return re.sub(r"\s+", "", name).lower()
