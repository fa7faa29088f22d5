# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The options that every Nutanix module shares: names, defaults and environment variables of nutanix.ncp, and ca_path."""

from __future__ import annotations

import datetime
import re
from typing import Any

from ansible.module_utils.basic import env_fallback

from ansible_collections.bcdr.multicloud.plugins.module_utils._core.errors import InvalidRequest
from ansible_collections.bcdr.multicloud.plugins.module_utils._nutanix.values import parse_time

_EXT_ID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", re.IGNORECASE)


def _option(variable: str, **spec: Any) -> dict[str, Any]:
    return {"type": "str", **spec, "fallback": (env_fallback, [variable])}


NUTANIX_SPEC: dict[str, Any] = {
    "nutanix_host": _option("NUTANIX_HOST", required=True),
    "nutanix_port": _option("NUTANIX_PORT", default="9440"),
    "nutanix_username": _option("NUTANIX_USERNAME"),
    "nutanix_password": _option("NUTANIX_PASSWORD", no_log=True),
    "nutanix_api_key": _option("NUTANIX_API_KEY", no_log=True),
    "validate_certs": _option("VALIDATE_CERTS", type="bool", default=True),
    "ca_path": _option("NUTANIX_CA_PATH", type="path"),
    # In milliseconds.
    "read_timeout": {"type": "int", "default": 30000},
    "nutanix_debug": _option("NUTANIX_DEBUG", type="bool", default=False),
    "nutanix_log_file": _option("NUTANIX_LOG_FILE"),
    "https_proxy": _option("HTTPS_PROXY"),
    "http_proxy": _option("HTTP_PROXY"),
    "all_proxy": _option("ALL_PROXY"),
    "no_proxy": _option("NO_PROXY"),
    "proxy_username": _option("PROXY_USERNAME"),
    "proxy_password": _option("PROXY_PASSWORD", no_log=True),
}


def ext_id_option(option: str, text: Any) -> str:
    """Return an external identifier as Prism Central writes it, "" for None; raises InvalidRequest, naming the option."""
    if text is None:
        return ""
    if not _EXT_ID.fullmatch(str(text)):
        raise InvalidRequest(f"{option}: {text!r} is not an external identifier, which is a UUID")
    return str(text).lower()


def time_option(option: str, text: str | None) -> datetime.datetime | None:
    """Return the moment that an option says in ISO 8601, in UTC if it names no offset; raises InvalidRequest."""
    try:
        return parse_time(text)
    except ValueError as error:
        raise InvalidRequest(f"{option}: {text!r} is not a time such as 2026-11-21T14:15:22+00:00") from error
