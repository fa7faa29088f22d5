# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which identity to use (pure), and the azure-identity credential for it."""

from __future__ import annotations

import configparser
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ansible_collections.bcdr.multicloud.plugins.module_utils._core.errors import InvalidRequest, MissingLibrary, hide

# Per option: the variables of azure.azcollection and AWX first, then the plain ones of Microsoft's own tools.
_ENVIRONMENT = {
    "client_id": ("AZURE_CLIENT_ID",),
    "secret": ("AZURE_SECRET", "AZURE_CLIENT_SECRET"),
    "tenant": ("AZURE_TENANT", "AZURE_TENANT_ID"),
    "ad_user": ("AZURE_AD_USER",),
    "password": ("AZURE_PASSWORD",),
    "x509_certificate_path": ("AZURE_X509_CERTIFICATE_PATH", "AZURE_CLIENT_CERTIFICATE_PATH"),
    "oidc_token": ("AZURE_FEDERATED_TOKEN",),
    "oidc_token_file_path": ("AZURE_FEDERATED_TOKEN_FILE",),
    "subscription_id": ("AZURE_SUBSCRIPTION_ID",),
}


@dataclass(frozen=True)
class Identity:
    """Who to be: `kind` is secret, certificate, oidc_token, oidc_token_file, password, msi or cli."""

    kind: str
    tenant: str = ""
    client_id: str = ""
    subscription_id: str = ""
    source: str = ""
    secret: str = field(default="", repr=False)
    path: str = ""
    user: str = ""

    def describe(self) -> str:
        """Return one clause for error messages: who, and where that came from; never a secret."""
        who = f"client_id {self.client_id}" if self.client_id else (f"user {self.user}" if self.user else self.kind)
        tenant = f", tenant {self.tenant}" if self.tenant else ""
        return f"{who}{tenant}, from {self.source}"


def choose_identity(
    params: Mapping[str, Any], environ: Mapping[str, str], profile: Callable[[str], Mapping[str, str] | None]
) -> Identity:
    """Return the identity for the options; pure but for `profile`, which reads a section of the credentials file.

    With `auth_source: auto` the order is that of azure.azcollection: options (a profile, or client_id or ad_user),
    environment, profile "default" of the credentials file, Azure CLI. Raises InvalidRequest naming what is missing.
    """
    source = params["auth_source"]
    given = {name: str(params[name]) for name in _ENVIRONMENT if params.get(name)}
    found = {
        name: [environ[variable] for variable in names if environ.get(variable)] for name, names in _ENVIRONMENT.items()
    }
    variables = {name: values[0] for name, values in found.items() if values}
    subscription = {"subscription_id": given["subscription_id"]} if "subscription_id" in given else {}
    if source == "msi":
        client_id = given.get("client_id", variables.get("client_id", ""))
        return Identity(
            "msi",
            client_id=client_id,
            subscription_id=subscription.get("subscription_id", ""),
            source="managed identity",
        )
    profile_name = params.get("profile") or environ.get("AZURE_PROFILE") or ""
    if source == "auto" and not params.get("profile") and ("client_id" in given or "ad_user" in given):
        return _from_values({**{k: variables[k] for k in ("tenant",) if k in variables}, **given}, "the task's options")
    if source == "credential_file" or (source == "auto" and profile_name):
        name = profile_name or "default"
        values = profile(name)
        if values is None:
            raise InvalidRequest(f"profile: there is no section [{name}] in ~/.azure/credentials")
        return _from_values({**values, **subscription}, f"profile {name} of ~/.azure/credentials")
    if source == "env" or (source == "auto" and ("client_id" in variables or "ad_user" in variables)):
        if "client_id" not in variables and "ad_user" not in variables:
            raise InvalidRequest("auth_source: env needs AZURE_CLIENT_ID (or AZURE_AD_USER) in the environment")
        tenant = {"tenant": given["tenant"]} if "tenant" in given else {}
        return _from_values({**variables, **subscription, **tenant}, "the environment")
    if source == "auto":
        values = profile("default")
        if values is not None:
            return _from_values({**values, **subscription}, "profile default of ~/.azure/credentials")
    return Identity("cli", subscription_id=subscription.get("subscription_id", ""), source="Azure CLI")


def _from_values(values: Mapping[str, str], source: str) -> Identity:
    tenant = values.get("tenant", "")
    common: dict[str, str] = {
        "tenant": tenant,
        "client_id": values.get("client_id", ""),
        "subscription_id": values.get("subscription_id", ""),
        "source": source,
    }
    if not tenant:
        raise InvalidRequest(f"tenant: is needed with the credentials from {source} (option tenant or AZURE_TENANT)")
    if values.get("ad_user"):
        if not values.get("password"):
            raise InvalidRequest("password: is needed with ad_user (option password or AZURE_PASSWORD)")
        return Identity("password", user=values["ad_user"], secret=values["password"], **common)
    if not common["client_id"]:
        raise InvalidRequest(f"client_id: is missing in {source}")
    if values.get("secret"):
        return Identity("secret", secret=values["secret"], **common)
    if values.get("x509_certificate_path"):
        return Identity("certificate", path=values["x509_certificate_path"], **common)
    if values.get("oidc_token"):
        return Identity("oidc_token", secret=values["oidc_token"], **common)
    if values.get("oidc_token_file_path"):
        return Identity("oidc_token_file", path=values["oidc_token_file_path"], **common)
    raise InvalidRequest(
        f"secret: {source} names client_id but nothing to prove it; "
        "give secret, x509_certificate_path, oidc_token or oidc_token_file_path"
    )


def read_profile(name: str) -> Mapping[str, str] | None:
    """Return the section `name` of ~/.azure/credentials, or None when there is no such section or file."""
    parser = configparser.ConfigParser(interpolation=None)
    try:
        parser.read(Path("~/.azure/credentials").expanduser())
    except configparser.Error as error:
        raise InvalidRequest(f"profile: ~/.azure/credentials cannot be read: {error.__class__.__name__}") from error
    return dict(parser[name]) if parser.has_section(name) else None


def build_credential(identity: Identity, authority: str, disable_instance_discovery: bool, verify: bool) -> Any:
    """Return the azure-identity credential for `identity`; raises InvalidRequest when it cannot be made."""
    hide(identity.secret)
    try:
        from azure import identity as azure_identity
    except ImportError as error:
        raise MissingLibrary("azure-identity", str(error)) from error
    if identity.kind == "cli":
        return azure_identity.AzureCliCredential()
    if identity.kind == "msi":
        return azure_identity.ManagedIdentityCredential(client_id=identity.client_id or None)
    common: dict[str, Any] = {
        "authority": authority,
        "disable_instance_discovery": disable_instance_discovery,
        "connection_verify": verify,
    }
    tenant, client_id = identity.tenant, identity.client_id
    try:
        if identity.kind == "secret":
            return azure_identity.ClientSecretCredential(tenant, client_id, identity.secret, **common)
        if identity.kind == "certificate":
            return azure_identity.CertificateCredential(tenant, client_id, certificate_path=identity.path, **common)
        if identity.kind == "oidc_token":
            return azure_identity.ClientAssertionCredential(tenant, client_id, func=lambda: identity.secret, **common)
        if identity.kind == "oidc_token_file":
            return azure_identity.WorkloadIdentityCredential(
                tenant_id=tenant, client_id=client_id, token_file_path=identity.path, **common
            )
        return azure_identity.UsernamePasswordCredential(
            # The client id of Azure CLI, a public client, which azure.azcollection uses for users too.
            client_id or "04b07795-8ddb-461a-bbee-02f9e1bf7b46",
            identity.user,
            identity.secret,
            tenant_id=tenant,
            **common,
        )
    except (OSError, ValueError) as error:
        raise InvalidRequest(f"credentials ({identity.describe()}): {error}") from error
