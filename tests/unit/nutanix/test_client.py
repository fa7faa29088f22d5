# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import base64
import datetime
import importlib.metadata
import logging
import socket
import socketserver
import threading
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from ansible_collections.bcdr.multicloud.plugins.module_utils._core.errors import (
    BcdrError,
    Conflict,
    InvalidRequest,
    MissingLibrary,
    ProviderError,
    Throttled,
    Unavailable,
)
from ansible_collections.bcdr.multicloud.plugins.module_utils._nutanix import client, library
from ansible_collections.bcdr.multicloud.plugins.module_utils._nutanix.answers import field
from ansible_collections.bcdr.multicloud.plugins.module_utils._nutanix.client import PrismCentral, connect

Connect = Callable[..., PrismCentral]
POINTS = ("dataprotection", "RecoveryPointsApi")
NOBODY = "99999999-0000-4000-8000-000000000000"


def names(central: PrismCentral, **options: Any) -> list[str]:
    return [one["name"] for one in central.items(*POINTS, "list_recovery_points", **options)]


def log(nutanix: Any, contains: str = "nutanix:main") -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = nutanix.admin("GET", f"requests?contains={contains}")["requests"]
    return found


def test_call(nutanix: Any, main: PrismCentral) -> None:
    """Plain data, the ETag, the server's time; the version is asked for once."""
    with pytest.raises(BcdrError, match="its time is not known"):
        main.now()
    ext_id = nutanix.point()["extId"]
    nutanix.application.log.clear()
    for _round in range(2):
        answer = main.call(*POINTS, "get_recovery_point_by_id", ext_id)
    assert (answer.data["name"], answer.etag, answer.total) == ("nightly", "YXBwbGljYXRpb24vanNvbg==:0", None)
    assert field(answer.data, "is_worm_protected") is False
    assert main.now() == datetime.datetime(2026, 3, 1, 8, 0, tzinfo=datetime.timezone.utc)
    assert main.answered_at == main.now()
    assert main.server_version("dataprotection") == "v4.4"
    assert [entry["method"] for entry in log(nutanix)] == ["OPTIONS", "GET", "GET"]


def test_all_pages(nutanix: Any, main: PrismCentral) -> None:
    """More than a page holds; an empty list is a list; nothing twice."""
    centrals = nutanix.service.world.centrals["main"]
    point = next(iter(centrals.points.values()))
    for number in range(250):
        ext_id = f"00000000-0000-4000-8000-{number:012d}"
        centrals.points[ext_id] = type(point)(**{**vars(point), "ext_id": ext_id, "name": f"many-{number:03d}"})
    nutanix.application.log.clear()
    found = names(main, _filter="startswith(name,'many')", _orderby="name")
    assert found == [f"many-{number:03d}" for number in range(250)]
    assert [entry["query"].split("&")[0] for entry in log(nutanix) if entry["query"]] == [
        f"%24page={page}" for page in range(3)
    ]
    assert names(main, _filter="name eq 'nobody'") == []


def test_entries_that_move_between_pages(main: PrismCentral, monkeypatch: pytest.MonkeyPatch) -> None:
    pages = [[{"ext_id": str(number)} for number in range(100)], [{"ext_id": str(number)} for number in range(99, 120)]]

    def call(*arguments: Any, _page: int, _limit: int) -> Any:
        return SimpleNamespace(data=pages[_page], total=121)

    monkeypatch.setattr(main, "call", call)
    assert [one["ext_id"] for one in main.items(*POINTS, "list_x")] == [str(number) for number in range(120)]


@pytest.mark.parametrize("secret", ["nutanix_api_key", "nutanix_password"])
def test_sign_in_refused(nutanix: Any, login: Connect, secret: str) -> None:
    with pytest.raises(ProviderError) as caught:
        names(login(**{secret: "wrong-secret"}))
    assert caught.value.status == 401
    assert "refused to sign in" in str(caught.value)
    assert "wrong-secret" not in str(caught.value)


def test_api_key(nutanix: Any, login: Connect) -> None:
    """It wins over a user."""
    central = login(nutanix_api_key="sandbox-api-key", nutanix_password="wrong")
    assert len(names(central)) == 3


def test_logins_do_not_mix(nutanix: Any, login: Connect) -> None:
    """The library would use the key of one for the other."""
    by_key, by_name = login(nutanix_api_key="sandbox-api-key"), login()
    names(by_key)
    names(by_name)
    owners = nutanix.service.world.centrals["main"]
    used = {session.login for session in owners.sessions.values()}
    assert used >= {one.ext_id for one in owners.logins}


def test_password_in_any_script(plant: Callable[..., Any], login: Connect) -> None:
    plant(users=[{"username": "админ", "password": "pässwörd-密"}])
    assert len(names(login(nutanix_username="админ", nutanix_password="pässwörd-密"))) == 3


def test_session_that_expires(nutanix: Any, main: PrismCentral) -> None:
    assert len(names(main)) == 3
    nutanix.advance(10_000)
    assert len(names(main)) == 3


def test_error_of_the_service(nutanix: Any, main: PrismCentral) -> None:
    with pytest.raises(ProviderError) as caught:
        main.call(*POINTS, "get_recovery_point_by_id", NOBODY, token="my-request")
    error = caught.value
    assert (error.code, error.status, error.request_id, error.retryable) == ("DP-10400", 404, "my-request", False)
    assert str(error).startswith("get_recovery_point_by_id: DP-10400: The request failed")
    with pytest.raises(ProviderError, match=r"\$filter: Failed to parse"):
        names(main, _filter="name like 'x'")


def test_conflict(nutanix: Any, main: PrismCentral) -> None:
    ext_id = nutanix.point()["extId"]
    with pytest.raises(Conflict) as caught:
        main.call(*POINTS, "delete_recovery_point_by_id", ext_id, etag="old")
    assert (caught.value.code, caught.value.status) == ("PLAT-10005", 412)


@pytest.mark.parametrize(
    ("status", "kind"), [(500, Unavailable), (502, Unavailable), (403, ProviderError), (409, Conflict)]
)
def test_faults(nutanix: Any, main: PrismCentral, status: int, kind: type[ProviderError]) -> None:
    """JSON and HTML."""
    nutanix.fault("status", "recovery-points", status=status, code="X-1", message="no luck", times=0)
    with pytest.raises(ProviderError) as caught:
        names(main)
    assert caught.value.__class__ is kind
    assert "X-1" in str(caught.value)
    assert "<" not in str(caught.value)
    assert caught.value.status == status


def test_retries(nutanix: Any, main: PrismCentral, monkeypatch: pytest.MonkeyPatch) -> None:
    """The library tries again when it is throttled, with the same request id."""
    monkeypatch.setattr("time.sleep", lambda seconds: None)
    nutanix.fault("status", "recovery-points", status=429, times=2)
    assert len(names(main)) == 3
    nutanix.fault("status", "recovery-points", status=429, times=0, retry_after=1)
    with pytest.raises(Throttled) as caught:
        names(main)
    assert caught.value.retry_after == 1.0


def test_server_that_is_away(nutanix: Any, main: PrismCentral, monkeypatch: pytest.MonkeyPatch) -> None:
    """One try to ask for the version, not two waits."""
    nutanix.admin("POST", "prism_central/main/outage", {"on": True, "answers": "drop"})
    with pytest.raises(Unavailable, match=r"Prism Central 127\.0\.0\.1:\d+ cannot be reached: "):
        names(main)
    assert len(log(nutanix)) == 1
    nutanix.admin("POST", "prism_central/main/outage", {"on": False})
    assert len(names(main)) == 3
    monkeypatch.setattr("time.sleep", lambda seconds: None)
    nutanix.admin("POST", "prism_central/main/outage", {"on": True, "answers": "fail"})
    with pytest.raises(Unavailable, match="HTTP 503: 503 Service Unavailable Service Unavailable"):
        names(main)


def test_nobody_listens(sandbox: Any, login: Connect, nutanix: Any) -> None:
    with pytest.raises(Unavailable) as caught:
        names(login(nutanix_port="1"))
    assert "Connection refused" in str(caught.value)
    assert "object at 0x" not in str(caught.value)


def test_slow_answer(nutanix: Any, login: Connect) -> None:
    nutanix.fault("delay", "recovery-points", seconds=2)
    with pytest.raises(Unavailable, match="timed out"):
        names(login(read_timeout=300))


def test_certificate_that_nobody_signed(nutanix: Any, login: Connect, tmp_path: Path) -> None:
    with pytest.raises(InvalidRequest, match=r"ca_path: the certificate of Prism Central 127\.0\.0\.1:"):
        names(login(ca_path=""))
    broken = tmp_path / "ca.pem"
    broken.write_text("nothing\n")
    with pytest.raises(InvalidRequest, match="ca_path: "):
        names(login(ca_path=str(broken)))
    assert len(names(login(ca_path="", validate_certs=False))) == 3


def test_repeated_change(nutanix: Any, main: PrismCentral) -> None:
    """The token is the request's id, so a change is made once."""
    body = main.build("dataprotection", "dataprotection.v4.config.RecoveryPoint", {
        "name": "made", "vm_recovery_points": [{"vm_ext_id": nutanix.entity("vm-01")}],
    })  # fmt: skip
    first, second = (
        main.call(*POINTS, "create_recovery_point", body, token="one").data["ext_id"] for _round in range(2)
    )
    assert first == second
    nutanix.advance(100)
    assert names(main, _filter="name eq 'made'") == ["made"]


@pytest.mark.parametrize(("fields", "text"), [
    ({"name": "n" * 257}, "RecoveryPoint: Invalid value for `name`"),
    ({"vm_recovery_points": [{"vm_ext_id": "6j24g6z1-4f3w-0f3q-5j2j-4n1y9d2e7j3r"}]}, "VmRecoveryPoint: Invalid value for `vm_ext_id`"),
    ({"colour": "red"}, "colour: ntnx-dataprotection-py-client "),
])  # fmt: skip
def test_build_refuses(nutanix: Any, main: PrismCentral, fields: dict[str, Any], text: str) -> None:
    with pytest.raises(InvalidRequest) as caught:
        main.build("dataprotection", "dataprotection.v4.config.RecoveryPoint", fields)
    assert str(caught.value).startswith(text)


def test_build_unknown_type(nutanix: Any, main: PrismCentral) -> None:
    with pytest.raises(InvalidRequest, match=r"does not know dataprotection\.v9\.Nothing"):
        main.build("dataprotection", "dataprotection.v9.Nothing", {})


class Proxy(socketserver.ThreadingTCPServer):
    """A proxy that tunnels to wherever it is asked to, and remembers the requests."""

    daemon_threads = True

    def __init__(self) -> None:
        self.requests: list[str] = []
        super().__init__(("127.0.0.1", 0), Tunnel)


class Tunnel(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        assert isinstance(self.server, Proxy)
        head = "".join(iter(lambda: self.rfile.readline().decode(), "\r\n"))
        self.server.requests.append(head)
        host, _colon, port = head.split()[1].partition(":")
        with socket.create_connection((host, int(port))) as there:
            self.wfile.write(b"HTTP/1.1 200 OK\r\n\r\n")
            back = threading.Thread(target=self.relay, args=(there, self.connection), daemon=True)
            back.start()
            self.relay(self.connection, there)
            back.join()

    @staticmethod
    def relay(one: socket.socket, other: socket.socket) -> None:
        try:
            while data := one.recv(65536):
                other.sendall(data)
            other.shutdown(socket.SHUT_WR)
        except OSError:
            return  # either side has gone


@pytest.mark.parametrize("given", ["in the URL", "beside it"])
def test_proxy(nutanix: Any, login: Connect, given: str) -> None:
    """All goes through it, and it is signed in to."""
    with Proxy() as proxy:
        threading.Thread(target=proxy.serve_forever, daemon=True).start()
        port = proxy.server_address[1]
        if given == "in the URL":
            options = {"https_proxy": f"http://me:p%40ss@127.0.0.1:{port}"}
        else:
            options = {"all_proxy": f"http://127.0.0.1:{port}", "proxy_username": "me", "proxy_password": "p@ss"}
        central = login(**options)
        assert len(names(central)) == 3
        central.close()
        assert len(names(login(**options, no_proxy="127.0.0.1"))) == 3
        proxy.shutdown()
    assert {tuple(head.split()[:2]) for head in proxy.requests} == {("CONNECT", central.name)}
    signature = base64.b64encode(b"me:p@ss").decode()
    assert all(f"Basic {signature}" in head for head in proxy.requests)


def answering(central: PrismCentral, monkeypatch: pytest.MonkeyPatch, answer: Any) -> None:
    """Have the library's call give `answer`, or raise it."""
    api = central._library("dataprotection").api("RecoveryPointsApi")

    def call(**options: Any) -> Any:
        if isinstance(answer, Exception):
            raise answer
        return answer

    monkeypatch.setattr(api, "list_recovery_points", call)


def test_error_in_a_200(nutanix: Any, main: PrismCentral, monkeypatch: pytest.MonkeyPatch) -> None:
    """The library takes it for data."""
    import ntnx_dataprotection_py_client as dataprotection

    message = dataprotection.AppMessage(code="DP-1", message="not today")
    answering(main, monkeypatch, SimpleNamespace(data=dataprotection.ErrorResponse(error=[message])))
    with pytest.raises(ProviderError, match="list_recovery_points: DP-1: not today") as caught:
        main.call(*POINTS, "list_recovery_points")
    assert caught.value.status == 200


@pytest.mark.parametrize(("answer", "text"), [
    (SimpleNamespace(data=b"<html><h1>Please log in</h1></html>"), "the answer is not the API's: Please log in"),
    (ValueError("Expecting value: line 1"), "cannot read the answer: ValueError: Expecting value"),
    (AttributeError("'list' object has no attribute 'keys'"), "cannot read the answer: AttributeError"),
])  # fmt: skip
def test_unreadable_answer(
    nutanix: Any, main: PrismCentral, monkeypatch: pytest.MonkeyPatch, answer: Any, text: str
) -> None:
    """A portal in between, for instance."""
    answering(main, monkeypatch, answer)
    with pytest.raises(ProviderError) as caught:
        main.call(*POINTS, "list_recovery_points")
    assert text in str(caught.value)


LISTS = {
    "dataprotection": ("RecoveryPointsApi", "list_recovery_points"),
    "prism": ("TasksApi", "list_tasks"),
    "vmm": ("VmApi", "list_vms"),
    "clustermgmt": ("ClustersApi", "list_clusters"),
    "volumes": ("VolumeGroupsApi", "list_volume_groups"),
}


def test_all_libraries_are_compared_with_the_server() -> None:
    assert set(LISTS) == set(library.PACKAGES) == set(client._PROBES)


@pytest.mark.parametrize("namespace", LISTS)
@pytest.mark.parametrize(("version", "release"), [("v4.0", "4.0.1"), ("v4.1", "4.1.1")])
def test_old_server(plant: Callable[..., Any], login: Connect, namespace: str, version: str, release: str) -> None:
    """One line that names both, and what to install."""
    package = library.PACKAGES[namespace]
    pytest.importorskip(package)
    nutanix = plant(version=version)
    here = importlib.metadata.version(package.replace("_", "-"))
    central = login()
    spoken = central._library(namespace).version
    api, operation = LISTS[namespace]
    if spoken <= version:
        central.items(namespace, api, operation)
        return
    with pytest.raises(ProviderError) as caught:
        central.items(namespace, api, operation)
    distribution = package.replace("_", "-")
    assert str(caught.value) == (
        f"{operation}: Prism Central {central.name} has the API {namespace} {version}, and "
        f"{distribution} {here} speaks {spoken}; install {distribution}=={release}"
    )
    assert nutanix.service.world.centrals["main"].version == version


@pytest.mark.parametrize("version", ["v4.2", "v4.3", "v4.4"])
def test_versions(plant: Callable[..., Any], login: Connect, version: str) -> None:
    """The newest that both know."""
    plant(version=version)
    central = login()
    assert len(names(central)) == 3
    library = central._library("dataprotection")
    assert library.server_version == version
    assert library.version == min(version, library.client.SDK_VERSION)


def test_missing_library(nutanix: Any, login: Connect, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "ntnx_dataprotection_py_client", None)
    with pytest.raises(MissingLibrary) as caught:
        names(login())
    assert caught.value.package == "ntnx-dataprotection-py-client"


def test_missing_library_is_told_before_anything_is_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "ntnx_dataprotection_py_client", None)
    options = {"nutanix_host": "127.0.0.1", "nutanix_port": "1", "nutanix_api_key": "very-hidden-key"}
    with pytest.raises(MissingLibrary):
        connect(options, 4).call(*POINTS, "list_recovery_points")


def test_threads_share_a_client(nutanix: Any, main: PrismCentral) -> None:
    """The version is asked for once, whoever is first."""
    found: list[int] = []
    threads = [threading.Thread(target=lambda: found.append(len(names(main)))) for _number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [3] * 8
    assert len([entry for entry in log(nutanix) if entry["method"] == "OPTIONS"]) == 1


def test_log_without_secrets(nutanix: Any, login: Connect, tmp_path: Path) -> None:
    path = tmp_path / "debug.log"
    central = login(nutanix_debug=True, nutanix_log_file=str(path))
    names(central)
    names(central)
    text = path.read_text()
    assert "GET https://127.0.0.1:" in text
    assert "********" in text
    token = "YWRtaW46c2FuZGJveC1wYXNzd29yZA=="
    sessions = nutanix.service.world.centrals["main"].sessions
    assert not [secret for secret in (token, "sandbox-password", *sessions) if secret in text]
    with pytest.raises(InvalidRequest, match="nutanix_log_file: "):
        names(login(nutanix_debug=True, nutanix_log_file=str(tmp_path / "no" / "x.log")))


def test_nothing_on_stderr(plant: Callable[..., Any], login: Connect, capfd: pytest.CaptureFixture[str]) -> None:
    """A module's stderr is for its user; the library's own errors do not belong there."""
    plant(version="v4.0")
    central = login()
    try:
        names(central)
        central.call(*POINTS, "get_recovery_point_by_id", NOBODY)
    except ProviderError as error:
        logging.getLogger("ntnx_dataprotection_py_client").error("%s", error)
    assert capfd.readouterr().err == ""
