# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The drawings: complete, well-formed, readable."""

from __future__ import annotations

import re
from typing import Any
from xml.etree import ElementTree

import pytest

from ansible_collections.bcdr.multicloud.plugins.module_utils._planning.azure_regions import AZURE
from ansible_collections.bcdr.multicloud.plugins.module_utils._planning.drawing import (
    duration_text,
    mermaid,
    svg,
    ticks,
)
from ansible_collections.bcdr.multicloud.plugins.module_utils._planning.planner import make_plan

NAMES = sorted(AZURE)[::2]
SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture(scope="module")
def plan() -> dict[str, Any]:
    request = {"source": NAMES[0], "targets": NAMES[1:], "copies_per_source": 2, "moves": 2000, "bound": "price"}
    return make_plan(request)


def test_the_svg_shows_every_region_and_copy(plan: dict[str, Any]) -> None:
    text = svg(plan)
    root = ElementTree.fromstring(text)
    labels = [element.text for element in root.iter(f"{SVG}text") if element.get("text-anchor") == "middle"]
    assert set(NAMES) <= set(labels)
    arcs = [element for element in root.iter(f"{SVG}path") if (element.get("class") or "").startswith("arc")]
    bars = [element for element in root.iter(f"{SVG}rect") if (element.get("class") or "").startswith("bar")]
    assert len(arcs) == len(bars) == len(plan["copies"])
    # Self-contained: no script, no link, no font or image from elsewhere.
    assert not re.search(r"<script|href|url\(http|@import", text)
    assert "prefers-color-scheme: dark" in text


def test_labels_of_thirty_regions_do_not_overlap(plan: dict[str, Any]) -> None:
    root = ElementTree.fromstring(svg(plan))
    boxes = {}
    for element in root.iter(f"{SVG}text"):
        if element.get("class") is None and element.get("text-anchor") == "middle" and element.text in NAMES:
            x, y, width = float(element.get("x", "0")), float(element.get("y", "0")), 6.6 * len(element.text or "")
            boxes[element.text] = (x - width / 2, y - 11, x + width / 2, y + 3)
    assert len(boxes) == len(NAMES)
    overlapping = [
        (one, other)
        for one, a in boxes.items()
        for other, b in boxes.items()
        if one < other and a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]
    ]
    assert not overlapping


def test_names_are_escaped() -> None:
    name = 'a<b>&"c"'
    request = {
        "source": name,
        "targets": ["eastus"],
        "regions": [{"name": name, "latitude": 1, "longitude": 2}],
    }
    plan = make_plan(request)
    ElementTree.fromstring(svg(plan))
    assert '"c"' not in mermaid(plan)


def test_a_plan_without_coordinates_or_copies_is_drawn() -> None:
    measurements = [{"source": "x", "target": "y", "seconds": 10}]
    for targets in (["y"], []):
        plan = make_plan({"source": "x", "targets": targets, "measurements": measurements})
        ElementTree.fromstring(svg(plan))


def test_mermaid_has_a_link_per_copy(plan: dict[str, Any]) -> None:
    lines = mermaid(plan).splitlines()
    assert lines[0] == "flowchart LR"
    assert sum(">|" in line for line in lines) == len(plan["copies"])
    assert sum("[[" in line for line in lines) == 1


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0, "0 s"), (95.4, "95 s"), (180, "3 min"), (200, "3 min 20 s"), (1800, "30 min"), (12000, "3 h 20 min")],
)
def test_durations_are_short(seconds: float, text: str) -> None:
    assert duration_text(seconds) == text


@pytest.mark.parametrize("end", [0.5, 3, 59, 700, 5000, 90000, 5e6])
def test_ticks_are_few_and_within_the_plan(end: float) -> None:
    found = ticks(end)
    assert 2 <= len(found) <= 11
    assert found[0] == 0
    assert max(found) <= end
