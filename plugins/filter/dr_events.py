# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: dr_events
short_description: What there is to tell of a fleet
version_added: 0.1.0
author: bcdr.multicloud contributors (@bcdr-multicloud)
description:
  - Turns a status, and records of drills, into events for M(bcdr.multicloud.dr_notify). Each has an C(id) that is the same in every run for as
    long as it is the same event.
  - V(rpo_breach) is a target whose newest usable recovery point is older than the objective; of several the worst. Another point there, and the
    objective still not kept, is another event.
  - V(rpo_restored) follows a breach that was told, when all targets are known to be within the objective.
  - V(not_known) is a place that could not be asked, which is told as that and not as a breach, once a day.
  - V(copy_failed) are copies that failed or are blocked, once per reason, and V(copy_overdue) such as take too long.
  - V(drill_succeeded), V(drill_failed) and the like of failovers and failbacks are the newest record of each workload, if it is not older than a
    week. V(drill_stale) is told once after the last drill that succeeded.
positional: history, drills, kinds
options:
  _input:
    description: The status, as P(bcdr.multicloud.dr_with_history#filter) returns it. May be empty.
    type: list
    elements: dict
    required: true
  history:
    description: The C(records) that M(bcdr.multicloud.dr_history) returned, of all kinds.
    type: list
    elements: dict
    default: []
  drills:
    description: Records that this run has made, as P(bcdr.multicloud.dr_drill_records#filter) returns them.
    type: list
    elements: dict
    default: []
  kinds:
    description: Only events of these kinds.
    type: list
    elements: str
  now:
    description: The time to judge by, such as V(2026-11-28T03:15:00Z). By default that of the clock.
    type: str
"""

EXAMPLES = r"""
- name: Tell it
  bcdr.multicloud.dr_notify:
    url: "{{ alert_url }}"
    events: "{{ dr_status | bcdr.multicloud.dr_events(history.records, kinds=['rpo_breach', 'rpo_restored']) }}"
    history: {path: /var/lib/bcdr/history.jsonl}
"""

RETURN = r"""
_value:
  description: The events, each with C(id), C(event), C(workload), C(type), C(summary) and C(data).
  type: list
  elements: dict
  sample:
    - id: rpo_breach|app-07|swedencentral|rpc-app-07-swedencentral|bcdr-20261127T010000Z
      event: rpo_breach
      workload: app-07
      type: azure_vm
      summary: "app-07: RPO breached: swedencentral is 1d 2h old, 1d allowed"
      data:
        location: swedencentral
        target: rpc-app-07-swedencentral
        place: swedencentral
        newest_usable: bcdr-20261127T010000Z
        rpo_seconds: 93600
        rpo_target_seconds: 86400
        also_breached: []
"""

import typing as t

from ansible_collections.bcdr.multicloud.plugins.plugin_utils._filters import as_filter
from ansible_collections.bcdr.multicloud.plugins.plugin_utils._history import events


class FilterModule:
    """The filter's registration."""

    def filters(self) -> dict[str, t.Callable[..., t.Any]]:
        return {"dr_events": as_filter(events)}
