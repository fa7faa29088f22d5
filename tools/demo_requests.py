# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Count the calls to Azure in the sandbox's request log since the last count: FILE TITLE."""

from __future__ import annotations

import json
import sys
from collections import Counter
from pathlib import Path


def main(log: Path, title: str) -> None:
    mark = log.with_suffix(".counted")
    counted = int(mark.read_text()) if mark.exists() else 0
    lines = log.read_text(encoding="utf-8").splitlines()
    mark.write_text(str(len(lines)))
    calls = [call for call in map(json.loads, lines[counted:]) if call["path"].startswith("/subscriptions")]
    methods = Counter(call["method"] for call in calls)
    # Asking for what is not there yet is no refusal.
    refused = sum(call["status"] >= 400 and (call["method"], call["status"]) != ("GET", 404) for call in calls)
    counts = ", ".join(f"{count} {method}" for method, count in sorted(methods.items()))
    print(f"\n{title}: {len(calls)} calls to Azure Resource Manager ({counts}), {refused} refused")


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
