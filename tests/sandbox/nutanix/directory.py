# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Namespaces prism, clustermgmt and networking, and API v3: tasks, clusters, categories, subnets, availability zones."""

from __future__ import annotations

from typing import Any

from . import rendering
from .call import Call, Reply
from .errors import NutanixError, RawError, not_found
from .odata import ListOptions
from .world import Task

_TASKS = ListOptions(
    fields={
        "status": "enum", "operation": "text", "createdTime": "time", "completedTime": "time", "isCancelable": "bool",
        "entitiesAffected": "items", "entitiesAffected/extId": "text",
    },
    orderable=frozenset({"createdTime", "completedTime", "status", "operation"}),
)  # fmt: skip
_CLUSTERS = ListOptions(
    fields={
        "name": "text", "extId": "text", "config/clusterFunction": "items:enum",
    },
    orderable=frozenset({"name"}),
)  # fmt: skip
_CATEGORIES = ListOptions(
    fields={"key": "text", "value": "text", "extId": "text"}, orderable=frozenset({"key", "value"})
)
_SUBNETS = ListOptions(
    fields={"name": "text", "extId": "text", "clusterReference": "text", "networkId": "number"},
    orderable=frozenset({"name"}),
)
_ONE = ListOptions(fields={})


def _task(call: Call) -> Task:
    ext_id = call.ids[0]
    task = call.central.tasks.get(ext_id.removeprefix(rendering.TASK_PREFIX).lower())
    if task is None or not ext_id.startswith(rendering.TASK_PREFIX):
        raise not_found("task", ext_id)
    return task


def list_tasks(call: Call) -> Reply:
    """All tasks."""
    return call.page(
        list(call.central.tasks.values()),
        lambda task: rendering.task(call.central, task, call.now),
        _TASKS,
        "prism.v4.config.ListTasksApiResponse",
    )


def get_task(call: Call) -> Reply:
    """One task."""
    return Reply(200, rendering.task(call.central, _task(call), call.now), "prism.v4.config.GetTaskApiResponse")


def cancel_task(call: Call) -> Reply:
    """Ask a task to end; it takes a while, and only some can."""
    task = _task(call)
    if not task.active or not task.cancelable or task.status == "CANCELING":
        raise NutanixError(
            409, "SBX-409", "TASK_NOT_CANCELABLE", f"The task {rendering.task_id(task)} cannot be cancelled now."
        )
    task.status, task.forced = "CANCELING", ("CANCELED", None)
    task.ends = call.now + call.world.durations.cancel
    minor = call.central.newest("prism")
    message = rendering.typed("prism.v4.error.AppMessage", minor, {
        "severity": "INFO", "locale": "en_US", "code": "SBX-202", "errorGroup": "TASK_CANCEL",
        "message": "The task is being cancelled.",
    })  # fmt: skip
    return Reply(202, message, "prism.v4.config.CancelTaskApiResponse")


def list_domain_managers(call: Call) -> Reply:
    """The Prism Central itself."""
    return call.page([call.central], rendering.domain_manager, _ONE, "prism.v4.config.ListDomainManagerApiResponse")


def get_domain_manager(call: Call) -> Reply:
    """The Prism Central itself, by its external identifier."""
    if call.ids[0].lower() != call.central.ext_id:
        raise not_found("domain manager", call.ids[0])
    return Reply(200, rendering.domain_manager(call.central), "prism.v4.config.GetDomainManagerApiResponse")


def _clusters(call: Call) -> list[dict[str, Any]]:
    registered = [rendering.cluster(call.central, cluster) for cluster in call.central.clusters.values()]
    return [*registered, rendering.own_cluster(call.central)]


def list_clusters(call: Call) -> Reply:
    """The registered clusters, and the Prism Central as one more."""
    return call.page(
        _clusters(call), lambda cluster: cluster, _CLUSTERS, "clustermgmt.v4.config.ListClustersApiResponse"
    )


def get_cluster(call: Call) -> Reply:
    """One cluster."""
    found = next((cluster for cluster in _clusters(call) if cluster["extId"] == call.ids[0].lower()), None)
    if found is None:
        raise not_found("cluster", call.ids[0])
    return Reply(200, found, "clustermgmt.v4.config.GetClusterApiResponse", rendering.etag(0))


def list_categories(call: Call) -> Reply:
    """All categories."""
    return call.page(
        list(call.central.categories.values()),
        lambda category: rendering.category(call.central, category),
        _CATEGORIES,
        "prism.v4.config.ListCategoriesApiResponse",
    )


def list_subnets(call: Call) -> Reply:
    """All subnets."""
    return call.page(
        list(call.central.subnets.values()),
        lambda subnet: rendering.subnet(call.central, subnet),
        _SUBNETS,
        "networking.v4.config.ListSubnetsApiResponse",
    )


def get_subnet(call: Call) -> Reply:
    """One subnet."""
    found = call.central.subnets.get(call.ids[0].lower())
    if found is None:
        raise not_found("subnet", call.ids[0])
    return Reply(
        200, rendering.subnet(call.central, found), "networking.v4.config.GetSubnetApiResponse", rendering.etag(0)
    )


def list_availability_zones(call: Call) -> dict[str, Any]:
    """API v3: the Prism Central itself and those that it is paired with."""
    kind = call.content.get("kind") if isinstance(call.content, dict) else None
    if kind not in (None, "availability_zone"):
        raise RawError(422, {
            "api_version": "3.1", "code": 422, "state": "ERROR", "kind": "availability_zone",
            "message_list": [{"message": "Request could not be processed.", "reason": "INVALID_REQUEST"}],
        })  # fmt: skip
    others = [call.world.centrals[name] for name in call.central.pairs]
    return rendering.availability_zones(call.central, others)
