# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a history is kept in, as those see it who use it: a file (`file_store`) or a table of a provider."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Protocol

from ansible_collections.bcdr.multicloud.plugins.module_utils._history.records import Record


class Store(Protocol):
    """Keeps records by their keys, for many runs at once. Raises BcdrError for what cannot be read or written."""

    warnings: list[str]

    def read(self) -> list[Record]:
        """Return all records, in any order; none where nothing was ever written. What is none is told in `warnings`."""

    def add(self, records: Sequence[Mapping[str, Any]]) -> list[Record]:
        """Add those whose keys are not there yet; returns them."""

    def find(self, record: Mapping[str, Any]) -> tuple[Record, Any] | None:
        """Return the record with that key, workload and kind, and its version; None where there is none."""

    def write(self, record: Mapping[str, Any], version: Any) -> Any:
        """Write the record over that of this version, None: where there is none. Returns the new version; None if
        another run was first, and then nothing was written."""

    def drop(self, records: Iterable[Mapping[str, Any]]) -> None:
        """Forget these."""
