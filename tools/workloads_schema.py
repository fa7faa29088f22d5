# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Print docs/workloads.schema.json: what the roles document of their workloads, as a JSON Schema for editors and pipelines.

The roles' argument specs stay the only source. A key that a type needs may come from dr_defaults, and any value may be a
template, so the schema asks for less than the playbooks do.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import yaml  # type: ignore[import-untyped,unused-ignore]

Json = dict[str, Any]
ROOT = Path(__file__).resolve().parent.parent
TARGET = ROOT / "docs" / "workloads.schema.json"
_TEMPLATE = {"type": "string", "pattern": "\\{[{%]"}
_TYPES: dict[str, list[str]] = {
    "str": ["string", "number"],
    "path": ["string"],
    "int": ["integer"],
    "float": ["number"],
    "bool": ["boolean"],
    "raw": ["string", "number", "boolean", "array", "object", "null"],
}


def options_schema(options: Json, needed: bool) -> Json:
    """The schema of a dictionary with these options; `needed`: those that are required have to be there."""
    made: Json = {
        "type": "object",
        "additionalProperties": False,
        "properties": {name: option_schema(option) for name, option in sorted(options.items())},
    }
    required = sorted(name for name, option in options.items() if option.get("required"))
    if needed and required:
        made["required"] = required
    return made


def option_schema(option: Json) -> Json:
    kind = option.get("type", "str")
    text = option.get("description", "")
    described = {"description": " ".join(text) if isinstance(text, list) else str(text)}
    if kind == "dict":
        # What is missing may be in the defaults, which it is laid over.
        inner = options_schema(option["options"], False) if option.get("options") else {"type": "object"}
    elif kind == "list":
        of_what = {"type": option.get("elements", "str"), "options": option.get("options")}
        if of_what["type"] == "dict" and of_what["options"]:
            inner = {"type": "array", "items": options_schema(of_what["options"], True)}
        else:
            inner = {"type": "array", "items": {} if of_what["type"] == "dict" else {"type": _TYPES[of_what["type"]]}}
    elif option.get("choices"):
        inner = {"enum": option["choices"]}
    else:
        inner = {"type": _TYPES[kind]}
    return {**described, "anyOf": [inner, _TEMPLATE]}


def schema() -> Json:
    kinds = {}
    for path in sorted(ROOT.glob("roles/*/meta/argument_specs.yml")):
        specs = yaml.safe_load(path.read_text(encoding="utf-8"))["argument_specs"]
        kind = path.parent.parent.name
        workloads = specs.get("protect", {}).get("options", {}).get(f"{kind}_workloads")
        if workloads:
            kinds[kind] = workloads["options"]
    of_type = [
        {
            "if": {"properties": {"type": {"const": kind}}},
            "then": {"$ref": f"#/$defs/{kind}"},
        }
        for kind in kinds
    ]
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "The file of workloads of bcdr.multicloud",
        "type": "object",
        "properties": {
            "dr_workloads": {
                "type": "array",
                "items": {
                    "type": "object",
                    "required": ["name", "type"],
                    "properties": {"type": {"enum": sorted(kinds)}},
                    "allOf": of_type,
                },
            },
            "dr_defaults": {
                "type": "object",
                "additionalProperties": False,
                "properties": {kind: {"$ref": f"#/$defs/{kind}"} for kind in kinds},
            },
        },
        "$defs": {kind: options_schema(options, False) for kind, options in kinds.items()},
    }


def main() -> int:
    text = json.dumps(schema(), indent=1, ensure_ascii=False) + "\n"
    if sys.argv[1:] == ["--write"]:
        TARGET.write_text(text, encoding="utf-8")
    else:
        sys.stdout.write(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
