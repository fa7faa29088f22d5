# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How a table for a history is named in options, and its store; imported by modules that hardly ever need Azure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

from ansible_collections.bcdr.multicloud.plugins.module_utils._core.reconcile import Settings

if TYPE_CHECKING:
    from ansible_collections.bcdr.multicloud.plugins.module_utils._azure.blobs.history import HistoryTable


def history_table(option: str, given: Mapping[str, Any]) -> HistoryTable:
    """Return the store of the table that `option` names; without a key or SAS as the identity of the environment.

    Raises InvalidRequest, MissingLibrary.
    """
    from ansible_collections.bcdr.multicloud.plugins.module_utils._azure.blobs.history import HistoryTable
    from ansible_collections.bcdr.multicloud.plugins.module_utils._azure.blobs.provider import StorageSession
    from ansible_collections.bcdr.multicloud.plugins.module_utils._azure.options import AZURE_SPEC

    environment = ArgumentSpecValidator(AZURE_SPEC).validate({}).validated_parameters
    account = StorageSession(environment, Settings()).tables(option, given)
    return HistoryTable(account.entities(given["name"], f"{option}.name"))
