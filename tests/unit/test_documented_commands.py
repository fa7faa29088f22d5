# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The commands and variables in README.md and in the guides exist, and every guide can be found from the first page."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
PREFIX = "bcdr.multicloud."
GUIDES = sorted(ROOT.glob("docs/*.md"))
PAGES = [ROOT / "README.md", *GUIDES, *sorted(ROOT.glob("roles/*/README.md"))]
PLAYBOOKS = {path.stem for path in ROOT.glob("playbooks/*.yml")}


def names(text: str) -> set[str]:
    return set(re.findall(r"\b[a-z]\w+", text))


def known_variables() -> set[str]:
    """Every name that a playbook or a role knows, and those of Ansible's own that the guides set."""
    files = [
        path
        for pattern in (
            "playbooks/**/*.yml",
            "roles/*/defaults/*.yml",
            "roles/*/meta/*.yml",
            "docs/examples/project/awx/*.yml",
        )
        for path in ROOT.glob(pattern)
    ]
    return names("\n".join(path.read_text(encoding="utf-8") for path in files)) | {"ansible_python_interpreter"}


VARIABLES = known_variables()


def commands(page: Path) -> Iterator[str]:
    """Every command line that begins with ansible-playbook, in a block or between backticks."""
    text = page.read_text(encoding="utf-8").replace("\\\n", " ")
    yield from re.findall(r"^\s*(ansible-playbook .*)$", text, flags=re.MULTILINE)
    yield from re.findall(r"`(ansible-playbook [^`\n]+)`", text)


COMMANDS = [
    pytest.param(line, id=f"{page.relative_to(ROOT)}-{number}")
    for page in PAGES
    for number, line in enumerate(commands(page))
]


def extra_variables(words: list[str]) -> Iterator[str]:
    """The names of the variables that a command sets with -e."""
    for flag, value in pairwise(words):
        if flag not in ("-e", "--extra-vars") or value.startswith("@"):
            continue
        parsed: Any = yaml.safe_load(value) if value.startswith("{") else None
        yield from parsed if isinstance(parsed, dict) else (word.partition("=")[0] for word in value.split())


def test_there_are_some() -> None:
    assert len(COMMANDS) > 10


@pytest.mark.parametrize("line", COMMANDS)
def test_command(line: str) -> None:
    words = shlex.split(line, comments=True)
    playbooks = {word.removeprefix(PREFIX) for word in words if word.startswith(PREFIX)}
    assert playbooks <= PLAYBOOKS
    assert set(extra_variables(words)) <= VARIABLES


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_variables(page: Path) -> None:
    """What is called `dr_...` in a text is a variable of the playbooks, or a plugin or role of this collection."""
    plugins = {path.stem for kind in ("filter", "modules", "lookup") for path in ROOT.glob(f"plugins/{kind}/*.py")}
    roles = {path.name for path in ROOT.glob("roles/*")}
    found = set(re.findall(r"`(dr_[a-z_]+)`", page.read_text(encoding="utf-8")))
    assert found <= VARIABLES | plugins | roles


@pytest.mark.parametrize("page", GUIDES, ids=lambda page: page.name)
def test_navigation(page: Path) -> None:
    """The lists of docs/index.md are the navigation of the site."""
    listed = re.findall(
        r"^- \[[^\]]+\]\((\w+\.md)\)", (ROOT / "docs/index.md").read_text(encoding="utf-8"), re.MULTILINE
    )
    assert len(listed) == len(set(listed))
    assert page.name in {*listed, "index.md"}, f"a line `- [...]({page.name})` is missing in docs/index.md"
