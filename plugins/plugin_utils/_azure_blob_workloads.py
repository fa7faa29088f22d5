# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""From workloads of type azure_blob to the batches of the modules, and from their results to a status. Pure.

A workload is one container or several of one account; each step has one item for each container.
"""

from __future__ import annotations

import re
import typing as t
import urllib.parse
from collections.abc import Mapping, Sequence

from ansible_collections.bcdr.multicloud.plugins.module_utils._core.reconcile import merged_status
from ansible_collections.bcdr.multicloud.plugins.plugin_utils._workloads import (
    DRILL_PREFIX,
    Item,
    Steps,
    Workload,
    WorkloadError,
    arrived,
    batch_of,
    homeward,
    objective,
    recovery_site,
    status_entry,
    without_none,
)

_ACCOUNT = ("account_name", "account_key", "sas_token", "connection_string", "blob_endpoint")
_SELECTION = ("prefix", "include", "exclude")
# What both modules take, the one that copies and the one that looks.
_COMMON = (
    *_SELECTION,
    "metadata",
    "index_tags",
    "leased_source",
    "snapshot_source",
    "whole_source",
    "overdue_after",
    "job_table",
)
_COPY = (*_COMMON, "tier", "create_containers", "delete_extra", "max_deletes", "sas_lifetime", "concurrency")
_RESTORE = ("sample", "tier", "sas_lifetime", "concurrency")
# What is the same on the way home; what deletes there or chooses a tier is said anew.
_HOMEWARD = (*_COMMON, "create_containers", "sas_lifetime", "concurrency")
_FAILBACK = ("create_containers", "tier", "delete_extra", "max_deletes")
_LONGEST_NAME = 63


def batch(workloads: Sequence[Workload], step: str) -> list[Item]:
    """Return the batch of the module that does `step`: copies, look, drill, drill_cleanup or failover.

    Raises WorkloadError."""
    return batch_of(_STEPS, workloads, step)


def status(workloads: Sequence[Workload], looks: Sequence[Item]) -> list[Item]:
    """Return one entry per workload: its recovery point objective, what is kept to it where, and what is to do.

    `looks` are the results of azure_blob_copy_info for the containers of the same workloads in the same order. Figures are
    in seconds.
    """
    entries, done = [], 0
    for workload in workloads:
        count = len(_containers(workload))
        entries.append(_entry(workload, looks[done : done + count]))
        done += count
    return entries


def failback(workload: Workload, newer_than: str | None, found: Sequence[Item] = ()) -> tuple[Workload | None, str]:
    """Return the workload the other way round: from the containers in which the copies are used now to those at home.

    `newer_than` is the moment since which nobody writes to them any more, if they are to come home now. Nothing needs be
    `found`; what is missing is only that the workload is said to be failed over, for else home is what counts. Raises
    WorkloadError, also where blobs at home would be overwritten and nobody has said that this is meant.
    """
    home, source = workload["failback"], workload["source"]
    names = _containers(workload)
    if len(names) > 1 and home.get("container"):
        raise WorkloadError(
            f"workload {workload['name']}: failback.container: there are several containers, so leave it out"
        )
    there = _account(home)
    if (home.get("container") or names[0]) in names and _is_of(there, source) and not home.get("overwrite"):
        raise WorkloadError(
            f"workload {workload['name']}: failback: blobs that were written at home and never copied would be overwritten in "
            f"{', '.join(names)}; say overwrite: true if that is meant, or name another container or account"
        )
    if not workload.get("failed_over"):
        # There is nothing else that tells, and older copies would take the place of what home has.
        return (
            None,
            f"{workload['name']}: failed_over is not set, so home is what counts, and nothing is copied over it",
        )
    # What failover would copy to is where they are used now.
    (first, *_others) = _failover(workload)
    used = first.get("destination") or first["source"]
    place = {"location": home.get("location"), **(there or _account(source)), "lease_ids": home.get("lease_ids")}
    options = {
        **{key: workload.get(key) for key in _HOMEWARD},
        **{key: home[key] for key in _FAILBACK if home.get(key) is not None},
        # What a copy to it has left that has not ended well is not to overwrite what home has.
        "whole_source": True,
    }
    reversed_workload = homeward(
        workload,
        (),
        newer_than,
        **options,
        source={**_account(used), **({"containers": names} if len(names) > 1 else {"container": used["container"]})},
        targets=[
            without_none({**place, "container": None if len(names) > 1 else home.get("container") or names[0]}),
        ],
        failover={"allow_incomplete": False},
    )
    return reversed_workload, ""


def _is_of(account: Item, source: Mapping[str, t.Any]) -> bool:
    """Return whether the account is none, or by anything that is said of it the one of the source."""
    return not account or bool(_account_names(account) & _account_names(source))


def _account_names(given: Mapping[str, t.Any]) -> set[str]:
    """Return what the account is called, wherever that stands."""
    pairs = (part.partition("=") for part in str(given.get("connection_string") or "").split(";"))
    named = {key.strip().lower(): value.strip() for key, _equals, value in pairs}
    names = {given.get("account_name"), named.get("accountname")}
    for endpoint in filter(None, (given.get("blob_endpoint"), named.get("blobendpoint"))):
        url = urllib.parse.urlsplit(str(endpoint))
        # Of an address the account is the path, else the first part of the host.
        names.add(url.path.strip("/") or url.netloc.partition(".")[0])
    return {str(name).lower() for name in names if name}


def failback_restores(workloads: Sequence[Workload], points: Sequence[Item], copies: Sequence[Item]) -> list[Item]:
    """Return the batch that checks at home what has come there, in the order of the workloads.

    The others are what `failback` returned and twice the results of azure_blob_copy for their containers in the same order.
    A workload is left out unless all of its containers have arrived.
    """
    items, done = [], 0
    for workload in workloads:
        count = len(_containers(workload))
        pairs = zip(points[done : done + count], copies[done : done + count], strict=True)
        if all(arrived(workload, point, copy) for point, copy in pairs):
            items += batch([workload], "failover")
        done += count
    return items


def overdue(workloads: Sequence[Workload], results: Sequence[Item]) -> list[Item]:
    """Return the copies that have been going on for too long, by the results of either module for the workloads."""
    found, labels = [], [workload["name"] for workload in workloads for _container in _containers(workload)]
    for label, result in zip(labels, results, strict=True):
        for place in result.get("destinations") or ():
            late = [copy for copy in place["copying"] if copy["overdue"]]
            shown = ("name", "copy_id", "started_at", "seconds", "bytes", "bytes_total")
            found += [
                {
                    "workload": label,
                    "destination": f"{place['account']}/{place['container']}",
                    **{key: copy[key] for key in shown},
                }
                for copy in late
            ]
    return found


def _entry(workload: Workload, looks: Sequence[Item]) -> Item:
    # A container that failed before it could be looked at has no destinations.
    known = all(look.get("source_seen") for look in looks)
    targets = [_target_entry(target, index, looks) for index, target in enumerate(workload["targets"])]
    drift = [action for look in looks for action in _drift(workload, look)]
    places = [place for look in looks for place in look.get("destinations") or ()]
    copy = {
        "status": _standing([_place_status(workload, place) for place in places], looks, known),
        "reason": "; ".join(dict.fromkeys(_reasons(workload, looks, known))),
        "progress_percent": _percent(places),
        "actions": drift,
    }
    troubles = [] if known else [_why(look) for look in looks if not look.get("source_seen")]
    point: Item = {
        # What is at the source is of this very moment.
        "rpo_seconds": 0 if known else None,
        "status": "succeeded" if known else "failed",
        "reason": "; ".join(dict.fromkeys(troubles)),
        "actions": [],
    }
    entry = status_entry(workload, "azure_blob", point, copy, targets, (copy,), known=known)
    return {**entry, "overdue": sum(place["blobs"]["overdue"] for place in places)}


def _why(look: Item) -> str:
    places = look.get("destinations") or ()
    return next((place["reason"] for place in places if place["reason"]), "") or look["reason"]


def _standing(statuses: Sequence[str], looks: Sequence[Item], known: bool) -> str:
    if not statuses or any(not look.get("destinations") for look in looks):
        return "failed"
    return merged_status(statuses) if known else "pending"


def _to_make(workload: Workload, place: Item) -> bool:
    """Return whether protect will make the container."""
    return place["exists"] is False and bool(workload.get("create_containers"))


def _place_status(workload: Workload, place: Item) -> str:
    return "pending" if _to_make(workload, place) else str(place["status"])


def _percent(places: Sequence[Item]) -> float | None:
    total = sum(place["bytes_total"] for place in places)
    done = sum(place["bytes_copied"] for place in places)
    return None if not total or done == total else round(100.0 * done / total, 1)


def _target_entry(target: Mapping[str, t.Any], index: int, looks: Sequence[Item]) -> Item:
    places = [look["destinations"][index] if look.get("destinations") else None for look in looks]
    # What is in no container yet, or in one that is not there, was never brought over.
    seen = [place for place in places if place and place["last_sync_time"]]
    whole = len(seen) == len(places)
    return {
        "location": _location(target, places),
        "name": ", ".join(f"{place['account']}/{place['container']}" for place in places if place)
        or str(target.get("account_name") or ""),
        "known": all(place is not None and _is_known(place) for place in places),
        "newest_usable": min(place["last_sync_time"] for place in seen) if whole else None,
        "rpo_seconds": max(place["rpo_seconds"] for place in seen) if whole else None,
    }


def _is_known(place: Item) -> bool:
    """Return whether it is known what the destination holds: by looking at both sides, or by its own record."""
    return bool(place["looked_at"] or place["recorded"] or place["exists"] is False)


def _location(target: Mapping[str, t.Any], places: Sequence[Item | None]) -> str:
    seen = next((place["account"] for place in places if place), "")
    return str(target.get("location") or target.get("account_name") or seen)


def _drift(workload: Workload, look: Item) -> list[str]:
    """Return what protect would do, as azure_blob_copy tells it."""
    actions = []
    for place in look.get("destinations") or ():
        name = f"{place['account']}/{place['container']}"
        if not place["looked_at"]:
            continue
        if _to_make(workload, place):
            actions.append(f"create container {name}")
        elif place["exists"] is False:
            continue
        if place["blobs"]["to_copy"]:
            actions.append(f"copy {place['blobs']['to_copy']} blobs to {name}")
    return actions


def _reasons(workload: Workload, looks: Sequence[Item], known: bool) -> list[str]:
    if not known:
        return ["whether the copies are up to date is not known, for the source cannot be asked"]
    found = []
    for look in looks:
        for place in look["destinations"]:
            counts = place["blobs"]
            parts = [place["reason"]] if place["reason"] and not _to_make(workload, place) else []
            if counts["to_copy"] and not parts:
                parts.append(f"{counts['to_copy']} of {counts['total']} blobs are not there yet")
            if counts["running"]:
                late = f", {counts['overdue']} of them overdue" if counts["overdue"] else ""
                parts.append(f"{counts['running']} being copied{late}")
            if counts["pending"]:
                parts.append(f"{counts['pending']} waiting for copies of others")
            troubles = place["problems"][:5]
            if troubles:
                count = counts["failed"] + counts["blocked"]
                named = "; ".join(f"{trouble['name']}: {trouble['reason']}" for trouble in troubles)
                parts.append(f"{count} cannot be copied ({named}{'; and more' if count > len(troubles) else ''})")
            if parts:
                found.append(f"{place['account']}/{place['container']}: {', '.join(parts)}")
    return found


def describe_restored(result: Item) -> tuple[str, str]:
    """Return which container was restored from, and what there is now and how far it was checked."""
    checked = result["verification"]
    facts = f"{checked['blobs']} blob{'' if checked['blobs'] == 1 else 's'}, {_size(checked['bytes'])}, in {result['blob_container']}"
    if result["blob_container"] == result["source"]:
        told = f"{facts}, to be used where they are"
    else:
        told = f"{facts}: type and length of all as in the copies, MD5 of {checked['md5']}"
    if result["incomplete_count"]:
        told += f"; {result['incomplete_count']} cannot be used and {'are' if result['blob_container'] == result['source'] else 'were'} left out"
    return result["source"], told


def _size(number: int) -> str:
    for unit in ("B", "KiB", "MiB", "GiB"):
        if number < 1024:
            return f"{number:.0f} {unit}" if unit == "B" else f"{number:.1f} {unit}"
        number /= 1024  # type: ignore[assignment]
    return f"{number:.1f} TiB"


# --- from workloads to batches --------------------------------------------------------------------------------------


def _containers(workload: Workload) -> list[str]:
    source = workload["source"]
    names = source.get("containers") or ([source["container"]] if source.get("container") else [])
    if not names:
        raise WorkloadError(f"workload {workload['name']}: source: container or containers is needed")
    if source.get("containers") and source.get("container"):
        raise WorkloadError(f"workload {workload['name']}: source: container and containers exclude each other")
    if len(set(names)) < len(names):
        raise WorkloadError(f"workload {workload['name']}: source.containers: a container stands twice")
    if not workload["targets"]:
        raise WorkloadError(f"workload {workload['name']}: targets: there is none")
    for index, target in enumerate(workload["targets"]):
        if len(names) > 1 and target.get("container"):
            raise WorkloadError(
                f"workload {workload['name']}: targets[{index}].container: with several containers each is called at the "
                "target as at the source, so leave it out"
            )
    return [str(name) for name in names]


def _labels(workload: Workload) -> list[tuple[str, str]]:
    names = _containers(workload)
    return [(name, str(workload["name"]) if len(names) == 1 else f"{workload['name']} ({name})") for name in names]


def _account(of: Mapping[str, t.Any]) -> Item:
    return without_none({name: of.get(name) for name in _ACCOUNT})


def _items(workload: Workload, options: Sequence[str]) -> list[Item]:
    objective(workload)
    return [
        {
            "label": label,
            "source": {**_account(workload["source"]), "container": container},
            "destinations": [
                without_none(
                    {
                        **_account(target),
                        "container": target.get("container") or container,
                        "lease_ids": target.get("lease_ids"),
                    }
                )
                for target in workload["targets"]
            ],
            **{option: workload.get(option) for option in options},
        }
        for container, label in _labels(workload)
    ]


def _copies(workload: Workload) -> list[Item]:
    return [{**item, "record_sync_time": True} for item in _items(workload, (*_COPY, "newer_than"))]


def _look(workload: Workload) -> list[Item]:
    return _items(workload, _COMMON)


def container_name(text: str) -> str:
    """Return the text as Azure takes it for a container: lower-case letters, digits and single hyphens, 63 at most."""
    return re.sub("[^a-z0-9]+", "-", text.lower())[:_LONGEST_NAME].strip("-")


def _restore(workload: Workload, use: str) -> list[tuple[str, Item, Mapping[str, t.Any], Mapping[str, t.Any]]]:
    """Return for each container its name, what is common to drill and failover, the section and the target."""
    labels = _labels(workload)

    def names(target: Mapping[str, t.Any]) -> tuple[str, ...]:
        return tuple(str(target[key]) for key in ("location", "account_name") if target.get(key)) or ("",)

    site, target = recovery_site(workload, use, names)
    return [
        (
            container,
            {
                "label": label,
                "source": {**_account(target), "container": target.get("container") or container},
                **{option: workload.get(option) for option in (*_SELECTION, "index_tags", "metadata")},
                **{option: site[option] for option in (*_SELECTION, *_RESTORE) if site.get(option) is not None},
            },
            site,
            target,
        )
        for container, label in labels
    ]


def _elsewhere(
    workload: Workload, site: Mapping[str, t.Any], target: Mapping[str, t.Any], use: str, default: str
) -> Item:
    """Return the container to restore to: of the account that the section names, else of the target's."""
    if site.get("container") and len(_containers(workload)) > 1:
        raise WorkloadError(
            f"workload {workload['name']}: {use}.container: there are several containers, so leave it out"
        )
    return {**(_account(site) or _account(target)), "container": site.get("container") or default}


def _drill(workload: Workload) -> list[Item]:
    if not workload.get("drill"):
        return []
    several = len(_containers(workload)) > 1
    found = []
    for container, common, site, target in _restore(workload, "drill"):
        name = container_name(f"{DRILL_PREFIX}{workload['name']}{f'-{container}' if several else ''}")
        if site.get("container") and not str(site["container"]).startswith(DRILL_PREFIX):
            raise WorkloadError(
                f"workload {workload['name']}: drill.container: {site['container']} does not begin with {DRILL_PREFIX}"
            )
        place = _elsewhere(workload, site, target, "drill", name)
        # What a copy has not finished yet is no reason to call off a drill of the rest; it is told.
        found.append({**common, "destination": place, "drill": workload["name"], "allow_incomplete": True})
    return found


def _drill_cleanup(workload: Workload) -> list[Item]:
    return [{**item, "state": "absent"} for item in _drill(workload)]


def _failover(workload: Workload) -> list[Item]:
    if not workload.get("failover"):
        return []
    found = []
    for container, common, site, target in _restore(workload, "failover"):
        item = {**common, "allow_incomplete": site.get("allow_incomplete")}
        if site.get("container") or _account(site):
            item["destination"] = _elsewhere(workload, site, target, "failover", container)
        found.append(item)
    return found


_STEPS: Steps = {
    "copies": _copies,
    "look": _look,
    "drill": _drill,
    "drill_cleanup": _drill_cleanup,
    "failover": _failover,
}
