# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest

from ansible_collections.bcdr.multicloud.plugins.module_utils._azure.ids import (
    COLLECTION_TYPE,
    VM_TYPE,
    check_name,
    id_key,
    parse_id,
    region_key,
    resolve_id,
    same_id,
)
from ansible_collections.bcdr.multicloud.plugins.module_utils._core.errors import InvalidRequest

VM = "/subscriptions/S/resourceGroups/RG/providers/Microsoft.Compute/virtualMachines/vm"
POINT = "/subscriptions/S/resourceGroups/RG/providers/Microsoft.Compute/restorePointCollections/c/restorePoints/p"


def test_parse_nested_id() -> None:
    parsed = parse_id(POINT)
    assert parsed is not None
    assert (parsed.subscription, parsed.group, parsed.namespace) == ("S", "RG", "Microsoft.Compute")
    assert (parsed.type, parsed.name) == ("restorePointCollections/restorePoints", "p")
    assert str(parsed) == POINT
    assert parsed.parent().child("restorePoints", "p") == parsed
    assert str(parsed.parent()).endswith("/restorePointCollections/c")


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(VM, id="as it should be"),
        pytest.param(VM.lstrip("/"), id="no leading slash"),
        pytest.param(VM + "/", id="trailing slash"),
        pytest.param(VM.lower(), id="lower case"),
        pytest.param(VM.upper(), id="upper case"),
        pytest.param(f"  {VM}\n", id="white space"),
    ],
)
def test_spellings_of_one_id_are_equal(text: str) -> None:
    parsed = parse_id(text)
    assert parsed is not None
    assert parsed.key == VM.lower()
    assert same_id(text, VM)
    assert id_key(text) == VM.lower()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "vm",
        "/subscriptions/S/resourceGroups/RG",
        "/subscriptions/S/resourceGroups/RG/providers/Microsoft.Compute/virtualMachines",
        "/subscriptions/S/resourceGroups/RG/providers/Microsoft.Compute/virtualMachines/vm/extensions",
        "/subscriptions/S/resourceGroups/RG/providers/Microsoft.Compute/virtualMachines//x/y",
        "/subscriptions//resourceGroups/RG/providers/Microsoft.Compute/virtualMachines/vm",
        "https://portal.azure.com/#resource" + VM,
    ],
)
def test_what_is_no_id(text: str) -> None:
    assert parse_id(text) is None


def test_ids_of_different_resources_differ() -> None:
    assert not same_id(VM, VM + "2")
    assert not same_id(VM, "")
    assert id_key("") == ""


class TestResolve:
    def test_a_name_needs_a_group(self) -> None:
        assert str(resolve_id("source_vm", "vm", VM_TYPE, "S", "RG")) == VM
        with pytest.raises(InvalidRequest, match=r"^source_vm: 'vm' is a name, so resource_group is needed"):
            resolve_id("source_vm", "vm", VM_TYPE, "S", None)

    def test_an_id_says_its_own_subscription_and_group(self) -> None:
        assert str(resolve_id("source_vm", VM, VM_TYPE, "other", "other")) == VM
        assert resolve_id("source_vm", VM.lower(), VM_TYPE, "other", None).key == VM.lower()

    @pytest.mark.parametrize(
        ("value", "words"),
        [
            (VM, "is the id of Microsoft.Compute/virtualMachines; wanted is Microsoft.Compute/restorePointCollections"),
            (POINT, "wanted is Microsoft.Compute/restorePointCollections"),
            (POINT.replace("Microsoft.Compute", "Microsoft.Network").rsplit("/restorePoints", 1)[0], "wanted is"),
            ("rg/collection", "is not a resource id; it would be /subscriptions/ID/"),
        ],
    )
    def test_other_ids_are_refused_by_the_options_name(self, value: str, words: str) -> None:
        with pytest.raises(InvalidRequest) as caught:
            resolve_id("source_collection", value, COLLECTION_TYPE, "S", "RG")
        assert str(caught.value).startswith("source_collection: ")
        assert words in str(caught.value)


@pytest.mark.parametrize("name", ["a", "rp-1", "_x", "bcdr-20261121T120000Z", "a.b_c-d", "1", "x" * 80])
def test_names_that_azure_takes(name: str) -> None:
    check_name("name", name)


@pytest.mark.parametrize("name", ["", "-a", ".a", "a-", "a.", "a b", "ä", "x" * 81, "a/b", "a?b", "rp1\n"])
def test_names_that_azure_refuses(name: str) -> None:
    with pytest.raises(InvalidRequest, match=r"^name: "):
        check_name("name", name)


@pytest.mark.parametrize("name", ["West Europe", "westeurope", "WestEurope", " west europe"])
def test_spellings_of_a_region_are_equal(name: str) -> None:
    assert region_key(name) == "westeurope"
