# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a restored file system has to be: its key, the metadata of its job, what is left to set up."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.bcdr.multicloud.plugins.module_utils._aws.efs.restored import (
    DEFAULT_KEY,
    Encryption,
    Key,
    MountTarget,
    SettingsObserved,
    SettingsWanted,
    choose_encryption,
    file_system_result,
    item_metadata,
    items_text,
    key_candidates,
    parse_key,
    parse_mount_target,
    restore_metadata,
    setting_actions,
    verify_restored,
)
from ansible_collections.bcdr.multicloud.plugins.module_utils._aws.efs.values import SourceSettings
from ansible_collections.bcdr.multicloud.tests.unit.aws.builders import HERE, THERE, file_system, key_arn

PLAIN, MULTI = "1234abcd-12ab-34cd-56ef-1234567890ab", "mrk-1234abcd12ab34cd56ef1234567890ab"
WANTED_KEY = key_arn("aaaaaaaa-12ab-34cd-56ef-1234567890ab", THERE)
OPEN = SourceSettings(False, known_from="tag")
CLOSED = SourceSettings(True, key_arn(PLAIN), known_from="tag")
CLOSED_MULTI = SourceSettings(True, key_arn(MULTI), known_from="tag")
CLOSED_DEFAULT = SourceSettings(True, "", known_from="tag")


def key(arn: str = WANTED_KEY, **changes: Any) -> Key:
    return Key(**{"arn": arn, "enabled": True, "symmetric": True, **changes})


class TestKeyCandidates:
    MAP = {key_arn(PLAIN): "alias/by-arn", MULTI: "alias/by-id"}

    @pytest.mark.parametrize(
        ("explicit", "key_map", "source", "region", "candidates"),
        [
            ("alias/dr", {}, None, THERE, [("alias/dr", "kms_key_id")]),
            ("alias/dr", MAP, CLOSED, THERE, [("alias/dr", "kms_key_id")]),
            ("", MAP, CLOSED, THERE, [("alias/by-arn", "kms_key_map")]),
            ("", MAP, CLOSED, HERE, [("alias/by-arn", "kms_key_map")]),
            ("", MAP, CLOSED_MULTI, THERE, [("alias/by-id", "kms_key_map")]),
            ("", {PLAIN: "k"}, CLOSED, THERE, [("k", "kms_key_map")]),
            # An id that the source gave as it is, and no ARN.
            ("", {PLAIN: "k"}, SourceSettings(True, PLAIN), THERE, [("k", "kms_key_map")]),
            ("", {}, SourceSettings(True, PLAIN), THERE, []),
            ("", {"": "k"}, CLOSED_DEFAULT, THERE, []),
            ("", {"": "k"}, None, THERE, []),
            ("", {}, CLOSED, HERE, [(key_arn(PLAIN), "source key")]),
            ("", {}, CLOSED_MULTI, HERE, [(key_arn(MULTI), "source key")]),
            ("", {}, CLOSED_MULTI, THERE, [(key_arn(MULTI, THERE), "multi-Region replica")]),
            ("", {}, CLOSED, THERE, []),
            ("", {}, OPEN, THERE, []),
            ("", {}, None, THERE, []),
        ],
    )
    def test_table(
        self,
        explicit: str,
        key_map: dict[str, str],
        source: SourceSettings | None,
        region: str,
        candidates: list[tuple[str, str]],
    ) -> None:
        assert key_candidates(explicit, key_map, source, region) == candidates


class TestChooseEncryption:
    ASKED = [("alias/dr", "kms_key_id")]
    MAPPED = [("alias/dr", "kms_key_map")]
    REPLICA = [(key_arn(MULTI, THERE), "multi-Region replica")]
    GOOD = {"alias/dr": key()}

    @pytest.mark.parametrize(
        ("wanted", "candidates", "keys", "source", "expected"),
        [
            # A key that was asked for.
            (None, ASKED, GOOD, CLOSED, Encryption(True, WANTED_KEY, "kms_key_id")),
            (True, ASKED, GOOD, None, Encryption(True, WANTED_KEY, "kms_key_id")),
            (None, ASKED, GOOD, OPEN, Encryption(True, WANTED_KEY, "kms_key_id")),
            (None, MAPPED, GOOD, CLOSED, Encryption(True, WANTED_KEY, "kms_key_map")),
            # One that AWS chooses by what the source had.
            (None, REPLICA, {REPLICA[0][0]: key("arn:r")}, CLOSED_MULTI, Encryption(True, "arn:r", REPLICA[0][1])),
            # As the source.
            (None, [], {}, OPEN, Encryption(False, chosen_by="source")),
            (False, [], {}, OPEN, Encryption(False, chosen_by="encrypt")),
            (True, [], {}, OPEN, Encryption(True, chosen_by="default")),
            (None, [], {}, CLOSED_DEFAULT, Encryption(True, chosen_by="default")),
            (True, [], {}, CLOSED_DEFAULT, Encryption(True, chosen_by="default")),
        ],
    )
    def test_without_a_word(
        self,
        wanted: bool | None,
        candidates: list[tuple[str, str]],
        keys: dict[str, Key | None],
        source: SourceSettings | None,
        expected: Encryption,
    ) -> None:
        assert choose_encryption(wanted, candidates, keys, source, THERE) == expected

    @pytest.mark.parametrize(
        ("wanted", "candidates", "found", "source", "problem"),
        [
            (False, ASKED, key(), OPEN, "kms_key_id: is given, but encrypt is false"),
            (False, [], None, None, "encrypt: is false, but whether the source is encrypted cannot be found out here"),
            (False, [], None, CLOSED, "encrypt: is false, but the source is encrypted, and a restore keeps that"),
            (False, MAPPED, key(), CLOSED, "encrypt: is false, but the source is encrypted"),
            (
                None,
                ASKED,
                None,
                CLOSED,
                "kms_key_id: the key alias/dr does not exist in eu-central-1, or this identity",
            ),
            (None, MAPPED, None, CLOSED, "kms_key_map: the key alias/dr does not exist in eu-central-1"),
            (None, ASKED, key(enabled=False, state="PendingDeletion"), None, "kms_key_id: the key alias/dr is Pending"),
            (None, ASKED, key(enabled=False), None, "kms_key_id: the key alias/dr is disabled"),
            (True, ASKED, key(symmetric=False), None, "kms_key_id: the key alias/dr is not a symmetric encryption key"),
        ],
    )
    def test_problems(
        self,
        wanted: bool | None,
        candidates: list[tuple[str, str]],
        found: Key | None,
        source: SourceSettings | None,
        problem: str,
    ) -> None:
        """A key that was named is never replaced by another."""
        chosen = choose_encryption(wanted, candidates, {"alias/dr": found}, source, THERE)
        assert chosen.problem.startswith(problem)
        assert (chosen.key_arn, chosen.warning) == ("", "")

    @pytest.mark.parametrize("found", [None, key(enabled=False), key(symmetric=False)])
    def test_a_replica_that_cannot_be_used(self, found: Key | None) -> None:
        chosen = choose_encryption(None, self.REPLICA, {self.REPLICA[0][0]: found}, CLOSED_MULTI, THERE)
        assert (chosen.encrypted, chosen.key_arn, chosen.chosen_by, chosen.problem) == (True, "", "default", "")
        assert chosen.warning.startswith(f"the source's key {key_arn(MULTI)} cannot be used in {THERE}")
        assert f"gets {DEFAULT_KEY}" in chosen.warning

    @pytest.mark.parametrize("wanted", [None, True])
    def test_a_key_of_the_sources_region(self, wanted: bool | None) -> None:
        chosen = choose_encryption(wanted, [], {}, CLOSED, THERE)
        assert (chosen.encrypted, chosen.chosen_by) == (True, "default")
        assert "cannot be used in eu-central-1" in chosen.warning

    @pytest.mark.parametrize("wanted", [None, True])
    @pytest.mark.parametrize("source", [None, SourceSettings()])
    def test_a_source_that_is_not_known(self, wanted: bool | None, source: SourceSettings | None) -> None:
        chosen = choose_encryption(wanted, [], {}, source, THERE)
        assert (chosen.encrypted, chosen.key_arn, chosen.chosen_by, chosen.problem) == (True, "", "default", "")
        assert chosen.warning.startswith("how the source is encrypted cannot be found out here")

    @given(
        st.sampled_from([None, True, False]),
        st.sampled_from(["", "alias/dr"]),
        st.sampled_from([{}, {key_arn(PLAIN): "alias/map"}]),
        st.sampled_from([None, SourceSettings(), OPEN, CLOSED, CLOSED_MULTI, CLOSED_DEFAULT]),
        st.sampled_from([HERE, THERE]),
        st.sampled_from([None, key(), key(enabled=False), key(symmetric=False)]),
    )
    def test_never_less_than_the_source(
        self,
        wanted: bool | None,
        explicit: str,
        key_map: dict[str, str],
        source: SourceSettings | None,
        region: str,
        found: Key | None,
    ) -> None:
        candidates = key_candidates(explicit, key_map, source, region)
        chosen = choose_encryption(wanted, candidates, {name: found for name, _by in candidates}, source, region)
        if not chosen.problem and not chosen.encrypted:
            assert source is not None
            assert source.encrypted is False
        if not chosen.problem:
            assert chosen.encrypted or not chosen.key_arn
            assert wanted is None or chosen.encrypted is wanted
            assert not chosen.key_arn or (found is not None and found.enabled and found.symmetric)
            assert not explicit or chosen.chosen_by == "kms_key_id"

    def test_result(self) -> None:
        assert Encryption(True, "", "default").as_result() == {
            "encrypted": True,
            "kms_key_id": None,
            "chosen_by": "default",
        }


class TestMetadata:
    def test_of_a_new_file_system(self) -> None:
        metadata = restore_metadata(
            creation_token="token",
            encryption=Encryption(True, "arn:key"),
            performance_mode="maxIO",
            zone="eu-central-1a",
            items=["/a", '/b "c"'],
        )
        assert metadata == {
            "newFileSystem": "true",
            "CreationToken": "token",
            "Encrypted": "true",
            "KmsKeyId": "arn:key",
            "PerformanceMode": "maxIO",
            "singleAzFilesystem": "true",
            "availabilityZoneName": "eu-central-1a",
            "ItemsToRestore": '["/a", "/b \\"c\\""]',
        }

    def test_the_least(self) -> None:
        metadata = restore_metadata(
            creation_token="t", encryption=Encryption(False), performance_mode="generalPurpose", zone="", items=()
        )
        assert metadata == {
            "newFileSystem": "true",
            "CreationToken": "t",
            "Encrypted": "false",
            "PerformanceMode": "generalPurpose",
        }

    def test_of_items(self) -> None:
        assert item_metadata("fs-1", ["/a"]) == {
            "newFileSystem": "false",
            "file-system-id": "fs-1",
            "ItemsToRestore": '["/a"]',
        }

    @given(st.lists(st.text()))
    def test_items_are_a_json_array(self, items: list[str]) -> None:
        assert json.loads(items_text(items)) == items


class TestParse:
    @pytest.mark.parametrize(
        ("metadata", "expected"),
        [
            ({}, Key("arn:k", False, True)),
            ({"Enabled": True}, Key("arn:k", True, True)),
            ({"Enabled": True, "KeyState": "Enabled"}, Key("arn:k", True, True, "Enabled")),
            ({"Enabled": False, "KeyState": "PendingDeletion"}, Key("arn:k", False, True, "PendingDeletion")),
            ({"KeyState": "Enabled", "KeySpec": "SYMMETRIC_DEFAULT"}, Key("arn:k", True, True, "Enabled")),
            ({"KeyState": "Enabled", "KeySpec": "RSA_2048"}, Key("arn:k", True, False, "Enabled")),
            ({"KeyState": "Enabled", "KeyUsage": "GENERATE_VERIFY_MAC"}, Key("arn:k", True, False, "Enabled")),
            ({"KeyState": "Enabled", "KeyManager": "AWS"}, Key("arn:k", True, True, "Enabled", managed_by_aws=True)),
            ({"KeyState": "Enabled", "KeyManager": "CUSTOMER"}, Key("arn:k", True, True, "Enabled")),
        ],
    )
    def test_key(self, metadata: dict[str, Any], expected: Key) -> None:
        assert parse_key({"Arn": "arn:k", **metadata}) == expected

    def test_mount_target(self) -> None:
        least = {"SubnetId": "subnet-1", "MountTargetId": "fsmt-1"}
        assert parse_mount_target(least) == MountTarget("subnet-1", id="fsmt-1")
        shown = {**least, "IpAddress": "10.0.0.4", "LifeCycleState": "creating"}
        assert parse_mount_target(shown) == MountTarget("subnet-1", (), "10.0.0.4", "fsmt-1", "creating")


class TestVerify:
    @pytest.mark.parametrize(
        ("there", "asked", "differences"),
        [
            ({}, (None, "", ""), []),
            ({}, (True, key_arn(), "generalPurpose"), []),
            ({"encrypted": False, "key_arn": ""}, (False, "", "generalPurpose"), []),
            ({"encrypted": False, "key_arn": ""}, (True, "", ""), ["it is not encrypted"]),
            ({}, (False, "", ""), ["it is encrypted"]),
            ({}, (True, "arn:k", ""), [f"it is encrypted with {key_arn()} and not with arn:k"]),
            (
                {"encrypted": False, "key_arn": ""},
                (True, "arn:k", "maxIO"),
                [
                    "it is not encrypted",
                    "it is encrypted with no key and not with arn:k",
                    "its performance mode is generalPurpose and not maxIO",
                ],
            ),
        ],
    )
    def test_table(self, there: dict[str, Any], asked: tuple[bool | None, str, str], differences: list[str]) -> None:
        found = verify_restored(file_system(**there), *asked)
        assert (found["matches"], found["differences"]) == (not differences, differences)

    def test_result(self) -> None:
        shown = verify_restored(file_system(encrypted=False, key_arn="", performance_mode=""), None, "", "")
        assert shown == {
            "matches": True,
            "differences": [],
            "encrypted": False,
            "kms_key_id": None,
            "performance_mode": None,
        }


class TestSettings:
    TARGET = MountTarget("subnet-1", ("sg-1",), "10.0.0.4")
    ALL = SettingsWanted(
        {"b": "2", "a": "1"}, "provisioned", 10.0, {"transition_to_ia": "AFTER_30_DAYS"}, True, (TARGET,)
    )
    DONE = SettingsObserved(
        lifecycle={"transition_to_ia": "AFTER_30_DAYS"},
        automatic_backups=True,
        mount_targets=(MountTarget("subnet-1", id="m", state="available"),),
    )

    def test_all_of_a_new_one(self) -> None:
        actions = setting_actions("web", self.ALL, SettingsObserved(), None)
        assert [(one.describe(), one.before, one.after) for one in actions] == [
            ("set tags of web", {}, {"a": "1", "b": "2"}),
            (
                "set throughput of web",
                {"throughput_mode": "bursting"},
                {"throughput_mode": "provisioned", "provisioned_throughput_in_mibps": 10.0},
            ),
            ("set lifecycle policies of web", {}, {"transition_to_ia": "AFTER_30_DAYS"}),
            ("set automatic backups of web", {"enabled": False}, {"enabled": True}),
            (
                "create mount target of web in subnet-1",
                None,
                {"security_groups": ["sg-1"], "ip_address": "10.0.0.4"},
            ),
        ]
        assert [one.payload for one in actions] == [
            {"tags": {"a": "1", "b": "2"}},
            {"throughput_mode": "provisioned", "provisioned": 10.0},
            {"lifecycle": {"transition_to_ia": "AFTER_30_DAYS"}},
            {"automatic_backups": True},
            {"mount_target": self.TARGET},
        ]

    def test_nothing_is_left(self) -> None:
        done = file_system(
            tags={"a": "1", "b": "2", "more": "x"}, throughput_mode="provisioned", provisioned_throughput=10.0
        )
        assert setting_actions("web", self.ALL, self.DONE, done) == ()

    def test_nothing_is_wanted(self) -> None:
        other = replace(self.DONE, tags={"a": "x"}, lifecycle={"transition_to_ia": "AFTER_7_DAYS"})
        assert setting_actions("web", SettingsWanted(), other, file_system(throughput_mode="elastic")) == ()
        assert setting_actions("web", SettingsWanted(), SettingsObserved(), None) == ()

    def test_only_what_differs_of_the_tags(self) -> None:
        wanted = SettingsWanted({"a": "1", "b": "2", "c": "3"})
        [action] = setting_actions("web", wanted, SettingsObserved(), file_system(tags={"a": "1", "b": "x", "d": "4"}))
        assert (action.before, action.after) == ({"b": "x"}, {"b": "2", "c": "3"})

    def test_tags_that_a_new_one_will_have(self) -> None:
        wanted = SettingsWanted({"a": "1", "b": "2"})
        [action] = setting_actions("web", wanted, SettingsObserved(tags={"a": "1", "b": "x"}), None)
        assert (action.before, action.after) == ({"b": "x"}, {"b": "2"})
        assert setting_actions("web", wanted, SettingsObserved(tags={"a": "1", "b": "2", "c": "3"}), None) == ()
        [action] = setting_actions("web", wanted, SettingsObserved(tags={"a": "1"}), file_system())
        assert action.after == {"a": "1", "b": "2"}

    @pytest.mark.parametrize(
        ("mode", "amount", "there", "changes"),
        [
            ("", None, {"throughput_mode": "elastic"}, False),
            ("elastic", None, {"throughput_mode": "elastic"}, False),
            ("elastic", None, {"throughput_mode": "bursting"}, True),
            ("bursting", None, {"throughput_mode": "provisioned", "provisioned_throughput": 5.0}, True),
            ("provisioned", 5.0, {"throughput_mode": "provisioned", "provisioned_throughput": 5.0}, False),
            ("provisioned", 6.0, {"throughput_mode": "provisioned", "provisioned_throughput": 5.0}, True),
            ("bursting", None, None, False),
            ("elastic", None, None, True),
        ],
    )
    def test_throughput(self, mode: str, amount: float | None, there: dict[str, Any] | None, changes: bool) -> None:
        wanted = SettingsWanted(throughput_mode=mode, provisioned_mibps=amount)
        found = None if there is None else file_system(**there)
        assert bool(setting_actions("web", wanted, SettingsObserved(), found)) is changes

    def test_the_throughput_that_was(self) -> None:
        there = file_system(throughput_mode="provisioned", provisioned_throughput=5.0)
        [action] = setting_actions("web", SettingsWanted(throughput_mode="elastic"), SettingsObserved(), there)
        assert action.before == {"throughput_mode": "provisioned", "provisioned_throughput_in_mibps": 5.0}
        assert action.after == {"throughput_mode": "elastic"}

    @pytest.mark.parametrize(
        ("wanted", "observed", "after"),
        [
            (SettingsWanted(lifecycle={}), SettingsObserved(lifecycle={"transition_to_ia": "AFTER_7_DAYS"}), {}),
            (SettingsWanted(automatic_backups=False), SettingsObserved(automatic_backups=True), {"enabled": False}),
        ],
    )
    def test_what_is_to_be_off(self, wanted: SettingsWanted, observed: SettingsObserved, after: dict[str, Any]) -> None:
        [action] = setting_actions("web", wanted, observed, file_system())
        assert action.after == after
        assert setting_actions("web", wanted, SettingsObserved(), file_system()) == ()

    def test_mount_targets_in_other_subnets_stay(self) -> None:
        wanted = SettingsWanted(mount_targets=(MountTarget("subnet-1"), MountTarget("subnet-2")))
        [action] = setting_actions("web", wanted, self.DONE, file_system())
        assert action.describe() == "create mount target of web in subnet-2"
        assert action.after == {"security_groups": [], "ip_address": None}


def test_file_system_as_result() -> None:
    there = file_system(tags={"a": "1"}, creation_token="token", zone="eu-west-1a", provisioned_throughput=5.0)
    assert file_system_result(there, (MountTarget("subnet-1", id="fsmt-1", state="creating"),)) == {
        "file_system_id": "fs-0a11ce",
        "file_system_arn": there.arn,
        "life_cycle_state": "available",
        "encrypted": True,
        "kms_key_id": key_arn(),
        "performance_mode": "generalPurpose",
        "throughput_mode": "bursting",
        "provisioned_throughput_in_mibps": 5.0,
        "availability_zone_name": "eu-west-1a",
        "creation_token": "token",
        "tags": {"a": "1"},
        "mount_targets": [
            {"mount_target_id": "fsmt-1", "subnet_id": "subnet-1", "ip_address": None, "life_cycle_state": "creating"}
        ],
    }
    bare = file_system_result(file_system(key_arn="", performance_mode="", throughput_mode=""), ())
    assert (bare["kms_key_id"], bare["performance_mode"], bare["throughput_mode"]) == (None, None, None)
    assert (bare["availability_zone_name"], bare["mount_targets"]) == (None, [])
