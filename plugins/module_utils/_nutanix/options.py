# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The options that every Nutanix module shares: names, defaults and environment variables of nutanix.ncp, and ca_path."""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from typing import Any

from ansible.module_utils.basic import env_fallback

from ansible_collections.bcdr.multicloud.plugins.module_utils._core.errors import InvalidRequest
from ansible_collections.bcdr.multicloud.plugins.module_utils._nutanix.values import is_ext_id, parse_time


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

# What is another one's, once an option is given.
_NOT_TOGETHER = {
    "nutanix_username": ("nutanix_password", "nutanix_api_key"),
    "nutanix_password": ("nutanix_api_key",),
    "nutanix_api_key": ("nutanix_username", "nutanix_password"),
}


def login_elsewhere(own: Mapping[str, Any], overrides: Mapping[str, Any]) -> dict[str, Any]:
    """Return the options for another Prism Central: what the overrides (some of `NUTANIX_SPEC`) leave out is as in `own`.

    Only a password may be added to the user there: another user gets neither the password nor the key.
    """
    given = {name: overrides[name] for name in NUTANIX_SPEC if overrides.get(name) is not None}
    dropped = {other for name in given for other in _NOT_TOGETHER.get(name, ())}
    return {**own, **dict.fromkeys(dropped), **given}


def ext_id_option(option: str, text: Any) -> str:
    """Return an external identifier as Prism Central writes it, "" for None; raises InvalidRequest, naming the option."""
    if text is None:
        return ""
    if not is_ext_id(str(text)):
        raise InvalidRequest(f"{option}: {text!r} is not an external identifier, which is a UUID")
    return str(text).lower()


def ext_ids_option(option: str, texts: Sequence[Any] | None) -> frozenset[str]:
    """Return the external identifiers of a list, none for None; raises InvalidRequest, naming the entry."""
    return frozenset(ext_id_option(f"{option}[{index}]", text) for index, text in enumerate(texts or ()))


def time_option(option: str, text: str | None) -> datetime.datetime | None:
    """Return the moment that an option says in ISO 8601, in UTC if it names no offset; raises InvalidRequest."""
    try:
        return parse_time(text)
    except (ValueError, OverflowError) as error:
        raise InvalidRequest(f"{option}: {text!r} is not a time such as 2026-11-21T14:15:22+00:00") from error
