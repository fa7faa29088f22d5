# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""From workloads of type efs to the batches of the modules, and from their results to a status. Pure."""

from __future__ import annotations

import typing as t
from collections.abc import Mapping, Sequence

from ansible_collections.bcdr.multicloud.plugins.module_utils._aws.arns import Arn, parse_arn, vault_option
from ansible_collections.bcdr.multicloud.plugins.module_utils._core.errors import InvalidRequest
from ansible_collections.bcdr.multicloud.plugins.plugin_utils._workloads import (
    DRILL_PREFIX,
    DRILL_TAG,
    Item,
    Steps,
    Workload,
    WorkloadError,
    arrived,
    batch_of,
    due,
    failed_over,
    homeward,
    recovery_site,
    status_entry,
    without_none,
)

# What a drill or failover may say, and efs_backup_restore takes as it is.
_RESTORE_OPTIONS = (
    "recovery_point_arn",
    "items",
    "encrypt",
    "kms_key_id",
    "kms_key_map",
    "performance_mode",
    "availability_zone_name",
    "copy_tags",
    "throughput_mode",
    "provisioned_throughput_in_mibps",
    "lifecycle_policies",
    "automatic_backups",
    "mount_targets",
)
_IDENTITY = ("profile", "assume_role_arn", "assume_role_external_id")
# Which a workload never has of its own, but one that comes home from where a profile of its own is used.
_KEYS = ("access_key", "secret_key", "session_token")


def batch(workloads: Sequence[Workload], step: str, points: Sequence[Item] | None = None) -> list[Item]:
    """Return the batch of the module that does `step`: points, copies, drill, drill_cleanup or failover.

    `points` are the results of the step points for the same workloads; a workload that comes home has the very point
    copied that it was asked for then. Raises WorkloadError.
    """
    if step == "copies" and points is not None:
        workloads = [_copying(workload, point) for workload, point in zip(workloads, points, strict=True)]
    return batch_of(_STEPS, workloads, step)


def _copying(workload: Workload, point: Item) -> Workload:
    if not workload.get("newer_than") or point["status"] != "succeeded":
        return workload
    return {**workload, "recovery_point_arn": point["recovery_point"]["id"]}


def status(workloads: Sequence[Workload], points: Sequence[Item], copies: Sequence[Item]) -> list[Item]:
    """Return one entry per workload: its recovery point objective, what is kept to it where, and what is to do.

    The others are the results of the modules for the same workloads in the same order. Figures are in seconds.
    """
    return [
        status_entry(
            workload,
            "efs",
            point,
            copy,
            _target_entries(workload, copy),
            (point, copy),
            # It is told, be it null, whenever the vault could be looked into.
            known="rpo_seconds" in point,
            copies=copy.get("copies") or (),
        )
        for workload, point, copy in zip(workloads, points, copies, strict=True)
    ]


def _target_entries(workload: Workload, copy: Item) -> list[Item]:
    vaults = [_vault(workload, index) for index in range(len(workload["targets"]))]
    # An item that failed before it could look has none.
    seen = copy.get("copies") or [{"vault_seen": False}] * len(vaults)
    return [
        {
            "location": vault.region,
            "name": vault.name,
            "known": place["vault_seen"],
            "newest_usable": place.get("newest_usable"),
            "rpo_seconds": place.get("rpo_seconds"),
        }
        for vault, place in zip(vaults, seen, strict=True)
    ]


def failback(workload: Workload, newer_than: str | None, found: Sequence[Item] = ()) -> tuple[Workload | None, str]:
    """Return the workload the other way round: the file system where it was failed over to, copied home and restored there.

    `found` are the results of failing over in check mode: only they tell the id of what an earlier run has restored. What
    is missing is told in the second place. `newer_than` is the moment since which nobody writes to the file system, if it is to
    come home now. Raises WorkloadError.
    """
    home = workload["failback"]
    role = parse_arn(workload["iam_role_arn"])
    vault = home.get("backup_vault_arn") or (
        role
        and Arn(
            role.partition, "backup", workload["region"], role.account, f"backup-vault:{workload['backup_vault_name']}"
        )
    )
    (elsewhere, *_others) = _failover(workload)
    restore = {option: home.get(option) for option in _RESTORE_OPTIONS}
    reversed_workload = homeward(
        workload,
        (),
        newer_than,
        **{name: elsewhere.get(name) for name in (*_IDENTITY, *_KEYS)},
        region=elsewhere.get("region"),
        backup_vault_name=home.get("source_backup_vault_name") or elsewhere.get("backup_vault_name"),
        # That of the restore: in another account it is the only one that is known.
        iam_role_arn=home.get("source_iam_role_arn") or elsewhere.get("iam_role_arn"),
        restore_iam_role_arn=home.get("iam_role_arn")
        or workload.get("restore_iam_role_arn")
        or workload["iam_role_arn"],
        lifecycle=home.get("lifecycle") or workload.get("lifecycle"),
        targets=[
            without_none(
                {
                    "backup_vault_arn": str(vault),
                    "lifecycle": home.get("lifecycle") or workload.get("lifecycle"),
                    **_identity(home if any(_identity(home).values()) else workload),
                }
            )
        ],
        failover={"name": home.get("name") or workload["name"], "tags": home.get("tags"), **without_none(restore)},
    )
    result, problem = failed_over(found, workload["name"])
    if result is None:
        return None, problem
    recovered = result.get("file_system")
    if not recovered:
        return (
            None,
            f"{workload['name']}: it has not been failed over, or its restore is not complete: {result['reason']}",
        )
    return {**reversed_workload, "file_system_id": recovered["file_system_id"]}, ""


def failback_restores(workloads: Sequence[Workload], points: Sequence[Item], copies: Sequence[Item]) -> list[Item]:
    """Return the batch that restores at home what has come there, in the order of the workloads.

    The others are what `failback` returned and the results of the modules for the same workloads in the same order. It is the
    copy of the very point that was made since the workload is stopped, so that running again means the same one. What has
    not arrived is left out.
    """
    return [
        item
        for workload, point, copy in zip(workloads, points, copies, strict=True)
        if arrived(workload, point, copy)
        for item in batch([_of_point(workload, copy["copies"][0]["recovery_point_arn"])], "failover")
    ]


def _of_point(workload: Workload, arn: str) -> Workload:
    return {**workload, "failover": {"recovery_point_arn": arn, **workload["failover"]}}


def describe_restored(result: Item) -> tuple[str, str]:
    """Return what a file system was restored from, and what it is and where its data lies."""
    made, job = result["file_system"], result["restore_job"] or {}
    facts = [f"{made['file_system_id']} in {made['file_system_arn'].split(':')[3]}"]
    if job.get("backup_size_bytes"):
        facts.append(f"{job['backup_size_bytes'] / 2**30:.1f} GiB")
    facts += [
        made["performance_mode"],
        f"encrypted with {made['kms_key_id']}" if made["encrypted"] else "not encrypted",
    ]
    return (
        (result["recovery_point_arn"] or "a point that AWS no longer knows").rsplit(":", 1)[-1],
        f"{', '.join(facts)}: as asked for; its data is in {result['restore_directory']}",
    )


def _vault(workload: Workload, index: int) -> Arn:
    try:
        return vault_option(f"targets[{index}].backup_vault_arn", workload["targets"][index]["backup_vault_arn"])
    except InvalidRequest as error:
        raise WorkloadError(f"workload {workload['name']}: {error}") from error


def _identity(of: Mapping[str, t.Any]) -> Item:
    return {name: of.get(name) for name in _IDENTITY}


def _common(workload: Workload) -> Item:
    return {
        "label": workload["name"],
        "region": workload["region"],
        "file_system_id": workload["file_system_id"],
        "iam_role_arn": workload["iam_role_arn"],
        **_identity(workload),
        **{name: workload.get(name) for name in _KEYS},
    }


def _points(workload: Workload) -> list[Item]:
    return [
        {
            **_common(workload),
            "backup_vault_name": workload["backup_vault_name"],
            **due(workload),
            "lifecycle": workload.get("lifecycle"),
            "tags": workload.get("tags"),
        }
    ]


def _copies(workload: Workload) -> list[Item]:
    return [
        {
            **_common(workload),
            "source_backup_vault_name": workload["backup_vault_name"],
            "recovery_point_arn": workload.get("recovery_point_arn"),
            "destinations": [without_none(target) for target in workload["targets"]],
        }
    ]


def _at_target(workload: Workload, target: Mapping[str, t.Any]) -> Item:
    """Return as whom to work at the target: as it says, else as the workload does."""
    own = _identity(target)
    if own["profile"]:
        # AWS takes no profile beside keys, and the task may have keys for the source from its environment.
        return {**own, "access_key": "", "secret_key": "", "session_token": ""}
    if own["assume_role_arn"]:
        return {**own, "profile": workload.get("profile")}
    return _identity(workload)


def _restore(workload: Workload, use: str, name: str, tags: Mapping[str, str]) -> list[Item]:
    if not workload.get(use):
        return []
    vaults = {
        str(target["backup_vault_arn"]): _vault(workload, index) for index, target in enumerate(workload["targets"])
    }

    def names(target: Mapping[str, t.Any]) -> tuple[str, ...]:
        arn = str(target["backup_vault_arn"])
        return vaults[arn].region, arn

    site, target = recovery_site(workload, use, names)
    vault = vaults[str(target["backup_vault_arn"])]
    item = {
        **_common(workload),
        **_at_target(workload, target),
        **{option: site.get(option) for option in _RESTORE_OPTIONS},
        "region": vault.region,
        "backup_vault_name": vault.name,
        # AWS passes no role of another account, so a target of another account needs one of its own.
        "iam_role_arn": site.get("iam_role_arn") or workload.get("restore_iam_role_arn") or workload["iam_role_arn"],
        "name": name,
        "tags": {**(site.get("tags") or {}), **tags} or None,
    }
    return [item]


def _drill(workload: Workload) -> list[Item]:
    return _restore(workload, "drill", DRILL_PREFIX + workload["name"], {DRILL_TAG: workload["name"]})


def _drill_cleanup(workload: Workload) -> list[Item]:
    return [{**item, "state": "absent"} for item in _drill(workload)]


def _failover(workload: Workload) -> list[Item]:
    site = workload.get("failover") or {}
    tags = {key: value for key, value in (workload.get("tags") or {}).items() if key not in (site.get("tags") or {})}
    return _restore(workload, "failover", site.get("name") or workload["name"], tags)


_STEPS: Steps = {
    "points": _points,
    "copies": _copies,
    "drill": _drill,
    "drill_cleanup": _drill_cleanup,
    "failover": _failover,
}
