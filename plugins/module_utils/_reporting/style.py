# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How the page looks: its style sheet. It is the same for every report, so that its hash in the page's policy is too.

Colours come in pairs for light and dark; every text has a contrast of 4.5 to 1 at least (a test computes it), and no state
is told by its colour alone: each has an icon of its own shape and a word.
"""

from __future__ import annotations

COLOURS: dict[str, tuple[str, str]] = {
    # name: light, dark
    "page": ("#f4f6f8", "#0e141a"),
    "paper": ("#ffffff", "#161e26"),
    "raised": ("#f1f4f6", "#1f2933"),
    "ink": ("#1a242e", "#e8edf1"),
    "soft": ("#4d5b67", "#a9b6c1"),
    "line": ("#d5dce2", "#33404c"),
    "link": ("#0b57b0", "#7db4ff"),
    "breached": ("#b3132b", "#ff8796"),
    "breached-paper": ("#fdeef0", "#3a1820"),
    "failed": ("#974800", "#ffab66"),
    "failed-paper": ("#fef2e6", "#38240f"),
    "unknown": ("#6a3fa0", "#cba6ff"),
    "unknown-paper": ("#f5effc", "#2a2040"),
    "ok": ("#156c43", "#5dd39b"),
    "ok-paper": ("#eaf6ef", "#10301f"),
    "running": ("#0b57b0", "#7db4ff"),
    "running-paper": ("#eaf2fd", "#12283f"),
    # Grounds of white text.
    "strong-breached": ("#b3132b", "#a81d35"),
    "strong-failed": ("#974800", "#8f4a10"),
    "strong-unknown": ("#6a3fa0", "#6d48a5"),
    "strong-ok": ("#156c43", "#176b45"),
    "bar": ("#5b8fc9", "#4f83bd"),
    "near": ("#c98a1b", "#d9a441"),
}
# Which text stands on which ground.
ON: tuple[tuple[str, str], ...] = (
    ("ink", "page"), ("ink", "paper"), ("ink", "raised"), ("soft", "page"), ("soft", "paper"), ("soft", "raised"),
    ("link", "paper"), ("link", "page"),
    *((state, ground) for state in ("breached", "failed", "unknown", "ok", "running") for ground in ("paper", "page", "raised", f"{state}-paper")),
    *(("ink", f"{state}-paper") for state in ("breached", "failed", "unknown", "ok", "running")),
    *(("soft", f"{state}-paper") for state in ("breached", "failed", "unknown", "ok", "running")),
)  # fmt: skip


def _variables(column: int) -> str:
    return " ".join(f"--{name}: {pair[column]};" for name, pair in COLOURS.items())


_RULES = """
[hidden] { display: none !important }
*, *::before, *::after { box-sizing: border-box }
html { color-scheme: light dark; -webkit-text-size-adjust: 100%; text-size-adjust: 100%; scroll-behavior: smooth }
body { margin: 0; background: var(--page); color: var(--ink);
  font: 15px/1.45 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif;
  font-variant-numeric: tabular-nums; overflow-wrap: anywhere; print-color-adjust: exact; -webkit-print-color-adjust: exact }
.sheet { max-width: 1240px; margin: 0 auto; padding: 20px 24px 48px }
a { color: var(--link) }
h1, h2, h3, p, ul, ol, figure, table { margin: 0; padding: 0 }
ul, ol { list-style: none }
h1 { font-size: 25px; line-height: 1.2; font-weight: 650; letter-spacing: -.01em }
h2 { font-size: 18px; line-height: 1.3; font-weight: 650 }
h3 { font-size: 15px; font-weight: 650 }
section { margin-top: 32px }
section > h2 + .note { margin-top: 2px }
.note, .soft { color: var(--soft) }
.note { font-size: 13.5px; max-width: 90ch }
small { font-size: 12.5px; color: var(--soft) }
code { font: 12.5px/1.5 ui-monospace, SFMono-Regular, "Cascadia Mono", Menlo, Consolas, monospace }
.icon { width: 1.1em; height: 1.1em; flex: none; vertical-align: -.17em; fill: none; stroke: currentColor; stroke-width: 2; stroke-linecap: round;
  stroke-linejoin: round }
.hidden-sprite { position: absolute; width: 0; height: 0; overflow: hidden }
.skip { position: absolute; left: -999em; background: var(--paper); padding: 8px 14px; z-index: 9 }
.skip:focus { left: 12px; top: 12px }
.out { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap }
:focus-visible { outline: 3px solid var(--link); outline-offset: 2px; border-radius: 4px }
.breached { --strong: var(--strong-breached); --state: var(--breached); --ground: var(--breached-paper) }
.failed { --strong: var(--strong-failed); --state: var(--failed); --ground: var(--failed-paper) }
.unknown { --strong: var(--strong-unknown); --state: var(--unknown); --ground: var(--unknown-paper) }
.ok { --strong: var(--strong-ok); --state: var(--ok); --ground: var(--ok-paper) }
.running { --state: var(--running); --ground: var(--running-paper) }
.neutral { --state: var(--soft); --ground: var(--raised) }

/* the top */
.top { display: flex; flex-wrap: wrap; gap: 2px 24px; align-items: baseline; justify-content: space-between }
.top h1 { flex: 1 1 20ch; min-width: 0 }
.top p { color: var(--soft); font-size: 13.5px }
.verdict { margin-top: 14px; display: flex; gap: 14px; align-items: center; padding: 14px 18px; border-radius: 10px; background: var(--strong);
  color: #fff }
.verdict .icon { width: 30px; height: 30px }
.verdict p { font-size: 22px; line-height: 1.25; font-weight: 650 } .verdict .second { font-size: 15.5px; line-height: 1.4; margin-top: 3px;
  font-weight: 500 }
.tiles { margin-top: 12px; display: grid; grid-template-columns: repeat(auto-fit, minmax(128px, 1fr)); gap: 10px }
.tile { display: block; height: 100%; padding: 10px 14px 9px; background: var(--paper); border: 1px solid var(--line);
  border-top: 4px solid var(--state); border-radius: 8px; color: var(--ink); text-decoration: none }
a.tile:hover { border-color: var(--state) }
.tile b { display: flex; gap: 8px; align-items: center; font-size: 27px; line-height: 1.15; font-weight: 650; color: var(--state) }
.tile b .icon { width: 21px; height: 21px }
.tile.none { border-top-color: var(--line) }
.tile.none b { color: var(--soft); font-weight: 500 }
.tile span { font-size: 13px; color: var(--soft) }
.strip { display: block; width: 100%; height: 8px; margin-top: 12px; border-radius: 4px; overflow: hidden }
.fill-breached { fill: var(--breached) } .fill-failed { fill: var(--failed) } .fill-unknown { fill: var(--unknown) } .fill-ok { fill: var(--ok) }

/* what needs attention */
.cards { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 280px), 1fr)); gap: 12px; margin-top: 10px }
.card { background: var(--paper); border: 1px solid var(--line); border-left: 6px solid var(--state); border-radius: 8px; padding: 12px 16px 13px;
  break-inside: avoid; min-width: 0 }
.card:only-child { max-width: 760px }
.card h3 { display: flex; flex-wrap: wrap; gap: 0 10px; align-items: baseline; font-size: 17px }
.card .figure { margin-top: 3px; color: var(--state); font-size: 19px; line-height: 1.3; font-weight: 650 }
.card .figure small { font-size: 14px; color: var(--ink); font-weight: 400 }
.card p { margin-top: 5px }
.card .reason { color: var(--soft); font-size: 14px }
.card code { display: block; margin-top: 7px; padding: 6px 9px; background: var(--raised); border-radius: 5px }
.kind { font-weight: 400; font-size: 12.5px; color: var(--soft); white-space: nowrap }
.more { margin-top: 12px }
summary { cursor: pointer; color: var(--link); padding: 3px 0 }

/* tables */
.bar-of-tools { display: flex; flex-wrap: wrap; gap: 8px 12px; align-items: end; margin-top: 10px }
.field { display: grid; gap: 2px } .field label { font-size: 12.5px; color: var(--soft) }
input, select { font: inherit; color: var(--ink); background: var(--paper); border: 1px solid var(--soft); border-radius: 6px; padding: 5px 9px;
  min-height: 36px; min-width: 0; max-width: 100% }
.bar-of-tools .wide { flex: 1 1 220px } .bar-of-tools .wide input { width: 100% }
.bar-of-tools output { font-size: 13.5px; color: var(--soft); padding-bottom: 8px }
.sort-by { display: none }
.table { margin-top: 10px; background: var(--paper); border: 1px solid var(--line); border-radius: 8px; overflow: clip }
table { width: 100%; border-collapse: collapse; text-align: left; table-layout: fixed }
caption { text-align: left; padding: 9px 14px; font-size: 13px; color: var(--soft); border-bottom: 1px solid var(--line) }
th, td { padding: 6px 10px; vertical-align: middle; border-bottom: 1px solid var(--line) }
th:first-child, td:first-child { padding-left: 14px }
tbody tr:last-child > * { border-bottom: 0 }
thead th { font-size: 12.5px; font-weight: 600; color: var(--soft); background: var(--raised); vertical-align: bottom }
tbody th { font-weight: 600 }
tbody th small, td small { display: block; font-weight: 400; line-height: 1.3 }
thead button { all: unset; cursor: pointer; display: inline-flex; gap: 4px; align-items: baseline }
thead button:focus-visible { outline: 3px solid var(--link); outline-offset: 2px; border-radius: 4px }
thead button::after { content: "\\2195"; opacity: .55; font-size: 11px }
.on-paper { display: none }
[aria-sort="ascending"] button::after { content: "\\25B2"; opacity: 1 }
[aria-sort="descending"] button::after { content: "\\25BC"; opacity: 1 }
.tag { display: inline-flex; gap: 6px; align-items: center; padding: 2px 9px 2px 7px; border-radius: 99px; background: var(--ground);
  color: var(--state); font-size: 13px; font-weight: 600; white-space: nowrap }
.loud { color: var(--state); font-weight: 650 }
/* widths */
.axis { display: grid; grid-template-columns: 1fr 1fr 1fr; margin-top: 2px; font-weight: 400; font-size: 11.5px }
.axis b { font-weight: 650; color: var(--ink) }
.axis span, .axis b { white-space: nowrap; overflow-wrap: normal }
.axis .shift { transform: translateX(-50%) }
.axis .shift, .axis .last { justify-self: start }
.axis .last-column { display: flex; justify-content: space-between }
.plot { display: block; width: 100%; height: 24px; overflow: visible }
.plot.small { height: 14px }
.track { fill: var(--raised) } .beyond { fill: var(--breached-paper); opacity: .75 }
.used { fill: var(--bar) } .used.near { fill: var(--near) } .used.over, .over { fill: var(--breached) } .arriving { fill: var(--running) }
.tick { stroke: var(--ink); stroke-width: 2; opacity: .65 } .goal { stroke: var(--ink); stroke-width: 2 } .half { stroke: var(--line);
  stroke-width: 1 }
.hatch { stroke: var(--unknown); stroke-width: 1.5; opacity: .55 }
.plain td, .plain tbody th { vertical-align: top }
.plain .plot { margin-top: 4px }
.plain ul { display: grid; gap: 2px }

figure { margin-top: 12px; background: var(--paper); border: 1px solid var(--line); border-radius: 8px; padding: 12px 14px; break-inside: avoid }
.wide-drawing { overflow-x: auto; margin-top: 8px }
.wide-drawing img { display: block; width: 100%; min-width: 860px; height: auto }
figcaption { display: flex; flex-wrap: wrap; gap: 2px 12px; align-items: baseline }
footer { margin-top: 40px; padding-top: 14px; border-top: 1px solid var(--line); color: var(--soft); font-size: 13px }
footer p + p { margin-top: 6px }
nav { margin-top: 16px; font-size: 14px }
nav ul { display: flex; flex-wrap: wrap; gap: 4px 18px }

@media screen and (max-width: 1000px) {
  .sheet { padding: 14px 14px 36px }
  h1 { font-size: 21px }
  .verdict { padding: 12px 14px } .verdict p { font-size: 18px } .verdict .second { font-size: 14.5px }
  .tiles { grid-template-columns: repeat(auto-fill, minmax(92px, 1fr)); gap: 8px }
  .tile { padding: 7px 9px 7px } .tile b { font-size: 21px; gap: 6px } .tile b .icon { width: 17px; height: 17px } .tile span { font-size: 12px;
    line-height: 1.25; display: block }
  section { margin-top: 26px }
  .sort-by { display: grid }
  .field { flex: 1 1 130px } .bar-of-tools .wide { flex-basis: 100% }
  .bar-of-tools select { width: 100% }
  .bar-of-tools output { padding-bottom: 0 }
  /* Each row becomes a card; the roles in the markup keep it a table for screen readers. */
  .table table, .table tbody, .table caption { display: block }
  .table thead { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%) }
  .table tr { display: grid; grid-template-columns: 1fr 1fr; gap: 3px 14px; padding: 9px 14px 10px; border-bottom: 1px solid var(--line) }
  .table tr:last-child { border-bottom: 0 }
  .table th, .table td { display: block; border: 0; padding: 0; min-width: 0 }
  .table th:first-child, .table td:first-child { padding: 0 }
  .table td::before { content: attr(data-label); display: block; font-size: 11.5px; color: var(--soft) }
  .table td.bare::before, .table td.plotted::before { content: none }
  .table td.plotted, .table .whole, .table.plain td, .table.plain th { grid-column: 1 / -1; width: auto }
  .table.plain tr.paired { grid-template-columns: 1fr 1fr } .table.plain tr.paired td { grid-column: auto }
    .table.plain tr.paired td.whole { grid-column: 1 / -1 }
}

@media print {
  html { color-scheme: light }
  body { font-size: 8.5pt; line-height: 1.35; background: #fff }
  .sheet { max-width: none; padding: 0 }
  .bar-of-tools, .skip, nav, thead button { display: none }
  .on-paper { display: inline }
  section { margin-top: 16pt }
  h2 { font-size: 13pt; break-after: avoid } .top h1 { font-size: 17pt } .top p { font-size: 9pt }
  .verdict { padding: 8pt 10pt } .verdict p { font-size: 14pt } .verdict .second { font-size: 10pt }
  .tiles { grid-template-columns: repeat(7, 1fr); gap: 5pt } .tile { padding: 5pt 6pt } .tile b { font-size: 15pt } .tile span { font-size: 7.5pt;
    line-height: 1.2; display: block }
  .tile b .icon { width: 12pt; height: 12pt }
  .cards { grid-template-columns: 1fr 1fr; gap: 7pt }
  .card { padding: 6pt 8pt } .card h3 { font-size: 11pt } .card .figure { font-size: 12pt } .card .figure small { font-size: 9pt }
    .card .reason { font-size: 8.5pt }
  .table, figure { border-color: #b9c3cb }
  #fleet th:nth-child(1) { width: 15% } #fleet th:nth-child(3) { width: 19% } #fleet th:nth-child(4) { width: 18% }
  #fleet th:nth-child(5) { width: 12% } #fleet th:nth-child(7) { width: 13% }
  code { font-size: 7.5pt } .tag { font-size: 7.5pt; padding: 1pt 5pt 1pt 4pt; gap: 3pt } footer { font-size: 8pt }
  .table { overflow: visible; border-radius: 0; margin-top: 5pt }
  caption { break-after: avoid; padding: 4pt 7pt }
  th, td { padding: 2.5pt 4pt } th:first-child, td:first-child { padding-left: 7pt } thead th { font-size: 8pt } .axis { font-size: 7pt }
    .axis .end { display: none }
  tr { break-inside: avoid } tbody tr:first-child { break-before: avoid }
  thead { display: table-header-group; break-inside: avoid; break-after: avoid }
  tr[hidden] { display: table-row !important }
  .wide-drawing { overflow: visible } .wide-drawing img { min-width: 0 }
  .plot { height: 13pt } .plot.small { height: 8pt }
  small, .kind, caption { font-size: 7.5pt }
  summary { color: var(--ink); font-weight: 650; list-style: none; break-after: avoid }
  a { color: inherit; text-decoration: none }
}
"""

_WIDTHS = " ".join(f".w{share} {{ width: {share}% }}" for share in (8, 10, 12, 13, 14, 15, 16, 18, 24, 25, 50, 84))
STYLE = (
    f":root {{ {_variables(0)} }}\n@media (prefers-color-scheme: dark) {{ :root {{ {_variables(1)} }} }}\n"
    # Paper is white, whatever the reader's screen is.
    f"@media print {{ :root {{ {_variables(0)} }} }}\n{_RULES.replace('/* widths */', _WIDTHS)}"
)


def page_boxes(left: str, right: str) -> str:
    """Return the style of printed pages: A4, with two texts at the head of each page and its number at the foot."""
    small = 'font: 8pt system-ui, "Segoe UI", Arial, sans-serif; color: #4d5b67'
    return (
        "@page { size: A4; margin: 18mm 13mm 15mm; "
        f"@top-left {{ content: {css_string(left)}; {small} }} @top-right {{ content: {css_string(right)}; {small} }} "
        f'@bottom-right {{ content: "Page " counter(page) " of " counter(pages); {small} }} }}'
    )


def css_string(text: str) -> str:
    """Return a text as a string of CSS, with everything but letters and digits escaped, so that it ends nothing.

    The space ends an escape and is no part of the text.
    """
    return '"' + "".join(c if c.isascii() and (c.isalnum() or c == " ") else f"\\{ord(c):x} " for c in text) + '"'
