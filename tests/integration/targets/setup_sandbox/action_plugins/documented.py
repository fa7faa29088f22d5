# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Hold results of a module against its documentation.

Fails with one line for every value that is not documented or of another type, and for every documented one that none
of the `results` has. `never` names documented values that cannot come up here, as `name` or `outer.inner`.
"""

from __future__ import annotations

import typing as t

from ansible.errors import AnsibleActionFail
from ansible.parsing.plugin_docs import read_docstring
from ansible.plugins.action import ActionBase
from ansible.plugins.loader import module_loader

# What Ansible itself adds.
_COMMON = frozenset(
    ("changed", "failed", "msg", "diff", "invocation", "warnings", "deprecations", "exception", "attempts")
)
_TYPES: dict[str, tuple[type, ...]] = {
    "str": (str,),
    "bool": (bool,),
    "int": (int,),
    "float": (int, float),
    "list": (list, tuple),
    "dict": (dict,),
    "raw": (object,),
}


class ActionModule(ActionBase):
    """See above."""

    _supports_check_mode = True

    def run(self, tmp: t.Any = None, task_vars: dict[str, t.Any] | None = None) -> dict[str, t.Any]:
        result = super().run(tmp, task_vars)
        found = module_loader.find_plugin(self._task.args["module"], mod_type=".py")
        returned = read_docstring(found)["returndocs"]
        seen: set[str] = set()
        complaints: list[str] = []
        for shown in self._task.args["results"]:
            values = {name: value for name, value in shown.items() if name not in _COMMON and not name.startswith("_")}
            _compare(values, returned, "", seen, complaints)
            # Those of a batch are documented as what a task without one returns.
            for item in shown.get("results") or ():
                _compare(
                    {name: value for name, value in item.items() if name != "changed"}, returned, "", seen, complaints
                )
        never = set(self._task.args.get("never") or ())
        missing = sorted(_every(returned, "") - seen - never)
        complaints += [f"{name}: is documented, and none of the results has it" for name in missing]
        complaints += [f"{name}: comes up, although it never should" for name in sorted(never & seen)]
        if complaints:
            raise AnsibleActionFail("; ".join(dict.fromkeys(complaints)))
        return result


def _compare(
    values: t.Mapping[str, t.Any], documented: t.Mapping[str, t.Any], above: str, seen: set[str], complaints: list[str]
) -> None:
    for name, value in values.items():
        place = f"{above}{name}"
        if name not in documented:
            complaints.append(f"{place}: is not documented")
            continue
        if value is None:
            continue
        seen.add(place)
        entry = documented[name]
        wrong = not isinstance(value, _TYPES[entry["type"]]) or (
            isinstance(value, bool) and entry["type"] not in ("bool", "raw")
        )
        if wrong:
            complaints.append(f"{place}: is {value!r}, documented as {entry['type']}")
            continue
        for inner in value if entry["type"] == "list" else [value]:
            if entry.get("contains"):
                _compare(inner, entry["contains"], f"{place}.", seen, complaints)
            elif entry.get("elements") and not isinstance(inner, _TYPES[entry["elements"]]):
                complaints.append(f"{place}: holds {inner!r}, documented as {entry['elements']}")


def _every(documented: t.Mapping[str, t.Any], above: str) -> set[str]:
    names: set[str] = set()
    for name, entry in documented.items():
        names |= {f"{above}{name}"} | _every(entry.get("contains") or {}, f"{above}{name}.")
    return names
