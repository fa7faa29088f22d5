# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Versions of an image: which there are, which is due, which can be restored where, and which have served."""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from typing import Any

import pytest

from ansible_collections.bcdr.multicloud.plugins.module_utils._azure.ids import COMPUTE as NAMESPACE
from ansible_collections.bcdr.multicloud.plugins.module_utils._azure.ids import ResourceId
from ansible_collections.bcdr.multicloud.plugins.module_utils._azure.restores.restored import Disk
from ansible_collections.bcdr.multicloud.plugins.module_utils._azure.snapshots.image_values import (
    Image,
    ImageDisk,
    ImageTarget,
    ImageWanted,
)
from ansible_collections.bcdr.multicloud.plugins.module_utils._azure.snapshots.restorable import (
    image_key,
    image_origin,
    image_there,
)
from ansible_collections.bcdr.multicloud.plugins.module_utils._azure.snapshots.values import (
    COPY_START,
    DISKS,
    TAKEN,
    Snapshot,
)
from ansible_collections.bcdr.multicloud.plugins.module_utils._azure.snapshots.version_decision import (
    Part,
    disks_by_copies,
    due_version,
    newest_in,
    part_of,
    slotted,
    superseded,
    version_figures,
    versions_of,
    with_retention,
    without_source,
)
from ansible_collections.bcdr.multicloud.plugins.module_utils._azure.times import compact_timestamp
from ansible_collections.bcdr.multicloud.plugins.module_utils._core.reconcile import (
    BLOCKED,
    FAILED,
    PENDING,
    RUNNING,
    SUCCEEDED,
    Action,
    Decision,
)
from ansible_collections.bcdr.multicloud.tests.unit.azure.builders import COMPUTE, NOW, ago, key

HOME, NORTH, EAST = "westeurope", "northeurope", "eastus"
TARGETS = (ImageTarget(NORTH, "sub", "rg"), ImageTarget(EAST, "sub", "rg"))
GROUP = ResourceId("sub", "rg", NAMESPACE, (), ())
MANAGED = tuple(ImageDisk(lun, f"{COMPUTE}/snapshots/x", f"{COMPUTE}/disks/{lun}") for lun in (None, 0))
WANTED = ImageWanted("golden-initial", GROUP, MANAGED, TARGETS, max_age=86400)
FIRST, SECOND, THIRD = "golden-initial", "golden-20261119T120000Z", "golden-20261120T120000Z"


def snapshot(name: str, location: str, hours: float | None = 1, percent: float = 100.0, **fields: Any) -> Snapshot:
    """A snapshot of the source, or where the name has a region a copy, of data that is so many hours old."""
    copied = name.endswith(location)
    tags = {DISKS: "2", **({TAKEN: compact_timestamp(ago(hours))} if hours is not None else {})}
    return Snapshot(
        f"{COMPUTE}/snapshots/{name}",
        name,
        location,
        **{
            "tags": tags,
            "size_gb": 30,
            "create_option": COPY_START if copied else "Copy",
            "percent": percent if copied else None,
            **fields,
        },
    )


def version(name: str, hours: float, places: Iterable[str] = (NORTH, EAST), percent: float = 100.0) -> list[Snapshot]:
    """All snapshots of a version: at the source, and in the places."""
    return [
        part
        for disk in ("os", "data-0")
        for part in (
            snapshot(f"{name}-{disk}", HOME, hours),
            *(snapshot(f"{name}-{disk}-{place}", place, hours, percent) for place in places),
        )
    ]


@pytest.mark.parametrize(
    ("name", "part"),
    [
        ("golden-os", Part("golden", "", "os", "")),
        ("golden-data-12-northeurope", Part("golden", "", "data-12", NORTH)),
        ("golden-initial-os-northeurope", Part(FIRST, "initial", "os", NORTH)),
        ("golden-20261119T120000Z-data-0", Part(SECOND, "20261119T120000Z", "data-0", "")),
        ("GOLDEN-Initial-OS-NorthEurope", Part("GOLDEN-Initial", "Initial", "os", NORTH)),
        pytest.param("golden-os-northeurope-2", None, id="a second copy"),
        pytest.param("golden-os-westeurope-source-1", None, id="a temporary copy"),
        pytest.param("golden-ubuntu-os", None, id="another image"),
        pytest.param("golden-20261119-os", None, id="an image with a date in its name"),
        pytest.param("xgolden-os", None, id="a longer name"),
    ],
)
def test_what_a_name_says(name: str, part: Part | None) -> None:
    assert part_of("golden", name) == part


def test_versions_are_in_the_order_of_their_slots() -> None:
    found = versions_of(
        "golden", [*version(THIRD, 1), *version(SECOND, 25), *version(FIRST, 49), *version("golden", 9)]
    )
    assert {one.name for one in found} == {"golden", FIRST, SECOND, THIRD}
    assert [one.name for one in slotted(found)] == [FIRST, SECOND, THIRD]
    assert [one.taken for one in slotted(found)] == [ago(49), ago(25), ago(1)]


def test_a_snapshot_that_lies_about_its_region_is_none_of_a_version() -> None:
    assert versions_of("golden", [snapshot("golden-initial-os-northeurope", EAST)]) == ()


@pytest.mark.parametrize(
    ("changes", "usable"),
    [
        pytest.param([], True, id="both are there"),
        pytest.param([("percent", 99.9)], False, id="one is on its way"),
        pytest.param([("copy_error", "broken")], False, id="one has failed"),
        pytest.param([("provisioning_state", "Deleting")], False, id="one is being deleted"),
        pytest.param(None, False, id="one is missing"),
    ],
)
def test_a_version_is_usable_with_all_of_its_disks(changes: list[tuple[str, Any]] | None, usable: bool) -> None:
    os_disk = snapshot("golden-initial-os-northeurope", NORTH)
    data = snapshot("golden-initial-data-0-northeurope", NORTH, **dict(changes or []))
    (found,) = versions_of("golden", [os_disk] if changes is None else [os_disk, data])
    assert found.usable_in(NORTH) is usable
    assert not found.usable_in(EAST)


def test_a_version_whose_count_of_disks_nobody_knows_is_not_usable() -> None:
    """A data disk may be missing, and a machine would come up without it."""
    (found,) = versions_of("golden", [snapshot("golden-os-northeurope", NORTH, tags={})])
    assert not found.usable_in(NORTH)


class TestDue:
    def due(self, *snapshots: Snapshot, max_age: int = 86400) -> str:
        return due_version("golden", versions_of("golden", snapshots), NOW, max_age)

    def test_the_first(self) -> None:
        assert self.due() == FIRST

    def test_the_newest_while_it_is_young_enough(self) -> None:
        assert self.due(*version(FIRST, 49), *version(SECOND, 24)) == SECOND

    def test_the_next_is_named_after_the_moment_when_it_was_due(self) -> None:
        """So two runs, however far apart, mean the same one."""
        found = version(FIRST, 25)
        assert self.due(*found) == "golden-20261121T110000Z"
        later = due_version("golden", versions_of("golden", found), NOW + datetime.timedelta(hours=9), 86400)
        assert later == "golden-20261121T110000Z"

    def test_while_copies_travel_there_is_no_next_one(self) -> None:
        assert self.due(*version(FIRST, 99, percent=40.0)) == FIRST

    def test_a_copy_that_has_failed_does_not_keep_the_next_one_back(self) -> None:
        broken = snapshot("golden-initial-os-eastus", EAST, 25, copy_error="x")
        assert self.due(*version(FIRST, 25, [NORTH]), broken) == "golden-20261121T110000Z"

    @pytest.mark.parametrize(
        ("versions", "name"),
        [
            pytest.param([], "golden-20261121T100000Z", id="none yet"),
            pytest.param([(FIRST, 3)], "golden-20261121T100000Z", id="an older one"),
            pytest.param([(FIRST, 2)], FIRST, id="one of that very moment"),
            pytest.param([(FIRST, 3), (SECOND, 1), (THIRD, 0.5)], SECOND, id="the first one, however many follow"),
        ],
    )
    def test_from_after_a_moment(self, versions: list[tuple[str, float]], name: str) -> None:
        found = versions_of("golden", [part for one in versions for part in version(*one)])
        assert due_version("golden", found, NOW, None, ago(2)) == name

    def test_from_after_a_moment_nothing_older_is_waited_for(self) -> None:
        """What a machine wrote last is not in it."""
        travelling = versions_of("golden", version(FIRST, 3, percent=40.0))
        assert due_version("golden", travelling, NOW, None, ago(2)) == "golden-20261121T100000Z"

    def test_from_after_a_moment_all_disks_have_to_be(self) -> None:
        torn = [snapshot("golden-initial-os", HOME, 2.5), snapshot("golden-initial-data-0", HOME, 1.5)]
        assert due_version("golden", versions_of("golden", torn), NOW, None, ago(2)) == "golden-20261121T100000Z"

    def test_one_that_is_only_just_being_made_is_gone_on_with(self) -> None:
        assert self.due(snapshot("golden-initial-os", HOME, None, provisioning_state="Updating")) == FIRST


class TestFigures:
    def figures(
        self, snapshots: list[Snapshot], sources: dict[str, Snapshot | None], down: Iterable[str] = ()
    ) -> dict[str, Any]:
        return version_figures(WANTED, versions_of("golden", snapshots), sources, HOME, down, NOW)

    def test_the_newest_that_is_complete_counts(self) -> None:
        there = [*version(FIRST, 30), *version(SECOND, 4, [NORTH]), *version(THIRD, 1, [EAST], percent=50.0)]
        sources: dict[str, Snapshot | None] = {
            disk: part for part in there for disk in ("os", "data-0") if part.name == f"{THIRD}-{disk}"
        }
        figures = self.figures(there, sources)
        assert figures["rpo_seconds"] == 3600
        assert [(row["newest_usable"], row["rpo_seconds"]) for row in figures["targets"]] == [
            (SECOND, 4 * 3600),
            (FIRST, 30 * 3600),
        ]

    def test_while_the_next_one_is_only_due_the_source_has_the_last(self) -> None:
        figures = self.figures(version(FIRST, 30), {"os": None, "data-0": None})
        assert figures["rpo_seconds"] == 30 * 3600

    def test_nothing_is_known_of_what_cannot_be_asked(self) -> None:
        figures = self.figures([], {}, [HOME, EAST])
        assert "rpo_seconds" not in figures
        assert [(row["known"], row["newest_usable"], row["rpo_seconds"]) for row in figures["targets"]] == [
            (True, None, None),
            (False, None, None),
        ]


class TestRetention:
    def old(self, *snapshots: Snapshot, keep: int, coming: str = "") -> list[str]:
        return [one.name for one in superseded(versions_of("golden", snapshots), TARGETS, keep, coming)]

    def test_what_is_older_than_the_newest_complete_ones_goes(self) -> None:
        there = [*version(FIRST, 49), *version(SECOND, 25), *version(THIRD, 1)]
        assert self.old(*there, keep=2) == [FIRST]
        assert self.old(*there, keep=1) == [FIRST, SECOND]
        assert self.old(*there, keep=3) == []

    def test_what_is_not_complete_does_not_count(self) -> None:
        """While one region is down the last version that it has is kept, however many the others have got since."""
        there = [*version(FIRST, 49), *version(SECOND, 25, [NORTH]), *version(THIRD, 1, [NORTH])]
        assert self.old(*there, keep=1) == []

    def test_what_an_interrupted_removal_has_left_goes_too(self) -> None:
        left = [part for part in version(FIRST, 49) if not part.name.endswith(("os", EAST))]
        assert self.old(*left, *version(SECOND, 25), keep=1) == [FIRST]

    def test_what_is_on_its_way_is_counted_as_if_it_were_there(self) -> None:
        there = [*version(FIRST, 49), *version(SECOND, 25)]
        assert self.old(*there, keep=2, coming=THIRD) == [FIRST]
        assert self.old(*there, *version(THIRD, 1, [NORTH]), keep=1, coming=THIRD) == [FIRST, SECOND]

    def test_it_comes_when_all_else_is_done(self) -> None:
        snapshots = version(FIRST, 49)
        image = Image(f"{COMPUTE}/images/golden-initial-eastus", "golden-initial-eastus", EAST, "Succeeded")
        old = versions_of("golden", snapshots)

        def decide(status: str, started: Iterable[str] = (), failures: dict[str, str] | None = None) -> Decision:
            known = frozenset(started) | frozenset(failures or {})
            return with_retention(Decision(status), old, [image], snapshots, known, failures or {})

        names = ["image golden-initial-eastus", *(f"snapshot {part.name}" for part in old[0].snapshots)]
        done = decide(SUCCEEDED)
        assert (done.status, [action.resource for action in done.actions]) == (RUNNING, names)
        for status in (RUNNING, PENDING):
            coming = decide(status)
            assert (coming.status, coming.actions) == (status, ())
            assert [action.resource for action in coming.later] == names
        for status in (FAILED, BLOCKED):
            assert decide(status) == Decision(status)
        everything = [key(image.id), *(key(part.id) for part in snapshots)]
        assert (decide(SUCCEEDED, everything).status, decide(SUCCEEDED, everything).actions) == (RUNNING, ())
        refused = decide(SUCCEEDED, failures=dict.fromkeys(everything, "it is locked"))
        assert refused.status == FAILED
        assert "golden-initial-eastus: it is locked" in refused.reason

    def test_a_snapshot_that_is_being_copied_stays_until_that_is_done(self) -> None:
        snapshots = version(FIRST, 49)
        reader = snapshot("mine-westus", "westus", percent=50.0, source_id=snapshots[0].id)
        decision = with_retention(
            Decision(SUCCEEDED), versions_of("golden", snapshots), [], [*snapshots, reader], frozenset(), {}
        )
        assert f"snapshot {snapshots[0].name}" not in [action.resource for action in decision.actions]
        assert len(decision.actions) == len(snapshots) - 1


def test_the_disks_as_the_copies_tell_them() -> None:
    (found,) = versions_of("golden", [part for part in version(FIRST, 1) if part.location != HOME])
    disks = disks_by_copies(found, WANTED)
    assert [(disk.lun, disk.snapshot_id.rsplit("/", 1)[-1], disk.disk_size_gb) for disk in disks] == [
        (None, "golden-initial-os", 30),
        (0, "golden-initial-data-0", 30),
    ]
    (part,) = versions_of("golden", [snapshot("golden-initial-os-northeurope", NORTH)])
    assert disks_by_copies(part, WANTED) == ()


@pytest.mark.parametrize(
    ("decision", "status"),
    [
        (Decision(SUCCEEDED), FAILED),
        (Decision(FAILED, "1 of 2"), FAILED),
        (Decision(RUNNING, "1 of 2", actions=(Action("start", "x"),)), RUNNING),
        (Decision(PENDING), PENDING),
    ],
)
def test_without_its_source_a_run_does_what_it_can_and_fails_then(decision: Decision, status: str) -> None:
    told = without_source(decision, "503")
    assert told.status == status
    assert told.reason.startswith("the source cannot be asked: 503")
    assert decision.reason in told.reason
    assert told.actions == decision.actions


def test_as_a_version_everything_is_named_after_it() -> None:
    named = WANTED.as_version(SECOND)
    assert [disk.snapshot_id.rsplit("/", 1)[-1] for disk in named.disks] == [f"{SECOND}-os", f"{SECOND}-data-0"]
    assert named.image_id(TARGETS[0]).endswith(f"/images/{SECOND}-northeurope")
    given = ImageDisk(None, f"{COMPUTE}/snapshots/mine")
    assert ImageWanted("golden", GROUP, (given,), TARGETS).as_version(SECOND).disks == (given,)


@pytest.mark.parametrize(
    ("fields", "taken"),
    [
        pytest.param({"tags": {TAKEN: "20261121T100000Z"}, "created": ago(1)}, ago(2), id="the source, by its tag"),
        # Two runs at once send the same request, and the later one's tag stays.
        pytest.param({"tags": {TAKEN: "20261121T113000Z"}, "created": ago(1)}, ago(1), id="never after it was made"),
        pytest.param({"created": ago(1)}, ago(1), id="made by somebody else"),
        pytest.param({"tags": {TAKEN: "20261121T100000Z"}, "created": ago(9), "create_option": COPY_START}, ago(2), id="a copy"),
        pytest.param({"created": ago(1), "create_option": COPY_START}, None, id="a copy by somebody else"),
        pytest.param({"tags": {TAKEN: "yesterday"}}, None, id="a tag that is no moment"),
    ],
)  # fmt: skip
def test_the_moment_of_the_data(fields: dict[str, Any], taken: datetime.datetime | None) -> None:
    assert Snapshot(f"{COMPUTE}/snapshots/x", "x", HOME, **fields).taken == taken


class TestRestorable:
    def test_the_versions_of_one_region(self) -> None:
        there = image_there("golden", NORTH, [*version(FIRST, 30), *version(SECOND, 4, percent=40.0)])
        assert [(one.name, one.status, one.created) for one in there.by_age()] == [
            (FIRST, SUCCEEDED, ago(30)),
            (SECOND, RUNNING, ago(4)),
        ]
        assert [(disk.name, disk.lun, disk.is_os) for disk in there.by_age()[0].disks] == [
            ("os", None, True),
            ("data-0", 0, False),
        ]
        newest = there.by_age()[1]
        assert newest.describe_disks() == "os 40 %, data-0 40 %"
        for name in (SECOND, "20261119T120000Z", SECOND.upper()):
            assert there.point(name) == newest
        assert there.point("20261119") is None

    def test_what_is_missing_is_told(self) -> None:
        there = image_there("golden", NORTH, [snapshot("golden-initial-os-northeurope", NORTH)])
        assert there.by_age()[0].describe_disks() == "os 100 %, 1 is not there"
        there = image_there("golden", NORTH, [snapshot("golden-os-northeurope", NORTH, tags={})])
        assert there.by_age()[0].describe_disks() == "os 100 %, how many disks the image has is not known"

    def test_a_copy_that_has_failed(self) -> None:
        broken = snapshot("golden-initial-os-northeurope", NORTH, copy_error="x")
        assert image_there("golden", NORTH, [broken]).by_age()[0].status == FAILED

    @pytest.mark.parametrize(
        ("source", "found"),
        [
            (f"{COMPUTE}/snapshots/golden-initial-os-northeurope", (FIRST, "os")),
            (f"{COMPUTE.upper()}/SNAPSHOTS/golden-initial-os-northeurope", (FIRST, "os")),
            (f"{COMPUTE}/snapshots/golden-initial-os-eastus", None),
            (f"{COMPUTE}/snapshots/silver-os-northeurope", None),
            (
                "/subscriptions/sub/resourceGroups/other/providers/Microsoft.Compute/snapshots/golden-os-northeurope",
                None,
            ),
            (f"{COMPUTE}/disks/golden-os-northeurope", None),
            ("", None),
        ],
    )
    def test_what_a_disk_was_restored_from(self, source: str, found: tuple[str, str] | None) -> None:
        origin = image_origin(GROUP, "golden", NORTH)
        expected = None if found is None else (image_key(GROUP, "golden", NORTH), *found)
        assert origin.source_of(Disk("/d", "d", 30, source_id=source)) == expected


def test_the_newest_in_a_region() -> None:
    found = versions_of("golden", [*version(FIRST, 30), *version(SECOND, 4, [NORTH])])
    newest = newest_in(found, EAST)
    assert newest is not None
    assert newest.name == FIRST
    assert newest_in(found, "westus") is None
