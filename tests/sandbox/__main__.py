# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Entry point of ``python tests/sandbox``; see README.md beside this file."""

from __future__ import annotations

import sys
from pathlib import Path

# Run as a directory, Python knows no package: import it by the name of its folder, whatever surrounds it.
sys.path[0] = str(Path(__file__).resolve().parent.parent)

from sandbox.cli import main  # noqa: E402  (the path has to be set first)

if __name__ == "__main__":
    sys.exit(main())
