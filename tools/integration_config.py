# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Write the variables of the integration targets, for ansible-test hands no environment on to them.

The first argument is the JSON file in which the sandbox says what it is: `sandbox` holds all of it, and
`sandbox_environment` what a client's environment needs. BCDR_NUTANIX_PYTHON is the interpreter with Nutanix's client libraries.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path


def main() -> None:
    sandbox = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    variables = {
        "sandbox": sandbox,
        "sandbox_environment": {name: value for name, value in sandbox.items() if os.environ.get(name) == value},
        "nutanix_python": os.environ["BCDR_NUTANIX_PYTHON"],
        "ansible_async_dir": os.environ["ANSIBLE_ASYNC_DIR"],
        "ansible_remote_tmp": os.environ["ANSIBLE_REMOTE_TMP"],
    }
    # JSON is YAML.
    print(json.dumps(variables, indent=2, sort_keys=True))


if __name__ == "__main__":
    main()
