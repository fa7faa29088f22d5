# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Idempotency and creation tokens, derived from what is asked for and never from the moment. Pure."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from typing import Any

from ansible_collections.bcdr.multicloud.plugins.module_utils._aws.efs.values import Job


def newest_id(jobs: Iterable[Job]) -> str:
    """Return the id of the newest job, "" when there is none.

    A token gives the job that it gave before. What follows a job that is of no use any more has that job in its token:
    a count of them would come back to where it was when AWS forgets the oldest.
    """
    newest = max(jobs, key=lambda job: (job.created, job.id), default=None)
    return newest.id if newest else ""


def derived_token(kind: str, *request: Any) -> str:
    """Return the same token for the same request, at most 64 characters, as EFS and AWS Backup take them."""
    text = json.dumps([kind, *request], sort_keys=True, default=str)
    return f"bcdr-{kind}-{hashlib.sha256(text.encode()).hexdigest()[:40]}"
