# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a user without this collection would write: copy one blob to another account and wait.

``python copy_blob.py SOURCE_CONNECTION_STRING TARGET_CONNECTION_STRING CONTAINER BLOB``
"""

from __future__ import annotations

import datetime
import sys
import time

from azure.storage.blob import BlobServiceClient, generate_blob_sas

_DELAY = 1


def main(source: str, target: str, container: str, name: str) -> None:
    origin = BlobServiceClient.from_connection_string(source).get_blob_client(container, name)
    now = datetime.datetime.now(datetime.timezone.utc)
    sas = generate_blob_sas(
        origin.account_name,
        container,
        name,
        account_key=origin.credential.account_key,
        permission="r",
        expiry=now + datetime.timedelta(days=365),
    )
    copy = BlobServiceClient.from_connection_string(target).get_blob_client(container, name)
    copy.start_copy_from_url(f"{origin.url}?{sas}")
    while (status := copy.get_blob_properties().copy.status) == "pending":
        time.sleep(_DELAY)
    if status != "success":
        raise SystemExit(f"{name}: {status}")


if __name__ == "__main__":
    main(*sys.argv[1:])
