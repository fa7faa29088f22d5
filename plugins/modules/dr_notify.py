#!/usr/bin/python
# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: dr_notify
short_description: Tell a webhook of breaches, failed copies and drills, once per event
version_added: 0.1.0
description:
  - Sends one message per event to a webhook, once and not in every run, if there is a O(history) to note it in.
  - Before an event is sent it is claimed in the history, so that of two runs at the same moment one sends it. A claim ends by itself
    after O(lease). An event that was claimed by a run that has been stopped is then told by the next run, and told twice if it was
    stopped just between the webhook's answer and its note of it. The C(id) of the payload shows that.
  - What cannot be told stays untold, for the next run to try again.
  - When a webhook does not answer, or refuses the credentials, the events left are not tried.
  - In check mode it tells what would be told, and neither sends nor claims anything.
author: bcdr.multicloud contributors (@bcdr-multicloud)
options:
  events:
    description:
      - The events, as P(bcdr.multicloud.dr_events#filter) returns them. Each needs C(id), which tells it from all others, C(event), C(workload)
        and C(summary), and may have C(type) and C(data).
      - Passwords, keys and signatures in texts are masked.
    type: list
    elements: dict
    required: true
  url:
    description:
      - The webhook. It is never shown, for it may hold a token; only its host is.
      - Without one nothing is sent, and the events that no run has told before are noted as told and returned, for tasks of your own.
      - A redirection is not followed.
    type: str
  headers:
    description:
      - Further headers of the request. Their values are never shown.
    type: dict
  signing_secret:
    description:
      - With it each request has the header C(X-BCDR-Signature-256), the HMAC-SHA256 of the body with this secret, as GitHub signs its webhooks.
    type: str
  format:
    description:
      - What is sent. V(json) is the payload that the guide to notifications documents, V(slack) a dictionary with the summary as C(text), which
        Slack, Mattermost, Rocket.Chat and others take.
    type: str
    choices: [json, slack]
    default: json
  method:
    description: The method of the request.
    type: str
    choices: [POST, PUT]
    default: POST
  timeout:
    description: How many seconds to wait for a connection, and for an answer.
    type: int
    default: 10
  retries:
    description:
      - How often to try again after an answer of 429 or of 500 and above, or none, after 1, 2, 4 seconds and so on, or as C(Retry-After) says;
        never longer than 30 seconds.
    type: int
    default: 3
  validate_certs:
    description: Whether to check the certificate of the webhook's host.
    type: bool
    default: true
  ca_path:
    description: A file with certificate authorities to trust besides those of the system.
    type: path
  lease:
    description:
      - How long a claim is good, as seconds or a duration such as V(5m). By default a minute longer than one message may take with O(timeout)
        and O(retries), and it has to be longer than that.
    type: str
  fail_on_error:
    description:
      - Whether the task fails when an event could not be told. If not, that is a warning.
    type: bool
    default: true
  history:
    description:
      - Where it is noted what has been told, as for M(bcdr.multicloud.dr_history). Without O(history.path) and O(history.table) every run tells
        all events.
    type: dict
    suboptions:
      path:
        description: The file.
        type: path
      mode:
        description: The permissions of the file and of the lock beside it, if they are made.
        type: raw
        default: "0600"
      keep:
        description: How many records of a workload and kind, of events per kind of event, are kept.
        type: int
        default: 200
      table:
        description: A table of Azure instead of a file.
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
extends_documentation_fragment:
  - bcdr.multicloud.attributes
  - bcdr.multicloud.attributes.dr
attributes:
  idempotent:
    support: partial
    details: With O(history) what was told is not told again. Without it everything is.
requirements:
  - python >= 3.10
  - azure-data-tables >= 12.5, azure-identity >= 1.17 and requests, with O(history.table)
seealso:
  - module: bcdr.multicloud.dr_history
  - plugin: bcdr.multicloud.dr_events
    plugin_type: filter
notes:
  - Proxies are those of the environment, as for M(ansible.builtin.uri).
"""

EXAMPLES = r"""
- name: Tell what has happened, each event once
  bcdr.multicloud.dr_notify:
    url: "{{ alert_url }}"
    signing_secret: "{{ alert_secret }}"
    events: "{{ dr_status | bcdr.multicloud.dr_events(history.records) }}"
    history:
      path: /var/lib/bcdr/history.jsonl
  register: notified

- name: And open a ticket for each
  ansible.builtin.include_tasks: ticket.yml
  loop: "{{ notified.told }}"
  loop_control:
    loop_var: dr_event
    label: "{{ dr_event.summary }}"

- name: To a channel of Slack; a broken webhook fails nothing
  bcdr.multicloud.dr_notify:
    url: "{{ slack_webhook }}"
    format: slack
    events: "{{ events }}"
    history: {table: {connection_string: "{{ history_connection }}", name: bcdrhistory}}
    fail_on_error: false
"""

RETURN = r"""
told:
  description: The events that this task has told, or in check mode would.
  returned: always
  type: list
  elements: dict
  contains:
    id:
      description: What tells the event from all others.
      type: str
    event:
      description: Its kind.
      type: str
    workload:
      description: The name of the workload.
      type: str
    type:
      description: The type of the workload.
      type: str
    time:
      description: When it was told, in UTC.
      type: str
    summary:
      description: The event in one line.
      type: str
    data:
      description: Its figures.
      type: dict
results:
  description: What became of each event, in their order.
  returned: always
  type: list
  elements: dict
  contains:
    id:
      description: What tells the event from all others.
      type: str
    event:
      description: Its kind.
      type: str
    workload:
      description: The name of the workload.
      type: str
    summary:
      description: The event in one line.
      type: str
    status:
      description: V(told), V(skipped) or V(failed).
      type: str
    reason:
      description: Why it was not told.
      type: str
      sample: told at 2026-11-28T03:15:00Z
summary:
  description: How many events were told, skipped and could not be told.
  returned: always
  type: dict
  sample: {"told": 1, "skipped": 3, "failed": 0}
"""

from collections.abc import Mapping
from typing import Any

from ansible_collections.bcdr.multicloud.plugins.module_utils._azure.blobs.accounts import TABLE_SPEC
from ansible_collections.bcdr.multicloud.plugins.module_utils._azure.blobs.history_options import history_table
from ansible_collections.bcdr.multicloud.plugins.module_utils._core.task import TaskResult, run_task
from ansible_collections.bcdr.multicloud.plugins.module_utils._history.notifying import (
    NOTIFY_SPEC,
    history_spec,
    notify,
)

ARGUMENT_SPEC: dict[str, Any] = {**NOTIFY_SPEC, "history": history_spec(TABLE_SPEC)}


def _work(params: Mapping[str, Any], check_mode: bool) -> TaskResult:
    return notify(params, check_mode, history_table)


def main() -> None:
    run_task(ARGUMENT_SPEC, _work)


if __name__ == "__main__":
    main()
