# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A webhook in a process of its own, the one of the integration tests."""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

Json = dict[str, Any]
SCRIPT = Path(__file__).resolve().parents[1] / "integration" / "targets" / "dr_notify" / "files" / "webhook.py"
TOKEN = "T00HIDDENTOKEN/XyHiddenSecret99"


@dataclass
class Hook:
    """The webhook's folder, in which it says what it was sent and is told what to answer."""

    folder: Path

    @property
    def url(self) -> str:
        port = (self.folder / "port").read_text(encoding="utf-8")
        return f"http://127.0.0.1:{port}/services/{TOKEN}?also=Q-{TOKEN}"

    def got(self) -> list[Json]:
        """The bodies of all requests."""
        path = self.folder / "got"
        lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
        return [json.loads(json.loads(line)["body"]) for line in lines]

    def hold(self) -> None:
        (self.folder / "hold").touch()

    def release(self) -> None:
        (self.folder / "hold").unlink()

    def answer(self, text: str) -> None:
        (self.folder / "answer").write_text(text, encoding="utf-8")


@contextlib.contextmanager
def webhook(folder: Path) -> Iterator[Hook]:
    """Run it in this folder."""
    folder.mkdir()
    process = subprocess.Popen([sys.executable, str(SCRIPT), str(folder)])
    try:
        until((folder / "port").exists)
        yield Hook(folder)
    finally:
        process.kill()
        process.wait()


def until(condition: Callable[[], bool], seconds: float = 60.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.05)
