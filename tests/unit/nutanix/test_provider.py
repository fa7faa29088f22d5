# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Logins that items share, and the other Prism Central that an item names. Nothing is sent."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.bcdr.multicloud.plugins.module_utils._core.errors import InvalidRequest, MissingLibrary
from ansible_collections.bcdr.multicloud.plugins.module_utils._core.reconcile import Settings
from ansible_collections.bcdr.multicloud.plugins.module_utils._nutanix import library
from ansible_collections.bcdr.multicloud.plugins.module_utils._nutanix.info_item import InfoItem
from ansible_collections.bcdr.multicloud.plugins.module_utils._nutanix.options import ext_id_option, time_option
from ansible_collections.bcdr.multicloud.plugins.module_utils._nutanix.provider import NutanixProvider

LOGIN = {
    "nutanix_host": "pc.example",
    "nutanix_port": "9440",
    "nutanix_username": "u",
    "nutanix_password": "password-of-u",
}
READ = {"usable_only": False, "newest_usable": False}


@pytest.fixture
def provider() -> NutanixProvider:
    return NutanixProvider(InfoItem, Settings())


def test_items_of_one_login_share_it(provider: NutanixProvider) -> None:
    items = [provider.session({**LOGIN, **READ, "name": name}).central for name in ("a", "b")]
    assert items[0] is items[1]
    assert provider.session({**LOGIN, "nutanix_username": "other"}).central is not items[0]


def test_a_round_forgets_what_the_one_before_has_remembered(provider: NutanixProvider) -> None:
    central = provider.session(LOGIN).central
    assert central.memory.remember("key", lambda: 1) == 1
    assert central.memory.remember("key", lambda: 2) == 1
    provider.before_round()
    assert central.memory.remember("key", lambda: 3) == 3


@pytest.mark.parametrize(("overrides", "host", "username", "api_key"), [
    ({"nutanix_host": "dr.example"}, "dr.example", "u", ""),
    ({"nutanix_host": "dr.example", "nutanix_port": None, "cluster_name": "far"}, "dr.example", "u", ""),
    ({"nutanix_host": "dr.example", "nutanix_api_key": "key-at-dr"}, "dr.example", "", "key-at-dr"),
    ({"nutanix_host": "dr.example", "nutanix_username": "v", "nutanix_password": "password-of-v"}, "dr.example", "v", ""),
    ({"nutanix_host": "dr.example", "nutanix_password": "password-at-dr"}, "dr.example", "u", ""),
])  # fmt: skip
def test_another_prism_central(
    provider: NutanixProvider, overrides: dict[str, Any], host: str, username: str, api_key: str
) -> None:
    login = provider.session(LOGIN).elsewhere(overrides).login
    assert (login.host, login.port, login.username, login.api_key) == (host, 9440, username, api_key)


def test_a_user_without_password_is_not_given_the_one_of_the_task(provider: NutanixProvider) -> None:
    with pytest.raises(InvalidRequest, match="is required"):
        provider.session(LOGIN).elsewhere({"nutanix_host": "dr.example", "nutanix_username": "v"})


def test_without_the_client_libraries_nothing_starts(
    provider: NutanixProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(library, "PACKAGES", {"dataprotection": "ntnx_of_nobody"})
    with pytest.raises(MissingLibrary, match="the Python package ntnx-of-nobody is missing"):
        provider.reconciler({**LOGIN, **READ})
    # Options that cannot be meant come first.
    with pytest.raises(InvalidRequest, match=r"^page: "):
        provider.reconciler({**LOGIN, **READ, "page": -1})


def test_external_identifiers() -> None:
    text = "00062899-4A29-0CF9-0000-000000022F54"
    assert (ext_id_option("x", text), ext_id_option("x", None)) == (text.lower(), "")
    for wrong in ("", "6j24g6z1-4f3w-0f3q-5j2j-4n1y9d2e7j3r", text + "0", " " + text, 7):
        with pytest.raises(InvalidRequest, match=r"^x: .* is not an external identifier"):
            ext_id_option("x", wrong)


def test_times() -> None:
    moment = time_option("x", "2026-08-30T14:15:22+00:00")
    assert [time_option("x", text) for text in ("2026-08-30T16:15:22+02:00", "2026-08-30 14:15:22Z")] == [moment] * 2
    assert time_option("x", None) is None
    with pytest.raises(InvalidRequest, match=r"^x: 'soon' is not a time"):
        time_option("x", "soon")
