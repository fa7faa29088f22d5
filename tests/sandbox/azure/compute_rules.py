# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The rules that restore points and their copies obey: state and request in, an `ArmError` out or nothing.

Where Azure's code and text are public (the restore point troubleshooting page) they are used; for copy of a copy,
same region, order, parallel and second copies no public record of them exists, so the codes are generic and the
texts are the sandbox's own. Nobody should match on them.
"""

from __future__ import annotations

from .errors import ArmError, bad_request, not_allowed, throttled
from .ids import key
from .state import Collection, Disk, Point, State, Vm

HOUR = 3600.0


def over_rate(times: list[float], now: float, limit: int) -> float | None:
    """Seconds until another request fits into the rolling hour, None if it fits now. Forgets what is older."""
    while times and times[0] <= now - HOUR:
        del times[0]
    return times[0] + HOUR - now if len(times) >= limit else None


def check_copy_rate(state: State, collection: Collection, now: float) -> float | None:
    """At most three copy PUTs an hour per target collection (create-restore-points documentation)."""
    return over_rate(collection.copy_puts, now, state.settings.limits.copies_per_hour)


def check_create_rate(state: State, vm_id: str, kind: str, now: float) -> float | None:
    """At most three create PUTs an hour per VM and kind of consistency (same page)."""
    return over_rate(state.create_puts.setdefault((vm_id, kind), []), now, state.settings.limits.creates_per_hour)


def rate_error(retry_after: int, what: str) -> ArmError:
    """The answer over an hourly limit."""
    return throttled(
        f"The hourly limit of {what} is reached. Retry after the interval specified in the response.", retry_after
    )


def check_point_quota(state: State, vm_id: str) -> None:
    """500 restore points per VM over all collections, copies included (concepts-restore-points)."""
    limit = state.settings.limits.points_per_vm
    if len(state.points_of_vm.get(vm_id, ())) >= limit:
        raise ArmError(
            409,
            "OperationNotAllowed",
            "The number of restore points across restore point collections and resource groups for a VM cannot "
            f"exceed {limit}.",
        )


def check_collection_quota(state: State, subscription: str, region: str) -> None:
    """10,000 collections per subscription and region (concepts-restore-points)."""
    limit = state.settings.limits.collections_per_region
    if state.collection_counts.get((subscription.lower(), region), 0) >= limit:
        raise ArmError(
            409, "OperationNotAllowed", f"There are {limit} restore point collections in region '{region}' already."
        )


def check_free_vm(state: State, vm_key: str) -> None:
    """One restore point of a VM is made at a time (text from the troubleshooting page)."""
    if state.creating_on_vm.get(vm_key):
        raise ArmError(
            409,
            "VMRestorePointClientError",
            "RestorePoint creation failed since a concurrent 'Create RestorePoint' operation was triggered on the VM.",
        )


def check_source_disks(state: State, vm: Vm, excluded: set[str]) -> None:
    """Disks that were never allocated, and shared ones, have to be excluded (troubleshooting page)."""
    unknown = excluded - {key(attached.disk) for attached in vm.disks}
    if unknown:
        raise bad_request(f"excludeDisks names a disk that is not attached to the VM: {sorted(unknown)[0]}")
    if len(excluded) == len(vm.disks):
        raise bad_request("excludeDisks leaves no disk to make a restore point of.")
    wanted = [state.disks.get(attached.disk) for attached in vm.disks if key(attached.disk) not in excluded]
    disks: list[Disk] = [disk for disk in wanted if disk is not None]
    unallocated = [disk.name for disk in disks if not disk.allocated]
    if unallocated:
        raise not_allowed(
            f"RestorePoint creation failed as disk(s) {', '.join(unallocated)} have not been allocated successfully. "
            "Please exclude these disk(s) using excludeDisks property and retry."
        )
    shared = [disk.name for disk in disks if disk.max_shares > 1]
    if shared:
        raise ArmError(
            409,
            "VMRestorePointClientError",
            f"RestorePoint creation failed. Shared disks is not supported ({', '.join(shared)}). You may exclude "
            "these disks using excludeDisks property.",
        )


def check_collection_source(location: str, source: Collection) -> None:
    """A collection with another collection as its source is for copies: same region makes no sense (FAQ)."""
    if source.location == location:
        raise bad_request(
            f"The source restore point collection is in region '{location}' too. Restore points can only be copied "
            "to another region."
        )


def check_copy(state: State, collection: Collection, source: Point) -> None:
    """Every rule of a copy, in the order in which it is cheapest to be told."""
    origin = state.collection_of(source)
    _check_regions(collection, origin)
    _check_is_local(origin, source)
    if collection.source_kind != "collection" or key(collection.source) != origin.key:
        raise bad_request(
            f"The restore point belongs to collection {origin.id}, but the source of the target collection is "
            f"{collection.source}."
        )
    if source.provisioning != "Succeeded":
        raise not_allowed(f"The source restore point is in provisioning state '{source.provisioning}'.")
    check_not_in_region(state, collection, source)
    check_order(state, collection, source)
    check_one_at_a_time(collection)
    check_point_quota(state, source.vm_id)


def _check_regions(collection: Collection, origin: Collection) -> None:
    """No copy within a region (FAQ)."""
    if collection.location == origin.location:
        raise bad_request(
            f"The source restore point is in region '{origin.location}' already. Copying a restore point within a "
            "region is not supported."
        )


def _check_is_local(origin: Collection, source: Point) -> None:
    """No copy of a copy, nor of a point that was made directly in another region (known issues)."""
    if source.source or source.remote or origin.source_kind == "collection":
        raise bad_request(
            "The source restore point was itself copied from another region. A copy of a copy is not supported."
        )


def check_not_in_region(state: State, collection: Collection, source: Point) -> None:
    """A point is copied once into a region, whatever became of that copy (known issues)."""
    for copy_key in state.copies_of.get(source.key, ()):
        copy = state.points[copy_key]
        if state.collection_of(copy).location == collection.location:
            raise not_allowed(
                f"The source restore point has been copied to region '{collection.location}' already, as {copy.id}. "
                "Delete that restore point first."
            )


def check_order(state: State, collection: Collection, source: Point) -> None:
    """Copies are made in the order in which the source points were (known issues); what failed counts too."""
    newer = [point for point in collection.points.values() if point.time_created > source.time_created]
    if newer:
        raise not_allowed(
            f"A newer restore point of the source collection has been copied already, as {newer[0].id}. Copying "
            "restore points out of order is not supported."
        )


def check_one_at_a_time(collection: Collection) -> None:
    """One copy at a time from one source collection to one target collection (FAQ)."""
    if collection.busy_copies:
        raise not_allowed(
            f"Another copy to this restore point collection is in progress: {sorted(collection.busy_copies)[0]}. "
            "Only one restore point can be copied at a time."
        )
