# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Microsoft's own client libraries, unchanged, against the sandbox over HTTPS."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

compute = pytest.importorskip("azure.mgmt.compute")
identity = pytest.importorskip("azure.identity")

from azure.core.exceptions import ClientAuthenticationError, HttpResponseError  # noqa: E402
from sandbox.cli import Sandbox, build  # noqa: E402


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    """Time runs at 3,600 virtual seconds a second, so that Retry-After is a second at most."""
    running = build("demo", tmp_path_factory.mktemp("sandbox"), speed=3600)
    running.start()
    yield running
    running.stop()


@pytest.fixture
def credential(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> Any:
    """A service principal's credential."""
    exports = sandbox.exports()
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", exports["REQUESTS_CA_BUNDLE"])
    return identity.ClientSecretCredential(
        exports["AZURE_TENANT"],
        exports["AZURE_CLIENT_ID"],
        exports["AZURE_SECRET"],
        authority=sandbox.base_url,
        disable_instance_discovery=True,
    )


@pytest.fixture
def client(sandbox: Sandbox, credential: Any) -> Any:
    """The SDK's compute client."""
    return compute.ComputeManagementClient(
        credential,
        sandbox.exports()["AZURE_SUBSCRIPTION_ID"],
        base_url=sandbox.base_url,
        credential_scopes=[f"{sandbox.base_url}/.default"],
        polling_interval=0.05,
    )


def test_copy_restore_delete(sandbox: Sandbox, client: Any) -> None:
    """Create, list, copy, read the instance view, restore disk and VM, delete."""
    clock = sandbox.application.clock
    vm = client.virtual_machines.get("rg-app", "app-01")
    source = client.restore_point_collections.create_or_update(
        "rg-app", "rpc-1", {"location": "westeurope", "properties": {"source": {"id": vm.id}}}
    )
    target = client.restore_point_collections.create_or_update(
        "rg-dr-ne", "rpc-1-ne", {"location": "North Europe", "properties": {"source": {"id": source.id}}}
    )
    assert target.location == "northeurope"
    point = client.restore_points.begin_create("rg-app", "rpc-1", "rp-1", {}).result()
    assert point.properties.provisioning_state == "Succeeded"
    copy = client.restore_points.begin_create(
        "rg-dr-ne", "rpc-1-ne", "rp-1", {"properties": {"sourceRestorePoint": {"id": point.id}}}
    ).result()
    assert copy.properties.time_created == point.properties.time_created
    view = client.restore_points.get("rg-dr-ne", "rpc-1-ne", "rp-1", expand="instanceView").properties.instance_view
    assert view.statuses[0].code == "ReplicationState/replicating"
    clock.advance(86_400)
    view = client.restore_points.get("rg-dr-ne", "rpc-1-ne", "rp-1", expand="instanceView").properties.instance_view
    assert view.statuses[0].code == "ReplicationState/succeeded"
    assert [disk.replication_status.completion_percent for disk in view.disk_restore_points] == [100, 100]
    expanded = client.restore_point_collections.get("rg-dr-ne", "rpc-1-ne", expand="restorePoints")
    assert [found.name for found in expanded.properties.restore_points] == ["rp-1"]
    assert {found.name for found in client.restore_point_collections.list_all()} == {"rpc-1", "rpc-1-ne"}
    disk_points = list(client.disk_restore_point.list_by_restore_point("rg-dr-ne", "rpc-1-ne", "rp-1"))
    assert [found.properties.replication_state for found in disk_points] == ["Succeeded", "Succeeded"]
    disks = [_restore(client, f"back-{index}", found.id) for index, found in enumerate(disk_points)]
    created = client.virtual_machines.begin_create_or_update("rg-dr-ne", "back", _vm(client, disks)).result()
    assert created.properties.provisioning_state == "Succeeded"
    assert client.disks.get("rg-dr-ne", "back-0").properties.disk_state == "Attached"
    client.virtual_machines.begin_delete("rg-dr-ne", "back").result()
    for disk in disks:
        client.disks.begin_delete("rg-dr-ne", disk.name).result()
    client.restore_points.begin_delete("rg-dr-ne", "rpc-1-ne", "rp-1").result()
    client.restore_point_collections.begin_delete("rg-dr-ne", "rpc-1-ne").result()
    client.restore_point_collections.begin_delete("rg-app", "rpc-1").result()
    assert list(client.restore_point_collections.list_all()) == []
    assert sandbox.application.manager.state.problems == []


def test_copy_snapshots_and_make_an_image(sandbox: Sandbox, client: Any) -> None:
    """Snapshot of a disk, its copy in another region, the copy's progress, an image of it; tags, lists, deletion."""
    disk = client.disks.get("rg-app", "app-01-os")
    creation = {"createOption": "Copy", "sourceResourceId": disk.id}
    source = client.snapshots.begin_create_or_update(
        "rg-app", "snap", {"location": "westeurope", "properties": {"incremental": True, "creationData": creation}}
    ).result()
    assert (source.properties.provisioning_state, source.properties.completion_percent) == ("Succeeded", None)
    copying = {"createOption": "CopyStart", "sourceResourceId": source.id}
    copy = client.snapshots.begin_create_or_update(
        "rg-dr-ne", "snap-ne", {"location": "northeurope", "properties": {"incremental": True, "creationData": copying}}
    ).result()
    assert copy.properties.provisioning_state == "Succeeded"
    sandbox.application.clock.advance(86_400)
    from_copy = {"createOption": "Copy", "sourceResourceId": copy.id}
    made = client.disks.begin_create_or_update(
        "rg-dr-ne", "again", {"location": "northeurope", "properties": {"creationData": from_copy}}
    ).result()
    assert (made.provisioning_state, made.os_type, made.disk_size_gb) == ("Succeeded", disk.os_type, disk.disk_size_gb)
    assert made.creation_data.source_resource_id == copy.id
    client.disks.begin_delete("rg-dr-ne", "again").result()
    copy = client.snapshots.get("rg-dr-ne", "snap-ne")
    assert (copy.properties.completion_percent, copy.properties.copy_completion_error) == (100, None)
    os_disk = {"osType": "Linux", "osState": "Generalized", "snapshot": {"id": copy.id}}
    image = client.images.begin_create_or_update(
        "rg-dr-ne",
        "golden",
        {"location": "northeurope", "properties": {"hyperVGeneration": "V2", "storageProfile": {"osDisk": os_disk}}},
    ).result()
    assert image.properties.storage_profile.os_disk.snapshot.id == copy.id
    assert [found.name for found in client.images.list()] == ["golden"]
    tagged = client.snapshots.begin_update("rg-dr-ne", "snap-ne", {"tags": {"team": "red"}}).result()
    assert tagged.tags == {"team": "red"}
    assert {found.name for found in client.snapshots.list()} == {"snap", "snap-ne"}
    client.images.begin_delete("rg-dr-ne", "golden").result()
    for group, name in (("rg-dr-ne", "snap-ne"), ("rg-app", "snap")):
        client.snapshots.begin_delete(group, name).result()
    assert list(client.snapshots.list_by_resource_group("rg-app")) == []
    assert sandbox.application.manager.state.problems == []


def _restore(client: Any, name: str, disk_point: str) -> Any:
    body = {
        "location": "northeurope",
        "properties": {"creationData": {"createOption": "Restore", "sourceResourceId": disk_point}},
    }
    return client.disks.begin_create_or_update("rg-dr-ne", name, body).result()


def _vm(client: Any, disks: list[Any]) -> dict[str, Any]:
    subnet = disks[0].id.split("/providers/")[0] + (
        "/providers/Microsoft.Network/virtualNetworks/vnet-drill/subnets/snet-isolated"
    )
    configuration = {"name": "ip", "properties": {"subnet": {"id": subnet}}}
    nic = {
        "name": "back-nic",
        "properties": {"primary": True, "deleteOption": "Delete", "ipConfigurations": [configuration]},
    }
    os_disk = {"createOption": "Attach", "osType": "Linux", "managedDisk": {"id": disks[0].id}}
    data = [{"lun": 0, "createOption": "Attach", "managedDisk": {"id": disks[1].id}}]
    return {
        "location": "northeurope",
        "properties": {
            "hardwareProfile": {"vmSize": "Standard_D4s_v5"},
            "storageProfile": {"osDisk": os_disk, "dataDisks": data},
            "networkProfile": {"networkApiVersion": "2020-11-01", "networkInterfaceConfigurations": [nic]},
        },
    }


def test_paging(sandbox: Sandbox, client: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """The SDK follows nextLink."""
    state = sandbox.application.manager.state
    small = replace(state.settings, limits=replace(state.settings.limits, page_size=5))
    monkeypatch.setattr(state, "settings", small)
    names = [vm.name for vm in client.virtual_machines.list_all()]
    assert len(names) == len(set(names)) == 23


def test_grant_access(client: Any) -> None:
    """beginGetAccess gives a SAS, endGetAccess takes it back."""
    vm = client.virtual_machines.get("rg-app", "app-02")
    body = {"location": "westeurope", "properties": {"source": {"id": vm.id}}}
    client.restore_point_collections.create_or_update("rg-app", "rpc-2", body)
    point = client.restore_points.begin_create("rg-app", "rpc-2", "rp", {}).result()
    name = point.properties.source_metadata.storage_profile.os_disk.disk_restore_point.id.rsplit("/", 1)[1]
    access = {"access": "Read", "durationInSeconds": 999_999}
    given = client.disk_restore_point.begin_grant_access("rg-app", "rpc-2", "rp", name, access).result()
    assert given.access_sas.startswith("https://")
    with pytest.raises(HttpResponseError, match="DiskRestorePointUsedByCustomer"):
        client.restore_points.begin_delete("rg-app", "rpc-2", "rp").result()
    client.disk_restore_point.begin_revoke_access("rg-app", "rpc-2", "rp", name).result()
    client.restore_point_collections.begin_delete("rg-app", "rpc-2").result()


def test_wrong_secret(sandbox: Sandbox, credential: Any) -> None:
    """The credential's own error type comes out."""
    exports = sandbox.exports()
    wrong = identity.ClientSecretCredential(
        exports["AZURE_TENANT"],
        exports["AZURE_CLIENT_ID"],
        "wrong",
        authority=sandbox.base_url,
        disable_instance_discovery=True,
    )
    with pytest.raises(ClientAuthenticationError, match="AADSTS7000215"):
        wrong.get_token(f"{sandbox.base_url}/.default")


def test_managed_identity(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    """The App Service shape of a managed identity, over plain HTTP."""
    details = sandbox.details()
    monkeypatch.setenv("IDENTITY_ENDPOINT", details["IDENTITY_ENDPOINT"])
    monkeypatch.setenv("IDENTITY_HEADER", details["IDENTITY_HEADER"])
    token = identity.ManagedIdentityCredential().get_token("https://management.azure.com/.default")
    assert sandbox.application.tokens.recognise(token.token) is not None


def test_certificate(sandbox: Sandbox, credential: Any, tmp_path: Path) -> None:
    """A certificate whose thumbprint is registered works, any other does not."""
    pem, thumbprint = _certificate(tmp_path)
    exports = sandbox.exports()

    def get() -> str:
        return str(
            identity.CertificateCredential(
                exports["AZURE_TENANT"],
                exports["AZURE_CLIENT_ID"],
                str(pem),
                authority=sandbox.base_url,
                disable_instance_discovery=True,
            )
            .get_token(f"{sandbox.base_url}/.default")
            .token
        )

    with pytest.raises(ClientAuthenticationError, match="AADSTS700027"):
        get()
    clients = sandbox.application.tokens.clients
    name, principal = next(iter(clients.items()))
    clients[name] = type(principal)(**{**principal.__dict__, "thumbprints": tuple(thumbprint)})
    try:
        assert get()
    finally:
        clients[name] = principal


def _certificate(folder: Path) -> tuple[Path, list[str]]:
    from datetime import datetime, timedelta, timezone

    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import rsa
    from cryptography.x509.oid import NameOID

    key = rsa.generate_private_key(65537, 2048)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "client")])
    now = datetime.now(timezone.utc)
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    builder = builder.serial_number(1).not_valid_before(now).not_valid_after(now + timedelta(days=1))
    certificate = builder.sign(key, hashes.SHA256())
    file = folder / "client.pem"
    encoding, no_encryption = serialization.Encoding.PEM, serialization.NoEncryption()
    file.write_bytes(
        key.private_bytes(encoding, serialization.PrivateFormat.PKCS8, no_encryption)
        + certificate.public_bytes(encoding)
    )
    algorithms = (hashes.SHA1(), hashes.SHA256())
    return file, [certificate.fingerprint(algorithm).hex().upper() for algorithm in algorithms]


def test_federated_token(sandbox: Sandbox, credential: Any) -> None:
    """A federated token, registered for the time of the test."""
    import base64
    import json
    import time

    exports = sandbox.exports()
    tokens = sandbox.application.tokens
    name, principal = next(iter(tokens.clients.items()))
    issuer = ("https://issuer.example", "repo:demo")
    tokens.clients[name] = type(principal)(**{**principal.__dict__, "federated": (issuer,)})

    def part(value: dict[str, Any]) -> str:
        return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()

    claims = {"iss": issuer[0], "sub": issuer[1], "aud": "api://AzureADTokenExchange", "exp": time.time() + 60}
    assertion = f"{part({'alg': 'RS256', 'kid': '1'})}.{part(claims)}.c2ln"
    common = {"authority": sandbox.base_url, "disable_instance_discovery": True}
    federated = identity.ClientAssertionCredential(
        exports["AZURE_TENANT"], exports["AZURE_CLIENT_ID"], lambda: assertion, **common
    )
    assert federated.get_token(f"{sandbox.base_url}/.default").token
    tokens.clients[name] = principal


def test_sixteen_threads(sandbox: Sandbox, client: Any) -> None:
    """Many connections at once."""
    errors: list[BaseException] = []

    def work() -> None:
        try:
            for _round in range(5):
                client.virtual_machines.get("rg-app", "app-03")
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=work) for _round in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
