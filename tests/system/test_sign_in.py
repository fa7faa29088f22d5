# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every way to sign in that the documentation names, from the environment or options to an answer of Azure."""

from __future__ import annotations

import base64
import datetime
import json
import os
import sys
import time
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID
from system.runner import Ansible
from system.sandbox_process import SandboxProcess

CLIENT = "7e57ab1e-0000-4000-8000-0000000000d1"
ISSUER, SUBJECT = "https://issuer.example", "system:serviceaccount:dr:runner"
NOTHING = {"AZURE_CLIENT_ID": "", "AZURE_SECRET": "", "AZURE_TENANT": ""}


def _reads(ansible: Ansible, env: dict[str, str], **options: Any) -> None:
    """The subscription holds no collections, and whoever is let in is told so."""
    task = {"name": "read", "bcdr.multicloud.azure_restore_point_info": options}
    play = {"hosts": "localhost", "gather_facts": False, "tasks": [task]}
    assert ansible.playbook([play], env=env).result("read")["recovery_points"] == []


def test_the_names_of_microsofts_own_tools(ansible: Ansible, sandbox: SandboxProcess) -> None:
    known = sandbox.environment
    renamed = {
        "AZURE_SECRET": "",
        "AZURE_TENANT": "",
        "AZURE_CLIENT_SECRET": known["AZURE_SECRET"],
        "AZURE_TENANT_ID": known["AZURE_TENANT"],
    }
    _reads(ansible, renamed)


def test_the_only_subscription_need_not_be_named(ansible: Ansible) -> None:
    _reads(ansible, {"AZURE_SUBSCRIPTION_ID": ""})


def test_a_profile_of_the_credentials_file(ansible: Ansible, sandbox: SandboxProcess, tmp_path: Path) -> None:
    known = sandbox.environment
    (tmp_path / ".azure").mkdir()
    (tmp_path / ".azure" / "credentials").write_text(
        f"[dr]\nclient_id={known['AZURE_CLIENT_ID']}\nsecret={known['AZURE_SECRET']}\ntenant={known['AZURE_TENANT']}\n",
        encoding="utf-8",
    )
    _reads(ansible, {**NOTHING, "HOME": str(tmp_path)}, profile="dr")


def test_a_certificate(ansible: Ansible, sandbox: SandboxProcess, tmp_path: Path) -> None:
    path, thumbprints = _certificate(tmp_path)
    sandbox.plant({"clients": [{"id": CLIENT, "certificate_thumbprints": thumbprints}]})
    _reads(ansible, {"AZURE_SECRET": "", "AZURE_CLIENT_ID": CLIENT, "AZURE_X509_CERTIFICATE_PATH": str(path)})


def test_a_workload_identity(ansible: Ansible, sandbox: SandboxProcess, tmp_path: Path) -> None:
    sandbox.plant({"clients": [{"id": CLIENT, "federated": [{"issuer": ISSUER, "subject": SUBJECT}]}]})
    token = _federated_token()
    path = tmp_path / "token"
    path.write_text(token, encoding="utf-8")
    _reads(ansible, {"AZURE_SECRET": "", "AZURE_CLIENT_ID": CLIENT, "AZURE_FEDERATED_TOKEN_FILE": str(path)})
    options = {"client_id": CLIENT, "oidc_token": token, "tenant": sandbox.environment["AZURE_TENANT"]}
    _reads(ansible, NOTHING, **options)


def test_a_managed_identity(ansible: Ansible, sandbox: SandboxProcess) -> None:
    endpoint = {name: sandbox.details[name] for name in ("IDENTITY_ENDPOINT", "IDENTITY_HEADER")}
    _reads(ansible, {**NOTHING, **endpoint}, auth_source="msi")


def test_the_sign_in_of_the_azure_cli(ansible: Ansible, sandbox: SandboxProcess, tmp_path: Path) -> None:
    """`az` is played by a script that signs in as the sandbox's client and prints what `az` prints."""
    az = tmp_path / "az"
    az.write_text(_AZ.format(python=sys.executable, known=json.dumps(sandbox.environment)), encoding="utf-8")
    az.chmod(0o755)
    _reads(ansible, {**NOTHING, "PATH": f"{tmp_path}{os.pathsep}{os.environ['PATH']}"})


_AZ = """#!{python}
import datetime, json, requests
known = {known}
base = known["AZURE_CLOUD_ENVIRONMENT"].split("/metadata")[0]
answer = requests.post(
    f"{{base}}/{{known['AZURE_TENANT']}}/oauth2/v2.0/token",
    data={{"grant_type": "client_credentials", "client_id": known["AZURE_CLIENT_ID"],
          "client_secret": known["AZURE_SECRET"], "scope": f"{{base}}/.default"}},
    verify=known["REQUESTS_CA_BUNDLE"],
).json()
expires = datetime.datetime.now() + datetime.timedelta(seconds=int(answer["expires_in"]))
print(json.dumps({{"accessToken": answer["access_token"], "tenant": known["AZURE_TENANT"], "tokenType": "Bearer",
                  "expiresOn": str(expires), "expires_on": int(expires.timestamp())}}))
"""


def _certificate(folder: Path) -> tuple[Path, list[str]]:
    """Return a PEM file with key and certificate, and its thumbprints."""
    key = rsa.generate_private_key(65537, 2048)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "client")])
    now = datetime.datetime.now(datetime.timezone.utc)
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    builder = builder.serial_number(1).not_valid_before(now).not_valid_after(now + datetime.timedelta(days=1))
    certificate = builder.sign(key, hashes.SHA256())
    path = folder / "client.pem"
    encoding = serialization.Encoding.PEM
    secret = key.private_bytes(encoding, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    path.write_bytes(secret + certificate.public_bytes(encoding))
    return path, [certificate.fingerprint(algorithm).hex().upper() for algorithm in (hashes.SHA1(), hashes.SHA256())]


def _federated_token() -> str:
    def part(value: dict[str, Any]) -> str:
        return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()

    claims = {"iss": ISSUER, "sub": SUBJECT, "aud": "api://AzureADTokenExchange", "exp": time.time() + 600}
    return f"{part({'alg': 'RS256', 'kid': '1'})}.{part(claims)}.c2ln"
