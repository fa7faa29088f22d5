# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Idempotency and creation tokens, derived from what is asked for and never from the moment. Pure."""

from __future__ import annotations

import hashlib
import json
from typing import Any


def derived_token(kind: str, *request: Any) -> str:
    """Return the same token for the same request, at most 64 characters, as EFS and AWS Backup take them."""
    text = json.dumps([kind, *request], sort_keys=True, default=str)
    return f"bcdr-{kind}-{hashlib.sha256(text.encode()).hexdigest()[:40]}"
