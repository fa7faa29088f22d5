# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Tags of resources: the user's, and our own, which begin with `bcdr-`."""

from __future__ import annotations

from collections.abc import Mapping

OWN_PREFIX = "bcdr-"


def wanted_tags(existing: Mapping[str, str], asked: Mapping[str, str] | None, append: bool) -> dict[str, str]:
    """Return the tags that should be there; None asks for nothing, without `append` others are removed, never ours.

    Azure tells names of tags apart without regard to case and keeps the first spelling.
    """
    if asked is None:
        return dict(existing)
    spelling = {name.lower(): name for name in existing}
    kept = existing if append else {name: value for name, value in existing.items() if name.startswith(OWN_PREFIX)}
    return {**kept, **{spelling.get(name.lower(), name): value for name, value in asked.items()}}


def users_tags(tags: Mapping[str, str]) -> dict[str, str]:
    """Return the tags without our own, sorted, as results and diffs show them."""
    return {name: value for name, value in sorted(tags.items()) if not name.startswith(OWN_PREFIX)}
