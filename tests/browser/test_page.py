# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The report's page in Chromium: what is seen, what can be done, on a desk, on a phone and on paper."""

from __future__ import annotations

import http.server
import itertools
import re
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pypdf
import pytest
from playwright.sync_api import Page

from ansible_collections.bcdr.multicloud.tests.browser.conftest import DESKTOP, PHONE, SMALL_PHONE, Shown, written
from ansible_collections.bcdr.multicloud.tests.unit.reporting import sample
from ansible_collections.bcdr.multicloud.tests.unit.reporting.sample import DAY, HOUR, entry

NASTY = {
    "script": "<script>alert(1)</script>",
    "attribute": '"onmouseover="alert(2)" x=\'',
    "image": "<img src=x onerror=alert(3)>",
    "style end": "</style></title><script>alert(4)</script>",
    "entity": "&lt;b&gt; &amp;",
    "right to left": "\u05e9\u05dc\u05d5\u05dd \u0645\u0631\u062d\u0628\u0627",
    "override": "evil\u202egnp.exe",
    "long": "very-long-name-" + "x" * 250,
    "no break": "W" * 300,
    "spaces": "two  words",
    "emoji": "\U0001f4a3 bomb",
    "template": "{{ lookup('pipe', 'id') }} ${7*7}",
}


def shown_names(page: Page) -> list[str]:
    return page.locator("#fleet tbody tr:not([hidden]) th bdi").all_inner_texts()


def test_breach_and_failure_are_seen_without_scrolling(show: Shown, forty: Path) -> None:
    page = show(forty)
    verdict = page.locator(".verdict")
    assert verdict.locator("p").first.inner_text() == "RPO breached: app-07 (26h of 24h)"
    assert "Failed: home-directories" in verdict.inner_text()
    cards = page.locator("#attention .card")
    assert [cards.nth(number).locator("bdi").inner_text() for number in range(2)] == ["app-07", "home-directories"]
    assert "26h of 24h" in cards.nth(0).inner_text()
    assert "What to do" in cards.nth(0).inner_text()
    for place in (verdict, cards.nth(0).locator(".figure"), cards.nth(1).locator(".figure")):
        box = place.bounding_box()
        assert box is not None
        assert box["y"] + box["height"] < DESKTOP[1]


def test_figures_of_the_fleet(show: Shown, forty: Path) -> None:
    page = show(forty)
    tiles = [" ".join(text.split()) for text in page.locator(".tile").all_inner_texts()]
    assert tiles == [
        "1 RPO breached",
        "1 failed",
        "2 not known",
        "36 OK of 40",
        "5 copies running",
        "3 drills stale",
        "3 drift",
    ]
    assert page.locator("#fleet tbody tr").count() == 40
    assert page.locator("#moving tbody tr").count() == 5
    assert page.locator("#plans img").count() == 2


def test_plot_shows_ages_as_a_share_of_the_objective(show: Shown, forty: Path) -> None:
    page = show(forty)

    def drawn(name: str) -> tuple[float, float, float]:
        row = page.locator("#fleet tbody tr").filter(has=page.locator(f'th[data-v="{name}"]'))
        box, goal = row.locator(".used").bounding_box(), row.locator(".goal").bounding_box()
        track = row.locator(".plot").bounding_box()
        assert box
        assert goal
        assert track
        return (
            box["width"] / track["width"],
            (goal["x"] + goal["width"] / 2 - track["x"]) / track["width"],
            track["width"],
        )

    length, goal, width = drawn("app-07")
    assert width > 200
    assert goal == pytest.approx(1 / 1.5, abs=0.01)
    assert length == pytest.approx(26 / 24 / 1.5, abs=0.01)
    length, _goal, _width = drawn("media")
    media = next(workload for workload in sample.fleet()["status"] if workload["name"] == "media")
    assert length == pytest.approx(media["rpo_actual_seconds"] / media["rpo_target_seconds"] / 1.5, abs=0.01)
    # What is not known has no bar.
    assert page.locator('#fleet tr:has(th[data-v="intranet"]) .used').count() == 0
    assert "not known" in page.locator('#fleet tr:has(th[data-v="intranet"])').inner_text()


def test_the_drawing_of_a_plan_is_an_image_that_loads(show: Shown, forty: Path) -> None:
    images = show(forty).locator("#plans img")
    for number in range(2):
        assert images.nth(number).evaluate("image => image.complete && image.naturalWidth > 0")
        assert images.nth(number).get_attribute("alt")


@pytest.mark.parametrize("way", ["mouse", "keyboard"])
def test_sorting(show: Shown, forty: Path, way: str) -> None:
    page = show(forty)
    names = shown_names(page)
    assert names[:2] == ["app-07", "home-directories"]
    headers = page.locator("#fleet thead th")
    assert headers.nth(1).get_attribute("aria-sort") == "ascending"

    def click(column: int) -> None:
        button = headers.nth(column).locator("button")
        if way == "mouse":
            button.click()
        else:
            button.focus()
            page.keyboard.press("Enter")

    click(0)
    assert shown_names(page) == sorted(names)
    assert headers.nth(0).get_attribute("aria-sort") == "ascending"
    assert headers.nth(1).get_attribute("aria-sort") == "none"
    click(0)
    assert shown_names(page) == sorted(names, reverse=True)
    assert headers.nth(0).get_attribute("aria-sort") == "descending"
    # By number and not by text; what has none comes last both ways.
    click(3)
    ages = [cell.get_attribute("data-v") for cell in page.locator("#fleet tbody td:nth-child(4)").all()]
    known = [float(age) for age in ages if age]
    assert known == sorted(known, reverse=True)
    assert ages[-1] == ""
    click(3)
    ages = [cell.get_attribute("data-v") for cell in page.locator("#fleet tbody td:nth-child(4)").all()]
    assert [float(age) for age in ages if age] == sorted(known)
    assert ages[-1] == ""


def test_filter(show: Shown, forty: Path) -> None:
    page = show(forty)
    count = page.locator("#count")
    assert count.inner_text() == "40 shown"
    page.get_by_label("Find").fill("APP-0")
    assert shown_names(page)
    assert all(name.startswith("app-0") for name in shown_names(page))
    assert count.inner_text() == "9 of 40 shown"
    page.get_by_label("Find").fill("swedencentral app-07")
    assert shown_names(page) == ["app-07"]
    page.get_by_label("Find").fill("")
    page.get_by_label("Type", exact=True).select_option("efs")
    assert count.inner_text() == "7 of 40 shown"
    page.get_by_label("State", exact=True).select_option("failed")
    assert shown_names(page) == ["home-directories"]
    # A figure at the top shows its workloads.
    page.locator(".tile", has_text="copies running").click()
    assert sorted(shown_names(page)) == ["app-03", "app-11", "golden-rhel9", "media", "shared-data"]
    assert page.locator("#workloads").evaluate("section => section.getBoundingClientRect().top") < DESKTOP[1]


def test_without_script_everything_is_shown(show: Shown, forty: Path) -> None:
    page = show(forty, java_script_enabled=False)
    assert page.locator("#fleet tbody tr").count() == 40
    assert not page.locator("#tools").is_visible()
    assert page.locator("#fleet thead .label").first.is_visible()


@pytest.mark.parametrize(
    "size", [PHONE, SMALL_PHONE, (400, 800), (700, 900), (1001, 900), (1024, 768), DESKTOP, (2200, 1200)]
)
def test_the_page_never_scrolls_sideways(show: Shown, forty: Path, size: tuple[int, int]) -> None:
    page = show(forty, size)
    assert page.evaluate("document.documentElement.scrollWidth") <= size[0]
    wide = page.evaluate(
        """width => Array.from(document.querySelectorAll("body *")).filter(entry => {
            const box = entry.getBoundingClientRect();
            return box.width && box.right > width + 1 && !entry.closest(".wide-drawing, .out, .skip, thead, .hidden-sprite");
        }).map(entry => entry.tagName + "." + entry.getAttribute("class"))""",
        size[0],
    )
    assert wide == []


@pytest.mark.parametrize("size", [DESKTOP, (1001, 800)])
def test_no_cell_runs_into_the_next(show: Shown, forty: Path, size: tuple[int, int]) -> None:
    page = show(forty, size)
    assert (
        page.evaluate(
            "Array.from(document.querySelectorAll('td, tbody th')).filter(cell => cell.scrollWidth > cell.clientWidth + 1)"
            ".map(cell => cell.textContent)"
        )
        == []
    )


def test_a_phone_sorts_by_a_list(show: Shown, forty: Path) -> None:
    page = show(forty, PHONE)
    assert page.get_by_label("Sort by").is_visible()
    page.get_by_label("Sort by").select_option("0 ascending")
    assert shown_names(page) == sorted(shown_names(page))
    # What is well is folded away there.
    assert not page.locator("#drills-passed").is_visible()


def luminance(colour: str) -> float:
    parts = [int(part) / 255 for part in re.findall(r"\d+", colour)[:3]]
    red, green, blue = (part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_themes_and_contrast(show: Shown, forty: Path, scheme: str) -> None:
    """The colours as the browser has them: every text on its ground."""
    page = show(forty, color_scheme=scheme)
    pairs = page.evaluate(
        """() => {
            const seen = new Map(), walker = document.createTreeWalker(document.querySelector(".sheet"), NodeFilter.SHOW_TEXT);
            while (walker.nextNode()) {
                const holder = walker.currentNode.parentElement;
                if (!walker.currentNode.textContent.trim() || !holder.getClientRects().length) continue;
                let ground = holder, colour = "rgba(0, 0, 0, 0)";
                while (ground && colour === "rgba(0, 0, 0, 0)") {
                    colour = getComputedStyle(ground).backgroundColor; ground = ground.parentElement;
                }
                const key = getComputedStyle(holder).color + " on " + colour;
                if (!seen.has(key)) seen.set(key, walker.currentNode.textContent.trim().slice(0, 40));
            }
            return Array.from(seen);
        }"""
    )
    assert len(pairs) > 10
    for pair, text in pairs:
        one, other = sorted((luminance(colour) for colour in pair.split(" on ")), reverse=True)
        assert (one + 0.05) / (other + 0.05) >= 4.5, f"{text}: {pair}"
    ground = luminance(page.evaluate("getComputedStyle(document.body).backgroundColor"))
    assert ground < 0.05 if scheme == "dark" else ground > 0.8


def test_what_assistive_technology_gets(show: Shown, forty: Path) -> None:
    page = show(forty)
    assert page.evaluate("document.documentElement.lang") == "en"
    levels = [
        int(level) for level in page.locator("h1, h2, h3").evaluate_all("found => found.map(entry => entry.tagName[1])")
    ]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(later - earlier <= 1 for earlier, later in itertools.pairwise(levels))
    for table in page.locator("table").all():
        assert table.locator("caption").count() == 1
        assert table.locator("thead th[scope=col]").count() >= 2
        assert table.locator("tbody tr").count() == table.locator("tbody th[scope=row]").count()
    assert page.locator("main").count() == page.locator("header").count() == page.locator("footer").count() == 1
    ids = page.locator("[id]").evaluate_all("found => found.map(entry => entry.id)")
    assert len(ids) == len(set(ids))
    assert page.locator("input, select").evaluate_all("found => found.every(entry => entry.labels.length === 1)")
    # No state is told by its colour alone.
    assert page.locator("#fleet .tag").evaluate_all(
        "found => found.every(entry => entry.textContent.trim() && entry.querySelector('svg'))"
    )
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"


def test_everything_can_be_reached_by_keyboard(show: Shown, forty: Path) -> None:
    page = show(forty)
    reached = set()
    for _press in range(60):
        page.keyboard.press("Tab")
        reached.add(page.evaluate("document.activeElement.id || document.activeElement.textContent.trim()"))
    assert {"filter-text", "filter-type", "filter-state", "Workload", "State", "Age of target"} <= reached


def pdf_of(page: Page, path: Path) -> pypdf.PdfReader:
    page.pdf(path=str(path), prefer_css_page_size=True, print_background=True)
    return pypdf.PdfReader(path)


def test_print(show: Shown, forty: Path, tmp_path: Path) -> None:
    page = show(forty, color_scheme="dark")
    # What is filtered away on the screen is printed all the same.
    page.get_by_label("Find").fill("app-07")
    pdf = pdf_of(page, tmp_path / "report.pdf")
    width, height = (float(length) / 72 * 25.4 for length in pdf.pages[0].mediabox[2:])
    assert (round(width), round(height)) == (210, 297)
    assert 8 <= len(pdf.pages) <= 16
    texts = [sheet.extract_text() for sheet in pdf.pages]
    for number, text in enumerate(texts, start=1):
        assert "Disaster recovery of Example Industries" in text
        assert "28 Nov 2026 18:00 UTC, bcdr.multicloud 0.1.0" in " ".join(text.split())
        assert f"Page {number} of {len(texts)}" in text
    whole = " ".join(" ".join(texts).split())
    # A name may be broken after a hyphen.
    dense = whole.replace(" ", "")
    for workload in sample.fleet()["status"]:
        assert dense.count(workload["name"]) >= 2
    # What is folded away is not, on paper.
    assert "All drills on record" in whole
    assert "rp-nightly" in whole
    assert "The copies as a list" in whole
    # Each page of the long table has its heads.
    assert sum("Last drill" in text for text in texts) >= 4


def test_dark_readers_print_on_white(show: Shown, forty: Path) -> None:
    page = show(forty, color_scheme="dark")
    page.emulate_media(media="print", color_scheme="dark")
    assert luminance(page.evaluate("getComputedStyle(document.body).backgroundColor")) == 1
    assert luminance(page.evaluate("getComputedStyle(document.body).color")) < 0.05


def test_nasty_names_are_only_text(show: Shown, tmp_path: Path) -> None:
    status = [
        entry(name, ages=(30 * HOUR,), status="failed", reason=f"failed because of {name}", drift=[f"make {name}"])
        for name in NASTY.values()
    ]
    given = {
        "status": status,
        "drills": [sample.drill(name, 2, location=name, recovery_point=name) for name in NASTY.values()],
        "events": [{"event": "rpo_breach", "workload": name, "summary": name} for name in NASTY.values()],
        "failures": list(NASTY.values()),
        "title": 'Title </title><script>alert(5)</script> "; } body { display: none } \\',
    }
    path = written(tmp_path, given)
    for size in (DESKTOP, PHONE):
        page = show(path, size)
        assert page.locator("h1").inner_text().startswith("Title </title><script>alert(5)")
        assert page.title().startswith("Title </title><script>alert(5)")
        names = page.locator("#fleet tbody th bdi").all_text_contents()
        assert sorted(names) == sorted(NASTY.values())
        assert page.evaluate("document.documentElement.scrollWidth") <= size[0]
        assert page.evaluate("document.scripts.length") == 1
        assert page.evaluate("document.querySelectorAll('img:not([src^=\"data:\"])').length") == 0
    page = show(path)
    page.get_by_label("Find").fill("<script>alert(1)")
    assert NASTY["script"] in shown_names(page)
    pdf = pdf_of(page, tmp_path / "nasty.pdf")
    assert "Title </title><script>alert(5)" in " ".join(pdf.pages[1].extract_text().split())


def test_the_policy_stops_what_gets_in(show: Shown, forty: Path, tmp_path: Path) -> None:
    """Markup that somebody brings into the page neither runs nor loads anything."""
    text = forty.read_text(encoding="utf-8")
    path = tmp_path / "tampered.html"
    planted = "<script>document.title = 'taken'</script><img src='http://127.0.0.1:9/x.png'><b onclick='x()' style='color: red'>x</b>"
    path.write_text(text.replace('<main id="main">', f'<main id="main">{planted}'), encoding="utf-8")
    page = show(path)
    assert page.title() == "Disaster recovery of Example Industries"
    assert (
        page.locator("b", has_text=re.compile("^x$")).evaluate("entry => getComputedStyle(entry).color")
        != "rgb(255, 0, 0)"
    )
    refused = [line for line in show.wrong if "Content Security Policy" in line]
    assert len(refused) >= 4
    # Nothing but what the browser says of its refusals; the image was never asked for.
    assert refused == [line for line in show.wrong if not line.startswith("request: ")]
    show.wrong.clear()


def test_all_is_well(show: Shown, tmp_path: Path) -> None:
    page = show(written(tmp_path, {"status": [entry("app-01"), entry("app-02")]}))
    assert page.locator(".verdict").inner_text() == "All 2 workloads are within the RPO."
    assert page.locator("section").evaluate_all("found => found.map(entry => entry.id)") == ["workloads"]


def test_no_workloads(show: Shown, tmp_path: Path) -> None:
    page = show(written(tmp_path, {"status": [], "failures": ["Azure: sign in failed"]}))
    assert "1 failure of the run itself" in page.locator(".verdict").inner_text()
    assert "Azure: sign in failed" in page.locator("#attention").inner_text()


def test_much_is_wrong(show: Shown, tmp_path: Path) -> None:
    status = [entry(f"app-{number:03d}", ages=(2 * DAY,)) for number in range(60)]
    page = show(written(tmp_path, {"status": status}))
    assert (
        page.locator(".verdict p").first.inner_text()
        == "RPO breached: app-000 (48h of 24h), app-001 (48h of 24h), app-002 (48h of 24h) and 57 more"
    )
    assert page.locator(".card:visible").count() == 12
    page.locator("#attention summary").click()
    assert page.locator(".card:visible").count() == 60


def test_three_hundred_workloads(show: Shown, tmp_path: Path) -> None:
    status = sample.many(300)
    path = written(tmp_path, {"status": status, "drills": sample.drills_of(status)})
    assert path.stat().st_size < 1_500_000
    begun = time.monotonic()
    page = show(path)
    assert time.monotonic() - begun < 10
    assert page.locator("#fleet tbody tr").count() == 300
    assert (
        page.evaluate(
            """() => {
            const begun = performance.now(), field = document.getElementById("filter-text");
            document.querySelector("#fleet thead button").click();
            field.value = "app"; field.dispatchEvent(new Event("input"));
            document.body.getBoundingClientRect();
            return performance.now() - begun;
        }"""
        )
        < 2000
    )


@pytest.fixture
def served(forty: Path) -> Iterator[tuple[str, list[str]]]:
    asked: list[str] = []

    class Handler(http.server.SimpleHTTPRequestHandler):
        def __init__(self, *args: object) -> None:
            super().__init__(*args, directory=str(forty.parent))  # type: ignore[arg-type]

        def log_message(self, *args: object) -> None:
            asked.append(self.path)

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/{forty.name}", asked
    server.shutdown()
    server.server_close()


def test_a_web_server_is_asked_for_nothing_else(browser: object, served: tuple[str, list[str]]) -> None:
    url, asked = served
    context = browser.new_context()  # type: ignore[attr-defined]
    page = context.new_page()
    page.goto(url)
    page.wait_for_timeout(300)
    context.close()
    assert asked == ["/report.html"]
