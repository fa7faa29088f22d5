# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.bcdr.multicloud.plugins.module_utils._azure.restore_points.collection_decision import (
    CollectionObserved,
    CollectionWanted,
    Source,
    decide_collection,
)
from ansible_collections.bcdr.multicloud.plugins.module_utils._azure.restore_points.tags import COPY_STARTS
from ansible_collections.bcdr.multicloud.plugins.module_utils._azure.restore_points.values import Collection
from ansible_collections.bcdr.multicloud.plugins.module_utils._core.reconcile import (
    ABSENT,
    BLOCKED,
    RUNNING,
    SUCCEEDED,
    Decision,
)
from ansible_collections.bcdr.multicloud.tests.unit.azure.builders import (
    SOURCE,
    VM_ID,
    collection,
    collection_id,
    point,
    target,
)

VM = Source(VM_ID, "West Europe")
LOCAL = Source(collection_id(SOURCE), "westeurope", is_collection=True)
REMOTE = Source(collection_id("rpc-ne"), "northeurope", is_collection=True, is_remote=True)


def decide(
    existing: Collection | None, source: Source | None = None, deleting: bool = False, failure: str = "", **wanted: Any
) -> Decision:
    wanted.setdefault("id", collection_id(SOURCE))
    return decide_collection(CollectionWanted(**wanted), CollectionObserved(existing, source, deleting, failure))


class TestCreate:
    def test_where_the_vm_is(self) -> None:
        decision = decide(None, VM, tags={"a": "1"})
        [action] = decision.actions
        assert decision.status == SUCCEEDED
        assert action.describe() == "create restore point collection rpc"
        assert action.payload == {"location": "westeurope", "source_id": VM_ID, "tags": {"a": "1"}}
        assert action.before is None
        assert action.after == {"location": "westeurope", "source_id": VM_ID, "tags": {"a": "1"}}
        assert decision.result["location"] == "westeurope"
        assert decision.result["tags"] == {"a": "1"}

    def test_for_copies_in_another_region(self) -> None:
        [action] = decide(None, LOCAL, location="North Europe").actions
        assert action.payload["location"] == "northeurope"
        assert action.payload["source_id"] == collection_id(SOURCE)

    @pytest.mark.parametrize(
        ("source", "location", "words"),
        [
            pytest.param(None, "", "neither source_vm nor source_collection", id="from nothing"),
            pytest.param(LOCAL, "", "location is needed with source_collection", id="copies to nowhere"),
            pytest.param(LOCAL, "West Europe", "only to another region", id="same region"),
            pytest.param(REMOTE, "westeurope", "Azure copies no copies", id="copy of copies"),
        ],
    )
    def test_rules(self, source: Source | None, location: str, words: str) -> None:
        decision = decide(None, source, location=location)
        assert (decision.status, decision.actions) == (BLOCKED, ())
        assert words in decision.reason


class TestUpdate:
    def test_as_it_should_be(self) -> None:
        existing = collection(point("rp1"), tags={"a": "1"})
        decision = decide(existing, source_id=VM_ID.upper(), location="WestEurope", tags={"a": "1"})
        assert (decision.status, decision.actions) == (SUCCEEDED, ())
        assert decision.result["restore_points"] == ["rp1"]

    def test_tags_are_all_that_changes(self) -> None:
        decision = decide(collection(tags={"a": "1", COPY_STARTS: "x"}), tags={"b": "2"}, append_tags=False)
        [action] = decision.actions
        assert action.verb == "update tags of"
        assert (action.before, action.after) == ({"tags": {"a": "1"}}, {"tags": {"b": "2"}})
        assert action.payload == {"tags": {"b": "2", COPY_STARTS: "x"}}
        assert decision.result["tags"] == {"b": "2"}

    def test_tags_that_are_not_given_stay(self) -> None:
        assert decide(collection(tags={"a": "1"}), append_tags=False).actions == ()

    @pytest.mark.parametrize(
        ("changes", "words"),
        [
            ({"source_id": collection_id("other")}, "cannot be changed"),
            ({"location": "eastus"}, "cannot be moved to eastus"),
        ],
    )
    def test_nothing_else_can_change(self, changes: dict[str, str], words: str) -> None:
        decision = decide(collection(), tags={"new": "1"}, **changes)
        assert (decision.status, decision.actions) == (BLOCKED, ())
        assert words in decision.reason


class TestAbsent:
    def test_already(self) -> None:
        assert decide(None, state="absent") == Decision(ABSENT)

    @pytest.mark.parametrize("force", [False, True])
    def test_empty(self, force: bool) -> None:
        decision = decide(target(), state="absent", force=force)
        assert (decision.status, [one.verb for one in decision.actions]) == (RUNNING, ["delete"])

    def test_points_are_not_lost_by_accident(self) -> None:
        full = collection(*[point(f"rp{n}", n) for n in range(1, 8)])
        decision = decide(full, state="absent")
        assert (decision.status, decision.actions) == (BLOCKED, ())
        assert "7 restore points (rp1, rp2, rp3, rp4, rp5 and 2 more)" in decision.reason
        assert "force: true" in decision.reason
        assert [one.verb for one in decide(full, state="absent", force=True).actions] == ["delete"]

    def test_never_what_is_being_copied_not_even_by_force(self) -> None:
        full = collection(point("rp1", 3))
        wanted = CollectionWanted(full.id, state="absent", force=True)
        decision = decide_collection(wanted, CollectionObserved(full, copied_to=("rpc-dr (northeurope)",)))
        assert (decision.status, decision.actions) == (BLOCKED, ())
        assert "rpc-dr (northeurope)" in decision.reason

    def test_it_is_deleted_once_and_then_waited_for(self) -> None:
        decision = decide(collection(), deleting=True, state="absent")
        assert (decision.status, decision.actions) == (RUNNING, ())

    def test_what_azure_says_when_it_cannot(self) -> None:
        decision = decide(collection(), deleting=True, failure="ScopeLocked: x", state="absent")
        assert (decision.status, decision.actions) == (BLOCKED, ())
        assert "ScopeLocked: x" in decision.reason
