# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""``/metadata/endpoints``: how a client learns a cloud's addresses.

The shape is that of the public cloud's answer: since 2019-05-01 a list of clouds, before that one object. Suffixes end
in ``.invalid``, which never resolves, so nothing started against the sandbox can reach a real cloud by accident.
"""

from __future__ import annotations

from typing import Any

from .token_service import PUBLIC_AUDIENCES


def endpoints(base_url: str, api_version: str) -> Any:
    """The answer for an api-version."""
    audiences = [f"{base_url}/", *(f"{audience}/" for audience in PUBLIC_AUDIENCES)]
    if api_version < "2019-05-01":
        return {
            "galleryEndpoint": f"{base_url}/gallery/",
            "graphEndpoint": f"{base_url}/graph/",
            "portalEndpoint": f"{base_url}/portal/",
            "authentication": {"loginEndpoint": f"{base_url}/", "audiences": audiences},
        }
    return [
        {
            "name": "BcdrSandbox",
            "portal": f"{base_url}/portal",
            "authentication": {
                "loginEndpoint": f"{base_url}/",
                "audiences": audiences,
                "tenant": "common",
                "identityProvider": "AAD",
            },
            "media": f"{base_url}/media",
            "graphAudience": f"{base_url}/graph/",
            "graph": f"{base_url}/graph/",
            "suffixes": {
                "acrLoginServer": "registry.sandbox.invalid",
                "azureDataLakeAnalyticsCatalogAndJob": "azuredatalakeanalytics.sandbox.invalid",
                "azureDataLakeStoreFileSystem": "azuredatalakestore.sandbox.invalid",
                "azureFrontDoorEndpointSuffix": "azurefd.sandbox.invalid",
                "keyVaultDns": "vault.sandbox.invalid",
                "mhsmDns": "managedhsm.sandbox.invalid",
                "mysqlServerEndpoint": "mysql.database.sandbox.invalid",
                "postgresqlServerEndpoint": "postgres.database.sandbox.invalid",
                "sqlServerHostname": "database.sandbox.invalid",
                "storage": "core.sandbox.invalid",
                "storageSyncEndpointSuffix": "afs.sandbox.invalid",
            },
            "batch": f"{base_url}/batch/",
            "resourceManager": f"{base_url}/",
            "vmImageAliasDoc": f"{base_url}/aliases.json",
            "activeDirectoryDataLake": f"{base_url}/datalake/",
            "sqlManagement": f"{base_url}/sql/",
            "microsoftGraphResourceId": f"{base_url}/graph/",
            "appInsightsResourceId": f"{base_url}/insights",
            "appInsightsTelemetryChannelResourceId": f"{base_url}/insights/v2/track",
            "attestationResourceId": f"{base_url}/attest",
            "logAnalyticsResourceId": f"{base_url}/logs",
            "ossrDbmsResourceId": f"{base_url}/ossrdbms",
            "synapseAnalyticsResourceId": f"{base_url}/synapse",
            "gallery": f"{base_url}/gallery/",
        }
    ]
