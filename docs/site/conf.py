# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The documentation's site. tools/site.sh puts docs/*.md and the pages that antsibull-docs makes of the plugins into one folder.

The Markdown pages are written for GitHub: their links are relative, and lead to the source of a module where its page is
meant. Here these links are turned to where the same thing is on the site.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

import sphinx_antsibull_ext
from docutils import nodes
from sphinx.application import Sphinx

ROOT = Path(os.environ["ROOT"])
REPOSITORY = "https://github.com/bcdr-multicloud/bcdr.multicloud"
ANSIBLE = "https://docs.ansible.com/projects/ansible/latest"


def colours(file: str) -> dict[str, str]:
    """The colours of one of the schemes that come with antsibull-docs."""
    scheme = (Path(sphinx_antsibull_ext.__file__).parent / file).read_text(encoding="utf-8")
    return dict(re.findall(r"--(antsibull-[a-z-]+):([^;}]+)", scheme))


project = "bcdr.multicloud"
author = "bcdr.multicloud contributors"
project_copyright = f"2026 {author}"
html_title = project

extensions = ["myst_parser", "sphinx_antsibull_ext"]
# Anchors as GitHub makes them, down to the deepest headings in use.
myst_heading_anchors = 4
# Dead links inside the site are warnings, and those are errors.
nitpicky = True
default_role = "any"
highlight_language = "YAML+Jinja"

html_theme = "furo"
html_theme_options = {
    # Beside the system's setting the theme has a switch of its own, which the tables of plugins have to follow.
    "light_css_variables": colours("colors-default.css"),
    "dark_css_variables": colours("colors-default-dark.css"),
}
html_static_path = ["static"]
html_css_files = ["site.css"]
html_copy_source = False
html_show_sphinx = False
html_use_index = False
pygments_style = "ansible"
pygments_dark_style = "github-dark"

# What the pages of plugins refer to in Ansible's own documentation. Its inventory is not asked, so that the site is built
# without a network.
ANSIBLE_PAGES = {
    "action_plugins": "plugins/action.html",
    "ansible_configuration_settings": "reference_appendices/config.html",
    "common_return_values": "reference_appendices/common_return_values.html",
}
# Where a plugin's page is, by where its source is.
PLUGIN_PAGES = (
    (r"plugins/modules/(\w+)\.py", "reference/{}_module.rst"),
    (r"plugins/lookup/(\w+)\.py", "reference/{}_lookup.rst"),
    (r"plugins/filter/(\w+)\.(?:py|yml)", "reference/{}_filter.rst"),
    (r"roles/(\w+)(?:/README\.md)?", "reference/{}_role.rst"),
    (r"plugins(?:/modules)?()", "reference/index.rst"),
)


def on_the_site(link: str) -> str:
    """The link out of docs/ (a path from the root of the repository) as it has to be on the site."""
    path, anchor, fragment = link.partition("#")
    for pattern, page in PLUGIN_PAGES:
        match = re.fullmatch(pattern, path.rstrip("/"))
        if match:
            return f"/{page.format(match[1])}"
    kind = "tree" if (ROOT / path).is_dir() else "blob"
    return f"{REPOSITORY}/{kind}/main/{path}{anchor}{fragment}"


def turn_links(app: Sphinx, page: str, source: list[str]) -> None:
    if not page.startswith("reference/"):
        source[0] = re.sub(r"(?<=\]\()\.\./([^)\s]+)(?=\))", lambda match: on_the_site(match[1]), source[0])


def add_navigation(app: Sphinx, page: str, source: list[str]) -> None:
    """The lists of pages in index.md are the navigation, under the headings that they stand under."""
    if page != "index":
        return
    for section in re.split(r"^## ", source[0], flags=re.MULTILINE)[1:]:
        heading, text = section.split("\n", 1)
        linked = re.findall(r"^- \[([^\]]+)\]\(/?([\w/]+)\.(?:md|rst)\)", text, flags=re.MULTILINE)
        if linked:
            entries = "\n".join(f"{title} <{linked_page}>" for title, linked_page in linked)
            source[0] += f"\n```{{toctree}}\n:hidden:\n:maxdepth: 1\n:caption: {heading}\n\n{entries}\n```\n"


def link_to_ansible(app: Sphinx, environment: object, node: nodes.Element, content: nodes.Element) -> nodes.Node | None:
    page = ANSIBLE_PAGES.get(node.get("reftarget", ""))
    return nodes.reference("", "", content, refuri=f"{ANSIBLE}/{page}", internal=False) if page else None


def drop_contents(app: Sphinx, page: str, source: list[str]) -> None:
    """The theme shows a page's contents beside it, and refuses to show them twice."""
    source[0] = re.sub(r"^\.\. contents::\n(?:   :.*\n)+", "", source[0], flags=re.MULTILINE)


def shorten_title(app: Sphinx, document: nodes.document) -> None:
    """In the navigation a plugin's name is enough."""
    page = app.env.current_document.docname
    match = re.fullmatch(r"reference/(\w+)_(?:module|filter|lookup|role)", page)
    if match:
        link = next(iter(app.env.tocs[page].findall(nodes.reference)))
        link[:] = [nodes.Text(match[1])]


def setup(app: Sphinx) -> None:
    app.connect("source-read", turn_links)
    app.connect("source-read", add_navigation)
    # After Sphinx's own collectors.
    app.connect("doctree-read", shorten_title, priority=900)
    app.connect("missing-reference", link_to_ansible)
    app.connect("source-read", drop_contents)
