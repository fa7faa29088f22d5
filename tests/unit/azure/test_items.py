# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What items ask Azure before they decide: enough to be right, and no more."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest

from ansible_collections.bcdr.multicloud.plugins.module_utils._azure.provider import Session
from ansible_collections.bcdr.multicloud.plugins.module_utils._azure.restore_points.creation_item import PointItem
from ansible_collections.bcdr.multicloud.plugins.module_utils._azure.restore_points.retention_item import RetentionItem
from ansible_collections.bcdr.multicloud.plugins.module_utils._core.errors import InvalidRequest, ProviderError
from ansible_collections.bcdr.multicloud.plugins.module_utils._core.provider import Memory
from ansible_collections.bcdr.multicloud.plugins.module_utils._core.reconcile import (
    BLOCKED,
    RUNNING,
    Decision,
    Settings,
)
from ansible_collections.bcdr.multicloud.tests.unit.azure.builders import (
    NOW,
    SOURCE,
    TARGET,
    VM_ID,
    collection_id,
    point_id,
)

LIST = "/subscriptions/sub/providers/Microsoft.Compute/restorePointCollections"


class FakeClient:
    """Azure as a dict of resources; `asked` are the paths below the collections that were read."""

    def __init__(self) -> None:
        self.resources: dict[str, dict[str, Any]] = {}
        self.memory = Memory()
        self.listing_forbidden = False
        self.asked: list[str] = []
        self.begun: list[tuple[str, str]] = []
        self.operation: Any = None

    def now(self) -> datetime.datetime:
        return NOW

    def get(self, path: str, api_version: str, **query: str) -> dict[str, Any] | None:
        self.asked.append(path.rsplit("/", 1)[-1])
        return self.resources.get(path.lower())

    def list(self, path: str, api_version: str, **query: str) -> Iterator[dict[str, Any]]:
        self.asked.append("list")
        assert path == LIST
        if self.listing_forbidden:
            raise ProviderError("no right", code="AuthorizationFailed", status=403)
        for answer in self.resources.values():
            if "restorePoints" in answer["properties"]:
                properties = {**answer["properties"], "restorePoints": None}
                yield {**answer, "properties": properties}

    def begin(self, method: str, path: str, api_version: str, body: Any = None) -> Any:
        self.begun.append((method, path.rsplit("/", 1)[-1]))
        return self.operation

    def add(self, name: str, source: str, location: str, *points: tuple[str, float, str]) -> None:
        """Add a collection; a point is a name, hours since its creation, and the state of its replication."""
        entries = []
        for point, age, state in points:
            copied = source != VM_ID
            here = point_id(name, point)
            disk_point = f"{here}/diskRestorePoints/os_1"
            properties: dict[str, Any] = {
                "provisioningState": "Succeeded",
                "timeCreated": (NOW - datetime.timedelta(hours=age)).isoformat(),
                "sourceMetadata": {
                    "storageProfile": {"osDisk": {"name": "os", "diskRestorePoint": {"id": disk_point}}}
                },
            }
            if copied:
                properties["sourceRestorePoint"] = {"id": f"{source}/restorePoints/{point}"}
            entries.append({"id": here, "properties": properties})
            view = {
                "diskRestorePoints": [
                    {"id": disk_point, "replicationStatus": {"status": {"code": f"ReplicationState/{state}"}}}
                ]
            }
            self.resources[here.lower()] = {"id": here, "properties": {**properties, "instanceView": view}}
        self.resources[collection_id(name).lower()] = {
            "id": collection_id(name),
            "location": location,
            "properties": {"source": {"id": source, "location": "westeurope"}, "restorePoints": entries},
        }


@pytest.fixture
def client() -> FakeClient:
    """The VM's own collection with three points, of which two were copied."""
    fake = FakeClient()
    fake.add(SOURCE, VM_ID, "westeurope", ("rp1", 30, "-"), ("rp2", 20, "-"), ("rp3", 10, "-"))
    fake.add(TARGET, collection_id(SOURCE), "northeurope", ("rp1", 30, "succeeded"), ("rp2", 20, "replicating"))
    return fake


def session(client: FakeClient) -> Session:
    return Session(client, "sub", Settings())  # type: ignore[arg-type]


def point_item(client: FakeClient, **changes: Any) -> PointItem:
    params = {
        "restore_point_collection": SOURCE,
        "resource_group": "rg",
        "state": "present",
        "name_prefix": "bcdr-",
        "consistency": "application",
        "force": False,
        **changes,
    }
    return PointItem(params, session(client))


def look(item: Any) -> Decision:
    decision: Decision = item.decide(item.observe())
    return decision


class TestDeletingAPoint:
    def test_the_newest_usable_copy_is_protected_like_any_other(self, client: FakeClient) -> None:
        """That a copy is usable only its instance view says, and it may be all that is left after a disaster."""
        decision = look(point_item(client, restore_point_collection=TARGET, name="rp1", state="absent"))
        assert (decision.status, decision.actions) == (BLOCKED, ())
        assert "newest usable" in decision.reason

    def test_an_older_copy_may_go(self, client: FakeClient) -> None:
        client.add(TARGET, collection_id(SOURCE), "northeurope", ("rp1", 30, "succeeded"), ("rp2", 20, "succeeded"))
        decision = look(point_item(client, restore_point_collection=TARGET, name="rp1", state="absent"))
        assert (decision.status, len(decision.actions)) == (RUNNING, 1)

    def test_the_source_of_a_running_copy_is_protected(self, client: FakeClient) -> None:
        decision = look(point_item(client, name="rp2", state="absent"))
        assert decision.status == BLOCKED
        assert "rpc-ne (northeurope)" in decision.reason

    def test_the_source_of_a_finished_copy_may_go(self, client: FakeClient) -> None:
        item = point_item(client, name="rp1", state="absent")
        [action] = look(item).actions
        item.perform(action)
        assert client.begun == [("DELETE", "rp1")]

    def test_why_azure_refused(self, client: FakeClient) -> None:
        client.operation = SimpleNamespace(failure=lambda: ProviderError("SAS", code="DiskRestorePointUsedByCustomer"))
        item = point_item(client, name="rp1", state="absent")
        item.perform(look(item).actions[0])
        assert "DiskRestorePointUsedByCustomer: SAS" in look(item).reason


class TestMakingAPoint:
    def test_nothing_beyond_the_collection_is_asked_when_nothing_is_done(self, client: FakeClient) -> None:
        look(point_item(client, max_age="1d"))
        assert client.asked == [SOURCE]

    def test_all_points_of_the_vm_count_for_the_limit(self, client: FakeClient) -> None:
        many = [(f"rp{number}", 30.0 - number / 100, "-") for number in range(498)]
        client.add(SOURCE, VM_ID, "westeurope", *many)
        decision = look(point_item(client, max_age="1h"))
        assert decision.status == BLOCKED
        assert "500 restore points" in decision.reason

    def test_who_may_not_list_can_still_make_points(self, client: FakeClient) -> None:
        client.listing_forbidden = True
        assert [action.verb for action in look(point_item(client, max_age="1h")).actions] == ["create"]

    def test_a_point_straight_into_another_region_is_made_once(self, client: FakeClient) -> None:
        client.add("direct", VM_ID, "northeurope", ("bcdr-initial", 1, "replicating"))
        decision = look(point_item(client, restore_point_collection="direct", max_age="30m"))
        assert (decision.status, decision.actions) == (RUNNING, ())

    @pytest.mark.parametrize(
        ("changes", "option"),
        [
            ({"name": "rp1-"}, "name"),
            ({"name_prefix": "-x"}, "name_prefix"),
            ({"state": "absent"}, "name"),
            ({"max_age": "soon"}, "max_age"),
            ({"name": "rp1", "exclude_disks": ["a/b"]}, "exclude_disks"),
            ({"name": "rp1", "resource_group": None}, "restore_point_collection"),
        ],
    )
    def test_bad_options_are_named(self, client: FakeClient, changes: dict[str, Any], option: str) -> None:
        with pytest.raises(InvalidRequest, match=f"^{option}: "):
            point_item(client, **changes)


def retention_item(client: FakeClient, collection: str = SOURCE, **changes: Any) -> RetentionItem:
    params = {"restore_point_collection": collection, "resource_group": "rg", **changes}
    return RetentionItem(params, session(client))


class TestRetention:
    def test_when_nothing_would_go_no_view_is_read(self, client: FakeClient) -> None:
        look(retention_item(client, TARGET, keep_newest=5))
        assert client.asked == [TARGET]

    def test_the_only_copy_that_has_arrived_stays(self, client: FakeClient) -> None:
        client.add(
            TARGET,
            collection_id(SOURCE),
            "northeurope",
            ("rp0", 40, "succeeded"),
            ("rp1", 30, "succeeded"),
            ("rp2", 20, "replicating"),
            ("rp3", 10, "failed"),
        )
        assert look(retention_item(client, TARGET, keep_newest=1)).actions == ()

    def test_the_source_of_a_running_copy_stays(self, client: FakeClient) -> None:
        assert look(retention_item(client, keep_newest=1)).actions == ()
        client.add(TARGET, collection_id(SOURCE), "northeurope", ("rp1", 30, "succeeded"), ("rp2", 20, "succeeded"))
        assert [action.payload["name"] for action in look(retention_item(client, keep_newest=1)).actions] == ["rp2"]

    def test_targets_that_cannot_be_listed_can_be_named(self, client: FakeClient) -> None:
        client.listing_forbidden = True
        assert look(retention_item(client, keep_newest=1, copied_to=[TARGET])).actions == ()

    @pytest.mark.parametrize("number", [0, -1])
    def test_to_keep_none_is_refused(self, client: FakeClient, number: int) -> None:
        with pytest.raises(InvalidRequest, match=r"^keep_newest: "):
            retention_item(client, keep_newest=number)
