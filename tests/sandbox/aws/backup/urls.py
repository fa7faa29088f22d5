# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where moto's server finds this service."""

from __future__ import annotations

from .responses import SandboxBackupResponse

url_bases = [r"https?://backup\.(.+)\.amazonaws\.com"]
url_paths = {"{0}/(?P<path>.+)$": SandboxBackupResponse.dispatch}
