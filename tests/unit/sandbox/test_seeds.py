# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Seeds: the shipped ones, errors that say where they are, points that exist at the start."""

from __future__ import annotations

from typing import Any

import pytest
from sandbox.azure.seeds import SeedError, find_seed, load_seed, parse_seed
from sandbox.virtual_clock import VirtualClock, parse_time, timestamp
from sandbox_client import Arm


@pytest.mark.parametrize(("name", "vms"), [("empty", 0), ("demo", 23), ("fleet-200", 200)])
def test_shipped_seeds(name: str, vms: int) -> None:
    """They load."""
    state = load_seed(find_seed(name), 0).state
    assert len(state.vms) == vms
    for group in ("rg-dr-ne", "rg-dr-sc"):
        networks = state.networks.in_group(next(iter(state.subscriptions)), group)
        assert {network.name: list(network.subnets) for network in networks} == {
            "vnet-dr": ["snet-failover"],
            "vnet-drill": ["snet-isolated"],
        }


def test_demo_is_a_mixture() -> None:
    """One to four disks each, both systems."""
    vms = list(load_seed(find_seed("demo"), 0).state.vms)
    assert {len(vm.disks) for vm in vms} == {1, 2, 3, 4}
    assert {vm.os_type for vm in vms} == {"Linux", "Windows"}
    assert {vm.location for vm in vms} == {"westeurope"}


@pytest.mark.parametrize(
    ("seed", "error"),
    [
        ("[1]", "expected a mapping"),
        ("a: [", "not YAML"),
        ({"nonsense": 1}, "nonsense: unknown field"),
        ({"start_time": "noon"}, "start_time: 'noon' is not an ISO 8601 time"),
        ({"resource_groups": [{"name": "a", "location": "moon"}]}, r"resource_groups\[0\].location: unknown region"),
        ({"vms": [{"name": "a", "rg": "b"}]}, r"vms\[0\].rg: unknown resource group 'b'"),
        ({"durations": {"delete": "long"}}, "durations.delete: expected a number"),
        ({"limits": {"page_size": 0}}, "limits.page_size: expected a positive number"),
        ({"clients": [{"secret": "x"}]}, r"clients\[0\].id: missing"),
        ({"faults": [{"kind": "boom"}]}, r"faults\[0\].kind"),
        ({"links": [{"source": "moon"}]}, r"links\[0\].source: unknown region"),
        ({"links": [{"seconds_per_gb": -1}]}, r"links\[0\].seconds_per_gb: expected seconds from 0"),
        ({"limits": {"snapshot_copies_per_source": 0}}, "snapshot_copies_per_source: expected a positive number"),
        (
            {"resource_groups": [{"name": "a", "location": "eastus"}], "snapshots": [{"name": "s", "rg": "a"}]},
            r"snapshots\[0\]: expected either disk or copy_of",
        ),
    ],
)
def test_errors(seed: Any, error: str) -> None:
    """Each says where it is."""
    with pytest.raises(SeedError, match=error):
        load_seed(parse_seed(seed), 0)


def test_unknown_seed() -> None:
    """The error names those there are."""
    with pytest.raises(SeedError, match="demo, empty, fleet-200"):
        find_seed("nothing")


def test_seeded_copies(arm_with: Any) -> None:
    """Points and copies in every state."""
    local = [
        {"name": "rp0", "age": 9000},
        {"name": "rp1", "time": "2026-03-01T06:00:00+02:00", "crash_consistent": True},
        {"name": "rp2", "age": 3600, "exclude_disks": ["lin-data-0"]},
    ]
    copies = [
        {"name": "rp0", "copy_of": "rp0"},
        {"name": "rp1", "copy_of": "rp1", "replication": "failed"},
        {"name": "rp2", "copy_of": "rp2", "replication": "replicating", "age": 10},
    ]
    arm: Arm = arm_with(
        {
            "collections": [
                {"name": "src", "rg": "rg-app", "vm": "lin", "points": local},
                {"name": "dst", "rg": "rg-dr", "source_collection": "src", "points": copies},
            ]
        }
    )
    target = arm.collection_id("dst", "rg-dr")
    assert [arm.replication(f"{target}/restorePoints/rp{n}") for n in range(3)] == [
        "succeeded",
        "failed",
        "replicating",
    ]
    arm.advance(3600)
    assert arm.replication(f"{target}/restorePoints/rp2") == "succeeded"


def test_replace_the_state(arm: Arm) -> None:
    """POST /seed starts over."""
    arm.make_collection()
    shown = arm.admin("POST", "seed", {"name": "demo"})
    assert len(shown["virtual_machines"]) == 23
    assert shown["collections"] == []
    arm.token = arm.login()
    assert arm.get("/resourceGroups/rg-dr-sc").status == 200


def test_clock() -> None:
    """Speed, advance, Retry-After in real seconds, parsing and printing."""
    real = [0.0]
    clock = VirtualClock(100.0, 60, lambda: real[0])
    real[0] = 2
    assert clock.now() == 220
    assert clock.advance(30) == 250
    assert (clock.retry_after(61), clock.retry_after(1)) == (2, 1)
    assert VirtualClock(0, 0).retry_after(30) == 30
    assert timestamp(parse_time("2021-12-09T03:48:53.1857478+05:30"), "+05:30").startswith("2021-12-09T03:48:53.18574")
    with pytest.raises(ValueError, match="zero or more"):
        clock.advance(-1)


def test_seeded_snapshots(arm_with: Any) -> None:
    """Snapshots and copies in every state; settings that change later are for copies that start later."""
    arm: Arm = arm_with(
        {
            "snapshots": [
                {"name": "os", "rg": "rg-app", "disk": "lin-os"},
                {"name": "done", "rg": "rg-dr", "copy_of": "os", "age": 60},
                {"name": "on-its-way", "rg": "rg-se", "copy_of": "os", "age": 60, "replication": "replicating"},
                {"name": "broken", "rg": "rg-se", "copy_of": "os", "age": 30, "replication": "failed"},
            ],
            "links": [{"base": 0, "seconds_per_gb": 10}],
        }
    )
    listed = arm.get("/providers/Microsoft.Compute/snapshots", version="2024-03-02").json["value"]
    percents = {entry["name"]: entry["properties"].get("completionPercent") for entry in listed}
    assert percents == {"os": None, "done": 100.0, "on-its-way": 20.0, "broken": 10.0}
    errors = [entry["name"] for entry in listed if "copyCompletionError" in entry["properties"]]
    assert errors == ["broken"]
    arm.admin("POST", "azure/settings", {"links": [{"base": 0, "seconds_per_gb": 1000}]})
    arm.advance(240)
    states = {entry["id"].rsplit("/", 1)[-1]: entry["replication"] for entry in arm.admin("GET", "state")["snapshots"]}
    assert states["on-its-way"] == "succeeded"
