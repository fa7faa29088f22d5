# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from ansible_collections.bcdr.multicloud.plugins.plugin_utils._waiting import WaitingAction as ActionModule

__all__ = ["ActionModule"]
