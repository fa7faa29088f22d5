# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.bcdr.multicloud.plugins.module_utils._azure.credentials import (
    Identity,
    build_credential,
    choose_identity,
    read_profile,
)
from ansible_collections.bcdr.multicloud.plugins.module_utils._core.errors import InvalidRequest

SECRET = "very-hidden"
AWX = {
    "AZURE_CLIENT_ID": "awx-client",
    "AZURE_SECRET": SECRET,
    "AZURE_TENANT": "awx-tenant",
    "AZURE_SUBSCRIPTION_ID": "awx-sub",
}
PLAIN = {"AZURE_CLIENT_ID": "plain-client", "AZURE_CLIENT_SECRET": SECRET, "AZURE_TENANT_ID": "plain-tenant"}
OPTIONS = {"client_id": "opt-client", "secret": SECRET, "tenant": "opt-tenant"}
PROFILES: dict[str, Mapping[str, str]] = {
    "default": {"client_id": "def-client", "secret": SECRET, "tenant": "def-tenant", "subscription_id": "def-sub"},
    "dr": {"client_id": "dr-client", "secret": SECRET, "tenant": "dr-tenant"},
}


def choose(
    params: dict[str, Any] | None = None,
    environ: dict[str, str] | None = None,
    profiles: dict[str, Mapping[str, str]] | None = None,
) -> Identity:
    return choose_identity({"auth_source": "auto", **(params or {})}, environ or {}, (profiles or {}).get)


@pytest.mark.parametrize(
    ("params", "environ", "profiles", "kind", "client", "tenant", "subscription"),
    [
        pytest.param(OPTIONS, AWX, PROFILES, "secret", "opt-client", "opt-tenant", "", id="options come first"),
        pytest.param(
            {"client_id": "c", "secret": SECRET},
            AWX,
            {},
            "secret",
            "c",
            "awx-tenant",
            "",
            id="tenant may be in the environment",
        ),
        pytest.param({}, AWX, PROFILES, "secret", "awx-client", "awx-tenant", "awx-sub", id="AWX's names"),
        pytest.param({}, PLAIN, PROFILES, "secret", "plain-client", "plain-tenant", "", id="plain names"),
        pytest.param(
            {},
            {**PLAIN, **AWX},
            {},
            "secret",
            "awx-client",
            "awx-tenant",
            "awx-sub",
            id="AWX's names before plain ones",
        ),
        pytest.param(
            {"subscription_id": "opt-sub"},
            AWX,
            {},
            "secret",
            "awx-client",
            "awx-tenant",
            "opt-sub",
            id="subscription from options",
        ),
        pytest.param(
            {"tenant": "opt-tenant"}, AWX, {}, "secret", "awx-client", "opt-tenant", "awx-sub", id="tenant from options"
        ),
        pytest.param({"profile": "dr"}, AWX, PROFILES, "secret", "dr-client", "dr-tenant", "", id="profile option"),
        pytest.param(
            {"profile": "dr", **OPTIONS},
            AWX,
            PROFILES,
            "secret",
            "dr-client",
            "dr-tenant",
            "",
            id="profile before client_id",
        ),
        pytest.param(
            {},
            {"AZURE_PROFILE": "dr"},
            PROFILES,
            "secret",
            "dr-client",
            "dr-tenant",
            "",
            id="profile in the environment",
        ),
        pytest.param({}, {}, PROFILES, "secret", "def-client", "def-tenant", "def-sub", id="default profile"),
        pytest.param({}, {}, {}, "cli", "", "", "", id="Azure CLI at last"),
        pytest.param(
            {},
            {"AZURE_TENANT_ID": "t", "AZURE_SECRET": SECRET},
            {},
            "cli",
            "",
            "",
            "",
            id="environment without client is none",
        ),
        pytest.param({"auth_source": "cli", **OPTIONS}, AWX, PROFILES, "cli", "", "", "", id="cli by name"),
        pytest.param(
            {"auth_source": "cli", "subscription_id": "s"}, {}, {}, "cli", "", "", "s", id="cli with subscription"
        ),
        pytest.param({"auth_source": "msi"}, {}, PROFILES, "msi", "", "", "", id="msi, system assigned"),
        pytest.param(
            {"auth_source": "msi", "client_id": "mine", "subscription_id": "s"},
            AWX,
            {},
            "msi",
            "mine",
            "",
            "s",
            id="msi by option",
        ),
        pytest.param({"auth_source": "msi"}, AWX, {}, "msi", "awx-client", "", "", id="msi by environment"),
        pytest.param(
            {"auth_source": "env", **OPTIONS, "tenant": None},
            AWX,
            {},
            "secret",
            "awx-client",
            "awx-tenant",
            "awx-sub",
            id="env by name",
        ),
        pytest.param(
            {"auth_source": "credential_file"},
            AWX,
            PROFILES,
            "secret",
            "def-client",
            "def-tenant",
            "def-sub",
            id="file by name",
        ),
        pytest.param(
            {"auth_source": "credential_file", "profile": "dr", "subscription_id": "s"},
            {},
            PROFILES,
            "secret",
            "dr-client",
            "dr-tenant",
            "s",
            id="file and profile",
        ),
    ],
)
def test_who(
    params: dict[str, Any],
    environ: dict[str, str],
    profiles: dict[str, Mapping[str, str]],
    kind: str,
    client: str,
    tenant: str,
    subscription: str,
) -> None:
    identity = choose(params, environ, profiles)
    assert (identity.kind, identity.client_id, identity.tenant, identity.subscription_id) == (
        kind,
        client,
        tenant,
        subscription,
    )
    if kind == "secret":
        assert identity.secret == SECRET


@pytest.mark.parametrize(
    ("values", "kind", "proof"),
    [
        ({"secret": SECRET, "oidc_token": "other"}, "secret", SECRET),
        ({"x509_certificate_path": "/c.pem", "oidc_token": "other"}, "certificate", "/c.pem"),
        ({"oidc_token": SECRET}, "oidc_token", SECRET),
        ({"oidc_token_file_path": "/token"}, "oidc_token_file", "/token"),
        ({"ad_user": "me", "password": SECRET, "client_id": None}, "password", SECRET),
    ],
)
def test_how_it_is_proven(values: dict[str, Any], kind: str, proof: str) -> None:
    identity = choose({"client_id": "c", "tenant": "t", **values})
    assert identity.kind == kind
    assert proof in (identity.secret, identity.path)


@pytest.mark.parametrize(
    ("environ", "kind"),
    [
        ({"AZURE_FEDERATED_TOKEN_FILE": "/var/run/token"}, "oidc_token_file"),
        ({"AZURE_FEDERATED_TOKEN": "x"}, "oidc_token"),
        ({"AZURE_X509_CERTIFICATE_PATH": "/c.pem"}, "certificate"),
        ({"AZURE_CLIENT_CERTIFICATE_PATH": "/c.pem"}, "certificate"),
    ],
)
def test_other_proofs_in_the_environment(environ: dict[str, str], kind: str) -> None:
    """A workload identity in Kubernetes sets the client, the tenant and the file of its token."""
    assert choose({}, {"AZURE_CLIENT_ID": "c", "AZURE_TENANT_ID": "t", **environ}).kind == kind


@pytest.mark.parametrize(
    ("params", "environ", "message"),
    [
        ({"client_id": "c", "secret": SECRET}, {}, r"^tenant: is needed with .* the task's options"),
        (
            {"client_id": "c", "tenant": "t"},
            AWX,
            r"^secret: the task's options names client_id but nothing to prove it",
        ),
        ({"ad_user": "u", "tenant": "t"}, {}, r"^password: "),
        ({"auth_source": "env"}, {"AZURE_TENANT": "t"}, r"^auth_source: env needs AZURE_CLIENT_ID"),
        ({}, {"AZURE_CLIENT_ID": "c", "AZURE_SECRET": SECRET}, r"^tenant: is needed with .* the environment"),
        ({"profile": "gone"}, AWX, r"^profile: there is no section \[gone\]"),
        ({"auth_source": "credential_file"}, {}, r"^profile: there is no section \[default\]"),
    ],
)
def test_what_is_missing_is_named_without_secrets(
    params: dict[str, Any], environ: dict[str, str], message: str
) -> None:
    with pytest.raises(InvalidRequest, match=message) as caught:
        choose(params, environ)
    assert SECRET not in str(caught.value)


def test_a_profile_without_client_is_refused() -> None:
    with pytest.raises(InvalidRequest, match=r"^client_id: is missing in profile dr"):
        choose({"profile": "dr"}, {}, {"dr": {"tenant": "t", "secret": SECRET}})


@pytest.mark.parametrize("kind", ["secret", "oidc_token", "password"])
def test_an_identity_never_shows_its_secret(kind: str) -> None:
    identity = Identity(kind, "tenant", "client", secret=SECRET, source="the environment")
    assert SECRET not in repr(identity)
    assert SECRET not in identity.describe()
    assert identity.describe() == "client_id client, tenant tenant, from the environment"


def test_describe_users_and_the_cli() -> None:
    assert Identity("password", "t", user="me", source="x").describe() == "user me, tenant t, from x"
    assert Identity("cli", source="Azure CLI").describe() == "cli, from Azure CLI"


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / ".azure").mkdir()
    return tmp_path / ".azure" / "credentials"


class TestCredentialsFile:
    def test_sections(self, home: Path) -> None:
        home.write_text("[dr]\nclient_id=c\nsecret=a%b\n", encoding="utf-8")
        assert read_profile("dr") == {"client_id": "c", "secret": "a%b"}
        assert read_profile("default") is None

    def test_no_file(self, home: Path) -> None:
        assert read_profile("default") is None

    def test_a_broken_file_shows_none_of_its_lines(self, home: Path) -> None:
        home.write_text(f"secret={SECRET}\n", encoding="utf-8")
        with pytest.raises(InvalidRequest, match=r"^profile: ~/.azure/credentials cannot be read") as caught:
            read_profile("default")
        assert SECRET not in str(caught.value)


class TestCredential:
    """Each kind becomes the credential of azure-identity that proves it."""

    @pytest.mark.parametrize(
        ("identity", "name"),
        [
            (Identity("cli"), "AzureCliCredential"),
            (Identity("msi"), "ManagedIdentityCredential"),
            (Identity("msi", client_id="c"), "ManagedIdentityCredential"),
            (Identity("secret", "t", "c", secret=SECRET), "ClientSecretCredential"),
            (Identity("oidc_token", "t", "c", secret=SECRET), "ClientAssertionCredential"),
            (Identity("oidc_token_file", "t", "c", path="/token"), "WorkloadIdentityCredential"),
            (Identity("password", "t", user="u", secret=SECRET), "UsernamePasswordCredential"),
        ],
    )
    @pytest.mark.filterwarnings("ignore::DeprecationWarning")
    def test_kind(self, identity: Identity, name: str) -> None:
        pytest.importorskip("azure.identity")
        assert type(build_credential(identity, "https://login.example", True, True)).__name__ == name

    @pytest.mark.parametrize(
        "identity",
        [
            Identity("certificate", "t", "c", path="/no/such.pem", source="the environment"),
            Identity("secret", "not a tenant!", "c", secret=SECRET, source="the environment"),
        ],
    )
    def test_what_cannot_be_made_is_told_without_secrets(self, identity: Identity) -> None:
        pytest.importorskip("azure.identity")
        with pytest.raises(InvalidRequest, match=r"^credentials \(client_id c, .* from the environment\)") as caught:
            build_credential(identity, "https://login.example", True, True)
        assert SECRET not in str(caught.value)
