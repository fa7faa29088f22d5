# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""moto's class for the plans of AWS Backup; everything else is this package's own."""

from __future__ import annotations

from ..moto_parts import BackendDict, BackupBackend


class SandboxBackupBackend(BackupBackend):
    """Plans and report plans of an account in a region."""


backup_backends = BackendDict(SandboxBackupBackend, "backup")
