# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From workloads of type azure_image to the batches of the modules, and from their results to a status."""

from __future__ import annotations

import json
from typing import Any

import pytest

from ansible_collections.bcdr.multicloud.plugins.module_utils._core.module import ModuleDefinition
from ansible_collections.bcdr.multicloud.plugins.plugin_utils._azure_image_workloads import batch, links, status
from ansible_collections.bcdr.multicloud.plugins.plugin_utils._azure_vm_workloads import status as azure_vm_status
from ansible_collections.bcdr.multicloud.plugins.plugin_utils._lines import line
from ansible_collections.bcdr.multicloud.plugins.plugin_utils._workloads import WorkloadError, laid_over

SUBNET = "/subscriptions/s/resourceGroups/g/providers/Microsoft.Network/virtualNetworks/n/subnets/isolated"
NORTH = {"location": "North Europe", "resource_group": "rg-ne"}
EAST = {"location": "eastus", "subscription_id": "other", "copies": 2}
DEFAULTS: dict[str, Any] = {
    "azure_image": {
        "rpo": "24h",
        "resource_group": "rg-images",
        "targets": [NORTH, EAST],
        "tags": {"service": "shop"},
        "drill": {"subnet_id": SUBNET, "vm_size": "Standard_D2s_v5"},
        "failover": {"subnet_id": SUBNET, "vm_size": "Standard_D4s_v5"},
    }
}


def workload(**more: Any) -> dict[str, Any]:
    given = {"type": "azure_image", "name": "golden", "source_vm": "build", **more}
    return laid_over(DEFAULTS["azure_image"], given)


def only(step: str, **more: Any) -> dict[str, Any]:
    """Return the one item that the step makes of the workload."""
    (item,) = batch([workload(**more)], step)
    return item


VERSIONS = {
    "label": "golden",
    "name": "golden",
    "resource_group": "rg-images",
    "source_vm": "build",
    "targets": [NORTH, EAST],
    "planning": {},
    "tags": {"service": "shop"},
    "max_age": "24h",
}
DRILL = {
    "label": "golden",
    "name": "golden",
    "location": "North Europe",
    "resource_group": "rg-ne",
    "disk_name_format": "drill-{image}-{disk}",
    "vm": {"name": "drill-golden", "vm_size": "Standard_D2s_v5", "subnet_id": SUBNET},
    "tags": {"bcdr-drill": "golden"},
}


@pytest.mark.parametrize(
    ("step", "more", "item"),
    [
        pytest.param("versions", {}, VERSIONS, id="a version as old as the objective at most"),
        pytest.param(
            "versions",
            {"max_age": "12h", "keep_newest": 5, "image": {}, "location": "westeurope", "retries": 3},
            {**VERSIONS, "max_age": "12h", "keep_newest": 5, "image": {}, "location": "westeurope", "retries": 3},
            id="with all there is",
        ),
        pytest.param(
            "versions",
            {"source_vm": None, "disks": [{"disk": "build-os"}]},
            {**{key: value for key, value in VERSIONS.items() if key != "source_vm"}, "disks": [{"disk": "build-os"}]},
            id="managed disks have versions",
        ),
        pytest.param(
            "versions",
            {"source_vm": None, "disks": [{"snapshot": "os"}], "planning": {"copies_per_source": 3, "strategy": None}},
            {
                **{key: value for key, value in VERSIONS.items() if key not in ("source_vm", "max_age")},
                "disks": [{"snapshot": "os"}],
                "planning": {"copies_per_source": 3},
            },
            id="snapshots that are given are one version",
        ),
        pytest.param("drill", {}, DRILL, id="a drill bears its own names and the tag"),
        pytest.param(
            "drill",
            {"drill": {"subnet_id": None, "location": "East US", "resource_group": "rg-drill", "version": "initial"}},
            {
                "label": "golden",
                "name": "golden",
                "location": "eastus",
                "subscription_id": "other",
                "resource_group": "rg-images",
                "target_resource_group": "rg-drill",
                "disk_name_format": "drill-{image}-{disk}",
                "version": "initial",
                "tags": {"bcdr-drill": "golden"},
            },
            id="a drill elsewhere, without a network and so of the disks alone",
        ),
        pytest.param(
            "drill_cleanup",
            {"drill": {"version": "initial"}},
            {**DRILL, "state": "absent"},
            id="cleanup takes what a drill of any version made",
        ),
        pytest.param(
            "failover",
            {
                "failover": {
                    "vm_name": "golden-2",
                    "zone": "1",
                    "disk_size_gb": {"os": 64},
                    "license_type": "Windows_Server",
                }
            },
            {
                **DRILL,
                "disk_name_format": "{image}-{disk}",
                "vm": {
                    "name": "golden-2",
                    "vm_size": "Standard_D4s_v5",
                    "subnet_id": SUBNET,
                    "license_type": "Windows_Server",
                },
                "zone": "1",
                "disk_size_gb": {"os": 64},
                "tags": {"service": "shop"},
            },
            id="a failover has the name and the tags of the workload",
        ),
    ],
)
def test_the_items_of_a_step(step: str, more: dict[str, Any], item: dict[str, Any]) -> None:
    assert only(step, **more) == item


def test_what_earlier_copies_took_comes_before_what_the_workload_says() -> None:
    ours, theirs = {"source": "a", "target": "b", "seconds": 1}, {"source": "a", "target": "b", "seconds": 2}
    (item,) = batch([workload(planning={"records": [theirs]})], "versions", [ours])
    assert item["planning"]["records"] == [ours, theirs]
    assert batch([workload()], "drill", [ours]) == [DRILL]


@pytest.mark.parametrize("module", ["azure_image_replication", "azure_image_restore"])
def test_the_module_knows_every_option(monkeypatch: pytest.MonkeyPatch, module: str) -> None:
    imported = pytest.importorskip(f"ansible_collections.bcdr.multicloud.plugins.modules.{module}")
    definitions: list[ModuleDefinition] = []
    monkeypatch.setattr(imported, "run_module", definitions.append)
    imported.main()
    of_site = ("version", "resource_group", "storage_account_type", "zone", "disk_encryption_set_id", "disk_size_gb")
    of_machine = ("vm_size", "subnet_id", "network_interface_ids", "license_type", "boot_diagnostics")
    site = dict.fromkeys((*of_site, *of_machine), "x")
    everything = dict.fromkeys(
        ("location", "image", "storage_account_type", "retries", "keep_newest", "subscription_id"), "x"
    )
    step = "versions" if module == "azure_image_replication" else "failover"
    item = only(step, **everything, failover=site)
    spec = definitions[0].item_spec
    assert set(item) - set(spec) == set()
    if step == "failover":
        assert set(item["vm"]) == set(spec["vm"]["options"])


@pytest.mark.parametrize(
    ("step", "more", "text"),
    [
        ("versions", {"rpo": "soon"}, "workload golden: rpo: 'soon' is not a duration"),
        (
            "drill",
            {"drill": {"location": "uksouth"}},
            "workload golden: drill.location: uksouth is none of its targets (northeurope, eastus)",
        ),
        ("failover", {"targets": []}, "workload golden: targets: there is none"),
        ("points", {}, "step 'points' is none of drill, drill_cleanup, failover, versions"),
    ],
)
def test_what_cannot_be_meant_is_refused_in_one_line(step: str, more: dict[str, Any], text: str) -> None:
    with pytest.raises(WorkloadError) as caught:
        batch([workload(**more)], step)
    assert str(caught.value).startswith(text)


@pytest.mark.parametrize("step", ["drill", "drill_cleanup", "failover"])
@pytest.mark.parametrize("section", [None, {}])
def test_a_workload_without_the_section_is_left_out(step: str, section: Any) -> None:
    bare = {**workload(), step.removesuffix("_cleanup"): section}
    assert batch([bare], step) == []


PLAN = {"makespan_s": 900, "lower_bound_s": 900, "copies": [{"source": "westeurope"}]}


def place(location: str, rpo: int | None = 7200, known: bool = True) -> dict[str, Any]:
    newest = "golden-initial" if rpo is not None else None
    return {"location": location, "known": known, "newest_usable": newest, "rpo_seconds": rpo}


def result(**more: Any) -> dict[str, Any]:
    return {
        "status": "succeeded",
        "reason": "",
        "actions": [],
        "version": "golden-initial",
        "rpo_seconds": 3600,
        "targets": [place("northeurope"), place("eastus")],
        "plan": {},
        **more,
    }


OUT: dict[str, Any] = {"status": "failed", "reason": "the source cannot be asked: 503"}


@pytest.mark.parametrize(
    ("given", "text"),
    [
        pytest.param(result(), "golden: within RPO of 1d: here 1h, northeurope 2h, eastus 2h", id="all is well"),
        pytest.param(
            result(
                status="running",
                reason="1 of 2 regions are complete",
                actions=["start copy x"],
                targets=[place("northeurope"), place("eastus", 90000)],
            ),
            "golden: RPO BREACHED of 1d: here 1h, northeurope 2h, eastus 1d 1h; to do: start copy x; then copies running: "
            "1 of 2 regions are complete",
            id="a region is behind",
        ),
        pytest.param(
            {**{key: value for key, value in result().items() if key != "rpo_seconds"}, **OUT},
            "golden: within RPO of 1d: here not known, northeurope 2h, eastus 2h; copies failed: the source cannot be "
            "asked: 503",
            id="the source is out",
        ),
        pytest.param(
            result(targets=[place("northeurope"), place("eastus", None, False)]),
            "golden: NOT KNOWN whether within RPO of 1d: here 1h, northeurope 2h, eastus not known",
            id="a region is out",
        ),
        pytest.param(
            {"status": "failed", "reason": "source_vm: there is none", "actions": []},
            "golden: NOT KNOWN whether within RPO of 1d: here not known, northeurope not known, eastus not known; copies "
            "failed: source_vm: there is none",
            id="nothing could be looked at",
        ),
    ],
)
def test_status(given: dict[str, Any], text: str) -> None:
    (entry,) = status([workload()], [given])
    assert line(entry) == text


def test_a_status_carries_the_plan_and_else_what_all_types_have() -> None:
    (entry,) = status([workload()], [result(plan=PLAN)])
    assert entry["plan"] == PLAN
    assert status([workload()], [result(plan={**PLAN, "copies": []})])[0]["plan"] is None
    assert status([workload()], [result()])[0]["plan"] is None
    point = {"status": "succeeded", "reason": "", "actions": [], "rpo_seconds": 1}
    vm = {"name": "a", "rpo": "4h", "resource_group": "rg", "targets": [NORTH]}
    (other,) = azure_vm_status([vm], [point], [point], [point])
    assert set(entry) - set(other) == {"plan", "version"}
    assert set(other) - set(entry) == set()
    assert set(entry["targets"][0]) == set(other["targets"][0])


class TestLinks:
    def record(self, seconds: int, target: str = "b") -> dict[str, Any]:
        return {"source": "a", "target": target, "seconds": seconds, "size_gb": 30}

    def test_the_last_few_of_each_link_are_kept(self) -> None:
        known = [self.record(number) for number in range(5)] + [self.record(9, "c")]
        measured = [{"link_seconds": [self.record(5), self.record(6)]}, {"status": "failed"}, {"link_seconds": []}]
        assert links(json.dumps(known), measured) == [
            *(self.record(number) for number in range(2, 7)),
            self.record(9, "c"),
        ]

    @pytest.mark.parametrize("text", ["", " \n"])
    def test_without_a_file_a_new_one_is_begun(self, text: str) -> None:
        assert links(text) == []
        assert links(text, [{"link_seconds": [self.record(1)]}]) == [self.record(1)]

    @pytest.mark.parametrize("text", ["{", "7", '{"a": 1}', '[{"source": "a"}]', "[1]", "[[]]"])
    def test_another_file_is_not_written_over(self, text: str) -> None:
        with pytest.raises(WorkloadError, match=r"^azure_image_links_file: it holds something else"):
            links(text)
