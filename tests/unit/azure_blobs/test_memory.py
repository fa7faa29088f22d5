# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The memory of a run does not grow with the number of blobs."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("azure.storage.blob")

SCRIPT = Path(__file__).resolve().parent / "peak_memory.py"
# The tree of collections: .../ansible_collections/bcdr/multicloud/tests/unit/azure_blobs.
ROOT = next(parent.parent for parent in Path(__file__).absolute().parents if parent.name == "ansible_collections")


def measured(blobs: int) -> dict[str, Any]:
    """What the script prints for so many blobs, in pages of five hundred."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "no_proxy": "127.0.0.1"}
    command = [sys.executable, str(SCRIPT), str(blobs), "500"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="the peak is read from /proc")
def test_six_times_as_many_blobs_take_no_more_memory() -> None:
    few, many = measured(2_000), measured(12_000)
    assert (few["status"], few["blobs"], many["blobs"]) == ("succeeded", 2_000, 12_000)
    # Ten thousand blobs on both sides, kept, would take more than 20 MiB.
    assert many["peak_mib"] - few["peak_mib"] < 8
