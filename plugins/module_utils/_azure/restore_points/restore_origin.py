# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How disks are restored from restore points. Pure."""

from __future__ import annotations

from ansible_collections.bcdr.multicloud.plugins.module_utils._azure.ids import parse_id
from ansible_collections.bcdr.multicloud.plugins.module_utils._azure.restores.restored import RESTORE, Disk
from ansible_collections.bcdr.multicloud.plugins.module_utils._azure.restores.values import Origin


def source_of(disk: Disk) -> tuple[str, str, str] | None:
    """Return the collection's key, the point's name and the source disk's name that a restored disk came from.

    Azure names a disk restore point after its disk, with a guid behind the last underscore.
    """
    parsed = parse_id(disk.source_id)
    if parsed is None or len(parsed.names) != 3:
        return None
    return parsed.parent().parent().key, parsed.names[1], parsed.names[2].rpartition("_")[0]


POINTS = Origin(RESTORE, "restore point", "restore point collection", "restore_point", source_of)
