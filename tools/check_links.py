# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Fail on links that lead nowhere: no such file, or no such heading.

Without arguments these are the links between the repository's own Markdown pages, as GitHub shows them. With
`--site FOLDER` they are those of a site's HTML pages there; and what such a page would load from elsewhere is an error too.
"""

from __future__ import annotations

import os
import re
import sys
from functools import cache
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path
from urllib.parse import unquote

from markdown_it import MarkdownIt
from markdown_it.token import Token

ROOT = Path(__file__).resolve().parent.parent
SKIPPED = {".ansible", ".build", ".git", ".venv", "collections", "output"}

# What has a scheme or names a host.
ELSEWHERE = re.compile(r"[a-z][a-z0-9+.-]*:|//", flags=re.IGNORECASE)


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
        if ELSEWHERE.match(link):
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


class HtmlPage(HTMLParser):
    """What a page links to, what it loads when it is shown, and what may be linked to in it."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.links: set[str] = set()
        self.loaded: set[str] = set()
        self.anchors: set[str] = set()
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value for name, value in attrs if value}
        self.anchors.update(given[name] for name in ("id", "name") if name in given)
        if tag == "a":
            self.links.update([given["href"]] if "href" in given else [])
        else:
            self.loaded.update(given[name] for name in ("href", "src") if name in given)


@cache
def html_page(page: Path) -> HtmlPage:
    return HtmlPage(page.read_text(encoding="utf-8"))


def dead_links_of_site(page: Path) -> list[str]:
    shown = html_page(page)
    dead = [f"{link} (loaded from elsewhere)" for link in shown.loaded if ELSEWHERE.match(link) and link[:5] != "data:"]
    for link in shown.links | shown.loaded:
        if ELSEWHERE.match(link):
            continue
        path, _separator, anchor = unquote(link).partition("#")
        target = page.parent / path.partition("?")[0] if path else page
        if not target.is_file() or (anchor and target.suffix == ".html" and anchor not in html_page(target).anchors):
            dead.append(link)
    return sorted(dead)


def main(arguments: list[str]) -> int:
    if arguments:
        root = Path(arguments[1]).resolve()
        checked = sorted(root.rglob("*.html"))
        dead = [(page, link) for page in checked for link in dead_links_of_site(page)]
    else:
        root = ROOT
        checked = pages()
        dead = [(page, link) for page in checked for link in dead_links(page)]
    for page, link in dead:
        print(f"{page.relative_to(root)}: dead link: {link}")
    print(f"{len(checked)} pages checked, {len(dead)} dead links")
    return 1 if dead or not checked else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
