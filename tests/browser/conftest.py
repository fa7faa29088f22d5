# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A Chromium for the tests, and pages that fail a test by any error or request of theirs."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Dialog, Page, sync_playwright

from ansible_collections.bcdr.multicloud.plugins.module_utils._reporting.document import build, read
from ansible_collections.bcdr.multicloud.plugins.module_utils._reporting.html import page as html_page
from ansible_collections.bcdr.multicloud.tests.unit.reporting import sample

# Without these Chromium looks for updates and the like, and as root it starts only without its sandbox.
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
DESKTOP, PHONE, SMALL_PHONE = (1280, 860), (360, 780), (320, 640)


def written(folder: Path, given: dict[str, Any], name: str = "report.html") -> Path:
    """Write the page of a report and return where it is."""
    gathered = read(given)
    path = folder / name
    path.write_text(html_page(build(gathered, sample.NOW), gathered.plans), encoding="utf-8")
    return path


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=os.environ["BCDR_CHROMIUM"], args=FLAGS)
        yield started
        started.close()


@pytest.fixture(scope="session")
def forty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return written(tmp_path_factory.mktemp("forty"), sample.fleet())


class Shown:
    """Opens files in windows, and hears all that their pages complain of or ask the network for."""

    def __init__(self, browser: Browser) -> None:
        self._browser = browser
        self._contexts: list[BrowserContext] = []
        self.wrong: list[str] = []

    def __call__(self, path: Path, size: tuple[int, int] = DESKTOP, **options: Any) -> Page:
        context = self._browser.new_context(viewport={"width": size[0], "height": size[1]}, **options)
        self._contexts.append(context)
        page = context.new_page()
        page.on("console", lambda message: self.wrong.append(f"console: {message.text}"))
        page.on("pageerror", lambda error: self.wrong.append(f"error: {error}"))
        page.on("dialog", self._dismiss)
        page.on("request", lambda request: self._note(request.url, path))
        page.goto(path.as_uri())
        return page

    def _dismiss(self, dialog: Dialog) -> None:
        self.wrong.append(f"dialog: {dialog.message}")
        dialog.dismiss()

    def _note(self, url: str, path: Path) -> None:
        if url.partition("#")[0] != path.as_uri() and not url.startswith("data:"):
            self.wrong.append(f"request: {url}")

    def close(self) -> None:
        for context in self._contexts:
            context.close()


@pytest.fixture
def show(browser: Browser) -> Iterator[Shown]:
    """Open files; whatever their pages complain of or ask for fails the test at its end."""
    shown = Shown(browser)
    yield shown
    shown.close()
    assert shown.wrong == []
