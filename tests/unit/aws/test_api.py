# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Calls of AWS Backup and EFS, end to end against the sandbox."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("moto")
pytest.importorskip("boto3")

from ansible_collections.bcdr.multicloud.plugins.module_utils._aws.efs import api
from ansible_collections.bcdr.multicloud.plugins.module_utils._aws.efs.backup_decision import (
    BackupObserved,
    BackupWanted,
    decide_backup,
)
from ansible_collections.bcdr.multicloud.plugins.module_utils._aws.efs.copy_decision import find_copy
from ansible_collections.bcdr.multicloud.plugins.module_utils._aws.efs.restored import MountTarget
from ansible_collections.bcdr.multicloud.plugins.module_utils._aws.efs.values import Lifecycle
from ansible_collections.bcdr.multicloud.plugins.module_utils._aws.session import AwsSession, Identity, connect
from ansible_collections.bcdr.multicloud.plugins.module_utils._core.errors import (
    Conflict,
    InvalidRequest,
    ProviderError,
    Throttled,
    Unavailable,
)
from ansible_collections.bcdr.multicloud.plugins.module_utils._core.reconcile import PENDING, RUNNING, SUCCEEDED
from ansible_collections.bcdr.multicloud.tests.unit.aws import more_calls
from ansible_collections.bcdr.multicloud.tests.unit.aws.runs import options
from ansible_collections.bcdr.multicloud.tests.unit.sandbox.aws.aws_sandbox import (
    FILE_SYSTEM,
    HERE,
    KEY,
    MINE,
    RESOURCE,
    ROLE,
    SECRET,
    SEED,
    THERE,
    Aws,
)

START = datetime.datetime(2026, 3, 1, 8, 0, tzinfo=datetime.timezone.utc)


@pytest.fixture
def session(aws: Aws) -> AwsSession:
    return connect(options(aws), 4)


def start_backup(session: AwsSession, token: str = "t1", vault: str = "main") -> str:
    return api.start_backup_job(session, HERE, vault, RESOURCE, ROLE, token, Lifecycle(35), {"app": "x"})


def start_copy(session: AwsSession, aws: Aws, token: str = "t1") -> str:
    return api.start_copy_job(session, HERE, aws.point(), "main", aws.vault("dr"), ROLE, token, Lifecycle(100))


class TestConnect:
    def test_now_is_virtual_time(self, aws: Aws, session: AwsSession) -> None:
        api.describe_vault(session, HERE, "nothing")
        assert session.now() == START
        aws.advance(3600)
        api.describe_vault(session, HERE, "nothing")
        assert session.now() == START + datetime.timedelta(hours=1)

    def test_identity(self, session: AwsSession) -> None:
        assert session.identity(HERE) == Identity(MINE, "aws")

    @pytest.mark.parametrize("changes", [{"access_key": "AKIAUNKNOWN000000001"}, {"session_token": "made-up"}])
    def test_wrong_keys(self, aws: Aws, changes: dict[str, Any]) -> None:
        with pytest.raises(InvalidRequest) as caught:
            connect(options(aws, **changes), 4).identity(HERE)
        text = str(caught.value)
        assert text.startswith("credentials: AWS refused to sign in: get_caller_identity in eu-west-1: ")
        assert SECRET not in text
        assert "made-up" not in text
        assert "\n" not in text

    def test_profile(self, aws: Aws, tmp_path: Path) -> None:
        (tmp_path / "config").write_text(
            f"[profile dr]\nregion = {THERE}\naws_access_key_id = {KEY}\naws_secret_access_key = {SECRET}\n"
        )
        made = connect(options(aws, access_key=None, secret_key=None, region=None, profile="dr"), 4)
        assert made.identity(made.region) == Identity(MINE, "aws")
        assert made.region == THERE

    def test_assumed_role(self, aws: Aws) -> None:
        made = connect(options(aws, assume_role_arn=ROLE, assume_role_external_id="ext"), 4)
        arn = made.call("sts", HERE, "get_caller_identity")["Arn"]
        assert arn == f"arn:aws:sts::{MINE}:assumed-role/backup/ansible-bcdr-multicloud"
        assert api.list_points(made, HERE, "main", RESOURCE)

    def test_a_role_that_may_not_be_assumed(self, aws: Aws) -> None:
        mine, other = SEED["accounts"]
        aws.plant(accounts=[{**mine, "roles": ["other"]}, other])
        with pytest.raises(InvalidRequest, match=r"^credentials: AWS refused to sign in: .*AccessDenied"):
            connect(options(aws, assume_role_arn=ROLE), 4).identity(HERE)

    def test_nobody_answers(self, aws: Aws) -> None:
        with pytest.raises(Unavailable, match=r"^get_caller_identity in eu-west-1: "):
            connect(options(aws, endpoint_url="http://127.0.0.1:9"), 4).identity(HERE)

    def test_the_region_of_the_identity_is_out(self, aws: Aws) -> None:
        aws.admin("POST", f"region/{HERE}/outage", {"on": True, "answers": "fail"})
        with pytest.raises(Unavailable, match=r"^get_caller_identity in eu-west-1: "):
            connect(options(aws), 4).identity(HERE)


class TestErrors:
    def test_code_message_and_request_id(self, session: AwsSession) -> None:
        with pytest.raises(ProviderError) as caught:
            more_calls.describe_copy_job(session, HERE, "nothing")
        assert caught.value.code == "ResourceNotFoundException"
        assert caught.value.request_id
        assert caught.value.provider_message
        assert str(caught.value).startswith("describe_copy_job in eu-west-1: ResourceNotFoundException: ")

    def test_throttled(self, aws: Aws, session: AwsSession) -> None:
        aws.fault("status", ":DescribeBackupVault", status=400, code="ThrottlingException")
        with pytest.raises(Throttled):
            api.describe_vault(session, HERE, "main")

    @pytest.mark.parametrize("answers", ["fail", "drop"])
    def test_a_region_is_out(self, aws: Aws, session: AwsSession, answers: str) -> None:
        aws.admin("POST", f"region/{HERE}/outage", {"on": True, "answers": answers})
        with pytest.raises(Unavailable):
            api.list_points(session, HERE, "main", RESOURCE)
        with pytest.raises(Unavailable):
            api.describe_vault(session, HERE, "main")
        assert api.list_points(session, THERE, "dr", RESOURCE) == []

    def test_pages(self, aws: Aws) -> None:
        aws.plant(limits={"page_size": 1})
        made = connect(options(aws), 4)
        start_backup(made)
        aws.advance(3600)
        assert len(api.list_points(made, HERE, "main", RESOURCE) or ()) == 2


class TestVaults:
    def test_missing(self, session: AwsSession) -> None:
        assert api.describe_vault(session, HERE, "nothing") is None
        assert api.list_points(session, HERE, "nothing", RESOURCE) is None

    def test_locked(self, aws: Aws, session: AwsSession) -> None:
        vault = api.describe_vault(session, THERE, "locked")
        assert vault is not None
        assert (vault.arn, vault.locked) == (aws.vault("locked"), True)
        assert (vault.min_retention_days, vault.max_retention_days) == (7, 365)

    def test_policy(self, session: AwsSession) -> None:
        assert api.vault_policy(session, HERE, "main") == {}
        automatic = api.vault_policy(session, HERE, "aws/efs/automatic-backup-vault")
        assert automatic is not None
        assert automatic["Statement"]
        assert api.vault_policy(session, HERE, "nothing") is None

    def test_cross_account(self, session: AwsSession) -> None:
        assert api.cross_account_enabled(session, HERE) is True

    @pytest.mark.parametrize("code", ["AccessDeniedException", "InvalidRequestException"])
    def test_cross_account_may_not_be_read(self, aws: Aws, session: AwsSession, code: str) -> None:
        aws.fault("status", "DescribeGlobalSettings", status=400, code=code)
        assert api.cross_account_enabled(session, HERE) is None

    @pytest.mark.parametrize(
        "call",
        [
            lambda session: api.cross_account_enabled(session, HERE),
            lambda session: api.describe_vault(session, HERE, "main"),
            lambda session: api.vault_policy(session, HERE, "main"),
            lambda session: api.list_points(session, HERE, "main", ""),
            lambda session: api.describe_point(session, HERE, "main", "arn:aws:backup:x"),
            lambda session: api.get_file_system(session, HERE, FILE_SYSTEM),
            lambda session: api.backup_policy(session, HERE, FILE_SYSTEM),
            lambda session: api.describe_key(session, HERE, "alias/cmk"),
            lambda session: api.describe_restore_job(session, HERE, "x"),
            lambda session: api.delete_file_system(session, HERE, FILE_SYSTEM),
            lambda session: api.delete_mount_target(session, HERE, "fsmt-0123456789abcdef0"),
        ],
    )
    def test_any_other_refusal_is_an_error(
        self, aws: Aws, session: AwsSession, call: Callable[[AwsSession], Any]
    ) -> None:
        aws.fault("status", "aws:", status=400, code="SomethingElse")
        with pytest.raises(ProviderError, match="SomethingElse"):
            call(session)


class TestBackup:
    def test_from_start_to_point(self, aws: Aws, session: AwsSession) -> None:
        job = start_backup(session)
        assert more_calls.describe_backup_job(session, HERE, job).status == PENDING
        aws.advance(31)
        assert more_calls.describe_backup_job(session, HERE, job).status == RUNNING
        aws.advance(3600)
        done = more_calls.describe_backup_job(session, HERE, job)
        assert (done.status, done.vault_arn) == (SUCCEEDED, aws.vault("main", region=HERE))
        assert job in [one.id for one in api.list_backup_jobs(session, HERE, RESOURCE, "main")]
        point = api.describe_point(session, HERE, "main", done.made_arn)
        assert point is not None
        assert (point.usable, point.resource_arn, point.lifecycle) == (True, RESOURCE, Lifecycle(35))
        assert point.arn in [one.arn for one in api.list_points(session, HERE, "main", RESOURCE) or ()]
        assert api.point_tags(session, HERE, point.arn)["app"] == "x"
        more_calls.tag_point(session, HERE, point.arn, {"more": "y"})
        assert api.point_tags(session, HERE, point.arn)["more"] == "y"
        more_calls.delete_point(session, HERE, "main", point.arn)
        aws.advance(3600)
        assert api.describe_point(session, HERE, "main", point.arn) is None

    def test_the_same_token_gives_the_same_job(self, session: AwsSession) -> None:
        first = start_backup(session)
        assert start_backup(session) == first
        assert start_backup(session, "t2") != first

    def test_with_the_least(self, aws: Aws, session: AwsSession) -> None:
        job = api.start_backup_job(session, HERE, "second", RESOURCE, ROLE, "t", Lifecycle(), {})
        aws.advance(3600)
        made = more_calls.describe_backup_job(session, HERE, job).made_arn
        point = api.describe_point(session, HERE, "second", made)
        assert point is not None
        assert (point.usable, point.lifecycle) == (True, Lifecycle())

    def test_a_deleted_point_is_made_again(self, aws: Aws, session: AwsSession) -> None:
        """The decision's tokens, seen against AWS's: an old one would give the old job."""
        aws.plant(points=[])
        wanted = BackupWanted(RESOURCE, "main", ROLE, 3600)
        jobs = []
        for _time in range(2):
            points = api.list_points(session, HERE, "main", RESOURCE)
            known = api.list_backup_jobs(session, HERE, RESOURCE, "main")
            found = api.get_file_system(session, HERE, FILE_SYSTEM)
            observed = BackupObserved(tuple(points or ()), session.now(), tuple(known), file_system=found)
            [action] = decide_backup(wanted, observed).actions
            jobs.append(start_backup(session, action.payload["token"]))
            aws.advance(1800)
            made = more_calls.describe_backup_job(session, HERE, jobs[-1]).made_arn
            more_calls.delete_point(session, HERE, "main", made)
            aws.advance(60)
        assert len(set(jobs)) == 2

    def test_all_of_efs(self, session: AwsSession) -> None:
        points = api.list_points(session, HERE, "main", "") or ()
        assert len({point.resource_arn for point in points}) == 2


class TestCopy:
    def test_to_another_region(self, aws: Aws, session: AwsSession) -> None:
        job = start_copy(session, aws)
        assert start_copy(session, aws) == job
        assert more_calls.describe_copy_job(session, HERE, job).status == PENDING
        aws.advance(31)
        assert more_calls.describe_copy_job(session, HERE, job).status == RUNNING
        source = api.describe_point(session, HERE, "main", aws.point())
        assert source is not None
        under_way = find_copy(source, api.list_points(session, THERE, "dr", RESOURCE) or ())
        assert under_way is not None
        assert under_way.status == "CREATING"
        aws.advance(3600)
        [done] = api.list_copy_jobs(session, HERE, RESOURCE, aws.vault("dr"))
        assert done == more_calls.describe_copy_job(session, HERE, job)
        assert (done.status, done.point_arn, done.vault_arn) == (SUCCEEDED, source.arn, aws.vault("dr"))
        made = find_copy(source, api.list_points(session, THERE, "dr", RESOURCE) or ())
        assert made is not None
        assert (made.arn, made.usable, made.lifecycle) == (done.made_arn, True, Lifecycle(100))
        assert made.created == source.created


class TestEfs:
    def test_file_systems(self, session: AwsSession) -> None:
        found = api.get_file_system(session, HERE, FILE_SYSTEM)
        assert found is not None
        assert (found.arn, found.encrypted, found.tags["app"]) == (RESOURCE, True, "x")
        assert api.find_file_system(session, HERE, found.creation_token) == found
        assert api.find_file_system(session, HERE, "nothing") is None
        assert api.get_file_system(session, HERE, "fs-0a11ce00000000ab") is None
        assert api.describe_key(session, THERE, found.key_arn) is None

    def test_mount_targets(self, aws: Aws, session: AwsSession) -> None:
        ec2 = aws.client("ec2")
        subnet = ec2.describe_subnets()["Subnets"][0]
        groups = [group["GroupId"] for group in ec2.describe_security_groups()["SecurityGroups"]][:1]
        address = subnet["CidrBlock"].rsplit(".", 1)[0] + ".77"
        wanted = MountTarget(subnet["SubnetId"], tuple(groups), address)
        api.create_mount_target(session, HERE, FILE_SYSTEM, wanted)
        [made] = api.mount_targets(session, HERE, FILE_SYSTEM)
        assert (made.subnet, made.ip_address, made.state) == (wanted.subnet, address, "creating")
        shown = aws.client("efs").describe_mount_target_security_groups(MountTargetId=made.id)
        assert shown["SecurityGroups"] == groups
        with pytest.raises(Conflict):
            api.create_mount_target(session, HERE, FILE_SYSTEM, wanted)

    def test_what_is_gone_is_gone(self, aws: Aws, session: AwsSession) -> None:
        """Two runs may remove the same thing."""
        subnet = aws.client("ec2").describe_subnets()["Subnets"][0]["SubnetId"]
        api.create_mount_target(session, HERE, FILE_SYSTEM, MountTarget(subnet))
        [made] = api.mount_targets(session, HERE, FILE_SYSTEM)
        with pytest.raises(ProviderError):
            api.delete_file_system(session, HERE, FILE_SYSTEM)
        for _run in range(2):
            api.delete_mount_target(session, HERE, made.id)
        for _run in range(2):
            api.delete_file_system(session, HERE, FILE_SYSTEM)
        assert api.get_file_system(session, HERE, FILE_SYSTEM) is None

    def test_throughput(self, aws: Aws, session: AwsSession) -> None:
        found = api.get_file_system(session, HERE, FILE_SYSTEM)
        assert found is not None
        api.update_throughput(session, HERE, FILE_SYSTEM, "provisioned", 5.0)
        changed = api.get_file_system(session, HERE, FILE_SYSTEM)
        assert changed is not None
        assert (changed.throughput_mode, changed.provisioned_throughput) == ("provisioned", 5.0)

    def test_lifecycle_policies(self, session: AwsSession) -> None:
        wanted = {"transition_to_ia": "AFTER_30_DAYS", "transition_to_primary_storage_class": "AFTER_1_ACCESS"}
        api.put_lifecycle_policies(session, HERE, FILE_SYSTEM, wanted)
        assert api.lifecycle_policies(session, HERE, FILE_SYSTEM) == wanted
        api.put_lifecycle_policies(session, HERE, FILE_SYSTEM, {})
        assert api.lifecycle_policies(session, HERE, FILE_SYSTEM) == {}

    def test_automatic_backups(self, aws: Aws, session: AwsSession) -> None:
        for wanted in (True, False):
            api.put_backup_policy(session, HERE, FILE_SYSTEM, wanted)
            assert api.backup_policy(session, HERE, FILE_SYSTEM) is wanted
        aws.fault("status", "DescribeBackupPolicy", status=404, code="PolicyNotFound")
        assert api.backup_policy(session, HERE, FILE_SYSTEM) is False

    @pytest.mark.parametrize("code", ["NotFoundException", "AccessDeniedException", "InvalidArnException"])
    def test_a_key_that_cannot_be_seen(self, aws: Aws, session: AwsSession, code: str) -> None:
        found = api.describe_key(session, HERE, "alias/cmk")
        assert found is not None
        assert (found.enabled, found.symmetric, found.arn.split(":")[3]) == (True, True, HERE)
        aws.fault("status", "kms:DescribeKey", status=400, code=code)
        assert api.describe_key(session, HERE, "alias/cmk") is None

    def test_a_key_that_is_off(self, session: AwsSession) -> None:
        found = api.describe_key(session, THERE, "alias/off")
        assert found is not None
        assert (found.enabled, found.state) == (False, "Disabled")
