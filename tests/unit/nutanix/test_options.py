# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import os
from typing import Any

import pytest
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

from ansible_collections.bcdr.multicloud.plugins.module_utils._core.errors import InvalidRequest
from ansible_collections.bcdr.multicloud.plugins.module_utils._nutanix.client import connect
from ansible_collections.bcdr.multicloud.plugins.module_utils._nutanix.options import NUTANIX_SPEC

OPTIONS = {"nutanix_host": "pc", "nutanix_port": "9440", "nutanix_username": "admin", "nutanix_password": "very-hidden"}


@pytest.mark.parametrize(("name", "variable", "default"), [
    ("nutanix_host", "NUTANIX_HOST", None), ("nutanix_port", "NUTANIX_PORT", "9440"), ("nutanix_username", "NUTANIX_USERNAME", None),
    ("nutanix_password", "NUTANIX_PASSWORD", None), ("nutanix_api_key", "NUTANIX_API_KEY", None),
    ("validate_certs", "VALIDATE_CERTS", True), ("ca_path", "NUTANIX_CA_PATH", None), ("nutanix_debug", "NUTANIX_DEBUG", False),
    ("nutanix_log_file", "NUTANIX_LOG_FILE", None), ("https_proxy", "HTTPS_PROXY", None), ("no_proxy", "NO_PROXY", None),
    ("proxy_password", "PROXY_PASSWORD", None),
])  # fmt: skip
def test_names(name: str, variable: str, default: Any) -> None:
    """Those of nutanix.ncp, and secrets are marked as such."""
    spec = NUTANIX_SPEC[name]
    assert spec["fallback"][1] == [variable]
    assert spec.get("default") == default
    assert spec.get("no_log", False) is (name in ("nutanix_password", "nutanix_api_key", "proxy_password"))


@pytest.mark.parametrize(("changes", "text"), [
    ({"nutanix_host": ""}, "nutanix_host: expected"),
    ({"nutanix_host": "https://pc"}, "nutanix_host: expected"),
    ({"nutanix_port": "x"}, "nutanix_port: 'x' is not a port"),
    ({"nutanix_port": "70000"}, "nutanix_port: "),
    ({"nutanix_password": None}, "Either nutanix_username and nutanix_password or nutanix_api_key is required"),
    ({"nutanix_username": ""}, "Either nutanix_username"),
    ({"ca_path": "/nowhere"}, "ca_path: there is no file /nowhere"),
    ({"read_timeout": -1}, "read_timeout: "),
    ({"read_timeout": 0}, "read_timeout: "),
    ({"https_proxy": "ftp://proxy"}, "https_proxy: expected a URL"),
    ({"https_proxy": "http://proxy:x"}, "https_proxy: expected a URL"),
])  # fmt: skip
def test_refused(changes: dict[str, Any], text: str) -> None:
    """Before anything is sent."""
    with pytest.raises(InvalidRequest) as caught:
        connect({**OPTIONS, **changes}, 4)
    assert str(caught.value).startswith(text)
    assert "very-hidden" not in str(caught.value)


@pytest.mark.parametrize(("changes", "proxy"), [
    ({}, ""),
    ({"https_proxy": "http://proxy:3128"}, "http://proxy:3128"),
    ({"https_proxy": "proxy:3128"}, "http://proxy:3128"),
    ({"all_proxy": "socks5://proxy:1080"}, "socks5://proxy:1080"),
    ({"https_proxy": "http://a:1", "all_proxy": "http://b:1", "http_proxy": "http://c:1"}, "http://a:1"),
    ({"http_proxy": "http://c:1"}, "http://c:1"),
    ({"https_proxy": "http://a:1", "no_proxy": "other,.example.org"}, "http://a:1"),
    ({"https_proxy": "http://a:1", "no_proxy": "pc"}, ""),
    ({"https_proxy": "http://a:1", "nutanix_host": "pc.example.org", "no_proxy": ".example.org"}, ""),
    ({"https_proxy": "http://a:1", "no_proxy": "*"}, ""),
])  # fmt: skip
def test_proxy(changes: dict[str, Any], proxy: str) -> None:
    assert connect({**OPTIONS, **changes}, 4).login.proxy == proxy


def test_defaults() -> None:
    login = connect(OPTIONS, 7).login
    assert (login.port, login.validate_certs, login.read_timeout, login.connections) == (9440, True, 30_000, 7)
    assert "very-hidden" not in repr(login)
    assert connect({**OPTIONS, "nutanix_host": "[2001:db8::1]"}, 4).login.host == "2001:db8::1"


def test_without_certificates_the_file_is_of_no_use() -> None:
    assert connect({**OPTIONS, "validate_certs": False, "ca_path": "/nowhere"}, 4).login.ca_path == ""


def test_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """As Ansible reads it for a module."""
    for name, value in (
        ("NUTANIX_HOST", "pc"),
        ("NUTANIX_PORT", "443"),
        ("VALIDATE_CERTS", "no"),
        ("NUTANIX_API_KEY", "k-1"),
    ):
        monkeypatch.setenv(name, value)
    result = ArgumentSpecValidator(NUTANIX_SPEC).validate({"nutanix_port": "9441"})
    assert result.error_messages == []
    login = connect(result.validated_parameters, 4).login
    assert (login.host, login.port, login.validate_certs, login.api_key) == ("pc", 9441, False, "k-1")


def test_nothing_of_the_environment_is_read() -> None:
    """The option table does that, as in nutanix.ncp."""
    os.environ["NUTANIX_API_KEY"] = "from-outside"
    try:
        assert connect(OPTIONS, 4).login.api_key == ""
    finally:
        del os.environ["NUTANIX_API_KEY"]
