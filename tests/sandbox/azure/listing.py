# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""List answers: pages with nextLink, and what a region that is down does to them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar
from urllib.parse import quote, urlencode

from .call import Call, Reply
from .errors import ArmError
from .state import Resource

R = TypeVar("R", bound=Resource)


def page(call: Call, resources: Sequence[R], show: Callable[[Call, R], dict[str, Any]]) -> Reply:
    """One page of a list.

    A list that would show a resource of a region that is down answers 503, or leaves it out if the outage was
    switched on with ``lists: omit``.
    """
    visible = [resource for resource in resources if _visible(call, resource)]
    size = call.state.settings.limits.page_size
    token = call.query.get("$skiptoken", "0")
    if not token.isdigit():
        raise ArmError(400, "InvalidSkipToken", f"The skip token '{token}' is not valid.")
    start = int(token)
    answer: dict[str, Any] = {"value": [show(call, resource) for resource in visible[start : start + size]]}
    if start + size < len(visible):
        query = {name: value for name, value in call.query.items() if name != "$skiptoken"}
        query["$skiptoken"] = str(start + size)
        answer["nextLink"] = f"{call.base_url}{quote(call.path)}?{urlencode(query, safe='$')}"
    return Reply(200, answer)


def _visible(call: Call, resource: Resource) -> bool:
    if not call.state.outages:
        return True
    lists = call.state.outages.get(resource.location)
    if lists == "fail":
        call.touch(resource.location)
    return lists is None
