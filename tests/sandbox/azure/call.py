# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One call to the resource manager: what a handler is given and what it answers."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from ..faults import Fault, FaultList
from ..virtual_clock import VirtualClock, timestamp
from .errors import ArmError, entity_not_found, region_down
from .ids import ResourceId
from .state import Collection, Disk, Group, Image, Point, Snapshot, State, Vm
from .token_service import Principal


@dataclass
class Reply:
    """An answer. A string body is JSON already."""

    status: int
    body: dict[str, Any] | str | None = None
    headers: dict[str, str] = field(default_factory=dict)


@dataclass
class Call:
    """A request that passed authentication, routing and authorization."""

    state: State
    clock: VirtualClock
    faults: FaultList
    now: float
    method: str
    path: str
    query: dict[str, str]
    body: dict[str, Any]
    api_version: str
    base_url: str
    principal: Principal
    subscription: str
    group: Group | None = None
    operation_fault: Fault | None = None
    replication_fault: Fault | None = None

    def time(self, moment: float | None = None) -> str:
        """A timestamp as answers have it."""
        return timestamp(self.now if moment is None else moment, self.state.settings.timestamp_offset)

    def touch(self, region: str) -> None:
        """Refuse to go on if the region is down."""
        if region in self.state.outages:
            raise region_down(region)

    def require_version(self, version: str, what: str) -> None:
        """Refuse a property that the request's api-version does not know yet."""
        if self.api_version < version:
            raise ArmError(
                400,
                "BadRequest",
                f"{what}: This request can be made with api-version '{version}' or newer.",
            )

    def check_linked(self, resource: ResourceId, action: str) -> None:
        """A resource that the body refers to needs permission of its own (LinkedAuthorizationFailed)."""
        scope = f"/subscriptions/{resource.subscription}/resourceGroups/{resource.group}"
        if not self.principal.may(action, scope):
            raise ArmError(
                403,
                "LinkedAuthorizationFailed",
                f"The client '{self.principal.object_id}' with object id '{self.principal.object_id}' has "
                f"permission to perform the request on scope '{self.path}'; however, it does not have permission "
                f"to perform action '{action}' on the linked scope(s) '{scope}' or the linked scope(s) are invalid.",
            )

    def find_collection(self, name: str) -> Collection | None:
        """The collection of that name in the call's group; touches its region."""
        assert self.group is not None
        found = self.state.collections.get(
            f"{self.group.id}/providers/Microsoft.Compute/restorePointCollections/{name}"
        )
        if found is not None:
            self.touch(found.location)
        return found

    def find_point(self, collection: Collection, name: str) -> Point:
        """The point of that name, or the recorded 404."""
        point = collection.points.get(name.lower())
        if point is None:
            raise entity_not_found()
        return point

    def find_disk(self, name: str) -> Disk | None:
        """The disk of that name in the call's group; touches its region."""
        assert self.group is not None
        found = self.state.disks.get(f"{self.group.id}/providers/Microsoft.Compute/disks/{name}")
        if found is not None:
            self.touch(found.location)
        return found

    def find_snapshot(self, name: str) -> Snapshot | None:
        """The snapshot of that name in the call's group; touches its region."""
        assert self.group is not None
        found = self.state.snapshots.get(f"{self.group.id}/providers/Microsoft.Compute/snapshots/{name}")
        if found is not None:
            self.touch(found.location)
        return found

    def find_image(self, name: str) -> Image | None:
        """The image of that name in the call's group; touches its region."""
        assert self.group is not None
        found = self.state.images.get(f"{self.group.id}/providers/Microsoft.Compute/images/{name}")
        if found is not None:
            self.touch(found.location)
        return found

    def find_vm(self, name: str) -> Vm | None:
        """The VM of that name in the call's group; touches its region."""
        assert self.group is not None
        found = self.state.vms.get(f"{self.group.id}/providers/Microsoft.Compute/virtualMachines/{name}")
        if found is not None:
            self.touch(found.location)
        return found


def tags_of(body: dict[str, Any]) -> dict[str, str] | None:
    """The tags of a body; ARM allows 50 with names up to 512 and values up to 256 characters, all strings."""
    tags = body.get("tags")
    if tags is None:
        return None
    if not isinstance(tags, dict) or not all(isinstance(value, str) for value in tags.values()):
        raise ArmError(
            400, "InvalidRequestContent", "The request content was invalid: tags must map strings to strings."
        )
    if len(tags) > 50:
        raise ArmError(400, "TooManyTags", "The number of tags exceeds the maximum of 50.")
    for name, value in tags.items():
        if not name or len(name) > 512 or any(sign in name for sign in "<>%&\\?/"):
            raise ArmError(400, "InvalidTagName", f"The tag name '{name}' is invalid.")
        if len(value) > 256:
            raise ArmError(400, "InvalidTagValueLength", f"The value of tag '{name}' has more than 256 characters.")
    return dict(tags)


def properties_of(body: dict[str, Any]) -> dict[str, Any]:
    """The properties of a body, which may be left out."""
    return section(body, "properties")


def section(body: dict[str, Any], name: str) -> dict[str, Any]:
    """A part of a body that has to be an object if it is there."""
    value = body.get(name)
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise ArmError(400, "InvalidRequestContent", f"The request content was invalid: '{name}' must be an object.")
    return value


def items_of(body: dict[str, Any], name: str) -> list[dict[str, Any]]:
    """A part of a body that has to be a list of objects if it is there."""
    value = body.get(name)
    if value is None:
        return []
    if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
        raise ArmError(
            400, "InvalidRequestContent", f"The request content was invalid: '{name}' must be a list of objects."
        )
    return value


def only_fields(body: dict[str, Any], known: frozenset[str], where: str) -> None:
    """Refuse members that Azure's model does not have."""
    unknown = sorted(set(body) - known)
    if unknown:
        raise ArmError(
            400,
            "InvalidRequestContent",
            f"The request content was invalid and could not be deserialized: Could not find member '{unknown[0]}' "
            f"on object of type '{where}'.",
        )


def reference(body: dict[str, Any], path: str) -> str | None:
    """The ``id`` of a reference such as ``{"id": "..."}``."""
    value = body.get("id")
    if value is not None and not isinstance(value, str):
        raise ArmError(400, "InvalidRequestContent", f"The request content was invalid: '{path}.id' must be a string.")
    return value
