# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One call to AWS Backup: what a handler is given."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ..world import World


@dataclass
class Call:
    """A call that passed authentication: who makes it, where, when, and how the job it starts shall end."""

    world: World
    account: str
    region: str
    now: float
    params: dict[str, Any]
    forced: tuple[str, str | None, float | None] | None = None

    @property
    def name(self) -> str:
        """The vault that the call is about."""
        return str(self.params["BackupVaultName"])
