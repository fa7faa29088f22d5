# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.bcdr.multicloud.plugins.module_utils._azure.clouds import (
    cloud_from_metadata,
    metadata_url,
    named_cloud,
)
from ansible_collections.bcdr.multicloud.plugins.module_utils._core.errors import InvalidRequest

URL = "https://arm.local.example/metadata/endpoints?api-version=2022-09-01"
PUBLIC = {
    "name": "AzureCloud",
    "resourceManager": "https://management.azure.com/",
    "authentication": {
        "loginEndpoint": "https://login.microsoftonline.com",
        "audiences": ["https://management.core.windows.net/", "https://management.azure.com/"],
    },
}
STACK = {
    "name": "Stack",
    "resourceManager": "https://arm.local.example/",
    "authentication": {"loginEndpoint": "https://login.local.example/adfs/", "audiences": ["https://arm.stack/x"]},
}


@pytest.mark.parametrize(
    ("name", "host"),
    [
        ("AzureCloud", "management.azure.com"),
        ("azurecloud", "management.azure.com"),
        ("AZURE_CHINA_CLOUD", "management.chinacloudapi.cn"),
        ("AzureUSGovernment", "management.usgovcloudapi.net"),
    ],
)
def test_named_clouds(name: str, host: str) -> None:
    cloud = named_cloud(name)
    assert cloud is not None
    assert cloud.resource_manager == f"https://{host}"
    assert cloud.audience == f"https://{host}"


def test_the_url_of_a_metadata_endpoint_is_no_name() -> None:
    assert named_cloud("https://arm.local.example") is None


@pytest.mark.parametrize("name", ["AzureGermany", "", "http://arm.local.example"])
def test_other_names_are_refused_with_what_is_known(name: str) -> None:
    with pytest.raises(InvalidRequest, match=r"^cloud_environment: .*AzureCloud"):
        named_cloud(name)


@pytest.mark.parametrize(
    ("url", "asked"),
    [
        ("https://arm.local.example", URL),
        ("https://arm.local.example/", URL),
        ("https://arm.local.example/metadata/endpoints", URL),
        (URL.replace("2022-09-01", "2019-05-01"), URL.replace("2022-09-01", "2019-05-01")),
    ],
)
def test_metadata_url(url: str, asked: str) -> None:
    assert metadata_url(url) == asked


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(STACK, id="one cloud"),
        pytest.param([STACK], id="a list of one"),
        pytest.param([PUBLIC, STACK], id="the one at the asked host"),
        pytest.param({**STACK, "resourceManager": None}, id="itself, when it does not say"),
    ],
)
def test_cloud_from_metadata(answer: Any) -> None:
    cloud = cloud_from_metadata(URL, answer)
    assert cloud.name == "Stack"
    assert cloud.resource_manager == "https://arm.local.example"
    assert cloud.login == "https://login.local.example/adfs"
    assert cloud.audience == "https://arm.stack/x"


def test_without_the_asked_host_the_first_cloud_is_meant() -> None:
    assert cloud_from_metadata("https://elsewhere.example", [PUBLIC, STACK]).name == "AzureCloud"


@pytest.mark.parametrize(
    "answer",
    [
        None,
        [],
        {},
        "garbage",
        ["garbage"],
        [None],
        {"authentication": None},
        {"authentication": {"loginEndpoint": "https://x", "audiences": []}},
        {"authentication": {"loginEndpoint": None, "audiences": ["x"]}},
        {"authentication": {"loginEndpoint": "https://x", "audiences": [None]}},
        7,
    ],
)
def test_garbage_is_refused_by_the_options_name(answer: Any) -> None:
    with pytest.raises(InvalidRequest, match=r"^cloud_environment: .* does not describe an Azure cloud"):
        cloud_from_metadata(URL, answer)
