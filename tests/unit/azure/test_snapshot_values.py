# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Snapshots and images as Azure answers them, and the bodies that make them."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.bcdr.multicloud.plugins.module_utils._azure.snapshots.image_values import (
    ImageDisk,
    ImageMade,
    image_body,
    parse_image,
    vm_disks,
)
from ansible_collections.bcdr.multicloud.plugins.module_utils._azure.snapshots.values import (
    COPY,
    STARTED,
    copy_body,
    origin_tag,
    parse_snapshot,
)
from ansible_collections.bcdr.multicloud.plugins.module_utils._azure.times import compact_timestamp
from ansible_collections.bcdr.multicloud.plugins.module_utils._core.reconcile import (
    FAILED,
    PENDING,
    RUNNING,
    SUCCEEDED,
)
from ansible_collections.bcdr.multicloud.tests.unit.azure.builders import COMPUTE, NOW

SOURCE = f"{COMPUTE}/snapshots/os"


def answer(option: str = "CopyStart", **properties: Any) -> dict[str, Any]:
    return {
        "id": f"{COMPUTE}/snapshots/os-ne",
        "name": "os-ne",
        "location": "North Europe",
        "properties": {
            "creationData": {"createOption": option, "sourceResourceId": SOURCE},
            "incremental": True,
            "diskSizeGB": 30,
            "provisioningState": "Succeeded",
            **properties,
        },
    }


@pytest.mark.parametrize(
    ("properties", "status"),
    [
        ({"completionPercent": 100.0}, SUCCEEDED),
        ({"completionPercent": 99.9}, RUNNING),
        ({"completionPercent": 0.0}, RUNNING),
        pytest.param({}, RUNNING, id="Azure says Succeeded and no percentage"),
        ({"completionPercent": 100.0, "provisioningState": "Updating"}, RUNNING),
        ({"completionPercent": 57.0, "copyCompletionError": {"errorCode": "CopySourceNotFound"}}, FAILED),
        ({"completionPercent": 100.0, "copyCompletionError": {"errorMessage": "x"}}, FAILED),
        ({"completionPercent": 100.0, "provisioningState": "Failed"}, FAILED),
        ({"completionPercent": 100.0, "provisioningState": "Deleting"}, PENDING),
        ({"option": "Copy"}, SUCCEEDED),
        ({"option": "Copy", "provisioningState": "Updating"}, RUNNING),
    ],
)
def test_only_the_percentage_says_that_a_copy_is_complete(properties: dict[str, Any], status: str) -> None:
    assert parse_snapshot(answer(**properties)).status == status


def test_what_is_read() -> None:
    found = parse_snapshot(
        answer(
            completionPercent=12,
            copyCompletionError={"errorCode": "CopySourceNotFound", "errorMessage": "gone"},
            timeCreated="2026-11-21T12:00:00.1234567+00:00",
            incrementalSnapshotFamilyId="family",
            encryption={"type": "EncryptionAtRestWithCustomerKey", "diskEncryptionSetId": "/des"},
        )
    )
    assert (found.location, found.size_gb, found.percent, found.family_id) == ("northeurope", 30, 12.0, "family")
    assert (found.copy_error, found.encryption_set_id) == ("CopySourceNotFound: gone", "/des")
    assert found.created is not None
    assert found.started is None


@pytest.mark.parametrize(
    ("created", "started"),
    [
        pytest.param(None, "12:00:00", id="not told"),
        pytest.param("2026-11-21T10:00:00+00:00", "12:00:00", id="that of the source"),
        pytest.param("2026-11-21T12:00:09+00:00", "12:00:09", id="its own"),
    ],
)
def test_when_a_copy_was_started(created: str | None, started: str) -> None:
    found = parse_snapshot({**answer(timeCreated=created), "tags": {STARTED: compact_timestamp(NOW)}})
    assert found.started is not None
    assert found.started.strftime("%H:%M:%S") == started


def test_the_body_of_a_copy() -> None:
    body = copy_body(SOURCE, "northeurope", {"a": "b"}, started=NOW, encryption_set_id="/des", sku="Standard_ZRS")
    assert body == {
        "location": "northeurope",
        "sku": {"name": "Standard_ZRS"},
        "tags": {"a": "b", STARTED: "20261121T120000Z"},
        "properties": {
            "incremental": True,
            "creationData": {"createOption": "CopyStart", "sourceResourceId": SOURCE},
            "encryption": {"type": "EncryptionAtRestWithCustomerKey", "diskEncryptionSetId": "/des"},
        },
    }
    within = copy_body(SOURCE, "westeurope", {}, started=NOW, create_option=COPY)
    assert within["properties"]["creationData"]["createOption"] == "Copy"
    assert "encryption" not in within["properties"]


def test_the_origin_fits_into_a_tag_and_does_not_mind_casing() -> None:
    assert origin_tag(SOURCE) == origin_tag(SOURCE.upper())
    assert origin_tag(SOURCE) != origin_tag(f"{SOURCE}2")
    assert len(origin_tag(SOURCE)) == 16


def test_an_image_comes_back_as_it_was_sent() -> None:
    disks = [
        (ImageDisk(None, SOURCE, caching="ReadWrite"), f"{SOURCE}-ne"),
        (ImageDisk(1, f"{SOURCE}-1"), f"{SOURCE}-1-ne"),
    ]
    body = image_body(ImageMade(sku="Standard_LRS"), "northeurope", disks, {}, os_type="Linux", generation="V2")
    assert body["properties"]["hyperVGeneration"] == "V2"
    assert body["properties"]["storageProfile"]["osDisk"] == {
        "osType": "Linux",
        "osState": "Generalized",
        "snapshot": {"id": f"{SOURCE}-ne"},
        "caching": "ReadWrite",
        "storageAccountType": "Standard_LRS",
    }
    image = parse_image({"id": f"{COMPUTE}/images/golden", "location": "northeurope", **body})
    assert image.sources == (f"{SOURCE}-ne".lower(), f"{SOURCE}-1-ne".lower())


def test_what_the_user_says_of_an_image_goes_before_what_the_snapshot_says() -> None:
    made = ImageMade(os_type="Windows", generation="V1", zone_resilient=True)
    body = image_body(made, "x", [(ImageDisk(None, SOURCE), SOURCE)], {}, os_type="Linux", generation="V2")
    assert body["properties"]["hyperVGeneration"] == "V1"
    assert body["properties"]["storageProfile"]["zoneResilient"] is True
    assert body["properties"]["storageProfile"]["osDisk"]["osType"] == "Windows"


def test_disks_of_a_vm() -> None:
    storage = {
        "osDisk": {"managedDisk": {"id": "/os"}, "caching": "ReadWrite"},
        "dataDisks": [{"lun": 3, "managedDisk": {"id": "/data"}}, {"lun": 4, "vhd": {"uri": "x"}}],
    }
    assert vm_disks({"properties": {"storageProfile": storage}}) == [(None, "/os", "ReadWrite"), (3, "/data", "")]
