# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The report as JUnit XML, as GitLab, GitHub's reporters, Jenkins and Azure Pipelines read it. Pure.

One suite each for RPO, copies, drift and drills, and in each one case per workload; the failures of the run itself are
cases of a suite of their own. Whether a finding fails a pipeline is not decided here but by what reads the file.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any
from xml.etree import ElementTree

from ansible_collections.bcdr.multicloud.plugins.module_utils._reporting.document import STATES
from ansible_collections.bcdr.multicloud.plugins.module_utils._reporting.texts import for_people, of_target, span

Json = Mapping[str, Any]
# What became of a case: "passed", "failure" or "skipped", one line, and more lines.
Finding = tuple[str, str, str]
_PASSED: Finding = ("passed", "", "")


def junit(document: Json) -> str:
    """Return the file."""
    moment = document["generated_at"].removesuffix("Z")
    root = ElementTree.Element("testsuites", name=document["title"])
    suites: list[tuple[str, Callable[[Json], Finding]]] = [
        ("RPO", _rpo),
        ("Copies", _copies),
        ("Drift", _drift),
        ("Drill", _drill),
    ]
    counts = {"tests": 0, "failures": 0, "errors": 0, "skipped": 0}
    for name, judge in suites:
        cases = [(f"{workload['type']}.{name}", workload, judge(workload)) for workload in document["workloads"]]
        named = [(group, workload["name"], finding) for group, workload, finding in cases]
        _suite(root, name, moment, named, counts)
    run = [
        ("run", f"failure {number}", ("failure", failure["message"], failure["advice"]))
        for number, failure in enumerate(document["failures"], start=1)
    ]
    _suite(root, "Run", moment, run or [("run", "the run", _PASSED)], counts)
    for key, count in counts.items():
        root.set(key, str(count))
    root.set("time", "0")
    # What tells two reports apart, for the next one.
    states = ElementTree.SubElement(root[0], "properties")
    root[0].remove(states)
    root[0].insert(0, states)
    for workload in document["workloads"]:
        ElementTree.SubElement(states, "property", name=f"state of {workload['name']}", value=workload["state"])
    ElementTree.indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ElementTree.tostring(root, encoding="unicode") + "\n"


def _suite(
    root: ElementTree.Element, name: str, moment: str, cases: list[tuple[str, str, Finding]], counts: dict[str, int]
) -> None:
    kinds = [kind for _group, _name, (kind, _message, _text) in cases]
    here = {"tests": len(cases), "failures": kinds.count("failure"), "errors": 0, "skipped": kinds.count("skipped")}
    for key, count in here.items():
        counts[key] += count
    suite = ElementTree.SubElement(
        root,
        "testsuite",
        {"name": name, "timestamp": moment, "time": "0", **{key: str(count) for key, count in here.items()}},
    )
    for group, title, (kind, message, text) in cases:
        case = ElementTree.SubElement(suite, "testcase", classname=group, name=f"{title}: {name}", time="0")
        if kind != "passed":
            # Some readers show the attribute only, some the text only.
            told = ElementTree.SubElement(case, kind, message=message)
            if kind == "failure":
                told.set("type", name)
                told.text = "\n".join(filter(None, (message, text)))


def _rpo(workload: Json) -> Finding:
    name = workload["name"]
    wanted = workload["rpo_target_seconds"]
    if workload["breached"]:
        age, place = workload["rpo_worst_seconds"], workload["rpo_location"]
        figure = "nothing to restore from" if age is None else of_target(age, wanted)
        suffix = f", of {span(wanted)}" if age is None else ""
        return "failure", f"{name}: RPO breached: {figure} ({place}){suffix}", workload["advice"]
    blind = [target["location"] for target in workload["targets"] if not target["known"]]
    if blind:
        return (
            "failure",
            f"{name}: not known whether within RPO of {span(wanted)} ({', '.join(blind)})",
            workload["advice"],
        )
    return _PASSED


def _copies(workload: Json) -> Finding:
    name = workload["name"]
    if workload["status"] in ("failed", "blocked"):
        return "failure", f"{name}: copies {workload['status']}: {workload['reason']}", workload["advice"]
    if workload["failed"]:
        return (
            "failure",
            f"{name}: recovery point {workload['source_status']}: {workload['source_reason']}",
            workload["advice"],
        )
    if not workload["source_known"]:
        return "failure", f"{name}: the source cannot be asked: {workload['source_reason']}", workload["advice"]
    return _PASSED


def _drift(workload: Json) -> Finding:
    drift = workload["drift"]
    if not drift:
        return _PASSED
    more = f" and {len(drift) - 3} more" if len(drift) > 3 else ""
    message = f"{workload['name']}: {len(drift)} to do: {', '.join(drift[:3])}{more}"
    return "failure", message, "\n".join(drift)


def _drill(workload: Json) -> Finding:
    name, last = workload["name"], workload["last_drill"]
    every, wanted = workload["drill_every_seconds"], workload["rto_target_seconds"]
    if last and last["status"] != "succeeded":
        return (
            "failure",
            f"{name}: drill {last['status']} on {for_people(last['time'])}: {last['reason']}",
            workload["drill_advice"],
        )
    if workload["drill_stale"]:
        since = f"the last was on {for_people(last['time'])}" if last else "there was none yet"
        wish = f"every {span(every)}" if every else "regularly"
        return "failure", f"{name}: drill is stale: wanted {wish}, {since}", workload["drill_advice"]
    if last and workload["rto_met"] is False and wanted:
        return (
            "failure",
            f"{name}: RTO missed: {of_target(last['recovery_seconds'] or 0, wanted)}",
            workload["drill_advice"],
        )
    if not last:
        return "skipped", "no drill is asked for (drill_every), and none is on record", ""
    return _PASSED


def states_in(text: str) -> tuple[str, dict[str, str]] | None:
    """Return when a file was made and the states of its workloads; None for any other file."""
    # Only a file that looks like ours is parsed, and none that could make the parser expand entities.
    if "<!" in text or not re.search(r"<testsuites [^>]*>", text):
        return None
    try:
        root = ElementTree.fromstring(text.encode("utf-8"))
    except ElementTree.ParseError:
        return None
    suite = root.find("testsuite[@name='RPO']")
    if suite is None:
        return None
    found = {
        str(entry.get("name")).removeprefix("state of "): str(entry.get("value"))
        for entry in suite.iterfind("properties/property")
        if entry.get("value") in STATES
    }
    return f"{suite.get('timestamp')}Z", found
