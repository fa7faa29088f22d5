# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""From workloads of type azure_blob to the batches of the modules, and from their results to a status."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.bcdr.multicloud.plugins.module_utils._core.module import ModuleDefinition
from ansible_collections.bcdr.multicloud.plugins.plugin_utils._azure_blob_workloads import (
    batch,
    container_name,
    overdue,
    status,
)
from ansible_collections.bcdr.multicloud.plugins.plugin_utils._lines import line
from ansible_collections.bcdr.multicloud.plugins.plugin_utils._workloads import WorkloadError, laid_over

SOURCE = {"account_name": "primary", "account_key": "a2V5"}
NORTH = {"account_name": "north", "account_key": "bm9ydGg="}
EAST = {"connection_string": "AccountName=east;AccountKey=ZWFzdA=="}
DEFAULTS: dict[str, Any] = {
    "azure_blob": {
        "rpo": "4h",
        "targets": [{"location": "northeurope", **NORTH}],
        "drill": {"sample": 10},
    }
}


def workload(**more: Any) -> dict[str, Any]:
    given = {"type": "azure_blob", "name": "web", "source": {**SOURCE, "container": "photos"}, **more}
    return laid_over(DEFAULTS["azure_blob"], given)


def only(step: str, **more: Any) -> dict[str, Any]:
    """Return the one item that the step makes of the workload."""
    (item,) = batch([workload(**more)], step)
    return item


PHOTOS = {**SOURCE, "container": "photos"}
COPIES = {**NORTH, "container": "photos"}
COMMON = {"label": "web", "source": PHOTOS, "destinations": [COPIES]}
RESTORE = {"label": "web", "source": COPIES}


@pytest.mark.parametrize(
    ("step", "more", "item"),
    [
        pytest.param("copies", {}, {**COMMON, "record_sync_time": True}, id="copies keep the last sync time"),
        pytest.param("look", {"tier": "Cool", "prefix": "a/"}, {**COMMON, "prefix": "a/"}, id="a look"),
        pytest.param(
            "copies",
            {"targets": [{**NORTH, "container": "dr-photos", "lease_ids": {"x": "1"}}, EAST]},
            {
                **COMMON,
                "record_sync_time": True,
                "destinations": [
                    {**NORTH, "container": "dr-photos", "lease_ids": {"x": "1"}},
                    {**EAST, "container": "photos"},
                ],
            },
            id="copies in two accounts",
        ),
        pytest.param(
            "drill",
            {"metadata": True},
            {
                **RESTORE,
                "metadata": True,
                "destination": {**NORTH, "container": "drill-web"},
                "drill": "web",
                "sample": 10,
                "allow_incomplete": True,
            },
            id="a drill beside the copies, in a container of its own",
        ),
        pytest.param(
            "drill",
            {"prefix": "a/", "drill": {"sample": None, "prefix": "a/b/", **EAST, "container": "drill-1"}},
            {
                **RESTORE,
                "prefix": "a/b/",
                "destination": {**EAST, "container": "drill-1"},
                "drill": "web",
                "allow_incomplete": True,
            },
            id="a drill of a part, in another account",
        ),
        pytest.param(
            "drill_cleanup",
            {},
            {
                **RESTORE,
                "destination": {**NORTH, "container": "drill-web"},
                "drill": "web",
                "sample": 10,
                "allow_incomplete": True,
                "state": "absent",
            },
            id="cleanup asks for what the drill asked for",
        ),
        pytest.param(
            "failover",
            {"prefix": "a/", "failover": {"location": "north"}},
            {**RESTORE, "prefix": "a/"},
            id="a failover in place",
        ),
        pytest.param(
            "failover",
            {"targets": [NORTH, EAST], "failover": {"location": "north", "allow_incomplete": True}},
            {**RESTORE, "allow_incomplete": True},
            id="a failover in place to the target that is named",
        ),
        pytest.param(
            "failover",
            {"failover": {**EAST, "tier": "Hot"}},
            {**RESTORE, "tier": "Hot", "destination": {**EAST, "container": "photos"}},
            id="a failover to another account",
        ),
        pytest.param(
            "failover",
            {"failover": {"container": "live"}},
            {**RESTORE, "destination": {**NORTH, "container": "live"}},
            id="a failover to another container of the target",
        ),
    ],
)
def test_the_items_of_a_step(step: str, more: dict[str, Any], item: dict[str, Any]) -> None:
    assert only(step, **more) == item


def test_several_containers_are_an_item_each() -> None:
    several = workload(source={**SOURCE, "containers": ["photos", "films"]})
    items = batch([several], "copies")
    assert [item["label"] for item in items] == ["web (photos)", "web (films)"]
    assert [item["destinations"][0]["container"] for item in items] == ["photos", "films"]
    drills = batch([several], "drill")
    assert [item["destination"]["container"] for item in drills] == ["drill-web-photos", "drill-web-films"]


OPTIONS = {
    "prefix": "a",
    "include": ["*"],
    "exclude": ["b"],
    "metadata": False,
    "index_tags": True,
    "leased_source": True,
    "snapshot_source": True,
    "overdue_after": "1h",
    "job_table": {**SOURCE, "name": "jobs"},
    "tier": "Cool",
    "create_containers": True,
    "delete_extra": True,
    "max_deletes": 3,
    "sas_lifetime": "1d",
    "concurrency": 4,
}


def test_every_option_of_the_copies_is_handed_on() -> None:
    item = only("copies", **OPTIONS)
    assert {name: item[name] for name in OPTIONS} == OPTIONS


@pytest.mark.parametrize(
    ("module", "step"),
    [
        ("azure_blob_copy", "copies"),
        ("azure_blob_copy_info", "look"),
        ("azure_blob_restore", "drill_cleanup"),
        ("azure_blob_restore", "failover"),
    ],
)
def test_the_module_knows_every_option(monkeypatch: pytest.MonkeyPatch, module: str, step: str) -> None:
    imported = pytest.importorskip(f"ansible_collections.bcdr.multicloud.plugins.modules.{module}")
    definitions: list[ModuleDefinition] = []
    monkeypatch.setattr(imported, "run_module", definitions.append)
    imported.main()
    site = {"sample": 3, "tier": "Hot", "sas_lifetime": "1d", "concurrency": 2, "prefix": "a", **EAST}
    item = only(step, **OPTIONS, drill=site, failover={**site, "allow_incomplete": True})
    assert set(item) - set(definitions[0].item_spec) == set()


@pytest.mark.parametrize(
    ("step", "more", "text"),
    [
        ("copies", {"rpo": "soon"}, "workload web: rpo: 'soon' is not a duration"),
        ("copies", {"source": SOURCE}, "workload web: source: container or containers is needed"),
        (
            "look",
            {"source": {**PHOTOS, "containers": ["films"]}},
            "workload web: source: container and containers exclude each other",
        ),
        (
            "look",
            {"source": {**SOURCE, "containers": ["a", "a"]}},
            "workload web: source.containers: a container stands",
        ),
        ("copies", {"targets": []}, "workload web: targets: there is none"),
        (
            "copies",
            {"source": {**SOURCE, "containers": ["a", "b"]}, "targets": [{**NORTH, "container": "c"}]},
            "workload web: targets[0].container: with several containers each is called at the target as at the source",
        ),
        (
            "drill",
            {"drill": {"location": "westus"}},
            "workload web: drill.location: westus is none of its targets (northeurope)",
        ),
        (
            "drill_cleanup",
            {"drill": {"container": "photos"}},
            "workload web: drill.container: photos does not begin with drill-",
        ),
        (
            "failover",
            {"source": {**SOURCE, "containers": ["a", "b"]}, "failover": {"container": "c"}},
            "workload web: failover.container: there are several containers, so leave it out",
        ),
        ("points", {}, "step 'points' is none of copies, drill, drill_cleanup, failover, look"),
    ],
)
def test_what_cannot_be_meant_is_refused_in_one_line(step: str, more: dict[str, Any], text: str) -> None:
    with pytest.raises(WorkloadError) as caught:
        batch([workload(**more)], step)
    assert str(caught.value).startswith(text)
    assert "a2V5" not in str(caught.value)


@pytest.mark.parametrize("step", ["drill", "drill_cleanup", "failover"])
@pytest.mark.parametrize("section", [None, {}])
def test_a_workload_without_the_section_is_left_out(step: str, section: Any) -> None:
    assert batch([{**workload(), step.removesuffix("_cleanup"): section}], step) == []


@pytest.mark.parametrize(
    ("text", "name"),
    [("drill-Web Shop", "drill-web-shop"), ("drill-a__b", "drill-a-b"), (f"drill-{'x' * 80}", f"drill-{'x' * 57}")],
)
def test_a_name_is_made_one_that_azure_takes(text: str, name: str) -> None:
    assert container_name(text) == name


COUNTS = dict.fromkeys(("total", "to_copy", "succeeded", "running", "pending", "failed", "blocked", "overdue"), 0)


def place(hours: float | None = 0.0, status: str = "succeeded", account: str = "north", **more: Any) -> dict[str, Any]:
    """A destination as azure_blob_copy_info tells it."""
    blobs = {**COUNTS, "total": 5, "succeeded": 5, **more.pop("blobs", {})}
    return {
        "account": account,
        "container": "photos",
        "status": status,
        "reason": "",
        "blobs": blobs,
        "bytes_total": 500,
        "bytes_copied": 100 * blobs["succeeded"],
        "problems": [],
        "copying": [],
        "looked_at": True,
        "exists": True,
        "recorded": None,
        "last_sync_time": None if hours is None else f"2026-03-01T{12 - int(hours):02d}:00:00Z",
        "rpo_seconds": None if hours is None else round(hours * 3600),
        **more,
    }


def look(*places: dict[str, Any], seen: bool = True) -> dict[str, Any]:
    return {"status": "succeeded", "reason": "", "source_seen": seen, "destinations": list(places)}


OUT = {"looked_at": False, "recorded": {"held": 5}, "status": "pending", "reason": "primary answers 503"}
UNKNOWN = {"looked_at": False, "exists": None, "status": "failed", "reason": "north answers 503"}
MISSING = {"exists": False, "status": "failed", "reason": "there is no such container"}
NOTHING = {"succeeded": 0, "to_copy": 5}
TWO = [{"location": "northeurope", **NORTH}, {"location": "eastus", **EAST}]


@pytest.mark.parametrize(
    ("more", "looked", "breached", "text"),
    [
        pytest.param({}, look(place()), False, "web: within RPO of 4h: here 0s, northeurope 0s", id="all is there"),
        pytest.param(
            {"targets": TWO},
            look(place(1), place(4.001, account="east")),
            True,
            "web: RPO BREACHED of 4h: here 0s, northeurope 1h, eastus 4h",
            id="one place is behind",
        ),
        pytest.param(
            {},
            look(place(None, "running", blobs=NOTHING)),
            True,
            "web: RPO BREACHED of 4h: here 0s, northeurope nothing yet; to do: copy 5 blobs to north/photos; "
            "then copies running: north/photos: 5 of 5 blobs are not there yet",
            id="nothing yet",
        ),
        pytest.param(
            {"create_containers": True},
            look(place(None, blobs=NOTHING, **MISSING)),
            True,
            "web: RPO BREACHED of 4h: here 0s, northeurope nothing yet; to do: create container north/photos, "
            "copy 5 blobs to north/photos; then copies pending: north/photos: 5 of 5 blobs are not there yet",
            id="a container that is to be made",
        ),
        pytest.param(
            {},
            look(place(None, blobs=NOTHING, **MISSING)),
            True,
            "web: RPO BREACHED of 4h: here 0s, northeurope nothing yet; "
            "copies failed: north/photos: there is no such container",
            id="a container that nobody makes",
        ),
        pytest.param(
            {},
            look(place(2, "running", blobs={"succeeded": 3, "running": 2, "overdue": 1})),
            False,
            "web: within RPO of 4h: here 0s, northeurope 2h; copies running: north/photos: 2 being copied, 1 of them overdue",
            id="one is overdue",
        ),
        pytest.param(
            {},
            look(
                place(
                    9,
                    "blocked",
                    blobs={"succeeded": 4, "blocked": 1},
                    problems=[{"name": "x", "status": "blocked", "reason": "it is archived"}],
                )
            ),
            True,
            "web: RPO BREACHED of 4h: here 0s, northeurope 9h; "
            "copies blocked: north/photos: 1 cannot be copied (x: it is archived)",
            id="one cannot be copied",
        ),
        pytest.param(
            {},
            look(place(2, **OUT), seen=False),
            False,
            "web: within RPO of 4h: here not known, northeurope 2h; copies pending: "
            "whether the copies are up to date is not known, for the source cannot be asked",
            id="the source's region is gone, and the target has a record",
        ),
        pytest.param(
            {},
            look(place(None, **{**OUT, "recorded": None}), seen=False),
            True,
            "web: NOT KNOWN whether within RPO of 4h: here not known, northeurope not known; copies pending: "
            "whether the copies are up to date is not known, for the source cannot be asked",
            id="the source's region is gone, and nothing is on record",
        ),
        pytest.param(
            {"targets": TWO},
            look(place(), place(None, account="east", **UNKNOWN)),
            True,
            "web: NOT KNOWN whether within RPO of 4h: here 0s, northeurope 0s, eastus not known; "
            "copies failed: east/photos: north answers 503",
            id="a target's region is gone",
        ),
        pytest.param(
            {},
            {"status": "failed", "reason": "the source cannot be read: wrong key"},
            True,
            "web: NOT KNOWN whether within RPO of 4h: here not known, northeurope not known; copies failed: "
            "whether the copies are up to date is not known, for the source cannot be asked",
            id="a wrong key",
        ),
    ],
)
def test_the_status_of_a_workload(more: dict[str, Any], looked: dict[str, Any], breached: bool, text: str) -> None:
    (entry,) = status([workload(**more)], [looked])
    assert entry["breached"] is breached
    assert line(entry) == text


def test_a_workload_of_several_containers_is_as_far_as_the_last_of_them() -> None:
    several = workload(source={**SOURCE, "containers": ["photos", "films"]})
    looks = [look(place(1)), look(place(3, "running", blobs={"succeeded": 4, "running": 1}))]
    (entry, other) = status([several, workload(name="other")], [*looks, look(place(2))])
    assert (entry["status"], entry["targets"][0]["rpo_seconds"], entry["progress_percent"]) == ("running", 10800, 90.0)
    assert entry["targets"][0]["newest_usable"] == "2026-03-01T09:00:00Z"
    assert other["targets"][0]["rpo_seconds"] == 7200
    (entry,) = status([several], [look(place(1)), look(place(None, "running", blobs=NOTHING))])
    assert entry["targets"][0]["newest_usable"] is None
    assert entry["breached"]


def test_what_is_overdue_is_named_without_anything_secret() -> None:
    late = {"name": "x", "copy_id": "c", "started_at": "t", "seconds": 9, "bytes": 1, "bytes_total": 2, "overdue": True}
    looks = [look(place(copying=[late, {**late, "name": "y", "overdue": False}])), {"status": "failed", "reason": "no"}]
    assert overdue([workload(), workload(name="other")], looks) == [
        {
            "workload": "web",
            "destination": "north/photos",
            "name": "x",
            "copy_id": "c",
            "started_at": "t",
            "seconds": 9,
            "bytes": 1,
            "bytes_total": 2,
        }
    ]
