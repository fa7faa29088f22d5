# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Images and blobs the other way round, as tables: what is protected toward home, and what is restored or checked there."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.bcdr.multicloud.plugins.plugin_utils import _azure_blob_workloads, _azure_image_workloads
from ansible_collections.bcdr.multicloud.plugins.plugin_utils._failback import failback, restores, standing
from ansible_collections.bcdr.multicloud.plugins.plugin_utils._workloads import WorkloadError

Json = dict[str, Any]
STOPPED = "2026-11-28T18:00:00Z"
VM_ID = "/subscriptions/S1/resourceGroups/rg-vms/providers/Microsoft.Compute/virtualMachines/build"
THERE = {"vm_size": "Standard_D2s_v5", "subnet_id": "there"}
IMAGE: Json = {
    "type": "azure_image",
    "name": "golden",
    "rpo": "24h",
    "resource_group": "rg-images",
    "source_vm": "build",
    "targets": [
        {"location": "North Europe", "resource_group": "rg-ne"},
        {"location": "eastus", "resource_group": "rg-us"},
    ],
    "keep_newest": 5,
    "image": {},
    "planning": {"copies_per_source": 3},
    "tags": {"service": "shop"},
    "failover": THERE,
    "failback": {"location": "West Europe", "subnet_id": "home"},
}
PRIMARY = {"account_name": "primary", "account_key": "k1"}
DR = {"account_name": "dr", "account_key": "k2"}
BLOBS: Json = {
    "type": "azure_blob",
    "name": "photos",
    "rpo": "4h",
    "source": {**PRIMARY, "container": "photos"},
    "targets": [{"location": "northeurope", **DR, "container": "photos-dr", "lease_ids": {"a": "1"}}],
    "prefix": "2026/",
    "snapshot_source": True,
    "delete_extra": True,
    "max_deletes": 9,
    "tier": "Cool",
    "failover": {"location": "northeurope"},
    "failback": {"overwrite": True},
}
WORKLOADS = {"azure_image": IMAGE, "azure_blob": BLOBS}
BATCH = {"azure_image": _azure_image_workloads.batch, "azure_blob": _azure_blob_workloads.batch}
MAIN_STEP = {"azure_image": "versions", "azure_blob": "copies"}
ARRIVED: Json = {"status": "succeeded", "version": "golden-failback-20261128T180000Z"}


def turned(kind: str, confirmed: Any = False, **more: Any) -> Json:
    # Only of blobs nothing else tells that they were.
    workload = {**WORKLOADS[kind], "failed_over": kind == "azure_blob", **more}
    (found,) = failback([workload], kind, confirmed, STOPPED if confirmed else None)["workloads"]
    return dict(found)


def step(kind: str, name: str = "", confirmed: Any = False, **more: Any) -> Json:
    (item,) = BATCH[kind]([turned(kind, confirmed, **more)], name or MAIN_STEP[kind])
    return item


def test_a_machine_that_was_made_of_an_image_becomes_an_image_of_its_own() -> None:
    assert step("azure_image") == {
        "label": "golden",
        "name": "golden-failback",
        "resource_group": "rg-ne",
        "location": "North Europe",
        "source_vm": "golden",
        "targets": [{"location": "West Europe", "resource_group": "rg-images"}],
        "planning": {"copies_per_source": 3},
        "keep_newest": 5,
        "tags": {"service": "shop"},
        "max_age": "24h",
    }
    # Nothing that has served may go on the way.
    coming = step("azure_image", confirmed=True)
    assert (coming["newer_than"], "max_age" in coming, "keep_newest" in coming) == (STOPPED, False, False)


@pytest.mark.parametrize(
    ("more", "there", "home"),
    [
        ({}, ("rg-ne", "North Europe", "golden"), ("rg-images", "build", "golden-{disk}")),
        (
            {"failover": {**THERE, "location": "eastus", "vm_name": "dr", "resource_group": "rg-2"}},
            ("rg-2", "eastus", "dr"),
            ("rg-images", "build", "golden-{disk}"),
        ),
        ({"source_vm": VM_ID}, ("rg-ne", "North Europe", "golden"), ("rg-vms", "build", "golden-{disk}")),
        ({"source_vm": None}, ("rg-ne", "North Europe", "golden"), ("rg-images", "golden", "golden-{disk}")),
        (
            {
                "failback": {
                    "location": "westeurope",
                    "resource_group": "rg-new",
                    "vm_name": "new",
                    "disk_name_format": "h-{disk}",
                }
            },
            ("rg-ne", "North Europe", "golden"),
            ("rg-new", "new", "h-{disk}"),
        ),
    ],
)
def test_where_a_machine_is_and_where_it_goes(more: Json, there: tuple[str, ...], home: tuple[str, ...]) -> None:
    network = {"subnet_id": "home"}
    workload = turned(
        "azure_image", True, **{**more, "failback": {**IMAGE["failback"], **more.get("failback", {}), **network}}
    )
    (made,) = _azure_image_workloads.batch([workload], "versions")
    assert (made["resource_group"], made["location"], made["source_vm"]) == there
    (restored,) = restores([workload], "azure_image", [ARRIVED], [ARRIVED])
    assert (restored["resource_group"], restored["vm"]["name"], restored["disk_name_format"]) == home
    assert (restored["name"], restored["version"]) == ("golden-failback", ARRIVED["version"])
    assert restored["vm"] == {"name": home[1], "vm_size": "Standard_D2s_v5", "subnet_id": "home"}


def test_blobs_go_back_as_they_came_and_nothing_is_deleted_unless_it_is_said_again() -> None:
    assert step("azure_blob") == {
        "label": "photos",
        "source": {**DR, "container": "photos-dr"},
        "destinations": [{**PRIMARY, "container": "photos"}],
        "prefix": "2026/",
        "snapshot_source": True,
        "whole_source": True,
        "record_sync_time": True,
    }
    home = {"overwrite": True, "delete_extra": True, "max_deletes": 3, "tier": "keep", "lease_ids": {"b": "2"}}
    coming = step("azure_blob", confirmed=True, failback=home)
    assert coming["newer_than"] == STOPPED
    assert (coming["delete_extra"], coming["max_deletes"], coming["tier"]) == (True, 3, "keep")
    assert coming["destinations"][0]["lease_ids"] == {"b": "2"}
    # What only looks knows the same rules.
    look = step("azure_blob", "look")
    assert (look["whole_source"], "newer_than" in look) == (True, False)


@pytest.mark.parametrize(
    ("more", "used", "home"),
    [
        ({}, {**DR, "container": "photos-dr"}, {**PRIMARY, "container": "photos"}),
        (
            {"failover": {"container": "live"}},
            {**DR, "container": "live"},
            {**PRIMARY, "container": "photos"},
        ),
        (
            {"failover": {"account_name": "live", "sas_token": "s"}},
            {"account_name": "live", "sas_token": "s", "container": "photos"},
            {**PRIMARY, "container": "photos"},
        ),
        (
            {"failback": {"container": "photos-back"}},
            {**DR, "container": "photos-dr"},
            {**PRIMARY, "container": "photos-back"},
        ),
        (
            {"failback": {"account_name": "new", "account_key": "k3"}},
            {**DR, "container": "photos-dr"},
            {"account_name": "new", "account_key": "k3", "container": "photos"},
        ),
    ],
)
def test_where_blobs_are_used_and_where_they_go(more: Json, used: Json, home: Json) -> None:
    workload = turned("azure_blob", True, **more)
    (copied,) = _azure_blob_workloads.batch([workload], "copies")
    assert (copied["source"], copied["destinations"]) == (used, [home])
    (checked,) = restores([workload], "azure_blob", [ARRIVED], [ARRIVED])
    # Where they are.
    assert (checked["source"], "destination" in checked, checked["allow_incomplete"]) == (home, False, False)


def test_several_containers_come_home_when_all_have_arrived() -> None:
    source = {**PRIMARY, "containers": ["a", "b"]}
    several = {"source": source, "targets": [{**DR}], "failover": {"account_name": "dr"}}
    workload, other = turned("azure_blob", True, **several), turned("azure_blob", True)
    copied = _azure_blob_workloads.batch([workload, other], "copies")
    assert [item["source"]["container"] for item in copied] == ["a", "b", "photos-dr"]
    assert [item["destinations"][0]["container"] for item in copied] == ["a", "b", "photos"]
    late = {"status": "running"}
    for results, labels in (
        ([ARRIVED, ARRIVED, ARRIVED], ["photos (a)", "photos (b)", "photos"]),
        ([ARRIVED, late, ARRIVED], ["photos"]),
        ([ARRIVED, ARRIVED, late], ["photos (a)", "photos (b)"]),
    ):
        found = restores([workload, other], "azure_blob", results, results)
        assert [item["label"] for item in found] == labels


@pytest.mark.parametrize("kind", WORKLOADS)
def test_what_is_not_confirmed_or_has_not_arrived_is_not_restored(kind: str) -> None:
    for workload, result in ((turned(kind), ARRIVED), (turned(kind, True), {**ARRIVED, "status": "running"})):
        assert restores([workload], kind, [result], [result]) == []
    assert "newer_than" not in step(kind, confirmed=["another"])


@pytest.mark.parametrize("kind", WORKLOADS)
def test_what_is_failed_over_is_protected_from_where_it_is(kind: str) -> None:
    away = {**WORKLOADS[kind], "failed_over": True}
    assert standing([WORKLOADS[kind]], kind) == [WORKLOADS[kind]]
    assert standing([away], kind) == [turned(kind)]
    assert BATCH[kind]([away], "failover") == []


@pytest.mark.parametrize("confirmed", [False, True])
def test_blobs_that_were_not_failed_over_never_go_over_those_at_home(confirmed: bool) -> None:
    found = failback([BLOBS], "azure_blob", confirmed, STOPPED)
    assert found["workloads"] == []
    assert found["missing"] == ["photos: failed_over is not set, so home is what counts, and nothing is copied over it"]


CONNECTION = "DefaultEndpointsProtocol=https;AccountName=Primary;AccountKey=k1==;EndpointSuffix=core.windows.net"


@pytest.mark.parametrize(
    ("kind", "more", "text"),
    [
        ("azure_image", {"failover": {"zone": "1"}}, "workload golden: failback: the failover brings up no machine"),
        ("azure_image", {"failover": None}, "workload golden: failback: needs failover too"),
        ("azure_blob", {"failback": {"container": "photos"}}, "workload photos: failback: blobs that were written"),
        ("azure_image", {"failback": None, "failed_over": True}, "workload golden: failed_over: needs failback"),
        (
            "azure_image",
            {"targets": [{"location": "eastus", "subscription_id": "S2"}]},
            "workload golden: failback.subscription_id: is needed",
        ),
        (
            "azure_blob",
            {"failback": {"location": "home"}},
            "workload photos: failback: blobs that were written at home",
        ),
        (
            "azure_blob",
            {"failback": {"account_name": "Primary"}},
            "workload photos: failback: blobs that were written at",
        ),
        (
            "azure_blob",
            {"failback": {"connection_string": CONNECTION}},
            "workload photos: failback: blobs that were writ",
        ),
        (
            "azure_blob",
            {"failback": {"blob_endpoint": f"{'https'}://primary.blob.core.windows.net/"}},
            "workload photos: failback: blobs that were written at home and never copied would be overwritten in photos; say",
        ),
        (
            "azure_blob",
            {"source": {**PRIMARY, "containers": ["a", "b"]}, "targets": [DR], "failback": {"container": "c"}},
            "workload photos: failback.container: there are several containers",
        ),
    ],
)
def test_what_cannot_be_meant(kind: str, more: Json, text: str) -> None:
    with pytest.raises(WorkloadError) as caught:
        failback([{**WORKLOADS[kind], **more}], kind)
    assert str(caught.value).startswith(text)
