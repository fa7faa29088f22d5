# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The JSON Schema of the file of workloads is what the roles document, takes the demo's file, and refuses what they refuse."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

ROOT = Path(__file__).resolve().parents[3]
SCHEMA = json.loads((ROOT / "docs" / "workloads.schema.json").read_text(encoding="utf-8"))


def problems(document: Any) -> list[str]:
    return [error.message for error in jsonschema.Draft202012Validator(SCHEMA).iter_errors(document)]


def test_it_is_what_the_roles_document() -> None:
    made = subprocess.run(
        [sys.executable, str(ROOT / "tools" / "workloads_schema.py")], capture_output=True, check=True
    )
    assert json.loads(made.stdout) == SCHEMA, "run: .venv/bin/python tools/workloads_schema.py --write"
    jsonschema.Draft202012Validator.check_schema(SCHEMA)


def test_it_takes_the_file_of_the_demo() -> None:
    document = yaml.safe_load((ROOT / "docs" / "examples" / "fleet.yml").read_text(encoding="utf-8"))
    assert len(document["dr_workloads"]) > 10
    assert problems(document) == []


@pytest.mark.parametrize(
    "entry",
    [
        {"name": "a"},
        {"type": "efs"},
        {"name": "a", "type": "azure_mv"},
        {"name": "a", "type": "azure_vm", "resource_gruop": "x"},
        {"name": "a", "type": "azure_vm", "consistency": "full"},
        {"name": "a", "type": "azure_vm", "keep_newest": "many"},
        {"name": "a", "type": "azure_vm", "targets": [{"name": "x"}]},
        {"name": "a", "type": "nutanix_vm", "drill": {"subnet": "x"}},
        "text",
    ],
)
def test_it_refuses(entry: Any) -> None:
    assert problems({"dr_workloads": [entry]}) != []


def test_a_template_may_stand_for_any_value() -> None:
    entry = {
        "name": "a",
        "type": "azure_vm",
        "keep_newest": "{{ kept }}",
        "targets": "{{ sites }}",
        "drill": "{{ drill }}",
    }
    assert problems({"dr_workloads": [entry]}) == []
