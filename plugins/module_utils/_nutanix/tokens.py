# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""NTNX-Request-Ids, derived from what is asked for and never from the moment. Pure."""

from __future__ import annotations

import json
import uuid
from typing import Any

_OURS = uuid.uuid5(uuid.NAMESPACE_URL, "https://github.com/bcdr-multicloud/bcdr.multicloud")


def derived_request_id(kind: str, *request: Any) -> str:
    """Return the same UUID for the same request.

    Prism Central answers a change that it has seen the NTNX-Request-Id of with the task that it started then
    (developers.nutanix.com/api-reference, "NTNX-Request-Id").
    """
    return str(uuid.uuid5(_OURS, json.dumps([kind, *request], sort_keys=True, default=str)))
