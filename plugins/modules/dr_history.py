#!/usr/bin/python
# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: dr_history
short_description: Keep and read what must outlive a run, such as how drills went
version_added: 0.1.0
description:
  - Keeps records of drills, failovers and events that have been told, where the next run finds them, on another machine too. This is
    a file or a table of Azure.
  - A record has a C(key). One whose key is there already is not added again, so that a task may be repeated.
  - Many runs may use the same history at once. None loses or overwrites what another has written.
  - No file or table need be there before. Without O(records) the module only reads, and makes nothing.
author: bcdr.multicloud contributors (@bcdr-multicloud)
options:
  path:
    description:
      - The file, of JSON lines, on the machine that the task runs on. Its folder has to be there.
      - A file named like it, with a dot in front and C(.lock) behind, lies beside it. Who writes locks that, which the file systems of
        Linux can do, NFS included.
    type: path
  mode:
    description:
      - The permissions of the file and of the lock beside it, if they are made.
      - To share a file between users, make its folder theirs and say V("0660").
    type: raw
    default: "0600"
  table:
    description:
      - A table of Azure instead of a file. It is made when the first record is added.
      - Without a key or SAS the identity of the environment is used, by the environment variables that the modules for Azure know, and needs
        the role Storage Table Data Contributor.
    type: dict
    suboptions:
      account_name:
        description: The name of the storage account. Not needed where a connection string or an endpoint names it.
        type: str
      account_key:
        description: A key of the account.
        type: str
      sas_token:
        description: A shared access signature for the table service that allows to query, add, update and delete.
        type: str
      connection_string:
        description: A connection string with a key or a SAS, instead of both.
        type: str
      table_endpoint:
        description: The URL of the account's table service, where it is not the one that the cloud gives it.
        type: str
      name:
        description: The name of the table.
        type: str
        required: true
  keep:
    description:
      - How many records of a workload and kind are kept, of events per kind of event. Older ones go when there are many of them,
        and only when something is written.
    type: int
    default: 200
  records:
    description:
      - Records to add. Each needs C(key), C(kind) (V(drill), V(failover), V(failback) or V(event)), C(workload), C(time) (as in
        V(2026-11-28T03:15:00Z)) and C(status) (V(succeeded), V(failed) or V(blocked); of events V(telling) or V(told)), and may have more.
      - P(bcdr.multicloud.dr_drill_records#filter) makes them of what the roles return.
      - Passwords, keys and signatures in texts are masked before they are kept.
    type: list
    elements: dict
    default: []
  workloads:
    description: Return the records of these workloads only.
    type: list
    elements: str
  kinds:
    description: Return the records of these kinds only.
    type: list
    elements: str
  newest:
    description: Return at most so many records per workload and kind.
    type: int
extends_documentation_fragment:
  - bcdr.multicloud.attributes
  - bcdr.multicloud.attributes.dr
requirements:
  - python >= 3.10
  - azure-data-tables >= 12.5, azure-identity >= 1.17 and requests, with O(table)
seealso:
  - module: bcdr.multicloud.dr_notify
  - plugin: bcdr.multicloud.dr_drill_records
    plugin_type: filter
  - plugin: bcdr.multicloud.dr_with_history
    plugin_type: filter
"""

EXAMPLES = r"""
- name: Keep how the drills went
  bcdr.multicloud.dr_history:
    path: /var/lib/bcdr/history.jsonl
    records: "{{ efs_drill.results | bcdr.multicloud.dr_drill_records(efs_workloads) }}"

- name: The last drill of each workload, from a table that all runners share
  bcdr.multicloud.dr_history:
    table:
      connection_string: "{{ history_connection }}"
      name: bcdrhistory
    kinds: [drill]
    newest: 1
  register: drills
"""

RETURN = r"""
records:
  description: The records that are asked for, newest first, with those that this task has added.
  returned: always
  type: list
  elements: dict
  contains:
    key:
      description: What tells the record from all others.
      type: str
    kind:
      description: V(drill), V(failover), V(failback) or V(event).
      type: str
    workload:
      description: The name of the workload.
      type: str
    type:
      description: The type of the workload.
      type: str
    time:
      description: When it ended, or was told, in UTC.
      type: str
    status:
      description: V(succeeded), V(failed) or V(blocked); of events V(telling) or V(told).
      type: str
    recovery_point:
      description: What was restored.
      type: str
    location:
      description: Where it was restored.
      type: str
    rpo_seconds:
      description: The age that the recovery point had then.
      type: int
    recovery_seconds:
      description: How long the recovery took.
      type: int
    reason:
      description: Why it did not succeed.
      type: str
    event:
      description: The kind of the event.
      type: str
    summary:
      description: The event in one line.
      type: str
    data:
      description: The figures of the event.
      type: dict
  sample:
    - key: "drill|app-01|efs|11111111-2222-3333-4444-555555555555"
      kind: drill
      workload: app-01
      type: efs
      time: "2026-11-28T03:15:00Z"
      status: succeeded
      recovery_point: "arn:aws:backup:eu-central-1:111122223333:recovery-point:1b2c"
      location: eu-central-1
      rpo_seconds: 5400
      recovery_seconds: 1260
      reason: ""
added:
  description: The records that were not there before, or in check mode would be added.
  returned: always
  type: list
  elements: dict
"""

from collections.abc import Mapping
from typing import Any

from ansible_collections.bcdr.multicloud.plugins.module_utils._azure.blobs.accounts import TABLE_SPEC
from ansible_collections.bcdr.multicloud.plugins.module_utils._azure.blobs.history_options import history_table
from ansible_collections.bcdr.multicloud.plugins.module_utils._core.task import TaskResult, run_task
from ansible_collections.bcdr.multicloud.plugins.module_utils._history.keeping import STORE_SPEC, keep_records

ARGUMENT_SPEC: dict[str, Any] = {
    **STORE_SPEC,
    "table": TABLE_SPEC,
    "records": {"type": "list", "elements": "dict", "default": []},
    "workloads": {"type": "list", "elements": "str"},
    "kinds": {"type": "list", "elements": "str"},
    "newest": {"type": "int"},
}
RULES: dict[str, Any] = {"mutually_exclusive": [["path", "table"]], "required_one_of": [["path", "table"]]}


def _work(params: Mapping[str, Any], check_mode: bool) -> TaskResult:
    return keep_records(params, check_mode, history_table)


def main() -> None:
    run_task(ARGUMENT_SPEC, _work, **RULES)


if __name__ == "__main__":
    main()
