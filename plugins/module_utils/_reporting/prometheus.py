# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The report as a file of metrics for node_exporter's textfile collector. Pure.

The format is Prometheus' text format 0.0.4: per metric HELP, TYPE and its samples together, in a label's value backslash,
quotation mark and line feed escaped, seconds as the base unit, and a line feed at the end. Samples bear no time of their
own, which the collector refuses.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterator, Mapping
from typing import Any

from ansible_collections.bcdr.multicloud.plugins.module_utils._reporting.document import STATES
from ansible_collections.bcdr.multicloud.plugins.module_utils._reporting.texts import parse_time, rfc3339

Json = Mapping[str, Any]
Labels = Mapping[str, str]
_STATE = re.compile(r'^bcdr_workload_state\{workload="((?:[^"\\]|\\.)*)",type="(?:[^"\\]|\\.)*",state="(\w+)"\} 1$')
_TIME = re.compile(r"^bcdr_report_timestamp_seconds (\d+)$")


class _Metrics:
    """Samples by metric, in the order in which the metrics came up."""

    def __init__(self) -> None:
        self._helps: dict[str, str] = {}
        self._samples: dict[str, dict[str, str]] = {}

    def gauge(self, name: str, text: str, value: float | bool | None, labels: Labels | None = None) -> None:
        """Add a sample; without a value only the metric's description. Of the same labels the last one stays."""
        self._helps.setdefault(name, text)
        samples = self._samples.setdefault(name, {})
        if value is not None:
            shown = ",".join(f'{key}="{_escaped(entry)}"' for key, entry in (labels or {}).items())
            samples[f"{{{shown}}}" if shown else ""] = f"{float(value):.15g}"

    def text(self) -> str:
        lines: list[str] = []
        for name, samples in self._samples.items():
            if samples:
                lines += [f"# HELP {name} {self._helps[name]}", f"# TYPE {name} gauge"]
                lines += [f"{name}{labels} {value}" for labels, value in samples.items()]
        return "\n".join(lines) + "\n"


def _escaped(value: str) -> str:
    return value.replace("\\", "\\\\").replace("\n", "\\n").replace('"', '\\"')


def _unescaped(value: str) -> str:
    return re.sub(r"\\(.)", lambda match: "\n" if match[1] == "n" else match[1], value)


def metrics(document: Json) -> str:
    """Return the file."""
    made = _Metrics()
    now = int(parse_time(document["generated_at"]).timestamp())
    totals = document["totals"]
    made.gauge("bcdr_report_timestamp_seconds", "When this report was made.", now)
    made.gauge(
        "bcdr_report_info",
        "The versions of the collection and of the report.",
        1,
        {"collection_version": document["collection_version"], "report_version": str(document["report_version"])},
    )
    made.gauge(
        "bcdr_run_failures",
        "Failures of the run that made this report, beside those of workloads.",
        totals["run_failures"],
    )
    made.gauge("bcdr_workloads", "How many workloads the report is about.", totals["workloads"])
    for workload in document["workloads"]:
        _workload(made, workload, now)
    return made.text()


def _workload(made: _Metrics, workload: Json, now: int) -> None:
    labels = {"workload": workload["name"], "type": workload["type"]}

    def gauge(name: str, text: str, value: float | bool | None, **more: str) -> None:
        made.gauge(name, text, value, {**labels, **more})

    for state in STATES:
        gauge(
            "bcdr_workload_state",
            "1 for the state that the workload is in, the worst that fits.",
            workload["state"] == state,
            state=state,
        )
    gauge("bcdr_rpo_target_seconds", "The recovery point objective.", workload["rpo_target_seconds"])
    age = workload["rpo_actual_seconds"]
    gauge("bcdr_rpo_actual_seconds", "The age of the newest usable recovery point at the worst target.", age)
    gauge(
        "bcdr_rpo_recovery_point_timestamp_seconds",
        "When the newest usable recovery point at the worst target was made; time() minus this is its age now.",
        None if age is None else now - age,
    )
    gauge("bcdr_rpo_breached", "Whether a target is known to be beyond the objective.", workload["breached"])
    gauge("bcdr_known", "Whether source and all targets could be looked into.", workload["known"])
    for target in workload["targets"]:
        place = {"location": target["location"], "target": target["name"]}
        gauge("bcdr_target_known", "Whether the target could be looked into.", target["known"], **place)
        gauge(
            "bcdr_target_rpo_seconds",
            "The age of the newest usable recovery point at the target.",
            target["rpo_seconds"],
            **place,
        )
    gauge("bcdr_source_known", "Whether the source could be asked.", workload["source_known"])
    gauge(
        "bcdr_source_rpo_seconds",
        "The age of the newest usable recovery point at the source.",
        workload["source_rpo_seconds"],
    )
    gauge("bcdr_failed", "Whether a copy or a recovery point that is due has failed or is blocked.", workload["failed"])
    gauge("bcdr_copies_running", "Whether copies are on their way.", workload["running"])
    percent = workload["progress_percent"] if workload["running"] else None
    gauge(
        "bcdr_copies_progress_ratio",
        "How much of the copies on their way has arrived, where that is known.",
        None if percent is None else percent / 100,
    )
    gauge("bcdr_drift_actions", "How many things protect would do.", len(workload["drift"]))
    gauge("bcdr_rto_target_seconds", "The recovery time objective.", workload["rto_target_seconds"])
    gauge("bcdr_drill_every_seconds", "How often drills are wanted.", workload["drill_every_seconds"])
    gauge(
        "bcdr_drill_stale", "Whether drills are wanted and none has succeeded for that long.", workload["drill_stale"]
    )
    last = workload["last_drill"]
    if last:
        succeeded = last["status"] == "succeeded"
        gauge("bcdr_drill_timestamp_seconds", "When the last drill was.", int(parse_time(last["time"]).timestamp()))
        gauge("bcdr_drill_succeeded", "Whether the last drill succeeded.", succeeded)
        gauge(
            "bcdr_drill_recovery_seconds",
            "How long the last drill took to restore.",
            last["recovery_seconds"] if succeeded else None,
        )
    gauge("bcdr_rto_met", "Whether the last drill restored within the recovery time objective.", workload["rto_met"])


def states_in(text: str) -> tuple[str, dict[str, str]] | None:
    """Return when a file was made and the states of its workloads; None for any other file."""
    lines = list(_lines(text))
    times = [match[1] for line in lines if (match := _TIME.match(line))]
    if not times:
        return None
    found = [match for line in lines if (match := _STATE.match(line))]
    return rfc3339(datetime.datetime.fromtimestamp(int(times[0]), datetime.timezone.utc)), {
        _unescaped(match[1]): match[2] for match in found
    }


def _lines(text: str) -> Iterator[str]:
    # Not splitlines, to which more than a line feed ends a line.
    yield from text.split("\n")
