# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Disk encryption sets: from the seed, read only."""

from __future__ import annotations

from typing import Any

from .call import Call, Reply
from .errors import resource_not_found
from .ids import ENCRYPTION_SET, make_id
from .listing import page
from .state import EncryptionSet


def get_set(call: Call, name: str) -> Reply:
    """One disk encryption set."""
    assert call.group is not None
    found = call.state.encryption_sets.get(make_id(call.group.subscription, call.group.name, ENCRYPTION_SET, name))
    if found is None:
        raise resource_not_found(ENCRYPTION_SET, name, call.group.name)
    call.touch(found.location)
    return Reply(200, _show(call, found))


def list_sets_in_group(call: Call) -> Reply:
    """The disk encryption sets of the resource group."""
    assert call.group is not None
    return page(call, call.state.encryption_sets.in_group(call.group.subscription, call.group.name), _show)


def _show(_call: Call, found: EncryptionSet) -> dict[str, Any]:
    return {
        "name": found.name,
        "id": found.id,
        "type": ENCRYPTION_SET,
        "location": found.location,
        "tags": found.tags or {},
        "identity": {"type": "SystemAssigned"},
        "properties": {
            "encryptionType": "EncryptionAtRestWithCustomerKey",
            "activeKey": {"keyUrl": f"https://vault.sandbox.invalid/keys/{found.name}/1"},
            "provisioningState": "Succeeded",
        },
    }
