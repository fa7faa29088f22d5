# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""POST to the admin endpoint of the sandbox in the environment: PATH JSON."""

from __future__ import annotations

import json
import os
import sys

import requests


def main(path: str, body: str) -> None:
    response = requests.post(f"{os.environ['BCDR_SANDBOX_ADMIN']}/{path}", json=json.loads(body), timeout=30)
    response.raise_for_status()


if __name__ == "__main__":
    main(*sys.argv[1:])
