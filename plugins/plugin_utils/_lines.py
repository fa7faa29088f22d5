# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One line for people about a status entry or a restore, whatever the type of the workload. Pure."""

from __future__ import annotations

from ansible_collections.bcdr.multicloud.plugins.plugin_utils import (
    _azure_blob_workloads,
    _azure_image_workloads,
    _azure_vm_workloads,
    _efs_workloads,
    _nutanix_workloads,
)
from ansible_collections.bcdr.multicloud.plugins.plugin_utils._workloads import Item, restore_line, status_line

# What tells the results of the modules apart.
_DESCRIBE = {
    "restore_point": _azure_vm_workloads.describe_restored,
    "version": _azure_image_workloads.describe_restored,
    "incomplete_blobs": _azure_blob_workloads.describe_restored,
    "recovery_point_arn": _efs_workloads.describe_restored,
    "vms_ext_ids": _nutanix_workloads.describe_restored,
}


def line(entry: Item) -> str:
    """Return the line. Raises KeyError or TypeError for what is neither."""
    return status_line(entry) if "rpo_target_seconds" in entry else restore_line(entry, _describe)


def _describe(result: Item) -> tuple[str, str]:
    for key, describe in _DESCRIBE.items():
        if key in result:
            return describe(result)
    raise KeyError(" or ".join(_DESCRIBE))
