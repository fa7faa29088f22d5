# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The cluster that a workload is restored on, where its target is another cluster of the source's own Prism Central."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.bcdr.multicloud.plugins.plugin_utils._nutanix_workloads import batch
from ansible_collections.bcdr.multicloud.plugins.plugin_utils._workloads import WorkloadError

SECOND = "7a1c0de0-0000-4000-8000-000000000012"


def workload(**target: str) -> dict[str, Any]:
    return {
        "name": "ledger",
        "rpo": "4h",
        "nutanix_host": "pc.example.com",
        "vms": [{"name": "db-01", "ext_id": "3f50a1b2-4c3d-4e6a-9b8e-1a2b3c4d5e6f"}],
        "targets": [{"nutanix_host": "pc.example.com", **target}],
        "failover": {"subnet_ext_id": "5c6d7e8f-9a0b-4c2d-8e4f-5a6b7c8d9e0f"},
    }


def test_prism_central_is_not_left_to_choose_the_cluster_that_is_lost() -> None:
    with pytest.raises(
        WorkloadError, match=r"^workload ledger: failover: cluster_ext_id is needed, since the target is"
    ):
        batch([workload(cluster_name="two")], "failover")


@pytest.mark.parametrize(
    ("target", "cluster"),
    [
        ({"cluster_ext_id": SECOND}, SECOND),
        ({"nutanix_host": "pc-dr.example.com"}, None),
        ({"nutanix_port": "9441"}, None),
    ],
)
def test_where_the_cluster_is_told_or_another_prism_central_has_what_was_replicated(
    target: dict[str, str], cluster: str | None
) -> None:
    [item] = batch([workload(**target)], "failover")
    assert item.get("cluster_ext_id") == cluster
