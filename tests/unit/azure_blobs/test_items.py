# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Copies of blobs as items, run by the engine against the sandbox: their life, what they ask for it, and what may go wrong."""

from __future__ import annotations

import datetime
import json
from typing import Any

import pytest

pytest.importorskip("azure.storage.blob")
pytest.importorskip("azure.data.tables")

from azure.core.exceptions import HttpResponseError
from azure.storage.blob import BlobSasPermissions, ContainerSasPermissions, generate_blob_sas, generate_container_sas

from ansible_collections.bcdr.multicloud.plugins.module_utils._core.errors import InvalidRequest
from ansible_collections.bcdr.multicloud.plugins.module_utils._core.reconcile import (
    ABSENT,
    BLOCKED,
    FAILED,
    PENDING,
    RUNNING,
    SUCCEEDED,
)
from ansible_collections.bcdr.multicloud.tests.unit.azure_blobs.runs import ALL, Run, Storage, first, run, told

NOW = datetime.datetime(2026, 3, 1, 8, tzinfo=datetime.timezone.utc)
HOUR = datetime.timedelta(hours=1)
COPY_1 = "/secondary/photos/a/01.jpg"


def reasons(one: Any) -> dict[str, str]:
    return {problem["name"]: problem["reason"] for problem in first(one)["problems"]}


def statuses(storage: Storage) -> dict[str, str]:
    return {name: blob["copy"] for name, blob in storage.held("secondary").items()}


# --- life ------------------------------------------------------------------------------------------------------------


def test_all_kinds_of_blobs_arrive_and_the_next_run_costs_two_lists(storage: Storage) -> None:
    one = run(storage)
    assert (one.status, one.reason) == (SUCCEEDED, "")
    assert told(one) == ["copy 7 blobs to secondary/photos"]
    source, target = storage.held("primary"), storage.held("secondary")
    assert sorted(target) == ALL
    for name, blob in target.items():
        assert {key: blob[key] for key in ("type", "size", "md5")} == {
            key: source[name][key] for key in ("type", "size", "md5")
        }
        assert blob["metadata"].pop("bcdr_source_etag") == source[name]["etag"]
        assert blob["metadata"] == source[name]["metadata"]
    assert first(one)["blobs"]["succeeded"] == 7
    assert first(one)["rpo_seconds"] == 0
    storage.forget_calls()
    again = run(storage)
    assert (again.status, told(again)) == (SUCCEEDED, [])
    assert sorted(storage.calls()) == ["GET primary list", "GET secondary list"]


def test_check_mode_tells_what_a_run_does_and_sends_nothing(storage: Storage) -> None:
    predicted = run(storage, check_mode=True)
    assert {call.split()[0] for call in storage.calls()} == {"GET"}
    done = run(storage)
    assert told(predicted) == told(done)
    assert [(action.before, action.after) for action in predicted.done] == [
        (action.before, action.after) for action in done.done
    ]


def test_what_has_changed_is_copied_and_nothing_else(storage: Storage) -> None:
    run(storage)
    storage.container("primary").upload_blob("a/02.jpg", b"x" * 2000, overwrite=True)
    storage.container("primary").get_blob_client("disk.vhd").upload_page(b"y" * 512, 0, 512)
    storage.container("primary").get_blob_client("log.txt").append_block(b" world")
    storage.container("primary").get_blob_client("a/03.jpg").set_blob_metadata({"owner": "blue"})
    one = run(storage)
    assert told(one) == ["copy 4 blobs to secondary/photos"]
    assert sorted(name for name in one.done[0].after) == ["a/02.jpg", "a/03.jpg", "disk.vhd", "log.txt"]
    assert storage.held("secondary")["a/03.jpg"]["metadata"]["owner"] == "blue"
    assert storage.container("secondary").download_blob("disk.vhd").readall()[:512] == b"y" * 512
    assert told(run(storage)) == []


def test_what_somebody_did_to_a_copy_is_mended(storage: Storage) -> None:
    run(storage)
    target = storage.container("secondary")
    storage.advance(3600)
    target.get_blob_client("disk.vhd").upload_page(b"z" * 512, 0, 512)
    target.delete_blob("a/01.jpg")
    target.upload_blob("a/02.jpg", b"other", overwrite=True)
    one = run(storage)
    assert sorted(one.done[0].after) == ["a/01.jpg", "a/02.jpg", "disk.vhd"]
    assert (
        target.download_blob("disk.vhd").readall() == storage.container("primary").download_blob("disk.vhd").readall()
    )


def test_a_run_that_does_not_wait_starts_and_the_next_one_sees_it_arrive(storage: Storage) -> None:
    one = run(storage, wait=False)
    assert (one.status, one.reason) == (RUNNING, "secondary/photos: 7 blobs being copied")
    assert len(one.result["started_jobs"]) == 7
    assert first(one)["copying"][0]["name"] == "a/01.jpg"
    again = run(storage, wait=False)
    assert (again.status, told(again)) == (RUNNING, [])
    storage.advance(30)
    last = run(storage, wait=False)
    assert (last.status, told(last)) == (SUCCEEDED, [])


def test_progress_is_told_by_bytes(storage: Storage) -> None:
    storage.plant([{"name": "big.bin", "size": 1_000_000}], durations={"copy_base": 100})
    run(storage, wait=False)
    storage.advance(50)
    one = run(storage, wait=False)
    assert one.percent == pytest.approx(50, abs=2)
    assert first(one)["bytes_copied"] == pytest.approx(500_000, rel=0.05)


def test_many_destinations_get_theirs_and_each_has_its_own_state(storage: Storage) -> None:
    destinations = [storage.with_key("secondary"), storage.with_key("third"), storage.with_key("third", "none")]
    one = run(storage, destinations=destinations)
    assert [entry["status"] for entry in one.result["destinations"]] == [SUCCEEDED, SUCCEEDED, BLOCKED]
    assert one.status == BLOCKED
    assert "third/none: there is no such container" in one.reason
    assert sorted(storage.held("third")) == ALL


def test_a_container_is_made_when_asked_for(storage: Storage) -> None:
    one = run(storage, destinations=[storage.with_key("third", "made")], create_containers=True)
    assert told(one) == ["create container third/made", "copy 7 blobs to third/made"]
    assert sorted(storage.held("third", "made")) == ALL


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({"prefix": "a/"}, ALL[:4]),
        ({"include": ["*.vhd", "*.txt"]}, ["disk.vhd", "log.txt"]),
        ({"include": ["a/*"], "exclude": ["*3.jpg"]}, ["a/01.jpg", "a/02.jpg", "a/04.jpg"]),
        ({"blobs": ["a/01.jpg", "log.txt"]}, ["a/01.jpg", "log.txt"]),
    ],
)
def test_only_what_is_selected_is_copied(storage: Storage, options: dict[str, Any], expected: list[str]) -> None:
    assert run(storage, **options).status == SUCCEEDED
    assert sorted(storage.held("secondary")) == expected


def test_a_name_that_is_not_there_fails_and_the_others_arrive(storage: Storage) -> None:
    one = run(storage, blobs=["a/01.jpg", "a/99.jpg"])
    assert (one.status, one.reason) == (FAILED, "secondary/photos: the source has no a/99.jpg")
    assert list(storage.held("secondary")) == ["a/01.jpg"]


def test_names_with_all_kinds_of_characters(storage: Storage) -> None:
    names = ["a b/ä ö.txt", "c#d?e=f&g.txt", "100%.txt", "plus+sign.txt", "日本/😀.txt", "zz'quote.txt"]
    storage.plant([{"name": name, "text": name} for name in names], durations={"copy_base": 5})
    assert run(storage, job_table=storage.table()).status == SUCCEEDED
    assert set(storage.held("secondary")) == set(names)
    assert told(run(storage, job_table=storage.table())) == []
    assert set(storage.jobs()) == set(names)


def test_tiers_and_tags_are_kept_as_asked(storage: Storage) -> None:
    storage.plant([{"name": "cool.txt", "text": "x", "tier": "Cool", "tags": {"class": "secret"}}])
    one = run(storage, index_tags=True)
    assert one.status == SUCCEEDED, one.reason
    copy = storage.held("secondary")["cool.txt"]
    assert (copy["tier"], copy["tags"]) == ("Cool", {"class": "secret"})
    assert told(run(storage, index_tags=True)) == []
    storage.plant([{"name": "cool.txt", "text": "x", "tier": "Cool", "tags": {"class": "secret"}}])
    run(storage, tier="Hot", metadata=False)
    copy = storage.held("secondary")["cool.txt"]
    assert (copy["tier"], copy["tags"]) == ("Hot", {})


# --- accounts --------------------------------------------------------------------------------------------------------


def container_sas(storage: Storage, name: str, permission: str, expiry: datetime.datetime) -> str:
    return generate_container_sas(
        name,
        "photos",
        account_key=storage.key(name),
        permission=ContainerSasPermissions.from_string(permission),
        start=NOW - HOUR,
        expiry=expiry,
    )


def test_accounts_by_connection_string_and_sas(storage: Storage) -> None:
    world = storage.service.world
    source = {**storage.account("primary"), "sas_token": container_sas(storage, "primary", "rl", NOW + 24 * HOUR)}
    text = storage.service.connection_string(world.accounts["secondary"])
    one = run(
        storage,
        source={**source, "container": "photos"},
        destinations=[{"connection_string": text, "container": "photos"}],
    )
    assert one.status == SUCCEEDED


def test_accounts_by_identity(storage: Storage) -> None:
    source = {**storage.account("primary"), "container": "photos"}
    destination = {**storage.account("secondary"), "container": "photos"}
    one = run(storage, source=source, destinations=[destination])
    assert (one.status, one.reason) == (SUCCEEDED, "")
    assert sorted(storage.held("secondary")) == ALL


def test_a_wrong_key_is_told_as_such_and_harms_nobody_else(storage: Storage) -> None:
    wrong = {**storage.with_key("secondary"), "account_key": storage.key("third")}
    one = run(storage, destinations=[wrong, storage.with_key("third")])
    assert [entry["status"] for entry in one.result["destinations"]] == [FAILED, SUCCEEDED]
    assert "account secondary does not accept the account_key" in one.reason
    assert sorted(storage.held("third")) == ALL
    assert storage.key("third") not in json.dumps([one.reason, one.result, one.error])


def test_a_wrong_key_of_the_source_is_told_as_such(storage: Storage) -> None:
    one = run(storage, source={**storage.with_key("primary"), "account_key": storage.key("third")})
    assert one.status == FAILED
    assert "the source cannot be read" in one.reason
    assert "account primary does not accept the account_key" in one.reason


def test_an_expired_sas_is_told_as_such(storage: Storage) -> None:
    expired = {**storage.account("primary"), "sas_token": container_sas(storage, "primary", "rl", NOW - HOUR / 2)}
    one = run(storage, source={**expired, "container": "photos"})
    assert one.status == FAILED
    assert "the sas_token for account primary has expired at 2026-03-01T07:30:00Z" in one.reason


def test_a_sas_that_may_not_be_used_to_read_lets_no_copy_start(storage: Storage) -> None:
    source = {**storage.account("primary"), "sas_token": container_sas(storage, "primary", "l", NOW + HOUR)}
    one = run(storage, source={**source, "container": "photos"})
    assert one.status == FAILED
    assert "Azure cannot read the source for the copy" in one.reason
    assert storage.held("secondary") == {}


def test_the_sas_is_for_one_blob_to_read_only_and_outlives_the_wait(storage: Storage) -> None:
    run(storage, wait=False, blobs=["a/01.jpg"])
    url = storage.container("secondary").get_blob_client("a/01.jpg").get_blob_properties().copy.source
    fields = dict(part.split("=", 1) for part in url.split("?", 1)[1].split("&"))
    assert (fields["sp"], fields["sr"]) == ("r", "b")
    assert fields["st"].startswith("2026-03-01T07%3A45")
    assert fields["se"].startswith("2026-03-08")


@pytest.mark.parametrize("where", ["source", "destination"])
def test_a_missing_container_is_told_as_such(storage: Storage, where: str) -> None:
    none = (
        {"source": storage.with_key("primary", "none")}
        if where == "source"
        else {"destinations": [storage.with_key("secondary", "none")]}
    )
    one = run(storage, **none)
    assert one.status == (FAILED if where == "source" else BLOCKED)
    assert ("there is no container primary/none" if where == "source" else "there is no such container") in one.reason


# --- what may go wrong with a blob -----------------------------------------------------------------------------------


def test_an_archived_blob_is_named_and_the_others_arrive(storage: Storage) -> None:
    blobs = [{"name": "cold.bin", "text": "x", "tier": "Archive"}, {"name": "hot.bin", "text": "y"}]
    storage.plant(blobs)
    one = run(storage)
    assert one.status == SUCCEEDED
    assert "cold.bin" in one.warnings[0]
    assert "rehydrate" in reasons(one)["cold.bin"]
    assert list(storage.held("secondary")) == ["hot.bin"]
    named = run(storage, blobs=["cold.bin", "hot.bin"])
    assert named.status == BLOCKED
    assert "cold.bin: it is archived" in named.reason


def test_a_leased_source_is_copied_only_when_that_is_allowed(storage: Storage) -> None:
    storage.plant([{"name": "disk.vhd", "type": "page", "size": 1024, "leased": True}])
    one = run(storage)
    assert (one.status, one.done) == (SUCCEEDED, ())
    assert "it is leased" in reasons(one)["disk.vhd"]
    assert run(storage, leased_source=True).status == SUCCEEDED
    assert list(storage.held("secondary")) == ["disk.vhd"]


LEASE = "11111111-2222-3333-4444-555555555555"


def test_a_leased_target_takes_its_lease_id(storage: Storage) -> None:
    blobs = [{"name": "a.txt", "text": "new"}, {"name": "b.txt", "text": "b"}]
    storage.plant(blobs, [{"name": "a.txt", "text": "old", "leased": True, "lease_id": LEASE}])
    one = run(storage)
    assert one.status == FAILED
    assert "the target is leased and out of date" in reasons(one)["a.txt"]
    assert storage.held("secondary")["b.txt"]["copy"] == "success"
    destination = {**storage.with_key("secondary"), "lease_ids": {"a.txt": LEASE}}
    assert run(storage, destinations=[destination]).status == SUCCEEDED
    assert storage.container("secondary").download_blob("a.txt").readall() == b"new"


def test_a_target_of_another_type_is_left_alone(storage: Storage) -> None:
    storage.plant([{"name": "x", "text": "block"}], [{"name": "x", "type": "append", "text": "append"}])
    one = run(storage, blobs=["x"])
    assert (one.status, one.done) == (BLOCKED, ())
    assert "AppendBlob" in reasons(one)["x"]


def test_a_blob_that_changes_while_it_is_copied_fails_and_the_next_run_copies_it(storage: Storage) -> None:
    def change(number: int) -> None:
        if number == 0:
            storage.container("primary").upload_blob("a/01.jpg", b"new", overwrite=True)

    one = run(storage, meanwhile=change)
    assert one.status == FAILED
    assert "the source changed while it was copied" in reasons(one)["a/01.jpg"]
    assert list(reasons(one)) == ["a/01.jpg"]
    assert first(one)["blobs"]["succeeded"] == 6
    again = run(storage)
    assert again.status == SUCCEEDED
    assert "the last copy failed: 412 ConditionNotMet" in again.warnings[0]
    assert storage.container("secondary").download_blob("a/01.jpg").readall() == b"new"


def test_a_copy_that_is_aborted_from_outside_fails_and_the_next_run_copies_it(storage: Storage) -> None:
    def abort(number: int) -> None:
        if number == 0:
            blob = storage.container("secondary").get_blob_client("a/01.jpg")
            blob.abort_copy(blob.get_blob_properties().copy.id)

    one = run(storage, meanwhile=abort)
    assert one.status == FAILED
    assert "was aborted by somebody else" in reasons(one)["a/01.jpg"]
    assert storage.held("secondary")["a/01.jpg"]["size"] == 0
    again = run(storage)
    assert (again.status, told(again)) == (SUCCEEDED, ["copy 1 blobs to secondary/photos"])


def test_a_copy_that_azure_lets_fail_gives_its_reason(storage: Storage) -> None:
    storage.fault(kind="copy_end", match={"path_regex": "a/02.jpg"}, message="500 InternalError Copy failed.")
    one = run(storage)
    assert one.status == FAILED
    assert "failed: 500 InternalError Copy failed." in reasons(one)["a/02.jpg"]


def test_a_sas_that_ends_before_the_copy_is_what_failed(storage: Storage) -> None:
    sas = container_sas(storage, "primary", "rl", NOW + datetime.timedelta(seconds=10))
    one = run(storage, source={**storage.account("primary"), "sas_token": sas, "container": "photos"})
    assert one.status == FAILED
    assert "403 AuthenticationFailed Copy failed when reading the source" in one.reason


def test_somebody_elses_copy_to_the_target_is_waited_for(storage: Storage) -> None:
    storage.container("primary").upload_blob("other.jpg", b"other")
    sas = generate_blob_sas(
        "primary", "photos", "other.jpg", account_key=storage.key("primary"),
        permission=BlobSasPermissions(read=True), expiry=NOW + HOUR,
    )  # fmt: skip
    url = f"{storage.service.endpoint('blob', 'primary')}/photos/other.jpg?{sas}"
    storage.container("secondary").get_blob_client("a/01.jpg").start_copy_from_url(url)
    one = run(storage, wait=False, blobs=["a/01.jpg"])
    assert (one.status, told(one)) == (PENDING, [])
    assert "waiting for copies of others" in one.reason
    assert run(storage, blobs=["a/01.jpg"]).status == SUCCEEDED
    assert storage.container("secondary").download_blob("a/01.jpg").readall() != b"other"


def test_two_runs_at_once_start_each_copy_once(storage: Storage) -> None:
    slow, quick = Run(storage, wait=False), Run(storage, wait=False)
    seen = slow.item.observe()
    assert quick.go().status == RUNNING
    storage.forget_calls()
    for action in slow.item.decide(seen).actions:
        assert slow.item.perform(action) is False
    decision = slow.item.decide(slow.item.observe())
    assert (decision.status, decision.actions) == (RUNNING, ())
    assert {blob["copy"] for blob in storage.held("secondary").values()} == {"pending"}


# --- outages ---------------------------------------------------------------------------------------------------------


def test_throttled_starts_are_taken_up_again(storage: Storage) -> None:
    storage.fault(kind="status", status=503, code="ServerBusy", message="Busy.", times=40, match={"method": "PUT"})
    one = run(storage, concurrency=1)
    assert one.status == SUCCEEDED
    assert sorted(storage.held("secondary")) == ALL


def test_a_region_that_is_out_holds_copies_up(storage: Storage) -> None:
    run(storage, wait=False)
    storage.admin("POST", "region/westeurope/outage", {"on": True})
    one = run(storage, wait=False)
    assert one.status == FAILED
    assert "InternalError" in one.reason
    storage.admin("POST", "region/westeurope/outage", {"on": False})
    assert run(storage).status == SUCCEEDED


def test_a_destination_that_is_out_fails_alone(storage: Storage) -> None:
    storage.admin("POST", "region/northeurope/outage", {"on": True})
    destinations = [storage.with_key("secondary"), storage.with_key("third")]
    one = run(storage, destinations=destinations)
    assert [entry["status"] for entry in one.result["destinations"]] == [FAILED, SUCCEEDED]
    assert "it cannot be asked" in one.reason
    assert sorted(storage.held("third")) == ALL


# --- overdue, deletions, snapshots -----------------------------------------------------------------------------------


def test_a_copy_that_takes_too_long_is_told_as_overdue(storage: Storage) -> None:
    run(storage, wait=False)
    storage.fault(kind="freeze_replication", times=0, match={"path_regex": "a/03.jpg"})
    storage.advance(7200)
    one = run(storage, wait=False, overdue_after="1h")
    assert (one.status, one.result["overdue"]) == (RUNNING, 1)
    [late] = [entry for entry in first(one)["copying"] if entry["overdue"]]
    assert (late["name"], late["seconds"]) == ("a/03.jpg", 7200)
    assert "1 of them overdue" in one.reason


def test_extra_blobs_are_deleted_only_when_asked_for_and_not_too_many(storage: Storage) -> None:
    extra = [{"name": "old/{n}", "count": 3, "text": "x"}, {"name": "zz.keep", "text": "x"}]
    storage.plant(copies=extra)
    assert run(storage).status == SUCCEEDED
    assert first(run(storage))["extra"]["count"] == 4
    too_many = run(storage, delete_extra=True, max_deletes=3)
    assert too_many.status == BLOCKED
    assert "4 blobs there that the source does not have, and max_deletes is 3" in too_many.reason
    options = {"delete_extra": True, "max_deletes": 3, "exclude": ["*.keep"]}
    predicted = run(storage, check_mode=True, **options)
    one = run(storage, **options)
    assert told(predicted) == told(one) == ["delete 3 extra blobs of secondary/photos"]
    assert sorted(storage.held("secondary")) == [*ALL, "zz.keep"]


def test_copies_arrive_before_anything_is_deleted(storage: Storage) -> None:
    storage.plant(copies=[{"name": "old", "text": "x"}])
    options = {"delete_extra": True, "max_deletes": 3}
    predicted, one = run(storage, check_mode=True, **options), None
    started = run(storage, wait=False, **options)
    assert told(started) == ["copy 7 blobs to secondary/photos"]
    assert "old" in storage.held("secondary")
    one = run(storage, **options)
    assert told(started) + told(one) == told(predicted)
    assert "old" not in storage.held("secondary")


def test_delete_extra_without_a_limit_is_refused(storage: Storage) -> None:
    with pytest.raises(InvalidRequest, match="max_deletes"):
        Run(storage, delete_extra=True)


def test_a_disk_in_use_is_copied_from_a_snapshot_that_goes_again(storage: Storage) -> None:
    storage.plant([{"name": "disk.vhd", "type": "page", "size": 1024, "leased": True, "lease_id": LEASE}])
    disk = storage.container("primary").get_blob_client("disk.vhd")
    before = disk.download_blob().readall()

    def write(number: int) -> None:
        if number == 0:
            disk.upload_page(b"w" * 512, 0, 512, lease=LEASE)

    options = {"snapshot_source": True}
    predicted = run(storage, check_mode=True, **options)
    one = run(storage, meanwhile=write, **options)
    assert (one.status, one.reason) == (SUCCEEDED, "")
    assert told(one) == told(predicted)
    assert storage.container("secondary").download_blob("disk.vhd").readall() == before
    assert [blob.snapshot for blob in storage.container("primary").list_blobs(include=["snapshots"])] == [None]
    # It has changed since, and is copied once more.
    assert told(run(storage, **options))[0] == "copy 1 blobs to secondary/photos"


def test_a_snapshot_lives_until_the_copy_from_it_has_arrived(storage: Storage) -> None:
    storage.plant([{"name": "disk.vhd", "type": "page", "size": 1024}])
    run(storage, snapshot_source=True, wait=False)
    assert len(list(storage.container("primary").list_blobs(include=["snapshots"]))) == 2
    again = run(storage, snapshot_source=True, wait=False)
    assert (again.status, told(again)) == (RUNNING, [])
    storage.advance(60)
    last = run(storage, snapshot_source=True, wait=False)
    assert told(last) == ["delete 1 snapshots that primary/photos was copied from"]
    assert len(list(storage.container("primary").list_blobs(include=["snapshots"]))) == 1


# --- job records -----------------------------------------------------------------------------------------------------


def test_the_table_tells_the_story(storage: Storage) -> None:
    table = storage.table()
    run(storage, wait=False, job_table=table)
    jobs = storage.jobs()
    assert {job["Status"] for job in jobs.values()} == {"PENDING"}
    assert jobs["a/01.jpg"]["CopyId"]
    storage.fault(kind="freeze_replication", times=0, match={"path_regex": "a/03.jpg"})
    storage.advance(7200)
    blob = storage.container("secondary").get_blob_client("a/03.jpg")
    run(storage, wait=False, job_table=table, overdue_after="1h")
    jobs = storage.jobs()
    assert {name: job["Status"] for name, job in jobs.items() if job["Status"] != "SUCCESS"} == {"a/03.jpg": "PENDING"}
    assert jobs["a/03.jpg"]["Overdue"] is True
    assert jobs["a/01.jpg"]["DurationSeconds"] == 20
    blob.abort_copy(blob.get_blob_properties().copy.id)
    storage.admin("DELETE", "faults")
    one = run(storage, job_table=table)
    assert one.status == SUCCEEDED
    job = storage.jobs()["a/03.jpg"]
    assert (job["Status"], job["Attempts"]) == ("SUCCESS", 2)
    assert [entry["status"] for entry in json.loads(job["History"])] == ["PENDING", "PENDING", "PENDING", "SUCCESS"]
    assert "sig=" not in json.dumps(storage.jobs(), default=str)


def test_a_failed_copy_is_on_record(storage: Storage) -> None:
    storage.fault(kind="copy_end", match={"path_regex": "a/02.jpg"}, message="500 InternalError Copy failed.")
    assert run(storage, job_table=storage.table()).status == FAILED
    job = storage.jobs()["a/02.jpg"]
    assert (job["Status"], "500 InternalError" in job["Reason"]) == ("FAILED", True)


def test_a_run_that_was_killed_before_it_could_write_is_recorded_by_the_next(storage: Storage) -> None:
    run(storage, wait=False)
    run(storage, wait=False, job_table=storage.table())
    assert {job["Status"] for job in storage.jobs().values()} == {"PENDING"}


def test_blobs_are_copied_although_the_records_cannot_be_kept(storage: Storage) -> None:
    table = {"account_name": "third", "account_key": storage.key("primary"), "name": "copyjobs"}
    table["table_endpoint"] = storage.service.endpoint("table", "third")
    one = run(storage, job_table=table)
    assert one.status == FAILED
    assert "the job records cannot be kept" in one.reason
    assert sorted(storage.held("secondary")) == ALL


def test_a_run_with_nothing_to_do_reads_the_table_once(storage: Storage) -> None:
    run(storage, job_table=storage.table())
    storage.forget_calls()
    run(storage, job_table=storage.table())
    assert sorted(storage.calls()) == ["GET primary list", "GET secondary list", "GET third"]


# --- info ------------------------------------------------------------------------------------------------------------


def test_info_tells_how_far_the_copies_are(storage: Storage) -> None:
    info = run(storage, "azure_blob_copy_info")
    assert (info.status, first(info)["status"], first(info)["blobs"]["to_copy"]) == (SUCCEEDED, PENDING, 7)
    run(storage, wait=False)
    info = run(storage, "azure_blob_copy_info")
    assert (first(info)["status"], first(info)["blobs"]["running"], first(info)["held"]["count"]) == (RUNNING, 7, 0)
    run(storage)
    info = run(storage, "azure_blob_copy_info")
    assert (first(info)["status"], first(info)["held"]["count"]) == (SUCCEEDED, 7)


def test_info_names_where_records_and_truth_differ(storage: Storage) -> None:
    table = storage.table()
    run(storage, wait=False, job_table=table)
    storage.advance(60)
    target = storage.container("secondary")
    target.delete_blob("a/02.jpg")
    one = run(storage, "azure_blob_copy_info", job_table=table)
    assert first(one)["jobs"] == {"PENDING": 7, "SUCCESS": 0, "FAILED": 0}
    differences = {entry["name"]: entry["truth"] for entry in first(one)["differences"]}
    assert differences["a/01.jpg"] == "the copy has ended: success"
    assert differences["a/02.jpg"] == "the destination has no such blob"
    assert first(one)["difference_count"] == 7
    run(storage, job_table=table)
    assert first(run(storage, "azure_blob_copy_info", job_table=table))["differences"] == []


def test_info_tells_what_is_held_while_the_source_is_out(storage: Storage) -> None:
    run(storage)
    storage.admin("POST", "region/westeurope/outage", {"on": True})
    one = run(storage, "azure_blob_copy_info")
    assert one.status == SUCCEEDED
    assert first(one)["held"]["count"] == 7
    assert "the source cannot be asked" in one.warnings[0]


def test_the_sandbox_is_no_weaker_than_azure_while_a_copy_is_pending(storage: Storage) -> None:
    run(storage, wait=False, blobs=["a/01.jpg"])
    blob = storage.container("secondary").get_blob_client("a/01.jpg")
    for attempt in (blob.delete_blob, lambda: blob.upload_blob(b"x", overwrite=True), blob.download_blob):
        with pytest.raises(HttpResponseError) as caught:
            attempt()
        assert caught.value.error_code == "PendingCopyOperation"


# --- the last sync time ----------------------------------------------------------------------------------------------


def record(storage: Storage) -> dict[str, Any]:
    """What the destination's record says."""
    [name] = [blob.name for blob in storage.container("secondary").list_blobs(name_starts_with=".bcdr/")]
    content: dict[str, Any] = json.loads(storage.container("secondary").download_blob(name).readall())
    return content


def test_a_run_writes_down_up_to_when_all_is_there_and_a_look_without_the_source_tells_it(storage: Storage) -> None:
    one = run(storage, record_sync_time=True)
    assert (one.status, told(one)) == (SUCCEEDED, ["copy 7 blobs to secondary/photos"])
    written = record(storage)
    assert written["last_sync_time"] == written["listed_at"]
    assert (written["source"], written["blobs"], written["held"]) == ("primary/photos", 7, 7)
    storage.advance(3600)
    storage.forget_calls()
    again = run(storage, record_sync_time=True)
    assert told(again) == []
    assert len(storage.calls()) == 4
    assert record(storage)["last_sync_time"] > written["last_sync_time"]
    storage.admin("POST", "region/westeurope/outage", {"on": True})
    storage.advance(1800)
    seen = run(storage, "azure_blob_copy_info")
    assert seen.result["source_seen"] is False
    assert first(seen)["last_sync_time"] == record(storage)["last_sync_time"]
    assert 1800 <= first(seen)["rpo_seconds"] < 1900
    assert first(seen)["recorded"]["held"] == 7


def test_nothing_is_written_down_in_check_mode_or_unless_asked_for(storage: Storage) -> None:
    run(storage)
    run(storage, record_sync_time=True, check_mode=True)
    assert list(storage.container("secondary").list_blobs(name_starts_with=".bcdr/")) == []


def test_a_run_that_does_not_wait_writes_down_what_it_has_found(storage: Storage) -> None:
    run(storage, record_sync_time=True, wait=False)
    assert (record(storage)["last_sync_time"], record(storage)["held"]) == (None, 0)
    storage.advance(3600)
    run(storage, record_sync_time=True, wait=False)
    assert record(storage)["held"] == 7
    storage.advance(60)
    storage.container("primary").upload_blob("new.bin", b"new")
    storage.advance(60)
    seen = run(storage, record_sync_time=True, wait=False)
    made = storage.container("primary").get_blob_client("new.bin").get_blob_properties().creation_time
    assert record(storage)["last_sync_time"] == made.strftime("%Y-%m-%dT%H:%M:%SZ")
    assert 60 <= first(seen)["rpo_seconds"] < 70


def test_a_run_that_has_looked_earlier_does_not_write_over_a_later_one(storage: Storage) -> None:
    run(storage)

    def later(_sleep: int) -> None:
        run(storage, record_sync_time=True)

    storage.container("primary").upload_blob("new.bin", b"new")
    slow = Run(storage, record_sync_time=True)
    slow.item.observe()
    storage.advance(600)
    later(0)
    written = record(storage)
    slow.item._write_sync_times()
    slow.close()
    assert record(storage) == written


def test_records_are_neither_copied_nor_extra(storage: Storage) -> None:
    run(storage, record_sync_time=True)
    back = {"source": storage.with_key("secondary"), "destinations": [storage.with_key("third")]}
    run(storage, **back)
    assert sorted(storage.held("third")) == ALL
    one = run(storage, record_sync_time=True, delete_extra=True, max_deletes=5)
    assert (one.status, told(one), first(one)["extra"]["count"]) == (SUCCEEDED, [], 0)


def test_a_last_sync_time_that_cannot_be_kept_fails_the_run_and_all_is_copied(storage: Storage) -> None:
    storage.fault(kind="status", status=403, code="AuthorizationFailure", times=0, match={"path_regex": "\\.bcdr/"})
    one = run(storage, record_sync_time=True)
    assert one.status == FAILED
    assert "the last sync time cannot be kept: read secondary/photos/.bcdr/" in one.reason
    assert sorted(name for name in storage.held("secondary") if not name.startswith(".bcdr")) == ALL


# --- copies in use ----------------------------------------------------------------------------------------------------


def restore(storage: Storage, container: str | None = None, **options: Any) -> Any:
    """Use what is in the second account, in a container of the third one if one is named."""
    place = {"destination": storage.with_key("third", container)} if container else {}
    return run(storage, "azure_blob_restore", source=storage.with_key("secondary"), **{**place, **options})


@pytest.fixture
def copied(storage: Storage) -> Storage:
    """All is copied, an hour passes, and the source is gone."""
    run(storage, record_sync_time=True)
    storage.advance(3600)
    storage.admin("POST", "region/westeurope/outage", {"on": True})
    storage.forget_calls()
    return storage


def test_copies_are_used_where_they_are_without_the_source(copied: Storage) -> None:
    one = restore(copied)
    assert (one.status, told(one)) == (SUCCEEDED, [])
    assert one.result["verification"] == {"matches": True, "blobs": 7, "bytes": 12029, "md5": 4}
    assert 3600 <= one.result["rpo_seconds"] < 3700
    assert {call.split()[1] for call in copied.calls()} == {"secondary"}


def test_a_drill_makes_a_container_with_its_mark_and_cleanup_deletes_it(copied: Storage) -> None:
    options = {"container": "drill-web", "drill": "web"}
    predicted = restore(copied, **options, check_mode=True)
    one = restore(copied, **options)
    assert told(predicted) == told(one) == ["create container third/drill-web", "copy 7 blobs to third/drill-web"]
    assert one.status == SUCCEEDED
    assert one.result["verification"]["blobs"] == 7
    assert one.result["recovery_seconds"] > 0
    again = restore(copied, **options)
    assert (again.status, told(again)) == (SUCCEEDED, [])
    assert again.result["recovery_seconds"] == one.result["recovery_seconds"]
    gone = restore(copied, **options, state="absent", check_mode=True)
    assert told(gone) == ["delete container third/drill-web"]
    gone = restore(copied, **options, state="absent")
    assert (gone.status, told(gone)) == (ABSENT, ["delete container third/drill-web"])
    assert told(restore(copied, **options, state="absent")) == []
    assert sorted(container.name for container in copied.blobs("third").list_containers()) == ["photos"]


def test_a_container_without_the_mark_is_left_alone(copied: Storage) -> None:
    copied.container("third").upload_blob("mine", b"mine")
    for state in ("present", "absent"):
        one = restore(copied, "photos", drill="web", state=state)
        assert (one.status, told(one)) == (BLOCKED, [])
        assert "its metadata has no bcdr_drill" in one.reason
    assert sorted(copied.held("third")) == ["mine"]


def test_a_sample_is_the_same_each_time(copied: Storage) -> None:
    one = restore(copied, "drill-web", drill="web", sample=3)
    assert one.result["verification"]["blobs"] == 3
    assert told(restore(copied, "drill-web", drill="web", sample=3)) == []
    assert len(copied.held("third", "drill-web")) == 3


def test_what_is_not_whole_is_left_out_and_named(storage: Storage) -> None:
    run(storage, record_sync_time=True)
    storage.container("primary").upload_blob("a/02.jpg", b"x" * 9, overwrite=True)
    run(storage, record_sync_time=True, wait=False)
    storage.admin("POST", "region/westeurope/outage", {"on": True})
    why = {"name": "a/02.jpg", "reason": "the copy to it is still pending"}
    for place in (None, "elsewhere"):
        one = restore(storage, place)
        assert (one.status, one.result["incomplete_blobs"]) == (FAILED, [why])
        assert "the 6 others can be used: say allow_incomplete to go on with them" in one.reason
        accepted = restore(storage, place, allow_incomplete=True)
        assert (accepted.status, accepted.result["verification"]["blobs"]) == (SUCCEEDED, 6)
        assert "a/02.jpg: the copy to it is still pending" in accepted.warnings[0]
    assert sorted(storage.held("third", "elsewhere")) == [name for name in ALL if name != "a/02.jpg"]


def test_what_is_gone_from_the_copies_is_noticed_by_the_record(copied: Storage) -> None:
    copied.container("secondary").delete_blob("a/01.jpg")
    one = restore(copied)
    assert one.status == FAILED
    assert "6 blobs are there whole" in one.reason
    assert ", 7 were" in one.reason


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({"drill": "web"}, "destination: a drill needs it"),
        ({"state": "absent"}, "drill: state absent needs it"),
        ({"container": "drill-x", "sample": 0}, "sample: 0 is not 1 or more"),
        ({"sample": 3}, "sample: 3 is not 1 or more, or there is no destination"),
    ],
)
def test_what_cannot_be_meant_by_a_restore_is_refused(storage: Storage, options: dict[str, Any], text: str) -> None:
    with pytest.raises(InvalidRequest, match=text):
        restore(storage, **options)


def test_a_snapshot_goes_also_when_its_copy_arrives_at_once(storage: Storage) -> None:
    storage.plant(durations={"copy_base": 0})
    one = run(storage, snapshot_source=True, include=["*.vhd"])
    assert told(one) == ["copy 1 blobs to secondary/photos", "delete 1 snapshots that primary/photos was copied from"]
    assert one.status == SUCCEEDED
    assert told(run(storage, snapshot_source=True, include=["*.vhd"])) == []
