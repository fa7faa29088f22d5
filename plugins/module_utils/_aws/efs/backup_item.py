# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The backup of one file system as an item: looks at points and jobs, starts a job."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from ansible_collections.bcdr.multicloud.plugins.module_utils._aws.efs import api
from ansible_collections.bcdr.multicloud.plugins.module_utils._aws.efs.backup_decision import (
    BackupObserved,
    BackupWanted,
    decide_backup,
    is_due,
)
from ansible_collections.bcdr.multicloud.plugins.module_utils._aws.efs.options import (
    file_system_arn,
    lifecycle_option,
    place_of,
    role_option,
    vault_name_option,
)
from ansible_collections.bcdr.multicloud.plugins.module_utils._aws.efs.values import SOURCE_TAG
from ansible_collections.bcdr.multicloud.plugins.module_utils._aws.provider import AwsItem, Session
from ansible_collections.bcdr.multicloud.plugins.module_utils._core.errors import InvalidRequest
from ansible_collections.bcdr.multicloud.plugins.module_utils._core.provider import duration_option, moment_option
from ansible_collections.bcdr.multicloud.plugins.module_utils._core.reconcile import Action, Decision

# AWS allows ten tags on a recovery point, and one tells how the source is set up.
_MOST_TAGS = 9


class BackupItem(AwsItem):
    """Reconciles the newest backup of a file system; options as in the module efs_backup."""

    def __init__(self, params: Mapping[str, Any], session: Session) -> None:
        place = place_of(session)
        arn = file_system_arn(params, place)
        tags = {str(key): str(value) for key, value in (params.get("tags") or {}).items()}
        if len(tags) > _MOST_TAGS:
            raise InvalidRequest(
                f"tags: AWS allows {_MOST_TAGS} beside {SOURCE_TAG} on a recovery point, not {len(tags)}"
            )
        if SOURCE_TAG in tags:
            raise InvalidRequest(f"tags: {SOURCE_TAG} is set by this module")
        max_age = duration_option(params, "max_age")
        self._region = place.region
        self._wanted = BackupWanted(
            resource_arn=arn,
            vault=vault_name_option("backup_vault_name", params["backup_vault_name"]),
            role_arn=role_option(params["iam_role_arn"]),
            max_age=max_age or 0,
            newer_than=moment_option(params, "newer_than"),
            lifecycle=lifecycle_option("lifecycle", params.get("lifecycle")),
            tags=tags,
        )
        self._file_system = arn.rsplit("/", 1)[-1]
        super().__init__(session, self._file_system, f"{arn}>{self._wanted.vault}")

    def observe(self) -> BackupObserved:
        # Jobs before points: one that ends in between must not look like a point that has been deleted.
        jobs = tuple(self._list_jobs()) if self.started else ()
        points = api.list_points(self.aws, self._region, self._wanted.vault, self._wanted.resource_arn)
        observed = BackupObserved(
            None if points is None else tuple(points), self.aws.now(), jobs=jobs, started=self.started
        )
        if points is None or self.started or not is_due(self._wanted, observed):
            return observed
        jobs = tuple(self._list_jobs())
        points = api.list_points(self.aws, self._region, self._wanted.vault, self._wanted.resource_arn) or []
        observed = replace(observed, jobs=jobs, points=tuple(points), now=self.aws.now())
        if is_due(self._wanted, observed):
            vault, region = self._wanted.vault, self._region
            observed = replace(
                observed,
                vault=self.aws.memory.remember(("vault", vault), lambda: api.describe_vault(self.aws, region, vault)),
                file_system=api.source_file_system(self.aws, region, self._file_system),
            )
        return observed

    def _list_jobs(self) -> list[api.Job]:
        return api.list_backup_jobs(self.aws, self._region, self._wanted.resource_arn, self._wanted.vault)

    def decide(self, observed: BackupObserved) -> Decision:
        return self.told(decide_backup(self._wanted, observed))

    def perform(self, action: Action) -> None:
        self.track(
            api.start_backup_job(
                self.aws,
                self._region,
                self._wanted.vault,
                self._wanted.resource_arn,
                self._wanted.role_arn,
                action.payload["token"],
                self._wanted.lifecycle,
                action.payload["tags"],
            )
        )
