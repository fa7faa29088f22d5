#!/usr/bin/python
# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: azure_blob_copy_info
short_description: Read how the copies of a container's blobs stand
version_added: 0.1.0
description:
  - Compares a container with its copies in other storage accounts, as M(bcdr.multicloud.azure_blob_copy) does, and changes nothing.
  - With O(job_table) it reads the job records too, and names where these and the truth are not the same.
  - While the source cannot be reached it tells what the destinations hold.
author: bcdr.multicloud contributors (@bcdr-multicloud)
extends_documentation_fragment:
  - bcdr.multicloud.attributes.info
  - bcdr.multicloud.attributes.azure
  - bcdr.multicloud.attributes.async
  - bcdr.multicloud.azure
  - bcdr.multicloud.azure_blob
  - bcdr.multicloud.batch
seealso:
  - module: bcdr.multicloud.azure_blob_copy
"""

EXAMPLES = r"""
- name: How far the copies are behind, and whether the records are right
  bcdr.multicloud.azure_blob_copy_info:
    source: {connection_string: "{{ primary_connection }}", container: backups}
    destinations:
      - {connection_string: "{{ dr_connection }}", container: backups}
    job_table: {connection_string: "{{ table_connection }}", name: copyjobs}
    overdue_after: 6h
  register: copies

- name: Show it
  ansible.builtin.debug:
    msg: "{{ copies.destinations[0].blobs }}, {{ copies.destinations[0].differences }}"
"""

RETURN = r"""
source:
  description: Account and container of the source.
  returned: without O(batch)
  type: str
  sample: primarystore/photos
source_seen:
  description: Whether the source could be asked.
  returned: without O(batch)
  type: bool
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
          description: Those that are to be copied, that are missing or out of date.
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
          description: Those whose targets are leased and out of date.
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
        - While the source cannot be asked, the age of the recorded C(last_sync_time), null without a record.
      type: int
    last_sync_time:
      description:
        - What the source had up to then is at the destination. Azure calls it so where it copies itself, with geo-redundant storage.
        - While the source cannot be asked, what O(bcdr.multicloud.azure_blob_copy#module:record_sync_time) has left; null without it, and
          while the destination holds nothing of what there is.
      type: str
    recorded:
      description:
        - What a run with O(bcdr.multicloud.azure_blob_copy#module:record_sync_time) has written down, while the source cannot be asked. Null
          otherwise, and where there is no such record.
      type: dict
      contains:
        listed_at:
          description: When the run has looked at the source.
          type: str
        blobs:
          description: How many blobs the source had.
          type: int
        bytes:
          description: Their size.
          type: int
        held:
          description: How many of them the destination held.
          type: int
    exists:
      description: Whether there is such a container, null when that is not known.
      type: bool
    held:
      description: The blobs that the destination holds whole, also while the source cannot be asked.
      type: dict
      contains:
        count:
          description: How many there are.
          type: int
        bytes:
          description: Their size.
          type: int
    jobs:
      description: How many job records there are of each status, V(PENDING), V(SUCCESS) and V(FAILED).
      type: dict
      sample: {"PENDING": 1, "SUCCESS": 12, "FAILED": 0}
    unfinished_jobs:
      description: The records that say V(PENDING) or V(FAILED), a hundred at most.
      type: list
      elements: dict
      contains:
        blob:
          description: The name of the blob.
          type: str
        source:
          description: The URL that was copied from.
          type: str
        destination:
          description: The URL that was copied to.
          type: str
        copy_id:
          description: Azure's id of the copy.
          type: str
        status:
          description: V(PENDING) or V(FAILED).
          type: str
        started_at:
          description: When the copy was started.
          type: str
        ended_at:
          description: When it ended.
          type: str
        duration_seconds:
          description: How long it took.
          type: int
        bytes_total:
          description: The size of the blob.
          type: int
        bytes_copied:
          description: How much of it was there when the record was written.
          type: int
        reason:
          description: Why it failed.
          type: str
        overdue:
          description: Whether it was overdue.
          type: bool
        attempts:
          description: How many copies of this blob there have been.
          type: int
    differences:
      description: Where the records and the truth are not the same, a hundred at most.
      type: list
      elements: dict
      contains:
        name:
          description: The name of the blob.
          type: str
        record:
          description: What the record says; null where there is none.
          type: str
        truth:
          description: What is true.
          type: str
    difference_count:
      description: How many differences there are.
      type: int
overdue:
  description: How many copies have been going on for longer than O(overdue_after).
  returned: without O(batch)
  type: int
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
  description: Always empty, for this module only reads.
  returned: without O(batch)
  type: list
  elements: str
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

from ansible_collections.bcdr.multicloud.plugins.module_utils._azure.blobs.info_item import InfoItem
from ansible_collections.bcdr.multicloud.plugins.module_utils._azure.blobs.options import COMMON_SPEC
from ansible_collections.bcdr.multicloud.plugins.module_utils._azure.blobs.provider import storage_provider
from ansible_collections.bcdr.multicloud.plugins.module_utils._azure.options import AZURE_SPEC
from ansible_collections.bcdr.multicloud.plugins.module_utils._core.module import ModuleDefinition, run_module


def main() -> None:
    run_module(
        ModuleDefinition(
            options={**AZURE_SPEC, **COMMON_SPEC},
            required=["source", "destinations"],
            waits=False,
            provider=storage_provider(InfoItem),
        )
    )


if __name__ == "__main__":
    main()
