# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The options that every Azure module shares: names and environment variables of azure.azcollection."""

from __future__ import annotations

from typing import Any

from ansible.module_utils.basic import env_fallback

CLOUD_NAMES = ("AzureCloud", "AzureChinaCloud", "AzureUSGovernment")

# Which identity is used is decided in credentials.py, option by option and source by source; environment
# variables stand here only where they mean the same for every source.
AZURE_SPEC: dict[str, Any] = {
    "auth_source": {
        "type": "str",
        "choices": ["auto", "cli", "credential_file", "env", "msi"],
        "default": "auto",
        "fallback": (env_fallback, ["ANSIBLE_AZURE_AUTH_SOURCE"]),
    },
    "profile": {"type": "str"},
    "subscription_id": {"type": "str", "fallback": (env_fallback, ["AZURE_SUBSCRIPTION_ID"])},
    "client_id": {"type": "str"},
    "secret": {"type": "str", "no_log": True},
    "tenant": {"type": "str"},
    "ad_user": {"type": "str"},
    "password": {"type": "str", "no_log": True},
    "x509_certificate_path": {"type": "path"},
    "thumbprint": {"type": "str"},
    "oidc_token": {"type": "str", "no_log": True},
    "oidc_token_file_path": {"type": "path"},
    "cloud_environment": {
        "type": "str",
        "default": "AzureCloud",
        "fallback": (env_fallback, ["AZURE_CLOUD_ENVIRONMENT"]),
    },
    "adfs_authority_url": {
        "type": "str",
        "fallback": (env_fallback, ["AZURE_ADFS_AUTHORITY_URL", "AZURE_AUTHORITY_HOST"]),
    },
    "disable_instance_discovery": {
        "type": "bool",
        "default": False,
        "fallback": (env_fallback, ["AZURE_DISABLE_INSTANCE_DISCOVERY"]),
    },
    "cert_validation_mode": {
        "type": "str",
        "choices": ["validate", "ignore"],
        "default": "validate",
        "fallback": (env_fallback, ["AZURE_CERT_VALIDATION_MODE", "AZURE_CERT_VALIDATION"]),
    },
}
