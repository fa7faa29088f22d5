# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What an info task asks for, as an item: reads one vault."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible_collections.bcdr.multicloud.plugins.module_utils._aws.arns import file_system_id
from ansible_collections.bcdr.multicloud.plugins.module_utils._aws.efs import api
from ansible_collections.bcdr.multicloud.plugins.module_utils._aws.efs.info_decision import (
    InfoObserved,
    InfoWanted,
    decide_info,
)
from ansible_collections.bcdr.multicloud.plugins.module_utils._aws.efs.options import vault_name_option
from ansible_collections.bcdr.multicloud.plugins.module_utils._aws.provider import AwsItem, Session
from ansible_collections.bcdr.multicloud.plugins.module_utils._core.errors import BcdrError
from ansible_collections.bcdr.multicloud.plugins.module_utils._core.provider import duration_option
from ansible_collections.bcdr.multicloud.plugins.module_utils._core.reconcile import Action, Decision


class InfoItem(AwsItem):
    """Reads recovery points of file systems; options as in the module efs_backup_info."""

    def __init__(self, params: Mapping[str, Any], session: Session) -> None:
        self._file_system = ""
        if params.get("file_system_id"):
            self._file_system = file_system_id("file_system_id", params["file_system_id"])
        self._wanted = InfoWanted(
            region=session.region(),
            vault=vault_name_option("backup_vault_name", params["backup_vault_name"]),
            usable_only=params["usable_only"],
            newest_usable=params["newest_usable"],
            newer_than=duration_option(params, "newer_than"),
        )
        # Reading the same twice harms nobody: each item is its own.
        super().__init__(session, self._file_system or self._wanted.vault, f"info-{id(self)}")

    def observe(self) -> InfoObserved:
        region, name = self._wanted.region, self._wanted.vault
        remember = self.aws.memory.remember
        vault = remember(("vault", region, name), lambda: api.describe_vault(self.aws, region, name))
        points = remember(("points", region, name), lambda: api.list_points(self.aws, region, name, "")) or []
        if self._file_system:
            points = [point for point in points if point.resource_arn.rsplit("/", 1)[-1] == self._file_system]
        return InfoObserved(vault, tuple(points), self.aws.now())

    def decide(self, observed: InfoObserved) -> Decision:
        return decide_info(self._wanted, observed)

    def perform(self, action: Action) -> None:
        raise BcdrError(f"reading never changes anything, so it cannot {action.describe()}")
