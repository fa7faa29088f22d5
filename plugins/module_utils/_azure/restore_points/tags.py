# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The tag of a restore point collection in which the starts of copies to it are recorded.

Azure tells nowhere when a copy was started (`timeCreated` of a copy is that of its source), yet allows only three
starts an hour per target collection and ends copies after two weeks. So the starts are kept with the collection.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Mapping

from ansible_collections.bcdr.multicloud.plugins.module_utils._azure.times import (
    compact_timestamp,
    parse_compact_timestamp,
)

COPY_STARTS = "bcdr-copy-starts"
_KEPT_STARTS = 8


def copy_starts(tags: Mapping[str, str]) -> tuple[datetime.datetime, ...]:
    """Return when copies to the collection were started, oldest first; what cannot be read is left out."""
    starts = []
    for text in tags.get(COPY_STARTS, "").split():
        try:
            starts.append(parse_compact_timestamp(text))
        except ValueError:
            continue
    return tuple(sorted(starts))


def record_copy_start(tags: Mapping[str, str], moment: datetime.datetime) -> dict[str, str]:
    """Return the tags with one more start; the latest eight fit into a tag's 256 characters."""
    starts: Iterable[datetime.datetime] = [*copy_starts(tags), moment][-_KEPT_STARTS:]
    return {**tags, COPY_STARTS: " ".join(compact_timestamp(start) for start in starts)}
