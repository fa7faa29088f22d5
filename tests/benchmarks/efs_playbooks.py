# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The playbooks for EFS that are measured, as data: our batch, a loop of our module, and a script per file system."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from system.efs_fleet import IRELAND, ROLE, TARGETS, efs_id, vault_arn, vault_copy_task
from system.fleet import play

Json = dict[str, Any]
_SCRIPT = Path(__file__).resolve().parent / "copy_file_system.py"
_VAULTS = [vault_arn(region) for region in TARGETS]


def batches(names: Sequence[str]) -> list[Json]:
    """One task, whatever the size of the fleet."""
    batch = [{"file_system_id": efs_id(name)} for name in names]
    return [play([vault_copy_task("", batch=batch, wait_delay="5s")])]


def loops(names: Sequence[str]) -> list[Json]:
    """The same module without a batch. All copies are started before any is waited for, as a careful user would."""

    def looped(**options: Any) -> Json:
        keywords = {"loop": [efs_id(name) for name in names]}
        return vault_copy_task("", keywords, file_system_id="{{ item }}", wait_delay="5s", **options)

    return [play([looped(wait=False), looped()])]


def scripts(names: Sequence[str]) -> list[Json]:
    """A program of one's own for each file system, one after the other; no checks, no limits, no second run."""
    command = [sys.executable, str(_SCRIPT), IRELAND, "main", ROLE, "{{ item }}", *_VAULTS]
    task = {
        "name": "copy",
        "ansible.builtin.command": {"argv": command},
        "changed_when": True,
        "loop": [efs_id(name) for name in names],
    }
    return [play([task])]
