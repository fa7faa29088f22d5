# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations


class ModuleDocFragment:
    # What all modules of the collection say about their results.
    DOCUMENTATION = r"""
options: {}
notes:
  - A C(status) is C(absent), C(pending) (wanted, but may not start yet), C(running), C(succeeded), C(failed) or
    C(blocked) (can never happen as asked; C(reason) says which rule of the provider forbids it). Only C(succeeded) is restorable.
"""
