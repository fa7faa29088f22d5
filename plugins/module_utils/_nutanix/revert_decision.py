# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What to do so that a VM is reverted to what it was. Pure.

What a VM has written since nobody can see, so each run reverts it. The id of the request is derived from the VM's ETag,
which a revert changes: runs that see the same VM at the same moment revert it once.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from ansible_collections.bcdr.multicloud.plugins.module_utils._core.reconcile import (
    FAILED,
    RUNNING,
    SUCCEEDED,
    Action,
    Decision,
)
from ansible_collections.bcdr.multicloud.plugins.module_utils._nutanix.attempts import Attempts, task_results
from ansible_collections.bcdr.multicloud.plugins.module_utils._nutanix.tokens import derived_request_id


@dataclass(frozen=True)
class RevertWanted:
    """`part_ext_id` "" is the part of the newest usable recovery point, which is looked for. `overrides` are what else is
    reverted, as the API has it in snake case.
    """

    ext_id: str
    part_ext_id: str
    overrides: Mapping[str, bool] = field(default_factory=dict)


@dataclass(frozen=True)
class RevertObserved:
    """`name` and `etag` are the VM's, None when it is not there; once a task is known they are not asked for.

    `part_ext_id` is the part of a recovery point to revert to, "" when there is none.
    """

    name: str | None
    etag: str | None
    attempts: Attempts = field(default_factory=Attempts)
    part_ext_id: str = ""


def decide_revert(wanted: RevertWanted, observed: RevertObserved) -> Decision:
    """Return whether to revert, and how far that is."""
    tasks = observed.attempts.tasks
    part_ext_id = wanted.part_ext_id or observed.part_ext_id
    result = {
        "ext_id": wanted.ext_id,
        "vm_recovery_point_ext_id": part_ext_id or None,
        "response": dict(tasks[-1].raw) if tasks else None,
        "task_ext_id": tasks[-1].ext_id if tasks else None,
        "tasks": task_results(tasks),
    }
    task = observed.attempts.current
    if task is not None:
        percent = 100.0 if task.status == SUCCEEDED else task.percent
        return Decision(task.status, task.reason, percent=percent, result=result)
    if observed.etag is None:
        return Decision(FAILED, f"there is no VM {wanted.ext_id}", result=result)
    if not part_ext_id:
        return Decision(
            FAILED, f"there is no usable recovery point of VM {observed.name or wanted.ext_id}", result=result
        )
    if observed.attempts.exhausted:
        return Decision(FAILED, "Prism Central answers each new request with a task of an earlier one", result=result)
    spec = {"vm_recovery_point_ext_id": part_ext_id, "override_spec": dict(wanted.overrides) or None}
    action = Action(
        "revert",
        f"VM {observed.name or wanted.ext_id} to recovery point {part_ext_id}",
        after={"vm_recovery_point_ext_id": part_ext_id, **wanted.overrides},
        payload={
            "spec": spec,
            "etag": observed.etag,
            "token": derived_request_id("revert", wanted.ext_id, spec, observed.etag, observed.attempts.number),
        },
    )
    return Decision(RUNNING, "the revert is starting", actions=(action,), result=result)
