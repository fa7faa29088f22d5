# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the modules would have run, and options as they would have passed them on."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from typing import Any
from unittest import mock

from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

from ansible_collections.bcdr.multicloud.plugins.module_utils._core.module import ModuleDefinition

MODULES = "ansible_collections.bcdr.multicloud.plugins.modules"


def definition(module: str) -> ModuleDefinition:
    """Return what a module would have run."""
    loaded = importlib.import_module(f"{MODULES}.{module}")
    with mock.patch.object(loaded, "run_module") as run:
        loaded.main()
    made: ModuleDefinition = run.call_args.args[0]
    return made


def validated(definition: ModuleDefinition, options: Mapping[str, Any]) -> dict[str, Any]:
    """Return the options with the module's defaults; they have to be right by its argument spec."""
    result = ArgumentSpecValidator(definition.item_spec).validate(dict(options))
    assert not result.error_messages
    return dict(result.validated_parameters)
