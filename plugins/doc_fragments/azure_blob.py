# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations


class ModuleDocFragment:
    DOCUMENTATION = r"""
options:
  source:
    description:
      - The container to copy from.
      - Every item needs it, from the task or from its entry in O(batch).
    type: dict
    suboptions:
      account_name:
        description:
          - The name of the storage account. Not needed where a connection string or an endpoint names it.
        type: str
      account_key:
        description:
          - A key of the account. Without one, and without a SAS, the identity of the task is used.
        type: str
      sas_token:
        description:
          - A shared access signature that allows to list and read. It has to outlive the copies.
        type: str
      connection_string:
        description:
          - A connection string with a key or a SAS, instead of both.
        type: str
      blob_endpoint:
        description:
          - The URL of the account's blob service, where it is not the one that the cloud gives it.
        type: str
      container:
        description: The name of the container.
        type: str
        required: true
  destinations:
    description:
      - The containers that hold the copies.
      - Every item needs it, from the task or from its entry in O(batch).
    type: list
    elements: dict
    suboptions:
      account_name:
        description: As in O(source).
        type: str
      account_key:
        description: As in O(source).
        type: str
      sas_token:
        description: A shared access signature that allows to list, read, write, create, and, if asked for, delete.
        type: str
      connection_string:
        description: As in O(source).
        type: str
      blob_endpoint:
        description: As in O(source).
        type: str
      container:
        description: The name of the container.
        type: str
        required: true
      lease_ids:
        description:
          - The lease ids of blobs in this container that are leased, by the names of the blobs. Azure takes those of infinite leases only.
        type: dict
  prefix:
    description:
      - Only blobs whose names begin so.
    type: str
  include:
    description:
      - Only blobs whose names fit one of these patterns, with V(*), V(?) and V([...]) as in a shell; V(*) goes over slashes.
    type: list
    elements: str
  exclude:
    description:
      - No blobs whose names fit one of these patterns.
    type: list
    elements: str
  blobs:
    description:
      - Only the blobs of these names. One that is not there, or cannot be copied, is then a failure.
    type: list
    elements: str
  metadata:
    description:
      - Whether the copies have the metadata of their sources. A blob whose metadata has changed is copied again.
      - Each copy has C(bcdr_source_etag) besides, the ETag of its source, which tells a change where there is no MD5.
    type: bool
    default: true
  index_tags:
    description:
      - Whether the copies have the index tags of their sources. The right to read and write tags is needed then.
    type: bool
    default: false
  leased_source:
    description:
      - Whether blobs that are leased are copied. A disk that a machine uses is leased, and what it writes meanwhile lets the copy fail.
    type: bool
    default: false
  snapshot_source:
    description:
      - Whether to copy from a snapshot that is made of each blob first, and deleted when it is no longer needed. This is for disks that
        are in use, which are copied as they were at one moment.
    type: bool
    default: false
  whole_source:
    description:
      - Whether the blobs of O(source) are copies themselves, as where copies are copied home. Those whose copy is pending, failed or was
        aborted are C(blocked) then, for what they hold is not what they are to hold, and the destination keeps what it has.
    type: bool
    default: false
  overdue_after:
    description:
      - A copy that goes on for longer, as seconds or a duration such as V(2h), is told as overdue. What to do is for the play.
    type: str
  job_table:
    description:
      - A table of Azure that holds a record of each copy, for other tools to read. It is made when it is not there.
      - Two runs at once do not overwrite what the other has written.
    type: dict
    suboptions:
      account_name:
        description: As in O(source).
        type: str
      account_key:
        description: As in O(source).
        type: str
      sas_token:
        description: A shared access signature for the table service.
        type: str
      connection_string:
        description: As in O(source).
        type: str
      table_endpoint:
        description: The URL of the account's table service, where it is not the one that the cloud gives it.
        type: str
      name:
        description: The name of the table.
        type: str
        required: true
requirements:
  - azure-storage-blob >= 12.20
  - azure-data-tables >= 12.5, with O(job_table)
notes:
  - A source with an account key or an identity is read by shared access signatures that are made for one blob each, to read only,
    15 minutes back, for as long as C(sas_lifetime) of the copying module says. They are never shown. An identity needs the role Storage Blob Delegator besides
    a role for the data, and its signatures are good for seven days at most.
"""
