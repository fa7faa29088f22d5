# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whatever there is, no pass starts what Azure's rules on copies forbid; and passes end."""

from __future__ import annotations

import datetime
from dataclasses import replace

import pytest

pytest.importorskip("hypothesis")

from hypothesis import given, settings
from hypothesis import strategies as st

from ansible_collections.bcdr.multicloud.plugins.module_utils._azure.ids import id_key
from ansible_collections.bcdr.multicloud.plugins.module_utils._azure.restore_points.copy_decision import (
    CopyObserved,
    CopyTarget,
    CopyWanted,
    TargetObserved,
    decide_copies,
    removal_key,
)
from ansible_collections.bcdr.multicloud.plugins.module_utils._azure.restore_points.tags import (
    copy_starts,
    record_copy_start,
)
from ansible_collections.bcdr.multicloud.plugins.module_utils._azure.restore_points.values import (
    Collection,
    RestorePoint,
    find_copy,
)
from ansible_collections.bcdr.multicloud.plugins.module_utils._core.reconcile import (
    PENDING,
    RUNNING,
    UNSETTLED,
    Action,
)
from ansible_collections.bcdr.multicloud.tests.unit.azure.builders import (
    NOW,
    SOURCE,
    collection,
    collection_id,
    copy,
    point,
    point_id,
    target,
)

REGIONS = {"rpc-ne": "northeurope", "rpc-eus": "eastus"}
TARGETS = tuple(CopyTarget(collection_id(name), region) for name, region in REGIONS.items())
STATES = ("done", "running", "creating", "deleting", "failed")


def make_copy(name: str, hours_ago: float, state: str, where: str) -> RestorePoint:
    if state in ("creating", "deleting"):
        return copy(name, hours_ago, state=state.capitalize(), in_collection=where)
    return copy(
        name, hours_ago, percent=40.0 if state == "running" else 100.0, failed=state == "failed", in_collection=where
    )


@st.composite
def situations(draw: st.DrawFn) -> tuple[CopyWanted, CopyObserved]:
    """Return some points, some of them copied in some state and order, with some starts on record."""
    names = [f"rp{number}" for number in range(draw(st.integers(1, 5)))]
    ages = {name: float(50 - 5 * index) for index, name in enumerate(names)}
    points = [
        point(name, ages[name], draw(st.sampled_from(["Succeeded"] * 4 + ["Failed", "Deleting"]))) for name in names
    ]
    if draw(st.booleans()):
        points[-1] = replace(points[-1], provisioning_state="Creating", disks=())
    views = []
    started: set[str] = set()
    failures: dict[str, str] = {}
    for name, region in REGIONS.items():
        copied = draw(st.lists(st.sampled_from(names), unique=True))
        copies = [make_copy(one, ages[one], draw(st.sampled_from(STATES)), name) for one in copied]
        starts = draw(st.lists(st.floats(0, 3), max_size=5))
        there = target(*copies, name=name, location=region, starts=starts)
        rivals = [
            target(copy(one, ages[one]), name=f"{name}-2", location=region)
            for one in draw(st.sets(st.sampled_from(names), max_size=1))
        ]
        views.append(TargetObserved(there if copied or starts or draw(st.booleans()) else None, tuple(rivals)))
        for one in draw(st.sets(st.sampled_from(names))):
            key = id_key(point_id(name, one))
            key = removal_key(key) if draw(st.booleans()) else key
            started.add(key)
            if draw(st.booleans()):
                failures[key] = "no"
    which = draw(st.sampled_from([("latest",), ("all",), tuple(names), (names[0],)]))
    wanted = CopyWanted(collection_id(SOURCE), TARGETS, which, draw(st.booleans()))
    observed = CopyObserved(
        collection(*points),
        tuple(views),
        NOW,
        vm_points=draw(st.sampled_from([0, 498, 499, 500])),
        started=frozenset(started),
        failures=failures,
    )
    return wanted, observed


def of_target(actions: tuple[Action, ...], wanted: CopyTarget, verb: str) -> list[Action]:
    return [action for action in actions if action.verb == verb and action.payload["target"].id == wanted.id]


@settings(max_examples=300, deadline=None)
@given(situations())
def test_no_start_breaks_a_rule(situation: tuple[CopyWanted, CopyObserved]) -> None:
    wanted, observed = situation
    decision = decide_copies(wanted, observed)
    assert observed.source is not None
    begun = [action for action in decision.actions if action.verb == "start"]
    assert observed.vm_points + len(begun) <= 500 or not begun
    for place, view in zip(wanted.targets, observed.targets, strict=True):
        starts = of_target(decision.actions, place, "start")
        assert len(starts) <= 1
        if not starts:
            continue
        source = observed.source.point(starts[0].payload["name"])
        assert source is not None
        assert source.made
        assert source.created is not None
        existing = view.existing or target()
        assert find_copy(existing, source.id) is None
        assert not any(one.status in (RUNNING, PENDING) for one in existing.points), "one at a time"
        assert all(one.created is None or one.created < source.created for one in existing.points), "in order"
        assert not any(find_copy(rival, source.id) for rival in view.rivals), "one in a region"
        recent = [start for start in copy_starts(existing.tags) if NOW - start < datetime.timedelta(hours=1)]
        assert len(recent) < 3, "three an hour"
        listed = {id_key(one.id) for one in existing.points}
        unlisted = [
            key
            for key in observed.started - listed - set(observed.failures)
            if key.startswith(f"{id_key(place.id)}/") and "#" not in key
        ]
        assert not unlisted, "what was just started is in flight"


@settings(max_examples=300, deadline=None)
@given(situations())
def test_only_failed_copies_are_removed_and_only_on_request(situation: tuple[CopyWanted, CopyObserved]) -> None:
    wanted, observed = situation
    for place, view in zip(wanted.targets, observed.targets, strict=True):
        for action in of_target(decide_copies(wanted, observed).actions, place, "delete"):
            assert wanted.replace_failed
            assert view.existing is not None
            doomed = view.existing.point(action.payload["name"])
            assert doomed is not None
            assert doomed.status == "failed"
            assert id_key(doomed.id) not in observed.started


@settings(max_examples=100, deadline=None)
@given(situations())
def test_passes_end_and_a_second_run_finds_nothing_to_do(situation: tuple[CopyWanted, CopyObserved]) -> None:
    """Play Azure: what was started arrives, what was deleted goes, an hour passes."""
    wanted, observed = situation
    observed = replace(observed, started=frozenset(), failures={}, vm_points=0)
    for _round in range(30):
        decision = decide_copies(wanted, observed)
        if not decision.actions and decision.status not in UNSETTLED:
            break
        observed = an_hour_later(observed, wanted, decision.actions)
    else:
        pytest.fail(f"never settles: {decision.reason}")
    fresh = decide_copies(wanted, replace(observed, started=frozenset()))
    assert [action for action in fresh.actions if action.verb != "delete"] == []


def an_hour_later(observed: CopyObserved, wanted: CopyWanted, actions: tuple[Action, ...]) -> CopyObserved:
    assert observed.source is not None
    ages = {one.name: one.created for one in observed.source.points}
    now = observed.now + datetime.timedelta(hours=1)
    views = []
    started = set(observed.started)
    for place, view in zip(wanted.targets, observed.targets, strict=True):
        there: Collection = view.existing or target(name=place.name, location=place.location)
        exists = view.existing is not None or any(action.payload["target"].id == place.id for action in actions)
        copies = [
            one
            if one.status not in ("running",)
            else copy(one.name, None, created=one.created, in_collection=place.name)
            for one in there.points
            if not one.deleting
        ]
        tags = dict(there.tags)
        for action in of_target(actions, place, "delete"):
            copies = [one for one in copies if one.name != action.payload["name"]]
            started.add(removal_key(id_key(point_id(place.name, action.payload["name"]))))
        for action in of_target(actions, place, "start"):
            name = action.payload["name"]
            copies.append(copy(name, None, created=ages[name], percent=40.0, in_collection=place.name))
            tags = record_copy_start(tags, observed.now)
            started.add(id_key(point_id(place.name, name)))
        views.append(replace(view, existing=replace(there, points=tuple(copies), tags=tags) if exists else None))
    points = [replace(one, provisioning_state="Succeeded") if one.creating else one for one in observed.source.points]
    source = replace(observed.source, points=tuple(points))
    return replace(observed, source=source, targets=tuple(views), now=now, started=frozenset(started))
