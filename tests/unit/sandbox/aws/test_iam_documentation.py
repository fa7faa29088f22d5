# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The IAM policies of docs/iam are neither too narrow nor too wide for what the modules ask of AWS.

The modules do all that they can in the demo's accounts, whose names are those of the policies. Every request has to be
allowed, with the resources that AWS checks and the conditions of the policies, and every pair of an action and a
resource that is allowed has to be needed.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote

import boto3
import pytest
from aws_sandbox import HERE, MINE, OTHER, THERE, Aws
from sandbox.azure.seeds import find_seed

from ansible_collections.bcdr.multicloud.tests.unit.aws.runs import Run

DOCS = Path(__file__).resolve().parents[4] / "docs"
SOURCE, SHARED, DEFAULT_KEY = (f"fs-0a11ce000000000{number}" for number in (2, 3, 1))
ROLE = f"arn:aws:iam::{MINE}:role/service-role/AWSBackupDefaultServiceRole"
READER = f"arn:aws:iam::{OTHER}:role/backup-reader"
DR = f"arn:aws:backup:{THERE}:{MINE}:backup-vault:dr"
ISOLATED = f"arn:aws:backup:{THERE}:{OTHER}:backup-vault:dr-isolated"

NEEDS_NO_PERMISSION = {"sts:GetCallerIdentity"}
_FOR_MOUNT_TARGETS = "EFS makes and removes the network interfaces of mount targets in the caller's name"
_FOR_LIFECYCLE = "EFS uses the key of an encrypted file system in the caller's name when its lifecycle policies are set"
# Actions that are allowed and that no request shows, each with the reason why it is needed.
NEVER_SENT = {
    "iam:PassRole": "AWS Backup checks it when a job names the role that it is to use",
    "ec2:CreateNetworkInterface": _FOR_MOUNT_TARGETS,
    "ec2:DeleteNetworkInterface": _FOR_MOUNT_TARGETS,
    "ec2:DescribeNetworkInterfaces": _FOR_MOUNT_TARGETS,
    "ec2:DescribeSubnets": _FOR_MOUNT_TARGETS,
    "kms:CreateGrant": _FOR_LIFECYCLE,
    "kms:GenerateDataKeyWithoutPlaintext": _FOR_LIFECYCLE,
}


@dataclass(frozen=True)
class Asked:
    """One action on one resource ("*" for one that AWS does not check by resource), with what conditions look at."""

    action: str
    resource: str
    context: Mapping[str, Sequence[str]] = field(default_factory=dict, hash=False)


def policy(name: str) -> list[dict[str, Any]]:
    """The statements of a documented policy."""
    statements: list[dict[str, Any]] = json.loads((DOCS / "iam" / name).read_text(encoding="utf-8"))["Statement"]
    return statements


def listed(value: Any) -> list[str]:
    return [value] if isinstance(value, str) else list(value)


def grants(statements: Sequence[Mapping[str, Any]]) -> Iterator[tuple[str, str, Mapping[str, Any]]]:
    """Every action with every resource that it is allowed for, and the conditions."""
    for statement in statements:
        assert statement["Effect"] == "Allow"
        for action in listed(statement["Action"]):
            for resource in listed(statement["Resource"]):
                yield action, resource, statement.get("Condition", {})


def fulfilled(conditions: Mapping[str, Any], context: Mapping[str, Sequence[str]]) -> bool:
    """Whether the conditions hold."""
    for operator, wanted in conditions.items():
        for key, values in wanted.items():
            found = context.get(key, ())
            if operator == "Null":
                holds = (not found) == (values == "true")
            else:
                assert operator in ("StringEquals", "ForAnyValue:StringEquals"), operator
                holds = any(value in listed(values) for value in found)
            if not holds:
                return False
    return True


def covers(grant: tuple[str, str, Mapping[str, Any]], asked: Asked) -> bool:
    action, pattern, conditions = grant
    return action == asked.action and fnmatchcase(asked.resource, pattern) and fulfilled(conditions, asked.context)


class Reader:
    """Reads from the sandbox's log what AWS would have checked for each request."""

    def __init__(self, aws: Aws) -> None:
        self._aws = aws
        self._mount_targets: dict[str, str] = {}
        self._tags: dict[str, list[str]] = {}
        self._entries: list[dict[str, Any]] = []

    def look(self) -> None:
        """Note what cannot be asked any more once it is gone: tags, and the file systems of mount targets."""
        self._entries += self._aws.admin("GET", "requests")["requests"]
        for system in self._aws.efs_there.describe_file_systems()["FileSystems"]:
            identifier = system["FileSystemId"]
            self._tags[identifier] = [f"aws:ResourceTag/{tag['Key']}" for tag in system["Tags"]]
            for target in self._aws.efs_there.describe_mount_targets(FileSystemId=identifier)["MountTargets"]:
                self._mount_targets[target["MountTargetId"]] = identifier
        self.forget()

    def forget(self) -> None:
        """Requests of the test itself are nobody's need."""
        self._aws.admin("DELETE", "requests")

    def take(self) -> dict[str, set[Asked]]:
        """What the modules have asked since the last time, by account."""
        self.look()
        found: dict[str, set[Asked]] = {}
        for entry in self._entries:
            if entry["action"] not in NEEDS_NO_PERMISSION:
                assert "AccessDenied" not in (entry["code"] or ""), entry
                found.setdefault(entry["account"], set()).update(self._asked(entry))
        self._entries = []
        self.forget()
        return found

    def _asked(self, entry: Mapping[str, Any]) -> Iterator[Asked]:
        service, name = entry["action"].split(":")
        resources = getattr(self, f"_{service}")(name, entry)
        for resource, context in resources or [("*", {})]:
            yield Asked(entry["action"], resource, context)

    def _backup(self, name: str, entry: Mapping[str, Any]) -> list[tuple[str, dict[str, Any]]]:
        """AWS's two references name the vault and the point, one each, for what concerns a point: here it is both."""
        vault = f"arn:aws:backup:{entry['region']}:{entry['account']}:backup-vault:"
        path, body = unquote(entry["path"]), entry["body"] or {}
        parts = re.match(r"/backup-vaults/([^/]+)(?:/recovery-points/(arn:[^/]+))?", path)
        if parts:
            return [(vault + parts[1], {}), *([(parts[2], {})] if parts[2] else [])]
        if path.startswith("/tags/"):
            return [(path.removeprefix("/tags/").rstrip("/"), {})]
        if name == "StartBackupJob":
            return [(vault + body["BackupVaultName"], {})]
        if name == "StartRestoreJob":
            return [(self._vault_of(body["RecoveryPointArn"]), {}), (body["RecoveryPointArn"], {})]
        return [(body["RecoveryPointArn"], {})] if name == "StartCopyJob" else []

    def _vault_of(self, point: str) -> str:
        vaults = self._aws.admin("GET", "state")["aws"]["vaults"]
        return next(str(vault["arn"]) for vault in vaults if point in {held["arn"] for held in vault["points"]})

    def _elasticfilesystem(self, name: str, entry: Mapping[str, Any]) -> list[tuple[str, dict[str, Any]]]:
        query, body = parse_qs(entry["query"]), entry["body"] or {}
        parts = re.search(r"/(fs-[0-9a-f]+)", entry["path"])
        target = re.search(r"/(fsmt-[0-9a-f]+)", entry["path"])
        identifier = parts[1] if parts else body.get("FileSystemId") or query.get("FileSystemId", [""])[0]
        if target:
            identifier = self._mount_targets[target[1]]
        context = {key: ["set"] for key in self._tags.get(identifier, ())}
        # A file system that is looked for by its token is any.
        return [
            (f"arn:aws:elasticfilesystem:{entry['region']}:{entry['account']}:file-system/{identifier or '*'}", context)
        ]

    def _kms(self, name: str, entry: Mapping[str, Any]) -> list[tuple[str, dict[str, Any]]]:
        """AWS finds the key of an alias, and all of its aliases."""
        kms = self._aws.client("kms", entry["region"])
        key = kms.describe_key(KeyId=entry["body"]["KeyId"])["KeyMetadata"]
        aliases = [alias for alias in kms.list_aliases()["Aliases"] if alias.get("TargetKeyId") == key["KeyId"]]
        return [(key["Arn"], {"kms:ResourceAliases": [alias["AliasName"] for alias in aliases]})]

    def _sts(self, name: str, entry: Mapping[str, Any]) -> list[tuple[str, dict[str, Any]]]:
        return [(entry["body"]["RoleArn"], {})]


def done(aws: Aws, module: str, *batch: dict[str, Any], **task: Any) -> dict[str, Any]:
    """Run a module until its items are done; returns the result of the last one."""
    outcomes = Run(aws, module, *batch, **task).go()
    assert [(one.status, one.reason) for one in outcomes if one.status not in ("succeeded", "absent")] == []
    return dict(outcomes[-1].result)


@pytest.fixture
def reader(aws: Aws) -> Reader:
    """The demo's accounts."""
    aws.application.plant(find_seed("demo"))
    return Reader(aws)


def check(asked: set[Asked], name: str) -> None:
    """Compare what was asked with a documented policy, in both directions."""
    allowed = list(grants(policy(name)))
    assert asked
    assert [one for one in asked if not any(covers(grant, one) for grant in allowed)] == [], "asked, but not allowed"
    unused = [grant[:2] for grant in allowed if not any(covers(grant, one) for one in asked)]
    assert [grant for grant in unused if grant[0] not in NEVER_SENT] == [], "allowed, but never asked"
    assert {action for action, _resource in unused}.isdisjoint({one.action for one in asked} & set(NEVER_SENT))


def test_policies(aws: Aws, reader: Reader) -> None:
    """Back up, copy to another region and another account, restore with all settings, restore items, remove."""
    reader.forget()
    done(
        aws, "efs_backup", file_system_id=SOURCE, backup_vault_name="main", iam_role_arn=ROLE, max_age="1h",
        lifecycle={"delete_after_days": 35},
    )  # fmt: skip
    destinations = [{"backup_vault_arn": DR}, {"backup_vault_arn": ISOLATED, "assume_role_arn": READER}]
    copying = {"source_backup_vault_name": "main", "iam_role_arn": ROLE, "destinations": destinations}
    names = (SOURCE, SHARED, DEFAULT_KEY)
    done(aws, "efs_backup_copy", *({"file_system_id": name} for name in names), **copying)
    asked = reader.take()
    check(asked.pop(MINE), "backup-and-copy.json")
    check(asked.pop(OTHER), "vault-reader.json")
    assert not asked

    subnets = aws.client("ec2", THERE).describe_subnets()["Subnets"]
    reader.forget()
    info = done(aws, "efs_backup_info", region=THERE, backup_vault_name="dr")
    points = {point["source"].rsplit("/", 1)[-1]: point["id"] for point in info["recovery_points"]}
    assert sorted(points) == sorted(names)
    common = {"region": THERE, "backup_vault_name": "dr", "iam_role_arn": ROLE}
    wanted = {**common, "file_system_id": SOURCE, "name": "drill"}
    made = done(
        aws, "efs_backup_restore", **wanted, kms_key_id="alias/files-dr", throughput_mode="elastic", copy_tags=True,
        lifecycle_policies={"transition_to_ia": "AFTER_30_DAYS"}, automatic_backups=True, tags={"bcdr-drill": "yes"},
        mount_targets=[{"subnet_id": subnets[0]["SubnetId"]}],
    )["file_system"]  # fmt: skip
    # Its key is a multi-Region one, and its recovery point has no tag that tells so: the source is asked.
    shared = done(aws, "efs_backup_restore", **common, recovery_point_arn=points[SHARED])
    assert shared["file_system"]["kms_key_id"].startswith(f"arn:aws:kms:{THERE}:{MINE}:key/mrk-")
    done(
        aws, "efs_backup_restore", **common, recovery_point_arn=points[SOURCE], items=["/etc/app.conf"],
        target_file_system_id=made["file_system_id"],
    )  # fmt: skip
    reader.look()
    done(aws, "efs_backup_restore", **wanted, state="absent")
    asked = reader.take()
    check(asked.pop(MINE), "restore.json")
    assert not asked


def test_the_policy_for_plans(aws: Aws, reader: Reader) -> None:
    """One point by way of Frankfurt to Stockholm, and one the other way round."""
    stockholm = "eu-north-1"
    aws.client("backup", stockholm).create_backup_vault(BackupVaultName="dr")
    reader.forget()
    vaults = [DR, DR.replace(THERE, stockholm)]
    for name, first, second in ((SOURCE, THERE, stockholm), (SHARED, stockholm, THERE)):
        links = {(HERE, first): 10, (first, second): 10, (HERE, second): 900, (second, first): 900}
        planning = [{"source": one, "target": other, "seconds": took} for (one, other), took in links.items()]
        result = done(
            aws, "efs_backup_replication", file_system_id=name, source_backup_vault_name="main", iam_role_arn=ROLE,
            destinations=[{"backup_vault_arn": arn} for arn in vaults], planning={"measurements": planning},
        )  # fmt: skip
        assert {copy["region"]: copy["source_region"] for copy in result["copies"]} == {first: HERE, second: first}
    asked = reader.take()
    check(asked.pop(MINE), "replicate.json")
    assert not asked


def test_what_the_services_ask_for_in_the_callers_name() -> None:
    """The EC2 actions are those that EFS documents for the two calls."""
    model = boto3.Session().client("efs", HERE, aws_access_key_id="x", aws_secret_access_key="x").meta.service_model
    text = "".join(model.operation_model(name).documentation for name in ("CreateMountTarget", "DeleteMountTarget"))
    assert set(re.findall(r"ec2:\w+", text)) == {action for action in NEVER_SENT if action.startswith("ec2:")}
    text = model.operation_model("PutLifecycleConfiguration").documentation
    assert "you need the same Key Management Service permissions" in text


def test_policies_of_resources() -> None:
    """The vault lets the source's account in, and the roles can be assumed by those that the other policies name."""
    statement = policy("destination-vault.json")[0]
    assert statement["Principal"] == {"AWS": f"arn:aws:iam::{MINE}:root"}
    assert statement["Action"] == "backup:CopyIntoBackupVault"
    assert policy("service-role-trust.json")[0]["Principal"] == {"Service": "backup.amazonaws.com"}
    assert policy("vault-reader-trust.json")[0]["Principal"]["AWS"].startswith(f"arn:aws:iam::{MINE}:role/")


def test_the_sandbox_takes_the_vaults_policy(aws: Aws, reader: Reader) -> None:
    """With the documented policy, and no other, a copy arrives in the other account."""
    given = aws.client("sts").assume_role(RoleArn=READER, RoleSessionName="setup")["Credentials"]
    vaults = aws.client("backup", THERE, given["AccessKeyId"], given["SessionToken"])
    vaults.delete_backup_vault_access_policy(BackupVaultName="dr-isolated")
    wanted = {
        "file_system_id": SOURCE, "source_backup_vault_name": "main", "iam_role_arn": ROLE,
        "destinations": [{"backup_vault_arn": ISOLATED, "assume_role_arn": READER}],
    }  # fmt: skip
    with pytest.raises(AssertionError, match="does not allow backup:CopyIntoBackupVault"):
        done(aws, "efs_backup_copy", **wanted)
    text = (DOCS / "iam" / "destination-vault.json").read_text(encoding="utf-8")
    vaults.put_backup_vault_access_policy(BackupVaultName="dr-isolated", Policy=text)
    assert done(aws, "efs_backup_copy", **wanted)["copies"][0]["recovery_point_arn"]


def test_every_policy_is_in_the_guide() -> None:
    """And nothing else is."""
    linked = set(re.findall(r"\]\(iam/([\w.-]+)\)", (DOCS / "efs.md").read_text(encoding="utf-8")))
    assert linked == {path.name for path in (DOCS / "iam").iterdir()}
