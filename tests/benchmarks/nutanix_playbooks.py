# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The playbooks for Nutanix that are measured, as data: our batches, a loop of our modules, and a script per VM."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from system.fleet import play
from system.nutanix_fleet import OTHER, PYTHON, ext_id, replica_task, snapshot_task

Json = dict[str, Any]
_SCRIPT = Path(__file__).resolve().parent / "replicate_vm.py"


def batches(names: Sequence[str]) -> list[Json]:
    """A task for the recovery points and one for their replicas, whatever the size of the fleet."""
    points = [{"vm_recovery_points": [{"vm_ext_id": ext_id(name)}]} for name in names]
    replicas = [{"vm_ext_ids": [ext_id(name)]} for name in names]
    return [play([snapshot_task("", batch=points, wait_delay="5s"), replica_task("", batch=replicas, wait_delay="5s")])]


def loops(names: Sequence[str]) -> list[Json]:
    """The same modules without a batch. All is started before anything is waited for, as a careful user would."""
    keywords = {"loop": [ext_id(name) for name in names]}

    def looped(**options: Any) -> list[Json]:
        item: Json = {"wait_delay": "5s", **options}
        return [
            snapshot_task("", keywords, vm_recovery_points=[{"vm_ext_id": "{{ item }}"}], **item),
            replica_task("", keywords, vm_ext_ids=["{{ item }}"], **item),
        ]

    first_points, first_replicas = looped(wait=False)
    last_points, last_replicas = looped()
    return [play([first_points, last_points, first_replicas, last_replicas])]


def scripts(names: Sequence[str]) -> list[Json]:
    """A program of one's own for each VM, one after the other; no checks, no second run."""
    command = [PYTHON, str(_SCRIPT), "{{ item }}", ext_id(f"Prism Central {OTHER}"), ext_id(f"cluster-{OTHER}")]
    task = {
        "name": "replicate",
        "ansible.builtin.command": {"argv": command},
        "changed_when": True,
        "loop": [ext_id(name) for name in names],
    }
    return [play([task])]
