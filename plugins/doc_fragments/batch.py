# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations


class ModuleDocFragment:
    DOCUMENTATION = r"""
options:
  batch:
    description:
      - Many items in one task, each a dictionary of this module's options.
      - Each is laid over the task's own options, so an item needs only what is different for it.
      - All items are validated before anything is started; then they run side by side, and the error of one never stops another.
      - The result then has C(results), one per item in the same order, and C(summary), and the task fails at the end
        if any item failed, naming each of them with its reason.
    type: list
    elements: dict
  batch_concurrency:
    description:
      - How many items of the batch are worked on at the same moment.
    type: int
    default: 16
  label:
    description:
      - What to call the item in results, progress lines and errors. By default the name of what it is about.
    type: str
"""
