# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The option `planning` of the modules that walk a plan; the document fragment of that name describes it."""

from __future__ import annotations

from typing import Any

_LINK = {"source": {"type": "str"}, "target": {"type": "str"}}
_MEASURED = {
    "source": {"type": "str", "required": True},
    "target": {"type": "str", "required": True},
    "seconds": {"type": "float"},
    "size_gb": {"type": "float"},
    "gbit_per_s": {"type": "float"},
}
_SHARED: dict[str, Any] = {
    "copies_per_source": {"type": "int", "default": 1},
    "copies_per_region": {"type": "int"},
    "copies_per_destination": {"type": "int"},
    "in_region_seconds": {"type": "float"},
    "overhead_seconds": {"type": "float"},
    "source_gbit_per_s": {"type": "float"},
    "measurements": {"type": "list", "elements": "dict", "options": _MEASURED},
    "records": {"type": "list", "elements": "dict", "options": _MEASURED},
    "regions": {
        "type": "list",
        "elements": "dict",
        "options": {
            "name": {"type": "str", "required": True},
            "latitude": {"type": "float"},
            "longitude": {"type": "float"},
            "paired_with": {"type": "str"},
        },
    },
    "forbidden": {"type": "list", "elements": "dict", "options": _LINK},
    "unreliable": {
        "type": "list",
        "elements": "dict",
        "options": {**_LINK, "failure_rate": {"type": "float", "required": True}},
    },
    "prices": {
        "type": "list",
        "elements": "dict",
        "options": {**_LINK, "usd_per_gb": {"type": "float", "required": True}},
    },
    "slack": {"type": "float"},
    "moves": {"type": "int"},
}


def planning_spec(*strategies: str, **own: Any) -> dict[str, Any]:
    """Return the spec of the option, with the strategies that a provider can walk and its `own` suboptions.

    A plan in phases is none of the strategies: a copy starts as soon as its source is there.
    """
    strategy = {"type": "str", "choices": list(strategies), "default": "optimized"}
    options = {"strategy": strategy, **own, **_SHARED}
    return {"type": "dict", "default": {}, "options": options, "apply_defaults": True}
