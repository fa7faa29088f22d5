# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations


class ModuleDocFragment:
    DOCUMENTATION = r"""
options: {}
attributes:
  check_mode:
    description: Can run in C(check_mode) and return changed status prediction without modifying target.
    support: full
  diff_mode:
    description: Will return details on what has changed (or possibly needs changing in C(check_mode)), when in diff mode.
    support: full
  idempotent:
    description: When run twice in a row outside check mode, with the same arguments, the second invocation indicates no change.
    support: full
"""

    # For modules that only read.
    INFO = r"""
options: {}
attributes:
  check_mode:
    description: Can run in C(check_mode) and return changed status prediction without modifying target.
    support: full
  diff_mode:
    description: Will return details on what has changed (or possibly needs changing in C(check_mode)), when in diff mode.
    support: none
    details: This module only reads.
  idempotent:
    description: When run twice in a row outside check mode, with the same arguments, the second invocation indicates no change.
    support: full
"""

    AZURE = r"""
options: {}
attributes:
  action_group:
    description: Use C(group/bcdr.multicloud.azure) in C(module_defaults) to set defaults for this module.
    support: full
    membership:
      - bcdr.multicloud.azure
      - bcdr.multicloud.all
"""

    AWS = r"""
options: {}
attributes:
  action_group:
    description: Use C(group/bcdr.multicloud.aws) in C(module_defaults) to set defaults for this module.
    support: full
    membership:
      - bcdr.multicloud.aws
      - bcdr.multicloud.all
"""

    NUTANIX = r"""
options: {}
attributes:
  action_group:
    description: Use C(group/bcdr.multicloud.nutanix) in C(module_defaults) to set defaults for this module.
    support: full
    membership:
      - bcdr.multicloud.nutanix
      - bcdr.multicloud.all
"""

    DR = r"""
options: {}
attributes:
  action_group:
    description: Use C(group/bcdr.multicloud.dr) in C(module_defaults) to set defaults for this module.
    support: full
    membership:
      - bcdr.multicloud.dr
      - bcdr.multicloud.all
"""

    ASYNC = r"""
options: {}
attributes:
  async:
    description: Supports being used with the C(async) keyword.
    support: full
"""
