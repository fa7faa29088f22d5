# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Turn `pip config list` (standard input) into a pip.conf with the same effect, variables included."""

from __future__ import annotations

import ast
import sys


def main() -> None:
    options: dict[str, str] = {}
    for line in sys.stdin:
        key, separator, value = line.rstrip("\n").partition("=")
        section, _dot, option = key.rpartition(".")
        # Variables come first in the list, so they keep what they say.
        if separator and section in (":env:", "global", "install") and option != "config-file":
            options.setdefault(option, str(ast.literal_eval(value)))
    print("[global]")
    for option, text in sorted(options.items()):
        print(f"{option} = " + text.replace("\n", "\n    "))


if __name__ == "__main__":
    main()
