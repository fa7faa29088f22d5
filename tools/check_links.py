# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Fail on links between the repository's own Markdown pages that lead nowhere: no such file, or no such heading."""

from __future__ import annotations

import os
import re
import sys
from itertools import pairwise
from pathlib import Path
from urllib.parse import unquote

from markdown_it import MarkdownIt
from markdown_it.token import Token

ROOT = Path(__file__).resolve().parent.parent
SKIPPED = {".ansible", ".build", ".git", ".venv", "collections", "output"}


def parse(page: Path) -> list[Token]:
    return MarkdownIt("commonmark").enable("table").parse(page.read_text(encoding="utf-8"))


def links(page: Path) -> list[str]:
    found: list[str] = []
    for token in parse(page):
        for child in token.children or ():
            for attribute in ("href", "src"):
                if child.attrs.get(attribute):
                    found.append(str(child.attrs[attribute]))
    return found


def anchors(page: Path) -> set[str]:
    """The anchors of the headings as GitHub makes them."""
    made: set[str] = set()
    tokens = parse(page)
    for token, content in pairwise(tokens):
        if token.type != "heading_open":
            continue
        text = "".join(child.content for child in content.children or ())
        slug = re.sub(r"[^\w\- ]", "", text.strip().lower()).replace(" ", "-")
        number = 0
        while (anchor := f"{slug}-{number}" if number else slug) in made:
            number += 1
        made.add(anchor)
    return made


def dead_links(page: Path) -> list[str]:
    dead: list[str] = []
    for link in links(page):
        if re.match(r"[a-z][a-z0-9+.-]*:|//", link, flags=re.IGNORECASE):
            continue
        path, _separator, anchor = unquote(link).partition("#")
        target = page.parent / path if path else page
        is_dead = not target.exists() or (anchor and target.suffix == ".md" and anchor not in anchors(target))
        if is_dead:
            dead.append(link)
    return dead


def pages() -> list[Path]:
    found: list[Path] = []
    for folder, subfolders, files in os.walk(ROOT):
        subfolders[:] = sorted(set(subfolders) - SKIPPED)
        found.extend(Path(folder, name) for name in sorted(files) if name.endswith(".md"))
    return found


def main() -> int:
    checked = pages()
    dead = [(page, link) for page in checked for link in dead_links(page)]
    for page, link in dead:
        print(f"{page.relative_to(ROOT)}: dead link: {link}")
    print(f"{len(checked)} pages checked, {len(dead)} dead links")
    return 1 if dead else 0


if __name__ == "__main__":
    sys.exit(main())
