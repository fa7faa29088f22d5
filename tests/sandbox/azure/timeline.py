# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Carries out what virtual time has brought about, in the order in which it was due."""

from __future__ import annotations

import heapq
from collections.abc import Callable
from typing import Any

from . import operations, replication, restore_points, snapshot_copies
from .state import State

_EVENTS: dict[str, Callable[..., None]] = {
    "operation": operations.finish,
    "disk_replicated": replication.disk_replicated,
    "disk_fails": replication.disk_fails,
    "copy_too_long": replication.copy_too_long,
    "point_kept": restore_points.point_kept,
    "snapshot_arrived": snapshot_copies.arrived,
    "snapshot_copy_fails": snapshot_copies.copy_fails,
}


def due(state: State, now: float) -> bool:
    """Whether anything is due."""
    return bool(state.events) and state.events[0][0] <= now


def settle(state: State, now: float) -> None:
    """Bring the state up to ``now``; each event sees its own time, not ``now``."""
    while due(state, now):
        at, _sequence, kind, arguments = heapq.heappop(state.events)
        handler: Callable[..., Any] = _EVENTS[kind]
        handler(state, at, *arguments)
