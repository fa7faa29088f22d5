#!/usr/bin/python
# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: azure_blob_restore
short_description: Use the copies of a container's blobs, where they are or in another container
version_added: 0.1.0
description:
  - Without O(destination) it checks the copies in a container and tells what is whole and what is not. It changes nothing.
  - With O(destination) it copies them to another container, of the same account or of another, as M(bcdr.multicloud.azure_blob_copy)
    does, and makes that container where it is not there. Azure does the copying.
  - It never asks the account that the copies were made of, which may be gone.
  - Blobs to which a copy is pending, has failed or was aborted hold nothing to be used, and archived ones cannot be read. They are left
    out and named, and a failure unless O(allow_incomplete) is set. Pending copies are not aborted, for that would leave
    blobs of no length; they may yet come to their end.
  - With O(drill) the container is marked, and O(state=absent) deletes it with all that is in it. A container that does not bear this mark is
    neither written to nor deleted.
author: bcdr.multicloud contributors (@bcdr-multicloud)
options:
  source:
    description:
      - The container that holds the copies.
      - Every item needs it, from the task or from its entry in O(batch).
    type: dict
    suboptions: &container
      account_name:
        description: The name of the storage account. Not needed where a connection string or an endpoint names it.
        type: str
      account_key:
        description: A key of the account. Without one, and without a SAS, the identity of the task is used.
        type: str
      sas_token:
        description:
          - A shared access signature. At the source it allows to list and read, and has to outlive the copies; at the destination to list,
            read, write and create, for a container that is to be made or deleted one of the account.
        type: str
      connection_string:
        description: A connection string with a key or a SAS, instead of both.
        type: str
      blob_endpoint:
        description: The URL of the account's blob service, where it is not the one that the cloud gives it.
        type: str
      container:
        description: The name of the container.
        type: str
        required: true
  destination:
    description:
      - The container to copy them to. By default they are used where they are.
    type: dict
    suboptions: *container
  state:
    description:
      - With V(absent) the container that a drill has made is deleted. O(drill) is needed then.
    type: str
    choices: [present, absent]
    default: present
  drill:
    description:
      - What the container of O(destination) is marked with when it is made, as its metadata C(bcdr_drill).
    type: str
  sample:
    description:
      - Copy so many blobs only. They are spread over all that are meant, and each run takes the same ones as long as these do not change.
    type: int
  allow_incomplete:
    description:
      - Whether it is a success when some of the blobs are not whole. They are named in a warning.
    type: bool
    default: false
  prefix:
    description: Only blobs whose names begin so.
    type: str
  include:
    description:
      - Only blobs whose names fit one of these patterns, with V(*), V(?) and V([...]) as in a shell; V(*) goes over slashes.
    type: list
    elements: str
  exclude:
    description: No blobs whose names fit one of these patterns.
    type: list
    elements: str
  metadata:
    description: Whether the blobs of the destination have the metadata of the copies.
    type: bool
    default: true
  index_tags:
    description: Whether the blobs of the destination have the index tags of the copies.
    type: bool
    default: false
  tier:
    description:
      - The access tier of block blobs in the destination. V(keep) is the tier that was set for the copy, V(default) that of the account.
    type: str
    choices: [keep, default, Hot, Cool, Cold, Archive]
    default: keep
  sas_lifetime:
    description:
      - How long the shared access signatures are good that the module makes to copy with, as seconds or a duration. They always outlive
        O(wait_timeout).
    type: str
    default: 7d
  concurrency:
    description: How many copies of one item are started at the same moment.
    type: int
    default: 16
requirements:
  - azure-storage-blob >= 12.20
extends_documentation_fragment:
  - bcdr.multicloud.attributes
  - bcdr.multicloud.attributes.azure
  - bcdr.multicloud.attributes.async
  - bcdr.multicloud.azure
  - bcdr.multicloud.batch
  - bcdr.multicloud.wait
seealso:
  - module: bcdr.multicloud.azure_blob_copy
"""

EXAMPLES = r"""
- name: What of the copies can be used, now that the region of the source is gone
  bcdr.multicloud.azure_blob_restore:
    source: {account_name: drstore, account_key: "{{ dr_key }}", container: photos}

- name: Copy a hundred of them to a container for a drill, and check them
  bcdr.multicloud.azure_blob_restore:
    source: &copies {account_name: drstore, account_key: "{{ dr_key }}", container: photos}
    destination: &place {account_name: drstore, account_key: "{{ dr_key }}", container: drill-photos}
    drill: photos
    sample: 100

- name: Remove what the drill has made
  bcdr.multicloud.azure_blob_restore:
    source: *copies
    destination: *place
    drill: photos
    state: absent
"""

RETURN = r"""
source:
  description: Account and container of the copies.
  returned: without O(batch), with O(state=present)
  type: str
  sample: drstore/photos
blob_container:
  description: Account and container in which the blobs are to be used.
  returned: without O(batch)
  type: str
  sample: drstore/drill-photos
verification:
  description: What there is.
  returned: without O(batch), with O(state=present)
  type: dict
  contains:
    matches:
      description: Whether all that is meant is there and whole. Type and length of a blob that was copied are those of its source, and so is the
        MD5 where there is one.
      type: bool
    blobs:
      description: How many blobs are there and whole.
      type: int
    bytes:
      description: Their size.
      type: int
    md5:
      description: How many of them have an MD5, which was compared if they were copied.
      type: int
incomplete_blobs:
  description: Those of the copies that are not whole, a hundred at most.
  returned: without O(batch), with O(state=present)
  type: list
  elements: dict
  contains:
    name:
      description: The name of the blob.
      type: str
    reason:
      description: Why it cannot be used.
      type: str
incomplete_count:
  description: How many there are.
  returned: without O(batch), with O(state=present)
  type: int
last_sync_time:
  description: What the source of the copies had up to then is in them, as O(bcdr.multicloud.azure_blob_copy#module:record_sync_time) has
    left it. Where several sources are copied to the container, the earliest. Null without such a record.
  returned: without O(batch), with O(state=present)
  type: str
rpo_seconds:
  description: The age of C(last_sync_time).
  returned: without O(batch), with O(state=present)
  type: int
recovery_seconds:
  description: How long it took, until the last copy had arrived. Null when an earlier run has copied all to a container that a drill has
    not made.
  returned: without O(batch), with O(state=present)
  type: int
started_jobs:
  description: The ids of the copies that this run has started and that have not arrived, five thousand at most.
  returned: without O(batch), with O(state=present)
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
  sample: "drstore/drill-photos: 12 blobs being copied"
settled:
  description: Whether nothing is pending or running any more.
  returned: always
  type: bool
actions:
  description: What was done, or in check mode would be done, in this order.
  returned: without O(batch)
  type: list
  elements: str
  sample: ["create container drstore/drill-photos"]
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

from ansible_collections.bcdr.multicloud.plugins.module_utils._azure.blobs.options import (
    COMMON_SPEC,
    SOURCE_SPEC,
    TIER_SPEC,
)
from ansible_collections.bcdr.multicloud.plugins.module_utils._azure.blobs.provider import storage_provider
from ansible_collections.bcdr.multicloud.plugins.module_utils._azure.blobs.restore_item import RestoreItem
from ansible_collections.bcdr.multicloud.plugins.module_utils._azure.options import AZURE_SPEC
from ansible_collections.bcdr.multicloud.plugins.module_utils._core.module import ModuleDefinition, run_module


def main() -> None:
    run_module(
        ModuleDefinition(
            options={
                **AZURE_SPEC,
                **{name: COMMON_SPEC[name] for name in ("prefix", "include", "exclude", "metadata", "index_tags")},
                "source": SOURCE_SPEC,
                "destination": SOURCE_SPEC,
                "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
                "drill": {"type": "str"},
                "sample": {"type": "int"},
                "allow_incomplete": {"type": "bool", "default": False},
                "tier": TIER_SPEC,
                "sas_lifetime": {"type": "str", "default": "7d"},
                "concurrency": {"type": "int", "default": 16},
            },
            required=["source"],
            provider=storage_provider(RestoreItem),
        )
    )


if __name__ == "__main__":
    main()
