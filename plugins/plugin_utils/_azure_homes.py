# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Where home is for a machine in Azure that was brought up elsewhere, whatever it was brought up from. Pure."""

from __future__ import annotations

import typing as t

from ansible_collections.bcdr.multicloud.plugins.module_utils._azure.ids import parse_id
from ansible_collections.bcdr.multicloud.plugins.plugin_utils._workloads import (
    Item,
    Workload,
    WorkloadError,
    without_none,
)


class Home(t.NamedTuple):
    """The name of the machine at home, and the target that its copies go to: location, subscription_id, resource_group."""

    vm_name: str
    target: Item


def home_of(workload: Workload, vm: str, recovered_subscription: str | None) -> Home:
    """Return where the workload's `failback` brings its machine, which is called `vm` at home (a name or a resource id).

    Raises WorkloadError where only the target says a subscription, so that nobody knows that of home.
    """
    home, parsed = workload["failback"], parse_id(vm)
    if parsed is None:
        subscription, group, name = workload.get("subscription_id"), workload["resource_group"], vm
    else:
        subscription, group, name = parsed.subscription, parsed.group, parsed.names[-1]
    subscription = home.get("subscription_id") or subscription
    if recovered_subscription and not subscription:
        raise WorkloadError(
            f"workload {workload['name']}: failback.subscription_id: is needed, since the machine was brought up in another "
            "subscription"
        )
    target = {
        "location": home["location"],
        "subscription_id": subscription,
        "resource_group": home.get("resource_group") or group,
        "disk_encryption_set_id": home.get("disk_encryption_set_id"),
    }
    return Home(name, without_none(target))
