# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The tasks in README.md and in the guides would be accepted by the modules as they stand there."""

from __future__ import annotations

import importlib
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible.module_utils.basic import FILE_COMMON_ARGUMENTS
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

from ansible_collections.bcdr.multicloud.plugins.module_utils._core.module import ModuleDefinition
from ansible_collections.bcdr.multicloud.tests.unit.aws.definitions import MODULES
from ansible_collections.bcdr.multicloud.tests.unit.aws.runs import definition

ROOT = Path(__file__).resolve().parents[2]
PREFIX = "bcdr.multicloud."
PAGES = [ROOT / "README.md", *sorted(ROOT.glob("docs/*.md")), *sorted(ROOT.glob("roles/*/README.md"))]


def tasks(found: Any) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every module of this collection with its options, wherever it stands in a play."""
    if isinstance(found, list):
        for entry in found:
            yield from tasks(entry)
    elif isinstance(found, dict):
        for key, value in found.items():
            if str(key).startswith(PREFIX):
                yield key.removeprefix(PREFIX), value
            else:
                yield from tasks(value)


DOCUMENTED = [
    pytest.param(module, options, id=f"{page.relative_to(ROOT)}-{number}-{module}")
    for page in PAGES
    for number, block in enumerate(re.findall(r"```yaml\n(.*?)```", page.read_text(encoding="utf-8"), re.DOTALL))
    for module, options in tasks(yaml.safe_load(block))
]


def test_there_are_some() -> None:
    assert {"azure_restore_point", "efs_backup_copy", "efs_backup_restore"} <= {entry.values[0] for entry in DOCUMENTED}


@pytest.mark.parametrize(("module", "options"), DOCUMENTED)
def test_task(module: str, options: dict[str, Any]) -> None:
    loaded = importlib.import_module(f"{MODULES}.{module}")
    if not hasattr(loaded, "run_module"):
        # One without items; what it takes of files is Ansible's.
        own = {name: value for name, value in options.items() if name not in FILE_COMMON_ARGUMENTS}
        assert (
            ArgumentSpecValidator(loaded.ARGUMENT_SPEC, **getattr(loaded, "RULES", {})).validate(own).error_messages
            == []
        )
        return
    made: ModuleDefinition = definition(module)
    task = ArgumentSpecValidator(made.task_spec()).validate(dict(options))
    assert task.error_messages == []
    item_options = {name: value for name, value in options.items() if name in made.item_spec}
    rules = {
        name: getattr(made, name)
        for name in ("mutually_exclusive", "required_together", "required_one_of", "required_if")
    }
    for entry in options.get("batch", [{}]):
        item = ArgumentSpecValidator(made.item_spec, **rules).validate({**item_options, **entry})
        assert item.error_messages == []
