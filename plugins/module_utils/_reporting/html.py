# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The report as one page that needs nothing else: no network, no font, no file beside it. Pure.

Whatever comes from outside (names, reasons) goes through `_e` on its way into the page; a policy in the page's head lets
the browser run and load nothing but what is in the page, by hash, should something ever get past that.
"""

from __future__ import annotations

import base64
import hashlib
import html
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from ansible_collections.bcdr.multicloud.plugins.module_utils._core.errors import InvalidRequest
from ansible_collections.bcdr.multicloud.plugins.module_utils._reporting import advice
from ansible_collections.bcdr.multicloud.plugins.module_utils._reporting.document import states_of
from ansible_collections.bcdr.multicloud.plugins.module_utils._reporting.script import SCRIPT
from ansible_collections.bcdr.multicloud.plugins.module_utils._reporting.style import STYLE, page_boxes
from ansible_collections.bcdr.multicloud.plugins.module_utils._reporting.texts import (
    for_people,
    number_of,
    of_target,
    parse_time,
    span,
)

Json = Mapping[str, Any]
# Cards beyond these, and actions of drift beyond those, are folded away: the page stays readable when much is wrong.
_MOST_CARDS = 12
_MOST_ACTIONS = 8
_MOST_EVENTS = 100
_MOST_DRILLS = 500
# The plot of ages ends at one and a half times the objective; what is beyond has its figure beside it.
_PLOT_ENDS = 1.5
_NEAR = 0.8
# How a drill ranks that leaves nothing to do.
_PASSED = 3
_WORDS = {"breached": "Breached", "failed": "Failed", "unknown": "Not known", "ok": "OK"}
_ICONS = {
    "breached": '<path d="M8.2 2.5h7.6l5.7 5.7v7.6l-5.7 5.7H8.2l-5.7-5.7V8.2z"/><path d="M12 7.5v5.5M12 16.6v.1"/>',
    "failed": '<circle cx="12" cy="12" r="9.5"/><path d="M8.6 8.6l6.8 6.8M15.4 8.6l-6.8 6.8"/>',
    "unknown": '<path d="M12 2l10 10-10 10L2 12z"/><path d="M9.6 9.7a2.5 2.5 0 1 1 3.6 2.2c-.8.4-1.2.9-1.2 1.7M12 16.4v.1"/>',
    "ok": '<path d="M4 12.5l5.5 5.5L20.5 6.5"/>',
    "running": '<path d="M4 12h15M13 6l6 6-6 6"/>',
    "stale": '<circle cx="12" cy="12" r="9.5"/><path d="M12 6.5V12l3.8 2.3"/>',
    "drift": '<path d="M7 3L3 7l4 4M3 7h14M17 13l4 4-4 4M21 17H7"/>',
}
_META = "dr-report"
_UP, _DOWN = "ascending", "descending"
_MOST_NAMED = 3
_NOTHING = "-"


def page(document: Json, plans: Mapping[str, Json] | None = None) -> str:
    """Return the page. `plans` are replication plans by the workload's name. Raises InvalidRequest for one that is none."""
    boxes = page_boxes(
        document["title"], f"{for_people(document['generated_at'])}, bcdr.multicloud {document['collection_version']}"
    )
    policy = (
        f"default-src 'none'; img-src data:; style-src {_hash(STYLE)} {_hash(boxes)}; script-src {_hash(SCRIPT)}; "
        "base-uri 'none'; form-action 'none'"
    )
    made = {"generated_at": document["generated_at"], "states": states_of(document)}
    sections = [
        _attention(document),
        _fleet(document),
        _running(document),
        _drills(document),
        _plans(plans or {}),
        _drift(document),
        _events(document),
    ]
    shown = [(key, title, content) for key, title, content in sections if content]
    return "".join(
        [
            '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n',
            f'<meta http-equiv="Content-Security-Policy" content="{_e(policy)}">\n',
            '<meta name="viewport" content="width=device-width, initial-scale=1">\n<meta name="color-scheme" content="light dark">\n',
            '<link rel="icon" href="data:,">\n<meta name="referrer" content="no-referrer">\n<meta name="robots" content="noindex">\n',
            f'<meta name="{_META}" content="{_e(json.dumps(made, ensure_ascii=False))}">\n',
            f"<title>{_e(document['title'])}</title>\n<style>{STYLE}</style>\n<style>{boxes}</style>\n</head>\n<body>\n",
            _sprite(),
            '<a class="skip" href="#main">Skip to the report</a>\n<div class="sheet">\n',
            _top(document),
            _contents(shown),
            '<main id="main">\n',
            *(
                f'<section id="{key}" aria-labelledby="{key}-title">\n<h2 id="{key}-title">{_e(title)}</h2>\n{content}</section>\n'
                for key, title, content in shown
            ),
            "</main>\n",
            _footer(document),
            f"</div>\n<script>{SCRIPT}</script>\n</body>\n</html>\n",
        ]
    )


def states_in(text: str) -> tuple[str, dict[str, str]] | None:
    """Return when a page was made and the states of its workloads; None for any other file."""
    opening = f'<meta name="{_META}" content="'
    start = text.find(opening)
    if start < 0:
        return None
    start += len(opening)
    try:
        made = json.loads(html.unescape(text[start : text.index('"', start)]))
        return str(made["generated_at"]), {str(name): str(state) for name, state in made["states"].items()}
    except (ValueError, KeyError, TypeError, AttributeError):
        return None


# -- the small parts


def _e(text: Any) -> str:
    return html.escape(str(text), quote=True)


def _hash(content: str) -> str:
    """Return the content as the page's policy names it."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()}'"


def _sprite() -> str:
    symbols = "".join(f'<symbol id="i-{name}" viewBox="0 0 24 24">{shape}</symbol>' for name, shape in _ICONS.items())
    # The pattern of what is not known.
    hatch = (
        '<pattern id="hatch" width="9" height="9" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">'
        '<path class="hatch" d="M0 0V9"/></pattern>'
    )
    return f'<svg class="hidden-sprite" aria-hidden="true">{symbols}<defs>{hatch}</defs></svg>\n'


def _icon(name: str) -> str:
    return f'<svg class="icon" aria-hidden="true"><use href="#i-{name}"/></svg>'


def _name(name: str) -> str:
    # A name in a script that runs the other way must not turn round what stands beside it.
    return f"<bdi>{_e(name)}</bdi>"


def _tag(state: str, word: str = "", icon: str = "") -> str:
    return f'<span class="tag {state}">{_icon(icon or state)}{_e(word or _WORDS[state])}</span>'


def _x(share: float) -> float:
    return round(min(max(share, 0.0), _PLOT_ENDS) / _PLOT_ENDS * 1000, 1)


def _plot(share: float | None, small: bool = False, others: Iterable[float] = (), missing: str = "unknown") -> str:
    """Return a bar against its objective, of which `share` is used; `others` are marked. None is drawn as `missing`."""
    height, top = (14, 2) if small else (24, 5)
    body = height - 2 * top
    goal = _x(1)
    parts = [
        f'<rect class="track" y="{top}" width="{goal}" height="{body}"/>',
        f'<rect class="beyond" x="{goal}" y="{top}" width="{1000 - goal:.1f}" height="{body}"/>',
    ]
    if share is None:
        shape = "hatched" if missing == "unknown" else "over"
        fill = ' fill="url(#hatch)"' if missing == "unknown" else ""
        width = 1000 if missing == "unknown" else 6
        parts.append(f'<rect class="{shape}"{fill} y="{top}" width="{width}" height="{body}"/>')
    else:
        kind = "used over" if share > 1 else "used near" if share >= _NEAR else "used"
        parts.append(f'<rect class="{kind}" y="{top}" width="{max(_x(share), 2)}" height="{body}"/>')
    parts += [
        f'<path class="tick" vector-effect="non-scaling-stroke" d="M{_x(other)} {top + 1}v{body - 2}"/>'
        for other in others
    ]
    parts.append(f'<path class="goal" vector-effect="non-scaling-stroke" d="M{goal} 0v{height}"/>')
    size = " small" if small else ""
    return f'<svg class="plot{size}" viewBox="0 0 1000 {height}" preserveAspectRatio="none" aria-hidden="true">{"".join(parts)}</svg>'


def _progress(percent: float | None) -> str:
    inner = (
        f'<rect class="arriving" y="2" width="{min(max(percent, 0.4), 100) * 10:.0f}" height="10"/>'
        if percent is not None
        else '<rect fill="url(#hatch)" y="2" width="1000" height="10"/>'
    )
    return (
        '<svg class="plot small" viewBox="0 0 1000 14" preserveAspectRatio="none" aria-hidden="true">'
        f'<rect class="track" y="2" width="1000" height="10"/>{inner}</svg>'
    )


def _percent(value: float | None) -> str:
    return "" if value is None else f"{value:.0f} %"


def _ago(time: str, now: str) -> tuple[str, float]:
    """Return how long ago something was in words, and in seconds."""
    seconds = (parse_time(now) - parse_time(time)).total_seconds()
    shown = span(abs(seconds), hours_until=2 * 86400)
    if abs(seconds) >= 2 * 86400:
        shown = shown.split(" ", 1)[0]
    return (f"{shown} ago" if seconds >= 0 else f"in {shown}"), seconds


def _cell(content: str, label: str, sort: Any = None, css: str = "") -> str:
    value = "" if sort is None else f' data-v="{_e(sort)}"'
    return f'<td role="cell"{_attributes(class_=css, data_label=label)}{value}>{content}</td>'


def _row_head(workload: Json, more: str = "", css: str = "whole") -> str:
    return (
        f'<th scope="row" role="rowheader" class="{css}" data-v="{_e(workload["name"])}">{_name(workload["name"])}'
        f"<small>{_e(workload['type'])}{more}</small></th>"
    )


class _Column(NamedTuple):
    """A column: its heading, its share of the width in percent, how the first click sorts ("": not), more below the heading."""

    title: str
    width: int
    order: str = _UP
    more: str = ""


def _attributes(**given: str) -> str:
    """Return the attributes that have a value."""
    return "".join(f' {key.replace("_", "-").strip("-")}="{_e(value)}"' for key, value in given.items() if value)


def _table(
    key: str, caption: str, columns: Sequence[_Column], rows: Iterable[str], css: str = "", sorted_by: int = -1
) -> str:
    """Return a table, whose rows are already sorted by one of its columns."""
    heads = "".join(
        "<th"
        + _attributes(
            scope="col",
            role="columnheader",
            class_=f"w{column.width}",
            data_sort=column.order,
            aria_sort=column.order if number == sorted_by else "",
        )
        + f'><span class="label">{_e(column.title)}</span>{column.more}</th>'
        for number, column in enumerate(columns)
    )
    return (
        f'<div class="table {css}"><table id="{key}" role="table"><caption>{caption}</caption>'
        f'<thead role="rowgroup"><tr role="row">{heads}</tr></thead>\n<tbody role="rowgroup">\n{"".join(rows)}</tbody></table></div>\n'
    )


# -- the top


def _top(document: Json) -> str:
    totals = document["totals"]
    worst = next((state for state in ("breached", "failed", "unknown") if totals[state]), "")
    worst = worst or ("failed" if totals["run_failures"] else "ok" if totals["workloads"] else "unknown")
    tiles = [
        ("breached", "breached", totals["breached"], "RPO breached"),
        ("failed", "failed", totals["failed"], "failed"),
        ("unknown", "unknown", totals["unknown"], "not known"),
        ("ok", "ok", totals["ok"], f"OK of {totals['workloads']}"),
        ("running", "running", totals["running"], "copies running"),
        ("failed", "stale", totals["drills_stale"], "drills stale"),
        ("neutral", "drift", totals["drift"], "drift"),
    ]
    flags = {"stale": "stale"}
    shown = "".join(
        f'<li><a class="tile {state}{"" if count else " none"}" href="#workloads" data-filter="{flags.get(icon, icon)}">'
        f"<b>{_icon(icon)}{count}</b><span>{_e(text)}</span></a></li>"
        for state, icon, count, text in tiles
    )
    return (
        f'<header>\n<div class="top"><h1>{_name(document["title"])}</h1><p>{number_of(totals["workloads"], "workload")}, '
        f'{_e(for_people(document["generated_at"]))}<span class="only-screen">, bcdr.multicloud {_e(document["collection_version"])}</span></p></div>\n'
        f'<div class="verdict {worst}">{_icon(worst)}<div>{_verdict(document)}</div></div>\n'
        f'<ul class="tiles" aria-label="The fleet in figures; each shows its workloads">{shown}</ul>\n{_strip(document)}</header>\n'
    )


def _verdict(document: Json) -> str:
    """Return the state of the fleet in a few words, the worst in a line of its own, with the names of whom it is about."""
    workloads, totals = document["workloads"], document["totals"]
    parts = []
    breached = [workload for workload in workloads if workload["breached"]]
    if breached:
        parts.append(_named("RPO breached", breached, _verdict_figure))
    failed = [workload for workload in workloads if workload["failed"]]
    if failed:
        parts.append(_named("Failed", failed))
    unknown = [workload for workload in workloads if not workload["known"]]
    if unknown:
        parts.append(_named("Not known", unknown))
    if totals["run_failures"]:
        parts.append(f"{number_of(totals['run_failures'], 'failure')} of the run itself")
    if not workloads:
        return f"<p>{'. '.join(parts) or 'There are no workloads'}.</p>"
    if not parts:
        fine = f"All {len(workloads)} workloads are" if len(workloads) > 1 else "The workload is"
        return f"<p>{fine} within the RPO.</p>"
    rest = [*parts[1:], f"{totals['ok']} of {len(workloads)} are OK"]
    return f'<p>{parts[0]}</p><p class="second">{". ".join(rest)}.</p>'


def _named(word: str, workloads: Sequence[Json], more: Callable[[Json], str] | None = None) -> str:
    """Return a word and whom it is about, by name or, where they are many, by number and the first names."""
    names = [
        _name(workload["name"] if len(workload["name"]) <= 60 else workload["name"][:59] + "…")
        + (f" ({_e(more(workload))})" if more else "")
        for workload in workloads[:_MOST_NAMED]
    ]
    left = len(workloads) - len(names)
    return f"{word}: {', '.join(names)}{f' and {left} more' if left > 0 else ''}"


def _verdict_figure(workload: Json) -> str:
    age = workload["rpo_worst_seconds"]
    return "nothing to restore from" if age is None else of_target(age, workload["rpo_target_seconds"])


def _strip(document: Json) -> str:
    """Return all workloads as one bar by their state."""
    workloads = document["workloads"]
    if not workloads:
        return ""
    parts, left = [], 0.0
    for state in _WORDS:
        width = 1000 * sum(workload["state"] == state for workload in workloads) / len(workloads)
        if width:
            parts.append(f'<rect class="fill-{state}" x="{left:.1f}" width="{width:.1f}" height="8"/>')
        left += width
    return f'<svg class="strip" viewBox="0 0 1000 8" preserveAspectRatio="none" aria-hidden="true">{"".join(parts)}</svg>\n'


def _contents(shown: Sequence[tuple[str, str, str]]) -> str:
    links = "".join(f'<li><a href="#{key}">{_e(title)}</a></li>' for key, title, _content in shown)
    return f'<nav aria-label="Contents"><ul>{links}</ul></nav>\n'


# -- what needs attention


def _attention(document: Json) -> tuple[str, str, str]:
    cards = [_card(workload) for workload in document["workloads"] if workload["state"] != "ok"]
    cards = [
        *(_run_card(failure) for failure in document["failures"]),
        *cards,
    ]
    if not cards:
        return "attention", "", ""
    first = f'<ol class="cards">{"".join(cards[:_MOST_CARDS])}</ol>\n'
    rest = cards[_MOST_CARDS:]
    if rest:
        first += f'<details class="more"><summary>{len(rest)} more</summary><ol class="cards">{"".join(rest)}</ol></details>\n'
    return "attention", "What needs attention, and what to do", first


def _card(workload: Json) -> str:
    figure, reason = _card_words(workload)
    verb = "status" if workload["state"] == "unknown" else "protect"
    return (
        f'<li class="card {workload["state"]}"><h3>{_name(workload["name"])} <span class="kind">{_e(workload["type"])}</span></h3>'
        f'<p class="figure">{_icon(workload["state"])} {figure}</p>'
        + "".join(f'<p class="reason">{_e(text)}</p>' for text in reason)
        + f"<p><b>What to do:</b> {_e(workload['advice'])}</p><code>{_e(advice.command(verb, workload['name']))}</code></li>\n"
    )


def _card_words(workload: Json) -> tuple[str, list[str]]:
    """Return the figure of a card as markup, and the lines below it."""
    parts = workload["headline"].split("; ") if workload["state"] == "breached" else []
    wanted = workload["rpo_target_seconds"]
    if workload["state"] == "breached":
        age, place = workload["rpo_worst_seconds"], workload["rpo_location"]
        figure = (
            f"Nothing to restore from <small>at {_e(place)}; RPO {span(wanted)}</small>"
            if age is None
            else f"{_e(of_target(age, wanted))} <small>RPO breached at {_e(place)}</small>"
        )
        rest = workload["headline"].partition("; ")[2]
        others = [rest[:1].upper() + rest[1:]] if len(parts) > 1 else []
        if workload["running"]:
            others.append(
                f"A copy is on its way: {_percent(workload['progress_percent']) or 'how far is not told'}. {workload['reason']}".strip()
            )
        return figure, others
    age = workload["rpo_worst_seconds"]
    standing = "" if age is None else f"RPO {of_target(age, wanted)} at {workload['rpo_location']}"
    if workload["state"] == "unknown":
        return f"Not known <small>{_e(standing)}</small>", [workload["headline"]]
    what = "Copy" if workload["status"] in ("failed", "blocked") else "Recovery point"
    how = (
        "blocked"
        if "blocked" in (workload["status"], what == "Recovery point" and workload["source_status"])
        else "failed"
    )
    # The figure says already that it failed.
    rest = workload["headline"].partition(": ")[2]
    return f"{what} {how} <small>{_e(standing)}</small>", [rest[:1].upper() + rest[1:]]


def _run_card(failure: Json) -> str:
    return (
        f'<li class="card failed"><h3>The run itself</h3><p class="figure">{_icon("failed")} Not everything could be done</p>'
        f'<p class="reason">{_e(failure["message"])}</p><p><b>What to do:</b> {_e(failure["advice"])}</p></li>\n'
    )


# -- the fleet


def _fleet(document: Json) -> tuple[str, str, str]:
    workloads = document["workloads"]
    if not workloads:
        return "workloads", "", ""
    types = sorted({workload["type"] for workload in workloads})
    axis = (
        '<span class="axis" aria-hidden="true"><span>0</span><span>50 %</span>'
        '<span class="last-column"><b>target</b><span class="end">150 %</span></span></span>'
    )
    columns = [
        _Column("Workload", 16),
        _Column("State", 13),
        _Column("Age against target", 25, _DOWN, axis),
        _Column("Age of target", 14, _DOWN),
        _Column("Breach", 10),
        _Column("Copies", 10),
        _Column("Last drill", 12, _DOWN),
    ]
    options = "".join(f"<option>{_e(kind)}</option>" for kind in types)
    sorts = "".join(
        f'<option value="{number} {column.order}"{" selected" if number == 1 else ""}>{_e(column.title)}</option>'
        for number, column in enumerate(columns)
    )
    states = [
        ("breached", "RPO breached"), ("failed", "failed"), ("unknown", "not known"), ("ok", "OK"), ("running", "copies running"),
        ("stale", "drill stale"), ("drift", "with drift"),
    ]  # fmt: skip
    flags = "".join(f'<option value="{key}">{_e(text)}</option>' for key, text in states)
    tools = (
        '<form class="bar-of-tools" id="tools" role="search" hidden>'
        + _field(
            "filter-text",
            "Find",
            '<input type="search"{} autocomplete="off" placeholder="name, region, reason">',
            "wide",
        )
        + _field("filter-type", "Type", f'<select{{}}><option value="">all types</option>{options}</select>')
        + _field("filter-state", "State", f'<select{{}}><option value="">all states</option>{flags}</select>')
        + _field("sort-by", "Sort by", f'<select{{}} data-sorts="fleet">{sorts}</select>', "sort-by")
        + '<output id="count" aria-live="polite"></output></form>\n'
    )
    caption = (
        "The bar is the age of the newest usable recovery point at the worst target, as a share of the objective; a small mark "
        "is another target. Worst first."
    )
    rows = (_fleet_row(number, workload, document) for number, workload in enumerate(workloads))
    return "workloads", "RPO of every workload", tools + _table("fleet", caption, columns, rows, sorted_by=1)


def _field(key: str, label: str, control: str, css: str = "") -> str:
    """Return a control with its label; `{}` in it is where its id goes."""
    named = control.replace("{}", f' id="{key}"', 1)
    return f'<div class="field {css}"><label for="{key}">{label}</label>{named}</div>'


def _fleet_row(number: int, workload: Json, document: Json) -> str:
    age, wanted = workload["rpo_worst_seconds"], workload["rpo_target_seconds"]
    share = None if age is None else age / wanted
    state = workload["state"]
    others = [
        target["rpo_seconds"] / wanted
        for target in workload["targets"]
        if target["known"] and target["rpo_seconds"] is not None and target["rpo_seconds"] != age
    ]
    place = workload["rpo_location"]
    known = any(target["known"] for target in workload["targets"])
    blind = [target["location"] for target in workload["targets"] if not target["known"]]
    if age is not None:
        figure = (
            f'<span class="num{" loud breached" if workload["breached"] else ""}">{_e(of_target(age, wanted))}</span>'
        )
    else:
        word = "nothing yet" if known else "not known"
        figure = f'<span class="num loud {"breached" if known else "unknown"}">{word}</span>, of {span(wanted)}'
    where = f"at {place}" if place and known else ""
    where += (", " if where and blind else "") + (f"not known at {', '.join(blind)}" if blind else "")
    # How they sort: what is not there is older than anything, what is not known comes last.
    order = ("1e99" if known else "") if share is None else f"{share:.6f}"
    severity = list(_WORDS).index(state)
    left = None if age is None or (blind and not workload["breached"]) else wanted - age
    flags = [
        flag
        for flag, is_so in (
            ("breached", workload["breached"]),
            ("failed", workload["failed"]),
            ("unknown", not workload["known"]),
            ("ok", state == "ok"),
            ("running", workload["running"]),
            ("stale", workload["drill_stale"]),
            ("drift", bool(workload["drift"])),
        )
        if is_so
    ]
    words = [workload["name"], workload["type"], workload["headline"], workload["reason"], *flags]
    words += [part for target in workload["targets"] for part in (target["location"], target["name"])]
    return (
        f'<tr role="row" id="w{number}" data-type="{_e(workload["type"])}" data-flags="{" ".join(flags)}" '
        f'data-text="{_e(" ".join(words).lower())}">'
        + _row_head(workload, css="")
        + _cell(_tag(state), "State", severity, "bare")
        + _cell(
            _plot(share, others=others, missing="nothing" if known else "unknown"),
            "Age against target",
            order,
            "plotted",
        )
        + _cell(f"{figure}<small>{_e(where)}</small>", "Age of target", "" if age is None else age)
        + _cell(_breach(workload), "Breach", "" if left is None else left)
        + _cell(*_copies(workload))
        + _cell(*_last_drill(workload, document["generated_at"]))
        + "</tr>\n"
    )


def _breach(workload: Json) -> str:
    if workload["breached"]:
        late = (workload["rpo_worst_seconds"] or 0) - workload["rpo_target_seconds"]
        return f'<span class="loud breached">{f"{span(late)} ago" if late > 0 else "now"}</span>'
    left = workload["breaches_in_seconds"]
    if left is None:
        return '<span class="soft">not known</span>'
    near = " loud failed" if left < (1 - _NEAR) * workload["rpo_target_seconds"] else ""
    return f'<span class="num{near}">in {span(left)}</span>'


def _copies(workload: Json) -> tuple[str, str, str]:
    status, percent = workload["status"], workload["progress_percent"]
    if status in ("failed", "blocked"):
        return f'<span class="loud failed">{_icon("failed")} {_e(status)}</span>', "Copies", "0"
    if workload["running"]:
        how_far = f"<small>{_percent(percent)} there</small>" if percent is not None else ""
        shown = f'<span class="num loud running">{_icon("running")} {_e(status)}</span>{how_far}'
        return shown, "Copies", f"1 {percent or 0:06.2f}"
    if workload["copies_due"]:
        return "due", "Copies", "2"
    return f'<span class="soft">{"arrived" if status == "succeeded" else _e(status)}</span>', "Copies", "3"


def _last_drill(workload: Json, now: str) -> tuple[str, str, Any]:
    last = workload["last_drill"]
    if not last:
        if workload["drill_stale"]:
            return f'<span class="loud failed">{_icon("stale")} never</span>', "Last drill", ""
        return '<span class="soft">none asked for</span>', "Last drill", ""
    ago, seconds = _ago(last["time"], now)
    if last["status"] != "succeeded":
        text = f'<span class="loud failed">{_icon("failed")} {_e(last["status"])}</span><small>{ago}</small>'
    else:
        mark = (
            f'<span class="num loud failed">{_icon("stale")} {ago}</span>'
            if workload["drill_stale"]
            else f'<span class="num">{ago}</span>'
        )
        text = f"{mark}<small>{_rto(workload)}</small>"
    return text, "Last drill", round(seconds)


def _rto(workload: Json) -> str:
    """Return how long the last drill took against its objective, as markup."""
    taken, wanted = workload["last_drill"]["recovery_seconds"], workload["rto_target_seconds"]
    if taken is None:
        return "time not measured"
    if wanted is None:
        return f"RTO {span(taken)}"
    if workload["rto_met"] is False:
        return f'<span class="loud failed">RTO {_e(of_target(taken, wanted))}</span>'
    return f"RTO {span(taken if taken < 60 else taken - taken % 60)} of {span(wanted)}"


# -- what runs, drills, plans, drift, events


def _running(document: Json) -> tuple[str, str, str]:
    running = [workload for workload in document["workloads"] if workload["running"]]
    if not running:
        return "running", "", ""
    running.sort(key=lambda workload: (workload["progress_percent"] is None, -(workload["progress_percent"] or 0)))
    columns = [
        _Column("Workload", 16),
        _Column("Arrived", 24, _DOWN),
        _Column("Percent", 10, _DOWN),
        _Column("What goes on", 50, ""),
    ]
    rows = (
        '<tr role="row" class="paired">'
        + _row_head(workload)
        + _cell(_progress(workload["progress_percent"]), "Arrived", workload["progress_percent"] or "", "plotted")
        + _cell(
            _e(_percent(workload["progress_percent"]) or "not told"),
            "Percent",
            "" if workload["progress_percent"] is None else workload["progress_percent"],
        )
        + _cell(f"{_e(workload['status'])}: {_e(workload['reason'] or 'copying')}", "What goes on", None, "whole")
        + "</tr>\n"
        for workload in running
    )
    return "running", "What runs", _table("moving", "Copies on their way, the furthest first.", columns, rows, "plain")


def _drills(document: Json) -> tuple[str, str, str]:
    wanted = [
        workload for workload in document["workloads"] if workload["last_drill"] or workload["drill_every_seconds"]
    ]
    if not wanted and not document["drills"]:
        return "drills", "", ""
    now = document["generated_at"]

    def rank(workload: Json) -> tuple[int, float]:
        last = workload["last_drill"]
        failed = bool(last) and last["status"] != "succeeded"
        level = 0 if failed else 1 if workload["drill_stale"] else 2 if workload["rto_met"] is False else 3
        return level, -_ago(last["time"], now)[1] if last else float("-inf")

    axis = '<span class="axis" aria-hidden="true"><span>0</span><span></span><span class="last-column"><b>target</b></span></span>'
    columns = [
        _Column("Workload", 16), _Column("Result", 12), _Column("Last drill", 18, _DOWN), _Column("RTO against target", 24, _DOWN, axis),
        _Column("RTO of target", 16, _DOWN), _Column("Age of its point", 14, _DOWN),
    ]  # fmt: skip
    with_advice = [
        _Column("Workload", 15), _Column("Result", 12), _Column("Last drill", 16, _DOWN), _Column("RTO against target", 13, _DOWN, axis),
        _Column("RTO of target", 12, _DOWN), _Column("Age of its point", 8, _DOWN), _Column("What to do", 24, ""),
    ]  # fmt: skip
    ranked = [(rank(workload)[0], workload) for workload in sorted(wanted, key=rank)]
    troubled = [_drill_row(workload, level, now) for level, workload in ranked if level < _PASSED]
    passed = [_drill_row(workload, level, now) for level, workload in ranked if level == _PASSED]
    content = ""
    if troubled:
        content += _table(
            "drills-due", "What needs a drill, or failed one, comes first.", with_advice, troubled, "plain", 1
        )
    if passed:
        table = _table("drills-passed", "The last drill of each, the oldest first.", columns, passed, "plain", 2)
        content += f'<details class="more" open data-wide><summary>{len(passed)} passed</summary>{table}</details>\n'
    if document["drills"]:
        records = document["drills"][:_MOST_DRILLS]
        left_out = len(document["drills"]) - len(records)
        note = f" The newest {len(records)}; {left_out} older ones are in the JSON document." if left_out else ""
        content += (
            f'<details class="more"><summary>All drills on record ({len(document["drills"])})</summary>'
            + _table(
                "drill-records",
                f"Newest first.{note}",
                [_Column("Time", 18, _DOWN), _Column("Workload", 16), _Column("Result", 16), _Column("RTO", 8, _DOWN),
                 _Column("Age of its point", 10, _DOWN), _Column("Where", 14), _Column("Recovery point", 18)],
                (_record_row(record) for record in records),
                "plain",
            )
            + "</details>\n"
        )  # fmt: skip
    return "drills", "Drills", content


def _drill_row(workload: Json, level: int, now: str) -> str:
    last, wanted = workload["last_drill"], workload["rto_target_seconds"]
    every = workload["drill_every_seconds"]
    word, css, icon = [
        (last["status"] if last else "", "failed", "failed"),
        ("stale" if last else "never", "failed", "stale"),
        ("too slow", "failed", "stale"),
        ("passed", "ok", "ok"),
    ][level]
    taken = last["recovery_seconds"] if last and last["status"] == "succeeded" else None
    share = taken / wanted if taken is not None and wanted else None
    ago, seconds = _ago(last["time"], now) if last else ("never", 0)
    when = f"{ago}<small>{', '.join(filter(None, (_day(last), f'every {span(every)}' if every else '')))}</small>"
    figure = "" if taken is None else _e(of_target(taken, wanted)) if wanted else f"{span(taken)}, no target"
    age = last["rpo_seconds"] if last else None
    reason = last["reason"] if last and last["reason"] and level == 0 else ""
    todo = f"<small>{_e(reason)}</small>{_e(workload['drill_advice'])}"
    return (
        '<tr role="row" class="paired">'
        + _row_head(workload)
        + _cell(_tag(css, word, icon), "Result", level)
        + _cell(when, "Last drill", round(seconds) if last else "")
        + _cell(
            _plot(share, small=True) if share is not None else "",
            "RTO against target",
            "" if share is None else f"{share:.6f}",
            "plotted",
        )
        + _cell(
            f'<span class="num{" loud failed" if workload["rto_met"] is False else ""}">{figure or _NOTHING}</span>',
            "RTO of target",
            "" if taken is None else taken,
        )
        + _cell(span(age) if age is not None else _NOTHING, "Age of its point", "" if age is None else age)
        + (_cell(todo, "What to do", None, "whole") if level < _PASSED else "")
        + "</tr>\n"
    )


def _day(record: Json | None) -> str:
    """Return the day of a drill."""
    return _e(" ".join(for_people(record["time"]).split(" ")[:3])) if record else ""


def _record_row(record: Json) -> str:
    good = record["status"] == "succeeded"
    taken, age = record["recovery_seconds"], record["rpo_seconds"]
    reason = f"<small>{_e(record['reason'])}</small>" if record["reason"] else ""
    return (
        '<tr role="row" class="paired">'
        + _cell(_e(for_people(record["time"])), "Time", record["time"])
        + f'<th scope="row" role="rowheader" data-v="{_e(record["workload"])}">{_name(record["workload"])}</th>'
        + _cell(
            _tag("ok" if good else "failed", "passed" if good else record["status"]) + reason,
            "Result",
            record["status"],
        )
        + _cell(_NOTHING if taken is None else span(taken), "RTO", "" if taken is None else taken)
        + _cell(_NOTHING if age is None else span(age), "Age of its point", "" if age is None else age)
        + _cell(_e(record["location"]), "Where")
        + _cell(_e(record["recovery_point"]), "Recovery point")
        + "</tr>\n"
    )


def _plans(plans: Mapping[str, Json]) -> tuple[str, str, str]:
    if not plans:
        return "plans", "", ""
    return "plans", "Replication plans", "".join(_plan(name, plan) for name, plan in sorted(plans.items()))


def _plan(name: str, plan: Json) -> str:
    # Only who draws pays for the map of the world.
    from ansible_collections.bcdr.multicloud.plugins.module_utils._planning.drawing import duration_text, svg

    try:
        drawn = svg(plan)
        length = duration_text(plan["makespan_s"])
        copies = [
            f"{copy['source_region']} to {copy['target_region']}, from {duration_text(copy['expected_start_s'])} "
            f"to {duration_text(copy['expected_end_s'])}"
            for copy in plan["copies"]
        ]
    except (KeyError, TypeError, ValueError, AttributeError, IndexError) as error:
        raise InvalidRequest(
            f"the plan of {name} cannot be drawn ({type(error).__name__}: {error}); it has to be what the lookup "
            "replication_plan returns"
        ) from error
    # As an image its style sheet and the page's leave each other alone.
    source = base64.b64encode(drawn.encode()).decode()
    listed = "".join(f"<li>{_e(copy)}</li>" for copy in copies)
    return (
        f'<figure><figcaption><h3>{_name(name)}</h3><span class="soft">{number_of(len(copies), "copy", "copies")} in {length}</span></figcaption>'
        f'<div class="wide-drawing" tabindex="0" role="group" aria-label="{_e(f"Map and schedule of {name}; scrolls sideways")}">'
        f'<img src="data:image/svg+xml;base64,{source}" alt="{_e(f"Map and schedule of the copies of {name}; the list below says the same")}"></div>'
        f'<details class="more"><summary>The copies as a list</summary><ol>{listed}</ol></details></figure>\n'
    )


def _drift(document: Json) -> tuple[str, str, str]:
    drifted = [workload for workload in document["workloads"] if workload["drift"]]
    if not drifted:
        return "drift", "", ""
    rows = (
        '<tr role="row">'
        + _row_head(workload)
        + _cell(_actions(workload["drift"]), "What protect would do", len(workload["drift"]), "whole bare")
        + "</tr>\n"
        for workload in sorted(drifted, key=lambda workload: str(workload["name"]))
    )
    caption = "Where the clouds are not as the file of workloads says."
    return (
        "drift",
        "Drift: what protect would do",
        _table(
            "drifted", caption, [_Column("Workload", 16), _Column("What protect would do", 84, _DOWN)], rows, "plain"
        ),
    )


def _actions(actions: Sequence[str]) -> str:
    shown = "".join(f"<li>{_e(action)}</li>" for action in actions[:_MOST_ACTIONS])
    more = len(actions) - _MOST_ACTIONS
    return f"<ul>{shown}{f'<li>and {more} more</li>' if more > 0 else ''}</ul>"


def _events(document: Json) -> tuple[str, str, str]:
    events = document["events"][:_MOST_EVENTS]
    if not events:
        return "events", "", ""
    rows = (
        '<tr role="row" class="paired">'
        + _cell(_e(for_people(event["time"])) if event["time"] else _NOTHING, "Time", event["time"] or "")
        + f'<th scope="row" role="rowheader" data-v="{_e(event["workload"])}">{_name(event["workload"])}</th>'
        + _cell(_e(event["event"].replace("_", " ")), "Event")
        + _cell(_e(event["summary"]), "Summary", None, "whole")
        + "</tr>\n"
        for event in events
    )
    columns = [_Column("Time", 18, _DOWN), _Column("Workload", 16), _Column("Event", 16), _Column("Summary", 50, "")]
    return "events", "Events", _table("happened", "What was told, newest first.", columns, rows, "plain")


def _footer(document: Json) -> str:
    return (
        "<footer><p><b>How to read it.</b> The RPO (recovery point objective) says how old the newest usable recovery point at each "
        "target may be; it is breached when one is older, or when there is none. The RTO (recovery time objective) says how long "
        "restoring may take; drills measure it. <b>Not known</b> means that the source or a target could not be looked into: that "
        "is no proof that all is well. Drift is what <code>protect</code> would do.</p>"
        f"<p>Made {_e(for_people(document['generated_at']))} by bcdr.multicloud {_e(document['collection_version'])}, report version "
        f"{document['report_version']}. All ages are as of then. This page loads nothing and sends nothing.</p></footer>\n"
    )
