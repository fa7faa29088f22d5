# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""ARM resource ids: compared without regard to case, answered as they were first written."""

from __future__ import annotations

import re
from dataclasses import dataclass

from .errors import ArmError, bad_request

COMPUTE_NAME = re.compile(r"^[^_\W][\w\-.]{0,79}(?<![-.])$", re.ASCII)
GROUP_NAME = re.compile(r"^[-\w._()]{1,90}(?<!\.)$")
VM_NAME = re.compile(r"^[^_\W][\w\-.]{0,63}(?<![-.])$", re.ASCII)

COLLECTION = "Microsoft.Compute/restorePointCollections"
POINT = "Microsoft.Compute/restorePointCollections/restorePoints"
DISK_POINT = "Microsoft.Compute/restorePointCollections/restorePoints/diskRestorePoints"
VM = "Microsoft.Compute/virtualMachines"
DISK = "Microsoft.Compute/disks"
SNAPSHOT = "Microsoft.Compute/snapshots"
IMAGE = "Microsoft.Compute/images"
ENCRYPTION_SET = "Microsoft.Compute/diskEncryptionSets"
NIC = "Microsoft.Network/networkInterfaces"
NETWORK = "Microsoft.Network/virtualNetworks"
SUBNET = "Microsoft.Network/virtualNetworks/subnets"
SECURITY_GROUP = "Microsoft.Network/networkSecurityGroups"


@dataclass(frozen=True)
class ResourceId:
    """A resource id taken apart. ``kind`` is lower-case: ``microsoft.compute/disks``."""

    subscription: str
    group: str
    kind: str
    names: tuple[str, ...]

    @property
    def name(self) -> str:
        """The last name."""
        return self.names[-1]


def key(resource_id: str) -> str:
    """What a resource id is compared by."""
    return resource_id.lower().rstrip("/")


def make_id(subscription: str, group: str, kind: str, *names: str) -> str:
    """The id of a resource in the casing that Azure answers."""
    namespace, *types = kind.split("/")
    tail = "/".join(f"{type_}/{name}" for type_, name in zip(types, names, strict=True))
    return f"/subscriptions/{subscription}/resourceGroups/{group}/providers/{namespace}/{tail}"


def parse_id(text: object, path: str) -> ResourceId:
    """Take a resource id from a request's body apart; ARM's error says where it stood if it is none."""
    if isinstance(text, str) and text.startswith("/"):
        parts = text.strip("/").split("/")
        if (
            len(parts) >= 8
            and len(parts) % 2 == 0
            and all(parts)
            and [parts[0].lower(), parts[2].lower(), parts[4].lower()]
            == ["subscriptions", "resourcegroups", "providers"]
        ):
            kind = "/".join([parts[5], *parts[6::2]]).lower()
            return ResourceId(parts[1], parts[3], kind, tuple(parts[7::2]))
    raise bad_request(
        f"Property id '{text}' at path '{path}' is invalid. Expect fully qualified resource Id that start with "
        "'/subscriptions/{subscriptionId}' or '/providers/{resourceProviderNamespace}/'.",
        code="LinkedInvalidPropertyId",
    )


def check_name(name: str, pattern: re.Pattern[str] = COMPUTE_NAME) -> None:
    """Refuse a name that Azure's rule for it does not allow."""
    if not pattern.match(name):
        raise ArmError(
            400,
            "InvalidResourceName",
            f"Resource name {name} is invalid. The name must match the validation rule: {pattern.pattern}",
        )
