# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Write the planner's table of Azure regions from an answer of Azure's list of locations.

    az rest --method get --url '/subscriptions/{subscriptionId}/locations?api-version=2022-12-01' > locations.json
    python tools/azure_regions.py locations.json

(https://learn.microsoft.com/rest/api/resources/subscriptions/list-locations). Only physical regions of the public cloud
that customers can use are taken.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

TABLE = Path(__file__).resolve().parent.parent / "plugins/module_utils/_planning/azure_regions.py"
# Microsoft's own rings for trying out releases.
NOT_PUBLIC = ("Canary (US)", "Stage (US)")
# Azure's answer has Madrid east of Greenwich.
CORRECTED = {"spaincentral": (40.4259, -3.4209)}
HEADER = '''\
# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Azure's public regions; written by tools/azure_regions.py, not by hand."""

from __future__ import annotations

# name: (latitude, longitude, paired region or "", geography, geography group)
AZURE: dict[str, tuple[float, float, str, str, str]] = {
'''


def rows(locations: list[dict[str, Any]]) -> list[str]:
    """Return a line per region, sorted by name."""
    lines = []
    for location in sorted(locations, key=lambda location: location["name"]):
        data = location["metadata"]
        if data.get("regionType") != "Physical" or data["geography"] in NOT_PUBLIC:
            continue
        latitude, longitude = CORRECTED.get(location["name"], (float(data["latitude"]), float(data["longitude"])))
        pairs = data.get("pairedRegion") or [{"name": ""}]
        fields = (latitude, longitude, pairs[0]["name"], data["geography"], data["geographyGroup"])
        text = ", ".join(json.dumps(field) for field in fields)
        lines.append(f'    "{location["name"]}": ({text}),')
    return lines


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("answer", type=Path, help="the JSON answer")
    parser.add_argument("--output", type=Path, default=TABLE)
    options = parser.parse_args()
    lines = rows(json.loads(options.answer.read_text(encoding="utf-8"))["value"])
    options.output.write_text(HEADER + "\n".join(lines) + "\n}\n", encoding="utf-8")


if __name__ == "__main__":
    main()
