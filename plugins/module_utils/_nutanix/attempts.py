# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What becomes of the tasks that a run has started for one item. Pure.

A request id gives the task that it gave before, perhaps to an earlier run: one that runs still, or that has failed since,
or whose recovery point has been deleted. The first is to be waited for, after the others the next id is to be tried.
"""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from ansible_collections.bcdr.multicloud.plugins.module_utils._core.reconcile import FAILED, SUCCEEDED
from ansible_collections.bcdr.multicloud.plugins.module_utils._nutanix.values import Task

# A run that gets nothing but old tasks for so many ids does not find a new one.
MOST_ATTEMPTS = 20


@dataclass(frozen=True)
class Attempts:
    """`tasks` are those that this run was given, in order, as they are now; `since` is the server's time at its start.

    `made` says of the ids that succeeded tasks have made whether they are there: False is known not to be. What is
    `repeated` is done once in each run: what had succeeded before it is spent.
    """

    tasks: tuple[Task, ...] = ()
    since: datetime.datetime | None = None
    made: Mapping[str, bool] = field(default_factory=dict)
    repeated: bool = False

    @property
    def current(self) -> Task | None:
        """The task that counts: the latest, unless it is spent."""
        return self.tasks[-1] if self.tasks and not self._spent(self.tasks[-1]) else None

    @property
    def number(self) -> int:
        """How many ids are spent, which is part of the next one."""
        return sum(map(self._spent, self.tasks))

    @property
    def exhausted(self) -> bool:
        return self.number >= MOST_ATTEMPTS

    def _spent(self, task: Task) -> bool:
        if task.status == FAILED:
            return self.is_old(task)
        if self.repeated and task.status == SUCCEEDED:
            return self.since is not None and task.completed is not None and task.completed < self.since
        made = made_by(task)
        gone = bool(made) and any(self.made.get(ext_id) is False for ext_id in made)
        return task.status == SUCCEEDED and self.is_old(task) and gone

    def is_old(self, task: Task) -> bool:
        """Return whether an earlier run has started the task."""
        return self.since is not None and task.created is not None and task.created < self.since


def made_by(task: Task) -> list[str]:
    """Return the external identifiers of what a task has made: a recovery point, or VMs and volume groups."""
    return [ext_id for name in ("recoveryPointExtId", "vmExtIds", "volumeGroupExtIds") for ext_id in task.ids(name)]


def task_results(tasks: Sequence[Task]) -> list[dict[str, object]]:
    """Return what a result shows of the tasks of this run."""
    return [task.as_result() for task in tasks]
