# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""There and home again with the playbooks: protect, home is gone, failover, home is back, failback, protect."""

from __future__ import annotations

import copy
from typing import Any

from system.efs_fleet import FRANKFURT, IRELAND
from system.failback_fleet import WORKLOADS, clock, lose_home, outage, run, seed
from system.nutanix_fleet import MAIN, OTHER
from system.runner import Ansible
from system.sandbox_process import SandboxProcess

SPEED = 600.0
Json = dict[str, Any]
FLEET = list(WORKLOADS.values())


def test_there_and_home_again(sandbox: SandboxProcess, ansible: Ansible) -> None:
    sandbox.plant(seed())
    run(ansible, "protect", FLEET)
    outage(sandbox, True)
    run(ansible, "failover", FLEET, dr_confirm_failover=True)
    outage(sandbox, False)
    print(run(ansible, "status", FLEET).stdout)
    print(run(ansible, "failback", FLEET).stdout)
    stopped = clock(sandbox)
    print(run(ansible, "failback", FLEET, dr_confirm_failback=True, dr_stopped_at=stopped, rc=2).stdout)
    lose_home(sandbox)
    print(run(ansible, "failback", FLEET, dr_confirm_failback=True, dr_stopped_at=stopped).stdout)
