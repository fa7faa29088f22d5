# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The recovery point as every provider's info module shows it."""

from __future__ import annotations

import datetime
from dataclasses import dataclass, field
from typing import Any

from ansible_collections.bcdr.multicloud.plugins.module_utils._core.reconcile import SUCCEEDED


@dataclass(frozen=True)
class RecoveryPoint:
    """One recovery point in any cloud.

    `container` is the vault or collection that holds it, `source` the workload that it was made from, `copy_of`
    the id of the point that it is a copy of. `status` is one of the collection's statuses; only `succeeded` is
    restorable. `extra` holds what only this kind of workload has.
    """

    id: str
    name: str
    provider: str
    resource_type: str
    container: str
    source: str
    location: str
    source_location: str
    status: str
    reason: str = ""
    created: datetime.datetime | None = None
    expires: datetime.datetime | None = None
    progress_percent: float | None = None
    consistency: str = ""
    copy_of: str = ""
    size_bytes: int | None = None
    extra: dict[str, Any] = field(default_factory=dict)

    @property
    def usable(self) -> bool:
        return self.status == SUCCEEDED

    def as_result(self, now: datetime.datetime) -> dict[str, Any]:
        """Return the point as plain data; times are ISO 8601 in UTC, ages in seconds."""
        return {
            "id": self.id,
            "name": self.name,
            "provider": self.provider,
            "resource_type": self.resource_type,
            "container": self.container,
            "source": self.source,
            "location": self.location,
            "source_location": self.source_location,
            "status": self.status,
            "usable": self.usable,
            "reason": self.reason,
            "created_at": iso_timestamp(self.created),
            "age_seconds": None if self.created is None else max(0, round((now - self.created).total_seconds())),
            "expires_at": iso_timestamp(self.expires),
            "progress_percent": self.progress_percent,
            "consistency": self.consistency,
            "copy_of": self.copy_of,
            "size_bytes": self.size_bytes,
            **self.extra,
        }


def iso_timestamp(moment: datetime.datetime | None) -> str | None:
    """Return `moment` in UTC to the second, 2026-11-21T03:15:00Z, or None."""
    return None if moment is None else moment.astimezone(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
