# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Count the calls to Azure, AWS and Nutanix in the sandbox's request log since the last count: FILE TITLE."""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any

# What AWS's calls that change nothing begin with.
_READS = ("Assume", "Describe", "Get", "List")


def main(log: Path, title: str) -> None:
    mark = log.with_suffix(".counted")
    counted = int(mark.read_text()) if mark.exists() else 0
    lines = log.read_text(encoding="utf-8").splitlines()
    mark.write_text(str(len(lines)))
    calls = [json.loads(line) for line in lines[counted:]]
    azure = [call for call in calls if call["path"].startswith("/subscriptions")]
    aws = [call for call in calls if "action" in call]
    storage = [call for call in calls if "storage_account" in call]
    nutanix = [call for call in calls if "prism_central" in call]
    print(f"\n{title}:")
    print(
        f"  {len(azure)} calls to Azure Resource Manager ({_counts(call['method'] for call in azure)}){_refused(azure)}"
    )
    print(
        f"  {len(storage)} calls to storage accounts ({_counts(call['method'] for call in storage)}){_refused(storage)}"
    )
    print(f"  {len(aws)} calls to AWS ({_counts(_what(call['action']) for call in aws)}){_refused(aws)}")
    print(f"  {len(nutanix)} calls to Prism Central ({_counts(call['method'] for call in nutanix)}){_refused(nutanix)}")


def _what(action: str) -> str:
    name = action.rpartition(":")[2]
    return "that read" if name.startswith(_READS) else name


def _counts(names: Iterable[str]) -> str:
    return ", ".join(f"{count} {name}" for name, count in sorted(Counter(names).items()))


def _refused(calls: list[dict[str, Any]]) -> str:
    outages = sum(call["status"] == 503 for call in calls)
    # Asking for what is not there yet is no refusal, nor is the end of a session of Prism Central, which goes on in another.
    refused = (
        sum(call["status"] >= 400 and not _is_not_there(call) and call["status"] != 401 for call in calls) - outages
    )
    return f", {refused} refused" + (f", {outages} to the place that was gone" if outages else "")


def _is_not_there(call: dict[str, Any]) -> bool:
    return (call["method"], call["status"]) == ("GET", 404) or call.get("code") == "ResourceNotFoundException"


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
