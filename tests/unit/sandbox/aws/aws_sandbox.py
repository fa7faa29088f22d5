# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A sandbox whose AWS port serves on loopback, and boto3 clients of it."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError
from sandbox.application import Application
from sandbox.azure.seeds import parse_seed
from sandbox.request_log import RequestLog
from sandbox.server import SandboxServer
from sandbox.virtual_clock import VirtualClock
from werkzeug.test import Client

DAY = 86_400
HERE, THERE = "eu-west-1", "eu-central-1"
MINE, OTHER = "111122223333", "444455556666"
KEY, OTHER_KEY = "AKIASANDBOX000000001", "AKIASANDBOX000000002"
SECRET = "sandbox-secret-key"
FILE_SYSTEM = "fs-0a11ce00000000aa"
RESOURCE = f"arn:aws:elasticfilesystem:{HERE}:{MINE}:file-system/{FILE_SYSTEM}"
ALLOW = {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{MINE}:root"}, "Action": "backup:CopyIntoBackupVault"}

SEED: dict[str, Any] = {
    "cross_account_backup": True,
    "accounts": [
        {"id": MINE, "name": "mine", "access_key": KEY, "secret_key": SECRET},
        {"id": OTHER, "name": "other", "access_key": OTHER_KEY, "secret_key": SECRET},
    ],
    "keys": [
        {"name": "cmk", "region": HERE},
        {"name": "cmk-there", "region": THERE},
        {"name": "off", "region": THERE, "state": "Disabled"},
        {"name": "multi", "region": HERE, "replicas": [THERE]},
    ],
    "vaults": [
        {"name": "main"},
        {"name": "second"},
        {"name": "dr", "region": THERE, "key": "cmk-there"},
        {"name": "locked", "region": THERE, "lock": {"min_days": 7, "max_days": 365}},
        {"name": "aws/efs/automatic-backup-vault"},
        {"name": "open", "account": "other", "region": THERE, "policy": {"Statement": [{**ALLOW, "Resource": "*"}]}},
        {"name": "Default", "account": "other", "region": THERE, "policy": {"Statement": [{**ALLOW, "Resource": "*"}]}},
        {"name": "closed", "account": "other", "region": THERE},
    ],
    "file_systems": [
        {"name": "data", "id": FILE_SYSTEM, "size_gb": 10, "key": "cmk", "tags": {"app": "x"}},
        {"name": "more", "size_gb": 1},
    ],
    "points": [
        {"name": "p1", "file_system": "data", "vault": "main", "age": 5 * DAY, "delete_after_days": 35},
        {"name": "old", "file_system": "more", "vault": "main", "age": 100 * DAY, "to_cold_days": 30},
        {"name": "auto", "file_system": "data", "vault": "aws/efs/automatic-backup-vault"},
    ],
}
ROLE = f"arn:aws:iam::{MINE}:role/backup"
METADATA = {
    "Encrypted": "true", "PerformanceMode": "generalPurpose", "newFileSystem": "true", "CreationToken": "dr-1",
    "file-system-id": FILE_SYSTEM,
}  # fmt: skip


class Aws:
    """The sandbox and its clients."""

    def __init__(self) -> None:
        seed = parse_seed({"start_time": "2026-03-01T08:00:00Z", "aws": SEED})
        assert seed.start_time is not None
        self.application = Application(VirtualClock(seed.start_time, 0), RequestLog(), seed)
        self.server = SandboxServer(self.application.aws)
        self.url = f"http://127.0.0.1:{self.server.port}"
        self.web = Client(self.application)
        self._session = boto3.Session()
        self._clients: dict[tuple[str, ...], Any] = {}
        threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()

    def plant(self, **changes: Any) -> Aws:
        """Start over, with other fields in the seed's section for AWS."""
        self.application.log.clear()
        self.application.plant(parse_seed({"start_time": "2026-03-01T08:00:00Z", "aws": {**SEED, **changes}}))
        return self

    def client(self, service: str, region: str = HERE, key: str = KEY, token: str | None = None) -> Any:
        """A client without retries."""
        place = (service, region, key, token or "")
        if place not in self._clients:
            self._clients[place] = self._session.client(
                service,
                region_name=region,
                endpoint_url=self.url,
                aws_access_key_id=key,
                aws_secret_access_key=SECRET,
                aws_session_token=token,
                config=Config(retries={"total_max_attempts": 1}, read_timeout=20),
            )
        return self._clients[place]

    @property
    def backup(self) -> Any:
        """AWS Backup in the region of the source."""
        return self.client("backup")

    @property
    def backup_there(self) -> Any:
        """AWS Backup in the region of the destination."""
        return self.client("backup", THERE)

    @property
    def efs_there(self) -> Any:
        """EFS in the region of the destination."""
        return self.client("efs", THERE)

    def admin(self, method: str, path: str, body: Any = None) -> Any:
        """Call the admin endpoint."""
        answer = self.web.open(f"/_sandbox/{path}", method=method, json=body)
        assert answer.status_code == 200, answer.text
        return json.loads(answer.text)

    def advance(self, seconds: float) -> None:
        """Move virtual time."""
        self.admin("POST", "clock/advance", {"seconds": seconds})

    def fault(self, kind: str, regex: str, **fields: Any) -> None:
        """Put a fault in force."""
        self.admin("POST", "faults", [{"kind": kind, "match": {"path_regex": regex}, **fields}])

    def vault(self, name: str, account: str = MINE, region: str = THERE) -> str:
        """The ARN of a vault."""
        return f"arn:aws:backup:{region}:{account}:backup-vault:{name}"

    def point(self, vault: str = "main", resource: str = RESOURCE) -> str:
        """The ARN of the seed's point of a file system."""
        found = self.application.aws.world.vaults[(MINE, HERE, vault)].points.values()
        return next(point.arn for point in found if point.resource == resource)

    def copy(self, to: str | None = None, **fields: Any) -> str:
        """Start a copy; returns the id of the job."""
        given = {
            "RecoveryPointArn": self.point(), "SourceBackupVaultName": "main", "IamRoleArn": ROLE,
            "DestinationBackupVaultArn": to or self.vault("dr"), **fields,
        }  # fmt: skip
        return str(self.backup.start_copy_job(**given)["CopyJobId"])

    def copy_job(self, identifier: str) -> dict[str, Any]:
        """A copy job."""
        return dict(self.backup.describe_copy_job(CopyJobId=identifier)["CopyJob"])

    def copied(self, to: str | None = None, **fields: Any) -> dict[str, Any]:
        """The job of a copy that had the time to end."""
        identifier = self.copy(to, **fields)
        self.advance(3600)
        return self.copy_job(identifier)

    def restore(self, point: str, metadata: dict[str, str] | None = None, **fields: Any) -> str:
        """Start a restore in the destination; returns the id of the job."""
        given = {"RecoveryPointArn": point, "IamRoleArn": ROLE, "Metadata": metadata or METADATA, **fields}
        return str(self.backup_there.start_restore_job(**given)["RestoreJobId"])

    def restored(self, changes: dict[str, str | None] | None = None, **fields: Any) -> dict[str, Any]:
        """The job of a copy's restore that had the time to end; a change to None leaves the key out."""
        point = self.copied()["DestinationRecoveryPointArn"]
        metadata = {name: value for name, value in {**METADATA, **(changes or {})}.items() if value is not None}
        identifier = self.restore(point, metadata, **fields)
        self.advance(3600)
        return dict(self.backup_there.describe_restore_job(RestoreJobId=identifier))


def code(call: Callable[..., Any], *arguments: Any, **fields: Any) -> str:
    """The code of the error that a call is refused with."""
    with pytest.raises(ClientError) as caught:
        call(*arguments, **fields)
    return str(caught.value.response["Error"]["Code"])
