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
    vault_option,
)
from ansible_collections.bcdr.multicloud.plugins.module_utils._aws.efs.copy_decision import CopyWanted, Destination
from ansible_collections.bcdr.multicloud.plugins.module_utils._aws.efs.limits import lifecycle_problem
from ansible_collections.bcdr.multicloud.plugins.module_utils._aws.efs.replication_values import ReplicationWanted
from ansible_collections.bcdr.multicloud.plugins.module_utils._aws.efs.values import Lifecycle
from ansible_collections.bcdr.multicloud.plugins.module_utils._aws.provider import Session
from ansible_collections.bcdr.multicloud.plugins.module_utils._core.errors import (
    InvalidRequest,
    ProviderError,
    Unavailable,
)
from ansible_collections.bcdr.multicloud.plugins.module_utils._planning.model import PlanningError
from ansible_collections.bcdr.multicloud.plugins.module_utils._planning.options import planning_spec
from ansible_collections.bcdr.multicloud.plugins.module_utils._planning.request import read_request

LIFECYCLE_SPEC: dict[str, Any] = {
    "type": "dict",
    "options": {
        "delete_after_days": {"type": "int"},
        "move_to_cold_storage_after_days": {"type": "int"},
    },
}
PLANNING_SPEC = planning_spec("optimized", "nearest", "star", one_at_a_time={"type": "bool", "default": True})
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
    text = params.get("file_system_id") or ""
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


def destinations_option(entries: list[Mapping[str, Any]]) -> list[Arn]:
    """Return the vaults of the destinations; raises InvalidRequest where there is none, or one twice."""
    if not entries:
        raise InvalidRequest("destinations: names no vault to copy to")
    vaults: list[Arn] = []
    for index, entry in enumerate(entries):
        vault = vault_option(f"destinations[{index}].backup_vault_arn", entry["backup_vault_arn"])
        if vault in vaults:
            raise InvalidRequest(f"destinations[{index}]: {vault} is destinations[{vaults.index(vault)}] too")
        vaults.append(vault)
    return vaults


def replication_wanted(params: Mapping[str, Any], session: Session) -> tuple[ReplicationWanted, str]:
    """Return what the options of efs_backup_replication mean, and the role of its jobs.

    Raises InvalidRequest, Unavailable when no region tells whose account it is.
    """
    vaults = destinations_option(params["destinations"])
    role = role_option(params["iam_role_arn"])
    source_vault = vault_name_option("source_backup_vault_name", params["source_backup_vault_name"])
    point = params.get("recovery_point_arn") or ""
    if point:
        point_option("recovery_point_arn", point)
    if params["retries"] < 0:
        raise InvalidRequest("retries: must be 0 or more")
    # Who this is, is asked at the destinations: the source's region may be gone.
    place = place_of(session, *(vault.region for vault in vaults), session.region())
    source_arn = place.vault_arn(source_vault)
    for index, vault in enumerate(vaults):
        problem = _plan_problem(source_arn, place, vault)
        if problem:
            raise InvalidRequest(f"destinations[{index}]: {vault} {problem}")
    destinations = tuple(
        Destination(str(vault), lifecycle_option(f"destinations[{index}].lifecycle", entry.get("lifecycle")))
        for index, (vault, entry) in enumerate(zip(vaults, params["destinations"], strict=True))
    )
    # One that is empty names no file system, and must not mean any.
    resource = file_system_arn(params, place) if params.get("file_system_id") or not point else ""
    planning = {key: value for key, value in params["planning"].items() if value is not None}
    regions = sorted({vault.region for vault in vaults} - {place.region})
    try:
        read_request({**planning, "provider": "aws", "source": place.region, "targets": regions})
    except PlanningError as error:
        raise InvalidRequest(f"planning: {error}") from error
    copies = CopyWanted(source_arn, destinations, resource, point)
    return ReplicationWanted(copies, planning, params["retries"]), role


def _plan_problem(source_arn: str, place: Place, vault: Arn) -> str:
    """Return why a vault cannot be a destination along a plan, or ""."""
    if vault.partition != place.partition:
        return f"is in another partition of AWS ({vault.partition}) than the source ({place.partition})"
    if vault.account != place.account:
        return (
            f"is of another account than the source ({place.account}), and a plan stays within one; "
            "copy to it with efs_backup_copy"
        )
    return "is the vault that the point is in" if str(vault) == source_arn else ""


def vault_name_option(option: str, text: str) -> str:
    """Return the name of a vault in the region of the task."""
    if text.startswith("arn:"):
        raise InvalidRequest(f"{option}: is the name of a vault in the region of the task, not an ARN: {text}")
    return text
