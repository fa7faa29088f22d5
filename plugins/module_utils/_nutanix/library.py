# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One of Nutanix's client libraries, loaded and set up for one login."""

from __future__ import annotations

import importlib
import importlib.metadata
import importlib.util
import logging
import re
import threading
import urllib.parse
from collections.abc import Mapping
from typing import Any

from ansible_collections.bcdr.multicloud.plugins.module_utils._core.errors import InvalidRequest, MissingLibrary, redact
from ansible_collections.bcdr.multicloud.plugins.module_utils._nutanix.login import Login, basic_token, is_ipv6

PACKAGES = {
    "dataprotection": "ntnx_dataprotection_py_client",
    "prism": "ntnx_prism_py_client",
    "vmm": "ntnx_vmm_py_client",
    "clustermgmt": "ntnx_clustermgmt_py_client",
    "volumes": "ntnx_volumes_py_client",
}

_AUTH = ["apiKeyAuthScheme", "basicAuthScheme"]
# The libraries' own 5 tries with 3 s at first take a minute and a half: too long for a site that may be gone.
_RETRIES = 3
_BACKOFF = 1
_LONGEST_CONNECT = 10_000
_SESSION = re.compile(r"(?i)((?:set-)?cookie['\"]?\s*[:=]\s*['\"]?)[^\r\n]+")


def need_libraries() -> None:
    """Raise MissingLibrary if there are none here, without loading them."""
    name = PACKAGES["dataprotection"]
    if importlib.util.find_spec(name) is None:
        raise MissingLibrary(_distribution(name), f"No module named '{name}'")


def _distribution(name: str) -> str:
    return name.replace("_", "-")


class Library:
    """A client library of one namespace, set up for one login."""

    def __init__(self, namespace: str, login: Login) -> None:
        self.namespace = namespace
        self.name = PACKAGES[namespace]
        try:
            self.package = importlib.import_module(self.name)
            self.rest = importlib.import_module(f"{self.name}.rest")
        except ImportError as error:
            raise MissingLibrary(self.distribution, str(error)) from error
        configuration = self.package.Configuration()
        # After it, since it makes a handler of its own that writes everything to stderr as it is.
        _set_logging(self.name, login)
        configuration.host = f"[{login.host}]" if is_ipv6(login.host) else login.host
        configuration.port = login.port
        configuration.verify_ssl = login.validate_certs
        configuration.root_ca_certificate_file = login.ca_path or None
        configuration.connection_pool_maxsize = login.connections
        # Read when the client is made, so before it.
        configuration.max_retry_attempts = _RETRIES
        configuration.backoff_factor = _BACKOFF
        configuration.connect_timeout = min(login.read_timeout, _LONGEST_CONNECT)
        configuration.read_timeout = login.read_timeout
        if login.debug_log:
            configuration.debug = True
        if not login.validate_certs:
            urllib3 = importlib.import_module("urllib3")
            # Who asked for it need not be told with each call.
            urllib3.disable_warnings(urllib3.exceptions.InsecureRequestWarning)
        _set_identity(configuration, login)
        _set_proxy(configuration, login)
        settings: dict[str, Any] = {"configuration": configuration}
        if hasattr(self.package.ApiClient, "negotiate_version"):
            settings["allow_version_negotiation"] = False
        self.client = self.package.ApiClient(**settings)
        self.server_version = ""
        self.asked = False
        self.lock = threading.Lock()
        self._apis: dict[str, Any] = {}

    @property
    def distribution(self) -> str:
        """The name to install it by."""
        return _distribution(self.name)

    @property
    def release(self) -> str:
        """Its release, "" if it is not known."""
        try:
            return importlib.metadata.version(self.distribution)
        except importlib.metadata.PackageNotFoundError:
            return ""

    @property
    def version(self) -> str:
        """The version of the API that it speaks with this server: v4.4."""
        return str(getattr(self.client, "negotiated_version", None) or self.client.SDK_VERSION)

    def api(self, name: str) -> Any:
        if name not in self._apis:
            self._apis[name] = getattr(self.package, name)(self.client)
        return self._apis[name]

    def request(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> Any:
        """Return the data of a call that the library has no function for."""
        headers = {"Accept": "application/json"}
        if body is not None:
            headers["Content-Type"] = "application/json"
        return self.client._call_api(
            path,
            method,
            {},
            [],
            headers,
            body=body,
            response_type="object",
            auth_settings=_AUTH,
            _return_http_data_only=True,
        )

    def headers(self) -> Mapping[str, str]:
        """Return the headers of its latest answer."""
        response = getattr(self.client, "last_response", None)
        return dict(response.getheaders()) if response is not None else {}

    def type_named(self, name: str) -> Any:
        """Return the class of an API type (dataprotection.v4.config.RecoveryPoint), None if the library has none."""
        known = getattr(self.client, "DUPLICATE_SCHEMA_MAPPING", {})
        return getattr(self.package.models, known.get(name) or name.rsplit(".", 1)[-1], None)


def _set_identity(configuration: Any, login: Login) -> None:
    # A new one: all configurations of a process share the dict that the library has made.
    configuration.api_key = {"X-ntnx-api-key": login.api_key} if login.api_key else {}
    if login.api_key:
        return
    configuration.username = login.username
    configuration.password = login.password
    if not f"{login.username}{login.password}".isascii():
        # The library would encode it as Latin-1, or fail to.
        token = basic_token(login.username, login.password)
        configuration.get_basic_auth_token = lambda: f"Basic {token}"


def _set_proxy(configuration: Any, login: Login) -> None:
    if not login.proxy:
        return
    parts = urllib.parse.urlsplit(login.proxy)
    configuration.proxy_scheme = parts.scheme
    configuration.proxy_host = parts.hostname
    configuration.proxy_port = parts.port or (
        443 if parts.scheme == "https" else 1080 if parts.scheme == "socks5" else 80
    )
    configuration.proxy_username = login.proxy_username or urllib.parse.unquote(parts.username or "") or None
    configuration.proxy_password = login.proxy_password or urllib.parse.unquote(parts.password or "") or None


class _WithoutSecrets(logging.Formatter):
    """Log lines without credentials: the library writes all headers of a request."""

    def format(self, record: logging.LogRecord) -> str:
        return _SESSION.sub(r"\1********", redact(super().format(record)))


def _set_logging(package: str, login: Login) -> None:
    """Have the library log to the file that was asked for, or not at all: else its errors would go to stderr."""
    logger = logging.getLogger(package)
    logger.propagate = False
    for handler in list(logger.handlers):
        logger.removeHandler(handler)
        handler.close()
    if not login.debug_log:
        logger.addHandler(logging.NullHandler())
        return
    try:
        handler = logging.FileHandler(login.debug_log, encoding="utf-8")
    except OSError as error:
        raise InvalidRequest(f"nutanix_log_file: {error}") from error
    handler.setFormatter(_WithoutSecrets("%(asctime)s %(levelname)s [%(threadName)s:%(name)s] %(message)s"))
    logger.addHandler(handler)
