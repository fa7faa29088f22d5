# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A plan drawn: Mermaid text, and one self-contained SVG with a map of the copies and their schedule."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from xml.sax.saxutils import escape, quoteattr

from ansible_collections.bcdr.multicloud.plugins.module_utils._planning.world_map import LAND

_WIDTH = 1600.0
_MARGIN = 24.0
_FONT = 13.0
_CHARACTER = 7.0  # the width of an average character of the labels, a little generous
_ROW = 20.0
_NAME_COLUMN = 190.0
_STYLE = """
.paper { fill: #ffffff } .land { fill: #e8ecef; stroke: #cfd6db; stroke-width: .6 }
text { font: 13px system-ui, "Segoe UI", Helvetica, Arial, sans-serif; fill: #1d2731 }
.small { font-size: 12px; fill: #4d5b67 } .title { font-size: 19px; font-weight: 600 } .sub { font-size: 14px; fill: #4d5b67 }
.halo { stroke: #ffffff; stroke-width: 3.5px; stroke-linejoin: round; fill: #ffffff }
.arc { fill: none; stroke-width: 1.7; opacity: .8 } .leader { stroke: #7d8a95; stroke-width: .8 }
.grid { stroke: #dde3e7; stroke-width: 1 } .region { stroke: #ffffff; stroke-width: 1.5 } .source { stroke: #1d2731; stroke-width: 2 }
.depth0 { fill: #1d2731; stroke: #1d2731 } .depth1 { fill: #0f62c4; stroke: #0f62c4 } .depth2 { fill: #00857a; stroke: #00857a }
.depth3 { fill: #a8590a; stroke: #a8590a } .depth4 { fill: #9b3aa8; stroke: #9b3aa8 } .depth5 { fill: #b3324a; stroke: #b3324a }
.bound { stroke: #b3324a; stroke-width: 1.5; stroke-dasharray: 5 4 } .bar { stroke: none }
.bar.critical { stroke: #b3324a; stroke-width: 2 } .bar.temporary { opacity: .55 }
@media (prefers-color-scheme: dark) {
.paper { fill: #12181f } .land { fill: #222c36; stroke: #33404c } text { fill: #e6ebef } .small, .sub { fill: #a9b5bf }
.halo { stroke: #12181f; fill: #12181f } .leader { stroke: #8695a2 } .grid { stroke: #2a3540 } .region { stroke: #12181f } .source { stroke: #e6ebef }
.depth0 { fill: #e6ebef; stroke: #e6ebef } .depth1 { fill: #6aa9ff; stroke: #6aa9ff } .depth2 { fill: #35c4b5; stroke: #35c4b5 }
.depth3 { fill: #f0a04b; stroke: #f0a04b } .depth4 { fill: #d68be0; stroke: #d68be0 } .depth5 { fill: #ff7d92; stroke: #ff7d92 }
.bound, .bar.critical { stroke: #ff7d92 }
}
.arc.depth1, .arc.depth2, .arc.depth3, .arc.depth4, .arc.depth5 { fill: none }
"""
_COLOURS = 5

Json = Mapping[str, Any]
Box = tuple[float, float, float, float]


def mermaid(plan: Json) -> str:
    """Return the plan's graph as a Mermaid flowchart: regions, and a link per copy with its number and its times."""
    names = [node["name"] for node in plan["regions"]]
    ids = {name: f"r{number}" for number, name in enumerate(names)}
    held = {entry["region"] for entry in plan["existing"]}
    lines = ["flowchart LR"]
    for node in plan["regions"]:
        label = node["name"].replace('"', "#quot;")
        lines.append(
            f'    {ids[node["name"]]}{"[[" if node["name"] in held else "["}"{label}"'
            + ("]]" if node["name"] in held else "]")
        )
    for number, copy in enumerate(plan["copies"], start=1):
        times = f"{copy['expected_start_s']:.0f} to {copy['expected_end_s']:.0f} s"
        arrow = "-.->" if copy["temporary"] else "==>" if copy["critical"] else "-->"
        lines.append(f'    {ids[copy["source_region"]]} {arrow}|"{number}: {times}"| {ids[copy["target_region"]]}')
    return "\n".join(lines) + "\n"


def svg(plan: Json) -> str:
    """Return the plan as one SVG document without outside references; it follows the reader's light or dark theme."""
    depths = _depths(plan)
    places = {
        node["name"]: _project(node["latitude"], node["longitude"])
        for node in plan["regions"]
        if node["latitude"] is not None and node["longitude"] is not None
    }
    parts: list[str] = []
    top = 74.0
    bottom = top
    if places:
        parts, bottom = _map(plan, places, depths, top)
    chart, height = _chart(plan, depths, bottom + 34.0)
    heading = [
        f'<text class="title" x="{_MARGIN:.0f}" y="34">{escape(_title(plan))}</text>',
        f'<text class="sub" x="{_MARGIN:.0f}" y="57">{escape(_subtitle(plan))}</text>',
    ]
    opening = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH:.0f} {height:.0f}" role="img"'
        f" aria-label={quoteattr(_title(plan))}>"
    )
    return "\n".join(
        [
            opening,
            f"<style>{_STYLE}</style>",
            f'<rect class="paper" width="{_WIDTH:.0f}" height="{height:.0f}"/>',
            *heading,
            *parts,
            *chart,
            "</svg>\n",
        ]
    )


def _title(plan: Json) -> str:
    sources = ", ".join(sorted({entry["region"] for entry in plan["existing"]}))
    return f"{len(plan['copies'])} copies from {sources} in {duration_text(plan['makespan_s'])}"


def _subtitle(plan: Json) -> str:
    bound = (
        "proven to be the least"
        if plan["proven_optimal"]
        else (
            f"at most {100 * plan['gap']:.1f} % above the least possible (at least {duration_text(plan['lower_bound_s'])})"
        )
    )
    return f"{plan['strategy']}; {bound}; egress ${plan['egress_usd']:.2f} for {plan['size_gb']:g} GB"


def duration_text(seconds: float) -> str:
    """Return seconds as a short text: 95 s, 12 min, 3 h 20 min."""
    if seconds < 120:
        return f"{seconds:.0f} s"
    minutes, rest = divmod(round(seconds), 60)
    if seconds < 600 and rest:
        return f"{minutes} min {rest} s"
    minutes = round(seconds / 60)
    if minutes < 120:
        return f"{minutes} min"
    return f"{minutes // 60} h {minutes % 60} min"


def _depths(plan: Json) -> dict[str, int]:
    """Return per copy how many copies lie between it and what was there."""
    depths: dict[str, int] = {entry["id"]: 0 for entry in plan["existing"]}
    for copy in plan["copies"]:
        depths[copy["id"]] = depths[copy["source_copy"]] + 1
    return depths


def _colour(depth: int) -> str:
    return f"depth{depth if depth <= _COLOURS else 1 + (depth - 1) % _COLOURS}"


def _project(latitude: float, longitude: float) -> tuple[float, float]:
    """Return x and y of equirectangular coordinates, in units of the whole world's width and half of it."""
    return (longitude + 180.0) / 360.0, (90.0 - latitude) / 180.0


def _map(
    plan: Json, places: Mapping[str, tuple[float, float]], depths: Mapping[str, int], top: float
) -> tuple[list[str], float]:
    """Return the map of the part of the world where the regions are, and where it ends."""
    xs, ys = [place[0] for place in places.values()], [place[1] for place in places.values()]
    # Half as much again around the regions, at least a fifth of the world, in the proportions of the paper.
    left, right = max(0.0, min(xs) - 0.05), min(1.0, max(xs) + 0.07)
    high, low = max(0.0, min(ys) - 0.09), min(1.0, max(ys) + 0.09)
    middle, span = (left + right) / 2, max(right - left, 0.2)
    left = min(max(0.0, middle - span / 2), 1.0 - span)
    width = _WIDTH - 2 * _MARGIN
    # A degree of latitude is drawn longer than one of longitude, as on most maps of the mid latitudes.
    scale = width / span
    stretch = 0.5 * 1.3
    height = (low - high) * scale * stretch
    if height > 860.0:
        stretch *= 860.0 / height
        height = 860.0

    def at(place: tuple[float, float]) -> tuple[float, float]:
        return _MARGIN + (place[0] - left) * scale, top + (place[1] - high) * scale * stretch

    parts = [
        f'<clipPath id="map"><rect x="{_MARGIN:.0f}" y="{top:.0f}" width="{width:.0f}" height="{height:.0f}"/></clipPath>',
        '<g clip-path="url(#map)">',
    ]
    for outline in LAND:
        corners = [at(_project(latitude, longitude)) for longitude, latitude in outline]
        path = "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in corners) + "z"
        parts.append(f'<path class="land" d="{path}"/>')
    parts.append("</g>")
    dots = {name: at(place) for name, place in places.items()}
    taken: list[Box] = [(x - 7, y - 7, x + 7, y + 7) for x, y in dots.values()]
    first: dict[str, int] = {}
    for copy in plan["copies"]:
        first.setdefault(copy["target_region"], depths[copy["id"]])
        if copy["source_region"] in dots and copy["target_region"] in dots and copy["kind"] == "cross_region":
            parts.append(_arc(copy, dots, depths[copy["id"]]))
    for name, (x, y) in sorted(dots.items()):
        held = any(entry["region"] == name for entry in plan["existing"])
        colour = _colour(0 if held else first.get(name, 0))
        parts.append(
            f'<circle class="{colour} {"source" if held else "region"}" cx="{x:.1f}" cy="{y:.1f}" r="{7 if held else 5}">'
            f"<title>{escape(name)}</title></circle>"
        )
    edge = (_MARGIN, top, _WIDTH - _MARGIN, top + height)
    for name, (x, y) in sorted(dots.items(), key=lambda item: (_crowd(item[1], dots.values()), item[0]), reverse=True):
        parts += _label(name, x, y, taken, edge)
    return parts, top + height


def _crowd(place: tuple[float, float], others: Iterable[tuple[float, float]]) -> int:
    return sum(math.dist(place, other) < 90.0 for other in others)


def _arc(copy: Json, dots: Mapping[str, tuple[float, float]], depth: int) -> str:
    (x, y), (to_x, to_y) = dots[copy["source_region"]], dots[copy["target_region"]]
    length = math.hypot(to_x - x, to_y - y) or 1.0
    bend = 0.16 * length
    middle_x, middle_y = (x + to_x) / 2 + (to_y - y) / length * bend, (y + to_y) / 2 - abs(to_x - x) / length * bend
    reach = math.hypot(to_x - middle_x, to_y - middle_y) or 1.0
    # The arrow ends at the rim of the dot, not below it.
    along_x, along_y = (to_x - middle_x) / reach, (to_y - middle_y) / reach
    tip_x, tip_y = to_x - along_x * 6, to_y - along_y * 6
    end_x, end_y = tip_x - along_x * 7, tip_y - along_y * 7
    head = (
        f"M{tip_x:.1f} {tip_y:.1f}L{end_x - along_y * 3.5:.1f} {end_y + along_x * 3.5:.1f}"
        f" {end_x + along_y * 3.5:.1f} {end_y - along_x * 3.5:.1f}z"
    )
    colour = _colour(depth)
    dash = ' stroke-dasharray="4 4"' if copy["temporary"] else ""
    width = ' style="stroke-width:3"' if copy["critical"] else ""
    times = f"{copy['expected_start_s']:.0f} to {copy['expected_end_s']:.0f} s"
    title = f"{copy['source_region']} to {copy['target_region']}: {times}"
    return (
        f'<path class="arc {colour}" d="M{x:.1f} {y:.1f}Q{middle_x:.1f} {middle_y:.1f} {end_x:.1f} {end_y:.1f}"'
        f'{dash}{width}><title>{escape(title)}</title></path><path class="{colour}" d="{head}"/>'
    )


def _label(name: str, x: float, y: float, taken: list[Box], edge: Box) -> list[str]:
    """Return a label at the free place nearest to the dot, with a line to it where it is further away."""
    width, height = len(name) * _CHARACTER + 4, _FONT + 3
    best: tuple[float, float, float] | None = None
    for ring in range(14):
        distance = 9.0 + ring * 11.0
        for step in range(16):
            angle = math.pi * step / 8
            middle_x = x + math.cos(angle) * (distance + width / 2)
            middle_y = y + math.sin(angle) * (distance + height / 2)
            box = (middle_x - width / 2, middle_y - height / 2, middle_x + width / 2, middle_y + height / 2)
            outside = box[0] < edge[0] or box[1] < edge[1] or box[2] > edge[2] or box[3] > edge[3]
            overlap = sum(_overlap(box, other) for other in taken) + (1e6 if outside else 0.0)
            # Beside the dot reads best, then above and below.
            worth = overlap * 100 + distance + 3 * abs(math.sin(angle)) + (0.5 if math.cos(angle) < 0 else 0.0)
            if best is None or worth < best[0]:
                best = (worth, middle_x, middle_y)
    if best is None:
        return []
    middle_x, middle_y = best[1], best[2]
    taken.append((middle_x - width / 2, middle_y - height / 2, middle_x + width / 2, middle_y + height / 2))
    parts = []
    near_x = min(max(x, middle_x - width / 2), middle_x + width / 2)
    near_y = min(max(y, middle_y - height / 2), middle_y + height / 2)
    if math.hypot(near_x - x, near_y - y) > 14:
        parts.append(f'<line class="leader" x1="{x:.1f}" y1="{y:.1f}" x2="{near_x:.1f}" y2="{near_y:.1f}"/>')
    # The halo is a text of its own, as not every renderer can paint a stroke below its own fill.
    placed = f'x="{middle_x:.1f}" y="{middle_y + _FONT / 3:.1f}" text-anchor="middle">{escape(name)}</text>'
    parts += [f'<text class="halo" {placed}', f"<text {placed}"]
    return parts


def _overlap(one: Box, other: Box) -> float:
    width = min(one[2], other[2]) - max(one[0], other[0])
    height = min(one[3], other[3]) - max(one[1], other[1])
    return width * height if width > 0 and height > 0 else 0.0


def _chart(plan: Json, depths: Mapping[str, int], top: float) -> tuple[list[str], float]:
    """Return the schedule, one row per copy, and where the paper ends."""
    copies: Sequence[Json] = plan["copies"]
    left, right = _MARGIN + _NAME_COLUMN, _WIDTH - _MARGIN - _NAME_COLUMN
    end = max(plan["makespan_s"], 1e-9)
    bottom = top + 16 + len(copies) * _ROW

    def at(seconds: float) -> float:
        return left + (right - left) * seconds / end

    parts = [f'<text class="sub" x="{_MARGIN:.0f}" y="{top:.0f}">Schedule</text>']
    for tick in ticks(end):
        parts.append(
            f'<line class="grid" x1="{at(tick):.1f}" y1="{top + 10:.0f}" x2="{at(tick):.1f}" y2="{bottom:.0f}"/>'
        )
        parts.append(
            f'<text class="small" x="{at(tick):.1f}" y="{top + 2:.0f}" text-anchor="middle">{duration_text(tick)}</text>'
        )
    if 0 < plan["lower_bound_s"] < end:
        x = at(plan["lower_bound_s"])
        parts.append(
            f'<line class="bound" x1="{x:.1f}" y1="{top + 10:.0f}" x2="{x:.1f}" y2="{bottom + 6:.0f}">'
            f"<title>no plan ends before {duration_text(plan['lower_bound_s'])}</title></line>"
        )
        parts.append(f'<text class="small" x="{x:.1f}" y="{bottom + 20:.0f}" text-anchor="end">lower bound</text>')
    for number, copy in enumerate(copies):
        y = top + 16 + number * _ROW
        x, width = at(copy["expected_start_s"]), at(copy["expected_end_s"]) - at(copy["expected_start_s"])
        classes = f"bar {_colour(depths[copy['id']])}" + "".join(
            f" {flag}" for flag in ("critical", "temporary") if copy[flag]
        )
        target = copy["target_region"] + (" (temporary)" if copy["temporary"] else "")
        parts.append(
            f'<text x="{left - 8:.1f}" y="{y + 13:.1f}" text-anchor="end">{escape(shortened(target))}</text>'
            f'<rect class="{classes}" x="{x:.1f}" y="{y + 3:.1f}" width="{max(width, 1):.1f}" height="{_ROW - 6:.0f}" rx="2">'
            f"<title>{copy['expected_start_s']:.0f} to {copy['expected_end_s']:.0f} s</title></rect>"
            f'<text class="small" x="{x + max(width, 1) + 6:.1f}" y="{y + 13:.1f}">'
            f"from {escape(shortened(copy['source_region']))}, {duration_text(copy['duration_s'])}</text>"
        )
    return parts, bottom + 34


def shortened(text: str) -> str:
    """Return a text that fits into the column of names."""
    most = int((_NAME_COLUMN - 8) / _CHARACTER)
    return text if len(text) <= most else text[: most - 1] + "…"


def ticks(end: float) -> list[float]:
    """Return about eight round moments from 0 to the end."""
    for step in (1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1200, 1800, 3600, 7200, 14400, 43200, 86400):
        if end / step <= 9:
            break
    else:
        step = math.ceil(end / 8 / 86400) * 86400
    if end < 3:
        return [0.0, end]
    return [float(number * step) for number in range(int(end / step + 1e-9) + 1)]
