# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The options of azure_image_replication, and what they mean."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible_collections.bcdr.multicloud.plugins.module_utils._azure.ids import (
    COMPUTE,
    DISK_TYPE,
    ResourceId,
    check_name,
    region_key,
    resolve_id,
)
from ansible_collections.bcdr.multicloud.plugins.module_utils._azure.snapshots.image_values import (
    ImageDisk,
    ImageMade,
    ImageTarget,
    ImageWanted,
)
from ansible_collections.bcdr.multicloud.plugins.module_utils._azure.snapshots.values import SNAPSHOT_TYPE
from ansible_collections.bcdr.multicloud.plugins.module_utils._core.errors import InvalidRequest
from ansible_collections.bcdr.multicloud.plugins.module_utils._core.provider import duration_option, moment_option
from ansible_collections.bcdr.multicloud.plugins.module_utils._planning.options import planning_spec

_LONGEST_NAME = 80
IMAGE_SPEC: dict[str, Any] = {
    "resource_group": {"type": "str"},
    "name": {"type": "str"},
    "location": {"type": "str"},
    "source_vm": {"type": "str"},
    "disks": {
        "type": "list",
        "elements": "dict",
        "options": {
            "lun": {"type": "int"},
            "snapshot": {"type": "str"},
            "disk": {"type": "str"},
            "caching": {"type": "str", "choices": ["None", "ReadOnly", "ReadWrite"]},
        },
        "mutually_exclusive": [["snapshot", "disk"]],
        "required_one_of": [["snapshot", "disk"]],
    },
    "targets": {
        "type": "list",
        "elements": "dict",
        "options": {
            "location": {"type": "str", "required": True},
            "resource_group": {"type": "str"},
            "subscription_id": {"type": "str"},
            "copies": {"type": "int", "default": 1},
            "disk_encryption_set_id": {"type": "str"},
        },
    },
    "planning": planning_spec(
        "optimized",
        "nearest",
        "in_source",
        "star",
        temporary_copies={"type": "bool", "default": False},
        geo_pair_factor={"type": "float"},
    ),
    "image": {
        "type": "dict",
        "options": {
            "os_type": {"type": "str", "choices": ["Linux", "Windows"]},
            "os_state": {"type": "str", "choices": ["Generalized", "Specialized"], "default": "Generalized"},
            "hyper_v_generation": {"type": "str", "choices": ["V1", "V2"]},
            "storage_account_type": {"type": "str"},
            "zone_resilient": {"type": "bool", "default": False},
        },
    },
    "max_age": {"type": "str"},
    "newer_than": {"type": "str"},
    "keep_newest": {"type": "int"},
    "retries": {"type": "int", "default": 2},
    "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
    "storage_account_type": {"type": "str", "choices": ["Standard_LRS", "Standard_ZRS", "Premium_LRS"]},
    "tags": {"type": "dict"},
}


def image_wanted(params: Mapping[str, Any], subscription: str) -> ImageWanted:
    """Return what the options mean; the disks of a VM are not known yet. Raises InvalidRequest."""
    check_name("name", params["name"])
    group = params.get("resource_group") or ""
    disks = _disks(params, subscription, group)
    source = ResourceId(subscription, group, COMPUTE, (), ())
    if disks:
        os_disk = next(disk for disk in disks if disk.lun is None)
        named = resolve_id("disks", os_disk.snapshot_id, SNAPSHOT_TYPE, subscription, group)
        source = ResourceId(named.subscription, named.group, COMPUTE, (), ())
    elif not group:
        raise InvalidRequest("resource_group: is needed, it is where the image comes from")
    planning = {key: value for key, value in params["planning"].items() if value is not None}
    if params["retries"] < 0:
        raise InvalidRequest("retries: must be 0 or more")
    made = params.get("image")
    targets = _targets(params["targets"], source)
    max_age, newer_than = duration_option(params, "max_age"), moment_option(params, "newer_than")
    keep_newest = params.get("keep_newest")
    if max_age is not None and newer_than is not None:
        raise InvalidRequest("newer_than: is said instead of max_age, not with it")
    for option, given in (("max_age", max_age), ("newer_than", newer_than)):
        if given is not None and any(not disk.disk_id for disk in disks):
            raise InvalidRequest(f"{option}: makes snapshots when time has passed, so disks have to be managed disks")
    if keep_newest is not None and (max_age is None or keep_newest < 1):
        raise InvalidRequest("keep_newest: must be 1 or more, and goes with max_age")
    wanted = ImageWanted(
        name=params["name"],
        source=source,
        disks=disks,
        targets=targets,
        planning={**planning, "provider": "azure"},
        location=region_key(params.get("location") or ""),
        retries=params["retries"],
        sku=params.get("storage_account_type") or "",
        tags=params.get("tags") or {},
        made=None if made is None else _made(made),
        max_age=max_age,
        newer_than=newer_than,
        keep_newest=keep_newest,
    )
    _check_lengths(wanted)
    return wanted


def _check_lengths(wanted: ImageWanted) -> None:
    """Raise InvalidRequest if what is named after the image would have a name that is too long for Azure."""
    slot = "-20261121T120000Z" if wanted.versioned else ""
    disk = max((disk.name for disk in wanted.disks), key=len, default="data-0")
    region = max((target.location for target in wanted.targets), key=len)
    longest = f"{wanted.name}{slot}-{disk}-{region}"
    if len(longest) > _LONGEST_NAME:
        raise InvalidRequest(
            f"name: {wanted.name} is too long, since {longest} has {len(longest)} characters, and Azure takes {_LONGEST_NAME}"
        )


def _disks(params: Mapping[str, Any], subscription: str, group: str) -> tuple[ImageDisk, ...]:
    disks = []
    for index, entry in enumerate(params.get("disks") or ()):
        place = f"disks[{index}]"
        lun, caching = entry.get("lun"), entry.get("caching") or ""
        if entry.get("snapshot"):
            snapshot = resolve_id(f"{place}.snapshot", entry["snapshot"], SNAPSHOT_TYPE, subscription, group)
            disks.append(ImageDisk(lun, str(snapshot), "", caching))
        else:
            disk = resolve_id(f"{place}.disk", entry["disk"], DISK_TYPE, subscription, group)
            home = ResourceId(disk.subscription, group or disk.group, COMPUTE, (), ())
            disks.append(snapshot_of(params["name"], home, lun, str(disk), caching))
    if disks:
        luns = [disk.lun for disk in disks]
        if luns.count(None) != 1:
            raise InvalidRequest("disks: exactly one has no lun, the OS disk")
        twice = next((lun for lun in luns if luns.count(lun) > 1), None)
        if twice is not None:
            raise InvalidRequest(f"disks: lun {twice} is given twice")
    return tuple(disks)


def snapshot_of(name: str, home: ResourceId, lun: int | None, disk_id: str, caching: str) -> ImageDisk:
    """Return a disk whose snapshot is to be made first, beside the others in `home`, under a derived name."""
    disk = ImageDisk(lun, "", disk_id, caching)
    snapshot = ResourceId(home.subscription, home.group, COMPUTE, (SNAPSHOT_TYPE,), (f"{name}-{disk.name}",))
    return ImageDisk(lun, str(snapshot), disk_id, caching)


def _targets(entries: list[Mapping[str, Any]], source: ResourceId) -> tuple[ImageTarget, ...]:
    if not entries:
        raise InvalidRequest("targets: names no region")
    targets: list[ImageTarget] = []
    for index, entry in enumerate(entries):
        place = f"targets[{index}]"
        location = region_key(entry["location"])
        if any(other.location == location for other in targets):
            raise InvalidRequest(f"{place}: {location} is there twice; copies says how many there shall be")
        if entry["copies"] < 1:
            raise InvalidRequest(f"{place}.copies: must be 1 or more")
        subscription = entry.get("subscription_id") or source.subscription
        group = entry.get("resource_group") or source.group
        encryption_set = entry.get("disk_encryption_set_id") or ""
        if encryption_set:
            encryption_set = str(
                resolve_id(f"{place}.disk_encryption_set_id", encryption_set, "diskEncryptionSets", subscription, group)
            )
        targets.append(ImageTarget(location, subscription, group, entry["copies"], encryption_set))
    return tuple(targets)


def _made(options: Mapping[str, Any]) -> ImageMade:
    return ImageMade(
        os_type=options.get("os_type") or "",
        os_state=options["os_state"],
        generation=options.get("hyper_v_generation") or "",
        sku=options.get("storage_account_type") or "",
        zone_resilient=options["zone_resilient"],
    )
