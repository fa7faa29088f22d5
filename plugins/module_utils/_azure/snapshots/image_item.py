# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""An image on its way to its regions, as an item: looks at all of its snapshots, plans, starts copies, makes images."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from ansible_collections.bcdr.multicloud.plugins.module_utils._azure import compute
from ansible_collections.bcdr.multicloud.plugins.module_utils._azure.ids import (
    VM_TYPE,
    ResourceId,
    id_key,
    identified,
    region_key,
    resolve_id,
)
from ansible_collections.bcdr.multicloud.plugins.module_utils._azure.provider import AzureItem, Session
from ansible_collections.bcdr.multicloud.plugins.module_utils._azure.snapshots import api
from ansible_collections.bcdr.multicloud.plugins.module_utils._azure.snapshots.copy_decision import removal_key
from ansible_collections.bcdr.multicloud.plugins.module_utils._azure.snapshots.image_decision import (
    ImageObserved,
    decide_image,
    replicas_in,
)
from ansible_collections.bcdr.multicloud.plugins.module_utils._azure.snapshots.image_values import (
    Image,
    ImageDisk,
    ImageWanted,
    vm_disks,
)
from ansible_collections.bcdr.multicloud.plugins.module_utils._azure.snapshots.limits import COPIES_PER_REGION
from ansible_collections.bcdr.multicloud.plugins.module_utils._azure.snapshots.options import image_wanted, snapshot_of
from ansible_collections.bcdr.multicloud.plugins.module_utils._azure.snapshots.values import (
    DISKS,
    ORIGIN,
    TAKEN,
    Snapshot,
    by_key,
    copy_body,
    origin_tag,
    running_copies,
)
from ansible_collections.bcdr.multicloud.plugins.module_utils._azure.snapshots.version_decision import (
    Version,
    disks_by_copies,
    due_version,
    first_after,
    slotted,
    superseded,
    version_figures,
    versions_of,
    with_retention,
    without_source,
)
from ansible_collections.bcdr.multicloud.plugins.module_utils._azure.times import compact_timestamp
from ansible_collections.bcdr.multicloud.plugins.module_utils._core.errors import (
    BcdrError,
    Conflict,
    ProviderError,
    Throttled,
    Unavailable,
)
from ansible_collections.bcdr.multicloud.plugins.module_utils._core.moments import lies_ahead
from ansible_collections.bcdr.multicloud.plugins.module_utils._core.provider import Outages
from ansible_collections.bcdr.multicloud.plugins.module_utils._core.reconcile import (
    FAILED,
    PENDING,
    RUNNING,
    SUCCEEDED,
    Action,
    Decision,
)
from ansible_collections.bcdr.multicloud.plugins.module_utils._planning.model import PlanningError
from ansible_collections.bcdr.multicloud.plugins.module_utils._planning.walker import (
    BROKEN,
    COPYING,
    LEAVING,
    READY,
    Limits,
    Replica,
    Route,
    Walk,
    place_name,
    plan_route,
    seen_again,
    unforeseen,
)

# The place of a source whose region is not known.
_SOURCE = "source"
_STATES = {SUCCEEDED: READY, RUNNING: COPYING, FAILED: BROKEN, PENDING: LEAVING}


class _Missing(BcdrError):
    """What the image is to be made of does not exist."""


class ImageItem(AzureItem):
    """Reconciles one image; options as in the module azure_image_replication.

    What it keeps from pass to pass is a matter of speed and of figures only: a new run sees the same snapshots and plans
    the best continuation from there.
    """

    def __init__(self, params: Mapping[str, Any], session: Session) -> None:
        self._given = image_wanted(params, session.subscription)
        self._image = self._given.name
        self._vm_id = (
            resolve_id("source_vm", params["source_vm"], VM_TYPE, session.subscription, params.get("resource_group"))
            if params.get("source_vm")
            else None
        )
        super().__init__(session, self._given.name, f"{self._given.source.key}>{self._given.name.lower()}")
        self._wanted: ImageWanted | None = None
        self._chosen = not self._given.versioned
        self._too_early = ""
        self._without_source = ""
        self._found: dict[str, Snapshot] = {}
        self._moments: dict[str, datetime.datetime] = {}
        self._old: tuple[Version, ...] = ()
        self._old_images: dict[str, Image] = {}
        self._location = ""
        self._routes: dict[str, Route] = {}
        self._outages = Outages(session.patient)
        self._unreachable: dict[str, str] = {}
        self._attempts: dict[tuple[str, str], int] = {}
        self._refusals: dict[tuple[str, str], list[str]] = {}
        self._given_up: dict[tuple[str, str], str] = {}
        self._images: dict[str, Image] = {}
        self._removed: set[str] = set()
        self._read_from: dict[str, str] = {}
        self._running: dict[str, Snapshot] = {}
        self._links: list[dict[str, Any]] = []
        self._plan: Mapping[str, Any] = {}
        self._began: datetime.datetime | None = None
        self._arrived: datetime.datetime | None = None

    # --- looking -----------------------------------------------------------------------------------------------------

    def observe(self) -> ImageObserved:
        self._unreachable = {self._location: self._without_source} if self._without_source else {}
        versions = self._choose_version()
        if self._too_early:
            return ImageObserved(
                "", {}, too_early=self._too_early, figures=self._version_figures(self._given, versions, {})
            )
        try:
            wanted = self._with_disks()
        except _Missing as error:
            if not self.session.check_mode:
                raise
            # In check mode an earlier task of the play would have made it.
            return ImageObserved("", {}, awaited=str(error))
        except Unavailable as error:
            if not self._given.versioned or self._outages.waits_out(_SOURCE):
                raise
            self._without_source = str(error)
            without = self._by_copies()
            if without is None:
                versions = slotted(versions_of(self._image, self._listed()))
                return ImageObserved("", {}, figures=self._version_figures(self._given, versions, {}))
            wanted = without
        found = self._snapshots(wanted)
        versions = versions_of(self._image, found.values())
        sources = {disk.name: found.get(id_key(disk.snapshot_id)) for disk in wanted.disks}
        self._note_moments(wanted, found)
        self._look_for_old(wanted, slotted(versions))
        down = dict(self._unreachable)
        observed = ImageObserved(self._location, sources, down=down, started=self.started)
        sizes = {disk.name: _size(wanted, disk, found) for disk in wanted.disks}
        replicas = {disk.name: self._replicas(wanted, disk, found) for disk in wanted.disks}
        self._measure(found)
        self._count_failures(wanted, replicas)
        walks, problem = self._walks(wanted, replicas, sizes, down)
        images = self._look_at_images(wanted, walks)
        # A region that answered is asked again without delay the next time that it does not.
        waiting = [self._outages.waits_out(region) for region in sorted(self._unreachable)]
        for region in {target.location for target in wanted.targets} | {self._location}:
            if region not in self._unreachable:
                self._outages.answered(region)
        self._note_arrival(wanted, walks)
        return replace(
            observed,
            walks=walks,
            problem=problem,
            ahead=self._ahead(wanted, versions),
            taken=self._taken(wanted, found),
            limits=self._limits(wanted, found),
            images=images,
            down=dict(self._unreachable),
            patient=any(waiting),
            given_up=dict(self._given_up),
            refused={key: texts[-1] for key, texts in self._refusals.items() if texts},
            failures=self.failures(self._ended_badly(found)),
            sizes=sizes,
            figures={**self._figures(), **self._version_figures(wanted, versions, sources)},
        )

    # --- versions ----------------------------------------------------------------------------------------------------

    def _choose_version(self) -> tuple[Version, ...]:
        """Settle which version this run is about; it stays so, however long the run takes. Returns those that there are, once."""
        if self._chosen:
            return ()
        versions = slotted(versions_of(self._image, self._listed()))
        now, moment = self.client.now(), self._given.newer_than
        self._too_early = lies_ahead(moment, now) if moment is not None else ""
        if not self._too_early:
            due = due_version(self._image, versions, now, self._given.max_age, moment)
            self._given = self._given.as_version(due)
            self._chosen = True
        return versions

    @staticmethod
    def _ahead(wanted: ImageWanted, versions: Iterable[Version]) -> str:
        """Return the older version that has to arrive first; by age there is no new one before that anyway."""
        if wanted.newer_than is None:
            return ""
        return next((one.name for one in slotted(versions) if one.name != wanted.name and one.travelling), "")

    def _by_copies(self) -> ImageWanted | None:
        """Return the newest version as its copies tell it, for a source that cannot be asked; None if they do not."""
        versions = slotted(versions_of(self._image, self._listed()))
        moment = self._given.newer_than
        newest = first_after(versions, moment) if moment is not None else next(reversed(versions), None)
        disks = disks_by_copies(newest, self._given) if newest else ()
        if newest is None or not disks or not self._given.location:
            return None
        self._location = self._given.location
        self._unreachable[self._location] = self._without_source
        self._wanted = replace(self._given.as_version(newest.name), disks=disks)
        return self._wanted

    def _listed(self) -> list[Snapshot]:
        """Return the snapshots that may be of this image, as far as they may be listed; notes what is out of reach."""
        given = self._given
        groups = {(given.source.subscription.lower(), given.source.group.lower()): given.location or _SOURCE}
        groups.update(
            {(target.subscription.lower(), target.group.lower()): target.location for target in given.targets}
        )
        found: list[Snapshot] = []
        whole: dict[str, tuple[Snapshot, ...] | None] = {}
        for (subscription, group), region in groups.items():
            if subscription not in whole:
                try:
                    whole[subscription] = api.list_snapshots(self.client, subscription)
                except Unavailable:
                    whole[subscription] = None
                found += whole[subscription] or ()
            if whole[subscription] is None:
                try:
                    found += api.list_snapshots_in(self.client, subscription, group)
                except Unavailable as error:
                    self._unreachable[region] = str(error)
        return found

    def _version_figures(
        self, wanted: ImageWanted, versions: Iterable[Version], sources: Mapping[str, Snapshot | None]
    ) -> dict[str, Any]:
        known = slotted(versions) if wanted.versioned else versions
        location = self._location or self._given.location or _SOURCE
        down = {*self._unreachable, *((location,) if self._without_source else ())}
        return {"version": wanted.name} | version_figures(wanted, known, sources, location, down, self.client.now())

    def _note_moments(self, wanted: ImageWanted, found: Mapping[str, Snapshot]) -> None:
        """Remember the moment of each disk's data, by its source or any copy of it."""
        for disk in wanted.disks:
            origin = origin_tag(disk.snapshot_id)
            source = found.get(id_key(disk.snapshot_id))
            copies = [snapshot.taken for snapshot in found.values() if snapshot.tags.get(ORIGIN) == origin]
            moment = source.taken if source else min(filter(None, copies), default=None)
            if moment is not None:
                self._moments[disk.name] = moment

    def _look_for_old(self, wanted: ImageWanted, versions: tuple[Version, ...]) -> None:
        """Note the versions that have served once this one is there, with their managed images."""
        self._old, self._old_images = (), {}
        if wanted.keep_newest is None:
            return
        places = [target.location for target in wanted.targets]
        current = next((version for version in versions if version.name == wanted.name), None)
        arrived = current is not None and all(current.usable_in(place) for place in places)
        coming = "" if arrived else wanted.name
        self._old = superseded(versions, wanted.targets, wanted.keep_newest, coming)
        for version in self._old if wanted.made else ():
            for target in wanted.targets:
                image = api.get_image(self.client, identified(wanted.as_version(version.name).image_id(target)))
                if image is not None:
                    self._old_images[id_key(image.id)] = image

    def _with_disks(self) -> ImageWanted:
        """Return what is wanted with its disks and their sizes; asked once."""
        if self._wanted is not None:
            return self._wanted
        given = self._given
        if self._vm_id is not None:
            answer = compute.get_vm(self.client, self._vm_id)
            if answer is None:
                raise _Missing(f"source_vm: there is no virtual machine {self._vm_id}")
            self._location = region_key(answer["location"])
            given = replace(
                given,
                disks=tuple(
                    snapshot_of(given.name, given.source, lun, disk, caching) for lun, disk, caching in vm_disks(answer)
                ),
            )
        disks = []
        for disk in given.disks:
            if disk.disk_id:
                answer = compute.get_disk(self.client, identified(disk.disk_id))
                if answer is None:
                    raise _Missing(f"there is no managed disk {disk.disk_id}")
                self._location = self._location or region_key(answer["location"])
                disk = replace(disk, disk_size_gb=int((answer.get("properties") or {}).get("diskSizeGB") or 0))
            disks.append(disk)
        wanted = replace(given, disks=tuple(disks))
        if not self._location:
            self._location = self._source_location(wanted)
        self._wanted = wanted
        return wanted

    def _source_location(self, wanted: ImageWanted) -> str:
        os_disk = next(disk for disk in wanted.disks if disk.lun is None)
        if wanted.location:
            return wanted.location
        source = api.get_snapshot(self.client, identified(os_disk.snapshot_id))
        if source is None:
            raise _Missing(f"there is no snapshot {os_disk.snapshot_id} (os disk)")
        return source.location

    def _snapshots(self, wanted: ImageWanted) -> dict[str, Snapshot]:
        """Return all snapshots of the subscriptions, or where they cannot be listed those that matter, by key."""
        subscriptions = {wanted.source.subscription.lower()} | {
            target.subscription.lower() for target in wanted.targets
        }
        found: dict[str, Snapshot] = {}
        for subscription in sorted(subscriptions):
            try:
                listed = api.list_snapshots(self.client, subscription)
            except Unavailable:
                # One region that is down may spoil the whole list.
                listed = None
            if listed is None:
                if wanted.versioned:
                    found.update(by_key(self._listed()))
                found.update(self._one_by_one(wanted, subscription))
            else:
                found.update(by_key(listed))
        self._found = {
            key: replace(snapshot, provisioning_state="Deleting") if self._is_removed(key) else snapshot
            for key, snapshot in found.items()
        }
        return self._found

    def _is_removed(self, key: str) -> bool:
        """Return whether this run is deleting the snapshot, whatever a list may still show."""
        return key in self._removed and self.failure_of(removal_key(key)) is None

    def _one_by_one(self, wanted: ImageWanted, subscription: str) -> dict[str, Snapshot]:
        found = {}
        for disk in wanted.disks:
            for place, region in self._places(wanted):
                snapshot_id = identified(wanted.snapshot_id(disk, place, region, self._location))
                if snapshot_id.subscription.lower() != subscription or region in self._unreachable:
                    continue
                try:
                    snapshot = api.get_snapshot(self.client, snapshot_id)
                except Unavailable as error:
                    self._unreachable[region] = str(error)
                    continue
                if snapshot is not None:
                    found[snapshot_id.key] = snapshot
        return found

    def _places(self, wanted: ImageWanted) -> list[tuple[str, str]]:
        """Return every place with its region where a replica of a disk can be."""
        regions = dict.fromkeys([self._location, *(target.location for target in wanted.targets)])
        places = []
        for region in regions:
            target = wanted.target(region)
            copies = target.copies if target else 1
            places += [(place_name(region, number), region) for number in range(1, copies + 1)]
            if wanted.temporary:
                most = sum(other.copies for other in wanted.targets)
                places += [(place_name(region, number, True), region) for number in range(1, most + 1)]
        return places

    def _replicas(self, wanted: ImageWanted, disk: ImageDisk, found: Mapping[str, Snapshot]) -> tuple[Replica, ...]:
        """Return what there is of a disk, by place."""
        ids = {
            place: id_key(wanted.snapshot_id(disk, place, region, self._location))
            for place, region in self._places(wanted)
        }
        place_of = {key: place for place, key in ids.items()}
        ours = set(ids.values())
        foreign: dict[str, int] = {}
        for copy in running_copies(found.values()):
            if id_key(copy.id) not in ours:
                foreign[id_key(copy.source_id)] = foreign.get(id_key(copy.source_id), 0) + 1
        replicas = []
        for place, region in self._places(wanted):
            key = ids[place]
            temporary = place not in (place_name(region, number) for number in range(1, _copies(wanted, region) + 1))
            snapshot = found.get(key)
            if snapshot is None:
                if self._expected(key, disk, place):
                    source = place_of.get(self._read_from.get(key, ""), "")
                    replicas.append(Replica(place, region, COPYING, source, temporary=temporary))
                continue
            began = snapshot.started or snapshot.created
            replicas.append(
                Replica(
                    place,
                    region,
                    _STATES[snapshot.status],
                    source=place_of.get(id_key(snapshot.source_id), ""),
                    elapsed=(self.client.now() - began).total_seconds() if began else None,
                    percent=snapshot.percent,
                    temporary=temporary,
                    others=foreign.get(key, 0),
                )
            )
        return tuple(replicas)

    def _expected(self, key: str, disk: ImageDisk, place: str) -> bool:
        """Return whether a replica that is not listed will be there: just started, or a source snapshot to be made."""
        if self._is_removed(key):
            return False
        if key in self.started and not self.failure_of(key):
            return True
        return bool(disk.disk_id) and place == place_name(self._location)

    def _taken(self, wanted: ImageWanted, found: Mapping[str, Snapshot]) -> str:
        """Return which snapshot has the name of a copy and is a copy of something else, or ""."""
        for disk in wanted.disks:
            origin = origin_tag(disk.snapshot_id)
            for place, region in self._places(wanted):
                snapshot = found.get(id_key(wanted.snapshot_id(disk, place, region, self._location)))
                if snapshot is None or place == place_name(self._location):
                    continue
                if snapshot.tags.get(ORIGIN) != origin:
                    return (
                        f"there is another snapshot with the name {snapshot.name} in {snapshot.location}, made from "
                        f"{snapshot.source_id or 'something else'}; use another name"
                    )
        return ""

    def _limits(self, wanted: ImageWanted, found: Mapping[str, Snapshot]) -> Limits:
        """Return the limits per region, with the copies that are none of this image's."""
        ours = {
            id_key(wanted.snapshot_id(disk, place, region, self._location))
            for disk in wanted.disks
            for place, region in self._places(wanted)
        }
        reading: dict[str, int] = {}
        writing: dict[str, int] = {}
        for copy in running_copies(found.values()):
            if id_key(copy.id) in ours:
                continue
            writing[copy.location] = writing.get(copy.location, 0) + 1
            source = found.get(id_key(copy.source_id))
            if source is not None:
                reading[source.location] = reading.get(source.location, 0) + 1
        return Limits(
            min(COPIES_PER_REGION, wanted.planning.get("copies_per_region") or COPIES_PER_REGION),
            min(COPIES_PER_REGION, wanted.planning.get("copies_per_destination") or COPIES_PER_REGION),
            reading,
            writing,
        )

    # --- planning ----------------------------------------------------------------------------------------------------

    def _walks(
        self,
        wanted: ImageWanted,
        replicas: Mapping[str, tuple[Replica, ...]],
        sizes: Mapping[str, int],
        down: Mapping[str, str],
    ) -> tuple[tuple[Walk, ...], str]:
        """Return a walk per disk, planned again where that is due, and why it cannot be planned ("")."""
        copies = {target.location: target.copies for target in wanted.targets}
        due: dict[Any, list[ImageDisk]] = {}
        for disk in wanted.disks:
            there = replicas[disk.name]
            closed = self._closed(disk, down)
            known = self._routes.get(disk.name)
            if known is not None:
                known = self._routes[disk.name] = seen_again(known, there)
                if not unforeseen(Walk(disk.name, known, there), copies, closed):
                    continue
            # Disks of which the same is there are planned once: the plan of the largest fits them all.
            pattern = tuple((replica.place, replica.state, replica.source) for replica in there)
            due.setdefault((pattern, tuple(sorted(closed))), []).append(disk)
        for (_pattern, closed_regions), disks in due.items():
            largest = max(disks, key=lambda disk: sizes[disk.name])
            try:
                route = plan_route(
                    self._planning(wanted, sizes[largest.name]),
                    copies,
                    replicas[largest.name],
                    closed_regions,
                    self._routes.get(largest.name),
                )
            except PlanningError as error:
                if not closed_regions:
                    return (), f"no plan is possible: {error}"
                # Nothing can be read now; what is down may come back.
                route = Route()
            if not self._plan or len(route.edges) > len(self._plan.get("copies", ())):
                self._plan = route.plan
            for disk in disks:
                self._routes[disk.name] = route
        return tuple(
            Walk(disk.name, self._routes[disk.name], replicas[disk.name], float(sizes[disk.name]))
            for disk in wanted.disks
        ), ""

    def _planning(self, wanted: ImageWanted, size_gb: int) -> dict[str, Any]:
        """Return the options of the planner, with what the copies of this run have taken so far."""
        records = [*(wanted.planning.get("records") or ()), *self._links]
        return {**wanted.planning, "records": records, "size_gb": max(1, size_gb)}

    def _closed(self, disk: ImageDisk, down: Mapping[str, str]) -> set[str]:
        """Return the regions that a disk's plan has to do without."""
        return {*down, *(region for name, region in self._given_up if name == disk.name)}

    def _count_failures(self, wanted: ImageWanted, replicas: Mapping[str, tuple[Replica, ...]]) -> None:
        """Give up copies that have failed, or that Azure has refused, too often in this run."""
        for disk in wanted.disks:
            region_of = dict(self._places(wanted))
            for replica in replicas[disk.name]:
                tries = self._attempts.get((disk.name, replica.place), 0)
                if replica.state == BROKEN and tries > wanted.retries and not replica.temporary:
                    self._given_up[disk.name, replica.region] = f"the copy failed {tries} times"
            # While copies of the disk run, what refuses another may well be one of Azure's limits.
            if any(replica.state == COPYING for replica in replicas[disk.name]):
                continue
            for (name, place), texts in self._refusals.items():
                if name == disk.name and len(texts) > wanted.retries:
                    self._given_up[name, region_of[place]] = texts[-1]

    # --- figures -----------------------------------------------------------------------------------------------------

    def _measure(self, found: Mapping[str, Snapshot]) -> None:
        """Note the seconds of copies that this run has seen running and sees complete now."""
        ours = {key for key in found if self._is_ours(key)}
        for key in ours:
            snapshot, before = found[key], self._running.pop(key, None)
            if snapshot.status == RUNNING:
                self._running[key] = snapshot
            elif snapshot.complete and before is not None and snapshot.started:
                source = found.get(id_key(snapshot.source_id))
                if source is not None:
                    self._links.append(
                        {
                            "source": source.location,
                            "target": snapshot.location,
                            "seconds": round((self.client.now() - snapshot.started).total_seconds()),
                            "size_gb": snapshot.size_gb,
                        }
                    )

    def _is_ours(self, key: str) -> bool:
        return key in self.started or key in self._running

    def _note_arrival(self, wanted: ImageWanted, walks: Iterable[Walk]) -> None:
        listed = list(walks)
        if self._arrived is None and self._began is not None and listed:
            wanted_replicas = [
                replica for walk in listed for target in wanted.targets for replica in replicas_in(walk, target)
            ]
            if all(replica is not None and replica.state == READY for replica in wanted_replicas):
                self._arrived = self.client.now()

    def _figures(self) -> dict[str, Any]:
        took = None
        if self._began is not None and self._arrived is not None:
            took = round((self._arrived - self._began).total_seconds())
        return {
            "plan": dict(self._plan),
            "predicted_seconds": self._plan.get("makespan_s"),
            "measured_seconds": took,
            "link_seconds": list(self._links),
        }

    # --- images and operations ---------------------------------------------------------------------------------------

    def _look_at_images(self, wanted: ImageWanted, walks: Iterable[Walk]) -> dict[str, Image]:
        """Return the managed images of the regions whose copies are complete; one that is ready stays so."""
        if wanted.made is None:
            return {}
        for target in wanted.targets:
            known = self._images.get(target.location)
            complete = all(
                replica is not None and replica.state == READY
                for walk in walks
                for replica in replicas_in(walk, target)[:1]
            )
            if (known is not None and known.ready) or not complete or target.location in self._unreachable:
                continue
            try:
                image = api.get_image(self.client, identified(wanted.image_id(target)))
            except Unavailable as error:
                self._unreachable[target.location] = str(error)
                continue
            if image is not None:
                self._images[target.location] = image
        return dict(self._images)

    def _ended_badly(self, found: Mapping[str, Snapshot]) -> list[str]:
        """Return the keys of this run's operations whose resources are not as they should be."""
        fine = {key for key, snapshot in found.items() if snapshot.status in (SUCCEEDED, RUNNING)}
        fine |= {id_key(image.id) for image in self._images.values() if image.ready}
        return [key for key in self.started if key not in fine and "#" not in key]

    # --- acting ------------------------------------------------------------------------------------------------------

    def decide(self, observed: ImageObserved) -> Decision:
        if self._without_source and not observed.location:
            return without_source(Decision(FAILED, result=observed.figures), self._without_source)
        decision = decide_image(self._wanted or self._given, observed)
        decision = replace(decision, result={**decision.result, "name": self._image})
        if self._without_source:
            return without_source(decision, self._without_source)
        there = {id_key(part.id) for version in self._old for part in version.snapshots} | set(self._old_images)
        keys = [key for key in there if removal_key(key) in self.started]
        failures = {key: str(why) for key in keys if (why := self.failure_of(removal_key(key)))}
        return with_retention(
            decision, self._old, self._old_images.values(), self._found.values(), frozenset(keys), failures
        )

    def perform(self, action: Action) -> bool | None:
        payload = action.payload
        resource = identified(payload["id"])
        place = payload.get("place")
        region = payload.get("location") or self._location
        try:
            if action.verb == "delete":
                begin = api.begin_delete_image if payload.get("kind") == "image" else api.begin_delete_snapshot
                self.track(removal_key(resource.key), begin(self.client, resource))
                self._removed.add(resource.key)
            elif "body" in payload:
                self.track(resource.key, api.begin_put_image(self.client, resource, payload["body"]))
            else:
                self._put_snapshot(resource, payload)
        except Throttled:
            raise
        except Unavailable as error:
            self._unreachable[region] = str(error)
            return False
        except Conflict as error:
            if place is None:
                raise
            # Others are not to wait for this one; what is there now decides about it in the next pass.
            self._refusals.setdefault(place, []).append(str(error))
            return False
        except ProviderError as error:
            if place is None and "body" not in payload:
                raise
            # What Azure refuses for good in one region is no reason to leave the others.
            self._given_up[place[0] if place else "image", region] = str(error)
            return False
        if place is not None:
            self._attempts[place] = self._attempts.get(place, 0) + 1
            self._refusals.pop(place, None)
        return None

    def _put_snapshot(self, resource: ResourceId, payload: Mapping[str, Any]) -> None:
        wanted = self._wanted or self._given
        tags = {**wanted.tags, DISKS: str(len(wanted.disks))}
        if payload.get("place"):
            disk = next(disk for disk in wanted.disks if disk.name == payload["place"][0])
            tags[ORIGIN] = origin_tag(disk.snapshot_id)
            if disk.name in self._moments:
                tags[TAKEN] = compact_timestamp(self._moments[disk.name])
        else:
            tags[TAKEN] = compact_timestamp(self.client.now())
        body = copy_body(
            payload["source"],
            payload["location"],
            tags,
            started=self.client.now(),
            encryption_set_id=payload.get("encryption_set_id", ""),
            sku=wanted.sku,
            create_option=payload["option"],
        )
        self.track(resource.key, api.begin_put_snapshot(self.client, resource, body))
        self._removed.discard(resource.key)
        self._read_from[resource.key] = id_key(payload["source"])
        if payload.get("place"):
            # By the answer: planning may have taken a while since the time that was known before.
            self._began = self._began or self.client.now()


def _copies(wanted: ImageWanted, region: str) -> int:
    target = wanted.target(region)
    return target.copies if target else 1


def _size(wanted: ImageWanted, disk: ImageDisk, found: Mapping[str, Snapshot]) -> int:
    """Return a disk's size in GB, by its source or any copy of it."""
    origin = origin_tag(disk.snapshot_id)
    source = found.get(id_key(disk.snapshot_id))
    copies = [snapshot.size_gb for snapshot in found.values() if snapshot.tags.get(ORIGIN) == origin]
    return (source.size_gb if source else 0) or max(copies, default=0) or disk.disk_size_gb
