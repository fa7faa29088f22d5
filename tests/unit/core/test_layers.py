# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What may import what: a task never pays for an SDK that it does not use, and providers do not know each other."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
UTILS = ROOT / "plugins" / "module_utils"
OURS = "ansible_collections.bcdr.multicloud.plugins."
# May import Ansible: the bases of all modules, the option tables that read the environment as Ansible does, and what talks
# HTTP as Ansible does.
MAY_IMPORT_ANSIBLE = {
    "_core/module.py",
    "_core/task.py",
    "_aws/options.py",
    "_azure/options.py",
    "_azure/blobs/history_options.py",
    "_history/webhook.py",
    "_nutanix/options.py",
}
FILES = sorted(path.relative_to(UTILS).as_posix() for path in UTILS.rglob("*.py"))


def imports(path: Path, top_level_only: bool = False) -> Iterator[str]:
    """Yield the modules that a file imports; at top level all that is not inside a function or `try`."""
    tree = ast.parse(path.read_text(encoding="utf-8"))

    def walk(node: ast.AST) -> Iterator[ast.AST]:
        for child in ast.iter_child_nodes(node):
            if top_level_only and isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.Try)):
                continue
            yield child
            yield from walk(child)

    for node in walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def room(module: str) -> str:
    """Return the room of one of our modules: _core, _azure, ..."""
    return module.removeprefix(OURS).removeprefix("module_utils.").split(".")[0]


@pytest.mark.parametrize("name", FILES)
def test_no_third_party_import_at_top_level(name: str) -> None:
    foreign = {
        module
        for module in imports(UTILS / name, top_level_only=True)
        if not module.startswith((OURS, "ansible.")) and module.split(".")[0] not in sys.stdlib_module_names
    }
    assert not foreign


@pytest.mark.parametrize("name", FILES)
def test_only_the_base_of_modules_knows_ansible(name: str) -> None:
    found = {module for module in imports(UTILS / name) if module.split(".")[0] == "ansible"}
    assert not found or name in MAY_IMPORT_ANSIBLE


@pytest.mark.parametrize("name", FILES)
def test_imports_point_one_way(name: str) -> None:
    """A provider knows itself, the core and the planning; these know nobody."""
    home = name.split("/", 1)[0]
    allowed = {home} if home in ("_core", "_planning") else {home, "_core", "_planning"}
    assert {room(module) for module in imports(UTILS / name) if module.startswith(OURS)} <= allowed


PURE = [
    name
    for name in FILES
    if name.endswith(("_decision.py", "/values.py", "/limits.py", "/tags.py", "/restored.py", "/answers.py"))
]


@pytest.mark.parametrize("name", PURE)
def test_decisions_are_pure(name: str) -> None:
    """They import no client, no file access and no clock; `datetime` is there for arithmetic only."""
    text = (UTILS / name).read_text(encoding="utf-8")
    modules = set(imports(UTILS / name))
    assert not {module for module in modules if module.split(".")[0] in ("os", "time", "random", "pathlib", "uuid")}
    assert not {module for module in modules if module.startswith(OURS) and (".arm" in module or ".api" in module)}
    assert "datetime.now(" not in text
    assert "utcnow(" not in text


@pytest.mark.parametrize("name", [name for name in FILES if name.startswith("_planning/")])
def test_planning_knows_no_clock_and_no_file(name: str) -> None:
    """The same request gives the same plan: its budget is counted in moves, and chance comes from a seed."""
    modules = {module.split(".")[0] for module in imports(UTILS / name)}
    assert not modules & {"datetime", "os", "pathlib", "secrets", "socket", "subprocess", "time", "uuid"}
    text = (UTILS / name).read_text(encoding="utf-8")
    assert "random.random()" not in text
    assert "random.Random()" not in text


@pytest.mark.parametrize(
    "name", [name for name in FILES if name.startswith("_reporting/") and not name.endswith(("/files.py", "/task.py"))]
)
def test_what_a_report_says_depends_on_no_clock_and_no_file(name: str) -> None:
    modules = {module.split(".")[0] for module in imports(UTILS / name)}
    assert not modules & {"os", "pathlib", "random", "secrets", "socket", "subprocess", "tempfile", "time", "uuid"}
    assert "now(" not in (UTILS / name).read_text(encoding="utf-8")


def test_there_is_something_to_look_at() -> None:
    assert "_planning/planner.py" in FILES
    assert "_core/reconcile.py" in FILES
    assert len(PURE) >= 8
