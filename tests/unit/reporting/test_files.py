# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The files: metrics as Prometheus reads them, JUnit, the page's markup, and how they are written."""

from __future__ import annotations

import base64
import hashlib
import html
import json
import os
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from prometheus_client.parser import text_string_to_metric_families

from ansible_collections.bcdr.multicloud.plugins.module_utils._core.errors import InvalidRequest
from ansible_collections.bcdr.multicloud.plugins.module_utils._reporting import html as pages
from ansible_collections.bcdr.multicloud.plugins.module_utils._reporting import junit, prometheus, style
from ansible_collections.bcdr.multicloud.plugins.module_utils._reporting.document import build, read, states_of
from ansible_collections.bcdr.multicloud.plugins.module_utils._reporting.files import (
    json_text,
    prepare,
    states_in_json,
    write,
)
from ansible_collections.bcdr.multicloud.tests.unit.reporting import sample
from ansible_collections.bcdr.multicloud.tests.unit.reporting.sample import DAY, HOUR, NOW, drill, entry, target

NAMES = [
    "plain",
    'quote " and \\ and \\n',
    "line\nfeed",
    "\u05e9\u05dc\u05d5\u05dd",
    "\x00\x0b\x85\u2028",
    "<b>&amp;",
    "]]>",
    "\\",
    "{}=,",
    "x" * 300,
]
FILES = ("html_path", "json_path", "prometheus_path", "junit_path")


def document(*status: dict[str, Any], **more: Any) -> dict[str, Any]:
    return build(read({"status": list(status), **more}), NOW)


def forty() -> dict[str, Any]:
    return build(read(sample.fleet()), NOW)


def samples(text: str) -> dict[str, dict[tuple[tuple[str, str], ...], float]]:
    found: dict[str, dict[tuple[tuple[str, str], ...], float]] = {}
    for family in text_string_to_metric_families(text):
        assert family.type == "gauge"
        assert family.documentation
        for one in family.samples:
            assert one.timestamp is None
            of_name = found.setdefault(one.name, {})
            key = tuple(sorted(one.labels.items()))
            assert key not in of_name
            of_name[key] = one.value
    return found


def value(text: str, name: str, **labels: str) -> float | None:
    matching = [number for key, number in samples(text).get(name, {}).items() if labels.items() <= dict(key).items()]
    assert len(matching) <= 1
    return matching[0] if matching else None


def test_metrics_of_the_forty() -> None:
    text = prometheus.metrics(forty())
    found = samples(text)
    assert all(name.startswith("bcdr_") for name in found)
    assert value(text, "bcdr_workloads") == 40
    assert value(text, "bcdr_report_timestamp_seconds") == NOW.timestamp()
    assert value(text, "bcdr_rpo_target_seconds", workload="app-07") == DAY
    assert value(text, "bcdr_rpo_actual_seconds", workload="app-07") == 26 * HOUR
    assert value(text, "bcdr_rpo_recovery_point_timestamp_seconds", workload="app-07") == NOW.timestamp() - 26 * HOUR
    assert value(text, "bcdr_rpo_breached", workload="app-07") == 1
    assert value(text, "bcdr_target_rpo_seconds", workload="app-07", location="northeurope") == 20 * HOUR
    assert value(text, "bcdr_failed", workload="home-directories") == 1
    assert value(text, "bcdr_copies_progress_ratio", workload="golden-rhel9") == 0.44
    assert value(text, "bcdr_drill_recovery_seconds", workload="app-02") == 47 * 60
    assert value(text, "bcdr_rto_met", workload="app-02") == 0
    assert value(text, "bcdr_drill_stale", workload="cms-uploads") == 1
    assert value(text, "bcdr_drill_succeeded", workload="warehouse") == 0
    # What is not known has no figure, rather than one that looks like one.
    assert value(text, "bcdr_rpo_actual_seconds", workload="intranet") is None
    assert value(text, "bcdr_known", workload="intranet") == 0
    assert value(text, "bcdr_drill_timestamp_seconds", workload="cms-uploads") is None
    for workload in states_of(forty()):
        states = {
            dict(key)["state"]: number
            for key, number in found["bcdr_workload_state"].items()
            if dict(key)["workload"] == workload
        }
        assert sorted(states.values()) == [0, 0, 0, 1]


@pytest.mark.parametrize("name", NAMES)
def test_labels_come_back_as_they_were(name: str) -> None:
    made = document(entry(name, kind=name, targets=[target(name, HOUR, DAY, name=name)]))
    shown = made["workloads"][0]["name"]
    text = prometheus.metrics(made)
    assert value(text, "bcdr_target_rpo_seconds", workload=shown, type=shown, location=shown, target=shown) == HOUR
    assert text.endswith("\n")
    assert "\n\n" not in text


def test_help_and_type_come_once_and_before_the_samples() -> None:
    lines = prometheus.metrics(forty()).splitlines()
    names = [line.split()[2] for line in lines if line.startswith("# HELP")]
    assert len(names) == len(set(names))
    current = ""
    for line in lines:
        if line.startswith("# HELP"):
            current = line.split()[2]
        elif line.startswith("# TYPE"):
            assert line == f"# TYPE {current} gauge"
        else:
            assert re.match(rf"{current}[ {{]", line)


def test_two_targets_of_one_name_are_no_double_sample() -> None:
    place = target("northeurope", HOUR, DAY, name="vault")
    text = prometheus.metrics(document(entry(targets=[place, dict(place)])))
    assert text.count("bcdr_target_rpo_seconds{") == 1


def test_a_fleet_of_none_is_a_valid_file() -> None:
    assert value(prometheus.metrics(document()), "bcdr_workloads") == 0


# -- JUnit


def cases(text: str) -> dict[tuple[str, str], tuple[str, str]]:
    """Return what became of each case and its message, by suite and name; check the counts on the way."""
    root = ElementTree.fromstring(text.encode())
    assert root.tag == "testsuites"
    found = {}
    sums = {"tests": 0, "failures": 0, "errors": 0, "skipped": 0}
    for suite in root.iterfind("testsuite"):
        here = suite.findall("testcase")
        assert int(suite.get("tests", "")) == len(here)
        assert int(suite.get("failures", "")) == len(suite.findall("testcase/failure"))
        assert int(suite.get("skipped", "")) == len(suite.findall("testcase/skipped"))
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d", suite.get("timestamp", ""))
        for key in sums:
            sums[key] += int(suite.get(key, ""))
        for case in here:
            assert case.get("classname")
            outcome = next(iter(case), None)
            key = (str(suite.get("name")), str(case.get("name")))
            assert key not in found
            found[key] = ("passed", "") if outcome is None else (outcome.tag, str(outcome.get("message")))
    assert sums == {key: int(root.get(key, "")) for key in sums}
    return found


def test_junit_of_the_forty() -> None:
    found = cases(junit.junit(forty()))
    assert len(found) == 4 * 40 + 1
    failed = {key: message for key, (kind, message) in found.items() if kind == "failure"}
    assert failed["RPO", "app-07: RPO"] == "app-07: RPO breached: 26h of 24h (swedencentral)"
    assert failed["RPO", "intranet: RPO"] == "intranet: not known whether within RPO of 1h (dr-site)"
    assert failed["Copies", "home-directories: Copies"].startswith(
        "home-directories: copies failed: the copy job 9f2c41d0"
    )
    assert failed["Copies", "ledger: Copies"].startswith("ledger: the source cannot be asked: Prism Central")
    assert (
        failed["Drift", "app-12: Drift"]
        == "app-12: 2 to do: tags of rpc-app-12: owner=payments, deletion of restore point rp-20261101000000"
    )
    assert failed["Drill", "app-02: Drill"] == "app-02: RTO missed: 47m of 30m"
    assert (
        failed["Drill", "app-14: Drill"]
        == "app-14: drill is stale: wanted every 30d, the last was on 14 Oct 2026 18:00 UTC"
    )
    assert failed["Drill", "cms-uploads: Drill"] == "cms-uploads: drill is stale: wanted every 90d, there was none yet"
    assert failed["Drill", "warehouse: Drill"].startswith(
        "warehouse: drill failed on 28 Nov 2026 06:00 UTC: VM wms-db-01"
    )
    assert {suite: sum(key[0] == suite for key in failed) for suite in ("RPO", "Copies", "Drift", "Drill", "Run")} == {
        "RPO": 2, "Copies": 2, "Drift": 3, "Drill": 5, "Run": 0,
    }  # fmt: skip
    assert found["Run", "the run: Run"] == ("passed", "")


def test_junit_of_what_has_nothing_and_of_a_run_that_failed() -> None:
    found = cases(junit.junit(document(entry(ages=(None,)), failures=["efs: no credentials"])))
    assert found["RPO", "app-01: RPO"] == (
        "failure",
        "app-01: RPO breached: nothing to restore from (northeurope), of 24h",
    )
    assert found["Drill", "app-01: Drill"][0] == "skipped"
    assert found["Run", "failure 1: Run"] == ("failure", "efs: no credentials")


@pytest.mark.parametrize("name", NAMES)
def test_junit_of_any_name(name: str) -> None:
    made = document(
        entry(name, ages=(2 * DAY,), status="failed", reason=name, drift=[name]), failures=[name], title=name
    )
    text = junit.junit(made)
    cases(text)
    names = {case.get("name") for case in ElementTree.fromstring(text.encode()).iter("testcase")}
    assert f"{made['workloads'][0]['name']}: RPO" in names


# -- the page


class Markup(HTMLParser):
    """Checks that elements are closed in their order, and keeps the elements with their attributes."""

    VOID = {"meta", "link", "img", "input", "br"}

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert len(attrs) == len(dict(attrs)), f"{tag}: an attribute stands twice"
        self.elements.append((tag, dict(attrs)))
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def whole_page() -> str:
    gathered = read(sample.fleet())
    return pages.page(build(gathered, NOW), gathered.plans)


def test_the_page_is_well_formed_and_refers_to_nothing_else() -> None:
    text = whole_page()
    elements = Markup(text).elements
    for tag, attributes in elements:
        for name in ("src", "href"):
            reference = attributes.get(name) or "#"
            assert reference.startswith(("#", "data:")), f"{tag} {name}={reference}"
        assert not any(name.startswith("on") or name == "style" for name in attributes)
    assert not re.search(
        r"url\(\s*['\"]?(?!#)|@import|https?://(?!www\.w3\.org)", re.sub(r'data-[a-z]+="[^"]*"', "", text)
    )
    anchors = {attributes["href"] for _tag, attributes in elements if (attributes.get("href") or "").startswith("#")}
    assert {anchor[1:] for anchor in anchors if anchor} <= {attributes.get("id") for _tag, attributes in elements}


def test_the_policy_names_exactly_what_is_in_the_page() -> None:
    text = whole_page()
    policy = next(attributes["content"] for tag, attributes in Markup(text).elements if attributes.get("http-equiv"))
    assert policy
    assert policy.startswith("default-src 'none'; ")
    assert "unsafe" not in policy
    blocks = re.findall(r"<(?:style|script)>(.*?)</(?:style|script)>", text, re.DOTALL)
    hashes = {f"sha256-{base64.b64encode(hashlib.sha256(block.encode()).digest()).decode()}" for block in blocks}
    assert set(re.findall(r"sha256-[^']+", policy)) == hashes
    assert len(blocks) == 3


@pytest.mark.parametrize(
    "name",
    [*NAMES, "<script>alert(1)</script>", "'\"><img src=x onerror=alert(1)>", "</style>", "</title>", "<!--", "&lt;"],
)
def test_markup_in_names_stays_text(name: str) -> None:
    def elements(text: str) -> list[str]:
        given = {
            "status": [
                entry(
                    text,
                    kind=text,
                    ages=(2 * DAY,),
                    status="failed",
                    reason=text,
                    source_reason=text,
                    drift=[text],
                    rto_target_seconds=60,
                )
            ],
            "drills": [drill(text, 1, "failed", type=text, location=text, recovery_point=text, reason=text)],
            "events": [{"event": text, "workload": text, "summary": text}],
            "failures": [text],
            "title": text,
        }
        return [tag for tag, _attributes in Markup(pages.page(build(read(given), NOW))).elements]

    assert elements(name) == elements("n")


def test_colours_have_contrast() -> None:
    """4.5 to 1 for every text on its ground (WCAG 2.1, 1.4.3), and 3 to 1 for bars against what is beside them (1.4.11)."""

    def luminance(colour: str) -> float:
        parts = [int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5)]
        red, green, blue = (part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    def contrast(one: str, other: str) -> float:
        light, dark = sorted((luminance(one), luminance(other)), reverse=True)
        return (light + 0.05) / (dark + 0.05)

    for column in (0, 1):
        for text, ground in style.ON:
            assert contrast(style.COLOURS[text][column], style.COLOURS[ground][column]) >= 4.5, (text, ground, column)
        for name, pair in style.COLOURS.items():
            if name.startswith("strong-"):
                assert contrast("#ffffff", pair[column]) >= 4.5, (name, column)
        for shape in ("bar", "near", "breached", "running"):
            assert contrast(style.COLOURS[shape][column], style.COLOURS["paper"][column]) >= 2.9, (shape, column)


@pytest.mark.parametrize("text", ['a"b', "a\\b", "</style>", "a\nb", "}", "\u05e9", "", "a b"])
def test_a_css_string_holds_anything(text: str) -> None:
    made = style.css_string(text)
    assert re.fullmatch(r'"(?:[A-Za-z0-9 ]|\\[0-9a-f]{1,6} )*"', made)
    assert re.sub(r"\\([0-9a-f]+) ", lambda match: chr(int(match[1], 16)), made[1:-1]) == text


def test_a_plan_that_is_none_is_told() -> None:
    broken = {**sample.plan(), "copies": [{"source_region": "westeurope", "target_region": "eastus"}]}
    gathered = read({"status": [entry("img", plan=broken)]})
    with pytest.raises(InvalidRequest, match="the plan of img cannot be drawn"):
        pages.page(build(gathered, NOW), gathered.plans)


def test_the_page_of_three_hundred_is_of_a_fair_size() -> None:
    status = sample.many(300)
    made = build(read({"status": status, "drills": sample.drills_of(status)}), NOW)
    assert len(pages.page(made).encode()) < 1_500_000
    # Beyond 700,000 characters AWX keeps nothing of a result.
    assert len(json.dumps(made)) < 600_000


# -- the files


def folder_params(folder: Path, **more: Any) -> dict[str, Any]:
    names = {"html_path": "r.html", "json_path": "r.json", "prometheus_path": "r.prom", "junit_path": "r.xml"}
    return {**{option: str(folder / name) for option, name in names.items()}, **more}


def prepared(folder: Path, *status: dict[str, Any], **params: Any) -> Any:
    gathered = read({"status": list(status)})
    made = build(gathered, NOW)
    return made, prepare(folder_params(folder, **params), made, gathered)


def test_files_are_written_once(tmp_path: Path) -> None:
    _made, files = prepared(tmp_path, entry())
    assert [file.option for file in files] == list(FILES)
    assert all(file.changed for file in files)
    write(files, str(tmp_path), os.replace)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["r.html", "r.json", "r.prom", "r.xml"]
    _made, again = prepared(tmp_path, entry())
    assert not any(file.changed for file in again)


def test_the_diff_is_short_and_says_whose_state_changes(tmp_path: Path) -> None:
    status = [entry(f"app-{number:03d}") for number in range(100)]
    _made, files = prepared(tmp_path, *status)
    write(files, str(tmp_path), os.replace)
    gathered = read({"status": [*status[1:], entry("new"), entry("app-000", ages=(2 * DAY,))]})
    made = build(gathered, NOW)
    for file in prepare(folder_params(tmp_path), made, gathered):
        diff = file.diff(made)
        assert (
            diff["before"]
            == "generated_at: 2026-11-28T18:00:00Z\nworkloads: 100, of these 0 breached, 0 failed, 0 unknown, 100 ok\napp-000: ok\n"
        )
        assert (
            diff["after"]
            == "generated_at: 2026-11-28T18:00:00Z\nworkloads: 101, of these 1 breached, 0 failed, 0 unknown, 100 ok\napp-000: breached\nnew: ok\n"
        )
        assert diff["after_header"] == file.path


@pytest.mark.parametrize("name", NAMES)
def test_each_file_tells_its_states_again(name: str) -> None:
    made = document(entry(name), entry("other", ages=(None,)), entry(name + "2", status="failed"))
    expected = ("2026-11-28T18:00:00Z", states_of(made))
    assert pages.states_in(pages.page(made)) == expected
    assert prometheus.states_in(prometheus.metrics(made)) == expected
    assert states_in_json(json_text(made)) == expected
    # XML reads a line feed in an attribute back as it was written, as a reference.
    assert junit.states_in(junit.junit(made)) == expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        "hello",
        "{}",
        "[]",
        "<html></html>",
        "<testsuites >",
        "<!DOCTYPE x><testsuites a=''/>",
        "# HELP x y\n",
        '<meta name="dr-report" content="',
        '<meta name="dr-report" content="[]">',
    ],
)
def test_other_files_are_none_of_ours(text: str) -> None:
    assert [states(text) for states in (pages.states_in, prometheus.states_in, states_in_json, junit.states_in)] == [
        None
    ] * 4


def test_a_file_of_somebody_else_is_replaced_and_the_diff_says_so(tmp_path: Path) -> None:
    (tmp_path / "r.html").write_bytes(b"\xff\xfe something")
    made, files = prepared(tmp_path, entry())
    assert files[0].diff(made)["before"] == "no report of this module\n"


def test_other_figures_with_the_same_states(tmp_path: Path) -> None:
    _made, files = prepared(tmp_path, entry(ages=(HOUR,)))
    write(files, str(tmp_path), os.replace)
    made, files = prepared(tmp_path, entry(ages=(2 * HOUR,)))
    assert files[0].changed
    assert files[0].diff(made)["after"].endswith("other figures\n")


def test_a_link_stays_a_link(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "r.html").symlink_to(tmp_path / "real" / "page.html")
    _made, files = prepared(tmp_path, entry())
    write(files, str(tmp_path), os.replace)
    assert (tmp_path / "r.html").is_symlink()
    assert (tmp_path / "real" / "page.html").read_text(encoding="utf-8").startswith("<!DOCTYPE html>")


def test_nothing_is_written_when_one_cannot_be_made(tmp_path: Path) -> None:
    moved: list[str] = []
    _made, files = prepared(tmp_path, entry())
    with pytest.raises(FileNotFoundError):
        write(files, str(tmp_path / "missing"), lambda _source, target: moved.append(target))
    assert moved == []
    assert list(tmp_path.iterdir()) == []


def test_paths_that_cannot_be(tmp_path: Path) -> None:
    def message(**params: Any) -> str:
        with pytest.raises(InvalidRequest) as caught:
            prepared(tmp_path, entry(), **params)
        return str(caught.value)

    missing = tmp_path / "none" / "r.html"
    assert message(html_path=str(missing)) == (
        f"html_path: the folder {tmp_path / 'none'} does not exist; make it first, or name another file than {missing}"
    )
    assert message(json_path=str(tmp_path)) == f"json_path: {tmp_path} is a folder; name a file in it"
    same = str(tmp_path / "r.html")
    assert message(junit_path=same) == f"html_path and junit_path name the same file {same}; give each its own"


def test_json_is_readable_by_people() -> None:
    text = json_text(document(entry("\u05e9\u05dc\u05d5\u05dd")))
    assert "\u05e9\u05dc\u05d5\u05dd" in text
    assert html.unescape(text) == text
    assert list(json.loads(text))[:4] == ["report_version", "collection_version", "generated_at", "title"]
