# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What tests of blobs share: how keys are handed over, and the search for those that were shown."""

from __future__ import annotations

import re
import time
from pathlib import Path

from system.runner import Run

SIGNATURE = re.compile(r"sig(=|%3D)(?!\*\*)[\w%+/]{8,}", re.IGNORECASE)
# Keys come from the environment, so that no playbook holds them.
GIVEN = "{{ lookup('env', 'HANDED_%s') }}"


def search(run: Run, folder: Path, *secrets: str) -> None:
    """Look at the output, at all results and at all files that are left behind."""
    assert run.events, run.output
    deadline = time.monotonic() + 15
    while any(folder.glob("run-*/home/remote/ansible-tmp-*")):
        assert time.monotonic() < deadline, "a module was left behind"
        time.sleep(0.2)
    for path in [path for path in folder.rglob("*") if path.is_file()]:
        content = path.read_text(encoding="utf-8", errors="replace")
        for secret in secrets:
            assert secret not in content, f"{path}: {content[max(0, content.index(secret) - 300) :][:400]}"
        found = SIGNATURE.search(content)
        assert not found, f"{path}: {content[max(0, found.start() - 300) :][:400]}" if found else ""
