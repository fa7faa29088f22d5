# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Options that cannot be meant: which one, what is wrong with it, and what would be right."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest

from ansible_collections.bcdr.multicloud.plugins.module_utils._aws.efs.backup_item import BackupItem
from ansible_collections.bcdr.multicloud.plugins.module_utils._aws.efs.copy_item import CopyItem
from ansible_collections.bcdr.multicloud.plugins.module_utils._aws.efs.info_item import InfoItem
from ansible_collections.bcdr.multicloud.plugins.module_utils._aws.efs.options import Place, lifecycle_option, place_of
from ansible_collections.bcdr.multicloud.plugins.module_utils._aws.efs.replication_item import ReplicationItem
from ansible_collections.bcdr.multicloud.plugins.module_utils._aws.efs.restore_item import RestoreItem
from ansible_collections.bcdr.multicloud.plugins.module_utils._aws.provider import AwsItem, Session
from ansible_collections.bcdr.multicloud.plugins.module_utils._aws.session import Identity
from ansible_collections.bcdr.multicloud.plugins.module_utils._core.errors import InvalidRequest, Unavailable
from ansible_collections.bcdr.multicloud.plugins.module_utils._core.reconcile import Settings
from ansible_collections.bcdr.multicloud.tests.unit.aws.builders import (
    DR,
    FILE_SYSTEM,
    HERE,
    MAIN,
    MINE,
    OTHER,
    ROLE,
    THERE,
    days,
    point_arn,
    vault_arn,
)
from ansible_collections.bcdr.multicloud.tests.unit.aws.definitions import definition, validated

pytestmark = pytest.mark.usefixtures("no_identity")


class FakeAws:
    """A session that knows who it is, in the regions that answer."""

    def __init__(self, region: str = HERE, out: tuple[str, ...] = (), refuses: tuple[str, ...] = ()) -> None:
        self.region = region
        self.out = out
        self.refuses = refuses
        self.asked: list[str] = []

    def identity(self, region: str) -> Identity:
        self.asked.append(region)
        if region in self.refuses:
            raise InvalidRequest(f"credentials: refused in {region}")
        if region in self.out:
            raise Unavailable(f"503 in {region}")
        return Identity(MINE, "aws")


def session(aws: FakeAws) -> Session:
    """Return an item's session that never calls anybody."""
    provider: Any = SimpleNamespace(connection=lambda params: aws)
    return Session(provider, {}, Settings())


MODULES: dict[str, tuple[Callable[..., AwsItem], dict[str, Any]]] = {
    "efs_backup": (
        BackupItem,
        {"file_system_id": "fs-0a11ce", "backup_vault_name": "main", "iam_role_arn": ROLE, "max_age": "1d"},
    ),
    "efs_backup_info": (InfoItem, {"backup_vault_name": "main"}),
    "efs_backup_copy": (
        CopyItem,
        {
            "file_system_id": "fs-0a11ce",
            "source_backup_vault_name": "main",
            "iam_role_arn": ROLE,
            "destinations": [{"backup_vault_arn": DR}],
        },
    ),
    "efs_backup_replication": (
        ReplicationItem,
        {
            "file_system_id": "fs-0a11ce",
            "source_backup_vault_name": "main",
            "iam_role_arn": ROLE,
            "destinations": [{"backup_vault_arn": DR}],
            "planning": {},
        },
    ),
    "efs_backup_restore": (
        RestoreItem,
        {"file_system_id": "fs-0a11ce", "backup_vault_name": "main", "iam_role_arn": ROLE},
    ),
}
INTO: dict[str, Any] = {"target_file_system_id": "fs-0b", "items": ["/a"], "recovery_point_arn": point_arn("p1")}


def item(module: str, aws: FakeAws | None = None, **changes: Any) -> AwsItem:
    make, least = MODULES[module]
    return make(validated(definition(module), {**least, **changes}), session(aws or FakeAws()))


def refused(module: str, aws: FakeAws | None = None, **changes: Any) -> str:
    with pytest.raises(InvalidRequest) as caught:
        item(module, aws, **changes)
    return str(caught.value)


@pytest.mark.parametrize(
    ("module", "identity", "label"),
    [
        ("efs_backup", f"{FILE_SYSTEM}>main", "fs-0a11ce"),
        ("efs_backup_copy", f"{FILE_SYSTEM}>{DR}", "fs-0a11ce"),
        ("efs_backup_replication", f"{FILE_SYSTEM}>{DR}", "fs-0a11ce"),
    ],
)
def test_what_an_item_is_about(module: str, identity: str, label: str) -> None:
    assert (item(module).identity, item(module).label) == (identity, label)
    assert item(module, file_system_id=FILE_SYSTEM).identity == identity


def test_a_restore_is_about_what_it_makes() -> None:
    one = item("efs_backup_restore")
    assert (one.label, item("efs_backup_restore", name="web").label) == ("restore of fs-0a11ce", "web")
    assert one.identity == item("efs_backup_restore", kms_key_id="k", file_system_id=FILE_SYSTEM).identity
    assert one.identity != item("efs_backup_restore", name="web").identity
    assert item("efs_backup_restore", **INTO).identity == f"{MINE}>{HERE}>fs-0b"


def test_copies_to_the_same_vaults_are_the_same_whatever_their_order() -> None:
    both = [{"backup_vault_arn": DR}, {"backup_vault_arn": vault_arn("dr2", THERE)}]
    one = item("efs_backup_copy", destinations=both)
    assert one.identity == item("efs_backup_copy", destinations=both[::-1]).identity
    assert item("efs_backup_copy", file_system_id=None, recovery_point_arn=point_arn("p1")).label == "p1"


def test_reading_twice_harms_nobody() -> None:
    assert item("efs_backup_info").identity != item("efs_backup_info").identity
    assert (item("efs_backup_info").label, item("efs_backup_info", file_system_id="fs-1").label) == ("main", "fs-1")


@pytest.mark.parametrize("module", MODULES)
def test_no_region(module: str) -> None:
    if module != "efs_backup_copy":
        assert refused(module, FakeAws("")) == (
            "region: is needed (option region, AWS_REGION or the profile's configuration)"
        )
    else:
        assert refused(module, FakeAws("")).startswith("region: is needed")


@pytest.mark.parametrize("module", ["efs_backup", "efs_backup_restore"])
def test_nobody_answers(module: str) -> None:
    """It may go better in a while, so that this is no mistake in the options."""
    with pytest.raises(Unavailable, match=f"^AWS cannot be reached: 503 in {HERE}$"):
        item(module, FakeAws(out=(HERE,)))


class TestPlace:
    def test_the_region_of_the_task(self) -> None:
        aws = FakeAws()
        assert place_of(session(aws)) == Place(HERE, MINE, "aws")
        assert aws.asked == [HERE]

    def test_who_this_is_is_asked_where_somebody_answers(self) -> None:
        """On the day that copies are needed the task's own region may be gone, and one of its destinations too."""
        aws = FakeAws(out=(THERE,))
        assert place_of(session(aws), THERE, THERE, "us-east-1", HERE) == Place(HERE, MINE, "aws")
        assert aws.asked == [THERE, "us-east-1"]

    def test_the_first_outage_is_told(self) -> None:
        with pytest.raises(Unavailable, match=f"AWS cannot be reached: 503 in {THERE}$"):
            place_of(session(FakeAws(out=(HERE, THERE))), THERE, HERE)

    def test_a_region_that_does_not_know_the_credentials(self) -> None:
        aws = FakeAws(refuses=("cn-north-1",), out=(THERE,))
        assert place_of(session(aws), "cn-north-1", THERE, HERE) == Place(HERE, MINE, "aws")
        with pytest.raises(InvalidRequest, match="refused in cn-north-1"):
            place_of(session(FakeAws(refuses=("cn-north-1",), out=(HERE,))), "cn-north-1", HERE)

    def test_names(self) -> None:
        place = Place("us-gov-west-1", MINE, "aws-us-gov")
        assert place.vault_arn("a/b") == f"arn:aws-us-gov:backup:us-gov-west-1:{MINE}:backup-vault:a/b"
        assert place.file_system_arn("fs-1").endswith(f":us-gov-west-1:{MINE}:file-system/fs-1")

    @pytest.mark.parametrize("module", ["efs_backup_copy", "efs_backup_replication"])
    def test_a_copy_asks_its_destinations_first(self, module: str) -> None:
        aws = FakeAws(out=(HERE,))
        assert item(module, aws).identity == f"{FILE_SYSTEM}>{DR}"
        assert aws.asked == [THERE]


FILE_SYSTEM_OPTION = [
    ("data", "file_system_id: 'data' is neither the id of a file system (fs-...) nor its ARN"),
    (MAIN, f"file_system_id: {MAIN!r} is not such an ARN; it would be arn:aws:elasticfilesystem:REGION:ACCOUNT:file-"),
]
ROLE_OPTION = [
    ("backup", "iam_role_arn: 'backup' is not such an ARN; it would be arn:aws:iam::ACCOUNT:role/NAME"),
    (
        f"arn:aws:iam::{MINE}:user/backup",
        f"iam_role_arn: 'arn:aws:iam::{MINE}:user/backup' is not the ARN of a role; it would be arn:aws:iam::ACCOUNT:role",
    ),
]
POINT_OPTION = [
    ("p1", "recovery_point_arn: 'p1' is not such an ARN; it would be arn:aws:backup:REGION:ACCOUNT:recovery-point:ID"),
    (MAIN, f"recovery_point_arn: {MAIN!r} is not the ARN of a recovery point; it would be arn:aws:backup:REGION:ACC"),
]
ELSEWHERE = FILE_SYSTEM.replace(HERE, THERE)


@pytest.mark.parametrize("module", MODULES)
@pytest.mark.parametrize(("value", "text"), FILE_SYSTEM_OPTION)
def test_file_system_id(module: str, value: str, text: str) -> None:
    assert refused(module, file_system_id=value).startswith(text)


@pytest.mark.parametrize("module", ["efs_backup", "efs_backup_copy", "efs_backup_replication"])
def test_a_file_system_of_another_region(module: str) -> None:
    assert refused(module, file_system_id=ELSEWHERE) == (
        f"file_system_id: {ELSEWHERE} is in eu-central-1, but the region of the task is eu-west-1; "
        "say region: eu-central-1"
    )


def test_the_source_of_a_restore_may_be_anywhere() -> None:
    here = item("efs_backup_restore").identity
    assert item("efs_backup_restore", file_system_id=ELSEWHERE.replace(MINE, OTHER)).identity == here


@pytest.mark.parametrize("module", ["efs_backup", "efs_backup_copy", "efs_backup_replication", "efs_backup_restore"])
@pytest.mark.parametrize(("value", "text"), ROLE_OPTION)
def test_role(module: str, value: str, text: str) -> None:
    assert refused(module, iam_role_arn=value).startswith(text)


def test_a_removal_needs_no_role() -> None:
    assert item("efs_backup_restore", state="absent", iam_role_arn=None)


@pytest.mark.parametrize("module", ["efs_backup_copy", "efs_backup_replication", "efs_backup_restore"])
@pytest.mark.parametrize(("value", "text"), POINT_OPTION)
def test_recovery_point(module: str, value: str, text: str) -> None:
    assert refused(module, recovery_point_arn=value).startswith(text)


@pytest.mark.parametrize("module", MODULES)
def test_a_vault_in_the_region_of_the_task_is_a_name(module: str) -> None:
    copies = module in ("efs_backup_copy", "efs_backup_replication")
    option = "source_backup_vault_name" if copies else "backup_vault_name"
    assert refused(module, **{option: MAIN}) == (
        f"{option}: is the name of a vault in the region of the task, not an ARN: {MAIN}"
    )


@pytest.mark.parametrize(
    ("module", "changes", "text"),
    [
        ("efs_backup", {"max_age": "soon"}, "max_age: 'soon' is not a duration; write for example 90s, 30m, 4h"),
        ("efs_backup_info", {"newer_than": "1 year"}, "newer_than: '1 year' is not a duration"),
        (
            "efs_backup",
            {"tags": {str(number): "x" for number in range(10)}},
            "tags: AWS allows 9 beside bcdr-source on a recovery point, not 10",
        ),
        ("efs_backup", {"tags": {"bcdr-source": "x"}}, "tags: bcdr-source is set by this module"),
        ("efs_backup", {"lifecycle": {"delete_after_days": 0}}, "lifecycle: delete_after_days is 0, but must be 1 to"),
        (
            "efs_backup",
            {"lifecycle": {"delete_after_days": 100, "move_to_cold_storage_after_days": 30}},
            "lifecycle: delete_after_days is 100, but must be 120 or more",
        ),
        ("efs_backup_copy", {"destinations": []}, "destinations: names no vault to copy to"),
        ("efs_backup_copy", {"file_system_id": ""}, "file_system_id: '' is neither the id of a file system"),
        ("efs_backup_replication", {"file_system_id": ""}, "file_system_id: '' is neither the id of a file system"),
        ("efs_backup_replication", {"destinations": []}, "destinations: names no vault to copy to"),
        ("efs_backup_replication", {"retries": -1}, "retries: must be 0 or more"),
        (
            "efs_backup_replication",
            {"destinations": [{"backup_vault_arn": MAIN}]},
            f"destinations[0]: {MAIN} is the vault that the point is in",
        ),
        (
            "efs_backup_replication",
            {"destinations": [{"backup_vault_arn": vault_arn("dr", THERE, OTHER)}]},
            f"destinations[0]: {vault_arn('dr', THERE, OTHER)} is of another account than the source ({MINE}), and a plan",
        ),
        (
            "efs_backup_replication",
            {"destinations": [{"backup_vault_arn": vault_arn("dr", "cn-north-1", MINE, "aws-cn")}]},
            f"destinations[0]: {vault_arn('dr', 'cn-north-1', MINE, 'aws-cn')} is in another partition of AWS (aws-cn) than",
        ),
        (
            "efs_backup_replication",
            {"planning": {"measurements": [{"source": HERE, "target": THERE}]}},
            "planning: measurements: eu-west-1 to eu-central-1 needs either seconds or gbit_per_s",
        ),
        ("efs_backup_replication", {"planning": {"slack": -1.0}}, "planning: slack must be a number of at least 0"),
        (
            "efs_backup_copy",
            {"destinations": [{"backup_vault_arn": DR}, {"backup_vault_arn": MAIN}, {"backup_vault_arn": DR}]},
            f"destinations[2]: {DR} is destinations[0] too",
        ),
        (
            "efs_backup_copy",
            {"destinations": [{"backup_vault_arn": DR}, {"backup_vault_arn": "dr"}]},
            "destinations[1].backup_vault_arn: 'dr' is not such an ARN; it would be arn:aws:backup:REGION:ACCOUNT:backup-",
        ),
        (
            "efs_backup_copy",
            {"destinations": [{"backup_vault_arn": point_arn("p1")}]},
            f"destinations[0].backup_vault_arn: {point_arn('p1')!r} is not the ARN of a backup vault; it would be arn:aws",
        ),
        (
            "efs_backup_copy",
            {"destinations": [{"backup_vault_arn": DR, "lifecycle": {"delete_after_days": -1}}]},
            "destinations[0].lifecycle: delete_after_days is -1, but must be 1 to 36500 days; 36500 keeps a point for ever",
        ),
        (
            "efs_backup_restore",
            {"items": ["/a", "b"]},
            "items[1]: 'b' is not a path from the root of the file system; AWS takes no wildcards",
        ),
        ("efs_backup_restore", {"items": ["/a/*"]}, "items[0]: '/a/*' is not a path from the root of the file system"),
        ("efs_backup_restore", {"items": [""]}, "items[0]: '' is not a path"),
        (
            "efs_backup_restore",
            {"items": ["/" + "x" * 1023] * 200},
            "items: are more than the 200 KB that AWS takes; restore the whole, or a directory above them",
        ),
        (
            "efs_backup_restore",
            {"target_file_system_id": "data"},
            "target_file_system_id: 'data' is neither the id of a file system (fs-...) nor its ARN",
        ),
        (
            "efs_backup_restore",
            {**INTO, "state": "absent"},
            "target_file_system_id: cannot be removed with state absent, since no restore made it",
        ),
        (
            "efs_backup_restore",
            {**INTO, "items": []},
            "target_file_system_id: needs items and recovery_point_arn: only",
        ),
        (
            "efs_backup_restore",
            {**INTO, "recovery_point_arn": None},
            "target_file_system_id: needs items and recovery_",
        ),
        (
            "efs_backup_restore",
            {"copy_tags": True, "items": ["/a"]},
            "copy_tags: AWS copies tags only when the whole file system is restored, not with items",
        ),
        (
            "efs_backup_restore",
            {"tags": {"aws:x": "y"}},
            "tags: keys that begin with aws: are AWS's own, and bcdr-restored-from is set by this module",
        ),
        ("efs_backup_restore", {"tags": {"bcdr-restored-from": "y"}}, "tags: keys that begin with aws: are AWS's own"),
        (
            "efs_backup_restore",
            {"availability_zone_name": "eu-central-1a"},
            "availability_zone_name: eu-central-1a is not a zone of eu-west-1, where the vault is",
        ),
        (
            "efs_backup_restore",
            {"throughput_mode": "provisioned"},
            "provisioned_throughput_in_mibps: belongs to throughput_mode provisioned, and that one needs it",
        ),
        (
            "efs_backup_restore",
            {"throughput_mode": "elastic", "provisioned_throughput_in_mibps": 5},
            "provisioned_throughput_in_mibps: belongs to throughput_mode provisioned",
        ),
        ("efs_backup_restore", {"provisioned_throughput_in_mibps": 5}, "provisioned_throughput_in_mibps: belongs to"),
    ],
)
def test_refused(module: str, changes: dict[str, Any], text: str) -> None:
    assert refused(module, **changes).startswith(text)


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("encrypt", True),
        ("encrypt", False),
        ("kms_key_id", "k"),
        ("kms_key_map", {"a": "b"}),
        ("performance_mode", "max_io"),
        ("availability_zone_name", f"{HERE}a"),
        ("throughput_mode", "elastic"),
        ("lifecycle_policies", {"transition_to_ia": "AFTER_30_DAYS"}),
        ("automatic_backups", True),
        ("automatic_backups", False),
        ("mount_targets", [{"subnet_id": "subnet-1"}]),
        ("tags", {"a": "1"}),
        ("copy_tags", True),
    ],
)
def test_what_is_for_a_new_file_system_only(option: str, value: Any) -> None:
    assert refused("efs_backup_restore", **{**INTO, option: value}) == (
        f"{option}: is for a new file system, not for items into target_file_system_id"
    )


@pytest.mark.parametrize(
    ("module", "changes"),
    [
        ("efs_backup", {"tags": {str(number): "x" for number in range(9)}, "max_age": "90"}),
        ("efs_backup", {"lifecycle": {"delete_after_days": 36500}}),
        ("efs_backup_info", {"newer_than": "1d"}),
        ("efs_backup_restore", {"items": ["/" + "x" * 1000] * 200}),
        ("efs_backup_restore", {"throughput_mode": "provisioned", "provisioned_throughput_in_mibps": 5}),
        ("efs_backup_restore", {"availability_zone_name": f"{HERE}a", "copy_tags": True}),
        ("efs_backup_restore", {**INTO, "copy_tags": False, "name": "x"}),
        ("efs_backup_restore", {"lifecycle_policies": {}, "mount_targets": [], "tags": {}}),
    ],
)
def test_what_is_right(module: str, changes: dict[str, Any]) -> None:
    assert item(module, **changes)


@pytest.mark.parametrize(
    ("value", "lifecycle"),
    [
        (None, days()),
        ({}, days()),
        ({"delete_after_days": 35}, days(35)),
        ({"delete_after_days": 120, "move_to_cold_storage_after_days": 30}, days(120, 30)),
    ],
)
def test_lifecycle(value: dict[str, int] | None, lifecycle: Any) -> None:
    assert lifecycle_option("lifecycle", value) == lifecycle
