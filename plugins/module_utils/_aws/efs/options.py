# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Options that several EFS modules share, and what they mean."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ansible_collections.bcdr.multicloud.plugins.module_utils._aws.arns import (
    Arn,
    arn_option,
    file_system_id,
    parse_arn,
)
from ansible_collections.bcdr.multicloud.plugins.module_utils._aws.efs.limits import lifecycle_problem
from ansible_collections.bcdr.multicloud.plugins.module_utils._aws.efs.values import Lifecycle
from ansible_collections.bcdr.multicloud.plugins.module_utils._aws.provider import Session
from ansible_collections.bcdr.multicloud.plugins.module_utils._core.errors import (
    InvalidRequest,
    ProviderError,
    Unavailable,
)

LIFECYCLE_SPEC: dict[str, Any] = {
    "type": "dict",
    "options": {
        "delete_after_days": {"type": "int"},
        "move_to_cold_storage_after_days": {"type": "int"},
    },
}
FILE_SYSTEM_SPEC: dict[str, Any] = {"type": "str", "aliases": ["efs_id"]}


@dataclass(frozen=True)
class Place:
    """Where a task works."""

    region: str
    account: str
    partition: str

    def vault_arn(self, name: str) -> str:
        return str(Arn(self.partition, "backup", self.region, self.account, f"backup-vault:{name}"))

    def file_system_arn(self, identifier: str) -> str:
        return str(Arn(self.partition, "elasticfilesystem", self.region, self.account, f"file-system/{identifier}"))


def place_of(session: Session, *ask_in: str) -> Place:
    """Return the region of the task, and the account of its identity, which the first of the regions tells that answers.

    Without `ask_in` it is the task's own region that is asked. Raises InvalidRequest, Unavailable when none can be reached.
    """
    region = session.region()
    outage = ""
    refusal: InvalidRequest | None = None
    for asked in dict.fromkeys(ask_in or (region,)):
        try:
            # Also a role is assumed there, since the task's own region may be gone.
            identity = session.elsewhere(asked, {}).identity(asked)
        except InvalidRequest as error:
            # A region of another partition does not know these credentials.
            refusal = refusal or error
            continue
        except ProviderError as error:
            outage = outage or str(error)
            continue
        return Place(region, identity.account, identity.partition)
    if refusal is not None:
        raise refusal
    raise Unavailable(f"AWS cannot be reached: {outage}")


def file_system_arn(params: Mapping[str, Any], place: Place) -> str:
    """Return the ARN of `file_system_id`; an ARN has to be of the region of the task."""
    text = params["file_system_id"]
    identifier = file_system_id("file_system_id", text)
    arn = parse_arn(text)
    if arn is None:
        return place.file_system_arn(identifier)
    if arn.region != place.region:
        raise InvalidRequest(
            f"file_system_id: {text} is in {arn.region}, but the region of the task is {place.region}; say region: {arn.region}"
        )
    return text


def lifecycle_option(option: str, value: Mapping[str, Any] | None) -> Lifecycle:
    """Return the lifecycle that an option holds; raises InvalidRequest for one that AWS refuses anywhere."""
    value = value or {}
    lifecycle = Lifecycle(value.get("delete_after_days"), value.get("move_to_cold_storage_after_days"))
    problem = lifecycle_problem(lifecycle)
    if problem:
        prefix = option.removesuffix("lifecycle")
        raise InvalidRequest(f"{prefix}{problem}")
    return lifecycle


def role_option(text: str) -> str:
    """Return the ARN of the role that AWS Backup shall use."""
    right = "arn:aws:iam::ACCOUNT:role/NAME"
    arn = arn_option("iam_role_arn", text, "iam", right)
    if not arn.resource.startswith("role/"):
        raise InvalidRequest(f"iam_role_arn: {text!r} is not the ARN of a role; it would be {right}")
    return text


def point_option(option: str, text: str) -> str:
    """Return the ARN of a recovery point."""
    right = "arn:aws:backup:REGION:ACCOUNT:recovery-point:ID"
    arn = arn_option(option, text, "backup", right)
    if not arn.resource.startswith("recovery-point:"):
        raise InvalidRequest(f"{option}: {text!r} is not the ARN of a recovery point; it would be {right}")
    return text


def vault_name_option(option: str, text: str) -> str:
    """Return the name of a vault in the region of the task."""
    if text.startswith("arn:"):
        raise InvalidRequest(f"{option}: is the name of a vault in the region of the task, not an ARN: {text}")
    return text
