# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The document: what each workload's state is and says, the totals, and what is refused."""

from __future__ import annotations

import datetime
import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from ansible_collections.bcdr.multicloud.plugins.module_utils._core.errors import InvalidRequest
from ansible_collections.bcdr.multicloud.plugins.module_utils._core.version import VERSION
from ansible_collections.bcdr.multicloud.plugins.module_utils._reporting import advice
from ansible_collections.bcdr.multicloud.plugins.module_utils._reporting.document import (
    build,
    read,
    states_of,
    statistics,
)
from ansible_collections.bcdr.multicloud.plugins.module_utils._reporting.files import json_text
from ansible_collections.bcdr.multicloud.plugins.module_utils._reporting.texts import (
    clean,
    for_people,
    of_target,
    parse_time,
    span,
)
from ansible_collections.bcdr.multicloud.tests.unit.reporting import sample
from ansible_collections.bcdr.multicloud.tests.unit.reporting.sample import DAY, HOUR, MINUTE, NOW, drill, entry, target

ROOT = Path(__file__).resolve().parents[3]
SCHEMA = json.loads((ROOT / "docs" / "report.schema.json").read_text(encoding="utf-8"))


def made(*status: dict[str, Any], **more: Any) -> dict[str, Any]:
    return build(read({"status": list(status), **more}), NOW)


def one(status: dict[str, Any], **more: Any) -> dict[str, Any]:
    return made(status, **more)["workloads"][0]


STATES = [
    # what, changes of the entry, state, headline
    ("all is well", {}, "ok", ""),
    ("just within", {"ages": (DAY,)}, "ok", ""),
    ("a second beyond", {"ages": (DAY + 1,)}, "breached", "RPO breached: 24h 1s of 24h (northeurope)"),
    ("beyond at one of two", {"ages": (HOUR, 26 * HOUR)}, "breached", "RPO breached: 26h of 24h (swedencentral)"),
    ("nothing there", {"ages": (None,)}, "breached", "RPO breached: nothing to restore from at northeurope, of 24h"),
    ("nothing at one of two", {"ages": (30 * HOUR, None)}, "breached", "RPO breached: nothing to restore from at swedencentral, of 24h"),
    ("copy failed", {"status": "failed", "reason": "disk full"}, "failed", "Copies failed: disk full"),
    ("copy blocked", {"status": "blocked", "reason": "no copies of copies"}, "failed", "Copies blocked: no copies of copies"),
    (
        "recovery point failed",
        {"source_status": "failed", "source_reason": "VSS error"},
        "failed",
        "Recovery point failed: VSS error",
    ),
    (
        "breached because the copy failed",
        {"ages": (26 * HOUR,), "status": "failed", "reason": "disk full"},
        "breached",
        "RPO breached: 26h of 24h (northeurope); copies failed: disk full",
    ),
    (
        "the source is out of reach",
        {"source_known": False, "source_status": "blocked", "source_reason": "timed out"},
        "unknown",
        "The source cannot be asked: timed out",
    ),
    (
        "the source is out of reach, and the copies say so",
        {"source_known": False, "source_status": "failed", "source_reason": "x", "status": "failed", "reason": "x"},
        "failed",
        "Copies failed: x",
    ),
    ("copies run", {"status": "running", "progress_percent": 40.0}, "ok", ""),
]  # fmt: skip


@pytest.mark.parametrize(("changes", "state", "headline"), [pytest.param(*row[1:], id=row[0]) for row in STATES])
def test_state(changes: dict[str, Any], state: str, headline: str) -> None:
    workload = one(entry(**changes))
    assert (workload["state"], workload["headline"]) == (state, headline)
    assert bool(workload["advice"]) == bool(headline)


def test_a_target_that_cannot_be_looked_into_is_not_known_rather_than_breached() -> None:
    workload = one(
        entry(
            targets=[target("northeurope", HOUR, DAY), target("swedencentral", None, DAY, known=False)], breached=True
        )
    )
    assert (workload["state"], workload["breached"], workload["known"]) == ("unknown", False, False)
    assert workload["headline"] == "Not known whether within RPO at swedencentral"
    assert (workload["rpo_actual_seconds"], workload["breaches_in_seconds"]) == (None, None)
    assert (workload["rpo_worst_seconds"], workload["rpo_location"]) == (HOUR, "northeurope")


def test_a_known_breach_outranks_what_is_not_known() -> None:
    workload = one(entry(targets=[target("a", 2 * DAY, DAY), target("b", None, DAY, known=False)], reason="b is down"))
    assert workload["state"] == "breached"
    assert workload["headline"] == "RPO breached: 48h of 24h (a); not known whether within RPO at b: b is down"


def test_figures() -> None:
    workload = one(entry(ages=(3 * HOUR, 5 * HOUR), wanted=4 * HOUR))
    assert (workload["rpo_actual_seconds"], workload["breaches_in_seconds"]) == (5 * HOUR, -HOUR)
    assert [place["within_rpo"] for place in workload["targets"]] == [True, False]
    workload = one(entry(ages=(None,)))
    assert (workload["rpo_actual_seconds"], workload["breaches_in_seconds"]) == (None, None)


@pytest.mark.parametrize(
    ("status", "due", "running"),
    [("running", False, True), ("pending", False, True), ("running", True, False), ("succeeded", False, False)],
)
def test_a_copy_that_protect_would_start_does_not_run(status: str, due: bool, running: bool) -> None:
    assert one(entry(status=status, copies_due=due))["running"] is running


def test_worst_first() -> None:
    document = made(
        entry("fine", ages=(HOUR,)),
        entry("near", ages=(23 * HOUR,)),
        entry("unknown", source_known=False),
        entry("failed", status="failed"),
        entry("late", ages=(25 * HOUR,)),
        entry("very late", ages=(50 * HOUR,)),
        entry("nothing", ages=(None,)),
    )
    assert [workload["name"] for workload in document["workloads"]] == [
        "nothing",
        "very late",
        "late",
        "failed",
        "unknown",
        "near",
        "fine",
    ]


def test_totals() -> None:
    totals = build(read(sample.fleet()), NOW)["totals"]
    assert totals == {
        "workloads": 40, "breached": 1, "failed": 1, "unknown": 2, "ok": 36, "running": 5, "drift": 3, "drills_stale": 3,
        "drills_failed": 1, "rto_missed": 2, "run_failures": 0,
    }  # fmt: skip


def test_one_that_is_breached_and_failed_counts_in_both() -> None:
    totals = made(entry(ages=(2 * DAY,), status="failed"))["totals"]
    assert (totals["breached"], totals["failed"], totals["ok"]) == (1, 1, 0)


DRILLS = [
    # what, drill_every, records, stale
    ("none is wanted", None, [], False),
    ("none yet", 30 * DAY, [], True),
    ("young enough", 30 * DAY, [drill(days_ago=29)], False),
    ("too old", 30 * DAY, [drill(days_ago=31)], True),
    ("the younger one failed", 30 * DAY, [drill(days_ago=2, status="failed"), drill(days_ago=20)], False),
    ("only failed ones", 30 * DAY, [drill(days_ago=2, status="failed")], True),
    ("of another workload", 30 * DAY, [drill("app-02", days_ago=2)], True),
]


@pytest.mark.parametrize(("every", "records", "stale"), [pytest.param(*row[1:], id=row[0]) for row in DRILLS])
def test_stale_drills(every: int | None, records: list[dict[str, Any]], stale: bool) -> None:
    workload = one(entry(drill_every_seconds=every), drills=records)
    assert workload["drill_stale"] is stale
    failed = bool(workload["last_drill"]) and workload["last_drill"]["status"] == "failed"
    assert bool(workload["drill_advice"]) == (stale or failed)


@pytest.mark.parametrize(
    ("wanted", "record", "met"),
    [
        (None, drill(), None),
        (HOUR, None, None),
        (HOUR, drill(recovery_seconds=HOUR), True),
        (HOUR, drill(recovery_seconds=HOUR + 1), False),
        (HOUR, drill(status="failed"), False),
        (HOUR, drill(recovery_seconds=None), None),
    ],
)
def test_recovery_time(wanted: int | None, record: dict[str, Any] | None, met: bool | None) -> None:
    workload = one(entry(rto_target_seconds=wanted), drills=[record] if record else [])
    assert workload["rto_met"] is met
    assert made(entry(rto_target_seconds=wanted), drills=[record] if record else [])["totals"]["rto_missed"] == (
        met is False
    )


def test_what_the_entry_says_of_its_drills_counts() -> None:
    last = drill(days_ago=100)
    workload = one(
        entry(last_drill=last, drill_stale=False, rto_met=False, drill_every_seconds=DAY), drills=[drill(days_ago=1)]
    )
    assert (workload["drill_stale"], workload["rto_met"]) == (False, False)
    assert workload["last_drill"]["time"] == last["time"]


def test_drills_and_events_are_newest_first() -> None:
    document = made(
        entry(),
        drills=[drill(days_ago=5), drill(days_ago=1), drill(days_ago=3)],
        events=[
            {"event": "a", "workload": "w", "time": sample.at(9)},
            {"event": "b", "workload": "w"},
            {"event": "c", "workload": "w", "time": sample.at(1)},
        ],
    )
    assert [record["time"] for record in document["drills"]] == sorted(
        (sample.at(days * DAY) for days in (1, 3, 5)), reverse=True
    )
    assert [event["event"] for event in document["events"]] == ["c", "a", "b"]


def test_a_point_in_the_common_form_is_shown_by_its_name() -> None:
    workload = one(
        entry(targets=[{**target("a", 1, DAY), "newest_usable": {"id": "/x/y", "name": "rp-1"}}]),
        drills=[drill(recovery_point={"id": "arn:1"})],
    )
    assert workload["targets"][0]["newest_usable"] == "rp-1"
    assert workload["last_drill"]["recovery_point"] == "arn:1"


POSITIVE = "and has to be a number above 0"
TIME = "and has to be a time such as 2026-11-28T18:00:00Z"
WRONG: list[tuple[dict[str, Any], str]] = [
    ({"status": [{}]}, "status[0]: name is missing, and has to be a text"),
    ({"status": [entry(name=7)]}, "status[0]: name is 7, and has to be a text"),  # type: ignore[arg-type]
    ({"status": [entry("a"), entry("b"), entry("a")]}, "status[2]: the name a stands in status[0] too"),
    ({"status": [{key: value for key, value in entry().items() if key != "rpo_target_seconds"}]},
     "status[0] (app-01): rpo_target_seconds is missing, " + POSITIVE),
    ({"status": [entry(wanted=0)]}, "status[0] (app-01): rpo_target_seconds is 0, " + POSITIVE),
    ({"status": [entry(rpo_target_seconds="4h")]}, "status[0] (app-01): rpo_target_seconds is '4h', " + POSITIVE),
    ({"status": [entry(rpo_target_seconds=True)]}, "status[0] (app-01): rpo_target_seconds is True, " + POSITIVE),
    ({"status": [entry(progress_percent=float("nan"))]}, "status[0] (app-01): progress_percent is nan, and has to be a number"),
    ({"status": [entry(reason=None)]}, "status[0] (app-01): reason is null, and has to be a text"),
    ({"status": [entry(source_known="yes")]}, "status[0] (app-01): source_known is 'yes', and has to be true or false"),
    ({"status": [entry(targets=[])]}, "status[0] (app-01): targets is [], and has to be a list with at least one target"),
    ({"status": [entry(targets=["northeurope"])]}, "status[0] (app-01): targets[0] is 'northeurope', and has to be a dictionary"),
    ({"status": [entry(targets=[{"location": "a", "known": True}])]},
     ("status[0] (app-01): targets[0]: rpo_seconds is missing, and has to be a number of seconds, "
     "or null where there is no recovery point")),
    ({"status": [entry(drift="much")]}, "status[0] (app-01): drift is 'much', and has to be a list of texts"),
    ({"status": [entry(plan={"copies": []})]},
     ("status[0] (app-01): plan has no regions, existing, makespan_s, lower_bound_s, gap, proven_optimal, egress_usd; "
     "it has to be what the lookup replication_plan returns")),
    ({"status": [entry(last_drill={"status": "succeeded"})]}, "status[0] (app-01): last_drill: time is null, " + TIME),
    ({"status": [], "drills": [drill(time="yesterday")]}, "drills[0]: time is 'yesterday', " + TIME),
    ({"status": [], "drills": [drill(time="2026-11-28T18:00:00")]},
     "drills[0]: time is '2026-11-28T18:00:00', " + TIME),
    ({"status": [], "drills": [drill(recovery_seconds="5m")]}, "drills[0]: recovery_seconds is '5m', and has to be a number"),
    ({"status": [], "events": [{"workload": "a"}]}, "events[0]: event is missing, and has to be a text"),
    ({"status": [entry("x" * 80, rpo_target_seconds="y" * 80)]},
     f"status[0] ({'x' * 80}): rpo_target_seconds is {repr('y' * 80)[:57]}..., " + POSITIVE),
]  # fmt: skip


@pytest.mark.parametrize(("given", "message"), WRONG)
def test_wrong_input_is_one_clear_line(given: dict[str, Any], message: str) -> None:
    with pytest.raises(InvalidRequest) as caught:
        read(given)
    assert str(caught.value) == message
    assert "\n" not in message


def test_secrets_do_not_get_into_a_report() -> None:
    document = made(
        entry(status="failed", reason="GET https://store/x?sig=Zm9vYmFy&se=1 failed, password=hunter2"),
        failures=["Bearer eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIx.c2ln was refused"],
        events=[{"event": "e", "workload": "w", "summary": "AccountKey=c2VjcmV0"}],
    )
    text = json_text(document)
    for secret in ("Zm9vYmFy", "hunter2", "eyJhbGci", "c2VjcmV0"):
        assert secret not in text


@pytest.mark.parametrize(
    "given",
    [
        {"status": []},
        {"status": [entry()], "failures": ["x"]},
        {"status": [entry("\x00\x1b[31m\ud800 name"), entry(ages=(None,), type="new_type")]},
        {**sample.fleet()},
        {
            "status": [entry(plan=sample.plan())],
            "drills": [{"workload": "gone", "time": sample.at(1), "status": "blocked"}],
        },
    ],
)
def test_the_document_is_as_its_schema_says(given: dict[str, Any]) -> None:
    document = json.loads(json_text(build(read(given), NOW)))
    jsonschema.Draft202012Validator(SCHEMA, format_checker=jsonschema.FormatChecker()).validate(document)


def test_the_schema_is_strict() -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    document = build(read(sample.fleet()), NOW)
    for place in (document, document["totals"], document["workloads"][0], document["drills"][0], document["events"][0]):
        place["surprise"] = 1
        assert not jsonschema.Draft202012Validator(SCHEMA).is_valid(document)
        del place["surprise"]
    assert jsonschema.Draft202012Validator(SCHEMA).is_valid(document)
    del document["workloads"][0]["drift"]
    assert not jsonschema.Draft202012Validator(SCHEMA).is_valid(document)


def test_statistics_are_small() -> None:
    document = made(*(entry(f"app-{number:03d}", ages=(2 * DAY,), drill_every_seconds=DAY) for number in range(300)))
    figures = statistics(document)
    assert figures["totals"]["breached"] == 300
    assert len(figures["breached"]) == len(figures["drills_stale"]) == 50
    assert len(json.dumps(figures)) < 3000


def test_states_of() -> None:
    assert states_of(made(entry("a"), entry("b", ages=(None,)))) == {"a": "ok", "b": "breached"}


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0s"), (45, "45s"), (245, "4m 5s"), (600, "10m"), (659, "10m"), (HOUR, "1h"), (4 * HOUR + 20 * MINUTE + 30, "4h 20m"),
        (26 * HOUR, "26h"), (71 * HOUR, "71h"), (72 * HOUR, "3d"), (76 * HOUR, "3d 4h"), (7 * DAY, "7d"), (-5, "0s"),
    ],
)  # fmt: skip
def test_span(seconds: float, text: str) -> None:
    assert span(seconds) == text


@pytest.mark.parametrize(
    ("actual", "wanted", "text"),
    [
        (26 * HOUR, DAY, "26h of 24h"), (DAY, DAY, "24h of 24h"), (DAY + 5, DAY, "24h 5s of 24h"), (DAY + 0.2, DAY, "24h 1s of 24h"),
        (7 * MINUTE, 15 * MINUTE, "7m of 15m"), (8 * DAY, 7 * DAY, "8d of 7d"), (DAY - 1, DAY, "23h 59m of 24h"),
    ],
)  # fmt: skip
def test_of_target(actual: float, wanted: float, text: str) -> None:
    assert of_target(actual, wanted) == text


def test_times() -> None:
    assert parse_time("2026-11-28T19:00:00+01:00") == NOW
    assert for_people("2026-11-28T18:00:59Z") == "28 Nov 2026 18:00 UTC"
    assert for_people("whenever") == "whenever"
    with pytest.raises(ValueError, match="time zone"):
        parse_time("2026-11-28T18:00:00")


def test_clean() -> None:
    assert clean("a\x00b\x1bc\ud800d\te\nf\u202e") == "a\ufffdb\ufffdc\ufffdd\te\nf\u202e"


def test_the_version_is_that_of_the_collection() -> None:
    assert yaml.safe_load((ROOT / "galaxy.yml").read_text(encoding="utf-8"))["version"] == VERSION


REASONS = [
    ("the copy failed after Azure's limit of two weeks; copy more often so that each copy is smaller", "after two weeks"),
    ("the Python package azure-identity is missing (No module named 'azure')", "Install the named package"),
    ("AuthorizationFailed: The client does not have authorization to perform action", "lacks a permission"),
    ("the copy job 1 ended FAILED: Access Denied trying to call AWS Backup service", "lacks a permission"),
    ("the copy job 1 ended FAILED: the KMS key is disabled", "key cannot be used"),
    ("ExpiredToken: The security token included in the request is expired", "Signing in failed"),
    ("the VM has 500 restore points and Azure keeps at most 500 over all its collections", "limit of the provider"),
    ("Azure starts three copies an hour; the next may start in 20m", "rate limit"),
    ("the source cannot be asked: connection timed out", "cannot be reached"),
    ("lifecycle: delete_after_days is 7 (from the source) and counts from the creation of the point", "retention asked for"),
    ("the point is in cold storage, and AWS copies only from warm storage", "archive tier"),
    ("the MD5 of the copy is a, and that of its source b", "not what was sent"),
    ("there is no such container; make it, or say create_containers", "is not there"),
    ("the target is leased and out of date; give its lease id in lease_ids, or end the lease", "Somebody else"),
    ("its source x holds copies itself, and Azure copies no copies; name the collection of the original points", "never does"),
    ("something new", "Read the reason"),
]  # fmt: skip


@pytest.mark.parametrize(("reason", "part"), REASONS)
def test_advice(reason: str, part: str) -> None:
    assert part in advice.for_failure(reason)


def test_advice_for_a_breach_depends_on_what_goes_on() -> None:
    said = {
        advice.for_breach(True, False, "", False),
        advice.for_breach(True, True, "", False),
        advice.for_breach(False, False, "", False),
        advice.for_breach(True, False, "KMS", True),
    }
    assert len(said) == 4


def test_the_command_line_survives_a_shell() -> None:
    import shlex

    words = shlex.split(advice.command("protect", "it's; rm -rf $HOME `id`"))
    assert json.loads(words[-1]) == {"dr_names": ["it's; rm -rf $HOME `id`"]}


def test_the_same_input_gives_the_same_document() -> None:
    fleet = sample.fleet()
    backwards = {**fleet, "status": fleet["status"][::-1], "drills": fleet["drills"][::-1]}
    assert json_text(build(read(fleet), NOW)) == json_text(build(read(backwards), NOW))
    later = build(read(fleet), NOW + datetime.timedelta(minutes=1))
    assert later["generated_at"] == "2026-11-28T18:01:00Z"
