# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What disks are restored from: points or versions, kept by a collection or an image. Only their shapes, and their words."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from ansible_collections.bcdr.multicloud.plugins.module_utils._azure.restores.restored import Disk


class SourceDisk(Protocol):
    """One disk to restore: `lun` is None for the OS disk, `point_id` the disk restore point's or snapshot's id."""

    @property
    def name(self) -> str: ...
    @property
    def lun(self) -> int | None: ...
    @property
    def is_os(self) -> bool: ...
    @property
    def size_gb(self) -> int: ...
    @property
    def os_type(self) -> str: ...
    @property
    def sku(self) -> str: ...
    @property
    def caching(self) -> str: ...
    @property
    def write_accelerator(self) -> bool: ...
    @property
    def point_id(self) -> str: ...


class Source(Protocol):
    """What one restore takes its disks from; `usable` when the data of all of them is there.

    `metadata` is what is known of the machine, in the form of a restore point's sourceMetadata.
    """

    @property
    def id(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def created(self) -> datetime.datetime | None: ...
    @property
    def usable(self) -> bool: ...
    @property
    def status(self) -> str: ...
    @property
    def disks(self) -> Sequence[SourceDisk]: ...
    @property
    def metadata(self) -> Mapping[str, Any]: ...

    def describe_disks(self) -> str:
        """Return how far each disk is: "os 100 %, data-1 40 %"."""


class Holder(Protocol):
    """What keeps the sources, all in one region."""

    @property
    def name(self) -> str: ...
    @property
    def location(self) -> str: ...

    def point(self, name: str) -> Source | None:
        """Return the source with the name, or None."""

    def by_age(self) -> Sequence[Source]:
        """Return all sources, oldest first."""


@dataclass(frozen=True)
class Origin:
    """How disks are made of the sources of a holder (`create_option`), and what these are called.

    `key` names the source in results. `source_of` returns for a disk the key of the holder's id, the source's name and the
    source disk's name, or None if it is made of something else.
    """

    create_option: str
    noun: str
    holder: str
    key: str
    source_of: Callable[[Disk], tuple[str, str, str] | None]
