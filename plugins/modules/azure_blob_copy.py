#!/usr/bin/python
# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: azure_blob_copy
short_description: Copy the blobs of a container to storage accounts in other regions
version_added: 0.1.0
description:
  - Copies a container, or some of its blobs, to one or many containers of other storage accounts. Azure does the copying, and nothing
    goes through the machine that runs the module.
  - Only what is new or has changed is copied. A blob is the same when type, length and MD5 are; where there is no MD5, as with disks and with
    what was uploaded in parts, when the ETag is the one that the copy recorded, and the copy has not been touched since.
  - A copy is C(succeeded) when its target tells of this very copy that it has ended well, and length, type and MD5 are those of the source. A
    target that is merely there proves nothing, for a copy that failed or was aborted leaves an empty blob.
  - A copy that is under way, whoever has started it, is waited for. Two runs at once start each copy once.
  - A copy that failed in an earlier run is started again, with a warning. One that fails in this run fails the task.
  - What cannot be copied is C(blocked), and nothing is started. These are archived blobs, leased blobs unless O(leased_source) or
    O(snapshot_source) is set, and targets of another type. It fails the task for blobs that were asked for by name in O(blobs), and is a
    warning for those that were merely met.
  - Lists are read page by page, and a run with nothing to do costs nothing but these.
author: bcdr.multicloud contributors (@bcdr-multicloud)
options:
  tier:
    description:
      - The access tier of the copies of block blobs.
      - V(keep) is the tier that was set for the source, V(default) that of the destination's account.
      - A copy that is there is not copied again when its tier is another, for a lifecycle rule may have moved it.
    type: str
    choices: [keep, default, Hot, Cool, Cold, Archive]
    default: keep
  create_containers:
    description:
      - Whether to make a destination's container when it is not there. It is a private one.
    type: bool
    default: false
  delete_extra:
    description:
      - Whether to delete blobs of the destinations that the source does not have, within O(prefix), O(include), O(exclude) and O(blobs).
      - They are deleted when all copies have arrived, and not while one has failed.
    type: bool
    default: false
  max_deletes:
    description:
      - With O(delete_extra), how many blobs one run may delete in each destination. If there are more, none is.
    type: int
    default: 0
  newer_than:
    description:
      - The moment, such as V(2026-11-28T18:00:00Z), up to which the destinations have to hold what the source had, as when nobody has
        written to the source since. While it lies ahead by Azure's clock the item is C(blocked), since what is written until then would
        be missed.
    type: str
  record_sync_time:
    description:
      - Whether to write down in each destination up to when it holds all that the source had, as a blob of a few hundred bytes whose
        name begins with C(.bcdr/). M(bcdr.multicloud.azure_blob_copy_info) reads it when the source cannot be asked.
      - It is written at the end of each run, also of one that copies nothing, which is not a change. A run that has looked earlier than
        another does not overwrite what that one has written.
      - Blobs whose names begin with C(.bcdr/) are never copied, and never deleted by O(delete_extra).
    type: bool
    default: false
  sas_lifetime:
    description:
      - How long the shared access signatures are good that the module makes, as seconds or a duration. They always outlive O(wait_timeout).
        A copy that takes longer than that fails.
    type: str
    default: 7d
  concurrency:
    description:
      - How many copies of one item are started at the same moment.
    type: int
    default: 16
extends_documentation_fragment:
  - bcdr.multicloud.attributes
  - bcdr.multicloud.attributes.azure
  - bcdr.multicloud.attributes.async
  - bcdr.multicloud.azure
  - bcdr.multicloud.azure_blob
  - bcdr.multicloud.batch
  - bcdr.multicloud.wait
seealso:
  - module: bcdr.multicloud.azure_blob_copy_info
"""

EXAMPLES = r"""
- name: Copy a container to another region and wait until all of it is there
  bcdr.multicloud.azure_blob_copy:
    source:
      account_name: primarystore
      account_key: "{{ primary_key }}"
      container: photos
    destinations:
      - account_name: drstore
        account_key: "{{ dr_key }}"
        container: photos
    create_containers: true

- name: Start what is new from a schedule, keep records in a table, and tell what takes too long
  bcdr.multicloud.azure_blob_copy:
    source: {connection_string: "{{ primary_connection }}", container: backups}
    destinations:
      - {connection_string: "{{ dr_connection }}", container: backups}
    include: ["*.bak", "*.vhd"]
    job_table: {connection_string: "{{ table_connection }}", name: copyjobs}
    overdue_after: 6h
    wait: false
  register: copies

- name: Call for help
  ansible.builtin.uri:
    url: "{{ alert_url }}"
    method: POST
    body_format: json
    body: {text: "{{ copies.overdue }} copies of backups are overdue"}
  when: copies.overdue > 0

- name: Copy the disks of running machines as they are now, with the identity of the task, and mirror deletions
  bcdr.multicloud.azure_blob_copy:
    destinations:
      - {account_name: drstore, container: vhds}
    snapshot_source: true
    delete_extra: true
    max_deletes: 5
    batch:
      - {source: {account_name: primarystore, container: vhds}}
"""

RETURN = r"""
source:
  description: Account and container of the source.
  returned: without O(batch)
  type: str
  sample: primarystore/photos
destinations:
  description: One entry per destination, in their order.
  returned: without O(batch)
  type: list
  elements: dict
  contains:
    account:
      description: The name of the account.
      type: str
    container:
      description: The name of the container.
      type: str
    status:
      description: Where the copies stand.
      type: str
    reason:
      description: Why they stand there.
      type: str
    blobs:
      description: How many blobs of the source there are, and how they stand.
      type: dict
      contains:
        total:
          description: All that are meant.
          type: int
        to_copy:
          description: Those that are to be copied and could not be started yet; in check mode all that would be.
          type: int
        succeeded:
          description: Those that the destination holds.
          type: int
        running:
          description: Those that are being copied.
          type: int
        pending:
          description: Those that wait for a copy of somebody else to the same target.
          type: int
        failed:
          description: Those that could not be copied.
          type: int
        blocked:
          description: Those that can never be copied as asked.
          type: int
        overdue:
          description: Those that have been copied for longer than O(overdue_after).
          type: int
    bytes_total:
      description: The size of all that are meant.
      type: int
    bytes_copied:
      description: How much of it is there.
      type: int
    problems:
      description: The blobs that failed or are blocked, a hundred at most.
      type: list
      elements: dict
      contains:
        name:
          description: The name of the blob.
          type: str
        status:
          description: V(failed) or V(blocked).
          type: str
        reason:
          description: Why.
          type: str
    copying:
      description: The copies that are under way, a hundred at most.
      type: list
      elements: dict
      contains:
        name:
          description: The name of the blob.
          type: str
        status:
          description: V(running), or V(pending) for a copy of somebody else.
          type: str
        reason:
          description: How long it has been going on.
          type: str
        copy_id:
          description: Azure's id of the copy.
          type: str
        started_at:
          description: When it was started.
          type: str
        seconds:
          description: How long it has been going on.
          type: int
        bytes:
          description: How much of it is there.
          type: int
        bytes_total:
          description: The size of the blob.
          type: int
        overdue:
          description: Whether that is longer than O(overdue_after).
          type: bool
    extra:
      description: The blobs of the destination that the source does not have.
      type: dict
      contains:
        count:
          description: How many there are.
          type: int
        names:
          description: Their names, a hundred at most.
          type: list
          elements: str
    looked_at:
      description: Whether the destination could be looked at. If not, what it holds is not known.
      type: bool
    rpo_seconds:
      description:
        - The age of the oldest change that the destination does not hold, which is what would be lost if the source were gone now. A blob
          that is out of date counts from when it was copied, one that was never copied or is just being copied anew from when it was made.
      type: int
    last_sync_time:
      description:
        - What the source had up to then is at the destination. Azure calls it so where it copies itself, with geo-redundant storage.
        - Null while it holds nothing of what there is.
      type: str
overdue:
  description: How many copies have been going on for longer than O(overdue_after).
  returned: without O(batch)
  type: int
started_jobs:
  description: The ids of the copies that this run has started and that have not arrived, five thousand at most.
  returned: without O(batch)
  type: list
  elements: str
status:
  description: Where the item stands, V(absent), V(pending), V(running), V(succeeded), V(failed) or V(blocked).
  returned: without O(batch)
  type: str
  sample: succeeded
reason:
  description: Why it stands there; empty when there is nothing to say.
  returned: without O(batch)
  type: str
  sample: "drstore/photos: 12 blobs being copied"
settled:
  description: Whether nothing is pending or running any more.
  returned: always
  type: bool
actions:
  description: What was done, or in check mode would be done, in this order.
  returned: without O(batch)
  type: list
  elements: str
  sample: ["copy 12 blobs to drstore/photos"]
progress_percent:
  description: How much of the work is done, by bytes.
  returned: without O(batch), while copies are under way
  type: float
retry_after_seconds:
  description: Looking again earlier than this is of no use.
  returned: without O(batch), when a limit of the provider says so
  type: int
timed_out:
  description: That the wait ended before the item was settled. The next run takes up from there.
  returned: without O(batch), when it did
  type: bool
error:
  description: What the provider said, when it refused a call.
  returned: without O(batch), on errors of the provider
  type: dict
  contains:
    code:
      description: The provider's error code.
      type: str
    provider_message:
      description: The provider's own words.
      type: str
    http_status:
      description: The HTTP status.
      type: int
    request_id:
      description: The id under which the provider's support finds the call.
      type: str
    retryable:
      description: Whether the same may well go through a little later.
      type: bool
    message:
      description: All of it in one line.
      type: str
label:
  description: What the item is called.
  returned: without O(batch)
  type: str
results:
  description: The result of each item, in the order of O(batch), with the values that a task without batch returns.
  returned: with O(batch)
  type: list
  elements: dict
summary:
  description: How many items have each status.
  returned: with O(batch)
  type: dict
  sample: {"absent": 0, "blocked": 0, "failed": 0, "pending": 0, "running": 1, "succeeded": 11}
"""

from ansible_collections.bcdr.multicloud.plugins.module_utils._azure.blobs.copy_item import CopyItem
from ansible_collections.bcdr.multicloud.plugins.module_utils._azure.blobs.options import COMMON_SPEC, TIER_SPEC
from ansible_collections.bcdr.multicloud.plugins.module_utils._azure.blobs.provider import storage_provider
from ansible_collections.bcdr.multicloud.plugins.module_utils._azure.options import AZURE_SPEC
from ansible_collections.bcdr.multicloud.plugins.module_utils._core.module import ModuleDefinition, run_module

OPTIONS = {
    **AZURE_SPEC,
    **COMMON_SPEC,
    "tier": TIER_SPEC,
    "create_containers": {"type": "bool", "default": False},
    "delete_extra": {"type": "bool", "default": False},
    "max_deletes": {"type": "int", "default": 0},
    "newer_than": {"type": "str"},
    "record_sync_time": {"type": "bool", "default": False},
    "sas_lifetime": {"type": "str", "default": "7d"},
    "concurrency": {"type": "int", "default": 16},
}


def main() -> None:
    run_module(
        ModuleDefinition(
            options=OPTIONS,
            required=["source", "destinations"],
            provider=storage_provider(CopyItem),
        )
    )


if __name__ == "__main__":
    main()
