# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every route of the resource manager: path, methods, resource type and the api-versions that it knows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from werkzeug.routing import Map, Rule

from . import (
    disks,
    encryption_sets,
    groups,
    ids,
    images,
    network,
    operations,
    restore_points,
    snapshots,
    virtual_machines,
)
from .call import Reply

COMPUTE_VERSIONS = (
    "2021-03-01",
    "2021-04-01",
    "2021-07-01",
    "2021-11-01",
    "2022-03-01",
    "2022-08-01",
    "2022-11-01",
    "2023-03-01",
    "2023-07-01",
    "2023-09-01",
    "2024-03-01",
    "2024-07-01",
    "2024-11-01",
    "2025-04-01",
    "2025-11-01",
    "2026-03-01",
    "2026-04-01",
)
DISK_VERSIONS = (
    "2020-12-01",
    "2021-04-01",
    "2021-08-01",
    "2021-12-01",
    "2022-03-02",
    "2022-07-02",
    "2023-01-02",
    "2023-04-02",
    "2023-10-02",
    "2024-03-02",
    "2025-01-02",
    "2026-03-02",
)
NETWORK_VERSIONS = (
    "2020-11-01",
    "2021-02-01",
    "2021-03-01",
    "2021-05-01",
    "2021-08-01",
    "2022-01-01",
    "2022-05-01",
    "2022-07-01",
    "2022-09-01",
    "2022-11-01",
    "2023-02-01",
    "2023-04-01",
    "2023-05-01",
    "2023-06-01",
    "2023-09-01",
    "2023-11-01",
    "2024-01-01",
    "2024-03-01",
    "2024-05-01",
)
RESOURCE_VERSIONS = (
    "2019-10-01",
    "2019-11-01",
    "2020-01-01",
    "2020-06-01",
    "2020-10-01",
    "2021-01-01",
    "2021-04-01",
    "2022-09-01",
    "2022-12-01",
    "2023-07-01",
    "2024-03-01",
    "2024-07-01",
    "2024-11-01",
    "2025-04-01",
)
OPERATION_VERSIONS = tuple(sorted({*COMPUTE_VERSIONS, *DISK_VERSIONS}))

Handler = Callable[..., Reply]

_ACTIONS = {"GET": "read", "HEAD": "read", "PUT": "write", "PATCH": "write", "DELETE": "delete"}


@dataclass(frozen=True)
class Route:
    """What a path leads to. ``in_group`` says whether the resource group has to exist."""

    path: str
    kind: str
    versions: tuple[str, ...]
    handlers: dict[str, Handler]
    in_group: bool = True
    action: str | None = None

    def action_for(self, method: str) -> str:
        """The permission that the method needs."""
        return f"{self.kind}/{self.action or _ACTIONS[method]}"


_SUBSCRIPTION = "/subscriptions/<subscription>"
_GROUP = f"{_SUBSCRIPTION}/resourcegroups/<group>"
_COMPUTE = "/providers/microsoft.compute"
_NETWORK = "/providers/microsoft.network"
_COLLECTION = f"{_GROUP}{_COMPUTE}/restorepointcollections/<collection_name>"
_POINT = f"{_COLLECTION}/restorepoints/<name>"
_DISK_POINT = f"{_POINT}/diskrestorepoints/<disk_name>"

_GROUP_KIND = "Microsoft.Resources/subscriptions/resourceGroups"


def _simple(
    namespace: str, kind: str, versions: tuple[str, ...], one: dict[str, Handler], group: Handler, all_: Handler | None
) -> list[Route]:
    """The routes of a resource type that is listed by resource group and by subscription."""
    type_ = kind.split("/", 1)[1].lower()
    routes = [
        Route(f"{_GROUP}{namespace}/{type_}/<name>", kind, versions, one),
        Route(f"{_GROUP}{namespace}/{type_}", kind, versions, {"GET": group}),
    ]
    if all_ is not None:
        routes.append(Route(f"{_SUBSCRIPTION}{namespace}/{type_}", kind, versions, {"GET": all_}, in_group=False))
    return routes


ROUTES: list[Route] = [
    Route(
        "/subscriptions",
        "Microsoft.Resources/subscriptions",
        RESOURCE_VERSIONS,
        {"GET": groups.list_subscriptions},
        False,
    ),
    Route(
        _SUBSCRIPTION, "Microsoft.Resources/subscriptions", RESOURCE_VERSIONS, {"GET": groups.get_subscription}, False
    ),
    Route(
        f"{_SUBSCRIPTION}/locations",
        "Microsoft.Resources/subscriptions/locations",
        RESOURCE_VERSIONS,
        {"GET": groups.list_locations},
        False,
    ),
    Route(f"{_SUBSCRIPTION}/resourcegroups", _GROUP_KIND, RESOURCE_VERSIONS, {"GET": groups.list_groups}, False),
    Route(
        f"{_SUBSCRIPTION}/resourcegroups/<name>",
        _GROUP_KIND,
        RESOURCE_VERSIONS,
        {
            "GET": groups.get_group,
            "HEAD": groups.head_group,
            "PUT": groups.put_group,
            "PATCH": groups.patch_group,
            "DELETE": groups.delete_group,
        },
        False,
    ),
    Route(
        f"{_SUBSCRIPTION}/operationresults/<operation_id>",
        "Microsoft.Resources/subscriptions/operationresults",
        RESOURCE_VERSIONS,
        {"GET": groups.operation_result},
        False,
    ),
    *(
        Route(
            f"{_SUBSCRIPTION}{_COMPUTE}/locations/<region>/{path}/<operation_id>",
            "Microsoft.Compute/locations/operations",
            OPERATION_VERSIONS,
            {"GET": operations.poll},
            False,
        )
        for path in ("operations", "diskoperations")
    ),
    *_simple(
        _COMPUTE,
        ids.VM,
        COMPUTE_VERSIONS,
        {
            "GET": virtual_machines.get_vm,
            "PUT": virtual_machines.put_vm,
            "PATCH": virtual_machines.patch_vm,
            "DELETE": virtual_machines.delete_vm,
        },
        virtual_machines.list_vms_in_group,
        virtual_machines.list_vms,
    ),
    Route(
        f"{_GROUP}{_COMPUTE}/virtualmachines/<name>/instanceview",
        ids.VM,
        COMPUTE_VERSIONS,
        {"GET": virtual_machines.get_instance},
    ),
    Route(
        f"{_GROUP}{_COMPUTE}/virtualmachines/<name>/reapply",
        ids.VM,
        COMPUTE_VERSIONS,
        {"POST": virtual_machines.reapply_vm},
        action="reapply/action",
    ),
    *_simple(
        _COMPUTE,
        ids.DISK,
        DISK_VERSIONS,
        {"GET": disks.get_disk, "PUT": disks.put_disk, "PATCH": disks.patch_disk, "DELETE": disks.delete_disk},
        disks.list_disks_in_group,
        disks.list_disks,
    ),
    *_simple(
        _COMPUTE,
        ids.SNAPSHOT,
        DISK_VERSIONS,
        {
            "GET": snapshots.get_snapshot,
            "PUT": snapshots.put_snapshot,
            "PATCH": snapshots.patch_snapshot,
            "DELETE": snapshots.delete_snapshot,
        },
        snapshots.list_snapshots_in_group,
        snapshots.list_snapshots,
    ),
    *_simple(
        _COMPUTE,
        ids.IMAGE,
        COMPUTE_VERSIONS,
        {
            "GET": images.get_image,
            "PUT": images.put_image,
            "PATCH": images.patch_image,
            "DELETE": images.delete_image,
        },
        images.list_images_in_group,
        images.list_images,
    ),
    *_simple(
        _COMPUTE,
        ids.ENCRYPTION_SET,
        DISK_VERSIONS,
        {"GET": encryption_sets.get_set},
        encryption_sets.list_sets_in_group,
        None,
    ),
    *_simple(
        _COMPUTE,
        ids.COLLECTION,
        COMPUTE_VERSIONS,
        {
            "GET": restore_points.get_collection,
            "PUT": restore_points.put_collection,
            "PATCH": restore_points.patch_collection,
            "DELETE": restore_points.delete_collection,
        },
        restore_points.list_collections_in_group,
        restore_points.list_collections,
    ),
    Route(
        _POINT,
        ids.POINT,
        COMPUTE_VERSIONS,
        {
            "GET": restore_points.get_point,
            "PUT": restore_points.put_point,
            "DELETE": restore_points.delete_point,
        },
    ),
    # There is no verb that lists or changes restore points: these paths exist and answer 405.
    Route(f"{_COLLECTION}/restorepoints", ids.POINT, COMPUTE_VERSIONS, {}),
    Route(f"{_POINT}/diskrestorepoints", ids.DISK_POINT, DISK_VERSIONS, {"GET": restore_points.list_disk_points}),
    Route(_DISK_POINT, ids.DISK_POINT, DISK_VERSIONS, {"GET": restore_points.get_disk_point}),
    Route(
        f"{_DISK_POINT}/begingetaccess",
        ids.DISK_POINT,
        DISK_VERSIONS,
        {"POST": restore_points.begin_access},
        action="beginGetAccess/action",
    ),
    Route(
        f"{_DISK_POINT}/endgetaccess",
        ids.DISK_POINT,
        DISK_VERSIONS,
        {"POST": restore_points.end_access},
        action="endGetAccess/action",
    ),
    *_simple(
        _NETWORK,
        ids.NETWORK,
        NETWORK_VERSIONS,
        {"GET": network.get_network},
        network.list_networks_in_group,
        network.list_networks,
    ),
    Route(
        f"{_GROUP}{_NETWORK}/virtualnetworks/<name>/subnets/<subnet>",
        ids.SUBNET,
        NETWORK_VERSIONS,
        {"GET": network.get_subnet},
    ),
    Route(
        f"{_GROUP}{_NETWORK}/virtualnetworks/<name>/subnets",
        ids.SUBNET,
        NETWORK_VERSIONS,
        {"GET": network.list_subnets},
    ),
    *_simple(
        _NETWORK,
        ids.SECURITY_GROUP,
        NETWORK_VERSIONS,
        {"GET": network.get_security_group},
        network.list_security_groups,
        None,
    ),
    *_simple(
        _NETWORK,
        ids.NIC,
        NETWORK_VERSIONS,
        {"GET": network.get_nic, "PUT": network.put_nic, "DELETE": network.delete_nic},
        network.list_nics_in_group,
        network.list_nics,
    ),
]

URL_MAP = Map(
    [Rule(route.path, endpoint=index, merge_slashes=False) for index, route in enumerate(ROUTES)],
    merge_slashes=False,
    redirect_defaults=False,
    strict_slashes=False,
)


def routable(path: str) -> str:
    """The path with its fixed parts in lower case: ARM does not mind their casing, names keep theirs."""
    parts = path.rstrip("/").split("/")
    fixed = 1
    provider = None
    for index, part in enumerate(parts[1:], start=1):
        if provider is not None:
            # namespace, then type and name by turns
            if index == provider + 1 or (index - provider) % 2 == 0:
                parts[index] = part.lower()
            continue
        if index % 2 == fixed:
            parts[index] = part.lower()
            if parts[index] == "providers":
                provider = index
    return "/".join(parts)
