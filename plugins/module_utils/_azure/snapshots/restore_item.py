# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The restore of a version of an image, as an item."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ansible_collections.bcdr.multicloud.plugins.module_utils._azure.ids import (
    COMPUTE,
    ResourceId,
    check_name,
    region_key,
)
from ansible_collections.bcdr.multicloud.plugins.module_utils._azure.provider import Session
from ansible_collections.bcdr.multicloud.plugins.module_utils._azure.restores.restore_item import RestoreItem
from ansible_collections.bcdr.multicloud.plugins.module_utils._azure.restores.restored import Disk
from ansible_collections.bcdr.multicloud.plugins.module_utils._azure.snapshots import api
from ansible_collections.bcdr.multicloud.plugins.module_utils._azure.snapshots.restorable import (
    ImageThere,
    image_key,
    image_origin,
    image_there,
)
from ansible_collections.bcdr.multicloud.plugins.module_utils._core.errors import InvalidRequest


class ImageRestoreItem(RestoreItem):
    """Reconciles one restore; options as in the module azure_image_restore."""

    def __init__(self, params: Mapping[str, Any], session: Session) -> None:
        check_name("name", params["name"])
        self._image, self._location = params["name"], region_key(params["location"])
        vm = params.get("vm")
        if vm and params["state"] == "present" and not vm.get("vm_size"):
            raise InvalidRequest("vm.vm_size: is needed, an image does not tell the size of a machine")
        self._home = ResourceId(session.subscription, params["resource_group"], COMPUTE, (), ())
        name_format = params["disk_name_format"].replace("{image}", self._image).replace("{version}", "{point}")
        version = params.get("version") or ""
        if version and not version.lower().startswith(self._image.lower()):
            version = f"{self._image}-{version}"
        super().__init__(
            params,
            session,
            origin=image_origin(self._home, self._image, self._location),
            holder_id=image_key(self._home, self._image, self._location),
            home=self._home,
            label=self._image,
            point=version,
            name_format=name_format,
        )

    def look(self, disks: Sequence[Disk]) -> ImageThere:
        found = api.list_snapshots_in(self.client, self._home.subscription, self._home.group)
        return image_there(self._image, self._location, found)
