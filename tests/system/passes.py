# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Passes of modules without Ansible around them: their own `main`, called again and again in one process.

It is a process of its own, because the client libraries of one provider may be where those of the others are not. Run
as a program this file is that process: it reads a call per line, and writes a result per line.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from typing import Any

Json = dict[str, Any]
_PLUGINS = "ansible_collections.bcdr.multicloud.plugins"


class Passes:
    """Runs modules with the interpreter and the environment that are given."""

    def __init__(self, python: str, environment: Mapping[str, str], collections: str, errors: Path) -> None:
        self._errors = errors
        with errors.open("wb") as stderr:
            self._process = subprocess.Popen(
                [python, str(Path(__file__).resolve())],
                env={**environment, "PYTHONPATH": collections, "PYTHONDONTWRITEBYTECODE": "1"},
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=stderr,
                text=True,
            )

    def run(self, module: str, options: Mapping[str, Any]) -> Json:
        """Make one pass; no item may fail, and nothing may be warned of."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps({"module": module, "options": options}) + "\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        assert line, self._errors.read_text(encoding="utf-8")
        answer: Json = json.loads(line)
        assert (answer["failed"], answer["warned"]) == (False, []), answer["result"]
        result: Json = answer["result"]
        return result

    def stop(self) -> None:
        self._process.kill()
        self._process.communicate()


class _Exit(Exception):
    pass


class _Module:
    """What a module needs of AnsibleModule, for calls in this process."""

    arguments: Mapping[str, Any] = {}
    answer: Json = {}
    check_mode = False
    _diff = False

    def __init__(self, definition: Any) -> None:
        from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

        validated = ArgumentSpecValidator(definition.task_spec()).validate(dict(self.arguments))
        assert not validated.error_messages, validated.error_messages
        self.params = validated.validated_parameters
        self.no_log_values: set[str] = set()

    def exit_json(self, failed: bool = False, **result: Any) -> None:
        self.answer.update({"failed": failed, "result": result})
        raise _Exit

    def fail_json(self, **result: Any) -> None:
        self.exit_json(failed=True, **result)

    def warn(self, text: str) -> None:
        self.answer["warned"].append(text)


class _Connect:
    """In place of a provider's `connect`: one connection for all passes with the same options of `spec`."""

    def __init__(self, provider: Any, spec: Mapping[str, Any]) -> None:
        self._connect = provider.connect
        self._spec = spec
        self._made: dict[str, Any] = {}

    def __call__(self, params: Mapping[str, Any], connections: int) -> Any:
        key = str([params.get(name) for name in self._spec])
        if key not in self._made:
            self._made[key] = self._connect(params, connections)
        return self._made[key]


def _serve() -> None:
    core: Any = import_module(f"{_PLUGINS}.module_utils._core.module")
    core._TaskModule = _Module
    # To sign in anew takes longer than the rest of a pass; what a connection remembers ends with each pass anyway.
    for name in ("aws", "nutanix"):
        provider: Any = import_module(f"{_PLUGINS}.module_utils._{name}.provider")
        options = import_module(f"{_PLUGINS}.module_utils._{name}.options")
        provider.connect = _Connect(provider, getattr(options, f"{name.upper()}_SPEC"))
    for line in sys.stdin:
        call = json.loads(line)
        _Module.arguments = call["options"]
        _Module.answer = {"warned": []}
        try:
            import_module(f"{_PLUGINS}.modules.{call['module']}").main()
        except _Exit:
            sys.stdout.write(json.dumps(_Module.answer, default=str) + "\n")
            sys.stdout.flush()


if __name__ == "__main__":
    _serve()
