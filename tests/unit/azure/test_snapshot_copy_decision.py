# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Each of Azure's rules on copies of snapshots, as what may be started and what is told instead."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from ansible_collections.bcdr.multicloud.plugins.module_utils._azure.snapshots.copy_decision import (
    CopyObserved,
    CopyWanted,
    decide_copy,
    needs_source,
    removal_key,
)
from ansible_collections.bcdr.multicloud.plugins.module_utils._azure.snapshots.values import (
    COPY_START,
    STARTED,
    Snapshot,
)
from ansible_collections.bcdr.multicloud.plugins.module_utils._core.reconcile import (
    ABSENT,
    BLOCKED,
    FAILED,
    PENDING,
    RUNNING,
    SUCCEEDED,
    Decision,
)
from ansible_collections.bcdr.multicloud.tests.unit.azure.builders import COMPUTE, ago, key


def snapshot_id(name: str) -> str:
    return f"{COMPUTE}/snapshots/{name}"


def source(name: str = "os", age: float = 2, **fields: Any) -> Snapshot:
    """An incremental snapshot of a disk in West Europe."""
    fields = {"size_gb": 30, "source_id": f"{COMPUTE}/disks/os", "family_id": "family", **fields}
    return Snapshot(snapshot_id(name), name, "westeurope", created=ago(age), **fields)


def copy(name: str = "os-ne", of: str = "os", percent: float = 100.0, **fields: Any) -> Snapshot:
    """Its copy in North Europe."""
    fields = {"location": "northeurope", "size_gb": 30, "family_id": "family-ne", **fields}
    return Snapshot(
        snapshot_id(name), name, create_option=COPY_START, source_id=snapshot_id(of), percent=percent, **fields
    )


OS = source()
WANTED = CopyWanted(snapshot_id("os-ne"), "northeurope", OS.id)
COPY_KEY = key(WANTED.id)


def decide(
    existing: Snapshot | None = None, original: Snapshot | None = OS, wanted: CopyWanted = WANTED, **observed: Any
) -> Decision:
    return decide_copy(wanted, CopyObserved(existing, original, **observed))


def verbs(decision: Decision) -> list[str]:
    return [action.describe() for action in decision.actions]


class TestStart:
    def test_what_is_missing_is_started(self) -> None:
        decision = decide()
        assert (decision.status, verbs(decision)) == (RUNNING, ["start copy os-ne"])
        assert decision.actions[0].after == {"source_id": OS.id, "location": "northeurope", "tags": {}}

    @pytest.mark.parametrize(
        ("original", "words"),
        [
            (source(incremental=False), "full snapshot"),
            (replace(OS, location="northeurope"), "only to another region"),
            (source(encryption_set_id="/des"), "give disk_encryption_set_id"),
            (source(provisioning_state="Deleting"), "is being deleted"),
            (copy("os", "older", 12.0, location="westeurope", copy_error="CopySourceNotFound"), "CopySourceNotFound"),
        ],
    )
    def test_what_can_never_be(self, original: Snapshot, words: str) -> None:
        decision = decide(original=original)
        assert (decision.status, decision.actions, decision.later) == (BLOCKED, (), ())
        assert words in decision.reason

    def test_a_key_of_the_target_region_is_enough(self) -> None:
        wanted = replace(WANTED, encryption_set_id="/des-ne")
        assert verbs(decide(original=source(encryption_set_id="/des"), wanted=wanted)) == ["start copy os-ne"]

    def test_a_source_that_is_not_there(self) -> None:
        assert decide(original=None).status == FAILED
        # In check mode an earlier task would have made it.
        assert decide(original=None, check_mode=True).status == PENDING
        down = decide(original=None, source_unavailable="503")
        assert (down.status, down.reason) == (FAILED, "the source cannot be asked: 503")

    @pytest.mark.parametrize(
        ("original", "listed", "words"),
        [
            pytest.param(copy("os", "older", 40.0, location="westeurope"), [], "(40 %)", id="source not complete"),
            pytest.param(OS, [copy("os-se", percent=10, location="swedencentral")], "copies_per_source", id="k"),
            pytest.param(
                OS,
                [source("older", 9), copy("older-ne", "older", 10)],
                "older-ne is being copied to northeurope",
                id="one at a time",
            ),
            pytest.param(
                OS,
                [copy(f"x{number}", f"y{number}", 10) for number in range(100)],
                "100 snapshots are being copied in northeurope",
                id="into the region",
            ),
            pytest.param(
                OS,
                [
                    found
                    for number in range(100)
                    for found in (
                        source(f"y{number}", family_id=f"f{number}"),
                        copy(f"x{number}", f"y{number}", 10, location="eastus"),
                    )
                ],
                "100 snapshots are being copied in westeurope",
                id="out of the region",
            ),
        ],
    )
    def test_what_has_to_wait(self, original: Snapshot, listed: list[Snapshot], words: str) -> None:
        decision = decide(original=original, listed=(original, *listed))
        assert (decision.status, decision.actions) == (PENDING, ())
        assert [action.describe() for action in decision.later] == ["start copy os-ne"]
        assert words in decision.reason

    def test_what_was_started_since_counts(self) -> None:
        assert decide(listed=(OS,), more={key(OS.id): 1}).status == PENDING
        assert decide(listed=(OS,), more={"northeurope": 100}).status == PENDING

    def test_more_at_once_where_that_is_allowed(self) -> None:
        listed = (OS, copy("os-se", percent=10, location="swedencentral"))
        assert decide(wanted=replace(WANTED, copies_per_source=2), listed=listed).status == RUNNING

    def test_copies_that_are_done_or_of_other_disks_are_no_hindrance(self) -> None:
        listed = (
            OS,
            copy("os-se", location="swedencentral"),
            source("data", family_id="other"),
            copy("data-ne", "data", 10),
        )
        assert decide(listed=listed).status == RUNNING

    def test_never_after_a_newer_one(self) -> None:
        listed = (OS, source("newer", 1), copy("newer-ne", "newer"))
        decision = decide(listed=listed)
        assert decision.status == BLOCKED
        assert "the newer newer-ne is already in northeurope" in decision.reason
        assert decide(listed=(OS, source("older", 9), copy("older-ne", "older"))).status == RUNNING

    def test_without_the_right_to_list(self) -> None:
        assert decide(listed=None).status == RUNNING

    def test_started_and_not_listed_yet(self) -> None:
        decision = decide(started=frozenset([COPY_KEY]))
        assert (decision.status, decision.actions) == (RUNNING, ())
        failed = decide(started=frozenset([COPY_KEY]), failures={COPY_KEY: "Azure says no"})
        assert (failed.status, failed.reason) == (FAILED, "Azure says no")


class TestPresent:
    def test_complete(self) -> None:
        decision = decide(copy(tags={STARTED: "20261121T110000Z", "a": "b"}), original=None, seconds=3599.7)
        assert (decision.status, decision.actions, decision.percent) == (SUCCEEDED, (), 100.0)
        assert decision.result == {
            "snapshot_id": WANTED.id,
            "name": "os-ne",
            "source_id": OS.id,
            "location": "northeurope",
            "size_gb": 30,
            "started_at": "2026-11-21T11:00:00Z",
            "duration_seconds": 3600,
            "tags": {"a": "b"},
        }

    def test_under_way(self) -> None:
        decision = decide(copy(percent=42.5), original=None)
        assert (decision.status, decision.percent, decision.actions) == (RUNNING, 42.5, ())

    def test_its_source_is_not_needed_any_more(self) -> None:
        assert needs_source(WANTED, None)
        assert not needs_source(WANTED, copy())
        assert not needs_source(WANTED, copy(percent=10))
        assert not needs_source(WANTED, copy(copy_error="x"))
        assert needs_source(replace(WANTED, replace_failed=True), copy(copy_error="x"))
        assert not needs_source(replace(WANTED, state="absent"), None)

    def test_tags_are_added(self) -> None:
        decision = decide(copy(tags={"a": "b"}), wanted=replace(WANTED, tags={"c": "d"}))
        assert verbs(decision) == ["update tags of snapshot os-ne"]
        assert decision.actions[0].payload["tags"] == {"a": "b", "c": "d"}
        assert decide(copy(tags={"c": "d"}), wanted=replace(WANTED, tags={"c": "d"})).actions == ()

    @pytest.mark.parametrize("other", [copy(of="another"), copy(location="uksouth")])
    def test_another_snapshot_with_the_name(self, other: Snapshot) -> None:
        assert decide(other).status == BLOCKED
        assert "use another name" in decide(other).reason

    def test_being_deleted(self) -> None:
        assert decide(copy(provisioning_state="Deleting")).status == PENDING


class TestFailed:
    broken = copy(percent=57.0, copy_error="CopySourceNotFound: gone")
    again = replace(WANTED, replace_failed=True)

    def test_is_told_with_what_to_do(self) -> None:
        decision = decide(self.broken)
        assert (decision.status, decision.actions) == (FAILED, ())
        assert decision.reason == (
            "the copy failed: CopySourceNotFound: gone; replace_failed: true removes it and starts again"
        )

    def test_is_replaced_on_request(self) -> None:
        decision = decide(self.broken, wanted=self.again)
        assert (decision.status, verbs(decision)) == (PENDING, ["delete failed copy os-ne"])
        assert [action.describe() for action in decision.later] == ["start copy os-ne"]
        removed = frozenset([removal_key(COPY_KEY)])
        assert decide(self.broken, wanted=self.again, started=removed).actions == ()
        assert verbs(decide(None, wanted=self.again, started=removed)) == ["start copy os-ne"]

    def test_is_not_replaced_for_ever(self) -> None:
        decision = decide(self.broken, wanted=self.again, started=frozenset([COPY_KEY]))
        assert (decision.status, decision.actions) == (FAILED, ())

    def test_is_kept_when_it_could_not_be_made_again(self) -> None:
        decision = decide(self.broken, original=None, wanted=self.again)
        assert (decision.status, decision.actions) == (FAILED, ())
        assert decide(self.broken, source(incremental=False), wanted=self.again).status == BLOCKED

    def test_why_it_cannot_be_removed(self) -> None:
        name = removal_key(COPY_KEY)
        decision = decide(self.broken, wanted=self.again, started=frozenset([name]), failures={name: "locked"})
        assert decision.status == FAILED
        assert "cannot be removed: locked" in decision.reason


class TestAbsent:
    gone = replace(WANTED, state="absent")

    def test_nothing_there(self) -> None:
        assert decide(None, None, self.gone).status == ABSENT

    def test_deleted(self) -> None:
        decision = decide(copy(), None, self.gone, listed=(copy(),))
        assert (decision.status, verbs(decision)) == (RUNNING, ["delete snapshot os-ne"])
        assert decide(copy(), None, self.gone, started=frozenset([removal_key(COPY_KEY)])).actions == ()
        assert decide(copy(provisioning_state="Deleting"), None, self.gone).actions == ()

    def test_not_while_it_is_copied_itself(self) -> None:
        reader = copy("os-se", "os-ne", 10, location="swedencentral")
        decision = decide(copy(), None, self.gone, listed=(copy(), reader))
        assert (decision.status, decision.actions) == (BLOCKED, ())
        assert "os-se (swedencentral)" in decision.reason

    def test_not_another_snapshot(self) -> None:
        assert decide(copy(of="another"), None, self.gone).status == BLOCKED

    def test_why_azure_refused(self) -> None:
        decision = decide(copy(), None, self.gone, failures={removal_key(COPY_KEY): "locked"})
        assert (decision.status, decision.reason) == (BLOCKED, "Azure could not delete it: locked")
