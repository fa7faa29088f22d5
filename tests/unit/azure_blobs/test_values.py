# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is read of blobs, accounts, records and selections, without a service."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.bcdr.multicloud.plugins.module_utils._azure.blobs.accounts import (
    IDENTITY,
    KEY,
    SAS,
    account_option,
)
from ansible_collections.bcdr.multicloud.plugins.module_utils._azure.blobs.copy_decision import BlobView
from ansible_collections.bcdr.multicloud.plugins.module_utils._azure.blobs.copy_item import bounded
from ansible_collections.bcdr.multicloud.plugins.module_utils._azure.blobs.info_decision import difference
from ansible_collections.bcdr.multicloud.plugins.module_utils._azure.blobs.records import (
    from_entity,
    merged,
    row_key,
    to_entity,
)
from ansible_collections.bcdr.multicloud.plugins.module_utils._azure.blobs.values import (
    OutOfOrder,
    Selection,
    joined,
    side_by_side,
)
from ansible_collections.bcdr.multicloud.plugins.module_utils._core.errors import InvalidRequest
from ansible_collections.bcdr.multicloud.plugins.module_utils._core.reconcile import RUNNING, SUCCEEDED
from ansible_collections.bcdr.multicloud.tests.unit.azure_blobs.blob_builders import NOW, ago, blob, copy, job, target

SUFFIX = "core.windows.net"


@pytest.mark.parametrize(
    ("given", "name", "url", "kind"),
    [
        ({"account_name": "a", "account_key": "aGlkZGVu"}, "a", "https://a.blob.core.windows.net", KEY),
        ({"account_name": "a", "sas_token": "?sv=1&sig=x"}, "a", "https://a.blob.core.windows.net", SAS),
        ({"account_name": "a"}, "a", "https://a.blob.core.windows.net", IDENTITY),
        ({"blob_endpoint": "https://a.blob.example.org/"}, "a", "https://a.blob.example.org", IDENTITY),
        ({"blob_endpoint": "https://127.0.0.1:10000/a"}, "a", "https://127.0.0.1:10000/a", IDENTITY),
        (
            {"connection_string": "AccountName=a;AccountKey=aGlkZGVu;EndpointSuffix=core.example.org"},
            "a",
            "https://a.blob.core.example.org",
            KEY,
        ),
        (
            {"connection_string": "BlobEndpoint=https://b.blob.example.org;SharedAccessSignature=sv=1&sig=x"},
            "b",
            "https://b.blob.example.org",
            SAS,
        ),
    ],
)
def test_accounts_in_all_spellings(given: dict[str, str], name: str, url: str, kind: str) -> None:
    account = account_option("source", given, SUFFIX)
    assert (account.name, account.url, account.kind) == (name, url, kind)
    assert not account.secret or account.secret not in repr(account)


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({}, "account_name is needed"),
        ({"account_name": "a", "account_key": "k", "sas_token": "s"}, "exclude each other"),
        ({"account_name": "a", "account_key": "not a key"}, "would be base64"),
        ({"connection_string": "nonsense"}, "NAME=VALUE"),
        ({"connection_string": "AccountName=a"}, "neither AccountKey nor SharedAccessSignature"),
        ({"account_name": "a", "blob_endpoint": "a.example.org"}, "is not a URL"),
    ],
)
def test_accounts_that_cannot_be_meant(given: dict[str, str], says: str) -> None:
    with pytest.raises(InvalidRequest, match=says):
        account_option("source", given, SUFFIX)


def test_a_sas_tells_when_it_has_expired() -> None:
    account = account_option("source", {"account_name": "a", "sas_token": "se=2026-02-28T00%3A00%3A00Z&sig=x"}, SUFFIX)
    assert account.expired(NOW) == "2026-02-28T00:00:00Z"
    assert account.expired(ago(10 * 86400)) == ""


@pytest.mark.parametrize(
    ("selection", "covered", "prefix"),
    [
        (Selection(), ["a/1", "a/2", "b"], ""),
        (Selection(prefix="a/"), ["a/1", "a/2"], "a/"),
        (Selection(include=("*2", "b")), ["a/2", "b"], ""),
        (Selection(exclude=("a/*",)), ["b"], ""),
        (Selection(names=frozenset(("a/1", "a/2"))), ["a/1", "a/2"], "a/"),
        (Selection(names=frozenset(("a/1", "b"))), ["a/1", "b"], ""),
    ],
)
def test_selections(selection: Selection, covered: list[str], prefix: str) -> None:
    assert [name for name in ("a/1", "a/2", "b") if selection.covers(name)] == covered
    assert selection.list_prefix == prefix


NAMES = st.lists(st.text(max_size=4), unique=True, max_size=12)


@given(NAMES, st.lists(NAMES, min_size=1, max_size=3))
def test_lists_side_by_side_are_what_a_join_of_them_is(source: list[str], targets: list[list[str]]) -> None:
    def lists() -> tuple[Any, list[Any]]:
        return (blob(name) for name in sorted(source)), [(blob(name) for name in sorted(one)) for one in targets]

    rows = list(side_by_side(*lists()))
    assert [name for name, _source, _targets in rows] == sorted({*source, *(name for one in targets for name in one)})
    assert sorted(rows, key=lambda row: row[0]) == sorted(joined(*lists()), key=lambda row: row[0])
    for name, found, beside in rows:
        assert (found is not None) == (name in source)
        assert [one is not None for one in beside] == [name in one for one in targets]


def test_lists_in_another_order_are_noticed() -> None:
    with pytest.raises(OutOfOrder):
        list(side_by_side(iter([blob("b"), blob("a")]), [iter([])]))


def test_no_more_is_taken_than_is_worked_on() -> None:
    taken: list[int] = []

    def entries() -> Any:
        for number in range(100):
            taken.append(number)
            yield number

    with ThreadPoolExecutor(2) as pool:
        for number, result in enumerate(bounded(pool, lambda entry: entry * 2, entries(), 8)):
            assert result == number * 2
            assert len(taken) <= number + 9


# --- records ---------------------------------------------------------------------------------------------------------


def test_a_record_survives_the_table() -> None:
    one = job("SUCCESS", ended=NOW, bytes_copied=100, history=({"status": "SUCCESS"},))
    assert from_entity(to_entity(one), None) == one
    assert to_entity(one)["DurationSeconds"] == 3600
    assert row_key("a/b#c?d") == row_key("a/b#c?d") != row_key("a/b")


def test_records_by_others_are_read_as_far_as_they_go() -> None:
    one = from_entity({"PartitionKey": "p", "RowKey": "r", "History": "{broken", "StartTime": "soon"}, "e")
    assert (one.history, one.status, one.etag) == ((), "", "e")


def test_what_has_ended_stays_so_and_the_later_copy_counts() -> None:
    ended = replace(job("SUCCESS", ended=NOW), etag="e1")
    pending = replace(job(), etag="e1")
    later = job(copy_id="c2", started=ago(60))
    assert merged(None, job(), NOW) == replace(job(), history=merged(None, job(), NOW).history)  # type: ignore[union-attr]
    assert merged(pending, job(), NOW) is None
    assert merged(ended, job(), NOW) is None
    done = merged(pending, job("SUCCESS", ended=NOW), NOW)
    assert done is not None
    assert (done.status, done.etag, done.attempts) == ("SUCCESS", "e1", 1)
    again = merged(ended, later, NOW)
    assert again is not None
    assert (again.status, again.copy_id, again.attempts) == ("PENDING", "c2", 2)
    assert merged(replace(later, etag="e2"), job("FAILED", ended=NOW), NOW) is None


SAME = BlobView(SUCCEEDED)


@pytest.mark.parametrize(
    ("record", "there", "view", "truth"),
    [
        (None, target("pending"), BlobView(RUNNING), "a copy is under way"),
        (None, target(), SAME, ""),
        (job(), target("pending"), BlobView(RUNNING), ""),
        (job(), target("pending", copy=copy("pending", id="c2")), BlobView(RUNNING), "another copy is under way"),
        (job(), target(), SAME, "the copy has ended: success"),
        (
            job(),
            target("failed", copy=copy("failed", description="500 No")),
            None,
            "the copy has ended: failed (500 No)",
        ),
        (job(), target(copy=None), SAME, "the destination holds the blob"),
        (job(), target(copy=None), BlobView("pending", todo=True), "something else has taken the place of the copy"),
        (job(), None, None, "the destination has no such blob"),
        (job("SUCCESS"), target(), SAME, ""),
        (job("SUCCESS"), target(), BlobView("pending", todo=True), ""),
        (job("SUCCESS"), target(modified=NOW), BlobView("pending", todo=True), "the blob is no longer what was copied"),
        (job("SUCCESS"), target("pending"), BlobView(RUNNING), "the copy is under way"),
        (job("SUCCESS"), None, None, "the destination has no such blob"),
        (job("FAILED"), None, None, ""),
        (job("FAILED"), target("failed"), BlobView("pending", todo=True), ""),
        (job("FAILED"), target(), SAME, "the destination holds the blob"),
    ],
)
def test_where_records_and_truth_differ(record: Any, there: Any, view: Any, truth: str) -> None:
    assert difference(record, there, view) == truth
