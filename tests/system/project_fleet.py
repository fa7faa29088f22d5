# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the example project protects, as a seed of the sandbox: six workloads, of which nothing is protected yet."""

from __future__ import annotations

from typing import Any

from system.efs_fleet import FRANKFURT, IRELAND, efs_fleet
from system.fleet import NORTH, fleet
from system.nutanix_fleet import MAIN, OTHER, nutanix_fleet
from system.sandbox_process import SandboxProcess

Json = dict[str, Any]
VMS, FILES, SERVICES = ("app-01", "app-02"), ("web-content", "home-directories"), ("intranet", "ledger")
WORKLOADS = (*VMS, *FILES, *SERVICES)
# What the project's inventory says.
FILE_SYSTEMS = {"web-content": "fs-0a11ce0000000001", "home-directories": "fs-0a11ce0000000002"}
PARTS = {
    "web-01": "7a1c0de0-0000-4000-8000-000000000101",
    "web-02": "7a1c0de0-0000-4000-8000-000000000102",
    "db-01": "7a1c0de0-0000-4000-8000-000000000201",
}
GROUP = {"name": "db-data", "ext_id": "7a1c0de0-0000-4000-8000-000000000301"}
SUBNETS = {"production": "7a1c0de0-0000-4000-8000-000000000401", "isolated": "7a1c0de0-0000-4000-8000-000000000402"}
# A copy takes a quarter of an hour at most.
DURATIONS = {"local_point": 300, "copy_base": 600, "copy_gib_per_hour": 600}
EFS_DURATIONS = {"backup_base": 600, "copy_base": 600}
NUTANIX_DURATIONS = {"create": 300, "replicate_base": 600}


def project_seed(**fields: Any) -> Json:
    """The seed; `fields` are further ones, such as `clients`."""
    azure = fleet(VMS, durations=DURATIONS)
    azure["virtual_networks"].append(
        {
            "name": "vnet-drill",
            "rg": "rg-dr",
            "address_space": ["10.12.0.0/16"],
            "subnets": [{"name": "snet-isolated", "prefix": "10.12.1.0/24"}],
        }
    )
    aws = efs_fleet(FILES, targets=(FRANKFURT,), durations=EFS_DURATIONS)
    for entry in aws["aws"]["file_systems"]:
        entry["id"] = FILE_SYSTEMS[entry["name"]]
    nutanix = nutanix_fleet(PARTS, durations=NUTANIX_DURATIONS)
    main, other = nutanix["nutanix"]["prism_centrals"]
    for entry in main["vms"]:
        entry["ext_id"] = PARTS[entry["name"]]
    main["volume_groups"] = [{**GROUP, "disks_gb": [10]}]
    for entry in other["subnets"]:
        entry["ext_id"] = SUBNETS[entry["name"]]
    return {**azure, **aws, **nutanix, **fields}


def check_nothing_double(sandbox: SandboxProcess) -> None:
    """Of everything there is one recovery point, in each place one copy of it, and no job that made anything else."""
    for name in VMS:
        (point,) = sandbox.points(f"rpc-{name}")
        (copy,) = sandbox.points(f"rpc-{name}-{NORTH}")
        assert (copy["name"], copy["replication"]) == (point["name"], "succeeded")
    for identifier in FILE_SYSTEMS.values():
        (saved,) = sandbox.vault_points(IRELAND, "main", identifier)
        (vaulted,) = sandbox.vault_points(FRANKFURT, "dr", identifier)
        assert (vaulted["created"], vaulted["status"]) == (saved["created"], "COMPLETED")
        assert [job["state"] for job in sandbox.jobs("backup", identifier)] == ["COMPLETED"]
        assert [job["state"] for job in sandbox.jobs("copy", identifier)] == ["COMPLETED"]
    for name in PARTS:
        (recovery_point,) = sandbox.recovery_points(MAIN, name)
        (replica,) = sandbox.recovery_points(OTHER, name)
        assert replica["location_agnostic_id"] == recovery_point["location_agnostic_id"]
    operations = [entry["operation"] for entry in sandbox.prism_central(MAIN)["tasks"]]
    assert operations.count("CreateRecoveryPoint") == len(SERVICES)
    assert operations.count("EntitySnapshotReplicate") == len(SERVICES)
