# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The recovery point that is to be copied, as it is found in the source's vault."""

from __future__ import annotations

from dataclasses import dataclass

from ansible_collections.bcdr.multicloud.plugins.module_utils._aws.efs import api
from ansible_collections.bcdr.multicloud.plugins.module_utils._aws.efs.copy_decision import CopyWanted
from ansible_collections.bcdr.multicloud.plugins.module_utils._aws.efs.values import Point, newest_usable
from ansible_collections.bcdr.multicloud.plugins.module_utils._aws.session import AwsSession
from ansible_collections.bcdr.multicloud.plugins.module_utils._core.errors import InvalidRequest
from ansible_collections.bcdr.multicloud.plugins.module_utils._core.reconcile import PENDING, RUNNING


@dataclass(frozen=True)
class Source:
    """What was found: the point (None: there is none yet), whether its vault may be seen, and whether a backup is under
    way that will bring a first one. `older` are the other usable points of the file system there."""

    point: Point | None = None
    vault_seen: bool = True
    backup_under_way: bool = False
    older: tuple[Point, ...] = ()


def find_source(aws: AwsSession, region: str, vault: str, wanted: CopyWanted) -> Source:
    """Return the point that is named, or the newest usable one of the file system.

    Raises InvalidRequest for a point of another file system, Unavailable.
    """
    if wanted.point_arn:
        point = api.describe_point(aws, region, vault, wanted.point_arn)
        if point is None:
            return Source(vault_seen=api.describe_vault(aws, region, vault) is not None)
        if wanted.resource_arn and point.resource_arn != wanted.resource_arn:
            raise InvalidRequest(
                f"recovery_point_arn: {point.arn} is a point of {point.resource_arn}, not of {wanted.resource_arn}"
            )
        # One that is still being made is looked at again in each pass.
        under_way = point.status == "CREATING"
        return Source(None if under_way else point, backup_under_way=under_way)
    points = api.list_points(aws, region, vault, wanted.resource_arn)
    newest = newest_usable(points or ())
    under_way = False
    if points is not None and newest is None:
        jobs = api.list_backup_jobs(aws, region, wanted.resource_arn, vault)
        under_way = any(job.status in (PENDING, RUNNING) for job in jobs)
        # A job that ended in between must not look like a backup that was never made.
        newest = newest_usable(api.list_points(aws, region, vault, wanted.resource_arn) or ())
    older = tuple(point for point in points or () if point.usable and point is not newest)
    return Source(newest, points is not None, under_way, older)
