# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The Azure clouds: where Resource Manager and the token service are."""

from __future__ import annotations

import urllib.parse
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ansible_collections.bcdr.multicloud.plugins.module_utils._azure.options import CLOUD_NAMES
from ansible_collections.bcdr.multicloud.plugins.module_utils._core.errors import InvalidRequest

_METADATA_VERSION = "2022-09-01"


@dataclass(frozen=True)
class Cloud:
    """Endpoints of one cloud; `resource_manager` and `login` have no trailing slash, `storage` is the suffix of hosts."""

    name: str
    resource_manager: str
    login: str
    audience: str
    storage: str = "core.windows.net"


_CLOUDS = {
    "azurecloud": Cloud(
        "AzureCloud",
        "https://management.azure.com",
        "https://login.microsoftonline.com",
        "https://management.azure.com",
    ),
    "azurechinacloud": Cloud(
        "AzureChinaCloud",
        "https://management.chinacloudapi.cn",
        "https://login.chinacloudapi.cn",
        "https://management.chinacloudapi.cn",
        "core.chinacloudapi.cn",
    ),
    "azureusgovernment": Cloud(
        "AzureUSGovernment",
        "https://management.usgovcloudapi.net",
        "https://login.microsoftonline.us",
        "https://management.usgovcloudapi.net",
        "core.usgovcloudapi.net",
    ),
}


def named_cloud(name: str) -> Cloud | None:
    """Return the public cloud of that name, or None when `name` is the URL of a metadata endpoint.

    Raises InvalidRequest for anything else.
    """
    cloud = _CLOUDS.get(name.lower().replace("_", ""))
    if cloud is None and not name.lower().startswith("https://"):
        raise InvalidRequest(
            f"cloud_environment: {name!r} is neither a cloud ({', '.join(CLOUD_NAMES)}) nor the https URL of a metadata endpoint"
        )
    return cloud


def metadata_url(url: str) -> str:
    """Return the URL to ask: `url` itself when it names the endpoint, else the endpoint below it."""
    if "/metadata/endpoints" in url:
        return url if "api-version=" in url else f"{url}?api-version={_METADATA_VERSION}"
    return f"{url.rstrip('/')}/metadata/endpoints?api-version={_METADATA_VERSION}"


def cloud_from_metadata(url: str, answer: Any) -> Cloud:
    """Return the cloud that a metadata endpoint describes.

    `answer` is one cloud, or a list of clouds of which the one that lives at `url`'s host, else the first, is
    meant (GET /metadata/endpoints of Azure Resource Manager). Raises InvalidRequest when it describes none.
    """
    clouds: list[Mapping[str, Any]] = answer if isinstance(answer, list) else [answer]
    host = urllib.parse.urlsplit(url).netloc
    try:
        chosen = min(clouds, key=lambda cloud: urllib.parse.urlsplit(str(cloud.get("resourceManager"))).netloc != host)
        authentication = chosen["authentication"]
        return Cloud(
            str(chosen.get("name", url)),
            (chosen.get("resourceManager") or f"https://{host}").rstrip("/"),
            authentication["loginEndpoint"].rstrip("/"),
            authentication["audiences"][0].rstrip("/"),
            (chosen.get("suffixes") or {}).get("storage") or Cloud.storage,
        )
    except (AttributeError, LookupError, TypeError, ValueError) as error:
        raise InvalidRequest(f"cloud_environment: {url} does not describe an Azure cloud ({error!r})") from error
