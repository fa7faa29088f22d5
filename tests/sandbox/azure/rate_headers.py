# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The ``x-ms-ratelimit-remaining-resource`` header of recorded answers.

The numbers are those of the recordings and count down over windows of 3 and 30 (real) minutes; the sandbox shows
them and throttles only where it is told to by a fault or by a limit of restore points.
"""

from __future__ import annotations

import time

_FAMILIES = {
    "create": (("CreateRestorePoints3Min", 120), ("CreateRestorePoints30Min", 600)),
    "read": (("LowCostGetRestorePoint3Min", 500), ("LowCostGetRestorePoint30Min", 2500)),
    "delete": (("DeleteRestorePoints3Min", 350), ("DeleteRestorePoints30Min", 1750)),
    "operation": (("GetOperation3Min", 15000), ("GetOperation30Min", 30000)),
}
_WINDOWS = (180.0, 1800.0)
_METHODS = {"PUT": "create", "PATCH": "create", "GET": "read", "DELETE": "delete"}


class RateHeaders:
    """Counts requests per family and window."""

    def __init__(self) -> None:
        self._counts: dict[tuple[str, int], tuple[float, int]] = {}

    def header(self, method: str, path: str) -> str | None:
        """The header for a request, None if it belongs to no family that was recorded."""
        lower = path.lower()
        if "/operations/" in lower:
            family = "operation"
        elif "/restorepointcollections" in lower:
            family = _METHODS.get(method, "")
        else:
            family = ""
        if not family:
            return None
        now = time.monotonic()
        parts = []
        for index, (name, limit) in enumerate(_FAMILIES[family]):
            since, count = self._counts.get((family, index), (now, 0))
            if now - since >= _WINDOWS[index]:
                since, count = now, 0
            self._counts[family, index] = (since, count + 1)
            parts.append(f"Microsoft.Compute/{name};{max(0, limit - count - 1)}")
        return ",".join(parts)
