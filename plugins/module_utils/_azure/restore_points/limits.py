# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Azure's limits on restore points, as numbers and as the waiting times that follow from them. Pure."""

from __future__ import annotations

import datetime
from collections.abc import Iterable

# learn.microsoft.com/azure/virtual-machines/concepts-restore-points: over all collections of one VM.
MAX_POINTS_PER_VM = 500
# learn.microsoft.com/azure/virtual-machines/virtual-machines-create-restore-points: three an hour, for making
# points of one VM (each kind of consistency) and for copying to one target collection.
MAX_STARTS_PER_HOUR = 3
LONGEST_COPY = datetime.timedelta(days=14)
_HOUR = datetime.timedelta(hours=1)


def seconds_until_next_start(starts: Iterable[datetime.datetime], now: datetime.datetime) -> float:
    """Return how long the hourly limit still forbids another start; 0 when it does not."""
    recent = sorted(start for start in starts if now - start < _HOUR)
    if len(recent) < MAX_STARTS_PER_HOUR:
        return 0.0
    return max(1.0, (recent[-MAX_STARTS_PER_HOUR] + _HOUR - now).total_seconds())
