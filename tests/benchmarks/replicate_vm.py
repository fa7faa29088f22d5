# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a user would write without this collection: a recovery point of a VM and its replica, and a wait for both.

python replicate_vm.py VM PRISM_CENTRAL CLUSTER; the address and the user are those of NUTANIX_* in the environment.
"""

from __future__ import annotations

import os
import sys
import time
from typing import Any

import ntnx_dataprotection_py_client as dataprotection
import ntnx_prism_py_client as prism

_DELAY = 2


def main(vm: str, prism_central: str, cluster: str) -> None:
    points = dataprotection.RecoveryPointsApi(dataprotection.ApiClient(_configured(dataprotection.Configuration())))
    tasks = prism.TasksApi(prism.ApiClient(_configured(prism.Configuration())))
    made = dataprotection.RecoveryPoint(vm_recovery_points=[dataprotection.VmRecoveryPoint(vm_ext_id=vm)])
    task = _ended(tasks, points.create_recovery_point(made).data.ext_id)
    (point,) = [detail.value for detail in task.completion_details if detail.name == "recoveryPointExtId"]
    spec = dataprotection.RecoveryPointReplicationSpec(pc_ext_id=prism_central, cluster_ext_id=cluster)
    _ended(tasks, points.replicate_recovery_point(point, spec).data.ext_id)


def _configured(configuration: Any) -> Any:
    configuration.host = os.environ["NUTANIX_HOST"]
    configuration.port = os.environ["NUTANIX_PORT"]
    configuration.username = os.environ["NUTANIX_USERNAME"]
    configuration.password = os.environ["NUTANIX_PASSWORD"]
    configuration.root_ca_certificate_file = os.environ["NUTANIX_CA_PATH"]
    return configuration


def _ended(tasks: Any, ext_id: str) -> Any:
    while (task := tasks.get_task_by_id(ext_id).data).status in ("QUEUED", "RUNNING"):
        time.sleep(_DELAY)
    if task.status != "SUCCEEDED":
        raise SystemExit(f"{ext_id}: {task.status}")
    return task


if __name__ == "__main__":
    main(*sys.argv[1:])
