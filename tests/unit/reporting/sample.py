# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A fleet to report on, as the roles' status leaves it: workloads of all five types, from fifteen minutes to a week.

In the forty of `fleet()` app-07 is in breach, a copy of home-directories has failed, the source of ledger is out of
reach, five have copies on their way, two images have a replication plan, and some drills are stale, slow or failed.
"""

from __future__ import annotations

import datetime
from functools import cache
from typing import Any

from ansible_collections.bcdr.multicloud.plugins.module_utils._planning.planner import make_plan

Json = dict[str, Any]
NOW = datetime.datetime(2026, 11, 28, 18, 0, tzinfo=datetime.timezone.utc)
MINUTE, HOUR, DAY = 60, 3600, 86400
_PLACES = {
    "azure_vm": ("northeurope", "swedencentral"),
    "azure_image": ("eastus", "southeastasia", "australiaeast"),
    "azure_blob": ("northeurope",),
    "efs": ("eu-central-1",),
    "nutanix_vm": ("dr-site",),
}
_NAMES = {
    "azure_vm": [f"app-{number:02d}" for number in range(1, 17)],
    "azure_image": ["golden-rhel9", "golden-windows", "build-agent", "kiosk"],
    "azure_blob": ["invoices", "media", "audit-logs", "exports", "mail-archive", "backups-sql"],
    "efs": [
        "web-content",
        "home-directories",
        "shared-data",
        "ml-datasets",
        "ci-cache",
        "scratch-results",
        "cms-uploads",
    ],
    "nutanix_vm": ["intranet", "ledger", "warehouse", "print-services", "badge-access", "erp", "phone-system"],
}
_OBJECTIVES = {
    "azure_vm": (24 * HOUR, 18 * HOUR),
    "azure_image": (7 * DAY,),
    "azure_blob": (15 * MINUTE, HOUR, 4 * HOUR),
    "efs": (24 * HOUR, 12 * HOUR),
    "nutanix_vm": (4 * HOUR, HOUR),
}


def at(seconds_ago: float) -> str:
    """Return the time that was so long ago, as the records have it."""
    return (NOW - datetime.timedelta(seconds=seconds_ago)).strftime("%Y-%m-%dT%H:%M:%SZ")


def target(location: str, age: int | None, wanted: int, known: bool = True, name: str = "") -> Json:
    return {
        "location": location,
        "name": name or f"store-{location}",
        "known": known,
        "newest_usable": None if age is None else f"rp-{age}",
        "rpo_seconds": age,
        "within_rpo": known and age is not None and age <= wanted,
    }


def entry(
    name: str = "app-01",
    kind: str = "azure_vm",
    ages: tuple[int | None, ...] = (HOUR,),
    wanted: int = DAY,
    **changes: Any,
) -> Json:
    """Return one status entry; `ages` are those at its targets. `changes` are laid over it."""
    places = _PLACES.get(kind, ("elsewhere",))
    targets = [target(places[number % len(places)], age, wanted) for number, age in enumerate(ages)]
    known = [age for age in ages if age is not None]
    actual = max(known) if len(known) == len(ages) and known else None
    return {
        "name": name,
        "type": kind,
        "status": "succeeded",
        "reason": "",
        "progress_percent": None,
        "copies_due": False,
        "rpo_target_seconds": wanted,
        "rpo_seconds": min(known, default=None),
        "source_known": True,
        "source_status": "succeeded",
        "source_reason": "",
        "targets": targets,
        "breached": not all(place["within_rpo"] for place in targets),
        "drift": [],
        "rpo_actual_seconds": actual,
        "breaches_in_seconds": None if actual is None else wanted - actual,
        "rto_target_seconds": None,
        "drill_every_seconds": None,
        "plan": None,
        **changes,
    }


def drill(workload: str = "app-01", days_ago: float = 3, status: str = "succeeded", **changes: Any) -> Json:
    """Return one record of a drill as the history keeps it."""
    return {
        "key": f"{workload}-{days_ago}",
        "kind": "drill",
        "workload": workload,
        "type": "azure_vm",
        "time": at(days_ago * DAY),
        "status": status,
        "recovery_point": "rp-nightly",
        "location": "northeurope",
        "rpo_seconds": 5 * HOUR,
        "recovery_seconds": 8 * MINUTE if status == "succeeded" else None,
        "reason": "",
        **changes,
    }


def event(name: str, workload: str, kind: str, seconds_ago: float, summary: str) -> Json:
    """Return one event as dr_notify tells it."""
    return {"event": name, "workload": workload, "type": kind, "time": at(seconds_ago), "summary": summary, "data": {}}


@cache
def plan(source: str = "westeurope", count: int = 9) -> Json:
    """Return a replication plan as the lookup replication_plan makes it."""
    regions = [
        "northeurope",
        "eastus",
        "westus2",
        "southeastasia",
        "australiaeast",
        "japaneast",
        "brazilsouth",
        "uksouth",
        "centralindia",
    ]
    request = {
        "source": source,
        "targets": regions[:count],
        "copies_per_source": 2,
        "moves": 2000,
        "bound": "price",
        "size_gb": 256,
    }
    return make_plan(request)


def many(count: int) -> list[Json]:
    """Return a fleet of any size, most of it within its objectives."""
    made: list[Json] = []
    kinds = [kind for kind, names in _NAMES.items() for _name in names]
    for number in range(count):
        kind = kinds[number % len(kinds)]
        names = _NAMES[kind]
        place = number % len(kinds) - kinds.index(kind)
        name = names[place] if count <= len(kinds) else f"{names[place]}-{number // len(kinds) + 1}"
        wanted = _OBJECTIVES[kind][number % len(_OBJECTIVES[kind])]
        ages = tuple(
            round(wanted * (0.12 + 0.071 * ((number * 7 + step * 5) % 11))) for step in range(len(_PLACES[kind]))
        )
        made.append(
            entry(
                name,
                kind,
                ages,
                wanted,
                rto_target_seconds=30 * MINUTE if number % 3 else HOUR,
                drill_every_seconds=30 * DAY if number % 4 else 90 * DAY,
            )
        )
    return made


def drills_of(workloads: list[Json]) -> list[Json]:
    """Return what the history knows of a fleet's drills: two each, the newer one younger than a month."""
    records = []
    for number, workload in enumerate(workloads):
        for round_ in (0, 1):
            records.append(
                drill(
                    workload["name"],
                    2 + (number * 5) % 26 + 30 * round_,
                    type=workload["type"],
                    location=workload["targets"][0]["location"],
                    rpo_seconds=round(workload["rpo_target_seconds"] * 0.6),
                    recovery_seconds=round(6 * MINUTE + (number * 97) % (15 * MINUTE)),
                )
            )
    return sorted(records, key=lambda record: record["time"], reverse=True)


def fleet() -> Json:
    """Return what dr_report is given for the forty: status, drills, events, failures, title."""
    status = many(40)
    by_name = {workload["name"]: workload for workload in status}

    def change(name: str, **changes: Any) -> None:
        by_name[name].update(changes)

    change(
        "app-07",
        **{key: value for key, value in entry("app-07", "azure_vm", (20 * HOUR, 26 * HOUR), DAY).items() if key in (
            "targets", "breached", "rpo_actual_seconds", "breaches_in_seconds", "rpo_target_seconds", "rpo_seconds")},
        drift=["restore point rp-20261128180000 of rpc-app-07", "copy rpc-app-07-swedencentral/rp-20261128180000"],
        copies_due=True,
        status="running",
    )  # fmt: skip
    change(
        "home-directories",
        status="failed",
        reason="the copy job 9f2c41d0-7b1e-4a53-8c55-2f0d1c9be7a4 ended FAILED: Access Denied trying to call AWS Backup service "
        "(key policy of arn:aws:kms:eu-central-1:111122223333:key/3b1f)",
    )
    reach = "the source cannot be asked: Prism Central pc-main.example.com cannot be reached: connection timed out"
    change(
        "ledger",
        source_known=False,
        source_status="blocked",
        source_reason="Prism Central pc-main.example.com cannot be reached: connection timed out",
        rpo_seconds=None,
    )
    change(
        "intranet",
        targets=[target("dr-site", None, 4 * HOUR, known=False)],
        rpo_actual_seconds=None,
        breaches_in_seconds=None,
        breached=True,
        status="pending",
        reason=reach.replace("source", "target").replace("pc-main", "pc-dr"),
        copies_due=True,
    )
    for name, percent, reason in (
        ("app-03", 71.4, "copying rp-20261128160000 to northeurope; Azure tells 71.4 % of 96 GB"),
        ("app-11", 12.0, "copying rp-20261128160000 to swedencentral and northeurope"),
        ("golden-rhel9", 44.0, "4 of 9 regions are there, 2 copies run"),
        ("media", 88.9, "1,204,332 of 1,354,801 blobs are copied"),
        ("shared-data", None, "copying for 1h 12m; AWS expects it to take 2h"),
    ):
        change(name, status="running", progress_percent=percent, reason=reason)
    change("golden-rhel9", plan=plan())
    change("kiosk", plan=plan("eastus", 3))
    change("app-12", drift=["tags of rpc-app-12: owner=payments", "deletion of restore point rp-20261101000000"])
    change("badge-access", drift=["recovery point bcdr-badge-access-20261128T1800"], copies_due=True, status="pending")
    drills = [
        record
        for record in drills_of(status)
        if not (record["workload"] in ("erp", "app-14") and record["time"] > at(31 * DAY))
        and record["workload"] != "cms-uploads"
    ]
    drills.append(drill("app-02", 1, recovery_seconds=47 * MINUTE))
    drills.append(
        drill(
            "warehouse",
            0.5,
            "failed",
            type="nutanix_vm",
            location="dr-site",
            reason="VM wms-db-01: the subnet drill-net does not exist at dr-site",
        )
    )
    drills.sort(key=lambda record: record["time"], reverse=True)
    return {
        "status": status,
        "drills": drills,
        "events": [
            event("rpo_breach", "app-07", "azure_vm", 2 * HOUR, "RPO breached: 24h 10m of 24h (swedencentral)"),
            event("copy_failed", "home-directories", "efs", 5 * HOUR, "copy failed: Access Denied"),
            event(
                "drill_failed",
                "warehouse",
                "nutanix_vm",
                12 * HOUR,
                "drill failed: the subnet drill-net does not exist",
            ),
            event("drill_succeeded", "app-02", "azure_vm", DAY, "restored in 47m of 30m"),
        ],
        "failures": [],
        "title": "Disaster recovery of Example Industries",
    }
