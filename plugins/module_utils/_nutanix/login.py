# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Where a Prism Central is and how to sign in to it, from a module's options. Nothing is sent, no library is loaded."""

from __future__ import annotations

import base64
import ipaddress
import urllib.parse
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import gettempdir
from typing import Any

from ansible_collections.bcdr.multicloud.plugins.module_utils._core.errors import InvalidRequest, hide


@dataclass(frozen=True)
class Login:
    """Where a Prism Central is and how to talk to it; timeouts in milliseconds.

    `proxy` is the URL of a proxy or "".
    """

    host: str
    port: int
    username: str = ""
    password: str = field(default="", repr=False)
    api_key: str = field(default="", repr=False)
    validate_certs: bool = True
    ca_path: str = ""
    read_timeout: int = 30_000
    proxy: str = ""
    proxy_username: str = ""
    proxy_password: str = field(default="", repr=False)
    debug_log: str = ""
    connections: int = 4


def login_of(params: Mapping[str, Any], connections: int) -> Login:
    """Return the login for the options of `NUTANIX_SPEC`, for so many connections at once.

    Raises InvalidRequest for options that do not fit together.
    """
    host = (params.get("nutanix_host") or "").strip().strip("[]")
    if not host or "/" in host:
        raise InvalidRequest("nutanix_host: expected a host name or an IP address")
    port = str(params.get("nutanix_port") or "9440")
    if not port.isdecimal() or not 0 < int(port) < 65536:
        raise InvalidRequest(f"nutanix_port: {port!r} is not a port")
    api_key = params.get("nutanix_api_key") or ""
    username, password = params.get("nutanix_username") or "", params.get("nutanix_password") or ""
    if not api_key and not (username and password):
        raise InvalidRequest("Either nutanix_username and nutanix_password or nutanix_api_key is required")
    for secret in (api_key, password, basic_token(username, password), params.get("proxy_password") or ""):
        hide(secret)
    ca_path = params.get("ca_path") or ""
    validate_certs = params.get("validate_certs", True)
    if validate_certs and ca_path and not Path(ca_path).is_file():
        raise InvalidRequest(f"ca_path: there is no file {ca_path}")
    read_timeout = params.get("read_timeout")
    read_timeout = 30_000 if read_timeout is None else read_timeout
    if read_timeout <= 0:
        raise InvalidRequest("read_timeout: expected milliseconds, more than 0")
    debug_log = ""
    if params.get("nutanix_debug"):
        debug_log = params.get("nutanix_log_file") or str(Path(gettempdir()) / "nutanix_ansible_debug.log")
    return Login(
        host=host,
        port=int(port),
        username=username,
        password=password,
        api_key=api_key,
        validate_certs=bool(validate_certs),
        ca_path=ca_path if validate_certs else "",
        read_timeout=read_timeout,
        proxy=_proxy(params, host),
        proxy_username=params.get("proxy_username") or "",
        proxy_password=params.get("proxy_password") or "",
        debug_log=debug_log,
        connections=connections,
    )


def _proxy(params: Mapping[str, Any], host: str) -> str:
    """Return the URL of the proxy for a host, as curl would choose it; "" for none."""
    url = params.get("https_proxy") or params.get("all_proxy") or params.get("http_proxy") or ""
    bypassed = urllib.request.proxy_bypass_environment(host, {"no": params.get("no_proxy") or ""})  # type: ignore[attr-defined]
    if not url or bypassed:
        return ""
    url = url if "://" in url else f"http://{url}"
    try:
        parts = urllib.parse.urlsplit(url)
        known = bool(parts.hostname) and (parts.port or 0) >= 0 and parts.scheme in ("http", "https", "socks5")
    except ValueError:
        known = False
    if not known:
        raise InvalidRequest("https_proxy: expected a URL such as http://proxy:3128 or socks5://proxy:1080")
    return str(url)


def basic_token(username: str, password: str) -> str:
    """Return what basic authentication sends, in UTF-8; "" without both."""
    return base64.b64encode(f"{username}:{password}".encode()).decode() if username and password else ""


def is_ipv6(host: str) -> bool:
    """Return whether it is an address that a URL has in brackets."""
    try:
        return ipaddress.ip_address(host).version == 6
    except ValueError:
        return False
