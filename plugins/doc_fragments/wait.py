# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations


class ModuleDocFragment:
    DOCUMENTATION = r"""
options:
  wait:
    description:
      - Whether to go on until everything is settled, that is neither C(pending) nor C(running).
      - With V(false) the task does one pass, starts what can be started, and reports where everything stands. Run it
        again, for example on a schedule, to take everything further. Nothing is ever started twice.
    type: bool
    default: true
  wait_timeout:
    description:
      - How long to wait, as seconds or a duration such as V(90s), V(30m), V(4h) or V(2d).
      - A wait that times out fails the task and names what still runs. It changes nothing, and the next run takes up
        where this one stopped.
    type: str
    default: 4h
  wait_delay:
    description:
      - The longest pause between two looks, as seconds or a duration. The first pauses are shorter.
    type: str
    default: 30s
  journal_path:
    description:
      - A file on the host that runs the module to which one JSON line is appended for everything that moves.
      - It is the run's audit log and holds no secrets.
    type: path
  _progress_path:
    description:
      - Set by the action plugin, which prints what is written there. Not for use in tasks.
    type: path
  _started_jobs:
    description:
      - Set by the action plugin, where each pass is a process of its own. Not for use in tasks.
    type: list
    elements: str
notes:
  - While it waits on a local connection the task prints a line for everything that moves, and at least one a minute. On any other
    connection the controller repeats short passes instead, and under C(async) nothing is printed.
  - When the output of Ansible goes into a pipe or a file, Python holds it back; with the environment variable E(PYTHONUNBUFFERED=1)
    the lines appear as they are printed.
"""
