# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Stand-in for get-pip.py, where the host that ansible-test downloads it from is out of reach.

ansible-test runs it with pip's options and `pip==<version>` as arguments; pip itself then comes from the package index.
"""

from __future__ import annotations

import ensurepip
import os
import subprocess
import sys


def main() -> int:
    environ = {name: value for name, value in os.environ.items() if name != "GET_PIP"}
    ensurepip.bootstrap()  # takes PIP_* out of os.environ
    arguments = [argument for argument in sys.argv[1:] if argument not in ("--no-setuptools", "--no-wheel")]
    return subprocess.call([sys.executable, "-m", "pip", "install", "-q", *arguments], env=environ)


if __name__ == "__main__":
    sys.exit(main())
