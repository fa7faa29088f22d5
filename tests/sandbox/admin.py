# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The admin endpoint ``/_sandbox``: time, faults, outages, the request log and the integrity of what was made."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from werkzeug.wrappers import Request

from .aws.world import REGIONS as AWS_REGIONS
from .azure.ids import key
from .azure.regions import REGIONS, normalised
from .azure.replication import visible_percent
from .azure.seeds import CHANGEABLE, SeedError, change_settings, find_seed, parse_seed
from .azure.snapshot_copies import visible_percent as snapshot_percent
from .azure.state import Point, Snapshot, State
from .faults import parse_faults
from .virtual_clock import timestamp

if TYPE_CHECKING:
    from .application import Application


class AdminError(Exception):
    """An admin request that makes no sense."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


class Admin:
    """Answers admin requests."""

    def __init__(self, application: Application) -> None:
        self._app = application

    def answer(self, request: Request) -> Any:
        """The JSON answer of an admin request."""
        parts = [part for part in request.path.split("/") if part][1:]
        match (request.method, parts):
            case ("GET", []):
                return {"endpoints": _ENDPOINTS}
            case ("GET", ["clock"]):
                return self._clock()
            case ("POST", ["clock", "advance"]):
                return self._advance(_body(request))
            case ("GET", ["requests"]):
                entries = self._app.log.select(request.args.get("method"), request.args.get("contains"))
                return {"requests": entries, "count": len(entries)}
            case ("DELETE", ["requests"]):
                return {"deleted": self._app.log.clear()}
            case ("GET", ["integrity"]):
                return self._integrity()
            case ("GET", ["faults"]):
                return {"faults": self._app.faults.describe()}
            case ("POST", ["faults"]):
                return self._add_faults(_body(request))
            case ("DELETE", ["faults"]):
                return self._clear_faults()
            case ("POST", ["seed"]):
                return self._plant(_body(request))
            case ("GET", ["state"]):
                return self._state()
            case ("POST", ["azure", "settings"]):
                return self._azure_settings(_body(request))
            case ("POST", ["prism_central", name, "outage"]):
                return self._prism_central_outage(name, _body(request))
            case ("POST", ["region", region, "outage"]):
                return self._outage(region, _body(request))
            case ("GET", ["region"]):
                return {"outages": {**self._app.manager.state.outages, **self._app.aws.world.outages}}
        raise AdminError(404, f"no such admin call: {request.method} {request.path}; GET /_sandbox lists them")

    def _settled(self) -> tuple[State, float]:
        now = self._app.manager.settle()
        self._app.aws.settle()
        if self._app.nutanix is not None:
            self._app.nutanix.settle()
        if self._app.storage is not None:
            self._app.storage.settle()
        return self._app.manager.state, now

    def _clock(self) -> dict[str, Any]:
        now = self._app.clock.now()
        return {"now": timestamp(now), "epoch": now, "speed": self._app.clock.speed}

    def _advance(self, body: Any) -> dict[str, Any]:
        seconds = body.get("seconds") if isinstance(body, dict) else None
        if isinstance(seconds, bool) or not isinstance(seconds, (int, float)) or seconds < 0:
            raise AdminError(400, "expected {'seconds': number of virtual seconds, 0 or more}")
        with self._app.lock:
            self._app.clock.advance(seconds)
            self._settled()
        return self._clock()

    def _integrity(self) -> dict[str, Any]:
        with self._app.lock:
            state, _now = self._settled()
            problems = [asdict(problem) for problem in state.problems]
        for problem in problems:
            problem["virtual_time"] = timestamp(problem["virtual_time"])
        return {"problems": problems, "count": len(problems)}

    def _add_faults(self, body: Any) -> dict[str, Any]:
        if isinstance(body, dict) and set(body) == {"faults"}:
            body = body["faults"]
        try:
            faults = parse_faults(body)
        except ValueError as error:
            raise AdminError(400, str(error)) from error
        with self._app.lock:
            _state, now = self._settled()
            self._app.faults.add(faults)
            self._app.aws.remember()
            if self._app.nutanix is not None:
                self._app.nutanix.remember()
            self._app.manager.refreeze(now)
        return {"faults": self._app.faults.describe()}

    def _clear_faults(self) -> dict[str, Any]:
        with self._app.lock:
            _state, now = self._settled()
            gone = self._app.faults.clear()
            self._app.manager.refreeze(now)
        return {"deleted": len(gone)}

    def _plant(self, body: Any) -> dict[str, Any]:
        try:
            if isinstance(body, dict) and set(body) == {"name"}:
                seed = find_seed(str(body["name"]))
            else:
                seed = parse_seed(body)
            self._app.plant(seed)
        except SeedError as error:
            raise AdminError(400, str(error)) from error
        return self._state()

    def _outage(self, region: str, body: Any) -> dict[str, Any]:
        if region in AWS_REGIONS:
            return self._aws_outage(region, body)
        name = normalised(region)
        if name not in REGIONS:
            raise AdminError(404, f"unknown region {region!r}")
        if not isinstance(body, dict) or not isinstance(body.get("on"), bool) or set(body) - {"on", "lists"}:
            raise AdminError(400, "expected {'on': true or false, 'lists': 'fail' (default) or 'omit'}")
        lists = body.get("lists", "fail")
        if lists not in ("fail", "omit"):
            raise AdminError(400, "lists: expected fail or omit")
        with self._app.lock:
            state, now = self._settled()
            self._app.manager.set_outage(name, lists if body["on"] else None, now)
            return {"outages": dict(state.outages)}

    def _azure_settings(self, body: Any) -> dict[str, Any]:
        """Other durations, limits or links from now on; copies that run keep theirs."""
        with self._app.lock:
            state, _now = self._settled()
            try:
                state.settings = change_settings(state.settings, body)
            except SeedError as error:
                raise AdminError(400, str(error)) from error
            return {name: value for name, value in asdict(state.settings).items() if name in CHANGEABLE}

    def _aws_outage(self, region: str, body: Any) -> dict[str, Any]:
        """A region of AWS has endpoints of its own, so nothing else shows what is in it."""
        mode = _outage_mode(body)
        with self._app.lock:
            state, _now = self._settled()
            self._app.aws.set_outage(region, mode)
            return {"outages": {**state.outages, **self._app.aws.world.outages}}

    def _prism_central_outage(self, name: str, body: Any) -> dict[str, Any]:
        """A Prism Central that is away takes its cluster along: tasks from and to it stand still."""
        service = self._app.nutanix
        if service is None or name not in service.world.centrals:
            raise AdminError(404, f"unknown Prism Central {name!r}")
        mode = _outage_mode(body)
        with self._app.lock:
            service.set_outage(name, mode)
            return {"outages": dict(service.world.outages)}

    def _state(self) -> dict[str, Any]:
        with self._app.lock:
            state, now = self._settled()
            return {
                "now": timestamp(now),
                "resource_groups": [
                    {"name": group.name, "location": group.location, "provisioning": group.provisioning}
                    for group in state.groups
                ],
                "virtual_machines": [
                    {
                        "id": vm.id,
                        "location": vm.location,
                        "provisioning": vm.provisioning,
                        "vm_id": vm.vm_id,
                        "disks": [disk.disk for disk in vm.disks],
                        "restore_points": len(state.points_of_vm.get(vm.vm_id, ())),
                    }
                    for vm in state.vms
                ],
                "disks": [
                    {
                        "id": disk.id,
                        "location": disk.location,
                        "size_gb": disk.size_gb,
                        "provisioning": disk.provisioning,
                        "vm": disk.vm,
                        "from_point": disk.from_point,
                        "content": disk.content or "good",
                    }
                    for disk in state.disks
                ],
                "snapshots": [_show_snapshot(snapshot, now) for snapshot in state.snapshots],
                "images": [
                    {"id": image.id, "location": image.location, "provisioning": image.provisioning}
                    for image in state.images
                ],
                "collections": [
                    {
                        "id": collection.id,
                        "location": collection.location,
                        "source": collection.source,
                        "provisioning": collection.provisioning,
                        "points": [_show_point(state, point, now) for point in collection.points.values()],
                    }
                    for collection in state.collections
                ],
                "outages": dict(state.outages),
                "operations": {"running": sum(op.status == "InProgress" for op in state.operations.values())},
                "aws": self._app.aws.describe(),
                **({} if self._app.nutanix is None else {"nutanix": self._app.nutanix.describe()}),
                **({} if self._app.storage is None else {"storage": self._app.storage.describe()}),
            }


def _show_snapshot(snapshot: Snapshot, now: float) -> dict[str, Any]:
    return {
        "id": snapshot.id,
        "location": snapshot.location,
        "size_gb": snapshot.size_gb,
        "provisioning": snapshot.provisioning,
        "incremental": snapshot.incremental,
        "source": snapshot.source,
        "replication": snapshot.state,
        "percent": None if snapshot.state == "none" else snapshot_percent(snapshot, now),
        "put_at": timestamp(snapshot.born),
        "ended_at": None if snapshot.ended is None else timestamp(snapshot.ended),
        "seconds_needed": snapshot.needs,
        "content": snapshot.content or "good",
        "encrypted_with": snapshot.encryption_set,
    }


def _show_point(state: State, point: Point, now: float) -> dict[str, Any]:
    return {
        "name": point.name,
        "time_created": point.time_text,
        "put_at": timestamp(point.born),
        "provisioning": point.provisioning,
        "replication": point.state,
        "ended_at": None if point.ended is None else timestamp(point.ended),
        "source": point.source,
        "source_exists": None if point.source is None else key(point.source) in state.points,
        "full": point.full,
        "disks": [
            {
                "name": disk.name,
                "replication": disk.state,
                "percent": None if disk.state == "none" else visible_percent(state, point, disk, now),
                "seconds_needed": disk.needs,
                "encryption": disk.encryption_type,
            }
            for disk in point.disks
        ],
    }


def _outage_mode(body: Any) -> str | None:
    """How what is away answers, or None when it is there again."""
    if not isinstance(body, dict) or not isinstance(body.get("on"), bool) or set(body) - {"on", "answers"}:
        raise AdminError(400, "expected {'on': true or false, 'answers': 'fail' (default) or 'drop'}")
    answers = body.get("answers", "fail")
    if answers not in ("fail", "drop"):
        raise AdminError(400, "answers: expected fail or drop")
    return str(answers) if body["on"] else None


def _body(request: Request) -> Any:
    body = request.get_json(force=True, silent=True)
    if body is None:
        raise AdminError(400, "expected a JSON body")
    return body


_ENDPOINTS = {
    "GET /_sandbox/clock": "virtual time",
    "POST /_sandbox/clock/advance": "{seconds}: move virtual time forward",
    "GET /_sandbox/requests?method=&contains=": "the request log",
    "DELETE /_sandbox/requests": "forget the request log",
    "GET /_sandbox/integrity": "everything that would have lost data in a real disaster",
    "GET|POST|DELETE /_sandbox/faults": "faults in force",
    "POST /_sandbox/seed": "{name: NAME} or a seed: replace the whole state",
    "GET /_sandbox/state": "summary of the state",
    "POST /_sandbox/azure/settings": "{durations, limits, links}: change some of them, as in a seed",
    "GET /_sandbox/region": "regions that are down",
    "POST /_sandbox/region/{name}/outage": "{on: true|false, lists: fail|omit}; of AWS {on, answers: fail|drop}",
    "POST /_sandbox/prism_central/{name}/outage": "{on: true|false, answers: fail|drop}",
}
