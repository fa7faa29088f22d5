#!/usr/bin/python
# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: dr_report
short_description: Report where a fleet stands as a page, JSON, metrics and JUnit
version_added: 0.1.0
description:
  - Turns what the entry points C(status) of the roles left, with records of drills, into one HTML page that needs nothing
    else, a JSON document, a file of metrics for Prometheus and JUnit XML, whichever are asked for.
  - Asks no cloud, and needs no Python package. It writes where it runs, which is mostly the controller.
  - Every file is complete before any is written, and replaces what was there in one step.
author: bcdr.multicloud contributors (@bcdr-multicloud)
options:
  status:
    description:
      - Where each workload stands, the entries that the roles leave in C(azure_vm_status), C(efs_status), C(nutanix_vm_status) and
        so on; workloads of all types in one list.
      - Besides them an entry may have V(rto_target_seconds), V(drill_every_seconds), V(last_drill), V(drill_stale) and
        V(rto_met), and V(plan), a replication plan to draw. What is left out of these is computed from O(drills) where that is
        possible.
    type: list
    elements: dict
    required: true
  drills:
    description:
      - Records of drills, each with V(workload), V(time), V(status), and as far as known V(type), V(recovery_point),
        V(location), V(rpo_seconds), V(recovery_seconds) and V(reason).
    type: list
    elements: dict
    default: []
  events:
    description:
      - What has been told, each with V(event), V(workload), and as far as known V(type), V(time) and V(summary).
    type: list
    elements: dict
    default: []
  failures:
    description: What failed of the run itself, one text each.
    type: list
    elements: str
    default: []
  title:
    description: The report's title.
    type: str
    default: Disaster recovery report
  generated_at:
    description:
      - When the status was gathered, as an RFC 3339 time. By default now.
      - It is part of each file, so that a later report of the same state is a change all the same. With the same time and state
        nothing changes.
    type: str
  html_path:
    description: Where to write the page.
    type: path
  json_path:
    description: Where to write the JSON document.
    type: path
  prometheus_path:
    description:
      - Where to write the metrics, in the folder of node_exporter's textfile collector and with a name that ends in C(.prom),
        since it reads no others.
    type: path
  junit_path:
    description: Where to write JUnit XML.
    type: path
extends_documentation_fragment:
  - ansible.builtin.files
  - bcdr.multicloud.attributes
  - bcdr.multicloud.attributes.dr
attributes:
  idempotent:
    support: partial
    details: The time of the report is part of each file, so only with the same O(generated_at) does a second run change nothing.
seealso:
  - module: bcdr.multicloud.azure_restore_point_info
"""

EXAMPLES = r"""
- name: A page, and metrics for the monitoring
  bcdr.multicloud.dr_report:
    status: "{{ azure_vm_status + efs_status }}"
    title: Disaster recovery of the shop
    html_path: /var/www/html/dr/index.html
    prometheus_path: /var/lib/node_exporter/textfile/bcdr.prom
    mode: "0644"
  delegate_to: localhost
  run_once: true

- name: The figures only, without a file
  bcdr.multicloud.dr_report:
    status: "{{ dr_status }}"
  register: made

- name: Stop where an objective is breached
  ansible.builtin.assert:
    that: made.report.totals.breached == 0
    fail_msg: "{{ made.report.workloads | selectattr('breached') | map(attribute='headline') | join('; ') }}"
"""

RETURN = r"""
report:
  description: The JSON document, also where no file is asked for. C(docs/report.md) tells all of it.
  returned: always
  type: dict
  contains:
    report_version:
      description: The version of this structure.
      type: int
    collection_version:
      description: The version of this collection.
      type: str
    generated_at:
      description: When the report was made.
      type: str
    title:
      description: As in O(title).
      type: str
    totals:
      description: How many workloads there are, and how many are breached, failed, unknown, ok, running and so on.
      type: dict
    workloads:
      description: Each workload with its figures, its state, and what to do. The worst first.
      type: list
      elements: dict
    drills:
      description: The records of drills, newest first.
      type: list
      elements: dict
    failures:
      description: What failed of the run itself, each with V(message) and V(advice).
      type: list
      elements: dict
    events:
      description: What has been told, newest first.
      type: list
      elements: dict
statistics:
  description: The few figures that a workflow decides by, small enough for M(ansible.builtin.set_stats).
  returned: always
  type: dict
  sample:
    report_version: 1
    generated_at: "2026-11-28T18:00:00Z"
    totals: {"workloads": 40, "breached": 1, "failed": 1}
    breached: [app-07]
    failed: [home-directories]
    unknown: []
    drills_stale: []
files:
  description: The files that were asked for.
  returned: always
  type: list
  elements: dict
  contains:
    option:
      description: The option that names it.
      type: str
    path:
      description: Where it is.
      type: str
    changed:
      description: Whether its content is another than before.
      type: bool
"""

from typing import Any

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.bcdr.multicloud.plugins.module_utils._reporting.task import run

ARGUMENT_SPEC: dict[str, Any] = {
    "status": {"type": "list", "elements": "dict", "required": True},
    "drills": {"type": "list", "elements": "dict", "default": []},
    "events": {"type": "list", "elements": "dict", "default": []},
    "failures": {"type": "list", "elements": "str", "default": []},
    "title": {"type": "str", "default": "Disaster recovery report"},
    "generated_at": {"type": "str"},
    "html_path": {"type": "path"},
    "json_path": {"type": "path"},
    "prometheus_path": {"type": "path"},
    "junit_path": {"type": "path"},
}


def main() -> None:
    run(AnsibleModule(argument_spec=ARGUMENT_SPEC, add_file_common_args=True, supports_check_mode=True))


if __name__ == "__main__":
    main()
