# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Seeds with EFS file systems and the tasks that go with them, as data."""

from __future__ import annotations

import random
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from system.fleet import task
from system.sandbox_process import SandboxProcess

Json = dict[str, Any]
IRELAND, FRANKFURT, PARIS = "eu-west-1", "eu-central-1", "eu-west-3"
TARGETS = (FRANKFURT, PARIS)
# The sandbox's own; the second account is there only when a seed names it.
ACCOUNT, OTHER_ACCOUNT = "111122223333", "444455556666"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/service-role/AWSBackupDefaultServiceRole"


def efs_id(name: str) -> str:
    """The id of the file system with that name (of four characters or more)."""
    return f"fs-{name.encode().hex()}"


def vault_arn(region: str, name: str = "dr", account: str = ACCOUNT) -> str:
    return f"arn:aws:backup:{region}:{account}:backup-vault:{name}"


def efs_fleet(
    names: Iterable[str],
    ages: Iterable[int] = (),
    arrived: Sequence[int] = (),
    home: Mapping[str, str] | None = None,
    targets: Iterable[str] = TARGETS,
    **fields: Any,
) -> Json:
    """A seed: file systems of 1 GB in Ireland or at `home`, a vault `main` in their regions and `dr` in each target.

    They are encrypted with a multi-Region key, so that nothing needs to be said about keys. Each has points so many
    seconds old in `main`, and copies of those numbers of them have `arrived` in all targets.
    """
    homes = {name: (home or {}).get(name, IRELAND) for name in names}
    ages, targets = list(ages), list(targets)
    regions = sorted({IRELAND, *homes.values()})
    replicas = sorted({*regions, *targets} - {IRELAND})
    points: list[Json] = []
    for name, region in homes.items():
        for number, age in enumerate(ages, start=1):
            point = {"name": f"{name}-{number}", "vault": "main", "region": region, "file_system": name, "age": age}
            points.append(point)
        for number in arrived:
            copy = {"vault": "dr", "copy_of": f"{name}-{number}", "age": 60}
            points += [{**copy, "name": f"{name}-{number}-{target}", "region": target} for target in targets]
    return {
        "aws": {
            "default_region": IRELAND,
            "keys": [{"name": "files", "region": IRELAND, "replicas": replicas}],
            "vaults": [
                *({"name": "main", "region": region} for region in regions),
                *({"name": "dr", "region": region} for region in targets),
            ],
            "file_systems": [
                {"name": name, "id": efs_id(name), "region": region, "size_gb": 1, "key": "files"}
                for name, region in homes.items()
            ],
            "points": points,
            **fields,
        }
    }


def subnets(sandbox: SandboxProcess, region: str) -> list[str]:
    """The ids of the region's subnets; they are made anew with each seed."""
    return sorted(entry["SubnetId"] for entry in sandbox.aws("ec2", region).describe_subnets()["Subnets"])


def backup_task(name: str, /, **options: Any) -> Json:
    """A recovery point in `main`."""
    options = _options(options, {"file_system_id": efs_id(name)}, region=IRELAND, max_age="30d")
    return task("efs_backup", backup_vault_name="main", **options)


def vault_copy_task(
    name: str, /, keywords: Mapping[str, Any] | None = None, title: str | None = None, **options: Any
) -> Json:
    """Copies of the newest point to both targets."""
    destinations = [{"backup_vault_arn": vault_arn(region)} for region in TARGETS]
    options = _options(options, {"file_system_id": efs_id(name)}, region=IRELAND, destinations=destinations)
    return task("efs_backup_copy", title, keywords, source_backup_vault_name="main", **options)


def file_system_task(source: str, keywords: Mapping[str, Any] | None = None, **options: Any) -> Json:
    """Bring the file system up in Frankfurt."""
    options = _options(options, {"file_system_id": efs_id(source), "name": f"{source}-dr"}, region=FRANKFURT)
    return task("efs_backup_restore", None, keywords, backup_vault_name="dr", **options)


# Where a recovery point is brought along a plan.
FAR = ("eu-central-1", "eu-north-1", "us-east-1", "us-west-2", "ap-southeast-2", "sa-east-1")


def vault_links(slowest: float, regions: Iterable[str] = FAR, seed: int = 3) -> list[Json]:
    """Seconds per GB between all regions, drawn at random."""
    rng = random.Random(seed)
    places = [IRELAND, *regions]
    return [
        {"source": one, "target": other, "base": 0, "seconds_per_gb": round(rng.uniform(slowest / 4, slowest), 2)}
        for one in places
        for other in places
        if one != other
    ]


def plan_seed(names: Iterable[str], known: Iterable[Mapping[str, Any]], size_gb: int = 10, **fields: Any) -> Json:
    """A seed: file systems with a point of that size each in `main`, and an empty vault `dr` in every region of the plan."""
    seed = efs_fleet(names, ages=[3600], targets=FAR, links=list(known), **fields)
    for file_system in seed["aws"]["file_systems"]:
        file_system["size_gb"] = size_gb
    return seed


def plan_task(name: str, known: Iterable[Mapping[str, Any]] = (), /, **options: Any) -> Json:
    """Bring the newest point to all regions; what the links take is measured, AWS's queue comes on top."""
    measurements = [
        {"source": link["source"], "target": link["target"], "seconds": link["seconds_per_gb"] * 100, "size_gb": 100}
        for link in known
    ]
    planning = {"measurements": measurements, "overhead_seconds": 30, **options.pop("planning", {})}
    destinations = [{"backup_vault_arn": vault_arn(region)} for region in FAR]
    options = _options(
        options, {"file_system_id": efs_id(name)}, region=IRELAND, destinations=destinations, planning=planning
    )
    return task("efs_backup_replication", source_backup_vault_name="main", **options)


def _options(given: Mapping[str, Any], own: Mapping[str, Any], **defaults: Any) -> Json:
    """What is given over the defaults; `own` is what the entries of a batch bring themselves."""
    defaults = {"iam_role_arn": ROLE, "wait_delay": "1s", **defaults, **({} if "batch" in given else own)}
    return {**defaults, **given}
