# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One function per Azure call on machines and disks, which all kinds of recovery points are made of and restored to."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible_collections.bcdr.multicloud.plugins.module_utils._azure.arm import ArmClient, Operation
from ansible_collections.bcdr.multicloud.plugins.module_utils._azure.ids import ResourceId
from ansible_collections.bcdr.multicloud.plugins.module_utils._core.errors import ProviderError

# Crash consistency needs 2021-07-01, encryption of a copy 2023-03-01, CopyStart 2020-12-01 (of the disks); these are
# documented and in all regions.
COMPUTE_VERSION = "2024-07-01"
DISKS_VERSION = "2024-03-02"


def begin_delete(client: ArmClient, resource: ResourceId, api_version: str = COMPUTE_VERSION) -> Operation | None:
    """Start deleting any resource; None when there was nothing to delete."""
    return client.begin("DELETE", str(resource), api_version)


def get_vm(client: ArmClient, vm: ResourceId) -> dict[str, Any] | None:
    """Return the virtual machine as ARM answers it, or None."""
    return client.get(str(vm), COMPUTE_VERSION)


def begin_put_vm(client: ArmClient, vm: ResourceId, body: Mapping[str, Any]) -> Operation | None:
    """Start making a virtual machine."""
    return client.begin("PUT", str(vm), COMPUTE_VERSION, body)


def begin_reapply_vm(client: ArmClient, vm: ResourceId) -> Operation | None:
    """Start to take a VM that failed to be created to the state that it should have; a running one it leaves running.

    learn.microsoft.com/rest/api/compute/virtual-machines/reapply.
    """
    return client.begin("POST", f"{vm}/reapply", COMPUTE_VERSION)


def get_disk(client: ArmClient, disk: ResourceId) -> dict[str, Any] | None:
    """Return the managed disk as ARM answers it, or None."""
    return client.get(str(disk), DISKS_VERSION)


def list_disks(client: ArmClient, subscription: str, group: str) -> tuple[dict[str, Any], ...]:
    """Return the managed disks of a resource group; none when the group does not exist. Once per round of passes."""

    def load() -> tuple[dict[str, Any], ...]:
        path = f"/subscriptions/{subscription}/resourceGroups/{group}/providers/Microsoft.Compute/disks"
        try:
            return tuple(client.list(path, DISKS_VERSION))
        except ProviderError as error:
            if error.code.lower() == "resourcegroupnotfound":
                return ()
            raise

    return client.memory.remember(("disks", subscription.lower(), group.lower()), load)


def begin_put_disk(client: ArmClient, disk: ResourceId, body: Mapping[str, Any]) -> Operation | None:
    """Start making a managed disk."""
    return client.begin("PUT", str(disk), DISKS_VERSION, body)
