# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the items of snapshots ask Azure, and what they do when it does not answer or refuses."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest

from ansible_collections.bcdr.multicloud.plugins.module_utils._azure.provider import Session
from ansible_collections.bcdr.multicloud.plugins.module_utils._azure.snapshots.copy_item import CopyItem
from ansible_collections.bcdr.multicloud.plugins.module_utils._azure.snapshots.image_item import ImageItem
from ansible_collections.bcdr.multicloud.plugins.module_utils._azure.snapshots.removal_item import make_item
from ansible_collections.bcdr.multicloud.plugins.module_utils._azure.snapshots.values import (
    DISKS,
    ORIGIN,
    STARTED,
    TAKEN,
    origin_tag,
)
from ansible_collections.bcdr.multicloud.plugins.module_utils._azure.times import compact_timestamp
from ansible_collections.bcdr.multicloud.plugins.module_utils._core.errors import (
    BcdrError,
    Conflict,
    InvalidRequest,
    ProviderError,
    Throttled,
    Unavailable,
)
from ansible_collections.bcdr.multicloud.plugins.module_utils._core.provider import Memory
from ansible_collections.bcdr.multicloud.plugins.module_utils._core.reconcile import (
    ABSENT,
    BLOCKED,
    FAILED,
    PENDING,
    RUNNING,
    SUCCEEDED,
    Decision,
    Settings,
)
from ansible_collections.bcdr.multicloud.tests.unit.azure.builders import COMPUTE, NOW, ago

SOURCE = f"{COMPUTE}/snapshots/os"
NORTH, EAST = f"{COMPUTE}/snapshots/golden-os-northeurope", f"{COMPUTE}/snapshots/golden-os-eastus"


class FakeClient:
    """Azure as a dict of snapshots; `asked` is what was read, `begun` what was changed, and errors come as told."""

    def __init__(self) -> None:
        self.memory = Memory()
        self.resources: dict[str, dict[str, Any]] = {}
        self.asked: list[str] = []
        self.begun: list[tuple[str, str]] = []
        self.bodies: list[Any] = []
        self.down: set[str] = set()
        self.listing: Exception | None = None
        self.refusals: dict[str, Exception] = {}
        self.time = NOW
        self.operation: Any = SimpleNamespace(failure=lambda: None)

    def now(self) -> datetime.datetime:
        return self.time

    def get(self, path: str, api_version: str, **query: str) -> dict[str, Any] | None:
        name = path.rsplit("/", 1)[-1]
        self.asked.append(name)
        if any(name.endswith(region) for region in self.down):
            raise Unavailable("the region is down", status=503)
        return self.resources.get(path.lower())

    def list(self, path: str, api_version: str, **query: str) -> Iterator[dict[str, Any]]:
        self.asked.append("list")
        if self.listing is not None:
            raise self.listing
        yield from self.resources.values()

    def begin(self, method: str, path: str, api_version: str, body: Any = None) -> Any:
        name = path.rsplit("/", 1)[-1]
        if name in self.refusals:
            raise self.refusals[name]
        self.begun.append((method, name))
        self.bodies.append(body)
        return self.operation

    def add(self, path: str, location: str, source: str = "", percent: float | None = None, **properties: Any) -> None:
        """Add a snapshot: the source without a percentage, or a copy of the source's, one hour old."""
        copied = percent is not None
        self.resources[path.lower()] = {
            "id": path,
            "location": location,
            "tags": {ORIGIN: origin_tag(SOURCE), STARTED: compact_timestamp(ago(1))} if copied else {},
            "properties": {
                "creationData": {"createOption": "CopyStart" if copied else "Copy", "sourceResourceId": source},
                "incremental": True,
                "diskSizeGB": 30,
                "provisioningState": "Succeeded",
                "timeCreated": ago(2).isoformat(),
                "incrementalSnapshotFamilyId": f"family-{location}",
                **({"completionPercent": percent} if copied else {}),
                **properties,
            },
        }


@pytest.fixture
def client() -> FakeClient:
    fake = FakeClient()
    fake.add(SOURCE, "westeurope", f"{COMPUTE}/disks/os")
    return fake


def session(client: FakeClient, patient: bool = False) -> Session:
    return Session(client, "sub", Settings(wait=patient))  # type: ignore[arg-type]


def copy_item(client: FakeClient, **changes: Any) -> CopyItem:
    params = {
        "snapshot": "os",
        "resource_group": "rg",
        "location": "North Europe",
        "target_name": "golden-os-northeurope",
        "state": "present",
        "replace_failed": False,
        "copies_per_source": 1,
        **changes,
    }
    return CopyItem(params, session(client))


def image_item(client: FakeClient, patient: bool = False, **changes: Any) -> ImageItem:
    params = {
        "name": "golden",
        "resource_group": "rg",
        "disks": [{"snapshot": "os"}],
        "targets": [{"location": region, "copies": 1} for region in ("northeurope", "eastus")],
        "planning": {"strategy": "optimized", "copies_per_source": 1, "temporary_copies": False},
        "retries": 1,
        **changes,
    }
    return ImageItem(params, session(client, patient))


def look(item: Any, client: FakeClient) -> Decision:
    """One look, in a round of its own."""
    client.memory.forget()
    decision: Decision = item.decide(item.observe())
    return decision


def act(item: Any, decision: Decision) -> list[bool | None]:
    return [item.perform(action) for action in decision.actions]


class TestOneCopy:
    def test_of_one_that_is_there_only_that_is_asked(self, client: FakeClient) -> None:
        client.add(NORTH, "northeurope", SOURCE, 100.0)
        assert look(copy_item(client), client).status == SUCCEEDED
        assert client.asked == ["golden-os-northeurope"]

    def test_what_a_start_sends(self, client: FakeClient) -> None:
        item = copy_item(client, tags={"a": "b"})
        act(item, look(item, client))
        assert client.begun == [("PUT", "golden-os-northeurope")]
        assert client.bodies[0]["tags"] == {"a": "b", STARTED: "20261121T120000Z"}
        # Not listed yet, and not started again.
        assert (look(item, client).status, look(item, client).actions) == (RUNNING, ())

    def test_its_duration_is_told_if_it_was_seen_to_end(self, client: FakeClient) -> None:
        item = copy_item(client)
        client.add(NORTH, "northeurope", SOURCE, 90.0)
        assert look(item, client).result["duration_seconds"] is None
        client.add(NORTH, "northeurope", SOURCE, 100.0)
        client.time = NOW + datetime.timedelta(minutes=5)
        assert look(item, client).result["duration_seconds"] == 3900
        assert look(copy_item(client), client).result["duration_seconds"] is None

    def test_two_items_of_a_round_see_each_other(self, client: FakeClient) -> None:
        first, second = copy_item(client), copy_item(client, location="eastus", target_name="golden-os-eastus")
        assert first.group == second.group
        client.memory.forget()
        act(first, first.decide(first.observe()))
        assert second.decide(second.observe()).status == PENDING

    @pytest.mark.parametrize(
        ("changes", "option"),
        [
            ({"snapshot": "-x"}, "snapshot"),
            ({"target_name": "x."}, "target_name"),
            ({"target_name": "os"}, "target_name"),
            ({"resource_group": None}, "snapshot"),
            ({"disk_encryption_set_id": "/x"}, "disk_encryption_set_id"),
            ({"copies_per_source": 0}, "copies_per_source"),
        ],
    )
    def test_bad_options_are_named(self, client: FakeClient, changes: dict[str, Any], option: str) -> None:
        with pytest.raises(InvalidRequest, match=f"^{option}: "):
            copy_item(client, **changes)


class TestRemoval:
    def removal(self, client: FakeClient) -> Any:
        params = {
            "name": "golden",
            "resource_group": "rg",
            "targets": [{"location": "northeurope", "copies": 1}],
            "planning": {},
            "retries": 1,
            "state": "absent",
        }
        return make_item(params, session(client))

    def test_only_what_is_this_images(self, client: FakeClient) -> None:
        client.add(NORTH, "northeurope", SOURCE, 100.0)
        item = self.removal(client)
        act(item, look(item, client))
        assert client.begun == [("DELETE", "golden-os-northeurope")]
        assert (look(item, client).status, look(item, client).actions) == (RUNNING, ())
        del client.resources[NORTH.lower()]
        assert look(item, client).status == ABSENT

    def test_who_may_not_list_cannot_know(self, client: FakeClient) -> None:
        client.listing = ProviderError("no", code="AuthorizationFailed", status=403)
        with pytest.raises(BcdrError, match="may not be listed"):
            look(self.removal(client), client)


class TestImage:
    def test_one_list_is_enough(self, client: FakeClient) -> None:
        item = image_item(client, location="westeurope")
        look(item, client)
        assert client.asked == ["list"]
        client.add(NORTH, "northeurope", SOURCE, 50.0)
        look(item, client)
        assert client.asked == ["list", "list"]

    def test_who_may_not_list_asks_one_by_one(self, client: FakeClient) -> None:
        client.listing = ProviderError("no", code="AuthorizationFailed", status=403)
        item = image_item(client)
        decision = look(item, client)
        assert set(client.asked) == {"os", "list", "golden-os-northeurope", "golden-os-eastus"}
        assert len(decision.actions) == 1

    def test_a_region_that_is_down_is_left_out_and_named(self, client: FakeClient) -> None:
        client.listing = Unavailable("the list", status=503)
        client.down = {"eastus"}
        decision = look(image_item(client), client)
        assert [action.describe() for action in decision.actions] == ["start copy golden-os-northeurope"]
        client.add(NORTH, "northeurope", SOURCE, 100.0)
        lost = look(image_item(client), client)
        assert (lost.status, lost.result["missing"]) == (FAILED, {"eastus": ["os"]})
        # Who waits, waits some passes for it too.
        patient = image_item(client, patient=True)
        statuses = [look(patient, client).status for _pass in range(6)]
        assert statuses == [PENDING] * 4 + [FAILED] * 2

    @pytest.mark.parametrize("changes", [{}, {"disks": [{"disk": "gone"}]}, {"disks": None, "source_vm": "gone"}])
    def test_a_source_that_is_not_there(self, client: FakeClient, changes: dict[str, Any]) -> None:
        client.resources.clear()
        with pytest.raises(BcdrError, match="there is no"):
            look(image_item(client, **changes), client)
        # In check mode an earlier task would have made it.
        item = image_item(client, **changes)
        item.session.check_mode = True
        decision = look(item, client)
        assert (decision.status, decision.actions) == (PENDING, ())
        assert decision.reason.endswith(" yet")

    def test_it_goes_on_from_elsewhere_while_the_source_is_down(self, client: FakeClient) -> None:
        client.add(NORTH, "northeurope", SOURCE, 100.0)
        del client.resources[SOURCE.lower()]
        client.listing = Unavailable("the list", status=503)
        client.down = {"os"}
        decision = look(image_item(client, location="westeurope"), client)
        assert [action.after for action in decision.actions] == [{"source_id": NORTH, "location": "eastus"}]

    def test_what_was_started_is_not_started_again_before_it_is_listed(self, client: FakeClient) -> None:
        item = image_item(client)
        first = look(item, client)
        act(item, first)
        second = look(item, client)
        assert (second.status, second.actions) == (RUNNING, ())
        assert len(client.begun) == 1

    def test_a_conflict_at_one_copy_leaves_the_others(self, client: FakeClient) -> None:
        item = image_item(client, planning={"strategy": "star", "copies_per_source": 2})
        client.refusals["golden-os-eastus"] = Conflict("busy", code="OperationNotAllowed", status=409)
        assert sorted(map(str, act(item, look(item, client)))) == ["False", "None"]
        assert client.begun == [("PUT", "golden-os-northeurope")]
        client.add(NORTH, "northeurope", SOURCE, 50.0)
        again = look(item, client)
        # One of Azure's limits, perhaps: it is tried again as long as other copies run, and for some passes after that.
        assert [action.describe() for action in again.actions] == ["start copy golden-os-eastus"]
        act(item, again)
        client.add(NORTH, "northeurope", SOURCE, 100.0)
        lost = look(item, client)
        assert (lost.status, lost.actions) == (FAILED, ())
        assert "OperationNotAllowed: busy" in lost.reason

    def test_what_is_refused_for_good_in_one_region_leaves_the_others(self, client: FakeClient) -> None:
        item = image_item(client, planning={"strategy": "star", "copies_per_source": 2})
        client.refusals["golden-os-eastus"] = ProviderError("no such group", code="ResourceGroupNotFound", status=404)
        act(item, look(item, client))
        client.add(NORTH, "northeurope", SOURCE, 100.0)
        lost = look(item, client)
        assert (lost.status, lost.result["missing"]) == (FAILED, {"eastus": ["os"]})
        assert "ResourceGroupNotFound" in lost.reason

    def test_to_be_throttled_is_for_the_engine(self, client: FakeClient) -> None:
        item = image_item(client)
        decision = look(item, client)
        client.refusals[decision.actions[0].payload["id"].rsplit("/", 1)[-1]] = Throttled("slow down", retry_after=9)
        with pytest.raises(Throttled):
            act(item, decision)

    def test_links_are_measured_where_their_copies_are_seen_to_end(self, client: FakeClient) -> None:
        item = image_item(client)
        act(item, look(item, client))
        started = client.begun[0][1]
        path, region = (NORTH, "northeurope") if started.endswith("northeurope") else (EAST, "eastus")
        client.add(path, region, SOURCE, 50.0)
        assert look(item, client).result["link_seconds"] == []
        client.add(path, region, SOURCE, 100.0)
        assert look(item, client).result["link_seconds"] == [
            {"source": "westeurope", "target": region, "seconds": 3600, "size_gb": 30}
        ]

    def test_a_copy_that_breaks_is_removed_made_again_and_given_up(self, client: FakeClient) -> None:
        item = image_item(client, targets=[{"location": "northeurope", "copies": 1}], retries=1)
        error = {"errorCode": "CopySourceNotFound", "errorMessage": "gone"}
        for number in range(2):
            act(item, look(item, client))
            assert client.begun[-1] == ("PUT", "golden-os-northeurope")
            client.add(NORTH, "northeurope", SOURCE, 10.0, copyCompletionError=error)
            broken = look(item, client)
            if number == 0:
                assert [action.describe() for action in broken.actions] == ["delete failed copy golden-os-northeurope"]
                act(item, broken)
                del client.resources[NORTH.lower()]
        assert (broken.status, broken.actions) == (FAILED, ())
        assert "the copy failed 2 times" in broken.reason

    @pytest.mark.parametrize(
        ("changes", "option"),
        [
            ({"name": "-x"}, "name"),
            ({"disks": [{"snapshot": "os", "lun": 0}]}, "disks"),
            ({"disks": [{"snapshot": "os"}, {"snapshot": "a/b", "lun": 0}]}, r"disks\[1\].snapshot"),
            ({"targets": []}, "targets"),
            ({"targets": [{"location": "eastus", "copies": 0}]}, r"targets\[0\].copies"),
            ({"retries": -1}, "retries"),
            ({"disks": None, "source_vm": "vm", "resource_group": None}, "resource_group"),
            ({"newer_than": "2026-11-21T10:00:00Z"}, "newer_than"),
            ({"disks": None, "source_vm": "vm", "newer_than": "yesterday"}, "newer_than"),
            ({"disks": None, "source_vm": "vm", "max_age": "1h", "newer_than": "2026-11-21T10:00:00Z"}, "newer_than"),
        ],
    )
    def test_bad_options_are_named(self, client: FakeClient, changes: dict[str, Any], option: str) -> None:
        with pytest.raises(InvalidRequest, match=f"^{option}: "):
            image_item(client, **changes)


BUILD_VM = f"{COMPUTE}/virtualMachines/build"


class TestVersions:
    """An image of which a new version is made when time has passed."""

    @pytest.fixture
    def client(self) -> FakeClient:
        fake = FakeClient()
        fake.resources[BUILD_VM.lower()] = {
            "id": BUILD_VM,
            "location": "westeurope",
            "properties": {"storageProfile": {"osDisk": {"managedDisk": {"id": f"{COMPUTE}/disks/build-os"}}}},
        }
        fake.resources[f"{COMPUTE}/disks/build-os".lower()] = {
            "id": f"{COMPUTE}/disks/build-os",
            "location": "westeurope",
            "properties": {"diskSizeGB": 30},
        }
        return fake

    @staticmethod
    def item(client: FakeClient, patient: bool = False, **changes: Any) -> ImageItem:
        return image_item(client, patient, **{"disks": None, "source_vm": "build", "max_age": "24h", **changes})

    @staticmethod
    def add_version(client: FakeClient, slot: str, hours: float, places: dict[str, float]) -> None:
        """Add the snapshots of a version of data that is so many hours old, with how far its copies are by region."""
        source = f"{COMPUTE}/snapshots/golden-{slot}-os"
        tags = {DISKS: "1", TAKEN: compact_timestamp(ago(hours))}
        client.add(source, "westeurope", f"{COMPUTE}/disks/build-os", timeCreated=ago(hours).isoformat())
        client.resources[source.lower()]["tags"] = tags
        for region, percent in places.items():
            path = f"{source}-{region}"
            client.add(path, region, source, percent)
            client.resources[path.lower()]["tags"] |= {**tags, ORIGIN: origin_tag(source)}

    def test_the_first_bears_its_moment_and_the_count_of_its_disks(self, client: FakeClient) -> None:
        item = self.item(client)
        act(item, look(item, client))
        assert client.begun == [("PUT", "golden-initial-os")]
        assert client.bodies[0]["tags"] == {
            DISKS: "1",
            TAKEN: "20261121T120000Z",
            STARTED: "20261121T120000Z",
        }

    def test_a_copy_bears_the_moment_of_its_source(self, client: FakeClient) -> None:
        self.add_version(client, "initial", 3, {})
        item = self.item(client)
        act(item, look(item, client))
        assert client.begun == [("PUT", "golden-initial-os-northeurope")]
        assert client.bodies[0]["tags"][TAKEN] == compact_timestamp(ago(3))

    def test_one_run_is_about_one_version_however_long_it_takes(self, client: FakeClient) -> None:
        self.add_version(client, "initial", 23, {"northeurope": 50.0})
        item = self.item(client)
        assert look(item, client).result["version"] == "golden-initial"
        client.time = NOW + datetime.timedelta(hours=9)
        self.add_version(client, "initial", 23, {"northeurope": 100.0})
        assert look(item, client).result["version"] == "golden-initial"
        assert look(self.item(client), client).result["version"] == "golden-20261121T130000Z"

    def test_a_machine_that_was_stopped_gets_a_last_version(self, client: FakeClient) -> None:
        """Whose copies wait for those of an older version, as Azure has it."""
        self.add_version(client, "initial", 3, {"northeurope": 50.0, "eastus": 100.0})
        stopped = {"max_age": None, "newer_than": "2026-11-21T10:00:00Z"}
        item = self.item(client, **stopped)
        act(item, look(item, client))
        assert client.begun == [("PUT", "golden-20261121T100000Z-os")]
        self.add_version(client, "20261121T100000Z", 0, {})
        decision = look(self.item(client, **stopped), client)
        assert (decision.status, decision.actions) == (PENDING, ())
        self.add_version(client, "initial", 3, {"northeurope": 100.0, "eastus": 100.0})
        item = self.item(client, **stopped)
        act(item, look(item, client))
        assert client.begun[1:] == [("PUT", "golden-20261121T100000Z-os-northeurope")]
        self.add_version(client, "20261121T100000Z", 0, {"northeurope": 100.0, "eastus": 100.0})
        done = look(self.item(client, **stopped), client)
        assert (done.status, done.actions, done.result["version"]) == (SUCCEEDED, (), "golden-20261121T100000Z")

    def test_a_moment_that_lies_ahead(self, client: FakeClient) -> None:
        self.add_version(client, "initial", 3, {"northeurope": 100.0, "eastus": 100.0})
        decision = look(self.item(client, max_age=None, newer_than="2026-11-21T12:00:01Z"), client)
        assert (decision.status, decision.actions) == (BLOCKED, ())
        assert decision.reason.startswith("newer_than: 2026-11-21T12:00:01Z lies ahead; it is 2026-11-21T12:00:00Z by ")
        assert [row["newest_usable"] for row in decision.result["targets"]] == ["golden-initial"] * 2

    def test_without_the_source_an_older_version_is_none_from_after_a_moment(self, client: FakeClient) -> None:
        self.add_version(client, "initial", 3, {"northeurope": 100.0, "eastus": 40.0})
        client.down = {"build"}
        stopped = {"max_age": None, "newer_than": "2026-11-21T10:00:00Z", "location": "westeurope"}
        decision = look(self.item(client, **stopped), client)
        assert (decision.status, decision.actions) == (FAILED, ())
        assert "the source cannot be asked" in decision.reason

    def test_figures(self, client: FakeClient) -> None:
        self.add_version(client, "initial", 20, {"northeurope": 100.0, "eastus": 40.0})
        result = look(self.item(client), client).result
        assert (result["name"], result["rpo_seconds"]) == ("golden", 20 * 3600)
        assert [(row["newest_usable"], row["rpo_seconds"]) for row in result["targets"]] == [
            ("golden-initial", 20 * 3600),
            (None, None),
        ]

    def test_the_age_of_snapshots_that_were_given(self, client: FakeClient) -> None:
        client.add(SOURCE, "westeurope", f"{COMPUTE}/disks/os")
        result = look(image_item(client), client).result
        assert (result["version"], result["rpo_seconds"]) == ("golden", 2 * 3600)

    def test_what_has_served_goes_when_all_else_is_done(self, client: FakeClient) -> None:
        everywhere = {"northeurope": 100.0, "eastus": 100.0}
        self.add_version(client, "initial", 30, everywhere)
        self.add_version(client, "20261121T060000Z", 5, everywhere)
        item = self.item(client, keep_newest=1)
        decision = look(item, client)
        assert [action.resource for action in decision.actions] == [
            "snapshot golden-initial-os",
            "snapshot golden-initial-os-northeurope",
            "snapshot golden-initial-os-eastus",
        ]
        act(item, decision)
        assert [method for method, _name in client.begun] == ["DELETE"] * 3
        # Still listed, and not asked for again.
        assert (look(item, client).status, look(item, client).actions) == (RUNNING, ())
        for name in ("os", "os-northeurope", "os-eastus"):
            del client.resources[f"{COMPUTE}/snapshots/golden-initial-{name}".lower()]
        assert look(item, client).status == SUCCEEDED
        assert look(self.item(client), client).actions == ()

    @pytest.mark.parametrize("location", ["westeurope", ""])
    def test_while_the_source_is_out_the_regions_are_told_all_the_same(self, client: FakeClient, location: str) -> None:
        self.add_version(client, "initial", 20, {"northeurope": 100.0, "eastus": 100.0})
        del client.resources[f"{COMPUTE}/snapshots/golden-initial-os".lower()]
        client.down = {"build"}
        decision = look(self.item(client, location=location), client)
        assert (decision.status, decision.actions) == (FAILED, ())
        assert decision.reason.startswith("the source cannot be asked: the region is down")
        assert "rpo_seconds" not in decision.result
        assert [row["rpo_seconds"] for row in decision.result["targets"]] == [20 * 3600] * 2

    def test_while_the_source_is_out_copies_go_on_from_elsewhere(self, client: FakeClient) -> None:
        self.add_version(client, "initial", 20, {"northeurope": 100.0})
        del client.resources[f"{COMPUTE}/snapshots/golden-initial-os".lower()]
        client.down = {"build"}
        item = self.item(client, location="westeurope")
        decision = look(item, client)
        assert [action.describe() for action in decision.actions] == ["start copy golden-initial-os-eastus"]
        act(item, decision)
        assert client.bodies[0]["properties"]["creationData"]["sourceResourceId"].endswith("initial-os-northeurope")
        # It has its time, and the second look knows as well as the first that the source is out.
        assert look(item, client).status == RUNNING

    def test_an_outage_of_the_source_is_waited_out(self, client: FakeClient) -> None:
        self.add_version(client, "initial", 20, {"northeurope": 100.0, "eastus": 100.0})
        item = self.item(client, patient=True)
        client.down = {"build"}
        with pytest.raises(Unavailable):
            look(item, client)
        client.down = set()
        assert look(item, client).status == SUCCEEDED

    @pytest.mark.parametrize(
        ("changes", "text"),
        [
            ({"max_age": "soon"}, "max_age: 'soon' is not a duration"),
            ({"max_age": "1h", "source_vm": None, "disks": [{"snapshot": "os"}]}, "max_age: makes snapshots"),
            ({"keep_newest": 0}, "keep_newest: must be 1 or more"),
            ({"max_age": None, "keep_newest": 2}, "keep_newest: must be 1 or more, and goes with max_age"),
            (
                {"name": "x" * 50},
                "name: x+ is too long, since x+-20261121T120000Z-data-0-northeurope has 86 characters",
            ),
        ],
    )
    def test_bad_options_are_named(self, client: FakeClient, changes: dict[str, Any], text: str) -> None:
        with pytest.raises(InvalidRequest, match=f"^{text}"):
            self.item(client, **changes)
